/*
 * test_compile_headers.c: the precompiled headers of kernels that are compiled in groups: made once, kept in
 * the cache, and made again whatever happens to them there; the objects stay those of single kernels.
 */
#include "base/files.h"
#include "compile/cache.h"
#include "compile/compile_key.h"
#include "support_compile.h"
#include "support_folder.h"
#include "support_sources.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* The key of the headers of put_sources. */
static void headers_key(const struct sources *sources, const struct compiler *compiler, char key[33])
{
    struct text headers = {0};
    char object[33];
    const struct compile_job job = {.source = sources->paths[0], .args = sources->args};
    assert_int_equal(compile_key(compiler, &job, object, &headers), STATUS_DONE);
    assert_true(compile_headers_key(compiler, sources->args, headers.data, key));
    text_free(&headers);
}

static void test_headers_are_made_once(void **state)
{
    struct compiler compiler = open_compiler(NULL);
    struct sources sources;
    struct stat before, after;
    char key[33];
    put_sources(&sources, *state, 2);
    assert_grouped(&sources, &compiler, "o");
    headers_key(&sources, &compiler, key);
    char *path = cache_path(key);
    assert_int_equal(stat(path, &before), 0);
    assert_true(before.st_size > 10000);
    /* Other sources, elsewhere; the headers stay the same. */
    assert_int_equal(folder_make(in_folder(*state, "other")), STATUS_DONE);
    put_sources(&sources, in_folder(*state, "other"), SOURCES_MOST);
    put_file(sources.paths[0], "#include \"own.h\"\n#include <math.h>\nextern int other;\n");
    put_file(sources.paths[1], "#include \"own.h\"\n#include <math.h>\nextern int others;\n");
    size_t precompiled, cached;
    assert_int_equal(sources_compile(&sources, &compiler, true, "o", &precompiled, &cached), STATUS_DONE);
    assert_int_equal(precompiled, SOURCES_MOST);
    assert_int_equal(stat(path, &after), 0);
    assert_int_equal(after.st_ino, before.st_ino);
    /* And other flags have headers of their own. */
    sources.args[2] = "-DSOMETHING";
    char other[33];
    headers_key(&sources, &compiler, other);
    assert_string_not_equal(other, key);
    free(path);
    compiler_close(&compiler);
}

