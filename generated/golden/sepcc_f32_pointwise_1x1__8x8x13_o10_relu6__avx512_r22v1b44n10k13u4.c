/*
 * sepcc_f32_pointwise_1x1__8x8x13_o10_relu6__avx512_r22v1b44n10k13u4.c: written by sepcc 0.1.0; do not edit.
 *
 * To repeat it:  sepcc gen 'pointwise in=8x8x13 out=10 act=relu6' --isa avx512 --plan rows=22,vectors=1,block=44,channels=10,depth=13,unroll_k=4,prefetch=no -o DIR
 * Spec:          pointwise in=8x8x13 out=10 act=relu6
 * Plan:          rows=22,vectors=1,block=44,channels=10,depth=13,unroll_k=4,prefetch=no
 * Template:      pointwise.m4, vocabulary isa/avx512.m4
 * Digest:        81ff71da808f4f75a1d1ef36be43cb6a
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
#if defined(__clang__) && !(defined(__AVX512F__) && defined(__AVX512BW__) && defined(__AVX512DQ__) && defined(__AVX512VL__))
#pragma clang attribute push(__attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx2,fma"))), apply_to = function)
#elif defined(__GNUC__) && !defined(__clang__)
#pragma GCC target("avx512f,avx512bw,avx512dq,avx512vl,avx2,fma")
#endif

/* Copies lanes values and fills the vector up with zeros; from may be NULL: all zeros. */
static void pack_lanes(const float *from, size_t lanes, float *to)
{
    for (size_t lane = 0; lane < 16; ++lane)
        to[lane] = from != NULL && lane < lanes ? from[lane] : 0.0f;
}

/*
 * `tiles` times 16 pixels x 10 output channels over 13 input channels.
 * sums: where they start, the biases.
 */
