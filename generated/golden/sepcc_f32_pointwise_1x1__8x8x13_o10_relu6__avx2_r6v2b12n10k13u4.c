/*
 * sepcc_f32_pointwise_1x1__8x8x13_o10_relu6__avx2_r6v2b12n10k13u4.c: written by sepcc 0.1.0; do not edit.
 *
 * To repeat it:  sepcc gen 'pointwise in=8x8x13 out=10 act=relu6' --isa avx2 --plan rows=6,vectors=2,block=12,channels=10,depth=13,unroll_k=4,prefetch=no -o DIR
 * Spec:          pointwise in=8x8x13 out=10 act=relu6
 * Plan:          rows=6,vectors=2,block=12,channels=10,depth=13,unroll_k=4,prefetch=no
 * Template:      pointwise.m4, vocabulary isa/avx2.m4
 * Digest:        48a035a29f7e41823bf42b8aaa0791c7
 * Compile with:  -O2 -ffp-contract=off (the instruction set is chosen below)
 * Counts:        8320 multiply-adds, 4224 bytes read, 2560 bytes written
 *
 * Each output channel of a pixel is the sum over its input channels, in order:
 *     acc = bias;  for ci = 0 .. 13-1:  acc = fma(x, w, acc);  out = relu6
 */
#include "sepcc_kernel.h"

#if defined(__x86_64__)
#if defined(__clang__)
#pragma STDC FP_CONTRACT OFF
#elif defined(__GNUC__)
#pragma GCC push_options
#pragma GCC optimize("fp-contract=off")
#endif
#include <immintrin.h>
#include <math.h>
#if defined(__clang__) && !(defined(__AVX2__) && defined(__FMA__))
#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)
#elif defined(__GNUC__) && !defined(__clang__)
#pragma GCC target("avx2,fma")
#endif

/* Copies lanes values and fills the vector up with zeros; from may be NULL: all zeros. */
static void pack_lanes(const float *from, size_t lanes, float *to)
{
    for (size_t lane = 0; lane < 8; ++lane)
        to[lane] = from != NULL && lane < lanes ? from[lane] : 0.0f;
}

/*
 * `tiles` times 6 pixels x 10 output channels over 13 input channels.
 * sums: where they start, the biases.
 */
