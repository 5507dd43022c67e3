/*
 * reference.c: the truth that every kernel is compared with.
 *
 *     depthwise:  acc = bias or 0;  for ky, for kx, taps inside the image only:  acc = x * w + acc
 *     pointwise:  acc = bias or 0;  for ci = 0 .. Cin-1:                         acc = x * w + acc
 *     conv:       acc = bias or 0;  for ky, for kx, taps inside the image only,
 *                                   for ci = 0 .. Cin-1:                         acc = x * w + acc
 *     out = activation(acc)
 *
 * One output pixel is computed at a time, all its channels side by side: an array acc[] holds the running sum
 * of each channel, and a *step* adds the next term to all of them. So every sum is in the order above,
 * whatever the layout, and the steps are loops that a compiler vectorises. To be compiled with
 * -ffp-contract=off: a fused operation is written as fmaf, and nothing else may be fused.
 */
#include "internal.h"

#include <math.h>

/* ---- steps ----------------------------------------------------------------------------------------- */

/* Depthwise: acc[i] = x[i] * w[i] + acc[i]. */
typedef void (*step_each)(size_t count, const float *x, const float *w, float *acc);
/* Pointwise and conv: acc[i] = x * w[i] + acc[i]. */
typedef void (*step_all)(size_t count, float x, const float *w, float *acc);

struct arithmetic {
    step_each each;
    step_all all;
};

static inline __attribute__((always_inline)) void fused_each(size_t count, const float *restrict x,
                                                             const float *restrict w, float *restrict acc)
{
    for (size_t i = 0; i < count; ++i)
        acc[i] = fmaf(x[i], w[i], acc[i]);
}

static inline __attribute__((always_inline)) void fused_all(size_t count, float x, const float *restrict w,
                                                            float *restrict acc)
{
    for (size_t i = 0; i < count; ++i)
        acc[i] = fmaf(x, w[i], acc[i]);
}

#if defined(__x86_64__)
/*
 * The same loops with the fmaf instruction, which the compiler's default target lacks. fmaf rounds once
 * however it is computed: this is for speed alone.
 */
__attribute__((target("avx2,fma"))) static void fast_each(size_t count, const float *x, const float *w,
                                                          float *acc)
{
    fused_each(count, x, w, acc);
}

__attribute__((target("avx2,fma"))) static void fast_all(size_t count, float x, const float *w, float *acc)
{
    fused_all(count, x, w, acc);
}
#endif

static void separate_each(size_t count, const float *restrict x, const float *restrict w, float *restrict acc)
{
    for (size_t i = 0; i < count; ++i) {
        const float product = x[i] * w[i];
        acc[i] = product + acc[i];
    }
}

static void separate_all(size_t count, float x, const float *restrict w, float *restrict acc)
{
    for (size_t i = 0; i < count; ++i) {
        const float product = x * w[i];
        acc[i] = product + acc[i];
    }
}

static struct arithmetic arithmetic_of(enum sepcc_rounding rounding)
{
    if (rounding == SEPCC_MUL_ADD)
        return (struct arithmetic){separate_each, separate_all};
#if defined(__x86_64__)
    __builtin_cpu_init();
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"))
        return (struct arithmetic){fast_each, fast_all};
#endif
    return (struct arithmetic){fused_each, fused_all};
}

enum sepcc_rounding sepcc_isa_rounding(uint32_t isa)
{
    return isa == SEPCC_ISA_SSE ? SEPCC_MUL_ADD : SEPCC_FUSED;
}

/* ---- images ---------------------------------------------------------------------------------------- */

/* One image of a tensor, by the distance from one row, pixel and channel to the next. */
struct view {
    size_t row, pixel, channel;
};

static struct view view_of(uint32_t layout, size_t height, size_t width, size_t channels)
{
    if (layout == SEPCC_NCHW)
        return (struct view){.row = width, .pixel = 1, .channel = height * width};
    return (struct view){.row = width * channels, .pixel = channels, .channel = 1};
}

/* Copies the channels of a pixel to x, each repeat times: x[c * repeat + m] = pixel's channel c. */
static void read_pixel(const float *pixel, size_t channels, size_t distance, size_t repeat, float *x)
{
    if (distance == 1 && repeat == 1) {
        memcpy(x, pixel, channels * sizeof *x);
        return;
    }
    for (size_t c = 0; c < channels; ++c)
        for (size_t m = 0; m < repeat; ++m)
            x[c * repeat + m] = pixel[c * distance];
}

