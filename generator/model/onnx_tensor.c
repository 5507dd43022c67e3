/*
 * onnx_tensor.c: constants of ONNX (TensorProto) as float or int64_t.
 */
#include "model/onnx_internal.h"

#include <math.h>
#include <string.h>

/* How a type lies in raw_data, and where else its values may be. */
struct type_row {
    int32_t type;
    enum element_type element;
    unsigned bytes;
    enum { FROM_FLOAT, FROM_INT32, FROM_INT64, FROM_DOUBLE, FROM_UINT64 } field;
};

static const struct type_row types[] = {
    {ONNX__TENSOR_PROTO__DATA_TYPE__FLOAT, ELEMENT_F32, 4, FROM_FLOAT},
    {ONNX__TENSOR_PROTO__DATA_TYPE__FLOAT16, ELEMENT_F16, 2, FROM_INT32},
    {ONNX__TENSOR_PROTO__DATA_TYPE__DOUBLE, ELEMENT_F64, 8, FROM_DOUBLE},
    {ONNX__TENSOR_PROTO__DATA_TYPE__INT8, ELEMENT_I8, 1, FROM_INT32},
    {ONNX__TENSOR_PROTO__DATA_TYPE__UINT8, ELEMENT_U8, 1, FROM_INT32},
    {ONNX__TENSOR_PROTO__DATA_TYPE__INT32, ELEMENT_I32, 4, FROM_INT32},
    {ONNX__TENSOR_PROTO__DATA_TYPE__INT64, ELEMENT_I64, 8, FROM_INT64},
    {ONNX__TENSOR_PROTO__DATA_TYPE__BOOL, ELEMENT_BOOL, 1, FROM_INT32},
};

static const struct type_row *find_type(int32_t type)
{
    for (size_t i = 0; i < sizeof types / sizeof types[0]; ++i)
        if (types[i].type == type)
            return &types[i];
    return NULL;
}

enum element_type onnx_element(int32_t type)
{
    const struct type_row *row = find_type(type);
    return row != NULL ? row->element : type == 0 ? ELEMENT_UNKNOWN : ELEMENT_OTHER;
}

static float half_to_float(uint16_t half)
{
    const int exponent = half >> 10 & 31, fraction = half & 1023;
    const float size = exponent == 31  ? (fraction != 0 ? NAN : INFINITY)
                       : exponent == 0 ? ldexpf((float)fraction, -24)
                                       : ldexpf((float)(fraction + 1024), exponent - 25);
    return half & 0x8000 ? -size : size;
}

static uint64_t little_endian(const uint8_t *bytes, unsigned count)
{
    uint64_t value = 0;
    for (unsigned i = count; i > 0; --i)
        value = value << 8 | bytes[i - 1];
    return value;
}

static float bits_to_float(uint64_t bits, enum element_type element)
{
    if (element == ELEMENT_F16)
        return half_to_float((uint16_t)bits);
    if (element == ELEMENT_F32) {
        const uint32_t word = (uint32_t)bits;
        float value;
        memcpy(&value, &word, sizeof value);
        return value;
    }
    double value;
    memcpy(&value, &bits, sizeof value);
    return (float)value;
}

static int64_t bits_to_integer(uint64_t bits, enum element_type element)
{
    switch (element) {
    case ELEMENT_I8:
        return (int8_t)bits;
    case ELEMENT_I32:
        return (int32_t)bits;
    case ELEMENT_BOOL:
        return bits != 0;
    default:
        return (int64_t)bits;
    }
}

bool element_is_real(enum element_type element)
{
    return element == ELEMENT_F32 || element == ELEMENT_F16 || element == ELEMENT_F64;
}

/* How many values the typed field has. */
static size_t typed_count(const Onnx__TensorProto *proto, const struct type_row *row)
{
    switch (row->field) {
    case FROM_FLOAT:
        return proto->n_float_data;
    case FROM_INT32:
        return proto->n_int32_data;
    case FROM_INT64:
        return proto->n_int64_data;
    case FROM_DOUBLE:
        return proto->n_double_data;
    case FROM_UINT64:
        return proto->n_uint64_data;
    }
    return 0;
}

