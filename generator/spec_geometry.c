/*
 * spec_geometry.c: the sizes that follow from a spec, and the limits on all of them.
 */
#include "spec_internal.h"

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

static bool check_volume(const struct sepcc_stage *stage, struct spec_problem *problem)
{
    const struct sepcc_layer *layer = &stage->layer[0];
    const bool depthwise = layer->op == SEPCC_OP_DEPTHWISE;
    const uint64_t in = product(layer->in_h, layer->in_w, layer->in_c);
    const uint64_t out = product(layer->out_h, layer->out_w, layer->out_c);
    const uint64_t weights = depthwise ? product(layer->kernel_h, layer->kernel_w, layer->out_c)
                                       : product(layer->in_c, layer->out_c, 1);
    if (in >= IMAGE_LIMIT || out >= IMAGE_LIMIT || weights >= IMAGE_LIMIT)
        return spec_problem_set(problem, DIAG_SPEC_OVERFLOW, FIELD_IN, whole_value,
                                "makes %s of 2^31 elements or more, expected fewer",
                                in >= IMAGE_LIMIT    ? "an input image"
                                : out >= IMAGE_LIMIT ? "an output image"
                                                     : "weights");
    const uint64_t bytes = (stage->batch * (in + out) + weights) * sizeof(float);
    if (bytes >= BYTES_LIMIT)
        return spec_problem_set(problem, DIAG_SPEC_OVERFLOW, stage->batch > 1 ? FIELD_BATCH : FIELD_IN,
                                whole_value, "makes tensors of %" PRIu64 " bytes, expected less than 2^47",
                                bytes);
    return true;
}

static bool compute_channels(struct sepcc_layer *layer, struct spec_problem *problem)
{
    if (layer->op != SEPCC_OP_DEPTHWISE)
        return true; /* out= gave them */
    const uint64_t channels = (uint64_t)layer->in_c * layer->multiplier;
    if (channels >= SIZE_LIMIT)
        return spec_problem_set(problem, DIAG_SPEC_OVERFLOW, FIELD_MULT, whole_value,
                                "makes %" PRIu64 " output channels, expected fewer than 2^24", channels);
    layer->out_c = (uint32_t)channels;
    return true;
}

bool spec_draft_finish(struct spec_draft *draft, struct spec_problem *problem)
{
    struct sepcc_stage *stage = &draft->spec->stage;
    struct sepcc_layer *layer = &stage->layer[0];
    const struct axis axes[2] = {
        {"rows", layer->in_h, layer->kernel_h, layer->stride_h, layer->dilation_h, &layer->pad_top,
         &layer->pad_bottom, &layer->out_h},
        {"columns", layer->in_w, layer->kernel_w, layer->stride_w, layer->dilation_w, &layer->pad_left,
         &layer->pad_right, &layer->out_w},
    };
    for (size_t i = 0; i < 2; ++i) {
        if (draft->pad_same && !resolve_same(&axes[i], problem))
            return false;
        if (!compute_output(&axes[i], problem))
            return false;
    }
    return compute_channels(layer, problem) && check_volume(stage, problem);
}
