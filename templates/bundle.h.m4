m4_dnl bundle.h.m4: the header of a bundle: constants and functions of each stage. Facts: generator/bundle/bundle_files.c.
M_NEED([F_VERSION], [F_ID], [F_GUARD], [F_FILE], [F_STAGE_COUNT], [F_ISAS], [F_SINGLE_FILE], [F_ABI_VERSION],
    [F_WEIGHTS])m4_dnl
m4_define([T_ID], [M_FACT([STAGE], I_S, [ID])])m4_dnl
m4_define([T_CONSTANT], [M_FACT([STAGE], I_S, [CONSTANT])])m4_dnl
m4_define([T_PAD], [M_FACT([STAGE], I_S, [PAD])])m4_dnl
m4_dnl T_LAYER(fact): of layer I_L of stage I_S.
m4_define([T_LAYER], [M_FACT([STAGE], I_S, [LAYER], I_L, [$1])])m4_dnl
m4_dnl T_LAYERS(body): body for each layer of the stage.
m4_define([T_LAYERS], [M_FOR([I_L], 0, M_FACT([STAGE], I_S, [LAYER_COUNT]), [$1])])m4_dnl
m4_dnl T_TENSORS(type): the tensors of the stage's layers, each with the type before it and a comma after it.
m4_define([T_TENSORS], [T_LAYERS([$1[]T_LAYER([PREFIX])weight, M_IF(T_LAYER([HAS_BIAS]),
    [$1[]T_LAYER([PREFIX])bias, ])M_IF(T_LAYER([HAS_SLOPE]), [$1[]T_LAYER([PREFIX])slope, ])])])m4_dnl
/*
 * F_FILE.h: M_IF(F_SINGLE_FILE, [a single-file bundle: ])convolution stages made for exactly their shapes, by sepcc F_VERSION.
 *
M_IF(F_SINGLE_FILE, [ * Put it and F_FILE.c into your project, compile that one with any C11 compiler (`cc -O2 -c F_FILE.c`) and link
 * with -lm. C++ includes this header as well.
], [ * Compile every .c file of this folder with any C11 compiler (`cc -O2 -c *.c`, or `make`) and link with -lm.
])m4_dnl
 * Instruction sets: F_ISAS. The best one that the running CPU has is taken.
 *
M_IF(F_WEIGHTS, [m4_dnl
 * How to use it, by the first stage; the weights are those of the model:
 *
M_IF(F_WEIGHTS == 2, [ *     const char *wrong = F_FILE[]_weights_load("F_FILE.weights");
 *     if (wrong != NULL)
 *         return fprintf(stderr, "%s\n", wrong), -1;
])m4_dnl
 *     void *workspace = F_ID[]_alloc(F_CONSTANT[]WORKSPACE_BYTES);
 *     while (more_images())
 *         F_FILE[]_stage_[]F_STAGE_0_NAME[](in, out, workspace);
 *     F_ID[]_free(workspace);
M_IF(F_WEIGHTS == 2, [ *     F_FILE[]_weights_free();
])m4_dnl
 *
 * To share a stage among threads, take its kernel by F_STAGE_0_ID[]_kernel and its weights by
 * F_FILE[]_packed_[]F_STAGE_0_NAME, and give every thread its own units and its own workspace.
], [m4_dnl
 * How to use it, by the first stage:
 *
 *     void *packed = F_ID[]_alloc(F_STAGE_0_CONSTANT[]PACKED_BYTES);
 *     void *workspace = F_ID[]_alloc(F_STAGE_0_CONSTANT[]WORKSPACE_BYTES);
 *     if (packed == NULL || workspace == NULL || F_STAGE_0_ID[]_pack(M_FOR([I_S], 0, 1, [T_TENSORS([])])packed) != 0)
 *         return -1;
 *     while (more_images())
 *         F_STAGE_0_ID[](in, out, packed, workspace);
 *     F_ID[]_free(workspace);
 *     F_ID[]_free(packed);
 *
 * To share a stage among threads, take its kernel by F_STAGE_0_ID[]_kernel and
 * give every thread its own units and its own workspace. What was packed fits the kernel that packed it: pack
 * anew on another machine.
])m4_dnl
 */
