/*
 * test_facts.c: the tables of facts in templates/README.md against the facts that are written: none without a
 * row, no row without a fact, none twice in a kernel, each of its type; and every fact that a template names
 * is there.
 */
#include "base/files.h"
#include "facts/emit.h"
#include "plan/operation.h"
#include "support_kernels.h"
#include "support_spec.h"

#include <ctype.h>
#include <glob.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { ROW_MAX = 400, NAME_MAX_LENGTH = 64, DRAWN_CASES = 60, DRAWN_FMA_MOST = 100000 };

/* One name of a table. `<i>` stands for a number. */
struct row {
    char name[NAME_MAX_LENGTH];
    char type[NAME_MAX_LENGTH];
    char section[NAME_MAX_LENGTH];
    bool seen;
};

static struct row rows[ROW_MAX];
static size_t row_count;

/* ---- the tables ------------------------------------------------------------------------------------ */

static void copy_part(char to[NAME_MAX_LENGTH], const char *from, size_t length)
{
    assert_true(length < NAME_MAX_LENGTH);
    memcpy(to, from, length);
    to[length] = '\0';
}

static struct row *find_row(const char *section, const char *name)
{
    for (size_t i = 0; i < row_count; ++i)
        if (strcmp(rows[i].section, section) == 0 && strcmp(rows[i].name, name) == 0)
            return &rows[i];
    return NULL;
}

/* Cell number `index` of a table's line: its start, and its length without blanks around it. */
static const char *cell(const char *line, int index, size_t *length)
{
    const char *at = line;
    for (int i = 0; i <= index; ++i) {
        at = strchr(at, '|');
        assert_non_null(at);
        ++at;
    }
    at += strspn(at, " ");
    *length = strcspn(at, "|\n");
    while (*length > 0 && at[*length - 1] == ' ')
        --*length;
    return at;
}

/* A line of a table: one row for each name in its first cell. */
static void read_line(const char *line, const char *section)
{
    size_t names_length, type_length;
    const char *names = cell(line, 0, &names_length), *type = cell(line, 1, &type_length);
    for (const char *at = names; at < names + names_length;) {
        const char *open = strchr(at, '`'), *close = open != NULL ? strchr(open + 1, '`') : NULL;
        if (close == NULL || close >= names + names_length)
            break;
        struct row row = {.seen = false};
        copy_part(row.name, open + 1, (size_t)(close - open - 1));
        copy_part(row.type, type, type_length);
        copy_part(row.section, section, strlen(section));
        if (find_row(section, row.name) != NULL)
            fail_msg("%s stands twice under %s", row.name, section);
        assert_true(row_count < ROW_MAX);
        rows[row_count++] = row;
        at = close + 1;
    }
}

static int read_tables(void **state)
{
    (void)state;
    struct text page = {0};
    if (file_read("templates/README.md", &page) != STATUS_DONE)
        return -1;
    char section[NAME_MAX_LENGTH] = "", *rest = strstr(page.data, "\n## Facts");
    assert_non_null(rest);
    rest += strlen("\n## Facts");
    for (char *line = strtok_r(rest, "\n", &rest); line != NULL && strncmp(line, "## ", 3) != 0;
         line = strtok_r(NULL, "\n", &rest)) {
        if (strncmp(line, "### ", 4) == 0)
            copy_part(section, line + 4, strlen(line + 4));
        else if (strncmp(line, "| `F_", 5) == 0)
            read_line(line, section);
    }
    text_free(&page);
    return row_count > 0 ? 0 : -1;
}

/* ---- the facts ------------------------------------------------------------------------------------- */

/* Puts <i> and <j> for the numbers of a name: F_BAND_0_VECTOR_12_OUT is F_BAND_<i>_VECTOR_<j>_OUT. */
static void generalise(const char *name, size_t length, char to[NAME_MAX_LENGTH])
{
    char letter = 'i';
    size_t used = 0;
    for (size_t at = 0; at < length;) {
        assert_true(used + 4 < NAME_MAX_LENGTH);
        if (isdigit((unsigned char)name[at]) && at > 0 && name[at - 1] == '_') {
            used += (size_t)snprintf(to + used, NAME_MAX_LENGTH - used, "<%c>", letter++);
            while (at < length && isdigit((unsigned char)name[at]))
                ++at;
        } else
            to[used++] = name[at++];
    }
    to[used] = '\0';
}

