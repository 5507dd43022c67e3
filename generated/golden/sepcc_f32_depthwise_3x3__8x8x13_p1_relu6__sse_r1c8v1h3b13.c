/*
 * sepcc_f32_depthwise_3x3__8x8x13_p1_relu6__sse_r1c8v1h3b13.c: written by sepcc 0.1.0; do not edit.
 *
 * To repeat it:  sepcc gen 'depthwise in=8x8x13 kernel=3x3 pad=1 act=relu6' --isa sse --plan rows=1,columns=8,vectors=1,hold=3,block=13,unroll=full,prefetch=no -o DIR
 * Spec:          depthwise in=8x8x13 kernel=3x3 pad=1 act=relu6
 * Plan:          rows=1,columns=8,vectors=1,hold=3,block=13,unroll=full,prefetch=no
 * Template:      depthwise.m4, vocabulary isa/sse.m4
 * Digest:        6824692f5711412287f662949248578a
 * Compile with:  -O2 -ffp-contract=off (the instruction set is chosen below)
 * Counts:        6292 multiply-adds, 3968 bytes read, 3328 bytes written
 *
 * Each output channel is the convolution of one input channel with its own kernel:
 *     acc = bias;  for ky, kx inside the image:  acc = fma(x, w, acc);  out = relu6
 */
#include "sepcc_kernel.h"

#if defined(__x86_64__)
#if defined(__clang__)
#pragma STDC FP_CONTRACT OFF
#elif defined(__GNUC__)
#pragma GCC push_options
#pragma GCC optimize("fp-contract=off")
#endif
#include <emmintrin.h>
#include <math.h>

/* Copies lanes values and fills the vector up with zeros; from may be NULL: all zeros. */
static void pack_lanes(const float *from, size_t lanes, float *to)
{
    for (size_t lane = 0; lane < 4; ++lane)
        to[lane] = from != NULL && lane < lanes ? from[lane] : 0.0f;
}

/*
 * 1 x 8 outputs of 3 times 4 channels. pixels: the first that they read, at their input
 * channels; packed: their weights, from the bias on; outputs: the first of them.
 */
__attribute__((noinline)) static void step_row0_column0_band0(const float *restrict pixels, const float *restrict packed,
                                             float *restrict outputs)
{
    for (size_t k = 0; k < 3; ++k) {
        const float *in = pixels + k * 4;
        const float *const w = packed + k * 40;
        float *const out = outputs + k * 4;
        (void)in;
        __m128 a0_0_0 = _mm_load_ps(w);
        __m128 a0_1_0 = a0_0_0;
        __m128 a0_2_0 = a0_0_0;
        __m128 a0_3_0 = a0_0_0;
        __m128 a0_4_0 = a0_0_0;
        __m128 a0_5_0 = a0_0_0;
        __m128 a0_6_0 = a0_0_0;
        __m128 a0_7_0 = a0_0_0;
        { /* kernel row 1 */
            const __m128 w0_0 = _mm_load_ps(w + 16);
            const __m128 w1_0 = _mm_load_ps(w + 20);
            const __m128 w2_0 = _mm_load_ps(w + 24);
            const __m128 x0_0_0 = _mm_loadu_ps(in);
            a0_0_0 = _mm_add_ps(_mm_mul_ps(x0_0_0, w1_0), a0_0_0);
            a0_1_0 = _mm_add_ps(_mm_mul_ps(x0_0_0, w0_0), a0_1_0);
            const __m128 x0_1_0 = _mm_loadu_ps(in + 13);
            a0_0_0 = _mm_add_ps(_mm_mul_ps(x0_1_0, w2_0), a0_0_0);
            a0_1_0 = _mm_add_ps(_mm_mul_ps(x0_1_0, w1_0), a0_1_0);
            a0_2_0 = _mm_add_ps(_mm_mul_ps(x0_1_0, w0_0), a0_2_0);
            const __m128 x0_2_0 = _mm_loadu_ps(in + 26);
            a0_1_0 = _mm_add_ps(_mm_mul_ps(x0_2_0, w2_0), a0_1_0);
            a0_2_0 = _mm_add_ps(_mm_mul_ps(x0_2_0, w1_0), a0_2_0);
            a0_3_0 = _mm_add_ps(_mm_mul_ps(x0_2_0, w0_0), a0_3_0);
            const __m128 x0_3_0 = _mm_loadu_ps(in + 39);
            a0_2_0 = _mm_add_ps(_mm_mul_ps(x0_3_0, w2_0), a0_2_0);
            a0_3_0 = _mm_add_ps(_mm_mul_ps(x0_3_0, w1_0), a0_3_0);
            a0_4_0 = _mm_add_ps(_mm_mul_ps(x0_3_0, w0_0), a0_4_0);
            const __m128 x0_4_0 = _mm_loadu_ps(in + 52);
            a0_3_0 = _mm_add_ps(_mm_mul_ps(x0_4_0, w2_0), a0_3_0);
            a0_4_0 = _mm_add_ps(_mm_mul_ps(x0_4_0, w1_0), a0_4_0);
            a0_5_0 = _mm_add_ps(_mm_mul_ps(x0_4_0, w0_0), a0_5_0);
            const __m128 x0_5_0 = _mm_loadu_ps(in + 65);
            a0_4_0 = _mm_add_ps(_mm_mul_ps(x0_5_0, w2_0), a0_4_0);
            a0_5_0 = _mm_add_ps(_mm_mul_ps(x0_5_0, w1_0), a0_5_0);
            a0_6_0 = _mm_add_ps(_mm_mul_ps(x0_5_0, w0_0), a0_6_0);
            const __m128 x0_6_0 = _mm_loadu_ps(in + 78);
            a0_5_0 = _mm_add_ps(_mm_mul_ps(x0_6_0, w2_0), a0_5_0);
            a0_6_0 = _mm_add_ps(_mm_mul_ps(x0_6_0, w1_0), a0_6_0);
            a0_7_0 = _mm_add_ps(_mm_mul_ps(x0_6_0, w0_0), a0_7_0);
            const __m128 x0_7_0 = _mm_loadu_ps(in + 91);
            a0_6_0 = _mm_add_ps(_mm_mul_ps(x0_7_0, w2_0), a0_6_0);
            a0_7_0 = _mm_add_ps(_mm_mul_ps(x0_7_0, w1_0), a0_7_0);
        }
        { /* kernel row 2 */
            const __m128 w0_0 = _mm_load_ps(w + 28);
            const __m128 w1_0 = _mm_load_ps(w + 32);
            const __m128 w2_0 = _mm_load_ps(w + 36);
            const __m128 x0_0_0 = _mm_loadu_ps(in + 104);
            a0_0_0 = _mm_add_ps(_mm_mul_ps(x0_0_0, w1_0), a0_0_0);
            a0_1_0 = _mm_add_ps(_mm_mul_ps(x0_0_0, w0_0), a0_1_0);
            const __m128 x0_1_0 = _mm_loadu_ps(in + 117);
            a0_0_0 = _mm_add_ps(_mm_mul_ps(x0_1_0, w2_0), a0_0_0);
            a0_1_0 = _mm_add_ps(_mm_mul_ps(x0_1_0, w1_0), a0_1_0);
            a0_2_0 = _mm_add_ps(_mm_mul_ps(x0_1_0, w0_0), a0_2_0);
            const __m128 x0_2_0 = _mm_loadu_ps(in + 130);
            a0_1_0 = _mm_add_ps(_mm_mul_ps(x0_2_0, w2_0), a0_1_0);
            a0_2_0 = _mm_add_ps(_mm_mul_ps(x0_2_0, w1_0), a0_2_0);
            a0_3_0 = _mm_add_ps(_mm_mul_ps(x0_2_0, w0_0), a0_3_0);
            const __m128 x0_3_0 = _mm_loadu_ps(in + 143);
            a0_2_0 = _mm_add_ps(_mm_mul_ps(x0_3_0, w2_0), a0_2_0);
            a0_3_0 = _mm_add_ps(_mm_mul_ps(x0_3_0, w1_0), a0_3_0);
            a0_4_0 = _mm_add_ps(_mm_mul_ps(x0_3_0, w0_0), a0_4_0);
            const __m128 x0_4_0 = _mm_loadu_ps(in + 156);
            a0_3_0 = _mm_add_ps(_mm_mul_ps(x0_4_0, w2_0), a0_3_0);
            a0_4_0 = _mm_add_ps(_mm_mul_ps(x0_4_0, w1_0), a0_4_0);
            a0_5_0 = _mm_add_ps(_mm_mul_ps(x0_4_0, w0_0), a0_5_0);
            const __m128 x0_5_0 = _mm_loadu_ps(in + 169);
            a0_4_0 = _mm_add_ps(_mm_mul_ps(x0_5_0, w2_0), a0_4_0);
            a0_5_0 = _mm_add_ps(_mm_mul_ps(x0_5_0, w1_0), a0_5_0);
            a0_6_0 = _mm_add_ps(_mm_mul_ps(x0_5_0, w0_0), a0_6_0);
            const __m128 x0_6_0 = _mm_loadu_ps(in + 182);
            a0_5_0 = _mm_add_ps(_mm_mul_ps(x0_6_0, w2_0), a0_5_0);
            a0_6_0 = _mm_add_ps(_mm_mul_ps(x0_6_0, w1_0), a0_6_0);
            a0_7_0 = _mm_add_ps(_mm_mul_ps(x0_6_0, w0_0), a0_7_0);
            const __m128 x0_7_0 = _mm_loadu_ps(in + 195);
            a0_6_0 = _mm_add_ps(_mm_mul_ps(x0_7_0, w2_0), a0_6_0);
            a0_7_0 = _mm_add_ps(_mm_mul_ps(x0_7_0, w1_0), a0_7_0);
        }
        a0_0_0 = _mm_max_ps(_mm_set1_ps(0.0f), a0_0_0);
        a0_0_0 = _mm_min_ps(_mm_set1_ps(6.0f), a0_0_0);
        _mm_storeu_ps(out, a0_0_0);
        a0_1_0 = _mm_max_ps(_mm_set1_ps(0.0f), a0_1_0);
        a0_1_0 = _mm_min_ps(_mm_set1_ps(6.0f), a0_1_0);
        _mm_storeu_ps(out + 13, a0_1_0);
        a0_2_0 = _mm_max_ps(_mm_set1_ps(0.0f), a0_2_0);
        a0_2_0 = _mm_min_ps(_mm_set1_ps(6.0f), a0_2_0);
        _mm_storeu_ps(out + 26, a0_2_0);
        a0_3_0 = _mm_max_ps(_mm_set1_ps(0.0f), a0_3_0);
        a0_3_0 = _mm_min_ps(_mm_set1_ps(6.0f), a0_3_0);
        _mm_storeu_ps(out + 39, a0_3_0);
        a0_4_0 = _mm_max_ps(_mm_set1_ps(0.0f), a0_4_0);
        a0_4_0 = _mm_min_ps(_mm_set1_ps(6.0f), a0_4_0);
        _mm_storeu_ps(out + 52, a0_4_0);
        a0_5_0 = _mm_max_ps(_mm_set1_ps(0.0f), a0_5_0);
        a0_5_0 = _mm_min_ps(_mm_set1_ps(6.0f), a0_5_0);
        _mm_storeu_ps(out + 65, a0_5_0);
        a0_6_0 = _mm_max_ps(_mm_set1_ps(0.0f), a0_6_0);
        a0_6_0 = _mm_min_ps(_mm_set1_ps(6.0f), a0_6_0);
        _mm_storeu_ps(out + 78, a0_6_0);
        a0_7_0 = _mm_max_ps(_mm_set1_ps(0.0f), a0_7_0);
        a0_7_0 = _mm_min_ps(_mm_set1_ps(6.0f), a0_7_0);
        _mm_storeu_ps(out + 91, a0_7_0);
    }
}

