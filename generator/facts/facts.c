/*
 * facts.c: the facts that every kernel has, and the one place where text becomes m4 input.
 */
#include "facts/facts.h"

#include "base/files.h"
#include "plan/operation.h"
#include "sepcc.h"
#include "sepcc_version.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Brackets are m4's quotes here, so they travel as C's digraphs, which emit.c turns back. */
static void append_escaped(struct text *facts, const char *value)
{
    for (; *value != '\0'; ++value) {
        if (*value == '[')
            text_puts(facts, "<:");
        else if (*value == ']')
            text_puts(facts, ":>");
        else
            text_append(facts, value, 1);
    }
}

static void fact_open(struct text *facts, const char *name, va_list arguments)
{
    char buffer[128];
    (void)vsnprintf(buffer, sizeof buffer, name, arguments);
    text_printf(facts, "m4_define([F_%s], [", buffer);
}

void fact_number(struct text *facts, unsigned long long value, const char *name, ...)
{
    va_list arguments;
    va_start(arguments, name);
    fact_open(facts, name, arguments);
    va_end(arguments);
    text_printf(facts, "%llu])\n", value);
}

void fact_string(struct text *facts, const char *value, const char *name, ...)
{
    va_list arguments;
    va_start(arguments, name);
    fact_open(facts, name, arguments);
    va_end(arguments);
    append_escaped(facts, value);
    text_puts(facts, "])\n");
}

void fact_band(struct text *facts, const struct axis_band *band, const char *name, unsigned number)
{
    fact_number(facts, band->count, "%s_%u_COUNT", name, number);
    fact_number(facts, band->size, "%s_%u_SIZE", name, number);
    fact_number(facts, band->out_first, "%s_%u_OUT", name, number);
    fact_number(facts, band->in_first, "%s_%u_IN", name, number);
    fact_number(facts, band->in_step, "%s_%u_STEP", name, number);
}

void fact_calls(struct text *facts, struct text *calls, const char *name, unsigned a, unsigned b)
{
    if (calls->failed)
        facts->failed = true;
    else
        fact_string(facts, calls->length > 0 ? calls->data : "", name, a, b);
    text_free(calls);
}

void fact_float(struct text *facts, float value, const char *name, ...)
{
    char constant[64], full_name[128];
    va_list arguments;
    va_start(arguments, name);
    (void)vsnprintf(full_name, sizeof full_name, name, arguments);
    va_end(arguments);
    if (isinf(value))
        (void)snprintf(constant, sizeof constant, "%sINFINITY", value < 0 ? "-" : "");
    else
        (void)snprintf(constant, sizeof constant, "%af", (double)value);
    /* The C locale's point, whatever the process runs in. */
    for (char *at = constant; *at != '\0'; ++at)
        if (*at == ',')
            *at = '.';
    fact_string(facts, constant, "%s", full_name);
}

/* The fields of a layer, their names after prefix. */
static void field_facts(struct text *facts, const char *prefix, const struct sepcc_layer *layer)
{
    const struct {
        const char *name;
        uint32_t value;
    } numbers[] = {
        {"OP", layer->op},
        {"IN_H", layer->in_h},
        {"IN_W", layer->in_w},
        {"IN_C", layer->in_c},
        {"OUT_H", layer->out_h},
        {"OUT_W", layer->out_w},
        {"OUT_C", layer->out_c},
        {"KERNEL_H", layer->kernel_h},
        {"KERNEL_W", layer->kernel_w},
        {"STRIDE_H", layer->stride_h},
        {"STRIDE_W", layer->stride_w},
        {"DILATION_H", layer->dilation_h},
        {"DILATION_W", layer->dilation_w},
        {"PAD_TOP", layer->pad_top},
        {"PAD_LEFT", layer->pad_left},
        {"PAD_BOTTOM", layer->pad_bottom},
        {"PAD_RIGHT", layer->pad_right},
        {"MULTIPLIER", layer->multiplier},
        {"HAS_BIAS", layer->has_bias},
        {"ACT_NUMBER", layer->act},
    };
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; ++i)
        fact_number(facts, numbers[i].value, "%s%s", prefix, numbers[i].name);
    fact_string(facts, spec_act_name((enum sepcc_act)layer->act), "%sACT", prefix);
    fact_float(facts, layer->act_param[0], "%sACT_LO", prefix);
    fact_float(facts, layer->act_param[1], "%sACT_HI", prefix);
}

/* What the template of the plan's operation needs. */
static void plan_facts(struct kernel *kernel)
{
    switch (kernel->plan.operation->id) {
    case OPERATION_DEPTHWISE:
        facts_depthwise(kernel);
        return;
    case OPERATION_POINTWISE:
        facts_pointwise(kernel);
        return;
    case OPERATION_DEPTHWISE_NCHW:
        facts_depthwise_nchw(kernel);
        return;
    case OPERATION_POINTWISE_NCHW:
        facts_pointwise_nchw(kernel);
        return;
    case OPERATION_FUSED:
    case OPERATION_FUSED_NCHW:
        facts_fused(kernel);
        return;
    case OPERATION_CONV:
        facts_conv(kernel);
        return;
    }
}

void facts_layer(struct kernel *kernel, const struct layer_place *place)
{
    field_facts(&kernel->facts, "", &kernel->spec.stage.layer[0]);
    fact_string(&kernel->facts, place->prefix, "PREFIX");
    fact_number(&kernel->facts, place->part, "PART");
    fact_number(&kernel->facts, place->add, "ADD");
    fact_number(&kernel->facts, kernel->plan.packed_bytes, "LAYER_BYTES");
    plan_facts(kernel);
}

const char *layer_prefix(const struct sepcc_stage *stage, unsigned layer)
{
    if (stage->layer_count == 1)
        return "";
    return layer == 0 ? "first_" : layer == 1 ? "second_" : "third_";
}

