/*
 * db_columns.c: the columns of the table of trials.
 */
#include "database/db_columns.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- outcomes -------------------------------------------------------------------------------------- */

static const char *const outcome_words[] = {
#define OUTCOME_WORD(symbol, word) word,
    TUNE_OUTCOME_TABLE(OUTCOME_WORD)
#undef OUTCOME_WORD
};

const char *tune_outcome_word(enum tune_outcome outcome)
{
    return outcome < TUNE_OUTCOME_COUNT ? outcome_words[outcome] : "unknown";
}

enum tune_outcome tune_outcome_find(const char *word)
{
    unsigned outcome = 0;
    while (outcome < TUNE_OUTCOME_COUNT && strcmp(outcome_words[outcome], word) != 0)
        ++outcome;
    return (enum tune_outcome)outcome;
}

/* ---- columns --------------------------------------------------------------------------------------- */

#define FIELD(member) offsetof(struct tune_trial, member)

const struct tune_column tune_columns[] = {
    {"id", COLUMN_TEXT, FIELD(id)},
    {"sweep", COLUMN_TEXT, FIELD(sweep)},
    {"stage", COLUMN_TEXT, FIELD(stage)},
    {"spec", COLUMN_TEXT, FIELD(key.spec)},
    {"isa", COLUMN_TEXT, FIELD(key.isa)},
    {"cpu", COLUMN_TEXT, FIELD(key.cpu)},
    {"compiler", COLUMN_TEXT, FIELD(key.compiler)},
    {"templates", COLUMN_TEXT, FIELD(key.templates)},
    {"plan", COLUMN_TEXT, FIELD(plan)},
    {"cache", COLUMN_TEXT, FIELD(cache)},
    {"threads", COLUMN_UNSIGNED, FIELD(threads)},
    {"outcome", COLUMN_OUTCOME, FIELD(outcome)},
    {"untuned", COLUMN_BOOL, FIELD(untuned)},
    {"confirmed", COLUMN_BOOL, FIELD(confirmed)},
    {"emulated", COLUMN_BOOL, FIELD(emulated)},
    {"detail", COLUMN_TEXT, FIELD(detail)},
    {"predicted_s", COLUMN_REAL, FIELD(predicted_s)},
    {"median_s", COLUMN_REAL, FIELD(median_s)},
    {"low_s", COLUMN_REAL, FIELD(low_s)},
    {"high_s", COLUMN_REAL, FIELD(high_s)},
    {"ratio", COLUMN_REAL, FIELD(ratio)},
    {"ratio_low", COLUMN_REAL, FIELD(ratio_low)},
    {"ratio_high", COLUMN_REAL, FIELD(ratio_high)},
    {"rounds", COLUMN_UNSIGNED, FIELD(rounds)},
    {"bound_s", COLUMN_REAL, FIELD(bound_s)},
    {"flop", COLUMN_REAL, FIELD(flop)},
    {"gflops", COLUMN_REAL, FIELD(gflops)},
    {"peak_gflops", COLUMN_REAL, FIELD(peak_gflops)},
    {"code_bytes", COLUMN_INT64, FIELD(code_bytes)},
    {"spills", COLUMN_UNSIGNED, FIELD(spills)},
    {"finished", COLUMN_INT64, FIELD(finished)},
};

const size_t tune_column_count = sizeof tune_columns / sizeof tune_columns[0];

void tune_columns_names(struct text *sql)
{
    for (size_t i = 0; i < tune_column_count; ++i)
        text_printf(sql, "%s%s", i > 0 ? ", " : "", tune_columns[i].name);
}

