/*
 * threads.c: a pthreadpool that shares a kernel's units among threads.
 *
 * Each run has one slot per thread, and each slot its own workspace. A slot takes the next few units from a
 * common counter until none is left, so a thread that is held up does not hold up the others.
 */
#include "internal.h"

#include <pthreadpool.h>
#include <stdatomic.h>

/* Shares taken per slot and run: enough for balance, few enough for the counter to cost nothing. */
enum { SHARES_PER_SLOT = 8 };

struct threads {
    struct sepcc_pool base; /* first: run.c sees only this */
    pthreadpool_t pool;
    size_t workspace_bytes; /* of each slot; grows, never shrinks */
    unsigned char *workspaces;
};

struct work {
    const struct sepcc_kernel *kernel;
    const float *in;
    float *out;
    const void *packed;
    const struct threads *threads;
    size_t share; /* units taken at a time */
    atomic_size_t next;
};

static void run_slot(void *context, size_t slot)
{
    struct work *work = context;
    const struct sepcc_kernel *kernel = work->kernel;
    void *workspace = NULL;
    if (kernel->workspace_bytes > 0)
        workspace = work->threads->workspaces + slot * work->threads->workspace_bytes;
    for (;;) {
        const size_t begin = atomic_fetch_add(&work->next, work->share);
        if (begin >= kernel->unit_count)
            return;
        const size_t left = kernel->unit_count - begin;
        const size_t count = left < work->share ? left : work->share;
        kernel->run(work->in, work->out, work->packed, workspace, begin, begin + count);
    }
}

static enum sepcc_status grow_workspaces(struct threads *threads, size_t bytes)
{
    size_t total;
    unsigned char *grown;
    if (bytes <= threads->workspace_bytes)
        return SEPCC_OK;
    if (__builtin_mul_overflow(bytes, threads->base.thread_count, &total))
        return SEPCC_E_MEMORY;
    grown = sepcc_alloc(total);
    if (grown == NULL)
        return SEPCC_E_MEMORY;
    sepcc_free(threads->workspaces);
    threads->workspaces = grown;
    threads->workspace_bytes = bytes;
    return SEPCC_OK;
}

static enum sepcc_status run_threads(struct sepcc_pool *pool, const struct sepcc_kernel *kernel,
                                     const float *in, float *out, const void *packed)
{
    struct threads *threads = (struct threads *)pool;
    const size_t slots = threads->base.thread_count;
    struct work work = {kernel, in, out, packed, threads, kernel->unit_count / (slots * SHARES_PER_SLOT), 0};
    const enum sepcc_status status = grow_workspaces(threads, kernel->workspace_bytes);
    if (status != SEPCC_OK)
        return status;
    if (work.share == 0)
        work.share = 1;
    pthreadpool_parallelize_1d(threads->pool, run_slot, &work, slots, 0);
    return SEPCC_OK;
}

/* Work for the flag's sake: threads that have done it wait in the kernel. */
static void do_nothing(void *context, size_t slot)
{
    (void)context;
    (void)slot;
}

void sepcc_pool_rest(struct sepcc_pool *pool)
{
    struct threads *threads = (struct threads *)pool;
    pthreadpool_parallelize_1d(threads->pool, do_nothing, NULL, threads->base.thread_count,
                               PTHREADPOOL_FLAG_YIELD_WORKERS);
}

enum sepcc_status sepcc_pool_create(size_t thread_count, struct sepcc_pool **pool)
{
    struct threads *threads = calloc(1, sizeof *threads);
    *pool = NULL;
    if (threads == NULL)
        return SEPCC_E_MEMORY;
    threads->pool = pthreadpool_create(thread_count);
    if (threads->pool == NULL) {
        free(threads);
        return SEPCC_E_THREADS;
    }
    threads->base.thread_count = pthreadpool_get_threads_count(threads->pool);
    threads->base.run = run_threads;
    *pool = &threads->base;
    return SEPCC_OK;
}

void sepcc_pool_destroy(struct sepcc_pool *pool)
{
    struct threads *threads = (struct threads *)pool;
    if (threads == NULL)
        return;
    pthreadpool_destroy(threads->pool);
    sepcc_free(threads->workspaces);
    free(threads);
}
