/*
 * golden.c: the kernels of the bundle, and the choice among them on the running CPU; by sepcc 0.1.0.
 */
#include "golden.h"

#include <stdatomic.h>

extern const struct sepcc_kernel sepcc_f32_depthwise_3x3__8x8x13_p1_relu6__scalar_r1c8v1h3b13;
extern const struct sepcc_kernel sepcc_f32_depthwise_3x3__8x8x13_p1_relu6__sse_r1c8v1h3b13;
extern const struct sepcc_kernel sepcc_f32_depthwise_3x3__8x8x13_p1_relu6__avx2_r1c8v1h3b13;
extern const struct sepcc_kernel sepcc_f32_depthwise_3x3__8x8x13_p1_relu6__avx512_r1c8v1h3b13;
extern const struct sepcc_kernel sepcc_f32_depthwise_3x3__8x8x13_p1_relu6__neon_r1c8v1h3b13;
extern const struct sepcc_kernel sepcc_f32_pointwise_1x1__8x8x13_o10_relu6__scalar_r13v1b26n10k13u4;
extern const struct sepcc_kernel sepcc_f32_pointwise_1x1__8x8x13_o10_relu6__sse_r3v3b6n10k13u4;
extern const struct sepcc_kernel sepcc_f32_pointwise_1x1__8x8x13_o10_relu6__avx2_r6v2b12n10k13u4;
extern const struct sepcc_kernel sepcc_f32_pointwise_1x1__8x8x13_o10_relu6__avx512_r22v1b44n10k13u4;
extern const struct sepcc_kernel sepcc_f32_pointwise_1x1__8x8x13_o10_relu6__neon_r7v3b14n10k13u4;
extern const struct sepcc_kernel sepcc_f32_depthwise_3x3s2__8x8x13_p0_0_1_1_nobias__scalar_r2c4v1h3b13;
extern const struct sepcc_kernel sepcc_f32_depthwise_3x3s2__8x8x13_p0_0_1_1_nobias__sse_r1c4v1h3b13;
extern const struct sepcc_kernel sepcc_f32_depthwise_3x3s2__8x8x13_p0_0_1_1_nobias__avx2_r1c4v1h3b13;
extern const struct sepcc_kernel sepcc_f32_depthwise_3x3s2__8x8x13_p0_0_1_1_nobias__avx512_r1c4v1h3b13;
extern const struct sepcc_kernel sepcc_f32_depthwise_3x3s2__8x8x13_p0_0_1_1_nobias__neon_r1c4v1h3b13;

static const struct sepcc_kernel *const kernels[] = {
#if defined(__x86_64__)
    &sepcc_f32_depthwise_3x3__8x8x13_p1_relu6__sse_r1c8v1h3b13,
    &sepcc_f32_depthwise_3x3__8x8x13_p1_relu6__avx2_r1c8v1h3b13,
    &sepcc_f32_depthwise_3x3__8x8x13_p1_relu6__avx512_r1c8v1h3b13,
    &sepcc_f32_pointwise_1x1__8x8x13_o10_relu6__sse_r3v3b6n10k13u4,
    &sepcc_f32_pointwise_1x1__8x8x13_o10_relu6__avx2_r6v2b12n10k13u4,
    &sepcc_f32_pointwise_1x1__8x8x13_o10_relu6__avx512_r22v1b44n10k13u4,
    &sepcc_f32_depthwise_3x3s2__8x8x13_p0_0_1_1_nobias__sse_r1c4v1h3b13,
    &sepcc_f32_depthwise_3x3s2__8x8x13_p0_0_1_1_nobias__avx2_r1c4v1h3b13,
    &sepcc_f32_depthwise_3x3s2__8x8x13_p0_0_1_1_nobias__avx512_r1c4v1h3b13,
#elif defined(__aarch64__)
    &sepcc_f32_depthwise_3x3__8x8x13_p1_relu6__neon_r1c8v1h3b13,
    &sepcc_f32_pointwise_1x1__8x8x13_o10_relu6__neon_r7v3b14n10k13u4,
    &sepcc_f32_depthwise_3x3s2__8x8x13_p0_0_1_1_nobias__neon_r1c4v1h3b13,
#endif
    &sepcc_f32_depthwise_3x3__8x8x13_p1_relu6__scalar_r1c8v1h3b13,
    &sepcc_f32_pointwise_1x1__8x8x13_o10_relu6__scalar_r13v1b26n10k13u4,
    &sepcc_f32_depthwise_3x3s2__8x8x13_p0_0_1_1_nobias__scalar_r2c4v1h3b13,
    NULL,
};

const struct sepcc_bundle sepcc_bundle_golden = {
    SEPCC_ABI_VERSION, sizeof(struct sepcc_bundle), "golden", "0.1.0",
    sizeof kernels / sizeof *kernels - 1, kernels,
};

/* The CPU is asked once; it answers all threads alike, so that it does not matter which of them asks. */
static uint32_t cpu_isas(void)
{
    static _Atomic uint32_t known; /* 0: not asked yet, for scalar is always there */
    uint32_t isas = atomic_load_explicit(&known, memory_order_relaxed);
    if (isas == 0) {
        isas = sepcc_cpu_isas();
        atomic_store_explicit(&known, isas, memory_order_relaxed);
    }
    return isas;
}

