/*
 * sepcc_f32_pointwise_1x1__8x8x13_o10_relu6__sse_r3v3b6n10k13u4.c: written by sepcc 0.1.0; do not edit.
 *
 * To repeat it:  sepcc gen 'pointwise in=8x8x13 out=10 act=relu6' --isa sse --plan rows=3,vectors=3,block=6,channels=10,depth=13,unroll_k=4,prefetch=no -o DIR
 * Spec:          pointwise in=8x8x13 out=10 act=relu6
 * Plan:          rows=3,vectors=3,block=6,channels=10,depth=13,unroll_k=4,prefetch=no
 * Template:      pointwise.m4, vocabulary isa/sse.m4
 * Digest:        f0ec6983ec8aea99dd77f92a4b89db99
 * Compile with:  -O2 -ffp-contract=off (the instruction set is chosen below)
 * Counts:        8320 multiply-adds, 4032 bytes read, 2560 bytes written
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
#include <emmintrin.h>
#include <math.h>

/* Copies lanes values and fills the vector up with zeros; from may be NULL: all zeros. */
static void pack_lanes(const float *from, size_t lanes, float *to)
{
    for (size_t lane = 0; lane < 4; ++lane)
        to[lane] = from != NULL && lane < lanes ? from[lane] : 0.0f;
}

/*
 * `tiles` times 3 pixels x 10 output channels over 13 input channels.
 * sums: where they start, the biases.
 */
