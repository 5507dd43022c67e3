/*
 * test_spec.c: what the texts of the grammar mean, what is printed for a stage, and the page about it.
 */
#include "spec/spec_internal.h"
#include "support_spec.h"

#include <locale.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { SWEEP = 5000 };

/* ---- meaning --------------------------------------------------------------------------------------- */

static void a_depthwise_stage_is_understood(void **state)
{
    (void)state;
    const struct spec spec =
        spec_good("depthwise name=block3_dw batch=2 in=57x56x128 kernel=3x5 stride=2x1 dilation=1x3 "
                  "pad=0,1,2,3 mult=2 bias=no act=clamp(-1,6.5)");
    const struct sepcc_stage expected = {
        .op = SEPCC_OP_DEPTHWISE,
        .batch = 2,
        .layer_count = 1,
        .layer = {{.op = SEPCC_OP_DEPTHWISE,
                   .in_h = 57,
                   .in_w = 56,
                   .in_c = 128,
                   .out_h = 29, /* (57 + 0 + 2 - 3) / 2 + 1 */
                   .out_w = 48, /* 56 + 1 + 3 - 13 + 1 */
                   .out_c = 256,
                   .kernel_h = 3,
                   .kernel_w = 5,
                   .stride_h = 2,
                   .stride_w = 1,
                   .dilation_h = 1,
                   .dilation_w = 3,
                   .pad_top = 0,
                   .pad_left = 1,
                   .pad_bottom = 2,
                   .pad_right = 3,
                   .multiplier = 2,
                   .has_bias = 0,
                   .act = SEPCC_ACT_CLAMP,
                   .act_param = {-1, 6.5f}}},
    };
    assert_stage_equal(&expected, &spec.stage, "the depthwise stage");
    assert_string_equal(spec.name, "block3_dw");
    assert_int_equal(spec.line, 7);
}

static void a_pointwise_stage_has_defaults(void **state)
{
    (void)state;
    const struct spec spec = spec_good("pointwise in=28x27x128 out=256");
    const struct sepcc_stage expected = {
        .op = SEPCC_OP_POINTWISE,
        .batch = 1,
        .layer_count = 1,
        .layer = {{.op = SEPCC_OP_POINTWISE,
                   .in_h = 28,
                   .in_w = 27,
                   .in_c = 128,
                   .out_h = 28,
                   .out_w = 27,
                   .out_c = 256,
                   .kernel_h = 1,
                   .kernel_w = 1,
                   .stride_h = 1,
                   .stride_w = 1,
                   .dilation_h = 1,
                   .dilation_w = 1,
                   .multiplier = 1,
                   .has_bias = 1}},
    };
    assert_stage_equal(&expected, &spec.stage, "the pointwise stage");
    assert_string_equal(spec.name, "");
}

static void a_conv_is_understood(void **state)
{
    (void)state;
    const struct spec spec =
        spec_good("conv in=9x7x3 out=10 kernel=3x5 stride=2 dilation=1x2 pad=1,4,0,4 act=relu bias=no");
    const struct sepcc_stage expected = {
        .op = SEPCC_OP_CONV,
        .batch = 1,
        .layer_count = 1,
        .layer = {{.op = SEPCC_OP_CONV,
                   .in_h = 9,
                   .in_w = 7,
                   .in_c = 3,
                   .out_h = 4, /* (9 + 1 - 3) / 2 + 1, rounded down */
                   .out_w = 4, /* (7 + 8 - 9) / 2 + 1 */
                   .out_c = 10,
                   .kernel_h = 3,
                   .kernel_w = 5,
                   .stride_h = 2,
                   .stride_w = 2,
                   .dilation_h = 1,
                   .dilation_w = 2,
                   .pad_top = 1,
                   .pad_left = 4,
                   .pad_right = 4,
                   .multiplier = 1,
                   .act = SEPCC_ACT_RELU}},
    };
    assert_stage_equal(&expected, &spec.stage, "the conv stage");
}

