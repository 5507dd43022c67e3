/*
 * support_onnx.c: makes ONNX's messages from a test graph.
 */
#include "support_onnx.h"

#include "support_shell.h"

#include <ctype.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* ---- memory ------------------------------------------------------------------------------------------ */

void *onnx_take(struct made_onnx *made, size_t count, size_t size)
{
    void *memory = arena_take(&made->arena, count, size);
    assert_non_null(memory);
    return memory;
}

static char *copy(struct made_onnx *made, const char *text)
{
    char *string = arena_string(&made->arena, text, strlen(text));
    assert_non_null(string);
    return string;
}

/* A list with one element more; lists are arrays of pointers. */
static void *append(struct made_onnx *made, const void *list, size_t *count, void *element)
{
    void **longer = onnx_take(made, *count + 1, sizeof *longer);
    if (list != NULL)
        memcpy(longer, list, *count * sizeof *longer);
    longer[(*count)++] = element;
    return longer;
}

/* ---- tensors ----------------------------------------------------------------------------------------- */

static const char *tensor_name(struct made_onnx *made, size_t index)
{
    const char *name = made->from.graph.tensors[index].name;
    char number[32];
    if (!isdigit((unsigned char)name[0]) && name[0] != '-')
        return name;
    snprintf(number, sizeof number, "number%zu", index);
    return copy(made, number);
}

Onnx__TensorProto *onnx_add_weight(struct made_onnx *made, const char *name)
{
    Onnx__TensorProto *tensor = onnx_take(made, 1, sizeof *tensor);
    onnx__tensor_proto__init(tensor);
    tensor->name = copy(made, name);
    made->graph->initializer = append(made, made->graph->initializer, &made->graph->n_initializer, tensor);
    return tensor;
}

static void add_constant(struct made_onnx *made, size_t index)
{
    const struct graph_tensor *from = &made->from.graph.tensors[index];
    Onnx__TensorProto *tensor = onnx_add_weight(made, tensor_name(made, index));
    tensor->has_data_type = 1;
    tensor->data_type = ONNX__TENSOR_PROTO__DATA_TYPE__FLOAT;
    tensor->n_dims = from->rank;
    tensor->dims = onnx_take(made, from->rank, sizeof *tensor->dims);
    for (uint32_t i = 0; i < from->rank; ++i)
        tensor->dims[i] = (int64_t)from->dim[i];
    tensor->has_raw_data = 1;
    tensor->raw_data.len = from->count * sizeof(float);
    tensor->raw_data.data = onnx_take(made, from->count, sizeof(float));
    memcpy(tensor->raw_data.data, from->reals, tensor->raw_data.len);
}

void onnx_put_integers(struct made_onnx *made, Onnx__TensorProto *tensor, size_t count, const int64_t *values)
{
    tensor->has_data_type = 1;
    tensor->data_type = ONNX__TENSOR_PROTO__DATA_TYPE__INT64;
    tensor->n_dims = 1;
    tensor->dims = onnx_take(made, 1, sizeof *tensor->dims);
    tensor->dims[0] = (int64_t)count;
    tensor->has_raw_data = 0;
    tensor->n_int64_data = count;
    tensor->int64_data = onnx_take(made, count, sizeof *tensor->int64_data);
    memcpy(tensor->int64_data, values, count * sizeof *values);
}

static void add_entry(struct made_onnx *made, Onnx__TensorProto *tensor, const char *key, const char *value)
{
    Onnx__StringStringEntryProto *entry = onnx_take(made, 1, sizeof *entry);
    if (value == NULL)
        return;
    onnx__string_string_entry_proto__init(entry);
    entry->key = copy(made, key);
    entry->value = copy(made, value);
    tensor->external_data = append(made, tensor->external_data, &tensor->n_external_data, entry);
}

void onnx_put_external(struct made_onnx *made, Onnx__TensorProto *tensor, const char *location,
                       const char *offset, const char *length)
{
    tensor->has_raw_data = 0;
    tensor->has_data_location = 1;
    tensor->data_location = ONNX__TENSOR_PROTO__DATA_LOCATION__EXTERNAL;
    add_entry(made, tensor, "location", location);
    add_entry(made, tensor, "offset", offset);
    add_entry(made, tensor, "length", length);
}

