/*
 * memory.c: aligned memory for packed weights, workspaces and tensors.
 */
#include "sepcc.h"

void *sepcc_alloc(size_t bytes)
{
    size_t rounded;
    void *memory;
    if (__builtin_add_overflow(bytes, SEPCC_ALIGNMENT - 1, &rounded))
        return NULL;
    rounded -= rounded % SEPCC_ALIGNMENT;
    if (rounded == 0)
        rounded = SEPCC_ALIGNMENT; /* a pointer of its own, so that NULL always means failure */
    memory = aligned_alloc(SEPCC_ALIGNMENT, rounded);
    if (memory != NULL)
        memset(memory, 0, rounded);
    return memory;
}

void sepcc_free(void *memory)
{
    free(memory);
}
