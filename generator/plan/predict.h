/*
 * predict.h: the cost model of tuning: what a plan takes, without running it.
 *
 * The prediction ranks candidates; it never decides. It is the largest of what the plan's tiles issue
 * (plan->cycles), and of the bound of docs/bench.md, plus what the arrangement moves between the caches
 * beyond the bytes that the bound counts once: weights read again for each block of pixels, partial sums
 * between blocks of K, the tensors between the layers of a fused stage.
 */
#ifndef SEPCC_GENERATOR_PLAN_PREDICT_H
#define SEPCC_GENERATOR_PLAN_PREDICT_H

#include "plan/plan.h"

/* Cycles of one run on one usual core. */
double predict_cycles(const struct spec *spec, const struct plan *plan);

/* Cycles that the register tiles of a plan take, by the plan's model: of the depthwise layer of a fused one.
 */
double predict_tile_cycles(const struct plan *plan);

/* Seconds for cycles, on a core that reaches `peak_gflops` in a loop of multiply-adds of that ISA. */
double predict_seconds(const struct isa *isa, double cycles, double peak_gflops);

#endif
