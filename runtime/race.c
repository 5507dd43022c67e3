/*
 * race.c: kernels of one stage timed against one of them, in rounds.
 *
 * A round runs each runner once, from another one on and in the other direction than the round before. All
 * runners share the input and the output, so that none is favoured by where its tensors lie; and each round
 * has others than the round before, since a kernel can be a quarter slower on some pages of memory than on
 * others (their sets of the caches collide), and a plan that is better on average is wanted.
 */
#include "statistics.h"
#include "subject.h"

#include <math.h>

enum { MOST_ROUNDS = 4096, FIRST_ROUNDS = 64 };

/* Inputs and outputs that rounds take in turn; each starts so many bytes further into its page. */
#define SEATS      ((size_t)8)
#define SEAT_SHIFT ((size_t)7 * SEPCC_ALIGNMENT)

/* Passing over so much data leaves nothing of a kernel in the caches. */
enum { COLD_LEAST = 8 << 20, COLD_MOST = 256 << 20 };

struct runner {
    struct sepcc_subject subject;
    double *seconds; /* of each round */
};

struct race {
    const struct sepcc_race_options *options;
    struct runner *runners;
    size_t count, rounds, capacity;
    bool *left;
    double *peaks;   /* of each round: FLOP/s */
    double *scratch; /* of so many rounds */
    const double **times;
    struct seat {
        unsigned char *memory[2]; /* of the input and the output */
        float *in, *out;
    } seats[SEATS];
    size_t seat_count; /* 0: a chain has tensors of its own */
    /* Chain: its kernels, all but the runners', and two buffers that they pass their tensors through. */
    struct sepcc_subject *chain;
    float *buffers[2];
    /* Cold: what is passed over. */
    unsigned char *other;
    size_t other_bytes;
    uint64_t passed; /* a sum, so that the passing is not optimised away */
};

/* ---- what runs between ------------------------------------------------------------------------------ */

static void pass_over(struct race *race)
{
    for (size_t i = 0; i < race->other_bytes; i += SEPCC_ALIGNMENT)
        race->passed += ++race->other[i];
}

/* The stages behind the runner's, then those before it: as if the network ran again and again. */
static enum sepcc_status run_chain(const struct race *race)
{
    const size_t count = race->options->chain_count, at = race->options->chain_at;
    enum sepcc_status status = SEPCC_OK;
    for (size_t i = 1; i < count && status == SEPCC_OK; ++i)
        status = sepcc_subject_run(&race->chain[(at + i) % count], race->options->pool);
    return status;
}

static enum sepcc_status prepare_caches(struct race *race, const struct sepcc_subject *subject)
{
    switch (race->options->cache) {
    case SEPCC_RACE_COLD:
        pass_over(race);
        return SEPCC_OK;
    case SEPCC_RACE_CHAIN:
        return run_chain(race);
    default:
        return sepcc_subject_run(subject, race->options->pool);
    }
}

/* ---- rounds ----------------------------------------------------------------------------------------- */

static enum sepcc_status grow(struct race *race)
{
    if (race->rounds < race->capacity)
        return SEPCC_OK;
    const size_t capacity = race->capacity == 0 ? FIRST_ROUNDS : 2 * race->capacity;
    double *peaks = realloc(race->peaks, capacity * sizeof *peaks);
    if (peaks == NULL)
        return SEPCC_E_MEMORY;
    race->peaks = peaks;
    double *scratch = realloc(race->scratch, capacity * sizeof *scratch);
    if (scratch == NULL)
        return SEPCC_E_MEMORY;
    race->scratch = scratch;
    for (size_t i = 0; i < race->count; ++i) {
        double *seconds = realloc(race->runners[i].seconds, capacity * sizeof *seconds);
        if (seconds == NULL)
            return SEPCC_E_MEMORY;
        race->runners[i].seconds = seconds;
        race->times[i] = seconds;
    }
    race->capacity = capacity;
    return SEPCC_OK;
}

static void tell_running(const struct race *race, size_t runner)
{
    if (race->options->running != NULL)
        *race->options->running = runner;
}

