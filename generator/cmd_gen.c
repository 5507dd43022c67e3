/*
 * cmd_gen.c: `sepcc gen`: stages -> plans -> kernels -> a bundle's folder, or its single-file form.
 */
#include "bundle.h"
#include "commands.h"
#include "dependencies.h"

#include <stdio.h>

enum exit_status cmd_gen(const struct options *options)
{
    if (options->output == NULL)
        return usage_error(options->command, "no folder is given, expected -o DIR");
    struct bundle bundle;
    size_t changed = 0;
    enum exit_status status = bundle_plan(options, &bundle);
    if (status == STATUS_DONE && options->single_file)
        status = bundle_write_single(&bundle, options->output, options->jobs, &changed);
    else if (status == STATUS_DONE)
        status = bundle_write(&bundle, options->output, options->jobs, &changed);
    if (status == STATUS_DONE)
        status = dependencies_write(options, &bundle);
    if (status == STATUS_DONE)
        printf("%s: %zu stages, %zu kernels, %zu files changed\n", options->output, bundle.stages.count,
               bundle.kernel_count, changed);
    bundle_free(&bundle);
    return status;
}
