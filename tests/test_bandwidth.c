/*
 * test_bandwidth.c: the sizes of caches as Linux lists them, and measured rates that can be.
 */
#include "internal.h"
#include "support_folder.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <sys/stat.h>

#include <cmocka.h>

/* index<n> of a cache folder. */
static void put_cache(const char *folder, unsigned n, const char *level, const char *type, const char *size)
{
    char index[32], path[64];
    (void)snprintf(index, sizeof index, "index%u", n);
    assert_int_equal(mkdir(in_folder(folder, index), 0700), 0);
    const char *const names[] = {"level", "type", "size"}, *const texts[] = {level, type, size};
    for (size_t i = 0; i < 3; ++i) {
        (void)snprintf(path, sizeof path, "%s/%s", index, names[i]);
        put_file(in_folder(folder, path), texts[i]);
    }
}

static void caches_are_read_from_a_folder(void **state)
{
    const char *folder = *state;
    assert_int_equal(sepcc_cache_listed(folder, 1), 0);
    put_cache(folder, 0, "1\n", "Instruction\n", "64K\n");
    put_cache(folder, 1, "1\n", "Data\n", "48K\n");
    put_cache(folder, 2, "2\n", "Unified\n", "2M\n");
    put_cache(folder, 3, "3\n", "Unified\n", "1536\n");
    put_cache(folder, 4, "4\n", "Unified\n", "none\n");
    assert_int_equal(sepcc_cache_listed(folder, 1), 48 << 10);
    assert_int_equal(sepcc_cache_listed(folder, 2), 2 << 20);
    assert_int_equal(sepcc_cache_listed(folder, 3), 1536);
    assert_int_equal(sepcc_cache_listed(folder, 4), 0);
    assert_int_equal(sepcc_cache_listed(folder, 5), 0);
}

static void caches_of_this_cpu_grow(void **state)
{
    (void)state;
    size_t below = 0;
    for (unsigned level = SEPCC_L1; level < SEPCC_MEMORY; ++level) {
        const size_t bytes = sepcc_cache_bytes((enum sepcc_level)level);
        assert_true(bytes == 0 || bytes >= 4096);
        assert_true(bytes == 0 || bytes > below);
        below = bytes > 0 ? bytes : below;
    }
    assert_int_equal(sepcc_cache_bytes(SEPCC_MEMORY), 0);
    assert_string_equal(sepcc_level_name(SEPCC_L1), "L1");
    assert_string_equal(sepcc_level_name(SEPCC_MEMORY), "memory");
}

/* Between 1 MB/s and 100 TB/s: what a slow emulator and many fast cores keep to. */
static void assert_rates(enum sepcc_level level, struct sepcc_pool *pool)
{
    struct sepcc_bandwidth bandwidth = {NAN, NAN};
    assert_int_equal(sepcc_measure_bandwidth(level, pool, &bandwidth), SEPCC_OK);
    assert_true(bandwidth.read > 1e-14 && bandwidth.read < 1e-6);
    assert_true(bandwidth.write >= 0 && bandwidth.write < 1e-6);
}

static void rates_can_be(void **state)
{
    struct sepcc_pool *pool;
    (void)state;
    assert_int_equal(sepcc_pool_create(2, &pool), SEPCC_OK);
    for (unsigned level = 0; level < SEPCC_LEVEL_COUNT; ++level) {
        assert_rates((enum sepcc_level)level, NULL);
        assert_rates((enum sepcc_level)level, pool);
    }
    sepcc_pool_destroy(pool);
}

/* More threads than a buffer has lines for: each still has a slice. */
static void many_threads_have_slices(void **state)
{
    struct sepcc_pool *pool;
    (void)state;
    assert_int_equal(sepcc_pool_create(64, &pool), SEPCC_OK);
    assert_rates(SEPCC_L3, pool);
    sepcc_pool_destroy(pool);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(caches_are_read_from_a_folder, folder_setup, folder_teardown),
        cmocka_unit_test(caches_of_this_cpu_grow),
        cmocka_unit_test(rates_can_be),
        cmocka_unit_test(many_threads_have_slices),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
