/*
 * compile_command.h: the command lines of compilers and linkers.
 */
#ifndef SEPCC_GENERATOR_COMPILE_COMPILE_COMMAND_H
#define SEPCC_GENERATOR_COMPILE_COMPILE_COMMAND_H

#include "compile/compile.h"

/* A command line in the making, NULL-terminated at any time; its words belong to others. */
struct command {
    const char **words;
    size_t count;
    char *target; /* "--target=...", malloc'ed, or NULL */
};

/* What compilers and linkers are run with: messages in English, whatever the user's locale. */
extern const char *const compile_environment[];

/*
 * Begins with the compiler and its target, with room for extra words beside the flags of every compilation.
 * False when out of memory. Free it in either case.
 */
bool command_begin(struct command *command, const struct compiler *compiler, size_t extra);
void command_add(struct command *command, const char *word);
/* The flags of every compilation. */
void command_add_flags(struct command *command);
void command_free(struct command *command);

/* How many words a NULL-terminated list (NULL: none) has, and whether it has one. */
size_t words_count(const char *const *words);
bool words_have(const char *const *words, const char *word);

#endif
