/*
 * report_markdown.c: the report as a page of tables, their columns aligned so that they read well as text
 * too.
 */
#include "report.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CELL_MAX = 64, OWN_COLUMNS = 5, COLUMN_MAX = OWN_COLUMNS + CONTESTANT_MAX };

struct table {
    size_t columns, rows;
    char (*cells)[COLUMN_MAX][CELL_MAX];
};

/* ---- cells ----------------------------------------------------------------------------------------- */

/* What stands in a peer's column: the ratio and its quartiles, or why there is none. */
static void ratio_cell(const struct outcome *outcome, char cell[CELL_MAX])
{
    static const char *const kinds[] = {"", "-", "failed", "wrong"};
    if (outcome->kind != OUTCOME_MEASURED)
        snprintf(cell, CELL_MAX, "%s", kinds[outcome->kind]);
    else if (outcome->ratio_low > 0)
        snprintf(cell, CELL_MAX, "%.2f (%.2f-%.2f)", outcome->ratio, outcome->ratio_low, outcome->ratio_high);
    else
        snprintf(cell, CELL_MAX, "%.2f", outcome->ratio);
}

/* The smallest ratio: how sepcc stands to the best peer. Below 1 sepcc loses, and the cell is bold. */
static void least_cell(const struct section *section, const struct row *row, char cell[CELL_MAX])
{
    size_t best = 0;
    for (size_t i = 1; i < section->contestants.count; ++i) {
        const struct outcome *outcome = &row->outcomes[i];
        if (outcome->kind == OUTCOME_MEASURED && outcome->ratio > 0 &&
            (best == 0 || outcome->ratio < row->outcomes[best].ratio))
            best = i;
    }
    if (best == 0)
        return;
    const double ratio = row->outcomes[best].ratio;
    snprintf(cell, CELL_MAX, ratio < 1 ? "**%.2f %s**" : "%.2f %s", ratio,
             section->contestants.items[best].peer->name);
}

static void fill_header(const struct section *section, struct table *table)
{
    static const char *const own[] = {"layer", "shape", "sepcc ms", "GFLOP/s", "of peak"};
    for (size_t c = 0; c < OWN_COLUMNS; ++c)
        snprintf(table->cells[0][c], CELL_MAX, "%s", own[c]);
    for (size_t i = 1; i < section->contestants.count; ++i)
        snprintf(table->cells[0][OWN_COLUMNS + i - 1], CELL_MAX, "%s",
                 section->contestants.items[i].peer->name);
    snprintf(table->cells[0][table->columns - 1], CELL_MAX, "least");
}

static void fill_row(const struct section *section, const struct row *row, struct table *table, size_t at)
{
    char(*cells)[CELL_MAX] = table->cells[at];
    const struct outcome *sepcc = &row->outcomes[0];
    snprintf(cells[0], CELL_MAX, "%s", row->name);
    snprintf(cells[1], CELL_MAX, "%s", row->shape);
    if (sepcc->kind == OUTCOME_MEASURED) {
        snprintf(cells[2], CELL_MAX, "%.4f", 1e3 * sepcc->seconds);
        snprintf(cells[3], CELL_MAX, "%.1f", row->flop / sepcc->seconds * 1e-9);
        snprintf(cells[4], CELL_MAX, "%.0f %%", 100 * sepcc->peak_share);
    } else
        ratio_cell(sepcc, cells[2]);
    for (size_t i = 1; i < section->contestants.count; ++i)
        ratio_cell(&row->outcomes[i], cells[OWN_COLUMNS + i - 1]);
    least_cell(section, row, cells[table->columns - 1]);
}

/* ---- tables ---------------------------------------------------------------------------------------- */

static bool is_number_column(size_t column)
{
    return column >= 2 && column < OWN_COLUMNS;
}

