/*
 * race.c: timing all contestants on the same nets, interleaved.
 */
#include "race.h"

#include "check.h"
#include "tensors.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* Short runs are repeated so that one timing takes this long. */
#define TIMING_SECONDS 100e-6
#define PEAK_SECONDS   300e-6
/* Threads of one contestant get this long to fall asleep before the next one starts. */
#define REST_SECONDS 100e-6

enum { REPEATS_MAX = 1000, PEAK_ROUNDS_MAX = 1 << 30 };

/* A contestant in a race. */
struct entry {
    const struct contestant *contestant;
    struct peer_net **nets;
    enum outcome_kind kind;
    char message[PEER_TEXT_MAX];
    size_t repeats;
    double *seconds; /* of one run, for each round */
};

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

static double time_peak(const struct pacemaker *pacemaker)
{
    volatile float sink;
    const double start = now();
    sink = pacemaker->peak->run(pacemaker->rounds);
    (void)sink;
    return now() - start;
}

void pacemaker_prepare(struct pacemaker *pacemaker)
{
    if (pacemaker->peak == NULL)
        return;
    pacemaker->rounds = 1;
    while (time_peak(pacemaker) < PEAK_SECONDS && pacemaker->rounds < PEAK_ROUNDS_MAX)
        pacemaker->rounds *= 2;
}

/* ---- running --------------------------------------------------------------------------------------- */

static enum peer_status run_nets(const struct race *race, const struct entry *entry)
{
    enum peer_status status = PEER_OK;
    for (size_t i = 0; i < race->net_count && status == PEER_OK; ++i)
        status = entry->contestant->peer->run(entry->nets[i]);
    return status;
}

static void rest(const struct race *race, const struct entry *entry)
{
    static const struct timespec pause = {.tv_nsec = (long)(REST_SECONDS * 1e9)};
    if (race->threads == 1 || entry->contestant->peer->rest == NULL)
        return;
    entry->contestant->peer->rest(entry->contestant->context);
    nanosleep(&pause, NULL);
}

/* Seconds of one run; negative when a run failed. One run before warms caches and wakes threads. */
static double time_entry(const struct race *race, const struct entry *entry)
{
    enum peer_status status = run_nets(race, entry);
    const double start = now();
    for (size_t i = 0; i < entry->repeats && status == PEER_OK; ++i)
        status = run_nets(race, entry);
    const double seconds = (now() - start) / (double)entry->repeats;
    rest(race, entry);
    return status == PEER_OK ? seconds : -1;
}

static void calibrate(const struct race *race, struct entry *entry)
{
    entry->repeats = 1;
    const double seconds = time_entry(race, entry);
    if (seconds >= 0 && seconds < TIMING_SECONDS)
        entry->repeats = (size_t)(TIMING_SECONDS / (seconds + TIMING_SECONDS / REPEATS_MAX)) + 1;
}

/* ---- opening --------------------------------------------------------------------------------------- */

static enum outcome_kind kind_of(enum peer_status status)
{
    return status == PEER_OK            ? OUTCOME_MEASURED
           : status == PEER_UNSUPPORTED ? OUTCOME_UNSUPPORTED
                                        : OUTCOME_FAILED;
}

static void close_entry(const struct race *race, struct entry *entry)
{
    for (size_t i = 0; entry->nets != NULL && i < race->net_count; ++i)
        if (entry->nets[i] != NULL)
            entry->contestant->peer->close(entry->nets[i]);
    free(entry->nets);
    entry->nets = NULL;
    free(entry->seconds);
    entry->seconds = NULL;
}

/* Opens and runs one net, and checks its output; expected is sepcc's, which this fills for sepcc itself. */
static void try_net(const struct race *race, struct entry *entry, size_t i, float *expected, float *out)
{
    const struct peer *peer = entry->contestant->peer;
    const struct owned_net *owned = &race->nets[i];
    const bool is_first = entry == race->entries;
    enum peer_status status =
        peer->open(entry->contestant->context, &owned->net, owned->in, &entry->nets[i], entry->message);
    if (status == PEER_OK)
        status = peer->run(entry->nets[i]);
    if (status == PEER_OK)
        status = peer->read(entry->nets[i], out);
    entry->kind = kind_of(status);
    const bool compare = !is_first && race->entries[0].kind == OUTCOME_MEASURED;
    if (status == PEER_OK && !check_output(owned, out, compare ? expected : NULL, entry->message))
        entry->kind = OUTCOME_WRONG;
    if (status == PEER_OK && is_first)
        memcpy(expected, out, owned->out_count * sizeof *out);
}

