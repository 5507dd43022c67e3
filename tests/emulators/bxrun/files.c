/*
 * files.c: files. There are those in the image, read-only and found by the exact path they were given, and
 * standard input (empty), output and error.
 */
#include "kernel.h"

#include <asm/errno.h>
#include <asm/stat.h>
#include <linux/fcntl.h>
#include <linux/stat.h>
#include <linux/uio.h>

enum { DESCRIPTOR_COUNT = 64, FIRST_FREE_DESCRIPTOR = 3, IO_VECTOR_MAX = 1024, BLOCK_SIZE = 4096 };

/* file NULL: closed, or one of the standard three. */
static struct descriptor {
    const struct image_file *file;
    uint64_t offset;
} descriptors[DESCRIPTOR_COUNT];

const struct image_file *file_find(const char *name)
{
    const struct image_file *files = at(image_header.files);
    for (uint32_t i = 0; i < image_header.file_count; ++i)
        if (same_text(at(files[i].name), name))
            return &files[i];
    return NULL;
}

const struct image_file *file_of_descriptor(uint64_t descriptor)
{
    return descriptor < DESCRIPTOR_COUNT ? descriptors[descriptor].file : NULL;
}

static bool is_standard(uint64_t descriptor)
{
    return descriptor < FIRST_FREE_DESCRIPTOR;
}

/* Copies from a file; returns the bytes copied, fewer than length at the end of the file. */
static long read_at(const struct image_file *file, uint64_t offset, uint64_t to, uint64_t length)
{
    if (!program_can_write(to, length))
        return -EFAULT;
    const uint64_t rest = offset < file->size ? file->size - offset : 0;
    const uint64_t part = length < rest ? length : rest;
    memcpy(at(to), (const uint8_t *)at(file->data) + offset, part);
    return (long)part;
}

long call_read(const uint64_t *arg)
{
    const struct image_file *file = file_of_descriptor(arg[0]);
    if (file == NULL)
        return arg[0] == 0 ? 0 : -EBADF;
    const long got = read_at(file, descriptors[arg[0]].offset, arg[1], arg[2]);
    if (got > 0)
        descriptors[arg[0]].offset += (uint64_t)got;
    return got;
}

long call_pread64(const uint64_t *arg)
{
    const struct image_file *file = file_of_descriptor(arg[0]);
    if (file == NULL)
        return is_standard(arg[0]) ? -ESPIPE : -EBADF;
    return read_at(file, arg[3], arg[1], arg[2]);
}

long call_write(const uint64_t *arg)
{
    if (arg[0] != 1 && arg[0] != 2)
        return -EBADF;
    if (!program_can_read(arg[1], arg[2]))
        return -EFAULT;
    console_write(arg[0] == 1 ? STREAM_STDOUT : STREAM_STDERR, at(arg[1]), arg[2]);
    return (long)arg[2];
}

/* readv and writev: one call for each part, until one fails or is short. */
static long each_part(const uint64_t *arg, long (*call)(const uint64_t *arg))
{
    const struct iovec *parts = at(arg[1]);
    long total = 0;
    if (arg[2] > IO_VECTOR_MAX)
        return -EINVAL;
    if (!program_can_read(arg[1], arg[2] * sizeof *parts))
        return -EFAULT;
    for (uint64_t i = 0; i < arg[2]; ++i) {
        const uint64_t part_arg[3] = {arg[0], (uint64_t)parts[i].iov_base, parts[i].iov_len};
        const long done = call(part_arg);
        if (done < 0)
            return total > 0 ? total : done;
        total += done;
        if ((uint64_t)done < parts[i].iov_len)
            break;
    }
    return total;
}

long call_readv(const uint64_t *arg)
{
    return each_part(arg, call_read);
}

long call_writev(const uint64_t *arg)
{
    return each_part(arg, call_write);
}

