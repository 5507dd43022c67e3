/*
 * test_measure.c: sepcc_measure on kernels and a peak loop that take a known time by the clock.
 * Runs alone, for its times are bounded.
 */
#include "support_runtime.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <time.h>

#include <cmocka.h>

enum { PEAK_FLOP = 4000, UNITS = 2 };

static atomic_ulong short_runs, long_runs, packs;

static void pack(const float *const weights[], const float *const bias[], const float *const slope[],
                 void *packed)
{
    (void)bias;
    (void)slope;
    memcpy(packed, weights[0], sizeof(float));
    atomic_fetch_add(&packs, 1);
}

/* 10 us for each unit. */
static void run_short(const float *in, float *out, const void *packed, void *workspace, size_t begin,
                      size_t end)
{
    (void)workspace;
    out[0] = in[0] * *(const float *)packed;
    spend(10e-6 * (double)(end - begin));
    if (begin == 0)
        atomic_fetch_add(&short_runs, 1);
}

/* 400 us for each unit. */
static void run_long(const float *in, float *out, const void *packed, void *workspace, size_t begin,
                     size_t end)
{
    (void)workspace;
    out[0] = in[0] * *(const float *)packed;
    spend(400e-6 * (double)(end - begin));
    if (begin == 0)
        atomic_fetch_add(&long_runs, 1);
}

/* PEAK_FLOP in 1 us: 4 GFLOP/s. */
static float run_peak(uint64_t rounds)
{
    spend(1e-6 * (double)rounds);
    return 1;
}

static const struct sepcc_peak peak = {SEPCC_ABI_VERSION, SEPCC_ISA_SCALAR, PEAK_FLOP, run_peak};

/* 1000 multiply-adds. */
static struct sepcc_kernel fake_kernel(sepcc_run_fn run)
{
    const struct sepcc_stage stage = support_stage(
        (struct sepcc_layer){.op = SEPCC_OP_POINTWISE, .in_h = 10, .in_w = 10, .in_c = 2, .out_c = 5});
    struct sepcc_kernel kernel = support_kernel(&stage, 64, 64, UNITS);
    kernel.pack = pack;
    kernel.run = run;
    return kernel;
}

static void assert_near(double value, double low, double high)
{
    if (!(value >= low && value <= high))
        fail_msg("%g is not in %g .. %g", value, low, high);
}

/*
 * Waiting takes at least what it should, and a busy machine makes it longer; so times are bounded from below
 * alone, and what follows from them is compared with them. 20 us and 800 us a run; 1000 multiply-adds in 20
 * us are 0.1 GFLOP/s, a share of 1/40 of the 4 GFLOP/s of the peak.
 */
static void times_and_rates_fit_together(void **state)
{
    const struct sepcc_kernel small = fake_kernel(run_short), large = fake_kernel(run_long);
    const struct sepcc_kernel *const kernels[] = {&small, &large};
    const struct sepcc_peak *const peaks[] = {&peak, NULL};
    const struct sepcc_measure_options options = {.seconds = 0.05, .min_trials = 5, .seed = 1};
    struct sepcc_measure_result results[2];
    (void)state;
    assert_int_equal(sepcc_measure(kernels, peaks, 2, &options, results), SEPCC_OK);
    for (size_t i = 0; i < 2; ++i) {
        const struct sepcc_measure_result *r = &results[i];
        const double flop = 2.0 * 1000, bytes = (double)(kernels[i]->read_bytes + kernels[i]->write_bytes);
        assert_true(r->trials >= 5 && r->trials == results[0].trials);
        assert_true(r->min_s <= r->low_s && r->low_s <= r->median_s && r->median_s <= r->high_s);
        assert_near(r->min_s, i == 0 ? 19.9e-6 : 799e-6, 1);
        assert_near(r->gflops * 1e9 * r->median_s / flop, 0.999, 1.001);
        assert_near(r->bytes_per_s * r->median_s / bytes, 0.999, 1.001);
    }
    assert_near(results[0].peak_gflops, 0.01, 4.001);
    assert_near(results[0].peak_share * results[0].peak_gflops / results[0].gflops, 0.2, 5);
    assert_true(results[1].peak_gflops == 0 && results[1].peak_share == 0);
    assert_true(atomic_load(&packs) == 2);
    assert_true(results[1].median_s > results[0].median_s);
}

