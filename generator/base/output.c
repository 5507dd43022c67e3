/*
 * output.c: writing a set of files as one folder, so that nobody sees it half-written.
 *
 * A folder that is not there yet is made whole under another name and renamed. One that is there is brought
 * up to date file by file; its manifest says which files are ours, and is written last.
 */
#include "base/files.h"

#include "base/grow.h"
#include "base/temporary.h"

#include <cjson/cJSON.h>
#include <dirent.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- the set ---- */

struct text *output_add(struct output_set *set, const char *name)
{
    struct output_file *items = grow(set->items, set->count, &set->capacity, sizeof *items);
    if (!items) {
        diag_memory();
        return NULL;
    }
    set->items = items;
    char *copy = strdup(name);
    if (!copy) {
        diag_memory();
        return NULL;
    }
    struct output_file *file = &set->items[set->count++];
    *file = (struct output_file){.name = copy};
    return &file->text;
}

void output_free(struct output_set *set)
{
    for (size_t i = 0; i < set->count; i++) {
        free(set->items[i].name);
        text_free(&set->items[i].text);
    }
    free(set->items);
    *set = (struct output_set){0};
}

static bool set_has(const struct output_set *set, const char *name)
{
    for (size_t i = 0; i < set->count; i++)
        if (strcmp(set->items[i].name, name) == 0)
            return true;
    return false;
}

/* True for a relative name of plain parts: none empty, "." or "..". */
static bool is_safe_name(const char *name)
{
    for (;;) {
        size_t length = strcspn(name, "/");
        if (length == 0 || (length <= 2 && strspn(name, ".") >= length))
            return false;
        if (!name[length])
            return true;
        name += length + 1;
    }
}

static enum exit_status check_set(const struct output_set *set, const char *folder)
{
    for (size_t i = 0; i < set->count; i++) {
        const struct output_file *file = &set->items[i];
        if (file->text.failed)
            return diag_memory();
        if (!is_safe_name(file->name))
            return diag_error(DIAG_IO, (struct position){.file = folder},
                              "cannot write \"%s\" there, expected a name inside the folder", file->name);
    }
    return STATUS_DONE;
}

/* ---- files in the folder ---- */

/* What one output_write works on. */
struct output {
    const struct output_set *set;
    const char *folder;
    const char *manifest_name;
    cJSON *old_manifest;     /* NULL: the folder was not there, or was empty */
    struct temporary **made; /* what was made where nothing was before; forgotten at the end */
    size_t made_count, made_capacity;
    size_t changed;
};

/* Enters a path that is about to be made, so that a failed or stopped run removes it. Returns an errno. */
static int note_made(struct output *output, const char *path)
{
    struct temporary **made =
        grow(output->made, output->made_count, &output->made_capacity, sizeof(struct temporary *));
    if (!made)
        return ENOMEM;
    output->made = made;
    struct temporary *entry = temporary_register(path);
    if (!entry)
        return ENOMEM;
    output->made[output->made_count++] = entry;
    return 0;
}

/* Ends the list of what was made: it stays, or all of it is removed, the newest first. */
static void settle_made(struct output *output, bool keep)
{
    while (output->made_count > 0) {
        struct temporary *entry = output->made[--output->made_count];
        if (keep)
            temporary_forget(entry);
        else
            temporary_remove(entry);
    }
    free(output->made);
    output->made = NULL;
    output->made_capacity = 0;
}

/* Makes the folders between the output folder and a file. Returns an errno. */
static int make_parents(struct output *output, const char *folder, const char *name)
{
    int error = 0;
    for (const char *slash = strchr(name, '/'); slash && !error; slash = strchr(slash + 1, '/')) {
        struct text path = {0};
        text_printf(&path, "%s/%.*s", folder, (int)(slash - name), name);
        if (path.failed)
            error = ENOMEM;
        else if (!path_exists(path.data))
            error = note_made(output, path.data);
        if (!error)
            error = folder_create(path.data);
        text_free(&path);
    }
    return error;
}

/* Reports a failed write under the name that the file was to get, not that of its staging folder. */
static enum exit_status write_error(const struct output *output, const char *name, int error)
{
    char *path = path_join(output->folder, name);
    enum exit_status status = path ? file_write_error(path, error) : STATUS_ENVIRONMENT;
    free(path);
    return status;
}

