/*
 * race_judge.c: who can still win a race. Pure: from times to who leaves.
 */
#include "statistics.h"

#include <math.h>

struct sepcc_interval sepcc_race_ratio(const double *const times[], size_t i, size_t j, size_t rounds,
                                       double confidence, double scratch[])
{
    for (size_t r = 0; r < rounds; ++r)
        scratch[r] = times[i][r] / times[j][r];
    return sepcc_median_interval(scratch, rounds, confidence);
}

/* The median of ratios to the base. */
static double standing(const double *const times[], size_t i, size_t rounds, double scratch[])
{
    return i == 0 ? 1 : sepcc_race_ratio(times, i, 0, rounds, 0.5, scratch).median;
}

static size_t find_leader(const double *const times[], size_t count, size_t rounds, const bool left[],
                          double scratch[])
{
    size_t leader = 0;
    double best = 1;
    for (size_t i = 1; i < count; ++i) {
        const double ratio = left[i] ? INFINITY : standing(times, i, rounds, scratch);
        if (ratio < best) {
            best = ratio;
            leader = i;
        }
    }
    return leader;
}

/* Behind the leader beyond doubt, or far behind it from the start. */
static bool has_lost(const double *const times[], size_t i, size_t leader, size_t rounds, double scratch[])
{
    const double sure = 0.998, far = 1.1;
    const size_t least = 4;
    const struct sepcc_interval ratio = sepcc_race_ratio(times, i, leader, rounds, sure, scratch);
    /* scratch is sorted now: its first is the least of the ratios. */
    return ratio.low > 1 || (rounds >= least && scratch[0] > far);
}

static size_t count_racing(const bool left[], size_t count)
{
    size_t racing = 0;
    for (size_t i = 1; i < count; ++i)
        racing += !left[i];
    return racing;
}

/* The slowest of those that race, 0: none does. */
static size_t find_slowest(const double *const times[], size_t count, size_t rounds, const bool left[],
                           double scratch[])
{
    size_t slowest = 0;
    double worst = 0;
    for (size_t i = 1; i < count; ++i) {
        const double ratio = left[i] ? 0 : standing(times, i, rounds, scratch);
        if (ratio > worst) {
            worst = ratio;
            slowest = i;
        }
    }
    return slowest;
}

static bool halves_now(size_t rounds)
{
    return rounds >= 16 && (rounds & (rounds - 1)) == 0;
}

void sepcc_race_judge(const double *const times[], size_t count, size_t rounds, size_t keep, bool left[],
                      double scratch[])
{
    const size_t leader = find_leader(times, count, rounds, left, scratch);
    for (size_t i = 1; i < count; ++i)
        if (i != leader && !left[i] && has_lost(times, i, leader, rounds, scratch))
            left[i] = true;
    size_t racing = count_racing(left, count), half = (racing + 1) / 2;
    if (half < keep)
        half = keep;
    for (; halves_now(rounds) && racing > half; --racing)
        left[find_slowest(times, count, rounds, left, scratch)] = true;
}