/* Worked by hand: the window is the depthwise layer's, `act` the last layer's. */
static void a_separable_stage_is_understood(void **state)
{
    (void)state;
    const struct spec spec = spec_good("separable in=57x56x12 kernel=3x5 stride=2x1 pad=0,1,2,3 mult=2 out=7 "
                                       "dw.bias=no act=leaky_relu(0.5) dw.act=relu layout=nchw batch=2");
    const struct sepcc_stage expected = {
        .op = SEPCC_OP_SEPARABLE,
        .layout = SEPCC_NCHW,
        .batch = 2,
        .layer_count = 2,
        .layer = {{.op = SEPCC_OP_DEPTHWISE,
                   .in_h = 57,
                   .in_w = 56,
                   .in_c = 12,
                   .out_h = 29, /* (57 + 0 + 2 - 3) / 2 + 1 */
                   .out_w = 56, /* 56 + 1 + 3 - 5 + 1 */
                   .out_c = 24,
                   .kernel_h = 3,
                   .kernel_w = 5,
                   .stride_h = 2,
                   .stride_w = 1,
                   .dilation_h = 1,
                   .dilation_w = 1,
                   .pad_left = 1,
                   .pad_bottom = 2,
                   .pad_right = 3,
                   .multiplier = 2,
                   .act = SEPCC_ACT_RELU},
                  {.op = SEPCC_OP_POINTWISE,
                   .in_h = 29,
                   .in_w = 56,
                   .in_c = 24,
                   .out_h = 29,
                   .out_w = 56,
                   .out_c = 7,
                   .kernel_h = 1,
                   .kernel_w = 1,
                   .stride_h = 1,
                   .stride_w = 1,
                   .dilation_h = 1,
                   .dilation_w = 1,
                   .multiplier = 1,
                   .has_bias = 1,
                   .act = SEPCC_ACT_LEAKY_RELU,
                   .act_param = {0.5f}}},
    };
    assert_stage_equal(&expected, &spec.stage, "the separable stage");
    assert_string_equal(spec_layer_name(&spec.stage, 0), "dw");
    assert_string_equal(spec_layer_name(&spec.stage, 1), "pw");
}

/* MobileNetV2: `act` is that of the first two layers, the projection is linear. */
static void an_inverted_stage_is_understood(void **state)
{
    (void)state;
    const struct spec spec =
        spec_good("inverted in=9x8x4 expand=24 out=4 kernel=5 pad=same act=relu6 residual=yes pw.bias=no");
    const struct sepcc_layer window = {
        .kernel_h = 5, .kernel_w = 5, .pad_top = 2, .pad_left = 2, .pad_bottom = 2, .pad_right = 2};
    struct sepcc_stage expected = {
        .op = SEPCC_OP_INVERTED, .batch = 1, .residual = 1, .layer_count = 3, .layer = {[1] = window}};
    static const uint32_t channels[] = {4, 24, 24, 4};
    for (uint32_t i = 0; i < 3; ++i) {
        struct sepcc_layer *layer = &expected.layer[i];
        layer->op = i == 1 ? SEPCC_OP_DEPTHWISE : SEPCC_OP_POINTWISE;
        layer->in_h = layer->out_h = 9;
        layer->in_w = layer->out_w = 8;
        layer->in_c = channels[i];
        layer->out_c = channels[i + 1];
        if (i != 1)
            layer->kernel_h = layer->kernel_w = 1;
        layer->stride_h = layer->stride_w = layer->dilation_h = layer->dilation_w = layer->multiplier = 1;
        layer->has_bias = i < 2;
        layer->act = i < 2 ? SEPCC_ACT_RELU6 : SEPCC_ACT_NONE;
    }
    assert_stage_equal(&expected, &spec.stage, "the inverted stage");
    assert_string_equal(spec_layer_name(&spec.stage, 0), "expand");
    assert_string_equal(spec_layer_name(&spec.stage, 1), "dw");
    assert_string_equal(spec_layer_name(&spec.stage, 2), "pw");
    const struct spec single = spec_good("depthwise in=1x1x1 kernel=1");
    assert_string_equal(spec_layer_name(&single.stage, 0), "");
}

