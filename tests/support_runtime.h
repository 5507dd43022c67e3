/*
 * support_runtime.h: layers and stages for the runtime's tests, with as few words as a test needs.
 */
#ifndef SEPCC_TESTS_SUPPORT_RUNTIME_H
#define SEPCC_TESTS_SUPPORT_RUNTIME_H

#include "sepcc.h"

/*
 * Completes a layer of which only op and what matters is set: sizes of 0 become in = 1, kernel, stride,
 * dilation and multiplier 1, out_c in_c * multiplier (depthwise) or 1; out_h and out_w are computed.
 */
struct sepcc_layer support_layer(struct sepcc_layer partial);

/* A stage of one layer, batch 1, NHWC. */
struct sepcc_stage support_stage(struct sepcc_layer partial);

/* A descriptor of that stage with all counts right, for pack and run to be set. */
struct sepcc_kernel support_kernel(const struct sepcc_stage *stage, size_t packed_bytes,
                                   size_t workspace_bytes, size_t unit_count);

/* A number below `below` from a sequence that is the same in every run. */
uint32_t support_random(uint64_t *state, uint32_t below);

/* Seconds by a clock that only goes forward. */
double test_now(void);
/* Keeps the core busy for so long. */
void spend(double seconds);

#endif
