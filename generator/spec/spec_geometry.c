/*
 * spec_geometry.c: the sizes that follow from a spec, and the limits on all of them.
 */
#include "spec/spec_internal.h"

#include <inttypes.h>

#define SIZE_LIMIT  (UINT64_C(1) << 24)
#define IMAGE_LIMIT (UINT64_C(1) << 31)
#define BYTES_LIMIT (UINT64_C(1) << 47)
#define PAD_LIMIT   65535u

/* One direction of the image. */
struct axis {
    const char *unit; /* "rows" */
    uint32_t in, kernel, stride, dilation;
    uint32_t *pad_begin, *pad_end, *out;
};

/* Input elements from the first tap of the kernel to its last. */
static uint64_t reach(const struct axis *axis)
{
    return ((uint64_t)axis->kernel - 1) * axis->dilation + 1;
}

/* Problems here are about the value of a field as a whole. */
static const struct slice whole_value = {NULL, 0};

/* SAME_UPPER: as many outputs as strides begin in the input; an odd element of padding goes to the end. */
static bool resolve_same(const struct axis *axis, struct spec_problem *problem)
{
    const uint64_t out = (axis->in + (uint64_t)axis->stride - 1) / axis->stride;
    const uint64_t need = (out - 1) * axis->stride + reach(axis);
    const uint64_t total = need > axis->in ? need - axis->in : 0;
    if (total - total / 2 > PAD_LIMIT)
        return spec_problem_set(problem, DIAG_SPEC_RANGE, FIELD_PAD, whole_value,
                                "means a padding of %" PRIu64 ", expected at most %u", total - total / 2,
                                PAD_LIMIT);
    *axis->pad_begin = (uint32_t)(total / 2);
    *axis->pad_end = (uint32_t)(total - total / 2);
    return true;
}

static bool compute_output(const struct axis *axis, struct spec_problem *problem)
{
    const uint64_t padded = (uint64_t)axis->in + *axis->pad_begin + *axis->pad_end;
    if (padded < reach(axis))
        return spec_problem_set(problem, DIAG_SPEC_EMPTY, FIELD_IN, whole_value,
                                "has %" PRIu64 " %s with padding where the kernel reaches over %" PRIu64
                                ", expected an output that is not empty",
                                padded, axis->unit, reach(axis));
    const uint64_t out = (padded - reach(axis)) / axis->stride + 1;
    if (out >= SIZE_LIMIT)
        return spec_problem_set(problem, DIAG_SPEC_OVERFLOW, FIELD_IN, whole_value,
                                "makes %" PRIu64 " output %s, expected fewer than 2^24", out, axis->unit);
    *axis->out = (uint32_t)out;
    return true;
}

/* a * b * c, or UINT64_MAX where that is more. */
static uint64_t product(uint64_t a, uint64_t b, uint64_t c)
{
    uint64_t result;
    if (__builtin_mul_overflow(a, b, &result) || __builtin_mul_overflow(result, c, &result))
        return UINT64_MAX;
    return result;
}

/* Which of a stage's tensors the output of a layer is; the input comes before all. */
static const char *image_name(const struct sepcc_stage *stage, uint32_t layer)
{
    return layer + 1 == stage->layer_count ? "an output image" : "an image between the layers";
}

static bool too_large(struct spec_problem *problem, const char *what, const char *of)
{
    return spec_problem_set(problem, DIAG_SPEC_OVERFLOW, FIELD_IN, whole_value,
                            "makes %s%s of 2^31 elements or more, expected fewer", what, of);
}

static uint64_t weight_count(const struct sepcc_layer *layer)
{
    const uint64_t taps = product(layer->kernel_h, layer->kernel_w, 1);
    return product(taps, layer->op == SEPCC_OP_DEPTHWISE ? 1 : layer->in_c, layer->out_c);
}