/* The shape decides, not the stride: of one pixel any stride makes one pixel. */
static void a_residual_needs_equal_sizes_only(void **state)
{
    (void)state;
    const struct spec spec =
        spec_good("inverted in=1x1x3 expand=5 out=3 kernel=3 pad=1 stride=2 residual=yes");
    assert_int_equal(spec.stage.residual, 1);
    assert_int_equal(spec.stage.layer[2].out_h, 1);
}

/* in, kernel, stride, dilation -> padding at the begin and end, worked by hand. */
static void same_padding_is_same_upper(void **state)
{
    (void)state;
    static const struct {
        uint32_t in, kernel, stride, dilation, begin, end;
    } cases[] = {
        {56, 3, 1, 1, 1, 1}, {56, 3, 2, 1, 0, 1},          {57, 3, 2, 1, 1, 1}, {5, 2, 1, 1, 0, 1},
        {5, 1, 3, 1, 0, 0},  {224, 7, 2, 1, 2, 3},         {5, 3, 2, 2, 2, 2},  {1, 15, 1, 1, 7, 7},
        {10, 3, 5, 1, 0, 0}, {7, 255, 65535, 1, 124, 124}, {6, 3, 4, 1, 0, 1},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; ++i) {
        char text[SPEC_TEXT_MAX];
        snprintf(text, sizeof text, "depthwise in=%ux9x1 kernel=%ux1 stride=%ux1 dilation=%ux1 pad=same",
                 cases[i].in, cases[i].kernel, cases[i].stride, cases[i].dilation);
        const struct spec spec = spec_good(text);
        const struct sepcc_layer *layer = &spec.stage.layer[0];
        if (layer->pad_top != cases[i].begin || layer->pad_bottom != cases[i].end)
            fail_msg("%s gave %u, %u", text, layer->pad_top, layer->pad_bottom);
        assert_int_equal(layer->out_h, (cases[i].in + cases[i].stride - 1) / cases[i].stride);
        assert_int_equal(layer->pad_left + layer->pad_right, 0);
    }
}

/* pad=same gives ceil(in / stride) outputs, with the least padding that does, the odd element at the end. */
static void same_padding_is_the_least(void **state)
{
    (void)state;
    uint64_t random = spec_test_seed("same_padding_is_the_least");
    for (int i = 0; i < SWEEP; ++i) {
        const uint32_t in = random_between(&random, 1, 40), kernel = random_between(&random, 1, 15);
        const uint32_t stride = random_between(&random, 1, 9), dilation = random_between(&random, 1, 5);
        char text[SPEC_TEXT_MAX];
        snprintf(text, sizeof text, "depthwise in=1x%ux1 kernel=1x%u stride=%u dilation=%u pad=same", in,
                 kernel, stride, dilation);
        const struct spec spec = spec_good(text);
        const struct sepcc_layer *layer = &spec.stage.layer[0];
        const uint32_t total = layer->pad_left + layer->pad_right, reach = (kernel - 1) * dilation + 1;
        assert_int_equal(layer->out_w, (in + stride - 1) / stride);
        assert_true(layer->pad_right - layer->pad_left <= 1);
        /* With one element less the last output would not fit. */
        assert_true(total == 0 || in + total - 1 < (layer->out_w - 1) * stride + reach);
    }
}

static void padding_may_exceed_the_kernel(void **state)
{
    (void)state;
    const struct spec spec = spec_good("depthwise in=1x1x1 kernel=1 pad=5,0,0,7 mult=4096");
    assert_int_equal(spec.stage.layer[0].out_h, 6);
    assert_int_equal(spec.stage.layer[0].out_w, 8);
    assert_int_equal(spec.stage.layer[0].out_c, 4096);
}

