/*
 * image.c: a single-file bundle: all kernels, and the choice among them on the running CPU; by sepcc 0.1.0.
 *
 * Compile with:  cc -O2 -c image.c (each kernel chooses its instruction set itself), link with -lm
 * To repeat it:  sepcc gen -f image.layers --single-file --isa sse,avx2,neon --plan unroll=row -o DIR
 * where image.layers is
 *
 *     depthwise name=blur in=24x32x4 kernel=3x3 pad=1 bias=no
 */
#include "image.h"

#include <stdatomic.h>

/*
 * sepcc_f32_depthwise_3x3__24x32x4_p1_nobias__sse_r1c8v1h3b4xr.c: written by sepcc 0.1.0; do not edit.
 *
 * To repeat it:  sepcc gen 'depthwise in=24x32x4 kernel=3x3 pad=1 bias=no' --isa sse --plan rows=1,columns=8,vectors=1,hold=3,block=4,unroll=row,prefetch=no -o DIR
 * Spec:          depthwise in=24x32x4 kernel=3x3 pad=1 bias=no
 * Plan:          rows=1,columns=8,vectors=1,hold=3,block=4,unroll=row,prefetch=no
 * Template:      depthwise.m4, vocabulary isa/sse.m4
 * Digest:        d72773799cb244c3b59325a3b04089e5
 * Compile with:  -O2 -ffp-contract=off (the instruction set is chosen below)
 * Counts:        26320 multiply-adds, 12480 bytes read, 12288 bytes written
 *
 * Each output channel is the convolution of one input channel with its own kernel:
 *     acc = bias;  for ky, kx inside the image:  acc = fma(x, w, acc);  out = none
 */

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
static void pack_lanes_k0(const float *from, size_t lanes, float *to)
{
    for (size_t lane = 0; lane < 4; ++lane)
        to[lane] = from != NULL && lane < lanes ? from[lane] : 0.0f;
}

/*
 * 1 x 8 outputs of 4 channels, over `count` kernel rows from `first` on. pixels: the first that they read, at their input
 * channels; packed: their weights, from the bias on; outputs: the first of them.
 */
static inline void step_height1_column0_band0_k0(const float *restrict pixels, const float *restrict packed,
                                             float *restrict outputs, size_t first, size_t count)
{
    {
        const float *in = pixels;
        const float *const w = packed;
        float *const out = outputs;
        __m128 a0_0_0 = _mm_load_ps(w);
        __m128 a0_1_0 = a0_0_0;
        __m128 a0_2_0 = a0_0_0;
        __m128 a0_3_0 = a0_0_0;
        __m128 a0_4_0 = a0_0_0;
        __m128 a0_5_0 = a0_0_0;
        __m128 a0_6_0 = a0_0_0;
        __m128 a0_7_0 = a0_0_0;
        const float *weights = w + 4 + first * 12;
        for (size_t y = 0; y < count; ++y, in += 128, weights += 12) {
            {
            const __m128 w0_0 = _mm_load_ps(weights);
            const __m128 w1_0 = _mm_load_ps(weights + 4);
            const __m128 w2_0 = _mm_load_ps(weights + 8);
            const __m128 x0_0_0 = _mm_loadu_ps(in);
            a0_0_0 = _mm_add_ps(_mm_mul_ps(x0_0_0, w1_0), a0_0_0);
            a0_1_0 = _mm_add_ps(_mm_mul_ps(x0_0_0, w0_0), a0_1_0);
            const __m128 x0_1_0 = _mm_loadu_ps(in + 4);
            a0_0_0 = _mm_add_ps(_mm_mul_ps(x0_1_0, w2_0), a0_0_0);
            a0_1_0 = _mm_add_ps(_mm_mul_ps(x0_1_0, w1_0), a0_1_0);
            a0_2_0 = _mm_add_ps(_mm_mul_ps(x0_1_0, w0_0), a0_2_0);
            const __m128 x0_2_0 = _mm_loadu_ps(in + 8);
            a0_1_0 = _mm_add_ps(_mm_mul_ps(x0_2_0, w2_0), a0_1_0);
            a0_2_0 = _mm_add_ps(_mm_mul_ps(x0_2_0, w1_0), a0_2_0);
            a0_3_0 = _mm_add_ps(_mm_mul_ps(x0_2_0, w0_0), a0_3_0);
            const __m128 x0_3_0 = _mm_loadu_ps(in + 12);
            a0_2_0 = _mm_add_ps(_mm_mul_ps(x0_3_0, w2_0), a0_2_0);
            a0_3_0 = _mm_add_ps(_mm_mul_ps(x0_3_0, w1_0), a0_3_0);
            a0_4_0 = _mm_add_ps(_mm_mul_ps(x0_3_0, w0_0), a0_4_0);
            const __m128 x0_4_0 = _mm_loadu_ps(in + 16);
            a0_3_0 = _mm_add_ps(_mm_mul_ps(x0_4_0, w2_0), a0_3_0);
            a0_4_0 = _mm_add_ps(_mm_mul_ps(x0_4_0, w1_0), a0_4_0);
            a0_5_0 = _mm_add_ps(_mm_mul_ps(x0_4_0, w0_0), a0_5_0);
            const __m128 x0_5_0 = _mm_loadu_ps(in + 20);
            a0_4_0 = _mm_add_ps(_mm_mul_ps(x0_5_0, w2_0), a0_4_0);
            a0_5_0 = _mm_add_ps(_mm_mul_ps(x0_5_0, w1_0), a0_5_0);
            a0_6_0 = _mm_add_ps(_mm_mul_ps(x0_5_0, w0_0), a0_6_0);
            const __m128 x0_6_0 = _mm_loadu_ps(in + 24);
            a0_5_0 = _mm_add_ps(_mm_mul_ps(x0_6_0, w2_0), a0_5_0);
            a0_6_0 = _mm_add_ps(_mm_mul_ps(x0_6_0, w1_0), a0_6_0);
            a0_7_0 = _mm_add_ps(_mm_mul_ps(x0_6_0, w0_0), a0_7_0);
            const __m128 x0_7_0 = _mm_loadu_ps(in + 28);
            a0_6_0 = _mm_add_ps(_mm_mul_ps(x0_7_0, w2_0), a0_6_0);
            a0_7_0 = _mm_add_ps(_mm_mul_ps(x0_7_0, w1_0), a0_7_0);
            const __m128 x0_8_0 = _mm_loadu_ps(in + 32);
            a0_7_0 = _mm_add_ps(_mm_mul_ps(x0_8_0, w2_0), a0_7_0);
            }
        }
        _mm_storeu_ps(out, a0_0_0);
        _mm_storeu_ps(out + 4, a0_1_0);
        _mm_storeu_ps(out + 8, a0_2_0);
        _mm_storeu_ps(out + 12, a0_3_0);
        _mm_storeu_ps(out + 16, a0_4_0);
        _mm_storeu_ps(out + 20, a0_5_0);
        _mm_storeu_ps(out + 24, a0_6_0);
        _mm_storeu_ps(out + 28, a0_7_0);
    }
}

/*
 * 1 x 8 outputs of 4 channels, over `count` kernel rows from `first` on. pixels: the first that they read, at their input
 * channels; packed: their weights, from the bias on; outputs: the first of them.
 */