/* Every tensor by itself, then all of them together, those between the layers too. */
static bool check_volume(const struct sepcc_stage *stage, struct spec_problem *problem)
{
    const struct sepcc_layer *first = &stage->layer[0];
    uint64_t images = product(first->in_h, first->in_w, first->in_c), weights = 0;
    if (images >= IMAGE_LIMIT)
        return too_large(problem, "an input image", "");
    for (uint32_t i = 0; i < stage->layer_count; ++i) {
        const struct sepcc_layer *layer = &stage->layer[i];
        const uint64_t image = product(layer->out_h, layer->out_w, layer->out_c);
        if (image >= IMAGE_LIMIT)
            return too_large(problem, image_name(stage, i), "");
        if (weight_count(layer) >= IMAGE_LIMIT)
            return too_large(problem, spec_layer_name(stage, i),
                             stage->layer_count > 1 ? " weights" : "weights");
        images += image;
        weights += weight_count(layer);
    }
    const uint64_t bytes = (stage->batch * images + weights) * sizeof(float);
    if (bytes >= BYTES_LIMIT)
        return spec_problem_set(problem, DIAG_SPEC_OVERFLOW, stage->batch > 1 ? FIELD_BATCH : FIELD_IN,
                                whole_value, "makes tensors of %" PRIu64 " bytes, expected less than 2^47",
                                bytes);
    return true;
}

static bool check_residual(const struct sepcc_stage *stage, struct spec_problem *problem)
{
    const struct sepcc_layer *first = &stage->layer[0], *last = &stage->layer[stage->layer_count - 1];
    if (stage->residual == 0 ||
        (first->in_h == last->out_h && first->in_w == last->out_w && first->in_c == last->out_c))
        return true;
    return spec_problem_set(problem, DIAG_SPEC_RESIDUAL, FIELD_RESIDUAL, whole_value,
                            "adds an input of %ux%ux%u to an output of %ux%ux%u, expected equal sizes",
                            first->in_h, first->in_w, first->in_c, last->out_h, last->out_w, last->out_c);
}

static bool compute_channels(struct sepcc_layer *layer, struct spec_problem *problem)
{
    if (layer->op != SEPCC_OP_DEPTHWISE)
        return true; /* expand= or out= gave them */
    const uint64_t channels = (uint64_t)layer->in_c * layer->multiplier;
    if (channels >= SIZE_LIMIT)
        return spec_problem_set(problem, DIAG_SPEC_OVERFLOW, FIELD_MULT, whole_value,
                                "makes %" PRIu64 " output channels, expected fewer than 2^24", channels);
    layer->out_c = (uint32_t)channels;
    return true;
}

/* The output's sizes of a layer whose input is known. */
static bool compute_layer(struct sepcc_layer *layer, bool pad_same, struct spec_problem *problem)
{
    const struct axis axes[2] = {
        {"rows", layer->in_h, layer->kernel_h, layer->stride_h, layer->dilation_h, &layer->pad_top,
         &layer->pad_bottom, &layer->out_h},
        {"columns", layer->in_w, layer->kernel_w, layer->stride_w, layer->dilation_w, &layer->pad_left,
         &layer->pad_right, &layer->out_w},
    };
    for (size_t i = 0; i < 2; ++i) {
        if (pad_same && !resolve_same(&axes[i], problem))
            return false;
        if (!compute_output(&axes[i], problem))
            return false;
    }
    return compute_channels(layer, problem);
}

bool spec_draft_finish(struct spec_draft *draft, struct spec_problem *problem)
{
    struct sepcc_stage *stage = &draft->spec->stage;
    for (uint32_t i = 0; i < stage->layer_count; ++i) {
        struct sepcc_layer *layer = &stage->layer[i];
        if (i > 0) {
            const struct sepcc_layer *before = &stage->layer[i - 1];
            layer->in_h = before->out_h;
            layer->in_w = before->out_w;
            layer->in_c = before->out_c;
        }
        if (!compute_layer(layer, draft->pad_same && layer->op != SEPCC_OP_POINTWISE, problem))
            return false;
    }
    return check_volume(stage, problem) && check_residual(stage, problem);
}
