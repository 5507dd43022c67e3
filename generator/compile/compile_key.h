/*
 * compile_key.h: the name of a compiled object in the cache, and the flags that every file is compiled with.
 */
#ifndef SEPCC_GENERATOR_COMPILE_COMPILE_KEY_H
#define SEPCC_GENERATOR_COMPILE_COMPILE_KEY_H

#include "compile/compile.h"

/* The flags of every compilation, NULL-terminated. */
extern const char *const compile_flags[];

/*
 * The digest of everything the job's object depends on: the compiler's identity and target, the flags (but
 * not the paths of -I), and the bytes of the source and of all headers that it finds beside it or by -I. The
 * system's own headers are not read: they are taken to change with the compiler.
 * headers (may be NULL) gets an #include line for each of those, in the order in which the source comes to
 * them. Errors: DIAG_FILE_MISSING, DIAG_IO, DIAG_MEMORY.
 */
enum exit_status compile_key(const struct compiler *compiler, const struct compile_job *job, char digest[33],
                             struct text *headers);

/* The digest of what precompiled system headers depend on: the same compiler and flags, and their #include
 * lines. False when out of memory. */
bool compile_headers_key(const struct compiler *compiler, const char *const *args, const char *headers,
                         char digest[33]);

/*
 * The folder of a -I argument: "-Ifolder", or "-I" and the next one, which *i then counts to. NULL when
 * args[*i] is another argument.
 */
const char *compile_include_folder(const char *const *args, size_t *i);

#endif
