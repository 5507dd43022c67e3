/*
 * net.c: nets with random weights, made from the stages of a layer list.
 */
#include "net.h"

#include "sepcc.h"
#include "tensors.h"

#include <math.h>
#include <stdlib.h>

enum { TENSORS_PER_LAYER = 3 };

int specs_connect(const struct spec *first, const struct spec *second)
{
    const struct sepcc_layer *from = &first->stage.layer[first->stage.layer_count - 1];
    const struct sepcc_layer *to = &second->stage.layer[0];
    return from->out_h == to->in_h && from->out_w == to->in_w && from->out_c == to->in_c &&
           first->stage.batch == second->stage.batch && first->stage.layout == second->stage.layout;
}

/* Random values of mean square 1 times scale squared; owned by the net. NULL when out of memory. */
static float *make_values(struct owned_net *owned, size_t count, double scale, uint64_t *seed)
{
    float *values = floats_alloc(count);
    double squares = 0;
    if (values == NULL)
        return NULL;
    owned->floats[owned->floats_count++] = values;
    sepcc_fill(values, count, SEPCC_DATA_CANCEL, (*seed)++);
    for (size_t i = 0; i < count; ++i)
        squares += (double)values[i] * (double)values[i];
    const double factor = squares > 0 ? scale / sqrt(squares / (double)count) : 0;
    for (size_t i = 0; i < count; ++i)
        values[i] = (float)(values[i] * factor);
    return values;
}

/* Terms of the sum behind one output. */
static double depth_of(const struct sepcc_layer *layer)
{
    return layer->op == SEPCC_OP_DEPTHWISE ? (double)layer->kernel_h * layer->kernel_w : layer->in_c;
}

/* An activation of the relu kind halves the mean square of what it reads. */
static double gain_of(const struct sepcc_layer *layer)
{
    return layer->act == SEPCC_ACT_NONE ? 1 : sqrt(2);
}

static enum exit_status make_layer(struct owned_net *owned, const struct sepcc_layer *shape,
                                   struct net_layer *layer, uint64_t *seed)
{
    *layer = (struct net_layer){.shape = shape, .add = -1};
    layer->weight =
        make_values(owned, sepcc_layer_weight_count(shape), gain_of(shape) / sqrt(depth_of(shape)), seed);
    layer->bias = make_values(owned, shape->out_c, 0.1, seed);
    layer->slope = make_values(owned, shape->out_c, 0.25, seed);
    return layer->weight == NULL || layer->bias == NULL || layer->slope == NULL ? diag_memory() : STATUS_DONE;
}

static enum exit_status fill_net(struct owned_net *owned, struct net_layer *layers, struct net_stage *stages,
                                 const struct spec *specs, size_t count, uint64_t seed)
{
    enum exit_status status = STATUS_DONE;
    size_t at = 0;
    for (size_t i = 0; i < count; ++i) {
        const struct sepcc_stage *stage = &specs[i].stage;
        spec_print(&specs[i], 0, owned->specs[i]);
        stages[i] = (struct net_stage){owned->specs[i], stage, at};
        for (size_t l = 0; l < stage->layer_count && status == STATUS_DONE; ++l)
            status = make_layer(owned, &stage->layer[l], &layers[at + l], &seed);
        if (stage->residual)
            layers[at + stage->layer_count - 1].add = (int)at;
        at += stage->layer_count;
        owned->fma_count += sepcc_stage_fma_count(stage);
    }
    owned->in_count = sepcc_stage_input_count(&specs[0].stage);
    owned->out_count = sepcc_stage_output_count(&specs[count - 1].stage);
    owned->in = status == STATUS_DONE ? make_values(owned, owned->in_count, 1, &seed) : NULL;
    return owned->in == NULL && status == STATUS_DONE ? diag_memory() : status;
}

/* The peers know the layers of separable convolutions only. */
static enum exit_status check_layers(const struct spec *specs, size_t count)
{
    for (size_t i = 0; i < count; ++i)
        if (specs[i].stage.op == SEPCC_OP_CONV)
            return diag_error(DIAG_SPEC_UNSUPPORTED, NOWHERE,
                              "%s is a conv, expected depthwise, pointwise, separable or inverted stages",
                              specs[i].name);
    return STATUS_DONE;
}

enum exit_status net_make(const struct spec *specs, size_t count, uint64_t seed, struct owned_net *made)
{
    *made = (struct owned_net){0};
    if (check_layers(specs, count) != STATUS_DONE)
        return STATUS_INPUT;
    size_t layer_count = specs[0].stage.layer_count;
    for (size_t i = 1; i < count; ++i)
        layer_count += specs[i].stage.layer_count;
    struct net_layer *layers = calloc(layer_count, sizeof *layers);
    struct net_stage *stages = calloc(count, sizeof *stages);
    *made = (struct owned_net){
        .net = {.batch = specs[0].stage.batch,
                .layout = specs[0].stage.layout,
                .layer_count = layer_count,
                .stage_count = count,
                .layers = layers,
                .stages = stages},
        .floats = calloc(TENSORS_PER_LAYER * layer_count + 1, sizeof *made->floats),
        .specs = calloc(count, sizeof *made->specs),
    };
    enum exit_status status = STATUS_DONE;
    if (layers == NULL || stages == NULL || made->floats == NULL || made->specs == NULL)
        status = diag_memory();
    else
        status = fill_net(made, layers, stages, specs, count, seed);
    if (status != STATUS_DONE)
        net_free(made);
    return status;
}

void net_free(struct owned_net *owned)
{
    for (size_t i = 0; i < owned->floats_count; ++i)
        free(owned->floats[i]);
    free(owned->floats);
    free(owned->specs);
    free((void *)owned->net.layers);
    free((void *)owned->net.stages);
    *owned = (struct owned_net){0};
}