/* ---- one layer ------------------------------------------------------------------------------------- */

struct layer_job {
    const struct sepcc_layer *layer;
    enum sepcc_rounding rounding;
    struct arithmetic arithmetic;
    struct view in_view, out_view;
    const float *weights;      /* depthwise [KH][KW][C*M], else transposed: [KH][KW][Cin][Cout] */
    const float *bias, *slope; /* NULL: none */
    float *x;                  /* the channels of an input pixel: in_c * multiplier */
    float *acc;                /* the sums of an output pixel: out_c */
};

/* The input pixel of a tap, as an offset into the image; false when it lies outside. */
static bool tap_pixel(const struct layer_job *job, size_t oy, size_t ox, size_t ky, size_t kx, size_t *offset)
{
    const struct sepcc_layer *l = job->layer;
    const int64_t iy = (int64_t)(oy * l->stride_h + ky * l->dilation_h) - (int64_t)l->pad_top;
    const int64_t ix = (int64_t)(ox * l->stride_w + kx * l->dilation_w) - (int64_t)l->pad_left;
    if (iy < 0 || iy >= (int64_t)l->in_h || ix < 0 || ix >= (int64_t)l->in_w)
        return false;
    *offset = (size_t)iy * job->in_view.row + (size_t)ix * job->in_view.pixel;
    return true;
}

static void sum_depthwise(const struct layer_job *job, const float *in, size_t oy, size_t ox)
{
    const struct sepcc_layer *l = job->layer;
    for (size_t ky = 0; ky < l->kernel_h; ++ky)
        for (size_t kx = 0; kx < l->kernel_w; ++kx) {
            size_t pixel;
            if (!tap_pixel(job, oy, ox, ky, kx, &pixel))
                continue;
            read_pixel(in + pixel, l->in_c, job->in_view.channel, l->multiplier, job->x);
            job->arithmetic.each(l->out_c, job->x, job->weights + (ky * l->kernel_w + kx) * l->out_c,
                                 job->acc);
        }
}

/* All input channels of a pixel, in order. */
static void sum_channels(const struct layer_job *job, const float *pixel, const float *weights)
{
    const struct sepcc_layer *l = job->layer;
    for (size_t ci = 0; ci < l->in_c; ++ci)
        job->arithmetic.all(l->out_c, pixel[ci * job->in_view.channel], weights + ci * l->out_c, job->acc);
}

static void sum_pointwise(const struct layer_job *job, const float *in, size_t oy, size_t ox)
{
    const struct sepcc_layer *l = job->layer;
    sum_channels(job, in + oy * l->stride_h * job->in_view.row + ox * l->stride_w * job->in_view.pixel,
                 job->weights);
}

static void sum_conv(const struct layer_job *job, const float *in, size_t oy, size_t ox)
{
    const struct sepcc_layer *l = job->layer;
    for (size_t ky = 0; ky < l->kernel_h; ++ky)
        for (size_t kx = 0; kx < l->kernel_w; ++kx) {
            size_t pixel;
            if (tap_pixel(job, oy, ox, ky, kx, &pixel))
                sum_channels(job, in + pixel, job->weights + (ky * l->kernel_w + kx) * l->in_c * l->out_c);
        }
}

static void compute_pixel(const struct layer_job *job, const float *in, float *out, size_t oy, size_t ox)
{
    const struct sepcc_layer *l = job->layer;
    float *pixel = out + oy * job->out_view.row + ox * job->out_view.pixel;
    for (size_t c = 0; c < l->out_c; ++c)
        job->acc[c] = job->bias != NULL ? job->bias[c] : 0.0f;
    if (l->op == SEPCC_OP_DEPTHWISE)
        sum_depthwise(job, in, oy, ox);
    else if (l->op == SEPCC_OP_POINTWISE)
        sum_pointwise(job, in, oy, ox);
    else
        sum_conv(job, in, oy, ox);
    for (size_t c = 0; c < l->out_c; ++c) {
        const float slope = job->slope != NULL ? job->slope[c] : 0.0f;
        pixel[c * job->out_view.channel] = sepcc_activate(l, job->rounding, slope, job->acc[c]);
    }
}

