/*
 * support_kernels.c: lists of cases, and drawing them: stages whose sizes lie around those of the vectors and
 * register tiles, and plans.
 */
#include "support_kernels.h"

#include "sepcc.h"
#include "spec/name.h"
#include "support_spec.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { OUTPUT_MOST = 200000, PLAN_TRIES = 30, MESSAGE_MAX = 1536 };

static const struct position at_plan = {"--plan", 0, 0};

void cases_free(struct case_list *list)
{
    for (size_t i = 0; i < list->count; ++i)
        free(list->items[i].kernel);
    free(list->items);
    *list = (struct case_list){0};
}

/* ---- adding ---------------------------------------------------------------------------------------- */

/* The kernel's name, malloc'ed; NULL when the plan is impossible. */
static char *name_of(const struct spec *spec, const struct isa *isa, const char *plan_text)
{
    char message[MESSAGE_MAX] = "", short_form[PLAN_SHORT_MAX], name[KERNEL_NAME_MAX + 1];
    struct plan_request request;
    struct plan plan;
    diag_capture(message, sizeof message);
    enum exit_status status = plan_request_parse(plan_text, at_plan, &request);
    if (status == STATUS_DONE)
        status = plan_make(spec, isa, &request, at_plan, &plan);
    diag_capture(NULL, 0);
    if (status != STATUS_DONE) {
        if (strstr(message, "[plan-impossible]") == NULL || plan_text[0] == '\0')
            fail_msg("--plan '%s': %s", plan_text, message);
        return NULL;
    }
    plan_short(&plan, short_form);
    kernel_name_format(spec, isa, short_form, name);
    plan_free(&plan);
    return strdup(name);
}

static bool has_kernel(const struct case_list *list, const char *name)
{
    for (size_t i = 0; i < list->count; ++i)
        if (strcmp(list->items[i].kernel, name) == 0)
            return true;
    return false;
}

static struct kernel_case *grow(struct case_list *list)
{
    if (list->count == list->capacity) {
        const size_t capacity = list->capacity == 0 ? 64 : 2 * list->capacity;
        struct kernel_case *items = realloc(list->items, capacity * sizeof *items);
        assert_non_null(items);
        list->items = items;
        list->capacity = capacity;
    }
    struct kernel_case *added = &list->items[list->count++];
    memset(added, 0, sizeof *added);
    return added;
}

static bool add(struct case_list *list, const struct isa *isa, const struct spec *spec, const char *plan)
{
    char *name = name_of(spec, isa, plan);
    if (name == NULL || has_kernel(list, name)) {
        free(name);
        return false;
    }
    struct kernel_case *added = grow(list);
    added->isa = isa;
    added->spec = *spec;
    added->kernel = name;
    assert_true(snprintf(added->plan, sizeof added->plan, "%s", plan) < CASE_PLAN_MAX);
    return true;
}

bool cases_add(struct case_list *list, const struct isa *isa, const char *spec_text, const char *plan)
{
    const struct spec spec = spec_good(spec_text);
    return add(list, isa, &spec, plan);
}

/* ---- drawing stages -------------------------------------------------------------------------------- */

static bool chance(uint64_t *state, uint32_t one_in)
{
    return random_between(state, 1, one_in) == 1;
}

static uint32_t pick(uint64_t *state, const uint32_t *values, size_t count)
{
    return values[random_between(state, 0, (uint32_t)count - 1)];
}

/* Around a whole number of vectors, or an awkward one. */
static uint32_t draw_channels(uint64_t *state, const struct isa *isa, uint32_t most)
{
    static const uint32_t awkward[] = {1, 2, 3, 5, 13, 58, 77};
    uint32_t channels;
    switch (random_between(state, 0, 4)) {
    case 0:
        channels = pick(state, awkward, sizeof awkward / sizeof awkward[0]);
        break;
    case 1:
        channels = random_between(state, 1, most);
        break;
    default:
        channels = isa->lanes * random_between(state, 1, 5) + random_between(state, 0, 2) - 1;
        break;
    }
    return channels < 1 ? 1 : channels > most ? most : channels;
}

