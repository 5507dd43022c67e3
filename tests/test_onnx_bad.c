/*
 * test_onnx_bad.c: models whose messages say what cannot be: each gets one line that names what is wrong,
 * exit status 2, and nothing is written. test_onnx_bytes.c has files that are no messages.
 */
#include "support_folder.h"
#include "support_onnx.h"
#include "support_shell.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static struct made_onnx made;

static const char NET[] = "in x 1x4x6x6\nconst w 4x1x3x3\nconst b 4\nconst v 8x4x1x1\n"
                          "d Conv x w b group=4 strides=1,1 pads=1,1,1,1\na Relu d\np Conv a v\nout p";

typedef void change_fn(void);

struct bad {
    const char *name;
    change_fn *change;
    const char *message; /* stands in what is printed */
};

/* ---- types ------------------------------------------------------------------------------------------ */

static void floats_as_integers(void)
{
    onnx_weight(&made, "w")->data_type = ONNX__TENSOR_PROTO__DATA_TYPE__INT32;
    onnx_weight(&made, "v")->data_type = ONNX__TENSOR_PROTO__DATA_TYPE__INT32;
}

static void use_doubles(const char *name)
{
    Onnx__TensorProto *tensor = onnx_weight(&made, name);
    const size_t count = tensor->raw_data.len / sizeof(float);
    tensor->data_type = ONNX__TENSOR_PROTO__DATA_TYPE__DOUBLE;
    tensor->has_raw_data = 0;
    tensor->n_double_data = count;
    tensor->double_data = onnx_take(&made, count, sizeof(double));
}

static void doubles(void)
{
    use_doubles("w");
    use_doubles("v");
}

static void bias_of_doubles(void)
{
    use_doubles("b");
    floats_as_integers();
    onnx_weight(&made, "w")->data_type = ONNX__TENSOR_PROTO__DATA_TYPE__FLOAT;
}

static void weights_of_strings(void)
{
    onnx_weight(&made, "w")->data_type = ONNX__TENSOR_PROTO__DATA_TYPE__STRING;
    onnx_weight(&made, "v")->data_type = ONNX__TENSOR_PROTO__DATA_TYPE__STRING;
}

static void input_of_doubles(void)
{
    onnx_input(&made, "x")->type->tensor_type->elem_type = ONNX__TENSOR_PROTO__DATA_TYPE__DOUBLE;
}

static void type_that_is_none(void)
{
    onnx_weight(&made, "w")->data_type = 12345;
    onnx_weight(&made, "v")->data_type = -1;
}

/* Nothing is wrong with the file, but no stage is left: the line names the node, its operator and the reason.
 */
static const struct bad no_stage[] = {
    {"integers as weights", floats_as_integers, "node 'd' (Conv): its weights are integers, and others"},
    {"doubles as weights", doubles, "node 'd' (Conv): its weights are not of type f32 or f16, and others"},
    {"doubles as bias", bias_of_doubles, "node 'd' (Conv): its bias is not of type f32 or f16, and others"},
    {"strings as weights", weights_of_strings,
     "node 'd' (Conv): its weights are computed at run time, and others"},
    {"doubles as input", input_of_doubles, "node 'd' (Conv): its input is not of type f32, and others"},
    {"an unknown type", type_that_is_none,
     "node 'd' (Conv): its weights are computed at run time, and others"},
};

/* ---- the graph -------------------------------------------------------------------------------------- */

static void set_input(const char *node, size_t index, const char *name)
{
    onnx_node(&made, node)->input[index] = (char *)(uintptr_t)name;
}

static void cycle(void)
{
    set_input("d", 0, "a");
}

static void own_output(void)
{
    set_input("a", 0, "a");
}

static void long_cycle(void)
{
    onnx_add_node(&made, "Tanh", "t3", "t1");
    onnx_add_node(&made, "Tanh", "t1", "t2");
    onnx_add_node(&made, "Tanh", "t2", "t3");
}

static void missing_initializer(void)
{
    onnx_weight(&made, "v")->name = (char *)(uintptr_t) "elsewhere";
}

