/*
 * graph_infer.c: shapes and constants through the graph, one node after the other.
 */
#include "model/graph_internal.h"

#include <string.h>

static enum exit_status count_output(struct graph_build *build, const struct graph_node *node, size_t index)
{
    struct graph_tensor *tensor = &build->graph->tensors[index];
    uint64_t count = 0;
    if (tensor->shape_known && !shape_count(tensor->rank, tensor->dim, &count))
        return node_error(build->graph, node, "output '%.100s' is larger than any memory", tensor->name);
    tensor->count = (size_t)count;
    return STATUS_DONE;
}

/* What the file states fills in where the operator's rule says nothing. */
static void take_stated(struct graph_build *build, size_t index)
{
    struct graph_tensor *tensor = &build->graph->tensors[index];
    const struct graph_tensor *stated = &build->stated[index];
    if (tensor->type == ELEMENT_UNKNOWN)
        tensor->type = stated->type;
    if (tensor->shape_known || !stated->shape_known)
        return;
    tensor->shape_known = true;
    tensor->rank = stated->rank;
    tensor->count = stated->count;
    memcpy(tensor->dim, stated->dim, sizeof tensor->dim);
}

static enum exit_status infer_node(struct graph_build *build, const struct graph_node *node)
{
    if (*node->domain != '\0' || strcmp(node->op, "Constant") == 0)
        return STATUS_DONE;
    const char *wrong = shapes_infer(build, node);
    if (wrong != NULL)
        return node_error(build->graph, node, "%s", wrong);
    for (size_t i = 0; i < node->output_count; ++i) {
        const enum exit_status status =
            node->outputs[i] != GRAPH_NONE ? count_output(build, node, node->outputs[i]) : STATUS_DONE;
        if (status != STATUS_DONE)
            return status;
    }
    /* Before what is stated is taken: folding writes as many elements as the rule's shape has. */
    return graph_fold(build, node);
}

enum exit_status graph_infer(struct graph_build *build)
{
    enum exit_status status = STATUS_DONE;
    for (size_t i = 0; i < build->graph->node_count && status == STATUS_DONE; ++i) {
        const struct graph_node *node = &build->graph->nodes[i];
        status = infer_node(build, node);
        for (size_t k = 0; k < node->output_count; ++k)
            if (node->outputs[k] != GRAPH_NONE)
                take_stated(build, node->outputs[k]);
    }
    return status;
}
