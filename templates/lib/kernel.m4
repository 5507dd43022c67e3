m4_divert(-1)
What every kernel file has around its loops: the header comment, the packing of one vector, the descriptor.
C brackets are written as C's digraphs, which sepcc turns into brackets, since [ ] are the quotes here.

M_HEADER(template, contract): the comment at the top of the file, the include and the ISA's prologue.
m4_define([M_HEADER], [/*
 * F_NAME.c: written by sepcc F_VERSION; do not edit.
 *
 * To repeat it:  sepcc gen 'F_SPEC' --isa F_ISA --plan F_PLAN -o DIR
 * Spec:          F_SPEC
 * Plan:          F_PLAN
 * Template:      $1, vocabulary isa/F_ISA.m4
 * Digest:        F_DIGEST
 * Compile with:  V_FLAGS (the instruction set is chosen below)
 * Counts:        F_FMA_COUNT multiply-adds, F_READ_BYTES bytes read, F_WRITE_BYTES bytes written
 *
$2
 */
#include "sepcc_kernel.h"

V_OPEN(F_NAME)
])

M_ALONE: how a static function begins that is compiled by itself. A loop that clang inlines it optimizes twice, or as often as
there are calls: half of its time, for the same loop.
m4_define([M_ALONE], [__attribute__((noinline)) static])

M_PACK_LANES(): the static function that packs a vector of a per-channel array, zero where there is no channel.
m4_define([M_PACK_LANES], [/* Copies lanes values and fills the vector up with zeros; from may be NULL: all zeros. */
static void pack_lanes(const float *from, size_t lanes, float *to)
{
    for (size_t lane = 0; lane < V_LANES; ++lane)
        to<:lane:> = from != NULL && lane < lanes ? from<:lane:> : 0.0f;
}
])

M_PACK_CONTRACT(shape of the weights): the comment of a layer's pack_layer.
m4_define([M_PACK_CONTRACT], [/* weight: $1, bias and slope: F_OUT_C floats or NULL; to: F_LAYER_BYTES bytes, zeros at the end. */])

M_PACK(): the descriptor's pack function, over the pack_layer of each of F_LAYER_COUNT layers.
m4_define([M_PACK], [
/* Plain tensors of each layer, NULL for those it has not, to F_PACKED_BYTES bytes at a SEPCC_ALIGNMENT boundary. */
static void pack(const float *const weights<::>, const float *const bias<::>, const float *const slope<::>, void *packed)
{
    (void)bias;
    (void)slope;
M_FOR([I_LAYER], 0, F_LAYER_COUNT, [_M_PACK_LAYER(I_LAYER)])}
])
m4_define([_M_PACK_LAYER], [m4_dnl
    M_FACT([LAYER], $1, [PREFIX])pack_layer(weights<:$1:>, M_IF(M_FACT([LAYER], $1, [HAS_BIAS]), [bias<:$1:>], [NULL]), m4_ifelse(M_FACT([LAYER], $1, [ACT]), [prelu], [slope<:$1:>], [NULL]),
                (float *)packed[]M_IF(M_FACT([LAYER], $1, [PACKED_AT]), [ + M_EVAL(M_FACT([LAYER], $1, [PACKED_AT]) / 4)]));
])

M_DESCRIPTOR(): the const descriptor, and the ISA's epilogue.
m4_define([M_DESCRIPTOR], [extern const struct sepcc_kernel F_NAME;
const struct sepcc_kernel F_NAME = {
    .abi_version = SEPCC_ABI_VERSION,
    .struct_size = sizeof(struct sepcc_kernel),
    .name = "F_NAME",
    .spec = "F_SPEC",
    .plan = "F_PLAN",
    .digest = "F_DIGEST",
    .isa = F_ISA_NUMBER, /* F_ISA */
    .stage =
        {
            .op = F_STAGE_OP,
            .dtype = F_DTYPE,
            .layout = F_LAYOUT,
            .batch = F_BATCH,
            .residual = F_RESIDUAL,
            .layer_count = F_LAYER_COUNT,
            .layer =
                {
M_FOR([I_LAYER], 0, F_LAYER_COUNT, [_M_LAYER(I_LAYER)])m4_dnl
                },
        },
    .packed_bytes = F_PACKED_BYTES,
    .workspace_bytes = F_WORKSPACE_BYTES,
    .unit_count = F_UNIT_COUNT,
    .fma_count = F_FMA_COUNT[]u,
    .read_bytes = F_READ_BYTES[]u,
    .write_bytes = F_WRITE_BYTES[]u,
    .pack = pack,
    .run = run,
};

V_CLOSE(F_NAME)
])

m4_define([_M_LAYER], [m4_dnl
                    {
                        .op = M_FACT([LAYER], $1, [OP]),
                        .in_h = M_FACT([LAYER], $1, [IN_H]),
                        .in_w = M_FACT([LAYER], $1, [IN_W]),
                        .in_c = M_FACT([LAYER], $1, [IN_C]),
                        .out_h = M_FACT([LAYER], $1, [OUT_H]),
                        .out_w = M_FACT([LAYER], $1, [OUT_W]),
                        .out_c = M_FACT([LAYER], $1, [OUT_C]),
                        .kernel_h = M_FACT([LAYER], $1, [KERNEL_H]),
                        .kernel_w = M_FACT([LAYER], $1, [KERNEL_W]),
                        .stride_h = M_FACT([LAYER], $1, [STRIDE_H]),
                        .stride_w = M_FACT([LAYER], $1, [STRIDE_W]),
                        .dilation_h = M_FACT([LAYER], $1, [DILATION_H]),
                        .dilation_w = M_FACT([LAYER], $1, [DILATION_W]),
                        .pad_top = M_FACT([LAYER], $1, [PAD_TOP]),
                        .pad_left = M_FACT([LAYER], $1, [PAD_LEFT]),
                        .pad_bottom = M_FACT([LAYER], $1, [PAD_BOTTOM]),
                        .pad_right = M_FACT([LAYER], $1, [PAD_RIGHT]),
                        .multiplier = M_FACT([LAYER], $1, [MULTIPLIER]),
                        .has_bias = M_FACT([LAYER], $1, [HAS_BIAS]),
                        .act = M_FACT([LAYER], $1, [ACT_NUMBER]), /* M_FACT([LAYER], $1, [ACT]) */
                        .act_param = {M_FACT([LAYER], $1, [ACT_LO]), M_FACT([LAYER], $1, [ACT_HI])},
                    },
])

M_KERNEL_FACTS(): fails unless the facts that this file uses are there.
m4_define([M_KERNEL_FACTS], [M_NEED([F_NAME], [F_VERSION], [F_SPEC], [F_PLAN], [F_ISA], [F_ISA_NUMBER], [F_DIGEST], [F_FMA_COUNT],
    [F_READ_BYTES], [F_WRITE_BYTES], [F_PACKED_BYTES], [F_WORKSPACE_BYTES], [F_UNIT_COUNT], [F_STAGE_OP], [F_DTYPE],
    [F_LAYOUT], [F_BATCH], [F_RESIDUAL], [F_LAYER_COUNT], [F_LAYER_0_OP], [F_IN_IMAGE], [F_OUT_IMAGE])])

M_LAYER(index): defines the facts of one layer, which a layer's template knows without LAYER_<index>.
m4_define([M_LAYER], [m4_divert(-1)m4_indir([M_LAYER_$1])m4_divert(0)])

m4_divert(0)m4_dnl
