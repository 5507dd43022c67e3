/*
 * process.h: running other programs: one with its output captured, or many in parallel.
 */
#ifndef SEPCC_GENERATOR_BASE_PROCESS_H
#define SEPCC_GENERATOR_BASE_PROCESS_H

#include "base/diag.h"
#include "base/text.h"

#include <stdbool.h>
#include <stddef.h>

struct process {
    const char *const *argv; /* NULL-terminated; argv[0] is looked up in PATH */
    const char *input;       /* fed to standard input, or NULL for none (/dev/null) */
    size_t input_length;
    const char *const *environment; /* "NAME=value" added to the environment, NULL-terminated, or NULL */
    unsigned timeout_s;             /* 0: none; when it passes the process group is killed */
    struct text output;             /* filled: standard output */
    struct text error;              /* filled: standard error */
    bool started;                   /* false: argv[0] is not to be had */
    bool timed_out;
    int exit_code; /* 0..255, or 128 + signal when it was killed, -1 when not started */
};

/*
 * Runs one to its end. Returns STATUS_DONE whenever it ran at all, whatever its exit code. One that cannot be
 * started is an error: DIAG_TOOL is printed (ask program_exists first to print a better one).
 */
enum exit_status process_run(struct process *process);

/*
 * Runs count processes, at most parallel (at least 1) at a time, in the order given. done (may be NULL) is
 * called in this process after each ends, with its index. When one of done's calls returns other than
 * STATUS_DONE, or one cannot be started, no further one is started, the running ones are waited for, and that
 * status is returned. done may itself run processes.
 */
typedef enum exit_status (*process_done)(struct process *process, size_t index, void *context);
enum exit_status process_run_all(struct process *processes, size_t count, unsigned parallel,
                                 process_done done, void *context);

void process_free(struct process *process); /* frees output and error */

/* True when the program is in PATH (or is a path to an executable). */
bool program_exists(const char *name);
/* Where it is: malloc'ed; NULL when it is not to be had. */
char *program_path(const char *name);

/* The number of CPUs this process may use. */
unsigned cpu_count(void);

/*
 * A progress line on a terminal: "compile 12/26  name"; nothing when stderr is no terminal.
 * total 0 ends the line and clears it.
 */
void progress(const char *what, size_t done, size_t total, const char *name);

/*
 * Makes SIGINT, SIGTERM and SIGHUP kill the children, remove the temporary files registered by files.c,
 * print `sepcc: error: interrupted by signal N [interrupted]` and exit with STATUS_ENVIRONMENT. Once, in
 * main.
 */
void process_catch_signals(void);

#endif
