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

/* How what a CPU has above an instruction set is kept from the peers. */
enum machine_hiding {
    HIDING_NEEDLESS, /* there is nothing to hide */
    HIDING_TRAP,     /* their CPUID instructions trap */
    HIDING_COPIES,   /* they must be loaded as copies that ask this program: masked.h */
    HIDING_FAILED,   /* not at all */
};

/*
 * Hides the instruction sets above isa from libraries that are loaded and threads that are started from now
 * on: their CPUID instructions are answered without these features.
 */
enum machine_hiding machine_hide_above(enum sepcc_isa isa);

#endif
