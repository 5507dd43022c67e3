/*
 * cliffs.c: the grid of `sepcc bench --cliffs`, and where on it a point falls off.
 */
#include "measure/cliffs.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char default_base[] = "depthwise in=28x28x1";

void cliff_channels(const struct isa *isa, unsigned channels[CLIFF_CHANNELS])
{
    const unsigned lanes = isa->lanes;
    const unsigned counts[CLIFF_CHANNELS] = {lanes, 3 * lanes, 3 * lanes + 1, 100, 128, 129};
    memcpy(channels, counts, sizeof counts);
}

/* ---- stages ---------------------------------------------------------------------------------------- */

/* The next blank-separated word of a text, from *at on; its length, 0 at the end. */
static size_t next_word(const char **at)
{
    *at += strspn(*at, " \t");
    return strcspn(*at, " \t");
}

static bool begins(const char *word, size_t length, const char *with)
{
    return length >= strlen(with) && strncmp(word, with, strlen(with)) == 0;
}

/* What a sweep sets itself. */
static bool is_swept(const char *word, size_t length)
{
    static const char *const keys[] = {"name=", "in=", "kernel=", "stride=", "pad="};
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; ++i)
        if (begins(word, length, keys[i]))
            return true;
    return false;
}

/* Splits a base into its map ("28x28", written to map) and the words that stay. False as cliff_stages. */
static bool base_split(const char *base, char map[32], struct text *words)
{
    bool found = false;
    const char *at = base;
    size_t length = next_word(&at);
    if (length != strlen("depthwise") || !begins(at, length, "depthwise"))
        return false;
    text_puts(words, "");
    for (at += length; (length = next_word(&at)) > 0; at += length) {
        if (begins(at, length, "in=")) {
            const char *const size = at + strlen("in=");
            const char *const height_end = memchr(size, 'x', length - strlen("in="));
            const char *const end = height_end == NULL
                                        ? NULL
                                        : memchr(height_end + 1, 'x', (size_t)(at + length - height_end - 1));
            if (end == NULL || end - size >= 32)
                return false;
            (void)snprintf(map, 32, "%.*s", (int)(end - size), size);
            found = true;
        }
        if (!is_swept(at, length)) {
            text_puts(words, " ");
            text_append(words, at, length);
        }
    }
    return found;
}

bool cliff_stages(const struct isa *isa, const char *base, struct cliff_point points[CLIFF_POINTS],
                  struct text *layers)
{
    unsigned channels[CLIFF_CHANNELS];
    char map[32] = "";
    struct text words = {0};
    const bool good = base_split(*base != '\0' ? base : default_base, map, &words);
    cliff_channels(isa, channels);
    for (size_t i = 0; good && !words.failed && i < CLIFF_POINTS; ++i) {
        struct cliff_point *point = &points[i];
        *point = (struct cliff_point){
            .isa = isa,
            .kernel = (unsigned)(i / ((size_t)CLIFF_CHANNELS * CLIFF_STRIDES)) + 1,
            .stride = (unsigned)(i / CLIFF_CHANNELS % CLIFF_STRIDES) + 1,
            .channels = channels[i % CLIFF_CHANNELS],
        };
        text_printf(layers, "depthwise name=k%us%uc%u in=%sx%u kernel=%u stride=%u pad=same%s\n",
                    point->kernel, point->stride, point->channels, map, point->channels, point->kernel,
                    point->stride, words.data);
    }
    layers->failed |= words.failed;
    text_free(&words);
    return good;
}

/* ---- finding --------------------------------------------------------------------------------------- */

static int compare_doubles(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Median of the values one step from a point at[0], at[1], at[2]; its own where there is none. */
static double median_beside(const double *values, const size_t sizes[3], const size_t at[3])
{
    const size_t steps[3] = {sizes[1] * sizes[2], sizes[2], 1};
    const double *const here = values + at[0] * steps[0] + at[1] * steps[1] + at[2];
    double near[6];
    size_t count = 0;
    for (size_t axis = 0; axis < 3; ++axis) {
        if (at[axis] > 0)
            near[count++] = *(here - steps[axis]);
        if (at[axis] + 1 < sizes[axis])
            near[count++] = *(here + steps[axis]);
    }
    if (count == 0)
        return *here;
    qsort(near, count, sizeof near[0], compare_doubles);
    return (near[(count - 1) / 2] + near[count / 2]) / 2;
}

void cliff_find(const double *values, const size_t sizes[3], double *beside, bool *cliffs)
{
    size_t at[3], i = 0;
    for (at[0] = 0; at[0] < sizes[0]; ++at[0])
        for (at[1] = 0; at[1] < sizes[1]; ++at[1])
            for (at[2] = 0; at[2] < sizes[2]; ++at[2], ++i) {
                beside[i] = median_beside(values, sizes, at);
                cliffs[i] = values[i] < beside[i] / 2;
            }
}
