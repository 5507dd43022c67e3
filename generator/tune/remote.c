/*
 * remote.c: the connection to a target: command lines that run there, and the folder that lasts as long.
 */
#include "tune/remote.h"

#include "base/files.h"
#include "base/worker.h"
#include "runner.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { LINE_TIMEOUT_S = 60, COPY_TIMEOUT_S = 900, TRIES = 4 };

static const struct position at_remote = {"--remote", 0, 0};

/* Makes the folder, says where it is, and removes it at the end of its input, or of the connection. Android
 * has another place for temporary files. */
static const char hold_line[] =
    "d=$(mktemp -d \"${TMPDIR:-/tmp}/sepcc-XXXXXX\" 2>/dev/null || mktemp -d /data/local/tmp/sepcc-XXXXXX) "
    "&& "
    "trap 'rm -rf \"$d\"' EXIT && trap 'exit 1' HUP INT TERM PIPE && echo \"$d\" && cat >/dev/null";

/* ---- lines ------------------------------------------------------------------------------------------ */

/* Runs a line on the target. Call process_free. */
static enum exit_status run_line(const struct remote *remote, const char *line, const struct text *input,
                                 unsigned timeout_s, struct process *process)
{
    const char *const argv[] = {"sh", "-c", remote->command.data, "sh", line, NULL};
    *process = (struct process){.argv = argv, .timeout_s = timeout_s};
    if (input != NULL) {
        process->input = input->data;
        process->input_length = input->length;
    }
    const enum exit_status status = process_run(process);
    process->argv = NULL; /* does not outlive this */
    return status;
}

/* The last line of what was said, which tells most: those before may be greetings. */
static const char *last_line(const struct process *process, int *length)
{
    const char *said = process->error.length > 0 ? process->error.data : "";
    size_t end = strlen(said);
    while (end > 0 && (said[end - 1] == '\n' || said[end - 1] == '\r'))
        --end;
    size_t begin = end;
    while (begin > 0 && said[begin - 1] != '\n')
        --begin;
    *length = (int)(end - begin);
    return said + begin;
}

static enum exit_status line_error(const struct process *process, const char *what)
{
    int length;
    const char *said = last_line(process, &length);
    if (process->timed_out)
        return diag_error(DIAG_TOOL, at_remote, "%s: no answer", what);
    return diag_error(DIAG_TOOL, at_remote, "%s: status %d%s%.*s, expected 0", what, process->exit_code,
                      length > 0 ? ": " : "", length, said);
}

/* ---- the shell that waits ---------------------------------------------------------------------------- */

/*
 * Starts it in a process group of its own, which no signal to this process ends: the end of its input does,
 * whatever becomes of this process. Returns 0 or an errno.
 */
static int spawn_holder(const char *command, int in, int out, pid_t *pid)
{
    const char *const argv[] = {"sh", "-c", command, "sh", hold_line, NULL};
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    int error = posix_spawn_file_actions_init(&actions);
    if (error)
        return error;
    error = posix_spawnattr_init(&attributes);
    if (error) {
        posix_spawn_file_actions_destroy(&actions);
        return error;
    }
    error = posix_spawn_file_actions_adddup2(&actions, in, STDIN_FILENO);
    if (!error)
        error = posix_spawn_file_actions_adddup2(&actions, out, STDOUT_FILENO);
    if (!error)
        error = posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
    if (!error)
        error = posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP);
    if (!error)
        error = posix_spawnp(pid, argv[0], &actions, &attributes, (char *const *)(uintptr_t)argv, environ);
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&actions);
    return error;
}

/* Ends the shell, which removes the folder: first kindly. */
static void holder_close(struct remote *remote)
{
    const struct timespec pause = {.tv_nsec = 10000000};
    if (remote->holder == 0)
        return;
    close(remote->to);
    bool ended = false;
    for (int i = 0; i < 500 && !(ended = worker_ended(remote->holder, NULL)); ++i)
        nanosleep(&pause, NULL);
    if (!ended)
        worker_kill(remote->holder);
    close(remote->from);
    remote->holder = 0;
}

/* Reads the folder's name; false when none comes. */
static bool read_folder(struct remote *remote)
{
    size_t length = 0;
    while (length + 1 < sizeof remote->folder) {
        struct pollfd ready = {.fd = remote->from, .events = POLLIN};
        if (poll(&ready, 1, LINE_TIMEOUT_S * 1000) <= 0 ||
            read(remote->from, remote->folder + length, 1) != 1)
            break;
        if (remote->folder[length] == '\n') {
            remote->folder[length] = '\0';
            return remote->folder[0] == '/';
        }
        ++length;
    }
    remote->folder[0] = '\0';
    return false;
}

