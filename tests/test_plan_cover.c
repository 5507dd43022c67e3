/*
 * test_plan_cover.c: every plan covers the output exactly once: rows, columns and channels, pixels and panels
 * (those of NCHW: test_plan_nchw.c).
 */
#include "plan/operation.h"
#include "plan/plan_internal.h"
#include "support_plan.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

/* ---- depthwise: rows and columns ------------------------------------------------------------------- */

/* The taps of an output, found by trying each. */
static bool tap_inside(const struct axis *axis, unsigned output, unsigned tap)
{
    const long at = (long)output * axis->stride + (long)tap * axis->dilation - (long)axis->pad;
    return at >= 0 && at < (long)axis->in;
}

static void check_output(const struct kernel_case *which, const struct axis *axis,
                         const struct axis_band *band, unsigned tile, unsigned index)
{
    const struct tap_range *range = &band->taps[index];
    const unsigned output = band->out_first + tile * band->size + index;
    for (unsigned tap = 0; tap < axis->kernel; ++tap) {
        const bool inside = range->low <= tap && tap < range->high;
        plan_expect(inside == tap_inside(axis, output, tap), which,
                    "a tap is taken where it is inside the image");
        if (inside)
            plan_expect((long)band->in_first + (long)tile * band->in_step + range->at +
                                (long)(tap - range->low) * axis->dilation ==
                            (long)output * axis->stride + (long)tap * axis->dilation - (long)axis->pad,
                        which, "a tap reads its input");
    }
}

/* Bands follow one another and end with the last output. Returns the number of tiles. */
static unsigned check_axis(const struct kernel_case *which, const struct axis *axis,
                           const struct axis_band *bands, unsigned count, unsigned most, bool uniform)
{
    unsigned next = 0, tiles = 0;
    for (unsigned b = 0; b < count; ++b) {
        const struct axis_band *band = &bands[b];
        plan_expect(band->out_first == next, which, "bands follow one another");
        plan_expect(band->count > 0 && band->size > 0 && band->size <= most, which, "tiles have a size");
        for (unsigned tile = 0; tile < band->count; ++tile)
            for (unsigned i = 0; i < band->size; ++i)
                check_output(which, axis, band, tile, i);
        for (unsigned i = 1; uniform && i < band->size; ++i)
            plan_expect(band->taps[i].low == band->taps[0].low && band->taps[i].high == band->taps[0].high,
                        which, "a loop over taps suits all outputs of the tile");
        next += band->count * band->size;
        tiles += band->count;
    }
    plan_expect(next == axis->out, which, "every output is covered once");
    return tiles;
}

/* Every output of the tile meets each of its taps once, in ascending order. */
static void check_schedule(const struct kernel_case *which, const struct axis *axis,
                           const struct axis_band *band, unsigned hold)
{
    unsigned next[PLAN_TILE_MAX];
    for (unsigned i = 0; i < band->size; ++i)
        next[i] = band->taps[i].low;
    for (unsigned low = 0; low < axis->kernel; low += hold)
        for (long at = -1; (at = schedule_next(axis, band, low, low + hold, at)) >= 0;)
            for (unsigned i = 0; i < band->size; ++i) {
                const int tap = schedule_tap(axis, band, low, low + hold, at, i);
                if (tap < 0)
                    continue;
                plan_expect((unsigned)tap == next[i], which, "taps come in order");
                plan_expect(
                    (long)band->taps[i].at + (long)((unsigned)tap - band->taps[i].low) * axis->dilation == at,
                    which, "a scheduled tap reads its column");
                ++next[i];
            }
    for (unsigned i = 0; i < band->size; ++i)
        plan_expect(next[i] == band->taps[i].high, which, "every tap is scheduled");
}

/* The depthwise layer, alone or the last but one of a fused stage, and its plan; NULL when there is none. */
static const struct sepcc_layer *depthwise_of(const struct kernel_case *which, const struct plan *plan,
                                              const struct depthwise_plan **dw)
{
    const struct sepcc_stage *stage = &which->spec.stage;
    if (plan->operation->id != OPERATION_DEPTHWISE && plan->operation->id != OPERATION_FUSED)
        return NULL;
    const unsigned at = stage->layer_count == 1 ? 0 : stage->layer_count - 2;
    *dw = stage->layer_count == 1 ? &plan->as.depthwise : &plan->as.fused.parts[at].as.depthwise;
    return &stage->layer[at];
}

