/*
 * compile.h: compiling generated files, through a content-addressed cache, in parallel.
 *
 * Cache: $SEPCC_CACHE, else $XDG_CACHE_HOME/sepcc, else ~/.cache/sepcc. An entry is named by the digest of
 * the source bytes, the headers it was given, the compiler's identity (path, version) and all flags; it holds
 * the object behind a header with its length and digest, checked when read. A corrupt entry is reported as a
 * warning, removed and made again.
 */
#ifndef SEPCC_GENERATOR_COMPILE_COMPILE_H
#define SEPCC_GENERATOR_COMPILE_COMPILE_H

#include "base/diag.h"
#include "base/text.h"
#include "spec/isa.h"

#include <stdbool.h>
#include <stddef.h>

struct compiler {
    const char *cc;     /* "clang", "gcc-12", "aarch64-linux-gnu-gcc" ... */
    const char *target; /* a target triple for clang's --target, or NULL for cc's own */
    char *identity;     /* path and version text; set by compiler_open */
    enum isa_arch arch; /* what it compiles for; set by compiler_open */
};

/*
 * The compiler for an architecture: cc (NULL: clang) with target (NULL: none where arch is the host's, else
 * the Debian triple of arch, such as aarch64-linux-gnu). Checks that it runs and compiles for arch.
 * cc and target must live as long as the compiler. arch ARCH_ANY takes any, and the struct says which.
 * Errors: DIAG_TOOL (names the package to install), DIAG_USAGE (a target for a compiler that takes none).
 */
enum exit_status compiler_open(const char *cc, const char *target, enum isa_arch arch,
                               struct compiler *compiler);
void compiler_close(struct compiler *compiler);
/* The gcc that compiles for an architecture: "gcc" for the host's, else a cross compiler. */
const char *compiler_gcc(enum isa_arch arch);
/* Clang takes --target; others are made for one. */
bool compiler_is_clang(const struct compiler *compiler);

struct compile_job {
    const char *name;        /* for messages and progress */
    const char *source;      /* path of the .c file */
    const char *const *args; /* further arguments, NULL-terminated: -I..., ISA flags, -D... */
    const char *object;      /* path of the object (or assembly with -S) to write, by rename */
    bool kernel;             /* emitted by sepcc: its system headers may be compiled ahead of it */
    bool cached;             /* filled: came out of the cache */
    bool precompiled;        /* filled: was compiled with headers that were compiled ahead */
};

/*
 * Compiles all jobs with -std=c11 -O2 -ffp-contract=off -fPIC -Wall -Wextra -Werror and the job's args, at
 * most parallel at a time. Compiler messages are passed on to stderr. With -S in args, object is an assembly
 * file. Clang compiles kernels in groups (compile_group.h), which saves most of the time and gives the same
 * bytes. Errors: DIAG_COMPILE, DIAG_IO, DIAG_TOOL, DIAG_MEMORY, DIAG_FILE_MISSING (a source).
 */
enum exit_status compile_all(const struct compiler *compiler, struct compile_job *jobs, size_t count,
                             unsigned parallel);

/*
 * Links objects: -shared into a .so, or -static into a program, with -lm; the output appears by rename.
 * objects may hold further linker arguments. Errors: DIAG_COMPILE, DIAG_IO, DIAG_TOOL, DIAG_MEMORY.
 */
enum link_kind { LINK_SHARED, LINK_STATIC_PROGRAM };
enum exit_status link_objects(const struct compiler *compiler, enum link_kind kind,
                              const char *const *objects, size_t count, const char *output);

#endif
