/*
 * pack.h: the plain weights of a stage as a kernel of a given plan reads them.
 *
 * The generated kernels have a `pack` of their own, which does the same on the machine that runs them; here
 * it is done from the plan, so that `gen` can write packed weights for any target, without a compiler.
 * tests/test_pack.c holds the two together, byte by byte, over drawn stages, plans and ISAs.
 */
#ifndef SEPCC_GENERATOR_BUNDLE_PACK_H
#define SEPCC_GENERATOR_BUNDLE_PACK_H

#include "model/model.h"
#include "plan/plan.h"

/*
 * Writes plan->packed_bytes bytes to packed, all of them. stage is the one that the plan was made for; layers
 * has its layers' weights, and biases and slopes where they have such.
 */
void pack_weights(const struct sepcc_stage *stage, const struct plan *plan, const struct model_layer *layers,
                  float *packed);

#endif