static inline void step_height1_column1_band0_k0(const float *restrict pixels, const float *restrict packed,
                                             float *restrict outputs, size_t first, size_t count)
{
    {
        const float *in = pixels;
        const float *const w = packed;
        float *const out = outputs;
        __m128 a0_0_0 = _mm_load_ps(w);
        __m128 a0_1_0 = a0_0_0;
        __m128 a0_2_0 = a0_0_0;
        __m128 a0_3_0 = a0_0_0;
        __m128 a0_4_0 = a0_0_0;
        __m128 a0_5_0 = a0_0_0;
        __m128 a0_6_0 = a0_0_0;
        __m128 a0_7_0 = a0_0_0;
        const float *weights = w + 4 + first * 12;
        for (size_t y = 0; y < count; ++y, in += 128, weights += 12) {
            {
            const __m128 w0_0 = _mm_load_ps(weights);
            const __m128 w1_0 = _mm_load_ps(weights + 4);
            const __m128 w2_0 = _mm_load_ps(weights + 8);
            const __m128 x0_0_0 = _mm_loadu_ps(in);
            a0_0_0 = _mm_add_ps(_mm_mul_ps(x0_0_0, w0_0), a0_0_0);
            const __m128 x0_1_0 = _mm_loadu_ps(in + 4);
            a0_0_0 = _mm_add_ps(_mm_mul_ps(x0_1_0, w1_0), a0_0_0);
            a0_1_0 = _mm_add_ps(_mm_mul_ps(x0_1_0, w0_0), a0_1_0);
            const __m128 x0_2_0 = _mm_loadu_ps(in + 8);
            a0_0_0 = _mm_add_ps(_mm_mul_ps(x0_2_0, w2_0), a0_0_0);
            a0_1_0 = _mm_add_ps(_mm_mul_ps(x0_2_0, w1_0), a0_1_0);
            a0_2_0 = _mm_add_ps(_mm_mul_ps(x0_2_0, w0_0), a0_2_0);
            const __m128 x0_3_0 = _mm_loadu_ps(in + 12);
            a0_1_0 = _mm_add_ps(_mm_mul_ps(x0_3_0, w2_0), a0_1_0);
            a0_2_0 = _mm_add_ps(_mm_mul_ps(x0_3_0, w1_0), a0_2_0);
            a0_3_0 = _mm_add_ps(_mm_mul_ps(x0_3_0, w0_0), a0_3_0);
            const __m128 x0_4_0 = _mm_loadu_ps(in + 16);
            a0_2_0 = _mm_add_ps(_mm_mul_ps(x0_4_0, w2_0), a0_2_0);
            a0_3_0 = _mm_add_ps(_mm_mul_ps(x0_4_0, w1_0), a0_3_0);
            a0_4_0 = _mm_add_ps(_mm_mul_ps(x0_4_0, w0_0), a0_4_0);
            const __m128 x0_5_0 = _mm_loadu_ps(in + 20);
            a0_3_0 = _mm_add_ps(_mm_mul_ps(x0_5_0, w2_0), a0_3_0);
            a0_4_0 = _mm_add_ps(_mm_mul_ps(x0_5_0, w1_0), a0_4_0);
            a0_5_0 = _mm_add_ps(_mm_mul_ps(x0_5_0, w0_0), a0_5_0);
            const __m128 x0_6_0 = _mm_loadu_ps(in + 24);
            a0_4_0 = _mm_add_ps(_mm_mul_ps(x0_6_0, w2_0), a0_4_0);
            a0_5_0 = _mm_add_ps(_mm_mul_ps(x0_6_0, w1_0), a0_5_0);
            a0_6_0 = _mm_add_ps(_mm_mul_ps(x0_6_0, w0_0), a0_6_0);
            const __m128 x0_7_0 = _mm_loadu_ps(in + 28);
            a0_5_0 = _mm_add_ps(_mm_mul_ps(x0_7_0, w2_0), a0_5_0);
            a0_6_0 = _mm_add_ps(_mm_mul_ps(x0_7_0, w1_0), a0_6_0);
            a0_7_0 = _mm_add_ps(_mm_mul_ps(x0_7_0, w0_0), a0_7_0);
            const __m128 x0_8_0 = _mm_loadu_ps(in + 32);
            a0_6_0 = _mm_add_ps(_mm_mul_ps(x0_8_0, w2_0), a0_6_0);
            a0_7_0 = _mm_add_ps(_mm_mul_ps(x0_8_0, w1_0), a0_7_0);
            const __m128 x0_9_0 = _mm_loadu_ps(in + 36);
            a0_7_0 = _mm_add_ps(_mm_mul_ps(x0_9_0, w2_0), a0_7_0);
            }
        }
        _mm_storeu_ps(out, a0_0_0);
        _mm_storeu_ps(out + 4, a0_1_0);
        _mm_storeu_ps(out + 8, a0_2_0);
        _mm_storeu_ps(out + 12, a0_3_0);
        _mm_storeu_ps(out + 16, a0_4_0);
        _mm_storeu_ps(out + 20, a0_5_0);
        _mm_storeu_ps(out + 24, a0_6_0);
        _mm_storeu_ps(out + 28, a0_7_0);
    }
}

/*
 * 1 x 8 outputs of 4 channels, over `count` kernel rows from `first` on. pixels: the first that they read, at their input
 * channels; packed: their weights, from the bias on; outputs: the first of them.
 */
static inline void step_height1_column2_band0_k0(const float *restrict pixels, const float *restrict packed,
                                             float *restrict outputs, size_t first, size_t count)
{
    {
        const float *in = pixels;
        const float *const w = packed;
        float *const out = outputs;
        __m128 a0_0_0 = _mm_load_ps(w);
        __m128 a0_1_0 = a0_0_0;
        __m128 a0_2_0 = a0_0_0;
        __m128 a0_3_0 = a0_0_0;
        __m128 a0_4_0 = a0_0_0;
        __m128 a0_5_0 = a0_0_0;
        __m128 a0_6_0 = a0_0_0;
        __m128 a0_7_0 = a0_0_0;
        const float *weights = w + 4 + first * 12;
        for (size_t y = 0; y < count; ++y, in += 128, weights += 12) {
            {
            const __m128 w0_0 = _mm_load_ps(weights);
            const __m128 w1_0 = _mm_load_ps(weights + 4);
            const __m128 w2_0 = _mm_load_ps(weights + 8);
            const __m128 x0_0_0 = _mm_loadu_ps(in);
            a0_0_0 = _mm_add_ps(_mm_mul_ps(x0_0_0, w0_0), a0_0_0);
            const __m128 x0_1_0 = _mm_loadu_ps(in + 4);
            a0_0_0 = _mm_add_ps(_mm_mul_ps(x0_1_0, w1_0), a0_0_0);
            a0_1_0 = _mm_add_ps(_mm_mul_ps(x0_1_0, w0_0), a0_1_0);
            const __m128 x0_2_0 = _mm_loadu_ps(in + 8);
            a0_0_0 = _mm_add_ps(_mm_mul_ps(x0_2_0, w2_0), a0_0_0);
            a0_1_0 = _mm_add_ps(_mm_mul_ps(x0_2_0, w1_0), a0_1_0);
            a0_2_0 = _mm_add_ps(_mm_mul_ps(x0_2_0, w0_0), a0_2_0);
            const __m128 x0_3_0 = _mm_loadu_ps(in + 12);
            a0_1_0 = _mm_add_ps(_mm_mul_ps(x0_3_0, w2_0), a0_1_0);
            a0_2_0 = _mm_add_ps(_mm_mul_ps(x0_3_0, w1_0), a0_2_0);
            a0_3_0 = _mm_add_ps(_mm_mul_ps(x0_3_0, w0_0), a0_3_0);
            const __m128 x0_4_0 = _mm_loadu_ps(in + 16);
            a0_2_0 = _mm_add_ps(_mm_mul_ps(x0_4_0, w2_0), a0_2_0);
            a0_3_0 = _mm_add_ps(_mm_mul_ps(x0_4_0, w1_0), a0_3_0);
            a0_4_0 = _mm_add_ps(_mm_mul_ps(x0_4_0, w0_0), a0_4_0);
            const __m128 x0_5_0 = _mm_loadu_ps(in + 20);
            a0_3_0 = _mm_add_ps(_mm_mul_ps(x0_5_0, w2_0), a0_3_0);
            a0_4_0 = _mm_add_ps(_mm_mul_ps(x0_5_0, w1_0), a0_4_0);
            a0_5_0 = _mm_add_ps(_mm_mul_ps(x0_5_0, w0_0), a0_5_0);
            const __m128 x0_6_0 = _mm_loadu_ps(in + 24);
            a0_4_0 = _mm_add_ps(_mm_mul_ps(x0_6_0, w2_0), a0_4_0);
            a0_5_0 = _mm_add_ps(_mm_mul_ps(x0_6_0, w1_0), a0_5_0);
            a0_6_0 = _mm_add_ps(_mm_mul_ps(x0_6_0, w0_0), a0_6_0);
            const __m128 x0_7_0 = _mm_loadu_ps(in + 28);
            a0_5_0 = _mm_add_ps(_mm_mul_ps(x0_7_0, w2_0), a0_5_0);
            a0_6_0 = _mm_add_ps(_mm_mul_ps(x0_7_0, w1_0), a0_6_0);
            a0_7_0 = _mm_add_ps(_mm_mul_ps(x0_7_0, w0_0), a0_7_0);
            const __m128 x0_8_0 = _mm_loadu_ps(in + 32);
            a0_6_0 = _mm_add_ps(_mm_mul_ps(x0_8_0, w2_0), a0_6_0);
            a0_7_0 = _mm_add_ps(_mm_mul_ps(x0_8_0, w1_0), a0_7_0);
            }
        }
        _mm_storeu_ps(out, a0_0_0);
        _mm_storeu_ps(out + 4, a0_1_0);
        _mm_storeu_ps(out + 8, a0_2_0);
        _mm_storeu_ps(out + 12, a0_3_0);
        _mm_storeu_ps(out + 16, a0_4_0);
        _mm_storeu_ps(out + 20, a0_5_0);
        _mm_storeu_ps(out + 24, a0_6_0);
        _mm_storeu_ps(out + 28, a0_7_0);
    }
}

