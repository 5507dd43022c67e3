m4_divert(-1)
Activations, by the words of the vocabulary. One definition each, the same in runtime/activation.c and stated in
docs/numbers.md. The facts F_ACT, F_ACT_LO and F_ACT_HI are looked up when a word below is expanded.

A_DEFINE: at file scope, once, after the code is opened. Returns the static functions that F_ACT needs, with an
empty line after each, or nothing.
m4_define([A_DEFINE], [_A_FIND([_A_DEFINE_]F_ACT)])

A_APPLY(indent, x, slope, then): x is a variable of the vector type, slope (for prelu only) a vector expression. Returns
whole lines of C that replace x by its activation, and then those of `then` (its store).
A_DONE(indent): after the last A_APPLY of a tile. Returns the lines that are still to come.
Sigmoid and silu are computed two at a time, side by side: one alone is a chain of dependent steps, longer than a core looks
ahead. So of two A_APPLY the first returns nothing, the second the lines of both.
m4_define([A_APPLY], [m4_ifdef([_A_PAIR_]F_ACT, [_A_PAIR([$1], [$2], [$4])], [_A_FIND([_A_APPLY_]F_ACT, [$1], [$2], [$3])$4])])
m4_define([A_DONE], [m4_ifdef([_A_FIRST], [_A_TWO([$1], _A_FIRST)_A_FIRST_THEN[]m4_undefine([_A_FIRST])])])
m4_define([_A_PAIR], [m4_ifdef([_A_FIRST], [_A_TWO([$1], _A_FIRST, [$2])_A_FIRST_THEN[]$3[]m4_undefine([_A_FIRST])],
    [m4_define([_A_FIRST], [$2])m4_define([_A_FIRST_THEN], [$3])])])
m4_define([_A_TWO], [m4_ifelse([$3], [], [m4_dnl
$1V_IN_ORDER([$2]);
$1V_TYPE twin = $2; /* the same value, so computed once */
$1F_ACT[](&$2, &twin);
], [m4_dnl
$1V_IN_ORDER([$2], [$3]);
$1F_ACT[](&$2, &$3);
])])
m4_define([_A_PAIR_sigmoid])
m4_define([_A_PAIR_silu])

A_SETTLE(indent, x): for each variable of a tile before the first A_APPLY. Returns the line behind which x is computed, or
nothing: the compiler would move the sums of some outputs behind the long activations of others, and keep their inputs.
m4_define([A_SETTLE], [M_IF(V_LANES > 1, [m4_ifdef([_A_LONG_]F_ACT, [$1V_IN_ORDER([$2]);
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
_A_FAR: 1 where few registers leave no room for them beside a tile. Then they are read from memory where they are used: the
compiler would load them once and keep them on the stack, and sums of the tile, too.
m4_define([_A_FAR], M_EVAL(V_LANES > 1 && V_REGISTERS < 32))
m4_define([_A_EXP], [M_IF(_A_FAR, [V_LOAD_PACKED(M_PLUS([k], V_LANES * _A_PLACE([$1], 0, _A_EXP_CONSTANTS)))], [V_CONST([$1])])])
m4_define([_A_PLACE], [m4_ifelse([$1], [$3], [$2], [_A_PLACE([$1], M_EVAL($2 + 1), m4_shift(m4_shift(m4_shift($@))))])])
_A_EXP_TABLE(constant ...): a line for each.
m4_define([_A_EXP_TABLE], [m4_ifelse([$1], [], [], [    M_FOR([I_L], 0, V_LANES, [M_IF(I_L, [ ])[$1],])
_A_EXP_TABLE(m4_shift($@))])])

_A_BOTH(line): it for I_X = 0 and for I_X = 1. _A_EXP_ADD(constant): the step e = e * u + constant for both.
m4_define([_A_BOTH], [M_FOR([I_X], 0, 2, [    $1;
])])
m4_define([_A_EXP_ADD], [_A_BOTH([e[]I_X = V_FMA([e]I_X, [u]I_X, _A_EXP([$1]))])])
_A_EXP_REDUCE(declaration, from, part, ...): u = from + n * part, and the same with u and the parts that follow.
m4_define([_A_EXP_REDUCE], [m4_ifelse([$3], [], [], [_A_BOTH([$1[]u[]I_X = V_FMA([n]I_X, _A_EXP([$3]), [$2]I_X)])_A_EXP_REDUCE([], [u], m4_shift(m4_shift(m4_shift($@))))])])

_A_DEFINE_exp(name, comment, numerator): the function of an activation that is numerator / (1 + exp(-x)).
m4_define([_A_DEFINE_exp], [M_IF(_A_FAR, [M_ONCE([exp_constants], [m4_dnl
/* The constants of exp, a vector each. */
static const float exp_constants<::> __attribute__((aligned(64))) = {
_A_EXP_TABLE(_A_EXP_CONSTANTS)};

])])M_ONCE([$1], [/*
 * $2 of two values: one is a chain of steps that wait for each other, the other fills the gaps.
 * exp(-x) = 2^n * exp(-u), where x = u - n ln 2. The magic number leaves n + 127 in the low bits of a float, ready to
 * be an exponent; so x is held within 87 of 0.
 */
static inline void $1(V_TYPE *p0, V_TYPE *p1)
{
M_IF(_A_FAR, [m4_dnl
    const float *k = exp_constants;
    __asm__("" : "+r"(k)); /* so that no constant is loaded ahead, and kept */
])m4_dnl
_A_BOTH([const V_TYPE x[]I_X = V_AT_LEAST(_A_EXP([-87.0f]), [*p]I_X)])m4_dnl
_A_BOTH([const V_TYPE h[]I_X = V_AT_MOST(_A_EXP([87.0f]), [x]I_X)])m4_dnl
_A_BOTH([V_TYPE n[]I_X = V_FMA([h]I_X, _A_EXP([-0x1.715476p+0f]), _A_EXP([0x1.8000fep23f]))])m4_dnl
_A_BOTH([const V_TYPE scale[]I_X = V_POW2([n]I_X)])m4_dnl
_A_BOTH([n[]I_X = V_SUB([n]I_X, _A_EXP([0x1.8000fep23f]))])m4_dnl
_A_EXP_REDUCE([V_TYPE ], [h], _A_LN2)m4_dnl
    V_TYPE e0 = _A_EXP([-0x1.10625p-7f]), e1 = e0;
_A_EXP_ADD([0x1.572a64p-5f])m4_dnl
_A_EXP_ADD([-0x1.5557bp-3f])m4_dnl
_A_EXP_ADD([0x1.fffdfcp-2f])m4_dnl
_A_EXP_ADD([-1.0f])m4_dnl
_A_EXP_ADD([1.0f])m4_dnl
_A_BOTH([e[]I_X = V_FMA([scale]I_X, [e]I_X, _A_EXP([1.0f]))])m4_dnl
_A_BOTH([*p[]I_X = V_DIV([$3], [e]I_X)])m4_dnl
}

])])

m4_define([_A_DEFINE_sigmoid], [_A_DEFINE_exp([sigmoid], [1 / (1 + exp(-x))], [_A_EXP([1.0f])])])
silu: the lower bound holds for both parts; one operation less than x times its sigmoid.
m4_define([_A_DEFINE_silu], [_A_DEFINE_exp([silu], [x / (1 + exp(-x))], [x[]I_X])])

m4_divert(0)m4_dnl