static void draw_map(uint64_t *state, uint32_t *h, uint32_t *w)
{
    static const uint32_t named[][2] = {{1, 1}, {1, 30}, {30, 1}, {7, 5}, {14, 14}, {193, 97}};
    if (chance(state, 5)) {
        const uint32_t *map = named[random_between(state, 0, sizeof named / sizeof named[0] - 1)];
        *h = map[0];
        *w = map[1];
        return;
    }
    const uint32_t most = chance(state, 4) ? 40 : 13;
    *h = random_between(state, 1, most);
    *w = random_between(state, 1, most);
}

static uint32_t draw_kernel(uint64_t *state)
{
    static const uint32_t usual[] = {1, 2, 3, 3, 3, 4, 5, 5, 6, 7, 8, 9};
    return chance(state, 12) ? random_between(state, 10, 15)
                             : pick(state, usual, sizeof usual / sizeof usual[0]);
}

static uint32_t draw_pad(uint64_t *state, uint32_t kernel)
{
    return chance(state, 8) ? random_between(state, kernel, kernel + 5)
                            : random_between(state, 0, kernel - 1);
}

static uint32_t draw_multiplier(uint64_t *state)
{
    static const uint32_t large[] = {7, 8, 13, 16, 17, 40};
    if (chance(state, 2))
        return 1;
    return chance(state, 5) ? pick(state, large, sizeof large / sizeof large[0])
                            : random_between(state, 1, 5);
}

static const char *draw_act(uint64_t *state)
{
    static const char *const acts[] = {
        "none",          "relu",       "relu6", "clamp(-0.5,0.75)", "clamp(-inf,0.1)", "clamp(0.1,inf)",
        "leaky_relu(0)", "hard_swish", "prelu", "leaky_relu(0.3)",  "leaky_relu(-1)",  "clamp(-0,1e-40)",
        "hard_sigmoid",  "sigmoid",    "silu",  "clamp(-1,-1)",     "prelu",
    };
    return acts[chance(state, 3) ? 0 : random_between(state, 0, sizeof acts / sizeof acts[0] - 1)];
}

/* The activation and bias of one layer; role is "" or "dw." and so on. */
static void add_layer(uint64_t *state, const char *role, char text[SPEC_TEXT_MAX])
{
    const size_t length = strlen(text);
    (void)snprintf(text + length, SPEC_TEXT_MAX - length, " %sact=%s %sbias=%s", role, draw_act(state), role,
                   chance(state, 3) ? "no" : "yes");
}

/* Stride, dilation and padding of a depthwise layer. */
static void add_window(uint64_t *state, uint32_t kernel_h, uint32_t kernel_w, char text[SPEC_TEXT_MAX])
{
    const uint32_t stride = random_between(state, 1, 3), dilation = chance(state, 4) ? 2 : 1;
    const size_t length = strlen(text);
    (void)snprintf(text + length, SPEC_TEXT_MAX - length,
                   " kernel=%ux%u stride=%ux%u dilation=%ux%u pad=%u,%u,%u,%u", kernel_h, kernel_w, stride,
                   chance(state, 4) ? random_between(state, 1, 3) : stride, dilation,
                   chance(state, 4) ? random_between(state, 1, 3) : dilation, draw_pad(state, kernel_h),
                   draw_pad(state, kernel_w), draw_pad(state, kernel_h), draw_pad(state, kernel_w));
}

static void draw_depthwise(uint64_t *state, const struct isa *isa, char text[SPEC_TEXT_MAX])
{
    uint32_t h, w;
    draw_map(state, &h, &w);
    const uint32_t kernel_h = draw_kernel(state), kernel_w = chance(state, 3) ? draw_kernel(state) : kernel_h;
    (void)snprintf(text, SPEC_TEXT_MAX, "depthwise batch=%u in=%ux%ux%u mult=%u",
                   chance(state, 6) ? random_between(state, 2, 3) : 1, h, w, draw_channels(state, isa, 90),
                   draw_multiplier(state));
    add_window(state, kernel_h, kernel_w, text);
    add_layer(state, "", text);
}

static void draw_pointwise(uint64_t *state, const struct isa *isa, char text[SPEC_TEXT_MAX])
{
    uint32_t h, w;
    draw_map(state, &h, &w);
    const uint32_t stride = chance(state, 3) ? 2 : 1;
    (void)snprintf(text, SPEC_TEXT_MAX, "pointwise batch=%u in=%ux%ux%u out=%u stride=%ux%u",
                   chance(state, 6) ? random_between(state, 2, 3) : 1, h, w, draw_channels(state, isa, 200),
                   draw_channels(state, isa, 200), stride, chance(state, 6) ? 3 - stride : stride);
    add_layer(state, "", text);
}

