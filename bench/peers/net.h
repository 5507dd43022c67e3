/*
 * net.h: nets with random weights, made from the stages of a layer list.
 */
#ifndef SEPCC_BENCH_NET_H
#define SEPCC_BENCH_NET_H

#include "peer.h"
#include "spec/spec.h"

/* A net that owns what it points to, and its input. Free with net_free. */
struct owned_net {
    struct net net;
    float *in;
    size_t in_count, out_count;
    uint64_t fma_count; /* executed ones, the batch included */
    float **floats;     /* to be freed */
    size_t floats_count;
    char (*specs)[SPEC_TEXT_MAX];
};

/* Whether the second stage can read what the first one makes. */
int specs_connect(const struct spec *first, const struct spec *second);

/*
 * Makes a net of count stages that connect. Values keep their size from layer to layer, so that outputs of a
 * long chain can be compared. The specs must stay while the net lives.
 */
enum exit_status net_make(const struct spec *specs, size_t count, uint64_t seed, struct owned_net *made);
void net_free(struct owned_net *owned);

#endif