__attribute__((noinline)) static void tile0_depth13(const float *restrict pixels, const float *restrict weights,
                                const float *sums, float *out, size_t tiles)
{
    for (size_t t = 0; t < tiles; ++t) {
        const float *in = pixels + t * 78;
        const float *w = weights;
        __m256 a0_0 = _mm256_load_ps(sums);
        __m256 a0_1 = _mm256_load_ps(sums + 8);
        __m256 a1_0 = a0_0;
        __m256 a1_1 = a0_1;
        __m256 a2_0 = a0_0;
        __m256 a2_1 = a0_1;
        __m256 a3_0 = a0_0;
        __m256 a3_1 = a0_1;
        __m256 a4_0 = a0_0;
        __m256 a4_1 = a0_1;
        __m256 a5_0 = a0_0;
        __m256 a5_1 = a0_1;
        for (size_t k = 0; k < 3; ++k) {
            const __m256 b0_0 = _mm256_load_ps(w);
            const __m256 b0_1 = _mm256_load_ps(w + 8);
            const __m256 x0_0 = _mm256_set1_ps(*(in));
            a0_0 = _mm256_fmadd_ps(x0_0, b0_0, a0_0);
            a0_1 = _mm256_fmadd_ps(x0_0, b0_1, a0_1);
            const __m256 x0_1 = _mm256_set1_ps(*(in + 13));
            a1_0 = _mm256_fmadd_ps(x0_1, b0_0, a1_0);
            a1_1 = _mm256_fmadd_ps(x0_1, b0_1, a1_1);
            const __m256 x0_2 = _mm256_set1_ps(*(in + 26));
            a2_0 = _mm256_fmadd_ps(x0_2, b0_0, a2_0);
            a2_1 = _mm256_fmadd_ps(x0_2, b0_1, a2_1);
            const __m256 x0_3 = _mm256_set1_ps(*(in + 39));
            a3_0 = _mm256_fmadd_ps(x0_3, b0_0, a3_0);
            a3_1 = _mm256_fmadd_ps(x0_3, b0_1, a3_1);
            const __m256 x0_4 = _mm256_set1_ps(*(in + 52));
            a4_0 = _mm256_fmadd_ps(x0_4, b0_0, a4_0);
            a4_1 = _mm256_fmadd_ps(x0_4, b0_1, a4_1);
            const __m256 x0_5 = _mm256_set1_ps(*(in + 65));
            a5_0 = _mm256_fmadd_ps(x0_5, b0_0, a5_0);
            a5_1 = _mm256_fmadd_ps(x0_5, b0_1, a5_1);
            const __m256 b1_0 = _mm256_load_ps(w + 16);
            const __m256 b1_1 = _mm256_load_ps(w + 24);
            const __m256 x1_0 = _mm256_set1_ps(*(in + 1));
            a0_0 = _mm256_fmadd_ps(x1_0, b1_0, a0_0);
            a0_1 = _mm256_fmadd_ps(x1_0, b1_1, a0_1);
            const __m256 x1_1 = _mm256_set1_ps(*(in + 14));
            a1_0 = _mm256_fmadd_ps(x1_1, b1_0, a1_0);
            a1_1 = _mm256_fmadd_ps(x1_1, b1_1, a1_1);
            const __m256 x1_2 = _mm256_set1_ps(*(in + 27));
            a2_0 = _mm256_fmadd_ps(x1_2, b1_0, a2_0);
            a2_1 = _mm256_fmadd_ps(x1_2, b1_1, a2_1);
            const __m256 x1_3 = _mm256_set1_ps(*(in + 40));
            a3_0 = _mm256_fmadd_ps(x1_3, b1_0, a3_0);
            a3_1 = _mm256_fmadd_ps(x1_3, b1_1, a3_1);
            const __m256 x1_4 = _mm256_set1_ps(*(in + 53));
            a4_0 = _mm256_fmadd_ps(x1_4, b1_0, a4_0);
            a4_1 = _mm256_fmadd_ps(x1_4, b1_1, a4_1);
            const __m256 x1_5 = _mm256_set1_ps(*(in + 66));
            a5_0 = _mm256_fmadd_ps(x1_5, b1_0, a5_0);
            a5_1 = _mm256_fmadd_ps(x1_5, b1_1, a5_1);
            const __m256 b2_0 = _mm256_load_ps(w + 32);
            const __m256 b2_1 = _mm256_load_ps(w + 40);
            const __m256 x2_0 = _mm256_set1_ps(*(in + 2));
            a0_0 = _mm256_fmadd_ps(x2_0, b2_0, a0_0);
            a0_1 = _mm256_fmadd_ps(x2_0, b2_1, a0_1);
            const __m256 x2_1 = _mm256_set1_ps(*(in + 15));
            a1_0 = _mm256_fmadd_ps(x2_1, b2_0, a1_0);
            a1_1 = _mm256_fmadd_ps(x2_1, b2_1, a1_1);
            const __m256 x2_2 = _mm256_set1_ps(*(in + 28));
            a2_0 = _mm256_fmadd_ps(x2_2, b2_0, a2_0);
            a2_1 = _mm256_fmadd_ps(x2_2, b2_1, a2_1);
            const __m256 x2_3 = _mm256_set1_ps(*(in + 41));
            a3_0 = _mm256_fmadd_ps(x2_3, b2_0, a3_0);
            a3_1 = _mm256_fmadd_ps(x2_3, b2_1, a3_1);
            const __m256 x2_4 = _mm256_set1_ps(*(in + 54));
            a4_0 = _mm256_fmadd_ps(x2_4, b2_0, a4_0);
            a4_1 = _mm256_fmadd_ps(x2_4, b2_1, a4_1);
            const __m256 x2_5 = _mm256_set1_ps(*(in + 67));
            a5_0 = _mm256_fmadd_ps(x2_5, b2_0, a5_0);
            a5_1 = _mm256_fmadd_ps(x2_5, b2_1, a5_1);
            const __m256 b3_0 = _mm256_load_ps(w + 48);
            const __m256 b3_1 = _mm256_load_ps(w + 56);
            const __m256 x3_0 = _mm256_set1_ps(*(in + 3));
            a0_0 = _mm256_fmadd_ps(x3_0, b3_0, a0_0);
            a0_1 = _mm256_fmadd_ps(x3_0, b3_1, a0_1);
            const __m256 x3_1 = _mm256_set1_ps(*(in + 16));
            a1_0 = _mm256_fmadd_ps(x3_1, b3_0, a1_0);
            a1_1 = _mm256_fmadd_ps(x3_1, b3_1, a1_1);
            const __m256 x3_2 = _mm256_set1_ps(*(in + 29));
            a2_0 = _mm256_fmadd_ps(x3_2, b3_0, a2_0);
            a2_1 = _mm256_fmadd_ps(x3_2, b3_1, a2_1);
            const __m256 x3_3 = _mm256_set1_ps(*(in + 42));
            a3_0 = _mm256_fmadd_ps(x3_3, b3_0, a3_0);
            a3_1 = _mm256_fmadd_ps(x3_3, b3_1, a3_1);
            const __m256 x3_4 = _mm256_set1_ps(*(in + 55));
            a4_0 = _mm256_fmadd_ps(x3_4, b3_0, a4_0);
            a4_1 = _mm256_fmadd_ps(x3_4, b3_1, a4_1);
            const __m256 x3_5 = _mm256_set1_ps(*(in + 68));
            a5_0 = _mm256_fmadd_ps(x3_5, b3_0, a5_0);
            a5_1 = _mm256_fmadd_ps(x3_5, b3_1, a5_1);
            in += 4;
            w += 64;
        }
        const __m256 b0_0 = _mm256_load_ps(w);
        const __m256 b0_1 = _mm256_load_ps(w + 8);
        const __m256 x0_0 = _mm256_set1_ps(*(in));
        a0_0 = _mm256_fmadd_ps(x0_0, b0_0, a0_0);
        a0_1 = _mm256_fmadd_ps(x0_0, b0_1, a0_1);
        const __m256 x0_1 = _mm256_set1_ps(*(in + 13));
        a1_0 = _mm256_fmadd_ps(x0_1, b0_0, a1_0);
        a1_1 = _mm256_fmadd_ps(x0_1, b0_1, a1_1);
        const __m256 x0_2 = _mm256_set1_ps(*(in + 26));
        a2_0 = _mm256_fmadd_ps(x0_2, b0_0, a2_0);
        a2_1 = _mm256_fmadd_ps(x0_2, b0_1, a2_1);
        const __m256 x0_3 = _mm256_set1_ps(*(in + 39));
        a3_0 = _mm256_fmadd_ps(x0_3, b0_0, a3_0);
        a3_1 = _mm256_fmadd_ps(x0_3, b0_1, a3_1);
        const __m256 x0_4 = _mm256_set1_ps(*(in + 52));
        a4_0 = _mm256_fmadd_ps(x0_4, b0_0, a4_0);
        a4_1 = _mm256_fmadd_ps(x0_4, b0_1, a4_1);
        const __m256 x0_5 = _mm256_set1_ps(*(in + 65));
        a5_0 = _mm256_fmadd_ps(x0_5, b0_0, a5_0);
        a5_1 = _mm256_fmadd_ps(x0_5, b0_1, a5_1);
        a0_0 = _mm256_max_ps(_mm256_set1_ps(0.0f), a0_0);
        a0_0 = _mm256_min_ps(_mm256_set1_ps(6.0f), a0_0);
        _mm256_storeu_ps(out, a0_0);
        a0_1 = _mm256_max_ps(_mm256_set1_ps(0.0f), a0_1);
        a0_1 = _mm256_min_ps(_mm256_set1_ps(6.0f), a0_1);
        _mm_storel_epi64((__m128i *)(out + 8), _mm_castps_si128(_mm256_castps256_ps128(a0_1)));
        a1_0 = _mm256_max_ps(_mm256_set1_ps(0.0f), a1_0);
        a1_0 = _mm256_min_ps(_mm256_set1_ps(6.0f), a1_0);
        _mm256_storeu_ps(out + 10, a1_0);
        a1_1 = _mm256_max_ps(_mm256_set1_ps(0.0f), a1_1);
        a1_1 = _mm256_min_ps(_mm256_set1_ps(6.0f), a1_1);
        _mm_storel_epi64((__m128i *)(out + 18), _mm_castps_si128(_mm256_castps256_ps128(a1_1)));
        a2_0 = _mm256_max_ps(_mm256_set1_ps(0.0f), a2_0);
        a2_0 = _mm256_min_ps(_mm256_set1_ps(6.0f), a2_0);
        _mm256_storeu_ps(out + 20, a2_0);
        a2_1 = _mm256_max_ps(_mm256_set1_ps(0.0f), a2_1);
        a2_1 = _mm256_min_ps(_mm256_set1_ps(6.0f), a2_1);
        _mm_storel_epi64((__m128i *)(out + 28), _mm_castps_si128(_mm256_castps256_ps128(a2_1)));
        a3_0 = _mm256_max_ps(_mm256_set1_ps(0.0f), a3_0);
        a3_0 = _mm256_min_ps(_mm256_set1_ps(6.0f), a3_0);
        _mm256_storeu_ps(out + 30, a3_0);
        a3_1 = _mm256_max_ps(_mm256_set1_ps(0.0f), a3_1);
        a3_1 = _mm256_min_ps(_mm256_set1_ps(6.0f), a3_1);
        _mm_storel_epi64((__m128i *)(out + 38), _mm_castps_si128(_mm256_castps256_ps128(a3_1)));
        a4_0 = _mm256_max_ps(_mm256_set1_ps(0.0f), a4_0);
        a4_0 = _mm256_min_ps(_mm256_set1_ps(6.0f), a4_0);
        _mm256_storeu_ps(out + 40, a4_0);
        a4_1 = _mm256_max_ps(_mm256_set1_ps(0.0f), a4_1);
        a4_1 = _mm256_min_ps(_mm256_set1_ps(6.0f), a4_1);
        _mm_storel_epi64((__m128i *)(out + 48), _mm_castps_si128(_mm256_castps256_ps128(a4_1)));
        a5_0 = _mm256_max_ps(_mm256_set1_ps(0.0f), a5_0);
        a5_0 = _mm256_min_ps(_mm256_set1_ps(6.0f), a5_0);
        _mm256_storeu_ps(out + 50, a5_0);
        a5_1 = _mm256_max_ps(_mm256_set1_ps(0.0f), a5_1);
        a5_1 = _mm256_min_ps(_mm256_set1_ps(6.0f), a5_1);
        _mm_storel_epi64((__m128i *)(out + 58), _mm_castps_si128(_mm256_castps256_ps128(a5_1)));
        out += 60;
    }
}

