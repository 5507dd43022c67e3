/*
 * check.c: whether a peer computes the same thing.
 */
#include "check.h"

#include "sepcc.h"
#include "tensors.h"

#include <math.h>
#include <stdio.h>

/* Outputs of a layer that are checked: all of a small one, else so many, spread evenly over it. */
enum { PLACES = 4096 };

/* Other activations are approximations, each with its own; none is worse than this, relative to its input. */
#define ACTIVATION_ERROR 4e-6
/* The steepest slope of an activation (hard_swish, at its upper bend). */
#define ACTIVATION_SLOPE 1.5
/* The relative difference (2-norms) allowed behind a chain of layers. */
#define CHAIN_ERROR 1e-4

/* An output's place. */
struct place {
    size_t n, y, x, c;
};

/* A sum in double, and that of its terms' absolute values. */
struct sum {
    double value, absolute;
    size_t terms;
};

static size_t index_of(struct shape shape, uint32_t layout, struct place at)
{
    if (layout == SEPCC_NHWC)
        return ((at.n * shape.h + at.y) * shape.w + at.x) * shape.c + at.c;
    return ((at.n * shape.c + at.c) * shape.h + at.y) * shape.w + at.x;
}

static struct place place_of(struct shape shape, uint32_t layout, size_t index)
{
    struct place at = {0};
    if (layout == SEPCC_NHWC) {
        at.c = index % shape.c;
        index /= shape.c;
    }
    at.x = index % shape.w;
    at.y = index / shape.w % shape.h;
    index /= shape.w * shape.h;
    if (layout != SEPCC_NHWC) {
        at.c = index % shape.c;
        index /= shape.c;
    }
    at.n = index;
    return at;
}

static void add_term(struct sum *sum, double x, double w)
{
    sum->value += x * w;
    sum->absolute += fabs(x * w);
    ++sum->terms;
}

static void add_depthwise(struct sum *sum, const struct owned_net *owned, struct place at)
{
    const struct net_layer *layer = &owned->net.layers[0];
    const struct sepcc_layer *s = layer->shape;
    const struct shape in = net_shape(&owned->net, 0);
    for (size_t ky = 0; ky < s->kernel_h; ++ky) {
        for (size_t kx = 0; kx < s->kernel_w; ++kx) {
            /* Left of the image or above it these wrap around and are too large, too. */
            const size_t y = at.y * s->stride_h + ky * s->dilation_h - s->pad_top;
            const size_t x = at.x * s->stride_w + kx * s->dilation_w - s->pad_left;
            if (y >= in.h || x >= in.w)
                continue;
            const struct place from = {at.n, y, x, at.c / s->multiplier};
            add_term(sum, (double)owned->in[index_of(in, owned->net.layout, from)],
                     (double)layer->weight[(ky * s->kernel_w + kx) * s->out_c + at.c]);
        }
    }
}

static void add_pointwise(struct sum *sum, const struct owned_net *owned, struct place at)
{
    const struct net_layer *layer = &owned->net.layers[0];
    const struct shape in = net_shape(&owned->net, 0);
    for (size_t k = 0; k < in.c; ++k) {
        const struct place from = {at.n, at.y, at.x, k};
        add_term(sum, (double)owned->in[index_of(in, owned->net.layout, from)],
                 (double)layer->weight[at.c * in.c + k]);
    }
}

static bool check_place(const struct owned_net *owned, const float *out, size_t index,
                        char message[PEER_TEXT_MAX])
{
    const struct net_layer *layer = &owned->net.layers[0];
    const struct sepcc_layer *s = layer->shape;
    const struct place at = place_of(net_shape(&owned->net, 1), owned->net.layout, index);
    struct sum sum = {0};
    if (s->has_bias)
        add_term(&sum, 1, (double)layer->bias[at.c]);
    if (s->op == SEPCC_OP_DEPTHWISE)
        add_depthwise(&sum, owned, at);
    else
        add_pointwise(&sum, owned, at);
    const double expected = (double)sepcc_activate(s, SEPCC_FUSED, layer->slope[at.c], (float)sum.value);
    const double rounding = ldexp((double)(sum.terms + 1) * sum.absolute, -24);
    const double bound = ACTIVATION_SLOPE * rounding + ACTIVATION_ERROR * fabs(sum.value);
    if (fabs((double)out[index] - expected) <= bound)
        return true;
    snprintf(message, PEER_TEXT_MAX, "output %zu is %.9g, expected %.9g within %.2g", index,
             (double)out[index], expected, bound);
    return false;
}

static bool check_layer(const struct owned_net *owned, const float *out, char message[PEER_TEXT_MAX])
{
    const size_t count = owned->out_count;
    /* An odd step meets every lane, column and border. */
    const size_t step = count > PLACES ? (count / PLACES) | 1 : 1;
    for (size_t index = 0; index < count; index += step)
        if (!check_place(owned, out, index, message))
            return false;
    return check_place(owned, out, count - 1, message);
}

bool check_output(const struct owned_net *owned, const float *out, const float *expected,
                  char message[PEER_TEXT_MAX])
{
    double size = 0, difference = 0;
    if (owned->net.layer_count == 1)
        return check_layer(owned, out, message);
    for (size_t i = 0; expected != NULL && i < owned->out_count; ++i) {
        const double value = (double)expected[i], off = (double)out[i] - value;
        size += value * value;
        difference += off * off;
    }
    if (difference <= CHAIN_ERROR * CHAIN_ERROR * size)
        return true;
    snprintf(message, PEER_TEXT_MAX, "the output differs by %.2g of its size, expected at most %.2g",
             sqrt(difference / size), CHAIN_ERROR);
    return false;
}
