/*
 * ort.h: ONNX Runtime, opened at run time: its library, sessions on models in memory, and runs by name.
 *
 * Functions return false after an error, and message then says what it was. Depends on nothing of sepcc, so
 * that the benchmark's peer is built from it, too.
 */
#ifndef SEPCC_GENERATOR_VERIFY_ORT_H
#define SEPCC_GENERATOR_VERIFY_ORT_H

#include "verify/ort_api.h"

#include <stdbool.h>

enum { ORT_TEXT_MAX = 256 };

struct ort {
    struct ort_api api;
    struct ort_env *env;
    char version[64]; /* "ONNX Runtime 1.30.0" */
};

/*
 * Loads the library at path (a name without a slash: where the system looks for libraries), which stays
 * loaded until the program ends. ort_close is called after success only.
 */
bool ort_open(const char *path, struct ort *ort, char message[ORT_TEXT_MAX]);
void ort_close(struct ort *ort);

/* Whether a status of the API means success; otherwise its text becomes the message. Frees the status. */
bool ort_done(const struct ort_api *api, struct ort_status *status, char message[ORT_TEXT_MAX]);

struct ort_setting {
    const char *key, *value;
};

/* What a session is made of; the bytes are needed during ort_session_open only. */
struct ort_setup {
    const void *model;
    size_t length;
    int optimization; /* ORT_OPTIMIZE_... */
    size_t threads;
    const struct ort_setting *settings;
    size_t setting_count;
};

/* *session is to be released by api.release_session; NULL after an error. */
bool ort_session_open(const struct ort *ort, const struct ort_setup *setup, struct ort_session **session,
                      char message[ORT_TEXT_MAX]);

/* A value over the caller's floats, which must outlive it; to be released by api.release_value. */
bool ort_value_over(const struct ort *ort, float *data, const int64_t *shape, size_t rank,
                    struct ort_value **value, char message[ORT_TEXT_MAX]);

/* The floats in a value, which belong to it; another type of element is an error. */
bool ort_value_floats(const struct ort *ort, struct ort_value *value, const float **data, size_t *count,
                      char message[ORT_TEXT_MAX]);

#endif
