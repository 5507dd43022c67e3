/*
 * grow.h: arrays that grow by one item at a time.
 */
#ifndef SEPCC_GENERATOR_BASE_GROW_H
#define SEPCC_GENERATOR_BASE_GROW_H

#include <stddef.h>

/*
 * Room for one item more behind count of them: items itself, or what it became. NULL when out of memory;
 * items stay as they were then. items NULL and *capacity 0 is an empty array; free it with free.
 */
void *grow(void *items, size_t count, size_t *capacity, size_t item_size);

#endif
