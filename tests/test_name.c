/*
 * test_name.c: kernel names hold the whole stage: written, read back, nothing else accepted.
 */
#include "spec/name.h"
#include "support_spec.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { SWEEP = 5000 };

static void names_look_as_documented(void **state)
{
    (void)state;
    static const struct {
        const char *spec;
        enum sepcc_isa isa;
        const char *plan, *name;
    } cases[] = {
        {"depthwise name=x in=56x56x128 kernel=3 stride=2 pad=0,0,1,1 act=relu6", SEPCC_ISA_AVX2, "r2c3v1",
         "sepcc_f32_depthwise_3x3s2__56x56x128_p0_0_1_1_relu6__avx2_r2c3v1"},
        {"depthwise batch=8 in=7x5x3 kernel=1x5 stride=2x1 dilation=2 pad=10 mult=4 bias=no "
         "act=clamp(-1.5,1e20)",
         SEPCC_ISA_NEON, "r1",
         "sepcc_f32_depthwise_1x5s2x1d2__b8_7x5x3_m4_p10_nobias_clamp_m1p5_1e20__neon_r1"},
        {"pointwise in=14x14x512 out=512", SEPCC_ISA_AVX512, "r14v2",
         "sepcc_f32_pointwise_1x1__14x14x512_o512__avx512_r14v2"},
        {"pointwise in=14x14x512 out=512 stride=2 act=leaky_relu(0.01)", SEPCC_ISA_SCALAR, "a_b",
         "sepcc_f32_pointwise_1x1s2__14x14x512_o512_leaky_relu_0p01__scalar_a_b"},
        {"pointwise in=7x7x4 out=3 act=clamp(-0.333333343,0.3333333) layout=nchw", SEPCC_ISA_SSE, "x",
         "sepcc_f32_pointwise_1x1__7x7x4_o3_clamp_xbeaaaaab_0p3333333_nchw__sse_x"},
        {"separable batch=8 in=56x56x32 out=64 kernel=3 pad=1 mult=2 dw.bias=no layout=nchw", SEPCC_ISA_AVX2,
         "r1", "sepcc_f32_separable_3x3__b8_56x56x32_m2_o64_p1_dw_nobias_nchw__avx2_r1"},
        {"separable in=9x9x4 out=3 kernel=3 bias=no dw.act=prelu act=hard_swish", SEPCC_ISA_AVX2, "r1",
         "sepcc_f32_separable_3x3__9x9x4_o3_nobias_dw_prelu_pw_hard_swish__avx2_r1"},
        {"inverted in=56x56x24 expand=144 out=24 kernel=3 pad=1 act=relu6 residual=yes", SEPCC_ISA_NEON,
         "r2v3", "sepcc_f32_inverted_3x3__56x56x24_e144_o24_p1_relu6_residual__neon_r2v3"},
        {"inverted in=9x9x2 expand=4 out=3 kernel=5 stride=2 expand.bias=no pw.bias=no dw.act=relu "
         "expand.act=clamp(-1.5,6) pw.act=prelu",
         SEPCC_ISA_SCALAR, "r2v3",
         "sepcc_f32_inverted_5x5s2__9x9x2_e4_o3_ex_nobias_clamp_m1p5_6_dw_relu_pw_nobias_prelu__scalar_r2v3"},
        {"pointwise in=1x1x1 out=1 act=clamp(-inf,-1e-10)", SEPCC_ISA_SSE, "x",
         "sepcc_f32_pointwise_1x1__1x1x1_o1_clamp_minf_m1em10__sse_x"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; ++i) {
        const struct spec spec = spec_good(cases[i].spec);
        char name[KERNEL_NAME_MAX + 1], plan[64];
        assert_int_equal(kernel_name_format(&spec, isa_get(cases[i].isa), cases[i].plan, name), 0);
        assert_string_equal(name, cases[i].name);
        struct spec back;
        const struct isa *isa;
        assert_int_equal(kernel_name_parse(name, &back, &isa, plan), 0);
        assert_stage_equal(&spec.stage, &back.stage, name);
        assert_ptr_equal(isa, isa_get(cases[i].isa));
        assert_string_equal(plan, cases[i].plan);
    }
}

/* A C identifier with exactly two double underscores. */
static void assert_well_formed(const char *name)
{
    size_t doubles = 0;
    const size_t length = strlen(name);
    assert_true(length <= KERNEL_NAME_MAX);
    assert_int_equal(strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_"), length);
    for (size_t i = 0; i + 1 < length; ++i)
        doubles += name[i] == '_' && name[i + 1] == '_';
    assert_int_equal(doubles, 2);
}

static void random_names_come_back(void **state)
{
    (void)state;
    uint64_t random = spec_test_seed("random_names_come_back");
    for (int i = 0; i < SWEEP; ++i) {
        struct spec spec, back;
        char text[SPEC_TEXT_MAX], name[KERNEL_NAME_MAX + 1], plan[64];
        random_spec(&random, &spec, text);
        const struct isa *isa = isa_get((enum sepcc_isa)(i % SEPCC_ISA_COUNT)), *isa_back;
        assert_int_equal(kernel_name_format(&spec, isa, "r2c3_k4", name), 0);
        assert_well_formed(name);
        if (kernel_name_parse(name, &back, &isa_back, plan) != 0)
            fail_msg("not read back: %s", name);
        assert_stage_equal(&spec.stage, &back.stage, name);
        assert_string_equal(back.name, "");
        assert_ptr_equal(isa_back, isa);
        assert_string_equal(plan, "r2c3_k4");
    }
}

/* Every part as long as it can be, whether or not such a stage is valid, with the longest plan. */
static void the_longest_name_of_one_layer_fits(void **state)
{
    (void)state;
    struct spec spec = spec_good("depthwise in=1x1x1 kernel=1 bias=no layout=nchw "
                                 "act=clamp(-1.17549435e-38,-1.1754942e-38)");
    struct sepcc_layer *layer = &spec.stage.layer[0];
    spec.stage.batch = layer->in_h = layer->in_w = layer->in_c = (1 << 24) - 1;
    layer->kernel_h = 255;
    layer->kernel_w = 254;
    layer->stride_h = layer->dilation_h = layer->pad_top = 65535;
    layer->stride_w = layer->dilation_w = layer->pad_left = layer->pad_bottom = layer->pad_right = 65534;
    layer->multiplier = 4096;
    layer->act_param[0] = layer->act_param[1] = -1.17549435e-38f;
    char plan[64], name[KERNEL_NAME_MAX + 1];
    memset(plan, 'p', 63);
    plan[63] = '\0';
    assert_int_equal(kernel_name_format(&spec, isa_get(SEPCC_ISA_AVX512), plan, name), 0);
    const size_t length = strlen(name);
    assert_true(length >= 64 && length < KERNEL_NAME_MAX);
    assert_string_equal(name + length - 63, plan);
}

/*
 * Valid stages with about all that a name can hold: three activations of long floats, two biases, all
 * paddings. There is room for a plan of 16 bytes; what does not fit is told, not cut in silence.
 */
static void the_longest_names_of_several_layers(void **state)
{
    (void)state;
#define ACTS                                                                                                 \
    "expand.act=clamp(-1.23456788e-20,-1.23456788e-30) dw.act=clamp(-1.23456788e-30,1.23456788e-20) "        \
    "pw.act=clamp(-1.23456788e-10,-1.23456788e-30) expand.bias=no dw.bias=no layout=nchw "
    static const char *const texts[] = {
        "inverted batch=10000 in=1000x1000x1000 expand=2001 out=1000000 kernel=2x3 stride=65535x65534 "
        "dilation=65533x65532 pad=65531,65532,65533,65534 " ACTS,
        "inverted batch=16777215 in=1x1x10000 expand=10000 out=10001 kernel=254x255 stride=65535x65534 "
        "dilation=515x514 pad=65531,65532,65533,65534 " ACTS,
    };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; ++i) {
        const struct spec spec = spec_good(texts[i]);
        char name[KERNEL_NAME_MAX + 1], plan[64];
        struct spec back;
        const struct isa *isa;
        if (kernel_name_format(&spec, isa_get(SEPCC_ISA_AVX512), "r16c16v16b16k16p", name) != 0)
            fail_msg("no room for %s", name);
        assert_well_formed(name);
        assert_int_equal(kernel_name_parse(name, &back, &isa, plan), 0);
        assert_stage_equal(&spec.stage, &back.stage, name);
        memset(plan, 'p', 63);
        plan[63] = '\0';
        assert_int_equal(kernel_name_format(&spec, isa_get(SEPCC_ISA_AVX512), plan, name), -1);
        assert_int_equal(strlen(name), KERNEL_NAME_MAX);
    }
}

static void other_texts_are_refused(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "",
        "__",
        "____",
        "sepcc",
        "sepcc_f32_depthwise_3x3__56x56x128",
        "sepcc_f32_depthwise_3x3__56x56x128__avx2",
        "sepcc_f32_depthwise_3x3__56x56x128__avx2_",
        "sepcc_f32_depthwise_3x3__56x56x128__avx3_r1",
        "sepcc_f32_depthwise_3x3__56x56x128__avx2_r1__x",
        "sepcc_f32_depthwise_3x3__56x56x128__avx2_r1-x",
        "sepcc_f32_separable_3x3__56x56x128__avx2_r1", /* no output channels */
        "sepcc_f64_depthwise_3x3__56x56x128__avx2_r1",
        "other_f32_depthwise_3x3__56x56x128__avx2_r1",
        "sepcc_f32_depthwise_3x3s1__56x56x128__avx2_r1",    /* a default spelt out */
        "sepcc_f32_depthwise_3__56x56x128__avx2_r1",        /* one number for two */
        "sepcc_f32_depthwise_03x3__56x56x128__avx2_r1",     /* another spelling of a number */
        "sepcc_f32_depthwise_3x3__56x56__avx2_r1",          /* no channels */
        "sepcc_f32_depthwise_3x3__2x2x1__avx2_r1",          /* an empty output */
        "sepcc_f32_depthwise_3x3__56x56x128_o4__avx2_r1",   /* a key of the other operation */
        "sepcc_f32_depthwise_3x3__56x56x128_p1_2__avx2_r1", /* two paddings */
        "sepcc_f32_depthwise_3x3__56x56x128_relu7__avx2_r1",
        "sepcc_f32_depthwise_3x3__56x56x128_relu_nobias__avx2_r1", /* out of order */
        "sepcc_f32_depthwise_3x3__56x56x128_clamp__avx2_r1",
        "sepcc_f32_depthwise_3x3__56x56x128_clamp_6_0__avx2_r1",
        "sepcc_f32_depthwise_3x3__56x56x128_clamp_0p10_6__avx2_r1",
        "sepcc_f32_depthwise_3x3d__56x56x128__avx2_r1",
        "sepcc_f32_depthwise_3x3s__56x56x128__avx2_r1",
        "sepcc_f32_pointwise_3x3__56x56x128_o4__avx2_r1",
        "sepcc_f32_pointwise_1x1d2__56x56x128_o4__avx2_r1",
        "sepcc_f32_pointwise_1x1__56x56x128__avx2_r1",
        "sepcc_f32_pointwise_1x1__56x56x128_o99999999__avx2_r1",
        "sepcc_f32_depthwise_3x3__56x56x128_dw_relu__avx2_r1", /* a layer's name without need */
        "sepcc_f32_depthwise_3x3__56x56x128_nhwc__avx2_r1",
        "sepcc_f32_depthwise_3x3__56x56x128_residual__avx2_r1",
        "sepcc_f32_depthwise_3x3__56x56x128_nchw_relu__avx2_r1",
        "sepcc_f32_depthwise_3x3__56x56x128_clamp_x00000000_6__avx2_r1", /* 0 is shorter */
        "sepcc_f32_depthwise_3x3__56x56x128_clamp_xbeaaaaa_6__avx2_r1",
        "sepcc_f32_depthwise_3x3__56x56x128_clamp_xBEAAAAAB_6__avx2_r1",
        "sepcc_f32_depthwise_3x3__56x56x128_clamp_x7fc12345_6__avx2_r1", /* NaN */
        "sepcc_f32_depthwise_3x3__56x56x128_leaky_relu_x7f800000__avx2_r1",
        "sepcc_f32_depthwise_3x3__56x56x128_clamp_m0p333333343_6__avx2_r1",   /* x... is shorter */
        "sepcc_f32_separable_3x3__56x56x128_o4_dw_nobias_pw_nobias__avx2_r1", /* nobias says both */
        "sepcc_f32_separable_3x3__56x56x128_o4_relu__avx2_r1",
        "sepcc_f32_separable_3x3__56x56x128_o4_pw_relu_dw_relu__avx2_r1",
        "sepcc_f32_separable_3x3__56x56x128_o4_dw__avx2_r1",
        "sepcc_f32_separable_3x3__56x56x128_e4_o4__avx2_r1",
        "sepcc_f32_inverted_3x3__56x56x128_o4__avx2_r1",
        "sepcc_f32_inverted_3x3__56x56x128_e4__avx2_r1",
        "sepcc_f32_inverted_3x3__56x56x128_e4_m2_o4__avx2_r1",
        "sepcc_f32_inverted_3x3__56x56x128_e4_o4_residual__avx2_r1",
        "sepcc_f32_inverted_3x3__56x56x128_e4_o128_p1_residual_relu__avx2_r1",
        "sepcc_f32_inverted_3x3__56x56x128_e4_o4_ex_relu_dw_relu__avx2_r1",
    };
    char printed[256];
    diag_capture(printed, sizeof printed);
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; ++i) {
        struct spec spec;
        const struct isa *isa;
        char plan[64];
        if (kernel_name_parse(texts[i], &spec, &isa, plan) != -1)
            fail_msg("accepted: %s", texts[i]);
    }
    diag_capture(NULL, 0);
    assert_string_equal(printed, ""); /* reading a name is quiet */
}

