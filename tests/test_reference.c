/*
 * test_reference.c: the reference against cases worked by hand and against sums in double precision.
 */
#include "support_runtime.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* ---- by hand --------------------------------------------------------------------------------------- */

/* Runs a stage of one layer and compares with what the comment over the case works out. */
static void expect(const struct sepcc_stage *stage, enum sepcc_rounding rounding, const float *in,
                   const float *weights, const float *bias, const float *slope, const float *expected)
{
    float out[64];
    const size_t count = sepcc_stage_output_count(stage);
    assert_true(count <= COUNT(out));
    assert_int_equal(sepcc_reference(stage, rounding, in, &weights, &bias, &slope, out), SEPCC_OK);
    for (size_t i = 0; i < count; ++i)
        if (memcmp(&out[i], &expected[i], sizeof(float)) != 0)
            fail_msg("element %zu is %a, expected %a", i, (double)out[i], (double)expected[i]);
}

static const float nine[] = {1, 2, 3, 4, 5, 6, 7, 8, 9};

/* All weights 1 and padding 1: each output is the sum of the pixel and its neighbours inside 1 2 3/4 5 6/7 8
 * 9, plus the bias 100. Corner 1+2+4+5 = 12, edge 1+2+3+4+5+6 = 21, centre 45. */
static void depthwise_leaves_out_taps_outside(void **state)
{
    const struct sepcc_stage stage = support_stage((struct sepcc_layer){.op = SEPCC_OP_DEPTHWISE,
                                                                        .in_h = 3,
                                                                        .in_w = 3,
                                                                        .kernel_h = 3,
                                                                        .kernel_w = 3,
                                                                        .pad_top = 1,
                                                                        .pad_left = 1,
                                                                        .pad_bottom = 1,
                                                                        .pad_right = 1,
                                                                        .has_bias = 1});
    const float ones[] = {1, 1, 1, 1, 1, 1, 1, 1, 1}, bias[] = {100};
    const float expected[] = {112, 121, 116, 127, 145, 133, 124, 139, 128};
    (void)state;
    expect(&stage, SEPCC_FUSED, nine, ones, bias, NULL, expected);
    expect(&stage, SEPCC_MUL_ADD, nine, ones, bias, NULL, expected);
}

/* A tap outside is left out, not multiplied by zero: an infinite weight there would give NaN. The image is
 * the one pixel 2; of a 1x3 kernel with pad 1 only the middle tap is inside: 2 * 5 = 10. */
static void depthwise_padding_is_no_zero(void **state)
{
    const struct sepcc_stage stage = support_stage(
        (struct sepcc_layer){.op = SEPCC_OP_DEPTHWISE, .kernel_w = 3, .pad_left = 1, .pad_right = 1});
    const float in[] = {2}, weights[] = {INFINITY, 5, NAN}, expected[] = {10};
    (void)state;
    expect(&stage, SEPCC_FUSED, in, weights, NULL, NULL, expected);
}

/* 2x2 kernel 1 10/100 1000, stride 2, pad 1 at the end only: windows start at rows and columns 0 and 2.
 * (0,0): 1 + 2*10 + 4*100 + 5*1000 = 5421; (0,2): 3 + 6*100 = 603; (2,0): 7 + 8*10 = 87; (2,2): 9. */
static void depthwise_strides_with_one_sided_padding(void **state)
{
    const struct sepcc_stage stage = support_stage((struct sepcc_layer){.op = SEPCC_OP_DEPTHWISE,
                                                                        .in_h = 3,
                                                                        .in_w = 3,
                                                                        .kernel_h = 2,
                                                                        .kernel_w = 2,
                                                                        .stride_h = 2,
                                                                        .stride_w = 2,
                                                                        .pad_bottom = 1,
                                                                        .pad_right = 1});
    const float weights[] = {1, 10, 100, 1000}, expected[] = {5421, 603, 87, 9};
    (void)state;
    expect(&stage, SEPCC_FUSED, nine, weights, NULL, NULL, expected);
}

