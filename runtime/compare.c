/*
 * compare.c: whether an output is the reference's, bit by bit.
 */
#include "compare.h"

static uint32_t bits_of(const float *value)
{
    uint32_t bits;
    memcpy(&bits, value, sizeof bits); /* not through a float, which could quiet a NaN */
    return bits;
}

static bool is_nan(uint32_t bits)
{
    return (bits & 0x7fffffffu) > 0x7f800000u;
}

void sepcc_prefill(float *values, size_t count, uint32_t prefill)
{
    for (size_t i = 0; i < count; ++i)
        memcpy(&values[i], &prefill, sizeof prefill);
}

struct sepcc_difference sepcc_compare(const float *expected, const float *actual, size_t count,
                                      uint32_t prefill)
{
    struct sepcc_difference difference = {.status = SEPCC_OK};
    for (size_t i = 0; i < count; ++i) {
        const uint32_t want = bits_of(&expected[i]), got = bits_of(&actual[i]);
        if (want == got || (is_nan(want) && is_nan(got) && got != prefill))
            continue;
        difference.status = got == prefill ? SEPCC_E_UNWRITTEN : SEPCC_E_MISMATCH;
        difference.index = i;
        memcpy(&difference.expected, &expected[i], sizeof(float));
        memcpy(&difference.actual, &actual[i], sizeof(float));
        break;
    }
    return difference;
}
