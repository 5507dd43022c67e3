/*
 * plan_count.c: the multiply-adds, loads and stores of vectors that the register tiles of a plan issue in one
 * run, for the bound of a kernel's time.
 *
 * Counted is what the templates print in the tiles, whatever the compiler makes of it: a vector with empty
 * lanes and a part of a vector count as one. What is left out is little or differs by compiler: activations,
 * loops and addresses, shuffles, copies into a workspace.
 */
#include "plan/operation.h"
#include "plan/plan_internal.h"

/* Adds a piece of work that is done `times` times. */
static void work_add(struct work *work, double times, double fmas, double loads, double stores)
{
    work->fmas += times * fmas;
    work->loads += times * loads;
    work->stores += times * stores;
}

/* ---- depthwise ------------------------------------------------------------------------------------- */

/* What the outputs of a tile use along one axis. */
struct axis_use {
    unsigned taps;  /* over all outputs */
    unsigned used;  /* taps that any output uses */
    unsigned loads; /* input positions, each once in each chunk of `hold` taps */
};

static struct axis_use axis_use_of(const struct axis *axis, const struct axis_band *band, unsigned hold)
{
    struct axis_use use = {0, 0, 0};
    for (unsigned tap = 0; tap < axis->kernel; ++tap) {
        unsigned outputs = 0;
        for (unsigned i = 0; i < band->size; ++i)
            outputs += band->taps[i].low <= tap && tap < band->taps[i].high;
        use.taps += outputs;
        use.used += outputs > 0;
    }
    for (unsigned low = 0; low < axis->kernel; low += hold)
        for (long at = -1; (at = schedule_next(axis, band, low, low + hold, at)) >= 0;)
            ++use.loads;
    return use;
}

/* Vectors of output channels of all steps of a channel group, counted as often as they run in an image. */
static double group_vectors(const struct depthwise_plan *dw)
{
    double vectors = 0;
    for (unsigned g = 0; g < dw->channel_group_count; ++g) {
        const struct channel_group *group = &dw->channel_groups[g];
        for (unsigned b = group->first_band; b < group->first_band + group->band_count; ++b)
            vectors += (double)group->count * dw->channel_bands[b].count * dw->channel_bands[b].repeat *
                       dw->channel_bands[b].vector_count;
    }
    return vectors;
}

void plan_depthwise_count(const struct spec *spec, const struct plan *plan, struct work *work)
{
    const struct depthwise_plan *dw = &plan->as.depthwise;
    const struct sepcc_layer *layer = &spec->stage.layer[0];
    const struct axis rows = axis_rows(layer), columns = axis_columns(layer);
    const double vectors = group_vectors(dw) * spec->stage.batch;
    const unsigned once = 1 + (layer->act == SEPCC_ACT_PRELU); /* bias, slope */
    for (unsigned r = 0; r < dw->row_band_count; ++r) {
        const struct axis_band *row = &dw->row_bands[r];
        const struct axis_use y = axis_use_of(&rows, row, rows.kernel);
        for (unsigned c = 0; c < dw->column_band_count; ++c) {
            const struct axis_band *column = &dw->column_bands[c];
            const struct axis_use x = axis_use_of(&columns, column, dw->hold);
            const double input_rows = dw->order == TAPS_BY_INPUT_ROW ? y.loads : y.taps;
            work_add(work, vectors * row->count * column->count, (double)y.taps * x.taps,
                     once + (double)y.used * x.used + input_rows * x.loads, (double)row->size * column->size);
        }
    }
}

/* Vectors of a tile of a plane: pairs of a vector and a tap that any of its lanes sees, and such taps. */
static struct axis_use lane_use_of(const struct axis *axis, const struct lane_band *band)
{
    struct axis_use use = {0, 0, 0};
    for (unsigned tap = 0; tap < axis->kernel; ++tap) {
        unsigned vectors = 0;
        for (unsigned v = 0; v < band->vectors; ++v) {
            const struct lane_range range = lane_range_of(axis, band->out[v], band->lanes, tap);
            vectors += range.low < range.high;
        }
        use.taps += vectors;
        use.used += vectors > 0;
    }
    return use;
}

/* Vectors that hold `lanes` inputs a stride apart, which are shuffled together; at worst one for each. */
static double loads_of_lanes(const struct axis *axis, unsigned lanes)
{
    return axis->stride < lanes ? axis->stride : lanes;
}