/* 2x2 kernel 1 10/100 1000, dilated by 2 down and across: taps at the four corners: 1 + 30 + 700 + 9000. */
static void depthwise_dilates(void **state)
{
    const struct sepcc_stage stage = support_stage((struct sepcc_layer){.op = SEPCC_OP_DEPTHWISE,
                                                                        .in_h = 3,
                                                                        .in_w = 3,
                                                                        .kernel_h = 2,
                                                                        .kernel_w = 2,
                                                                        .dilation_h = 2,
                                                                        .dilation_w = 2});
    const float weights[] = {1, 10, 100, 1000}, expected[] = {9731};
    (void)state;
    expect(&stage, SEPCC_FUSED, nine, weights, NULL, NULL, expected);
}

/* Two channels 2 and 3, multiplier 2: outputs 2*1, 2*10, 3*100, 3*1000: channel c*2+m reads channel c. */
static void depthwise_multiplies_channels(void **state)
{
    const struct sepcc_stage stage =
        support_stage((struct sepcc_layer){.op = SEPCC_OP_DEPTHWISE, .in_c = 2, .multiplier = 2});
    const float in[] = {2, 3}, weights[] = {1, 10, 100, 1000}, expected[] = {2, 20, 300, 3000};
    (void)state;
    expect(&stage, SEPCC_FUSED, in, weights, NULL, NULL, expected);
}

/* Two pixels (1,2) and (3,4); weights by output channel (1,10), (100,1000), (-1,-1); bias 0, 0, 1, then relu.
 * Pixel 1: 21, 2100, -3+1 = -2 -> 0. Pixel 2: 43, 4300, -6 -> 0. */
static void pointwise_sums_input_channels(void **state)
{
    const struct sepcc_stage stage = support_stage((struct sepcc_layer){
        .op = SEPCC_OP_POINTWISE, .in_w = 2, .in_c = 2, .out_c = 3, .has_bias = 1, .act = SEPCC_ACT_RELU});
    const float in[] = {1, 2, 3, 4}, weights[] = {1, 10, 100, 1000, -1, -1}, bias[] = {0, 0, 1};
    const float expected[] = {21, 2100, 0, 43, 4300, 0};
    (void)state;
    expect(&stage, SEPCC_FUSED, in, weights, bias, NULL, expected);
}

/* Stride 2 down and 1 across reads rows 0 and 2 of the nine. */
static void pointwise_strides(void **state)
{
    const struct sepcc_stage stage = support_stage(
        (struct sepcc_layer){.op = SEPCC_OP_POINTWISE, .in_h = 3, .in_w = 3, .stride_h = 2, .stride_w = 1});
    const float weights[] = {10}, expected[] = {10, 20, 30, 70, 80, 90};
    (void)state;
    expect(&stage, SEPCC_FUSED, nine, weights, NULL, NULL, expected);
}

/*
 * A row of three pixels (1,2) (3,4) (5,6), kernel 1x3, one pixel of padding on the left, two output channels
 * with weights [Cin][KW] (1,10,100, 1000,1e4,1e5) and (0,1,0, 0,0,1). First output: taps 1 and 2 read pixels
 * 0 and 1: 10*1 + 1e4*2 + 100*3 + 1e5*4 = 420310, and 1*1 + 1*4. Second, all three taps:
 * 1*1 + 1000*2 + 10*3 + 1e4*4 + 100*5 + 1e5*6 = 642531, and 1*3 + 1*6.
 */
static void conv_sums_taps_and_channels(void **state)
{
    const struct sepcc_stage stage = support_stage((struct sepcc_layer){
        .op = SEPCC_OP_CONV, .in_w = 3, .in_c = 2, .out_c = 2, .kernel_w = 3, .pad_left = 1});
    const float in[] = {1, 2, 3, 4, 5, 6};
    const float weights[] = {1, 10, 100, 1000, 1e4f, 1e5f, 0, 1, 0, 0, 0, 1};
    const float expected[] = {420310, 5, 642531, 9};
    (void)state;
    expect(&stage, SEPCC_FUSED, in, weights, NULL, NULL, expected);
}

