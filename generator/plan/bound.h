/*
 * bound.h: the least time that a kernel can take, by what its plan asks of a core and of the memory
 * (docs/bench.md).
 */
#ifndef SEPCC_GENERATOR_PLAN_BOUND_H
#define SEPCC_GENERATOR_PLAN_BOUND_H

#include "plan/plan.h"
#include "sepcc.h"

#include <stddef.h>

/* What a kernel does in one run. */
struct bound_counts {
    double fmas, loads, stores;       /* of vectors: see plan_count.c */
    double activations;               /* multiplies and multiply-adds of vectors in the activations */
    double split_loads, split_stores; /* loads and stores of pixels that cross a cache line, at the least */
    double read_bytes;   /* input that any output depends on, and packed weights: each byte once; of pixels
                          * that stand alone, the cache lines they lie in */
    double write_bytes;  /* output */
    double packed_bytes; /* the part of read_bytes that every thread reads */
};

/*
 * How fast all threads together are, in any one unit of time: seconds, or cycles of a core. A level is
 * reached by what the caches before it do not hold.
 */
struct bound_rates {
    double fmas, loads, stores;  /* of vectors, in a unit of time */
    double threads;              /* that share the work */
    double caches[SEPCC_MEMORY]; /* bytes: of a core's own L1 and L2, of the shared L3 */
    struct sepcc_bandwidth bandwidth[SEPCC_LEVEL_COUNT]; /* time for each byte */
};

/* The four bounds, of which the largest is the bound; all in the rates' unit of time. */
struct bound {
    double fma, loads, stores, bytes;
    enum sepcc_level level; /* from which the bytes take longest */
    double time;
    const char *by; /* which it is: "fma", "loads", "stores", or the name of that level; literal */
};

struct bound_counts bound_count(const struct spec *spec, const struct plan *plan);

struct bound bound_of(const struct bound_counts *counts, const struct bound_rates *rates);

/*
 * The share of its bytes that a kernel gets from each level, 1 in all. What exceeds a cache displaces as much
 * again, since runs go through the bytes in one order: of w bytes in a cache of c, 2 (w - c) come from behind
 * it, until all do. A core's own cache has to hold a thread's share of input and output, and all weights.
 */
void bound_levels(const struct bound_counts *counts, const double caches[SEPCC_MEMORY], double threads,
                  double shares[SEPCC_LEVEL_COUNT]);

/*
 * Vectors in a second: multiply-adds at flops (floating-point operations in a second, of all threads), and
 * loads and stores by the table of ports in bound.c. The rest is left to the caller.
 */
struct bound_rates bound_rates_at(const struct isa *isa, double flops);

/*
 * A core that nobody measured, in cycles: multiply-adds as the plans reckon, the same table of ports, and
 * usual caches.
 */
struct bound_rates bound_rates_model(const struct isa *isa);

/* Appends counts and bound by that model, in words, two lines. */
void bound_explain(const struct spec *spec, const struct plan *plan, struct text *text);

#endif
