/*
 * network.c: the inputs of a network, and running it.
 */
#include "verify/network.h"

#include "sepcc.h"
#include "verify/ort_find.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { MESSAGE_MAX = 512 };

/* ---- the library ----------------------------------------------------------------------------------- */

enum exit_status network_open(const char *library, struct network *network)
{
    char message[ORT_TEXT_MAX];
    char *path = ort_find(library);
    if (path == NULL)
        return diag_memory();
    network->is_open = ort_open(path, &network->ort, message);
    free(path);
    if (network->is_open)
        return STATUS_DONE;
    return diag_error(
        DIAG_TOOL, NOWHERE,
        "ONNX Runtime cannot be loaded (%s), expected --onnxruntime FILE, SEPCC_ONNXRUNTIME, or "
        "npm's onnxruntime-node",
        message);
}

/* ---- inputs ---------------------------------------------------------------------------------------- */

static enum exit_status shape_error(const char *path, const struct graph_tensor *tensor, size_t count)
{
    return diag_error(DIAG_SHAPE, (struct position){.file = path},
                      "it holds %zu floats, expected the %zu of input '%s'", count, tensor->count,
                      tensor->name);
}

static enum exit_status read_npy(const char *path, const struct graph_tensor *tensor, float *values)
{
    struct sepcc_array array = {0};
    char message[MESSAGE_MAX];
    if (sepcc_npy_read(path, &array, message, sizeof message) != SEPCC_OK)
        return diag_error(DIAG_FILE_FORMAT, NOWHERE, "%s", message);
    const bool fits = array.count == tensor->count;
    if (fits)
        memcpy(values, array.data, array.count * sizeof *values);
    const enum exit_status status = fits ? STATUS_DONE : shape_error(path, tensor, array.count);
    sepcc_array_free(&array);
    return status;
}

static enum exit_status read_raw(const char *path, const struct graph_tensor *tensor, const struct text *file,
                                 float *values)
{
    if (file->length != tensor->count * sizeof *values)
        return shape_error(path, tensor, file->length / sizeof *values);
    memcpy(values, file->data, file->length);
    return STATUS_DONE;
}

static enum exit_status read_data(const char *path, const struct graph_tensor *tensor, float *values)
{
    static const char npy_mark[] = "\x93NUMPY";
    struct text file = {0};
    enum exit_status status = file_read(path, &file);
    if (status == STATUS_DONE)
        status = file.length >= sizeof npy_mark - 1 && memcmp(file.data, npy_mark, sizeof npy_mark - 1) == 0
                     ? read_npy(path, tensor, values)
                     : read_raw(path, tensor, &file, values);
    text_free(&file);
    return status;
}

static enum exit_status add_input(const struct graph_tensor *tensor, const char *data, uint64_t seed,
                                  struct network *network)
{
    const size_t i = network->input_count;
    if (tensor->type != ELEMENT_F32 || !tensor->shape_known)
        return diag_error(DIAG_MODEL, (struct position){.file = network->graph->file},
                          "input '%s' has no floats of 32 bits, expected such", tensor->name);
    float *values = sepcc_alloc(tensor->count * sizeof *values);
    if (values == NULL)
        return diag_memory();
    for (uint32_t d = 0; d < tensor->rank; ++d)
        network->shapes[i][d] = (int64_t)tensor->dim[d];
    network->inputs[i] = (struct ort_input){tensor->name, values, network->shapes[i], tensor->rank};
    ++network->input_count;
    if (data != NULL)
        return read_data(data, tensor, values);
    sepcc_fill(values, tensor->count, SEPCC_DATA_CANCEL, seed + i);
    return STATUS_DONE;
}

/* An input that has a constant value is none that is fed. */
static bool is_fed(const struct graph_tensor *tensor)
{
    return tensor->is_input && tensor->reals == NULL && tensor->integers == NULL;
}

