/*
 * facts_conv.c: the plan of a standard convolution as facts, for both layouts.
 */
#include "facts/facts.h"
#include "plan/operation.h"
#include "plan/plan_internal.h"

/* Distances in the tensors, in floats; 0 where one is never gone, as it might not fit. */
static void step_facts(struct text *facts, const struct sepcc_layer *layer, bool planes)
{
    const unsigned column = planes ? 1 : layer->in_c, row = layer->in_w * column;
    fact_number(facts, row, "IN_ROW");
    fact_number(facts, column, "IN_COLUMN");
    fact_number(facts, planes ? layer->in_h * layer->in_w : 1, "K_STEP");
    fact_number(facts, layer->dilation_h < layer->in_h ? layer->dilation_h * row : 0, "TAP_ROW");
    fact_number(facts, layer->dilation_w < layer->in_w ? layer->dilation_w * column : 0, "TAP_COLUMN");
    fact_number(facts, layer->stride_w < layer->in_w ? layer->stride_w * column : 0, "PIXEL_IN");
    fact_number(facts, planes ? layer->out_w : layer->out_w * layer->out_c, "OUT_ROW");
    fact_number(facts, planes ? 1 : layer->out_c, "OUT_COLUMN");
    fact_number(facts, planes ? layer->out_h * layer->out_w : 1, "OUT_CHANNEL");
}

static void row_facts(struct text *facts, const struct conv_plan *cv)
{
    fact_number(facts, cv->unit, "UNIT_ROWS");
    fact_number(facts, cv->slices, "SLICES");
    fact_number(facts, cv->row_band_count, "ROWS");
    for (unsigned b = 0; b < cv->row_band_count; ++b) {
        const struct axis_band *band = &cv->row_bands[b];
        fact_number(facts, band->count, "ROW_%u_COUNT", b);
        fact_number(facts, band->out_first, "ROW_%u_OUT", b);
        fact_number(facts, band->in_first, "ROW_%u_IN", b);
        fact_number(facts, band->in_step, "ROW_%u_STEP", b);
        fact_number(facts, band->taps[0].low, "ROW_%u_TAP_LOW", b);
        fact_number(facts, band->taps[0].high, "ROW_%u_TAP_HIGH", b);
    }
}

/* The sizes of tiles that occur, where tiles of one size share their code. */
static void width_facts(struct text *facts, const struct conv_plan *cv)
{
    bool seen[PLAN_TILE_MAX + 1] = {false};
    unsigned count = 0;
    for (unsigned c = 0; c < cv->column_band_count; ++c) {
        const unsigned size = cv->column_bands[c].size;
        if (!seen[size])
            fact_number(facts, size, "WIDTH_%u", count++);
        seen[size] = true;
    }
    fact_number(facts, count, "WIDTHS");
}

static void column_facts(struct text *facts, const struct conv_plan *cv, const struct axis *columns)
{
    fact_number(facts, cv->column_band_count, "COLUMNS");
    for (unsigned b = 0; b < cv->column_band_count; ++b) {
        const struct axis_band *band = &cv->column_bands[b];
        struct conv_run runs[CONV_RUN_MAX];
        const unsigned count = conv_runs(columns, band, runs);
        fact_band(facts, band, "COLUMN", b);
        fact_number(facts, count, "COLUMN_%u_RUNS", b);
        for (unsigned r = 0; r < count; ++r) {
            fact_number(facts, runs[r].tap, "COLUMN_%u_RUN_%u_TAP", b, r);
            fact_number(facts, runs[r].taps, "COLUMN_%u_RUN_%u_TAPS", b, r);
            fact_number(facts, runs[r].low, "COLUMN_%u_RUN_%u_LOW", b, r);
            fact_number(facts, runs[r].high, "COLUMN_%u_RUN_%u_HIGH", b, r);
            fact_number(facts, runs[r].at, "COLUMN_%u_RUN_%u_AT", b, r);
        }
    }
}

static void kind_facts(struct text *facts, const struct conv_plan *cv)
{
    struct conv_kind kinds[CONV_KIND_MAX];
    const unsigned count = conv_kinds(cv, kinds);
    fact_number(facts, count, "KINDS");
    for (unsigned k = 0; k < count; ++k) {
        fact_number(facts, kinds[k].vectors, "KIND_%u_VECTORS", k);
        fact_number(facts, kinds[k].lanes, "KIND_%u_LANES", k);
    }
}

void facts_conv(struct kernel *kernel)
{
    const struct sepcc_layer *layer = &kernel->spec.stage.layer[0];
    const struct conv_plan *cv = &kernel->plan.as.conv;
    const bool planes = kernel->plan.operation->layout == SEPCC_NCHW;
    const struct axis columns = axis_columns(layer);
    struct text *facts = &kernel->facts;
    fact_number(facts, planes, "PLANES");
    fact_string(facts, cv->unroll == UNROLL_FULL ? "full" : "none", "UNROLL");
    fact_number(facts, cv->unroll_k, "UNROLL_K");
    fact_number(facts, cv->vector_floats, "VECTOR_FLOATS");
    step_facts(facts, layer, planes);
    row_facts(facts, cv);
    width_facts(facts, cv);
    column_facts(facts, cv, &columns);
    panel_facts(facts, cv->panel_blocks, cv->panel_block_kinds, cv->panel_block_total);
    kind_facts(facts, cv);
}
