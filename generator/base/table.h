/*
 * table.h: rows of cells, printed for people (aligned columns) or for programs (comma-separated values,
 * JSON).
 */
#ifndef SEPCC_GENERATOR_BASE_TABLE_H
#define SEPCC_GENERATOR_BASE_TABLE_H

#include "base/diag.h"
#include "base/text.h"

#include <stdbool.h>
#include <stddef.h>

struct table_column {
    const char *title;
    bool number; /* to the right; in JSON a number, and null where the cell is empty or not finite */
    bool fold;   /* for people: what is the same in all rows is said once, above them */
};

/* Starts as {.columns = ..., .column_count = ...}; free with table_free. */
struct table {
    const struct table_column *columns; /* the caller's */
    size_t column_count;
    char **cells; /* row after row */
    size_t cell_count, capacity;
    bool failed; /* out of memory: stays set, and table_print and so on fail */
};

/* The next cell, from left to right and row by row. */
void table_cell(struct table *table, const char *format, ...) __attribute__((format(printf, 2, 3)));
void table_free(struct table *table);
size_t table_rows(const struct table *table);

/* All append to text. Control characters are printed as \xNN for people. Errors: DIAG_MEMORY. */
enum exit_status table_print(const struct table *table, struct text *text);
enum exit_status table_csv(const struct table *table, struct text *text);
enum exit_status table_json(const struct table *table, struct text *text); /* an array of objects */

#endif
