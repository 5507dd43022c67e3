/*
 * test_model.c: finding stages in graphs: what is taken computes what the graph does, and nothing is taken
 * that would change its meaning.
 *
 * Every stage that is found is run by the reference on the graph's tensor and compared with the graph as
 * computed in double (support_graph.h).
 */
#include "model/model.h"
#include "sepcc.h"
#include "support_graph.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { LINES_MAX = 512 };

static struct made_graph made;

/* ---- helpers ---------------------------------------------------------------------------------------- */

static void find(const char *text, enum model_join join, struct model *model)
{
    make_graph(text, &made);
    struct graph graph = made.graph;
    assert_int_equal(model_find(&graph, join, model), STATUS_DONE);
}

static void done(struct model *model)
{
    model_free(model);
    made_graph_free(&made);
}

/* The stage's tensor as floats. */
static float *floats_of(size_t tensor)
{
    const size_t count = made.tensors[tensor].count;
    float *floats = malloc(count * sizeof *floats);
    assert_non_null(floats);
    for (size_t i = 0; i < count; ++i)
        floats[i] = (float)made.values[tensor][i];
    return floats;
}

/* The stage gives the graph's output for the graph's input. */
static void assert_computes(const struct model_stage *stage)
{
    const float *weight[SEPCC_MAX_LAYERS], *bias[SEPCC_MAX_LAYERS], *slope[SEPCC_MAX_LAYERS];
    const size_t count = sepcc_stage_output_count(&stage->spec.stage);
    for (size_t i = 0; i < SEPCC_MAX_LAYERS; ++i) {
        weight[i] = stage->layer[i].weight;
        bias[i] = stage->layer[i].bias;
        slope[i] = stage->layer[i].slope;
        if (i < stage->spec.stage.layer_count)
            assert_int_equal(bias[i] != NULL, stage->spec.stage.layer[i].has_bias);
    }
    assert_int_equal(sepcc_stage_input_count(&stage->spec.stage), made.tensors[stage->input].count);
    assert_int_equal(count, made.tensors[stage->output].count);
    float *in = floats_of(stage->input), *out = calloc(count, sizeof *out);
    assert_non_null(out);
    assert_int_equal(sepcc_reference(&stage->spec.stage, SEPCC_FUSED, in, weight, bias, slope, out),
                     SEPCC_OK);
    for (size_t i = 0; i < count; ++i) {
        const double truth = made.values[stage->output][i];
        if (!(fabs((double)out[i] - truth) <= 1e-4 * (1 + fabs(truth))))
            fail_msg("element %zu is %g, expected %g", i, (double)out[i], truth);
    }
    free(in);
    free(out);
}

/* The graph has one stage, which is this spec (without its name), ends at that tensor and is right. */
static void assert_one(const char *text, const char *spec, const char *output)
{
    struct model model;
    char found[SPEC_TEXT_MAX];
    find(text, MODEL_FUSED, &model);
    assert_int_equal(model.stage_count, 1);
    spec_print(&model.stages[0].spec, 0, found);
    assert_string_equal(found, spec);
    assert_string_equal(made.names[model.stages[0].output], output);
    assert_computes(&model.stages[0]);
    done(&model);
}

/* ---- convolutions ----------------------------------------------------------------------------------- */

static void finds_depthwise(void **state)
{
    (void)state;
    assert_one("in x 1x4x6x5\nconst w 4x1x3x3\ny Conv x w group=4 pads=1,1,1,1\nout y",
               "depthwise in=6x5x4 kernel=3x3 pad=1 bias=no layout=nchw", "y");
    assert_one(
        "in x 2x4x6x5\nconst w 8x1x3x2\nconst b 8\ny Conv x w b group=4 strides=2,1 dilations=1,2\nout y",
        "depthwise batch=2 in=6x5x4 kernel=3x2 stride=2x1 dilation=1x2 mult=2 layout=nchw", "y");
    assert_one("in x 1x1x6x5\nconst w 3x1x3x3\ny Conv x w\nout y",
               "depthwise in=6x5x1 kernel=3x3 mult=3 bias=no layout=nchw", "y");
    assert_one("in x 1x4x6x5\nconst w 4x1x1x1\ny Conv x w group=4\nout y",
               "depthwise in=6x5x4 kernel=1x1 bias=no layout=nchw", "y");
}

