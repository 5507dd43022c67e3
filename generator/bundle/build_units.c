/*
 * build_units.c: lists of compilations, and what is linked of their objects.
 */
#include "bundle/build_units.h"

#include "base/files.h"
#include "base/grow.h"
#include "base/process.h"
#include "base/temporary.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- a list of compilations ------------------------------------------------------------------------ */

void units_free(struct unit_list *list)
{
    for (size_t i = 0; i < list->count; ++i) {
        free(list->items[i].source);
        free(list->items[i].object);
        free(list->items[i].flags);
    }
    free(list->items);
    *list = (struct unit_list){0};
}

static struct unit *units_grow(struct unit_list *list)
{
    struct unit *items = grow(list->items, list->count, &list->capacity, sizeof *items);
    if (items == NULL)
        return NULL;
    list->items = items;
    struct unit *unit = &list->items[list->count++];
    *unit = (struct unit){0};
    return unit;
}

enum exit_status units_add(struct unit_list *list, const char *source_folder, const char *object_folder,
                           const char *name, const char *include, const char *flags)
{
    struct unit *unit = units_grow(list);
    struct text source = {0}, object = {0};
    text_printf(&source, "%s/%s.c", source_folder, name);
    text_printf(&object, "%s/%s.o", object_folder, name);
    char *copy = strdup(flags);
    if (unit == NULL || source.failed || object.failed || copy == NULL) {
        text_free(&source);
        text_free(&object);
        free(copy);
        return diag_memory();
    }
    unit->source = source.data;
    unit->object = object.data;
    unit->flags = copy;
    size_t count = 0;
    unit->args[count++] = "-I";
    unit->args[count++] = include;
    char *rest = NULL;
    for (char *word = strtok_r(copy, " ", &rest); word != NULL && count < UNIT_ARGUMENTS_MAX;
         word = strtok_r(NULL, " ", &rest))
        unit->args[count++] = word;
    return STATUS_DONE;
}

/* Of one kernel; more and prefix as in units_add_kernels. Free with text_free. */
static struct text kernel_flags(const struct build *build, const struct kernel *kernel, const char *more,
                                const char *prefix)
{
    struct text flags = {0};
    text_printf(&flags, "%s %s %s", kernel->isa->flags, more, build->flags != NULL ? build->flags : "");
    if (prefix != NULL)
        text_printf(&flags, " -D%s=%s_%s", kernel->name, prefix, kernel->name);
    return flags;
}

enum exit_status units_add_kernels(const struct build *build, enum isa_arch arch, const char *object_folder,
                                   const struct isa *only, const char *more, const char *prefix,
                                   struct unit_list *list)
{
    enum exit_status status = STATUS_DONE;
    for (size_t k = 0; status == STATUS_DONE && k < build->bundle.kernel_count; ++k) {
        const struct kernel *kernel = &build->bundle.kernels[k];
        if (only != NULL ? kernel->isa != only : !isa_is_for(kernel->isa, arch))
            continue;
        struct text flags = kernel_flags(build, kernel, more, prefix);
        status = flags.failed
                     ? diag_memory()
                     : units_add(list, build->folder, object_folder, kernel->name, build->folder, flags.data);
        text_free(&flags);
        if (status == STATUS_DONE)
            list->items[list->count - 1].kernel = true;
    }
    return status;
}

/* ---- compiling --------------------------------------------------------------------------------------- */

static enum exit_status compile_by(struct build *build, const struct compiler *compiler,
                                   const struct unit_list *units)
{
    struct compile_job *jobs = calloc(units->count, sizeof *jobs);
    if (jobs == NULL)
        return diag_memory();
    for (size_t i = 0; i < units->count; ++i)
        jobs[i] = (struct compile_job){.name = path_base(units->items[i].source),
                                       .source = units->items[i].source,
                                       .args = units->items[i].args,
                                       .kernel = units->items[i].kernel,
                                       .object = units->items[i].object};
    const enum exit_status status = compile_all(compiler, jobs, units->count, build->options->jobs);
    for (size_t i = 0; status == STATUS_DONE && i < units->count; ++i)
        ++*(jobs[i].cached ? &build->cached : &build->compiled);
    free(jobs);
    return status;
}

static enum exit_status open_compiler(const struct build *build, enum isa_arch arch,
                                      struct compiler *compiler)
{
    const char *target = arch == isa_host_arch() ? NULL : build->options->target;
    return compiler_open(build->options->cc, target, arch, compiler);
}

enum exit_status units_compile(struct build *build, enum isa_arch arch, const struct unit_list *list)
{
    struct compiler compiler;
    enum exit_status status = open_compiler(build, arch, &compiler);
    if (status != STATUS_DONE)
        return status;
    status = compile_by(build, &compiler, list);
    compiler_close(&compiler);
    return status;
}

/* ---- ar -------------------------------------------------------------------------------------------- */

static enum exit_status run_ar(const char *const *argv)
{
    struct process process = {.argv = argv};
    if (!program_exists(argv[0]))
        return diag_error(DIAG_TOOL, NOWHERE, "ar is missing, expected it in PATH: apt-get install binutils");
    enum exit_status status = process_run(&process);
    if (status == STATUS_DONE && process.exit_code != 0) {
        const char *message = process.error.length > 0 ? process.error.data : "no message";
        status = diag_error(DIAG_TOOL, NOWHERE, "ar ended with status %d, expected 0: %.*s",
                            process.exit_code, (int)strcspn(message, "\n"), message);
    }
    process_free(&process);
    return status;
}

/* Archives the objects; the archive appears by rename. */
static enum exit_status make_archive(const char *const *objects, size_t count, const char *output)
{
    const char **argv = calloc(count + 4, sizeof *argv);
    char *name = temporary_name(output);
    struct temporary *temporary = name != NULL ? temporary_register(name) : NULL;
    enum exit_status status = STATUS_DONE;
    if (argv == NULL || temporary == NULL) {
        status = diag_memory();
    } else {
        argv[0] = "ar";
        argv[1] = "rcsD"; /* D: no dates, no owners */
        argv[2] = name;
        memcpy(argv + 3, objects, count * sizeof *objects);
        status = run_ar(argv);
        if (status == STATUS_DONE && rename(name, output) != 0)
            status = diag_error(DIAG_IO, NOWHERE, "cannot rename %s: %s", output, strerror(errno));
    }
    if (status == STATUS_DONE)
        temporary_forget(temporary);
    else
        temporary_remove(temporary);
    free(name);
    free(argv);
    return status;
}

/* ---- linking ---------------------------------------------------------------------------------------- */

enum exit_status units_link(const struct build *build, enum isa_arch arch, const struct unit_list lists[],
                            size_t count, enum link_kind kind, const char *output, const char *archive)
{
    struct compiler compiler;
    size_t total = 0;
    for (size_t l = 0; l < count; ++l)
        total += lists[l].count;
    const char **objects = calloc(total + 1, sizeof *objects);
    if (objects == NULL)
        return diag_memory();
    total = 0;
    for (size_t l = 0; l < count; ++l)
        for (size_t i = 0; i < lists[l].count; ++i)
            objects[total++] = lists[l].items[i].object;
    enum exit_status status = open_compiler(build, arch, &compiler);
    if (status == STATUS_DONE) {
        status = link_objects(&compiler, kind, objects, total, output);
        compiler_close(&compiler);
    }
    if (status == STATUS_DONE && archive != NULL)
        status = make_archive(objects, total, archive);
    free(objects);
    return status;
}
