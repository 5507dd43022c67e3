/*
 * support_spec.c: random stages and texts that mean them, drawn without the parser or the printer.
 */
#include "support_spec.h"

#include <inttypes.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

uint64_t spec_test_seed(const char *test)
{
    const char *text = getenv("SEPCC_TEST_SEED");
    const uint64_t seed = text != NULL ? strtoull(text, NULL, 10) : 20240229;
    printf("%s: SEPCC_TEST_SEED=%" PRIu64 "\n", test, seed);
    return seed;
}

uint64_t random_next(uint64_t *state)
{
    *state += UINT64_C(0x9e3779b97f4a7c15);
    uint64_t z = *state;
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

uint32_t random_between(uint64_t *state, uint32_t low, uint32_t high)
{
    return low + (uint32_t)(random_next(state) % ((uint64_t)high - low + 1));
}

static bool chance(uint64_t *state, uint32_t one_in)
{
    return random_between(state, 1, one_in) == 1;
}

/* ---- stages ---------------------------------------------------------------------------------------- */

/* Mostly small, sometimes anything up to the limit. */
static uint32_t random_size(uint64_t *state, uint32_t low, uint32_t usual, uint32_t limit)
{
    return chance(state, 30) ? random_between(state, low, limit) : random_between(state, low, usual);
}

static float random_float(uint64_t *state)
{
    static const float usual[] = {0, -0.0f, 1, -1, 6, 0.01f, -1.5f, 0.1f, 1e10f, INFINITY, -INFINITY};
    if (chance(state, 2))
        return usual[random_between(state, 0, sizeof usual / sizeof usual[0] - 1)];
    for (;;) {
        const uint32_t bits = (uint32_t)random_next(state);
        float value;
        memcpy(&value, &bits, sizeof value);
        if (isfinite(value))
            return value;
    }
}

static void random_act(uint64_t *state, struct sepcc_layer *layer)
{
    layer->act = random_between(state, 0, SEPCC_ACT_COUNT - 1);
    if (layer->act == SEPCC_ACT_LEAKY_RELU) {
        do
            layer->act_param[0] = random_float(state);
        while (!isfinite(layer->act_param[0]));
    }
    if (layer->act == SEPCC_ACT_CLAMP) {
        do {
            layer->act_param[0] = random_float(state);
            layer->act_param[1] = random_float(state);
        } while (layer->act_param[0] > layer->act_param[1]);
    }
}

/* Both directions, often the same. */
static void random_pair(uint64_t *state, uint32_t usual, uint32_t limit, uint32_t *h, uint32_t *w)
{
    *h = random_size(state, 1, usual, limit);
    *w = chance(state, 2) ? *h : random_size(state, 1, usual, limit);
}

static void random_depthwise(uint64_t *state, struct sepcc_layer *layer)
{
    layer->op = SEPCC_OP_DEPTHWISE;
    layer->multiplier = chance(state, 2) ? 1 : random_size(state, 1, 5, 4096);
    layer->out_c = layer->in_c * layer->multiplier;
    random_pair(state, 15, 255, &layer->kernel_h, &layer->kernel_w);
    random_pair(state, 3, 65535, &layer->dilation_h, &layer->dilation_w);
    layer->pad_top = random_size(state, 0, 9, 65535);
    layer->pad_left = layer->pad_bottom = layer->pad_right = layer->pad_top;
    if (chance(state, 2)) {
        layer->pad_left = random_size(state, 0, 9, 65535);
        layer->pad_bottom = random_size(state, 0, 9, 65535);
        layer->pad_right = random_size(state, 0, 9, 65535);
    }
}

static void random_pointwise(uint64_t *state, struct sepcc_layer *layer)
{
    layer->op = SEPCC_OP_POINTWISE;
    layer->out_c = random_size(state, 1, 1024, (1 << 24) - 1);
    layer->multiplier = 1;
    layer->kernel_h = layer->kernel_w = 1;
    layer->dilation_h = layer->dilation_w = 1;
}

/* Counts the places where the kernel fits. */
static uint32_t count_outputs(uint64_t padded, uint32_t kernel, uint32_t dilation, uint32_t stride)
{
    uint32_t count = 0;
    const uint64_t last_tap = (uint64_t)(kernel - 1) * dilation;
    for (uint64_t at = 0; at + last_tap < padded; at += stride)
        ++count;
    return count;
}

static bool is_valid(const struct sepcc_stage *stage)
{
    const struct sepcc_layer *layer = &stage->layer[0];
    const double in = (double)layer->in_h * layer->in_w * layer->in_c;
    const double out = (double)layer->out_h * layer->out_w * layer->out_c;
    const double weights = layer->op == SEPCC_OP_DEPTHWISE
                               ? (double)layer->kernel_h * layer->kernel_w * layer->out_c
                               : (double)layer->in_c * layer->out_c;
    return out > 0 && layer->out_h < 1 << 24 && layer->out_w < 1 << 24 && layer->out_c < 1 << 24 &&
           in < 0x1p31 && out < 0x1p31 && weights < 0x1p31 &&
           4 * (stage->batch * (in + out) + weights) < 0x1p47;
}

static void random_stage(uint64_t *state, struct sepcc_stage *stage)
{
    memset(stage, 0, sizeof *stage);
    stage->layer_count = 1;
    stage->batch = chance(state, 2) ? 1 : random_size(state, 1, 16, (1 << 24) - 1);
    struct sepcc_layer *layer = &stage->layer[0];
    layer->in_h = random_size(state, 1, 60, (1 << 24) - 1);
    layer->in_w = random_size(state, 1, 60, (1 << 24) - 1);
    layer->in_c = random_size(state, 1, 300, (1 << 24) - 1);
    random_pair(state, 3, 65535, &layer->stride_h, &layer->stride_w);
    if (chance(state, 2))
        random_depthwise(state, layer);
    else
        random_pointwise(state, layer);
    stage->op = layer->op;
    layer->has_bias = !chance(state, 3);
    random_act(state, layer);
    layer->out_h = count_outputs((uint64_t)layer->in_h + layer->pad_top + layer->pad_bottom, layer->kernel_h,
                                 layer->dilation_h, layer->stride_h);
    layer->out_w = count_outputs((uint64_t)layer->in_w + layer->pad_left + layer->pad_right, layer->kernel_w,
                                 layer->dilation_w, layer->stride_w);
}

/* ---- texts ----------------------------------------------------------------------------------------- */

enum { WORDS_MAX = 16, WORD_MAX = 96 };

struct words {
    char text[WORDS_MAX][WORD_MAX];
    size_t count;
};

static void add_word(struct words *words, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void add_word(struct words *words, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vsnprintf(words->text[words->count++], WORD_MAX, format, args);
    va_end(args);
}

/* One number where both are equal (sometimes), nothing where it is the default (sometimes). */
static void add_pair(uint64_t *state, struct words *words, const char *key, uint32_t h, uint32_t w,
                     bool has_default)
{
    if (has_default && h == 1 && w == 1 && chance(state, 2))
        return;
    if (h == w && chance(state, 2))
        add_word(words, "%s=%s%u", key, chance(state, 8) ? "00" : "", h);
    else
        add_word(words, "%s=%ux%u", key, h, w);
}

static void add_pad(uint64_t *state, struct words *words, const struct sepcc_layer *layer)
{
    const bool equal = layer->pad_top == layer->pad_left && layer->pad_top == layer->pad_bottom &&
                       layer->pad_top == layer->pad_right;
    if (equal && layer->pad_top == 0 && chance(state, 2)) {
        if (chance(state, 2))
            add_word(words, "pad=valid");
    } else if (equal && chance(state, 2)) {
        add_word(words, "pad=%u", layer->pad_top);
    } else {
        add_word(words, "pad=%u,%u,%u,%u", layer->pad_top, layer->pad_left, layer->pad_bottom,
                 layer->pad_right);
    }
}

static void add_act(uint64_t *state, struct words *words, const char *key, const struct sepcc_layer *layer)
{
    static const char *const names[] = {"none",  "relu",       "relu6",        "",        "",
                                        "prelu", "hard_swish", "hard_sigmoid", "sigmoid", "silu"};
    if (layer->act == SEPCC_ACT_NONE && chance(state, 2))
        return;
    const double first = (double)layer->act_param[0], second = (double)layer->act_param[1];
    if (layer->act == SEPCC_ACT_CLAMP)
        add_word(words, "%s=clamp(%.9g,%.12e)", key, first, second);
    else if (layer->act == SEPCC_ACT_LEAKY_RELU)
        add_word(words, "%s=leaky_relu(%.10g)", key, first);
    else
        add_word(words, "%s=%s", key, names[layer->act]);
}

static void add_own_words(uint64_t *state, struct words *words, const struct sepcc_layer *layer)
{
    if (layer->op == SEPCC_OP_POINTWISE) {
        add_word(words, "out=%u", layer->out_c);
        return;
    }
    add_pair(state, words, "kernel", layer->kernel_h, layer->kernel_w, false);
    add_pair(state, words, "dilation", layer->dilation_h, layer->dilation_w, true);
    add_pad(state, words, layer);
    if (layer->multiplier > 1 || chance(state, 2))
        add_word(words, "mult=%u", layer->multiplier);
}

static void shuffle(uint64_t *state, struct words *words)
{
    for (size_t i = words->count; i > 1; --i) {
        const size_t j = random_between(state, 0, (uint32_t)i - 1);
        char saved[WORD_MAX];
        memcpy(saved, words->text[i - 1], WORD_MAX);
        memcpy(words->text[i - 1], words->text[j], WORD_MAX);
        memcpy(words->text[j], saved, WORD_MAX);
    }
}

static void random_text(uint64_t *state, const struct spec *spec, char *text)
{
    const struct sepcc_layer *layer = &spec->stage.layer[0];
    const bool depthwise = layer->op == SEPCC_OP_DEPTHWISE;
    struct words words = {.count = 0};
    if (spec->name[0] != '\0')
        add_word(&words, "name=%s", spec->name);
    add_word(&words, "in=%ux%ux%u", layer->in_h, layer->in_w, layer->in_c);
    if (spec->stage.batch > 1 || chance(state, 2))
        add_word(&words, "batch=%u", spec->stage.batch);
    add_pair(state, &words, "stride", layer->stride_h, layer->stride_w, true);
    add_own_words(state, &words, layer);
    const char *bias = chance(state, 2) ? "bias" : depthwise ? "dw.bias" : "pw.bias";
    if (layer->has_bias == 0 || chance(state, 2))
        add_word(&words, "%s=%s", bias, layer->has_bias != 0 ? "yes" : "no");
    add_act(state, &words, chance(state, 2) ? "act" : depthwise ? "dw.act" : "pw.act", layer);
    if (chance(state, 4))
        add_word(&words, "layout=nhwc");
    if (chance(state, 4))
        add_word(&words, "dtype=f32");
    shuffle(state, &words);
    size_t used = (size_t)snprintf(text, SPEC_TEXT_MAX, "%s%s", chance(state, 4) ? " \t" : "",
                                   depthwise ? "depthwise" : "pointwise");
    for (size_t i = 0; i < words.count; ++i)
        used += (size_t)snprintf(text + used, SPEC_TEXT_MAX - used, "%s%s", chance(state, 4) ? "\t  " : " ",
                                 words.text[i]);
    assert_true(used < SPEC_TEXT_MAX);
}

void random_spec(uint64_t *state, struct spec *spec, char *text)
{
    memset(spec, 0, sizeof *spec);
    do
        random_stage(state, &spec->stage);
    while (!is_valid(&spec->stage));
    if (chance(state, 2))
        snprintf(spec->name, sizeof spec->name, "_layer%u", random_between(state, 0, 999));
    random_text(state, spec, text);
}

/* ---- parsing --------------------------------------------------------------------------------------- */

char spec_printed[SPEC_PRINTED_MAX];

enum exit_status spec_try(const char *text, struct spec *spec)
{
    diag_capture(spec_printed, sizeof spec_printed);
    const enum exit_status status = spec_parse(text, (struct position){"f.layers", 7, 1}, spec);
    diag_capture(NULL, 0);
    return status;
}

struct spec spec_good(const char *text)
{
    struct spec spec;
    if (spec_try(text, &spec) != STATUS_DONE)
        fail_msg("refused: %s: %s", text, spec_printed);
    assert_string_equal(spec_printed, "");
    return spec;
}

/* ---- comparing ------------------------------------------------------------------------------------- */

static uint32_t float_bits(float value)
{
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    return bits;
}

void assert_stage_equal(const struct sepcc_stage *expected, const struct sepcc_stage *actual,
                        const char *text)
{
    const struct sepcc_layer *e = &expected->layer[0], *a = &actual->layer[0];
    const struct {
        const char *name;
        uint32_t expected, actual;
    } fields[] = {
        {"op", expected->op, actual->op},
        {"dtype", expected->dtype, actual->dtype},
        {"layout", expected->layout, actual->layout},
        {"batch", expected->batch, actual->batch},
        {"residual", expected->residual, actual->residual},
        {"layer_count", expected->layer_count, actual->layer_count},
        {"layer op", e->op, a->op},
        {"in_h", e->in_h, a->in_h},
        {"in_w", e->in_w, a->in_w},
        {"in_c", e->in_c, a->in_c},
        {"out_h", e->out_h, a->out_h},
        {"out_w", e->out_w, a->out_w},
        {"out_c", e->out_c, a->out_c},
        {"kernel_h", e->kernel_h, a->kernel_h},
        {"kernel_w", e->kernel_w, a->kernel_w},
        {"stride_h", e->stride_h, a->stride_h},
        {"stride_w", e->stride_w, a->stride_w},
        {"dilation_h", e->dilation_h, a->dilation_h},
        {"dilation_w", e->dilation_w, a->dilation_w},
        {"pad_top", e->pad_top, a->pad_top},
        {"pad_left", e->pad_left, a->pad_left},
        {"pad_bottom", e->pad_bottom, a->pad_bottom},
        {"pad_right", e->pad_right, a->pad_right},
        {"multiplier", e->multiplier, a->multiplier},
        {"has_bias", e->has_bias, a->has_bias},
        {"act", e->act, a->act},
        {"act_param[0]", float_bits(e->act_param[0]), float_bits(a->act_param[0])},
        {"act_param[1]", float_bits(e->act_param[1]), float_bits(a->act_param[1])},
    };
    for (size_t i = 0; i < sizeof fields / sizeof fields[0]; ++i)
        if (fields[i].expected != fields[i].actual)
            fail_msg("%s is %u, expected %u, in: %s", fields[i].name, fields[i].actual, fields[i].expected,
                     text);
}
