/*
 * prove.h: running kernels against the reference: on this CPU, or under an emulator.
 */
#ifndef SEPCC_GENERATOR_VERIFY_PROVE_H
#define SEPCC_GENERATOR_VERIFY_PROVE_H

#include "bundle/build.h"
#include "sepcc.h"
#include "verify/emulator.h"

/* One kernel to be proved. */
struct proof {
    const struct kernel *kernel;
    struct runner runner;
    bool executed; /* filled: result holds */
    struct sepcc_verify_result result;
};

/* How far a proof goes: as sepcc_verify_options. */
struct prove_limits {
    unsigned timeout_s, most_runs;
};

/*
 * Proves kernels in the library at path on this CPU, each in a child process, options->jobs at a time. limits
 * NULL: the usual ones, of a whole proof. A kernel that is wrong or crashes is a result, not an error.
 * Errors: DIAG_LOAD, DIAG_MEMORY, DIAG_TOOL.
 */
enum exit_status prove_native(const struct build *build, const char *library, struct proof *const proofs[],
                              size_t count, const struct prove_limits *limits);

/*
 * Proves kernels of one ISA with a program made by build_runner, under their runner (the same for all),
 * several kernels a run. Errors: those of runner_command, DIAG_MEMORY.
 */
enum exit_status prove_emulated(const struct build *build, const char *program, struct proof *const proofs[],
                                size_t count);

/*
 * Reads what a runner (runtime/runner.c) prints of a proof, a line of that length: false when it is not of
 * the kernel of that name, or not whole.
 */
bool prove_read_line(const char *line, size_t length, const char *name, struct sepcc_verify_result *result);

#endif
