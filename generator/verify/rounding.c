/*
 * rounding.c: a stage in double precision, with the error that single precision may make in each value.
 *
 * Tensors between the layers are kept channels last, each value with its bound: for two computations that
 * differ by at most that.
 */
#include "verify/rounding.h"

#include "sepcc.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

static const double unit = 0x1p-24;
/* What a result below the normal numbers may be off, for each rounding. */
static const double tiny = 0x1p-149;

/* A value and how far two computations of it may lie apart. */
struct inexact {
    double value, bound;
};

/* ---- tensors --------------------------------------------------------------------------------------- */

static size_t offset(uint32_t layout, const size_t size[3], size_t y, size_t x, size_t c)
{
    return layout == SEPCC_NCHW ? (c * size[0] + y) * size[1] + x : (y * size[1] + x) * size[2] + c;
}

static void take_input(const struct sepcc_layer *l, uint32_t layout, const float *in, struct inexact *taken)
{
    const size_t size[3] = {l->in_h, l->in_w, l->in_c};
    for (size_t y = 0; y < size[0]; ++y)
        for (size_t x = 0; x < size[1]; ++x)
            for (size_t c = 0; c < size[2]; ++c)
                *taken++ = (struct inexact){.value = (double)in[offset(layout, size, y, x, c)]};
}

static void give_bound(const struct sepcc_layer *l, uint32_t layout, const struct inexact *values,
                       double *bound)
{
    const size_t size[3] = {l->out_h, l->out_w, l->out_c};
    for (size_t y = 0; y < size[0]; ++y)
        for (size_t x = 0; x < size[1]; ++x)
            for (size_t c = 0; c < size[2]; ++c)
                bound[offset(layout, size, y, x, c)] = (values++)->bound;
}

/* ---- activations ----------------------------------------------------------------------------------- */

/*
 * The largest slope of an activation, and its own roundings, of both sides together: relative to the result,
 * to the argument, and absolute (docs/model.md). Libraries compute sigmoid with an absolute error of some
 * 2^-24, clamped where it is small.
 */
struct bend {
    double slope, of_result, of_argument, absolute;
};

static struct bend bend_of(const struct sepcc_layer *l, double channel_slope)
{
    switch (l->act) {
    case SEPCC_ACT_LEAKY_RELU:
        return (struct bend){.slope = fmax(1, fabs((double)l->act_param[0])), .of_result = 2};
    case SEPCC_ACT_PRELU:
        return (struct bend){.slope = fmax(1, fabs(channel_slope)), .of_result = 2};
    case SEPCC_ACT_HARD_SIGMOID:
        return (struct bend){.slope = 1.0 / 6, .absolute = 8};
    case SEPCC_ACT_HARD_SWISH:
        return (struct bend){.slope = 1.5, .of_argument = 8};
    case SEPCC_ACT_SIGMOID:
        return (struct bend){.slope = 0.25, .absolute = 16};
    case SEPCC_ACT_SILU:
        return (struct bend){.slope = 1.1, .of_argument = 16};
    default: /* none, relu, relu6, clamp: exact */
        return (struct bend){.slope = 1};
    }
}

static void bend_sum(const struct sepcc_layer *l, float slope, struct inexact *sum)
{
    const struct bend bend = bend_of(l, (double)slope);
    const double argument = sum->value;
    sum->value = (double)sepcc_activate(l, SEPCC_FUSED, slope, (float)argument);
    sum->bound = bend.slope * sum->bound + unit * (bend.of_result * fabs(sum->value) +
                                                   bend.of_argument * fabs(argument) + bend.absolute);
}

/* ---- layers ---------------------------------------------------------------------------------------- */

/* Sums of one output pixel: the value, sum |x*w|, and what the inputs' bounds make of it. */
struct sums {
    double value, size, carried;
};

static void add_term(struct inexact x, double w, struct sums *sums)
{
    const double product = x.value * w;
    sums->value += product;
    sums->size += fabs(product);
    sums->carried += x.bound * fabs(w);
}

static void add_depthwise(const struct sepcc_layer *l, const float *weight, const struct inexact *in,
                          size_t oy, size_t ox, struct sums *sums)
{
    for (size_t ky = 0; ky < l->kernel_h; ++ky)
        for (size_t kx = 0; kx < l->kernel_w; ++kx) {
            const size_t y = oy * l->stride_h + ky * l->dilation_h - l->pad_top;
            const size_t x = ox * l->stride_w + kx * l->dilation_w - l->pad_left;
            if (y >= l->in_h || x >= l->in_w) /* also those before the image, which wrap around */
                continue;
            const struct inexact *pixel = in + (y * l->in_w + x) * l->in_c;
            const float *w = weight + (ky * l->kernel_w + kx) * l->out_c;
            for (size_t c = 0; c < l->out_c; ++c)
                add_term(pixel[c / l->multiplier], (double)w[c], &sums[c]);
        }
}