static enum exit_status make_inputs(const char *data, uint64_t seed, struct network *network)
{
    const struct graph *graph = network->graph;
    size_t count = 0;
    for (size_t t = 0; t < graph->tensor_count; ++t)
        count += is_fed(&graph->tensors[t]);
    if (data != NULL && count != 1)
        return diag_error(DIAG_USAGE, NOWHERE, "--data with a model of %zu inputs, expected one", count);
    network->inputs = calloc(count + 1, sizeof *network->inputs);
    network->shapes = calloc(count + 1, sizeof *network->shapes);
    if (network->inputs == NULL || network->shapes == NULL)
        return diag_memory();
    enum exit_status status = STATUS_DONE;
    for (size_t t = 0; status == STATUS_DONE && t < graph->tensor_count; ++t)
        if (is_fed(&graph->tensors[t]))
            status = add_input(&graph->tensors[t], data, seed, network);
    return status;
}

/* ---- the tensors of stages ------------------------------------------------------------------------- */

/* Names are the graph's own strings, one for each tensor. */
static const struct ort_tap *find_tap(const struct network *network, const char *name)
{
    for (size_t i = 0; i < network->tap_count; ++i)
        if (network->taps[i].name == name)
            return &network->taps[i];
    return NULL;
}

static void add_tap(size_t tensor, struct network *network)
{
    const struct graph_tensor *wanted = &network->graph->tensors[tensor];
    if (!is_fed(wanted) && find_tap(network, wanted->name) == NULL)
        network->taps[network->tap_count++] =
            (struct ort_tap){.name = wanted->name, .is_output = wanted->is_output};
}

static enum exit_status make_taps(const struct model *model, struct network *network)
{
    network->taps = calloc(2 * model->stage_count + 1, sizeof *network->taps);
    if (network->taps == NULL)
        return diag_memory();
    for (size_t i = 0; i < model->stage_count; ++i) {
        add_tap(model->stages[i].input, network);
        add_tap(model->stages[i].output, network);
    }
    return STATUS_DONE;
}

const float *network_tensor(const struct network *network, size_t tensor, size_t count)
{
    const struct graph_tensor *wanted = &network->graph->tensors[tensor];
    for (size_t i = 0; i < network->input_count; ++i)
        if (network->inputs[i].name == wanted->name)
            return wanted->count == count ? network->inputs[i].data : NULL;
    const struct ort_tap *tap = find_tap(network, wanted->name);
    return tap != NULL && tap->count == count ? tap->data : NULL;
}

/* ---- running --------------------------------------------------------------------------------------- */

/* The folder of a file: "." or what is before its last slash; malloc'ed. */
static char *folder_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    if (slash == NULL)
        return strdup(".");
    return slash == path ? strdup("/") : strndup(path, (size_t)(slash - path));
}

static enum exit_status run(struct network *network)
{
    const char *path = network->graph->file;
    struct text file = {0};
    char message[ORT_TEXT_MAX];
    char *folder = folder_of(path);
    enum exit_status status = folder == NULL ? diag_memory() : file_read(path, &file);
    if (status == STATUS_DONE) {
        const struct ort_model bytes = {file.data, file.length, folder};
        if (!ort_taps_run(&network->ort, &bytes, network->inputs, network->input_count, network->taps,
                          network->tap_count, message))
            status = diag_error(DIAG_TOOL, (struct position){.file = path}, "%s: %s", network->ort.version,
                                message);
    }
    free(folder);
    text_free(&file);
    return status;
}

enum exit_status network_run(const struct model *model, const char *data, uint64_t seed,
                             struct network *network)
{
    network->graph = &model->graph;
    enum exit_status status = make_inputs(data, seed, network);
    if (status == STATUS_DONE)
        status = make_taps(model, network);
    return status == STATUS_DONE ? run(network) : status;
}

void network_close(struct network *network)
{
    if (network->is_open) {
        ort_taps_free(&network->ort, network->taps, network->tap_count);
        ort_close(&network->ort);
    }
    for (size_t i = 0; i < network->input_count; ++i)
        sepcc_free(network->inputs[i].data);
    free(network->inputs);
    free(network->shapes);
    free(network->taps);
    *network = (struct network){0};
}
