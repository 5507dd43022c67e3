/*
 * graph_shapes_window.c: shapes of convolutions and pools.
 */
#include "model/graph_shapes.h"

#include <string.h>

enum { SPATIAL_MAX = GRAPH_RANK_MAX - 2 };

struct window {
    uint32_t axes; /* how many spatial axes */
    uint64_t kernel[SPATIAL_MAX], stride[SPATIAL_MAX], dilation[SPATIAL_MAX];
    uint64_t pad_begin[SPATIAL_MAX], pad_end[SPATIAL_MAX];
    enum { PAD_GIVEN, PAD_SAME, PAD_VALID } pad;
};

/* One attribute of a number for each axis; false when there are more or fewer, or one is out of range. */
static bool get_numbers(const struct graph_node *node, const char *name, uint32_t count, int64_t low,
                        uint64_t fallback, uint64_t *numbers)
{
    const struct graph_attribute *attribute = graph_attribute(node, name, ATTRIBUTE_INTS);
    for (uint32_t i = 0; i < count; ++i)
        numbers[i] = fallback;
    if (attribute == NULL)
        return true;
    if (attribute->count != count)
        return false;
    for (uint32_t i = 0; i < count; ++i) {
        if (attribute->integers[i] < low || attribute->integers[i] > INT32_MAX)
            return false;
        numbers[i] = (uint64_t)attribute->integers[i];
    }
    return true;
}

/* kernel: sizes from the weights, or NULL. */
static const char *get_window(const struct graph_node *node, const uint64_t *kernel, struct window *window)
{
    uint64_t pads[2 * SPATIAL_MAX];
    if (!get_numbers(node, "kernel_shape", window->axes, 1, 0, window->kernel))
        return "attribute 'kernel_shape' is wrong, expected a positive number for each axis";
    for (uint32_t i = 0; i < window->axes; ++i) {
        if (window->kernel[i] == 0 && kernel != NULL)
            window->kernel[i] = kernel[i];
        if (window->kernel[i] == 0 || window->kernel[i] > INT32_MAX)
            return "attribute 'kernel_shape' is missing or a kernel is empty";
        if (kernel != NULL && window->kernel[i] != kernel[i])
            return "attribute 'kernel_shape' differs from the weights' shape";
    }
    if (!get_numbers(node, "strides", window->axes, 1, 1, window->stride))
        return "attribute 'strides' is wrong, expected a positive number for each axis";
    if (!get_numbers(node, "dilations", window->axes, 1, 1, window->dilation))
        return "attribute 'dilations' is wrong, expected a positive number for each axis";
    if (!get_numbers(node, "pads", 2 * window->axes, 0, 0, pads))
        return "attribute 'pads' is wrong, expected two numbers of 0 or more for each axis";
    memcpy(window->pad_begin, pads, window->axes * sizeof pads[0]);
    memcpy(window->pad_end, pads + window->axes, window->axes * sizeof pads[0]);
    const struct graph_attribute *pad = graph_attribute(node, "auto_pad", ATTRIBUTE_STRING);
    window->pad = PAD_GIVEN;
    if (pad == NULL || *pad->string == '\0' || strcmp(pad->string, "NOTSET") == 0)
        return NULL;
    if (strcmp(pad->string, "VALID") != 0 && strncmp(pad->string, "SAME_", 5) != 0)
        return "attribute 'auto_pad' is unknown, expected NOTSET, VALID, SAME_UPPER or SAME_LOWER";
    window->pad = *pad->string == 'V' ? PAD_VALID : PAD_SAME;
    return NULL;
}

/* Positions of the window along axis i; 0 when it does not fit. */
static uint64_t positions(const struct window *window, uint32_t i, uint64_t size, bool ceil_mode)
{
    const uint64_t stride = window->stride[i];
    if (window->pad == PAD_SAME)
        return (size + stride - 1) / stride;
    const uint64_t begin = window->pad == PAD_VALID ? 0 : window->pad_begin[i];
    const uint64_t padded = size + begin + (window->pad == PAD_VALID ? 0 : window->pad_end[i]);
    const uint64_t reach = (window->kernel[i] - 1) * window->dilation[i] + 1;
    if (padded < reach)
        return 0;
    uint64_t count = (padded - reach + (ceil_mode ? stride - 1 : 0)) / stride + 1;
    if (ceil_mode && (count - 1) * stride >= size + begin)
        --count; /* the last window would lie in the padding */
    return count;
}

