/*
 * name.c: kernel names. A name is made of the same values as the spec's canonical text, each behind a
 * letter or a word, with what no C identifier may hold spelt otherwise:
 *     3x3s2d2                       kernel, stride, dilation
 *     b8_56x56x128_e144_m2_o64_p0_0_1_1_nobias_clamp_m1p5_6_residual_nchw
 *                                   batch, in, expand, mult, out, pad, bias=no, act, residual, layout;
 *                                   '-' is m, '.' is p
 *     ex_nobias_dw_relu_pw_sigmoid  what the keys of one layer say, behind its name
 * A float of more than FLOAT_NAME_MAX bytes is x and the eight hexadecimal digits of its bits.
 */
#include "spec/name.h"

#include "spec/spec_internal.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

enum { PLAN_MAX = 63, FLOAT_NAME_MAX = 9, HEX_DIGITS = 8 };

static const char prefix[] = "sepcc_";
static const char residual_word[] = "residual", nchw_word[] = "nchw", nobias_word[] = "nobias";

/* The layers of a stage of several in their order, each with its own keys. */
static const struct layer_word {
    const char *word;
    enum spec_field bias, act;
} layer_words[] = {
    {"ex", FIELD_EXPAND_BIAS, FIELD_EXPAND_ACT},
    {"dw", FIELD_DW_BIAS, FIELD_DW_ACT},
    {"pw", FIELD_PW_BIAS, FIELD_PW_ACT},
};

enum { LAYER_WORDS = sizeof layer_words / sizeof layer_words[0] };

/* ---- writing --------------------------------------------------------------------------------------- */

struct writer {
    char *text; /* KERNEL_NAME_MAX + 1 bytes */
    size_t used;
    bool full; /* something did not fit */
};

static void put(struct writer *writer, const char *before, const char *value)
{
    const size_t room = KERNEL_NAME_MAX + 1 - writer->used;
    const int length = snprintf(writer->text + writer->used, room, "%s%s", before, value);
    writer->full = writer->full || (size_t)length >= room;
    writer->used += (size_t)length < room ? (size_t)length : room - 1;
}

/* Spells a value of the grammar as a piece of an identifier. */
static void encode(const char *value, char text[VALUE_TEXT_MAX])
{
    size_t used = 0;
    for (; *value != '\0'; ++value) {
        if (*value == ')' || *value == '+')
            continue;
        const char *from = "(,-.", *to = "__mp";
        const char *special = strchr(from, *value);
        text[used++] = special != NULL ? to[special - from] : *value;
    }
    text[used] = '\0';
}

/* Puts `before` and the field's value, nothing where the value is the default. */
static void put_field(struct writer *writer, const struct spec *spec, const char *before,
                      enum spec_field field)
{
    char value[VALUE_TEXT_MAX], encoded[VALUE_TEXT_MAX];
    spec_value_print(spec, field, value);
    encode(value, encoded);
    if (encoded[0] != '\0')
        put(writer, before, encoded);
}

static void put_float(struct writer *writer, float value)
{
    char text[FLOAT_TEXT_MAX], encoded[VALUE_TEXT_MAX];
    float_print(value, text);
    encode(text, encoded);
    if (strlen(encoded) > FLOAT_NAME_MAX) {
        uint32_t bits;
        memcpy(&bits, &value, sizeof bits);
        snprintf(encoded, sizeof encoded, "x%08" PRIx32, bits);
    }
    put(writer, "_", encoded);
}

/* Puts `word`, unless it is NULL, then what the fields say; nothing where both are the default. */
static void put_layer(struct writer *writer, const struct spec *spec, const char *word, enum spec_field bias,
                      enum spec_field act)
{
    const struct sepcc_layer *no_bias = spec_layer_said(&spec->stage, bias);
    const struct sepcc_layer *active = spec_layer_said(&spec->stage, act);
    const bool say_bias = no_bias != NULL && no_bias->has_bias == 0;
    const bool say_act = active != NULL && active->act != SEPCC_ACT_NONE;
    if (word != NULL && (say_bias || say_act))
        put(writer, "_", word);
    if (say_bias)
        put(writer, "_", nobias_word);
    if (!say_act)
        return;
    put(writer, "_", spec_acts[active->act].name);
    for (size_t i = 0; i < spec_acts[active->act].parameters; ++i)
        put_float(writer, active->act_param[i]);
}