/* A name with one byte changed is either refused or is the name of another kernel. */
static void damaged_names_mean_something_else(void **state)
{
    (void)state;
    uint64_t random = spec_test_seed("damaged_names_mean_something_else");
    for (int i = 0; i < SWEEP; ++i) {
        struct spec spec, back;
        char text[SPEC_TEXT_MAX], name[KERNEL_NAME_MAX + 1], again[KERNEL_NAME_MAX + 1], plan[64];
        const struct isa *isa;
        random_spec(&random, &spec, text);
        kernel_name_format(&spec, isa_get(SEPCC_ISA_SSE), "r1", name);
        const size_t at = random_between(&random, 0, (uint32_t)strlen(name) - 1);
        name[at] = "_0123456789xpmsdbo(),.-"[random_between(&random, 0, 22)];
        if (kernel_name_parse(name, &back, &isa, plan) != 0)
            continue;
        kernel_name_format(&back, isa, plan, again);
        assert_string_equal(again, name);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_look_as_documented),
        cmocka_unit_test(random_names_come_back),
        cmocka_unit_test(the_longest_name_of_one_layer_fits),
        cmocka_unit_test(the_longest_names_of_several_layers),
        cmocka_unit_test(other_texts_are_refused),
        cmocka_unit_test(damaged_names_mean_something_else),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