/*
 * 1 x 8 outputs of 1 channels. pixels: the first that they read, at their input
 * channels; packed: their weights, from the bias on; outputs: the first of them.
 */
__attribute__((noinline)) static void step_row0_column0_band1(const float *restrict pixels, const float *restrict packed,
                                             float *restrict outputs)
{
    {
        const float *in = pixels;
        const float *const w = packed;
        float *const out = outputs;
        (void)in;
        __m128 a0_0_0 = _mm_load_ps(w);
        __m128 a0_1_0 = a0_0_0;
        __m128 a0_2_0 = a0_0_0;
        __m128 a0_3_0 = a0_0_0;
        __m128 a0_4_0 = a0_0_0;
        __m128 a0_5_0 = a0_0_0;
        __m128 a0_6_0 = a0_0_0;
        __m128 a0_7_0 = a0_0_0;
        { /* kernel row 1 */
            const __m128 w0_0 = _mm_load_ps(w + 16);
            const __m128 w1_0 = _mm_load_ps(w + 20);
            const __m128 w2_0 = _mm_load_ps(w + 24);
            const __m128 x0_0_0 = _mm_load_ss(in);
            a0_0_0 = _mm_add_ps(_mm_mul_ps(x0_0_0, w1_0), a0_0_0);
            a0_1_0 = _mm_add_ps(_mm_mul_ps(x0_0_0, w0_0), a0_1_0);
            const __m128 x0_1_0 = _mm_load_ss(in + 13);
            a0_0_0 = _mm_add_ps(_mm_mul_ps(x0_1_0, w2_0), a0_0_0);
            a0_1_0 = _mm_add_ps(_mm_mul_ps(x0_1_0, w1_0), a0_1_0);
            a0_2_0 = _mm_add_ps(_mm_mul_ps(x0_1_0, w0_0), a0_2_0);
            const __m128 x0_2_0 = _mm_load_ss(in + 26);
            a0_1_0 = _mm_add_ps(_mm_mul_ps(x0_2_0, w2_0), a0_1_0);
            a0_2_0 = _mm_add_ps(_mm_mul_ps(x0_2_0, w1_0), a0_2_0);
            a0_3_0 = _mm_add_ps(_mm_mul_ps(x0_2_0, w0_0), a0_3_0);
            const __m128 x0_3_0 = _mm_load_ss(in + 39);
            a0_2_0 = _mm_add_ps(_mm_mul_ps(x0_3_0, w2_0), a0_2_0);
            a0_3_0 = _mm_add_ps(_mm_mul_ps(x0_3_0, w1_0), a0_3_0);
            a0_4_0 = _mm_add_ps(_mm_mul_ps(x0_3_0, w0_0), a0_4_0);
            const __m128 x0_4_0 = _mm_load_ss(in + 52);
            a0_3_0 = _mm_add_ps(_mm_mul_ps(x0_4_0, w2_0), a0_3_0);
            a0_4_0 = _mm_add_ps(_mm_mul_ps(x0_4_0, w1_0), a0_4_0);
            a0_5_0 = _mm_add_ps(_mm_mul_ps(x0_4_0, w0_0), a0_5_0);
            const __m128 x0_5_0 = _mm_load_ss(in + 65);
            a0_4_0 = _mm_add_ps(_mm_mul_ps(x0_5_0, w2_0), a0_4_0);
            a0_5_0 = _mm_add_ps(_mm_mul_ps(x0_5_0, w1_0), a0_5_0);
            a0_6_0 = _mm_add_ps(_mm_mul_ps(x0_5_0, w0_0), a0_6_0);
            const __m128 x0_6_0 = _mm_load_ss(in + 78);
            a0_5_0 = _mm_add_ps(_mm_mul_ps(x0_6_0, w2_0), a0_5_0);
            a0_6_0 = _mm_add_ps(_mm_mul_ps(x0_6_0, w1_0), a0_6_0);
            a0_7_0 = _mm_add_ps(_mm_mul_ps(x0_6_0, w0_0), a0_7_0);
            const __m128 x0_7_0 = _mm_load_ss(in + 91);
            a0_6_0 = _mm_add_ps(_mm_mul_ps(x0_7_0, w2_0), a0_6_0);
            a0_7_0 = _mm_add_ps(_mm_mul_ps(x0_7_0, w1_0), a0_7_0);
        }
        { /* kernel row 2 */
            const __m128 w0_0 = _mm_load_ps(w + 28);
            const __m128 w1_0 = _mm_load_ps(w + 32);
            const __m128 w2_0 = _mm_load_ps(w + 36);
            const __m128 x0_0_0 = _mm_load_ss(in + 104);
            a0_0_0 = _mm_add_ps(_mm_mul_ps(x0_0_0, w1_0), a0_0_0);
            a0_1_0 = _mm_add_ps(_mm_mul_ps(x0_0_0, w0_0), a0_1_0);
            const __m128 x0_1_0 = _mm_load_ss(in + 117);
            a0_0_0 = _mm_add_ps(_mm_mul_ps(x0_1_0, w2_0), a0_0_0);
            a0_1_0 = _mm_add_ps(_mm_mul_ps(x0_1_0, w1_0), a0_1_0);
            a0_2_0 = _mm_add_ps(_mm_mul_ps(x0_1_0, w0_0), a0_2_0);
            const __m128 x0_2_0 = _mm_load_ss(in + 130);
            a0_1_0 = _mm_add_ps(_mm_mul_ps(x0_2_0, w2_0), a0_1_0);
            a0_2_0 = _mm_add_ps(_mm_mul_ps(x0_2_0, w1_0), a0_2_0);
            a0_3_0 = _mm_add_ps(_mm_mul_ps(x0_2_0, w0_0), a0_3_0);
            const __m128 x0_3_0 = _mm_load_ss(in + 143);
            a0_2_0 = _mm_add_ps(_mm_mul_ps(x0_3_0, w2_0), a0_2_0);
            a0_3_0 = _mm_add_ps(_mm_mul_ps(x0_3_0, w1_0), a0_3_0);
            a0_4_0 = _mm_add_ps(_mm_mul_ps(x0_3_0, w0_0), a0_4_0);
            const __m128 x0_4_0 = _mm_load_ss(in + 156);
            a0_3_0 = _mm_add_ps(_mm_mul_ps(x0_4_0, w2_0), a0_3_0);
            a0_4_0 = _mm_add_ps(_mm_mul_ps(x0_4_0, w1_0), a0_4_0);
            a0_5_0 = _mm_add_ps(_mm_mul_ps(x0_4_0, w0_0), a0_5_0);
            const __m128 x0_5_0 = _mm_load_ss(in + 169);
            a0_4_0 = _mm_add_ps(_mm_mul_ps(x0_5_0, w2_0), a0_4_0);
            a0_5_0 = _mm_add_ps(_mm_mul_ps(x0_5_0, w1_0), a0_5_0);
            a0_6_0 = _mm_add_ps(_mm_mul_ps(x0_5_0, w0_0), a0_6_0);
            const __m128 x0_6_0 = _mm_load_ss(in + 182);
            a0_5_0 = _mm_add_ps(_mm_mul_ps(x0_6_0, w2_0), a0_5_0);
            a0_6_0 = _mm_add_ps(_mm_mul_ps(x0_6_0, w1_0), a0_6_0);
            a0_7_0 = _mm_add_ps(_mm_mul_ps(x0_6_0, w0_0), a0_7_0);
            const __m128 x0_7_0 = _mm_load_ss(in + 195);
            a0_6_0 = _mm_add_ps(_mm_mul_ps(x0_7_0, w2_0), a0_6_0);
            a0_7_0 = _mm_add_ps(_mm_mul_ps(x0_7_0, w1_0), a0_7_0);
        }
        a0_0_0 = _mm_max_ps(_mm_set1_ps(0.0f), a0_0_0);
        a0_0_0 = _mm_min_ps(_mm_set1_ps(6.0f), a0_0_0);
        _mm_store_ss(out, a0_0_0);
        a0_1_0 = _mm_max_ps(_mm_set1_ps(0.0f), a0_1_0);
        a0_1_0 = _mm_min_ps(_mm_set1_ps(6.0f), a0_1_0);
        _mm_store_ss(out + 13, a0_1_0);
        a0_2_0 = _mm_max_ps(_mm_set1_ps(0.0f), a0_2_0);
        a0_2_0 = _mm_min_ps(_mm_set1_ps(6.0f), a0_2_0);
        _mm_store_ss(out + 26, a0_2_0);
        a0_3_0 = _mm_max_ps(_mm_set1_ps(0.0f), a0_3_0);
        a0_3_0 = _mm_min_ps(_mm_set1_ps(6.0f), a0_3_0);
        _mm_store_ss(out + 39, a0_3_0);
        a0_4_0 = _mm_max_ps(_mm_set1_ps(0.0f), a0_4_0);
        a0_4_0 = _mm_min_ps(_mm_set1_ps(6.0f), a0_4_0);
        _mm_store_ss(out + 52, a0_4_0);
        a0_5_0 = _mm_max_ps(_mm_set1_ps(0.0f), a0_5_0);
        a0_5_0 = _mm_min_ps(_mm_set1_ps(6.0f), a0_5_0);
        _mm_store_ss(out + 65, a0_5_0);
        a0_6_0 = _mm_max_ps(_mm_set1_ps(0.0f), a0_6_0);
        a0_6_0 = _mm_min_ps(_mm_set1_ps(6.0f), a0_6_0);
        _mm_store_ss(out + 78, a0_6_0);
        a0_7_0 = _mm_max_ps(_mm_set1_ps(0.0f), a0_7_0);
        a0_7_0 = _mm_min_ps(_mm_set1_ps(6.0f), a0_7_0);
        _mm_store_ss(out + 91, a0_7_0);
    }
}

