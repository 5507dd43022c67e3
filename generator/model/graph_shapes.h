/*
 * graph_shapes.h: what the files of shape rules share. A rule looks at a node and sets the shapes of its
 * outputs; it returns NULL, or what is wrong with the node in words. What cannot be told is left unknown,
 * which is no error.
 */
#ifndef SEPCC_GENERATOR_MODEL_GRAPH_SHAPES_H
#define SEPCC_GENERATOR_MODEL_GRAPH_SHAPES_H

#include "model/graph_internal.h"

struct shaping {
    struct graph *graph;
    const struct graph_node *node;
};
typedef const char *shape_rule(const struct shaping *shaping);

/* An input with a known shape, or NULL; any input, or NULL when it is left out. */
const struct graph_tensor *shaped_input(const struct shaping *shaping, size_t index);
const struct graph_tensor *any_input(const struct shaping *shaping, size_t index);

void set_output(const struct shaping *shaping, size_t index, enum element_type type, uint32_t rank,
                const uint64_t *dim);

/* Integers given as an attribute (NULL: never) or, in later opsets, as an input. */
struct integers {
    enum { INTEGERS_MISSING, INTEGERS_KNOWN, INTEGERS_UNKNOWN } state;
    const int64_t *values;
    size_t count;
};
struct integers get_integers(const struct shaping *shaping, const char *attribute, size_t input);

/* -rank .. rank-1 to 0 .. rank-1; false when it is outside. */
bool wrap_axis(int64_t axis, uint32_t rank, uint32_t *wrapped);
/* The axes as a bit mask; false when one is outside. */
bool axes_mask(const struct integers *axes, uint32_t rank, uint32_t *mask);
/* Widens dim[] (rank of it) to what both broadcast to; false when they do not. */
bool broadcast(uint32_t *rank, uint64_t *dim, uint32_t other_rank, const uint64_t *other);

/* graph_shapes_window.c */
shape_rule shape_conv, shape_conv_transpose, shape_pool, shape_global_pool;
/* graph_shapes_move.c: operators that move elements and compute none */
shape_rule shape_pad, shape_concat, shape_split, shape_slice, shape_reshape, shape_flatten, shape_squeeze,
    shape_unsqueeze, shape_transpose, shape_gather, shape_expand, shape_tile, shape_depth_to_space,
    shape_space_to_depth;

/* The window of Slice along each axis; false when it is not known. */
struct slice {
    int64_t start[GRAPH_RANK_MAX], step[GRAPH_RANK_MAX];
    uint64_t size[GRAPH_RANK_MAX];
};
bool slice_window(const struct shaping *shaping, const struct graph_tensor *input, struct slice *slice);

#endif