/* Whether a word needs no quotes in a line of sh. */
static bool is_plain(const char *word)
{
    return word[strspn(word, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/._-+@%,:")] ==
           '\0';
}

static enum exit_status holder_open(struct remote *remote)
{
    int in[2] = {-1, -1}, out[2] = {-1, -1};
    if (pipe2(in, O_CLOEXEC) != 0 || pipe2(out, O_CLOEXEC) != 0) {
        const int error = errno;
        if (in[0] >= 0) {
            close(in[0]);
            close(in[1]);
        }
        return diag_error(DIAG_TOOL, at_remote, "no pipe can be made: %s", strerror(error));
    }
    pid_t pid = 0;
    const int error = spawn_holder(remote->command.data, in[0], out[1], &pid);
    close(in[0]);
    close(out[1]);
    remote->to = in[1];
    remote->from = out[0];
    if (error) {
        close(remote->to);
        close(remote->from);
        return diag_error(DIAG_TOOL, at_remote, "cannot start a process: %s", strerror(error));
    }
    remote->holder = pid;
    if (read_folder(remote) && is_plain(remote->folder))
        return STATUS_DONE;
    holder_close(remote);
    return diag_error(DIAG_TOOL, at_remote,
                      "no folder can be made on the target, expected one below TMPDIR or /tmp");
}

/* Whether the target answers and the program is there. */
static bool is_there(const struct remote *remote)
{
    struct text line = {0};
    struct process process = {0};
    text_printf(&line, "test -x %s/runner", remote->folder);
    const bool there = !line.failed &&
                       run_line(remote, line.data, NULL, LINE_TIMEOUT_S, &process) == STATUS_DONE &&
                       process.exit_code == 0;
    process_free(&process);
    text_free(&line);
    return there;
}

/* ---- for others -------------------------------------------------------------------------------------- */

enum exit_status remote_connect(const char *prefix, struct remote *remote)
{
    struct process process;
    text_printf(&remote->command, "%s \"$1\"", prefix);
    if (remote->command.failed)
        return diag_memory();
    enum exit_status status = run_line(remote, "uname -m", NULL, LINE_TIMEOUT_S, &process);
    if (status == STATUS_DONE && (process.exit_code != 0 || process.output.length == 0))
        status = line_error(&process, "the target cannot be reached");
    if (status == STATUS_DONE)
        (void)snprintf(remote->machine, sizeof remote->machine, "%.*s",
                       (int)strcspn(process.output.data, "\n"), process.output.data);
    process_free(&process);
    return status == STATUS_DONE ? holder_open(remote) : status;
}

void remote_close(struct remote *remote)
{
    if (remote == NULL)
        return;
    holder_close(remote);
    free(remote->program);
    text_free(&remote->command);
    text_free(&remote->cpu);
    *remote = (struct remote){0};
}

static enum exit_status copy(const struct remote *remote)
{
    struct text bytes = {0}, line = {0};
    struct process process = {0};
    text_printf(&line, "cd %s && rm -f runner && cat >new && chmod 700 new && mv -f new runner",
                remote->folder);
    enum exit_status status = line.failed ? diag_memory() : file_read(remote->program, &bytes);
    if (status == STATUS_DONE)
        status = run_line(remote, line.data, &bytes, COPY_TIMEOUT_S, &process);
    if (status == STATUS_DONE && process.exit_code != 0)
        status = line_error(&process, "the runner cannot be copied to the target");
    process_free(&process);
    text_free(&line);
    text_free(&bytes);
    return status;
}

enum exit_status remote_put(struct remote *remote, const char *program)
{
    char *copied = strdup(program);
    if (copied == NULL)
        return diag_memory();
    free(remote->program);
    remote->program = copied;
    char message[1024] = "";
    diag_capture(message, sizeof message);
    const enum exit_status status = copy(remote);
    diag_capture(NULL, 0);
    return status == STATUS_DONE ? status : remote_restore(remote);
}

enum exit_status remote_run(const struct remote *remote, const char *arguments, unsigned timeout_s,
                            struct process *process)
{
    struct text line = {0};
    text_printf(&line, "cd %s && exec ${SEPCC_EMULATOR:-} ./runner --protocol %d %s", remote->folder,
                (int)SEPCC_RUNNER_PROTOCOL, arguments);
    *process = (struct process){0};
    const enum exit_status status =
        line.failed ? diag_memory() : run_line(remote, line.data, NULL, timeout_s, process);
    text_free(&line);
    return status;
}

enum exit_status remote_restore(struct remote *remote)
{
    enum exit_status status = STATUS_DONE;
    char message[1024] = "";
    if (is_there(remote))
        return STATUS_DONE;
    for (unsigned i = 0; i < TRIES; ++i) {
        const struct timespec pause = {.tv_sec = i == 0 ? 0 : (time_t)1 << (i - 1)};
        nanosleep(&pause, NULL);
        holder_close(remote);
        diag_capture(message, sizeof message);
        status = holder_open(remote);
        if (status == STATUS_DONE)
            status = copy(remote);
        diag_capture(NULL, 0);
        if (status == STATUS_DONE)
            return STATUS_DONE;
    }
    fputs(message, stderr);
    return diag_error(DIAG_TOOL, at_remote,
                      "the connection to the target is lost, expected it back within %d tries; what was "
                      "measured is kept, and the same command goes on",
                      TRIES);
}
