/*
 * statistics.c: medians, and intervals that hold them whatever the distribution.
 */
#include "statistics.h"

#include <math.h>
#include <stdlib.h>

static int compare_doubles(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

void sepcc_sort(double values[], size_t count)
{
    qsort(values, count, sizeof *values, compare_doubles);
}

double sepcc_quantile(const double sorted[], size_t count, double q)
{
    const double position = q * (double)(count - 1);
    const size_t below = (size_t)position;
    const size_t above = below + 1 < count ? below + 1 : below;
    return sorted[below] + (position - (double)below) * (sorted[above] - sorted[below]);
}

/* How likely it is that exactly `heads` of n tosses fall so. */
static double coin(size_t n, size_t heads)
{
    const double tosses = (double)n, up = (double)heads;
    return exp(lgamma(tosses + 1) - lgamma(up + 1) - lgamma(tosses - up + 1) - tosses * log(2.0));
}

struct sepcc_interval sepcc_median_interval(double values[], size_t count, double confidence)
{
    const double doubt = 1 - confidence;
    size_t outside = 0; /* values on either side that the interval leaves out */
    double tail = 2 * coin(count, 0);
    struct sepcc_interval interval = {.low = 0, .high = INFINITY};
    sepcc_sort(values, count);
    interval.median = sepcc_quantile(values, count, 0.5);
    if (tail > doubt)
        return interval;
    while (outside + 1 < count / 2 && tail + 2 * coin(count, outside + 1) <= doubt)
        tail += 2 * coin(count, ++outside);
    interval.low = values[outside];
    interval.high = values[count - 1 - outside];
    return interval;
}
