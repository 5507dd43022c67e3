/*
 * support_graph.h: small graphs for tests, written as text and computed in double while they are made.
 *
 *     in x 1x8x5x6           an input of the network, random
 *     const w 8x1x3x3        a constant, random in [-1, 1); `const v 8 positive`: in [0.5, 1.5)
 *     t Conv x w group=8 pads=1,1,1,1
 *     r Add t 3              a number is a constant of rank 0; `_` is an input left out
 *     out r                  an output of the network
 *
 * Attributes: see attribute_types in support_graph.c. Wrong text fails the running test.
 */
#ifndef SEPCC_TESTS_SUPPORT_GRAPH_H
#define SEPCC_TESTS_SUPPORT_GRAPH_H

#include "model/graph.h"

enum { MADE_MAX = 64, MADE_INPUTS_MAX = 8, MADE_NAME_MAX = 32, MADE_STRINGS = 4096 };

/* Lives as long as its graph is used; free with made_graph_free. */
struct made_graph {
    struct graph graph; /* its memory is NULL: graph_free leaves the rest alone */
    struct graph_tensor tensors[MADE_MAX];
    struct graph_node nodes[MADE_MAX];
    double *values[MADE_MAX]; /* of each tensor */
    char names[MADE_MAX][MADE_NAME_MAX];
    size_t inputs[MADE_MAX][MADE_INPUTS_MAX], outputs[MADE_MAX][1];
    size_t consumers[MADE_MAX][MADE_MAX];
    struct graph_attribute attributes[MADE_MAX][MADE_INPUTS_MAX];
    int64_t integers[MADE_MAX][MADE_INPUTS_MAX][MADE_INPUTS_MAX];
    char strings[MADE_STRINGS]; /* words of the text */
    unsigned random;
};

void make_graph(const char *text, struct made_graph *made);
void made_graph_free(struct made_graph *made);

/* The tensor or node (by the tensor it computes) of that name; fails the test when there is none. */
size_t made_tensor(const struct made_graph *made, const char *name);
size_t made_node(const struct made_graph *made, const char *name);

#endif