static const char *slide(const struct shaping *shaping, const struct graph_tensor *input,
                         const struct window *window, bool ceil_mode, uint64_t channels)
{
    uint64_t dim[GRAPH_RANK_MAX] = {input->dim[0], channels};
    for (uint32_t i = 0; i < window->axes; ++i) {
        dim[i + 2] = positions(window, i, input->dim[i + 2], ceil_mode);
        if (dim[i + 2] == 0)
            return "the output would be empty, expected an input as large as the kernel";
    }
    set_output(shaping, 0, input->type, input->rank, dim);
    set_output(shaping, 1, ELEMENT_I64, input->rank, dim); /* MaxPool's indices */
    return NULL;
}

const char *shape_conv(const struct shaping *shaping)
{
    const struct graph_tensor *input = shaped_input(shaping, 0), *weight = shaped_input(shaping, 1);
    if (input == NULL || weight == NULL)
        return any_input(shaping, 0) == NULL || any_input(shaping, 1) == NULL ? "input or weights are missing"
                                                                              : NULL;
    if (input->rank < 3 || weight->rank != input->rank)
        return "input and weights differ in rank, expected the same, from 3";
    const int64_t group = graph_integer(shaping->node, "group", 1);
    uint64_t channels;
    if (group < 1 || __builtin_mul_overflow(weight->dim[1], (uint64_t)group, &channels) ||
        channels != input->dim[1] || weight->dim[0] == 0 || weight->dim[0] % (uint64_t)group != 0)
        return "attribute 'group' does not fit the channels of input and weights";
    const struct graph_tensor *bias = shaped_input(shaping, 2);
    if (bias != NULL && (bias->rank != 1 || bias->dim[0] != weight->dim[0]))
        return "the bias has another size than the weights have outputs";
    struct window window = {.axes = input->rank - 2};
    const char *wrong = get_window(shaping->node, weight->dim + 2, &window);
    return wrong != NULL ? wrong : slide(shaping, input, &window, false, weight->dim[0]);
}

const char *shape_pool(const struct shaping *shaping)
{
    const struct graph_tensor *input = shaped_input(shaping, 0);
    if (input == NULL)
        return NULL;
    if (input->rank < 3)
        return "the input has less than 3 dimensions";
    struct window window = {.axes = input->rank - 2};
    const char *wrong = get_window(shaping->node, NULL, &window);
    if (wrong != NULL)
        return wrong;
    return slide(shaping, input, &window, graph_integer(shaping->node, "ceil_mode", 0) != 0, input->dim[1]);
}

const char *shape_global_pool(const struct shaping *shaping)
{
    const struct graph_tensor *input = shaped_input(shaping, 0);
    if (input == NULL || input->rank < 2)
        return NULL;
    uint64_t dim[GRAPH_RANK_MAX] = {input->dim[0], input->dim[1], 1, 1, 1, 1, 1, 1};
    set_output(shaping, 0, input->type, input->rank, dim);
    return NULL;
}

const char *shape_conv_transpose(const struct shaping *shaping)
{
    const struct graph_tensor *input = shaped_input(shaping, 0), *weight = shaped_input(shaping, 1);
    if (input == NULL || weight == NULL)
        return NULL;
    if (input->rank < 3 || weight->rank != input->rank || weight->dim[0] != input->dim[1])
        return "the weights' shape does not fit the input";
    const int64_t group = graph_integer(shaping->node, "group", 1);
    struct window window = {.axes = input->rank - 2};
    uint64_t extra[SPATIAL_MAX], given[SPATIAL_MAX], dim[GRAPH_RANK_MAX] = {input->dim[0]};
    const char *wrong = get_window(shaping->node, weight->dim + 2, &window);
    if (wrong != NULL)
        return wrong;
    if (group < 1 || __builtin_mul_overflow(weight->dim[1], (uint64_t)group, &dim[1]))
        return "attribute 'group' is wrong";
    if (!get_numbers(shaping->node, "output_padding", window.axes, 0, 0, extra) ||
        !get_numbers(shaping->node, "output_shape", window.axes, 1, 0, given))
        return "attribute 'output_padding' or 'output_shape' is wrong";
    for (uint32_t i = 0; i < window.axes; ++i) {
        const uint64_t size = input->dim[i + 2], pads = window.pad_begin[i] + window.pad_end[i];
        if (size == 0 || size > INT32_MAX)
            return "the input is empty or too large";
        const uint64_t full =
            window.stride[i] * (size - 1) + extra[i] + (window.kernel[i] - 1) * window.dilation[i] + 1;
        dim[i + 2] = given[i] != 0             ? given[i]
                     : window.pad == PAD_SAME  ? size * window.stride[i]
                     : window.pad == PAD_VALID ? full
                     : full > pads             ? full - pads
                                               : 0;
        if (dim[i + 2] == 0)
            return "the output would be empty";
    }
    set_output(shaping, 0, input->type, input->rank, dim);
    return NULL;
}
