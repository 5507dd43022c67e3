/*
 * peer_onednn.c: oneDNN's convolution primitives (C API of version 2) in the memory formats they choose.
 */
#include "tensors.h"

#include <dnnl.h>
#include <omp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct peer_context {
    dnnl_engine_t engine;
    dnnl_stream_t stream;
};

/* One layer: its primitive and what it reads and writes. */
struct step {
    dnnl_primitive_t primitive;
    dnnl_memory_desc_t src_format, dst_format; /* as the primitive chose them */
    dnnl_memory_t src, weights, bias, dst;
    dnnl_memory_t residual; /* the tensor that is added, which another step owns, or NULL */
    int residual_argument;
    dnnl_primitive_t add; /* adds it, where the convolution does not */
    float *weight_floats, *bias_floats;
};

struct peer_net {
    struct peer_context *context;
    size_t count;
    struct step *steps;
    struct chain_memory memory;
    dnnl_memory_desc_t out_format; /* the net's own layout */
};

/* ---- starting -------------------------------------------------------------------------------------- */

static void stop(struct peer_context *context)
{
    if (context->stream != NULL)
        dnnl_stream_destroy(context->stream);
    if (context->engine != NULL)
        dnnl_engine_destroy(context->engine);
    free(context);
}

static enum peer_status start(const struct peer_setup *setup, struct peer_context **context,
                              char version[PEER_TEXT_MAX], char message[PEER_TEXT_MAX])
{
    struct peer_context *made = calloc(1, sizeof *made);
    const dnnl_version_t *own = dnnl_version();
    snprintf(version, PEER_TEXT_MAX, "oneDNN %d.%d.%d", own->major, own->minor, own->patch);
    if (made == NULL)
        return PEER_FAILED;
    omp_set_num_threads((int)setup->threads);
    dnnl_status_t status = dnnl_engine_create(&made->engine, dnnl_cpu, 0);
    if (status == dnnl_success)
        status = dnnl_stream_create(&made->stream, made->engine, dnnl_stream_default_flags);
    if (status != dnnl_success) {
        snprintf(message, PEER_TEXT_MAX, "oneDNN's status %d", (int)status);
        stop(made);
        return PEER_FAILED;
    }
    *context = made;
    return PEER_OK;
}

static void rest(struct peer_context *context)
{
    (void)context;
    omp_pause_resource_all(omp_pause_soft);
}

/* ---- descriptors ----------------------------------------------------------------------------------- */

static dnnl_status_t tensor_format(struct shape shape, dnnl_format_tag_t tag, dnnl_memory_desc_t *format)
{
    const dnnl_dims_t dims = {(dnnl_dim_t)shape.n, (dnnl_dim_t)shape.c, (dnnl_dim_t)shape.h,
                              (dnnl_dim_t)shape.w};
    return dnnl_memory_desc_init_by_tag(format, 4, dims, dnnl_f32, tag);
}

static dnnl_format_tag_t layout_tag(uint32_t layout)
{
    return layout == SEPCC_NHWC ? dnnl_nhwc : dnnl_nchw;
}

/* plain: as sepcc's interface has them; else any. */
static dnnl_status_t weight_format(const struct sepcc_layer *s, bool plain, dnnl_memory_desc_t *format)
{
    const dnnl_dims_t grouped = {s->in_c, s->multiplier, 1, s->kernel_h, s->kernel_w};
    const dnnl_dims_t dense = {s->out_c, s->in_c, 1, 1};
    if (s->op == SEPCC_OP_DEPTHWISE)
        return dnnl_memory_desc_init_by_tag(format, 5, grouped, dnnl_f32,
                                            plain ? dnnl_hwigo : dnnl_format_tag_any);
    return dnnl_memory_desc_init_by_tag(format, 4, dense, dnnl_f32, plain ? dnnl_oihw : dnnl_format_tag_any);
}

