/*
 * test_bound.c: the vectors that plans issue, counted by hand and on random plans, and the bound as a
 * function of counts and rates.
 */
#include "plan/bound.h"
#include "plan/operation.h"
#include "support_kernels.h"
#include "support_spec.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

enum { DRAWN_CASES = 150 };

static const struct position at_plan = {"--plan", 0, 0};

static struct bound_counts count_of(enum sepcc_isa isa, const char *text, const char *plan_text)
{
    const struct spec spec = spec_good(text);
    struct plan_request request;
    struct plan plan;
    assert_int_equal(plan_request_parse(plan_text, at_plan, &request), STATUS_DONE);
    assert_int_equal(plan_make(&spec, isa_get(isa), &request, at_plan, &plan), STATUS_DONE);
    const struct bound_counts counts = bound_count(&spec, &plan);
    plan_free(&plan);
    return counts;
}

/* ---- counting -------------------------------------------------------------------------------------- */

static void test_counts_by_hand(void **state)
{
    static const struct {
        enum sepcc_isa isa;
        const char *spec, *plan;
        double fmas, loads, stores;
    } rows[] = {
        /* One output: bias, 9 weights, 9 inputs. */
        {SEPCC_ISA_AVX2, "depthwise in=3x3x8 kernel=3", "", 9, 19, 1},
        {SEPCC_ISA_AVX2, "depthwise in=3x3x8 kernel=3 act=prelu", "", 9, 20, 1},
        {SEPCC_ISA_AVX2, "depthwise batch=3 in=3x3x8 kernel=3", "", 27, 57, 3},
        /* Only the tap in the middle is inside. */
        {SEPCC_ISA_AVX2, "depthwise in=1x1x8 kernel=3 pad=1 layout=nhwc", "", 1, 3, 1},
        /* A part of a vector is one: 2 vectors. */
        {SEPCC_ISA_AVX2, "depthwise in=3x3x9 kernel=3", "vectors=1", 18, 38, 2},
        /* 2 x 4 outputs, 2 vectors: bias, 9 weights, and 6 inputs of each of 4 input rows. With a stride each
         * row of outputs loads its own: 9 inputs for each of 6 pairs of a row and its tap. */
        {SEPCC_ISA_AVX2, "depthwise in=4x6x16 kernel=3", "rows=2,columns=4,vectors=1,hold=3", 144, 68, 16},
        {SEPCC_ISA_AVX2, "depthwise in=5x9x16 kernel=3 stride=2", "rows=2,columns=4,vectors=1,hold=3", 144,
         128, 16},
        /* Taps one at a time: 4 inputs for each. */
        {SEPCC_ISA_AVX2, "depthwise in=4x6x16 kernel=3", "rows=2,columns=4,vectors=1,hold=1", 144, 164, 16},
        {SEPCC_ISA_AVX2, "depthwise in=4x6x16 kernel=3", "rows=2,columns=4,vectors=1,hold=3,unroll=row", 144,
         92, 16},
        {SEPCC_ISA_AVX2, "depthwise in=4x6x16 kernel=3", "columns=4,vectors=1,unroll=none", 144, 184, 16},
        /* Two outputs of each of 8 input channels, spread. */
        {SEPCC_ISA_AVX2, "depthwise in=3x3x8 kernel=3 mult=2", "", 18, 38, 2},
        /* 2 biases, then for each of 10 channels 2 weights and 6 inputs. */
        {SEPCC_ISA_AVX2, "pointwise in=2x3x10 out=16", "rows=6,vectors=2,depth=10", 120, 82, 12},
        {SEPCC_ISA_AVX2, "pointwise in=2x3x10 out=16 act=prelu", "rows=6,vectors=2,depth=10", 120, 84, 12},
        /* Two blocks: the second one starts from 12 partial sums in place of 2 biases. */
        {SEPCC_ISA_AVX2, "pointwise in=2x3x10 out=16", "rows=6,vectors=2,depth=5", 120, 94, 24},
        /* Inputs by fours: two turns of the loop, then two single ones. */
        {SEPCC_ISA_NEON, "pointwise in=1x1x10 out=4", "rows=1,vectors=1,unroll_k=4", 10, 15, 1},
        /* A plane of 2 x 8 outputs: 4 input rows at 3 columns; bias and taps are loaded once and held. */
        {SEPCC_ISA_AVX2, "depthwise in=4x10x2 kernel=3 layout=nchw", "rows=2,vectors=1", 36, 44, 4},
        /* Two units of a plane load them twice. */
        {SEPCC_ISA_AVX2, "depthwise in=6x10x2 kernel=3 layout=nchw", "rows=2,vectors=1,unit=1", 72, 88, 8},
        /* No tap meets the image: 2 rows of 8 planes get the bias. */
        {SEPCC_ISA_SSE, "depthwise in=1x1x8 kernel=1 stride=3 pad=2,2,2,2 layout=nchw",
         "rows=1,unit=1,unroll=full", 0, 16, 16},
        /* The same with loops: bias, 9 taps, and 6 inputs for each column of taps. */
        {SEPCC_ISA_AVX2, "depthwise in=4x10x2 kernel=3 layout=nchw", "rows=2,vectors=1,unroll=row", 36, 56,
         4},
        {SEPCC_ISA_AVX2, "depthwise in=4x10x2 kernel=3 layout=nchw", "unroll=none", 36, 76, 4},
        /* Two vectors make one of every second column. */
        {SEPCC_ISA_AVX2, "depthwise in=3x17x2 kernel=3 stride=2 layout=nchw", "", 18, 56, 2},
        /* 4 output channels x 1 vector: 4 biases, then for each of 10 channels a vector and 4 weights. */
        {SEPCC_ISA_AVX2, "pointwise in=2x4x10 out=4 layout=nchw", "rows=4,vectors=1,depth=10", 40, 54, 4},
        {SEPCC_ISA_NEON, "pointwise in=2x2x10 out=5 layout=nchw", "rows=5,vectors=1,depth=10", 50, 35, 5},
        /* 2 x 3 outputs in 2 tiles: a bias, then for each of 9 taps and 10 channels a weight and 3 inputs. */
        {SEPCC_ISA_AVX2, "conv in=4x5x10 out=8 kernel=3", "columns=3,vectors=1", 540, 722, 6},
        {SEPCC_ISA_AVX2, "conv in=4x5x10 out=8 kernel=3 act=prelu", "columns=3,vectors=1", 540, 724, 6},
        {SEPCC_ISA_AVX2, "conv in=4x5x10 out=8 kernel=3 layout=nchw", "columns=3,vectors=1", 540, 722, 6},
        /* Of a row of 3 pixels the outer outputs have 2 taps: 3 weights and 7 inputs for each channel. */
        {SEPCC_ISA_AVX2, "conv in=1x3x10 out=8 kernel=3 pad=1", "columns=3,vectors=1", 70, 101, 3},
        /* One output after the other: 2, 3 and 2 weights, with as many inputs, and a bias for each. */
        {SEPCC_ISA_AVX2, "conv in=1x3x10 out=8 kernel=3 pad=1", "columns=3,vectors=1,unroll=none", 70, 143,
         3},
        /* 30 inputs by fours: 7 groups, then two single ones; of each of three taps 2 and 2, as dilation
         * parts them. Planes have no groups. */
        {SEPCC_ISA_NEON, "conv in=1x3x10 out=4 kernel=1x3", "columns=1,vectors=1,unroll_k=4", 30, 40, 1},
        {SEPCC_ISA_NEON, "conv in=1x5x10 out=4 kernel=1x3 dilation=1x2", "columns=1,vectors=1,unroll_k=4", 30,
         43, 1},
        {SEPCC_ISA_NEON, "conv in=1x3x10 out=4 kernel=1x3 layout=nchw", "columns=1,vectors=1,unroll_k=4", 30,
         61, 1},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; ++i) {
        const struct bound_counts counts = count_of(rows[i].isa, rows[i].spec, rows[i].plan);
        if (counts.fmas != rows[i].fmas || counts.loads != rows[i].loads || counts.stores != rows[i].stores)
            fail_msg("%s, %s: %g multiply-adds, %g loads, %g stores, expected %g, %g, %g", rows[i].spec,
                     rows[i].plan, counts.fmas, counts.loads, counts.stores, rows[i].fmas, rows[i].loads,
                     rows[i].stores);
    }
}

