/*
 * support_daemon.c: servers that a test runs for itself.
 */
#include "support_daemon.h"

#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum { STOP_STEPS = 100, STEP_US = 100000, CANNOT_RUN = 127 };

static _Noreturn void become(const char *folder, const char *log, const char *line)
{
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    setsid(); /* a signal from the terminal ends the test, which ends the server */
    if (chdir(folder) != 0)
        _exit(CANNOT_RUN);
    const int out = open(log, O_WRONLY | O_CREAT | O_APPEND, 0600), in = open("/dev/null", O_RDONLY);
    if (out < 0 || in < 0 || dup2(in, 0) < 0 || dup2(out, 1) < 0 || dup2(out, 2) < 0)
        _exit(CANNOT_RUN);
    execl("/bin/sh", "sh", "-c", line, (char *)NULL);
    _exit(CANNOT_RUN);
}

pid_t daemon_start(const char *folder, const char *log, const char *line)
{
    fflush(NULL);
    const pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0)
        become(folder, log, line);
    return pid;
}

void daemon_stop(pid_t pid)
{
    if (pid == 0)
        return;
    kill(pid, SIGTERM);
    for (int step = 0; step < STOP_STEPS; ++step) {
        if (waitpid(pid, NULL, WNOHANG) != 0)
            return;
        usleep(STEP_US);
    }
    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
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
