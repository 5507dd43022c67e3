/*
 * spec_list.c: .layers texts: one stage per line, comments, default names, no name twice.
 */
#include "spec/spec_internal.h"

#include "base/files.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FIRST_CAPACITY = 16 };

/* A list in the making, with the columns of the names for messages. */
struct builder {
    const char *file;
    struct spec_list *list;
    unsigned *name_columns;
    size_t capacity;
};

static bool grow(struct builder *builder)
{
    const size_t capacity = builder->capacity > 0 ? 2 * builder->capacity : FIRST_CAPACITY;
    struct spec *items = realloc(builder->list->items, capacity * sizeof *items);
    if (items == NULL)
        return false;
    builder->list->items = items;
    unsigned *columns = realloc(builder->name_columns, capacity * sizeof *columns);
    if (columns == NULL)
        return false;
    builder->name_columns = columns;
    builder->capacity = capacity;
    return true;
}

static bool is_blank_line(struct slice line)
{
    for (size_t i = 0; i < line.length; ++i)
        if (line.text[i] != ' ' && line.text[i] != '\t')
            return false;
    return true;
}

/* Without its comment and the CR of a CRLF. */
static struct slice strip(struct slice line)
{
    if (line.length > 0 && line.text[line.length - 1] == '\r')
        --line.length;
    const char *comment = memchr(line.text, '#', line.length);
    if (comment != NULL)
        line.length = (size_t)(comment - line.text);
    return line;
}

static enum exit_status add_line(struct builder *builder, struct slice line, struct position at)
{
    line = strip(line);
    if (is_blank_line(line))
        return STATUS_DONE;
    const char *nul = memchr(line.text, '\0', line.length);
    if (nul != NULL) {
        at.column += (unsigned)(nul - line.text);
        return diag_error(DIAG_SPEC_SYNTAX, at, "the line holds a NUL byte, expected text");
    }
    struct spec_list *list = builder->list;
    if (list->count == builder->capacity && !grow(builder))
        return diag_memory();
    struct spec *spec = &list->items[list->count];
    const enum exit_status status = spec_parse_slice(line, at, spec, &builder->name_columns[list->count]);
    if (status != STATUS_DONE)
        return status;
    ++list->count;
    if (spec->name[0] == '\0')
        snprintf(spec->name, sizeof spec->name, "stage%zu", list->count);
    return STATUS_DONE;
}

static enum exit_status add_lines(struct builder *builder, struct slice text)
{
    static const char byte_order_mark[] = "\xef\xbb\xbf";
    size_t start = 0;
    struct position at = {builder->file, 1, 1};
    if (text.length >= 3 && memcmp(text.text, byte_order_mark, 3) == 0) {
        start = 3;
        at.column = 4;
    }
    while (start < text.length) {
        const char *line = text.text + start;
        const char *end = memchr(line, '\n', text.length - start);
        const size_t length = end != NULL ? (size_t)(end - line) : text.length - start;
        const enum exit_status status = add_line(builder, (struct slice){line, length}, at);
        if (status != STATUS_DONE)
            return status;
        start += length + 1;
        ++at.line;
        at.column = 1;
    }
    return STATUS_DONE;
}

/* A stage as the search for duplicates sorts it. */
struct named {
    const struct spec *spec;
    unsigned column; /* of the name, or 0 */
};

/* By name, then by place in the list. */
static int compare_named(const void *a, const void *b)
{
    const struct named *x = a, *y = b;
    const int order = strcmp(x->spec->name, y->spec->name);
    return order != 0 ? order : (x->spec > y->spec) - (x->spec < y->spec);
}

/* The first stage of the list that has the name of an earlier one: its place in sorted, or 0. */
static size_t find_duplicate(const struct named *sorted, size_t count)
{
    size_t found = 0;
    for (size_t i = 1; i < count; ++i)
        if (strcmp(sorted[i - 1].spec->name, sorted[i].spec->name) == 0 &&
            (found == 0 || sorted[i].spec < sorted[found].spec))
            found = i;
    return found;
}

static enum exit_status check_names(const struct builder *builder)
{
    const struct spec_list *list = builder->list;
    if (builder->name_columns == NULL)
        return diag_error(DIAG_SPEC_MISSING, (struct position){builder->file, 1, 1},
                          "the list holds no stage, expected one stage per line");
    struct named *sorted = malloc(list->count * sizeof *sorted);
    if (sorted == NULL)
        return diag_memory();
    for (size_t i = 0; i < list->count; ++i)
        sorted[i] = (struct named){&list->items[i], builder->name_columns[i]};
    qsort(sorted, list->count, sizeof *sorted, compare_named);
    const size_t found = find_duplicate(sorted, list->count);
    enum exit_status status = STATUS_DONE;
    if (found > 0) {
        const struct named *second = &sorted[found];
        const struct position at = {builder->file, second->spec->line,
                                    second->column > 0 ? second->column : 1};
        status = diag_error(DIAG_SPEC_DUPLICATE, at, "'%s' is the name of line %u too, expected another name",
                            second->spec->name, sorted[found - 1].spec->line);
    }
    free(sorted);
    return status;
}

enum exit_status spec_list_parse(const char *text, size_t length, const char *file, struct spec_list *list)
{
    *list = (struct spec_list){0};
    struct builder builder = {.file = file, .list = list};
    enum exit_status status = add_lines(&builder, (struct slice){text, length});
    if (status == STATUS_DONE)
        status = check_names(&builder);
    free(builder.name_columns);
    if (status != STATUS_DONE)
        spec_list_free(list);
    return status;
}

enum exit_status spec_list_read(const char *path, struct spec_list *list)
{
    *list = (struct spec_list){0};
    struct text text = {0};
    enum exit_status status = file_read(path, &text);
    if (status == STATUS_DONE)
        status = spec_list_parse(text.data != NULL ? text.data : "", text.length,
                                 strcmp(path, "-") == 0 ? "<stdin>" : path, list);
    text_free(&text);
    return status;
}

void spec_list_free(struct spec_list *list)
{
    free(list->items);
    *list = (struct spec_list){0};
}
