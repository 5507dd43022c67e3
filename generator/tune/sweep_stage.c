/*
 * sweep_stage.c: the trials of one stage: batches until the search is over, then the final race.
 */
#include "tune/sweep.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>

/* Candidates of a batch, and new plans of a final race, both beside the untuned plan; final races of a run.
 */
enum { BATCH_MOST = 15, FINAL_MOST = 3, FINALS_MOST = 3 };

/* Plans this near to what is confirmed may be in the final race, too. */
static const double final_slack = 1.02;

static enum exit_status open_batch(struct sweep *sweep, const struct sweep_stage *stage, const size_t plans[],
                                   size_t count, struct batch *batch)
{
    struct candidate *items = calloc(count, sizeof *items);
    *batch = sweep_batch(sweep, stage, items, items != NULL ? count : 0);
    batch->spills_count = true;
    if (items == NULL)
        return diag_memory();
    for (size_t i = 0; i < count; ++i)
        batch->items[i].plan = stage->space.plans[plans[i]].text;
    return STATUS_DONE;
}

static void close_batch(struct batch *batch)
{
    batch_close(batch);
    free(batch->items);
}

/* Without its untuned plan a stage has nothing to be compared with: it is told, and left alone. */
static enum exit_status give_up(struct sweep *sweep, struct sweep_stage *stage, const struct batch *batch)
{
    diag_warning((struct position){.file = stage->spec->name}, "the untuned plan is no good: %s",
                 batch->items[0].detail);
    stage->over = true;
    return stage->known[0] == SEARCH_NOT_TRIED ? sweep_add(sweep, stage, batch, &batch->items[0], false, NULL)
                                               : STATUS_DONE;
}

static enum exit_status race_batch(struct sweep *sweep, const struct sweep_stage *stage, struct batch *batch,
                                   bool final)
{
    struct sweep_runners runners = {.count = batch->count};
    for (size_t i = 0; i < batch->count; ++i) {
        runners.candidates[i] = &batch->items[i];
        runners.batches[i] = batch;
    }
    return sweep_time(sweep, stage, &runners, final);
}

/* Adds and notes what became of the candidates from `first` on. */
static enum exit_status keep_results(struct sweep *sweep, struct sweep_stage *stage, const size_t plans[],
                                     const struct batch *batch, size_t first)
{
    enum exit_status status = STATUS_DONE;
    for (size_t i = first; status == STATUS_DONE && i < batch->count; ++i) {
        const struct candidate *candidate = &batch->items[i];
        status = sweep_add(sweep, stage, batch, candidate, false, NULL);
        sweep_note(stage, plans[i], candidate->decided ? SEARCH_NO_GOOD : candidate->result.ratio,
                   candidate->result.rounds);
    }
    return status;
}

/* plans[0] is the untuned one; its trial is added once. */
static enum exit_status try_plans(struct sweep *sweep, struct sweep_stage *stage, const size_t plans[],
                                  size_t count)
{
    struct batch batch;
    enum exit_status status = open_batch(sweep, stage, plans, count, &batch);
    if (status == STATUS_DONE) {
        sweep_progress(sweep, "building");
        status = batch_prepare(&batch);
    }
    if (status == STATUS_DONE && batch.items[0].decided)
        status = give_up(sweep, stage, &batch);
    else if (status == STATUS_DONE) {
        sweep_progress(sweep, "timing");
        status = race_batch(sweep, stage, &batch, false);
        if (status == STATUS_DONE && stage->untuned_s <= 0)
            stage->untuned_s = batch.items[0].result.median_s;
        if (status == STATUS_DONE)
            status = keep_results(sweep, stage, plans, &batch, stage->known[0] == SEARCH_NOT_TRIED ? 0 : 1);
    }
    close_batch(&batch);
    return status;
}

enum exit_status sweep_search(struct sweep *sweep, struct sweep_stage *stage, double until)
{
    const enum search_kind kind = sweep->options->exhaustive ? SEARCH_ALL : SEARCH_CLIMB;
    enum exit_status status = STATUS_DONE;
    size_t *found = calloc(stage->space.count + 1, sizeof *found);
    if (found == NULL)
        return diag_memory();
    while (status == STATUS_DONE && !stage->over && (until <= 0 || sweep_now() < until)) {
        size_t plans[BATCH_MOST + 1] = {0}, count = 1;
        const size_t tried = search_tried(&stage->space, stage->known);
        const size_t left = tried < stage->most ? stage->most - tried : 0;
        const size_t most = left < BATCH_MOST ? left : BATCH_MOST;
        const size_t next = search_next(&stage->space, stage->known, stage->mine, kind, most, found);
        for (size_t i = 0; i < next; ++i)
            if (found[i] != 0)
                plans[count++] = found[i];
        if (next == 0)
            stage->over = true;
        else
            status = try_plans(sweep, stage, plans, count);
    }
    free(found);
    return status;
}

