/*
 * seed_onnx.c: a program, MODEL WHOLE PIECES: the model without the bulk of its weights, written to the file
 * WHOLE, and pieces of that to PIECES.0.onnx and so on, as seeds for fuzzing.
 *
 * A large constant becomes a ConstantOfShape node of the same shape and type, and names become short, so that
 * a network of megabytes is one of some ten kilobytes with the same nodes, shapes and stages. To read that
 * takes a fuzz target some tens of milliseconds all the same, most of them for filling constants. A piece is
 * a few nodes in a row with what their constants are made of; what else they read is an input of the piece.
 */
#include "base/arena.h"
#include "base/files.h"
#include "model/graph.h"

#include <onnx.pb-c.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { KEPT = 64 }; /* values: sizes, scales and small biases stay */
enum { PIECE_NODES = 12, PIECE_STEP = 6, PIECE_CONSTANTS = 16384 }; /* the last in elements */

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

static uint8_t *pack_model(const Onnx__ModelProto *model, size_t *length)
{
    *length = onnx__model_proto__get_packed_size(model);
    uint8_t *bytes = take(*length, 1);
    onnx__model_proto__pack(model, bytes);
    return bytes;
}

static void write_file(const char *path, const uint8_t *bytes, size_t length)
{
    FILE *file = fopen(path, "wb");
    if (file == NULL || fwrite(bytes, 1, length, file) != length || fclose(file) != 0)
        fail("a seed cannot be written");
}

/* ---- pieces ----------------------------------------------------------------------------------------- */

/* What is known of the whole network's nodes and tensors. */
struct network {
    const Onnx__ModelProto *model;
    const Onnx__GraphProto *graph;
    struct graph shapes;
    bool *constant; /* of a node: whether it computes what the file says alone */
    bool *taken;    /* of a node: whether the piece has it */
};

static bool is_initializer(const Onnx__GraphProto *graph, const char *name)
{
    for (size_t i = 0; i < graph->n_initializer; ++i)
        if (strcmp(graph->initializer[i]->name, name) == 0)
            return true;
    return false;
}

/* The node that computes a tensor; GRAPH_NONE: none does. */
static size_t maker_of(const Onnx__GraphProto *graph, const char *name)
{
    for (size_t i = 0; i < graph->n_node; ++i)
        for (size_t k = 0; k < graph->node[i]->n_output; ++k)
            if (strcmp(graph->node[i]->output[k], name) == 0)
                return i;
    return GRAPH_NONE;
}

static bool is_constant(const struct network *network, const char *name)
{
    const size_t maker = maker_of(network->graph, name);
    return *name == '\0' || is_initializer(network->graph, name) ||
           (maker != GRAPH_NONE && network->constant[maker]);
}

/* A file's nodes stand behind those that they read from. */
static void find_constants(struct network *network)
{
    for (size_t i = 0; i < network->graph->n_node; ++i) {
        const Onnx__NodeProto *node = network->graph->node[i];
        bool constant = node->n_input > 0 || strcmp(node->op_type, "Constant") == 0;
        for (size_t k = 0; k < node->n_input; ++k)
            constant &= is_constant(network, node->input[k]);
        network->constant[i] = constant;
    }
}

/* The node, and those that make its constants. */
static void take_node(const struct network *network, size_t index)
{
    const Onnx__NodeProto *node = network->graph->node[index];
    network->taken[index] = true;
    for (size_t k = 0; k < node->n_input; ++k) {
        const size_t maker = maker_of(network->graph, node->input[k]);
        if (maker != GRAPH_NONE && network->constant[maker] && !network->taken[maker])
            take_node(network, maker);
    }
}

static bool reads(const Onnx__GraphProto *graph, const char *name)
{
    for (size_t i = 0; i < graph->n_node; ++i)
        for (size_t k = 0; k < graph->node[i]->n_input; ++k)
            if (strcmp(graph->node[i]->input[k], name) == 0)
                return true;
    return false;
}

