/*
 * tensors.h: memory for tensors, changes of layout, and which tensors of a net may share memory.
 */
#ifndef SEPCC_BENCH_TENSORS_H
#define SEPCC_BENCH_TENSORS_H

#include "peer.h"

#include <stdbool.h>

/* Height, width and channels of one image of a tensor, and how many images. */
struct shape {
    size_t n, h, w, c;
};

struct shape net_shape(const struct net *net, size_t tensor);
size_t shape_floats(struct shape shape);

/*
 * count floats at a cache line's boundary, zeroed, with readable memory behind them (XNNPACK reads past the
 * end); large ones on huge pages, as sepcc_alloc gives them. NULL when out of memory. Free with free().
 */
float *floats_alloc(size_t count);

/* Copies a tensor from one layout into another. */
void tensor_copy(struct shape shape, const float *from, uint32_t from_layout, float *to, uint32_t to_layout);

/*
 * Between NCHW and blocked channels, [N][C / block][H][W][block]; the channels are a multiple of the block.
 */
void tensor_block(struct shape shape, const float *nchw, size_t block, float *blocked);
void tensor_unblock(struct shape shape, const float *blocked, size_t block, float *nchw);

/* [rows][columns] to [columns][rows]. */
void transpose(const float *from, size_t rows, size_t columns, float *to);

/*
 * Memory for tensors 0 .. count-1 that are made in this order. As in a network, a tensor's memory is used
 * again behind its last use; the first and the last one keep theirs. last_use[i]: the greatest tensor that is
 * made from tensor i.
 */
struct chain_memory {
    size_t count;
    float **tensors; /* count of them */
    float **blocks;  /* what is to be freed */
    size_t block_count;
};

bool chain_memory_make(struct chain_memory *memory, size_t count, const size_t sizes[],
                       const size_t last_use[]);
void chain_memory_free(struct chain_memory *memory);

/* The same for a net, layer by layer: layer_count + 1 tensors. */
bool chain_memory_make_layers(struct chain_memory *memory, const struct net *net);

#endif