__attribute__((noinline)) static void tile0_depth13(const float *restrict pixels, const float *restrict weights,
                                const float *sums, float *out, size_t tiles)
{
    for (size_t t = 0; t < tiles; ++t) {
        const float *in = pixels + t * 208;
        const float *w = weights;
        __m512 a0_0 = _mm512_load_ps(sums);
        __m512 a1_0 = a0_0;
        __m512 a2_0 = a0_0;
        __m512 a3_0 = a0_0;
        __m512 a4_0 = a0_0;
        __m512 a5_0 = a0_0;
        __m512 a6_0 = a0_0;
        __m512 a7_0 = a0_0;
        __m512 a8_0 = a0_0;
        __m512 a9_0 = a0_0;
        __m512 a10_0 = a0_0;
        __m512 a11_0 = a0_0;
        __m512 a12_0 = a0_0;
        __m512 a13_0 = a0_0;
        __m512 a14_0 = a0_0;
        __m512 a15_0 = a0_0;
        for (size_t k = 0; k < 3; ++k) {
            const __m512 b0_0 = _mm512_load_ps(w);
            const __m512 x0_0 = _mm512_set1_ps(*(in));
            a0_0 = _mm512_fmadd_ps(x0_0, b0_0, a0_0);
            const __m512 x0_1 = _mm512_set1_ps(*(in + 13));
            a1_0 = _mm512_fmadd_ps(x0_1, b0_0, a1_0);
            const __m512 x0_2 = _mm512_set1_ps(*(in + 26));
            a2_0 = _mm512_fmadd_ps(x0_2, b0_0, a2_0);
            const __m512 x0_3 = _mm512_set1_ps(*(in + 39));
            a3_0 = _mm512_fmadd_ps(x0_3, b0_0, a3_0);
            const __m512 x0_4 = _mm512_set1_ps(*(in + 52));
            a4_0 = _mm512_fmadd_ps(x0_4, b0_0, a4_0);
            const __m512 x0_5 = _mm512_set1_ps(*(in + 65));
            a5_0 = _mm512_fmadd_ps(x0_5, b0_0, a5_0);
            const __m512 x0_6 = _mm512_set1_ps(*(in + 78));
            a6_0 = _mm512_fmadd_ps(x0_6, b0_0, a6_0);
            const __m512 x0_7 = _mm512_set1_ps(*(in + 91));
            a7_0 = _mm512_fmadd_ps(x0_7, b0_0, a7_0);
            const __m512 x0_8 = _mm512_set1_ps(*(in + 104));
            a8_0 = _mm512_fmadd_ps(x0_8, b0_0, a8_0);
            const __m512 x0_9 = _mm512_set1_ps(*(in + 117));
            a9_0 = _mm512_fmadd_ps(x0_9, b0_0, a9_0);
            const __m512 x0_10 = _mm512_set1_ps(*(in + 130));
            a10_0 = _mm512_fmadd_ps(x0_10, b0_0, a10_0);
            const __m512 x0_11 = _mm512_set1_ps(*(in + 143));
            a11_0 = _mm512_fmadd_ps(x0_11, b0_0, a11_0);
            const __m512 x0_12 = _mm512_set1_ps(*(in + 156));
            a12_0 = _mm512_fmadd_ps(x0_12, b0_0, a12_0);
            const __m512 x0_13 = _mm512_set1_ps(*(in + 169));
            a13_0 = _mm512_fmadd_ps(x0_13, b0_0, a13_0);
            const __m512 x0_14 = _mm512_set1_ps(*(in + 182));
            a14_0 = _mm512_fmadd_ps(x0_14, b0_0, a14_0);
            const __m512 x0_15 = _mm512_set1_ps(*(in + 195));
            a15_0 = _mm512_fmadd_ps(x0_15, b0_0, a15_0);
            const __m512 b1_0 = _mm512_load_ps(w + 16);
            const __m512 x1_0 = _mm512_set1_ps(*(in + 1));
            a0_0 = _mm512_fmadd_ps(x1_0, b1_0, a0_0);
            const __m512 x1_1 = _mm512_set1_ps(*(in + 14));
            a1_0 = _mm512_fmadd_ps(x1_1, b1_0, a1_0);
            const __m512 x1_2 = _mm512_set1_ps(*(in + 27));
            a2_0 = _mm512_fmadd_ps(x1_2, b1_0, a2_0);
            const __m512 x1_3 = _mm512_set1_ps(*(in + 40));
            a3_0 = _mm512_fmadd_ps(x1_3, b1_0, a3_0);
            const __m512 x1_4 = _mm512_set1_ps(*(in + 53));
            a4_0 = _mm512_fmadd_ps(x1_4, b1_0, a4_0);
            const __m512 x1_5 = _mm512_set1_ps(*(in + 66));
            a5_0 = _mm512_fmadd_ps(x1_5, b1_0, a5_0);
            const __m512 x1_6 = _mm512_set1_ps(*(in + 79));
            a6_0 = _mm512_fmadd_ps(x1_6, b1_0, a6_0);
            const __m512 x1_7 = _mm512_set1_ps(*(in + 92));
            a7_0 = _mm512_fmadd_ps(x1_7, b1_0, a7_0);
            const __m512 x1_8 = _mm512_set1_ps(*(in + 105));
            a8_0 = _mm512_fmadd_ps(x1_8, b1_0, a8_0);
            const __m512 x1_9 = _mm512_set1_ps(*(in + 118));
            a9_0 = _mm512_fmadd_ps(x1_9, b1_0, a9_0);
            const __m512 x1_10 = _mm512_set1_ps(*(in + 131));
            a10_0 = _mm512_fmadd_ps(x1_10, b1_0, a10_0);
            const __m512 x1_11 = _mm512_set1_ps(*(in + 144));
            a11_0 = _mm512_fmadd_ps(x1_11, b1_0, a11_0);
            const __m512 x1_12 = _mm512_set1_ps(*(in + 157));
            a12_0 = _mm512_fmadd_ps(x1_12, b1_0, a12_0);
            const __m512 x1_13 = _mm512_set1_ps(*(in + 170));
            a13_0 = _mm512_fmadd_ps(x1_13, b1_0, a13_0);
            const __m512 x1_14 = _mm512_set1_ps(*(in + 183));
            a14_0 = _mm512_fmadd_ps(x1_14, b1_0, a14_0);
            const __m512 x1_15 = _mm512_set1_ps(*(in + 196));
            a15_0 = _mm512_fmadd_ps(x1_15, b1_0, a15_0);
            const __m512 b2_0 = _mm512_load_ps(w + 32);
            const __m512 x2_0 = _mm512_set1_ps(*(in + 2));
            a0_0 = _mm512_fmadd_ps(x2_0, b2_0, a0_0);
            const __m512 x2_1 = _mm512_set1_ps(*(in + 15));
            a1_0 = _mm512_fmadd_ps(x2_1, b2_0, a1_0);
            const __m512 x2_2 = _mm512_set1_ps(*(in + 28));
            a2_0 = _mm512_fmadd_ps(x2_2, b2_0, a2_0);
            const __m512 x2_3 = _mm512_set1_ps(*(in + 41));
            a3_0 = _mm512_fmadd_ps(x2_3, b2_0, a3_0);
            const __m512 x2_4 = _mm512_set1_ps(*(in + 54));
            a4_0 = _mm512_fmadd_ps(x2_4, b2_0, a4_0);
            const __m512 x2_5 = _mm512_set1_ps(*(in + 67));
            a5_0 = _mm512_fmadd_ps(x2_5, b2_0, a5_0);
            const __m512 x2_6 = _mm512_set1_ps(*(in + 80));
            a6_0 = _mm512_fmadd_ps(x2_6, b2_0, a6_0);
            const __m512 x2_7 = _mm512_set1_ps(*(in + 93));
            a7_0 = _mm512_fmadd_ps(x2_7, b2_0, a7_0);
            const __m512 x2_8 = _mm512_set1_ps(*(in + 106));
            a8_0 = _mm512_fmadd_ps(x2_8, b2_0, a8_0);
            const __m512 x2_9 = _mm512_set1_ps(*(in + 119));
            a9_0 = _mm512_fmadd_ps(x2_9, b2_0, a9_0);
            const __m512 x2_10 = _mm512_set1_ps(*(in + 132));
            a10_0 = _mm512_fmadd_ps(x2_10, b2_0, a10_0);
            const __m512 x2_11 = _mm512_set1_ps(*(in + 145));
            a11_0 = _mm512_fmadd_ps(x2_11, b2_0, a11_0);
            const __m512 x2_12 = _mm512_set1_ps(*(in + 158));
            a12_0 = _mm512_fmadd_ps(x2_12, b2_0, a12_0);
            const __m512 x2_13 = _mm512_set1_ps(*(in + 171));
            a13_0 = _mm512_fmadd_ps(x2_13, b2_0, a13_0);
            const __m512 x2_14 = _mm512_set1_ps(*(in + 184));
            a14_0 = _mm512_fmadd_ps(x2_14, b2_0, a14_0);
            const __m512 x2_15 = _mm512_set1_ps(*(in + 197));
            a15_0 = _mm512_fmadd_ps(x2_15, b2_0, a15_0);
            const __m512 b3_0 = _mm512_load_ps(w + 48);
            const __m512 x3_0 = _mm512_set1_ps(*(in + 3));
            a0_0 = _mm512_fmadd_ps(x3_0, b3_0, a0_0);
            const __m512 x3_1 = _mm512_set1_ps(*(in + 16));
            a1_0 = _mm512_fmadd_ps(x3_1, b3_0, a1_0);
            const __m512 x3_2 = _mm512_set1_ps(*(in + 29));
            a2_0 = _mm512_fmadd_ps(x3_2, b3_0, a2_0);
            const __m512 x3_3 = _mm512_set1_ps(*(in + 42));
            a3_0 = _mm512_fmadd_ps(x3_3, b3_0, a3_0);
            const __m512 x3_4 = _mm512_set1_ps(*(in + 55));
            a4_0 = _mm512_fmadd_ps(x3_4, b3_0, a4_0);
            const __m512 x3_5 = _mm512_set1_ps(*(in + 68));
            a5_0 = _mm512_fmadd_ps(x3_5, b3_0, a5_0);
            const __m512 x3_6 = _mm512_set1_ps(*(in + 81));
            a6_0 = _mm512_fmadd_ps(x3_6, b3_0, a6_0);
            const __m512 x3_7 = _mm512_set1_ps(*(in + 94));
            a7_0 = _mm512_fmadd_ps(x3_7, b3_0, a7_0);
            const __m512 x3_8 = _mm512_set1_ps(*(in + 107));
            a8_0 = _mm512_fmadd_ps(x3_8, b3_0, a8_0);
            const __m512 x3_9 = _mm512_set1_ps(*(in + 120));
            a9_0 = _mm512_fmadd_ps(x3_9, b3_0, a9_0);
            const __m512 x3_10 = _mm512_set1_ps(*(in + 133));
            a10_0 = _mm512_fmadd_ps(x3_10, b3_0, a10_0);
            const __m512 x3_11 = _mm512_set1_ps(*(in + 146));
            a11_0 = _mm512_fmadd_ps(x3_11, b3_0, a11_0);
            const __m512 x3_12 = _mm512_set1_ps(*(in + 159));
            a12_0 = _mm512_fmadd_ps(x3_12, b3_0, a12_0);
            const __m512 x3_13 = _mm512_set1_ps(*(in + 172));
            a13_0 = _mm512_fmadd_ps(x3_13, b3_0, a13_0);
            const __m512 x3_14 = _mm512_set1_ps(*(in + 185));
            a14_0 = _mm512_fmadd_ps(x3_14, b3_0, a14_0);
            const __m512 x3_15 = _mm512_set1_ps(*(in + 198));
            a15_0 = _mm512_fmadd_ps(x3_15, b3_0, a15_0);
            in += 4;
            w += 64;
        }
        const __m512 b0_0 = _mm512_load_ps(w);
        const __m512 x0_0 = _mm512_set1_ps(*(in));
        a0_0 = _mm512_fmadd_ps(x0_0, b0_0, a0_0);
        const __m512 x0_1 = _mm512_set1_ps(*(in + 13));
        a1_0 = _mm512_fmadd_ps(x0_1, b0_0, a1_0);
        const __m512 x0_2 = _mm512_set1_ps(*(in + 26));
        a2_0 = _mm512_fmadd_ps(x0_2, b0_0, a2_0);
        const __m512 x0_3 = _mm512_set1_ps(*(in + 39));
        a3_0 = _mm512_fmadd_ps(x0_3, b0_0, a3_0);
        const __m512 x0_4 = _mm512_set1_ps(*(in + 52));
        a4_0 = _mm512_fmadd_ps(x0_4, b0_0, a4_0);
        const __m512 x0_5 = _mm512_set1_ps(*(in + 65));
        a5_0 = _mm512_fmadd_ps(x0_5, b0_0, a5_0);
        const __m512 x0_6 = _mm512_set1_ps(*(in + 78));
        a6_0 = _mm512_fmadd_ps(x0_6, b0_0, a6_0);
        const __m512 x0_7 = _mm512_set1_ps(*(in + 91));
        a7_0 = _mm512_fmadd_ps(x0_7, b0_0, a7_0);
        const __m512 x0_8 = _mm512_set1_ps(*(in + 104));
        a8_0 = _mm512_fmadd_ps(x0_8, b0_0, a8_0);
        const __m512 x0_9 = _mm512_set1_ps(*(in + 117));
        a9_0 = _mm512_fmadd_ps(x0_9, b0_0, a9_0);
        const __m512 x0_10 = _mm512_set1_ps(*(in + 130));
        a10_0 = _mm512_fmadd_ps(x0_10, b0_0, a10_0);
        const __m512 x0_11 = _mm512_set1_ps(*(in + 143));
        a11_0 = _mm512_fmadd_ps(x0_11, b0_0, a11_0);
        const __m512 x0_12 = _mm512_set1_ps(*(in + 156));
        a12_0 = _mm512_fmadd_ps(x0_12, b0_0, a12_0);
        const __m512 x0_13 = _mm512_set1_ps(*(in + 169));
        a13_0 = _mm512_fmadd_ps(x0_13, b0_0, a13_0);
        const __m512 x0_14 = _mm512_set1_ps(*(in + 182));
        a14_0 = _mm512_fmadd_ps(x0_14, b0_0, a14_0);
        const __m512 x0_15 = _mm512_set1_ps(*(in + 195));
        a15_0 = _mm512_fmadd_ps(x0_15, b0_0, a15_0);
        a0_0 = _mm512_max_ps(_mm512_set1_ps(0.0f), a0_0);
        a0_0 = _mm512_min_ps(_mm512_set1_ps(6.0f), a0_0);
        _mm512_mask_storeu_ps(out, 0x03ff, a0_0);
        a1_0 = _mm512_max_ps(_mm512_set1_ps(0.0f), a1_0);
        a1_0 = _mm512_min_ps(_mm512_set1_ps(6.0f), a1_0);
        _mm512_mask_storeu_ps(out + 10, 0x03ff, a1_0);
        a2_0 = _mm512_max_ps(_mm512_set1_ps(0.0f), a2_0);
        a2_0 = _mm512_min_ps(_mm512_set1_ps(6.0f), a2_0);
        _mm512_mask_storeu_ps(out + 20, 0x03ff, a2_0);
        a3_0 = _mm512_max_ps(_mm512_set1_ps(0.0f), a3_0);
        a3_0 = _mm512_min_ps(_mm512_set1_ps(6.0f), a3_0);
        _mm512_mask_storeu_ps(out + 30, 0x03ff, a3_0);
        a4_0 = _mm512_max_ps(_mm512_set1_ps(0.0f), a4_0);
        a4_0 = _mm512_min_ps(_mm512_set1_ps(6.0f), a4_0);
        _mm512_mask_storeu_ps(out + 40, 0x03ff, a4_0);
        a5_0 = _mm512_max_ps(_mm512_set1_ps(0.0f), a5_0);
        a5_0 = _mm512_min_ps(_mm512_set1_ps(6.0f), a5_0);
        _mm512_mask_storeu_ps(out + 50, 0x03ff, a5_0);
        a6_0 = _mm512_max_ps(_mm512_set1_ps(0.0f), a6_0);
        a6_0 = _mm512_min_ps(_mm512_set1_ps(6.0f), a6_0);
        _mm512_mask_storeu_ps(out + 60, 0x03ff, a6_0);
        a7_0 = _mm512_max_ps(_mm512_set1_ps(0.0f), a7_0);
        a7_0 = _mm512_min_ps(_mm512_set1_ps(6.0f), a7_0);
        _mm512_mask_storeu_ps(out + 70, 0x03ff, a7_0);
        a8_0 = _mm512_max_ps(_mm512_set1_ps(0.0f), a8_0);
        a8_0 = _mm512_min_ps(_mm512_set1_ps(6.0f), a8_0);
        _mm512_mask_storeu_ps(out + 80, 0x03ff, a8_0);
        a9_0 = _mm512_max_ps(_mm512_set1_ps(0.0f), a9_0);
        a9_0 = _mm512_min_ps(_mm512_set1_ps(6.0f), a9_0);
        _mm512_mask_storeu_ps(out + 90, 0x03ff, a9_0);
        a10_0 = _mm512_max_ps(_mm512_set1_ps(0.0f), a10_0);
        a10_0 = _mm512_min_ps(_mm512_set1_ps(6.0f), a10_0);
        _mm512_mask_storeu_ps(out + 100, 0x03ff, a10_0);
        a11_0 = _mm512_max_ps(_mm512_set1_ps(0.0f), a11_0);
        a11_0 = _mm512_min_ps(_mm512_set1_ps(6.0f), a11_0);
        _mm512_mask_storeu_ps(out + 110, 0x03ff, a11_0);
        a12_0 = _mm512_max_ps(_mm512_set1_ps(0.0f), a12_0);
        a12_0 = _mm512_min_ps(_mm512_set1_ps(6.0f), a12_0);
        _mm512_mask_storeu_ps(out + 120, 0x03ff, a12_0);
        a13_0 = _mm512_max_ps(_mm512_set1_ps(0.0f), a13_0);
        a13_0 = _mm512_min_ps(_mm512_set1_ps(6.0f), a13_0);
        _mm512_mask_storeu_ps(out + 130, 0x03ff, a13_0);
        a14_0 = _mm512_max_ps(_mm512_set1_ps(0.0f), a14_0);
        a14_0 = _mm512_min_ps(_mm512_set1_ps(6.0f), a14_0);
        _mm512_mask_storeu_ps(out + 140, 0x03ff, a14_0);
        a15_0 = _mm512_max_ps(_mm512_set1_ps(0.0f), a15_0);
        a15_0 = _mm512_min_ps(_mm512_set1_ps(6.0f), a15_0);
        _mm512_mask_storeu_ps(out + 150, 0x03ff, a15_0);
        out += 160;
    }
}

