/*
 * against.c: each stage's kernels on the tensors that ONNX Runtime computed, one line a stage and ISA.
 */
#include "verify/against.h"

#include "bundle/build.h"
#include "bundle/source.h"
#include "sepcc.h"
#include "verify/fold_size.h"
#include "verify/network.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MESSAGE_MAX = 512 };

struct against {
    struct model model;
    struct network network;
    struct build build;
    struct sepcc_library *library;
    size_t passed, failed, not_executed;
    double worst;
};

/* ---- what is compared ------------------------------------------------------------------------------ */

static enum exit_status build_kernels(const struct options *options, struct against *against)
{
    struct bundle bundle = {0};
    char *path = NULL;
    char message[MESSAGE_MAX];
    isa_set isas;
    enum exit_status status = wanted_isas(options, &isas);
    if (status == STATUS_DONE)
        status = bundle_plan_model(options, isas, &against->model, &bundle);
    if (status == STATUS_DONE)
        status = build_open(options, &bundle, false, &against->build);
    if (status == STATUS_DONE)
        status = build_library(&against->build, isa_host_arch(), false, &path);
    if (status == STATUS_DONE && sepcc_library_open(path, against->build.bundle.name, &against->library,
                                                    message, sizeof message) != SEPCC_OK)
        status = diag_error(DIAG_LOAD, (struct position){.file = path}, "%s", message);
    free(path);
    bundle_free(&bundle);
    return status;
}

/* ---- one stage ------------------------------------------------------------------------------------- */

/* A stage's tensors as the network has them, and how exact its output is. */
struct truth {
    const float *in, *out;
    size_t count; /* of the output */
    double *bound;
};

static enum exit_status find_truth(const struct against *against, const struct model_stage *stage,
                                   struct truth *truth)
{
    struct fold_size size;
    truth->count = sepcc_stage_output_count(&stage->spec.stage);
    truth->in = network_tensor(&against->network, stage->input, sepcc_stage_input_count(&stage->spec.stage));
    truth->out = network_tensor(&against->network, stage->output, truth->count);
    if (truth->in == NULL || truth->out == NULL)
        return diag_error(DIAG_MODEL, (struct position){.file = against->model.graph.file},
                          "ONNX Runtime's tensors of stage %s have another size than it has",
                          stage->spec.name);
    truth->bound = calloc(truth->count, sizeof *truth->bound);
    if (truth->bound == NULL)
        return diag_memory();
    enum exit_status status = fold_size_find(&against->model.graph, stage, &size);
    if (status == STATUS_DONE)
        status = rounding_bound(&stage->spec.stage, size.layer, truth->in, truth->bound);
    fold_size_free(&size);
    return status;
}

static enum sepcc_status run_packed(const struct sepcc_kernel *kernel, const struct model_stage *stage,
                                    const float *in, float *out)
{
    const float *weight[SEPCC_MAX_LAYERS], *bias[SEPCC_MAX_LAYERS], *slope[SEPCC_MAX_LAYERS];
    void *packed = sepcc_alloc(kernel->packed_bytes);
    if (packed == NULL)
        return SEPCC_E_MEMORY;
    for (size_t i = 0; i < SEPCC_MAX_LAYERS; ++i) {
        weight[i] = stage->layer[i].weight;
        bias[i] = stage->layer[i].bias;
        slope[i] = stage->layer[i].slope;
    }
    kernel->pack(weight, bias, slope, packed);
    const enum sepcc_status status = sepcc_run(kernel, NULL, in, out, packed);
    sepcc_free(packed);
    return status;
}

static void print_share(struct against *against, const char *name, const char *isa, double share)
{
    const bool passed = share <= 1;
    ++*(passed ? &against->passed : &against->failed);
    against->worst = share > against->worst ? share : against->worst;
    printf("%-*s  %-6s  %8.4f of the bound  %s\n", bundle_name_width(&against->build.bundle), name, isa,
           share, passed ? "PASS" : "FAIL");
}

static enum exit_status compare(struct against *against, const struct model_stage *stage,
                                const struct kernel *planned, const struct truth *truth)
{
    const struct sepcc_kernel *kernel;
    const enum sepcc_status found =
        sepcc_bundle_find(sepcc_library_bundle(against->library), planned->name, planned->digest, &kernel);
    if (found != SEPCC_OK)
        return diag_error(DIAG_LOAD, NOWHERE, "kernel %s: %s", planned->name, sepcc_status_text(found));
    float *out = sepcc_alloc(truth->count * sizeof *out);
    if (out == NULL)
        return diag_memory();
    const enum sepcc_status ran = run_packed(kernel, stage, truth->in, out);
    if (ran == SEPCC_OK)
        print_share(against, stage->spec.name, planned->isa->name,
                    rounding_worst(out, truth->out, truth->bound, truth->count));
    sepcc_free(out);
    return ran == SEPCC_OK ? STATUS_DONE : diag_memory();
}

static bool runs_here(const struct isa *isa)
{
    return (sepcc_cpu_isas() >> isa->id & 1) != 0;
}

static enum exit_status compare_stage(struct against *against, size_t index)
{
    const struct bundle *bundle = &against->build.bundle;
    const struct model_stage *stage = &against->model.stages[index];
    struct truth truth = {0};
    enum exit_status status = find_truth(against, stage, &truth);
    for (size_t i = 0; status == STATUS_DONE && i < bundle->isa_count; ++i) {
        if (runs_here(bundle->isa[i])) {
            status = compare(against, stage, bundle_kernel(bundle, index, i), &truth);
            continue;
        }
        ++against->not_executed;
        printf("%-*s  %-6s  SKIP  this CPU has it not\n", bundle_name_width(bundle), stage->spec.name,
               bundle->isa[i]->name);
    }
    free(truth.bound);
    return status;
}

/* ---- the command ----------------------------------------------------------------------------------- */

static enum exit_status judge(const struct against *against)
{
    const struct bundle *bundle = &against->build.bundle;
    if (against->failed > 0)
        return STATUS_WRONG;
    for (size_t i = 0; i < bundle->isa_count; ++i)
        if (!runs_here(bundle->isa[i]) &&
            (against->passed == 0 || isa_is_named(against->build.options, bundle->isa[i])))
            return diag_error(DIAG_TOOL, (struct position){"--isa", 0, 0}, "this CPU has no %s",
                              bundle->isa[i]->name);
    return STATUS_DONE;
}

static enum exit_status compare_all(struct against *against)
{
    enum exit_status status = STATUS_DONE;
    for (size_t i = 0; status == STATUS_DONE && i < against->model.stage_count; ++i)
        status = compare_stage(against, i);
    if (status != STATUS_DONE)
        return status;
    printf("%zu passed, %zu failed, %zu not executed; at most %.4f of the bound; %s\n", against->passed,
           against->failed, against->not_executed, against->worst, against->network.ort.version);
    fflush(stdout);
    return judge(against);
}

enum exit_status against_ort(const struct options *options)
{
    struct against against = {0};
    enum exit_status status = network_open(options->onnxruntime, &against.network);
    if (status == STATUS_DONE)
        status = source_read_model(options, &against.model);
    if (status == STATUS_DONE)
        status = network_run(&against.model, options->data, options->seed, &against.network);
    if (status == STATUS_DONE)
        status = build_kernels(options, &against);
    if (status == STATUS_DONE)
        status = compare_all(&against);
    sepcc_library_close(against.library);
    build_close(&against.build);
    network_close(&against.network);
    model_free(&against.model);
    return status;
}
