/*
 * sepcc_f32_depthwise_3x3__8x8x13_p1_relu6__neon_r1c8v2h3b13xr.c: written by sepcc 0.1.0; do not edit.
 *
 * To repeat it:  sepcc gen 'depthwise in=8x8x13 kernel=3x3 pad=1 act=relu6' --isa neon --plan rows=1,columns=8,vectors=2,hold=3,block=13,unroll=row -o DIR
 * Spec:          depthwise in=8x8x13 kernel=3x3 pad=1 act=relu6
 * Plan:          rows=1,columns=8,vectors=2,hold=3,block=13,unroll=row
 * Template:      depthwise.m4, vocabulary isa/neon.m4
 * Digest:        df3abd4504bc02ab00b6bff146dc173b
 * Compile with:  -O2 -ffp-contract=off (the instruction set is chosen below)
 * Counts:        6292 multiply-adds, 3968 bytes read, 3328 bytes written
 *
 * Each output channel is the convolution of one input channel with its own kernel:
 *     acc = bias;  for ky, kx inside the image:  acc = fma(x, w, acc);  out = relu6
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


static inline void step_height1_column0_band0(const float *restrict in, const float *restrict w, float *restrict out,
                                              size_t first, size_t count)
{
    float32x4_t a0_0_0 = vld1q_f32(w);
    float32x4_t a0_0_1 = vld1q_f32(w + 40);
    float32x4_t a0_1_0 = a0_0_0;
    float32x4_t a0_1_1 = a0_0_1;
    float32x4_t a0_2_0 = a0_0_0;
    float32x4_t a0_2_1 = a0_0_1;
    float32x4_t a0_3_0 = a0_0_0;
    float32x4_t a0_3_1 = a0_0_1;
    float32x4_t a0_4_0 = a0_0_0;
    float32x4_t a0_4_1 = a0_0_1;
    float32x4_t a0_5_0 = a0_0_0;
    float32x4_t a0_5_1 = a0_0_1;
    float32x4_t a0_6_0 = a0_0_0;
    float32x4_t a0_6_1 = a0_0_1;
    float32x4_t a0_7_0 = a0_0_0;
    float32x4_t a0_7_1 = a0_0_1;
    const float *weights = w + 4 + first * 12;
    for (size_t y = 0; y < count; ++y, in += 104, weights += 12) {
        {
        const float32x4_t w0_0 = vld1q_f32(weights);
        const float32x4_t w0_1 = vld1q_f32(weights + 40);
        const float32x4_t w1_0 = vld1q_f32(weights + 4);
        const float32x4_t w1_1 = vld1q_f32(weights + 44);
        const float32x4_t w2_0 = vld1q_f32(weights + 8);
        const float32x4_t w2_1 = vld1q_f32(weights + 48);
        const float32x4_t x0_0_0 = vld1q_f32(in);
        const float32x4_t x0_0_1 = vld1q_f32(in + 4);
        a0_0_0 = vfmaq_f32(a0_0_0, x0_0_0, w1_0);
        a0_0_1 = vfmaq_f32(a0_0_1, x0_0_1, w1_1);
        a0_1_0 = vfmaq_f32(a0_1_0, x0_0_0, w0_0);
        a0_1_1 = vfmaq_f32(a0_1_1, x0_0_1, w0_1);
        const float32x4_t x0_1_0 = vld1q_f32(in + 13);
        const float32x4_t x0_1_1 = vld1q_f32(in + 17);
        a0_0_0 = vfmaq_f32(a0_0_0, x0_1_0, w2_0);
        a0_0_1 = vfmaq_f32(a0_0_1, x0_1_1, w2_1);
        a0_1_0 = vfmaq_f32(a0_1_0, x0_1_0, w1_0);
        a0_1_1 = vfmaq_f32(a0_1_1, x0_1_1, w1_1);
        a0_2_0 = vfmaq_f32(a0_2_0, x0_1_0, w0_0);
        a0_2_1 = vfmaq_f32(a0_2_1, x0_1_1, w0_1);
        const float32x4_t x0_2_0 = vld1q_f32(in + 26);
        const float32x4_t x0_2_1 = vld1q_f32(in + 30);
        a0_1_0 = vfmaq_f32(a0_1_0, x0_2_0, w2_0);
        a0_1_1 = vfmaq_f32(a0_1_1, x0_2_1, w2_1);
        a0_2_0 = vfmaq_f32(a0_2_0, x0_2_0, w1_0);
        a0_2_1 = vfmaq_f32(a0_2_1, x0_2_1, w1_1);
        a0_3_0 = vfmaq_f32(a0_3_0, x0_2_0, w0_0);
        a0_3_1 = vfmaq_f32(a0_3_1, x0_2_1, w0_1);
        const float32x4_t x0_3_0 = vld1q_f32(in + 39);
        const float32x4_t x0_3_1 = vld1q_f32(in + 43);
        a0_2_0 = vfmaq_f32(a0_2_0, x0_3_0, w2_0);
        a0_2_1 = vfmaq_f32(a0_2_1, x0_3_1, w2_1);
        a0_3_0 = vfmaq_f32(a0_3_0, x0_3_0, w1_0);
        a0_3_1 = vfmaq_f32(a0_3_1, x0_3_1, w1_1);
        a0_4_0 = vfmaq_f32(a0_4_0, x0_3_0, w0_0);
        a0_4_1 = vfmaq_f32(a0_4_1, x0_3_1, w0_1);
        const float32x4_t x0_4_0 = vld1q_f32(in + 52);
        const float32x4_t x0_4_1 = vld1q_f32(in + 56);
        a0_3_0 = vfmaq_f32(a0_3_0, x0_4_0, w2_0);
        a0_3_1 = vfmaq_f32(a0_3_1, x0_4_1, w2_1);
        a0_4_0 = vfmaq_f32(a0_4_0, x0_4_0, w1_0);
        a0_4_1 = vfmaq_f32(a0_4_1, x0_4_1, w1_1);
        a0_5_0 = vfmaq_f32(a0_5_0, x0_4_0, w0_0);
        a0_5_1 = vfmaq_f32(a0_5_1, x0_4_1, w0_1);
        const float32x4_t x0_5_0 = vld1q_f32(in + 65);
        const float32x4_t x0_5_1 = vld1q_f32(in + 69);
        a0_4_0 = vfmaq_f32(a0_4_0, x0_5_0, w2_0);
        a0_4_1 = vfmaq_f32(a0_4_1, x0_5_1, w2_1);
        a0_5_0 = vfmaq_f32(a0_5_0, x0_5_0, w1_0);
        a0_5_1 = vfmaq_f32(a0_5_1, x0_5_1, w1_1);
        a0_6_0 = vfmaq_f32(a0_6_0, x0_5_0, w0_0);
        a0_6_1 = vfmaq_f32(a0_6_1, x0_5_1, w0_1);
        const float32x4_t x0_6_0 = vld1q_f32(in + 78);
        const float32x4_t x0_6_1 = vld1q_f32(in + 82);
        a0_5_0 = vfmaq_f32(a0_5_0, x0_6_0, w2_0);
        a0_5_1 = vfmaq_f32(a0_5_1, x0_6_1, w2_1);
        a0_6_0 = vfmaq_f32(a0_6_0, x0_6_0, w1_0);
        a0_6_1 = vfmaq_f32(a0_6_1, x0_6_1, w1_1);
        a0_7_0 = vfmaq_f32(a0_7_0, x0_6_0, w0_0);
        a0_7_1 = vfmaq_f32(a0_7_1, x0_6_1, w0_1);
        const float32x4_t x0_7_0 = vld1q_f32(in + 91);
        const float32x4_t x0_7_1 = vld1q_f32(in + 95);
        a0_6_0 = vfmaq_f32(a0_6_0, x0_7_0, w2_0);
        a0_6_1 = vfmaq_f32(a0_6_1, x0_7_1, w2_1);
        a0_7_0 = vfmaq_f32(a0_7_0, x0_7_0, w1_0);
        a0_7_1 = vfmaq_f32(a0_7_1, x0_7_1, w1_1);
        }
    }
    a0_0_0 = at_least(vdupq_n_f32(0.0f), a0_0_0);
    a0_0_0 = at_most(vdupq_n_f32(6.0f), a0_0_0);
    vst1q_f32(out, a0_0_0);
    a0_0_1 = at_least(vdupq_n_f32(0.0f), a0_0_1);
    a0_0_1 = at_most(vdupq_n_f32(6.0f), a0_0_1);
    vst1q_f32(out + 4, a0_0_1);
    a0_1_0 = at_least(vdupq_n_f32(0.0f), a0_1_0);
    a0_1_0 = at_most(vdupq_n_f32(6.0f), a0_1_0);
    vst1q_f32(out + 13, a0_1_0);
    a0_1_1 = at_least(vdupq_n_f32(0.0f), a0_1_1);
    a0_1_1 = at_most(vdupq_n_f32(6.0f), a0_1_1);
    vst1q_f32(out + 17, a0_1_1);
    a0_2_0 = at_least(vdupq_n_f32(0.0f), a0_2_0);
    a0_2_0 = at_most(vdupq_n_f32(6.0f), a0_2_0);
    vst1q_f32(out + 26, a0_2_0);
    a0_2_1 = at_least(vdupq_n_f32(0.0f), a0_2_1);
    a0_2_1 = at_most(vdupq_n_f32(6.0f), a0_2_1);
    vst1q_f32(out + 30, a0_2_1);
    a0_3_0 = at_least(vdupq_n_f32(0.0f), a0_3_0);
    a0_3_0 = at_most(vdupq_n_f32(6.0f), a0_3_0);
    vst1q_f32(out + 39, a0_3_0);
    a0_3_1 = at_least(vdupq_n_f32(0.0f), a0_3_1);
    a0_3_1 = at_most(vdupq_n_f32(6.0f), a0_3_1);
    vst1q_f32(out + 43, a0_3_1);
    a0_4_0 = at_least(vdupq_n_f32(0.0f), a0_4_0);
    a0_4_0 = at_most(vdupq_n_f32(6.0f), a0_4_0);
    vst1q_f32(out + 52, a0_4_0);
    a0_4_1 = at_least(vdupq_n_f32(0.0f), a0_4_1);
    a0_4_1 = at_most(vdupq_n_f32(6.0f), a0_4_1);
    vst1q_f32(out + 56, a0_4_1);
    a0_5_0 = at_least(vdupq_n_f32(0.0f), a0_5_0);
    a0_5_0 = at_most(vdupq_n_f32(6.0f), a0_5_0);
    vst1q_f32(out + 65, a0_5_0);
    a0_5_1 = at_least(vdupq_n_f32(0.0f), a0_5_1);
    a0_5_1 = at_most(vdupq_n_f32(6.0f), a0_5_1);
    vst1q_f32(out + 69, a0_5_1);
    a0_6_0 = at_least(vdupq_n_f32(0.0f), a0_6_0);
    a0_6_0 = at_most(vdupq_n_f32(6.0f), a0_6_0);
    vst1q_f32(out + 78, a0_6_0);
    a0_6_1 = at_least(vdupq_n_f32(0.0f), a0_6_1);
    a0_6_1 = at_most(vdupq_n_f32(6.0f), a0_6_1);
    vst1q_f32(out + 82, a0_6_1);
    a0_7_0 = at_least(vdupq_n_f32(0.0f), a0_7_0);
    a0_7_0 = at_most(vdupq_n_f32(6.0f), a0_7_0);
    vst1q_f32(out + 91, a0_7_0);
    a0_7_1 = at_least(vdupq_n_f32(0.0f), a0_7_1);
    a0_7_1 = at_most(vdupq_n_f32(6.0f), a0_7_1);
    vst1q_f32(out + 95, a0_7_1);
}

static inline void step_height1_column0_band1(const float *restrict in, const float *restrict w, float *restrict out,
                                              size_t first, size_t count)
{
    float32x4_t a0_0_0 = vld1q_f32(w);
    float32x4_t a0_0_1 = vld1q_f32(w + 40);
    float32x4_t a0_1_0 = a0_0_0;
    float32x4_t a0_1_1 = a0_0_1;
    float32x4_t a0_2_0 = a0_0_0;
    float32x4_t a0_2_1 = a0_0_1;
    float32x4_t a0_3_0 = a0_0_0;
    float32x4_t a0_3_1 = a0_0_1;
    float32x4_t a0_4_0 = a0_0_0;
    float32x4_t a0_4_1 = a0_0_1;
    float32x4_t a0_5_0 = a0_0_0;
    float32x4_t a0_5_1 = a0_0_1;
    float32x4_t a0_6_0 = a0_0_0;
    float32x4_t a0_6_1 = a0_0_1;
    float32x4_t a0_7_0 = a0_0_0;
    float32x4_t a0_7_1 = a0_0_1;
    const float *weights = w + 4 + first * 12;
    for (size_t y = 0; y < count; ++y, in += 104, weights += 12) {
        {
        const float32x4_t w0_0 = vld1q_f32(weights);
        const float32x4_t w0_1 = vld1q_f32(weights + 40);
        const float32x4_t w1_0 = vld1q_f32(weights + 4);
        const float32x4_t w1_1 = vld1q_f32(weights + 44);
        const float32x4_t w2_0 = vld1q_f32(weights + 8);
        const float32x4_t w2_1 = vld1q_f32(weights + 48);
        const float32x4_t x0_0_0 = vld1q_f32(in);
        const float32x4_t x0_0_1 = vld1q_lane_f32(in + 4, vdupq_n_f32(0.0f), 0);
        a0_0_0 = vfmaq_f32(a0_0_0, x0_0_0, w1_0);
        a0_0_1 = vfmaq_f32(a0_0_1, x0_0_1, w1_1);
        a0_1_0 = vfmaq_f32(a0_1_0, x0_0_0, w0_0);
        a0_1_1 = vfmaq_f32(a0_1_1, x0_0_1, w0_1);
        const float32x4_t x0_1_0 = vld1q_f32(in + 13);
        const float32x4_t x0_1_1 = vld1q_lane_f32(in + 17, vdupq_n_f32(0.0f), 0);
        a0_0_0 = vfmaq_f32(a0_0_0, x0_1_0, w2_0);
        a0_0_1 = vfmaq_f32(a0_0_1, x0_1_1, w2_1);
        a0_1_0 = vfmaq_f32(a0_1_0, x0_1_0, w1_0);
        a0_1_1 = vfmaq_f32(a0_1_1, x0_1_1, w1_1);
        a0_2_0 = vfmaq_f32(a0_2_0, x0_1_0, w0_0);
        a0_2_1 = vfmaq_f32(a0_2_1, x0_1_1, w0_1);
        const float32x4_t x0_2_0 = vld1q_f32(in + 26);
        const float32x4_t x0_2_1 = vld1q_lane_f32(in + 30, vdupq_n_f32(0.0f), 0);
        a0_1_0 = vfmaq_f32(a0_1_0, x0_2_0, w2_0);
        a0_1_1 = vfmaq_f32(a0_1_1, x0_2_1, w2_1);
        a0_2_0 = vfmaq_f32(a0_2_0, x0_2_0, w1_0);
        a0_2_1 = vfmaq_f32(a0_2_1, x0_2_1, w1_1);
        a0_3_0 = vfmaq_f32(a0_3_0, x0_2_0, w0_0);
        a0_3_1 = vfmaq_f32(a0_3_1, x0_2_1, w0_1);
        const float32x4_t x0_3_0 = vld1q_f32(in + 39);
        const float32x4_t x0_3_1 = vld1q_lane_f32(in + 43, vdupq_n_f32(0.0f), 0);
        a0_2_0 = vfmaq_f32(a0_2_0, x0_3_0, w2_0);
        a0_2_1 = vfmaq_f32(a0_2_1, x0_3_1, w2_1);
        a0_3_0 = vfmaq_f32(a0_3_0, x0_3_0, w1_0);
        a0_3_1 = vfmaq_f32(a0_3_1, x0_3_1, w1_1);
        a0_4_0 = vfmaq_f32(a0_4_0, x0_3_0, w0_0);
        a0_4_1 = vfmaq_f32(a0_4_1, x0_3_1, w0_1);
        const float32x4_t x0_4_0 = vld1q_f32(in + 52);
        const float32x4_t x0_4_1 = vld1q_lane_f32(in + 56, vdupq_n_f32(0.0f), 0);
        a0_3_0 = vfmaq_f32(a0_3_0, x0_4_0, w2_0);
        a0_3_1 = vfmaq_f32(a0_3_1, x0_4_1, w2_1);
        a0_4_0 = vfmaq_f32(a0_4_0, x0_4_0, w1_0);
        a0_4_1 = vfmaq_f32(a0_4_1, x0_4_1, w1_1);
        a0_5_0 = vfmaq_f32(a0_5_0, x0_4_0, w0_0);
        a0_5_1 = vfmaq_f32(a0_5_1, x0_4_1, w0_1);
        const float32x4_t x0_5_0 = vld1q_f32(in + 65);
        const float32x4_t x0_5_1 = vld1q_lane_f32(in + 69, vdupq_n_f32(0.0f), 0);
        a0_4_0 = vfmaq_f32(a0_4_0, x0_5_0, w2_0);
        a0_4_1 = vfmaq_f32(a0_4_1, x0_5_1, w2_1);
        a0_5_0 = vfmaq_f32(a0_5_0, x0_5_0, w1_0);
        a0_5_1 = vfmaq_f32(a0_5_1, x0_5_1, w1_1);
        a0_6_0 = vfmaq_f32(a0_6_0, x0_5_0, w0_0);
        a0_6_1 = vfmaq_f32(a0_6_1, x0_5_1, w0_1);
        const float32x4_t x0_6_0 = vld1q_f32(in + 78);
        const float32x4_t x0_6_1 = vld1q_lane_f32(in + 82, vdupq_n_f32(0.0f), 0);
        a0_5_0 = vfmaq_f32(a0_5_0, x0_6_0, w2_0);
        a0_5_1 = vfmaq_f32(a0_5_1, x0_6_1, w2_1);
        a0_6_0 = vfmaq_f32(a0_6_0, x0_6_0, w1_0);
        a0_6_1 = vfmaq_f32(a0_6_1, x0_6_1, w1_1);
        a0_7_0 = vfmaq_f32(a0_7_0, x0_6_0, w0_0);
        a0_7_1 = vfmaq_f32(a0_7_1, x0_6_1, w0_1);
        const float32x4_t x0_7_0 = vld1q_f32(in + 91);
        const float32x4_t x0_7_1 = vld1q_lane_f32(in + 95, vdupq_n_f32(0.0f), 0);
        a0_6_0 = vfmaq_f32(a0_6_0, x0_7_0, w2_0);
        a0_6_1 = vfmaq_f32(a0_6_1, x0_7_1, w2_1);
        a0_7_0 = vfmaq_f32(a0_7_0, x0_7_0, w1_0);
        a0_7_1 = vfmaq_f32(a0_7_1, x0_7_1, w1_1);
        }
    }
    a0_0_0 = at_least(vdupq_n_f32(0.0f), a0_0_0);
    a0_0_0 = at_most(vdupq_n_f32(6.0f), a0_0_0);
    vst1q_f32(out, a0_0_0);
    a0_0_1 = at_least(vdupq_n_f32(0.0f), a0_0_1);
    a0_0_1 = at_most(vdupq_n_f32(6.0f), a0_0_1);
    vst1q_lane_f32(out + 4, a0_0_1, 0);
    a0_1_0 = at_least(vdupq_n_f32(0.0f), a0_1_0);
    a0_1_0 = at_most(vdupq_n_f32(6.0f), a0_1_0);
    vst1q_f32(out + 13, a0_1_0);
    a0_1_1 = at_least(vdupq_n_f32(0.0f), a0_1_1);
    a0_1_1 = at_most(vdupq_n_f32(6.0f), a0_1_1);
    vst1q_lane_f32(out + 17, a0_1_1, 0);
    a0_2_0 = at_least(vdupq_n_f32(0.0f), a0_2_0);
    a0_2_0 = at_most(vdupq_n_f32(6.0f), a0_2_0);
    vst1q_f32(out + 26, a0_2_0);
    a0_2_1 = at_least(vdupq_n_f32(0.0f), a0_2_1);
    a0_2_1 = at_most(vdupq_n_f32(6.0f), a0_2_1);
    vst1q_lane_f32(out + 30, a0_2_1, 0);
    a0_3_0 = at_least(vdupq_n_f32(0.0f), a0_3_0);
    a0_3_0 = at_most(vdupq_n_f32(6.0f), a0_3_0);
    vst1q_f32(out + 39, a0_3_0);
    a0_3_1 = at_least(vdupq_n_f32(0.0f), a0_3_1);
    a0_3_1 = at_most(vdupq_n_f32(6.0f), a0_3_1);
    vst1q_lane_f32(out + 43, a0_3_1, 0);
    a0_4_0 = at_least(vdupq_n_f32(0.0f), a0_4_0);
    a0_4_0 = at_most(vdupq_n_f32(6.0f), a0_4_0);
    vst1q_f32(out + 52, a0_4_0);
    a0_4_1 = at_least(vdupq_n_f32(0.0f), a0_4_1);
    a0_4_1 = at_most(vdupq_n_f32(6.0f), a0_4_1);
    vst1q_lane_f32(out + 56, a0_4_1, 0);
    a0_5_0 = at_least(vdupq_n_f32(0.0f), a0_5_0);
    a0_5_0 = at_most(vdupq_n_f32(6.0f), a0_5_0);
    vst1q_f32(out + 65, a0_5_0);
    a0_5_1 = at_least(vdupq_n_f32(0.0f), a0_5_1);
    a0_5_1 = at_most(vdupq_n_f32(6.0f), a0_5_1);
    vst1q_lane_f32(out + 69, a0_5_1, 0);
    a0_6_0 = at_least(vdupq_n_f32(0.0f), a0_6_0);
    a0_6_0 = at_most(vdupq_n_f32(6.0f), a0_6_0);
    vst1q_f32(out + 78, a0_6_0);
    a0_6_1 = at_least(vdupq_n_f32(0.0f), a0_6_1);
    a0_6_1 = at_most(vdupq_n_f32(6.0f), a0_6_1);
    vst1q_lane_f32(out + 82, a0_6_1, 0);
    a0_7_0 = at_least(vdupq_n_f32(0.0f), a0_7_0);
    a0_7_0 = at_most(vdupq_n_f32(6.0f), a0_7_0);
    vst1q_f32(out + 91, a0_7_0);
    a0_7_1 = at_least(vdupq_n_f32(0.0f), a0_7_1);
    a0_7_1 = at_most(vdupq_n_f32(6.0f), a0_7_1);
    vst1q_lane_f32(out + 95, a0_7_1, 0);
}

/* Output rows from 0: 1 tiles of 1 rows. */
static void row0_group0(const float *in, const float *w, float *out)
{
    step_height1_column0_band0(in, w, out, 1, 2);
    step_height1_column0_band1(in + 8, w + 80, out + 8, 1, 2);
}

