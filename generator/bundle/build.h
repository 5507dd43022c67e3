/*
 * build.h: the middle that build, verify, run and bench share: a bundle's folder, compiled for an
 * architecture.
 */
#ifndef SEPCC_GENERATOR_BUNDLE_BUILD_H
#define SEPCC_GENERATOR_BUNDLE_BUILD_H

#include "bundle/bundle.h"
#include "compile/compile.h"

#include <stdbool.h>
#include <stddef.h>

/* Its files: build.c the bundle and its libraries, build_runner.c runners and peaks, build_units.c both's
 * compiling and linking. */
struct build {
    struct bundle bundle;
    const struct options *options;
    char *folder;            /* of the bundle's files */
    char *scratch;           /* a temporary folder to be removed at the end, or NULL */
    size_t compiled, cached; /* objects, so far */
    const char *flags;       /* for the kernels, beside their ISA's, separated by blanks; NULL: none */
};

/*
 * Writes a planned bundle into options->output, or into a temporary folder when that is NULL (or when the
 * command's output is no folder, scratch true). Takes the bundle over. Call build_close in every case.
 */
enum exit_status build_open(const struct options *options, struct bundle *bundle, bool scratch,
                            struct build *build);
void build_close(struct build *build);

/* "x86_64" or "aarch64"; of ARCH_ANY the host's. */
const char *build_arch_name(enum isa_arch arch);
/* Whether there is one to compile for an architecture. Portable ones alone are for the host. */
bool build_has_kernels(const struct bundle *bundle, enum isa_arch arch);
/* The path of a kernel's object after build_library: malloc'ed, NULL when out of memory. */
char *build_object(const struct build *build, enum isa_arch arch, const char *kernel);

/*
 * Compiles the bundle's kernels and its dispatch for an architecture, and links lib<name>.so: in the bundle's
 * folder for the host, in its subfolder <arch> for another. The objects stay there. archive: also
 * lib<name>.a. *library (may be NULL) gets the path of the .so, malloc'ed.
 */
enum exit_status build_library(struct build *build, enum isa_arch arch, bool archive, char **library);

/*
 * Links the kernels of one ISA and the runtime's verifier into a static program for an emulator (the
 * arguments are those of runtime/runner.c). *program gets its path, malloc'ed.
 */
enum exit_status build_runner(struct build *build, const struct isa *isa, char **program);

/* The kernels of a build in a runner. The first part has no name, and what is proved is in it. */
struct runner_part {
    struct build *build;
    const char *name; /* of its bundle there, which holds the kernels of its stages in their order */
};

/*
 * The same for a target without a compiler, of one part or more, each compiled with the compiler and the
 * flags of its own build: portable kernels too are compiled for that architecture, all as build_library
 * compiles them, and the peak loop of the ISA is in it. isa NULL: no kernels.
 */
enum exit_status build_remote_runner(const struct runner_part parts[], size_t count, const struct isa *isa,
                                     enum isa_arch arch, char **program);

/*
 * Compiles the peak loops of a set of ISAs of the host into a shared library with one symbol
 * sepcc_peak_<isa> each. *library gets its path, malloc'ed.
 */
enum exit_status build_peaks(struct build *build, isa_set isas, char **library);

#endif
