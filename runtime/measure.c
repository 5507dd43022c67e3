/*
 * measure.c: timing kernels beside the peak loop of their ISA.
 *
 * Machines change their speed by the minute, so kernels are timed in rounds, each kernel once a round with
 * its peak loop right after it, and what is reported are medians over the rounds; the share of the peak is
 * the median of the rounds' own ratios. Before each timing the kernel runs once untimed, so that what is
 * timed finds the caches as its own previous run left them.
 */
#include "internal.h"

#include <time.h>

#define MIN_KERNEL_SECONDS 50e-6 /* one timing repeats a small kernel to take as long */
#define MIN_PEAK_SECONDS   200e-6
#define MAX_PEAK_SECONDS   20e-3

enum { MAX_TRIALS = 100000 };

/* A peak loop that takes no time (all of it optimised away) is not waited for. */
#define MAX_PEAK_ROUNDS (UINT64_C(1) << 48)

/* One kernel in one round. */
struct sample {
    double seconds;    /* of one run */
    double peak_flops; /* per second, one thread */
    double peak_share;
};

struct subject {
    const struct sepcc_kernel *kernel;
    const struct sepcc_peak *peak; /* may be NULL */
    float *in, *out;
    void *packed, *workspace;
    uint64_t repeats;     /* runs per timing */
    uint64_t peak_rounds; /* of the peak loop per timing */
    struct sample *samples;
    size_t capacity;
};

double sepcc_now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

/* ---- timing ---------------------------------------------------------------------------------------- */

static enum sepcc_status run_once(const struct subject *s, struct sepcc_pool *pool)
{
    if (pool != NULL)
        return sepcc_run(s->kernel, pool, s->in, s->out, s->packed);
    s->kernel->run(s->in, s->out, s->packed, s->workspace, 0, s->kernel->unit_count);
    return SEPCC_OK;
}

/* Seconds of `repeats` runs. */
static enum sepcc_status time_kernel(const struct subject *s, struct sepcc_pool *pool, double *seconds)
{
    enum sepcc_status status = SEPCC_OK;
    const double start = sepcc_now();
    for (uint64_t i = 0; i < s->repeats && status == SEPCC_OK; ++i)
        status = run_once(s, pool);
    *seconds = sepcc_now() - start;
    return status;
}

static double time_peak(const struct subject *s)
{
    volatile float sink;
    const double start = sepcc_now();
    sink = s->peak->run(s->peak_rounds);
    (void)sink;
    return sepcc_now() - start;
}

/* How often to repeat what took `seconds` this time, to take `wanted`: at most ten times more a step. */
static uint64_t next_repeats(uint64_t repeats, double seconds, double wanted)
{
    const double factor = seconds > 0 ? 1.1 * wanted / seconds : 10;
    return (uint64_t)((double)repeats * (factor < 10 ? factor : 10)) + 1;
}

/* Warms the kernel up, then sets repeats and peak_rounds. */
static enum sepcc_status calibrate(struct subject *s, struct sepcc_pool *pool)
{
    double seconds, peak_seconds, wanted;
    enum sepcc_status status = run_once(s, pool);
    s->repeats = 1;
    while (status == SEPCC_OK && (status = time_kernel(s, pool, &seconds)) == SEPCC_OK &&
           seconds < MIN_KERNEL_SECONDS)
        s->repeats = next_repeats(s->repeats, seconds, MIN_KERNEL_SECONDS);
    if (status != SEPCC_OK || s->peak == NULL)
        return status;
    wanted = seconds < MIN_PEAK_SECONDS ? MIN_PEAK_SECONDS : seconds;
    wanted = wanted > MAX_PEAK_SECONDS ? MAX_PEAK_SECONDS : wanted;
    s->peak_rounds = 1;
    while ((peak_seconds = time_peak(s)) < wanted && s->peak_rounds < MAX_PEAK_ROUNDS)
        s->peak_rounds = next_repeats(s->peak_rounds, peak_seconds, wanted);
    return SEPCC_OK;
}