static void test_bytes(void **state)
{
    (void)state;
    const struct bound_counts counts = count_of(SEPCC_ISA_AVX2, "depthwise batch=2 in=4x6x8 kernel=3", "");
    assert_true(counts.packed_bytes == 10 * 8 * 4); /* bias and taps, a multiple of 64 */
    assert_true(counts.read_bytes == 2 * 4 * 6 * 8 * 4 + 320);
    assert_true(counts.write_bytes == 2 * 2 * 4 * 8 * 4);
    /* Of 7 x 8 pixels rows 0, 1, 3, 4 and columns 0, 1, 3, 4, 6, 7 are read: row 6 has no pair. */
    const struct bound_counts holes = count_of(SEPCC_ISA_AVX2, "depthwise in=7x8x8 kernel=2 stride=3", "");
    assert_true(holes.read_bytes - holes.packed_bytes == 4 * 6 * 8 * 4);
    const struct bound_counts plane =
        count_of(SEPCC_ISA_AVX2, "depthwise in=7x8x8 kernel=2 stride=3 layout=nchw", "");
    assert_true(plane.read_bytes - plane.packed_bytes == 4 * 8 * 8 * 4);
    const struct bound_counts strided = count_of(SEPCC_ISA_AVX2, "pointwise in=9x9x8 out=8 stride=4", "");
    assert_true(strided.read_bytes - strided.packed_bytes == 3 * 3 * 64); /* a cache line for each pixel */
    /* Pixels of 25 floats begin at all 16 places of a line, and lie in two lines at 8 of them, else in three.
     */
    const struct bound_counts odd = count_of(SEPCC_ISA_AVX2, "depthwise in=4x4x25 kernel=1 stride=2", "");
    assert_true(odd.read_bytes - odd.packed_bytes == 4 * 2.5 * 64);
}