int tune_column_bind(sqlite3_stmt *statement, int index, const struct tune_column *column,
                     const struct tune_trial *trial)
{
    const void *field = (const char *)trial + column->offset;
    switch (column->kind) {
    case COLUMN_TEXT:
        return sqlite3_bind_text(statement, index, *(const char *const *)field, -1, SQLITE_STATIC);
    case COLUMN_REAL: { /* SQLite has no NaN */
        const double value = *(const double *)field;
        return sqlite3_bind_double(statement, index, isnan(value) ? 0.0 : value);
    }
    case COLUMN_UNSIGNED:
        return sqlite3_bind_int64(statement, index, *(const unsigned *)field);
    case COLUMN_BOOL:
        return sqlite3_bind_int(statement, index, *(const bool *)field);
    case COLUMN_INT64:
        return sqlite3_bind_int64(statement, index, *(const int64_t *)field);
    case COLUMN_OUTCOME:
        return sqlite3_bind_text(statement, index, tune_outcome_word(*(const enum tune_outcome *)field), -1,
                                 SQLITE_STATIC);
    }
    return SQLITE_MISUSE;
}

bool tune_column_read(sqlite3_stmt *row, int index, const struct tune_column *column,
                      struct tune_trial *trial)
{
    void *field = (char *)trial + column->offset;
    const char *text = NULL;
    if (column->kind == COLUMN_TEXT || column->kind == COLUMN_OUTCOME) {
        text = (const char *)sqlite3_column_text(row, index);
        if (text == NULL)
            return false;
    }
    switch (column->kind) {
    case COLUMN_TEXT:
        *(const char **)field = text;
        return true;
    case COLUMN_REAL:
        *(double *)field = sqlite3_column_double(row, index);
        return true;
    case COLUMN_UNSIGNED:
        *(unsigned *)field = (unsigned)sqlite3_column_int64(row, index);
        return true;
    case COLUMN_BOOL:
        *(bool *)field = sqlite3_column_int(row, index) != 0;
        return true;
    case COLUMN_INT64:
        *(int64_t *)field = sqlite3_column_int64(row, index);
        return true;
    case COLUMN_OUTCOME:
        *(enum tune_outcome *)field = tune_outcome_find(text);
        return *(enum tune_outcome *)field != TUNE_OUTCOME_COUNT;
    }
    return false;
}

const char *tune_columns_unprintable(const struct tune_trial *trial)
{
    for (size_t i = 0; i < tune_column_count; ++i) {
        if (tune_columns[i].kind != COLUMN_TEXT)
            continue;
        const unsigned char *text =
            *(const unsigned char *const *)((const char *)trial + tune_columns[i].offset);
        for (; *text != '\0'; ++text)
            if (*text < ' ' || *text == 0x7f)
                return tune_columns[i].name;
    }
    return NULL;
}

bool tune_trial_copy(const struct tune_trial *trial, struct tune_trial *copy)
{
    bool ok = true;
    *copy = *trial;
    for (size_t i = 0; i < tune_column_count; ++i)
        if (tune_columns[i].kind == COLUMN_TEXT) {
            char **text = (char **)((char *)copy + tune_columns[i].offset);
            *text = strdup(*text);
            ok &= *text != NULL;
        }
    if (!ok)
        tune_trial_free(copy);
    return ok;
}

void tune_trial_free(struct tune_trial *copy)
{
    for (size_t i = 0; i < tune_column_count; ++i)
        if (tune_columns[i].kind == COLUMN_TEXT)
            free(*(char **)((char *)copy + tune_columns[i].offset));
    *copy = (struct tune_trial){0};
}

bool tune_column_is_number(const struct tune_column *column)
{
    return column->kind != COLUMN_TEXT && column->kind != COLUMN_OUTCOME;
}

void tune_column_cell(const struct tune_column *column, const struct tune_trial *trial, struct table *table)
{
    const void *field = (const char *)trial + column->offset;
    switch (column->kind) {
    case COLUMN_TEXT:
        table_cell(table, "%s", *(const char *const *)field);
        return;
    case COLUMN_REAL:
        table_cell(table, "%.9g", *(const double *)field);
        return;
    case COLUMN_UNSIGNED:
        table_cell(table, "%u", *(const unsigned *)field);
        return;
    case COLUMN_BOOL:
        table_cell(table, "%d", *(const bool *)field);
        return;
    case COLUMN_INT64:
        table_cell(table, "%" PRId64, *(const int64_t *)field);
        return;
    case COLUMN_OUTCOME:
        table_cell(table, "%s", tune_outcome_word(*(const enum tune_outcome *)field));
        return;
    }
}
