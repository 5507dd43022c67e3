/*
 * onnx_model.c: a net as an ONNX model in memory.
 *
 * A model is a protobuf message: fields, each with a number and a type, nested by length. The numbers are
 * those of onnx.proto. Only what a chain of convolutions needs is here.
 */
#include "onnx_model.h"

#include "tensors.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { IR_VERSION = 8, OPSET = 17, NAME_MAX_LENGTH = 32 };

/* Field numbers. */
enum { MODEL_IR_VERSION = 1, MODEL_GRAPH = 7, MODEL_OPSET_IMPORT = 8 };
enum { OPSET_DOMAIN = 1, OPSET_VERSION = 2 };
enum { GRAPH_NODE = 1, GRAPH_NAME = 2, GRAPH_INITIALIZER = 5, GRAPH_INPUT = 11, GRAPH_OUTPUT = 12 };
enum { NODE_INPUT = 1, NODE_OUTPUT = 2, NODE_OP_TYPE = 4, NODE_ATTRIBUTE = 5, NODE_DOMAIN = 7 };
enum {
    ATTRIBUTE_NAME = 1,
    ATTRIBUTE_F = 2,
    ATTRIBUTE_I = 3,
    ATTRIBUTE_S = 4,
    ATTRIBUTE_FLOATS = 7,
    ATTRIBUTE_INTS = 8,
    ATTRIBUTE_TYPE = 20
};
enum { TENSOR_DIMS = 1, TENSOR_DATA_TYPE = 2, TENSOR_NAME = 8, TENSOR_RAW_DATA = 9 };
enum { VALUE_NAME = 1, VALUE_TYPE = 2, TYPE_TENSOR = 1, TENSOR_TYPE_ELEMENT = 1, TENSOR_TYPE_SHAPE = 2 };
enum { SHAPE_DIM = 1, DIM_VALUE = 1 };

enum { TYPE_FLOAT = 1, TYPE_INT = 2, TYPE_STRING = 3, TYPE_FLOATS = 6, TYPE_INTS = 7 }; /* of an attribute */
enum { ELEMENT_FLOAT = 1 };

/* Where ONNX Runtime's operators on blocked channels are, which its optimizer puts into networks. */
#define BLOCKED_DOMAIN "com.microsoft.nchwc"

/* ---- protobuf -------------------------------------------------------------------------------------- */

enum wire { WIRE_VARINT = 0, WIRE_LENGTH = 2, WIRE_32 = 5 };

void bytes_free(struct bytes *bytes)
{
    free(bytes->data);
    *bytes = (struct bytes){0};
}

static void append(struct bytes *bytes, const void *data, size_t length)
{
    if (bytes->failed)
        return;
    if (bytes->capacity - bytes->length < length) {
        const size_t capacity = 2 * bytes->capacity + length + 64;
        unsigned char *grown = realloc(bytes->data, capacity);
        if (grown == NULL) {
            bytes->failed = true;
            return;
        }
        bytes->data = grown;
        bytes->capacity = capacity;
    }
    if (length > 0)
        memcpy(bytes->data + bytes->length, data, length);
    bytes->length += length;
}

static void put_varint(struct bytes *bytes, uint64_t value)
{
    do {
        const unsigned char byte = (unsigned char)((value & 0x7f) | (value > 0x7f ? 0x80 : 0));
        append(bytes, &byte, 1);
        value >>= 7;
    } while (value > 0);
}

static void put_tag(struct bytes *bytes, unsigned field, enum wire wire)
{
    put_varint(bytes, (uint64_t)field << 3 | wire);
}

static void put_int(struct bytes *bytes, unsigned field, uint64_t value)
{
    put_tag(bytes, field, WIRE_VARINT);
    put_varint(bytes, value);
}

static void put_float(struct bytes *bytes, unsigned field, float value)
{
    put_tag(bytes, field, WIRE_32);
    append(bytes, &value, sizeof value);
}

static void put_block(struct bytes *bytes, unsigned field, const void *data, size_t length)
{
    put_tag(bytes, field, WIRE_LENGTH);
    put_varint(bytes, length);
    append(bytes, data, length);
}

