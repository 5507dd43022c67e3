/*
 * plan_depthwise_nchw.c: choosing the register tile, the unrolling and the work units of a depthwise kernel
 * whose tensors are planes.
 *
 * A register tile is `rows` output rows x `vectors` vectors of neighbouring columns of one plane. An input
 * vector is loaded once for each column of taps and used for every output row that needs it. Every candidate
 * tile is laid over the plane and its instructions are counted; docs/plan.md has the reasoning.
 */
#include "plan/plan_internal.h"

#include <float.h>
#include <stdlib.h>
#include <string.h>

struct candidate {
    unsigned rows, vectors;
    enum unroll unroll;
};

/* What a candidate costs: cycles of one plane, and bytes of code. */
struct cost {
    double cycles, bytes;
};

/* The three covers of a candidate. */
struct cover {
    struct band_list rows;
    struct lane_list columns;
    struct band_list uniform;
};

struct chooser {
    const struct spec *spec;
    const struct sepcc_layer *layer;
    const struct isa *isa;
    struct axis rows, columns;
    unsigned budget;
    unsigned rows_most; /* of a tile that is chosen */
    bool part;          /* of a fused stage */
};

/* Accumulators, an input, a weight, and what a multiply and add needs between. */
static unsigned registers_needed(const struct chooser *chooser, const struct candidate *tile)
{
    const unsigned scratch = chooser->isa->fma ? 0 : 1;
    return tile->rows * tile->vectors + 2 + scratch;
}

/* Whether all taps and the bias have registers besides. */
static bool holds_taps(const struct chooser *chooser, const struct candidate *tile)
{
    const unsigned taps = chooser->layer->kernel_h * chooser->layer->kernel_w;
    return tile->unroll == UNROLL_FULL && registers_needed(chooser, tile) + taps < chooser->isa->registers;
}

/* The share of the taps for which there are registers; the others are loaded for every use. */
static double held_share(const struct chooser *chooser, const struct candidate *tile)
{
    const unsigned taps = chooser->layer->kernel_h * chooser->layer->kernel_w;
    const unsigned spare = chooser->isa->registers - registers_needed(chooser, tile);
    return spare >= taps ? 1 : (double)spare / taps;
}

static void cover_free(struct cover *cover)
{
    free(cover->rows.items);
    free(cover->columns.items);
    free(cover->uniform.items);
}

/* False when out of memory. */
static bool cover_make(const struct chooser *chooser, const struct candidate *tile, struct cover *cover)
{
    memset(cover, 0, sizeof *cover);
    if (chooser->part)
        cover_fixed(&chooser->rows, tile->rows, &cover->rows);
    else if (tile->unroll == UNROLL_FULL)
        cover_mixed(&chooser->rows, tile->rows, &cover->rows);
    else
        cover_uniform(&chooser->rows, tile->rows, &cover->rows);
    if (tile->unroll == UNROLL_NONE)
        cover_uniform(&chooser->columns, chooser->isa->lanes, &cover->uniform);
    else
        cover_columns(&chooser->columns, chooser->isa->lanes, tile->vectors, &cover->columns);
    if (!cover->rows.failed && !cover->columns.failed && !cover->uniform.failed)
        return true;
    cover_free(cover);
    return false;
}

/* ---- counting -------------------------------------------------------------------------------------- */

/* Rows of a tile: taps of all its rows, input rows that are read, most taps of one row. */
struct row_count {
    unsigned taps, lines, chain;
};

static struct row_count count_rows(const struct chooser *chooser, const struct candidate *tile,
                                   const struct axis_band *band)
{
    struct row_count count = {0, 0, 0};
    for (unsigned i = 0; i < band->size; ++i) {
        const unsigned taps = band->taps[i].high - band->taps[i].low;
        count.taps += taps;
        count.chain = count.chain < taps ? taps : count.chain;
    }
    if (tile->unroll == UNROLL_FULL)
        for (long at = -1; (at = schedule_next(&chooser->rows, band, 0, chooser->rows.kernel, at)) >= 0;)
            ++count.lines;
    else
        count.lines = count.taps;
    return count;
}

/* Columns of a tile: taps of its vectors, those of them that not all lanes see, most taps of one vector. */
struct column_count {
    unsigned taps, partial, chain;
};

