/*
 * elf_file.c: whether a shared library is all there. The dynamic linker maps a file that was cut off without
 * looking, and the first access to what is missing ends the process by SIGBUS.
 */
#include "internal.h"

#include <fcntl.h>
#include <link.h>
#include <sys/stat.h>
#include <unistd.h>

/* Reads exactly size bytes. */
static bool read_at(int file, void *to, size_t size, uint64_t offset)
{
    return offset <= INT64_MAX - size && pread(file, to, size, (off_t)offset) == (ssize_t)size;
}

/* The header, when the file is ELF of this machine's word size; what else it is, dlopen tells better. */
static bool read_header(int file, ElfW(Ehdr) * header)
{
    const unsigned char class = sizeof(void *) == 8 ? ELFCLASS64 : ELFCLASS32;
    return read_at(file, header, sizeof *header, 0) && memcmp(header->e_ident, ELFMAG, SELFMAG) == 0 &&
           header->e_ident[EI_CLASS] == class && header->e_phentsize == sizeof(ElfW(Phdr));
}

/* True when the bytes of every segment that is to be mapped lie below size. */
static bool segments_inside(int file, const ElfW(Ehdr) * header, uint64_t size)
{
    for (unsigned i = 0; i < header->e_phnum; ++i) {
        ElfW(Phdr) segment;
        if (!read_at(file, &segment, sizeof segment, header->e_phoff + (uint64_t)i * sizeof segment))
            return false;
        if (segment.p_type == PT_LOAD &&
            (segment.p_offset > size || segment.p_filesz > size - segment.p_offset))
            return false;
    }
    return true;
}

bool sepcc_elf_file_whole(const char *path)
{
    ElfW(Ehdr) header;
    struct stat status;
    bool whole = true;
    const int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0)
        return true;
    if (fstat(file, &status) == 0 && S_ISREG(status.st_mode) && read_header(file, &header))
        whole = segments_inside(file, &header, (uint64_t)status.st_size);
    close(file);
    return whole;
}