/* ---- the final race --------------------------------------------------------------------------------- */

/*
 * The plan that promises most of those that were in no final race and are not in plans[] yet, when it is
 * within slack of what is confirmed; 0: there is none. The ratio of one that left a race after a few rounds
 * is too uncertain to promise anything; another one beat it.
 */
static size_t next_finalist(const struct sweep_stage *stage, const size_t plans[], size_t count, double slack)
{
    size_t found = 0;
    double least = stage->ratio * slack;
    for (size_t i = 1; i < stage->space.count; ++i) {
        bool in = stage->rounds[i] >= SWEEP_FINAL_ROUNDS || stage->rounds[i] < SWEEP_SEARCH_ROUNDS;
        for (size_t p = 1; p < count; ++p)
            in |= plans[p] == i;
        if (!in && stage->known[i] > 0 && stage->known[i] < least) {
            least = stage->known[i];
            found = i;
        }
    }
    return found;
}

/*
 * The untuned plan (plans[0], which is 0 already), the confirmed one, and what may be better. Returns how
 * many; 1: nothing promises to be.
 */
static size_t choose_finalists(const struct sweep_stage *stage, size_t plans[FINAL_MOST + 2])
{
    size_t count = 1, found;
    if (next_finalist(stage, plans, count, 1) == 0)
        return 1;
    if (stage->confirmed != 0)
        plans[count++] = stage->confirmed;
    for (size_t i = 0;
         i < FINAL_MOST && (found = next_finalist(stage, plans, count, i == 0 ? 1 : final_slack)) != 0; ++i)
        plans[count++] = found;
    return count;
}

/* What beats the untuned plan beyond doubt is confirmed; the best of it is the stage's plan. */
static enum exit_status keep_finals(struct sweep *sweep, struct sweep_stage *stage, const size_t plans[],
                                    const struct batch *batch)
{
    enum exit_status status = STATUS_DONE;
    stage->untuned_s = batch->items[0].result.median_s;
    stage->confirmed = 0;
    stage->ratio = stage->ratio_low = stage->ratio_high = 1;
    for (size_t i = 0; status == STATUS_DONE && i < batch->count; ++i) {
        const struct candidate *candidate = &batch->items[i];
        const struct sepcc_race_result *result = &candidate->result;
        const bool wins = i > 0 && !candidate->decided && result->ratio_high < 1;
        status = sweep_add(sweep, stage, batch, candidate, wins, NULL);
        sweep_note(stage, plans[i], candidate->decided ? SEARCH_NO_GOOD : result->ratio,
                   candidate->decided ? UINT_MAX : result->rounds);
        if (!wins || result->ratio >= stage->ratio)
            continue;
        stage->confirmed = plans[i];
        stage->ratio = result->ratio;
        stage->ratio_low = result->ratio_low;
        stage->ratio_high = result->ratio_high;
    }
    return status;
}

static enum exit_status race_finals(struct sweep *sweep, struct sweep_stage *stage, const size_t plans[],
                                    size_t count)
{
    struct batch batch;
    enum exit_status status = open_batch(sweep, stage, plans, count, &batch);
    batch.whole_proof = true;
    if (status == STATUS_DONE) {
        sweep_progress(sweep, "confirming");
        status = batch_prepare(&batch);
    }
    if (status == STATUS_DONE && batch.items[0].decided)
        status = give_up(sweep, stage, &batch);
    else if (status == STATUS_DONE) {
        status = race_batch(sweep, stage, &batch, true);
        if (status == STATUS_DONE)
            status = keep_finals(sweep, stage, plans, &batch);
    }
    close_batch(&batch);
    return status;
}

enum exit_status sweep_confirm(struct sweep *sweep, struct sweep_stage *stage)
{
    enum exit_status status = STATUS_DONE;
    for (int final = 0; status == STATUS_DONE && final < FINALS_MOST; ++final) {
        size_t plans[FINAL_MOST + 2] = {0};
        const size_t count = choose_finalists(stage, plans);
        if (count == 1)
            break;
        status = race_finals(sweep, stage, plans, count);
    }
    return status;
}
