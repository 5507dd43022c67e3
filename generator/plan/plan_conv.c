/*
 * plan_conv.c: choosing the register tile, the code of the borders and the work units of a standard
 * convolution.
 *
 * A register tile of neighbouring output columns x channel vectors walks over the kernel rows inside the
 * image, and in each over its kernel columns and all input channels: a pointwise tile whose sum is longer.
 * Panels of packed weights lie one after the other. docs/plan.md has the reasoning.
 */
#include "plan/operation.h"
#include "plan/plan_internal.h"

#include <float.h>
#include <stdlib.h>
#include <string.h>

struct chooser {
    const struct spec *spec;
    const struct sepcc_layer *layer;
    const struct isa *isa;
    bool planes;    /* NCHW */
    unsigned group; /* input channels of a pixel that one load takes */
    unsigned depth; /* terms of a sum: all taps and input channels */
};

unsigned conv_group(const struct plan *plan)
{
    return plan->operation->layout == SEPCC_NHWC ? plan->isa->k_group : 1;
}

/* ---- bands ----------------------------------------------------------------------------------------- */

/* The outputs of a tile that use a kernel column: low .. high-1, as windows move on from output to output. */
static struct conv_run run_of(const struct axis *columns, const struct axis_band *band, unsigned tap)
{
    struct conv_run run = {.tap = tap, .taps = 1};
    while (run.low < band->size && (tap < band->taps[run.low].low || tap >= band->taps[run.low].high))
        ++run.low;
    run.high = run.low;
    while (run.high < band->size && tap >= band->taps[run.high].low && tap < band->taps[run.high].high)
        ++run.high;
    if (run.low < band->size)
        run.at = band->taps[run.low].at + (tap - band->taps[run.low].low) * columns->dilation;
    return run;
}

unsigned conv_runs(const struct axis *columns, const struct axis_band *band,
                   struct conv_run runs[CONV_RUN_MAX])
{
    unsigned count = 0;
    for (unsigned tap = 0; tap < columns->kernel; ++tap) {
        const struct conv_run run = run_of(columns, band, tap);
        struct conv_run *last = count > 0 ? &runs[count - 1] : NULL;
        if (run.low == run.high)
            continue;
        if (last != NULL && last->tap + last->taps == tap && last->low == run.low && last->high == run.high)
            ++last->taps;
        else
            runs[count++] = run;
    }
    return count;
}

unsigned conv_kinds(const struct conv_plan *cv, struct conv_kind kinds[CONV_KIND_MAX])
{
    unsigned count = 0;
    for (unsigned q = 0; q < cv->panel_block_kinds; ++q)
        for (unsigned j = 0; j < cv->panel_blocks[q].band_count; ++j) {
            const struct panel_band *panel = &cv->panel_blocks[q].bands[j];
            unsigned k = 0;
            while (k < count && (kinds[k].vectors != panel->vectors || kinds[k].lanes != panel->lanes))
                ++k;
            if (k == count)
                kinds[count++] = (struct conv_kind){panel->vectors, panel->lanes};
        }
    return count;
}

/* Bands of columns for a form of the code; *bands is freed first. */
static enum exit_status cover_bands(const struct axis *axis, unsigned size, enum unroll unroll,
                                    struct axis_band **bands, unsigned *count)
{
    struct band_list list = {0};
    free(*bands);
    if (unroll == UNROLL_FULL)
        cover_mixed(axis, size, &list);
    else
        cover_uniform(axis, size, &list);
    *bands = list.items;
    *count = list.count;
    return list.failed ? diag_memory() : STATUS_DONE;
}

/* ---- the register tile ----------------------------------------------------------------------------- */

/*
 * Registers of a tile. Where an FMA cannot read memory, compilers load several broadcasts ahead of their use,
 * and keep vectors on the stack for them when the registers are just enough (8 x 3 on neon; 7 x 3 is well).
 */
static unsigned registers_needed(const struct chooser *chooser, unsigned columns, unsigned vectors)
{
    const struct isa *isa = chooser->isa;
    const unsigned ahead = chooser->group == 1 && isa->lanes > 1 && !isa->memory_operand ? 5 : 0;
    return panel_registers(isa, chooser->group, columns, vectors) + ahead;
}

static bool fits(const struct chooser *chooser, unsigned columns, unsigned vectors)
{
    return registers_needed(chooser, columns, vectors) < chooser->isa->registers;
}

