/*
 * test_files.c: reading, writing by rename, folders, and what is left when writing fails.
 */
#include "base/files.h"
#include "base/temporary.h"
#include "support_folder.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

static char printed[4096];

static enum exit_status write_quietly(const char *path, const char *bytes, size_t length)
{
    printed[0] = '\0';
    diag_capture(printed, sizeof printed);
    enum exit_status status = file_write(path, bytes, length, NULL);
    diag_capture(NULL, 0);
    return status;
}

static enum exit_status read_quietly(const char *path, struct text *text)
{
    printed[0] = '\0';
    diag_capture(printed, sizeof printed);
    enum exit_status status = file_read(path, text);
    diag_capture(NULL, 0);
    return status;
}

/* ---- reading ---- */

static void test_read(void **state)
{
    const char *path = in_folder(*state, "a"), *missing = in_folder(*state, "missing");
    struct text text = {0};
    char expected[512];
    put_file(path, "first\n");
    assert_int_equal(file_read(path, &text), STATUS_DONE);
    assert_int_equal(file_read(path, &text), STATUS_DONE);
    assert_string_equal(text.data, "first\nfirst\n");
    assert_int_equal(read_quietly(missing, &text), STATUS_INPUT);
    snprintf(expected, sizeof expected,
             "%s: error: cannot read: No such file or directory, expected a readable file [file-missing]\n",
             missing);
    assert_string_equal(printed, expected);
    assert_int_equal(read_quietly(*state, &text), STATUS_INPUT);
    assert_non_null(strstr(printed, "Is a directory, expected a file, not a folder [file-format]"));
    assert_int_equal(read_quietly(in_folder(*state, "a/below"), &text), STATUS_INPUT);
    assert_non_null(strstr(printed, "Not a directory, expected a readable file [file-missing]"));
    text_free(&text);
}

static void read_standard_input(void *context)
{
    struct text text = {0};
    int fd = open(context, O_RDONLY);
    dup2(fd, STDIN_FILENO);
    check_in_child(file_read("-", &text) == STATUS_DONE);
    check_in_child(strcmp(text.data, "input") == 0);
}

static void test_read_standard_input(void **state)
{
    char *path = path_join(*state, "a");
    put_file(path, "input");
    assert_int_equal(in_child(read_standard_input, path), 0);
    free(path);
}

/* ---- writing ---- */

static void test_write_only_when_changed(void **state)
{
    const char *path = in_folder(*state, "a");
    struct stat before;
    bool changed = false;
    assert_int_equal(file_write(path, "one", 3, &changed), STATUS_DONE);
    assert_true(changed);
    assert_int_equal(stat(path, &before), 0);
    assert_int_equal(file_write(path, "one", 3, &changed), STATUS_DONE);
    assert_false(changed);
    assert_mtime_kept(path, &before);
    assert_int_equal(file_write(path, "two", 3, &changed), STATUS_DONE);
    assert_true(changed);
    assert_file(path, "two");
    assert_int_equal(file_write(path, "", 0, &changed), STATUS_DONE);
    assert_true(changed);
    assert_file(path, "");
    assert_int_equal(file_write(path, "", 0, &changed), STATUS_DONE);
    assert_false(changed);
    assert_int_equal(count_entries(*state), 1);
}

static void test_write_modes(void **state)
{
    const char *path = in_folder(*state, "a");
    struct stat status;
    mode_t mask = umask(027);
    assert_int_equal(file_write(path, "one", 3, NULL), STATUS_DONE);
    assert_int_equal(stat(path, &status), 0);
    assert_int_equal(status.st_mode & 07777, 0640);
    assert_int_equal(chmod(path, 0755), 0);
    assert_int_equal(file_write(path, "two", 3, NULL), STATUS_DONE);
    assert_int_equal(stat(path, &status), 0);
    assert_int_equal(status.st_mode & 07777, 0755);
    umask(mask);
}

static void test_write_through_a_link(void **state)
{
    const char *path = in_folder(*state, "a"), *link = in_folder(*state, "link");
    struct stat status;
    put_file(path, "one");
    assert_int_equal(symlink("a", link), 0);
    assert_int_equal(file_write(link, "two", 3, NULL), STATUS_DONE);
    assert_int_equal(lstat(link, &status), 0);
    assert_true(S_ISLNK(status.st_mode));
    assert_file(path, "two");
}

