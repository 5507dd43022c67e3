/*
 * packed.h: the weights of a model in its bundle: packed for every kernel, as C or as a file beside it.
 *
 * A *blob* is what the kernels of one stage with one packed layout read; instruction sets that pack alike
 * share it. docs/bundle.md describes the files.
 */
#ifndef SEPCC_GENERATOR_BUNDLE_PACKED_H
#define SEPCC_GENERATOR_BUNDLE_PACKED_H

#include "base/files.h"
#include "base/text.h"
#include "spec/isa.h"

#include <stddef.h>
#include <stdint.h>

struct bundle;

/* F_WEIGHTS of the templates. */
enum weights_form { WEIGHTS_NONE, WEIGHTS_INSIDE, WEIGHTS_BESIDE };

enum {
    WEIGHTS_ROW = 2048,  /* bytes of a string literal: C compilers need not take longer ones than 4095 */
    WEIGHTS_HEADER = 64, /* bytes of the side file before its first blob */
    WEIGHTS_VERSION = 2, /* of the side file's format */
};

struct weights_blob {
    size_t stage;
    unsigned number;          /* among the stage's blobs */
    isa_set isas;             /* whose kernels read it */
    size_t bytes;             /* a multiple of SEPCC_ALIGNMENT */
    size_t at;                /* in the side file */
    float *data;              /* malloc'ed */
    char digest[DIGEST_FULL]; /* SHA-256 of its bytes */
};

struct packed_weights {
    struct weights_blob *blobs; /* by stage, then number; malloc'ed */
    size_t blob_count;
    size_t file_bytes; /* of the side file */
    uint64_t id;       /* of the bundle that the side file belongs to: its kernels and their weights */
};

/*
 * Packs the weights of the bundle's model for all its kernels. Errors: DIAG_MEMORY. Free with packed_free,
 * also after an error.
 */
enum exit_status packed_make(const struct bundle *bundle, struct packed_weights *weights);
void packed_free(struct packed_weights *weights);

/* Appends the facts of bundle.*.m4 and bundle_weights.c.m4 (templates/README.md). */
void packed_facts(struct text *facts, const struct bundle *bundle);

/* Adds a C file for each stage with its blobs to the set. */
enum exit_status packed_files(const struct bundle *bundle, struct output_set *files);

/* The bytes of the side file. */
void packed_side_file(const struct packed_weights *weights, struct text *text);

#endif