/* Cycles of one tile: its K steps, then stores and the turn of the loops around it. */
static double tile_cycles(const struct chooser *chooser, unsigned columns, unsigned vectors)
{
    const double sums = (double)columns * vectors;
    const double step = panel_step_cycles(chooser->isa, chooser->depth, chooser->group, columns, vectors);
    /* Each float of a tile goes to its plane by itself. */
    const double scattered = chooser->planes ? sums * chooser->isa->lanes : 0;
    return chooser->depth * step + 10 + (sums + scattered) / chooser->isa->stores;
}

/* Modelled cycles of the whole layer with that tile; borders count as if they had all taps. */
static double tile_cost(const struct chooser *chooser, unsigned columns, unsigned vectors)
{
    const struct sepcc_layer *layer = chooser->layer;
    struct pixel_band tiles[2], panels[2];
    const unsigned tile_kinds = split_even(layer->out_w, columns, tiles);
    const unsigned panel_kinds = split_even(divide_up(layer->out_c, chooser->isa->lanes), vectors, panels);
    double cycles = 0;
    for (unsigned t = 0; t < tile_kinds; ++t)
        for (unsigned p = 0; p < panel_kinds; ++p)
            cycles += (double)tiles[t].count * panels[p].count *
                      tile_cycles(chooser, tiles[t].size, panels[p].size);
    return cycles * layer->out_h * chooser->spec->stage.batch;
}

static enum exit_status tile_refuse(const struct chooser *chooser, const struct plan_request *request,
                                    struct position at, unsigned vectors_most)
{
    if (request->columns > chooser->layer->out_w || request->vectors > vectors_most)
        return plan_refuse(at, "a tile of %u columns x %u vectors, expected at most %u x %u",
                           request->columns, request->vectors, chooser->layer->out_w, vectors_most);
    const unsigned columns = request->columns != 0 ? request->columns : 1,
                   vectors = request->vectors != 0 ? request->vectors : 1;
    return plan_refuse(at,
                       "a tile of %u columns x %u vectors needs %u vector registers, expected fewer than the "
                       "%u of %s",
                       columns, vectors, registers_needed(chooser, columns, vectors), chooser->isa->registers,
                       chooser->isa->name);
}

static enum exit_status tile_choose(const struct chooser *chooser, const struct plan_request *request,
                                    struct position at, struct conv_plan *cv)
{
    const unsigned columns_most = minimum(chooser->layer->out_w, PLAN_TILE_MAX);
    const unsigned vectors_most =
        minimum(divide_up(chooser->layer->out_c, chooser->isa->lanes), PLAN_VECTOR_MAX);
    double best = DBL_MAX;
    for (unsigned columns = 1; columns <= columns_most; ++columns)
        for (unsigned vectors = 1; vectors <= vectors_most; ++vectors) {
            if ((request->columns != 0 && columns != request->columns) ||
                (request->vectors != 0 && vectors != request->vectors) || !fits(chooser, columns, vectors))
                continue;
            const double cost = tile_cost(chooser, columns, vectors);
            if (cost < best) {
                best = cost;
                cv->columns = columns;
                cv->vectors = vectors;
            }
        }
    return cv->columns != 0 ? STATUS_DONE : tile_refuse(chooser, request, at, vectors_most);
}

/* ---- work units ------------------------------------------------------------------------------------ */

/*
 * Units to share among threads: of rows, as long as all weights stay in the second-level cache while the
 * units pass; where they do not, output channels are divided first. A unit's input rows stay there, too.
 */
static void units_choose(const struct chooser *chooser, const struct plan_request *request,
                         struct conv_plan *cv)
{
    const struct sepcc_layer *layer = chooser->layer;
    const size_t input_most = (size_t)128 * 1024, weights_most = (size_t)512 * 1024;
    const size_t row_bytes = (size_t)layer->stride_h * layer->in_w * layer->in_c * sizeof(float);
    const size_t rows_most = input_most / row_bytes > 0 ? input_most / row_bytes : 1;
    const double outputs = (double)layer->out_h * layer->out_w * layer->out_c * chooser->spec->stage.batch;
    const unsigned batch = chooser->spec->stage.batch, wanted = units_useful(outputs * chooser->depth);
    const unsigned rows_shared = layer->out_h / divide_up(wanted, batch);
    cv->unit = rows_most < layer->out_h ? (unsigned)rows_most : layer->out_h;
    if ((double)chooser->depth * layer->out_c * sizeof(float) <= (double)weights_most)
        cv->unit = minimum(cv->unit, rows_shared > 0 ? rows_shared : 1);
    if (request->unit != 0)
        cv->unit = request->unit;
    cv->slices = divide_up(layer->out_h, cv->unit);
    const double row_units = (double)batch * cv->slices;
    const unsigned panel = cv->vectors * chooser->isa->lanes, panels = divide_up(layer->out_c, panel);
    cv->channels = layer->out_c;
    if (request->channels != 0)
        cv->channels = request->channels;
    else if (row_units < wanted)
        cv->channels =
            minimum(share_even(panels, divide_up(wanted, (unsigned)row_units)) * panel, layer->out_c);
}

