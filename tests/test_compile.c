/*
 * test_compile.c: compilers, and the cache of objects (linking: test_link.c).
 */
#include "base/files.h"
#include "base/process.h"
#include "compile/cache.h"
#include "compile/compile.h"
#include "compile/compile_key.h"
#include "support_compile.h"
#include "support_folder.h"
#include "support_shell.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- compilers ---- */

static void test_missing_compiler(void **state)
{
    (void)state;
    static const struct {
        const char *cc, *words;
    } cases[] = {
        {NULL,
         "sepcc: error: the compiler clang is missing, expected it in PATH: apt-get install clang [tool]\n"},
        {"clang-99", "clang-99 is missing, expected it in PATH: apt-get install clang-99 [tool]\n"},
        {"gcc", "gcc is missing, expected it in PATH: apt-get install gcc [tool]\n"},
        {"aarch64-linux-gnu-gcc", "apt-get install gcc-aarch64-linux-gnu [tool]\n"},
        {"/no/x86_64-linux-gnu-gcc", "apt-get install gcc-x86-64-linux-gnu [tool]\n"},
        {"mycc", "the compiler mycc is missing, expected a C compiler in PATH [tool]\n"},
    };
    const char *old_path = getenv("PATH");
    char *path = strdup(old_path ? old_path : "");
    assert_non_null(path);
    assert_int_equal(setenv("PATH", "/no-such-folder", 1), 0);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct compiler compiler;
        diag_capture(compile_printed, sizeof compile_printed);
        assert_int_equal(compiler_open(cases[i].cc, NULL, ARCH_ANY, &compiler), STATUS_ENVIRONMENT);
        diag_capture(NULL, 0);
        assert_non_null(strstr(compile_printed, cases[i].words));
    }
    assert_int_equal(setenv("PATH", path, 1), 0);
    free(path);
}

static void test_host_compiler(void **state)
{
    (void)state;
    static const char *const names[] = {NULL, "clang", "gcc"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        struct compiler compiler;
        if (!program_exists(names[i] ? names[i] : "clang"))
            continue;
        assert_int_equal(compiler_open(names[i], NULL, isa_host_arch(), &compiler), STATUS_DONE);
        assert_int_equal(compiler.arch, isa_host_arch());
        assert_null(compiler.target);
        assert_int_equal(compiler_is_clang(&compiler), i < 2);
        compiler_close(&compiler);
    }
}

