/*
 * support_folder.h: a folder of its own for each test that writes files, and short ways to look into it.
 *
 * All of them fail the running test when they cannot do what they say.
 */
#ifndef SEPCC_TESTS_SUPPORT_FOLDER_H
#define SEPCC_TESTS_SUPPORT_FOLDER_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/stat.h>

/* cmocka setup and teardown: *state becomes the path (a string) of a new folder; teardown removes it. */
int folder_setup(void **state);
int folder_teardown(void **state);

/* folder/name, in one of 64 buffers taken in turn: it holds through a test of ordinary length. */
const char *in_folder(const char *folder, const char *name);

void put_file(const char *path, const char *bytes);
void assert_file(const char *path, const char *bytes);
void assert_mtime_kept(const char *path, const struct stat *before);
/* Entries of a folder other than "." and "..". */
size_t count_entries(const char *path);

/*
 * Runs action in a child process and returns its wait status; SIGALRM ends one that hangs. In the action use
 * check_in_child, for an assertion of cmocka that fails there would go on with the next test in the child.
 */
int in_child(void (*action)(void *context), void *context);

#define check_in_child(condition)                                                                            \
    do {                                                                                                     \
        if (!(condition))                                                                                    \
            fail_in_child(__FILE__, __LINE__, #condition);                                                   \
    } while (0)
_Noreturn void fail_in_child(const char *file, int line, const char *condition);

#endif
