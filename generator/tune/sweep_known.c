/*
 * sweep_known.c: what the database knows already of the plans of a stage.
 */
#include "tune/sweep.h"

#include <limits.h>
#include <string.h>

void sweep_note(struct sweep_stage *stage, size_t plan, double ratio, unsigned rounds)
{
    if (stage->known[plan] != SEARCH_NOT_TRIED && rounds < stage->rounds[plan])
        return;
    stage->known[plan] = ratio;
    stage->rounds[plan] = rounds;
}

static void note_confirmed(struct sweep_stage *stage, size_t plan, const struct tune_trial *trial)
{
    if (stage->confirmed != 0 && trial->ratio >= stage->ratio)
        return;
    stage->confirmed = plan;
    stage->ratio = trial->ratio;
    stage->ratio_low = trial->ratio_low;
    stage->ratio_high = trial->ratio_high;
}

/* Whose trials are read, and how many there were. */
struct recall {
    struct sweep *sweep;
    struct sweep_stage *stage;
};

static enum exit_status visit(void *context, const struct tune_trial *trial)
{
    const struct recall *recall = context;
    struct sweep_stage *stage = recall->stage;
    const struct sweep *sweep = recall->sweep;
    if (strcmp(trial->cache, sweep_cache_word(sweep->cache)) != 0 ||
        trial->threads != sweep->options->threads ||
        trial->emulated != (sweep->remote != NULL && sweep->remote->emulated))
        return STATUS_DONE;
    const size_t plan = space_find(&stage->space, trial->plan);
    if (plan == stage->space.count)
        return STATUS_DONE; /* tried with other templates of the space */
    const bool timed = trial->outcome == TUNE_MEASURED || trial->outcome == TUNE_LOST;
    ++recall->sweep->kept;
    if (plan == 0 && timed && trial->rounds >= stage->rounds[0])
        stage->untuned_s = trial->median_s;
    sweep_note(stage, plan, timed ? trial->ratio : SEARCH_NO_GOOD, trial->rounds);
    if (trial->confirmed && plan != 0)
        note_confirmed(stage, plan, trial);
    return STATUS_DONE;
}

static struct tune_filter filter_of(const struct sweep *sweep, const struct sweep_stage *stage,
                                    const char *compiler)
{
    return (struct tune_filter){.spec = stage->spec_text,
                                .isa = stage->isa->name,
                                .cpu = sweep->cpu.data,
                                .compiler = compiler,
                                .templates = stage->templates};
}

enum exit_status sweep_recall(struct sweep *sweep, struct sweep_stage *stage)
{
    const struct tune_filter filter = filter_of(sweep, stage, sweep->compiler.data);
    struct recall recall = {sweep, stage};
    return tune_db_visit(sweep->db, &filter, visit, &recall);
}

/* ---- variants --------------------------------------------------------------------------------------- */

struct variant_query {
    const struct sweep *sweep;
    const char *plan;
    bool *has;
};

static enum exit_status visit_variant(void *context, const struct tune_trial *trial)
{
    const struct variant_query *query = context;
    if (strcmp(trial->plan, query->plan) == 0 && trial->threads == query->sweep->options->threads &&
        strcmp(trial->cache, sweep_cache_word(query->sweep->cache)) == 0)
        *query->has = true;
    return STATUS_DONE;
}

enum exit_status sweep_has_variant(struct sweep *sweep, const struct sweep_stage *stage, const char *compiler,
                                   const char *plan, bool *has)
{
    const struct tune_filter filter = filter_of(sweep, stage, compiler);
    struct variant_query query = {sweep, plan, has};
    *has = false;
    return tune_db_visit(sweep->db, &filter, visit_variant, &query);
}