static float typed_real(const Onnx__TensorProto *proto, const struct type_row *row, size_t i)
{
    if (row->field == FROM_FLOAT)
        return proto->float_data[i];
    return row->field == FROM_DOUBLE ? (float)proto->double_data[i]
                                     : half_to_float((uint16_t)proto->int32_data[i]);
}

static int64_t typed_integer(const Onnx__TensorProto *proto, const struct type_row *row, size_t i)
{
    const int64_t value = row->field == FROM_INT64 ? proto->int64_data[i] : proto->int32_data[i];
    return row->element == ELEMENT_I64
               ? value
               : bits_to_integer((uint64_t)value & (row->bytes == 1 ? 0xff : UINT64_MAX), row->element);
}

/* raw NULL: from the typed field. */
static enum exit_status set_values(struct graph_build *build, const Onnx__TensorProto *proto,
                                   const struct type_row *row, const uint8_t *raw,
                                   struct graph_tensor *tensor)
{
    const bool real = element_is_real(row->element);
    void *values = arena_take(build->arena, tensor->count, real ? sizeof(float) : sizeof(int64_t));
    if (values == NULL)
        return diag_memory();
    float *reals = values;
    int64_t *integers = values;
    for (size_t i = 0; i < tensor->count; ++i) {
        const uint64_t bits = raw != NULL ? little_endian(raw + i * row->bytes, row->bytes) : 0;
        if (real)
            reals[i] = raw != NULL ? bits_to_float(bits, row->element) : typed_real(proto, row, i);
        else
            integers[i] = raw != NULL ? bits_to_integer(bits, row->element) : typed_integer(proto, row, i);
    }
    if (real)
        tensor->reals = reals;
    else
        tensor->integers = integers;
    return STATUS_DONE;
}

static enum exit_status set_shape(struct graph_build *build, const Onnx__TensorProto *proto, const char *what,
                                  struct graph_tensor *tensor)
{
    uint64_t count;
    tensor->type = onnx_element(proto->data_type);
    if (proto->n_dims > GRAPH_RANK_MAX)
        return diag_error(DIAG_MODEL, graph_position(build->graph),
                          "%s has %zu dimensions, expected up to %d", what, proto->n_dims, GRAPH_RANK_MAX);
    tensor->rank = (uint32_t)proto->n_dims;
    for (size_t i = 0; i < proto->n_dims; ++i) {
        if (proto->dims[i] < 0)
            return diag_error(DIAG_FILE_FORMAT, graph_position(build->graph),
                              "%s has a negative dimension, expected sizes", what);
        tensor->dim[i] = (uint64_t)proto->dims[i];
    }
    if (!shape_count(tensor->rank, tensor->dim, &count))
        return diag_error(DIAG_FILE_FORMAT, graph_position(build->graph),
                          "%s is larger than any memory, expected dimensions with a product below 2^48",
                          what);
    tensor->shape_known = true;
    tensor->count = (size_t)count;
    return STATUS_DONE;
}

enum exit_status onnx_constant(struct graph_build *build, const Onnx__TensorProto *proto, const char *what,
                               struct graph_tensor *tensor)
{
    const struct type_row *row = find_type(proto->data_type);
    const enum exit_status status = set_shape(build, proto, what, tensor);
    if (status != STATUS_DONE || row == NULL)
        return status;
    const size_t needed = tensor->count * row->bytes;
    const uint8_t *raw = NULL;
    if (proto->data_location == ONNX__TENSOR_PROTO__DATA_LOCATION__EXTERNAL) {
        const enum exit_status outside = onnx_external(build, proto, what, needed, &raw);
        if (outside != STATUS_DONE)
            return outside;
    } else if (proto->has_raw_data) {
        if (proto->raw_data.len != needed)
            return diag_error(DIAG_FILE_FORMAT, graph_position(build->graph),
                              "%s has %zu bytes, expected %zu from its shape", what, proto->raw_data.len,
                              needed);
        raw = proto->raw_data.data;
    } else if (typed_count(proto, row) != tensor->count) {
        return diag_error(DIAG_FILE_FORMAT, graph_position(build->graph),
                          "%s has %zu values, expected %zu from its shape", what, typed_count(proto, row),
                          tensor->count);
    }
    return set_values(build, proto, row, tensor->count > 0 ? raw : NULL, tensor);
}
