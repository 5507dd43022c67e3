/*
 * kernels.h: sepcc's side: a layer list planned, written, compiled and loaded as `sepcc bench` does it.
 */
#ifndef SEPCC_BENCH_KERNELS_H
#define SEPCC_BENCH_KERNELS_H

#include "arguments.h"

#include "bundle/build.h"
#include "sepcc.h"

struct kernels {
    struct options options;
    struct build build;
    struct sepcc_library *library;
    void *peaks;
    const struct isa *isa;
    const struct sepcc_peak *peak;
    char compiler[256]; /* what it says of itself */
};

/*
 * arguments' isa: one name, or NULL for the best of this CPU; plan and wisdom: as for `sepcc bench`, or NULL.
 * Close with kernels_close, also after an error.
 */
enum exit_status kernels_open(const struct arguments *arguments, struct kernels *kernels);
/* How many of the kernels have a plan that was tuned for their very stage. */
size_t kernels_tuned(const struct kernels *kernels);
void kernels_close(struct kernels *kernels);

#endif
