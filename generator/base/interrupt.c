/*
 * interrupt.c: what a stopped run leaves behind: no children and no temporary files.
 *
 * The handler uses async-signal-safe functions only and never returns.
 */
#include "base/interrupt.h"

#include "base/process.h"
#include "base/temporary.h"

#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static const int SIGNALS[] = {SIGINT, SIGTERM, SIGHUP};

enum { SIGNAL_COUNT = sizeof SIGNALS / sizeof *SIGNALS };

/* 0: free. Changed only while the signals are held. */
static volatile pid_t children[INTERRUPT_CHILDREN_MAX];

static void fill_set(sigset_t *set)
{
    sigemptyset(set);
    for (size_t i = 0; i < SIGNAL_COUNT; i++)
        sigaddset(set, SIGNALS[i]);
}

void interrupt_hold(sigset_t *old)
{
    sigset_t held;
    fill_set(&held);
    pthread_sigmask(SIG_BLOCK, &held, old);
}

void interrupt_release(const sigset_t *old)
{
    pthread_sigmask(SIG_SETMASK, old, NULL);
}

static void replace_child(pid_t from, pid_t to)
{
    for (size_t i = 0; i < INTERRUPT_CHILDREN_MAX; i++)
        if (children[i] == from) {
            children[i] = to;
            return;
        }
}

void interrupt_add_child(pid_t child)
{
    replace_child(0, child);
}

void interrupt_remove_child(pid_t child)
{
    replace_child(child, 0);
}

static void signal_children(int number)
{
    for (size_t i = 0; i < INTERRUPT_CHILDREN_MAX; i++)
        if (children[i])
            kill(-children[i], number);
}

/* True when all have ended. */
static bool reap_children(void)
{
    bool all = true;
    for (size_t i = 0; i < INTERRUPT_CHILDREN_MAX; i++) {
        if (children[i] && waitpid(children[i], NULL, WNOHANG) == 0)
            all = false;
        else
            children[i] = 0;
    }
    return all;
}

/* They must be gone before their files are removed, or they would write them again. */
static void end_children(void)
{
    const struct timespec pause = {.tv_nsec = 10000000};
    signal_children(SIGTERM);
    for (int round = 0; round < 30 && !reap_children(); round++)
        nanosleep(&pause, NULL);
    signal_children(SIGKILL);
    for (int round = 0; round < 30 && !reap_children(); round++)
        nanosleep(&pause, NULL);
}

static void handle(int number)
{
    char message[] = "sepcc: error: interrupted by signal NN [interrupted]\n";
    char *digits = strstr(message, "NN");
    digits[0] = (char)('0' + number / 10);
    digits[1] = (char)('0' + number % 10);
    if (digits[0] == '0')
        memmove(digits, digits + 1, strlen(digits));
    end_children();
    temporary_remove_all();
    /* Nothing can be done about an error here: the process ends. */
    ssize_t written = write(STDERR_FILENO, message, strlen(message));
    (void)written;
    _exit(STATUS_ENVIRONMENT);
}

void process_catch_signals(void)
{
    struct sigaction action = {.sa_handler = handle};
    fill_set(&action.sa_mask);
    for (size_t i = 0; i < SIGNAL_COUNT; i++) {
        struct sigaction old;
        /* A signal that the caller ignores (nohup, a background job) stays ignored. */
        if (sigaction(SIGNALS[i], NULL, &old) == 0 && old.sa_handler != SIG_IGN)
            sigaction(SIGNALS[i], &action, NULL);
    }
}
