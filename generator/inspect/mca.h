/*
 * mca.h: cycles of hot loops by llvm-mca, LLVM's static model of a core: for ISAs that cannot be timed here.
 *
 * It takes all loads as hits of the first-level cache, and knows no stalls behind spilled registers.
 */
#ifndef SEPCC_GENERATOR_INSPECT_MCA_H
#define SEPCC_GENERATOR_INSPECT_MCA_H

#include "inspect/hot_loops.h"

/* The core by which an ISA is judged, as -mcpu takes it; it starts isa->fmas vector multiply-adds a cycle. */
const char *mca_cpu(const struct isa *isa);

/* The program. Older ones have no good models of these cores. */
extern const char mca_program[];

/*
 * Sets the cycles of all loops: kernels[i] are the hot loops of a kernel of isas[i]. Runs at most parallel
 * programs at a time. Errors: DIAG_TOOL, DIAG_MEMORY.
 */
enum exit_status mca_estimate(const struct isa *const isas[], struct hot_loops *kernels, size_t count,
                              unsigned parallel);

/* The share of the multiply-add limit of its core that a loop reaches by its cycles; 0: not known. */
double mca_share(const struct hot_loop *loop, const struct isa *isa);

#endif