/* Output rows from 0: 1 tiles of 1 rows. */
__attribute__((noinline)) static void row0_group0_k0(const float *in, const float *w, float *out)
{
    step_height1_column0_band0_k0(in, w, out, 1, 2);
    for (size_t t = 0; t < 2; ++t) {
        step_height1_column1_band0_k0(in + 28 + t * 32, w, out + 32 + t * 32, 1, 2);
    }
    step_height1_column2_band0_k0(in + 92, w, out + 96, 1, 2);
}

/* Output rows from 1: 22 tiles of 1 rows. */
__attribute__((noinline)) static void row1_group0_k0(const float *in, const float *w, float *out)
{
    step_height1_column0_band0_k0(in, w, out, 0, 3);
    for (size_t t = 0; t < 2; ++t) {
        step_height1_column1_band0_k0(in + 28 + t * 32, w, out + 32 + t * 32, 0, 3);
    }
    step_height1_column2_band0_k0(in + 92, w, out + 96, 0, 3);
}

/* Output rows from 23: 1 tiles of 1 rows. */
__attribute__((noinline)) static void row2_group0_k0(const float *in, const float *w, float *out)
{
    step_height1_column0_band0_k0(in, w, out, 0, 2);
    for (size_t t = 0; t < 2; ++t) {
        step_height1_column1_band0_k0(in + 28 + t * 32, w, out + 32 + t * 32, 0, 2);
    }
    step_height1_column2_band0_k0(in + 92, w, out + 96, 0, 2);
}

/* Row of tiles `tile` of all channels of a group, where in, w and out start. */
static void group0_k0(const float *in, const float *w, float *out, size_t tile)
{
    if (tile < 1) {
        row0_group0_k0(in, w,
                   out);
        return;
    }
    tile -= 1;
    if (tile < 22) {
        row1_group0_k0(in + tile * 128, w,
                   out + 128 + tile * 128);
        return;
    }
    tile -= 22;
    if (tile < 1) {
        row2_group0_k0(in + 2816, w,
                   out + 2944);
        return;
    }
}

/* One vector of output channels: bias, then the taps in order. */
static void pack_vector_k0(const float *weight, const float *bias, const float *slope, size_t channel, size_t lanes,
                        float *to)
{
    pack_lanes_k0(bias != NULL ? bias + channel : NULL, lanes, to);
    for (size_t tap = 0; tap < 9; ++tap)
        pack_lanes_k0(weight + tap * 4 + channel, lanes, to + (1 + tap) * 4);
    (void)slope;
}

/* weight: 3 x 3 x 4, bias and slope: 4 floats or NULL; to: 192 bytes, zeros at the end. */
static void pack_layer_k0(const float *weight, const float *bias, const float *slope, float *to)
{
    float *const end = to + 48; /* up to the alignment */
    size_t channel = 0;
    for (size_t group = 0; group < 1; ++group) {
        for (size_t c = 0; c < 1; ++c)
            for (size_t k = 0; k < 1; ++k) {
                pack_vector_k0(weight, bias, slope, channel,
                            4, to);
            }
        channel += 4;
        to += 40;
    }
    for (; to < end; ++to)
        *to = 0.0f;
}

/* Plain tensors of each layer, NULL for those it has not, to 192 bytes at a SEPCC_ALIGNMENT boundary. */
static void pack_k0(const float *const weights[], const float *const bias[], const float *const slope[], void *packed)
{
    (void)bias;
    (void)slope;
    pack_layer_k0(weights[0], NULL, NULL,
                (float *)packed);
}

/*
 * in:  1 images of 24 x 32 x 4, out: 1 of 24 x 32 x 4, packed: by pack().
 * Unit: one row of tiles of one channel group of one image; there are 24.
 */
static void run_k0(const float *in, float *out, const void *packed, void *workspace, size_t unit_begin, size_t unit_end)
{
    (void)workspace;
    for (size_t unit = unit_begin; unit < unit_end; ++unit) {
        const size_t tile = unit % 24;
        const size_t image = unit / 24;
        const float *x = in + image * 3072;
        const float *w = packed;
        float *y = out + image * 3072;
        group0_k0(x, w, y, tile);
    }
}

static const struct sepcc_kernel sepcc_f32_depthwise_3x3__24x32x4_p1_nobias__sse_r1c8v1h3b4xr = {
    .abi_version = SEPCC_ABI_VERSION,
    .struct_size = sizeof(struct sepcc_kernel),
    .name = "sepcc_f32_depthwise_3x3__24x32x4_p1_nobias__sse_r1c8v1h3b4xr",
    .spec = "depthwise in=24x32x4 kernel=3x3 pad=1 bias=no",
    .plan = "rows=1,columns=8,vectors=1,hold=3,block=4,unroll=row,prefetch=no",
    .digest = "d72773799cb244c3b59325a3b04089e5",
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
                        .in_h = 24,
                        .in_w = 32,
                        .in_c = 4,
                        .out_h = 24,
                        .out_w = 32,
                        .out_c = 4,
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
                        .has_bias = 0,
                        .act = 0, /* none */
                        .act_param = {0x0p+0f, 0x0p+0f},
                    },
                },
        },
    .packed_bytes = 192,
    .workspace_bytes = 0,
    .unit_count = 24,
    .fma_count = 26320u,
    .read_bytes = 12480u,
    .write_bytes = 12288u,
    .pack = pack_k0,
    .run = run_k0,
};

#if !defined(__clang__) && defined(__GNUC__)
#pragma GCC pop_options
#endif
#else
typedef int sepcc_f32_depthwise_3x3__24x32x4_p1_nobias__sse_r1c8v1h3b4xr_needs_x86_64;
#endif

/*
 * sepcc_f32_depthwise_3x3__24x32x4_p1_nobias__avx2_r1c8v1h3b4xr.c: written by sepcc 0.1.0; do not edit.
 *
 * To repeat it:  sepcc gen 'depthwise in=24x32x4 kernel=3x3 pad=1 bias=no' --isa avx2 --plan rows=1,columns=8,vectors=1,hold=3,block=4,unroll=row,prefetch=no -o DIR
 * Spec:          depthwise in=24x32x4 kernel=3x3 pad=1 bias=no
 * Plan:          rows=1,columns=8,vectors=1,hold=3,block=4,unroll=row,prefetch=no
 * Template:      depthwise.m4, vocabulary isa/avx2.m4
 * Digest:        ba86bc20672c1cd7e6e8fdb71c30443f
 * Compile with:  -O2 -ffp-contract=off (the instruction set is chosen below)
 * Counts:        26320 multiply-adds, 12608 bytes read, 12288 bytes written
 *
 * Each output channel is the convolution of one input channel with its own kernel:
 *     acc = bias;  for ky, kx inside the image:  acc = fma(x, w, acc);  out = none
 */

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
static void pack_lanes_k1(const float *from, size_t lanes, float *to)
{
    for (size_t lane = 0; lane < 8; ++lane)
        to[lane] = from != NULL && lane < lanes ? from[lane] : 0.0f;
}

/*
 * 1 x 8 outputs of 4 channels, over `count` kernel rows from `first` on. pixels: the first that they read, at their input
 * channels; packed: their weights, from the bias on; outputs: the first of them.
 */
