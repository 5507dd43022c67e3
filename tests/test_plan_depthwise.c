/*
 * test_plan_depthwise.c: what the heuristic chooses for a depthwise kernel where its choice was measured
 * (docs/plan.md).
 */
#include "plan/plan_internal.h"
#include "support_spec.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

/* Code that is straight-line just within the budget takes longer to fetch than its loops cost. */
static void test_long_code(void **state)
{
    static const struct {
        const char *spec;
        enum unroll unroll;
    } cases[] = {
        {"depthwise in=28x28x48 kernel=3 pad=same", UNROLL_FULL},
        {"depthwise in=28x28x48 kernel=5 pad=same", UNROLL_FULL},
        {"depthwise in=28x28x49 kernel=8 stride=3 pad=same", UNROLL_ROW},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); ++i) {
        struct plan plan = plan_good(cases[i].spec, SEPCC_ISA_AVX512, "");
        assert_int_equal(plan.as.depthwise.unroll, cases[i].unroll);
        plan_free(&plan);
    }
}

/* Rows of a kernel of one tap share nothing but a weight: a tile has one, unless more are asked for. */
static void test_one_tap(void **state)
{
    static const struct {
        const char *spec, *plan;
        unsigned rows;
    } cases[] = {
        {"depthwise in=28x28x24 kernel=1", "", 1},
        {"depthwise in=28x28x25 kernel=1 stride=2", "", 1},
        {"depthwise in=28x28x25 kernel=1 stride=2", "rows=2", 2},
        {"depthwise in=28x28x24 kernel=2x1", "", 5},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); ++i) {
        struct plan plan = plan_good(cases[i].spec, SEPCC_ISA_AVX2, cases[i].plan);
        assert_int_equal(plan.as.depthwise.rows, cases[i].rows);
        plan_free(&plan);
    }
}

/* A tile that is chosen. */
struct tile_case {
    const char *spec;
    enum sepcc_isa isa;
    unsigned rows, columns, vectors;
};

static void check_tiles(const struct tile_case *cases, size_t count)
{
    for (size_t i = 0; i < count; ++i) {
        struct plan plan = plan_good(cases[i].spec, cases[i].isa, "");
        assert_int_equal(plan.as.depthwise.rows, cases[i].rows);
        assert_int_equal(plan.as.depthwise.columns, cases[i].columns);
        assert_int_equal(plan.as.depthwise.vectors, cases[i].vectors);
        plan_free(&plan);
    }
}

/* Of input that comes from far a tile reads no more positions than are fetched at once; rows are read again.
 */
static void test_far_input(void **state)
{
    static const struct tile_case cases[] = {
        /* near */
        {"depthwise in=28x28x128 kernel=3 pad=same stride=2", SEPCC_ISA_AVX2, 2, 4, 1},
        {"depthwise in=56x56x128 kernel=3 pad=same stride=2", SEPCC_ISA_AVX2, 2, 2, 1},
        /* and fetched ahead */
        {"depthwise in=112x112x64 kernel=3 pad=same stride=2", SEPCC_ISA_AVX2, 2, 2, 1},
        /* near */
        {"depthwise in=28x28x64 kernel=3 pad=same", SEPCC_ISA_AVX2, 2, 4, 1},
        {"depthwise in=28x28x256 kernel=3 pad=same", SEPCC_ISA_AVX2, 4, 2, 1},
        /* fetched ahead */
        {"depthwise in=112x112x64 kernel=3 pad=same", SEPCC_ISA_AVX2, 2, 4, 1},
        /* not so */
        {"depthwise in=74x74x256 kernel=3 pad=same", SEPCC_ISA_AVX2, 4, 2, 1},
        /* in slices */
        {"depthwise in=14x14x1024 kernel=3 pad=same", SEPCC_ISA_AVX2, 2, 4, 1},
    };
    (void)state;
    check_tiles(cases, COUNT(cases));
}

