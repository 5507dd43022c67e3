/*
 * emulator.h: where each ISA can be executed: on this CPU, under qemu-aarch64, or under Bochs.
 */
#ifndef SEPCC_GENERATOR_VERIFY_EMULATOR_H
#define SEPCC_GENERATOR_VERIFY_EMULATOR_H

#include "base/diag.h"
#include "base/process.h"
#include "spec/isa.h"

enum runner_kind { RUN_NATIVE, RUN_QEMU, RUN_BOCHS, RUN_NOWHERE };

struct runner {
    enum runner_kind kind;
    const char *name;    /* "this CPU", "qemu-aarch64", "Bochs", "nowhere" */
    const char *missing; /* kind RUN_NOWHERE: what is missing and how to install it, one line; else NULL */
};

/*
 * The runner of an ISA: native where sepcc_cpu_isas() has it, else that of emulator_for. So SEPCC_ISAS sends
 * an ISA that this CPU has to its emulator.
 */
struct runner runner_for(const struct isa *isa);

/*
 * The emulator of an ISA, when installed, whatever this CPU has: on an x86-64 host Bochs (emulators/bxrun in
 * the data folder) for x86-64, on any host qemu-aarch64-static or qemu-aarch64 for AArch64. Portable code
 * needs none: kind is RUN_NATIVE.
 */
struct runner emulator_for(const struct isa *isa);

/*
 * Builds the command that runs a static program under the runner: *argv (NULL-terminated, malloc'ed with its
 * strings in one block, to be freed with free) ends with program and args (NULL: none). Bochs' own parts are
 * built on first use into the cache folder. Errors: DIAG_TOOL (also for RUN_NOWHERE), DIAG_IO, DIAG_MEMORY.
 */
enum exit_status runner_command(const struct runner *runner, const char *program, const char *const *args,
                                char ***argv);

#endif
