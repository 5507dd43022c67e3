/*
 * packed.c: packs a model's weights for all kernels of a bundle, and writes them as C or as a side file.
 */
#include "bundle/packed.h"

#include "bundle/bundle.h"
#include "bundle/pack.h"
#include "facts/facts.h"
#include "sepcc_version.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SYMBOL_MAX = 2 * SPEC_NAME_MAX + 64 };

/* ---- packing --------------------------------------------------------------------------------------- */

/* Takes over data: a new blob of the stage, or one that is there with the same bytes. */
static void add_blob(struct packed_weights *weights, size_t stage, isa_set isa, float *data, size_t bytes)
{
    unsigned number = 0;
    size_t at = WEIGHTS_HEADER;
    for (size_t i = 0; i < weights->blob_count; ++i) {
        struct weights_blob *blob = &weights->blobs[i];
        at = blob->at + blob->bytes;
        if (blob->stage != stage)
            continue;
        ++number;
        if (blob->bytes == bytes && memcmp(blob->data, data, bytes) == 0) {
            blob->isas |= isa;
            free(data);
            return;
        }
    }
    struct weights_blob *blob = &weights->blobs[weights->blob_count++];
    *blob = (struct weights_blob){
        .stage = stage, .number = number, .isas = isa, .bytes = bytes, .at = at, .data = data};
    digest_full(data, bytes, blob->digest);
    weights->file_bytes = at + bytes;
}

/* The first 64 bits of the digest of all that the side file has to fit: kernels, and what they read. */
static enum exit_status make_id(const struct bundle *bundle, struct packed_weights *weights)
{
    struct text about = {0};
    char digest[DIGEST_FULL];
    text_printf(&about, "version %d\n", WEIGHTS_VERSION);
    for (size_t k = 0; k < bundle->kernel_count; ++k)
        text_printf(&about, "kernel %s\n", bundle->kernels[k].digest);
    for (size_t i = 0; i < weights->blob_count; ++i) {
        const struct weights_blob *blob = &weights->blobs[i];
        text_printf(&about, "blob %zu %u %zu %s\n", blob->stage, blob->isas, blob->bytes, blob->digest);
    }
    const bool failed = about.failed;
    if (!failed)
        digest_full(about.data, about.length, digest);
    text_free(&about);
    if (failed)
        return diag_memory();
    digest[16] = '\0';
    weights->id = strtoull(digest, NULL, 16);
    return STATUS_DONE;
}

enum exit_status packed_make(const struct bundle *bundle, struct packed_weights *weights)
{
    *weights = (struct packed_weights){.file_bytes = WEIGHTS_HEADER};
    weights->blobs = calloc(bundle->stages.count * bundle->isa_count + 1, sizeof *weights->blobs);
    if (weights->blobs == NULL)
        return diag_memory();
    for (size_t s = 0; s < bundle->stages.count; ++s)
        for (size_t i = 0; i < bundle->isa_count; ++i) {
            const struct plan *plan = &bundle_kernel(bundle, s, i)->plan;
            float *data = malloc(plan->packed_bytes);
            if (data == NULL)
                return diag_memory();
            pack_weights(&bundle->stages.items[s].stage, plan, bundle->model->stages[s].layer, data);
            add_blob(weights, s, 1u << bundle->isa[i]->id, data, plan->packed_bytes);
        }
    return make_id(bundle, weights);
}

void packed_free(struct packed_weights *weights)
{
    for (size_t i = 0; i < weights->blob_count; ++i)
        free(weights->blobs[i].data);
    free(weights->blobs);
    *weights = (struct packed_weights){0};
}

/* ---- facts ----------------------------------------------------------------------------------------- */

void packed_facts(struct text *facts, const struct bundle *bundle)
{
    const struct packed_weights *weights = bundle->weights;
    const enum weights_form form = weights == NULL                ? WEIGHTS_NONE
                                   : bundle->weights_file == NULL ? WEIGHTS_INSIDE
                                                                  : WEIGHTS_BESIDE;
    size_t workspace = 0;
    fact_number(facts, form, "WEIGHTS");
    if (form == WEIGHTS_NONE)
        return;
    for (size_t k = 0; k < bundle->kernel_count; ++k)
        if (bundle->kernels[k].plan.workspace_bytes > workspace)
            workspace = bundle->kernels[k].plan.workspace_bytes;
    fact_number(facts, workspace, "WORKSPACE_BYTES");
    fact_number(facts, weights->file_bytes, "WEIGHTS_FILE_BYTES");
    fact_number(facts, weights->id, "WEIGHTS_ID");
    fact_number(facts, WEIGHTS_VERSION, "WEIGHTS_VERSION");
    fact_number(facts, WEIGHTS_HEADER, "WEIGHTS_HEADER");
    fact_number(facts, WEIGHTS_ROW, "WEIGHTS_ROW");
    for (size_t i = 0; i < weights->blob_count; ++i) {
        const struct weights_blob *blob = &weights->blobs[i];
        const bool last = i + 1 == weights->blob_count || weights->blobs[i + 1].stage != blob->stage;
        if (last)
            fact_number(facts, blob->number + 1, "STAGE_%zu_BLOB_COUNT", blob->stage);
        fact_number(facts, blob->bytes, "STAGE_%zu_BLOB_%u_BYTES", blob->stage, blob->number);
        fact_number(facts, blob->at, "STAGE_%zu_BLOB_%u_AT", blob->stage, blob->number);
        fact_string(facts, blob->digest, "STAGE_%zu_BLOB_%u_DIGEST", blob->stage, blob->number);
        for (unsigned isa = 0; isa < SEPCC_ISA_COUNT; ++isa)
            if (blob->isas & (1u << isa))
                fact_number(facts, blob->number, "STAGE_%zu_ISA_%u_BLOB", blob->stage, isa);
    }
}

