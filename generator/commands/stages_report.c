/*
 * stages_report.c: the stages of a model or a list as a table, as JSON and as a .layers list.
 */
#include "commands/stages_report.h"

#include "base/json.h"
#include "model/macs.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { CELL_MAX = SPEC_NAME_MAX + 1, COLUMNS = 7 };

size_t source_stage_count(const struct source *source)
{
    return source->model != NULL ? source->model->stage_count : source->stages.count;
}

const struct spec *source_stage(const struct source *source, size_t stage)
{
    return source->model != NULL ? &source->model->stages[stage].spec : &source->stages.items[stage];
}

static uint64_t total_macs(const struct source *source)
{
    uint64_t macs = 0;
    for (size_t i = 0; i < source_stage_count(source); ++i)
        macs += stage_macs(&source_stage(source, i)->stage);
    return macs;
}

/* Names are the file's: nothing in them may control a terminal. */
static void put_plain(struct text *text, const char *name)
{
    for (; *name != '\0'; ++name) {
        const unsigned char byte = (unsigned char)*name;
        if (byte < 0x20 || byte == 0x7f)
            text_printf(text, "\\x%02x", byte);
        else
            text_append(text, name, 1);
    }
}

/* ---- the table -------------------------------------------------------------------------------------- */

static const char *const titles[COLUMNS] = {"stage",  "operation", "in",        "out",
                                            "kernel", "MACs",      "parameters"};

static const struct sepcc_layer *depthwise_layer(const struct sepcc_stage *stage)
{
    for (uint32_t i = 0; i < stage->layer_count; ++i)
        if (stage->layer[i].op == SEPCC_OP_DEPTHWISE)
            return &stage->layer[i];
    return NULL;
}

/* "3x3", "3x3/2" or "3x3/2x1"; strides stand behind the slash. */
static void put_kernel(const struct sepcc_stage *stage, char cell[CELL_MAX])
{
    const struct sepcc_layer *layer = depthwise_layer(stage);
    if (layer == NULL)
        layer = &stage->layer[0];
    int used = snprintf(cell, CELL_MAX, "%ux%u", layer->kernel_h, layer->kernel_w);
    if (layer->stride_h != layer->stride_w)
        snprintf(cell + used, CELL_MAX - (size_t)used, "/%ux%u", layer->stride_h, layer->stride_w);
    else if (layer->stride_h > 1)
        snprintf(cell + used, CELL_MAX - (size_t)used, "/%u", layer->stride_h);
}

static void put_size(uint32_t batch, uint32_t h, uint32_t w, uint32_t c, char cell[CELL_MAX])
{
    if (batch > 1)
        snprintf(cell, CELL_MAX, "%u x %ux%ux%u", batch, h, w, c);
    else
        snprintf(cell, CELL_MAX, "%ux%ux%u", h, w, c);
}

static void fill_row(const struct spec *spec, char row[COLUMNS][CELL_MAX])
{
    const struct sepcc_stage *stage = &spec->stage;
    const struct sepcc_layer *first = &stage->layer[0], *last = &stage->layer[stage->layer_count - 1];
    snprintf(row[0], CELL_MAX, "%s", spec->name);
    snprintf(row[1], CELL_MAX, "%s%s", spec_op_name((enum sepcc_op)stage->op), stage->residual ? "+add" : "");
    put_size(stage->batch, first->in_h, first->in_w, first->in_c, row[2]);
    put_size(stage->batch, last->out_h, last->out_w, last->out_c, row[3]);
    put_kernel(stage, row[4]);
    snprintf(row[5], CELL_MAX, "%" PRIu64, stage_macs(stage));
    snprintf(row[6], CELL_MAX, "%" PRIu64, stage_parameters(stage));
}

static void widen(char row[COLUMNS][CELL_MAX], int width[COLUMNS])
{
    for (size_t c = 0; c < COLUMNS; ++c) {
        const int length = (int)strlen(row[c]);
        width[c] = length > width[c] ? length : width[c];
    }
}

/* Numbers to the right, words to the left. */
static void put_row(struct text *text, char row[COLUMNS][CELL_MAX], const int width[COLUMNS],
                    const char *folded)
{
    for (size_t c = 0; c < COLUMNS; ++c)
        text_printf(text, "%s%*s", c > 0 ? "  " : "", c > 4 ? width[c] : -width[c], row[c]);
    text_printf(text, "%s%s\n", folded[0] != '\0' ? "  " : "", folded);
}

static void put_left(const struct model *model, struct text *text)
{
    if (model->left_count > 0)
        text_puts(text, "\nLeft out:\n");
    for (size_t i = 0; i < model->left_count; ++i) {
        const struct model_left *left = &model->left[i];
        text_printf(text, "  %s ", model->graph.nodes[left->node].op);
        put_plain(text, graph_node_name(&model->graph, &model->graph.nodes[left->node]));
        text_printf(text, ": %s", left->reason);
        if (left->macs > 0)
            text_printf(text, " (%" PRIu64 " MACs)", left->macs);
        text_puts(text, "\n");
    }
}

