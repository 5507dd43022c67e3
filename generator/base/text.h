/*
 * text.h: a growing text buffer; every text is built in memory before anything is written.
 */
#ifndef SEPCC_GENERATOR_BASE_TEXT_H
#define SEPCC_GENERATOR_BASE_TEXT_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

/* Zero-initialised is empty and valid. After a failed allocation `failed` stays set and appends do nothing.
 */
struct text {
    char *data; /* NUL-terminated when not NULL */
    size_t length;
    size_t capacity;
    bool failed;
};

void text_append(struct text *text, const char *bytes, size_t length);
void text_puts(struct text *text, const char *string);
void text_printf(struct text *text, const char *format, ...) __attribute__((format(printf, 2, 3)));
void text_free(struct text *text); /* back to empty */

/* Digits behind the point of a time for people: 4, and 6 where those would say little. */
static inline int text_ms_digits(double ms)
{
    return ms < 0.01 ? 6 : 4;
}

#endif
