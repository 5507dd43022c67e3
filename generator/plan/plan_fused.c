/*
 * plan_fused.c: how the layers of a `separable` or `inverted` stage share a work unit and a workspace.
 *
 * A unit is a number of output rows. The depthwise layer writes them into the workspace and the last
 * pointwise layer reads them there, so the tensor between them never leaves the near caches. `inverted` also
 * keeps a window of expanded rows, which moves on as the units of a call follow one another.
 */
#include "plan/operation.h"
#include "plan/plan_internal.h"

#include <stdlib.h>

/* What the workspace may take of the second-level cache, the pixels that make a pass over the weights pay,
 * and those of a plane that are written one after the other as fast as the hardware fetches ahead. */
enum { WORKSPACE_MOST = 384 * 1024, PIXELS_WANTED = 96, RUN_WANTED = 896 };

unsigned rows_until(const struct sepcc_layer *dw, unsigned end)
{
    const long high =
        (long)(end - 1) * dw->stride_h + (long)(dw->kernel_h - 1) * dw->dilation_h + 1 - (long)dw->pad_top;
    if (high < 0)
        return 0;
    return high < (long)dw->in_h ? (unsigned)high : dw->in_h;
}

/* Input rows that `rows` output rows need at most. */
static unsigned window_of(const struct sepcc_layer *dw, unsigned rows)
{
    const struct axis axis = axis_rows(dw);
    const size_t window = axis_span(&axis, rows);
    return window < dw->in_h ? (unsigned)window : dw->in_h;
}

/*
 * Floats from one plane of so many pixels to the next: an odd number of vectors, so that no vector crosses a
 * cache line and planes spread over the sets of a cache.
 */
static unsigned plane_step(const struct isa *isa, unsigned pixels)
{
    const unsigned least = 4, vector = isa->lanes < least ? least : isa->lanes;
    return (divide_up(pixels, vector) | 1) * vector;
}

/* What the workspace holds: of `inverted` the window with the margins that vectors may read, then the rows.
 */
struct workspace {
    unsigned window_step, rows_step; /* planes: floats from one to the next */
    unsigned margin;                 /* floats */
    size_t window_at, rows_at, bytes;
};

static struct workspace workspace_of(const struct spec *spec, const struct plan *plan,
                                     const struct sepcc_layer *dw, unsigned rows)
{
    const bool planes = plan->operation->layout == SEPCC_NCHW;
    const unsigned window_pixels = window_of(dw, rows) * dw->in_w, pixels = rows * dw->out_w;
    struct workspace made = {.window_step = plane_step(plan->isa, window_pixels),
                             .rows_step = plane_step(plan->isa, pixels)};
    if (spec->stage.op == SEPCC_OP_INVERTED) {
        made.margin = planes ? plan->isa->lanes * dw->stride_w : 0;
        made.window_at = aligned_bytes(made.margin);
        made.rows_at =
            made.window_at +
            aligned_bytes((size_t)(planes ? made.window_step : window_pixels) * dw->in_c + made.margin);
    }
    made.bytes = made.rows_at + aligned_bytes((size_t)(planes ? made.rows_step : pixels) * dw->out_c);
    return made;
}

/*
 * Rows of a unit: enough pixels to make use of each weight that is read, and in planes that no cache holds,
 * of which a unit writes a piece each, enough to write most of a page at a time; while the workspace stays
 * small, and at least two units where the map allows, so that two threads have work.
 */
static unsigned unit_choose(const struct spec *spec, const struct plan *plan, const struct sepcc_layer *dw,
                            unsigned tile)
{
    const bool runs = plan->operation->layout == SEPCC_NCHW && output_is_far(spec);
    const unsigned pixels = runs ? RUN_WANTED : PIXELS_WANTED;
    unsigned rows = divide_up(divide_up(pixels, dw->out_w), tile) * tile;
    rows = minimum(rows, divide_up(divide_up(dw->out_h, 2), tile) * tile);
    while (rows > tile && workspace_of(spec, plan, dw, rows).bytes > WORKSPACE_MOST)
        rows -= tile;
    return rows;
}

/* The request of the depthwise part: its own keys alone. */
static struct plan_request depthwise_request(const struct plan_request *request)
{
    struct plan_request part = *request;
    part.unit = 0;
    part.fuse = -1;
    return part;
}

static unsigned tile_rows(const struct plan *part)
{
    return part->operation->layout == SEPCC_NCHW ? part->as.depthwise_nchw.rows : part->as.depthwise.rows;
}

/* Rows that a pointwise layer takes at once of an image that waits whole: all of a small one. */
static unsigned block_rows(unsigned rows, unsigned width)
{
    const unsigned wanted = 2 * PIXELS_WANTED, all = wanted + wanted / 2;
    return rows * width <= all ? rows : minimum(divide_up(wanted, width), rows);
}

/*
 * Rows that a call of a pointwise layer takes: those of a unit, and for the expansion as many as a unit moves
 * on by, or single ones.
 */
