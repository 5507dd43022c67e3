/*
 * pattern.c: finds an expression in a graph, from its value backwards to x.
 */
#include "model/pattern.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { ARGUMENTS_MAX = 3, NAME_MAX_LENGTH = 31, FORMS_MAX = 4, DEPTH_MAX = 12 };

/* Words that stand for several ways to write the same. */
static const struct rule {
    const char *name;
    const char *forms[FORMS_MAX]; /* NULL: no more */
} rules[] = {
    {"ramp", {"Clip(Add(x,3),0,6)", "Min(Relu(Add(x,3)),6)", "Min(Max(Add(x,3),0),6)"}},
    {"gate", {"HardSigmoid(x)", "Div(ramp,6)", "Mul(ramp,sixth)"}},
    {"logistic", {"Sigmoid(x)", "Div(1,Add(Exp(minus),1))", "Reciprocal(Add(Exp(minus),1))"}},
    {"minus", {"Neg(x)", "Mul(x,-1)"}},
    {"below", {"Relu(minus)", "Max(minus,0)"}},
    {"above", {"Relu(x)", "Max(x,0)"}},
};

/* An expression cut up: its name and the texts of its arguments. */
struct call {
    char name[NAME_MAX_LENGTH + 1];
    const char *argument[ARGUMENTS_MAX];
    size_t count;
};

/* Where an expression ends: at the comma or parenthesis behind it. */
static const char *skip(const char *text)
{
    for (int depth = 0; *text != '\0'; ++text) {
        if (depth == 0 && (*text == ',' || *text == ')'))
            return text;
        depth += (*text == '(') - (*text == ')');
    }
    return text;
}

static void cut(const char *text, struct call *call)
{
    const size_t length = strcspn(text, "(),");
    *call = (struct call){0};
    memcpy(call->name, text, length < NAME_MAX_LENGTH ? length : NAME_MAX_LENGTH);
    for (text += length; *text == '(' || (*text == ',' && call->count > 0); text = skip(text + 1)) {
        if (call->count == ARGUMENTS_MAX)
            return;
        call->argument[call->count++] = text + 1;
    }
}

/* ---- leaves ----------------------------------------------------------------------------------------- */

static bool is_number(const struct match *match, const char *name, size_t tensor)
{
    struct channel_values values;
    if (!channel_values_get(match->graph, tensor, match->piece, &values))
        return false;
    const bool sixth = strcmp(name, "sixth") == 0;
    const double number = sixth ? 1.0 / 6 : strtod(name, NULL);
    const double tolerance = sixth ? 1e-6 * number : 0;
    const size_t count = values.step == 0 ? 1 : match->piece->layer.out_c;
    bool same = true;
    for (size_t c = 0; c < count; ++c)
        same = same && fabs((double)channel_value(&values, c) - number) <= tolerance;
    return same;
}

/* A leaf of the expression: x, a or a number; *is says whether it is one at all. */
static bool match_leaf(struct match *match, const char *name, size_t tensor, bool *is)
{
    *is = true;
    if (strcmp(name, "x") == 0)
        return tensor == match->piece->output;
    if (strcmp(name, "a") == 0)
        return channel_values_get(match->graph, tensor, match->piece, &match->slope);
    if (isdigit((unsigned char)name[0]) || name[0] == '-' || strcmp(name, "sixth") == 0)
        return is_number(match, name, tensor);
    *is = false;
    return false;
}

/* ---- nodes ------------------------------------------------------------------------------------------ */

static bool match_tensor(struct match *match, const char *expression, size_t tensor, unsigned depth);

/* A bound of Clip: an input of one value, an attribute, or nothing. */
static bool clip_bound(const struct graph *graph, const struct graph_node *node, size_t input,
                       const char *attribute, float fallback, float *bound)
{
    *bound = graph_real(node, attribute, fallback);
    if (input >= node->input_count || node->inputs[input] == GRAPH_NONE)
        return true;
    const struct graph_tensor *tensor = &graph->tensors[node->inputs[input]];
    if (tensor->reals == NULL || tensor->count != 1)
        return false;
    *bound = tensor->reals[0];
    return true;
}

