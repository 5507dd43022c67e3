/*
 * model_join.c: pieces become the layers of stages: pointwise, depthwise, pointwise an `inverted` one,
 * depthwise, pointwise a `separable` one, the others stages of their own.
 */
#include "model/piece.h"

#include "spec/spec_internal.h"

#include <stdlib.h>
#include <string.h>

/* Pieces that become one stage. */
struct group {
    const struct piece *part[SEPCC_MAX_LAYERS];
    uint32_t count;
    enum sepcc_op op;
    bool residual;
    size_t add; /* the node of the residual */
};

/* ---- specs ------------------------------------------------------------------------------------------ */

/* Every number of the layer is one that specs can say. */
static bool in_range(const struct piece *piece, struct text *reason)
{
    const struct sepcc_layer *layer = &piece->layer;
    const enum sepcc_op op = layer->op == SEPCC_OP_DEPTHWISE ? SEPCC_OP_DEPTHWISE : SEPCC_OP_POINTWISE;
    const struct {
        enum spec_field field;
        uint32_t value;
    } numbers[] = {
        {FIELD_BATCH, piece->batch},
        {FIELD_IN, layer->in_h},
        {FIELD_IN, layer->in_w},
        {FIELD_IN, layer->in_c},
        {FIELD_OUT, layer->out_c},
        {FIELD_KERNEL, layer->kernel_h},
        {FIELD_KERNEL, layer->kernel_w},
        {FIELD_STRIDE, layer->stride_h},
        {FIELD_STRIDE, layer->stride_w},
        {FIELD_DILATION, layer->dilation_h},
        {FIELD_DILATION, layer->dilation_w},
        {FIELD_PAD, layer->pad_top},
        {FIELD_PAD, layer->pad_left},
        {FIELD_PAD, layer->pad_bottom},
        {FIELD_PAD, layer->pad_right},
        {FIELD_MULT, layer->multiplier},
    };
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; ++i) {
        const struct spec_key *key = spec_key_of(numbers[i].field, op);
        if (key != NULL && (numbers[i].value < key->low || numbers[i].value > key->high)) {
            text_printf(reason, "its %s is %u, expected %u to %u", key->name, numbers[i].value, key->low,
                        key->high);
            return false;
        }
    }
    return true;
}

/* False when specs cannot say the stage; *problem says what is wrong. */
static bool make_spec(const struct group *group, struct spec *spec, struct spec_problem *problem)
{
    const struct piece *first = group->part[0];
    *spec = (struct spec){.stage = {.op = group->op,
                                    .dtype = SEPCC_F32,
                                    .layout = first->layout,
                                    .batch = first->batch,
                                    .residual = group->residual,
                                    .layer_count = group->count}};
    for (uint32_t i = 0; i < group->count; ++i)
        spec->stage.layer[i] = group->part[i]->layer;
    struct spec_draft draft = {.spec = spec};
    return spec_draft_finish(&draft, problem);
}

bool layer_complete(struct piece *piece, struct text *reason)
{
    const struct group group = {.part = {piece}, .count = 1, .op = (enum sepcc_op)piece->layer.op};
    struct spec_problem problem;
    struct spec spec;
    if (!in_range(piece, reason))
        return false;
    if (!make_spec(&group, &spec, &problem)) {
        text_printf(reason, "its size %s", problem.text);
        return false;
    }
    piece->layer = spec.stage.layer[0];
    return true;
}

/* ---- groups ----------------------------------------------------------------------------------------- */

static int compare_node(const void *key, const void *piece)
{
    const size_t node = *(const size_t *)key, other = ((const struct piece *)piece)->nodes[0];
    return (node > other) - (node < other);
}

/* The piece of the node that reads a tensor, or that reads it through a normalization that it has taken in.
 */
