/*
 * bundle.c: takes stages, finds out which are equal, and plans their kernels.
 */
#include "bundle/bundle.h"

#include "bundle/source.h"
#include "sepcc_kernel.h"
#include "spec/stage_name.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- the stages ------------------------------------------------------------------------------------ */

/* The header makes several names out of each stage's; no two of them may be the same. */
static enum exit_status check_stage_names(const struct spec_list *stages, const char *file)
{
    for (size_t i = 0; i < stages->count; ++i) {
        const struct spec *spec = &stages->items[i];
        const struct position at = {file, spec->line, 0};
        if (stage_name_is_taken(spec->name))
            return diag_error(DIAG_SPEC_DUPLICATE, at,
                              "the bundle has a function of its own called '%s', expected another name",
                              spec->name);
        for (size_t j = 0; j < i; ++j)
            if (stage_names_clash(spec->name, stages->items[j].name))
                return diag_error(DIAG_SPEC_DUPLICATE, at,
                                  "the names '%s' and '%s' would clash in the header, expected others",
                                  spec->name, stages->items[j].name);
    }
    return STATUS_DONE;
}

/* ---- the bundle's name ----------------------------------------------------------------------------- */

/* First words of libsepcc's own names: a bundle called so could define a function that is there already. */
static const char *const taken_names[] = {
    "activate", "alloc",  "array",   "bundle",  "cpu",    "f32",    "fill",    "free",    "isa",
    "kernel",   "layer",  "library", "measure", "npy",    "peak",   "pool",    "pack",    "reference",
    "run",      "runner", "sepcc",   "stage",   "status", "verify", "version", "weights",
};

static bool is_identifier(const char *name)
{
    const size_t length = strlen(name);
    if (length == 0 || length > SPEC_NAME_MAX || isdigit((unsigned char)name[0]))
        return false;
    for (size_t i = 0; i < length; ++i)
        if (!isalnum((unsigned char)name[i]) && name[i] != '_')
            return false;
    return true;
}

/* The last part of a path, without its suffix, made a C identifier. */
static void name_from_path(const char *path, char name[SPEC_NAME_MAX + 1])
{
    size_t end = strlen(path);
    while (end > 0 && path[end - 1] == '/')
        --end;
    size_t begin = end;
    while (begin > 0 && path[begin - 1] != '/')
        --begin;
    size_t used = 0;
    if (isdigit((unsigned char)path[begin]))
        name[used++] = '_';
    for (size_t i = begin; i < end && used < SPEC_NAME_MAX && (path[i] != '.' || i == begin); ++i)
        name[used++] = isalnum((unsigned char)path[i]) ? path[i] : '_';
    name[used] = '\0';
}

static bool is_taken(const char *name)
{
    bool taken = false;
    for (size_t i = 0; i < sizeof taken_names / sizeof taken_names[0]; ++i)
        taken |= strcmp(taken_names[i], name) == 0;
    return taken;
}

/* --name, which must be good as it is. */
static enum exit_status take_name(const char *given, char name[SPEC_NAME_MAX + 1])
{
    const struct position at = {"--name", 0, 0};
    if (!is_identifier(given))
        return diag_error(DIAG_USAGE, at, "'%s' is no name, expected a C identifier of up to %d characters",
                          given, SPEC_NAME_MAX);
    if (is_taken(given))
        return diag_error(DIAG_USAGE, at, "sepcc uses names that start with '%s' itself, expected another",
                          given);
    memcpy(name, given, strlen(given) + 1);
    return STATUS_DONE;
}

/* The name of the file, or else of the folder, made one that can be used. */
static void derive_name(const struct options *options, char name[SPEC_NAME_MAX + 1])
{
    const char *path = options->command->bit == FOR_RUN ? NULL : options->output;
    if (options->spec_file != NULL && strcmp(options->spec_file, "-") != 0)
        path = options->spec_file;
    if (path != NULL)
        name_from_path(path, name);
    if (name[strspn(name, "_")] == '\0')
        memcpy(name, "layers", sizeof "layers");
    if (is_taken(name)) {
        char copy[SPEC_NAME_MAX + 1];
        memcpy(copy, name, sizeof copy);
        snprintf(name, SPEC_NAME_MAX + 1, "net_%.*s", SPEC_NAME_MAX - 4, copy);
    }
}

