/*
 * spec_value.c: single values of the grammar: from text into the stage, and from the stage to text.
 */
#include "spec/spec_internal.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { NUMBERS_MAX = 4 };

bool spec_problem_set(struct spec_problem *problem, enum diag_code code, enum spec_field field,
                      struct slice at, const char *format, ...)
{
    problem->code = code;
    problem->field = field;
    problem->at = at;
    va_list args;
    va_start(args, format);
    vsnprintf(problem->text, sizeof problem->text, format, args);
    va_end(args);
    return false;
}

/* What the layer that plays a part is. */
static const uint32_t role_ops[ROLE_COUNT] = {
    [ROLE_EXPAND] = SEPCC_OP_POINTWISE,
    [ROLE_DW] = SEPCC_OP_DEPTHWISE,
    [ROLE_PW] = SEPCC_OP_POINTWISE,
    [ROLE_CONV] = SEPCC_OP_CONV,
};

void spec_draft_start(struct spec_draft *draft, struct spec *spec, const struct spec_op *op)
{
    memset(spec, 0, sizeof *spec);
    spec->stage.op = op->id;
    spec->stage.batch = 1;
    spec->stage.layer_count = op->layer_count;
    for (uint32_t i = 0; i < op->layer_count; ++i) {
        struct sepcc_layer *layer = &spec->stage.layer[i];
        layer->op = role_ops[op->role[i]];
        layer->kernel_h = layer->kernel_w = 1;
        layer->stride_h = layer->stride_w = 1;
        layer->dilation_h = layer->dilation_w = 1;
        layer->multiplier = 1;
        layer->has_bias = 1;
    }
    *draft = (struct spec_draft){.spec = spec};
}

/* ---- values made of numbers ------------------------------------------------------------------------ */

/* The layer that kernel, stride, dilation, pad and mult belong to: the depthwise one, else the only one. */
static struct sepcc_layer *window_layer(struct sepcc_stage *stage)
{
    for (uint32_t i = 0; i < stage->layer_count; ++i)
        if (stage->layer[i].op == SEPCC_OP_DEPTHWISE)
            return &stage->layer[i];
    return &stage->layer[0];
}

/* Where the numbers of a field live in the stage, in the order they are written; returns how many. */
static size_t field_numbers(struct sepcc_stage *stage, enum spec_field field, uint32_t *slots[NUMBERS_MAX])
{
    struct sepcc_layer *first = &stage->layer[0], *layer = window_layer(stage);
    switch (field) {
    case FIELD_BATCH:
        slots[0] = &stage->batch;
        return 1;
    case FIELD_IN:
        slots[0] = &first->in_h;
        slots[1] = &first->in_w;
        slots[2] = &first->in_c;
        return 3;
    case FIELD_EXPAND:
        slots[0] = &first->out_c;
        return 1;
    case FIELD_OUT:
        slots[0] = &stage->layer[stage->layer_count - 1].out_c;
        return 1;
    case FIELD_KERNEL:
        slots[0] = &layer->kernel_h;
        slots[1] = &layer->kernel_w;
        return 2;
    case FIELD_STRIDE:
        slots[0] = &layer->stride_h;
        slots[1] = &layer->stride_w;
        return 2;
    case FIELD_DILATION:
        slots[0] = &layer->dilation_h;
        slots[1] = &layer->dilation_w;
        return 2;
    case FIELD_PAD:
        slots[0] = &layer->pad_top;
        slots[1] = &layer->pad_left;
        slots[2] = &layer->pad_bottom;
        slots[3] = &layer->pad_right;
        return 4;
    case FIELD_MULT:
        slots[0] = &layer->multiplier;
        return 1;
    default:
        return 0;
    }
}

/* Splits at the separator; returns the number of parts, of which at most max are filled in. */
static size_t split(struct slice value, char separator, struct slice *parts, size_t max)
{
    size_t count = 0, start = 0;
    for (size_t i = 0; i <= value.length; ++i) {
        if (i < value.length && value.text[i] != separator)
            continue;
        if (count < max)
            parts[count] = (struct slice){value.text + start, i - start};
        ++count;
        start = i + 1;
    }
    return count;
}

static bool malformed(struct spec_problem *problem, const struct spec_key *key, struct slice value)
{
    return spec_problem_set(problem, DIAG_SPEC_SYNTAX, key->field, value, "is malformed, expected %s=%s",
                            key->name, key->form);
}