/* Rows and columns of a plane as loops over taps: a vector or a single output at a time. */
static void count_looped(const struct depthwise_nchw_plan *dw, const struct axis *columns,
                         const struct axis_band *row, double planes, double once, struct work *work)
{
    const unsigned rows = row->taps[0].high - row->taps[0].low;
    for (unsigned c = 0; c < dw->uniform_band_count; ++c) {
        const struct axis_band *band = &dw->uniform_bands[c];
        const double taps = (double)rows * (band->taps[0].high - band->taps[0].low);
        work_add(work, planes * row->count * band->count, taps,
                 once + taps * (1 + loads_of_lanes(columns, band->size)), 1);
    }
}

/* Kernel columns that any output uses. */
static unsigned columns_used(const struct axis *axis)
{
    unsigned used = 0;
    for (unsigned tap = 0; tap < axis->kernel; ++tap) {
        const struct lane_range range = lane_range_of(axis, 0, axis->out, tap);
        used += range.low < range.high;
    }
    return used;
}

/* Calls of the code of a band of rows of tiles, which starts behind `before` of them: one for each work unit.
 */
static unsigned band_calls(const struct depthwise_nchw_plan *dw, const struct axis_band *row, unsigned before)
{
    return (before + row->count - 1) / dw->unit - before / dw->unit + 1;
}

void plan_depthwise_nchw_count(const struct spec *spec, const struct plan *plan, struct work *work)
{
    const struct depthwise_nchw_plan *dw = &plan->as.depthwise_nchw;
    const struct sepcc_layer *layer = &spec->stage.layer[0];
    const struct axis rows = axis_rows(layer), columns = axis_columns(layer);
    const double planes = (double)spec->stage.batch * layer->out_c;
    const bool full = dw->unroll == UNROLL_FULL;
    const double once = 1 + (layer->act == SEPCC_ACT_PRELU);
    const double used = columns_used(&columns);
    unsigned before = 0;
    for (unsigned r = 0; r < dw->row_band_count; ++r) {
        const struct axis_band *row = &dw->row_bands[r];
        const struct axis_use y = axis_use_of(&rows, row, rows.kernel);
        if (dw->unroll == UNROLL_NONE)
            count_looped(dw, &columns, row, planes, once, work);
        else if (full)
            work_add(work, planes * band_calls(dw, row, before), 0, once + (dw->held ? y.used * used : 0), 0);
        before += row->count;
        for (unsigned c = 0; c < dw->column_band_count; ++c) {
            const struct lane_band *band = &dw->column_bands[c];
            const struct axis_use x = lane_use_of(&columns, band);
            /* Straight-line code reads an input row once; bias and held taps are loaded once a call. */
            const double lines = full ? y.loads : y.taps;
            const double weights = dw->held ? 0 : (double)y.used * x.used + (full ? 0 : once);
            work_add(work, planes * row->count * band->count, (double)y.taps * x.taps,
                     lines * x.taps * loads_of_lanes(&columns, band->lanes) + weights,
                     (double)row->size * band->vectors);
        }
    }
}

/* ---- pointwise ------------------------------------------------------------------------------------- */

/* Loads of `count` values that lie one after the other, taken by groups. */
static unsigned grouped(unsigned count, unsigned group)
{
    return count / group + count % group;
}

/* Loads of a pixel's input channels in a K block: the turns of the loop are grouped each for itself. */
static double depth_loads(unsigned group, unsigned depth, unsigned unroll)
{
    const unsigned turns = depth / unroll;
    if (turns <= 1)
        return grouped(depth, group);
    return (double)turns * grouped(unroll, group) + grouped(depth % unroll, group);
}

/* What a tile of rows x vectors sums up in one K block. */
struct tile_sum {
    double rows, vectors;
    double shared, own; /* loads for each vector, for each row, besides the sums themselves */
    bool reads_add;     /* the last block adds what it loads for each sum */
};

static void count_tile(const struct depth_band *band, const struct tile_sum *sum, double times,
                       struct work *work)
{
    const double sums = sum->rows * sum->vectors;
    const double start = band->first ? 0 : sums, add = band->last && sum->reads_add ? sums : 0;
    work_add(work, times * band->count, sums * band->depth,
             start + add + sum->vectors * sum->shared + sum->rows * sum->own, sums);
}