static void put_what(struct writer *writer, const struct spec *spec)
{
    char kernel[VALUE_TEXT_MAX];
    spec_value_print(spec, FIELD_KERNEL, kernel);
    put(writer, "_", kernel[0] != '\0' ? kernel : "1x1");
    put_field(writer, spec, "s", FIELD_STRIDE);
    put_field(writer, spec, "d", FIELD_DILATION);
}

static void put_shape(struct writer *writer, const struct spec *spec)
{
    put_field(writer, spec, "b", FIELD_BATCH);
    put_field(writer, spec, spec->stage.batch > 1 ? "_" : "", FIELD_IN);
    put_field(writer, spec, "_e", FIELD_EXPAND);
    put_field(writer, spec, "_m", FIELD_MULT);
    put_field(writer, spec, "_o", FIELD_OUT);
    put_field(writer, spec, "_p", FIELD_PAD);
    put_layer(writer, spec, NULL, FIELD_BIAS, FIELD_ACT);
    for (size_t i = 0; i < LAYER_WORDS; ++i)
        put_layer(writer, spec, layer_words[i].word, layer_words[i].bias, layer_words[i].act);
    if (spec->stage.residual != 0)
        put(writer, "_", residual_word);
    if (spec->stage.layout == SEPCC_NCHW)
        put(writer, "_", nchw_word);
}

int kernel_name_format(const struct spec *spec, const struct isa *isa, const char *plan, char *name)
{
    struct writer writer = {.text = name};
    name[0] = '\0';
    put(&writer, prefix, spec_dtypes[0].name); /* the one type of this version */
    put(&writer, "_", spec_op_name(spec->stage.op));
    put_what(&writer, spec);
    put(&writer, "__", "");
    put_shape(&writer, spec);
    put(&writer, "__", isa->name);
    put(&writer, "_", plan);
    return writer.full ? -1 : 0;
}

/* ---- reading --------------------------------------------------------------------------------------- */

static struct slice slice_between(const char *begin, const char *end)
{
    return (struct slice){begin, (size_t)(end - begin)};
}

/* Cuts the piece before the next `mark` off rest; the whole rest where there is none. */
static struct slice cut(struct slice *rest, char mark)
{
    const char *end = memchr(rest->text, mark, rest->length);
    const size_t length = end != NULL ? (size_t)(end - rest->text) : rest->length;
    const struct slice piece = {rest->text, length};
    const size_t skip = end != NULL ? length + 1 : length;
    *rest = (struct slice){rest->text + skip, rest->length - skip};
    return piece;
}

static bool set(struct spec_draft *draft, enum spec_field field, struct slice value)
{
    const struct spec_key *key = spec_key_of(field, draft->spec->stage.op);
    struct spec_problem problem;
    return key != NULL && spec_draft_set(draft, key, value, &problem);
}

/* Kernel, stride, dilation: 3x3[s2][d2]. A pointwise kernel is 1x1 without being set. */
static bool read_what(struct spec_draft *draft, struct slice text)
{
    const char *dilation = memchr(text.text, 'd', text.length);
    if (dilation != NULL) {
        const char *end = text.text + text.length;
        if (!set(draft, FIELD_DILATION, slice_between(dilation + 1, end)))
            return false;
        text.length = (size_t)(dilation - text.text);
    }
    const struct slice kernel = cut(&text, 's');
    if (text.length > 0 && !set(draft, FIELD_STRIDE, text))
        return false;
    return spec_key_of(FIELD_KERNEL, draft->spec->stage.op) == NULL || set(draft, FIELD_KERNEL, kernel);
}

static bool starts_number(struct slice text, char letter)
{
    return text.length > 1 && text.text[0] == letter && text.text[1] >= '0' && text.text[1] <= '9';
}

