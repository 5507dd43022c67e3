/*
 * test_words.c: every word of every vocabulary against its scalar meaning, on this CPU or under an emulator.
 *
 * Each ISA's words are printed by m4 (tests/words/words.m4), compiled with their checker (words_main.c) by
 * each compiler at hand, and run. The checker itself is tested too: sabotaged words must be noticed.
 */
#include "base/files.h"
#include "base/process.h"
#include "facts/emit.h"
#include "spec/isa.h"
#include "verify/emulator.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { PATH_SIZE = 512, ARGUMENT_MAX = 32, TIMEOUT_S = 300 };

static char folder[] = "/tmp/sepcc-words-XXXXXX";

static int make_folder(void **state)
{
    (void)state;
    return mkdtemp(folder) == NULL ? -1 : 0;
}

static int remove_folder(void **state)
{
    (void)state;
    return folder_remove(folder) == STATUS_DONE ? 0 : -1;
}

/* Prints words.m4 for the ISA into the file; sabotage (may be NULL) is m4 text read after the vocabulary. */
static void print_words(const struct isa *isa, const char *sabotage, const char *path)
{
    char vocabulary[64];
    (void)snprintf(vocabulary, sizeof vocabulary, "isa/%s.m4", isa->name);
    const char *const argv[] = {"m4",
                                "-P",
                                "-E",
                                "-E",
                                "-I",
                                "templates",
                                "lib/base.m4",
                                vocabulary,
                                "lib/activation.m4",
                                "-",
                                "tests/words/words.m4",
                                NULL};
    struct process process = {.argv = argv, .input = sabotage, .timeout_s = TIMEOUT_S};
    process.input_length = sabotage == NULL ? 0 : strlen(sabotage);
    assert_int_equal(process_run(&process), STATUS_DONE);
    assert_true(process.started);
    if (process.exit_code != 0 || process.error.length > 0)
        fail_msg("m4: %s", process.error.data);
    size_t length = 0;
    const char *leftover = emit_find_leftover(process.output.data, &length);
    if (leftover != NULL)
        fail_msg("%s: leftover macro word %.*s", isa->name, (int)length, leftover);
    assert_int_equal(file_write(path, process.output.data, process.output.length, NULL), STATUS_DONE);
    process_free(&process);
}

struct build {
    const char *cc;
    const char *flags[6];
};

/* Compiles words and checker into one static program. */
static void compile_words(const struct build *build, const char *source, const char *program)
{
    const char *argv[ARGUMENT_MAX] = {build->cc,
                                      "-Wall",
                                      "-Wextra",
                                      "-Wpedantic",
                                      "-Wshadow",
                                      "-Wconversion",
                                      "-D_GNU_SOURCE",
                                      "-Werror",
                                      "-Iruntime",
                                      "-Itests/words",
                                      "-static",
                                      source,
                                      "tests/words/words_main.c",
                                      "runtime/activation.c",
                                      "-o",
                                      program,
                                      "-lm"};
    size_t count = 0;
    while (argv[count] != NULL)
        ++count;
    for (size_t i = 0; build->flags[i] != NULL; ++i)
        argv[count++] = build->flags[i];
    struct process process = {.argv = argv, .timeout_s = TIMEOUT_S};
    assert_int_equal(process_run(&process), STATUS_DONE);
    if (process.exit_code != 0)
        fail_msg("%s %s: %s", build->cc, source, process.error.data);
    process_free(&process);
}

/* Runs the checker under the ISA's runner and returns its exit code; its report is appended to report. */
static int run_words(const struct runner *runner, const char *program, const char *sweep, struct text *report)
{
    const char *const args[] = {sweep, NULL};
    char **argv = NULL;
    assert_int_equal(runner_command(runner, program, args, &argv), STATUS_DONE);
    struct process process = {.argv = (const char *const *)argv, .timeout_s = TIMEOUT_S};
    assert_int_equal(process_run(&process), STATUS_DONE);
    text_append(report, process.output.data, process.output.length);
    text_append(report, process.error.data, process.error.length);
    assert_false(report->failed);
    const int exit_code = process.exit_code;
    process_free(&process);
    free(argv);
    return exit_code;
}

