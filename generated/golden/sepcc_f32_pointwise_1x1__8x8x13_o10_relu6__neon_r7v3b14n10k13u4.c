/*
 * sepcc_f32_pointwise_1x1__8x8x13_o10_relu6__neon_r7v3b14n10k13u4.c: written by sepcc 0.1.0; do not edit.
 *
 * To repeat it:  sepcc gen 'pointwise in=8x8x13 out=10 act=relu6' --isa neon --plan rows=7,vectors=3,block=14,channels=10,depth=13,unroll_k=4,prefetch=no -o DIR
 * Spec:          pointwise in=8x8x13 out=10 act=relu6
 * Plan:          rows=7,vectors=3,block=14,channels=10,depth=13,unroll_k=4,prefetch=no
 * Template:      pointwise.m4, vocabulary isa/neon.m4
 * Digest:        ea793deddd7bda20586e83d740dd7f5d
 * Compile with:  -O2 -ffp-contract=off (the instruction set is chosen below)
 * Counts:        8320 multiply-adds, 4032 bytes read, 2560 bytes written
 *
 * Each output channel of a pixel is the sum over its input channels, in order:
 *     acc = bias;  for ci = 0 .. 13-1:  acc = fma(x, w, acc);  out = relu6
 */
#include "sepcc_kernel.h"

#if defined(__aarch64__)
#if defined(__clang__)
#pragma STDC FP_CONTRACT OFF
#elif defined(__GNUC__)
#pragma GCC push_options
#pragma GCC optimize("fp-contract=off")
#endif
#include <arm_neon.h>
#include <math.h>
/* The empty asm hides the bound: of a known one clang makes fmax and fmin, which lose the sign of a zero. */
__attribute__((unused)) static inline float32x4_t at_least(float32x4_t lo, float32x4_t x)
{
    __asm__("" : "+w"(lo));
    return vbslq_f32(vcgtq_f32(lo, x), lo, x);
}
__attribute__((unused)) static inline float32x4_t at_most(float32x4_t hi, float32x4_t x)
{
    __asm__("" : "+w"(hi));
    return vbslq_f32(vcltq_f32(hi, x), hi, x);
}

/* Copies lanes values and fills the vector up with zeros; from may be NULL: all zeros. */
static void pack_lanes(const float *from, size_t lanes, float *to)
{
    for (size_t lane = 0; lane < 4; ++lane)
        to[lane] = from != NULL && lane < lanes ? from[lane] : 0.0f;
}

/*
 * `tiles` times 7 pixels x 10 output channels over 13 input channels.
 * sums: where they start, the biases.
 */