/* The activation as an operation behind the convolution. */
static dnnl_status_t append_activation(const struct sepcc_layer *s, dnnl_post_ops_t ops)
{
    switch (s->act) {
    case SEPCC_ACT_NONE:
        return dnnl_success;
    case SEPCC_ACT_RELU:
        return dnnl_post_ops_append_eltwise(ops, 1, dnnl_eltwise_relu, 0, 0);
    case SEPCC_ACT_RELU6:
        return dnnl_post_ops_append_eltwise(ops, 1, dnnl_eltwise_clip, 0, 6);
    case SEPCC_ACT_CLAMP:
        return dnnl_post_ops_append_eltwise(ops, 1, dnnl_eltwise_clip, s->act_param[0], s->act_param[1]);
    case SEPCC_ACT_LEAKY_RELU:
        return dnnl_post_ops_append_eltwise(ops, 1, dnnl_eltwise_relu, s->act_param[0], 0);
    case SEPCC_ACT_HARD_SWISH:
        return dnnl_post_ops_append_eltwise(ops, 1, dnnl_eltwise_hardswish, 0, 0);
    case SEPCC_ACT_SIGMOID:
        return dnnl_post_ops_append_eltwise(ops, 1, dnnl_eltwise_logistic, 0, 0);
    case SEPCC_ACT_SILU:
        return dnnl_post_ops_append_eltwise(ops, 1, dnnl_eltwise_swish, 1, 0);
    default:
        return dnnl_unimplemented;
    }
}

/* ---- layers ---------------------------------------------------------------------------------------- */

/* What a convolution does behind its sums. residual: the format of what it adds at last, or NULL. */
static dnnl_status_t make_attributes(struct step *step, const struct sepcc_layer *s,
                                     const dnnl_memory_desc_t *residual, dnnl_primitive_attr_t *attributes)
{
    dnnl_post_ops_t ops = NULL;
    dnnl_status_t status = dnnl_primitive_attr_create(attributes);
    if (status == dnnl_success)
        status = dnnl_post_ops_create(&ops);
    if (status == dnnl_success)
        status = append_activation(s, ops);
    if (status == dnnl_success && residual != NULL) {
        step->residual_argument = DNNL_ARG_ATTR_MULTIPLE_POST_OP(dnnl_post_ops_len(ops)) | DNNL_ARG_SRC_1;
        status = dnnl_post_ops_append_binary(ops, dnnl_binary_add, residual);
    }
    if (status == dnnl_success)
        status = dnnl_primitive_attr_set_post_ops(*attributes, ops);
    if (ops != NULL)
        dnnl_post_ops_destroy(ops);
    return status;
}

static dnnl_status_t describe(struct step *step, const struct peer_context *context,
                              const dnnl_convolution_desc_t *convolution, const struct sepcc_layer *s,
                              const dnnl_memory_desc_t *residual, dnnl_primitive_desc_t *description)
{
    dnnl_primitive_attr_t attributes = NULL;
    dnnl_status_t status = make_attributes(step, s, residual, &attributes);
    if (status == dnnl_success)
        status = dnnl_primitive_desc_create(description, convolution, attributes, context->engine, NULL);
    if (attributes != NULL)
        dnnl_primitive_attr_destroy(attributes);
    return status;
}

/* Whether oneDNN has no code of its own for a primitive but its reference, which is a hundred times as slow.
 */
static bool is_reference(dnnl_primitive_desc_t description)
{
    const char *name = "";
    (void)dnnl_primitive_desc_query(description, dnnl_query_impl_info_str, 0, (void *)&name);
    return strncmp(name, "ref", 3) == 0;
}

static dnnl_status_t make_add(struct step *step, const struct peer_context *context,
                              const dnnl_memory_desc_t *residual)
{
    dnnl_binary_desc_t binary;
    dnnl_primitive_desc_t description = NULL;
    dnnl_status_t status =
        dnnl_binary_desc_init(&binary, dnnl_binary_add, &step->dst_format, residual, &step->dst_format);
    if (status == dnnl_success)
        status = dnnl_primitive_desc_create(&description, &binary, NULL, context->engine, NULL);
    if (status == dnnl_success)
        status = dnnl_primitive_create(&step->add, description);
    if (description != NULL)
        dnnl_primitive_desc_destroy(description);
    return status;
}

/*
 * Creates the primitive from a complete description, and asks it for the formats it chose. residual: the
 * format of what is added behind the activation, or NULL; by a primitive of its own where the convolution
 * that adds it is the reference (oneDNN 2.6 with AVX-512).
 */
