/*
 * spec_table.c: the words of the grammar: operations, keys, activations, layouts, types. The parser, its
 * messages, the printer and the help all read these tables and nothing else.
 */
#include "spec/spec_internal.h"

#include <string.h>

#define DW  (1u << SEPCC_OP_DEPTHWISE)
#define PW  (1u << SEPCC_OP_POINTWISE)
#define SEP (1u << SEPCC_OP_SEPARABLE)
#define INV (1u << SEPCC_OP_INVERTED)
#define CNV (1u << SEPCC_OP_CONV)
#define ALL (DW | PW | SEP | INV | CNV)

enum {
    SIZE_HIGH = (1 << 24) - 1,
    KERNEL_HIGH = 255,
    STEP_HIGH = 65535,
    MULT_HIGH = 4096,
};

const struct spec_op spec_ops[SPEC_OPS] = {
    {SEPCC_OP_DEPTHWISE, "depthwise", 1, {ROLE_DW}, 1u << 0},
    {SEPCC_OP_POINTWISE, "pointwise", 1, {ROLE_PW}, 1u << 0},
    {SEPCC_OP_SEPARABLE, "separable", 2, {ROLE_DW, ROLE_PW}, 1u << 1},
    {SEPCC_OP_INVERTED, "inverted", 3, {ROLE_EXPAND, ROLE_DW, ROLE_PW}, 1u << 0 | 1u << 1},
    {SEPCC_OP_CONV, "conv", 1, {ROLE_CONV}, 1u << 0},
};

static const char *const role_names[ROLE_COUNT] = {"expand", "dw", "pw", "conv"};

/* X(key, field, accepted by, needed by, form, few, many, separator, low, high, meaning), fields in order */
#define KEY_TABLE(X)                                                                                         \
    X("name", FIELD_NAME, ALL, 0, "IDENTIFIER", 0, 0, 0, 0, 0, "name of the stage: a C identifier")          \
    X("batch", FIELD_BATCH, ALL, 0, "N", 1, 1, 'x', 1, SIZE_HIGH, "images; default 1")                       \
    X("in", FIELD_IN, ALL, ALL, "HxWxC", 3, 3, 'x', 1, SIZE_HIGH, "input height, width, channels")           \
    X("expand", FIELD_EXPAND, INV, INV, "C", 1, 1, 'x', 1, SIZE_HIGH,                                        \
      "channels of the depthwise layer (inverted)")                                                          \
    X("out", FIELD_OUT, PW | SEP | INV | CNV, PW | SEP | INV | CNV, "C", 1, 1, 'x', 1, SIZE_HIGH,            \
      "output channels (all but depthwise)")                                                                 \
    X("kernel", FIELD_KERNEL, DW | SEP | INV | CNV, DW | SEP | INV | CNV, "K or KHxKW", 1, 2, 'x', 1,        \
      KERNEL_HIGH, "kernel size (all but pointwise)")                                                        \
    X("stride", FIELD_STRIDE, ALL, 0, "S or SHxSW", 1, 2, 'x', 1, STEP_HIGH, "steps; default 1")             \
    X("dilation", FIELD_DILATION, DW | SEP | INV | CNV, 0, "D or DHxDW", 1, 2, 'x', 1, STEP_HIGH,            \
      "distance of kernel taps; default 1 (all but pointwise)")                                              \
    X("pad", FIELD_PAD, DW | SEP | INV | CNV, 0, "same, valid, P or T,L,B,R", 1, 4, ',', 0, STEP_HIGH,       \
      "zeros around the image, one number or top,left,bottom,right; default valid, which is 0 "              \
      "(all but pointwise)")                                                                                 \
    X("mult", FIELD_MULT, DW | SEP, 0, "M", 1, 1, 'x', 1, MULT_HIGH,                                         \
      "depthwise outputs of each input channel; default 1 (depthwise, separable)")                           \
    X("bias", FIELD_BIAS, ALL, 0, "yes or no", 0, 0, 0, 0, 0, "every layer adds a bias; default yes")        \
    X("expand.bias", FIELD_EXPAND_BIAS, INV, 0, "yes or no", 0, 0, 0, 0, 0,                                  \
      "the expansion's bias (inverted)")                                                                     \
    X("dw.bias", FIELD_DW_BIAS, DW | SEP | INV, 0, "yes or no", 0, 0, 0, 0, 0,                               \
      "the depthwise layer's bias (depthwise, separable, inverted)")                                         \
    X("pw.bias", FIELD_PW_BIAS, PW | SEP | INV, 0, "yes or no", 0, 0, 0, 0, 0,                               \
      "the last pointwise layer's bias (pointwise, separable, inverted)")                                    \
    X("act", FIELD_ACT, ALL, 0, "ACTIVATION", 0, 0, 0, 0, 0,                                                 \
      "activation; default none; separable: pw.act; inverted: expand.act and dw.act")                        \
    X("expand.act", FIELD_EXPAND_ACT, INV, 0, "ACTIVATION", 0, 0, 0, 0, 0,                                   \
      "the expansion's activation (inverted)")                                                               \
    X("dw.act", FIELD_DW_ACT, DW | SEP | INV, 0, "ACTIVATION", 0, 0, 0, 0, 0,                                \
      "the depthwise layer's activation (depthwise, separable, inverted)")                                   \
    X("pw.act", FIELD_PW_ACT, PW | SEP | INV, 0, "ACTIVATION", 0, 0, 0, 0, 0,                                \
      "the last pointwise layer's activation (pointwise, separable, inverted)")                              \
    X("residual", FIELD_RESIDUAL, INV, 0, "yes or no", 0, 0, 0, 0, 0,                                        \
      "the input is added to the output; default no (inverted)")                                             \
    X("layout", FIELD_LAYOUT, ALL, 0, "nhwc or nchw", 0, 0, 0, 0, 0, "order of the tensors; default nhwc")   \
    X("dtype", FIELD_DTYPE, ALL, 0, "f32", 0, 0, 0, 0, 0, "type of the elements; default f32")

