/*
 * golden.h: convolution stages made for exactly their shapes, by sepcc 0.1.0.
 *
 * Compile every .c file of this folder with any C11 compiler (`cc -O2 -c *.c`, or `make`) and link with -lm.
 * Instruction sets: scalar sse avx2 avx512 neon. The best one that the running CPU has is taken.
 *
 * How to use it, by the first stage:
 *
 *     void *packed = sepcc_golden_alloc(SEPCC_GOLDEN_DW_PACKED_BYTES);
 *     void *workspace = sepcc_golden_alloc(SEPCC_GOLDEN_DW_WORKSPACE_BYTES);
 *     if (packed == NULL || workspace == NULL || sepcc_golden_dw_pack(weight, bias, packed) != 0)
 *         return -1;
 *     while (more_images())
 *         sepcc_golden_dw(in, out, packed, workspace);
 *     sepcc_golden_free(workspace);
 *     sepcc_golden_free(packed);
 *
 * To share a stage among threads, take its kernel by sepcc_golden_dw_kernel and
 * give every thread its own units and its own workspace. What was packed fits the kernel that packed it: pack
 * anew on another machine.
 */
#ifndef SEPCC_GOLDEN_H
#define SEPCC_GOLDEN_H

#include "sepcc_kernel.h"
#if SEPCC_ABI_VERSION != 1
#error "golden.h: a header of another ABI version was included before, expected that of this bundle"
#endif

#ifdef __cplusplus
extern "C" {
#endif

/* All kernels of the architecture this is compiled for. */
extern const struct sepcc_bundle sepcc_bundle_golden;

/* bytes at a SEPCC_ALIGNMENT boundary for packed weights or a workspace, NULL when there is no memory. */
static inline void *sepcc_golden_alloc(size_t bytes)
{
    const size_t step = SEPCC_ALIGNMENT;
    if (bytes > SIZE_MAX - step)
        return NULL;
    return aligned_alloc(step, bytes == 0 ? step : (bytes + step - 1) / step * step);
}

/* Takes NULL. */
static inline void sepcc_golden_free(void *memory)
{
    free(memory);
}

/*
 * depthwise in=8x8x13 kernel=3x3 pad=1 act=relu6
 *
 *     in      [1][8][8][13]
 *     out     [1][8][8][13]
 *     weight  [3][3][13]
 *     bias    [13]
 *
 * _kernel is the best kernel for this CPU, NULL when there is none; _pack and the stage itself return 0, or -1
 * when there is none. in and out need no alignment and may not overlap; packed and workspace are aligned.
 */
#define SEPCC_GOLDEN_DW_IN_COUNT        832
#define SEPCC_GOLDEN_DW_OUT_COUNT       832
#define SEPCC_GOLDEN_DW_WEIGHT_COUNT    117
#define SEPCC_GOLDEN_DW_PACKED_BYTES    640
#define SEPCC_GOLDEN_DW_WORKSPACE_BYTES 0
const struct sepcc_kernel *sepcc_golden_dw_kernel(void);
int sepcc_golden_dw_pack(const float *weight, const float *bias, void *packed);
int sepcc_golden_dw(const float *in, float *out, const void *packed, void *workspace);

/*
 * pointwise in=8x8x13 out=10 act=relu6
 *
 *     in      [1][8][8][13]
 *     out     [1][8][8][10]
 *     weight  [10][13]
 *     bias    [10]
 *
 * _kernel is the best kernel for this CPU, NULL when there is none; _pack and the stage itself return 0, or -1
 * when there is none. in and out need no alignment and may not overlap; packed and workspace are aligned.
 */
#define SEPCC_GOLDEN_PW_IN_COUNT        832
#define SEPCC_GOLDEN_PW_OUT_COUNT       640
#define SEPCC_GOLDEN_PW_WEIGHT_COUNT    130
#define SEPCC_GOLDEN_PW_PACKED_BYTES    896
#define SEPCC_GOLDEN_PW_WORKSPACE_BYTES 0
const struct sepcc_kernel *sepcc_golden_pw_kernel(void);
int sepcc_golden_pw_pack(const float *weight, const float *bias, void *packed);
int sepcc_golden_pw(const float *in, float *out, const void *packed, void *workspace);

/*
 * depthwise in=8x8x13 kernel=3x3 stride=2 pad=0,0,1,1 bias=no
 *
 *     in      [1][8][8][13]
 *     out     [1][4][4][13]
 *     weight  [3][3][13]
 *
 * _kernel is the best kernel for this CPU, NULL when there is none; _pack and the stage itself return 0, or -1
 * when there is none. in and out need no alignment and may not overlap; packed and workspace are aligned.
 */
#define SEPCC_GOLDEN_DW_S2_IN_COUNT        832
#define SEPCC_GOLDEN_DW_S2_OUT_COUNT       208
#define SEPCC_GOLDEN_DW_S2_WEIGHT_COUNT    117
#define SEPCC_GOLDEN_DW_S2_PACKED_BYTES    640
#define SEPCC_GOLDEN_DW_S2_WORKSPACE_BYTES 0
const struct sepcc_kernel *sepcc_golden_dw_s2_kernel(void);
int sepcc_golden_dw_s2_pack(const float *weight, void *packed);
int sepcc_golden_dw_s2(const float *in, float *out, const void *packed, void *workspace);

#ifdef __cplusplus
}
#endif

#endif
