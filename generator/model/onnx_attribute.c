/*
 * onnx_attribute.c: attributes of nodes. Those that rules here read have to be of their type: one that is not
 * would count as left out, and the node would be taken for another.
 */
#include "model/onnx_internal.h"

#include <string.h>

enum { ATTRIBUTES_MAX = 100 };

/* ---- types ------------------------------------------------------------------------------------------ */

#define TYPE(name) ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__##name

/* Names mean the same in all of ONNX's own operators that have them, but for Pad's old `value`. */
static const struct type_row {
    Onnx__AttributeProto__AttributeType type;
    const char *names; /* separated by blanks */
    const char *op;    /* of this operator alone; NULL: of all */
} types[] = {
    {TYPE(INT),
     " allowzero axis blocksize ceil_mode group is_test keepdims noop_with_empty_axes training_mode transA "
     "transB ",
     NULL},
    {TYPE(FLOAT), " alpha beta epsilon max min ", NULL},
    {TYPE(STRING), " auto_pad ", NULL},
    {TYPE(INTS),
     " axes dilations ends kernel_shape output_padding output_shape pads perm repeats shape split starts "
     "strides ",
     NULL},
    {TYPE(FLOATS), " scales ", NULL},
    {TYPE(TENSOR), " value ", "Constant"},
    {TYPE(TENSOR), " value ", "ConstantOfShape"},
    {TYPE(FLOAT), " value_float ", "Constant"},
    {TYPE(FLOATS), " value_floats ", "Constant"},
    {TYPE(INT), " value_int ", "Constant"},
    {TYPE(INTS), " value_ints ", "Constant"},
};

static const struct type_row *find_row(const struct graph_node *node, const char *name)
{
    for (size_t i = 0; i < sizeof types / sizeof types[0]; ++i)
        if (word_in(types[i].names, name) && (types[i].op == NULL || strcmp(types[i].op, node->op) == 0))
            return &types[i];
    return NULL;
}

/* As ONNX spells it: "INTS". */
static const char *type_name(Onnx__AttributeProto__AttributeType type)
{
    const ProtobufCEnumValue *value =
        protobuf_c_enum_descriptor_get_value(&onnx__attribute_proto__attribute_type__descriptor, (int)type);
    return value != NULL ? value->name : "unknown to ONNX";
}

static enum exit_status check_type(const struct graph_build *build, const Onnx__AttributeProto *proto,
                                   const struct graph_node *node)
{
    const char *name = text_or_empty(proto->name);
    const struct type_row *row = *node->domain == '\0' ? find_row(node, name) : NULL;
    if (row != NULL && proto->type != row->type)
        return node_error(build->graph, node, "attribute '%s' is of type %s, expected %s", name,
                          type_name(proto->type), type_name(row->type));
    if (row != NULL && row->type == TYPE(TENSOR) && proto->t == NULL)
        return node_error(build->graph, node, "attribute '%s' is empty, expected a tensor", name);
    return STATUS_DONE;
}

/* ---- values ----------------------------------------------------------------------------------------- */

static enum exit_status fill_attribute(struct graph_build *build, const Onnx__AttributeProto *proto,
                                       struct graph_attribute *attribute)
{
    const char *name = text_or_empty(proto->name);
    attribute->name = arena_string(build->arena, name, strlen(name));
    attribute->type = ATTRIBUTE_OTHER;
    void *copy = build;
    switch (proto->type) {
    case TYPE(INT):
        attribute->type = ATTRIBUTE_INT;
        attribute->integer = proto->i;
        break;
    case TYPE(FLOAT):
        attribute->type = ATTRIBUTE_FLOAT;
        attribute->real = proto->f;
        break;
    case TYPE(STRING):
        attribute->type = ATTRIBUTE_STRING;
        attribute->string = copy = arena_string(build->arena, (const char *)proto->s.data, proto->s.len);
        break;
    case TYPE(INTS):
        attribute->type = ATTRIBUTE_INTS;
        attribute->count = proto->n_ints;
        attribute->integers = copy = arena_take(build->arena, proto->n_ints, sizeof *proto->ints);
        if (copy != NULL && proto->n_ints > 0)
            memcpy(copy, proto->ints, proto->n_ints * sizeof *proto->ints);
        break;
    case TYPE(FLOATS):
        attribute->type = ATTRIBUTE_FLOATS;
        attribute->count = proto->n_floats;
        attribute->reals = copy = arena_take(build->arena, proto->n_floats, sizeof *proto->floats);
        if (copy != NULL && proto->n_floats > 0)
            memcpy(copy, proto->floats, proto->n_floats * sizeof *proto->floats);
        break;
    case TYPE(TENSOR):
        attribute->type = ATTRIBUTE_TENSOR;
        break;
    default:
        break;
    }
    return attribute->name != NULL && copy != NULL ? STATUS_DONE : diag_memory();
}

enum exit_status onnx_attributes(struct graph_build *build, const Onnx__NodeProto *proto,
                                 struct graph_node *node)
{
    if (proto->n_attribute > ATTRIBUTES_MAX)
        return node_error(build->graph, node, "%zu attributes, expected up to %d", proto->n_attribute,
                          ATTRIBUTES_MAX);
    struct graph_attribute *attributes = arena_take(build->arena, proto->n_attribute, sizeof *attributes);
    if (attributes == NULL)
        return diag_memory();
    for (size_t i = 0; i < proto->n_attribute; ++i) {
        enum exit_status status = check_type(build, proto->attribute[i], node);
        if (status == STATUS_DONE)
            status = fill_attribute(build, proto->attribute[i], &attributes[i]);
        if (status != STATUS_DONE)
            return status;
        for (size_t k = 0; k < i; ++k)
            if (strcmp(attributes[k].name, attributes[i].name) == 0)
                return node_error(build->graph, node, "attribute '%s' is there twice", attributes[i].name);
    }
    node->attributes = attributes;
    node->attribute_count = proto->n_attribute;
    return STATUS_DONE;
}
