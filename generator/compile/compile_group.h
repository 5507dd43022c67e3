/*
 * compile_group.h: compiling kernels in groups, with clang. Most of a kernel's time goes into its system
 * headers and into the start of the compiler: so the headers of a group are precompiled once and kept in the
 * cache, and one process compiles several kernels.
 *
 * The objects are the same, byte for byte, as those of single compilations, and so are all messages: what
 * does not go through here without a word is left to be compiled by itself.
 */
#ifndef SEPCC_GENERATOR_COMPILE_COMPILE_GROUP_H
#define SEPCC_GENERATOR_COMPILE_COMPILE_GROUP_H

#include "compile/compile.h"

/* A job that the cache did not have. */
struct miss {
    struct compile_job *job;
    char key[33];        /* of its object in the cache */
    struct text headers; /* of a kernel: the #include lines of its system headers */
    bool done;
};

/* Called for each kernel that is compiled, with the path of its object, which goes away afterwards. */
typedef enum exit_status (*group_done)(struct miss *miss, const char *object, void *context);

/*
 * Compiles those of the misses that are kernels, if the compiler is clang, and sets done of each. Those that
 * cannot be compiled in this way are not done; nothing is printed about them, and it is no error. Returns
 * what stopped it: DIAG_MEMORY, DIAG_TOOL, or done's status.
 */
enum exit_status compile_groups(const struct compiler *compiler, struct miss *misses, size_t count,
                                unsigned parallel, group_done done, void *context);

#endif
