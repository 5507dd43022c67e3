/*
 * inspect.h: the hot loops of compiled kernels, by disassembling their objects.
 *
 * The objects are what is linked, whatever compiler made them and whether they came out of the cache or not.
 */
#ifndef SEPCC_GENERATOR_INSPECT_INSPECT_H
#define SEPCC_GENERATOR_INSPECT_INSPECT_H

#include "bundle/build.h"
#include "inspect/hot_loops.h"

/*
 * The disassembler for an architecture: malloc'ed, NULL when there is none. target: --target, or NULL.
 */
char *inspect_program(enum isa_arch arch, const char *target);

struct inspect_job {
    const char *object; /* path */
    const struct isa *isa;
    struct hot_loops *loops; /* filled; free by hot_loops_free in every case */
};

/*
 * Disassembles objects of one architecture, at most parallel at a time. Errors: DIAG_TOOL (no disassembler,
 * or it failed), DIAG_MEMORY.
 */
enum exit_status inspect_objects(const struct inspect_job *jobs, size_t count, const char *target,
                                 unsigned parallel);

/*
 * Fills loops[k] for each kernel k of the bundle that build_library has compiled for an architecture, but for
 * scalar ones; the others are left alone. Errors: as inspect_objects.
 */
enum exit_status inspect_kernels(const struct build *build, enum isa_arch arch, struct hot_loops *loops);

/*
 * Warns of each kernel compiled for an architecture whose hot loops keep vectors on the stack; and, instead
 * of failing, when there is no disassembler.
 */
enum exit_status inspect_warn(const struct build *build, enum isa_arch arch);

#endif
