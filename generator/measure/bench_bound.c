/*
 * bench_bound.c: the bounds of measured kernels, from the peak measured beside them and the bandwidth of the
 * levels where their data are.
 */
#include "measure/bench.h"

#include <math.h>

/* Measures the levels that any kernel needs; a level that none does is left at 0. */
static enum exit_status measure_levels(const struct bench *bench, struct sepcc_pool *pool,
                                       struct bound_rates *rates)
{
    bool needed[SEPCC_LEVEL_COUNT] = {false};
    for (size_t k = 0; k < bench->bundle->kernel_count; ++k) {
        const struct kernel *kernel = bench->kernels[k].kernel;
        const struct bound_counts counts = bound_count(&kernel->spec, &kernel->plan);
        double shares[SEPCC_LEVEL_COUNT];
        bound_levels(&counts, rates->caches, rates->threads, shares);
        for (unsigned level = 0; level < SEPCC_LEVEL_COUNT; ++level)
            needed[level] |= shares[level] > 0;
    }
    for (unsigned level = 0; level < SEPCC_LEVEL_COUNT; ++level)
        if (needed[level] &&
            sepcc_measure_bandwidth((enum sepcc_level)level, pool, &rates->bandwidth[level]) != SEPCC_OK)
            return diag_memory();
    return STATUS_DONE;
}

/*
 * What all threads do at the peak. The share of it is the median of the rounds' own, and says more than the
 * peak's median, for the machine changes its speed between rounds; both are 0 only where time stood still.
 */
static double peak_flops(const struct sepcc_measure_result *result)
{
    return result->peak_share > 0 ? result->gflops / result->peak_share * 1e9 : INFINITY;
}

enum exit_status bench_bounds(struct bench *bench, struct sepcc_pool *pool)
{
    struct bound_rates levels = {.threads = (double)bench->threads};
    for (unsigned level = 0; level < SEPCC_MEMORY; ++level)
        levels.caches[level] = (double)sepcc_cache_bytes((enum sepcc_level)level);
    const enum exit_status status = measure_levels(bench, pool, &levels);
    for (size_t k = 0; status == STATUS_DONE && k < bench->bundle->kernel_count; ++k) {
        struct bench_kernel *entry = &bench->kernels[k];
        const struct bound_counts counts = bound_count(&entry->kernel->spec, &entry->kernel->plan);
        const struct bound_rates at = bound_rates_at(entry->kernel->isa, peak_flops(&entry->result));
        struct bound_rates rates = levels;
        rates.fmas = at.fmas;
        rates.loads = at.loads;
        rates.stores = at.stores;
        entry->bound = bound_of(&counts, &rates);
    }
    return status;
}
