/*
 * files.c: whole reads, writes by rename, folders. The quiet functions return an errno; the others report it.
 */
#include "base/files.h"

#include "base/temporary.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { NEW_FILE_MODE = 0666, NEW_FOLDER_MODE = 0777, READ_SIZE = 65536, WALK_FDS = 16 };

/* ---- errors ---- */

static const char *write_expectation(int error)
{
    switch (error) {
    case ENOSPC:
    case EDQUOT:
        return "free space on the disk";
    case EFBIG:
        return "room below the limit of file sizes";
    case EACCES:
    case EPERM:
        return "permission to write there";
    case ENOENT:
    case ENOTDIR:
        return "its folder to be there";
    case EISDIR:
        return "the name of a file, not of a folder";
    case EEXIST:
        return "the name of a folder, not of a file";
    default:
        return "a place that can be written";
    }
}

/* A folder in the place of a file is the user's mistake; the rest is the environment's. */
static enum diag_code code_of(int error)
{
    return error == EISDIR ? DIAG_FILE_FORMAT : DIAG_IO;
}

enum exit_status file_write_error(const char *path, int error)
{
    if (error == ENOMEM)
        return diag_memory();
    return diag_error(code_of(error), (struct position){.file = path}, "cannot write: %s, expected %s",
                      strerror(error), write_expectation(error));
}

static enum exit_status read_error(const char *path, int error)
{
    if (error == ENOMEM)
        return diag_memory();
    const bool missing = error == ENOENT || error == ENOTDIR;
    return diag_error(missing ? DIAG_FILE_MISSING : code_of(error), (struct position){.file = path},
                      "cannot read: %s, expected a %s", strerror(error),
                      error == EISDIR ? "file, not a folder" : "readable file");
}

/* ---- reading ---- */

static int read_all(int fd, struct text *text)
{
    char *buffer = malloc(READ_SIZE);
    if (!buffer)
        return ENOMEM;
    int error = 0;
    for (;;) {
        ssize_t length = read(fd, buffer, READ_SIZE);
        if (length == 0)
            break;
        if (length > 0) {
            text_append(text, buffer, (size_t)length);
        } else if (errno != EINTR) {
            error = errno;
            break;
        }
        if (text->failed) {
            error = ENOMEM;
            break;
        }
    }
    free(buffer);
    return error;
}

int file_load(const char *path, struct text *text)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return errno;
    int error = read_all(fd, text);
    close(fd);
    return error;
}

enum exit_status file_read(const char *path, struct text *text)
{
    bool standard_input = strcmp(path, "-") == 0;
    int error = standard_input ? read_all(STDIN_FILENO, text) : file_load(path, text);
    return error ? read_error(standard_input ? "(standard input)" : path, error) : STATUS_DONE;
}

/* ---- writing ---- */

static int write_all(int fd, const char *bytes, size_t length)
{
    while (length > 0) {
        ssize_t written = write(fd, bytes, length);
        if (written < 0 && errno == EINTR)
            continue;
        if (written < 0)
            return errno;
        bytes += written;
        length -= (size_t)written;
    }
    return 0;
}

/* Writes, flushes to the disk where the file system can, and closes. Some errors show only at the end. */
static int write_and_close(int fd, const char *bytes, size_t length)
{
    int error = write_all(fd, bytes, length);
    if (!error && fsync(fd) != 0 && errno != EINVAL && errno != ENOTSUP)
        error = errno;
    if (close(fd) != 0 && !error && errno != EINTR)
        error = errno;
    return error;
}

int file_create(const char *path, const char *bytes, size_t length)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, NEW_FILE_MODE);
    return fd < 0 ? errno : write_and_close(fd, bytes, length);
}

static bool has_bytes(const char *path, const struct stat *status, const char *bytes, size_t length)
{
    if (status->st_size < 0 || (size_t)status->st_size != length)
        return false;
    struct text old = {0};
    bool same = file_load(path, &old) == 0 && old.length == length &&
                (length == 0 || memcmp(old.data, bytes, length) == 0);
    text_free(&old);
    return same;
}

/* Writes to a temporary beside the target; old (may be NULL) is the file there, whose mode is kept. */
static int write_beside(struct file_pending *pending, const struct stat *old, const char *bytes,
                        size_t length)
{
    pending->name = temporary_name(pending->target);
    pending->temporary = pending->name ? temporary_register(pending->name) : NULL;
    if (!pending->temporary)
        return ENOMEM;
    temporary_remove_stale(pending->target);
    const int error = file_create(pending->name, bytes, length);
    return !error && old && chmod(pending->name, old->st_mode & 07777) != 0 ? errno : error;
}

