/*
 * test_stages.c: what `sepcc stages` prints of models and lists, and that every depthwise and pointwise
 * convolution of the real models is in a stage of its shape.
 */
#include "base/files.h"
#include "commands/stages_report.h"
#include "spec/spec.h"
#include "support_folder.h"
#include "support_graph.h"
#include "support_model.h"
#include "support_shell.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cjson/cJSON.h>
#include <cmocka.h>

static struct made_graph made;

static const char NET[] =
    "in x 1x3x8x8\nconst w0 4x3x3x3\nconst we 8x4x1x1\nconst wd 8x1x3x3\nconst wp 4x8x1x1\n"
    "const one 8 positive\nx0 Conv x w0 pads=1,1,1,1\ne Conv x0 we\n"
    "n BatchNormalization e one one one one\nea Relu n\n"
    "d Conv ea wd group=8 strides=2,2 pads=1,1,1,1\np Conv d wp\nout p\n";

static void model_source(const char *text, struct model *model, struct source *source)
{
    make_graph(text, &made);
    struct graph graph = made.graph;
    assert_int_equal(model_find(&graph, MODEL_FUSED, model), STATUS_DONE);
    *source = (struct source){.model = model};
}

static void prints_models(void **state)
{
    (void)state;
    struct model model;
    struct source source;
    struct text text = {0};
    model_source(NET, &model, &source);
    stages_table(&source, &text);
    assert_false(text.failed);
    assert_string_equal(text.data,
                        "stage  operation  in     out    kernel  MACs  parameters  folded\n"
                        "e      inverted   8x8x4  4x4x4  3x3/2   3712         144  BatchNormalization\n"
                        "\nLeft out:\n  Conv x0: it is a standard 3x3 convolution (6912 MACs)\n"
                        "\n1 stage, 3712 MACs: 34.9 % of the network's 10624\n");
    text_free(&text);
    model_free(&model);
    made_graph_free(&made);
}

static void prints_lists(void **state)
{
    (void)state;
    static const char list[] =
        "depthwise name=a in=8x8x4 kernel=3 act=prelu\npointwise batch=2 in=6x6x4 out=8\n";
    struct source source = {0};
    struct text text = {0};
    assert_int_equal(spec_list_parse(list, strlen(list), "list", &source.stages), STATUS_DONE);
    stages_table(&source, &text);
    assert_string_equal(text.data, "stage   operation  in         out        kernel  MACs  parameters\n"
                                   "a       depthwise  8x8x4      6x6x4      3x3     1296          44\n"
                                   "stage2  pointwise  2 x 6x6x4  2 x 6x6x8  1x1     2304          40\n"
                                   "\n2 stages, 3600 MACs\n");
    text_free(&text);
    source_free(&source);
}

static void layers_read_back(void **state)
{
    (void)state;
    struct model model;
    struct source source;
    struct spec_list list;
    struct text text = {0};
    model_source(NET, &model, &source);
    stages_layers(&source, "net\n.onnx", &text);
    assert_int_equal(strncmp(text.data, "# The stages of net\\x0a.onnx, written by sepcc stages\n", 52), 0);
    assert_int_equal(spec_list_parse(text.data, text.length, "net.layers", &list), STATUS_DONE);
    assert_int_equal(list.count, model.stage_count);
    for (size_t i = 0; i < list.count; ++i) {
        assert_true(spec_equal(&list.items[i], &model.stages[i].spec));
        assert_string_equal(list.items[i].name, model.stages[i].spec.name);
    }
    spec_list_free(&list);
    text_free(&text);
    model_free(&model);
    made_graph_free(&made);
}

static void prints_json(void **state)
{
    (void)state;
    struct model model;
    struct source source;
    struct text text = {0};
    model_source(NET, &model, &source);
    assert_int_equal(stages_json(&source, &text), STATUS_DONE);
    cJSON *root = cJSON_Parse(text.data);
    const cJSON *stage = cJSON_GetArrayItem(cJSON_GetObjectItem(root, "stages"), 0);
    const cJSON *left = cJSON_GetArrayItem(cJSON_GetObjectItem(root, "left"), 0);
    assert_string_equal(cJSON_GetStringValue(cJSON_GetObjectItem(stage, "name")), "e");
    assert_string_equal(cJSON_GetStringValue(cJSON_GetObjectItem(stage, "input")), "x0");
    assert_string_equal(cJSON_GetStringValue(cJSON_GetObjectItem(stage, "output")), "p");
    assert_int_equal(cJSON_GetArraySize(cJSON_GetObjectItem(stage, "nodes")), 5);
    assert_int_equal(cJSON_GetObjectItem(stage, "macs")->valueint, 3712);
    assert_int_equal(cJSON_GetObjectItem(root, "macs")->valueint, 10624);
    assert_string_equal(cJSON_GetStringValue(cJSON_GetObjectItem(left, "operator")), "Conv");
    cJSON_Delete(root);
    text_free(&text);
    model_free(&model);
    made_graph_free(&made);
}

