/*
 * emulator.h: where each ISA can be executed: on this CPU, under qemu-aarch64, or under Bochs.
 */
#ifndef SEPCC_GENERATOR_EMULATOR_H
#define SEPCC_GENERATOR_EMULATOR_H

#include "diag.h"
#include "isa.h"
#include "process.h"

enum runner_kind { RUN_NATIVE, RUN_QEMU, RUN_BOCHS, RUN_NOWHERE };

struct runner {
    enum runner_kind kind;
    const char *name;    /* "this CPU", "qemu-aarch64", "Bochs", "nowhere" */
    const char *missing; /* kind RUN_NOWHERE: what is missing and how to install it, one line; else NULL */
};

/*
 * The runner of an ISA: native where sepcc_cpu_isas() has it, else the emulator that can, when installed.
 * avx512 goes to Bochs (emulators/bxrun in the data folder), neon on another host to qemu-aarch64-static or
 * qemu-aarch64. Looks at the system only once.
 */
struct runner runner_for(const struct isa *isa);

/*
 * Builds the command that runs a static program under the runner: *argv (NULL-terminated, malloc'ed with its
 * strings in one block, to be freed with free) ends with program and args. Bochs' own parts are built on
 * first use into the cache folder. Errors: DIAG_TOOL, DIAG_MEMORY.
 */
enum exit_status runner_command(const struct runner *runner, const char *program, const char *const *args,
                                char ***argv);

#endif
