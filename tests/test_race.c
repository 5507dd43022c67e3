/*
 * test_race.c: the statistics of races on made-up times, and sepcc_race on kernels that take a known time.
 * Runs alone, for its times are compared.
 */
#include "statistics.h"
#include "support_runtime.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

enum { ROUNDS_MOST = 400, RUNNERS_MOST = 8 };

/* ---- made-up times ---------------------------------------------------------------------------------- */

/* Even in 0 .. 1. */
static double even(uint64_t *state)
{
    *state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (double)(*state >> 11) / 9007199254740992.0;
}

/* What disturbs a timing: mostly little, in one of ten a lot, and never less than nothing. Median 1. */
static double disturbed(uint64_t *state)
{
    const double noise = 0.02 * (even(state) - 0.5), rare = even(state) < 0.1 ? even(state) : 0;
    return 1 + noise + rare;
}

struct times {
    double seconds[RUNNERS_MOST][ROUNDS_MOST];
    const double *rows[RUNNERS_MOST];
};

/* Runner i takes factors[i]; the machine drifts to twice the time and back within a race. */
static void make_times(struct times *times, const double factors[], size_t count, uint64_t seed)
{
    uint64_t state = seed;
    for (size_t i = 0; i < count; ++i)
        times->rows[i] = times->seconds[i];
    for (size_t r = 0; r < ROUNDS_MOST; ++r) {
        const double drift = 1.5 + 0.5 * sin((double)r / 20);
        for (size_t i = 0; i < count; ++i)
            times->seconds[i][r] = drift * factors[i] * disturbed(&state);
    }
}

/* ---- medians and their intervals -------------------------------------------------------------------- */

static void test_quantiles(void **unused)
{
    (void)unused;
    double values[] = {5, 1, 4, 2, 3};
    sepcc_sort(values, 5);
    assert_true(values[0] == 1 && values[4] == 5);
    assert_true(sepcc_quantile(values, 5, 0.5) == 3);
    assert_true(sepcc_quantile(values, 5, 0.25) == 2);
    assert_true(sepcc_quantile(values, 4, 0.5) == 2.5);
    assert_true(sepcc_quantile(values, 1, 0.9) == 1);
}

/* The ranks that tables give for 95 %: of 6 values all, of 10 the second, of 20 the 6th, of 50 the 18th. */
static void test_interval_ranks(void **unused)
{
    (void)unused;
    static const struct {
        size_t count, rank;
    } known[] = {{6, 1}, {8, 1}, {9, 2}, {10, 2}, {20, 6}, {30, 10}, {50, 18}};
    for (size_t k = 0; k < sizeof known / sizeof known[0]; ++k) {
        double values[64];
        for (size_t i = 0; i < known[k].count; ++i)
            values[i] = (double)(known[k].count - i);
        const struct sepcc_interval interval = sepcc_median_interval(values, known[k].count, 0.95);
        assert_true(interval.low == (double)known[k].rank);
        assert_true(interval.high == (double)(known[k].count + 1 - known[k].rank));
        assert_true(interval.median == ((double)known[k].count + 1) / 2);
    }
}

static void test_few_values_say_nothing(void **unused)
{
    (void)unused;
    double values[] = {1, 2, 3, 4, 5};
    const struct sepcc_interval interval = sepcc_median_interval(values, 5, 0.95);
    assert_true(interval.low == 0 && isinf(interval.high) && interval.median == 3);
}

/* Of many intervals at least 95 in 100 hold the true median, here 1, although one timing in ten is far off.
 */
static void test_intervals_cover(void **unused)
{
    (void)unused;
    static const size_t counts[] = {6, 11, 25, 60};
    const size_t repeats = 2000;
    uint64_t state = 7;
    for (size_t c = 0; c < sizeof counts / sizeof counts[0]; ++c) {
        size_t holds = 0;
        for (size_t i = 0; i < repeats; ++i) {
            double values[64];
            for (size_t v = 0; v < counts[c]; ++v)
                values[v] = exp(3 * (even(&state) - 0.5)); /* skewed; median 1 */
            const struct sepcc_interval interval = sepcc_median_interval(values, counts[c], 0.95);
            holds += interval.low <= 1 && 1 <= interval.high;
        }
        assert_in_range(holds * 1000 / repeats, 940, 1000);
    }
}

