/*
 * fold_size.c: the sizes of a stage's constants, channel by channel, along the graph.
 *
 *     size = |bias|                         of the convolution
 *     size = size + sum |w|*(|m * s| + |b|) with a normalization y = s * (x - m) + b in front of it
 *     size = |s| * size + |m * s| + |b|     behind a normalization y = s * (x - m) + b
 *     size = |c| * size                     behind a product with a constant c
 *     size = size + |c|                     behind a sum with a constant c
 */
#include "verify/fold_size.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Roundings of an operator when it is computed by itself: of a normalization in f32, and of folding it. */
enum { ROUNDINGS_FOLDED = 6 };

/* ---- constants ------------------------------------------------------------------------------------- */

/* The constant that is a node's input of that index, NULL: it is none. */
static const struct graph_tensor *any_constant(const struct graph *graph, const struct graph_node *node,
                                               size_t input)
{
    if (input >= node->input_count || node->inputs[input] == GRAPH_NONE)
        return NULL;
    const struct graph_tensor *tensor = &graph->tensors[node->inputs[input]];
    return tensor->reals != NULL ? tensor : NULL;
}

/* The same, NULL unless it has a value for each channel, or one for all. */
static const struct graph_tensor *constant_of(const struct graph *graph, const struct graph_node *node,
                                              size_t input, size_t channels)
{
    const struct graph_tensor *tensor = any_constant(graph, node, input);
    return tensor != NULL && (tensor->count == 1 || tensor->count == channels) ? tensor : NULL;
}

static double at_channel(const struct graph_tensor *constant, size_t c)
{
    return (double)constant->reals[constant->count == 1 ? 0 : c];
}

/* ---- operators ------------------------------------------------------------------------------------- */

static bool is_op(const struct graph_node *node, const char *op)
{
    return strcmp(node->op, op) == 0;
}

static bool is_convolution(const struct graph_node *node)
{
    return is_op(node, "Conv") || is_op(node, "Gemm") || is_op(node, "MatMul");
}

/* The constants of a normalization y = s * (x - m) + b. */
struct normalization {
    const struct graph_tensor *scale, *bias, *mean, *variance;
    double epsilon;
};

static bool read_normalization(const struct graph *graph, const struct graph_node *node, size_t channels,
                               struct normalization *normal)
{
    *normal = (struct normalization){.scale = constant_of(graph, node, 1, channels),
                                     .bias = constant_of(graph, node, 2, channels),
                                     .mean = constant_of(graph, node, 3, channels),
                                     .variance = constant_of(graph, node, 4, channels),
                                     .epsilon = (double)graph_real(node, "epsilon", 1e-5f)};
    return normal->scale != NULL && normal->bias != NULL && normal->mean != NULL && normal->variance != NULL;
}

/* |s|, and |m * s| + |b|. */
static double factor_size(const struct normalization *normal, size_t c)
{
    return fabs(at_channel(normal->scale, c) / sqrt(at_channel(normal->variance, c) + normal->epsilon));
}

static double shift_size(const struct normalization *normal, size_t c)
{
    return factor_size(normal, c) * fabs(at_channel(normal->mean, c)) + fabs(at_channel(normal->bias, c));
}

static bool pass_normalization(const struct graph *graph, const struct graph_node *node, double *size,
                               size_t channels)
{
    struct normalization normal;
    if (!read_normalization(graph, node, channels, &normal))
        return false;
    for (size_t c = 0; c < channels; ++c)
        size[c] = factor_size(&normal, c) * size[c] + shift_size(&normal, c);
    return true;
}

/* Add, Sub, Mul and Div with a constant. */
static bool pass_arithmetic(const struct graph *graph, const struct graph_node *node, double *size,
                            size_t channels)
{
    const bool adds = is_op(node, "Add") || is_op(node, "Sub");
    const bool divides = is_op(node, "Div");
    if (!adds && !divides && !is_op(node, "Mul"))
        return false;
    const struct graph_tensor *constant = constant_of(graph, node, 1, channels);
    if (constant == NULL && !divides)
        constant = constant_of(graph, node, 0, channels);
    for (size_t c = 0; constant != NULL && c < channels; ++c) {
        const double value = fabs(at_channel(constant, c));
        size[c] = adds ? size[c] + value : divides ? size[c] / value : size[c] * value;
    }
    return constant != NULL;
}

static bool pass(const struct graph *graph, const struct graph_node *node, double *size, size_t channels)
{
    return is_op(node, "BatchNormalization") ? pass_normalization(graph, node, size, channels)
                                             : pass_arithmetic(graph, node, size, channels);
}

/* ---- stages ---------------------------------------------------------------------------------------- */

static bool has_node(const struct model_stage *stage, size_t node)
{
    for (size_t i = 0; i < stage->node_count; ++i)
        if (stage->nodes[i] == node)
            return true;
    return false;
}

