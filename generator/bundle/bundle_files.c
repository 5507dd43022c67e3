/*
 * bundle_files.c: the files of a bundle: kernels, header, dispatch, Makefile, the ABI header and the list of
 * stages it was made from.
 */
#include "bundle/bundle.h"

#include "facts/facts.h"
#include "sepcc.h"
#include "sepcc_version.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { IDENTIFIER_MAX = 2 * SPEC_NAME_MAX + 32, SHAPE_MAX = 128, LAYER_NAME_MAX = 16 };

/* ---- facts ----------------------------------------------------------------------------------------- */

/* Parts of a bundle that compile for one architecture only; the names are those of the templates' lists. */
static const struct {
    enum isa_arch arch;
    const char *name;
} arch_lists[] = {{ARCH_X86_64, "X86_64"}, {ARCH_AARCH64, "AARCH64"}, {ARCH_ANY, "ANY"}};

enum { ARCH_LIST_COUNT = sizeof arch_lists / sizeof arch_lists[0] };

/*
 * Names that the user chose travel through m4 with this byte for each underscore, so that they neither are
 * macros nor look like one that was left over: a stage may be called F_ROWS.
 */
static const char HIDDEN_UNDERSCORE = '\1';

static void replace(char *text, char from, char to)
{
    for (; *text != '\0'; ++text)
        if (*text == from)
            *text = to;
}

static void upper(char *text)
{
    for (; *text != '\0'; ++text)
        *text = (char)toupper((unsigned char)*text);
}

/* A shape as C declares it, such as [56][56][128]. */
static void print_shape(const size_t *shape, size_t rank, char text[SHAPE_MAX])
{
    size_t used = 0;
    for (size_t i = 0; i < rank; ++i)
        used += (size_t)snprintf(text + used, SHAPE_MAX - used, "[%zu]", shape[i]);
}

static void shape_facts(struct text *facts, const struct sepcc_stage *stage, size_t index)
{
    size_t shape[4];
    char text[SHAPE_MAX];
    sepcc_stage_input_shape(stage, shape);
    print_shape(shape, 4, text);
    fact_string(facts, text, "STAGE_%zu_IN_SHAPE", index);
    sepcc_stage_output_shape(stage, shape);
    print_shape(shape, 4, text);
    fact_string(facts, text, "STAGE_%zu_OUT_SHAPE", index);
}

/* What comes before the names of a layer's tensors: "expand_", and nothing in a stage of one layer. */
static void print_prefix(const struct sepcc_stage *stage, uint32_t layer, char text[LAYER_NAME_MAX])
{
    const char *name = spec_layer_name(stage, layer);
    snprintf(text, LAYER_NAME_MAX, "%s%s", name, name[0] != '\0' ? "_" : "");
}

/* The longest prefix in a stage: by so much the others are filled up, so that shapes stand in a column. */
static int longest_prefix(const struct sepcc_stage *stage)
{
    size_t longest = 0;
    for (uint32_t i = 0; i < stage->layer_count; ++i) {
        char prefix[LAYER_NAME_MAX];
        print_prefix(stage, i, prefix);
        longest = strlen(prefix) > longest ? strlen(prefix) : longest;
    }
    return (int)longest;
}

/* The tensors of one layer: their names, shapes and counts. */
static void layer_facts(struct text *facts, const struct sepcc_stage *stage, size_t index, uint32_t i)
{
    const struct sepcc_layer *layer = &stage->layer[i];
    const size_t depthwise[] = {layer->kernel_h, layer->kernel_w, layer->out_c};
    const size_t pointwise[] = {layer->out_c, layer->in_c};
    const size_t conv[] = {layer->out_c, layer->in_c, layer->kernel_h, layer->kernel_w};
    const size_t channels[] = {layer->out_c};
    char prefix[LAYER_NAME_MAX], suffix[LAYER_NAME_MAX + 1], text[SHAPE_MAX];
    print_prefix(stage, i, prefix);
    fact_string(facts, prefix, "STAGE_%zu_LAYER_%u_PREFIX", index, i);
    snprintf(text, sizeof text, "%*s", longest_prefix(stage) - (int)strlen(prefix), "");
    fact_string(facts, text, "STAGE_%zu_LAYER_%u_PAD", index, i);
    snprintf(suffix, sizeof suffix, "%s%s", prefix[0] != '\0' ? "_" : "", spec_layer_name(stage, i));
    upper(suffix);
    fact_string(facts, suffix, "STAGE_%zu_LAYER_%u_SUFFIX", index, i);
    if (layer->op == SEPCC_OP_DEPTHWISE)
        print_shape(depthwise, 3, text);
    else if (layer->op == SEPCC_OP_POINTWISE)
        print_shape(pointwise, 2, text);
    else
        print_shape(conv, 4, text);
    fact_string(facts, text, "STAGE_%zu_LAYER_%u_WEIGHT_SHAPE", index, i);
    print_shape(channels, 1, text);
    fact_string(facts, text, "STAGE_%zu_LAYER_%u_CHANNELS", index, i);
    fact_number(facts, sepcc_layer_weight_count(layer), "STAGE_%zu_LAYER_%u_WEIGHT_COUNT", index, i);
    fact_number(facts, layer->has_bias, "STAGE_%zu_LAYER_%u_HAS_BIAS", index, i);
    fact_number(facts, layer->act == SEPCC_ACT_PRELU, "STAGE_%zu_LAYER_%u_HAS_SLOPE", index, i);
}

