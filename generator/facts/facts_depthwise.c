/*
 * facts_depthwise.c: the plan of a depthwise kernel as facts.
 */
#include "facts/facts.h"
#include "plan/plan_internal.h"

#include <stdio.h>

/*
 * Which rows of a tile use kernel row y, as calls of the template's T_ROW(row, input row): a list that m4 can
 * print without searching. Empty when none does.
 */
static void kernel_row_fact(struct text *facts, const struct axis *axis, const struct axis_band *band,
                            unsigned b, unsigned y)
{
    struct text calls = {0};
    for (unsigned i = 0; i < band->size; ++i) {
        const struct tap_range *range = &band->taps[i];
        if (range->low <= y && y < range->high)
            text_printf(&calls, "T_ROW(%u, %u)", i, range->at + (y - range->low) * axis->dilation);
    }
    fact_calls(facts, &calls, "ROW_%u_KERNEL_%u", b, y);
}

/*
 * One input row of a tile, as two lists of calls: T_KERNEL_ROW(y) for the kernel rows that no row before
 * uses, then T_ROW_USE(row, y) for the output rows that it gives to.
 */
static void line_fact(struct text *facts, const struct axis *axis, const struct axis_band *band, unsigned b,
                      unsigned line, long at, bool known[])
{
    struct text rows = {0}, uses = {0};
    for (unsigned i = 0; i < band->size; ++i) {
        const int y = schedule_tap(axis, band, 0, axis->kernel, at, i);
        if (y < 0)
            continue;
        if (!known[y])
            text_printf(&rows, "T_KERNEL_ROW(%d)", y);
        known[y] = true;
        text_printf(&uses, "T_ROW_USE(%u, %d)", i, y);
    }
    fact_number(facts, (unsigned)at, "ROW_%u_LINE_%u_AT", b, line);
    fact_calls(facts, &rows, "ROW_%u_LINE_%u_KERNEL_ROWS", b, line);
    fact_calls(facts, &uses, "ROW_%u_LINE_%u_USES", b, line);
}

static void line_facts(struct text *facts, const struct axis *axis, const struct axis_band *band, unsigned b)
{
    bool known[256] = {false};
    unsigned line = 0;
    for (long at = -1; (at = schedule_next(axis, band, 0, axis->kernel, at)) >= 0; ++line)
        line_fact(facts, axis, band, b, line, at, known);
    fact_number(facts, line, "ROW_%u_LINES", b);
}

static void row_facts(struct text *facts, const struct depthwise_plan *dw, const struct axis *axis)
{
    fact_number(facts, dw->row_band_count, "ROWS");
    for (unsigned b = 0; b < dw->row_band_count; ++b) {
        const struct axis_band *band = &dw->row_bands[b];
        fact_band(facts, band, "ROW", b);
        if (dw->unroll != UNROLL_FULL) {
            fact_number(facts, band->taps[0].low, "ROW_%u_TAP_LOW", b);
            fact_number(facts, band->taps[0].high, "ROW_%u_TAP_HIGH", b);
            continue;
        }
        if (dw->order == TAPS_BY_INPUT_ROW) {
            line_facts(facts, axis, band, b);
            continue;
        }
        for (unsigned y = 0; y < axis->kernel; ++y)
            kernel_row_fact(facts, axis, band, b, y);
    }
}

/*
 * One chunk of kernel columns as two lists of calls: T_WEIGHT(tap) for the weights it holds, then
 * T_INPUT(load, input column) for each input column, followed by T_USE(load, output column, tap) for what it
 * is used for. Both empty when the chunk has no tap inside the image.
 */
static void chunk_facts(struct text *facts, const struct axis *axis, const struct axis_band *band, unsigned b,
                        unsigned chunk, unsigned low, unsigned high)
{
    bool used[256] = {false};
    struct text weights = {0}, inputs = {0};
    unsigned load = 0;
    for (long at = -1; (at = schedule_next(axis, band, low, high, at)) >= 0; ++load) {
        text_printf(&inputs, "T_INPUT(%u, %ld)", load, at);
        for (unsigned i = 0; i < band->size; ++i) {
            const int tap = schedule_tap(axis, band, low, high, at, i);
            if (tap < 0)
                continue;
            used[tap] = true;
            text_printf(&inputs, "T_USE(%u, %u, %d)", load, i, tap);
        }
    }
    for (unsigned tap = low; tap < high; ++tap)
        if (used[tap])
            text_printf(&weights, "T_WEIGHT(%u)", tap);
    fact_calls(facts, &weights, "COLUMN_%u_CHUNK_%u_WEIGHTS", b, chunk);
    fact_calls(facts, &inputs, "COLUMN_%u_CHUNK_%u_INPUTS", b, chunk);
}

static void column_facts(struct text *facts, const struct depthwise_plan *dw, const struct axis *axis)
{
    fact_number(facts, dw->column_band_count, "COLUMNS");
    for (unsigned b = 0; b < dw->column_band_count; ++b) {
        const struct axis_band *band = &dw->column_bands[b];
        fact_band(facts, band, "COLUMN", b);
        if (dw->unroll == UNROLL_NONE) {
            fact_number(facts, band->taps[0].low, "COLUMN_%u_TAP_LOW", b);
            fact_number(facts, band->taps[0].high, "COLUMN_%u_TAP_HIGH", b);
            continue;
        }
        unsigned chunk = 0;
        for (unsigned low = 0; low < axis->kernel; low += dw->hold, ++chunk) {
            const unsigned high = low + dw->hold < axis->kernel ? low + dw->hold : axis->kernel;
            chunk_facts(facts, axis, band, b, chunk, low, high);
        }
        fact_number(facts, chunk, "COLUMN_%u_CHUNKS", b);
    }
}