/*
 * 1 x 8 outputs of 3 times 4 channels. pixels: the first that they read, at their input
 * channels; packed: their weights, from the bias on; outputs: the first of them.
 */
__attribute__((noinline)) static void step_row1_column0_band0(const float *restrict pixels, const float *restrict packed,
                                             float *restrict outputs)
{
    for (size_t k = 0; k < 3; ++k) {
        const float *in = pixels + k * 4;
        const float *const w = packed + k * 40;
        float *const out = outputs + k * 4;
        (void)in;
        __m128 a0_0_0 = _mm_load_ps(w);
        __m128 a0_1_0 = a0_0_0;
        __m128 a0_2_0 = a0_0_0;
        __m128 a0_3_0 = a0_0_0;
        __m128 a0_4_0 = a0_0_0;
        __m128 a0_5_0 = a0_0_0;
        __m128 a0_6_0 = a0_0_0;
        __m128 a0_7_0 = a0_0_0;
        { /* kernel row 0 */
            const __m128 w0_0 = _mm_load_ps(w + 4);
            const __m128 w1_0 = _mm_load_ps(w + 8);
            const __m128 w2_0 = _mm_load_ps(w + 12);
            const __m128 x0_0_0 = _mm_loadu_ps(in);
            a0_0_0 = _mm_add_ps(_mm_mul_ps(x0_0_0, w1_0), a0_0_0);
            a0_1_0 = _mm_add_ps(_mm_mul_ps(x0_0_0, w0_0), a0_1_0);
            const __m128 x0_1_0 = _mm_loadu_ps(in + 13);
            a0_0_0 = _mm_add_ps(_mm_mul_ps(x0_1_0, w2_0), a0_0_0);
            a0_1_0 = _mm_add_ps(_mm_mul_ps(x0_1_0, w1_0), a0_1_0);
            a0_2_0 = _mm_add_ps(_mm_mul_ps(x0_1_0, w0_0), a0_2_0);
            const __m128 x0_2_0 = _mm_loadu_ps(in + 26);
            a0_1_0 = _mm_add_ps(_mm_mul_ps(x0_2_0, w2_0), a0_1_0);
            a0_2_0 = _mm_add_ps(_mm_mul_ps(x0_2_0, w1_0), a0_2_0);
            a0_3_0 = _mm_add_ps(_mm_mul_ps(x0_2_0, w0_0), a0_3_0);
            const __m128 x0_3_0 = _mm_loadu_ps(in + 39);
            a0_2_0 = _mm_add_ps(_mm_mul_ps(x0_3_0, w2_0), a0_2_0);
            a0_3_0 = _mm_add_ps(_mm_mul_ps(x0_3_0, w1_0), a0_3_0);
            a0_4_0 = _mm_add_ps(_mm_mul_ps(x0_3_0, w0_0), a0_4_0);
            const __m128 x0_4_0 = _mm_loadu_ps(in + 52);
            a0_3_0 = _mm_add_ps(_mm_mul_ps(x0_4_0, w2_0), a0_3_0);
            a0_4_0 = _mm_add_ps(_mm_mul_ps(x0_4_0, w1_0), a0_4_0);
            a0_5_0 = _mm_add_ps(_mm_mul_ps(x0_4_0, w0_0), a0_5_0);
            const __m128 x0_5_0 = _mm_loadu_ps(in + 65);
            a0_4_0 = _mm_add_ps(_mm_mul_ps(x0_5_0, w2_0), a0_4_0);
            a0_5_0 = _mm_add_ps(_mm_mul_ps(x0_5_0, w1_0), a0_5_0);
            a0_6_0 = _mm_add_ps(_mm_mul_ps(x0_5_0, w0_0), a0_6_0);
            const __m128 x0_6_0 = _mm_loadu_ps(in + 78);
            a0_5_0 = _mm_add_ps(_mm_mul_ps(x0_6_0, w2_0), a0_5_0);
            a0_6_0 = _mm_add_ps(_mm_mul_ps(x0_6_0, w1_0), a0_6_0);
            a0_7_0 = _mm_add_ps(_mm_mul_ps(x0_6_0, w0_0), a0_7_0);
            const __m128 x0_7_0 = _mm_loadu_ps(in + 91);
            a0_6_0 = _mm_add_ps(_mm_mul_ps(x0_7_0, w2_0), a0_6_0);
            a0_7_0 = _mm_add_ps(_mm_mul_ps(x0_7_0, w1_0), a0_7_0);
        }
        { /* kernel row 1 */
            const __m128 w0_0 = _mm_load_ps(w + 16);
            const __m128 w1_0 = _mm_load_ps(w + 20);
            const __m128 w2_0 = _mm_load_ps(w + 24);
            const __m128 x0_0_0 = _mm_loadu_ps(in + 104);
            a0_0_0 = _mm_add_ps(_mm_mul_ps(x0_0_0, w1_0), a0_0_0);
            a0_1_0 = _mm_add_ps(_mm_mul_ps(x0_0_0, w0_0), a0_1_0);
            const __m128 x0_1_0 = _mm_loadu_ps(in + 117);
            a0_0_0 = _mm_add_ps(_mm_mul_ps(x0_1_0, w2_0), a0_0_0);
            a0_1_0 = _mm_add_ps(_mm_mul_ps(x0_1_0, w1_0), a0_1_0);
            a0_2_0 = _mm_add_ps(_mm_mul_ps(x0_1_0, w0_0), a0_2_0);
            const __m128 x0_2_0 = _mm_loadu_ps(in + 130);
            a0_1_0 = _mm_add_ps(_mm_mul_ps(x0_2_0, w2_0), a0_1_0);
            a0_2_0 = _mm_add_ps(_mm_mul_ps(x0_2_0, w1_0), a0_2_0);
            a0_3_0 = _mm_add_ps(_mm_mul_ps(x0_2_0, w0_0), a0_3_0);
            const __m128 x0_3_0 = _mm_loadu_ps(in + 143);
            a0_2_0 = _mm_add_ps(_mm_mul_ps(x0_3_0, w2_0), a0_2_0);
            a0_3_0 = _mm_add_ps(_mm_mul_ps(x0_3_0, w1_0), a0_3_0);
            a0_4_0 = _mm_add_ps(_mm_mul_ps(x0_3_0, w0_0), a0_4_0);
            const __m128 x0_4_0 = _mm_loadu_ps(in + 156);
            a0_3_0 = _mm_add_ps(_mm_mul_ps(x0_4_0, w2_0), a0_3_0);
            a0_4_0 = _mm_add_ps(_mm_mul_ps(x0_4_0, w1_0), a0_4_0);
            a0_5_0 = _mm_add_ps(_mm_mul_ps(x0_4_0, w0_0), a0_5_0);
            const __m128 x0_5_0 = _mm_loadu_ps(in + 169);
            a0_4_0 = _mm_add_ps(_mm_mul_ps(x0_5_0, w2_0), a0_4_0);
            a0_5_0 = _mm_add_ps(_mm_mul_ps(x0_5_0, w1_0), a0_5_0);
            a0_6_0 = _mm_add_ps(_mm_mul_ps(x0_5_0, w0_0), a0_6_0);
            const __m128 x0_6_0 = _mm_loadu_ps(in + 182);
            a0_5_0 = _mm_add_ps(_mm_mul_ps(x0_6_0, w2_0), a0_5_0);
            a0_6_0 = _mm_add_ps(_mm_mul_ps(x0_6_0, w1_0), a0_6_0);
            a0_7_0 = _mm_add_ps(_mm_mul_ps(x0_6_0, w0_0), a0_7_0);
            const __m128 x0_7_0 = _mm_loadu_ps(in + 195);
            a0_6_0 = _mm_add_ps(_mm_mul_ps(x0_7_0, w2_0), a0_6_0);
            a0_7_0 = _mm_add_ps(_mm_mul_ps(x0_7_0, w1_0), a0_7_0);
        }
        { /* kernel row 2 */
            const __m128 w0_0 = _mm_load_ps(w + 28);
            const __m128 w1_0 = _mm_load_ps(w + 32);
            const __m128 w2_0 = _mm_load_ps(w + 36);
            const __m128 x0_0_0 = _mm_loadu_ps(in + 208);
            a0_0_0 = _mm_add_ps(_mm_mul_ps(x0_0_0, w1_0), a0_0_0);
            a0_1_0 = _mm_add_ps(_mm_mul_ps(x0_0_0, w0_0), a0_1_0);
            const __m128 x0_1_0 = _mm_loadu_ps(in + 221);
            a0_0_0 = _mm_add_ps(_mm_mul_ps(x0_1_0, w2_0), a0_0_0);
            a0_1_0 = _mm_add_ps(_mm_mul_ps(x0_1_0, w1_0), a0_1_0);
            a0_2_0 = _mm_add_ps(_mm_mul_ps(x0_1_0, w0_0), a0_2_0);
            const __m128 x0_2_0 = _mm_loadu_ps(in + 234);
            a0_1_0 = _mm_add_ps(_mm_mul_ps(x0_2_0, w2_0), a0_1_0);
            a0_2_0 = _mm_add_ps(_mm_mul_ps(x0_2_0, w1_0), a0_2_0);
            a0_3_0 = _mm_add_ps(_mm_mul_ps(x0_2_0, w0_0), a0_3_0);
            const __m128 x0_3_0 = _mm_loadu_ps(in + 247);
            a0_2_0 = _mm_add_ps(_mm_mul_ps(x0_3_0, w2_0), a0_2_0);
            a0_3_0 = _mm_add_ps(_mm_mul_ps(x0_3_0, w1_0), a0_3_0);
            a0_4_0 = _mm_add_ps(_mm_mul_ps(x0_3_0, w0_0), a0_4_0);
            const __m128 x0_4_0 = _mm_loadu_ps(in + 260);
            a0_3_0 = _mm_add_ps(_mm_mul_ps(x0_4_0, w2_0), a0_3_0);
            a0_4_0 = _mm_add_ps(_mm_mul_ps(x0_4_0, w1_0), a0_4_0);
            a0_5_0 = _mm_add_ps(_mm_mul_ps(x0_4_0, w0_0), a0_5_0);
            const __m128 x0_5_0 = _mm_loadu_ps(in + 273);
            a0_4_0 = _mm_add_ps(_mm_mul_ps(x0_5_0, w2_0), a0_4_0);
            a0_5_0 = _mm_add_ps(_mm_mul_ps(x0_5_0, w1_0), a0_5_0);
            a0_6_0 = _mm_add_ps(_mm_mul_ps(x0_5_0, w0_0), a0_6_0);
            const __m128 x0_6_0 = _mm_loadu_ps(in + 286);
            a0_5_0 = _mm_add_ps(_mm_mul_ps(x0_6_0, w2_0), a0_5_0);
            a0_6_0 = _mm_add_ps(_mm_mul_ps(x0_6_0, w1_0), a0_6_0);
            a0_7_0 = _mm_add_ps(_mm_mul_ps(x0_6_0, w0_0), a0_7_0);
            const __m128 x0_7_0 = _mm_loadu_ps(in + 299);
            a0_6_0 = _mm_add_ps(_mm_mul_ps(x0_7_0, w2_0), a0_6_0);
            a0_7_0 = _mm_add_ps(_mm_mul_ps(x0_7_0, w1_0), a0_7_0);
        }
        a0_0_0 = _mm_max_ps(_mm_set1_ps(0.0f), a0_0_0);
        a0_0_0 = _mm_min_ps(_mm_set1_ps(6.0f), a0_0_0);
        _mm_storeu_ps(out, a0_0_0);
        a0_1_0 = _mm_max_ps(_mm_set1_ps(0.0f), a0_1_0);
        a0_1_0 = _mm_min_ps(_mm_set1_ps(6.0f), a0_1_0);
        _mm_storeu_ps(out + 13, a0_1_0);
        a0_2_0 = _mm_max_ps(_mm_set1_ps(0.0f), a0_2_0);
        a0_2_0 = _mm_min_ps(_mm_set1_ps(6.0f), a0_2_0);
        _mm_storeu_ps(out + 26, a0_2_0);
        a0_3_0 = _mm_max_ps(_mm_set1_ps(0.0f), a0_3_0);
        a0_3_0 = _mm_min_ps(_mm_set1_ps(6.0f), a0_3_0);
        _mm_storeu_ps(out + 39, a0_3_0);
        a0_4_0 = _mm_max_ps(_mm_set1_ps(0.0f), a0_4_0);
        a0_4_0 = _mm_min_ps(_mm_set1_ps(6.0f), a0_4_0);
        _mm_storeu_ps(out + 52, a0_4_0);
        a0_5_0 = _mm_max_ps(_mm_set1_ps(0.0f), a0_5_0);
        a0_5_0 = _mm_min_ps(_mm_set1_ps(6.0f), a0_5_0);
        _mm_storeu_ps(out + 65, a0_5_0);
        a0_6_0 = _mm_max_ps(_mm_set1_ps(0.0f), a0_6_0);
        a0_6_0 = _mm_min_ps(_mm_set1_ps(6.0f), a0_6_0);
        _mm_storeu_ps(out + 78, a0_6_0);
        a0_7_0 = _mm_max_ps(_mm_set1_ps(0.0f), a0_7_0);
        a0_7_0 = _mm_min_ps(_mm_set1_ps(6.0f), a0_7_0);
        _mm_storeu_ps(out + 91, a0_7_0);
    }
}

