/*
 * rounding.h: how far two right computations of a stage in single precision may lie apart.
 *
 * docs/model.md has the derivation. u = 2^-24; of a layer with n terms a sum, in any order and with or
 * without fused multiply-adds, each of the two is off by at most (n + extra) * u * (sum |x*w| + |bias|), and
 * by what its input is off times sum |w|; activations multiply that by their largest slope and add their own
 * roundings.
 */
#ifndef SEPCC_GENERATOR_VERIFY_ROUNDING_H
#define SEPCC_GENERATOR_VERIFY_ROUNDING_H

#include "base/diag.h"
#include "sepcc_kernel.h"

#include <stddef.h>

/* What the stage was made from, for each of its layers. */
struct rounding_layer {
    const float *weight, *bias, *slope; /* as sepcc_pack_fn has them; bias and slope may be NULL */
    /*
     * Per output channel the sum of the absolute values that were added up into the bias; NULL: the bias
     * itself. Folding cancels: a bias of 0 may be the difference of two large numbers.
     */
    const double *constant;
    unsigned extra; /* roundings per output beside those of the sum: of folded operators */
};

/*
 * Fills bound[] (as the stage's output) with the largest difference between two outputs for these inputs.
 * Errors: DIAG_MEMORY.
 */
enum exit_status rounding_bound(const struct sepcc_stage *stage, const struct rounding_layer layers[],
                                const float *in, double *bound);

/* The largest |a - b| / bound. Equal values (and two NaN) count 0, others that no bound covers infinity. */
double rounding_worst(const float *a, const float *b, const double *bound, size_t count);

#endif
