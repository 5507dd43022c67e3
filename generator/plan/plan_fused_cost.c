/*
 * plan_fused_cost.c: what an arrangement of a fused stage costs: in units of some rows, or the layers one
 * after the other over a whole image. The layers' own cycles are those of their plans; what differs is where
 * the tensors between them live, and how often weights are read. docs/plan.md has the reasoning.
 */
#include "plan/operation.h"
#include "plan/plan_internal.h"

/* The caches of a usual core, in bytes, and what comes from behind each, in bytes a cycle. */
enum { NEAR_CACHE = 32 * 1024, SECOND_CACHE = 512 * 1024 };
static const double second_rate = 64, far_rate = 12, stream_rate = 32;

/* Cycles of moving so many bytes that live in a workspace of that size. */
static double move_cycles(double bytes, size_t workspace_bytes)
{
    if (workspace_bytes <= NEAR_CACHE)
        return 0;
    return bytes / (workspace_bytes <= SECOND_CACHE ? second_rate : far_rate);
}

/* Rows of an image in blocks of a pointwise layer: so many of `block` rows, the others of `rest` rows. */
struct blocks {
    unsigned rows, width, block, rest;
};

/* What a block of pixels costs, in units of its own: planes take whole vectors. */
static double block_work(const struct plan *part, unsigned pixels)
{
    return part->operation->layout == SEPCC_NCHW ? divide_up(pixels, part->isa->lanes) : pixels;
}

/* A pointwise layer: its cycles, and those of reading its weights again for each block but the first. */
static void add_pointwise(const struct plan *part, const struct blocks *of, struct fused_cost *cost)
{
    const unsigned whole = of->rows / of->block;
    const double others = of->rest > 0 ? (double)(of->rows % of->block) / of->rest : 0;
    const double share = block_work(part, of->rest * of->width) / block_work(part, of->block * of->width);
    cost->layers += part->cycles * (whole + others * share);
    if (part->packed_bytes > NEAR_CACHE)
        cost->weights += (whole + others - 1) * (double)part->packed_bytes / stream_rate;
}

struct fused_cost fused_cost(const struct spec *spec, const struct plan *plan)
{
    const struct fused_plan *fused = &plan->as.fused;
    const unsigned last = fused->part_count - 1;
    const struct sepcc_layer *dw = &spec->stage.layer[last - 1];
    const double out_rows = (double)dw->out_w * dw->out_c * sizeof(float),
                 in_rows = (double)dw->in_w * dw->in_c * sizeof(float);
    struct fused_cost cost = {.layers = fused->parts[last - 1].cycles,
                              .workspace_bytes = plan->workspace_bytes};
    const struct blocks out = {dw->out_h, dw->out_w, fused->last_rows, dw->out_h % fused->last_rows};
    add_pointwise(&fused->parts[last], &out, &cost);
    /* Each row is written once and read once. */
    double moved = 2 * out_rows * dw->out_h;
    if (spec->stage.op == SEPCC_OP_INVERTED) {
        const double kept = (double)fused->window_rows - (double)fused->unit_rows * dw->stride_h;
        const struct blocks in = {dw->in_h, dw->in_w, fused->expand_rows, fused->expand_rest};
        add_pointwise(&fused->parts[0], &in, &cost);
        moved += 2 * in_rows * dw->in_h;
        if (kept > 0)
            moved += 2 * in_rows * kept * (fused->unit_total - 1);
    }
    cost.tensors = move_cycles(moved, plan->workspace_bytes);
    return cost;
}

double fused_cost_sum(const struct fused_cost *cost)
{
    return cost->layers + cost->weights + cost->tensors;
}

/* ---- in words -------------------------------------------------------------------------------------- */

static void explain_cost(const struct fused_cost *cost, const char *what, struct text *text)
{
    text_printf(text,
                "  %s: about %.0f cycles of one core for an image: layers %.0f, weights read again %.0f, the "
                "tensors between\n    through %zu bytes of workspace %.0f.\n",
                what, fused_cost_sum(cost), cost->layers, cost->weights, cost->workspace_bytes,
                cost->tensors);
}

static void explain_reason(const struct spec *spec, const struct fused_plan *fused, struct text *text)
{
    switch (fused->reason) {
    case FUSED_ASKED:
        text_puts(text, "  As the plan asks.\n");
        break;
    case FUSED_CHEAPER:
        text_printf(text, "  So %s.\n", fused->fuse ? "the layers are fused" : "they are not fused");
        break;
    case FUSED_FOR_UNITS:
        text_printf(
            text,
            "  So fusing gains nothing on one thread; but an image would be one work unit, %u in all, "
            "and threads need %u.\n",
            spec->stage.batch, (unsigned)FUSED_UNITS_WANTED);
        break;
    }
}

void plan_fused_explain(const struct spec *spec, const struct plan *plan, struct text *text)
{
    const struct fused_plan *fused = &plan->as.fused;
    const bool expands = spec->stage.op == SEPCC_OP_INVERTED;
    if (fused->fuse)
        text_printf(text, "Fused: yes, %u output rows at a time.\n", fused->unit_rows);
    else
        text_puts(text, "Fused: no, the layers run one after the other over an image.\n");
    explain_cost(&fused->costs[1], "Fused", text);
    explain_cost(&fused->costs[0], "One after the other", text);
    explain_reason(spec, fused, text);
    if (expands && fused->fuse)
        text_printf(text, "  Of the expanded tensor %u rows are kept; a call expands each row once.\n",
                    fused->window_rows);
    for (unsigned i = 0; i < fused->part_count; ++i) {
        struct spec part;
        part_spec(spec, i, &part);
        text_printf(text, "Layer %u, %s:\n", i + 1, spec_op_name((enum sepcc_op)part.stage.op));
        fused->parts[i].operation->plan_explain(&part, &fused->parts[i], text);
        text_puts(text, " (as a layer of its own).\n");
        text_printf(text, "Code of the layer: about %zu bytes, budget %u.\n", fused->parts[i].code_bytes,
                    fused->parts[i].budget);
    }
    if (fused->fuse)
        text_printf(text, "Work unit: %u output rows of one image", fused->unit_rows);
    else
        text_puts(text, "Work unit: one image");
}
