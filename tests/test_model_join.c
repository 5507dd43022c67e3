/*
 * test_model_join.c: layers found in graphs become stages of several layers where nobody else reads between
 * them; what is left out, and what the stages are called.
 */
#include "support_stages.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

enum { LINES_MAX = 512 };

/* ---- joining ---------------------------------------------------------------------------------------- */

#define BLOCK                                                                                                \
    "in x 1x4x5x6\nconst we 8x4x1x1\nconst wd 8x1x3x3\nconst wp 4x8x1x1\nconst b 8\n"                        \
    "e Conv x we b\nea Clip e 0 6\nd Conv ea wd group=8 pads=1,1,1,1\nda Relu d\np Conv da wp\n"

/* The specs of all stages, one a line. */
static void assert_stages(const char *text, enum model_join join, const char *specs)
{
    struct model model;
    char all[2 * SPEC_TEXT_MAX] = "", one[SPEC_TEXT_MAX];
    model_found(text, join, &model);
    for (size_t i = 0; i < model.stage_count; ++i) {
        spec_print(&model.stages[i].spec, 0, one);
        snprintf(all + strlen(all), sizeof all - strlen(all), "%s\n", one);
        assert_stage_computes(&model.stages[i]);
    }
    assert_string_equal(all, specs);
    model_done(&model);
}

static void joins_layers(void **state)
{
    (void)state;
    static const char inverted[] = "inverted in=5x6x4 expand=8 out=4 kernel=3x3 pad=1 dw.bias=no pw.bias=no "
                                   "expand.act=relu6 dw.act=relu";
    static const char with[] = "%s%s layout=nchw\n";
    char spec[SPEC_TEXT_MAX];
    snprintf(spec, sizeof spec, with, inverted, "");
    assert_stages(BLOCK "out p", MODEL_FUSED, spec);
    assert_stages(BLOCK "y Mul p p\nout y", MODEL_FUSED, spec);
    assert_stages(BLOCK "y Add p x\nout y\nout p", MODEL_FUSED, spec);
    assert_stages(BLOCK "y Add p x\nz Tanh p\nout y\nout z", MODEL_FUSED, spec);
    snprintf(spec, sizeof spec, with, inverted, " residual=yes");
    assert_stages(BLOCK "y Add p x\nout y", MODEL_FUSED, spec);
    assert_stages(BLOCK "y Add x p\nz Tanh x\nout y\nout z", MODEL_FUSED, spec);
    assert_stages(
        "in x 1x4x5x6\nconst w 8x1x3x3\nconst v 3x8x1x1\nd Conv x w group=4\na Relu d\np Conv a v\nout p",
        MODEL_FUSED, "separable in=5x6x4 out=3 kernel=3x3 mult=2 bias=no dw.act=relu layout=nchw\n");
}

#define EXPAND_LINE  "pointwise in=5x6x4 out=8 act=relu6 layout=nchw\n"
#define DW_LINE      "depthwise in=5x6x8 kernel=3x3 pad=1 bias=no act=relu layout=nchw\n"
#define PROJECT_LINE "pointwise in=5x6x8 out=4 bias=no layout=nchw\n"
#define SEP_LINE     "separable in=5x6x8 out=4 kernel=3x3 pad=1 bias=no dw.act=relu layout=nchw\n"

static void joins_only_what_is_private(void **state)
{
    (void)state;
    assert_stages(BLOCK "out p", MODEL_LAYERS, EXPAND_LINE DW_LINE PROJECT_LINE);
    assert_stages(BLOCK "out p\nout ea", MODEL_FUSED, EXPAND_LINE SEP_LINE);
    assert_stages(BLOCK "z Tanh ea\nout p\nout z", MODEL_FUSED, EXPAND_LINE SEP_LINE);
    assert_stages(BLOCK "out p\nout da", MODEL_FUSED, EXPAND_LINE DW_LINE PROJECT_LINE);
    assert_stages(BLOCK "z Tanh da\nout p\nout z", MODEL_FUSED, EXPAND_LINE DW_LINE PROJECT_LINE);
    assert_stages(
        "in x 1x4x5x6\nconst w 4x1x3x3\nconst v 3x4x1x1\nd Conv x w group=4\np Conv d v strides=2,2\nout p",
        MODEL_FUSED,
        "depthwise in=5x6x4 kernel=3x3 bias=no layout=nchw\n"
        "pointwise in=3x4x4 out=3 stride=2 bias=no layout=nchw\n");
}

#define DW_RELU "in x 1x4x5x6\nconst w 4x1x3x3\nconst v 3x4x1x1\nconst s 4 positive\nd Conv x w group=4\n"

/* A normalization between two layers is the first one's, behind its activation the second one's. */
static void joins_over_normalizations(void **state)
{
    (void)state;
    assert_stages(DW_RELU "n BatchNormalization d s s s s\np Conv n v\nout p", MODEL_FUSED,
                  "separable in=5x6x4 out=3 kernel=3x3 pw.bias=no layout=nchw\n");
    assert_stages(DW_RELU "a Relu d\nn BatchNormalization a s s s s\np Conv n v\nout p", MODEL_FUSED,
                  "separable in=5x6x4 out=3 kernel=3x3 dw.bias=no dw.act=relu layout=nchw\n");
    assert_stages(DW_RELU "a Relu d\nn BatchNormalization a s s s s\np Conv n v\nout p\nout a", MODEL_FUSED,
                  "depthwise in=5x6x4 kernel=3x3 bias=no act=relu layout=nchw\n"
                  "pointwise in=3x4x4 out=3 layout=nchw\n");
    assert_stages(DW_RELU "a Relu d\nn BatchNormalization a s s s s\np Conv n v\nout p\nout n", MODEL_FUSED,
                  "depthwise in=5x6x4 kernel=3x3 bias=no act=relu layout=nchw\n"
                  "pointwise in=3x4x4 out=3 bias=no layout=nchw\n");
}

