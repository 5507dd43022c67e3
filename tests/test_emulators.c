/*
 * test_emulators.c: bxrun (Bochs) and qemu-aarch64 run tests/emulators/guest.c as a real machine would, and
 * what is missing is reported as itself. Tests without their emulator or compiler are skipped, by name.
 */
#include "base/files.h"
#include "verify/emulator.h"

#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

enum { TIMEOUT_S = 120, ARGUMENTS_MAX = 24 };

/* The temporary folder of this run, with the guests and a cache of its own. */
static char folder[] = "/tmp/sepcc-emulators-XXXXXX";
static char *guest_x86, *guest_aarch64; /* NULL: there is no compiler for it */
static char *path_variable;

/* Compiles guest.c into a static program of that name; NULL when the compiler is missing. */
static char *compile_guest(const char *cc, const char *name)
{
    if (!program_exists(cc))
        return NULL;
    char *program = path_join(folder, name);
    assert_non_null(program);
    struct process compile = {.argv = (const char *const[]){cc, "-std=c11", "-D_GNU_SOURCE", "-O1", "-static",
                                                            "tests/emulators/guest.c", "-lm", "-o", program,
                                                            NULL}};
    assert_int_equal(process_run(&compile), STATUS_DONE);
    if (compile.exit_code != 0)
        fail_msg("%s does not compile guest.c: %s", cc, compile.error.data);
    process_free(&compile);
    return program;
}

static int set_up(void **state)
{
    (void)state;
    if (mkdtemp(folder) == NULL)
        return -1;
    const char *path = getenv("PATH");
    path_variable = strdup(path != NULL ? path : "");
    char *cache = path_join(folder, "cache");
    if (path_variable == NULL || cache == NULL || setenv("SEPCC_CACHE", cache, 1) != 0)
        return -1;
    free(cache);
    /* So that a CPU with AVX-512 tests the emulated way, too. */
    setenv("SEPCC_ISAS", "scalar", 1);
    if (isa_host_arch() == ARCH_X86_64)
        guest_x86 = compile_guest("gcc", "guest-x86");
    guest_aarch64 = compile_guest("aarch64-linux-gnu-gcc", "guest-aarch64");
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    free(guest_x86);
    free(guest_aarch64);
    free(path_variable);
    return folder_remove(folder) == STATUS_DONE ? 0 : -1;
}

/* A test may have changed it. */
static int restore(void **state)
{
    (void)state;
    setenv("PATH", path_variable, 1);
    setenv("SEPCC_ISAS", "scalar", 1);
    diag_capture(NULL, 0);
    return 0;
}

/* Skips the test that calls it, with the reason, when the ISA's emulator or the guest is not to be had. */
static struct runner need(enum sepcc_isa id, const char *guest, const char *compiler)
{
    const struct runner runner = runner_for(isa_get(id));
    if (runner.kind == RUN_NOWHERE)
        print_message("skipped: %s\n", runner.missing);
    else if (guest == NULL)
        print_message("skipped: %s is missing\n", compiler);
    if (runner.kind == RUN_NOWHERE || guest == NULL)
        skip();
    return runner;
}

static struct runner need_bochs(void)
{
    return need(SEPCC_ISA_AVX512, guest_x86, "gcc");
}

static void add_word(const char *words[ARGUMENTS_MAX], size_t *count, const char *word)
{
    assert_true(*count < ARGUMENTS_MAX);
    words[(*count)++] = word;
}

/* Runs the guest under the runner. options (NULL: none) go to bxrun, before the program. */
static void run_guest(struct runner runner, const char *guest, const char *const *options,
                      const char *const *args, struct process *process)
{
    char **command;
    const char *words[ARGUMENTS_MAX];
    size_t count = 0;
    assert_int_equal(runner_command(&runner, guest, args, &command), STATUS_DONE);
    for (char **word = command; *word != NULL; ++word) {
        if (strcmp(*word, "--") == 0) /* behind the options that runner_command gives */
            while (options != NULL && *options != NULL)
                add_word(words, &count, *options++);
        add_word(words, &count, *word);
    }
    add_word(words, &count, NULL);
    *process = (struct process){.argv = words, .timeout_s = TIMEOUT_S};
    assert_int_equal(process_run(process), STATUS_DONE);
    process->argv = NULL;
    free(command);
}