static void add_pointwise(const struct sepcc_layer *l, const float *weight, const struct inexact *in,
                          size_t oy, size_t ox, struct sums *sums)
{
    const struct inexact *pixel = in + (oy * l->stride_h * l->in_w + ox * l->stride_w) * l->in_c;
    for (size_t c = 0; c < l->out_c; ++c)
        for (size_t k = 0; k < l->in_c; ++k)
            add_term(pixel[k], (double)weight[c * l->in_c + k], &sums[c]);
}

static struct inexact finish(const struct sepcc_layer *l, const struct rounding_layer *from, size_t c,
                             struct sums sums)
{
    const size_t terms = l->op == SEPCC_OP_DEPTHWISE ? (size_t)l->kernel_h * l->kernel_w : (size_t)l->in_c;
    const double bias = l->has_bias ? (double)from->bias[c] : 0;
    const double constant = from->constant != NULL ? from->constant[c] : fabs(bias);
    const double roundings = 2 * (double)(terms + 1 + from->extra); /* two sides */
    struct inexact result = {
        .value = sums.value + bias,
        .bound = roundings * (unit * (sums.size + constant) + tiny) + sums.carried,
    };
    bend_sum(l, from->slope != NULL ? from->slope[c] : 0, &result);
    return result;
}

static void run_layer(const struct sepcc_layer *l, const struct rounding_layer *from,
                      const struct inexact *in, struct sums *sums, struct inexact *out)
{
    for (size_t y = 0; y < l->out_h; ++y)
        for (size_t x = 0; x < l->out_w; ++x) {
            memset(sums, 0, l->out_c * sizeof *sums);
            if (l->op == SEPCC_OP_DEPTHWISE)
                add_depthwise(l, from->weight, in, y, x, sums);
            else
                add_pointwise(l, from->weight, in, y, x, sums);
            for (size_t c = 0; c < l->out_c; ++c)
                *out++ = finish(l, from, c, sums[c]);
        }
}

/* ---- stages ---------------------------------------------------------------------------------------- */

/* The input of an image, two tensors taken in turn by the layers behind it, and the sums of a pixel. */
struct space {
    struct inexact *in, *turns[2];
    struct sums *sums;
};

static size_t larger(size_t a, size_t b)
{
    return a > b ? a : b;
}

static bool space_make(const struct sepcc_stage *stage, struct space *space)
{
    size_t most = 1, channels = 1; /* which every layer has */
    for (size_t i = 0; i < stage->layer_count; ++i) {
        const struct sepcc_layer *l = &stage->layer[i];
        most = larger(most, (size_t)l->out_h * l->out_w * l->out_c);
        channels = larger(channels, l->out_c);
    }
    space->in = calloc(sepcc_stage_input_count(stage) / stage->batch, sizeof *space->in);
    space->turns[0] = calloc(most, sizeof *space->turns[0]);
    space->turns[1] = calloc(most, sizeof *space->turns[1]);
    space->sums = calloc(channels, sizeof *space->sums);
    return space->in != NULL && space->turns[0] != NULL && space->turns[1] != NULL && space->sums != NULL;
}

static void space_free(struct space *space)
{
    free(space->in);
    free(space->turns[0]);
    free(space->turns[1]);
    free(space->sums);
}

static void add_residual(size_t count, const struct inexact *in, struct inexact *out)
{
    for (size_t i = 0; i < count; ++i) {
        out[i].value += in[i].value;
        out[i].bound += 2 * unit * fabs(out[i].value);
    }
}

static void bound_image(const struct sepcc_stage *stage, const struct rounding_layer layers[],
                        const struct space *space, const float *in, double *bound)
{
    const struct sepcc_layer *last = &stage->layer[stage->layer_count - 1];
    const struct inexact *from = space->in;
    struct inexact *to = space->turns[0];
    take_input(&stage->layer[0], stage->layout, in, space->in);
    for (size_t i = 0; i < stage->layer_count; ++i) {
        to = space->turns[i % 2];
        run_layer(&stage->layer[i], &layers[i], from, space->sums, to);
        from = to;
    }
    if (stage->residual)
        add_residual((size_t)last->out_h * last->out_w * last->out_c, space->in, to);
    give_bound(last, stage->layout, from, bound);
}

enum exit_status rounding_bound(const struct sepcc_stage *stage, const struct rounding_layer layers[],
                                const float *in, double *bound)
{
    const size_t in_image = sepcc_stage_input_count(stage) / stage->batch;
    const size_t out_image = sepcc_stage_output_count(stage) / stage->batch;
    struct space space = {0};
    const bool made = space_make(stage, &space);
    for (size_t n = 0; made && n < stage->batch; ++n)
        bound_image(stage, layers, &space, in + n * in_image, bound + n * out_image);
    space_free(&space);
    return made ? STATUS_DONE : diag_memory();
}

double rounding_worst(const float *a, const float *b, const double *bound, size_t count)
{
    double worst = 0;
    for (size_t i = 0; i < count; ++i) {
        if (a[i] == b[i] || (isnan(a[i]) && isnan(b[i])))
            continue;
        const double share = fabs((double)a[i] - (double)b[i]) / bound[i];
        worst = share <= worst ? worst : isnan(share) ? INFINITY : share;
    }
    return worst;
}
