m4_dnl bundle.c.m4: the dispatch of a bundle: its list of kernels, and each stage's choice for the running CPU.
m4_dnl In a single file the kernels stand before it; generator/bundle/single_file.c puts them where they are included here.
M_NEED([F_VERSION], [F_ID], [F_FILE], [F_STAGE_COUNT], [F_KERNEL_COUNT], [F_SINGLE_FILE], [F_WEIGHTS])m4_dnl
m4_define([T_ID], [M_FACT([STAGE], I_S, [ID])])m4_dnl
m4_dnl T_LAYER(fact): of layer I_L of stage I_S.
m4_define([T_LAYER], [M_FACT([STAGE], I_S, [LAYER], I_L, [$1])])m4_dnl
m4_dnl T_LAYERS(body): body for each layer of the stage.
m4_define([T_LAYERS], [M_FOR([I_L], 0, M_FACT([STAGE], I_S, [LAYER_COUNT]), [$1])])m4_dnl
m4_dnl T_TENSORS(type): the tensors of the stage's layers, each with the type before it and a comma after it.
m4_define([T_TENSORS], [T_LAYERS([$1[]T_LAYER([PREFIX])weight, M_IF(T_LAYER([HAS_BIAS]),
    [$1[]T_LAYER([PREFIX])bias, ])M_IF(T_LAYER([HAS_SLOPE]), [$1[]T_LAYER([PREFIX])slope, ])])])m4_dnl
m4_dnl T_POINTERS(name, fact): the initialiser of the layers' pointers to such tensors, NULL without the fact.
m4_define([T_POINTERS], [{T_LAYERS([M_IF([I_L > 0], [[, ]])M_IF([$2], [T_LAYER([PREFIX])$1], NULL)])}])m4_dnl
m4_dnl T_LIST(owner...): the kernels of an architecture out of a list, one a line.
m4_define([T_LIST], [M_FOR([I_K], 0, M_FACT($@, [COUNT]), [    &M_FACT($@, I_K),
])])m4_dnl
m4_dnl T_TABLE(owner...): the initialiser of a NULL-ended table of kernels, the best of an architecture first.
m4_define([T_TABLE], [{
#if defined(__x86_64__)
T_LIST($@, [X86_64])m4_dnl
#elif defined(__aarch64__)
T_LIST($@, [AARCH64])m4_dnl
#endif
T_LIST($@, [ANY])m4_dnl
    NULL,
}])m4_dnl
/*
M_IF(F_SINGLE_FILE, [ * F_FILE.c: a single-file bundle: all kernels, and the choice among them on the running CPU; by sepcc F_VERSION.
 *
 * Compile with:  cc -O2 -c F_FILE.c (each kernel chooses its instruction set itself), link with -lm
 * To repeat it:  sepcc gen -f M_IF(F_WEIGHTS, [MODEL.onnx --name F_FILE], [F_FILE.layers]) --single-file --isa F_ISA_LIST[]M_IF(F_HAS_PLAN, [ --plan F_PLAN])[]M_IF(F_HAS_WISDOM, [ F_WISDOM]) -o DIR
 * M_IF(F_WEIGHTS, [with the model that has these stages:], [where F_FILE.layers is])
 *
M_FOR([I_S], 0, F_STAGE_COUNT, [ *     M_FACT([STAGE], I_S, [LINE])
])], [ * F_FILE.c: the kernels of the bundle, and the choice among them on the running CPU; by sepcc F_VERSION.
])m4_dnl
 */
#include "F_FILE.h"

#include <stdatomic.h>

M_FOR([I_K], 0, F_KERNEL_COUNT, [M_IF(F_SINGLE_FILE, [#include "M_FACT([KERNEL], I_K).c"
], [extern const struct sepcc_kernel M_FACT([KERNEL], I_K);
])])
static const struct sepcc_kernel *const kernels<::> = T_TABLE([ALL]);

const struct sepcc_bundle F_BUNDLE = {
    SEPCC_ABI_VERSION, sizeof(struct sepcc_bundle), "F_FILE", "F_VERSION",
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
M_FOR([I_S], 0, F_STAGE_COUNT, [
static const struct sepcc_kernel *const candidates_[]I_S<::> = T_TABLE([STAGE], I_S);

const struct sepcc_kernel *T_ID[]_kernel(void)
{
    return choose(candidates_[]I_S);
}

int T_ID[]_pack(T_TENSORS([const float *])void *packed)
{
    const struct sepcc_kernel *kernel = T_ID[]_kernel();
    const float *const weights<::> = T_POINTERS([weight], [1]);
    const float *const biases<::> = T_POINTERS([bias], [T_LAYER([HAS_BIAS])]);
    const float *const slopes<::> = T_POINTERS([slope], [T_LAYER([HAS_SLOPE])]);
    if (kernel == NULL)
        return -1;
    kernel->pack(weights, biases, slopes, packed);
    return 0;
}

int T_ID[](const float *in, float *out, const void *packed, void *workspace)
{
    return run(T_ID[]_kernel(), in, out, packed, workspace);
}
])m4_dnl
M_IF(F_SINGLE_FILE && F_WEIGHTS, [
M_FOR([I_S], 0, F_STAGE_COUNT, [#include "F_FILE[]_weights_[]M_FACT([STAGE], I_S, [NAME]).c"
])#include "F_FILE[]_weights.c"
])m4_dnl
