/*
 * graph.c: making, reading and freeing a graph, and looking into its nodes.
 */
#include "base/files.h"
#include "model/onnx_internal.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- tensors by name --------------------------------------------------------------------------------- */

static size_t *find_slot(const struct graph_build *build, const char *name)
{
    uint64_t hash = 14695981039346656037u;
    for (const char *c = name; *c != '\0'; ++c)
        hash = (hash ^ (unsigned char)*c) * 1099511628211u;
    size_t slot = (size_t)(hash ^ hash >> 29) & (build->slot_count - 1);
    while (build->slots[slot] != 0 && strcmp(build->graph->tensors[build->slots[slot] - 1].name, name) != 0)
        slot = (slot + 1) & (build->slot_count - 1);
    return &build->slots[slot];
}

size_t build_find(const struct graph_build *build, const char *name)
{
    const size_t found = *find_slot(build, name);
    return found != 0 ? found - 1 : GRAPH_NONE;
}

size_t build_tensor(struct graph_build *build, const char *name)
{
    size_t *slot = find_slot(build, name);
    if (*slot != 0)
        return *slot - 1;
    const char *copy = arena_string(build->arena, name, strlen(name));
    if (copy == NULL || build->graph->tensor_count == build->tensor_room)
        return GRAPH_NONE;
    const size_t index = build->graph->tensor_count++;
    build->graph->tensors[index] = (struct graph_tensor){.name = copy, .producer = GRAPH_NONE};
    *slot = index + 1;
    return index;
}

bool shape_count(uint32_t rank, const uint64_t *dim, uint64_t *count)
{
    const uint64_t top = (uint64_t)1 << 48;
    uint64_t product = 1;
    *count = 1;
    for (uint32_t i = 0; i < rank; ++i) {
        if (dim[i] == 0) {
            *count = 0;
            continue; /* the others are bounded all the same */
        }
        if (dim[i] > top / product)
            return false;
        product *= dim[i];
    }
    *count *= product;
    return product < top;
}

bool word_in(const char *list, const char *word)
{
    const size_t length = strlen(word);
    for (const char *at = strstr(list, word); at != NULL && length > 0; at = strstr(at + 1, word))
        if (at[-1] == ' ' && at[length] == ' ')
            return true;
    return false;
}

/* ---- messages ---------------------------------------------------------------------------------------- */

const char *graph_node_name(const struct graph *graph, const struct graph_node *node)
{
    if (node->name[0] != '\0' || node->output_count == 0 || node->outputs[0] == GRAPH_NONE)
        return node->name;
    return graph->tensors[node->outputs[0]].name;
}

struct position graph_position(const struct graph *graph)
{
    return (struct position){graph->file, 0, 0};
}

enum exit_status node_error(const struct graph *graph, const struct graph_node *node, const char *format, ...)
{
    char message[512];
    va_list args;
    va_start(args, format);
    const int length = vsnprintf(message, sizeof message, format, args);
    va_end(args);
    return diag_error(DIAG_MODEL, graph_position(graph), "node '%.100s' (%.60s): %s",
                      graph_node_name(graph, node), node->op, length < 0 ? "?" : message);
}

/* ---- attributes -------------------------------------------------------------------------------------- */

const struct graph_attribute *graph_attribute(const struct graph_node *node, const char *name,
                                              enum attribute_type type)
{
    for (size_t i = 0; i < node->attribute_count; ++i)
        if (node->attributes[i].type == type && strcmp(node->attributes[i].name, name) == 0)
            return &node->attributes[i];
    return NULL;
}

int64_t graph_integer(const struct graph_node *node, const char *name, int64_t fallback)
{
    const struct graph_attribute *attribute = graph_attribute(node, name, ATTRIBUTE_INT);
    return attribute != NULL ? attribute->integer : fallback;
}

float graph_real(const struct graph_node *node, const char *name, float fallback)
{
    const struct graph_attribute *attribute = graph_attribute(node, name, ATTRIBUTE_FLOAT);
    return attribute != NULL ? attribute->real : fallback;
}

/* ---- the whole --------------------------------------------------------------------------------------- */

static enum exit_status build_graph(struct graph_build *build, const Onnx__ModelProto *model)
{
    enum exit_status status = onnx_fill(build, model);
    if (status == STATUS_DONE)
        status = graph_order(build);
    return status == STATUS_DONE ? graph_infer(build) : status;
}

enum exit_status graph_parse(const uint8_t *bytes, size_t length, const char *file, const char *folder,
                             const struct graph_input *inputs, size_t input_count, struct graph *graph)
{
    *graph = (struct graph){0};
    struct arena *arena = calloc(1, sizeof *arena);
    if (arena == NULL)
        return diag_memory();
    graph->memory = arena;
    graph->file = arena_string(arena, file, strlen(file));
    if (graph->file == NULL)
        return diag_memory();
    Onnx__ModelProto *model;
    enum exit_status status = onnx_unpack(bytes, length, graph->file, &model);
    struct graph_build build = {.graph = graph,
                                .arena = arena,
                                .folder = folder,
                                .inputs = inputs,
                                .input_count = input_count,
                                .external_room = (size_t)8 << 30,
                                .budget = ((size_t)1 << 20) + 2 * length};
    if (status == STATUS_DONE)
        status = build_graph(&build, model);
    onnx_free(model);
    return status;
}

enum exit_status graph_read(const char *path, const struct graph_input *inputs, size_t input_count,
                            struct graph *graph)
{
    *graph = (struct graph){0};
    struct text bytes = {0};
    enum exit_status status = file_read(path, &bytes);
    if (status == STATUS_DONE && bytes.failed)
        status = diag_memory();
    const char *slash = strrchr(path, '/');
    char *folder = slash == NULL ? strdup(".") : strndup(path, (size_t)(slash - path) + 1);
    if (status == STATUS_DONE && folder == NULL)
        status = diag_memory();
    if (status == STATUS_DONE)
        status = graph_parse((const uint8_t *)bytes.data, bytes.length, path,
                             strcmp(path, "-") == 0 ? NULL : folder, inputs, input_count, graph);
    free(folder);
    text_free(&bytes);
    return status;
}

void graph_free(struct graph *graph)
{
    if (graph->memory != NULL)
        arena_free(graph->memory);
    free(graph->memory);
    *graph = (struct graph){0};
}