static void resolves_padding(void **state)
{
    (void)state;
    assert_one("in x 1x4x6x7\nconst w 4x1x3x3\ny Conv x w group=4 strides=2,2 auto_pad=SAME_UPPER\nout y",
               "depthwise in=6x7x4 kernel=3x3 stride=2 pad=0,1,1,1 bias=no layout=nchw", "y");
    assert_one("in x 1x4x6x7\nconst w 4x1x3x3\ny Conv x w group=4 strides=2,2 auto_pad=SAME_LOWER\nout y",
               "depthwise in=6x7x4 kernel=3x3 stride=2 pad=1,1,0,1 bias=no layout=nchw", "y");
    assert_one("in x 1x4x6x7\nconst w 4x1x3x3\ny Conv x w group=4 auto_pad=VALID\nout y",
               "depthwise in=6x7x4 kernel=3x3 bias=no layout=nchw", "y");
    assert_one("in x 1x4x6x7\nconst w 4x1x3x3\ny Conv x w group=4 pads=0,1,2,3\nout y",
               "depthwise in=6x7x4 kernel=3x3 pad=0,1,2,3 bias=no layout=nchw", "y");
}

static void finds_pointwise(void **state)
{
    (void)state;
    assert_one("in x 1x4x6x5\nconst w 7x4x1x1\nconst b 7\ny Conv x w b\nout y",
               "pointwise in=6x5x4 out=7 layout=nchw", "y");
    assert_one("in x 1x4x6x5\nconst w 7x4x1x1\ny Conv x w strides=2,2\nout y",
               "pointwise in=6x5x4 out=7 stride=2 bias=no layout=nchw", "y");
    assert_one("in x 1x1x6x5\nconst w 7x1x1x1\ny Conv x w\nout y",
               "pointwise in=6x5x1 out=7 bias=no layout=nchw", "y");
}

static void finds_products(void **state)
{
    (void)state;
    assert_one("in x 3x4\nconst w 4x5\nconst b 5\ny Gemm x w b alpha=0.5 beta=2\nout y",
               "pointwise batch=3 in=1x1x4 out=5", "y");
    assert_one("in x 3x4\nconst w 5x4\nconst b 1x5\ny Gemm x w b transB=1\nz Relu y\nout z",
               "pointwise batch=3 in=1x1x4 out=5 act=relu", "z");
    assert_one("in x 3x4\nconst w 5x4\ny Gemm x w 2 transB=1\nout y", "pointwise batch=3 in=1x1x4 out=5",
               "y");
    assert_one("in x 3x4\nconst w 4x5\ny MatMul x w\nout y", "pointwise batch=3 in=1x1x4 out=5 bias=no", "y");
    assert_one("in x 2x3x4\nconst w 4x5\nconst b 5\nm MatMul x w\ny Add b m\nout y",
               "pointwise batch=2 in=1x3x4 out=5", "y");
    assert_one("in x 2x6x3x4\nconst w 4x5\nm MatMul x w\ny Mul m 2\nout y",
               "pointwise batch=2 in=6x3x4 out=5 bias=no", "y");
}

/* ---- what follows ----------------------------------------------------------------------------------- */

static const char LAYER[] = "in x 1x4x5x6\nconst w 4x1x3x3\nconst b 4\nt Conv x w b group=4 pads=1,1,1,1\n"
                            "const c 4x1x1\nconst d 1x4x1x1 positive\nconst e 4 positive\nconst f 4\n";
#define LAYER_SPEC "depthwise in=5x6x4 kernel=3x3 pad=1"

/* Lines behind a depthwise layer with a bias, whose output is t; act as in the spec, "" for none. */
struct behind {
    const char *lines, *act, *output;
};

static void check_behind(const struct behind *rows, size_t count)
{
    for (size_t i = 0; i < count; ++i) {
        char text[LINES_MAX + sizeof LAYER], spec[LINES_MAX];
        snprintf(text, sizeof text, "%s%s", LAYER, rows[i].lines);
        snprintf(spec, sizeof spec, LAYER_SPEC "%s%s layout=nchw", rows[i].act[0] != '\0' ? " act=" : "",
                 rows[i].act);
        assert_one(text, spec, rows[i].output);
    }
}