/* What a pixel's vectors add where they cross a cache line, and activations where they multiply. */
static void test_besides(void **state)
{
    (void)state;
    const struct bound_counts whole =
        count_of(SEPCC_ISA_AVX512, "depthwise in=4x4x48 kernel=1 act=relu6", "");
    assert_true(whole.split_loads == 0 && whole.split_stores == 0 && whole.activations == 0);
    /* Vectors of 16 floats cross a line at 15 of 16 places; the last one has one float, and never does. */
    const struct bound_counts odd = count_of(SEPCC_ISA_AVX512, "depthwise in=4x4x49 kernel=1", "");
    assert_true(odd.split_loads == 16 * 3 * 15 / 16.0 && odd.split_stores == odd.split_loads);
    /* Vectors of 8 cross it at 7 of 16; a pointwise layer reads its input by floats. */
    const struct bound_counts pointwise = count_of(SEPCC_ISA_AVX2, "pointwise in=4x4x9 out=9", "");
    assert_true(pointwise.split_loads == 0 && pointwise.split_stores == 16 * 7 / 16.0);
    const struct bound_counts plane = count_of(SEPCC_ISA_AVX2, "depthwise in=4x4x9 kernel=1 layout=nchw", "");
    assert_true(plane.split_loads == 0 && plane.split_stores == 0);
    const struct bound_counts silu = count_of(SEPCC_ISA_AVX2, "depthwise in=4x4x16 kernel=1 act=silu", "");
    assert_true(silu.activations == 16 * 2 * 8);
    const struct bound_counts fused = count_of(
        SEPCC_ISA_AVX2, "separable in=4x4x16 out=8 kernel=3 pad=1 dw.act=hard_swish pw.act=hard_sigmoid", "");
    assert_true(fused.activations == 16 * 2 * 2 + 16 * 1 * 1);
}