static void blocks_choose(const struct sepcc_layer *dw, struct fused_plan *fused)
{
    if (fused->unit_total > 1) {
        fused->last_rows = minimum(fused->unit_rows, dw->out_h);
        fused->expand_rows = minimum(fused->unit_rows * dw->stride_h, dw->in_h);
        fused->expand_rest = fused->expand_rows > 1;
    } else {
        const unsigned until = rows_until(dw, dw->out_h), needed = until > 1 ? until : 1;
        fused->last_rows = block_rows(dw->out_h, dw->out_w);
        fused->expand_rows = block_rows(needed, dw->in_w);
        fused->expand_rest = needed % fused->expand_rows;
    }
}

static enum exit_status unit_plan(const struct spec *spec, const struct plan_request *request,
                                  struct position at, const struct sepcc_layer *dw, struct plan *plan,
                                  struct plan *part)
{
    struct fused_plan *fused = &plan->as.fused;
    const unsigned tile = tile_rows(part);
    fused->unit_rows = !fused->fuse         ? divide_up(dw->out_h, tile) * tile
                       : request->unit != 0 ? request->unit
                                            : unit_choose(spec, plan, dw, tile);
    if (fused->unit_rows % tile != 0 || fused->unit_rows > divide_up(dw->out_h, tile) * tile)
        return plan_refuse(at, "unit=%u, expected a multiple of the tile's %u rows, at most %u",
                           fused->unit_rows, tile, divide_up(dw->out_h, tile) * tile);
    const struct workspace workspace = workspace_of(spec, plan, dw, fused->unit_rows);
    fused->unit_tiles = fused->unit_rows / tile;
    fused->unit_total = divide_up(dw->out_h, fused->unit_rows);
    fused->window_rows = window_of(dw, fused->unit_rows);
    fused->window_at = workspace.window_at;
    fused->rows_at = workspace.rows_at;
    plan->workspace_bytes = workspace.bytes;
    blocks_choose(dw, fused);
    if (plan->operation->layout == SEPCC_NCHW) {
        if (spec->stage.op == SEPCC_OP_INVERTED)
            part->as.depthwise_nchw.in_step = workspace.window_step;
        part->as.depthwise_nchw.out_step = workspace.rows_step;
        part->as.depthwise_nchw.margin = workspace.margin;
    }
    return STATUS_DONE;
}

/*
 * Rows of a depthwise tile of planes: few, so that a unit, which is a multiple of them, stays small.
 * (Channels last, a tile has few rows anyway.)
 */
static unsigned tile_rows_most(const struct spec *spec, const struct plan *plan, const struct sepcc_layer *dw)
{
    const unsigned usual = 4;
    unsigned rows = minimum(usual, divide_up(dw->out_h, 2));
    while (rows > 1 && workspace_of(spec, plan, dw, rows).bytes > WORKSPACE_MOST)
        --rows;
    return rows;
}

/* The depthwise layer, the last but one. */
static enum exit_status depthwise_plan(const struct spec *spec, const struct plan_request *request,
                                       struct position at, struct plan *plan, unsigned layer)
{
    const struct plan_request part_request = depthwise_request(request);
    struct spec part;
    part_spec(spec, layer, &part);
    return plan->operation->layout == SEPCC_NCHW
               ? plan_depthwise_nchw_part(&part, &part_request,
                                          tile_rows_most(spec, plan, &part.stage.layer[0]), at,
                                          &plan->as.fused.parts[layer])
               : plan_depthwise_part(&part, &part_request, at, &plan->as.fused.parts[layer]);
}

/* A pointwise layer that is called on pixels[0] or pixels[1] pixels (0: there are no such calls). */
static enum exit_status pointwise_plan(const struct spec *spec, struct position at, struct plan *plan,
                                       unsigned layer, const unsigned pixels[2])
{
    const struct depthwise_nchw_plan *dw =
        &plan->as.fused.parts[spec->stage.layer_count - 2].as.depthwise_nchw;
    const unsigned kinds = pixels[1] != 0 ? 2 : 1;
    struct plan *made = &plan->as.fused.parts[layer];
    struct spec part;
    part_spec(spec, layer, &part);
    if (plan->operation->layout == SEPCC_NHWC)
        return plan_pointwise_part(&part, pixels, kinds, at, made);
    const struct sepcc_layer *pw = &part.stage.layer[0];
    const unsigned steps[2] = {layer == 0 ? pw->in_h * pw->in_w : dw->out_step,
                               layer == 0 ? dw->in_step : pw->out_h * pw->out_w};
    return plan_pointwise_nchw_part(&part, pixels, kinds, steps, layer > 0, at, made);
}

/* The last layer runs on the pixels of some rows, or of the rows that are left over. */
static enum exit_status last_plan(const struct spec *spec, struct position at, const struct sepcc_layer *dw,
                                  struct plan *plan, unsigned layer)
{
    const unsigned rows = plan->as.fused.last_rows, rest = dw->out_h % rows;
    const unsigned pixels[2] = {rows * dw->out_w, rest * dw->out_w};
    return pointwise_plan(spec, at, plan, layer, pixels);
}

