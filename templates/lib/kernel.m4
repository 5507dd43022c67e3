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

M_PACK_LANES(): the static function that packs one lane range of a per-channel vector, zero where there is none.
m4_define([M_PACK_LANES], [/* Copies lanes values and fills the vector up with zeros; from may be NULL: all zeros. */
static void pack_lanes(const float *from, size_t lanes, float *to)
{
    for (size_t lane = 0; lane < V_LANES; ++lane)
        to<:lane:> = from != NULL && lane < lanes ? from<:lane:> : 0.0f;
}
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
            .residual = 0,
            .layer_count = 1,
            .layer =
                {
                    {
                        .op = F_OP,
                        .in_h = F_IN_H,
                        .in_w = F_IN_W,
                        .in_c = F_IN_C,
                        .out_h = F_OUT_H,
                        .out_w = F_OUT_W,
                        .out_c = F_OUT_C,
                        .kernel_h = F_KERNEL_H,
                        .kernel_w = F_KERNEL_W,
                        .stride_h = F_STRIDE_H,
                        .stride_w = F_STRIDE_W,
                        .dilation_h = F_DILATION_H,
                        .dilation_w = F_DILATION_W,
                        .pad_top = F_PAD_TOP,
                        .pad_left = F_PAD_LEFT,
                        .pad_bottom = F_PAD_BOTTOM,
                        .pad_right = F_PAD_RIGHT,
                        .multiplier = F_MULTIPLIER,
                        .has_bias = F_HAS_BIAS,
                        .act = F_ACT_NUMBER, /* F_ACT */
                        .act_param = {F_ACT_LO, F_ACT_HI},
                    },
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

M_KERNEL_FACTS(): fails unless the facts that this file uses are there.
m4_define([M_KERNEL_FACTS], [M_NEED([F_NAME], [F_VERSION], [F_SPEC], [F_PLAN], [F_ISA], [F_ISA_NUMBER], [F_DIGEST], [F_FMA_COUNT],
    [F_READ_BYTES], [F_WRITE_BYTES], [F_PACKED_BYTES], [F_WORKSPACE_BYTES], [F_UNIT_COUNT], [F_STAGE_OP], [F_DTYPE],
    [F_LAYOUT], [F_BATCH], [F_OP], [F_IN_H], [F_IN_W], [F_IN_C], [F_OUT_H], [F_OUT_W], [F_OUT_C], [F_KERNEL_H],
    [F_KERNEL_W], [F_STRIDE_H], [F_STRIDE_W], [F_DILATION_H], [F_DILATION_W], [F_PAD_TOP], [F_PAD_LEFT],
    [F_PAD_BOTTOM], [F_PAD_RIGHT], [F_MULTIPLIER], [F_HAS_BIAS], [F_ACT], [F_ACT_NUMBER], [F_ACT_LO], [F_ACT_HI],
    [F_IN_IMAGE], [F_OUT_IMAGE])])

m4_divert(0)m4_dnl
