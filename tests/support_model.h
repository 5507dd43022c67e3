/*
 * support_model.h: the real models in ../shared/models, and ONNX Runtime; tests skip where either is absent.
 */
#ifndef SEPCC_TESTS_SUPPORT_MODEL_H
#define SEPCC_TESTS_SUPPORT_MODEL_H

#include "base/text.h"
#include "verify/ort.h"

enum {
    SHARED_OUTPUTS_MAX = 4,
    SHARED_RANK_MAX = 4,
    SHARED_TEXT_MAX = 256,
    SHARED_PATH_MAX = 2 * SHARED_TEXT_MAX
};

/* A model as golden.meta.json in its folder describes it. */
struct shared_model {
    char file[SHARED_PATH_MAX];
    struct text bytes;
    char input_name[SHARED_TEXT_MAX];
    int64_t input_shape[SHARED_RANK_MAX];
    size_t input_rank;
    struct text input; /* floats */
    size_t output_count;
    struct shared_output {
        char name[SHARED_TEXT_MAX];
        struct text golden; /* floats */
    } outputs[SHARED_OUTPUTS_MAX];
};

/*
 * Reads the model of a folder in ../shared/models. Skips the running test, with the reason printed, when it
 * is not there. Free with shared_model_free.
 */
void shared_model_read(const char *folder, struct shared_model *model);
void shared_model_free(struct shared_model *model);

/* cmocka tests of a function, one for each model: its state is the folder. */
#define SHARED_MODEL_TESTS(test)                                                                             \
    SHARED_MODEL_TEST(test, ppocrv4_det, 0), SHARED_MODEL_TEST(test, ppocr_cls, 1),                          \
        SHARED_MODEL_TEST(test, ppocrv4_rec, 2), SHARED_MODEL_TEST(test, blazeface, 3),                      \
        SHARED_MODEL_TEST(test, mobilenet_v2, 4), SHARED_MODEL_TEST(test, mobilenet_v2_qdq, 5)
#define SHARED_MODEL_TEST(test, model, folder)                                                               \
    {                                                                                                        \
#test "_" #model, test, NULL, NULL, shared_model_folders[folder]                                     \
    }
extern char shared_model_folders[6][32]; /* in ../shared/models; not const, as states are not */

/* Opens ONNX Runtime. Skips the running test, with the reason printed, when it is not there. */
void open_ort(struct ort *ort);

#endif
