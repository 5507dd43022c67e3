/*
 * test_isa.c: the table of instruction sets and lists of them.
 */
#include "spec/isa.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void the_table_agrees_with_the_abi(void **state)
{
    (void)state;
    for (unsigned id = 0; id < SEPCC_ISA_COUNT; ++id) {
        const struct isa *isa = isa_get((enum sepcc_isa)id);
        assert_int_equal(isa->id, id);
        assert_string_equal(isa->name, sepcc_isa_name(id));
        assert_ptr_equal(isa_find(isa->name, strlen(isa->name)), isa);
        assert_true(isa->lanes > 0 && isa->registers >= 16 && isa->k_group > 0 && isa->latency > 0);
        assert_true(isa->loads > 0 && isa->stores > 0 && isa->fmas > 0);
        assert_non_null(isa->flags);
        assert_true(strlen(isa->summary) > 0);
    }
    assert_null(isa_find("avx", 3));
    assert_null(isa_find("avx512", 5));
    assert_null(isa_find("", 0));
}

static void lists_are_sets(void **state)
{
    (void)state;
    isa_set set;
    assert_int_equal(isa_set_parse("avx2,neon,avx2", NOWHERE, &set), STATUS_DONE);
    assert_int_equal(set, 1u << SEPCC_ISA_AVX2 | 1u << SEPCC_ISA_NEON);
    assert_int_equal(isa_set_parse("all", NOWHERE, &set), STATUS_DONE);
    assert_int_equal(set, 31);
    assert_int_equal(setenv("SEPCC_ISAS", "scalar", 1), 0);
    assert_int_equal(isa_set_parse("native", NOWHERE, &set), STATUS_DONE);
    assert_int_equal(set, 1u << SEPCC_ISA_SCALAR);
    assert_int_equal(isa_set_parse("native,sse", NOWHERE, &set), STATUS_DONE);
    assert_int_equal(set, 1u << SEPCC_ISA_SCALAR | 1u << SEPCC_ISA_SSE);
    assert_int_equal(unsetenv("SEPCC_ISAS"), 0);
    assert_int_equal(isa_set_parse("native", NOWHERE, &set), STATUS_DONE);
    assert_int_equal(set, sepcc_cpu_isas());
}

static void wrong_lists_are_refused(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"", "the list of ISAs is empty, expected scalar, sse, avx2, avx512, neon, all or native [isa]"},
        {"avx", "'avx' is no ISA, expected scalar, sse, avx2, avx512, neon, all or native [isa]"},
        {"avx2,", "'' is no ISA"},
        {",avx2", "'' is no ISA"},
        {"sse, avx2", "' avx2' is no ISA"},
        {"SSE", "'SSE' is no ISA"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; ++i) {
        char printed[512];
        isa_set set;
        diag_capture(printed, sizeof printed);
        const enum exit_status status = isa_set_parse(cases[i][0], (struct position){"--isa", 0, 0}, &set);
        diag_capture(NULL, 0);
        assert_int_equal(status, STATUS_INPUT);
        assert_ptr_equal(strstr(printed, "sepcc: --isa: error: "), printed);
        assert_non_null(strstr(printed, cases[i][1]));
    }
}

static void the_host_is_one_that_runs_something(void **state)
{
    (void)state;
    const uint32_t here = sepcc_cpu_isas();
    for (unsigned id = 0; id < SEPCC_ISA_COUNT; ++id)
        if (((here >> id) & 1u) != 0 && id != SEPCC_ISA_SCALAR)
            assert_int_equal(isa_get((enum sepcc_isa)id)->arch, isa_host_arch());
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_table_agrees_with_the_abi),
        cmocka_unit_test(lists_are_sets),
        cmocka_unit_test(wrong_lists_are_refused),
        cmocka_unit_test(the_host_is_one_that_runs_something),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
