/*
 * sepcc_f32_pointwise_1x1__8x8x13_o10_relu6__scalar_r13v1b26n10k13u4.c: written by sepcc 0.1.0; do not edit.
 *
 * To repeat it:  sepcc gen 'pointwise in=8x8x13 out=10 act=relu6' --isa scalar --plan rows=13,vectors=1,block=26,channels=10,depth=13,unroll_k=4,prefetch=no -o DIR
 * Spec:          pointwise in=8x8x13 out=10 act=relu6
 * Plan:          rows=13,vectors=1,block=26,channels=10,depth=13,unroll_k=4,prefetch=no
 * Template:      pointwise.m4, vocabulary isa/scalar.m4
 * Digest:        c4e3dd779c2995c750dd487ba48dd79e
 * Compile with:  -O2 -ffp-contract=off (the instruction set is chosen below)
 * Counts:        8320 multiply-adds, 3904 bytes read, 2560 bytes written
 *
 * Each output channel of a pixel is the sum over its input channels, in order:
 *     acc = bias;  for ci = 0 .. 13-1:  acc = fma(x, w, acc);  out = relu6
 */
#include "sepcc_kernel.h"

#if defined(__clang__)
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
__attribute__((unused)) static inline float at_least(float lo, float x)
{
    SEPCC_HIDE(lo);
    return lo > x ? lo : x;
}
__attribute__((unused)) static inline float at_most(float hi, float x)
{
    SEPCC_HIDE(hi);
    return hi < x ? hi : x;
}

/* Copies lanes values and fills the vector up with zeros; from may be NULL: all zeros. */
static void pack_lanes(const float *from, size_t lanes, float *to)
{
    for (size_t lane = 0; lane < 1; ++lane)
        to[lane] = from != NULL && lane < lanes ? from[lane] : 0.0f;
}

/*
 * `tiles` times 11 pixels x 1 output channels over 13 input channels.
 * sums: where they start, the biases.
 */
