/*
 * onnx_graph.c: nodes and tensors of an ONNX model as a graph.
 */
#include "model/onnx_internal.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static bool is_own_domain(const char *domain)
{
    return *text_or_empty(domain) == '\0' || strcmp(domain, "ai.onnx") == 0;
}

/* ---- nodes ------------------------------------------------------------------------------------------- */

/* Names that the graphs inside a node read: all of them count as inputs, whether they lie outside or not. */
static size_t inner_names(const Onnx__GraphProto *inner, char **names)
{
    size_t count = 0;
    for (size_t i = 0; i < inner->n_node; ++i) {
        const Onnx__NodeProto *node = inner->node[i];
        for (size_t k = 0; k < node->n_input; ++k, ++count)
            if (names != NULL)
                names[count] = node->input[k];
        for (size_t k = 0; k < node->n_attribute; ++k)
            if (node->attribute[k]->g != NULL)
                count += inner_names(node->attribute[k]->g, names != NULL ? names + count : NULL);
    }
    for (size_t i = 0; i < inner->n_output; ++i, ++count)
        if (names != NULL)
            names[count] = inner->output[i]->name;
    return count;
}

/* How many inputs the node has at most. */
static size_t input_bound(const Onnx__NodeProto *proto)
{
    size_t count = proto->n_input;
    for (size_t i = 0; i < proto->n_attribute; ++i)
        if (proto->attribute[i]->g != NULL)
            count += inner_names(proto->attribute[i]->g, NULL);
    return count;
}

/* Tensors of this graph that the node's inner graphs read join its inputs, so that they count as read. */
static enum exit_status add_inner(struct graph_build *build, const Onnx__NodeProto *proto, size_t *inputs,
                                  size_t *count)
{
    for (size_t i = 0; i < proto->n_attribute; ++i) {
        if (proto->attribute[i]->g == NULL)
            continue;
        const size_t bound = inner_names(proto->attribute[i]->g, NULL);
        char **names = arena_take(build->arena, bound, sizeof *names);
        if (names == NULL)
            return diag_memory();
        inner_names(proto->attribute[i]->g, names);
        for (size_t k = 0; k < bound; ++k) {
            const size_t tensor = build_find(build, text_or_empty(names[k]));
            if (tensor != GRAPH_NONE)
                inputs[(*count)++] = tensor;
        }
    }
    return STATUS_DONE;
}

/* Names, attributes and outputs; inputs wait till all outputs are known. */
static enum exit_status fill_node(struct graph_build *build, const Onnx__NodeProto *proto, size_t index)
{
    struct graph_node *node = &build->graph->nodes[index];
    const char *name = text_or_empty(proto->name), *op = text_or_empty(proto->op_type);
    const char *domain = is_own_domain(proto->domain) ? "" : proto->domain;
    node->name = arena_string(build->arena, name, strlen(name));
    node->op = arena_string(build->arena, op, strlen(op));
    node->domain = arena_string(build->arena, domain, strlen(domain));
    size_t *outputs = arena_take(build->arena, proto->n_output, sizeof *outputs);
    if (node->name == NULL || node->op == NULL || node->domain == NULL || outputs == NULL)
        return diag_memory();
    for (size_t i = 0; i < proto->n_output; ++i)
        outputs[i] = GRAPH_NONE;
    node->outputs = outputs;
    node->output_count = proto->n_output;
    for (size_t i = 0; i < proto->n_output; ++i) {
        if (*text_or_empty(proto->output[i]) == '\0')
            continue;
        outputs[i] = build_tensor(build, proto->output[i]);
        if (outputs[i] == GRAPH_NONE)
            return diag_memory();
        struct graph_tensor *tensor = &build->graph->tensors[outputs[i]];
        if (tensor->producer != GRAPH_NONE || tensor->is_input || tensor->shape_known)
            return node_error(build->graph, node, "output '%s' exists already, expected a name of its own",
                              tensor->name);
        tensor->producer = index;
    }
    return onnx_attributes(build, proto, node);
}