static double flop_of(const struct sepcc_kernel *kernel)
{
    return 2.0 * (double)kernel->fma_count;
}

static enum sepcc_status take_sample(struct subject *s, struct sepcc_pool *pool, struct sample *sample)
{
    const double threads = pool != NULL ? (double)sepcc_pool_thread_count(pool) : 1;
    double seconds;
    enum sepcc_status status = run_once(s, pool);
    if (status == SEPCC_OK)
        status = time_kernel(s, pool, &seconds);
    if (status != SEPCC_OK)
        return status;
    *sample = (struct sample){.seconds = seconds / (double)s->repeats};
    if (s->peak != NULL) {
        sample->peak_flops = (double)s->peak->flop_per_round * (double)s->peak_rounds / time_peak(s);
        sample->peak_share = flop_of(s->kernel) / sample->seconds / (sample->peak_flops * threads);
    }
    return SEPCC_OK;
}

/* ---- subjects -------------------------------------------------------------------------------------- */

/* Packs random weights; the plain ones are gone afterwards. */
static enum sepcc_status pack_random(struct subject *s, uint64_t seed)
{
    const struct sepcc_stage *stage = &s->kernel->stage;
    float *memory[3][SEPCC_MAX_LAYERS] = {{NULL}}; /* weights, bias, slope */
    const float *pointers[3][SEPCC_MAX_LAYERS];
    enum sepcc_status status = SEPCC_OK;
    for (size_t i = 0; i < stage->layer_count && status == SEPCC_OK; ++i) {
        const struct sepcc_layer *layer = &stage->layer[i];
        memory[0][i] = sepcc_alloc(sepcc_layer_weight_count(layer) * sizeof(float));
        memory[1][i] = sepcc_alloc((size_t)layer->out_c * sizeof(float));
        memory[2][i] = sepcc_alloc((size_t)layer->out_c * sizeof(float));
        if (memory[0][i] == NULL || memory[1][i] == NULL || memory[2][i] == NULL)
            status = SEPCC_E_MEMORY;
        else
            sepcc_fill_layer(layer, SEPCC_DATA_CANCEL, sepcc_mix_seed(seed, i), memory[0][i], memory[1][i],
                             memory[2][i]);
    }
    for (size_t what = 0; what < 3; ++what)
        for (size_t i = 0; i < SEPCC_MAX_LAYERS; ++i)
            pointers[what][i] = memory[what][i];
    if (status == SEPCC_OK)
        s->kernel->pack(pointers[0], pointers[1], pointers[2], s->packed);
    for (size_t what = 0; what < 3; ++what)
        for (size_t i = 0; i < SEPCC_MAX_LAYERS; ++i)
            sepcc_free(memory[what][i]);
    return status;
}

static enum sepcc_status make_subject(struct subject *s, uint64_t seed)
{
    const struct sepcc_stage *stage = &s->kernel->stage;
    if (s->peak != NULL && s->peak->abi_version != SEPCC_ABI_VERSION)
        return SEPCC_E_ABI;
    s->in = sepcc_alloc(sepcc_stage_input_count(stage) * sizeof(float));
    s->out = sepcc_alloc(sepcc_stage_output_count(stage) * sizeof(float));
    s->packed = sepcc_alloc(s->kernel->packed_bytes);
    s->workspace = s->kernel->workspace_bytes > 0 ? sepcc_alloc(s->kernel->workspace_bytes) : NULL;
    if (s->in == NULL || s->out == NULL || s->packed == NULL ||
        (s->workspace == NULL && s->kernel->workspace_bytes > 0))
        return SEPCC_E_MEMORY;
    sepcc_fill_input(stage, SEPCC_DATA_CANCEL, sepcc_mix_seed(seed, SEPCC_MAX_LAYERS), s->in);
    return pack_random(s, seed);
}

