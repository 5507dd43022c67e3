/*
 * test_plan.c: plans: --plan as text and what is wrong with it, plans that cannot be, the way from a plan to
 * its text and back. That every plan covers the output exactly once: test_plan_cover.c.
 */
#include "facts/emit.h"
#include "plan/plan_internal.h"
#include "support_plan.h"
#include "support_spec.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

/* ---- --plan as text -------------------------------------------------------------------------------- */

static void test_parse(void **state)
{
    (void)state;
    struct plan_request request;
    assert_int_equal(plan_try_parse("", &request), STATUS_DONE);
    assert_true(request.rows == 0 && request.budget == 0 && request.unroll == -1);
    assert_int_equal(plan_try_parse("rows=2,columns=3,vectors=4,hold=5,block=6,channels=7,depth=8,unroll_k=9,"
                                    "unroll=none,budget=1000",
                                    &request),
                     STATUS_DONE);
    assert_int_equal(request.rows, 2);
    assert_int_equal(request.columns, 3);
    assert_int_equal(request.vectors, 4);
    assert_int_equal(request.hold, 5);
    assert_int_equal(request.block, 6);
    assert_int_equal(request.channels, 7);
    assert_int_equal(request.depth, 8);
    assert_int_equal(request.unroll_k, 9);
    assert_int_equal(request.unroll, UNROLL_NONE);
    assert_int_equal(request.budget, 1000);
    assert_string_equal(plan_printed, "");
}

static void test_parse_errors(void **state)
{
    (void)state;
    static const char list[] = "rows, columns, vectors, hold, block, channels, depth, unroll_k, fuse, unit, "
                               "unroll, gather, prefetch or budget";
    static const struct {
        const char *text, *message, *slug;
        bool with_list; /* the message ends with the list of keys */
    } cases[] = {
        {"rows", "'rows' is not key=value, expected one of ", "plan-syntax", true},
        {"row=1", "unknown key 'row', expected one of ", "plan-syntax", true},
        {"=1", "unknown key '', expected one of ", "plan-syntax", true},
        {"rows=1,,columns=2", "'' is not key=value, expected one of ", "plan-syntax", true},
        {"rows=1,columns=2,rows=1", "'rows' stands twice, expected it once", "plan-syntax", false},
        {"gather=1", "gather='1', expected no or yes", "plan-syntax", false},
        {"unroll=all", "unroll='all', expected full, row or none", "plan-syntax", false},
        {"rows=", "rows='', expected a number from 1 to 32", "plan-syntax", false},
        {"rows=x", "rows='x', expected a number from 1 to 32", "plan-syntax", false},
        {"rows=-1", "rows='-1', expected a number from 1 to 32", "plan-syntax", false},
        {"rows=33", "rows='33', expected a number from 1 to 32", "plan-syntax", false},
        {"vectors= 1", "vectors=' 1', expected a number from 1 to 8", "plan-syntax", false},
        {"block=4294967296", "block='4294967296', expected a number from 1 to 4294967295", "plan-syntax",
         false},
        {"depth=99999999999999999999", "depth='99999999999999999999', expected a number from 1 to 4294967295",
         "plan-syntax", false},
        {"rows=0", "rows=0, expected 1 or more", "plan-impossible", false},
        {"budget=0", "budget=0, expected 1 or more", "plan-impossible", false},
    };
    for (size_t i = 0; i < COUNT(cases); ++i) {
        struct plan_request request;
        char expected[PLAN_PRINTED_MAX];
        (void)snprintf(expected, sizeof expected, "sepcc: --plan: error: %s%s%s [%s]\n",
                       strcmp(cases[i].slug, "plan-impossible") == 0 ? "impossible plan: " : "",
                       cases[i].message, cases[i].with_list ? list : "", cases[i].slug);
        assert_int_equal(plan_try_parse(cases[i].text, &request), STATUS_INPUT);
        assert_string_equal(plan_printed, expected);
    }
}

/* ---- plans that cannot be -------------------------------------------------------------------------- */

