/*
 * test_options.c: the command line is read by its table, and the manual names all of it.
 */
#include "base/files.h"
#include "base/text.h"
#include "options/options.h"
#include "spec/spec.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct command bench = {"bench", FOR_BENCH, NULL, "Measures", "SPEC", "best"};
static const struct command gen = {"gen", FOR_GEN, NULL, "Writes", "SPEC", "all"};
static const struct command isas = {"isas", FOR_ISAS, NULL, "Lists", "", NULL};

static char printed[2048];

/* Parses words separated by blanks; a '_' in them stands for a blank. options holds until the next call. */
static enum exit_status parse(const struct command *command, const char *line, struct options *options)
{
    static char buffer[512];
    static char *argv[32];
    int argc = 0;
    snprintf(buffer, sizeof buffer, "%s %s", command->name, line);
    for (char *word = strtok(buffer, " "); word != NULL; word = strtok(NULL, " ")) {
        for (char *at = strchr(word, '_'); at != NULL; at = strchr(at, '_'))
            *at = ' ';
        argv[argc++] = word;
    }
    argv[argc] = NULL;
    diag_capture(printed, sizeof printed);
    const enum exit_status status = options_parse(command, argc, argv, options);
    diag_capture(NULL, 0);
    return status;
}

static void test_values(void **state)
{
    (void)state;
    struct options options;
    assert_int_equal(
        parse(&bench,
              "-f net.layers --isa=avx2,neon -j3 --threads 2 --seconds 1.5 --verify --csv --cc gcc "
              "--target t --seed 18446744073709551615 -prows=2",
              &options),
        STATUS_DONE);
    assert_string_equal(options.spec_file, "net.layers");
    assert_string_equal(options.isa_text, "avx2,neon");
    assert_int_equal(options.jobs, 3);
    assert_int_equal(options.threads, 2);
    assert_true(options.seconds > 1.4 && options.seconds < 1.6);
    assert_true(options.verify && options.csv && !options.json);
    assert_string_equal(options.cc, "gcc");
    assert_string_equal(options.target, "t");
    assert_true(options.seed == UINT64_MAX);
    assert_int_equal(options.plan.rows, 2);
    options_free(&options);
}

static void test_defaults(void **state)
{
    (void)state;
    struct options options;
    assert_int_equal(parse(&gen, "-f -", &options), STATUS_DONE);
    assert_string_equal(options.spec_file, "-");
    assert_null(options.isa_text);
    assert_null(options.spec_text);
    assert_int_equal(options.seed, 1);
    assert_int_equal(options.threads, 1);
    assert_true(options.jobs >= 1);
    options_free(&options);
}

/* SPEC as one word, as several, mixed with options, behind "--", and with POSIXLY_CORRECT. */
static void test_spec_words(void **state)
{
    (void)state;
    static const char *const lines[] = {
        "pointwise_in=1x1x1_out=1 -o d",    "pointwise in=1x1x1 out=1 -o d",
        "-o d pointwise in=1x1x1 out=1",    "pointwise -o d in=1x1x1 out=1",
        "-o d -- pointwise in=1x1x1 out=1", "pointwise --output=d -- in=1x1x1 out=1",
    };
    for (int posix = 0; posix < 2; ++posix) {
        for (size_t i = 0; i < sizeof lines / sizeof lines[0]; ++i) {
            struct options options;
            assert_int_equal(parse(&gen, lines[i], &options), STATUS_DONE);
            assert_string_equal(options.spec_text, "pointwise in=1x1x1 out=1");
            assert_string_equal(options.output, "d");
            options_free(&options);
        }
        setenv("POSIXLY_CORRECT", "1", 1);
    }
    unsetenv("POSIXLY_CORRECT");
}

