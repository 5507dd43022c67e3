/*
 * plan_depthwise_cost.c: what a register tile of a depthwise kernel needs in registers, and what it costs:
 * laid over the output, its instructions are counted band by band, and what it waits for besides.
 * docs/plan.md has the reasoning and the measurements.
 */
#include "plan/plan_depthwise_cost.h"

#include <stdlib.h>
#include <string.h>

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

unsigned depthwise_registers(const struct chooser *chooser, const struct candidate *tile)
{
    return registers_with(chooser, tile, weights_held(chooser, tile), 1);
}

/*
 * Neighbouring kernel rows use the same input rows, and the compiler keeps them from the one to the other, on
 * the stack where registers are short. By input rows nothing has to wait but the weights of the kernel rows
 * between a tile's first and last output row; where these do not fit either, each kernel row loads its input
 * anew (docs/plan.md).
 */
enum tap_order depthwise_tap_order(const struct chooser *chooser, const struct candidate *tile)
{
    const struct axis *rows = &chooser->rows, *columns = &chooser->columns;
    const unsigned weights = weights_held(chooser, tile), registers = chooser->isa->registers;
    const unsigned span = (unsigned)axis_span(columns, tile->columns);
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

/*
 * Whether a few cache lines of each pixel are passed over at a time: where such a slice of the input fits the
 * first-level cache, its rows are read from the second once (docs/plan.md).
 */
bool depthwise_sliced(const struct chooser *chooser)
{
    const struct sepcc_layer *layer = chooser->layer;
    const size_t near = (size_t)52 * 1024;
    const size_t bytes = (size_t)layer->in_h * layer->in_w * SLICE_CHANNELS * sizeof(float);
    return !chooser->part && bytes <= near && layer->multiplier == 1;
}

unsigned depthwise_places(const struct chooser *chooser)
{
    enum { LINES = 64 }; /* of a way */
    unsigned distance = chooser->layer->in_c / LINE_FLOATS, places = LINES;
    if (chooser->layer->in_c % LINE_FLOATS == 0)
        for (; places > 1 && distance % 2 == 0; distance /= 2)
            places /= 2;
    return places;
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
 * holds are fetched a tile ahead, unless each pixel is a stream by itself (docs/plan.md). With vectors of 16
 * bytes four steps share a line: the addresses then cost sse registers, and were not measured on neon.
 */
enum prefetch depthwise_prefetch(const struct chooser *chooser)
{
    enum { STREAM_CHANNELS = 256 };
    const struct sepcc_layer *layer = chooser->layer;
    const size_t output = output_bytes(layer);
    if (chooser->isa->lanes < 8)
        return PREFETCH_NO;
    if (input_bytes(layer) + output >= PLAN_FAR_BYTES && layer->in_c < STREAM_CHANNELS)
        return PREFETCH_INPUT;
    return waits_for_output(chooser, output) ? PREFETCH_OUTPUT : PREFETCH_NO;
}

/* Whether tiles read input that is in no first- or second-level cache when they come to it. */
static bool input_is_far(const struct chooser *chooser)
{
    const size_t near = (size_t)1024 * 1024;
    return !chooser->part && !depthwise_sliced(chooser) &&
           input_bytes(chooser->layer) + output_bytes(chooser->layer) > near;
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
    const double fetch_of_one = 0.1, lines_at_once = 24, wait_of_one = 1, fetch_again = 0.2;
    const double lines = row->span * column->span * vectors;
    const double new_columns = (double)column->size * chooser->columns.stride;
    double cycles = fetch_of_one * lines;
    if (!input_is_far(chooser))
        return cycles;
    cycles += wait_of_one * above(lines, lines_at_once);
    if (depthwise_prefetch(chooser) != PREFETCH_INPUT)
        cycles += fetch_again * row->span * new_columns * vectors;
    return cycles;
}

/*
 * Cycles that a body waits for lines which it has displaced itself: pixels whose distance is a large power of
 * two begin in few places of a way, 4 KiB, of the first-level cache, and each place holds a line of each way.
 */
static double wait_for_conflicts(const struct chooser *chooser, const struct band_cost *row,
                                 const struct band_cost *column, unsigned vectors)
{
    const double wait_of_one = 1, ways = 12;
    if (chooser->part || chooser->isa->lanes < 8)
        return 0;
    const double lines = row->span * column->span + (double)row->size * column->size;
    const double excess = above(lines, ways * depthwise_places(chooser));
    return wait_of_one * excess * vectors * chooser->isa->lanes / LINE_FLOATS;
}

/* Adds one pair of bands (rows x columns) for one vector count, which runs `times` times. */
static void cost_add(const struct chooser *chooser, const struct candidate *tile, const struct band_cost *row,
                     const struct band_cost *column, unsigned vectors, double times, struct cost *cost)
{
    const double loop_overhead = 3, outputs = (double)row->size * column->size;
    const double input_rows = depthwise_tap_order(chooser, tile) == TAPS_BY_INPUT_ROW ? row->span : row->taps;
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
                    loop_overhead + wait_for_input(chooser, row, column, vectors) +
                    wait_for_conflicts(chooser, row, column, vectors);
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

void depthwise_bands(const struct chooser *chooser, const struct candidate *tile, struct band_list *rows,
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

bool depthwise_evaluate(const struct chooser *chooser, const struct candidate *tile, struct cost *cost)
{
    struct band_list rows, columns;
    struct depthwise_plan channels = {.vectors = tile->vectors, .block = chooser->layer->out_c};
    depthwise_bands(chooser, tile, &rows, &columns);
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