static void folds_affine_operators(void **state)
{
    (void)state;
    static const struct behind rows[] = {
        {"y BatchNormalization t e f b e epsilon=0.01\nout y", "", "y"},
        {"y BatchNormalization t e f b e\nz Relu y\nout z", "relu", "z"},
        {"y Mul t c\nout y", "", "y"},
        {"y Mul d t\nz Add c y\nout z", "", "z"},
        {"y Add t 3\nout y", "", "y"},
        {"y Sub t c\nout y", "", "y"},
        {"y Sub c t\nout y", "", "y"},
        {"y Div t d\nout y", "", "y"},
        {"y Neg t\nz Identity y\nout z", "", "z"},
        {"k BatchNormalization t e f b e\nl Mul k c\nm Sub l d\ny Clip m 0 6\nout y", "relu6", "y"},
        {"k Mul t 2\nl Add k 1\nm HardSwish l\nout m", "hard_swish", "m"},
    };
    check_behind(rows, sizeof rows / sizeof rows[0]);
}

/* Each weight is rounded once, whatever was folded into it. */
static void folds_in_double(void **state)
{
    struct model model;
    size_t differ = 0;
    (void)state;
    find("in x 1x8x5x6\nconst w 8x8x1x1\nconst c 8x1x1\nconst d 8x1x1\nt Conv x w\nk Mul t c\nl Mul k d\n"
         "y Add l c\nout y",
         MODEL_FUSED, &model);
    const double *w = made.values[made_tensor(&made, "w")];
    const double *c = made.values[made_tensor(&made, "c")], *d = made.values[made_tensor(&made, "d")];
    for (size_t o = 0; o < 8; ++o)
        for (size_t i = 0; i < 8; ++i) {
            const float got = model.stages[0].layer[0].weight[o * 8 + i],
                        first = (float)(w[o * 8 + i] * c[o]);
            assert_true(got == (float)(w[o * 8 + i] * c[o] * d[o]));
            differ += got != first * (float)d[o];
        }
    assert_true(differ > 0); /* the test can tell */
    done(&model);
}

/* Without a bias a product adds none, a sum does. */
static void bias_comes_with_sums(void **state)
{
    (void)state;
    assert_one("in x 1x4x5x6\nconst w 3x4x1x1\nt Conv x w\ny Mul t 2\nout y",
               "pointwise in=5x6x4 out=3 bias=no layout=nchw", "y");
    assert_one("in x 1x4x5x6\nconst w 3x4x1x1\nconst c 3x1x1\nt Conv x w\ny Add t c\nout y",
               "pointwise in=5x6x4 out=3 layout=nchw", "y");
}

static void finds_activations(void **state)
{
    (void)state;
    static const struct behind rows[] = {
        {"y Relu t\nout y", "relu", "y"},
        {"y Max t 0\nout y", "relu", "y"},
        {"y Clip t 0 6\nout y", "relu6", "y"},
        {"y Clip t min=0 max=6\nout y", "relu6", "y"},
        {"y Clip t 0\nout y", "relu", "y"},
        {"y Clip t _ 0.5\nout y", "clamp(-inf,0.5)", "y"},
        {"y Clip t -0.25 0.5\nout y", "clamp(-0.25,0.5)", "y"},
        {"r Relu t\ny Min r 6\nout y", "relu6", "y"},
        {"r Min t 6\ny Max 0 r\nout y", "relu6", "y"},
        {"y LeakyRelu t\nout y", "leaky_relu(0.01)", "y"},
        {"y LeakyRelu t alpha=0.25\nout y", "leaky_relu(0.25)", "y"},
        {"y PRelu t c\nout y", "prelu", "y"},
        {"y PRelu t 0.5\nout y", "leaky_relu(0.5)", "y"},
        {"y Sigmoid t\nout y", "sigmoid", "y"},
        {"n Neg t\ne1 Exp n\na Add 1 e1\ny Div 1 a\nout y", "sigmoid", "y"},
        {"y HardSwish t\nout y", "hard_swish", "y"},
        {"y HardSigmoid t alpha=0.16666667 beta=0.5\nout y", "hard_sigmoid", "y"},
        {"p Add t 3\nq Clip p 0 6\ny Div q 6\nout y", "hard_sigmoid", "y"},
        {"s Sigmoid t\ny Mul t s\nout y", "silu", "y"},
        {"s Sigmoid t\ny Mul s t\nout y", "silu", "y"},
        {"n Neg t\ne1 Exp n\na Add e1 1\ny Div t a\nout y", "silu", "y"},
        {"p Add t 3\nq Clip p 0 6\nr Mul t q\ny Div r 6\nout y", "hard_swish", "y"},
        {"p Add 3 t\nq Clip p 0 6\nr Mul q t\ny Mul r 0.16666667\nout y", "hard_swish", "y"},
        {"p Add t 3\nq Clip p 0 6\nr Div q 6\ny Mul t r\nout y", "hard_swish", "y"},
        {"p Add t 3\nq Relu p\nq2 Min q 6\nr Div q2 6\ny Mul t r\nout y", "hard_swish", "y"},
        {"p Add t 3\nq Clip p 0 6\nr Div t 6\ny Mul r q\nout y", "hard_swish", "y"},
        {"g HardSigmoid t alpha=0.16666667\ny Mul t g\nout y", "hard_swish", "y"},
        {"m Mul t 0.25\ny Max t m\nout y", "leaky_relu(0.25)", "y"},
        {"p Relu t\nn Neg t\nq Relu n\nr Mul q c\ny Sub p r\nout y", "prelu", "y"},
        {"p Relu t\nn Neg t\nq Relu n\nr Mul q 0.5\ny Add p r\nout y", "leaky_relu(-0.5)", "y"},
        {"p Relu t\nn Neg t\nq Relu n\nn2 Neg q\nr Mul n2 c\ny Add p r\nout y", "prelu", "y"},
        {"p Relu t\nn Neg t\nq Relu n\nr Mul q c\nn2 Neg r\ny Add n2 p\nout y", "prelu", "y"},
        {"p Relu t\na Abs t\ns Sub t a\nm Mul c s\nh Mul m 0.5\ny Add p h\nout y", "prelu", "y"},
    };
    check_behind(rows, sizeof rows / sizeof rows[0]);
}

