/*
 * test_link.c: linking: a library of many objects, errors, and static programs, of this architecture and
 * another.
 */
#include "base/files.h"
#include "base/process.h"
#include "compile/compile.h"
#include "support_compile.h"
#include "support_folder.h"
#include "support_shell.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { JOBS = 12 };

/* Compiles JOBS sources that all return their number, and gives their objects' paths. */
static void compile_many(const struct compiler *compiler, const char *folder, bool cached,
                         char *objects[JOBS])
{
    const char *args[] = {NULL};
    struct compile_job jobs[JOBS];
    char *sources[JOBS];
    for (size_t i = 0; i < JOBS; i++) {
        char name[32], source[128];
        snprintf(name, sizeof name, "many%zu.c", i);
        snprintf(source, sizeof source, "int many%zu(void);\nint many%zu(void)\n{\n    return %zu;\n}\n", i,
                 i, i);
        sources[i] = path_join(folder, name);
        put_file(sources[i], source);
        snprintf(name, sizeof name, "many%zu.o", i);
        objects[i] = path_join(folder, name);
        jobs[i] =
            (struct compile_job){.name = name, .source = sources[i], .args = args, .object = objects[i]};
    }
    assert_int_equal(compile_all(compiler, jobs, JOBS, 2), STATUS_DONE);
    for (size_t i = 0; i < JOBS; i++) {
        assert_int_equal(jobs[i].cached, cached);
        free(sources[i]);
    }
}

static void link_and_call(const struct compiler *compiler, const char *folder)
{
    char *objects[JOBS];
    const char *library = in_folder(folder, "many.so");
    compile_many(compiler, folder, false, objects);
    assert_int_equal(link_objects(compiler, LINK_SHARED, (const char *const *)objects, JOBS, library),
                     STATUS_DONE);
    for (size_t i = 0; i < JOBS; i++)
        free(objects[i]);
    void *loaded = dlopen(library, RTLD_NOW | RTLD_LOCAL);
    assert_non_null(loaded);
    for (int i = 0; i < JOBS; i++) {
        char name[32];
        int (*function)(void);
        snprintf(name, sizeof name, "many%d", i);
        void *symbol = dlsym(loaded, name);
        assert_non_null(symbol);
        memcpy(&function, &symbol, sizeof function);
        assert_int_equal(function(), i);
    }
    dlclose(loaded);
    compile_many(compiler, folder, true, objects);
    for (size_t i = 0; i < JOBS; i++)
        free(objects[i]);
}

static void test_many_with_clang(void **state)
{
    need_program("clang");
    struct compiler compiler = open_compiler("clang");
    link_and_call(&compiler, *state);
    compiler_close(&compiler);
}

static void test_many_with_gcc(void **state)
{
    need_program("gcc");
    struct compiler compiler = open_compiler("gcc");
    link_and_call(&compiler, *state);
    compiler_close(&compiler);
}

static void test_a_link_error(void **state)
{
    const char *folder = *state, *output = in_folder(folder, "out.so");
    const char *objects[] = {in_folder(folder, "none.o")};
    struct compiler compiler = open_compiler(NULL);
    int kept;
    put_file(output, "old");
    capture_begin(&kept, folder);
    enum exit_status status = link_objects(&compiler, LINK_SHARED, objects, 1, output);
    capture_end(kept, folder);
    assert_int_equal(status, STATUS_ENVIRONMENT);
    assert_non_null(
        strstr(compile_printed,
               "/out.so: error: clang ended with exit code 1 while it linked this, expected 0 [compile]\n"));
    assert_non_null(strstr(compile_printed, "none.o"));
    assert_file(output, "old");
    assert_int_equal(count_entries(folder), 4);
    compiler_close(&compiler);
}

static const char PROGRAM[] = "#include <math.h>\n#include <stdio.h>\n"
                              "int main(int argc, char **argv)\n{\n    (void)argv;\n"
                              "    printf(\"%g\\n\", (double)sqrtf((float)argc * 4.0f));\n    return 7;\n}\n";

/* Compiles and links a static program; its path is folder/program. */
static void build_program(const struct compiler *compiler, const char *folder)
{
    const char *objects[] = {in_folder(folder, "main.o")};
    bool cached;
    put_file(in_folder(folder, "main.c"), PROGRAM);
    assert_int_equal(compile_one(compiler, folder, "main.c", "main.o", NULL, &cached), STATUS_DONE);
    assert_int_equal(link_objects(compiler, LINK_STATIC_PROGRAM, objects, 1, in_folder(folder, "program")),
                     STATUS_DONE);
}

static void assert_program_runs(const char *emulator, const char *folder)
{
    const char *program = in_folder(folder, "program");
    const char *argv[] = {emulator ? emulator : program, program, NULL};
    struct process process = {.argv = emulator ? argv : argv + 1, .timeout_s = 60};
    assert_int_equal(process_run(&process), STATUS_DONE);
    assert_int_equal(process.exit_code, 7);
    assert_string_equal(process.output.data, "2\n");
    process_free(&process);
}

static void test_a_static_program(void **state)
{
    struct compiler compiler = open_compiler(NULL);
    build_program(&compiler, *state);
    assert_program_runs(NULL, *state);
    compiler_close(&compiler);
}

static void build_for_aarch64(const char *cc, const char *folder)
{
    need_program(cc);
    need_program("aarch64-linux-gnu-gcc");
    struct compiler compiler;
    assert_int_equal(compiler_open(cc, NULL, ARCH_AARCH64, &compiler), STATUS_DONE);
    assert_int_equal(compiler.arch, ARCH_AARCH64);
    build_program(&compiler, folder);
    compiler_close(&compiler);
    need_program("qemu-aarch64-static");
    assert_program_runs("qemu-aarch64-static", folder);
}

static void test_clang_for_aarch64(void **state)
{
    build_for_aarch64("clang", *state);
}

static void test_gcc_for_aarch64(void **state)
{
    build_for_aarch64("aarch64-linux-gnu-gcc", *state);
}

int main(void)
{
#define IN_FOLDER(test) cmocka_unit_test_setup_teardown(test, compile_setup, cache_teardown)
    const struct CMUnitTest tests[] = {
        IN_FOLDER(test_many_with_clang),  IN_FOLDER(test_many_with_gcc),     IN_FOLDER(test_a_link_error),
        IN_FOLDER(test_a_static_program), IN_FOLDER(test_clang_for_aarch64), IN_FOLDER(test_gcc_for_aarch64),
    };
    return cmocka_run_group_tests_name("link", tests, NULL, NULL);
}
