/*
 * graph_shapes.c: the table of operators with their shape rules, and the rules of those that compute.
 */
#include "model/graph_shapes.h"

#include <math.h>
#include <string.h>

/* ---- what rules share -------------------------------------------------------------------------------- */

const struct graph_tensor *any_input(const struct shaping *shaping, size_t index)
{
    if (index >= shaping->node->input_count || shaping->node->inputs[index] == GRAPH_NONE)
        return NULL;
    return &shaping->graph->tensors[shaping->node->inputs[index]];
}

const struct graph_tensor *shaped_input(const struct shaping *shaping, size_t index)
{
    const struct graph_tensor *tensor = any_input(shaping, index);
    return tensor != NULL && tensor->shape_known ? tensor : NULL;
}

void set_output(const struct shaping *shaping, size_t index, enum element_type type, uint32_t rank,
                const uint64_t *dim)
{
    if (index >= shaping->node->output_count || shaping->node->outputs[index] == GRAPH_NONE)
        return;
    struct graph_tensor *tensor = &shaping->graph->tensors[shaping->node->outputs[index]];
    tensor->type = type;
    tensor->shape_known = true;
    tensor->rank = rank;
    memcpy(tensor->dim, dim, rank * sizeof *dim);
}

struct integers get_integers(const struct shaping *shaping, const char *attribute, size_t input)
{
    const struct graph_attribute *found =
        attribute != NULL ? graph_attribute(shaping->node, attribute, ATTRIBUTE_INTS) : NULL;
    if (found != NULL)
        return (struct integers){INTEGERS_KNOWN, found->integers, found->count};
    const struct graph_tensor *tensor = any_input(shaping, input);
    if (tensor == NULL)
        return (struct integers){INTEGERS_MISSING, NULL, 0};
    if (tensor->integers == NULL || tensor->rank > 1)
        return (struct integers){INTEGERS_UNKNOWN, NULL, 0};
    return (struct integers){INTEGERS_KNOWN, tensor->integers, tensor->count};
}

bool wrap_axis(int64_t axis, uint32_t rank, uint32_t *wrapped)
{
    if (axis < -(int64_t)rank || axis >= (int64_t)rank)
        return false;
    *wrapped = (uint32_t)(axis < 0 ? axis + rank : axis);
    return true;
}

bool axes_mask(const struct integers *axes, uint32_t rank, uint32_t *mask)
{
    *mask = 0;
    for (size_t i = 0; i < axes->count; ++i) {
        uint32_t axis;
        if (!wrap_axis(axes->values[i], rank, &axis))
            return false;
        *mask |= (uint32_t)1 << axis;
    }
    return true;
}

bool broadcast(uint32_t *rank, uint64_t *dim, uint32_t other_rank, const uint64_t *other)
{
    const uint32_t top = *rank > other_rank ? *rank : other_rank;
    uint64_t result[GRAPH_RANK_MAX] = {0};
    for (uint32_t i = 0; i < top; ++i) { /* from the last axis */
        const uint64_t a = i < *rank ? dim[*rank - 1 - i] : 1,
                       b = i < other_rank ? other[other_rank - 1 - i] : 1;
        if (a != b && a != 1 && b != 1)
            return false;
        result[top - 1 - i] = a == 1 ? b : a;
    }
    memcpy(dim, result, top * sizeof *dim);
    *rank = top;
    return true;
}

/* ---- element by element ------------------------------------------------------------------------------ */

/* The first output is as the first input. */
static const char *shape_same(const struct shaping *shaping)
{
    const struct graph_tensor *input = shaped_input(shaping, 0);
    if (input != NULL)
        set_output(shaping, 0, input->type, input->rank, input->dim);
    return NULL;
}

static const char *shape_dropout(const struct shaping *shaping)
{
    const struct graph_tensor *input = shaped_input(shaping, 0);
    if (input != NULL)
        set_output(shaping, 1, ELEMENT_BOOL, input->rank, input->dim);
    return shape_same(shaping);
}

static const char *shape_batch_norm(const struct shaping *shaping)
{
    const struct graph_tensor *input = shaped_input(shaping, 0);
    for (size_t i = 1; input != NULL && input->rank >= 2 && i < 5; ++i) {
        const struct graph_tensor *parameter = shaped_input(shaping, i);
        if (parameter != NULL && (parameter->rank != 1 || parameter->dim[0] != input->dim[1]))
            return "a parameter has another size than the input has channels";
    }
    return shape_same(shaping);
}

