/*
 * test_activation.c: sepcc_activate against hand-worked values and against libm in double.
 *
 * That generated code gives the same bits is tested by test_words.c.
 */
#include "sepcc.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

/* What docs/numbers.md promises. */
static const double NEAR_ULP = 4.0, FAR_ULP[] = {[SEPCC_FUSED] = 7.0, [SEPCC_MUL_ADD] = 4.0},
                    SIGMOID_FAR = 0x1p-125, SILU_FAR = 0x1p-118;

/* A step through the bit patterns: odd, so that all low bits occur. */
enum { STEP = 2503 };

static float activate(enum sepcc_act act, float low, float high, float slope, float x)
{
    const struct sepcc_layer layer = {.act = (uint32_t)act, .act_param = {low, high}};
    const float fused = sepcc_activate(&layer, SEPCC_FUSED, slope, x);
    if (act != SEPCC_ACT_SIGMOID && act != SEPCC_ACT_SILU) {
        const float split = sepcc_activate(&layer, SEPCC_MUL_ADD, slope, x);
        assert_memory_equal(&fused, &split, sizeof fused);
    }
    return fused;
}

static void assert_bits(float actual, float expected)
{
    if (isnan(expected))
        assert_true(isnan(actual));
    else
        assert_memory_equal(&actual, &expected, sizeof actual);
}

static void test_hand_worked(void **state)
{
    (void)state;
    const struct {
        enum sepcc_act act;
        float low, high, slope, x, expected;
    } cases[] = {
        {SEPCC_ACT_NONE, 0, 0, 0, -7.5f, -7.5f},
        {SEPCC_ACT_RELU, 0, 0, 0, -7.5f, 0.0f},
        {SEPCC_ACT_RELU, 0, 0, 0, 7.5f, 7.5f},
        {SEPCC_ACT_RELU, 0, 0, 0, -0.0f, -0.0f},
        {SEPCC_ACT_RELU, 0, 0, 0, NAN, NAN},
        {SEPCC_ACT_RELU, 0, 0, 0, INFINITY, INFINITY},
        {SEPCC_ACT_RELU, 0, 0, 0, -0x1p-149f, 0.0f},
        {SEPCC_ACT_RELU6, 0, 0, 0, 7.5f, 6.0f},
        {SEPCC_ACT_RELU6, 0, 0, 0, 5.5f, 5.5f},
        {SEPCC_ACT_RELU6, 0, 0, 0, -1.0f, 0.0f},
        {SEPCC_ACT_RELU6, 0, 0, 0, NAN, NAN},
        {SEPCC_ACT_CLAMP, -1.0f, 2.0f, 0, -3.0f, -1.0f},
        {SEPCC_ACT_CLAMP, -1.0f, 2.0f, 0, 3.0f, 2.0f},
        {SEPCC_ACT_CLAMP, -1.0f, 2.0f, 0, 0.5f, 0.5f},
        {SEPCC_ACT_CLAMP, -0.0f, 2.0f, 0, 0.0f, 0.0f},
        {SEPCC_ACT_LEAKY_RELU, 0.25f, 0, 0, -8.0f, -2.0f},
        {SEPCC_ACT_LEAKY_RELU, 0.25f, 0, 0, 8.0f, 8.0f},
        {SEPCC_ACT_LEAKY_RELU, 0.25f, 0, 0, -0.0f, -0.0f},
        {SEPCC_ACT_PRELU, 0, 0, -0.5f, -8.0f, 4.0f},
        {SEPCC_ACT_PRELU, 0, 0, -0.5f, 8.0f, 8.0f},
        {SEPCC_ACT_PRELU, 0, 0, 0.0f, -INFINITY, NAN},
        {SEPCC_ACT_HARD_SIGMOID, 0, 0, 0, -3.0f, 0.0f},
        {SEPCC_ACT_HARD_SIGMOID, 0, 0, 0, 3.0f, 1.0f},
        {SEPCC_ACT_HARD_SIGMOID, 0, 0, 0, 0.0f, 0.5f},
        {SEPCC_ACT_HARD_SIGMOID, 0, 0, 0, NAN, NAN},
        {SEPCC_ACT_HARD_SWISH, 0, 0, 0, 8.0f, 8.0f},
        {SEPCC_ACT_HARD_SWISH, 0, 0, 0, -8.0f, -0.0f},
        {SEPCC_ACT_HARD_SWISH, 0, 0, 0, -INFINITY, NAN},
        {SEPCC_ACT_SIGMOID, 0, 0, 0, 0.0f, 0.5f},
        {SEPCC_ACT_SIGMOID, 0, 0, 0, -0.0f, 0.5f},
        {SEPCC_ACT_SIGMOID, 0, 0, 0, INFINITY, 1.0f},
        {SEPCC_ACT_SIGMOID, 0, 0, 0, 88.0f, 1.0f},
        {SEPCC_ACT_SIGMOID, 0, 0, 0, NAN, NAN},
        {SEPCC_ACT_SILU, 0, 0, 0, 0.0f, 0.0f},
        {SEPCC_ACT_SILU, 0, 0, 0, -0.0f, -0.0f},
        {SEPCC_ACT_SILU, 0, 0, 0, 1000.0f, 1000.0f},
        {SEPCC_ACT_SILU, 0, 0, 0, INFINITY, INFINITY},
        {SEPCC_ACT_SILU, 0, 0, 0, NAN, NAN},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; ++i)
        assert_bits(activate(cases[i].act, cases[i].low, cases[i].high, cases[i].slope, cases[i].x),
                    cases[i].expected);
}

