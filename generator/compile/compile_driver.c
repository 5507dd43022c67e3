/*
 * compile_driver.c: reads the command lines that clang's driver prints: every word in double quotes, with
 * backslashes before quotes, backslashes and dollars.
 */
#include "compile/compile_driver.h"

#include <stdlib.h>
#include <string.h>

static const char COMPILES[] = " \"-cc1\" ";

/* The line of the one command that compiles; NULL when there is none, or another. */
static const char *find_line(const char *said)
{
    const char *found = NULL;
    for (const char *line = said; line != NULL && *line != '\0';) {
        const char *end = strchr(line, '\n'), *word = line + strspn(line, " ");
        if (*word == '"') {
            const char *compiles = strstr(word, COMPILES);
            if (found != NULL || compiles == NULL || (end != NULL && compiles > end))
                return NULL;
            found = word;
        }
        line = end != NULL ? end + 1 : NULL;
    }
    return found;
}

/* Takes the quoted word at *from, which then stands behind it; NULL when it has no end. */
static char *take_word(char **from)
{
    char *const word = *from + 1;
    char *to = word;
    for (char *at = word; *at != '\0' && *at != '\n'; ++at) {
        if (*at == '"') {
            *to = '\0';
            *from = at + 1;
            return word;
        }
        if (*at == '\\' && at[1] != '\0')
            ++at;
        *to++ = *at;
    }
    return NULL;
}

static int split(struct driver_words *words)
{
    char *at = words->buffer;
    while (*at == '"') {
        const char *word = take_word(&at);
        if (word == NULL)
            return -1;
        words->words[words->count++] = word;
        at += strspn(at, " ");
    }
    return *at == '\0' || *at == '\n' ? 0 : -1;
}

/* Takes out `-o OBJECT` and the SOURCE at the end; fails when they are not there. */
static int drop_files(struct driver_words *words, const char *source, const char *object)
{
    size_t kept = 0, dropped = 0;
    if (words->count == 0 || strcmp(words->words[words->count - 1], source) != 0)
        return -1;
    --words->count;
    for (size_t i = 0; i < words->count; ++i)
        if (i + 1 < words->count && strcmp(words->words[i], "-o") == 0 &&
            strcmp(words->words[i + 1], object) == 0) {
            ++i;
            ++dropped;
        } else
            words->words[kept++] = words->words[i];
    words->count = kept;
    words->words[kept] = NULL;
    return dropped == 1 ? 0 : -1;
}

struct driver_words driver_words_read(const char *said, const char *source, const char *object, size_t extra)
{
    struct driver_words words = {0};
    const char *line = find_line(said);
    if (line == NULL)
        return words;
    words.buffer = strdup(line);
    /* Each word has two quotes and a blank. */
    words.words = calloc(strlen(line) / 3 + extra + 2, sizeof *words.words);
    if (words.buffer == NULL || words.words == NULL || split(&words) != 0 ||
        drop_files(&words, source, object) != 0)
        driver_words_free(&words);
    return words;
}

void driver_words_free(struct driver_words *words)
{
    free(words->buffer);
    free(words->words);
    *words = (struct driver_words){0};
}