static enum exit_status fill_inputs(struct graph_build *build, const Onnx__NodeProto *proto,
                                    struct graph_node *node)
{
    size_t *inputs = arena_take(build->arena, input_bound(proto), sizeof *inputs);
    if (inputs == NULL)
        return diag_memory();
    size_t count = 0;
    for (size_t i = 0; i < proto->n_input; ++i) {
        const char *name = text_or_empty(proto->input[i]);
        inputs[count] = *name != '\0' ? build_find(build, name) : GRAPH_NONE;
        if (*name != '\0' && inputs[count] == GRAPH_NONE)
            return node_error(build->graph, node, "input '%s' is nowhere computed or given", name);
        ++count;
    }
    const enum exit_status status = add_inner(build, proto, inputs, &count);
    node->inputs = inputs;
    node->input_count = count;
    return status;
}

/* ---- constants and inputs ---------------------------------------------------------------------------- */

static enum exit_status fill_initializer(struct graph_build *build, const Onnx__TensorProto *proto)
{
    const char *name = text_or_empty(proto->name);
    const size_t index = build_tensor(build, name);
    if (index == GRAPH_NONE)
        return diag_memory();
    struct graph_tensor *tensor = &build->graph->tensors[index];
    if (tensor->shape_known || *name == '\0')
        return diag_error(DIAG_FILE_FORMAT, graph_position(build->graph),
                          "initializer '%s' is there twice or has no name", name);
    char what[300];
    snprintf(what, sizeof what, "initializer '%s'", name);
    return onnx_constant(build, proto, what, tensor);
}

/* The value of a Constant node, whichever attribute it has. */
static enum exit_status fill_constant(struct graph_build *build, const Onnx__NodeProto *proto,
                                      const struct graph_node *node)
{
    if (node->output_count != 1 || node->outputs[0] == GRAPH_NONE)
        return node_error(build->graph, node, "%zu outputs, expected 1", node->output_count);
    struct graph_tensor *tensor = &build->graph->tensors[node->outputs[0]];
    Onnx__TensorProto value = ONNX__TENSOR_PROTO__INIT;
    int64_t dim = 1;
    for (size_t i = 0; i < proto->n_attribute; ++i) {
        Onnx__AttributeProto *attribute = proto->attribute[i];
        const char *name = text_or_empty(attribute->name);
        if (strcmp(name, "value") == 0 && attribute->t != NULL) {
            value = *attribute->t;
        } else if (strcmp(name, "value_int") == 0 || strcmp(name, "value_ints") == 0) {
            const bool many = name[9] == 's';
            value.data_type = ONNX__TENSOR_PROTO__DATA_TYPE__INT64;
            value.int64_data = many ? attribute->ints : &attribute->i;
            value.n_int64_data = many ? attribute->n_ints : 1;
            dim = (int64_t)value.n_int64_data;
            value.dims = &dim;
            value.n_dims = many;
        } else if (strcmp(name, "value_float") == 0 || strcmp(name, "value_floats") == 0) {
            const bool many = name[11] == 's';
            value.data_type = ONNX__TENSOR_PROTO__DATA_TYPE__FLOAT;
            value.float_data = many ? attribute->floats : &attribute->f;
            value.n_float_data = many ? attribute->n_floats : 1;
            dim = (int64_t)value.n_float_data;
            value.dims = &dim;
            value.n_dims = many;
        } else {
            continue;
        }
        char what[300];
        snprintf(what, sizeof what, "Constant '%s'", tensor->name);
        return onnx_constant(build, &value, what, tensor);
    }
    if (proto->n_attribute == 0)
        return node_error(build->graph, node, "no value, expected attribute 'value'");
    return STATUS_DONE; /* of strings, or sparse: of no use, its shape stays unknown */
}

