/*
 * model_find.c: the stages of a graph: every convolution becomes a piece or is left out with its reason, then
 * pieces are joined to stages.
 */
#include "model/macs.h"
#include "model/piece.h"

#include <stdlib.h>
#include <string.h>

/* ---- convolutions ----------------------------------------------------------------------------------- */

typedef enum exit_status (*read_fn)(const struct graph *graph, size_t node, struct piece *piece,
                                    struct text *reason);

/* Operators that are convolutions or products of matrices. */
static const struct {
    const char *op;
    read_fn read; /* NULL: never taken */
} operators[] = {
    {"Conv", piece_read_conv}, {"Gemm", piece_read_product}, {"MatMul", piece_read_product},
    {"ConvTranspose", NULL},   {"ConvInteger", NULL},        {"DeformConv", NULL},
    {"QLinearConv", NULL},     {"QLinearMatMul", NULL},      {"MatMulInteger", NULL},
    {"FusedConv", NULL},       {"FusedGemm", NULL},          {"FusedMatMul", NULL},
};

enum { OPERATORS = sizeof operators / sizeof operators[0] };

/* OPERATORS when the node is none of them. */
static size_t find_operator(const struct graph_node *node)
{
    for (size_t i = 0; i < OPERATORS; ++i)
        if (operators[i].read != NULL ? node_is(node, operators[i].op)
                                      : strcmp(node->op, operators[i].op) == 0)
            return i;
    return OPERATORS;
}

/* The dimensions that the piece's output has by its layer; the graph must say the same, if anything. */
static bool output_fits(const struct graph *graph, const struct piece *piece)
{
    const struct graph_tensor *out = &graph->tensors[piece->output];
    const struct sepcc_layer *layer = &piece->layer;
    if (!out->shape_known)
        return true;
    if (out->rank != piece->rank)
        return false;
    const uint64_t size[2] = {layer->out_h, layer->out_w};
    const uint32_t axes = piece->rank - 2, first = piece->layout == SEPCC_NCHW ? 2 : 1;
    bool same = out->dim[0] == piece->batch && out->dim[piece->axis] == layer->out_c;
    for (uint32_t i = 0; i < axes; ++i)
        same = same && out->dim[first + i] == size[2 - axes + i];
    return same;
}

/* Takes in what follows a convolution. */
static enum exit_status take_behind(const struct graph *graph, struct piece *piece)
{
    enum exit_status status = STATUS_DONE;
    bool folded = true, activated = false;
    while (status == STATUS_DONE && folded && !activated) {
        status = piece_activate(graph, piece, &activated);
        if (status == STATUS_DONE && !activated)
            status = piece_fold(graph, piece, &folded);
    }
    return status;
}

/* ---- the model -------------------------------------------------------------------------------------- */

/* Pieces in the making; items has room for all convolutions. */
struct pieces {
    struct piece *items;
    size_t count;
    bool *done; /* of each node: it is a piece's, or was left out */
};

static void leave_out(struct model *model, size_t node, const struct text *reason)
{
    model->left[model->left_count++] = (struct model_left){
        .node = node, .macs = node_macs(&model->graph, &model->graph.nodes[node]), .reason = reason->data};
}

/*
 * Takes in the normalization in front of a convolution, or lists it with its reason. One between two
 * convolutions is the first one's by then.
 */
static enum exit_status take_before(struct model *model, const struct pieces *pieces, struct piece *piece)
{
    const size_t node = piece_normalization(&model->graph, piece);
    struct text reason = {0};
    if (node == GRAPH_NONE || pieces->done[node])
        return STATUS_DONE;
    enum exit_status status = piece_fold_before(&model->graph, piece, &reason);
    if (status == STATUS_DONE && reason.failed)
        status = diag_memory();
    if (status == STATUS_DONE && reason.length > 0) {
        leave_out(model, node, &reason);
        pieces->done[node] = true;
    } else {
        text_free(&reason);
    }
    return status;
}

/* Reads a convolution, then takes in what stands around it. */
static enum exit_status read_piece(struct model *model, size_t node, read_fn read,
                                   const struct pieces *pieces, struct piece *piece, struct text *reason)
{
    enum exit_status status = read(&model->graph, node, piece, reason);
    if (status != STATUS_DONE || reason->length > 0)
        return status;
    if (!output_fits(&model->graph, piece)) {
        text_puts(reason, "the model gives its output another shape");
        return STATUS_DONE;
    }
    status = take_before(model, pieces, piece);
    return status == STATUS_DONE ? take_behind(&model->graph, piece) : status;
}