static void test_what_is_no_compiler(void **state)
{
    static const struct {
        const char *cc, *target;
        enum isa_arch arch;
        const char *words;
    } cases[] = {
        {"false", NULL, ARCH_ANY, "false --version ended with 1, expected a C compiler [tool]\n"},
        {"gcc", "aarch64-linux-gnu", ARCH_AARCH64,
         "sepcc: --target: error: gcc takes no target, expected clang, or a cross compiler as --cc "
         "[usage]\n"},
        {"clang", "no-such-triple", ARCH_ANY, "[tool]\n"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct compiler compiler;
        if (!program_exists(cases[i].cc))
            continue;
        diag_capture(compile_printed, sizeof compile_printed);
        assert_int_not_equal(compiler_open(cases[i].cc, cases[i].target, cases[i].arch, &compiler),
                             STATUS_DONE);
        diag_capture(NULL, 0);
        assert_non_null(strstr(compile_printed, cases[i].words));
        assert_null(compiler.identity);
    }
}

static void test_wrong_architecture(void **state)
{
    (void)state;
    need_program("gcc");
    enum isa_arch other = isa_host_arch() == ARCH_X86_64 ? ARCH_AARCH64 : ARCH_X86_64;
    struct compiler compiler;
    diag_capture(compile_printed, sizeof compile_printed);
    assert_int_equal(compiler_open("gcc", NULL, other, &compiler), STATUS_ENVIRONMENT);
    diag_capture(NULL, 0);
    assert_non_null(strstr(compile_printed, "gcc compiles for "));
    assert_non_null(strstr(compile_printed, "expected a compiler for "));
}

/* A compiler that logs its calls, and is of the version given. */
static void put_logging_compiler(const char *folder, const char *version)
{
    char script[1024];
    const char *path = in_folder(folder, "cc");
    snprintf(script, sizeof script,
             "#!/bin/sh\necho called >>'%s'\n[ \"$1\" != --version ] || exec echo '%s'\nexec gcc \"$@\"\n",
             in_folder(folder, "log"), version);
    unlink(path);
    put_file(path, script);
    assert_int_equal(chmod(path, 0700), 0);
}

static void assert_opened(const char *folder, const char *version, size_t calls)
{
    struct compiler compiler = open_compiler(in_folder(folder, "cc"));
    struct text log = {0};
    assert_non_null(strstr(compiler.identity, version));
    assert_int_equal(compiler.arch, isa_host_arch());
    assert_int_equal(file_load(in_folder(folder, "log"), &log), 0);
    assert_int_equal(log.length, calls * strlen("called\n"));
    text_free(&log);
    compiler_close(&compiler);
}

/* The same compiler is asked once in a run, another file of the same name again. */
static void test_opened_again(void **state)
{
    need_program("gcc");
    put_logging_compiler(*state, "version one");
    assert_opened(*state, "version one", 2);
    assert_opened(*state, "version one", 2);
    put_logging_compiler(*state, "version two, changed");
    assert_opened(*state, "version two, changed", 4);
    assert_opened(*state, "version two, changed", 4);
}

/* ---- the cache ---- */

static void test_second_time_from_the_cache(void **state)
{
    static const char *const names[] = {"clang", "gcc"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        struct text first = {0}, second = {0};
        bool cached = true;
        if (!program_exists(names[i]))
            continue;
        struct compiler compiler = open_compiler(names[i]);
        assert_int_equal(compile_one(&compiler, *state, "a.c", "a.o", NULL, &cached), STATUS_DONE);
        assert_false(cached);
        assert_string_equal(compile_printed, "");
        assert_int_equal(compile_one(&compiler, *state, "a.c", "b.o", NULL, &cached), STATUS_DONE);
        assert_true(cached);
        assert_int_equal(file_load(in_folder(*state, "a.o"), &first), 0);
        assert_int_equal(file_load(in_folder(*state, "b.o"), &second), 0);
        assert_true(first.length > 100 && first.length == second.length);
        assert_memory_equal(first.data, second.data, first.length);
        text_free(&first);
        text_free(&second);
        compiler_close(&compiler);
    }
}

/* Another folder with the same bytes has the same key: paths are no part of it. */
static void test_the_place_does_not_matter(void **state)
{
    struct compiler compiler = open_compiler(NULL);
    bool cached = true;
    assert_int_equal(compile_one(&compiler, *state, "a.c", "a.o", NULL, &cached), STATUS_DONE);
    const char *moved = in_folder(*state, "moved");
    assert_int_equal(folder_make(in_folder(moved, "include")), STATUS_DONE);
    put_file(in_folder(moved, "a.c"), COMPILE_SOURCE);
    put_file(in_folder(moved, "include/one.h"), "#include <two.h>\n#define ONE TWO\n");
    put_file(in_folder(moved, "include/two.h"), "#define TWO 41\n");
    assert_int_equal(compile_one(&compiler, moved, "a.c", "a.o", NULL, &cached), STATUS_DONE);
    assert_true(cached);
    compiler_close(&compiler);
}

static void test_what_changes_the_key(void **state)
{
    const char *folder = *state;
    struct compiler compiler = open_compiler(NULL);
    bool cached;
    assert_int_equal(compile_one(&compiler, folder, "a.c", "a.o", NULL, &cached), STATUS_DONE);

    assert_int_equal(compile_one(&compiler, folder, "a.c", "a.o", "-DMORE", &cached), STATUS_DONE);
    assert_false(cached);

    put_file(in_folder(folder, "include/two.h"), "#define TWO 42\n");
    assert_int_equal(compile_one(&compiler, folder, "a.c", "a.o", NULL, &cached), STATUS_DONE);
    assert_false(cached);

    /* Beside the source comes before -I. */
    put_file(in_folder(folder, "one.h"), "#define ONE 43\n");
    assert_int_equal(compile_one(&compiler, folder, "a.c", "a.o", NULL, &cached), STATUS_DONE);
    assert_false(cached);
    assert_int_equal(unlink(in_folder(folder, "one.h")), 0);

    put_file(in_folder(folder, "a.c"),
             "  #  include \"one.h\"\nint answer(void);\nint answer(void)\n{\n    return ONE;\n}\n");
    assert_int_equal(compile_one(&compiler, folder, "a.c", "a.o", NULL, &cached), STATUS_DONE);
    assert_false(cached);
    put_file(in_folder(folder, "include/two.h"), "#define TWO 44\n");
    assert_int_equal(compile_one(&compiler, folder, "a.c", "a.o", NULL, &cached), STATUS_DONE);
    assert_false(cached);

    assert_int_equal(compile_one(&compiler, folder, "a.c", "a.o", NULL, &cached), STATUS_DONE);
    assert_true(cached);

    /* The compiler's version and the target are part of it too. */
    const char *args[] = {NULL};
    const struct compile_job job = {.source = in_folder(folder, "a.c"), .args = args};
    char key[33], other[33];
    assert_int_equal(compile_key(&compiler, &job, key, NULL), STATUS_DONE);
    struct compiler newer = compiler;
    newer.identity = "/usr/bin/clang\nclang version 99";
    assert_int_equal(compile_key(&newer, &job, other, NULL), STATUS_DONE);
    assert_string_not_equal(key, other);
    newer = compiler;
    newer.target = "other-triple";
    assert_int_equal(compile_key(&newer, &job, other, NULL), STATUS_DONE);
    assert_string_not_equal(key, other);
    compiler_close(&compiler);
}

static void test_includes_in_a_circle(void **state)
{
    struct compiler compiler = open_compiler(NULL);
    bool cached;
    put_file(in_folder(*state, "include/two.h"),
             "#ifndef TWO\n#define TWO 1\n#include \"one.h\"\n#include \"one.h\"\n#endif\n");
    assert_int_equal(compile_one(&compiler, *state, "a.c", "a.o", NULL, &cached), STATUS_DONE);
    compiler_close(&compiler);
}

static char *entry_of(const struct compiler *compiler, const char *folder)
{
    const char *args[] = {"-I", in_folder(folder, "include"), NULL};
    const struct compile_job job = {.source = in_folder(folder, "a.c"), .args = args};
    char key[33];
    assert_int_equal(compile_key(compiler, &job, key, NULL), STATUS_DONE);
    char *path = cache_path(key);
    assert_non_null(path);
    return path;
}

static void test_a_corrupt_entry_is_made_again(void **state)
{
    const char *folder = *state;
    struct compiler compiler = open_compiler(NULL);
    struct text whole = {0}, object = {0}, again = {0};
    bool cached;
    assert_int_equal(compile_one(&compiler, folder, "a.c", "a.o", NULL, &cached), STATUS_DONE);
    assert_int_equal(file_load(in_folder(folder, "a.o"), &object), 0);
    char *entry = entry_of(&compiler, folder);
    assert_int_equal(file_load(entry, &whole), 0);
    assert_true(whole.length > object.length);
    const size_t header = whole.length - object.length;
    /* Cut to a part, or with one bit changed: in the magic, the version, the digest, the object. */
    const size_t lengths[] = {0, 1, header - 1, header, header + 7, whole.length - 1};
    const size_t flips[] = {0, 13, header - 2, header - 1, header, whole.length - 1};
    for (size_t i = 0; i < 12; i++) {
        struct text bad = {0};
        text_append(&bad, whole.data, i < 6 ? lengths[i] : whole.length);
        if (i >= 6)
            bad.data[flips[i - 6]] ^= 1;
        assert_int_equal(file_replace(entry, bad.data, bad.length, NULL), 0);
        text_free(&bad);
        assert_int_equal(compile_one(&compiler, folder, "a.c", "b.o", NULL, &cached), STATUS_DONE);
        assert_false(cached);
        assert_memory_equal(compile_printed, entry, strlen(entry));
        assert_string_equal(compile_printed + strlen(entry),
                            ": warning: the cache entry is corrupt; it is removed and made again\n");
        assert_int_equal(file_load(in_folder(folder, "b.o"), &again), 0);
        assert_int_equal(again.length, object.length);
        assert_memory_equal(again.data, object.data, object.length);
        text_free(&again);
        assert_int_equal(compile_one(&compiler, folder, "a.c", "b.o", NULL, &cached), STATUS_DONE);
        assert_true(cached);
    }
    free(entry);
    text_free(&whole);
    text_free(&object);
    compiler_close(&compiler);
}

/* In a process of its own, for the warning comes once a run. */
static void compile_without_a_cache(void *context)
{
    bool cached;
    put_file(in_folder(context, "file"), "");
    setenv("SEPCC_CACHE", in_folder(context, "file/cache"), 1);
    struct compiler compiler = open_compiler(NULL);
    check_in_child(compile_one(&compiler, context, "a.c", "a.o", NULL, &cached) == STATUS_DONE);
    check_in_child(!cached);
    check_in_child(
        strstr(compile_printed,
               ": warning: cannot write to the cache: File exists; what is compiled is not kept\n"));
    check_in_child(unlink(in_folder(context, "a.o")) == 0);
    check_in_child(compile_one(&compiler, context, "a.c", "a.o", NULL, &cached) == STATUS_DONE);
    check_in_child(!cached);
    check_in_child(!*compile_printed);
    check_in_child(path_exists(in_folder(context, "a.o")));
    compiler_close(&compiler);
}

static void test_a_cache_that_cannot_be_written(void **state)
{
    assert_int_equal(in_child(compile_without_a_cache, *state), 0);
}

/* ---- what is compiled ---- */

static void test_a_compile_error(void **state)
{
    struct compiler compiler = open_compiler(NULL);
    const char *folder = *state;
    char expected[512];
    bool cached;
    put_file(in_folder(folder, "bad.c"), "int answer(void)\n{\n    return nothing;\n}\n");
    put_file(in_folder(folder, "bad.o"), "old");
    assert_int_equal(compile_one(&compiler, folder, "bad.c", "bad.o", NULL, &cached), STATUS_ENVIRONMENT);
    snprintf(expected, sizeof expected,
             "%s/bad.c: error: clang ended with exit code 1 while it compiled this, expected 0 [compile]\n",
             folder);
    assert_memory_equal(compile_printed, expected, strlen(expected));
    assert_non_null(strstr(compile_printed, "bad.c:3:")); /* the compiler's own words follow */
    assert_file(in_folder(folder, "bad.o"), "old");
    /* a.c, include, bad.c, bad.o, stderr: no temporary. */
    assert_int_equal(count_entries(folder), 5);
    /* Warnings are errors. */
    put_file(in_folder(folder, "bad.c"), "static int unused(void)\n{\n    return 1;\n}\n");
    assert_int_equal(compile_one(&compiler, folder, "bad.c", "bad.o", NULL, &cached), STATUS_ENVIRONMENT);
    assert_non_null(strstr(compile_printed, "-Werror"));
    compiler_close(&compiler);
}

static void test_a_missing_source(void **state)
{
    struct compiler compiler = open_compiler(NULL);
    bool cached;
    assert_int_equal(compile_one(&compiler, *state, "none.c", "none.o", NULL, &cached), STATUS_INPUT);
    assert_non_null(strstr(compile_printed, "/none.c: error: cannot read: No such file or directory"));
    compiler_close(&compiler);
}

static void test_assembly(void **state)
{
    struct compiler compiler = open_compiler(NULL);
    struct text text = {0};
    bool cached;
    assert_int_equal(compile_one(&compiler, *state, "a.c", "a.s", "-S", &cached), STATUS_DONE);
    assert_int_equal(file_load(in_folder(*state, "a.s"), &text), 0);
    assert_non_null(strstr(text.data, "answer:"));
    text_free(&text);
    compiler_close(&compiler);
}

int main(void)
{
#define IN_FOLDER(test) cmocka_unit_test_setup_teardown(test, compile_setup, cache_teardown)
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_missing_compiler),
        cmocka_unit_test(test_host_compiler),
        cmocka_unit_test(test_what_is_no_compiler),
        cmocka_unit_test(test_wrong_architecture),
        IN_FOLDER(test_opened_again),
        IN_FOLDER(test_second_time_from_the_cache),
        IN_FOLDER(test_the_place_does_not_matter),
        IN_FOLDER(test_what_changes_the_key),
        IN_FOLDER(test_includes_in_a_circle),
        IN_FOLDER(test_a_corrupt_entry_is_made_again),
        IN_FOLDER(test_a_cache_that_cannot_be_written),
        IN_FOLDER(test_a_compile_error),
        IN_FOLDER(test_a_missing_source),
        IN_FOLDER(test_assembly),
    };
    return cmocka_run_group_tests_name("compile", tests, NULL, NULL);
}