__attribute__((noinline)) static void tile0_depth13(const float *restrict pixels, const float *restrict weights,
                                const float *sums, float *out, size_t tiles)
{
    for (size_t t = 0; t < tiles; ++t) {
        const float *in = pixels + t * 91;
        const float *w = weights;
        float32x4_t a0_0 = vld1q_f32(sums);
        float32x4_t a0_1 = vld1q_f32(sums + 4);
        float32x4_t a0_2 = vld1q_f32(sums + 8);
        float32x4_t a1_0 = a0_0;
        float32x4_t a1_1 = a0_1;
        float32x4_t a1_2 = a0_2;
        float32x4_t a2_0 = a0_0;
        float32x4_t a2_1 = a0_1;
        float32x4_t a2_2 = a0_2;
        float32x4_t a3_0 = a0_0;
        float32x4_t a3_1 = a0_1;
        float32x4_t a3_2 = a0_2;
        float32x4_t a4_0 = a0_0;
        float32x4_t a4_1 = a0_1;
        float32x4_t a4_2 = a0_2;
        float32x4_t a5_0 = a0_0;
        float32x4_t a5_1 = a0_1;
        float32x4_t a5_2 = a0_2;
        float32x4_t a6_0 = a0_0;
        float32x4_t a6_1 = a0_1;
        float32x4_t a6_2 = a0_2;
        for (size_t k = 0; k < 3; ++k) {
            const float32x4_t x0_0 = vld1q_f32(in);
            const float32x4_t x0_1 = vld1q_f32(in + 13);
            const float32x4_t x0_2 = vld1q_f32(in + 26);
            const float32x4_t x0_3 = vld1q_f32(in + 39);
            const float32x4_t x0_4 = vld1q_f32(in + 52);
            const float32x4_t x0_5 = vld1q_f32(in + 65);
            const float32x4_t x0_6 = vld1q_f32(in + 78);
            const float32x4_t b0_0 = vld1q_f32(w);
            const float32x4_t b0_1 = vld1q_f32(w + 4);
            const float32x4_t b0_2 = vld1q_f32(w + 8);
            a0_0 = vfmaq_laneq_f32(a0_0, b0_0, x0_0, 0);
            a0_1 = vfmaq_laneq_f32(a0_1, b0_1, x0_0, 0);
            a0_2 = vfmaq_laneq_f32(a0_2, b0_2, x0_0, 0);
            a1_0 = vfmaq_laneq_f32(a1_0, b0_0, x0_1, 0);
            a1_1 = vfmaq_laneq_f32(a1_1, b0_1, x0_1, 0);
            a1_2 = vfmaq_laneq_f32(a1_2, b0_2, x0_1, 0);
            a2_0 = vfmaq_laneq_f32(a2_0, b0_0, x0_2, 0);
            a2_1 = vfmaq_laneq_f32(a2_1, b0_1, x0_2, 0);
            a2_2 = vfmaq_laneq_f32(a2_2, b0_2, x0_2, 0);
            a3_0 = vfmaq_laneq_f32(a3_0, b0_0, x0_3, 0);
            a3_1 = vfmaq_laneq_f32(a3_1, b0_1, x0_3, 0);
            a3_2 = vfmaq_laneq_f32(a3_2, b0_2, x0_3, 0);
            a4_0 = vfmaq_laneq_f32(a4_0, b0_0, x0_4, 0);
            a4_1 = vfmaq_laneq_f32(a4_1, b0_1, x0_4, 0);
            a4_2 = vfmaq_laneq_f32(a4_2, b0_2, x0_4, 0);
            a5_0 = vfmaq_laneq_f32(a5_0, b0_0, x0_5, 0);
            a5_1 = vfmaq_laneq_f32(a5_1, b0_1, x0_5, 0);
            a5_2 = vfmaq_laneq_f32(a5_2, b0_2, x0_5, 0);
            a6_0 = vfmaq_laneq_f32(a6_0, b0_0, x0_6, 0);
            a6_1 = vfmaq_laneq_f32(a6_1, b0_1, x0_6, 0);
            a6_2 = vfmaq_laneq_f32(a6_2, b0_2, x0_6, 0);
            const float32x4_t b1_0 = vld1q_f32(w + 12);
            const float32x4_t b1_1 = vld1q_f32(w + 16);
            const float32x4_t b1_2 = vld1q_f32(w + 20);
            a0_0 = vfmaq_laneq_f32(a0_0, b1_0, x0_0, 1);
            a0_1 = vfmaq_laneq_f32(a0_1, b1_1, x0_0, 1);
            a0_2 = vfmaq_laneq_f32(a0_2, b1_2, x0_0, 1);
            a1_0 = vfmaq_laneq_f32(a1_0, b1_0, x0_1, 1);
            a1_1 = vfmaq_laneq_f32(a1_1, b1_1, x0_1, 1);
            a1_2 = vfmaq_laneq_f32(a1_2, b1_2, x0_1, 1);
            a2_0 = vfmaq_laneq_f32(a2_0, b1_0, x0_2, 1);
            a2_1 = vfmaq_laneq_f32(a2_1, b1_1, x0_2, 1);
            a2_2 = vfmaq_laneq_f32(a2_2, b1_2, x0_2, 1);
            a3_0 = vfmaq_laneq_f32(a3_0, b1_0, x0_3, 1);
            a3_1 = vfmaq_laneq_f32(a3_1, b1_1, x0_3, 1);
            a3_2 = vfmaq_laneq_f32(a3_2, b1_2, x0_3, 1);
            a4_0 = vfmaq_laneq_f32(a4_0, b1_0, x0_4, 1);
            a4_1 = vfmaq_laneq_f32(a4_1, b1_1, x0_4, 1);
            a4_2 = vfmaq_laneq_f32(a4_2, b1_2, x0_4, 1);
            a5_0 = vfmaq_laneq_f32(a5_0, b1_0, x0_5, 1);
            a5_1 = vfmaq_laneq_f32(a5_1, b1_1, x0_5, 1);
            a5_2 = vfmaq_laneq_f32(a5_2, b1_2, x0_5, 1);
            a6_0 = vfmaq_laneq_f32(a6_0, b1_0, x0_6, 1);
            a6_1 = vfmaq_laneq_f32(a6_1, b1_1, x0_6, 1);
            a6_2 = vfmaq_laneq_f32(a6_2, b1_2, x0_6, 1);
            const float32x4_t b2_0 = vld1q_f32(w + 24);
            const float32x4_t b2_1 = vld1q_f32(w + 28);
            const float32x4_t b2_2 = vld1q_f32(w + 32);
            a0_0 = vfmaq_laneq_f32(a0_0, b2_0, x0_0, 2);
            a0_1 = vfmaq_laneq_f32(a0_1, b2_1, x0_0, 2);
            a0_2 = vfmaq_laneq_f32(a0_2, b2_2, x0_0, 2);
            a1_0 = vfmaq_laneq_f32(a1_0, b2_0, x0_1, 2);
            a1_1 = vfmaq_laneq_f32(a1_1, b2_1, x0_1, 2);
            a1_2 = vfmaq_laneq_f32(a1_2, b2_2, x0_1, 2);
            a2_0 = vfmaq_laneq_f32(a2_0, b2_0, x0_2, 2);
            a2_1 = vfmaq_laneq_f32(a2_1, b2_1, x0_2, 2);
            a2_2 = vfmaq_laneq_f32(a2_2, b2_2, x0_2, 2);
            a3_0 = vfmaq_laneq_f32(a3_0, b2_0, x0_3, 2);
            a3_1 = vfmaq_laneq_f32(a3_1, b2_1, x0_3, 2);
            a3_2 = vfmaq_laneq_f32(a3_2, b2_2, x0_3, 2);
            a4_0 = vfmaq_laneq_f32(a4_0, b2_0, x0_4, 2);
            a4_1 = vfmaq_laneq_f32(a4_1, b2_1, x0_4, 2);
            a4_2 = vfmaq_laneq_f32(a4_2, b2_2, x0_4, 2);
            a5_0 = vfmaq_laneq_f32(a5_0, b2_0, x0_5, 2);
            a5_1 = vfmaq_laneq_f32(a5_1, b2_1, x0_5, 2);
            a5_2 = vfmaq_laneq_f32(a5_2, b2_2, x0_5, 2);
            a6_0 = vfmaq_laneq_f32(a6_0, b2_0, x0_6, 2);
            a6_1 = vfmaq_laneq_f32(a6_1, b2_1, x0_6, 2);
            a6_2 = vfmaq_laneq_f32(a6_2, b2_2, x0_6, 2);
            const float32x4_t b3_0 = vld1q_f32(w + 36);
            const float32x4_t b3_1 = vld1q_f32(w + 40);
            const float32x4_t b3_2 = vld1q_f32(w + 44);
            a0_0 = vfmaq_laneq_f32(a0_0, b3_0, x0_0, 3);
            a0_1 = vfmaq_laneq_f32(a0_1, b3_1, x0_0, 3);
            a0_2 = vfmaq_laneq_f32(a0_2, b3_2, x0_0, 3);
            a1_0 = vfmaq_laneq_f32(a1_0, b3_0, x0_1, 3);
            a1_1 = vfmaq_laneq_f32(a1_1, b3_1, x0_1, 3);
            a1_2 = vfmaq_laneq_f32(a1_2, b3_2, x0_1, 3);
            a2_0 = vfmaq_laneq_f32(a2_0, b3_0, x0_2, 3);
            a2_1 = vfmaq_laneq_f32(a2_1, b3_1, x0_2, 3);
            a2_2 = vfmaq_laneq_f32(a2_2, b3_2, x0_2, 3);
            a3_0 = vfmaq_laneq_f32(a3_0, b3_0, x0_3, 3);
            a3_1 = vfmaq_laneq_f32(a3_1, b3_1, x0_3, 3);
            a3_2 = vfmaq_laneq_f32(a3_2, b3_2, x0_3, 3);
            a4_0 = vfmaq_laneq_f32(a4_0, b3_0, x0_4, 3);
            a4_1 = vfmaq_laneq_f32(a4_1, b3_1, x0_4, 3);
            a4_2 = vfmaq_laneq_f32(a4_2, b3_2, x0_4, 3);
            a5_0 = vfmaq_laneq_f32(a5_0, b3_0, x0_5, 3);
            a5_1 = vfmaq_laneq_f32(a5_1, b3_1, x0_5, 3);
            a5_2 = vfmaq_laneq_f32(a5_2, b3_2, x0_5, 3);
            a6_0 = vfmaq_laneq_f32(a6_0, b3_0, x0_6, 3);
            a6_1 = vfmaq_laneq_f32(a6_1, b3_1, x0_6, 3);
            a6_2 = vfmaq_laneq_f32(a6_2, b3_2, x0_6, 3);
            in += 4;
            w += 48;
        }
        const float32x4_t b0_0 = vld1q_f32(w);
        const float32x4_t b0_1 = vld1q_f32(w + 4);
        const float32x4_t b0_2 = vld1q_f32(w + 8);
        const float32x4_t x0_0 = vdupq_n_f32(*(in));
        a0_0 = vfmaq_f32(a0_0, x0_0, b0_0);
        a0_1 = vfmaq_f32(a0_1, x0_0, b0_1);
        a0_2 = vfmaq_f32(a0_2, x0_0, b0_2);
        const float32x4_t x0_1 = vdupq_n_f32(*(in + 13));
        a1_0 = vfmaq_f32(a1_0, x0_1, b0_0);
        a1_1 = vfmaq_f32(a1_1, x0_1, b0_1);
        a1_2 = vfmaq_f32(a1_2, x0_1, b0_2);
        const float32x4_t x0_2 = vdupq_n_f32(*(in + 26));
        a2_0 = vfmaq_f32(a2_0, x0_2, b0_0);
        a2_1 = vfmaq_f32(a2_1, x0_2, b0_1);
        a2_2 = vfmaq_f32(a2_2, x0_2, b0_2);
        const float32x4_t x0_3 = vdupq_n_f32(*(in + 39));
        a3_0 = vfmaq_f32(a3_0, x0_3, b0_0);
        a3_1 = vfmaq_f32(a3_1, x0_3, b0_1);
        a3_2 = vfmaq_f32(a3_2, x0_3, b0_2);
        const float32x4_t x0_4 = vdupq_n_f32(*(in + 52));
        a4_0 = vfmaq_f32(a4_0, x0_4, b0_0);
        a4_1 = vfmaq_f32(a4_1, x0_4, b0_1);
        a4_2 = vfmaq_f32(a4_2, x0_4, b0_2);
        const float32x4_t x0_5 = vdupq_n_f32(*(in + 65));
        a5_0 = vfmaq_f32(a5_0, x0_5, b0_0);
        a5_1 = vfmaq_f32(a5_1, x0_5, b0_1);
        a5_2 = vfmaq_f32(a5_2, x0_5, b0_2);
        const float32x4_t x0_6 = vdupq_n_f32(*(in + 78));
        a6_0 = vfmaq_f32(a6_0, x0_6, b0_0);
        a6_1 = vfmaq_f32(a6_1, x0_6, b0_1);
        a6_2 = vfmaq_f32(a6_2, x0_6, b0_2);
        a0_0 = at_least(vdupq_n_f32(0.0f), a0_0);
        a0_0 = at_most(vdupq_n_f32(6.0f), a0_0);
        vst1q_f32(out, a0_0);
        a0_1 = at_least(vdupq_n_f32(0.0f), a0_1);
        a0_1 = at_most(vdupq_n_f32(6.0f), a0_1);
        vst1q_f32(out + 4, a0_1);
        a0_2 = at_least(vdupq_n_f32(0.0f), a0_2);
        a0_2 = at_most(vdupq_n_f32(6.0f), a0_2);
        vst1_f32(out + 8, vget_low_f32(a0_2));
        a1_0 = at_least(vdupq_n_f32(0.0f), a1_0);
        a1_0 = at_most(vdupq_n_f32(6.0f), a1_0);
        vst1q_f32(out + 10, a1_0);
        a1_1 = at_least(vdupq_n_f32(0.0f), a1_1);
        a1_1 = at_most(vdupq_n_f32(6.0f), a1_1);
        vst1q_f32(out + 14, a1_1);
        a1_2 = at_least(vdupq_n_f32(0.0f), a1_2);
        a1_2 = at_most(vdupq_n_f32(6.0f), a1_2);
        vst1_f32(out + 18, vget_low_f32(a1_2));
        a2_0 = at_least(vdupq_n_f32(0.0f), a2_0);
        a2_0 = at_most(vdupq_n_f32(6.0f), a2_0);
        vst1q_f32(out + 20, a2_0);
        a2_1 = at_least(vdupq_n_f32(0.0f), a2_1);
        a2_1 = at_most(vdupq_n_f32(6.0f), a2_1);
        vst1q_f32(out + 24, a2_1);
        a2_2 = at_least(vdupq_n_f32(0.0f), a2_2);
        a2_2 = at_most(vdupq_n_f32(6.0f), a2_2);
        vst1_f32(out + 28, vget_low_f32(a2_2));
        a3_0 = at_least(vdupq_n_f32(0.0f), a3_0);
        a3_0 = at_most(vdupq_n_f32(6.0f), a3_0);
        vst1q_f32(out + 30, a3_0);
        a3_1 = at_least(vdupq_n_f32(0.0f), a3_1);
        a3_1 = at_most(vdupq_n_f32(6.0f), a3_1);
        vst1q_f32(out + 34, a3_1);
        a3_2 = at_least(vdupq_n_f32(0.0f), a3_2);
        a3_2 = at_most(vdupq_n_f32(6.0f), a3_2);
        vst1_f32(out + 38, vget_low_f32(a3_2));
        a4_0 = at_least(vdupq_n_f32(0.0f), a4_0);
        a4_0 = at_most(vdupq_n_f32(6.0f), a4_0);
        vst1q_f32(out + 40, a4_0);
        a4_1 = at_least(vdupq_n_f32(0.0f), a4_1);
        a4_1 = at_most(vdupq_n_f32(6.0f), a4_1);
        vst1q_f32(out + 44, a4_1);
        a4_2 = at_least(vdupq_n_f32(0.0f), a4_2);
        a4_2 = at_most(vdupq_n_f32(6.0f), a4_2);
        vst1_f32(out + 48, vget_low_f32(a4_2));
        a5_0 = at_least(vdupq_n_f32(0.0f), a5_0);
        a5_0 = at_most(vdupq_n_f32(6.0f), a5_0);
        vst1q_f32(out + 50, a5_0);
        a5_1 = at_least(vdupq_n_f32(0.0f), a5_1);
        a5_1 = at_most(vdupq_n_f32(6.0f), a5_1);
        vst1q_f32(out + 54, a5_1);
        a5_2 = at_least(vdupq_n_f32(0.0f), a5_2);
        a5_2 = at_most(vdupq_n_f32(6.0f), a5_2);
        vst1_f32(out + 58, vget_low_f32(a5_2));
        a6_0 = at_least(vdupq_n_f32(0.0f), a6_0);
        a6_0 = at_most(vdupq_n_f32(6.0f), a6_0);
        vst1q_f32(out + 60, a6_0);
        a6_1 = at_least(vdupq_n_f32(0.0f), a6_1);
        a6_1 = at_most(vdupq_n_f32(6.0f), a6_1);
        vst1q_f32(out + 64, a6_1);
        a6_2 = at_least(vdupq_n_f32(0.0f), a6_2);
        a6_2 = at_most(vdupq_n_f32(6.0f), a6_2);
        vst1_f32(out + 68, vget_low_f32(a6_2));
        out += 70;
    }
}

