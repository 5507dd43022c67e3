/*
 * arguments.h: the command line of bench-peers.
 */
#ifndef SEPCC_BENCH_ARGUMENTS_H
#define SEPCC_BENCH_ARGUMENTS_H

#include "base/diag.h"

#include <stdbool.h>
#include <stddef.h>

enum { THREAD_COUNTS_MAX = 8 };

/* Strings belong to argv. */
struct arguments {
    const char *file;
    const char *peers;  /* NULL: all */
    const char *layers; /* NULL: all, and the chain */
    const char *isa;    /* NULL: the best of this CPU */
    const char *plan;
    const char *wisdom; /* NULL: the heuristic's plans */
    const char *output; /* NULL: nothing is written */
    const char *onnxruntime;
    size_t threads[THREAD_COUNTS_MAX];
    size_t threads_count;
    double seconds; /* for each number of threads */
    bool chain_only, minimum;
    bool done; /* help is printed */
};

enum exit_status arguments_parse(int argc, char **argv, struct arguments *arguments);

#endif
