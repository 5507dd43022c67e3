/*
 * plan_depthwise.c: choosing the register tile, the order of taps and the unrolling of a depthwise kernel.
 *
 * Every candidate tile is laid over the output and its instructions are counted band by band; the fewest
 * modelled cycles within the code budget win. docs/plan.md has the reasoning.
 */
#include "plan_internal.h"

#include <float.h>
#include <stdlib.h>
#include <string.h>

struct candidate {
    unsigned rows, columns, vectors, hold;
    enum unroll unroll;
};

/* What a candidate costs: cycles of the whole layer, cycles to fetch its code once, and bytes of code. */
struct cost {
    double cycles, fetch, bytes;
};

/* What the tiles of a band read and compute along one axis, per vector. */
struct band_cost {
    unsigned count, size; /* tiles, outputs of one */
    double taps;          /* over all outputs of a tile */
    double taps_used;     /* kernel positions that any output uses */
    double span;          /* input positions, each counted once */
    double loads;         /* columns: input loads of one kernel row, each chunk of taps its own */
    unsigned chain;       /* taps of the output that has most */
    double bytes;         /* rows: of straight-line code for a row of tiles */
};

struct chooser {
    const struct spec *spec;
    const struct sepcc_layer *layer;
    const struct isa *isa;
    struct axis rows, columns;
    unsigned budget;
    bool part; /* of a fused stage */
};

/* Registers of a tile that holds so many weights and inputs beside its accumulators. */
static unsigned registers_with(const struct chooser *chooser, const struct candidate *tile, unsigned weights,
                               unsigned inputs)
{
    const unsigned scratch = chooser->isa->fma ? 0 : 1; /* the product before its addition */
    return tile->vectors * (tile->rows * tile->columns + weights + inputs) + scratch;
}

static unsigned weights_held(const struct chooser *chooser, const struct candidate *tile)
{
    return tile->unroll == UNROLL_NONE ? 1 : minimum(tile->hold, chooser->layer->kernel_w);
}

static unsigned registers_needed(const struct chooser *chooser, const struct candidate *tile)
{
    return registers_with(chooser, tile, weights_held(chooser, tile), 1);
}

/*
 * Neighbouring kernel rows use the same input rows, and the compiler keeps them from the one to the other, on
 * the stack where registers are short. By input rows nothing has to wait but the weights of the kernel rows
 * between a tile's first and last output row; where these do not fit either, each kernel row loads its input
 * anew (docs/plan.md).
 */
static enum tap_order tap_order(const struct chooser *chooser, const struct candidate *tile)
{
    const struct axis *rows = &chooser->rows, *columns = &chooser->columns;
    const unsigned weights = weights_held(chooser, tile), registers = chooser->isa->registers;
    const unsigned span =
        (columns->kernel - 1) * columns->dilation + 1 + (tile->columns - 1) * columns->stride;
    if (tile->unroll != UNROLL_FULL || tile->rows == 1 || rows->kernel == 1 ||
        registers_with(chooser, tile, weights, rows->stride * (tile->rows - 1) * span) < registers)
        return TAPS_BY_KERNEL_ROW;
    const unsigned waiting = minimum(tile->rows, rows->kernel) * weights;
    const bool fits =
        registers_with(chooser, tile, waiting, 1) + spec_act_cost(chooser->layer->act).registers < registers;
    return fits && rows->stride == rows->dilation && tile->hold >= columns->kernel ? TAPS_BY_INPUT_ROW
                                                                                   : TAPS_APART;
}

/* Input positions that a tile reads along one axis, `hold` taps at a time, each once in each chunk. */
static double loads_of(const struct axis *axis, const struct axis_band *band, unsigned hold)
{
    double loads = 0;
    for (unsigned low = 0; low < axis->kernel; low += hold)
        for (long at = -1; (at = schedule_next(axis, band, low, low + hold, at)) >= 0;)
            loads += 1;
    return loads;
}

