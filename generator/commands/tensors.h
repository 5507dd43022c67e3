/*
 * tensors.h: the .npy files of `sepcc run`: input and weights read and held to the stage's shapes.
 */
#ifndef SEPCC_GENERATOR_COMMANDS_TENSORS_H
#define SEPCC_GENERATOR_COMMANDS_TENSORS_H

#include "base/diag.h"
#include "sepcc.h"

/* Weights, bias and slope of each layer of a stage, as the interface has them (docs/spec.md). */
struct weights {
    struct layer_weights {
        struct sepcc_array weight, bias, slope; /* data NULL: the layer needs none */
    } layer[SEPCC_MAX_LAYERS];
};

/*
 * Reads the input of a stage: rank 4 in the stage's layout. Errors: DIAG_FILE_MISSING, DIAG_FILE_FORMAT,
 * DIAG_SHAPE, DIAG_IO, DIAG_MEMORY. Free with sepcc_array_free.
 */
enum exit_status input_read(const struct sepcc_stage *stage, const char *path, struct sepcc_array *input);

/*
 * Reads weight.npy, and bias.npy and slope.npy where the stage needs them, from a folder; of a stage of
 * several layers expand.weight.npy, dw.weight.npy and so on. PyTorch's shapes are turned into sepcc's. Errors
 * as of input_read. Free with weights_free.
 */
enum exit_status weights_read(const struct sepcc_stage *stage, const char *folder, struct weights *weights);
void weights_free(struct weights *weights);

/* Writes the output of a stage, rank 4. Errors: DIAG_IO. */
enum exit_status output_tensor_write(const struct sepcc_stage *stage, const char *path, const float *output);

#endif
