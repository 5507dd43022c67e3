/*
 * remote.h: a target without a compiler: another machine, to which a command prefix leads, such as `ssh
 * host`.
 *
 * The prefix is words of sh that take a command line of sh as their last argument, run it on the target, and
 * pass on its standard streams and exit status. Nothing else is asked of the target but sh, cat, chmod,
 * mkdir, mktemp, mv, rm and uname. There a temporary folder holds one program at a time, a static runner
 * (runtime/runner.c) with the kernels of a batch. A shell that waits on the target for as long as sepcc lives
 * removes the folder, however either ends. When SEPCC_EMULATOR is set in the target's environment, the runner
 * runs below that program.
 */
#ifndef SEPCC_GENERATOR_TUNE_REMOTE_H
#define SEPCC_GENERATOR_TUNE_REMOTE_H

#include "base/process.h"
#include "bundle/build.h"
#include "tune/race.h"
#include "verify/prove.h"

struct remote {
    struct text command; /* the prefix, and "$1" behind it */
    /* what the runner tells of the target */
    char machine[32];
    enum isa_arch arch;
    isa_set isas;
    size_t caches[SEPCC_MEMORY];
    struct sepcc_bandwidth bandwidth[SEPCC_LEVEL_COUNT];
    struct text cpu; /* of the key */
    bool emulated;   /* its times are an emulator's */
    /* the connection */
    pid_t holder; /* the shell that waits; 0: there is none */
    int to, from; /* its standard streams */
    char folder[256];
    char *program; /* here: what is there; NULL: nothing */
};

/* ---- the target (remote_target.c) -------------------------------------------------------------------- */

/*
 * Connects, asks the target what it is, and which ISAs that are wanted it has; `native` is all of its own.
 * Errors: DIAG_TOOL (no connection, the runner does not run there, the target has not an ISA that was named),
 * those of building. Call remote_close in every case.
 */
enum exit_status remote_open(const struct options *options, struct remote *remote, isa_set *isas);
void remote_close(struct remote *remote); /* takes NULL */

/* ---- the connection (remote.c) ----------------------------------------------------------------------- */

/* Errors: DIAG_TOOL. machine of the remote is set to what `uname -m` says there. */
enum exit_status remote_connect(const char *prefix, struct remote *remote);

/* Copies a program there, in place of the one before. Errors: DIAG_TOOL, DIAG_IO. */
enum exit_status remote_put(struct remote *remote, const char *program);

/* Runs the program there with arguments in a line of sh. Errors: those of process_run. */
enum exit_status remote_run(const struct remote *remote, const char *arguments, unsigned timeout_s,
                            struct process *process);

/*
 * Called when a run ended early: connects again, if need be, and copies the program again. Errors: DIAG_TOOL,
 * the connection is lost.
 */
enum exit_status remote_restore(struct remote *remote);

/* ---- trials (remote_trial.c) ------------------------------------------------------------------------- */

/*
 * prove_native and race_run with the kernels of the program that is there: a race_kernel's bundle is its
 * batch's part, or NULL, and its library is of no use. Who ends the runner itself twice has crashed. Errors
 * also: DIAG_TOOL, the connection is lost.
 */
enum exit_status remote_prove(struct remote *remote, uint64_t seed, struct proof *const proofs[],
                              size_t count, const struct prove_limits *limits);
enum exit_status remote_race(struct remote *remote, const struct race_job *job, struct race_outcome *outcome);

#endif
