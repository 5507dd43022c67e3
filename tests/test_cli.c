/*
 * test_cli.c: the program sepcc as a user meets it: help, errors, exit statuses, and nothing left behind.
 */
#include "sepcc_version.h"
#include "support_folder.h"
#include "support_shell.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#define DEPTHWISE "depthwise in=6x5x3 kernel=3 pad=1"
#define POINTWISE "pointwise in=6x5x3 out=4"

static const char *const command_names[] = {"gen",   "build",   "verify", "run",
                                            "bench", "explain", "stages", "isas"};

enum { COMMANDS = sizeof command_names / sizeof command_names[0] };

static void test_help(void **state)
{
    assert_shell(*state, 0, "$SEPCC --help");
    for (int i = 0; i < COMMANDS; ++i)
        assert_printed(command_names[i]);
    assert_string_equal(shell_error(), "");
    assert_shell(*state, 0, "$SEPCC -h");
    assert_printed("Usage: sepcc COMMAND");
    for (int i = 0; i < COMMANDS; ++i) {
        assert_int_equal(shell(*state, "$SEPCC %s --help", command_names[i]), 0);
        assert_printed("Usage: sepcc ");
        assert_printed("-h, --help");
        assert_string_equal(shell_error(), "");
    }
    assert_shell(*state, 0, "$SEPCC gen no such spec --help --oops");
    assert_shell(*state, 0, "$SEPCC --version");
    assert_string_equal(shell_output(), "sepcc " SEPCC_VERSION "\n");
}

/* One line of error, nothing on standard output, no file. */
static void assert_refused(const char *folder, const char *line, int status, const char *message)
{
    const size_t entries = count_entries(folder);
    const int actual = shell(folder, "%s", line);
    if (actual != status || strstr(shell_error(), message) == NULL)
        fail_msg("%s\nended with %d, expected %d and '%s'; it printed\n%s%s", line, actual, status, message,
                 shell_output(), shell_error());
    assert_string_equal(shell_output(), "");
    assert_ptr_equal(strchr(shell_error(), '\n'), shell_error() + strlen(shell_error()) - 1);
    assert_int_equal(count_entries(folder), entries);
}

static void test_bad_input(void **state)
{
    static const struct {
        const char *line, *message;
    } cases[] = {
        {"$SEPCC", "sepcc: error: no command is given; try 'sepcc --help' [usage]"},
        {"$SEPCC frob",
         "sepcc: error: unknown command 'frob', expected gen, build, verify, run, bench, compare, "
         "explain, asm, tune, stages, report, db or isas;"},
        {"$SEPCC verfy", "unknown command 'verfy', expected verify;"},
        {"$SEPCC --frob", "unknown command '--frob'"},
        {"$SEPCC gen " POINTWISE, "no folder is given, expected -o DIR; try 'sepcc gen --help' [usage]"},
        {"$SEPCC build " POINTWISE, "no folder is given, expected -o DIR"},
        {"$SEPCC gen -o out", "no stage is given"},
        {"$SEPCC gen " POINTWISE " -o out --isa mmx", "sepcc: --isa: error: 'mmx' is no ISA"},
        {"$SEPCC gen " POINTWISE " -o out --isa ''", "--isa: error: ''"},
        {"$SEPCC gen poolwise in=1x1x1 -o out", "SPEC:1:1: error: "},
        {"$SEPCC gen " POINTWISE " color=red -o out", "SPEC:1:26: error: "},
        {"$SEPCC gen 'pointwise in=6x5x3' -o out", "[spec-missing]"},
        {"$SEPCC gen depthwise in=2x2x3 kernel=5 -o out", "[spec-empty]"},
        {"$SEPCC gen -f none.layers -o out", "none.layers: error: "},
        {"$SEPCC gen -f none.layers -o out", "[file-missing]"},
        {"$SEPCC gen -f bad.layers -o out", "bad.layers:2:18: error: "},
        {"$SEPCC gen -f twins.layers -o out", "twins.layers:2: error: the names 'b' and 'B' would clash"},
        {"$SEPCC gen -f pack.layers -o out", "the names 'a' and 'a_pack' would clash"},
        {"$SEPCC gen pointwise name=free in=1x1x1 out=1 -o out", "a function of its own called 'free'"},
        {"$SEPCC gen " POINTWISE " -o out --name 1st", "--name: error: '1st' is no name"},
        {"$SEPCC gen " POINTWISE " -o out --name kernel", "--name: error: "},
        {"$SEPCC gen " POINTWISE " -o out --plan rows", "sepcc: --plan: error: "},
        {"$SEPCC gen " POINTWISE " -o out --plan rows=9,vectors=8 --isa avx2", "[plan-impossible]"},
        {"$SEPCC gen " POINTWISE " -o taken", "taken"},
        {"$SEPCC run " POINTWISE " --weights . -o y.npy", "a file is missing, expected --input X.npy"},
        {"$SEPCC run " POINTWISE " --input x.npy -o y.npy", "expected --weights DIR"},
        {"$SEPCC run " POINTWISE " --input x.npy --weights .", "expected -o Y.npy"},
        {"$SEPCC run -f two.layers --input x --weights . -o y", "2 stages are given, expected one"},
        {"$SEPCC run " POINTWISE " --input x --weights . -o y --isa scalar,sse", "[isa]"},
        {"$SEPCC isas now", "'now' is one word too many"},
    };
    const char *folder = *state;
    put_file(in_folder(folder, "bad.layers"), "# comment\ndepthwise name=a kernels=3\n");
    put_file(in_folder(folder, "twins.layers"),
             "pointwise name=B in=1x1x1 out=1\npointwise name=b in=1x1x1 out=1\n");
    put_file(in_folder(folder, "pack.layers"),
             "pointwise name=a_pack in=1x1x1 out=1\npointwise name=a in=1x1x1 out=1\n");
    put_file(in_folder(folder, "two.layers"), "pointwise in=1x1x1 out=1\npointwise in=1x1x1 out=2\n");
    assert_int_equal(shell(folder, "mkdir taken && echo mine > taken/file"), 0);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; ++i)
        assert_refused(folder, cases[i].line, 2, cases[i].message);
    assert_file(in_folder(folder, "taken/file"), "mine\n");
}

