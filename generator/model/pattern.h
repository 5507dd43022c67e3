/*
 * pattern.h: expressions over one tensor, such as "Mul(x,Sigmoid(x))", found in a graph.
 *
 *     x            the tensor itself
 *     a            a constant with one value for each channel, or one for all; it is remembered
 *     3, 0.5, -1   a constant whose values are all that number; `sixth` is 1/6 to a float's precision
 *     Add(..,..)   a node of that operator with these inputs; of Add and Mul in either order
 *     gate         a word of the table of rules: any of its forms
 *     Clip(x)      with bounds that are constants, which are remembered; Clip(x,0,6) with these
 *     LeakyRelu(x) remembers its alpha; HardSigmoid(x) has alpha 1/6 and beta 0.5
 */
#ifndef SEPCC_GENERATOR_MODEL_PATTERN_H
#define SEPCC_GENERATOR_MODEL_PATTERN_H

#include "model/piece.h"

enum { MATCH_NODES_MAX = 12 };

/* A way to find an expression, and what was found. */
struct match {
    const struct graph *graph;
    const struct piece *piece; /* x is its output */
    size_t root;               /* the tensor that is to be the value of the expression */
    size_t nodes[MATCH_NODES_MAX];
    size_t node_count;
    struct channel_values slope; /* `a`, or alpha of LeakyRelu */
    float alpha;                 /* what slope points to then */
    float low, high;             /* of Clip */
};

/*
 * Whether match->root is the expression, and nothing outside it reads x or what is computed between. graph,
 * piece and root are set; the rest is filled.
 */
bool pattern_match(const char *expression, struct match *match);

#endif
