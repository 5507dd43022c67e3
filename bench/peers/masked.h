/*
 * masked.h: copies of shared libraries that ask this program, not the CPU, what the CPU can do.
 *
 * In a copy each CPUID instruction is replaced by an opcode of the same length that no CPU has, so that the
 * handler of machine.c answers. That serves where CPUID itself cannot be made to trap.
 */
#ifndef SEPCC_BENCH_MASKED_H
#define SEPCC_BENCH_MASKED_H

#include "base/diag.h"

/* What stands for CPUID (0f a2): undefined on all x86 CPUs, and never written by a compiler, as ud2 is. */
enum { MASKED_BYTES = 2 };
extern const unsigned char masked_code[MASKED_BYTES];

/*
 * The path of a copy of a library in a folder (made where it is not there), malloc'ed; a copy of the path
 * itself where the library has no CPUID instruction. Copies are kept, by the library's path, size and time.
 * Instructions are found by objdump, so that bytes which only look like one are left alone. Errors:
 * DIAG_TOOL, DIAG_IO, DIAG_FILE_FORMAT (no ELF file), DIAG_MEMORY.
 */
enum exit_status masked_copy(const char *library, const char *folder, char **copy);

/*
 * Loads copies of all libraries that an object depends on and this program has not loaded, so that the
 * dynamic linker takes them, known by their names, when the object is loaded. Errors: as above; DIAG_LOAD.
 */
enum exit_status masked_load_dependencies(const char *object, const char *folder);

#endif
