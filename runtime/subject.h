/*
 * subject.h: a kernel with its tensors, ready to be timed: what measuring and racing share.
 */
#ifndef SEPCC_SUBJECT_H
#define SEPCC_SUBJECT_H

#include "internal.h"

struct sepcc_subject {
    const struct sepcc_kernel *kernel;
    const struct sepcc_peak *peak; /* may be NULL */
    float *in, *out;
    bool borrowed; /* in and out belong to somebody else */
    void *packed, *workspace;
    uint64_t repeats;     /* runs per timing */
    uint64_t peak_rounds; /* of the peak loop per timing */
};

/*
 * Makes the tensors of a subject whose kernel and peak are set, and packs random weights. Where in and out
 * are set already they are taken as borrowed, as they are. Errors: SEPCC_E_MEMORY, SEPCC_E_ABI (of the peak).
 * Free with sepcc_subject_free in every case.
 */
enum sepcc_status sepcc_subject_make(struct sepcc_subject *subject, uint64_t seed);
void sepcc_subject_free(struct sepcc_subject *subject);

/* One run over all units. */
enum sepcc_status sepcc_subject_run(const struct sepcc_subject *subject, struct sepcc_pool *pool);
/* Seconds of `repeats` runs. */
enum sepcc_status sepcc_subject_time(const struct sepcc_subject *subject, struct sepcc_pool *pool,
                                     double *seconds);
/* Seconds of peak_rounds rounds of the peak loop. */
double sepcc_subject_time_peak(const struct sepcc_subject *subject);

/* Warms the kernel up, then sets repeats and peak_rounds so that a timing is long enough for the clock. */
enum sepcc_status sepcc_subject_calibrate(struct sepcc_subject *subject, struct sepcc_pool *pool);

/* Floating-point operations of one run. */
double sepcc_subject_flop(const struct sepcc_subject *subject);

#endif