/*
 * 1 x 8 outputs of 1 channels. pixels: the first that they read, at their input
 * channels; packed: their weights, from the bias on; outputs: the first of them.
 */
__attribute__((noinline)) static void step_row1_column0_band1(const float *restrict pixels, const float *restrict packed,
                                             float *restrict outputs)
{
    {
        const float *in = pixels;
        const float *const w = packed;
        float *const out = outputs;
        (void)in;
        __m128 a0_0_0 = _mm_load_ps(w);
        __m128 a0_1_0 = a0_0_0;
        __m128 a0_2_0 = a0_0_0;
        __m128 a0_3_0 = a0_0_0;
        __m128 a0_4_0 = a0_0_0;
        __m128 a0_5_0 = a0_0_0;
        __m128 a0_6_0 = a0_0_0;
        __m128 a0_7_0 = a0_0_0;
        { /* kernel row 0 */
            const __m128 w0_0 = _mm_load_ps(w + 4);
            const __m128 w1_0 = _mm_load_ps(w + 8);
            const __m128 w2_0 = _mm_load_ps(w + 12);
            const __m128 x0_0_0 = _mm_load_ss(in);
            a0_0_0 = _mm_add_ps(_mm_mul_ps(x0_0_0, w1_0), a0_0_0);
            a0_1_0 = _mm_add_ps(_mm_mul_ps(x0_0_0, w0_0), a0_1_0);
            const __m128 x0_1_0 = _mm_load_ss(in + 13);
            a0_0_0 = _mm_add_ps(_mm_mul_ps(x0_1_0, w2_0), a0_0_0);
            a0_1_0 = _mm_add_ps(_mm_mul_ps(x0_1_0, w1_0), a0_1_0);
            a0_2_0 = _mm_add_ps(_mm_mul_ps(x0_1_0, w0_0), a0_2_0);
            const __m128 x0_2_0 = _mm_load_ss(in + 26);
            a0_1_0 = _mm_add_ps(_mm_mul_ps(x0_2_0, w2_0), a0_1_0);
            a0_2_0 = _mm_add_ps(_mm_mul_ps(x0_2_0, w1_0), a0_2_0);
            a0_3_0 = _mm_add_ps(_mm_mul_ps(x0_2_0, w0_0), a0_3_0);
            const __m128 x0_3_0 = _mm_load_ss(in + 39);
            a0_2_0 = _mm_add_ps(_mm_mul_ps(x0_3_0, w2_0), a0_2_0);
            a0_3_0 = _mm_add_ps(_mm_mul_ps(x0_3_0, w1_0), a0_3_0);
            a0_4_0 = _mm_add_ps(_mm_mul_ps(x0_3_0, w0_0), a0_4_0);
            const __m128 x0_4_0 = _mm_load_ss(in + 52);
            a0_3_0 = _mm_add_ps(_mm_mul_ps(x0_4_0, w2_0), a0_3_0);
            a0_4_0 = _mm_add_ps(_mm_mul_ps(x0_4_0, w1_0), a0_4_0);
            a0_5_0 = _mm_add_ps(_mm_mul_ps(x0_4_0, w0_0), a0_5_0);
            const __m128 x0_5_0 = _mm_load_ss(in + 65);
            a0_4_0 = _mm_add_ps(_mm_mul_ps(x0_5_0, w2_0), a0_4_0);
            a0_5_0 = _mm_add_ps(_mm_mul_ps(x0_5_0, w1_0), a0_5_0);
            a0_6_0 = _mm_add_ps(_mm_mul_ps(x0_5_0, w0_0), a0_6_0);
            const __m128 x0_6_0 = _mm_load_ss(in + 78);
            a0_5_0 = _mm_add_ps(_mm_mul_ps(x0_6_0, w2_0), a0_5_0);
            a0_6_0 = _mm_add_ps(_mm_mul_ps(x0_6_0, w1_0), a0_6_0);
            a0_7_0 = _mm_add_ps(_mm_mul_ps(x0_6_0, w0_0), a0_7_0);
            const __m128 x0_7_0 = _mm_load_ss(in + 91);
            a0_6_0 = _mm_add_ps(_mm_mul_ps(x0_7_0, w2_0), a0_6_0);
            a0_7_0 = _mm_add_ps(_mm_mul_ps(x0_7_0, w1_0), a0_7_0);
        }
        { /* kernel row 1 */
            const __m128 w0_0 = _mm_load_ps(w + 16);
            const __m128 w1_0 = _mm_load_ps(w + 20);
            const __m128 w2_0 = _mm_load_ps(w + 24);
            const __m128 x0_0_0 = _mm_load_ss(in + 104);
            a0_0_0 = _mm_add_ps(_mm_mul_ps(x0_0_0, w1_0), a0_0_0);
            a0_1_0 = _mm_add_ps(_mm_mul_ps(x0_0_0, w0_0), a0_1_0);
            const __m128 x0_1_0 = _mm_load_ss(in + 117);
            a0_0_0 = _mm_add_ps(_mm_mul_ps(x0_1_0, w2_0), a0_0_0);
            a0_1_0 = _mm_add_ps(_mm_mul_ps(x0_1_0, w1_0), a0_1_0);
            a0_2_0 = _mm_add_ps(_mm_mul_ps(x0_1_0, w0_0), a0_2_0);
            const __m128 x0_2_0 = _mm_load_ss(in + 130);
            a0_1_0 = _mm_add_ps(_mm_mul_ps(x0_2_0, w2_0), a0_1_0);
            a0_2_0 = _mm_add_ps(_mm_mul_ps(x0_2_0, w1_0), a0_2_0);
            a0_3_0 = _mm_add_ps(_mm_mul_ps(x0_2_0, w0_0), a0_3_0);
            const __m128 x0_3_0 = _mm_load_ss(in + 143);
            a0_2_0 = _mm_add_ps(_mm_mul_ps(x0_3_0, w2_0), a0_2_0);
            a0_3_0 = _mm_add_ps(_mm_mul_ps(x0_3_0, w1_0), a0_3_0);
            a0_4_0 = _mm_add_ps(_mm_mul_ps(x0_3_0, w0_0), a0_4_0);
            const __m128 x0_4_0 = _mm_load_ss(in + 156);
            a0_3_0 = _mm_add_ps(_mm_mul_ps(x0_4_0, w2_0), a0_3_0);
            a0_4_0 = _mm_add_ps(_mm_mul_ps(x0_4_0, w1_0), a0_4_0);
            a0_5_0 = _mm_add_ps(_mm_mul_ps(x0_4_0, w0_0), a0_5_0);
            const __m128 x0_5_0 = _mm_load_ss(in + 169);
            a0_4_0 = _mm_add_ps(_mm_mul_ps(x0_5_0, w2_0), a0_4_0);
            a0_5_0 = _mm_add_ps(_mm_mul_ps(x0_5_0, w1_0), a0_5_0);
            a0_6_0 = _mm_add_ps(_mm_mul_ps(x0_5_0, w0_0), a0_6_0);
            const __m128 x0_6_0 = _mm_load_ss(in + 182);
            a0_5_0 = _mm_add_ps(_mm_mul_ps(x0_6_0, w2_0), a0_5_0);
            a0_6_0 = _mm_add_ps(_mm_mul_ps(x0_6_0, w1_0), a0_6_0);
            a0_7_0 = _mm_add_ps(_mm_mul_ps(x0_6_0, w0_0), a0_7_0);
            const __m128 x0_7_0 = _mm_load_ss(in + 195);
            a0_6_0 = _mm_add_ps(_mm_mul_ps(x0_7_0, w2_0), a0_6_0);
            a0_7_0 = _mm_add_ps(_mm_mul_ps(x0_7_0, w1_0), a0_7_0);
        }
        { /* kernel row 2 */
            const __m128 w0_0 = _mm_load_ps(w + 28);
            const __m128 w1_0 = _mm_load_ps(w + 32);
            const __m128 w2_0 = _mm_load_ps(w + 36);
            const __m128 x0_0_0 = _mm_load_ss(in + 208);
            a0_0_0 = _mm_add_ps(_mm_mul_ps(x0_0_0, w1_0), a0_0_0);
            a0_1_0 = _mm_add_ps(_mm_mul_ps(x0_0_0, w0_0), a0_1_0);
            const __m128 x0_1_0 = _mm_load_ss(in + 221);
            a0_0_0 = _mm_add_ps(_mm_mul_ps(x0_1_0, w2_0), a0_0_0);
            a0_1_0 = _mm_add_ps(_mm_mul_ps(x0_1_0, w1_0), a0_1_0);
            a0_2_0 = _mm_add_ps(_mm_mul_ps(x0_1_0, w0_0), a0_2_0);
            const __m128 x0_2_0 = _mm_load_ss(in + 234);
            a0_1_0 = _mm_add_ps(_mm_mul_ps(x0_2_0, w2_0), a0_1_0);
            a0_2_0 = _mm_add_ps(_mm_mul_ps(x0_2_0, w1_0), a0_2_0);
            a0_3_0 = _mm_add_ps(_mm_mul_ps(x0_2_0, w0_0), a0_3_0);
            const __m128 x0_3_0 = _mm_load_ss(in + 247);
            a0_2_0 = _mm_add_ps(_mm_mul_ps(x0_3_0, w2_0), a0_2_0);
            a0_3_0 = _mm_add_ps(_mm_mul_ps(x0_3_0, w1_0), a0_3_0);
            a0_4_0 = _mm_add_ps(_mm_mul_ps(x0_3_0, w0_0), a0_4_0);
            const __m128 x0_4_0 = _mm_load_ss(in + 260);
            a0_3_0 = _mm_add_ps(_mm_mul_ps(x0_4_0, w2_0), a0_3_0);
            a0_4_0 = _mm_add_ps(_mm_mul_ps(x0_4_0, w1_0), a0_4_0);
            a0_5_0 = _mm_add_ps(_mm_mul_ps(x0_4_0, w0_0), a0_5_0);
            const __m128 x0_5_0 = _mm_load_ss(in + 273);
            a0_4_0 = _mm_add_ps(_mm_mul_ps(x0_5_0, w2_0), a0_4_0);
            a0_5_0 = _mm_add_ps(_mm_mul_ps(x0_5_0, w1_0), a0_5_0);
            a0_6_0 = _mm_add_ps(_mm_mul_ps(x0_5_0, w0_0), a0_6_0);
            const __m128 x0_6_0 = _mm_load_ss(in + 286);
            a0_5_0 = _mm_add_ps(_mm_mul_ps(x0_6_0, w2_0), a0_5_0);
            a0_6_0 = _mm_add_ps(_mm_mul_ps(x0_6_0, w1_0), a0_6_0);
            a0_7_0 = _mm_add_ps(_mm_mul_ps(x0_6_0, w0_0), a0_7_0);
            const __m128 x0_7_0 = _mm_load_ss(in + 299);
            a0_6_0 = _mm_add_ps(_mm_mul_ps(x0_7_0, w2_0), a0_6_0);
            a0_7_0 = _mm_add_ps(_mm_mul_ps(x0_7_0, w1_0), a0_7_0);
        }
        a0_0_0 = _mm_max_ps(_mm_set1_ps(0.0f), a0_0_0);
        a0_0_0 = _mm_min_ps(_mm_set1_ps(6.0f), a0_0_0);
        _mm_store_ss(out, a0_0_0);
        a0_1_0 = _mm_max_ps(_mm_set1_ps(0.0f), a0_1_0);
        a0_1_0 = _mm_min_ps(_mm_set1_ps(6.0f), a0_1_0);
        _mm_store_ss(out + 13, a0_1_0);
        a0_2_0 = _mm_max_ps(_mm_set1_ps(0.0f), a0_2_0);
        a0_2_0 = _mm_min_ps(_mm_set1_ps(6.0f), a0_2_0);
        _mm_store_ss(out + 26, a0_2_0);
        a0_3_0 = _mm_max_ps(_mm_set1_ps(0.0f), a0_3_0);
        a0_3_0 = _mm_min_ps(_mm_set1_ps(6.0f), a0_3_0);
        _mm_store_ss(out + 39, a0_3_0);
        a0_4_0 = _mm_max_ps(_mm_set1_ps(0.0f), a0_4_0);
        a0_4_0 = _mm_min_ps(_mm_set1_ps(6.0f), a0_4_0);
        _mm_store_ss(out + 52, a0_4_0);
        a0_5_0 = _mm_max_ps(_mm_set1_ps(0.0f), a0_5_0);
        a0_5_0 = _mm_min_ps(_mm_set1_ps(6.0f), a0_5_0);
        _mm_store_ss(out + 65, a0_5_0);
        a0_6_0 = _mm_max_ps(_mm_set1_ps(0.0f), a0_6_0);
        a0_6_0 = _mm_min_ps(_mm_set1_ps(6.0f), a0_6_0);
        _mm_store_ss(out + 78, a0_6_0);
        a0_7_0 = _mm_max_ps(_mm_set1_ps(0.0f), a0_7_0);
        a0_7_0 = _mm_min_ps(_mm_set1_ps(6.0f), a0_7_0);
        _mm_store_ss(out + 91, a0_7_0);
    }
}

