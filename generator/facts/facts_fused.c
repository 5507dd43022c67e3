/*
 * facts_fused.c: the plan of a fused stage as facts, and those of its layers, each to be defined when the
 * template comes to it.
 */
#include "facts/facts.h"
#include "plan/operation.h"
#include "plan/plan_internal.h"

#include <string.h>

/* One layer's facts as the body of a macro. */
static void layer_macro(struct kernel *kernel, unsigned layer)
{
    const unsigned last = kernel->spec.stage.layer_count - 1;
    struct kernel part = {.isa = kernel->isa, .plan = kernel->plan.as.fused.parts[layer]};
    const struct layer_place place = {.prefix = layer_prefix(&kernel->spec.stage, layer),
                                      .part = true,
                                      .add = layer == last && kernel->spec.stage.residual != 0};
    part_spec(&kernel->spec, layer, &part.spec);
    facts_layer(&part, &place);
    if (part.facts.failed)
        kernel->facts.failed = true;
    else
        text_printf(&kernel->facts, "m4_define([M_LAYER_%u], [%s])\n", layer, part.facts.data);
    text_free(&part.facts);
}

void facts_fused(struct kernel *kernel)
{
    const struct sepcc_stage *stage = &kernel->spec.stage;
    const struct fused_plan *fused = &kernel->plan.as.fused;
    const unsigned last = stage->layer_count - 1;
    const struct plan *dw = &fused->parts[last - 1];
    const bool planes = kernel->plan.operation->layout == SEPCC_NCHW;
    struct text *facts = &kernel->facts;
    fact_number(facts, stage->op == SEPCC_OP_INVERTED, "EXPANDS");
    fact_number(facts, planes, "PLANES");
    fact_number(facts, fused->unit_rows, "UNIT_ROWS");
    fact_number(facts, fused->unit_tiles, "UNIT_TILES");
    fact_number(facts, fused->unit_total, "UNITS");
    fact_number(facts, planes ? dw->as.depthwise_nchw.row_tile_count : dw->as.depthwise.row_tile_count,
                "TILE_TOTAL");
    fact_number(facts, fused->window_rows, "WINDOW_ROWS");
    fact_number(facts, fused->expand_rows, "EXPAND_ROWS");
    fact_number(facts, fused->expand_rest, "EXPAND_REST");
    fact_number(facts, fused->last_rows, "LAST_ROWS");
    fact_number(facts, fused->window_at / sizeof(float), "WINDOW_AT");
    fact_number(facts, planes ? dw->as.depthwise_nchw.in_step : 0, "WINDOW_STEP");
    fact_number(facts, fused->rows_at / sizeof(float), "ROWS_AT");
    for (unsigned i = 0; i <= last; ++i)
        layer_macro(kernel, i);
}