static void layers_facts(struct text *facts, const struct sepcc_stage *stage, size_t index)
{
    char pad[LAYER_NAME_MAX];
    snprintf(pad, sizeof pad, "%*s", longest_prefix(stage), "");
    fact_string(facts, pad, "STAGE_%zu_PAD", index);
    fact_number(facts, stage->layer_count, "STAGE_%zu_LAYER_COUNT", index);
    for (uint32_t i = 0; i < stage->layer_count; ++i)
        layer_facts(facts, stage, index, i);
}

static void size_facts(struct text *facts, const struct bundle *bundle, size_t index)
{
    const struct sepcc_stage *stage = &bundle->stages.items[index].stage;
    size_t packed = 0, workspace = 0;
    for (size_t i = 0; i < bundle->isa_count; ++i) {
        const struct plan *plan = &bundle_kernel(bundle, index, i)->plan;
        packed = plan->packed_bytes > packed ? plan->packed_bytes : packed;
        workspace = plan->workspace_bytes > workspace ? plan->workspace_bytes : workspace;
    }
    fact_number(facts, packed, "STAGE_%zu_PACKED_BYTES", index);
    fact_number(facts, workspace, "STAGE_%zu_WORKSPACE_BYTES", index);
    fact_number(facts, sepcc_stage_input_count(stage), "STAGE_%zu_IN_COUNT", index);
    fact_number(facts, sepcc_stage_output_count(stage), "STAGE_%zu_OUT_COUNT", index);
}

static void stage_facts(struct text *facts, const struct bundle *bundle, size_t index)
{
    const struct spec *spec = &bundle->stages.items[index];
    char text[SPEC_TEXT_MAX];
    char identifier[IDENTIFIER_MAX];
    snprintf(identifier, sizeof identifier, "sepcc_%s_%s", bundle->name, spec->name);
    replace(identifier, '_', HIDDEN_UNDERSCORE);
    fact_string(facts, identifier, "STAGE_%zu_ID", index);
    snprintf(identifier, sizeof identifier, "sepcc_%s_%s_", bundle->name, spec->name);
    replace(identifier, '_', HIDDEN_UNDERSCORE);
    upper(identifier);
    fact_string(facts, identifier, "STAGE_%zu_CONSTANT", index);
    snprintf(identifier, sizeof identifier, "%s", spec->name);
    replace(identifier, '_', HIDDEN_UNDERSCORE);
    fact_string(facts, identifier, "STAGE_%zu_NAME", index);
    spec_print(spec, 0, text);
    fact_string(facts, text, "STAGE_%zu_SPEC", index);
    spec_print(spec, 1, text);
    replace(text, '_', HIDDEN_UNDERSCORE);
    fact_string(facts, text, "STAGE_%zu_LINE", index);
    shape_facts(facts, &spec->stage, index);
    layers_facts(facts, &spec->stage, index);
    size_facts(facts, bundle, index);
}

/* The kernels of one stage, for each architecture, the best first. */
static void candidate_facts(struct text *facts, const struct bundle *bundle, size_t index)
{
    for (size_t list = 0; list < ARCH_LIST_COUNT; ++list) {
        unsigned count = 0;
        for (size_t i = bundle->isa_count; i-- > 0;)
            if (bundle->isa[i]->arch == arch_lists[list].arch) {
                fact_number(facts, bundle->isa[i]->id, "STAGE_%zu_%s_%u_ISA", index, arch_lists[list].name,
                            count);
                fact_string(facts, bundle_kernel(bundle, index, i)->name, "STAGE_%zu_%s_%u", index,
                            arch_lists[list].name, count++);
            }
        fact_number(facts, count, "STAGE_%zu_%s_COUNT", index, arch_lists[list].name);
    }
}

