/*
 * test_dependencies.c: `--dependencies`: the list of files that a bundle was made from.
 */
#include "support_folder.h"
#include "support_shell.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define LAYERS "pointwise name=pw in=4x4x8 out=8\n"
#define WISDOM "# sepcc wisdom 1\n"

/* A pointwise layer whose weights and biases are in two files, one of them in a folder. */
static const char MODEL[] =
    "ir_version: 8 opset_import { domain: '' version: 13 }\n"
    "graph { name: 'net'\n"
    "  input { name: 'x' type { tensor_type { elem_type: 1 shape { dim { dim_value: 1 } dim { dim_value: 1 "
    "}\n"
    "    dim { dim_value: 3 } dim { dim_value: 4 } } } } }\n"
    "  output { name: 'y' type { tensor_type { elem_type: 1 } } }\n"
    "  initializer { name: 'w' data_type: 1 dims: [2, 1, 1, 1] data_location: EXTERNAL\n"
    "    external_data { key: 'location' value: 'weights.bin' } }\n"
    "  initializer { name: 'b' data_type: 1 dims: 2 data_location: EXTERNAL\n"
    "    external_data { key: 'location' value: 'more/bias.bin' } }\n"
    "  initializer { name: 'c' data_type: 1 dims: [2, 1, 1] data_location: EXTERNAL\n"
    "    external_data { key: 'location' value: 'weights.bin' } }\n"
    "  node { op_type: 'Conv' input: ['x', 'w', 'b'] output: 'z' }\n"
    "  node { op_type: 'Mul' input: ['z', 'c'] output: 'y' } }\n";

#define ENCODE                                                                                               \
    "proto=${ONNX_PROTO:-/usr/include/onnx/onnx.proto}; mkdir -p net/more && printf 'abc=def=' "             \
    ">net/weights.bin && cp net/weights.bin net/more/bias.bin && protoc-c --encode=onnx.ModelProto -I "      \
    "\"$(dirname $proto)\" onnx.proto <model >net/net.onnx"

static void layers_and_wisdom(void **state)
{
    put_file(in_folder(*state, "net.layers"), LAYERS);
    put_file(in_folder(*state, "net.wisdom"), WISDOM);
    assert_shell(*state, 0, "$SEPCC gen -f net.layers --isa scalar -o out --dependencies list");
    assert_file(in_folder(*state, "list"), "net.layers\n");
    assert_shell(*state, 0,
                 "$SEPCC gen -f ./net.layers --isa scalar --wisdom net.wisdom -o out --dependencies list");
    assert_file(in_folder(*state, "list"), "./net.layers\nnet.wisdom\n");
    assert_shell(*state, 0, "$SEPCC build -f net.layers --isa scalar -o built --dependencies list");
    assert_file(in_folder(*state, "list"), "net.layers\n");
}

static void what_is_no_file_is_not_listed(void **state)
{
    assert_shell(*state, 0, "$SEPCC gen pointwise in=4x4x8 out=8 --isa scalar -o out --dependencies list");
    assert_file(in_folder(*state, "list"), "");
    put_file(in_folder(*state, "net.layers"), LAYERS);
    assert_shell(*state, 0, "$SEPCC gen -f - --isa scalar -o stdin --dependencies list <net.layers");
    assert_file(in_folder(*state, "list"), "");
}

/* Each once, in whatever order; also for the single file. */
static void external_data_are_listed(void **state)
{
    put_file(in_folder(*state, "model"), MODEL);
    if (shell(*state, "command -v protoc-c") != 0) {
        print_message("skipped: protoc-c is missing\n");
        skip();
    }
    assert_shell(*state, 0, ENCODE);
    assert_shell(*state, 0,
                 "$SEPCC gen -f net/net.onnx --isa scalar -o out --dependencies list && sort list >sorted");
    assert_file(in_folder(*state, "sorted"), "net/more/bias.bin\nnet/net.onnx\nnet/weights.bin\n");
    assert_shell(*state, 0,
                 "cd net && $SEPCC gen -f net.onnx --isa scalar --single-file -o ../src --dependencies list "
                 "&& sort list >../sorted");
    assert_file(in_folder(*state, "sorted"), "./more/bias.bin\n./weights.bin\nnet.onnx\n");
}

static void a_failed_run_leaves_the_list(void **state)
{
    put_file(in_folder(*state, "list"), "before\n");
    put_file(in_folder(*state, "net.layers"), "pointwise in=0x0x0 out=1\n");
    assert_shell(*state, 2, "$SEPCC gen -f net.layers --isa scalar -o out --dependencies list");
    assert_file(in_folder(*state, "list"), "before\n");
}

static void a_list_that_cannot_be_written_is_an_error(void **state)
{
    assert_shell(*state, 3,
                 "$SEPCC gen pointwise in=4x4x8 out=8 --isa scalar -o out --dependencies nowhere/list");
    assert_error("nowhere/list");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(layers_and_wisdom, folder_setup, folder_teardown),
        cmocka_unit_test_setup_teardown(what_is_no_file_is_not_listed, folder_setup, folder_teardown),
        cmocka_unit_test_setup_teardown(external_data_are_listed, folder_setup, folder_teardown),
        cmocka_unit_test_setup_teardown(a_failed_run_leaves_the_list, folder_setup, folder_teardown),
        cmocka_unit_test_setup_teardown(a_list_that_cannot_be_written_is_an_error, folder_setup,
                                        folder_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
