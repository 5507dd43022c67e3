/*
 * facts.h: the seam between C and m4: a spec and its plan written as named values (templates/README.md lists
 * them all).
 */
#ifndef SEPCC_GENERATOR_FACTS_FACTS_H
#define SEPCC_GENERATOR_FACTS_FACTS_H

#include "facts/emit.h"

#include <stdbool.h>

/*
 * Appends all facts of the kernel to kernel->facts. kernel->name, spec, isa, plan are set; the digest is made
 * here, from the facts and the templates' bytes, and becomes a fact itself. Errors: DIAG_TEMPLATE,
 * DIAG_MEMORY.
 */
enum exit_status facts_write(struct kernel *kernel);

/*
 * The digest of the templates that an operation's kernels for an ISA are made from, whatever their facts.
 * Errors: those of reading files, DIAG_TEMPLATE, DIAG_MEMORY.
 */
enum exit_status facts_templates_digest(const struct isa *isa, const struct operation *operation,
                                        char digest[33]);

/* One fact: m4_define([F_<name>], [value]); name and value are printf'ed. The one place that writes m4
 * quotes. */
void fact_number(struct text *facts, unsigned long long value, const char *name, ...)
    __attribute__((format(printf, 3, 4)));
void fact_string(struct text *facts, const char *value, const char *name, ...)
    __attribute__((format(printf, 3, 4)));

/* The facts <name>_<number>_COUNT, SIZE, OUT, IN and STEP of a band of tiles (plan.h). */
void fact_band(struct text *facts, const struct axis_band *band, const char *name, unsigned number);

/* A list of calls of a template's words, which may be empty and is freed; a and b belong to the name. */
void fact_calls(struct text *facts, struct text *calls, const char *name, unsigned a, unsigned b);

/* A C float constant for value, such as 0x1.8p+1f, INFINITY or -INFINITY. */
void fact_float(struct text *facts, float value, const char *name, ...) __attribute__((format(printf, 3, 4)));

/*
 * The facts of one layer that its template needs, unprefixed: the layer, its place in the kernel (prefix of
 * the names of its functions; part: 0 for a kernel of one layer; add: 1 when the stage's input is added to
 * what it gives) and its plan.
 */
struct layer_place {
    const char *prefix;
    bool part, add;
};
/* The prefix of a layer's functions: "" where it is the only one. */
const char *layer_prefix(const struct sepcc_stage *stage, unsigned layer);
void facts_layer(struct kernel *kernel, const struct layer_place *place);

/* A fused stage: its plan, and each layer's facts as a macro M_LAYER_<i> that defines them when it is used.
 */
void facts_fused(struct kernel *kernel);

/* The distinct tile sizes of a depthwise plan's axis, WHATS and WHAT_<i>: looped forms have a body for each.
 */
void tile_size_facts(struct text *facts, const struct axis_band *bands, unsigned band_count,
                     const char *what);

/* The K blocks of a pointwise plan. */
void depth_facts(struct text *facts, const struct depth_band *bands, unsigned count);

/* Blocks of output channels as panels. */
void panel_facts(struct text *facts, const struct panel_block *blocks, unsigned kinds, unsigned total);

/* The facts of one operation's plan. */
void facts_depthwise(struct kernel *kernel);
void facts_pointwise(struct kernel *kernel);
void facts_depthwise_nchw(struct kernel *kernel);
void facts_pointwise_nchw(struct kernel *kernel);
void facts_conv(struct kernel *kernel);

#endif
