/*
 * pool.h: pthreadpools of peers that have no threads of their own, or take one.
 */
#ifndef SEPCC_BENCH_PEERS_POOL_H
#define SEPCC_BENCH_PEERS_POOL_H

#include <pthreadpool.h>
#include <stddef.h>

static inline void pool_do_nothing(void *context, size_t i)
{
    (void)context;
    (void)i;
}

/* Sends the threads to sleep, which wait busily otherwise; NULL is one thread. */
static inline void pool_rest(pthreadpool_t pool)
{
    if (pool != NULL)
        pthreadpool_parallelize_1d(pool, pool_do_nothing, NULL, pthreadpool_get_threads_count(pool),
                                   PTHREADPOOL_FLAG_YIELD_WORKERS);
}

#endif
