/*
 * batch.c: plans of one stage are made into a bundle with a stage for each, compiled in parallel,
 * disassembled and proved.
 */
#include "tune/batch.h"

#include "base/process.h"
#include "inspect/code_size.h"
#include "inspect/inspect.h"
#include "inspect/mca.h"
#include "plan/bound.h"
#include "plan/predict.h"
#include "tune/remote.h"
#include "verify/prove.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct position at_plan = {"--plan", 0, 0};

/* ---- telling --------------------------------------------------------------------------------------- */

void candidate_command(const struct batch *batch, const struct candidate *candidate, const char *command,
                       struct text *text)
{
    char spec[SPEC_TEXT_MAX];
    const char *prefix = batch->options->remote;
    /* What is found by running it shows again where it ran. */
    const bool there = prefix != NULL && (strcmp(command, "bench") == 0 || strcmp(command, "verify") == 0);
    spec_print(batch->spec, 0, spec);
    text_printf(text, "sepcc %s '%s' --isa %s --plan %s", there ? "tune" : command, spec, batch->isa->name,
                candidate->plan);
    if (batch->options->cc != NULL)
        text_printf(text, " --cc %s", batch->options->cc);
    if (there) {
        text_puts(text, " --db again.db --remote '");
        for (; *prefix != '\0'; ++prefix)
            if (*prefix == '\'')
                text_puts(text, "'\\''");
            else
                text_append(text, prefix, 1);
        text_puts(text, "'");
        if (batch->options->threads > 1)
            text_printf(text, " --threads %u", batch->options->threads);
    }
}

/* Ends a candidate: what was found, in one line, and the command that shows it again. */
static void decide(const struct batch *batch, struct candidate *candidate, enum tune_outcome outcome,
                   const char *found, const char *command)
{
    struct text again = {0};
    candidate_command(batch, candidate, command, &again);
    candidate->decided = true;
    candidate->outcome = outcome;
    (void)snprintf(candidate->detail, sizeof candidate->detail, "%.*s; again: %s", (int)strcspn(found, "\n"),
                   found, again.data != NULL ? again.data : "");
    for (char *at = candidate->detail; *at != '\0'; ++at)
        if ((unsigned char)*at < ' ' || *at == 0x7f)
            *at = ' ';
    text_free(&again);
}

/* ---- building -------------------------------------------------------------------------------------- */

/* A bundle with a stage for each candidate that is not decided, or for one alone (only: not count). */
static enum exit_status make_bundle(const struct batch *batch, size_t only, struct bundle *bundle)
{
    *bundle = (struct bundle){.isa_count = 1, .isas = 1u << batch->isa->id};
    (void)snprintf(bundle->name, sizeof bundle->name, "candidates");
    bundle->isa[0] = batch->isa;
    bundle->stages.items = calloc(batch->count, sizeof *bundle->stages.items);
    bundle->unique = calloc(batch->count, sizeof *bundle->unique);
    bundle->kernels = calloc(batch->count, sizeof *bundle->kernels);
    if (bundle->stages.items == NULL || bundle->unique == NULL || bundle->kernels == NULL)
        return diag_memory();
    for (size_t c = 0; c < batch->count; ++c) {
        struct plan_request request;
        const size_t i = bundle->kernel_count;
        if (batch->items[c].decided || (only < batch->count && only != c))
            continue;
        bundle->stages.items[i] = *batch->spec;
        (void)snprintf(bundle->stages.items[i].name, SPEC_NAME_MAX, "stage%zu", i);
        bundle->unique[i] = i;
        bundle->stages.count = bundle->unique_count = bundle->kernel_count = i + 1;
        enum exit_status status = plan_request_parse(batch->items[c].plan, at_plan, &request);
        if (status == STATUS_DONE)
            status = kernel_prepare(batch->spec, batch->isa, &request, at_plan, &bundle->kernels[i]);
        if (status != STATUS_DONE)
            return status;
    }
    return STATUS_DONE;
}

static enum isa_arch arch_of(const struct batch *batch)
{
    return batch->remote != NULL ? batch->remote->arch : isa_host_arch();
}

static enum exit_status build_once(struct batch *batch, size_t only, char **library)
{
    struct bundle bundle;
    batch->build = (struct build){0};
    enum exit_status status = make_bundle(batch, only, &bundle);
    if (status == STATUS_DONE)
        status = build_open(batch->options, &bundle, true, &batch->build);
    bundle_free(&bundle);
    batch->build.flags = batch->flags;
    if (status == STATUS_DONE)
        status = build_library(&batch->build, arch_of(batch), false, library);
    return status;
}

/* Whether what was printed of a failed build is the candidate's own fault. */
static bool is_own_fault(const char *message)
{
    static const enum diag_code own[] = {DIAG_COMPILE, DIAG_TEMPLATE, DIAG_PLAN_IMPOSSIBLE};
    for (size_t i = 0; i < sizeof own / sizeof own[0]; ++i) {
        char slug[64];
        (void)snprintf(slug, sizeof slug, "[%s]", diag_slug(own[i]));
        if (strstr(message, slug) != NULL)
            return true;
    }
    return false;
}

