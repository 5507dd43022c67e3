/*
 * support_sources.h: sources in a folder, compiled as kernels are, in groups or by themselves (a cache_setup
 * of support_compile.h around them). All functions fail the running test when they cannot do what they say.
 */
#ifndef SEPCC_TESTS_SUPPORT_SOURCES_H
#define SEPCC_TESTS_SUPPORT_SOURCES_H

#include "compile/compile.h"

#include <stdbool.h>
#include <stddef.h>

enum { SOURCES_MOST = 9, SOURCES_FLAGS = 12, SOURCES_PARALLEL = 2, SOURCES_PRINTED_MAX = 8192 };

/* The folder, the arguments of all of them, and a set of jobs. */
struct sources {
    const char *folder;
    char paths[SOURCES_MOST][512], objects[SOURCES_MOST][512];
    const char *args[SOURCES_FLAGS];
    size_t count;
};

/* Small sources that include one header of the system and one of theirs, as kernels do. */
void put_sources(struct sources *sources, const char *folder, size_t count);

/* What the last sources_compile printed. */
extern char sources_printed[SOURCES_PRINTED_MAX];

/* Compiles all of them to NAME.SUFFIX, and counts those compiled in groups and those from the cache. */
enum exit_status sources_compile(struct sources *sources, const struct compiler *compiler, bool kernels,
                                 const char *suffix, size_t *precompiled, size_t *cached);

void assert_same_bytes(const char *a, const char *b);
/* Compiles them once more, each by itself and with a cache of its own, and compares the objects. */
void assert_as_single(struct sources *sources, const struct compiler *compiler);
/* Compiles as kernels, all of them in groups, without a word. */
void assert_grouped(struct sources *sources, const struct compiler *compiler, const char *suffix);
/* The same, by themselves. */
void assert_not_grouped(struct sources *sources, const struct compiler *compiler, const char *suffix);

#endif