/* What the descriptor and the packing say of each layer. */
static void stage_facts(struct kernel *kernel)
{
    const struct sepcc_stage *stage = &kernel->spec.stage;
    size_t packed_at = 0;
    fact_number(&kernel->facts, stage->layer_count, "LAYER_COUNT");
    fact_number(&kernel->facts, stage->residual, "RESIDUAL");
    for (unsigned i = 0; i < stage->layer_count; ++i) {
        char prefix[32];
        (void)snprintf(prefix, sizeof prefix, "LAYER_%u_", i);
        field_facts(&kernel->facts, prefix, &stage->layer[i]);
        fact_string(&kernel->facts, layer_prefix(stage, i), "LAYER_%u_PREFIX", i);
        fact_number(&kernel->facts, packed_at, "LAYER_%u_PACKED_AT", i);
        packed_at += stage->layer_count > 1 ? kernel->plan.as.fused.parts[i].packed_bytes : 0;
    }
}

static void kernel_facts(struct kernel *kernel)
{
    struct text *facts = &kernel->facts;
    const struct sepcc_stage *stage = &kernel->spec.stage;
    const size_t in_count = sepcc_stage_input_count(stage), out_count = sepcc_stage_output_count(stage);
    char spec_text[SPEC_TEXT_MAX];
    struct text plan_text = {0};
    spec_print(&kernel->spec, 0, spec_text);
    plan_print(&kernel->plan, &plan_text);
    facts->failed |= plan_text.failed;
    if (!facts->failed) {
        fact_string(facts, SEPCC_VERSION, "VERSION");
        fact_string(facts, kernel->name, "NAME");
        fact_string(facts, spec_text, "SPEC");
        fact_string(facts, plan_text.data, "PLAN");
        fact_string(facts, kernel->isa->name, "ISA");
    }
    text_free(&plan_text);
    fact_number(facts, kernel->isa->id, "ISA_NUMBER");
    fact_number(facts, stage->op, "STAGE_OP");
    fact_number(facts, stage->dtype, "DTYPE");
    fact_number(facts, stage->layout, "LAYOUT");
    fact_number(facts, stage->batch, "BATCH");
    fact_number(facts, in_count / stage->batch, "IN_IMAGE");
    fact_number(facts, out_count / stage->batch, "OUT_IMAGE");
    fact_number(facts, kernel->plan.packed_bytes, "PACKED_BYTES");
    fact_number(facts, kernel->plan.workspace_bytes, "WORKSPACE_BYTES");
    fact_number(facts, kernel->plan.unit_count, "UNIT_COUNT");
    fact_number(facts, sepcc_stage_fma_count(stage), "FMA_COUNT");
    fact_number(facts, in_count * sizeof(float) + kernel->plan.packed_bytes, "READ_BYTES");
    fact_number(facts, out_count * sizeof(float), "WRITE_BYTES");
    stage_facts(kernel);
}

static enum exit_status template_append(const char *name, struct text *bytes)
{
    char path[4096];
    const char *folder = data_folder();
    if (folder == NULL)
        return STATUS_ENVIRONMENT;
    if (snprintf(path, sizeof path, "%s/templates/%s", folder, name) >= (int)sizeof path)
        return diag_error(DIAG_TEMPLATE, NOWHERE,
                          "the templates' path is too long, expected under 4096 bytes");
    return file_read(path, bytes);
}

/* Everything a kernel's text is made from besides its facts. */
static enum exit_status templates_append(const struct isa *isa, const struct operation *operation,
                                         struct text *bytes)
{
    static const char *const none[] = {NULL};
    char vocabulary[64];
    (void)snprintf(vocabulary, sizeof vocabulary, "isa/%s.m4", isa->name);
    const char *const names[] = {"lib/base.m4", "lib/kernel.m4", "lib/activation.m4", vocabulary,
                                 operation->template};
    enum exit_status status = STATUS_DONE;
    for (size_t i = 0; i < sizeof names / sizeof names[0] && status == STATUS_DONE; ++i)
        status = template_append(names[i], bytes);
    const char *const *include = operation->includes != NULL ? operation->includes : none;
    for (; *include != NULL && status == STATUS_DONE; ++include)
        status = template_append(*include, bytes);
    return status;
}

/* The digest of what is in bytes already and of the templates; empties bytes. */
static enum exit_status digest_make(const struct isa *isa, const struct operation *operation,
                                    struct text *bytes, char digest[33])
{
    const enum exit_status status = templates_append(isa, operation, bytes);
    const bool failed = bytes->failed;
    if (status == STATUS_DONE && !failed)
        digest_bytes(bytes->data, bytes->length, digest);
    text_free(bytes);
    return status == STATUS_DONE && failed ? diag_memory() : status;
}

enum exit_status facts_templates_digest(const struct isa *isa, const struct operation *operation,
                                        char digest[33])
{
    struct text bytes = {0};
    return digest_make(isa, operation, &bytes, digest);
}

enum exit_status facts_write(struct kernel *kernel)
{
    kernel_facts(kernel);
    if (kernel->spec.stage.layer_count > 1)
        plan_facts(kernel);
    else
        facts_layer(kernel, &(struct layer_place){.prefix = ""});
    if (kernel->facts.failed)
        return diag_memory();
    struct text bytes = {0};
    text_append(&bytes, kernel->facts.data, kernel->facts.length);
    const enum exit_status status = digest_make(kernel->isa, kernel->plan.operation, &bytes, kernel->digest);
    if (status != STATUS_DONE)
        return status;
    fact_string(&kernel->facts, kernel->digest, "DIGEST");
    return kernel->facts.failed ? diag_memory() : STATUS_DONE;
}
