/*
 * spec_internal.h: what the files spec_*.c and name.c share: the tables of the grammar, and quiet functions
 * that read and write single values. Only spec_parse.c and spec_list.c print errors.
 */
#ifndef SEPCC_GENERATOR_SPEC_SPEC_INTERNAL_H
#define SEPCC_GENERATOR_SPEC_SPEC_INTERNAL_H

#include "base/expect.h"
#include "spec/spec.h"

#include <stdbool.h>
#include <stdint.h>

/* A piece of a text; not NUL-terminated. */
struct slice {
    const char *text;
    size_t length;
};

bool slice_is(struct slice slice, const char *word);

/* ---- the tables (spec_table.c) --------------------------------------------------------------------- */

/* What a key sets, in the order of the canonical text: one field each. */
enum spec_field {
    FIELD_NAME,
    FIELD_BATCH,
    FIELD_IN,
    FIELD_EXPAND,
    FIELD_OUT,
    FIELD_KERNEL,
    FIELD_STRIDE,
    FIELD_DILATION,
    FIELD_PAD,
    FIELD_MULT,
    FIELD_BIAS, /* a shorthand for the next three, as far as the operation has them */
    FIELD_EXPAND_BIAS,
    FIELD_DW_BIAS,
    FIELD_PW_BIAS,
    FIELD_ACT, /* a shorthand for some of the next three: see struct spec_op */
    FIELD_EXPAND_ACT,
    FIELD_DW_ACT,
    FIELD_PW_ACT,
    FIELD_RESIDUAL,
    FIELD_LAYOUT,
    FIELD_DTYPE,
    FIELD_COUNT
};

/* The part that a layer plays in a stage. */
enum spec_role { ROLE_EXPAND, ROLE_DW, ROLE_PW, ROLE_CONV, ROLE_COUNT };

struct spec_op {
    enum sepcc_op id;
    const char *name;
    uint32_t layer_count;
    enum spec_role role[SEPCC_MAX_LAYERS];
    unsigned act_layers; /* those whose activation `act` means, one bit (1u << layer) each */
};

struct spec_key {
    const char *name;
    enum spec_field field;
    unsigned accepted, needed; /* operations, one bit (1u << sepcc_op) each */
    const char *form;          /* of its value: "HxWxC" */
    /* Values made of numbers: `few` or `many` of them (few == 1: one stands for all); many 0: others. */
    unsigned few, many;
    char separator;
    uint32_t low, high;
};

struct spec_act {
    enum sepcc_act id;
    const char *name;
    unsigned parameters;
    struct spec_act_cost cost;
    const char *form; /* "clamp(lo,hi)" */
};

/* A value that is one of some words. */
struct spec_word {
    const char *name;
    uint32_t value;
    bool accepted; /* false: a word of the grammar that this version does not take */
};

enum { SPEC_OPS = 5, SPEC_LAYOUTS = 2, SPEC_DTYPES = 4 };

extern const struct spec_op spec_ops[SPEC_OPS];
extern const struct spec_key spec_keys[];
extern const size_t spec_key_count;
extern const struct spec_act spec_acts[SEPCC_ACT_COUNT];
extern const struct spec_word spec_layouts[SPEC_LAYOUTS];
extern const struct spec_word spec_dtypes[SPEC_DTYPES];

const struct spec_op *spec_op_find(struct slice word);                       /* or NULL */
const struct spec_op *spec_op_get(uint32_t op);                              /* or NULL */
const struct spec_key *spec_key_find(struct slice word, enum sepcc_op op);   /* or NULL */
const struct spec_key *spec_key_of(enum spec_field field, enum sepcc_op op); /* or NULL */
const struct spec_act *spec_act_find(struct slice word);                     /* or NULL */

bool spec_field_is_bias(enum spec_field field);
bool spec_field_is_act(enum spec_field field);
/* The layers whose bias or activation the field is, one bit (1u << layer) each; 0 for other fields. */
unsigned spec_field_layers(enum spec_field field, uint32_t op);
/* Whether giving both fields would say something twice. */
bool spec_fields_overlap(enum spec_field a, enum spec_field b, uint32_t op);

/* ---- what was expected (spec_expect.c) ------------------------------------------------------------- */

enum { EXPECT_WORDS_MAX = 32 };

/*
 * Writes what should have stood in the place of word: the one of the words that is nearest to it, when one
 * is near, else all of them ("a, b or c").
 */
void spec_expect(struct slice word, const char *const words[], size_t count, char text[EXPECT_MAX]);
void spec_expect_ops(struct slice word, char text[EXPECT_MAX]);
void spec_expect_keys(struct slice word, enum sepcc_op op, char text[EXPECT_MAX]);
void spec_expect_acts(struct slice word, char text[EXPECT_MAX]);

/* ---- numbers, the same in every locale (spec_number.c) --------------------------------------------- */

enum number_result { NUMBER_OK, NUMBER_MALFORMED, NUMBER_RANGE };

/* Decimal digits, low .. high; a minus sign makes it out of range, not malformed. */
enum number_result number_read(struct slice text, uint32_t low, uint32_t high, uint32_t *value);

enum { FLOAT_TEXT_MAX = 24, FLOAT_READ_MAX = 63 };

/* Decimal with an optional fraction and exponent, or inf, at most FLOAT_READ_MAX bytes. */
enum number_result float_read(struct slice text, float *value);
/* The shortest text of up to 9 digits that reads back as the same float, which must not be NaN. */
void float_print(float value, char text[FLOAT_TEXT_MAX]);

/* ---- single values (spec_value.c) ------------------------------------------------------------------ */

/* A spec in the making. */
struct spec_draft {
    struct spec *spec;
    bool pad_same; /* to be resolved when the sizes are known */
};

/* What is wrong: the message is `'at' text`, and it is about the value of `field` when at.text is NULL. */
struct spec_problem {
    enum diag_code code;
    enum spec_field field;
    struct slice at;
    char text[EXPECT_MAX + 128];
};

void spec_draft_start(struct spec_draft *draft, struct spec *spec, const struct spec_op *op);
/* Sets the field of key from its value; false with *problem filled when the value is wrong. */
bool spec_draft_set(struct spec_draft *draft, const struct spec_key *key, struct slice value,
                    struct spec_problem *problem);
/* Always false, so that a check can end with it. */
bool spec_problem_set(struct spec_problem *problem, enum diag_code code, enum spec_field field,
                      struct slice at, const char *format, ...) __attribute__((format(printf, 5, 6)));

enum { VALUE_TEXT_MAX = 96 };

/*
 * The layer whose bias or activation the canonical text says by this field; NULL where another field says it.
 * A shorthand that stands for several layers says it when they agree.
 */
const struct sepcc_layer *spec_layer_said(const struct sepcc_stage *stage, enum spec_field field);

/* The value of a field as the grammar writes it; "" when it is the default. */
void spec_value_print(const struct spec *spec, enum spec_field field, char text[VALUE_TEXT_MAX]);

/* ---- derived sizes (spec_geometry.c) --------------------------------------------------------------- */

/* Resolves pad=same, computes the output's sizes and checks every limit of spec.h. */
bool spec_draft_finish(struct spec_draft *draft, struct spec_problem *problem);

/* ---- one stage within a longer text (spec_parse.c) ------------------------------------------------- */

/* As spec_parse, for a text without NUL bytes. *name_column is the column of the name's value, or 0. */
enum exit_status spec_parse_slice(struct slice text, struct position at, struct spec *spec,
                                  unsigned *name_column);

#endif
