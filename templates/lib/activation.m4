m4_divert(-1)
Activations, by the words of the vocabulary. One definition each, the same in runtime/activation.c and stated in
docs/numbers.md. The facts F_ACT, F_ACT_LO and F_ACT_HI are looked up when a word below is expanded.

A_DEFINE: at file scope, once, after the code is opened. Returns the static functions that F_ACT needs, with an
empty line after each, or nothing.
m4_define([A_DEFINE], [_A_FIND([_A_DEFINE_]F_ACT)])

A_APPLY(indent, x, slope): x is a variable of the vector type, slope (for prelu only) a vector expression.
Returns whole lines of C that replace x by its activation, or nothing for none.
m4_define([A_APPLY], [_A_FIND([_A_APPLY_]F_ACT, [$1], [$2], [$3])])

A_FAR: set by a template whose tiles leave no room for the constants of long activations (1, else 0). With 16 registers they
are read from memory where they are used: the compiler would load them once and keep them on the stack, and sums of the
tile, too.
m4_define([A_FAR], 0)
m4_define([_A_FAR], M_EVAL(V_LANES > 1 && V_REGISTERS < 32)[ && A_FAR])
A_SETTLE(indent, x): there, for each variable of a tile before the first A_APPLY. Returns the line behind which x is computed,
or nothing: the compiler would move the sums of some outputs behind the activations of others, and keep their inputs.
m4_define([A_SETTLE], [M_IF(V_LANES > 1 && A_FAR, [m4_ifdef([_A_LONG_]F_ACT, [$1V_IN_ORDER([$2]);
])])])
m4_define([_A_LONG_sigmoid])
m4_define([_A_LONG_silu])
m4_define([_A_LONG_hard_sigmoid])
m4_define([_A_LONG_hard_swish])

_A_FIND(macro, argument ...): calls the macro of one activation; an unknown one is fatal.
m4_define([_A_FIND], [m4_ifdef([$1], [m4_indir($@)], [M_FATAL([no such activation: $1])])])

_A_CALL(indent, x, function): the line of an activation that is a function. Returns it with its newline.
m4_define([_A_CALL], [$1$2 = $3($2);
])

none: x.
m4_define([_A_DEFINE_none], [])
m4_define([_A_APPLY_none], [])

relu: at least 0.
m4_define([_A_DEFINE_relu], [])
m4_define([_A_APPLY_relu], [$1$2 = V_AT_LEAST(V_CONST([0.0f]), [$2]);
])

relu6: at least 0, then at most 6.
m4_define([_A_DEFINE_relu6], [])
m4_define([_A_APPLY_relu6], [_A_APPLY_relu([$1], [$2])$1$2 = V_AT_MOST(V_CONST([6.0f]), [$2]);
])

clamp: at least lo, then at most hi.
m4_define([_A_DEFINE_clamp], [])
m4_define([_A_APPLY_clamp], [M_NEED([F_ACT_LO], [F_ACT_HI])$1$2 = V_AT_LEAST(V_CONST(F_ACT_LO), [$2]);
$1$2 = V_AT_MOST(V_CONST(F_ACT_HI), [$2]);
])

leaky_relu: x where it is positive, else x times the slope F_ACT_LO.
m4_define([_A_DEFINE_leaky_relu], [])
m4_define([_A_APPLY_leaky_relu], [M_NEED([F_ACT_LO])_A_APPLY_prelu([$1], [$2], V_CONST(F_ACT_LO))])

prelu: x where it is positive, else x times the slope.
m4_define([_A_DEFINE_prelu], [])
m4_define([_A_APPLY_prelu], [m4_ifelse([$3], [], [M_FATAL([prelu needs a slope])])m4_dnl
$1$2 = V_IF_POSITIVE([$2], [$2], V_MUL([$3], [$2]));
])

hard_sigmoid: x + 3, at least 0, at most 6, times the float nearest to 1/6.
m4_define([_A_DEFINE_hard_sigmoid], [M_ONCE([hard_sigmoid], [/* min(6, max(0, x + 3)) * (1/6) */
static inline V_TYPE hard_sigmoid(V_TYPE x)
{
    V_TYPE y = V_ADD([x], V_CONST([3.0f]));
    y = V_AT_LEAST(V_CONST([0.0f]), [y]);
    y = V_AT_MOST(V_CONST([6.0f]), [y]);
    return V_MUL([y], V_CONST([0x1.555556p-3f]));
}

])])
m4_define([_A_APPLY_hard_sigmoid], [_A_CALL([$1], [$2], [hard_sigmoid])])

hard_swish: x times its hard_sigmoid.
m4_define([_A_DEFINE_hard_swish], [M_ONCE([hard_swish], [_A_DEFINE_hard_sigmoid[]/* x * hard_sigmoid(x) */
static inline V_TYPE hard_swish(V_TYPE x)
{
    return V_MUL([x], [hard_sigmoid(x)]);
}

])])
m4_define([_A_APPLY_hard_swish], [_A_CALL([$1], [$2], [hard_swish])])

_A_LN2: the parts of ln 2. Where a product is rounded there are two, the first short enough for n times it to be exact.
m4_define([_A_LN2], M_IF(V_FUSED, [[[0x1.62e43p-1f]]], [[[0x1.62e4p-1f], [0x1.7f7d1cp-20f]]]))
_A_EXP_CONSTANTS: in the order of the table. _A_EXP(constant): that vector.
m4_define([_A_EXP_CONSTANTS], [[-87.0f], [87.0f], [-0x1.715476p+0f], [0x1.8000fep23f], _A_LN2, [-0x1.10625p-7f],
    [0x1.572a64p-5f], [-0x1.5557bp-3f], [0x1.fffdfcp-2f], [-1.0f], [1.0f]])
