/*
 * support_folder.c: a folder for each test that writes files.
 */
#include "support_folder.h"

#include "base/files.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>
#include <dirent.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { HANG_S = 60, BUFFERS = 64 };

int folder_setup(void **state)
{
    const char *base = getenv("TMPDIR");
    struct text name = {0};
    text_printf(&name, "%s/sepcc-test-XXXXXX", base && *base ? base : "/tmp");
    if (name.failed || !mkdtemp(name.data))
        return -1;
    *state = name.data;
    return 0;
}

int folder_teardown(void **state)
{
    int status = folder_remove(*state) == STATUS_DONE ? 0 : -1;
    free(*state);
    return status;
}

const char *in_folder(const char *folder, const char *name)
{
    static char buffers[BUFFERS][PATH_MAX];
    static unsigned next;
    char *buffer = buffers[next++ % BUFFERS];
    assert_true(snprintf(buffer, PATH_MAX, "%s/%s", folder, name) < PATH_MAX);
    return buffer;
}

void put_file(const char *path, const char *bytes)
{
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_true(fputs(bytes, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

void assert_file(const char *path, const char *bytes)
{
    struct text text = {0};
    assert_int_equal(file_load(path, &text), 0);
    assert_string_equal(text.data ? text.data : "", bytes);
    text_free(&text);
}

void assert_mtime_kept(const char *path, const struct stat *before)
{
    struct stat after;
    assert_int_equal(stat(path, &after), 0);
    assert_int_equal(after.st_ino, before->st_ino);
    assert_int_equal(after.st_mtim.tv_sec, before->st_mtim.tv_sec);
    assert_int_equal(after.st_mtim.tv_nsec, before->st_mtim.tv_nsec);
}

size_t count_entries(const char *path)
{
    DIR *stream = opendir(path);
    assert_non_null(stream);
    size_t count = 0;
    while (readdir(stream))
        count++;
    closedir(stream);
    return count - 2;
}

int in_child(void (*action)(void *context), void *context)
{
    int status;
    fflush(NULL);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        alarm(HANG_S);
        action(context);
        _exit(0);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    return status;
}

void fail_in_child(const char *file, int line, const char *condition)
{
    fprintf(stderr, "%s:%d: %s\n", file, line, condition);
    _exit(1);
}