static inline void step_height1_column0_band0_k1(const float *restrict pixels, const float *restrict packed,
                                             float *restrict outputs, size_t first, size_t count)
{
    {
        const float *in = pixels;
        const float *const w = packed;
        float *const out = outputs;
        __m256 a0_0_0 = _mm256_load_ps(w);
        __m256 a0_1_0 = a0_0_0;
        __m256 a0_2_0 = a0_0_0;
        __m256 a0_3_0 = a0_0_0;
        __m256 a0_4_0 = a0_0_0;
        __m256 a0_5_0 = a0_0_0;
        __m256 a0_6_0 = a0_0_0;
        __m256 a0_7_0 = a0_0_0;
        const float *weights = w + 8 + first * 24;
        for (size_t y = 0; y < count; ++y, in += 128, weights += 24) {
            {
            const __m256 w0_0 = _mm256_load_ps(weights);
            const __m256 w1_0 = _mm256_load_ps(weights + 8);
            const __m256 w2_0 = _mm256_load_ps(weights + 16);
            const __m256 x0_0_0 = _mm256_zextps128_ps256(_mm_loadu_ps(in));
            a0_0_0 = _mm256_fmadd_ps(x0_0_0, w1_0, a0_0_0);
            a0_1_0 = _mm256_fmadd_ps(x0_0_0, w0_0, a0_1_0);
            const __m256 x0_1_0 = _mm256_zextps128_ps256(_mm_loadu_ps(in + 4));
            a0_0_0 = _mm256_fmadd_ps(x0_1_0, w2_0, a0_0_0);
            a0_1_0 = _mm256_fmadd_ps(x0_1_0, w1_0, a0_1_0);
            a0_2_0 = _mm256_fmadd_ps(x0_1_0, w0_0, a0_2_0);
            const __m256 x0_2_0 = _mm256_zextps128_ps256(_mm_loadu_ps(in + 8));
            a0_1_0 = _mm256_fmadd_ps(x0_2_0, w2_0, a0_1_0);
            a0_2_0 = _mm256_fmadd_ps(x0_2_0, w1_0, a0_2_0);
            a0_3_0 = _mm256_fmadd_ps(x0_2_0, w0_0, a0_3_0);
            const __m256 x0_3_0 = _mm256_zextps128_ps256(_mm_loadu_ps(in + 12));
            a0_2_0 = _mm256_fmadd_ps(x0_3_0, w2_0, a0_2_0);
            a0_3_0 = _mm256_fmadd_ps(x0_3_0, w1_0, a0_3_0);
            a0_4_0 = _mm256_fmadd_ps(x0_3_0, w0_0, a0_4_0);
            const __m256 x0_4_0 = _mm256_zextps128_ps256(_mm_loadu_ps(in + 16));
            a0_3_0 = _mm256_fmadd_ps(x0_4_0, w2_0, a0_3_0);
            a0_4_0 = _mm256_fmadd_ps(x0_4_0, w1_0, a0_4_0);
            a0_5_0 = _mm256_fmadd_ps(x0_4_0, w0_0, a0_5_0);
            const __m256 x0_5_0 = _mm256_zextps128_ps256(_mm_loadu_ps(in + 20));
            a0_4_0 = _mm256_fmadd_ps(x0_5_0, w2_0, a0_4_0);
            a0_5_0 = _mm256_fmadd_ps(x0_5_0, w1_0, a0_5_0);
            a0_6_0 = _mm256_fmadd_ps(x0_5_0, w0_0, a0_6_0);
            const __m256 x0_6_0 = _mm256_zextps128_ps256(_mm_loadu_ps(in + 24));
            a0_5_0 = _mm256_fmadd_ps(x0_6_0, w2_0, a0_5_0);
            a0_6_0 = _mm256_fmadd_ps(x0_6_0, w1_0, a0_6_0);
            a0_7_0 = _mm256_fmadd_ps(x0_6_0, w0_0, a0_7_0);
            const __m256 x0_7_0 = _mm256_zextps128_ps256(_mm_loadu_ps(in + 28));
            a0_6_0 = _mm256_fmadd_ps(x0_7_0, w2_0, a0_6_0);
            a0_7_0 = _mm256_fmadd_ps(x0_7_0, w1_0, a0_7_0);
            const __m256 x0_8_0 = _mm256_zextps128_ps256(_mm_loadu_ps(in + 32));
            a0_7_0 = _mm256_fmadd_ps(x0_8_0, w2_0, a0_7_0);
            }
        }
        _mm_storeu_ps(out, _mm256_castps256_ps128(a0_0_0));
        _mm_storeu_ps(out + 4, _mm256_castps256_ps128(a0_1_0));
        _mm_storeu_ps(out + 8, _mm256_castps256_ps128(a0_2_0));
        _mm_storeu_ps(out + 12, _mm256_castps256_ps128(a0_3_0));
        _mm_storeu_ps(out + 16, _mm256_castps256_ps128(a0_4_0));
        _mm_storeu_ps(out + 20, _mm256_castps256_ps128(a0_5_0));
        _mm_storeu_ps(out + 24, _mm256_castps256_ps128(a0_6_0));
        _mm_storeu_ps(out + 28, _mm256_castps256_ps128(a0_7_0));
    }
}

/*
 * 1 x 8 outputs of 4 channels, over `count` kernel rows from `first` on. pixels: the first that they read, at their input
 * channels; packed: their weights, from the bias on; outputs: the first of them.
 */
static inline void step_height1_column1_band0_k1(const float *restrict pixels, const float *restrict packed,
                                             float *restrict outputs, size_t first, size_t count)
{
    {
        const float *in = pixels;
        const float *const w = packed;
        float *const out = outputs;
        __m256 a0_0_0 = _mm256_load_ps(w);
        __m256 a0_1_0 = a0_0_0;
        __m256 a0_2_0 = a0_0_0;
        __m256 a0_3_0 = a0_0_0;
        __m256 a0_4_0 = a0_0_0;
        __m256 a0_5_0 = a0_0_0;
        __m256 a0_6_0 = a0_0_0;
        __m256 a0_7_0 = a0_0_0;
        const float *weights = w + 8 + first * 24;
        for (size_t y = 0; y < count; ++y, in += 128, weights += 24) {
            {
            const __m256 w0_0 = _mm256_load_ps(weights);
            const __m256 w1_0 = _mm256_load_ps(weights + 8);
            const __m256 w2_0 = _mm256_load_ps(weights + 16);
            const __m256 x0_0_0 = _mm256_zextps128_ps256(_mm_loadu_ps(in));
            a0_0_0 = _mm256_fmadd_ps(x0_0_0, w0_0, a0_0_0);
            const __m256 x0_1_0 = _mm256_zextps128_ps256(_mm_loadu_ps(in + 4));
            a0_0_0 = _mm256_fmadd_ps(x0_1_0, w1_0, a0_0_0);
            a0_1_0 = _mm256_fmadd_ps(x0_1_0, w0_0, a0_1_0);
            const __m256 x0_2_0 = _mm256_zextps128_ps256(_mm_loadu_ps(in + 8));
            a0_0_0 = _mm256_fmadd_ps(x0_2_0, w2_0, a0_0_0);
            a0_1_0 = _mm256_fmadd_ps(x0_2_0, w1_0, a0_1_0);
            a0_2_0 = _mm256_fmadd_ps(x0_2_0, w0_0, a0_2_0);
            const __m256 x0_3_0 = _mm256_zextps128_ps256(_mm_loadu_ps(in + 12));
            a0_1_0 = _mm256_fmadd_ps(x0_3_0, w2_0, a0_1_0);
            a0_2_0 = _mm256_fmadd_ps(x0_3_0, w1_0, a0_2_0);
            a0_3_0 = _mm256_fmadd_ps(x0_3_0, w0_0, a0_3_0);
            const __m256 x0_4_0 = _mm256_zextps128_ps256(_mm_loadu_ps(in + 16));
            a0_2_0 = _mm256_fmadd_ps(x0_4_0, w2_0, a0_2_0);
            a0_3_0 = _mm256_fmadd_ps(x0_4_0, w1_0, a0_3_0);
            a0_4_0 = _mm256_fmadd_ps(x0_4_0, w0_0, a0_4_0);
            const __m256 x0_5_0 = _mm256_zextps128_ps256(_mm_loadu_ps(in + 20));
            a0_3_0 = _mm256_fmadd_ps(x0_5_0, w2_0, a0_3_0);
            a0_4_0 = _mm256_fmadd_ps(x0_5_0, w1_0, a0_4_0);
            a0_5_0 = _mm256_fmadd_ps(x0_5_0, w0_0, a0_5_0);
            const __m256 x0_6_0 = _mm256_zextps128_ps256(_mm_loadu_ps(in + 24));
            a0_4_0 = _mm256_fmadd_ps(x0_6_0, w2_0, a0_4_0);
            a0_5_0 = _mm256_fmadd_ps(x0_6_0, w1_0, a0_5_0);
            a0_6_0 = _mm256_fmadd_ps(x0_6_0, w0_0, a0_6_0);
            const __m256 x0_7_0 = _mm256_zextps128_ps256(_mm_loadu_ps(in + 28));
            a0_5_0 = _mm256_fmadd_ps(x0_7_0, w2_0, a0_5_0);
            a0_6_0 = _mm256_fmadd_ps(x0_7_0, w1_0, a0_6_0);
            a0_7_0 = _mm256_fmadd_ps(x0_7_0, w0_0, a0_7_0);
            const __m256 x0_8_0 = _mm256_zextps128_ps256(_mm_loadu_ps(in + 32));
            a0_6_0 = _mm256_fmadd_ps(x0_8_0, w2_0, a0_6_0);
            a0_7_0 = _mm256_fmadd_ps(x0_8_0, w1_0, a0_7_0);
            const __m256 x0_9_0 = _mm256_zextps128_ps256(_mm_loadu_ps(in + 36));
            a0_7_0 = _mm256_fmadd_ps(x0_9_0, w2_0, a0_7_0);
            }
        }
        _mm_storeu_ps(out, _mm256_castps256_ps128(a0_0_0));
        _mm_storeu_ps(out + 4, _mm256_castps256_ps128(a0_1_0));
        _mm_storeu_ps(out + 8, _mm256_castps256_ps128(a0_2_0));
        _mm_storeu_ps(out + 12, _mm256_castps256_ps128(a0_3_0));
        _mm_storeu_ps(out + 16, _mm256_castps256_ps128(a0_4_0));
        _mm_storeu_ps(out + 20, _mm256_castps256_ps128(a0_5_0));
        _mm_storeu_ps(out + 24, _mm256_castps256_ps128(a0_6_0));
        _mm_storeu_ps(out + 28, _mm256_castps256_ps128(a0_7_0));
    }
}

