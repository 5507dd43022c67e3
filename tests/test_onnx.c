/*
 * test_onnx.c: reading ONNX: weights however they are kept, dimensions however they are given, shapes through
 * the operators between. However a model is written, its stages are those of the graph it was made from.
 */
#include "model/model.h"
#include "support_folder.h"
#include "support_onnx.h"
#include "support_shell.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static struct made_onnx made;

static const char NET[] = "in x 1x4x6x6\nconst w 4x1x3x3\nconst b 4\nconst v 8x4x1x1\n"
                          "d Conv x w b group=4 pads=1,1,1,1\na Relu d\np Conv a v\nout p";

/* ---- helpers ---------------------------------------------------------------------------------------- */

static void find(const char *folder, const struct graph_input *inputs, size_t count, struct model *model)
{
    size_t length;
    struct graph graph;
    const uint8_t *bytes = onnx_bytes(&made, &length);
    assert_int_equal(graph_parse(bytes, length, "test.onnx", folder, inputs, count, &graph), STATUS_DONE);
    assert_int_equal(model_find(&graph, MODEL_FUSED, model), STATUS_DONE);
}

static void assert_floats(const float *a, const float *b, size_t count)
{
    assert_int_equal(a != NULL, b != NULL);
    if (a != NULL)
        assert_memory_equal(a, b, count * sizeof *a);
}

static void assert_same_stage(const struct model_stage *a, const struct model_stage *b)
{
    char words[2][SPEC_TEXT_MAX];
    spec_print(&a->spec, 0, words[0]);
    spec_print(&b->spec, 0, words[1]);
    assert_string_equal(words[0], words[1]);
    for (uint32_t i = 0; i < a->spec.stage.layer_count; ++i) {
        const struct sepcc_layer *layer = &a->spec.stage.layer[i];
        const size_t per = layer->op == SEPCC_OP_DEPTHWISE ? layer->kernel_h * layer->kernel_w : layer->in_c;
        assert_floats(a->layer[i].weight, b->layer[i].weight, per * layer->out_c);
        assert_floats(a->layer[i].bias, b->layer[i].bias, layer->out_c);
        assert_floats(a->layer[i].slope, b->layer[i].slope, layer->out_c);
    }
}

/* The model as it stands now has the stages of the text it was made from. Frees it. */
static void assert_as_made(const char *folder, const struct graph_input *inputs, size_t count)
{
    struct model from, read;
    struct graph graph = made.from.graph;
    assert_int_equal(model_find(&graph, MODEL_FUSED, &from), STATUS_DONE);
    find(folder, inputs, count, &read);
    assert_true(from.stage_count > 0);
    assert_int_equal(read.stage_count, from.stage_count);
    for (size_t i = 0; i < from.stage_count; ++i)
        assert_same_stage(&from.stages[i], &read.stages[i]);
    model_free(&from);
    model_free(&read);
    made_onnx_free(&made);
}

/* ---- weights ---------------------------------------------------------------------------------------- */

static const char *const weights[] = {"w", "b", "v"};
enum { WEIGHTS = sizeof weights / sizeof weights[0] };

static float *values_of(const Onnx__TensorProto *tensor)
{
    return (float *)(void *)tensor->raw_data.data;
}

static size_t count_of(const Onnx__TensorProto *tensor)
{
    return tensor->raw_data.len / sizeof(float);
}

static void reads_raw_values(void **state)
{
    (void)state;
    make_onnx(NET, &made);
    assert_as_made(NULL, NULL, 0);
}

static void put_typed(Onnx__TensorProto *tensor)
{
    tensor->n_float_data = count_of(tensor);
    tensor->float_data = values_of(tensor);
    tensor->has_raw_data = 0;
}

static void reads_typed_values(void **state)
{
    (void)state;
    make_onnx(NET, &made);
    for (size_t i = 0; i < WEIGHTS; ++i)
        put_typed(onnx_weight(&made, weights[i]));
    assert_as_made(NULL, NULL, 0);
}