/* Runs it under Bochs and expects this exit code and output; error (NULL: any) is a part of standard error.
 */
static void expect(const char *const *options, const char *const *args, int exit_code, const char *output,
                   const char *error)
{
    struct process process;
    run_guest(need_bochs(), guest_x86, options, args, &process);
    const char *said = process.error.data != NULL ? process.error.data : "";
    if (process.exit_code != exit_code)
        fail_msg("exit code %d, expected %d: %s", process.exit_code, exit_code, said);
    assert_string_equal(process.output.data != NULL ? process.output.data : "", output);
    if (error != NULL && strstr(said, error) == NULL)
        fail_msg("'%s' is not in '%s'", error, said);
    process_free(&process);
}

#define WORDS(...) ((const char *const[]){__VA_ARGS__, NULL})

static void test_hello(void **state)
{
    (void)state;
    expect(NULL, NULL, 0, "hello\n", NULL);
}

static void test_arguments_and_environment(void **state)
{
    (void)state;
    expect(NULL, WORDS("show", "a b", "", "it's", "$HOME"), 0, "[a b][][it's][$HOME]\nGUEST_VALUE=(none)\n",
           NULL);
    expect(WORDS("-e", "GUEST_VALUE=one 'two' $three"), WORDS("show", "-v"), 0,
           "[-v]\nGUEST_VALUE=one 'two' $three\n", NULL);
}

static void test_files(void **state)
{
    (void)state;
    struct text mapping = {0};
    char *path = path_join(folder, "file");
    assert_non_null(path);
    assert_int_equal(file_write(path, "first\nlast", 10, NULL), STATUS_DONE);
    text_printf(&mapping, "%s=/guest/file", path);
    expect(WORDS("-f", mapping.data), WORDS("copy", "/guest/file"), 0, "first\nlast", NULL);
    expect(WORDS("-f", mapping.data), WORDS("copy", "/guest/other"), 2, "", NULL);
    text_free(&mapping);
    free(path);
}

static void test_exit_codes(void **state)
{
    (void)state;
    expect(NULL, WORDS("exit", "7"), 7, "", NULL);
    expect(NULL, WORDS("exit", "255"), 255, "", NULL);
    expect(NULL, WORDS("abort"), 134, "", "signal 6");
}

static void test_output_is_unchanged(void **state)
{
    (void)state;
    struct process process;
    run_guest(need_bochs(), guest_x86, NULL, WORDS("odd-output"), &process);
    assert_int_equal(process.exit_code, 0);
    assert_int_equal(process.output.length, 5 + 100000);
    assert_memory_equal(process.output.data,
                        "a\0\n\xff"
                        "bxxx",
                        8);
    assert_int_equal(process.output.data[process.output.length - 1], 'x');
    assert_string_equal(process.error.data, "between");
    process_free(&process);
}

static void test_guard_pages(void **state)
{
    (void)state;
    expect(NULL, WORDS("guard", "4096"), 139, "inside\n", "page fault in the program");
    expect(NULL, WORDS("guard", "-1"), 139, "inside\n", "page fault in the program");
}

static void test_memory(void **state)
{
    (void)state;
    expect(WORDS("-m", "512"), WORDS("memory"), 0, "", NULL);
}

static void test_avx512(void **state)
{
    (void)state;
    expect(NULL, WORDS("vector", "avx512"), 0, "avx512 agrees\n", NULL);
}