#ifndef F_GUARD
#define F_GUARD

#include "sepcc_kernel.h"
#if SEPCC_ABI_VERSION != F_ABI_VERSION
#error "F_FILE.h: a header of another ABI version was included before, expected that of this bundle"
#endif

#ifdef __cplusplus
extern "C" {
#endif

/* All kernels of the architecture this is compiled for. */
extern const struct sepcc_bundle F_BUNDLE;

/* bytes at a SEPCC_ALIGNMENT boundary for packed weights or a workspace, NULL when there is no memory. */
static inline void *F_ID[]_alloc(size_t bytes)
{
    const size_t step = SEPCC_ALIGNMENT;
    if (bytes > SIZE_MAX - step)
        return NULL;
    return aligned_alloc(step, bytes == 0 ? step : (bytes + step - 1) / step * step);
}

/* Takes NULL. */
static inline void F_ID[]_free(void *memory)
{
    free(memory);
}
M_IF(F_WEIGHTS, [
/* Bytes of a workspace that is enough for every stage. */
#define F_CONSTANT[]WORKSPACE_BYTES F_WORKSPACE_BYTES
M_IF(F_WEIGHTS == 2, [
/*
 * Reads the weights that this CPU needs from the file that was written with this bundle, and checks them.
 * Returns NULL, or what is wrong, in words. No stage may run meanwhile; what was loaded before goes.
 */
const char *F_FILE[]_weights_load(const char *path);
/* Stages return -1 from then on. */
void F_FILE[]_weights_free(void);
])])m4_dnl
M_FOR([I_S], 0, F_STAGE_COUNT, [
/*
 * M_FACT([STAGE], I_S, [SPEC])
 *
 *     in      T_PAD[]M_FACT([STAGE], I_S, [IN_SHAPE])
 *     out     T_PAD[]M_FACT([STAGE], I_S, [OUT_SHAPE])
T_LAYERS([ *     T_LAYER([PREFIX])weight  T_LAYER([PAD])T_LAYER([WEIGHT_SHAPE])
M_IF(T_LAYER([HAS_BIAS]), [ *     T_LAYER([PREFIX])bias    T_LAYER([PAD])T_LAYER([CHANNELS])
])m4_dnl
M_IF(T_LAYER([HAS_SLOPE]), [ *     T_LAYER([PREFIX])slope   T_LAYER([PAD])T_LAYER([CHANNELS])
])m4_dnl
])m4_dnl
 *
 * _kernel is the best kernel for this CPU, NULL when there is none; _pack and the stage itself return 0, or -1
 * when there is none. in and out need no alignment and may not overlap; packed and workspace are aligned.
 */
#define T_CONSTANT[]IN_COUNT        T_PAD[]M_FACT([STAGE], I_S, [IN_COUNT])
#define T_CONSTANT[]OUT_COUNT       T_PAD[]M_FACT([STAGE], I_S, [OUT_COUNT])
T_LAYERS([#define T_CONSTANT[]WEIGHT_COUNT[]T_LAYER([SUFFIX])    T_LAYER([PAD])T_LAYER([WEIGHT_COUNT])
])m4_dnl
#define T_CONSTANT[]PACKED_BYTES    T_PAD[]M_FACT([STAGE], I_S, [PACKED_BYTES])
#define T_CONSTANT[]WORKSPACE_BYTES T_PAD[]M_FACT([STAGE], I_S, [WORKSPACE_BYTES])
const struct sepcc_kernel *T_ID[]_kernel(void);
int T_ID[]_pack(T_TENSORS([const float *])void *packed);
int T_ID[](const float *in, float *out, const void *packed, void *workspace);
M_IF(F_WEIGHTS, [m4_dnl
/* The stage with the weights of the model; -1 also M_IF(F_WEIGHTS == 2, [when they are not loaded], [without a kernel for this CPU]). */
int F_FILE[]_stage_[]M_FACT([STAGE], I_S, [NAME])(const float *in, float *out, void *workspace);
/* These weights, as T_ID[]_kernel() reads them; or NULL. */
const void *F_FILE[]_packed_[]M_FACT([STAGE], I_S, [NAME])(void);
])m4_dnl
])
#ifdef __cplusplus
}
#endif

#endif