static dnnl_status_t make_primitive(struct step *step, const struct peer_context *context,
                                    const dnnl_convolution_desc_t *convolution, const struct sepcc_layer *s,
                                    const dnnl_memory_desc_t *residual, dnnl_memory_desc_t *weights)
{
    dnnl_primitive_desc_t description = NULL;
    dnnl_status_t status = describe(step, context, convolution, s, residual, &description);
    const bool apart = status == dnnl_success && residual != NULL && is_reference(description);
    if (apart) {
        dnnl_primitive_desc_destroy(description);
        description = NULL;
        status = describe(step, context, convolution, s, NULL, &description);
    }
    if (status == dnnl_success) {
        step->src_format = *dnnl_primitive_desc_query_md(description, dnnl_query_src_md, 0);
        step->dst_format = *dnnl_primitive_desc_query_md(description, dnnl_query_dst_md, 0);
        *weights = *dnnl_primitive_desc_query_md(description, dnnl_query_weights_md, 0);
        status = dnnl_primitive_create(&step->primitive, description);
    }
    if (status == dnnl_success && apart)
        status = make_add(step, context, residual);
    if (description != NULL)
        dnnl_primitive_desc_destroy(description);
    return status;
}

/* Memory in a format; floats NULL: of its own, which *own keeps to be freed. */
static dnnl_status_t make_memory(const struct peer_context *context, const dnnl_memory_desc_t *format,
                                 float *floats, float **own, dnnl_memory_t *memory)
{
    if (floats == NULL) {
        floats = floats_alloc(dnnl_memory_desc_get_size(format) / sizeof(float));
        *own = floats;
    }
    return floats != NULL ? dnnl_memory_create(memory, format, context->engine, floats) : dnnl_out_of_memory;
}

static dnnl_status_t reorder(const struct peer_context *context, dnnl_memory_t from, dnnl_memory_t to)
{
    const dnnl_memory_desc_t *from_format, *to_format;
    dnnl_primitive_desc_t description = NULL;
    dnnl_primitive_t primitive = NULL;
    const dnnl_exec_arg_t arguments[] = {{DNNL_ARG_FROM, from}, {DNNL_ARG_TO, to}};
    dnnl_status_t status = dnnl_memory_get_memory_desc(from, &from_format);
    if (status == dnnl_success)
        status = dnnl_memory_get_memory_desc(to, &to_format);
    if (status == dnnl_success)
        status = dnnl_reorder_primitive_desc_create(&description, from_format, context->engine, to_format,
                                                    context->engine, NULL);
    if (status == dnnl_success)
        status = dnnl_primitive_create(&primitive, description);
    if (status == dnnl_success)
        status = dnnl_primitive_execute(primitive, context->stream, 2, arguments);
    if (status == dnnl_success)
        status = dnnl_stream_wait(context->stream);
    if (primitive != NULL)
        dnnl_primitive_destroy(primitive);
    if (description != NULL)
        dnnl_primitive_desc_destroy(description);
    return status;
}

/* Packs the weights into the primitive's format, and copies the bias. */
static dnnl_status_t make_weights(struct step *step, const struct peer_context *context,
                                  const struct net_layer *layer, const dnnl_memory_desc_t *format)
{
    const dnnl_dims_t bias_dims = {layer->shape->out_c};
    dnnl_memory_desc_t plain_format, bias_format;
    dnnl_memory_t plain = NULL;
    dnnl_status_t status = weight_format(layer->shape, true, &plain_format);
    if (status == dnnl_success)
        status = make_memory(context, &plain_format, (float *)layer->weight, NULL, &plain);
    if (status == dnnl_success)
        status = make_memory(context, format, NULL, &step->weight_floats, &step->weights);
    if (status == dnnl_success)
        status = reorder(context, plain, step->weights);
    if (plain != NULL)
        dnnl_memory_destroy(plain);
    if (status != dnnl_success || !layer->shape->has_bias)
        return status;
    status = dnnl_memory_desc_init_by_tag(&bias_format, 1, bias_dims, dnnl_f32, dnnl_a);
    if (status == dnnl_success)
        status = make_memory(context, &bias_format, NULL, &step->bias_floats, &step->bias);
    for (size_t c = 0; status == dnnl_success && c < layer->shape->out_c; ++c)
        step->bias_floats[c] = layer->bias[c];
    return status;
}

