/*
 * name.h: kernel names, `sepcc_<dtype>_<op>_<what>__<shape>__<isa>_<plan>`: one function writes, one reads.
 *
 * The name holds the whole stage, so that two kernels share a name only when they are the same kernel.
 */
#ifndef SEPCC_GENERATOR_SPEC_NAME_H
#define SEPCC_GENERATOR_SPEC_NAME_H

#include "spec/isa.h"
#include "spec/spec.h"

enum { KERNEL_NAME_MAX = 240 };

/*
 * Writes the name of the kernel for this stage, ISA and plan to name (KERNEL_NAME_MAX + 1 bytes).
 * plan is the plan's short form: letters, digits and single underscores. Returns 0, or -1 when the name does
 * not fit, as may happen only to a stage of several layers whose numbers are nearly all as long as they can
 * be: then name is cut and of no use.
 */
int kernel_name_format(const struct spec *spec, const struct isa *isa, const char *plan, char *name);

/*
 * Reads it back: *spec gets the stage (no name), *isa the ISA, plan (64 bytes) the short form.
 * Returns 0, or -1 when the text is no kernel name.
 */
int kernel_name_parse(const char *name, struct spec *spec, const struct isa **isa, char *plan);

#endif
