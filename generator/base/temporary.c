/*
 * temporary.c: names of temporary files, and the list of those that a stopped run must remove.
 *
 * The list is walked by a signal handler, so it is changed by single atomic stores only: whenever the handler
 * interrupts, it sees the list either with the entry or without it.
 */
#include "base/temporary.h"

#include "base/files.h"
#include "base/text.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct temporary {
    _Atomic(struct temporary *) next;
    char path[];
};

static _Atomic(struct temporary *) newest;

static const char SUFFIX[] = ".sepcc-tmp";

/* NAME_MAX less the suffix and two numbers. */
enum { NAME_PART_MAX = 200 };

/* ".NAME." of path's last part; *folder_length is the length of what stands before the name. */
static void name_prefix(const char *path, size_t *folder_length, struct text *prefix)
{
    const char *slash = strrchr(path, '/');
    const char *name = slash ? slash + 1 : path;
    size_t length = strlen(name);
    *folder_length = (size_t)(name - path);
    text_puts(prefix, ".");
    text_append(prefix, name, length < NAME_PART_MAX ? length : NAME_PART_MAX);
    text_puts(prefix, ".");
}

char *temporary_name(const char *path)
{
    static unsigned counter;
    size_t folder_length;
    struct text prefix = {0}, result = {0};
    name_prefix(path, &folder_length, &prefix);
    if (prefix.failed) {
        text_free(&prefix);
        return NULL;
    }
    do { /* an earlier process with this number may have left one */
        result.length = 0;
        text_append(&result, path, folder_length);
        text_printf(&result, "%s%ld.%u%s", prefix.data, (long)getpid(), counter++, SUFFIX);
    } while (!result.failed && path_exists(result.data));
    text_free(&prefix);
    if (result.failed)
        text_free(&result);
    return result.data;
}

/* The process that made a temporary of this prefix, 0 when the name is not such a temporary's. */
static pid_t owner_of(const char *name, const char *prefix, size_t prefix_length)
{
    if (strncmp(name, prefix, prefix_length) != 0)
        return 0;
    char *end;
    long pid = strtol(name + prefix_length, &end, 10);
    if (end == name + prefix_length || *end != '.' || pid <= 0 || pid > INT_MAX)
        return 0;
    const char *counter = end + 1;
    size_t digits = strspn(counter, "0123456789");
    return digits > 0 && strcmp(counter + digits, SUFFIX) == 0 ? (pid_t)pid : 0;
}

static void remove_stale_in(const char *folder, const struct text *prefix)
{
    DIR *stream = opendir(*folder ? folder : ".");
    if (!stream)
        return;
    for (struct dirent *entry = readdir(stream); entry; entry = readdir(stream)) {
        pid_t owner = owner_of(entry->d_name, prefix->data, prefix->length);
        if (owner == 0 || kill(owner, 0) == 0 || errno != ESRCH)
            continue;
        struct text path = {0};
        text_printf(&path, "%s%s", folder, entry->d_name);
        /* What cannot be removed is no reason to fail: it is only clutter. */
        if (!path.failed && unlink(path.data) != 0 && (errno == EISDIR || errno == EPERM))
            folder_remove(path.data);
        text_free(&path);
    }
    closedir(stream);
}

void temporary_remove_stale(const char *path)
{
    size_t folder_length;
    struct text prefix = {0}, folder = {0};
    name_prefix(path, &folder_length, &prefix);
    text_append(&folder, path, folder_length);
    if (!prefix.failed && !folder.failed)
        remove_stale_in(folder.data, &prefix);
    text_free(&prefix);
    text_free(&folder);
}

struct temporary *temporary_register(const char *path)
{
    size_t size = strlen(path) + 1;
    struct temporary *temporary = malloc(sizeof *temporary + size);
    if (!temporary)
        return NULL;
    memcpy(temporary->path, path, size);
    atomic_init(&temporary->next, atomic_load(&newest));
    atomic_store(&newest, temporary);
    return temporary;
}

void temporary_forget(struct temporary *temporary)
{
    if (!temporary)
        return;
    _Atomic(struct temporary *) *link = &newest;
    struct temporary *entry = atomic_load(link);
    while (entry && entry != temporary) {
        link = &entry->next;
        entry = atomic_load(link);
    }
    if (entry)
        atomic_store(link, atomic_load(&entry->next));
    free(temporary);
}

static void remove_path(const char *path)
{
    if (unlink(path) != 0)
        rmdir(path);
}

void temporary_remove(struct temporary *temporary)
{
    if (!temporary)
        return;
    remove_path(temporary->path);
    temporary_forget(temporary);
}

void temporary_remove_all(void)
{
    for (struct temporary *entry = atomic_load(&newest); entry; entry = atomic_load(&entry->next))
        remove_path(entry->path);
}
