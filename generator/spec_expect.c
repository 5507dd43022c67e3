/*
 * spec_expect.c: the end of an error message: the accepted words, or the one that was probably meant.
 */
#include "spec_internal.h"

#include <stdio.h>
#include <string.h>

enum { NEAR_WORD_MAX = 32, NEAR_DISTANCE = 2 };

static size_t least(size_t a, size_t b, size_t c)
{
    const size_t ab = a < b ? a : b;
    return ab < c ? ab : c;
}

/* Insertions, deletions and replacements that turn one word into the other (Levenshtein). */
static size_t edit_distance(struct slice a, const char *b)
{
    size_t row[NEAR_WORD_MAX + 1];
    const size_t b_length = strlen(b);
    for (size_t j = 0; j <= b_length; ++j)
        row[j] = j;
    for (size_t i = 1; i <= a.length; ++i) {
        size_t diagonal = row[0];
        row[0] = i;
        for (size_t j = 1; j <= b_length; ++j) {
            const size_t above = row[j];
            row[j] = least(above + 1, row[j - 1] + 1, diagonal + (a.text[i - 1] != b[j - 1]));
            diagonal = above;
        }
    }
    return row[b_length];
}

/* The index of the word that was probably meant, or count. More than half of the word must be right. */
static size_t nearest(struct slice word, const char *const words[], size_t count)
{
    size_t best = count, best_distance = NEAR_DISTANCE + 1;
    if (word.length > NEAR_WORD_MAX)
        return count;
    for (size_t i = 0; i < count; ++i) {
        const size_t distance = edit_distance(word, words[i]);
        if (distance < best_distance && 2 * distance < strlen(words[i])) {
            best = i;
            best_distance = distance;
        }
    }
    return best;
}

/* forms[i] is how words[i] is shown. */
static void expect_forms(struct slice word, const char *const words[], const char *const forms[],
                         size_t count, char text[EXPECT_MAX])
{
    const size_t near = nearest(word, words, count);
    if (near < count) {
        snprintf(text, EXPECT_MAX, "%s", forms[near]);
        return;
    }
    size_t used = 0;
    text[0] = '\0';
    for (size_t i = 0; i < count && used < EXPECT_MAX; ++i) {
        const char *joint = i == 0 ? "" : i + 1 == count ? " or " : ", ";
        used += (size_t)snprintf(text + used, EXPECT_MAX - used, "%s%s", joint, forms[i]);
    }
}

void spec_expect(struct slice word, const char *const words[], size_t count, char text[EXPECT_MAX])
{
    expect_forms(word, words, words, count, text);
}

void spec_expect_ops(struct slice word, char text[EXPECT_MAX])
{
    const char *words[SPEC_OPS] = {NULL};
    for (size_t i = 0; i < SPEC_OPS; ++i)
        words[i] = spec_ops[i].name;
    spec_expect(word, words, SPEC_OPS, text);
}

void spec_expect_keys(struct slice word, enum sepcc_op op, char text[EXPECT_MAX])
{
    const char *words[EXPECT_WORDS_MAX] = {NULL};
    size_t count = 0;
    for (size_t i = 0; i < spec_key_count && count < EXPECT_WORDS_MAX; ++i)
        if (((spec_keys[i].accepted >> op) & 1u) != 0)
            words[count++] = spec_keys[i].name;
    spec_expect(word, words, count, text);
}

void spec_expect_acts(struct slice word, char text[EXPECT_MAX])
{
    const char *words[SEPCC_ACT_COUNT], *forms[SEPCC_ACT_COUNT];
    for (size_t i = 0; i < SEPCC_ACT_COUNT; ++i) {
        words[i] = spec_acts[i].name;
        forms[i] = spec_acts[i].form;
    }
    expect_forms(word, words, forms, SEPCC_ACT_COUNT, text);
}
