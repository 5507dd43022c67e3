/*
 * peer_xnnpack.c: XNNPACK's operators on NHWC tensors, one after the other as a network runtime calls them.
 */
#include "pool.h"
#include "tensors.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <xnnpack.h>

struct peer_context {
    pthreadpool_t pool; /* NULL: one thread */
};

/* A layer is at most a convolution, a sigmoid, a product and a sum. */
enum { OPERATORS_PER_LAYER = 4 };

struct peer_net {
    pthreadpool_t pool;
    size_t count;
    xnn_operator_t *operators;
    struct chain_memory memory;
    float *scratch; /* sigmoids */
    struct shape out;
    uint32_t layout;
};

static enum peer_status start(const struct peer_setup *setup, struct peer_context **context,
                              char version[PEER_TEXT_MAX], char message[PEER_TEXT_MAX])
{
    struct peer_context *made = calloc(1, sizeof *made);
    const enum xnn_status status = xnn_initialize(NULL);
    snprintf(version, PEER_TEXT_MAX, "XNNPACK, " PEER_PACKAGE_VERSION);
    if (made == NULL || status != xnn_status_success) {
        snprintf(message, PEER_TEXT_MAX, "xnn_initialize: status %d", (int)status);
        free(made);
        return PEER_FAILED;
    }
    if (setup->threads > 1)
        made->pool = pthreadpool_create(setup->threads);
    if (setup->threads > 1 && made->pool == NULL) {
        snprintf(message, PEER_TEXT_MAX, "pthreadpool_create failed");
        free(made);
        return PEER_FAILED;
    }
    *context = made;
    return PEER_OK;
}

static void stop(struct peer_context *context)
{
    pthreadpool_destroy(context->pool);
    free(context);
}

static void rest(struct peer_context *context)
{
    pool_rest(context->pool);
}

/* ---- layers ---------------------------------------------------------------------------------------- */

/* The clamp that XNNPACK's convolutions end with. */
static void clamp_of(const struct sepcc_layer *layer, float *low, float *high)
{
    *low = -INFINITY;
    *high = INFINITY;
    if (layer->act == SEPCC_ACT_RELU || layer->act == SEPCC_ACT_RELU6)
        *low = 0;
    if (layer->act == SEPCC_ACT_RELU6)
        *high = 6;
    if (layer->act == SEPCC_ACT_CLAMP) {
        *low = layer->act_param[0];
        *high = layer->act_param[1];
    }
}

static enum xnn_status add_convolution(struct peer_net *net, const struct net_layer *layer, size_t batch,
                                       const float *in, float *out)
{
    const struct sepcc_layer *s = layer->shape;
    const bool depthwise = s->op == SEPCC_OP_DEPTHWISE;
    float low, high;
    xnn_operator_t op = NULL;
    clamp_of(s, &low, &high);
    enum xnn_status status = xnn_create_convolution2d_nhwc_f32(
        s->pad_top, s->pad_right, s->pad_bottom, s->pad_left, s->kernel_h, s->kernel_w, s->stride_h,
        s->stride_w, s->dilation_h, s->dilation_w, depthwise ? s->in_c : 1, depthwise ? 1 : s->in_c,
        depthwise ? s->multiplier : s->out_c, s->in_c, s->out_c, layer->weight,
        s->has_bias ? layer->bias : NULL, low, high, depthwise ? XNN_FLAG_DEPTHWISE_CONVOLUTION : 0, &op);
    if (status != xnn_status_success)
        return status;
    net->operators[net->count++] = op;
    return xnn_setup_convolution2d_nhwc_f32(op, batch, s->in_h, s->in_w, in, out, net->pool);
}

static enum xnn_status add_hard_swish(struct peer_net *net, size_t channels, size_t pixels, float *tensor)
{
    xnn_operator_t op = NULL;
    const enum xnn_status status = xnn_create_hardswish_nc_f32(channels, channels, channels, 0, &op);
    if (status != xnn_status_success)
        return status;
    net->operators[net->count++] = op;
    return xnn_setup_hardswish_nc_f32(op, pixels, tensor, tensor, net->pool);
}

static enum xnn_status add_sigmoid(struct peer_net *net, size_t channels, size_t pixels, const float *in,
                                   float *out)
{
    xnn_operator_t op = NULL;
    const enum xnn_status status = xnn_create_sigmoid_nc_f32(channels, channels, channels, 0, &op);
    if (status != xnn_status_success)
        return status;
    net->operators[net->count++] = op;
    return xnn_setup_sigmoid_nc_f32(op, pixels, in, out, net->pool);
}

static enum xnn_status add_product(struct peer_net *net, size_t count, const float *a, const float *b,
                                   float *out)
{
    const size_t shape[] = {count};
    xnn_operator_t op = NULL;
    const enum xnn_status status = xnn_create_multiply_nd_f32(-INFINITY, INFINITY, 0, &op);
    if (status != xnn_status_success)
        return status;
    net->operators[net->count++] = op;
    return xnn_setup_multiply_nd_f32(op, 1, shape, 1, shape, a, b, out, net->pool);
}