static enum exit_status request_check(const struct chooser *chooser, const struct plan_request *request,
                                      struct position at)
{
    const struct sepcc_layer *layer = chooser->layer;
    const unsigned lanes = chooser->isa->lanes;
    if (request->unroll == UNROLL_ROW)
        return plan_refuse(at, "unroll=row, expected full or none for a conv");
    if (request->unit > layer->out_h)
        return plan_refuse(at, "unit=%u, expected at most the %u output rows", request->unit, layer->out_h);
    if (request->channels > layer->out_c)
        return plan_refuse(at, "channels=%u, expected at most %u", request->channels, layer->out_c);
    if (request->channels % lanes != 0 && request->channels != layer->out_c)
        return plan_refuse(at, "channels=%u, expected a multiple of the %u lanes of %s, or all %u",
                           request->channels, lanes, chooser->isa->name, layer->out_c);
    if (request->unroll_k % chooser->group != 0)
        return plan_refuse(at, "unroll_k=%u, expected a multiple of %u on %s", request->unroll_k,
                           chooser->group, chooser->isa->name);
    return STATUS_DONE;
}

/* ---- code ------------------------------------------------------------------------------------------ */

/* Bytes of a tile's code: of its K loops, each with a rest behind it, and of start and end. */
static double tile_bytes(const struct chooser *chooser, const struct conv_plan *cv,
                         const struct axis_band *band, unsigned vectors)
{
    const struct axis columns = axis_columns(chooser->layer);
    struct conv_run runs[CONV_RUN_MAX];
    const unsigned count = conv_runs(&columns, band, runs);
    double bytes = 64 + (double)band->size * vectors * 24;
    for (unsigned r = 0; r < count; ++r) {
        const double outputs = runs[r].high - runs[r].low;
        const struct work step = {.fmas = outputs * vectors, .loads = outputs + vectors};
        bytes += 32 + 1.5 * cv->unroll_k * work_bytes(chooser->isa, &step);
    }
    return bytes;
}

/* Bytes of code: one body per band of columns (unroll=none: per size of tile) and kind of panel. */
static size_t code_bytes(const struct chooser *chooser, const struct conv_plan *cv)
{
    struct conv_kind kinds[CONV_KIND_MAX];
    const unsigned kind_count = conv_kinds(cv, kinds);
    double bytes = 1024;
    bool seen[PLAN_TILE_MAX + 1] = {false};
    for (unsigned c = 0; c < cv->column_band_count; ++c) {
        const struct axis_band *band = &cv->column_bands[c];
        if (cv->unroll == UNROLL_NONE && seen[band->size])
            continue;
        seen[band->size] = true;
        for (unsigned k = 0; k < kind_count; ++k)
            bytes += tile_bytes(chooser, cv, band, kinds[k].vectors);
    }
    return (size_t)bytes;
}

/* Sets a form of the code, and its bands and bytes. */
static enum exit_status code_set(const struct chooser *chooser, enum unroll unroll, unsigned unroll_k,
                                 struct plan *plan)
{
    struct conv_plan *cv = &plan->as.conv;
    const struct axis columns = axis_columns(chooser->layer);
    cv->unroll = unroll;
    cv->unroll_k = unroll_k;
    const enum exit_status status =
        cover_bands(&columns, cv->columns, unroll, &cv->column_bands, &cv->column_band_count);
    if (status == STATUS_DONE)
        plan->code_bytes = code_bytes(chooser, cv);
    return status;
}