static bool has_type(const char *value, size_t length, const char *type)
{
    const size_t digits = strspn(value, "0123456789");
    if (strcmp(type, "number") == 0)
        return length > 0 && digits >= length;
    if (strcmp(type, "C float") == 0)
        return strncmp(value, "INFINITY", 8) == 0 || strncmp(value, "-INFINITY", 9) == 0 ||
               (length > 2 && value[length - 1] == 'f' && strtod(value, NULL) < HUGE_VAL);
    if (strcmp(type, "calls") == 0)
        return length == 0 || (strncmp(value, "T_", 2) == 0 && value[length - 1] == ')');
    return strcmp(type, "text") == 0;
}

/* The row of a fact that stands among those of a whole kernel, or in the macro of one layer. */
static struct row *row_of(const char *name, const char *section, bool whole, bool layer)
{
    static const char of_layer[] = "F_LAYER_<i>_";
    struct row *row = find_row(section, name);
    if (row == NULL && whole)
        row = find_row("Every kernel", name);
    if (row == NULL && layer)
        row = find_row("Every layer", name);
    if (row == NULL && whole && strncmp(name, of_layer, strlen(of_layer)) == 0) {
        char field[NAME_MAX_LENGTH];
        (void)snprintf(field, sizeof field, "F_%s", name + strlen(of_layer));
        row = find_row("Every layer", field);
        struct row *fields = find_row("Every kernel", "F_LAYER_<i>_<field>");
        assert_non_null(fields);
        fields->seen = true;
    }
    return row;
}

/* Where a line of facts stands: in a kernel of one layer they are of the kernel and of the layer. */
struct scope {
    const char *section;
    bool whole, layer;
    char **lines; /* so far */
    size_t count;
};

/* One line of the facts: m4_define([F_NAME], [value]). */
static void check_fact(char *line, struct scope *scope)
{
    static const char open[] = "m4_define([", middle[] = "], [";
    const char *name = line + strlen(open), *end = strstr(line, middle);
    char general[NAME_MAX_LENGTH];
    if (strncmp(line, open, strlen(open)) != 0 || end == NULL)
        fail_msg("no fact: %s", line);
    generalise(name, (size_t)(end - name), general);
    struct row *row = row_of(general, scope->section, scope->whole, scope->layer);
    if (row == NULL)
        fail_msg("%s is not in the tables of templates/README.md (%s)", general, scope->section);
    const char *value = end + strlen(middle);
    const size_t length = strlen(value);
    assert_true(length >= 2 && strcmp(value + length - 2, "])") == 0);
    if (!has_type(value, length - 2, row->type))
        fail_msg("%s is no %s", line, row->type);
    row->seen = true;
    scope->lines[scope->count++] = line;
}