static void reads_half_floats(void **state)
{
    (void)state;
    for (int typed = 0; typed < 2; ++typed) {
        make_onnx(NET, &made);
        for (size_t i = 0; i < WEIGHTS; ++i)
            onnx_put_half(&made, onnx_weight(&made, weights[i]), typed);
        assert_as_made(NULL, NULL, 0);
    }
}

/* As exporters write it: halves behind a Cast to 32 bits. */
static void reads_cast_half_floats(void **state)
{
    (void)state;
    make_onnx(NET, &made);
    for (size_t i = 0; i < WEIGHTS; ++i)
        onnx_put_cast(&made, weights[i]);
    assert_as_made(NULL, NULL, 0);
}

static void reads_constant_nodes(void **state)
{
    (void)state;
    make_onnx(NET, &made);
    for (size_t i = 0; i < WEIGHTS; ++i)
        onnx_to_constant(&made, weights[i]);
    /* A row of floats is an attribute of its own kind. */
    Onnx__AttributeProto *floats = onnx_attribute(&made, "b", "value");
    floats->name = (char *)(uintptr_t) "value_floats";
    floats->type = ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__FLOATS;
    floats->n_floats = count_of(floats->t);
    floats->floats = values_of(floats->t);
    floats->t = NULL;
    assert_as_made(NULL, NULL, 0);
}

static void put_bytes(const char *path, const void *bytes, size_t length)
{
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, length, file), length);
    assert_int_equal(fclose(file), 0);
}

static void reads_external_data(void **state)
{
    make_onnx(NET, &made);
    const char *folder = *state;
    Onnx__TensorProto *w = onnx_weight(&made, "w"), *v = onnx_weight(&made, "v"),
                      *b = onnx_weight(&made, "b");
    uint8_t all[1024] = {0};
    char length[32];
    assert_true(100 + v->raw_data.len <= sizeof all);
    memcpy(all, b->raw_data.data, b->raw_data.len);
    memcpy(all + 100, v->raw_data.data, v->raw_data.len);
    put_bytes(in_folder(folder, "w.bin"), w->raw_data.data, w->raw_data.len);
    assert_shell(folder, 0, "mkdir -p deep/er");
    put_bytes(in_folder(folder, "deep/er/all.bin"), all, sizeof all);
    snprintf(length, sizeof length, "%zu", v->raw_data.len);
    onnx_put_external(&made, w, "w.bin", NULL, NULL);
    onnx_put_external(&made, b, "deep/er/all.bin", "0", NULL);
    onnx_put_external(&made, v, "deep/er/all.bin", "100", length);
    assert_as_made(folder, NULL, 0);
}

/* Old files list initializers as inputs, too; nodes may stand in any order. */
static void reads_old_and_unordered_files(void **state)
{
    (void)state;
    make_onnx(NET, &made);
    Onnx__ValueInfoProto **inputs = onnx_take(&made, 2, sizeof(Onnx__ValueInfoProto *));
    inputs[0] = made.graph->input[0];
    inputs[1] = onnx_take(&made, 1, sizeof *inputs[1]);
    onnx__value_info_proto__init(inputs[1]);
    inputs[1]->name = onnx_weight(&made, "w")->name;
    made.graph->input = inputs;
    made.graph->n_input = 2;
    Onnx__NodeProto *first = made.graph->node[0];
    made.graph->node[0] = made.graph->node[2];
    made.graph->node[2] = first;
    assert_as_made(NULL, NULL, 0);
}

/* ---- dimensions of inputs ---------------------------------------------------------------------------- */

static void set_dynamic(const char *input, size_t axis, const char *name)
{
    Onnx__TensorShapeProto__Dimension *dim = onnx_input(&made, input)->type->tensor_type->shape->dim[axis];
    dim->value_case = ONNX__TENSOR_SHAPE_PROTO__DIMENSION__VALUE_DIM_PARAM;
    dim->dim_param = (char *)(uintptr_t)name;
}