__attribute__((noinline)) static void tile0_depth13(const float *restrict pixels, const float *restrict weights,
                                const float *sums, float *out, size_t tiles)
{
    for (size_t t = 0; t < tiles; ++t) {
        const float *in = pixels + t * 39;
        const float *w = weights;
        __m128 a0_0 = _mm_load_ps(sums);
        __m128 a0_1 = _mm_load_ps(sums + 4);
        __m128 a0_2 = _mm_load_ps(sums + 8);
        __m128 a1_0 = a0_0;
        __m128 a1_1 = a0_1;
        __m128 a1_2 = a0_2;
        __m128 a2_0 = a0_0;
        __m128 a2_1 = a0_1;
        __m128 a2_2 = a0_2;
        for (size_t k = 0; k < 3; ++k) {
            const __m128 b0_0 = _mm_load_ps(w);
            const __m128 b0_1 = _mm_load_ps(w + 4);
            const __m128 b0_2 = _mm_load_ps(w + 8);
            const __m128 x0_0 = _mm_set1_ps(*(in));
            a0_0 = _mm_add_ps(_mm_mul_ps(x0_0, b0_0), a0_0);
            a0_1 = _mm_add_ps(_mm_mul_ps(x0_0, b0_1), a0_1);
            a0_2 = _mm_add_ps(_mm_mul_ps(x0_0, b0_2), a0_2);
            const __m128 x0_1 = _mm_set1_ps(*(in + 13));
            a1_0 = _mm_add_ps(_mm_mul_ps(x0_1, b0_0), a1_0);
            a1_1 = _mm_add_ps(_mm_mul_ps(x0_1, b0_1), a1_1);
            a1_2 = _mm_add_ps(_mm_mul_ps(x0_1, b0_2), a1_2);
            const __m128 x0_2 = _mm_set1_ps(*(in + 26));
            a2_0 = _mm_add_ps(_mm_mul_ps(x0_2, b0_0), a2_0);
            a2_1 = _mm_add_ps(_mm_mul_ps(x0_2, b0_1), a2_1);
            a2_2 = _mm_add_ps(_mm_mul_ps(x0_2, b0_2), a2_2);
            const __m128 b1_0 = _mm_load_ps(w + 12);
            const __m128 b1_1 = _mm_load_ps(w + 16);
            const __m128 b1_2 = _mm_load_ps(w + 20);
            const __m128 x1_0 = _mm_set1_ps(*(in + 1));
            a0_0 = _mm_add_ps(_mm_mul_ps(x1_0, b1_0), a0_0);
            a0_1 = _mm_add_ps(_mm_mul_ps(x1_0, b1_1), a0_1);
            a0_2 = _mm_add_ps(_mm_mul_ps(x1_0, b1_2), a0_2);
            const __m128 x1_1 = _mm_set1_ps(*(in + 14));
            a1_0 = _mm_add_ps(_mm_mul_ps(x1_1, b1_0), a1_0);
            a1_1 = _mm_add_ps(_mm_mul_ps(x1_1, b1_1), a1_1);
            a1_2 = _mm_add_ps(_mm_mul_ps(x1_1, b1_2), a1_2);
            const __m128 x1_2 = _mm_set1_ps(*(in + 27));
            a2_0 = _mm_add_ps(_mm_mul_ps(x1_2, b1_0), a2_0);
            a2_1 = _mm_add_ps(_mm_mul_ps(x1_2, b1_1), a2_1);
            a2_2 = _mm_add_ps(_mm_mul_ps(x1_2, b1_2), a2_2);
            const __m128 b2_0 = _mm_load_ps(w + 24);
            const __m128 b2_1 = _mm_load_ps(w + 28);
            const __m128 b2_2 = _mm_load_ps(w + 32);
            const __m128 x2_0 = _mm_set1_ps(*(in + 2));
            a0_0 = _mm_add_ps(_mm_mul_ps(x2_0, b2_0), a0_0);
            a0_1 = _mm_add_ps(_mm_mul_ps(x2_0, b2_1), a0_1);
            a0_2 = _mm_add_ps(_mm_mul_ps(x2_0, b2_2), a0_2);
            const __m128 x2_1 = _mm_set1_ps(*(in + 15));
            a1_0 = _mm_add_ps(_mm_mul_ps(x2_1, b2_0), a1_0);
            a1_1 = _mm_add_ps(_mm_mul_ps(x2_1, b2_1), a1_1);
            a1_2 = _mm_add_ps(_mm_mul_ps(x2_1, b2_2), a1_2);
            const __m128 x2_2 = _mm_set1_ps(*(in + 28));
            a2_0 = _mm_add_ps(_mm_mul_ps(x2_2, b2_0), a2_0);
            a2_1 = _mm_add_ps(_mm_mul_ps(x2_2, b2_1), a2_1);
            a2_2 = _mm_add_ps(_mm_mul_ps(x2_2, b2_2), a2_2);
            const __m128 b3_0 = _mm_load_ps(w + 36);
            const __m128 b3_1 = _mm_load_ps(w + 40);
            const __m128 b3_2 = _mm_load_ps(w + 44);
            const __m128 x3_0 = _mm_set1_ps(*(in + 3));
            a0_0 = _mm_add_ps(_mm_mul_ps(x3_0, b3_0), a0_0);
            a0_1 = _mm_add_ps(_mm_mul_ps(x3_0, b3_1), a0_1);
            a0_2 = _mm_add_ps(_mm_mul_ps(x3_0, b3_2), a0_2);
            const __m128 x3_1 = _mm_set1_ps(*(in + 16));
            a1_0 = _mm_add_ps(_mm_mul_ps(x3_1, b3_0), a1_0);
            a1_1 = _mm_add_ps(_mm_mul_ps(x3_1, b3_1), a1_1);
            a1_2 = _mm_add_ps(_mm_mul_ps(x3_1, b3_2), a1_2);
            const __m128 x3_2 = _mm_set1_ps(*(in + 29));
            a2_0 = _mm_add_ps(_mm_mul_ps(x3_2, b3_0), a2_0);
            a2_1 = _mm_add_ps(_mm_mul_ps(x3_2, b3_1), a2_1);
            a2_2 = _mm_add_ps(_mm_mul_ps(x3_2, b3_2), a2_2);
            in += 4;
            w += 48;
        }
        const __m128 b0_0 = _mm_load_ps(w);
        const __m128 b0_1 = _mm_load_ps(w + 4);
        const __m128 b0_2 = _mm_load_ps(w + 8);
        const __m128 x0_0 = _mm_set1_ps(*(in));
        a0_0 = _mm_add_ps(_mm_mul_ps(x0_0, b0_0), a0_0);
        a0_1 = _mm_add_ps(_mm_mul_ps(x0_0, b0_1), a0_1);
        a0_2 = _mm_add_ps(_mm_mul_ps(x0_0, b0_2), a0_2);
        const __m128 x0_1 = _mm_set1_ps(*(in + 13));
        a1_0 = _mm_add_ps(_mm_mul_ps(x0_1, b0_0), a1_0);
        a1_1 = _mm_add_ps(_mm_mul_ps(x0_1, b0_1), a1_1);
        a1_2 = _mm_add_ps(_mm_mul_ps(x0_1, b0_2), a1_2);
        const __m128 x0_2 = _mm_set1_ps(*(in + 26));
        a2_0 = _mm_add_ps(_mm_mul_ps(x0_2, b0_0), a2_0);
        a2_1 = _mm_add_ps(_mm_mul_ps(x0_2, b0_1), a2_1);
        a2_2 = _mm_add_ps(_mm_mul_ps(x0_2, b0_2), a2_2);
        a0_0 = _mm_max_ps(_mm_set1_ps(0.0f), a0_0);
        a0_0 = _mm_min_ps(_mm_set1_ps(6.0f), a0_0);
        _mm_storeu_ps(out, a0_0);
        a0_1 = _mm_max_ps(_mm_set1_ps(0.0f), a0_1);
        a0_1 = _mm_min_ps(_mm_set1_ps(6.0f), a0_1);
        _mm_storeu_ps(out + 4, a0_1);
        a0_2 = _mm_max_ps(_mm_set1_ps(0.0f), a0_2);
        a0_2 = _mm_min_ps(_mm_set1_ps(6.0f), a0_2);
        _mm_storel_epi64((__m128i *)(out + 8), _mm_castps_si128(a0_2));
        a1_0 = _mm_max_ps(_mm_set1_ps(0.0f), a1_0);
        a1_0 = _mm_min_ps(_mm_set1_ps(6.0f), a1_0);
        _mm_storeu_ps(out + 10, a1_0);
        a1_1 = _mm_max_ps(_mm_set1_ps(0.0f), a1_1);
        a1_1 = _mm_min_ps(_mm_set1_ps(6.0f), a1_1);
        _mm_storeu_ps(out + 14, a1_1);
        a1_2 = _mm_max_ps(_mm_set1_ps(0.0f), a1_2);
        a1_2 = _mm_min_ps(_mm_set1_ps(6.0f), a1_2);
        _mm_storel_epi64((__m128i *)(out + 18), _mm_castps_si128(a1_2));
        a2_0 = _mm_max_ps(_mm_set1_ps(0.0f), a2_0);
        a2_0 = _mm_min_ps(_mm_set1_ps(6.0f), a2_0);
        _mm_storeu_ps(out + 20, a2_0);
        a2_1 = _mm_max_ps(_mm_set1_ps(0.0f), a2_1);
        a2_1 = _mm_min_ps(_mm_set1_ps(6.0f), a2_1);
        _mm_storeu_ps(out + 24, a2_1);
        a2_2 = _mm_max_ps(_mm_set1_ps(0.0f), a2_2);
        a2_2 = _mm_min_ps(_mm_set1_ps(6.0f), a2_2);
        _mm_storel_epi64((__m128i *)(out + 28), _mm_castps_si128(a2_2));
        out += 30;
    }
}