static void check_bands(const struct kernel_case *which, const struct plan *plan)
{
    const struct depthwise_plan *dw;
    const struct sepcc_layer *layer = depthwise_of(which, plan, &dw);
    if (layer == NULL)
        return;
    const struct axis rows = axis_rows(layer), columns = axis_columns(layer);
    const unsigned tiles =
        check_axis(which, &rows, dw->row_bands, dw->row_band_count, dw->rows, dw->unroll != UNROLL_FULL);
    plan_expect(tiles == dw->row_tile_count, which, "row tiles are counted");
    (void)check_axis(which, &columns, dw->column_bands, dw->column_band_count, dw->columns,
                     dw->unroll == UNROLL_NONE);
    for (unsigned b = 0; b < dw->column_band_count; ++b)
        check_schedule(which, &columns, &dw->column_bands[b], dw->hold);
}

static void test_bands(void **state)
{
    (void)state;
    plans_drawn("test_bands", check_bands);
}

/* ---- depthwise: channels --------------------------------------------------------------------------- */

/* What is left to be covered: one mark for each output channel, and for each packed vector. */
struct marks {
    const struct sepcc_layer *layer;
    bool *channels, *vectors;
    size_t channel_count, vector_count;
};

static void mark(const struct kernel_case *which, bool *marks, size_t count, size_t index, const char *what)
{
    plan_expect(index < count && !marks[index], which, what);
    marks[index] = true;
}

/* One vector of a step that starts at these positions. */
static void check_vector(const struct kernel_case *which, const struct depthwise_plan *dw,
                         const struct channel_vector *vector, struct channel_position at, struct marks *marks)
{
    const struct sepcc_layer *layer = marks->layer;
    unsigned highest = 0;
    plan_expect(vector->lanes >= 1 && vector->lanes <= which->isa->lanes, which, "a vector has its lanes");
    for (unsigned lane = 0; lane < vector->lanes; ++lane) {
        const unsigned out = at.out + vector->out_offset + lane;
        const unsigned from = dw->lanes == LANES_PLAIN    ? lane
                              : dw->lanes == LANES_SPREAD ? (lane + vector->phase) / layer->multiplier
                                                          : 0;
        mark(which, marks->channels, marks->channel_count, out, "an output channel is covered once");
        plan_expect(at.in + vector->in_offset + from == out / layer->multiplier, which,
                    "an output channel reads its input channel");
        highest = from > highest ? from : highest;
    }
    plan_expect(vector->in_lanes == highest + 1, which, "as many input channels are read as needed");
}

static void check_band_channels(const struct kernel_case *which, const struct depthwise_plan *dw,
                                const struct channel_band *band, struct channel_position group,
                                struct marks *marks)
{
    for (unsigned r = 0; r < band->repeat; ++r)
        for (unsigned c = 0; c < band->count; ++c) {
            const struct channel_position at = {
                group.out + band->first.out + r * band->stride.out + c * band->step.out,
                group.in + band->first.in + r * band->stride.in + c * band->step.in,
                group.vector + band->first.vector + r * band->stride.vector + c * band->step.vector};
            for (unsigned v = 0; v < band->vector_count; ++v) {
                mark(which, marks->vectors, marks->vector_count, at.vector + v,
                     "a packed vector is used once");
                check_vector(which, dw, &band->vectors[v], at, marks);
            }
        }
}

static void check_channels(const struct kernel_case *which, const struct plan *plan)
{
    const struct depthwise_plan *dw;
    const struct sepcc_layer *layer = depthwise_of(which, plan, &dw);
    if (layer == NULL)
        return;
    struct marks marks = {.layer = layer, .channel_count = layer->out_c};
    struct channel_position group = {0, 0, 0};
    for (unsigned g = 0; g < dw->channel_group_count; ++g)
        marks.vector_count += (size_t)dw->channel_groups[g].count * dw->channel_groups[g].size.vector;
    marks.channels = calloc(marks.channel_count, sizeof *marks.channels);
    marks.vectors = calloc(marks.vector_count + 1, sizeof *marks.vectors);
    assert_true(marks.channels != NULL && marks.vectors != NULL);
    for (unsigned g = 0; g < dw->channel_group_count; ++g) {
        const struct channel_group *groups = &dw->channel_groups[g];
        for (unsigned i = 0; i < groups->count; ++i) {
            for (unsigned b = 0; b < groups->band_count; ++b)
                check_band_channels(which, dw, &dw->channel_bands[groups->first_band + b], group, &marks);
            group = (struct channel_position){group.out + groups->size.out, group.in + groups->size.in,
                                              group.vector + groups->size.vector};
        }
    }
    for (size_t c = 0; c < marks.channel_count; ++c)
        plan_expect(marks.channels[c], which, "every output channel is covered");
    for (size_t v = 0; v < marks.vector_count; ++v)
        plan_expect(marks.vectors[v], which, "every packed vector is used");
    plan_expect(plan->packed_bytes >= marks.vector_count * dw->vector_floats * sizeof(float), which,
                "packed weights have room");
    free(marks.channels);
    free(marks.vectors);
}