/* Clip(x), whose bounds are remembered, or Clip(x,0,6). */
static bool match_clip(struct match *match, const struct graph_node *node, const struct call *call,
                       unsigned depth)
{
    float low, high;
    if (!clip_bound(match->graph, node, 1, "min", -INFINITY, &low) ||
        !clip_bound(match->graph, node, 2, "max", INFINITY, &high) || !(low <= high))
        return false;
    if (call->count == ARGUMENTS_MAX &&
        ((double)low != strtod(call->argument[1], NULL) || (double)high != strtod(call->argument[2], NULL)))
        return false;
    match->low = low;
    match->high = high;
    return match_tensor(match, call->argument[0], node->inputs[0], depth);
}

/* What the expression says of an operator by its name alone. */
static bool attributes_fit(struct match *match, const struct graph_node *node)
{
    if (node_is(node, "HardSigmoid"))
        return fabs((double)graph_real(node, "alpha", 0.2f) - 1.0 / 6) <= 1e-6 / 6 &&
               graph_real(node, "beta", 0.5f) == 0.5f;
    if (node_is(node, "LeakyRelu")) {
        match->alpha = graph_real(node, "alpha", 0.01f);
        match->slope = (struct channel_values){&match->alpha, 0};
    }
    return graph_attribute(node, "axis", ATTRIBUTE_INT) == NULL;
}

static bool match_arguments(struct match *match, const struct graph_node *node, const struct call *call,
                            unsigned depth)
{
    if (node_is(node, "Clip"))
        return match_clip(match, node, call, depth);
    if (node->input_count != call->count)
        return false;
    const struct match before = *match;
    bool fits = true;
    for (size_t i = 0; fits && i < call->count; ++i)
        fits = match_tensor(match, call->argument[i], node->inputs[i], depth);
    static const char *const commutative[] = {"Add", "Mul", "Max", "Min"};
    bool other_order = false;
    for (size_t i = 0; i < sizeof commutative / sizeof commutative[0]; ++i)
        other_order |= call->count == 2 && node_is(node, commutative[i]);
    if (fits || !other_order)
        return fits;
    *match = before;
    return match_tensor(match, call->argument[0], node->inputs[1], depth) &&
           match_tensor(match, call->argument[1], node->inputs[0], depth);
}

static bool match_node(struct match *match, const struct call *call, size_t tensor, unsigned depth)
{
    const struct graph_tensor *value = &match->graph->tensors[tensor];
    if (value->producer == GRAPH_NONE || value->reals != NULL || match->node_count == MATCH_NODES_MAX)
        return false;
    if (tensor != match->root && only_reader(match->graph, tensor) == GRAPH_NONE)
        return false;
    const struct graph_node *node = &match->graph->nodes[value->producer];
    if (!node_is(node, call->name) || node->output_count != 1 || node->input_count == 0)
        return false;
    match->nodes[match->node_count++] = value->producer;
    return attributes_fit(match, node) && match_arguments(match, node, call, depth);
}

static bool match_tensor(struct match *match, const char *expression, size_t tensor, unsigned depth)
{
    struct call call;
    bool is_leaf;
    if (tensor == GRAPH_NONE || depth == DEPTH_MAX)
        return false;
    cut(expression, &call);
    if (call.count > 0)
        return match_node(match, &call, tensor, depth + 1);
    const bool leaf = match_leaf(match, call.name, tensor, &is_leaf);
    if (is_leaf)
        return leaf;
    const struct match before = *match;
    for (size_t i = 0; i < sizeof rules / sizeof rules[0]; ++i)
        for (size_t f = 0; strcmp(rules[i].name, call.name) == 0 && f < FORMS_MAX; ++f) {
            *match = before;
            if (rules[i].forms[f] != NULL && match_tensor(match, rules[i].forms[f], tensor, depth + 1))
                return true;
        }
    return false;
}

/* ---- the whole -------------------------------------------------------------------------------------- */

static bool has_node(const struct match *match, size_t node)
{
    for (size_t i = 0; i < match->node_count; ++i)
        if (match->nodes[i] == node)
            return true;
    return false;
}

/* Nothing outside reads x. */
static bool owns_x(const struct match *match)
{
    const struct graph_tensor *x = &match->graph->tensors[match->piece->output];
    bool owns = !x->is_output;
    for (size_t i = 0; owns && i < x->consumer_count; ++i)
        owns = has_node(match, x->consumers[i]);
    return owns;
}

bool pattern_match(const char *expression, struct match *match)
{
    match->node_count = 0;
    match->slope = (struct channel_values){0};
    return match_tensor(match, expression, match->root, 0) && owns_x(match);
}
