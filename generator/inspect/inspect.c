/*
 * inspect.c: runs objdump on objects, in parallel, and hands on what it prints.
 */
#include "inspect/inspect.h"

#include "base/process.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* ---- the disassembler ------------------------------------------------------------------------------ */

/* Names by which Debian has it; those of the host's architecture first. */
static const struct {
    enum isa_arch arch;
    const char *programs[4];
    const char *package;
} disassemblers[] = {
    {ARCH_X86_64,
     {"x86_64-linux-gnu-objdump", "llvm-objdump", "llvm-objdump-19"},
     "binutils-x86-64-linux-gnu"},
    {ARCH_AARCH64,
     {"aarch64-linux-gnu-objdump", "llvm-objdump", "llvm-objdump-19"},
     "binutils-aarch64-linux-gnu"},
};

enum { DISASSEMBLERS = sizeof disassemblers / sizeof disassemblers[0] };

char *inspect_program(enum isa_arch arch, const char *target)
{
    struct text own = {0};
    if (arch == isa_host_arch())
        text_puts(&own, "objdump");
    else if (target != NULL)
        text_printf(&own, "%s-objdump", target);
    if (own.length > 0 && !own.failed && program_exists(own.data))
        return own.data;
    text_free(&own);
    for (size_t d = 0; d < DISASSEMBLERS; ++d)
        for (size_t p = 0; disassemblers[d].arch == arch && disassemblers[d].programs[p] != NULL; ++p)
            if (program_exists(disassemblers[d].programs[p]))
                return strdup(disassemblers[d].programs[p]);
    return NULL;
}

static const char *package_of(enum isa_arch arch)
{
    for (size_t d = 0; d < DISASSEMBLERS; ++d)
        if (disassemblers[d].arch == arch)
            return arch == isa_host_arch() ? "binutils" : disassemblers[d].package;
    return "binutils";
}

/* ---- objects --------------------------------------------------------------------------------------- */

enum { ARGUMENTS = 5 };

static enum exit_status finish(struct process *process, size_t index, void *context)
{
    const struct inspect_job *job = (const struct inspect_job *)context + index;
    enum exit_status status;
    if (process->exit_code != 0 || process->output.data == NULL) {
        const char *said = process->error.data != NULL ? process->error.data : "no message";
        status = diag_error(DIAG_TOOL, (struct position){.file = job->object},
                            "%s ended with status %d, expected 0: %.*s", process->argv[0], process->exit_code,
                            (int)strcspn(said, "\n"), said);
    } else {
        status = hot_loops_find(process->output.data, job->isa, job->loops);
    }
    process_free(process);
    return status;
}

enum exit_status inspect_objects(const struct inspect_job *jobs, size_t count, const char *target,
                                 unsigned parallel)
{
    static const char *const english[] = {"LC_ALL=C", NULL};
    if (count == 0)
        return STATUS_DONE;
    const enum isa_arch arch = jobs[0].isa->arch;
    char *program = inspect_program(arch, target);
    if (program == NULL)
        return diag_error(DIAG_TOOL, NOWHERE,
                          "a disassembler is missing, expected objdump in PATH: apt-get install %s",
                          package_of(arch));
    struct process *processes = calloc(count, sizeof *processes);
    const char *(*arguments)[ARGUMENTS] = calloc(count, sizeof *arguments);
    enum exit_status status = processes == NULL || arguments == NULL ? diag_memory() : STATUS_DONE;
    for (size_t i = 0; status == STATUS_DONE && i < count; ++i) {
        const char *const argv[ARGUMENTS] = {program, "-d", "--no-show-raw-insn", jobs[i].object, NULL};
        memcpy(arguments[i], argv, sizeof argv);
        processes[i] = (struct process){.argv = arguments[i], .environment = english};
        *jobs[i].loops = (struct hot_loops){0};
    }
    if (status == STATUS_DONE)
        status = process_run_all(processes, count, parallel, finish, (void *)jobs);
    for (size_t i = 0; processes != NULL && i < count; ++i)
        process_free(&processes[i]);
    free(processes);
    free(arguments);
    free(program);
    return status;
}

/* ---- the kernels of a build ------------------------------------------------------------------------ */

enum exit_status inspect_kernels(const struct build *build, enum isa_arch arch, struct hot_loops *loops)
{
    const size_t total = build->bundle.kernel_count;
    struct inspect_job *jobs = calloc(total + 1, sizeof *jobs);
    char **objects = calloc(total + 1, sizeof *objects);
    enum exit_status status = jobs == NULL || objects == NULL ? diag_memory() : STATUS_DONE;
    size_t count = 0;
    for (size_t k = 0; status == STATUS_DONE && k < total; ++k) {
        const struct kernel *kernel = &build->bundle.kernels[k];
        if (kernel->isa->arch != arch)
            continue;
        objects[count] = build_object(build, arch, kernel->name);
        if (objects[count] == NULL)
            status = diag_memory();
        jobs[count] = (struct inspect_job){objects[count], kernel->isa, &loops[k]};
        ++count;
    }
    if (status == STATUS_DONE)
        status = inspect_objects(jobs, count, build->options->target, build->options->jobs);
    for (size_t i = 0; objects != NULL && i < count; ++i)
        free(objects[i]);
    free(objects);
    free(jobs);
    return status;
}

/* The loop with the most of them, and how many are in the others. */
static void warn(const struct kernel *kernel, const struct hot_loops *loops)
{
    const struct hot_loop *worst = &loops->items[0];
    const unsigned all = hot_loops_stack(loops);
    struct text others = {0};
    for (size_t l = 1; l < loops->count; ++l)
        if (loops->items[l].stack > worst->stack)
            worst = &loops->items[l];
    if (all == 0)
        return;
    if (all > worst->stack)
        text_printf(&others, ", and %u in its other hot loops", all - worst->stack);
    diag_warning((struct position){.file = kernel->name},
                 "%u stack references beside %u multiply-adds in the %s at %s+0x%" PRIx64 "%s", worst->stack,
                 worst->fmas, worst->is_body ? "code" : "loop", worst->function, worst->offset,
                 others.data == NULL ? "" : others.data);
    text_free(&others);
}

enum exit_status inspect_warn(const struct build *build, enum isa_arch arch)
{
    char *program = inspect_program(arch, build->options->target);
    if (program == NULL) {
        diag_warning(NOWHERE, "spills are not counted without a disassembler: apt-get install %s",
                     package_of(arch));
        return STATUS_DONE;
    }
    free(program);
    const size_t count = build->bundle.kernel_count;
    struct hot_loops *loops = calloc(count + 1, sizeof *loops);
    enum exit_status status = loops == NULL ? diag_memory() : inspect_kernels(build, arch, loops);
    for (size_t k = 0; loops != NULL && k < count; ++k) {
        if (status == STATUS_DONE && loops[k].count > 0)
            warn(&build->bundle.kernels[k], &loops[k]);
        hot_loops_free(&loops[k]);
    }
    free(loops);
    return status;
}
