/*
 * sepcc_f32_depthwise_3x3s2__8x8x13_p0_0_1_1_nobias__avx2_r1c4v2h1b13xr.c: written by sepcc 0.1.0; do not edit.
 *
 * To repeat it:  sepcc gen 'depthwise in=8x8x13 kernel=3x3 stride=2 pad=0,0,1,1 bias=no' --isa avx2 --plan rows=1,columns=4,vectors=2,hold=1,block=13,unroll=row -o DIR
 * Spec:          depthwise in=8x8x13 kernel=3x3 stride=2 pad=0,0,1,1 bias=no
 * Plan:          rows=1,columns=4,vectors=2,hold=1,block=13,unroll=row
 * Template:      depthwise.m4, vocabulary isa/avx2.m4
 * Digest:        eff04650efdec83ed37f7c096fc17e1e
 * Compile with:  -O2 -ffp-contract=off (the instruction set is chosen below)
 * Counts:        1573 multiply-adds, 3968 bytes read, 832 bytes written
 *
 * Each output channel is the convolution of one input channel with its own kernel:
 *     acc = bias;  for ky, kx inside the image:  acc = fma(x, w, acc);  out = none
 */
#include "sepcc_kernel.h"

#if defined(__x86_64__)
#if defined(__clang__)
#pragma STDC FP_CONTRACT OFF
#elif defined(__GNUC__)
#pragma GCC push_options
#pragma GCC optimize("fp-contract=off")
#endif
#include <immintrin.h>
#include <math.h>
#if defined(__clang__)
#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)
#elif defined(__GNUC__)
#pragma GCC target("avx2,fma")
#endif


