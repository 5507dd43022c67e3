/*
 * sweep_trial.c: what became of a candidate, as a trial in the database.
 */
#include "tune/sweep.h"

#include "plan/predict.h"

#include <stdio.h>
#include <time.h>

/* The bound of docs/bench.md: by the peak that was measured beside it, and this machine's bandwidths. */
static double bound_seconds(const struct sweep *sweep, const struct candidate *candidate, double peak_gflops)
{
    if (candidate->kernel == NULL || peak_gflops <= 0)
        return 0;
    const struct bound_counts counts = bound_count(&candidate->kernel->spec, &candidate->kernel->plan);
    const struct bound_rates at =
        bound_rates_at(candidate->kernel->isa, peak_gflops * 1e9 * sweep->options->threads);
    struct bound_rates rates = sweep->rates;
    rates.fmas = at.fmas;
    rates.loads = at.loads;
    rates.stores = at.stores;
    return bound_of(&counts, &rates).time;
}

/* What was measured; nothing of it holds for a candidate that did not race. */
static void add_times(const struct sweep *sweep, const struct candidate *candidate, struct tune_trial *trial)
{
    const struct sepcc_race_result *result = &candidate->result;
    const double peak = result->peak_gflops > 0 ? result->peak_gflops : sweep->peak_gflops;
    if (candidate->kernel != NULL)
        trial->predicted_s = predict_seconds(candidate->kernel->isa, candidate->cycles, peak);
    trial->bound_s = bound_seconds(sweep, candidate, peak);
    trial->peak_gflops = peak;
    if (result->rounds == 0)
        return;
    trial->median_s = result->median_s;
    trial->low_s = result->low_s;
    trial->high_s = result->high_s;
    trial->ratio = result->ratio;
    trial->ratio_low = result->ratio_low;
    trial->ratio_high = result->ratio_high;
    trial->rounds = result->rounds;
    trial->gflops = result->median_s > 0 ? candidate->flop / result->median_s * 1e-9 : 0;
}

enum exit_status sweep_add(struct sweep *sweep, const struct sweep_stage *stage, const struct batch *batch,
                           const struct candidate *candidate, bool confirmed, const char *compiler)
{
    char id[33];
    struct text again = {0};
    if (!candidate->decided)
        candidate_command(batch, candidate, "bench", &again);
    enum exit_status status = tune_db_id(id);
    struct tune_trial trial = {.key = {.spec = stage->spec_text,
                                       .isa = stage->isa->name,
                                       .cpu = sweep->cpu.data,
                                       .compiler = compiler != NULL ? compiler : sweep->compiler.data,
                                       .templates = stage->templates},
                               .id = id,
                               .sweep = sweep->id,
                               .stage = stage->spec->name,
                               .plan = candidate->plan,
                               .cache = sweep_cache_word(sweep->cache),
                               .threads = sweep->options->threads,
                               .outcome = candidate->outcome,
                               .untuned = compiler == NULL && candidate->plan == stage->space.plans[0].text,
                               .confirmed = confirmed,
                               .emulated = sweep->remote != NULL && sweep->remote->emulated,
                               .detail = candidate->decided   ? candidate->detail
                                         : again.data != NULL ? again.data
                                                              : "",
                               .flop = candidate->flop,
                               .code_bytes = candidate->code_bytes,
                               .spills = candidate->spills,
                               .finished = (int64_t)time(NULL)};
    add_times(sweep, candidate, &trial);
    if (status == STATUS_DONE)
        status = tune_db_add(sweep->db, &trial);
    text_free(&again);
    ++sweep->trials;
    sweep->failed += candidate->decided;
    return status;
}
