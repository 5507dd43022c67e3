/*
 * macs.h: multiply-adds and parameters.
 */
#ifndef SEPCC_GENERATOR_MODEL_MACS_H
#define SEPCC_GENERATOR_MODEL_MACS_H

#include "model/graph.h"
#include "sepcc_kernel.h"

/* Multiply-adds of a Conv, ConvTranspose, Gemm or MatMul node, 0 when its shapes are unknown; too many are
 * UINT64_MAX. */
uint64_t node_macs(const struct graph *graph, const struct graph_node *node);
/* Those of a stage: every output of every layer with all its taps, outside the image too. */
uint64_t stage_macs(const struct sepcc_stage *stage);
/* Its weights, biases and slopes. */
uint64_t stage_parameters(const struct sepcc_stage *stage);

#endif
