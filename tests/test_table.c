/*
 * test_table.c: tables for people, as comma-separated values and as JSON.
 */
#include "base/table.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

static const struct table_column columns[] = {
    {"host", false, true}, {"name", false, false}, {"n", true, false}, {"kind", false, true}};

static void assert_prints(struct table *table, enum exit_status (*print)(const struct table *, struct text *),
                          const char *expected)
{
    struct text text = {0};
    assert_int_equal(print(table, &text), STATUS_DONE);
    assert_string_equal(text.data, expected);
    text_free(&text);
}

static void test_forms(void **state)
{
    (void)state;
    struct table table = {.columns = columns, .column_count = 4};
    static const char *const cells[] = {"here", "a,\"b\"", "1.50", "x", "here", "c\td\u00e9", "-", "yy"};
    for (size_t i = 0; i < 8; ++i)
        table_cell(&table, "%s", cells[i]);
    assert_int_equal(table_rows(&table), 2);
    assert_prints(&table, table_print,
                  "host: here\n\nname        n  kind\na,\"b\"    1.50  x\nc\\x09d\u00e9     -  yy\n");
    assert_prints(&table, table_csv, "host,name,n,kind\nhere,\"a,\"\"b\"\"\",1.50,x\nhere,c\td\u00e9,-,yy\n");
    assert_prints(
        &table, table_json,
        "[{\n\t\t\"host\":\t\"here\",\n\t\t\"name\":\t\"a,\\\"b\\\"\",\n\t\t\"n\":\t1.50,\n\t\t\"kind\":"
        "\t\"x\"\n\t}, {\n\t\t\"host\":\t\"here\",\n\t\t\"name\":\t\"c\\td\u00e9\",\n\t\t\"n\":\tnull,\n\t\t"
        "\"kind\":\t\"yy\"\n\t}]\n");
    table_free(&table);
}

static void test_no_rows(void **state)
{
    (void)state;
    struct table table = {.columns = columns, .column_count = 4};
    assert_prints(&table, table_print, "host  name  n  kind\n");
    assert_prints(&table, table_csv, "host,name,n,kind\n");
    assert_prints(&table, table_json, "[]\n");
    table_free(&table);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {cmocka_unit_test(test_forms), cmocka_unit_test(test_no_rows)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