/*
 * `tiles` times 5 pixels x 10 output channels over 13 input channels.
 * sums: where they start, the biases.
 */
__attribute__((noinline)) static void tile1_depth13(const float *restrict pixels, const float *restrict weights,
                                const float *sums, float *out, size_t tiles)
{
    for (size_t t = 0; t < tiles; ++t) {
        const float *in = pixels + t * 65;
        const float *w = weights;
        __m256 a0_0 = _mm256_load_ps(sums);
        __m256 a0_1 = _mm256_load_ps(sums + 8);
        __m256 a1_0 = a0_0;
        __m256 a1_1 = a0_1;
        __m256 a2_0 = a0_0;
        __m256 a2_1 = a0_1;
        __m256 a3_0 = a0_0;
        __m256 a3_1 = a0_1;
        __m256 a4_0 = a0_0;
        __m256 a4_1 = a0_1;
        for (size_t k = 0; k < 3; ++k) {
            const __m256 b0_0 = _mm256_load_ps(w);
            const __m256 b0_1 = _mm256_load_ps(w + 8);
            const __m256 x0_0 = _mm256_set1_ps(*(in));
            a0_0 = _mm256_fmadd_ps(x0_0, b0_0, a0_0);
            a0_1 = _mm256_fmadd_ps(x0_0, b0_1, a0_1);
            const __m256 x0_1 = _mm256_set1_ps(*(in + 13));
            a1_0 = _mm256_fmadd_ps(x0_1, b0_0, a1_0);
            a1_1 = _mm256_fmadd_ps(x0_1, b0_1, a1_1);
            const __m256 x0_2 = _mm256_set1_ps(*(in + 26));
            a2_0 = _mm256_fmadd_ps(x0_2, b0_0, a2_0);
            a2_1 = _mm256_fmadd_ps(x0_2, b0_1, a2_1);
            const __m256 x0_3 = _mm256_set1_ps(*(in + 39));
            a3_0 = _mm256_fmadd_ps(x0_3, b0_0, a3_0);
            a3_1 = _mm256_fmadd_ps(x0_3, b0_1, a3_1);
            const __m256 x0_4 = _mm256_set1_ps(*(in + 52));
            a4_0 = _mm256_fmadd_ps(x0_4, b0_0, a4_0);
            a4_1 = _mm256_fmadd_ps(x0_4, b0_1, a4_1);
            const __m256 b1_0 = _mm256_load_ps(w + 16);
            const __m256 b1_1 = _mm256_load_ps(w + 24);
            const __m256 x1_0 = _mm256_set1_ps(*(in + 1));
            a0_0 = _mm256_fmadd_ps(x1_0, b1_0, a0_0);
            a0_1 = _mm256_fmadd_ps(x1_0, b1_1, a0_1);
            const __m256 x1_1 = _mm256_set1_ps(*(in + 14));
            a1_0 = _mm256_fmadd_ps(x1_1, b1_0, a1_0);
            a1_1 = _mm256_fmadd_ps(x1_1, b1_1, a1_1);
            const __m256 x1_2 = _mm256_set1_ps(*(in + 27));
            a2_0 = _mm256_fmadd_ps(x1_2, b1_0, a2_0);
            a2_1 = _mm256_fmadd_ps(x1_2, b1_1, a2_1);
            const __m256 x1_3 = _mm256_set1_ps(*(in + 40));
            a3_0 = _mm256_fmadd_ps(x1_3, b1_0, a3_0);
            a3_1 = _mm256_fmadd_ps(x1_3, b1_1, a3_1);
            const __m256 x1_4 = _mm256_set1_ps(*(in + 53));
            a4_0 = _mm256_fmadd_ps(x1_4, b1_0, a4_0);
            a4_1 = _mm256_fmadd_ps(x1_4, b1_1, a4_1);
            const __m256 b2_0 = _mm256_load_ps(w + 32);
            const __m256 b2_1 = _mm256_load_ps(w + 40);
            const __m256 x2_0 = _mm256_set1_ps(*(in + 2));
            a0_0 = _mm256_fmadd_ps(x2_0, b2_0, a0_0);
            a0_1 = _mm256_fmadd_ps(x2_0, b2_1, a0_1);
            const __m256 x2_1 = _mm256_set1_ps(*(in + 15));
            a1_0 = _mm256_fmadd_ps(x2_1, b2_0, a1_0);
            a1_1 = _mm256_fmadd_ps(x2_1, b2_1, a1_1);
            const __m256 x2_2 = _mm256_set1_ps(*(in + 28));
            a2_0 = _mm256_fmadd_ps(x2_2, b2_0, a2_0);
            a2_1 = _mm256_fmadd_ps(x2_2, b2_1, a2_1);
            const __m256 x2_3 = _mm256_set1_ps(*(in + 41));
            a3_0 = _mm256_fmadd_ps(x2_3, b2_0, a3_0);
            a3_1 = _mm256_fmadd_ps(x2_3, b2_1, a3_1);
            const __m256 x2_4 = _mm256_set1_ps(*(in + 54));
            a4_0 = _mm256_fmadd_ps(x2_4, b2_0, a4_0);
            a4_1 = _mm256_fmadd_ps(x2_4, b2_1, a4_1);
            const __m256 b3_0 = _mm256_load_ps(w + 48);
            const __m256 b3_1 = _mm256_load_ps(w + 56);
            const __m256 x3_0 = _mm256_set1_ps(*(in + 3));
            a0_0 = _mm256_fmadd_ps(x3_0, b3_0, a0_0);
            a0_1 = _mm256_fmadd_ps(x3_0, b3_1, a0_1);
            const __m256 x3_1 = _mm256_set1_ps(*(in + 16));
            a1_0 = _mm256_fmadd_ps(x3_1, b3_0, a1_0);
            a1_1 = _mm256_fmadd_ps(x3_1, b3_1, a1_1);
            const __m256 x3_2 = _mm256_set1_ps(*(in + 29));
            a2_0 = _mm256_fmadd_ps(x3_2, b3_0, a2_0);
            a2_1 = _mm256_fmadd_ps(x3_2, b3_1, a2_1);
            const __m256 x3_3 = _mm256_set1_ps(*(in + 42));
            a3_0 = _mm256_fmadd_ps(x3_3, b3_0, a3_0);
            a3_1 = _mm256_fmadd_ps(x3_3, b3_1, a3_1);
            const __m256 x3_4 = _mm256_set1_ps(*(in + 55));
            a4_0 = _mm256_fmadd_ps(x3_4, b3_0, a4_0);
            a4_1 = _mm256_fmadd_ps(x3_4, b3_1, a4_1);
            in += 4;
            w += 64;
        }
        const __m256 b0_0 = _mm256_load_ps(w);
        const __m256 b0_1 = _mm256_load_ps(w + 8);
        const __m256 x0_0 = _mm256_set1_ps(*(in));
        a0_0 = _mm256_fmadd_ps(x0_0, b0_0, a0_0);
        a0_1 = _mm256_fmadd_ps(x0_0, b0_1, a0_1);
        const __m256 x0_1 = _mm256_set1_ps(*(in + 13));
        a1_0 = _mm256_fmadd_ps(x0_1, b0_0, a1_0);
        a1_1 = _mm256_fmadd_ps(x0_1, b0_1, a1_1);
        const __m256 x0_2 = _mm256_set1_ps(*(in + 26));
        a2_0 = _mm256_fmadd_ps(x0_2, b0_0, a2_0);
        a2_1 = _mm256_fmadd_ps(x0_2, b0_1, a2_1);
        const __m256 x0_3 = _mm256_set1_ps(*(in + 39));
        a3_0 = _mm256_fmadd_ps(x0_3, b0_0, a3_0);
        a3_1 = _mm256_fmadd_ps(x0_3, b0_1, a3_1);
        const __m256 x0_4 = _mm256_set1_ps(*(in + 52));
        a4_0 = _mm256_fmadd_ps(x0_4, b0_0, a4_0);
        a4_1 = _mm256_fmadd_ps(x0_4, b0_1, a4_1);
        a0_0 = _mm256_max_ps(_mm256_set1_ps(0.0f), a0_0);
        a0_0 = _mm256_min_ps(_mm256_set1_ps(6.0f), a0_0);
        _mm256_storeu_ps(out, a0_0);
        a0_1 = _mm256_max_ps(_mm256_set1_ps(0.0f), a0_1);
        a0_1 = _mm256_min_ps(_mm256_set1_ps(6.0f), a0_1);
        _mm_storel_epi64((__m128i *)(out + 8), _mm_castps_si128(_mm256_castps256_ps128(a0_1)));
        a1_0 = _mm256_max_ps(_mm256_set1_ps(0.0f), a1_0);
        a1_0 = _mm256_min_ps(_mm256_set1_ps(6.0f), a1_0);
        _mm256_storeu_ps(out + 10, a1_0);
        a1_1 = _mm256_max_ps(_mm256_set1_ps(0.0f), a1_1);
        a1_1 = _mm256_min_ps(_mm256_set1_ps(6.0f), a1_1);
        _mm_storel_epi64((__m128i *)(out + 18), _mm_castps_si128(_mm256_castps256_ps128(a1_1)));
        a2_0 = _mm256_max_ps(_mm256_set1_ps(0.0f), a2_0);
        a2_0 = _mm256_min_ps(_mm256_set1_ps(6.0f), a2_0);
        _mm256_storeu_ps(out + 20, a2_0);
        a2_1 = _mm256_max_ps(_mm256_set1_ps(0.0f), a2_1);
        a2_1 = _mm256_min_ps(_mm256_set1_ps(6.0f), a2_1);
        _mm_storel_epi64((__m128i *)(out + 28), _mm_castps_si128(_mm256_castps256_ps128(a2_1)));
        a3_0 = _mm256_max_ps(_mm256_set1_ps(0.0f), a3_0);
        a3_0 = _mm256_min_ps(_mm256_set1_ps(6.0f), a3_0);
        _mm256_storeu_ps(out + 30, a3_0);
        a3_1 = _mm256_max_ps(_mm256_set1_ps(0.0f), a3_1);
        a3_1 = _mm256_min_ps(_mm256_set1_ps(6.0f), a3_1);
        _mm_storel_epi64((__m128i *)(out + 38), _mm_castps_si128(_mm256_castps256_ps128(a3_1)));
        a4_0 = _mm256_max_ps(_mm256_set1_ps(0.0f), a4_0);
        a4_0 = _mm256_min_ps(_mm256_set1_ps(6.0f), a4_0);
        _mm256_storeu_ps(out + 40, a4_0);
        a4_1 = _mm256_max_ps(_mm256_set1_ps(0.0f), a4_1);
        a4_1 = _mm256_min_ps(_mm256_set1_ps(6.0f), a4_1);
        _mm_storel_epi64((__m128i *)(out + 48), _mm_castps_si128(_mm256_castps256_ps128(a4_1)));
        out += 50;
    }
}

