/*
 * test_runtime_stage.c: shapes and counts of stages, the rules that a stage keeps, status texts, memory.
 */
#include "internal.h"
#include "support_runtime.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static struct sepcc_stage depthwise_stage(void)
{
    return support_stage((struct sepcc_layer){.op = SEPCC_OP_DEPTHWISE,
                                              .in_h = 7,
                                              .in_w = 9,
                                              .in_c = 5,
                                              .kernel_h = 3,
                                              .kernel_w = 5,
                                              .stride_h = 2,
                                              .pad_top = 1,
                                              .pad_left = 2,
                                              .pad_bottom = 1,
                                              .pad_right = 2,
                                              .multiplier = 2});
}

/* 7 rows, pad 1+1, kernel 3, stride 2: (7 + 2 - 3) / 2 + 1 = 4; 9 columns, pad 2+2, kernel 5: 9. */
static void shapes_follow_the_layout(void **state)
{
    struct sepcc_stage stage = depthwise_stage();
    const size_t in_nhwc[] = {3, 7, 9, 5}, out_nhwc[] = {3, 4, 9, 10};
    const size_t in_nchw[] = {3, 5, 7, 9}, out_nchw[] = {3, 10, 4, 9};
    size_t shape[4];
    (void)state;
    stage.batch = 3;
    sepcc_stage_input_shape(&stage, shape);
    assert_memory_equal(shape, in_nhwc, sizeof shape);
    sepcc_stage_output_shape(&stage, shape);
    assert_memory_equal(shape, out_nhwc, sizeof shape);
    stage.layout = SEPCC_NCHW;
    sepcc_stage_input_shape(&stage, shape);
    assert_memory_equal(shape, in_nchw, sizeof shape);
    sepcc_stage_output_shape(&stage, shape);
    assert_memory_equal(shape, out_nchw, sizeof shape);
    assert_int_equal(sepcc_stage_input_count(&stage), 3 * 7 * 9 * 5);
    assert_int_equal(sepcc_stage_output_count(&stage), 3 * 4 * 9 * 10);
    assert_int_equal(sepcc_layer_weight_count(&stage.layer[0]), 3 * 5 * 10);
}

/* Taps inside, by trying each. */
static uint64_t count_taps(const struct sepcc_layer *l)
{
    uint64_t count = 0;
    for (uint32_t oy = 0; oy < l->out_h; ++oy)
        for (uint32_t ox = 0; ox < l->out_w; ++ox)
            for (uint32_t ky = 0; ky < l->kernel_h; ++ky)
                for (uint32_t kx = 0; kx < l->kernel_w; ++kx) {
                    const long y = (long)(oy * l->stride_h + ky * l->dilation_h) - (long)l->pad_top;
                    const long x = (long)(ox * l->stride_w + kx * l->dilation_w) - (long)l->pad_left;
                    count += y >= 0 && y < (long)l->in_h && x >= 0 && x < (long)l->in_w;
                }
    return count;
}

static void fma_count_leaves_out_taps_outside(void **state)
{
    uint64_t random = 4;
    struct sepcc_stage stage;
    (void)state;
    for (int i = 0; i < 300; ++i) {
        struct sepcc_layer l = {.op = SEPCC_OP_DEPTHWISE};
        l.in_h = 1 + support_random(&random, 9);
        l.in_w = 1 + support_random(&random, 9);
        l.in_c = 1 + support_random(&random, 3);
        l.kernel_h = 1 + support_random(&random, 5);
        l.kernel_w = 1 + support_random(&random, 5);
        l.stride_h = 1 + support_random(&random, 4);
        l.stride_w = 1 + support_random(&random, 4);
        l.dilation_h = 1 + support_random(&random, 3);
        l.dilation_w = 1 + support_random(&random, 3);
        l.pad_top = support_random(&random, 20);
        l.pad_left = support_random(&random, 20);
        l.pad_bottom = 12 + support_random(&random, 9);
        l.pad_right = 12 + support_random(&random, 9);
        stage = support_stage(l);
        stage.batch = 2;
        assert_true(sepcc_stage_valid(&stage));
        assert_int_equal(sepcc_stage_fma_count(&stage),
                         2 * count_taps(&stage.layer[0]) * stage.layer[0].out_c);
    }
    stage = support_stage(
        (struct sepcc_layer){.op = SEPCC_OP_POINTWISE, .in_h = 3, .in_w = 4, .in_c = 5, .out_c = 7});
    assert_int_equal(sepcc_stage_fma_count(&stage), 3 * 4 * 5 * 7);
    /* 3x3 taps on 3x4 pixels with padding 1: rows have 2, 3, 2 taps, columns 2, 3, 3, 2. */
    stage = support_stage((struct sepcc_layer){.op = SEPCC_OP_CONV,
                                               .in_h = 3,
                                               .in_w = 4,
                                               .in_c = 5,
                                               .out_c = 7,
                                               .kernel_h = 3,
                                               .kernel_w = 3,
                                               .pad_top = 1,
                                               .pad_left = 1,
                                               .pad_bottom = 1,
                                               .pad_right = 1});
    assert_true(sepcc_stage_valid(&stage));
    assert_int_equal(sepcc_layer_weight_count(&stage.layer[0]), 9 * 5 * 7);
    assert_int_equal(sepcc_stage_fma_count(&stage), 7 * 10 * 5 * 7);
}

