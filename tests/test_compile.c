/*
 * test_compile.c: compilers, the cache of objects, and linking.
 */
#include "base/files.h"
#include "base/process.h"
#include "compile/cache.h"
#include "compile/compile.h"
#include "compile/compile_key.h"
#include "support_folder.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>
#include <dlfcn.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static const char SOURCE[] =
    "#include \"one.h\"\nint answer(void);\nint answer(void)\n{\n    return ONE;\n}\n";

static char printed[4096];

/* A folder with a source, a header in include/, and a cache of its own. */
static int setup(void **state)
{
    if (folder_setup(state) != 0)
        return -1;
    const char *folder = *state;
    put_file(in_folder(folder, "a.c"), SOURCE);
    if (folder_make(in_folder(folder, "include")) != STATUS_DONE)
        return -1;
    put_file(in_folder(folder, "include/one.h"), "#include <two.h>\n#define ONE TWO\n");
    put_file(in_folder(folder, "include/two.h"), "#define TWO 41\n");
    return setenv("SEPCC_CACHE", in_folder(folder, "cache"), 1);
}

static int teardown(void **state)
{
    unsetenv("SEPCC_CACHE");
    return folder_teardown(state);
}

static struct compiler open_compiler(const char *cc)
{
    struct compiler compiler;
    assert_int_equal(compiler_open(cc, NULL, ARCH_ANY, &compiler), STATUS_DONE);
    return compiler;
}

/* Skips the running test when a program is missing. */
static void need_program(const char *test, const char *name)
{
    if (program_exists(name))
        return;
    print_message("%s: skipped, %s is not installed\n", test, name);
    skip();
}

/* What goes to stderr until end_capture ends up in printed. */
static void begin_capture(int *kept, const char *folder)
{
    fflush(stderr);
    *kept = dup(STDERR_FILENO);
    int fd = open(in_folder(folder, "stderr"), O_RDWR | O_CREAT | O_TRUNC | O_APPEND, 0600);
    assert_true(*kept >= 0 && fd >= 0);
    dup2(fd, STDERR_FILENO);
    close(fd);
}

static void end_capture(int kept, const char *folder)
{
    struct text text = {0};
    fflush(stderr);
    dup2(kept, STDERR_FILENO);
    close(kept);
    assert_int_equal(file_load(in_folder(folder, "stderr"), &text), 0);
    snprintf(printed, sizeof printed, "%s", text.data ? text.data : "");
    text_free(&text);
}

/* Compiles folder/source to folder/object with -I folder/include and one more argument (may be NULL). */
static enum exit_status compile_one(const struct compiler *compiler, const char *folder, const char *source,
                                    const char *object, const char *more, bool *cached)
{
    const char *args[] = {"-I", in_folder(folder, "include"), more, NULL};
    struct compile_job job = {.name = source,
                              .source = in_folder(folder, source),
                              .args = args,
                              .object = in_folder(folder, object)};
    int kept;
    begin_capture(&kept, folder);
    enum exit_status status = compile_all(compiler, &job, 1, 1);
    end_capture(kept, folder);
    *cached = job.cached;
    return status;
}

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
        diag_capture(printed, sizeof printed);
        assert_int_equal(compiler_open(cases[i].cc, NULL, ARCH_ANY, &compiler), STATUS_ENVIRONMENT);
        diag_capture(NULL, 0);
        assert_non_null(strstr(printed, cases[i].words));
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
        diag_capture(printed, sizeof printed);
        assert_int_not_equal(compiler_open(cases[i].cc, cases[i].target, cases[i].arch, &compiler),
                             STATUS_DONE);
        diag_capture(NULL, 0);
        assert_non_null(strstr(printed, cases[i].words));
        assert_null(compiler.identity);
    }
}

