/*
 * cliffs.h: `sepcc bench --cliffs`: a sweep over depthwise shapes, which finds those that are far slower than
 * the shapes beside them.
 */
#ifndef SEPCC_GENERATOR_MEASURE_CLIFFS_H
#define SEPCC_GENERATOR_MEASURE_CLIFFS_H

#include "base/text.h"
#include "options/options.h"
#include "plan/plan.h"
#include "spec/isa.h"
#include "spec/name.h"

#include <stdbool.h>
#include <stddef.h>

/* The grid: kernel sizes 1 .. CLIFF_KERNELS, strides 1 .. CLIFF_STRIDES, and channels by the ISA's lanes. */
enum { CLIFF_KERNELS = 9, CLIFF_STRIDES = 3, CLIFF_CHANNELS = 6 };
enum { CLIFF_POINTS = CLIFF_KERNELS * CLIFF_STRIDES * CLIFF_CHANNELS };

/*
 * One point of the grid. Points lie in the order of kernels, then strides, then channels, the last the
 * fastest.
 */
struct cliff_point {
    const struct isa *isa;
    unsigned kernel, stride, channels;
    double ms, gflops, peak_share; /* of the shortest trial */
    double bound_ms;
    const char *bound_by; /* literal */
    /* Shares of the bound, and of the part of it that is the shape's own: multiply-adds and bytes, without
     * the loads and stores of the plan, by which a poor plan would excuse itself. 0 .. about 1. */
    double share, shape_share;
    double beside, shape_beside; /* their medians over the neighbours */
    bool cliff;                  /* in either */
    char plan[PLAN_SHORT_MAX];
    char name[KERNEL_NAME_MAX + 1]; /* of the kernel */
};

/* The channels of the grid, ascending: one vector, three, three and one channel, then 100, 128 and 129. */
void cliff_channels(const struct isa *isa, unsigned channels[CLIFF_CHANNELS]);

/*
 * Fills a point for every kernel size, stride and count of channels, and appends the stages as a .layers
 * list: the words of `base` (a depthwise spec, or "" for one of 28x28), but its kernel, stride, padding and
 * channels. False when base is no depthwise spec with an input of HxWxC.
 */
bool cliff_stages(const struct isa *isa, const char *base, struct cliff_point points[CLIFF_POINTS],
                  struct text *layers);

/*
 * Marks cliffs among values on a grid of three axes (the last the fastest): a point is one when its value is
 * under half of the median of its neighbours', which are the points one step away along each axis. beside[i]
 * gets that median (the value itself where there is no neighbour), cliffs[i] the verdict.
 */
void cliff_find(const double *values, const size_t sizes[3], double *beside, bool *cliffs);

/* The three forms of report, of `count` sweeps one after the other. */
void cliff_print_table(const struct cliff_point *points, size_t count);
void cliff_print_csv(const struct cliff_point *points, size_t count);
enum exit_status cliff_print_json(const struct cliff_point *points, size_t count);

/* The whole sweep, for each ISA: STATUS_WRONG when there is a cliff. */
enum exit_status bench_cliffs(const struct options *options, isa_set isas);

#endif
