/*
 * cmd_gen.c: `sepcc gen`: stages -> plans -> kernels -> a bundle's folder, or its single-file form.
 */
#include "bundle/bundle.h"
#include "bundle/dependencies.h"
#include "commands/commands.h"

#include <stdio.h>

static const char *plural(size_t count)
{
    return count == 1 ? "" : "s";
}

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
        printf("%s: %zu stage%s, %zu kernel%s, %zu file%s changed\n", options->output, bundle.stages.count,
               plural(bundle.stages.count), bundle.kernel_count, plural(bundle.kernel_count), changed,
               plural(changed));
    bundle_free(&bundle);
    return status;
}
