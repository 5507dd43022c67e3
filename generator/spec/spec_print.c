/*
 * spec_print.c: the canonical text of a spec, and when two stages are the same.
 */
#include "spec/spec_internal.h"

#include <stdio.h>
#include <string.h>

/* No word is longer than its key, an equals sign, a blank and the longest value, and few come near it. */
_Static_assert(SPEC_TEXT_MAX > 16 + FIELD_COUNT * 20 + 6 * VALUE_TEXT_MAX, "room for every key");

size_t spec_print(const struct spec *spec, int with_name, char *text)
{
    size_t used = (size_t)snprintf(text, SPEC_TEXT_MAX, "%s", spec_op_name(spec->stage.op));
    for (enum spec_field field = with_name ? FIELD_NAME : FIELD_NAME + 1; field < FIELD_COUNT; ++field) {
        char value[VALUE_TEXT_MAX];
        spec_value_print(spec, field, value);
        if (value[0] == '\0')
            continue;
        used += (size_t)snprintf(text + used, SPEC_TEXT_MAX - used, " %s=%s",
                                 spec_key_of(field, spec->stage.op)->name, value);
    }
    return used;
}

/* Floats compare by their bits: clamp(-0,1) is not clamp(0,1). A layer is 32-bit words without padding. */
static bool layer_equal(const struct sepcc_layer *a, const struct sepcc_layer *b)
{
    uint32_t words_a[sizeof *a / sizeof(uint32_t)], words_b[sizeof *b / sizeof(uint32_t)];
    memcpy(words_a, a, sizeof words_a);
    memcpy(words_b, b, sizeof words_b);
    return memcmp(words_a, words_b, sizeof words_a) == 0;
}

int spec_equal(const struct spec *a, const struct spec *b)
{
    const struct sepcc_stage *x = &a->stage, *y = &b->stage;
    if (x->op != y->op || x->dtype != y->dtype || x->layout != y->layout || x->batch != y->batch ||
        x->residual != y->residual || x->layer_count != y->layer_count)
        return 0;
    for (uint32_t i = 0; i < x->layer_count; ++i)
        if (!layer_equal(&x->layer[i], &y->layer[i]))
            return 0;
    return 1;
}