/*
 * 1 x 8 outputs of 4 channels, over `count` kernel rows from `first` on. pixels: the first that they read, at their input
 * channels; packed: their weights, from the bias on; outputs: the first of them.
 */
static inline void step_height1_column2_band0_k1(const float *restrict pixels, const float *restrict packed,
                                             float *restrict outputs, size_t first, size_t count)
{
    {
        const float *in = pixels;
        const float *const w = packed;
        float *const out = outputs;
        __m256 a0_0_0 = _mm256_load_ps(w);
        __m256 a0_1_0 = a0_0_0;
        __m256 a0_2_0 = a0_0_0;
        __m256 a0_3_0 = a0_0_0;
        __m256 a0_4_0 = a0_0_0;
        __m256 a0_5_0 = a0_0_0;
        __m256 a0_6_0 = a0_0_0;
        __m256 a0_7_0 = a0_0_0;
        const float *weights = w + 8 + first * 24;
        for (size_t y = 0; y < count; ++y, in += 128, weights += 24) {
            {
            const __m256 w0_0 = _mm256_load_ps(weights);
            const __m256 w1_0 = _mm256_load_ps(weights + 8);
            const __m256 w2_0 = _mm256_load_ps(weights + 16);
            const __m256 x0_0_0 = _mm256_zextps128_ps256(_mm_loadu_ps(in));
            a0_0_0 = _mm256_fmadd_ps(x0_0_0, w0_0, a0_0_0);
            const __m256 x0_1_0 = _mm256_zextps128_ps256(_mm_loadu_ps(in + 4));
            a0_0_0 = _mm256_fmadd_ps(x0_1_0, w1_0, a0_0_0);
            a0_1_0 = _mm256_fmadd_ps(x0_1_0, w0_0, a0_1_0);
            const __m256 x0_2_0 = _mm256_zextps128_ps256(_mm_loadu_ps(in + 8));
            a0_0_0 = _mm256_fmadd_ps(x0_2_0, w2_0, a0_0_0);
            a0_1_0 = _mm256_fmadd_ps(x0_2_0, w1_0, a0_1_0);
            a0_2_0 = _mm256_fmadd_ps(x0_2_0, w0_0, a0_2_0);
            const __m256 x0_3_0 = _mm256_zextps128_ps256(_mm_loadu_ps(in + 12));
            a0_1_0 = _mm256_fmadd_ps(x0_3_0, w2_0, a0_1_0);
            a0_2_0 = _mm256_fmadd_ps(x0_3_0, w1_0, a0_2_0);
            a0_3_0 = _mm256_fmadd_ps(x0_3_0, w0_0, a0_3_0);
            const __m256 x0_4_0 = _mm256_zextps128_ps256(_mm_loadu_ps(in + 16));
            a0_2_0 = _mm256_fmadd_ps(x0_4_0, w2_0, a0_2_0);
            a0_3_0 = _mm256_fmadd_ps(x0_4_0, w1_0, a0_3_0);
            a0_4_0 = _mm256_fmadd_ps(x0_4_0, w0_0, a0_4_0);
            const __m256 x0_5_0 = _mm256_zextps128_ps256(_mm_loadu_ps(in + 20));
            a0_3_0 = _mm256_fmadd_ps(x0_5_0, w2_0, a0_3_0);
            a0_4_0 = _mm256_fmadd_ps(x0_5_0, w1_0, a0_4_0);
            a0_5_0 = _mm256_fmadd_ps(x0_5_0, w0_0, a0_5_0);
            const __m256 x0_6_0 = _mm256_zextps128_ps256(_mm_loadu_ps(in + 24));
            a0_4_0 = _mm256_fmadd_ps(x0_6_0, w2_0, a0_4_0);
            a0_5_0 = _mm256_fmadd_ps(x0_6_0, w1_0, a0_5_0);
            a0_6_0 = _mm256_fmadd_ps(x0_6_0, w0_0, a0_6_0);
            const __m256 x0_7_0 = _mm256_zextps128_ps256(_mm_loadu_ps(in + 28));
            a0_5_0 = _mm256_fmadd_ps(x0_7_0, w2_0, a0_5_0);
            a0_6_0 = _mm256_fmadd_ps(x0_7_0, w1_0, a0_6_0);
            a0_7_0 = _mm256_fmadd_ps(x0_7_0, w0_0, a0_7_0);
            const __m256 x0_8_0 = _mm256_zextps128_ps256(_mm_loadu_ps(in + 32));
            a0_6_0 = _mm256_fmadd_ps(x0_8_0, w2_0, a0_6_0);
            a0_7_0 = _mm256_fmadd_ps(x0_8_0, w1_0, a0_7_0);
            }
        }
        _mm_storeu_ps(out, _mm256_castps256_ps128(a0_0_0));
        _mm_storeu_ps(out + 4, _mm256_castps256_ps128(a0_1_0));
        _mm_storeu_ps(out + 8, _mm256_castps256_ps128(a0_2_0));
        _mm_storeu_ps(out + 12, _mm256_castps256_ps128(a0_3_0));
        _mm_storeu_ps(out + 16, _mm256_castps256_ps128(a0_4_0));
        _mm_storeu_ps(out + 20, _mm256_castps256_ps128(a0_5_0));
        _mm_storeu_ps(out + 24, _mm256_castps256_ps128(a0_6_0));
        _mm_storeu_ps(out + 28, _mm256_castps256_ps128(a0_7_0));
    }
}

/* Output rows from 0: 1 tiles of 1 rows. */
__attribute__((noinline)) static void row0_group0_k1(const float *in, const float *w, float *out)
{
    step_height1_column0_band0_k1(in, w, out, 1, 2);
    for (size_t t = 0; t < 2; ++t) {
        step_height1_column1_band0_k1(in + 28 + t * 32, w, out + 32 + t * 32, 1, 2);
    }
    step_height1_column2_band0_k1(in + 92, w, out + 96, 1, 2);
}

/* Output rows from 1: 22 tiles of 1 rows. */
__attribute__((noinline)) static void row1_group0_k1(const float *in, const float *w, float *out)
{
    step_height1_column0_band0_k1(in, w, out, 0, 3);
    for (size_t t = 0; t < 2; ++t) {
        step_height1_column1_band0_k1(in + 28 + t * 32, w, out + 32 + t * 32, 0, 3);
    }
    step_height1_column2_band0_k1(in + 92, w, out + 96, 0, 3);
}

/* Output rows from 23: 1 tiles of 1 rows. */
__attribute__((noinline)) static void row2_group0_k1(const float *in, const float *w, float *out)
{
    step_height1_column0_band0_k1(in, w, out, 0, 2);
    for (size_t t = 0; t < 2; ++t) {
        step_height1_column1_band0_k1(in + 28 + t * 32, w, out + 32 + t * 32, 0, 2);
    }
    step_height1_column2_band0_k1(in + 92, w, out + 96, 0, 2);
}

/* Row of tiles `tile` of all channels of a group, where in, w and out start. */
static void group0_k1(const float *in, const float *w, float *out, size_t tile)
{
    if (tile < 1) {
        row0_group0_k1(in, w,
                   out);
        return;
    }
    tile -= 1;
    if (tile < 22) {
        row1_group0_k1(in + tile * 128, w,
                   out + 128 + tile * 128);
        return;
    }
    tile -= 22;
    if (tile < 1) {
        row2_group0_k1(in + 2816, w,
                   out + 2944);
        return;
    }
}

/* One vector of output channels: bias, then the taps in order. */
static void pack_vector_k1(const float *weight, const float *bias, const float *slope, size_t channel, size_t lanes,
                        float *to)
{
    pack_lanes_k1(bias != NULL ? bias + channel : NULL, lanes, to);
    for (size_t tap = 0; tap < 9; ++tap)
        pack_lanes_k1(weight + tap * 4 + channel, lanes, to + (1 + tap) * 8);
    (void)slope;
}

/* weight: 3 x 3 x 4, bias and slope: 4 floats or NULL; to: 320 bytes, zeros at the end. */
static void pack_layer_k1(const float *weight, const float *bias, const float *slope, float *to)
{
    float *const end = to + 80; /* up to the alignment */
    size_t channel = 0;
    for (size_t group = 0; group < 1; ++group) {
        for (size_t c = 0; c < 1; ++c)
            for (size_t k = 0; k < 1; ++k) {
                pack_vector_k1(weight, bias, slope, channel,
                            4, to);
            }
        channel += 4;
        to += 80;
    }
    for (; to < end; ++to)
        *to = 0.0f;
}

/* Plain tensors of each layer, NULL for those it has not, to 320 bytes at a SEPCC_ALIGNMENT boundary. */
static void pack_k1(const float *const weights[], const float *const bias[], const float *const slope[], void *packed)
{
    (void)bias;
    (void)slope;
    pack_layer_k1(weights[0], NULL, NULL,
                (float *)packed);
}

