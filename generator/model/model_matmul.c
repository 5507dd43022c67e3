/*
 * model_matmul.c: a Gemm or a MatMul with a constant right operand as a piece: pointwise over the last axis.
 *
 * The last axis is the channels; the first one is the batch, those between are height and width.
 */
#include "model/piece.h"

/* Where element (k, n) of the right operand lies, and what the result is made of. */
struct product {
    const struct graph_tensor *left, *right, *bias;
    uint64_t depth, outputs; /* K and N */
    uint64_t step_k, step_n; /* of the right operand */
    float alpha, beta;
};

static bool check_tensors(const struct product *product, struct text *reason)
{
    const struct graph_tensor *left = product->left, *right = product->right;
    const char *wrong = NULL;
    if (left == NULL || right == NULL)
        wrong = "it lacks an input";
    else if (right->reals == NULL && left->reals != NULL)
        wrong = "its left operand is the constant one";
    else if (right->reals == NULL)
        wrong = right->integers != NULL ? "its right operand is of integers"
                                        : "both its operands are computed at run time";
    else if (!is_weight_type(right->type))
        wrong = "its right operand is not of type f32 or f16";
    else if (!left->shape_known)
        wrong = "the shape of its input is unknown";
    else if (left->type != ELEMENT_F32 && left->type != ELEMENT_UNKNOWN)
        wrong = "its input is not of type f32";
    else if (right->rank != 2)
        wrong = "its right operand has not rank 2";
    else if (left->rank < 2 || left->rank > 4)
        wrong = "its input has not rank 2 to 4";
    if (wrong != NULL)
        text_puts(reason, wrong);
    return wrong == NULL;
}

static bool read_product(const struct graph *graph, const struct graph_node *node, struct product *product,
                         struct text *reason)
{
    const bool gemm = node_is(node, "Gemm");
    *product = (struct product){.left = node_input(graph, node, 0),
                                .right = node_input(graph, node, 1),
                                .bias = gemm ? node_input(graph, node, 2) : NULL,
                                .alpha = gemm ? graph_real(node, "alpha", 1) : 1,
                                .beta = gemm ? graph_real(node, "beta", 1) : 1};
    if (!check_tensors(product, reason))
        return false;
    if (gemm && (graph_integer(node, "transA", 0) != 0 || product->left->rank != 2)) {
        text_puts(reason, "its left operand is transposed, or not of rank 2");
        return false;
    }
    const struct graph_tensor *right = product->right;
    const bool transposed = gemm && graph_integer(node, "transB", 0) != 0;
    product->depth = right->dim[transposed ? 1 : 0];
    product->outputs = right->dim[transposed ? 0 : 1];
    product->step_k = transposed ? 1 : product->outputs;
    product->step_n = transposed ? product->depth : 1;
    if (right->count == 0 || product->left->dim[product->left->rank - 1] != product->depth) {
        text_puts(reason, "its operands do not fit together");
        return false;
    }
    return true;
}

static bool fill_piece(const struct product *product, struct piece *piece, struct text *reason)
{
    const struct graph_tensor *left = product->left;
    const uint64_t height = left->rank == 4 ? left->dim[1] : 1;
    const uint64_t width = left->rank > 2 ? left->dim[left->rank - 2] : 1;
    if (left->dim[0] > UINT32_MAX || height > UINT32_MAX || width > UINT32_MAX ||
        product->depth > UINT32_MAX || product->outputs > UINT32_MAX) {
        text_puts(reason, "its sizes are too large");
        return false;
    }
    piece->layer = (struct sepcc_layer){.op = SEPCC_OP_POINTWISE,
                                        .in_h = (uint32_t)height,
                                        .in_w = (uint32_t)width,
                                        .in_c = (uint32_t)product->depth,
                                        .out_c = (uint32_t)product->outputs,
                                        .kernel_h = 1,
                                        .kernel_w = 1,
                                        .stride_h = 1,
                                        .stride_w = 1,
                                        .dilation_h = 1,
                                        .dilation_w = 1,
                                        .multiplier = 1};
    piece->batch = (uint32_t)left->dim[0];
    piece->layout = SEPCC_NHWC;
    piece->rank = left->rank;
    piece->axis = left->rank - 1;
    piece->per_channel = product->depth;
    return layer_complete(piece, reason);
}

static void fill_weights(const struct product *product, struct piece *piece)
{
    for (size_t n = 0; n < product->outputs; ++n)
        for (size_t k = 0; k < product->depth; ++k)
            piece->weight[n * product->depth + k] =
                (double)product->alpha *
                (double)product->right->reals[n * product->step_n + k * product->step_k];
}

enum exit_status piece_read_product(const struct graph *graph, size_t index, struct piece *piece,
                                    struct text *reason)
{
    const struct graph_node *node = &graph->nodes[index];
    struct product product;
    struct channel_values bias;
    *piece = (struct piece){0};
    if (!read_product(graph, node, &product, reason) || !fill_piece(&product, piece, reason))
        return STATUS_DONE;
    const bool has_bias = product.bias != NULL && product.beta != 0;
    if (has_bias && !channel_values_get(graph, node->inputs[2], piece, &bias)) {
        text_puts(reason, "what it adds is no constant of one value for each output");
        return STATUS_DONE;
    }
    piece->layer.has_bias = has_bias;
    piece->input = node->inputs[0];
    piece->output = node->outputs[0];
    const enum exit_status status = piece_allocate(piece);
    if (status != STATUS_DONE)
        return status;
    fill_weights(&product, piece);
    for (size_t n = 0; has_bias && n < product.outputs; ++n)
        piece->bias[n] = (double)product.beta * (double)channel_value(&bias, n);
    return piece_add_node(piece, index);
}