/*
 * `tiles` times 6 pixels x 10 output channels over 13 input channels.
 * sums: where they start, the biases.
 */
__attribute__((noinline)) static void tile1_depth13(const float *restrict pixels, const float *restrict weights,
                                const float *sums, float *out, size_t tiles)
{
    for (size_t t = 0; t < tiles; ++t) {
        const float *in = pixels + t * 78;
        const float *w = weights;
        float32x4_t a0_0 = vld1q_f32(sums);
        float32x4_t a0_1 = vld1q_f32(sums + 4);
        float32x4_t a0_2 = vld1q_f32(sums + 8);
        float32x4_t a1_0 = a0_0;
        float32x4_t a1_1 = a0_1;
        float32x4_t a1_2 = a0_2;
        float32x4_t a2_0 = a0_0;
        float32x4_t a2_1 = a0_1;
        float32x4_t a2_2 = a0_2;
        float32x4_t a3_0 = a0_0;
        float32x4_t a3_1 = a0_1;
        float32x4_t a3_2 = a0_2;
        float32x4_t a4_0 = a0_0;
        float32x4_t a4_1 = a0_1;
        float32x4_t a4_2 = a0_2;
        float32x4_t a5_0 = a0_0;
        float32x4_t a5_1 = a0_1;
        float32x4_t a5_2 = a0_2;
        for (size_t k = 0; k < 3; ++k) {
            const float32x4_t x0_0 = vld1q_f32(in);
            const float32x4_t x0_1 = vld1q_f32(in + 13);
            const float32x4_t x0_2 = vld1q_f32(in + 26);
            const float32x4_t x0_3 = vld1q_f32(in + 39);
            const float32x4_t x0_4 = vld1q_f32(in + 52);
            const float32x4_t x0_5 = vld1q_f32(in + 65);
            const float32x4_t b0_0 = vld1q_f32(w);
            const float32x4_t b0_1 = vld1q_f32(w + 4);
            const float32x4_t b0_2 = vld1q_f32(w + 8);
            a0_0 = vfmaq_laneq_f32(a0_0, b0_0, x0_0, 0);
            a0_1 = vfmaq_laneq_f32(a0_1, b0_1, x0_0, 0);
            a0_2 = vfmaq_laneq_f32(a0_2, b0_2, x0_0, 0);
            a1_0 = vfmaq_laneq_f32(a1_0, b0_0, x0_1, 0);
            a1_1 = vfmaq_laneq_f32(a1_1, b0_1, x0_1, 0);
            a1_2 = vfmaq_laneq_f32(a1_2, b0_2, x0_1, 0);
            a2_0 = vfmaq_laneq_f32(a2_0, b0_0, x0_2, 0);
            a2_1 = vfmaq_laneq_f32(a2_1, b0_1, x0_2, 0);
            a2_2 = vfmaq_laneq_f32(a2_2, b0_2, x0_2, 0);
            a3_0 = vfmaq_laneq_f32(a3_0, b0_0, x0_3, 0);
            a3_1 = vfmaq_laneq_f32(a3_1, b0_1, x0_3, 0);
            a3_2 = vfmaq_laneq_f32(a3_2, b0_2, x0_3, 0);
            a4_0 = vfmaq_laneq_f32(a4_0, b0_0, x0_4, 0);
            a4_1 = vfmaq_laneq_f32(a4_1, b0_1, x0_4, 0);
            a4_2 = vfmaq_laneq_f32(a4_2, b0_2, x0_4, 0);
            a5_0 = vfmaq_laneq_f32(a5_0, b0_0, x0_5, 0);
            a5_1 = vfmaq_laneq_f32(a5_1, b0_1, x0_5, 0);
            a5_2 = vfmaq_laneq_f32(a5_2, b0_2, x0_5, 0);
            const float32x4_t b1_0 = vld1q_f32(w + 12);
            const float32x4_t b1_1 = vld1q_f32(w + 16);
            const float32x4_t b1_2 = vld1q_f32(w + 20);
            a0_0 = vfmaq_laneq_f32(a0_0, b1_0, x0_0, 1);
            a0_1 = vfmaq_laneq_f32(a0_1, b1_1, x0_0, 1);
            a0_2 = vfmaq_laneq_f32(a0_2, b1_2, x0_0, 1);
            a1_0 = vfmaq_laneq_f32(a1_0, b1_0, x0_1, 1);
            a1_1 = vfmaq_laneq_f32(a1_1, b1_1, x0_1, 1);
            a1_2 = vfmaq_laneq_f32(a1_2, b1_2, x0_1, 1);
            a2_0 = vfmaq_laneq_f32(a2_0, b1_0, x0_2, 1);
            a2_1 = vfmaq_laneq_f32(a2_1, b1_1, x0_2, 1);
            a2_2 = vfmaq_laneq_f32(a2_2, b1_2, x0_2, 1);
            a3_0 = vfmaq_laneq_f32(a3_0, b1_0, x0_3, 1);
            a3_1 = vfmaq_laneq_f32(a3_1, b1_1, x0_3, 1);
            a3_2 = vfmaq_laneq_f32(a3_2, b1_2, x0_3, 1);
            a4_0 = vfmaq_laneq_f32(a4_0, b1_0, x0_4, 1);
            a4_1 = vfmaq_laneq_f32(a4_1, b1_1, x0_4, 1);
            a4_2 = vfmaq_laneq_f32(a4_2, b1_2, x0_4, 1);
            a5_0 = vfmaq_laneq_f32(a5_0, b1_0, x0_5, 1);
            a5_1 = vfmaq_laneq_f32(a5_1, b1_1, x0_5, 1);
            a5_2 = vfmaq_laneq_f32(a5_2, b1_2, x0_5, 1);
            const float32x4_t b2_0 = vld1q_f32(w + 24);
            const float32x4_t b2_1 = vld1q_f32(w + 28);
            const float32x4_t b2_2 = vld1q_f32(w + 32);
            a0_0 = vfmaq_laneq_f32(a0_0, b2_0, x0_0, 2);
            a0_1 = vfmaq_laneq_f32(a0_1, b2_1, x0_0, 2);
            a0_2 = vfmaq_laneq_f32(a0_2, b2_2, x0_0, 2);
            a1_0 = vfmaq_laneq_f32(a1_0, b2_0, x0_1, 2);
            a1_1 = vfmaq_laneq_f32(a1_1, b2_1, x0_1, 2);
            a1_2 = vfmaq_laneq_f32(a1_2, b2_2, x0_1, 2);
            a2_0 = vfmaq_laneq_f32(a2_0, b2_0, x0_2, 2);
            a2_1 = vfmaq_laneq_f32(a2_1, b2_1, x0_2, 2);
            a2_2 = vfmaq_laneq_f32(a2_2, b2_2, x0_2, 2);
            a3_0 = vfmaq_laneq_f32(a3_0, b2_0, x0_3, 2);
            a3_1 = vfmaq_laneq_f32(a3_1, b2_1, x0_3, 2);
            a3_2 = vfmaq_laneq_f32(a3_2, b2_2, x0_3, 2);
            a4_0 = vfmaq_laneq_f32(a4_0, b2_0, x0_4, 2);
            a4_1 = vfmaq_laneq_f32(a4_1, b2_1, x0_4, 2);
            a4_2 = vfmaq_laneq_f32(a4_2, b2_2, x0_4, 2);
            a5_0 = vfmaq_laneq_f32(a5_0, b2_0, x0_5, 2);
            a5_1 = vfmaq_laneq_f32(a5_1, b2_1, x0_5, 2);
            a5_2 = vfmaq_laneq_f32(a5_2, b2_2, x0_5, 2);
            const float32x4_t b3_0 = vld1q_f32(w + 36);
            const float32x4_t b3_1 = vld1q_f32(w + 40);
            const float32x4_t b3_2 = vld1q_f32(w + 44);
            a0_0 = vfmaq_laneq_f32(a0_0, b3_0, x0_0, 3);
            a0_1 = vfmaq_laneq_f32(a0_1, b3_1, x0_0, 3);
            a0_2 = vfmaq_laneq_f32(a0_2, b3_2, x0_0, 3);
            a1_0 = vfmaq_laneq_f32(a1_0, b3_0, x0_1, 3);
            a1_1 = vfmaq_laneq_f32(a1_1, b3_1, x0_1, 3);
            a1_2 = vfmaq_laneq_f32(a1_2, b3_2, x0_1, 3);
            a2_0 = vfmaq_laneq_f32(a2_0, b3_0, x0_2, 3);
            a2_1 = vfmaq_laneq_f32(a2_1, b3_1, x0_2, 3);
            a2_2 = vfmaq_laneq_f32(a2_2, b3_2, x0_2, 3);
            a3_0 = vfmaq_laneq_f32(a3_0, b3_0, x0_3, 3);
            a3_1 = vfmaq_laneq_f32(a3_1, b3_1, x0_3, 3);
            a3_2 = vfmaq_laneq_f32(a3_2, b3_2, x0_3, 3);
            a4_0 = vfmaq_laneq_f32(a4_0, b3_0, x0_4, 3);
            a4_1 = vfmaq_laneq_f32(a4_1, b3_1, x0_4, 3);
            a4_2 = vfmaq_laneq_f32(a4_2, b3_2, x0_4, 3);
            a5_0 = vfmaq_laneq_f32(a5_0, b3_0, x0_5, 3);
            a5_1 = vfmaq_laneq_f32(a5_1, b3_1, x0_5, 3);
            a5_2 = vfmaq_laneq_f32(a5_2, b3_2, x0_5, 3);
            in += 4;
            w += 48;
        }
        const float32x4_t b0_0 = vld1q_f32(w);
        const float32x4_t b0_1 = vld1q_f32(w + 4);
        const float32x4_t b0_2 = vld1q_f32(w + 8);
        const float32x4_t x0_0 = vdupq_n_f32(*(in));
        a0_0 = vfmaq_f32(a0_0, x0_0, b0_0);
        a0_1 = vfmaq_f32(a0_1, x0_0, b0_1);
        a0_2 = vfmaq_f32(a0_2, x0_0, b0_2);
        const float32x4_t x0_1 = vdupq_n_f32(*(in + 13));
        a1_0 = vfmaq_f32(a1_0, x0_1, b0_0);
        a1_1 = vfmaq_f32(a1_1, x0_1, b0_1);
        a1_2 = vfmaq_f32(a1_2, x0_1, b0_2);
        const float32x4_t x0_2 = vdupq_n_f32(*(in + 26));
        a2_0 = vfmaq_f32(a2_0, x0_2, b0_0);
        a2_1 = vfmaq_f32(a2_1, x0_2, b0_1);
        a2_2 = vfmaq_f32(a2_2, x0_2, b0_2);
        const float32x4_t x0_3 = vdupq_n_f32(*(in + 39));
        a3_0 = vfmaq_f32(a3_0, x0_3, b0_0);
        a3_1 = vfmaq_f32(a3_1, x0_3, b0_1);
        a3_2 = vfmaq_f32(a3_2, x0_3, b0_2);
        const float32x4_t x0_4 = vdupq_n_f32(*(in + 52));
        a4_0 = vfmaq_f32(a4_0, x0_4, b0_0);
        a4_1 = vfmaq_f32(a4_1, x0_4, b0_1);
        a4_2 = vfmaq_f32(a4_2, x0_4, b0_2);
        const float32x4_t x0_5 = vdupq_n_f32(*(in + 65));
        a5_0 = vfmaq_f32(a5_0, x0_5, b0_0);
        a5_1 = vfmaq_f32(a5_1, x0_5, b0_1);
        a5_2 = vfmaq_f32(a5_2, x0_5, b0_2);
        a0_0 = at_least(vdupq_n_f32(0.0f), a0_0);
        a0_0 = at_most(vdupq_n_f32(6.0f), a0_0);
        vst1q_f32(out, a0_0);
        a0_1 = at_least(vdupq_n_f32(0.0f), a0_1);
        a0_1 = at_most(vdupq_n_f32(6.0f), a0_1);
        vst1q_f32(out + 4, a0_1);
        a0_2 = at_least(vdupq_n_f32(0.0f), a0_2);
        a0_2 = at_most(vdupq_n_f32(6.0f), a0_2);
        vst1_f32(out + 8, vget_low_f32(a0_2));
        a1_0 = at_least(vdupq_n_f32(0.0f), a1_0);
        a1_0 = at_most(vdupq_n_f32(6.0f), a1_0);
        vst1q_f32(out + 10, a1_0);
        a1_1 = at_least(vdupq_n_f32(0.0f), a1_1);
        a1_1 = at_most(vdupq_n_f32(6.0f), a1_1);
        vst1q_f32(out + 14, a1_1);
        a1_2 = at_least(vdupq_n_f32(0.0f), a1_2);
        a1_2 = at_most(vdupq_n_f32(6.0f), a1_2);
        vst1_f32(out + 18, vget_low_f32(a1_2));
        a2_0 = at_least(vdupq_n_f32(0.0f), a2_0);
        a2_0 = at_most(vdupq_n_f32(6.0f), a2_0);
        vst1q_f32(out + 20, a2_0);
        a2_1 = at_least(vdupq_n_f32(0.0f), a2_1);
        a2_1 = at_most(vdupq_n_f32(6.0f), a2_1);
        vst1q_f32(out + 24, a2_1);
        a2_2 = at_least(vdupq_n_f32(0.0f), a2_2);
        a2_2 = at_most(vdupq_n_f32(6.0f), a2_2);
        vst1_f32(out + 28, vget_low_f32(a2_2));
        a3_0 = at_least(vdupq_n_f32(0.0f), a3_0);
        a3_0 = at_most(vdupq_n_f32(6.0f), a3_0);
        vst1q_f32(out + 30, a3_0);
        a3_1 = at_least(vdupq_n_f32(0.0f), a3_1);
        a3_1 = at_most(vdupq_n_f32(6.0f), a3_1);
        vst1q_f32(out + 34, a3_1);
        a3_2 = at_least(vdupq_n_f32(0.0f), a3_2);
        a3_2 = at_most(vdupq_n_f32(6.0f), a3_2);
        vst1_f32(out + 38, vget_low_f32(a3_2));
        a4_0 = at_least(vdupq_n_f32(0.0f), a4_0);
        a4_0 = at_most(vdupq_n_f32(6.0f), a4_0);
        vst1q_f32(out + 40, a4_0);
        a4_1 = at_least(vdupq_n_f32(0.0f), a4_1);
        a4_1 = at_most(vdupq_n_f32(6.0f), a4_1);
        vst1q_f32(out + 44, a4_1);
        a4_2 = at_least(vdupq_n_f32(0.0f), a4_2);
        a4_2 = at_most(vdupq_n_f32(6.0f), a4_2);
        vst1_f32(out + 48, vget_low_f32(a4_2));
        a5_0 = at_least(vdupq_n_f32(0.0f), a5_0);
        a5_0 = at_most(vdupq_n_f32(6.0f), a5_0);
        vst1q_f32(out + 50, a5_0);
        a5_1 = at_least(vdupq_n_f32(0.0f), a5_1);
        a5_1 = at_most(vdupq_n_f32(6.0f), a5_1);
        vst1q_f32(out + 54, a5_1);
        a5_2 = at_least(vdupq_n_f32(0.0f), a5_2);
        a5_2 = at_most(vdupq_n_f32(6.0f), a5_2);
        vst1_f32(out + 58, vget_low_f32(a5_2));
        out += 60;
    }
}

