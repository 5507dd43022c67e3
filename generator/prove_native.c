/*
 * prove_native.c: proving kernels on this CPU, with worker processes that take them one by one.
 */
#include "prove.h"

#include "interrupt.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

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

static void work(struct board *board, size_t count, uint64_t seed)
{
    const struct sepcc_verify_options options = {
        .seed = seed, .guard = true, .isolate = true, .timeout_s = KERNEL_TIMEOUT_S};
    for (;;) {
        const size_t i = atomic_fetch_add(&board->next, 1);
        if (i >= count)
            return;
        sepcc_verify(board->items[i].kernel, &options, &board->items[i].result);
        atomic_store(&board->items[i].finished, true);
        atomic_fetch_add(&board->done, 1);
    }
}

/* A worker leads a process group of its own, so that a signal to sepcc ends it with its children. */
static pid_t start_worker(struct board *board, size_t count, uint64_t seed)
{
    sigset_t old;
    interrupt_hold(&old);
    fflush(NULL);
    const pid_t pid = fork();
    if (pid == 0) {
        static const int handled[] = {SIGINT, SIGTERM, SIGHUP};
        setpgid(0, 0);
        for (size_t i = 0; i < sizeof handled / sizeof handled[0]; ++i)
            signal(handled[i], SIG_DFL);
        interrupt_release(&old);
        work(board, count, seed);
        _exit(0);
    }
    if (pid > 0) {
        setpgid(pid, pid); /* either side may be first */
        interrupt_add_child(pid);
    }
    interrupt_release(&old);
    return pid;
}

static void wait_for_worker(pid_t pid, struct board *board, size_t count)
{
    const struct timespec pause = {.tv_nsec = 20000000};
    for (;;) {
        sigset_t old;
        interrupt_hold(&old);
        const pid_t ended = waitpid(pid, NULL, WNOHANG);
        const bool gone = ended == pid || (ended < 0 && errno != EINTR);
        if (gone)
            interrupt_remove_child(pid);
        interrupt_release(&old);
        if (gone)
            return;
        progress("verify", atomic_load(&board->done), count, "");
        nanosleep(&pause, NULL);
    }
}

static enum exit_status run_workers(struct board *board, size_t count, const struct options *options)
{
    pid_t workers[WORKERS_MAX];
    size_t wanted = options->jobs < WORKERS_MAX ? options->jobs : WORKERS_MAX, started = 0;
    if (wanted > count)
        wanted = count;
    while (started < wanted) {
        workers[started] = start_worker(board, count, options->seed);
        if (workers[started] < 0)
            break;
        ++started;
    }
    const int error = errno;
    for (size_t i = 0; i < started; ++i)
        wait_for_worker(workers[i], board, count);
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
                              size_t count)
{
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
        status = run_workers(board, count, build->options);
    if (status == STATUS_DONE)
        take_results(board, proofs, count);
    munmap(board, bytes);
    sepcc_library_close(opened);
    return status;
}