static inline void step_height1_column0_band0(const float *restrict in, const float *restrict w, float *restrict out,
                                              size_t first, size_t count)
{
    __m256 a0_0_0 = _mm256_load_ps(w);
    __m256 a0_0_1 = _mm256_load_ps(w + 80);
    __m256 a0_1_0 = a0_0_0;
    __m256 a0_1_1 = a0_0_1;
    __m256 a0_2_0 = a0_0_0;
    __m256 a0_2_1 = a0_0_1;
    __m256 a0_3_0 = a0_0_0;
    __m256 a0_3_1 = a0_0_1;
    const float *weights = w + 8 + first * 24;
    for (size_t y = 0; y < count; ++y, in += 104, weights += 24) {
        {
        const __m256 w0_0 = _mm256_load_ps(weights);
        const __m256 w0_1 = _mm256_load_ps(weights + 80);
        const __m256 x0_0_0 = _mm256_loadu_ps(in);
        const __m256 x0_0_1 = _mm256_maskload_ps(in + 8, _mm256_setr_epi32(-1, -1, -1, -1, -1, 0, 0, 0));
        a0_0_0 = _mm256_fmadd_ps(x0_0_0, w0_0, a0_0_0);
        a0_0_1 = _mm256_fmadd_ps(x0_0_1, w0_1, a0_0_1);
        const __m256 x0_1_0 = _mm256_loadu_ps(in + 26);
        const __m256 x0_1_1 = _mm256_maskload_ps(in + 34, _mm256_setr_epi32(-1, -1, -1, -1, -1, 0, 0, 0));
        a0_1_0 = _mm256_fmadd_ps(x0_1_0, w0_0, a0_1_0);
        a0_1_1 = _mm256_fmadd_ps(x0_1_1, w0_1, a0_1_1);
        const __m256 x0_2_0 = _mm256_loadu_ps(in + 52);
        const __m256 x0_2_1 = _mm256_maskload_ps(in + 60, _mm256_setr_epi32(-1, -1, -1, -1, -1, 0, 0, 0));
        a0_2_0 = _mm256_fmadd_ps(x0_2_0, w0_0, a0_2_0);
        a0_2_1 = _mm256_fmadd_ps(x0_2_1, w0_1, a0_2_1);
        const __m256 x0_3_0 = _mm256_loadu_ps(in + 78);
        const __m256 x0_3_1 = _mm256_maskload_ps(in + 86, _mm256_setr_epi32(-1, -1, -1, -1, -1, 0, 0, 0));
        a0_3_0 = _mm256_fmadd_ps(x0_3_0, w0_0, a0_3_0);
        a0_3_1 = _mm256_fmadd_ps(x0_3_1, w0_1, a0_3_1);
        }
        {
        const __m256 w1_0 = _mm256_load_ps(weights + 8);
        const __m256 w1_1 = _mm256_load_ps(weights + 88);
        const __m256 x0_0_0 = _mm256_loadu_ps(in + 13);
        const __m256 x0_0_1 = _mm256_maskload_ps(in + 21, _mm256_setr_epi32(-1, -1, -1, -1, -1, 0, 0, 0));
        a0_0_0 = _mm256_fmadd_ps(x0_0_0, w1_0, a0_0_0);
        a0_0_1 = _mm256_fmadd_ps(x0_0_1, w1_1, a0_0_1);
        const __m256 x0_1_0 = _mm256_loadu_ps(in + 39);
        const __m256 x0_1_1 = _mm256_maskload_ps(in + 47, _mm256_setr_epi32(-1, -1, -1, -1, -1, 0, 0, 0));
        a0_1_0 = _mm256_fmadd_ps(x0_1_0, w1_0, a0_1_0);
        a0_1_1 = _mm256_fmadd_ps(x0_1_1, w1_1, a0_1_1);
        const __m256 x0_2_0 = _mm256_loadu_ps(in + 65);
        const __m256 x0_2_1 = _mm256_maskload_ps(in + 73, _mm256_setr_epi32(-1, -1, -1, -1, -1, 0, 0, 0));
        a0_2_0 = _mm256_fmadd_ps(x0_2_0, w1_0, a0_2_0);
        a0_2_1 = _mm256_fmadd_ps(x0_2_1, w1_1, a0_2_1);
        const __m256 x0_3_0 = _mm256_loadu_ps(in + 91);
        const __m256 x0_3_1 = _mm256_maskload_ps(in + 99, _mm256_setr_epi32(-1, -1, -1, -1, -1, 0, 0, 0));
        a0_3_0 = _mm256_fmadd_ps(x0_3_0, w1_0, a0_3_0);
        a0_3_1 = _mm256_fmadd_ps(x0_3_1, w1_1, a0_3_1);
        }
        {
        const __m256 w2_0 = _mm256_load_ps(weights + 16);
        const __m256 w2_1 = _mm256_load_ps(weights + 96);
        const __m256 x0_0_0 = _mm256_loadu_ps(in + 26);
        const __m256 x0_0_1 = _mm256_maskload_ps(in + 34, _mm256_setr_epi32(-1, -1, -1, -1, -1, 0, 0, 0));
        a0_0_0 = _mm256_fmadd_ps(x0_0_0, w2_0, a0_0_0);
        a0_0_1 = _mm256_fmadd_ps(x0_0_1, w2_1, a0_0_1);
        const __m256 x0_1_0 = _mm256_loadu_ps(in + 52);
        const __m256 x0_1_1 = _mm256_maskload_ps(in + 60, _mm256_setr_epi32(-1, -1, -1, -1, -1, 0, 0, 0));
        a0_1_0 = _mm256_fmadd_ps(x0_1_0, w2_0, a0_1_0);
        a0_1_1 = _mm256_fmadd_ps(x0_1_1, w2_1, a0_1_1);
        const __m256 x0_2_0 = _mm256_loadu_ps(in + 78);
        const __m256 x0_2_1 = _mm256_maskload_ps(in + 86, _mm256_setr_epi32(-1, -1, -1, -1, -1, 0, 0, 0));
        a0_2_0 = _mm256_fmadd_ps(x0_2_0, w2_0, a0_2_0);
        a0_2_1 = _mm256_fmadd_ps(x0_2_1, w2_1, a0_2_1);
        }
    }
    _mm256_storeu_ps(out, a0_0_0);
    (_mm_storeu_ps(out + 8, _mm256_castps256_ps128(a0_0_1)), _mm_store_ss(out + 8 + 4, _mm256_extractf128_ps(a0_0_1, 1)));
    _mm256_storeu_ps(out + 13, a0_1_0);
    (_mm_storeu_ps(out + 21, _mm256_castps256_ps128(a0_1_1)), _mm_store_ss(out + 21 + 4, _mm256_extractf128_ps(a0_1_1, 1)));
    _mm256_storeu_ps(out + 26, a0_2_0);
    (_mm_storeu_ps(out + 34, _mm256_castps256_ps128(a0_2_1)), _mm_store_ss(out + 34 + 4, _mm256_extractf128_ps(a0_2_1, 1)));
    _mm256_storeu_ps(out + 39, a0_3_0);
    (_mm_storeu_ps(out + 47, _mm256_castps256_ps128(a0_3_1)), _mm_store_ss(out + 47 + 4, _mm256_extractf128_ps(a0_3_1, 1)));
}

/* Output rows from 0: 3 tiles of 1 rows. */
static void row0_group0(const float *in, const float *w, float *out)
{
    step_height1_column0_band0(in, w, out, 0, 3);
}

/* Output rows from 3: 1 tiles of 1 rows. */
static void row1_group0(const float *in, const float *w, float *out)
{
    step_height1_column0_band0(in, w, out, 0, 2);
}