static struct column_count count_columns(const struct axis *axis, const struct lane_band *band)
{
    struct column_count count = {0, 0, 0};
    for (unsigned v = 0; v < band->vectors; ++v) {
        unsigned taps = 0;
        for (unsigned tap = 0; tap < axis->kernel; ++tap) {
            const struct lane_range range = lane_range_of(axis, band->out[v], band->lanes, tap);
            taps += range.low < range.high;
            count.partial += range.low < range.high && range.high - range.low < band->lanes;
        }
        count.taps += taps;
        count.chain = count.chain < taps ? taps : count.chain;
    }
    return count;
}

/* What loading a vector asks of the ports: neighbours, or lanes shuffled from several vectors, or one by one.
 */
static struct work load_work(const struct chooser *chooser)
{
    const unsigned lanes = chooser->isa->lanes, stride = chooser->columns.stride;
    const unsigned shuffled = 3; /* the largest stride that every vocabulary shuffles */
    if (lanes == 1 || stride == 1)
        return (struct work){.loads = 1.25};
    if (stride <= shuffled)
        return (struct work){.loads = 1.25 * stride, .fmas = stride / 2.0};
    return (struct work){.loads = lanes, .fmas = lanes / 2.0};
}

/* One tile: rows x columns. */
static struct work tile_work(const struct chooser *chooser, const struct candidate *tile,
                             const struct row_count *row, const struct column_count *column,
                             const struct lane_band *band, unsigned rows)
{
    const struct work load = load_work(chooser);
    const double inputs = (double)row->lines * column->taps;
    const double weights = (1 - held_share(chooser, tile)) * (double)row->taps * column->taps / band->vectors;
    return (struct work){
        .fmas = (double)row->taps * (column->taps + 0.3 * column->partial) + inputs * load.fmas,
        .loads = inputs * load.loads + weights,
        .stores = (double)rows * band->vectors,
        .chain = (double)row->chain * column->chain,
    };
}

/* The distinct heights of the row bands, which the looped forms have a body for. */
static unsigned heights(const struct band_list *rows)
{
    unsigned count = 0;
    bool seen[PLAN_TILE_MAX + 1] = {false};
    for (unsigned r = 0; r < rows->count; ++r) {
        count += !seen[rows->items[r].size];
        seen[rows->items[r].size] = true;
    }
    return count;
}

static struct cost cost_unrolled(const struct chooser *chooser, const struct candidate *tile,
                                 const struct cover *cover)
{
    const double tile_overhead = 3, row_overhead = 12;
    struct cost cost = {0, 512};
    for (unsigned r = 0; r < cover->rows.count; ++r) {
        const struct axis_band *row_band = &cover->rows.items[r];
        const struct row_count row = count_rows(chooser, tile, row_band);
        for (unsigned c = 0; c < cover->columns.count; ++c) {
            const struct lane_band *band = &cover->columns.items[c];
            const struct column_count column = count_columns(&chooser->columns, band);
            const struct work work = tile_work(chooser, tile, &row, &column, band, row_band->size);
            cost.cycles += (work_cycles(chooser->isa, &work) + tile_overhead) * row_band->count * band->count;
            if (tile->unroll == UNROLL_FULL)
                cost.bytes += work_bytes(chooser->isa, &work) + 64;
        }
        /* A part of a stage is called for a few rows of tiles of all planes. */
        const unsigned starts = tile->unroll != UNROLL_FULL ? row_band->count + row.chain
                                : chooser->part             ? row_band->count
                                                            : 1;
        cost.cycles += row_overhead * starts;
        cost.bytes += 64;
    }
    if (tile->unroll == UNROLL_ROW) {
        double taps = 0;
        for (unsigned c = 0; c < cover->columns.count; ++c)
            taps += count_columns(&chooser->columns, &cover->columns.items[c]).taps;
        const struct work work = {.fmas = taps * tile->rows, .loads = taps * (tile->rows + 1)};
        cost.bytes +=
            heights(&cover->rows) * (work_bytes(chooser->isa, &work) + 160.0 * cover->columns.count);
    }
    /* Code that does not fit the first-level cache is fetched from the second on every plane. */
    const double resident = 24 * 1024;
    if (cost.bytes > resident)
        cost.cycles += (cost.bytes - resident) / 16;
    return cost;
}