static void test_a_pipe_is_written_not_replaced(void **state)
{
    const char *path = in_folder(*state, "pipe");
    struct stat status;
    char bytes[8] = "";
    assert_int_equal(mkfifo(path, 0600), 0);
    int reader = open(path, O_RDONLY | O_NONBLOCK);
    assert_true(reader >= 0);
    assert_int_equal(file_write(path, "one", 3, NULL), STATUS_DONE);
    assert_int_equal(read(reader, bytes, sizeof bytes), 3);
    assert_string_equal(bytes, "one");
    assert_int_equal(stat(path, &status), 0);
    assert_true(S_ISFIFO(status.st_mode));
    close(reader);
}

static void test_write_errors(void **state)
{
    const char *file = in_folder(*state, "file"), *below = in_folder(*state, "file/below");
    const char *nowhere = in_folder(*state, "no/where");
    put_file(file, "");
    const struct {
        const char *path, *words;
    } cases[] = {
        {"/dev/full", "/dev/full: error: cannot write: No space left on device, expected free space on the "
                      "disk [io]\n"},
        {below, "Not a directory, expected its folder to be there [io]\n"},
        {nowhere, "No such file or directory, expected its folder to be there [io]\n"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_int_equal(write_quietly(cases[i].path, "x", 1), STATUS_ENVIRONMENT);
        assert_non_null(strstr(printed, cases[i].words));
    }
    assert_int_equal(write_quietly(*state, "x", 1), STATUS_INPUT);
    assert_non_null(
        strstr(printed, "Is a directory, expected the name of a file, not of a folder [file-format]\n"));
    assert_int_equal(count_entries(*state), 1);
}

/* Exits with 0 when a write that cannot be finished says so and leaves the old file. */
static void write_beyond_the_limit(void *context)
{
    static char bytes[8192];
    const struct rlimit limit = {.rlim_cur = 4096, .rlim_max = 4096};
    signal(SIGXFSZ, SIG_IGN);
    check_in_child(setrlimit(RLIMIT_FSIZE, &limit) == 0);
    check_in_child(write_quietly(context, bytes, sizeof bytes) == STATUS_ENVIRONMENT);
    check_in_child(strstr(printed, "File too large, expected room below the limit of file sizes [io]"));
}

static void test_a_failed_write_leaves_the_old_file(void **state)
{
    char *path = path_join(*state, "a");
    put_file(path, "old");
    assert_int_equal(in_child(write_beyond_the_limit, path), 0);
    assert_file(path, "old");
    assert_int_equal(count_entries(*state), 1);
    free(path);
}

enum { CANNOT_MOUNT = 77 };

/* On a file system of 64 KiB, in a mount namespace of its own. */
static void write_on_a_full_disk(void *context)
{
    static char bytes[1 << 18];
    if (unshare(CLONE_NEWNS) != 0 || mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0 ||
        mount("none", context, "tmpfs", 0, "size=64k") != 0)
        _exit(CANNOT_MOUNT);
    const char *path = in_folder(context, "a");
    put_file(path, "old");
    check_in_child(write_quietly(path, bytes, sizeof bytes) == STATUS_ENVIRONMENT);
    check_in_child(strstr(
        printed, "/a: error: cannot write: No space left on device, expected free space on the disk [io]\n"));
    struct output_set set = {0};
    text_append(output_add(&set, "manifest.json"), "{\"files\": []}", 13);
    text_append(output_add(&set, "big"), bytes, sizeof bytes);
    diag_capture(printed, sizeof printed);
    check_in_child(output_write(&set, in_folder(context, "out"), "manifest.json", NULL) ==
                   STATUS_ENVIRONMENT);
    diag_capture(NULL, 0);
    check_in_child(strstr(printed, "/out/big: error: cannot write: No space left on device"));
    output_free(&set);
    assert_file(path, "old");
    check_in_child(count_entries(context) == 1);
}

static void test_a_full_disk(void **state)
{
    int status = in_child(write_on_a_full_disk, *state);
    if (WIFEXITED(status) && WEXITSTATUS(status) == CANNOT_MOUNT) {
        print_message("test_a_full_disk: skipped, this user may not mount a tmpfs\n");
        skip();
    }
    assert_int_equal(status, 0);
}

enum { VERSION_BYTES = 100000, ROUNDS = 100 };

static void write_versions(const char *path)
{
    static char bytes[VERSION_BYTES];
    for (int i = 0; i < ROUNDS; i++) {
        memset(bytes, 'a' + i % 26, sizeof bytes);
        check_in_child(file_write(path, bytes, sizeof bytes, NULL) == STATUS_DONE);
    }
    _exit(0);
}

static void test_a_reader_sees_whole_files(void **state)
{
    const char *path = in_folder(*state, "a");
    static char bytes[VERSION_BYTES];
    int status = 0;
    memset(bytes, 'z', sizeof bytes);
    assert_int_equal(file_write(path, bytes, sizeof bytes, NULL), STATUS_DONE);
    pid_t writers[2];
    for (int i = 0; i < 2; i++) {
        writers[i] = fork();
        assert_true(writers[i] >= 0);
        if (writers[i] == 0)
            write_versions(path);
    }
    for (bool writing = true; writing;) {
        struct text text = {0};
        writing = waitpid(writers[0], &status, WNOHANG) == 0;
        assert_int_equal(file_load(path, &text), 0);
        assert_int_equal(text.length, VERSION_BYTES);
        for (size_t i = 1; i < text.length; i++)
            if (text.data[i] != text.data[0])
                fail_msg("a mixture of two versions was read");
        text_free(&text);
    }
    assert_int_equal(status, 0);
    assert_int_equal(waitpid(writers[1], &status, 0), writers[1]);
    assert_int_equal(status, 0);
    assert_int_equal(count_entries(*state), 1);
}

/* ---- temporaries ---- */

/* The number of a process that is gone. */
static pid_t dead_process(void)
{
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0)
        _exit(0);
    assert_int_equal(waitpid(child, NULL, 0), child);
    return child;
}

