/*
 * graph_fold.c: operators whose inputs are constants are computed here, so that shapes and weights that a
 * file spells out in nodes are constants like others.
 *
 * What is not computed (unknown operator, too many elements, a division by zero) is left for run time.
 */
#include "model/graph_shapes.h"

#include <math.h>
#include <string.h>

struct folding {
    struct shaping shaping;
    const struct graph_tensor *a, *b, *c; /* the first three inputs, NULL when left out */
    struct graph_tensor *out;
    float *reals;      /* of the output: one of the two */
    int64_t *integers; /* is not NULL */
    const struct graph_tensor *fill;
};

/* Returns false when it cannot be computed after all. */
typedef bool fold_rule(const struct folding *folding);

/* Element `from` of a becomes element `to` of the output. */
static void put(const struct folding *folding, size_t to, const struct graph_tensor *source, size_t from)
{
    if (folding->reals != NULL)
        folding->reals[to] = source->reals[from];
    else
        folding->integers[to] = source->integers[from];
}

static bool same_kind(const struct folding *folding, const struct graph_tensor *source)
{
    return source != NULL && (folding->reals != NULL ? source->reals != NULL : source->integers != NULL);
}

/* Row-major distances of a tensor's axes, aligned to the output's last axis; 0 where it is broadcast. */
static void broadcast_strides(const struct graph_tensor *tensor, const struct graph_tensor *out,
                              size_t *stride)
{
    size_t distance = 1;
    for (uint32_t i = 0; i < out->rank; ++i) { /* from the last axis */
        const bool has = i < tensor->rank;
        const uint64_t dim = has ? tensor->dim[tensor->rank - 1 - i] : 1;
        stride[out->rank - 1 - i] = dim == 1 ? 0 : distance;
        distance *= (size_t)dim;
    }
}

/* Where element `index` of the output lies, given the distance of each axis. */
static size_t locate(const struct graph_tensor *out, size_t index, const size_t *stride)
{
    size_t at = 0;
    for (uint32_t i = out->rank; i > 0; --i) {
        at +=
            index % out->dim[i - 1] * stride[i - 1]; /* unsigned: a negative distance wraps around and back */
        index /= out->dim[i - 1];
    }
    return at;
}

static bool copy_strided(const struct folding *folding, size_t base, const size_t *stride)
{
    for (size_t i = 0; i < folding->out->count; ++i)
        put(folding, i, folding->a, base + locate(folding->out, i, stride));
    return true;
}

static bool fold_copy(const struct folding *folding)
{
    if (!same_kind(folding, folding->a) || folding->a->count != folding->out->count)
        return false;
    for (size_t i = 0; i < folding->out->count; ++i)
        put(folding, i, folding->a, i);
    return true;
}

/* Whether an integer type holds the value; others wrap or saturate, which is left for run time. */
static bool holds(enum element_type type, int64_t value)
{
    switch (type) {
    case ELEMENT_I8:
        return value >= INT8_MIN && value <= INT8_MAX;
    case ELEMENT_U8:
        return value >= 0 && value <= UINT8_MAX;
    case ELEMENT_I32:
        return value >= INT32_MIN && value <= INT32_MAX;
    default:
        return type == ELEMENT_I64;
    }
}

static bool cast_to_integer(const struct folding *folding, size_t i)
{
    const struct graph_tensor *from = folding->a;
    const bool to_bool = folding->out->type == ELEMENT_BOOL;
    int64_t value = 0;
    if (from->reals != NULL && !(fabsf(from->reals[i]) < 0x1p31F))
        return false;
    if (from->reals != NULL)
        value = to_bool ? from->reals[i] != 0.0F : (int64_t)from->reals[i];
    else
        value = to_bool ? from->integers[i] != 0 : from->integers[i];
    folding->integers[i] = value;
    return to_bool || holds(folding->out->type, value);
}

/* Floats are kept as those of 32 bits: what would have to be rounded to a shorter type is left for run time.
 */
static bool fold_cast(const struct folding *folding)
{
    const struct graph_tensor *from = folding->a;
    if (folding->out->type == ELEMENT_F16 && from->type != ELEMENT_F16)
        return false;
    for (size_t i = 0; i < folding->out->count; ++i)
        if (folding->reals != NULL)
            folding->reals[i] = from->reals != NULL ? from->reals[i] : (float)from->integers[i];
        else if (!cast_to_integer(folding, i))
            return false;
    return true;
}