static void missing_tensor(void)
{
    set_input("a", 0, "nowhere");
}

static void missing_output(void)
{
    made.graph->output[0]->name = (char *)(uintptr_t) "q";
}

static void initializer_twice(void)
{
    onnx_weight(&made, "v")->name = (char *)(uintptr_t) "w";
}

static void initializer_without_a_name(void)
{
    onnx_weight(&made, "v")->name = (char *)(uintptr_t) "";
}

static void output_twice(void)
{
    onnx_node(&made, "a")->output[0] = (char *)(uintptr_t) "d";
}

static void output_is_input(void)
{
    onnx_node(&made, "a")->output[0] = (char *)(uintptr_t) "x";
}

static void output_is_initializer(void)
{
    onnx_node(&made, "a")->output[0] = (char *)(uintptr_t) "v";
}

static void input_twice(void)
{
    Onnx__ValueInfoProto **inputs = onnx_take(&made, 2, sizeof(Onnx__ValueInfoProto *));
    inputs[0] = inputs[1] = made.graph->input[0];
    made.graph->input = inputs;
    made.graph->n_input = 2;
}

static void input_is_no_tensor(void)
{
    onnx_input(&made, "x")->type = NULL;
}

static void no_nodes(void)
{
    made.graph->n_node = 0;
}

static void no_graph(void)
{
    made.model.graph = NULL;
}

/* ---- sizes ------------------------------------------------------------------------------------------ */

static void negative_dim(void)
{
    onnx_weight(&made, "w")->dims[0] = -4;
}

static void overflowing_dims(void)
{
    for (size_t i = 0; i < 4; ++i)
        onnx_weight(&made, "w")->dims[i] = (int64_t)1 << 32;
}

static void largest_dim(void)
{
    onnx_weight(&made, "w")->dims[0] = INT64_MAX;
}

static void huge_dim(void)
{
    onnx_weight(&made, "w")->dims[0] = (int64_t)1 << 30; /* times 9 floats are 36 GiB, which are not there */
}

static void many_dims(void)
{
    Onnx__TensorProto *w = onnx_weight(&made, "w");
    w->n_dims = 9;
    w->dims = onnx_take(&made, 9, sizeof *w->dims);
}

static void short_values(void)
{
    onnx_weight(&made, "w")->raw_data.len -= 4;
}

static void long_values(void)
{
    onnx_weight(&made, "b")->dims[0] = 3;
}

static void short_typed_values(void)
{
    Onnx__TensorProto *b = onnx_weight(&made, "b");
    b->has_raw_data = 0;
    b->n_float_data = 3;
    b->float_data = (float *)(void *)b->raw_data.data;
}

static void no_values(void)
{
    onnx_weight(&made, "w")->has_raw_data = 0;
}

static Onnx__TensorShapeProto *input_shape(void)
{
    return onnx_input(&made, "x")->type->tensor_type->shape;
}

static void huge_input(void)
{
    input_shape()->dim[2]->dim_value = INT64_MAX;
}

static void huge_product(void)
{
    input_shape()->dim[2]->dim_value = input_shape()->dim[3]->dim_value = (int64_t)1 << 31;
}

static void negative_input(void)
{
    input_shape()->dim[2]->dim_value = -6;
}

static void other_channels(void)
{
    input_shape()->dim[1]->dim_value = 5;
}

static void bias_too_long(void)
{
    onnx_weight(&made, "b")->dims[0] = 2;
    onnx_weight(&made, "b")->raw_data.len = 8;
}

/* ---- attributes ------------------------------------------------------------------------------------- */

static void group_as_float(void)
{
    onnx_attribute(&made, "d", "group")->type = ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__FLOAT;
}

static void strides_as_number(void)
{
    onnx_attribute(&made, "d", "strides")->type = ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__INT;
}

static void pads_without_type(void)
{
    onnx_attribute(&made, "d", "pads")->type = ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__UNDEFINED;
}

static void padding_as_numbers(void)
{
    onnx_attribute(&made, "d", "pads")->name = (char *)(uintptr_t) "auto_pad";
}