/* ---- every word of every vocabulary ---------------------------------------------------------------- */

/* The second of each pair leaves contraction to the file's own pragmas, on a CPU that could contract. */
static const struct build host_builds[] = {
    {"clang", {"-std=c11", "-O2"}},
    {"gcc", {"-std=gnu11", "-O2", "-ffp-contract=fast"}},
};
static const struct build aarch64_builds[] = {
    {"clang", {"-std=c11", "-O2", "--target=aarch64-linux-gnu"}},
    {"aarch64-linux-gnu-gcc", {"-std=gnu11", "-O2", "-ffp-contract=fast"}},
};

static void test_isa(void **state)
{
    const struct isa *isa = isa_get(*(const enum sepcc_isa *)*state);
    const struct runner runner = runner_for(isa);
    if (runner.kind == RUN_NOWHERE) {
        print_message("skipped: words of %s: %s\n", isa->name, runner.missing);
        skip();
    }
    const bool cross = isa->arch == ARCH_AARCH64 && isa_host_arch() != ARCH_AARCH64;
    const char *sweep = runner.kind == RUN_NATIVE ? "1000000" : runner.kind == RUN_QEMU ? "50000" : "2000";
    for (size_t i = 0; i < sizeof host_builds / sizeof host_builds[0]; ++i) {
        struct build build = cross ? aarch64_builds[i] : host_builds[i];
        /* With gcc and on this CPU also with every instruction it has. */
        if (runner.kind == RUN_NATIVE && i == 1)
            build.flags[3] = "-march=native";
        if (!program_exists(build.cc)) {
            print_message("skipped: words of %s: no %s\n", isa->name, build.cc);
            continue;
        }
        char source[PATH_SIZE], program[PATH_SIZE];
        (void)snprintf(source, sizeof source, "%s/%s.c", folder, isa->name);
        (void)snprintf(program, sizeof program, "%s/%s.%zu", folder, isa->name, i);
        print_words(isa, NULL, source);
        compile_words(&build, source, program);
        print_message("words of %s by %s run under %s\n", isa->name, build.cc, runner.name);
        struct text report = {0};
        const int exit_code = run_words(&runner, program, sweep, &report);
        if (exit_code != 0)
            fail_msg("%s by %s under %s ended with %d:\n%s", isa->name, build.cc, runner.name, exit_code,
                     report.data);
        text_free(&report);
    }
}

/* ---- the checker notices --------------------------------------------------------------------------- */

/* Wrong words for sse, which every x86-64 runs; word is what the report must end with or call wrong. */
static const struct sabotage {
    const char *word;
    const char *text;
} sabotages[] = {
    {"V_FMA", "m4_define([V_FMA], [_mm_add_ps(_mm_mul_ps($1, $3), $2)])"},
    {"V_AT_LEAST", "m4_define([V_AT_LEAST], [_mm_max_ps($2, $1)])"},
    {"V_AT_MOST", "m4_define([V_AT_MOST], [_mm_min_ps($2, $1)])"},
    {"V_SPREAD", "m4_define([V_SPREAD], [_mm_unpacklo_ps($1, $1)])"},
    {"V_LOAD_TAIL", "m4_define([V_LOAD_TAIL], [_mm_loadu_ps($1)])"},
    {"V_LOAD_LANES", "m4_define([V_LOAD_LANES], [_mm_loadu_ps($1)])"},
    {"V_FMA_LANES", "m4_define([V_FMA_LANES], [V_FMA([$1], [$2], [$3])])"},
    {"V_STORE_TAIL", "m4_define([V_STORE_TAIL], [_mm_storeu_ps($1, $2)])"},
    {"A_APPLY relu6", "m4_define([_A_APPLY_relu6], [_A_APPLY_relu([$1], [$2])])"},
};