static enum sepcc_status time_runner(struct race *race, size_t index)
{
    struct runner *runner = &race->runners[index];
    double seconds = 0;
    tell_running(race, index);
    if (race->seat_count > 0) {
        runner->subject.in = race->seats[race->rounds % race->seat_count].in;
        runner->subject.out = race->seats[race->rounds % race->seat_count].out;
    }
    enum sepcc_status status = prepare_caches(race, &runner->subject);
    if (status == SEPCC_OK)
        status = sepcc_subject_time(&runner->subject, race->options->pool, &seconds);
    runner->seconds[race->rounds] = seconds / (double)runner->subject.repeats;
    return status;
}

/* Which runner is the i-th of a round: each round starts at another one, every other goes backwards. */
static size_t turn(size_t round, size_t i, size_t count)
{
    const size_t forward = (round / 2 + i) % count;
    return round % 2 == 0 ? forward : count - 1 - forward;
}

static enum sepcc_status run_round(struct race *race)
{
    const struct sepcc_subject *base = &race->runners[0].subject;
    enum sepcc_status status = grow(race);
    for (size_t i = 0; i < race->count && status == SEPCC_OK; ++i) {
        const size_t runner = turn(race->rounds, i, race->count);
        if (!race->left[runner])
            status = time_runner(race, runner);
    }
    if (status != SEPCC_OK)
        return status;
    if (base->peak != NULL)
        race->peaks[race->rounds] =
            (double)base->peak->flop_per_round * (double)base->peak_rounds / sepcc_subject_time_peak(base);
    ++race->rounds;
    return SEPCC_OK;
}

/* Whether all that are left are known well enough. */
static bool is_precise(const struct race *race)
{
    for (size_t i = 1; i < race->count; ++i) {
        if (race->left[i])
            continue;
        const struct sepcc_interval ratio =
            sepcc_race_ratio(race->times, i, 0, race->rounds, 0.95, race->scratch);
        if (ratio.high - ratio.low > 2 * race->options->precision)
            return false;
    }
    return true;
}

/* ---- results ---------------------------------------------------------------------------------------- */

/* Of the rounds that a runner was in. */
static void summarise(const struct race *race, size_t index, size_t rounds, struct sepcc_race_result *result)
{
    const struct sepcc_interval ratio = sepcc_race_ratio(race->times, index, 0, rounds, 0.95, race->scratch);
    *result =
        (struct sepcc_race_result){.left = race->left[index],
                                   .rounds = (unsigned)rounds,
                                   .ratio = ratio.median,
                                   .ratio_low = ratio.low,
                                   .ratio_high = isinf(ratio.high) ? race->scratch[rounds - 1] : ratio.high};
    memcpy(race->scratch, race->times[index], rounds * sizeof *race->scratch);
    sepcc_sort(race->scratch, rounds);
    result->median_s = sepcc_quantile(race->scratch, rounds, 0.5);
    result->low_s = sepcc_quantile(race->scratch, rounds, 0.25);
    result->high_s = sepcc_quantile(race->scratch, rounds, 0.75);
    if (race->runners[0].subject.peak != NULL) {
        memcpy(race->scratch, race->peaks, rounds * sizeof *race->scratch);
        sepcc_sort(race->scratch, rounds);
        result->peak_gflops = sepcc_quantile(race->scratch, rounds, 0.5) * 1e-9;
    }
}

