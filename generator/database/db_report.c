/*
 * db_report.c: trials as rows of a table.
 */
#include "database/db_report.h"

#include "database/db_columns.h"

/* ---- for people ------------------------------------------------------------------------------------ */

static const struct table_column short_columns[] = {
    {"cpu", false, true},           {"compiler", false, true}, {"templates", false, true},
    {"cache", false, true},         {"threads", true, true},   {"spec", false, false},
    {"isa", false, true},           {"outcome", false, false}, {"ratio", true, false},
    {"95 % between", false, false}, {"ms", true, false},       {"GFLOP/s", true, false},
    {"plan", false, false},
};

struct table db_table_short(void)
{
    return (struct table){.columns = short_columns,
                          .column_count = sizeof short_columns / sizeof short_columns[0]};
}

/* The outcome, and what else decides whether the trial can be a best one. */
static void add_outcome(struct table *table, const struct tune_trial *trial)
{
    const char *more = trial->untuned                                         ? ", untuned"
                       : trial->outcome == TUNE_MEASURED && !trial->confirmed ? ", unconfirmed"
                                                                              : "";
    table_cell(table, "%s%s%s", tune_outcome_word(trial->outcome), more, trial->emulated ? ", emulated" : "");
}

void db_table_short_add(struct table *table, const struct tune_trial *trial)
{
    const struct tune_key *key = &trial->key;
    table_cell(table, "%s", key->cpu);
    table_cell(table, "%s", key->compiler);
    table_cell(table, "%.8s", key->templates);
    table_cell(table, "%s", trial->cache);
    table_cell(table, "%u", trial->threads);
    table_cell(table, "%s", key->spec);
    table_cell(table, "%s", key->isa);
    add_outcome(table, trial);
    if (trial->ratio > 0.0) {
        table_cell(table, "%.3f", trial->ratio);
        table_cell(table, "%.3f %.3f", trial->ratio_low, trial->ratio_high);
    } else {
        table_cell(table, "-");
        table_cell(table, "-");
    }
    if (trial->median_s > 0.0) {
        table_cell(table, "%.*f", text_ms_digits(trial->median_s * 1e3), trial->median_s * 1e3);
        table_cell(table, "%.1f", trial->gflops);
    } else {
        table_cell(table, "-");
        table_cell(table, "-");
    }
    table_cell(table, "%s", trial->plan);
}

/* ---- for programs ---------------------------------------------------------------------------------- */

enum { COLUMNS_MAX = 64 };

struct table db_table_whole(void)
{
    static struct table_column columns[COLUMNS_MAX];
    for (size_t i = 0; i < tune_column_count && i < COLUMNS_MAX; ++i)
        columns[i] = (struct table_column){.title = tune_columns[i].name,
                                           .number = tune_column_is_number(&tune_columns[i])};
    return (struct table){.columns = columns, .column_count = tune_column_count};
}

void db_table_whole_add(struct table *table, const struct tune_trial *trial)
{
    for (size_t i = 0; i < tune_column_count; ++i)
        tune_column_cell(&tune_columns[i], trial, table);
}
