/*
 * activation.c: the activations of docs/numbers.md for one value, bit for bit what generated code computes.
 */
#include "sepcc.h"

#include <math.h>

/* A fused a * b + c must be one only where it is written as one. */
#if defined(__clang__)
#pragma STDC FP_CONTRACT OFF
#elif defined(__GNUC__)
#pragma GCC optimize("fp-contract=off")
#endif

/*
 * A value that the compiler does not know. Of `0 > x ? 0 : x` clang makes fmax for AArch64, which gives 0 for
 * -0.
 */
static float hidden(float value)
{
    volatile float copy = value;
    return copy;
}

/* NaN in x stays, and so does -0 against 0. */
static float at_least(float lo, float x)
{
    const float bound = hidden(lo);
    return bound > x ? bound : x;
}

static float at_most(float hi, float x)
{
    const float bound = hidden(hi);
    return bound < x ? bound : x;
}

static float multiply_add(enum sepcc_rounding rounding, float a, float b, float c)
{
    return rounding == SEPCC_FUSED ? fmaf(a, b, c) : a * b + c;
}

static float hard_sigmoid(float x)
{
    return at_most(6.0f, at_least(0.0f, x + 3.0f)) * (1.0f / 6.0f);
}

/* 2^n for a float whose low bits hold n + 127. */
static float power_of_two(float shifted)
{
    uint32_t bits;
    memcpy(&bits, &shifted, sizeof bits);
    bits <<= 23;
    memcpy(&shifted, &bits, sizeof bits);
    return shifted;
}

/* x + n ln 2. Where the product is rounded, ln 2 is split in two so that n times its high part is exact. */
static float plus_ln2(enum sepcc_rounding rounding, float n, float x)
{
    if (rounding == SEPCC_FUSED)
        return fmaf(n, 0x1.62e43p-1f, x);
    return n * 0x1.62e4p-1f + x + n * 0x1.7f7d1cp-20f;
}

/* 1 + exp(-x) for abs(x) <= 87: exp(-x) = 2^n * exp(-u), where x = u - n ln 2. */
static float one_plus_exp(enum sepcc_rounding rounding, float x)
{
    static const float coefficients[] = {-0x1.10625p-7f, 0x1.572a64p-5f, -0x1.5557bp-3f,
                                         0x1.fffdfcp-2f, -1.0f,          1.0f};
    const float magic = 0x1.8000fep23f;
    const float log2e = 0x1.715476p+0f;
    const float shifted = multiply_add(rounding, x, -log2e, magic);
    const float n = shifted - magic;
    const float u = plus_ln2(rounding, n, x);
    float e = coefficients[0];
    for (size_t i = 1; i < sizeof coefficients / sizeof coefficients[0]; ++i)
        e = multiply_add(rounding, e, u, coefficients[i]);
    return multiply_add(rounding, power_of_two(shifted), e, 1.0f);
}

static float sigmoid(enum sepcc_rounding rounding, float x)
{
    return 1.0f / one_plus_exp(rounding, at_most(87.0f, at_least(-87.0f, x)));
}

/* x is held from below for both, so that -inf gives a small number, not inf / inf. */
static float silu(enum sepcc_rounding rounding, float x)
{
    const float held = at_least(-87.0f, x);
    return held / one_plus_exp(rounding, at_most(87.0f, held));
}

float sepcc_activate(const struct sepcc_layer *layer, enum sepcc_rounding rounding, float slope, float x)
{
    switch (layer->act) {
    case SEPCC_ACT_RELU:
        return at_least(0.0f, x);
    case SEPCC_ACT_RELU6:
        return at_most(6.0f, at_least(0.0f, x));
    case SEPCC_ACT_CLAMP:
        return at_most(layer->act_param[1], at_least(layer->act_param[0], x));
    case SEPCC_ACT_LEAKY_RELU:
        return x > 0.0f ? x : layer->act_param[0] * x;
    case SEPCC_ACT_PRELU:
        return x > 0.0f ? x : slope * x;
    case SEPCC_ACT_HARD_SWISH:
        return x * hard_sigmoid(x);
    case SEPCC_ACT_HARD_SIGMOID:
        return hard_sigmoid(x);
    case SEPCC_ACT_SIGMOID:
        return sigmoid(rounding, x);
    case SEPCC_ACT_SILU:
        return silu(rounding, x);
    default:
        return x;
    }
}
