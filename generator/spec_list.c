/*
 * spec_list.c: .layers texts: one stage per line, comments, default names, no name twice.
 */
#include "spec_internal.h"

#include "files.h"

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

static int compare_names(const void *a, const void *b)
{
    const struct spec *x = *(const struct spec *const *)a, *y = *(const struct spec *const *)b;
    const int order = strcmp(x->name, y->name);
    return order != 0 ? order : (x > y) - (x < y);
}

/* The first stage whose name an earlier one has, NULL when there is none. sorted has room for all. */
static const struct spec *find_duplicate(const struct spec_list *list, const struct spec **sorted,
                                         const struct spec **earlier)
{
    const struct spec *found = NULL;
    for (size_t i = 0; i < list->count; ++i)
        sorted[i] = &list->items[i];
    qsort(sorted, list->count, sizeof *sorted, compare_names);
    for (size_t i = 1; i < list->count; ++i) {
        if (strcmp(sorted[i - 1]->name, sorted[i]->name) != 0 || (found != NULL && found < sorted[i]))
            continue;
        found = sorted[i];
        *earlier = sorted[i - 1];
    }
    return found;
}

static enum exit_status check_names(const struct builder *builder)
{
    const struct spec_list *list = builder->list;
    const struct spec **sorted = malloc((list->count + 1) * sizeof *sorted);
    if (sorted == NULL)
        return diag_memory();
    const struct spec *earlier = NULL;
    const struct spec *duplicate = find_duplicate(list, sorted, &earlier);
    free(sorted);
    if (duplicate == NULL)
        return STATUS_DONE;
    const unsigned column = builder->name_columns[duplicate - list->items];
    const struct position at = {builder->file, duplicate->line, column > 0 ? column : 1};
    return diag_error(DIAG_SPEC_DUPLICATE, at, "'%s' is the name of line %u too, expected another name",
                      duplicate->name, earlier->line);
}

enum exit_status spec_list_parse(const char *text, size_t length, const char *file, struct spec_list *list)
{
    *list = (struct spec_list){0};
    struct builder builder = {.file = file, .list = list};
    enum exit_status status = add_lines(&builder, (struct slice){text, length});
    if (status == STATUS_DONE && list->count == 0)
        status = diag_error(DIAG_SPEC_MISSING, (struct position){file, 1, 1},
                            "the list holds no stage, expected one stage per line");
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