/*
 * `tiles` times 2 pixels x 10 output channels over 13 input channels.
 * sums: where they start, the biases.
 */
__attribute__((noinline)) static void tile1_depth13(const float *restrict pixels, const float *restrict weights,
                                const float *sums, float *out, size_t tiles)
{
    for (size_t t = 0; t < tiles; ++t) {
        const float *in = pixels + t * 26;
        const float *w = weights;
        __m128 a0_0 = _mm_load_ps(sums);
        __m128 a0_1 = _mm_load_ps(sums + 4);
        __m128 a0_2 = _mm_load_ps(sums + 8);
        __m128 a1_0 = a0_0;
        __m128 a1_1 = a0_1;
        __m128 a1_2 = a0_2;
        for (size_t k = 0; k < 3; ++k) {
            const __m128 b0_0 = _mm_load_ps(w);
            const __m128 b0_1 = _mm_load_ps(w + 4);
            const __m128 b0_2 = _mm_load_ps(w + 8);
            const __m128 x0_0 = _mm_set1_ps(*(in));
            a0_0 = _mm_add_ps(_mm_mul_ps(x0_0, b0_0), a0_0);
            a0_1 = _mm_add_ps(_mm_mul_ps(x0_0, b0_1), a0_1);
            a0_2 = _mm_add_ps(_mm_mul_ps(x0_0, b0_2), a0_2);
            const __m128 x0_1 = _mm_set1_ps(*(in + 13));
            a1_0 = _mm_add_ps(_mm_mul_ps(x0_1, b0_0), a1_0);
            a1_1 = _mm_add_ps(_mm_mul_ps(x0_1, b0_1), a1_1);
            a1_2 = _mm_add_ps(_mm_mul_ps(x0_1, b0_2), a1_2);
            const __m128 b1_0 = _mm_load_ps(w + 12);
            const __m128 b1_1 = _mm_load_ps(w + 16);
            const __m128 b1_2 = _mm_load_ps(w + 20);
            const __m128 x1_0 = _mm_set1_ps(*(in + 1));
            a0_0 = _mm_add_ps(_mm_mul_ps(x1_0, b1_0), a0_0);
            a0_1 = _mm_add_ps(_mm_mul_ps(x1_0, b1_1), a0_1);
            a0_2 = _mm_add_ps(_mm_mul_ps(x1_0, b1_2), a0_2);
            const __m128 x1_1 = _mm_set1_ps(*(in + 14));
            a1_0 = _mm_add_ps(_mm_mul_ps(x1_1, b1_0), a1_0);
            a1_1 = _mm_add_ps(_mm_mul_ps(x1_1, b1_1), a1_1);
            a1_2 = _mm_add_ps(_mm_mul_ps(x1_1, b1_2), a1_2);
            const __m128 b2_0 = _mm_load_ps(w + 24);
            const __m128 b2_1 = _mm_load_ps(w + 28);
            const __m128 b2_2 = _mm_load_ps(w + 32);
            const __m128 x2_0 = _mm_set1_ps(*(in + 2));
            a0_0 = _mm_add_ps(_mm_mul_ps(x2_0, b2_0), a0_0);
            a0_1 = _mm_add_ps(_mm_mul_ps(x2_0, b2_1), a0_1);
            a0_2 = _mm_add_ps(_mm_mul_ps(x2_0, b2_2), a0_2);
            const __m128 x2_1 = _mm_set1_ps(*(in + 15));
            a1_0 = _mm_add_ps(_mm_mul_ps(x2_1, b2_0), a1_0);
            a1_1 = _mm_add_ps(_mm_mul_ps(x2_1, b2_1), a1_1);
            a1_2 = _mm_add_ps(_mm_mul_ps(x2_1, b2_2), a1_2);
            const __m128 b3_0 = _mm_load_ps(w + 36);
            const __m128 b3_1 = _mm_load_ps(w + 40);
            const __m128 b3_2 = _mm_load_ps(w + 44);
            const __m128 x3_0 = _mm_set1_ps(*(in + 3));
            a0_0 = _mm_add_ps(_mm_mul_ps(x3_0, b3_0), a0_0);
            a0_1 = _mm_add_ps(_mm_mul_ps(x3_0, b3_1), a0_1);
            a0_2 = _mm_add_ps(_mm_mul_ps(x3_0, b3_2), a0_2);
            const __m128 x3_1 = _mm_set1_ps(*(in + 16));
            a1_0 = _mm_add_ps(_mm_mul_ps(x3_1, b3_0), a1_0);
            a1_1 = _mm_add_ps(_mm_mul_ps(x3_1, b3_1), a1_1);
            a1_2 = _mm_add_ps(_mm_mul_ps(x3_1, b3_2), a1_2);
            in += 4;
            w += 48;
        }
        const __m128 b0_0 = _mm_load_ps(w);
        const __m128 b0_1 = _mm_load_ps(w + 4);
        const __m128 b0_2 = _mm_load_ps(w + 8);
        const __m128 x0_0 = _mm_set1_ps(*(in));
        a0_0 = _mm_add_ps(_mm_mul_ps(x0_0, b0_0), a0_0);
        a0_1 = _mm_add_ps(_mm_mul_ps(x0_0, b0_1), a0_1);
        a0_2 = _mm_add_ps(_mm_mul_ps(x0_0, b0_2), a0_2);
        const __m128 x0_1 = _mm_set1_ps(*(in + 13));
        a1_0 = _mm_add_ps(_mm_mul_ps(x0_1, b0_0), a1_0);
        a1_1 = _mm_add_ps(_mm_mul_ps(x0_1, b0_1), a1_1);
        a1_2 = _mm_add_ps(_mm_mul_ps(x0_1, b0_2), a1_2);
        a0_0 = _mm_max_ps(_mm_set1_ps(0.0f), a0_0);
        a0_0 = _mm_min_ps(_mm_set1_ps(6.0f), a0_0);
        _mm_storeu_ps(out, a0_0);
        a0_1 = _mm_max_ps(_mm_set1_ps(0.0f), a0_1);
        a0_1 = _mm_min_ps(_mm_set1_ps(6.0f), a0_1);
        _mm_storeu_ps(out + 4, a0_1);
        a0_2 = _mm_max_ps(_mm_set1_ps(0.0f), a0_2);
        a0_2 = _mm_min_ps(_mm_set1_ps(6.0f), a0_2);
        _mm_storel_epi64((__m128i *)(out + 8), _mm_castps_si128(a0_2));
        a1_0 = _mm_max_ps(_mm_set1_ps(0.0f), a1_0);
        a1_0 = _mm_min_ps(_mm_set1_ps(6.0f), a1_0);
        _mm_storeu_ps(out + 10, a1_0);
        a1_1 = _mm_max_ps(_mm_set1_ps(0.0f), a1_1);
        a1_1 = _mm_min_ps(_mm_set1_ps(6.0f), a1_1);
        _mm_storeu_ps(out + 14, a1_1);
        a1_2 = _mm_max_ps(_mm_set1_ps(0.0f), a1_2);
        a1_2 = _mm_min_ps(_mm_set1_ps(6.0f), a1_2);
        _mm_storel_epi64((__m128i *)(out + 18), _mm_castps_si128(a1_2));
        out += 20;
    }
}

