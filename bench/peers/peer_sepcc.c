/*
 * peer_sepcc.c: sepcc's kernels from a bundle, run as libsepcc runs them.
 */
#include "peer_sepcc.h"
#include "tensors.h"

#include "sepcc.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct peer_context {
    const struct sepcc_bundle *bundle;
    uint32_t isa;
    struct sepcc_pool *pool; /* NULL: one thread */
};

/* One kernel of a net. */
struct step {
    const struct sepcc_kernel *kernel;
    void *packed;
    const float *in;
    float *out;
};

struct peer_net {
    struct sepcc_pool *pool;
    size_t step_count;
    struct step *steps;
    struct chain_memory memory; /* one tensor more than steps */
    void *workspace;            /* of the one thread; a pool has its own */
    size_t out_count;
};

static enum peer_status start(const struct peer_setup *setup, struct peer_context **context,
                              char version[PEER_TEXT_MAX], char message[PEER_TEXT_MAX])
{
    struct peer_context *made = calloc(1, sizeof *made);
    enum sepcc_status status = made != NULL ? SEPCC_OK : SEPCC_E_MEMORY;
    snprintf(version, PEER_TEXT_MAX, "sepcc %s, %s", sepcc_version(), sepcc_isa_name(setup->isa));
    if (status == SEPCC_OK && setup->threads > 1)
        status = sepcc_pool_create(setup->threads, &made->pool);
    if (status != SEPCC_OK) {
        snprintf(message, PEER_TEXT_MAX, "%s", sepcc_status_text(status));
        free(made);
        return PEER_FAILED;
    }
    made->bundle = setup->bundle;
    made->isa = setup->isa;
    *context = made;
    return PEER_OK;
}

static void stop(struct peer_context *context)
{
    sepcc_pool_destroy(context->pool);
    free(context);
}

static void rest(struct peer_context *context)
{
    if (context->pool != NULL)
        sepcc_pool_rest(context->pool);
}

static const struct sepcc_kernel *find_kernel(const struct peer_context *context, const char *spec)
{
    for (size_t k = 0; k < context->bundle->kernel_count; ++k) {
        const struct sepcc_kernel *kernel = context->bundle->kernels[k];
        if (kernel->isa == context->isa && strcmp(kernel->spec, spec) == 0)
            return kernel;
    }
    return NULL;
}

static enum peer_status pack(struct step *step, const struct net *net, const struct net_stage *stage)
{
    const float *weights[SEPCC_MAX_LAYERS], *bias[SEPCC_MAX_LAYERS], *slope[SEPCC_MAX_LAYERS];
    for (size_t i = 0; i < stage->stage->layer_count; ++i) {
        const struct net_layer *layer = &net->layers[stage->first_layer + i];
        weights[i] = layer->weight;
        bias[i] = layer->bias;
        slope[i] = layer->slope;
    }
    step->packed = sepcc_alloc(step->kernel->packed_bytes);
    if (step->packed == NULL)
        return PEER_FAILED;
    step->kernel->pack(weights, bias, slope, step->packed);
    return PEER_OK;
}

/* Tensors between the stages; what a kernel keeps inside is its workspace. */
static bool make_tensors(struct peer_net *made, const struct net *net)
{
    const size_t count = net->stage_count + 1;
    size_t *sizes = calloc(count, sizeof *sizes), *last_use = calloc(count, sizeof *last_use);
    bool done = sizes != NULL && last_use != NULL;
    for (size_t i = 0; done && i < count; ++i) {
        sizes[i] = i == 0 ? sepcc_stage_input_count(net->stages[0].stage)
                          : sepcc_stage_output_count(net->stages[i - 1].stage);
        last_use[i] = i + 1;
    }
    done = done && chain_memory_make(&made->memory, count, sizes, last_use);
    for (size_t i = 0; done && i < net->stage_count; ++i) {
        made->steps[i].in = made->memory.tensors[i];
        made->steps[i].out = made->memory.tensors[i + 1];
    }
    made->out_count = done ? sizes[count - 1] : 0;
    free(sizes);
    free(last_use);
    return done;
}

static bool make_workspace(struct peer_net *made)
{
    size_t bytes = 0;
    for (size_t i = 0; i < made->step_count; ++i)
        if (made->steps[i].kernel->workspace_bytes > bytes)
            bytes = made->steps[i].kernel->workspace_bytes;
    made->workspace = sepcc_alloc(bytes);
    return made->workspace != NULL;
}

static void close_net(struct peer_net *opened)
{
    for (size_t i = 0; opened->steps != NULL && i < opened->step_count; ++i)
        sepcc_free(opened->steps[i].packed);
    free(opened->steps);
    chain_memory_free(&opened->memory);
    sepcc_free(opened->workspace);
    free(opened);
}

static enum peer_status fill_net(struct peer_net *made, const struct peer_context *context,
                                 const struct net *net, char message[PEER_TEXT_MAX])
{
    enum peer_status status = PEER_OK;
    for (size_t i = 0; i < net->stage_count && status == PEER_OK; ++i) {
        struct step *step = &made->steps[i];
        step->kernel = find_kernel(context, net->stages[i].spec);
        if (step->kernel == NULL) {
            snprintf(message, PEER_TEXT_MAX, "no kernel for %.200s", net->stages[i].spec);
            return PEER_FAILED;
        }
        status = pack(step, net, &net->stages[i]);
    }
    if (status == PEER_OK && (!make_tensors(made, net) || !make_workspace(made)))
        status = PEER_FAILED;
    if (status != PEER_OK)
        snprintf(message, PEER_TEXT_MAX, "%s", sepcc_status_text(SEPCC_E_MEMORY));
    return status;
}

static enum peer_status open_net(struct peer_context *context, const struct net *net, const float *in,
                                 struct peer_net **opened, char message[PEER_TEXT_MAX])
{
    struct peer_net *made = calloc(1, sizeof *made);
    if (made != NULL)
        made->steps = calloc(net->stage_count, sizeof *made->steps);
    if (made == NULL || made->steps == NULL) {
        free(made);
        snprintf(message, PEER_TEXT_MAX, "%s", sepcc_status_text(SEPCC_E_MEMORY));
        return PEER_FAILED;
    }
    made->pool = context->pool;
    made->step_count = net->stage_count;
    const enum peer_status status = fill_net(made, context, net, message);
    if (status != PEER_OK) {
        close_net(made);
        return status;
    }
    memcpy(made->memory.tensors[0], in, sepcc_stage_input_count(net->stages[0].stage) * sizeof *in);
    *opened = made;
    return PEER_OK;
}

static enum peer_status run(struct peer_net *opened)
{
    for (size_t i = 0; i < opened->step_count; ++i) {
        const struct step *step = &opened->steps[i];
        const struct sepcc_kernel *kernel = step->kernel;
        if (opened->pool == NULL)
            kernel->run(step->in, step->out, step->packed, opened->workspace, 0, kernel->unit_count);
        else if (sepcc_run(kernel, opened->pool, step->in, step->out, step->packed) != SEPCC_OK)
            return PEER_FAILED;
    }
    return PEER_OK;
}

static enum peer_status read_output(struct peer_net *opened, float *out)
{
    memcpy(out, opened->memory.tensors[opened->step_count], opened->out_count * sizeof *out);
    return PEER_OK;
}

const struct peer peer_sepcc = {
    .name = "sepcc",
    .remark = "",
    .start = start,
    .stop = stop,
    .rest = rest,
    .open = open_net,
    .close = close_net,
    .run = run,
    .read = read_output,
};
