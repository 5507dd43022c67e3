/*
 * facts_depthwise_nchw.c: the plan of a depthwise kernel in NCHW as facts.
 */
#include "facts/facts.h"
#include "plan/plan_internal.h"

/*
 * The input rows of a tile in ascending order, each with what it is used for as calls of the template's
 * T_USE(row, kernel row), and how many floats that may be read lie before and after it for every tile of the
 * band: those of the plane, or the margin of a window.
 */
static void line_facts(struct text *facts, const struct axis *axis, const struct axis_band *band, unsigned b,
                       unsigned width, unsigned margin)
{
    unsigned lines = 0;
    for (long at = -1; (at = schedule_next(axis, band, 0, axis->kernel, at)) >= 0; ++lines) {
        struct text calls = {0};
        const unsigned first = band->in_first + (unsigned)at,
                       last = first + (band->count - 1) * band->in_step;
        for (unsigned i = 0; i < band->size; ++i) {
            const int tap = schedule_tap(axis, band, 0, axis->kernel, at, i);
            if (tap >= 0)
                text_printf(&calls, "T_USE(%u, %d)", i, tap);
        }
        fact_number(facts, (unsigned)at, "ROW_%u_LINE_%u_AT", b, lines);
        fact_number(facts, margin > 0 ? margin : (size_t)first * width, "ROW_%u_LINE_%u_BEFORE", b, lines);
        fact_number(facts, margin > 0 ? margin : (size_t)(axis->in - 1 - last) * width,
                    "ROW_%u_LINE_%u_AFTER", b, lines);
        fact_calls(facts, &calls, "ROW_%u_LINE_%u_USES", b, lines);
    }
    fact_number(facts, lines, "ROW_%u_LINES", b);
}

/* The kernel rows that a band uses at all, as calls of T_KERNEL_ROW(kernel row). */
static void kernel_row_facts(struct text *facts, const struct axis *axis, const struct axis_band *band,
                             unsigned b)
{
    struct text calls = {0};
    for (unsigned y = 0; y < axis->kernel; ++y)
        for (unsigned i = 0; i < band->size; ++i)
            if (band->taps[i].low <= y && y < band->taps[i].high) {
                text_printf(&calls, "T_KERNEL_ROW(%u)", y);
                break;
            }
    fact_calls(facts, &calls, "ROW_%u_KERNEL_ROWS", b, 0);
}

/* The kernel columns that any output uses, as calls of T_KERNEL_COLUMN(kernel column). */
static void kernel_column_facts(struct text *facts, const struct axis *axis)
{
    struct text calls = {0};
    for (unsigned x = 0; x < axis->kernel; ++x) {
        const struct lane_range range = lane_range_of(axis, 0, axis->out, x);
        if (range.low < range.high)
            text_printf(&calls, "T_KERNEL_COLUMN(%u)", x);
    }
    fact_calls(facts, &calls, "KERNEL_COLUMNS", 0, 0);
}

static void row_facts(struct text *facts, const struct depthwise_nchw_plan *dw, const struct axis *axis,
                      unsigned width)
{
    fact_number(facts, dw->row_band_count, "ROWS");
    fact_number(facts, dw->row_tile_count, "ROW_TILES");
    for (unsigned b = 0; b < dw->row_band_count; ++b) {
        const struct axis_band *band = &dw->row_bands[b];
        fact_band(facts, band, "ROW", b);
        fact_number(facts, band->taps[0].low, "ROW_%u_TAP_LOW", b);
        fact_number(facts, band->taps[0].high, "ROW_%u_TAP_HIGH", b);
        if (dw->unroll == UNROLL_FULL) {
            line_facts(facts, axis, band, b, width, dw->margin);
            kernel_row_facts(facts, axis, band, b);
        }
    }
}

/*
 * What the vectors of a tile of columns read for a tap, as calls of T_VECTOR(vector, column, low, high, keep
 * low, keep high, under, over): lanes low .. high-1 are inside the image, the first of them at the column;
 * the accumulator's lanes outside keep low .. keep high-1 must stay; a full vector would begin `under` floats
 * before the input row and end `over` after it. Returns whether there are any.
 */
