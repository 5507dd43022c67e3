/*
 * bench.h: what `sepcc bench` has measured, and its three forms of report.
 */
#ifndef SEPCC_GENERATOR_BENCH_H
#define SEPCC_GENERATOR_BENCH_H

#include "bound.h"
#include "bundle.h"
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