/* Where the bytes belong: behind a symbolic link its target, so that the link stays. */
static char *resolve_link(const char *path)
{
    struct stat status;
    char *target = NULL;
    if (lstat(path, &status) == 0 && S_ISLNK(status.st_mode))
        target = realpath(path, NULL);
    return target ? target : strdup(path);
}

static int prepare_resolved(struct file_pending *pending, const char *bytes, size_t length)
{
    struct stat status;
    pending->changed = true;
    if (stat(pending->target, &status) != 0)
        return errno == ENOENT ? write_beside(pending, NULL, bytes, length) : errno;
    if (S_ISDIR(status.st_mode))
        return EISDIR;
    if (!S_ISREG(status.st_mode)) { /* a device or pipe is written to, never replaced */
        int fd = open(pending->target, O_WRONLY | O_CLOEXEC);
        return fd < 0 ? errno : write_and_close(fd, bytes, length);
    }
    pending->changed = !has_bytes(pending->target, &status, bytes, length);
    return pending->changed ? write_beside(pending, &status, bytes, length) : 0;
}

int file_prepare(const char *path, const char *bytes, size_t length, struct file_pending *pending)
{
    *pending = (struct file_pending){.target = resolve_link(path)};
    const int error = pending->target ? prepare_resolved(pending, bytes, length) : ENOMEM;
    if (error)
        (void)file_settle(pending, false);
    return error;
}

int file_settle(struct file_pending *pending, bool keep)
{
    int error = 0;
    if (keep && pending->temporary && rename(pending->name, pending->target) != 0)
        error = errno;
    if (keep && !error)
        temporary_forget(pending->temporary);
    else
        temporary_remove(pending->temporary);
    free(pending->name);
    free(pending->target);
    *pending = (struct file_pending){.changed = pending->changed && keep && !error};
    return error;
}

int file_replace(const char *path, const char *bytes, size_t length, bool *changed)
{
    struct file_pending pending;
    int error = file_prepare(path, bytes, length, &pending);
    if (!error)
        error = file_settle(&pending, true);
    if (changed)
        *changed = pending.changed;
    return error;
}

enum exit_status file_write(const char *path, const char *bytes, size_t length, bool *changed)
{
    int error = file_replace(path, bytes, length, changed);
    return error ? file_write_error(path, error) : STATUS_DONE;
}

int file_create_whole(const char *path, const char *bytes, size_t length)
{
    struct file_pending pending = {.target = strdup(path)};
    int error = pending.target ? write_beside(&pending, NULL, bytes, length) : ENOMEM;
    if (!error && link(pending.name, path) != 0)
        error = errno;
    (void)file_settle(&pending, false);
    return error;
}

/* ---- folders and paths ---- */

int folder_create(const char *path)
{
    if (path_is_folder(path))
        return 0;
    char *partial = strdup(path);
    if (!partial)
        return ENOMEM;
    int error = 0;
    size_t length = 0;
    while (!error && partial[length]) {
        length += strspn(partial + length, "/");
        length += strcspn(partial + length, "/");
        char ending = partial[length];
        partial[length] = '\0';
        /* Another process may make it at the same time. */
        if (mkdir(partial, NEW_FOLDER_MODE) != 0 && !path_is_folder(partial))
            error = errno;
        partial[length] = ending;
    }
    free(partial);
    return error;
}

enum exit_status folder_make(const char *path)
{
    int error = folder_create(path);
    return error ? file_write_error(path, error) : STATUS_DONE;
}

static int remove_entry(const char *path, const struct stat *status, int kind, struct FTW *place)
{
    (void)status;
    (void)kind;
    (void)place;
    return remove(path) == 0 || errno == ENOENT ? 0 : errno;
}

enum exit_status folder_remove(const char *path)
{
    int error = nftw(path, remove_entry, WALK_FDS, FTW_DEPTH | FTW_PHYS);
    if (error < 0)
        error = errno;
    if (error == 0 || error == ENOENT)
        return STATUS_DONE;
    return diag_error(DIAG_IO, (struct position){.file = path},
                      "cannot remove: %s, expected a removable folder", strerror(error));
}

bool path_exists(const char *path)
{
    return access(path, F_OK) == 0;
}

bool path_is_folder(const char *path)
{
    struct stat status;
    return stat(path, &status) == 0 && S_ISDIR(status.st_mode);
}

const char *path_base(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash != NULL ? slash + 1 : path;
}

char *path_join(const char *folder, const char *name)
{
    size_t length = strlen(folder);
    struct text path = {0};
    text_append(&path, folder, length);
    if (length > 0 && folder[length - 1] != '/')
        text_puts(&path, "/");
    text_puts(&path, name);
    if (!path.failed)
        return path.data;
    text_free(&path);
    diag_memory();
    return NULL;
}
