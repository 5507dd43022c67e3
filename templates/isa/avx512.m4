m4_divert(-1)
AVX-512 F, BW, DQ and VL: 16 lanes, tails by mask.
The words of this file are those of every file in this folder, in the same order; templates/README.md lists them.

V_ISA: The name of the instruction set, as in enum sepcc_isa in small letters.
m4_define([V_ISA], [avx512])

V_LANES: How many f32 lanes a vector has.
m4_define([V_LANES], [16])

V_REGISTERS: How many vector registers there are.
m4_define([V_REGISTERS], [32])

V_TYPE: The C type of a vector.
m4_define([V_TYPE], [__m512])

V_FLAGS: The compiler flags to name in a file's comment; the file needs none, it selects its own target.
m4_define([V_FLAGS], [-O2 -ffp-contract=off])

_V_CLANG_NEEDS_TARGET: the condition under which V_OPEN sets a target for clang and V_CLOSE takes it back.
m4_define([_V_CLANG_NEEDS_TARGET], [defined(__clang__) && !(defined(__AVX512F__) && defined(__AVX512BW__) && defined(__AVX512DQ__) && defined(__AVX512VL__))])

V_OPEN(name): Before the code of a file, after its other includes. Returns lines without the last newline:
guard of the architecture, no contraction of a * b + c, the intrinsics and math.h (for INFINITY), then the
target (after them, so that it changes no header's code; clang takes a seventh longer with it, so that it is left out
where the flags say the same).
m4_define([V_OPEN], [#if defined(__x86_64__)
#if defined(__clang__)
#pragma STDC FP_CONTRACT OFF
#elif defined(__GNUC__)
#pragma GCC push_options
#pragma GCC optimize("fp-contract=off")
#endif
#include <immintrin.h>
#include <math.h>
#if _V_CLANG_NEEDS_TARGET
#pragma clang attribute push(__attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx2,fma"))), apply_to = function)
#elif defined(__GNUC__) && !defined(__clang__)
#pragma GCC target("avx512f,avx512bw,avx512dq,avx512vl,avx2,fma")
#endif])

V_CLOSE(name): After the code of a file. Returns lines without the last newline: undoes the above; on another
architecture all that is left is a typedef made from name, because ISO C forbids an empty file.
m4_define([V_CLOSE], [#if _V_CLANG_NEEDS_TARGET
#pragma clang attribute pop
#elif defined(__GNUC__) && !defined(__clang__)
#pragma GCC pop_options
#endif
#else
typedef int $1[]_needs_x86_64;
#endif])

V_LOAD(p): Returns the vector at p, of any alignment.
m4_define([V_LOAD], [_mm512_loadu_ps($1)])

V_LOAD_PACKED(p): Returns the vector at p, which is aligned to a vector.
m4_define([V_LOAD_PACKED], [_mm512_load_ps($1)])

V_LOAD_TAIL(p, n): Returns the n floats at p and 0 in the lanes above; n literal, 1 .. lanes - 1. Touches
nothing else. May name p twice.
m4_define([V_LOAD_TAIL], [_mm512_maskz_loadu_ps(0x[]m4_eval((1 << ($2)) - 1, 16, 4), $1)])

V_STORE(p, v): Writes the vector v to p, of any alignment. A void expression.
m4_define([V_STORE], [_mm512_storeu_ps($1, $2)])

V_STORE_TAIL(p, v, n): Writes the n low lanes of v to p and touches nothing else; n literal, 1 .. lanes - 1. A
void expression that may name p and v several times, so v is a variable.
m4_define([V_STORE_TAIL], [_mm512_mask_storeu_ps($1, 0x[]m4_eval((1 << ($3)) - 1, 16, 4), $2)])

V_LOAD_LANES(p, s, low, high): Returns the floats at p, p + s, p + 2 s .. in the lanes low .. high - 1 and 0 in
the others; all but p are literals, 0 <= low < high <= lanes. Touches nothing before p or after the last. May
name p several times.
m4_define([V_LOAD_LANES], [m4_ifelse(
    m4_eval($2 == 1 && $3 == 0 && $4 == 16), 1, [V_LOAD([$1])],
    m4_eval($2 == 1 && $3 == 0), 1, [V_LOAD_TAIL([$1], $4)],
    m4_eval($2), 1, [_mm512_maskz_expand_ps(0x[]m4_eval((1 << ($4)) - (1 << ($3)), 16, 4), V_LOAD_TAIL([$1], m4_eval($4 - $3)))],
    m4_eval($2 <= 4 && $4 - $3 == 16), 1, [_V_EVERY([$1], $2, m4_eval($2 - 1))],
    [_mm512_setr_ps(M_FOR([I_LANE], 0, 16, [M_IF(I_LANE, [[, ]])M_IF(I_LANE >= $3 && I_LANE < $4, [*($1 + M_EVAL((I_LANE - $3) * $2))], [0.0f])]))])])

_V_EVERY(p, s, n): Returns the floats at p, p + s .. that lie in the first n + 1 of the s vectors at p, in their
lanes; the last vector ends with the last float.
m4_define([_V_EVERY], [m4_ifelse($3, 0, [_mm512_loadu_ps($1)], [_mm512_permutex2var_ps(_V_EVERY([$1], $2, m4_eval($3 - 1)),
        _mm512_setr_epi32(M_FOR([I_LANE], 0, 16, [M_IF(I_LANE, [[, ]])_V_FROM($2, $3, M_EVAL(I_LANE * $2))])),
        _mm512_loadu_ps($1 + _V_BASE($2, $3)))])])
_V_BASE(s, n): Returns where vector n begins, from p.
m4_define([_V_BASE], [M_IF($2 + 1 == $1, M_EVAL(15 * $1 - 15), M_EVAL(16 * $2))])
_V_FROM(s, n, at): Returns the index by which lane I_LANE gets the float at `at`: from vector n, or as it was.
m4_define([_V_FROM], [M_IF($3 / 16 == $2 || ($3 / 16 > $2 && $2 + 1 == $1), [M_EVAL(16 + $3 - _V_BASE($1, $2))], [M_IF($2 == 1 && $3 < 16, $3, I_LANE)])])

V_DUP(p): Returns the float at p in all lanes.
m4_define([V_DUP], [_mm512_set1_ps(*($1))])

V_CONST(c): Returns the C float expression c in all lanes.
m4_define([V_CONST], [_mm512_set1_ps($1)])

V_FUSED: 1 where V_FMA rounds once, else 0.
m4_define([V_FUSED], 1)

V_FMA(a, b, c): Returns a * b + c, rounded once.
m4_define([V_FMA], [_mm512_fmadd_ps($1, $2, $3)])

V_FMA_LANES(a, b, c, low, high): Returns V_FMA(a, b, c) in the lanes low .. high - 1, and c, a variable, in the
others; low and high literal, 0 <= low < high <= lanes.
m4_define([V_FMA_LANES], [m4_ifelse(m4_eval($5 - $4), 16, [V_FMA([$1], [$2], [$3])],
    [_mm512_mask3_fmadd_ps($1, $2, $3, 0x[]m4_eval((1 << ($5)) - (1 << ($4)), 16, 4))])])

V_ADD(a, b): Returns a + b.
m4_define([V_ADD], [_mm512_add_ps($1, $2)])

V_SUB(a, b): Returns a - b.
m4_define([V_SUB], [_mm512_sub_ps($1, $2)])

V_MUL(a, b): Returns a * b.
m4_define([V_MUL], [_mm512_mul_ps($1, $2)])

V_DIV(a, b): Returns a / b, correctly rounded.
m4_define([V_DIV], [_mm512_div_ps($1, $2)])

V_AT_LEAST(lo, x): Returns lo > x ? lo : x, so a NaN in x and a -0 against a 0 stay. May name both twice.
m4_define([V_AT_LEAST], [_mm512_max_ps($1, $2)])

V_AT_MOST(hi, x): Returns hi < x ? hi : x, so a NaN in x and a -0 against a 0 stay. May name both twice.
m4_define([V_AT_MOST], [_mm512_min_ps($1, $2)])

V_IF_POSITIVE(x, a, b): Returns x > 0 ? a : b, so b where x is NaN. May name x twice.
m4_define([V_IF_POSITIVE],
    [_mm512_mask_blend_ps(_mm512_cmp_ps_mask($1, _mm512_setzero_ps(), _CMP_GT_OQ), $3, $2)])

V_IN_ORDER(x, ...): variables. Returns code behind which what is done with them comes after all that was stored before.
m4_define([V_IN_ORDER], [__asm__ volatile("" : M_OPERANDS([+v], $@) : : "memory")])

V_POW2(v): Returns the bits of v shifted left by 23, which makes 2^n of a float whose low bits hold n + 127.
m4_define([V_POW2], [_mm512_castsi512_ps(_mm512_slli_epi32(_mm512_castps_si512($1), 23))])

V_SPREAD(v, m, phase): Returns lane (l + phase) / m of v in lane l; m literal, 2 .. lanes / 2; phase literal,
0 .. m - 1. May name v twice.
m4_define([V_SPREAD],
    [_mm512_permutexvar_ps(_mm512_setr_epi32(M_FOR([I_LANE], 0, 16, [M_IF(I_LANE, [[, ]])M_EVAL((I_LANE + $3) / $2)])), $1)])

V_K_GROUP: How many consecutive input channels of a pixel one group holds.
m4_define([V_K_GROUP], [1])

V_K_TYPE: The C type of such a group.
m4_define([V_K_TYPE], [__m512])

V_K_LOAD(p): Returns the group at p, of any alignment.
m4_define([V_K_LOAD], [_mm512_set1_ps(*($1))])

V_K_FMA(k, lane, b, acc): Returns channel lane of group k, times b, plus acc, rounded once; lane literal, 0 ..
group - 1.
m4_define([V_K_FMA], [_mm512_fmadd_ps($1, $3, $4)])

V_PREFETCH(p): Asks for the cache line at p. A void expression.
m4_define([V_PREFETCH], [__builtin_prefetch($1)])

m4_divert(0)m4_dnl
