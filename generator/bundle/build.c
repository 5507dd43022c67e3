/*
 * build.c: compiles and links what a bundle's folder holds.
 */
#include "bundle/build.h"

#include "base/cache_folder.h"
#include "bundle/build_units.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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

char *build_subfolder(const char *folder, const char *name)
{
    char *path = path_join(folder, name);
    if (path != NULL && folder_make(path) != STATUS_DONE) {
        free(path);
        return NULL;
    }
    return path;
}

/* ---- libraries ------------------------------------------------------------------------------------- */

/* The files of a model's weights: bundle_files.c and packed.c name them. */
static enum exit_status add_weights(const struct build *build, const char *object_folder,
                                    struct unit_list *units)
{
    const struct bundle *bundle = &build->bundle;
    if (bundle->weights == NULL)
        return STATUS_DONE;
    char name[2 * SPEC_NAME_MAX + 16];
    snprintf(name, sizeof name, "%s_weights", bundle->name);
    enum exit_status status = units_add(units, build->folder, object_folder, name, build->folder, "");
    for (size_t s = 0; bundle->weights_file == NULL && status == STATUS_DONE && s < bundle->stages.count;
         ++s) {
        snprintf(name, sizeof name, "%s_weights_%s", bundle->name, bundle->stages.items[s].name);
        status = units_add(units, build->folder, object_folder, name, build->folder, "");
    }
    return status;
}

enum exit_status build_library(struct build *build, enum isa_arch arch, bool archive, char **library)
{
    const bool host = arch == isa_host_arch();
    char *folder = host ? strdup(build->folder) : build_subfolder(build->folder, build_arch_name(arch));
    if (folder == NULL)
        return host ? diag_memory() : STATUS_ENVIRONMENT;
    struct unit_list units = {0};
    struct text so = {0}, ar = {0};
    text_printf(&so, "%s/lib%s.so", folder, build->bundle.name);
    text_printf(&ar, "%s/lib%s.a", folder, build->bundle.name);
    enum exit_status status = so.failed || ar.failed ? diag_memory() : STATUS_DONE;
    if (status == STATUS_DONE)
        status = units_add_kernels(build, arch, folder, NULL, "", NULL, &units);
    if (status == STATUS_DONE)
        status = units_add(&units, build->folder, folder, build->bundle.name, build->folder, "");
    if (status == STATUS_DONE)
        status = add_weights(build, folder, &units);
    if (status == STATUS_DONE)
        status = units_compile(build, arch, &units);
    if (status == STATUS_DONE)
        status = units_link(build, arch, &units, 1, LINK_SHARED, so.data, archive ? ar.data : NULL);
    units_free(&units);
    free(folder);
    text_free(&ar);
    if (status == STATUS_DONE && library != NULL)
        *library = so.data;
    else
        text_free(&so);
    return status;
}
