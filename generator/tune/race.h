/*
 * race.h: proved kernels timed against each other in a fresh process (sepcc_race of the runtime).
 *
 * The process opens the libraries itself, so that neither its memory nor a crash in it is anybody else's.
 * What it finds comes back through shared memory.
 */
#ifndef SEPCC_GENERATOR_TUNE_RACE_H
#define SEPCC_GENERATOR_TUNE_RACE_H

#include "base/diag.h"
#include "sepcc.h"

#include <stdbool.h>
#include <stddef.h>

enum { RACE_RUNNERS_MAX = 64, RACE_CHAIN_MAX = 512 };

/* A kernel in a library that holds a bundle. */
struct race_kernel {
    const char *library, *bundle, *name;
};

struct race_job {
    struct race_kernel runners[RACE_RUNNERS_MAX]; /* the first is the base */
    size_t count;
    const struct race_kernel *chain; /* SEPCC_RACE_CHAIN: the network's kernels */
    size_t chain_count, chain_at;
    const char *peaks, *peak_symbol; /* the library of the peak loops; NULL: no peak is timed */
    enum sepcc_race_cache cache;
    unsigned threads;
    double seconds, precision;
    unsigned min_rounds, most_rounds;
    bool all_stay;
    size_t keep;
    uint64_t seed;
    double limit_s; /* after which it is hung */
};

/* How it ended. */
enum race_end {
    RACE_DONE,
    RACE_CRASHED, /* a signal, while `who` ran */
    RACE_HUNG,    /* the time limit passed, while `who` ran */
};

struct race_outcome {
    enum race_end end;
    size_t who;
    int signal;
    struct sepcc_race_result results[RACE_RUNNERS_MAX]; /* RACE_DONE */
};

/* Runs the race. Errors: of the environment (DIAG_TOOL no process, DIAG_LOAD, DIAG_MEMORY). */
enum exit_status race_run(const struct race_job *job, struct race_outcome *outcome);

#endif
