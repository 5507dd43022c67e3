/*
 * ort_api.h: what ort.c and bench/peers/peer_onnxruntime.c need of ONNX Runtime's C API.
 *
 * The npm package has the shared library and no header. The API is a table of functions that OrtGetApiBase
 * hands out; by ONNX Runtime's promise functions are only ever added at its end. So the place of each in the
 * table is its whole definition, and an older version of the table is the start of a newer one.
 */
#ifndef SEPCC_GENERATOR_VERIFY_ORT_API_H
#define SEPCC_GENERATOR_VERIFY_ORT_API_H

#include <stddef.h>
#include <stdint.h>

/* The table of version 12 (ONNX Runtime 1.12) has all places below. */
enum { ORT_TABLE_VERSION = 12 };

struct ort_status; /* NULL: done */
struct ort_env;
struct ort_options;
struct ort_session;
struct ort_binding;
struct ort_memory;
struct ort_value;
struct ort_shape;

typedef void (*ort_function)(void);

struct ort_base {
    const ort_function *(*get_table)(uint32_t version);
    const char *(*get_version)(void);
};

typedef const struct ort_base *(*ort_get_base)(void);

enum { ORT_LOG_FATAL = 4, ORT_OPTIMIZE_NONE = 0, ORT_OPTIMIZE_EXTENDED = 2, ORT_OPTIMIZE_ALL = 99 };
enum { ORT_ALLOCATOR_DEVICE = 0, ORT_MEMORY_DEFAULT = 0, ORT_ELEMENT_FLOAT = 1 };

/* X(name, place, result, parameters) */
#define ORT_FUNCTIONS(X)                                                                                     \
    X(get_message, 2, const char *, (const struct ort_status *status))                                       \
    X(create_env, 3, struct ort_status *, (int log_level, const char *id, struct ort_env **env))             \
    X(create_session, 8, struct ort_status *,                                                                \
      (const struct ort_env *env, const void *model, size_t length, const struct ort_options *options,       \
       struct ort_session **session))                                                                        \
    X(run_named, 9, struct ort_status *,                                                                     \
      (struct ort_session * session, const void *run_options, const char *const *in_names,                   \
       const struct ort_value *const *in, size_t in_count, const char *const *out_names, size_t out_count,   \
       struct ort_value **out))                                                                              \
    X(create_options, 10, struct ort_status *, (struct ort_options * *options))                              \
    X(set_optimization, 23, struct ort_status *, (struct ort_options * options, int level))                  \
    X(set_intra_threads, 24, struct ort_status *, (struct ort_options * options, int threads))               \
    X(set_inter_threads, 25, struct ort_status *, (struct ort_options * options, int threads))               \
    X(create_tensor, 49, struct ort_status *,                                                                \
      (const struct ort_memory *memory, void *data, size_t bytes, const int64_t *shape, size_t rank,         \
       int element, struct ort_value **value))                                                               \
    X(get_data, 51, struct ort_status *, (struct ort_value * value, void **data))                            \
    X(get_element, 60, struct ort_status *, (const struct ort_shape *shape, int *element))                   \
    X(get_count, 64, struct ort_status *, (const struct ort_shape *shape, size_t *count))                    \
    X(get_shape, 65, struct ort_status *, (const struct ort_value *value, struct ort_shape **shape))         \
    X(create_memory, 69, struct ort_status *, (int allocator, int type, struct ort_memory **memory))         \
    X(release_env, 92, void, (struct ort_env * env))                                                         \
    X(release_status, 93, void, (struct ort_status * status))                                                \
    X(release_memory, 94, void, (struct ort_memory * memory))                                                \
    X(release_session, 95, void, (struct ort_session * session))                                             \
    X(release_value, 96, void, (struct ort_value * value))                                                   \
    X(release_shape, 99, void, (struct ort_shape * shape))                                                   \
    X(release_options, 100, void, (struct ort_options * options))                                            \
    X(add_config, 130, struct ort_status *,                                                                  \
      (struct ort_options * options, const char *key, const char *value))                                    \
    X(run, 133, struct ort_status *,                                                                         \
      (struct ort_session * session, const void *run_options, const struct ort_binding *binding))            \
    X(create_binding, 134, struct ort_status *,                                                              \
      (struct ort_session * session, struct ort_binding * *binding))                                         \
    X(release_binding, 135, void, (struct ort_binding * binding))                                            \
    X(bind_input, 136, struct ort_status *,                                                                  \
      (struct ort_binding * binding, const char *name, const struct ort_value *value))                       \
    X(bind_output, 137, struct ort_status *,                                                                 \
      (struct ort_binding * binding, const char *name, const struct ort_value *value))

#define ORT_MEMBER(name, place, result, parameters)                                                          \
    result(*name) parameters; /* NOLINT(bugprone-macro-parentheses) */
struct ort_api {
    ORT_FUNCTIONS(ORT_MEMBER)
};
#undef ORT_MEMBER

#endif