static enum exit_status choose_name(const struct options *options, char name[SPEC_NAME_MAX + 1])
{
    if (options->name != NULL)
        return take_name(options->name, name);
    derive_name(options, name);
    return STATUS_DONE;
}

/* ---- the kernels ----------------------------------------------------------------------------------- */

/* The bit of the ISA that is preferred on this CPU. */
static isa_set best_isa(void)
{
    const isa_set found = sepcc_cpu_isas();
    isa_set best = 1u << SEPCC_ISA_SCALAR;
    for (unsigned isa = 0; isa < SEPCC_ISA_COUNT; ++isa)
        if (found & (1u << isa))
            best = 1u << isa;
    return best;
}

enum exit_status wanted_isas(const struct options *options, isa_set *isas)
{
    const char *text = options->isa_text != NULL ? options->isa_text : options->command->default_isa;
    if (strcmp(text, "best") == 0) {
        *isas = best_isa();
        return STATUS_DONE;
    }
    return isa_set_parse(text, (struct position){"--isa", 0, 0}, isas);
}

bool isa_is_named(const struct options *options, const struct isa *isa)
{
    const char *text = options->isa_text != NULL ? options->isa_text : "";
    const size_t length = strlen(isa->name);
    while (*text != '\0') {
        const size_t word = strcspn(text, ",");
        if (word == length && strncmp(text, isa->name, length) == 0)
            return true;
        text += word + (text[word] == ',');
    }
    return false;
}

/* Fills bundle->unique. The index of a unique stage's first appearance is kept in first[]. */
static void find_unique(struct bundle *bundle, size_t first[])
{
    for (size_t i = 0; i < bundle->stages.count; ++i) {
        size_t u = 0;
        while (u < bundle->unique_count &&
               !spec_equal(&bundle->stages.items[first[u]], &bundle->stages.items[i]))
            ++u;
        if (u == bundle->unique_count)
            first[bundle->unique_count++] = i;
        bundle->unique[i] = u;
    }
}

/* Where an error in planning the stage is: --plan where it is given, unless no plan could help. */
static struct position plan_position(const struct options *options, const struct spec *spec)
{
    const enum sepcc_op op = (enum sepcc_op)spec->stage.op;
    const bool generated = plan_supports(op, (enum sepcc_layout)spec->stage.layout);
    if (options->plan_text != NULL && generated)
        return (struct position){"--plan", 0, 0};
    return (struct position){options->spec_file != NULL ? options->spec_file : "SPEC", spec->line, 0};
}

static enum exit_status plan_kernels(const struct options *options, const size_t first[],
                                     struct bundle *bundle)
{
    bundle->kernels = calloc(bundle->unique_count * bundle->isa_count, sizeof *bundle->kernels);
    if (bundle->kernels == NULL)
        return diag_memory();
    enum exit_status status = bundle_open_wisdom(options, bundle);
    for (size_t u = 0; u < bundle->unique_count; ++u)
        for (size_t i = 0; i < bundle->isa_count && status == STATUS_DONE; ++i) {
            const struct spec *spec = &bundle->stages.items[first[u]];
            struct plan_request request;
            status = bundle_choose_plan(bundle, spec, bundle->isa[i], &options->plan, &request);
            if (status == STATUS_DONE)
                status = kernel_prepare(spec, bundle->isa[i], &request, plan_position(options, spec),
                                        &bundle->kernels[bundle->kernel_count++]);
        }
    return status;
}