static void test_channels(void **state)
{
    (void)state;
    plans_drawn("test_channels", check_channels);
}

/* ---- pointwise ------------------------------------------------------------------------------------- */

static void check_pixels(const struct kernel_case *which, const struct pointwise_plan *pw)
{
    const struct sepcc_stage *stage = &which->spec.stage;
    size_t pixels = 0, blocks = 0;
    for (unsigned k = 0; k < pw->pixel_block_kinds; ++k) {
        const struct pixel_block *block = &pw->pixel_blocks[k];
        size_t covered = 0;
        for (unsigned b = 0; b < block->band_count; ++b) {
            plan_expect(block->bands[b].count > 0 && block->bands[b].size > 0 &&
                            block->bands[b].size <= pw->rows,
                        which, "a pixel tile has a size");
            covered += (size_t)block->bands[b].count * block->bands[b].size;
        }
        plan_expect(covered == block->pixels && block->pixels <= pw->block, which,
                    "a block's pixels are covered");
        pixels += (size_t)block->count * block->pixels;
        blocks += block->count;
    }
    plan_expect(pixels == pw->line_pixels && blocks == pw->pixel_block_total, which,
                "a line's pixels are covered");
    plan_expect((size_t)pw->line_count * pw->line_pixels ==
                    (size_t)stage->batch * stage->layer[0].out_h * stage->layer[0].out_w,
                which, "lines cover the batch");
}

/* Blocks of output channels, `total` in all, as panels of at most `most` vectors, vector_count in all. */
static void check_panels(const struct kernel_case *which, const struct panel_block *panel_blocks,
                         unsigned kinds, unsigned total, unsigned most, unsigned vector_count)
{
    const unsigned lanes = which->isa->lanes;
    size_t channels = 0, vectors = 0, blocks = 0;
    for (unsigned k = 0; k < kinds; ++k) {
        const struct panel_block *block = &panel_blocks[k];
        size_t covered = 0, counted = 0;
        for (unsigned b = 0; b < block->band_count; ++b) {
            const struct panel_band *band = &block->bands[b];
            const bool last = b + 1 == block->band_count && k + 1 == kinds;
            plan_expect(band->count > 0 && band->vectors > 0 && band->vectors <= most && band->lanes > 0,
                        which, "a panel has a size");
            plan_expect(band->lanes == lanes || (last && band->lanes < lanes && band->count == 1), which,
                        "only the last panel has a tail");
            covered += (size_t)band->count * ((band->vectors - 1) * lanes + band->lanes);
            counted += (size_t)band->count * band->vectors;
        }
        plan_expect(covered == block->channels && counted == block->vectors, which,
                    "a block's channels are covered");
        channels += (size_t)block->count * block->channels;
        vectors += (size_t)block->count * block->vectors;
        blocks += block->count;
    }
    plan_expect(channels == which->spec.stage.layer[0].out_c, which, "every output channel is covered");
    plan_expect(vectors == vector_count && blocks == total, which, "panels are counted");
}

static void check_depth(const struct kernel_case *which, const struct pointwise_plan *pw)
{
    size_t depth = 0;
    for (unsigned d = 0; d < pw->depth_band_count; ++d) {
        const struct depth_band *band = &pw->depth_bands[d];
        plan_expect(band->count > 0 && band->depth > 0 && band->depth <= pw->depth, which,
                    "a K block has a size");
        plan_expect(band->first == (d == 0) && band->last == (d + 1 == pw->depth_band_count), which,
                    "the first K block starts and the last one ends");
        plan_expect(band->count == 1 || (!band->first && !band->last), which, "these are single");
        depth += (size_t)band->count * band->depth;
    }
    plan_expect(depth == which->spec.stage.layer[0].in_c, which, "every input channel is covered");
}

static void check_blocks(const struct kernel_case *which, const struct plan *plan)
{
    const struct pointwise_plan *pw = &plan->as.pointwise;
    if (plan->operation->id != OPERATION_POINTWISE)
        return;
    check_pixels(which, pw);
    check_panels(which, pw->panel_blocks, pw->panel_block_kinds, pw->panel_block_total, pw->vectors,
                 pw->vector_count);
    check_depth(which, pw);
    plan_expect(plan->unit_count == (size_t)pw->line_count * pw->pixel_block_total * pw->panel_block_total,
                which, "work units are counted");
    plan_expect(plan->packed_bytes >= (size_t)pw->vector_count * pw->vector_floats * sizeof(float), which,
                "packed weights have room");
}

