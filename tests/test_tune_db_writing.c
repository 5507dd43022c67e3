/*
 * test_tune_db_writing.c: writing into the tuning database where it cannot be done, by many at once, and by
 * some that are killed: what was told of is there, and nothing is damaged.
 */
#include "support_folder.h"
#include "support_tune.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>
#include <sched.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

static char printed[4096];

/* ---- where nothing can be written ------------------------------------------------------------------ */

/* Opening to write fails, for that reason. In a child. */
static void check_refused(const char *path, const char *reason)
{
    struct tune_db *db;
    diag_capture(printed, sizeof printed);
    const enum exit_status status = tune_db_open(path, TUNE_DB_WRITE, &db);
    diag_capture(NULL, 0);
    check_in_child(status == STATUS_ENVIRONMENT);
    check_in_child(strstr(printed, reason));
}

/* As a user who may read everything and write nothing. */
static void read_only(void *context)
{
    const char *path = context;
    struct tune_db *db;
    if (geteuid() == 0)
        check_in_child(setgid(65534) == 0 && setuid(65534) == 0);
    check_in_child(tune_db_open(path, TUNE_DB_READ, &db) == STATUS_DONE);
    tune_db_close(db);
    check_refused(path, "a.db: error: cannot write: Permission denied, expected permission to "
                        "write there [io]");
}

static void test_a_read_only_file_and_folder(void **state)
{
    const char *path = in_folder(*state, "a.db");
    const struct tune_trial trial = trial_make(1, "a", 1);
    trials_write(path, &trial, 1);
    assert_int_equal(chmod(path, 0444), 0);
    assert_int_equal(chmod(*state, 0777), 0);
    assert_int_equal(in_child(read_only, (void *)(uintptr_t)path), 0);
    assert_int_equal(chmod(path, 0666), 0);
    assert_int_equal(chmod(*state, 0555), 0); /* there is no place for the journal */
    assert_int_equal(in_child(read_only, (void *)(uintptr_t)path), 0);
    assert_int_equal(chmod(*state, 0700), 0);
    assert_int_equal(count_entries(*state), 1);
}

/* Adds trials until one fails, which must be for that reason; those before it are there afterwards. */
static void add_until(const char *path, const char *reason)
{
    struct tune_db *db;
    unsigned count = 0;
    enum exit_status status = STATUS_DONE;
    check_in_child(tune_db_open(path, TUNE_DB_WRITE, &db) == STATUS_DONE);
    diag_capture(printed, sizeof printed);
    while (status == STATUS_DONE && count < 200) {
        struct tune_trial trial = trial_make(count, "plan", 1);
        status = tune_db_add(db, &trial);
        count += status == STATUS_DONE;
    }
    diag_capture(NULL, 0);
    tune_db_close(db);
    check_in_child(status == STATUS_ENVIRONMENT && count > 0);
    if (strstr(printed, reason) == NULL)
        fputs(printed, stderr);
    check_in_child(strstr(printed, reason));
    check_in_child(trials_ask(path, "SELECT count(*) FROM trials") == count);
}

enum { CANNOT_MOUNT = 77 };

static void add_on_a_full_disk(void *context)
{
    if (unshare(CLONE_NEWNS) != 0 || mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0 ||
        mount("none", context, "tmpfs", 0, "size=96k") != 0)
        _exit(CANNOT_MOUNT);
    add_until(in_folder(context, "a.db"), "a.db: error: cannot write: No space left on device, expected free "
                                          "space on the disk [io]");
}

static void test_a_full_disk(void **state)
{
    const int status = in_child(add_on_a_full_disk, *state);
    if (WIFEXITED(status) && WEXITSTATUS(status) == CANNOT_MOUNT) {
        print_message("test_a_full_disk: skipped, this user may not mount a tmpfs\n");
        skip();
    }
    assert_int_equal(status, 0);
}

/* Nothing half-written stays: neither the database nor a name beside it. */
static void create_below_a_limit(void *context)
{
    const struct rlimit limit = {.rlim_cur = 4096, .rlim_max = 4096};
    signal(SIGXFSZ, SIG_IGN);
    check_in_child(setrlimit(RLIMIT_FSIZE, &limit) == 0);
    check_refused(in_folder(context, "a.db"),
                  "a.db: error: cannot write: File too large, expected room below");
    check_in_child(count_entries(context) == 0);
}