static void draw_separable(uint64_t *state, const struct isa *isa, char text[SPEC_TEXT_MAX])
{
    uint32_t h, w;
    draw_map(state, &h, &w);
    const uint32_t kernel_h = draw_kernel(state), kernel_w = chance(state, 3) ? draw_kernel(state) : kernel_h;
    (void)snprintf(text, SPEC_TEXT_MAX, "separable batch=%u in=%ux%ux%u out=%u mult=%u",
                   chance(state, 6) ? random_between(state, 2, 3) : 1, h, w, draw_channels(state, isa, 60),
                   draw_channels(state, isa, 60), chance(state, 2) ? 1 : random_between(state, 2, 9));
    add_window(state, kernel_h, kernel_w, text);
    add_layer(state, "dw.", text);
    add_layer(state, "pw.", text);
}

static void draw_inverted(uint64_t *state, const struct isa *isa, char text[SPEC_TEXT_MAX])
{
    const bool residual = chance(state, 3); /* then the output is of the input's size */
    const uint32_t in_c = draw_channels(state, isa, 40), out_c = draw_channels(state, isa, 40);
    const uint32_t kernel_h = draw_kernel(state), kernel_w = chance(state, 3) ? draw_kernel(state) : kernel_h;
    uint32_t h, w;
    draw_map(state, &h, &w);
    const size_t length =
        (size_t)snprintf(text, SPEC_TEXT_MAX, "inverted batch=%u in=%ux%ux%u expand=%u out=%u",
                         chance(state, 6) ? random_between(state, 2, 3) : 1, h, w, in_c,
                         draw_channels(state, isa, 90), residual ? in_c : out_c);
    if (residual)
        (void)snprintf(text + length, SPEC_TEXT_MAX - length, " kernel=%ux%u pad=same residual=yes", kernel_h,
                       kernel_w);
    else
        add_window(state, kernel_h, kernel_w, text);
    add_layer(state, "expand.", text);
    add_layer(state, "dw.", text);
    add_layer(state, "pw.", text);
}

static void draw_conv(uint64_t *state, const struct isa *isa, char text[SPEC_TEXT_MAX])
{
    uint32_t h, w;
    draw_map(state, &h, &w);
    const uint32_t kernel_h = draw_kernel(state), kernel_w = chance(state, 3) ? draw_kernel(state) : kernel_h;
    (void)snprintf(text, SPEC_TEXT_MAX, "conv batch=%u in=%ux%ux%u out=%u",
                   chance(state, 6) ? random_between(state, 2, 3) : 1, h, w, draw_channels(state, isa, 40),
                   draw_channels(state, isa, 90));
    add_window(state, kernel_h, kernel_w, text);
    add_layer(state, "", text);
}

typedef void draw_stage(uint64_t *state, const struct isa *isa, char text[SPEC_TEXT_MAX]);

/* One stage in three has planes. */
static void draw_layout(uint64_t *state, char text[SPEC_TEXT_MAX])
{
    if (chance(state, 3))
        (void)strncat(text, " layout=nchw", SPEC_TEXT_MAX - strlen(text) - 1);
}

/* A stage that is not empty and not too much work. */
static struct spec draw_spec(uint64_t *state, const struct isa *isa, uint64_t fma_most)
{
    const uint64_t most = fma_most > FMA_USUAL && !chance(state, 30) ? FMA_USUAL : fma_most;
    static draw_stage *const draws[] = {draw_depthwise, draw_depthwise, draw_depthwise,
                                        draw_depthwise, draw_pointwise, draw_pointwise,
                                        draw_separable, draw_inverted,  draw_conv};
    draw_stage *const draw = draws[random_between(state, 0, sizeof draws / sizeof draws[0] - 1)];
    for (;;) {
        char text[SPEC_TEXT_MAX];
        struct spec spec;
        draw(state, isa, text);
        draw_layout(state, text);
        if (spec_try(text, &spec) != STATUS_DONE) {
            if (strstr(spec_printed, "[spec-empty]") == NULL)
                fail_msg("%s: %s", text, spec_printed);
        } else if (sepcc_stage_fma_count(&spec.stage) <= most &&
                   sepcc_stage_output_count(&spec.stage) <= OUTPUT_MOST)
            return spec;
    }
}