static bool set_numbers(struct sepcc_stage *stage, const struct spec_key *key, struct slice value,
                        struct spec_problem *problem)
{
    struct slice parts[NUMBERS_MAX] = {{NULL, 0}};
    uint32_t *slots[NUMBERS_MAX];
    const size_t slot_count = field_numbers(stage, key->field, slots);
    const size_t count = split(value, key->separator, parts, NUMBERS_MAX);
    if (count != key->few && count != key->many)
        return malformed(problem, key, value);
    for (size_t i = 0; i < slot_count; ++i) {
        const struct slice part = parts[count == 1 ? 0 : i];
        switch (number_read(part, key->low, key->high, slots[i])) {
        case NUMBER_OK:
            break;
        case NUMBER_MALFORMED:
            return malformed(problem, key, value);
        case NUMBER_RANGE:
            return spec_problem_set(problem, DIAG_SPEC_RANGE, key->field, part,
                                    "is out of range for %s, expected %u to %u", key->name, key->low,
                                    key->high);
        }
    }
    return true;
}

static bool set_pad(struct spec_draft *draft, const struct spec_key *key, struct slice value,
                    struct spec_problem *problem)
{
    draft->pad_same = slice_is(value, "same");
    if (draft->pad_same || slice_is(value, "valid"))
        return true; /* valid is 0, which is there already */
    return set_numbers(&draft->spec->stage, key, value, problem);
}

/* ---- values that are words ------------------------------------------------------------------------- */

