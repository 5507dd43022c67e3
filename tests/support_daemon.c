/*
 * support_daemon.c: servers that a test runs for itself.
 *
 * Each has a keeper, a process between it and the test, to which fall the processes that the server has left
 * behind (slurmd's steps are such). It ends with the test, however that ends, and ends all of them.
 */
#include "support_daemon.h"

#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>
#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { STOP_S = 10, CANNOT_RUN = 127 };

/* ---- the server ------------------------------------------------------------------------------------- */

static _Noreturn void become(const char *folder, const char *log, const char *line)
{
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    if (chdir(folder) != 0)
        _exit(CANNOT_RUN);
    const int out = open(log, O_WRONLY | O_CREAT | O_APPEND, 0600), in = open("/dev/null", O_RDONLY);
    if (out < 0 || in < 0 || dup2(in, 0) < 0 || dup2(out, 1) < 0 || dup2(out, 2) < 0)
        _exit(CANNOT_RUN);
    execl("/bin/sh", "sh", "-c", line, (char *)NULL);
    _exit(CANNOT_RUN);
}

/* ---- the keeper ------------------------------------------------------------------------------------- */

static bool is_child(const char *pid)
{
    char path[64];
    int parent = 0;
    (void)snprintf(path, sizeof path, "/proc/%.20s/stat", pid);
    FILE *file = fopen(path, "r");
    if (file == NULL)
        return false;
    /* The name of a process may hold anything but stands between brackets, of which the last one ends it. */
    (void)fscanf(file, "%*[^)]%*[)] %*c %d", &parent);
    fclose(file);
    return parent == getpid();
}

static void kill_children(void)
{
    DIR *all = opendir("/proc");
    const struct dirent *entry;
    while (all != NULL && (entry = readdir(all)) != NULL) {
        const long pid = strtol(entry->d_name, NULL, 10);
        if (pid > 1 && is_child(entry->d_name))
            kill((pid_t)pid, SIGKILL);
    }
    if (all != NULL)
        closedir(all);
}

/* Takes leave of the children that have ended; false when none is left. */
static bool reap(void)
{
    pid_t ended;
    do
        ended = waitpid(-1, NULL, WNOHANG);
    while (ended > 0);
    return ended == 0;
}

/* Ends the server kindly, then whatever is left: the children of one that is killed fall to this process. */
static _Noreturn void end_all(pid_t server, const sigset_t *signals)
{
    const struct timespec most = {.tv_sec = STOP_S / 2};
    kill(server, SIGTERM);
    while (kill(server, 0) == 0 && sigtimedwait(signals, NULL, &most) >= 0)
        reap();
    while (reap()) {
        const struct timespec pause = {.tv_nsec = 10000000};
        kill_children();
        nanosleep(&pause, NULL);
    }
    _exit(0);
}

static _Noreturn void keep(pid_t test, const char *folder, const char *log, const char *line)
{
    sigset_t signals, before;
    int which = 0;
    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGCHLD);
    sigprocmask(SIG_BLOCK, &signals, &before);
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    setsid(); /* a signal from the terminal ends the test, which ends the server */
    if (getppid() != test)
        _exit(CANNOT_RUN);
    const pid_t server = fork();
    if (server == 0) {
        sigprocmask(SIG_SETMASK, &before, NULL);
        become(folder, log, line);
    }
    while (server > 0 && which != SIGTERM && reap())
        sigwait(&signals, &which);
    if (server > 0 && which == SIGTERM)
        end_all(server, &signals);
    _exit(CANNOT_RUN);
}

/* ---- for tests -------------------------------------------------------------------------------------- */

pid_t daemon_start(const char *folder, const char *log, const char *line)
{
    const pid_t test = getpid();
    fflush(NULL);
    const pid_t keeper = fork();
    assert_true(keeper >= 0);
    if (keeper == 0)
        keep(test, folder, log, line);
    return keeper;
}

void daemon_stop(pid_t keeper)
{
    const struct timespec pause = {.tv_nsec = 10000000};
    if (keeper == 0)
        return;
    kill(keeper, SIGTERM);
    for (int step = 0; step < 2 * 100 * STOP_S; ++step) {
        if (waitpid(keeper, NULL, WNOHANG) != 0)
            return;
        nanosleep(&pause, NULL);
    }
    kill(keeper, SIGKILL);
    waitpid(keeper, NULL, 0);
}

unsigned free_port(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t length = sizeof address;
    const int fd = socket(AF_INET, SOCK_STREAM, 0);
    assert_true(fd >= 0);
    assert_int_equal(bind(fd, (const struct sockaddr *)&address, length), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &length), 0);
    close(fd);
    return ntohs(address.sin_port);
}