/* ---- the command ------------------------------------------------------------------------------------ */

/* A model of one Relu. */
static const char NO_CONVOLUTION[] = "\x08\x08\x42\x02\x10\x0d\x3a\x33"
                                     "\x0a\x0c\x0a\x01x\x12\x01y\x22\x04Relu\x12\x01g"
                                     "\x5a\x0f\x0a\x01x\x12\x0a\x0a\x08\x08\x01\x12\x04\x0a\x02\x08\x01"
                                     "\x62\x0f\x0a\x01y\x12\x0a\x0a\x08\x08\x01\x12\x04\x0a\x02\x08\x01";

static int files_setup(void **state)
{
    if (folder_setup(state) != 0)
        return -1;
    put_file(in_folder(*state, "a.layers"), "pointwise name=p in=2x2x4 out=8\n");
    put_file(in_folder(*state, "none.onnx"), NO_CONVOLUTION);
    return 0;
}

static void takes_lists(void **state)
{
    assert_shell(*state, 0, "$SEPCC stages a.layers");
    assert_printed("1 stage, 128 MACs");
    assert_shell(*state, 0,
                 "$SEPCC stages -f a.layers --layers b.layers && $SEPCC stages b.layers --layers -");
    assert_printed("# The stages of b.layers, written by sepcc stages\npointwise name=p in=2x2x4 out=8\n");
    assert_shell(*state, 0, "$SEPCC stages --json pointwise in=2x2x4 out=8");
    assert_printed("\"macs\":\t128");
    assert_shell(*state, 2, "$SEPCC stages a.layers --separate");
    assert_error("--separate with a list of stages");
    assert_shell(*state, 2, "$SEPCC stages a.layers --json --layers -");
    assert_error("expected one of them");
    assert_shell(*state, 2, "$SEPCC stages not-there.onnx");
    assert_error("not-there.onnx");
}

/* Every command that takes a model refuses one without stages, in one line. */
static void refuses_models_without_stages(void **state)
{
    static const char *const commands[] = {"gen -o out", "build -o out", "verify", "bench",
                                           "explain",    "asm",          "stages"};
    for (size_t i = 0; i < sizeof commands / sizeof commands[0]; ++i) {
        assert_int_equal(shell(*state, "$SEPCC %s -f none.onnx && test ! -e out", commands[i]), 2);
        assert_error("none.onnx: error: none of its convolutions is a stage");
    }
}

/* ---- real models ------------------------------------------------------------------------------------ */

enum { STAGES_MAX = 512 };

/* A depthwise or pointwise row of layers.tsv as a spec; false for other kinds and the title. */
static bool row_spec(const char *line, char text[SPEC_TEXT_MAX])
{
    unsigned in[3], out[3], kernel[2], stride[2], dilation, pad[4];
    char kind[16];
    const int count = sscanf(line, "%*u %15s %u %u %u %u %u %u %ux%u %ux%u %u %u,%u,%u,%u", kind, &in[0],
                             &in[1], &in[2], &out[0], &out[1], &out[2], &kernel[0], &kernel[1], &stride[0],
                             &stride[1], &dilation, &pad[0], &pad[1], &pad[2], &pad[3]);
    if (count != 16 || (strcmp(kind, "dw") != 0 && strcmp(kind, "pw") != 0))
        return false;
    if (strcmp(kind, "pw") == 0)
        snprintf(text, SPEC_TEXT_MAX, "pointwise in=%ux%ux%u out=%u stride=%ux%u", in[0], in[1], in[2],
                 out[2], stride[0], stride[1]);
    else
        snprintf(text, SPEC_TEXT_MAX,
                 "depthwise in=%ux%ux%u kernel=%ux%u stride=%ux%u dilation=%u pad=%u,%u,%u,%u mult=%u", in[0],
                 in[1], in[2], kernel[0], kernel[1], stride[0], stride[1], dilation, pad[0], pad[2], pad[1],
                 pad[3], out[2] / in[2]);
    return true;
}

