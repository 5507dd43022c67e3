/*
 * report.c: rows, sums over them, and the report as CSV.
 */
#include "report.h"

#include <stdio.h>
#include <string.h>

/* ---- rows ------------------------------------------------------------------------------------------ */

static void describe_layer(const struct sepcc_layer *layer, char *text, size_t size)
{
    if (layer->op == SEPCC_OP_POINTWISE)
        snprintf(text, size, "%ux%ux%u -> %u", layer->in_h, layer->in_w, layer->in_c, layer->out_c);
    else
        snprintf(text, size, "%ux%ux%u %ux%u/%u", layer->in_h, layer->in_w, layer->in_c, layer->kernel_h,
                 layer->kernel_w, layer->stride_h);
}

void row_describe(struct row *row, const struct spec *spec)
{
    const struct sepcc_stage *stage = &spec->stage;
    row->kind = ROW_LAYER;
    row->spec = spec;
    snprintf(row->name, sizeof row->name, "%s", spec->name);
    if (stage->layer_count == 1)
        describe_layer(&stage->layer[0], row->shape, sizeof row->shape);
    else
        snprintf(row->shape, sizeof row->shape, "%s %ux%ux%u -> %u", spec_op_name((enum sepcc_op)stage->op),
                 stage->layer[0].in_h, stage->layer[0].in_w, stage->layer[0].in_c,
                 stage->layer[stage->layer_count - 1].out_c);
}

/* The first outcome that is not a measurement spoils the sum. */
static void add_outcome(struct outcome *sum, const struct outcome *more)
{
    if (sum->kind != OUTCOME_MEASURED)
        return;
    sum->kind = more->kind;
    sum->seconds += more->seconds;
    sum->low_s += more->low_s;
    sum->high_s += more->high_s;
}

void row_sum(struct row *sum, const struct row *rows, size_t count, uint32_t op, size_t contestant_count)
{
    double at_peak[CONTESTANT_MAX] = {0};
    size_t layers = 0;
    *sum = (struct row){.kind = ROW_SUM};
    for (size_t r = 0; r < count; ++r) {
        if (op != 0 && rows[r].spec->stage.op != op)
            continue;
        ++layers;
        sum->flop += rows[r].flop;
        for (size_t i = 0; i < contestant_count; ++i) {
            add_outcome(&sum->outcomes[i], &rows[r].outcomes[i]);
            at_peak[i] += rows[r].outcomes[i].seconds * rows[r].outcomes[i].peak_share;
        }
    }
    for (size_t i = 0; i < contestant_count; ++i) {
        struct outcome *outcome = &sum->outcomes[i];
        if (outcome->kind != OUTCOME_MEASURED || outcome->seconds <= 0)
            continue;
        outcome->peak_share = at_peak[i] / outcome->seconds;
        if (sum->outcomes[0].kind == OUTCOME_MEASURED)
            outcome->ratio = outcome->seconds / sum->outcomes[0].seconds;
    }
    snprintf(sum->name, sizeof sum->name, "all %s (%zu)",
             op == 0 ? "layers" : spec_op_name((enum sepcc_op)op), layers);
}

/* ---- CSV ------------------------------------------------------------------------------------------- */

static void csv_outcome(const struct outcome *outcome, struct text *text)
{
    static const char *const kinds[] = {"measured", "unsupported", "failed", "wrong"};
    text_printf(text, "%s", kinds[outcome->kind]);
    if (outcome->kind == OUTCOME_MEASURED)
        text_printf(text, ",%.9f,%.9f,%.9f,%.4f,%.4f,%.4f,%.4f\n", outcome->seconds, outcome->low_s,
                    outcome->high_s, outcome->ratio, outcome->ratio_low, outcome->ratio_high,
                    outcome->peak_share);
    else
        text_puts(text, ",,,,,,,\n");
}

static void csv_section(const struct report *report, const struct section *section, struct text *text)
{
    static const char *const kinds[] = {"layer", "sum", "chain"};
    for (size_t r = 0; r < section->row_count; ++r) {
        const struct row *row = &section->rows[r];
        char spec[SPEC_TEXT_MAX] = "";
        if (row->spec != NULL)
            spec_print(row->spec, 0, spec);
        for (size_t i = 0; i < section->contestants.count; ++i) {
            text_printf(text, "%s,%s,%zu,%s,%s,\"%s\",%.0f,%s,", report->chain, report->isa, section->threads,
                        kinds[row->kind], row->name, spec, row->flop,
                        section->contestants.items[i].peer->name);
            csv_outcome(&row->outcomes[i], text);
        }
    }
}

void report_csv(const struct report *report, struct text *text)
{
    text_printf(text, "# CPU: %s\n# compiler: %s\n", report->cpu, report->compiler);
    const struct contestants *contestants = &report->sections[0].contestants;
    for (size_t i = 0; i < contestants->count; ++i)
        text_printf(text, "# %s: %s\n", contestants->items[i].peer->name, contestants->items[i].version);
    text_puts(text, "chain,isa,threads,kind,name,spec,flop,peer,status,seconds,low_s,high_s,ratio,ratio_low,"
                    "ratio_high,peak_share\n");
    for (size_t s = 0; s < report->section_count; ++s)
        csv_section(report, &report->sections[s], text);
}