/* The format of a tensor of the net; the steps that make and read it are there. */
static const dnnl_memory_desc_t *format_of(const struct step *steps, size_t tensor)
{
    return tensor == 0 ? &steps[0].src_format : &steps[tensor - 1].dst_format;
}

/* Makes step i. Its input is taken in the format in which the step before it writes; the first chooses. */
static dnnl_status_t make_step(struct step *steps, const struct peer_context *context, const struct net *net,
                               size_t i)
{
    struct step *step = &steps[i];
    const struct sepcc_layer *s = net->layers[i].shape;
    const int add = net->layers[i].add;
    const dnnl_dims_t strides = {s->stride_h, s->stride_w};
    const dnnl_dims_t dilations = {s->dilation_h - 1, s->dilation_w - 1};
    const dnnl_dims_t pad_begin = {s->pad_top, s->pad_left}, pad_end = {s->pad_bottom, s->pad_right};
    const dnnl_dims_t bias_dims = {s->out_c};
    dnnl_memory_desc_t src, dst, weights, bias;
    dnnl_convolution_desc_t convolution;
    dnnl_status_t status = tensor_format(net_shape(net, i), dnnl_format_tag_any, &src);
    if (status == dnnl_success && i > 0)
        src = steps[i - 1].dst_format;
    if (status == dnnl_success)
        status = tensor_format(net_shape(net, i + 1), dnnl_format_tag_any, &dst);
    if (status == dnnl_success)
        status = weight_format(s, false, &weights);
    if (status == dnnl_success)
        status = dnnl_memory_desc_init_by_tag(&bias, 1, bias_dims, dnnl_f32, dnnl_a);
    if (status == dnnl_success)
        status = dnnl_dilated_convolution_forward_desc_init(
            &convolution, dnnl_forward_inference, dnnl_convolution_direct, &src, &weights,
            s->has_bias ? &bias : NULL, &dst, strides, dilations, pad_begin, pad_end);
    if (status == dnnl_success)
        status = make_primitive(step, context, &convolution, s,
                                add >= 0 ? format_of(steps, (size_t)add) : NULL, &weights);
    return status == dnnl_success ? make_weights(step, context, &net->layers[i], &weights) : status;
}

/* ---- nets ------------------------------------------------------------------------------------------ */

static void close_net(struct peer_net *opened)
{
    for (size_t i = 0; opened->steps != NULL && i < opened->count; ++i) {
        struct step *step = &opened->steps[i];
        const dnnl_memory_t memories[] = {step->src, step->weights, step->bias, step->dst};
        for (size_t m = 0; m < sizeof memories / sizeof memories[0]; ++m)
            if (memories[m] != NULL)
                dnnl_memory_destroy(memories[m]);
        if (step->primitive != NULL)
            dnnl_primitive_destroy(step->primitive);
        if (step->add != NULL)
            dnnl_primitive_destroy(step->add);
        free(step->weight_floats);
        free(step->bias_floats);
    }
    free(opened->steps);
    chain_memory_free(&opened->memory);
    free(opened);
}

/* Memory for all tensors, in the formats the primitives chose. */
static dnnl_status_t make_chain_memory(struct peer_net *made, const struct net *net)
{
    const size_t count = made->count + 1;
    size_t *sizes = calloc(count, sizeof *sizes), *last_use = calloc(count, sizeof *last_use);
    const bool allocated = sizes != NULL && last_use != NULL;
    for (size_t i = 0; allocated && i < count; ++i) {
        sizes[i] = dnnl_memory_desc_get_size(format_of(made->steps, i)) / sizeof(float);
        last_use[i] = i + 1;
    }
    for (size_t i = 0; allocated && i < made->count; ++i)
        if (net->layers[i].add >= 0)
            last_use[net->layers[i].add] = i + 1;
    const bool done = allocated && chain_memory_make(&made->memory, count, sizes, last_use);
    free(sizes);
    free(last_use);
    return done ? dnnl_success : dnnl_out_of_memory;
}

static dnnl_status_t make_tensors(struct peer_net *made, const struct net *net)
{
    dnnl_status_t status = make_chain_memory(made, net);
    for (size_t i = 0; status == dnnl_success && i < made->count; ++i) {
        struct step *step = &made->steps[i];
        const int add = net->layers[i].add;
        status = make_memory(made->context, &step->src_format, made->memory.tensors[i], NULL, &step->src);
        if (status == dnnl_success)
            status =
                make_memory(made->context, &step->dst_format, made->memory.tensors[i + 1], NULL, &step->dst);
        if (add >= 0)
            step->residual = made->steps[add].src;
    }
    return status;
}