/* 6 pixels x 10 output channels. */
__attribute__((noinline)) static void unit_pixel0_panel0(const float *in, const float *packed, float *out)
{
    {
        {
            const float *const panel = packed;
            const float *const w = panel + 12;
            const float *const x = in;
            float *const y = out;
            tile0_depth13(x, w, panel, y, 2);
        }
    }
}

/* 5 pixels x 10 output channels. */
__attribute__((noinline)) static void unit_pixel1_panel0(const float *in, const float *packed, float *out)
{
    {
        {
            const float *const panel = packed;
            const float *const w = panel + 12;
            const float *const x = in;
            float *const y = out;
            tile0_depth13(x, w, panel, y, 1);
            tile1_depth13(x + 39, w, panel, y + 30, 1);
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
 * Unit: a block of pixels of a line x a block of output channels; there are 11.
 */
static void run(const float *in, float *out, const void *packed, void *workspace, size_t unit_begin, size_t unit_end)
{
    (void)workspace;
    for (size_t unit = unit_begin; unit < unit_end; ++unit) {
        const size_t block = unit % 1;
        const size_t pixel = unit / 1 % 11;
        const size_t line = unit / 11;
        const float *const x = in + line / 1 * 832;
        const float *w = (const float *)packed + block * 168;
        float *y = out + line / 1 * 640 + block * 10;
        if (pixel < 9)
            unit_pixel0_panel0(x + (pixel - 0) * 78, w, y + (pixel - 0) * 60);
        else
            unit_pixel1_panel0(x + (pixel - 9) * 65 + 702, w, y + (pixel - 9) * 50 + 540);
    }
}

extern const struct sepcc_kernel sepcc_f32_pointwise_1x1__8x8x13_o10_relu6__sse_r3v3b6n10k13u4;
const struct sepcc_kernel sepcc_f32_pointwise_1x1__8x8x13_o10_relu6__sse_r3v3b6n10k13u4 = {
    .abi_version = SEPCC_ABI_VERSION,
    .struct_size = sizeof(struct sepcc_kernel),
    .name = "sepcc_f32_pointwise_1x1__8x8x13_o10_relu6__sse_r3v3b6n10k13u4",
    .spec = "pointwise in=8x8x13 out=10 act=relu6",
    .plan = "rows=3,vectors=3,block=6,channels=10,depth=13,unroll_k=4,prefetch=no",
    .digest = "f0ec6983ec8aea99dd77f92a4b89db99",
    .isa = 1, /* sse */
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
    .unit_count = 11,
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
typedef int sepcc_f32_pointwise_1x1__8x8x13_o10_relu6__sse_r3v3b6n10k13u4_needs_x86_64;
#endif
