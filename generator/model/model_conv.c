/*
 * model_conv.c: a Conv node as a piece: depthwise with group = channels, pointwise with 1x1 and group 1.
 *
 * A convolution in one direction is one over images of height 1.
 */
#include "model/piece.h"

#include <inttypes.h>
#include <string.h>

/* One direction of the image, as the node says it. */
struct window {
    uint64_t in, kernel, stride, dilation, pad_begin, pad_end;
};

struct conv {
    const struct graph_tensor *in, *weight, *bias;
    uint64_t batch, channels, outputs, group;
    struct window window[2]; /* height, width */
};

/* ---- attributes ------------------------------------------------------------------------------------- */

/* Element i of an attribute with count integers, fallback without it; false when that is no good here. */
static bool take_integer(const struct graph_node *node, const char *name, size_t count, size_t i,
                         int64_t least, uint64_t *value, struct text *reason)
{
    const struct graph_attribute *attribute = graph_attribute(node, name, ATTRIBUTE_INTS);
    if (attribute == NULL)
        return true;
    if (attribute->count != count || attribute->integers[i] < least || attribute->integers[i] > UINT32_MAX) {
        text_printf(reason, "its attribute %s is not %zu numbers from %" PRId64 " on", name, count, least);
        return false;
    }
    *value = (uint64_t)attribute->integers[i];
    return true;
}

/* SAME: as many outputs as strides begin in the input; an odd element goes to the end, or to the begin. */
static void pad_same(struct window *window, bool lower)
{
    const uint64_t reach = (window->kernel - 1) * window->dilation + 1;
    const uint64_t out = (window->in + window->stride - 1) / window->stride;
    const uint64_t need = (out - 1) * window->stride + reach;
    const uint64_t total = need > window->in ? need - window->in : 0;
    window->pad_begin = lower ? total - total / 2 : total / 2;
    window->pad_end = total - window->pad_begin;
}

static bool take_padding(const struct graph_node *node, struct window *window, size_t axes, size_t i,
                         struct text *reason)
{
    const struct graph_attribute *automatic = graph_attribute(node, "auto_pad", ATTRIBUTE_STRING);
    const char *how = automatic != NULL ? automatic->string : "NOTSET";
    if (strcmp(how, "VALID") == 0)
        return true;
    if (strcmp(how, "SAME_UPPER") == 0 || strcmp(how, "SAME_LOWER") == 0) {
        pad_same(window, strcmp(how, "SAME_LOWER") == 0);
        return true;
    }
    if (strcmp(how, "NOTSET") != 0 && how[0] != '\0') {
        text_printf(reason, "its attribute auto_pad is '%s'", how);
        return false;
    }
    return take_integer(node, "pads", 2 * axes, i, 0, &window->pad_begin, reason) &&
           take_integer(node, "pads", 2 * axes, axes + i, 0, &window->pad_end, reason);
}

/* Axis i of axes. The kernel's size comes from the weights; the attribute may say the same. */
static bool take_window(const struct graph_node *node, const struct conv *conv, size_t axes, size_t i,
                        struct window *window, struct text *reason)
{
    *window = (struct window){
        .in = conv->in->dim[2 + i], .kernel = conv->weight->dim[2 + i], .stride = 1, .dilation = 1};
    uint64_t kernel = window->kernel;
    if (!take_integer(node, "kernel_shape", axes, i, 1, &kernel, reason) ||
        !take_integer(node, "strides", axes, i, 1, &window->stride, reason) ||
        !take_integer(node, "dilations", axes, i, 1, &window->dilation, reason))
        return false;
    if (kernel != window->kernel || kernel == 0 || window->in == 0) {
        text_puts(reason, "its kernel_shape is not that of its weights, or one of its sizes is 0");
        return false;
    }
    if (window->in > UINT32_MAX || kernel > UINT32_MAX) {
        text_puts(reason, "its sizes are too large");
        return false;
    }
    return take_padding(node, window, axes, i, reason);
}

/* ---- the node --------------------------------------------------------------------------------------- */

static bool check_tensors(const struct conv *conv, struct text *reason)
{
    const struct graph_tensor *in = conv->in, *weight = conv->weight;
    const char *wrong = NULL;
    if (in == NULL || weight == NULL)
        wrong = "it lacks an input";
    else if (!in->shape_known)
        wrong = "the shape of its input is unknown";
    else if (in->type != ELEMENT_F32 && in->type != ELEMENT_UNKNOWN)
        wrong = "its input is not of type f32";
    else if (weight->reals == NULL)
        wrong =
            weight->integers != NULL ? "its weights are integers" : "its weights are computed at run time";
    else if (!is_weight_type(weight->type))
        wrong = "its weights are not of type f32 or f16";
    else if (in->rank != 3 && in->rank != 4)
        wrong = "it is neither a 1-D nor a 2-D convolution";
    else if (weight->rank != in->rank)
        wrong = "its weights have another rank than its input";
    else if (conv->bias != NULL && conv->bias->reals == NULL)
        wrong = conv->bias->integers != NULL ? "its bias is of integers" : "its bias is computed at run time";
    else if (conv->bias != NULL && !is_weight_type(conv->bias->type))
        wrong = "its bias is not of type f32 or f16";
    else if (conv->bias != NULL && conv->bias->count != weight->dim[0])
        wrong = "its bias has another size than its output";
    if (wrong != NULL)
        text_puts(reason, wrong);
    return wrong == NULL;
}