/* A small kernel is repeated until a timing takes 50 us: at least 3 runs of 20 us, and one to warm up. */
static void small_kernels_are_repeated(void **state)
{
    const struct sepcc_kernel small = fake_kernel(run_short);
    const struct sepcc_kernel *const kernels[] = {&small};
    const struct sepcc_peak *const peaks[] = {NULL};
    const struct sepcc_measure_options options = {.seconds = 0, .min_trials = 30, .seed = 1};
    struct sepcc_measure_result result;
    (void)state;
    atomic_store(&short_runs, 0);
    assert_int_equal(sepcc_measure(kernels, peaks, 1, &options, &result), SEPCC_OK);
    assert_int_equal(result.trials, 30);
    assert_true(atomic_load(&short_runs) >= 60);
}

/* The time allowed is for each kernel: 20 rounds of 1.6 ms (and the warm-up) fit into 0.04 s. */
static void time_is_kept(void **state)
{
    const struct sepcc_kernel large = fake_kernel(run_long);
    const struct sepcc_kernel *const kernels[] = {&large};
    const struct sepcc_peak *const peaks[] = {NULL};
    const struct sepcc_measure_options options = {.seconds = 0.04, .seed = 1};
    struct sepcc_measure_result result;
    const double start = test_now();
    (void)state;
    atomic_store(&long_runs, 0);
    assert_int_equal(sepcc_measure(kernels, peaks, 1, &options, &result), SEPCC_OK);
    assert_near(test_now() - start, 0.04, 10);
    assert_true(result.trials >= 1 && result.trials <= 25);
    assert_int_equal(atomic_load(&long_runs), 2 * result.trials + 2);
}

/* With a pool of two the peak counts twice. */
static void threads_multiply_the_peak(void **state)
{
    const struct sepcc_kernel large = fake_kernel(run_long);
    const struct sepcc_kernel *const kernels[] = {&large};
    const struct sepcc_peak *const peaks[] = {&peak};
    struct sepcc_measure_options options = {.min_trials = 5, .seed = 1};
    struct sepcc_measure_result result;
    (void)state;
    assert_int_equal(sepcc_pool_create(2, &options.pool), SEPCC_OK);
    assert_int_equal(sepcc_measure(kernels, peaks, 1, &options, &result), SEPCC_OK);
    assert_near(result.min_s, 399e-6, 1);
    assert_near(result.peak_share * 2 * result.peak_gflops / result.gflops, 0.2, 1.9);
    sepcc_pool_destroy(options.pool);
}

static void strange_requests_are_answered(void **state)
{
    const struct sepcc_kernel small = fake_kernel(run_short);
    const struct sepcc_kernel *const kernels[] = {&small};
    struct sepcc_peak foreign = peak;
    const struct sepcc_peak *const peaks[] = {&foreign};
    const struct sepcc_measure_options options = {.seed = 1};
    struct sepcc_measure_result result;
    (void)state;
    foreign.abi_version = 99;
    assert_int_equal(sepcc_measure(kernels, peaks, 1, &options, &result), SEPCC_E_ABI);
    assert_int_equal(sepcc_measure(kernels, peaks, 0, &options, &result), SEPCC_OK);
    foreign.abi_version = SEPCC_ABI_VERSION;
    assert_int_equal(sepcc_measure(kernels, peaks, 1, &options, &result), SEPCC_OK);
    assert_int_equal(result.trials, 1); /* no time and no least number: one */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(times_and_rates_fit_together),
        cmocka_unit_test(small_kernels_are_repeated),
        cmocka_unit_test(time_is_kept),
        cmocka_unit_test(threads_multiply_the_peak),
        cmocka_unit_test(strange_requests_are_answered),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