/* The half of a multiple of 1/64 below 1, which it is exactly. */
static uint16_t half_of(float value)
{
    int exponent;
    const float fraction = frexpf(fabsf(value), &exponent);
    const unsigned sign = signbit(value) != 0 ? 0x8000u : 0;
    if (fraction == 0.0f)
        return (uint16_t)sign;
    return (uint16_t)(sign | (unsigned)(exponent + 14) << 10 | ((unsigned)(fraction * 2048.0f) & 1023u));
}

void onnx_put_half(struct made_onnx *made, Onnx__TensorProto *tensor, bool typed)
{
    enum { HALF_SCALE = 64 };
    const size_t index = made_tensor(&made->from, tensor->name);
    const size_t count = tensor->raw_data.len / sizeof(float);
    float *reals = (float *)(uintptr_t)made->from.tensors[index].reals;
    uint16_t *halves = onnx_take(made, count, sizeof *halves);
    int32_t *numbers = onnx_take(made, count, sizeof *numbers);
    for (size_t i = 0; i < count; ++i) {
        reals[i] = roundf(reals[i] * HALF_SCALE) / HALF_SCALE;
        halves[i] = half_of(reals[i]);
        numbers[i] = halves[i];
    }
    tensor->data_type = ONNX__TENSOR_PROTO__DATA_TYPE__FLOAT16;
    tensor->raw_data.data = (uint8_t *)halves;
    tensor->raw_data.len = count * sizeof *halves;
    tensor->has_raw_data = !typed;
    tensor->int32_data = numbers;
    tensor->n_int32_data = typed ? count : 0;
}

void onnx_put_cast(struct made_onnx *made, const char *name)
{
    Onnx__TensorProto *tensor = onnx_weight(made, name);
    char half[MADE_NAME_MAX + 4];
    onnx_put_half(made, tensor, false);
    snprintf(half, sizeof half, "%s_f16", name);
    Onnx__NodeProto *cast = onnx_add_node(made, "Cast", half, name);
    Onnx__AttributeProto *to = onnx_add_attribute(made, cast, "to");
    to->type = ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__INT;
    to->has_i = 1;
    to->i = ONNX__TENSOR_PROTO__DATA_TYPE__FLOAT;
    tensor->name = copy(made, half);
}

/* ---- inputs and outputs ------------------------------------------------------------------------------ */

static Onnx__TensorShapeProto *make_shape(struct made_onnx *made, const struct graph_tensor *from)
{
    Onnx__TensorShapeProto *shape = onnx_take(made, 1, sizeof *shape);
    onnx__tensor_shape_proto__init(shape);
    for (uint32_t i = 0; i < from->rank; ++i) {
        Onnx__TensorShapeProto__Dimension *dim = onnx_take(made, 1, sizeof *dim);
        onnx__tensor_shape_proto__dimension__init(dim);
        dim->value_case = ONNX__TENSOR_SHAPE_PROTO__DIMENSION__VALUE_DIM_VALUE;
        dim->dim_value = (int64_t)from->dim[i];
        shape->dim = append(made, shape->dim, &shape->n_dim, dim);
    }
    return shape;
}

static Onnx__ValueInfoProto *make_info(struct made_onnx *made, size_t index)
{
    Onnx__ValueInfoProto *info = onnx_take(made, 1, sizeof *info);
    Onnx__TypeProto *type = onnx_take(made, 1, sizeof *type);
    Onnx__TypeProto__Tensor *tensor = onnx_take(made, 1, sizeof *tensor);
    onnx__value_info_proto__init(info);
    onnx__type_proto__init(type);
    onnx__type_proto__tensor__init(tensor);
    tensor->has_elem_type = 1;
    tensor->elem_type = ONNX__TENSOR_PROTO__DATA_TYPE__FLOAT;
    if (made->from.graph.tensors[index].is_input)
        tensor->shape = make_shape(made, &made->from.graph.tensors[index]);
    type->value_case = ONNX__TYPE_PROTO__VALUE_TENSOR_TYPE;
    type->tensor_type = tensor;
    info->name = copy(made, tensor_name(made, index));
    info->type = type;
    return info;
}

