/*
 * support_graph_compute.c: the operators of test graphs in double, by plain loops.
 */
#include "support_graph_compute.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* ---- attributes ------------------------------------------------------------------------------------- */

static const struct graph_attribute *find(const struct graph_node *node, const char *name)
{
    for (size_t i = 0; i < node->attribute_count; ++i)
        if (strcmp(node->attributes[i].name, name) == 0)
            return &node->attributes[i];
    return NULL;
}

static double real(const struct graph_node *node, const char *name, double fallback)
{
    const struct graph_attribute *attribute = find(node, name);
    return attribute != NULL ? (double)attribute->real : fallback;
}

static int64_t integer(const struct graph_node *node, const char *name, int64_t fallback)
{
    const struct graph_attribute *attribute = find(node, name);
    return attribute != NULL ? attribute->integer : fallback;
}

static int64_t element(const struct graph_node *node, const char *name, size_t i, int64_t fallback)
{
    const struct graph_attribute *attribute = find(node, name);
    return attribute != NULL ? attribute->integers[i] : fallback;
}

/* ---- tensors ---------------------------------------------------------------------------------------- */

static struct graph_tensor *input(struct made_graph *made, const struct graph_node *node, size_t i)
{
    const bool has = i < node->input_count && node->inputs[i] != GRAPH_NONE;
    return has ? &made->tensors[node->inputs[i]] : NULL;
}

static const double *values(const struct made_graph *made, const struct graph_tensor *tensor)
{
    return made->values[tensor - made->tensors];
}

static double *start_output(struct made_graph *made, const struct graph_node *node, uint32_t rank,
                            const uint64_t *dim)
{
    struct graph_tensor *out = &made->tensors[node->outputs[0]];
    out->shape_known = true;
    out->rank = rank;
    out->count = 1;
    for (uint32_t i = 0; i < rank; ++i) {
        out->dim[i] = dim[i];
        out->count *= dim[i];
    }
    double *memory = calloc(out->count, sizeof *memory);
    assert_non_null(memory);
    made->values[node->outputs[0]] = memory;
    return memory;
}

/* The element of a tensor that broadcasting puts at place i of a tensor of this shape. */
static double broadcast(const struct made_graph *made, const struct graph_tensor *tensor, uint32_t rank,
                        const uint64_t *dim, size_t i)
{
    size_t at = 0, step = 1;
    for (uint32_t k = 0; k < rank; ++k) {
        const size_t index = i % dim[rank - 1 - k];
        i /= dim[rank - 1 - k];
        if (k >= tensor->rank)
            continue;
        const uint64_t own = tensor->dim[tensor->rank - 1 - k];
        at += own == 1 ? 0 : index * step;
        step *= own;
    }
    return values(made, tensor)[at];
}

/* ---- convolutions and products ---------------------------------------------------------------------- */

/* Padding at the begin of axis i; *out gets the output's size. */
static int64_t window(const struct graph_node *node, size_t i, int64_t in, int64_t kernel, int64_t *out)
{
    const struct graph_attribute *automatic = find(node, "auto_pad");
    const int64_t stride = element(node, "strides", i, 1), dilation = element(node, "dilations", i, 1);
    const int64_t reach = (kernel - 1) * dilation + 1;
    int64_t begin = element(node, "pads", i, 0), both = begin + element(node, "pads", i + 2, 0);
    if (automatic != NULL && strncmp(automatic->string, "SAME", 4) == 0) {
        both = ((in + stride - 1) / stride - 1) * stride + reach - in;
        both = both > 0 ? both : 0;
        begin = strcmp(automatic->string, "SAME_LOWER") == 0 ? (both + 1) / 2 : both / 2;
    }
    *out = (in + both - reach) / stride + 1;
    return begin;
}

static void compute_conv(struct made_graph *made, const struct graph_node *node)
{
    const struct graph_tensor *x = input(made, node, 0), *w = input(made, node, 1), *b = input(made, node, 2);
    const int64_t ih = (int64_t)x->dim[2], iw = (int64_t)x->dim[3];
    const int64_t kh = (int64_t)w->dim[2], kw = (int64_t)w->dim[3];
    int64_t oh, ow;
    const int64_t top = window(node, 0, ih, kh, &oh), left = window(node, 1, iw, kw, &ow);
    const size_t group = (size_t)integer(node, "group", 1), per = w->dim[1];
    const uint64_t dim[4] = {x->dim[0], w->dim[0], (uint64_t)oh, (uint64_t)ow};
    double *out = start_output(made, node, 4, dim);
    for (size_t n = 0; n < dim[0]; ++n)
        for (size_t o = 0; o < dim[1]; ++o)
            for (int64_t y = 0; y < oh; ++y)
                for (int64_t z = 0; z < ow; ++z, ++out) {
                    *out = b != NULL ? values(made, b)[o] : 0;
                    for (size_t c = 0; c < per; ++c)
                        for (int64_t k = 0; k < kh * kw; ++k) {
                            const int64_t sy = y * element(node, "strides", 0, 1) - top +
                                               k / kw * element(node, "dilations", 0, 1);
                            const int64_t sx = z * element(node, "strides", 1, 1) - left +
                                               k % kw * element(node, "dilations", 1, 1);
                            if (sy < 0 || sy >= ih || sx < 0 || sx >= iw)
                                continue;
                            const size_t channel = o / (dim[1] / group) * per + c;
                            const size_t at = (n * x->dim[1] + channel) * (size_t)(ih * iw);
                            *out += values(made, x)[at + (size_t)(sy * iw + sx)] *
                                    values(made, w)[(o * per + c) * (size_t)(kh * kw) + (size_t)k];
                        }
                }
}

