m4_divert(-1)
Every word of a vocabulary as a C function, for words_main.c. Brackets are written as the digraphs of C.

T_STEPS: the distances that loads of lanes are tried with: from 1 to this.
m4_define([T_STEPS], [5])

T_LANES(name, expression): a lane-by-lane function; the expression may use the vectors a, b and c.
m4_define([T_LANES], [static void word_$1(const float *pa, const float *pb, const float *pc, float *out)
{
    const V_TYPE a = V_LOAD([pa]);
    const V_TYPE b = V_LOAD([pb]);
    const V_TYPE c = V_LOAD([pc]);
    const V_TYPE result = $2;
    (void)a;
    (void)b;
    (void)c;
    V_STORE([out], [result]);
}

])

T_LOAD(name, expression): a function that reads memory at p.
m4_define([T_LOAD], [static void word_$1(const float *p, float *out)
{
    const V_TYPE result = $2;
    V_STORE([out], [result]);
}

])

T_STORE(name, statement): a function that writes the vector v to memory at p.
m4_define([T_STORE], [static void word_$1(float *p, const float *from)
{
    const V_TYPE v = V_LOAD([from]);
    $2;
}

])

T_ACTIVATION(name, low, high): an activation with all that it defines and that is not there yet.
m4_define([T_ACTIVATION], [m4_pushdef([F_ACT], [$1])m4_pushdef([F_ACT_LO], [$2])m4_pushdef([F_ACT_HI], [$3])m4_dnl
A_DEFINE[]m4_dnl
static void activation_$1(const float *from, const float *from_slope, float *out)
{
    V_TYPE x = V_LOAD([from]);
    const V_TYPE slope = V_LOAD([from_slope]);
A_APPLY([    ], [x], [slope])A_DONE([    ])m4_dnl
    (void)slope;
    V_STORE([out], [x]);
}

m4_popdef([F_ACT], [F_ACT_LO], [F_ACT_HI])])

T_TABLE(type, name, low, high, variable, entry): an array whose first entries, below low, are NULL.
m4_define([T_TABLE], [static $1 *const table_$2<::> = {
M_FOR([I_HOLE], 0, $3, [    NULL,
])M_FOR([$5], $3, $4, [    $6,
])};
])
m4_divert(0)m4_dnl
#include "words.h"

V_OPEN([sepcc_words])

T_LANES([add], [V_ADD([a], [b])])m4_dnl
T_LANES([sub], [V_SUB([a], [b])])m4_dnl
T_LANES([mul], [V_MUL([a], [b])])m4_dnl
T_LANES([div], [V_DIV([a], [b])])m4_dnl
T_LANES([fma], [V_FMA([a], [b], [c])])m4_dnl
T_LANES([mul_then_add], [V_ADD(V_MUL([a], [b]), [c])])m4_dnl
T_LANES([at_least], [V_AT_LEAST([a], [b])])m4_dnl
T_LANES([at_most], [V_AT_MOST([a], [b])])m4_dnl
T_LANES([if_positive], [V_IF_POSITIVE([a], [b], [c])])m4_dnl
T_LANES([pow2], [V_POW2([a])])m4_dnl
T_LANES([constant], [V_CONST([-0x1.234568p-3f])])m4_dnl
M_FOR([I_LANE], 0, V_K_GROUP, [static void word_k_fma_[]I_LANE[](const float *pa, const float *pb, const float *pc, float *out)
{
    const V_K_TYPE k = V_K_LOAD([pa]);
    const V_TYPE b = V_LOAD([pb]);
    const V_TYPE c = V_LOAD([pc]);
    const V_TYPE result = V_K_FMA([k], I_LANE, [b], [c]);
    V_STORE([out], [result]);
}

])m4_dnl
M_FOR([I_M], 2, V_LANES / 2 + 1, [M_FOR([I_PHASE], 0, I_M, [T_LANES([spread_]I_M[]_[]I_PHASE, [V_SPREAD([a], I_M, I_PHASE)])])])m4_dnl
M_FOR([I_LOW], 0, V_LANES, [M_FOR([I_HIGH], I_LOW + 1, V_LANES + 1, [T_LANES([fma_lanes_]I_LOW[]_[]I_HIGH, [V_FMA_LANES([a], [b], [c], I_LOW, I_HIGH)])])])m4_dnl
M_FOR([I_STEP], 1, T_STEPS + 1, [M_FOR([I_LOW], 0, V_LANES, [M_FOR([I_HIGH], I_LOW + 1, V_LANES + 1, [T_LOAD([load_lanes_]I_STEP[]_[]I_LOW[]_[]I_HIGH, [V_LOAD_LANES([p], I_STEP, I_LOW, I_HIGH)])])])])m4_dnl
T_LOAD([load], [V_LOAD([p])])m4_dnl
T_LOAD([load_packed], [V_LOAD_PACKED([p])])m4_dnl
T_LOAD([dup], [V_DUP([p])])m4_dnl
M_FOR([I_N], 1, V_LANES, [T_LOAD([load_tail_]I_N, [V_LOAD_TAIL([p], I_N)])])m4_dnl
T_STORE([store], [V_STORE([p], [v])])m4_dnl
M_FOR([I_N], 1, V_LANES, [T_STORE([store_tail_]I_N, [V_STORE_TAIL([p], [v], I_N)])])m4_dnl
static void word_prefetch(const float *p, float *out)
{
    const V_TYPE v = V_LOAD([out]);
    V_PREFETCH([p]);
    V_STORE([out], [v]);
}