/* The stage's only reader of a tensor, NULL where there is none or another node reads it, too. */
static const struct graph_node *only_reader(const struct graph *graph, const struct model_stage *stage,
                                            size_t tensor)
{
    const struct graph_tensor *read = &graph->tensors[tensor];
    if (tensor == stage->output || read->consumer_count != 1 || !has_node(stage, read->consumers[0]))
        return NULL;
    return &graph->nodes[read->consumers[0]];
}

/*
 * The stage's normalization in front of a convolution, NULL where there is none; one up to `last` was counted
 * behind the convolution before.
 */
static const struct graph_node *normalization_before(const struct graph *graph,
                                                     const struct model_stage *stage,
                                                     const struct graph_node *convolution,
                                                     const struct graph_node *last)
{
    const size_t producer = graph->tensors[convolution->inputs[0]].producer;
    if (producer == GRAPH_NONE || !has_node(stage, producer))
        return NULL;
    const struct graph_node *node = &graph->nodes[producer];
    return is_op(node, "BatchNormalization") && (last == NULL || node > last) ? node : NULL;
}

/* What the shifts of a normalization come to in the sums of a convolution. */
static void add_before(const struct graph *graph, const struct graph_node *node,
                       const struct graph_node *convolution, const struct sepcc_layer *shape, double *size)
{
    struct normalization normal;
    const struct graph_tensor *weight = any_constant(graph, convolution, 1);
    if (weight == NULL || !read_normalization(graph, node, shape->in_c, &normal))
        return;
    const bool depthwise = shape->op == SEPCC_OP_DEPTHWISE;
    const size_t each = weight->count / shape->out_c;
    for (size_t o = 0; o < shape->out_c; ++o)
        for (size_t i = 0; i < each; ++i)
            size[o] += fabs((double)weight->reals[o * each + i]) *
                       shift_size(&normal, depthwise ? o / shape->multiplier : i);
}

/* Through the operators behind a convolution; returns the last of them, or the convolution. */
static const struct graph_node *follow(const struct graph *graph, const struct model_stage *stage,
                                       const struct graph_node *convolution, size_t channels, double *size,
                                       unsigned *extra)
{
    const struct graph_node *node, *last = convolution;
    while ((node = only_reader(graph, stage, last->outputs[0])) != NULL &&
           pass(graph, node, size, channels)) {
        *extra += ROUNDINGS_FOLDED;
        last = node;
    }
    return last;
}

/* One layer, whose convolution is that node; *last is the last node counted so far. */
static enum exit_status find_layer(const struct graph *graph, const struct model_stage *stage, size_t layer,
                                   const struct graph_node *convolution, const struct graph_node **last,
                                   struct fold_size *size)
{
    const struct sepcc_layer *shape = &stage->spec.stage.layer[layer];
    const struct graph_node *before = normalization_before(graph, stage, convolution, *last);
    const struct graph_tensor *bias = constant_of(graph, convolution, 2, shape->out_c);
    double *constant = calloc(shape->out_c, sizeof *constant);
    if (constant == NULL)
        return diag_memory();
    size->constant[layer] = constant;
    size->layer[layer].constant = constant;
    for (size_t c = 0; bias != NULL && c < shape->out_c; ++c)
        constant[c] = fabs(at_channel(bias, c));
    if (before != NULL) {
        add_before(graph, before, convolution, shape, constant);
        size->layer[layer].extra += ROUNDINGS_FOLDED;
    }
    *last = follow(graph, stage, convolution, shape->out_c, constant, &size->layer[layer].extra);
    /* What was folded on a way that is not followed here shows in the bias at least. */
    for (size_t c = 0; shape->has_bias && c < shape->out_c; ++c)
        constant[c] = fmax(constant[c], fabs((double)stage->layer[layer].bias[c]));
    return STATUS_DONE;
}

enum exit_status fold_size_find(const struct graph *graph, const struct model_stage *stage,
                                struct fold_size *size)
{
    const size_t layers = stage->spec.stage.layer_count;
    const struct graph_node *last = NULL;
    enum exit_status status = STATUS_DONE;
    *size = (struct fold_size){0};
    for (size_t i = 0; i < layers; ++i)
        size->layer[i] = (struct rounding_layer){stage->layer[i].weight, stage->layer[i].bias,
                                                 stage->layer[i].slope, NULL, 0};
    for (size_t i = 0, layer = 0; status == STATUS_DONE && i < stage->node_count && layer < layers; ++i) {
        const struct graph_node *node = &graph->nodes[stage->nodes[i]];
        if (is_convolution(node))
            status = find_layer(graph, stage, layer++, node, &last, size);
    }
    return status;
}

void fold_size_free(struct fold_size *size)
{
    for (size_t i = 0; i < SEPCC_MAX_LAYERS; ++i)
        free(size->constant[i]);
    *size = (struct fold_size){0};
}