/*
 * All channels of a tap before the next column, all columns before the next row: 2^24 - 2^24 + 1 is 1 only in
 * that order; where the 1 comes before -2^24 it is lost.
 */
static void conv_sums_are_in_order(void **state)
{
    struct sepcc_stage stage =
        support_stage((struct sepcc_layer){.op = SEPCC_OP_CONV, .in_w = 2, .in_c = 2, .kernel_w = 2});
    const float in[] = {0x1p24f, -0x1p24f, 1, 0}, ones[] = {1, 1, 1, 1}, one[] = {1};
    (void)state;
    expect(&stage, SEPCC_FUSED, in, ones, NULL, NULL, one);
    const float lost[] = {0x1p24f, 1, -0x1p24f, 0}, zero[] = {0};
    expect(&stage, SEPCC_FUSED, lost, ones, NULL, NULL, zero);
    stage = support_stage(
        (struct sepcc_layer){.op = SEPCC_OP_CONV, .in_h = 2, .in_w = 2, .kernel_h = 2, .kernel_w = 2});
    expect(&stage, SEPCC_FUSED, in, ones, NULL, NULL, one);
    expect(&stage, SEPCC_FUSED, lost, ones, NULL, NULL, zero);
}

/* The slope is the output channel's: -1 * 0.5 and -1 * 0.25; a positive sum is left alone. */
static void prelu_takes_a_slope_per_channel(void **state)
{
    const struct sepcc_stage stage =
        support_stage((struct sepcc_layer){.op = SEPCC_OP_POINTWISE, .out_c = 3, .act = SEPCC_ACT_PRELU});
    const float in[] = {1}, weights[] = {-1, -1, 2}, slope[] = {0.5f, 0.25f, 9};
    const float expected[] = {-0.5f, -0.25f, 2};
    (void)state;
    expect(&stage, SEPCC_FUSED, in, weights, NULL, slope, expected);
}

/*
 * x = w = 1 + 2^-12 and bias -(1 + 2^-11): the product is 1 + 2^-11 + 2^-24 exactly. Fused: 2^-24 is left.
 * Rounded first, to 24 bits, the product is a tie that goes to the even 1 + 2^-11: nothing is left.
 */
static void rounding_is_as_asked(void **state)
{
    const float x[] = {1 + 0x1p-12f}, bias[] = {-(1 + 0x1p-11f)};
    const float fused[] = {0x1p-24f}, separate[] = {0};
    struct sepcc_stage stage = support_stage((struct sepcc_layer){.op = SEPCC_OP_POINTWISE, .has_bias = 1});
    (void)state;
    expect(&stage, SEPCC_FUSED, x, x, bias, NULL, fused);
    expect(&stage, SEPCC_MUL_ADD, x, x, bias, NULL, separate);
    stage = support_stage((struct sepcc_layer){.op = SEPCC_OP_DEPTHWISE, .has_bias = 1});
    expect(&stage, SEPCC_FUSED, x, x, bias, NULL, fused);
    expect(&stage, SEPCC_MUL_ADD, x, x, bias, NULL, separate);
}

/* 1 + 2^24 rounds to 2^24 (a tie, to even). In order: 1 + 2^24 - 2^24 = 0; in any other, 1. */
static void sums_are_in_order(void **state)
{
    const float in[] = {1, 0x1p24f, -0x1p24f}, ones[] = {1, 1, 1}, expected[] = {0};
    struct sepcc_stage stage = support_stage((struct sepcc_layer){.op = SEPCC_OP_POINTWISE, .in_c = 3});
    (void)state;
    expect(&stage, SEPCC_FUSED, in, ones, NULL, NULL, expected);
    stage = support_stage((struct sepcc_layer){.op = SEPCC_OP_DEPTHWISE, .in_h = 3, .kernel_h = 3});
    expect(&stage, SEPCC_FUSED, in, ones, NULL, NULL, expected);
    stage = support_stage((struct sepcc_layer){.op = SEPCC_OP_DEPTHWISE, .in_w = 3, .kernel_w = 3});
    expect(&stage, SEPCC_FUSED, in, ones, NULL, NULL, expected);
}

