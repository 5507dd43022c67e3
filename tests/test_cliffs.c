/*
 * test_cliffs.c: the sweep of `sepcc bench --cliffs`: its stages, cliffs planted into a grid, and the
 * command.
 */
#include "measure/cliffs.h"
#include "spec/spec.h"
#include "support_folder.h"
#include "support_shell.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cjson/cJSON.h>
#include <cmocka.h>

/* ---- stages ---------------------------------------------------------------------------------------- */

/* The stages of a sweep, which must parse. Free with spec_list_free. */
static struct spec_list stages_of(enum sepcc_isa isa, const char *base,
                                  struct cliff_point points[CLIFF_POINTS])
{
    struct text layers = {0};
    struct spec_list stages = {0};
    assert_true(cliff_stages(isa_get(isa), base, points, &layers));
    assert_false(layers.failed);
    assert_int_equal(spec_list_parse(layers.data, layers.length, "--cliffs", &stages), STATUS_DONE);
    assert_int_equal(stages.count, CLIFF_POINTS);
    text_free(&layers);
    return stages;
}

static void test_stages(void **state)
{
    struct cliff_point points[CLIFF_POINTS];
    (void)state;
    for (unsigned isa = 0; isa < SEPCC_ISA_COUNT; ++isa) {
        struct spec_list stages = stages_of((enum sepcc_isa)isa, "", points);
        for (size_t i = 0; i < CLIFF_POINTS; ++i) {
            const struct sepcc_layer *layer = &stages.items[i].stage.layer[0];
            assert_int_equal(points[i].kernel, i / 18 + 1);
            assert_int_equal(points[i].stride, i / 6 % 3 + 1);
            assert_int_equal(layer->kernel_h, points[i].kernel);
            assert_int_equal(layer->kernel_w, points[i].kernel);
            assert_int_equal(layer->stride_h, points[i].stride);
            assert_int_equal(layer->in_c, points[i].channels);
            assert_int_equal(layer->in_h, 28);
            assert_int_equal(layer->out_w, (28 + points[i].stride - 1) / points[i].stride);
            assert_ptr_equal(points[i].isa, isa_get((enum sepcc_isa)isa));
        }
        spec_list_free(&stages);
    }
}

static void test_channels(void **state)
{
    static const unsigned expected[CLIFF_CHANNELS] = {16, 48, 49, 100, 128, 129};
    unsigned channels[CLIFF_CHANNELS];
    (void)state;
    cliff_channels(isa_get(SEPCC_ISA_AVX512), channels);
    assert_memory_equal(channels, expected, sizeof expected);
    for (unsigned isa = 0; isa < SEPCC_ISA_COUNT; ++isa) {
        cliff_channels(isa_get((enum sepcc_isa)isa), channels);
        for (size_t i = 1; i < CLIFF_CHANNELS; ++i)
            assert_true(channels[i - 1] < channels[i]);
    }
}

/* What a sweep does not set itself stays as it is given. */
static void test_base(void **state)
{
    struct cliff_point points[CLIFF_POINTS];
    (void)state;
    struct spec_list stages =
        stages_of(SEPCC_ISA_AVX2,
                  " depthwise  name=x kernel=5 in=7x9x64\tact=relu stride=2 layout=nchw pad=1 ", points);
    const struct sepcc_stage *stage = &stages.items[CLIFF_POINTS - 1].stage;
    assert_int_equal(stage->layout, SEPCC_NCHW);
    assert_int_equal(stage->layer[0].act, SEPCC_ACT_RELU);
    assert_int_equal(stage->layer[0].in_h, 7);
    assert_int_equal(stage->layer[0].in_w, 9);
    assert_int_equal(stage->layer[0].kernel_h, 9);
    assert_int_equal(stage->layer[0].in_c, 129);
    spec_list_free(&stages);
    static const char *const bad[] = {" ",
                                      "pointwise in=3x3x3",
                                      "depthwise",
                                      "depthwise in=3x3",
                                      "depthwise in=3",
                                      "depthwise3 in=3x3x3",
                                      "in=3x3x3 depthwise",
                                      "depthwise in=1111111111111111x1111111111111111x3"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; ++i) {
        struct text layers = {0};
        assert_false(cliff_stages(isa_get(SEPCC_ISA_AVX2), bad[i], points, &layers));
        text_free(&layers);
    }
}

/* ---- finding --------------------------------------------------------------------------------------- */

enum { GRID_MOST = 60 };

/* Fails unless exactly the points listed (up to a SIZE_MAX) are cliffs. */
static void assert_cliffs(const double *values, const size_t sizes[3], const size_t *expected)
{
    double beside[GRID_MOST];
    bool cliffs[GRID_MOST];
    cliff_find(values, sizes, beside, cliffs);
    for (size_t i = 0; i < sizes[0] * sizes[1] * sizes[2]; ++i) {
        const bool is_expected = *expected == i;
        if (cliffs[i] != is_expected)
            fail_msg("point %zu (%g, beside it %g) is %sa cliff", i, values[i], beside[i],
                     cliffs[i] ? "" : "not ");
        expected += is_expected;
    }
}