/* All tiles of a block of pixels with all output channels; it runs `times` times. */
static void count_pixels(const struct sepcc_layer *layer, const struct plan *plan,
                         const struct pixel_block *block, bool reads_add, double times, struct work *work)
{
    const struct pointwise_plan *pw = &plan->as.pointwise;
    for (unsigned d = 0; d < pw->depth_band_count; ++d)
        for (unsigned q = 0; q < pw->panel_block_kinds; ++q)
            for (unsigned j = 0; j < pw->panel_blocks[q].band_count; ++j)
                for (unsigned i = 0; i < block->band_count; ++i) {
                    const struct depth_band *depth = &pw->depth_bands[d];
                    const struct panel_band *panel = &pw->panel_blocks[q].bands[j];
                    const unsigned slope = depth->last && layer->act == SEPCC_ACT_PRELU;
                    const struct tile_sum sum = {
                        .rows = block->bands[i].size,
                        .vectors = panel->vectors,
                        .shared = (double)depth->depth + depth->first + slope,
                        .own = depth_loads(plan->isa->k_group, depth->depth, pw->unroll_k),
                        .reads_add = reads_add,
                    };
                    count_tile(depth, &sum,
                               times * pw->panel_blocks[q].count * panel->count * block->bands[i].count,
                               work);
                }
}

void plan_pointwise_count(const struct spec *spec, const struct plan *plan, struct work *work)
{
    const struct pointwise_plan *pw = &plan->as.pointwise;
    for (unsigned p = 0; p < pw->pixel_block_kinds; ++p)
        count_pixels(&spec->stage.layer[0], plan, &pw->pixel_blocks[p], false,
                     (double)pw->line_count * pw->pixel_blocks[p].count, work);
}

/* The same of planes: all tiles of a block of pixels with all output channels; it runs `times` times. */
static void count_planes(const struct sepcc_layer *layer, const struct plan *plan,
                         const struct panel_block *block, bool reads_add, double times, struct work *work)
{
    const struct pointwise_nchw_plan *pw = &plan->as.pointwise_nchw;
    for (unsigned d = 0; d < pw->depth_band_count; ++d)
        for (unsigned q = 0; q < pw->channel_block_kinds; ++q)
            for (unsigned i = 0; i < block->band_count; ++i)
                for (unsigned j = 0; j < pw->channel_blocks[q].band_count; ++j) {
                    const struct depth_band *depth = &pw->depth_bands[d];
                    const struct pixel_band *channels = &pw->channel_blocks[q].bands[j];
                    const double weights = grouped(channels->size, plan->isa->k_group);
                    const unsigned slope = depth->last && layer->act == SEPCC_ACT_PRELU;
                    const struct tile_sum sum = {
                        .rows = channels->size,
                        .vectors = block->bands[i].vectors,
                        .shared = depth->depth,
                        .own = depth->depth * weights / channels->size + depth->first + slope,
                        .reads_add = reads_add,
                    };
                    count_tile(depth, &sum,
                               times * block->bands[i].count * pw->channel_blocks[q].count * channels->count,
                               work);
                }
}

void plan_pointwise_nchw_count(const struct spec *spec, const struct plan *plan, struct work *work)
{
    const struct pointwise_nchw_plan *pw = &plan->as.pointwise_nchw;
    for (unsigned p = 0; p < pw->pixel_block_kinds; ++p)
        count_planes(&spec->stage.layer[0], plan, &pw->pixel_blocks[p], false,
                     (double)spec->stage.batch * pw->pixel_blocks[p].count, work);
}

/* ---- conv ------------------------------------------------------------------------------------------ */

/* What a tile of a band of columns loads and multiplies for one kernel row: of pixels, over all its runs. */
struct conv_use {
    double taps;        /* kernel columns that any output uses: weights of all input channels for each */
    double pixels;      /* outputs that use one, over them all */
    double pixel_loads; /* loads of their input channels */
};

static struct conv_use conv_use_of(const struct sepcc_layer *layer, const struct plan *plan,
                                   const struct axis_band *band)
{
    const struct axis columns = axis_columns(layer);
    const unsigned group = conv_group(plan);
    struct conv_run runs[CONV_RUN_MAX];
    struct conv_use use = {0, 0, 0};
    const unsigned count = conv_runs(&columns, band, runs);
    for (unsigned r = 0; r < count; ++r) {
        const double outputs = runs[r].high - runs[r].low;
        /* Kernel columns that are neighbours in memory are one sum. */
        const bool joined = plan->as.conv.unroll == UNROLL_FULL && plan->operation->layout == SEPCC_NHWC &&
                            layer->dilation_w == 1;
        const double loads = joined ? depth_loads(group, runs[r].taps * layer->in_c, plan->as.conv.unroll_k)
                                    : runs[r].taps * depth_loads(group, layer->in_c, plan->as.conv.unroll_k);
        use.taps += runs[r].taps;
        use.pixels += outputs * runs[r].taps;
        use.pixel_loads += outputs * loads;
    }
    return use;
}

