/*
 * spec_number.c: decimal numbers in text, read and printed alike in every locale.
 */
#include "spec/spec_internal.h"

#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool is_digit(char byte)
{
    return byte >= '0' && byte <= '9';
}

enum number_result number_read(struct slice text, uint32_t low, uint32_t high, uint32_t *value)
{
    const size_t first = text.length > 0 && text.text[0] == '-' ? 1 : 0;
    if (first == text.length)
        return NUMBER_MALFORMED;
    uint64_t number = 0;
    for (size_t i = first; i < text.length; ++i) {
        if (!is_digit(text.text[i]))
            return NUMBER_MALFORMED;
        if (number <= UINT32_MAX) /* beyond, it is out of range whatever follows */
            number = number * 10 + (unsigned)(text.text[i] - '0');
    }
    if (first == 1 || number < low || number > high)
        return NUMBER_RANGE;
    *value = (uint32_t)number;
    return NUMBER_OK;
}

/* Skips digits; returns how many. */
static size_t skip_digits(const char **text)
{
    size_t count = 0;
    for (; is_digit(**text); ++*text)
        ++count;
    return count;
}

/* The whole text is [sign] (inf | digits [. digits] [e [sign] digits]); digits on one side of the dot do. */
static bool is_float(const char *text)
{
    text += *text == '-' || *text == '+';
    if (strcmp(text, "inf") == 0)
        return true;
    size_t digits = skip_digits(&text);
    if (*text == '.') {
        ++text;
        digits += skip_digits(&text);
    }
    if (digits == 0)
        return false;
    if (*text == 'e' || *text == 'E') {
        ++text;
        text += *text == '-' || *text == '+';
        if (skip_digits(&text) == 0)
            return false;
    }
    return *text == '\0';
}

/* Makes this thread's numbers those of the C locale; the result goes back to uselocale. */
static locale_t enter_c_locale(void)
{
    static locale_t c_locale;
    if (c_locale == (locale_t)0)
        c_locale = newlocale(LC_ALL_MASK, "C", (locale_t)0);
    return uselocale(c_locale);
}

enum number_result float_read(struct slice text, float *value)
{
    char copy[FLOAT_READ_MAX + 1];
    if (text.length > FLOAT_READ_MAX)
        return NUMBER_MALFORMED;
    memcpy(copy, text.text, text.length);
    copy[text.length] = '\0';
    if (!is_float(copy))
        return NUMBER_MALFORMED;
    const locale_t before = enter_c_locale();
    const float number = strtof(copy, NULL);
    uselocale(before);
    if (isinf(number) && strchr(copy, 'i') == NULL)
        return NUMBER_RANGE;
    *value = number;
    return NUMBER_OK;
}

void float_print(float value, char text[FLOAT_TEXT_MAX])
{
    size_t best = FLOAT_TEXT_MAX;
    const locale_t before = enter_c_locale();
    for (int digits = 1; digits <= 9; ++digits) {
        char tried[FLOAT_TEXT_MAX];
        const int length = snprintf(tried, sizeof tried, "%.*g", digits, (double)value);
        if ((size_t)length <= best && strtof(tried, NULL) == value) { /* 20000 rather than 2e+04 */
            best = (size_t)length;
            memcpy(text, tried, best + 1);
        }
    }
    uselocale(before);
}