/* Each breaks one rule of sepcc_kernel.h. */
static void breaches_are_found(void **state)
{
    const struct sepcc_stage good = depthwise_stage();
    const struct sepcc_stage pointwise = support_stage((struct sepcc_layer){.op = SEPCC_OP_POINTWISE});
    struct sepcc_stage bad;
    (void)state;
    assert_true(sepcc_stage_valid(&good));
    assert_true(sepcc_stage_valid(&pointwise));
#define BREACH(original, field, value)                                                                       \
    do {                                                                                                     \
        bad = (original);                                                                                    \
        bad.field = (value);                                                                                 \
        assert_false(sepcc_stage_valid(&bad));                                                               \
    } while (0)
    BREACH(good, op, 0);
    BREACH(good, op, SEPCC_OP_POINTWISE);
    BREACH(good, op, 6);
    BREACH(good, op, SEPCC_OP_CONV);
    BREACH(good, dtype, 1);
    BREACH(good, layout, 2);
    BREACH(good, batch, 0);
    BREACH(good, residual, 1);
    BREACH(good, layer_count, 0);
    BREACH(good, layer_count, 2);
    BREACH(good, layer_count, 4);
    BREACH(good, layer[0].op, SEPCC_OP_POINTWISE);
    BREACH(good, layer[0].in_h, 0);
    BREACH(good, layer[0].in_c, 0);
    BREACH(good, layer[0].out_c, 5);
    BREACH(good, layer[0].out_h, 5);
    BREACH(good, layer[0].out_w, 0);
    BREACH(good, layer[0].kernel_h, 0);
    BREACH(good, layer[0].kernel_w, 14);
    BREACH(good, layer[0].stride_w, 0);
    BREACH(good, layer[0].dilation_h, 0);
    BREACH(good, layer[0].multiplier, 0);
    BREACH(good, layer[0].has_bias, 2);
    BREACH(good, layer[0].act, SEPCC_ACT_COUNT);
    BREACH(pointwise, layer[0].multiplier, 2);
    BREACH(pointwise, layer[0].out_c, 0);
    bad = pointwise; /* kernel 2 fits with pad 1, but is no pointwise */
    bad.layer[0].kernel_h = 2;
    bad.layer[0].pad_top = 1;
    assert_false(sepcc_stage_valid(&bad));
    bad = pointwise; /* 2^96 bytes */
    bad.layer[0].in_h = bad.layer[0].out_h = bad.layer[0].in_w = bad.layer[0].out_w = UINT32_MAX;
    bad.layer[0].in_c = UINT32_MAX;
    assert_false(sepcc_stage_valid(&bad));
}

static void fused_stages_must_fit_together(void **state)
{
    struct sepcc_stage stage = {.op = SEPCC_OP_INVERTED, .batch = 1, .residual = 1, .layer_count = 3};
    (void)state;
    stage.layer[0] = support_layer((struct sepcc_layer){.op = SEPCC_OP_POINTWISE, .in_c = 3, .out_c = 6});
    stage.layer[1] = support_layer((struct sepcc_layer){.op = SEPCC_OP_DEPTHWISE, .in_c = 6});
    stage.layer[2] = support_layer((struct sepcc_layer){.op = SEPCC_OP_POINTWISE, .in_c = 6, .out_c = 3});
    assert_true(sepcc_stage_valid(&stage));
    stage.residual = 2;
    assert_false(sepcc_stage_valid(&stage));
    stage.residual = 1;
    stage.layer[2].out_c = 4; /* nothing of that shape to add */
    assert_false(sepcc_stage_valid(&stage));
    stage.residual = 0;
    assert_true(sepcc_stage_valid(&stage));
    stage.layer[1] = support_layer((struct sepcc_layer){.op = SEPCC_OP_DEPTHWISE, .in_c = 5});
    assert_false(sepcc_stage_valid(&stage));
}

/* Shapes are those of the ends; multiply-adds of all layers count. Expansion 2x3x4 -> 6, 3x3 on six channels
 * with padding 1 (of 6 pixels in 2 rows, 4 columns have 4 taps inside and 2 have 6), projection 6 -> 5. */
