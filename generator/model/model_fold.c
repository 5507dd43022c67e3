/*
 * model_fold.c: affine operators behind a convolution, y = scale * x + shift for each channel, taken into its
 * weights and bias.
 */
#include "model/piece.h"

#include <math.h>
#include <stdlib.h>

/* What an operator does to each channel. */
struct affine {
    double *scale, *shift; /* [out_c]; 1 and 0 to begin with */
};

/*
 * Fills affine from a node whose input `at` is the piece's output; false when the node is not of that kind
 * after all.
 */
typedef bool (*fold_fn)(const struct graph *graph, const struct graph_node *node, size_t at,
                        const struct piece *piece, struct affine *affine);

/* The parameter of a normalization; false when it is no constant with a value for each channel. */
static bool parameter(const struct graph *graph, const struct graph_node *node, size_t input, size_t channels,
                      const float **values)
{
    const struct graph_tensor *tensor = node_input(graph, node, input);
    if (tensor == NULL || tensor->reals == NULL || !is_weight_type(tensor->type) || tensor->count != channels)
        return false;
    *values = tensor->reals;
    return true;
}

/* By attributes; before operators of version 7, in files that state none, training was what is not said. */
static bool is_for_training(const struct graph *graph, const struct graph_node *node)
{
    const bool is_old = graph->opset < 7;
    return graph_integer(node, "training_mode", 0) != 0 || (is_old && graph_integer(node, "is_test", 0) == 0);
}

bool normalization_read(const struct graph *graph, const struct graph_node *node, size_t channels,
                        double *factor, double *shift)
{
    const float *scale, *bias, *mean, *variance;
    if (node->output_count != 1 || is_for_training(graph, node) ||
        !parameter(graph, node, 1, channels, &scale) || !parameter(graph, node, 2, channels, &bias) ||
        !parameter(graph, node, 3, channels, &mean) || !parameter(graph, node, 4, channels, &variance))
        return false;
    const double epsilon = (double)graph_real(node, "epsilon", 1e-5f);
    for (size_t c = 0; c < channels; ++c) {
        factor[c] = (double)scale[c] / sqrt((double)variance[c] + epsilon);
        shift[c] = (double)bias[c] - (double)mean[c] * factor[c];
    }
    return true;
}

/* Its channels are always axis 1. */
static bool fold_normalization(const struct graph *graph, const struct graph_node *node, size_t at,
                               const struct piece *piece, struct affine *affine)
{
    return at == 0 && piece->axis == 1 &&
           normalization_read(graph, node, piece->layer.out_c, affine->scale, affine->shift);
}

/* The constant that is the other input of an operator with two; the old way of broadcasting is not taken. */
static bool operand(const struct graph *graph, const struct graph_node *node, size_t at,
                    const struct piece *piece, struct channel_values *values)
{
    return node->input_count == 2 && graph_attribute(node, "axis", ATTRIBUTE_INT) == NULL &&
           channel_values_get(graph, node->inputs[1 - at], piece, values);
}

static bool fold_add(const struct graph *graph, const struct graph_node *node, size_t at,
                     const struct piece *piece, struct affine *affine)
{
    struct channel_values values;
    if (!operand(graph, node, at, piece, &values))
        return false;
    for (size_t c = 0; c < piece->layer.out_c; ++c)
        affine->shift[c] = (double)channel_value(&values, c);
    return true;
}

/* x - c, or c - x. */
static bool fold_sub(const struct graph *graph, const struct graph_node *node, size_t at,
                     const struct piece *piece, struct affine *affine)
{
    struct channel_values values;
    if (!operand(graph, node, at, piece, &values))
        return false;
    for (size_t c = 0; c < piece->layer.out_c; ++c) {
        const double value = (double)channel_value(&values, c);
        affine->scale[c] = at == 0 ? 1 : -1;
        affine->shift[c] = at == 0 ? -value : value;
    }
    return true;
}

static bool fold_mul(const struct graph *graph, const struct graph_node *node, size_t at,
                     const struct piece *piece, struct affine *affine)
{
    struct channel_values values;
    if (!operand(graph, node, at, piece, &values))
        return false;
    for (size_t c = 0; c < piece->layer.out_c; ++c)
        affine->scale[c] = (double)channel_value(&values, c);
    return true;
}

