/*
 * test_output.c: output folders appear whole, are brought up to date, and are nobody else's.
 */
#include "base/files.h"
#include "base/process.h"
#include "support_folder.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>
#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static const char MANIFEST[] = "manifest.json";

static char printed[4096];

static void add(struct output_set *set, const char *name, const char *bytes)
{
    struct text *text = output_add(set, name);
    assert_non_null(text);
    text_puts(text, bytes);
}

/* Adds the manifest of all files of the set and itself, in the middle of the order, where it must not matter.
 */
static void add_manifest(struct output_set *set)
{
    struct text names = {0};
    text_puts(&names, "{\"files\": [");
    for (size_t i = 0; i < set->count; i++)
        text_printf(&names, "\"%s\", ", set->items[i].name);
    text_printf(&names, "\"%s\"]}\n", MANIFEST);
    add(set, MANIFEST, names.data);
    text_free(&names);
    struct output_file last = set->items[set->count - 1];
    set->items[set->count - 1] = set->items[0];
    set->items[0] = last;
}

/* Files "NAME" with the text VERSION, names separated by blanks. */
static struct output_set make_set(const char *names, const char *version)
{
    struct output_set set = {0};
    char *copy = strdup(names), *rest = copy;
    assert_non_null(copy);
    for (char *name = strsep(&rest, " "); name; name = strsep(&rest, " "))
        add(&set, name, version);
    free(copy);
    add_manifest(&set);
    return set;
}

static enum exit_status write_set(const char *names, const char *version, const char *folder, size_t *changed)
{
    struct output_set set = make_set(names, version);
    printed[0] = '\0';
    diag_capture(printed, sizeof printed);
    enum exit_status status = output_write(&set, folder, MANIFEST, changed);
    diag_capture(NULL, 0);
    output_free(&set);
    return status;
}

/* ---- whole folders ---- */

static void test_new_folder(void **state)
{
    const char *folder = in_folder(*state, "deep/out/");
    size_t changed = 0;
    assert_int_equal(write_set("a.c b.c sub/c.c", "1", folder, &changed), STATUS_DONE);
    assert_int_equal(changed, 4);
    assert_file(in_folder(folder, "sub/c.c"), "1");
    assert_file(in_folder(folder, MANIFEST),
                "{\"files\": [\"a.c\", \"b.c\", \"sub/c.c\", \"manifest.json\"]}\n");
    assert_int_equal(count_entries(in_folder(*state, "deep")), 1);
    struct stat status;
    mode_t mask = umask(0);
    umask(mask);
    assert_int_equal(stat(folder, &status), 0);
    assert_int_equal(status.st_mode & 07777, 0777 & ~mask);
}

static void test_empty_folder_keeps_its_mode(void **state)
{
    const char *folder = in_folder(*state, "out");
    struct stat status;
    assert_int_equal(mkdir(folder, 0700), 0);
    assert_int_equal(write_set("a.c sub/b.c", "1", folder, NULL), STATUS_DONE);
    assert_int_equal(stat(folder, &status), 0);
    assert_int_equal(status.st_mode & 07777, 0700);
    assert_int_equal(count_entries(folder), 3);
    assert_int_equal(count_entries(*state), 1);
}

static void write_here(void *context)
{
    check_in_child(chdir(context) == 0);
    check_in_child(write_set("a.c sub/b.c", "1", ".", NULL) == STATUS_DONE);
}

static void test_empty_current_folder(void **state)
{
    struct stat before, after;
    assert_int_equal(stat(*state, &before), 0);
    assert_int_equal(in_child(write_here, *state), 0);
    assert_int_equal(stat(*state, &after), 0);
    assert_int_equal(before.st_ino, after.st_ino); /* a shell stands in it */
    assert_int_equal(count_entries(*state), 3);
}

enum { GLIMPSES = 20 };

static const char *glimpsed_folder(const char *folder, int i)
{
    char name[16];
    (void)snprintf(name, sizeof name, "folder%d", i);
    return in_folder(folder, name);
}

/* Says that it looks, then looks at a folder as it appears: with its first glimpse all files must be there.
 */
