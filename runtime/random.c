/*
 * random.c: test data that can fail, the same on every machine.
 *
 * Values are made by integer arithmetic and put together as bits. SEPCC_DATA_CANCEL: signed values of like
 * size, so that sums cancel and a wrong order or rounding shows. SEPCC_DATA_SPECIAL: the same with three
 * kinds of special values among them: zeros of either sign are frequent; tiny values (denormals) are less so
 * in large tensors, since many CPUs take a hundred cycles for an operation on one; harsh values (NaN,
 * infinities, huge ones), which spoil every sum they enter, are rare enough to leave most outputs finite.
 */
#include "internal.h"

#include <math.h>

enum {
    ZERO_PERIOD = 16, /* one value in so many */
    TINY_PERIOD = 16, /* of a small tensor */
    TINY_PERIOD_LARGE = 1024,
    LARGE_COUNT = 1 << 14,
    DEFAULT_HARSH = 32, /* for sepcc_fill, which knows no depth */
    ZERO_CHANNELS = 8   /* one output channel in so many has zeros for weights */
};

/* SplitMix64 (Steele, Lea, Flood 2014): a bijection of 64 bits that mixes well. */
static uint64_t mix(uint64_t x)
{
    x += 0x9e3779b97f4a7c15u;
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
    return x ^ (x >> 31);
}

uint64_t sepcc_mix_seed(uint64_t seed, uint64_t tensor)
{
    return mix(mix(seed) ^ tensor);
}

static float float_of_bits(uint32_t bits)
{
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

/* Sign from bit 0; magnitude in [0.5, 2) from the next 24: all significands, two exponents. */
static float signed_value(uint64_t random)
{
    const uint32_t sign = (uint32_t)(random & 1) << 31;
    const uint32_t exponent = 126 + ((uint32_t)(random >> 1) & 1);
    return float_of_bits(sign | (exponent << 23) | ((uint32_t)(random >> 2) & 0x7fffff));
}

static float zero_value(uint64_t random)
{
    return float_of_bits((uint32_t)(random & 1) << 31);
}

static float tiny_value(uint64_t random)
{
    static const uint32_t values[] = {
        0x00000001, 0x80000001,             /* the least denormals */
        0x007fffff, 0x807fffff, 0x00400000, /* the greatest, and half of them */
        0x00800000, 0x80800000,             /* the least normal values: products with them are denormal */
    };
    return float_of_bits(values[random % (sizeof values / sizeof values[0])]);
}

static float harsh_value(uint64_t random)
{
    static const uint32_t values[] = {
        0x7fc00000, 0xffc12345,             /* NaN, with either sign and a payload */
        0x7f800000, 0xff800000,             /* infinities */
        0x7f7fffff, 0xff7fffff,             /* the greatest finite values */
        0x5f800000, 0xdf800000, 0x7f000000, /* products that overflow */
    };
    return float_of_bits(values[random % (sizeof values / sizeof values[0])]);
}

void sepcc_fill_sprinkled(float *values, size_t count, enum sepcc_data kind, size_t harsh_period,
                          uint64_t seed)
{
    const size_t tiny_period = count < LARGE_COUNT ? TINY_PERIOD : TINY_PERIOD_LARGE;
    for (size_t i = 0; i < count; ++i) {
        const uint64_t random = sepcc_mix_seed(seed, i);
        const uint64_t choice = mix(random);
        values[i] = signed_value(random);
        if (kind != SEPCC_DATA_SPECIAL)
            continue;
        if (choice % harsh_period == 0)
            values[i] = harsh_value(random);
        else if ((choice >> 24) % tiny_period == 0)
            values[i] = tiny_value(random);
        else if ((choice >> 48) % ZERO_PERIOD == 0)
            values[i] = zero_value(random);
    }
}

void sepcc_fill(float *values, size_t count, enum sepcc_data kind, uint64_t seed)
{
    sepcc_fill_sprinkled(values, count, kind, DEFAULT_HARSH, seed);
}

void sepcc_fill_input(const struct sepcc_stage *stage, enum sepcc_data kind, uint64_t seed, float *in)
{
    /* About half of the sums then meet a harsh value. */
    const size_t period = 2 * sepcc_layer_depth(&stage->layer[0]);
    const size_t count = sepcc_stage_input_count(stage);
    sepcc_fill_sprinkled(in, count, kind, period, seed);
    if (kind == SEPCC_DATA_SPECIAL) /* there all products with a zero weight are zeros of one sign */
        for (size_t i = count - count / 3; i < count; ++i)
            in[i] = fabsf(in[i]);
}

/* A power of two near 1 / sqrt(depth): products of random sign then sum up to about 1. */
static float depth_scale(size_t depth)
{
    float scale = 1.0f;
    while (depth >= 4) {
        depth /= 4;
        scale /= 2.0f;
    }
    return scale;
}

/*
 * Weights of -0 for at least one output channel: only there can a sum be a zero whose sign tells whether it
 * was started and added up right.
 */
static void zero_some_channels(const struct sepcc_layer *layer, uint64_t seed, float *weights, float *bias)
{
    const bool depthwise = layer->op == SEPCC_OP_DEPTHWISE;
    const size_t depth = sepcc_layer_depth(layer);
    const size_t first = seed % (layer->out_c < ZERO_CHANNELS ? layer->out_c : ZERO_CHANNELS);
    for (size_t c = first; c < layer->out_c; c += ZERO_CHANNELS) {
        for (size_t k = 0; k < depth; ++k)
            weights[depthwise ? k * layer->out_c + c : c * depth + k] = -0.0f;
        if (bias != NULL)
            bias[c] = sepcc_mix_seed(seed, c) % 2 == 0 ? -0.0f : 0.0f;
    }
}

void sepcc_fill_layer(const struct sepcc_layer *layer, enum sepcc_data kind, uint64_t seed, float *weights,
                      float *bias, float *slope)
{
    const size_t count = sepcc_layer_weight_count(layer), depth = sepcc_layer_depth(layer);
    const float scale = depth_scale(depth);
    /* A fourth of the channels then has a harsh weight, bias or slope. */
    sepcc_fill_sprinkled(weights, count, kind, 8 * depth, sepcc_mix_seed(seed, 0));
    for (size_t i = 0; i < count; ++i)
        weights[i] *= scale;
    if (bias != NULL)
        sepcc_fill_sprinkled(bias, layer->out_c, kind, DEFAULT_HARSH, sepcc_mix_seed(seed, 1));
    if (slope != NULL)
        sepcc_fill_sprinkled(slope, layer->out_c, kind, DEFAULT_HARSH, sepcc_mix_seed(seed, 2));
    if (kind == SEPCC_DATA_SPECIAL)
        zero_some_channels(layer, sepcc_mix_seed(seed, 3), weights, bias);
}