void tile_size_facts(struct text *facts, const struct axis_band *bands, unsigned band_count, const char *what)
{
    bool seen[PLAN_TILE_MAX + 1] = {false};
    unsigned sizes = 0;
    for (unsigned b = 0; b < band_count; ++b)
        seen[bands[b].size] = true;
    for (unsigned size = 1; size <= PLAN_TILE_MAX; ++size)
        if (seen[size])
            fact_number(facts, size, "%s_%u", what, sizes++);
    fact_number(facts, sizes, "%sS", what);
}

static void position_facts(struct text *facts, const struct channel_position *position, unsigned band,
                           const char *what)
{
    fact_number(facts, position->out, "BAND_%u_%s_OUT", band, what);
    fact_number(facts, position->in, "BAND_%u_%s_IN", band, what);
    fact_number(facts, position->vector, "BAND_%u_%s_VECTOR", band, what);
}

static void channel_facts(struct text *facts, const struct depthwise_plan *dw)
{
    static const char *const sources[] = {"plain", "spread", "dup"};
    fact_string(facts, sources[dw->lanes], "LANES");
    fact_number(facts, dw->channel_band_count, "BANDS");
    for (unsigned b = 0; b < dw->channel_band_count; ++b) {
        const struct channel_band *band = &dw->channel_bands[b];
        fact_number(facts, band->count, "BAND_%u_COUNT", b);
        fact_number(facts, band->repeat, "BAND_%u_REPEAT", b);
        position_facts(facts, &band->first, b, "FIRST");
        position_facts(facts, &band->step, b, "STEP");
        position_facts(facts, &band->stride, b, "STRIDE");
        fact_number(facts, band->vector_count, "BAND_%u_VECTORS", b);
        for (unsigned v = 0; v < band->vector_count; ++v) {
            const struct channel_vector *vector = &band->vectors[v];
            fact_number(facts, vector->out_offset, "BAND_%u_VECTOR_%u_OUT", b, v);
            fact_number(facts, vector->in_offset, "BAND_%u_VECTOR_%u_IN", b, v);
            fact_number(facts, vector->lanes, "BAND_%u_VECTOR_%u_LANES", b, v);
            fact_number(facts, vector->in_lanes, "BAND_%u_VECTOR_%u_IN_LANES", b, v);
            fact_number(facts, vector->phase, "BAND_%u_VECTOR_%u_PHASE", b, v);
        }
    }
    fact_number(facts, dw->channel_group_count, "GROUPS");
    fact_number(facts, dw->channel_group_total, "GROUP_TOTAL");
    for (unsigned g = 0; g < dw->channel_group_count; ++g) {
        const struct channel_group *group = &dw->channel_groups[g];
        fact_number(facts, group->count, "GROUP_%u_COUNT", g);
        fact_number(facts, group->size.out, "GROUP_%u_OUT", g);
        fact_number(facts, group->size.in, "GROUP_%u_IN", g);
        fact_number(facts, group->size.vector, "GROUP_%u_VECTORS", g);
        fact_number(facts, group->first_band, "GROUP_%u_BAND_LOW", g);
        fact_number(facts, group->first_band + group->band_count, "GROUP_%u_BAND_HIGH", g);
    }
}

void facts_depthwise(struct kernel *kernel)
{
    static const char *const unrolls[] = {"full", "row", "none"};
    static const char *const orders[] = {"kernel", "apart", "input"};
    const struct depthwise_plan *dw = &kernel->plan.as.depthwise;
    const struct axis rows = axis_rows(&kernel->spec.stage.layer[0]);
    const struct axis columns = axis_columns(&kernel->spec.stage.layer[0]);
    fact_string(&kernel->facts, unrolls[dw->unroll], "UNROLL");
    fact_string(&kernel->facts, orders[dw->order], "TAP_ORDER");
    fact_number(&kernel->facts, dw->columns_apart, "COLUMNS_APART");
    fact_number(&kernel->facts, dw->sums_apart, "SUMS_APART");
    fact_number(&kernel->facts, dw->vector_floats, "VECTOR_FLOATS");
    fact_number(&kernel->facts, dw->row_tile_count, "ROW_TILES");
    fact_number(&kernel->facts, dw->prefetch == PREFETCH_INPUT, "PREFETCH_INPUT");
    fact_number(&kernel->facts, dw->prefetch != PREFETCH_NO, "PREFETCH_OUTPUT");
    row_facts(&kernel->facts, dw, &rows);
    column_facts(&kernel->facts, dw, &columns);
    tile_size_facts(&kernel->facts, dw->row_bands, dw->row_band_count, "HEIGHT");
    tile_size_facts(&kernel->facts, dw->column_bands, dw->column_band_count, "WIDTH");
    channel_facts(&kernel->facts, dw);
}
