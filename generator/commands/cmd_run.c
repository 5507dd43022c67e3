/*
 * cmd_run.c: `sepcc run`: one stage on real tensors: .npy files in, a .npy file out.
 */
#include "bundle/build.h"
#include "commands/commands.h"
#include "commands/tensors.h"
#include "sepcc.h"

#include <stdio.h>
#include <stdlib.h>

enum { MESSAGE_MAX = 512 };

static enum exit_status check_options(const struct options *options)
{
    const struct {
        const char *value, *option;
    } needed[] = {{options->input, "--input X.npy"},
                  {options->weights, "--weights DIR"},
                  {options->output, "-o Y.npy"}};
    for (size_t i = 0; i < sizeof needed / sizeof needed[0]; ++i)
        if (needed[i].value == NULL)
            return usage_error(options->command, "a file is missing, expected %s", needed[i].option);
    return STATUS_DONE;
}

/* Exactly one kernel, of an ISA that this CPU has. */
static enum exit_status check_bundle(const struct options *options, const struct bundle *bundle)
{
    if (bundle->stages.count != 1)
        return usage_error(options->command, "%zu stages are given, expected one", bundle->stages.count);
    if (bundle->isa_count != 1)
        return diag_error(DIAG_ISA, (struct position){"--isa", 0, 0}, "%zu ISAs are given, expected one",
                          bundle->isa_count);
    if ((sepcc_cpu_isas() & bundle->isas) == 0)
        return diag_error(DIAG_TOOL, (struct position){"--isa", 0, 0},
                          "this CPU has no %s, expected one that `sepcc isas` lists as native",
                          bundle->isa[0]->name);
    return STATUS_DONE;
}

/* Runs the kernel over packed weights into output. */
static enum exit_status run_packed(const struct sepcc_kernel *kernel, unsigned threads,
                                   const struct weights *weights, const float *input, float *output)
{
    const float *weight[SEPCC_MAX_LAYERS], *bias[SEPCC_MAX_LAYERS], *slope[SEPCC_MAX_LAYERS];
    for (size_t i = 0; i < SEPCC_MAX_LAYERS; ++i) {
        weight[i] = weights->layer[i].weight.data;
        bias[i] = weights->layer[i].bias.data;
        slope[i] = weights->layer[i].slope.data;
    }
    struct sepcc_pool *pool = NULL;
    void *packed = sepcc_alloc(kernel->packed_bytes);
    enum sepcc_status status = packed == NULL ? SEPCC_E_MEMORY : SEPCC_OK;
    if (status == SEPCC_OK && threads > 1)
        status = sepcc_pool_create(threads, &pool);
    if (status == SEPCC_OK) {
        kernel->pack(weight, bias, slope, packed);
        status = sepcc_run(kernel, pool, input, output, packed);
    }
    sepcc_pool_destroy(pool);
    sepcc_free(packed);
    if (status == SEPCC_OK)
        return STATUS_DONE;
    return diag_error(status == SEPCC_E_MEMORY ? DIAG_MEMORY : DIAG_TOOL, NOWHERE, "%s",
                      sepcc_status_text(status));
}

/* Loads the kernel out of its library and runs it. */
static enum exit_status run_library(const struct build *build, const char *path,
                                    const struct weights *weights, const float *input, float *output)
{
    const struct kernel *planned = &build->bundle.kernels[0];
    struct sepcc_library *library;
    const struct sepcc_kernel *kernel;
    char message[MESSAGE_MAX];
    if (sepcc_library_open(path, build->bundle.name, &library, message, sizeof message) != SEPCC_OK)
        return diag_error(DIAG_LOAD, (struct position){.file = path}, "%s", message);
    const enum sepcc_status found =
        sepcc_bundle_find(sepcc_library_bundle(library), planned->name, planned->digest, &kernel);
    const enum exit_status status =
        found == SEPCC_OK
            ? run_packed(kernel, build->options->threads, weights, input, output)
            : diag_error(DIAG_LOAD, NOWHERE, "kernel %s: %s", planned->name, sepcc_status_text(found));
    sepcc_library_close(library);
    return status;
}

/* Builds, runs and writes; the tensors are there. */
static enum exit_status run_stage(struct build *build, const struct weights *weights, const float *input)
{
    const struct sepcc_stage *stage = &build->bundle.stages.items[0].stage;
    char *library = NULL;
    float *output = sepcc_alloc(sepcc_stage_output_count(stage) * sizeof *output);
    enum exit_status status = output == NULL ? diag_memory() : STATUS_DONE;
    if (status == STATUS_DONE)
        status = build_library(build, isa_host_arch(), false, &library);
    if (status == STATUS_DONE)
        status = run_library(build, library, weights, input, output);
    if (status == STATUS_DONE)
        status = output_tensor_write(stage, build->options->output, output);
    sepcc_free(output);
    free(library);
    return status;
}

enum exit_status cmd_run(const struct options *options)
{
    struct bundle bundle = {0};
    struct build build = {0};
    struct weights weights = {0};
    struct sepcc_array input = {0};
    enum exit_status status = check_options(options);
    if (status == STATUS_DONE)
        status = bundle_plan(options, &bundle);
    if (status == STATUS_DONE)
        status = check_bundle(options, &bundle);
    if (status == STATUS_DONE)
        status = input_read(&bundle.stages.items[0].stage, options->input, &input);
    if (status == STATUS_DONE)
        status = weights_read(&bundle.stages.items[0].stage, options->weights, &weights);
    if (status == STATUS_DONE)
        status = build_open(options, &bundle, true, &build);
    if (status == STATUS_DONE)
        status = run_stage(&build, &weights, input.data);
    sepcc_array_free(&input);
    weights_free(&weights);
    build_close(&build);
    bundle_free(&bundle);
    return status;
}