static void compute_product(struct made_graph *made, const struct graph_node *node)
{
    const struct graph_tensor *a = input(made, node, 0), *b = input(made, node, 1), *c = input(made, node, 2);
    const bool transposed = integer(node, "transB", 0) != 0;
    const size_t depth = a->dim[a->rank - 1], columns = b->dim[transposed ? 0 : 1];
    uint64_t dim[GRAPH_RANK_MAX];
    memcpy(dim, a->dim, sizeof dim);
    dim[a->rank - 1] = columns;
    double *out = start_output(made, node, a->rank, dim);
    for (size_t i = 0; i < a->count / depth * columns; ++i) {
        for (size_t k = 0; k < depth; ++k)
            out[i] += values(made, a)[i / columns * depth + k] *
                      values(made, b)[transposed ? i % columns * depth + k : k * columns + i % columns];
        out[i] *= real(node, "alpha", 1);
        if (c != NULL)
            out[i] += real(node, "beta", 1) * broadcast(made, c, a->rank, dim, i);
    }
}

/* ---- element by element ----------------------------------------------------------------------------- */

static double add(double a, double b)
{
    return a + b;
}
static double subtract(double a, double b)
{
    return a - b;
}
static double multiply(double a, double b)
{
    return a * b;
}
static double divide(double a, double b)
{
    return a / b;
}
static double prelu(double a, double b)
{
    return a > 0 ? a : a * b;
}
static double relu(double a)
{
    return fmax(a, 0);
}
static double negate(double a)
{
    return -a;
}
static double same(double a)
{
    return a;
}
static double reciprocal(double a)
{
    return 1 / a;
}
static double sigmoid(double a)
{
    return 1 / (1 + exp(-a));
}
static double hard_swish(double a)
{
    return a * fmin(fmax(a / 6 + 0.5, 0), 1);
}

static const struct {
    const char *op;
    double (*one)(double);
    double (*two)(double, double);
} elementwise[] = {
    {"Add", NULL, add},
    {"Sub", NULL, subtract},
    {"Mul", NULL, multiply},
    {"Div", NULL, divide},
    {"Max", NULL, fmax},
    {"Min", NULL, fmin},
    {"PRelu", NULL, prelu},
    {"Relu", relu, NULL},
    {"Neg", negate, NULL},
    {"Identity", same, NULL},
    {"Reciprocal", reciprocal, NULL},
    {"Sigmoid", sigmoid, NULL},
    {"HardSwish", hard_swish, NULL},
    {"Abs", fabs, NULL},
    {"Exp", exp, NULL},
    {"Tanh", tanh, NULL},
};

static bool compute_elementwise(struct made_graph *made, const struct graph_node *node)
{
    const struct graph_tensor *a = input(made, node, 0), *b = input(made, node, 1);
    assert_non_null(a);
    for (size_t e = 0; e < sizeof elementwise / sizeof elementwise[0]; ++e) {
        if (strcmp(elementwise[e].op, node->op) != 0)
            continue;
        const struct graph_tensor *large = a;
        if (b != NULL && b->rank >= a->rank && b->count > a->count)
            large = b;
        double *out = start_output(made, node, large->rank, large->dim);
        for (size_t i = 0; i < large->count; ++i) {
            const double left = broadcast(made, a, large->rank, large->dim, i);
            out[i] = b == NULL ? elementwise[e].one(left)
                               : elementwise[e].two(left, broadcast(made, b, large->rank, large->dim, i));
        }
        return true;
    }
    return false;
}

/* Operators with parameters of their own; channel is axis 1. */
static bool compute_with_parameters(struct made_graph *made, const struct graph_node *node)
{
    static const char *const names[] = {"BatchNormalization", "Clip", "HardSigmoid", "LeakyRelu"};
    size_t which = 0;
    while (which < 4 && strcmp(names[which], node->op) != 0)
        ++which;
    if (which == 4)
        return false;
    const struct graph_tensor *x = input(made, node, 0), *p[5];
    double *out = start_output(made, node, x->rank, x->dim);
    for (size_t i = 0; i < 5; ++i)
        p[i] = input(made, node, i);
    const double low = p[1] != NULL ? values(made, p[1])[0] : real(node, "min", -INFINITY);
    const double high = p[2] != NULL ? values(made, p[2])[0] : real(node, "max", INFINITY);
    const size_t inner = x->count / x->dim[0] / x->dim[1];
    for (size_t i = 0; i < x->count; ++i) {
        const double value = values(made, x)[i];
        const size_t c = i / inner % x->dim[1];
        switch (which) {
        case 0:
            out[i] = (value - values(made, p[3])[c]) * values(made, p[1])[c] /
                         sqrt(values(made, p[4])[c] + real(node, "epsilon", (double)1e-5f)) +
                     values(made, p[2])[c];
            break;
        case 1:
            out[i] = fmin(fmax(value, low), high);
            break;
        case 2:
            out[i] = fmin(fmax(real(node, "alpha", (double)0.2f) * value + real(node, "beta", 0.5), 0), 1);
            break;
        default:
            out[i] = value > 0 ? value : value * real(node, "alpha", (double)0.01f);
            break;
        }
    }
    return true;
}

void compute_node(struct made_graph *made, size_t index)
{
    const struct graph_node *node = &made->nodes[index];
    if (strcmp(node->op, "Conv") == 0)
        compute_conv(made, node);
    else if (strcmp(node->op, "Gemm") == 0 || strcmp(node->op, "MatMul") == 0)
        compute_product(made, node);
    else if (!compute_elementwise(made, node) && !compute_with_parameters(made, node))
        fail_msg("the operator %s is unknown here", node->op);
}