static void group0(const float *in, const float *w, float *out, size_t tile)
{
    if (tile < 3)
        row0_group0(in + tile * 208, w,
                   out + tile * 52);
    tile -= 3;
    if (tile == 0)
        row1_group0(in + 624, w, out + 156);
}

/* Copies lanes values and fills the vector up with zeros; from may be NULL: all zeros. */
static void pack_lanes(const float *from, size_t lanes, float *to)
{
    for (size_t lane = 0; lane < 8; ++lane)
        to[lane] = from != NULL && lane < lanes ? from[lane] : 0.0f;
}

/* One vector of output channels: bias, then the taps in order. */
static void pack_vector(const float *weight, const float *const bias[], const float *const slope[], size_t channel,
                        size_t lanes, float *to)
{
    pack_lanes(NULL, lanes, to);
    for (size_t tap = 0; tap < 9; ++tap)
        pack_lanes(weight + tap * 13 + channel, lanes, to + (1 + tap) * 8);
    (void)slope;
    (void)bias;
}

static void pack(const float *const weights[], const float *const bias[], const float *const slope[], void *packed)
{
    float *to = packed;
    size_t channel = 0;
    for (size_t group = 0; group < 1; ++group) {
        for (size_t c = 0; c < 1; ++c)
            for (size_t k = 0; k < 1; ++k) {
                pack_vector(weights[0], bias, slope, channel,
                            8, to);
                pack_vector(weights[0], bias, slope, channel + 8,
                            5, to + 80);
            }
        channel += 13;
        to += 160;
    }
    /* Up to the alignment. */
    for (float *end = (float *)packed + 160; to < end; ++to)
        *to = 0.0f;
}

/*
 * in:  1 images of 8 x 8 x 13, out: 1 of 4 x 4 x 13, packed: by pack().
 * Unit: one row of tiles of one channel group of one image; there are 4.
 */
static void run(const float *in, float *out, const void *packed, void *workspace, size_t unit_begin, size_t unit_end)
{
    (void)workspace;
    for (size_t unit = unit_begin; unit < unit_end; ++unit) {
        const size_t tile = unit % 4;
        const size_t image = unit / 4;
        const float *x = in + image * 832;
        const float *w = packed;
        float *y = out + image * 208;
        group0(x, w, y, tile);
    }
}

extern const struct sepcc_kernel sepcc_f32_depthwise_3x3s2__8x8x13_p0_0_1_1_nobias__avx2_r1c4v2h1b13xr;
const struct sepcc_kernel sepcc_f32_depthwise_3x3s2__8x8x13_p0_0_1_1_nobias__avx2_r1c4v2h1b13xr = {
    .abi_version = SEPCC_ABI_VERSION,
    .struct_size = sizeof(struct sepcc_kernel),
    .name = "sepcc_f32_depthwise_3x3s2__8x8x13_p0_0_1_1_nobias__avx2_r1c4v2h1b13xr",
    .spec = "depthwise in=8x8x13 kernel=3x3 stride=2 pad=0,0,1,1 bias=no",
    .plan = "rows=1,columns=4,vectors=2,hold=1,block=13,unroll=row",
    .digest = "eff04650efdec83ed37f7c096fc17e1e",
    .isa = 2, /* avx2 */
    .stage =
        {
            .op = 1,
            .dtype = 0,
            .layout = 0,
            .batch = 1,
            .residual = 0,
            .layer_count = 1,
            .layer =
                {
                    {
                        .op = 1,
                        .in_h = 8,
                        .in_w = 8,
                        .in_c = 13,
                        .out_h = 4,
                        .out_w = 4,
                        .out_c = 13,
                        .kernel_h = 3,
                        .kernel_w = 3,
                        .stride_h = 2,
                        .stride_w = 2,
                        .dilation_h = 1,
                        .dilation_w = 1,
                        .pad_top = 0,
                        .pad_left = 0,
                        .pad_bottom = 1,
                        .pad_right = 1,
                        .multiplier = 1,
                        .has_bias = 0,
                        .act = 0, /* none */
                        .act_param = {0x0p+0f, 0x0p+0f},
                    },
                },
        },
    .packed_bytes = 640,
    .workspace_bytes = 0,
    .unit_count = 4,
    .fma_count = 1573u,
    .read_bytes = 3968u,
    .write_bytes = 832u,
    .pack = pack,
    .run = run,
};

#if defined(__clang__)
#pragma clang attribute pop
#elif defined(__GNUC__)
#pragma GCC pop_options
#endif
#else
typedef int sepcc_f32_depthwise_3x3s2__8x8x13_p0_0_1_1_nobias__avx2_r1c4v2h1b13xr_needs_x86_64;
#endif
