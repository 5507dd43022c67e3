/*
 * sweep_race.c: the race of candidates that are proved; one that crashes or hangs in it is taken out, and the
 * others race again.
 */
#include "tune/sweep.h"

#include <stdio.h>
#include <string.h>

/* A race of a search, and a final one, which has more rounds than any other. */
static const struct {
    unsigned least, most;      /* rounds; most 0: no limit */
    double precision, seconds; /* of the ratios; times --seconds, for each candidate */
} kinds[] = {{SWEEP_SEARCH_ROUNDS, SWEEP_FINAL_ROUNDS - 1, 0.004, 1}, {SWEEP_FINAL_ROUNDS, 0, 0.002, 6}};

/* Who is left in the race, and where each is in the list of runners. */
struct starters {
    size_t index[RACE_RUNNERS_MAX], count;
};

static void fill_job(const struct sweep *sweep, const struct sweep_stage *stage,
                     const struct sweep_runners *runners, const struct starters *starters, bool final,
                     char peak_symbol[64], struct race_job *job)
{
    const double each = sweep->options->seconds * kinds[final].seconds;
    (void)snprintf(peak_symbol, 64, "sepcc_peak_%s", stage->isa->name);
    *job = (struct race_job){.count = starters->count,
                             .peaks = sweep->peaks,
                             .peak_symbol = peak_symbol,
                             .cache = sweep->cache,
                             .threads = sweep->options->threads,
                             .seconds = each * (double)starters->count,
                             .precision = kinds[final].precision,
                             .min_rounds = kinds[final].least,
                             .most_rounds = kinds[final].most,
                             .all_stay = final,
                             .keep = 4,
                             .seed = sweep->options->seed + (final ? 1 : 0),
                             .limit_s = 30 + 20 * each * (double)starters->count};
    if (sweep->cache == SEPCC_RACE_CHAIN) {
        job->chain = sweep->chain; /* a target's is in the program there */
        job->chain_count = sweep->build.bundle.stages.count;
        job->chain_at = stage->chain_at;
    }
    for (size_t i = 0; i < starters->count; ++i) {
        const struct batch *batch = runners->batches[starters->index[i]];
        const struct candidate *candidate = runners->candidates[starters->index[i]];
        job->runners[i] =
            (struct race_kernel){batch->library, sweep->remote != NULL ? batch->part : batch->bundle_name,
                                 candidate->kernel->name};
    }
}

/* A candidate that ended the race. */
static void take_out(const struct race_outcome *outcome, const struct batch *batch,
                     struct candidate *candidate)
{
    struct text again = {0};
    candidate_command(batch, candidate, "bench", &again);
    candidate->decided = true;
    candidate->outcome = outcome->end == RACE_HUNG ? TUNE_HUNG : TUNE_CRASHED;
    if (outcome->end == RACE_HUNG)
        (void)snprintf(candidate->detail, sizeof candidate->detail, "did not end in a race; again: %s",
                       again.data != NULL ? again.data : "");
    else
        (void)snprintf(candidate->detail, sizeof candidate->detail, "signal %d in a race; again: %s",
                       outcome->signal, again.data != NULL ? again.data : "");
    text_free(&again);
}

static void take_results(const struct race_outcome *outcome, const struct sweep_runners *runners,
                         const struct starters *starters)
{
    for (size_t i = 0; i < starters->count; ++i) {
        struct candidate *candidate = runners->candidates[starters->index[i]];
        candidate->result = outcome->results[i];
        candidate->outcome = candidate->result.left ? TUNE_LOST : TUNE_MEASURED;
    }
}

enum exit_status sweep_time(struct sweep *sweep, const struct sweep_stage *stage,
                            const struct sweep_runners *runners, bool final)
{
    for (;;) {
        char peak_symbol[64];
        static struct race_job job; /* large */
        static struct race_outcome outcome;
        struct starters starters = {.count = 0};
        for (size_t i = 0; i < runners->count; ++i)
            if (!runners->candidates[i]->decided)
                starters.index[starters.count++] = i;
        fill_job(sweep, stage, runners, &starters, final, peak_symbol, &job);
        const enum exit_status status =
            sweep->remote != NULL ? remote_race(sweep->remote, &job, &outcome) : race_run(&job, &outcome);
        if (status != STATUS_DONE)
            return status;
        if (outcome.end == RACE_DONE) {
            take_results(&outcome, runners, &starters);
            sweep->peak_gflops = outcome.results[0].peak_gflops;
            return STATUS_DONE;
        }
        const size_t who = starters.index[outcome.who < starters.count ? outcome.who : 0];
        if (who == 0)
            return diag_error(DIAG_LOAD, NOWHERE, "the untuned plan of %s ends the process that times it",
                              stage->spec->name);
        take_out(&outcome, runners->batches[who], runners->candidates[who]);
    }
}