/* ---- nodes ------------------------------------------------------------------------------------------- */

Onnx__AttributeProto *onnx_add_attribute(struct made_onnx *made, Onnx__NodeProto *node, const char *name)
{
    Onnx__AttributeProto *attribute = onnx_take(made, 1, sizeof *attribute);
    onnx__attribute_proto__init(attribute);
    attribute->name = copy(made, name);
    attribute->has_type = 1;
    node->attribute = append(made, node->attribute, &node->n_attribute, attribute);
    return attribute;
}

static void fill_attribute(struct made_onnx *made, Onnx__NodeProto *node, const struct graph_attribute *from)
{
    Onnx__AttributeProto *attribute = onnx_add_attribute(made, node, from->name);
    switch (from->type) {
    case ATTRIBUTE_INT:
        attribute->type = ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__INT;
        attribute->has_i = 1;
        attribute->i = from->integer;
        break;
    case ATTRIBUTE_FLOAT:
        attribute->type = ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__FLOAT;
        attribute->has_f = 1;
        attribute->f = from->real;
        break;
    case ATTRIBUTE_STRING:
        attribute->type = ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__STRING;
        attribute->has_s = 1;
        attribute->s.len = strlen(from->string);
        attribute->s.data = (uint8_t *)copy(made, from->string);
        break;
    default:
        attribute->type = ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__INTS;
        attribute->n_ints = from->count;
        attribute->ints = onnx_take(made, from->count, sizeof *attribute->ints);
        memcpy(attribute->ints, from->integers, from->count * sizeof *from->integers);
        break;
    }
}

static Onnx__NodeProto *new_node(struct made_onnx *made, const char *op, const char *output)
{
    Onnx__NodeProto *node = onnx_take(made, 1, sizeof *node);
    onnx__node_proto__init(node);
    node->op_type = copy(made, op);
    node->output = append(made, NULL, &node->n_output, copy(made, output));
    return node;
}

Onnx__NodeProto *onnx_add_node(struct made_onnx *made, const char *op, const char *inputs, const char *output)
{
    Onnx__NodeProto *node = new_node(made, op, output);
    char *state, *words = copy(made, inputs);
    for (char *word = strtok_r(words, " ", &state); word != NULL; word = strtok_r(NULL, " ", &state))
        node->input = append(made, node->input, &node->n_input, word);
    made->graph->node = append(made, made->graph->node, &made->graph->n_node, node);
    return node;
}

static void add_made_node(struct made_onnx *made, const struct graph_node *from)
{
    Onnx__NodeProto *node = onnx_add_node(made, from->op, "", tensor_name(made, from->outputs[0]));
    for (size_t i = 0; i < from->input_count; ++i) {
        const char *name = from->inputs[i] == GRAPH_NONE ? "" : tensor_name(made, from->inputs[i]);
        node->input = append(made, node->input, &node->n_input, copy(made, name));
    }
    for (size_t i = 0; i < from->attribute_count; ++i)
        fill_attribute(made, node, &from->attributes[i]);
}

void onnx_to_constant(struct made_onnx *made, const char *name)
{
    Onnx__GraphProto *graph = made->graph;
    Onnx__TensorProto *tensor = onnx_weight(made, name);
    Onnx__NodeProto *node = new_node(made, "Constant", name);
    Onnx__AttributeProto *attribute = onnx_add_attribute(made, node, "value");
    attribute->type = ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__TENSOR;
    attribute->t = tensor;
    size_t at = 0;
    while (graph->initializer[at] != tensor)
        ++at;
    graph->initializer[at] = graph->initializer[--graph->n_initializer];
    graph->node = append(made, graph->node, &graph->n_node, node);
    memmove(graph->node + 1, graph->node, (graph->n_node - 1) * sizeof(Onnx__NodeProto *));
    graph->node[0] = node;
}