static void test_sabotage(void **state)
{
    const struct sabotage *sabotage = *state;
    if (isa_host_arch() != ARCH_X86_64 || !program_exists("gcc")) {
        print_message("skipped: sabotaged %s: needs x86-64 and gcc\n", sabotage->word);
        skip();
    }
    const struct isa *isa = isa_get(SEPCC_ISA_SSE);
    const struct runner runner = runner_for(isa);
    const struct build build = {"gcc", {"-O1"}};
    char source[PATH_SIZE], program[PATH_SIZE], text[1024];
    (void)snprintf(source, sizeof source, "%s/sabotage.c", folder);
    (void)snprintf(program, sizeof program, "%s/sabotage", folder);
    (void)snprintf(text, sizeof text, "m4_divert(-1)%s\nm4_divert(0)m4_dnl\n", sabotage->text);
    print_words(isa, text, source);
    compile_words(&build, source, program);
    struct text report = {0};
    assert_int_not_equal(run_words(&runner, program, "2000", &report), 0);
    /* The line that names the word is either called wrong or the last one, cut short by a crash. */
    bool noticed = false;
    char *rest = report.data;
    for (char *line = strtok_r(rest, "\n", &rest); line != NULL; line = strtok_r(NULL, "\n", &rest))
        if (strncmp(line, sabotage->word, strlen(sabotage->word)) == 0 && strstr(line, " ok") == NULL)
            noticed = true;
    assert_true(noticed);
    text_free(&report);
}

/* ---- the vocabularies have the same words ---------------------------------------------------------- */

/* Appends the names of the words that a vocabulary defines, one a line, in order. */
static void read_words(const struct isa *isa, struct text *words)
{
    static const char mark[] = "m4_define([V_";
    char path[PATH_SIZE];
    struct text text = {0};
    (void)snprintf(path, sizeof path, "templates/isa/%s.m4", isa->name);
    assert_int_equal(file_read(path, &text), STATUS_DONE);
    for (const char *at = strstr(text.data, mark); at != NULL; at = strstr(at + 1, mark)) {
        const char *name = at + strlen("m4_define([");
        text_append(words, name, strcspn(name, "]"));
        text_puts(words, "\n");
    }
    assert_false(words->failed);
    text_free(&text);
}

static void test_same_words(void **state)
{
    (void)state;
    struct text model = {0};
    read_words(isa_get(SEPCC_ISA_SCALAR), &model);
    assert_true(model.length > 0);
    for (int id = 1; id < SEPCC_ISA_COUNT; ++id) {
        struct text words = {0};
        read_words(isa_get((enum sepcc_isa)id), &words);
        assert_string_equal(words.data, model.data);
        text_free(&words);
    }
    text_free(&model);
}

/* Every word stands in the table of templates/README.md. */
static void test_documented_words(void **state)
{
    (void)state;
    struct text words = {0}, page = {0};
    read_words(isa_get(SEPCC_ISA_SCALAR), &words);
    assert_int_equal(file_read("templates/README.md", &page), STATUS_DONE);
    char *rest = words.data;
    for (char *word = strtok_r(rest, "\n", &rest); word != NULL; word = strtok_r(NULL, "\n", &rest)) {
        char plain[64], called[64];
        (void)snprintf(plain, sizeof plain, "`%s`", word);
        (void)snprintf(called, sizeof called, "`%s(", word);
        if (strstr(page.data, plain) == NULL && strstr(page.data, called) == NULL)
            fail_msg("templates/README.md does not list %s", word);
    }
    text_free(&words);
    text_free(&page);
}

int main(void)
{
    static enum sepcc_isa ids[SEPCC_ISA_COUNT];
    static struct CMUnitTest tests[SEPCC_ISA_COUNT + sizeof sabotages / sizeof sabotages[0] + 2];
    size_t count = 0;
    tests[count++] = (struct CMUnitTest)cmocka_unit_test(test_same_words);
    tests[count++] = (struct CMUnitTest)cmocka_unit_test(test_documented_words);
    for (size_t i = 0; i < SEPCC_ISA_COUNT; ++i) {
        ids[i] = (enum sepcc_isa)i;
        tests[count++] = (struct CMUnitTest){isa_get(ids[i])->name, test_isa, NULL, NULL, &ids[i]};
    }
    for (size_t i = 0; i < sizeof sabotages / sizeof sabotages[0]; ++i)
        tests[count++] =
            (struct CMUnitTest){sabotages[i].word, test_sabotage, NULL, NULL, (void *)&sabotages[i]};
    return cmocka_run_group_tests_name("words", tests, make_folder, remove_folder);
}