static const struct piece *reading_piece(const struct graph *graph, const struct piece *pieces, size_t count,
                                         size_t reader)
{
    const struct piece *piece = bsearch(&reader, pieces, count, sizeof *pieces, compare_node);
    const struct graph_node *node = &graph->nodes[reader];
    if (piece != NULL || !node_is(node, "BatchNormalization") || node->output_count != 1 ||
        node->outputs[0] == GRAPH_NONE)
        return piece;
    const size_t next = only_reader(graph, node->outputs[0]);
    return next != GRAPH_NONE ? bsearch(&next, pieces, count, sizeof *pieces, compare_node) : NULL;
}

/* The piece that alone reads the output of this one, as its input; NULL: there is none. */
static const struct piece *next_piece(const struct graph *graph, const struct piece *pieces, size_t count,
                                      const struct piece *piece)
{
    const size_t reader = only_reader(graph, piece->output);
    if (reader == GRAPH_NONE)
        return NULL;
    const struct piece *next = reading_piece(graph, pieces, count, reader);
    const bool follows = next != NULL && next->input == piece->output && next->layout == piece->layout;
    return follows ? next : NULL;
}

static bool is_depthwise(const struct piece *piece)
{
    return piece->layer.op == SEPCC_OP_DEPTHWISE;
}

/* A pointwise layer of a longer stage has no stride of its own. */
static bool is_plain_pointwise(const struct piece *piece)
{
    return !is_depthwise(piece) && piece->layer.stride_h == 1 && piece->layer.stride_w == 1;
}

/* The node that adds the stage's input to its output, which nothing else reads; or GRAPH_NONE. */
static size_t find_residual(const struct graph *graph, const struct group *group)
{
    const size_t input = group->part[0]->input, output = group->part[group->count - 1]->output;
    const size_t reader = only_reader(graph, output);
    if (reader == GRAPH_NONE)
        return GRAPH_NONE;
    const struct graph_node *node = &graph->nodes[reader];
    if (!node_is(node, "Add") || node->input_count != 2 || node->output_count != 1)
        return GRAPH_NONE;
    const bool adds = (node->inputs[0] == input && node->inputs[1] == output) ||
                      (node->inputs[0] == output && node->inputs[1] == input);
    return adds && graph_attribute(node, "axis", ATTRIBUTE_INT) == NULL ? reader : GRAPH_NONE;
}

/* The longest stage that starts with the piece. */
static struct group longest_group(const struct graph *graph, const struct piece *pieces, size_t count,
                                  const struct piece *first)
{
    struct group group = {
        .part = {first}, .count = 1, .op = (enum sepcc_op)first->layer.op, .add = GRAPH_NONE};
    const struct piece *second = next_piece(graph, pieces, count, first);
    if (second == NULL)
        return group;
    if (is_depthwise(first)) {
        if (!is_plain_pointwise(second))
            return group;
        group.op = SEPCC_OP_SEPARABLE;
        group.part[group.count++] = second;
        return group;
    }
    const struct piece *third = next_piece(graph, pieces, count, second);
    if (third == NULL || !is_plain_pointwise(first) || !is_depthwise(second) ||
        second->layer.multiplier != 1 || !is_plain_pointwise(third))
        return group;
    group.op = SEPCC_OP_INVERTED;
    group.part[group.count++] = second;
    group.part[group.count++] = third;
    group.add = find_residual(graph, &group);
    group.residual = group.add != GRAPH_NONE;
    return group;
}

/* ---- stages ----------------------------------------------------------------------------------------- */

static int compare_index(const void *a, const void *b)
{
    const size_t x = *(const size_t *)a, y = *(const size_t *)b;
    return (x > y) - (x < y);
}

static enum exit_status take_nodes(const struct group *group, struct model_stage *stage)
{
    size_t count = group->residual;
    for (uint32_t i = 0; i < group->count; ++i)
        count += group->part[i]->node_count;
    stage->nodes = malloc(count * sizeof *stage->nodes);
    if (stage->nodes == NULL)
        return diag_memory();
    for (uint32_t i = 0; i < group->count; ++i)
        for (size_t n = 0; n < group->part[i]->node_count; ++n)
            stage->nodes[stage->node_count++] = group->part[i]->nodes[n];
    if (group->residual)
        stage->nodes[stage->node_count++] = group->add;
    qsort(stage->nodes, stage->node_count, sizeof *stage->nodes, compare_index);
    return STATUS_DONE;
}

