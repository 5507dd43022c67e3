/*
 * predict.c: the cost model of tuning, from what plans and bounds reckon.
 */
#include "plan/predict.h"

#include "plan/bound.h"
#include "plan/operation.h"
#include "plan/plan_internal.h"

/* The first-level cache of a usual core, in bytes, and what comes from the second, in bytes a cycle. */
enum { NEAR_CACHE = 32 * 1024 };
static const double second_rate = 32;

/* A call of a kernel's unit, and its loops' first turns, in cycles. */
static const double unit_cycles = 60;

/* What moves beyond the bytes that the bound counts once: in cycles that the multiply-adds hide in part. */
static double traffic_cycles(const struct spec *spec, const struct plan *plan)
{
    const struct sepcc_layer *layer = &spec->stage.layer[0];
    double blocks, sums;
    unsigned depth;
    if (plan->operation->id == OPERATION_POINTWISE) {
        blocks = (double)plan->as.pointwise.line_count * plan->as.pointwise.pixel_block_total;
        depth = plan->as.pointwise.depth;
    } else if (plan->operation->id == OPERATION_POINTWISE_NCHW) {
        blocks = (double)spec->stage.batch * plan->as.pointwise_nchw.pixel_block_total;
        depth = plan->as.pointwise_nchw.depth;
    } else
        return 0;
    if (plan->packed_bytes > NEAR_CACHE)
        blocks *= (double)plan->packed_bytes;
    else
        blocks = 0;
    /* Partial sums are written and read again between blocks of K. */
    sums = 2.0 * (divide_up(layer->in_c, depth) - 1) * (double)sepcc_stage_output_count(&spec->stage) *
           sizeof(float);
    return (blocks + sums) / second_rate;
}

double predict_tile_cycles(const struct plan *plan)
{
    const struct fused_plan *fused = &plan->as.fused;
    const bool is_fused = (plan->operation->id & (OPERATION_FUSED | OPERATION_FUSED_NCHW)) != 0;
    return is_fused ? fused->parts[fused->part_count - 2].cycles : plan->cycles;
}

double predict_cycles(const struct spec *spec, const struct plan *plan)
{
    const double hidden = 0.7; /* of the traffic, behind multiply-adds */
    const bool is_fused = (plan->operation->id & (OPERATION_FUSED | OPERATION_FUSED_NCHW)) != 0;
    const struct bound_counts counts = bound_count(spec, plan);
    const struct bound_rates rates = bound_rates_model(plan->isa);
    const double bound = bound_of(&counts, &rates).time;
    double cycles = is_fused ? fused_cost_sum(&plan->as.fused.costs[plan->as.fused.fuse]) * spec->stage.batch
                             : plan->cycles + (1 - hidden) * traffic_cycles(spec, plan);
    cycles += unit_cycles * (double)plan->unit_count;
    return cycles > bound ? cycles : bound;
}

double predict_seconds(const struct isa *isa, double cycles, double peak_gflops)
{
    const double flop_a_cycle = 2.0 * isa->lanes * isa->fmas;
    return peak_gflops > 0 ? cycles * flop_a_cycle / (peak_gflops * 1e9) : 0;
}