/*
 * 1 x 8 outputs of 3 times 4 channels. pixels: the first that they read, at their input
 * channels; packed: their weights, from the bias on; outputs: the first of them.
 */
__attribute__((noinline)) static void step_row2_column0_band0(const float *restrict pixels, const float *restrict packed,
                                             float *restrict outputs)
{
    for (size_t k = 0; k < 3; ++k) {
        const float *in = pixels + k * 4;
        const float *const w = packed + k * 40;
        float *const out = outputs + k * 4;
        (void)in;
        __m128 a0_0_0 = _mm_load_ps(w);
        __m128 a0_1_0 = a0_0_0;
        __m128 a0_2_0 = a0_0_0;
        __m128 a0_3_0 = a0_0_0;
        __m128 a0_4_0 = a0_0_0;
        __m128 a0_5_0 = a0_0_0;
        __m128 a0_6_0 = a0_0_0;
        __m128 a0_7_0 = a0_0_0;
        { /* kernel row 0 */
            const __m128 w0_0 = _mm_load_ps(w + 4);
            const __m128 w1_0 = _mm_load_ps(w + 8);
            const __m128 w2_0 = _mm_load_ps(w + 12);
            const __m128 x0_0_0 = _mm_loadu_ps(in);
            a0_0_0 = _mm_add_ps(_mm_mul_ps(x0_0_0, w1_0), a0_0_0);
            a0_1_0 = _mm_add_ps(_mm_mul_ps(x0_0_0, w0_0), a0_1_0);
            const __m128 x0_1_0 = _mm_loadu_ps(in + 13);
            a0_0_0 = _mm_add_ps(_mm_mul_ps(x0_1_0, w2_0), a0_0_0);
            a0_1_0 = _mm_add_ps(_mm_mul_ps(x0_1_0, w1_0), a0_1_0);
            a0_2_0 = _mm_add_ps(_mm_mul_ps(x0_1_0, w0_0), a0_2_0);
            const __m128 x0_2_0 = _mm_loadu_ps(in + 26);
            a0_1_0 = _mm_add_ps(_mm_mul_ps(x0_2_0, w2_0), a0_1_0);
            a0_2_0 = _mm_add_ps(_mm_mul_ps(x0_2_0, w1_0), a0_2_0);
            a0_3_0 = _mm_add_ps(_mm_mul_ps(x0_2_0, w0_0), a0_3_0);
            const __m128 x0_3_0 = _mm_loadu_ps(in + 39);
            a0_2_0 = _mm_add_ps(_mm_mul_ps(x0_3_0, w2_0), a0_2_0);
            a0_3_0 = _mm_add_ps(_mm_mul_ps(x0_3_0, w1_0), a0_3_0);
            a0_4_0 = _mm_add_ps(_mm_mul_ps(x0_3_0, w0_0), a0_4_0);
            const __m128 x0_4_0 = _mm_loadu_ps(in + 52);
            a0_3_0 = _mm_add_ps(_mm_mul_ps(x0_4_0, w2_0), a0_3_0);
            a0_4_0 = _mm_add_ps(_mm_mul_ps(x0_4_0, w1_0), a0_4_0);
            a0_5_0 = _mm_add_ps(_mm_mul_ps(x0_4_0, w0_0), a0_5_0);
            const __m128 x0_5_0 = _mm_loadu_ps(in + 65);
            a0_4_0 = _mm_add_ps(_mm_mul_ps(x0_5_0, w2_0), a0_4_0);
            a0_5_0 = _mm_add_ps(_mm_mul_ps(x0_5_0, w1_0), a0_5_0);
            a0_6_0 = _mm_add_ps(_mm_mul_ps(x0_5_0, w0_0), a0_6_0);
            const __m128 x0_6_0 = _mm_loadu_ps(in + 78);
            a0_5_0 = _mm_add_ps(_mm_mul_ps(x0_6_0, w2_0), a0_5_0);
            a0_6_0 = _mm_add_ps(_mm_mul_ps(x0_6_0, w1_0), a0_6_0);
            a0_7_0 = _mm_add_ps(_mm_mul_ps(x0_6_0, w0_0), a0_7_0);
            const __m128 x0_7_0 = _mm_loadu_ps(in + 91);
            a0_6_0 = _mm_add_ps(_mm_mul_ps(x0_7_0, w2_0), a0_6_0);
            a0_7_0 = _mm_add_ps(_mm_mul_ps(x0_7_0, w1_0), a0_7_0);
        }
        { /* kernel row 1 */
            const __m128 w0_0 = _mm_load_ps(w + 16);
            const __m128 w1_0 = _mm_load_ps(w + 20);
            const __m128 w2_0 = _mm_load_ps(w + 24);
            const __m128 x0_0_0 = _mm_loadu_ps(in + 104);
            a0_0_0 = _mm_add_ps(_mm_mul_ps(x0_0_0, w1_0), a0_0_0);
            a0_1_0 = _mm_add_ps(_mm_mul_ps(x0_0_0, w0_0), a0_1_0);
            const __m128 x0_1_0 = _mm_loadu_ps(in + 117);
            a0_0_0 = _mm_add_ps(_mm_mul_ps(x0_1_0, w2_0), a0_0_0);
            a0_1_0 = _mm_add_ps(_mm_mul_ps(x0_1_0, w1_0), a0_1_0);
            a0_2_0 = _mm_add_ps(_mm_mul_ps(x0_1_0, w0_0), a0_2_0);
            const __m128 x0_2_0 = _mm_loadu_ps(in + 130);
            a0_1_0 = _mm_add_ps(_mm_mul_ps(x0_2_0, w2_0), a0_1_0);
            a0_2_0 = _mm_add_ps(_mm_mul_ps(x0_2_0, w1_0), a0_2_0);
            a0_3_0 = _mm_add_ps(_mm_mul_ps(x0_2_0, w0_0), a0_3_0);
            const __m128 x0_3_0 = _mm_loadu_ps(in + 143);
            a0_2_0 = _mm_add_ps(_mm_mul_ps(x0_3_0, w2_0), a0_2_0);
            a0_3_0 = _mm_add_ps(_mm_mul_ps(x0_3_0, w1_0), a0_3_0);
            a0_4_0 = _mm_add_ps(_mm_mul_ps(x0_3_0, w0_0), a0_4_0);
            const __m128 x0_4_0 = _mm_loadu_ps(in + 156);
            a0_3_0 = _mm_add_ps(_mm_mul_ps(x0_4_0, w2_0), a0_3_0);
            a0_4_0 = _mm_add_ps(_mm_mul_ps(x0_4_0, w1_0), a0_4_0);
            a0_5_0 = _mm_add_ps(_mm_mul_ps(x0_4_0, w0_0), a0_5_0);
            const __m128 x0_5_0 = _mm_loadu_ps(in + 169);
            a0_4_0 = _mm_add_ps(_mm_mul_ps(x0_5_0, w2_0), a0_4_0);
            a0_5_0 = _mm_add_ps(_mm_mul_ps(x0_5_0, w1_0), a0_5_0);
            a0_6_0 = _mm_add_ps(_mm_mul_ps(x0_5_0, w0_0), a0_6_0);
            const __m128 x0_6_0 = _mm_loadu_ps(in + 182);
            a0_5_0 = _mm_add_ps(_mm_mul_ps(x0_6_0, w2_0), a0_5_0);
            a0_6_0 = _mm_add_ps(_mm_mul_ps(x0_6_0, w1_0), a0_6_0);
            a0_7_0 = _mm_add_ps(_mm_mul_ps(x0_6_0, w0_0), a0_7_0);
            const __m128 x0_7_0 = _mm_loadu_ps(in + 195);
            a0_6_0 = _mm_add_ps(_mm_mul_ps(x0_7_0, w2_0), a0_6_0);
            a0_7_0 = _mm_add_ps(_mm_mul_ps(x0_7_0, w1_0), a0_7_0);
        }
        a0_0_0 = _mm_max_ps(_mm_set1_ps(0.0f), a0_0_0);
        a0_0_0 = _mm_min_ps(_mm_set1_ps(6.0f), a0_0_0);
        _mm_storeu_ps(out, a0_0_0);
        a0_1_0 = _mm_max_ps(_mm_set1_ps(0.0f), a0_1_0);
        a0_1_0 = _mm_min_ps(_mm_set1_ps(6.0f), a0_1_0);
        _mm_storeu_ps(out + 13, a0_1_0);
        a0_2_0 = _mm_max_ps(_mm_set1_ps(0.0f), a0_2_0);
        a0_2_0 = _mm_min_ps(_mm_set1_ps(6.0f), a0_2_0);
        _mm_storeu_ps(out + 26, a0_2_0);
        a0_3_0 = _mm_max_ps(_mm_set1_ps(0.0f), a0_3_0);
        a0_3_0 = _mm_min_ps(_mm_set1_ps(6.0f), a0_3_0);
        _mm_storeu_ps(out + 39, a0_3_0);
        a0_4_0 = _mm_max_ps(_mm_set1_ps(0.0f), a0_4_0);
        a0_4_0 = _mm_min_ps(_mm_set1_ps(6.0f), a0_4_0);
        _mm_storeu_ps(out + 52, a0_4_0);
        a0_5_0 = _mm_max_ps(_mm_set1_ps(0.0f), a0_5_0);
        a0_5_0 = _mm_min_ps(_mm_set1_ps(6.0f), a0_5_0);
        _mm_storeu_ps(out + 65, a0_5_0);
        a0_6_0 = _mm_max_ps(_mm_set1_ps(0.0f), a0_6_0);
        a0_6_0 = _mm_min_ps(_mm_set1_ps(6.0f), a0_6_0);
        _mm_storeu_ps(out + 78, a0_6_0);
        a0_7_0 = _mm_max_ps(_mm_set1_ps(0.0f), a0_7_0);
        a0_7_0 = _mm_min_ps(_mm_set1_ps(6.0f), a0_7_0);
        _mm_storeu_ps(out + 91, a0_7_0);
    }
}

