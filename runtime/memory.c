/*
 * memory.c: aligned memory for packed weights, workspaces and tensors.
 *
 * A network's weights and tensors are read once a pass, in order, and lie on thousands of small pages;
 * looking those up costs more than the reading (measured: MobileNetV1 in one go, 14.7 ms against 10.5). So
 * what is large lies on huge pages where the system gives them.
 */
#include "sepcc.h"

#include <sys/mman.h>

enum { HUGE_PAGE = 2 * 1024 * 1024, HUGE_FROM = HUGE_PAGE / 4 };

void *sepcc_alloc(size_t bytes)
{
    const size_t alignment = bytes >= HUGE_FROM ? HUGE_PAGE : SEPCC_ALIGNMENT;
    size_t rounded;
    void *memory;
    if (__builtin_add_overflow(bytes, alignment - 1, &rounded))
        return NULL;
    rounded -= rounded % alignment;
    if (rounded == 0)
        rounded = alignment; /* a pointer of its own, so that NULL always means failure */
    memory = aligned_alloc(alignment, rounded);
    if (memory == NULL)
        return NULL;
#ifdef MADV_HUGEPAGE
    /* A refusal costs speed alone. */
    if (alignment == HUGE_PAGE)
        (void)madvise(memory, rounded, MADV_HUGEPAGE);
#endif
    memset(memory, 0, rounded);
    return memory;
}

void sepcc_free(void *memory)
{
    free(memory);
}