static void put_total(const struct source *source, struct text *text)
{
    const size_t count = source_stage_count(source);
    text_printf(text, "\n%zu stage%s, %" PRIu64 " MACs", count, count == 1 ? "" : "s", total_macs(source));
    const struct model *model = source->model;
    if (model != NULL && model->macs > 0)
        text_printf(text, ": %.1f %% of the network's %" PRIu64,
                    100.0 * (double)model->stage_macs / (double)model->macs, model->macs);
    text_puts(text, "\n");
}

void stages_table(const struct source *source, struct text *text)
{
    const size_t count = source_stage_count(source);
    char row[COLUMNS][CELL_MAX];
    int width[COLUMNS] = {0};
    for (size_t c = 0; c < COLUMNS; ++c)
        width[c] = (int)strlen(titles[c]);
    for (size_t i = 0; i < count; ++i) {
        fill_row(source_stage(source, i), row);
        widen(row, width);
    }
    for (size_t c = 0; c < COLUMNS; ++c)
        snprintf(row[c], CELL_MAX, "%s", titles[c]);
    put_row(text, row, width, source->model != NULL ? "folded" : "");
    for (size_t i = 0; i < count; ++i) {
        fill_row(source_stage(source, i), row);
        put_row(text, row, width, source->model != NULL ? source->model->stages[i].folded : "");
    }
    if (source->model != NULL)
        put_left(source->model, text);
    put_total(source, text);
}

/* ---- JSON ------------------------------------------------------------------------------------------- */

static bool add_nodes(cJSON *object, const struct graph *graph, const struct model_stage *stage)
{
    cJSON *array = cJSON_AddArrayToObject(object, "nodes");
    bool ok = array != NULL;
    for (size_t i = 0; ok && i < stage->node_count; ++i) {
        cJSON *name = cJSON_CreateString(graph_node_name(graph, &graph->nodes[stage->nodes[i]]));
        ok = name != NULL && cJSON_AddItemToArray(array, name);
    }
    return ok;
}

static bool add_stage(cJSON *array, const struct source *source, size_t index)
{
    const struct spec *spec = source_stage(source, index);
    const struct model *model = source->model;
    char words[SPEC_TEXT_MAX];
    spec_print(spec, 0, words);
    cJSON *item = json_item(array);
    bool ok = item != NULL && json_string(item, "name", spec->name) && json_string(item, "spec", words) &&
              json_count(item, "macs", stage_macs(&spec->stage)) &&
              json_count(item, "parameters", stage_parameters(&spec->stage));
    if (ok && model != NULL) {
        const struct model_stage *stage = &model->stages[index];
        ok = json_string(item, "folded", stage->folded) &&
             json_string(item, "input", model->graph.tensors[stage->input].name) &&
             json_string(item, "output", model->graph.tensors[stage->output].name) &&
             add_nodes(item, &model->graph, stage);
    }
    return ok;
}

static bool add_left(cJSON *array, const struct model *model, const struct model_left *left)
{
    cJSON *item = json_item(array);
    return item != NULL &&
           json_string(item, "node", graph_node_name(&model->graph, &model->graph.nodes[left->node])) &&
           json_string(item, "operator", model->graph.nodes[left->node].op) &&
           json_string(item, "reason", left->reason) && json_count(item, "macs", left->macs);
}

static bool add_all(cJSON *root, const struct source *source)
{
    const struct model *model = source->model;
    cJSON *stages = cJSON_AddArrayToObject(root, "stages");
    bool ok = stages != NULL;
    for (size_t i = 0; ok && i < source_stage_count(source); ++i)
        ok = add_stage(stages, source, i);
    ok = ok && json_count(root, "stage_macs", total_macs(source));
    if (model == NULL)
        return ok;
    cJSON *left = ok ? cJSON_AddArrayToObject(root, "left") : NULL;
    ok = left != NULL && json_count(root, "macs", model->macs);
    for (size_t i = 0; ok && i < model->left_count; ++i)
        ok = add_left(left, model, &model->left[i]);
    return ok;
}

enum exit_status stages_json(const struct source *source, struct text *text)
{
    cJSON *root = cJSON_CreateObject();
    char *json = root != NULL && add_all(root, source) ? cJSON_Print(root) : NULL;
    const enum exit_status status = json != NULL ? STATUS_DONE : diag_memory();
    if (json != NULL)
        text_printf(text, "%s\n", json);
    cJSON_Delete(root);
    cJSON_free(json);
    return status;
}

/* ---- the list --------------------------------------------------------------------------------------- */

void stages_layers(const struct source *source, const char *file, struct text *text)
{
    text_puts(text, "# The stages of ");
    put_plain(text, file);
    text_puts(text, ", written by sepcc stages\n");
    for (size_t i = 0; i < source_stage_count(source); ++i) {
        char line[SPEC_TEXT_MAX];
        spec_print(source_stage(source, i), 1, line);
        text_printf(text, "%s\n", line);
    }
}