/* Builds each alone, to learn which cannot be built. */
static enum exit_status find_unbuilt(struct batch *batch)
{
    for (size_t c = 0; c < batch->count; ++c) {
        char message[1024] = "", *library = NULL;
        if (batch->items[c].decided)
            continue;
        diag_capture(message, sizeof message);
        const enum exit_status status = build_once(batch, c, &library);
        diag_capture(NULL, 0);
        free(library);
        build_close(&batch->build);
        if (status == STATUS_DONE)
            continue;
        if (!is_own_fault(message)) {
            fputs(message, stderr);
            return status;
        }
        decide(batch, &batch->items[c], TUNE_UNBUILT, message, "build");
    }
    return STATUS_DONE;
}

static size_t count_open(const struct batch *batch)
{
    size_t open = 0;
    for (size_t c = 0; c < batch->count; ++c)
        open += !batch->items[c].decided;
    return open;
}

static enum exit_status build_all(struct batch *batch)
{
    char message[4096] = "";
    diag_capture(message, sizeof message);
    enum exit_status status = build_once(batch, batch->count, &batch->library);
    diag_capture(NULL, 0);
    if (status == STATUS_DONE)
        return STATUS_DONE;
    build_close(&batch->build);
    if (!is_own_fault(message)) {
        fputs(message, stderr);
        return status;
    }
    status = find_unbuilt(batch);
    return status == STATUS_DONE && count_open(batch) > 0 ? build_once(batch, batch->count, &batch->library)
                                                          : status;
}

/* ---- looking into it -------------------------------------------------------------------------------- */

/* The candidates that are in the bundle, in its order. */
static struct candidate *candidate_of(const struct batch *batch, size_t kernel)
{
    size_t c = 0;
    for (size_t left = kernel + 1; c < batch->count; ++c)
        if (!batch->items[c].decided && --left == 0)
            break;
    return &batch->items[c];
}

static void take_hot_loops(struct candidate *candidate, const struct hot_loops *loops)
{
    candidate->spills = hot_loops_stack(loops);
    for (size_t l = 0; l < loops->count; ++l)
        candidate->fmas += loops->items[l].fmas;
}

/* Refines predictions by what llvm-mca says of the hottest loop, in whose pace all multiply-adds are taken.
 */
static void take_cycles(struct candidate *candidate, const struct kernel *kernel,
                        const struct hot_loops *loops)
{
    const struct bound_counts counts = bound_count(&kernel->spec, &kernel->plan);
    const struct hot_loop *hottest = loops->count > 0 ? &loops->items[0] : NULL;
    if (hottest == NULL || hottest->cycles <= 0 || hottest->fmas == 0)
        return;
    const double cycles = counts.fmas * hottest->cycles / hottest->fmas;
    if (candidate->cycles < cycles)
        candidate->cycles = cycles;
}

static enum exit_status look_into(struct batch *batch)
{
    const size_t count = batch->build.bundle.kernel_count;
    struct hot_loops *loops = calloc(count + 1, sizeof *loops);
    const struct isa **isas = calloc(count + 1, sizeof *isas);
    const enum isa_arch arch = arch_of(batch);
    char *disassembler = inspect_program(arch, NULL);
    enum exit_status status = loops == NULL || isas == NULL ? diag_memory() : STATUS_DONE;
    for (size_t k = 0; k < count && isas != NULL; ++k)
        isas[k] = batch->isa;
    if (status == STATUS_DONE && disassembler != NULL && batch->isa->arch == arch)
        status = inspect_kernels(&batch->build, arch, loops);
    /* llvm-mca takes as long as compiling: it pays for a few plans only. */
    if (status == STATUS_DONE && batch->whole_proof && program_exists(mca_program))
        status = mca_estimate(isas, loops, count, batch->options->jobs);
    for (size_t k = 0; status == STATUS_DONE && k < count; ++k) {
        take_hot_loops(candidate_of(batch, k), &loops[k]);
        take_cycles(candidate_of(batch, k), &batch->build.bundle.kernels[k], &loops[k]);
    }
    for (size_t k = 0; loops != NULL && k < count; ++k)
        hot_loops_free(&loops[k]);
    free(loops);
    free(isas);
    free(disassembler);
    return status;
}

static enum exit_status take_kernels(struct batch *batch)
{
    const struct bound_rates rates = bound_rates_model(batch->isa);
    for (size_t k = 0; k < batch->build.bundle.kernel_count; ++k) {
        const struct kernel *kernel = &batch->build.bundle.kernels[k];
        struct candidate *candidate = candidate_of(batch, k);
        const struct bound_counts counts = bound_count(&kernel->spec, &kernel->plan);
        char *object = build_object(&batch->build, arch_of(batch), kernel->name);
        if (object == NULL)
            return diag_memory();
        candidate->kernel = kernel;
        candidate->code_bytes = code_size(object);
        candidate->cycles = predict_cycles(&kernel->spec, &kernel->plan);
        candidate->bound = bound_of(&counts, &rates).time;
        candidate->flop = 2.0 * (double)sepcc_stage_fma_count(&kernel->spec.stage);
        free(object);
    }
    return STATUS_DONE;
}

