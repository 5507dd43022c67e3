m4_divert(-1)
Portable C: a vector is one float. Right on every CPU, and the model that the other files follow.
The words of this file are those of every file in this folder, in the same order; templates/README.md lists them.

V_ISA: The name of the instruction set, as in enum sepcc_isa in small letters.
m4_define([V_ISA], [scalar])

V_LANES: How many f32 lanes a vector has.
m4_define([V_LANES], [1])

V_REGISTERS: How many vector registers there are.
m4_define([V_REGISTERS], [16])

V_TYPE: The C type of a vector.
m4_define([V_TYPE], [float])

V_FLAGS: The compiler flags to name in a file's comment; the file needs none, it selects its own target.
m4_define([V_FLAGS], [-O2 -ffp-contract=off])

V_OPEN(name): Before the code of a file, after its other includes. Returns lines without the last newline:
guard of the architecture, no contraction of a * b + c, the intrinsics and math.h (for INFINITY), then the
target (after them, so that it changes no header's code).
m4_define([V_OPEN], [#if defined(__clang__)
#pragma STDC FP_CONTRACT OFF
#elif defined(__GNUC__)
#pragma GCC push_options
#pragma GCC optimize("fp-contract=off")
#endif
#include <math.h>
#include <stdint.h>
/*
 * Where fmax and fmin lose the sign of a zero, clang makes them of a comparison with a known bound all the same;
 * the empty asm hides the bound.
 */
#if defined(__GNUC__) && !defined(__x86_64__)
#define SEPCC_HIDE(bound) __asm__("" : "+m"(bound))
#else
#define SEPCC_HIDE(bound) (void)0
#endif
__attribute__((unused)) static inline V_TYPE at_least(V_TYPE lo, V_TYPE x)
{
    SEPCC_HIDE(lo);
    return lo > x ? lo : x;
}
__attribute__((unused)) static inline V_TYPE at_most(V_TYPE hi, V_TYPE x)
{
    SEPCC_HIDE(hi);
    return hi < x ? hi : x;
}])

V_CLOSE(name): After the code of a file. Returns lines without the last newline: undoes the above; on another
architecture all that is left is a typedef made from name, because ISO C forbids an empty file.
m4_define([V_CLOSE], [#if !defined(__clang__) && defined(__GNUC__)
#pragma GCC pop_options
#endif])

V_LOAD(p): Returns the vector at p, of any alignment.
m4_define([V_LOAD], [*($1)])

V_LOAD_PACKED(p): Returns the vector at p, which is aligned to a vector.
m4_define([V_LOAD_PACKED], [*($1)])

V_LOAD_TAIL(p, n): Returns the n floats at p and 0 in the lanes above; n literal, 1 .. lanes - 1. Touches
nothing else. May name p twice.
m4_define([V_LOAD_TAIL], [*($1)])

V_STORE(p, v): Writes the vector v to p, of any alignment. A void expression.
m4_define([V_STORE], [*($1) = $2])

V_STORE_TAIL(p, v, n): Writes the n low lanes of v to p and touches nothing else; n literal, 1 .. lanes - 1. A
void expression that may name p and v several times, so v is a variable.
m4_define([V_STORE_TAIL], [*($1) = $2])

V_LOAD_LANES(p, s, low, high): Returns the floats at p, p + s, p + 2 s .. in the lanes low .. high - 1 and 0 in
the others; all but p are literals, 0 <= low < high <= lanes. Touches nothing before p or after the last. May
name p several times.
m4_define([V_LOAD_LANES], [*($1)])

V_DUP(p): Returns the float at p in all lanes.
m4_define([V_DUP], [*($1)])

V_CONST(c): Returns the C float expression c in all lanes.
m4_define([V_CONST], [($1)])

V_FUSED: 1 where V_FMA rounds once, else 0.
m4_define([V_FUSED], 1)

V_FMA(a, b, c): Returns a * b + c, rounded once.
m4_define([V_FMA], [fmaf($1, $2, $3)])

V_FMA_LANES(a, b, c, low, high): Returns V_FMA(a, b, c) in the lanes low .. high - 1, and c, a variable, in the
others; low and high literal, 0 <= low < high <= lanes.
m4_define([V_FMA_LANES], [V_FMA([$1], [$2], [$3])])

V_ADD(a, b): Returns a + b.
m4_define([V_ADD], [($1 + $2)])

V_SUB(a, b): Returns a - b.
m4_define([V_SUB], [($1 - $2)])

V_MUL(a, b): Returns a * b.
m4_define([V_MUL], [($1 * $2)])

V_DIV(a, b): Returns a / b, correctly rounded.
m4_define([V_DIV], [($1 / $2)])

V_AT_LEAST(lo, x): Returns lo > x ? lo : x, so a NaN in x and a -0 against a 0 stay. May name both twice.
m4_define([V_AT_LEAST], [at_least($1, $2)])

V_AT_MOST(hi, x): Returns hi < x ? hi : x, so a NaN in x and a -0 against a 0 stay. May name both twice.
m4_define([V_AT_MOST], [at_most($1, $2)])

V_IF_POSITIVE(x, a, b): Returns x > 0 ? a : b, so b where x is NaN. May name x twice.
m4_define([V_IF_POSITIVE], [($1 > 0.0f ? $2 : $3)])

V_IN_ORDER(x, ...): variables. Returns code behind which what is done with them comes after all that was stored before.
m4_define([V_IN_ORDER], [(void)0])

V_POW2(v): Returns the bits of v shifted left by 23, which makes 2^n of a float whose low bits hold n + 127.
m4_define([V_POW2],
    [((union { uint32_t bits; float value; }){((union { float value; uint32_t bits; }){$1}).bits << 23}).value])

V_SPREAD(v, m, phase): Returns lane (l + phase) / m of v in lane l; m literal, 2 .. lanes / 2; phase literal,
0 .. m - 1. May name v twice.
m4_define([V_SPREAD], [$1])

V_K_GROUP: How many consecutive input channels of a pixel one group holds.
m4_define([V_K_GROUP], [1])

V_K_TYPE: The C type of such a group.
m4_define([V_K_TYPE], [float])

V_K_LOAD(p): Returns the group at p, of any alignment.
m4_define([V_K_LOAD], [*($1)])

V_K_FMA(k, lane, b, acc): Returns channel lane of group k, times b, plus acc, rounded once; lane literal, 0 ..
group - 1.
m4_define([V_K_FMA], [fmaf($1, $3, $4)])

V_PREFETCH(p): Asks for the cache line at p. A void expression.
m4_define([V_PREFETCH], [__builtin_prefetch($1)])

m4_divert(0)m4_dnl