static void watch(const char *folder, int looking)
{
    for (int i = 0; i < GLIMPSES; i++) {
        const char *one = glimpsed_folder(folder, i);
        check_in_child(write(looking, "", 1) == 1);
        while (access(one, F_OK) != 0)
            ;
        check_in_child(count_entries(one) == 7);
    }
    _exit(0);
}

static void test_a_watcher_sees_the_whole_folder(void **state)
{
    int status, ends[2];
    char byte;
    assert_int_equal(pipe(ends), 0);
    pid_t watcher = fork();
    assert_true(watcher >= 0);
    if (watcher == 0) {
        alarm(60);
        watch(*state, ends[1]);
    }
    (void)close(ends[1]);
    /* A folder for each glimpse, left where it is: a watcher that is slow to count still finds it. */
    for (int i = 0; i < GLIMPSES && read(ends[0], &byte, 1) == 1; i++)
        assert_int_equal(write_set("a b c d e f", "1", glimpsed_folder(*state, i), NULL), STATUS_DONE);
    (void)close(ends[0]);
    assert_int_equal(waitpid(watcher, &status, 0), watcher);
    assert_int_equal(status, 0);
}

/* ---- an existing folder ---- */

static void test_update(void **state)
{
    const char *folder = in_folder(*state, "out"), *same = in_folder(folder, "same");
    struct stat before;
    size_t changed = 9;
    assert_int_equal(write_set("same other sub/old sub2/old", "1", folder, NULL), STATUS_DONE);
    assert_int_equal(stat(same, &before), 0);
    assert_int_equal(write_set("same other sub/old sub2/old", "1", folder, &changed), STATUS_DONE);
    assert_int_equal(changed, 0);
    put_file(in_folder(folder, "sub/mine"), "mine");
    put_file(in_folder(folder, "other"), "edited");
    assert_int_equal(write_set("same other new/file", "1", folder, &changed), STATUS_DONE);
    assert_int_equal(changed, 3); /* other, new/file, the manifest */
    assert_mtime_kept(same, &before);
    assert_file(in_folder(folder, "other"), "1");
    assert_file(in_folder(folder, "new/file"), "1");
    assert_file(in_folder(folder, "sub/mine"), "mine");
    assert_false(path_exists(in_folder(folder, "sub/old")));
    assert_false(path_exists(in_folder(folder, "sub2")));
    assert_int_equal(count_entries(folder), 5);
}

static void test_the_manifest_is_last(void **state)
{
    const char *folder = in_folder(*state, "out");
    struct text old = {0};
    assert_int_equal(write_set("a b gone", "1", folder, NULL), STATUS_DONE);
    assert_int_equal(file_load(in_folder(folder, MANIFEST), &old), 0);
    assert_int_equal(unlink(in_folder(folder, "b")), 0);
    assert_int_equal(mkdir(in_folder(folder, "b"), 0700), 0);
    assert_int_equal(write_set("a b c", "2", folder, NULL), STATUS_INPUT);
    assert_non_null(strstr(printed, "/out/b: error: cannot write: Is a directory"));
    assert_file(in_folder(folder, MANIFEST), old.data);
    assert_true(path_exists(in_folder(folder, "gone")));
    text_free(&old);
    /* The next run repairs it. */
    assert_int_equal(rmdir(in_folder(folder, "b")), 0);
    assert_int_equal(write_set("a b c", "2", folder, NULL), STATUS_DONE);
    assert_int_equal(count_entries(folder), 4);
}

static void test_a_foreign_folder_is_refused(void **state)
{
    const char *folder = in_folder(*state, "out");
    assert_int_equal(mkdir(folder, 0700), 0);
    put_file(in_folder(folder, "thesis"), "mine");
    assert_int_equal(write_set("a", "1", folder, NULL), STATUS_INPUT);
    assert_non_null(strstr(printed,
                           "/out: error: the folder is not empty and holds no manifest.json, expected a "
                           "new or empty folder, or one that sepcc wrote [file-format]\n"));
    assert_int_equal(count_entries(folder), 1);
    assert_int_equal(write_set("a", "1", in_folder(folder, "thesis"), NULL), STATUS_ENVIRONMENT);
    assert_file(in_folder(folder, "thesis"), "mine");
}