/* A folder in the place of a file is bad input, and so is a file below a file. */
static void test_folders_for_files(void **state)
{
    static const char *const folders[] = {
        "gen . -o out",
        "build -f . -o out",
        "verify .",
        "bench .",
        "compare .",
        "explain .",
        "asm .",
        "tune . --db x.db",
        "stages .",
        "gen " POINTWISE " -o out --wisdom .",
        "explain " POINTWISE " --db .",
        "run " POINTWISE " --input . --weights . -o y.npy",
        "tune " POINTWISE " --db .",
        "db list .",
        "db export . -o x",
        "db import -o . x.layers",
        "db merge -o x.db .",
        "report --db . -o x.html",
    };
    static const char *const below_a_file[] = {
        "gen x.layers/x -o out",
        "explain -f x.layers/x",
        "bench " POINTWISE " --wisdom x.layers/x",
        "report --db x.layers/x -o x.html",
    };
    char line[256];
    put_file(in_folder(*state, "x.layers"), POINTWISE "\n");
    for (size_t i = 0; i < sizeof folders / sizeof folders[0]; ++i) {
        (void)snprintf(line, sizeof line, "$SEPCC %s", folders[i]);
        assert_refused(*state, line, 2, "[file-format]");
    }
    for (size_t i = 0; i < sizeof below_a_file / sizeof below_a_file[0]; ++i) {
        (void)snprintf(line, sizeof line, "$SEPCC %s", below_a_file[i]);
        assert_refused(*state, line, 2, "x.layers/x: error: cannot read: Not a directory");
    }
    assert_shell(*state, 2, "$SEPCC stages x.layers --layers . 2>&1 >/dev/null");
    assert_printed("cannot write: Is a directory");
    assert_refused(*state, "$SEPCC db list .", 2, ".: error: cannot read: Is a directory, expected a file");
}

