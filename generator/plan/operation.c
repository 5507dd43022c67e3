/*
 * operation.c: the table of operations.
 */
#include "plan/operation.h"

#include "plan/plan_internal.h"

static const char *const layer_templates[] = {"depthwise.m4", "pointwise.m4", NULL};
static const char *const layer_templates_nchw[] = {"depthwise_nchw.m4", "pointwise_nchw.m4", NULL};

/* A fused stage: the same in both layouts, but for the layers it is made of. */
#define FUSED(bit, stage, order, words, layers)                                                              \
    {                                                                                                        \
        .id = (bit), .op = (stage), .layout = (order), .name = (words), .template = "fused.m4",              \
        .includes = (layers), .plan = plan_fused, .plan_free = plan_fused_free,                              \
        .plan_request = plan_fused_request, .plan_explain = plan_fused_explain, .count = plan_fused_count    \
    }

/* A standard convolution: one template for both layouts. */
#define CONV(order, words)                                                                                   \
    {                                                                                                        \
        .id = OPERATION_CONV, .op = SEPCC_OP_CONV, .layout = (order), .name = (words),                       \
        .template = "conv.m4", .plan = plan_conv, .plan_free = plan_conv_free,                               \
        .plan_request = plan_conv_request, .plan_explain = plan_conv_explain, .count = plan_conv_count       \
    }

static const struct operation operations[] = {
    {
        .id = OPERATION_DEPTHWISE,
        .op = SEPCC_OP_DEPTHWISE,
        .layout = SEPCC_NHWC,
        .name = "depthwise",
        .template = "depthwise.m4",
        .plan = plan_depthwise,
        .plan_free = plan_depthwise_free,
        .plan_request = plan_depthwise_request,
        .plan_explain = plan_depthwise_explain,
        .count = plan_depthwise_count,
    },
    {
        .id = OPERATION_POINTWISE,
        .op = SEPCC_OP_POINTWISE,
        .layout = SEPCC_NHWC,
        .name = "pointwise",
        .template = "pointwise.m4",
        .plan = plan_pointwise,
        .plan_request = plan_pointwise_request,
        .plan_explain = plan_pointwise_explain,
        .count = plan_pointwise_count,
    },
    FUSED(OPERATION_FUSED, SEPCC_OP_SEPARABLE, SEPCC_NHWC, "separable", layer_templates),
    FUSED(OPERATION_FUSED, SEPCC_OP_INVERTED, SEPCC_NHWC, "inverted", layer_templates),
    {
        .id = OPERATION_DEPTHWISE_NCHW,
        .op = SEPCC_OP_DEPTHWISE,
        .layout = SEPCC_NCHW,
        .name = "depthwise of planes",
        .template = "depthwise_nchw.m4",
        .plan = plan_depthwise_nchw,
        .plan_free = plan_depthwise_nchw_free,
        .plan_request = plan_depthwise_nchw_request,
        .plan_explain = plan_depthwise_nchw_explain,
        .count = plan_depthwise_nchw_count,
    },
    {
        .id = OPERATION_POINTWISE_NCHW,
        .op = SEPCC_OP_POINTWISE,
        .layout = SEPCC_NCHW,
        .name = "pointwise of planes",
        .template = "pointwise_nchw.m4",
        .plan = plan_pointwise_nchw,
        .plan_request = plan_pointwise_nchw_request,
        .plan_explain = plan_pointwise_nchw_explain,
        .count = plan_pointwise_nchw_count,
    },
    FUSED(OPERATION_FUSED_NCHW, SEPCC_OP_SEPARABLE, SEPCC_NCHW, "separable of planes", layer_templates_nchw),
    FUSED(OPERATION_FUSED_NCHW, SEPCC_OP_INVERTED, SEPCC_NCHW, "inverted of planes", layer_templates_nchw),
    CONV(SEPCC_NHWC, "conv"),
    CONV(SEPCC_NCHW, "conv of planes"),
};

const struct operation *operation_of_layer(enum sepcc_op op, enum sepcc_layout layout)
{
    for (size_t i = 0; i < sizeof operations / sizeof operations[0]; ++i)
        if (operations[i].op == op && operations[i].layout == layout)
            return &operations[i];
    return NULL;
}

/*
 * The layout whose kernels suit a stage best. Where all planes have one pixel, or there is one channel, both
 * layouts are the same order of floats: then lanes run over whatever there is more of.
 */
static enum sepcc_layout best_layout(const struct sepcc_stage *stage)
{
    bool one_pixel = true, one_channel = true;
    for (unsigned i = 0; i < stage->layer_count; ++i) {
        const struct sepcc_layer *layer = &stage->layer[i];
        one_pixel &= layer->in_h == 1 && layer->in_w == 1 && layer->out_h == 1 && layer->out_w == 1;
        one_channel &= layer->in_c == 1 && layer->out_c == 1;
    }
    if (one_pixel)
        return SEPCC_NHWC;
    return one_channel ? SEPCC_NCHW : (enum sepcc_layout)stage->layout;
}

const struct operation *operation_of(const struct sepcc_stage *stage)
{
    return operation_of_layer((enum sepcc_op)stage->op, best_layout(stage));
}
