/*
 * graph_shapes_move.c: shapes of operators that move elements: Concat, Slice, Reshape and the like.
 */
#include "model/graph_shapes.h"

#include <string.h>

const char *shape_pad(const struct shaping *shaping)
{
    const struct graph_tensor *input = shaped_input(shaping, 0);
    const struct integers pads = get_integers(shaping, "pads", 1);
    if (input == NULL || pads.state != INTEGERS_KNOWN || any_input(shaping, 3) != NULL)
        return NULL;
    if (pads.count != 2 * (size_t)input->rank)
        return "'pads' has another count than two for each axis";
    uint64_t dim[GRAPH_RANK_MAX];
    for (uint32_t i = 0; i < input->rank; ++i) {
        const int64_t begin = pads.values[i], end = pads.values[i + input->rank];
        if (begin > INT32_MAX || end > INT32_MAX || begin < INT32_MIN || end < INT32_MIN ||
            (int64_t)input->dim[i] + begin + end < 0)
            return "'pads' is out of range";
        dim[i] = (uint64_t)((int64_t)input->dim[i] + begin + end);
    }
    set_output(shaping, 0, input->type, input->rank, dim);
    return NULL;
}

const char *shape_concat(const struct shaping *shaping)
{
    const struct graph_tensor *first = shaped_input(shaping, 0);
    uint32_t axis;
    if (first == NULL)
        return NULL;
    if (!wrap_axis(graph_integer(shaping->node, "axis", 1), first->rank, &axis))
        return "attribute 'axis' is outside the input's rank";
    uint64_t dim[GRAPH_RANK_MAX];
    memcpy(dim, first->dim, sizeof dim);
    for (size_t i = 1; i < shaping->node->input_count; ++i) {
        const struct graph_tensor *input = shaped_input(shaping, i);
        if (input == NULL)
            return NULL;
        if (input->rank != first->rank)
            return "inputs differ in rank";
        for (uint32_t k = 0; k < first->rank; ++k)
            if (k != axis && input->dim[k] != first->dim[k])
                return "inputs differ in size along another axis than 'axis'";
        dim[axis] += input->dim[axis];
        if (dim[axis] >> 48 != 0)
            return "the output is larger than any memory";
    }
    set_output(shaping, 0, first->type, first->rank, dim);
    return NULL;
}

const char *shape_split(const struct shaping *shaping)
{
    const struct graph_tensor *input = shaped_input(shaping, 0);
    const struct integers sizes = get_integers(shaping, "split", 1);
    const size_t parts = shaping->node->output_count;
    uint32_t axis;
    if (input == NULL || sizes.state == INTEGERS_UNKNOWN || parts == 0)
        return NULL;
    if (!wrap_axis(graph_integer(shaping->node, "axis", 0), input->rank, &axis))
        return "attribute 'axis' is outside the input's rank";
    if (sizes.state == INTEGERS_KNOWN && sizes.count != parts)
        return "'split' has another count than outputs";
    uint64_t dim[GRAPH_RANK_MAX], left = input->dim[axis];
    const uint64_t even = (left + parts - 1) / parts;
    memcpy(dim, input->dim, sizeof dim);
    for (size_t i = 0; i < parts; ++i) {
        dim[axis] = sizes.state == INTEGERS_KNOWN ? (uint64_t)sizes.values[i] : even < left ? even : left;
        if (dim[axis] > left)
            return "'split' asks for more than there is along 'axis'";
        left -= dim[axis];
        set_output(shaping, i, input->type, input->rank, dim);
    }
    return left == 0 ? NULL : "'split' leaves a rest along 'axis'";
}

static int64_t clamp(int64_t value, int64_t low, int64_t high)
{
    return value < low ? low : value > high ? high : value;
}

bool slice_window(const struct shaping *shaping, const struct graph_tensor *input, struct slice *slice)
{
    const struct integers starts = get_integers(shaping, "starts", 1),
                          ends = get_integers(shaping, "ends", 2);
    const struct integers axes = get_integers(shaping, "axes", 3), steps = get_integers(shaping, "steps", 4);
    if (starts.state != INTEGERS_KNOWN || ends.state != INTEGERS_KNOWN || axes.state == INTEGERS_UNKNOWN ||
        steps.state == INTEGERS_UNKNOWN || starts.count != ends.count || starts.count > input->rank ||
        (axes.state == INTEGERS_KNOWN && axes.count != starts.count) ||
        (steps.state == INTEGERS_KNOWN && steps.count != starts.count))
        return false;
    for (uint32_t i = 0; i < input->rank; ++i) {
        slice->start[i] = 0;
        slice->step[i] = 1;
        slice->size[i] = input->dim[i];
    }
    for (size_t i = 0; i < starts.count; ++i) {
        uint32_t axis;
        if (!wrap_axis(axes.state == INTEGERS_KNOWN ? axes.values[i] : (int64_t)i, input->rank, &axis))
            return false;
        const int64_t size = (int64_t)input->dim[axis];
        const int64_t step = steps.state == INTEGERS_KNOWN ? steps.values[i] : 1;
        if (step == 0 || step > INT32_MAX || step < -INT32_MAX)
            return false;
        int64_t start = starts.values[i] < 0 ? starts.values[i] + size : starts.values[i];
        int64_t end = ends.values[i] < 0 ? ends.values[i] + size : ends.values[i];
        start = step > 0 ? clamp(start, 0, size) : clamp(start, 0, size - 1);
        end = step > 0 ? clamp(end, 0, size) : clamp(end, -1, size - 1);
        const int64_t span = step > 0 ? end - start : start - end, pace = step > 0 ? step : -step;
        slice->start[axis] = start;
        slice->step[axis] = step;
        slice->size[axis] = span > 0 && size > 0 ? (uint64_t)((span + pace - 1) / pace) : 0;
    }
    return true;
}

