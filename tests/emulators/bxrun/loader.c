/*
 * loader.c: ELF programs and ld.so: their segments go to where the file wants them, or to a given base.
 */
#include "cpu.h"
#include "kernel.h"

#include <elf.h>
#include <linux/mman.h>

static _Noreturn void refuse(const char *reason)
{
    message("cannot load the program: %s", reason);
    machine_exit(EXIT_NOT_EXECUTABLE);
}

static int segment_protection(uint32_t flags)
{
    return ((flags & PF_R) != 0 ? PROT_READ : 0) | ((flags & PF_W) != 0 ? PROT_WRITE : 0) |
           ((flags & PF_X) != 0 ? PROT_EXEC : 0);
}

static void load_segment(const uint8_t *file, uint64_t size, const Elf64_Phdr *segment, uint64_t address)
{
    if (segment->p_offset > size || segment->p_filesz > size - segment->p_offset ||
        segment->p_filesz > segment->p_memsz)
        refuse("a segment reaches past the end of the file");
    if (address < PROGRAM_LOW || address >= IMAGE_ADDRESS || segment->p_memsz > IMAGE_ADDRESS - address)
        refuse("a segment lies below 1 MiB or above 256 MiB");
    const uint64_t end = address + segment->p_filesz;
    memcpy(at(address), file + segment->p_offset, segment->p_filesz);
    memset(at(end), 0, page_up(address + segment->p_memsz) - end);
    paging_protect(address, segment->p_memsz, segment_protection(segment->p_flags));
}

struct loaded load_elf(const uint8_t *file, uint64_t size, uint64_t dynamic_base)
{
    const Elf64_Ehdr *header = (const Elf64_Ehdr *)file;
    if (size < sizeof *header || !(file[0] == 0x7f && file[1] == 'E' && file[2] == 'L' && file[3] == 'F'))
        refuse("it is no ELF file");
    if (file[EI_CLASS] != ELFCLASS64 || header->e_machine != EM_X86_64 ||
        (header->e_type != ET_EXEC && header->e_type != ET_DYN))
        refuse("it is not an x86-64 executable");
    if (header->e_phentsize != sizeof(Elf64_Phdr) || header->e_phoff > size ||
        header->e_phnum * sizeof(Elf64_Phdr) > size - header->e_phoff)
        refuse("its program headers are not in the file");

    struct loaded loaded = {.bias = header->e_type == ET_DYN ? dynamic_base : 0,
                            .header_count = header->e_phnum};
    loaded.entry = header->e_entry + loaded.bias;
    const Elf64_Phdr *segments = (const Elf64_Phdr *)(file + header->e_phoff);
    for (unsigned i = 0; i < header->e_phnum; ++i) {
        const Elf64_Phdr *segment = &segments[i];
        const uint64_t address = segment->p_vaddr + loaded.bias;
        if (segment->p_type == PT_INTERP && segment->p_offset < size)
            loaded.interpreter = (const char *)file + segment->p_offset;
        if (segment->p_type != PT_LOAD || segment->p_memsz == 0)
            continue;
        load_segment(file, size, segment, address);
        if (address + segment->p_memsz > loaded.end)
            loaded.end = address + segment->p_memsz;
        if (header->e_phoff >= segment->p_offset && header->e_phoff - segment->p_offset < segment->p_filesz)
            loaded.headers = address + header->e_phoff - segment->p_offset;
    }
    return loaded;
}