/*
 * in:  1 images of 24 x 32 x 4, out: 1 of 24 x 32 x 4, packed: by pack().
 * Unit: one row of tiles of one channel group of one image; there are 24.
 */
static void run_k1(const float *in, float *out, const void *packed, void *workspace, size_t unit_begin, size_t unit_end)
{
    (void)workspace;
    for (size_t unit = unit_begin; unit < unit_end; ++unit) {
        const size_t tile = unit % 24;
        const size_t image = unit / 24;
        const float *x = in + image * 3072;
        const float *w = packed;
        float *y = out + image * 3072;
        group0_k1(x, w, y, tile);
    }
}

static const struct sepcc_kernel sepcc_f32_depthwise_3x3__24x32x4_p1_nobias__avx2_r1c8v1h3b4xr = {
    .abi_version = SEPCC_ABI_VERSION,
    .struct_size = sizeof(struct sepcc_kernel),
    .name = "sepcc_f32_depthwise_3x3__24x32x4_p1_nobias__avx2_r1c8v1h3b4xr",
    .spec = "depthwise in=24x32x4 kernel=3x3 pad=1 bias=no",
    .plan = "rows=1,columns=8,vectors=1,hold=3,block=4,unroll=row,prefetch=no",
    .digest = "ba86bc20672c1cd7e6e8fdb71c30443f",
    .isa = 2, /* avx2 */
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
                        .in_h = 24,
                        .in_w = 32,
                        .in_c = 4,
                        .out_h = 24,
                        .out_w = 32,
                        .out_c = 4,
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
                        .has_bias = 0,
                        .act = 0, /* none */
                        .act_param = {0x0p+0f, 0x0p+0f},
                    },
                },
        },
    .packed_bytes = 320,
    .workspace_bytes = 0,
    .unit_count = 24,
    .fma_count = 26320u,
    .read_bytes = 12608u,
    .write_bytes = 12288u,
    .pack = pack_k1,
    .run = run_k1,
};

#if defined(__clang__) && !(defined(__AVX2__) && defined(__FMA__))
#pragma clang attribute pop
#elif defined(__GNUC__) && !defined(__clang__)
#pragma GCC pop_options
#endif
#else
typedef int sepcc_f32_depthwise_3x3__24x32x4_p1_nobias__avx2_r1c8v1h3b4xr_needs_x86_64;
#endif

/*
 * sepcc_f32_depthwise_3x3__24x32x4_p1_nobias__neon_r1c8v1h3b4xr.c: written by sepcc 0.1.0; do not edit.
 *
 * To repeat it:  sepcc gen 'depthwise in=24x32x4 kernel=3x3 pad=1 bias=no' --isa neon --plan rows=1,columns=8,vectors=1,hold=3,block=4,unroll=row,prefetch=no -o DIR
 * Spec:          depthwise in=24x32x4 kernel=3x3 pad=1 bias=no
 * Plan:          rows=1,columns=8,vectors=1,hold=3,block=4,unroll=row,prefetch=no
 * Template:      depthwise.m4, vocabulary isa/neon.m4
 * Digest:        663d124af2aac6f87c06f10f46307f0d
 * Compile with:  -O2 -ffp-contract=off (the instruction set is chosen below)
 * Counts:        26320 multiply-adds, 12480 bytes read, 12288 bytes written
 *
 * Each output channel is the convolution of one input channel with its own kernel:
 *     acc = bias;  for ky, kx inside the image:  acc = fma(x, w, acc);  out = none
 */

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
__attribute__((unused)) static inline float32x4_t at_least_k2(float32x4_t lo, float32x4_t x)
{
    __asm__("" : "+w"(lo));
    return vbslq_f32(vcgtq_f32(lo, x), lo, x);
}
__attribute__((unused)) static inline float32x4_t at_most_k2(float32x4_t hi, float32x4_t x)
{
    __asm__("" : "+w"(hi));
    return vbslq_f32(vcltq_f32(hi, x), hi, x);
}

/* Copies lanes values and fills the vector up with zeros; from may be NULL: all zeros. */
static void pack_lanes_k2(const float *from, size_t lanes, float *to)
{
    for (size_t lane = 0; lane < 4; ++lane)
        to[lane] = from != NULL && lane < lanes ? from[lane] : 0.0f;
}

/*
 * 1 x 8 outputs of 4 channels, over `count` kernel rows from `first` on. pixels: the first that they read, at their input
 * channels; packed: their weights, from the bias on; outputs: the first of them.
 */
static inline void step_height1_column0_band0_k2(const float *restrict pixels, const float *restrict packed,
                                             float *restrict outputs, size_t first, size_t count)
{
    {
        const float *in = pixels;
        const float *const w = packed;
        float *const out = outputs;
        float32x4_t a0_0_0 = vld1q_f32(w);
        float32x4_t a0_1_0 = a0_0_0;
        float32x4_t a0_2_0 = a0_0_0;
        float32x4_t a0_3_0 = a0_0_0;
        float32x4_t a0_4_0 = a0_0_0;
        float32x4_t a0_5_0 = a0_0_0;
        float32x4_t a0_6_0 = a0_0_0;
        float32x4_t a0_7_0 = a0_0_0;
        const float *weights = w + 4 + first * 12;
        for (size_t y = 0; y < count; ++y, in += 128, weights += 12) {
            {
            const float32x4_t w0_0 = vld1q_f32(weights);
            const float32x4_t w1_0 = vld1q_f32(weights + 4);
            const float32x4_t w2_0 = vld1q_f32(weights + 8);
            const float32x4_t x0_0_0 = vld1q_f32(in);
            a0_0_0 = vfmaq_f32(a0_0_0, x0_0_0, w1_0);
            a0_1_0 = vfmaq_f32(a0_1_0, x0_0_0, w0_0);
            const float32x4_t x0_1_0 = vld1q_f32(in + 4);
            a0_0_0 = vfmaq_f32(a0_0_0, x0_1_0, w2_0);
            a0_1_0 = vfmaq_f32(a0_1_0, x0_1_0, w1_0);
            a0_2_0 = vfmaq_f32(a0_2_0, x0_1_0, w0_0);
            const float32x4_t x0_2_0 = vld1q_f32(in + 8);
            a0_1_0 = vfmaq_f32(a0_1_0, x0_2_0, w2_0);
            a0_2_0 = vfmaq_f32(a0_2_0, x0_2_0, w1_0);
            a0_3_0 = vfmaq_f32(a0_3_0, x0_2_0, w0_0);
            const float32x4_t x0_3_0 = vld1q_f32(in + 12);
            a0_2_0 = vfmaq_f32(a0_2_0, x0_3_0, w2_0);
            a0_3_0 = vfmaq_f32(a0_3_0, x0_3_0, w1_0);
            a0_4_0 = vfmaq_f32(a0_4_0, x0_3_0, w0_0);
            const float32x4_t x0_4_0 = vld1q_f32(in + 16);
            a0_3_0 = vfmaq_f32(a0_3_0, x0_4_0, w2_0);
            a0_4_0 = vfmaq_f32(a0_4_0, x0_4_0, w1_0);
            a0_5_0 = vfmaq_f32(a0_5_0, x0_4_0, w0_0);
            const float32x4_t x0_5_0 = vld1q_f32(in + 20);
            a0_4_0 = vfmaq_f32(a0_4_0, x0_5_0, w2_0);
            a0_5_0 = vfmaq_f32(a0_5_0, x0_5_0, w1_0);
            a0_6_0 = vfmaq_f32(a0_6_0, x0_5_0, w0_0);
            const float32x4_t x0_6_0 = vld1q_f32(in + 24);
            a0_5_0 = vfmaq_f32(a0_5_0, x0_6_0, w2_0);
            a0_6_0 = vfmaq_f32(a0_6_0, x0_6_0, w1_0);
            a0_7_0 = vfmaq_f32(a0_7_0, x0_6_0, w0_0);
            const float32x4_t x0_7_0 = vld1q_f32(in + 28);
            a0_6_0 = vfmaq_f32(a0_6_0, x0_7_0, w2_0);
            a0_7_0 = vfmaq_f32(a0_7_0, x0_7_0, w1_0);
            const float32x4_t x0_8_0 = vld1q_f32(in + 32);
            a0_7_0 = vfmaq_f32(a0_7_0, x0_8_0, w2_0);
            }
        }
        vst1q_f32(out, a0_0_0);
        vst1q_f32(out + 4, a0_1_0);
        vst1q_f32(out + 8, a0_2_0);
        vst1q_f32(out + 12, a0_3_0);
        vst1q_f32(out + 16, a0_4_0);
        vst1q_f32(out + 20, a0_5_0);
        vst1q_f32(out + 24, a0_6_0);
        vst1q_f32(out + 28, a0_7_0);
    }
}

