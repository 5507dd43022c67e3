/*
 * fold_size.h: how large the numbers were that folding added up into the biases of a stage.
 */
#ifndef SEPCC_GENERATOR_VERIFY_FOLD_SIZE_H
#define SEPCC_GENERATOR_VERIFY_FOLD_SIZE_H

#include "model/model.h"
#include "verify/rounding.h"

/* A stage's layers as rounding_bound takes them; weight, bias and slope belong to the stage. */
struct fold_size {
    struct rounding_layer layer[SEPCC_MAX_LAYERS];
    double *constant[SEPCC_MAX_LAYERS];
};

/*
 * Follows each convolution of the stage through the operators around it that add or multiply constants: their
 * absolute values go into rounding_layer.constant, 6 roundings for each operator into rounding_layer.extra.
 * Errors: DIAG_MEMORY. Call fold_size_free in every case.
 */
enum exit_status fold_size_find(const struct graph *graph, const struct model_stage *stage,
                                struct fold_size *size);
void fold_size_free(struct fold_size *size);

#endif