static void unknown_padding(void)
{
    Onnx__AttributeProto *pads = onnx_attribute(&made, "d", "pads");
    pads->name = (char *)(uintptr_t) "auto_pad";
    pads->type = ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__STRING;
    pads->has_s = 1;
    pads->s.data = (uint8_t *)(uintptr_t) "MIRROR";
    pads->s.len = 6;
}

static void zero_group(void)
{
    onnx_attribute(&made, "d", "group")->i = 0;
}

static void wrong_group(void)
{
    onnx_attribute(&made, "d", "group")->i = 3;
}

static void huge_group(void)
{
    onnx_attribute(&made, "d", "group")->i = INT64_MAX;
}

static void zero_stride(void)
{
    onnx_attribute(&made, "d", "strides")->ints[0] = 0;
}

static void negative_padding(void)
{
    onnx_attribute(&made, "d", "pads")->ints[1] = -1;
}

static void three_strides(void)
{
    Onnx__AttributeProto *strides = onnx_attribute(&made, "d", "strides");
    strides->n_ints = 3;
    strides->ints = onnx_take(&made, 3, sizeof *strides->ints);
}

static void attribute_twice(void)
{
    onnx_attribute(&made, "d", "pads")->name = (char *)(uintptr_t) "strides";
}

static void constant_without_a_tensor(void)
{
    onnx_to_constant(&made, "v");
    onnx_attribute(&made, "v", "value")->t = NULL;
}

static void constant_of_another_type(void)
{
    onnx_to_constant(&made, "v");
    onnx_attribute(&made, "v", "value")->type = ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__FLOATS;
}

static void constant_without_a_value(void)
{
    onnx_to_constant(&made, "v");
    onnx_node(&made, "v")->n_attribute = 0;
}

/* ---- the table -------------------------------------------------------------------------------------- */