/* ---- the judge -------------------------------------------------------------------------------------- */

/* The ratio is found through drift and disturbances that are twenty times larger than what is looked for. */
static void test_ratio_through_drift(void **unused)
{
    (void)unused;
    static const double factors[] = {1, 0.98};
    static struct times times;
    double scratch[ROUNDS_MOST];
    size_t holds = 0;
    for (uint64_t seed = 1; seed <= 100; ++seed) {
        make_times(&times, factors, 2, seed);
        const struct sepcc_interval ratio = sepcc_race_ratio(times.rows, 1, 0, 100, 0.95, scratch);
        assert_true(fabs(ratio.median - 0.98) < 0.006);
        holds += ratio.low <= 0.98 && 0.98 <= ratio.high;
    }
    assert_true(holds >= 90);
}

/* When each runner leaves; ROUNDS_MOST: never. */
static void race(const struct times *times, size_t count, size_t keep, size_t end[])
{
    bool left[RUNNERS_MOST] = {false};
    double scratch[ROUNDS_MOST];
    for (size_t i = 0; i < count; ++i)
        end[i] = ROUNDS_MOST;
    for (size_t r = 1; r <= 200; ++r) {
        sepcc_race_judge(times->rows, count, r, keep, left, scratch);
        for (size_t i = 0; i < count; ++i)
            if (left[i] && end[i] == ROUNDS_MOST)
                end[i] = r;
    }
}

/* The best stays to the end; who is far behind leaves at once, who is behind before long. */
static void test_losers_leave(void **unused)
{
    (void)unused;
    static const double factors[] = {1, 0.9, 0.97, 1.02, 1.5, 3};
    static struct times times;
    size_t end[RUNNERS_MOST];
    for (uint64_t seed = 1; seed <= 50; ++seed) {
        make_times(&times, factors, 6, seed);
        race(&times, 6, 6, end);
        assert_int_equal(end[0], ROUNDS_MOST);
        assert_int_equal(end[1], ROUNDS_MOST);
        assert_in_range(end[5], 4, 8);
        assert_in_range(end[4], 4, 20);
        assert_in_range(end[3], 4, 60);
        assert_in_range(end[2], 4, 100);
    }
}

/* When nothing beats the base, all leave but it. */
static void test_base_can_win(void **unused)
{
    (void)unused;
    static const double factors[] = {1, 1.05, 1.2};
    static struct times times;
    size_t end[RUNNERS_MOST];
    make_times(&times, factors, 3, 3);
    race(&times, 3, 3, end);
    assert_int_equal(end[0], ROUNDS_MOST);
    assert_true(end[1] <= 60 && end[2] <= 20);
}

/* Equal runners: none is thrown out but by halving, which keeps as many as it is told. */
static void test_equals_are_halved(void **unused)
{
    (void)unused;
    static const double factors[] = {1, 1, 1, 1, 1, 1, 1, 1};
    static struct times times;
    size_t end[RUNNERS_MOST], stay = 0, lost = 0;
    for (uint64_t seed = 1; seed <= 50; ++seed) {
        make_times(&times, factors, 8, seed);
        race(&times, 8, 2, end);
        for (size_t i = 1; i < 8; ++i) {
            const bool at_halving = end[i] == 16 || end[i] == 32 || end[i] == 64;
            stay += end[i] == ROUNDS_MOST;
            lost += end[i] < ROUNDS_MOST && !at_halving;
        }
    }
    assert_true(stay >= 80 && stay <= 100); /* 2 of 7 in each of 50 */
    assert_true(lost <= 20);
}

/* ---- kernels that take a known time ----------------------------------------------------------------- */

static void pack_nothing(const float *const weights[], const float *const bias[], const float *const slope[],
                         void *packed)
{
    (void)weights;
    (void)bias;
    (void)slope;
    (void)packed;
}

static unsigned long runs[3];

#define FAKE_RUN(name, index, time)                                                                          \
    static void name(const float *in, float *out, const void *packed, void *workspace, size_t begin,         \
                     size_t end)                                                                             \
    {                                                                                                        \
        (void)packed;                                                                                        \
        (void)workspace;                                                                                     \
        (void)begin;                                                                                         \
        (void)end;                                                                                           \
        out[0] = in[0];                                                                                      \
        spend(time);                                                                                         \
        ++runs[index];                                                                                       \
    }

