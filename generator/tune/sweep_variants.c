/*
 * sweep_variants.c: the winner of a stage compiled otherwise: a small second dimension, tried on winners
 * alone.
 *
 * A variant's trial has its own compiler in the key. Its ratio is to the untuned plan by the sweep's own
 * compiler and flags, so that all trials of a stage can be compared.
 */
#include "tune/sweep.h"

#include "base/process.h"
#include "database/key.h"

#include <stdlib.h>

/* What is tried, where the compiler is there: the sweep's own or gcc, which is a cross compiler for a target
 * of another architecture. name: on a target. */
static const struct variant {
    const char *name, *flags;
    bool gcc, clang; /* clang: the flags are clang's */
} variants[] = {
    {"o3", "-O3", false, false},
    {"plain", "-O2 -fno-slp-vectorize -fno-vectorize", false, true},
    {"unscheduled", "-O2 -mllvm -enable-misched=false", false, true},
    {"gcc_o2", "-O2", true, false},
    {"gcc_o3", "-O3", true, false},
};

enum { VARIANT_COUNT = sizeof variants / sizeof variants[0] };

/* A variant as it is tried: its batch holds the winner alone. */
struct attempt {
    struct options options; /* with its compiler */
    struct batch batch;
    struct candidate candidate;
    struct text compiler; /* of the key */
    bool taken;
};

/* Whether it can be tried, and what its key says. */
static enum exit_status find_compiler(const struct sweep *sweep, const struct variant *variant,
                                      struct attempt *attempt)
{
    struct compiler compiler;
    const enum isa_arch arch = sweep->remote != NULL ? sweep->remote->arch : isa_host_arch();
    const char *cc = variant->gcc ? compiler_gcc(arch) : sweep->options->cc;
    if (cc != NULL && !program_exists(cc))
        return STATUS_DONE;
    enum exit_status status = compiler_open(cc, NULL, arch, &compiler);
    if (status != STATUS_DONE)
        return status;
    attempt->taken = !variant->clang || compiler_is_clang(&compiler);
    status = tune_key_compiler(&compiler, variant->flags, &attempt->compiler);
    compiler_close(&compiler);
    attempt->options = *sweep->options;
    attempt->options.cc = cc;
    return status;
}

static enum exit_status prepare(struct sweep *sweep, const struct sweep_stage *stage,
                                const struct variant *variant, const char *plan, struct attempt *attempt)
{
    bool known = false;
    enum exit_status status = find_compiler(sweep, variant, attempt);
    if (status == STATUS_DONE && attempt->taken)
        status = sweep_has_variant(sweep, stage, attempt->compiler.data, plan, &known);
    attempt->taken = attempt->taken && !known && status == STATUS_DONE;
    if (!attempt->taken)
        return status;
    attempt->candidate.plan = plan;
    attempt->batch = sweep_batch(sweep, stage, &attempt->candidate, 1);
    attempt->batch.options = &attempt->options;
    attempt->batch.flags = variant->flags;
    attempt->batch.part = variant->name;
    return batch_prepare(&attempt->batch);
}

static enum exit_status race_attempts(struct sweep *sweep, const struct sweep_stage *stage,
                                      struct batch *untuned, struct attempt attempts[])
{
    struct batch *batches[VARIANT_COUNT + 1] = {untuned};
    struct sweep_runners runners = {.candidates = {&untuned->items[0]}, .batches = {untuned}, .count = 1};
    for (size_t v = 0; v < VARIANT_COUNT; ++v)
        if (attempts[v].taken && !attempts[v].candidate.decided) {
            batches[runners.count] = &attempts[v].batch;
            runners.candidates[runners.count] = &attempts[v].candidate;
            runners.batches[runners.count++] = &attempts[v].batch;
        }
    enum exit_status status = STATUS_DONE;
    if (untuned->items[0].decided)
        return STATUS_DONE;
    sweep_progress(sweep, "timing other compilers and flags");
    if (runners.count > 1 && sweep->remote != NULL)
        status = batch_send(batches, runners.count);
    if (runners.count > 1 && status == STATUS_DONE)
        status = sweep_time(sweep, stage, &runners, false);
    for (size_t v = 0; status == STATUS_DONE && v < VARIANT_COUNT; ++v)
        if (attempts[v].taken)
            status = sweep_add(sweep, stage, &attempts[v].batch, &attempts[v].candidate, false,
                               attempts[v].compiler.data);
    return status;
}

enum exit_status sweep_variants(struct sweep *sweep, struct sweep_stage *stage)
{
    const char *plan = stage->space.plans[stage->confirmed].text;
    struct attempt *attempts = calloc(VARIANT_COUNT, sizeof *attempts);
    struct candidate base = {.plan = stage->space.plans[0].text};
    struct batch untuned = sweep_batch(sweep, stage, &base, 1);
    bool any = false;
    enum exit_status status = attempts == NULL ? diag_memory() : STATUS_DONE;
    sweep_progress(sweep, "building by other compilers and flags");
    for (size_t v = 0; status == STATUS_DONE && v < VARIANT_COUNT; ++v) {
        status = prepare(sweep, stage, &variants[v], plan, &attempts[v]);
        any |= attempts[v].taken;
    }
    if (status == STATUS_DONE && any)
        status = batch_prepare(&untuned);
    if (status == STATUS_DONE && any)
        status = race_attempts(sweep, stage, &untuned, attempts);
    batch_close(&untuned);
    for (size_t v = 0; attempts != NULL && v < VARIANT_COUNT; ++v) {
        batch_close(&attempts[v].batch);
        text_free(&attempts[v].compiler);
    }
    free(attempts);
    return status;
}
