/*
 * statistics.h: medians, and intervals that hold them whatever the distribution.
 */
#ifndef SEPCC_STATISTICS_H
#define SEPCC_STATISTICS_H

#include <stdbool.h>
#include <stddef.h>

void sepcc_sort(double values[], size_t count);

/* Of sorted values (at least one), between neighbours by linear interpolation; q from 0 to 1. */
double sepcc_quantile(const double sorted[], size_t count, double q);

/* A median and the interval that holds the true one with some confidence. */
struct sepcc_interval {
    double median, low, high;
};

/*
 * From the order of the values alone: of n independent values, the true median lies between the k-th smallest
 * and the k-th largest unless n - k + 1 or more of them fall on one side of it, as often as n tosses of a
 * coin do. Sorts the values (at least one). Too few of them for the confidence: 0 to infinity.
 */
struct sepcc_interval sepcc_median_interval(double values[], size_t count, double confidence);

/* ---- who can still win a race (race_judge.c) --------------------------------------------------------- */

/*
 * Times of `count` runners in `rounds` rounds: times[i][round]. The first is the base, which never leaves.
 * Marks in left[] those that leave now:
 *   - that are slower than the leader beyond doubt: the 99.8 % interval of the rounds' ratios to it lies
 * above 1;
 *   - that were a tenth slower than the leader in each of at least 4 rounds;
 *   - at rounds 16, 32, 64, ...: the slower half, as long as `keep` of them stay.
 * The leader is the one with the least median of ratios to the base. scratch holds `rounds` numbers.
 */
void sepcc_race_judge(const double *const times[], size_t count, size_t rounds, size_t keep, bool left[],
                      double scratch[]);

/* The rounds' ratios of runner i to runner j, as an interval of 95 %. */
struct sepcc_interval sepcc_race_ratio(const double *const times[], size_t i, size_t j, size_t rounds,
                                       double confidence, double scratch[]);

#endif