static struct band_cost band_cost(const struct axis *axis, const struct axis_band *band)
{
    struct band_cost cost = {.count = band->count, .size = band->size};
    unsigned lowest = axis->kernel, highest = 0;
    for (unsigned i = 0; i < band->size; ++i) {
        const unsigned taps = band->taps[i].high - band->taps[i].low;
        cost.taps += taps;
        cost.chain = cost.chain < taps ? taps : cost.chain;
        if (taps > 0 && band->taps[i].low < lowest)
            lowest = band->taps[i].low;
        if (band->taps[i].high > highest)
            highest = band->taps[i].high;
    }
    cost.taps_used = highest > lowest ? highest - lowest : 0;
    cost.span = loads_of(axis, band, axis->kernel);
    return cost;
}

static void column_costs(const struct chooser *chooser, const struct candidate *tile,
                         const struct band_list *bands, struct band_cost *costs)
{
    for (unsigned b = 0; b < bands->count; ++b) {
        costs[b] = band_cost(&chooser->columns, &bands->items[b]);
        costs[b].loads = loads_of(&chooser->columns, &bands->items[b], tile->hold);
    }
}

static void row_costs(const struct chooser *chooser, const struct band_list *bands, struct band_cost *costs)
{
    for (unsigned b = 0; b < bands->count; ++b)
        costs[b] = band_cost(&chooser->rows, &bands->items[b]);
}

static double above(double value, double limit)
{
    return value > limit ? value - limit : 0;
}

/* Channels of a slice: neighbouring lines, which the hardware fetches together. */
enum { SLICE_CHANNELS = 64 };

/*
 * Whether a few cache lines of each pixel are passed over at a time: where such a slice of the input fits the
 * first-level cache, its rows are read from the second once (docs/plan.md).
 */
static bool sliced(const struct chooser *chooser)
{
    const struct sepcc_layer *layer = chooser->layer;
    const size_t near = (size_t)52 * 1024;
    const size_t bytes = (size_t)layer->in_h * layer->in_w * SLICE_CHANNELS * sizeof(float);
    return !chooser->part && bytes <= near && layer->multiplier == 1;
}

static size_t input_bytes(const struct sepcc_layer *layer)
{
    return (size_t)layer->in_h * layer->in_w * layer->in_c * sizeof(float);
}

static size_t output_bytes(const struct sepcc_layer *layer)
{
    return (size_t)layer->out_h * layer->out_w * layer->out_c * sizeof(float);
}

/*
 * Kernels of few taps wait for the lines that they write: those of 2 to 4 taps, and those of up to 9 whose
 * vectors of 64 bytes nearly all cross a line (measured, docs/plan.md).
 */
static bool waits_for_output(const struct chooser *chooser, size_t output)
{
    const struct sepcc_layer *layer = chooser->layer;
    const unsigned taps = layer->kernel_h * layer->kernel_w, lanes = chooser->isa->lanes;
    const size_t near = (size_t)48 * 1024;
    const bool crossing = lanes == 16 && layer->out_c % lanes != 0;
    return layer->stride_h == 1 && layer->stride_w == 1 && output >= near && taps > 1 &&
           (taps <= 4 || (crossing && taps <= 9));
}

/*
 * A tile reads short pieces of many rows, which the hardware does not follow: maps that no second-level cache
 * holds are fetched a tile ahead (docs/plan.md). With vectors of 16 bytes four steps share a line: the
 * addresses then cost sse registers, and were not measured on neon.
 */
static enum prefetch prefetch_usual(const struct chooser *chooser)
{
    const struct sepcc_layer *layer = chooser->layer;
    const size_t output = output_bytes(layer);
    if (chooser->isa->lanes < 8)
        return PREFETCH_NO;
    if (input_bytes(layer) + output >= PLAN_FAR_BYTES)
        return PREFETCH_INPUT;
    return waits_for_output(chooser, output) ? PREFETCH_OUTPUT : PREFETCH_NO;
}

/*
 * Cycles that a body of a tile waits for its input, prices that come from measurements (docs/plan.md). Input
 * from the second-level cache delays a body a little, though it overlaps. Where it comes from farther, a body
 * waits for lines beyond those that a core fetches at once, and unless it is fetched ahead for each row
 * again: a row of tiles reads the last rows of the one before again, while columns are still near.
 */
