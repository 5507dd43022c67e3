/*
 * spec_expect.c: what a spec's error messages expect: operations, keys of an operation, activations.
 */
#include "spec/spec_internal.h"

void spec_expect(struct slice word, const char *const words[], size_t count, char text[EXPECT_MAX])
{
    expect_words(word.text, word.length, words, words, count, text);
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
    expect_words(word.text, word.length, words, forms, SEPCC_ACT_COUNT, text);
}