static void test_a_database_that_cannot_be_created(void **state)
{
    assert_int_equal(in_child(create_below_a_limit, *state), 0);
}

static void add_beyond_the_limit(void *context)
{
    const struct rlimit limit = {.rlim_cur = 65536, .rlim_max = 65536};
    signal(SIGXFSZ, SIG_IGN);
    check_in_child(setrlimit(RLIMIT_FSIZE, &limit) == 0);
    add_until(in_folder(context, "a.db"), "a.db: error: cannot write: File too large, expected room below");
}

static void test_a_limit_of_file_sizes(void **state)
{
    assert_int_equal(in_child(add_beyond_the_limit, *state), 0);
}

/* ---- many writers, and killed ones ----------------------------------------------------------------- */

/* A writer: adds trials with ids made of its number and a counter, and tells of each that add returned. */
static _Noreturn void write_trials(const char *path, unsigned writer, unsigned count, int tell)
{
    struct tune_db *db;
    check_in_child(tune_db_open(path, TUNE_DB_WRITE, &db) == STATUS_DONE);
    for (unsigned i = 0; i < count; ++i) {
        char id[33];
        struct tune_trial trial = trial_make(0, "plan", 1);
        (void)snprintf(id, sizeof id, "%016x%016x", writer, i);
        trial.id = id;
        check_in_child(tune_db_add(db, &trial) == STATUS_DONE);
        check_in_child(tell < 0 || write(tell, "+", 1) == 1);
    }
    tune_db_close(db);
    _exit(0);
}

static void test_many_writers(void **state)
{
    enum { WRITERS = 8, EACH = 12 };
    const char *path = in_folder(*state, "a.db");
    const struct tune_filter all = {0};
    struct trial_list list;
    fflush(NULL);
    for (unsigned i = 0; i < WRITERS; ++i)
        if (fork() == 0)
            write_trials(path, i, EACH, -1); /* none has made the file before the others */
    for (unsigned i = 0; i < WRITERS; ++i) {
        int status;
        assert_true(wait(&status) > 0);
        assert_int_equal(status, 0);
    }
    trials_read(path, &all, &list);
    assert_int_equal(list.count, WRITERS * EACH);
    trials_free(&list);
}

/* Which trials of each writer are there. */
enum { KILLS = 100, TRIALS_OF_ONE = 4096 };
struct seen {
    bool trials[KILLS][TRIALS_OF_ONE];
};

static enum exit_status note_trial(void *context, const struct tune_trial *trial)
{
    struct seen *seen = context;
    char writer[17];
    memcpy(writer, trial->id, 16);
    writer[16] = '\0';
    const unsigned long w = strtoul(writer, NULL, 16), i = strtoul(trial->id + 16, NULL, 16);
    assert_true(w < KILLS && i < TRIALS_OF_ONE);
    seen->trials[w][i] = true;
    return STATUS_DONE;
}

static size_t count_bytes(int fd)
{
    char bytes[64];
    size_t count = 0;
    for (ssize_t got; (got = read(fd, bytes, sizeof bytes)) > 0;)
        count += (size_t)got;
    return count;
}

/*
 * Starts a writer, kills it after that time and returns how many trials it told of. Every other one is killed
 * so long after its first trial, however slow the machine is; the others may die while they make the file.
 */
static size_t kill_a_writer(const char *path, unsigned writer, useconds_t after)
{
    int ends[2];
    char first;
    size_t told = 0;
    fflush(NULL);
    assert_int_equal(pipe(ends), 0);
    const pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        close(ends[0]);
        write_trials(path, writer, TRIALS_OF_ONE, ends[1]);
    }
    close(ends[1]);
    if (writer % 2 == 1) {
        assert_int_equal(read(ends[0], &first, 1), 1);
        told = 1;
    }
    usleep(after);
    assert_int_equal(kill(child, SIGKILL), 0);
    assert_int_equal(waitpid(child, NULL, 0), child);
    told += count_bytes(ends[0]);
    close(ends[0]);
    return told;
}

