/*
 * network.h: a network run in ONNX Runtime, with the tensors between which its stages lie.
 */
#ifndef SEPCC_GENERATOR_VERIFY_NETWORK_H
#define SEPCC_GENERATOR_VERIFY_NETWORK_H

#include "base/files.h"
#include "model/model.h"
#include "verify/ort_taps.h"

#include <stdint.h>

struct network {
    const struct graph *graph;
    struct ort ort;
    bool is_open; /* ort */
    struct ort_input *inputs;
    int64_t (*shapes)[GRAPH_RANK_MAX]; /* of the inputs */
    size_t input_count;
    struct ort_tap *taps;
    size_t tap_count;
};

/* Loads ONNX Runtime; library as for ort_find. Errors: DIAG_TOOL, which says where it is looked for. */
enum exit_status network_open(const char *library, struct network *network);

/*
 * Runs the model: on the floats of the file `data` (.npy, or raw and little-endian), which has the shape of
 * its one input, or NULL: on random ones. Errors: DIAG_SHAPE, DIAG_MODEL, DIAG_TOOL, those of reading files.
 * Call network_close in every case; it is zeroed before network_open.
 */
enum exit_status network_run(const struct model *model, const char *data, uint64_t seed,
                             struct network *network);
void network_close(struct network *network);

/* The floats of a stage's input or output; NULL when it does not have count of them. */
const float *network_tensor(const struct network *network, size_t tensor, size_t count);

#endif