/* 11 pixels x 10 output channels. */
__attribute__((noinline)) static void unit_pixel0_panel0(const float *in, const float *packed, float *out)
{
    {
        {
            const float *const panel = packed;
            const float *const w = panel + 16;
            const float *const x = in;
            float *const y = out;
            tile0_depth13(x, w, panel, y, 1);
            tile1_depth13(x + 78, w, panel, y + 60, 1);
        }
    }
}

/* 10 pixels x 10 output channels. */
__attribute__((noinline)) static void unit_pixel1_panel0(const float *in, const float *packed, float *out)
{
    {
        {
            const float *const panel = packed;
            const float *const w = panel + 16;
            const float *const x = in;
            float *const y = out;
            tile1_depth13(x, w, panel, y, 2);
        }
    }
}

/* One panel of output channels, `vectors` vectors of which the last may be partly empty. */
static float *pack_panel(const float *weight, const float *bias, const float *slope, size_t channel, size_t lanes,
                         size_t vectors, float *to)
{
    for (size_t n = 0; n < vectors; ++n, to += 8)
        pack_lanes(bias != NULL ? bias + channel + n * 8 : NULL, lanes - n * 8, to);
    for (size_t k = 0; k < 13; ++k)
        for (size_t lane = 0; lane < vectors * 8; ++lane)
            *to++ = lane < lanes ? weight[(channel + lane) * 13 + k] : 0.0f;
    (void)slope;
    return to;
}