__attribute__((noinline)) static void tile0_depth13(const float *restrict pixels, const float *restrict weights,
                                const float *sums, float *out, size_t tiles)
{
    for (size_t t = 0; t < tiles; ++t) {
        const float *in = pixels + t * 143;
        const float *w = weights;
        float a0_0 = *(sums);
        float a1_0 = a0_0;
        float a2_0 = a0_0;
        float a3_0 = a0_0;
        float a4_0 = a0_0;
        float a5_0 = a0_0;
        float a6_0 = a0_0;
        float a7_0 = a0_0;
        float a8_0 = a0_0;
        float a9_0 = a0_0;
        float a10_0 = a0_0;
        for (size_t k = 0; k < 3; ++k) {
            const float b0_0 = *(w);
            const float x0_0 = *(in);
            a0_0 = fmaf(x0_0, b0_0, a0_0);
            const float x0_1 = *(in + 13);
            a1_0 = fmaf(x0_1, b0_0, a1_0);
            const float x0_2 = *(in + 26);
            a2_0 = fmaf(x0_2, b0_0, a2_0);
            const float x0_3 = *(in + 39);
            a3_0 = fmaf(x0_3, b0_0, a3_0);
            const float x0_4 = *(in + 52);
            a4_0 = fmaf(x0_4, b0_0, a4_0);
            const float x0_5 = *(in + 65);
            a5_0 = fmaf(x0_5, b0_0, a5_0);
            const float x0_6 = *(in + 78);
            a6_0 = fmaf(x0_6, b0_0, a6_0);
            const float x0_7 = *(in + 91);
            a7_0 = fmaf(x0_7, b0_0, a7_0);
            const float x0_8 = *(in + 104);
            a8_0 = fmaf(x0_8, b0_0, a8_0);
            const float x0_9 = *(in + 117);
            a9_0 = fmaf(x0_9, b0_0, a9_0);
            const float x0_10 = *(in + 130);
            a10_0 = fmaf(x0_10, b0_0, a10_0);
            const float b1_0 = *(w + 1);
            const float x1_0 = *(in + 1);
            a0_0 = fmaf(x1_0, b1_0, a0_0);
            const float x1_1 = *(in + 14);
            a1_0 = fmaf(x1_1, b1_0, a1_0);
            const float x1_2 = *(in + 27);
            a2_0 = fmaf(x1_2, b1_0, a2_0);
            const float x1_3 = *(in + 40);
            a3_0 = fmaf(x1_3, b1_0, a3_0);
            const float x1_4 = *(in + 53);
            a4_0 = fmaf(x1_4, b1_0, a4_0);
            const float x1_5 = *(in + 66);
            a5_0 = fmaf(x1_5, b1_0, a5_0);
            const float x1_6 = *(in + 79);
            a6_0 = fmaf(x1_6, b1_0, a6_0);
            const float x1_7 = *(in + 92);
            a7_0 = fmaf(x1_7, b1_0, a7_0);
            const float x1_8 = *(in + 105);
            a8_0 = fmaf(x1_8, b1_0, a8_0);
            const float x1_9 = *(in + 118);
            a9_0 = fmaf(x1_9, b1_0, a9_0);
            const float x1_10 = *(in + 131);
            a10_0 = fmaf(x1_10, b1_0, a10_0);
            const float b2_0 = *(w + 2);
            const float x2_0 = *(in + 2);
            a0_0 = fmaf(x2_0, b2_0, a0_0);
            const float x2_1 = *(in + 15);
            a1_0 = fmaf(x2_1, b2_0, a1_0);
            const float x2_2 = *(in + 28);
            a2_0 = fmaf(x2_2, b2_0, a2_0);
            const float x2_3 = *(in + 41);
            a3_0 = fmaf(x2_3, b2_0, a3_0);
            const float x2_4 = *(in + 54);
            a4_0 = fmaf(x2_4, b2_0, a4_0);
            const float x2_5 = *(in + 67);
            a5_0 = fmaf(x2_5, b2_0, a5_0);
            const float x2_6 = *(in + 80);
            a6_0 = fmaf(x2_6, b2_0, a6_0);
            const float x2_7 = *(in + 93);
            a7_0 = fmaf(x2_7, b2_0, a7_0);
            const float x2_8 = *(in + 106);
            a8_0 = fmaf(x2_8, b2_0, a8_0);
            const float x2_9 = *(in + 119);
            a9_0 = fmaf(x2_9, b2_0, a9_0);
            const float x2_10 = *(in + 132);
            a10_0 = fmaf(x2_10, b2_0, a10_0);
            const float b3_0 = *(w + 3);
            const float x3_0 = *(in + 3);
            a0_0 = fmaf(x3_0, b3_0, a0_0);
            const float x3_1 = *(in + 16);
            a1_0 = fmaf(x3_1, b3_0, a1_0);
            const float x3_2 = *(in + 29);
            a2_0 = fmaf(x3_2, b3_0, a2_0);
            const float x3_3 = *(in + 42);
            a3_0 = fmaf(x3_3, b3_0, a3_0);
            const float x3_4 = *(in + 55);
            a4_0 = fmaf(x3_4, b3_0, a4_0);
            const float x3_5 = *(in + 68);
            a5_0 = fmaf(x3_5, b3_0, a5_0);
            const float x3_6 = *(in + 81);
            a6_0 = fmaf(x3_6, b3_0, a6_0);
            const float x3_7 = *(in + 94);
            a7_0 = fmaf(x3_7, b3_0, a7_0);
            const float x3_8 = *(in + 107);
            a8_0 = fmaf(x3_8, b3_0, a8_0);
            const float x3_9 = *(in + 120);
            a9_0 = fmaf(x3_9, b3_0, a9_0);
            const float x3_10 = *(in + 133);
            a10_0 = fmaf(x3_10, b3_0, a10_0);
            in += 4;
            w += 4;
        }
        const float b0_0 = *(w);
        const float x0_0 = *(in);
        a0_0 = fmaf(x0_0, b0_0, a0_0);
        const float x0_1 = *(in + 13);
        a1_0 = fmaf(x0_1, b0_0, a1_0);
        const float x0_2 = *(in + 26);
        a2_0 = fmaf(x0_2, b0_0, a2_0);
        const float x0_3 = *(in + 39);
        a3_0 = fmaf(x0_3, b0_0, a3_0);
        const float x0_4 = *(in + 52);
        a4_0 = fmaf(x0_4, b0_0, a4_0);
        const float x0_5 = *(in + 65);
        a5_0 = fmaf(x0_5, b0_0, a5_0);
        const float x0_6 = *(in + 78);
        a6_0 = fmaf(x0_6, b0_0, a6_0);
        const float x0_7 = *(in + 91);
        a7_0 = fmaf(x0_7, b0_0, a7_0);
        const float x0_8 = *(in + 104);
        a8_0 = fmaf(x0_8, b0_0, a8_0);
        const float x0_9 = *(in + 117);
        a9_0 = fmaf(x0_9, b0_0, a9_0);
        const float x0_10 = *(in + 130);
        a10_0 = fmaf(x0_10, b0_0, a10_0);
        a0_0 = at_least((0.0f), a0_0);
        a0_0 = at_most((6.0f), a0_0);
        *(out) = a0_0;
        a1_0 = at_least((0.0f), a1_0);
        a1_0 = at_most((6.0f), a1_0);
        *(out + 10) = a1_0;
        a2_0 = at_least((0.0f), a2_0);
        a2_0 = at_most((6.0f), a2_0);
        *(out + 20) = a2_0;
        a3_0 = at_least((0.0f), a3_0);
        a3_0 = at_most((6.0f), a3_0);
        *(out + 30) = a3_0;
        a4_0 = at_least((0.0f), a4_0);
        a4_0 = at_most((6.0f), a4_0);
        *(out + 40) = a4_0;
        a5_0 = at_least((0.0f), a5_0);
        a5_0 = at_most((6.0f), a5_0);
        *(out + 50) = a5_0;
        a6_0 = at_least((0.0f), a6_0);
        a6_0 = at_most((6.0f), a6_0);
        *(out + 60) = a6_0;
        a7_0 = at_least((0.0f), a7_0);
        a7_0 = at_most((6.0f), a7_0);
        *(out + 70) = a7_0;
        a8_0 = at_least((0.0f), a8_0);
        a8_0 = at_most((6.0f), a8_0);
        *(out + 80) = a8_0;
        a9_0 = at_least((0.0f), a9_0);
        a9_0 = at_most((6.0f), a9_0);
        *(out + 90) = a9_0;
        a10_0 = at_least((0.0f), a10_0);
        a10_0 = at_most((6.0f), a10_0);
        *(out + 100) = a10_0;
        out += 110;
    }
}

