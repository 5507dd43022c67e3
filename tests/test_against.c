/*
 * test_against.c: `sepcc verify --against ort` on real models: every depthwise and pointwise convolution lies
 * in a stage, and every stage within the bound of rounding; with SEPCC_TEST_LONG on every instruction set of
 * this CPU.
 */
#include "model/model.h"
#include "support_folder.h"
#include "support_model.h"
#include "support_shell.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void put_dims(const struct shared_model *model, char text[SHARED_TEXT_MAX])
{
    size_t used = (size_t)snprintf(text, SHARED_TEXT_MAX, "%.200s=", model->input_name);
    for (size_t i = 0; i < model->input_rank; ++i)
        used += (size_t)snprintf(text + used, SHARED_TEXT_MAX - used, "%s%d", i > 0 ? "x" : "",
                                 (int)model->input_shape[i]);
}

/* Depthwise and 1x1 convolutions that are no stage. */
static size_t count_left(const struct model *found)
{
    size_t left = 0;
    for (size_t i = 0; i < found->left_count; ++i) {
        const struct graph_node *node = &found->graph.nodes[found->left[i].node];
        if (strcmp(node->op, "Conv") != 0)
            continue;
        const struct graph_tensor *weight = &found->graph.tensors[node->inputs[1]];
        const bool pointwise = weight->rank == 4 && weight->dim[2] == 1 && weight->dim[3] == 1;
        const bool depthwise =
            graph_integer(node, "group", 1) > 1 && weight->rank == 4 && weight->dim[1] == 1;
        if (!pointwise && !depthwise)
            continue;
        printf("no stage: %s: %s\n", node->name, found->left[i].reason);
        ++left;
    }
    return left;
}

static void all_convolutions_are_in_stages(const struct shared_model *model)
{
    struct graph_input input = {.name = model->input_name, .rank = (uint32_t)model->input_rank};
    struct graph graph = {0};
    struct model found = {0};
    for (size_t i = 0; i < model->input_rank; ++i)
        input.dim[i] = (uint64_t)model->input_shape[i];
    assert_int_equal(graph_read(model->file, &input, 1, &graph), STATUS_DONE);
    assert_int_equal(model_find(&graph, MODEL_FUSED, &found), STATUS_DONE);
    assert_true(found.stage_count > 0);
    assert_int_equal(count_left(&found), 0);
    model_free(&found);
}

/* state: the folder's name comes with the test; files go to a folder made here. */
static void within_the_bound(void **state)
{
    const char *name = *state;
    void *folder = NULL;
    struct ort ort;
    struct shared_model model;
    char dims[SHARED_TEXT_MAX];
    open_ort(&ort);
    ort_close(&ort);
    shared_model_read(name, &model);
    all_convolutions_are_in_stages(&model);
    put_dims(&model, dims);
    assert_int_equal(folder_setup(&folder), 0);
    const int status = shell(
        folder,
        "$SEPCC verify \"$ROOT/%s\" --against ort --input '%s' --data \"$ROOT/../shared/models/%s/in.bin\" "
        "--isa %s",
        model.file, dims, name, getenv("SEPCC_TEST_LONG") != NULL ? "native" : "best");
    printf("%s", shell_output());
    if (status != 0)
        fail_msg("%s: exit status %d: %s", name, status, shell_error());
    assert_printed(" 0 failed, 0 not executed");
    folder_teardown(&folder);
    shared_model_free(&model);
}

/* No library: one line, status 3. */
static void without_the_library(void **state)
{
    assert_int_equal(shell(*state, "$SEPCC verify net.onnx --against ort --onnxruntime ./none.so"), 3);
    assert_error("ONNX Runtime cannot be loaded");
    assert_error("expected --onnxruntime FILE");
}

static void wrong_usage(void **state)
{
    assert_int_equal(shell(*state, "$SEPCC verify net.onnx --against tvm"), 2);
    assert_error("expected ort");
    assert_int_equal(shell(*state, "$SEPCC verify net.onnx --data x.bin"), 2);
    assert_error("--data without --against");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(without_the_library, folder_setup, folder_teardown),
        cmocka_unit_test_setup_teardown(wrong_usage, folder_setup, folder_teardown),
        SHARED_MODEL_TESTS(within_the_bound),
    };
    return cmocka_run_group_tests_name("against", tests, NULL, NULL);
}
