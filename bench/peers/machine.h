/*
 * machine.h: what a report says of the machine, and making the CPU look smaller than it is.
 */
#ifndef SEPCC_BENCH_MACHINE_H
#define SEPCC_BENCH_MACHINE_H

#include "sepcc_kernel.h"

#include <stdbool.h>
#include <stddef.h>

/* The CPU's name, such as "AMD EPYC 7543 32-Core Processor". */
void machine_cpu(char *text, size_t size);

/* The load average of the last minute; negative when unknown. */
double machine_load(void);

/*
 * Hides the instruction sets above isa from libraries that are loaded and threads that are started from now
 * on: their CPUID instructions trap, and are answered without these features. True when there is nothing to
 * hide or it is hidden. False where the CPU or the kernel cannot do it.
 */
bool machine_hide_above(enum sepcc_isa isa);

#endif
