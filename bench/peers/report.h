/*
 * report.h: what was measured, as a table to read and as CSV. bench/README.md says how to read them.
 */
#ifndef SEPCC_BENCH_REPORT_H
#define SEPCC_BENCH_REPORT_H

#include "base/text.h"
#include "contestants.h"
#include "machine.h"
#include "race.h"
#include "spec/spec.h"

enum row_kind { ROW_LAYER, ROW_SUM, ROW_CHAIN };

struct row {
    enum row_kind kind;
    const struct spec *spec; /* of a layer, else NULL */
    char name[SPEC_NAME_MAX + 1];
    char shape[64];
    double flop;
    struct outcome outcomes[CONTESTANT_MAX];
};

/* All that was measured with one number of threads. */
struct section {
    size_t threads, rounds;
    double load_before, load_after;
    struct contestants contestants; /* with their versions; stopped */
    struct row *rows;               /* layers, then sums over them, then the chain */
    size_t row_count;
};

struct report {
    const char *chain; /* the layer list's name, without folder and suffix */
    const char *isa;
    const char *plan;      /* --plan, or NULL */
    const char *wisdom;    /* --wisdom, or NULL */
    size_t tuned, kernels; /* of sepcc's kernels so many have a plan from it */
    enum statistic statistic;
    char cpu[256];
    const char *compiler;
    enum machine_hiding hiding; /* of what the CPU has above isa */
    struct section *sections;
    size_t section_count;
};

/* A row for a layer or the chain, without outcomes. */
void row_describe(struct row *row, const struct spec *spec);

/*
 * Fills a row with the sums over count layer rows of that operation (0: of any): of times, and of a peer that
 * has all of these layers. name becomes "all depthwise (13)".
 */
void row_sum(struct row *sum, const struct row *rows, size_t count, uint32_t op, size_t contestant_count);

void report_markdown(const struct report *report, struct text *text);
void report_csv(const struct report *report, struct text *text);

#endif