static void the_largest_sizes_are_taken(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "depthwise in=16777215x1x1 kernel=1",
        "depthwise in=1x16777215x127 kernel=1",
        "pointwise in=1x1x16777215 out=127",
        "pointwise in=32768x65535x1 out=1",
        "pointwise in=1x1x1 out=1 batch=16777215 stride=65535",
        "depthwise in=1x1x1 kernel=255 pad=65535 dilation=257 stride=65535",
        "depthwise in=1x1x4095 kernel=1 mult=4096",
        /* 2^21 images of 2 * 2^23 floats are 2^47 bytes; two pixels less are not */
        "pointwise batch=2097151 in=4096x2048x1 out=1",
        "separable batch=1398101 in=4096x2048x1 kernel=1 out=1",
        "inverted in=1x1x16777215 expand=127 kernel=255 pad=127 out=16777215 residual=yes",
    };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; ++i)
        spec_good(texts[i]);
}

/* ---- printing -------------------------------------------------------------------------------------- */

static void the_canonical_text_is_short(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"depthwise kernel=3 in=8x8x8 name=a", "depthwise name=a in=8x8x8 kernel=3x3"},
        {"depthwise pad=1 kernel=5x3 in=8x8x8", "depthwise in=8x8x8 kernel=5x3 pad=1"},
        {"depthwise in=8x8x8 pad=1,1,1,1 kernel=3 stride=2x2 dilation=1x1",
         "depthwise in=8x8x8 kernel=3x3 stride=2 pad=1"},
        {"depthwise in=8x8x8 kernel=3 stride=2 pad=same",
         "depthwise in=8x8x8 kernel=3x3 stride=2 pad=0,0,1,1"},
        {"depthwise in=8x8x8 kernel=3 pad=valid bias=yes act=none batch=1 mult=1 layout=nhwc dtype=f32",
         "depthwise in=8x8x8 kernel=3x3"},
        {"depthwise in=8x8x8 kernel=3 pad=0,0,0,0 dilation=1x2 mult=3 batch=2 dw.bias=no dw.act=silu",
         "depthwise batch=2 in=8x8x8 kernel=3x3 dilation=1x2 mult=3 bias=no act=silu"},
        {"pointwise pw.act=hard_swish pw.bias=no out=0016 in=8x8x8",
         "pointwise in=8x8x8 out=16 bias=no act=hard_swish"},
        {"pointwise in=8x8x8 out=1 act=clamp(-INF,1)", NULL},
        {"pointwise in=8x8x8 out=1 act=clamp(-inf,+1.50)", "pointwise in=8x8x8 out=1 act=clamp(-inf,1.5)"},
        {"pointwise in=8x8x8 out=1 act=clamp(-0,.5e1)", "pointwise in=8x8x8 out=1 act=clamp(-0,5)"},
        {"pointwise in=8x8x8 out=1 act=leaky_relu(0.10000000149)",
         "pointwise in=8x8x8 out=1 act=leaky_relu(0.1)"},
        {"pointwise in=8x8x8 out=1 act=leaky_relu(1E-3)", "pointwise in=8x8x8 out=1 act=leaky_relu(0.001)"},
        {"pointwise in=8x8x8 out=1 act=clamp(1e1,2e4)", "pointwise in=8x8x8 out=1 act=clamp(10,20000)"},
        {"pointwise in=8x8x8 out=1 act=prelu", "pointwise in=8x8x8 out=1 act=prelu"},
        {"pointwise layout=nchw in=8x8x8 out=1", "pointwise in=8x8x8 out=1 layout=nchw"},
        {"separable name=example batch=8 in=56x56x32 out=64 kernel=3 pad=1 dw.bias=no layout=nchw",
         "separable name=example batch=8 in=56x56x32 out=64 kernel=3x3 pad=1 dw.bias=no layout=nchw"},
        {"separable in=8x8x8 out=4 kernel=3 act=relu", "separable in=8x8x8 out=4 kernel=3x3 pw.act=relu"},
        {"separable in=8x8x8 out=4 kernel=3 dw.act=relu act=relu dw.bias=no pw.bias=no",
         "separable in=8x8x8 out=4 kernel=3x3 bias=no dw.act=relu pw.act=relu"},
        {"inverted name=b2 in=56x56x24 expand=144 out=24 kernel=3 pad=1 act=relu6 residual=yes",
         "inverted name=b2 in=56x56x24 expand=144 out=24 kernel=3x3 pad=1 act=relu6 residual=yes"},
        {"inverted in=8x8x8 expand=6 out=4 kernel=3 dw.act=silu expand.act=silu residual=no",
         "inverted in=8x8x8 expand=6 out=4 kernel=3x3 act=silu"},
        {"inverted in=8x8x8 expand=6 out=4 kernel=3 dw.act=clamp(-0,1) expand.act=clamp(0,1) pw.act=relu "
         "expand.bias=no pw.bias=no",
         "inverted in=8x8x8 expand=6 out=4 kernel=3x3 expand.bias=no pw.bias=no expand.act=clamp(0,1) "
         "dw.act=clamp(-0,1) pw.act=relu"},
        {"inverted in=8x8x8 expand=6 out=4 kernel=3 dw.act=relu",
         "inverted in=8x8x8 expand=6 out=4 kernel=3x3 dw.act=relu"},
        {"inverted in=8x8x8 expand=6 out=4 kernel=3 bias=no",
         "inverted in=8x8x8 expand=6 out=4 kernel=3x3 bias=no"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; ++i) {
        struct spec spec;
        char text[SPEC_TEXT_MAX];
        if (cases[i][1] == NULL) {
            assert_int_equal(spec_try(cases[i][0], &spec), STATUS_INPUT);
            continue;
        }
        spec = spec_good(cases[i][0]);
        assert_int_equal(spec_print(&spec, 1, text), strlen(cases[i][1]));
        assert_string_equal(text, cases[i][1]);
    }
}