/* x / c only. */
static bool fold_div(const struct graph *graph, const struct graph_node *node, size_t at,
                     const struct piece *piece, struct affine *affine)
{
    struct channel_values values;
    if (at != 0 || !operand(graph, node, at, piece, &values))
        return false;
    for (size_t c = 0; c < piece->layer.out_c; ++c)
        affine->scale[c] = 1 / (double)channel_value(&values, c);
    return true;
}

static bool fold_neg(const struct graph *graph, const struct graph_node *node, size_t at,
                     const struct piece *piece, struct affine *affine)
{
    (void)graph;
    for (size_t c = 0; c < piece->layer.out_c; ++c)
        affine->scale[c] = -1;
    return at == 0 && node->input_count == 1;
}

static bool fold_identity(const struct graph *graph, const struct graph_node *node, size_t at,
                          const struct piece *piece, struct affine *affine)
{
    (void)graph;
    (void)piece;
    (void)affine;
    return at == 0 && node->input_count == 1;
}

static const struct fold_row {
    const char *op;
    fold_fn read;
    bool shifts; /* the layer has a bias afterwards */
} rows[] = {
    {"BatchNormalization", fold_normalization, true},
    {"Add", fold_add, true},
    {"Sub", fold_sub, true},
    {"Mul", fold_mul, false},
    {"Div", fold_div, false},
    {"Neg", fold_neg, false},
    {"Identity", fold_identity, false},
};

static const struct fold_row *find_row(const struct graph_node *node)
{
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; ++i)
        if (node_is(node, rows[i].op))
            return &rows[i];
    return NULL;
}

/* Whether all results are floats: what folding would make infinite stays outside. */
static bool stays_finite(const struct piece *piece, const struct affine *affine)
{
    for (size_t c = 0; c < piece->layer.out_c; ++c) {
        bool finite = isfinite((float)(piece->bias[c] * affine->scale[c] + affine->shift[c]));
        for (size_t i = 0; finite && i < piece->per_channel; ++i)
            finite = isfinite((float)(piece->weight[c * piece->per_channel + i] * affine->scale[c]));
        if (!finite)
            return false;
    }
    return true;
}

static void apply(const struct affine *affine, struct piece *piece)
{
    for (size_t c = 0; c < piece->layer.out_c; ++c) {
        for (size_t i = 0; i < piece->per_channel; ++i)
            piece->weight[c * piece->per_channel + i] *= affine->scale[c];
        piece->bias[c] = piece->bias[c] * affine->scale[c] + affine->shift[c];
    }
}

static enum exit_status take_node(const struct fold_row *row, size_t node, size_t output, struct piece *piece)
{
    if (row->shifts)
        piece->layer.has_bias = 1;
    piece->output = output;
    piece_add_word(piece, row->op);
    return piece_add_node(piece, node);
}

enum exit_status piece_fold(const struct graph *graph, struct piece *piece, bool *taken)
{
    *taken = false;
    const size_t index = only_reader(graph, piece->output);
    if (index == GRAPH_NONE)
        return STATUS_DONE;
    const struct graph_node *node = &graph->nodes[index];
    const struct fold_row *row = find_row(node);
    if (row == NULL || node->input_count == 0 || node->output_count == 0 || node->outputs[0] == GRAPH_NONE)
        return STATUS_DONE;
    const size_t at = node->inputs[0] == piece->output ? 0 : 1;
    const size_t channels = piece->layer.out_c;
    double *memory = malloc(2 * channels * sizeof *memory);
    if (memory == NULL)
        return diag_memory();
    struct affine affine = {memory, memory + channels};
    for (size_t c = 0; c < channels; ++c) {
        affine.scale[c] = 1;
        affine.shift[c] = 0;
    }
    enum exit_status status = STATUS_DONE;
    *taken = row->read(graph, node, at, piece, &affine) && stays_finite(piece, &affine);
    if (*taken) {
        apply(&affine, piece);
        status = take_node(row, index, node->outputs[0], piece);
    }
    free(memory);
    return status;
}