/* All kernels: as one list, and by architecture. */
static void kernel_list_facts(struct text *facts, const struct bundle *bundle)
{
    fact_number(facts, bundle->kernel_count, "KERNEL_COUNT");
    for (size_t k = 0; k < bundle->kernel_count; ++k)
        fact_string(facts, bundle->kernels[k].name, "KERNEL_%zu", k);
    for (size_t list = 0; list < ARCH_LIST_COUNT; ++list) {
        unsigned count = 0;
        for (size_t k = 0; k < bundle->kernel_count; ++k)
            if (bundle->kernels[k].isa->arch == arch_lists[list].arch)
                fact_string(facts, bundle->kernels[k].name, "ALL_%s_%u", arch_lists[list].name, count++);
        fact_number(facts, count, "ALL_%s_COUNT", arch_lists[list].name);
    }
}

/* The option that gave tuned plans, with no more of the path than its last part. */
static void wisdom_facts(struct text *facts, const struct bundle *bundle)
{
    char option[128];
    const char *path = bundle->wisdom_file != NULL ? bundle->wisdom_file : bundle->db_file;
    const char *slash = path != NULL ? strrchr(path, '/') : NULL;
    snprintf(option, sizeof option, "--%s %s", bundle->wisdom_file != NULL ? "wisdom" : "db",
             slash != NULL  ? slash + 1
             : path != NULL ? path
                            : "");
    for (char *at = option; *at != '\0'; ++at) /* it stands in a comment */
        if (!isalnum((unsigned char)*at) && strchr("-_. +", *at) == NULL)
            *at = '?';
    replace(option, '_', HIDDEN_UNDERSCORE);
    fact_number(facts, bundle_has_wisdom(bundle), "HAS_WISDOM");
    fact_string(facts, option, "WISDOM");
}

static void bundle_facts(struct text *facts, const struct bundle *bundle)
{
    char identifier[IDENTIFIER_MAX];
    char isas[64], list[64];
    size_t used = 0;
    for (size_t i = 0; i < bundle->isa_count; ++i)
        used +=
            (size_t)snprintf(isas + used, sizeof isas - used, "%s%s", i > 0 ? " " : "", bundle->isa[i]->name);
    text_puts(facts, "m4_divert(-1)\n");
    fact_string(facts, SEPCC_VERSION, "VERSION");
    fact_number(facts, SEPCC_ABI_VERSION, "ABI_VERSION");
    fact_string(facts, isas, "ISAS");
    memcpy(list, isas, sizeof list);
    replace(list, ' ', ',');
    fact_string(facts, list, "ISA_LIST");
    fact_number(facts, bundle->single_file, "SINGLE_FILE");
    fact_number(facts, bundle->plan_text != NULL, "HAS_PLAN");
    fact_string(facts, bundle->plan_text != NULL ? bundle->plan_text : "", "PLAN");
    wisdom_facts(facts, bundle);
    const struct {
        const char *prefix, *suffix, *fact;
        bool upper;
    } names[] = {{"", "", "FILE", false},
                 {"sepcc_", "", "ID", false},
                 {"sepcc_bundle_", "", "BUNDLE", false},
                 {"SEPCC_", "_", "CONSTANT", true},
                 {"SEPCC_", "_H", "GUARD", true}};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; ++i) {
        snprintf(identifier, sizeof identifier, "%s%s%s", names[i].prefix, bundle->name, names[i].suffix);
        replace(identifier, '_', HIDDEN_UNDERSCORE);
        if (names[i].upper)
            upper(identifier);
        fact_string(facts, identifier, "%s", names[i].fact);
    }
    fact_number(facts, bundle->stages.count, "STAGE_COUNT");
    for (size_t i = 0; i < bundle->stages.count; ++i) {
        stage_facts(facts, bundle, i);
        candidate_facts(facts, bundle, i);
    }
    kernel_list_facts(facts, bundle);
    packed_facts(facts, bundle);
    text_puts(facts, "m4_divert(0)m4_dnl\n");
}

/* ---- files ----------------------------------------------------------------------------------------- */

/* A new file <name><suffix> of the set; NULL after an error. */
static struct text *add_file(struct output_set *files, const char *name, const char *suffix)
{
    char file[KERNEL_NAME_MAX + 16];
    snprintf(file, sizeof file, "%s%s", name, suffix);
    return output_add(files, file);
}

static enum exit_status add_kernels(const struct bundle *bundle, struct output_set *files)
{
    for (size_t k = 0; k < bundle->kernel_count; ++k) {
        const struct kernel *kernel = &bundle->kernels[k];
        struct text *text = add_file(files, kernel->name, ".c");
        if (text == NULL)
            return STATUS_ENVIRONMENT;
        text_append(text, kernel->source.data, kernel->source.length);
    }
    return STATUS_DONE;
}

static enum exit_status add_abi_header(struct output_set *files)
{
    const char *data = data_folder();
    struct text *text = data == NULL ? NULL : output_add(files, "sepcc_kernel.h");
    char *path = text == NULL ? NULL : path_join(data, "runtime/sepcc_kernel.h");
    const enum exit_status status = path == NULL ? STATUS_ENVIRONMENT : file_read(path, text);
    free(path);
    return status;
}