static void random_texts_mean_what_they_were_drawn_from(void **state)
{
    (void)state;
    uint64_t random = spec_test_seed("random_texts_mean_what_they_were_drawn_from");
    for (int i = 0; i < SWEEP; ++i) {
        struct spec drawn;
        char text[SPEC_TEXT_MAX], canonical[SPEC_TEXT_MAX], again[SPEC_TEXT_MAX];
        random_spec(&random, &drawn, text);
        const struct spec read = spec_good(text);
        assert_stage_equal(&drawn.stage, &read.stage, text);
        assert_string_equal(read.name, drawn.name);
        assert_true(spec_equal(&drawn, &read));

        const size_t length = spec_print(&read, 1, canonical);
        assert_int_equal(length, strlen(canonical));
        const struct spec back = spec_good(canonical);
        assert_stage_equal(&drawn.stage, &back.stage, canonical);
        assert_string_equal(back.name, drawn.name);
        spec_print(&back, 1, again);
        assert_string_equal(again, canonical);
        spec_print(&back, 0, again);
        assert_null(strstr(again, "name="));
    }
}

static void stages_differ_in_every_field(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "depthwise in=9x9x8 kernel=3",
        "depthwise in=9x9x8 kernel=3 batch=2",
        "depthwise in=9x8x8 kernel=3",
        "depthwise in=9x9x7 kernel=3",
        "depthwise in=9x9x8 kernel=3x1",
        "depthwise in=9x9x8 kernel=3 stride=3",
        "depthwise in=9x9x8 kernel=3 dilation=2",
        "depthwise in=9x9x8 kernel=3 pad=0,1,0,0",
        "depthwise in=9x9x8 kernel=3 pad=0,0,0,1",
        "depthwise in=9x9x8 kernel=3 mult=2",
        "depthwise in=9x9x8 kernel=3 bias=no",
        "depthwise in=9x9x8 kernel=3 act=relu",
        "depthwise in=9x9x8 kernel=3 act=clamp(0,1)",
        "depthwise in=9x9x8 kernel=3 act=clamp(-0,1)",
        "depthwise in=9x9x8 kernel=1",
        "pointwise in=9x9x8 out=8",
        "pointwise in=9x9x8 out=8 layout=nchw",
        "separable in=9x9x8 out=8 kernel=1",
        "separable in=9x9x8 out=8 kernel=1 dw.act=relu",
        "separable in=9x9x8 out=8 kernel=1 pw.act=relu",
        "separable in=9x9x8 out=8 kernel=1 pw.bias=no",
        "separable in=9x9x8 out=8 kernel=1 dw.bias=no",
        "inverted in=9x9x8 expand=8 out=8 kernel=1",
        "inverted in=9x9x8 expand=9 out=8 kernel=1",
        "inverted in=9x9x8 expand=8 out=8 kernel=1 residual=yes",
        "inverted in=9x9x8 expand=8 out=8 kernel=1 pw.act=relu",
        "inverted in=9x9x8 expand=8 out=8 kernel=1 expand.bias=no",
    };
    const size_t count = sizeof texts / sizeof texts[0];
    for (size_t i = 0; i < count; ++i)
        for (size_t j = 0; j < count; ++j) {
            const struct spec a = spec_good(texts[i]), b = spec_good(texts[j]);
            assert_int_equal(spec_equal(&a, &b) != 0, i == j);
        }
    const struct spec named = spec_good("depthwise name=x in=9x9x8 kernel=3"), plain = spec_good(texts[0]);
    assert_true(spec_equal(&named, &plain));
}

