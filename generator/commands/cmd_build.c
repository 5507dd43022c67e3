/*
 * cmd_build.c: `sepcc build`: a bundle's folder, and a static and a shared library per architecture in it.
 */
#include "bundle/build.h"
#include "bundle/dependencies.h"
#include "commands/commands.h"
#include "inspect/inspect.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec * 1e-9;
}

static enum exit_status build_all(struct build *build)
{
    static const enum isa_arch archs[] = {ARCH_X86_64, ARCH_AARCH64};
    enum exit_status status = STATUS_DONE;
    for (size_t i = 0; status == STATUS_DONE && i < sizeof archs / sizeof archs[0]; ++i) {
        char *library = NULL;
        if (!build_has_kernels(&build->bundle, archs[i]))
            continue;
        status = build_library(build, archs[i], true, &library);
        if (status == STATUS_DONE)
            status = inspect_warn(build, archs[i]);
        if (status == STATUS_DONE)
            printf("%s\n", library);
        free(library);
    }
    return status;
}

enum exit_status cmd_build(const struct options *options)
{
    if (options->output == NULL)
        return usage_error(options->command, "no folder is given, expected -o DIR");
    const double start = now();
    struct bundle bundle;
    struct build build = {0};
    enum exit_status status = bundle_plan(options, &bundle);
    if (status == STATUS_DONE)
        status = build_open(options, &bundle, false, &build);
    if (status == STATUS_DONE)
        status = build_all(&build);
    if (status == STATUS_DONE)
        status = dependencies_write(options, &build.bundle);
    if (status == STATUS_DONE)
        printf("%s: %zu kernels, %zu objects compiled, %zu from the cache, %.1f s\n", options->output,
               build.bundle.kernel_count, build.compiled, build.cached, now() - start);
    build_close(&build);
    bundle_free(&bundle);
    return status;
}
