/*
 * plan_depthwise.c: choosing the register tile, the order of taps and the unrolling of a depthwise kernel.
 *
 * Every candidate tile is laid over the output (plan_depthwise_cost.c); the fewest modelled cycles within the
 * code budget win. docs/plan.md has the reasoning.
 */
#include "plan/plan_depthwise_cost.h"

#include <float.h>
#include <stdlib.h>

/* The values a request leaves open: from .. to in the order of `steps`, or the one that is asked for. */
struct choice {
    unsigned values[12];
    unsigned count;
};

static struct choice choose(unsigned requested, const unsigned *values, unsigned count, unsigned most)
{
    struct choice choice = {.count = 0};
    if (requested != 0) {
        choice.values[choice.count++] = requested;
        return choice;
    }
    for (unsigned i = 0; i < count; ++i)
        if (values[i] <= most)
            choice.values[choice.count++] = values[i];
    if (choice.count == 0)
        choice.values[choice.count++] = 1;
    return choice;
}

static struct choice choose_hold(unsigned requested, unsigned kernel_w)
{
    const unsigned values[] = {kernel_w <= 5 ? kernel_w : 3, 1};
    return choose(requested, values, kernel_w == 1 ? 1 : 2, kernel_w);
}

static bool better(const struct cost *cost, const struct cost *best)
{
    const double total = cost->cycles + cost->fetch, least = best->cycles + best->fetch;
    return total < least * 0.999 || (total <= least && cost->bytes < best->bytes);
}

/* A candidate must leave registers spare, one of 16 or three of 32: compilers load some values ahead. */
static bool fits(const struct chooser *chooser, const struct candidate *tile)
{
    /* Rows of one height have unlike taps at the borders, which a loop over kernel rows does not bear. */
    if (chooser->part && tile->unroll == UNROLL_ROW && tile->rows > 1)
        return false;
    const unsigned spare = chooser->isa->registers / 8 - 1;
    return depthwise_registers(chooser, tile) <= chooser->isa->registers - spare;
}

/* The straight-line FMAs of one interior tile alone break the budget: not worth laying over the map. */
static bool hopeless(const struct chooser *chooser, const struct candidate *tile)
{
    double fmas = (double)tile->rows * tile->columns * tile->vectors;
    if (tile->unroll != UNROLL_NONE)
        fmas *= chooser->layer->kernel_w;
    if (tile->unroll == UNROLL_FULL)
        fmas *= chooser->layer->kernel_h;
    return fmas * 4 > chooser->budget;
}

/* The values that a request leaves open. */
struct choices {
    struct choice rows, columns, vectors, holds;
};

static struct choices choices_of(const struct chooser *chooser, const struct plan_request *request)
{
    static const unsigned row_values[] = {1, 2, 3, 4, 5, 6}, column_values[] = {1, 2, 3, 4, 5, 6, 7, 8};
    static const unsigned vector_values[] = {1, 2, 3, 4};
    const struct sepcc_layer *layer = chooser->layer;
    const enum lane_source lanes = channel_lanes(layer, chooser->isa);
    const unsigned channels = lanes == LANES_DUP ? layer->multiplier : layer->out_c;
    const unsigned vectors_most = lanes == LANES_SPREAD ? 1 : divide_up(channels, chooser->isa->lanes);
    /* Rows of a tile share inputs and weights. With one tap there is only a weight, and each row is two more
     * streams. */
    const unsigned rows_most = layer->kernel_h * layer->kernel_w > 1 ? layer->out_h : 1;
    return (struct choices){
        choose(request->rows, row_values, 6, rows_most),
        choose(request->columns, column_values, 8, layer->out_w),
        choose(request->vectors, vector_values, 4, vectors_most),
        choose_hold(request->hold, layer->kernel_w),
    };
}

/* Tries a tile; *best gets it when it fits and is the cheapest so far. False when out of memory. */
static bool consider(const struct chooser *chooser, const struct candidate *tile, struct candidate *best,
                     struct cost *best_cost)
{
    struct cost cost;
    if (!fits(chooser, tile) || hopeless(chooser, tile) ||
        (tile->unroll == UNROLL_NONE && (tile->rows > 1 || tile->hold > 1)))
        return true;
    if (!depthwise_evaluate(chooser, tile, &cost))
        return false;
    if (cost.bytes <= chooser->budget && better(&cost, best_cost)) {
        *best = *tile;
        *best_cost = cost;
    }
    return true;
}