static enum xnn_status add_sum(struct peer_net *net, size_t count, const float *a, const float *b, float *out)
{
    const size_t shape[] = {count};
    xnn_operator_t op = NULL;
    const enum xnn_status status = xnn_create_add_nd_f32(-INFINITY, INFINITY, 0, &op);
    if (status != xnn_status_success)
        return status;
    net->operators[net->count++] = op;
    return xnn_setup_add_nd_f32(op, 1, shape, 1, shape, a, b, out, net->pool);
}

/* What the convolution's clamp cannot do. */
static enum xnn_status add_activation(struct peer_net *net, const struct sepcc_layer *layer, size_t batch,
                                      float *tensor)
{
    const size_t pixels = batch * layer->out_h * layer->out_w, channels = layer->out_c;
    enum xnn_status status;
    switch (layer->act) {
    case SEPCC_ACT_NONE:
    case SEPCC_ACT_RELU:
    case SEPCC_ACT_RELU6:
    case SEPCC_ACT_CLAMP:
        return xnn_status_success;
    case SEPCC_ACT_HARD_SWISH:
        return add_hard_swish(net, channels, pixels, tensor);
    case SEPCC_ACT_SIGMOID:
        return add_sigmoid(net, channels, pixels, tensor, tensor);
    case SEPCC_ACT_SILU:
        status = add_sigmoid(net, channels, pixels, tensor, net->scratch);
        return status != xnn_status_success
                   ? status
                   : add_product(net, pixels * channels, tensor, net->scratch, tensor);
    default:
        return xnn_status_unsupported_parameter;
    }
}

static enum xnn_status add_layer(struct peer_net *made, const struct net *net, size_t i)
{
    const struct net_layer *layer = &net->layers[i];
    float *in = made->memory.tensors[i], *out = made->memory.tensors[i + 1];
    enum xnn_status status = add_convolution(made, layer, net->batch, in, out);
    if (status == xnn_status_success)
        status = add_activation(made, layer->shape, net->batch, out);
    if (status == xnn_status_success && layer->add >= 0)
        status =
            add_sum(made, shape_floats(net_shape(net, i + 1)), out, made->memory.tensors[layer->add], out);
    return status;
}

/* ---- nets ------------------------------------------------------------------------------------------ */

static void close_net(struct peer_net *opened)
{
    for (size_t i = 0; i < opened->count; ++i)
        xnn_delete_operator(opened->operators[i]);
    free(opened->operators);
    free(opened->scratch);
    chain_memory_free(&opened->memory);
    free(opened);
}

static bool allocate(struct peer_net *made, const struct net *net)
{
    size_t largest = 0;
    made->operators = calloc(OPERATORS_PER_LAYER * net->layer_count, sizeof(xnn_operator_t));
    for (size_t i = 1; i <= net->layer_count; ++i) {
        const size_t count = shape_floats(net_shape(net, i));
        if (net->layers[i - 1].shape->act == SEPCC_ACT_SILU && count > largest)
            largest = count;
    }
    made->scratch = floats_alloc(largest);
    return made->operators != NULL && made->scratch != NULL && chain_memory_make_layers(&made->memory, net);
}

static enum peer_status open_net(struct peer_context *context, const struct net *net, const float *in,
                                 struct peer_net **opened, char message[PEER_TEXT_MAX])
{
    struct peer_net *made = calloc(1, sizeof *made);
    enum xnn_status status =
        made != NULL && allocate(made, net) ? xnn_status_success : xnn_status_out_of_memory;
    if (made == NULL)
        return PEER_FAILED;
    made->pool = context->pool;
    made->layout = net->layout;
    made->out = net_shape(net, net->layer_count);
    for (size_t i = 0; i < net->layer_count && status == xnn_status_success; ++i)
        status = add_layer(made, net, i);
    if (status != xnn_status_success) {
        snprintf(message, PEER_TEXT_MAX, "XNNPACK's status %d", (int)status);
        close_net(made);
        return status == xnn_status_unsupported_parameter ? PEER_UNSUPPORTED : PEER_FAILED;
    }
    tensor_copy(net_shape(net, 0), in, net->layout, made->memory.tensors[0], SEPCC_NHWC);
    *opened = made;
    return PEER_OK;
}

static enum peer_status run(struct peer_net *opened)
{
    for (size_t i = 0; i < opened->count; ++i)
        if (xnn_run_operator(opened->operators[i], opened->pool) != xnn_status_success)
            return PEER_FAILED;
    return PEER_OK;
}

static enum peer_status read_output(struct peer_net *opened, float *out)
{
    tensor_copy(opened->out, opened->memory.tensors[opened->memory.count - 1], SEPCC_NHWC, out,
                opened->layout);
    return PEER_OK;
}

const struct peer peer_xnnpack = {
    .name = "xnnpack",
    .remark = "",
    .start = start,
    .stop = stop,
    .rest = rest,
    .open = open_net,
    .close = close_net,
    .run = run,
    .read = read_output,
};