static bool read_conv(const struct graph *graph, const struct graph_node *node, struct conv *conv,
                      struct text *reason)
{
    *conv = (struct conv){.in = node_input(graph, node, 0),
                          .weight = node_input(graph, node, 1),
                          .bias = node_input(graph, node, 2)};
    if (!check_tensors(conv, reason))
        return false;
    const int64_t group = graph_integer(node, "group", 1);
    conv->batch = conv->in->dim[0];
    conv->channels = conv->in->dim[1];
    conv->outputs = conv->weight->dim[0];
    conv->group = group > 0 ? (uint64_t)group : 0;
    if (group <= 0 || conv->channels % conv->group != 0 || conv->outputs % conv->group != 0 ||
        conv->weight->dim[1] != conv->channels / conv->group || conv->weight->count == 0) {
        text_puts(reason, "its group, channels and weights do not fit together");
        return false;
    }
    const size_t axes = conv->in->rank - 2;
    conv->window[0] = (struct window){1, 1, 1, 1, 0, 0};
    for (size_t i = 0; i < axes; ++i)
        if (!take_window(node, conv, axes, i, &conv->window[2 - axes + i], reason))
            return false;
    return true;
}

static bool is_pointwise(const struct conv *conv)
{
    bool plain = conv->group == 1;
    for (size_t i = 0; i < 2; ++i)
        plain =
            plain && conv->window[i].kernel == 1 && conv->window[i].pad_begin + conv->window[i].pad_end == 0;
    return plain;
}

static void explain_standard(const struct conv *conv, struct text *reason)
{
    const struct window *window = conv->window;
    if (conv->group > 1)
        text_printf(reason, "it is a convolution in %" PRIu64 " groups of %" PRIu64 " channels", conv->group,
                    conv->channels / conv->group);
    else if (window[0].kernel == 1 && window[1].kernel == 1)
        text_puts(reason, "it is a 1x1 convolution with padding");
    else
        text_printf(reason, "it is a standard %" PRIu64 "x%" PRIu64 " convolution", window[0].kernel,
                    window[1].kernel);
}

/* Sizes above what fits are caught before: the checks of specs come after. */
static void fill_layer(const struct conv *conv, bool pointwise, struct sepcc_layer *layer)
{
    const struct window *h = &conv->window[0], *w = &conv->window[1];
    *layer = (struct sepcc_layer){
        .op = pointwise ? SEPCC_OP_POINTWISE : SEPCC_OP_DEPTHWISE,
        .in_h = (uint32_t)h->in,
        .in_w = (uint32_t)w->in,
        .in_c = (uint32_t)conv->channels,
        .out_c = (uint32_t)conv->outputs,
        .kernel_h = (uint32_t)h->kernel,
        .kernel_w = (uint32_t)w->kernel,
        .stride_h = (uint32_t)h->stride,
        .stride_w = (uint32_t)w->stride,
        .dilation_h = pointwise ? 1 : (uint32_t)h->dilation,
        .dilation_w = pointwise ? 1 : (uint32_t)w->dilation,
        .pad_top = (uint32_t)h->pad_begin,
        .pad_left = (uint32_t)w->pad_begin,
        .pad_bottom = (uint32_t)h->pad_end,
        .pad_right = (uint32_t)w->pad_end,
        .multiplier = pointwise ? 1 : (uint32_t)(conv->outputs / conv->channels),
        .has_bias = conv->bias != NULL,
        .act = SEPCC_ACT_NONE,
    };
}

enum exit_status piece_read_conv(const struct graph *graph, size_t index, struct piece *piece,
                                 struct text *reason)
{
    const struct graph_node *node = &graph->nodes[index];
    struct conv conv;
    *piece = (struct piece){0};
    if (!read_conv(graph, node, &conv, reason))
        return STATUS_DONE;
    const bool pointwise = is_pointwise(&conv);
    if (!pointwise && conv.group != conv.channels) {
        explain_standard(&conv, reason);
        return STATUS_DONE;
    }
    if (conv.batch > UINT32_MAX || conv.channels > UINT32_MAX || conv.outputs > UINT32_MAX) {
        text_puts(reason, "its sizes are too large");
        return STATUS_DONE;
    }
    fill_layer(&conv, pointwise, &piece->layer);
    piece->batch = (uint32_t)conv.batch;
    piece->layout = SEPCC_NCHW;
    piece->rank = conv.in->rank;
    piece->axis = 1;
    piece->input = node->inputs[0];
    piece->output = node->outputs[0];
    piece->per_channel = conv.weight->count / conv.outputs;
    if (!layer_complete(piece, reason))
        return STATUS_DONE;
    enum exit_status status = piece_allocate(piece);
    for (size_t i = 0; status == STATUS_DONE && i < conv.weight->count; ++i)
        piece->weight[i] = (double)conv.weight->reals[i];
    for (size_t i = 0; status == STATUS_DONE && conv.bias != NULL && i < conv.outputs; ++i)
        piece->bias[i] = (double)conv.bias->reals[i];
    return status == STATUS_DONE ? piece_add_node(piece, index) : status;
}
