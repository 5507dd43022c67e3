/*
 * test_process.c: running other programs: streams, exit codes, timeouts, order, and what a signal leaves.
 */
#include "base/process.h"

#include "base/files.h"
#include "support_folder.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { BIG = 1 << 20 };

static double now_s(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

/* Runs a shell script to its end. */
static struct process run_script(const char *script)
{
    const char *argv[] = {"sh", "-c", script, NULL};
    struct process process = {.argv = argv};
    assert_int_equal(process_run(&process), STATUS_DONE);
    assert_true(process.started);
    process.argv = NULL;
    return process;
}

static void test_streams_are_apart(void **state)
{
    (void)state;
    struct process process = run_script("echo out; echo err >&2");
    assert_int_equal(process.exit_code, 0);
    assert_string_equal(process.output.data, "out\n");
    assert_string_equal(process.error.data, "err\n");
    process_free(&process);
    assert_null(process.output.data);
}

static void test_megabyte_both_ways(void **state)
{
    (void)state;
    char *bytes = malloc(BIG);
    assert_non_null(bytes);
    for (size_t i = 0; i < BIG; i++)
        bytes[i] = (char)(i * 2654435761u >> 13);
    const char *argv[] = {"sh", "-c", "tee /dev/stderr", NULL};
    struct process process = {.argv = argv, .input = bytes, .input_length = BIG, .timeout_s = 30};
    assert_int_equal(process_run(&process), STATUS_DONE);
    assert_false(process.timed_out);
    assert_int_equal(process.exit_code, 0);
    assert_int_equal(process.output.length, BIG);
    assert_memory_equal(process.output.data, bytes, BIG);
    assert_int_equal(process.error.length, BIG);
    assert_memory_equal(process.error.data, bytes, BIG);
    process_free(&process);
    free(bytes);
}

static void test_input_that_nobody_reads(void **state)
{
    (void)state;
    char *bytes = calloc(1, BIG);
    assert_non_null(bytes);
    const char *argv[] = {"true", NULL};
    struct process process = {.argv = argv, .input = bytes, .input_length = BIG};
    assert_int_equal(process_run(&process), STATUS_DONE);
    assert_int_equal(process.exit_code, 0);
    process_free(&process);
    free(bytes);
}

static void test_no_input_is_an_empty_one(void **state)
{
    (void)state;
    const char *argv[] = {"cat", NULL};
    struct process process = {.argv = argv, .timeout_s = 30};
    assert_int_equal(process_run(&process), STATUS_DONE);
    assert_false(process.timed_out);
    assert_int_equal(process.output.length, 0);
    process_free(&process);
}

static void test_exit_codes_and_signals(void **state)
{
    (void)state;
    static const struct {
        const char *script;
        int code;
    } cases[] = {
        {"exit 0", 0}, {"exit 1", 1}, {"exit 255", 255}, {"kill -9 $$", 137}, {"kill -PIPE $$", 141}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct process process = run_script(cases[i].script);
        assert_int_equal(process.exit_code, cases[i].code);
        process_free(&process);
    }
}

static void test_missing_program(void **state)
{
    (void)state;
    char line[512] = "";
    const char *argv[] = {"sepcc-no-such-program", NULL};
    struct process process = {.argv = argv};
    diag_capture(line, sizeof line);
    enum exit_status status = process_run(&process);
    diag_capture(NULL, 0);
    assert_int_equal(status, STATUS_ENVIRONMENT);
    assert_false(process.started);
    assert_int_equal(process.exit_code, -1);
    assert_string_equal(line, "sepcc: error: cannot run sepcc-no-such-program: No such file or directory, "
                              "expected a program in PATH [tool]\n");
    assert_false(program_exists("sepcc-no-such-program"));
    assert_false(program_exists("/tmp"));
    assert_true(program_exists("sh"));
    assert_true(program_exists("/bin/sh"));
}

static void test_environment(void **state)
{
    (void)state;
    assert_int_equal(setenv("SEPCC_TEST_A", "old", 1), 0);
    assert_int_equal(setenv("SEPCC_TEST_AB", "kept", 1), 0);
    const char *argv[] = {"sh", "-c", "echo $SEPCC_TEST_A $SEPCC_TEST_AB $SEPCC_TEST_B", NULL};
    const char *environment[] = {"SEPCC_TEST_A=new", "SEPCC_TEST_B=more", NULL};
    struct process process = {.argv = argv, .environment = environment};
    assert_int_equal(process_run(&process), STATUS_DONE);
    assert_string_equal(process.output.data, "new kept more\n");
    process_free(&process);
}

static void test_timeout_kills_the_group(void **state)
{
    (void)state;
    /* The inner sleep holds the pipe open: killing the shell alone would not end this. */
    const char *argv[] = {"sh", "-c", "echo before; sleep 50; echo after", NULL};
    struct process process = {.argv = argv, .timeout_s = 1};
    double start = now_s();
    assert_int_equal(process_run(&process), STATUS_DONE);
    assert_true(now_s() - start < 20);
    assert_true(process.timed_out);
    assert_int_equal(process.exit_code, 128 + SIGKILL);
    assert_string_equal(process.output.data, "before\n");
    process_free(&process);
}

static void test_timeout_of_a_silent_child(void **state)
{
    (void)state;
    const char *argv[] = {"sh", "-c", "exec >&- 2>&-; exec sleep 50", NULL};
    struct process process = {.argv = argv, .timeout_s = 1};
    double start = now_s();
    assert_int_equal(process_run(&process), STATUS_DONE);
    assert_true(now_s() - start < 20);
    assert_true(process.timed_out);
    process_free(&process);
}

static void test_works_without_standard_descriptors(void **state)
{
    (void)state;
    int kept[3];
    fflush(NULL);
    for (int i = 0; i < 3; i++) {
        kept[i] = fcntl(i, F_DUPFD_CLOEXEC, 10);
        close(i);
    }
    const char *argv[] = {"sh", "-c", "cat; echo err >&2", NULL};
    struct process process = {.argv = argv, .input = "in\n", .input_length = 3, .timeout_s = 30};
    enum exit_status status = process_run(&process);
    for (int i = 0; i < 3; i++)
        if (kept[i] >= 0) {
            dup2(kept[i], i);
            close(kept[i]);
        }
    assert_int_equal(status, STATUS_DONE);
    assert_string_equal(process.output.data, "in\n");
    assert_string_equal(process.error.data, "err\n");
    process_free(&process);
}

/* ---- many ---- */

enum { MANY = 40 };

struct witness {
    size_t ended;
    bool seen[MANY];
    size_t fail_at;      /* MANY: never */
    size_t failed_after; /* so many had ended then */
};

static enum exit_status note_end(struct process *process, size_t index, void *context)
{
    struct witness *witness = context;
    char expected[16];
    snprintf(expected, sizeof expected, "%zu\n", index);
    assert_string_equal(process->output.data, expected);
    assert_false(witness->seen[index]);
    witness->seen[index] = true;
    witness->ended++;
    if (index != witness->fail_at)
        return STATUS_DONE;
    witness->failed_after = witness->ended;
    return STATUS_WRONG;
}

/* MANY shells; each appends + to the log when it starts and - when it ends. */
static enum exit_status run_many(const char *log, unsigned parallel, struct witness *witness, size_t *started)
{
    static char scripts[MANY][256], inputs[MANY][16];
    static const char *argv[MANY][4];
    static struct process processes[MANY];
    memset(processes, 0, sizeof processes);
    for (size_t i = 0; i < MANY; i++) {
        snprintf(inputs[i], sizeof inputs[i], "%zu\n", i);
        snprintf(scripts[i], sizeof scripts[i], "echo +%zu >> %s; cat; echo - >> %s", i, log, log);
        argv[i][0] = "sh";
        argv[i][1] = "-c";
        argv[i][2] = scripts[i];
        processes[i] =
            (struct process){.argv = argv[i], .input = inputs[i], .input_length = strlen(inputs[i])};
    }
    enum exit_status status = process_run_all(processes, MANY, parallel, note_end, witness);
    *started = 0;
    for (size_t i = 0; i < MANY; i++) {
        *started += processes[i].started;
        process_free(&processes[i]);
    }
    return status;
}

static void test_parallel_limit(void **state)
{
    static const unsigned limits[] = {0, 1, 3, 1000};
    const char *log = in_folder(*state, "log");
    for (size_t i = 0; i < sizeof limits / sizeof *limits; i++) {
        struct witness witness = {.fail_at = MANY};
        struct text text = {0};
        size_t started;
        unlink(log);
        assert_int_equal(run_many(log, limits[i], &witness, &started), STATUS_DONE);
        assert_int_equal(witness.ended, MANY);
        assert_int_equal(file_load(log, &text), 0);
        unsigned running = 0, most = 0;
        for (size_t k = 0; k < text.length; k++) {
            running += text.data[k] == '+';
            running -= text.data[k] == '-';
            most = running > most ? running : most;
        }
        assert_int_equal(running, 0);
        assert_true(most <= (limits[i] ? limits[i] : 1));
        text_free(&text);
    }
}

static void test_starts_in_order(void **state)
{
    const char *log = in_folder(*state, "log");
    struct witness witness = {.fail_at = MANY};
    struct text text = {0};
    size_t started;
    assert_int_equal(run_many(log, 1, &witness, &started), STATUS_DONE);
    assert_int_equal(file_load(log, &text), 0);
    const char *at = text.data;
    for (size_t i = 0; i < MANY; i++) {
        char expected[16];
        snprintf(expected, sizeof expected, "+%zu\n-\n", i);
        assert_int_equal(strncmp(at, expected, strlen(expected)), 0);
        at += strlen(expected);
    }
    text_free(&text);
}

static void test_an_error_stops_the_rest(void **state)
{
    struct witness witness = {.fail_at = 5};
    size_t started;
    assert_int_equal(run_many(in_folder(*state, "log"), 3, &witness, &started), STATUS_WRONG);
    assert_true(started > 5 && started <= witness.failed_after + 2); /* with two more that were running */
    assert_int_equal(witness.ended, started);                        /* the running ones were waited for */
    assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
    assert_int_equal(errno, ECHILD);
}

static enum exit_status run_another(struct process *process, size_t index, void *context)
{
    (void)process;
    (void)index;
    struct process inner = run_script("echo inner");
    assert_string_equal(inner.output.data, "inner\n");
    process_free(&inner);
    ++*(size_t *)context;
    return STATUS_DONE;
}

static void test_done_may_run_processes(void **state)
{
    (void)state;
    const char *argv[] = {"echo", "outer", NULL};
    struct process processes[6];
    size_t calls = 0;
    for (size_t i = 0; i < 6; i++)
        processes[i] = (struct process){.argv = argv};
    assert_int_equal(process_run_all(processes, 6, 3, run_another, &calls), STATUS_DONE);
    assert_int_equal(calls, 6);
    for (size_t i = 0; i < 6; i++) {
        assert_string_equal(processes[i].output.data, "outer\n");
        process_free(&processes[i]);
    }
}

static void test_no_descriptor_is_left_open(void **state)
{
    (void)state;
    int before = open("/dev/null", O_RDONLY);
    close(before);
    for (int i = 0; i < 20; i++) {
        struct process process = run_script("exit 3");
        process_free(&process);
    }
    int after = open("/dev/null", O_RDONLY);
    close(after);
    assert_int_equal(before, after);
}

/* ---- signals ---- */

/* A run whose child's child says that it is there, and goes on for long. */
static void run_until_stopped(const char *noted)
{
    char script[512];
    snprintf(script, sizeof script, "(: > %s; sleep 50) & wait", noted);
    const char *argv[] = {"sh", "-c", script, NULL};
    struct process process = {.argv = argv};
    process_catch_signals();
    int null = open("/dev/null", O_WRONLY);
    dup2(null, STDERR_FILENO);
    process_run(&process);
}

/* All descendants hold the writing end of a pipe, so its end of file says that all are gone. */
static void stop_a_run(const char *folder, int number)
{
    const struct timespec pause = {.tv_nsec = 10000000};
    const char *noted = in_folder(folder, "noted");
    int ends[2], status;
    unlink(noted);
    assert_int_equal(pipe(ends), 0);
    fflush(NULL);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        run_until_stopped(noted);
        _exit(0);
    }
    close(ends[1]);
    for (int i = 0; i < 2000 && access(noted, F_OK) != 0; i++)
        nanosleep(&pause, NULL);
    struct pollfd polled = {.fd = ends[0], .events = POLLIN};
    assert_int_equal(poll(&polled, 1, 0), 0);
    assert_int_equal(kill(child, number), 0);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), STATUS_ENVIRONMENT);
    assert_int_equal(poll(&polled, 1, 5000), 1);
    close(ends[0]);
}

