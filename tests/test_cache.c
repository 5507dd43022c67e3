/*
 * test_cache.c: the store of compiled objects: where it is, its limit, and sharing it.
 */
#include "base/diag.h"
#include "compile/cache.h"
#include "support_folder.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static char printed[4096];

static int setup(void **state)
{
    return folder_setup(state) == 0 ? setenv("SEPCC_CACHE", in_folder(*state, "cache"), 1) : -1;
}

static int teardown(void **state)
{
    unsetenv("SEPCC_CACHE");
    unsetenv("SEPCC_CACHE_LIMIT");
    return folder_teardown(state);
}

static void test_where_the_cache_is(void **state)
{
    (void)state;
    static const char KEY[] = "0123456789abcdef0123456789abcdef";
    static const struct {
        const char *own, *shared, *home, *path;
    } cases[] = {
        {"/own", "/shared", "/home", "/own/01/23456789abcdef0123456789abcdef"},
        {"", "/shared", "/home", "/shared/sepcc/01/23456789abcdef0123456789abcdef"},
        {"", "relative", "/home", "/home/.cache/sepcc/01/23456789abcdef0123456789abcdef"},
        {"", "", "/home", "/home/.cache/sepcc/01/23456789abcdef0123456789abcdef"},
        {"", "", "", NULL},
    };
    char *shared = getenv("XDG_CACHE_HOME"), *home = getenv("HOME");
    shared = shared ? strdup(shared) : NULL;
    home = home ? strdup(home) : NULL;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        setenv("SEPCC_CACHE", cases[i].own, 1);
        setenv("XDG_CACHE_HOME", cases[i].shared, 1);
        setenv("HOME", cases[i].home, 1);
        char *path = cache_path(KEY);
        if (cases[i].path)
            assert_string_equal(path, cases[i].path);
        else
            assert_null(path);
        free(path);
    }
    unsetenv("XDG_CACHE_HOME");
    if (shared)
        setenv("XDG_CACHE_HOME", shared, 1);
    if (home)
        setenv("HOME", home, 1);
    free(shared);
    free(home);
}

/* 1 MiB in 256 folders: 4 KiB for each; an entry of 1,500 bytes fits twice. */
static void test_the_oldest_entries_go(void **state)
{
    static const char *const keys[] = {"ab000000000000000000000000000000", "ab111111111111111111111111111111",
                                       "ab222222222222222222222222222222",
                                       "ac000000000000000000000000000000"};
    char bytes[5000];
    (void)state;
    memset(bytes, 'x', sizeof bytes);
    assert_int_equal(setenv("SEPCC_CACHE_LIMIT", "1", 1), 0);
    for (size_t i = 0; i < 4; i++) {
        struct timespec times[2] = {{.tv_sec = 1000 + (time_t)i}, {.tv_sec = 1000 + (time_t)i}};
        cache_write(keys[i], bytes, 1500);
        char *path = cache_path(keys[i]);
        assert_int_equal(utimensat(AT_FDCWD, path, times, 0), 0);
        free(path);
    }
    for (size_t i = 0; i < 4; i++) {
        struct text object = {0};
        assert_int_equal(cache_read(keys[i], &object), i != 0);
        assert_int_equal(object.length, i ? 1500 : 0);
        text_free(&object);
    }
    /* One that is larger than the limit is kept, alone. */
    struct text object = {0};
    cache_write(keys[0], bytes, sizeof bytes);
    assert_false(cache_read(keys[1], &object));
    assert_false(cache_read(keys[2], &object));
    assert_true(cache_read(keys[0], &object));
    assert_true(cache_read(keys[3], &object));
    text_free(&object);
    assert_int_equal(setenv("SEPCC_CACHE_LIMIT", "1G", 1), 0);
    diag_capture(printed, sizeof printed);
    cache_write(keys[3], bytes, 100);
    diag_capture(NULL, 0);
    assert_string_equal(
        printed, "sepcc: warning: SEPCC_CACHE_LIMIT is \"1G\", expected a number of MiB; 2048 is taken\n");
}

/* Writes and reads the same few entries again and again, and sees only whole ones. */
static void use_the_cache(void)
{
    static char bytes[20000];
    diag_capture(printed, sizeof printed);
    for (int i = 0; i < 400; i++) {
        char key[33];
        struct text object = {0};
        snprintf(key, sizeof key, "%032d", i % 3);
        memset(bytes, 'a' + i % 3, sizeof bytes);
        cache_write(key, bytes, sizeof bytes - (size_t)(i % 7));
        check_in_child(!cache_read(key, &object) || object.data[0] == 'a' + i % 3);
        text_free(&object);
    }
    check_in_child(!*printed);
    _exit(0);
}

static void test_processes_share_the_cache(void **state)
{
    (void)state;
    pid_t users[3];
    int status;
    printed[0] = '\0';
    for (int i = 0; i < 3; i++) {
        users[i] = fork();
        assert_true(users[i] >= 0);
        if (users[i] == 0)
            use_the_cache();
    }
    for (int i = 0; i < 3; i++) {
        assert_int_equal(waitpid(users[i], &status, 0), users[i]);
        assert_int_equal(status, 0);
    }
}

int main(void)
{
#define IN_FOLDER(test) cmocka_unit_test_setup_teardown(test, setup, teardown)
    const struct CMUnitTest tests[] = {
        IN_FOLDER(test_where_the_cache_is),
        IN_FOLDER(test_the_oldest_entries_go),
        IN_FOLDER(test_processes_share_the_cache),
    };
    return cmocka_run_group_tests_name("cache", tests, NULL, NULL);
}