static void test_hostile_manifests_are_refused(void **state)
{
    static const char *const manifests[] = {
        "",
        "nonsense",
        "[\"a\"]",
        "{\"files\": \"a\"}",
        "{\"files\": [\"../victim\"]}",
        "{\"files\": [\"a\", \"sub/../../victim\"]}",
        "{\"files\": [\"/etc/passwd\"]}",
        "{\"files\": [\"..\"]}",
        "{\"files\": [\".\"]}",
        "{\"files\": [\"\"]}",
        "{\"files\": [\"a//b\"]}",
        "{\"files\": [\"a/\"]}",
        "{\"files\": [\"a/./b\"]}",
        "{\"files\": [1]}",
        "{\"files\": [[\"a\"]]}",
    };
    const char *folder = in_folder(*state, "out"), *victim = in_folder(*state, "victim");
    const char *manifest = in_folder(folder, MANIFEST);
    assert_int_equal(mkdir(folder, 0700), 0);
    put_file(victim, "mine");
    for (size_t i = 0; i < sizeof manifests / sizeof *manifests; i++) {
        put_file(manifest, manifests[i]);
        assert_int_equal(write_set("new", "1", folder, NULL), STATUS_INPUT);
        assert_non_null(strstr(printed, "[file-format]\n"));
        assert_file(manifest, manifests[i]);
        assert_file(victim, "mine");
        assert_int_equal(count_entries(folder), 1);
    }
}

static void test_a_link_in_the_folder_is_not_followed(void **state)
{
    const char *folder = in_folder(*state, "out"), *away = in_folder(*state, "away");
    const char *victim = in_folder(away, "victim");
    assert_int_equal(mkdir(folder, 0700), 0);
    assert_int_equal(mkdir(away, 0700), 0);
    put_file(victim, "mine");
    assert_int_equal(symlink("../away", in_folder(folder, "sub")), 0);
    put_file(in_folder(folder, MANIFEST), "{\"files\": [\"sub/victim\"]}");
    assert_int_equal(write_set("new", "1", folder, NULL), STATUS_DONE);
    assert_file(victim, "mine");
}

static void test_names_of_the_set_stay_inside(void **state)
{
    static const char *const names[] = {"../a", "/a", "a/../../b", "", "."};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        struct output_set set = {0};
        add(&set, names[i], "x");
        diag_capture(printed, sizeof printed);
        assert_int_equal(output_write(&set, in_folder(*state, "out"), MANIFEST, NULL), STATUS_ENVIRONMENT);
        diag_capture(NULL, 0);
        output_free(&set);
        assert_int_equal(count_entries(*state), 0);
    }
}

/* ---- failures and signals ---- */

/* With writing limited to a few bytes, neither a new nor an empty folder may be left with something in it. */
static void fail_to_write(void *context)
{
    const struct rlimit limit = {.rlim_cur = 16, .rlim_max = 16};
    signal(SIGXFSZ, SIG_IGN);
    check_in_child(setrlimit(RLIMIT_FSIZE, &limit) == 0);
    check_in_child(write_set("a sub/b", "1", in_folder(context, "new"), NULL) == STATUS_ENVIRONMENT);
    check_in_child(strstr(printed, "/new/manifest.json: error: cannot write: File too large"));
    check_in_child(write_set("a sub/b", "1", in_folder(context, "empty"), NULL) == STATUS_ENVIRONMENT);
    check_in_child(chdir(in_folder(context, "empty")) == 0);
    check_in_child(write_set("a sub/b", "1", ".", NULL) == STATUS_ENVIRONMENT);
}

static void test_a_failure_leaves_nothing(void **state)
{
    const char *empty = in_folder(*state, "empty");
    assert_int_equal(mkdir(empty, 0700), 0);
    assert_int_equal(in_child(fail_to_write, *state), 0);
    assert_int_equal(count_entries(*state), 1);
    assert_int_equal(count_entries(empty), 0);
}

/* Writes one new folder after another until it is stopped. */
static void write_for_ever(const char *base)
{
    process_catch_signals();
    int null = open("/dev/null", O_WRONLY);
    dup2(null, STDERR_FILENO);
    alarm(60);
    for (unsigned i = 0;; i++) {
        char name[32];
        snprintf(name, sizeof name, "out%u", i);
        check_in_child(write_set("a b c d sub/e sub/f sub/g h i j", "1", in_folder(base, name), NULL) ==
                       STATUS_DONE);
    }
}

