/*
 * macs.c: the multiply-adds of nodes and of stages, and the parameters of stages.
 */
#include "model/macs.h"

#include "model/piece.h"
#include "sepcc.h"

/* a * b, UINT64_MAX where that is more. */
static uint64_t times(uint64_t a, uint64_t b)
{
    uint64_t result;
    return __builtin_mul_overflow(a, b, &result) ? UINT64_MAX : result;
}

/* Of the dimensions from first on. */
static uint64_t elements(const struct graph_tensor *tensor, uint32_t first)
{
    uint64_t count = 1;
    for (uint32_t i = first; i < tensor->rank; ++i)
        count = times(count, tensor->dim[i]);
    return count;
}

uint64_t node_macs(const struct graph *graph, const struct graph_node *node)
{
    const struct graph_tensor *in = node_input(graph, node, 0), *weight = node_input(graph, node, 1);
    if (in == NULL || weight == NULL || node->output_count == 0 || node->outputs[0] == GRAPH_NONE)
        return 0;
    const struct graph_tensor *out = &graph->tensors[node->outputs[0]];
    if (!out->shape_known || !weight->shape_known || !in->shape_known || in->rank == 0)
        return 0;
    if (node_is(node, "Conv"))
        return weight->rank < 2 ? 0 : times(elements(out, 0), elements(weight, 1));
    if (node_is(node, "ConvTranspose"))
        return weight->rank < 2 ? 0 : times(elements(in, 0), elements(weight, 1));
    if (node_is(node, "MatMul"))
        return times(elements(out, 0), in->dim[in->rank - 1]);
    if (node_is(node, "Gemm") && in->rank == 2)
        return times(elements(out, 0), in->dim[graph_integer(node, "transA", 0) != 0 ? 0 : 1]);
    return 0;
}

uint64_t stage_macs(const struct sepcc_stage *stage)
{
    uint64_t macs = 0;
    for (uint32_t i = 0; i < stage->layer_count; ++i) {
        const struct sepcc_layer *layer = &stage->layer[i];
        macs += (uint64_t)layer->out_h * layer->out_w * sepcc_layer_weight_count(layer);
    }
    return times(macs, stage->batch);
}

uint64_t stage_parameters(const struct sepcc_stage *stage)
{
    uint64_t count = 0;
    for (uint32_t i = 0; i < stage->layer_count; ++i) {
        const struct sepcc_layer *layer = &stage->layer[i];
        const unsigned each = layer->has_bias + (layer->act == SEPCC_ACT_PRELU);
        count += sepcc_layer_weight_count(layer) + (uint64_t)layer->out_c * each;
    }
    return count;
}