/*
 * `tiles` times 10 pixels x 1 output channels over 13 input channels.
 * sums: where they start, the biases.
 */
__attribute__((noinline)) static void tile1_depth13(const float *restrict pixels, const float *restrict weights,
                                const float *sums, float *out, size_t tiles)
{
    for (size_t t = 0; t < tiles; ++t) {
        const float *in = pixels + t * 130;
        const float *w = weights;
        float a0_0 = *(sums);
        float a1_0 = a0_0;
        float a2_0 = a0_0;
        float a3_0 = a0_0;
        float a4_0 = a0_0;
        float a5_0 = a0_0;
        float a6_0 = a0_0;
        float a7_0 = a0_0;
        float a8_0 = a0_0;
        float a9_0 = a0_0;
        for (size_t k = 0; k < 3; ++k) {
            const float b0_0 = *(w);
            const float x0_0 = *(in);
            a0_0 = fmaf(x0_0, b0_0, a0_0);
            const float x0_1 = *(in + 13);
            a1_0 = fmaf(x0_1, b0_0, a1_0);
            const float x0_2 = *(in + 26);
            a2_0 = fmaf(x0_2, b0_0, a2_0);
            const float x0_3 = *(in + 39);
            a3_0 = fmaf(x0_3, b0_0, a3_0);
            const float x0_4 = *(in + 52);
            a4_0 = fmaf(x0_4, b0_0, a4_0);
            const float x0_5 = *(in + 65);
            a5_0 = fmaf(x0_5, b0_0, a5_0);
            const float x0_6 = *(in + 78);
            a6_0 = fmaf(x0_6, b0_0, a6_0);
            const float x0_7 = *(in + 91);
            a7_0 = fmaf(x0_7, b0_0, a7_0);
            const float x0_8 = *(in + 104);
            a8_0 = fmaf(x0_8, b0_0, a8_0);
            const float x0_9 = *(in + 117);
            a9_0 = fmaf(x0_9, b0_0, a9_0);
            const float b1_0 = *(w + 1);
            const float x1_0 = *(in + 1);
            a0_0 = fmaf(x1_0, b1_0, a0_0);
            const float x1_1 = *(in + 14);
            a1_0 = fmaf(x1_1, b1_0, a1_0);
            const float x1_2 = *(in + 27);
            a2_0 = fmaf(x1_2, b1_0, a2_0);
            const float x1_3 = *(in + 40);
            a3_0 = fmaf(x1_3, b1_0, a3_0);
            const float x1_4 = *(in + 53);
            a4_0 = fmaf(x1_4, b1_0, a4_0);
            const float x1_5 = *(in + 66);
            a5_0 = fmaf(x1_5, b1_0, a5_0);
            const float x1_6 = *(in + 79);
            a6_0 = fmaf(x1_6, b1_0, a6_0);
            const float x1_7 = *(in + 92);
            a7_0 = fmaf(x1_7, b1_0, a7_0);
            const float x1_8 = *(in + 105);
            a8_0 = fmaf(x1_8, b1_0, a8_0);
            const float x1_9 = *(in + 118);
            a9_0 = fmaf(x1_9, b1_0, a9_0);
            const float b2_0 = *(w + 2);
            const float x2_0 = *(in + 2);
            a0_0 = fmaf(x2_0, b2_0, a0_0);
            const float x2_1 = *(in + 15);
            a1_0 = fmaf(x2_1, b2_0, a1_0);
            const float x2_2 = *(in + 28);
            a2_0 = fmaf(x2_2, b2_0, a2_0);
            const float x2_3 = *(in + 41);
            a3_0 = fmaf(x2_3, b2_0, a3_0);
            const float x2_4 = *(in + 54);
            a4_0 = fmaf(x2_4, b2_0, a4_0);
            const float x2_5 = *(in + 67);
            a5_0 = fmaf(x2_5, b2_0, a5_0);
            const float x2_6 = *(in + 80);
            a6_0 = fmaf(x2_6, b2_0, a6_0);
            const float x2_7 = *(in + 93);
            a7_0 = fmaf(x2_7, b2_0, a7_0);
            const float x2_8 = *(in + 106);
            a8_0 = fmaf(x2_8, b2_0, a8_0);
            const float x2_9 = *(in + 119);
            a9_0 = fmaf(x2_9, b2_0, a9_0);
            const float b3_0 = *(w + 3);
            const float x3_0 = *(in + 3);
            a0_0 = fmaf(x3_0, b3_0, a0_0);
            const float x3_1 = *(in + 16);
            a1_0 = fmaf(x3_1, b3_0, a1_0);
            const float x3_2 = *(in + 29);
            a2_0 = fmaf(x3_2, b3_0, a2_0);
            const float x3_3 = *(in + 42);
            a3_0 = fmaf(x3_3, b3_0, a3_0);
            const float x3_4 = *(in + 55);
            a4_0 = fmaf(x3_4, b3_0, a4_0);
            const float x3_5 = *(in + 68);
            a5_0 = fmaf(x3_5, b3_0, a5_0);
            const float x3_6 = *(in + 81);
            a6_0 = fmaf(x3_6, b3_0, a6_0);
            const float x3_7 = *(in + 94);
            a7_0 = fmaf(x3_7, b3_0, a7_0);
            const float x3_8 = *(in + 107);
            a8_0 = fmaf(x3_8, b3_0, a8_0);
            const float x3_9 = *(in + 120);
            a9_0 = fmaf(x3_9, b3_0, a9_0);
            in += 4;
            w += 4;
        }
        const float b0_0 = *(w);
        const float x0_0 = *(in);
        a0_0 = fmaf(x0_0, b0_0, a0_0);
        const float x0_1 = *(in + 13);
        a1_0 = fmaf(x0_1, b0_0, a1_0);
        const float x0_2 = *(in + 26);
        a2_0 = fmaf(x0_2, b0_0, a2_0);
        const float x0_3 = *(in + 39);
        a3_0 = fmaf(x0_3, b0_0, a3_0);
        const float x0_4 = *(in + 52);
        a4_0 = fmaf(x0_4, b0_0, a4_0);
        const float x0_5 = *(in + 65);
        a5_0 = fmaf(x0_5, b0_0, a5_0);
        const float x0_6 = *(in + 78);
        a6_0 = fmaf(x0_6, b0_0, a6_0);
        const float x0_7 = *(in + 91);
        a7_0 = fmaf(x0_7, b0_0, a7_0);
        const float x0_8 = *(in + 104);
        a8_0 = fmaf(x0_8, b0_0, a8_0);
        const float x0_9 = *(in + 117);
        a9_0 = fmaf(x0_9, b0_0, a9_0);
        a0_0 = at_least((0.0f), a0_0);
        a0_0 = at_most((6.0f), a0_0);
        *(out) = a0_0;
        a1_0 = at_least((0.0f), a1_0);
        a1_0 = at_most((6.0f), a1_0);
        *(out + 10) = a1_0;
        a2_0 = at_least((0.0f), a2_0);
        a2_0 = at_most((6.0f), a2_0);
        *(out + 20) = a2_0;
        a3_0 = at_least((0.0f), a3_0);
        a3_0 = at_most((6.0f), a3_0);
        *(out + 30) = a3_0;
        a4_0 = at_least((0.0f), a4_0);
        a4_0 = at_most((6.0f), a4_0);
        *(out + 40) = a4_0;
        a5_0 = at_least((0.0f), a5_0);
        a5_0 = at_most((6.0f), a5_0);
        *(out + 50) = a5_0;
        a6_0 = at_least((0.0f), a6_0);
        a6_0 = at_most((6.0f), a6_0);
        *(out + 60) = a6_0;
        a7_0 = at_least((0.0f), a7_0);
        a7_0 = at_most((6.0f), a7_0);
        *(out + 70) = a7_0;
        a8_0 = at_least((0.0f), a8_0);
        a8_0 = at_most((6.0f), a8_0);
        *(out + 80) = a8_0;
        a9_0 = at_least((0.0f), a9_0);
        a9_0 = at_most((6.0f), a9_0);
        *(out + 90) = a9_0;
        out += 100;
    }
}