static void test_errors(void **state)
{
    (void)state;
    static const struct {
        const struct command *command;
        const char *line, *message;
    } cases[] = {
        {&gen, "", "no stage is given, expected SPEC or FILE"},
        {&gen, "pointwise -f x", "both SPEC and -f FILE are given"},
        {&gen, "x --frobnicate", "unknown option '--frobnicate';"},
        {&gen, "x -Q", "unknown option '-Q'"},
        {&gen, "x --csv", "--csv is no option of 'gen'"},
        {&gen, "x --seconds=3", "--seconds is no option of 'gen'"},
        {&gen, "x -t 3", "--threads is no option of 'gen'"},
        {&gen, "x -o", "--output needs a value: PATH"},
        {&gen, "x --name=", "sepcc: --name: error: \'' is no good, expected NAME"},
        {&gen, "x -j 0", "sepcc: --jobs: error: \'0' is no good, expected a number from 1 to 1024"},
        {&gen, "x -j 1025", "sepcc: --jobs: error: \'1025'"},
        {&gen, "x -j 2x", "sepcc: --jobs: error: \'2x'"},
        {&gen, "x -j -1", "sepcc: --jobs: error: \'-1'"},
        {&gen, "x -j +1", "sepcc: --jobs: error: \'+1'"},
        {&gen, "x -j 99999999999999999999", "sepcc: --jobs: error: \'99999999999999999999'"},
        {&bench, "x --seed 18446744073709551616", "sepcc: --seed: error: \'18446744073709551616'"},
        {&bench, "x --seconds 0",
         "sepcc: --seconds: error: \'0' is no good, expected seconds above 0 and up to 3600"},
        {&bench, "x --seconds nan", "sepcc: --seconds: error: \'nan'"},
        {&bench, "x --seconds 1e9", "sepcc: --seconds: error: \'1e9'"},
        {&bench, "x --seconds 1s", "sepcc: --seconds: error: \'1s'"},
        {&bench, "x --verify=yes", "--verify takes no value"},
        {&bench, "x --csv --json", "both --csv and --json are given"},
        {&bench, "--cliffs -f x", "--cliffs with -f FILE, expected it without"},
        {&bench, "--cliffs --verify", "--cliffs with --verify, expected it without"},
        {&bench, "x --se 3", "ambiguous option '--se', expected separate, seconds or seed;"},
        {&bench, "x --thread", "--threads needs a value: N"},
        {&bench, "x --treads=2", "unknown option '--treads=2', expected --threads;"},
        {&gen, "x --isas avx2", "unknown option '--isas', expected --isa;"},
        {&isas, "x", "'x' is one word too many"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; ++i) {
        struct options options;
        assert_int_equal(parse(cases[i].command, cases[i].line, &options), STATUS_INPUT);
        options_free(&options);
        if (strstr(printed, cases[i].message) == NULL)
            fail_msg("'%s' gives '%s', expected '%s'", cases[i].line, printed, cases[i].message);
        char help[64];
        snprintf(help, sizeof help, "; try 'sepcc %s --help' [usage]\n", cases[i].command->name);
        assert_non_null(strstr(printed, help));
        assert_ptr_equal(strchr(printed, '\n'), printed + strlen(printed) - 1);
    }
}

/* A sweep needs no stage, and less time for each of its many kernels. */
static void test_cliffs(void **state)
{
    (void)state;
    struct options options;
    assert_int_equal(parse(&bench, "--cliffs", &options), STATUS_DONE);
    assert_true(options.cliffs && options.spec_text == NULL && options.seconds == 0.02);
    options_free(&options);
    assert_int_equal(parse(&bench, "--cliffs x y --seconds 3", &options), STATUS_DONE);
    assert_string_equal(options.spec_text, "x y");
    assert_true(options.seconds == 3);
    options_free(&options);
    assert_int_equal(parse(&bench, "x", &options), STATUS_DONE);
    assert_true(!options.cliffs && options.seconds == 0.2);
    options_free(&options);
}

/* Abbreviations are getopt_long's. */
static void test_abbreviation(void **state)
{
    (void)state;
    struct options options;
    assert_int_equal(parse(&bench, "x --thr 4", &options), STATUS_DONE);
    assert_int_equal(options.threads, 4);
    options_free(&options);
}

static void test_plan_error(void **state)
{
    (void)state;
    struct options options;
    assert_int_equal(parse(&gen, "x --plan colour=red", &options), STATUS_INPUT);
    assert_non_null(strstr(printed, "sepcc: --plan: error: "));
    assert_non_null(strstr(printed, "[plan-syntax]"));
    options_free(&options);
}

/* Every long and short option stands in the manual, and each belongs to a command. */
static void test_manual(void **state)
{
    (void)state;
    struct text manual = {0};
    struct option_info info;
    assert_int_equal(file_read("docs/man/sepcc.1", &manual), STATUS_DONE);
    for (size_t i = 0; option_info_get(i, &info); ++i) {
        char word[64];
        snprintf(word, sizeof word, "Fl Fl %s", info.name);
        if (strstr(manual.data, word) == NULL)
            fail_msg("--%s is not in docs/man/sepcc.1", info.name);
        snprintf(word, sizeof word, "It Fl %c ", info.letter);
        if (info.letter != '\0' && strstr(manual.data, word) == NULL)
            fail_msg("-%c is not in docs/man/sepcc.1", info.letter);
        assert_true(info.commands != 0 && (info.commands & ~(unsigned)FOR_ALL) == 0);
    }
    text_free(&manual);
}

/* Fails unless the manual has the word of that key; what ends the key is cut off. */
static void assert_key_in(const struct text *manual, const char *key, const char *end)
{
    char word[64];
    snprintf(word, sizeof word, "Cm %.*s", (int)strcspn(key, end), key);
    for (const char *at = manual->data; (at = strstr(at, word)) != NULL; at += strlen(word))
        if (strchr(" \n", at[strlen(word)]) != NULL)
            return;
    fail_msg("'%s' is not in docs/man/sepcc.1", word);
}

/* So does every key of a spec and of a plan. */
static void test_manual_keys(void **state)
{
    (void)state;
    static const char expected[] = "expected one of ";
    struct text manual = {0};
    struct plan_request request;
    assert_int_equal(file_read("docs/man/sepcc.1", &manual), STATUS_DONE);
    for (const struct spec_help *row = spec_help_keys(); row->key != NULL; ++row)
        assert_key_in(&manual, row->key, "=");
    diag_capture(printed, sizeof printed);
    assert_int_equal(plan_request_parse("none=1", NOWHERE, &request), STATUS_INPUT);
    diag_capture(NULL, 0);
    const char *key = strstr(printed, expected);
    assert_non_null(key);
    for (key += strlen(expected); *key != '[' && *key != '\0';) {
        if (strncmp(key, "or ", 3) == 0)
            key += 3;
        assert_key_in(&manual, key, ", ");
        key += strcspn(key, ", ");
        key += strspn(key, ", ");
    }
    text_free(&manual);
}

/* One word that is a file, or looks like one, is -f. */
static void test_file_word(void **state)
{
    (void)state;
    static const struct {
        const char *word;
        bool is_file;
    } rows[] = {
        {"examples/models/mobilenet_v1.layers", true},
        {"not-there.onnx", true},
        {"-", true},
        {"Makefile", true},
        {"depthwise", false},
        {"name=a.b", false},
        {"depthwise act=clamp(0.5,1)", false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; ++i) {
        struct options options;
        char name[] = "bench", word[64];
        char *argv[] = {name, word, NULL};
        snprintf(word, sizeof word, "%s", rows[i].word);
        assert_int_equal(options_parse(&bench, 2, argv, &options), STATUS_DONE);
        assert_string_equal(rows[i].is_file ? options.spec_file : options.spec_text, rows[i].word);
        assert_int_equal(options.spec_text != NULL, !rows[i].is_file);
        options_free(&options);
    }
}

/* The help of a command has its options and no others. */
static void test_help(void **state)
{
    (void)state;
    char *help = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&help, &size);
    struct option_info info;
    assert_non_null(out);
    options_help(&bench, out);
    assert_int_equal(fclose(out), 0);
    for (size_t i = 0; option_info_get(i, &info); ++i) {
        char word[64];
        snprintf(word, sizeof word, " --%s%s%s ", info.name, info.argument != NULL ? "=" : "",
                 info.argument != NULL ? info.argument : "");
        if ((strstr(help, word) != NULL) != ((info.commands & FOR_BENCH) != 0))
            fail_msg("help of bench and --%s disagree", info.name);
    }
    assert_non_null(strstr(help, "Usage: sepcc bench SPEC"));
    assert_non_null(strstr(help, "leaky_relu(a)"));
    free(help);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_values),      cmocka_unit_test(test_defaults),
        cmocka_unit_test(test_spec_words),  cmocka_unit_test(test_errors),
        cmocka_unit_test(test_cliffs),      cmocka_unit_test(test_abbreviation),
        cmocka_unit_test(test_plan_error),  cmocka_unit_test(test_manual),
        cmocka_unit_test(test_manual_keys), cmocka_unit_test(test_file_word),
        cmocka_unit_test(test_help),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
