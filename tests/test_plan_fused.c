/*
 * test_plan_fused.c: when a stage is fused, into which units, and what `explain` says of it.
 */
#include "plan/operation.h"
#include "plan/plan_internal.h"
#include "support_spec.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

/* The two ways, and what decides between them. */
static void test_choice(void **state)
{
    (void)state;
    static const char small[] = "inverted in=7x7x160 expand=960 out=160 kernel=3 pad=1 act=relu6",
                      large[] = "inverted in=112x112x16 expand=96 out=24 kernel=3 stride=2 pad=0,0,1,1";
    static const struct {
        const char *spec, *more, *plan;
        bool fuse;
        enum fused_reason reason;
        const char *words;
    } rows[] = {
        {small, "", "", true, FUSED_FOR_UNITS, "1 in all, and threads need 8"},
        {small, " batch=7", "", true, FUSED_FOR_UNITS, "7 in all, and threads need 8"},
        {small, " batch=8", "", false, FUSED_CHEAPER, "So they are not fused."},
        {small, " layout=nchw batch=8", "fuse=no", false, FUSED_ASKED, "Work unit: one image; 8 units."},
        {small, " batch=8", "unit=4", true, FUSED_ASKED, "Fused: yes, 4 output rows at a time."},
        {small, "", "fuse=no", false, FUSED_ASKED, "As the plan asks."},
        {small, " batch=8", "fuse=yes", true, FUSED_ASKED, "As the plan asks."},
        {large, "", "", true, FUSED_CHEAPER, "So the layers are fused."},
        {large, " batch=8", "", true, FUSED_CHEAPER, "So the layers are fused."},
        {large, " layout=nchw", "", true, FUSED_CHEAPER, "a call expands each row once"},
        {large, "", "fuse=no", false, FUSED_ASKED, "Fused: no, the layers run one after the other"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; ++i) {
        char spec_text[SPEC_TEXT_MAX];
        struct text text = {0};
        (void)snprintf(spec_text, sizeof spec_text, "%s%s", rows[i].spec, rows[i].more);
        const struct spec spec = spec_good(spec_text);
        struct plan plan = plan_good(spec_text, SEPCC_ISA_AVX2, rows[i].plan);
        const struct fused_plan *fused = &plan.as.fused;
        plan_explain(&spec, &plan, &text);
        assert_false(text.failed);
        if (fused->fuse != rows[i].fuse || fused->reason != rows[i].reason ||
            strstr(text.data, rows[i].words) == NULL)
            fail_msg("%s, plan '%s': %s\nexpected: %s", spec_text, rows[i].plan, text.data, rows[i].words);
        assert_int_equal(plan.unit_count, (size_t)spec.stage.batch * fused->unit_total);
        assert_true(rows[i].fuse || fused->unit_total == 1);
        text_free(&text);
        plan_free(&plan);
    }
}

/* A tensor that no near cache holds costs more than one that does; weights are read again for each unit. */
static void test_costs(void **state)
{
    (void)state;
    struct plan plan = plan_good("inverted in=112x112x16 expand=96 out=24 kernel=3 stride=2 pad=0,0,1,1",
                                 SEPCC_ISA_AVX2, "");
    const struct fused_cost *costs = plan.as.fused.costs;
    assert_true(costs[0].workspace_bytes >= (size_t)112 * 112 * 96 * sizeof(float));
    assert_true(costs[1].workspace_bytes == plan.workspace_bytes);
    assert_true(costs[0].tensors > 2 * costs[1].tensors);
    plan_free(&plan);
    plan = plan_good("separable in=14x14x256 out=256 kernel=3 pad=1", SEPCC_ISA_AVX2, "rows=1,unit=1");
    costs = plan.as.fused.costs;
    assert_true(costs[1].weights > 0 && costs[0].weights < costs[1].weights / 6);
    assert_true(costs[1].tensors == 0); /* a row fits the first-level cache */
    plan_free(&plan);
}

/* Units of two threads at least, and a workspace that stays near, where tiles allow both. */
static void test_units(void **state)
{
    (void)state;
    static const char *const specs[] = {
        "separable in=7x7x1024 out=1024 kernel=3 pad=1",
        "separable in=2x300x8 out=8 kernel=3 pad=1",
        "inverted in=14x14x96 expand=576 out=96 kernel=3 pad=1",
        "inverted in=56x56x24 expand=144 out=24 kernel=3 pad=1",
        "inverted in=112x112x16 expand=96 out=24 kernel=3 stride=2 pad=1",
    };
    for (size_t i = 0; i < sizeof specs / sizeof specs[0]; ++i)
        for (int id = 0; id < SEPCC_ISA_COUNT; ++id) {
            char spec_text[SPEC_TEXT_MAX];
            (void)snprintf(spec_text, sizeof spec_text, "%s layout=nchw", specs[i]);
            struct plan plan = plan_good(spec_text, (enum sepcc_isa)id, "");
            if (plan.unit_count < 2 || plan.workspace_bytes > (size_t)384 * 1024)
                fail_msg("%s on %s: %zu units with %zu bytes of workspace", spec_text,
                         isa_get((enum sepcc_isa)id)->name, plan.unit_count, plan.workspace_bytes);
            plan_free(&plan);
        }
}

/* A unit writes a piece of each plane: a long one where no cache holds the planes. */
static void test_runs_of_planes(void **state)
{
    (void)state;
    static const char seed[] = "separable in=56x56x32 out=64 kernel=3 pad=1";
    static const struct {
        const char *more;
        unsigned rows;
    } cases[] = {{" batch=8 layout=nchw", 16}, {" layout=nchw", 4}, {" batch=8", 2}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; ++i) {
        char spec_text[SPEC_TEXT_MAX];
        (void)snprintf(spec_text, sizeof spec_text, "%s%s", seed, cases[i].more);
        struct plan plan = plan_good(spec_text, SEPCC_ISA_AVX2, "fuse=yes");
        assert_int_equal(plan.as.fused.unit_rows, cases[i].rows);
        plan_free(&plan);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_choice),
        cmocka_unit_test(test_costs),
        cmocka_unit_test(test_units),
        cmocka_unit_test(test_runs_of_planes),
    };
    return cmocka_run_group_tests_name("plan_fused", tests, NULL, NULL);
}
