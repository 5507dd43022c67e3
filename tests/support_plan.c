/*
 * support_plan.c: plans tried quietly, and drawn at random.
 */
#include "support_plan.h"

#include "support_spec.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

enum { DRAWN_CASES = 150 };
static const uint64_t DRAWN_FMA_MOST = 2000000;

const struct position plan_position = {"--plan", 0, 0};
char plan_printed[PLAN_PRINTED_MAX];

enum exit_status plan_try_parse(const char *text, struct plan_request *request)
{
    plan_printed[0] = '\0';
    diag_capture(plan_printed, sizeof plan_printed);
    const enum exit_status status = plan_request_parse(text, plan_position, request);
    diag_capture(NULL, 0);
    return status;
}

enum exit_status plan_try(const struct spec *spec, enum sepcc_isa isa, const char *text, struct plan *plan)
{
    struct plan_request request;
    assert_int_equal(plan_try_parse(text, &request), STATUS_DONE);
    diag_capture(plan_printed, sizeof plan_printed);
    const enum exit_status status = plan_make(spec, isa_get(isa), &request, plan_position, plan);
    diag_capture(NULL, 0);
    return status;
}

void plans_drawn(const char *test, void (*check)(const struct kernel_case *which, const struct plan *plan))
{
    uint64_t random = spec_test_seed(test);
    for (int id = 0; id < SEPCC_ISA_COUNT; ++id) {
        struct case_list list = {0};
        cases_draw(&list, isa_get((enum sepcc_isa)id), &random, DRAWN_FMA_MOST, DRAWN_CASES);
        for (size_t i = 0; i < list.count; ++i) {
            struct plan plan;
            assert_int_equal(plan_try(&list.items[i].spec, (enum sepcc_isa)id, list.items[i].plan, &plan),
                             STATUS_DONE);
            check(&list.items[i], &plan);
            plan_free(&plan);
        }
        cases_free(&list);
    }
}

void plan_expect(bool holds, const struct kernel_case *which, const char *what)
{
    char text[SPEC_TEXT_MAX];
    if (holds)
        return;
    spec_print(&which->spec, 0, text);
    fail_msg("%s: sepcc explain '%s' --isa %s --plan '%s'", what, text, which->isa->name, which->plan);
}