/* The cheapest tile of one form of unrolling. best->rows stays 0 when none fits. False when out of memory. */
static bool search_unroll(const struct chooser *chooser, const struct choices *choices, enum unroll unroll,
                          struct candidate *best, struct cost *best_cost)
{
    *best = (struct candidate){0};
    *best_cost = (struct cost){DBL_MAX / 2, 0, 0};
    for (unsigned r = 0; r < choices->rows.count; ++r)
        for (unsigned c = 0; c < choices->columns.count; ++c)
            for (unsigned v = 0; v < choices->vectors.count; ++v)
                for (unsigned h = 0; h < choices->holds.count; ++h) {
                    const struct candidate tile = {choices->rows.values[r], choices->columns.values[c],
                                                   choices->vectors.values[v], choices->holds.values[h],
                                                   unroll};
                    if (!consider(chooser, &tile, best, best_cost))
                        return false;
                }
    return true;
}

/* Whether a form with loops is so much faster that it is taken; fetching the longer code counts. */
static bool clearly_better(const struct cost *looped, const struct cost *best)
{
    return looped->cycles + looped->fetch < 0.85 * (best->cycles + best->fetch);
}

/*
 * The cheapest tile. Straight-line code is what a specialised kernel is for: a looped form is taken only
 * where that breaks the budget, or leaves room for so small a tile that loops are clearly faster.
 */
static bool search(const struct chooser *chooser, const struct plan_request *request, struct candidate *best,
                   struct cost *best_cost)
{
    const struct choices choices = choices_of(chooser, request);
    *best = (struct candidate){0};
    for (int unroll = UNROLL_FULL; unroll <= UNROLL_NONE; ++unroll) {
        struct candidate tile;
        struct cost cost;
        if (request->unroll >= 0 && unroll != request->unroll)
            continue;
        if (!search_unroll(chooser, &choices, (enum unroll)unroll, &tile, &cost))
            return false;
        if (tile.rows != 0 && (best->rows == 0 || clearly_better(&cost, best_cost))) {
            *best = tile;
            *best_cost = cost;
        }
    }
    return true;
}

/* Says which of the limits a request broke. */
static enum exit_status refuse(const struct chooser *chooser, const struct plan_request *request,
                               struct position at)
{
    const struct candidate least = {
        request->rows ? request->rows : 1, request->columns ? request->columns : 1,
        request->vectors ? request->vectors : 1, request->hold ? request->hold : 1,
        request->unroll >= 0 ? (enum unroll)request->unroll : UNROLL_NONE};
    if (chooser->part && request->unroll == UNROLL_ROW && least.rows > 1)
        return plan_refuse(at, "unroll=row in a fused stage takes rows=1 only");
    if (!fits(chooser, &least))
        return plan_refuse(
            at,
            "a tile of %u rows x %u columns x %u vectors with %u taps held needs %u vector registers, "
            "expected fewer than the %u of %s",
            least.rows, least.columns, least.vectors, least.hold, depthwise_registers(chooser, &least),
            chooser->isa->registers, chooser->isa->name);
    if (request->unroll == UNROLL_NONE)
        return plan_refuse(at, "unroll=none takes rows=1 and hold=1 only");
    return plan_refuse_budget(at, chooser->budget);
}

static enum exit_status request_check(const struct chooser *chooser, const struct plan_request *request,
                                      struct position at)
{
    const struct sepcc_layer *layer = chooser->layer;
    if (request->rows > layer->out_h || request->columns > layer->out_w)
        return plan_refuse(at, "a tile of %u x %u outputs, expected at most the map's %ux%u", request->rows,
                           request->columns, layer->out_h, layer->out_w);
    if (request->hold > layer->kernel_w)
        return plan_refuse(at, "hold=%u, expected at most the kernel's %u columns", request->hold,
                           layer->kernel_w);
    if (request->vectors > 1 && channel_lanes(layer, chooser->isa) == LANES_SPREAD)
        return plan_refuse(at,
                           "vectors=%u with mult=%u, expected vectors=1 for a multiplier of at most half the "
                           "%u lanes",
                           request->vectors, layer->multiplier, chooser->isa->lanes);
    return STATUS_DONE;
}

