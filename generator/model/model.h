/*
 * model.h: the separable stages of a network: found in its graph, with weights and biases ready to pack.
 *
 * A network has a graph (graph.h); model_find turns parts of it into stages and never changes its meaning: a
 * tensor that is read elsewhere too ends the stage.
 */
#ifndef SEPCC_GENERATOR_MODEL_MODEL_H
#define SEPCC_GENERATOR_MODEL_MODEL_H

#include "model/graph.h"
#include "spec/spec.h"

/* Plain weights of one layer as the interface has them (design: depthwise [KH][KW][C*M], pointwise
 * [Cout][Cin]). */
struct model_layer {
    float *weight, *bias, *slope; /* malloc'ed; bias and slope NULL when the layer has none */
};

struct model_stage {
    struct spec spec; /* as in the list of stages below */
    struct model_layer layer[SEPCC_MAX_LAYERS];
    size_t input,
        output; /* tensors of the graph: in the stage's layout, once rank and dimensions of 1 are put aside */
    size_t *nodes; /* the nodes it replaces, ascending; malloc'ed */
    size_t node_count;
    char *folded; /* in words: "BatchNormalization, Mul"; malloc'ed, "" when nothing was */
};

/* A convolution (or Gemm, MatMul) that is no stage, and why, in words. */
struct model_left {
    size_t node;
    uint64_t macs;
    char *reason; /* malloc'ed */
};

struct model {
    struct graph graph;         /* owned */
    struct model_stage *stages; /* in the order of the graph's nodes; names are unique C identifiers */
    size_t stage_count;
    struct model_left *left;
    size_t left_count;
    uint64_t macs;       /* of all convolutions, Gemm and MatMul of the network whose shapes are known */
    uint64_t stage_macs; /* of the stages */
};

/* How far model_find joins layers. */
enum model_join {
    MODEL_FUSED,  /* separable and inverted stages where they are found */
    MODEL_LAYERS, /* depthwise and pointwise only */
};

/*
 * Takes over the graph and finds its stages. Finding none is no error here: the commands say so (DIAG_MODEL,
 * status 2). Errors: DIAG_MEMORY. Free with model_free, also after an error.
 */
enum exit_status model_find(struct graph *graph, enum model_join join, struct model *model);
/* The error of a model without stages, with the first thing that was left out: DIAG_MODEL. */
enum exit_status model_no_stage(const struct model *model, const char *file);
void model_free(struct model *model);

#endif