static enum exit_status open_net(struct race *race, size_t i)
{
    float *expected = floats_alloc(race->nets[i].out_count), *out = floats_alloc(race->nets[i].out_count);
    const enum exit_status status = expected == NULL || out == NULL ? diag_memory() : STATUS_DONE;
    for (size_t e = 0; status == STATUS_DONE && e < race->entry_count; ++e)
        if (race->entries[e].kind == OUTCOME_MEASURED)
            try_net(race, &race->entries[e], i, expected, out);
    free(expected);
    free(out);
    return status;
}

static enum exit_status make_entries(struct race *race, const struct contestant *contestants, size_t count)
{
    race->entries = calloc(count, sizeof *race->entries);
    if (race->entries == NULL)
        return diag_memory();
    race->entry_count = count;
    for (size_t e = 0; e < count; ++e) {
        struct entry *entry = &race->entries[e];
        entry->contestant = &contestants[e];
        entry->kind = contestants[e].context != NULL ? OUTCOME_MEASURED : OUTCOME_FAILED;
        entry->nets = calloc(race->net_count, sizeof(struct peer_net *));
        if (entry->nets == NULL)
            return diag_memory();
        memcpy(entry->message, contestants[e].message, sizeof entry->message);
    }
    return STATUS_DONE;
}

enum exit_status race_open(struct race *race, const struct owned_net *nets, size_t net_count,
                           const struct contestant *contestants, size_t contestant_count, size_t threads)
{
    *race = (struct race){.nets = nets, .net_count = net_count, .threads = threads};
    enum exit_status status = make_entries(race, contestants, contestant_count);
    for (size_t i = 0; i < net_count && status == STATUS_DONE; ++i) {
        race->fma_count += nets[i].fma_count;
        status = open_net(race, i);
    }
    for (size_t e = 0; status == STATUS_DONE && e < contestant_count; ++e) {
        if (race->entries[e].kind == OUTCOME_MEASURED)
            calibrate(race, &race->entries[e]);
        else
            close_entry(race, &race->entries[e]);
    }
    return status;
}

void race_close(struct race *race)
{
    for (size_t e = 0; e < race->entry_count; ++e)
        close_entry(race, &race->entries[e]);
    free(race->entries);
    free(race->peak_flops);
    *race = (struct race){0};
}

/* ---- rounds ---------------------------------------------------------------------------------------- */

static bool grow(double **values, size_t capacity)
{
    double *grown = realloc(*values, capacity * sizeof **values);
    if (grown != NULL)
        *values = grown;
    return grown != NULL;
}

static enum exit_status make_room(struct race *race)
{
    if (race->round_count < race->capacity)
        return STATUS_DONE;
    const size_t capacity = race->capacity == 0 ? 64 : 2 * race->capacity;
    bool grown = grow(&race->peak_flops, capacity);
    for (size_t e = 0; e < race->entry_count; ++e)
        grown = grown && grow(&race->entries[e].seconds, capacity);
    if (!grown)
        return diag_memory();
    race->capacity = capacity;
    return STATUS_DONE;
}

/* The order turns from round to round, so that nobody always follows the same one. */
enum exit_status race_round(struct race *race, const struct pacemaker *pacemaker)
{
    const size_t round = race->round_count;
    const enum exit_status status = make_room(race);
    if (status != STATUS_DONE)
        return status;
    for (size_t turn = 0; turn < race->entry_count; ++turn) {
        const size_t e = (turn + round) % race->entry_count;
        struct entry *entry = &race->entries[e];
        if (entry->kind != OUTCOME_MEASURED)
            continue;
        entry->seconds[round] = time_entry(race, entry);
        if (entry->seconds[round] < 0) {
            entry->kind = OUTCOME_FAILED;
            snprintf(entry->message, sizeof entry->message, "a run failed");
        }
        if (e == 0 && pacemaker->peak != NULL)
            race->peak_flops[round] =
                (double)pacemaker->peak->flop_per_round * (double)pacemaker->rounds / time_peak(pacemaker);
    }
    ++race->round_count;
    return STATUS_DONE;
}

