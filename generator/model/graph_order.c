/*
 * graph_order.c: each node after those it reads from, and who reads each tensor.
 */
#include "model/graph_internal.h"

#include <string.h>

/* Whether the file's order will do, which nearly always is so. */
static bool is_ordered(const struct graph *graph)
{
    for (size_t i = 0; i < graph->node_count; ++i)
        for (size_t k = 0; k < graph->nodes[i].input_count; ++k) {
            const size_t tensor = graph->nodes[i].inputs[k];
            const size_t producer = tensor != GRAPH_NONE ? graph->tensors[tensor].producer : GRAPH_NONE;
            if (producer != GRAPH_NONE && producer >= i)
                return false;
        }
    return true;
}

/* Lists of consumers, all in one array. */
static enum exit_status list_consumers(struct graph_build *build)
{
    struct graph *graph = build->graph;
    size_t total = 0;
    for (size_t i = 0; i < graph->tensor_count; ++i)
        graph->tensors[i].consumer_count = 0;
    for (size_t i = 0; i < graph->node_count; ++i)
        for (size_t k = 0; k < graph->nodes[i].input_count; ++k)
            if (graph->nodes[i].inputs[k] != GRAPH_NONE) {
                ++graph->tensors[graph->nodes[i].inputs[k]].consumer_count;
                ++total;
            }
    size_t *list = arena_take(build->arena, total, sizeof *list);
    size_t **ends = arena_take(build->arena, graph->tensor_count, sizeof *ends);
    if (list == NULL || ends == NULL)
        return diag_memory();
    for (size_t i = 0; i < graph->tensor_count; ++i) {
        graph->tensors[i].consumers = ends[i] = list;
        list += graph->tensors[i].consumer_count;
    }
    for (size_t i = 0; i < graph->node_count; ++i)
        for (size_t k = 0; k < graph->nodes[i].input_count; ++k)
            if (graph->nodes[i].inputs[k] != GRAPH_NONE)
                *ends[graph->nodes[i].inputs[k]]++ = i;
    return STATUS_DONE;
}

/* Nodes whose inputs are all there, first come first served; order[] holds old indexes. */
static size_t sort_nodes(const struct graph *graph, size_t *waits, size_t *order)
{
    size_t count = 0;
    for (size_t i = 0; i < graph->node_count; ++i) {
        for (size_t k = 0; k < graph->nodes[i].input_count; ++k) {
            const size_t tensor = graph->nodes[i].inputs[k];
            waits[i] += tensor != GRAPH_NONE && graph->tensors[tensor].producer != GRAPH_NONE;
        }
        if (waits[i] == 0)
            order[count++] = i;
    }
    for (size_t done = 0; done < count; ++done) {
        const struct graph_node *node = &graph->nodes[order[done]];
        for (size_t k = 0; k < node->output_count; ++k) {
            if (node->outputs[k] == GRAPH_NONE)
                continue;
            const struct graph_tensor *tensor = &graph->tensors[node->outputs[k]];
            for (size_t c = 0; c < tensor->consumer_count; ++c)
                if (--waits[tensor->consumers[c]] == 0)
                    order[count++] = tensor->consumers[c];
        }
    }
    return count;
}

static enum exit_status cycle_error(const struct graph *graph, const size_t *waits)
{
    size_t i = 0;
    while (waits[i] == 0)
        ++i;
    return node_error(graph, &graph->nodes[i], "depends on its own output, expected no cycle");
}

enum exit_status graph_order(struct graph_build *build)
{
    struct graph *graph = build->graph;
    enum exit_status status = list_consumers(build);
    if (status != STATUS_DONE || is_ordered(graph))
        return status;
    const size_t count = graph->node_count;
    size_t *waits = arena_take(build->arena, count, sizeof *waits);
    size_t *order = arena_take(build->arena, count, sizeof *order);
    struct graph_node *nodes = arena_take(build->arena, count, sizeof *nodes);
    struct graph_tensor **fills = arena_take(build->arena, count, sizeof *fills);
    if (waits == NULL || order == NULL || nodes == NULL || fills == NULL)
        return diag_memory();
    if (sort_nodes(graph, waits, order) != count)
        return cycle_error(graph, waits);
    for (size_t i = 0; i < count; ++i) {
        nodes[i] = graph->nodes[order[i]];
        fills[i] = build->fills[order[i]];
        for (size_t k = 0; k < nodes[i].output_count; ++k)
            if (nodes[i].outputs[k] != GRAPH_NONE)
                graph->tensors[nodes[i].outputs[k]].producer = i;
    }
    graph->nodes = nodes;
    build->fills = fills;
    return list_consumers(build);
}