static void test_impossible(void **state)
{
    (void)state;
    static const char depthwise[] = "depthwise in=14x14x64 kernel=3 pad=1";
    static const char pointwise[] = "pointwise in=14x14x64 out=96";
    static const char conv[] = "conv in=14x14x64 out=96 kernel=3 pad=1";
    static const struct {
        const char *spec;
        enum sepcc_isa isa;
        const char *plan, *reason;
    } cases[] = {
        {depthwise, SEPCC_ISA_AVX2, "rows=4,columns=4",
         "a tile of 4 rows x 4 columns x 1 vectors with 1 taps held needs 18 vector registers, expected "
         "fewer "
         "than the 16 of avx2"},
        {depthwise, SEPCC_ISA_AVX2, "rows=15", "a tile of 15 x 0 outputs, expected at most the map's 14x14"},
        {depthwise, SEPCC_ISA_AVX2, "columns=15",
         "a tile of 0 x 15 outputs, expected at most the map's 14x14"},
        {depthwise, SEPCC_ISA_AVX2, "hold=4", "hold=4, expected at most the kernel's 3 columns"},
        {depthwise, SEPCC_ISA_AVX2, "unroll=none,rows=2", "unroll=none takes rows=1 and hold=1 only"},
        {depthwise, SEPCC_ISA_AVX2, "vectors=1,block=12",
         "block=12, expected a multiple of 8 channels, or all 64"},
        {depthwise, SEPCC_ISA_AVX2, "block=72", "block=72, expected at most the 64 output channels"},
        {depthwise, SEPCC_ISA_AVX2, "unroll=full,budget=300",
         "its code is larger than the budget of 300 bytes, expected a smaller tile, another unroll or a "
         "larger "
         "budget"},
        {depthwise, SEPCC_ISA_AVX2, "depth=8", "depth does not apply to depthwise"},
        {depthwise, SEPCC_ISA_AVX2, "channels=8", "channels does not apply to depthwise"},
        {depthwise, SEPCC_ISA_AVX2, "fuse=no", "fuse does not apply to depthwise"},
        {"separable in=9x9x4 out=4 kernel=3", SEPCC_ISA_AVX2, "fuse=no,unit=2",
         "unit=2 with fuse=no, expected one of them"},
        {"separable in=9x9x4 out=4 kernel=3", SEPCC_ISA_AVX2, "unroll=row,rows=2",
         "unroll=row in a fused stage takes rows=1 only"},
        {"depthwise in=6x6x6 kernel=3 mult=3", SEPCC_ISA_AVX2, "vectors=2",
         "vectors=2 with mult=3, expected vectors=1 for a multiplier of at most half the 8 lanes"},
        {pointwise, SEPCC_ISA_AVX2, "rows=4,vectors=4",
         "a tile of 4 pixels x 4 vectors needs 21 vector registers, expected at most 16 of avx2"},
        {pointwise, SEPCC_ISA_NEON, "rows=8,vectors=3",
         "a tile of 8 pixels x 3 vectors needs 35 vector registers, expected at most 31 of neon"},
        {"pointwise in=1x3x8 out=8", SEPCC_ISA_AVX2, "rows=4",
         "a tile of 4 pixels x 0 vectors, expected at most 3 x 1"},
        {pointwise, SEPCC_ISA_AVX2, "depth=65", "depth=65, expected at most the 64 input channels"},
        {"pointwise in=14x14x6 out=96", SEPCC_ISA_AVX2, "unroll_k=7",
         "unroll_k=7, expected at most the 6 input channels"},
        {pointwise, SEPCC_ISA_NEON, "depth=6", "depth=6, expected a multiple of 4 on neon"},
        {pointwise, SEPCC_ISA_NEON, "unroll_k=6", "unroll_k=6, expected a multiple of 4 on neon"},
        {pointwise, SEPCC_ISA_AVX2, "channels=12",
         "channels=12, expected a multiple of the 8 lanes of avx2, or all 96"},
        {pointwise, SEPCC_ISA_AVX2, "channels=97", "channels=97, expected at most 96"},
        {pointwise, SEPCC_ISA_AVX2, "block=197", "block=197, expected at most 196"},
        {pointwise, SEPCC_ISA_AVX2, "columns=2", "columns does not apply to pointwise"},
        {pointwise, SEPCC_ISA_AVX2, "unroll=row", "unroll does not apply to pointwise"},
        {pointwise, SEPCC_ISA_AVX2, "budget=1000,rows=6,vectors=2", "its code is about "},
        {conv, SEPCC_ISA_AVX2, "columns=4,vectors=4",
         "a tile of 4 columns x 4 vectors needs 21 vector registers, expected fewer than the 16 of avx2"},
        {conv, SEPCC_ISA_AVX2, "columns=15", "a tile of 15 columns x 0 vectors, expected at most 14 x 8"},
        {conv, SEPCC_ISA_AVX2, "unroll=row", "unroll=row, expected full or none for a conv"},
        {conv, SEPCC_ISA_AVX2, "unit=15", "unit=15, expected at most the 14 output rows"},
        {conv, SEPCC_ISA_AVX2, "channels=97", "channels=97, expected at most 96"},
        {conv, SEPCC_ISA_AVX2, "channels=12",
         "channels=12, expected a multiple of the 8 lanes of avx2, or all 96"},
        {conv, SEPCC_ISA_NEON, "unroll_k=6", "unroll_k=6, expected a multiple of 4 on neon"},
        {conv, SEPCC_ISA_AVX2, "rows=2", "rows does not apply to conv"},
        {conv, SEPCC_ISA_AVX2, "prefetch=input", "prefetch does not apply to conv"},
        {conv, SEPCC_ISA_AVX2, "budget=1000", "its code is about "},
    };
    for (size_t i = 0; i < COUNT(cases); ++i) {
        const struct spec spec = spec_good(cases[i].spec);
        struct plan plan;
        const enum exit_status status = plan_try(&spec, cases[i].isa, cases[i].plan, &plan);
        char expected[PLAN_PRINTED_MAX];
        (void)snprintf(expected, sizeof expected, "sepcc: --plan: error: impossible plan: %s",
                       cases[i].reason);
        if (status != STATUS_INPUT || strncmp(plan_printed, expected, strlen(expected)) != 0 ||
            strstr(plan_printed, " [plan-impossible]\n") == NULL)
            fail_msg("%s --plan %s: %s expected: %s", cases[i].spec, cases[i].plan, plan_printed, expected);
    }
}