static enum exit_status wrong_input(const struct graph_build *build, const char *name,
                                    const Onnx__TensorShapeProto *shape)
{
    char dims[400] = "", give[400] = "";
    if (shape->n_dim > GRAPH_RANK_MAX)
        return diag_error(DIAG_MODEL, graph_position(build->graph),
                          "input '%s' has %zu dimensions, expected up to %d", name, shape->n_dim,
                          GRAPH_RANK_MAX);
    for (size_t i = 0; i < shape->n_dim; ++i) {
        const Onnx__TensorShapeProto__Dimension *dim = shape->dim[i];
        const bool fixed = dim->value_case == ONNX__TENSOR_SHAPE_PROTO__DIMENSION__VALUE_DIM_VALUE;
        const bool named = dim->value_case == ONNX__TENSOR_SHAPE_PROTO__DIMENSION__VALUE_DIM_PARAM;
        const size_t used = strlen(dims), given = strlen(give);
        const char *mark = i > 0 ? "x" : "";
        if (fixed && dim->dim_value > 0) {
            snprintf(dims + used, sizeof dims - used, "%s%" PRId64, mark, dim->dim_value);
            snprintf(give + given, sizeof give - given, "%s%" PRId64, mark, dim->dim_value);
        } else {
            snprintf(dims + used, sizeof dims - used, "%s%s", mark,
                     named && *text_or_empty(dim->dim_param) != '\0' ? dim->dim_param : "?");
            snprintf(give + given, sizeof give - given, "%s%s", mark, i == 0 ? "1" : "?");
        }
    }
    return diag_error(DIAG_MODEL, graph_position(build->graph),
                      "input '%s' is %s, expected its dimensions: --input %s=%s with a number for each ?",
                      name, dims, name, give);
}

static const struct graph_input *find_input(const struct graph_build *build, const char *name)
{
    for (size_t i = 0; i < build->input_count; ++i)
        if (strcmp(build->inputs[i].name, name) == 0)
            return &build->inputs[i];
    return NULL;
}

/* Dimensions as in the file; false when one is dynamic (a batch alone counts as 1) or the rank too large. */
static bool static_shape(const Onnx__TensorShapeProto *shape, bool lone_batch, struct graph_tensor *tensor)
{
    if (shape->n_dim > GRAPH_RANK_MAX)
        return false;
    for (size_t i = 0; i < shape->n_dim; ++i) {
        const Onnx__TensorShapeProto__Dimension *dim = shape->dim[i];
        const bool fixed =
            dim->value_case == ONNX__TENSOR_SHAPE_PROTO__DIMENSION__VALUE_DIM_VALUE && dim->dim_value > 0;
        if (!fixed && !(lone_batch && i == 0))
            return false;
        tensor->dim[i] = fixed ? (uint64_t)dim->dim_value : 1;
    }
    tensor->rank = (uint32_t)shape->n_dim;
    return true;
}

static enum exit_status check_given(const struct graph_build *build, const Onnx__TensorShapeProto *shape,
                                    const struct graph_input *given)
{
    bool same = shape == NULL || shape->n_dim == given->rank;
    for (size_t i = 0; same && shape != NULL && i < shape->n_dim; ++i) {
        const Onnx__TensorShapeProto__Dimension *dim = shape->dim[i];
        same = dim->value_case != ONNX__TENSOR_SHAPE_PROTO__DIMENSION__VALUE_DIM_VALUE ||
               dim->dim_value <= 0 || (uint64_t)dim->dim_value == given->dim[i];
    }
    return same ? STATUS_DONE : wrong_input(build, given->name, shape);
}

