/*
 * plan_explain.c: the plan in words, for `sepcc explain`.
 */
#include "plan/operation.h"
#include "plan/plan_internal.h"

static void explain_bands(struct text *text, const char *what, const struct axis_band *bands, unsigned count)
{
    text_printf(text, "  %s:", what);
    for (unsigned b = 0; b < count; ++b)
        text_printf(text, "%s %u x %u", b > 0 ? " +" : "", bands[b].count, bands[b].size);
    text_puts(text, "  (tiles x outputs of a tile; bands with their own code)\n");
}

void plan_depthwise_explain(const struct spec *spec, const struct plan *plan, struct text *text)
{
    static const char *const unrolls[] = {
        "every tap and every output of a tile straight-line; borders have their own code",
        "a loop over kernel rows; the taps of a row and the outputs of a tile straight-line",
        "loops over kernel rows and columns; the outputs of a tile straight-line",
    };
    static const char *const sources[] = {
        "neighbouring channels",
        "output channels; each input channel is spread over the lanes of its outputs",
        "the output channels of one input channel, which is broadcast",
    };
    const struct depthwise_plan *dw = &plan->as.depthwise;
    const struct sepcc_layer *layer = &spec->stage.layer[0];
    text_printf(text, "Register tile: %u rows x %u columns x %u vectors of %u channels: %u accumulators.\n",
                dw->rows, dw->columns, dw->vectors, plan->isa->lanes, plan->accumulators);
    text_printf(text, "Lanes: %s.\n", sources[dw->lanes]);
    text_printf(text, "Taps: %s.\n", unrolls[dw->unroll]);
    text_printf(text, "  A kernel row's weights are held in registers %u at a time.\n", dw->hold);
    text_puts(text, "Output cover:\n");
    if (dw->row_band_count + dw->column_band_count <= 32) {
        explain_bands(text, "rows   ", dw->row_bands, dw->row_band_count);
        explain_bands(text, "columns", dw->column_bands, dw->column_band_count);
    } else
        text_printf(text, "  rows: %u bands, columns: %u bands\n", dw->row_band_count, dw->column_band_count);
    text_printf(text, "Loops, outermost first: image (%u), channel group (%u), row of tiles (%u), tile, ",
                spec->stage.batch, dw->channel_group_total, dw->row_tile_count);
    text_printf(text, "channels of the group (%u).\n", dw->channel_groups[0].size.out);
    text_printf(text, "Packed weights: per vector the bias, %u taps%s: %u floats; %zu bytes in all.\n",
                layer->kernel_h * layer->kernel_w, layer->act == SEPCC_ACT_PRELU ? ", the slopes" : "",
                dw->vector_floats, plan->packed_bytes);
    text_puts(text, "Work unit: one row of tiles of one channel group of one image");
}

static void explain_panels(const struct panel_block *blocks, unsigned kinds, struct text *text)
{
    for (unsigned b = 0; b < kinds; ++b) {
        const struct panel_block *block = &blocks[b];
        text_printf(text, "  channels: %u blocks of %u = panels of", block->count, block->channels);
        for (unsigned i = 0; i < block->band_count; ++i)
            text_printf(text, "%s %u x %u vectors", i > 0 ? " +" : "", block->bands[i].count,
                        block->bands[i].vectors);
        text_puts(text, "\n");
    }
}

static void explain_pixels(const struct pointwise_plan *pw, struct text *text)
{
    for (unsigned b = 0; b < pw->pixel_block_kinds; ++b) {
        const struct pixel_block *block = &pw->pixel_blocks[b];
        text_printf(text, "  pixels:   %u blocks of %u =", block->count, block->pixels);
        for (unsigned i = 0; i < block->band_count; ++i)
            text_printf(text, "%s %u x %u", i > 0 ? " +" : "", block->bands[i].count, block->bands[i].size);
        text_puts(text, "\n");
    }
    explain_panels(pw->panel_blocks, pw->panel_block_kinds, text);
}