/* ---- drawing plans --------------------------------------------------------------------------------- */

static void add_key(char text[CASE_PLAN_MAX], const char *key, uint32_t value)
{
    const size_t length = strlen(text);
    (void)snprintf(text + length, CASE_PLAN_MAX - length, "%s%s=%u", length > 0 ? "," : "", key, value);
}

static void add_word(char text[CASE_PLAN_MAX], const char *key, const char *word)
{
    const size_t length = strlen(text);
    (void)snprintf(text + length, CASE_PLAN_MAX - length, "%s%s=%s", length > 0 ? "," : "", key, word);
}

/* Units of a fused stage: of some rows, of a multiple of those of a tile when they are given, or whole
 * images. */
static void draw_units(uint64_t *state, uint32_t rows, uint32_t most, char *text)
{
    if (chance(state, 5))
        add_word(text, "fuse", "no");
    else if (chance(state, 2))
        add_key(text, "unit", (rows != 0 ? rows : 1) * random_between(state, 1, most));
}

/* The keys of a depthwise layer, in a kernel of its own or in a fused one. */
static void draw_plan_depthwise(uint64_t *state, const struct sepcc_layer *layer, const struct isa *isa,
                                bool fused, char *text)
{
    static const char *const unrolls[] = {"full", "row", "none"};
    static const char *const prefetches[] = {"no", "input", "output"};
    if (!chance(state, 3))
        add_word(text, "unroll", unrolls[random_between(state, 0, 2)]);
    const bool looped = strstr(text, "none") != NULL;
    if (strstr(text, "full") != NULL && layer->multiplier == 1 && isa->lanes > 1 && !fused &&
        chance(state, 2))
        add_word(text, "prefetch", prefetches[random_between(state, 0, 2)]);
    const uint32_t rows = looped || chance(state, 3) ? 0 : random_between(state, 1, 4);
    const uint32_t vectors =
        layer->multiplier == 1 || layer->multiplier > isa->lanes / 2 ? random_between(state, 1, 3) : 1;
    if (rows != 0)
        add_key(text, "rows", rows);
    if (!chance(state, 3))
        add_key(text, "columns", random_between(state, 1, 8));
    if (!chance(state, 3))
        add_key(text, "vectors", vectors);
    if (!looped && chance(state, 2))
        add_key(text, "hold", random_between(state, 1, layer->kernel_w < 4 ? layer->kernel_w : 4));
    if (fused)
        draw_units(state, rows, 5, text);
    else if (chance(state, 2))
        add_key(text, "block",
                layer->multiplier == 1 ? vectors * isa->lanes * random_between(state, 1, 3)
                                       : layer->multiplier * isa->lanes * random_between(state, 1, 2));
}

static void draw_plan_pointwise(uint64_t *state, const struct sepcc_layer *layer, const struct isa *isa,
                                char *text)
{
    static const char *const prefetches[] = {"no", "weights", "input", "output"};
    if (!chance(state, 3))
        add_key(text, "rows", random_between(state, 1, 8));
    if (!chance(state, 3))
        add_key(text, "vectors", random_between(state, 1, 4));
    if (chance(state, 2))
        add_key(text, "block", random_between(state, 1, 40));
    if (chance(state, 2))
        add_key(text, "channels", isa->lanes * random_between(state, 1, 6));
    if (!chance(state, 3))
        add_key(text, "depth",
                chance(state, 3) ? random_between(state, 1, layer->in_c)
                                 : isa->k_group * random_between(state, 1, layer->in_c / isa->k_group + 1));
    if (chance(state, 2))
        add_key(text, "unroll_k", isa->k_group * random_between(state, 1, isa->k_group > 1 ? 3 : 8));
    if (isa->lanes > 1 && chance(state, 2))
        add_word(text, "prefetch", prefetches[random_between(state, 0, 3)]);
}

/* The keys of a depthwise layer of planes, in a kernel of its own or in a fused one. */
static void draw_plan_depthwise_nchw(uint64_t *state, const struct sepcc_layer *layer, bool fused, char *text)
{
    static const char *const unrolls[] = {"full", "row", "none"};
    if (!chance(state, 3))
        add_word(text, "unroll", unrolls[random_between(state, 0, 2)]);
    const bool looped = strstr(text, "none") != NULL;
    const uint32_t rows = looped || chance(state, 3) ? 0 : random_between(state, 1, 5);
    if (rows != 0)
        add_key(text, "rows", rows);
    if (!looped && !chance(state, 3))
        add_key(text, "vectors", random_between(state, 1, 3));
    if (fused) {
        draw_units(state, rows, 4, text);
        return;
    }
    if (chance(state, 2))
        add_key(text, "block", random_between(state, 1, layer->out_c));
    if (chance(state, 2)) /* rows of tiles */
        add_key(text, "unit", random_between(state, 1, 4));
}

