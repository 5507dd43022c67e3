/*
 * files.h: files and folders: whole reads, writes by rename, write-if-changed, staging of a new folder.
 *
 * Every function prints its own error (DIAG_IO unless said otherwise) and returns its exit status.
 */
#ifndef SEPCC_GENERATOR_BASE_FILES_H
#define SEPCC_GENERATOR_BASE_FILES_H

#include "base/diag.h"
#include "base/text.h"

#include <stdbool.h>
#include <stddef.h>

/*
 * Reads a whole file ("-": standard input) and appends it. DIAG_FILE_MISSING when it is not there,
 * DIAG_FILE_FORMAT when it is a folder.
 */
enum exit_status file_read(const char *path, struct text *text);

/*
 * Writes the bytes to a temporary file beside path, flushes it and renames it to path. A file that already
 * has these bytes is left alone. *changed (may be NULL) says which. On failure path is as it was. A symbolic
 * link stays and its target is replaced; a device or pipe is written to.
 */
enum exit_status file_write(const char *path, const char *bytes, size_t length, bool *changed);

/*
 * The same without messages: they return 0 or an errno, ENOMEM when out of memory. file_create makes a file
 * that must not be there yet; file_write_error reports the errno of a failed write (DIAG_FILE_FORMAT for a
 * folder in the place of a file).
 */
int file_load(const char *path, struct text *text);
int file_create(const char *path, const char *bytes, size_t length);
int file_replace(const char *path, const char *bytes, size_t length, bool *changed);
int folder_create(const char *path);

/*
 * file_replace in two steps, for files that belong together: all are prepared, then all settled. Prepared
 * means written under a temporary name, where the disk may be full (a device or pipe is written to at once);
 * after an error there is nothing to settle. file_settle renames it, or with keep false leaves path as it
 * was; NULL-initialized it does nothing. `changed` then says whether path has other bytes than before. Both
 * return 0 or an errno.
 */
struct file_pending {
    char *target, *name;         /* where links lead to; the temporary, NULL when nothing is left to do */
    struct temporary *temporary; /* of the same */
    bool changed;
};
int file_prepare(const char *path, const char *bytes, size_t length, struct file_pending *pending);
int file_settle(struct file_pending *pending, bool keep);
enum exit_status file_write_error(const char *path, int error);

/*
 * file_create for a file that others may look for meanwhile: it is there as a whole or not at all. EEXIST
 * when there is one by then; EPERM, EOPNOTSUPP and the like where the file system has no hard links.
 */
int file_create_whole(const char *path, const char *bytes, size_t length);

/* mkdir -p. */
enum exit_status folder_make(const char *path);
/* rm -r; a missing folder is no error. */
enum exit_status folder_remove(const char *path);
bool path_exists(const char *path);
bool path_is_folder(const char *path);
/* The part behind the last slash; points into path. */
const char *path_base(const char *path);
/* Joins with one slash; the result is malloc'ed, NULL when out of memory (then the error is printed). */
char *path_join(const char *folder, const char *name);

/* A file to be written into an output folder. Both malloc'ed, owned by the set. */
struct output_file {
    char *name; /* relative, no ".." */
    struct text text;
};
struct output_set {
    struct output_file *items;
    size_t count, capacity;
};
/* Adds an empty file and returns its text to be filled, valid until the next add; NULL when out of memory. */
struct text *output_add(struct output_set *set, const char *name);
void output_free(struct output_set *set);

/*
 * Writes the set to folder. A new folder is filled under a temporary name beside it and renamed, so it is
 * never seen half-written; in an existing one each changed file is replaced by rename, the one called
 * manifest_name last, and files that the old manifest listed and the set has not are removed. An existing
 * folder that is not empty and has no manifest is refused (it is not ours). *changed (may be NULL) counts the
 * files whose bytes changed. The manifest is JSON with a "files" array of names.
 */
enum exit_status output_write(const struct output_set *set, const char *folder, const char *manifest_name,
                              size_t *changed);

/*
 * Where templates/, runtime/ and emulators/ are: $SEPCC_DATADIR, else ../share/sepcc beside the program's
 * folder, else the source tree above the program. Returns a static string, or NULL after an error.
 */
const char *data_folder(void);

/* SHA-256 over the bytes (libmd), as 64 hex digits and NUL. */
enum { DIGEST_FULL = 65 };
void digest_full(const void *bytes, size_t length, char digest[DIGEST_FULL]);
/* 32 hex digits (and NUL) of the first 16 bytes of SHA-256 over the bytes (libmd). */
void digest_bytes(const char *bytes, size_t length, char digest[33]);

#endif
