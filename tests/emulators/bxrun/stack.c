/*
 * stack.c: what a program finds on its stack (System V ABI for x86-64, section 3.4.1): argument count,
 * pointers to the arguments, NULL, pointers to the environment, NULL, auxiliary vector; above, the strings.
 */
#include "cpu.h"
#include "kernel.h"

#include <elf.h>

enum { CLOCK_TICKS = 100 };

/* Copies bytes below *top, 16-byte aligned, and returns their address. */
static uint64_t push(uint64_t *top, const void *bytes, uint64_t length)
{
    *top = (*top - length) & ~15ul;
    memcpy(at(*top), bytes, length);
    return *top;
}

/* Writes pointers to count strings, which follow each other from *string on, and a NULL. */
static uint64_t *add_pointers(uint64_t *word, uint64_t *string, uint32_t count)
{
    for (uint32_t i = 0; i < count; ++i) {
        *word++ = *string;
        *string += strlen(at(*string)) + 1;
    }
    *word++ = 0;
    return word;
}

uint64_t build_stack(uint64_t top, const struct loaded *program, const struct loaded *interpreter)
{
    static const uint64_t seed[2] = {0x9e3779b97f4a7c15, 0xd1b54a32d192ed03}; /* any; the same in each run */
    uint64_t string = push(&top, at(image_header.strings), image_header.strings_size);
    const uint64_t name = string;
    const uint64_t platform = push(&top, "x86_64", sizeof "x86_64");
    const uint64_t random = push(&top, seed, sizeof seed);
    const Elf64_auxv_t auxiliary[] = {
        {AT_PHDR, {program->headers}},
        {AT_PHENT, {sizeof(Elf64_Phdr)}},
        {AT_PHNUM, {program->header_count}},
        {AT_PAGESZ, {PAGE_SIZE}},
        {AT_BASE, {interpreter->bias}},
        {AT_FLAGS, {0}},
        {AT_ENTRY, {program->entry}},
        {AT_UID, {0}},
        {AT_EUID, {0}},
        {AT_GID, {0}},
        {AT_EGID, {0}},
        {AT_PLATFORM, {platform}},
        {AT_HWCAP, {cpu_features()}},
        {AT_CLKTCK, {CLOCK_TICKS}},
        {AT_SECURE, {0}},
        {AT_RANDOM, {random}},
        {AT_EXECFN, {name}},
        {AT_MINSIGSTKSZ, {PAGE_SIZE}},
        {AT_NULL, {0}},
    };

    /* The count, both lists of pointers with their NULLs, the vector; the top must be 16-byte aligned. */
    const uint64_t pointers = 1 + image_header.arg_count + 1 + image_header.env_count + 1;
    top = (top - pointers * sizeof(uint64_t) - sizeof auxiliary) & ~15ul;
    uint64_t *word = at(top);
    *word++ = image_header.arg_count;
    word = add_pointers(word, &string, image_header.arg_count);
    word = add_pointers(word, &string, image_header.env_count);
    memcpy(word, auxiliary, sizeof auxiliary);
    return top;
}