static void test_a_signal_ends_the_children(void **state)
{
    stop_a_run(*state, SIGTERM);
    stop_a_run(*state, SIGINT);
    stop_a_run(*state, SIGHUP);
}

static void test_cpu_count(void **state)
{
    (void)state;
    assert_true(cpu_count() >= 1);
}

int main(void)
{
#define IN_FOLDER(test) cmocka_unit_test_setup_teardown(test, folder_setup, folder_teardown)
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_streams_are_apart),
        cmocka_unit_test(test_megabyte_both_ways),
        cmocka_unit_test(test_input_that_nobody_reads),
        cmocka_unit_test(test_no_input_is_an_empty_one),
        cmocka_unit_test(test_exit_codes_and_signals),
        cmocka_unit_test(test_missing_program),
        cmocka_unit_test(test_environment),
        cmocka_unit_test(test_timeout_kills_the_group),
        cmocka_unit_test(test_timeout_of_a_silent_child),
        cmocka_unit_test(test_works_without_standard_descriptors),
        IN_FOLDER(test_parallel_limit),
        IN_FOLDER(test_starts_in_order),
        IN_FOLDER(test_an_error_stops_the_rest),
        cmocka_unit_test(test_done_may_run_processes),
        cmocka_unit_test(test_no_descriptor_is_left_open),
        IN_FOLDER(test_a_signal_ends_the_children),
        cmocka_unit_test(test_cpu_count),
    };
    return cmocka_run_group_tests_name("process", tests, NULL, NULL);
}