/* The layers of a fused stage do what they do alone, but for how pixels are divided into tiles. */
static void test_fused_counts(void **state)
{
    static const struct {
        const char *spec, *plan, *layers[3];
        double added; /* loads of the residual */
    } rows[] = {
        {"separable in=8x8x4 out=3 kernel=3 pad=1",
         "",
         {"depthwise in=8x8x4 kernel=3 pad=1", "pointwise in=8x8x4 out=3"},
         0},
        {"separable batch=2 in=9x8x4 out=3 kernel=3 pad=1",
         "unit=4,rows=2",
         {"depthwise batch=2 in=9x8x4 kernel=3 pad=1", "pointwise batch=2 in=9x8x4 out=3"},
         0},
        {"inverted batch=2 in=9x8x4 expand=6 out=4 kernel=3 pad=1",
         "unit=3,rows=1",
         {"pointwise batch=2 in=9x8x4 out=6", "depthwise batch=2 in=9x8x6 kernel=3 pad=1",
          "pointwise batch=2 in=9x8x6 out=4"},
         0},
        {"inverted in=9x8x4 expand=6 out=4 kernel=5 stride=2 pad=2",
         "",
         {"pointwise in=9x8x4 out=6", "depthwise in=9x8x6 kernel=5 stride=2 pad=2",
          "pointwise in=5x4x6 out=4"},
         0},
        {"inverted in=9x8x4 expand=6 out=4 kernel=3 pad=1 residual=yes",
         "",
         {"pointwise in=9x8x4 out=6", "depthwise in=9x8x6 kernel=3 pad=1", "pointwise in=9x8x6 out=4"},
         9 * 8 * 4},
        {"separable in=8x8x4 out=3 kernel=3 pad=1 layout=nchw",
         "unit=2,rows=2",
         {"depthwise in=8x8x4 kernel=3 pad=1", "pointwise in=8x8x4 out=3"},
         0},
        {"inverted batch=2 in=9x8x4 expand=6 out=4 kernel=3 pad=1 residual=yes layout=nchw",
         "unit=3,rows=1",
         {"pointwise batch=2 in=9x8x4 out=6", "depthwise batch=2 in=9x8x6 kernel=3 pad=1",
          "pointwise batch=2 in=9x8x6 out=4"},
         2 * 9 * 8 * 4},
        {"inverted in=42x20x3 expand=5 out=3 kernel=3 stride=3 pad=1",
         "fuse=no",
         {"pointwise in=41x20x3 out=5", "depthwise in=42x20x5 kernel=3 stride=3 pad=1",
          "pointwise in=14x7x5 out=3"},
         0},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; ++i) {
        const struct bound_counts fused = count_of(SEPCC_ISA_SCALAR, rows[i].spec, rows[i].plan);
        double fmas = 0, stores = 0, least = rows[i].added;
        for (size_t l = 0; l < 3 && rows[i].layers[l] != NULL; ++l) {
            const struct bound_counts layer = count_of(SEPCC_ISA_SCALAR, rows[i].layers[l], "");
            fmas += layer.fmas;
            stores += layer.stores;
            least += layer.write_bytes / sizeof(float) / PLAN_TILE_MAX;
        }
        if (fused.fmas != fmas || fused.stores != stores || fused.loads < least)
            fail_msg("%s: %g multiply-adds, %g stores, %g loads, expected %g, %g, at least %g", rows[i].spec,
                     fused.fmas, fused.stores, fused.loads, fmas, stores, least);
    }
    const struct bound_counts with = count_of(SEPCC_ISA_SCALAR, rows[4].spec, ""),
                              without = count_of(SEPCC_ISA_SCALAR,
                                                 "inverted in=9x8x4 expand=6 out=4 kernel=3 pad=1", "");
    assert_true(with.loads - without.loads == rows[4].added);
}

/* Where a vector is one lane, plans do exactly the stage's multiply-adds; elsewhere empty lanes add some. */
static void test_counts_of_drawn_plans(void **state)
{
    uint64_t seed = spec_test_seed("counts_of_drawn_plans");
    (void)state;
    for (unsigned isa = 0; isa < SEPCC_ISA_COUNT; ++isa) {
        struct case_list cases = {0};
        cases_draw(&cases, isa_get((enum sepcc_isa)isa), &seed, FMA_USUAL, DRAWN_CASES);
        for (size_t i = 0; i < cases.count; ++i) {
            const struct kernel_case *one = &cases.items[i];
            char text[SPEC_TEXT_MAX];
            spec_print(&one->spec, 0, text);
            const struct bound_counts counts = count_of((enum sepcc_isa)isa, text, one->plan);
            const double fmas = (double)sepcc_stage_fma_count(&one->spec.stage);
            const double outputs = (double)sepcc_stage_output_count(&one->spec.stage);
            const double lanes = one->isa->lanes;
            const bool fused = one->spec.stage.layer_count > 1; /* what no output reads is not expanded */
            if ((!fused && counts.fmas * lanes < fmas) || (lanes == 1 && counts.fmas > fmas) ||
                counts.stores * lanes < outputs || counts.loads < counts.stores / PLAN_TILE_MAX)
                fail_msg(
                    "%s on %s with --plan %s: %g multiply-adds, %g loads, %g stores of vectors; the stage "
                    "has %g and %g outputs",
                    text, one->isa->name, one->plan, counts.fmas, counts.loads, counts.stores, fmas, outputs);
        }
        cases_free(&cases);
    }
}

