/*
 * stage.c: a stage's shapes and counts, and whether its numbers agree with each other.
 */
#include "internal.h"

size_t sepcc_layer_input_image(const struct sepcc_layer *layer)
{
    return (size_t)layer->in_h * layer->in_w * layer->in_c;
}

size_t sepcc_layer_output_image(const struct sepcc_layer *layer)
{
    return (size_t)layer->out_h * layer->out_w * layer->out_c;
}

size_t sepcc_layer_depth(const struct sepcc_layer *layer)
{
    const size_t taps = (size_t)layer->kernel_h * layer->kernel_w;
    return layer->op == SEPCC_OP_DEPTHWISE ? taps : taps * layer->in_c;
}

size_t sepcc_layer_weight_count(const struct sepcc_layer *layer)
{
    return sepcc_layer_depth(layer) * layer->out_c;
}

static const struct sepcc_layer *last_layer(const struct sepcc_stage *stage)
{
    return &stage->layer[stage->layer_count - 1];
}

size_t sepcc_stage_input_count(const struct sepcc_stage *stage)
{
    return stage->batch * sepcc_layer_input_image(&stage->layer[0]);
}

size_t sepcc_stage_output_count(const struct sepcc_stage *stage)
{
    return stage->batch * sepcc_layer_output_image(last_layer(stage));
}

static void tensor_shape(const struct sepcc_stage *stage, size_t height, size_t width, size_t channels,
                         size_t shape[4])
{
    const bool nchw = stage->layout == SEPCC_NCHW;
    shape[0] = stage->batch;
    shape[1] = nchw ? channels : height;
    shape[2] = nchw ? height : width;
    shape[3] = nchw ? width : channels;
}

void sepcc_stage_input_shape(const struct sepcc_stage *stage, size_t shape[4])
{
    const struct sepcc_layer *layer = &stage->layer[0];
    tensor_shape(stage, layer->in_h, layer->in_w, layer->in_c, shape);
}

void sepcc_stage_output_shape(const struct sepcc_stage *stage, size_t shape[4])
{
    const struct sepcc_layer *layer = last_layer(stage);
    tensor_shape(stage, layer->out_h, layer->out_w, layer->out_c, shape);
}

/* The taps along one axis whose input position lies inside the image, summed over the axis' outputs. */
static uint64_t taps_inside(uint32_t in, uint32_t out, uint32_t kernel, uint32_t stride, uint32_t dilation,
                            uint32_t pad)
{
    uint64_t total = 0;
    for (uint64_t o = 0; o < out; ++o) {
        const uint64_t start = o * stride; /* of the window, in padded coordinates */
        const uint64_t image_end = (uint64_t)pad + in;
        const uint64_t before = start < pad ? (pad - start + dilation - 1) / dilation : 0;
        const uint64_t within = start < image_end ? (image_end - start + dilation - 1) / dilation : 0;
        const uint64_t first = before < kernel ? before : kernel;
        const uint64_t end = within < kernel ? within : kernel;
        total += end > first ? end - first : 0;
    }
    return total;
}

static uint64_t layer_fma_count(const struct sepcc_layer *l)
{
    if (l->op == SEPCC_OP_POINTWISE)
        return (uint64_t)l->out_h * l->out_w * l->in_c * l->out_c;
    const uint64_t taps =
        taps_inside(l->in_h, l->out_h, l->kernel_h, l->stride_h, l->dilation_h, l->pad_top) *
        taps_inside(l->in_w, l->out_w, l->kernel_w, l->stride_w, l->dilation_w, l->pad_left);
    return taps * l->out_c * (l->op == SEPCC_OP_CONV ? l->in_c : 1);
}

uint64_t sepcc_stage_fma_count(const struct sepcc_stage *stage)
{
    uint64_t total = 0;
    for (uint32_t i = 0; i < stage->layer_count; ++i)
        total += layer_fma_count(&stage->layer[i]);
    return total * stage->batch;
}

/* out = floor((in + pads - window) / stride) + 1, with a window that fits. */
static bool axis_valid(uint32_t in, uint32_t out, uint32_t kernel, uint32_t stride, uint32_t dilation,
                       uint32_t pad_begin, uint32_t pad_end)
{
    uint64_t padded, window;
    if (in == 0 || kernel == 0 || stride == 0 || dilation == 0)
        return false;
    padded = (uint64_t)in + pad_begin + pad_end;
    window = (uint64_t)(kernel - 1) * dilation + 1;
    return window <= padded && out == (padded - window) / stride + 1;
}

static bool image_fits(size_t batch, uint32_t height, uint32_t width, uint32_t channels)
{
    size_t bytes;
    return !__builtin_mul_overflow(batch, (size_t)height, &bytes) &&
           !__builtin_mul_overflow(bytes, (size_t)width, &bytes) &&
           !__builtin_mul_overflow(bytes, (size_t)channels, &bytes) &&
           !__builtin_mul_overflow(bytes, sizeof(float), &bytes);
}

