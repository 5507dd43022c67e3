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

static void random_window(uint64_t *state, struct sepcc_layer *layer)
{
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

static void random_depthwise(uint64_t *state, struct sepcc_layer *layer)
{
    layer->op = SEPCC_OP_DEPTHWISE;
    layer->multiplier = chance(state, 2) ? 1 : random_size(state, 1, 5, 4096);
    layer->out_c = layer->in_c * layer->multiplier;
    random_window(state, layer);
}

static void random_conv(uint64_t *state, struct sepcc_layer *layer)
{
    layer->op = SEPCC_OP_CONV;
    layer->out_c = random_size(state, 1, 1024, (1 << 24) - 1);
    layer->multiplier = 1;
    random_window(state, layer);
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
    double images = (double)stage->layer[0].in_h * stage->layer[0].in_w * stage->layer[0].in_c, weights = 0;
    bool valid = images < 0x1p31;
    for (uint32_t i = 0; i < stage->layer_count; ++i) {
        const struct sepcc_layer *layer = &stage->layer[i];
        const double out = (double)layer->out_h * layer->out_w * layer->out_c;
        const double inputs = layer->op == SEPCC_OP_DEPTHWISE ? 1 : layer->in_c;
        const double count = inputs * layer->kernel_h * layer->kernel_w * layer->out_c;
        valid = valid && out > 0 && layer->out_h < 1 << 24 && layer->out_w < 1 << 24 &&
                layer->out_c < 1 << 24 && out < 0x1p31 && count < 0x1p31;
        images += out;
        weights += count;
    }
    return valid && 4 * (stage->batch * images + weights) < 0x1p47;
}

/* Everything of a layer but its input; only the layer with the window has a stride of its own. */
static void random_layer(uint64_t *state, struct sepcc_layer *layer, uint32_t op, bool strided)
{
    layer->stride_h = layer->stride_w = 1;
    if (strided)
        random_pair(state, 3, 65535, &layer->stride_h, &layer->stride_w);
    if (op == SEPCC_OP_DEPTHWISE)
        random_depthwise(state, layer);
    else if (op == SEPCC_OP_POINTWISE)
        random_pointwise(state, layer);
    else
        random_conv(state, layer);
    layer->has_bias = !chance(state, 3);
    random_act(state, layer);
    layer->out_h = count_outputs((uint64_t)layer->in_h + layer->pad_top + layer->pad_bottom, layer->kernel_h,
                                 layer->dilation_h, layer->stride_h);
    layer->out_w = count_outputs((uint64_t)layer->in_w + layer->pad_left + layer->pad_right, layer->kernel_w,
                                 layer->dilation_w, layer->stride_w);
}

static void copy_act(struct sepcc_layer *to, const struct sepcc_layer *from)
{
    to->act = from->act;
    memcpy(to->act_param, from->act_param, sizeof to->act_param);
}

/* What the grammar of `inverted` allows and what a shorthand can say, often enough. */
static void make_inverted(uint64_t *state, struct sepcc_stage *stage)
{
    struct sepcc_layer *expand = &stage->layer[0], *dw = &stage->layer[1], *pw = &stage->layer[2];
    dw->multiplier = 1;
    dw->out_c = pw->in_c = dw->in_c;
    if (chance(state, 2))
        copy_act(dw, expand);
    if (chance(state, 4))
        expand->has_bias = dw->has_bias = pw->has_bias = 0;
    if (chance(state, 2))
        pw->out_c = expand->in_c;
    stage->residual = expand->in_h == pw->out_h && expand->in_w == pw->out_w && expand->in_c == pw->out_c &&
                      chance(state, 2);
}

static void random_stage(uint64_t *state, struct sepcc_stage *stage)
{
    static const struct {
        uint32_t count, op[SEPCC_MAX_LAYERS];
    } layers[] = {
        [SEPCC_OP_DEPTHWISE] = {1, {SEPCC_OP_DEPTHWISE}},
        [SEPCC_OP_POINTWISE] = {1, {SEPCC_OP_POINTWISE}},
        [SEPCC_OP_SEPARABLE] = {2, {SEPCC_OP_DEPTHWISE, SEPCC_OP_POINTWISE}},
        [SEPCC_OP_INVERTED] = {3, {SEPCC_OP_POINTWISE, SEPCC_OP_DEPTHWISE, SEPCC_OP_POINTWISE}},
        [SEPCC_OP_CONV] = {1, {SEPCC_OP_CONV}},
    };
    memset(stage, 0, sizeof *stage);
    stage->op = random_between(state, SEPCC_OP_DEPTHWISE, SEPCC_OP_CONV);
    stage->layout = chance(state, 3) ? SEPCC_NCHW : SEPCC_NHWC;
    stage->layer_count = layers[stage->op].count;
    stage->batch = chance(state, 2) ? 1 : random_size(state, 1, 16, (1 << 24) - 1);
    struct sepcc_layer *layer = &stage->layer[0];
    layer->in_h = random_size(state, 1, 60, (1 << 24) - 1);
    layer->in_w = random_size(state, 1, 60, (1 << 24) - 1);
    layer->in_c = random_size(state, 1, 300, (1 << 24) - 1);
    for (uint32_t i = 0; i < stage->layer_count; ++i, ++layer) {
        const uint32_t op = layers[stage->op].op[i];
        if (i > 0) {
            layer->in_h = layer[-1].out_h;
            layer->in_w = layer[-1].out_w;
            layer->in_c = layer[-1].out_c;
        }
        random_layer(state, layer, op, op == SEPCC_OP_DEPTHWISE || stage->layer_count == 1);
    }
    if (stage->op == SEPCC_OP_INVERTED)
        make_inverted(state, stage);
}

/* ---- texts ----------------------------------------------------------------------------------------- */

enum { WORDS_MAX = 24, WORD_MAX = 96 };

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

static void add_bias(uint64_t *state, struct words *words, const char *key, uint32_t has_bias)
{
    if (has_bias == 0 || chance(state, 2))
        add_word(words, "%s=%s", key, has_bias != 0 ? "yes" : "no");
}

/* kernel, dilation, pad and mult, of the depthwise layer. */
static void add_window(uint64_t *state, struct words *words, const struct sepcc_layer *layer, bool with_mult)
{
    add_pair(state, words, "kernel", layer->kernel_h, layer->kernel_w, false);
    add_pair(state, words, "dilation", layer->dilation_h, layer->dilation_w, true);
    add_pad(state, words, layer);
    if (with_mult && (layer->multiplier > 1 || chance(state, 2)))
        add_word(words, "mult=%u", layer->multiplier);
}

static bool act_equal(const struct sepcc_layer *a, const struct sepcc_layer *b)
{
    return a->act == b->act && memcmp(&a->act_param, &b->act_param, sizeof a->act_param) == 0;
}

/* By the layers' own keys, or by the shorthands where they can say it. */
static void add_biases_and_acts(uint64_t *state, struct words *words, const struct sepcc_stage *stage)
{
    static const char *const prefixes[][SEPCC_MAX_LAYERS] = {
        [SEPCC_OP_DEPTHWISE] = {"dw"},
        [SEPCC_OP_POINTWISE] = {"pw"},
        [SEPCC_OP_SEPARABLE] = {"dw", "pw"},
        [SEPCC_OP_INVERTED] = {"expand", "dw", "pw"},
        [SEPCC_OP_CONV] = {""},
    };
    const struct sepcc_layer *layer = stage->layer;
    const uint32_t count = stage->layer_count, last = count - 1;
    const bool shorthand = stage->op == SEPCC_OP_CONV; /* its layer has no keys of its own */
    const bool one_bias = layer[0].has_bias == layer[last].has_bias &&
                          layer[0].has_bias == layer[last / 2].has_bias && (shorthand || chance(state, 2));
    /* `act` means the last layer; of an inverted stage the first two */
    bool one_act = (count < 3 || act_equal(&layer[0], &layer[1])) && (shorthand || chance(state, 2));
    const uint32_t act_from = count < 3 ? last : 0, act_to = count < 3 ? last : 1;
    if (one_bias)
        add_bias(state, words, "bias", layer[0].has_bias);
    if (one_act)
        add_act(state, words, "act", &layer[act_from]);
    for (uint32_t i = 0; i < count; ++i) {
        char key[32];
        snprintf(key, sizeof key, "%s.bias", prefixes[stage->op][i]);
        if (!one_bias)
            add_bias(state, words, key, layer[i].has_bias);
        snprintf(key, sizeof key, "%s.act", prefixes[stage->op][i]);
        if (!one_act || i < act_from || i > act_to)
            add_act(state, words, key, &layer[i]);
    }
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

static void add_words(uint64_t *state, struct words *words, const struct spec *spec)
{
    const struct sepcc_stage *stage = &spec->stage;
    const struct sepcc_layer *first = &stage->layer[0], *last = &stage->layer[stage->layer_count - 1];
    const struct sepcc_layer *window = stage->op == SEPCC_OP_INVERTED ? &stage->layer[1] : first;
    if (spec->name[0] != '\0')
        add_word(words, "name=%s", spec->name);
    add_word(words, "in=%ux%ux%u", first->in_h, first->in_w, first->in_c);
    if (stage->op == SEPCC_OP_INVERTED)
        add_word(words, "expand=%u", first->out_c);
    if (stage->op != SEPCC_OP_DEPTHWISE)
        add_word(words, "out=%u", last->out_c);
    if (stage->batch > 1 || chance(state, 2))
        add_word(words, "batch=%u", stage->batch);
    add_pair(state, words, "stride", window->stride_h, window->stride_w, true);
    if (stage->op != SEPCC_OP_POINTWISE)
        add_window(state, words, window, stage->op == SEPCC_OP_DEPTHWISE || stage->op == SEPCC_OP_SEPARABLE);
    add_biases_and_acts(state, words, stage);
    if (stage->residual != 0 || (stage->op == SEPCC_OP_INVERTED && chance(state, 2)))
        add_word(words, "residual=%s", stage->residual != 0 ? "yes" : "no");
    if (stage->layout == SEPCC_NCHW || chance(state, 4))
        add_word(words, "layout=%s", stage->layout == SEPCC_NCHW ? "nchw" : "nhwc");
    if (chance(state, 4))
        add_word(words, "dtype=f32");
}

static void random_text(uint64_t *state, const struct spec *spec, char *text)
{
    static const char *const ops[] = {"", "depthwise", "pointwise", "separable", "inverted", "conv"};
    struct words words = {.count = 0};
    add_words(state, &words, spec);
    shuffle(state, &words);
    size_t used =
        (size_t)snprintf(text, SPEC_TEXT_MAX, "%s%s", chance(state, 4) ? " \t" : "", ops[spec->stage.op]);
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

struct field {
    const char *name;
    uint32_t expected, actual;
};

static void assert_fields_equal(const struct field *fields, size_t count, uint32_t layer, const char *text)
{
    for (size_t i = 0; i < count; ++i)
        if (fields[i].expected != fields[i].actual)
            fail_msg("%s of layer %u is %u, expected %u, in: %s", fields[i].name, layer, fields[i].actual,
                     fields[i].expected, text);
}

static void assert_layer_equal(const struct sepcc_layer *e, const struct sepcc_layer *a, uint32_t layer,
                               const char *text)
{
    const struct field fields[] = {
        {"op", e->op, a->op},
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
    assert_fields_equal(fields, sizeof fields / sizeof fields[0], layer, text);
}

void assert_stage_equal(const struct sepcc_stage *expected, const struct sepcc_stage *actual,
                        const char *text)
{
    const struct field fields[] = {
        {"stage's op", expected->op, actual->op},
        {"stage's dtype", expected->dtype, actual->dtype},
        {"stage's layout", expected->layout, actual->layout},
        {"stage's batch", expected->batch, actual->batch},
        {"stage's residual", expected->residual, actual->residual},
        {"stage's layer_count", expected->layer_count, actual->layer_count},
    };
    assert_fields_equal(fields, sizeof fields / sizeof fields[0], 0, text);
    for (uint32_t i = 0; i < expected->layer_count; ++i)
        assert_layer_equal(&expected->layer[i], &actual->layer[i], i, text);
}

struct plan plan_good(const char *spec_text, enum sepcc_isa isa, const char *text)
{
    const struct spec spec = spec_good(spec_text);
    struct plan_request request;
    struct plan plan;
    assert_int_equal(plan_request_parse(text, NOWHERE, &request), STATUS_DONE);
    assert_int_equal(plan_make(&spec, isa_get(isa), &request, NOWHERE, &plan), STATUS_DONE);
    return plan;
}
