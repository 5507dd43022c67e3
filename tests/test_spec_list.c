/*
 * test_spec_list.c: .layers texts: comments, line ends, default names, errors with their line.
 */
#include "support_spec.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* ---- lists ----------------------------------------------------------------------------------------- */

static enum exit_status parse_list(const char *text, size_t length, struct spec_list *list)
{
    diag_capture(spec_printed, sizeof spec_printed);
    const enum exit_status status = spec_list_parse(text, length, "f.layers", list);
    diag_capture(NULL, 0);
    return status;
}

static void lists_take_comments_and_any_line_end(void **state)
{
    (void)state;
    static const char text[] = "\xef\xbb\xbf# a net\r\n"
                               "\n"
                               "  \t\r\n"
                               "\tdepthwise\tin=8x8x8  kernel=3 \t# no name\r\n"
                               "pointwise in=8x8x8 out=4 name=last#glued\n"
                               "   # only a comment\n"
                               "pointwise in=8x8x8 out=5";
    struct spec_list list;
    assert_int_equal(parse_list(text, sizeof text - 1, &list), STATUS_DONE);
    assert_string_equal(spec_printed, "");
    assert_int_equal(list.count, 3);
    assert_string_equal(list.items[0].name, "stage1");
    assert_int_equal(list.items[0].line, 4);
    assert_int_equal(list.items[0].stage.layer[0].kernel_h, 3);
    assert_string_equal(list.items[1].name, "last");
    assert_int_equal(list.items[1].line, 5);
    assert_string_equal(list.items[2].name, "stage3");
    assert_int_equal(list.items[2].line, 7);
    assert_int_equal(list.items[2].stage.layer[0].out_c, 5);
    spec_list_free(&list);
    assert_null(list.items);
    spec_list_free(&list);
}

static void lists_need_no_terminator(void **state)
{
    (void)state;
    static const char text[] = "pointwise in=8x8x8 out=17";
    struct spec_list list;
    assert_int_equal(parse_list(text, sizeof text - 2, &list), STATUS_DONE);
    assert_int_equal(list.items[0].stage.layer[0].out_c, 1);
    spec_list_free(&list);
}

static void lists_grow(void **state)
{
    (void)state;
    enum { COUNT = 1000 };
    static const char line[] = "pointwise in=1x1x1 out=1\n";
    char *text = malloc(COUNT * (sizeof line - 1));
    assert_non_null(text);
    for (size_t i = 0; i < COUNT; ++i)
        memcpy(text + i * (sizeof line - 1), line, sizeof line - 1);
    struct spec_list list;
    assert_int_equal(parse_list(text, COUNT * (sizeof line - 1), &list), STATUS_DONE);
    assert_int_equal(list.count, COUNT);
    assert_string_equal(list.items[COUNT - 1].name, "stage1000");
    spec_list_free(&list);
    free(text);
}

static void wrong_lists_are_refused(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        size_t length;
        const char *line;
    } cases[] = {
        {"", 0, "f.layers:1:1: error: the list holds no stage, expected one stage per line [spec-missing]\n"},
        {"# nothing\n\n", 11, "f.layers:1:1: error: the list holds no stage"},
        {"pointwise in=1x1x1\0 out=1", 25,
         "f.layers:1:19: error: the line holds a NUL byte, expected text [spec-syntax]\n"},
        {"\xef\xbb\xbf"
         "pointwise x=1",
         16, "f.layers:1:14: error: 'x' is no key"},
        {"pointwise out=1\rin=1x1x1", 24, "f.layers:1:15: error: '1\\x0din=1x1x1' is malformed"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; ++i) {
        struct spec_list list;
        assert_int_equal(parse_list(cases[i].text, cases[i].length, &list), STATUS_INPUT);
        assert_null(list.items);
        if (strncmp(spec_printed, cases[i].line, strlen(cases[i].line)) != 0)
            fail_msg("printed %s, expected %s", spec_printed, cases[i].line);
    }
}

static void names_must_differ(void **state)
{
    (void)state;
#define STAGE "pointwise in=1x1x1 out=1 "
    static const char *const cases[][2] = {
        {STAGE "name=b\n" STAGE "name=a\n" STAGE "name=a\n" STAGE "name=b\n",
         "f.layers:3:31: error: 'a' is the name of line 2 too, expected another name [spec-duplicate]\n"},
        {STAGE "name=a\n" STAGE "name=a\n" STAGE "name=a\n",
         "f.layers:2:31: error: 'a' is the name of line 1"},
        {STAGE "name=stage2\n" STAGE "\n", "f.layers:2:1: error: 'stage2' is the name of line 1 too"},
        {STAGE "\n" STAGE "name=stage1\n", "f.layers:2:31: error: 'stage1' is the name of line 1 too"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; ++i) {
        struct spec_list list;
        assert_int_equal(parse_list(cases[i][0], strlen(cases[i][0]), &list), STATUS_INPUT);
        assert_null(list.items);
        if (strncmp(spec_printed, cases[i][1], strlen(cases[i][1])) != 0)
            fail_msg("printed %s, expected %s", spec_printed, cases[i][1]);
    }
    struct spec_list list; /* names are told apart by case */
    static const char good[] = STAGE "name=a\n" STAGE "name=A\n";
    assert_int_equal(parse_list(good, sizeof good - 1, &list), STATUS_DONE);
    spec_list_free(&list);
}

static void lists_are_read_from_files(void **state)
{
    (void)state;
    char path[] = "/tmp/sepcc-test-spec-XXXXXX";
    const int file = mkstemp(path);
    assert_true(file >= 0);
    FILE *stream = fdopen(file, "w");
    assert_non_null(stream);
    fputs("pointwise in=1x1x1 out=1\npointwise in=1x1x1 out=0\n", stream);
    assert_int_equal(fclose(stream), 0);
    struct spec_list list;
    diag_capture(spec_printed, sizeof spec_printed);
    const enum exit_status wrong = spec_list_read(path, &list);
    diag_capture(NULL, 0);
    assert_int_equal(wrong, STATUS_INPUT);
    char start[64];
    snprintf(start, sizeof start, "%s:2:24: error: '0' is out of range", path);
    assert_ptr_equal(strstr(spec_printed, start), spec_printed);
    assert_int_equal(remove(path), 0);

    diag_capture(spec_printed, sizeof spec_printed);
    const enum exit_status missing = spec_list_read(path, &list);
    diag_capture(NULL, 0);
    assert_int_equal(missing, STATUS_INPUT);
    assert_non_null(strstr(spec_printed, "[file-missing]"));
    assert_null(list.items);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lists_take_comments_and_any_line_end),
        cmocka_unit_test(lists_need_no_terminator),
        cmocka_unit_test(lists_grow),
        cmocka_unit_test(wrong_lists_are_refused),
        cmocka_unit_test(names_must_differ),
        cmocka_unit_test(lists_are_read_from_files),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
