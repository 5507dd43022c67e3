/*
 * cmd_compare.c: `sepcc compare`: builds each separable stage and the standard convolution that it replaces,
 * and measures both in the same rounds.
 */
#include "bundle/source.h"
#include "commands/commands.h"
#include "commands/stages_report.h"
#include "measure/compare.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void compare_conv(const struct spec *separable, struct spec *conv)
{
    const struct sepcc_layer *last = &separable->stage.layer[1];
    *conv = *separable;
    memset(&conv->stage.layer[1], 0, sizeof conv->stage.layer[1]);
    conv->stage.op = SEPCC_OP_CONV;
    conv->stage.layer_count = 1;
    struct sepcc_layer *layer = &conv->stage.layer[0]; /* its window is the depthwise layer's */
    layer->op = SEPCC_OP_CONV;
    layer->multiplier = 1;
    layer->out_c = last->out_c;
    layer->has_bias = last->has_bias;
    layer->act = last->act;
    memcpy(layer->act_param, last->act_param, sizeof layer->act_param);
}

/* Appends the stage and its convolution, by names that nothing else has. */
static void add_pair(const struct spec *stage, size_t pair, struct spec_list *list)
{
    struct spec *const separable = &list->items[list->count++], *const conv = &list->items[list->count++];
    *separable = *stage;
    compare_conv(stage, conv);
    snprintf(separable->name, sizeof separable->name, "separable%zu", pair);
    snprintf(conv->name, sizeof conv->name, "conv%zu", pair);
}

/*
 * The separable stages that the command line names, and their pairs; both lists are to be freed, after an
 * error too. None is an error: DIAG_SPEC_UNSUPPORTED.
 */
static enum exit_status find_pairs(const struct options *options, struct spec_list *stages,
                                   struct spec_list *pairs, size_t *left_out)
{
    struct source source;
    enum exit_status status = source_read(options, &source);
    const size_t count = status == STATUS_DONE ? source_stage_count(&source) : 0;
    stages->items = calloc(count + 1, sizeof *stages->items);
    pairs->items = calloc(2 * count + 1, sizeof *pairs->items);
    if (status == STATUS_DONE && (stages->items == NULL || pairs->items == NULL))
        status = diag_memory();
    for (size_t i = 0; status == STATUS_DONE && i < count; ++i) {
        const struct spec *stage = source_stage(&source, i);
        if (stage->stage.op != SEPCC_OP_SEPARABLE)
            continue;
        add_pair(stage, stages->count, pairs);
        stages->items[stages->count++] = *stage;
    }
    *left_out = count - stages->count;
    source_free(&source);
    if (status == STATUS_DONE && stages->count == 0)
        return diag_error(DIAG_SPEC_UNSUPPORTED,
                          (struct position){options->spec_file != NULL ? options->spec_file : "SPEC", 0, 0},
                          "none of the stages is separable, expected one at least");
    return status;
}

/* Prints what was measured; wrong kernels make the exit status. */
static enum exit_status report(const struct comparison *comparison, const struct options *options)
{
    enum exit_status status = STATUS_DONE;
    if (options->json)
        status = compare_print_json(comparison);
    else
        compare_print_table(comparison);
    return status == STATUS_DONE ? bench_verdict(comparison->bench) : status;
}

enum exit_status cmd_compare(const struct options *options)
{
    isa_set isas = 0;
    struct spec_list stages = {0}, pairs = {0};
    struct bundle bundle = {0};
    struct bench_session session = {0};
    struct comparison comparison = {.bench = &session.bench};
    enum exit_status status = bench_isas(options, &isas);
    if (status == STATUS_DONE)
        status = find_pairs(options, &stages, &pairs, &comparison.left_out);
    if (status == STATUS_DONE)
        status = bundle_plan_stages(options, isas, &pairs, options->spec_file, &bundle);
    if (status == STATUS_DONE)
        status = bench_open(options, &bundle, &session);
    if (status == STATUS_DONE && options->verify)
        status = bench_prove(&session);
    if (status == STATUS_DONE)
        status = bench_measure(&session);
    comparison.stages = stages.items;
    comparison.stage_count = stages.count;
    if (status == STATUS_DONE)
        status = report(&comparison, options);
    bench_close(&session);
    bundle_free(&bundle);
    spec_list_free(&stages);
    spec_list_free(&pairs);
    return status;
}
