/*
 * test_tune_space.c: the space of plans: every plan in it is possible, is there once, and the heuristic's is
 * the first.
 */
#include "tune/space.h"

#include "support_kernels.h"
#include "support_spec.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const struct position at_plan = {"--plan", 0, 0};

/* What plan_print says of the plan that a text makes. */
static struct text plan_of(const struct spec *spec, const struct isa *isa, const char *text)
{
    struct plan_request request;
    struct plan plan;
    struct text printed = {0};
    assert_int_equal(plan_request_parse(text, at_plan, &request), STATUS_DONE);
    assert_int_equal(plan_make(spec, isa, &request, at_plan, &plan), STATUS_DONE);
    plan_print(&plan, &printed);
    assert_false(printed.failed);
    plan_free(&plan);
    return printed;
}

static int compare_texts(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static void check_unique(const struct space *space)
{
    char **texts = calloc(space->count + 1, sizeof *texts);
    assert_non_null(texts);
    for (size_t i = 0; i < space->count; ++i)
        texts[i] = space->plans[i].text;
    qsort(texts, space->count, sizeof *texts, compare_texts);
    for (size_t i = 1; i < space->count; ++i)
        assert_string_not_equal(texts[i - 1], texts[i]);
    free(texts);
}

static void check_neighbours(const struct space *space, size_t plan)
{
    size_t *list = calloc(space->count + 1, sizeof *list);
    assert_non_null(list);
    const size_t count = space_neighbours(space, plan, list);
    assert_true(count < space->count);
    for (size_t i = 0; i < count; ++i) {
        assert_true(list[i] < space->count);
        assert_int_not_equal(list[i], plan);
    }
    free(list);
}

static void check_space(const struct spec *spec, const struct isa *isa)
{
    struct space space, again;
    struct text first = plan_of(spec, isa, "");
    assert_int_equal(space_make(spec, isa, NULL, &space), STATUS_DONE);
    assert_int_equal(space_make(spec, isa, NULL, &again), STATUS_DONE);
    assert_true(space.count >= 1);
    assert_string_equal(space.plans[0].text, first.data);
    assert_true(space.plans[0].tile < space.tiles); /* it is in the table, and has neighbours there */
    assert_int_equal(space.count, again.count);
    for (size_t i = 0; i < space.count; ++i) {
        struct text made = plan_of(spec, isa, space.plans[i].text);
        assert_string_equal(space.plans[i].text, made.data);
        assert_string_equal(space.plans[i].text, again.plans[i].text);
        assert_true(space.plans[i].predicted > 0);
        text_free(&made);
    }
    check_unique(&space);
    check_neighbours(&space, 0);
    check_neighbours(&space, space.count - 1);
    space_free(&space);
    space_free(&again);
    text_free(&first);
}

/* Stages of every operation, layout and ISA, of all sizes. */
static void test_drawn(void **unused)
{
    (void)unused;
    const size_t count = getenv("SEPCC_TEST_LONG") != NULL ? 150 : 6;
    uint64_t state = 11;
    for (unsigned i = 0; i < SEPCC_ISA_COUNT; ++i) {
        struct case_list cases = {0};
        cases_draw(&cases, isa_get((enum sepcc_isa)i), &state, FMA_USUAL, count);
        for (size_t c = 0; c < cases.count; ++c)
            check_space(&cases.items[c].spec, cases.items[c].isa);
        cases_free(&cases);
    }
}

/* Of usual stages the space is large enough to choose from, and small enough to be tried as a whole. */
static void test_sizes(void **unused)
{
    (void)unused;
    static const char *const specs[] = {
        "depthwise in=112x112x32 kernel=3 pad=1",
        "depthwise in=14x14x512 kernel=3 pad=1",
        "depthwise in=28x28x240 kernel=5 pad=2",
        "pointwise in=14x14x512 out=512",
        "pointwise in=112x112x32 out=64",
        "separable in=28x28x64 out=128 kernel=3 pad=1",
        "inverted in=28x28x32 expand=192 out=32 kernel=3 pad=1 residual=yes",
        "depthwise in=28x28x64 kernel=3 pad=1 layout=nchw",
        "pointwise in=28x28x64 out=128 layout=nchw",
        "separable in=28x28x64 out=128 kernel=3 pad=1 layout=nchw",
    };
    for (size_t i = 0; i < sizeof specs / sizeof specs[0]; ++i) {
        const struct spec spec = spec_good(specs[i]);
        struct space space;
        assert_int_equal(space_make(&spec, isa_get(SEPCC_ISA_AVX2), NULL, &space), STATUS_DONE);
        print_message("%4zu plans, %2u tiles: %s\n", space.count, space.tiles, specs[i]);
        assert_in_range(space.count, 40, 2000);
        space_free(&space);
    }
}

/* Keys that are fixed keep their values in every plan. */
static void test_fixed(void **unused)
{
    (void)unused;
    const struct spec spec = spec_good("pointwise in=14x14x64 out=128");
    struct space space;
    assert_int_equal(space_make(&spec, isa_get(SEPCC_ISA_AVX2), "rows=4,prefetch=no", &space), STATUS_DONE);
    assert_true(space.count > 5);
    for (size_t i = 0; i < space.count; ++i) {
        assert_non_null(strstr(space.plans[i].text, "rows=4,"));
        assert_non_null(strstr(space.plans[i].text, "prefetch=no"));
    }
    space_free(&space);
    assert_int_equal(space_make(&spec, isa_get(SEPCC_ISA_AVX2), "rows=32", &space), STATUS_INPUT);
    space_free(&space);
}

/* The neighbours of a plan differ from it in the tile, or in one key. */
static void test_neighbours(void **unused)
{
    (void)unused;
    const struct spec spec = spec_good("pointwise in=14x14x512 out=512");
    struct space space;
    assert_int_equal(space_make(&spec, isa_get(SEPCC_ISA_AVX2), NULL, &space), STATUS_DONE);
    size_t *list = calloc(space.count + 1, sizeof *list);
    assert_non_null(list);
    const size_t count = space_neighbours(&space, 0, list);
    bool depth = false, prefetch = false, tile = false;
    for (size_t i = 0; i < count; ++i) {
        const struct space_plan *plan = &space.plans[list[i]];
        tile |= plan->tile != space.plans[0].tile;
        depth |= strstr(plan->text, "depth=512") != NULL;
        prefetch |= strstr(plan->text, "prefetch=no") != NULL;
    }
    assert_true(count >= 8 && depth && prefetch && tile);
    assert_int_equal(space_find(&space, space.plans[count].text), count);
    assert_int_equal(space_find(&space, "rows=1"), space.count);
    free(list);
    space_free(&space);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_drawn),
        cmocka_unit_test(test_sizes),
        cmocka_unit_test(test_fixed),
        cmocka_unit_test(test_neighbours),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
