/*
 * test_onnx_bad.c: malformed and hostile models: each gets one line that names what is wrong, exit status 2,
 * and nothing is written.
 */
#include "files.h"
#include "model/model.h"
#include "support_folder.h"
#include "support_onnx.h"
#include "support_shell.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
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

/* One line on standard error, with the message, and no folder. */
static void assert_refused(const char *folder, const char *name, const char *command, const char *message)
{
    const int status = shell(folder, "%s; status=$?; test ! -e out || exit 99; exit $status", command);
    const char *error = shell_error();
    const size_t length = strlen(error);
    if (status != 2 || strstr(error, message) == NULL)
        fail_msg("%s: exit status %d: %s\nexpected: %s", name, status, error, message);
    if (length == 0 || strchr(error, '\n') != error + length - 1)
        fail_msg("%s: not one line: %s", name, error);
}

static void try_all(const char *folder, const struct bad *rows, size_t count)
{
    for (size_t i = 0; i < count; ++i) {
        make_onnx(NET, &made);
        rows[i].change();
        onnx_write(&made, in_folder(folder, "bad.onnx"));
        made_onnx_free(&made);
        assert_refused(folder, rows[i].name, "$SEPCC gen bad.onnx --isa scalar -o out", rows[i].message);
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

/* ---- bytes ------------------------------------------------------------------------------------------ */

/* Parses an exact copy; what is refused prints one line and has exit status 2. Returns whether it is taken.
 */
static bool parse(const uint8_t *bytes, size_t length)
{
    char printed[4096] = "";
    struct graph graph;
    uint8_t *exact = malloc(length > 0 ? length : 1);
    assert_non_null(exact);
    memcpy(exact, bytes, length);
    diag_capture(printed, sizeof printed);
    const enum exit_status status = graph_parse(exact, length, "bad.onnx", NULL, NULL, 0, &graph);
    diag_capture(NULL, 0);
    graph_free(&graph);
    free(exact);
    if (status == STATUS_DONE) {
        assert_string_equal(printed, "");
        return true;
    }
    assert_int_equal(status, STATUS_INPUT);
    assert_int_equal(strncmp(printed, "bad.onnx: error: ", 17), 0);
    assert_ptr_equal(strchr(printed, '\n'), printed + strlen(printed) - 1);
    return false;
}

/* Every length; the version of operators is the last field, without which the graph is complete, too. */
static void refuses_truncated_models(void **state)
{
    size_t length;
    make_onnx(NET, &made);
    const uint8_t *bytes = onnx_bytes(&made, &length);
    const size_t versions = length - 4;
    assert_true(parse(bytes, length));
    for (size_t cut = 0; cut < length; ++cut)
        if (parse(bytes, cut) != (cut == versions))
            fail_msg("cut off at byte %zu of %zu: %s", cut, length, cut == versions ? "refused" : "taken");
    onnx_write(&made, in_folder(*state, "good.onnx"));
    made_onnx_free(&made);
    static const unsigned kept[] = {3, 10, 100, 300};
    for (size_t i = 0; i < sizeof kept / sizeof kept[0]; ++i) {
        char command[128];
        snprintf(command, sizeof command,
                 "head -c %u good.onnx >bad.onnx; $SEPCC gen bad.onnx --isa scalar -o out", kept[i]);
        assert_refused(*state, "cut off", command, "bad.onnx: error: ");
    }
}

/* Any byte changed: taken or refused, but never more than a line. */
static void survives_changed_bytes(void **state)
{
    static const uint8_t changes[] = {0xff, 0x80, 0x01, 0x7f};
    size_t length;
    (void)state;
    make_onnx(NET, &made);
    uint8_t *bytes = (uint8_t *)(uintptr_t)onnx_bytes(&made, &length);
    for (size_t at = 0; at < length; ++at)
        for (size_t i = 0; i < sizeof changes; ++i) {
            bytes[at] ^= changes[i];
            parse(bytes, length);
            bytes[at] ^= changes[i];
        }
    made_onnx_free(&made);
}

/* A field of `tag` whose length is a lie, in front of the good model and inside of its graph. */
static void refuses_lengths_that_lie(void **state)
{
    static const struct {
        uint8_t bytes[11];
        size_t length;
    } lies[] = {
        {{0x3a, 0xff, 0xff, 0xff, 0xff, 0x0f}, 6},                                /* 4 GiB - 1 */
        {{0x3a, 0x80, 0x80, 0x80, 0x80, 0x10}, 6},                                /* 4 GiB */
        {{0x3a, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01}, 11}, /* 2^64 - 1 */
        {{0x3a, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f}, 10},       /* 2^63 - 1 */
        {{0x3a, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff}, 11}, /* no end of the number */
        {{0x3a, 0x04, 0x2a, 0xff, 0xff, 0x7f}, 6},                                /* of an initializer */
        {{0x3b}, 1},                                                              /* a group: wire type 3 */
    };
    size_t length;
    (void)state;
    make_onnx(NET, &made);
    const uint8_t *good = onnx_bytes(&made, &length);
    for (size_t i = 0; i < sizeof lies / sizeof lies[0]; ++i) {
        uint8_t *bytes = onnx_take(&made, length + sizeof lies[i].bytes, 1);
        memcpy(bytes, good, length);
        memcpy(bytes + length, lies[i].bytes, lies[i].length);
        assert_false(parse(bytes, length + lies[i].length));
        memcpy(bytes, lies[i].bytes, lies[i].length);
        memcpy(bytes + lies[i].length, good, length);
        assert_false(parse(bytes, length + lies[i].length));
    }
    made_onnx_free(&made);
}

/* Messages in messages, 200 deep: protobuf-c would take a frame of the stack for each. */
static void refuses_deep_nesting(void **state)
{
    enum { DEPTH = 200 };
    struct nested {
        uint8_t bytes[8 * DEPTH];
        size_t length;
    } inner = {.length = 0}, outer;
    (void)state;
    /* GraphProto.node (1) -> NodeProto.attribute (5) -> AttributeProto.g (6) -> GraphProto ... */
    for (int i = 0; i < DEPTH; ++i) {
        static const uint8_t tags[] = {0x32, 0x2a, 0x0a};
        outer.length = 0;
        outer.bytes[outer.length++] = i == DEPTH - 1 ? 0x3a : tags[i % 3];
        if (inner.length > 127)
            outer.bytes[outer.length++] = (uint8_t)(inner.length | 0x80);
        outer.bytes[outer.length++] = (uint8_t)(inner.length > 127 ? inner.length >> 7 : inner.length);
        memcpy(outer.bytes + outer.length, inner.bytes, inner.length);
        outer.length += inner.length;
        inner = outer;
    }
    assert_false(parse(inner.bytes, inner.length));
}

/* ---- external data ---------------------------------------------------------------------------------- */

static void external_paths(void **state)
{
    static const struct {
        const char *location, *offset, *length, *message;
    } rows[] = {
        {"../w.bin", NULL, NULL, "without '..' and symbolic links"},
        {"deep/../../w.bin", NULL, NULL, "without '..' and symbolic links"},
        {"deep/../w.bin", NULL, NULL, "without '..' and symbolic links"},
        {"/etc/passwd", NULL, NULL, "without '..' and symbolic links"},
        {"//etc/passwd", NULL, NULL, "without '..' and symbolic links"},
        {"link.bin", NULL, NULL, "without '..' and symbolic links"},
        {"linked/w.bin", NULL, NULL, "without '..' and symbolic links"},
        {"w.bin/w.bin", NULL, NULL, "without '..' and symbolic links"},
        {"none.bin", NULL, NULL,
         "the external data of initializer 'w' are in 'none.bin', which is not there"},
        {"deep", NULL, NULL, "the external data of initializer 'w' are no plain file"},
        {"pipe", NULL, NULL, "the external data of initializer 'w' are no plain file"},
        {"", NULL, NULL, "initializer 'w' lies in another file, which is not"},
        {NULL, NULL, NULL, "initializer 'w' lies in another file, which is not named"},
        {"short.bin", NULL, NULL, "have 100 bytes, expected 144 at offset 0"},
        {"w.bin", "4", NULL, "have 144 bytes, expected 144 at offset 4"},
        {"w.bin", "18446744073709551615", NULL, "expected 144 at offset 18446744073709551615"},
        {"w.bin", "18446744073709551616", NULL,
         "the offset or length of the external data of initializer 'w'"},
        {"w.bin", "-4", NULL, "the offset or length of the external data of initializer 'w' is wrong"},
        {"w.bin", "0x0", NULL, "the offset or length of the external data of initializer 'w' is wrong"},
        {"w.bin", NULL, "140", "the offset or length of the external data of initializer 'w' is wrong"},
        {"w.bin", NULL, "4294967440",
         "the offset or length of the external data of initializer 'w' is wrong"},
    };
    const char *folder = *state;
    assert_shell(
        folder, 0,
        "mkdir m m/deep elsewhere && head -c 144 /dev/zero >w.bin && cp w.bin m && cp w.bin elsewhere && "
        "head -c 100 w.bin >m/short.bin && ln -s ../w.bin m/link.bin && ln -s ../elsewhere m/linked && "
        "mkfifo m/pipe");
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; ++i) {
        make_onnx(NET, &made);
        onnx_put_external(&made, onnx_weight(&made, "w"), rows[i].location, rows[i].offset, rows[i].length);
        onnx_write(&made, in_folder(folder, "m/bad.onnx"));
        made_onnx_free(&made);
        assert_refused(folder, rows[i].location != NULL ? rows[i].location : "no location",
                       "$SEPCC gen m/bad.onnx --isa scalar -o out", rows[i].message);
    }
    /* The one that is right; and from standard input there is no folder. */
    make_onnx(NET, &made);
    onnx_put_external(&made, onnx_weight(&made, "w"), "w.bin", "0", "144");
    onnx_write(&made, in_folder(folder, "m/good.onnx"));
    made_onnx_free(&made);
    assert_refused(folder, "standard input", "$SEPCC gen -f - --name net --isa scalar -o out <m/good.onnx",
                   "<stdin>: error: initializer 'w' lies in another file, which is not to be had here");
    assert_shell(folder, 0, "$SEPCC gen m/good.onnx --isa scalar -o out && test -e out");
}

/* ---- other formats ---------------------------------------------------------------------------------- */

static void refuses_other_formats(void **state)
{
    static const struct {
        const char *bytes, *message; /* bytes as printf(1) has them */
    } rows[] = {
        {"\\034\\000\\000\\000TFL3\\024\\000", "the file is a TensorFlow Lite model, expected an ONNX model"},
        {"\\020\\000\\000\\000ORTM\\000\\000", "the file is a model in ONNX Runtime's own format, expected"},
        {"PK\\003\\004\\024\\000", "the file is a zip archive, as PyTorch and Keras write, expected"},
        {"\\211HDF\\r\\n", "the file is an HDF5 file, as Keras writes, expected"},
        {"\\223NUMPY\\001\\000", "the file is a NumPy array, expected"},
        {"\\200\\002}q", "the file is a Python pickle, as PyTorch writes, expected"},
        {"\\037\\213\\010", "the file is compressed by gzip, expected"},
        {"\\177ELF", "the file is a program or library, expected"},
        {"pointwise\\000 in=1x1x1", "the file is binary data of another format, expected"},
        {"\\012\\042\\012\\001", "the file is binary data of another format, expected"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; ++i) {
        char command[256];
        snprintf(command, sizeof command, "printf '%s' >bad; $SEPCC gen -f bad --isa scalar -o out",
                 rows[i].bytes);
        assert_refused(*state, rows[i].message, command, rows[i].message);
    }
    put_file(in_folder(*state, "a.layers"), "# größer\n\tpointwise name=p in=2x2x4 out=8\r\n");
    assert_shell(*state, 0, "$SEPCC gen -f a.layers --isa scalar -o out");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_model_itself_is_good, folder_setup, folder_teardown),
        cmocka_unit_test_setup_teardown(refuses_malformed_models, folder_setup, folder_teardown),
        cmocka_unit_test_setup_teardown(refuses_models_without_stages, folder_setup, folder_teardown),
        cmocka_unit_test_setup_teardown(refuses_truncated_models, folder_setup, folder_teardown),
        cmocka_unit_test(survives_changed_bytes),
        cmocka_unit_test(refuses_lengths_that_lie),
        cmocka_unit_test(refuses_deep_nesting),
        cmocka_unit_test_setup_teardown(external_paths, folder_setup, folder_teardown),
        cmocka_unit_test_setup_teardown(refuses_other_formats, folder_setup, folder_teardown),
    };
    return cmocka_run_group_tests_name("onnx_bad", tests, NULL, NULL);
}
