/*
 * test_compare.c: `sepcc compare`: which convolution stands beside a separable stage, what is counted, and
 * both forms of the report. Times are only compared with each other's: how long anything takes is no test.
 */
#include "measure/compare.h"
#include "support_folder.h"
#include "support_shell.h"
#include "support_spec.h"

#include <cjson/cJSON.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define QUICK " --isa scalar --seconds 0.001"

/* The convolution has the window of the depthwise layer, and the pointwise layer's channels, bias and act. */
static void test_conv_of_a_stage(void **state)
{
    static const char *const pairs[][2] = {
        {"separable batch=8 in=56x56x32 out=64 kernel=3 pad=1 dw.bias=no layout=nchw",
         "conv batch=8 in=56x56x32 out=64 kernel=3 pad=1 layout=nchw"},
        {"separable in=9x8x7 out=5 kernel=3x5 stride=2x1 dilation=1x2 pad=0,1,2,3 mult=4 dw.act=relu "
         "pw.act=clamp(-1,2) pw.bias=no",
         "conv in=9x8x7 out=5 kernel=3x5 stride=2x1 dilation=1x2 pad=0,1,2,3 act=clamp(-1,2) bias=no"},
        {"separable in=1x1x1 out=1 kernel=1 dw.act=prelu", "conv in=1x1x1 out=1 kernel=1"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; ++i) {
        const struct spec separable = spec_good(pairs[i][0]), expected = spec_good(pairs[i][1]);
        struct spec conv;
        char text[SPEC_TEXT_MAX];
        compare_conv(&separable, &conv);
        spec_print(&conv, 0, text);
        if (!spec_equal(&conv, &expected))
            fail_msg("%s stands beside %s, expected %s", text, pairs[i][0], pairs[i][1]);
    }
}

static double number(const cJSON *object, const char *key)
{
    const cJSON *item = cJSON_GetObjectItem(object, key);
    if (!cJSON_IsNumber(item))
        fail_msg("no number %s", key);
    return item->valuedouble;
}

static void assert_near(double got, double expected)
{
    if (!(fabs(got - expected) <= 1e-6 * fabs(expected)))
        fail_msg("%g, expected %g", got, expected);
}

static void check_side(const cJSON *side, double parameters, double macs)
{
    assert_near(number(side, "parameters"), parameters);
    assert_near(number(side, "macs"), macs);
    assert_true(number(side, "min_ms") > 0 && number(side, "min_ms") <= number(side, "low_ms"));
    assert_true(number(side, "low_ms") <= number(side, "ms") &&
                number(side, "ms") <= number(side, "high_ms"));
    assert_true(number(side, "gflops") > 0 && number(side, "peak_gflops") > 0);
    assert_true(number(side, "trials") >= 1 && number(side, "peak_share") > 0);
    assert_true(cJSON_IsTrue(cJSON_GetObjectItem(side, "verified")));
}

/*
 * Two images of 8 x 8 pixels. Separable: 9 taps x 4 channels, then 4 x 6 and 6 biases. Standard: 9 x 4 x 6
 * and 6. Taps outside the image count.
 */
static void test_json(void **state)
{
    assert_shell(*state, 0,
                 "$SEPCC compare separable name=pair batch=2 in=8x8x4 out=6 kernel=3 pad=1 dw.bias=no "
                 "layout=nchw --json --verify" QUICK);
    cJSON *root = cJSON_Parse(shell_output());
    const cJSON *stages = cJSON_GetObjectItem(root, "stages"), *stage = cJSON_GetArrayItem(stages, 0);
    const cJSON *separable = cJSON_GetObjectItem(stage, "separable"),
                *conv = cJSON_GetObjectItem(stage, "conv");
    assert_int_equal(cJSON_GetArraySize(stages), 1);
    assert_string_equal(cJSON_GetStringValue(cJSON_GetObjectItem(stage, "stage")), "pair");
    assert_string_equal(cJSON_GetStringValue(cJSON_GetObjectItem(stage, "isa")), "scalar");
    check_side(separable, 36 + 24 + 6, 2 * 64 * (36 + 24));
    check_side(conv, 216 + 6, 2 * 64 * 216);
    assert_near(number(stage, "parameter_ratio"), 222.0 / 66);
    assert_near(number(stage, "mac_ratio"), 3.6);
    assert_near(number(stage, "mac_share"), 1.0 / 6 + 1.0 / 9);
    assert_near(number(stage, "speed_up"), number(conv, "ms") / number(separable, "ms"));
    const bool all = number(stage, "speed_up") >= number(stage, "mac_ratio");
    assert_int_equal(cJSON_IsTrue(cJSON_GetObjectItem(stage, "all_of_the_macs")), all);
    assert_int_equal(number(root, "left_out"), 0);
    cJSON_Delete(root);
}

/* The formula holds with a multiplier, too; other stages are left out, and counted. */
static void test_text(void **state)
{
    put_file(in_folder(*state, "net.layers"), "pointwise name=first in=6x6x3 out=4\n"
                                              "separable name=wide in=6x6x4 out=8 kernel=3x2 mult=2\n"
                                              "separable name=plain in=5x5x4 out=8 kernel=3\n");
    assert_shell(*state, 0, "$SEPCC compare net.layers --verify --threads 2" QUICK);
    assert_printed("wide: separable in=6x6x4 out=8 kernel=3x2 mult=2\n"
                   "      conv in=6x6x4 out=8 kernel=3x2\n"
                   "scalar, 2 threads\n");
    assert_printed("plain: separable ");
    assert_printed("\nMACs ");
    assert_printed("\nquartiles ");
    assert_printed("\nMACs, separable / conv: 2 * (1/Cout + 1/K^2) = 2 * (1/8 + 1/6) = 0.5833\n");
    assert_printed("\nMACs, separable / conv: 1/Cout + 1/K^2 = 1/8 + 1/9 = 0.2361\n");
    assert_printed(": same bits as the reference\n");
    assert_printed("\n1 stage left out, which is not separable.\n");
    /* Which it is depends on the times; it is always said, once for each stage. */
    const char *at = shell_output();
    unsigned verdicts = 0;
    while ((at = strstr(at, " times fewer MACs")) != NULL) {
        ++verdicts;
        ++at;
    }
    assert_int_equal(verdicts, 2);
}

static void test_refused(void **state)
{
    assert_shell(*state, 2, "$SEPCC compare conv in=5x5x3 out=4 kernel=3");
    assert_error("SPEC: error: none of the stages is separable, expected one at least [spec-unsupported]\n");
    assert_shell(*state, 2, "$SEPCC compare separable in=5x5x3 out=4 kernel=3 --plan rows=1");
    assert_error("--plan is no option of 'compare'");
    assert_shell(*state, 2, "$SEPCC compare separable in=5x5x3 kernel=3");
    assert_error("[spec-missing]");
    assert_shell(*state, 2, "$SEPCC compare");
    assert_error("no stage is given");
    assert_shell(*state, 3, "SEPCC_ISAS=scalar $SEPCC compare separable in=5x5x3 out=4 kernel=3 --isa sse");
    assert_error("this CPU has no sse");
    assert_shell(*state, 3, "$SEPCC compare separable in=5x5x3 out=4 kernel=3 --cc no-such-cc" QUICK);
    assert_string_equal(shell_output(), "");
}

/* With a data folder of its own, in which the convolution forgets its activation. */
static void test_wrong(void **state)
{
    assert_shell(*state, 0,
                 "mkdir -p data/tests && cp -r $ROOT/templates $ROOT/runtime data && "
                 "cp -r $ROOT/tests/emulators data/tests && "
                 "sed -i 's/A_APPLY(/m4_ifelse(/' data/templates/conv.m4 && "
                 "! cmp -s data/templates/conv.m4 $ROOT/templates/conv.m4");
    assert_shell(*state, 1,
                 "SEPCC_DATADIR=$PWD/data $SEPCC compare separable in=5x5x3 out=4 kernel=3 pw.act=relu "
                 "--verify" QUICK);
    assert_printed("sepcc_f32_separable_");
    assert_printed(": same bits as the reference\n");
    assert_printed("\nsepcc_f32_conv_3x3__5x5x3_o4_relu__scalar_");
    assert_printed("expected");
}

#define WITH_FOLDER(test) cmocka_unit_test_setup_teardown(test, folder_setup, folder_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_conv_of_a_stage),
        WITH_FOLDER(test_json),
        WITH_FOLDER(test_text),
        WITH_FOLDER(test_refused),
        WITH_FOLDER(test_wrong),
    };
    return cmocka_run_group_tests_name("compare", tests, NULL, NULL);
}
