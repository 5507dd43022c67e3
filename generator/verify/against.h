/*
 * against.h: `sepcc verify --against ort`: the stages of a model on the tensors of the real network.
 */
#ifndef SEPCC_GENERATOR_VERIFY_AGAINST_H
#define SEPCC_GENERATOR_VERIFY_AGAINST_H

#include "options/options.h"

/*
 * Runs the model of -f (or of the one word given) in ONNX Runtime, runs each of its stages natively on the
 * input that ONNX Runtime computed for it, and prints for each stage and ISA the largest difference between
 * the outputs as a share of the bound of rounding. STATUS_WRONG when one is above 1.
 */
enum exit_status against_ort(const struct options *options);

#endif