#define KEY_ROW(name, field, accepted, needed, form, few, many, separator, low, high, meaning)               \
    {name, field, accepted, needed, form, few, many, separator, low, high},
const struct spec_key spec_keys[] = {KEY_TABLE(KEY_ROW)};
const size_t spec_key_count = sizeof spec_keys / sizeof spec_keys[0];

#define KEY_HELP(name, field, accepted, needed, form, few, many, separator, low, high, meaning)              \
    {name "=" form, meaning},
static const struct spec_help key_help[] = {KEY_TABLE(KEY_HELP){NULL, NULL}};

/* X(symbol, name, parameters, multiplies, registers, form, meaning), in the order of enum sepcc_act. */
#define ACT_TABLE(X)                                                                                         \
    X(SEPCC_ACT_NONE, "none", 0, 0, 0, "none", "x")                                                          \
    X(SEPCC_ACT_RELU, "relu", 0, 0, 0, "relu", "max(x, 0)")                                                  \
    X(SEPCC_ACT_RELU6, "relu6", 0, 0, 0, "relu6", "min(max(x, 0), 6)")                                       \
    X(SEPCC_ACT_CLAMP, "clamp", 2, 0, 0, "clamp(lo,hi)", "min(max(x, lo), hi); lo <= hi, either may be inf") \
    X(SEPCC_ACT_LEAKY_RELU, "leaky_relu", 1, 1, 0, "leaky_relu(a)", "x where x is positive, else a * x")     \
    X(SEPCC_ACT_PRELU, "prelu", 0, 1, 0, "prelu", "leaky_relu with a slope per output channel")              \
    X(SEPCC_ACT_HARD_SWISH, "hard_swish", 0, 2, 1, "hard_swish", "x * relu6(x + 3) / 6")                     \
    X(SEPCC_ACT_HARD_SIGMOID, "hard_sigmoid", 0, 1, 1, "hard_sigmoid", "relu6(x + 3) / 6")                   \
    X(SEPCC_ACT_SIGMOID, "sigmoid", 0, 8, 0, "sigmoid", "1 / (1 + exp(-x))")                                 \
    X(SEPCC_ACT_SILU, "silu", 0, 8, 0, "silu", "x * sigmoid(x)")

#define ACT_ROW(symbol, name, parameters, multiplies, registers, form, meaning)                              \
    [symbol] = {symbol, name, parameters, {multiplies, registers}, form},
const struct spec_act spec_acts[SEPCC_ACT_COUNT] = {ACT_TABLE(ACT_ROW)};

#define ACT_HELP(symbol, name, parameters, multiplies, registers, form, meaning) {form, meaning},
static const struct spec_help act_help[] = {ACT_TABLE(ACT_HELP){NULL, NULL}};

const struct spec_word spec_layouts[SPEC_LAYOUTS] = {
    {"nhwc", SEPCC_NHWC, true},
    {"nchw", SEPCC_NCHW, true},
};

