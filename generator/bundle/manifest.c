/*
 * manifest.c: manifest.json of a bundle: its files, stages and kernels, for tools and for the next `gen`.
 */
#include "bundle/bundle.h"

#include "base/files.h"
#include "base/json.h"
#include "sepcc_version.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Any failed allocation of cJSON shows as a missing item: all calls are joined by `ok`. */

/* The command that makes the bundle again, typed in its folder, where a model is to be put before. */
static bool add_command(cJSON *root, const struct bundle *bundle)
{
    struct text command = {0};
    if (bundle->weights != NULL)
        text_printf(&command, "sepcc gen -f %s --isa ", path_base(bundle->model->graph.file));
    else
        text_printf(&command, "sepcc gen -f %s.layers --isa ", bundle->name);
    for (size_t i = 0; i < bundle->isa_count; ++i)
        text_printf(&command, "%s%s", i > 0 ? "," : "", bundle->isa[i]->name);
    if (bundle->plan_text != NULL)
        text_printf(&command, " --plan %s", bundle->plan_text);
    if (bundle_has_wisdom(bundle))
        text_printf(&command, " --wisdom %s.wisdom", bundle->name);
    if (bundle->weights != NULL && bundle->weights_file != NULL)
        text_printf(&command, " --weights %s", path_base(bundle->weights_file));
    text_puts(&command, " -o .");
    const bool ok = !command.failed && json_string(root, "command", command.data);
    text_free(&command);
    return ok;
}

static bool add_files(cJSON *root, const struct output_set *files)
{
    cJSON *array = cJSON_AddArrayToObject(root, "files");
    bool ok = array != NULL;
    for (size_t i = 0; ok && i < files->count; ++i) {
        cJSON *name = cJSON_CreateString(files->items[i].name);
        ok = name != NULL && cJSON_AddItemToArray(array, name);
    }
    return ok;
}

static bool add_stages(cJSON *root, const struct bundle *bundle)
{
    cJSON *array = cJSON_AddArrayToObject(root, "stages");
    bool ok = array != NULL;
    for (size_t s = 0; ok && s < bundle->stages.count; ++s) {
        const struct spec *spec = &bundle->stages.items[s];
        char text[SPEC_TEXT_MAX];
        spec_print(spec, 0, text);
        cJSON *stage = json_item(array);
        ok = stage != NULL && json_string(stage, "name", spec->name) && json_string(stage, "spec", text);
        cJSON *kernels = ok ? cJSON_AddObjectToObject(stage, "kernels") : NULL;
        ok = kernels != NULL;
        for (size_t i = 0; ok && i < bundle->isa_count; ++i)
            ok = json_string(kernels, bundle->isa[i]->name, bundle_kernel(bundle, s, i)->name);
    }
    return ok;
}

static bool add_kernel(cJSON *array, const struct kernel *kernel, enum plan_source source)
{
    char spec[SPEC_TEXT_MAX];
    struct text plan = {0};
    spec_print(&kernel->spec, 0, spec);
    plan_print(&kernel->plan, &plan);
    cJSON *item = json_item(array);
    const bool ok = item != NULL && !plan.failed && json_string(item, "name", kernel->name) &&
                    json_string(item, "spec", spec) && json_string(item, "isa", kernel->isa->name) &&
                    json_string(item, "plan", plan.data) &&
                    json_string(item, "plan_source", plan_source_word(source)) &&
                    json_string(item, "digest", kernel->digest) &&
                    json_count(item, "packed_bytes", kernel->plan.packed_bytes) &&
                    json_count(item, "workspace_bytes", kernel->plan.workspace_bytes) &&
                    json_count(item, "unit_count", kernel->plan.unit_count) &&
                    json_count(item, "code_bytes", kernel->plan.code_bytes);
    text_free(&plan);
    return ok;
}

static bool add_kernels(cJSON *root, const struct bundle *bundle)
{
    cJSON *array = cJSON_AddArrayToObject(root, "kernels");
    bool ok = array != NULL;
    for (size_t k = 0; ok && k < bundle->kernel_count; ++k)
        ok = add_kernel(array, &bundle->kernels[k],
                        k < bundle->choice_count ? bundle->choices[k].source : PLAN_ASKED);
    return ok;
}

enum exit_status bundle_manifest(const struct bundle *bundle, struct output_set *files)
{
    struct text *text = output_add(files, BUNDLE_MANIFEST);
    if (text == NULL)
        return STATUS_ENVIRONMENT;
    cJSON *root = cJSON_CreateObject();
    const bool ok = root != NULL && json_string(root, "name", bundle->name) &&
                    json_string(root, "version", SEPCC_VERSION) && add_command(root, bundle) &&
                    add_files(root, files) && add_stages(root, bundle) && add_kernels(root, bundle);
    char *printed = ok ? cJSON_Print(root) : NULL;
    if (printed != NULL)
        text_printf(text, "%s\n", printed);
    cJSON_Delete(root);
    cJSON_free(printed);
    return printed == NULL || text->failed ? diag_memory() : STATUS_DONE;
}
