/*
 * test_text.c: the text buffer, and digests of texts.
 */
#include "base/files.h"
#include "base/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

static void test_empty_is_valid(void **state)
{
    (void)state;
    struct text text = {0};
    text_free(&text);
    text_append(&text, "", 0);
    assert_false(text.failed);
    assert_int_equal(text.length, 0);
    assert_string_equal(text.data, "");
    text_free(&text);
    assert_null(text.data);
}

static void test_grows(void **state)
{
    (void)state;
    struct text text = {0};
    char expected[16];
    for (int i = 0; i < 10000; i++) {
        text_printf(&text, "%05d", i);
        text_puts(&text, ";");
        text_append(&text, "\0|", 2);
    }
    assert_false(text.failed);
    assert_int_equal(text.length, 80000);
    assert_int_equal(text.data[text.length], '\0');
    for (int i = 0; i < 10000; i++) {
        snprintf(expected, sizeof expected, "%05d;", i);
        assert_memory_equal(text.data + (size_t)8 * (size_t)i, expected, 6);
        assert_memory_equal(text.data + (size_t)8 * (size_t)i + 6, "\0|", 2);
    }
    text_free(&text);
}

static void test_failure_stays(void **state)
{
    (void)state;
    struct text text = {0};
    text_puts(&text, "kept");
    text_append(&text, "x", SIZE_MAX - 2);
    assert_true(text.failed);
    text_puts(&text, "more");
    assert_string_equal(text.data, "kept");
    text_free(&text);
    assert_false(text.failed);
}

/* The examples of FIPS 180-4, cut to 16 bytes. */
static void test_digest(void **state)
{
    (void)state;
    static const struct {
        const char *bytes, *digest;
    } cases[] = {
        {"", "e3b0c44298fc1c149afbf4c8996fb924"},
        {"abc", "ba7816bf8f01cfea414140de5dae2223"},
        {"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", "248d6a61d20638b8e5c026930c3e6039"},
    };
    char digest[33];
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        digest_bytes(cases[i].bytes, strlen(cases[i].bytes), digest);
        assert_string_equal(digest, cases[i].digest);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_empty_is_valid),
        cmocka_unit_test(test_grows),
        cmocka_unit_test(test_failure_stays),
        cmocka_unit_test(test_digest),
    };
    return cmocka_run_group_tests_name("text", tests, NULL, NULL);
}