static bool set_name(struct spec *spec, struct slice value, struct spec_problem *problem)
{
    bool good = value.length > 0 && value.length <= SPEC_NAME_MAX;
    for (size_t i = 0; good && i < value.length; ++i) {
        const char byte = value.text[i];
        const bool letter = (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || byte == '_';
        good = letter || (i > 0 && byte >= '0' && byte <= '9');
    }
    if (!good)
        return spec_problem_set(problem, DIAG_SPEC_SYNTAX, FIELD_NAME, value,
                                "is no name, expected a C identifier of at most %d bytes", SPEC_NAME_MAX);
    memcpy(spec->name, value.text, value.length);
    spec->name[value.length] = '\0';
    return true;
}

static bool set_yes_no(uint32_t *flag, const struct spec_key *key, struct slice value,
                       struct spec_problem *problem)
{
    *flag = slice_is(value, "yes");
    return *flag != 0 || slice_is(value, "no") || malformed(problem, key, value);
}

/* The words that this version takes. */
static void expect_accepted(struct slice value, const struct spec_word *words, size_t count,
                            char text[EXPECT_MAX])
{
    const char *names[EXPECT_WORDS_MAX] = {NULL};
    size_t accepted = 0;
    for (size_t i = 0; i < count && accepted < EXPECT_WORDS_MAX; ++i)
        if (words[i].accepted)
            names[accepted++] = words[i].name;
    spec_expect(value, names, accepted, text);
}

static bool set_word(uint32_t *target, const struct spec_key *key, struct slice value,
                     const struct spec_word *words, size_t count, struct spec_problem *problem)
{
    char expected[EXPECT_MAX];
    expect_accepted(value, words, count, expected);
    for (size_t i = 0; i < count; ++i) {
        if (!slice_is(value, words[i].name))
            continue;
        if (!words[i].accepted)
            return spec_problem_set(problem, DIAG_SPEC_UNSUPPORTED, key->field, value,
                                    "is not generated by this version, expected %s", expected);
        *target = words[i].value;
        return true;
    }
    return spec_problem_set(problem, DIAG_SPEC_SYNTAX, key->field, value, "is no %s, expected %s", key->name,
                            expected);
}

/* ---- activations ----------------------------------------------------------------------------------- */

static bool set_act_parameters(struct sepcc_layer *layer, const struct spec_act *act, struct slice inside,
                               struct spec_problem *problem)
{
    struct slice parts[2] = {{NULL, 0}};
    if (split(inside, ',', parts, 2) != act->parameters)
        return spec_problem_set(problem, DIAG_SPEC_SYNTAX, FIELD_ACT, inside, "is malformed, expected %s",
                                act->form);
    for (size_t i = 0; i < act->parameters; ++i) {
        const enum number_result result = float_read(parts[i], &layer->act_param[i]);
        if (result == NUMBER_MALFORMED)
            return spec_problem_set(problem, DIAG_SPEC_SYNTAX, FIELD_ACT, parts[i],
                                    "is no decimal number, expected %s", act->form);
        if (result == NUMBER_RANGE)
            return spec_problem_set(problem, DIAG_SPEC_RANGE, FIELD_ACT, parts[i],
                                    "is too large, expected a number that a float holds");
    }
    if (act->id == SEPCC_ACT_CLAMP && layer->act_param[0] > layer->act_param[1])
        return spec_problem_set(problem, DIAG_SPEC_RANGE, FIELD_ACT, inside,
                                "has lo above hi, expected clamp(lo,hi) with lo <= hi");
    if (act->id == SEPCC_ACT_LEAKY_RELU && isinf(layer->act_param[0]))
        return spec_problem_set(problem, DIAG_SPEC_RANGE, FIELD_ACT, inside,
                                "is infinite, expected leaky_relu(a) with a finite a");
    return true;
}

static bool set_act(struct sepcc_layer *layer, struct slice value, struct spec_problem *problem)
{
    const char *open = memchr(value.text, '(', value.length);
    const size_t name_length = open == NULL ? value.length : (size_t)(open - value.text);
    const struct slice name = {value.text, name_length};
    const struct spec_act *act = spec_act_find(name);
    if (act == NULL) {
        char expected[EXPECT_MAX];
        spec_expect_acts(name, expected);
        return spec_problem_set(problem, DIAG_SPEC_SYNTAX, FIELD_ACT, name, "is no activation, expected %s",
                                expected);
    }
    layer->act = act->id;
    layer->act_param[0] = layer->act_param[1] = 0;
    if (open == NULL && act->parameters == 0)
        return true;
    if (open == NULL || act->parameters == 0 || value.text[value.length - 1] != ')')
        return spec_problem_set(problem, DIAG_SPEC_SYNTAX, FIELD_ACT, value, "is malformed, expected %s",
                                act->form);
    const struct slice inside = {open + 1, value.length - name_length - 2};
    return set_act_parameters(layer, act, inside, problem);
}

/* ---- biases and activations of layers -------------------------------------------------------------- */

static bool set_bias(struct sepcc_stage *stage, const struct spec_key *key, struct slice value,
                     struct spec_problem *problem)
{
    const unsigned layers = spec_field_layers(key->field, stage->op);
    uint32_t has_bias;
    if (!set_yes_no(&has_bias, key, value, problem))
        return false;
    for (uint32_t i = 0; i < stage->layer_count; ++i)
        if (((layers >> i) & 1u) != 0)
            stage->layer[i].has_bias = has_bias;
    return true;
}

static bool set_acts(struct sepcc_stage *stage, enum spec_field field, struct slice value,
                     struct spec_problem *problem)
{
    const unsigned layers = spec_field_layers(field, stage->op);
    bool good = true;
    for (uint32_t i = 0; good && i < stage->layer_count; ++i)
        good = ((layers >> i) & 1u) == 0 || set_act(&stage->layer[i], value, problem);
    return good;
}

static bool same_value(const struct sepcc_layer *a, const struct sepcc_layer *b, bool bias)
{
    if (bias)
        return a->has_bias == b->has_bias;
    return a->act == b->act && memcmp(a->act_param, b->act_param, sizeof a->act_param) == 0;
}

/* Whether the shorthand stands for several layers that agree: then it is printed, and their keys are not. */
static bool shorthand_holds(const struct sepcc_stage *stage, enum spec_field shorthand)
{
    const unsigned layers = spec_field_layers(shorthand, stage->op);
    const struct sepcc_layer *first = NULL;
    bool several = false;
    for (uint32_t i = 0; i < stage->layer_count; ++i) {
        if (((layers >> i) & 1u) == 0)
            continue;
        if (first != NULL && !same_value(first, &stage->layer[i], shorthand == FIELD_BIAS))
            return false;
        several = several || first != NULL;
        first = &stage->layer[i];
    }
    return several || stage->layer_count == 1;
}

const struct sepcc_layer *spec_layer_said(const struct sepcc_stage *stage, enum spec_field field)
{
    const enum spec_field shorthand = spec_field_is_bias(field) ? FIELD_BIAS : FIELD_ACT;
    const bool holds = shorthand_holds(stage, shorthand);
    if (field == shorthand ? !holds : holds && spec_fields_overlap(field, shorthand, stage->op))
        return NULL;
    const unsigned layers = spec_field_layers(field, stage->op);
    uint32_t i = 0;
    while (i < stage->layer_count && ((layers >> i) & 1u) == 0)
        ++i;
    return i < stage->layer_count ? &stage->layer[i] : NULL;
}

/* ---- all ------------------------------------------------------------------------------------------- */

bool spec_draft_set(struct spec_draft *draft, const struct spec_key *key, struct slice value,
                    struct spec_problem *problem)
{
    struct spec *spec = draft->spec;
    if (spec_field_is_bias(key->field))
        return set_bias(&spec->stage, key, value, problem);
    if (spec_field_is_act(key->field))
        return set_acts(&spec->stage, key->field, value, problem);
    switch (key->field) {
    case FIELD_NAME:
        return set_name(spec, value, problem);
    case FIELD_PAD:
        return set_pad(draft, key, value, problem);
    case FIELD_RESIDUAL:
        return set_yes_no(&spec->stage.residual, key, value, problem);
    case FIELD_LAYOUT:
        return set_word(&spec->stage.layout, key, value, spec_layouts, SPEC_LAYOUTS, problem);
    case FIELD_DTYPE:
        return set_word(&spec->stage.dtype, key, value, spec_dtypes, SPEC_DTYPES, problem);
    default:
        return set_numbers(&spec->stage, key, value, problem);
    }
}

/* As few numbers as mean the same; "" when all are the default. */
static void print_numbers(const struct spec *spec, const struct spec_key *key, char text[VALUE_TEXT_MAX])
{
    struct sepcc_stage stage = spec->stage;
    uint32_t *slots[NUMBERS_MAX];
    size_t count = field_numbers(&stage, key->field, slots);
    const uint32_t usual = key->field == FIELD_PAD ? 0 : 1;
    size_t equal = 1;
    while (equal < count && *slots[equal] == *slots[0])
        ++equal;
    const bool optional = ((key->needed >> spec->stage.op) & 1u) == 0;
    if (optional && equal == count && *slots[0] == usual)
        return;
    if (optional && equal == count)
        count = 1;
    size_t used = 0;
    for (size_t i = 0; i < count; ++i) {
        const char joint[2] = {i == 0 ? '\0' : key->separator, '\0'};
        used += (size_t)snprintf(text + used, VALUE_TEXT_MAX - used, "%s%u", joint, *slots[i]);
    }
}

static void print_act(const struct sepcc_layer *layer, char text[VALUE_TEXT_MAX])
{
    const struct spec_act *act = &spec_acts[layer->act];
    char parameters[2][FLOAT_TEXT_MAX];
    for (size_t i = 0; i < act->parameters; ++i)
        float_print(layer->act_param[i], parameters[i]);
    if (act->parameters == 2)
        snprintf(text, VALUE_TEXT_MAX, "%s(%s,%s)", act->name, parameters[0], parameters[1]);
    else if (act->parameters == 1)
        snprintf(text, VALUE_TEXT_MAX, "%s(%s)", act->name, parameters[0]);
    else if (act->id != SEPCC_ACT_NONE)
        snprintf(text, VALUE_TEXT_MAX, "%s", act->name);
}

static void print_said(const struct sepcc_stage *stage, enum spec_field field, char text[VALUE_TEXT_MAX])
{
    const struct sepcc_layer *layer = spec_layer_said(stage, field);
    if (layer != NULL && spec_field_is_act(field))
        print_act(layer, text);
    else if (layer != NULL && layer->has_bias == 0)
        snprintf(text, VALUE_TEXT_MAX, "no");
}

void spec_value_print(const struct spec *spec, enum spec_field field, char text[VALUE_TEXT_MAX])
{
    const struct spec_key *key = spec_key_of(field, spec->stage.op);
    text[0] = '\0';
    if (key == NULL)
        return;
    if (key->many > 0)
        print_numbers(spec, key, text);
    else if (field == FIELD_NAME)
        snprintf(text, VALUE_TEXT_MAX, "%s", spec->name);
    else if (spec_field_is_bias(field) || spec_field_is_act(field))
        print_said(&spec->stage, field, text);
    else if (field == FIELD_RESIDUAL && spec->stage.residual != 0)
        snprintf(text, VALUE_TEXT_MAX, "yes");
    else if (field == FIELD_LAYOUT && spec->stage.layout == SEPCC_NCHW)
        snprintf(text, VALUE_TEXT_MAX, "nchw");
    /* of dtype one value is accepted, the default */
}