/* ---- drawn plans ----------------------------------------------------------------------------------- */

/* From the plan's own text the same kernel comes: the same facts, so the same name, code and digest. */
static void check_round_trip(const struct kernel_case *which, const struct plan *plan)
{
    struct plan_request request, again;
    struct kernel first, second;
    struct text text = {0};
    plan_print(plan, &text);
    plan_expect(!text.failed && text.length > 0, which, "a plan prints");
    assert_int_equal(plan_try_parse(which->plan, &request), STATUS_DONE);
    plan_expect(plan_try_parse(text.data, &again) == STATUS_DONE, which, "a printed plan parses");
    assert_int_equal(kernel_prepare(&which->spec, which->isa, &request, plan_position, &first), STATUS_DONE);
    plan_expect(kernel_prepare(&which->spec, which->isa, &again, plan_position, &second) == STATUS_DONE,
                which, "a printed plan is possible");
    plan_expect(strcmp(first.name, second.name) == 0, which, "the printed plan gives the same name");
    plan_expect(strcmp(first.facts.data, second.facts.data) == 0, which,
                "the printed plan gives the same facts");
    plan_expect(strcmp(first.digest, second.digest) == 0, which, "the printed plan gives the same digest");
    kernel_free(&first);
    kernel_free(&second);
    text_free(&text);
}

static void test_round_trip(void **state)
{
    (void)state;
    plans_drawn("test_round_trip", check_round_trip);
}

/* A small budget changes a plan after its parts were chosen; what is fetched ahead follows. */
static void test_round_trip_of_a_small_budget(void **state)
{
    static const char pointwise[] = "pointwise in=28x28x256 out=256";
    static const char conv[] = "conv in=9x40x8 out=16 kernel=1x21 pad=0,10,0,10";
    static const struct {
        const char *spec, *plan, *changed;
    } cases[] = {
        {pointwise, "budget=4000", "unroll_k=1,"},
        {pointwise, "budget=4000,prefetch=weights", "unroll_k=1,"},
        {pointwise, "budget=4000,prefetch=output", "unroll_k=1,"},
        {conv, "columns=4,vectors=1,budget=7000", "unroll_k=1,"},
        {conv, "columns=4,vectors=1,budget=4000", "unroll=none"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); ++i) {
        struct kernel_case which = {.isa = isa_get(SEPCC_ISA_AVX2), .spec = spec_good(cases[i].spec)};
        struct plan plan;
        struct text text = {0};
        (void)snprintf(which.plan, sizeof which.plan, "%s", cases[i].plan);
        assert_int_equal(plan_try(&which.spec, SEPCC_ISA_AVX2, which.plan, &plan), STATUS_DONE);
        plan_print(&plan, &text);
        plan_expect(strstr(text.data, cases[i].changed) != NULL, &which, "the budget changes it");
        check_round_trip(&which, &plan);
        text_free(&text);
        plan_free(&plan);
    }
}

static void check_limits(const struct kernel_case *which, const struct plan *plan)
{
    struct plan_request request;
    assert_int_equal(plan_try_parse(which->plan, &request), STATUS_DONE);
    plan_expect(plan->budget == (request.budget != 0 ? request.budget : PLAN_BUDGET_DEFAULT), which,
                "the budget is what was asked for");
    plan_expect(plan->code_bytes > 0, which, "there is code");
    /* The budget is that of the depthwise layer of a fused stage; the others have the default. */
    const size_t others = which->spec.stage.layer_count - 1;
    plan_expect(plan->code_bytes <= plan->budget + others * PLAN_BUDGET_DEFAULT, which,
                "the code is within its budget");
    plan_expect(plan->registers <= which->isa->registers, which, "the tile fits the registers");
    plan_expect(plan->registers < which->isa->registers ||
                    (which->isa->memory_operand && which->spec.stage.op != SEPCC_OP_DEPTHWISE),
                which, "a register is spare where loads need one");
    plan_expect(plan->accumulators > 0 && plan->accumulators < plan->registers, which,
                "accumulators are registers");
    plan_expect(plan->packed_bytes > 0 && plan->packed_bytes % SEPCC_ALIGNMENT == 0, which,
                "packed weights are aligned");
    plan_expect(plan->unit_count > 0, which, "there is a work unit");
    plan_expect(plan->cycles > 0 || which->spec.stage.layer_count > 1, which, "there is a predicted bound");
}

static void test_limits(void **state)
{
    (void)state;
    plans_drawn("test_limits", check_limits);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_parse),
        cmocka_unit_test(test_parse_errors),
        cmocka_unit_test(test_impossible),
        cmocka_unit_test(test_round_trip),
        cmocka_unit_test(test_round_trip_of_a_small_budget),
        cmocka_unit_test(test_limits),
    };
    return cmocka_run_group_tests_name("plan", tests, NULL, NULL);
}
