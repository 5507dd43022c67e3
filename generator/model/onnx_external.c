/*
 * onnx_external.c: values of a tensor kept in a file of their own, in the model's folder or below it.
 */
#include "model/onnx_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *entry(const Onnx__TensorProto *proto, const char *key)
{
    for (size_t i = 0; i < proto->n_external_data; ++i)
        if (proto->external_data[i]->key != NULL && strcmp(proto->external_data[i]->key, key) == 0)
            return proto->external_data[i]->value;
    return NULL;
}

/* A decimal number, or fallback when the entry is missing. */
static bool number_entry(const Onnx__TensorProto *proto, const char *key, uint64_t fallback, uint64_t *number)
{
    const char *text = entry(proto, key);
    *number = fallback;
    if (text == NULL)
        return true;
    char *end;
    errno = 0;
    *number = strtoull(text, &end, 10);
    return *text >= '0' && *text <= '9' && *end == '\0' && errno == 0;
}

/* Opens path step by step below folder, each step no symbolic link; -1 and errno on failure. */
static int open_below(const char *folder, const char *path)
{
    int at = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    while (at >= 0 && *path != '\0') {
        const size_t length = strcspn(path, "/");
        char step[256];
        int next = -1;
        if (length == 0 || length >= sizeof step || (length == 2 && memcmp(path, "..", 2) == 0)) {
            errno = EINVAL;
        } else {
            memcpy(step, path, length);
            step[length] = '\0';
            /* O_NONBLOCK: a pipe is refused later and does not hold us up here. */
            next = openat(at, step, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
        }
        const int error = errno;
        close(at);
        errno = error;
        at = next;
        path += length;
        path += *path == '/';
    }
    return at;
}

static bool read_all(int file, uint8_t *bytes, size_t length, uint64_t offset)
{
    for (size_t done = 0; done < length;) {
        const ssize_t got = pread(file, bytes + done, length - done, (off_t)(offset + done));
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return false;
        done += (size_t)got;
    }
    return true;
}

static enum exit_status read_part(struct graph_build *build, int file, uint64_t offset, size_t needed,
                                  const char *what, const uint8_t **bytes)
{
    const struct position at = graph_position(build->graph);
    struct stat info;
    if (fstat(file, &info) != 0 || !S_ISREG(info.st_mode))
        return diag_error(DIAG_FILE_FORMAT, at, "the external data of %s are no plain file", what);
    if (offset > (uint64_t)info.st_size || needed > (uint64_t)info.st_size - offset)
        return diag_error(DIAG_FILE_FORMAT, at,
                          "the external data of %s have %" PRIu64 " bytes, expected %zu at offset %" PRIu64,
                          what, (uint64_t)info.st_size, needed, offset);
    if (needed > build->external_room)
        return diag_error(DIAG_MODEL, at, "the external data are too large, expected up to 8 GiB in all");
    build->external_room -= needed;
    uint8_t *buffer = arena_take(build->arena, needed, 1);
    if (buffer == NULL)
        return diag_memory();
    if (!read_all(file, buffer, needed, offset))
        return diag_error(DIAG_IO, at, "the external data of %s cannot be read", what);
    *bytes = buffer;
    return STATUS_DONE;
}

/* Keeps the name of a file that was opened, for who wants to know what a model depends on. */
static enum exit_status note_file(struct graph_build *build, const char *location)
{
    struct graph_file *file = arena_take(build->arena, 1, sizeof *file);
    const size_t folder = strlen(build->folder), size = folder + strlen(location) + 2;
    char *path = arena_take(build->arena, size, 1);
    if (file == NULL || path == NULL)
        return diag_memory();
    const bool slash = folder > 0 && build->folder[folder - 1] == '/';
    snprintf(path, size, "%s%s%s", build->folder, slash ? "" : "/", location);
    *file = (struct graph_file){path, build->graph->external};
    build->graph->external = file;
    return STATUS_DONE;
}

enum exit_status onnx_external(struct graph_build *build, const Onnx__TensorProto *proto, const char *what,
                               size_t needed, const uint8_t **bytes)
{
    const struct position at = graph_position(build->graph);
    const char *location = entry(proto, "location");
    uint64_t offset, length;
    if (build->folder == NULL || location == NULL || *location == '\0')
        return diag_error(DIAG_FILE_FORMAT, at, "%s lies in another file, which is not %s", what,
                          location == NULL ? "named" : "to be had here");
    if (!number_entry(proto, "offset", 0, &offset) || !number_entry(proto, "length", needed, &length) ||
        length != needed)
        return diag_error(DIAG_FILE_FORMAT, at,
                          "the offset or length of the external data of %s is wrong, expected %zu bytes",
                          what, needed);
    const int file = open_below(build->folder, location);
    if (file < 0 && errno == ENOENT)
        return diag_error(DIAG_FILE_MISSING, at, "the external data of %s are in '%s', which is not there",
                          what, location);
    if (file < 0)
        return diag_error(
            DIAG_FILE_FORMAT, at,
            "the external data of %s are in '%s', expected a file in the model's folder or below, "
            "without '..' and symbolic links",
            what, location);
    enum exit_status status = note_file(build, location);
    if (status == STATUS_DONE)
        status = read_part(build, file, offset, needed, what, bytes);
    close(file);
    return status;
}
