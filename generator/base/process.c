/*
 * process.c: running other programs. One loop of ppoll() feeds and reads all running children, so many small
 * programs cost little more than their own start; no threads.
 *
 * Each child leads its own process group, so a timeout or a signal ends its children too.
 */
#include "base/process.h"

#include "base/interrupt.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { STREAMS = 3, READ_SIZE = 65536 };

/* A running process; fds are the parent's ends of its standard input, output and error, -1 once closed. */
struct child {
    struct process *process;
    size_t index;
    pid_t pid;
    int fds[STREAMS];
    size_t fed;
    int64_t deadline_ns;
};

/* State of one process_run_all. */
struct run {
    struct child *children;
    struct pollfd *polled; /* STREAMS for each child */
    size_t live;
    process_done done;
    void *context;
};

static const int64_t NS_PER_S = 1000000000;

/* A child that closed its output is about to end; how often to look whether it has. */
static const int64_t REAP_INTERVAL_NS = 200000;

static int64_t now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * NS_PER_S + now.tv_nsec;
}

static void close_fd(int *fd)
{
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}

/* ---- starting ---- */

/* Moves a descriptor above the standard ones, which may have been closed in this process. */
static int lift_fd(int fd)
{
    if (fd < 0 || fd > STDERR_FILENO)
        return fd;
    int lifted = fcntl(fd, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
    int saved = errno;
    close(fd);
    errno = saved;
    return lifted;
}

/* Both ends above the standard descriptors and closed on exec; false with errno. */
static bool open_pipe(int ends[2])
{
    if (pipe2(ends, O_CLOEXEC) != 0) {
        ends[0] = ends[1] = -1;
        return false;
    }
    ends[0] = lift_fd(ends[0]);
    ends[1] = lift_fd(ends[1]);
    return ends[0] >= 0 && ends[1] >= 0;
}

/* Pipes of one child: what it uses (far) and what this process keeps (near). */
struct pipes {
    int far[STREAMS];
    int near[STREAMS];
};

static void pipes_close(struct pipes *pipes)
{
    for (size_t i = 0; i < STREAMS; i++) {
        close_fd(&pipes->far[i]);
        close_fd(&pipes->near[i]);
    }
}

/* Returns 0 or an errno; on failure nothing stays open. */
static int pipes_open(struct pipes *pipes, bool with_input)
{
    for (size_t i = 0; i < STREAMS; i++)
        pipes->far[i] = pipes->near[i] = -1;
    for (size_t i = 0; i < STREAMS; i++) {
        int ends[2];
        if (i == STDIN_FILENO && !with_input)
            continue;
        bool opened = open_pipe(ends);
        pipes->far[i] = ends[i == STDIN_FILENO ? 0 : 1];
        pipes->near[i] = ends[i == STDIN_FILENO ? 1 : 0];
        if (!opened || fcntl(pipes->near[i], F_SETFL, O_NONBLOCK) != 0) {
            int error = errno;
            pipes_close(pipes);
            return error;
        }
    }
    return 0;
}

static bool same_variable(const char *a, const char *b)
{
    size_t length = strcspn(a, "=");
    return strncmp(a, b, length) == 0 && b[length] == '=';
}

/* environ with the additions in place of variables of the same name; NULL when out of memory. */
static char **environment_with(const char *const *additions)
{
    size_t inherited = 0, added = 0, count = 0;
    while (environ && environ[inherited])
        inherited++;
    while (additions[added])
        added++;
    char **result = calloc(inherited + added + 1, sizeof *result);
    if (!result)
        return NULL;
    for (size_t i = 0; i < inherited; i++) {
        bool replaced = false;
        for (size_t a = 0; a < added && !replaced; a++)
            replaced = same_variable(additions[a], environ[i]);
        if (!replaced)
            result[count++] = environ[i];
    }
    for (size_t a = 0; a < added; a++)
        result[count++] = (char *)(uintptr_t)additions[a];
    return result;
}

/* Which descriptors the child gets. Returns 0 or an errno. */
static int spawn_actions(posix_spawn_file_actions_t *actions, const struct pipes *pipes)
{
    int error = 0;
    for (int i = 0; i < STREAMS && !error; i++) {
        if (pipes->far[i] >= 0)
            error = posix_spawn_file_actions_adddup2(actions, pipes->far[i], i);
        else
            error = posix_spawn_file_actions_addopen(actions, i, "/dev/null", O_RDONLY, 0);
    }
    return error;
}

/* Its own process group, the signals of the caller, and a default SIGPIPE. Returns 0 or an errno. */
static int spawn_attributes(posix_spawnattr_t *attributes, const sigset_t *mask)
{
    sigset_t defaults;
    sigemptyset(&defaults);
    sigaddset(&defaults, SIGPIPE);
    int error = posix_spawnattr_setflags(attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK |
                                                         POSIX_SPAWN_SETSIGDEF);
    if (!error)
        error = posix_spawnattr_setpgroup(attributes, 0);
    if (!error)
        error = posix_spawnattr_setsigmask(attributes, mask);
    if (!error)
        error = posix_spawnattr_setsigdefault(attributes, &defaults);
    return error;
}

/* Starts the program and notes it for the signal handler in one step. Returns 0 or an errno. */
static int spawn(const struct process *process, char **environment, const struct pipes *pipes, pid_t *pid)
{
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    sigset_t old;
    int error = posix_spawn_file_actions_init(&actions);
    if (error)
        return error;
    error = posix_spawnattr_init(&attributes);
    if (error) {
        posix_spawn_file_actions_destroy(&actions);
        return error;
    }
    interrupt_hold(&old);
    error = spawn_actions(&actions, pipes);
    if (!error)
        error = spawn_attributes(&attributes, &old);
    if (!error)
        error = posix_spawnp(pid, process->argv[0], &actions, &attributes,
                             (char *const *)(uintptr_t)process->argv, environment);
    if (!error)
        interrupt_add_child(*pid);
    interrupt_release(&old);
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&actions);
    return error;
}

