/*
 * table.c: tables for people and for programs.
 */
#include "base/table.h"

#include <cjson/cJSON.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool make_room(struct table *table)
{
    if (table->cell_count < table->capacity)
        return true;
    const size_t capacity = table->capacity > 0 ? 2 * table->capacity : 256;
    char **cells = realloc(table->cells, capacity * sizeof *cells);
    if (cells == NULL)
        return false;
    table->cells = cells;
    table->capacity = capacity;
    return true;
}

void table_cell(struct table *table, const char *format, ...)
{
    char *cell = NULL;
    va_list args;
    va_start(args, format);
    const int length = vasprintf(&cell, format, args);
    va_end(args);
    if (length >= 0 && make_room(table))
        table->cells[table->cell_count++] = cell;
    else {
        table->failed = true;
        if (length >= 0)
            free(cell);
    }
}

void table_free(struct table *table)
{
    for (size_t i = 0; i < table->cell_count; ++i)
        free(table->cells[i]);
    free(table->cells);
    table->cells = NULL;
    table->cell_count = table->capacity = 0;
}

size_t table_rows(const struct table *table)
{
    return table->column_count > 0 ? table->cell_count / table->column_count : 0;
}

static const char *cell_at(const struct table *table, size_t row, size_t column)
{
    return table->cells[row * table->column_count + column];
}

static enum exit_status ended(const struct table *table, const struct text *text)
{
    return table->failed || text->failed ? diag_memory() : STATUS_DONE;
}

/* ---- for people ------------------------------------------------------------------------------------ */

/* Nothing in a cell may control a terminal. */
static void put_plain(struct text *text, const char *cell)
{
    for (; *cell != '\0'; ++cell) {
        const unsigned char byte = (unsigned char)*cell;
        if (byte < 0x20 || byte == 0x7f)
            text_printf(text, "\\x%02x", byte);
        else
            text_append(text, cell, 1);
    }
}

/* Characters of what put_plain prints: of UTF-8, the bytes that go on with one do not count. */
static size_t plain_length(const char *cell)
{
    size_t length = 0;
    for (; *cell != '\0'; ++cell) {
        const unsigned char byte = (unsigned char)*cell;
        length += byte < 0x20 || byte == 0x7f ? 4 : (byte & 0xc0) != 0x80;
    }
    return length;
}

/* Whether the column is said once, above the rows. */
static bool is_folded(const struct table *table, size_t column)
{
    bool same = table->columns[column].fold && table_rows(table) > 0;
    for (size_t row = 1; same && row < table_rows(table); ++row)
        same = strcmp(cell_at(table, row, column), cell_at(table, 0, column)) == 0;
    return same;
}

static int column_width(const struct table *table, size_t column)
{
    size_t width = strlen(table->columns[column].title);
    for (size_t row = 0; row < table_rows(table); ++row) {
        const size_t length = plain_length(cell_at(table, row, column));
        width = length > width ? length : width;
    }
    return (int)width;
}

/* One line; row table_rows() is the titles. */
static void put_line(const struct table *table, size_t row, const int width[], struct text *text)
{
    const size_t start = text->length;
    for (size_t c = 0; c < table->column_count; ++c) {
        if (width[c] < 0)
            continue;
        const char *cell = row == table_rows(table) ? table->columns[c].title : cell_at(table, row, c);
        text_puts(text, text->length > start ? "  " : "");
        const int blanks = width[c] - (int)plain_length(cell);
        if (table->columns[c].number)
            text_printf(text, "%*s", blanks, "");
        put_plain(text, cell);
        if (!table->columns[c].number)
            text_printf(text, "%*s", blanks, "");
    }
    while (text->length > start && text->data[text->length - 1] == ' ')
        text->data[--text->length] = '\0';
    text_puts(text, "\n");
}

enum exit_status table_print(const struct table *table, struct text *text)
{
    int *width = calloc(table->column_count, sizeof *width);
    if (width == NULL)
        return diag_memory();
    bool any_folded = false;
    for (size_t c = 0; c < table->column_count; ++c) {
        width[c] = is_folded(table, c) ? -1 : column_width(table, c);
        if (width[c] >= 0)
            continue;
        any_folded = true;
        text_printf(text, "%s: ", table->columns[c].title);
        put_plain(text, cell_at(table, 0, c));
        text_puts(text, "\n");
    }
    text_puts(text, any_folded ? "\n" : "");
    put_line(table, table_rows(table), width, text);
    for (size_t row = 0; row < table_rows(table); ++row)
        put_line(table, row, width, text);
    free(width);
    return ended(table, text);
}

/* ---- comma-separated values ------------------------------------------------------------------------ */

/* Quoted where it must be (RFC 4180). */
static void put_csv(struct text *text, const char *cell)
{
    const bool quote = strpbrk(cell, ",\"\r\n") != NULL;
    text_puts(text, quote ? "\"" : "");
    for (; *cell != '\0'; ++cell)
        text_append(text, *cell == '"' ? "\"\"" : cell, *cell == '"' ? 2 : 1);
    text_puts(text, quote ? "\"" : "");
}

enum exit_status table_csv(const struct table *table, struct text *text)
{
    for (size_t c = 0; c < table->column_count; ++c) {
        text_puts(text, c > 0 ? "," : "");
        put_csv(text, table->columns[c].title);
    }
    for (size_t row = 0; row < table_rows(table); ++row)
        for (size_t c = 0; c < table->column_count; ++c) {
            text_puts(text, c > 0 ? "," : "\n");
            put_csv(text, cell_at(table, row, c));
        }
    text_puts(text, "\n");
    return ended(table, text);
}

/* ---- JSON ------------------------------------------------------------------------------------------ */

static cJSON *json_value(const struct table_column *column, const char *cell)
{
    if (!column->number)
        return cJSON_CreateString(cell);
    char *end;
    const double value = strtod(cell, &end);
    return end == cell || *end != '\0' || !isfinite(value) ? cJSON_CreateNull() : cJSON_CreateRaw(cell);
}

static bool add_row(cJSON *array, const struct table *table, size_t row)
{
    cJSON *object = cJSON_CreateObject();
    bool ok = object != NULL && cJSON_AddItemToArray(array, object);
    if (!ok)
        cJSON_Delete(object);
    for (size_t c = 0; ok && c < table->column_count; ++c) {
        cJSON *value = json_value(&table->columns[c], cell_at(table, row, c));
        ok = value != NULL && cJSON_AddItemToObject(object, table->columns[c].title, value);
        if (!ok)
            cJSON_Delete(value);
    }
    return ok;
}

enum exit_status table_json(const struct table *table, struct text *text)
{
    cJSON *array = cJSON_CreateArray();
    bool ok = array != NULL;
    for (size_t row = 0; ok && row < table_rows(table); ++row)
        ok = add_row(array, table, row);
    char *json = ok ? cJSON_Print(array) : NULL;
    if (json != NULL)
        text_printf(text, "%s\n", json);
    cJSON_Delete(array);
    cJSON_free(json);
    return json == NULL ? diag_memory() : ended(table, text);
}