/*
 * 1 x 8 outputs of 4 channels, over `count` kernel rows from `first` on. pixels: the first that they read, at their input
 * channels; packed: their weights, from the bias on; outputs: the first of them.
 */
static inline void step_height1_column1_band0_k2(const float *restrict pixels, const float *restrict packed,
                                             float *restrict outputs, size_t first, size_t count)
{
    {
        const float *in = pixels;
        const float *const w = packed;
        float *const out = outputs;
        float32x4_t a0_0_0 = vld1q_f32(w);
        float32x4_t a0_1_0 = a0_0_0;
        float32x4_t a0_2_0 = a0_0_0;
        float32x4_t a0_3_0 = a0_0_0;
        float32x4_t a0_4_0 = a0_0_0;
        float32x4_t a0_5_0 = a0_0_0;
        float32x4_t a0_6_0 = a0_0_0;
        float32x4_t a0_7_0 = a0_0_0;
        const float *weights = w + 4 + first * 12;
        for (size_t y = 0; y < count; ++y, in += 128, weights += 12) {
            {
            const float32x4_t w0_0 = vld1q_f32(weights);
            const float32x4_t w1_0 = vld1q_f32(weights + 4);
            const float32x4_t w2_0 = vld1q_f32(weights + 8);
            const float32x4_t x0_0_0 = vld1q_f32(in);
            a0_0_0 = vfmaq_f32(a0_0_0, x0_0_0, w0_0);
            const float32x4_t x0_1_0 = vld1q_f32(in + 4);
            a0_0_0 = vfmaq_f32(a0_0_0, x0_1_0, w1_0);
            a0_1_0 = vfmaq_f32(a0_1_0, x0_1_0, w0_0);
            const float32x4_t x0_2_0 = vld1q_f32(in + 8);
            a0_0_0 = vfmaq_f32(a0_0_0, x0_2_0, w2_0);
            a0_1_0 = vfmaq_f32(a0_1_0, x0_2_0, w1_0);
            a0_2_0 = vfmaq_f32(a0_2_0, x0_2_0, w0_0);
            const float32x4_t x0_3_0 = vld1q_f32(in + 12);
            a0_1_0 = vfmaq_f32(a0_1_0, x0_3_0, w2_0);
            a0_2_0 = vfmaq_f32(a0_2_0, x0_3_0, w1_0);
            a0_3_0 = vfmaq_f32(a0_3_0, x0_3_0, w0_0);
            const float32x4_t x0_4_0 = vld1q_f32(in + 16);
            a0_2_0 = vfmaq_f32(a0_2_0, x0_4_0, w2_0);
            a0_3_0 = vfmaq_f32(a0_3_0, x0_4_0, w1_0);
            a0_4_0 = vfmaq_f32(a0_4_0, x0_4_0, w0_0);
            const float32x4_t x0_5_0 = vld1q_f32(in + 20);
            a0_3_0 = vfmaq_f32(a0_3_0, x0_5_0, w2_0);
            a0_4_0 = vfmaq_f32(a0_4_0, x0_5_0, w1_0);
            a0_5_0 = vfmaq_f32(a0_5_0, x0_5_0, w0_0);
            const float32x4_t x0_6_0 = vld1q_f32(in + 24);
            a0_4_0 = vfmaq_f32(a0_4_0, x0_6_0, w2_0);
            a0_5_0 = vfmaq_f32(a0_5_0, x0_6_0, w1_0);
            a0_6_0 = vfmaq_f32(a0_6_0, x0_6_0, w0_0);
            const float32x4_t x0_7_0 = vld1q_f32(in + 28);
            a0_5_0 = vfmaq_f32(a0_5_0, x0_7_0, w2_0);
            a0_6_0 = vfmaq_f32(a0_6_0, x0_7_0, w1_0);
            a0_7_0 = vfmaq_f32(a0_7_0, x0_7_0, w0_0);
            const float32x4_t x0_8_0 = vld1q_f32(in + 32);
            a0_6_0 = vfmaq_f32(a0_6_0, x0_8_0, w2_0);
            a0_7_0 = vfmaq_f32(a0_7_0, x0_8_0, w1_0);
            const float32x4_t x0_9_0 = vld1q_f32(in + 36);
            a0_7_0 = vfmaq_f32(a0_7_0, x0_9_0, w2_0);
            }
        }
        vst1q_f32(out, a0_0_0);
        vst1q_f32(out + 4, a0_1_0);
        vst1q_f32(out + 8, a0_2_0);
        vst1q_f32(out + 12, a0_3_0);
        vst1q_f32(out + 16, a0_4_0);
        vst1q_f32(out + 20, a0_5_0);
        vst1q_f32(out + 24, a0_6_0);
        vst1q_f32(out + 28, a0_7_0);
    }
}

/*
 * 1 x 8 outputs of 4 channels, over `count` kernel rows from `first` on. pixels: the first that they read, at their input
 * channels; packed: their weights, from the bias on; outputs: the first of them.
 */
static inline void step_height1_column2_band0_k2(const float *restrict pixels, const float *restrict packed,
                                             float *restrict outputs, size_t first, size_t count)
{
    {
        const float *in = pixels;
        const float *const w = packed;
        float *const out = outputs;
        float32x4_t a0_0_0 = vld1q_f32(w);
        float32x4_t a0_1_0 = a0_0_0;
        float32x4_t a0_2_0 = a0_0_0;
        float32x4_t a0_3_0 = a0_0_0;
        float32x4_t a0_4_0 = a0_0_0;
        float32x4_t a0_5_0 = a0_0_0;
        float32x4_t a0_6_0 = a0_0_0;
        float32x4_t a0_7_0 = a0_0_0;
        const float *weights = w + 4 + first * 12;
        for (size_t y = 0; y < count; ++y, in += 128, weights += 12) {
            {
            const float32x4_t w0_0 = vld1q_f32(weights);
            const float32x4_t w1_0 = vld1q_f32(weights + 4);
            const float32x4_t w2_0 = vld1q_f32(weights + 8);
            const float32x4_t x0_0_0 = vld1q_f32(in);
            a0_0_0 = vfmaq_f32(a0_0_0, x0_0_0, w0_0);
            const float32x4_t x0_1_0 = vld1q_f32(in + 4);
            a0_0_0 = vfmaq_f32(a0_0_0, x0_1_0, w1_0);
            a0_1_0 = vfmaq_f32(a0_1_0, x0_1_0, w0_0);
            const float32x4_t x0_2_0 = vld1q_f32(in + 8);
            a0_0_0 = vfmaq_f32(a0_0_0, x0_2_0, w2_0);
            a0_1_0 = vfmaq_f32(a0_1_0, x0_2_0, w1_0);
            a0_2_0 = vfmaq_f32(a0_2_0, x0_2_0, w0_0);
            const float32x4_t x0_3_0 = vld1q_f32(in + 12);
            a0_1_0 = vfmaq_f32(a0_1_0, x0_3_0, w2_0);
            a0_2_0 = vfmaq_f32(a0_2_0, x0_3_0, w1_0);
            a0_3_0 = vfmaq_f32(a0_3_0, x0_3_0, w0_0);
            const float32x4_t x0_4_0 = vld1q_f32(in + 16);
            a0_2_0 = vfmaq_f32(a0_2_0, x0_4_0, w2_0);
            a0_3_0 = vfmaq_f32(a0_3_0, x0_4_0, w1_0);
            a0_4_0 = vfmaq_f32(a0_4_0, x0_4_0, w0_0);
            const float32x4_t x0_5_0 = vld1q_f32(in + 20);
            a0_3_0 = vfmaq_f32(a0_3_0, x0_5_0, w2_0);
            a0_4_0 = vfmaq_f32(a0_4_0, x0_5_0, w1_0);
            a0_5_0 = vfmaq_f32(a0_5_0, x0_5_0, w0_0);
            const float32x4_t x0_6_0 = vld1q_f32(in + 24);
            a0_4_0 = vfmaq_f32(a0_4_0, x0_6_0, w2_0);
            a0_5_0 = vfmaq_f32(a0_5_0, x0_6_0, w1_0);
            a0_6_0 = vfmaq_f32(a0_6_0, x0_6_0, w0_0);
            const float32x4_t x0_7_0 = vld1q_f32(in + 28);
            a0_5_0 = vfmaq_f32(a0_5_0, x0_7_0, w2_0);
            a0_6_0 = vfmaq_f32(a0_6_0, x0_7_0, w1_0);
            a0_7_0 = vfmaq_f32(a0_7_0, x0_7_0, w0_0);
            const float32x4_t x0_8_0 = vld1q_f32(in + 32);
            a0_6_0 = vfmaq_f32(a0_6_0, x0_8_0, w2_0);
            a0_7_0 = vfmaq_f32(a0_7_0, x0_8_0, w1_0);
            }
        }
        vst1q_f32(out, a0_0_0);
        vst1q_f32(out + 4, a0_1_0);
        vst1q_f32(out + 8, a0_2_0);
        vst1q_f32(out + 12, a0_3_0);
        vst1q_f32(out + 16, a0_4_0);
        vst1q_f32(out + 20, a0_5_0);
        vst1q_f32(out + 24, a0_6_0);
        vst1q_f32(out + 28, a0_7_0);
    }
}