static void takes_dimensions_of_inputs(void **state)
{
    static const struct graph_input given = {"x", 4, {1, 4, 6, 6}};
    (void)state;
    make_onnx(NET, &made);
    set_dynamic("x", 0, "N");
    set_dynamic("x", 2, "H");
    set_dynamic("x", 3, "W");
    assert_as_made(NULL, &given, 1);
    make_onnx(NET, &made);
    set_dynamic("x", 0, "N"); /* a batch alone counts as 1 */
    assert_as_made(NULL, NULL, 0);
    make_onnx(NET, &made);
    onnx_input(&made, "x")->type->tensor_type->shape = NULL;
    assert_as_made(NULL, &given, 1);
}

/* As on the command line: what is missing is said as the option that gives it. */
static void asks_for_dimensions(void **state)
{
    make_onnx(NET, &made);
    set_dynamic("x", 2, "H");
    set_dynamic("x", 3, "W");
    onnx_write(&made, in_folder(*state, "net.onnx"));
    made_onnx_free(&made);
    assert_shell(*state, 2, "$SEPCC stages net.onnx");
    assert_error("net.onnx: error: input 'x' is 1x4xHxW, expected its dimensions: --input x=1x4x?x? with a "
                 "number for each ? [model]\n");
    assert_shell(*state, 0, "$SEPCC stages net.onnx --input x=1x4x10x12");
    assert_printed("10x12x4");
    assert_shell(*state, 2, "$SEPCC stages net.onnx --input x=1x3x10x12");
    assert_error("input 'x' is 1x4xHxW");
    assert_shell(*state, 2, "$SEPCC stages net.onnx --input x=1x4x10");
    assert_error("input 'x' is 1x4xHxW");
    assert_shell(*state, 2, "$SEPCC stages net.onnx --input y=1x4x6x6");
    assert_error("--input y: the model has no such input");
    assert_shell(*state, 2, "$SEPCC stages net.onnx --input x=1x4x0x6");
    assert_error("expected NAME=DIMS");
}

/* ---- shapes through operators ------------------------------------------------------------------------ */

/* Adds an integer attribute. */
static Onnx__NodeProto *with_integer(Onnx__NodeProto *node, const char *name, int64_t value)
{
    Onnx__AttributeProto *attribute = onnx_add_attribute(&made, node, name);
    attribute->type = ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__INT;
    attribute->has_i = 1;
    attribute->i = value;
    return node;
}

static void add_integers(const char *name, size_t count, const int64_t *values)
{
    onnx_put_integers(&made, onnx_add_weight(&made, name), count, values);
}

/*
 * A classifier behind a pooling, whose Reshape takes its sizes from Shape through Cast to 32 bits and back,
 * as Paddle writes it: 200 channels are more than a byte holds.
 */
static void infers_shapes_through_casts(void **state)
{
    struct model model;
    (void)state;
    make_onnx("in x 1x4x6x6\nconst w 200x4x1x1\nconst fc 200x3\np Conv x w\nout p", &made);
    add_integers("zero", 1, (const int64_t[]){0});
    add_integers("one", 1, (const int64_t[]){1});
    add_integers("two", 1, (const int64_t[]){2});
    onnx_add_node(&made, "GlobalAveragePool", "p", "g");
    onnx_add_node(&made, "Shape", "g", "s");
    with_integer(onnx_add_node(&made, "Cast", "s", "s32"), "to", ONNX__TENSOR_PROTO__DATA_TYPE__INT32);
    onnx_add_node(&made, "Slice", "s32 zero one", "n");
    onnx_add_node(&made, "Slice", "s32 one two", "c");
    with_integer(onnx_add_node(&made, "Cast", "n", "n64"), "to", ONNX__TENSOR_PROTO__DATA_TYPE__INT64);
    with_integer(onnx_add_node(&made, "Cast", "c", "c64"), "to", ONNX__TENSOR_PROTO__DATA_TYPE__INT64);
    with_integer(onnx_add_node(&made, "Concat", "n64 c64", "shape"), "axis", 0);
    onnx_add_node(&made, "Reshape", "g shape", "flat");
    onnx_add_node(&made, "MatMul", "flat fc", "y");
    find(NULL, NULL, 0, &model);
    assert_int_equal(model.left_count, 0);
    assert_int_equal(model.stage_count, 2);
    assert_int_equal(model.stages[1].spec.stage.layer[0].in_c, 200);
    assert_int_equal(model.stages[1].spec.stage.layer[0].out_c, 3);
    model_free(&model);
    made_onnx_free(&made);
}

