/*
 * remote_trial.c: proofs and races of kernels on a target, by the lines that the runner there prints.
 *
 * The runner outlives its kernels, which run in processes of their own. When its lines end early, it was the
 * connection, or the target itself: then both are tried again.
 */
#include "tune/batch.h"
#include "tune/remote.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

/* What the target may take beside its own time limits; runs of one kernel or race that may end early. */
enum { SLACK_S = 60, FAILURES_MOST = 2, KINDS = SEPCC_DATA_COUNT };

/* ---- proofs ----------------------------------------------------------------------------------------- */

static enum exit_status run_proofs(const struct remote *remote, uint64_t seed, struct proof *const proofs[],
                                   size_t count, const struct prove_limits *limits, struct process *process)
{
    struct text line = {0};
    text_printf(&line, "--seed %" PRIu64 " --timeout %u --runs %u", seed, limits->timeout_s,
                limits->most_runs);
    for (size_t i = 0; i < count; ++i)
        text_printf(&line, " --only %s", proofs[i]->kernel->name);
    const unsigned limit_s = SLACK_S + KINDS * limits->timeout_s * (unsigned)count;
    const enum exit_status status =
        line.failed ? diag_memory() : remote_run(remote, line.data, limit_s, process);
    text_free(&line);
    return status;
}

/* Fills the results that are there, one after the other; returns how many. */
static size_t take_lines(const struct process *process, struct proof *const proofs[], size_t count)
{
    const char *line = process->output.length > 0 ? process->output.data : "";
    for (size_t i = 0; i < count; ++i) {
        const char *end = strchr(line, '\n');
        if (end == NULL ||
            !prove_read_line(line, (size_t)(end - line), proofs[i]->kernel->name, &proofs[i]->result))
            return i;
        proofs[i]->executed = true;
        line = end + 1;
    }
    return count;
}

static void take_early_end(const struct process *process, struct proof *proof)
{
    proof->executed = true;
    proof->result =
        (struct sepcc_verify_result){.status = process->timed_out ? SEPCC_E_TIMEOUT : SEPCC_E_CRASH};
    (void)snprintf(proof->result.message, sizeof proof->result.message,
                   "the runner on the target ended early, %d times, the last with status %d", FAILURES_MOST,
                   process->exit_code);
}

enum exit_status remote_prove(struct remote *remote, uint64_t seed, struct proof *const proofs[],
                              size_t count, const struct prove_limits *limits)
{
    enum exit_status status = STATUS_DONE;
    unsigned failures = 0;
    for (size_t at = 0; status == STATUS_DONE && at < count;) {
        struct process process;
        status = run_proofs(remote, seed, proofs + at, count - at, limits, &process);
        const size_t done = status == STATUS_DONE ? take_lines(&process, proofs + at, count - at) : 0;
        at += done;
        failures = done > 0 ? 1 : failures + 1;
        if (status == STATUS_DONE && at < count)
            status = remote_restore(remote);
        if (status == STATUS_DONE && at < count && failures >= FAILURES_MOST) {
            take_early_end(&process, proofs[at++]);
            failures = 0;
        }
        process_free(&process);
    }
    return status;
}

/* ---- races ------------------------------------------------------------------------------------------ */

static enum exit_status start_race(const struct remote *remote, const struct race_job *job,
                                   struct process *process)
{
    struct text line = {0};
    text_printf(&line,
                "--race --cache %d --seconds %.17g --precision %.17g --min-rounds %u --most-rounds %u%s "
                "--keep %zu --seed %" PRIu64 " --timeout %.0f --threads %u",
                (int)job->cache, job->seconds, job->precision, job->min_rounds, job->most_rounds,
                job->all_stay ? " --all-stay" : "", job->keep, job->seed, ceil(job->limit_s), job->threads);
    if (job->cache == SEPCC_RACE_CHAIN)
        text_printf(&line, " --chain %s --chain-at %zu", BATCH_CHAIN, job->chain_at);
    for (size_t i = 0; i < job->count; ++i)
        text_printf(&line, " --only %s%s%s", job->runners[i].bundle != NULL ? job->runners[i].bundle : "",
                    job->runners[i].bundle != NULL ? "/" : "", job->runners[i].name);
    const enum exit_status status =
        line.failed ? diag_memory()
                    : remote_run(remote, line.data, SLACK_S + (unsigned)job->limit_s, process);
    text_free(&line);
    return status;
}

/* Reads all results and what stands behind them; false when the lines are not whole. */
static bool read_results(const char *line, size_t count, struct race_outcome *outcome)
{
    for (size_t i = 0; i < count; ++i) {
        struct sepcc_race_result *result = &outcome->results[i];
        unsigned left = 0;
        int used = 0;
        if (sscanf(line, "result %u %u %lf %lf %lf %lf %lf %lf %lf%n", &left, &result->rounds,
                   &result->median_s, &result->low_s, &result->high_s, &result->ratio, &result->ratio_low,
                   &result->ratio_high, &result->peak_gflops, &used) != 9 ||
            line[used] != '\n')
            return false;
        result->left = left != 0;
        line += used + 1;
    }
    return strcmp(line, "done\n") == 0;
}

/* How a race ended, by its lines. *whole false: they end early. */
static enum exit_status read_race(const struct process *process, const struct race_job *job,
                                  struct race_outcome *outcome, bool *whole)
{
    const char *said = process->output.length > 0 ? process->output.data : "";
    int failed = 0;
    *outcome = (struct race_outcome){.end = RACE_DONE};
    *whole = said[0] != '\0' && said[strlen(said) - 1] == '\n';
    if (*whole && sscanf(said, "hung %zu", &outcome->who) == 1)
        outcome->end = RACE_HUNG;
    else if (*whole && sscanf(said, "crashed %zu %d", &outcome->who, &outcome->signal) == 2)
        outcome->end = RACE_CRASHED;
    else if (*whole && sscanf(said, "failed %d", &failed) == 1)
        return diag_error(failed == SEPCC_E_MEMORY ? DIAG_MEMORY : DIAG_LOAD, NOWHERE, "on the target: %s",
                          sepcc_status_text((enum sepcc_status)failed));
    else
        *whole = *whole && read_results(said, job->count, outcome);
    return STATUS_DONE;
}

enum exit_status remote_race(struct remote *remote, const struct race_job *job, struct race_outcome *outcome)
{
    enum exit_status status = STATUS_DONE;
    bool whole = false;
    for (unsigned failures = 0; status == STATUS_DONE && !whole; ++failures) {
        struct process process;
        status = start_race(remote, job, &process);
        if (status == STATUS_DONE)
            status = read_race(&process, job, outcome, &whole);
        if (status == STATUS_DONE && !whole)
            status = remote_restore(remote);
        if (status == STATUS_DONE && !whole && failures >= FAILURES_MOST)
            status = diag_error(DIAG_LOAD, NOWHERE,
                                "the runner on the target ends early in a race, with status %d, expected 0",
                                process.exit_code);
        process_free(&process);
    }
    return status;
}
