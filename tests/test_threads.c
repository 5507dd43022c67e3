/*
 * test_threads.c: running a kernel's units, on one thread and on a pool.
 * Runs alone, for it counts the time of threads.
 */
#include "support_runtime.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <time.h>

#include <cmocka.h>

enum { MAX_UNITS = 1000, WORKSPACE_BYTES = 128 };

static atomic_int unit_runs[MAX_UNITS];
static atomic_int shared_workspaces, missing_workspaces, calls;

static void pack_nothing(const float *const weights[], const float *const bias[], const float *const slope[],
                         void *packed)
{
    (void)weights;
    (void)bias;
    (void)slope;
    (void)packed;
}

/* Counts the runs of each unit, and holds the workspace while it runs. */
static void run_counting(const float *in, float *out, const void *packed, void *workspace, size_t begin,
                         size_t end)
{
    atomic_int *const holders = workspace;
    (void)in;
    (void)out;
    (void)packed;
    atomic_fetch_add(&calls, 1);
    if (workspace == NULL || (uintptr_t)workspace % SEPCC_ALIGNMENT != 0)
        atomic_fetch_add(&missing_workspaces, 1);
    else if (atomic_fetch_add(holders, 1) != 0)
        atomic_fetch_add(&shared_workspaces, 1);
    for (size_t unit = begin; unit < end; ++unit)
        atomic_fetch_add(&unit_runs[unit], 1);
    if (workspace != NULL)
        atomic_fetch_sub(holders, 1);
}

static struct sepcc_kernel counting_kernel(size_t workspace_bytes, size_t unit_count)
{
    const struct sepcc_stage stage = support_stage((struct sepcc_layer){.op = SEPCC_OP_POINTWISE});
    struct sepcc_kernel kernel = support_kernel(&stage, 64, workspace_bytes, unit_count);
    kernel.pack = pack_nothing;
    kernel.run = run_counting;
    return kernel;
}

static void run_and_check(struct sepcc_pool *pool, size_t unit_count)
{
    const struct sepcc_kernel kernel = counting_kernel(WORKSPACE_BYTES, unit_count);
    float in[1] = {0}, out[1];
    for (size_t unit = 0; unit < MAX_UNITS; ++unit)
        atomic_store(&unit_runs[unit], 0);
    atomic_store(&calls, 0);
    assert_int_equal(sepcc_run(&kernel, pool, in, out, NULL), SEPCC_OK);
    for (size_t unit = 0; unit < MAX_UNITS; ++unit)
        if (atomic_load(&unit_runs[unit]) != (unit < unit_count))
            fail_msg("unit %zu of %zu ran %d times", unit, unit_count, atomic_load(&unit_runs[unit]));
    assert_int_equal(atomic_load(&shared_workspaces), 0);
    assert_int_equal(atomic_load(&missing_workspaces), 0);
}

static const size_t unit_counts[] = {1, 2, 3, 7, 31, 32, 33, 100, MAX_UNITS};

static void one_thread_runs_each_unit_once(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof unit_counts / sizeof unit_counts[0]; ++i)
        run_and_check(NULL, unit_counts[i]);
}

static void pools_run_each_unit_once(void **state)
{
    (void)state;
    for (size_t threads = 1; threads <= 4; ++threads) {
        struct sepcc_pool *pool;
        assert_int_equal(sepcc_pool_create(threads, &pool), SEPCC_OK);
        assert_int_equal(sepcc_pool_thread_count(pool), threads);
        for (size_t round = 0; round < 20; ++round)
            for (size_t i = 0; i < sizeof unit_counts / sizeof unit_counts[0]; ++i)
                run_and_check(pool, unit_counts[i]);
        sepcc_pool_destroy(pool);
    }
}

/* Half of what is left at a time, and two units at least: 16 + 8 + 4 + 4 of a thread's 32, and 2 of its 2. */
static void units_are_taken_in_few_long_runs(void **state)
{
    struct sepcc_pool *pool;
    (void)state;
    assert_int_equal(sepcc_pool_create(2, &pool), SEPCC_OK);
    for (size_t round = 0; round < 20; ++round) {
        run_and_check(pool, 64);
        assert_int_equal(atomic_load(&calls), 8);
        run_and_check(pool, 4);
        assert_int_equal(atomic_load(&calls), 2);
    }
    sepcc_pool_destroy(pool);
}

static double seconds_of(clockid_t clock)
{
    struct timespec time;
    assert_int_equal(clock_gettime(clock, &time), 0);
    return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

/* Threads that rest take no CPU time; those that wait for the next run would take all of the pause. */
static void threads_rest_and_wake(void **state)
{
    static const struct timespec pause = {.tv_nsec = 20000000};
    struct sepcc_pool *pool;
    (void)state;
    assert_int_equal(sepcc_pool_create(4, &pool), SEPCC_OK);
    run_and_check(pool, 100);
    sepcc_pool_rest(pool);
    const double start = seconds_of(CLOCK_PROCESS_CPUTIME_ID);
    nanosleep(&pause, NULL);
    assert_true(seconds_of(CLOCK_PROCESS_CPUTIME_ID) - start < 5e-3);
    run_and_check(pool, 100);
    sepcc_pool_destroy(pool);
}

static void pool_of_no_number_has_a_thread_per_cpu(void **state)
{
    struct sepcc_pool *pool;
    (void)state;
    assert_int_equal(sepcc_pool_create(0, &pool), SEPCC_OK);
    assert_true(sepcc_pool_thread_count(pool) >= 1);
    run_and_check(pool, 100);
    sepcc_pool_destroy(pool);
    sepcc_pool_destroy(NULL);
}

static void impossible_workspaces_are_memory_errors(void **state)
{
    struct sepcc_kernel kernel = counting_kernel(SIZE_MAX, 1);
    struct sepcc_pool *pool;
    float in[1] = {0}, out[1];
    (void)state;
    assert_int_equal(sepcc_run(&kernel, NULL, in, out, NULL), SEPCC_E_MEMORY);
    assert_int_equal(sepcc_pool_create(2, &pool), SEPCC_OK);
    assert_int_equal(sepcc_run(&kernel, pool, in, out, NULL), SEPCC_E_MEMORY);
    run_and_check(pool, 10); /* the pool is none the worse */
    sepcc_pool_destroy(pool);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_thread_runs_each_unit_once),
        cmocka_unit_test(pools_run_each_unit_once),
        cmocka_unit_test(units_are_taken_in_few_long_runs),
        cmocka_unit_test(threads_rest_and_wake),
        cmocka_unit_test(pool_of_no_number_has_a_thread_per_cpu),
        cmocka_unit_test(impossible_workspaces_are_memory_errors),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