/* The distance of a float from the true value, in units of the last place of the true value. */
static double ulp_error(float actual, double exact)
{
    int exponent;
    (void)frexp(exact, &exponent);
    return fabs((double)actual - exact) / ldexp(1.0, (exponent < -125 ? -125 : exponent) - 24);
}

static double exact_sigmoid(double x)
{
    return 1.0 / (1.0 + exp(-x));
}

static void check_error(enum sepcc_act act, enum sepcc_rounding rounding, float limit, double bound)
{
    const struct sepcc_layer layer = {.act = (uint32_t)act};
    double worst = 0.0;
    for (uint64_t bits = 0; bits <= UINT32_MAX; bits += STEP) {
        const uint32_t pattern = (uint32_t)bits;
        float x;
        memcpy(&x, &pattern, sizeof x);
        if (!(fabsf(x) <= limit))
            continue;
        const double exact = exact_sigmoid(x) * (act == SEPCC_ACT_SILU ? (double)x : 1.0);
        const double error = ulp_error(sepcc_activate(&layer, rounding, 0.0f, x), exact);
        if (error > worst)
            worst = error;
    }
    print_message("%s, %s, up to %.0f: at most %.2f ulp (promised %.1f)\n",
                  act == SEPCC_ACT_SILU ? "silu" : "sigmoid", rounding == SEPCC_FUSED ? "fused" : "split",
                  (double)limit, worst, bound);
    assert_true(worst <= bound);
    assert_true(worst > 0.4); /* the measurement itself works */
}

static void test_error(void **state)
{
    (void)state;
    for (int rounding = SEPCC_FUSED; rounding <= SEPCC_MUL_ADD; ++rounding) {
        for (enum sepcc_act act = SEPCC_ACT_SIGMOID; act <= SEPCC_ACT_SILU; ++act) {
            check_error(act, (enum sepcc_rounding)rounding, 16.0f, NEAR_ULP);
            check_error(act, (enum sepcc_rounding)rounding, 87.0f, FAR_ULP[rounding]);
        }
    }
}

/* Above 87 sigmoid is 1 and silu is x. */
static void test_far_above(void **state)
{
    (void)state;
    const struct sepcc_layer sigmoid = {.act = SEPCC_ACT_SIGMOID}, silu = {.act = SEPCC_ACT_SILU};
    for (float x = 87.0f; x < 120.0f; x += 0.0078125f)
        for (int rounding = SEPCC_FUSED; rounding <= SEPCC_MUL_ADD; ++rounding) {
            assert_bits(sepcc_activate(&sigmoid, (enum sepcc_rounding)rounding, 0.0f, x), 1.0f);
            assert_bits(sepcc_activate(&silu, (enum sepcc_rounding)rounding, 0.0f, x), x);
        }
}

/* Below -87 both stay at what they are there, close to 0 and to the truth; so they do at -inf. */
static void check_far_below(enum sepcc_act act, enum sepcc_rounding rounding, double bound)
{
    const struct sepcc_layer layer = {.act = (uint32_t)act};
    const float last = sepcc_activate(&layer, rounding, 0.0f, -87.0f);
    assert_true(last != 0.0f && fabs((double)last) <= bound);
    for (float x = -87.0f; x > -120.0f; x -= 0.0078125f)
        assert_bits(sepcc_activate(&layer, rounding, 0.0f, x), last);
    assert_bits(sepcc_activate(&layer, rounding, 0.0f, -1e30f), last);
    assert_bits(sepcc_activate(&layer, rounding, 0.0f, -INFINITY), last);
}

static void test_far_below(void **state)
{
    (void)state;
    for (int rounding = SEPCC_FUSED; rounding <= SEPCC_MUL_ADD; ++rounding) {
        check_far_below(SEPCC_ACT_SIGMOID, (enum sepcc_rounding)rounding, SIGMOID_FAR);
        check_far_below(SEPCC_ACT_SILU, (enum sepcc_rounding)rounding, SILU_FAR);
    }
}

/* The two roundings are two definitions: somewhere they differ. */
static void test_roundings_differ(void **state)
{
    (void)state;
    const struct sepcc_layer layer = {.act = SEPCC_ACT_SIGMOID};
    unsigned different = 0;
    for (float x = -5.0f; x < 5.0f; x += 0.0078125f)
        different +=
            sepcc_activate(&layer, SEPCC_FUSED, 0.0f, x) != sepcc_activate(&layer, SEPCC_MUL_ADD, 0.0f, x);
    assert_true(different > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_hand_worked),      cmocka_unit_test(test_error),
        cmocka_unit_test(test_far_above),        cmocka_unit_test(test_far_below),
        cmocka_unit_test(test_roundings_differ),
    };
    return cmocka_run_group_tests_name("activation", tests, NULL, NULL);
}