static void put_string(struct bytes *bytes, unsigned field, const char *text)
{
    put_block(bytes, field, text, strlen(text));
}

/* Puts a message that was built on its own, and frees it. */
static void put_message(struct bytes *bytes, unsigned field, struct bytes *message)
{
    put_block(bytes, field, message->data, message->length);
    bytes->failed = bytes->failed || message->failed;
    bytes_free(message);
}

/* ---- parts of a graph ------------------------------------------------------------------------------ */

static void put_attribute_int(struct bytes *node, const char *name, uint64_t value)
{
    struct bytes attribute = {0};
    put_string(&attribute, ATTRIBUTE_NAME, name);
    put_int(&attribute, ATTRIBUTE_I, value);
    put_int(&attribute, ATTRIBUTE_TYPE, TYPE_INT);
    put_message(node, NODE_ATTRIBUTE, &attribute);
}

static void put_attribute_ints(struct bytes *node, const char *name, const uint32_t *values, size_t count)
{
    struct bytes attribute = {0};
    put_string(&attribute, ATTRIBUTE_NAME, name);
    for (size_t i = 0; i < count; ++i)
        put_int(&attribute, ATTRIBUTE_INTS, values[i]);
    put_int(&attribute, ATTRIBUTE_TYPE, TYPE_INTS);
    put_message(node, NODE_ATTRIBUTE, &attribute);
}

static void put_attribute_float(struct bytes *node, const char *name, float value)
{
    struct bytes attribute = {0};
    put_string(&attribute, ATTRIBUTE_NAME, name);
    put_float(&attribute, ATTRIBUTE_F, value);
    put_int(&attribute, ATTRIBUTE_TYPE, TYPE_FLOAT);
    put_message(node, NODE_ATTRIBUTE, &attribute);
}

static void put_attribute_string(struct bytes *node, const char *name, const char *value)
{
    struct bytes attribute = {0};
    put_string(&attribute, ATTRIBUTE_NAME, name);
    put_string(&attribute, ATTRIBUTE_S, value);
    put_int(&attribute, ATTRIBUTE_TYPE, TYPE_STRING);
    put_message(node, NODE_ATTRIBUTE, &attribute);
}

static void put_attribute_floats(struct bytes *node, const char *name, const float *values, size_t count)
{
    struct bytes attribute = {0};
    put_string(&attribute, ATTRIBUTE_NAME, name);
    for (size_t i = 0; i < count; ++i)
        put_float(&attribute, ATTRIBUTE_FLOATS, values[i]);
    put_int(&attribute, ATTRIBUTE_TYPE, TYPE_FLOATS);
    put_message(node, NODE_ATTRIBUTE, &attribute);
}

/* An initializer. */
static void put_tensor(struct bytes *graph, const char *name, const size_t *dims, size_t rank,
                       const float *values)
{
    struct bytes tensor = {0};
    size_t count = 1;
    for (size_t i = 0; i < rank; ++i) {
        put_int(&tensor, TENSOR_DIMS, dims[i]);
        count *= dims[i];
    }
    put_int(&tensor, TENSOR_DATA_TYPE, ELEMENT_FLOAT);
    put_string(&tensor, TENSOR_NAME, name);
    put_block(&tensor, TENSOR_RAW_DATA, values, count * sizeof *values);
    put_message(graph, GRAPH_INITIALIZER, &tensor);
}

/* The graph's input or output. */
static void put_value(struct bytes *graph, unsigned field, const char *name, struct shape shape)
{
    const size_t dims[] = {shape.n, shape.c, shape.h, shape.w};
    struct bytes value = {0}, type = {0}, tensor = {0}, dimensions = {0};
    for (size_t i = 0; i < 4; ++i) {
        struct bytes dim = {0};
        put_int(&dim, DIM_VALUE, dims[i]);
        put_message(&dimensions, SHAPE_DIM, &dim);
    }
    put_int(&tensor, TENSOR_TYPE_ELEMENT, ELEMENT_FLOAT);
    put_message(&tensor, TENSOR_TYPE_SHAPE, &dimensions);
    put_message(&type, TYPE_TENSOR, &tensor);
    put_string(&value, VALUE_NAME, name);
    put_message(&value, VALUE_TYPE, &type);
    put_message(graph, field, &value);
}