static int compare_lines(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static void scope_open(struct scope *scope, const char *section, bool whole, bool layer, size_t most)
{
    *scope = (struct scope){.section = section, .whole = whole, .layer = layer};
    scope->lines = calloc(most + 1, sizeof *scope->lines);
    assert_non_null(scope->lines);
}

/* No name twice. */
static void scope_close(struct scope *scope)
{
    for (size_t i = 0; i < scope->count; ++i)
        scope->lines[i][strcspn(scope->lines[i], "]")] = '\0'; /* only the name is compared */
    qsort(scope->lines, scope->count, sizeof *scope->lines, compare_lines);
    for (size_t i = 1; i < scope->count; ++i)
        if (strcmp(scope->lines[i - 1], scope->lines[i]) == 0)
            fail_msg("twice: %s", scope->lines[i]);
    free(scope->lines);
    *scope = (struct scope){0};
}

static const char *section_of(const struct operation *operation)
{
    switch (operation->id) {
    case OPERATION_DEPTHWISE:
        return "Depthwise";
    case OPERATION_POINTWISE:
        return "Pointwise";
    case OPERATION_FUSED:
    case OPERATION_FUSED_NCHW:
        return "Fused";
    case OPERATION_DEPTHWISE_NCHW:
        return "Depthwise, NCHW";
    case OPERATION_POINTWISE_NCHW:
        return "Pointwise, NCHW";
    case OPERATION_CONV:
        return "Conv";
    }
    return "";
}

static void check_kernel(struct kernel *kernel)
{
    const struct sepcc_stage *stage = &kernel->spec.stage;
    const size_t most = kernel->facts.length;
    unsigned layers = 0;
    char *rest = kernel->facts.data;
    struct scope whole, layer = {0};
    scope_open(&whole, section_of(kernel->plan.operation), true, stage->layer_count == 1, most);
    for (char *line = strtok_r(rest, "\n", &rest); line != NULL; line = strtok_r(NULL, "\n", &rest)) {
        int taken = 0;
        unsigned index;
        if (strncmp(line, "m4_divert", 9) == 0)
            continue;
        if (sscanf(line, "m4_define([M_LAYER_%u], [%n", &index, &taken) == 1 && taken > 0) {
            assert_int_equal(index, layers++);
            scope_open(&layer, section_of(kernel->plan.as.fused.parts[index].operation), false, true, most);
            line += taken;
        }
        if (layer.lines != NULL && strcmp(line, "])") == 0)
            scope_close(&layer);
        else
            check_fact(line, layer.lines != NULL ? &layer : &whole);
    }
    assert_null(layer.lines);
    assert_int_equal(layers, stage->layer_count == 1 ? 0 : stage->layer_count);
    scope_close(&whole);
}

static void test_written_facts(void **state)
{
    (void)state;
    uint64_t random = spec_test_seed("test_written_facts");
    for (int id = 0; id < SEPCC_ISA_COUNT; ++id) {
        struct case_list list = {0};
        cases_draw(&list, isa_get((enum sepcc_isa)id), &random, DRAWN_FMA_MOST, DRAWN_CASES);
        for (size_t i = 0; i < list.count; ++i) {
            struct plan_request request;
            struct kernel kernel;
            assert_int_equal(plan_request_parse(list.items[i].plan, NOWHERE, &request), STATUS_DONE);
            assert_int_equal(
                kernel_prepare(&list.items[i].spec, list.items[i].isa, &request, NOWHERE, &kernel),
                STATUS_DONE);
            check_kernel(&kernel);
            kernel_free(&kernel);
        }
        cases_free(&list);
    }
    for (size_t i = 0; i < row_count; ++i)
        if (!rows[i].seen && strcmp(rows[i].section, "Bundle") != 0)
            fail_msg("%s of templates/README.md is never written", rows[i].name);
}

/* ---- the templates --------------------------------------------------------------------------------- */

static void check_template(const char *path)
{
    struct text text = {0};
    assert_int_equal(file_read(path, &text), STATUS_DONE);
    for (const char *at = strstr(text.data, "F_"); at != NULL; at = strstr(at + 1, "F_")) {
        const size_t length = strspn(at, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_");
        const bool word = at == text.data || (!isalnum((unsigned char)at[-1]) && at[-1] != '_');
        char general[NAME_MAX_LENGTH];
        bool found = false;
        if (!word || length == 2 || islower((unsigned char)at[length]))
            continue;
        generalise(at, length, general);
        /* A word that ends with _ is the beginning of a pasted one. */
        const size_t compared = at[length - 1] == '_' ? strlen(general) : sizeof general;
        for (size_t i = 0; i < row_count; ++i)
            found |= strncmp(rows[i].name, general, compared) == 0;
        found |= row_of(general, "", true, true) != NULL;
        if (!found)
            fail_msg("%s names %s, which is not in the tables of templates/README.md", path, general);
    }
    text_free(&text);
}

static void test_templates(void **state)
{
    (void)state;
    glob_t found;
    assert_int_equal(glob("templates/*.m4", 0, NULL, &found), 0);
    assert_int_equal(glob("templates/*/*.m4", GLOB_APPEND, NULL, &found), 0);
    for (size_t i = 0; i < found.gl_pathc; ++i)
        check_template(found.gl_pathv[i]);
    globfree(&found);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_written_facts),
        cmocka_unit_test(test_templates),
    };
    return cmocka_run_group_tests_name("facts", tests, read_tables, NULL);
}
