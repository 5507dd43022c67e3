/*
 * pack.c: packed weights from plans. All layouts are runs of channels, each with its biases, then its weights
 * tap by tap (of a depthwise layer), input channel by input channel, or (of a standard convolution) both,
 * then its slopes; they differ in how many channels a run has, and where it stands.
 */
#include "bundle/pack.h"

#include "plan/operation.h"

#include <string.h>

/* One layer's tensors, and how its weights lie. */
struct source {
    const float *weight, *bias, *slope; /* bias and slope NULL: none */
    size_t taps, inputs;                /* weights of a channel: for each tap, for each input channel */
    size_t tap_step, input_step, channel_step; /* floats from one to the next */
};

/* `width` values from `channel` on, of which `count` exist; the others are 0. */
static float *put_values(const float *from, size_t step, size_t count, size_t width, float *to)
{
    for (size_t i = 0; i < width; ++i)
        *to++ = from != NULL && i < count ? from[i * step] : 0.0f;
    return to;
}

static float *put_run(const struct source *source, size_t channel, size_t count, size_t width, float *to)
{
    to = put_values(source->bias != NULL ? source->bias + channel : NULL, 1, count, width, to);
    for (size_t tap = 0; tap < source->taps; ++tap)
        for (size_t input = 0; input < source->inputs; ++input)
            to = put_values(source->weight + tap * source->tap_step + input * source->input_step +
                                channel * source->channel_step,
                            source->channel_step, count, width, to);
    return source->slope != NULL ? put_values(source->slope + channel, 1, count, width, to) : to;
}

/* ---- the layouts ----------------------------------------------------------------------------------- */

/* A channel band: its vectors stand where the plan says. */
static void pack_channel_band(const struct source *source, const struct channel_band *band, size_t channel,
                              size_t lanes, size_t vector_floats, float *to)
{
    for (unsigned c = 0; c < band->repeat; ++c)
        for (unsigned k = 0; k < band->count; ++k)
            for (unsigned v = 0; v < band->vector_count; ++v) {
                const struct channel_vector *vector = &band->vectors[v];
                const size_t out = band->first.out + c * band->stride.out + k * band->step.out;
                const size_t at = band->first.vector + c * band->stride.vector + k * band->step.vector + v;
                put_run(source, channel + out + vector->out_offset, vector->lanes, lanes,
                        to + at * vector_floats);
            }
}

static void pack_depthwise(const struct source *source, const struct plan *plan, float *to)
{
    const struct depthwise_plan *dw = &plan->as.depthwise;
    size_t channel = 0;
    for (unsigned g = 0; g < dw->channel_group_count; ++g) {
        const struct channel_group *group = &dw->channel_groups[g];
        for (unsigned n = 0; n < group->count; ++n) {
            for (unsigned b = 0; b < group->band_count; ++b)
                pack_channel_band(source, &dw->channel_bands[group->first_band + b], channel,
                                  plan->isa->lanes, dw->vector_floats, to);
            channel += group->size.out;
            to += (size_t)group->size.vector * dw->vector_floats;
        }
    }
}

/* Panel after panel of output channels. */
static void pack_panels(const struct source *source, const struct panel_block *blocks, unsigned kinds,
                        size_t lanes, float *to)
{
    size_t channel = 0;
    for (unsigned kind = 0; kind < kinds; ++kind)
        for (unsigned n = 0; n < blocks[kind].count; ++n)
            for (unsigned b = 0; b < blocks[kind].band_count; ++b) {
                const struct panel_band *band = &blocks[kind].bands[b];
                const size_t count = (band->vectors - 1) * lanes + band->lanes;
                for (unsigned i = 0; i < band->count; ++i, channel += count)
                    to = put_run(source, channel, count, band->vectors * lanes, to);
            }
}

static void pack_depthwise_nchw(const struct source *source, size_t channels, float *to)
{
    for (size_t channel = 0; channel < channels; ++channel)
        to = put_run(source, channel, 1, 1, to);
}

static void pack_pointwise_nchw(const struct source *source, const struct plan *plan, float *to)
{
    const struct pointwise_nchw_plan *pw = &plan->as.pointwise_nchw;
    size_t channel = 0;
    for (unsigned kind = 0; kind < pw->channel_block_kinds; ++kind)
        for (unsigned n = 0; n < pw->channel_blocks[kind].count; ++n)
            for (unsigned b = 0; b < pw->channel_blocks[kind].band_count; ++b) {
                const struct pixel_band *band = &pw->channel_blocks[kind].bands[b];
                for (unsigned i = 0; i < band->count; ++i, channel += band->size)
                    to = put_run(source, channel, band->size, band->size, to);
            }
}

/* ---- stages ---------------------------------------------------------------------------------------- */

/* Plain weights: depthwise [KH][KW][C*M], pointwise [Cout][Cin], conv [Cout][Cin][KH][KW]. */
static struct source source_of(const struct sepcc_layer *layer, const struct model_layer *tensors)
{
    const size_t taps = (size_t)layer->kernel_h * layer->kernel_w;
    struct source source = {
        .weight = tensors->weight,
        .bias = layer->has_bias ? tensors->bias : NULL,
        .slope = layer->act == SEPCC_ACT_PRELU ? tensors->slope : NULL,
        .taps = taps,
        .inputs = layer->in_c,
        .tap_step = 1,
        .input_step = taps,
        .channel_step = taps * layer->in_c,
    };
    if (layer->op == SEPCC_OP_DEPTHWISE) {
        source.inputs = 1;
        source.tap_step = layer->out_c;
        source.channel_step = 1;
    }
    return source;
}

static void pack_layer(const struct sepcc_layer *layer, const struct plan *plan,
                       const struct model_layer *tensors, float *to)
{
    const struct source source = source_of(layer, tensors);
    const size_t lanes = plan->isa->lanes;
    switch (plan->operation->id) {
    case OPERATION_DEPTHWISE:
        pack_depthwise(&source, plan, to);
        break;
    case OPERATION_POINTWISE:
        pack_panels(&source, plan->as.pointwise.panel_blocks, plan->as.pointwise.panel_block_kinds, lanes,
                    to);
        break;
    case OPERATION_DEPTHWISE_NCHW:
        pack_depthwise_nchw(&source, layer->out_c, to);
        break;
    case OPERATION_POINTWISE_NCHW:
        pack_pointwise_nchw(&source, plan, to);
        break;
    default:
        pack_panels(&source, plan->as.conv.panel_blocks, plan->as.conv.panel_block_kinds, lanes, to);
    }
}

void pack_weights(const struct sepcc_stage *stage, const struct plan *plan, const struct model_layer *layers,
                  float *packed)
{
    memset(packed, 0, plan->packed_bytes);
    if (stage->layer_count == 1) {
        pack_layer(&stage->layer[0], plan, &layers[0], packed);
        return;
    }
    for (uint32_t i = 0; i < stage->layer_count; ++i) {
        const struct plan *part = &plan->as.fused.parts[i];
        pack_layer(&stage->layer[i], part, &layers[i], packed);
        packed += part->packed_bytes / sizeof(float);
    }
}