/* A number that the type holds is folded; one that would wrap is left for run time. */
static void casts_within_the_range_of_a_type(void **state)
{
    (void)state;
    static const struct {
        int64_t value;
        int32_t to;
        bool folded;
    } rows[] = {
        {127, ONNX__TENSOR_PROTO__DATA_TYPE__INT8, true},
        {-128, ONNX__TENSOR_PROTO__DATA_TYPE__INT8, true},
        {128, ONNX__TENSOR_PROTO__DATA_TYPE__INT8, false},
        {-129, ONNX__TENSOR_PROTO__DATA_TYPE__INT8, false},
        {255, ONNX__TENSOR_PROTO__DATA_TYPE__UINT8, true},
        {-1, ONNX__TENSOR_PROTO__DATA_TYPE__UINT8, false},
        {256, ONNX__TENSOR_PROTO__DATA_TYPE__UINT8, false},
        {INT32_MAX, ONNX__TENSOR_PROTO__DATA_TYPE__INT32, true},
        {INT32_MIN, ONNX__TENSOR_PROTO__DATA_TYPE__INT32, true},
        {(int64_t)INT32_MAX + 1, ONNX__TENSOR_PROTO__DATA_TYPE__INT32, false},
        {INT64_MIN, ONNX__TENSOR_PROTO__DATA_TYPE__INT64, true},
        {7, ONNX__TENSOR_PROTO__DATA_TYPE__FLOAT, true},
        {7, ONNX__TENSOR_PROTO__DATA_TYPE__FLOAT16, false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; ++i) {
        struct graph graph;
        size_t length;
        make_onnx("in x 1\ny Relu x\nout y", &made);
        add_integers("number", 1, &rows[i].value);
        with_integer(onnx_add_node(&made, "Cast", "number", "cast"), "to", rows[i].to);
        const uint8_t *bytes = onnx_bytes(&made, &length);
        assert_int_equal(graph_parse(bytes, length, "test.onnx", NULL, NULL, 0, &graph), STATUS_DONE);
        const struct graph_tensor *cast = NULL;
        for (size_t t = 0; t < graph.tensor_count; ++t)
            if (strcmp(graph.tensors[t].name, "cast") == 0)
                cast = &graph.tensors[t];
        assert_non_null(cast);
        assert_int_equal(cast->integers != NULL || cast->reals != NULL, rows[i].folded);
        if (cast->integers != NULL)
            assert_true(cast->integers[0] == rows[i].value);
        graph_free(&graph);
        made_onnx_free(&made);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_raw_values),
        cmocka_unit_test(reads_typed_values),
        cmocka_unit_test(reads_half_floats),
        cmocka_unit_test(reads_cast_half_floats),
        cmocka_unit_test(reads_constant_nodes),
        cmocka_unit_test_setup_teardown(reads_external_data, folder_setup, folder_teardown),
        cmocka_unit_test(reads_old_and_unordered_files),
        cmocka_unit_test(takes_dimensions_of_inputs),
        cmocka_unit_test_setup_teardown(asks_for_dimensions, folder_setup, folder_teardown),
        cmocka_unit_test(infers_shapes_through_casts),
        cmocka_unit_test(casts_within_the_range_of_a_type),
    };
    return cmocka_run_group_tests_name("onnx", tests, NULL, NULL);
}