const struct spec_word spec_dtypes[SPEC_DTYPES] = {
    {"f32", SEPCC_F32, true},
    {"qs8", 0, false},
    {"f16", 0, false},
    {"bf16", 0, false},
};

bool slice_is(struct slice slice, const char *word)
{
    return strlen(word) == slice.length && memcmp(slice.text, word, slice.length) == 0;
}

const struct spec_op *spec_op_find(struct slice word)
{
    for (size_t i = 0; i < SPEC_OPS; ++i)
        if (slice_is(word, spec_ops[i].name))
            return &spec_ops[i];
    return NULL;
}

const struct spec_op *spec_op_get(uint32_t op)
{
    for (size_t i = 0; i < SPEC_OPS; ++i)
        if (spec_ops[i].id == op)
            return &spec_ops[i];
    return NULL;
}

const struct spec_key *spec_key_find(struct slice word, enum sepcc_op op)
{
    for (size_t i = 0; i < spec_key_count; ++i)
        if (((spec_keys[i].accepted >> op) & 1u) != 0 && slice_is(word, spec_keys[i].name))
            return &spec_keys[i];
    return NULL;
}

const struct spec_key *spec_key_of(enum spec_field field, enum sepcc_op op)
{
    for (size_t i = 0; i < spec_key_count; ++i)
        if (((spec_keys[i].accepted >> op) & 1u) != 0 && spec_keys[i].field == field)
            return &spec_keys[i];
    return NULL;
}

const struct spec_act *spec_act_find(struct slice word)
{
    for (size_t i = 0; i < SEPCC_ACT_COUNT; ++i)
        if (slice_is(word, spec_acts[i].name))
            return &spec_acts[i];
    return NULL;
}

/* ---- layers ---------------------------------------------------------------------------------------- */

bool spec_field_is_bias(enum spec_field field)
{
    return field >= FIELD_BIAS && field <= FIELD_PW_BIAS;
}

bool spec_field_is_act(enum spec_field field)
{
    return field >= FIELD_ACT && field <= FIELD_PW_ACT;
}

static unsigned layers_of_role(const struct spec_op *op, enum spec_role role)
{
    unsigned layers = 0;
    for (uint32_t i = 0; i < op->layer_count; ++i)
        if (op->role[i] == role)
            layers |= 1u << i;
    return layers;
}

unsigned spec_field_layers(enum spec_field field, uint32_t op)
{
    const struct spec_op *found = spec_op_get(op);
    if (found == NULL)
        return 0;
    switch (field) {
    case FIELD_BIAS:
        return (1u << found->layer_count) - 1;
    case FIELD_ACT:
        return found->act_layers;
    case FIELD_EXPAND_BIAS:
    case FIELD_EXPAND_ACT:
        return layers_of_role(found, ROLE_EXPAND);
    case FIELD_DW_BIAS:
    case FIELD_DW_ACT:
        return layers_of_role(found, ROLE_DW);
    case FIELD_PW_BIAS:
    case FIELD_PW_ACT:
        return layers_of_role(found, ROLE_PW);
    default:
        return 0;
    }
}

bool spec_fields_overlap(enum spec_field a, enum spec_field b, uint32_t op)
{
    const bool same_kind =
        spec_field_is_bias(a) == spec_field_is_bias(b) && spec_field_is_act(a) == spec_field_is_act(b);
    return a == b || (same_kind && (spec_field_layers(a, op) & spec_field_layers(b, op)) != 0);
}

const char *spec_layer_name(const struct sepcc_stage *stage, uint32_t layer)
{
    const struct spec_op *op = spec_op_get(stage->op);
    return op != NULL && op->layer_count > 1 ? role_names[op->role[layer]] : "";
}

/* ---- names and help -------------------------------------------------------------------------------- */

const char *spec_op_name(enum sepcc_op op)
{
    const struct spec_op *found = spec_op_get(op);
    return found != NULL ? found->name : "unknown";
}

const char *spec_act_name(enum sepcc_act act)
{
    return (size_t)act < SEPCC_ACT_COUNT ? spec_acts[act].name : "unknown";
}

struct spec_act_cost spec_act_cost(uint32_t act)
{
    return act < SEPCC_ACT_COUNT ? spec_acts[act].cost : (struct spec_act_cost){0, 0};
}

const struct spec_help *spec_help_keys(void)
{
    return key_help;
}

const struct spec_help *spec_help_activations(void)
{
    return act_help;
}
