/*
 * prove_native.c: proving kernels on this CPU, with worker processes that take them one by one.
 */
#include "verify/prove.h"

#include "base/worker.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

enum { KERNEL_TIMEOUT_S = 600, WORKERS_MAX = 64, MESSAGE_MAX = 512 };

/* What workers share with their parent. */
struct board {
    atomic_size_t next, done;
    struct {
        const struct sepcc_kernel *kernel;
        atomic_bool finished;
        struct sepcc_verify_result result;
    } items[];
};

/* What each worker does: the next kernel that nobody has taken, until there is none. */
struct task {
    struct board *board;
    size_t count;
    uint64_t seed;
    const struct prove_limits *limits;
};

static void work(void *context)
{
    const struct task *task = context;
    struct board *board = task->board;
    const struct sepcc_verify_options options = {.seed = task->seed,
                                                 .guard = true,
                                                 .isolate = true,
                                                 .timeout_s = task->limits->timeout_s,
                                                 .most_runs = task->limits->most_runs};
    for (;;) {
        const size_t i = atomic_fetch_add(&board->next, 1);
        if (i >= task->count)
            return;
        sepcc_verify(board->items[i].kernel, &options, &board->items[i].result);
        atomic_store(&board->items[i].finished, true);
        atomic_fetch_add(&board->done, 1);
    }
}

static void wait_for_worker(pid_t pid, struct board *board, size_t count)
{
    const struct timespec pause = {.tv_nsec = 20000000};
    while (!worker_ended(pid, NULL)) {
        progress("verify", atomic_load(&board->done), count, "");
        nanosleep(&pause, NULL);
    }
}

static enum exit_status run_workers(struct task *task, unsigned jobs)
{
    pid_t workers[WORKERS_MAX];
    const size_t count = task->count;
    size_t wanted = jobs < WORKERS_MAX ? jobs : WORKERS_MAX, started = 0;
    if (wanted > count)
        wanted = count;
    while (started < wanted) {
        workers[started] = worker_start(work, task);
        if (workers[started] < 0)
            break;
        ++started;
    }
    const int error = errno;
    for (size_t i = 0; i < started; ++i)
        wait_for_worker(workers[i], task->board, count);
    progress("", 0, 0, "");
    if (started == 0)
        return diag_error(DIAG_TOOL, NOWHERE, "cannot start a process: %s", strerror(error));
    return STATUS_DONE;
}

static enum exit_status find_kernels(const struct sepcc_library *library, struct proof *const proofs[],
                                     size_t count, struct board *board)
{
    for (size_t i = 0; i < count; ++i) {
        const struct kernel *kernel = proofs[i]->kernel;
        const enum sepcc_status status = sepcc_bundle_find(sepcc_library_bundle(library), kernel->name,
                                                           kernel->digest, &board->items[i].kernel);
        if (status != SEPCC_OK)
            return diag_error(DIAG_LOAD, NOWHERE, "kernel %s: %s", kernel->name, sepcc_status_text(status));
    }
    return STATUS_DONE;
}

static void take_results(struct board *board, struct proof *const proofs[], size_t count)
{
    for (size_t i = 0; i < count; ++i) {
        proofs[i]->executed = true;
        proofs[i]->result = board->items[i].result;
        if (atomic_load(&board->items[i].finished))
            continue;
        proofs[i]->result = (struct sepcc_verify_result){.status = SEPCC_E_CRASH,
                                                         .message = "the process that verifies it ended"};
    }
}

enum exit_status prove_native(const struct build *build, const char *library, struct proof *const proofs[],
                              size_t count, const struct prove_limits *limits)
{
    static const struct prove_limits usual = {.timeout_s = KERNEL_TIMEOUT_S};
    struct sepcc_library *opened;
    char message[MESSAGE_MAX];
    if (sepcc_library_open(library, build->bundle.name, &opened, message, sizeof message) != SEPCC_OK)
        return diag_error(DIAG_LOAD, (struct position){.file = library}, "%s", message);
    const size_t bytes = sizeof(struct board) + count * sizeof(((struct board *)0)->items[0]);
    struct board *board = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (board == MAP_FAILED) {
        sepcc_library_close(opened);
        return diag_memory();
    }
    enum exit_status status = find_kernels(opened, proofs, count, board);
    if (status == STATUS_DONE)
        status =
            run_workers(&(struct task){board, count, build->options->seed, limits != NULL ? limits : &usual},
                        build->options->jobs);
    if (status == STATUS_DONE)
        take_results(board, proofs, count);
    munmap(board, bytes);
    sepcc_library_close(opened);
    return status;
}
