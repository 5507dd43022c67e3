/*
 * peer_onnxruntime.c: ONNX Runtime's CPU provider on models made in memory: one for a layer, one for a chain.
 *
 * It runs most convolutions of a network on blocked channels. A model of one layer pays for reordering its
 * input and output, which in a network only the first and the last layer do. So for a layer the fastest of
 * several sessions is kept: the plain model with and without that optimization, and the operator on blocked
 * channels itself, on tensors that are blocked already. The last is what the layer costs inside a network.
 */
#include "onnx_model.h"
#include "tensors.h"
#include "verify/ort.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

struct peer_context {
    struct ort ort;
    size_t threads;
};

struct session {
    struct ort_session *session;
    struct ort_binding *binding;
};

struct peer_net {
    const struct ort_api *api;
    struct session session;
    size_t block; /* of the channels in in and out; 0: NCHW */
    struct ort_value *in_value, *out_value;
    float *in, *out;
    struct shape in_shape, out_shape;
    uint32_t layout;
};

/* Channels of a block: with AVX-512, and without. */
static const size_t blocks[] = {16, 8};

_Static_assert((int)PEER_TEXT_MAX == (int)ORT_TEXT_MAX, "messages go from one to the other");

static enum peer_status take(const struct ort_api *api, struct ort_status *status,
                             char message[PEER_TEXT_MAX])
{
    return ort_done(api, status, message) ? PEER_OK : PEER_FAILED;
}

/* ---- starting -------------------------------------------------------------------------------------- */

static enum peer_status start(const struct peer_setup *setup, struct peer_context **context,
                              char version[PEER_TEXT_MAX], char message[PEER_TEXT_MAX])
{
    struct peer_context *made = calloc(1, sizeof *made);
    if (made == NULL)
        return PEER_FAILED;
    made->threads = setup->threads;
    if (setup->onnxruntime == NULL) {
        snprintf(message, PEER_TEXT_MAX, "no libonnxruntime is installed");
        free(made);
        return PEER_FAILED;
    }
    if (!ort_open(setup->onnxruntime, &made->ort, message)) {
        free(made);
        return PEER_FAILED;
    }
    snprintf(version, PEER_TEXT_MAX, "%s", made->ort.version);
    *context = made;
    return PEER_OK;
}

static void stop(struct peer_context *context)
{
    ort_close(&context->ort);
    free(context);
}

/* ---- sessions -------------------------------------------------------------------------------------- */

static void close_session(const struct ort_api *api, struct session *session)
{
    if (session->binding != NULL)
        api->release_binding(session->binding);
    if (session->session != NULL)
        api->release_session(session->session);
    *session = (struct session){0};
}

static enum peer_status open_session(const struct peer_context *context, const struct peer_net *net,
                                     const struct bytes *model, int level, struct session *session,
                                     char message[PEER_TEXT_MAX])
{
    /* Its threads wait busily within a run, but not behind it, where another peer has its turn. */
    static const struct ort_setting settings[] = {{"session.force_spinning_stop", "1"}};
    const struct ort_api *api = &context->ort.api;
    const struct ort_setup setup = {
        .model = model->data,
        .length = model->length,
        .optimization = level,
        .threads = context->threads,
        .settings = settings,
        .setting_count = sizeof settings / sizeof settings[0],
    };
    *session = (struct session){0};
    enum peer_status status =
        ort_session_open(&context->ort, &setup, &session->session, message) ? PEER_OK : PEER_FAILED;
    if (status == PEER_OK)
        status = take(api, api->create_binding(session->session, &session->binding), message);
    if (status == PEER_OK)
        status = take(api, api->bind_input(session->binding, "x", net->in_value), message);
    if (status == PEER_OK)
        status = take(api, api->bind_output(session->binding, "y", net->out_value), message);
    if (status != PEER_OK)
        close_session(api, session);
    return status;
}

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