/*
 * 1 x 8 outputs of 1 channels. pixels: the first that they read, at their input
 * channels; packed: their weights, from the bias on; outputs: the first of them.
 */
__attribute__((noinline)) static void step_row2_column0_band1(const float *restrict pixels, const float *restrict packed,
                                             float *restrict outputs)
{
    {
        const float *in = pixels;
        const float *const w = packed;
        float *const out = outputs;
        (void)in;
        __m128 a0_0_0 = _mm_load_ps(w);
        __m128 a0_1_0 = a0_0_0;
        __m128 a0_2_0 = a0_0_0;
        __m128 a0_3_0 = a0_0_0;
        __m128 a0_4_0 = a0_0_0;
        __m128 a0_5_0 = a0_0_0;
        __m128 a0_6_0 = a0_0_0;
        __m128 a0_7_0 = a0_0_0;
        { /* kernel row 0 */
            const __m128 w0_0 = _mm_load_ps(w + 4);
            const __m128 w1_0 = _mm_load_ps(w + 8);
            const __m128 w2_0 = _mm_load_ps(w + 12);
            const __m128 x0_0_0 = _mm_load_ss(in);
            a0_0_0 = _mm_add_ps(_mm_mul_ps(x0_0_0, w1_0), a0_0_0);
            a0_1_0 = _mm_add_ps(_mm_mul_ps(x0_0_0, w0_0), a0_1_0);
            const __m128 x0_1_0 = _mm_load_ss(in + 13);
            a0_0_0 = _mm_add_ps(_mm_mul_ps(x0_1_0, w2_0), a0_0_0);
            a0_1_0 = _mm_add_ps(_mm_mul_ps(x0_1_0, w1_0), a0_1_0);
            a0_2_0 = _mm_add_ps(_mm_mul_ps(x0_1_0, w0_0), a0_2_0);
            const __m128 x0_2_0 = _mm_load_ss(in + 26);
            a0_1_0 = _mm_add_ps(_mm_mul_ps(x0_2_0, w2_0), a0_1_0);
            a0_2_0 = _mm_add_ps(_mm_mul_ps(x0_2_0, w1_0), a0_2_0);
            a0_3_0 = _mm_add_ps(_mm_mul_ps(x0_2_0, w0_0), a0_3_0);
            const __m128 x0_3_0 = _mm_load_ss(in + 39);
            a0_2_0 = _mm_add_ps(_mm_mul_ps(x0_3_0, w2_0), a0_2_0);
            a0_3_0 = _mm_add_ps(_mm_mul_ps(x0_3_0, w1_0), a0_3_0);
            a0_4_0 = _mm_add_ps(_mm_mul_ps(x0_3_0, w0_0), a0_4_0);
            const __m128 x0_4_0 = _mm_load_ss(in + 52);
            a0_3_0 = _mm_add_ps(_mm_mul_ps(x0_4_0, w2_0), a0_3_0);
            a0_4_0 = _mm_add_ps(_mm_mul_ps(x0_4_0, w1_0), a0_4_0);
            a0_5_0 = _mm_add_ps(_mm_mul_ps(x0_4_0, w0_0), a0_5_0);
            const __m128 x0_5_0 = _mm_load_ss(in + 65);
            a0_4_0 = _mm_add_ps(_mm_mul_ps(x0_5_0, w2_0), a0_4_0);
            a0_5_0 = _mm_add_ps(_mm_mul_ps(x0_5_0, w1_0), a0_5_0);
            a0_6_0 = _mm_add_ps(_mm_mul_ps(x0_5_0, w0_0), a0_6_0);
            const __m128 x0_6_0 = _mm_load_ss(in + 78);
            a0_5_0 = _mm_add_ps(_mm_mul_ps(x0_6_0, w2_0), a0_5_0);
            a0_6_0 = _mm_add_ps(_mm_mul_ps(x0_6_0, w1_0), a0_6_0);
            a0_7_0 = _mm_add_ps(_mm_mul_ps(x0_6_0, w0_0), a0_7_0);
            const __m128 x0_7_0 = _mm_load_ss(in + 91);
            a0_6_0 = _mm_add_ps(_mm_mul_ps(x0_7_0, w2_0), a0_6_0);
            a0_7_0 = _mm_add_ps(_mm_mul_ps(x0_7_0, w1_0), a0_7_0);
        }
        { /* kernel row 1 */
            const __m128 w0_0 = _mm_load_ps(w + 16);
            const __m128 w1_0 = _mm_load_ps(w + 20);
            const __m128 w2_0 = _mm_load_ps(w + 24);
            const __m128 x0_0_0 = _mm_load_ss(in + 104);
            a0_0_0 = _mm_add_ps(_mm_mul_ps(x0_0_0, w1_0), a0_0_0);
            a0_1_0 = _mm_add_ps(_mm_mul_ps(x0_0_0, w0_0), a0_1_0);
            const __m128 x0_1_0 = _mm_load_ss(in + 117);
            a0_0_0 = _mm_add_ps(_mm_mul_ps(x0_1_0, w2_0), a0_0_0);
            a0_1_0 = _mm_add_ps(_mm_mul_ps(x0_1_0, w1_0), a0_1_0);
            a0_2_0 = _mm_add_ps(_mm_mul_ps(x0_1_0, w0_0), a0_2_0);
            const __m128 x0_2_0 = _mm_load_ss(in + 130);
            a0_1_0 = _mm_add_ps(_mm_mul_ps(x0_2_0, w2_0), a0_1_0);
            a0_2_0 = _mm_add_ps(_mm_mul_ps(x0_2_0, w1_0), a0_2_0);
            a0_3_0 = _mm_add_ps(_mm_mul_ps(x0_2_0, w0_0), a0_3_0);
            const __m128 x0_3_0 = _mm_load_ss(in + 143);
            a0_2_0 = _mm_add_ps(_mm_mul_ps(x0_3_0, w2_0), a0_2_0);
            a0_3_0 = _mm_add_ps(_mm_mul_ps(x0_3_0, w1_0), a0_3_0);
            a0_4_0 = _mm_add_ps(_mm_mul_ps(x0_3_0, w0_0), a0_4_0);
            const __m128 x0_4_0 = _mm_load_ss(in + 156);
            a0_3_0 = _mm_add_ps(_mm_mul_ps(x0_4_0, w2_0), a0_3_0);
            a0_4_0 = _mm_add_ps(_mm_mul_ps(x0_4_0, w1_0), a0_4_0);
            a0_5_0 = _mm_add_ps(_mm_mul_ps(x0_4_0, w0_0), a0_5_0);
            const __m128 x0_5_0 = _mm_load_ss(in + 169);
            a0_4_0 = _mm_add_ps(_mm_mul_ps(x0_5_0, w2_0), a0_4_0);
            a0_5_0 = _mm_add_ps(_mm_mul_ps(x0_5_0, w1_0), a0_5_0);
            a0_6_0 = _mm_add_ps(_mm_mul_ps(x0_5_0, w0_0), a0_6_0);
            const __m128 x0_6_0 = _mm_load_ss(in + 182);
            a0_5_0 = _mm_add_ps(_mm_mul_ps(x0_6_0, w2_0), a0_5_0);
            a0_6_0 = _mm_add_ps(_mm_mul_ps(x0_6_0, w1_0), a0_6_0);
            a0_7_0 = _mm_add_ps(_mm_mul_ps(x0_6_0, w0_0), a0_7_0);
            const __m128 x0_7_0 = _mm_load_ss(in + 195);
            a0_6_0 = _mm_add_ps(_mm_mul_ps(x0_7_0, w2_0), a0_6_0);
            a0_7_0 = _mm_add_ps(_mm_mul_ps(x0_7_0, w1_0), a0_7_0);
        }
        a0_0_0 = _mm_max_ps(_mm_set1_ps(0.0f), a0_0_0);
        a0_0_0 = _mm_min_ps(_mm_set1_ps(6.0f), a0_0_0);
        _mm_store_ss(out, a0_0_0);
        a0_1_0 = _mm_max_ps(_mm_set1_ps(0.0f), a0_1_0);
        a0_1_0 = _mm_min_ps(_mm_set1_ps(6.0f), a0_1_0);
        _mm_store_ss(out + 13, a0_1_0);
        a0_2_0 = _mm_max_ps(_mm_set1_ps(0.0f), a0_2_0);
        a0_2_0 = _mm_min_ps(_mm_set1_ps(6.0f), a0_2_0);
        _mm_store_ss(out + 26, a0_2_0);
        a0_3_0 = _mm_max_ps(_mm_set1_ps(0.0f), a0_3_0);
        a0_3_0 = _mm_min_ps(_mm_set1_ps(6.0f), a0_3_0);
        _mm_store_ss(out + 39, a0_3_0);
        a0_4_0 = _mm_max_ps(_mm_set1_ps(0.0f), a0_4_0);
        a0_4_0 = _mm_min_ps(_mm_set1_ps(6.0f), a0_4_0);
        _mm_store_ss(out + 52, a0_4_0);
        a0_5_0 = _mm_max_ps(_mm_set1_ps(0.0f), a0_5_0);
        a0_5_0 = _mm_min_ps(_mm_set1_ps(6.0f), a0_5_0);
        _mm_store_ss(out + 65, a0_5_0);
        a0_6_0 = _mm_max_ps(_mm_set1_ps(0.0f), a0_6_0);
        a0_6_0 = _mm_min_ps(_mm_set1_ps(6.0f), a0_6_0);
        _mm_store_ss(out + 78, a0_6_0);
        a0_7_0 = _mm_max_ps(_mm_set1_ps(0.0f), a0_7_0);
        a0_7_0 = _mm_min_ps(_mm_set1_ps(6.0f), a0_7_0);
        _mm_store_ss(out + 91, a0_7_0);
    }
}

