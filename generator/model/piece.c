/*
 * piece.c: memory of pieces, and what they ask of the graph.
 */
#include "model/piece.h"

#include <stdlib.h>
#include <string.h>

enum exit_status piece_allocate(struct piece *piece)
{
    const size_t channels = piece->layer.out_c;
    piece->weight = calloc(channels * piece->per_channel, sizeof *piece->weight);
    piece->bias = calloc(channels, sizeof *piece->bias);
    return piece->weight != NULL && piece->bias != NULL ? STATUS_DONE : diag_memory();
}

enum exit_status piece_add_node(struct piece *piece, size_t node)
{
    size_t *nodes = realloc(piece->nodes, (piece->node_count + 1) * sizeof *nodes);
    if (nodes == NULL)
        return diag_memory();
    piece->nodes = nodes;
    nodes[piece->node_count++] = node;
    return STATUS_DONE;
}

void piece_add_word(struct piece *piece, const char *word)
{
    if (piece->folded.length > 0)
        text_puts(&piece->folded, ", ");
    text_puts(&piece->folded, word);
}

void piece_free(struct piece *piece)
{
    free(piece->weight);
    free(piece->bias);
    free(piece->slope);
    free(piece->nodes);
    text_free(&piece->folded);
    *piece = (struct piece){0};
}

/* ---- the graph -------------------------------------------------------------------------------------- */

bool is_weight_type(enum element_type type)
{
    return type == ELEMENT_F32 || type == ELEMENT_F16;
}

bool channel_values_get(const struct graph *graph, size_t tensor, const struct piece *piece,
                        struct channel_values *values)
{
    if (tensor == GRAPH_NONE)
        return false;
    const struct graph_tensor *constant = &graph->tensors[tensor];
    if (constant->reals == NULL || !is_weight_type(constant->type) || constant->count == 0 ||
        constant->rank > piece->rank)
        return false;
    for (uint32_t i = 0; i < constant->rank; ++i) {
        const bool is_channels = i + piece->rank - constant->rank == piece->axis;
        if (constant->dim[i] != 1 && !(is_channels && constant->dim[i] == piece->layer.out_c))
            return false;
    }
    *values = (struct channel_values){constant->reals, constant->count > 1};
    return true;
}

const struct graph_tensor *node_input(const struct graph *graph, const struct graph_node *node, size_t index)
{
    if (index >= node->input_count || node->inputs[index] == GRAPH_NONE)
        return NULL;
    return &graph->tensors[node->inputs[index]];
}

bool node_is(const struct graph_node *node, const char *op)
{
    return strcmp(node->op, op) == 0 && (node->domain[0] == '\0' || strcmp(node->domain, "ai.onnx") == 0);
}

size_t only_reader(const struct graph *graph, size_t tensor)
{
    const struct graph_tensor *read = &graph->tensors[tensor];
    return read->is_output || read->consumer_count != 1 ? GRAPH_NONE : read->consumers[0];
}
