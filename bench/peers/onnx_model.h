/*
 * onnx_model.h: a net as an ONNX model in memory: one Conv node for each layer, and nodes for its activation
 * and residual. Input "x" and output "y" are NCHW.
 */
#ifndef SEPCC_BENCH_ONNX_MODEL_H
#define SEPCC_BENCH_ONNX_MODEL_H

#include "peer.h"

#include <stdbool.h>

/* A growing buffer of bytes; zeroed is empty. failed stays set when memory ran out. */
struct bytes {
    unsigned char *data;
    size_t length, capacity;
    bool failed;
};

void bytes_free(struct bytes *bytes);

/*
 * block 0: an ordinary model. Else the one layer of net as ONNX Runtime runs it inside a network: by its own
 * convolution on blocked channels, so "x" and "y" hold [N][C / block][H][W][block].
 * Returns PEER_OK, PEER_UNSUPPORTED (an activation ONNX has no node for, channels that are no
 * multiple of the block), or PEER_FAILED (out of memory).
 */
enum peer_status onnx_model(const struct net *net, size_t block, struct bytes *model);

#endif