/* Pixels 2 or 4 KiB apart begin in the same sets of a cache: their tiles are smaller. */
static void test_conflicts(void **state)
{
    static const struct tile_case cases[] = {
        {"depthwise in=14x14x528 kernel=3 pad=same", SEPCC_ISA_AVX512, 3, 3, 1},
        {"depthwise in=14x14x512 kernel=3 pad=same", SEPCC_ISA_AVX512, 2, 2, 2},
        {"depthwise in=14x14x528 kernel=3 pad=same stride=2", SEPCC_ISA_AVX2, 1, 7, 1},
        {"depthwise in=14x14x512 kernel=3 pad=same stride=2", SEPCC_ISA_AVX2, 1, 4, 1},
        {"depthwise in=14x14x512 kernel=3 pad=same stride=2", SEPCC_ISA_SSE, 1, 7, 1},
    };
    (void)state;
    check_tiles(cases, COUNT(cases));
}

/* Far maps are fetched ahead, unless their pixels are streams by themselves. */
static void test_prefetch(void **state)
{
    static const struct {
        const char *spec;
        enum sepcc_isa isa;
        enum prefetch prefetch;
    } cases[] = {
        {"depthwise in=56x56x128 kernel=3 pad=same", SEPCC_ISA_AVX2, PREFETCH_INPUT},
        {"depthwise in=56x56x240 kernel=3 pad=same", SEPCC_ISA_AVX512, PREFETCH_INPUT},
        {"depthwise in=56x56x256 kernel=3 pad=same", SEPCC_ISA_AVX2, PREFETCH_NO},
        {"depthwise in=37x37x728 kernel=2 pad=same", SEPCC_ISA_AVX2, PREFETCH_OUTPUT},
        {"depthwise in=56x56x128 kernel=3 pad=same", SEPCC_ISA_SSE, PREFETCH_NO},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); ++i) {
        struct plan plan = plan_good(cases[i].spec, cases[i].isa, "");
        assert_int_equal(plan.as.depthwise.prefetch, cases[i].prefetch);
        plan_free(&plan);
    }
}

/* What a tile reads and writes of a block of channels fits 32 KiB: 32 pixels of 3x3, 56 of 5x5. */
static void test_block(void **state)
{
    static const struct {
        const char *spec;
        enum sepcc_isa isa;
        unsigned block;
    } cases[] = {
        {"depthwise in=14x14x576 kernel=3 pad=same", SEPCC_ISA_AVX2, 64},  /* a slice */
        {"depthwise in=14x14x512 kernel=3 pad=same", SEPCC_ISA_AVX2, 128}, /* whose lines collide */
        {"depthwise in=14x14x512 kernel=3 pad=same", SEPCC_ISA_SSE, 64},
        {"depthwise in=28x28x256 kernel=3 pad=same", SEPCC_ISA_AVX2, 256},
        {"depthwise in=28x28x340 kernel=3 pad=same", SEPCC_ISA_AVX2,
         340}, /* nearer to one block than to two */
        {"depthwise in=19x19x728 kernel=3 pad=same", SEPCC_ISA_AVX2, 256},
        {"depthwise in=19x19x728 kernel=3 pad=same", SEPCC_ISA_AVX512, 256},
        {"depthwise in=28x28x240 kernel=5 pad=same", SEPCC_ISA_AVX2, 128},
        {"depthwise in=19x19x728 kernel=3 pad=same", SEPCC_ISA_SSE, 728},
        {"depthwise in=19x19x364 kernel=3 pad=same mult=2", SEPCC_ISA_AVX2, 728},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); ++i) {
        struct plan plan = plan_good(cases[i].spec, cases[i].isa, "");
        if (plan.as.depthwise.block != cases[i].block)
            fail_msg("%s on %s: block=%u, expected %u", cases[i].spec, plan.isa->name,
                     plan.as.depthwise.block, cases[i].block);
        plan_free(&plan);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_long_code), cmocka_unit_test(test_one_tap),   cmocka_unit_test(test_far_input),
        cmocka_unit_test(test_prefetch),  cmocka_unit_test(test_conflicts), cmocka_unit_test(test_block),
    };
    return cmocka_run_group_tests_name("plan of a depthwise kernel", tests, NULL, NULL);
}
