/*
 * seed_onnx.c: a program, MODEL OUT: the model without the bulk of its weights, as a seed for fuzzing.
 *
 * A large constant becomes a ConstantOfShape node of the same shape and type, and names become short, so that
 * a network of megabytes is one of some ten kilobytes with the same nodes, shapes and stages.
 */
#include "files.h"
#include "model/arena.h"

#include <onnx.pb-c.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { KEPT = 64 }; /* values: sizes, scales and small biases stay */

static struct arena arena;

static _Noreturn void fail(const char *what)
{
    fprintf(stderr, "seed_onnx: %s\n", what);
    exit(3);
}

static void *take(size_t count, size_t size)
{
    void *memory = arena_take(&arena, count, size);
    if (memory == NULL)
        fail("out of memory");
    return memory;
}

/* ---- new nodes -------------------------------------------------------------------------------------- */

static size_t value_count(const Onnx__TensorProto *tensor)
{
    size_t count = 1;
    for (size_t i = 0; i < tensor->n_dims; ++i)
        count *= (size_t)tensor->dims[i];
    return count;
}

static Onnx__NodeProto *make_node(const char *op, char *output, Onnx__TensorProto *value)
{
    Onnx__NodeProto *node = take(1, sizeof *node);
    Onnx__AttributeProto *attribute = take(1, sizeof *attribute);
    onnx__node_proto__init(node);
    onnx__attribute_proto__init(attribute);
    attribute->name = arena_string(&arena, "value", 5);
    attribute->has_type = 1;
    attribute->type = ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__TENSOR;
    attribute->t = value;
    node->op_type = arena_string(&arena, op, strlen(op));
    node->n_output = node->n_attribute = 1;
    node->output = take(1, sizeof *node->output);
    node->output[0] = output;
    node->attribute = take(1, sizeof(Onnx__AttributeProto *));
    node->attribute[0] = attribute;
    if (attribute->name == NULL || node->op_type == NULL)
        fail("out of memory");
    return node;
}

/* The first of the values, by itself. */
static Onnx__TensorProto *one_value(const Onnx__TensorProto *like)
{
    static const int64_t one = 1;
    Onnx__TensorProto *value = take(1, sizeof *value);
    onnx__tensor_proto__init(value);
    value->has_data_type = 1;
    value->data_type = like->data_type;
    value->n_dims = 1;
    value->dims = (int64_t *)(uintptr_t)&one;
    value->has_raw_data = 1;
    value->raw_data.len = like->raw_data.len / value_count(like);
    value->raw_data.data = take(value->raw_data.len, 1);
    memcpy(value->raw_data.data, like->raw_data.data, value->raw_data.len);
    return value;
}

/* nodes[] become the two that make the tensor. */
static void replace(const Onnx__TensorProto *tensor, char *name, Onnx__NodeProto *nodes[2])
{
    const size_t length = strlen(name);
    Onnx__TensorProto *dims = take(1, sizeof *dims);
    int64_t *rank = take(1, sizeof *rank);
    char *shape = take(length + 3, 1);
    snprintf(shape, length + 3, "%s.s", name);
    *rank = (int64_t)tensor->n_dims;
    onnx__tensor_proto__init(dims);
    dims->has_data_type = 1;
    dims->data_type = ONNX__TENSOR_PROTO__DATA_TYPE__INT64;
    dims->n_dims = 1;
    dims->dims = rank;
    dims->n_int64_data = tensor->n_dims;
    dims->int64_data = tensor->dims;
    nodes[0] = make_node("Constant", shape, dims);
    nodes[1] = make_node("ConstantOfShape", name, one_value(tensor));
    nodes[1]->n_input = 1;
    nodes[1]->input = take(1, sizeof *nodes[1]->input);
    nodes[1]->input[0] = shape;
}

/* ---- names ------------------------------------------------------------------------------------------ */

static struct {
    const char **longs;
    char **shorts;
    size_t count;
} names;

/* The same for the same name; those of inputs of the network, and of what is left out, stay. */
static void shorten(const Onnx__GraphProto *graph, char **name)
{
    size_t i = 0;
    for (size_t k = 0; k < graph->n_input; ++k)
        if (strcmp(graph->input[k]->name, *name) == 0)
            return;
    while (i < names.count && strcmp(names.longs[i], *name) != 0)
        ++i;
    if (**name == '\0')
        return;
    if (i == names.count) {
        names.longs[i] = *name;
        names.shorts[i] = take(16, 1);
        snprintf(names.shorts[names.count++], 16, "t%zu", i);
    }
    *name = names.shorts[i];
}