/* What the environment lacks is named, and its exit status is another. */
static void test_environment(void **state)
{
    const char *folder = *state;
    assert_int_equal(shell(folder, "mkdir tools && ln -s \"$(command -v m4)\" tools/m4 && echo text > file"),
                     0);
    assert_refused(folder, "PATH=/nonexistent $SEPCC gen " POINTWISE " -o out", 3, "m4");
    assert_refused(folder, "PATH=$PWD/tools $SEPCC verify " POINTWISE " --isa scalar", 3, "clang");
    assert_refused(folder, "$SEPCC verify " POINTWISE " --isa scalar --cc no-such-cc", 3, "no-such-cc");
    assert_refused(folder, "SEPCC_DATADIR=/nonexistent $SEPCC gen " POINTWISE " -o out", 3, "SEPCC_DATADIR");
    assert_refused(folder, "SEPCC_CACHE=$PWD/file/x $SEPCC verify " POINTWISE " --isa scalar", 3, "[io]");
    assert_refused(folder, "$SEPCC gen " POINTWISE " -o file/out", 3, "[io]");
    assert_refused(folder, "SEPCC_ISAS=scalar $SEPCC bench " POINTWISE " --isa sse,scalar", 3,
                   "this CPU has no sse");
    assert_refused(folder, "$SEPCC explain " POINTWISE " > /dev/full", 3, "cannot write to standard output");
}

/* A full disk: files end at a size, and the signal that says so is ignored. */
static void test_full_disk(void **state)
{
    const char *folder = *state;
    assert_refused(folder, "trap '' XFSZ; ulimit -f 2; $SEPCC gen " POINTWISE " -o out", 3, "[io]");
    assert_shell(folder, 0, "$SEPCC gen " POINTWISE " -o out && cp -r out before");
    assert_refused(folder, "trap '' XFSZ; ulimit -f 2; $SEPCC gen " DEPTHWISE " -o out", 3, "[io]");
    assert_shell(folder, 0, "$SEPCC gen " POINTWISE " -o out && diff -r out before");
    /* The header would have room. */
    assert_refused(folder,
                   "trap '' XFSZ; ulimit -f 36; $SEPCC gen --single-file --name one " DEPTHWISE " -o out", 3,
                   "one.c: error: cannot write");
    assert_shell(folder, 0, "diff -r out before");
}

/* SPEC in one word, in several, on standard input: the same plan. */
static void test_spec_forms(void **state)
{
    char expected[4096];
    assert_shell(*state, 0, "$SEPCC explain '" DEPTHWISE "' --isa sse");
    assert_printed("Spec: depthwise name=stage1 in=6x5x3 kernel=3x3 pad=1\n");
    assert_printed("__sse_");
    snprintf(expected, sizeof expected, "%s", shell_output());
    assert_shell(*state, 0, "$SEPCC explain --isa sse " DEPTHWISE);
    assert_string_equal(shell_output(), expected);
    assert_shell(*state, 0, "echo '" DEPTHWISE "' | $SEPCC explain -f - --isa sse");
    assert_string_equal(shell_output(), expected);
    assert_shell(*state, 0, "$SEPCC explain " DEPTHWISE " --isa all");
    assert_printed("__avx512_");
    assert_printed("__neon_");
}

/* The plan that is printed, given back, is the same plan. */
static void test_plan_round_trip(void **state)
{
    assert_shell(*state, 0,
                 "for s in '" DEPTHWISE "' '" POINTWISE "'; do $SEPCC explain $s --isa all > a; "
                 "sed -n 's/^ISA: \\([a-z0-9]*\\).*/\\1/p' a > isas; sed -n 's/^Plan: //p' a > plans; "
                 "paste isas plans | while read isa plan; do $SEPCC explain $s --isa $isa --plan $plan | "
                 "grep -c \"^Plan: $plan\\$\" || echo \"$isa $plan\"; done; done");
    assert_string_equal(shell_output(), "1\n1\n1\n1\n1\n1\n1\n1\n1\n1\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_help, folder_setup, folder_teardown),
        cmocka_unit_test_setup_teardown(test_bad_input, folder_setup, folder_teardown),
        cmocka_unit_test_setup_teardown(test_folders_for_files, folder_setup, folder_teardown),
        cmocka_unit_test_setup_teardown(test_environment, folder_setup, folder_teardown),
        cmocka_unit_test_setup_teardown(test_full_disk, folder_setup, folder_teardown),
        cmocka_unit_test_setup_teardown(test_spec_forms, folder_setup, folder_teardown),
        cmocka_unit_test_setup_teardown(test_plan_round_trip, folder_setup, folder_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