/* Loops over taps: a vector or one output at a time, each waiting for itself. */
static struct cost cost_looped(const struct chooser *chooser, const struct cover *cover)
{
    struct cost cost = {0, 1024 + 28.0 * (cover->rows.count + cover->uniform.count)};
    for (unsigned r = 0; r < cover->rows.count; ++r)
        for (unsigned c = 0; c < cover->uniform.count; ++c) {
            const struct axis_band *row = &cover->rows.items[r], *column = &cover->uniform.items[c];
            const double taps =
                (double)(row->taps[0].high - row->taps[0].low) * (column->taps[0].high - column->taps[0].low);
            cost.cycles += (taps * chooser->isa->latency + 20) * row->count * column->count;
        }
    return cost;
}

/* False when out of memory. */
static bool evaluate(const struct chooser *chooser, const struct candidate *tile, struct cost *cost)
{
    struct cover cover;
    if (!cover_make(chooser, tile, &cover))
        return false;
    *cost = tile->unroll == UNROLL_NONE ? cost_looped(chooser, &cover) : cost_unrolled(chooser, tile, &cover);
    cover_free(&cover);
    return true;
}

/* ---- choosing -------------------------------------------------------------------------------------- */

static bool fits(const struct chooser *chooser, const struct candidate *tile)
{
    /* Rows of one height have unlike taps at the borders, which a loop over kernel rows does not bear. */
    if (chooser->part && tile->unroll == UNROLL_ROW && tile->rows > 1)
        return false;
    return registers_needed(chooser, tile) < chooser->isa->registers;
}

/* The straight-line FMAs of one interior tile alone break the budget: not worth laying over the map. */
static bool hopeless(const struct chooser *chooser, const struct candidate *tile)
{
    double fmas = (double)tile->rows * tile->vectors;
    if (tile->unroll != UNROLL_NONE)
        fmas *= chooser->layer->kernel_w;
    if (tile->unroll == UNROLL_FULL)
        fmas *= chooser->layer->kernel_h;
    return fmas * 4 > chooser->budget;
}

static bool asked_for(const struct plan_request *request, const struct candidate *tile)
{
    return (request->rows == 0 || request->rows == tile->rows) &&
           (request->vectors == 0 || request->vectors == tile->vectors) &&
           (request->unroll < 0 || request->unroll == (int)tile->unroll) &&
           (tile->unroll != UNROLL_NONE || (tile->rows == 1 && tile->vectors == 1));
}