T_ACTIVATION([none], [], [])m4_dnl
T_ACTIVATION([relu], [], [])m4_dnl
T_ACTIVATION([relu6], [], [])m4_dnl
T_ACTIVATION([clamp], [-0.75f], [2.5f])m4_dnl
T_ACTIVATION([leaky_relu], [0x1.99999ap-4f], [])m4_dnl
T_ACTIVATION([prelu], [], [])m4_dnl
T_ACTIVATION([hard_swish], [], [])m4_dnl
T_ACTIVATION([hard_sigmoid], [], [])m4_dnl
T_ACTIVATION([sigmoid], [], [])m4_dnl
T_ACTIVATION([silu], [], [])m4_dnl
T_TABLE([words_load], [load_tail], 1, V_LANES, [I_N], [word_load_tail_[]I_N])
T_TABLE([words_store], [store_tail], 1, V_LANES, [I_N], [word_store_tail_[]I_N])
T_TABLE([words_lanes], [k_fma], 0, V_K_GROUP, [I_LANE], [word_k_fma_[]I_LANE])
static words_lanes *const table_spread<::> = {
    NULL,
M_FOR([I_M], 2, V_LANES / 2 + 1, [M_FOR([I_PHASE], 0, I_M, [    <:I_M * V_LANES + I_PHASE:> = word_spread_[]I_M[]_[]I_PHASE,
])])m4_dnl
};

static const struct words_load_lanes table_load_lanes<::> = {
M_FOR([I_STEP], 1, T_STEPS + 1, [M_FOR([I_LOW], 0, V_LANES, [M_FOR([I_HIGH], I_LOW + 1, V_LANES + 1, [    {word_load_lanes_[]I_STEP[]_[]I_LOW[]_[]I_HIGH, I_STEP, I_LOW, I_HIGH},
])])])    {NULL, 0, 0, 0},
};

static const struct words_fma_lanes table_fma_lanes<::> = {
M_FOR([I_LOW], 0, V_LANES, [M_FOR([I_HIGH], I_LOW + 1, V_LANES + 1, [    {word_fma_lanes_[]I_LOW[]_[]I_HIGH, I_LOW, I_HIGH},
])])    {NULL, 0, 0},
};

static words_activation *const table_activation<:SEPCC_ACT_COUNT:> = {
    <:SEPCC_ACT_NONE:> = activation_none,
    <:SEPCC_ACT_RELU:> = activation_relu,
    <:SEPCC_ACT_RELU6:> = activation_relu6,
    <:SEPCC_ACT_CLAMP:> = activation_clamp,
    <:SEPCC_ACT_LEAKY_RELU:> = activation_leaky_relu,
    <:SEPCC_ACT_PRELU:> = activation_prelu,
    <:SEPCC_ACT_HARD_SWISH:> = activation_hard_swish,
    <:SEPCC_ACT_HARD_SIGMOID:> = activation_hard_sigmoid,
    <:SEPCC_ACT_SIGMOID:> = activation_sigmoid,
    <:SEPCC_ACT_SILU:> = activation_silu,
};

const struct words sepcc_words = {
    .isa = SEPCC_ISA_[]m4_translit(V_ISA, [a-z], [A-Z]),
    .isa_name = "V_ISA",
    .lanes = V_LANES,
    .registers = V_REGISTERS,
    .vector_bytes = sizeof(V_TYPE),
    .group = V_K_GROUP,
    .flags = "V_FLAGS",
    .add = word_add,
    .sub = word_sub,
    .mul = word_mul,
    .div = word_div,
    .fma = word_fma,
    .mul_then_add = word_mul_then_add,
    .at_least = word_at_least,
    .at_most = word_at_most,
    .if_positive = word_if_positive,
    .pow2 = word_pow2,
    .constant = word_constant,
    .load = word_load,
    .load_packed = word_load_packed,
    .dup = word_dup,
    .prefetch = word_prefetch,
    .store = word_store,
    .load_tail = table_load_tail,
    .store_tail = table_store_tail,
    .load_lanes = table_load_lanes,
    .fma_lanes = table_fma_lanes,
    .spread = table_spread,
    .k_fma = table_k_fma,
    .activation = table_activation,
    .clamp_low = -0.75f,
    .clamp_high = 2.5f,
    .leaky_slope = 0x1.99999ap-4f,
};

V_CLOSE([sepcc_words])
