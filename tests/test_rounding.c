/*
 * test_rounding.c: the bound of rounding holds for computations that round differently, and is small enough
 * to catch a wrong weight.
 */
#include "support_runtime.h"
#include "support_spec.h"
#include "verify/rounding.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

/* A stage with its tensors, computed with fused and with separate roundings. */
struct sample {
    struct spec spec;
    float *in, *fused, *separate;
    float *weight[SEPCC_MAX_LAYERS], *bias[SEPCC_MAX_LAYERS], *slope[SEPCC_MAX_LAYERS];
    struct rounding_layer layers[SEPCC_MAX_LAYERS];
    double *bound;
    size_t count;
};

static void scale(float *values, size_t count, float factor)
{
    for (size_t i = 0; values != NULL && i < count; ++i)
        values[i] *= factor;
}

static float *random_floats(size_t count, uint64_t seed, float size)
{
    float *values = sepcc_alloc(count * sizeof *values);
    assert_non_null(values);
    sepcc_fill(values, count, SEPCC_DATA_CANCEL, seed);
    scale(values, count, size);
    return values;
}

static void run_reference(const struct sample *s, enum sepcc_rounding rounding, float *out)
{
    assert_int_equal(sepcc_reference(&s->spec.stage, rounding, s->in, (const float *const *)s->weight,
                                     (const float *const *)s->bias, (const float *const *)s->slope, out),
                     SEPCC_OK);
}

static void sample_make(const char *text, struct sample *s)
{
    *s = (struct sample){.spec = spec_good(text)};
    const struct sepcc_stage *stage = &s->spec.stage;
    s->count = sepcc_stage_output_count(stage);
    s->in = random_floats(sepcc_stage_input_count(stage), 1, 4);
    for (uint32_t i = 0; i < stage->layer_count; ++i) {
        const struct sepcc_layer *l = &stage->layer[i];
        s->weight[i] = random_floats(sepcc_layer_weight_count(l), 10 + i, 0.5f);
        s->bias[i] = random_floats(l->out_c, 20 + i, 1);
        s->slope[i] = random_floats(l->out_c, 30 + i, 1);
        s->layers[i] = (struct rounding_layer){s->weight[i], s->bias[i], s->slope[i], NULL, 0};
    }
    s->fused = sepcc_alloc(s->count * sizeof *s->fused);
    s->separate = sepcc_alloc(s->count * sizeof *s->separate);
    s->bound = sepcc_alloc(s->count * sizeof *s->bound);
    assert_true(s->fused != NULL && s->separate != NULL && s->bound != NULL);
    run_reference(s, SEPCC_FUSED, s->fused);
    run_reference(s, SEPCC_MUL_ADD, s->separate);
    assert_int_equal(rounding_bound(stage, s->layers, s->in, s->bound), STATUS_DONE);
}

static void sample_free(struct sample *s)
{
    for (uint32_t i = 0; i < SEPCC_MAX_LAYERS; ++i) {
        sepcc_free(s->weight[i]);
        sepcc_free(s->bias[i]);
        sepcc_free(s->slope[i]);
    }
    sepcc_free(s->in);
    sepcc_free(s->fused);
    sepcc_free(s->separate);
    sepcc_free(s->bound);
}

static const char *const stages[] = {
    "depthwise in=7x6x5 kernel=3x3 stride=2 pad=1 act=relu6",
    "depthwise in=9x9x4 kernel=5x3 dilation=2 pad=2 mult=3 act=hard_swish layout=nchw batch=2",
    "depthwise in=6x6x8 kernel=3 act=silu",
    "pointwise in=5x5x40 out=17 act=prelu bias=no",
    "pointwise in=5x5x12 out=7 stride=2 act=sigmoid layout=nchw",
    "pointwise in=3x3x200 out=9 act=leaky_relu(2.5)",
    "pointwise in=3x3x64 out=9 act=hard_sigmoid",
    "separable in=8x8x16 out=24 kernel=3 pad=1 dw.act=hard_swish pw.act=relu",
    "inverted in=6x6x8 expand=24 out=8 kernel=3 pad=1 act=silu residual=yes",
};

/* Both are right, and differ somewhere. */
static void two_roundings_are_within(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof stages / sizeof stages[0]; ++i) {
        struct sample s;
        sample_make(stages[i], &s);
        const double worst = rounding_worst(s.fused, s.separate, s.bound, s.count);
        if (!(worst > 0 && worst <= 1))
            fail_msg("%s: %g of the bound", stages[i], worst);
        sample_free(&s);
    }
}

/* A weight that is off by a thousandth is far outside. */
static void a_wrong_weight_is_outside(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof stages / sizeof stages[0]; ++i) {
        struct sample s;
        sample_make(stages[i], &s);
        scale(s.weight[0], sepcc_layer_weight_count(&s.spec.stage.layer[0]), 1.001f);
        run_reference(&s, SEPCC_FUSED, s.fused);
        const double worst = rounding_worst(s.fused, s.separate, s.bound, s.count);
        if (!(worst > 1))
            fail_msg("%s: %g of the bound", stages[i], worst);
        sample_free(&s);
    }
}

/* One input 2 and weights 3 and 0.5, bias 1, relu: 2 sides * (1 term + 1) roundings * 2^-24 * (6 + 1). */
static void by_hand(void **state)
{
    const struct spec spec = spec_good("pointwise in=1x1x1 out=2 act=relu");
    const float in[] = {2}, weight[] = {3, -0.5f}, bias[] = {1, 1};
    const double constant[] = {1, 5};
    struct rounding_layer layer = {weight, bias, NULL, NULL, 0};
    double bound[2];
    (void)state;
    assert_int_equal(rounding_bound(&spec.stage, &layer, in, bound), STATUS_DONE);
    assert_true(fabs(bound[0] / 0x1p-24 - 4 * 7) < 1e-6);
    assert_true(fabs(bound[1] / 0x1p-24 - 4 * 2) < 1e-6);
    /* Folded: the bias of the second channel came from numbers of size 5, with three roundings more. */
    layer.constant = constant;
    layer.extra = 3;
    assert_int_equal(rounding_bound(&spec.stage, &layer, in, bound), STATUS_DONE);
    assert_true(fabs(bound[1] / 0x1p-24 - 10 * 6) < 1e-6);
}

static void worst_counts_what_no_bound_covers(void **state)
{
    const float a[] = {1, NAN, INFINITY}, b[] = {1, NAN, INFINITY}, c[] = {1, 2, INFINITY},
                d[] = {1.5f, NAN, INFINITY};
    const double bound[] = {0.25, 1, 1}, none[] = {0, 1, 1};
    (void)state;
    assert_true(rounding_worst(a, b, none, 3) <= 0);
    assert_true(isinf(rounding_worst(a, c, bound, 3)));
    assert_true(fabs(rounding_worst(a, d, bound, 3) - 2) < 1e-12);
    assert_true(isinf(rounding_worst(a, d, none, 3)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(by_hand),
        cmocka_unit_test(two_roundings_are_within),
        cmocka_unit_test(a_wrong_weight_is_outside),
        cmocka_unit_test(worst_counts_what_no_bound_covers),
    };
    return cmocka_run_group_tests_name("rounding", tests, NULL, NULL);
}
