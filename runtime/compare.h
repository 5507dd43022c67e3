/*
 * compare.h: whether an output is the reference's, bit by bit.
 */
#ifndef SEPCC_COMPARE_H
#define SEPCC_COMPARE_H

#include "internal.h"

struct sepcc_difference {
    enum sepcc_status status; /* SEPCC_OK, SEPCC_E_MISMATCH or SEPCC_E_UNWRITTEN */
    size_t index;             /* the first element that differs */
    float expected, actual;
};

/* Sets count floats to the bits of prefill. */
void sepcc_prefill(float *values, size_t count, uint32_t prefill);

/*
 * Compares bits; any NaN equals any NaN, but one with the bits of prefill (what lay there before the run) is
 * an element that was not written. So is any other wrong element with these bits.
 */
struct sepcc_difference sepcc_compare(const float *expected, const float *actual, size_t count,
                                      uint32_t prefill);

#endif