/* Writes one file of the set below folder, which is the output folder or its staging folder. */
static enum exit_status write_file(struct output *output, const char *folder, const struct output_file *file)
{
    char *path = path_join(folder, file->name);
    if (!path)
        return STATUS_ENVIRONMENT;
    bool changed = true;
    const char *bytes = file->text.data ? file->text.data : "";
    int error = make_parents(output, folder, file->name);
    if (!error && output->old_manifest) {
        error = file_replace(path, bytes, file->text.length, &changed);
    } else if (!error) {
        error = note_made(output, path);
        if (!error)
            error = file_create(path, bytes, file->text.length);
    }
    output->changed += changed;
    free(path);
    return error ? write_error(output, file->name, error) : STATUS_DONE;
}

static enum exit_status write_files(struct output *output, const char *folder, bool manifest)
{
    enum exit_status status = STATUS_DONE;
    for (size_t i = 0; i < output->set->count && status == STATUS_DONE; i++) {
        const struct output_file *file = &output->set->items[i];
        if ((strcmp(file->name, output->manifest_name) == 0) == manifest)
            status = write_file(output, folder, file);
    }
    return status;
}

/* ---- a new folder ---- */

static enum exit_status fill_and_rename(struct output *output, const char *staging, const struct stat *old)
{
    if (mkdir(staging, 0777) != 0 || (old && chmod(staging, old->st_mode & 07777) != 0))
        return file_write_error(output->folder, errno);
    enum exit_status status = write_files(output, staging, false);
    if (status == STATUS_DONE)
        status = write_files(output, staging, true);
    if (status == STATUS_DONE && rename(staging, output->folder) != 0)
        status = file_write_error(output->folder, errno);
    return status;
}

/* Makes the folder under a temporary name; old (may be NULL) is the empty one that it replaces. */
static enum exit_status write_staged(struct output *output, const struct stat *old)
{
    char *staging = temporary_name(output->folder);
    if (!staging)
        return diag_memory();
    temporary_remove_stale(output->folder);
    int error = note_made(output, staging);
    enum exit_status status =
        error ? file_write_error(output->folder, error) : fill_and_rename(output, staging, old);
    free(staging);
    return status;
}

/* Makes what the folder stands in. */
static enum exit_status make_parent(const char *folder)
{
    const char *slash = strrchr(folder, '/');
    if (!slash || slash == folder)
        return STATUS_DONE;
    char *parent = strndup(folder, (size_t)(slash - folder));
    enum exit_status status = parent ? folder_make(parent) : diag_memory();
    free(parent);
    return status;
}

/* ---- a folder that is there ---- */

static bool is_empty(const char *folder, int *error)
{
    *error = 0;
    DIR *stream = opendir(folder);
    if (!stream) {
        *error = errno;
        return false;
    }
    bool empty = true;
    for (struct dirent *entry = readdir(stream); entry && empty; entry = readdir(stream))
        empty = strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0;
    closedir(stream);
    return empty;
}

/* An empty folder is replaced by rename, unless it is a link, a mount, this process's own or its parent is
 * closed. */
static bool can_be_replaced(const char *folder, const struct stat *status)
{
    struct stat itself, here, above;
    char *parent = path_join(folder, "..");
    bool can = parent && lstat(folder, &itself) == 0 && S_ISDIR(itself.st_mode) && stat(".", &here) == 0 &&
               (here.st_ino != status->st_ino || here.st_dev != status->st_dev) &&
               stat(parent, &above) == 0 && above.st_dev == status->st_dev && access(parent, W_OK) == 0;
    free(parent);
    return can;
}

/* Reads the manifest of an existing folder; its names are checked, since it may come from anybody. */
static enum exit_status read_manifest(struct output *output)
{
    struct text text = {0};
    char *path = path_join(output->folder, output->manifest_name);
    if (!path)
        return STATUS_ENVIRONMENT;
    enum exit_status status = STATUS_DONE;
    if (!path_exists(path))
        status =
            diag_error(DIAG_FILE_FORMAT, (struct position){.file = output->folder},
                       "the folder is not empty and holds no %s, expected a new or empty folder, or one that "
                       "sepcc wrote",
                       output->manifest_name);
    else
        status = file_read(path, &text);
    if (status == STATUS_DONE) {
        output->old_manifest = cJSON_ParseWithLength(text.data ? text.data : "", text.length);
        const cJSON *files = cJSON_GetObjectItemCaseSensitive(output->old_manifest, "files"), *name;
        if (!cJSON_IsArray(files))
            status = diag_error(DIAG_FILE_FORMAT, (struct position){.file = path},
                                "not a manifest, expected JSON with an array \"files\"");
        cJSON_ArrayForEach(name, files)
        {
            if (status == STATUS_DONE && !(cJSON_IsString(name) && is_safe_name(name->valuestring)))
                status = diag_error(
                    DIAG_FILE_FORMAT, (struct position){.file = path},
                    "the name \"%s\" in the manifest is not to be trusted, expected one inside the folder",
                    cJSON_IsString(name) ? name->valuestring : "(not a string)");
        }
    }
    text_free(&text);
    free(path);
    return status;
}