/* 22 pixels x 10 output channels. */
__attribute__((noinline)) static void unit_pixel0_panel0(const float *in, const float *packed, float *out)
{
    {
        for (size_t j = 0; j < 10; ++j) {
            const float *const panel = packed + j * 14;
            const float *const w = panel + 1;
            const float *const x = in;
            float *const y = out + j * 1;
            tile0_depth13(x, w, panel, y, 2);
        }
    }
}

/* 21 pixels x 10 output channels. */
__attribute__((noinline)) static void unit_pixel1_panel0(const float *in, const float *packed, float *out)
{
    {
        for (size_t j = 0; j < 10; ++j) {
            const float *const panel = packed + j * 14;
            const float *const w = panel + 1;
            const float *const x = in;
            float *const y = out + j * 1;
            tile0_depth13(x, w, panel, y, 1);
            tile1_depth13(x + 143, w, panel, y + 110, 1);
        }
    }
}

/* One panel of output channels, `vectors` vectors of which the last may be partly empty. */
static float *pack_panel(const float *weight, const float *bias, const float *slope, size_t channel, size_t lanes,
                         size_t vectors, float *to)
{
    for (size_t n = 0; n < vectors; ++n, to += 1)
        pack_lanes(bias != NULL ? bias + channel + n * 1 : NULL, lanes - n * 1, to);
    for (size_t k = 0; k < 13; ++k)
        for (size_t lane = 0; lane < vectors * 1; ++lane)
            *to++ = lane < lanes ? weight[(channel + lane) * 13 + k] : 0.0f;
    (void)slope;
    return to;
}

