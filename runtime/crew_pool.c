/*
 * crew_pool.c: libsepcc's crew, a pthreadpool.
 */
#include "crew.h"

#include <pthreadpool.h>

/* A crew is nothing but its pool. */
static struct sepcc_crew *crew_of(pthreadpool_t pool)
{
    return (struct sepcc_crew *)pool;
}

static pthreadpool_t pool_of(const struct sepcc_crew *crew)
{
    return (pthreadpool_t)crew;
}

struct sepcc_crew *sepcc_crew_create(size_t count)
{
    return crew_of(pthreadpool_create(count));
}

void sepcc_crew_destroy(struct sepcc_crew *crew)
{
    if (crew != NULL)
        pthreadpool_destroy(pool_of(crew));
}

size_t sepcc_crew_count(const struct sepcc_crew *crew)
{
    return pthreadpool_get_threads_count(pool_of(crew));
}

void sepcc_crew_work(struct sepcc_crew *crew, void (*work)(void *context, size_t slot), void *context,
                     bool rest)
{
    pthreadpool_parallelize_1d(pool_of(crew), work, context, sepcc_crew_count(crew),
                               rest ? PTHREADPOOL_FLAG_YIELD_WORKERS : 0);
}
