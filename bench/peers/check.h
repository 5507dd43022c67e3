/*
 * check.h: whether a peer computes the same thing.
 */
#ifndef SEPCC_BENCH_CHECK_H
#define SEPCC_BENCH_CHECK_H

#include "net.h"

#include <stdbool.h>

/*
 * Checks the output of a net. That of a single layer: at many places, each against its sum in double, within
 * the rounding of any order of summation (docs/numbers.md). That of more layers: all of it against expected,
 * another peer's output (NULL: nothing to compare with), by the size of the difference. On failure message
 * says where and what.
 */
bool check_output(const struct owned_net *owned, const float *out, const float *expected,
                  char message[PEER_TEXT_MAX]);

#endif
