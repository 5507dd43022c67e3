/*
 * tensors.c: .npy files in and out, with every shape checked before anything is computed.
 */
#include "commands/tensors.h"

#include "base/files.h"
#include "spec/spec.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MESSAGE_MAX = 512, SHAPE_TEXT_MAX = 256, SHAPE_CHOICES = 2 };

/* A shape that a file may have. */
struct shape {
    size_t rank;
    size_t size[4];
};

/* ---- messages -------------------------------------------------------------------------------------- */

static enum diag_code code_of(enum sepcc_status status, const char *path)
{
    switch (status) {
    case SEPCC_E_MEMORY:
        return DIAG_MEMORY;
    case SEPCC_E_OPEN:
        return path_exists(path) ? DIAG_IO : DIAG_FILE_MISSING;
    case SEPCC_E_READ:
    case SEPCC_E_NPY_FORMAT:
    case SEPCC_E_NPY_TYPE:
        return DIAG_FILE_FORMAT;
    default:
        return DIAG_IO;
    }
}

/* The runtime's messages start with the path, which is the position here. */
static const char *behind_path(const char *path, const char *message)
{
    const size_t length = strlen(path);
    const bool named = strncmp(message, path, length) == 0 && strncmp(message + length, ": ", 2) == 0;
    return named ? message + length + 2 : message;
}

static enum exit_status read_error(enum sepcc_status status, const char *path, const char *message)
{
    const struct position at = {.file = path};
    message = behind_path(path, message);
    if (status == SEPCC_E_OPEN)
        return diag_error(code_of(status, path), at, "cannot read: %s, expected a readable .npy file",
                          message);
    return diag_error(code_of(status, path), at, "%s", message);
}

static void append_shape(char text[SHAPE_TEXT_MAX], const size_t *size, size_t rank)
{
    size_t used = strlen(text);
    used += (size_t)snprintf(text + used, SHAPE_TEXT_MAX - used, "[");
    for (size_t i = 0; i < rank; ++i)
        used += (size_t)snprintf(text + used, SHAPE_TEXT_MAX - used, "%s%zu", i > 0 ? "," : "", size[i]);
    snprintf(text + used, SHAPE_TEXT_MAX - used, "]");
}

static enum exit_status shape_error(const char *path, const struct sepcc_array *array,
                                    const struct shape choices[], size_t count)
{
    char actual[SHAPE_TEXT_MAX] = "";
    char expected[SHAPE_TEXT_MAX] = "";
    append_shape(actual, array->shape, array->rank);
    for (size_t i = 0; i < count; ++i) {
        if (i > 0)
            strcat(expected, " or ");
        append_shape(expected, choices[i].size, choices[i].rank);
    }
    return diag_error(DIAG_SHAPE, (struct position){.file = path}, "the shape is %s, expected %s", actual,
                      expected);
}

/* ---- reading --------------------------------------------------------------------------------------- */

/* Reads an array of one of the shapes; *choice (may be NULL) says which. */
static enum exit_status read_array(const char *path, const struct shape choices[], size_t count,
                                   struct sepcc_array *array, size_t *choice)
{
    char message[MESSAGE_MAX];
    const enum sepcc_status read = sepcc_npy_read(path, array, message, sizeof message);
    if (read != SEPCC_OK) {
        *array = (struct sepcc_array){0};
        return read_error(read, path, message);
    }
    for (size_t i = 0; i < count; ++i)
        if (array->rank == choices[i].rank &&
            memcmp(array->shape, choices[i].size, choices[i].rank * sizeof(size_t)) == 0) {
            if (choice != NULL)
                *choice = i;
            return STATUS_DONE;
        }
    return shape_error(path, array, choices, count);
}

enum exit_status input_read(const struct sepcc_stage *stage, const char *path, struct sepcc_array *input)
{
    struct shape shape = {.rank = 4};
    sepcc_stage_input_shape(stage, shape.size);
    return read_array(path, &shape, 1, input, NULL);
}

/* PyTorch's [C,1,KH,KW] as [KH,KW,C]. */
static enum exit_status transpose_depthwise(const struct sepcc_layer *layer, struct sepcc_array *array)
{
    const size_t taps = (size_t)layer->kernel_h * layer->kernel_w;
    float *turned = sepcc_alloc(array->count * sizeof *turned);
    if (turned == NULL)
        return diag_memory();
    for (size_t c = 0; c < layer->out_c; ++c)
        for (size_t tap = 0; tap < taps; ++tap)
            turned[tap * layer->out_c + c] = array->data[c * taps + tap];
    sepcc_free(array->data);
    array->data = turned;
    return STATUS_DONE;
}

