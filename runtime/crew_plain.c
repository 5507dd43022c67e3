/*
 * crew_plain.c: a runner's crew: POSIX threads, of which each does the slot of its number, the calling thread
 * the first.
 *
 * A piece of work is a number, which grows. Threads look out for the next one busily, as a pthreadpool's do,
 * so that kernels are timed as libsepcc's users run them; but not for so long that a machine with other work
 * comes to a halt, and then they sleep.
 */
#include "crew.h"
#include "internal.h"

#include <pthread.h>
#include <stdatomic.h>
#include <unistd.h>

/* How long a thread looks out before it sleeps, and how often before it looks at the clock. */
static const double busy_s = 0.002;
enum { LOOKS = 256 };

struct member {
    struct sepcc_crew *crew;
    size_t slot;
    pthread_t thread;
};

struct sepcc_crew {
    size_t count;
    struct member *members; /* of slot 1 and up: count - 1 */
    /* The work: written before its number is. */
    void (*work)(void *context, size_t slot);
    void *context;
    bool rest, over;            /* over: the threads end */
    atomic_size_t number, busy; /* busy: threads that have not finished it */
    pthread_mutex_t lock;       /* for sleeping */
    pthread_cond_t changed;     /* number, or busy to 0 */
};

static void look_again(void)
{
#if defined(__x86_64__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ volatile("yield");
#endif
}

/* Looks until *value is not `old`, or for a while; returns what it is. */
static size_t look_out(atomic_size_t *value, size_t old)
{
    const double start = sepcc_now();
    size_t now;
    do {
        for (int i = 0; (now = atomic_load_explicit(value, memory_order_acquire)) == old && i < LOOKS; ++i)
            look_again();
    } while (now == old && sepcc_now() - start < busy_s);
    return now;
}

/* Waits until *value is not `old`, busily at first unless it is to rest; returns what it is. */
static size_t wait_change(struct sepcc_crew *crew, atomic_size_t *value, size_t old, bool rest)
{
    size_t now = rest ? old : look_out(value, old);
    if (now != old)
        return now;
    pthread_mutex_lock(&crew->lock);
    while ((now = atomic_load_explicit(value, memory_order_acquire)) == old)
        pthread_cond_wait(&crew->changed, &crew->lock);
    pthread_mutex_unlock(&crew->lock);
    return now;
}

/* Wakes whoever sleeps: one who looks at a value under the lock has seen it change, or hears this. */
static void tell(struct sepcc_crew *crew)
{
    pthread_mutex_lock(&crew->lock);
    pthread_cond_broadcast(&crew->changed);
    pthread_mutex_unlock(&crew->lock);
}

static void *serve(void *context)
{
    const struct member *member = context;
    struct sepcc_crew *crew = member->crew;
    bool rest = true;
    for (size_t number = 0;;) {
        number = wait_change(crew, &crew->number, number, rest);
        if (crew->over)
            return NULL;
        rest = crew->rest;
        crew->work(crew->context, member->slot);
        if (atomic_fetch_sub_explicit(&crew->busy, 1, memory_order_acq_rel) == 1)
            tell(crew);
    }
}

static void start_work(struct sepcc_crew *crew)
{
    atomic_store_explicit(&crew->busy, crew->count - 1, memory_order_relaxed);
    atomic_fetch_add_explicit(&crew->number, 1, memory_order_release);
    tell(crew);
}

void sepcc_crew_work(struct sepcc_crew *crew, void (*work)(void *context, size_t slot), void *context,
                     bool rest)
{
    crew->work = work;
    crew->context = context;
    crew->rest = rest;
    start_work(crew);
    work(context, 0);
    for (size_t busy = crew->count - 1; busy > 0;)
        busy = wait_change(crew, &crew->busy, busy, rest);
}

size_t sepcc_crew_count(const struct sepcc_crew *crew)
{
    return crew->count;
}

void sepcc_crew_destroy(struct sepcc_crew *crew)
{
    if (crew == NULL)
        return;
    crew->over = true;
    start_work(crew);
    for (size_t i = 0; i + 1 < crew->count; ++i)
        pthread_join(crew->members[i].thread, NULL);
    pthread_cond_destroy(&crew->changed);
    pthread_mutex_destroy(&crew->lock);
    free(crew->members);
    free(crew);
}

static size_t count_cpus(void)
{
    const long cpus = sysconf(_SC_NPROCESSORS_ONLN);
    return cpus > 0 ? (size_t)cpus : 1;
}

struct sepcc_crew *sepcc_crew_create(size_t count)
{
    struct sepcc_crew *crew = calloc(1, sizeof *crew);
    if (crew == NULL)
        return NULL;
    count = count > 0 ? count : count_cpus();
    crew->members = calloc(count, sizeof *crew->members);
    if (crew->members == NULL) {
        free(crew);
        return NULL;
    }
    pthread_mutex_init(&crew->lock, NULL);
    pthread_cond_init(&crew->changed, NULL);
    for (crew->count = 1; crew->count < count; ++crew->count) {
        struct member *member = &crew->members[crew->count - 1];
        *member = (struct member){.crew = crew, .slot = crew->count};
        if (pthread_create(&member->thread, NULL, serve, member) != 0) {
            sepcc_crew_destroy(crew);
            return NULL;
        }
    }
    return crew;
}