static int child_open(struct child *child)
{
    struct process *process = child->process;
    struct pipes pipes;
    char **own_environment = NULL;
    if (process->environment) {
        own_environment = environment_with(process->environment);
        if (!own_environment)
            return ENOMEM;
    }
    int error = pipes_open(&pipes, process->input != NULL);
    if (!error) {
        error = spawn(process, own_environment ? own_environment : environ, &pipes, &child->pid);
        if (error) {
            pipes_close(&pipes);
        } else {
            for (size_t i = 0; i < STREAMS; i++) {
                close_fd(&pipes.far[i]);
                child->fds[i] = pipes.near[i];
            }
        }
    }
    free(own_environment);
    return error;
}

/* Starts a process as the run's next child. Errors: DIAG_TOOL. */
static enum exit_status child_start(struct run *run, struct process *process, size_t index)
{
    struct child child = {.process = process, .index = index, .deadline_ns = INT64_MAX};
    process->started = process->timed_out = false;
    process->exit_code = -1;
    int error = child_open(&child);
    if (error)
        return diag_error(DIAG_TOOL, NOWHERE, "cannot run %s: %s, expected a program in PATH",
                          process->argv[0], strerror(error));
    process->started = true;
    if (process->timeout_s > 0)
        child.deadline_ns = now_ns() + (int64_t)process->timeout_s * NS_PER_S;
    run->children[run->live++] = child;
    return STATUS_DONE;
}

/* ---- feeding and reading ---- */

static void child_feed(struct child *child)
{
    const struct process *process = child->process;
    while (child->fed < process->input_length) {
        ssize_t written =
            write(child->fds[STDIN_FILENO], process->input + child->fed, process->input_length - child->fed);
        if (written < 0 && errno == EINTR)
            continue;
        if (written < 0 && errno == EAGAIN)
            return;
        if (written < 0)
            break; /* it reads no more (EPIPE): what it makes of that shows in its exit code */
        child->fed += (size_t)written;
    }
    close_fd(&child->fds[STDIN_FILENO]);
}