const char *shape_slice(const struct shaping *shaping)
{
    const struct graph_tensor *input = shaped_input(shaping, 0);
    struct slice slice;
    if (input != NULL && slice_window(shaping, input, &slice))
        set_output(shaping, 0, input->type, input->rank, slice.size);
    return NULL;
}

const char *shape_reshape(const struct shaping *shaping)
{
    const struct graph_tensor *input = shaped_input(shaping, 0);
    const struct integers shape = get_integers(shaping, "shape", 1);
    if (input == NULL || shape.state != INTEGERS_KNOWN)
        return NULL;
    if (shape.count > GRAPH_RANK_MAX)
        return "the new shape has too many dimensions, expected up to 8";
    const bool zero = graph_integer(shaping->node, "allowzero", 0) != 0;
    uint64_t dim[GRAPH_RANK_MAX], count, wanted;
    size_t open = GRAPH_NONE;
    for (size_t i = 0; i < shape.count; ++i) {
        const int64_t value = shape.values[i];
        if (value < -1 || (value == -1 && open != GRAPH_NONE) || (value == 0 && !zero && i >= input->rank))
            return "the new shape is wrong, expected sizes and at most one -1";
        if (value == -1)
            open = i;
        dim[i] = value == -1 ? 1 : value == 0 && !zero ? input->dim[i] : (uint64_t)value;
    }
    if (!shape_count(input->rank, input->dim, &wanted) || !shape_count((uint32_t)shape.count, dim, &count))
        return "the new shape is larger than any memory";
    if (open != GRAPH_NONE && count > 0 && wanted % count == 0) {
        dim[open] = wanted / count;
        count = wanted;
    }
    if (count != wanted)
        return "the new shape has another number of elements than the input";
    set_output(shaping, 0, input->type, (uint32_t)shape.count, dim);
    return NULL;
}

const char *shape_flatten(const struct shaping *shaping)
{
    const struct graph_tensor *input = shaped_input(shaping, 0);
    if (input == NULL)
        return NULL;
    int64_t axis = graph_integer(shaping->node, "axis", 1);
    axis += axis < 0 ? input->rank : 0;
    uint64_t dim[2] = {1, 1};
    if (axis < 0 || axis > input->rank)
        return "attribute 'axis' is outside the input's rank";
    if (!shape_count((uint32_t)axis, input->dim, &dim[0]) ||
        !shape_count(input->rank - (uint32_t)axis, input->dim + axis, &dim[1]))
        return "the output is larger than any memory";
    set_output(shaping, 0, input->type, 2, dim);
    return NULL;
}

const char *shape_squeeze(const struct shaping *shaping)
{
    const struct graph_tensor *input = shaped_input(shaping, 0);
    const struct integers axes = get_integers(shaping, "axes", 1);
    uint32_t mask = 0, rank = 0;
    uint64_t dim[GRAPH_RANK_MAX];
    if (input == NULL || axes.state == INTEGERS_UNKNOWN)
        return NULL;
    if (!axes_mask(&axes, input->rank, &mask))
        return "'axes' has one outside the input's rank";
    for (uint32_t i = 0; i < input->rank; ++i) {
        const bool drop = axes.state == INTEGERS_KNOWN ? mask >> i & 1 : input->dim[i] == 1;
        if (drop && input->dim[i] != 1)
            return "'axes' has one whose size is not 1";
        if (!drop)
            dim[rank++] = input->dim[i];
    }
    set_output(shaping, 0, input->type, rank, dim);
    return NULL;
}

const char *shape_unsqueeze(const struct shaping *shaping)
{
    const struct graph_tensor *input = shaped_input(shaping, 0);
    const struct integers axes = get_integers(shaping, "axes", 1);
    if (input == NULL || axes.state != INTEGERS_KNOWN)
        return NULL;
    const size_t rank = input->rank + axes.count;
    uint32_t mask = 0;
    uint64_t dim[GRAPH_RANK_MAX];
    if (axes.count > GRAPH_RANK_MAX || rank > GRAPH_RANK_MAX)
        return "the output has too many dimensions, expected up to 8";
    if (!axes_mask(&axes, (uint32_t)rank, &mask) || (size_t)__builtin_popcount(mask) != axes.count)
        return "'axes' has one outside the output's rank or one twice";
    for (uint32_t i = 0, from = 0; i < rank; ++i)
        dim[i] = mask >> i & 1 ? 1 : input->dim[from++];
    set_output(shaping, 0, input->type, (uint32_t)rank, dim);
    return NULL;
}