/* Reads letter and number off the front of rest into the field, where they stand there. */
static bool read_optional(struct spec_draft *draft, struct slice *rest, char letter, enum spec_field field)
{
    if (!starts_number(*rest, letter))
        return true;
    const struct slice piece = cut(rest, '_');
    return set(draft, field, (struct slice){piece.text + 1, piece.length - 1});
}

/* The grammar's text of encoded numbers: m is a minus sign, p a point. Nothing when there is no room. */
static void decode_numbers(struct slice encoded, char text[VALUE_TEXT_MAX])
{
    text[0] = '\0';
    if (encoded.length >= VALUE_TEXT_MAX)
        return;
    for (size_t i = 0; i < encoded.length; ++i) {
        const char *from = "_mp", *to = ",-.";
        const char *special = strchr(from, encoded.text[i]);
        text[i] = special != NULL ? to[special - from] : encoded.text[i];
    }
    text[encoded.length] = '\0';
}

/* p1 or p0_0_1_1: the pieces after the first are its numbers too, as no activation begins with a digit. */
static bool read_pad(struct spec_draft *draft, struct slice *rest)
{
    if (!starts_number(*rest, 'p'))
        return true;
    const char *begin = rest->text + 1;
    struct slice last = cut(rest, '_');
    while (rest->length > 0 && rest->text[0] >= '0' && rest->text[0] <= '9')
        last = cut(rest, '_');
    char text[VALUE_TEXT_MAX];
    decode_numbers(slice_between(begin, last.text + last.length), text);
    return set(draft, FIELD_PAD, (struct slice){text, strlen(text)});
}

/* Cuts `word` off rest where it stands at the front. */
static bool take_word(struct slice *rest, const char *word)
{
    struct slice after = *rest;
    if (!slice_is(cut(&after, '_'), word))
        return false;
    *rest = after;
    return true;
}

static bool read_word(struct spec_draft *draft, struct slice *rest, const char *word, enum spec_field field,
                      const char *value)
{
    return !take_word(rest, word) || set(draft, field, (struct slice){value, strlen(value)});
}

/* x and eight digits, as the grammar's decimal number. */
static bool decode_bits(struct slice digits, char text[FLOAT_TEXT_MAX])
{
    uint32_t bits = 0;
    float value;
    for (size_t i = 0; i < digits.length; ++i) {
        static const char hex[] = "0123456789abcdef";
        const char *digit = memchr(hex, digits.text[i], sizeof hex - 1);
        if (digit == NULL)
            return false;
        bits = bits << 4 | (uint32_t)(digit - hex);
    }
    memcpy(&value, &bits, sizeof value);
    if (digits.length != HEX_DIGITS || isnan(value))
        return false;
    float_print(value, text);
    return true;
}

/* One parameter of an activation, as the grammar has it. */
static bool decode_float(struct slice piece, char text[VALUE_TEXT_MAX])
{
    if (piece.length > 0 && piece.text[0] == 'x')
        return decode_bits((struct slice){piece.text + 1, piece.length - 1}, text);
    decode_numbers(piece, text);
    return true;
}

/* The activation whose name begins the text; names hold underscores too, so the longest is taken. */
static const struct spec_act *find_act(struct slice text)
{
    const struct spec_act *found = NULL;
    for (size_t i = 0; i < SEPCC_ACT_COUNT; ++i) {
        const size_t length = strlen(spec_acts[i].name);
        const bool starts = length <= text.length && memcmp(spec_acts[i].name, text.text, length) == 0 &&
                            (length == text.length || text.text[length] == '_');
        if (starts && (found == NULL || length > strlen(found->name)))
            found = &spec_acts[i];
    }
    return found;
}

