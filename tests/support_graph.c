/*
 * support_graph.c: reads the text of a test graph.
 */
#include "support_graph.h"

#include "support_graph_compute.h"

#include <ctype.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* Attributes that are no single integer. */
static const struct {
    const char *name;
    enum attribute_type type;
} attribute_types[] = {
    {"pads", ATTRIBUTE_INTS},         {"strides", ATTRIBUTE_INTS},    {"dilations", ATTRIBUTE_INTS},
    {"kernel_shape", ATTRIBUTE_INTS}, {"auto_pad", ATTRIBUTE_STRING}, {"alpha", ATTRIBUTE_FLOAT},
    {"beta", ATTRIBUTE_FLOAT},        {"epsilon", ATTRIBUTE_FLOAT},   {"min", ATTRIBUTE_FLOAT},
    {"max", ATTRIBUTE_FLOAT},
};

/* ---- tensors ---------------------------------------------------------------------------------------- */

static size_t add_tensor(struct made_graph *made, const char *name)
{
    const size_t index = made->graph.tensor_count++;
    assert_true(index < MADE_MAX);
    struct graph_tensor *tensor = &made->tensors[index];
    snprintf(made->names[index], MADE_NAME_MAX, "%s", name);
    *tensor = (struct graph_tensor){.name = made->names[index],
                                    .type = ELEMENT_F32,
                                    .producer = GRAPH_NONE,
                                    .consumers = made->consumers[index]};
    return index;
}

static void read_shape(const char *text, struct graph_tensor *tensor)
{
    tensor->shape_known = true;
    tensor->count = 1;
    while (*text != '\0') {
        char *end;
        const uint64_t dim = strtoull(text, &end, 10);
        assert_true(end != text);
        tensor->dim[tensor->rank++] = dim;
        tensor->count *= dim;
        text = *end == 'x' ? end + 1 : end;
    }
}

/* Floats, kept as doubles; those of a constant are shown in the graph, too. */
static void fill(struct made_graph *made, size_t index, bool constant, double low, double high)
{
    struct graph_tensor *tensor = &made->tensors[index];
    double *values = calloc(tensor->count, sizeof *values);
    float *reals = calloc(tensor->count, sizeof *reals);
    assert_non_null(values);
    assert_non_null(reals);
    for (size_t i = 0; i < tensor->count; ++i) {
        made->random = made->random * 1664525u + 1013904223u;
        reals[i] = (float)(low + (high - low) * (double)(made->random >> 8) / (double)(1u << 24));
        values[i] = (double)reals[i];
    }
    made->values[index] = values;
    if (constant)
        tensor->reals = reals;
    else
        free(reals);
}

static bool is_number(const char *word)
{
    return isdigit((unsigned char)word[0]) || (word[0] == '-' && word[1] != '\0');
}

static size_t take_input(struct made_graph *made, const char *word)
{
    if (strcmp(word, "_") == 0)
        return GRAPH_NONE;
    if (!is_number(word))
        return made_tensor(made, word);
    const size_t index = add_tensor(made, word);
    const double value = strtod(word, NULL);
    read_shape("", &made->tensors[index]);
    fill(made, index, true, value, value);
    return index;
}

/* ---- nodes ------------------------------------------------------------------------------------------ */

static void add_attribute(struct made_graph *made, size_t index, char *word)
{
    struct graph_node *node = &made->nodes[index];
    const size_t at = node->attribute_count++;
    assert_true(at < MADE_INPUTS_MAX);
    struct graph_attribute *attribute = &made->attributes[index][at];
    char *value = strchr(word, '=');
    *value++ = '\0';
    *attribute = (struct graph_attribute){.name = word, .type = ATTRIBUTE_INT};
    for (size_t i = 0; i < sizeof attribute_types / sizeof attribute_types[0]; ++i)
        if (strcmp(attribute_types[i].name, word) == 0)
            attribute->type = attribute_types[i].type;
    attribute->integer = strtoll(value, NULL, 10);
    attribute->real = strtof(value, NULL);
    attribute->string = value;
    attribute->integers = made->integers[index][at];
    for (char *end = value; attribute->type == ATTRIBUTE_INTS && *value != '\0';
         value = end + (*end == ',')) {
        assert_true(attribute->count < MADE_INPUTS_MAX);
        made->integers[index][at][attribute->count++] = strtoll(value, &end, 10);
        assert_true(end != value);
    }
}

static void add_node(struct made_graph *made, const char *name, const char *op, char *rest, char **state)
{
    const size_t index = made->graph.node_count++;
    assert_true(index < MADE_MAX);
    struct graph_node *node = &made->nodes[index];
    *node = (struct graph_node){.name = "",
                                .op = op,
                                .domain = "",
                                .inputs = made->inputs[index],
                                .outputs = made->outputs[index],
                                .output_count = 1,
                                .attributes = made->attributes[index]};
    for (char *word = rest; word != NULL; word = strtok_r(NULL, " ", state)) {
        if (strchr(word, '=') != NULL) {
            add_attribute(made, index, word);
            continue;
        }
        const size_t tensor = take_input(made, word);
        assert_true(node->input_count < MADE_INPUTS_MAX);
        made->inputs[index][node->input_count++] = tensor;
        if (tensor != GRAPH_NONE)
            made->consumers[tensor][made->tensors[tensor].consumer_count++] = index;
    }
    made->outputs[index][0] = add_tensor(made, name);
    made->tensors[made->outputs[index][0]].producer = index;
    compute_node(made, index);
}

/* ---- the text --------------------------------------------------------------------------------------- */

static void add_line(struct made_graph *made, char *line)
{
    char *state, *first = strtok_r(line, " ", &state);
    if (first == NULL)
        return;
    char *second = strtok_r(NULL, " ", &state), *third = strtok_r(NULL, " ", &state);
    assert_non_null(second);
    if (strcmp(first, "out") == 0) {
        made->tensors[made_tensor(made, second)].is_output = true;
        return;
    }
    assert_non_null(third);
    const bool is_input = strcmp(first, "in") == 0;
    if (!is_input && strcmp(first, "const") != 0) {
        add_node(made, first, second, third, &state);
        return;
    }
    const bool positive = strtok_r(NULL, " ", &state) != NULL;
    const size_t index = add_tensor(made, second);
    made->tensors[index].is_input = is_input;
    read_shape(third, &made->tensors[index]);
    fill(made, index, !is_input, positive ? 0.5 : -1, positive ? 1.5 : 1);
}

void make_graph(const char *text, struct made_graph *made)
{
    memset(made, 0, sizeof *made);
    made->random = 1;
    made->graph.file = "test";
    made->graph.opset = 13;
    made->graph.nodes = made->nodes;
    made->graph.tensors = made->tensors;
    assert_true(strlen(text) < MADE_STRINGS);
    memcpy(made->strings, text, strlen(text) + 1);
    char *state, *line = strtok_r(made->strings, "\n", &state);
    for (; line != NULL; line = strtok_r(NULL, "\n", &state))
        add_line(made, line);
}

void made_graph_free(struct made_graph *made)
{
    for (size_t i = 0; i < MADE_MAX; ++i) {
        free(made->values[i]);
        free((void *)(uintptr_t)made->tensors[i].reals);
    }
}

size_t made_tensor(const struct made_graph *made, const char *name)
{
    for (size_t i = 0; i < made->graph.tensor_count; ++i)
        if (strcmp(made->names[i], name) == 0)
            return i;
    fail_msg("no tensor '%s'", name);
    return GRAPH_NONE;
}

size_t made_node(const struct made_graph *made, const char *name)
{
    return made->tensors[made_tensor(made, name)].producer;
}