static float *to_floats(const double *values, size_t count)
{
    float *floats = malloc(count * sizeof *floats);
    for (size_t i = 0; floats != NULL && i < count; ++i)
        floats[i] = (float)values[i];
    return floats;
}

/* [out_c][taps] -> [taps][out_c] */
static float *to_tap_order(const double *values, size_t channels, size_t taps)
{
    float *floats = malloc(channels * taps * sizeof *floats);
    for (size_t c = 0; floats != NULL && c < channels; ++c)
        for (size_t t = 0; t < taps; ++t)
            floats[t * channels + c] = (float)values[c * taps + t];
    return floats;
}

static enum exit_status take_weights(const struct piece *piece, struct model_layer *layer)
{
    const size_t channels = piece->layer.out_c;
    layer->weight = is_depthwise(piece) ? to_tap_order(piece->weight, channels, piece->per_channel)
                                        : to_floats(piece->weight, channels * piece->per_channel);
    if (layer->weight == NULL)
        return diag_memory();
    if (piece->layer.has_bias && (layer->bias = to_floats(piece->bias, channels)) == NULL)
        return diag_memory();
    if (piece->slope == NULL)
        return STATUS_DONE;
    layer->slope = malloc(channels * sizeof *layer->slope);
    if (layer->slope == NULL)
        return diag_memory();
    memcpy(layer->slope, piece->slope, channels * sizeof *layer->slope);
    return STATUS_DONE;
}

/* What was folded into each layer, "; " between them. */
static enum exit_status take_words(const struct group *group, struct model_stage *stage)
{
    struct text words = {0};
    text_puts(&words, "");
    for (uint32_t i = 0; i < group->count; ++i) {
        const struct text *folded = &group->part[i]->folded;
        words.failed |= folded->failed;
        if (folded->length > 0)
            text_printf(&words, "%s%s", words.length > 0 ? "; " : "", folded->data);
    }
    if (words.failed) {
        text_free(&words);
        return diag_memory();
    }
    stage->folded = words.data;
    return STATUS_DONE;
}

static enum exit_status add_stage(const struct group *group, const struct spec *spec, struct model *model)
{
    struct model_stage *stage = &model->stages[model->stage_count++];
    *stage = (struct model_stage){.spec = *spec, .input = group->part[0]->input};
    stage->output =
        group->residual ? model->graph.nodes[group->add].outputs[0] : group->part[group->count - 1]->output;
    enum exit_status status = take_nodes(group, stage);
    for (uint32_t i = 0; status == STATUS_DONE && i < group->count; ++i)
        status = take_weights(group->part[i], &stage->layer[i]);
    return status == STATUS_DONE ? take_words(group, stage) : status;
}

enum exit_status pieces_join(const struct piece *pieces, size_t count, enum model_join join,
                             struct model *model)
{
    bool *used = calloc(count > 0 ? count : 1, sizeof *used);
    if (used == NULL)
        return diag_memory();
    enum exit_status status = STATUS_DONE;
    for (size_t i = 0; status == STATUS_DONE && i < count; ++i) {
        struct spec_problem problem;
        struct spec spec;
        if (used[i])
            continue;
        const struct group alone = {
            .part = {&pieces[i]}, .count = 1, .op = (enum sepcc_op)pieces[i].layer.op, .add = GRAPH_NONE};
        struct group group =
            join == MODEL_FUSED ? longest_group(&model->graph, pieces, count, &pieces[i]) : alone;
        if (!make_spec(&group, &spec, &problem)) {
            group = alone;
            make_spec(&group, &spec, &problem); /* layer_complete said that it can be */
        }
        for (uint32_t part = 0; part < group.count; ++part)
            used[group.part[part] - pieces] = true;
        status = add_stage(&group, &spec, model);
    }
    free(used);
    return status;
}
