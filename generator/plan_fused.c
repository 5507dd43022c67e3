/*
 * plan_fused.c: how the layers of a `separable` or `inverted` stage share a work unit and a workspace.
 *
 * A unit is a number of output rows. The depthwise layer writes them into the workspace and the last
 * pointwise layer reads them there, so the tensor between them never leaves the near caches. `inverted` also
 * keeps a window of expanded rows, which moves on as the units of a call follow one another.
 */
#include "operation.h"
#include "plan_internal.h"

#include <stdlib.h>
#include <string.h>

/* What the workspace may take of the second-level cache, and the pixels that make a pass over the weights
 * pay. */
enum { WORKSPACE_MOST = 256 * 1024, PIXELS_WANTED = 48 };

void part_spec(const struct spec *spec, unsigned layer, struct spec *part)
{
    memset(part, 0, sizeof *part);
    part->stage.op = spec->stage.layer[layer].op;
    part->stage.dtype = spec->stage.dtype;
    part->stage.layout = spec->stage.layout;
    part->stage.batch = 1;
    part->stage.layer_count = 1;
    part->stage.layer[0] = spec->stage.layer[layer];
}

/* Input rows that `rows` output rows need at most. */
static unsigned window_of(const struct sepcc_layer *dw, unsigned rows)
{
    const unsigned long window =
        (unsigned long)(rows - 1) * dw->stride_h + (unsigned long)(dw->kernel_h - 1) * dw->dilation_h + 1;
    return window < dw->in_h ? (unsigned)window : dw->in_h;
}

static size_t window_bytes(const struct spec *spec, const struct sepcc_layer *dw, unsigned rows)
{
    if (spec->stage.op != SEPCC_OP_INVERTED)
        return 0;
    return aligned_bytes((size_t)window_of(dw, rows) * dw->in_w * dw->in_c);
}

static size_t rows_bytes(const struct sepcc_layer *dw, unsigned rows)
{
    return aligned_bytes((size_t)rows * dw->out_w * dw->out_c);
}

/*
 * Rows of a unit: enough pixels to make use of each weight that is read, while the workspace stays small, and
 * at least two units where the map allows, so that two threads have work.
 */
static unsigned unit_choose(const struct spec *spec, const struct sepcc_layer *dw, unsigned tile)
{
    unsigned rows = divide_up(divide_up(PIXELS_WANTED, dw->out_w), tile) * tile;
    rows = minimum(rows, divide_up(divide_up(dw->out_h, 2), tile) * tile);
    while (rows > tile && window_bytes(spec, dw, rows) + rows_bytes(dw, rows) > WORKSPACE_MOST)
        rows -= tile;
    return rows;
}

/* The request of the depthwise part: its own keys alone. */
static struct plan_request depthwise_request(const struct plan_request *request)
{
    struct plan_request part = *request;
    part.unit = 0;
    return part;
}

static enum exit_status unit_plan(const struct spec *spec, const struct plan_request *request,
                                  struct position at, const struct sepcc_layer *dw, struct plan *plan,
                                  const struct plan *part)
{
    struct fused_plan *fused = &plan->as.fused;
    const unsigned tile = part->as.depthwise.rows;
    fused->unit_rows = request->unit != 0 ? request->unit : unit_choose(spec, dw, tile);
    if (fused->unit_rows % tile != 0 || fused->unit_rows > divide_up(dw->out_h, tile) * tile)
        return plan_refuse(at, "unit=%u, expected a multiple of the tile's %u rows, at most %u",
                           fused->unit_rows, tile, divide_up(dw->out_h, tile) * tile);
    fused->unit_tiles = fused->unit_rows / tile;
    fused->unit_total = divide_up(dw->out_h, fused->unit_rows);
    fused->window_rows = window_of(dw, fused->unit_rows);
    fused->rows_at = window_bytes(spec, dw, fused->unit_rows);
    fused->expand_rows =
        minimum(fused->unit_total == 1 ? dw->in_h : fused->unit_rows * dw->stride_h, dw->in_h);
    return STATUS_DONE;
}

/* The last layer runs on a whole unit's pixels, or on those of the last, shorter unit. */
static enum exit_status last_plan(const struct spec *spec, struct position at, const struct sepcc_layer *dw,
                                  struct plan *plan, unsigned layer)
{
    const struct fused_plan *fused = &plan->as.fused;
    const unsigned rows = minimum(fused->unit_rows, dw->out_h), rest = dw->out_h % rows;
    const unsigned pixels[2] = {rows * dw->out_w, rest * dw->out_w};
    struct spec part;
    part_spec(spec, layer, &part);
    return plan_pointwise_part(&part, pixels, rest != 0 ? 2 : 1, at, &plan->as.fused.parts[layer]);
}

/* The expansion runs on as many rows as a unit moves on by, or on single ones. */
static enum exit_status first_plan(const struct spec *spec, struct position at, const struct sepcc_layer *dw,
                                   struct plan *plan)
{
    const unsigned rows = plan->as.fused.expand_rows;
    const unsigned pixels[2] = {rows * dw->in_w, dw->in_w};
    struct spec part;
    part_spec(spec, 0, &part);
    return plan_pointwise_part(&part, pixels, rows > 1 ? 2 : 1, at, &plan->as.fused.parts[0]);
}

static void plan_sum(const struct spec *spec, const struct sepcc_layer *dw, struct plan *plan)
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
    plan->workspace_bytes = fused->rows_at + rows_bytes(dw, fused->unit_rows);
    plan->unit_count = (size_t)spec->stage.batch * fused->unit_total;
}

enum exit_status plan_fused(const struct spec *spec, const struct plan_request *request, struct position at,
                            struct plan *plan)
{
    const unsigned last = spec->stage.layer_count - 1;
    const struct sepcc_layer *dw = &spec->stage.layer[last - 1];
    const struct plan_request dw_request = depthwise_request(request);
    struct fused_plan *fused = &plan->as.fused;
    struct spec part;
    fused->part_count = last + 1;
    fused->parts = calloc(last + 1, sizeof *fused->parts);
    if (fused->parts == NULL)
        return diag_memory();
    for (unsigned i = 0; i <= last; ++i) {
        fused->parts[i].isa = plan->isa;
        fused->parts[i].operation =
            operation_of_layer((enum sepcc_op)spec->stage.layer[i].op, (enum sepcc_layout)spec->stage.layout);
        /* A plan's text and name say nothing of the pointwise layers, so no key may change them. */
        fused->parts[i].budget = i == last - 1 ? plan->budget : PLAN_BUDGET_DEFAULT;
    }
    part_spec(spec, last - 1, &part);
    enum exit_status status = plan_depthwise_part(&part, &dw_request, at, &fused->parts[last - 1]);
    if (status == STATUS_DONE)
        status = unit_plan(spec, request, at, dw, plan, &fused->parts[last - 1]);
    if (status == STATUS_DONE)
        status = last_plan(spec, at, dw, plan, last);
    if (status == STATUS_DONE && spec->stage.op == SEPCC_OP_INVERTED)
        status = first_plan(spec, at, dw, plan);
    if (status == STATUS_DONE)
        plan_sum(spec, dw, plan);
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
    plan_depthwise_request(&fused->parts[fused->part_count - 2], request);
    request->block = 0;
    request->unit = fused->unit_rows;
}