/* An activation's name, then its parameters, where they stand at the front of rest. */
static bool read_act(struct spec_draft *draft, struct slice *rest, enum spec_field field)
{
    const struct spec_act *act = find_act(*rest);
    char value[4 * VALUE_TEXT_MAX];
    if (act == NULL)
        return true;
    const size_t length = strlen(act->name);
    const size_t skip = length < rest->length ? length + 1 : length;
    *rest = (struct slice){rest->text + skip, rest->length - skip};
    size_t used = (size_t)snprintf(value, sizeof value, "%s", act->name);
    for (size_t i = 0; i < act->parameters; ++i) {
        char number[VALUE_TEXT_MAX];
        if (!decode_float(cut(rest, '_'), number))
            return false;
        used += (size_t)snprintf(value + used, sizeof value - used, "%s%s", i == 0 ? "(" : ",", number);
    }
    used += (size_t)snprintf(value + used, sizeof value - used, "%s", act->parameters > 0 ? ")" : "");
    return set(draft, field, (struct slice){value, used});
}

static bool read_layer(struct spec_draft *draft, struct slice *rest, enum spec_field bias,
                       enum spec_field act)
{
    return read_word(draft, rest, nobias_word, bias, "no") && read_act(draft, rest, act);
}

static bool read_layers(struct spec_draft *draft, struct slice *rest)
{
    bool good = read_layer(draft, rest, FIELD_BIAS, FIELD_ACT);
    for (size_t i = 0; good && i < LAYER_WORDS; ++i)
        if (take_word(rest, layer_words[i].word))
            good = read_layer(draft, rest, layer_words[i].bias, layer_words[i].act);
    return good;
}

static bool read_shape(struct spec_draft *draft, struct slice text)
{
    return read_optional(draft, &text, 'b', FIELD_BATCH) && set(draft, FIELD_IN, cut(&text, '_')) &&
           read_optional(draft, &text, 'e', FIELD_EXPAND) && read_optional(draft, &text, 'm', FIELD_MULT) &&
           read_optional(draft, &text, 'o', FIELD_OUT) && read_pad(draft, &text) &&
           read_layers(draft, &text) && read_word(draft, &text, residual_word, FIELD_RESIDUAL, "yes") &&
           read_word(draft, &text, nchw_word, FIELD_LAYOUT, "nchw") && text.length == 0;
}

/* The ISA whose name, then an underscore, begins the text; an ISA's name may hold underscores too. */
static const struct isa *read_isa(const char *text)
{
    const struct isa *found = NULL;
    for (unsigned id = 0; id < SEPCC_ISA_COUNT; ++id) {
        const struct isa *isa = isa_get((enum sepcc_isa)id);
        const size_t length = strlen(isa->name);
        const bool starts = strncmp(text, isa->name, length) == 0 && text[length] == '_';
        if (starts && (found == NULL || length > strlen(found->name)))
            found = isa;
    }
    return found;
}

/* Letters, digits and single underscores. */
static bool is_plan(const char *text)
{
    const size_t length = strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_");
    return length > 0 && length <= PLAN_MAX && text[length] == '\0' && strstr(text, "__") == NULL;
}

static bool read_stage(struct slice first, struct slice shape, struct spec *spec)
{
    struct spec_draft draft;
    struct spec_problem problem;
    cut(&first, '_'); /* sepcc; the comparison at the end checks it, and the type */
    cut(&first, '_');
    const struct spec_op *op = spec_op_find(cut(&first, '_'));
    if (op == NULL)
        return false;
    spec_draft_start(&draft, spec, op);
    return read_what(&draft, first) && read_shape(&draft, shape) && spec_draft_finish(&draft, &problem);
}

int kernel_name_parse(const char *name, struct spec *spec, const struct isa **isa, char *plan)
{
    const char *shape = strstr(name, "__");
    const char *how = shape != NULL ? strstr(shape + 2, "__") : NULL;
    if (how == NULL || strlen(name) > KERNEL_NAME_MAX)
        return -1;
    *isa = read_isa(how + 2);
    if (*isa == NULL || !read_stage(slice_between(name, shape), slice_between(shape + 2, how), spec))
        return -1;
    const char *plan_text = how + 2 + strlen((*isa)->name) + 1;
    if (!is_plan(plan_text))
        return -1;
    memcpy(plan, plan_text, strlen(plan_text) + 1);
    /* Only what the other function writes is a name: this catches everything read leniently above. */
    char again[KERNEL_NAME_MAX + 1];
    return kernel_name_format(spec, *isa, plan, again) == 0 && strcmp(again, name) == 0 ? 0 : -1;
}
