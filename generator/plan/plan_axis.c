/*
 * plan_axis.c: covering one direction of a depthwise output with bands of tiles, and which input positions a
 * tile reads.
 */
#include "plan/plan_internal.h"

#include "base/grow.h"

#include <string.h>

struct axis axis_rows(const struct sepcc_layer *layer)
{
    return (struct axis){layer->in_h,     layer->out_h,      layer->kernel_h,
                         layer->stride_h, layer->dilation_h, layer->pad_top};
}

struct axis axis_columns(const struct sepcc_layer *layer)
{
    return (struct axis){layer->in_w,     layer->out_w,      layer->kernel_w,
                         layer->stride_w, layer->dilation_w, layer->pad_left};
}

size_t axis_span(const struct axis *axis, unsigned outputs)
{
    return (size_t)(outputs - 1) * axis->stride + (size_t)(axis->kernel - 1) * axis->dilation + 1;
}

/* The taps of one output that lie inside the image; *position gets the input position of the first. */
static struct tap_range taps_of(const struct axis *axis, unsigned output, long *position)
{
    const long origin = (long)output * axis->stride - (long)axis->pad;
    struct tap_range range = {0, 0, 0};
    while (range.low < axis->kernel && origin + (long)range.low * axis->dilation < 0)
        ++range.low;
    range.high = range.low;
    while (range.high < axis->kernel && origin + (long)range.high * axis->dilation < (long)axis->in)
        ++range.high;
    if (range.low == range.high)
        range.low = range.high = 0;
    /* Without a tap any position will do; this one keeps to the order of the outputs. */
    const long last = (long)axis->in - 1, nearest = origin < 0 ? 0 : origin < last ? origin : last;
    *position = range.low == range.high ? nearest : origin + (long)range.low * axis->dilation;
    return range;
}

/* One tile of the given outputs as a band of count 1. */
static struct axis_band tile_make(const struct axis *axis, unsigned first, unsigned size)
{
    struct axis_band band = {.count = 1, .size = size, .out_first = first};
    long positions[PLAN_TILE_MAX], lowest = -1;
    for (unsigned i = 0; i < size; ++i) {
        band.taps[i] = taps_of(axis, first + i, &positions[i]);
        if (lowest < 0 || positions[i] < lowest)
            lowest = positions[i];
    }
    band.in_first = (unsigned)lowest;
    for (unsigned i = 0; i < size; ++i)
        if (band.taps[i].low < band.taps[i].high)
            band.taps[i].at = (unsigned)(positions[i] - (long)band.in_first);
    return band;
}

static bool same_taps(const struct axis_band *a, const struct axis_band *b)
{
    return a->size == b->size && memcmp(a->taps, b->taps, a->size * sizeof a->taps[0]) == 0;
}

/* Adds a tile: to the last band when it has the same code and keeps the step, else as a band of its own. */
static void band_add(struct band_list *list, const struct axis_band *tile)
{
    if (list->failed)
        return;
    struct axis_band *last = list->count > 0 ? &list->items[list->count - 1] : NULL;
    if (last != NULL && same_taps(last, tile) && tile->in_first >= last->in_first) {
        const unsigned from_first = tile->in_first - last->in_first;
        const unsigned step = last->count == 1 ? from_first : last->in_step;
        if (from_first == step * last->count) {
            last->in_step = step;
            ++last->count;
            return;
        }
    }
    struct axis_band *items = grow(list->items, list->count, &list->capacity, sizeof *items);
    if (items == NULL) {
        list->failed = true;
        return;
    }
    list->items = items;
    list->items[list->count++] = *tile;
}

void cover_mixed(const struct axis *axis, unsigned tile, struct band_list *list)
{
    const unsigned tiles = divide_up(axis->out, tile);
    const unsigned size = axis->out / tiles, larger = axis->out % tiles;
    unsigned first = 0;
    for (unsigned i = 0; i < tiles; ++i) {
        const struct axis_band made = tile_make(axis, first, size + (i < larger));
        band_add(list, &made);
        first += made.size;
    }
}

void cover_fixed(const struct axis *axis, unsigned tile, struct band_list *list)
{
    for (unsigned first = 0; first < axis->out; first += tile) {
        const struct axis_band made =
            tile_make(axis, first, axis->out - first < tile ? axis->out - first : tile);
        band_add(list, &made);
    }
}

void cover_uniform(const struct axis *axis, unsigned tile, struct band_list *list)
{
    long position;
    for (unsigned first = 0; first < axis->out;) {
        const struct tap_range range = taps_of(axis, first, &position);
        unsigned end = first + 1;
        for (; end < axis->out; ++end) {
            const struct tap_range next = taps_of(axis, end, &position);
            if (next.low != range.low || next.high != range.high)
                break;
        }
        while (first < end) {
            const struct axis_band made = tile_make(axis, first, end - first >= tile ? tile : 1);
            band_add(list, &made);
            first += made.size;
        }
    }
}

/* Input column, relative to the band's first, of a tap of an output of the tile. */
static long column_of(const struct axis *axis, const struct tap_range *range, unsigned tap)
{
    return (long)range->at + (long)(tap - range->low) * axis->dilation;
}

long schedule_next(const struct axis *axis, const struct axis_band *band, unsigned low, unsigned high,
                   long after)
{
    long next = -1;
    for (unsigned i = 0; i < band->size; ++i) {
        const struct tap_range *range = &band->taps[i];
        for (unsigned tap = range->low > low ? range->low : low; tap < range->high && tap < high; ++tap) {
            const long column = column_of(axis, range, tap);
            if (column > after && (next < 0 || column < next))
                next = column;
        }
    }
    return next;
}

int schedule_tap(const struct axis *axis, const struct axis_band *band, unsigned low, unsigned high,
                 long column, unsigned index)
{
    const struct tap_range *range = &band->taps[index];
    for (unsigned tap = range->low > low ? range->low : low; tap < range->high && tap < high; ++tap)
        if (column_of(axis, range, tap) == column)
            return (int)tap;
    return -1;
}
