/*
 * expect.h: the end of an error message: the accepted words, or the one that was probably meant.
 */
#ifndef SEPCC_GENERATOR_BASE_EXPECT_H
#define SEPCC_GENERATOR_BASE_EXPECT_H

#include <stddef.h>

enum { EXPECT_MAX = 320 };

/*
 * The index of the word that was probably meant by the first bytes of `word`, or count. Up to two letters may
 * be wrong, missing or too many, and more than half of the word must be right. Words have up to 32 bytes.
 */
size_t expect_nearest(const char *word, size_t length, const char *const words[], size_t count);

/* "a, b or c", cut to size. */
void expect_list(const char *const forms[], size_t count, char text[EXPECT_MAX]);

/* The word that was probably meant, else all of them; forms[i] is how words[i] is shown. */
void expect_words(const char *word, size_t length, const char *const words[], const char *const forms[],
                  size_t count, char text[EXPECT_MAX]);

#endif