/* Stops a writer after some milliseconds; returns its wait status. */
static int stop_writer(const char *base, int number, long delay_ms)
{
    const struct timespec delay = {.tv_nsec = delay_ms * 1000000};
    int status;
    pid_t writer = fork();
    assert_true(writer >= 0);
    if (writer == 0)
        write_for_ever(base);
    while (access(in_folder(base, "out0"), F_OK) != 0)
        ;
    nanosleep(&delay, NULL);
    assert_int_equal(kill(writer, number), 0);
    assert_int_equal(waitpid(writer, &status, 0), writer);
    return status;
}

/* All folders that are there are whole; returns how many have a temporary name. */
static size_t check_folders(const char *base)
{
    size_t temporary = 0;
    DIR *stream = opendir(base);
    assert_non_null(stream);
    for (struct dirent *entry = readdir(stream); entry; entry = readdir(stream)) {
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        const char *folder = in_folder(base, entry->d_name);
        if (entry->d_name[0] == '.') {
            temporary++;
        } else {
            assert_int_equal(count_entries(folder), 9);
            assert_int_equal(count_entries(in_folder(folder, "sub")), 3);
        }
    }
    closedir(stream);
    return temporary;
}

static void test_a_signal_leaves_no_half_folder(void **state)
{
    for (long i = 0; i < 20; i++) {
        char *base = path_join(*state, "base");
        assert_int_equal(folder_make(base), STATUS_DONE);
        int status = stop_writer(base, SIGTERM, i);
        assert_true(WIFEXITED(status));
        assert_int_equal(WEXITSTATUS(status), STATUS_ENVIRONMENT);
        assert_int_equal(check_folders(base), 0);
        assert_int_equal(folder_remove(base), STATUS_DONE);
        free(base);
    }
}

static void test_a_killed_run_is_cleaned_up_by_the_next(void **state)
{
    char *base = path_join(*state, "base");
    size_t most = 0;
    for (long i = 0; i < 20; i++) {
        assert_int_equal(folder_make(base), STATUS_DONE);
        int status = stop_writer(base, SIGKILL, i);
        assert_true(WIFSIGNALED(status));
        size_t left = check_folders(base);
        most = left > most ? left : most;
        assert_true(left <= 1);
        /* The next run writes the folder that was cut off. */
        for (unsigned k = 0; k < 10000 && check_folders(base) > 0; k++) {
            char name[32];
            snprintf(name, sizeof name, "out%u", k);
            if (!path_exists(in_folder(base, name)))
                assert_int_equal(
                    write_set("a b c d sub/e sub/f sub/g h i j", "1", in_folder(base, name), NULL),
                    STATUS_DONE);
        }
        assert_int_equal(check_folders(base), 0);
        assert_int_equal(folder_remove(base), STATUS_DONE);
    }
    assert_int_equal(most, 1); /* or else nothing was tried */
    free(base);
}

int main(void)
{
#define IN_FOLDER(test) cmocka_unit_test_setup_teardown(test, folder_setup, folder_teardown)
    const struct CMUnitTest tests[] = {
        IN_FOLDER(test_new_folder),
        IN_FOLDER(test_empty_folder_keeps_its_mode),
        IN_FOLDER(test_empty_current_folder),
        IN_FOLDER(test_a_watcher_sees_the_whole_folder),
        IN_FOLDER(test_update),
        IN_FOLDER(test_the_manifest_is_last),
        IN_FOLDER(test_a_foreign_folder_is_refused),
        IN_FOLDER(test_hostile_manifests_are_refused),
        IN_FOLDER(test_a_link_in_the_folder_is_not_followed),
        IN_FOLDER(test_names_of_the_set_stay_inside),
        IN_FOLDER(test_a_failure_leaves_nothing),
        IN_FOLDER(test_a_signal_leaves_no_half_folder),
        IN_FOLDER(test_a_killed_run_is_cleaned_up_by_the_next),
    };
    return cmocka_run_group_tests_name("output", tests, NULL, NULL);
}
