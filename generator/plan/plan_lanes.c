/*
 * plan_lanes.c: covering the columns of a plane with vectors, and which lanes of a vector see a tap.
 */
#include "plan/plan_internal.h"

#include "base/grow.h"

#include <string.h>

long axis_position(const struct axis *axis, unsigned out, unsigned tap)
{
    return (long)out * axis->stride - (long)axis->pad + (long)tap * axis->dilation;
}

struct lane_range lane_range_of(const struct axis *axis, unsigned out, unsigned lanes, unsigned tap)
{
    const long first = axis_position(axis, out, tap), stride = axis->stride;
    struct lane_range range = {0, 0};
    while (range.low < lanes && first + (long)range.low * stride < 0)
        ++range.low;
    range.high = range.low;
    while (range.high < lanes && first + (long)range.high * stride < (long)axis->in)
        ++range.high;
    return range;
}

/* Whether the band's first tile and the tile have the same code. */
static bool same_code(const struct axis *axis, const struct lane_band *band, const struct lane_band *tile)
{
    if (band->vectors != tile->vectors)
        return false;
    for (unsigned v = 0; v < tile->vectors; ++v) {
        if (band->out[v] - band->out[0] != tile->out[v] - tile->out[0])
            return false;
        for (unsigned tap = 0; tap < axis->kernel; ++tap) {
            const struct lane_range a = lane_range_of(axis, band->out[v], band->lanes, tap),
                                    b = lane_range_of(axis, tile->out[v], tile->lanes, tap);
            if (a.low != b.low || a.high != b.high)
                return false;
        }
    }
    return true;
}

/* Adds a tile: to the last band when it has the same code and keeps the step, else as a band of its own. */
static void band_add(const struct axis *axis, struct lane_list *list, const struct lane_band *tile,
                     unsigned step)
{
    if (list->failed)
        return;
    struct lane_band *last = list->count > 0 ? &list->items[list->count - 1] : NULL;
    if (last != NULL && tile->out[0] == last->out[0] + last->count * step && same_code(axis, last, tile)) {
        ++last->count;
        return;
    }
    struct lane_band *items = grow(list->items, list->count, &list->capacity, sizeof *items);
    if (items == NULL) {
        list->failed = true;
        return;
    }
    list->items = items;
    list->items[list->count++] = *tile;
}

void cover_columns(const struct axis *axis, unsigned lanes, unsigned vectors, struct lane_list *list)
{
    const unsigned total = divide_up(axis->out, lanes), last = axis->out < lanes ? 0 : axis->out - lanes;
    struct pixel_band sizes[2] = {{0, 0}};
    const unsigned kinds = split_even(total, vectors, sizes);
    unsigned first = 0;
    for (unsigned kind = 0; kind < kinds; ++kind)
        for (unsigned i = 0; i < sizes[kind].count; ++i) {
            struct lane_band tile = {.count = 1, .vectors = sizes[kind].size};
            tile.lanes = axis->out < lanes ? axis->out : lanes;
            for (unsigned v = 0; v < tile.vectors; ++v, first += lanes)
                tile.out[v] = first < last ? first : last;
            band_add(axis, list, &tile, tile.vectors * lanes);
        }
}