static enum exit_status read_weight(const struct sepcc_layer *layer, const char *path,
                                    struct sepcc_array *array)
{
    const struct shape depthwise[SHAPE_CHOICES] = {
        {3, {layer->kernel_h, layer->kernel_w, layer->out_c}},
        {4, {layer->out_c, 1, layer->kernel_h, layer->kernel_w}},
    };
    const struct shape pointwise[SHAPE_CHOICES] = {
        {2, {layer->out_c, layer->in_c}},
        {4, {layer->out_c, layer->in_c, 1, 1}},
    };
    const struct shape conv = {4, {layer->out_c, layer->in_c, layer->kernel_h, layer->kernel_w}};
    if (layer->op == SEPCC_OP_CONV)
        return read_array(path, &conv, 1, array, NULL);
    const bool is_depthwise = layer->op == SEPCC_OP_DEPTHWISE;
    size_t choice = 0;
    const enum exit_status status =
        read_array(path, is_depthwise ? depthwise : pointwise, SHAPE_CHOICES, array, &choice);
    if (status == STATUS_DONE && is_depthwise && choice == 1)
        return transpose_depthwise(layer, array);
    return status;
}

/* The path of a layer's tensor: folder/dw.bias.npy, or folder/bias.npy in a stage of one layer; malloc'ed. */
static char *tensor_path(const char *folder, const char *layer_name, const char *tensor)
{
    char file[64];
    snprintf(file, sizeof file, "%s%s%s.npy", layer_name, layer_name[0] != '\0' ? "." : "", tensor);
    return path_join(folder, file);
}

/* bias or slope. */
static enum exit_status read_vector(const struct sepcc_layer *layer, const char *path,
                                    struct sepcc_array *array)
{
    const struct shape channels = {1, {layer->out_c}};
    return read_array(path, &channels, 1, array, NULL);
}

static enum exit_status read_layer(const struct sepcc_layer *layer, const char *layer_name,
                                   const char *folder, struct layer_weights *weights)
{
    const struct {
        const char *tensor;
        bool needed;
        enum exit_status (*read)(const struct sepcc_layer *layer, const char *path,
                                 struct sepcc_array *array);
        struct sepcc_array *array;
    } tensors[] = {
        {"weight", true, read_weight, &weights->weight},
        {"bias", layer->has_bias != 0, read_vector, &weights->bias},
        {"slope", layer->act == SEPCC_ACT_PRELU, read_vector, &weights->slope},
    };
    enum exit_status status = STATUS_DONE;
    for (size_t i = 0; status == STATUS_DONE && i < sizeof tensors / sizeof tensors[0]; ++i) {
        if (!tensors[i].needed)
            continue;
        char *path = tensor_path(folder, layer_name, tensors[i].tensor);
        status = path == NULL ? STATUS_ENVIRONMENT : tensors[i].read(layer, path, tensors[i].array);
        free(path);
    }
    return status;
}

enum exit_status weights_read(const struct sepcc_stage *stage, const char *folder, struct weights *weights)
{
    enum exit_status status = STATUS_DONE;
    *weights = (struct weights){0};
    for (uint32_t i = 0; status == STATUS_DONE && i < stage->layer_count; ++i)
        status = read_layer(&stage->layer[i], spec_layer_name(stage, i), folder, &weights->layer[i]);
    return status;
}

void weights_free(struct weights *weights)
{
    for (size_t i = 0; i < SEPCC_MAX_LAYERS; ++i) {
        sepcc_array_free(&weights->layer[i].weight);
        sepcc_array_free(&weights->layer[i].bias);
        sepcc_array_free(&weights->layer[i].slope);
    }
}

/* ---- writing --------------------------------------------------------------------------------------- */

enum exit_status output_tensor_write(const struct sepcc_stage *stage, const char *path, const float *output)
{
    size_t shape[4];
    char message[MESSAGE_MAX];
    sepcc_stage_output_shape(stage, shape);
    if (sepcc_npy_write(path, 4, shape, output, message, sizeof message) != SEPCC_OK)
        return diag_error(path_is_folder(path) ? DIAG_FILE_FORMAT : DIAG_IO, (struct position){.file = path},
                          "cannot write: %s, expected a place that can be written",
                          behind_path(path, message));
    return STATUS_DONE;
}
