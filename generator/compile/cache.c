/*
 * cache.c: the store of compiled objects: 256 folders of entries, each with a header that proves it whole.
 */
#include "compile/cache.h"

#include "base/cache_folder.h"
#include "base/diag.h"
#include "base/files.h"

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* The first two digits of a key name the folder, so folders stay short. */
enum { PREFIX_DIGITS = 2, FOLDERS = 256, HEADER_MAX = 96 };

/* The entry's first line: magic and version, length and digest of the bytes after it. */
#define HEADER_FORMAT "sepcc-object 1 %zu %s\n"

static const uint64_t DEFAULT_LIMIT_MIB = 2048;

/* ---- where ---- */

static char *folder_path(const char *key)
{
    struct text path = {0};
    if (cache_folder_name(&path))
        text_printf(&path, "/%.*s", PREFIX_DIGITS, key);
    if (path.failed)
        text_free(&path);
    return path.data;
}

char *cache_path(const char *key)
{
    char *folder = folder_path(key);
    struct text path = {0};
    if (folder)
        text_printf(&path, "%s/%s", folder, key + PREFIX_DIGITS);
    free(folder);
    if (path.failed)
        text_free(&path);
    return path.data;
}

/* ---- reading ---- */

static size_t format_header(char header[HEADER_MAX], const char *bytes, size_t length)
{
    char digest[33];
    digest_bytes(bytes, length, digest);
    return (size_t)snprintf(header, HEADER_MAX, HEADER_FORMAT, length, digest);
}

/* True when the entry is whole; *start is then where its object begins. */
static bool is_whole(const struct text *entry, size_t *start)
{
    char header[HEADER_MAX];
    const char *end = entry->length > 0 ? memchr(entry->data, '\n', entry->length) : NULL;
    if (!end)
        return false;
    *start = (size_t)(end + 1 - entry->data);
    size_t length = format_header(header, entry->data + *start, entry->length - *start);
    return length == *start && memcmp(header, entry->data, length) == 0;
}

bool cache_read(const char *key, struct text *object)
{
    char *path = cache_path(key);
    struct text entry = {0};
    size_t start = 0;
    bool found = path && file_load(path, &entry) == 0;
    if (found && !is_whole(&entry, &start)) {
        diag_warning((struct position){.file = path},
                     "the cache entry is corrupt; it is removed and made again");
        unlink(path);
        found = false;
    }
    if (found)
        text_append(object, entry.data + start, entry.length - start);
    text_free(&entry);
    free(path);
    return found && !object->failed;
}

/* ---- the limit ---- */

/* The bytes that one of the folders may hold. Keys are digests, so all fill alike. */
static uint64_t folder_limit(void)
{
    const char *text = getenv("SEPCC_CACHE_LIMIT");
    uint64_t mib = DEFAULT_LIMIT_MIB;
    if (text && *text) {
        char *end;
        errno = 0;
        uintmax_t value = strtoumax(text, &end, 10);
        if (errno == 0 && *end == '\0' && *text != '-' && value <= UINT32_MAX)
            mib = value;
        else
            diag_warning(NOWHERE,
                         "SEPCC_CACHE_LIMIT is \"%s\", expected a number of MiB; %" PRIu64 " is taken", text,
                         mib);
    }
    return mib * 1024 * 1024 / FOLDERS;
}

/* What a folder holds, and its oldest entry. */
struct census {
    uint64_t bytes;
    size_t entries;
    struct timespec oldest_time;
    char *oldest; /* malloc'ed path */
};

static bool is_older(const struct timespec *a, const struct timespec *b)
{
    return a->tv_sec != b->tv_sec ? a->tv_sec < b->tv_sec : a->tv_nsec < b->tv_nsec;
}

static void count_entry(struct census *census, char *path)
{
    struct stat status;
    if (lstat(path, &status) != 0 || !S_ISREG(status.st_mode)) {
        free(path);
        return;
    }
    census->bytes += (uint64_t)status.st_size;
    census->entries++;
    if (census->oldest && !is_older(&status.st_mtim, &census->oldest_time)) {
        free(path);
        return;
    }
    free(census->oldest);
    census->oldest = path;
    census->oldest_time = status.st_mtim;
}

static struct census take_census(const char *folder)
{
    struct census census = {0};
    DIR *stream = opendir(folder);
    if (!stream)
        return census;
    for (struct dirent *entry = readdir(stream); entry; entry = readdir(stream)) {
        char *path = entry->d_name[0] == '.' ? NULL : path_join(folder, entry->d_name);
        if (path)
            count_entry(&census, path);
    }
    closedir(stream);
    return census;
}

/* Removes the oldest entries until the folder is below its limit; the last one stays, however large. */
static void trim(const char *folder)
{
    const uint64_t limit = folder_limit();
    bool removed;
    do {
        struct census census = take_census(folder);
        removed = census.entries > 1 && census.bytes > limit && unlink(census.oldest) == 0;
        free(census.oldest);
    } while (removed);
}

/* ---- writing ---- */

static void warn_once(const char *path, int error)
{
    static bool warned;
    if (!warned)
        diag_warning((struct position){.file = path},
                     "cannot write to the cache: %s; what is compiled is not kept", strerror(error));
    warned = true;
}

void cache_write(const char *key, const char *bytes, size_t length)
{
    char *folder = folder_path(key), *path = cache_path(key);
    struct text entry = {0};
    if (folder && path) {
        char header[HEADER_MAX];
        text_append(&entry, header, format_header(header, bytes, length));
        text_append(&entry, bytes, length);
        int error = entry.failed ? ENOMEM : folder_create(folder);
        if (!error)
            error = file_replace(path, entry.data, entry.length, NULL);
        if (error)
            warn_once(path, error);
        else
            trim(folder);
    }
    text_free(&entry);
    free(folder);
    free(path);
}

void cache_remove(const char *key)
{
    char *path = cache_path(key);
    if (path)
        unlink(path);
    free(path);
}