/* Nothing is left in the cache's folder but entries. */
static void test_nothing_is_left(void **state)
{
    struct compiler compiler = open_compiler(NULL);
    struct sources sources;
    put_sources(&sources, *state, 5);
    assert_grouped(&sources, &compiler, "o");
    assert_int_equal(count_entries(*state), 1 + 1 + 5 + 5); /* the cache, own.h, sources, objects */
    DIR *stream = opendir(in_folder(*state, "cache"));
    assert_non_null(stream);
    for (struct dirent *entry = readdir(stream); entry; entry = readdir(stream))
        if (entry->d_name[0] == '.' && strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
            fail_msg("%s is left", entry->d_name);
    closedir(stream);
    compiler_close(&compiler);
}

/* Forgets the objects, but not the headers. */
static void forget_objects(const struct sources *sources, const struct compiler *compiler)
{
    for (size_t i = 0; i < sources->count; i++) {
        const struct compile_job job = {.source = sources->paths[i], .args = sources->args};
        char key[33];
        assert_int_equal(compile_key(compiler, &job, key, NULL), STATUS_DONE);
        cache_remove(key);
    }
}

static void test_corrupt_headers(void **state)
{
    struct compiler compiler = open_compiler(NULL);
    struct sources sources;
    struct text whole = {0};
    char key[33];
    put_sources(&sources, *state, 2);
    assert_grouped(&sources, &compiler, "o");
    headers_key(&sources, &compiler, key);
    char *path = cache_path(key);
    assert_int_equal(file_load(path, &whole), 0);
    for (int i = 0; i < 2; i++) {
        size_t precompiled, cached;
        forget_objects(&sources, &compiler);
        if (i == 0)
            whole.data[whole.length / 2] ^= 1;
        assert_int_equal(file_replace(path, whole.data, i == 0 ? whole.length : whole.length / 2, NULL), 0);
        assert_int_equal(sources_compile(&sources, &compiler, true, "o", &precompiled, &cached), STATUS_DONE);
        assert_memory_equal(sources_printed, path, strlen(path));
        assert_string_equal(sources_printed + strlen(path),
                            ": warning: the cache entry is corrupt; it is removed and made again\n");
        assert_int_equal(precompiled, 2);
        assert_as_single(&sources, &compiler);
    }
    text_free(&whole);
    free(path);
    compiler_close(&compiler);
}

/* Whole entries that clang does not take, such as those of another version would be. */
static void test_refused_headers(void **state)
{
    struct compiler compiler = open_compiler(NULL);
    struct sources sources;
    char key[33];
    put_sources(&sources, *state, 5);
    headers_key(&sources, &compiler, key);
    cache_write(key, "CPCH nothing of use", 19);
    assert_not_grouped(&sources, &compiler, "o");
    char *path = cache_path(key);
    assert_false(path_exists(path)); /* and are made anew the next time */
    free(path);
    forget_objects(&sources, &compiler);
    assert_grouped(&sources, &compiler, "o");
    assert_as_single(&sources, &compiler);
    compiler_close(&compiler);
}

/* A header of the system is another one after an upgrade. */
static void test_changed_system_headers(void **state)
{
    struct compiler compiler = open_compiler(NULL);
    struct sources sources;
    put_sources(&sources, *state, 4);
    assert_int_equal(folder_make(in_folder(*state, "system")), STATUS_DONE);
    for (size_t i = 0; i < sources.count; i++) {
        char text[128];
        snprintf(text, sizeof text,
                 "#include <number.h>\nint k%zu(void);\nint k%zu(void)\n{\n    return NUMBER;\n}\n", i, i);
        put_file(sources.paths[i], text);
    }
    sources.args[2] = "-isystem";
    sources.args[3] = in_folder(*state, "system");
    put_file(in_folder(*state, "system/number.h"), "#define NUMBER 1\n");
    assert_grouped(&sources, &compiler, "o");
    assert_as_single(&sources, &compiler);
    put_file(in_folder(*state, "system/number.h"), "#define NUMBER 1000\n");
    forget_objects(&sources, &compiler);
    assert_not_grouped(&sources, &compiler, "o");
    forget_objects(&sources, &compiler);
    assert_grouped(&sources, &compiler, "o");
    assert_as_single(&sources, &compiler);
    compiler_close(&compiler);
}

static void test_missing_system_headers(void **state)
{
    struct compiler compiler = open_compiler(NULL);
    struct sources sources;
    put_sources(&sources, *state, 4);
    /* It is read over, but not there. */
    put_file(in_folder(*state, "own.h"), "#include <stdint.h>\n#if 0\n#include <not/there.h>\n#endif\n");
    assert_not_grouped(&sources, &compiler, "o");
    compiler_close(&compiler);
}

enum { PROCESSES = 4 };

static void compile_same(void *folder)
{
    struct compiler compiler = {0};
    struct sources sources;
    size_t precompiled, cached;
    char suffix[24];
    put_sources(&sources, folder, 0);
    sources.count = 5;
    for (size_t i = 0; i < sources.count; i++)
        snprintf(sources.paths[i], sizeof sources.paths[i], "%s/k%zu.c", (const char *)folder, i);
    snprintf(suffix, sizeof suffix, "%ld.o", (long)getpid());
    check_in_child(compiler_open(NULL, NULL, ARCH_ANY, &compiler) == STATUS_DONE);
    check_in_child(sources_compile(&sources, &compiler, true, suffix, &precompiled, &cached) == STATUS_DONE);
    check_in_child(*sources_printed == '\0');
    check_in_child(precompiled + cached == sources.count);
    compiler_close(&compiler);
}

/* All at once, with an empty cache; each in a child of its own. */
static void test_many_processes(void **state)
{
    struct sources sources;
    pid_t children[PROCESSES];
    put_sources(&sources, *state, 5);
    fflush(NULL);
    for (size_t i = 0; i < PROCESSES; i++) {
        children[i] = fork();
        assert_true(children[i] >= 0);
        if (children[i] == 0) {
            compile_same(*state);
            _exit(0);
        }
    }
    for (size_t i = 0; i < PROCESSES; i++) {
        int status;
        assert_int_equal(waitpid(children[i], &status, 0), children[i]);
        assert_int_equal(status, 0);
    }
    struct compiler compiler = open_compiler(NULL);
    for (size_t p = 0; p < PROCESSES; p++)
        for (size_t i = 0; i < sources.count; i++) {
            char object[512];
            snprintf(object, sizeof object, "%s/k%zu.%ld.o", (const char *)*state, i, (long)children[p]);
            if (p == 0)
                memcpy(sources.objects[i], object, sizeof object);
            else
                assert_same_bytes(object, sources.objects[i]);
        }
    assert_as_single(&sources, &compiler);
    compiler_close(&compiler);
}

int main(void)
{
#define IN_FOLDER(test) cmocka_unit_test_setup_teardown(test, cache_setup, cache_teardown)
    const struct CMUnitTest tests[] = {
        IN_FOLDER(test_headers_are_made_once),  IN_FOLDER(test_nothing_is_left),
        IN_FOLDER(test_corrupt_headers),        IN_FOLDER(test_refused_headers),
        IN_FOLDER(test_changed_system_headers), IN_FOLDER(test_missing_system_headers),
        IN_FOLDER(test_many_processes),
    };
    return cmocka_run_group_tests_name("compile_headers", tests, NULL, NULL);
}
