/*
 * arena.h: memory that is taken piece by piece and given back at once.
 */
#ifndef SEPCC_GENERATOR_BASE_ARENA_H
#define SEPCC_GENERATOR_BASE_ARENA_H

#include <stddef.h>

struct arena_block;
/* Zero-initialised is empty and valid. */
struct arena {
    struct arena_block *blocks;
};

/* Zeroed room for count elements (never NULL for 0); NULL when out of memory or the product overflows. */
void *arena_take(struct arena *arena, size_t count, size_t size);
/* A copy with a NUL at its end. */
char *arena_string(struct arena *arena, const char *bytes, size_t length);
void arena_free(struct arena *arena);

#endif
