/*
 * threads.c: a crew that shares a kernel's units among its threads.
 *
 * Each run has one slot per thread, and each slot its own workspace and its own stretch of neighbouring
 * units: the same part of every layer's output, so that in a network a thread reads mostly what it wrote
 * itself, which lies in its core's caches. A slot takes half of what is left of its stretch at a time, and
 * when none is left, of the others', so a thread that is held up does not hold up the others. Few long runs
 * of units matter to fused kernels: a run expands again the rows that its first unit shares with the unit
 * before.
 */
#include "crew.h"
#include "internal.h"

#include <stdatomic.h>

/* Of a stretch at least one in so many units is taken at a time, so that its end costs few calls. */
enum { SHARES_PER_SLOT = 8 };

/* The units of a slot that no thread has taken yet; counters share no cache line. */
struct stretch {
    _Alignas(SEPCC_ALIGNMENT) atomic_size_t next;
    size_t end;
};

struct threads {
    struct sepcc_pool base; /* first: run.c sees only this */
    struct sepcc_crew *crew;
    struct stretch *stretches;
    size_t workspace_bytes; /* of each slot; grows, never shrinks */
    unsigned char *workspaces;
};

struct work {
    const struct sepcc_kernel *kernel;
    const float *in;
    float *out;
    const void *packed;
    const struct threads *threads;
    size_t share; /* units taken at a time, at least */
};

/* Divides the units evenly, in order. */
static void stretches_set(const struct threads *threads, size_t unit_count)
{
    const size_t slots = threads->base.thread_count;
    size_t begin = 0;
    for (size_t slot = 0; slot < slots; ++slot) {
        struct stretch *stretch = &threads->stretches[slot];
        stretch->end = begin + unit_count / slots + (slot < unit_count % slots);
        atomic_store_explicit(&stretch->next, begin, memory_order_relaxed);
        begin = stretch->end;
    }
}

/* Takes *count units from *begin on; false when none is left. */
static bool stretch_take(struct stretch *stretch, size_t least, size_t *begin, size_t *count)
{
    *begin = atomic_load_explicit(&stretch->next, memory_order_relaxed);
    do {
        if (*begin >= stretch->end)
            return false;
        const size_t left = stretch->end - *begin;
        *count = left / 2 > least ? left / 2 : left < least ? left : least;
    } while (!atomic_compare_exchange_weak_explicit(&stretch->next, begin, *begin + *count,
                                                    memory_order_relaxed, memory_order_relaxed));
    return true;
}

/* Runs what is left of a stretch. */
static void run_stretch(const struct work *work, struct stretch *stretch, void *workspace)
{
    size_t begin, count;
    while (stretch_take(stretch, work->share, &begin, &count))
        work->kernel->run(work->in, work->out, work->packed, workspace, begin, begin + count);
}

static void run_slot(void *context, size_t slot)
{
    const struct work *work = context;
    const struct threads *threads = work->threads;
    const size_t slots = threads->base.thread_count;
    void *workspace = NULL;
    if (work->kernel->workspace_bytes > 0)
        workspace = threads->workspaces + slot * threads->workspace_bytes;
    for (size_t i = 0; i < slots; ++i)
        run_stretch(work, &threads->stretches[(slot + i) % slots], workspace);
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
    struct work work = {kernel, in, out, packed, threads, kernel->unit_count / (slots * SHARES_PER_SLOT)};
    const size_t least = kernel->workspace_bytes > 0 ? 2 : 1; /* two that share what is in a workspace */
    const enum sepcc_status status = grow_workspaces(threads, kernel->workspace_bytes);
    if (status != SEPCC_OK)
        return status;
    if (work.share < least)
        work.share = least;
    stretches_set(threads, kernel->unit_count);
    sepcc_crew_work(threads->crew, run_slot, &work, false);
    return SEPCC_OK;
}

/* Work for the sake of what follows it. */
static void do_nothing(void *context, size_t slot)
{
    (void)context;
    (void)slot;
}

void sepcc_pool_rest(struct sepcc_pool *pool)
{
    const struct threads *threads = (struct threads *)pool;
    sepcc_crew_work(threads->crew, do_nothing, NULL, true);
}

enum sepcc_status sepcc_pool_create(size_t thread_count, struct sepcc_pool **pool)
{
    struct threads *threads = calloc(1, sizeof *threads);
    *pool = NULL;
    if (threads == NULL)
        return SEPCC_E_MEMORY;
    threads->crew = sepcc_crew_create(thread_count);
    if (threads->crew == NULL) {
        free(threads);
        return SEPCC_E_THREADS;
    }
    threads->base.thread_count = sepcc_crew_count(threads->crew);
    threads->stretches = sepcc_alloc(threads->base.thread_count * sizeof *threads->stretches);
    if (threads->stretches == NULL) {
        sepcc_pool_destroy(&threads->base);
        return SEPCC_E_MEMORY;
    }
    threads->base.run = run_threads;
    *pool = &threads->base;
    return SEPCC_OK;
}

void sepcc_pool_destroy(struct sepcc_pool *pool)
{
    struct threads *threads = (struct threads *)pool;
    if (threads == NULL)
        return;
    sepcc_crew_destroy(threads->crew);
    sepcc_free(threads->stretches);
    sepcc_free(threads->workspaces);
    free(threads);
}