static enum exit_status first_plan(const struct spec *spec, struct position at, const struct sepcc_layer *dw,
                                   struct plan *plan)
{
    const struct fused_plan *fused = &plan->as.fused;
    const unsigned pixels[2] = {fused->expand_rows * dw->in_w, fused->expand_rest * dw->in_w};
    return pointwise_plan(spec, at, plan, 0, pixels);
}

/* Divides an image into units, or not, and plans all but the depthwise layer, whose plan stands. */
static enum exit_status arrange(const struct spec *spec, const struct plan_request *request,
                                struct position at, struct plan *plan, bool fuse)
{
    const unsigned last = spec->stage.layer_count - 1;
    const struct sepcc_layer *dw = &spec->stage.layer[last - 1];
    struct fused_plan *fused = &plan->as.fused;
    fused->fuse = fuse;
    for (unsigned i = 0; i <= last; ++i) {
        struct plan *part = &fused->parts[i];
        if (i != last - 1) /* it owns nothing */
            *part = (struct plan){.isa = part->isa, .operation = part->operation, .budget = part->budget};
    }
    enum exit_status status = unit_plan(spec, request, at, dw, plan, &fused->parts[last - 1]);
    if (status == STATUS_DONE)
        status = last_plan(spec, at, dw, plan, last);
    if (status == STATUS_DONE && spec->stage.op == SEPCC_OP_INVERTED)
        status = first_plan(spec, at, dw, plan);
    if (status == STATUS_DONE)
        fused->costs[fuse] = fused_cost(spec, plan);
    return status;
}

/* Whether to fuse, from the costs of both ways; the plan stands as fused. */
static bool fuse_choose(const struct spec *spec, const struct plan_request *request, struct fused_plan *fused)
{
    const double clearly = 0.98;
    const double whole = fused_cost_sum(&fused->costs[0]), fusing = fused_cost_sum(&fused->costs[1]);
    const bool cheaper = whole >= clearly * fusing;
    const bool units = spec->stage.batch >= FUSED_UNITS_WANTED || fused->unit_total == 1;
    fused->reason = request->fuse >= 0 || request->unit != 0 ? FUSED_ASKED
                    : cheaper || units                       ? FUSED_CHEAPER
                                                             : FUSED_FOR_UNITS;
    if (fused->reason == FUSED_ASKED)
        return request->fuse != 0;
    return cheaper || !units;
}

static void plan_sum(const struct spec *spec, struct plan *plan)
{
    const struct fused_plan *fused = &plan->as.fused;
    for (unsigned i = 0; i < spec->stage.layer_count; ++i) {
        const struct plan *part = &fused->parts[i];
        plan->packed_bytes += part->packed_bytes;
        plan->code_bytes += part->code_bytes;
        plan->registers = plan->registers > part->registers ? plan->registers : part->registers;
        plan->accumulators =
            plan->accumulators > part->accumulators ? plan->accumulators : part->accumulators;
    }
    plan->cycles = 0;
    plan->unit_count = (size_t)spec->stage.batch * fused->unit_total;
}

enum exit_status plan_fused(const struct spec *spec, const struct plan_request *request, struct position at,
                            struct plan *plan)
{
    const unsigned last = spec->stage.layer_count - 1;
    struct fused_plan *fused = &plan->as.fused;
    if (request->fuse == 0 && request->unit != 0)
        return plan_refuse(at, "unit=%u with fuse=no, expected one of them", request->unit);
    fused->part_count = last + 1;
    fused->parts = calloc(last + 1, sizeof *fused->parts);
    if (fused->parts == NULL)
        return diag_memory();
    for (unsigned i = 0; i <= last; ++i) {
        fused->parts[i].isa = plan->isa;
        fused->parts[i].operation =
            operation_of_layer((enum sepcc_op)spec->stage.layer[i].op, plan->operation->layout);
        /* A plan's text and name say nothing of the pointwise layers, so no key may change them. */
        fused->parts[i].budget = i == last - 1 ? plan->budget : PLAN_BUDGET_DEFAULT;
    }
    enum exit_status status = depthwise_plan(spec, request, at, plan, last - 1);
    if (status == STATUS_DONE)
        status = arrange(spec, request, at, plan, false);
    if (status == STATUS_DONE)
        status = arrange(spec, request, at, plan, true);
    if (status == STATUS_DONE && !fuse_choose(spec, request, fused))
        status = arrange(spec, request, at, plan, false);
    if (status == STATUS_DONE)
        plan_sum(spec, plan);
    else
        plan_free(plan);
    return status;
}

void plan_fused_free(struct plan *plan)
{
    struct fused_plan *fused = &plan->as.fused;
    for (unsigned i = 0; fused->parts != NULL && i < fused->part_count; ++i)
        plan_free(&fused->parts[i]);
    free(fused->parts);
}

void plan_fused_request(const struct plan *plan, struct plan_request *request)
{
    const struct fused_plan *fused = &plan->as.fused;
    const struct plan *dw = &fused->parts[fused->part_count - 2];
    dw->operation->plan_request(dw, request);
    request->prefetch = -1; /* not a key of fused stages */
    request->block = 0;
    request->fuse = fused->fuse;
    request->unit = fused->fuse ? fused->unit_rows : 0;
}
