/*
 * worker.c: functions of this program in child processes.
 */
#include "base/worker.h"

#include "base/interrupt.h"

#include <errno.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static void run_child(void (*work)(void *context), void *context, const sigset_t *old)
{
    static const int handled[] = {SIGINT, SIGTERM, SIGHUP};
    prctl(PR_SET_PDEATHSIG, SIGKILL); /* nobody is left to kill it when its parent is */
    setpgid(0, 0);
    for (size_t i = 0; i < sizeof handled / sizeof handled[0]; ++i)
        signal(handled[i], SIG_DFL);
    interrupt_release(old);
    work(context);
    _exit(0);
}

pid_t worker_start(void (*work)(void *context), void *context)
{
    sigset_t old;
    interrupt_hold(&old);
    fflush(NULL);
    const pid_t pid = fork();
    if (pid == 0)
        run_child(work, context, &old);
    if (pid > 0) {
        setpgid(pid, pid); /* either side may be first */
        interrupt_add_child(pid);
    }
    interrupt_release(&old);
    return pid;
}

bool worker_ended(pid_t worker, int *how)
{
    sigset_t old;
    int status = 0;
    interrupt_hold(&old);
    const pid_t ended = waitpid(worker, &status, WNOHANG);
    const bool gone = ended == worker || (ended < 0 && errno != EINTR);
    if (gone)
        interrupt_remove_child(worker);
    interrupt_release(&old);
    if (gone && how != NULL)
        *how = status;
    return gone;
}

void worker_kill(pid_t worker)
{
    const struct timespec pause = {.tv_nsec = 1000000};
    kill(-worker, SIGKILL);
    while (!worker_ended(worker, NULL))
        nanosleep(&pause, NULL);
}