/* Rows before columns: window 1 2^24/-2^24 1 in the order ky, kx: ((1 + 2^24) - 2^24) + 1 = 1; by columns
 * first
 * ((1 - 2^24) + 2^24) + 1 = 2, since 1 - 2^24 is exact. */
static void taps_go_row_by_row(void **state)
{
    const float in[] = {1, 0x1p24f, -0x1p24f, 1}, ones[] = {1, 1, 1, 1}, expected[] = {1};
    const struct sepcc_stage stage = support_stage(
        (struct sepcc_layer){.op = SEPCC_OP_DEPTHWISE, .in_h = 2, .in_w = 2, .kernel_h = 2, .kernel_w = 2});
    (void)state;
    expect(&stage, SEPCC_FUSED, in, ones, NULL, NULL, expected);
}

/* Without a bias a sum starts from +0: 0 + (-1 * 0) = 0 - 0 = +0. From a bias of -0 it is -0. */
static void sums_start_from_plus_zero(void **state)
{
    const float in[] = {-1}, weights[] = {0}, bias[] = {-0.0f}, plus[] = {0}, minus[] = {-0.0f};
    struct sepcc_stage stage = support_stage((struct sepcc_layer){.op = SEPCC_OP_POINTWISE});
    (void)state;
    expect(&stage, SEPCC_FUSED, in, weights, NULL, NULL, plus);
    stage.layer[0].has_bias = 1;
    expect(&stage, SEPCC_FUSED, in, weights, bias, NULL, minus);
}

/* Two images of two channels, NCHW: image 1 (1,2)(3,4), image 2 (5,6)(7,8); weights 1 and 10 sum the
 * channels: 1+30, 2+40, 5+70, 6+80. */
static void layout_and_batch(void **state)
{
    const float in[] = {1, 2, 3, 4, 5, 6, 7, 8}, weights[] = {1, 10}, expected[] = {31, 42, 75, 86};
    struct sepcc_stage stage =
        support_stage((struct sepcc_layer){.op = SEPCC_OP_POINTWISE, .in_w = 2, .in_c = 2});
    (void)state;
    stage.layout = SEPCC_NCHW;
    stage.batch = 2;
    expect(&stage, SEPCC_FUSED, in, weights, NULL, NULL, expected);
}

/* One pixel 3: expand by 2 and -1 gives 6 and -3, relu 6 and 0; depthwise 10 and 100 with bias 1 and 1 gives
 * 61 and 1; project by 1 and 1 gives 62; the residual adds 3. Without the last layer and residual: separable.
 */
static void layers_follow_each_other(void **state)
{
    struct sepcc_stage stage = {.op = SEPCC_OP_INVERTED, .batch = 1, .residual = 1, .layer_count = 3};
    const float in[] = {3}, expand[] = {2, -1}, dw[] = {10, 100}, bias[] = {1, 1}, project[] = {1, 1};
    const float *const weights[] = {expand, dw, project}, *const biases[] = {NULL, bias, NULL};
    float out[1];
    (void)state;
    stage.layer[0] =
        support_layer((struct sepcc_layer){.op = SEPCC_OP_POINTWISE, .out_c = 2, .act = SEPCC_ACT_RELU});
    stage.layer[1] = support_layer((struct sepcc_layer){.op = SEPCC_OP_DEPTHWISE, .in_c = 2, .has_bias = 1});
    stage.layer[2] = support_layer((struct sepcc_layer){.op = SEPCC_OP_POINTWISE, .in_c = 2});
    assert_int_equal(sepcc_reference(&stage, SEPCC_FUSED, in, weights, biases, NULL, out), SEPCC_OK);
    assert_true(out[0] == 65);
    stage.residual = 0;
    assert_int_equal(sepcc_reference(&stage, SEPCC_FUSED, in, weights, biases, NULL, out), SEPCC_OK);
    assert_true(out[0] == 62);
}

