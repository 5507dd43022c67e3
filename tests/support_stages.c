/*
 * support_stages.c: stages found in made graphs, and computed.
 */
#include "support_stages.h"

#include "sepcc.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

struct made_graph model_made;

void model_found(const char *text, enum model_join join, struct model *model)
{
    make_graph(text, &model_made);
    struct graph graph = model_made.graph;
    assert_int_equal(model_find(&graph, join, model), STATUS_DONE);
}

void model_done(struct model *model)
{
    model_free(model);
    made_graph_free(&model_made);
}

/* The stage's tensor as floats. */
static float *floats_of(size_t tensor)
{
    const size_t count = model_made.tensors[tensor].count;
    float *floats = malloc(count * sizeof *floats);
    assert_non_null(floats);
    for (size_t i = 0; i < count; ++i)
        floats[i] = (float)model_made.values[tensor][i];
    return floats;
}

void assert_stage_computes(const struct model_stage *stage)
{
    const float *weight[SEPCC_MAX_LAYERS], *bias[SEPCC_MAX_LAYERS], *slope[SEPCC_MAX_LAYERS];
    const size_t count = sepcc_stage_output_count(&stage->spec.stage);
    for (size_t i = 0; i < SEPCC_MAX_LAYERS; ++i) {
        weight[i] = stage->layer[i].weight;
        bias[i] = stage->layer[i].bias;
        slope[i] = stage->layer[i].slope;
        if (i < stage->spec.stage.layer_count)
            assert_int_equal(bias[i] != NULL, stage->spec.stage.layer[i].has_bias);
    }
    assert_int_equal(sepcc_stage_input_count(&stage->spec.stage), model_made.tensors[stage->input].count);
    assert_int_equal(count, model_made.tensors[stage->output].count);
    float *in = floats_of(stage->input), *out = calloc(count, sizeof *out);
    assert_non_null(out);
    assert_int_equal(sepcc_reference(&stage->spec.stage, SEPCC_FUSED, in, weight, bias, slope, out),
                     SEPCC_OK);
    for (size_t i = 0; i < count; ++i) {
        const double truth = model_made.values[stage->output][i];
        if (!(fabs((double)out[i] - truth) <= 1e-4 * (1 + fabs(truth))))
            fail_msg("element %zu is %g, expected %g", i, (double)out[i], truth);
    }
    free(in);
    free(out);
}