/* The first form within the budget of: all unrolled, shorter turns of the K loop, a table of bands. */
static enum exit_status code_choose(const struct chooser *chooser, const struct plan_request *request,
                                    struct position at, struct plan *plan)
{
    const unsigned usual = chooser->group > 4 ? chooser->group : 4, shortest = chooser->group;
    const struct {
        enum unroll unroll;
        unsigned unroll_k;
    } forms[] = {
        {UNROLL_FULL, usual}, {UNROLL_FULL, shortest}, {UNROLL_NONE, usual}, {UNROLL_NONE, shortest}};
    plan->code_bytes = SIZE_MAX;
    for (size_t i = 0; i < sizeof forms / sizeof forms[0] && plan->code_bytes > plan->budget; ++i) {
        if (request->unroll >= 0 && request->unroll != (int)forms[i].unroll)
            continue;
        const unsigned unroll_k = request->unroll_k != 0 ? request->unroll_k : forms[i].unroll_k;
        const enum exit_status status = code_set(chooser, forms[i].unroll, unroll_k, plan);
        if (status != STATUS_DONE)
            return status;
    }
    if (plan->code_bytes <= plan->budget)
        return STATUS_DONE;
    return plan_refuse(at,
                       "its code is about %zu bytes, expected at most the budget of %u (a smaller tile or "
                       "unroll_k, unroll=none, or a larger budget)",
                       plan->code_bytes, plan->budget);
}

/* ---- all of it ------------------------------------------------------------------------------------- */

/* Sizes and counts that follow from the blocks. */
static void plan_complete(const struct chooser *chooser, struct plan *plan)
{
    struct conv_plan *cv = &plan->as.conv;
    for (unsigned kind = 0; kind < cv->panel_block_kinds; ++kind)
        cv->vector_count += cv->panel_blocks[kind].count * cv->panel_blocks[kind].vectors;
    const size_t slope = chooser->layer->act == SEPCC_ACT_PRELU;
    cv->vector_floats = plan->isa->lanes * (1 + (size_t)chooser->depth + slope);
    plan->cycles = tile_cost(chooser, cv->columns, cv->vectors);
    plan->packed_bytes = aligned_bytes(cv->vector_count * cv->vector_floats);
    plan->unit_count = (size_t)chooser->spec->stage.batch * cv->slices * cv->panel_block_total;
    plan->accumulators = cv->columns * cv->vectors;
    plan->registers = registers_needed(chooser, cv->columns, cv->vectors);
}

static enum exit_status plan_fill(const struct chooser *chooser, const struct plan_request *request,
                                  struct position at, struct plan *plan)
{
    struct conv_plan *cv = &plan->as.conv;
    const struct axis rows = axis_rows(chooser->layer);
    enum exit_status status = request_check(chooser, request, at);
    if (status == STATUS_DONE)
        status = tile_choose(chooser, request, at, cv);
    if (status != STATUS_DONE)
        return status;
    units_choose(chooser, request, cv);
    cv->panel_block_kinds =
        cover_panels(chooser->layer->out_c, cv->channels, plan->isa->lanes, cv->vectors, cv->panel_blocks);
    cv->panel_block_total = divide_up(chooser->layer->out_c, cv->channels);
    status = code_choose(chooser, request, at, plan);
    if (status == STATUS_DONE)
        status = cover_bands(&rows, 1, UNROLL_NONE, &cv->row_bands, &cv->row_band_count);
    if (status == STATUS_DONE)
        plan_complete(chooser, plan);
    return status;
}

enum exit_status plan_conv(const struct spec *spec, const struct plan_request *request, struct position at,
                           struct plan *plan)
{
    const struct sepcc_layer *layer = &spec->stage.layer[0];
    const struct chooser chooser = {.spec = spec,
                                    .layer = layer,
                                    .isa = plan->isa,
                                    .planes = plan->operation->layout == SEPCC_NCHW,
                                    .group = conv_group(plan),
                                    .depth = layer->kernel_h * layer->kernel_w * layer->in_c};
    const enum exit_status status = plan_fill(&chooser, request, at, plan);
    if (status != STATUS_DONE)
        plan_conv_free(plan);
    return status;
}

void plan_conv_free(struct plan *plan)
{
    struct conv_plan *cv = &plan->as.conv;
    free(cv->row_bands);
    free(cv->column_bands);
    cv->row_bands = cv->column_bands = NULL;
}

void plan_conv_request(const struct plan *plan, struct plan_request *request)
{
    const struct conv_plan *cv = &plan->as.conv;
    request->columns = cv->columns;
    request->vectors = cv->vectors;
    request->channels = cv->channels;
    request->unit = cv->unit;
    request->unroll_k = cv->unroll_k;
    request->unroll = (int)cv->unroll;
}
