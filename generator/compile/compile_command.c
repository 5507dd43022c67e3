/*
 * compile_command.c: the command lines of compilers and linkers.
 */
#include "compile/compile_command.h"

#include "compile/compile_key.h"

#include <stdlib.h>
#include <string.h>

/* Beside the flags of every compilation and the extra ones. */
enum { MAX_FIXED_WORDS = 24 };

const char *const compile_environment[] = {"LC_ALL=C", NULL};

bool command_begin(struct command *command, const struct compiler *compiler, size_t extra)
{
    *command = (struct command){.words = calloc(extra + MAX_FIXED_WORDS, sizeof(const char *))};
    if (!command->words)
        return false;
    command_add(command, compiler->cc);
    if (compiler->target) {
        struct text word = {0};
        text_printf(&word, "--target=%s", compiler->target);
        if (word.failed) {
            text_free(&word);
            return false;
        }
        command->target = word.data;
        command_add(command, command->target);
    }
    return true;
}

void command_add(struct command *command, const char *word)
{
    command->words[command->count++] = word;
}

void command_add_flags(struct command *command)
{
    for (size_t i = 0; compile_flags[i]; i++)
        command_add(command, compile_flags[i]);
}

void command_free(struct command *command)
{
    free(command->words);
    free(command->target);
    *command = (struct command){0};
}

size_t words_count(const char *const *words)
{
    size_t count = 0;
    while (words && words[count])
        count++;
    return count;
}

bool words_have(const char *const *words, const char *word)
{
    for (size_t i = 0; words && words[i]; i++)
        if (strcmp(words[i], word) == 0)
            return true;
    return false;
}