static bool has_value(Onnx__ValueInfoProto *const *values, size_t count, const char *name)
{
    for (size_t i = 0; i < count; ++i)
        if (strcmp(values[i]->name, name) == 0)
            return true;
    return false;
}

static Onnx__TensorShapeProto *make_shape(const struct graph_tensor *tensor)
{
    Onnx__TensorShapeProto *shape = take(1, sizeof *shape);
    onnx__tensor_shape_proto__init(shape);
    shape->n_dim = tensor->rank;
    shape->dim = take(shape->n_dim, sizeof(Onnx__TensorShapeProto__Dimension *));
    for (size_t i = 0; i < shape->n_dim; ++i) {
        Onnx__TensorShapeProto__Dimension *dim = shape->dim[i] = take(1, sizeof *dim);
        onnx__tensor_shape_proto__dimension__init(dim);
        dim->value_case = ONNX__TENSOR_SHAPE_PROTO__DIMENSION__VALUE_DIM_VALUE;
        dim->dim_value = (int64_t)tensor->dim[i];
    }
    return shape;
}

/* A tensor with the shape that it has in the network, where one is known. */
static Onnx__ValueInfoProto *make_value(const struct network *network, char *name)
{
    static const int32_t types[] = {
        [ELEMENT_F32] = 1, [ELEMENT_U8] = 2, [ELEMENT_I8] = 3, [ELEMENT_I32] = 6, [ELEMENT_I64] = 7};
    Onnx__ValueInfoProto *value = take(1, sizeof *value);
    Onnx__TypeProto *type = take(1, sizeof *type);
    Onnx__TypeProto__Tensor *tensor_type = take(1, sizeof *tensor_type);
    onnx__value_info_proto__init(value);
    onnx__type_proto__init(type);
    onnx__type_proto__tensor__init(tensor_type);
    value->name = name;
    value->type = type;
    type->value_case = ONNX__TYPE_PROTO__VALUE_TENSOR_TYPE;
    type->tensor_type = tensor_type;
    tensor_type->has_elem_type = 1;
    for (size_t i = 0; i < network->shapes.tensor_count; ++i) {
        const struct graph_tensor *tensor = &network->shapes.tensors[i];
        if (strcmp(tensor->name, name) != 0)
            continue;
        if ((size_t)tensor->type < sizeof types / sizeof types[0])
            tensor_type->elem_type = types[tensor->type];
        if (tensor->shape_known)
            tensor_type->shape = make_shape(tensor);
    }
    return value;
}

/* What a node reads is an initializer, made in the piece, or an input of it. */
static void add_read(const struct network *network, Onnx__GraphProto *piece, char *name)
{
    const Onnx__GraphProto *graph = network->graph;
    for (size_t i = 0; i < graph->n_initializer; ++i)
        if (strcmp(graph->initializer[i]->name, name) == 0) {
            if (!is_initializer(piece, name))
                piece->initializer[piece->n_initializer++] = graph->initializer[i];
            return;
        }
    if (*name != '\0' && maker_of(piece, name) == GRAPH_NONE &&
        !has_value(piece->input, piece->n_input, name))
        piece->input[piece->n_input++] = make_value(network, name);
}

static void fill_piece(const struct network *network, Onnx__GraphProto *piece)
{
    const Onnx__GraphProto *graph = network->graph;
    size_t most_read = 0, most_made = 0;
    piece->node = take(graph->n_node, sizeof(Onnx__NodeProto *));
    for (size_t i = 0; i < graph->n_node; ++i)
        if (network->taken[i]) {
            piece->node[piece->n_node++] = graph->node[i];
            most_read += graph->node[i]->n_input;
            most_made += graph->node[i]->n_output;
        }
    piece->initializer = take(most_read, sizeof(Onnx__TensorProto *));
    piece->input = take(most_read, sizeof(Onnx__ValueInfoProto *));
    piece->output = take(most_made, sizeof(Onnx__ValueInfoProto *));
    for (size_t i = 0; i < piece->n_node; ++i) {
        for (size_t k = 0; k < piece->node[i]->n_input; ++k)
            add_read(network, piece, piece->node[i]->input[k]);
        for (size_t k = 0; k < piece->node[i]->n_output; ++k)
            if (!reads(piece, piece->node[i]->output[k]))
                piece->output[piece->n_output++] = make_value(network, piece->node[i]->output[k]);
    }
}

