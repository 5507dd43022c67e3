/*
 * tensors.c: memory for tensors, changes of layout, and which tensors of a net may share memory.
 */
#include "tensors.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

enum { SLACK_FLOATS = 64, HUGE_PAGE = 2 * 1024 * 1024, HUGE_FROM = HUGE_PAGE / 4 };

struct shape net_shape(const struct net *net, size_t tensor)
{
    if (tensor == 0) {
        const struct sepcc_layer *first = net->layers[0].shape;
        return (struct shape){net->batch, first->in_h, first->in_w, first->in_c};
    }
    const struct sepcc_layer *layer = net->layers[tensor - 1].shape;
    return (struct shape){net->batch, layer->out_h, layer->out_w, layer->out_c};
}

size_t shape_floats(struct shape shape)
{
    return shape.n * shape.h * shape.w * shape.c;
}

float *floats_alloc(size_t count)
{
    const size_t bytes = (count + SLACK_FLOATS) * sizeof(float);
    const size_t alignment = bytes >= HUGE_FROM ? HUGE_PAGE : SEPCC_ALIGNMENT;
    const size_t rounded = (bytes + alignment - 1) / alignment * alignment;
    float *floats = aligned_alloc(alignment, rounded);
    if (floats == NULL)
        return NULL;
    if (alignment == HUGE_PAGE)
        (void)madvise(floats, rounded, MADV_HUGEPAGE); /* a refusal costs speed alone */
    memset(floats, 0, rounded);
    return floats;
}

void transpose(const float *from, size_t rows, size_t columns, float *to)
{
    for (size_t row = 0; row < rows; ++row)
        for (size_t column = 0; column < columns; ++column)
            to[column * rows + row] = from[row * columns + column];
}

void tensor_copy(struct shape shape, const float *from, uint32_t from_layout, float *to, uint32_t to_layout)
{
    const size_t pixels = shape.h * shape.w, image = pixels * shape.c;
    if (from_layout == to_layout) {
        memcpy(to, from, shape_floats(shape) * sizeof *to);
        return;
    }
    for (size_t n = 0; n < shape.n; ++n) {
        if (from_layout == SEPCC_NHWC)
            transpose(from + n * image, pixels, shape.c, to + n * image);
        else
            transpose(from + n * image, shape.c, pixels, to + n * image);
    }
}

void tensor_block(struct shape shape, const float *nchw, size_t block, float *blocked)
{
    const size_t pixels = shape.h * shape.w, run = block * pixels;
    for (size_t i = 0; i < shape.n * shape.c / block; ++i)
        transpose(nchw + i * run, block, pixels, blocked + i * run);
}

void tensor_unblock(struct shape shape, const float *blocked, size_t block, float *nchw)
{
    const size_t pixels = shape.h * shape.w, run = block * pixels;
    for (size_t i = 0; i < shape.n * shape.c / block; ++i)
        transpose(blocked + i * run, pixels, block, nchw + i * run);
}

/* ---- memory ----------------------------------------------------------------------------------------- */

/* A piece of memory while it is only planned. */
struct block {
    size_t floats;
    size_t free_after; /* the last use of the tensor that is in it */
};

/* The block a tensor gets: the one of the best size that is free when the tensor is made, else a new one. */
static size_t choose_block(struct block *blocks, size_t *count, size_t made, size_t floats)
{
    size_t best = *count;
    for (size_t b = 0; b < *count; ++b) {
        const bool is_free = blocks[b].free_after < made;
        if (is_free && (best == *count || blocks[b].floats > blocks[best].floats))
            best = b;
    }
    if (best == *count)
        blocks[(*count)++] = (struct block){0, 0};
    if (blocks[best].floats < floats)
        blocks[best].floats = floats;
    return best;
}

/* Plans blocks for the tensors; block_of[i] is tensor i's. Returns how many blocks there are. */
static size_t plan_blocks(size_t count, const size_t sizes[], const size_t last_use[], struct block *blocks,
                          size_t *block_of)
{
    size_t block_count = 0;
    for (size_t i = 0; i < count; ++i) {
        const bool keeps = i == 0 || i + 1 == count;
        size_t block = block_count;
        if (keeps)
            blocks[block_count++].floats = sizes[i];
        else
            block = choose_block(blocks, &block_count, i, sizes[i]);
        blocks[block].free_after = keeps ? count : last_use[i];
        block_of[i] = block;
    }
    return block_count;
}

static bool chain_memory_allocate(struct chain_memory *memory, size_t count, const struct block *blocks,
                                  const size_t *block_of, size_t block_count)
{
    for (size_t b = 0; b < block_count; ++b) {
        memory->blocks[b] = floats_alloc(blocks[b].floats);
        if (memory->blocks[b] == NULL)
            return false;
        memory->block_count = b + 1;
    }
    for (size_t i = 0; i < count; ++i)
        memory->tensors[i] = memory->blocks[block_of[i]];
    return true;
}

bool chain_memory_make(struct chain_memory *memory, size_t count, const size_t sizes[],
                       const size_t last_use[])
{
    struct block *blocks = calloc(count, sizeof *blocks);
    size_t *block_of = calloc(count, sizeof *block_of);
    *memory = (struct chain_memory){.count = count,
                                    .tensors = calloc(count, sizeof *memory->tensors),
                                    .blocks = calloc(count, sizeof *memory->blocks)};
    bool made = blocks != NULL && block_of != NULL && memory->tensors != NULL && memory->blocks != NULL;
    if (made) {
        const size_t block_count = plan_blocks(count, sizes, last_use, blocks, block_of);
        made = chain_memory_allocate(memory, count, blocks, block_of, block_count);
    }
    free(blocks);
    free(block_of);
    return made;
}

void chain_memory_free(struct chain_memory *memory)
{
    for (size_t b = 0; b < memory->block_count; ++b)
        free(memory->blocks[b]);
    free(memory->blocks);
    free(memory->tensors);
    *memory = (struct chain_memory){0};
}

bool chain_memory_make_layers(struct chain_memory *memory, const struct net *net)
{
    const size_t count = net->layer_count + 1;
    size_t *sizes = calloc(count, sizeof *sizes), *last_use = calloc(count, sizeof *last_use);
    bool made = sizes != NULL && last_use != NULL;
    *memory = (struct chain_memory){0};
    for (size_t i = 0; made && i < count; ++i) {
        sizes[i] = shape_floats(net_shape(net, i));
        last_use[i] = i + 1;
    }
    for (size_t i = 0; made && i < net->layer_count; ++i)
        if (net->layers[i].add >= 0)
            last_use[net->layers[i].add] = i + 1;
    made = made && chain_memory_make(memory, count, sizes, last_use);
    free(sizes);
    free(last_use);
    return made;
}