static enum exit_status take_node(struct model *model, size_t node, struct pieces *pieces)
{
    const struct graph *graph = &model->graph;
    const size_t row = find_operator(&graph->nodes[node]);
    if (row == OPERATORS)
        return STATUS_DONE;
    struct text reason = {0};
    struct piece piece = {0};
    enum exit_status status = STATUS_DONE;
    if (operators[row].read == NULL)
        text_printf(&reason, "the operator %s is not taken", graph->nodes[node].op);
    else if (graph->nodes[node].output_count != 1 || graph->nodes[node].outputs[0] == GRAPH_NONE)
        text_puts(&reason, "it has not one output");
    else
        status = read_piece(model, node, operators[row].read, pieces, &piece, &reason);
    if (status == STATUS_DONE && (reason.failed || piece.folded.failed))
        status = diag_memory();
    if (status == STATUS_DONE && reason.length == 0) {
        pieces->items[pieces->count++] = piece;
        for (size_t i = 0; i < piece.node_count; ++i)
            pieces->done[piece.nodes[i]] = true;
        return STATUS_DONE;
    }
    piece_free(&piece);
    if (status == STATUS_DONE)
        leave_out(model, node, &reason);
    else
        text_free(&reason);
    return status;
}

/* Adds up what the stages and the whole network have to compute. */
static void count_macs(struct model *model)
{
    for (size_t i = 0; i < model->stage_count; ++i)
        if (__builtin_add_overflow(model->stage_macs, stage_macs(&model->stages[i].spec.stage),
                                   &model->stage_macs))
            model->stage_macs = UINT64_MAX;
    model->macs = model->stage_macs;
    for (size_t i = 0; i < model->left_count; ++i)
        if (__builtin_add_overflow(model->macs, model->left[i].macs, &model->macs))
            model->macs = UINT64_MAX;
}

/* All pieces first: a stage is joined from those that come later, too. */
static enum exit_status find_stages(struct model *model, enum model_join join, struct pieces *pieces)
{
    enum exit_status status = STATUS_DONE;
    for (size_t i = 0; status == STATUS_DONE && i < model->graph.node_count; ++i)
        status = take_node(model, i, pieces);
    if (status == STATUS_DONE)
        status = pieces_join(pieces->items, pieces->count, join, model);
    if (status != STATUS_DONE)
        return status;
    name_stages(model);
    count_macs(model);
    return STATUS_DONE;
}

enum exit_status model_find(struct graph *graph, enum model_join join, struct model *model)
{
    *model = (struct model){.graph = *graph};
    *graph = (struct graph){0};
    size_t most = 1;
    for (size_t i = 0; i < model->graph.node_count; ++i)
        most += find_operator(&model->graph.nodes[i]) < OPERATORS;
    struct pieces pieces = {.items = calloc(most, sizeof *pieces.items),
                            .done = calloc(model->graph.node_count + 1, sizeof *pieces.done)};
    model->stages = calloc(most, sizeof *model->stages);
    model->left =
        calloc(2 * most, sizeof *model->left); /* a convolution, and a normalization in front of it */
    const bool allocated =
        pieces.items != NULL && pieces.done != NULL && model->stages != NULL && model->left != NULL;
    const enum exit_status status = allocated ? find_stages(model, join, &pieces) : diag_memory();
    for (size_t i = 0; i < pieces.count; ++i)
        piece_free(&pieces.items[i]);
    free(pieces.items);
    free(pieces.done);
    return status;
}

enum exit_status model_no_stage(const struct model *model, const char *file)
{
    static const char none[] = "none of its convolutions is a stage that can be taken, expected one at least";
    const struct position at = {.file = file};
    if (model->left_count == 0)
        return diag_error(DIAG_MODEL, at, "%s", none);
    const struct model_left *left = &model->left[0];
    const struct graph_node *node = &model->graph.nodes[left->node];
    return diag_error(DIAG_MODEL, at, "%s: node '%.100s' (%.60s): %s%s", none,
                      graph_node_name(&model->graph, node), node->op, left->reason,
                      model->left_count > 1 ? ", and others" : "");
}

static void stage_free(struct model_stage *stage)
{
    for (size_t i = 0; i < SEPCC_MAX_LAYERS; ++i) {
        free(stage->layer[i].weight);
        free(stage->layer[i].bias);
        free(stage->layer[i].slope);
    }
    free(stage->nodes);
    free(stage->folded);
}

void model_free(struct model *model)
{
    for (size_t i = 0; i < model->stage_count; ++i)
        stage_free(&model->stages[i]);
    for (size_t i = 0; i < model->left_count; ++i)
        free(model->left[i].reason);
    free(model->stages);
    free(model->left);
    graph_free(&model->graph);
    *model = (struct model){0};
}