static dnnl_status_t copy_input(struct peer_net *made, const struct net *net, const float *in)
{
    dnnl_memory_desc_t format;
    dnnl_memory_t plain = NULL;
    dnnl_status_t status = tensor_format(net_shape(net, 0), layout_tag(net->layout), &format);
    if (status == dnnl_success)
        status = make_memory(made->context, &format, (float *)in, NULL, &plain);
    if (status == dnnl_success)
        status = reorder(made->context, plain, made->steps[0].src);
    if (plain != NULL)
        dnnl_memory_destroy(plain);
    return status;
}

static dnnl_status_t fill_net(struct peer_net *made, const struct net *net, const float *in)
{
    dnnl_status_t status =
        tensor_format(net_shape(net, net->layer_count), layout_tag(net->layout), &made->out_format);
    for (size_t i = 0; i < net->layer_count && status == dnnl_success; ++i)
        status = make_step(made->steps, made->context, net, i);
    if (status == dnnl_success)
        status = make_tensors(made, net);
    return status == dnnl_success ? copy_input(made, net, in) : status;
}

static enum peer_status open_net(struct peer_context *context, const struct net *net, const float *in,
                                 struct peer_net **opened, char message[PEER_TEXT_MAX])
{
    struct peer_net *made = calloc(1, sizeof *made);
    if (made == NULL)
        return PEER_FAILED;
    made->context = context;
    made->count = net->layer_count;
    made->steps = calloc(net->layer_count, sizeof *made->steps);
    const dnnl_status_t status = made->steps != NULL ? fill_net(made, net, in) : dnnl_out_of_memory;
    if (status != dnnl_success) {
        snprintf(message, PEER_TEXT_MAX, "oneDNN's status %d", (int)status);
        close_net(made);
        return status == dnnl_unimplemented ? PEER_UNSUPPORTED : PEER_FAILED;
    }
    *opened = made;
    return PEER_OK;
}

static dnnl_status_t run_step(const struct step *step, dnnl_stream_t stream)
{
    dnnl_exec_arg_t arguments[5] = {
        {DNNL_ARG_SRC, step->src}, {DNNL_ARG_WEIGHTS, step->weights}, {DNNL_ARG_DST, step->dst}};
    int count = 3;
    if (step->bias != NULL)
        arguments[count++] = (dnnl_exec_arg_t){DNNL_ARG_BIAS, step->bias};
    if (step->residual != NULL && step->add == NULL)
        arguments[count++] = (dnnl_exec_arg_t){step->residual_argument, step->residual};
    const dnnl_status_t status = dnnl_primitive_execute(step->primitive, stream, count, arguments);
    if (status != dnnl_success || step->add == NULL)
        return status;
    const dnnl_exec_arg_t sum[] = {
        {DNNL_ARG_SRC_0, step->dst}, {DNNL_ARG_SRC_1, step->residual}, {DNNL_ARG_DST, step->dst}};
    return dnnl_primitive_execute(step->add, stream, 3, sum);
}

static enum peer_status run(struct peer_net *opened)
{
    dnnl_stream_t stream = opened->context->stream;
    for (size_t i = 0; i < opened->count; ++i)
        if (run_step(&opened->steps[i], stream) != dnnl_success)
            return PEER_FAILED;
    return dnnl_stream_wait(stream) == dnnl_success ? PEER_OK : PEER_FAILED;
}

static enum peer_status read_output(struct peer_net *opened, float *out)
{
    dnnl_memory_t plain = NULL;
    dnnl_status_t status = make_memory(opened->context, &opened->out_format, out, NULL, &plain);
    if (status == dnnl_success)
        status = reorder(opened->context, opened->steps[opened->count - 1].dst, plain);
    if (plain != NULL)
        dnnl_memory_destroy(plain);
    return status == dnnl_success ? PEER_OK : PEER_FAILED;
}

const struct peer peer_onednn = {
    .name = "onednn",
    .remark = "",
    .start = start,
    .stop = stop,
    .rest = rest,
    .open = open_net,
    .close = close_net,
    .run = run,
    .read = read_output,
};