static const char *shape_cast(const struct shaping *shaping)
{
    const struct graph_tensor *input = shaped_input(shaping, 0);
    const int64_t to = graph_integer(shaping->node, "to", 0);
    if (input != NULL)
        set_output(shaping, 0, to > 0 && to < 1000 ? onnx_element((int32_t)to) : ELEMENT_OTHER, input->rank,
                   input->dim);
    return NULL;
}

static const char *shape_quantize(const struct shaping *shaping)
{
    const struct graph_tensor *input = shaped_input(shaping, 0), *zero = any_input(shaping, 2);
    if (input != NULL)
        set_output(shaping, 0, zero != NULL ? zero->type : ELEMENT_U8, input->rank, input->dim);
    return NULL;
}

static const char *shape_dequantize(const struct shaping *shaping)
{
    const struct graph_tensor *input = shaped_input(shaping, 0), *scale = any_input(shaping, 1);
    if (input != NULL)
        set_output(shaping, 0, scale != NULL ? scale->type : ELEMENT_F32, input->rank, input->dim);
    return NULL;
}

/* All inputs from the given one on, broadcast; its type unless another is given. */
static const char *broadcast_inputs(const struct shaping *shaping, size_t typed, enum element_type type)
{
    uint64_t dim[GRAPH_RANK_MAX];
    uint32_t rank = 0;
    for (size_t i = 0; i < shaping->node->input_count; ++i) {
        const struct graph_tensor *input = shaped_input(shaping, i);
        if (input == NULL)
            return NULL;
        if (!broadcast(&rank, dim, input->rank, input->dim))
            return "the inputs' shapes do not broadcast";
    }
    if (typed >= shaping->node->input_count)
        return "an input is missing";
    set_output(shaping, 0, type == ELEMENT_UNKNOWN ? shaped_input(shaping, typed)->type : type, rank, dim);
    return NULL;
}

static const char *shape_broadcast(const struct shaping *shaping)
{
    return broadcast_inputs(shaping, 0, ELEMENT_UNKNOWN);
}

static const char *shape_compare(const struct shaping *shaping)
{
    return broadcast_inputs(shaping, 0, ELEMENT_BOOL);
}

static const char *shape_where(const struct shaping *shaping)
{
    return broadcast_inputs(shaping, 1, ELEMENT_UNKNOWN);
}

/* ---- sums -------------------------------------------------------------------------------------------- */

static const char *shape_gemm(const struct shaping *shaping)
{
    const struct graph_tensor *a = shaped_input(shaping, 0), *b = shaped_input(shaping, 1);
    if (a == NULL || b == NULL)
        return NULL;
    if (a->rank != 2 || b->rank != 2)
        return "a factor has another rank than 2";
    const bool turn_a = graph_integer(shaping->node, "transA", 0) != 0;
    const bool turn_b = graph_integer(shaping->node, "transB", 0) != 0;
    if (a->dim[!turn_a] != b->dim[turn_b])
        return "the factors' inner sizes differ";
    set_output(shaping, 0, a->type, 2, (const uint64_t[]){a->dim[turn_a], b->dim[!turn_b]});
    return NULL;
}

static const char *shape_matmul(const struct shaping *shaping)
{
    const struct graph_tensor *a = shaped_input(shaping, 0), *b = shaped_input(shaping, 1);
    if (a == NULL || b == NULL)
        return NULL;
    if (a->rank == 0 || b->rank == 0)
        return "a factor is a scalar";
    if (a->dim[a->rank - 1] != b->dim[b->rank > 1 ? b->rank - 2 : 0])
        return "the factors' inner sizes differ";
    uint64_t dim[GRAPH_RANK_MAX];
    uint32_t rank = a->rank > 2 ? a->rank - 2 : 0;
    memcpy(dim, a->dim, rank * sizeof *dim);
    if (!broadcast(&rank, dim, b->rank > 2 ? b->rank - 2 : 0, b->dim))
        return "the factors' outer sizes do not broadcast";
    if (a->rank > 1)
        dim[rank++] = a->dim[a->rank - 2];
    if (b->rank > 1)
        dim[rank++] = b->dim[b->rank - 1];
    set_output(shaping, 0, a->type, rank, dim);
    return NULL;
}

