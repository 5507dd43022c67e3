/*
 * cmd_verify.c: `sepcc verify`: every kernel against the reference, where its ISA can be executed; one line
 * a kernel and a summary.
 */
#include "commands/commands.h"
#include "verify/against.h"
#include "verify/prove.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

struct tally {
    size_t passed, failed, not_executed;
};

/* One proof per kernel of the bundle, with its runner. */
static struct proof *make_proofs(const struct build *build)
{
    struct proof *proofs = calloc(build->bundle.kernel_count, sizeof *proofs);
    if (proofs == NULL)
        diag_memory();
    for (size_t k = 0; proofs != NULL && k < build->bundle.kernel_count; ++k) {
        const struct isa *isa = build->bundle.kernels[k].isa;
        proofs[k].kernel = &build->bundle.kernels[k];
        proofs[k].runner = build->options->emulate ? emulator_for(isa) : runner_for(isa);
    }
    return proofs;
}

/* Those of one ISA (NULL: all) that have that kind of runner. Returns their count. */
static size_t select_proofs(struct proof *proofs, size_t count, const struct isa *isa, enum runner_kind kind,
                            struct proof **selected)
{
    size_t found = 0;
    for (size_t i = 0; i < count; ++i)
        if (proofs[i].runner.kind == kind && (isa == NULL || proofs[i].kernel->isa == isa))
            selected[found++] = &proofs[i];
    return found;
}

static enum exit_status prove_on_this_cpu(struct build *build, struct proof *const *proofs, size_t count)
{
    char *library = NULL;
    if (count == 0)
        return STATUS_DONE;
    enum exit_status status = build_library(build, isa_host_arch(), false, &library);
    if (status == STATUS_DONE)
        status = prove_native(build, library, proofs, count, NULL);
    free(library);
    return status;
}

static enum exit_status prove_under_emulator(struct build *build, const struct isa *isa,
                                             struct proof *const *proofs, size_t count)
{
    char *program = NULL;
    if (count == 0)
        return STATUS_DONE;
    enum exit_status status = build_runner(build, isa, &program);
    if (status == STATUS_DONE)
        status = prove_emulated(build, program, proofs, count);
    free(program);
    return status;
}

static enum exit_status prove_all(struct build *build, struct proof *proofs)
{
    static const enum runner_kind emulators[] = {RUN_QEMU, RUN_BOCHS};
    const size_t count = build->bundle.kernel_count;
    struct proof **selected = calloc(count, sizeof *selected);
    if (selected == NULL)
        return diag_memory();
    enum exit_status status =
        prove_on_this_cpu(build, selected, select_proofs(proofs, count, NULL, RUN_NATIVE, selected));
    for (size_t i = 0; i < build->bundle.isa_count; ++i)
        for (size_t e = 0; status == STATUS_DONE && e < sizeof emulators / sizeof emulators[0]; ++e) {
            const struct isa *isa = build->bundle.isa[i];
            const size_t found = select_proofs(proofs, count, isa, emulators[e], selected);
            status = prove_under_emulator(build, isa, selected, found);
        }
    free(selected);
    return status;
}

/* ---- the report ------------------------------------------------------------------------------------ */

static void print_proof(const struct proof *proof, struct tally *tally)
{
    const char *runner = proof->runner.kind == RUN_NATIVE ? "native" : proof->runner.name;
    printf("%s  %s  %s  ", proof->kernel->name, proof->kernel->isa->name, runner);
    if (!proof->executed) {
        ++tally->not_executed;
        printf("0  SKIP  %s\n", proof->runner.missing);
    } else if (proof->result.status == SEPCC_OK) {
        ++tally->passed;
        printf("%" PRIu64 "  PASS\n", proof->result.trials);
    } else {
        ++tally->failed;
        printf("%" PRIu64 "  FAIL  %s\n", proof->result.trials, proof->result.message);
    }
}

/* A kernel that was to be executed and was not is no success. */
static enum exit_status judge(const struct build *build, const struct proof *proofs,
                              const struct tally *tally)
{
    if (tally->failed > 0)
        return STATUS_WRONG;
    for (size_t i = 0; i < build->bundle.kernel_count; ++i)
        if (!proofs[i].executed && (tally->passed == 0 || build->options->emulate ||
                                    isa_is_named(build->options, proofs[i].kernel->isa)))
            return diag_error(DIAG_TOOL, NOWHERE, "%s was not executed: %s", proofs[i].kernel->isa->name,
                              proofs[i].runner.missing);
    return STATUS_DONE;
}

static enum exit_status report(const struct build *build, const struct proof *proofs)
{
    struct tally tally = {0};
    for (size_t i = 0; i < build->bundle.kernel_count; ++i)
        print_proof(&proofs[i], &tally);
    printf("%zu passed, %zu failed, %zu not executed (seed %" PRIu64 ")\n", tally.passed, tally.failed,
           tally.not_executed, build->options->seed);
    fflush(stdout);
    return judge(build, proofs, &tally);
}

enum exit_status cmd_verify(const struct options *options)
{
    if (options->against != NULL)
        return against_ort(options);
    struct bundle bundle;
    struct build build = {0};
    struct proof *proofs = NULL;
    enum exit_status status = bundle_plan(options, &bundle);
    if (status == STATUS_DONE)
        status = build_open(options, &bundle, false, &build);
    if (status == STATUS_DONE) {
        proofs = make_proofs(&build);
        status = proofs == NULL ? STATUS_ENVIRONMENT : prove_all(&build, proofs);
    }
    if (status == STATUS_DONE)
        status = report(&build, proofs);
    free(proofs);
    build_close(&build);
    bundle_free(&bundle);
    return status;
}