/* ---- the bound ------------------------------------------------------------------------------------- */

/* All bytes come from L2. */
static const struct bound_rates rates = {.fmas = 2,
                                         .loads = 3,
                                         .stores = 1,
                                         .threads = 1,
                                         .caches = {0, 1000, 0},
                                         .bandwidth = {[SEPCC_L2] = {0.5, 0.25}}};

static void assert_bound(struct bound_counts counts, double time, const char *by)
{
    const struct bound bound = bound_of(&counts, &rates);
    assert_true(bound.time == time);
    assert_string_equal(bound.by, by);
}

static void test_largest_binds(void **state)
{
    (void)state;
    assert_bound((struct bound_counts){.fmas = 8}, 4, "fma");
    assert_bound((struct bound_counts){.fmas = 8, .loads = 15}, 5, "loads");
    assert_bound((struct bound_counts){.fmas = 8, .loads = 15, .stores = 6}, 6, "stores");
    assert_bound((struct bound_counts){.fmas = 8, .stores = 6, .read_bytes = 10, .write_bytes = 8}, 7, "L2");
    assert_bound((struct bound_counts){.fmas = 8, .loads = 12, .stores = 4, .read_bytes = 8}, 4, "fma");
    const struct bound bound =
        bound_of(&(struct bound_counts){.fmas = 8, .loads = 15, .stores = 6, .read_bytes = 4}, &rates);
    assert_true(bound.fma == 4 && bound.loads == 5 && bound.stores == 6 && bound.bytes == 2);
}

static void assert_shares(const struct bound_counts *counts, const double caches[SEPCC_MEMORY],
                          double threads, const double expected[SEPCC_LEVEL_COUNT])
{
    double shares[SEPCC_LEVEL_COUNT];
    bound_levels(counts, caches, threads, shares);
    for (unsigned level = 0; level < SEPCC_LEVEL_COUNT; ++level)
        assert_true(shares[level] > expected[level] - 1e-9 && shares[level] < expected[level] + 1e-9);
}

#define ASSERT_SHARES(counts, caches, threads, ...)                                                          \
    assert_shares(counts, caches, threads, (const double[SEPCC_LEVEL_COUNT]){__VA_ARGS__})

static void test_levels_hold_the_working_set(void **state)
{
    static const double caches[SEPCC_MEMORY] = {1000, 5000, 20000};
    static const double without_l3[SEPCC_MEMORY] = {1000, 5000, 0};
    (void)state;
    const struct bound_counts small = {.read_bytes = 700, .write_bytes = 300, .packed_bytes = 200};
    ASSERT_SHARES(&small, caches, 1, 1, 0, 0, 0);
    /* 250 too many displace 250 others. */
    const struct bound_counts more = {.read_bytes = 850, .write_bytes = 400, .packed_bytes = 200};
    ASSERT_SHARES(&more, caches, 1, 0.6, 0.4, 0, 0);
    const struct bound_counts twice = {.read_bytes = 1600, .write_bytes = 400, .packed_bytes = 200};
    ASSERT_SHARES(&twice, caches, 1, 0, 1, 0, 0);
    /* A thread has half of 6000 bytes and all weights. */
    const struct bound_counts middle = {.read_bytes = 4500, .write_bytes = 1750, .packed_bytes = 250};
    ASSERT_SHARES(&middle, caches, 1, 0, 0.6, 0.4, 0);
    ASSERT_SHARES(&middle, caches, 2, 0, 1, 0, 0);
    ASSERT_SHARES(&middle, without_l3, 1, 0, 0.6, 0, 0.4);
    /* All threads share L3; with six, their own caches hold it all. */
    const struct bound_counts large = {.read_bytes = 15000, .write_bytes = 10000, .packed_bytes = 1000};
    ASSERT_SHARES(&large, caches, 1, 0, 0, 0.6, 0.4);
    ASSERT_SHARES(&large, caches, 6, 0, 1, 0, 0);
    /* Every thread needs all weights. */
    const struct bound_counts weights = {.read_bytes = 10100, .write_bytes = 100, .packed_bytes = 10000};
    ASSERT_SHARES(&weights, caches, 8, 0, 0, 1, 0);
}

