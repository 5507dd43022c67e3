/*
 * code_size.c: the sizes of an ELF file's executable sections.
 */
#include "inspect/code_size.h"

#include "base/files.h"

#include <elf.h>
#include <string.h>

uint64_t code_size(const char *object)
{
    struct text bytes = {0};
    uint64_t size = 0;
    Elf64_Ehdr header;
    if (file_load(object, &bytes) == 0 && bytes.length >= sizeof header) {
        memcpy(&header, bytes.data, sizeof header);
        const bool is_elf =
            memcmp(header.e_ident, ELFMAG, SELFMAG) == 0 && header.e_ident[EI_CLASS] == ELFCLASS64;
        for (size_t i = 0; is_elf && i < header.e_shnum; ++i) {
            Elf64_Shdr section;
            const uint64_t at = header.e_shoff + i * sizeof section;
            if (at + sizeof section > bytes.length)
                break;
            memcpy(&section, bytes.data + at, sizeof section);
            if ((section.sh_flags & SHF_EXECINSTR) != 0)
                size += section.sh_size;
        }
    }
    text_free(&bytes);
    return size;
}