/* True when a part of the name is a symbolic link: then the file is not in the folder. */
static bool leads_outside(const char *folder, const char *name)
{
    bool outside = false;
    for (const char *slash = strchr(name, '/'); slash && !outside; slash = strchr(slash + 1, '/')) {
        struct stat status;
        struct text part = {0};
        text_printf(&part, "%s/%.*s", folder, (int)(slash - name), name);
        outside = part.failed || lstat(part.data, &status) != 0 || !S_ISDIR(status.st_mode);
        text_free(&part);
    }
    return outside;
}

/* Removes a file that is no longer ours to keep, and the folders that it leaves empty. */
static enum exit_status remove_old(const char *folder, const char *name)
{
    if (leads_outside(folder, name))
        return STATUS_DONE;
    char *path = path_join(folder, name);
    if (!path)
        return STATUS_ENVIRONMENT;
    enum exit_status status = STATUS_DONE;
    if (unlink(path) != 0 && errno != ENOENT && errno != EISDIR)
        status = diag_error(DIAG_IO, (struct position){.file = path},
                            "cannot remove: %s, expected a removable file", strerror(errno));
    for (char *slash = strrchr(path, '/'); slash && slash > path + strlen(folder);
         slash = strrchr(path, '/')) {
        *slash = '\0';
        if (rmdir(path) != 0)
            break;
    }
    free(path);
    return status;
}

static enum exit_status remove_old_files(const struct output *output)
{
    enum exit_status status = STATUS_DONE;
    const cJSON *files = cJSON_GetObjectItemCaseSensitive(output->old_manifest, "files");
    for (const cJSON *name = files->child; name && status == STATUS_DONE; name = name->next)
        if (strcmp(name->valuestring, output->manifest_name) != 0 && !set_has(output->set, name->valuestring))
            status = remove_old(output->folder, name->valuestring);
    return status;
}

/* The manifest is last: a run stopped before it is repaired by the next one, which still knows the old names.
 */
static enum exit_status write_in_place(struct output *output)
{
    enum exit_status status = write_files(output, output->folder, false);
    if (status == STATUS_DONE && output->old_manifest)
        status = remove_old_files(output);
    if (status == STATUS_DONE)
        status = write_files(output, output->folder, true);
    return status;
}

static enum exit_status write_existing(struct output *output, const struct stat *old)
{
    int error = S_ISDIR(old->st_mode) ? 0 : EEXIST;
    bool empty = !error && is_empty(output->folder, &error);
    if (error)
        return file_write_error(output->folder, error);
    if (empty)
        return can_be_replaced(output->folder, old) ? write_staged(output, old) : write_in_place(output);
    enum exit_status status = read_manifest(output);
    return status == STATUS_DONE ? write_in_place(output) : status;
}

static enum exit_status write_output(struct output *output)
{
    struct stat old;
    enum exit_status status = check_set(output->set, output->folder);
    if (status != STATUS_DONE)
        return status;
    if (stat(output->folder, &old) == 0)
        return write_existing(output, &old);
    if (errno != ENOENT)
        return file_write_error(output->folder, errno);
    status = make_parent(output->folder);
    return status == STATUS_DONE ? write_staged(output, NULL) : status;
}

enum exit_status output_write(const struct output_set *set, const char *folder, const char *manifest_name,
                              size_t *changed)
{
    /* "out/" and "out" are one folder, and the temporary name goes beside it. */
    size_t length = strlen(folder);
    while (length > 1 && folder[length - 1] == '/')
        length--;
    char *plain = strndup(folder, length);
    if (!plain)
        return diag_memory();
    struct output output = {.set = set, .folder = plain, .manifest_name = manifest_name};
    enum exit_status status = write_output(&output);
    settle_made(&output, status == STATUS_DONE);
    cJSON_Delete(output.old_manifest);
    free(plain);
    if (changed)
        *changed = status == STATUS_DONE ? output.changed : 0;
    return status;
}