enum exit_status bundle_plan_stages(const struct options *options, isa_set isas, struct spec_list *stages,
                                    const char *file, struct bundle *bundle)
{
    const unsigned bit = options->command->bit;
    *bundle = (struct bundle){.plan_text = options->plan_text,
                              .wisdom_file = options->wisdom,
                              .db_file = options->db,
                              .single_file = options->single_file,
                              .isas = isas,
                              .stages = *stages};
    bundle->packs =
        (bit & (FOR_GEN | FOR_BUILD)) != 0 || ((bit & FOR_VERIFY) != 0 && options->output != NULL);
    bundle->weights_file = (bit & (FOR_GEN | FOR_BUILD)) != 0 ? options->weights : NULL;
    *stages = (struct spec_list){0};
    enum exit_status status = choose_name(options, bundle->name);
    if (status == STATUS_DONE)
        status = check_stage_names(&bundle->stages, file);
    if (status != STATUS_DONE)
        return status;
    for (unsigned isa = 0; isa < SEPCC_ISA_COUNT; ++isa)
        if (isas & (1u << isa))
            bundle->isa[bundle->isa_count++] = isa_get((enum sepcc_isa)isa);
    bundle->unique = calloc(bundle->stages.count, sizeof *bundle->unique);
    size_t *first = calloc(bundle->stages.count, sizeof *first);
    if (bundle->unique == NULL || first == NULL) {
        free(first);
        return diag_memory();
    }
    find_unique(bundle, first);
    status = plan_kernels(options, first, bundle);
    free(first);
    return status;
}

enum exit_status bundle_plan_model(const struct options *options, isa_set isas, struct model *model,
                                   struct bundle *bundle)
{
    const char *file = model->graph.file;
    *bundle = (struct bundle){0};
    if (model->stage_count == 0)
        return model_no_stage(model, file);
    struct spec_list stages = {.items = calloc(model->stage_count, sizeof *stages.items),
                               .count = model->stage_count};
    if (stages.items == NULL)
        return diag_memory();
    for (size_t i = 0; i < model->stage_count; ++i)
        stages.items[i] = model->stages[i].spec;
    const enum exit_status status = bundle_plan_stages(options, isas, &stages, file, bundle);
    bundle->model = model;
    return status;
}

enum exit_status bundle_plan_isas(const struct options *options, isa_set isas, struct bundle *bundle)
{
    struct source source;
    *bundle = (struct bundle){0};
    enum exit_status status = source_read(options, &source);
    if (status == STATUS_DONE && source.model == NULL)
        return bundle_plan_stages(options, isas, &source.stages, options->spec_file, bundle);
    if (status == STATUS_DONE) {
        status = bundle_plan_model(options, isas, source.model, bundle);
        bundle->model = source.model;
        bundle->owns_model = true;
        return status;
    }
    source_free(&source);
    return status;
}

enum exit_status bundle_plan(const struct options *options, struct bundle *bundle)
{
    *bundle = (struct bundle){0};
    isa_set isas;
    const enum exit_status status = wanted_isas(options, &isas);
    return status == STATUS_DONE ? bundle_plan_isas(options, isas, bundle) : status;
}

enum exit_status bundle_emit(struct bundle *bundle, unsigned jobs)
{
    return emit_kernels(bundle->kernels, bundle->kernel_count, jobs);
}

void bundle_free(struct bundle *bundle)
{
    for (size_t i = 0; i < bundle->kernel_count; ++i)
        kernel_free(&bundle->kernels[i]);
    free(bundle->kernels);
    bundle_close_wisdom(bundle);
    free(bundle->unique);
    spec_list_free(&bundle->stages);
    if (bundle->weights != NULL)
        packed_free(bundle->weights);
    free(bundle->weights);
    if (bundle->owns_model) {
        model_free(bundle->model);
        free(bundle->model);
    }
    *bundle = (struct bundle){0};
}

struct kernel *bundle_kernel(const struct bundle *bundle, size_t stage, size_t i)
{
    return &bundle->kernels[bundle->unique[stage] * bundle->isa_count + i];
}

int bundle_name_width(const struct bundle *bundle)
{
    int width = (int)strlen("layer");
    for (size_t s = 0; s < bundle->stages.count; ++s) {
        const int length = (int)strlen(bundle->stages.items[s].name);
        width = length > width ? length : width;
    }
    return width;
}
