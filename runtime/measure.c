/*
 * measure.c: timing kernels beside the peak loop of their ISA.
 *
 * Machines change their speed by the minute, so kernels are timed in rounds, each kernel once a round with
 * its peak loop right after it, and what is reported are medians over the rounds; the share of the peak is
 * the median of the rounds' own ratios. Before each timing the kernel runs once untimed, so that what is
 * timed finds the caches as its own previous run left them.
 */
#include "statistics.h"
#include "subject.h"

#include <time.h>

enum { MAX_TRIALS = 100000 };

/* One kernel in one round. */
struct sample {
    double seconds;    /* of one run */
    double peak_flops; /* per second, one thread */
    double peak_share;
};

/* A kernel and what was measured of it. */
struct measured {
    struct sepcc_subject subject;
    struct sample *samples;
    size_t capacity;
};

double sepcc_now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

/* ---- samples --------------------------------------------------------------------------------------- */

static enum sepcc_status grow_samples(struct measured *s, size_t needed)
{
    const size_t capacity = s->capacity == 0 ? 64 : 2 * s->capacity;
    struct sample *grown;
    if (needed <= s->capacity)
        return SEPCC_OK;
    grown = realloc(s->samples, capacity * sizeof *grown);
    if (grown == NULL)
        return SEPCC_E_MEMORY;
    s->samples = grown;
    s->capacity = capacity;
    return SEPCC_OK;
}

static enum sepcc_status take_sample(const struct sepcc_subject *s, struct sepcc_pool *pool,
                                     struct sample *sample)
{
    const double threads = pool != NULL ? (double)sepcc_pool_thread_count(pool) : 1;
    double seconds;
    enum sepcc_status status = sepcc_subject_run(s, pool);
    if (status == SEPCC_OK)
        status = sepcc_subject_time(s, pool, &seconds);
    if (status != SEPCC_OK)
        return status;
    *sample = (struct sample){.seconds = seconds / (double)s->repeats};
    if (s->peak != NULL) {
        sample->peak_flops =
            (double)s->peak->flop_per_round * (double)s->peak_rounds / sepcc_subject_time_peak(s);
        sample->peak_share = sepcc_subject_flop(s) / sample->seconds / (sample->peak_flops * threads);
    }
    return SEPCC_OK;
}

/* ---- statistics ------------------------------------------------------------------------------------ */

/* One field of all samples, sorted; field is its offset in struct sample. */
static void sort_field(const struct measured *s, size_t count, size_t field, double *sorted)
{
    for (size_t i = 0; i < count; ++i)
        memcpy(&sorted[i], (const char *)&s->samples[i] + field, sizeof sorted[i]);
    sepcc_sort(sorted, count);
}

static enum sepcc_status summarise(const struct measured *s, size_t trials,
                                   struct sepcc_measure_result *result)
{
    const struct sepcc_kernel *kernel = s->subject.kernel;
    double *const sorted = malloc(trials * sizeof *sorted);
    if (sorted == NULL)
        return SEPCC_E_MEMORY;
    memset(result, 0, sizeof *result);
    result->trials = (unsigned)trials;
    sort_field(s, trials, offsetof(struct sample, seconds), sorted);
    result->min_s = sorted[0];
    result->low_s = sepcc_quantile(sorted, trials, 0.25);
    result->median_s = sepcc_quantile(sorted, trials, 0.5);
    result->high_s = sepcc_quantile(sorted, trials, 0.75);
    result->gflops = sepcc_subject_flop(&s->subject) / result->median_s * 1e-9;
    result->bytes_per_s = (double)(kernel->read_bytes + kernel->write_bytes) / result->median_s;
    if (s->subject.peak != NULL) {
        sort_field(s, trials, offsetof(struct sample, peak_flops), sorted);
        result->peak_gflops = sepcc_quantile(sorted, trials, 0.5) * 1e-9;
        sort_field(s, trials, offsetof(struct sample, peak_share), sorted);
        result->peak_share = sepcc_quantile(sorted, trials, 0.5);
    }
    free(sorted);
    return SEPCC_OK;
}

/* ---- rounds ---------------------------------------------------------------------------------------- */

static enum sepcc_status run_rounds(struct measured *measured, size_t count,
                                    const struct sepcc_measure_options *options, size_t *trials)
{
    const double start = sepcc_now(), budget = options->seconds * (double)count;
    enum sepcc_status status = SEPCC_OK;
    size_t round = 0;
    do {
        for (size_t i = 0; i < count && status == SEPCC_OK; ++i) {
            status = grow_samples(&measured[i], round + 1);
            if (status == SEPCC_OK)
                status = take_sample(&measured[i].subject, options->pool, &measured[i].samples[round]);
        }
        ++round;
    } while (status == SEPCC_OK && round < MAX_TRIALS &&
             (round < options->min_trials || sepcc_now() - start < budget));
    *trials = round;
    return status;
}

enum sepcc_status sepcc_measure(const struct sepcc_kernel *const kernels[],
                                const struct sepcc_peak *const peaks[], size_t count,
                                const struct sepcc_measure_options *options,
                                struct sepcc_measure_result results[])
{
    struct measured *measured = calloc(count > 0 ? count : 1, sizeof *measured);
    enum sepcc_status status = measured != NULL ? SEPCC_OK : SEPCC_E_MEMORY;
    size_t trials = 0;
    for (size_t i = 0; i < count && status == SEPCC_OK; ++i) {
        measured[i].subject.kernel = kernels[i];
        measured[i].subject.peak = peaks[i];
        status = sepcc_subject_make(&measured[i].subject, sepcc_mix_seed(options->seed, i));
        if (status == SEPCC_OK)
            status = sepcc_subject_calibrate(&measured[i].subject, options->pool);
    }
    if (status == SEPCC_OK && count > 0)
        status = run_rounds(measured, count, options, &trials);
    for (size_t i = 0; i < count && status == SEPCC_OK; ++i)
        status = summarise(&measured[i], trials, &results[i]);
    for (size_t i = 0; i < count && measured != NULL; ++i) {
        sepcc_subject_free(&measured[i].subject);
        free(measured[i].samples);
    }
    free(measured);
    return status;
}
