/*
 * build.c: compiles and links what a bundle's folder holds.
 */
#include "build.h"

#include "cache_folder.h"
#include "facts.h"
#include "sepcc_version.h"
#include "temporary.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- a list of compilations ------------------------------------------------------------------------ */

enum { ARGUMENT_MAX = 12 };

/* One compilation and the strings it owns. */
struct unit {
    char *source, *object;
    char *flags; /* split at its blanks; argv points into it */
    const char *args[ARGUMENT_MAX + 1];
    bool kernel; /* as in struct compile_job */
};

struct unit_list {
    struct unit *items;
    size_t count, capacity;
};

static void units_free(struct unit_list *list)
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
    if (list->count == list->capacity) {
        const size_t capacity = list->capacity == 0 ? 32 : 2 * list->capacity;
        struct unit *items = realloc(list->items, capacity * sizeof *items);
        if (items == NULL)
            return NULL;
        list->items = items;
        list->capacity = capacity;
    }
    struct unit *unit = &list->items[list->count++];
    *unit = (struct unit){0};
    return unit;
}

/*
 * Adds the compilation of source_folder/name.c to object_folder/name.o. include: a folder for -I; flags: more
 * arguments, separated by blanks.
 */
static enum exit_status add_unit(struct unit_list *list, const char *source_folder, const char *object_folder,
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
    for (char *word = strtok_r(copy, " ", &rest); word != NULL && count < ARGUMENT_MAX;
         word = strtok_r(NULL, " ", &rest))
        unit->args[count++] = word;
    return STATUS_DONE;
}

static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash == NULL ? path : slash + 1;
}

