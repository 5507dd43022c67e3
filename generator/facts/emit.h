/*
 * emit.h: from plan to C text: facts are written, m4 prints the template, the result is checked.
 */
#ifndef SEPCC_GENERATOR_FACTS_EMIT_H
#define SEPCC_GENERATOR_FACTS_EMIT_H

#include "base/diag.h"
#include "base/process.h"
#include "base/text.h"
#include "plan/plan.h"
#include "spec/name.h"
#include "spec/spec.h"

/* One kernel to be emitted: filled by kernel_prepare, its source by emit_kernels. */
struct kernel {
    struct spec spec; /* without its name: kernels are shared by equal stages */
    const struct isa *isa;
    struct plan plan;
    char name[KERNEL_NAME_MAX + 1];
    char digest[33];
    struct text facts;  /* the m4 input */
    struct text source; /* the C file */
};

/*
 * Plans one kernel, names it and writes its facts. Errors: those of plan_make, DIAG_MEMORY, DIAG_TEMPLATE
 * (no templates). Free with kernel_free.
 */
enum exit_status kernel_prepare(const struct spec *spec, const struct isa *isa,
                                const struct plan_request *request, struct position at,
                                struct kernel *kernel);
void kernel_free(struct kernel *kernel);

/* Runs m4 for all kernels, at most parallel at a time, and checks what it printed. Errors: DIAG_TEMPLATE. */
enum exit_status emit_kernels(struct kernel *kernels, size_t count, unsigned parallel);

/*
 * Runs one template on a facts text: template is a name in templates/ such as "peak.m4". isa may be NULL (no
 * vocabulary is read then). Fails when m4 complains or a leftover macro word is in the output.
 */
enum exit_status emit_template(const char *template, const struct isa *isa, const struct text *facts,
                               struct text *output);

/* The first leftover macro word in a text, for the check and its test: NULL when there is none. */
const char *emit_find_leftover(const char *text, size_t *length);

#endif
