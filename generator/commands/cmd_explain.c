/*
 * cmd_explain.c: `sepcc explain`: the plan of each stage and ISA in words, and its bound.
 */
#include "bundle/bundle.h"
#include "commands/commands.h"
#include "plan/bound.h"

#include <stdio.h>

static enum exit_status explain(const struct spec *stage, const struct kernel *kernel,
                                const struct plan_choice *choice)
{
    char spec[SPEC_TEXT_MAX];
    struct text words = {0};
    spec_print(stage, 1, spec);
    plan_explain(&kernel->spec, &kernel->plan, &words);
    bound_explain(&kernel->spec, &kernel->plan, &words);
    const bool failed = words.failed;
    if (!failed)
        printf("Spec: %s\nISA: %s (%s)\nKernel: %s\nPlan from: %s\n%s", spec, kernel->isa->name,
               kernel->isa->summary, kernel->name, choice->why, words.data);
    text_free(&words);
    return failed ? diag_memory() : STATUS_DONE;
}

enum exit_status cmd_explain(const struct options *options)
{
    struct bundle bundle;
    enum exit_status status = bundle_plan(options, &bundle);
    for (size_t s = 0; status == STATUS_DONE && s < bundle.stages.count; ++s)
        for (size_t i = 0; status == STATUS_DONE && i < bundle.isa_count; ++i) {
            if (s + i > 0)
                putchar('\n');
            const struct kernel *kernel = bundle_kernel(&bundle, s, i);
            status = explain(&bundle.stages.items[s], kernel, &bundle.choices[kernel - bundle.kernels]);
        }
    bundle_free(&bundle);
    return status;
}
