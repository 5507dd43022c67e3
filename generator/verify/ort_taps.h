/*
 * ort_taps.h: runs a whole ONNX model in ONNX Runtime and takes tensors from within it.
 */
#ifndef SEPCC_GENERATOR_VERIFY_ORT_TAPS_H
#define SEPCC_GENERATOR_VERIFY_ORT_TAPS_H

#include "verify/ort.h"

/* A floating-point input of the model; data is only read. */
struct ort_input {
    const char *name;
    float *data;
    const int64_t *shape;
    size_t rank;
};

/* A tensor of the model that is wanted, f32. */
struct ort_tap {
    const char *name;
    bool is_output; /* the model gives it out anyway */
    /* What ort_taps_run fills in; valid until ort_taps_free. */
    struct ort_value *value;
    const float *data;
    size_t count;
};

struct ort_model {
    const void *bytes;
    size_t length;
    const char *folder; /* where its external data lie */
};

/*
 * Runs the model as it is written, without optimizations, on one thread, and fills all taps (each name once).
 * Call ort_taps_free in every case.
 */
bool ort_taps_run(const struct ort *ort, const struct ort_model *model, const struct ort_input inputs[],
                  size_t input_count, struct ort_tap taps[], size_t tap_count, char message[ORT_TEXT_MAX]);
void ort_taps_free(const struct ort *ort, struct ort_tap taps[], size_t tap_count);

#endif
