/*
 * input_shape.h: --input NAME=DIMS, the dimensions of a model's input.
 */
#ifndef SEPCC_GENERATOR_MODEL_INPUT_SHAPE_H
#define SEPCC_GENERATOR_MODEL_INPUT_SHAPE_H

#include "model/graph.h"

#include <stddef.h>

/*
 * Reads NAME=1x3x320x320 (the last '=' divides). input->name is malloc'ed; free with input_shape_free, also
 * after an error. Errors: DIAG_USAGE, DIAG_MEMORY.
 */
enum exit_status input_shape_parse(const char *text, struct graph_input *input);
void input_shape_free(struct graph_input *input);

#endif