/* What is not quite one of the operators above stays outside. */
static void leaves_what_differs(void **state)
{
    (void)state;
    static const struct behind rows[] = {
        {"y Tanh t\nout y", "", "t"},
        {"y HardSigmoid t\nout y", "", "t"},
        {"y Clip t 1 0\nout y", "", "t"},
        {"m Mul t 2\ny Max t m\nout y", "", "t"},
        {"y Div 1 t\nout y", "", "t"},
        {"y Div t 0\nout y", "", "t"},
        {"const g 6\ny Mul t g\nout y", "", "t"},
        {"const g 5x1\ny Add t g\nout y", "", "t"},
        {"const g 1x1x1x1x1\ny Add t g\nout y", "", "t"},
        {"y Add t t\nout y", "", "t"},
        {"y Mul t x\nout y", "", "t"},
        {"p Add t 2\nq Clip p 0 6\nr Mul t q\ny Div r 6\nout y", "", "t"},
        {"s Sigmoid x\ny Mul t s\nout y", "", "t"},
        {"k Mul t 1e38\ny Mul k 1e38\nout y", "", "k"},
    };
    check_behind(rows, sizeof rows / sizeof rows[0]);
}

/* A tensor that is read elsewhere, or is an output of the network, ends the stage. */
static void ends_at_shared_tensors(void **state)
{
    (void)state;
    static const struct behind rows[] = {
        {"y Relu t\nout y\nout t", "", "t"},
        {"y Relu t\nz Tanh t\nout y\nout z", "", "t"},
        {"y Mul t c\nout y\nout t", "", "t"},
        {"k Mul t c\ny Relu k\nz Tanh k\nout y\nout z", "", "k"},
        {"k BatchNormalization t e f b e\ny Relu k\nout y\nout k", "", "k"},
        {"s Sigmoid t\ny Mul t s\nout y\nout s", "", "t"},
        {"s Sigmoid t\ny Mul t s\nz Tanh s\nout y\nout z", "", "t"},
        {"s Sigmoid t\ny Mul t s\nz Tanh t\nout y\nout z", "", "t"},
        {"s Sigmoid t\ny Mul t s\nout y\nout t", "", "t"},
        {"p Add t 3\nq Clip p 0 6\nr Mul t q\ny Div r 6\nout y\nout r", "", "t"},
        {"p Add t 3\nq Clip p 0 6\nr Mul t q\ny Div r 6\nz Tanh p\nout y\nout z", "", "t"},
        {"y Relu t\nz Mul y y\nz2 Tanh y\nout z\nout z2", "relu", "y"},
    };
    check_behind(rows, sizeof rows / sizeof rows[0]);
}

