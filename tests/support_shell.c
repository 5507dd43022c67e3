/*
 * support_shell.c: command lines run by sh, with what they printed.
 */
#include "support_shell.h"

#include "base/process.h"
#include "base/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { LINE_TIMEOUT_S = 300 };

/* Of the last line. */
static struct text output, error;

/* SEPCC and ROOT, which each line finds in its environment. Tests run from the root of the source tree. */
static const char *const *environment(void)
{
    static char sepcc[PATH_MAX + 16], root[PATH_MAX + 16];
    static const char *const both[] = {sepcc, root, NULL};
    char path[PATH_MAX] = "";
    assert_true(readlink("/proc/self/exe", path, sizeof path - 1) > 0);
    for (int i = 0; i < 2; ++i) { /* BUILD/tests/test_x -> BUILD */
        char *slash = strrchr(path, '/');
        assert_non_null(slash);
        *slash = '\0';
    }
    snprintf(sepcc, sizeof sepcc, "SEPCC=%s/sepcc", path);
    assert_non_null(getcwd(path, sizeof path));
    snprintf(root, sizeof root, "ROOT=%s", path);
    return both;
}

static int run(const char *line)
{
    const char *const argv[] = {"/bin/sh", "-c", line, NULL};
    struct process process = {.argv = argv, .environment = environment(), .timeout_s = LINE_TIMEOUT_S};
    text_free(&output);
    text_free(&error);
    assert_int_equal(process_run(&process), STATUS_DONE);
    output = process.output;
    error = process.error;
    return process.exit_code;
}

int shell(const char *folder, const char *format, ...)
{
    struct text line = {0};
    char words[2048];
    va_list args;
    va_start(args, format);
    const int length = vsnprintf(words, sizeof words, format, args);
    va_end(args);
    assert_true(length >= 0 && (size_t)length < sizeof words);
    text_printf(&line, "cd '%s' || exit 99; %s", folder, words);
    assert_false(line.failed);
    const int status = run(line.data);
    text_free(&line);
    return status;
}

const char *shell_output(void)
{
    return output.data == NULL ? "" : output.data;
}

const char *shell_error(void)
{
    return error.data == NULL ? "" : error.data;
}

void assert_shell(const char *folder, int status, const char *line)
{
    const int actual = shell(folder, "%s", line);
    if (actual != status)
        fail_msg("%s\nended with %d, expected %d; it printed\n%s%s", line, actual, status, shell_output(),
                 shell_error());
}

void assert_printed(const char *text)
{
    if (strstr(shell_output(), text) == NULL)
        fail_msg("'%s' is not in the output\n%s%s", text, shell_output(), shell_error());
}

void assert_error(const char *text)
{
    if (strstr(shell_error(), text) == NULL)
        fail_msg("'%s' is not in the errors\n%s", text, shell_error());
}

void need_program(const char *name)
{
    if (program_exists(name))
        return;
    print_message("skipped: %s is missing\n", name);
    skip();
}