static enum exit_status fill_input(struct graph_build *build, const Onnx__ValueInfoProto *proto)
{
    const char *name = text_or_empty(proto->name);
    const size_t index = build_tensor(build, name);
    if (index == GRAPH_NONE)
        return diag_memory();
    struct graph_tensor *tensor = &build->graph->tensors[index];
    if (tensor->shape_known && !tensor->is_input)
        return STATUS_DONE; /* old files list initializers as inputs, too: they are constants here */
    const bool is_tensor =
        proto->type != NULL && proto->type->value_case == ONNX__TYPE_PROTO__VALUE_TENSOR_TYPE;
    if (tensor->is_input || !is_tensor)
        return diag_error(DIAG_MODEL, graph_position(build->graph),
                          "input '%s' is there twice or is no tensor, expected tensors", name);
    const Onnx__TensorShapeProto *shape = proto->type->tensor_type->shape;
    const struct graph_input *given = find_input(build, name);
    tensor->is_input = true;
    tensor->type = onnx_element(proto->type->tensor_type->elem_type);
    if (given != NULL) {
        tensor->rank = given->rank;
        memcpy(tensor->dim, given->dim, sizeof tensor->dim);
        const enum exit_status status = check_given(build, shape, given);
        if (status != STATUS_DONE)
            return status;
    } else if (shape == NULL) {
        return diag_error(DIAG_MODEL, graph_position(build->graph),
                          "input '%s' has no dimensions, expected them from --input %s=1x...", name, name);
    } else if (!static_shape(shape, true, tensor)) {
        return wrong_input(build, name, shape);
    }
    uint64_t count;
    tensor->shape_known = true;
    if (!shape_count(tensor->rank, tensor->dim, &count))
        return diag_error(DIAG_MODEL, graph_position(build->graph), "input '%s' is larger than any memory",
                          name);
    tensor->count = (size_t)count;
    return STATUS_DONE;
}

/* ---- the whole --------------------------------------------------------------------------------------- */

static enum exit_status fill_nodes(struct graph_build *build, const Onnx__GraphProto *proto)
{
    struct graph *graph = build->graph;
    enum exit_status status = STATUS_DONE;
    for (size_t i = 0; i < proto->n_node && status == STATUS_DONE; ++i)
        status = fill_node(build, proto->node[i], i);
    for (size_t i = 0; i < proto->n_node && status == STATUS_DONE; ++i)
        status = fill_inputs(build, proto->node[i], &graph->nodes[i]);
    for (size_t i = 0; i < proto->n_node && status == STATUS_DONE; ++i) {
        const struct graph_node *node = &graph->nodes[i];
        if (*node->domain != '\0')
            continue;
        if (strcmp(node->op, "Constant") == 0)
            status = fill_constant(build, proto->node[i], node);
        for (size_t k = 0; k < proto->node[i]->n_attribute && status == STATUS_DONE; ++k) {
            const Onnx__AttributeProto *attribute = proto->node[i]->attribute[k];
            if (strcmp(node->op, "ConstantOfShape") != 0 || attribute->t == NULL ||
                strcmp(text_or_empty(attribute->name), "value") != 0)
                continue;
            struct graph_tensor *value = arena_take(build->arena, 1, sizeof *value);
            if (value == NULL)
                return diag_memory();
            status = onnx_constant(build, attribute->t, "the value of ConstantOfShape", value);
            build->fills[i] = value;
        }
    }
    return status;
}

static enum exit_status fill_ends(struct graph_build *build, const Onnx__GraphProto *proto)
{
    for (size_t i = 0; i < proto->n_output; ++i) {
        const char *name = text_or_empty(proto->output[i]->name);
        const size_t index = build_find(build, name);
        if (index == GRAPH_NONE)
            return diag_error(DIAG_MODEL, graph_position(build->graph), "output '%s' is nowhere computed",
                              name);
        build->graph->tensors[index].is_output = true;
    }
    return STATUS_DONE;
}

static bool has_input(const struct graph_build *build, const Onnx__GraphProto *proto, const char *name)
{
    bool found = false;
    for (size_t i = 0; i < proto->n_input; ++i)
        found = found || strcmp(text_or_empty(proto->input[i]->name), name) == 0;
    return found && build_find(build, name) == GRAPH_NONE; /* initializers are no inputs */
}