/* Output rows from 1: 6 tiles of 1 rows. */
static void row1_group0(const float *in, const float *w, float *out)
{
    step_height1_column0_band0(in, w, out, 0, 3);
    step_height1_column0_band1(in + 8, w + 80, out + 8, 0, 3);
}

/* Output rows from 7: 1 tiles of 1 rows. */
static void row2_group0(const float *in, const float *w, float *out)
{
    step_height1_column0_band0(in, w, out, 0, 2);
    step_height1_column0_band1(in + 8, w + 80, out + 8, 0, 2);
}

static void group0(const float *in, const float *w, float *out, size_t tile)
{
    if (tile == 0)
        row0_group0(in, w, out);
    tile -= 1;
    if (tile < 6)
        row1_group0(in + tile * 104, w,
                   out + 104 + tile * 104);
    tile -= 6;
    if (tile == 0)
        row2_group0(in + 624, w, out + 728);
}

/* Copies lanes values and fills the vector up with zeros; from may be NULL: all zeros. */
static void pack_lanes(const float *from, size_t lanes, float *to)
{
    for (size_t lane = 0; lane < 4; ++lane)
        to[lane] = from != NULL && lane < lanes ? from[lane] : 0.0f;
}

/* One vector of output channels: bias, then the taps in order. */
static void pack_vector(const float *weight, const float *const bias[], const float *const slope[], size_t channel,
                        size_t lanes, float *to)
{
    pack_lanes(bias[0] + channel, lanes, to);
    for (size_t tap = 0; tap < 9; ++tap)
        pack_lanes(weight + tap * 13 + channel, lanes, to + (1 + tap) * 4);
    (void)slope;
}