/* All panels of output channels, with a tile of a band of columns that runs `times` times over kernel_rows.
 */
static void count_panels(const struct sepcc_layer *layer, const struct conv_plan *cv,
                         const struct conv_use *use, const struct axis_band *column, unsigned kernel_rows,
                         double times, struct work *work)
{
    const unsigned once = 1 + (layer->act == SEPCC_ACT_PRELU); /* bias, slope */
    for (unsigned q = 0; q < cv->panel_block_kinds; ++q)
        for (unsigned j = 0; j < cv->panel_blocks[q].band_count; ++j) {
            const struct panel_band *panel = &cv->panel_blocks[q].bands[j];
            const double vectors = panel->vectors;
            work_add(work, times * cv->panel_blocks[q].count * panel->count,
                     kernel_rows * use->pixels * layer->in_c * vectors,
                     kernel_rows * (use->taps * layer->in_c * vectors + use->pixel_loads) + once * vectors,
                     column->size * vectors);
        }
}

void plan_conv_count(const struct spec *spec, const struct plan *plan, struct work *work)
{
    const struct conv_plan *cv = &plan->as.conv;
    const struct sepcc_layer *layer = &spec->stage.layer[0];
    for (unsigned c = 0; c < cv->column_band_count; ++c) {
        const struct axis_band *column = &cv->column_bands[c];
        const struct conv_use use = conv_use_of(layer, plan, column);
        for (unsigned r = 0; r < cv->row_band_count; ++r) {
            const struct tap_range *taps = &cv->row_bands[r].taps[0];
            count_panels(layer, cv, &use, column, taps->high - taps->low,
                         (double)spec->stage.batch * cv->row_bands[r].count * column->count, work);
        }
    }
}

/* ---- fused stages ---------------------------------------------------------------------------------- */

/* The first row that output row y reads. */
static unsigned rows_from(const struct sepcc_layer *dw, unsigned y)
{
    const long low = (long)y * dw->stride_h - (long)dw->pad_top;
    return low < 0 ? 0 : minimum((unsigned)low, dw->in_h - 1);
}

/* How often an image's expansion runs on blocks of several rows, and on the others: the units in order. */
static void expansions(const struct fused_plan *fused, const struct sepcc_layer *dw, double times[2])
{
    unsigned done = 0, blocks = 0, others = 0;
    for (unsigned unit = 0; unit < fused->unit_total; ++unit) {
        const unsigned first = unit * fused->unit_rows;
        const unsigned high = rows_until(dw, minimum(first + fused->unit_rows, dw->out_h));
        unsigned low = rows_from(dw, first);
        low = low < done ? done : low;
        if (high <= low)
            continue;
        blocks += (high - low) / fused->expand_rows;
        if (fused->expand_rest > 0)
            others += (high - low) % fused->expand_rows / fused->expand_rest;
        done = high;
    }
    times[0] = blocks;
    times[1] = others;
}

/* A pointwise layer of a stage: how often it runs on each of its two kinds of blocks of pixels. */
static void count_part(const struct sepcc_layer *layer, const struct plan *part, const double times[2],
                       bool reads_add, struct work *work)
{
    for (unsigned kind = 0; kind < 2; ++kind)
        if (part->operation->layout == SEPCC_NCHW)
            count_planes(layer, part, &part->as.pointwise_nchw.pixel_blocks[kind], reads_add, times[kind],
                         work);
        else
            count_pixels(layer, part, &part->as.pointwise.pixel_blocks[kind], reads_add, times[kind], work);
}

void plan_fused_count(const struct spec *spec, const struct plan *plan, struct work *work)
{
    const struct fused_plan *fused = &plan->as.fused;
    const unsigned last = fused->part_count - 1;
    const struct sepcc_layer *dw = &spec->stage.layer[last - 1];
    const unsigned blocks = dw->out_h / fused->last_rows, others = dw->out_h % fused->last_rows > 0;
    double times[2] = {blocks, others};
    struct work image = {0};
    struct spec part;
    part_spec(spec, last - 1, &part);
    fused->parts[last - 1].operation->count(&part, &fused->parts[last - 1], &image);
    count_part(&spec->stage.layer[last], &fused->parts[last], times, spec->stage.residual != 0, &image);
    if (spec->stage.op == SEPCC_OP_INVERTED) {
        expansions(fused, dw, times);
        count_part(&spec->stage.layer[0], &fused->parts[0], times, false, &image);
    }
    work_add(work, spec->stage.batch, image.fmas, image.loads, image.stores);
}
