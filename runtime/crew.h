/*
 * crew.h: threads that do a piece of work together. libsepcc's are a pthreadpool (crew_pool.c), a runner's
 * (runner.c) are plain threads (crew_plain.c), since pthreadpool is not there for each target.
 */
#ifndef SEPCC_CREW_H
#define SEPCC_CREW_H

#include <stdbool.h>
#include <stddef.h>

struct sepcc_crew;

/* count 0: one per CPU, the calling thread among them. NULL: there are not so many to be had. */
struct sepcc_crew *sepcc_crew_create(size_t count);
void sepcc_crew_destroy(struct sepcc_crew *crew); /* takes NULL */
size_t sepcc_crew_count(const struct sepcc_crew *crew);

/*
 * Calls work for each slot, 0 to count-1, on all threads, and returns when all calls have. The threads then
 * wait busily for a while, so that the next work begins soon; rest: they sleep.
 */
void sepcc_crew_work(struct sepcc_crew *crew, void (*work)(void *context, size_t slot), void *context,
                     bool rest);

#endif