/* A separable or inverted stage with prelu in every layer, and a residual where the shape allows one. */
static struct sepcc_stage random_fused(uint64_t *state, uint32_t layout)
{
    const bool inverted = support_random(state, 2) == 0, same = support_random(state, 2) == 0;
    struct sepcc_stage stage = {.op = inverted ? SEPCC_OP_INVERTED : SEPCC_OP_SEPARABLE,
                                .layout = layout,
                                .batch = 1 + support_random(state, 2),
                                .layer_count = inverted ? 3 : 2};
    struct sepcc_layer before = {.out_h = 1 + support_random(state, 7),
                                 .out_w = 1 + support_random(state, 7),
                                 .out_c = 1 + support_random(state, 9)};
    const uint32_t in_c = before.out_c, stride = same ? 1 : 1 + support_random(state, 3);
    for (uint32_t i = 0; i < stage.layer_count; ++i) {
        const bool depthwise = i + 2 == stage.layer_count, last = i + 1 == stage.layer_count;
        struct sepcc_layer l = {.op = depthwise ? SEPCC_OP_DEPTHWISE : SEPCC_OP_POINTWISE,
                                .in_h = before.out_h,
                                .in_w = before.out_w,
                                .in_c = before.out_c,
                                .has_bias = support_random(state, 2),
                                .act = SEPCC_ACT_PRELU};
        if (depthwise) {
            l.kernel_h = l.kernel_w = 3;
            l.stride_h = l.stride_w = stride;
            l.pad_top = l.pad_left = l.pad_bottom = l.pad_right = 1;
            l.multiplier = inverted ? 1 : 1 + support_random(state, 2);
        } else
            l.out_c = last && same ? in_c : 1 + support_random(state, 9);
        before = stage.layer[i] = support_layer(l);
    }
    stage.residual = inverted && same;
    return stage;
}

/* The weights, biases and slopes of a stage's layers. */
struct parameters {
    float *weights[SEPCC_MAX_LAYERS], *bias[SEPCC_MAX_LAYERS], *slope[SEPCC_MAX_LAYERS];
};

static float *filled(size_t count, uint64_t seed)
{
    float *values = sepcc_alloc(count * sizeof *values);
    assert_non_null(values);
    sepcc_fill(values, count, SEPCC_DATA_CANCEL, seed);
    return values;
}

static struct parameters make_parameters(const struct sepcc_stage *stage, uint64_t seed)
{
    struct parameters made = {0};
    for (size_t i = 0; i < stage->layer_count; ++i) {
        const struct sepcc_layer *l = &stage->layer[i];
        made.weights[i] = filled(sepcc_layer_weight_count(l), seed + 10 * i);
        made.bias[i] = filled(l->out_c, seed + 10 * i + 1);
        made.slope[i] = filled(l->out_c, seed + 10 * i + 2);
    }
    return made;
}

static void free_parameters(struct parameters *parameters)
{
    for (uint32_t i = 0; i < SEPCC_MAX_LAYERS; ++i) {
        sepcc_free(parameters->weights[i]);
        sepcc_free(parameters->bias[i]);
        sepcc_free(parameters->slope[i]);
    }
}