/* 32 pixels x 10 output channels. */
__attribute__((noinline)) static void unit_pixel0_panel0(const float *in, const float *packed, float *out)
{
    {
        {
            const float *const panel = packed;
            const float *const w = panel + 16;
            const float *const x = in;
            float *const y = out;
            tile0_depth13(x, w, panel, y, 2);
        }
    }
}

/* One panel of output channels, `vectors` vectors of which the last may be partly empty. */
static float *pack_panel(const float *weight, const float *bias, const float *slope, size_t channel, size_t lanes,
                         size_t vectors, float *to)
{
    for (size_t n = 0; n < vectors; ++n, to += 16)
        pack_lanes(bias != NULL ? bias + channel + n * 16 : NULL, lanes - n * 16, to);
    for (size_t k = 0; k < 13; ++k)
        for (size_t lane = 0; lane < vectors * 16; ++lane)
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
            to = pack_panel(weight, bias, slope, channel, 10, 1, to);
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
 * Unit: a block of pixels of a line x a block of output channels; there are 2.
 */
static void run(const float *in, float *out, const void *packed, void *workspace, size_t unit_begin, size_t unit_end)
{
    (void)workspace;
    for (size_t unit = unit_begin; unit < unit_end; ++unit) {
        const size_t block = unit % 1;
        const size_t pixel = unit / 1 % 2;
        const size_t line = unit / 2;
        const float *const x = in + line / 1 * 832;
        const float *w = (const float *)packed + block * 224;
        float *y = out + line / 1 * 640 + block * 10;
        unit_pixel0_panel0(x + (pixel - 0) * 416, w, y + (pixel - 0) * 320);
    }
}

extern const struct sepcc_kernel sepcc_f32_pointwise_1x1__8x8x13_o10_relu6__avx512_r22v1b44n10k13u4;
const struct sepcc_kernel sepcc_f32_pointwise_1x1__8x8x13_o10_relu6__avx512_r22v1b44n10k13u4 = {
    .abi_version = SEPCC_ABI_VERSION,
    .struct_size = sizeof(struct sepcc_kernel),
    .name = "sepcc_f32_pointwise_1x1__8x8x13_o10_relu6__avx512_r22v1b44n10k13u4",
    .spec = "pointwise in=8x8x13 out=10 act=relu6",
    .plan = "rows=22,vectors=1,block=44,channels=10,depth=13,unroll_k=4,prefetch=no",
    .digest = "81ff71da808f4f75a1d1ef36be43cb6a",
    .isa = 3, /* avx512 */
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
    .unit_count = 2,
    .fma_count = 8320u,
    .read_bytes = 4224u,
    .write_bytes = 2560u,
    .pack = pack,
    .run = run,
};

#if defined(__clang__) && !(defined(__AVX512F__) && defined(__AVX512BW__) && defined(__AVX512DQ__) && defined(__AVX512VL__))
#pragma clang attribute pop
#elif defined(__GNUC__) && !defined(__clang__)
#pragma GCC pop_options
#endif
#else
typedef int sepcc_f32_pointwise_1x1__8x8x13_o10_relu6__avx512_r22v1b44n10k13u4_needs_x86_64;
#endif