static enum sepcc_status run_rounds(struct race *race, struct sepcc_race_result results[])
{
    const struct sepcc_race_options *options = race->options;
    const double start = sepcc_now();
    const size_t least = options->min_rounds > 0 ? options->min_rounds : 1,
                 most = options->most_rounds > 0 ? options->most_rounds : MOST_ROUNDS;
    enum sepcc_status status = SEPCC_OK;
    bool *racing = calloc(race->count, sizeof *racing);
    if (racing == NULL)
        return SEPCC_E_MEMORY;
    do {
        memcpy(racing, race->left, race->count * sizeof *racing);
        status = run_round(race);
        if (status != SEPCC_OK)
            break;
        if (!options->all_stay)
            sepcc_race_judge(race->times, race->count, race->rounds, options->keep, race->left,
                             race->scratch);
        for (size_t i = 0; i < race->count; ++i)
            if (race->left[i] && !racing[i])
                summarise(race, i, race->rounds, &results[i]);
    } while (race->rounds < most &&
             (race->rounds < least || (sepcc_now() - start < options->seconds && !is_precise(race))));
    for (size_t i = 0; i < race->count && status == SEPCC_OK; ++i)
        if (!race->left[i])
            summarise(race, i, race->rounds, &results[i]);
    free(racing);
    return status;
}

/* ---- making ----------------------------------------------------------------------------------------- */

static size_t larger(size_t a, size_t b)
{
    return a > b ? a : b;
}

/* Two buffers that any stage of the chain reads from and writes to, in turn. */
static enum sepcc_status make_buffers(struct race *race, const struct sepcc_kernel *const kernels[])
{
    const struct sepcc_race_options *options = race->options;
    const struct sepcc_stage *stage = &kernels[0]->stage;
    size_t most = larger(sepcc_stage_input_count(stage), sepcc_stage_output_count(stage));
    for (size_t i = 0; i < options->chain_count; ++i) {
        const struct sepcc_stage *other = &options->chain[i]->stage;
        most = larger(most, larger(sepcc_stage_input_count(other), sepcc_stage_output_count(other)));
    }
    for (size_t b = 0; b < 2; ++b) {
        race->buffers[b] = sepcc_alloc(most * sizeof(float));
        if (race->buffers[b] == NULL)
            return SEPCC_E_MEMORY;
        sepcc_fill(race->buffers[b], most, SEPCC_DATA_CANCEL, sepcc_mix_seed(options->seed, b));
    }
    return SEPCC_OK;
}

static enum sepcc_status make_chain(struct race *race, const struct sepcc_kernel *const kernels[])
{
    const struct sepcc_race_options *options = race->options;
    race->chain = calloc(options->chain_count + 1, sizeof *race->chain);
    enum sepcc_status status = race->chain != NULL ? make_buffers(race, kernels) : SEPCC_E_MEMORY;
    for (size_t i = 0; i < options->chain_count && status == SEPCC_OK; ++i) {
        if (i == options->chain_at)
            continue;
        race->chain[i] = (struct sepcc_subject){
            .kernel = options->chain[i], .in = race->buffers[i % 2], .out = race->buffers[(i + 1) % 2]};
        status = sepcc_subject_make(&race->chain[i], sepcc_mix_seed(options->seed, i));
    }
    return status;
}

static enum sepcc_status make_seats(struct race *race, const struct sepcc_stage *stage)
{
    const size_t bytes[2] = {sepcc_stage_input_count(stage) * sizeof(float),
                             sepcc_stage_output_count(stage) * sizeof(float)};
    for (size_t s = 0; s < SEATS; ++s) {
        struct seat *seat = &race->seats[s];
        const size_t shifts[2] = {s * SEAT_SHIFT, s * (SEATS - 1) % SEATS * SEAT_SHIFT};
        for (size_t i = 0; i < 2; ++i) {
            seat->memory[i] = sepcc_alloc(bytes[i] + SEATS * SEAT_SHIFT);
            if (seat->memory[i] == NULL)
                return SEPCC_E_MEMORY;
        }
        /* Multiples of SEPCC_ALIGNMENT. */
        seat->in = (float *)(void *)(seat->memory[0] + shifts[0]);
        seat->out = (float *)(void *)(seat->memory[1] + shifts[1]);
        sepcc_fill_input(stage, SEPCC_DATA_CANCEL, sepcc_mix_seed(race->options->seed, SEPCC_MAX_LAYERS + s),
                         seat->in);
    }
    race->seat_count = SEATS;
    return SEPCC_OK;
}

