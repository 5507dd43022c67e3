/*
 * graph.h: a network as read from a model file: its nodes, its tensors, their shapes and constants.
 *
 * Says nothing of separable stages (that is model.h) and nothing of the file's format: onnx_*.c fill it.
 */
#ifndef SEPCC_GENERATOR_MODEL_GRAPH_H
#define SEPCC_GENERATOR_MODEL_GRAPH_H

#include "base/diag.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { GRAPH_RANK_MAX = 8 };
#define GRAPH_NONE SIZE_MAX /* no tensor (an optional input left out), no node */

enum element_type {
    ELEMENT_UNKNOWN,
    ELEMENT_F32,
    ELEMENT_F16,
    ELEMENT_F64,
    ELEMENT_I8,
    ELEMENT_U8,
    ELEMENT_I32,
    ELEMENT_I64,
    ELEMENT_BOOL,
    ELEMENT_OTHER, /* known to the format, of no use here */
};

struct graph_tensor {
    const char *name;       /* unique; owned by the graph */
    enum element_type type; /* as in the file */
    bool shape_known;
    uint32_t rank;
    uint64_t dim[GRAPH_RANK_MAX];
    /*
     * The values of a constant (initializer, Constant node, or computed from such alone), row-major: floating
     * types as float in reals, integer types and booleans as int64_t in integers; both NULL when it is
     * computed at run time. count is the product of dim.
     */
    size_t count;
    const float *reals;
    const int64_t *integers;
    size_t producer;         /* the node that computes it; GRAPH_NONE for inputs and constants of the file */
    const size_t *consumers; /* nodes that read it, ascending, each once for every reading input */
    size_t consumer_count;
    bool is_input, is_output; /* of the whole network */
};

enum attribute_type {
    ATTRIBUTE_INT,
    ATTRIBUTE_FLOAT,
    ATTRIBUTE_STRING,
    ATTRIBUTE_INTS,
    ATTRIBUTE_FLOATS,
    ATTRIBUTE_TENSOR,
    ATTRIBUTE_OTHER,
};

struct graph_attribute {
    const char *name;
    enum attribute_type type;
    int64_t integer;         /* ATTRIBUTE_INT */
    float real;              /* ATTRIBUTE_FLOAT */
    const char *string;      /* ATTRIBUTE_STRING, ended by a NUL */
    const int64_t *integers; /* ATTRIBUTE_INTS */
    const float *reals;      /* ATTRIBUTE_FLOATS */
    size_t count;            /* of integers or reals */
};

struct graph_node {
    const char *name;     /* as in the file; "" when it has none */
    const char *op;       /* "Conv" */
    const char *domain;   /* "" for ONNX's own */
    const size_t *inputs; /* indexes of tensors, GRAPH_NONE for one left out */
    size_t input_count;
    const size_t *outputs;
    size_t output_count;
    const struct graph_attribute *attributes;
    size_t attribute_count;
};

/* A file beside the model that was read, once for each tensor in it. */
struct graph_file {
    const char *path;
    const struct graph_file *next;
};

struct graph {
    const char *file;         /* for messages */
    int64_t opset;            /* of ONNX's own domain */
    struct graph_node *nodes; /* each after those it reads from */
    size_t node_count;
    struct graph_tensor *tensors;
    size_t tensor_count;
    const struct graph_file *external; /* external data */
    void *memory;                      /* all of the above; graph_free */
};

/* --input NAME=1x3x320x320: the dimensions of an input of the network. */
struct graph_input {
    const char *name;
    uint32_t rank;
    uint64_t dim[GRAPH_RANK_MAX];
};

/*
 * Reads a model (onnx_read.c), checks it, orders its nodes, folds what depends on constants alone and infers
 * the shapes of all tensors it can. Tensors whose shape stays unknown are no error. An input with a dynamic
 * dimension that no `inputs` names is: the message says which --input to give. External data lie in the
 * file's folder or below. Errors: DIAG_FILE_MISSING, DIAG_FILE_FORMAT, DIAG_MODEL, DIAG_IO, DIAG_MEMORY. Free
 * with graph_free, also after an error.
 */
enum exit_status graph_read(const char *path, const struct graph_input *inputs, size_t input_count,
                            struct graph *graph);
/* The same from memory; folder is where external data lie, NULL: none are taken. */
enum exit_status graph_parse(const uint8_t *bytes, size_t length, const char *file, const char *folder,
                             const struct graph_input *inputs, size_t input_count, struct graph *graph);
void graph_free(struct graph *graph);

/* Whether a file's first bytes are those of an ONNX model rather than of a .layers list (text). */
bool graph_is_onnx(const uint8_t *bytes, size_t length);

/* What messages and lists call a node: its name, else that of its first output; "" without either. */
const char *graph_node_name(const struct graph *graph, const struct graph_node *node);

/* NULL when the node has no such attribute of that type. */
const struct graph_attribute *graph_attribute(const struct graph_node *node, const char *name,
                                              enum attribute_type type);
/* The value of an integer (or float) attribute, or fallback. */
int64_t graph_integer(const struct graph_node *node, const char *name, int64_t fallback);
float graph_real(const struct graph_node *node, const char *name, float fallback);

#endif
