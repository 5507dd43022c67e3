/*
 * fold_size.c: the sizes of a stage's constants, channel by channel, along the graph.
 *
 *     size = |bias|                         of the convolution
 *     size = |s| * size + |m * s| + |b|     behind a normalization y = s * (x - m) + b
 *     size = |c| * size                     behind a product with a constant c
 *     size = size + |c|                     behind a sum with a constant c
 */
#include "model/fold_size.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Roundings of an operator when it is computed by itself: of a normalization in f32, and of folding it. */
enum { ROUNDINGS_FOLDED = 6 };

/* ---- constants ------------------------------------------------------------------------------------- */

/* The constant that is a node's input of that index; NULL: none of a value for each channel, or for all. */
static const struct graph_tensor *constant_of(const struct graph *graph, const struct graph_node *node,
                                              size_t input, size_t channels)
{
    if (input >= node->input_count || node->inputs[input] == GRAPH_NONE)
        return NULL;
    const struct graph_tensor *tensor = &graph->tensors[node->inputs[input]];
    return tensor->reals != NULL && (tensor->count == 1 || tensor->count == channels) ? tensor : NULL;
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

static bool pass_normalization(const struct graph *graph, const struct graph_node *node, double *size,
                               size_t channels)
{
    const struct graph_tensor *of[4]; /* scale, bias, mean, variance */
    for (size_t i = 0; i < 4; ++i) {
        of[i] = constant_of(graph, node, i + 1, channels);
        if (of[i] == NULL)
            return false;
    }
    const double epsilon = (double)graph_real(node, "epsilon", 1e-5f);
    for (size_t c = 0; c < channels; ++c) {
        const double scale = at_channel(of[0], c) / sqrt(at_channel(of[3], c) + epsilon);
        size[c] = fabs(scale) * size[c] + fabs(scale * at_channel(of[2], c)) + fabs(at_channel(of[1], c));
    }
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

static void follow(const struct graph *graph, const struct model_stage *stage,
                   const struct graph_node *convolution, size_t channels, double *size, unsigned *extra)
{
    const struct graph_tensor *bias = constant_of(graph, convolution, 2, channels);
    const struct graph_node *node = convolution;
    for (size_t c = 0; bias != NULL && c < channels; ++c)
        size[c] = fabs(at_channel(bias, c));
    while ((node = only_reader(graph, stage, node->outputs[0])) != NULL && pass(graph, node, size, channels))
        *extra += ROUNDINGS_FOLDED;
}

/* One layer, whose convolution is that node. */
static enum exit_status find_layer(const struct graph *graph, const struct model_stage *stage, size_t layer,
                                   const struct graph_node *convolution, struct fold_size *size)
{
    const struct sepcc_layer *shape = &stage->spec.stage.layer[layer];
    double *constant = calloc(shape->out_c, sizeof *constant);
    if (constant == NULL)
        return diag_memory();
    size->constant[layer] = constant;
    size->layer[layer].constant = constant;
    follow(graph, stage, convolution, shape->out_c, constant, &size->layer[layer].extra);
    /* What was folded on a way that is not followed here shows in the bias at least. */
    for (size_t c = 0; shape->has_bias && c < shape->out_c; ++c)
        constant[c] = fmax(constant[c], fabs((double)stage->layer[layer].bias[c]));
    return STATUS_DONE;
}

enum exit_status fold_size_find(const struct graph *graph, const struct model_stage *stage,
                                struct fold_size *size)
{
    const size_t layers = stage->spec.stage.layer_count;
    enum exit_status status = STATUS_DONE;
    *size = (struct fold_size){0};
    for (size_t i = 0; i < layers; ++i)
        size->layer[i] = (struct rounding_layer){stage->layer[i].weight, stage->layer[i].bias,
                                                 stage->layer[i].slope, NULL, 0};
    for (size_t i = 0, layer = 0; status == STATUS_DONE && i < stage->node_count && layer < layers; ++i) {
        const struct graph_node *node = &graph->nodes[stage->nodes[i]];
        if (is_convolution(node))
            status = find_layer(graph, stage, layer++, node, size);
    }
    return status;
}

void fold_size_free(struct fold_size *size)
{
    for (size_t i = 0; i < SEPCC_MAX_LAYERS; ++i)
        free(size->constant[i]);
    *size = (struct fold_size){0};
}