static void test_wrong_architecture(void **state)
{
    (void)state;
    need_program("test_wrong_architecture", "gcc");
    enum isa_arch other = isa_host_arch() == ARCH_X86_64 ? ARCH_AARCH64 : ARCH_X86_64;
    struct compiler compiler;
    diag_capture(printed, sizeof printed);
    assert_int_equal(compiler_open("gcc", NULL, other, &compiler), STATUS_ENVIRONMENT);
    diag_capture(NULL, 0);
    assert_non_null(strstr(printed, "gcc compiles for "));
    assert_non_null(strstr(printed, "expected a compiler for "));
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
    need_program("test_opened_again", "gcc");
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
        assert_string_equal(printed, "");
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
    put_file(in_folder(moved, "a.c"), SOURCE);
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
        assert_memory_equal(printed, entry, strlen(entry));
        assert_string_equal(printed + strlen(entry),
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
        strstr(printed, ": warning: cannot write to the cache: File exists; what is compiled is not kept\n"));
    check_in_child(unlink(in_folder(context, "a.o")) == 0);
    check_in_child(compile_one(&compiler, context, "a.c", "a.o", NULL, &cached) == STATUS_DONE);
    check_in_child(!cached);
    check_in_child(!*printed);
    check_in_child(path_exists(in_folder(context, "a.o")));
    compiler_close(&compiler);
}

static void test_a_cache_that_cannot_be_written(void **state)
{
    assert_int_equal(in_child(compile_without_a_cache, *state), 0);
}

/* ---- compiling and linking ---- */

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
    assert_memory_equal(printed, expected, strlen(expected));
    assert_non_null(strstr(printed, "bad.c:3:")); /* the compiler's own words follow */
    assert_file(in_folder(folder, "bad.o"), "old");
    /* a.c, include, bad.c, bad.o, stderr: no temporary. */
    assert_int_equal(count_entries(folder), 5);
    /* Warnings are errors. */
    put_file(in_folder(folder, "bad.c"), "static int unused(void)\n{\n    return 1;\n}\n");
    assert_int_equal(compile_one(&compiler, folder, "bad.c", "bad.o", NULL, &cached), STATUS_ENVIRONMENT);
    assert_non_null(strstr(printed, "-Werror"));
    compiler_close(&compiler);
}

static void test_a_missing_source(void **state)
{
    struct compiler compiler = open_compiler(NULL);
    bool cached;
    assert_int_equal(compile_one(&compiler, *state, "none.c", "none.o", NULL, &cached), STATUS_INPUT);
    assert_non_null(strstr(printed, "/none.c: error: cannot read: No such file or directory"));
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
    need_program("test_many_with_clang", "clang");
    struct compiler compiler = open_compiler("clang");
    link_and_call(&compiler, *state);
    compiler_close(&compiler);
}

static void test_many_with_gcc(void **state)
{
    need_program("test_many_with_gcc", "gcc");
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
    begin_capture(&kept, folder);
    enum exit_status status = link_objects(&compiler, LINK_SHARED, objects, 1, output);
    end_capture(kept, folder);
    assert_int_equal(status, STATUS_ENVIRONMENT);
    assert_non_null(
        strstr(printed,
               "/out.so: error: clang ended with exit code 1 while it linked this, expected 0 [compile]\n"));
    assert_non_null(strstr(printed, "none.o"));
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

static void build_for_aarch64(const char *test, const char *cc, const char *folder)
{
    need_program(test, cc);
    need_program(test, "aarch64-linux-gnu-gcc");
    struct compiler compiler;
    assert_int_equal(compiler_open(cc, NULL, ARCH_AARCH64, &compiler), STATUS_DONE);
    assert_int_equal(compiler.arch, ARCH_AARCH64);
    build_program(&compiler, folder);
    compiler_close(&compiler);
    need_program(test, "qemu-aarch64-static");
    assert_program_runs("qemu-aarch64-static", folder);
}

static void test_clang_for_aarch64(void **state)
{
    build_for_aarch64("test_clang_for_aarch64", "clang", *state);
}

static void test_gcc_for_aarch64(void **state)
{
    build_for_aarch64("test_gcc_for_aarch64", "aarch64-linux-gnu-gcc", *state);
}

int main(void)
{
#define IN_FOLDER(test) cmocka_unit_test_setup_teardown(test, setup, teardown)
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
        IN_FOLDER(test_many_with_clang),
        IN_FOLDER(test_many_with_gcc),
        IN_FOLDER(test_a_link_error),
        IN_FOLDER(test_a_static_program),
        IN_FOLDER(test_clang_for_aarch64),
        IN_FOLDER(test_gcc_for_aarch64),
    };
    return cmocka_run_group_tests_name("compile", tests, NULL, NULL);
}
