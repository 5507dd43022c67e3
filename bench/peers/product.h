/*
 * product.h: a pointwise layer as a matrix product, for libraries that know no layers.
 *
 * The product alone is what they are timed by; bias and activation are added afterwards, untimed, to check
 * it.
 */
#ifndef SEPCC_BENCH_PRODUCT_H
#define SEPCC_BENCH_PRODUCT_H

#include "peer.h"
#include "tensors.h"

/* out[pixels][columns] = in[pixels][depth] * weights[depth][columns], all row-major and dense. */
struct product {
    size_t pixels, columns, depth;
    float *in, *weights, *out;
    /* For product_read. */
    float *bias;
    struct sepcc_layer layer;
    struct shape shape;
    uint32_t layout;
};

/*
 * PEER_UNSUPPORTED for anything but one pointwise layer of stride 1 with an activation that product_read
 * knows, PEER_FAILED when out of memory. Free with product_free, also after an error.
 */
enum peer_status product_make(const struct net *net, const float *in, struct product *product);
void product_free(struct product *product);

/* The layer's whole output, in the net's layout: bias and activation are added to the product. */
enum peer_status product_read(const struct product *product, float *out);

#endif
