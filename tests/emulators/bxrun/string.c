/*
 * string.c: the C library functions that the kernel and its compiler need. The string instructions move eight
 * bytes a step, which counts under an interpreter.
 */
#include "kernel.h"

void *memcpy(void *restrict to, const void *restrict from, size_t length)
{
    void *target = to;
    size_t words = length / 8, bytes = length % 8;
    __asm__ volatile("rep movsq" : "+D"(target), "+S"(from), "+c"(words) : : "memory");
    __asm__ volatile("rep movsb" : "+D"(target), "+S"(from), "+c"(bytes) : : "memory");
    return to;
}

void *memset(void *to, int value, size_t length)
{
    void *target = to;
    const uint64_t pattern = (uint8_t)value * 0x0101010101010101ul;
    size_t words = length / 8, bytes = length % 8;
    __asm__ volatile("rep stosq" : "+D"(target), "+c"(words) : "a"(pattern) : "memory");
    __asm__ volatile("rep stosb" : "+D"(target), "+c"(bytes) : "a"(pattern) : "memory");
    return to;
}

size_t strlen(const char *text)
{
    size_t length = 0;
    while (text[length] != '\0')
        ++length;
    return length;
}

bool same_text(const char *a, const char *b)
{
    while (*a != '\0' && *a == *b) {
        ++a;
        ++b;
    }
    return *a == *b;
}