/* ---- what is left out ------------------------------------------------------------------------------- */

static void says_why(void **state)
{
    (void)state;
    static const struct {
        const char *text, *reason;
    } rows[] = {
        {"in x 1x4x5x6\nconst w 3x4x3x3\ny Conv x w\nout y", "it is a standard 3x3 convolution"},
        {"in x 1x4x5x6\nconst w 4x2x3x3\ny Conv x w group=2\nout y",
         "it is a convolution in 2 groups of 2 channels"},
        {"in x 1x4x5x6\nconst w 3x4x1x1\ny Conv x w pads=1,1,1,1\nout y",
         "it is a 1x1 convolution with padding"},
        {"in x 1x4x5x6\nin w 4x1x3x3\ny Conv x w group=4\nout y", "its weights are computed at run time"},
        {"in x 1x4x5x6\nconst w 4x1x3x3\nin b 4\ny Conv x w b group=4\nout y",
         "its bias is computed at run time"},
        {"in x 2x3\nin w 3x4\ny MatMul x w\nout y", "both its operands are computed at run time"},
        {"in x 3x4\nconst w 2x3\ny MatMul w x\nout y", "its left operand is the constant one"},
        {"in x 2x3\nconst w 3x4\nin c 4\ny Gemm x w c\nout y",
         "what it adds is no constant of one value for each output"},
        {"in x 2x3\nconst w 3x4\nconst c 2x4\ny Gemm x w c\nout y",
         "what it adds is no constant of one value for each output"},
        {"in x 1x1x300x2\nconst w 1x1x256x1\ny Conv x w\nout y", "its kernel is 256, expected 1 to 255"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; ++i) {
        struct model model;
        model_found(rows[i].text, MODEL_FUSED, &model);
        assert_int_equal(model.stage_count, 0);
        assert_int_equal(model.left_count, 1);
        assert_string_equal(model.left[0].reason, rows[i].reason);
        assert_true(model.left[0].macs > 0);
        assert_true(model.macs == model.left[0].macs);
        model_done(&model);
    }
}

/* ---- names, nodes and numbers ----------------------------------------------------------------------- */

static void describes_stages(void **state)
{
    (void)state;
    struct model model;
    model_found(BLOCK "y Add p x\nout y", MODEL_FUSED, &model);
    const struct model_stage *stage = &model.stages[0];
    assert_int_equal(stage->node_count, 6);
    for (size_t i = 0; i < 6; ++i)
        assert_int_equal(stage->nodes[i], i);
    assert_string_equal(stage->spec.name, "e");
    assert_string_equal(stage->folded, "");
    assert_int_equal(stage->input, made_tensor(&model_made, "x"));
    assert_true(model.stage_macs == UINT64_C(30) * (8 * 4 + 8 * 9 + 4 * 8));
    assert_true(model.macs == model.stage_macs);
    model_done(&model);
    model_found("in x 1x4x5x6\nconst w 3x4x1x1\nt Conv x w\nk Mul t 2\ny Sub k 3\nout y", MODEL_FUSED,
                &model);
    assert_string_equal(model.stages[0].folded, "Mul, Sub");
    model_done(&model);
}

static void makes_unique_names(void **state)
{
    (void)state;
    static const struct {
        const char *node, *name;
    } rows[] = {
        {"/block.1/conv/Conv", "block_1_conv_Conv"},
        {"block-1.conv.conv", "block_1_conv_conv_2"},
        {"1", "n1"},
        {"...", "n"},
        {"free", "free_5"},
        {"", "t5"},
        {"a_very_long_name_that_goes_on_and_on/and_on_and_on_and_on_and_on_until_it_ends",
         "on_and_on_and_on_and_on_and_on_and_on_until_it_ends"},
    };
    enum { COUNT = sizeof rows / sizeof rows[0] };
    char text[LINES_MAX] = "in x 1x4x5x6\nconst w 4x4x1x1\n";
    for (size_t i = 0; i < COUNT; ++i)
        snprintf(text + strlen(text), sizeof text - strlen(text), "t%zu Conv x w\nout t%zu\n", i, i);
    make_graph(text, &model_made);
    for (size_t i = 0; i < COUNT; ++i)
        model_made.nodes[i].name = rows[i].node;
    struct graph graph = model_made.graph;
    struct model model;
    assert_int_equal(model_find(&graph, MODEL_FUSED, &model), STATUS_DONE);
    assert_int_equal(model.stage_count, COUNT);
    for (size_t i = 0; i < COUNT; ++i)
        if (rows[i].name != NULL)
            assert_string_equal(model.stages[i].spec.name, rows[i].name);
        else
            assert_in_range(strlen(model.stages[i].spec.name), 40, SPEC_NAME_MAX);
    model_done(&model);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(joins_layers),
        cmocka_unit_test(joins_over_normalizations),
        cmocka_unit_test(joins_only_what_is_private),
        cmocka_unit_test(says_why),
        cmocka_unit_test(describes_stages),
        cmocka_unit_test(makes_unique_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