static double wait_for_input(const struct chooser *chooser, const struct band_cost *row,
                             const struct band_cost *column, unsigned vectors)
{
    const size_t near = (size_t)1024 * 1024;
    const double fetch_of_one = 0.1, lines_at_once = 24, wait_of_one = 1, fetch_again = 0.2;
    const double lines = row->span * column->span * vectors;
    const double new_columns = (double)column->size * chooser->columns.stride;
    double cycles = fetch_of_one * lines;
    if (chooser->part || sliced(chooser) ||
        input_bytes(chooser->layer) + output_bytes(chooser->layer) <= near)
        return cycles;
    cycles += wait_of_one * above(lines, lines_at_once);
    if (prefetch_usual(chooser) != PREFETCH_INPUT)
        cycles += fetch_again * row->span * new_columns * vectors;
    return cycles;
}

/* Adds one pair of bands (rows x columns) for one vector count, which runs `times` times. */
static void cost_add(const struct chooser *chooser, const struct candidate *tile, const struct band_cost *row,
                     const struct band_cost *column, unsigned vectors, double times, struct cost *cost)
{
    const double loop_overhead = 3, outputs = (double)row->size * column->size;
    const double input_rows = tap_order(chooser, tile) == TAPS_BY_INPUT_ROW ? row->span : row->taps;
    struct work work = {
        .fmas = row->taps * column->taps * vectors,
        .loads = (row->taps_used * column->taps_used + input_rows * column->loads + 1) * vectors,
        .stores = outputs * vectors,
        .chain = (double)row->chain * column->chain,
    };
    /* More accumulators than hide the latency only add streams of input (measured, docs/plan.md). */
    const double accumulators_useful = 8, price_of_more = 0.8 / chooser->isa->registers;
    double cycles = work_cycles(chooser->isa, &work) *
                        (1 + price_of_more * above(outputs * vectors, accumulators_useful)) +
                    loop_overhead + wait_for_input(chooser, row, column, vectors);
    if (tile->unroll == UNROLL_ROW)
        cycles += 3 * row->taps_used;
    else if (tile->unroll == UNROLL_NONE)
        cycles += row->taps_used * (3 + 3 * column->taps_used);
    cost->cycles += cycles * times * row->count * column->count;
    if (tile->unroll == UNROLL_FULL)
        cost->bytes += work_bytes(chooser->isa, &work) + 96 + outputs * vectors * 12;
}

/* Code of the looped forms: one body per column band, or one per tile size, and a call per pair of bands. */
static double looped_bytes(const struct chooser *chooser, const struct candidate *tile, unsigned row_bands,
                           const struct band_cost *columns, unsigned column_bands, unsigned channel_bands)
{
    const double call = 48, body = 160;
    if (tile->unroll == UNROLL_NONE)
        return 4 * channel_bands * (body + tile->columns * tile->vectors * 40) + row_bands * 20 +
               column_bands * 28;
    double bytes = 0;
    for (unsigned c = 0; c < column_bands; ++c) {
        struct work work = {.fmas = columns[c].taps * tile->rows * tile->vectors,
                            .loads = (columns[c].taps_used + columns[c].loads * tile->rows) * tile->vectors,
                            .stores = (double)tile->rows * columns[c].size * tile->vectors};
        bytes += channel_bands * (work_bytes(chooser->isa, &work) + body);
    }
    return bytes * (tile->rows > 1 ? 1.5 : 1) + call * row_bands * column_bands * channel_bands;
}

static void bands_make(const struct chooser *chooser, const struct candidate *tile, struct band_list *rows,
                       struct band_list *columns)
{
    memset(rows, 0, sizeof *rows);
    memset(columns, 0, sizeof *columns);
    if (chooser->part)
        cover_fixed(&chooser->rows, tile->rows, rows);
    else if (tile->unroll == UNROLL_FULL)
        cover_mixed(&chooser->rows, tile->rows, rows);
    else
        cover_uniform(&chooser->rows, tile->rows, rows);
    if (tile->unroll == UNROLL_NONE)
        cover_uniform(&chooser->columns, tile->columns, columns);
    else
        cover_mixed(&chooser->columns, tile->columns, columns);
}

/*
 * Code that does not repeat is fetched from the second-level cache on every run; that of a row of tiles which
 * is too much for the decoded instructions that a core keeps, for every such row.
 */