m4_define([_A_EXP], [M_IF(_A_FAR, [V_LOAD_PACKED(M_PLUS([k], V_LANES * _A_PLACE([$1], 0, _A_EXP_CONSTANTS)))], [V_CONST([$1])])])
m4_define([_A_PLACE], [m4_ifelse([$1], [$3], [$2], [_A_PLACE([$1], M_EVAL($2 + 1), m4_shift(m4_shift(m4_shift($@))))])])
_A_EXP_TABLE(constant ...): a line for each.
m4_define([_A_EXP_TABLE], [m4_ifelse([$1], [], [], [    M_FOR([I_L], 0, V_LANES, [M_IF(I_L, [ ])[$1],])
_A_EXP_TABLE(m4_shift($@))])])
_A_EXP_BEGIN(): in a function with a variable x: what comes before the use of the constants.
m4_define([_A_EXP_BEGIN], [    V_IN_ORDER([x]);
M_IF(_A_FAR, [m4_dnl
    const float *k = exp_constants;
    __asm__("" : "+r"(k)); /* so that no constant is loaded ahead, and kept */
])])

_A_NAME(function): those that read constants from memory have names of their own; a fused stage may have both.
m4_define([_A_NAME], [$1[]M_IF(_A_FAR, [_beside_tile])])

_A_REDUCE(declaration, from, part, ...): u = from + n * part, and the same with u and the parts that follow. Returns whole lines.
m4_define([_A_REDUCE], [m4_ifelse([$3], [], [], [    $1[]u = V_FMA([n], _A_EXP([$3]), [$2]);
_A_REDUCE([], [u], m4_shift(m4_shift(m4_shift($@))))])])

_A_DEFINE_one_plus_exp: what sigmoid and silu divide by: exp by a shift of n into the exponent and a polynomial.
m4_define([_A_DEFINE_one_plus_exp], [M_ONCE(_A_NAME([one_plus_exp]), [M_IF(_A_FAR, [m4_dnl
/* The constants of exp, a vector each. */
static const float exp_constants<::> __attribute__((aligned(64))) = {
_A_EXP_TABLE(_A_EXP_CONSTANTS)};

])/*
 * 1 + exp(-x) for abs(x) <= 87: exp(-x) = 2^n * exp(-u), where x = u - n ln 2. The magic number leaves n + 127 in
 * the low bits of a float, ready to be an exponent.
 */
static inline V_TYPE _A_NAME([one_plus_exp])(V_TYPE x[]M_IF(_A_FAR, [, const float *k]))
{
    V_TYPE n = V_FMA([x], _A_EXP([-0x1.715476p+0f]), _A_EXP([0x1.8000fep23f]));
    const V_TYPE scale = V_POW2([n]);
    n = V_SUB([n], _A_EXP([0x1.8000fep23f]));
_A_REDUCE([V_TYPE ], [x], _A_LN2)m4_dnl
    V_TYPE e = _A_EXP([-0x1.10625p-7f]);
    e = V_FMA([e], [u], _A_EXP([0x1.572a64p-5f]));
    e = V_FMA([e], [u], _A_EXP([-0x1.5557bp-3f]));
    e = V_FMA([e], [u], _A_EXP([0x1.fffdfcp-2f]));
    e = V_FMA([e], [u], _A_EXP([-1.0f]));
    e = V_FMA([e], [u], _A_EXP([1.0f]));
    return V_FMA([scale], [e], _A_EXP([1.0f]));
}

])])
m4_define([_A_ONE_PLUS_EXP], [_A_NAME([one_plus_exp])($1[]M_IF(_A_FAR, [, k]))])

sigmoid: 1 / (1 + exp(-x)), x held within 87 of 0.
m4_define([_A_DEFINE_sigmoid], [M_ONCE(_A_NAME([sigmoid]), [_A_DEFINE_one_plus_exp[]/* 1 / (1 + exp(-x)) */
static inline V_TYPE _A_NAME([sigmoid])(V_TYPE x)
{
_A_EXP_BEGIN[]m4_dnl
    x = V_AT_LEAST(_A_EXP([-87.0f]), [x]);
    x = V_AT_MOST(_A_EXP([87.0f]), [x]);
    return V_DIV(_A_EXP([1.0f]), _A_ONE_PLUS_EXP([x]));
}

])])
m4_define([_A_APPLY_sigmoid], [_A_CALL([$1], [$2], _A_NAME([sigmoid]))])

silu: x / (1 + exp(-x)), the lower bound holding for both; one operation less than x times its sigmoid.
m4_define([_A_DEFINE_silu], [M_ONCE(_A_NAME([silu]), [_A_DEFINE_one_plus_exp[]/* x / (1 + exp(-x)) */
static inline V_TYPE _A_NAME([silu])(V_TYPE x)
{
_A_EXP_BEGIN[]m4_dnl
    x = V_AT_LEAST(_A_EXP([-87.0f]), [x]);
    const V_TYPE held = V_AT_MOST(_A_EXP([87.0f]), [x]);
    return V_DIV([x], _A_ONE_PLUS_EXP([held]));
}

])])
m4_define([_A_APPLY_silu], [_A_CALL([$1], [$2], _A_NAME([silu]))])

m4_divert(0)m4_dnl