void plan_pointwise_explain(const struct spec *spec, const struct plan *plan, struct text *text)
{
    const struct pointwise_plan *pw = &plan->as.pointwise;
    const struct sepcc_layer *layer = &spec->stage.layer[0];
    text_printf(text, "Register tile: %u pixels x %u vectors of %u channels: %u accumulators.\n", pw->rows,
                pw->vectors, plan->isa->lanes, plan->accumulators);
    text_printf(text, "Output cover, for each of %u lines of %u pixels:\n", pw->line_count, pw->line_pixels);
    explain_pixels(pw, text);
    text_puts(text, "Input channels:");
    for (unsigned d = 0; d < pw->depth_band_count; ++d)
        text_printf(text, "%s %u x %u", d > 0 ? " +" : "", pw->depth_bands[d].count,
                    pw->depth_bands[d].depth);
    text_printf(text, ", %u to a turn of the loop%s.\n", pw->unroll_k,
                pw->depth_band_count > 1 ? "; partial sums wait in the output" : "");
    text_puts(
        text,
        "Loops, outermost first: line, pixel block, channel block, K block, panel, tile, input channel.\n");
    text_printf(
        text,
        "Packed weights: per panel the biases, then the weights of each input channel%s; %zu bytes in all.\n",
        layer->act == SEPCC_ACT_PRELU ? ", then the slopes" : "", plan->packed_bytes);
    text_puts(text, "Work unit: one block of pixels x one block of output channels");
}

void plan_conv_explain(const struct spec *spec, const struct plan *plan, struct text *text)
{
    const struct conv_plan *cv = &plan->as.conv;
    const struct sepcc_layer *layer = &spec->stage.layer[0];
    text_printf(text, "Register tile: %u columns x %u vectors of %u channels: %u accumulators.\n",
                cv->columns, cv->vectors, plan->isa->lanes, plan->accumulators);
    text_printf(
        text, "Taps: a loop over kernel rows; %s.\n",
        cv->unroll == UNROLL_FULL
            ? "kernel columns that the same outputs of a tile use are one loop; borders have their own code"
            : "a loop over kernel columns; the outputs of a tile have the same");
    text_puts(text, "Output cover:\n");
    if (cv->column_band_count <= 32)
        explain_bands(text, "columns", cv->column_bands, cv->column_band_count);
    else
        text_printf(text, "  columns: %u bands\n", cv->column_band_count);
    explain_panels(cv->panel_blocks, cv->panel_block_kinds, text);
    text_printf(text, "Input channels: %u, %u to a turn of the loop.\n", layer->in_c, cv->unroll_k);
    text_puts(text,
              "Loops, outermost first: image, channel block, rows of a unit, panel, row, tile, kernel row, "
              "kernel column, input channel.\n");
    text_printf(
        text,
        "Packed weights: per panel the biases, then the weights of each tap and input channel%s; %zu bytes "
        "in all.\n",
        layer->act == SEPCC_ACT_PRELU ? ", then the slopes" : "", plan->packed_bytes);
    text_printf(text, "Work unit: %u output rows x one block of output channels", cv->unit);
}

void plan_explain(const struct spec *spec, const struct plan *plan, struct text *text)
{
    text_puts(text, "Plan: ");
    plan_print(plan, text);
    text_puts(text, "\n");
    plan->operation->plan_explain(spec, plan, text);
    text_printf(text, "; %zu units.\n", plan->unit_count);
    text_printf(text, "Vector registers: about %u of %u.  Code: about %zu bytes", plan->registers,
                plan->isa->registers, plan->code_bytes);
    if (spec->stage.layer_count == 1)
        text_printf(text, ", budget %u.\n", plan->budget);
    else
        text_puts(text, " in all.\n"); /* its layers have budgets of their own */
    if (plan->cycles > 0)
        text_printf(text, "Predicted: %.0f cycles of one core, as the plan reckons; memory not counted.\n",
                    plan->cycles);
}
