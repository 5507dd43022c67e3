/*
 * key.h: the parts of a tuning key (db.h) that are read off the machine and the sources.
 */
#ifndef SEPCC_GENERATOR_DATABASE_KEY_H
#define SEPCC_GENERATOR_DATABASE_KEY_H

#include "base/diag.h"
#include "base/text.h"
#include "compile/compile.h"
#include "spec/isa.h"
#include "spec/spec.h"

/* The flags that tuning may change, as every file is compiled with when nobody says otherwise. */
#define TUNE_FLAGS_DEFAULT "-O2"

/* The running CPU's model and cache sizes in one line, without clock rates or host names; appended. */
enum exit_status tune_key_cpu(struct text *cpu);
/* The same from the text of /proc/cpuinfo and the bytes of L1d, L2 and L3 (0: there is none). */
void tune_key_cpu_from(const char *cpuinfo, const size_t caches[3], struct text *cpu);

/*
 * A compiler's name, version and the flags that tuning may change (NULL: TUNE_FLAGS_DEFAULT), without paths:
 * "clang 14.0.6 -O2" on every machine; appended.
 */
enum exit_status tune_key_compiler(const struct compiler *compiler, const char *flags, struct text *text);

/*
 * The digest of the templates that an operation's kernels for an ISA are made from, and of nothing else. The
 * stage is one that is generated (plan_support_check).
 */
enum exit_status tune_key_templates(const struct spec *spec, const struct isa *isa, char digest[33]);
/* The same for many specs: each operation's templates are read once. Starts zeroed. */
enum { TUNE_TEMPLATES_MAX = 64 };
struct tune_templates {
    struct {
        const struct operation *operation;
        const struct isa *isa;
        char digest[33];
    } known[TUNE_TEMPLATES_MAX];
    size_t count;
};
enum exit_status tune_templates_of(struct tune_templates *templates, const struct spec *spec,
                                   const struct isa *isa, const char **digest);

/* The spec as the key has it: without its name. */
enum exit_status tune_key_spec(const struct spec *spec, char text[SPEC_TEXT_MAX]);

#endif