/* ---- layers ---------------------------------------------------------------------------------------- */

/* The graph while it grows: the tensor that the next node reads, and a number for new names. */
struct builder {
    struct bytes *graph;
    const struct net *net;
    size_t block; /* 0: NCHW */
    char current[NAME_MAX_LENGTH];
    size_t names;
};

/* "x" is tensor 0, "y" the last one; in between "t<i>". */
static void tensor_name(const struct net *net, size_t tensor, char name[NAME_MAX_LENGTH])
{
    if (tensor == 0 || tensor == net->layer_count)
        snprintf(name, NAME_MAX_LENGTH, "%s", tensor == 0 ? "x" : "y");
    else
        snprintf(name, NAME_MAX_LENGTH, "t%zu", tensor);
}

/* Begins a node that reads the current tensor and, where they are not NULL, two more. */
static struct bytes begin_node(const struct builder *builder, const char *op, const char *second,
                               const char *third)
{
    struct bytes node = {0};
    put_string(&node, NODE_INPUT, builder->current);
    if (second != NULL)
        put_string(&node, NODE_INPUT, second);
    if (third != NULL)
        put_string(&node, NODE_INPUT, third);
    put_string(&node, NODE_OP_TYPE, op);
    return node;
}

/* Ends a node; its output, of that name or a new one (NULL), becomes the current tensor. */
static void end_node(struct builder *builder, struct bytes *node, const char *output)
{
    if (output != NULL)
        snprintf(builder->current, NAME_MAX_LENGTH, "%s", output);
    else
        snprintf(builder->current, NAME_MAX_LENGTH, "n%zu", builder->names++);
    put_string(node, NODE_OUTPUT, builder->current);
    put_message(builder->graph, GRAPH_NODE, node);
}

/*
 * ONNX's weights are [out][in of the group][KH][KW]. For blocked channels a depthwise layer has
 * [out / block][KH][KW][block of out], a pointwise one [out / block][in / block][block of in][block of out].
 */
static void turn_weights(const struct net_layer *layer, size_t block, float *turned)
{
    const struct sepcc_layer *s = layer->shape;
    const size_t taps = (size_t)s->kernel_h * s->kernel_w, run = block * s->in_c;
    if (s->op == SEPCC_OP_DEPTHWISE) {
        transpose(layer->weight, taps, s->out_c, turned);
        for (size_t o = 0; block > 0 && o < s->out_c; o += block)
            for (size_t tap = 0; tap < taps; ++tap)
                memcpy(turned + o * taps + tap * block, layer->weight + tap * s->out_c + o,
                       block * sizeof *turned);
    } else if (block == 0)
        memcpy(turned, layer->weight, (size_t)s->out_c * s->in_c * sizeof *turned);
    else
        for (size_t o = 0; o < s->out_c / block; ++o)
            transpose(layer->weight + o * run, block, s->in_c, turned + o * run);
}

static void put_weights(struct builder *builder, const struct net_layer *layer, const char *name)
{
    const struct sepcc_layer *s = layer->shape;
    const bool depthwise = s->op == SEPCC_OP_DEPTHWISE;
    const size_t dims[] = {s->out_c, depthwise ? 1 : s->in_c, s->kernel_h, s->kernel_w};
    float *turned = floats_alloc(dims[0] * dims[1] * dims[2] * dims[3]);
    if (turned == NULL) {
        builder->graph->failed = true;
        return;
    }
    turn_weights(layer, builder->block, turned);
    put_tensor(builder->graph, name, dims, 4, turned);
    free(turned);
}