static void test_stale_temporaries_are_removed(void **state)
{
    const char *folder = *state, *path = in_folder(folder, "a.c");
    long dead = (long)dead_process(), alive = (long)getppid();
    static const char *const kept_forms[] = {".a.c.%ld.0.other",      ".a.c.%ld.x.sepcc-tmp",
                                             ".a.cc.%ld.0.sepcc-tmp", ".a.c.%ld..sepcc-tmp",
                                             "a.c.%ld.0.sepcc-tmp",   ".a.c.0%ld.0.sepcc-tmp.c"};
    char name[128];
    snprintf(name, sizeof name, ".a.c.%ld.7.sepcc-tmp", dead);
    put_file(in_folder(folder, name), "stale");
    snprintf(name, sizeof name, ".a.c.%ld.8.sepcc-tmp", dead);
    assert_int_equal(folder_make(in_folder(folder, name)), STATUS_DONE);
    put_file(in_folder(in_folder(folder, name), "inside"), "stale");
    snprintf(name, sizeof name, ".a.c.%ld.0.sepcc-tmp", alive);
    put_file(in_folder(folder, name), "in use");
    size_t kept = 1;
    for (; kept <= sizeof kept_forms / sizeof *kept_forms; kept++) {
        snprintf(name, sizeof name, kept_forms[kept - 1], dead);
        put_file(in_folder(folder, name), "another's");
    }
    assert_int_equal(count_entries(folder), kept + 2);
    assert_int_equal(file_write(path, "new", 3, NULL), STATUS_DONE);
    assert_int_equal(count_entries(folder), kept + 1);
    snprintf(name, sizeof name, ".a.c.%ld.0.sepcc-tmp", alive);
    assert_file(in_folder(folder, name), "in use");
}

static void test_long_names_have_temporaries(void **state)
{
    char name[256];
    memset(name, 'n', 255);
    name[255] = '\0';
    const char *path = in_folder(*state, name);
    assert_int_equal(file_write(path, "x", 1, NULL), STATUS_DONE);
    assert_file(path, "x");
}