/*
 * Spills beyond the untuned plan's, as far as they weigh: one for each four multiply-adds of the hot loops
 * more than it has.
 */
static void refuse_spills(struct batch *batch)
{
    const struct candidate *untuned = &batch->items[0];
    for (size_t c = 1; c < batch->count; ++c) {
        struct candidate *candidate = &batch->items[c];
        char found[128];
        if (candidate->decided || candidate->spills <= untuned->spills + candidate->fmas / 4)
            continue;
        (void)snprintf(found, sizeof found, "%u stack references beside %u multiply-adds in hot loops",
                       candidate->spills, candidate->fmas);
        decide(batch, candidate, TUNE_SPILLED, found, "asm");
    }
}

/* ---- proving ---------------------------------------------------------------------------------------- */

static enum tune_outcome outcome_of(enum sepcc_status status)
{
    return status == SEPCC_E_CRASH ? TUNE_CRASHED : status == SEPCC_E_TIMEOUT ? TUNE_HUNG : TUNE_WRONG;
}

/* What a proof found; one that could not be made for want of memory is no candidate's fault. */
static enum exit_status take_proof(struct batch *batch, struct candidate *candidate,
                                   const struct sepcc_verify_result *result)
{
    if (result->status == SEPCC_E_MEMORY)
        return diag_memory();
    if (result->status != SEPCC_OK)
        decide(batch, candidate, outcome_of(result->status), result->message, "verify");
    return STATUS_DONE;
}

enum exit_status batch_send(struct batch *const batches[], size_t count)
{
    struct batch *first = batches[0];
    struct runner_part *parts = calloc(count + 1, sizeof *parts);
    char *program = NULL;
    if (parts == NULL)
        return diag_memory();
    for (size_t b = 0; b < count; ++b)
        parts[b] = (struct runner_part){&batches[b]->build, batches[b]->part};
    if (first->chain != NULL)
        parts[count++] = (struct runner_part){first->chain, BATCH_CHAIN};
    enum exit_status status = build_remote_runner(parts, count, first->isa, first->remote->arch, &program);
    if (status == STATUS_DONE)
        status = remote_put(first->remote, program);
    free(parts);
    free(program);
    return status;
}

/* By itself it is the first, whatever it is beside others. */
static enum exit_status send_alone(struct batch *batch)
{
    const char *part = batch->part;
    batch->part = NULL;
    const enum exit_status status = batch_send(&batch, 1);
    batch->part = part;
    return status;
}

static enum exit_status prove_list(struct batch *batch, struct proof *const proofs[], size_t count)
{
    const struct prove_limits limits = {batch->timeout_s, batch->whole_proof ? 0 : 1};
    if (batch->remote == NULL)
        return prove_native(&batch->build, batch->library, proofs, count, &limits);
    const enum exit_status status = send_alone(batch);
    return status == STATUS_DONE ? remote_prove(batch->remote, batch->options->seed, proofs, count, &limits)
                                 : status;
}

static enum exit_status prove_all(struct batch *batch)
{
    const size_t total = batch->build.bundle.kernel_count;
    struct proof *proofs = calloc(total, sizeof *proofs), **list = calloc(total, sizeof *list);
    struct candidate **whose = calloc(total, sizeof *whose);
    enum exit_status status = proofs == NULL || list == NULL || whose == NULL ? diag_memory() : STATUS_DONE;
    size_t count = 0;
    for (size_t c = 0; status == STATUS_DONE && c < batch->count; ++c) {
        if (batch->items[c].kernel == NULL || batch->items[c].decided)
            continue;
        proofs[count].kernel = batch->items[c].kernel;
        list[count] = &proofs[count];
        whose[count++] = &batch->items[c];
    }
    if (status == STATUS_DONE && count > 0)
        status = prove_list(batch, list, count);
    for (size_t i = 0; status == STATUS_DONE && i < count; ++i)
        status = take_proof(batch, whose[i], &proofs[i].result);
    free(proofs);
    free(list);
    free(whose);
    return status;
}

/* ---- all -------------------------------------------------------------------------------------------- */

enum exit_status batch_prepare(struct batch *batch)
{
    enum exit_status status = build_all(batch);
    (void)snprintf(batch->bundle_name, sizeof batch->bundle_name, "candidates");
    if (status != STATUS_DONE || batch->library == NULL)
        return status;
    status = take_kernels(batch);
    if (status == STATUS_DONE)
        status = look_into(batch);
    if (status == STATUS_DONE && batch->spills_count)
        refuse_spills(batch);
    if (status == STATUS_DONE)
        status = prove_all(batch);
    return status;
}

void batch_close(struct batch *batch)
{
    build_close(&batch->build);
    free(batch->library);
    batch->library = NULL;
}
