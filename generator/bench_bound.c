/*
 * bench_bound.c: the bounds of measured kernels, from the peak measured beside them and the bandwidth of the
 * levels where their data are.
 */
#include "bench.h"

#include <math.h>

/* The levels that kernels need, each measured once. */
struct levels {
    size_t caches[SEPCC_MEMORY];
    bool measured[SEPCC_LEVEL_COUNT];
    struct sepcc_bandwidth bandwidth[SEPCC_LEVEL_COUNT];
};

static enum exit_status need_level(struct levels *levels, enum sepcc_level level, struct sepcc_pool *pool)
{
    if (levels->measured[level])
        return STATUS_DONE;
    levels->measured[level] = true;
    if (sepcc_measure_bandwidth(level, pool, &levels->bandwidth[level]) != SEPCC_OK)
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
    struct levels levels = {0};
    for (unsigned level = 0; level < SEPCC_MEMORY; ++level)
        levels.caches[level] = sepcc_cache_bytes((enum sepcc_level)level);
    for (size_t k = 0; k < bench->bundle->kernel_count; ++k) {
        struct bench_kernel *entry = &bench->kernels[k];
        const struct bound_counts counts = bound_count(&entry->kernel->spec, &entry->kernel->plan);
        const enum sepcc_level level = bound_level(&counts, levels.caches, bench->threads);
        const enum exit_status status = need_level(&levels, level, pool);
        if (status != STATUS_DONE)
            return status;
        struct bound_rates rates = bound_rates_at(entry->kernel->isa, peak_flops(&entry->result));
        rates.read = levels.bandwidth[level].read;
        rates.write = levels.bandwidth[level].write;
        rates.level = sepcc_level_name(level);
        entry->bound = bound_of(&counts, &rates);
    }
    return STATUS_DONE;
}