const char *shape_transpose(const struct shaping *shaping)
{
    const struct graph_tensor *input = shaped_input(shaping, 0);
    const struct graph_attribute *perm = graph_attribute(shaping->node, "perm", ATTRIBUTE_INTS);
    if (input == NULL)
        return NULL;
    if (perm != NULL && perm->count != input->rank)
        return "attribute 'perm' has another count than the input's rank";
    uint64_t dim[GRAPH_RANK_MAX];
    uint32_t seen = 0;
    for (uint32_t i = 0; i < input->rank; ++i) {
        const int64_t from = perm != NULL ? perm->integers[i] : input->rank - 1 - i;
        if (from < 0 || from >= input->rank || (seen >> from & 1))
            return "attribute 'perm' is no permutation";
        seen |= (uint32_t)1 << from;
        dim[i] = input->dim[from];
    }
    set_output(shaping, 0, input->type, input->rank, dim);
    return NULL;
}

const char *shape_gather(const struct shaping *shaping)
{
    const struct graph_tensor *input = shaped_input(shaping, 0), *index = shaped_input(shaping, 1);
    uint32_t axis, rank = 0;
    if (input == NULL || index == NULL)
        return NULL;
    if (!wrap_axis(graph_integer(shaping->node, "axis", 0), input->rank, &axis))
        return "attribute 'axis' is outside the input's rank";
    uint64_t dim[2 * GRAPH_RANK_MAX];
    for (uint32_t i = 0; i < axis; ++i)
        dim[rank++] = input->dim[i];
    for (uint32_t i = 0; i < index->rank; ++i)
        dim[rank++] = index->dim[i];
    for (uint32_t i = axis + 1; i < input->rank; ++i)
        dim[rank++] = input->dim[i];
    if (rank <= GRAPH_RANK_MAX)
        set_output(shaping, 0, input->type, rank, dim);
    return NULL;
}

const char *shape_expand(const struct shaping *shaping)
{
    const struct graph_tensor *input = shaped_input(shaping, 0);
    const struct integers shape = get_integers(shaping, "shape", 1);
    if (input == NULL || shape.state != INTEGERS_KNOWN || shape.count > GRAPH_RANK_MAX)
        return NULL;
    uint64_t dim[GRAPH_RANK_MAX];
    uint32_t rank = (uint32_t)shape.count;
    for (uint32_t i = 0; i < rank; ++i) {
        if (shape.values[i] < 0)
            return "the new shape is wrong, expected sizes";
        dim[i] = (uint64_t)shape.values[i];
    }
    if (!broadcast(&rank, dim, input->rank, input->dim))
        return "the input does not broadcast to the new shape";
    set_output(shaping, 0, input->type, rank, dim);
    return NULL;
}

const char *shape_tile(const struct shaping *shaping)
{
    const struct graph_tensor *input = shaped_input(shaping, 0);
    const struct integers repeats = get_integers(shaping, "repeats", 1);
    if (input == NULL || repeats.state != INTEGERS_KNOWN || repeats.count != input->rank)
        return NULL;
    uint64_t dim[GRAPH_RANK_MAX];
    for (uint32_t i = 0; i < input->rank; ++i)
        if (repeats.values[i] < 0 ||
            __builtin_mul_overflow(input->dim[i], (uint64_t)repeats.values[i], &dim[i]))
            return "'repeats' is out of range";
    set_output(shaping, 0, input->type, input->rank, dim);
    return NULL;
}

static const char *trade_depth(const struct shaping *shaping, bool to_space)
{
    const struct graph_tensor *input = shaped_input(shaping, 0);
    const int64_t attribute = graph_integer(shaping->node, "blocksize", 0);
    if (input == NULL || input->rank != 4)
        return NULL;
    if (attribute < 1 || attribute > 4096)
        return "attribute 'blocksize' is missing or out of range";
    const uint64_t block = (uint64_t)attribute, area = block * block;
    if (to_space ? input->dim[1] % area != 0 : input->dim[2] % block != 0 || input->dim[3] % block != 0)
        return "attribute 'blocksize' does not divide the input's size";
    uint64_t dim[4] = {input->dim[0]};
    dim[1] = to_space ? input->dim[1] / area : input->dim[1] * area;
    dim[2] = to_space ? input->dim[2] * block : input->dim[2] / block;
    dim[3] = to_space ? input->dim[3] * block : input->dim[3] / block;
    set_output(shaping, 0, input->type, 4, dim);
    return NULL;
}

const char *shape_depth_to_space(const struct shaping *shaping)
{
    return trade_depth(shaping, true);
}

const char *shape_space_to_depth(const struct shaping *shaping)
{
    return trade_depth(shaping, false);
}