/* Input positions along an axis that so many neighbouring outputs read. */
static unsigned positions_read(const struct axis *axis, unsigned outputs)
{
    return minimum((unsigned)axis_span(axis, outputs), axis->kernel * outputs);
}

/* Channels of a slice: pixels in one or two places leave none of its lines for the next tile, so a longer
 * run. */
static unsigned slice_channels(const struct chooser *chooser)
{
    const bool in_vain = chooser->isa->lanes >= 8 && depthwise_places(chooser) <= 2;
    return in_vain ? 2 * SLICE_CHANNELS : SLICE_CHANNELS;
}

/* Channels of equal blocks of which the first-level cache holds what a tile reads and writes. */
static unsigned near_channels(const struct chooser *chooser, unsigned quantum,
                              const struct depthwise_plan *dw)
{
    const size_t near = (size_t)32 * 1024 / sizeof(float);
    const unsigned channels = chooser->layer->out_c;
    const size_t read =
        (size_t)positions_read(&chooser->rows, dw->rows) * positions_read(&chooser->columns, dw->columns);
    const size_t pixels = read + (size_t)dw->rows * dw->columns;
    const size_t blocks = (channels * pixels + near / 2) / near;
    const unsigned lines = quantum % LINE_FLOATS == 0 ? quantum : 2 * quantum;
    return blocks < 2 ? channels : divide_up(divide_up(channels, (unsigned)blocks), lines) * lines;
}

/*
 * Channels passed over before the next row of tiles: a slice; or all, so that pixels stream, but no more than
 * the first-level cache holds, for the next tile reads most of them again.
 */
static unsigned block_usual(const struct chooser *chooser, unsigned quantum, const struct depthwise_plan *dw)
{
    const unsigned out_c = chooser->layer->out_c;
    if (depthwise_sliced(chooser))
        return minimum(divide_up(slice_channels(chooser), quantum) * quantum, out_c);
    if (chooser->part || chooser->isa->lanes < 8 || chooser->layer->multiplier != 1)
        return out_c;
    return minimum(near_channels(chooser, quantum, dw), out_c);
}

static enum exit_status block_choose(const struct chooser *chooser, const struct plan_request *request,
                                     struct position at, struct depthwise_plan *dw)
{
    const unsigned quantum = channel_quantum(chooser->layer, chooser->isa, dw->vectors);
    dw->block = request->block != 0 ? request->block : block_usual(chooser, quantum, dw);
    if (dw->block > chooser->layer->out_c)
        return plan_refuse(at, "block=%u, expected at most the %u output channels", dw->block,
                           chooser->layer->out_c);
    if (dw->block % quantum != 0 && dw->block != chooser->layer->out_c)
        return plan_refuse(at, "block=%u, expected a multiple of %u channels, or all %u", dw->block, quantum,
                           chooser->layer->out_c);
    return STATUS_DONE;
}

static enum exit_status prefetch_choose(const struct chooser *chooser, const struct plan_request *request,
                                        struct position at, struct depthwise_plan *dw)
{
    const bool can = chooser->isa->lanes > 1 && dw->unroll == UNROLL_FULL && !chooser->part &&
                     chooser->layer->multiplier == 1;
    if (request->prefetch == PREFETCH_WEIGHTS)
        return plan_refuse(at, "prefetch=weights in a depthwise kernel, expected no, input or output");
    return plan_prefetch(request, at, can, "an ISA with vectors, unroll=full and mult=1",
                         depthwise_prefetch(chooser), &dw->prefetch);
}

