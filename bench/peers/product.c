/*
 * product.c: a pointwise layer as a matrix product, for libraries that know no layers.
 */
#include "product.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

static float clamp(float x, float low, float high)
{
    return x < low ? low : x > high ? high : x;
}

/* Returns whether the activation is known. */
static bool activate(const struct sepcc_layer *layer, float *x)
{
    switch (layer->act) {
    case SEPCC_ACT_NONE:
        return true;
    case SEPCC_ACT_RELU:
        *x = clamp(*x, 0, INFINITY);
        return true;
    case SEPCC_ACT_RELU6:
        *x = clamp(*x, 0, 6);
        return true;
    case SEPCC_ACT_CLAMP:
        *x = clamp(*x, layer->act_param[0], layer->act_param[1]);
        return true;
    case SEPCC_ACT_HARD_SWISH:
        *x = *x * clamp(*x + 3, 0, 6) / 6;
        return true;
    case SEPCC_ACT_SIGMOID:
        *x = 1 / (1 + expf(-*x));
        return true;
    case SEPCC_ACT_SILU:
        *x = *x / (1 + expf(-*x));
        return true;
    default:
        return false;
    }
}

enum peer_status product_make(const struct net *net, const float *in, struct product *product)
{
    const struct net_layer *layer = &net->layers[0];
    const struct sepcc_layer *s = layer->shape;
    float zero = 0;
    *product = (struct product){0};
    if (net->layer_count != 1 || s->op != SEPCC_OP_POINTWISE || s->stride_h != 1 || s->stride_w != 1 ||
        layer->add >= 0 || !activate(s, &zero))
        return PEER_UNSUPPORTED;
    *product = (struct product){.pixels = (size_t)net->batch * s->out_h * s->out_w,
                                .columns = s->out_c,
                                .depth = s->in_c,
                                .layer = *s,
                                .shape = net_shape(net, 1),
                                .layout = net->layout};
    product->in = floats_alloc(product->pixels * product->depth);
    product->weights = floats_alloc(product->depth * product->columns);
    product->out = floats_alloc(product->pixels * product->columns);
    product->bias = floats_alloc(product->columns);
    if (product->in == NULL || product->weights == NULL || product->out == NULL || product->bias == NULL)
        return PEER_FAILED;
    tensor_copy(net_shape(net, 0), in, net->layout, product->in, SEPCC_NHWC);
    transpose(layer->weight, product->columns, product->depth, product->weights);
    if (s->has_bias)
        memcpy(product->bias, layer->bias, product->columns * sizeof *product->bias);
    return PEER_OK;
}

void product_free(struct product *product)
{
    free(product->in);
    free(product->weights);
    free(product->out);
    free(product->bias);
    *product = (struct product){0};
}

enum peer_status product_read(const struct product *product, float *out)
{
    float *nhwc = floats_alloc(product->pixels * product->columns);
    if (nhwc == NULL)
        return PEER_FAILED;
    for (size_t pixel = 0; pixel < product->pixels; ++pixel) {
        for (size_t c = 0; c < product->columns; ++c) {
            const size_t i = pixel * product->columns + c;
            nhwc[i] = product->out[i] + product->bias[c];
            activate(&product->layer, &nhwc[i]);
        }
    }
    tensor_copy(product->shape, nhwc, SEPCC_NHWC, out, product->layout);
    free(nhwc);
    return PEER_OK;
}
