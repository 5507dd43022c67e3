/*
 * batch.h: some plans of one stage, built, looked into and proved together, before any is timed.
 *
 * A candidate that cannot be built, that gives other bits, crashes, hangs or spills is a result: its outcome
 * says so and its detail holds the command that shows it again. What is left can race.
 */
#ifndef SEPCC_GENERATOR_TUNE_BATCH_H
#define SEPCC_GENERATOR_TUNE_BATCH_H

#include "bundle/build.h"
#include "database/db.h"
#include "sepcc.h"

#include <stdbool.h>
#include <stddef.h>

enum { CANDIDATE_DETAIL_MAX = 1024 };

struct candidate {
    const char *plan; /* as plan_print prints it; the owner of the batch keeps it */
    bool decided;     /* outcome is one that ends it before the race */
    enum tune_outcome outcome;
    char detail[CANDIDATE_DETAIL_MAX];
    const struct kernel *kernel; /* of the batch's bundle; NULL: it is not in the library */
    unsigned spills;             /* stack references in hot loops */
    unsigned fmas;               /* multiply-adds in them */
    uint64_t code_bytes;
    double cycles;      /* predicted for one run, by the plan and, where there is one, by llvm-mca */
    double flop, bound; /* of one run; bound: cycles of a usual core */
    struct sepcc_race_result result; /* when it has raced */
};

struct remote;

/* The bundle of the network's kernels on a target (build.h: runner_part). */
#define BATCH_CHAIN "chain"

struct batch {
    const struct spec *spec;
    const struct isa *isa;
    const struct options *options;
    const char *flags;     /* more compiler flags, or NULL */
    struct remote *remote; /* the target; NULL: this machine */
    struct build *chain;   /* with a target: the network, whose kernels are sent with the batch's; or NULL */
    const char *part;      /* with a target: its name beside other batches; NULL: it is the first */
    unsigned timeout_s;    /* of a proof of one kind of data */
    bool whole_proof;      /* else a quick one */
    bool spills_count;     /* spills decide */
    struct candidate *items;
    size_t count; /* the first is the untuned plan, which is never decided by its spills */
    struct build build;
    char *library; /* path; NULL: nothing could be built */
    char bundle_name[16];
};

/*
 * Builds, inspects and proves the batch: spec to count are set, items have their plans. Errors: of the
 * environment alone (disk full, no compiler), never a candidate's. Call batch_close in every case.
 */
enum exit_status batch_prepare(struct batch *batch);
void batch_close(struct batch *batch);

/*
 * Puts a program with batches of one target and stage there, in place of the one with the last that was
 * prepared, so that they can race. Errors: those of building, and of the connection.
 */
enum exit_status batch_send(struct batch *const batches[], size_t count);

/* The command that repeats what was found: `sepcc <command> 'SPEC' --isa I --plan P ...`; appended. */
void candidate_command(const struct batch *batch, const struct candidate *candidate, const char *command,
                       struct text *text);

#endif