/* Output rows from 0: 1 tiles of 1 rows. */
__attribute__((noinline)) static void row0_group0(const float *in, const float *w, float *out)
{
    step_row0_column0_band0(in, w, out);
    step_row0_column0_band1(in + 12, w + 120, out + 12);
}

/* Output rows from 1: 6 tiles of 1 rows. */
__attribute__((noinline)) static void row1_group0(const float *in, const float *w, float *out)
{
    step_row1_column0_band0(in, w, out);
    step_row1_column0_band1(in + 12, w + 120, out + 12);
}

/* Output rows from 7: 1 tiles of 1 rows. */
__attribute__((noinline)) static void row2_group0(const float *in, const float *w, float *out)
{
    step_row2_column0_band0(in, w, out);
    step_row2_column0_band1(in + 12, w + 120, out + 12);
}

/* Row of tiles `tile` of all channels of a group, where in, w and out start. */
static void group0(const float *in, const float *w, float *out, size_t tile)
{
    if (tile < 1) {
        row0_group0(in, w,
                   out);
        return;
    }
    tile -= 1;
    if (tile < 6) {
        row1_group0(in + tile * 104, w,
                   out + 104 + tile * 104);
        return;
    }
    tile -= 6;
    if (tile < 1) {
        row2_group0(in + 624, w,
                   out + 728);
        return;
    }
}

