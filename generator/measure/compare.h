/*
 * compare.h: separable stages beside the standard convolutions that they replace, measured, and both forms of
 * the report.
 */
#ifndef SEPCC_GENERATOR_MEASURE_COMPARE_H
#define SEPCC_GENERATOR_MEASURE_COMPARE_H

#include "measure/bench.h"

#include <stddef.h>

/* Stages 2 i and 2 i + 1 of the bench's bundle are the separable stage stages[i] and its standard
 * convolution. */
struct comparison {
    const struct bench *bench;
    const struct spec *stages; /* by their own names */
    size_t stage_count;
    size_t left_out; /* stages that are no separable ones */
};

/* The standard convolution that a separable stage replaces: same window, channels, bias and last activation.
 */
void compare_conv(const struct spec *separable, struct spec *conv);

/* For each stage and ISA a table, and what it says. */
void compare_print_table(const struct comparison *comparison);
enum exit_status compare_print_json(const struct comparison *comparison);

#endif