static const char *reduce(const struct shaping *shaping, uint32_t mask, enum element_type type)
{
    const struct graph_tensor *input = shaped_input(shaping, 0);
    const bool keep = graph_integer(shaping->node, "keepdims", 1) != 0;
    uint64_t dim[GRAPH_RANK_MAX];
    uint32_t rank = 0;
    for (uint32_t i = 0; i < input->rank; ++i)
        if (!(mask >> i & 1) || keep)
            dim[rank++] = mask >> i & 1 ? 1 : input->dim[i];
    set_output(shaping, 0, type, rank, dim);
    return NULL;
}

static const char *shape_reduce(const struct shaping *shaping)
{
    const struct graph_tensor *input = shaped_input(shaping, 0);
    const struct integers axes = get_integers(shaping, "axes", 1);
    uint32_t mask;
    if (input == NULL || axes.state == INTEGERS_UNKNOWN)
        return NULL;
    if (!axes_mask(&axes, input->rank, &mask))
        return "'axes' has one outside the input's rank";
    if (axes.count == 0 && graph_integer(shaping->node, "noop_with_empty_axes", 0) == 0)
        mask = ~(uint32_t)0;
    return reduce(shaping, mask, input->type);
}

static const char *shape_arg(const struct shaping *shaping)
{
    const struct graph_tensor *input = shaped_input(shaping, 0);
    uint32_t axis;
    if (input == NULL)
        return NULL;
    if (!wrap_axis(graph_integer(shaping->node, "axis", 0), input->rank, &axis))
        return "attribute 'axis' is outside the input's rank";
    return reduce(shaping, (uint32_t)1 << axis, ELEMENT_I64);
}

/* ---- sizes computed from values ---------------------------------------------------------------------- */

static const char *shape_shape(const struct shaping *shaping)
{
    const struct graph_tensor *input = shaped_input(shaping, 0);
    if (input == NULL || graph_attribute(shaping->node, "start", ATTRIBUTE_INT) != NULL ||
        graph_attribute(shaping->node, "end", ATTRIBUTE_INT) != NULL)
        return NULL;
    set_output(shaping, 0, ELEMENT_I64, 1, (const uint64_t[]){input->rank});
    return NULL;
}

static const char *shape_constant_of_shape(const struct shaping *shaping)
{
    const struct integers shape = get_integers(shaping, NULL, 0);
    uint64_t dim[GRAPH_RANK_MAX];
    if (shape.state != INTEGERS_KNOWN || shape.count > GRAPH_RANK_MAX)
        return NULL;
    for (size_t i = 0; i < shape.count; ++i) {
        if (shape.values[i] < 0)
            return "the shape has a negative size";
        dim[i] = (uint64_t)shape.values[i];
    }
    set_output(shaping, 0, ELEMENT_UNKNOWN, (uint32_t)shape.count, dim);
    return NULL;
}

static const char *shape_range(const struct shaping *shaping)
{
    const struct integers start = get_integers(shaping, NULL, 0), end = get_integers(shaping, NULL, 1);
    const struct integers step = get_integers(shaping, NULL, 2);
    if (start.count != 1 || end.count != 1 || step.count != 1)
        return NULL;
    const int64_t pace = step.values[0];
    int64_t span;
    if (pace == 0 || pace == INT64_MIN || __builtin_sub_overflow(end.values[0], start.values[0], &span) ||
        span == INT64_MIN)
        return "the step is 0 or a number out of range";
    span = pace > 0 ? span : -span;
    const int64_t width = pace > 0 ? pace : -pace;
    const int64_t count = span > 0 ? (span - 1) / width + 1 : 0;
    set_output(shaping, 0, any_input(shaping, 0)->type, 1, (const uint64_t[]){(uint64_t)count});
    return NULL;
}

/* Scales of Resize and Upsample: an attribute, or input 2, or in old opsets input 1. */
static const float *get_scales(const struct shaping *shaping, uint32_t rank)
{
    const struct graph_attribute *attribute = graph_attribute(shaping->node, "scales", ATTRIBUTE_FLOATS);
    if (attribute != NULL)
        return attribute->count == rank ? attribute->reals : NULL;
    const struct graph_tensor *scales = any_input(shaping, shaping->node->input_count > 2 ? 2 : 1);
    return scales != NULL && scales->count == rank ? scales->reals : NULL;
}

