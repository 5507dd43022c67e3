/*
 * fuzz_onnx.c: any bytes as an ONNX model, through reading, shapes, folding and the search for stages. What
 * is refused must print exactly one line; a stage that is found must be one that a list can hold.
 *
 * Most inputs come from a model by a change of what its messages say, since changed bytes are mostly no
 * messages any more: numbers become extreme, and nodes exchange what they read, compute or are.
 */
#include "fuzz_require.h"
#include "model/model.h"
#include "model/onnx_internal.h"
#include "spec/spec.h"

#include <math.h>

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t room, unsigned seed);
size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t room); /* libFuzzer's own */

static void check_stages(const struct model *model)
{
    for (size_t i = 0; i < model->stage_count; ++i) {
        struct spec back;
        char text[SPEC_TEXT_MAX];
        spec_print(&model->stages[i].spec, 1, text);
        require(spec_parse(text, NOWHERE, &back) == STATUS_DONE, "a stage's text is refused", text);
        require(spec_equal(&model->stages[i].spec, &back), "another stage came back", text);
    }
}

/* input may be NULL: no dimensions are given. */
static void check(const uint8_t *bytes, size_t size, const struct graph_input *input, enum model_join join)
{
    struct graph graph;
    struct model model = {0};
    printed[0] = '\0';
    diag_capture(printed, sizeof printed);
    enum exit_status status = graph_parse(bytes, size, "fuzz.onnx", NULL, input, input != NULL, &graph);
    if (status == STATUS_DONE) {
        status = model_find(&graph, join, &model);
        if (status == STATUS_DONE)
            check_stages(&model);
        model_free(&model);
    }
    graph_free(&graph);
    if (status != STATUS_DONE)
        require_refusal(status, "a model");
    diag_capture(NULL, 0);
}

/* One of some ways to read an input, told by its bytes: trying all takes so many times as long. */
static size_t way_of(const uint8_t *data, size_t size)
{
    size_t sum = size;
    for (size_t i = 0; i < size; ++i)
        sum += data[i];
    return sum % 4;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    /* As small as the shared models can be. */
    static const struct graph_input inputs[] = {{"x", 4, {1, 3, 32, 32}}, {"x", 4, {1, 3, 48, 64}}};
    /* An exact copy, so that a read past the model's end is seen. */
    uint8_t *exact = malloc(size > 0 ? size : 1);
    if (exact == NULL)
        abort();
    memcpy(exact, data, size);
    const size_t way = way_of(data, size);
    const enum model_join join = way % 2 == 1 ? MODEL_LAYERS : MODEL_FUSED;
    check(exact, size, NULL, join);
    if (strstr(printed, "--input x=") != NULL)
        check(exact, size, &inputs[way / 2], join);
    free(exact);
    return 0;
}

/* ---- changing what messages say --------------------------------------------------------------------- */

static uint64_t random_state;

static size_t below(size_t count)
{
    random_state = random_state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (size_t)(random_state >> 33) % count;
}

static void change_integer(int64_t *value)
{
    static const int64_t extremes[] = {0,
                                       1,
                                       -1,
                                       2,
                                       3,
                                       4,
                                       8,
                                       64,
                                       -2,
                                       -8,
                                       9,
                                       INT32_MAX,
                                       INT32_MIN,
                                       INT64_MAX,
                                       INT64_MIN,
                                       (int64_t)1 << 32,
                                       (int64_t)1 << 47};
    const size_t kind = below(3);
    if (kind == 0)
        *value = extremes[below(sizeof extremes / sizeof extremes[0])];
    else
        *value = (int64_t)((uint64_t)*value + (kind == 1 ? 1 : UINT64_MAX));
}

static void change_real(float *value)
{
    static const float extremes[] = {0, 1, -1, 6, 3, 1e-38f, 3e38f, 0.16666667f, INFINITY, -INFINITY, NAN};
    *value = extremes[below(sizeof extremes / sizeof extremes[0])];
}

