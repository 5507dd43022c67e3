/*
 * test_model_shapes.c: shapes and folded constants are those that ONNX Runtime computes: every tensor of
 * floats of the real models, and of one that has the operators which those lack.
 */
#include "model/graph.h"
#include "support_folder.h"
#include "support_model.h"
#include "support_shell.h"
#include "verify/ort_taps.h"

#include "base/files.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* What a node computes. */
static bool is_computed(const struct graph_tensor *tensor)
{
    return tensor->producer != GRAPH_NONE && tensor->type == ELEMENT_F32;
}

static void compare(const struct graph_tensor *tensor, const struct ort_tap *tap)
{
    if (!tensor->shape_known)
        fail_msg("%s: its shape is unknown, ONNX Runtime's has %zu elements", tensor->name, tap->count);
    if (tensor->count != tap->count)
        fail_msg("%s: %zu elements, ONNX Runtime's has %zu", tensor->name, tensor->count, tap->count);
    for (size_t i = 0; tensor->reals != NULL && i < tensor->count; ++i)
        if (memcmp(&tensor->reals[i], &tap->data[i], sizeof(float)) != 0)
            fail_msg("%s: element %zu is %g, ONNX Runtime's is %g", tensor->name, i, (double)tensor->reals[i],
                     (double)tap->data[i]);
}

/* Runs the model and compares every tensor of floats. */
static void compare_all(struct ort *ort, const struct graph *graph, const struct text *bytes,
                        const struct ort_input *input)
{
    char message[ORT_TEXT_MAX] = "";
    struct ort_tap *taps = calloc(graph->tensor_count, sizeof *taps);
    size_t count = 0, folded = 0;
    assert_non_null(taps);
    for (size_t t = 0; t < graph->tensor_count; ++t)
        if (is_computed(&graph->tensors[t]))
            taps[count++] =
                (struct ort_tap){.name = graph->tensors[t].name, .is_output = graph->tensors[t].is_output};
    const struct ort_model model = {.bytes = bytes->data, .length = bytes->length};
    if (!ort_taps_run(ort, &model, input, 1, taps, count, message))
        fail_msg("%s", message);
    count = 0;
    for (size_t t = 0; t < graph->tensor_count; ++t)
        if (is_computed(&graph->tensors[t])) {
            compare(&graph->tensors[t], &taps[count++]);
            folded += graph->tensors[t].reals != NULL;
        }
    printf("%zu tensors, %zu of them folded\n", count, folded);
    ort_taps_free(ort, taps, count);
    free(taps);
}

/* state: the folder. */
static void as_the_runtime(void **state)
{
    struct shared_model shared;
    struct graph graph;
    struct ort ort;
    open_ort(&ort);
    shared_model_read(*state, &shared);
    struct graph_input input = {.name = shared.input_name, .rank = (uint32_t)shared.input_rank};
    for (size_t i = 0; i < shared.input_rank; ++i)
        input.dim[i] = (uint64_t)shared.input_shape[i];
    assert_int_equal(graph_read(shared.file, &input, 1, &graph), STATUS_DONE);
    const struct ort_input values = {.name = shared.input_name,
                                     .data = (float *)(void *)shared.input.data,
                                     .shape = shared.input_shape,
                                     .rank = shared.input_rank};
    compare_all(&ort, &graph, &shared.bytes, &values);
    graph_free(&graph);
    shared_model_free(&shared);
    ort_close(&ort);
}

/* The seed of fuzzing that has one of nearly every operator. */
static void operators_as_the_runtime(void **state)
{
    static const int64_t shape[4] = {1, 4, 6, 6};
    static float values[144];
    struct graph graph;
    struct ort ort;
    struct text bytes = {0};
    const char *proto = getenv("ONNX_PROTO");
    open_ort(&ort);
    assert_shell(*state, 0, "command -v protoc-c");
    for (size_t i = 0; i < sizeof values / sizeof values[0]; ++i)
        values[i] = (float)(i % 7) - 3;
    if (shell(*state,
              "protoc-c --encode=onnx.ModelProto -I \"$(dirname '%s')\" onnx.proto "
              "<\"$ROOT/tests/corpus/fuzz_onnx/shapes.textproto\" >shapes.onnx",
              proto != NULL ? proto : "/usr/include/onnx/onnx.proto") != 0)
        fail_msg("%s", shell_error());
    const char *path = in_folder(*state, "shapes.onnx");
    assert_int_equal(file_read(path, &bytes), STATUS_DONE);
    assert_int_equal(graph_read(path, NULL, 0, &graph), STATUS_DONE);
    for (size_t t = 0; t < graph.tensor_count; ++t)
        if (!graph.tensors[t].shape_known)
            fail_msg("%s: its shape is unknown", graph.tensors[t].name);
    compare_all(&ort, &graph, &bytes, &(struct ort_input){"x", values, shape, 4});
    graph_free(&graph);
    text_free(&bytes);
    ort_close(&ort);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(operators_as_the_runtime, folder_setup, folder_teardown),
        SHARED_MODEL_TESTS(as_the_runtime),
    };
    return cmocka_run_group_tests_name("model_shapes", tests, NULL, NULL);
}