FAKE_RUN(run_base, 0, 100e-6)
FAKE_RUN(run_quick, 1, 70e-6)
FAKE_RUN(run_slow, 2, 300e-6)

static struct sepcc_kernel fake_kernel(sepcc_run_fn run, unsigned out_c)
{
    const struct sepcc_stage stage = support_stage(
        (struct sepcc_layer){.op = SEPCC_OP_POINTWISE, .in_h = 10, .in_w = 10, .in_c = 2, .out_c = out_c});
    struct sepcc_kernel kernel = support_kernel(&stage, 64, 64, 1);
    kernel.pack = pack_nothing;
    kernel.run = run;
    return kernel;
}

/* Waiting may take longer than it should, on a busy machine; the median of ratios hardly changes. */
static void check_race(enum sepcc_race_cache cache)
{
    const struct sepcc_kernel base = fake_kernel(run_base, 5), quick = fake_kernel(run_quick, 5),
                              slow = fake_kernel(run_slow, 5), other = fake_kernel(run_base, 3);
    const struct sepcc_kernel *const kernels[] = {&base, &quick, &slow}, *const chain[] = {&other, &base};
    struct sepcc_race_result results[3];
    size_t running = 99;
    const struct sepcc_race_options options = {.cache = cache,
                                               .seconds = 1,
                                               .min_rounds = 40,
                                               .keep = 2,
                                               .precision = 0.05,
                                               .chain = chain,
                                               .chain_count = 2,
                                               .chain_at = 1,
                                               .seed = 1,
                                               .running = &running};
    memset(runs, 0, sizeof runs);
    assert_int_equal(sepcc_race(kernels, 3, &options, results), SEPCC_OK);
    assert_true(running < 3);
    assert_true(results[0].ratio == 1 && !results[0].left && !results[1].left);
    assert_true(results[1].ratio > 0.5 && results[1].ratio < 0.9);
    assert_true(results[1].ratio_low <= results[1].ratio && results[1].ratio <= results[1].ratio_high);
    assert_true(results[1].median_s >= 69e-6 && results[1].rounds >= 40);
    assert_true(results[2].left && results[2].rounds >= 4 && results[2].rounds <= results[1].rounds);
    assert_true(runs[2] < runs[1]);
}

static void test_race_warm(void **unused)
{
    (void)unused;
    check_race(SEPCC_RACE_WARM);
}

static void test_race_cold(void **unused)
{
    (void)unused;
    check_race(SEPCC_RACE_COLD);
}

/* The other stage of the chain runs before each timing: it counts as the base here. */
static void test_race_chain(void **unused)
{
    (void)unused;
    check_race(SEPCC_RACE_CHAIN);
    assert_true(runs[0] >= runs[1] + runs[2]);
}

static void test_race_refuses(void **unused)
{
    (void)unused;
    const struct sepcc_kernel base = fake_kernel(run_base, 5), other = fake_kernel(run_base, 4);
    const struct sepcc_kernel *const kernels[] = {&base, &other};
    const struct sepcc_peak peak = {SEPCC_ABI_VERSION + 1, SEPCC_ISA_SCALAR, 1, NULL};
    struct sepcc_race_options options = {.seconds = 0.01, .min_rounds = 1, .keep = 1};
    struct sepcc_race_result results[2];
    assert_int_equal(sepcc_race(kernels, 2, &options, results), SEPCC_E_STAGE);
    assert_int_equal(sepcc_race(kernels, 0, &options, results), SEPCC_OK);
    options.peak = &peak;
    assert_int_equal(sepcc_race(kernels, 1, &options, results), SEPCC_E_ABI);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_quantiles),
        cmocka_unit_test(test_interval_ranks),
        cmocka_unit_test(test_few_values_say_nothing),
        cmocka_unit_test(test_intervals_cover),
        cmocka_unit_test(test_ratio_through_drift),
        cmocka_unit_test(test_losers_leave),
        cmocka_unit_test(test_base_can_win),
        cmocka_unit_test(test_equals_are_halved),
        cmocka_unit_test(test_race_warm),
        cmocka_unit_test(test_race_cold),
        cmocka_unit_test(test_race_chain),
        cmocka_unit_test(test_race_refuses),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
