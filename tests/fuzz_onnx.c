/*
 * fuzz_onnx.c: any bytes as an ONNX model, through reading, shapes, folding and the search for stages. What
 * is refused must print exactly one line; a stage that is found must be one that a list can hold.
 */
#include "model/graph.h"
#include "model/model.h"
#include "spec.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static char printed[8192];

static void require(int condition, const char *what)
{
    if (condition)
        return;
    diag_capture(NULL, 0);
    fprintf(stderr, "%s\n%s\n", what, printed);
    abort();
}

/* Refused: one line that ends with a code, and the exit status of bad input. */
static void check_refusal(enum exit_status status)
{
    const size_t length = strlen(printed);
    require(status == STATUS_INPUT || strstr(printed, "[memory]") != NULL, "exit status");
    require(length > 2 && strchr(printed, '\n') == printed + length - 1, "not one line");
    require(printed[length - 2] == ']' && strstr(printed, ": error: ") != NULL, "no error line");
}

static void check_stages(const struct model *model)
{
    for (size_t i = 0; i < model->stage_count; ++i) {
        struct spec back;
        char text[SPEC_TEXT_MAX];
        spec_print(&model->stages[i].spec, 1, text);
        require(spec_parse(text, NOWHERE, &back) == STATUS_DONE, text);
        require(spec_equal(&model->stages[i].spec, &back), text);
    }
}

/* input may be NULL: no dimensions are given. */
static void check(const uint8_t *bytes, size_t size, const struct graph_input *input, enum model_join join)
{
    struct graph graph;
    struct model model = {0};
    printed[0] = '\0';
    diag_capture(printed, sizeof printed);
    enum exit_status status = graph_parse(bytes, size, "fuzz.onnx", NULL, input, input != NULL, &graph);
    if (status == STATUS_DONE) {
        status = model_find(&graph, join, &model);
        if (status == STATUS_DONE)
            check_stages(&model);
        model_free(&model);
    }
    graph_free(&graph);
    if (status != STATUS_DONE)
        check_refusal(status);
    diag_capture(NULL, 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    /* As small as the shared models can be. */
    static const struct graph_input inputs[] = {{"x", 4, {1, 3, 32, 32}}, {"x", 4, {1, 3, 48, 64}}};
    /* An exact copy, so that a read past the model's end is seen. */
    uint8_t *exact = malloc(size > 0 ? size : 1);
    if (exact == NULL)
        abort();
    memcpy(exact, data, size);
    check(exact, size, NULL, MODEL_FUSED);
    check(exact, size, &inputs[0], MODEL_FUSED);
    check(exact, size, &inputs[1], MODEL_LAYERS);
    free(exact);
    return 0;
}
