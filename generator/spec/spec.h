/*
 * spec.h: the spec of a stage, its grammar (docs/spec.md), parsing and printing.
 */
#ifndef SEPCC_GENERATOR_SPEC_SPEC_H
#define SEPCC_GENERATOR_SPEC_SPEC_H

#include "base/diag.h"
#include "sepcc_kernel.h"

#include <stddef.h>

enum { SPEC_NAME_MAX = 63, SPEC_TEXT_MAX = 1024 };

struct spec {
    char name[SPEC_NAME_MAX + 1]; /* a C identifier, or "" */
    struct sepcc_stage stage;     /* complete and consistent: every size set, output sizes computed */
    unsigned line;                /* where it was read, for messages; 0 when from the command line */
};

/* A list of specs; free with spec_list_free. */
struct spec_list {
    struct spec *items;
    size_t count;
};

/*
 * Parses one stage: an operation and key=value words, separated by blanks. at is the position of text[0].
 * Prints one error and returns its status when the text is wrong; *spec is then unspecified.
 * Limits: every size below 2^24, one image of any tensor below 2^31 elements, all tensors below 2^47 bytes;
 * those between the layers of a stage count like any other.
 */
enum exit_status spec_parse(const char *text, struct position at, struct spec *spec);

/*
 * Parses a .layers text: one stage per line, `#` starts a comment, blank lines are skipped; stages without a
 * name get `stage<n>` (n counts from 1). file names it in messages. Two stages of one name are an error.
 * A file with no stage at all is an error.
 */
enum exit_status spec_list_parse(const char *text, size_t length, const char *file, struct spec_list *list);

/* Reads the file ("-": standard input) and parses it. */
enum exit_status spec_list_read(const char *path, struct spec_list *list);
void spec_list_free(struct spec_list *list);

/*
 * Prints the canonical text: keys in one fixed order, defaults left out, `name=` only when with_name and
 * there is one. Parsing it gives the same stage. Returns the length; text holds SPEC_TEXT_MAX bytes.
 */
size_t spec_print(const struct spec *spec, int with_name, char *text);

/* Same stage (names and lines aside): such specs share their kernels. */
int spec_equal(const struct spec *a, const struct spec *b);

/*
 * The name of a stage's layer, as in its keys and files: "expand", "dw" or "pw"; "" for the only layer of a
 * stage. layer < stage->layer_count.
 */
const char *spec_layer_name(const struct sepcc_stage *stage, uint32_t layer);

/* Names as the grammar spells them. */
const char *spec_op_name(enum sepcc_op op);
const char *spec_act_name(enum sepcc_act act);

/* What one vector of an activation asks for. */
struct spec_act_cost {
    unsigned multiplies; /* of the ports that multiply; on some cores the rest runs beside them */
    unsigned registers;  /* beside the accumulators, when the activation is no more than a bound or two */
};
struct spec_act_cost spec_act_cost(uint32_t act);

/* The keys and activations with their one-line meanings, for --help and the manual; ends with a NULL key. */
struct spec_help {
    const char *key;     /* "stride=S or SHxSW" */
    const char *meaning; /* with the default */
};
const struct spec_help *spec_help_keys(void);
const struct spec_help *spec_help_activations(void);

#endif
