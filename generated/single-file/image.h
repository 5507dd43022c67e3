/*
 * image.h: a single-file bundle: convolution stages made for exactly their shapes, by sepcc 0.1.0.
 *
 * Put it and image.c into your project, compile that one with any C11 compiler (`cc -O2 -c image.c`) and link
 * with -lm. C++ includes this header as well.
 * Instruction sets: sse avx2 neon. The best one that the running CPU has is taken.
 *
 * How to use it, by the first stage:
 *
 *     void *packed = sepcc_image_alloc(SEPCC_IMAGE_BLUR_PACKED_BYTES);
 *     void *workspace = sepcc_image_alloc(SEPCC_IMAGE_BLUR_WORKSPACE_BYTES);
 *     if (packed == NULL || workspace == NULL || sepcc_image_blur_pack(weight, packed) != 0)
 *         return -1;
 *     while (more_images())
 *         sepcc_image_blur(in, out, packed, workspace);
 *     sepcc_image_free(workspace);
 *     sepcc_image_free(packed);
 *
 * To share a stage among threads, take its kernel by sepcc_image_blur_kernel and
 * give every thread its own units and its own workspace. What was packed fits the kernel that packed it: pack
 * anew on another machine.
 */
#ifndef SEPCC_IMAGE_H
#define SEPCC_IMAGE_H

/*
 * sepcc_kernel.h: the ABI between generated kernels and whoever runs them.
 *
 * The one header that generated code and the runtime share. `sepcc gen` copies it into every bundle, so a
 * bundle compiles without sepcc installed. C11 and C++11; depends on the C library and the compiler only.
 *
 * Words: a *layer* is one elementary convolution; a *stage* is one or more layers that run as one kernel;
 * a *kernel* is the code for one stage, one ISA and one plan, described by a const `struct sepcc_kernel`.
 */
#ifndef SEPCC_KERNEL_H
#define SEPCC_KERNEL_H

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * Bumped when a field moves or changes its meaning; fields are otherwise only added at the end of struct
 * sepcc_kernel and struct sepcc_bundle, and numbers at the end of the enums. docs/abi.md has the rules.
 */
#define SEPCC_ABI_VERSION 1u

/* Packed weights and workspaces start at a multiple of this many bytes; tensors need no alignment. */
#define SEPCC_ALIGNMENT 64u

/* A stage has at most this many layers (`inverted`: pointwise, depthwise, pointwise). */
#define SEPCC_MAX_LAYERS 3u

enum sepcc_op {
    SEPCC_OP_DEPTHWISE = 1,
    SEPCC_OP_POINTWISE = 2,
    SEPCC_OP_SEPARABLE = 3,
    SEPCC_OP_INVERTED = 4,
    SEPCC_OP_CONV = 5
};

enum sepcc_dtype { SEPCC_F32 = 0 };

enum sepcc_layout { SEPCC_NHWC = 0, SEPCC_NCHW = 1 };

/* Ordered within an architecture: a higher number is preferred where the CPU has both. */
enum sepcc_isa {
    SEPCC_ISA_SCALAR = 0,
    SEPCC_ISA_SSE = 1,
    SEPCC_ISA_AVX2 = 2,
    SEPCC_ISA_AVX512 = 3,
    SEPCC_ISA_NEON = 4,
    SEPCC_ISA_COUNT = 5
};

enum sepcc_act {
    SEPCC_ACT_NONE = 0,
    SEPCC_ACT_RELU = 1,
    SEPCC_ACT_RELU6 = 2,
    SEPCC_ACT_CLAMP = 3,      /* act_param = lo, hi */
    SEPCC_ACT_LEAKY_RELU = 4, /* act_param = slope */
    SEPCC_ACT_PRELU = 5,      /* slopes come with the weights, one per output channel */
    SEPCC_ACT_HARD_SWISH = 6,
    SEPCC_ACT_HARD_SIGMOID = 7,
    SEPCC_ACT_SIGMOID = 8,
    SEPCC_ACT_SILU = 9,
    SEPCC_ACT_COUNT = 10
};

