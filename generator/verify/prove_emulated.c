/*
 * prove_emulated.c: proving kernels with runtime/runner.c under an emulator.
 *
 * A run takes a batch of kernels, since starting an emulator costs more than a small kernel. One that crashes
 * ends its run; it is the one whose line has a name and no more, and the rest of its batch is run again.
 */
#include "verify/prove.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BATCH_MAX = 32, RUN_TIMEOUT_S = 3600 };

/* One run of the program: proofs first .. first+count-1 of those that are pending. */
struct batch {
    struct proof **proofs;
    size_t count;
    char **argv;
    char environment[32];
    const char *environments[2];
};

struct round {
    struct proof **pending;
    size_t pending_count;
    struct batch *batches;
    struct process *processes;
    size_t batch_count;
    size_t done, total; /* for progress */
};

/* ---- what a run printed ---------------------------------------------------------------------------- */

bool prove_read_line(const char *line, size_t length, const char *name, struct sepcc_verify_result *result)
{
    int status = 0, used = 0;
    uint64_t trials = 0;
    const size_t name_length = strlen(name);
    if (length <= name_length || strncmp(line, name, name_length) != 0 || line[name_length] != ' ')
        return false;
    if (sscanf(line + name_length, " %d %" SCNu64 "%n", &status, &trials, &used) != 2 || status < 0 ||
        status >= SEPCC_STATUS_COUNT)
        return false;
    size_t from = name_length + (size_t)used;
    from += from < length && line[from] == ' ';
    *result = (struct sepcc_verify_result){.status = (enum sepcc_status)status, .trials = trials};
    snprintf(result->message, sizeof result->message, "%.*s", (int)(length - from), line + from);
    if (status != SEPCC_OK && result->message[0] == '\0')
        snprintf(result->message, sizeof result->message, "%s", sepcc_status_text((enum sepcc_status)status));
    return true;
}

/* The kernel at which a run ended early. */
static void read_crash(const struct process *process, struct sepcc_verify_result *result)
{
    const char *error = process->error.length > 0 ? process->error.data : "";
    *result = (struct sepcc_verify_result){.status = process->timed_out ? SEPCC_E_TIMEOUT : SEPCC_E_CRASH};
    if (process->timed_out)
        snprintf(result->message, sizeof result->message, "did not end in %d s", RUN_TIMEOUT_S);
    else if (process->exit_code > 128)
        snprintf(result->message, sizeof result->message, "ended by signal %d", process->exit_code - 128);
    else
        snprintf(result->message, sizeof result->message, "the emulator ended with status %d: %.*s",
                 process->exit_code, (int)strcspn(error, "\n"), error);
}

static enum exit_status batch_done(struct process *process, size_t index, void *context)
{
    struct round *round = context;
    const struct batch *batch = &round->batches[index];
    const char *line = process->output.length > 0 ? process->output.data : "";
    size_t i = 0;
    for (; i < batch->count; ++i) {
        const char *end = strchr(line, '\n');
        if (end == NULL || !prove_read_line(line, (size_t)(end - line), batch->proofs[i]->kernel->name,
                                            &batch->proofs[i]->result))
            break;
        batch->proofs[i]->executed = true;
        line = end + 1;
    }
    if (i < batch->count) {
        read_crash(process, &batch->proofs[i]->result);
        batch->proofs[i]->executed = true;
        ++i;
    }
    round->done += i;
    progress("verify", round->done, round->total, batch->proofs[i - 1]->kernel->name);
    return STATUS_DONE;
}

/* ---- runs ------------------------------------------------------------------------------------------ */

static enum exit_status make_batch(const struct build *build, const char *program, struct batch *batch,
                                   struct process *process)
{
    const struct proof *first = batch->proofs[0];
    char seed[32];
    const char *args[2 * BATCH_MAX + 3];
    size_t count = 0;
    snprintf(seed, sizeof seed, "%" PRIu64, build->options->seed);
    args[count++] = "--seed";
    args[count++] = seed;
    for (size_t i = 0; i < batch->count; ++i) {
        args[count++] = "--only";
        args[count++] = batch->proofs[i]->kernel->name;
    }
    args[count] = NULL;
    const enum exit_status status = runner_command(&first->runner, program, args, &batch->argv);
    /* SEPCC_ISAS may have sent the kernels here; below the emulator they are to run. */
    snprintf(batch->environment, sizeof batch->environment, "SEPCC_ISAS=%s", first->kernel->isa->name);
    batch->environments[0] = batch->environment;
    *process = (struct process){.argv = (const char *const *)batch->argv,
                                .environment = batch->environments,
                                .timeout_s = RUN_TIMEOUT_S};
    return status;
}

/* Runs all that is pending, in batches of that size; what a crash has cut off is still pending afterwards. */
static enum exit_status run_round(const struct build *build, const char *program, size_t size,
                                  struct round *round)
{
    round->batch_count = (round->pending_count + size - 1) / size;
    round->batches = calloc(round->batch_count, sizeof *round->batches);
    round->processes = calloc(round->batch_count, sizeof *round->processes);
    enum exit_status status =
        round->batches == NULL || round->processes == NULL ? diag_memory() : STATUS_DONE;
    for (size_t b = 0; status == STATUS_DONE && b < round->batch_count; ++b) {
        const size_t left = round->pending_count - b * size;
        round->batches[b].proofs = round->pending + b * size;
        round->batches[b].count = left < size ? left : size;
        status = make_batch(build, program, &round->batches[b], &round->processes[b]);
    }
    if (status == STATUS_DONE)
        status =
            process_run_all(round->processes, round->batch_count, build->options->jobs, batch_done, round);
    for (size_t b = 0; b < round->batch_count; ++b) {
        if (round->processes != NULL)
            process_free(&round->processes[b]);
        if (round->batches != NULL)
            free(round->batches[b].argv);
    }
    free(round->batches);
    free(round->processes);
    return status;
}

static void keep_pending(struct round *round)
{
    size_t kept = 0;
    for (size_t i = 0; i < round->pending_count; ++i)
        if (!round->pending[i]->executed)
            round->pending[kept++] = round->pending[i];
    round->pending_count = kept;
}

enum exit_status prove_emulated(const struct build *build, const char *program, struct proof *const proofs[],
                                size_t count)
{
    struct round round = {
        .pending = calloc(count, sizeof *round.pending), .pending_count = count, .total = count};
    if (round.pending == NULL)
        return diag_memory();
    memcpy(round.pending, proofs, count * sizeof *round.pending);
    enum exit_status status = STATUS_DONE;
    while (status == STATUS_DONE && round.pending_count > 0) {
        /* Two runs a job, so that no job is left alone with the longest one. */
        const size_t parts = 2 * (size_t)build->options->jobs;
        const size_t size = (round.pending_count + parts - 1) / parts;
        status = run_round(build, program, size < BATCH_MAX ? size : BATCH_MAX, &round);
        keep_pending(&round);
    }
    progress("", 0, 0, "");
    free(round.pending);
    return status;
}