#define ASSERT_CLIFFS(values, sizes, ...)                                                                    \
    assert_cliffs(values, sizes, (const size_t[]){__VA_ARGS__, SIZE_MAX})

static void test_planted_cliffs(void **state)
{
    static const size_t sizes[3] = {5, 3, 4};
    double values[GRID_MOST];
    (void)state;
    for (size_t at = 0; at < GRID_MOST; ++at) {
        for (size_t i = 0; i < GRID_MOST; ++i)
            values[i] = 0.8;
        ASSERT_CLIFFS(values, sizes, SIZE_MAX);
        values[at] = 0.39; /* wherever it is, corners too */
        ASSERT_CLIFFS(values, sizes, at);
        values[at] = 0.4;
        ASSERT_CLIFFS(values, sizes, SIZE_MAX);
    }
    values[3] = 0.1;
    values[40] = 0.2;
    ASSERT_CLIFFS(values, sizes, 3, 40);
}

/* A slope is none, though its ends are far apart; nor is what is low together. */
static void test_slopes(void **state)
{
    static const size_t line[3] = {1, 1, 8}, one[3] = {1, 1, 1}, plane[3] = {3, 1, 3};
    static const double slope[8] = {1, 0.8, 0.6, 0.45, 0.32, 0.2, 0.12, 0.07};
    static const double valley[9] = {0.9, 0.1, 0.9, 0.9, 0.1, 0.9, 0.9, 0.1, 0.9};
    static const double zeros[8] = {0};
    (void)state;
    ASSERT_CLIFFS(slope, line, SIZE_MAX);
    ASSERT_CLIFFS(slope, one, SIZE_MAX);
    ASSERT_CLIFFS(zeros, line, SIZE_MAX);
    /* 4 has 0.1 0.1 0.9 0.9 beside it, the median 0.5; 1 and 7 have 0.1 0.9 0.9. */
    ASSERT_CLIFFS(valley, plane, 1, 4, 7);
}

/* The median of an odd and of an even number of neighbours; the point's own value where it is alone. */
static void test_beside(void **state)
{
    static const size_t line[3] = {3, 1, 1}, plane[3] = {2, 1, 3}, one[3] = {1, 1, 1};
    static const double values[6] = {1, 2, 4, 8, 16, 32};
    double beside[6];
    bool cliffs[6];
    (void)state;
    cliff_find(values, line, beside, cliffs);
    assert_true(beside[0] == 2 && beside[1] == 2.5 && beside[2] == 2);
    cliff_find(values, plane, beside, cliffs);
    assert_true(beside[1] == 4); /* of 1, 4 and 16 */
    assert_true(beside[0] == 5); /* of 2 and 8 */
    cliff_find(values, one, beside, cliffs);
    assert_true(beside[0] == 1 && !cliffs[0]);
}

/* ---- the command ----------------------------------------------------------------------------------- */

/* Cliffs or none: with so little time either may be found. */
static void run_sweep(const char *folder, const char *form)
{
    const int status = shell(folder,
                             "SEPCC_CACHE=$PWD/cache $SEPCC bench --cliffs depthwise in=1x1x1 --isa scalar "
                             "--seconds 0.0001 %s",
                             form);
    if (status != 0 && status != 1)
        fail_msg("status %d: %s", status, shell_error());
}

static size_t lines_of(const char *text)
{
    size_t lines = 0;
    for (; *text != '\0'; ++text)
        lines += *text == '\n';
    return lines;
}

static void test_command(void **state)
{
    run_sweep(*state, "--csv");
    assert_int_equal(lines_of(shell_output()), 1 + CLIFF_POINTS);
    assert_non_null(
        strstr(shell_output(),
               "isa,kernel,stride,channels,ms,gflops,peak_share,bound_ms,bound_by,bound_share,beside,"
               "shape_share,shape_beside,cliff,plan,name\nscalar,1,1,1,"));
    assert_printed("\nscalar,9,3,129,");
    run_sweep(*state, "--json");
    cJSON *root = cJSON_Parse(shell_output());
    assert_int_equal(cJSON_GetArraySize(root), CLIFF_POINTS);
    const cJSON *point = cJSON_GetArrayItem(root, CLIFF_POINTS - 1);
    assert_true(cJSON_GetNumberValue(cJSON_GetObjectItem(point, "channels")) == 129);
    assert_true(cJSON_GetNumberValue(cJSON_GetObjectItem(point, "bound_share")) > 0);
    assert_true(cJSON_IsBool(cJSON_GetObjectItem(point, "cliff")));
    cJSON_Delete(root);
    run_sweep(*state, "");
    assert_printed("share of the bound");
    assert_printed(" cliffs among 162 points\n");
}

static void test_help(void **state)
{
    assert_shell(*state, 0, "$SEPCC bench --cliffs --help");
    assert_printed("--cliffs");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_stages),
        cmocka_unit_test(test_channels),
        cmocka_unit_test(test_base),
        cmocka_unit_test(test_planted_cliffs),
        cmocka_unit_test(test_slopes),
        cmocka_unit_test(test_beside),
        cmocka_unit_test_setup_teardown(test_command, folder_setup, folder_teardown),
        cmocka_unit_test_setup_teardown(test_help, folder_setup, folder_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
