/*
 * support_graph_compute.h: the operators of test graphs in double, by plain loops.
 */
#ifndef SEPCC_TESTS_SUPPORT_GRAPH_COMPUTE_H
#define SEPCC_TESTS_SUPPORT_GRAPH_COMPUTE_H

#include "support_graph.h"

/* Computes the node's output: fills shape, count and values of its tensor. Fails the test when it cannot. */
void compute_node(struct made_graph *made, size_t index);

#endif
