/*
 * bound.h: the least time that a kernel can take, by what its plan asks of a core and of the memory
 * (docs/bench.md).
 */
#ifndef SEPCC_GENERATOR_BOUND_H
#define SEPCC_GENERATOR_BOUND_H

#include "plan.h"
#include "sepcc.h"

#include <stddef.h>

/* What a kernel does in one run. */
struct bound_counts {
    double fmas, loads, stores; /* of vectors: see plan_count.c */
    double read_bytes;          /* input and packed weights, each byte once */
    double write_bytes;         /* output */
    double packed_bytes;        /* the part of read_bytes that every thread reads */
};

/* How fast all threads together are, in any one unit of time: seconds, or cycles of a core. */
struct bound_rates {
    double fmas, loads, stores; /* of vectors, in a unit of time */
    double read, write;         /* time for each byte */
    const char *level;          /* where the bytes come from: "L2" */
};

/* The four bounds, of which the largest is the bound; all in the rates' unit of time. */
struct bound {
    double fma, loads, stores, bytes;
    double time;
    const char *by; /* which it is: "fma", "loads", "stores", or the rates' level; literal */
};

struct bound_counts bound_count(const struct spec *spec, const struct plan *plan);

struct bound bound_of(const struct bound_counts *counts, const struct bound_rates *rates);

/*
 * The first level that holds all that a kernel reads and writes. A level of a core's own has to hold a
 * thread's share of input and output, and all weights. caches: bytes of L1, L2 and L3, 0 where there is none.
 */
enum sepcc_level bound_level(const struct bound_counts *counts, const size_t caches[SEPCC_MEMORY],
                             size_t threads);

/*
 * Vectors in a second: multiply-adds at flops (floating-point operations in a second, of all threads), and
 * loads and stores by the table of ports in bound.c. The bytes are left to the caller.
 */
struct bound_rates bound_rates_at(const struct isa *isa, double flops);

/*
 * A core that nobody measured, in cycles: multiply-adds as the plans reckon, the same table of ports, and
 * usual caches.
 */
struct bound_rates bound_rates_model(const struct isa *isa, const struct bound_counts *counts);

/* Appends counts and bound by that model, in words, two lines. */
void bound_explain(const struct spec *spec, const struct plan *plan, struct text *text);

#endif