/* ---- C --------------------------------------------------------------------------------------------- */

/* The architectures whose kernels read a blob, as the preprocessor asks for them; NULL: any. */
static const char *guard_of(const struct weights_blob *blob)
{
    bool x86 = false, arm = false;
    for (unsigned i = 0; i < SEPCC_ISA_COUNT; ++i)
        if (blob->isas & (1u << i)) {
            const enum isa_arch arch = isa_get((enum sepcc_isa)i)->arch;
            if (arch == ARCH_ANY)
                return NULL;
            x86 |= arch == ARCH_X86_64;
            arm |= arch == ARCH_AARCH64;
        }
    return !arm   ? "defined(__x86_64__)"
           : !x86 ? "defined(__aarch64__)"
                  : "defined(__x86_64__) || defined(__aarch64__)";
}

/* One line of a string literal: what prints stands for itself, the rest is octal. */
static void put_line(struct text *text, const unsigned char *bytes, size_t count)
{
    char line[4 * 128 + 8];
    size_t used = 0;
    line[used++] = '"';
    for (size_t i = 0; i < count; ++i) {
        const unsigned char c = bytes[i];
        if (c >= ' ' && c <= '~' && c != '"' && c != '\\' && c != '?') {
            line[used++] = (char)c;
            continue;
        }
        line[used++] = '\\';
        line[used++] = (char)('0' + (c >> 6));
        line[used++] = (char)('0' + ((c >> 3) & 7));
        line[used++] = (char)('0' + (c & 7));
    }
    line[used++] = '"';
    text_append(text, line, used);
}

/* The initialiser: string literals compile tens of times faster than lists of numbers. */
static void put_blob(struct text *text, const struct weights_blob *blob)
{
    enum { LINE = 128 };
    const unsigned char *bytes = (const unsigned char *)blob->data;
    for (size_t at = 0; at < blob->bytes; at += LINE) {
        const size_t rest = blob->bytes - at;
        put_line(text, bytes + at, rest < LINE ? rest : LINE);
        text_puts(text, (at + LINE) % WEIGHTS_ROW == 0 || rest <= LINE ? ",\n" : "\n");
    }
}

static void put_definition(struct text *text, const struct bundle *bundle, const struct weights_blob *blob)
{
    char symbol[SYMBOL_MAX];
    const char *guard = guard_of(blob);
    snprintf(symbol, sizeof symbol, "sepcc_weights_%s_%s_%u", bundle->name,
             bundle->stages.items[blob->stage].name, blob->number);
    text_puts(text, "\n");
    if (guard != NULL)
        text_printf(text, "#if %s\n", guard);
    text_puts(text, "/* For");
    for (unsigned isa = 0; isa < SEPCC_ISA_COUNT; ++isa)
        if (blob->isas & (1u << isa))
            text_printf(text, " %s", sepcc_isa_name(isa));
    text_printf(text, ": %zu bytes. SHA-256: %s */\n", blob->bytes, blob->digest);
    text_printf(text, "extern const char %s[][%d];\n", symbol, WEIGHTS_ROW);
    text_printf(text, "_Alignas(%u) const char %s[][%d] = {\n", SEPCC_ALIGNMENT, symbol, WEIGHTS_ROW);
    put_blob(text, blob);
    text_puts(text, guard != NULL ? "};\n#endif\n" : "};\n");
}

static void put_opening(struct text *text, const struct bundle *bundle, size_t stage)
{
    text_printf(text,
                "/*\n"
                " * %s_weights_%s.c: the weights of a stage, packed as its kernels read them; by sepcc %s.\n"
                " */\n"
                "#include \"%s.h\"\n\n"
                "#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__\n"
                "#error \"these bytes are little-endian\"\n"
                "#endif\n"
                "/* The strings have no zero at their end, and need none. */\n"
                "#if defined(__clang__) ? __clang_major__ >= 21 : defined(__GNUC__) && __GNUC__ >= 15\n"
                "#pragma GCC diagnostic ignored \"-Wunterminated-string-initialization\"\n"
                "#endif\n",
                bundle->name, bundle->stages.items[stage].name, SEPCC_VERSION, bundle->name);
}

enum exit_status packed_files(const struct bundle *bundle, struct output_set *files)
{
    const struct packed_weights *weights = bundle->weights;
    struct text *text = NULL;
    for (size_t i = 0; i < weights->blob_count; ++i) {
        const struct weights_blob *blob = &weights->blobs[i];
        if (blob->number == 0) {
            char name[SYMBOL_MAX];
            snprintf(name, sizeof name, "%s_weights_%s.c", bundle->name,
                     bundle->stages.items[blob->stage].name);
            text = output_add(files, name);
            if (text == NULL)
                return STATUS_ENVIRONMENT;
            put_opening(text, bundle, blob->stage);
        }
        put_definition(text, bundle, blob);
    }
    return STATUS_DONE;
}

/* ---- the side file --------------------------------------------------------------------------------- */

void packed_side_file(const struct packed_weights *weights, struct text *text)
{
    uint64_t header[WEIGHTS_HEADER / 8] = {0, WEIGHTS_VERSION, weights->id, weights->file_bytes};
    static const char magic[8] = {'s', 'e', 'p', 'c', 'c', 'w', 't', 's'};
    memcpy(header, magic, sizeof magic);
    text_append(text, (const char *)header, sizeof header);
    for (size_t i = 0; i < weights->blob_count; ++i)
        text_append(text, (const char *)weights->blobs[i].data, weights->blobs[i].bytes);
}