static const char *shape_resize(const struct shaping *shaping)
{
    const struct graph_tensor *input = shaped_input(shaping, 0);
    const struct integers sizes = get_integers(shaping, NULL, 3);
    if (input == NULL || graph_attribute(shaping->node, "axes", ATTRIBUTE_INTS) != NULL ||
        graph_attribute(shaping->node, "keep_aspect_ratio_policy", ATTRIBUTE_STRING) != NULL)
        return NULL;
    const float *scales = get_scales(shaping, input->rank);
    uint64_t dim[GRAPH_RANK_MAX];
    const bool sized = sizes.state == INTEGERS_KNOWN && sizes.count == input->rank;
    if (!sized && (sizes.state == INTEGERS_UNKNOWN || scales == NULL))
        return NULL;
    for (uint32_t i = 0; i < input->rank; ++i) {
        const double size =
            sized ? (double)sizes.values[i] : floor((double)input->dim[i] * (double)scales[i]);
        if (!(size >= 1 && size < 0x1p48))
            return "the output's size is empty or out of range";
        dim[i] = (uint64_t)size;
    }
    set_output(shaping, 0, input->type, input->rank, dim);
    return NULL;
}

/* ---- the table --------------------------------------------------------------------------------------- */

static const struct shape_row {
    shape_rule *rule;
    const char *ops; /* separated by blanks */
} rows[] = {
    {shape_same,
     " Abs Acos Asin Atan BitwiseNot Ceil Celu Clip Cos Elu Erf Exp Floor Gelu HardSigmoid HardSwish Hardmax "
     "Identity InstanceNormalization GroupNormalization LayerNormalization LeakyRelu Log LogSoftmax "
     "LpNormalization LRN Mish Neg Not PRelu Reciprocal Relu Round Selu Shrink Sigmoid Sign Sin Sinh Softmax "
     "Softplus Softsign Sqrt Tan Tanh ThresholdedRelu Trilu CumSum "},
    {shape_dropout, " Dropout "},
    {shape_batch_norm, " BatchNormalization "},
    {shape_cast, " Cast "},
    {shape_quantize, " QuantizeLinear "},
    {shape_dequantize, " DequantizeLinear "},
    {shape_broadcast, " Add Sub Mul Div Pow Mod Min Max Sum Mean And Or Xor "},
    {shape_compare, " Equal Greater GreaterOrEqual Less LessOrEqual "},
    {shape_where, " Where "},
    {shape_conv, " Conv "},
    {shape_conv_transpose, " ConvTranspose "},
    {shape_pool, " MaxPool AveragePool LpPool "},
    {shape_global_pool, " GlobalAveragePool GlobalMaxPool GlobalLpPool "},
    {shape_gemm, " Gemm "},
    {shape_matmul, " MatMul "},
    {shape_reduce, " ReduceMean ReduceSum ReduceMax ReduceMin ReduceProd ReduceL1 ReduceL2 ReduceLogSum "
                   "ReduceLogSumExp ReduceSumSquare "},
    {shape_arg, " ArgMax ArgMin "},
    {shape_shape, " Shape "},
    {shape_constant_of_shape, " ConstantOfShape "},
    {shape_range, " Range "},
    {shape_resize, " Resize Upsample "},
    {shape_pad, " Pad "},
    {shape_concat, " Concat "},
    {shape_split, " Split "},
    {shape_slice, " Slice "},
    {shape_reshape, " Reshape "},
    {shape_flatten, " Flatten "},
    {shape_squeeze, " Squeeze "},
    {shape_unsqueeze, " Unsqueeze "},
    {shape_transpose, " Transpose "},
    {shape_gather, " Gather "},
    {shape_expand, " Expand "},
    {shape_tile, " Tile "},
    {shape_depth_to_space, " DepthToSpace "},
    {shape_space_to_depth, " SpaceToDepth "},
};

const char *shapes_infer(struct graph_build *build, const struct graph_node *node)
{
    const struct shaping shaping = {build->graph, node};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; ++i)
        if (word_in(rows[i].ops, node->op))
            /* cppcheck-suppress returnDanglingLifetime; the text is static, and no part of what the rule is
             * given */
            return rows[i].rule(&shaping);
    return NULL;
}