/* Activations that the convolution on blocked channels ends with, as in an optimized network. */
static bool put_fused_activation(struct bytes *node, const struct sepcc_layer *layer)
{
    const float relu6[] = {0, 6};
    if (layer->act == SEPCC_ACT_RELU)
        put_attribute_string(node, "activation", "Relu");
    else if (layer->act == SEPCC_ACT_RELU6 || layer->act == SEPCC_ACT_CLAMP) {
        put_attribute_string(node, "activation", "Clip");
        put_attribute_floats(node, "activation_params",
                             layer->act == SEPCC_ACT_RELU6 ? relu6 : layer->act_param, 2);
    } else
        return false;
    return true;
}

/* Returns whether the activation is done, too. */
static bool put_convolution(struct builder *builder, size_t i, const char *output)
{
    const struct net_layer *layer = &builder->net->layers[i];
    const struct sepcc_layer *s = layer->shape;
    const size_t bias_dims[] = {s->out_c};
    const uint32_t kernel[] = {s->kernel_h, s->kernel_w}, strides[] = {s->stride_h, s->stride_w};
    const uint32_t dilations[] = {s->dilation_h, s->dilation_w};
    const uint32_t pads[] = {s->pad_top, s->pad_left, s->pad_bottom, s->pad_right};
    char weight[NAME_MAX_LENGTH], bias[NAME_MAX_LENGTH];
    bool activated = false;
    snprintf(weight, sizeof weight, "w%zu", i);
    snprintf(bias, sizeof bias, "b%zu", i);
    put_weights(builder, layer, weight);
    if (s->has_bias)
        put_tensor(builder->graph, bias, bias_dims, 1, layer->bias);
    struct bytes node = begin_node(builder, "Conv", weight, s->has_bias ? bias : NULL);
    put_attribute_ints(&node, "kernel_shape", kernel, 2);
    put_attribute_ints(&node, "strides", strides, 2);
    put_attribute_ints(&node, "dilations", dilations, 2);
    put_attribute_ints(&node, "pads", pads, 4);
    put_attribute_int(&node, "group", s->op == SEPCC_OP_DEPTHWISE ? s->in_c : 1);
    if (builder->block > 0) {
        put_string(&node, NODE_DOMAIN, BLOCKED_DOMAIN);
        activated = put_fused_activation(&node, s);
    }
    end_node(builder, &node, activated || s->act == SEPCC_ACT_NONE ? output : NULL);
    return activated || s->act == SEPCC_ACT_NONE;
}

static void put_clip(struct builder *builder, size_t i, float low, float high, const char *output)
{
    char low_name[NAME_MAX_LENGTH], high_name[NAME_MAX_LENGTH];
    snprintf(low_name, sizeof low_name, "low%zu", i);
    snprintf(high_name, sizeof high_name, "high%zu", i);
    put_tensor(builder->graph, low_name, NULL, 0, &low);
    put_tensor(builder->graph, high_name, NULL, 0, &high);
    struct bytes node = begin_node(builder, "Clip", low_name, high_name);
    end_node(builder, &node, output);
}

static void put_prelu(struct builder *builder, size_t i, const char *output)
{
    const struct net_layer *layer = &builder->net->layers[i];
    const size_t dims[] = {layer->shape->out_c, 1, 1};
    char slope[NAME_MAX_LENGTH];
    snprintf(slope, sizeof slope, "slope%zu", i);
    put_tensor(builder->graph, slope, dims, 3, layer->slope);
    struct bytes node = begin_node(builder, "PRelu", slope, NULL);
    end_node(builder, &node, output);
}

static void put_plain(struct builder *builder, const char *op, const char *second, const char *output)
{
    struct bytes node = begin_node(builder, op, second, NULL);
    end_node(builder, &node, output);
}

static void put_silu(struct builder *builder, const char *output)
{
    char x[NAME_MAX_LENGTH];
    memcpy(x, builder->current, sizeof x);
    put_plain(builder, "Sigmoid", NULL, NULL);
    put_plain(builder, "Mul", x, output);
}

static void put_hard_sigmoid(struct builder *builder, const char *output)
{
    struct bytes node = begin_node(builder, "HardSigmoid", NULL, NULL);
    put_attribute_float(&node, "alpha", 1.0f / 6.0f);
    put_attribute_float(&node, "beta", 0.5f);
    end_node(builder, &node, output);
}