/* weight: 10 x 13, bias and slope: 10 floats or NULL; to: 896 bytes, zeros at the end. */
static void pack_layer(const float *weight, const float *bias, const float *slope, float *to)
{
    float *const end = to + 224; /* up to the alignment */
    size_t channel = 0;
    for (size_t block = 0; block < 1; ++block) {
        for (size_t j = 0; j < 1; ++j) {
            to = pack_panel(weight, bias, slope, channel, 10, 2, to);
            channel += 10;
        }
    }
    for (; to < end; ++to)
        *to = 0.0f;
}

/* Plain tensors of each layer, NULL for those it has not, to 896 bytes at a SEPCC_ALIGNMENT boundary. */
static void pack(const float *const weights[], const float *const bias[], const float *const slope[], void *packed)
{
    (void)bias;
    (void)slope;
    pack_layer(weights[0], bias[0], NULL,
                (float *)packed);
}

/*
 * in:  1 images of 8 x 8 x 13, out: 1 of 8 x 8 x 10, packed: by pack().
 * Unit: a block of pixels of a line x a block of output channels; there are 6.
 */
static void run(const float *in, float *out, const void *packed, void *workspace, size_t unit_begin, size_t unit_end)
{
    (void)workspace;
    for (size_t unit = unit_begin; unit < unit_end; ++unit) {
        const size_t block = unit % 1;
        const size_t pixel = unit / 1 % 6;
        const size_t line = unit / 6;
        const float *const x = in + line / 1 * 832;
        const float *w = (const float *)packed + block * 224;
        float *y = out + line / 1 * 640 + block * 10;
        if (pixel < 4)
            unit_pixel0_panel0(x + (pixel - 0) * 143, w, y + (pixel - 0) * 110);
        else
            unit_pixel1_panel0(x + (pixel - 4) * 130 + 572, w, y + (pixel - 4) * 100 + 440);
    }
}