static void print_row(const struct table *table, size_t row, const size_t widths[], struct text *text)
{
    for (size_t c = 0; c < table->columns; ++c)
        text_printf(text, is_number_column(c) ? "| %*s " : "| %-*s ", (int)widths[c], table->cells[row][c]);
    text_puts(text, "|\n");
}

static void print_rule(const struct table *table, const size_t widths[], struct text *text)
{
    for (size_t c = 0; c < table->columns; ++c) {
        text_puts(text, "| ");
        for (size_t i = 0; i + 1 < widths[c]; ++i)
            text_puts(text, "-");
        text_puts(text, is_number_column(c) ? ": " : "- ");
    }
    text_puts(text, "|\n");
}

static void print_table(const struct table *table, struct text *text)
{
    size_t widths[COLUMN_MAX] = {0};
    for (size_t r = 0; r < table->rows; ++r)
        for (size_t c = 0; c < table->columns; ++c)
            if (strlen(table->cells[r][c]) > widths[c])
                widths[c] = strlen(table->cells[r][c]);
    for (size_t r = 0; r < table->rows; ++r) {
        print_row(table, r, widths, text);
        if (r == 0)
            print_rule(table, widths, text);
    }
}

/* ---- the page -------------------------------------------------------------------------------------- */

static void print_hiding(const struct report *report, struct text *text)
{
    if (report->hiding == HIDING_FAILED)
        text_printf(text, "- this CPU could not hide what it has above %s: peers may use it\n", report->isa);
    else if (report->hiding != HIDING_NEEDLESS)
        text_printf(text, "- what the CPU has above %s is hidden from the peers: %s\n", report->isa,
                    report->hiding == HIDING_TRAP
                        ? "their CPUID instructions trap"
                        : "they are copies that ask the benchmark instead of the CPU");
}

static void print_head(const struct report *report, struct text *text)
{
    const struct contestants *contestants = &report->sections[0].contestants;
    text_printf(text,
                "# %s, %s\n\nTime of each peer / time of sepcc: above 1 sepcc is faster. bench/README.md "
                "says how to read this.\n\n- CPU: %s\n- compiler of the kernels: %s\n",
                report->chain, report->isa, report->cpu, report->compiler);
    if (report->statistic == STATISTIC_MINIMUM)
        text_puts(text, "- figures are of the shortest run of each, not medians\n");
    if (report->plan != NULL)
        text_printf(text, "- plan: %s\n", report->plan);
    if (report->wisdom != NULL)
        text_printf(text, "- tuned plans for %zu of the %zu kernels of sepcc, from %s\n", report->tuned,
                    report->kernels, report->wisdom);
    for (size_t i = 0; i < contestants->count; ++i) {
        const struct contestant *item = &contestants->items[i];
        const bool started = item->version[0] != '\0';
        text_printf(text, "- %s: %s%s%s\n", item->peer->name, started ? item->version : "did not start",
                    item->peer->remark[0] != '\0' ? "; " : "", item->peer->remark);
    }
    print_hiding(report, text);
}

static void print_section(const struct section *section, struct text *text)
{
    struct table table = {.columns = OWN_COLUMNS + section->contestants.count,
                          .rows = section->row_count + 1};
    table.cells = calloc(table.rows, sizeof *table.cells);
    if (table.cells == NULL) {
        text->failed = true;
        return;
    }
    text_printf(text, "\n## %zu thread%s\n\n%zu rounds; load average %.1f before and %.1f after.\n\n",
                section->threads, section->threads == 1 ? "" : "s", section->rounds, section->load_before,
                section->load_after);
    fill_header(section, &table);
    for (size_t r = 0; r < section->row_count; ++r)
        fill_row(section, &section->rows[r], &table, r + 1);
    print_table(&table, text);
    free(table.cells);
}

void report_markdown(const struct report *report, struct text *text)
{
    print_head(report, text);
    for (size_t s = 0; s < report->section_count; ++s)
        print_section(&report->sections[s], text);
}