/* One vector of output channels: bias, then the taps in order. */
static void pack_vector(const float *weight, const float *bias, const float *slope, size_t channel, size_t lanes,
                        float *to)
{
    pack_lanes(bias != NULL ? bias + channel : NULL, lanes, to);
    for (size_t tap = 0; tap < 9; ++tap)
        pack_lanes(weight + tap * 13 + channel, lanes, to + (1 + tap) * 4);
    (void)slope;
}

/* weight: 3 x 3 x 13, bias and slope: 13 floats or NULL; to: 640 bytes, zeros at the end. */
static void pack_layer(const float *weight, const float *bias, const float *slope, float *to)
{
    float *const end = to + 160; /* up to the alignment */
    size_t channel = 0;
    for (size_t group = 0; group < 1; ++group) {
        for (size_t c = 0; c < 1; ++c)
            for (size_t k = 0; k < 3; ++k) {
                pack_vector(weight, bias, slope, channel + k * 4,
                            4, to + k * 40);
            }
        for (size_t c = 0; c < 1; ++c)
            for (size_t k = 0; k < 1; ++k) {
                pack_vector(weight, bias, slope, channel + 12,
                            1, to + 120);
            }
        channel += 13;
        to += 160;
    }
    for (; to < end; ++to)
        *to = 0.0f;
}

/* Plain tensors of each layer, NULL for those it has not, to 640 bytes at a SEPCC_ALIGNMENT boundary. */
static void pack(const float *const weights[], const float *const bias[], const float *const slope[], void *packed)
{
    (void)bias;
    (void)slope;
    pack_layer(weights[0], bias[0], NULL,
                (float *)packed);
}

/*
 * in:  1 images of 8 x 8 x 13, out: 1 of 8 x 8 x 13, packed: by pack().
 * Unit: one row of tiles of one channel group of one image; there are 8.
 */
static void run(const float *in, float *out, const void *packed, void *workspace, size_t unit_begin, size_t unit_end)
{
    (void)workspace;
    for (size_t unit = unit_begin; unit < unit_end; ++unit) {
        const size_t tile = unit % 8;
        const size_t image = unit / 8;
        const float *x = in + image * 832;
        const float *w = packed;
        float *y = out + image * 832;
        group0(x, w, y, tile);
    }
}

extern const struct sepcc_kernel sepcc_f32_depthwise_3x3__8x8x13_p1_relu6__sse_r1c8v1h3b13;
const struct sepcc_kernel sepcc_f32_depthwise_3x3__8x8x13_p1_relu6__sse_r1c8v1h3b13 = {
    .abi_version = SEPCC_ABI_VERSION,
    .struct_size = sizeof(struct sepcc_kernel),
    .name = "sepcc_f32_depthwise_3x3__8x8x13_p1_relu6__sse_r1c8v1h3b13",
    .spec = "depthwise in=8x8x13 kernel=3x3 pad=1 act=relu6",
    .plan = "rows=1,columns=8,vectors=1,hold=3,block=13,unroll=full,prefetch=no",
    .digest = "6824692f5711412287f662949248578a",
    .isa = 1, /* sse */
    .stage =
        {
            .op = 1,
            .dtype = 0,
            .layout = 0,
            .batch = 1,
            .residual = 0,
            .layer_count = 1,
            .layer =
                {
                    {
                        .op = 1,
                        .in_h = 8,
                        .in_w = 8,
                        .in_c = 13,
                        .out_h = 8,
                        .out_w = 8,
                        .out_c = 13,
                        .kernel_h = 3,
                        .kernel_w = 3,
                        .stride_h = 1,
                        .stride_w = 1,
                        .dilation_h = 1,
                        .dilation_w = 1,
                        .pad_top = 1,
                        .pad_left = 1,
                        .pad_bottom = 1,
                        .pad_right = 1,
                        .multiplier = 1,
                        .has_bias = 1,
                        .act = 2, /* relu6 */
                        .act_param = {0x0p+0f, 0x0p+0f},
                    },
                },
        },
    .packed_bytes = 640,
    .workspace_bytes = 0,
    .unit_count = 8,
    .fma_count = 6292u,
    .read_bytes = 3968u,
    .write_bytes = 3328u,
    .pack = pack,
    .run = run,
};

#if !defined(__clang__) && defined(__GNUC__)
#pragma GCC pop_options
#endif
#else
typedef int sepcc_f32_depthwise_3x3__8x8x13_p1_relu6__sse_r1c8v1h3b13_needs_x86_64;
#endif
