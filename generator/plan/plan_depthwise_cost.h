/*
 * plan_depthwise_cost.h: what a register tile of a depthwise kernel (NHWC) needs and costs; between
 * plan_depthwise.c, which chooses one, and plan_depthwise_cost.c.
 */
#ifndef SEPCC_GENERATOR_PLAN_PLAN_DEPTHWISE_COST_H
#define SEPCC_GENERATOR_PLAN_PLAN_DEPTHWISE_COST_H

#include "plan/plan_internal.h"

/* A register tile that may be chosen. */
struct candidate {
    unsigned rows, columns, vectors, hold;
    enum unroll unroll;
};

/* What a candidate costs: cycles of the whole layer, cycles to fetch its code once, and bytes of code. */
struct cost {
    double cycles, fetch, bytes;
};

/* What a tile is chosen for. */
struct chooser {
    const struct spec *spec;
    const struct sepcc_layer *layer;
    const struct isa *isa;
    struct axis rows, columns;
    unsigned budget;
    bool part; /* of a fused stage */
};

/* Channels of a slice: neighbouring lines, which the hardware fetches together. */
enum { SLICE_CHANNELS = 64 };

/* Vector registers that a body of the tile needs. */
unsigned depthwise_registers(const struct chooser *chooser, const struct candidate *tile);
enum tap_order depthwise_tap_order(const struct chooser *chooser, const struct candidate *tile);
/* Whether a few cache lines of each pixel are passed over at a time (docs/plan.md). */
bool depthwise_sliced(const struct chooser *chooser);
/* At how many places of a way of the first-level cache pixels begin: 1 to 64, its lines. */
unsigned depthwise_places(const struct chooser *chooser);
/* What a kernel of straight-line code on an ISA with vectors has fetched ahead unless it is asked for. */
enum prefetch depthwise_prefetch(const struct chooser *chooser);
/* The bands that cover the output with the tile; free their items. `failed` is set when out of memory. */
void depthwise_bands(const struct chooser *chooser, const struct candidate *tile, struct band_list *rows,
                     struct band_list *columns);
/* What the whole layer costs with the tile. False when out of memory. */
bool depthwise_evaluate(const struct chooser *chooser, const struct candidate *tile, struct cost *cost);

#endif
