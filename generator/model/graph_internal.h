/*
 * graph_internal.h: what the files that fill a graph share.
 */
#ifndef SEPCC_GENERATOR_MODEL_GRAPH_INTERNAL_H
#define SEPCC_GENERATOR_MODEL_GRAPH_INTERNAL_H

#include "base/arena.h"
#include "model/graph.h"

/* A graph being filled. */
struct graph_build {
    struct graph *graph;
    struct arena *arena;
    const char *folder; /* of external data; NULL: none are taken */
    const struct graph_input *inputs;
    size_t input_count;
    size_t *slots; /* hash table of tensors by name: index + 1 */
    size_t slot_count;
    size_t tensor_room;
    size_t budget;               /* elements that folding may still make */
    size_t external_room;        /* bytes of external data that may still be read */
    struct graph_tensor **fills; /* of each node: attribute `value` of a ConstantOfShape, or NULL */
    struct graph_tensor *stated; /* of each tensor: type and shape as the file states them */
};

/* The tensor of that name, new when there is none; GRAPH_NONE: out of memory. */
size_t build_tensor(struct graph_build *build, const char *name);
/* The same, GRAPH_NONE when there is none. */
size_t build_find(const struct graph_build *build, const char *name);

/* The product of dimensions; false when it is not below 2^48. */
bool shape_count(uint32_t rank, const uint64_t *dim, uint64_t *count);

/* Whether a list, " Abs Acos ", has the word. */
bool word_in(const char *list, const char *word);

/* "FILE: error: ... [model]", where. */
struct position graph_position(const struct graph *graph);
enum exit_status node_error(const struct graph *graph, const struct graph_node *node, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Element type of ONNX's number, as in attribute `to` of Cast. (onnx_tensor.c) */
enum element_type onnx_element(int32_t type);
bool element_is_real(enum element_type element);

/* Orders the nodes and lists consumers; errors: a cycle. (graph_order.c) */
enum exit_status graph_order(struct graph_build *build);
/* Shapes and constants, node by node. (graph_infer.c) */
enum exit_status graph_infer(struct graph_build *build);
/* NULL or what is wrong with the node; sets the shapes of its outputs where they follow. (graph_shapes.c) */
const char *shapes_infer(struct graph_build *build, const struct graph_node *node);
/* Computes the node's output when its inputs are constants. (graph_fold.c) */
enum exit_status graph_fold(struct graph_build *build, const struct graph_node *node);

#endif