static void floats_print_shortest_and_come_back(void **state)
{
    (void)state;
    uint64_t random = spec_test_seed("floats_print_shortest_and_come_back");
    for (int i = 0; i < 4 * SWEEP; ++i) {
        const uint32_t bits = (uint32_t)random_next(&random);
        float value, back;
        memcpy(&value, &bits, sizeof value);
        if (isnan(value))
            continue;
        char text[FLOAT_TEXT_MAX];
        float_print(value, text);
        assert_int_equal(float_read((struct slice){text, strlen(text)}, &back), NUMBER_OK);
        assert_memory_equal(&back, &value, sizeof value);
        for (int digits = 1; digits < 9; ++digits) {
            char other[320];
            snprintf(other, sizeof other, "%.*g", digits, (double)value);
            assert_true(strtof(other, NULL) != value || strlen(other) >= strlen(text));
        }
    }
}

/* ---- locale ---------------------------------------------------------------------------------------- */

/* Makes a locale with a decimal comma current: an installed one, else one that localedef can make. */
static bool enter_comma_locale(char folder[])
{
    static const char *const installed[] = {"de_DE.UTF-8", "fr_FR.UTF-8", "nl_NL.UTF-8", "de_DE"};
    for (size_t i = 0; i < sizeof installed / sizeof installed[0]; ++i)
        if (setlocale(LC_ALL, installed[i]) != NULL)
            return true;
    char command[256];
    snprintf(command, sizeof command, "localedef -i de_DE -f UTF-8 %s/de_DE.UTF-8 >%s/log 2>&1", folder,
             folder);
    return system(command) == 0 && setenv("LOCPATH", folder, 1) == 0 &&
           setlocale(LC_ALL, "de_DE.UTF-8") != NULL;
}