static void draw_plan_pointwise_nchw(uint64_t *state, const struct sepcc_layer *layer, const struct isa *isa,
                                     char *text)
{
    if (!chance(state, 3))
        add_key(text, "rows", random_between(state, 1, 8));
    if (!chance(state, 3))
        add_key(text, "vectors", random_between(state, 1, 4));
    if (chance(state, 2))
        add_key(text, "block", isa->lanes * random_between(state, 1, 6));
    if (chance(state, 2))
        add_key(text, "channels", random_between(state, 1, layer->out_c));
    if (!chance(state, 3))
        add_key(text, "depth", random_between(state, 1, layer->in_c));
    if (chance(state, 2))
        add_key(text, "unroll_k", random_between(state, 1, 8));
    if (chance(state, 2))
        add_word(text, "gather", chance(state, 4) ? "no" : "yes");
}

static void draw_plan_conv(uint64_t *state, const struct sepcc_layer *layer, const struct isa *isa,
                           bool planes, char *text)
{
    const uint32_t group = planes ? 1 : isa->k_group;
    if (!chance(state, 3))
        add_word(text, "unroll", chance(state, 2) ? "full" : "none");
    if (!chance(state, 3))
        add_key(text, "columns", random_between(state, 1, 8));
    if (!chance(state, 3))
        add_key(text, "vectors", random_between(state, 1, 4));
    if (chance(state, 2))
        add_key(text, "channels", isa->lanes * random_between(state, 1, 4));
    if (chance(state, 2))
        add_key(text, "unit", random_between(state, 1, layer->out_h < 8 ? layer->out_h : 8));
    if (chance(state, 2))
        add_key(text, "unroll_k", group * random_between(state, 1, group > 1 ? 3 : 8));
}

static void draw_plan(uint64_t *state, const struct spec *spec, const struct isa *isa,
                      char text[CASE_PLAN_MAX])
{
    text[0] = '\0';
    if (chance(state, 4))
        add_key(text, "budget", random_between(state, 1, 32) * 1024);
    const struct sepcc_stage *stage = &spec->stage;
    const bool planes = stage->layout == SEPCC_NCHW, fused = stage->layer_count > 1;
    const struct sepcc_layer *layer =
        &stage->layer[fused ? stage->layer_count - 2 : 0]; /* the depthwise one */
    if (stage->op == SEPCC_OP_CONV)
        draw_plan_conv(state, layer, isa, planes, text);
    else if (stage->op == SEPCC_OP_POINTWISE && planes)
        draw_plan_pointwise_nchw(state, layer, isa, text);
    else if (stage->op == SEPCC_OP_POINTWISE)
        draw_plan_pointwise(state, layer, isa, text);
    else if (planes)
        draw_plan_depthwise_nchw(state, layer, fused, text);
    else
        draw_plan_depthwise(state, layer, isa, fused, text);
}

void cases_draw(struct case_list *list, const struct isa *isa, uint64_t *state, uint64_t fma_most,
                size_t count)
{
    const size_t end = list->count + count;
    while (list->count < end) {
        const struct spec spec = draw_spec(state, isa, fma_most);
        char plan[CASE_PLAN_MAX] = "";
        bool added = false;
        for (int i = chance(state, 2) ? PLAN_TRIES : 0; i > 0 && !added; --i) {
            draw_plan(state, &spec, isa, plan);
            added = add(list, isa, &spec, plan);
        }
        if (!added)
            (void)add(list, isa, &spec, "");
    }
}

/* Knuth, The Art of Computer Programming, volume 2, algorithm S: what is missing, of what remains. */
void cases_thin(struct case_list *list, size_t count, uint64_t *state)
{
    size_t left = 0;
    for (size_t i = 0; i < list->count; ++i)
        if (random_between(state, 1, (uint32_t)(list->count - i)) <= count - left)
            list->items[left++] = list->items[i];
        else
            free(list->items[i].kernel);
    list->count = left;
}