/* Output rows from 0: 1 tiles of 1 rows. */
__attribute__((noinline)) static void row0_group0_k2(const float *in, const float *w, float *out)
{
    step_height1_column0_band0_k2(in, w, out, 1, 2);
    for (size_t t = 0; t < 2; ++t) {
        step_height1_column1_band0_k2(in + 28 + t * 32, w, out + 32 + t * 32, 1, 2);
    }
    step_height1_column2_band0_k2(in + 92, w, out + 96, 1, 2);
}

/* Output rows from 1: 22 tiles of 1 rows. */
__attribute__((noinline)) static void row1_group0_k2(const float *in, const float *w, float *out)
{
    step_height1_column0_band0_k2(in, w, out, 0, 3);
    for (size_t t = 0; t < 2; ++t) {
        step_height1_column1_band0_k2(in + 28 + t * 32, w, out + 32 + t * 32, 0, 3);
    }
    step_height1_column2_band0_k2(in + 92, w, out + 96, 0, 3);
}

/* Output rows from 23: 1 tiles of 1 rows. */
__attribute__((noinline)) static void row2_group0_k2(const float *in, const float *w, float *out)
{
    step_height1_column0_band0_k2(in, w, out, 0, 2);
    for (size_t t = 0; t < 2; ++t) {
        step_height1_column1_band0_k2(in + 28 + t * 32, w, out + 32 + t * 32, 0, 2);
    }
    step_height1_column2_band0_k2(in + 92, w, out + 96, 0, 2);
}

/* Row of tiles `tile` of all channels of a group, where in, w and out start. */
static void group0_k2(const float *in, const float *w, float *out, size_t tile)
{
    if (tile < 1) {
        row0_group0_k2(in, w,
                   out);
        return;
    }
    tile -= 1;
    if (tile < 22) {
        row1_group0_k2(in + tile * 128, w,
                   out + 128 + tile * 128);
        return;
    }
    tile -= 22;
    if (tile < 1) {
        row2_group0_k2(in + 2816, w,
                   out + 2944);
        return;
    }
}

/* One vector of output channels: bias, then the taps in order. */
static void pack_vector_k2(const float *weight, const float *bias, const float *slope, size_t channel, size_t lanes,
                        float *to)
{
    pack_lanes_k2(bias != NULL ? bias + channel : NULL, lanes, to);
    for (size_t tap = 0; tap < 9; ++tap)
        pack_lanes_k2(weight + tap * 4 + channel, lanes, to + (1 + tap) * 4);
    (void)slope;
}

/* weight: 3 x 3 x 4, bias and slope: 4 floats or NULL; to: 192 bytes, zeros at the end. */
static void pack_layer_k2(const float *weight, const float *bias, const float *slope, float *to)
{
    float *const end = to + 48; /* up to the alignment */
    size_t channel = 0;
    for (size_t group = 0; group < 1; ++group) {
        for (size_t c = 0; c < 1; ++c)
            for (size_t k = 0; k < 1; ++k) {
                pack_vector_k2(weight, bias, slope, channel,
                            4, to);
            }
        channel += 4;
        to += 40;
    }
    for (; to < end; ++to)
        *to = 0.0f;
}

/* Plain tensors of each layer, NULL for those it has not, to 192 bytes at a SEPCC_ALIGNMENT boundary. */
static void pack_k2(const float *const weights[], const float *const bias[], const float *const slope[], void *packed)
{
    (void)bias;
    (void)slope;
    pack_layer_k2(weights[0], NULL, NULL,
                (float *)packed);
}

/*
 * in:  1 images of 24 x 32 x 4, out: 1 of 24 x 32 x 4, packed: by pack().
 * Unit: one row of tiles of one channel group of one image; there are 24.
 */
static void run_k2(const float *in, float *out, const void *packed, void *workspace, size_t unit_begin, size_t unit_end)
{
    (void)workspace;
    for (size_t unit = unit_begin; unit < unit_end; ++unit) {
        const size_t tile = unit % 24;
        const size_t image = unit / 24;
        const float *x = in + image * 3072;
        const float *w = packed;
        float *y = out + image * 3072;
        group0_k2(x, w, y, tile);
    }
}

static const struct sepcc_kernel sepcc_f32_depthwise_3x3__24x32x4_p1_nobias__neon_r1c8v1h3b4xr = {
    .abi_version = SEPCC_ABI_VERSION,
    .struct_size = sizeof(struct sepcc_kernel),
    .name = "sepcc_f32_depthwise_3x3__24x32x4_p1_nobias__neon_r1c8v1h3b4xr",
    .spec = "depthwise in=24x32x4 kernel=3x3 pad=1 bias=no",
    .plan = "rows=1,columns=8,vectors=1,hold=3,block=4,unroll=row,prefetch=no",
    .digest = "663d124af2aac6f87c06f10f46307f0d",
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
                        .in_h = 24,
                        .in_w = 32,
                        .in_c = 4,
                        .out_h = 24,
                        .out_w = 32,
                        .out_c = 4,
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
                        .has_bias = 0,
                        .act = 0, /* none */
                        .act_param = {0x0p+0f, 0x0p+0f},
                    },
                },
        },
    .packed_bytes = 192,
    .workspace_bytes = 0,
    .unit_count = 24,
    .fma_count = 26320u,
    .read_bytes = 12480u,
    .write_bytes = 12288u,
    .pack = pack_k2,
    .run = run_k2,
};

#if !defined(__clang__) && defined(__GNUC__)
#pragma GCC pop_options
#endif
#else
typedef int sepcc_f32_depthwise_3x3__24x32x4_p1_nobias__neon_r1c8v1h3b4xr_needs_aarch64;
#endif


static const struct sepcc_kernel *const kernels[] = {
#if defined(__x86_64__)
    &sepcc_f32_depthwise_3x3__24x32x4_p1_nobias__sse_r1c8v1h3b4xr,
    &sepcc_f32_depthwise_3x3__24x32x4_p1_nobias__avx2_r1c8v1h3b4xr,
#elif defined(__aarch64__)
    &sepcc_f32_depthwise_3x3__24x32x4_p1_nobias__neon_r1c8v1h3b4xr,
#endif
    NULL,
};

const struct sepcc_bundle sepcc_bundle_image = {
    SEPCC_ABI_VERSION, sizeof(struct sepcc_bundle), "image", "0.1.0",
    sizeof kernels / sizeof *kernels - 1, kernels,
};

/* The CPU is asked once; it answers all threads alike, so that it does not matter which of them asks. */
static uint32_t cpu_isas(void)
{
    static _Atomic uint32_t known; /* 0: not asked yet, for scalar is always there */
    uint32_t isas = atomic_load_explicit(&known, memory_order_relaxed);
    if (isas == 0) {
        isas = sepcc_cpu_isas();
        atomic_store_explicit(&known, isas, memory_order_relaxed);
    }
    return isas;
}

static const struct sepcc_kernel *choose(const struct sepcc_kernel *const *candidate)
{
    const uint32_t isas = cpu_isas();
    while (*candidate != NULL && ((isas >> (*candidate)->isa) & 1u) == 0)
        ++candidate;
    return *candidate;
}

static int run(const struct sepcc_kernel *kernel, const float *in, float *out, const void *packed,
               void *workspace)
{
    if (kernel == NULL)
        return -1;
    kernel->run(in, out, packed, workspace, 0, kernel->unit_count);
    return 0;
}

static const struct sepcc_kernel *const candidates_0[] = {
#if defined(__x86_64__)
    &sepcc_f32_depthwise_3x3__24x32x4_p1_nobias__avx2_r1c8v1h3b4xr,
    &sepcc_f32_depthwise_3x3__24x32x4_p1_nobias__sse_r1c8v1h3b4xr,
#elif defined(__aarch64__)
    &sepcc_f32_depthwise_3x3__24x32x4_p1_nobias__neon_r1c8v1h3b4xr,
#endif
    NULL,
};

const struct sepcc_kernel *sepcc_image_blur_kernel(void)
{
    return choose(candidates_0);
}

int sepcc_image_blur_pack(const float *weight, void *packed)
{
    const struct sepcc_kernel *kernel = sepcc_image_blur_kernel();
    const float *const weights[] = {weight};
    const float *const biases[] = {NULL};
    const float *const slopes[] = {NULL};
    if (kernel == NULL)
        return -1;
    kernel->pack(weights, biases, slopes, packed);
    return 0;
}

int sepcc_image_blur(const float *in, float *out, const void *packed, void *workspace)
{
    return run(sepcc_image_blur_kernel(), in, out, packed, workspace);
}
