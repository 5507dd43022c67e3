/*
 * test_kernels_wrong.c: the proof of kernels itself (support_kernels.h): what is wrong in a kernel is found,
 * and the others go on.
 */
#include "base/files.h"
#include "support_kernels.h"
#include "support_spec.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* ---- fewer of a list ------------------------------------------------------------------------------- */

/* How often a case is left tells whether each has the same chance, and what is left keeps its order. */
static void test_thin(void **state)
{
    (void)state;
    enum { CASES = 5, LEFT = 2, TIMES = 500 };
    uint64_t random = spec_test_seed("thin");
    unsigned left[CASES + 1] = {0};
    for (unsigned time = 0; time < TIMES; ++time) {
        struct case_list list = {0};
        for (unsigned i = 0; i < CASES; ++i) {
            char spec[64];
            (void)snprintf(spec, sizeof spec, "pointwise in=1x1x%u out=1", i + 1);
            assert_true(cases_add(&list, isa_get(SEPCC_ISA_SCALAR), spec, ""));
        }
        cases_thin(&list, CASES, &random);
        assert_int_equal(list.count, CASES);
        cases_thin(&list, LEFT, &random);
        assert_int_equal(list.count, LEFT);
        assert_true(list.items[0].spec.stage.layer[0].in_c < list.items[1].spec.stage.layer[0].in_c);
        for (size_t i = 0; i < LEFT; ++i)
            ++left[list.items[i].spec.stage.layer[0].in_c];
        cases_free(&list);
    }
    for (unsigned i = 1; i <= CASES; ++i) /* 200 expected, 11 of deviation */
        assert_in_range(left[i], 130, 270);
}

/* ---- what is wrong is found, and the others go on -------------------------------------------------- */

enum { TAMPERED_CASES = 6 };

/* What happens to the case with so many input channels, and what must be said of it. */
static const struct tampering {
    const char *from, *to;
    const char *native, *emulated;
} tamperings[TAMPERED_CASES] = {
    {NULL, NULL, NULL, NULL},
    {"(void)workspace;", "*(volatile int *)workspace = 1;", "SIGSEGV", "ended the program"},
    {"(void)workspace;", "(void)workspace; if (unit_begin == 0) return;", "was not written",
     "was not written"},
    {NULL, NULL, NULL, NULL},
    {"(void)workspace;", "(void)workspace; _Static_assert(0, \"tampered\");", "cannot be built",
     "cannot be built"},
    {NULL, NULL, NULL, NULL},
};

static void tamper(const char *path, const struct kernel_case *which)
{
    const struct tampering *tampering = &tamperings[which->spec.stage.layer[0].in_c - 1];
    if (tampering->from == NULL)
        return;
    struct text text = {0}, changed = {0};
    assert_int_equal(file_read(path, &text), STATUS_DONE);
    const char *at = strstr(text.data, tampering->from);
    assert_non_null(at);
    text_append(&changed, text.data, (size_t)(at - text.data));
    text_printf(&changed, "%s%s", tampering->to, at + strlen(tampering->from));
    assert_int_equal(file_write(path, changed.data, changed.length, NULL), STATUS_DONE);
    text_free(&changed);
    text_free(&text);
}

static void check_tampered(const struct isa *isa, const struct runner *emulator)
{
    const struct prove_options options = {.emulator = emulator, .seed = 1, .tamper = tamper};
    struct case_list list = {0};
    for (unsigned i = 0; i < TAMPERED_CASES; ++i) {
        char spec[64];
        (void)snprintf(spec, sizeof spec, "pointwise in=2x2x%u out=3", i + 1);
        assert_true(cases_add(&list, isa, spec, ""));
    }
    assert_int_equal(cases_prove(&list, &options), 3);
    for (unsigned i = 0; i < TAMPERED_CASES; ++i) {
        const char *expected = emulator != NULL ? tamperings[i].emulated : tamperings[i].native;
        assert_int_equal(list.items[i].proved, expected == NULL);
        if (strstr(list.items[i].failure, expected != NULL ? expected : "") == NULL)
            fail_msg("%s: '%s', expected '%s'", list.items[i].kernel, list.items[i].failure, expected);
    }
    cases_free(&list);
}

static void test_tampered(void **state)
{
    (void)state;
    check_tampered(isa_get(SEPCC_ISA_SCALAR), NULL);
}

static void test_tampered_emulated(void **state)
{
    const struct isa *isa = *state;
    const struct runner runner = cases_need_emulator(isa);
    check_tampered(isa, &runner);
}

/* What SEPCC_ISAS leaves out of this CPU's ISAs is proved by an emulator all the same. */
static void test_masked_emulated(void **state)
{
    const struct isa *isa = *state;
    const struct runner runner = cases_need_emulator(isa);
    const struct prove_options options = {.emulator = &runner, .seed = 1};
    const char *set = getenv("SEPCC_ISAS");
    char *before = set != NULL ? strdup(set) : NULL;
    assert_true(set == NULL || before != NULL);
    struct case_list list = {0};
    assert_true(cases_add(&list, isa, "pointwise in=2x2x3 out=5", ""));
    assert_int_equal(setenv("SEPCC_ISAS", "scalar", 1), 0);
    const size_t failures = cases_prove(&list, &options);
    assert_int_equal(before != NULL ? setenv("SEPCC_ISAS", before, 1) : unsetenv("SEPCC_ISAS"), 0);
    free(before);
    cases_print_failures(&list, &options);
    cases_free(&list);
    assert_int_equal(failures, 0);
}

int main(void)
{
    void *neon = (void *)(uintptr_t)isa_get(SEPCC_ISA_NEON);
    void *avx512 = (void *)(uintptr_t)isa_get(SEPCC_ISA_AVX512);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_thin),
        cmocka_unit_test(test_tampered),
        {"tampered_emulated_neon", test_tampered_emulated, NULL, NULL, neon},
        {"tampered_emulated_avx512", test_tampered_emulated, NULL, NULL, avx512},
        {"masked_emulated_neon", test_masked_emulated, NULL, NULL, neon},
        {"masked_emulated_avx512", test_masked_emulated, NULL, NULL, avx512},
    };
    return cmocka_run_group_tests_name("kernels_wrong", tests, NULL, NULL);
}