extern const struct sepcc_kernel sepcc_f32_pointwise_1x1__8x8x13_o10_relu6__avx2_r6v2b12n10k13u4;
const struct sepcc_kernel sepcc_f32_pointwise_1x1__8x8x13_o10_relu6__avx2_r6v2b12n10k13u4 = {
    .abi_version = SEPCC_ABI_VERSION,
    .struct_size = sizeof(struct sepcc_kernel),
    .name = "sepcc_f32_pointwise_1x1__8x8x13_o10_relu6__avx2_r6v2b12n10k13u4",
    .spec = "pointwise in=8x8x13 out=10 act=relu6",
    .plan = "rows=6,vectors=2,block=12,channels=10,depth=13,unroll_k=4,prefetch=no",
    .digest = "48a035a29f7e41823bf42b8aaa0791c7",
    .isa = 2, /* avx2 */
    .stage =
        {
            .op = 2,
            .dtype = 0,
            .layout = 0,
            .batch = 1,
            .residual = 0,
            .layer_count = 1,
            .layer =
                {
                    {
                        .op = 2,
                        .in_h = 8,
                        .in_w = 8,
                        .in_c = 13,
                        .out_h = 8,
                        .out_w = 8,
                        .out_c = 10,
                        .kernel_h = 1,
                        .kernel_w = 1,
                        .stride_h = 1,
                        .stride_w = 1,
                        .dilation_h = 1,
                        .dilation_w = 1,
                        .pad_top = 0,
                        .pad_left = 0,
                        .pad_bottom = 0,
                        .pad_right = 0,
                        .multiplier = 1,
                        .has_bias = 1,
                        .act = 2, /* relu6 */
                        .act_param = {0x0p+0f, 0x0p+0f},
                    },
                },
        },
    .packed_bytes = 896,
    .workspace_bytes = 0,
    .unit_count = 6,
    .fma_count = 8320u,
    .read_bytes = 4224u,
    .write_bytes = 2560u,
    .pack = pack,
    .run = run,
};

#if defined(__clang__) && !(defined(__AVX2__) && defined(__FMA__))
#pragma clang attribute pop
#elif defined(__GNUC__) && !defined(__clang__)
#pragma GCC pop_options
#endif
#else
typedef int sepcc_f32_pointwise_1x1__8x8x13_o10_relu6__avx2_r6v2b12n10k13u4_needs_x86_64;
#endif
