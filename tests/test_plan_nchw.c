/*
 * test_plan_nchw.c: the plans of stages with layout=nchw: what cannot be, and that every output of a plane is
 * computed by lanes which see its taps and no others. Random stages and plans are those of support_kernels.h.
 */
#include "plan/operation.h"
#include "plan/plan_internal.h"
#include "support_plan.h"
#include "support_spec.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { MESSAGE_MAX = 1536, DRAWN_CASES = 300 };
static const uint64_t DRAWN_FMA_MOST = 2000000;

static const struct position at_plan = {"--plan", 0, 0};

static enum exit_status try_make(const struct spec *spec, enum sepcc_isa isa, const char *text,
                                 struct plan *plan, char printed[MESSAGE_MAX])
{
    struct plan_request request;
    printed[0] = '\0';
    diag_capture(printed, MESSAGE_MAX);
    enum exit_status status = plan_request_parse(text, at_plan, &request);
    if (status == STATUS_DONE)
        status = plan_make(spec, isa_get(isa), &request, at_plan, plan);
    diag_capture(NULL, 0);
    return status;
}

/* ---- impossible plans ------------------------------------------------------------------------------ */

static void test_impossible(void **state)
{
    (void)state;
    static const char depthwise[] = "depthwise in=14x14x64 kernel=3 pad=1 layout=nchw";
    static const char pointwise[] = "pointwise in=14x14x64 out=96 layout=nchw";
    static const char fused[] = "separable in=14x14x64 out=96 kernel=3 pad=1 layout=nchw";
    static const struct {
        const char *spec;
        enum sepcc_isa isa;
        const char *plan, *reason;
    } cases[] = {
        {depthwise, SEPCC_ISA_AVX2, "rows=7,vectors=2",
         "a tile of 7 rows x 2 vectors needs 16 vector registers, expected fewer than the 16 of avx2"},
        {depthwise, SEPCC_ISA_AVX2, "rows=15",
         "a tile of 15 rows x 0 vectors, expected at most the plane's 14 x 2"},
        {depthwise, SEPCC_ISA_AVX512, "vectors=2",
         "a tile of 0 rows x 2 vectors, expected at most the plane's 14 x 1"},
        {depthwise, SEPCC_ISA_AVX2, "unroll=none,rows=2", "unroll=none takes rows=1 and vectors=1 only"},
        {depthwise, SEPCC_ISA_AVX2, "unroll=full,budget=300", "its code is larger than the budget of 300"},
        {depthwise, SEPCC_ISA_AVX2, "block=65", "block=65, expected at most the 64 output channels"},
        {depthwise, SEPCC_ISA_AVX2, "rows=2,unit=8", "unit=8, expected at most the 7 rows of tiles"},
        {depthwise, SEPCC_ISA_AVX2, "hold=1", "hold does not apply to depthwise of planes"},
        {depthwise, SEPCC_ISA_AVX2, "columns=1", "columns does not apply to depthwise of planes"},
        {depthwise, SEPCC_ISA_AVX2, "gather=yes", "gather does not apply to depthwise of planes"},
        {pointwise, SEPCC_ISA_AVX2, "rows=4,vectors=4",
         "a tile of 4 output channels x 4 vectors needs 21 vector registers, expected fewer than the 16 of "
         "avx2"},
        {pointwise, SEPCC_ISA_AVX2, "rows=97", "rows='97', expected a number from 1 to 32"},
        {pointwise, SEPCC_ISA_AVX2, "vectors=8,rows=30",
         "a tile of 30 output channels x 8 vectors needs 249 vector registers"},
        {"pointwise in=2x2x64 out=3 layout=nchw", SEPCC_ISA_AVX2, "rows=4",
         "a tile of 4 output channels x 0 vectors, expected at most 3 x 1"},
        {pointwise, SEPCC_ISA_AVX2, "block=12",
         "block=12, expected a multiple of the 8 lanes of avx2, or all 196"},
        {pointwise, SEPCC_ISA_AVX2, "block=200", "block=200, expected at most the 196 pixels of a plane"},
        {pointwise, SEPCC_ISA_AVX2, "channels=97", "channels=97, expected at most 96"},
        {pointwise, SEPCC_ISA_AVX2, "depth=65", "depth=65, expected at most the 64 input channels"},
        {pointwise, SEPCC_ISA_AVX2, "unroll_k=64,rows=6,vectors=2,budget=2000", "its code is about "},
        {pointwise, SEPCC_ISA_AVX2, "unit=1", "unit does not apply to pointwise of planes"},
        {fused, SEPCC_ISA_AVX2, "rows=2,unit=3",
         "unit=3, expected a multiple of the tile's 2 rows, at most 14"},
        {fused, SEPCC_ISA_AVX2, "rows=2,unit=16",
         "unit=16, expected a multiple of the tile's 2 rows, at most 14"},
        {fused, SEPCC_ISA_AVX2, "rows=2,unroll=row", "unroll=row in a fused stage takes rows=1 only"},
        {fused, SEPCC_ISA_AVX2, "block=8", "block does not apply to separable of planes"},
        {"inverted in=5x5x3 expand=6 out=4 kernel=3 layout=nchw", SEPCC_ISA_AVX2, "gather=yes",
         "gather does not apply to inverted of planes"},
        {"pointwise in=4x4x4 out=4 stride=2 layout=nchw", SEPCC_ISA_AVX2, "gather=no",
         "gather=no, expected gather=yes with a stride"},
        {"pointwise in=4x4x4 out=4 layout=nchw", SEPCC_ISA_AVX2, "prefetch=input",
         "prefetch of weights or input in planes, expected no or output"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; ++i) {
        const struct spec spec = spec_good(cases[i].spec);
        char printed[MESSAGE_MAX];
        struct plan plan = {0};
        const enum exit_status status = try_make(&spec, cases[i].isa, cases[i].plan, &plan, printed);
        if (status != STATUS_INPUT || strstr(printed, cases[i].reason) == NULL)
            fail_msg("%s --plan %s: %s expected: %s", cases[i].spec, cases[i].plan, printed, cases[i].reason);
    }
}

/* ---- random plans ---------------------------------------------------------------------------------- */

/* Every lane of a vector sees a tap just where that lies inside the row. */
static void check_vector(const struct kernel_case *which, const struct axis *axis, unsigned out,
                         unsigned lanes)
{
    for (unsigned tap = 0; tap < axis->kernel; ++tap) {
        const struct lane_range range = lane_range_of(axis, out, lanes, tap);
        plan_expect(range.low <= range.high && range.high <= lanes, which, "a range lies in the vector");
        for (unsigned lane = 0; lane < lanes; ++lane) {
            const long at = (long)(out + lane) * axis->stride + (long)tap * axis->dilation - (long)axis->pad;
            plan_expect((at >= 0 && at < (long)axis->in) == (range.low <= lane && lane < range.high), which,
                        "a lane sees the taps inside the image");
        }
    }
}

static void check_columns(const struct kernel_case *which, const struct axis *axis,
                          const struct depthwise_nchw_plan *dw)
{
    const unsigned step_lanes = which->isa->lanes;
    bool *covered = calloc(axis->out, sizeof *covered);
    assert_non_null(covered);
    for (unsigned b = 0; b < dw->column_band_count; ++b) {
        const struct lane_band *band = &dw->column_bands[b];
        plan_expect(band->vectors > 0 && band->vectors <= dw->vectors && band->count > 0, which,
                    "a tile has vectors");
        for (unsigned tile = 0; tile < band->count; ++tile)
            for (unsigned v = 0; v < band->vectors; ++v) {
                const unsigned out = band->out[v] + tile * band->vectors * step_lanes;
                plan_expect(out + band->lanes <= axis->out, which, "a vector ends with the row");
                check_vector(which, axis, out, band->lanes);
                for (unsigned tap = 0; tap < axis->kernel; ++tap) {
                    const struct lane_range first = lane_range_of(axis, band->out[v], band->lanes, tap),
                                            here = lane_range_of(axis, out, band->lanes, tap);
                    plan_expect(first.low == here.low && first.high == here.high, which,
                                "the tiles of a band share their code");
                    plan_expect(tile == 0 || here.low == here.high || here.high - here.low == step_lanes,
                                which, "the vectors of a repeated tile are full");
                }
                for (unsigned lane = 0; lane < band->lanes; ++lane)
                    covered[out + lane] = true;
            }
    }
    for (unsigned out = 0; out < axis->out; ++out)
        plan_expect(covered[out] || dw->unroll == UNROLL_NONE, which, "every column is covered");
    free(covered);
}

/* The layer, alone or in a fused stage. Returns its rows of tiles. */
static unsigned check_depthwise_layer(const struct kernel_case *which, const struct sepcc_layer *layer,
                                      const struct plan *plan)
{
    const struct depthwise_nchw_plan *dw = &plan->as.depthwise_nchw;
    const struct axis columns = axis_columns(layer);
    unsigned next = 0, tiles = 0, uniform = 0;
    check_columns(which, &columns, dw);
    for (unsigned b = 0; b < dw->row_band_count; ++b) {
        plan_expect(dw->row_bands[b].out_first == next, which, "bands of rows follow one another");
        next += dw->row_bands[b].count * dw->row_bands[b].size;
        tiles += dw->row_bands[b].count;
    }
    for (unsigned b = 0; b < dw->uniform_band_count; ++b) {
        const struct axis_band *band = &dw->uniform_bands[b];
        plan_expect(band->size == 1 || band->size == which->isa->lanes, which, "a vector or one output");
        uniform += band->count * band->size;
    }
    plan_expect(next == layer->out_h && tiles == dw->row_tile_count, which, "every row is covered");
    plan_expect(uniform == (dw->unroll == UNROLL_NONE ? layer->out_w : 0), which, "every column is covered");
    plan_expect(plan->packed_bytes >= (size_t)layer->out_c * dw->channel_floats * sizeof(float), which,
                "packed weights have room");
    return tiles;
}

static void check_depthwise(const struct kernel_case *which, const struct plan *plan)
{
    const struct sepcc_layer *layer = &which->spec.stage.layer[0];
    const struct depthwise_nchw_plan *dw = &plan->as.depthwise_nchw;
    const unsigned tiles = check_depthwise_layer(which, layer, plan);
    const size_t groups = divide_up(layer->out_c, dw->block), slices = divide_up(tiles, dw->unit);
    plan_expect(plan->unit_count == which->spec.stage.batch * groups * slices, which,
                "work units are counted");
}

/* A pointwise layer, alone or in a fused stage. Returns the pixels of all its kinds of blocks. */
static size_t check_pointwise_layer(const struct kernel_case *which, const struct sepcc_layer *layer,
                                    const struct plan *plan)
{
    const struct pointwise_nchw_plan *pw = &plan->as.pointwise_nchw;
    const unsigned lanes = which->isa->lanes;
    size_t pixels = 0, channels = 0, pixel_blocks = 0, channel_blocks = 0, depth = 0;
    for (unsigned k = 0; k < pw->pixel_block_kinds; ++k) {
        const struct panel_block *block = &pw->pixel_blocks[k];
        size_t covered = 0;
        for (unsigned b = 0; b < block->band_count; ++b)
            covered += (size_t)block->bands[b].count *
                       ((block->bands[b].vectors - 1) * lanes + block->bands[b].lanes);
        plan_expect(covered == block->channels, which, "a block's pixels are covered");
        plan_expect(!pw->gather ||
                        plan->workspace_bytes >= (size_t)pw->depth * block->vectors * lanes * sizeof(float),
                    which, "what is gathered has room");
        pixels += (size_t)block->count * block->channels;
        pixel_blocks += block->count;
    }
    for (unsigned k = 0; k < pw->channel_block_kinds; ++k) {
        const struct pixel_block *block = &pw->channel_blocks[k];
        size_t covered = 0;
        for (unsigned b = 0; b < block->band_count; ++b)
            covered += (size_t)block->bands[b].count * block->bands[b].size;
        plan_expect(covered == block->pixels, which, "a block's channels are covered");
        channels += (size_t)block->count * block->pixels;
        channel_blocks += block->count;
    }
    for (unsigned d = 0; d < pw->depth_band_count; ++d)
        depth += (size_t)pw->depth_bands[d].count * pw->depth_bands[d].depth;
    plan_expect(pixel_blocks == pw->pixel_block_total, which, "blocks of pixels are counted");
    plan_expect(channels == layer->out_c && channel_blocks == pw->channel_block_total, which,
                "every output channel is covered");
    plan_expect(depth == layer->in_c, which, "every input channel is covered");
    plan_expect(plan->packed_bytes >= (size_t)layer->out_c * pw->channel_floats * sizeof(float), which,
                "packed weights have room");
    return pixels;
}

static void check_pointwise(const struct kernel_case *which, const struct plan *plan)
{
    const struct sepcc_layer *layer = &which->spec.stage.layer[0];
    plan_expect(check_pointwise_layer(which, layer, plan) == (size_t)layer->out_h * layer->out_w, which,
                "every pixel is covered");
}

/* The workspace holds what the layers of a unit write and read, and nothing of it twice. */
static void check_workspace(const struct kernel_case *which, const struct plan *plan,
                            const struct sepcc_layer *dw, const struct plan *dw_plan)
{
    const struct fused_plan *fused = &plan->as.fused;
    const struct depthwise_nchw_plan *planes = &dw_plan->as.depthwise_nchw;
    const size_t rows_bytes = (size_t)dw->out_c * planes->out_step * sizeof(float);
    plan_expect(planes->out_step >= minimum(fused->unit_rows, dw->out_h) * dw->out_w, which,
                "rows fit their plane");
    plan_expect(plan->workspace_bytes >= fused->rows_at + rows_bytes, which, "the rows have room");
    if (which->spec.stage.op != SEPCC_OP_INVERTED)
        return;
    const size_t margin = (size_t)planes->margin * sizeof(float);
    plan_expect(planes->in_step >= fused->window_rows * dw->in_w, which, "the window fits its planes");
    plan_expect(planes->margin >= (which->isa->lanes - 1) * dw->stride_w, which, "a vector fits the margin");
    plan_expect(fused->window_at >= margin, which, "there is a margin before the window");
    plan_expect(fused->rows_at >=
                    fused->window_at + (size_t)dw->in_c * planes->in_step * sizeof(float) + margin,
                which, "the window has room, and a margin behind it");
}

static void check_fused(const struct kernel_case *which, const struct plan *plan)
{
    const struct fused_plan *fused = &plan->as.fused;
    const unsigned last = fused->part_count - 1;
    const struct sepcc_layer *layers = which->spec.stage.layer, *dw = &layers[last - 1];
    const unsigned tiles = check_depthwise_layer(which, dw, &fused->parts[last - 1]);
    plan_expect(fused->unit_rows == fused->unit_tiles * fused->parts[last - 1].as.depthwise_nchw.rows, which,
                "a unit ends with a tile");
    plan_expect(fused->unit_total == divide_up(tiles, fused->unit_tiles), which, "units cover the tiles");
    plan_expect(plan->unit_count == (size_t)which->spec.stage.batch * fused->unit_total, which,
                "work units are counted");
    /* The kinds of blocks are some rows and what is left. */
    const unsigned rows = fused->last_rows, rest = dw->out_h % rows;
    plan_expect(fused->unit_total == 1 || rows == fused->unit_rows, which,
                "a unit is a block of the last layer");
    plan_expect(check_pointwise_layer(which, &layers[last], &fused->parts[last]) ==
                    (size_t)(rows + rest) * dw->out_w,
                which, "the pixels of both kinds of units are covered");
    if (last == 2)
        plan_expect(check_pointwise_layer(which, &layers[0], &fused->parts[0]) ==
                        (size_t)(fused->expand_rows + fused->expand_rest) * dw->in_w,
                    which, "the pixels of both kinds of expansions are covered");
    check_workspace(which, plan, dw, &fused->parts[last - 1]);
}

static void test_covers(void **state)
{
    (void)state;
    uint64_t random = spec_test_seed("test_covers");
    for (int id = 0; id < SEPCC_ISA_COUNT; ++id) {
        struct case_list list = {0};
        cases_draw(&list, isa_get((enum sepcc_isa)id), &random, DRAWN_FMA_MOST, DRAWN_CASES);
        for (size_t i = 0; i < list.count; ++i) {
            const struct kernel_case *which = &list.items[i];
            char printed[MESSAGE_MAX];
            struct plan plan = {0};
            assert_int_equal(try_make(&which->spec, (enum sepcc_isa)id, which->plan, &plan, printed),
                             STATUS_DONE);
            if (plan.operation == NULL)
                fail_msg("there is no operation");
            else if (plan.operation->id == OPERATION_DEPTHWISE_NCHW)
                check_depthwise(which, &plan);
            else if (plan.operation->id == OPERATION_POINTWISE_NCHW)
                check_pointwise(which, &plan);
            else if (plan.operation->id == OPERATION_FUSED_NCHW)
                check_fused(which, &plan);
            plan_free(&plan);
        }
        cases_free(&list);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_impossible),
        cmocka_unit_test(test_covers),
    };
    return cmocka_run_group_tests_name("plan_nchw", tests, NULL, NULL);
}