/* The layers one after the other, each a stage of its own; malloc'ed by sepcc_alloc. */
static float *run_layers(const struct sepcc_stage *stage, enum sepcc_rounding rounding, const float *in,
                         const struct parameters *parameters)
{
    float *values = NULL;
    for (uint32_t i = 0; i < stage->layer_count; ++i) {
        const struct sepcc_stage single = {.op = stage->layer[i].op,
                                           .layout = stage->layout,
                                           .batch = stage->batch,
                                           .layer_count = 1,
                                           .layer = {stage->layer[i]}};
        const float *weights[] = {parameters->weights[i]}, *bias[] = {parameters->bias[i]};
        const float *slope[] = {parameters->slope[i]};
        float *out = sepcc_alloc(sepcc_stage_output_count(&single) * sizeof *out);
        assert_non_null(out);
        assert_int_equal(
            sepcc_reference(&single, rounding, values != NULL ? values : in, weights, bias, slope, out),
            SEPCC_OK);
        sepcc_free(values);
        values = out;
    }
    return values;
}

/* A fused stage has the bits of its layers run apart, in both layouts; the residual is one addition more. */
static void fused_stages_are_their_layers(void **state)
{
    uint64_t random = 3;
    unsigned residuals = 0;
    (void)state;
    for (uint64_t n = 0; n < 200; ++n) {
        const struct sepcc_stage stage = random_fused(&random, n % 2 == 0 ? SEPCC_NHWC : SEPCC_NCHW);
        const enum sepcc_rounding rounding = n % 4 < 2 ? SEPCC_FUSED : SEPCC_MUL_ADD;
        const size_t count = sepcc_stage_output_count(&stage);
        struct parameters parameters = make_parameters(&stage, 1000 * n);
        float *in = filled(sepcc_stage_input_count(&stage), 7000 + n), *out = filled(count, 1);
        float *expected = run_layers(&stage, rounding, in, &parameters);
        for (size_t i = 0; i < count && stage.residual != 0; ++i)
            expected[i] = expected[i] + in[i];
        residuals += stage.residual;
        assert_int_equal(sepcc_reference(&stage, rounding, in, (const float *const *)parameters.weights,
                                         (const float *const *)parameters.bias,
                                         (const float *const *)parameters.slope, out),
                         SEPCC_OK);
        assert_memory_equal(out, expected, count * sizeof *out);
        sepcc_free(expected);
        sepcc_free(out);
        sepcc_free(in);
        free_parameters(&parameters);
    }
    assert_true(residuals > 20);
}

static void unknown_stages_are_refused(void **state)
{
    struct sepcc_stage stage = support_stage((struct sepcc_layer){.op = SEPCC_OP_POINTWISE});
    const float in[] = {1}, *const weights[] = {in};
    float out[1];
    (void)state;
    stage.op = 9;
    assert_int_equal(sepcc_reference(&stage, SEPCC_FUSED, in, weights, NULL, NULL, out), SEPCC_E_STAGE);
    stage.op = SEPCC_OP_POINTWISE;
    assert_int_equal(sepcc_reference(&stage, (enum sepcc_rounding)2, in, weights, NULL, NULL, out),
                     SEPCC_E_STAGE);
    assert_int_equal(sepcc_reference(&stage, SEPCC_FUSED, in, weights, NULL, NULL, out), SEPCC_OK);
    assert_int_equal(sepcc_isa_rounding(SEPCC_ISA_SSE), SEPCC_MUL_ADD);
    assert_int_equal(sepcc_isa_rounding(SEPCC_ISA_SCALAR), SEPCC_FUSED);
}

/* ---- against double precision ---------------------------------------------------------------------- */

/* Element (y, x, c) of image n, in either layout. */
static size_t element(uint32_t layout, size_t n, size_t y, size_t x, size_t c, const uint32_t size[3])
{
    if (layout == SEPCC_NCHW)
        return ((n * size[2] + c) * size[0] + y) * size[1] + x;
    return ((n * size[0] + y) * size[1] + x) * size[2] + c;
}

struct sum {
    double value, magnitude; /* of the terms, added up without sign */
};

static void add_term(struct sum *sum, float x, float w)
{
    sum->value += (double)x * (double)w;
    sum->magnitude += fabs((double)x * (double)w);
}

