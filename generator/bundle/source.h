/*
 * source.h: where stages come from: SPEC on the command line, a .layers list or an ONNX model.
 */
#ifndef SEPCC_GENERATOR_BUNDLE_SOURCE_H
#define SEPCC_GENERATOR_BUNDLE_SOURCE_H

#include "model/model.h"
#include "options/options.h"
#include "spec/spec.h"

/* One of the two; free with source_free. */
struct source {
    struct spec_list stages;
    struct model *model; /* malloc'ed; NULL: they come from a list */
};

/*
 * Reads what the command line names; a file is a model or a list by its content ("-": standard input). A
 * model gets the dimensions of --input, and is not joined with --separate; it may have no stage. Errors:
 * those of reading lists and models; DIAG_USAGE for --input and --separate with a list. *source can be freed
 * after an error.
 */
enum exit_status source_read(const struct options *options, struct source *source);
void source_free(struct source *source);

/* Reads the file, which has to be a model. Errors: DIAG_FILE_FORMAT where it is none. Free with model_free.
 */
enum exit_status source_read_model(const struct options *options, struct model *model);

#endif