/* Before operators of version 7 a normalization was for training unless it said otherwise. */
static void leaves_normalizations_for_training(void **state)
{
    (void)state;
    static const struct {
        const char *attribute;
        int64_t opset;
        bool folded;
    } rows[] = {
        {"", 13, true},
        {"", 7, true},
        {"", 6, false},
        {"", 0, false},
        {"is_test=1", 6, true},
        {"is_test=0", 6, false},
        {"training_mode=1", 14, false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; ++i) {
        char text[LINES_MAX];
        struct model model;
        snprintf(text, sizeof text, "%sy BatchNormalization t e f b e %s\nout y", LAYER, rows[i].attribute);
        make_graph(text, &made);
        made.graph.opset = rows[i].opset;
        struct graph graph = made.graph;
        assert_int_equal(model_find(&graph, MODEL_FUSED, &model), STATUS_DONE);
        assert_string_equal(model.stages[0].folded, rows[i].folded ? "BatchNormalization" : "");
        done(&model);
    }
}

/* ---- a normalization in front ------------------------------------------------------------------------ */

#define NORMAL                                                                                               \
    "in x 1x4x5x6\nconst s 4\nconst b 4\nconst m 4\nconst v 4 positive\n"                                    \
    "n BatchNormalization x s b m v epsilon=0.01\n"

/* Folded where no tap lies in padding; the stage then reads what the normalization reads. */
static void folds_what_stands_before(void **state)
{
    (void)state;
    static const struct {
        const char *lines, *spec;
    } rows[] = {
        {"const w 3x4x1x1\ny Conv n w\nout y", "pointwise in=5x6x4 out=3 layout=nchw"},
        {"const w 3x4x1x1\nconst c 3\nt Conv n w c strides=2,2\nk Mul t 2\ny Relu k\nout y",
         "pointwise in=5x6x4 out=3 stride=2 act=relu layout=nchw"},
        {"const w 4x1x3x3\ny Conv n w group=4\nout y", "depthwise in=5x6x4 kernel=3x3 layout=nchw"},
        {"const w 8x1x3x2\nconst c 8\ny Conv n w c group=4\nout y",
         "depthwise in=5x6x4 kernel=3x2 mult=2 layout=nchw"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; ++i) {
        char text[LINES_MAX];
        struct model model;
        snprintf(text, sizeof text, "%s%s", NORMAL, rows[i].lines);
        assert_one(text, rows[i].spec, "y");
        find(text, MODEL_FUSED, &model);
        assert_string_equal(made.names[model.stages[0].input], "x");
        assert_int_equal(strncmp(model.stages[0].folded, "BatchNormalization in front", 27), 0);
        assert_string_equal(model.stages[0].spec.name, i == 1 ? "t" : "y");
        assert_int_equal(model.left_count, 0);
        done(&model);
    }
}

/* Where folding would change the meaning the stage begins behind the normalization, which is listed. */
static void leaves_what_stands_before(void **state)
{
    (void)state;
    static const struct {
        const char *lines, *reason;
    } rows[] = {
        {"const w 4x1x3x3\ny Conv n w group=4 pads=1,1,1,1\nout y",
         "it stands before a convolution with padding, whose zeros it does not change"},
        {"const w 4x1x3x3\ny Conv n w group=4 pads=0,0,0,1\nout y",
         "it stands before a convolution with padding, whose zeros it does not change"},
        {"const w 4x1x3x3\ny Conv n w group=4 auto_pad=SAME_UPPER\nout y",
         "it stands before a convolution with padding, whose zeros it does not change"},
        {"const w 3x4x1x1\ny Conv n w\nz Tanh n\nout y\nout z",
         "it stands before a convolution, but is read elsewhere, too"},
        {"const w 3x4x1x1\ny Conv n w\nout y\nout n",
         "it stands before a convolution, but is read elsewhere, too"},
        {"const w 3x4x1x1\nin r 4\nk BatchNormalization x s b r v\ny Conv k w\nout y",
         "it stands before a convolution, but its parameters are no constants, or it is for training"},
        {"const w 3x4x1x1\nk BatchNormalization x s b m v training_mode=1\ny Conv k w\nout y",
         "it stands before a convolution, but its parameters are no constants, or it is for training"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; ++i) {
        char text[LINES_MAX];
        struct model model;
        snprintf(text, sizeof text, "%s%s", NORMAL, rows[i].lines);
        find(text, MODEL_FUSED, &model);
        assert_int_equal(model.stage_count, 1);
        assert_true(model.stages[0].input != made_tensor(&made, "x"));
        assert_string_equal(model.stages[0].folded, "");
        assert_int_equal(model.left_count, 1);
        assert_string_equal(model.left[0].reason, rows[i].reason);
        assert_string_equal(model.graph.nodes[model.left[0].node].op, "BatchNormalization");
        assert_computes(&model.stages[0]);
        done(&model);
    }
}

/* ---- joining ---------------------------------------------------------------------------------------- */

#define BLOCK                                                                                                \
    "in x 1x4x5x6\nconst we 8x4x1x1\nconst wd 8x1x3x3\nconst wp 4x8x1x1\nconst b 8\n"                        \
    "e Conv x we b\nea Clip e 0 6\nd Conv ea wd group=8 pads=1,1,1,1\nda Relu d\np Conv da wp\n"

/* The specs of all stages, one a line. */
static void assert_stages(const char *text, enum model_join join, const char *specs)
{
    struct model model;
    char all[2 * SPEC_TEXT_MAX] = "", one[SPEC_TEXT_MAX];
    find(text, join, &model);
    for (size_t i = 0; i < model.stage_count; ++i) {
        spec_print(&model.stages[i].spec, 0, one);
        snprintf(all + strlen(all), sizeof all - strlen(all), "%s\n", one);
        assert_computes(&model.stages[i]);
    }
    assert_string_equal(all, specs);
    done(&model);
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
        find(rows[i].text, MODEL_FUSED, &model);
        assert_int_equal(model.stage_count, 0);
        assert_int_equal(model.left_count, 1);
        assert_string_equal(model.left[0].reason, rows[i].reason);
        assert_true(model.left[0].macs > 0);
        assert_true(model.macs == model.left[0].macs);
        done(&model);
    }
}

/* ---- names, nodes and numbers ----------------------------------------------------------------------- */

static void describes_stages(void **state)
{
    (void)state;
    struct model model;
    find(BLOCK "y Add p x\nout y", MODEL_FUSED, &model);
    const struct model_stage *stage = &model.stages[0];
    assert_int_equal(stage->node_count, 6);
    for (size_t i = 0; i < 6; ++i)
        assert_int_equal(stage->nodes[i], i);
    assert_string_equal(stage->spec.name, "e");
    assert_string_equal(stage->folded, "");
    assert_int_equal(stage->input, made_tensor(&made, "x"));
    assert_true(model.stage_macs == UINT64_C(30) * (8 * 4 + 8 * 9 + 4 * 8));
    assert_true(model.macs == model.stage_macs);
    done(&model);
    find("in x 1x4x5x6\nconst w 3x4x1x1\nt Conv x w\nk Mul t 2\ny Sub k 3\nout y", MODEL_FUSED, &model);
    assert_string_equal(model.stages[0].folded, "Mul, Sub");
    done(&model);
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
    make_graph(text, &made);
    for (size_t i = 0; i < COUNT; ++i)
        made.nodes[i].name = rows[i].node;
    struct graph graph = made.graph;
    struct model model;
    assert_int_equal(model_find(&graph, MODEL_FUSED, &model), STATUS_DONE);
    assert_int_equal(model.stage_count, COUNT);
    for (size_t i = 0; i < COUNT; ++i)
        if (rows[i].name != NULL)
            assert_string_equal(model.stages[i].spec.name, rows[i].name);
        else
            assert_in_range(strlen(model.stages[i].spec.name), 40, SPEC_NAME_MAX);
    done(&model);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_depthwise),
        cmocka_unit_test(resolves_padding),
        cmocka_unit_test(finds_pointwise),
        cmocka_unit_test(finds_products),
        cmocka_unit_test(folds_affine_operators),
        cmocka_unit_test(folds_in_double),
        cmocka_unit_test(leaves_normalizations_for_training),
        cmocka_unit_test(bias_comes_with_sums),
        cmocka_unit_test(finds_activations),
        cmocka_unit_test(leaves_what_differs),
        cmocka_unit_test(ends_at_shared_tensors),
        cmocka_unit_test(folds_what_stands_before),
        cmocka_unit_test(leaves_what_stands_before),
        cmocka_unit_test(joins_layers),
        cmocka_unit_test(joins_over_normalizations),
        cmocka_unit_test(joins_only_what_is_private),
        cmocka_unit_test(says_why),
        cmocka_unit_test(describes_stages),
        cmocka_unit_test(makes_unique_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