static void fused_stages_count_all_layers(void **state)
{
    struct sepcc_stage stage = {.op = SEPCC_OP_INVERTED, .batch = 2, .layer_count = 3};
    const size_t in_nchw[] = {2, 4, 2, 3}, out_nchw[] = {2, 5, 2, 3};
    const uint32_t h = 2, w = 3;
    size_t shape[4];
    (void)state;
    stage.layer[0] = support_layer(
        (struct sepcc_layer){.op = SEPCC_OP_POINTWISE, .in_h = h, .in_w = w, .in_c = 4, .out_c = 6});
    stage.layer[1] = support_layer((struct sepcc_layer){.op = SEPCC_OP_DEPTHWISE,
                                                        .in_h = h,
                                                        .in_w = w,
                                                        .in_c = 6,
                                                        .kernel_h = 3,
                                                        .kernel_w = 3,
                                                        .pad_top = 1,
                                                        .pad_left = 1,
                                                        .pad_bottom = 1,
                                                        .pad_right = 1});
    stage.layer[2] = support_layer(
        (struct sepcc_layer){.op = SEPCC_OP_POINTWISE, .in_h = h, .in_w = w, .in_c = 6, .out_c = 5});
    assert_true(sepcc_stage_valid(&stage));
    assert_int_equal(sepcc_stage_input_count(&stage), 2 * 2 * 3 * 4);
    assert_int_equal(sepcc_stage_output_count(&stage), 2 * 2 * 3 * 5);
    assert_int_equal(sepcc_stage_fma_count(&stage), 2 * (6 * 4 * 6 + (4 * 4 + 2 * 6) * 6 + 6 * 6 * 5));
    stage.layout = SEPCC_NCHW;
    sepcc_stage_input_shape(&stage, shape);
    assert_memory_equal(shape, in_nchw, sizeof shape);
    sepcc_stage_output_shape(&stage, shape);
    assert_memory_equal(shape, out_nchw, sizeof shape);
}

static void every_status_has_its_sentence(void **state)
{
    (void)state;
    for (int i = 0; i < SEPCC_STATUS_COUNT; ++i) {
        const char *text = sepcc_status_text((enum sepcc_status)i);
        assert_non_null(text);
        assert_true(strlen(text) > 0 && text[strlen(text) - 1] != '.');
        for (int k = 0; k < i; ++k)
            assert_string_not_equal(text, sepcc_status_text((enum sepcc_status)k));
    }
    assert_string_equal(sepcc_status_text(SEPCC_STATUS_COUNT), "unknown status");
    assert_string_equal(sepcc_status_text((enum sepcc_status) - 1), "unknown status");
    assert_true(strchr(sepcc_version(), '.') != NULL);
}

static void memory_is_aligned_and_zeroed(void **state)
{
    (void)state;
    for (size_t bytes = 0; bytes < 300; bytes += 37) {
        unsigned char *memory = sepcc_alloc(bytes);
        assert_non_null(memory);
        assert_int_equal((uintptr_t)memory % SEPCC_ALIGNMENT, 0);
        for (size_t i = 0; i < bytes; ++i)
            assert_int_equal(memory[i], 0);
        sepcc_free(memory);
    }
    assert_null(sepcc_alloc(SIZE_MAX));
    sepcc_free(NULL);
}

/* The data that verification rests on: repeatable, of the promised size, with special values among them. */
static void data_is_what_it_promises(void **state)
{
    enum { COUNT = 10000 };
    float *values = sepcc_alloc(COUNT * sizeof *values), *again = sepcc_alloc(COUNT * sizeof *again);
    size_t negative = 0, nan = 0, infinite = 0, minus_zero = 0, denormal = 0;
    (void)state;
    assert_true(values != NULL && again != NULL);
    sepcc_fill(values, COUNT, SEPCC_DATA_CANCEL, 5);
    sepcc_fill(again, COUNT, SEPCC_DATA_CANCEL, 5);
    assert_memory_equal(values, again, COUNT * sizeof *values);
    for (size_t i = 0; i < COUNT; ++i) {
        assert_true(__builtin_fabsf(values[i]) >= 0.5f && __builtin_fabsf(values[i]) < 2);
        negative += values[i] < 0;
    }
    assert_in_range(negative, COUNT / 2 - COUNT / 20, COUNT / 2 + COUNT / 20);
    sepcc_fill(again, COUNT, SEPCC_DATA_CANCEL, 6);
    assert_memory_not_equal(values, again, COUNT * sizeof *values);
    sepcc_fill(values, COUNT, SEPCC_DATA_SPECIAL, 5);
    for (size_t i = 0; i < COUNT; ++i) {
        const int class = __builtin_fpclassify(0, 1, 2, 3, 4, values[i]);
        nan += class == 0;
        infinite += class == 1;
        denormal += class == 3;
        minus_zero += class == 4 && __builtin_signbit(values[i]);
    }
    assert_true(nan > 30 && infinite > 30 && denormal > 100 && minus_zero > 100);
    assert_true(nan + infinite < COUNT / 16);
    sepcc_free(again);
    sepcc_free(values);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(shapes_follow_the_layout),
        cmocka_unit_test(fma_count_leaves_out_taps_outside),
        cmocka_unit_test(breaches_are_found),
        cmocka_unit_test(fused_stages_must_fit_together),
        cmocka_unit_test(fused_stages_count_all_layers),
        cmocka_unit_test(every_status_has_its_sentence),
        cmocka_unit_test(memory_is_aligned_and_zeroed),
        cmocka_unit_test(data_is_what_it_promises),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