/* weight: 10 x 13, bias and slope: 10 floats or NULL; to: 576 bytes, zeros at the end. */
static void pack_layer(const float *weight, const float *bias, const float *slope, float *to)
{
    float *const end = to + 144; /* up to the alignment */
    size_t channel = 0;
    for (size_t block = 0; block < 1; ++block) {
        for (size_t j = 0; j < 10; ++j) {
            to = pack_panel(weight, bias, slope, channel, 1, 1, to);
            channel += 1;
        }
    }
    for (; to < end; ++to)
        *to = 0.0f;
}

/* Plain tensors of each layer, NULL for those it has not, to 576 bytes at a SEPCC_ALIGNMENT boundary. */
static void pack(const float *const weights[], const float *const bias[], const float *const slope[], void *packed)
{
    (void)bias;
    (void)slope;
    pack_layer(weights[0], bias[0], NULL,
                (float *)packed);
}

/*
 * in:  1 images of 8 x 8 x 13, out: 1 of 8 x 8 x 10, packed: by pack().
 * Unit: a block of pixels of a line x a block of output channels; there are 3.
 */
static void run(const float *in, float *out, const void *packed, void *workspace, size_t unit_begin, size_t unit_end)
{
    (void)workspace;
    for (size_t unit = unit_begin; unit < unit_end; ++unit) {
        const size_t block = unit % 1;
        const size_t pixel = unit / 1 % 3;
        const size_t line = unit / 3;
        const float *const x = in + line / 1 * 832;
        const float *w = (const float *)packed + block * 140;
        float *y = out + line / 1 * 640 + block * 10;
        if (pixel < 1)
            unit_pixel0_panel0(x + (pixel - 0) * 286, w, y + (pixel - 0) * 220);
        else
            unit_pixel1_panel0(x + (pixel - 1) * 273 + 286, w, y + (pixel - 1) * 210 + 220);
    }
}

extern const struct sepcc_kernel sepcc_f32_pointwise_1x1__8x8x13_o10_relu6__scalar_r13v1b26n10k13u4;
const struct sepcc_kernel sepcc_f32_pointwise_1x1__8x8x13_o10_relu6__scalar_r13v1b26n10k13u4 = {
    .abi_version = SEPCC_ABI_VERSION,
    .struct_size = sizeof(struct sepcc_kernel),
    .name = "sepcc_f32_pointwise_1x1__8x8x13_o10_relu6__scalar_r13v1b26n10k13u4",
    .spec = "pointwise in=8x8x13 out=10 act=relu6",
    .plan = "rows=13,vectors=1,block=26,channels=10,depth=13,unroll_k=4,prefetch=no",
    .digest = "c4e3dd779c2995c750dd487ba48dd79e",
    .isa = 0, /* scalar */
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
    .packed_bytes = 576,
    .workspace_bytes = 0,
    .unit_count = 3,
    .fma_count = 8320u,
    .read_bytes = 3904u,
    .write_bytes = 2560u,
    .pack = pack,
    .run = run,
};

#if !defined(__clang__) && defined(__GNUC__)
#pragma GCC pop_options
#endif