/* Two levels take part, and the one that takes longer names the bound. */
static void test_bytes_come_from_several_levels(void **state)
{
    (void)state;
    struct bound_rates mixed = {.fmas = 1,
                                .loads = 1,
                                .stores = 1,
                                .threads = 1,
                                .caches = {1000, 5000, 20000},
                                .bandwidth = {{1, 1}, {3, 5}}};
    const struct bound_counts counts = {.read_bytes = 850, .write_bytes = 400};
    struct bound bound = bound_of(&counts, &mixed);
    assert_true(bound.bytes > 0.6 * 1250 + 0.4 * 4550 - 1e-6 && bound.bytes < 0.6 * 1250 + 0.4 * 4550 + 1e-6);
    assert_string_equal(bound.by, "L2");
    mixed.bandwidth[SEPCC_L2] = (struct sepcc_bandwidth){1.25, 1.25};
    bound = bound_of(&counts, &mixed);
    assert_string_equal(bound.by, "L1");
}

static void test_ports_follow_the_peak(void **state)
{
    (void)state;
    const struct bound_rates avx2 = bound_rates_at(isa_get(SEPCC_ISA_AVX2), 160e9);
    assert_true(avx2.fmas == 10e9 && avx2.loads == 15e9 && avx2.stores == 10e9);
    for (unsigned isa = 0; isa < SEPCC_ISA_COUNT; ++isa) {
        const struct bound_rates some = bound_rates_at(isa_get((enum sepcc_isa)isa), 1e9);
        assert_true(some.fmas > 0 && some.loads > 0 && some.stores > 0);
    }
}

/* The model's level follows the bytes, and its multiply-adds the plans' table. */
static void test_model(void **state)
{
    (void)state;
    const struct bound_rates model = bound_rates_model(isa_get(SEPCC_ISA_AVX2));
    assert_true(model.fmas == isa_get(SEPCC_ISA_AVX2)->fmas);
    const struct bound near = bound_of(&(struct bound_counts){.read_bytes = 1000}, &model),
                       far = bound_of(&(struct bound_counts){.read_bytes = 1e9}, &model);
    assert_string_equal(near.by, "L1");
    assert_string_equal(far.by, "memory");
    assert_true(far.bytes > 1e6 * near.bytes);
    struct text text = {0};
    const struct spec spec = spec_good("depthwise in=3x3x8 kernel=3");
    struct plan_request request;
    struct plan plan;
    plan_request_clear(&request);
    assert_int_equal(plan_make(&spec, isa_get(SEPCC_ISA_AVX2), &request, at_plan, &plan), STATUS_DONE);
    bound_explain(&spec, &plan, &text);
    assert_string_equal(text.data,
                        "Vectors: 9 multiply-adds, 19 loads, 1 stores.  Bytes: 608 read, 32 written.\n"
                        "Bound: 10 cycles of a usual core, by L1 (fma 4, loads 6, stores 0, L1 10).\n");
    text_free(&text);
    plan_free(&plan);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_counts_by_hand),
        cmocka_unit_test(test_bytes),
        cmocka_unit_test(test_besides),
        cmocka_unit_test(test_fused_counts),
        cmocka_unit_test(test_counts_of_drawn_plans),
        cmocka_unit_test(test_largest_binds),
        cmocka_unit_test(test_levels_hold_the_working_set),
        cmocka_unit_test(test_bytes_come_from_several_levels),
        cmocka_unit_test(test_ports_follow_the_peak),
        cmocka_unit_test(test_model),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
