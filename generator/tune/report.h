/*
 * report.h: a tuning database as one page: what `sepcc report` gathers, draws and prints.
 *
 * trials -> groups of stages that can be compared -> plots by gnuplot -> one HTML page without any reference
 * to a network.
 */
#ifndef SEPCC_GENERATOR_TUNE_REPORT_H
#define SEPCC_GENERATOR_TUNE_REPORT_H

#include "base/arena.h"
#include "base/diag.h"
#include "base/text.h"
#include "database/db.h"

#include <stdbool.h>
#include <stddef.h>

/* A trial that was timed, for the scatter of a stage's sweep. Seconds of one run. */
struct report_point {
    double predicted_s, measured_s;
};

/* A stage as tuned on one machine. Seconds are of one run; strings belong to the report. */
struct report_stage {
    const char *name, *spec;
    const char *templates; /* of the key: of several, those that were tried last */
    double flop;
    double intensity; /* flop for each byte of input, weights and output */
    double bound_s;   /* 0: unknown */
    double untuned_s; /* 0: not timed */
    double tuned_s;   /* untuned_s * ratio: what differs between two races is left out */
    double ratio;     /* of the best plan to the untuned one, 1 when that is the best */
    const char *untuned_plan, *tuned_plan;
    uint64_t code_bytes;                 /* of the best plan's kernel */
    unsigned spills;                     /* of the same */
    size_t outcomes[TUNE_OUTCOME_COUNT]; /* trials that ended so */
    struct report_point *points;         /* malloc'ed */
    size_t point_count, point_capacity;
    int64_t finished, untuned_finished; /* when the newest trial ended, and the untuned plan's */
    bool has_best;
};

/* Stages whose times can be put side by side: one CPU, compiler, ISA, cache state and number of threads. */
struct report_group {
    const char *isa, *cpu, *compiler, *cache;
    unsigned threads;
    bool emulated;
    double peak_gflops; /* median is not kept by trials: the highest that any trial saw, all threads */
    struct report_stage *stages; /* malloc'ed, in the order of their names' first trials */
    size_t stage_count, stage_capacity;
};

/* One layer of a run of bench_peers. */
struct report_peer {
    const char *isa, *spec, *peer;
    unsigned threads;
    double seconds;
};

struct report {
    struct report_group *groups; /* malloc'ed */
    size_t group_count, group_capacity;
    struct report_peer *peers; /* malloc'ed */
    size_t peer_count, peer_capacity;
    struct text peers_about; /* lines: the machine and versions of those runs */
    struct arena arena;      /* of all strings */
};

/* Gathers a database's trials. Free with report_free, also after an error. (report_data.c) */
enum exit_status report_gather(const char *db_path, struct report *report);
void report_free(struct report *report);

/*
 * Adds what bench_peers measured: a CSV file of it, or a folder whose *.csv files are all read, sorted by
 * name. Errors: DIAG_FILE_MISSING, DIAG_FILE_FORMAT, DIAG_MEMORY. (report_peers.c)
 */
enum exit_status report_read_peers(const char *path, struct report *report);

/* The seconds of a peer on a stage of a group; 0: there are none. */
double report_peer_seconds(const struct report *report, const struct report_group *group,
                           const struct report_stage *stage, const char *peer);

/*
 * Plots, appended as an <svg> element that takes the page's colours; `name` is unique on the page. Errors:
 * DIAG_TOOL (gnuplot is missing or failed), DIAG_MEMORY. (report_plot.c)
 */
enum exit_status report_plot_roofline(const struct report_group *group, const char *name, struct text *svg);
enum exit_status report_plot_peers(const struct report *report, const struct report_group *group,
                                   const char *name, struct text *svg);
enum exit_status report_plot_scatter(const struct report_stage *stage, const char *name, struct text *svg);

/* The whole page, by templates/report/page.html. (report_page.c) */
enum exit_status report_page(const struct report *report, struct text *page);

#endif