static const struct sepcc_kernel *choose(const struct sepcc_kernel *const *candidate)
{
    const uint32_t isas = cpu_isas();
    while (*candidate != NULL && ((isas >> (*candidate)->isa) & 1u) == 0)
        ++candidate;
    return *candidate;
}

static int run(const struct sepcc_kernel *kernel, const float *in, float *out, const void *packed,
               void *workspace)
{
    if (kernel == NULL)
        return -1;
    kernel->run(in, out, packed, workspace, 0, kernel->unit_count);
    return 0;
}

static const struct sepcc_kernel *const candidates_0[] = {
#if defined(__x86_64__)
    &sepcc_f32_depthwise_3x3__8x8x13_p1_relu6__avx512_r1c8v1h3b13,
    &sepcc_f32_depthwise_3x3__8x8x13_p1_relu6__avx2_r1c8v1h3b13,
    &sepcc_f32_depthwise_3x3__8x8x13_p1_relu6__sse_r1c8v1h3b13,
#elif defined(__aarch64__)
    &sepcc_f32_depthwise_3x3__8x8x13_p1_relu6__neon_r1c8v1h3b13,
#endif
    &sepcc_f32_depthwise_3x3__8x8x13_p1_relu6__scalar_r1c8v1h3b13,
    NULL,
};

const struct sepcc_kernel *sepcc_golden_dw_kernel(void)
{
    return choose(candidates_0);
}

int sepcc_golden_dw_pack(const float *weight, const float *bias, void *packed)
{
    const struct sepcc_kernel *kernel = sepcc_golden_dw_kernel();
    const float *const weights[] = {weight};
    const float *const biases[] = {bias};
    const float *const slopes[] = {NULL};
    if (kernel == NULL)
        return -1;
    kernel->pack(weights, biases, slopes, packed);
    return 0;
}

int sepcc_golden_dw(const float *in, float *out, const void *packed, void *workspace)
{
    return run(sepcc_golden_dw_kernel(), in, out, packed, workspace);
}

static const struct sepcc_kernel *const candidates_1[] = {
#if defined(__x86_64__)
    &sepcc_f32_pointwise_1x1__8x8x13_o10_relu6__avx512_r22v1b44n10k13u4,
    &sepcc_f32_pointwise_1x1__8x8x13_o10_relu6__avx2_r6v2b12n10k13u4,
    &sepcc_f32_pointwise_1x1__8x8x13_o10_relu6__sse_r3v3b6n10k13u4,
#elif defined(__aarch64__)
    &sepcc_f32_pointwise_1x1__8x8x13_o10_relu6__neon_r7v3b14n10k13u4,
#endif
    &sepcc_f32_pointwise_1x1__8x8x13_o10_relu6__scalar_r13v1b26n10k13u4,
    NULL,
};

const struct sepcc_kernel *sepcc_golden_pw_kernel(void)
{
    return choose(candidates_1);
}

int sepcc_golden_pw_pack(const float *weight, const float *bias, void *packed)
{
    const struct sepcc_kernel *kernel = sepcc_golden_pw_kernel();
    const float *const weights[] = {weight};
    const float *const biases[] = {bias};
    const float *const slopes[] = {NULL};
    if (kernel == NULL)
        return -1;
    kernel->pack(weights, biases, slopes, packed);
    return 0;
}

int sepcc_golden_pw(const float *in, float *out, const void *packed, void *workspace)
{
    return run(sepcc_golden_pw_kernel(), in, out, packed, workspace);
}

static const struct sepcc_kernel *const candidates_2[] = {
#if defined(__x86_64__)
    &sepcc_f32_depthwise_3x3s2__8x8x13_p0_0_1_1_nobias__avx512_r1c4v1h3b13,
    &sepcc_f32_depthwise_3x3s2__8x8x13_p0_0_1_1_nobias__avx2_r1c4v1h3b13,
    &sepcc_f32_depthwise_3x3s2__8x8x13_p0_0_1_1_nobias__sse_r1c4v1h3b13,
#elif defined(__aarch64__)
    &sepcc_f32_depthwise_3x3s2__8x8x13_p0_0_1_1_nobias__neon_r1c4v1h3b13,
#endif
    &sepcc_f32_depthwise_3x3s2__8x8x13_p0_0_1_1_nobias__scalar_r2c4v1h3b13,
    NULL,
};

const struct sepcc_kernel *sepcc_golden_dw_s2_kernel(void)
{
    return choose(candidates_2);
}

int sepcc_golden_dw_s2_pack(const float *weight, void *packed)
{
    const struct sepcc_kernel *kernel = sepcc_golden_dw_s2_kernel();
    const float *const weights[] = {weight};
    const float *const biases[] = {NULL};
    const float *const slopes[] = {NULL};
    if (kernel == NULL)
        return -1;
    kernel->pack(weights, biases, slopes, packed);
    return 0;
}

int sepcc_golden_dw_s2(const float *in, float *out, const void *packed, void *workspace)
{
    return run(sepcc_golden_dw_s2_kernel(), in, out, packed, workspace);
}