/* ---- by name ----------------------------------------------------------------------------------------- */

Onnx__TensorProto *onnx_weight(const struct made_onnx *made, const char *name)
{
    for (size_t i = 0; i < made->graph->n_initializer; ++i)
        if (strcmp(made->graph->initializer[i]->name, name) == 0)
            return made->graph->initializer[i];
    fail_msg("no initializer '%s'", name);
    return NULL;
}

Onnx__ValueInfoProto *onnx_input(const struct made_onnx *made, const char *name)
{
    for (size_t i = 0; i < made->graph->n_input; ++i)
        if (strcmp(made->graph->input[i]->name, name) == 0)
            return made->graph->input[i];
    fail_msg("no input '%s'", name);
    return NULL;
}

Onnx__NodeProto *onnx_node(const struct made_onnx *made, const char *output)
{
    for (size_t i = 0; i < made->graph->n_node; ++i)
        if (strcmp(made->graph->node[i]->output[0], output) == 0)
            return made->graph->node[i];
    fail_msg("no node computes '%s'", output);
    return NULL;
}

Onnx__AttributeProto *onnx_attribute(const struct made_onnx *made, const char *output, const char *name)
{
    Onnx__NodeProto *node = onnx_node(made, output);
    for (size_t i = 0; i < node->n_attribute; ++i)
        if (strcmp(node->attribute[i]->name, name) == 0)
            return node->attribute[i];
    fail_msg("no attribute '%s'", name);
    return NULL;
}

/* ---- the whole --------------------------------------------------------------------------------------- */

void make_onnx(const char *text, struct made_onnx *made)
{
    memset(made, 0, sizeof *made);
    make_graph(text, &made->from);
    onnx__model_proto__init(&made->model);
    made->model.has_ir_version = 1;
    made->model.ir_version = 8;
    Onnx__OperatorSetIdProto *opset = onnx_take(made, 1, sizeof *opset);
    onnx__operator_set_id_proto__init(opset);
    opset->has_version = 1;
    opset->version = 14;
    made->model.opset_import = append(made, NULL, &made->model.n_opset_import, opset);
    Onnx__GraphProto *graph = made->graph = made->model.graph = onnx_take(made, 1, sizeof *graph);
    onnx__graph_proto__init(graph);
    graph->name = copy(made, "test");
    for (size_t i = 0; i < made->from.graph.tensor_count; ++i) {
        const struct graph_tensor *tensor = &made->from.graph.tensors[i];
        if (tensor->reals != NULL)
            add_constant(made, i);
        if (tensor->is_input)
            graph->input = append(made, graph->input, &graph->n_input, make_info(made, i));
        if (tensor->is_output)
            graph->output = append(made, graph->output, &graph->n_output, make_info(made, i));
    }
    for (size_t i = 0; i < made->from.graph.node_count; ++i)
        add_made_node(made, &made->from.graph.nodes[i]);
}

void made_onnx_free(struct made_onnx *made)
{
    made_graph_free(&made->from);
    arena_free(&made->arena);
}

const uint8_t *onnx_bytes(struct made_onnx *made, size_t *length)
{
    *length = onnx__model_proto__get_packed_size(&made->model);
    uint8_t *bytes = onnx_take(made, *length, 1);
    assert_int_equal(onnx__model_proto__pack(&made->model, bytes), *length);
    return bytes;
}

void onnx_write(struct made_onnx *made, const char *path)
{
    size_t length;
    const uint8_t *bytes = onnx_bytes(made, &length);
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, length, file), length);
    assert_int_equal(fclose(file), 0);
}

void assert_model_refused(const char *folder, const char *name, const char *command, const char *message)
{
    const int status = shell(folder, "%s; status=$?; test ! -e out || exit 99; exit $status", command);
    const char *error = shell_error();
    const size_t length = strlen(error);
    if (status != 2 || strstr(error, message) == NULL)
        fail_msg("%s: exit status %d: %s\nexpected: %s", name, status, error, message);
    if (length == 0 || strchr(error, '\n') != error + length - 1)
        fail_msg("%s: not one line: %s", name, error);
}