static void test_registered_files_are_removed(void **state)
{
    const char *first = in_folder(*state, "first"), *second = in_folder(*state, "second");
    const char *folder = in_folder(*state, "folder"), *inside = in_folder(*state, "folder/inside");
    struct temporary *one = temporary_register(first), *two = temporary_register(second);
    struct temporary *three = temporary_register(folder), *four = temporary_register(inside);
    put_file(first, "");
    put_file(second, "");
    assert_int_equal(folder_make(folder), STATUS_DONE);
    put_file(inside, "");
    temporary_forget(two);
    temporary_remove_all();
    assert_int_equal(count_entries(*state), 1);
    assert_true(path_exists(second));
    temporary_forget(three);
    temporary_remove(one);
    temporary_remove(four);
    temporary_remove(NULL);
    temporary_forget(NULL);
}

/* ---- folders and paths ---- */

static void test_folders(void **state)
{
    const char *deep = in_folder(*state, "a//b/c/"), *file = in_folder(*state, "a/file");
    assert_int_equal(folder_make(deep), STATUS_DONE);
    assert_int_equal(folder_make(deep), STATUS_DONE);
    assert_true(path_exists(deep));
    put_file(file, "");
    diag_capture(printed, sizeof printed);
    assert_int_equal(folder_make(in_folder(*state, "a/file/below")), STATUS_ENVIRONMENT);
    diag_capture(NULL, 0);
    assert_non_null(strstr(printed, "[io]"));
    /* A link to a folder is removed, not followed. */
    put_file(in_folder(*state, "a/b/kept"), "");
    assert_int_equal(folder_make(in_folder(*state, "gone")), STATUS_DONE);
    assert_int_equal(symlink("../a", in_folder(*state, "gone/link")), 0);
    assert_int_equal(folder_remove(in_folder(*state, "gone")), STATUS_DONE);
    assert_int_equal(folder_remove(in_folder(*state, "gone")), STATUS_DONE);
    assert_false(path_exists(in_folder(*state, "gone")));
    assert_true(path_exists(in_folder(*state, "a/b/kept")));
}

static void test_path_join(void **state)
{
    (void)state;
    static const char *const cases[][3] = {
        {"a", "b", "a/b"}, {"a/", "b", "a/b"}, {"/", "b", "/b"}, {"", "b", "b"}, {".", "b/c", "./b/c"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char *path = path_join(cases[i][0], cases[i][1]);
        assert_string_equal(path, cases[i][2]);
        free(path);
    }
}

static void test_data_folder(void **state)
{
    assert_int_equal(setenv("SEPCC_DATADIR", ".", 1), 0); /* tests run in the source tree */
    assert_string_equal(data_folder(), ".");
    assert_int_equal(setenv("SEPCC_DATADIR", *state, 1), 0);
    diag_capture(printed, sizeof printed);
    assert_null(data_folder());
    diag_capture(NULL, 0);
    assert_non_null(strstr(printed, ": error: SEPCC_DATADIR has no templates, expected a folder with "
                                    "templates/lib/base.m4 [template]\n"));
    assert_int_equal(unsetenv("SEPCC_DATADIR"), 0);
}

int main(void)
{
#define IN_FOLDER(test) cmocka_unit_test_setup_teardown(test, folder_setup, folder_teardown)
    const struct CMUnitTest tests[] = {
        IN_FOLDER(test_read),
        IN_FOLDER(test_read_standard_input),
        IN_FOLDER(test_write_only_when_changed),
        IN_FOLDER(test_write_modes),
        IN_FOLDER(test_write_through_a_link),
        IN_FOLDER(test_a_pipe_is_written_not_replaced),
        IN_FOLDER(test_write_errors),
        IN_FOLDER(test_a_failed_write_leaves_the_old_file),
        IN_FOLDER(test_a_full_disk),
        IN_FOLDER(test_a_reader_sees_whole_files),
        IN_FOLDER(test_stale_temporaries_are_removed),
        IN_FOLDER(test_long_names_have_temporaries),
        IN_FOLDER(test_registered_files_are_removed),
        IN_FOLDER(test_folders),
        cmocka_unit_test(test_path_join),
        IN_FOLDER(test_data_folder),
    };
    return cmocka_run_group_tests_name("files", tests, NULL, NULL);
}