static bool fold_transpose(const struct folding *folding)
{
    const struct graph_attribute *perm = graph_attribute(folding->shaping.node, "perm", ATTRIBUTE_INTS);
    size_t stride[GRAPH_RANK_MAX], turned[GRAPH_RANK_MAX], distance = 1;
    if (!same_kind(folding, folding->a))
        return false;
    for (uint32_t i = folding->a->rank; i > 0; --i) {
        stride[i - 1] = distance;
        distance *= (size_t)folding->a->dim[i - 1];
    }
    for (uint32_t i = 0; i < folding->a->rank; ++i)
        turned[i] = stride[perm != NULL ? (size_t)perm->integers[i] : folding->a->rank - 1 - i];
    return copy_strided(folding, 0, turned);
}

static bool fold_expand(const struct folding *folding)
{
    size_t stride[GRAPH_RANK_MAX];
    if (!same_kind(folding, folding->a))
        return false;
    broadcast_strides(folding->a, folding->out, stride);
    return copy_strided(folding, 0, stride);
}

static bool fold_slice(const struct folding *folding)
{
    struct slice slice;
    size_t stride[GRAPH_RANK_MAX], base = 0, distance = 1;
    if (!same_kind(folding, folding->a) || !slice_window(&folding->shaping, folding->a, &slice))
        return false;
    for (uint32_t i = folding->a->rank; i > 0; --i) {
        base += (size_t)slice.start[i - 1] * distance;
        stride[i - 1] = (size_t)slice.step[i - 1] * distance;
        distance *= (size_t)folding->a->dim[i - 1];
    }
    return copy_strided(folding, base, stride);
}

static size_t product(const uint64_t *dim, uint32_t from, uint32_t to)
{
    size_t result = 1;
    for (uint32_t i = from; i < to; ++i)
        result *= (size_t)dim[i];
    return result;
}

static bool fold_concat(const struct folding *folding)
{
    uint32_t axis;
    if (!wrap_axis(graph_integer(folding->shaping.node, "axis", 1), folding->out->rank, &axis))
        return false;
    const size_t outer = product(folding->out->dim, 0, axis);
    const size_t row = product(folding->out->dim, axis, folding->out->rank);
    size_t begin = 0;
    for (size_t i = 0; i < folding->shaping.node->input_count; ++i) {
        const struct graph_tensor *input = any_input(&folding->shaping, i);
        if (!same_kind(folding, input))
            return false;
        const size_t part = product(input->dim, axis, input->rank);
        for (size_t o = 0; o < outer; ++o)
            for (size_t k = 0; k < part; ++k)
                put(folding, o * row + begin + k, input, o * part + k);
        begin += part;
    }
    return true;
}

static bool fold_gather(const struct folding *folding)
{
    uint32_t axis;
    if (!same_kind(folding, folding->a) || folding->b == NULL || folding->b->integers == NULL ||
        !wrap_axis(graph_integer(folding->shaping.node, "axis", 0), folding->a->rank, &axis))
        return false;
    const size_t outer = product(folding->a->dim, 0, axis), size = (size_t)folding->a->dim[axis];
    const size_t inner = product(folding->a->dim, axis + 1, folding->a->rank);
    size_t to = 0;
    for (size_t o = 0; o < outer; ++o)
        for (size_t i = 0; i < folding->b->count; ++i) {
            int64_t index = folding->b->integers[i];
            index += index < 0 ? (int64_t)size : 0;
            if (index < 0 || index >= (int64_t)size)
                return false;
            for (size_t k = 0; k < inner; ++k)
                put(folding, to++, folding->a, (o * size + (size_t)index) * inner + k);
        }
    return true;
}

static bool fold_shape(const struct folding *folding)
{
    const struct graph_tensor *input = shaped_input(&folding->shaping, 0);
    for (size_t i = 0; i < folding->out->count; ++i)
        folding->integers[i] = (int64_t)input->dim[i];
    return true;
}

static bool fold_fill(const struct folding *folding)
{
    if (folding->fill != NULL && (!same_kind(folding, folding->fill) || folding->fill->count != 1))
        return false;
    for (size_t i = 0; folding->fill != NULL && i < folding->out->count; ++i)
        put(folding, i, folding->fill, 0);
    return true; /* zero when not told otherwise */
}