/* [Cout][Cin][taps] to [taps][Cin][Cout]: a step of the sums then reads consecutive weights. */
static void transpose(const struct sepcc_layer *layer, const float *weights, float *transposed)
{
    const size_t taps = (size_t)layer->kernel_h * layer->kernel_w;
    for (size_t co = 0; co < layer->out_c; ++co)
        for (size_t ci = 0; ci < layer->in_c; ++ci)
            for (size_t tap = 0; tap < taps; ++tap)
                transposed[(tap * layer->in_c + ci) * layer->out_c + co] =
                    weights[(co * layer->in_c + ci) * taps + tap];
}

static void compute_images(const struct layer_job *job, size_t batch, const float *in, float *out)
{
    const struct sepcc_layer *l = job->layer;
    for (size_t n = 0; n < batch; ++n)
        for (size_t oy = 0; oy < l->out_h; ++oy)
            for (size_t ox = 0; ox < l->out_w; ++ox)
                compute_pixel(job, in + n * sepcc_layer_input_image(l), out + n * sepcc_layer_output_image(l),
                              oy, ox);
}

static enum sepcc_status compute_layer(const struct sepcc_stage *stage, struct layer_job *job,
                                       const float *in, float *out)
{
    const struct sepcc_layer *l = job->layer;
    float *transposed = NULL;
    enum sepcc_status status = SEPCC_E_MEMORY;
    job->x = sepcc_alloc((size_t)l->in_c * l->multiplier * sizeof *job->x);
    job->acc = sepcc_alloc((size_t)l->out_c * sizeof *job->acc);
    if (l->op != SEPCC_OP_DEPTHWISE)
        transposed = sepcc_alloc(sepcc_layer_weight_count(l) * sizeof *transposed);
    if (job->x != NULL && job->acc != NULL && (transposed != NULL || l->op == SEPCC_OP_DEPTHWISE)) {
        if (transposed != NULL) {
            transpose(l, job->weights, transposed);
            job->weights = transposed;
        }
        job->in_view = view_of(stage->layout, l->in_h, l->in_w, l->in_c);
        job->out_view = view_of(stage->layout, l->out_h, l->out_w, l->out_c);
        compute_images(job, stage->batch, in, out);
        status = SEPCC_OK;
    }
    sepcc_free(transposed);
    sepcc_free(job->acc);
    sepcc_free(job->x);
    return status;
}

/* ---- the stage ------------------------------------------------------------------------------------- */

enum sepcc_status sepcc_reference(const struct sepcc_stage *stage, enum sepcc_rounding rounding,
                                  const float *in, const float *const weights[], const float *const bias[],
                                  const float *const slope[], float *out)
{
    const float *source = in;
    float *between = NULL; /* what the layer before wrote, unless that was the last */
    enum sepcc_status status = SEPCC_OK;
    if (!sepcc_stage_valid(stage) || (rounding != SEPCC_FUSED && rounding != SEPCC_MUL_ADD))
        return SEPCC_E_STAGE;
    for (uint32_t i = 0; i < stage->layer_count && status == SEPCC_OK; ++i) {
        const struct sepcc_layer *layer = &stage->layer[i];
        struct layer_job job = {.layer = layer,
                                .rounding = rounding,
                                .arithmetic = arithmetic_of(rounding),
                                .weights = weights[i],
                                .bias = layer->has_bias ? bias[i] : NULL,
                                .slope = layer->act == SEPCC_ACT_PRELU ? slope[i] : NULL};
        float *target = out;
        if (i + 1 < stage->layer_count)
            target = sepcc_alloc(stage->batch * sepcc_layer_output_image(layer) * sizeof *target);
        status = target != NULL ? compute_layer(stage, &job, source, target) : SEPCC_E_MEMORY;
        sepcc_free(between);
        between = target != out ? target : NULL;
        source = target;
    }
    sepcc_free(between);
    if (status == SEPCC_OK && stage->residual)
        for (size_t i = 0; i < sepcc_stage_output_count(stage); ++i)
            out[i] = out[i] + in[i];
    return status;
}
