/*
 * test_diag.c: the form of error lines, and the table of codes.
 */
#include "base/diag.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static char printed[8192];

static void positions_have_one_form_each(void **state)
{
    (void)state;
    static const struct {
        struct position at;
        const char *line;
    } cases[] = {
        {{"a b.layers", 3, 14}, "a b.layers:3:14: error: no 'x', expected 7 [spec-key]\n"},
        {{"a.layers", 3, 0}, "a.layers:3: error: no 'x', expected 7 [spec-key]\n"},
        {{"a.npy", 0, 0}, "a.npy: error: no 'x', expected 7 [spec-key]\n"},
        {{"--plan", 0, 0}, "sepcc: --plan: error: no 'x', expected 7 [spec-key]\n"},
        {{"--plan", 0, 5}, "sepcc: --plan:5: error: no 'x', expected 7 [spec-key]\n"},
        {{"a\nb", 1, 1}, "a\\x0ab:1:1: error: no 'x', expected 7 [spec-key]\n"},
        {{NULL, 0, 0}, "sepcc: error: no 'x', expected 7 [spec-key]\n"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; ++i) {
        diag_capture(printed, sizeof printed);
        assert_int_equal(diag_error(DIAG_SPEC_KEY, cases[i].at, "no '%s', expected %d", "x", 7),
                         STATUS_INPUT);
        assert_string_equal(printed, cases[i].line);
    }
    diag_capture(NULL, 0);
}

static void lines_follow_each_other_in_the_sink(void **state)
{
    (void)state;
    diag_capture(printed, sizeof printed);
    diag_warning((struct position){"f", 1, 2}, "odd");
    assert_int_equal(diag_memory(), STATUS_ENVIRONMENT);
    assert_string_equal(printed, "f:1:2: warning: odd\nsepcc: error: out of memory [memory]\n");
    char small[8];
    memset(small, 'x', sizeof small);
    diag_capture(small, sizeof small);
    diag_warning(NOWHERE, "does not fit");
    diag_warning(NOWHERE, "nor this");
    assert_string_equal(small, "sepcc: ");
    diag_capture(NULL, 0);
}

static void control_bytes_are_shown(void **state)
{
    (void)state;
    diag_capture(printed, sizeof printed);
    diag_error(DIAG_USAGE, NOWHERE, "'%s'", "\t\x1b[31m\x7f\n\xc3\xa9");
    assert_string_equal(printed, "sepcc: error: '\\x09\\x1b[31m\\x7f\\x0a\xc3\xa9' [usage]\n");
    diag_capture(NULL, 0);
}

static void long_texts_are_cut(void **state)
{
    (void)state;
    static char text[5000];
    static const char bytes[] = {'a', 1};
    for (size_t i = 0; i < sizeof bytes; ++i) {
        memset(text, bytes[i], sizeof text - 1);
        diag_capture(printed, sizeof printed);
        diag_error(DIAG_IO, (struct position){text, 1, 1}, "%s", text);
        const size_t length = strlen(printed);
        assert_in_range(length, 2000, 2100);
        assert_string_equal(printed + length - 6, " [io]\n");
    }
    diag_capture(NULL, 0);
}

static void every_code_is_in_the_table_once(void **state)
{
    (void)state;
    for (enum diag_code i = 0; i < DIAG_CODE_COUNT; ++i) {
        assert_true(strlen(diag_slug(i)) > 0 && strlen(diag_sentence(i)) > 0);
        assert_in_range(diag_exit_status(i), STATUS_WRONG, STATUS_ENVIRONMENT);
        for (enum diag_code j = 0; j < i; ++j)
            assert_string_not_equal(diag_slug(i), diag_slug(j));
    }
}

/* Lines go to standard error where nothing captures them. */
static void lines_go_to_standard_error(void **state)
{
    (void)state;
    FILE *file = tmpfile();
    assert_non_null(file);
    FILE *saved = stderr;
    stderr = file;
    diag_error(DIAG_TOOL, NOWHERE, "no clang");
    stderr = saved;
    rewind(file);
    assert_non_null(fgets(printed, sizeof printed, file));
    assert_string_equal(printed, "sepcc: error: no clang [tool]\n");
    assert_int_equal(fclose(file), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(positions_have_one_form_each),
        cmocka_unit_test(lines_follow_each_other_in_the_sink),
        cmocka_unit_test(control_bytes_are_shown),
        cmocka_unit_test(long_texts_are_cut),
        cmocka_unit_test(every_code_is_in_the_table_once),
        cmocka_unit_test(lines_go_to_standard_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