/* Opened first by sepcc, as a reader does after a crash; then SQLite's full check. */
static void look_after_a_kill(const char *path, struct seen *seen)
{
    const struct tune_filter all = {0};
    struct tune_db *db;
    memset(seen, 0, sizeof *seen);
    if (access(path, F_OK) != 0)
        return; /* killed before it made the file */
    assert_int_equal(tune_db_open(path, TUNE_DB_READ, &db), STATUS_DONE);
    assert_int_equal(tune_db_visit(db, &all, note_trial, seen), STATUS_DONE);
    tune_db_close(db);
    assert_int_equal(
        trials_ask(path, "SELECT count(*) FROM pragma_integrity_check WHERE integrity_check != 'ok'"), 0);
}

static void test_kills_at_random(void **state)
{
    const char *path = in_folder(*state, "a.db");
    static struct seen seen;
    size_t told[KILLS], total = 0, most = 0;
    unsigned random = 12345;
    for (unsigned i = 0; i < KILLS; ++i) {
        random = random * 1103515245u + 12345u;
        told[i] = kill_a_writer(path, i, (random >> 8) % 20000);
        total += told[i];
        most = told[i] > most ? told[i] : most;
        look_after_a_kill(path, &seen);
        for (unsigned w = 0; w <= i; ++w)
            for (size_t trial = 0; trial < told[w]; ++trial)
                assert_true(seen.trials[w][trial]);
    }
    assert_true(total >= KILLS / 2);
    print_message("%u writers killed, %zu trials told of, %zu by one at most\n", (unsigned)KILLS, total,
                  most);
}

/* A reader that may not write cannot undo what a killed writer left half-done; it says who can. */
static void test_a_hot_journal(void **state)
{
    const char *path = in_folder(*state, "a.db");
    const struct tune_filter all = {0};
    struct trial_list list;
    struct tune_trial trials[40];
    for (unsigned i = 0; i < 40; ++i)
        trials[i] = trial_make(i, "plan", 1);
    trials_write(path, trials, 20);
    fflush(NULL);
    const pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) { /* so small a cache that the transaction spills into the file */
        sqlite3 *sqlite;
        check_in_child(sqlite3_open(path, &sqlite) == SQLITE_OK);
        check_in_child(sqlite3_exec(sqlite,
                                    "PRAGMA cache_size = 2; PRAGMA cache_spill = 1; BEGIN IMMEDIATE;"
                                    "UPDATE trials SET plan = hex(zeroblob(3000));",
                                    NULL, NULL, NULL) == SQLITE_OK);
        raise(SIGKILL);
    }
    assert_int_equal(waitpid(child, NULL, 0), child);
    assert_int_equal(count_entries(*state), 2); /* the journal is there */
    trials_read(path, &all, &list);
    assert_int_equal(list.count, 20);
    assert_string_equal(list.items[0].plan, "plan");
    trials_free(&list);
    assert_int_equal(count_entries(*state), 1);
}

/* In memory, where there is such a folder: a disk's flushes would leave the writers little to do. */
static int memory_setup(void **state)
{
    const char *base = getenv("TMPDIR");
    char *kept = base != NULL ? strdup(base) : NULL;
    if (access("/dev/shm", W_OK) == 0)
        (void)setenv("TMPDIR", "/dev/shm", 1);
    const int result = folder_setup(state);
    (void)(kept != NULL ? setenv("TMPDIR", kept, 1) : unsetenv("TMPDIR"));
    free(kept);
    return result;
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
#define IN_FOLDER(test) cmocka_unit_test_setup_teardown(test, folder_setup, folder_teardown)
        IN_FOLDER(test_a_read_only_file_and_folder),
        IN_FOLDER(test_a_full_disk),
        IN_FOLDER(test_a_database_that_cannot_be_created),
        IN_FOLDER(test_a_limit_of_file_sizes),
        IN_FOLDER(test_many_writers),
        cmocka_unit_test_setup_teardown(test_kills_at_random, memory_setup, folder_teardown),
        IN_FOLDER(test_a_hot_journal),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