static bool fold_range(const struct folding *folding)
{
    if (folding->integers == NULL || folding->a == NULL || folding->a->integers == NULL)
        return false;
    for (size_t i = 0; i < folding->out->count; ++i)
        folding->integers[i] = folding->a->integers[0] + (int64_t)i * folding->c->integers[0];
    return true;
}

static bool fold_where(const struct folding *folding)
{
    size_t from_a[GRAPH_RANK_MAX], from_b[GRAPH_RANK_MAX], from_c[GRAPH_RANK_MAX];
    if (folding->a->integers == NULL || !same_kind(folding, folding->b) || !same_kind(folding, folding->c))
        return false;
    broadcast_strides(folding->a, folding->out, from_a);
    broadcast_strides(folding->b, folding->out, from_b);
    broadcast_strides(folding->c, folding->out, from_c);
    for (size_t i = 0; i < folding->out->count; ++i) {
        const bool first = folding->a->integers[locate(folding->out, i, from_a)] != 0;
        put(folding, i, first ? folding->b : folding->c, locate(folding->out, i, first ? from_b : from_c));
    }
    return true;
}

static bool fold_equal(const struct folding *folding)
{
    size_t from_a[GRAPH_RANK_MAX], from_b[GRAPH_RANK_MAX];
    if (folding->b == NULL || folding->a->integers == NULL || folding->b->integers == NULL)
        return false;
    broadcast_strides(folding->a, folding->out, from_a);
    broadcast_strides(folding->b, folding->out, from_b);
    for (size_t i = 0; i < folding->out->count; ++i)
        folding->integers[i] = folding->a->integers[locate(folding->out, i, from_a)] ==
                               folding->b->integers[locate(folding->out, i, from_b)];
    return true;
}

static float real_result(char sign, float a, float b)
{
    return sign == 'A' ? a + b : sign == 'S' ? a - b : sign == 'M' ? a * b : a / b;
}

/* False when it overflows or divides by zero; only int64_t is computed, other types wrap elsewhere. */
static bool integer_result(char sign, int64_t a, int64_t b, int64_t *result)
{
    if (sign == 'A')
        return !__builtin_add_overflow(a, b, result);
    if (sign == 'S')
        return !__builtin_sub_overflow(a, b, result);
    if (sign == 'M')
        return !__builtin_mul_overflow(a, b, result);
    if (b == 0 || (a == INT64_MIN && b == -1))
        return false;
    *result = a / b;
    return true;
}

static bool fold_arithmetic(const struct folding *folding)
{
    const char sign = folding->shaping.node->op[0]; /* Add, Sub, Mul, Div */
    size_t from_a[GRAPH_RANK_MAX], from_b[GRAPH_RANK_MAX];
    if (!same_kind(folding, folding->a) || !same_kind(folding, folding->b) ||
        folding->out->type != (folding->reals != NULL ? ELEMENT_F32 : ELEMENT_I64))
        return false; /* other types round or wrap in their own way */
    broadcast_strides(folding->a, folding->out, from_a);
    broadcast_strides(folding->b, folding->out, from_b);
    for (size_t i = 0; i < folding->out->count; ++i) {
        const size_t a = locate(folding->out, i, from_a), b = locate(folding->out, i, from_b);
        if (folding->reals != NULL)
            folding->reals[i] = real_result(sign, folding->a->reals[a], folding->b->reals[b]);
        else if (!integer_result(sign, folding->a->integers[a], folding->b->integers[b],
                                 &folding->integers[i]))
            return false;
    }
    return true;
}

static bool fold_sqrt(const struct folding *folding)
{
    if (folding->out->type != ELEMENT_F32 || folding->a->reals == NULL)
        return false;
    for (size_t i = 0; i < folding->out->count; ++i)
        folding->reals[i] = sqrtf(folding->a->reals[i]);
    return true;
}