/* The best of a few runs. */
static double try_session(const struct ort_api *api, const struct session *session)
{
    enum { TRIES = 7 };
    double best = 1e9;
    for (int i = 0; i < TRIES; ++i) {
        char message[PEER_TEXT_MAX];
        const double start = now();
        if (take(api, api->run(session->session, NULL, session->binding), message) != PEER_OK)
            return 1e9;
        const double seconds = now() - start;
        best = seconds < best ? seconds : best;
    }
    return best;
}

/* ---- nets ------------------------------------------------------------------------------------------ */

static enum peer_status make_value(const struct ort *ort, struct shape shape, float *data,
                                   struct ort_value **value, char message[PEER_TEXT_MAX])
{
    const int64_t dims[] = {(int64_t)shape.n, (int64_t)shape.c, (int64_t)shape.h, (int64_t)shape.w};
    return ort_value_over(ort, data, dims, 4, value, message) ? PEER_OK : PEER_FAILED;
}

static void close_net(struct peer_net *opened)
{
    close_session(opened->api, &opened->session);
    if (opened->in_value != NULL)
        opened->api->release_value(opened->in_value);
    if (opened->out_value != NULL)
        opened->api->release_value(opened->out_value);
    free(opened->in);
    free(opened->out);
    free(opened);
}

static enum peer_status make_tensors(const struct ort *ort, struct peer_net *made, const struct net *net,
                                     const float *in, char message[PEER_TEXT_MAX])
{
    made->in_shape = net_shape(net, 0);
    made->out_shape = net_shape(net, net->layer_count);
    made->layout = net->layout;
    made->in = floats_alloc(shape_floats(made->in_shape));
    made->out = floats_alloc(shape_floats(made->out_shape));
    if (made->in == NULL || made->out == NULL) {
        snprintf(message, PEER_TEXT_MAX, "out of memory");
        return PEER_FAILED;
    }
    tensor_copy(made->in_shape, in, net->layout, made->in, SEPCC_NCHW);
    const enum peer_status status = make_value(ort, made->in_shape, made->in, &made->in_value, message);
    return status == PEER_OK ? make_value(ort, made->out_shape, made->out, &made->out_value, message)
                             : status;
}

/* ---- choosing -------------------------------------------------------------------------------------- */

/* Makes the session of a model, and keeps it in place of the present one if it is faster. */
static enum peer_status challenge(const struct peer_context *context, struct peer_net *made,
                                  const struct bytes *model, int level, char message[PEER_TEXT_MAX])
{
    struct session other;
    const enum peer_status status = open_session(context, made, model, level, &other, message);
    if (status == PEER_OK && try_session(made->api, &other) < try_session(made->api, &made->session)) {
        const struct session slower = made->session;
        made->session = other;
        other = slower;
    }
    close_session(made->api, &other);
    return status;
}

/* Whether two outputs are the same but for rounding. */
static bool agree(const float *a, const float *b, size_t count)
{
    double size = 0, difference = 0;
    for (size_t i = 0; i < count; ++i) {
        const double off = (double)a[i] - (double)b[i];
        size += (double)a[i] * (double)a[i];
        difference += off * off;
    }
    return difference <= 1e-8 * size;
}

/* Runs the session on blocked tensors. Only the library knows its block; the wrong one gives wrong output. */
static bool is_right_blocked(struct peer_net *made, const struct session *session, size_t block,
                             const float *in, const float *out)
{
    const size_t count = shape_floats(made->out_shape);
    float *turned = floats_alloc(count);
    char message[PEER_TEXT_MAX];
    tensor_block(made->in_shape, in, block, made->in);
    bool right = turned != NULL && take(made->api, made->api->run(session->session, NULL, session->binding),
                                        message) == PEER_OK;
    if (right) {
        tensor_unblock(made->out_shape, made->out, block, turned);
        right = agree(out, turned, count);
    }
    free(turned);
    return right;
}