/* ---- outcomes -------------------------------------------------------------------------------------- */

static int compare_doubles(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Of sorted values, interpolated between neighbours. share: 0.5 is the median. */
static double quantile(const double *values, size_t count, double share)
{
    const double at = share * (double)(count - 1);
    const size_t below = (size_t)at;
    const double next = below + 1 < count ? values[below + 1] : values[below];
    return values[below] + (at - (double)below) * (next - values[below]);
}

/* Minimum, quartiles and maximum of numerator[i] / denominator[i] (NULL: 1). scratch has count values. */
struct summary {
    double low, quarter, median, three_quarters, high;
};

static struct summary summarise(const double *numerator, const double *denominator, size_t count,
                                double *scratch)
{
    for (size_t i = 0; i < count; ++i)
        scratch[i] = numerator[i] / (denominator != NULL ? denominator[i] : 1);
    qsort(scratch, count, sizeof *scratch, compare_doubles);
    return (struct summary){scratch[0], quantile(scratch, count, 0.25), quantile(scratch, count, 0.5),
                            quantile(scratch, count, 0.75), scratch[count - 1]};
}

/* The median over the rounds of the share of the peak timed in the same round, or best run / best peak. */
static double peak_share(const struct race *race, const struct entry *entry,
                         const struct pacemaker *pacemaker, enum statistic statistic, double *scratch)
{
    const double flop = 2 * (double)race->fma_count / (double)pacemaker->threads;
    const size_t count = race->round_count;
    if (statistic == STATISTIC_MINIMUM) {
        const double peak = summarise(race->peak_flops, NULL, count, scratch).high;
        return flop / (summarise(entry->seconds, NULL, count, scratch).low * peak);
    }
    for (size_t i = 0; i < count; ++i)
        scratch[i] = flop / (entry->seconds[i] * race->peak_flops[i]);
    return summarise(scratch, NULL, count, scratch).median;
}

static void compare(const struct race *race, const struct entry *entry, enum statistic statistic,
                    double *scratch, struct outcome *outcome)
{
    const struct entry *first = &race->entries[0];
    const size_t count = race->round_count;
    const struct summary own = summarise(first->seconds, NULL, count, scratch);
    outcome->ratio = outcome->seconds / (statistic == STATISTIC_MINIMUM ? own.low : own.median);
    if (statistic == STATISTIC_MEDIAN) {
        const struct summary ratios = summarise(entry->seconds, first->seconds, count, scratch);
        outcome->ratio_low = ratios.quarter;
        outcome->ratio_high = ratios.three_quarters;
    }
}

enum exit_status race_outcome(const struct race *race, size_t i, const struct pacemaker *pacemaker,
                              enum statistic statistic, struct outcome *outcome)
{
    const struct entry *entry = &race->entries[i];
    *outcome = (struct outcome){.kind = entry->kind};
    memcpy(outcome->message, entry->message, sizeof outcome->message);
    if (entry->kind != OUTCOME_MEASURED || race->round_count == 0)
        return STATUS_DONE;
    double *scratch = calloc(race->round_count, sizeof *scratch);
    if (scratch == NULL)
        return diag_memory();
    const struct summary own = summarise(entry->seconds, NULL, race->round_count, scratch);
    outcome->seconds = statistic == STATISTIC_MINIMUM ? own.low : own.median;
    outcome->low_s = own.quarter;
    outcome->high_s = own.three_quarters;
    if (pacemaker->peak != NULL)
        outcome->peak_share = peak_share(race, entry, pacemaker, statistic, scratch);
    if (race->entries[0].kind == OUTCOME_MEASURED)
        compare(race, entry, statistic, scratch, outcome);
    free(scratch);
    return STATUS_DONE;
}
