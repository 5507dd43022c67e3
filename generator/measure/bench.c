/*
 * bench.c: kernels that are built, loaded and measured beside the peak of their ISA.
 */
#include "measure/bench.h"

#include "verify/prove.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MIN_TRIALS = 5, MESSAGE_MAX = 512 };

enum exit_status bench_isas(const struct options *options, isa_set *isas)
{
    const enum exit_status status = wanted_isas(options, isas);
    const isa_set native = sepcc_cpu_isas();
    for (unsigned i = 0; status == STATUS_DONE && i < SEPCC_ISA_COUNT; ++i) {
        const struct isa *isa = isa_get((enum sepcc_isa)i);
        if ((*isas & ~native & (1u << i)) && isa_is_named(options, isa))
            return diag_error(DIAG_TOOL, (struct position){"--isa", 0, 0},
                              "this CPU has no %s, expected one that `sepcc isas` lists as native",
                              isa->name);
    }
    *isas &= native;
    return status;
}

static enum exit_status load_library(struct bench_session *session)
{
    struct build *build = &session->build;
    char message[MESSAGE_MAX];
    enum exit_status status = build_library(build, isa_host_arch(), false, &session->library_path);
    if (status != STATUS_DONE)
        return status;
    if (sepcc_library_open(session->library_path, build->bundle.name, &session->library, message,
                           sizeof message) != SEPCC_OK)
        return diag_error(DIAG_LOAD, (struct position){.file = session->library_path}, "%s", message);
    const struct sepcc_bundle *loaded = sepcc_library_bundle(session->library);
    session->bench.bundle = &build->bundle;
    session->bench.kernels = calloc(build->bundle.kernel_count, sizeof *session->bench.kernels);
    if (session->bench.kernels == NULL)
        return diag_memory();
    for (size_t k = 0; k < build->bundle.kernel_count; ++k) {
        struct bench_kernel *entry = &session->bench.kernels[k];
        entry->kernel = &build->bundle.kernels[k];
        const enum sepcc_status found =
            sepcc_bundle_find(loaded, entry->kernel->name, entry->kernel->digest, &entry->loaded);
        if (found != SEPCC_OK)
            return diag_error(DIAG_LOAD, NOWHERE, "kernel %s: %s", entry->kernel->name,
                              sepcc_status_text(found));
    }
    return STATUS_DONE;
}

static enum exit_status load_peaks(struct bench_session *session)
{
    const enum exit_status status =
        build_peaks(&session->build, session->build.bundle.isas, &session->peaks_path);
    if (status != STATUS_DONE)
        return status;
    session->peaks = dlopen(session->peaks_path, RTLD_NOW | RTLD_LOCAL);
    if (session->peaks == NULL)
        return diag_error(DIAG_LOAD, NOWHERE, "the peak loops cannot be loaded: %s", dlerror());
    return STATUS_DONE;
}

static enum exit_status make_pool(struct bench_session *session, const struct options *options)
{
    session->bench.threads = options->threads;
    if (options->threads == 1)
        return STATUS_DONE;
    const enum sepcc_status made = sepcc_pool_create(options->threads, &session->pool);
    if (made != SEPCC_OK)
        return diag_error(DIAG_TOOL, (struct position){"--threads", 0, 0}, "%s", sepcc_status_text(made));
    return STATUS_DONE;
}

enum exit_status bench_open(const struct options *options, struct bundle *bundle,
                            struct bench_session *session)
{
    *session = (struct bench_session){0};
    enum exit_status status = build_open(options, bundle, true, &session->build);
    if (status == STATUS_DONE)
        status = load_library(session);
    if (status == STATUS_DONE)
        status = load_peaks(session);
    if (status == STATUS_DONE)
        status = make_pool(session, options);
    return status;
}

enum exit_status bench_prove(struct bench_session *session)
{
    const size_t count = session->build.bundle.kernel_count;
    struct proof *proofs = calloc(count, sizeof *proofs);
    struct proof **list = calloc(count, sizeof *list);
    enum exit_status status = proofs == NULL || list == NULL ? diag_memory() : STATUS_DONE;
    for (size_t k = 0; status == STATUS_DONE && k < count; ++k) {
        proofs[k].kernel = &session->build.bundle.kernels[k];
        list[k] = &proofs[k];
    }
    if (status == STATUS_DONE)
        status = prove_native(&session->build, session->library_path, list, count, NULL);
    for (size_t k = 0; status == STATUS_DONE && k < count; ++k) {
        struct bench_kernel *entry = &session->bench.kernels[k];
        entry->proved = proofs[k].result.status == SEPCC_OK;
        memcpy(entry->message, proofs[k].result.message, sizeof entry->message);
    }
    session->bench.verified = status == STATUS_DONE;
    free(proofs);
    free(list);
    return status;
}

enum exit_status bench_verdict(const struct bench *bench)
{
    for (size_t k = 0; bench->verified && k < bench->bundle->kernel_count; ++k)
        if (!bench->kernels[k].proved)
            return STATUS_WRONG;
    return STATUS_DONE;
}

static const struct sepcc_peak *find_peak(void *peaks, const struct isa *isa)
{
    char symbol[64];
    snprintf(symbol, sizeof symbol, "sepcc_peak_%s", isa->name);
    return dlsym(peaks, symbol);
}

enum exit_status bench_measure(struct bench_session *session)
{
    const struct options *options = session->build.options;
    const size_t count = session->build.bundle.kernel_count;
    const struct sepcc_kernel **kernels = calloc(count, sizeof *kernels);
    const struct sepcc_peak **peaks = calloc(count, sizeof *peaks);
    struct sepcc_measure_result *results = calloc(count, sizeof *results);
    const struct sepcc_measure_options how = {
        .seconds = options->seconds, .min_trials = MIN_TRIALS, .pool = session->pool, .seed = options->seed};
    enum exit_status status =
        kernels == NULL || peaks == NULL || results == NULL ? diag_memory() : STATUS_DONE;
    for (size_t k = 0; status == STATUS_DONE && k < count; ++k) {
        kernels[k] = session->bench.kernels[k].loaded;
        peaks[k] = find_peak(session->peaks, session->bench.kernels[k].kernel->isa);
    }
    if (status == STATUS_DONE) {
        progress("measure", 0, count, "all kernels in turn");
        if (sepcc_measure(kernels, peaks, count, &how, results) != SEPCC_OK)
            status = diag_memory();
        progress("", 0, 0, "");
    }
    for (size_t k = 0; status == STATUS_DONE && k < count; ++k)
        session->bench.kernels[k].result = results[k];
    if (status == STATUS_DONE)
        status = bench_bounds(&session->bench, session->pool);
    free(kernels);
    free(peaks);
    free(results);
    return status;
}

void bench_close(struct bench_session *session)
{
    sepcc_pool_destroy(session->pool);
    free(session->bench.kernels);
    sepcc_library_close(session->library);
    if (session->peaks != NULL)
        dlclose(session->peaks);
    free(session->library_path);
    free(session->peaks_path);
    build_close(&session->build);
}