static void free_subject(struct subject *s)
{
    sepcc_free(s->in);
    sepcc_free(s->out);
    sepcc_free(s->packed);
    sepcc_free(s->workspace);
    free(s->samples);
}

static enum sepcc_status grow_samples(struct subject *s, size_t needed)
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

/* ---- statistics ------------------------------------------------------------------------------------ */

static int compare_doubles(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Of sorted values, between neighbours by linear interpolation. */
static double quantile(const double *sorted, size_t count, double q)
{
    const double position = q * (double)(count - 1);
    const size_t below = (size_t)position;
    const size_t above = below + 1 < count ? below + 1 : below;
    return sorted[below] + (position - (double)below) * (sorted[above] - sorted[below]);
}

/* One field of all samples, sorted; field is its offset in struct sample. */
static void sort_field(const struct subject *s, size_t count, size_t field, double *sorted)
{
    for (size_t i = 0; i < count; ++i)
        memcpy(&sorted[i], (const char *)&s->samples[i] + field, sizeof sorted[i]);
    qsort(sorted, count, sizeof *sorted, compare_doubles);
}

static enum sepcc_status summarise(const struct subject *s, size_t trials,
                                   struct sepcc_measure_result *result)
{
    double *const sorted = malloc(trials * sizeof *sorted);
    if (sorted == NULL)
        return SEPCC_E_MEMORY;
    memset(result, 0, sizeof *result);
    result->trials = (unsigned)trials;
    sort_field(s, trials, offsetof(struct sample, seconds), sorted);
    result->min_s = sorted[0];
    result->low_s = quantile(sorted, trials, 0.25);
    result->median_s = quantile(sorted, trials, 0.5);
    result->high_s = quantile(sorted, trials, 0.75);
    result->gflops = flop_of(s->kernel) / result->median_s * 1e-9;
    result->bytes_per_s = (double)(s->kernel->read_bytes + s->kernel->write_bytes) / result->median_s;
    if (s->peak != NULL) {
        sort_field(s, trials, offsetof(struct sample, peak_flops), sorted);
        result->peak_gflops = quantile(sorted, trials, 0.5) * 1e-9;
        sort_field(s, trials, offsetof(struct sample, peak_share), sorted);
        result->peak_share = quantile(sorted, trials, 0.5);
    }
    free(sorted);
    return SEPCC_OK;
}

/* ---- rounds ---------------------------------------------------------------------------------------- */

static enum sepcc_status run_rounds(struct subject *subjects, size_t count,
                                    const struct sepcc_measure_options *options, size_t *trials)
{
    const double start = sepcc_now(), budget = options->seconds * (double)count;
    enum sepcc_status status = SEPCC_OK;
    size_t round = 0;
    do {
        for (size_t i = 0; i < count && status == SEPCC_OK; ++i) {
            status = grow_samples(&subjects[i], round + 1);
            if (status == SEPCC_OK)
                status = take_sample(&subjects[i], options->pool, &subjects[i].samples[round]);
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
    struct subject *subjects = calloc(count > 0 ? count : 1, sizeof *subjects);
    enum sepcc_status status = subjects != NULL ? SEPCC_OK : SEPCC_E_MEMORY;
    size_t trials = 0;
    for (size_t i = 0; i < count && status == SEPCC_OK; ++i) {
        subjects[i].kernel = kernels[i];
        subjects[i].peak = peaks[i];
        status = make_subject(&subjects[i], sepcc_mix_seed(options->seed, i));
        if (status == SEPCC_OK)
            status = calibrate(&subjects[i], options->pool);
    }
    if (status == SEPCC_OK && count > 0)
        status = run_rounds(subjects, count, options, &trials);
    for (size_t i = 0; i < count && status == SEPCC_OK; ++i)
        status = summarise(&subjects[i], trials, &results[i]);
    for (size_t i = 0; i < count && subjects != NULL; ++i)
        free_subject(&subjects[i]);
    free(subjects);
    return status;
}