static void pack(const float *const weights[], const float *const bias[], const float *const slope[], void *packed)
{
    float *to = packed;
    size_t channel = 0;
    for (size_t group = 0; group < 1; ++group) {
        for (size_t c = 0; c < 1; ++c)
            for (size_t k = 0; k < 1; ++k) {
                pack_vector(weights[0], bias, slope, channel,
                            4, to);
                pack_vector(weights[0], bias, slope, channel + 4,
                            4, to + 40);
            }
        for (size_t c = 0; c < 1; ++c)
            for (size_t k = 0; k < 1; ++k) {
                pack_vector(weights[0], bias, slope, channel + 8,
                            4, to + 80);
                pack_vector(weights[0], bias, slope, channel + 8 + 4,
                            1, to + 80 + 40);
            }
        channel += 13;
        to += 160;
    }
    /* Up to the alignment. */
    for (float *end = (float *)packed + 160; to < end; ++to)
        *to = 0.0f;
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

extern const struct sepcc_kernel sepcc_f32_depthwise_3x3__8x8x13_p1_relu6__neon_r1c8v2h3b13xr;
const struct sepcc_kernel sepcc_f32_depthwise_3x3__8x8x13_p1_relu6__neon_r1c8v2h3b13xr = {
    .abi_version = SEPCC_ABI_VERSION,
    .struct_size = sizeof(struct sepcc_kernel),
    .name = "sepcc_f32_depthwise_3x3__8x8x13_p1_relu6__neon_r1c8v2h3b13xr",
    .spec = "depthwise in=8x8x13 kernel=3x3 pad=1 act=relu6",
    .plan = "rows=1,columns=8,vectors=2,hold=3,block=13,unroll=row",
    .digest = "df3abd4504bc02ab00b6bff146dc173b",
    .isa = 4, /* neon */
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
typedef int sepcc_f32_depthwise_3x3__8x8x13_p1_relu6__neon_r1c8v2h3b13xr_needs_aarch64;
#endif