static void child_read(struct child *child, int stream)
{
    static char buffer[READ_SIZE];
    struct text *text = stream == STDOUT_FILENO ? &child->process->output : &child->process->error;
    for (;;) {
        ssize_t length = read(child->fds[stream], buffer, sizeof buffer);
        if (length > 0) {
            text_append(text, buffer, (size_t)length);
            continue;
        }
        if (length < 0 && errno == EINTR)
            continue;
        if (length < 0 && errno == EAGAIN)
            return;
        break;
    }
    close_fd(&child->fds[stream]);
}

static void child_serve(struct child *child, const struct pollfd *polled)
{
    if (polled[STDIN_FILENO].revents)
        child_feed(child);
    for (int stream = STDOUT_FILENO; stream < STREAMS; stream++)
        if (polled[stream].revents)
            child_read(child, stream);
}

static bool child_silent(const struct child *child)
{
    return child->fds[STDOUT_FILENO] < 0 && child->fds[STDERR_FILENO] < 0;
}

/* ---- ending ---- */

/* Takes the exit code if the child has ended, or waits until it has. */
static bool child_reap(struct child *child, bool wait)
{
    int status;
    sigset_t old;
    pid_t ended;
    do {
        interrupt_hold(&old);
        ended = waitpid(child->pid, &status, wait ? 0 : WNOHANG);
        if (ended != 0)
            interrupt_remove_child(child->pid);
        interrupt_release(&old);
    } while (ended < 0 && errno == EINTR);
    if (ended == 0)
        return false;
    if (ended > 0)
        child->process->exit_code = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
    for (int i = 0; i < STREAMS; i++)
        close_fd(&child->fds[i]);
    return true;
}

/* Kills the child's whole group and keeps what it had printed. */
static void child_kill(struct child *child)
{
    child->process->timed_out = true;
    kill(-child->pid, SIGKILL);
    for (int stream = STDOUT_FILENO; stream < STREAMS; stream++)
        if (child->fds[stream] >= 0)
            child_read(child, stream);
}

static bool child_ended(struct child *child, int64_t now)
{
    if (now >= child->deadline_ns) {
        child_kill(child);
        return child_reap(child, true);
    }
    return child_silent(child) && child_reap(child, false);
}

/* ---- the loop ---- */

/* How long ppoll may sleep: until the next deadline, shortly when a child is about to end; -1: for ever. */
static int64_t run_patience(const struct run *run)
{
    int64_t nearest = INT64_MAX;
    bool ending = false;
    for (size_t i = 0; i < run->live; i++) {
        ending |= child_silent(&run->children[i]);
        if (run->children[i].deadline_ns < nearest)
            nearest = run->children[i].deadline_ns;
    }
    int64_t left = -1;
    if (nearest != INT64_MAX) {
        left = nearest - now_ns();
        left = left > 0 ? left : 0;
    }
    return ending && (left < 0 || left > REAP_INTERVAL_NS) ? REAP_INTERVAL_NS : left;
}

/* Waits until something can be done, and does it. */
static void run_serve(struct run *run)
{
    for (size_t i = 0; i < run->live; i++)
        for (size_t stream = 0; stream < STREAMS; stream++)
            run->polled[i * STREAMS + stream] = (struct pollfd){
                .fd = run->children[i].fds[stream], .events = stream == STDIN_FILENO ? POLLOUT : POLLIN};
    int64_t patience = run_patience(run);
    struct timespec timeout = {.tv_sec = (time_t)(patience / NS_PER_S),
                               .tv_nsec = (long)(patience % NS_PER_S)};
    int ready = ppoll(run->polled, (nfds_t)(run->live * STREAMS), patience < 0 ? NULL : &timeout, NULL);
    for (size_t i = 0; i < run->live && ready > 0; i++)
        child_serve(&run->children[i], run->polled + i * STREAMS);
}