static enum exit_status compile_units(struct build *build, const struct compiler *compiler,
                                      const struct unit_list *units)
{
    struct compile_job *jobs = calloc(units->count, sizeof *jobs);
    if (jobs == NULL)
        return diag_memory();
    for (size_t i = 0; i < units->count; ++i)
        jobs[i] = (struct compile_job){.name = base_name(units->items[i].source),
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

static enum exit_status link_units(const struct compiler *compiler, const struct unit_list *units,
                                   enum link_kind kind, const char *output, const char *archive)
{
    const char **objects = calloc(units->count, sizeof *objects);
    if (objects == NULL)
        return diag_memory();
    for (size_t i = 0; i < units->count; ++i)
        objects[i] = units->items[i].object;
    enum exit_status status = link_objects(compiler, kind, objects, units->count, output);
    if (status == STATUS_DONE && archive != NULL)
        status = make_archive(objects, units->count, archive);
    free(objects);
    return status;
}

/* Compiles for an architecture and links all objects; archive (may be NULL) gets them too. */
static enum exit_status compile_and_link(struct build *build, enum isa_arch arch,
                                         const struct unit_list *units, enum link_kind kind,
                                         const char *output, const char *archive)
{
    struct compiler compiler;
    const char *target = arch == isa_host_arch() ? NULL : build->options->target;
    enum exit_status status = compiler_open(build->options->cc, target, arch, &compiler);
    if (status != STATUS_DONE)
        return status;
    status = compile_units(build, &compiler, units);
    if (status == STATUS_DONE)
        status = link_units(&compiler, units, kind, output, archive);
    compiler_close(&compiler);
    return status;
}

/* ---- folders --------------------------------------------------------------------------------------- */

static enum exit_status make_scratch(char **folder)
{
    char *cache = NULL;
    enum exit_status status = cache_folder(&cache);
    const int error = status == STATUS_DONE ? cache_scratch(cache, folder) : 0;
    if (error != 0)
        status = file_write_error(cache, error);
    free(cache);
    return status;
}

enum exit_status build_open(const struct options *options, struct bundle *bundle, bool scratch,
                            struct build *build)
{
    *build = (struct build){.bundle = *bundle, .options = options};
    *bundle = (struct bundle){0};
    if (scratch || options->output == NULL) {
        const enum exit_status status = make_scratch(&build->scratch);
        if (status != STATUS_DONE)
            return status;
        build->folder = path_join(build->scratch, "bundle");
    } else
        build->folder = strdup(options->output);
    if (build->folder == NULL)
        return diag_memory();
    return bundle_write(&build->bundle, build->folder, options->jobs, NULL);
}

void build_close(struct build *build)
{
    if (build->scratch != NULL)
        folder_remove(build->scratch);
    free(build->scratch);
    free(build->folder);
    bundle_free(&build->bundle);
    *build = (struct build){0};
}

const char *build_arch_name(enum isa_arch arch)
{
    if (arch == ARCH_ANY)
        arch = isa_host_arch();
    return arch == ARCH_AARCH64 ? "aarch64" : arch == ARCH_X86_64 ? "x86_64" : "host";
}

bool build_has_isa(const struct isa *isa, enum isa_arch arch)
{
    return isa->arch == ARCH_ANY || isa->arch == arch;
}

bool build_has_kernels(const struct bundle *bundle, enum isa_arch arch)
{
    for (size_t i = 0; i < bundle->isa_count; ++i)
        if (bundle->isa[i]->arch == arch || (bundle->isa[i]->arch == ARCH_ANY && arch == isa_host_arch()))
            return true;
    return false;
}

char *build_object(const struct build *build, enum isa_arch arch, const char *kernel)
{
    struct text path = {0};
    const bool host = arch == isa_host_arch();
    text_printf(&path, "%s/%s%s%s.o", build->folder, host ? "" : build_arch_name(arch), host ? "" : "/",
                kernel);
    if (path.failed)
        text_free(&path);
    return path.data;
}

/* Makes folder/name; the result is malloc'ed, NULL after an error. */
static char *make_subfolder(const char *folder, const char *name)
{
    char *path = path_join(folder, name);
    if (path != NULL && folder_make(path) != STATUS_DONE) {
        free(path);
        return NULL;
    }
    return path;
}

/* ---- libraries ------------------------------------------------------------------------------------- */

/*
 * Bochs 2.7 refuses gathers and scatters whose index is in zmm16 to zmm31 (#UD), and compilers make them of
 * the packing loops; the vectors that the templates write are not affected.
 */
static const char bochs_flags[] = "-fno-tree-vectorize -fno-tree-slp-vectorize";

/* only NULL: the kernels of all ISAs of the architecture, else those of one. more: flags, may be "". */
static enum exit_status add_kernels(const struct build *build, enum isa_arch arch, const char *object_folder,
                                    const struct isa *only, const char *more, struct unit_list *units)
{
    enum exit_status status = STATUS_DONE;
    for (size_t k = 0; status == STATUS_DONE && k < build->bundle.kernel_count; ++k) {
        const struct kernel *kernel = &build->bundle.kernels[k];
        char flags[256];
        snprintf(flags, sizeof flags, "%s %s %s", kernel->isa->flags, more,
                 build->flags != NULL ? build->flags : "");
        if (only != NULL ? kernel->isa != only : !build_has_isa(kernel->isa, arch))
            continue;
        status = add_unit(units, build->folder, object_folder, kernel->name, build->folder, flags);
        if (status == STATUS_DONE)
            units->items[units->count - 1].kernel = true;
    }
    return status;
}

/* The files of a model's weights: bundle_files.c and packed.c name them. */
static enum exit_status add_weights(const struct build *build, const char *object_folder,
                                    struct unit_list *units)
{
    const struct bundle *bundle = &build->bundle;
    if (bundle->weights == NULL)
        return STATUS_DONE;
    char name[2 * SPEC_NAME_MAX + 16];
    snprintf(name, sizeof name, "%s_weights", bundle->name);
    enum exit_status status = add_unit(units, build->folder, object_folder, name, build->folder, "");
    for (size_t s = 0; bundle->weights_file == NULL && status == STATUS_DONE && s < bundle->stages.count;
         ++s) {
        snprintf(name, sizeof name, "%s_weights_%s", bundle->name, bundle->stages.items[s].name);
        status = add_unit(units, build->folder, object_folder, name, build->folder, "");
    }
    return status;
}

enum exit_status build_library(struct build *build, enum isa_arch arch, bool archive, char **library)
{
    const bool host = arch == isa_host_arch();
    char *folder = host ? strdup(build->folder) : make_subfolder(build->folder, build_arch_name(arch));
    if (folder == NULL)
        return host ? diag_memory() : STATUS_ENVIRONMENT;
    struct unit_list units = {0};
    struct text so = {0}, ar = {0};
    text_printf(&so, "%s/lib%s.so", folder, build->bundle.name);
    text_printf(&ar, "%s/lib%s.a", folder, build->bundle.name);
    enum exit_status status = so.failed || ar.failed ? diag_memory() : STATUS_DONE;
    if (status == STATUS_DONE)
        status = add_kernels(build, arch, folder, NULL, "", &units);
    if (status == STATUS_DONE)
        status = add_unit(&units, build->folder, folder, build->bundle.name, build->folder, "");
    if (status == STATUS_DONE)
        status = add_weights(build, folder, &units);
    if (status == STATUS_DONE)
        status = compile_and_link(build, arch, &units, LINK_SHARED, so.data, archive ? ar.data : NULL);
    units_free(&units);
    free(folder);
    text_free(&ar);
    if (status == STATUS_DONE && library != NULL)
        *library = so.data;
    else
        text_free(&so);
    return status;
}

/* ---- the runner ------------------------------------------------------------------------------------ */

/* Files of the runtime that an emulator's program does without: no threads, no dlopen, no tensors in files.
 */
static bool runner_needs(const char *file)
{
    static const char *const left_out[] = {"threads.c", "load.c", "elf_file.c", "npy.c"};
    const size_t length = strlen(file);
    if (length < 3 || strcmp(file + length - 2, ".c") != 0)
        return false;
    for (size_t i = 0; i < sizeof left_out / sizeof left_out[0]; ++i)
        if (strcmp(file, left_out[i]) == 0)
            return false;
    return true;
}

/* runner_flags: of runner.c. */
static enum exit_status add_runtime(const char *object_folder, const char *runner_flags,
                                    struct unit_list *units)
{
    const char *data = data_folder();
    char *folder = data == NULL ? NULL : path_join(data, "runtime");
    struct dirent **entries = NULL;
    const int count = folder == NULL ? -1 : scandir(folder, &entries, NULL, alphasort);
    enum exit_status status = STATUS_DONE;
    if (count < 0)
        status = diag_error(DIAG_IO, NOWHERE, "cannot read the runtime's sources in the data folder: %s",
                            strerror(errno));
    for (int i = 0; i < count; ++i) {
        char name[256];
        const int length = (int)strlen(entries[i]->d_name) - 2;
        if (status == STATUS_DONE && runner_needs(entries[i]->d_name)) {
            snprintf(name, sizeof name, "%.*s", length, entries[i]->d_name);
            status = add_unit(units, folder, object_folder, name, data,
                              strcmp(name, "runner") == 0 ? runner_flags : "-D_GNU_SOURCE");
        }
        free(entries[i]);
    }
    free(entries);
    free(folder);
    return status;
}

/* Lets m4 write folder/name.c. */
static enum exit_status write_source(const char *template, const struct isa *isa, struct text *facts,
                                     const char *folder, const char *name)
{
    struct text source = {0}, path = {0};
    text_printf(&path, "%s/%s.c", folder, name);
    enum exit_status status = facts->failed || path.failed ? diag_memory() : STATUS_DONE;
    if (status == STATUS_DONE)
        status = emit_template(template, isa, facts, &source);
    if (status == STATUS_DONE)
        status = file_write(path.data, source.data, source.length, NULL);
    text_free(&source);
    text_free(&path);
    return status;
}

/* The runner's list of kernels: those of one ISA, in the order of the bundle. */
static enum exit_status write_runner_bundle(const struct build *build, const struct isa *isa,
                                            const char *folder)
{
    struct text facts = {0};
    size_t count = 0;
    text_puts(&facts, "m4_divert(-1)\n");
    fact_string(&facts, SEPCC_VERSION, "VERSION");
    for (size_t k = 0; k < build->bundle.kernel_count; ++k)
        if (build->bundle.kernels[k].isa == isa)
            fact_string(&facts, build->bundle.kernels[k].name, "KERNEL_%zu", count++);
    fact_number(&facts, count, "KERNEL_COUNT");
    text_puts(&facts, "m4_divert(0)m4_dnl\n");
    const enum exit_status status = write_source("runner_bundle.c.m4", NULL, &facts, folder, "runner_bundle");
    text_free(&facts);
    return status;
}

/* What a runner is made of beside the runtime. */
struct runner_parts {
    const struct isa *isa; /* NULL: no kernels */
    enum isa_arch arch;
    const char *flags; /* of the kernels, beside their own */
    bool peak;
};

/* runtime: the folder of sepcc.h. */
static enum exit_status add_peak(const struct isa *isa, const char *folder, const char *runtime,
                                 struct unit_list *units)
{
    struct text facts = {0}; /* peak.m4 needs none */
    char name[32];
    text_puts(&facts, "m4_dnl\n");
    snprintf(name, sizeof name, "peak_%s", isa->name);
    enum exit_status status = write_source("peak.m4", isa, &facts, folder, name);
    if (status == STATUS_DONE)
        status = add_unit(units, folder, folder, name, runtime, isa->flags);
    text_free(&facts);
    return status;
}

static enum exit_status add_parts(const struct build *build, const struct runner_parts *parts,
                                  const char *folder, const char *runtime, struct unit_list *units)
{
    char flags[64] = "-D_GNU_SOURCE";
    enum exit_status status = write_runner_bundle(build, parts->isa, folder);
    if (status == STATUS_DONE && parts->isa != NULL)
        status = add_kernels(build, parts->arch, folder, parts->isa, parts->flags, units);
    if (status == STATUS_DONE && parts->peak) {
        snprintf(flags, sizeof flags, "-D_GNU_SOURCE -DSEPCC_RUNNER_PEAK=sepcc_peak_%s", parts->isa->name);
        status = add_peak(parts->isa, folder, runtime, units);
    }
    if (status == STATUS_DONE)
        status = add_runtime(folder, flags, units);
    if (status == STATUS_DONE)
        status = add_unit(units, folder, folder, "runner_bundle", build->folder, "");
    return status;
}

static enum exit_status make_runner(struct build *build, const struct runner_parts *parts, const char *name,
                                    char **program)
{
    struct unit_list units = {0};
    const char *data = data_folder();
    char *runtime = data == NULL ? NULL : path_join(data, "runtime");
    char *folder = runtime == NULL ? NULL : make_subfolder(build->folder, name);
    char *output = folder == NULL ? NULL : path_join(folder, "runner");
    enum exit_status status =
        output == NULL ? STATUS_ENVIRONMENT : add_parts(build, parts, folder, runtime, &units);
    if (status == STATUS_DONE)
        status = compile_and_link(build, parts->arch, &units, LINK_STATIC_PROGRAM, output, NULL);
    units_free(&units);
    free(runtime);
    free(folder);
    if (status == STATUS_DONE)
        *program = output;
    else
        free(output);
    return status;
}

enum exit_status build_runner(struct build *build, const struct isa *isa, char **program)
{
    const enum isa_arch arch = isa->arch == ARCH_ANY ? isa_host_arch() : isa->arch;
    const struct runner_parts parts = {isa, arch, arch == ARCH_X86_64 ? bochs_flags : "", false};
    char name[32];
    snprintf(name, sizeof name, "runner-%s", isa->name);
    return make_runner(build, &parts, name, program);
}

enum exit_status build_remote_runner(struct build *build, const struct isa *isa, enum isa_arch arch,
                                     char **program)
{
    const struct runner_parts parts = {isa, arch, "", isa != NULL};
    char name[32];
    snprintf(name, sizeof name, "remote-%s", isa != NULL ? isa->name : "none");
    return make_runner(build, &parts, name, program);
}

/* ---- peaks ----------------------------------------------------------------------------------------- */

enum exit_status build_peaks(struct build *build, isa_set isas, char **library)
{
    const char *data = data_folder();
    char *include = data == NULL ? NULL : path_join(data, "runtime");
    char *folder = include == NULL ? NULL : make_subfolder(build->folder, "peaks");
    char *output = folder == NULL ? NULL : path_join(folder, "libpeaks.so");
    enum exit_status status = output == NULL ? STATUS_ENVIRONMENT : STATUS_DONE;
    struct unit_list units = {0};
    struct text facts = {0}; /* peak.m4 needs none */
    text_puts(&facts, "m4_dnl\n");
    for (unsigned i = 0; status == STATUS_DONE && i < SEPCC_ISA_COUNT; ++i) {
        const struct isa *isa = isa_get((enum sepcc_isa)i);
        char name[32];
        if (!(isas & (1u << i)))
            continue;
        snprintf(name, sizeof name, "peak_%s", isa->name);
        status = write_source("peak.m4", isa, &facts, folder, name);
        if (status == STATUS_DONE)
            status = add_unit(&units, folder, folder, name, include, isa->flags);
    }
    if (status == STATUS_DONE)
        status = compile_and_link(build, isa_host_arch(), &units, LINK_SHARED, output, NULL);
    text_free(&facts);
    units_free(&units);
    free(include);
    free(folder);
    if (status == STATUS_DONE)
        *library = output;
    else
        free(output);
    return status;
}
