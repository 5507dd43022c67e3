/*
 * kernels.c: sepcc's side: a layer list planned, written, compiled and loaded as `sepcc bench` does it.
 */
#include "kernels.h"

#include "base/process.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct command command = {.name = "bench", .bit = FOR_BENCH, .default_isa = "best"};

/* The words that `sepcc bench` would be given. */
static enum exit_status parse(const struct arguments *arguments, struct options *options)
{
    const char *const given[][2] = {{"-f", arguments->file},
                                    {"--isa", arguments->isa},
                                    {"--plan", arguments->plan},
                                    {"--wisdom", arguments->wisdom}};
    char *words[1 + 2 * sizeof given / sizeof given[0] + 1] = {(char *)"bench"};
    int count = 1;
    for (size_t i = 0; i < sizeof given / sizeof given[0]; ++i)
        if (given[i][1] != NULL) {
            words[count++] = (char *)given[i][0];
            words[count++] = (char *)given[i][1];
        }
    return options_parse(&command, count, words, options);
}

static enum exit_status check_isa(struct kernels *kernels)
{
    const struct bundle *bundle = &kernels->build.bundle;
    kernels->isa = bundle->isa[0];
    if (bundle->isa_count == 1 && (sepcc_cpu_isas() & (1u << kernels->isa->id)) != 0)
        return STATUS_DONE;
    return diag_error(DIAG_ISA, (struct position){"--isa", 0, 0},
                      "expected one ISA that `sepcc isas` lists as native");
}

static enum exit_status load(struct kernels *kernels)
{
    char message[512], symbol[64];
    char *library = NULL, *peaks = NULL;
    enum exit_status status = build_library(&kernels->build, isa_host_arch(), false, &library);
    if (status == STATUS_DONE)
        status = build_peaks(&kernels->build, kernels->build.bundle.isas, &peaks);
    if (status == STATUS_DONE && sepcc_library_open(library, kernels->build.bundle.name, &kernels->library,
                                                    message, sizeof message) != SEPCC_OK)
        status = diag_error(DIAG_LOAD, (struct position){.file = library}, "%s", message);
    if (status == STATUS_DONE) {
        kernels->peaks = dlopen(peaks, RTLD_NOW | RTLD_LOCAL);
        if (kernels->peaks == NULL)
            status = diag_error(DIAG_LOAD, NOWHERE, "the peak loops cannot be loaded: %s", dlerror());
    }
    snprintf(symbol, sizeof symbol, "sepcc_peak_%s", kernels->isa->name);
    if (status == STATUS_DONE)
        kernels->peak = dlsym(kernels->peaks, symbol);
    free(library);
    free(peaks);
    return status;
}

/* The first line of `clang --version`. */
static enum exit_status ask_compiler(struct kernels *kernels)
{
    const char *const argv[] = {kernels->options.cc != NULL ? kernels->options.cc : "clang", "--version",
                                NULL};
    struct process process = {.argv = argv};
    const enum exit_status status = process_run(&process);
    if (status == STATUS_DONE && process.output.length > 0)
        snprintf(kernels->compiler, sizeof kernels->compiler, "%.*s", (int)strcspn(process.output.data, "\n"),
                 process.output.data);
    process_free(&process);
    return status;
}

enum exit_status kernels_open(const struct arguments *arguments, struct kernels *kernels)
{
    struct bundle bundle = {0};
    *kernels = (struct kernels){0};
    enum exit_status status = parse(arguments, &kernels->options);
    if (status == STATUS_DONE)
        status = bundle_plan(&kernels->options, &bundle);
    if (status == STATUS_DONE)
        status = build_open(&kernels->options, &bundle, true, &kernels->build);
    if (status == STATUS_DONE)
        status = check_isa(kernels);
    if (status == STATUS_DONE)
        status = load(kernels);
    if (status == STATUS_DONE)
        status = ask_compiler(kernels);
    bundle_free(&bundle);
    return status;
}

size_t kernels_tuned(const struct kernels *kernels)
{
    const struct bundle *bundle = &kernels->build.bundle;
    size_t tuned = 0;
    for (size_t i = 0; i < bundle->choice_count; ++i)
        tuned += bundle->choices[i].source == PLAN_TUNED;
    return tuned;
}

void kernels_close(struct kernels *kernels)
{
    sepcc_library_close(kernels->library);
    if (kernels->peaks != NULL)
        dlclose(kernels->peaks);
    build_close(&kernels->build);
    options_free(&kernels->options);
}
