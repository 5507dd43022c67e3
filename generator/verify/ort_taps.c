/*
 * ort_taps.c: a model with more outputs than its file names.
 *
 * Protocol Buffers merge a message with another of its type that follows it: fields that repeat are joined.
 * So a second ModelProto that holds nothing but the names of further outputs is put behind the file's bytes:
 *
 *     ModelProto.graph (7) { GraphProto.output (12) { ValueInfoProto.name (1) } ... }
 */
#include "verify/ort_taps.h"

#include "base/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- outputs --------------------------------------------------------------------------------------- */

enum { FIELD_GRAPH = 7, FIELD_OUTPUT = 12, FIELD_NAME = 1, WIRE_BYTES = 2 };

static void put_number(struct text *text, size_t number)
{
    for (; number >= 0x80; number >>= 7)
        text_append(text, &(char){(char)((number & 0x7f) | 0x80)}, 1);
    text_append(text, &(char){(char)number}, 1);
}

static void put_field(struct text *text, unsigned field, const char *bytes, size_t length)
{
    put_number(text, field << 3 | WIRE_BYTES);
    put_number(text, length);
    text_append(text, bytes, length);
}

/* The model's bytes, and those that name the taps. */
static bool add_outputs(const struct ort_model *model, const struct ort_tap taps[], size_t tap_count,
                        struct text *all)
{
    struct text graph = {0};
    text_append(all, model->bytes, model->length);
    for (size_t i = 0; i < tap_count; ++i) {
        struct text output = {0};
        if (taps[i].is_output)
            continue;
        put_field(&output, FIELD_NAME, taps[i].name, strlen(taps[i].name));
        put_field(&graph, FIELD_OUTPUT, output.data, output.length);
        graph.failed = graph.failed || output.failed;
        text_free(&output);
    }
    if (graph.length > 0)
        put_field(all, FIELD_GRAPH, graph.data, graph.length);
    const bool done = !graph.failed && !all->failed;
    text_free(&graph);
    return done;
}

/* ---- running --------------------------------------------------------------------------------------- */

struct call {
    const char **in_names, **out_names;
    struct ort_value **in, **out;
    size_t in_count;
};

static bool call_make(size_t in_count, size_t out_count, struct call *call)
{
    *call = (struct call){
        .in_names = calloc(in_count + 1, sizeof *call->in_names),
        .out_names = calloc(out_count + 1, sizeof *call->out_names),
        .in = calloc(in_count + 1, sizeof *call->in),
        .out = calloc(out_count + 1, sizeof *call->out),
        .in_count = in_count,
    };
    return call->in_names != NULL && call->out_names != NULL && call->in != NULL && call->out != NULL;
}

static void call_free(const struct ort *ort, struct call *call)
{
    for (size_t i = 0; call->in != NULL && i < call->in_count; ++i)
        if (call->in[i] != NULL)
            ort->api.release_value(call->in[i]);
    free(call->in_names);
    free(call->out_names);
    free(call->in);
    free(call->out);
}

static bool run(const struct ort *ort, struct ort_session *session, const struct ort_input inputs[],
                struct call *call, struct ort_tap taps[], size_t tap_count, char message[ORT_TEXT_MAX])
{
    bool done = true;
    for (size_t i = 0; done && i < call->in_count; ++i) {
        call->in_names[i] = inputs[i].name;
        done = ort_value_over(ort, inputs[i].data, inputs[i].shape, inputs[i].rank, &call->in[i], message);
    }
    for (size_t i = 0; i < tap_count; ++i)
        call->out_names[i] = taps[i].name;
    done = done && ort_done(&ort->api,
                            ort->api.run_named(session, NULL, call->in_names,
                                               (const struct ort_value *const *)call->in, call->in_count,
                                               call->out_names, tap_count, call->out),
                            message);
    for (size_t i = 0; i < tap_count; ++i)
        taps[i].value = call->out[i];
    return done;
}

/* The floats of each tap; the message names one that has none. */
static bool look_into(const struct ort *ort, struct ort_tap taps[], size_t tap_count,
                      char message[ORT_TEXT_MAX])
{
    for (size_t i = 0; i < tap_count; ++i) {
        char reason[ORT_TEXT_MAX];
        if (ort_value_floats(ort, taps[i].value, &taps[i].data, &taps[i].count, reason))
            continue;
        snprintf(message, ORT_TEXT_MAX, "tensor '%.100s': %.100s", taps[i].name, reason);
        return false;
    }
    return true;
}

bool ort_taps_run(const struct ort *ort, const struct ort_model *model, const struct ort_input inputs[],
                  size_t input_count, struct ort_tap taps[], size_t tap_count, char message[ORT_TEXT_MAX])
{
    /* Products of bytes do not saturate on CPUs without VNNI, should an operator be computed in them. */
    const struct ort_setting settings[] = {
        {"session.x64quantprecision", "1"},
        {"session.model_external_initializers_file_folder_path", model->folder}};
    struct text all = {0};
    struct call call = {0};
    struct ort_session *session = NULL;
    snprintf(message, ORT_TEXT_MAX, "out of memory");
    bool done = add_outputs(model, taps, tap_count, &all) && call_make(input_count, tap_count, &call);
    if (done) {
        const struct ort_setup setup = {
            .model = all.data,
            .length = all.length,
            .optimization = ORT_OPTIMIZE_NONE,
            .threads = 1,
            .settings = settings,
            .setting_count = model->folder != NULL ? 2 : 1,
        };
        done = ort_session_open(ort, &setup, &session, message) &&
               run(ort, session, inputs, &call, taps, tap_count, message) &&
               look_into(ort, taps, tap_count, message);
    }
    call_free(ort, &call);
    if (session != NULL)
        ort->api.release_session(session);
    text_free(&all);
    return done;
}

void ort_taps_free(const struct ort *ort, struct ort_tap taps[], size_t tap_count)
{
    for (size_t i = 0; i < tap_count; ++i) {
        if (taps[i].value != NULL)
            ort->api.release_value(taps[i].value);
        taps[i].value = NULL;
        taps[i].data = NULL;
    }
}