/* One output element, straight from the definition of a convolution. */
static struct sum sum_of(const struct sepcc_stage *stage, const float *in, const float *weights, size_t n,
                         size_t oy, size_t ox, size_t oc)
{
    const struct sepcc_layer *l = &stage->layer[0];
    const uint32_t size[] = {l->in_h, l->in_w, l->in_c};
    struct sum sum = {0, 0};
    if (l->op == SEPCC_OP_POINTWISE) {
        for (size_t ci = 0; ci < l->in_c; ++ci)
            add_term(&sum, in[element(stage->layout, n, oy * l->stride_h, ox * l->stride_w, ci, size)],
                     weights[oc * l->in_c + ci]);
        return sum;
    }
    for (size_t y = 0; y < l->in_h; ++y)
        for (size_t x = 0; x < l->in_w; ++x) {
            /* Which tap, if any, falls on this pixel. */
            const long down = (long)y + (long)l->pad_top - (long)(oy * l->stride_h);
            const long across = (long)x + (long)l->pad_left - (long)(ox * l->stride_w);
            if (down < 0 || across < 0 || down % (long)l->dilation_h != 0 ||
                across % (long)l->dilation_w != 0 || down / (long)l->dilation_h >= (long)l->kernel_h ||
                across / (long)l->dilation_w >= (long)l->kernel_w)
                continue;
            const size_t tap =
                (size_t)(down / (long)l->dilation_h) * l->kernel_w + (size_t)(across / (long)l->dilation_w);
            if (l->op == SEPCC_OP_DEPTHWISE)
                add_term(&sum, in[element(stage->layout, n, y, x, oc / l->multiplier, size)],
                         weights[tap * l->out_c + oc]);
            for (size_t ci = 0; l->op == SEPCC_OP_CONV && ci < l->in_c; ++ci)
                add_term(&sum, in[element(stage->layout, n, y, x, ci, size)],
                         weights[(oc * l->in_c + ci) * l->kernel_h * l->kernel_w + tap]);
        }
    return sum;
}

/* Each of n + 1 additions and n products rounds once, by at most 2^-24 of the sum so far. */
static void compare_with_sums(const struct sepcc_stage *stage, const float *in, const float *weights,
                              const float *bias, const float *out)
{
    const struct sepcc_layer *l = &stage->layer[0];
    const uint32_t size[] = {l->out_h, l->out_w, l->out_c};
    const double inputs = l->op == SEPCC_OP_DEPTHWISE ? 1 : l->in_c;
    const double terms = inputs * l->kernel_h * l->kernel_w;
    for (size_t n = 0; n < stage->batch; ++n)
        for (size_t y = 0; y < l->out_h; ++y)
            for (size_t x = 0; x < l->out_w; ++x)
                for (size_t c = 0; c < l->out_c; ++c) {
                    struct sum sum = sum_of(stage, in, weights, n, y, x, c);
                    const double got = (double)out[element(stage->layout, n, y, x, c, size)];
                    if (l->has_bias) {
                        sum.value += (double)bias[c];
                        sum.magnitude += fabs((double)bias[c]);
                    }
                    if (!(fabs(got - sum.value) <= (terms + 2) * 0x1p-24 * sum.magnitude))
                        fail_msg("[%zu][%zu][%zu][%zu] is %g, expected %g", n, y, x, c, got, sum.value);
                }
}

