/*
 * build_units.h: lists of compilations, and what is linked of their objects: for the files that build.h
 * speaks of.
 */
#ifndef SEPCC_GENERATOR_BUNDLE_BUILD_UNITS_H
#define SEPCC_GENERATOR_BUNDLE_BUILD_UNITS_H

#include "bundle/build.h"

enum { UNIT_ARGUMENTS_MAX = 16 };

/* One compilation and the strings it owns. */
struct unit {
    char *source, *object;
    char *flags; /* split at its blanks; args points into it */
    const char *args[UNIT_ARGUMENTS_MAX + 1];
    bool kernel; /* as in struct compile_job */
};

struct unit_list {
    struct unit *items;
    size_t count, capacity;
};

void units_free(struct unit_list *list);

/*
 * Adds the compilation of source_folder/name.c to object_folder/name.o. include: a folder for -I; flags: more
 * arguments, separated by blanks.
 */
enum exit_status units_add(struct unit_list *list, const char *source_folder, const char *object_folder,
                           const char *name, const char *include, const char *flags);

/*
 * Adds a build's kernels for an architecture. only NULL: those of all its ISAs, else those of one; more:
 * flags, may be ""; prefix: before the symbols, so that a program can hold the same kernel twice, or NULL.
 */
enum exit_status units_add_kernels(const struct build *build, enum isa_arch arch, const char *object_folder,
                                   const struct isa *only, const char *more, const char *prefix,
                                   struct unit_list *list);

/* Compiles a list by the build's compiler and options. */
enum exit_status units_compile(struct build *build, enum isa_arch arch, const struct unit_list *list);

/* Links the objects of lists; archive (may be NULL) gets them too. */
enum exit_status units_link(const struct build *build, enum isa_arch arch, const struct unit_list lists[],
                            size_t count, enum link_kind kind, const char *output, const char *archive);

/* Makes folder/name; the result is malloc'ed, NULL after an error, which is told. */
char *build_subfolder(const char *folder, const char *name);

#endif
