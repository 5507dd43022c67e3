/*
 * piece.h: what the files model_*.c share: a piece, which is one convolution on its way to become a layer.
 *
 * A piece starts as a Conv, Gemm or MatMul node (model_conv.c, model_matmul.c), takes in the affine operators
 * (model_fold.c) and the activation (model_activation.c) behind it, and then becomes a layer of a stage
 * (model_join.c). Its numbers are doubles until then, so that folding rounds once.
 */
#ifndef SEPCC_GENERATOR_MODEL_PIECE_H
#define SEPCC_GENERATOR_MODEL_PIECE_H

#include "base/text.h"
#include "model/model.h"

struct piece {
    struct sepcc_layer layer; /* complete, but for has_bias and the activation, which come by and by */
    uint32_t batch;
    uint32_t layout;      /* enum sepcc_layout */
    uint32_t rank, axis;  /* of the output tensor, and which of its axes the channels are */
    size_t per_channel;   /* weights of one output channel: taps (depthwise) or input channels (pointwise) */
    double *weight;       /* [out_c][per_channel] */
    double *bias;         /* [out_c], zero without layer.has_bias */
    float *slope;         /* [out_c] of prelu, or NULL */
    size_t input, output; /* tensors of the graph */
    size_t *nodes;        /* that it replaces, the convolution first */
    size_t node_count;
    struct text folded;
};

/*
 * Starts the piece of a convolution node. When the node cannot be taken *reason is filled and the piece of no
 * use. Errors: DIAG_MEMORY. Free with piece_free in every case.
 */
enum exit_status piece_read_conv(const struct graph *graph, size_t index, struct piece *piece,
                                 struct text *reason);
enum exit_status piece_read_product(const struct graph *graph, size_t index, struct piece *piece,
                                    struct text *reason);
void piece_free(struct piece *piece);

/* Allocates weight and bias for the layer's sizes. */
enum exit_status piece_allocate(struct piece *piece);
enum exit_status piece_add_node(struct piece *piece, size_t node);
/* Appends a word to the list of what was folded. */
void piece_add_word(struct piece *piece, const char *word);

/*
 * Takes the affine operator that alone reads the piece's output into its weights and bias; *taken says
 * whether there was one. Errors: DIAG_MEMORY.
 */
enum exit_status piece_fold(const struct graph *graph, struct piece *piece, bool *taken);

/*
 * y = factor * x + shift for each channel of a BatchNormalization; false when its parameters are no constants
 * for that many channels, or when it is for training (then it has more outputs).
 */
bool normalization_read(const struct graph *graph, const struct graph_node *node, size_t channels,
                        double *factor, double *shift);

/*
 * The same for a BatchNormalization in front of a convolution. Only without padding: a tap in the padding
 * reads 0, not the shift. `outside` gets the reason where there is one that stays outside. Errors:
 * DIAG_MEMORY. (model_fold_before.c)
 */
enum exit_status piece_fold_before(const struct graph *graph, struct piece *piece, struct text *outside);
/* The node of a BatchNormalization that computes the piece's input, GRAPH_NONE where there is none. */
size_t piece_normalization(const struct graph *graph, const struct piece *piece);

/*
 * Takes the activation behind the piece, spelled out or not, when nothing else reads the piece's output;
 * *taken says whether there was one. Errors: DIAG_MEMORY.
 */
enum exit_status piece_activate(const struct graph *graph, struct piece *piece, bool *taken);

/*
 * Makes stages of the pieces, in their order, into the model, which has room for as many stages as there are
 * pieces. Errors: DIAG_MEMORY.
 */
enum exit_status pieces_join(const struct piece *pieces, size_t count, enum model_join join,
                             struct model *model);

/*
 * Computes the output's sizes of the layer, which by itself has to be a stage that specs can say; false with
 * what is wrong appended to reason.
 */
bool layer_complete(struct piece *piece, struct text *reason);

/* Fills the names of the stages from the nodes, or else the tensors, of the graph. */
void name_stages(struct model *model);

/* ---- the graph -------------------------------------------------------------------------------------- */

/* Floats that are the same numbers in 32 bits; those of 64 bits would have to be rounded. */
bool is_weight_type(enum element_type type);

/* A constant with one value for each channel of the piece's output, or one for all. */
struct channel_values {
    const float *values;
    size_t step; /* 0: one for all */
};

/* False when the tensor is no such constant, or would broadcast the output to another shape. */
bool channel_values_get(const struct graph *graph, size_t tensor, const struct piece *piece,
                        struct channel_values *values);

static inline float channel_value(const struct channel_values *values, size_t channel)
{
    return values->values[channel * values->step];
}

/* The tensor of a node's input, NULL when it is left out. */
const struct graph_tensor *node_input(const struct graph *graph, const struct graph_node *node, size_t index);
/* Whether the node is that operator of ONNX's own. */
bool node_is(const struct graph_node *node, const char *op);
/* The one node that reads the tensor; GRAPH_NONE: none, several, or it is an output of the network. */
size_t only_reader(const struct graph *graph, size_t tensor);

#endif
