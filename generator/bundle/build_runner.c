/*
 * build_runner.c: static programs of the runtime's runner and kernels, and the peak loops that it and `bench`
 * time.
 */
#include "base/files.h"
#include "bundle/build_units.h"
#include "facts/emit.h"
#include "facts/facts.h"
#include "sepcc_version.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- the runtime ------------------------------------------------------------------------------------ */

/* Files of the runtime that a runner does without: no pthreadpool, no dlopen, no tensors in files. */
static bool runner_needs(const char *file)
{
    static const char *const left_out[] = {"crew_pool.c", "load.c", "elf_file.c", "npy.c"};
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
            status = units_add(units, folder, object_folder, name, data,
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

/* ---- bundles ---------------------------------------------------------------------------------------- */

/* What a runner is made of beside the runtime. */
struct runner_plan {
    const struct runner_part *parts;
    size_t count;
    const struct isa *isa; /* NULL: no kernels */
    enum isa_arch arch;
    const char *flags; /* of the kernels, beside their own */
    bool peak;
};

/* The kernels of the first part, whose names are their symbols. */
static void first_facts(const struct runner_plan *plan, struct text *facts)
{
    const struct bundle *bundle = &plan->parts[0].build->bundle;
    size_t count = 0;
    for (size_t k = 0; k < bundle->kernel_count; ++k)
        if (bundle->kernels[k].isa == plan->isa)
            fact_string(facts, bundle->kernels[k].name, "BUNDLE_0_KERNEL_%zu", count++);
    fact_number(facts, count, "BUNDLE_0_KERNEL_COUNT");
    fact_string(facts, "runner", "BUNDLE_0_NAME");
}

/* The kernels of another part's stages, in their order. */
static void more_facts(const struct runner_part *part, size_t number, struct text *facts)
{
    const struct bundle *bundle = &part->build->bundle;
    for (size_t s = 0; s < bundle->stages.count; ++s) {
        struct text symbol = {0};
        text_printf(&symbol, "%s_%s", part->name, bundle_kernel(bundle, s, 0)->name);
        fact_string(facts, symbol.data != NULL ? symbol.data : "", "BUNDLE_%zu_KERNEL_%zu", number, s);
        facts->failed = facts->failed || symbol.failed;
        text_free(&symbol);
    }
    fact_number(facts, bundle->stages.count, "BUNDLE_%zu_KERNEL_COUNT", number);
    fact_string(facts, part->name, "BUNDLE_%zu_NAME", number);
}

static enum exit_status write_runner_bundles(const struct runner_plan *plan, const char *folder)
{
    struct text facts = {0};
    text_puts(&facts, "m4_divert(-1)\n");
    fact_string(&facts, SEPCC_VERSION, "VERSION");
    first_facts(plan, &facts);
    for (size_t p = 1; p < plan->count; ++p)
        more_facts(&plan->parts[p], p, &facts);
    fact_number(&facts, plan->count, "BUNDLE_COUNT");
    text_puts(&facts, "m4_divert(0)m4_dnl\n");
    const enum exit_status status = write_source("runner_bundle.c.m4", NULL, &facts, folder, "runner_bundle");
    text_free(&facts);
    return status;
}

/* ---- programs --------------------------------------------------------------------------------------- */

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
        status = units_add(units, folder, folder, name, runtime, isa->flags);
    text_free(&facts);
    return status;
}

/* The runtime and what tells it of the kernels. */
static enum exit_status add_common(const struct runner_plan *plan, const char *folder, const char *runtime,
                                   struct unit_list *units)
{
    char flags[128] = "-D_GNU_SOURCE -DSEPCC_RUNNER_MORE";
    enum exit_status status = write_runner_bundles(plan, folder);
    if (status == STATUS_DONE && plan->peak) {
        snprintf(flags, sizeof flags, "-D_GNU_SOURCE -DSEPCC_RUNNER_MORE -DSEPCC_RUNNER_PEAK=sepcc_peak_%s",
                 plan->isa->name);
        status = add_peak(plan->isa, folder, runtime, units);
    }
    if (status == STATUS_DONE)
        status = add_runtime(folder, flags, units);
    if (status == STATUS_DONE)
        status = units_add(units, folder, folder, "runner_bundle", plan->parts[0].build->folder, "");
    return status;
}

/* Compiles a part's kernels by its own compiler: into the folder, those of others than the first below it. */
static enum exit_status compile_part(const struct runner_plan *plan, const struct runner_part *part,
                                     const char *folder, struct unit_list *units)
{
    char *below = part->name == NULL ? strdup(folder) : build_subfolder(folder, part->name);
    if (below == NULL)
        return part->name == NULL ? diag_memory() : STATUS_ENVIRONMENT;
    enum exit_status status =
        units_add_kernels(part->build, plan->arch, below, plan->isa, plan->flags, part->name, units);
    if (status == STATUS_DONE && units->count > 0)
        status = units_compile(part->build, plan->arch, units);
    free(below);
    return status;
}

/* All of a runner in the folder, linked into output. */
static enum exit_status make_parts(const struct runner_plan *plan, const char *folder, const char *runtime,
                                   const char *output)
{
    struct build *build = plan->parts[0].build;
    struct unit_list *lists = calloc(plan->count + 1, sizeof *lists), *common = lists;
    enum exit_status status = lists == NULL ? diag_memory() : add_common(plan, folder, runtime, common);
    if (status == STATUS_DONE)
        status = units_compile(build, plan->arch, common);
    for (size_t p = 0; status == STATUS_DONE && plan->isa != NULL && p < plan->count; ++p)
        status = compile_part(plan, &plan->parts[p], folder, &lists[p + 1]);
    if (status == STATUS_DONE)
        status = units_link(build, plan->arch, lists, plan->count + 1, LINK_STATIC_PROGRAM, output, NULL);
    for (size_t l = 0; lists != NULL && l <= plan->count; ++l)
        units_free(&lists[l]);
    free(lists);
    return status;
}

static enum exit_status make_runner(const struct runner_plan *plan, const char *name, char **program)
{
    const char *data = data_folder();
    char *runtime = data == NULL ? NULL : path_join(data, "runtime");
    char *folder = runtime == NULL ? NULL : build_subfolder(plan->parts[0].build->folder, name);
    char *output = folder == NULL ? NULL : path_join(folder, "runner");
    const enum exit_status status =
        output == NULL ? STATUS_ENVIRONMENT : make_parts(plan, folder, runtime, output);
    free(runtime);
    free(folder);
    if (status == STATUS_DONE)
        *program = output;
    else
        free(output);
    return status;
}

/*
 * Bochs 2.7 refuses gathers and scatters whose index is in zmm16 to zmm31 (#UD), and compilers make them of
 * the packing loops; the vectors that the templates write are not affected.
 */
static const char bochs_flags[] = "-fno-tree-vectorize -fno-tree-slp-vectorize";

enum exit_status build_runner(struct build *build, const struct isa *isa, char **program)
{
    const enum isa_arch arch = isa->arch == ARCH_ANY ? isa_host_arch() : isa->arch;
    const struct runner_part part = {build, NULL};
    const struct runner_plan plan = {&part, 1, isa, arch, arch == ARCH_X86_64 ? bochs_flags : "", false};
    char name[32];
    snprintf(name, sizeof name, "runner-%s", isa->name);
    return make_runner(&plan, name, program);
}

enum exit_status build_remote_runner(const struct runner_part parts[], size_t count, const struct isa *isa,
                                     enum isa_arch arch, char **program)
{
    const struct runner_plan plan = {parts, count, isa, arch, "", isa != NULL};
    char name[32];
    snprintf(name, sizeof name, "remote-%s", isa != NULL ? isa->name : "none");
    return make_runner(&plan, name, program);
}

/* ---- peaks ----------------------------------------------------------------------------------------- */

enum exit_status build_peaks(struct build *build, isa_set isas, char **library)
{
    const char *data = data_folder();
    char *include = data == NULL ? NULL : path_join(data, "runtime");
    char *folder = include == NULL ? NULL : build_subfolder(build->folder, "peaks");
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
            status = units_add(&units, folder, folder, name, include, isa->flags);
    }
    if (status == STATUS_DONE)
        status = units_compile(build, isa_host_arch(), &units);
    if (status == STATUS_DONE)
        status = units_link(build, isa_host_arch(), &units, 1, LINK_SHARED, output, NULL);
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