/* The same shape, whatever its bias, activation and layout. */
static bool same_shape(const struct spec *a, const struct spec *b)
{
    struct spec plain[2] = {*a, *b};
    for (size_t i = 0; i < 2; ++i) {
        struct sepcc_layer *layer = &plain[i].stage.layer[0];
        plain[i].stage.layout = SEPCC_NHWC;
        layer->has_bias = 0;
        layer->act = SEPCC_ACT_NONE;
        layer->act_param[0] = layer->act_param[1] = 0;
    }
    return spec_equal(&plain[0], &plain[1]);
}

/* Every row has a stage of its own. */
static void assert_rows(const struct model *model, char *rows)
{
    bool used[STAGES_MAX] = {false};
    size_t found = 0;
    char *state;
    assert_true(model->stage_count <= STAGES_MAX);
    for (char *line = strtok_r(rows, "\n", &state); line != NULL; line = strtok_r(NULL, "\n", &state)) {
        char text[SPEC_TEXT_MAX];
        struct spec spec;
        size_t i = 0;
        if (!row_spec(line, text))
            continue;
        assert_int_equal(spec_parse(text, NOWHERE, &spec), STATUS_DONE);
        while (i < model->stage_count && (used[i] || !same_shape(&spec, &model->stages[i].spec)))
            ++i;
        if (i == model->stage_count)
            fail_msg("no stage: %s", text);
        used[i] = true;
        ++found;
    }
    assert_true(found > 0);
    printf("%zu convolutions of %zu stages\n", found, model->stage_count);
}

static void read_found(const struct shared_model *shared, enum model_join join, struct model *model)
{
    struct graph_input input = {.name = shared->input_name, .rank = (uint32_t)shared->input_rank};
    struct graph graph = {0};
    for (size_t i = 0; i < shared->input_rank; ++i)
        input.dim[i] = (uint64_t)shared->input_shape[i];
    assert_int_equal(graph_read(shared->file, &input, 1, &graph), STATUS_DONE);
    assert_int_equal(model_find(&graph, join, model), STATUS_DONE);
}

/* Every shape is known: nothing is left out because an operator before it is not. */
static void assert_known_shapes(const struct model *model)
{
    for (size_t i = 0; i < model->left_count; ++i)
        if (strstr(model->left[i].reason, "unknown") != NULL)
            fail_msg("%s: %s", graph_node_name(&model->graph, &model->graph.nodes[model->left[i].node]),
                     model->left[i].reason);
}

/* state: the folder. Joined or not, the same work is covered. */
static void covers_model(void **state)
{
    char path[SHARED_PATH_MAX];
    struct shared_model shared;
    struct model layers, fused;
    struct text rows = {0};
    shared_model_read(*state, &shared);
    read_found(&shared, MODEL_LAYERS, &layers);
    read_found(&shared, MODEL_FUSED, &fused);
    snprintf(path, sizeof path, "../shared/models/%s/layers.tsv", (const char *)*state);
    assert_int_equal(file_read(path, &rows), STATUS_DONE);
    assert_rows(&layers, rows.data);
    assert_known_shapes(&layers);
    assert_true(layers.stage_macs == fused.stage_macs && layers.macs == fused.macs);
    assert_true(fused.stage_count <= layers.stage_count);
    text_free(&rows);
    model_free(&layers);
    model_free(&fused);
    shared_model_free(&shared);
}

int main(void)
{
    static char folders[][SHARED_TEXT_MAX] = {
        "1_ppocrv4_det",         "1b_ppocr_cls",           "1c_ppocrv4_rec",
        "2_blazeface_front_128", "5_mobilenet_v2_140_224", "5b_mobilenet_v2_140_224_qdq",
    };
    enum { FOLDERS = sizeof folders / sizeof folders[0], OTHERS = 6 };
    struct CMUnitTest tests[OTHERS + FOLDERS] = {
        cmocka_unit_test(prints_models),
        cmocka_unit_test(prints_lists),
        cmocka_unit_test(layers_read_back),
        cmocka_unit_test(prints_json),
        cmocka_unit_test_setup_teardown(takes_lists, files_setup, folder_teardown),
        cmocka_unit_test_setup_teardown(refuses_models_without_stages, files_setup, folder_teardown),
    };
    for (size_t i = 0; i < FOLDERS; ++i)
        tests[OTHERS + i] =
            (struct CMUnitTest){.name = folders[i], .test_func = covers_model, .initial_state = folders[i]};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
