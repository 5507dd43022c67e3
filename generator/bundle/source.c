/*
 * source.c: reads stages from wherever the command line says they are.
 */
#include "bundle/source.h"

#include "base/files.h"
#include "model/foreign.h"
#include "model/input_shape.h"

#include <stdlib.h>
#include <string.h>

/* ---- models ----------------------------------------------------------------------------------------- */

/* The folder of a file, malloc'ed; NULL when out of memory. */
static char *folder_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    if (slash == NULL)
        return strdup(".");
    return strndup(path, slash == path ? 1 : (size_t)(slash - path));
}

static bool is_stdin(const struct options *options)
{
    return strcmp(options->spec_file, "-") == 0;
}

/* What messages call the file. */
static const char *file_title(const struct options *options)
{
    return is_stdin(options) ? "<stdin>" : options->spec_file;
}

static enum exit_status parse_graph(const struct options *options, const struct text *bytes,
                                    struct graph *graph)
{
    struct graph_input inputs[OPTION_INPUTS_MAX] = {0};
    char *folder = is_stdin(options) ? NULL : folder_of(options->spec_file);
    enum exit_status status = folder == NULL && !is_stdin(options) ? diag_memory() : STATUS_DONE;
    for (size_t i = 0; status == STATUS_DONE && i < options->input_count; ++i)
        status = input_shape_parse(options->inputs[i], &inputs[i]);
    if (status == STATUS_DONE)
        status = graph_parse((const uint8_t *)bytes->data, bytes->length, file_title(options), folder, inputs,
                             options->input_count, graph);
    for (size_t i = 0; i < options->input_count; ++i)
        input_shape_free(&inputs[i]);
    free(folder);
    return status;
}

static enum exit_status read_model(const struct options *options, const struct text *bytes,
                                   struct model *model)
{
    struct graph graph = {0};
    const enum exit_status status = parse_graph(options, bytes, &graph);
    if (status == STATUS_DONE)
        return model_find(&graph, options->separate ? MODEL_LAYERS : MODEL_FUSED, model);
    graph_free(&graph);
    return status;
}

static bool is_model(const struct text *bytes)
{
    return bytes->data != NULL && graph_is_onnx((const uint8_t *)bytes->data, bytes->length);
}

/* A file that is no model: one line that says what it is, when it is no list either. */
static enum exit_status check_foreign(const struct options *options, const struct text *bytes,
                                      const char *expected)
{
    const char *kind = bytes->data != NULL ? foreign_kind((const uint8_t *)bytes->data, bytes->length) : NULL;
    if (kind == NULL)
        return STATUS_DONE;
    return diag_error(DIAG_FILE_FORMAT, (struct position){.file = file_title(options)},
                      "the file is %s, expected %s", kind, expected);
}

enum exit_status source_read_model(const struct options *options, struct model *model)
{
    struct text bytes = {0};
    *model = (struct model){0};
    if (options->spec_file == NULL)
        return usage_error(options->command, "no model is given, expected a file");
    enum exit_status status = file_read(options->spec_file, &bytes);
    if (status == STATUS_DONE && !is_model(&bytes)) {
        status = check_foreign(options, &bytes, "an ONNX model");
        if (status == STATUS_DONE)
            status = diag_error(DIAG_FILE_FORMAT, (struct position){.file = file_title(options)},
                                "this is no ONNX model, expected one");
    }
    if (status == STATUS_DONE)
        status = read_model(options, &bytes, model);
    text_free(&bytes);
    return status;
}

/* ---- lists ------------------------------------------------------------------------------------------ */

/* SPEC from the command line: a list of one. */
static enum exit_status read_spec(const char *text, struct spec_list *stages)
{
    stages->items = calloc(1, sizeof *stages->items);
    if (stages->items == NULL)
        return diag_memory();
    stages->count = 1;
    struct spec *spec = &stages->items[0];
    const enum exit_status status = spec_parse(text, (struct position){"SPEC", 1, 1}, spec);
    if (status == STATUS_DONE && spec->name[0] == '\0')
        memcpy(spec->name, "stage1", sizeof "stage1");
    return status;
}

/* The options of models say nothing of lists. */
static enum exit_status check_list(const struct options *options)
{
    if (options->input_count > 0 || options->separate)
        return usage_error(options->command, "--%s with a list of stages, expected it with a model",
                           options->separate ? "separate" : "input");
    return STATUS_DONE;
}

static enum exit_status read_file(const struct options *options, struct source *source)
{
    struct text bytes = {0};
    enum exit_status status = file_read(options->spec_file, &bytes);
    if (status == STATUS_DONE && is_model(&bytes)) {
        source->model = calloc(1, sizeof *source->model);
        status = source->model == NULL ? diag_memory() : read_model(options, &bytes, source->model);
    } else if (status == STATUS_DONE) {
        status = check_foreign(options, &bytes, "an ONNX model or a list of stages");
        if (status == STATUS_DONE)
            status = check_list(options);
        if (status == STATUS_DONE)
            status = spec_list_parse(bytes.data != NULL ? bytes.data : "", bytes.length, file_title(options),
                                     &source->stages);
    }
    text_free(&bytes);
    return status;
}

enum exit_status source_read(const struct options *options, struct source *source)
{
    *source = (struct source){0};
    if (options->spec_file != NULL)
        return read_file(options, source);
    const enum exit_status status = check_list(options);
    return status == STATUS_DONE ? read_spec(options->spec_text, &source->stages) : status;
}

void source_free(struct source *source)
{
    spec_list_free(&source->stages);
    if (source->model != NULL)
        model_free(source->model);
    free(source->model);
    *source = (struct source){0};
}