static enum sepcc_status make_other(struct race *race)
{
    const size_t last = larger(sepcc_cache_bytes(SEPCC_L3), sepcc_cache_bytes(SEPCC_L2));
    race->other_bytes = larger(2 * last, COLD_LEAST);
    if (race->other_bytes > COLD_MOST)
        race->other_bytes = COLD_MOST;
    race->other = sepcc_alloc(race->other_bytes);
    return race->other != NULL ? SEPCC_OK : SEPCC_E_MEMORY;
}

static enum sepcc_status make_runner(struct race *race, const struct sepcc_kernel *kernel, size_t index)
{
    const struct sepcc_race_options *options = race->options;
    struct sepcc_subject *subject = &race->runners[index].subject;
    subject->kernel = kernel;
    subject->peak = index == 0 ? options->peak : NULL;
    if (options->cache == SEPCC_RACE_CHAIN) {
        subject->in = race->buffers[options->chain_at % 2];
        subject->out = race->buffers[(options->chain_at + 1) % 2];
    } else {
        subject->in = race->seats[0].in;
        subject->out = race->seats[0].out;
    }
    enum sepcc_status status = sepcc_subject_make(subject, options->seed);
    tell_running(race, index);
    if (status == SEPCC_OK)
        status = sepcc_subject_calibrate(subject, options->pool);
    if (options->cache != SEPCC_RACE_WARM)
        subject->repeats = 1; /* a second run would find what the first one left */
    return status;
}

static enum sepcc_status make_race(struct race *race, const struct sepcc_kernel *const kernels[])
{
    enum sepcc_status status = SEPCC_OK;
    race->runners = calloc(race->count, sizeof *race->runners);
    race->left = calloc(race->count, sizeof *race->left);
    race->times = calloc(race->count, sizeof *race->times);
    if (race->runners == NULL || race->left == NULL || race->times == NULL)
        return SEPCC_E_MEMORY;
    status = race->options->cache == SEPCC_RACE_CHAIN ? make_chain(race, kernels)
                                                      : make_seats(race, &kernels[0]->stage);
    if (status == SEPCC_OK && race->options->cache == SEPCC_RACE_COLD)
        status = make_other(race);
    for (size_t i = 0; i < race->count && status == SEPCC_OK; ++i)
        status = make_runner(race, kernels[i], i);
    return status;
}

static void free_race(struct race *race)
{
    for (size_t i = 0; i < race->count && race->runners != NULL; ++i) {
        sepcc_subject_free(&race->runners[i].subject);
        free(race->runners[i].seconds);
    }
    for (size_t i = 0; i < race->options->chain_count && race->chain != NULL; ++i)
        sepcc_subject_free(&race->chain[i]);
    for (size_t s = 0; s < SEATS; ++s) {
        sepcc_free(race->seats[s].memory[0]);
        sepcc_free(race->seats[s].memory[1]);
    }
    sepcc_free(race->buffers[0]);
    sepcc_free(race->buffers[1]);
    sepcc_free(race->other);
    free(race->chain);
    free(race->runners);
    free(race->left);
    free(race->times);
    free(race->peaks);
    free(race->scratch);
}

static bool same_tensors(const struct sepcc_stage *a, const struct sepcc_stage *b)
{
    return sepcc_stage_input_count(a) == sepcc_stage_input_count(b) &&
           sepcc_stage_output_count(a) == sepcc_stage_output_count(b);
}

enum sepcc_status sepcc_race(const struct sepcc_kernel *const kernels[], size_t count,
                             const struct sepcc_race_options *options, struct sepcc_race_result results[])
{
    struct race race = {.options = options, .count = count};
    for (size_t i = 0; i < count; ++i) {
        results[i] = (struct sepcc_race_result){0};
        if (!same_tensors(&kernels[i]->stage, &kernels[0]->stage))
            return SEPCC_E_STAGE;
    }
    if (count == 0)
        return SEPCC_OK;
    enum sepcc_status status = make_race(&race, kernels);
    if (status == SEPCC_OK)
        status = run_rounds(&race, results);
    free_race(&race);
    return status;
}
