/*
 * db_columns.h: the columns of the table of trials, in one place: how each is stored, read and printed.
 */
#ifndef SEPCC_GENERATOR_DATABASE_DB_COLUMNS_H
#define SEPCC_GENERATOR_DATABASE_DB_COLUMNS_H

#include "base/table.h"
#include "base/text.h"
#include "database/db.h"

#include <sqlite3.h>

enum tune_column_kind {
    COLUMN_TEXT,
    COLUMN_REAL,
    COLUMN_UNSIGNED,
    COLUMN_BOOL,
    COLUMN_INT64,
    COLUMN_OUTCOME,
};

/* A column, and the field of struct tune_trial that it holds. */
struct tune_column {
    const char *name;
    enum tune_column_kind kind;
    size_t offset;
};
extern const struct tune_column tune_columns[];
extern const size_t tune_column_count;

/* Appends their names, separated by commas. */
void tune_columns_names(struct text *sql);
/* Binds the trial's value to a parameter; SQLite's result. Texts stay the trial's. */
int tune_column_bind(sqlite3_stmt *statement, int index, const struct tune_column *column,
                     const struct tune_trial *trial);
/* Takes the value from a row; false when it is none that sepcc writes. Texts stay SQLite's. */
bool tune_column_read(sqlite3_stmt *row, int index, const struct tune_column *column,
                      struct tune_trial *trial);
/* The first text of the trial that is not one line without control characters; NULL when all are. */
const char *tune_columns_unprintable(const struct tune_trial *trial);
/* Adds the value as a cell: numbers with all their digits, 0 and 1 for false and true. */
void tune_column_cell(const struct tune_column *column, const struct tune_trial *trial, struct table *table);
/* Whether the cells are numbers. */
bool tune_column_is_number(const struct tune_column *column);

#endif