/* Tries the layer on blocked channels; in and out are of the session kept so far, in NCHW. */
static void try_blocked(const struct peer_context *context, const struct net *net, struct peer_net *made,
                        size_t block, const float *in, const float *out)
{
    struct session other = {0};
    struct bytes model = {0};
    char message[PEER_TEXT_MAX];
    const struct ort_api *api = made->api;
    if (onnx_model(net, block, &model) == PEER_OK &&
        open_session(context, made, &model, ORT_OPTIMIZE_ALL, &other, message) == PEER_OK &&
        is_right_blocked(made, &other, block, in, out) &&
        try_session(api, &other) < try_session(api, &made->session)) {
        const struct session slower = made->session;
        made->session = other;
        made->block = block;
        other = slower;
    }
    close_session(api, &other);
    bytes_free(&model);
}

/* Keeps the fastest session for a layer. On return `in` holds what that session reads. */
static enum peer_status choose_for_layer(const struct peer_context *context, const struct net *net,
                                         struct peer_net *made, const struct bytes *model,
                                         char message[PEER_TEXT_MAX])
{
    const size_t in_count = shape_floats(made->in_shape), out_count = shape_floats(made->out_shape);
    float *in = floats_alloc(in_count), *out = floats_alloc(out_count);
    enum peer_status status = in == NULL || out == NULL ? PEER_FAILED : PEER_OK;
    if (status == PEER_OK)
        status = challenge(context, made, model, ORT_OPTIMIZE_EXTENDED, message);
    if (status == PEER_OK)
        status = take(made->api, made->api->run(made->session.session, NULL, made->session.binding), message);
    if (status == PEER_OK) {
        memcpy(in, made->in, in_count * sizeof *in);
        memcpy(out, made->out, out_count * sizeof *out);
        for (size_t b = 0; b < sizeof blocks / sizeof blocks[0] && made->block == 0; ++b)
            try_blocked(context, net, made, blocks[b], in, out);
        if (made->block > 0)
            tensor_block(made->in_shape, in, made->block, made->in);
        else
            memcpy(made->in, in, in_count * sizeof *in);
    }
    free(in);
    free(out);
    return status;
}

static enum peer_status open_net(struct peer_context *context, const struct net *net, const float *in,
                                 struct peer_net **opened, char message[PEER_TEXT_MAX])
{
    struct bytes model = {0};
    struct peer_net *made = calloc(1, sizeof *made);
    if (made == NULL)
        return PEER_FAILED;
    made->api = &context->ort.api;
    enum peer_status status = onnx_model(net, 0, &model);
    if (status == PEER_OK)
        status = make_tensors(&context->ort, made, net, in, message);
    if (status == PEER_OK)
        status = open_session(context, made, &model, ORT_OPTIMIZE_ALL, &made->session, message);
    if (status == PEER_OK && net->layer_count == 1)
        status = choose_for_layer(context, net, made, &model, message);
    bytes_free(&model);
    if (status != PEER_OK) {
        close_net(made);
        return status;
    }
    *opened = made;
    return PEER_OK;
}

static enum peer_status run(struct peer_net *opened)
{
    char message[PEER_TEXT_MAX];
    return take(opened->api, opened->api->run(opened->session.session, NULL, opened->session.binding),
                message);
}

static enum peer_status read_output(struct peer_net *opened, float *out)
{
    if (opened->block == 0) {
        tensor_copy(opened->out_shape, opened->out, SEPCC_NCHW, out, opened->layout);
        return PEER_OK;
    }
    float *nchw = floats_alloc(shape_floats(opened->out_shape));
    if (nchw == NULL)
        return PEER_FAILED;
    tensor_unblock(opened->out_shape, opened->out, opened->block, nchw);
    tensor_copy(opened->out_shape, nchw, SEPCC_NCHW, out, opened->layout);
    free(nchw);
    return PEER_OK;
}

const struct peer peer_onnxruntime = {
    .name = "onnxruntime",
    .remark = "a layer is timed as it runs inside a network, without the reordering of channels at its ends",
    .start = start,
    .stop = stop,
    .rest = NULL,
    .open = open_net,
    .close = close_net,
    .run = run,
    .read = read_output,
};