static void test_missing_instructions_trap(void **state)
{
    (void)state;
    expect(WORDS("-c", "core2_penryn_t9600"), WORDS("exit", "0"), 0, "", NULL);
    expect(WORDS("-c", "core2_penryn_t9600"), WORDS("vector", "avx"), 132, "", "invalid instruction");
    expect(WORDS("-c", "athlon64_venice"), WORDS("vector", "avx"), 132, "", "invalid instruction");
    expect(WORDS("-c", "corei7_haswell_4770"), WORDS("vector", "avx"), 0, "avx ran\n", NULL);
    expect(WORDS("-c", "corei7_haswell_4770"), WORDS("vector", "avx512"), 132, "", "invalid instruction");
}

/* 9 MiB more than a ROM takes: the image goes to RAM, and its checksum is right there. */
static void test_large_program(void **state)
{
    (void)state;
    const struct runner runner = need_bochs();
    const size_t size = (size_t)9 << 20;
    struct text program = {0};
    struct process process;
    assert_int_equal(file_read(guest_x86, &program), STATUS_DONE);
    char *bytes = malloc(size);
    char *path = path_join(folder, "large");
    assert_true(bytes != NULL && path != NULL);
    for (size_t i = 0; i < size; ++i)
        bytes[i] = (char)(i * i >> 7);
    text_append(&program, bytes, size); /* behind the ELF file's parts: loaded, and not looked at */
    assert_int_equal(file_write(path, program.data, program.length, NULL), STATUS_DONE);
    run_guest(runner, path, NULL, NULL, &process);
    assert_int_equal(process.exit_code, 0);
    assert_string_equal(process.output.data, "hello\n");
    process_free(&process);
    text_free(&program);
    free(bytes);
    free(path);
}

static void test_bad_use(void **state)
{
    (void)state;
    expect(WORDS("-c", "no_such_cpu"), NULL, 125, "", "bxrun: ");
    expect(WORDS("-m", "1"), NULL, 125, "", "expected 288 to");
    expect(WORDS("-f", "/nonexistent"), NULL, 125, "", "No such file");
    struct process process;
    run_guest(need_bochs(), "tests/emulators/guest.c", NULL, NULL, &process);
    assert_int_equal(process.exit_code, 126);
    process_free(&process);
}

/* ---- the parts in the cache --------------------------------------------------------------------------- */

/* The folder that holds the parts, malloc'ed, and how many entries lie beside it (itself included). */
static char *parts_folder(struct runner runner, int *entries)
{
    char **command;
    assert_int_equal(runner_command(&runner, guest_x86, NULL, &command), STATUS_DONE);
    char *parts = strdup(command[0]);
    free(command);
    assert_non_null(parts);
    *strrchr(parts, '/') = '\0';
    char *slash = strrchr(parts, '/');
    *slash = '\0';
    DIR *beside = opendir(parts);
    assert_non_null(beside);
    *entries = 0;
    while (readdir(beside) != NULL)
        ++*entries;
    closedir(beside);
    *entries -= 2; /* . and .. */
    *slash = '/';
    return parts;
}

/* Makes the command in a child of its own; returns the child. */
static pid_t fork_command(struct runner runner)
{
    const pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        char **command;
        _exit(runner_command(&runner, guest_x86, NULL, &command) == STATUS_DONE ? 0 : 1);
    }
    return child;
}

static void test_built_by_several_at_once(void **state)
{
    (void)state;
    enum { CHILDREN = 3 };
    const struct runner runner = need_bochs();
    pid_t children[CHILDREN];
    int entries;
    assert_int_equal(folder_remove(getenv("SEPCC_CACHE")), STATUS_DONE);
    for (int i = 0; i < CHILDREN; ++i)
        children[i] = fork_command(runner);
    for (int i = 0; i < CHILDREN; ++i) {
        int status;
        assert_int_equal(waitpid(children[i], &status, 0), children[i]);
        assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    }
    free(parts_folder(runner, &entries));
    assert_int_equal(entries, 1);
    expect(NULL, NULL, 0, "hello\n", NULL);
}