static void test_blocks(void **state)
{
    (void)state;
    plans_drawn("test_blocks", check_blocks);
}

/* ---- conv ------------------------------------------------------------------------------------------ */

/* The runs of a tile give every output each of its taps once, in order, from the right input column. */
static void check_runs(const struct kernel_case *which, const struct axis *axis, const struct axis_band *band)
{
    struct conv_run runs[CONV_RUN_MAX];
    unsigned next[PLAN_TILE_MAX];
    const unsigned count = conv_runs(axis, band, runs);
    for (unsigned i = 0; i < band->size; ++i)
        next[i] = band->taps[i].low;
    for (unsigned r = 0; r < count; ++r)
        for (unsigned tap = runs[r].tap; tap < runs[r].tap + runs[r].taps; ++tap)
            for (unsigned i = runs[r].low; i < runs[r].high; ++i) {
                const struct tap_range *range = &band->taps[i];
                const unsigned read =
                    runs[r].at + (i - runs[r].low) * axis->stride + (tap - runs[r].tap) * axis->dilation;
                plan_expect(tap == next[i]++, which, "taps come in order");
                plan_expect(read == range->at + (tap - range->low) * axis->dilation, which,
                            "a run reads the tap's column");
            }
    for (unsigned i = 0; i < band->size; ++i)
        plan_expect(next[i] == band->taps[i].high, which, "every tap is in a run");
}

static void check_conv(const struct kernel_case *which, const struct plan *plan)
{
    const struct sepcc_stage *stage = &which->spec.stage;
    const struct conv_plan *cv = &plan->as.conv;
    if (plan->operation->id != OPERATION_CONV)
        return;
    const struct axis rows = axis_rows(&stage->layer[0]), columns = axis_columns(&stage->layer[0]);
    const unsigned covered = check_axis(which, &rows, cv->row_bands, cv->row_band_count, 1, true);
    plan_expect(covered == rows.out, which, "bands of rows are of single rows");
    plan_expect((size_t)cv->slices * cv->unit >= rows.out && (size_t)(cv->slices - 1) * cv->unit < rows.out,
                which, "units cover the rows");
    (void)check_axis(which, &columns, cv->column_bands, cv->column_band_count, cv->columns,
                     cv->unroll == UNROLL_NONE);
    for (unsigned b = 0; b < cv->column_band_count; ++b)
        check_runs(which, &columns, &cv->column_bands[b]);
    check_panels(which, cv->panel_blocks, cv->panel_block_kinds, cv->panel_block_total, cv->vectors,
                 cv->vector_count);
    plan_expect(plan->unit_count == (size_t)stage->batch * cv->slices * cv->panel_block_total, which,
                "work units are counted");
    plan_expect(plan->packed_bytes >= cv->vector_count * cv->vector_floats * sizeof(float), which,
                "packed weights have room");
}

static void test_conv(void **state)
{
    (void)state;
    plans_drawn("test_conv", check_conv);
}

/* Loops over kernel columns are the last resort of a small budget. */
static void test_conv_of_a_small_budget(void **state)
{
    static const char wide[] = "conv in=9x40x8 out=16 kernel=1x21 pad=0,10,0,10";
    static const struct {
        const char *plan;
        enum unroll unroll;
        unsigned unroll_k;
    } cases[] = {{"columns=4,vectors=1", UNROLL_FULL, 4},
                 {"columns=4,vectors=1,budget=7000", UNROLL_FULL, 1},
                 {"columns=4,vectors=1,budget=4000", UNROLL_NONE, 4},
                 {"columns=4,vectors=1,unroll=none", UNROLL_NONE, 4}};
    (void)state;
    for (size_t i = 0; i < COUNT(cases); ++i) {
        struct kernel_case which = {.isa = isa_get(SEPCC_ISA_AVX2)};
        struct plan plan;
        (void)snprintf(which.plan, sizeof which.plan, "%s", cases[i].plan);
        assert_int_equal(spec_parse(wide, NOWHERE, &which.spec), STATUS_DONE);
        assert_int_equal(plan_try(&which.spec, SEPCC_ISA_AVX2, which.plan, &plan), STATUS_DONE);
        assert_int_equal(plan.as.conv.unroll, cases[i].unroll);
        assert_int_equal(plan.as.conv.unroll_k, cases[i].unroll_k);
        check_conv(&which, &plan);
        plan_free(&plan);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bands),
        cmocka_unit_test(test_channels),
        cmocka_unit_test(test_blocks),
        cmocka_unit_test(test_conv),
        cmocka_unit_test(test_conv_of_a_small_budget),
    };
    return cmocka_run_group_tests_name("plan_cover", tests, NULL, NULL);
}