/*
 * One elementary convolution of one image (the batch belongs to the stage). Depthwise: out_c = in_c *
 * multiplier, and output channel c * multiplier + m reads input channel c. Pointwise: kernel 1x1,
 * multiplier 1, no padding. Conv, the standard convolution: every output channel reads all input channels;
 * multiplier 1. pad_bottom and pad_right are what the spec resolved to; out_h and out_w follow
 *     out = (in + pad_begin + pad_end - ((kernel - 1) * dilation + 1)) / stride + 1    (floor).
 */
struct sepcc_layer {
    uint32_t op; /* SEPCC_OP_DEPTHWISE, SEPCC_OP_POINTWISE or SEPCC_OP_CONV */
    uint32_t in_h, in_w, in_c;
    uint32_t out_h, out_w, out_c;
    uint32_t kernel_h, kernel_w;
    uint32_t stride_h, stride_w;
    uint32_t dilation_h, dilation_w;
    uint32_t pad_top, pad_left, pad_bottom, pad_right;
    uint32_t multiplier;
    uint32_t has_bias; /* 0 or 1 */
    uint32_t act;      /* enum sepcc_act */
    float act_param[2];
};

struct sepcc_stage {
    uint32_t op;     /* enum sepcc_op */
    uint32_t dtype;  /* enum sepcc_dtype */
    uint32_t layout; /* enum sepcc_layout */
    uint32_t batch;
    uint32_t residual; /* 0 or 1 (`inverted` only) */
    uint32_t
        layer_count; /* 1 to SEPCC_MAX_LAYERS; layer[0] reads the input, the last one writes the output */
    struct sepcc_layer layer[SEPCC_MAX_LAYERS];
};

/*
 * Packs plain weights for `run`; weights, bias and slope have one entry per layer of the stage.
 *     weights[i]  depthwise [KH][KW][C*M], pointwise [Cout][Cin], conv [Cout][Cin][KH][KW]
 *     bias[i]     [out_c], read only where the layer has a bias
 *     slope[i]    [out_c], read only where the layer's activation is prelu
 *     packed      packed_bytes bytes, SEPCC_ALIGNMENT-aligned, all written
 * bias and slope may be NULL when no layer needs them.
 */
typedef void (*sepcc_pack_fn)(const float *const weights[], const float *const bias[],
                              const float *const slope[], void *packed);

/*
 * Computes work units unit_begin .. unit_end-1 of the output. Units split the output without overlap, so
 * they may run in any order, on any threads. in: [N,H,W,C] or [N,C,H,W] by the stage's layout; out likewise;
 * the two may not overlap. workspace: workspace_bytes bytes per thread, aligned, or NULL when that is 0.
 */
typedef void (*sepcc_run_fn)(const float *in, float *out, const void *packed, void *workspace,
                             size_t unit_begin, size_t unit_end);

struct sepcc_kernel {
    uint32_t abi_version; /* SEPCC_ABI_VERSION */
    uint32_t struct_size; /* sizeof(struct sepcc_kernel) where it was compiled; more: fields added later */
    const char *name;     /* the symbol of this descriptor, also the file name */
    const char *spec;     /* the spec as understood, without a name; parses back to the same stage */
    const char *plan;     /* the plan as --plan takes it */
    const char *digest;   /* 32 hex digits over spec, plan, ISA, templates and sepcc version */
    uint32_t isa;         /* enum sepcc_isa */
    struct sepcc_stage stage;
    size_t packed_bytes;    /* a multiple of SEPCC_ALIGNMENT */
    size_t workspace_bytes; /* per thread, a multiple of SEPCC_ALIGNMENT, may be 0 */
    size_t unit_count;      /* at least 1 */
    uint64_t fma_count;     /* multiply-adds of one run over all units */
    uint64_t read_bytes;    /* input + packed weights */
    uint64_t write_bytes;   /* output */
    sepcc_pack_fn pack;
    sepcc_run_fn run;
};