/* Whether the piece is a model that sepcc reads, and so small that a fuzz target reads it often. */
static bool is_worth(const uint8_t *bytes, size_t length)
{
    struct graph graph;
    size_t elements = 0;
    const bool good = graph_parse(bytes, length, "piece", NULL, NULL, 0, &graph) == STATUS_DONE;
    for (size_t i = 0; good && i < graph.tensor_count; ++i)
        if (graph.tensors[i].reals != NULL || graph.tensors[i].integers != NULL)
            elements += graph.tensors[i].count;
    graph_free(&graph);
    return good && elements <= PIECE_CONSTANTS;
}

/* The piece that begins with a node; returns whether it was written. */
static bool write_piece(const struct network *network, size_t first, const char *path)
{
    Onnx__ModelProto model = *network->model;
    Onnx__GraphProto piece = ONNX__GRAPH_PROTO__INIT;
    size_t length, count = 0;
    memset(network->taken, 0, network->graph->n_node * sizeof *network->taken);
    for (size_t i = first; i < network->graph->n_node && count < PIECE_NODES; ++i)
        if (!network->constant[i]) {
            take_node(network, i);
            ++count;
        }
    fill_piece(network, &piece);
    model.graph = &piece;
    const uint8_t *bytes = pack_model(&model, &length);
    if (!is_worth(bytes, length))
        return false;
    write_file(path, bytes, length);
    return true;
}

static void write_pieces(const struct network *network, const char *prefix)
{
    size_t written = 0, computing = 0;
    for (size_t i = 0; i < network->graph->n_node; ++i) {
        struct text path = {0};
        if (network->constant[i] || computing++ % PIECE_STEP != 0)
            continue;
        text_printf(&path, "%s.%zu.onnx", prefix, written);
        if (path.failed)
            fail("out of memory");
        written += write_piece(network, i, path.data);
        text_free(&path);
    }
}

/* ---- all of it -------------------------------------------------------------------------------------- */

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

/* Shapes are inferred from an image of a usual kind where the network takes any. */
static void read_network(const uint8_t *bytes, size_t length, struct network *network)
{
    static const struct graph_input images[] = {{"x", 4, {1, 3, 64, 64}}, {"x", 4, {1, 3, 48, 64}}};
    char said[1024];
    diag_capture(said, sizeof said);
    enum exit_status status = graph_parse(bytes, length, "seed", NULL, NULL, 0, &network->shapes);
    for (size_t i = 0; i < sizeof images / sizeof images[0] && status != STATUS_DONE; ++i) {
        graph_free(&network->shapes);
        status = graph_parse(bytes, length, "seed", NULL, &images[i], 1, &network->shapes);
    }
    diag_capture(NULL, 0);
    if (status != STATUS_DONE)
        fail(said);
    network->constant = take(network->graph->n_node, sizeof *network->constant);
    network->taken = take(network->graph->n_node, sizeof *network->taken);
    find_constants(network);
}

int main(int argc, char **argv)
{
    struct text file = {0};
    if (argc != 4)
        fail("expected MODEL WHOLE PIECES");
    if (file_read(argv[1], &file) != STATUS_DONE)
        return 3;
    static ProtobufCAllocator allocator = {take_one, keep, NULL};
    Onnx__ModelProto *model = onnx__model_proto__unpack(&allocator, file.length, (const uint8_t *)file.data);
    if (model == NULL || model->graph == NULL)
        fail("this is no model");
    shorten_all(model->graph);
    shrink(model->graph);
    size_t length;
    const uint8_t *bytes = pack_model(model, &length);
    write_file(argv[2], bytes, length);
    struct network network = {.model = model, .graph = model->graph};
    read_network(bytes, length, &network);
    write_pieces(&network, argv[3]);
    graph_free(&network.shapes);
    text_free(&file);
    arena_free(&arena);
    return 0;
}