static const struct bad refused[] = {
    {"a cycle", cycle, "node 'd' (Conv): depends on its own output, expected no cycle [model]"},
    {"a node that reads its output", own_output, "node 'a' (Relu): depends on its own output"},
    {"a cycle of three", long_cycle, "node 't1' (Tanh): depends on its own output"},
    {"a missing initializer", missing_initializer, "node 'p' (Conv): input 'v' is nowhere computed or given"},
    {"a missing tensor", missing_tensor, "node 'a' (Relu): input 'nowhere' is nowhere computed or given"},
    {"a missing output", missing_output, "output 'q' is nowhere computed"},
    {"an initializer twice", initializer_twice, "initializer 'w' is there twice"},
    {"an initializer without a name", initializer_without_a_name,
     "initializer '' is there twice or has no name"},
    {"an output twice", output_twice, "node 'd' (Relu): output 'd' exists already"},
    {"an output that is an input", output_is_input, "node 'x' (Relu): output 'x' exists already"},
    {"an output that is an initializer", output_is_initializer, "node 'v' (Relu): output 'v' exists already"},
    {"an input twice", input_twice, "input 'x' is there twice or is no tensor"},
    {"an input that is no tensor", input_is_no_tensor, "input 'x' is there twice or is no tensor"},
    {"no nodes", no_nodes, "the model has no nodes, expected a graph with some"},
    {"no graph", no_graph, "the model has no nodes, expected a graph with some"},
    {"a negative dimension", negative_dim, "initializer 'w' has a negative dimension, expected sizes"},
    {"dimensions that overflow", overflowing_dims, "initializer 'w' is larger than any memory"},
    {"the largest dimension", largest_dim, "initializer 'w' is larger than any memory"},
    {"gigabytes that are not there", huge_dim, "initializer 'w' has 144 bytes, expected 38654705664"},
    {"9 dimensions", many_dims, "initializer 'w' has 9 dimensions, expected up to 8"},
    {"bytes that are too few", short_values, "initializer 'w' has 140 bytes, expected 144 from its shape"},
    {"bytes that are too many", long_values, "initializer 'b' has 16 bytes, expected 12 from its shape"},
    {"numbers that are too few", short_typed_values,
     "initializer 'b' has 3 values, expected 4 from its shape"},
    {"no values", no_values, "initializer 'w' has 0 values, expected 36 from its shape"},
    {"the largest input", huge_input, "input 'x' is larger than any memory"},
    {"an input whose product is too large", huge_product, "input 'x' is larger than any memory"},
    {"a negative size of the input", negative_input,
     "input 'x' is 1x4x?x6, expected its dimensions: --input x=1x4x?x6"},
    {"channels that differ", other_channels,
     "node 'd' (Conv): attribute 'group' does not fit the channels of input and weights"},
    {"a bias of another size", bias_too_long,
     "node 'd' (Conv): the bias has another size than the weights have outputs"},
    {"group as float", group_as_float,
     "node 'd' (Conv): attribute 'group' is of type FLOAT, expected INT [model]"},
    {"strides as one number", strides_as_number,
     "node 'd' (Conv): attribute 'strides' is of type INT, expected INTS"},
    {"pads without a type", pads_without_type,
     "node 'd' (Conv): attribute 'pads' is of type UNDEFINED, expected INTS"},
    {"auto_pad as numbers", padding_as_numbers,
     "node 'd' (Conv): attribute 'auto_pad' is of type INTS, expected STRING"},
    {"an unknown auto_pad", unknown_padding,
     "node 'd' (Conv): attribute 'auto_pad' is unknown, expected NOTSET"},
    {"group 0", zero_group, "node 'd' (Conv): attribute 'group' does not fit"},
    {"group 3", wrong_group, "node 'd' (Conv): attribute 'group' does not fit"},
    {"the largest group", huge_group, "node 'd' (Conv): attribute 'group' does not fit"},
    {"stride 0", zero_stride, "node 'd' (Conv): attribute 'strides' is wrong, expected a positive number"},
    {"negative padding", negative_padding,
     "node 'd' (Conv): attribute 'pads' is wrong, expected two numbers"},
    {"three strides", three_strides, "node 'd' (Conv): attribute 'strides' is wrong"},
    {"an attribute twice", attribute_twice, "node 'd' (Conv): attribute 'strides' is there twice"},
    {"a Constant without a tensor", constant_without_a_tensor,
     "node 'v' (Constant): attribute 'value' is empty, expected a tensor"},
    {"a Constant of another type", constant_of_another_type,
     "node 'v' (Constant): attribute 'value' is of type FLOATS, expected TENSOR"},
    {"a Constant without a value", constant_without_a_value,
     "node 'v' (Constant): no value, expected attribute 'value'"},
};

/* ---- running ---------------------------------------------------------------------------------------- */

static void try_all(const char *folder, const struct bad *rows, size_t count)
{
    for (size_t i = 0; i < count; ++i) {
        make_onnx(NET, &made);
        rows[i].change();
        onnx_write(&made, in_folder(folder, "bad.onnx"));
        made_onnx_free(&made);
        assert_model_refused(folder, rows[i].name, "$SEPCC gen bad.onnx --isa scalar -o out",
                             rows[i].message);
    }
}

/* What the rows change is otherwise taken. */
static void the_model_itself_is_good(void **state)
{
    make_onnx(NET, &made);
    onnx_write(&made, in_folder(*state, "good.onnx"));
    made_onnx_free(&made);
    assert_shell(*state, 0, "$SEPCC gen good.onnx --isa scalar -o out && test -e out");
}

static void refuses_malformed_models(void **state)
{
    try_all(*state, refused, sizeof refused / sizeof refused[0]);
}

static void refuses_models_without_stages(void **state)
{
    try_all(*state, no_stage, sizeof no_stage / sizeof no_stage[0]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_model_itself_is_good, folder_setup, folder_teardown),
        cmocka_unit_test_setup_teardown(refuses_malformed_models, folder_setup, folder_teardown),
        cmocka_unit_test_setup_teardown(refuses_models_without_stages, folder_setup, folder_teardown),
    };
    return cmocka_run_group_tests_name("onnx_bad", tests, NULL, NULL);
}