/* (q - zero) * scale, one scale for all or one for each index of `axis`. */
static bool fold_dequantize(const struct folding *folding)
{
    const struct graph_tensor *q = folding->a, *scale = folding->b, *zero = folding->c;
    uint32_t axis = 0;
    if (folding->out->type != ELEMENT_F32 || q->integers == NULL || scale == NULL || scale->reals == NULL ||
        (zero != NULL && (zero->integers == NULL || zero->count != scale->count)) || scale->count == 0)
        return false;
    const bool per_axis = scale->rank == 1 && scale->count > 1;
    if (per_axis && (!wrap_axis(graph_integer(folding->shaping.node, "axis", 1), q->rank, &axis) ||
                     q->dim[axis] != scale->count))
        return false;
    if (!per_axis && scale->count != 1)
        return false;
    const size_t inner = per_axis ? product(q->dim, axis + 1, q->rank) : 1;
    for (size_t i = 0; i < folding->out->count; ++i) {
        const size_t at = per_axis ? i / inner % scale->count : 0;
        const int64_t origin = zero != NULL ? zero->integers[at] : 0;
        folding->reals[i] = (float)((double)q->integers[i] - (double)origin) * scale->reals[at];
    }
    return true;
}

static const struct fold_row {
    const char *op;
    fold_rule *rule;
    bool by_shape; /* needs no values of its inputs, or takes them from attributes */
} rows[] = {
    {"Identity", fold_copy, false},
    {"Reshape", fold_copy, false},
    {"Flatten", fold_copy, false},
    {"Squeeze", fold_copy, false},
    {"Unsqueeze", fold_copy, false},
    {"Dropout", fold_copy, false},
    {"Cast", fold_cast, false},
    {"Transpose", fold_transpose, false},
    {"Expand", fold_expand, false},
    {"Slice", fold_slice, false},
    {"Concat", fold_concat, false},
    {"Gather", fold_gather, false},
    {"Shape", fold_shape, true},
    {"ConstantOfShape", fold_fill, false},
    {"Range", fold_range, false},
    {"Where", fold_where, false},
    {"Equal", fold_equal, false},
    {"Add", fold_arithmetic, false},
    {"Sub", fold_arithmetic, false},
    {"Mul", fold_arithmetic, false},
    {"Div", fold_arithmetic, false},
    {"Sqrt", fold_sqrt, false},
    {"DequantizeLinear", fold_dequantize, false},
};

static const struct fold_row *find_row(const char *op)
{
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; ++i)
        if (strcmp(rows[i].op, op) == 0)
            return &rows[i];
    return NULL;
}

static bool all_constant(const struct shaping *shaping)
{
    for (size_t i = 0; i < shaping->node->input_count; ++i) {
        const struct graph_tensor *input = any_input(shaping, i);
        if (input != NULL && input->reals == NULL && input->integers == NULL)
            return false;
    }
    return any_input(shaping, 0) != NULL;
}

enum exit_status graph_fold(struct graph_build *build, const struct graph_node *node)
{
    const struct fold_row *row = find_row(node->op);
    struct folding folding = {.shaping = {build->graph, node}};
    if (row == NULL || node->output_count == 0 || node->outputs[0] == GRAPH_NONE)
        return STATUS_DONE;
    struct graph_tensor *out = folding.out = &build->graph->tensors[node->outputs[0]];
    if (!(row->by_shape ? shaped_input(&folding.shaping, 0) != NULL : all_constant(&folding.shaping)))
        return STATUS_DONE;
    folding.fill = build->fills[node - build->graph->nodes];
    if (out->type == ELEMENT_UNKNOWN && row->rule == fold_fill)
        out->type = folding.fill != NULL ? folding.fill->type : ELEMENT_F32;
    if (!out->shape_known || out->count > build->budget || out->type == ELEMENT_UNKNOWN ||
        out->type == ELEMENT_OTHER)
        return STATUS_DONE;
    build->budget -= out->count;
    const bool real = element_is_real(out->type);
    void *values = arena_take(build->arena, out->count, real ? sizeof(float) : sizeof(int64_t));
    if (values == NULL)
        return diag_memory();
    folding.a = any_input(&folding.shaping, 0);
    folding.b = any_input(&folding.shaping, 1);
    folding.c = any_input(&folding.shaping, 2);
    folding.reals = real ? values : NULL;
    folding.integers = real ? NULL : values;
    if (!row->rule(&folding))
        return STATUS_DONE;
    out->reals = folding.reals;
    out->integers = folding.integers;
    return STATUS_DONE;
}