static void put_leaky_relu(struct builder *builder, float slope, const char *output)
{
    struct bytes node = begin_node(builder, "LeakyRelu", NULL, NULL);
    put_attribute_float(&node, "alpha", slope);
    end_node(builder, &node, output);
}

static enum peer_status put_activation(struct builder *builder, size_t i, const char *output)
{
    const struct sepcc_layer *layer = builder->net->layers[i].shape;
    switch (layer->act) {
    case SEPCC_ACT_NONE:
        break;
    case SEPCC_ACT_RELU:
        put_plain(builder, "Relu", NULL, output);
        break;
    case SEPCC_ACT_RELU6:
        put_clip(builder, i, 0, 6, output);
        break;
    case SEPCC_ACT_CLAMP:
        put_clip(builder, i, layer->act_param[0], layer->act_param[1], output);
        break;
    case SEPCC_ACT_LEAKY_RELU:
        put_leaky_relu(builder, layer->act_param[0], output);
        break;
    case SEPCC_ACT_PRELU:
        put_prelu(builder, i, output);
        break;
    case SEPCC_ACT_HARD_SWISH:
        put_plain(builder, "HardSwish", NULL, output);
        break;
    case SEPCC_ACT_HARD_SIGMOID:
        put_hard_sigmoid(builder, output);
        break;
    case SEPCC_ACT_SIGMOID:
        put_plain(builder, "Sigmoid", NULL, output);
        break;
    case SEPCC_ACT_SILU:
        put_silu(builder, output);
        break;
    default:
        return PEER_UNSUPPORTED;
    }
    return PEER_OK;
}

/* The last node of a layer makes the net's tensor. */
static enum peer_status put_layer(struct builder *builder, size_t i)
{
    const struct net_layer *layer = &builder->net->layers[i];
    const bool adds = layer->add >= 0;
    char output[NAME_MAX_LENGTH], residual[NAME_MAX_LENGTH];
    enum peer_status status = PEER_OK;
    tensor_name(builder->net, i + 1, output);
    if (!put_convolution(builder, i, adds ? NULL : output))
        status = put_activation(builder, i, adds ? NULL : output);
    if (adds) {
        tensor_name(builder->net, (size_t)layer->add, residual);
        put_plain(builder, "Add", residual, output);
    }
    return status;
}

static void put_opset(struct bytes *model, const char *domain, uint64_t version)
{
    struct bytes opset = {0};
    if (domain != NULL)
        put_string(&opset, OPSET_DOMAIN, domain);
    put_int(&opset, OPSET_VERSION, version);
    put_message(model, MODEL_OPSET_IMPORT, &opset);
}

static bool can_block(const struct net *net, size_t block)
{
    const struct sepcc_layer *layer = net->layers[0].shape;
    return net->layer_count == 1 && layer->multiplier == 1 && layer->in_c % block == 0 &&
           layer->out_c % block == 0;
}

enum peer_status onnx_model(const struct net *net, size_t block, struct bytes *model)
{
    struct bytes graph = {0};
    struct builder builder = {.graph = &graph, .net = net, .block = block, .current = "x"};
    enum peer_status status = PEER_OK;
    if (block > 0 && !can_block(net, block))
        return PEER_UNSUPPORTED;
    for (size_t i = 0; i < net->layer_count && status == PEER_OK; ++i)
        status = put_layer(&builder, i);
    put_string(&graph, GRAPH_NAME, "net");
    put_value(&graph, GRAPH_INPUT, "x", net_shape(net, 0));
    put_value(&graph, GRAPH_OUTPUT, "y", net_shape(net, net->layer_count));
    put_int(model, MODEL_IR_VERSION, IR_VERSION);
    put_opset(model, NULL, OPSET);
    if (block > 0)
        put_opset(model, BLOCKED_DOMAIN, 1);
    put_message(model, MODEL_GRAPH, &graph);
    return status == PEER_OK && model->failed ? PEER_FAILED : status;
}