/* What a bundle exports as sepcc_bundle_<name>: its kernels for the architecture it was compiled for. */
struct sepcc_bundle {
    uint32_t abi_version;
    uint32_t struct_size;
    const char *name;
    const char *version; /* of the sepcc that wrote it */
    size_t kernel_count;
    const struct sepcc_kernel *const *kernels;
};

/* The names of the ISAs, in the order of enum sepcc_isa. */
static inline const char *sepcc_isa_name(uint32_t isa)
{
    static const char *const names[SEPCC_ISA_COUNT] = {"scalar", "sse", "avx2", "avx512", "neon"};
    return isa < SEPCC_ISA_COUNT ? names[isa] : "unknown";
}

/*
 * The ISAs this CPU and its operating system can run, one bit (1u << isa) each; scalar is always among them.
 * The environment variable SEPCC_ISAS, a comma-separated list of names, masks the others off (scalar stays).
 */
static inline uint32_t sepcc_cpu_isas(void)
{
    uint32_t found = 1u << SEPCC_ISA_SCALAR;
    const char *mask = getenv("SEPCC_ISAS");
#if defined(__x86_64__)
    __builtin_cpu_init();
    found |= 1u << SEPCC_ISA_SSE;
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"))
        found |= 1u << SEPCC_ISA_AVX2;
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
        __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl"))
        found |= 1u << SEPCC_ISA_AVX512;
#elif defined(__aarch64__)
    found |= 1u << SEPCC_ISA_NEON;
#endif
    if (mask != NULL) {
        uint32_t allowed = 1u << SEPCC_ISA_SCALAR;
        while (*mask != '\0') {
            const size_t length = strcspn(mask, ",");
            for (uint32_t isa = 0; isa < SEPCC_ISA_COUNT; ++isa)
                if (strlen(sepcc_isa_name(isa)) == length && strncmp(mask, sepcc_isa_name(isa), length) == 0)
                    allowed |= 1u << isa;
            mask += length + (mask[length] == ',');
        }
        found &= allowed;
    }
    return found;
}

#ifdef __cplusplus
}
#endif

#endif
#if SEPCC_ABI_VERSION != 1
#error "image.h: a header of another ABI version was included before, expected that of this bundle"
#endif

#ifdef __cplusplus
extern "C" {
#endif

/* All kernels of the architecture this is compiled for. */
extern const struct sepcc_bundle sepcc_bundle_image;

/* bytes at a SEPCC_ALIGNMENT boundary for packed weights or a workspace, NULL when there is no memory. */
static inline void *sepcc_image_alloc(size_t bytes)
{
    const size_t step = SEPCC_ALIGNMENT;
    if (bytes > SIZE_MAX - step)
        return NULL;
    return aligned_alloc(step, bytes == 0 ? step : (bytes + step - 1) / step * step);
}

/* Takes NULL. */
static inline void sepcc_image_free(void *memory)
{
    free(memory);
}

/*
 * depthwise in=24x32x4 kernel=3x3 pad=1 bias=no
 *
 *     in      [1][24][32][4]
 *     out     [1][24][32][4]
 *     weight  [3][3][4]
 *
 * _kernel is the best kernel for this CPU, NULL when there is none; _pack and the stage itself return 0, or -1
 * when there is none. in and out need no alignment and may not overlap; packed and workspace are aligned.
 */
#define SEPCC_IMAGE_BLUR_IN_COUNT        3072
#define SEPCC_IMAGE_BLUR_OUT_COUNT       3072
#define SEPCC_IMAGE_BLUR_WEIGHT_COUNT    36
#define SEPCC_IMAGE_BLUR_PACKED_BYTES    320
#define SEPCC_IMAGE_BLUR_WORKSPACE_BYTES 0
const struct sepcc_kernel *sepcc_image_blur_kernel(void);
int sepcc_image_blur_pack(const float *weight, void *packed);
int sepcc_image_blur(const float *in, float *out, const void *packed, void *workspace);

#ifdef __cplusplus
}
#endif

#endif