/* 13 pixels x 10 output channels. */
__attribute__((noinline)) static void unit_pixel0_panel0(const float *in, const float *packed, float *out)
{
    {
        {
            const float *const panel = packed;
            const float *const w = panel + 12;
            const float *const x = in;
            float *const y = out;
            tile0_depth13(x, w, panel, y, 1);
            tile1_depth13(x + 91, w, panel, y + 70, 1);
        }
    }
}

/* 12 pixels x 10 output channels. */
__attribute__((noinline)) static void unit_pixel1_panel0(const float *in, const float *packed, float *out)
{
    {
        {
            const float *const panel = packed;
            const float *const w = panel + 12;
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
    for (size_t n = 0; n < vectors; ++n, to += 4)
        pack_lanes(bias != NULL ? bias + channel + n * 4 : NULL, lanes - n * 4, to);
    for (size_t k = 0; k < 13; ++k)
        for (size_t lane = 0; lane < vectors * 4; ++lane)
            *to++ = lane < lanes ? weight[(channel + lane) * 13 + k] : 0.0f;
    (void)slope;
    return to;
}

/* weight: 10 x 13, bias and slope: 10 floats or NULL; to: 704 bytes, zeros at the end. */
static void pack_layer(const float *weight, const float *bias, const float *slope, float *to)
{
    float *const end = to + 176; /* up to the alignment */
    size_t channel = 0;
    for (size_t block = 0; block < 1; ++block) {
        for (size_t j = 0; j < 1; ++j) {
            to = pack_panel(weight, bias, slope, channel, 10, 3, to);
            channel += 10;
        }
    }
    for (; to < end; ++to)
        *to = 0.0f;
}

/* Plain tensors of each layer, NULL for those it has not, to 704 bytes at a SEPCC_ALIGNMENT boundary. */
static void pack(const float *const weights[], const float *const bias[], const float *const slope[], void *packed)
{
    (void)bias;
    (void)slope;
    pack_layer(weights[0], bias[0], NULL,
                (float *)packed);
}

/*
 * in:  1 images of 8 x 8 x 13, out: 1 of 8 x 8 x 10, packed: by pack().
 * Unit: a block of pixels of a line x a block of output channels; there are 5.
 */
static void run(const float *in, float *out, const void *packed, void *workspace, size_t unit_begin, size_t unit_end)
{
    (void)workspace;
    for (size_t unit = unit_begin; unit < unit_end; ++unit) {
        const size_t block = unit % 1;
        const size_t pixel = unit / 1 % 5;
        const size_t line = unit / 5;
        const float *const x = in + line / 1 * 832;
        const float *w = (const float *)packed + block * 168;
        float *y = out + line / 1 * 640 + block * 10;
        if (pixel < 4)
            unit_pixel0_panel0(x + (pixel - 0) * 169, w, y + (pixel - 0) * 130);
        else
            unit_pixel1_panel0(x + (pixel - 4) * 156 + 676, w, y + (pixel - 4) * 120 + 520);
    }
}

extern const struct sepcc_kernel sepcc_f32_pointwise_1x1__8x8x13_o10_relu6__neon_r7v3b14n10k13u4;
const struct sepcc_kernel sepcc_f32_pointwise_1x1__8x8x13_o10_relu6__neon_r7v3b14n10k13u4 = {
    .abi_version = SEPCC_ABI_VERSION,
    .struct_size = sizeof(struct sepcc_kernel),
    .name = "sepcc_f32_pointwise_1x1__8x8x13_o10_relu6__neon_r7v3b14n10k13u4",
    .spec = "pointwise in=8x8x13 out=10 act=relu6",
    .plan = "rows=7,vectors=3,block=14,channels=10,depth=13,unroll_k=4,prefetch=no",
    .digest = "ea793deddd7bda20586e83d740dd7f5d",
    .isa = 4, /* neon */
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
    .packed_bytes = 704,
    .workspace_bytes = 0,
    .unit_count = 5,
    .fma_count = 8320u,
    .read_bytes = 4032u,
    .write_bytes = 2560u,
    .pack = pack,
    .run = run,
};

#if !defined(__clang__) && defined(__GNUC__)
#pragma GCC pop_options
#endif
#else
typedef int sepcc_f32_pointwise_1x1__8x8x13_o10_relu6__neon_r7v3b14n10k13u4_needs_aarch64;
#endif