/* Takes out the children that have ended and reports them. */
static enum exit_status run_collect(struct run *run)
{
    enum exit_status status = STATUS_DONE;
    int64_t now = now_ns();
    for (size_t i = 0; i < run->live;) {
        if (!child_ended(&run->children[i], now)) {
            i++;
            continue;
        }
        struct child ended = run->children[i];
        run->children[i] = run->children[--run->live];
        enum exit_status one = STATUS_DONE;
        if (ended.process->output.failed || ended.process->error.failed)
            one = diag_memory();
        else if (run->done)
            one = run->done(ended.process, ended.index, run->context);
        if (status == STATUS_DONE)
            status = one;
    }
    return status;
}

static enum exit_status run_loop(struct run *run, struct process *processes, size_t count, unsigned parallel)
{
    enum exit_status status = STATUS_DONE;
    size_t next = 0;
    for (;;) {
        while (status == STATUS_DONE && next < count && run->live < parallel) {
            status = child_start(run, &processes[next], next);
            next++;
        }
        if (run->live == 0)
            return status;
        run_serve(run);
        enum exit_status collected = run_collect(run);
        if (status == STATUS_DONE)
            status = collected;
    }
}

enum exit_status process_run_all(struct process *processes, size_t count, unsigned parallel,
                                 process_done done, void *context)
{
    if (count == 0)
        return STATUS_DONE;
    if (parallel < 1)
        parallel = 1;
    if (parallel > INTERRUPT_CHILDREN_MAX)
        parallel = INTERRUPT_CHILDREN_MAX;
    if (parallel > count)
        parallel = (unsigned)count;
    for (size_t i = 0; i < count; i++) {
        processes[i].started = false;
        processes[i].exit_code = -1;
    }
    struct run run = {.done = done, .context = context};
    run.children = calloc(parallel, sizeof *run.children);
    run.polled = calloc((size_t)parallel * STREAMS, sizeof *run.polled);
    if (!run.children || !run.polled) {
        free(run.children);
        free(run.polled);
        return diag_memory();
    }
    /* A child that ends before it has read its input must not end this process. */
    struct sigaction ignore = {.sa_handler = SIG_IGN}, old;
    sigemptyset(&ignore.sa_mask);
    sigaction(SIGPIPE, &ignore, &old);
    enum exit_status status = run_loop(&run, processes, count, parallel);
    sigaction(SIGPIPE, &old, NULL);
    free(run.children);
    free(run.polled);
    return status;
}

enum exit_status process_run(struct process *process)
{
    return process_run_all(process, 1, 1, NULL, NULL);
}

void process_free(struct process *process)
{
    text_free(&process->output);
    text_free(&process->error);
}

/* ---- programs and CPUs ---- */

static bool is_program(const char *path)
{
    struct stat status;
    return stat(path, &status) == 0 && S_ISREG(status.st_mode) && access(path, X_OK) == 0;
}

char *program_path(const char *name)
{
    if (strchr(name, '/'))
        return is_program(name) ? strdup(name) : NULL;
    const char *folder = getenv("PATH");
    if (!folder)
        folder = "/usr/bin:/bin"; /* what posix_spawnp takes then */
    while (*name) {
        size_t length = strcspn(folder, ":");
        struct text path = {0};
        text_append(&path, length ? folder : ".", length ? length : 1);
        text_printf(&path, "/%s", name);
        if (!path.failed && is_program(path.data))
            return path.data;
        text_free(&path);
        if (!folder[length])
            break;
        folder += length + 1;
    }
    return NULL;
}

bool program_exists(const char *name)
{
    char *path = program_path(name);
    free(path);
    return path != NULL;
}

unsigned cpu_count(void)
{
    cpu_set_t set;
    int count = 0;
    if (sched_getaffinity(0, sizeof set, &set) == 0)
        count = CPU_COUNT(&set);
    if (count < 1) { /* more CPUs than the set holds */
        long online = sysconf(_SC_NPROCESSORS_ONLN);
        count = online > 0 && online < INT_MAX ? (int)online : 1;
    }
    return (unsigned)count;
}