static void change_tensor(Onnx__TensorProto *tensor)
{
    static const int32_t types[] = {1, 2, 3, 6, 7, 9, 10, 11, 16};
    switch (below(5)) {
    case 0:
        if (tensor->n_dims > 0)
            change_integer(&tensor->dims[below(tensor->n_dims)]);
        break;
    case 1:
        if (tensor->n_dims > 0)
            --tensor->n_dims;
        break;
    case 2:
        tensor->data_type = types[below(sizeof types / sizeof types[0])];
        break;
    case 3:
        if (tensor->n_int64_data > 0)
            change_integer(&tensor->int64_data[below(tensor->n_int64_data)]);
        break;
    default:
        if (tensor->raw_data.len > 0)
            tensor->raw_data.data[below(tensor->raw_data.len)] = (uint8_t)below(256);
        break;
    }
}

static void change_attribute(Onnx__AttributeProto *attribute)
{
    if (below(8) == 0)
        attribute->type = (Onnx__AttributeProto__AttributeType)below(12);
    else if (attribute->t != NULL)
        change_tensor(attribute->t);
    else if (attribute->n_ints > 0 && below(4) == 0)
        --attribute->n_ints;
    else if (attribute->n_ints > 0)
        change_integer(&attribute->ints[below(attribute->n_ints)]);
    else if (attribute->has_f)
        change_real(&attribute->f);
    else
        change_integer(&attribute->i);
}

static void exchange(char **a, char **b)
{
    char *kept = *a;
    *a = *b;
    *b = kept;
}

/* Two nodes exchange one of their names; both stay owned by the message. */
static void exchange_names(Onnx__NodeProto *a, Onnx__NodeProto *b)
{
    switch (below(4)) {
    case 0:
        exchange(&a->op_type, &b->op_type);
        break;
    case 1:
        if (a->n_input > 0 && b->n_input > 0)
            exchange(&a->input[below(a->n_input)], &b->input[below(b->n_input)]);
        break;
    case 2:
        if (a->n_input > 0 && b->n_output > 0)
            exchange(&a->input[below(a->n_input)], &b->output[below(b->n_output)]);
        break;
    default:
        if (a->n_attribute > 0 && b->n_attribute > 0) {
            Onnx__AttributeProto **of_a = &a->attribute[below(a->n_attribute)];
            Onnx__AttributeProto **of_b = &b->attribute[below(b->n_attribute)], *kept = *of_a;
            *of_a = *of_b;
            *of_b = kept;
        }
        break;
    }
}

static void change_input(const Onnx__ValueInfoProto *input)
{
    const Onnx__TypeProto *type = input->type;
    if (type == NULL || type->value_case != ONNX__TYPE_PROTO__VALUE_TENSOR_TYPE ||
        type->tensor_type->shape == NULL || type->tensor_type->shape->n_dim == 0)
        return;
    Onnx__TensorShapeProto__Dimension *dim =
        type->tensor_type->shape->dim[below(type->tensor_type->shape->n_dim)];
    if (dim->value_case == ONNX__TENSOR_SHAPE_PROTO__DIMENSION__VALUE_DIM_VALUE)
        change_integer(&dim->dim_value);
}

static void change(Onnx__GraphProto *graph)
{
    Onnx__NodeProto *node = graph->node[below(graph->n_node)];
    switch (below(5)) {
    case 0:
        if (graph->n_initializer > 0)
            change_tensor(graph->initializer[below(graph->n_initializer)]);
        break;
    case 1:
        if (graph->n_input > 0)
            change_input(graph->input[below(graph->n_input)]);
        break;
    case 2:
        exchange_names(node, graph->node[below(graph->n_node)]);
        break;
    default:
        if (node->n_attribute > 0)
            change_attribute(node->attribute[below(node->n_attribute)]);
        break;
    }
}

/* One input in ten goes libFuzzer's way, and whatever is no model. */
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t room, unsigned seed)
{
    Onnx__ModelProto *model = NULL;
    size_t length = 0;
    random_state = seed;
    diag_capture(printed, sizeof printed);
    const bool is_model = below(10) > 0 && onnx_unpack(data, size, "fuzz.onnx", &model) == STATUS_DONE;
    diag_capture(NULL, 0);
    if (is_model) {
        for (size_t changes = 1 + below(3); changes > 0; --changes)
            change(model->graph);
        if (onnx__model_proto__get_packed_size(model) <= room)
            length = onnx__model_proto__pack(model, data);
    }
    onnx_free(model);
    return length > 0 ? length : LLVMFuzzerMutate(data, size, room);
}