static bool tap_fact(struct text *facts, const struct axis *axis, const struct lane_band *band,
                     unsigned lanes, unsigned b, unsigned tap)
{
    struct text calls = {0};
    for (unsigned v = 0; v < band->vectors; ++v) {
        const struct lane_range range = lane_range_of(axis, band->out[v], band->lanes, tap);
        if (range.low == range.high)
            continue;
        const long first = axis_position(axis, band->out[v], tap);
        const long end = first + (long)(lanes - 1) * axis->stride - (long)(axis->in - 1);
        /* Lanes that do not exist may be changed. */
        const unsigned keep_high = range.high == band->lanes ? lanes : range.high;
        text_printf(&calls, "T_VECTOR(%u, %ld, %u, %u, %u, %u, %ld, %ld)", v,
                    first + (long)range.low * axis->stride, range.low, range.high, range.low, keep_high,
                    first < 0 ? -first : 0, end > 0 ? end : 0);
    }
    const bool any = calls.length > 0;
    fact_calls(facts, &calls, "COLUMN_%u_TAP_%u", b, tap);
    return any;
}

static void column_facts(struct text *facts, const struct depthwise_nchw_plan *dw, const struct axis *axis,
                         unsigned lanes)
{
    fact_number(facts, dw->column_band_count, "COLUMNS");
    kernel_column_facts(facts, axis);
    for (unsigned b = 0; b < dw->column_band_count; ++b) {
        const struct lane_band *band = &dw->column_bands[b];
        fact_number(facts, band->count, "COLUMN_%u_COUNT", b);
        fact_number(facts, band->vectors, "COLUMN_%u_VECTORS", b);
        fact_number(facts, band->lanes, "COLUMN_%u_LANES", b);
        for (unsigned v = 0; v < band->vectors; ++v)
            fact_number(facts, band->out[v], "COLUMN_%u_VECTOR_%u_OUT", b, v);
        unsigned used = 0;
        for (unsigned tap = 0; tap < axis->kernel; ++tap)
            used += tap_fact(facts, axis, band, lanes, b, tap);
        fact_number(facts, used, "COLUMN_%u_USED", b);
    }
}

static void uniform_facts(struct text *facts, const struct depthwise_nchw_plan *dw)
{
    fact_number(facts, dw->uniform_band_count, "UNIFORMS");
    for (unsigned b = 0; b < dw->uniform_band_count; ++b) {
        const struct axis_band *band = &dw->uniform_bands[b];
        fact_band(facts, band, "UNIFORM", b);
        fact_number(facts, band->taps[0].low, "UNIFORM_%u_TAP_LOW", b);
        fact_number(facts, band->taps[0].high, "UNIFORM_%u_TAP_HIGH", b);
    }
}

void facts_depthwise_nchw(struct kernel *kernel)
{
    static const char *const unrolls[] = {"full", "row", "none"};
    const struct depthwise_nchw_plan *dw = &kernel->plan.as.depthwise_nchw;
    const struct sepcc_layer *layer = &kernel->spec.stage.layer[0];
    const struct axis rows = axis_rows(layer), columns = axis_columns(layer);
    struct text *facts = &kernel->facts;
    fact_string(facts, unrolls[dw->unroll], "UNROLL");
    fact_number(facts, dw->held, "HELD");
    fact_number(facts, dw->apart, "TAPS_APART");
    fact_number(facts, dw->in_step, "IN_STEP");
    fact_number(facts, dw->out_step, "OUT_STEP");
    fact_number(facts, dw->channel_floats, "CHANNEL_FLOATS");
    fact_number(facts, dw->block, "BLOCK");
    fact_number(facts, (layer->out_c + dw->block - 1) / dw->block, "GROUP_TOTAL");
    fact_number(facts, dw->unit, "UNIT");
    fact_number(facts, (dw->row_tile_count + dw->unit - 1) / dw->unit, "SLICES");
    row_facts(facts, dw, &rows, layer->in_w);
    column_facts(facts, dw, &columns, kernel->isa->lanes);
    uniform_facts(facts, dw);
    tile_size_facts(facts, dw->row_bands, dw->row_band_count, "HEIGHT");
}
