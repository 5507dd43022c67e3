/*
 * model_fold_before.c: a BatchNormalization in front of a convolution, taken into its weights and bias:
 *
 *     sum w * (factor * x + shift) + bias = sum (w * factor) * x + (sum w * shift + bias)
 */
#include "model/piece.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- the graph -------------------------------------------------------------------------------------- */

size_t piece_normalization(const struct graph *graph, const struct piece *piece)
{
    const size_t node = graph->tensors[piece->input].producer;
    const bool is_one = node != GRAPH_NONE && piece->axis == 1 &&
                        node_is(&graph->nodes[node], "BatchNormalization") &&
                        graph->nodes[node].outputs[0] == piece->input;
    return is_one ? node : GRAPH_NONE;
}

static bool same_shape(const struct graph_tensor *a, const struct graph_tensor *b)
{
    return a != NULL && a->shape_known && a->rank == b->rank &&
           memcmp(a->dim, b->dim, a->rank * sizeof a->dim[0]) == 0;
}

static bool has_padding(const struct sepcc_layer *layer)
{
    return layer->pad_top + layer->pad_left + layer->pad_bottom + layer->pad_right > 0;
}

/* NULL, or why the normalization stays outside. */
static const char *why_outside(const struct graph *graph, const struct piece *piece,
                               const struct graph_node *node)
{
    const struct graph_tensor *in = node_input(graph, node, 0);
    if (has_padding(&piece->layer))
        return "it stands before a convolution with padding, whose zeros it does not change";
    if (only_reader(graph, piece->input) == GRAPH_NONE)
        return "it stands before a convolution, but is read elsewhere, too";
    if (!same_shape(in, &graph->tensors[piece->input]) || in->type != ELEMENT_F32)
        return "it stands before a convolution, but its input is not of type f32 or of another shape";
    return NULL;
}

/* ---- numbers ---------------------------------------------------------------------------------------- */

/* Weights and biases afterwards; input channels: of depthwise layers one for each output. */
static bool apply(const struct piece *piece, const double *factor, const double *shift, double *weight,
                  double *bias)
{
    const struct sepcc_layer *layer = &piece->layer;
    const bool depthwise = layer->op == SEPCC_OP_DEPTHWISE;
    bool finite = true;
    for (size_t o = 0; o < layer->out_c; ++o) {
        bias[o] = piece->bias[o];
        for (size_t i = 0; i < piece->per_channel; ++i) {
            const size_t at = o * piece->per_channel + i, c = depthwise ? o / layer->multiplier : i;
            weight[at] = piece->weight[at] * factor[c];
            bias[o] += piece->weight[at] * shift[c];
            finite = finite && isfinite((float)weight[at]);
        }
        finite = finite && isfinite((float)bias[o]);
    }
    return finite;
}

/* Takes it in, or says why not. */
static enum exit_status fold(const struct graph *graph, size_t index, struct piece *piece,
                             struct text *outside)
{
    const size_t channels = piece->layer.in_c, count = (size_t)piece->layer.out_c * piece->per_channel;
    double *affine = malloc(2 * channels * sizeof *affine);
    double *weight = malloc(count * sizeof *weight), *bias = malloc(piece->layer.out_c * sizeof *bias);
    enum exit_status status = STATUS_DONE;
    if (affine == NULL || weight == NULL || bias == NULL) {
        status = diag_memory();
    } else if (!normalization_read(graph, &graph->nodes[index], channels, affine, affine + channels)) {
        text_puts(
            outside,
            "it stands before a convolution, but its parameters are no constants, or it is for training");
    } else if (!apply(piece, affine, affine + channels, weight, bias)) {
        text_puts(outside, "it stands before a convolution whose weights would be too large for f32");
    } else {
        memcpy(piece->weight, weight, count * sizeof *weight);
        memcpy(piece->bias, bias, piece->layer.out_c * sizeof *bias);
        piece->layer.has_bias = 1;
        piece->input = graph->nodes[index].inputs[0];
        piece_add_word(piece, "BatchNormalization in front");
        status = piece_add_node(piece, index);
    }
    free(affine);
    free(weight);
    free(bias);
    return status;
}

enum exit_status piece_fold_before(const struct graph *graph, struct piece *piece, struct text *outside)
{
    const size_t index = piece_normalization(graph, piece);
    if (index == GRAPH_NONE)
        return STATUS_DONE;
    const char *why = why_outside(graph, piece, &graph->nodes[index]);
    if (why == NULL)
        return fold(graph, index, piece, outside);
    text_puts(outside, why);
    return STATUS_DONE;
}