/* The stages as a .layers file, so that the bundle can be made again from itself. */
static enum exit_status add_layers(const struct bundle *bundle, struct output_set *files)
{
    struct text *text = add_file(files, bundle->name, ".layers");
    if (text == NULL)
        return STATUS_ENVIRONMENT;
    for (size_t i = 0; i < bundle->stages.count; ++i) {
        char line[SPEC_TEXT_MAX];
        spec_print(&bundle->stages.items[i], 1, line);
        text_printf(text, "%s\n", line);
    }
    return STATUS_DONE;
}

/* The tuned plans that its kernels have, so that they can be had again wherever it is. */
static enum exit_status add_wisdom(const struct bundle *bundle, struct output_set *files)
{
    if (!bundle_has_wisdom(bundle))
        return STATUS_DONE;
    struct text *text = add_file(files, bundle->name, ".wisdom");
    if (text == NULL)
        return STATUS_ENVIRONMENT;
    wisdom_print_used(bundle->wisdom, text);
    return STATUS_DONE;
}

static enum exit_status add_templates(const struct bundle *bundle, struct output_set *files)
{
    static const struct {
        const char *template, *name, *suffix; /* name NULL: the bundle's */
    } rows[] = {{"bundle.h.m4", NULL, ".h"},
                {"bundle.c.m4", NULL, ".c"},
                {"bundle.mk.m4", "Makefile", ""},
                {"bundle_weights.c.m4", NULL, "_weights.c"}}; /* the last: of models only */
    const size_t count = sizeof rows / sizeof rows[0] - (bundle->weights == NULL);
    struct text facts = {0};
    bundle_facts(&facts, bundle);
    enum exit_status status = facts.failed ? diag_memory() : STATUS_DONE;
    for (size_t i = 0; status == STATUS_DONE && i < count; ++i) {
        struct text *text =
            add_file(files, rows[i].name != NULL ? rows[i].name : bundle->name, rows[i].suffix);
        status = text == NULL ? STATUS_ENVIRONMENT : emit_template(rows[i].template, NULL, &facts, text);
        if (status == STATUS_DONE)
            replace(text->data, HIDDEN_UNDERSCORE, '_');
    }
    text_free(&facts);
    return status;
}

enum exit_status bundle_files(const struct bundle *bundle, struct output_set *files)
{
    enum exit_status status = add_kernels(bundle, files);
    if (status == STATUS_DONE)
        status = add_templates(bundle, files);
    if (status == STATUS_DONE && bundle->weights != NULL && bundle->weights_file == NULL)
        status = packed_files(bundle, files);
    if (status == STATUS_DONE)
        status = add_abi_header(files);
    if (status == STATUS_DONE)
        status = add_layers(bundle, files);
    if (status == STATUS_DONE)
        status = add_wisdom(bundle, files);
    if (status == STATUS_DONE)
        status = bundle_manifest(bundle, files);
    for (size_t i = 0; status == STATUS_DONE && i < files->count; ++i)
        if (files->items[i].text.failed)
            status = diag_memory();
    return status;
}

enum exit_status bundle_pack(struct bundle *bundle)
{
    if (bundle->model == NULL && bundle->weights_file != NULL)
        return diag_error(DIAG_USAGE, (struct position){.file = "--weights"},
                          "a list of stages has no weights to write, expected -f MODEL.onnx");
    if (bundle->model == NULL || !bundle->packs)
        return STATUS_DONE;
    bundle->weights = calloc(1, sizeof *bundle->weights);
    return bundle->weights == NULL ? diag_memory() : packed_make(bundle, bundle->weights);
}

/* The side file comes last: it may be wanted in the folder, and without its bundle it is of no use. */
static enum exit_status write_weights(const struct bundle *bundle)
{
    struct text text = {0};
    if (bundle->weights == NULL || bundle->weights_file == NULL)
        return STATUS_DONE;
    packed_side_file(bundle->weights, &text);
    const enum exit_status status =
        text.failed ? diag_memory() : file_write(bundle->weights_file, text.data, text.length, NULL);
    text_free(&text);
    return status;
}

enum exit_status bundle_write(struct bundle *bundle, const char *folder, unsigned jobs, size_t *changed)
{
    struct output_set files = {0};
    enum exit_status status = bundle_pack(bundle);
    if (status == STATUS_DONE)
        status = bundle_emit(bundle, jobs);
    if (status == STATUS_DONE)
        status = bundle_files(bundle, &files);
    if (status == STATUS_DONE)
        status = output_write(&files, folder, BUNDLE_MANIFEST, changed);
    if (status == STATUS_DONE)
        status = write_weights(bundle);
    output_free(&files);
    return status;
}