static void shorten_all(Onnx__GraphProto *graph)
{
    size_t most = graph->n_initializer + graph->n_output;
    for (size_t i = 0; i < graph->n_node; ++i)
        most += graph->node[i]->n_input + graph->node[i]->n_output;
    names.longs = take(most, sizeof *names.longs);
    names.shorts = take(most, sizeof *names.shorts);
    for (size_t i = 0; i < graph->n_initializer; ++i)
        shorten(graph, &graph->initializer[i]->name);
    for (size_t i = 0; i < graph->n_node; ++i) {
        Onnx__NodeProto *node = graph->node[i];
        node->name = node->doc_string = NULL;
        for (size_t k = 0; k < node->n_input; ++k)
            shorten(graph, &node->input[k]);
        for (size_t k = 0; k < node->n_output; ++k)
            shorten(graph, &node->output[k]);
    }
    for (size_t i = 0; i < graph->n_output; ++i)
        shorten(graph, &graph->output[i]->name);
}

/* ---- the graph -------------------------------------------------------------------------------------- */

/* Only raw values: nobody writes large typed ones. */
static bool is_bulk(const Onnx__TensorProto *tensor)
{
    return tensor != NULL && tensor->has_raw_data && value_count(tensor) > KEPT;
}

static const Onnx__TensorProto *constant_of(const Onnx__NodeProto *node)
{
    return strcmp(node->op_type, "Constant") == 0 && node->n_attribute == 1 ? node->attribute[0]->t : NULL;
}

struct nodes {
    Onnx__NodeProto **items;
    size_t count;
};

static void add_replaced(const Onnx__TensorProto *tensor, char *name, struct nodes *nodes)
{
    replace(tensor, name, nodes->items + nodes->count);
    nodes->count += 2;
}

/* Each right before its first reader: the importer computes what comes first, up to a limit. */
static void add_inputs(Onnx__GraphProto *graph, const Onnx__NodeProto *node, struct nodes *nodes)
{
    for (size_t k = 0; k < node->n_input; ++k)
        for (size_t i = 0; i < graph->n_initializer; ++i) {
            Onnx__TensorProto *tensor = graph->initializer[i];
            if (!is_bulk(tensor) || strcmp(tensor->name, node->input[k]) != 0)
                continue;
            add_replaced(tensor, tensor->name, nodes);
            graph->initializer[i] = graph->initializer[--graph->n_initializer];
            break;
        }
}

static void shrink(Onnx__GraphProto *graph)
{
    struct nodes nodes = {take(2 * (graph->n_node + graph->n_initializer), sizeof(Onnx__NodeProto *)), 0};
    for (size_t i = 0; i < graph->n_node; ++i) {
        const Onnx__TensorProto *tensor = constant_of(graph->node[i]);
        add_inputs(graph, graph->node[i], &nodes);
        if (is_bulk(tensor))
            add_replaced(tensor, graph->node[i]->output[0], &nodes);
        else
            nodes.items[nodes.count++] = graph->node[i];
    }
    graph->node = nodes.items;
    graph->n_node = nodes.count;
    graph->n_value_info = 0;
}

static void write_model(const Onnx__ModelProto *model, const char *path)
{
    const size_t length = onnx__model_proto__get_packed_size(model);
    uint8_t *bytes = take(length, 1);
    onnx__model_proto__pack(model, bytes);
    FILE *file = fopen(path, "wb");
    if (file == NULL || fwrite(bytes, 1, length, file) != length || fclose(file) != 0)
        fail("the seed cannot be written");
}

/* The message lies in the arena, too, since parts of it are exchanged. */
static void *take_one(void *unused, size_t size)
{
    (void)unused;
    return take(size, 1);
}

static void keep(void *unused, void *pointer)
{
    (void)unused;
    (void)pointer;
}

int main(int argc, char **argv)
{
    struct text file = {0};
    if (argc != 3)
        fail("expected MODEL OUT");
    if (file_read(argv[1], &file) != STATUS_DONE)
        return 3;
    static ProtobufCAllocator allocator = {take_one, keep, NULL};
    Onnx__ModelProto *model = onnx__model_proto__unpack(&allocator, file.length, (const uint8_t *)file.data);
    if (model == NULL || model->graph == NULL)
        fail("this is no model");
    shorten_all(model->graph);
    shrink(model->graph);
    write_model(model, argv[2]);
    text_free(&file);
    arena_free(&arena);
    return 0;
}
