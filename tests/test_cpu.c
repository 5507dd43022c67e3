/*
 * test_cpu.c: which ISAs the running CPU has, and SEPCC_ISAS, which masks them.
 */
#include "sepcc_kernel.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define BIT(name) (1u << SEPCC_ISA_##name)

static uint32_t isas_with(const char *mask)
{
    assert_int_equal(setenv("SEPCC_ISAS", mask, 1), 0);
    const uint32_t isas = sepcc_cpu_isas();
    assert_int_equal(unsetenv("SEPCC_ISAS"), 0);
    return isas;
}

static void scalar_is_always_there(void **state)
{
    (void)state;
    assert_int_equal(unsetenv("SEPCC_ISAS"), 0);
    assert_true(sepcc_cpu_isas() & BIT(SCALAR));
    assert_int_equal(isas_with(""), BIT(SCALAR));
    assert_int_equal(isas_with("scalar"), BIT(SCALAR));
}

static void architectures_keep_apart(void **state)
{
    const uint32_t x86 = BIT(SSE) | BIT(AVX2) | BIT(AVX512);
    (void)state;
    assert_int_equal(unsetenv("SEPCC_ISAS"), 0);
#if defined(__x86_64__)
    assert_true(sepcc_cpu_isas() & BIT(SSE));
    assert_false(sepcc_cpu_isas() & BIT(NEON));
    assert_int_equal(sepcc_cpu_isas() & ~(x86 | BIT(SCALAR)), 0);
#else
    assert_int_equal(sepcc_cpu_isas() & x86, 0);
#endif
}

/* A mask takes away and never adds; only whole names count. */
static void mask_names_what_is_left(void **state)
{
    uint32_t all;
    (void)state;
    assert_int_equal(unsetenv("SEPCC_ISAS"), 0);
    all = sepcc_cpu_isas();
    for (uint32_t isa = 0; isa < SEPCC_ISA_COUNT; ++isa)
        assert_int_equal(isas_with(sepcc_isa_name(isa)), BIT(SCALAR) | (all & (1u << isa)));
    assert_int_equal(isas_with("sse,avx2,avx512,neon"), all);
    assert_int_equal(isas_with("neon,avx512,,avx2,sse,"), all);
    assert_int_equal(isas_with("ss,avx,avx2x, sse,SSE,altivec"), BIT(SCALAR));
}

static void names_are_in_order(void **state)
{
    (void)state;
    assert_string_equal(sepcc_isa_name(SEPCC_ISA_SCALAR), "scalar");
    assert_string_equal(sepcc_isa_name(SEPCC_ISA_SSE), "sse");
    assert_string_equal(sepcc_isa_name(SEPCC_ISA_AVX2), "avx2");
    assert_string_equal(sepcc_isa_name(SEPCC_ISA_AVX512), "avx512");
    assert_string_equal(sepcc_isa_name(SEPCC_ISA_NEON), "neon");
    assert_string_equal(sepcc_isa_name(SEPCC_ISA_COUNT), "unknown");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(scalar_is_always_there),
        cmocka_unit_test(architectures_keep_apart),
        cmocka_unit_test(mask_names_what_is_left),
        cmocka_unit_test(names_are_in_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
