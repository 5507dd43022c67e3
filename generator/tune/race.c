/*
 * race.c: a race in a fresh process.
 */
#include "tune/race.h"

#include "base/worker.h"

#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>

enum { LIBRARIES_MAX = RACE_RUNNERS_MAX + 4 };

/* What the process and its parent share. */
struct board {
    const struct race_job *job;
    volatile size_t running;
    volatile bool finished;
    enum sepcc_status status;
    char message[512]; /* what could not be loaded */
    struct sepcc_race_result results[RACE_RUNNERS_MAX];
};

/* ---- in the process --------------------------------------------------------------------------------- */

/* Libraries that are open; each once. */
struct libraries {
    const char *paths[LIBRARIES_MAX];
    struct sepcc_library *items[LIBRARIES_MAX];
    size_t count;
};

static struct sepcc_library *open_once(struct libraries *open, const struct race_kernel *which,
                                       struct board *board)
{
    for (size_t i = 0; i < open->count; ++i)
        if (strcmp(open->paths[i], which->library) == 0)
            return open->items[i];
    if (open->count == LIBRARIES_MAX)
        return NULL;
    struct sepcc_library **library = &open->items[open->count];
    if (sepcc_library_open(which->library, which->bundle, library, board->message, sizeof board->message) !=
        SEPCC_OK)
        return NULL;
    open->paths[open->count++] = which->library;
    return *library;
}

static bool find_kernels(struct libraries *open, const struct race_kernel *which, size_t count,
                         struct board *board, const struct sepcc_kernel *kernels[])
{
    for (size_t i = 0; i < count; ++i) {
        const struct sepcc_library *library = open_once(open, &which[i], board);
        const enum sepcc_status status =
            library == NULL
                ? SEPCC_E_OPEN
                : sepcc_bundle_find(sepcc_library_bundle(library), which[i].name, NULL, &kernels[i]);
        if (status == SEPCC_OK)
            continue;
        if (board->message[0] == '\0')
            (void)snprintf(board->message, sizeof board->message, "kernel %s: %s", which[i].name,
                           sepcc_status_text(status));
        board->status = status;
        return false;
    }
    return true;
}

static const struct sepcc_peak *find_peak(const struct race_job *job)
{
    void *peaks = job->peaks != NULL ? dlopen(job->peaks, RTLD_NOW | RTLD_LOCAL) : NULL;
    return peaks != NULL ? dlsym(peaks, job->peak_symbol) : NULL;
}

/* The process ends after it: nothing is let go. */
static void run_race(void *context)
{
    static const struct sepcc_kernel *kernels[RACE_RUNNERS_MAX], *chain[RACE_CHAIN_MAX];
    struct board *board = context;
    const struct race_job *job = board->job;
    struct libraries open = {.count = 0};
    if (!find_kernels(&open, job->runners, job->count, board, kernels) ||
        !find_kernels(&open, job->chain, job->chain_count, board, chain))
        return;
    struct sepcc_race_options options = {.cache = job->cache,
                                         .seconds = job->seconds,
                                         .min_rounds = job->min_rounds,
                                         .most_rounds = job->most_rounds,
                                         .all_stay = job->all_stay,
                                         .keep = job->keep,
                                         .precision = job->precision,
                                         .chain = chain,
                                         .chain_count = job->chain_count,
                                         .chain_at = job->chain_at,
                                         .peak = find_peak(job),
                                         .seed = job->seed,
                                         .running = &board->running};
    board->status = job->threads > 1 ? sepcc_pool_create(job->threads, &options.pool) : SEPCC_OK;
    if (board->status == SEPCC_OK)
        board->status = sepcc_race(kernels, job->count, &options, board->results);
    board->finished = board->status == SEPCC_OK;
}

/* ---- in the parent ---------------------------------------------------------------------------------- */

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

/* Looks seldom, so as not to disturb. False: the time limit has passed, and it was killed. */
static bool wait_for(pid_t worker, double limit_s, int *how)
{
    const struct timespec pause = {.tv_nsec = 10000000};
    const double start = now();
    while (!worker_ended(worker, how)) {
        if (now() - start > limit_s) {
            worker_kill(worker);
            return false;
        }
        nanosleep(&pause, NULL);
    }
    return true;
}

static enum exit_status take_end(const struct board *board, bool in_time, int how,
                                 struct race_outcome *outcome)
{
    outcome->who = board->running;
    if (!in_time) {
        outcome->end = RACE_HUNG;
    } else if (WIFSIGNALED(how) || (board->status == SEPCC_OK && !board->finished)) {
        outcome->end = RACE_CRASHED;
        outcome->signal = WIFSIGNALED(how) ? WTERMSIG(how) : 0;
    } else if (!board->finished) {
        const char *said = board->message[0] != '\0' ? board->message : sepcc_status_text(board->status);
        return diag_error(board->status == SEPCC_E_MEMORY ? DIAG_MEMORY : DIAG_LOAD, NOWHERE, "%s", said);
    } else {
        outcome->end = RACE_DONE;
        memcpy(outcome->results, board->results, sizeof outcome->results);
    }
    return STATUS_DONE;
}

enum exit_status race_run(const struct race_job *job, struct race_outcome *outcome)
{
    int how = 0;
    *outcome = (struct race_outcome){0};
    struct board *board =
        mmap(NULL, sizeof *board, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (board == MAP_FAILED)
        return diag_memory();
    board->job = job;
    const pid_t worker = worker_start(run_race, board);
    enum exit_status status =
        worker < 0 ? diag_error(DIAG_TOOL, NOWHERE, "cannot start a process: %s", strerror(errno))
                   : STATUS_DONE;
    if (status == STATUS_DONE) {
        const bool in_time = wait_for(worker, job->limit_s, &how);
        status = take_end(board, in_time, how, outcome);
    }
    munmap(board, sizeof *board);
    return status;
}
