/*
 * model_activation.c: the activation behind a convolution, however it is spelled out.
 */
#include "model/pattern.h"

#include <math.h>
#include <stdlib.h>

enum {
    CONSUMERS_MAX = 4, /* of x: no expression reads it more often */
    STEPS_MAX = 8,     /* nodes from x to the value of an expression */
};

/* What the activation's parameters are made from. */
enum parameters {
    WITHOUT,
    BOUNDS,      /* of Clip */
    SLOPE,       /* `a` */
    SLOPE_TO_1,  /* `a`, if it is at most 1 */
    MINUS_SLOPE, /* -`a` */
};

/* Longer expressions come before those that are a part of them. */
static const struct form {
    const char *expression;
    enum sepcc_act act;
    enum parameters parameters;
} forms[] = {
    {"HardSwish(x)", SEPCC_ACT_HARD_SWISH, WITHOUT},
    {"Div(Mul(x,ramp),6)", SEPCC_ACT_HARD_SWISH, WITHOUT},
    {"Mul(Mul(x,ramp),sixth)", SEPCC_ACT_HARD_SWISH, WITHOUT},
    {"Mul(Div(x,6),ramp)", SEPCC_ACT_HARD_SWISH, WITHOUT},
    {"Mul(Mul(x,sixth),ramp)", SEPCC_ACT_HARD_SWISH, WITHOUT},
    {"Mul(x,gate)", SEPCC_ACT_HARD_SWISH, WITHOUT},
    {"gate", SEPCC_ACT_HARD_SIGMOID, WITHOUT},
    {"Mul(x,logistic)", SEPCC_ACT_SILU, WITHOUT},
    {"Div(x,Add(Exp(minus),1))", SEPCC_ACT_SILU, WITHOUT},
    {"logistic", SEPCC_ACT_SIGMOID, WITHOUT},
    {"PRelu(x,a)", SEPCC_ACT_PRELU, SLOPE},
    {"LeakyRelu(x)", SEPCC_ACT_PRELU, SLOPE},
    {"Max(x,Mul(x,a))", SEPCC_ACT_PRELU, SLOPE_TO_1},
    {"Sub(above,Mul(below,a))", SEPCC_ACT_PRELU, SLOPE},
    {"Add(above,Neg(Mul(below,a)))", SEPCC_ACT_PRELU, SLOPE},
    {"Add(above,Mul(Neg(below),a))", SEPCC_ACT_PRELU, SLOPE},
    {"Add(above,Mul(below,a))", SEPCC_ACT_PRELU, MINUS_SLOPE},
    {"Add(above,Mul(Mul(Sub(x,Abs(x)),a),0.5))", SEPCC_ACT_PRELU, SLOPE},
    {"Add(above,Mul(Mul(Sub(x,Abs(x)),0.5),a))", SEPCC_ACT_PRELU, SLOPE},
    {"Min(above,6)", SEPCC_ACT_RELU6, WITHOUT},
    {"Clip(above,0,6)", SEPCC_ACT_RELU6, WITHOUT},
    {"Max(Min(x,6),0)", SEPCC_ACT_RELU6, WITHOUT},
    {"above", SEPCC_ACT_RELU, WITHOUT},
    {"Clip(x)", SEPCC_ACT_CLAMP, BOUNDS},
};

/* ---- parameters ------------------------------------------------------------------------------------- */

static void take_bounds(const struct match *match, struct sepcc_layer *layer)
{
    layer->act = SEPCC_ACT_CLAMP;
    if (match->low == 0 && match->high == 6)
        layer->act = SEPCC_ACT_RELU6;
    else if (match->low == 0 && isinf(match->high))
        layer->act = SEPCC_ACT_RELU;
    else if (isinf(match->low) && isinf(match->high))
        layer->act = SEPCC_ACT_NONE;
    if (layer->act != SEPCC_ACT_CLAMP)
        return;
    layer->act_param[0] = match->low;
    layer->act_param[1] = match->high;
}

static bool slope_is_good(const struct match *match, enum parameters parameters, size_t channels)
{
    const size_t count = match->slope.step == 0 ? 1 : channels;
    bool good = true;
    for (size_t c = 0; c < count; ++c) {
        const float slope = channel_value(&match->slope, c);
        good = good && isfinite(slope) && (parameters != SLOPE_TO_1 || slope <= 1);
    }
    return good;
}

/* leaky_relu when all channels have one slope, else prelu. */
static enum exit_status take_slope(const struct match *match, enum parameters parameters, struct piece *piece)
{
    const float sign = parameters == MINUS_SLOPE ? -1.0f : 1.0f;
    const size_t channels = piece->layer.out_c;
    if (match->slope.step == 0) {
        piece->layer.act = SEPCC_ACT_LEAKY_RELU;
        piece->layer.act_param[0] = sign * match->slope.values[0];
        return STATUS_DONE;
    }
    piece->layer.act = SEPCC_ACT_PRELU;
    piece->slope = malloc(channels * sizeof *piece->slope);
    if (piece->slope == NULL)
        return diag_memory();
    for (size_t c = 0; c < channels; ++c)
        piece->slope[c] = sign * channel_value(&match->slope, c);
    return STATUS_DONE;
}

static bool parameters_fit(const struct form *form, const struct match *match, const struct piece *piece)
{
    if (form->parameters == BOUNDS)
        return (match->low < INFINITY) && (match->high > -INFINITY);
    return form->parameters == WITHOUT || slope_is_good(match, form->parameters, piece->layer.out_c);
}

static enum exit_status take_form(const struct form *form, const struct match *match, struct piece *piece)
{
    enum exit_status status = STATUS_DONE;
    piece->layer.act = form->act;
    if (form->parameters == BOUNDS)
        take_bounds(match, &piece->layer);
    else if (form->parameters != WITHOUT)
        status = take_slope(match, form->parameters, piece);
    piece->output = match->root;
    for (size_t i = 0; status == STATUS_DONE && i < match->node_count; ++i)
        status = piece_add_node(piece, match->nodes[i]);
    return status;
}

/* ---- search ----------------------------------------------------------------------------------------- */

/* The one output of a node, GRAPH_NONE when it has several. */
static size_t value_of(const struct graph *graph, size_t node)
{
    return graph->nodes[node].output_count == 1 ? graph->nodes[node].outputs[0] : GRAPH_NONE;
}

/*
 * Tries the form for every tensor on the way that starts at a reader of x, while the tensors have one reader
 * each: only the last tensor of an expression may have others.
 */
static bool find_on_way(const struct form *form, size_t node, struct match *match)
{
    for (unsigned steps = 0; node != GRAPH_NONE && steps < STEPS_MAX; ++steps) {
        match->root = value_of(match->graph, node);
        if (match->root == GRAPH_NONE)
            return false;
        if (pattern_match(form->expression, match) && parameters_fit(form, match, match->piece))
            return true;
        node = only_reader(match->graph, match->root);
    }
    return false;
}

enum exit_status piece_activate(const struct graph *graph, struct piece *piece, bool *taken)
{
    const struct graph_tensor *x = &graph->tensors[piece->output];
    struct match match = {.graph = graph, .piece = piece};
    *taken = false;
    if (x->is_output || x->consumer_count > CONSUMERS_MAX)
        return STATUS_DONE;
    for (size_t f = 0; f < sizeof forms / sizeof forms[0]; ++f)
        for (size_t i = 0; i < x->consumer_count; ++i)
            if (find_on_way(&forms[f], x->consumers[i], &match)) {
                *taken = true;
                return take_form(&forms[f], &match, piece);
            }
    return STATUS_DONE;
}
