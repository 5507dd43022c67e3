/*
 * bench.h: what `sepcc bench` builds, loads and measures, and its three forms of report.
 */
#ifndef SEPCC_GENERATOR_MEASURE_BENCH_H
#define SEPCC_GENERATOR_MEASURE_BENCH_H

#include "bundle/build.h"
#include "plan/bound.h"
#include "sepcc.h"

#include <stdbool.h>
#include <stddef.h>

/* One kernel, measured once however many stages it serves. */
struct bench_kernel {
    const struct kernel *kernel;
    const struct sepcc_kernel *loaded;
    bool proved; /* filled by --verify */
    char message[256];
    struct sepcc_measure_result result;
    struct bound bound; /* in seconds */
};

struct bench {
    const struct bundle *bundle;
    struct bench_kernel *kernels; /* in the order of bundle->kernels */
    size_t threads;
    bool verified; /* --verify was given: proved holds */
};

/* What is loaded for a bench, to be let go at its end. */
struct bench_session {
    struct build build;
    char *library_path, *peaks_path;
    struct sepcc_library *library;
    void *peaks;
    struct sepcc_pool *pool;
    struct bench bench;
};

/* The ISAs to be measured: only what this CPU can run. `all` means all of that; another one named is an
 * error. */
enum exit_status bench_isas(const struct options *options, isa_set *isas);

/* Builds and loads a planned bundle, which it takes over. Call bench_close in every case. */
enum exit_status bench_open(const struct options *options, struct bundle *bundle,
                            struct bench_session *session);
void bench_close(struct bench_session *session);

/* Fills proved and message of all kernels. A kernel that is wrong is a result, not an error. */
enum exit_status bench_prove(struct bench_session *session);

/* Whether a kernel that was proved is wrong: STATUS_WRONG, else STATUS_DONE. */
enum exit_status bench_verdict(const struct bench *bench);

/* Fills results and bounds of all kernels, which are measured in turn. */
enum exit_status bench_measure(struct bench_session *session);

/*
 * Fills the bounds of all kernels, whose results are there: measures the bandwidth of the levels that they
 * need, with the pool that measured them (NULL: one thread). Errors: DIAG_MEMORY.
 */
enum exit_status bench_bounds(struct bench *bench, struct sepcc_pool *pool);

/* A line a stage and ISA, and one for all stages of each ISA. */
void bench_print_table(const struct bench *bench);
void bench_print_csv(const struct bench *bench);
enum exit_status bench_print_json(const struct bench *bench);

#endif