/* Tries every open combination; *best gets the cheapest. False when out of memory. */
static bool search(const struct chooser *chooser, const struct plan_request *request, struct candidate *best,
                   struct cost *best_cost)
{
    const unsigned vectors_usual = 4;
    const unsigned rows_most =
        request->rows ? request->rows : minimum(chooser->rows_most, chooser->layer->out_h);
    const unsigned vectors_most =
        request->vectors ? request->vectors
                         : minimum(vectors_usual, divide_up(chooser->layer->out_w, chooser->isa->lanes));
    best_cost->cycles = DBL_MAX;
    for (int unroll = UNROLL_FULL; unroll <= UNROLL_NONE; ++unroll)
        for (unsigned rows = 1; rows <= rows_most; ++rows)
            for (unsigned vectors = 1; vectors <= vectors_most; ++vectors) {
                const struct candidate tile = {rows, vectors, (enum unroll)unroll};
                struct cost cost;
                if (!asked_for(request, &tile) || !fits(chooser, &tile) || hopeless(chooser, &tile))
                    continue;
                if (!evaluate(chooser, &tile, &cost))
                    return false;
                if (cost.bytes <= chooser->budget && cost.cycles < best_cost->cycles * 0.999) {
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
    const struct candidate least = {request->rows ? request->rows : 1,
                                    request->vectors ? request->vectors : 1,
                                    request->unroll >= 0 ? (enum unroll)request->unroll : UNROLL_ROW};
    if (chooser->part && request->unroll == UNROLL_ROW && least.rows > 1)
        return plan_refuse(at, "unroll=row in a fused stage takes rows=1 only");
    if (!fits(chooser, &least))
        return plan_refuse(
            at,
            "a tile of %u rows x %u vectors needs %u vector registers, expected fewer than the "
            "%u of %s",
            least.rows, least.vectors, registers_needed(chooser, &least), chooser->isa->registers,
            chooser->isa->name);
    if (request->unroll == UNROLL_NONE && (least.rows > 1 || least.vectors > 1))
        return plan_refuse(at, "unroll=none takes rows=1 and vectors=1 only");
    return plan_refuse_budget(at, chooser->budget);
}

static enum exit_status request_check(const struct chooser *chooser, const struct plan_request *request,
                                      struct position at)
{
    const struct sepcc_layer *layer = chooser->layer;
    const unsigned vectors = divide_up(layer->out_w, chooser->isa->lanes);
    if (request->rows > layer->out_h || request->vectors > vectors)
        return plan_refuse(at, "a tile of %u rows x %u vectors, expected at most the plane's %u x %u",
                           request->rows, request->vectors, layer->out_h, vectors);
    if (request->block > layer->out_c)
        return plan_refuse(at, "block=%u, expected at most the %u output channels", request->block,
                           layer->out_c);
    return STATUS_DONE;
}

/*
 * Units: whole planes, several together where they are small; where there are few planes, a few rows of tiles
 * each, so that threads have enough to share.
 */
static enum exit_status units_choose(const struct chooser *chooser, const struct plan_request *request,
                                     struct position at, double plane_cycles, struct depthwise_nchw_plan *dw)
{
    const unsigned units_wanted = 16;
    const double cycles_wanted = 4000;
    const unsigned planes = chooser->spec->stage.batch * chooser->layer->out_c;
    if (request->unit > dw->row_tile_count)
        return plan_refuse(at, "unit=%u, expected at most the %u rows of tiles", request->unit,
                           dw->row_tile_count);
    const unsigned slices = divide_up(units_wanted, planes);
    dw->unit = request->unit != 0 ? request->unit
                                  : divide_up(dw->row_tile_count, minimum(slices, dw->row_tile_count));
    dw->block = request->block;
    if (dw->block == 0) {
        const double together = cycles_wanted / plane_cycles;
        const unsigned most = planes < 2 * units_wanted ? 1 : planes / units_wanted;
        dw->block = together < 2 ? 1 : together > most ? most : (unsigned)together;
        dw->block = minimum(dw->block, chooser->layer->out_c);
    }
    return STATUS_DONE;
}

static void plan_complete(const struct chooser *chooser, const struct candidate *tile,
                          const struct cost *cost, struct plan *plan)
{
    struct depthwise_nchw_plan *dw = &plan->as.depthwise_nchw;
    const struct sepcc_layer *layer = chooser->layer;
    const size_t planes = (size_t)chooser->spec->stage.batch * layer->out_c;
    dw->channel_floats = 1 + layer->kernel_h * layer->kernel_w + (layer->act == SEPCC_ACT_PRELU);
    plan->packed_bytes = aligned_bytes((size_t)layer->out_c * dw->channel_floats);
    plan->unit_count = (size_t)chooser->spec->stage.batch * divide_up(layer->out_c, dw->block) *
                       divide_up(dw->row_tile_count, dw->unit);
    plan->accumulators = tile->rows * tile->vectors;
    plan->registers = registers_needed(chooser, tile) + (dw->held ? layer->kernel_h * layer->kernel_w : 0);
    plan->code_bytes = (size_t)cost->bytes;
    plan->cycles = cost->cycles * (double)planes;
}

static enum exit_status plan_as(const struct spec *spec, const struct plan_request *request,
                                struct position at, unsigned rows_most, bool part, struct plan *plan)
{
    const struct sepcc_layer *layer = &spec->stage.layer[0];
    const struct chooser chooser = {spec,         layer,     plan->isa, axis_rows(layer), axis_columns(layer),
                                    plan->budget, rows_most, part};
    struct depthwise_nchw_plan *dw = &plan->as.depthwise_nchw;
    struct candidate best = {0};
    struct cost cost = {0};
    struct cover cover;
    enum exit_status status = request_check(&chooser, request, at);
    if (status != STATUS_DONE)
        return status;
    if (!search(&chooser, request, &best, &cost))
        return diag_memory();
    if (best.rows == 0)
        return refuse(&chooser, request, at);
    if (!cover_make(&chooser, &best, &cover))
        return diag_memory();
    dw->rows = best.rows;
    dw->vectors = best.vectors;
    dw->unroll = best.unroll;
    dw->held = holds_taps(&chooser, &best);
    /* Taps that are held, or where a broadcast costs no more than a load. */
    dw->apart =
        best.unroll == UNROLL_FULL && plan->isa->lanes > 1 && (dw->held || plan->isa->broadcast == 0.0);
    dw->in_step = layer->in_h * layer->in_w;
    dw->out_step = layer->out_h * layer->out_w;
    dw->row_bands = cover.rows.items;
    dw->row_band_count = cover.rows.count;
    dw->column_bands = cover.columns.items;
    dw->column_band_count = cover.columns.count;
    dw->uniform_bands = cover.uniform.items;
    dw->uniform_band_count = cover.uniform.count;
    for (unsigned b = 0; b < dw->row_band_count; ++b)
        dw->row_tile_count += dw->row_bands[b].count;
    status = units_choose(&chooser, request, at, cost.cycles, dw);
    if (status != STATUS_DONE)
        plan_depthwise_nchw_free(plan);
    else
        plan_complete(&chooser, &best, &cost, plan);
    return status;
}

enum exit_status plan_depthwise_nchw(const struct spec *spec, const struct plan_request *request,
                                     struct position at, struct plan *plan)
{
    const unsigned rows_usual = 8;
    return plan_as(spec, request, at, rows_usual, false, plan);
}

enum exit_status plan_depthwise_nchw_part(const struct spec *part, const struct plan_request *request,
                                          unsigned rows_most, struct position at, struct plan *plan)
{
    return plan_as(part, request, at, rows_most, true, plan);
}

void plan_depthwise_nchw_free(struct plan *plan)
{
    free(plan->as.depthwise_nchw.row_bands);
    free(plan->as.depthwise_nchw.column_bands);
    free(plan->as.depthwise_nchw.uniform_bands);
    memset(&plan->as, 0, sizeof plan->as);
}

void plan_depthwise_nchw_request(const struct plan *plan, struct plan_request *request)
{
    const struct depthwise_nchw_plan *dw = &plan->as.depthwise_nchw;
    request->rows = dw->rows;
    request->vectors = dw->vectors;
    request->block = dw->block;
    request->unit = dw->unit;
    request->unroll = (int)dw->unroll;
}

/* ---- in words -------------------------------------------------------------------------------------- */

static void explain_cover(const struct depthwise_nchw_plan *dw, struct text *text)
{
    const unsigned columns = dw->column_band_count + dw->uniform_band_count;
    if (dw->row_band_count + columns > 32) {
        text_printf(text, "Cover of a plane: %u bands of rows, %u of columns.\n", dw->row_band_count,
                    columns);
        return;
    }
    text_puts(text, "Cover of a plane:\n  rows:   ");
    for (unsigned b = 0; b < dw->row_band_count; ++b)
        text_printf(text, "%s %u x %u", b > 0 ? " +" : "", dw->row_bands[b].count, dw->row_bands[b].size);
    text_puts(text, "\n  columns:");
    for (unsigned b = 0; b < dw->column_band_count; ++b)
        text_printf(text, "%s %u x %u vectors", b > 0 ? " +" : "", dw->column_bands[b].count,
                    dw->column_bands[b].vectors);
    for (unsigned b = 0; b < dw->uniform_band_count; ++b)
        text_printf(text, "%s %u x %u", b > 0 ? " +" : "", dw->uniform_bands[b].count,
                    dw->uniform_bands[b].size);
    text_puts(text, "\n  (tiles x outputs of a tile; bands with their own code)\n");
}

void plan_depthwise_nchw_explain(const struct spec *spec, const struct plan *plan, struct text *text)
{
    static const char *const unrolls[] = {
        "every tap and every output of a tile straight-line; borders have their own code",
        "a loop over kernel rows; the taps of a row and the outputs of a tile straight-line",
        "loops over kernel rows and columns; borders one output at a time",
    };
    const struct depthwise_nchw_plan *dw = &plan->as.depthwise_nchw;
    const struct sepcc_layer *layer = &spec->stage.layer[0];
    text_printf(text, "Register tile: %u rows x %u vectors of %u columns: %u accumulators.\n", dw->rows,
                dw->vectors, plan->isa->lanes, plan->accumulators);
    text_printf(text, "Taps: %s; %s.\n", unrolls[dw->unroll],
                dw->held ? "all held in registers" : "broadcast where they are used");
    explain_cover(dw, text);
    text_puts(text, "Loops, outermost first: image, output channel, row of tiles, tile.\n");
    text_printf(text, "Packed weights: per output channel the bias, %u taps%s; %zu bytes in all.\n",
                layer->kernel_h * layer->kernel_w, layer->act == SEPCC_ACT_PRELU ? ", the slope" : "",
                plan->packed_bytes);
    text_printf(text, "Work unit: %u rows of tiles of %u planes", dw->unit, dw->block);
}