static void plan_complete(const struct chooser *chooser, struct plan *plan)
{
    struct depthwise_plan *dw = &plan->as.depthwise;
    const struct sepcc_layer *layer = chooser->layer;
    const unsigned lanes = plan->isa->lanes;
    unsigned vectors = 0;
    plan_channels(layer, plan->isa, dw);
    for (unsigned b = 0; b < dw->row_band_count; ++b)
        dw->row_tile_count += dw->row_bands[b].count;
    for (unsigned g = 0; g < dw->channel_group_count; ++g)
        vectors += dw->channel_groups[g].count * dw->channel_groups[g].size.vector;
    dw->vector_floats = lanes * (1 + layer->kernel_h * layer->kernel_w + (layer->act == SEPCC_ACT_PRELU));
    plan->packed_bytes = aligned_bytes((size_t)vectors * dw->vector_floats);
    plan->unit_count = (size_t)chooser->spec->stage.batch * dw->channel_group_total * dw->row_tile_count;
    plan->accumulators = dw->rows * dw->columns * dw->vectors;
}

static enum exit_status plan_as(const struct spec *spec, const struct plan_request *request,
                                struct position at, bool part, struct plan *plan)
{
    const struct sepcc_layer *layer = &spec->stage.layer[0];
    const struct chooser chooser = {spec,         layer, plan->isa, axis_rows(layer), axis_columns(layer),
                                    plan->budget, part};
    struct depthwise_plan *dw = &plan->as.depthwise;
    struct candidate best = {0};
    struct cost cost = {0};
    enum exit_status status = request_check(&chooser, request, at);
    if (status != STATUS_DONE)
        return status;
    if (!search(&chooser, request, &best, &cost))
        return diag_memory();
    if (best.rows == 0)
        return refuse(&chooser, request, at);
    dw->rows = best.rows;
    dw->columns = best.columns;
    dw->vectors = best.vectors;
    dw->hold = best.hold;
    dw->unroll = best.unroll;
    dw->order = depthwise_tap_order(&chooser, &best);
    /* Without a fused instruction a product overwrites a factor, so the compiler copies weights, and ahead.
     */
    dw->columns_apart = dw->order == TAPS_APART && !plan->isa->fma && plan->isa->lanes > 1;
    /* Without memory operands each input waits in a register; and clang may make all products of a kernel row
     * on sse before it adds the first, where the row comes in parts. */
    dw->sums_apart =
        (dw->order != TAPS_BY_KERNEL_ROW && !plan->isa->memory_operand && plan->isa->lanes > 1) ||
        (dw->columns_apart && dw->hold < layer->kernel_w);
    status = block_choose(&chooser, request, at, dw);
    if (status == STATUS_DONE)
        status = prefetch_choose(&chooser, request, at, dw);
    if (status != STATUS_DONE)
        return status;
    struct band_list rows, columns;
    depthwise_bands(&chooser, &best, &rows, &columns);
    dw->row_bands = rows.items;
    dw->row_band_count = rows.count;
    dw->column_bands = columns.items;
    dw->column_band_count = columns.count;
    if (rows.failed || columns.failed) {
        plan_free(plan);
        return diag_memory();
    }
    plan_complete(&chooser, plan);
    plan->registers = depthwise_registers(&chooser, &best);
    plan->code_bytes = (size_t)cost.bytes;
    plan->cycles = cost.cycles * spec->stage.batch;
    return STATUS_DONE;
}

void plan_depthwise_free(struct plan *plan)
{
    free(plan->as.depthwise.row_bands);
    free(plan->as.depthwise.column_bands);
}

void plan_depthwise_request(const struct plan *plan, struct plan_request *request)
{
    const struct depthwise_plan *dw = &plan->as.depthwise;
    request->rows = dw->rows;
    request->columns = dw->columns;
    request->vectors = dw->vectors;
    request->hold = dw->hold;
    request->block = dw->block;
    request->unroll = (int)dw->unroll;
    request->prefetch = (int)dw->prefetch;
}

enum exit_status plan_depthwise(const struct spec *spec, const struct plan_request *request,
                                struct position at, struct plan *plan)
{
    return plan_as(spec, request, at, false, plan);
}

enum exit_status plan_depthwise_part(const struct spec *part, const struct plan_request *request,
                                     struct position at, struct plan *plan)
{
    return plan_as(part, request, at, true, plan);
}