static bool channels_valid(const struct sepcc_layer *l)
{
    if (l->in_c == 0 || l->out_c == 0)
        return false;
    if (l->op == SEPCC_OP_DEPTHWISE)
        return l->multiplier > 0 && (uint64_t)l->in_c * l->multiplier == l->out_c;
    if (l->op == SEPCC_OP_CONV)
        return l->multiplier == 1;
    return l->multiplier == 1 && l->kernel_h == 1 && l->kernel_w == 1 && l->pad_top == 0 &&
           l->pad_left == 0 && l->pad_bottom == 0 && l->pad_right == 0;
}

static bool layer_op_known(const struct sepcc_layer *l)
{
    return l->op == SEPCC_OP_DEPTHWISE || l->op == SEPCC_OP_POINTWISE || l->op == SEPCC_OP_CONV;
}

static bool weights_fit(const struct sepcc_layer *l)
{
    const size_t inputs = l->op == SEPCC_OP_DEPTHWISE ? 1 : l->in_c;
    return image_fits(inputs, l->kernel_h, l->kernel_w, l->out_c);
}

static bool layer_valid(const struct sepcc_layer *l, size_t batch)
{
    return layer_op_known(l) &&
           axis_valid(l->in_h, l->out_h, l->kernel_h, l->stride_h, l->dilation_h, l->pad_top,
                      l->pad_bottom) &&
           axis_valid(l->in_w, l->out_w, l->kernel_w, l->stride_w, l->dilation_w, l->pad_left,
                      l->pad_right) &&
           channels_valid(l) && l->has_bias <= 1 && l->act < SEPCC_ACT_COUNT &&
           image_fits(batch, l->in_h, l->in_w, l->in_c) && image_fits(batch, l->out_h, l->out_w, l->out_c) &&
           weights_fit(l);
}

/* The layers that make up each operation. */
static bool layers_are_those_of(const struct sepcc_stage *stage)
{
    static const struct {
        uint32_t count, op[SEPCC_MAX_LAYERS];
    } patterns[] = {
        [SEPCC_OP_DEPTHWISE] = {1, {SEPCC_OP_DEPTHWISE}},
        [SEPCC_OP_POINTWISE] = {1, {SEPCC_OP_POINTWISE}},
        [SEPCC_OP_SEPARABLE] = {2, {SEPCC_OP_DEPTHWISE, SEPCC_OP_POINTWISE}},
        [SEPCC_OP_INVERTED] = {3, {SEPCC_OP_POINTWISE, SEPCC_OP_DEPTHWISE, SEPCC_OP_POINTWISE}},
        [SEPCC_OP_CONV] = {1, {SEPCC_OP_CONV}},
    };
    if (stage->op >= sizeof patterns / sizeof patterns[0] || patterns[stage->op].count == 0 ||
        stage->layer_count != patterns[stage->op].count)
        return false;
    for (uint32_t i = 0; i < stage->layer_count; ++i)
        if (stage->layer[i].op != patterns[stage->op].op[i])
            return false;
    return true;
}

static bool layers_follow(const struct sepcc_layer *before, const struct sepcc_layer *after)
{
    return before->out_h == after->in_h && before->out_w == after->in_w && before->out_c == after->in_c;
}

static bool residual_valid(const struct sepcc_stage *stage)
{
    const struct sepcc_layer *first = &stage->layer[0], *last = last_layer(stage);
    return stage->residual == 0 ||
           (stage->residual == 1 && stage->op == SEPCC_OP_INVERTED && layers_follow(last, first));
}

bool sepcc_stage_known(const struct sepcc_stage *stage)
{
    if (stage->op < SEPCC_OP_DEPTHWISE || stage->op > SEPCC_OP_CONV || stage->dtype != SEPCC_F32 ||
        stage->layout > SEPCC_NCHW)
        return false;
    for (uint32_t i = 0; stage->layer_count <= SEPCC_MAX_LAYERS && i < stage->layer_count; ++i) {
        const struct sepcc_layer *layer = &stage->layer[i];
        if (!layer_op_known(layer) || layer->act >= SEPCC_ACT_COUNT)
            return false;
    }
    return true;
}

bool sepcc_stage_valid(const struct sepcc_stage *stage)
{
    if (stage->dtype != SEPCC_F32 || (stage->layout != SEPCC_NHWC && stage->layout != SEPCC_NCHW) ||
        stage->batch == 0 || !layers_are_those_of(stage))
        return false;
    for (uint32_t i = 0; i < stage->layer_count; ++i)
        if (!layer_valid(&stage->layer[i], stage->batch) ||
            (i > 0 && !layers_follow(&stage->layer[i - 1], &stage->layer[i])))
            return false;
    return residual_valid(stage);
}
