/*
 * expect.c: the end of an error message: the accepted words, or the one that was probably meant.
 */
#include "base/expect.h"

#include <stdio.h>
#include <string.h>

enum { NEAR_WORD_MAX = 32, NEAR_DISTANCE = 2 };

static size_t least(size_t a, size_t b, size_t c)
{
    const size_t ab = a < b ? a : b;
    return ab < c ? ab : c;
}

/* Insertions, deletions and replacements that turn one word into the other (Levenshtein). */
static size_t edit_distance(const char *a, size_t a_length, const char *b)
{
    size_t row[NEAR_WORD_MAX + 1];
    const size_t b_length = strlen(b);
    for (size_t j = 0; j <= b_length; ++j)
        row[j] = j;
    for (size_t i = 1; i <= a_length; ++i) {
        size_t diagonal = row[0];
        row[0] = i;
        for (size_t j = 1; j <= b_length; ++j) {
            const size_t above = row[j];
            row[j] = least(above + 1, row[j - 1] + 1, diagonal + (a[i - 1] != b[j - 1]));
            diagonal = above;
        }
    }
    return row[b_length];
}

size_t expect_nearest(const char *word, size_t length, const char *const words[], size_t count)
{
    size_t best = count, best_distance = NEAR_DISTANCE + 1;
    if (length > NEAR_WORD_MAX)
        return count;
    for (size_t i = 0; i < count; ++i) {
        const size_t distance = edit_distance(word, length, words[i]);
        if (distance < best_distance && 2 * distance < strlen(words[i])) {
            best = i;
            best_distance = distance;
        }
    }
    return best;
}

void expect_list(const char *const forms[], size_t count, char text[EXPECT_MAX])
{
    size_t used = 0;
    text[0] = '\0';
    for (size_t i = 0; i < count && used < EXPECT_MAX; ++i) {
        const char *joint = i == 0 ? "" : i + 1 == count ? " or " : ", ";
        used += (size_t)snprintf(text + used, EXPECT_MAX - used, "%s%s", joint, forms[i]);
    }
}

void expect_words(const char *word, size_t length, const char *const words[], const char *const forms[],
                  size_t count, char text[EXPECT_MAX])
{
    const size_t near = expect_nearest(word, length, words, count);
    if (near < count)
        expect_list(&forms[near], 1, text);
    else
        expect_list(forms, count, text);
}
