/*
 * test_model.c: finding stages in graphs: what is taken computes what the graph does, and nothing is taken
 * that would change its meaning (stages of several layers: test_model_join.c).
 *
 * Every stage that is found is run by the reference on the graph's tensor and compared with the graph as
 * computed in double (support_graph.h).
 */
#include "support_stages.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

enum { LINES_MAX = 512 };

/* The graph has one stage, which is this spec (without its name), ends at that tensor and is right. */
static void assert_one(const char *text, const char *spec, const char *output)
{
    struct model model;
    char found[SPEC_TEXT_MAX];
    model_found(text, MODEL_FUSED, &model);
    assert_int_equal(model.stage_count, 1);
    spec_print(&model.stages[0].spec, 0, found);
    assert_string_equal(found, spec);
    assert_string_equal(model_made.names[model.stages[0].output], output);
    assert_stage_computes(&model.stages[0]);
    model_done(&model);
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
    model_found(
        "in x 1x8x5x6\nconst w 8x8x1x1\nconst c 8x1x1\nconst d 8x1x1\nt Conv x w\nk Mul t c\nl Mul k d\n"
        "y Add l c\nout y",
        MODEL_FUSED, &model);
    const double *w = model_made.values[made_tensor(&model_made, "w")];
    const double *c = model_made.values[made_tensor(&model_made, "c")],
                 *d = model_made.values[made_tensor(&model_made, "d")];
    for (size_t o = 0; o < 8; ++o)
        for (size_t i = 0; i < 8; ++i) {
            const float got = model.stages[0].layer[0].weight[o * 8 + i],
                        first = (float)(w[o * 8 + i] * c[o]);
            assert_true(got == (float)(w[o * 8 + i] * c[o] * d[o]));
            differ += got != first * (float)d[o];
        }
    assert_true(differ > 0); /* the test can tell */
    model_done(&model);
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
        make_graph(text, &model_made);
        model_made.graph.opset = rows[i].opset;
        struct graph graph = model_made.graph;
        assert_int_equal(model_find(&graph, MODEL_FUSED, &model), STATUS_DONE);
        assert_string_equal(model.stages[0].folded, rows[i].folded ? "BatchNormalization" : "");
        model_done(&model);
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
        model_found(text, MODEL_FUSED, &model);
        assert_string_equal(model_made.names[model.stages[0].input], "x");
        assert_int_equal(strncmp(model.stages[0].folded, "BatchNormalization in front", 27), 0);
        assert_string_equal(model.stages[0].spec.name, i == 1 ? "t" : "y");
        assert_int_equal(model.left_count, 0);
        model_done(&model);
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
        model_found(text, MODEL_FUSED, &model);
        assert_int_equal(model.stage_count, 1);
        assert_true(model.stages[0].input != made_tensor(&model_made, "x"));
        assert_string_equal(model.stages[0].folded, "");
        assert_int_equal(model.left_count, 1);
        assert_string_equal(model.left[0].reason, rows[i].reason);
        assert_string_equal(model.graph.nodes[model.left[0].node].op, "BatchNormalization");
        assert_stage_computes(&model.stages[0]);
        model_done(&model);
    }
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
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
