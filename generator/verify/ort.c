/*
 * ort.c: ONNX Runtime's table of functions, taken from its library, and the few sequences of calls that all
 * who use it need.
 */
#include "verify/ort.h"

#include <dlfcn.h>
#include <stdio.h>
#include <string.h>

bool ort_done(const struct ort_api *api, struct ort_status *status, char message[ORT_TEXT_MAX])
{
    if (status == NULL)
        return true;
    snprintf(message, ORT_TEXT_MAX, "%s", api->get_message(status));
    api->release_status(status);
    return false;
}

/* ---- the library ----------------------------------------------------------------------------------- */

static bool take_table(const char *path, struct ort *ort, char message[ORT_TEXT_MAX])
{
    void *object = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    void *symbol = object != NULL ? dlsym(object, "OrtGetApiBase") : NULL;
    ort_get_base get_base;
    if (symbol == NULL) {
        snprintf(message, ORT_TEXT_MAX, "%s", dlerror());
        return false;
    }
    *(void **)&get_base = symbol;
    const struct ort_base *base = get_base();
    const ort_function *table = base->get_table(ORT_TABLE_VERSION);
    if (table == NULL) {
        snprintf(message, ORT_TEXT_MAX, "version %s is too old", base->get_version());
        return false;
    }
    snprintf(ort->version, sizeof ort->version, "ONNX Runtime %s", base->get_version());
#define ORT_TAKE(name, place, result, parameters) memcpy(&ort->api.name, &table[place], sizeof ort->api.name);
    ORT_FUNCTIONS(ORT_TAKE)
#undef ORT_TAKE
    return true;
}

bool ort_open(const char *path, struct ort *ort, char message[ORT_TEXT_MAX])
{
    *ort = (struct ort){0};
    return take_table(path, ort, message) &&
           ort_done(
               &ort->api,
               ort->api.create_env(ORT_LOG_FATAL, /* errors are told by their status */ "sepcc", &ort->env),
               message);
}

void ort_close(struct ort *ort)
{
    ort->api.release_env(ort->env);
    ort->env = NULL;
}

/* ---- sessions -------------------------------------------------------------------------------------- */

static bool set_options(const struct ort_api *api, const struct ort_setup *setup, struct ort_options *options,
                        char message[ORT_TEXT_MAX])
{
    bool done = ort_done(api, api->set_intra_threads(options, (int)setup->threads), message) &&
                ort_done(api, api->set_inter_threads(options, 1), message) &&
                ort_done(api, api->set_optimization(options, setup->optimization), message);
    for (size_t i = 0; done && i < setup->setting_count; ++i)
        done = ort_done(api, api->add_config(options, setup->settings[i].key, setup->settings[i].value),
                        message);
    return done;
}

bool ort_session_open(const struct ort *ort, const struct ort_setup *setup, struct ort_session **session,
                      char message[ORT_TEXT_MAX])
{
    const struct ort_api *api = &ort->api;
    struct ort_options *options = NULL;
    *session = NULL;
    const bool done =
        ort_done(api, api->create_options(&options), message) && set_options(api, setup, options, message) &&
        ort_done(api, api->create_session(ort->env, setup->model, setup->length, options, session), message);
    if (options != NULL)
        api->release_options(options);
    return done;
}

/* ---- values ---------------------------------------------------------------------------------------- */

bool ort_value_over(const struct ort *ort, float *data, const int64_t *shape, size_t rank,
                    struct ort_value **value, char message[ORT_TEXT_MAX])
{
    const struct ort_api *api = &ort->api;
    struct ort_memory *memory = NULL;
    size_t bytes = sizeof *data;
    for (size_t i = 0; i < rank; ++i)
        bytes *= (size_t)shape[i];
    *value = NULL;
    const bool done =
        ort_done(api, api->create_memory(ORT_ALLOCATOR_DEVICE, ORT_MEMORY_DEFAULT, &memory), message) &&
        ort_done(api, api->create_tensor(memory, data, bytes, shape, rank, ORT_ELEMENT_FLOAT, value),
                 message);
    if (memory != NULL)
        api->release_memory(memory);
    return done;
}

bool ort_value_floats(const struct ort *ort, struct ort_value *value, const float **data, size_t *count,
                      char message[ORT_TEXT_MAX])
{
    const struct ort_api *api = &ort->api;
    struct ort_shape *shape = NULL;
    int element = 0;
    void *bytes = NULL;
    bool done = ort_done(api, api->get_shape(value, &shape), message) &&
                ort_done(api, api->get_element(shape, &element), message) &&
                ort_done(api, api->get_count(shape, count), message) &&
                ort_done(api, api->get_data(value, &bytes), message);
    if (shape != NULL)
        api->release_shape(shape);
    if (done && element != ORT_ELEMENT_FLOAT) {
        snprintf(message, ORT_TEXT_MAX, "its elements are no floats of 32 bits");
        done = false;
    }
    *data = bytes;
    return done;
}