static double fetch_cycles(const struct band_cost *rows, unsigned row_bands, double bytes)
{
    const double near = 16 * 1024, bytes_a_cycle = 16;
    double fetched = bytes;
    for (unsigned r = 0; r < row_bands; ++r)
        fetched += rows[r].bytes > near ? rows[r].bytes * (rows[r].count - 1) : 0;
    return fetched / bytes_a_cycle;
}

/* False when out of memory. */
static bool evaluate(const struct chooser *chooser, const struct candidate *tile, struct cost *cost)
{
    struct band_list rows, columns;
    struct depthwise_plan channels = {.vectors = tile->vectors, .block = chooser->layer->out_c};
    bands_make(chooser, tile, &rows, &columns);
    struct band_cost *row = calloc(rows.count + 1, sizeof *row);
    struct band_cost *column = calloc(columns.count + 1, sizeof *column);
    const bool good = !rows.failed && !columns.failed && row != NULL && column != NULL;
    *cost = (struct cost){0, 0, 0};
    if (good) {
        plan_channels(chooser->layer, chooser->isa, &channels);
        row_costs(chooser, &rows, row);
        column_costs(chooser, tile, &columns, column);
        for (unsigned k = 0; k < channels.channel_band_count; ++k) {
            const struct channel_band *band = &channels.channel_bands[k];
            for (unsigned r = 0; r < rows.count; ++r) {
                const double before = cost->bytes;
                for (unsigned c = 0; c < columns.count; ++c)
                    cost_add(chooser, tile, &row[r], &column[c], band->vector_count,
                             (double)band->count * band->repeat, cost);
                row[r].bytes += cost->bytes - before;
            }
        }
        if (tile->unroll != UNROLL_FULL)
            cost->bytes =
                looped_bytes(chooser, tile, rows.count, column, columns.count, channels.channel_band_count);
    }
    cost->fetch = fetch_cycles(row, tile->unroll == UNROLL_FULL ? rows.count : 0, cost->bytes);
    free(row);
    free(column);
    free(rows.items);
    free(columns.items);
    return good;
}

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
    return registers_needed(chooser, tile) <= chooser->isa->registers - spare;
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
    if (!evaluate(chooser, tile, &cost))
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
            least.rows, least.columns, least.vectors, least.hold, registers_needed(chooser, &least),
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

/* Channels passed over before the next row of tiles: all, so that pixels stream, or a slice. */
static unsigned block_usual(const struct chooser *chooser, unsigned quantum)
{
    const unsigned out_c = chooser->layer->out_c;
    return sliced(chooser) ? minimum(divide_up(SLICE_CHANNELS, quantum) * quantum, out_c) : out_c;
}

static enum exit_status block_choose(const struct chooser *chooser, const struct plan_request *request,
                                     struct position at, struct depthwise_plan *dw)
{
    const unsigned quantum = channel_quantum(chooser->layer, chooser->isa, dw->vectors);
    dw->block = request->block != 0 ? request->block : block_usual(chooser, quantum);
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
                         prefetch_usual(chooser), &dw->prefetch);
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
    dw->order = tap_order(&chooser, &best);
    /* Without a fused instruction a product overwrites a factor, so the compiler copies weights, and ahead.
     */
    dw->columns_apart = dw->order == TAPS_APART && !plan->isa->fma && plan->isa->lanes > 1;
    /* Without memory operands each input waits in a register. */
    dw->sums_apart = dw->order != TAPS_BY_KERNEL_ROW && !plan->isa->memory_operand && plan->isa->lanes > 1;
    status = block_choose(&chooser, request, at, dw);
    if (status == STATUS_DONE)
        status = prefetch_choose(&chooser, request, at, dw);
    if (status != STATUS_DONE)
        return status;
    struct band_list rows, columns;
    bands_make(&chooser, &best, &rows, &columns);
    dw->row_bands = rows.items;
    dw->row_band_count = rows.count;
    dw->column_bands = columns.items;
    dw->column_band_count = columns.count;
    if (rows.failed || columns.failed) {
        plan_free(plan);
        return diag_memory();
    }
    plan_complete(&chooser, plan);
    plan->registers = registers_needed(&chooser, &best);
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