static void numbers_are_the_same_in_every_locale(void **state)
{
    (void)state;
    char folder[] = "/tmp/sepcc-test-locale-XXXXXX", command[64], printed[64];
    assert_non_null(mkdtemp(folder));
    const bool entered = enter_comma_locale(folder);
    snprintf(command, sizeof command, "rm -r %s", folder);
    assert_int_equal(system(command), 0);
    if (!entered) {
        printf(
            "numbers_are_the_same_in_every_locale: skipped: no locale with a decimal comma, no localedef\n");
        skip();
    }
    snprintf(printed, sizeof printed, "%.1f", 0.5);
    assert_string_equal(printed, "0,5"); /* the locale is what it should be */
    static const char text[] = "pointwise in=1x1x1 out=1 act=clamp(-1.5,2.25)";
    char canonical[SPEC_TEXT_MAX];
    const struct spec spec = spec_good(text);
    assert_true(spec.stage.layer[0].act_param[0] == -1.5f && spec.stage.layer[0].act_param[1] == 2.25f);
    spec_print(&spec, 0, canonical);
    assert_string_equal(canonical, text);
    snprintf(printed, sizeof printed, "%.1f", 0.5);
    assert_string_equal(printed, "0,5"); /* and has been left alone */
    setlocale(LC_ALL, "C");
}

/* ---- tables ---------------------------------------------------------------------------------------- */

static void names_are_those_of_the_grammar(void **state)
{
    (void)state;
    assert_string_equal(spec_op_name(SEPCC_OP_DEPTHWISE), "depthwise");
    assert_string_equal(spec_op_name(SEPCC_OP_INVERTED), "inverted");
    assert_string_equal(spec_op_name((enum sepcc_op)0), "unknown");
    assert_string_equal(spec_act_name(SEPCC_ACT_HARD_SIGMOID), "hard_sigmoid");
    assert_string_equal(spec_act_name(SEPCC_ACT_COUNT), "unknown");
    for (size_t i = 0; i < SEPCC_ACT_COUNT; ++i)
        assert_int_equal(spec_acts[i].id, i);
}

static void assert_page_has(const char *page, const struct spec_help *help)
{
    for (; help->key != NULL; ++help) {
        char row[512];
        snprintf(row, sizeof row, "| `%s` | %s |\n", help->key, help->meaning);
        if (strstr(page, row) == NULL)
            fail_msg("docs/spec.md lacks the row %s", row);
    }
}

static void the_page_has_every_word(void **state)
{
    (void)state;
    static char page[32768];
    FILE *file = fopen("docs/spec.md", "r");
    assert_non_null(file);
    const size_t length = fread(page, 1, sizeof page - 1, file);
    assert_int_equal(fclose(file), 0);
    assert_in_range(length, 1000, sizeof page - 2);
    assert_page_has(page, spec_help_keys());
    assert_page_has(page, spec_help_activations());
    for (enum diag_code code = 0; code < DIAG_CODE_COUNT; ++code) {
        const struct spec_help row[] = {{diag_slug(code), diag_sentence(code)}, {NULL, NULL}};
        if (strncmp(row[0].key, "spec-", 5) == 0)
            assert_page_has(page, row);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_depthwise_stage_is_understood),
        cmocka_unit_test(a_pointwise_stage_has_defaults),
        cmocka_unit_test(a_conv_is_understood),
        cmocka_unit_test(a_separable_stage_is_understood),
        cmocka_unit_test(an_inverted_stage_is_understood),
        cmocka_unit_test(a_residual_needs_equal_sizes_only),
        cmocka_unit_test(same_padding_is_same_upper),
        cmocka_unit_test(same_padding_is_the_least),
        cmocka_unit_test(padding_may_exceed_the_kernel),
        cmocka_unit_test(the_largest_sizes_are_taken),
        cmocka_unit_test(the_canonical_text_is_short),
        cmocka_unit_test(random_texts_mean_what_they_were_drawn_from),
        cmocka_unit_test(stages_differ_in_every_field),
        cmocka_unit_test(floats_print_shortest_and_come_back),
        cmocka_unit_test(numbers_are_the_same_in_every_locale),
        cmocka_unit_test(names_are_those_of_the_grammar),
        cmocka_unit_test(the_page_has_every_word),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