/* Before the inputs: a misspelt name would show as dimensions that are missing. */
static enum exit_status check_names(const struct graph_build *build, const Onnx__GraphProto *proto)
{
    for (size_t i = 0; i < build->input_count; ++i)
        if (!has_input(build, proto, build->inputs[i].name))
            return diag_error(DIAG_MODEL, graph_position(build->graph),
                              "--input %s: the model has no such input", build->inputs[i].name);
    return STATUS_DONE;
}

/* Shapes that the file states, for tensors whose operators say nothing: kept beside until inferring. */
static enum exit_status fill_stated(struct graph_build *build, const Onnx__GraphProto *proto)
{
    build->stated = arena_take(build->arena, build->graph->tensor_count, sizeof *build->stated);
    if (build->stated == NULL)
        return diag_memory();
    for (size_t i = 0; i < proto->n_value_info + proto->n_output; ++i) {
        const Onnx__ValueInfoProto *info =
            i < proto->n_value_info ? proto->value_info[i] : proto->output[i - proto->n_value_info];
        const size_t index = build_find(build, text_or_empty(info->name));
        uint64_t count;
        if (index == GRAPH_NONE || info->type == NULL ||
            info->type->value_case != ONNX__TYPE_PROTO__VALUE_TENSOR_TYPE)
            continue;
        struct graph_tensor *tensor = &build->stated[index];
        tensor->type = onnx_element(info->type->tensor_type->elem_type);
        const Onnx__TensorShapeProto *shape = info->type->tensor_type->shape;
        tensor->shape_known = shape != NULL && static_shape(shape, false, tensor) &&
                              shape_count(tensor->rank, tensor->dim, &count);
        tensor->count = tensor->shape_known ? (size_t)count : 0;
    }
    return STATUS_DONE;
}

/* Room for every name there can be. */
static enum exit_status make_room(struct graph_build *build, const Onnx__GraphProto *proto)
{
    build->tensor_room = proto->n_initializer + proto->n_input;
    for (size_t i = 0; i < proto->n_node; ++i)
        build->tensor_room += proto->node[i]->n_output;
    build->slot_count = 16;
    while (build->slot_count < 2 * build->tensor_room)
        build->slot_count *= 2;
    struct graph *graph = build->graph;
    graph->tensors = arena_take(build->arena, build->tensor_room, sizeof *graph->tensors);
    graph->nodes = arena_take(build->arena, proto->n_node, sizeof *graph->nodes);
    graph->node_count = proto->n_node;
    build->slots = arena_take(build->arena, build->slot_count, sizeof *build->slots);
    build->fills = arena_take(build->arena, proto->n_node, sizeof *build->fills);
    return graph->tensors != NULL && graph->nodes != NULL && build->slots != NULL && build->fills != NULL
               ? STATUS_DONE
               : diag_memory();
}

enum exit_status onnx_fill(struct graph_build *build, const Onnx__ModelProto *model)
{
    const Onnx__GraphProto *proto = model->graph;
    for (size_t i = 0; i < model->n_opset_import; ++i)
        if (is_own_domain(model->opset_import[i]->domain))
            build->graph->opset = model->opset_import[i]->version;
    if (proto->n_sparse_initializer > 0)
        return diag_error(DIAG_MODEL, graph_position(build->graph),
                          "the model has sparse initializers, expected dense ones");
    enum exit_status status = make_room(build, proto);
    for (size_t i = 0; i < proto->n_initializer && status == STATUS_DONE; ++i)
        status = fill_initializer(build, proto->initializer[i]);
    if (status == STATUS_DONE)
        status = check_names(build, proto);
    for (size_t i = 0; i < proto->n_input && status == STATUS_DONE; ++i)
        status = fill_input(build, proto->input[i]);
    if (status == STATUS_DONE)
        status = fill_nodes(build, proto);
    if (status == STATUS_DONE)
        status = fill_ends(build, proto);
    return status == STATUS_DONE ? fill_stated(build, proto) : status;
}