static void test_broken_parts_are_made_again(void **state)
{
    (void)state;
    int entries;
    char *parts = parts_folder(need_bochs(), &entries);
    char *part = path_join(parts, "bxmk");
    assert_non_null(part);
    assert_int_equal(unlink(part), 0);
    expect(NULL, NULL, 0, "hello\n", NULL);
    assert_true(path_exists(part));
    free(part);
    free(parts);
}

/* ---- AArch64, and what is missing --------------------------------------------------------------------- */

static void test_neon(void **state)
{
    (void)state;
    struct process process;
    const struct runner runner = need(SEPCC_ISA_NEON, guest_aarch64, "aarch64-linux-gnu-gcc");
    run_guest(runner, guest_aarch64, NULL, WORDS("vector", "neon"), &process);
    assert_int_equal(process.exit_code, 0);
    assert_string_equal(process.output.data, "neon agrees\n");
    process_free(&process);
    run_guest(runner, guest_aarch64, NULL, WORDS("guard", "4096"), &process);
    assert_int_equal(process.exit_code, 139);
    process_free(&process);
}

/* Portable code, and what this CPU has when nothing masks it, runs here. */
static void test_native(void **state)
{
    (void)state;
    char **command;
    assert_int_equal(runner_for(isa_get(SEPCC_ISA_SCALAR)).kind, RUN_NATIVE);
    unsetenv("SEPCC_ISAS");
    for (unsigned id = 0; id < SEPCC_ISA_COUNT; ++id) {
        const struct runner runner = runner_for(isa_get((enum sepcc_isa)id));
        assert_int_equal(runner.kind == RUN_NATIVE, (sepcc_cpu_isas() & (1u << id)) != 0);
        if (runner.kind != RUN_NATIVE)
            continue;
        assert_int_equal(runner_command(&runner, "program", WORDS("a", "b c"), &command), STATUS_DONE);
        assert_string_equal(command[0], "program");
        assert_string_equal(command[1], "a");
        assert_string_equal(command[2], "b c");
        assert_null(command[3]);
        free(command);
    }
}

static void expect_missing(enum sepcc_isa id, const char *what, const char *package)
{
    char said[256];
    char **command;
    const struct runner runner = runner_for(isa_get(id));
    assert_int_equal(runner.kind, RUN_NOWHERE);
    assert_non_null(strstr(runner.missing, what));
    assert_non_null(strstr(runner.missing, package));
    diag_capture(said, sizeof said);
    assert_int_equal(runner_command(&runner, "program", NULL, &command), STATUS_ENVIRONMENT);
    diag_capture(NULL, 0);
    assert_non_null(strstr(said, runner.missing));
    assert_null(command);
}

static void test_missing_emulator_is_named(void **state)
{
    (void)state;
    setenv("PATH", folder, 1); /* nothing there */
    expect_missing(SEPCC_ISA_NEON, "qemu-aarch64", "qemu-user-static");
    if (isa_host_arch() == ARCH_X86_64)
        expect_missing(SEPCC_ISA_AVX512, "Bochs", "apt-get install bochs");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(test_hello, restore),
        cmocka_unit_test_teardown(test_arguments_and_environment, restore),
        cmocka_unit_test_teardown(test_files, restore),
        cmocka_unit_test_teardown(test_exit_codes, restore),
        cmocka_unit_test_teardown(test_output_is_unchanged, restore),
        cmocka_unit_test_teardown(test_guard_pages, restore),
        cmocka_unit_test_teardown(test_memory, restore),
        cmocka_unit_test_teardown(test_avx512, restore),
        cmocka_unit_test_teardown(test_missing_instructions_trap, restore),
        cmocka_unit_test_teardown(test_large_program, restore),
        cmocka_unit_test_teardown(test_bad_use, restore),
        cmocka_unit_test_teardown(test_built_by_several_at_once, restore),
        cmocka_unit_test_teardown(test_broken_parts_are_made_again, restore),
        cmocka_unit_test_teardown(test_neon, restore),
        cmocka_unit_test_teardown(test_native, restore),
        cmocka_unit_test_teardown(test_missing_emulator_is_named, restore),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
