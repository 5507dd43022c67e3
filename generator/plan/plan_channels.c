/*
 * plan_channels.c: dividing depthwise channels into groups, bands and vectors, for any count and multiplier.
 *
 * With multiplier 1 the lanes are neighbouring channels. With a small multiplier (at most half the lanes) the
 * lanes are neighbouring output channels and an input channel is spread over several of them; how, repeats
 * after a *period* of vectors. With a large one the lanes are the outputs of one input channel.
 */
#include "plan/plan_internal.h"

#include <string.h>

enum lane_source channel_lanes(const struct sepcc_layer *layer, const struct isa *isa)
{
    if (layer->multiplier == 1)
        return LANES_PLAIN;
    return layer->multiplier <= isa->lanes / 2 ? LANES_SPREAD : LANES_DUP;
}

/* Of two numbers above 0. */
static unsigned greatest_common_divisor(unsigned a, unsigned b)
{
    while (a % b != 0) {
        const unsigned rest = a % b;
        a = b;
        b = rest;
    }
    return b;
}

/* Vectors after which the phase of spreading repeats. */
static unsigned spread_period(unsigned multiplier, unsigned lanes)
{
    return multiplier / greatest_common_divisor(multiplier, lanes);
}

unsigned channel_quantum(const struct sepcc_layer *layer, const struct isa *isa, unsigned vectors)
{
    switch (channel_lanes(layer, isa)) {
    case LANES_PLAIN:
        return vectors * isa->lanes;
    case LANES_SPREAD:
        return spread_period(layer->multiplier, isa->lanes) * isa->lanes;
    case LANES_DUP:
        break;
    }
    return layer->multiplier;
}

static struct channel_band *band_add(struct depthwise_plan *dw)
{
    struct channel_band *band = &dw->channel_bands[dw->channel_band_count++];
    memset(band, 0, sizeof *band);
    band->count = band->repeat = 1;
    return band;
}

/* vectors full vectors a step, and one step of what is left over. */
static void bands_plain(struct depthwise_plan *dw, unsigned lanes, unsigned channels)
{
    const unsigned full = channels / lanes, tail = channels % lanes, steps = full / dw->vectors;
    const unsigned done = steps * dw->vectors, left = full - done + (tail != 0);
    if (steps > 0) {
        struct channel_band *band = band_add(dw);
        band->count = steps;
        band->step = (struct channel_position){dw->vectors * lanes, dw->vectors * lanes, dw->vectors};
        band->vector_count = dw->vectors;
        for (unsigned v = 0; v < dw->vectors; ++v)
            band->vectors[v] = (struct channel_vector){v * lanes, v * lanes, lanes, lanes, 0};
    }
    if (left > 0) {
        struct channel_band *band = band_add(dw);
        band->first = (struct channel_position){done * lanes, done * lanes, done};
        band->vector_count = left;
        for (unsigned v = 0; v < left; ++v) {
            const unsigned real = tail != 0 && v + 1 == left ? tail : lanes;
            band->vectors[v] = (struct channel_vector){v * lanes, v * lanes, real, real, 0};
        }
    }
}

/* One band per phase over all full periods, then one per vector that is left over. */
static void bands_spread(struct depthwise_plan *dw, unsigned lanes, unsigned channels, unsigned multiplier)
{
    const unsigned period = spread_period(multiplier, lanes);
    const unsigned vectors = divide_up(channels, lanes), periods = channels / lanes / period;
    for (unsigned v = 0; v < vectors; ++v) {
        const bool repeats = v < period && periods > 0;
        if (!repeats && v < periods * period)
            continue;
        const unsigned out = v * lanes, phase = out % multiplier;
        const unsigned real = channels - out < lanes ? channels - out : lanes;
        struct channel_band *band = band_add(dw);
        band->first = (struct channel_position){out, out / multiplier, v};
        band->count = repeats ? periods : 1;
        band->step = (struct channel_position){period * lanes, period * lanes / multiplier, period};
        band->vector_count = 1;
        band->vectors[0] = (struct channel_vector){0, 0, real, (real - 1 + phase) / multiplier + 1, phase};
    }
}

/* Once per input channel: steps of full vectors of its outputs, then what is left over of them. */
static void bands_dup(struct depthwise_plan *dw, unsigned lanes, unsigned channels, unsigned multiplier)
{
    const unsigned inputs = channels / multiplier, first_band = dw->channel_band_count;
    bands_plain(dw, lanes, multiplier);
    for (unsigned b = first_band; b < dw->channel_band_count; ++b) {
        struct channel_band *band = &dw->channel_bands[b];
        band->repeat = inputs;
        band->stride = (struct channel_position){multiplier, 1, divide_up(multiplier, lanes)};
        band->first.in = 0;
        band->step.in = 0;
        for (unsigned v = 0; v < band->vector_count; ++v) {
            band->vectors[v].in_offset = 0;
            band->vectors[v].in_lanes = 1;
        }
    }
}

static void group_add(struct depthwise_plan *dw, const struct sepcc_layer *layer, const struct isa *isa,
                      unsigned count, unsigned channels)
{
    struct channel_group *group = &dw->channel_groups[dw->channel_group_count++];
    const unsigned inputs = channels / layer->multiplier;
    group->count = count;
    group->first_band = dw->channel_band_count;
    group->size = (struct channel_position){channels, inputs, divide_up(channels, isa->lanes)};
    if (dw->lanes == LANES_PLAIN)
        bands_plain(dw, isa->lanes, channels);
    else if (dw->lanes == LANES_SPREAD)
        bands_spread(dw, isa->lanes, channels, layer->multiplier);
    else {
        bands_dup(dw, isa->lanes, channels, layer->multiplier);
        group->size.vector = inputs * divide_up(layer->multiplier, isa->lanes);
    }
    group->band_count = dw->channel_band_count - group->first_band;
    dw->channel_group_total += count;
}

void plan_channels(const struct sepcc_layer *layer, const struct isa *isa, struct depthwise_plan *dw)
{
    const unsigned groups = layer->out_c / dw->block, rest = layer->out_c % dw->block;
    dw->lanes = channel_lanes(layer, isa);
    dw->channel_band_count = dw->channel_group_count = dw->channel_group_total = 0;
    if (groups > 0)
        group_add(dw, layer, isa, groups, dw->block);
    if (rest > 0)
        group_add(dw, layer, isa, 1, rest);
}