static struct sepcc_stage random_stage(uint64_t *state)
{
    struct sepcc_layer l = {.op = SEPCC_OP_POINTWISE, .in_h = 1, .in_w = 1};
    struct sepcc_stage stage;
    l.in_c = 1 + support_random(state, 40);
    l.out_c = 1 + support_random(state, 40);
    l.stride_h = 1 + support_random(state, 3);
    l.stride_w = 1 + support_random(state, 3);
    l.has_bias = support_random(state, 2);
    l.in_h = 1 + support_random(state, 12);
    l.in_w = 1 + support_random(state, 12);
    const uint32_t op = support_random(state, 3);
    if (op > 0) {
        l.op = op == 1 ? SEPCC_OP_DEPTHWISE : SEPCC_OP_CONV;
        l.out_c = op == 1 ? 0 : l.out_c;
        l.multiplier = op == 1 ? 1 + support_random(state, 3) : 1;
        l.kernel_h = 1 + support_random(state, 5);
        l.kernel_w = 1 + support_random(state, 5);
        l.dilation_h = 1 + support_random(state, 3);
        l.dilation_w = 1 + support_random(state, 3);
        l.pad_top = support_random(state, 7);
        l.pad_left = support_random(state, 7);
        l.pad_bottom = (l.kernel_h - 1) * l.dilation_h + support_random(state, 3); /* so that it fits */
        l.pad_right = (l.kernel_w - 1) * l.dilation_w + support_random(state, 3);
    }
    stage = support_stage(l);
    stage.batch = 1 + support_random(state, 2);
    stage.layout = support_random(state, 2);
    return stage;
}

static void check_random_stage(const struct sepcc_stage *stage, enum sepcc_rounding rounding, uint64_t seed)
{
    const struct sepcc_layer *l = &stage->layer[0];
    float *in = sepcc_alloc(sepcc_stage_input_count(stage) * sizeof *in);
    float *weights = sepcc_alloc(sepcc_layer_weight_count(l) * sizeof *weights);
    float *bias = sepcc_alloc(l->out_c * sizeof *bias);
    float *out = sepcc_alloc(sepcc_stage_output_count(stage) * sizeof *out);
    assert_true(in != NULL && weights != NULL && bias != NULL && out != NULL);
    sepcc_fill(in, sepcc_stage_input_count(stage), SEPCC_DATA_CANCEL, seed);
    sepcc_fill(weights, sepcc_layer_weight_count(l), SEPCC_DATA_CANCEL, seed + 1);
    sepcc_fill(bias, l->out_c, SEPCC_DATA_CANCEL, seed + 2);
    assert_int_equal(sepcc_reference(stage, rounding, in, (const float *const[]){weights},
                                     (const float *const[]){bias}, NULL, out),
                     SEPCC_OK);
    compare_with_sums(stage, in, weights, bias, out);
    sepcc_free(out);
    sepcc_free(bias);
    sepcc_free(weights);
    sepcc_free(in);
}

static void random_stages_match_sums_in_double(void **state)
{
    uint64_t random = 20;
    (void)state;
    for (uint64_t i = 0; i < 300; ++i) {
        const struct sepcc_stage stage = random_stage(&random);
        check_random_stage(&stage, i % 2 == 0 ? SEPCC_FUSED : SEPCC_MUL_ADD, 1000 * i);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(depthwise_leaves_out_taps_outside),
        cmocka_unit_test(depthwise_padding_is_no_zero),
        cmocka_unit_test(depthwise_strides_with_one_sided_padding),
        cmocka_unit_test(depthwise_dilates),
        cmocka_unit_test(depthwise_multiplies_channels),
        cmocka_unit_test(pointwise_sums_input_channels),
        cmocka_unit_test(pointwise_strides),
        cmocka_unit_test(conv_sums_taps_and_channels),
        cmocka_unit_test(conv_sums_are_in_order),
        cmocka_unit_test(prelu_takes_a_slope_per_channel),
        cmocka_unit_test(rounding_is_as_asked),
        cmocka_unit_test(sums_are_in_order),
        cmocka_unit_test(taps_go_row_by_row),
        cmocka_unit_test(sums_start_from_plus_zero),
        cmocka_unit_test(layout_and_batch),
        cmocka_unit_test(layers_follow_each_other),
        cmocka_unit_test(fused_stages_are_their_layers),
        cmocka_unit_test(unknown_stages_are_refused),
        cmocka_unit_test(random_stages_match_sums_in_double),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