static long open_path(uint64_t path, uint64_t flags)
{
    if (!program_can_read_text(path))
        return -EFAULT;
    const struct image_file *file = file_find(at(path));
    if ((flags & O_ACCMODE) != O_RDONLY || (file == NULL && (flags & O_CREAT) != 0))
        return -EROFS;
    if (file == NULL)
        return -ENOENT;
    for (unsigned i = FIRST_FREE_DESCRIPTOR; i < DESCRIPTOR_COUNT; ++i) {
        if (descriptors[i].file == NULL) {
            descriptors[i] = (struct descriptor){.file = file};
            return i;
        }
    }
    return -EMFILE;
}

long call_open(const uint64_t *arg)
{
    return open_path(arg[0], arg[1]);
}

long call_openat(const uint64_t *arg)
{
    return open_path(arg[1], arg[2]);
}

long call_close(const uint64_t *arg)
{
    if (file_of_descriptor(arg[0]) == NULL)
        return is_standard(arg[0]) ? 0 : -EBADF;
    descriptors[arg[0]].file = NULL;
    return 0;
}

long call_lseek(const uint64_t *arg)
{
    enum { FROM_START, FROM_HERE, FROM_END };
    const struct image_file *file = file_of_descriptor(arg[0]);
    if (file == NULL)
        return is_standard(arg[0]) ? -ESPIPE : -EBADF;
    uint64_t offset = arg[1];
    if (arg[2] == FROM_HERE)
        offset += descriptors[arg[0]].offset;
    else if (arg[2] == FROM_END)
        offset += file->size;
    else if (arg[2] != FROM_START)
        return -EINVAL;
    if ((long)offset < 0)
        return -EINVAL;
    descriptors[arg[0]].offset = offset;
    return (long)offset;
}

/* file NULL: a standard stream, which says it is a pipe. */
static long fill_stat(uint64_t to, const struct image_file *file)
{
    if (!program_can_write(to, sizeof(struct stat)))
        return -EFAULT;
    struct stat *status = at(to);
    memset(status, 0, sizeof *status);
    status->st_nlink = 1;
    status->st_blksize = BLOCK_SIZE;
    status->st_mode = S_IFIFO | 0600;
    if (file != NULL) {
        const struct image_file *files = at(image_header.files);
        status->st_dev = 1;
        status->st_ino = (unsigned long)(file - files) + 1;
        status->st_mode = S_IFREG | 0755;
        status->st_size = file->size;
    }
    return 0;
}

static long stat_path(uint64_t path, uint64_t to)
{
    if (!program_can_read_text(path))
        return -EFAULT;
    const struct image_file *file = file_find(at(path));
    return file == NULL ? -ENOENT : fill_stat(to, file);
}

long call_stat(const uint64_t *arg)
{
    return stat_path(arg[0], arg[1]);
}

long call_fstat(const uint64_t *arg)
{
    const struct image_file *file = file_of_descriptor(arg[0]);
    return file == NULL && !is_standard(arg[0]) ? -EBADF : fill_stat(arg[1], file);
}

/* newfstatat(folder, path, status, flags): an empty path means the descriptor itself. */
long call_newfstatat(const uint64_t *arg)
{
    if (!program_can_read_text(arg[1]))
        return -EFAULT;
    const uint64_t as_fstat[2] = {arg[0], arg[2]};
    return *(const char *)at(arg[1]) == '\0' ? call_fstat(as_fstat) : stat_path(arg[1], arg[2]);
}

long call_fcntl(const uint64_t *arg)
{
    const bool is_file = file_of_descriptor(arg[0]) != NULL;
    if (!is_file && !is_standard(arg[0]))
        return -EBADF;
    switch (arg[1]) {
    case F_GETFD:
    case F_SETFD:
    case F_SETFL:
        return 0;
    case F_GETFL:
        return is_file || arg[0] == 0 ? O_RDONLY : O_WRONLY;
    default:
        return -EINVAL;
    }
}
