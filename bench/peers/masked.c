/*
 * masked.c: finding the CPUID instructions of a library, and making and loading copies without them.
 */
#include "masked.h"

#include "base/files.h"
#include "base/process.h"

#include <dlfcn.h>
#include <elf.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

const unsigned char masked_code[MASKED_BYTES] = {0x0f, 0x0a};
static const unsigned char cpuid_code[MASKED_BYTES] = {0x0f, 0xa2};

static struct position in_file(const char *path)
{
    return (struct position){.file = path};
}

/* ---- the instructions ---------------------------------------------------------------------------------- */

static bool has_cpuid_bytes(const struct text *bytes)
{
    return memmem(bytes->data, bytes->length, cpuid_code, sizeof cpuid_code) != NULL;
}

/* The lines of a disassembly that are CPUID: "  13f2a1:\tcpuid". */
static enum exit_status disassemble(const char *library, struct text *lines)
{
    const char *const argv[] = {"sh", "-c",    "objdump -d --no-show-raw-insn \"$1\" | grep -w cpuid",
                                "sh", library, NULL};
    struct process process = {.argv = argv};
    if (!program_exists("objdump"))
        return diag_error(DIAG_TOOL, NOWHERE, "objdump is not installed, expected Debian's package binutils");
    const enum exit_status status = process_run(&process);
    *lines = process.output;
    process.output = (struct text){0};
    process_free(&process);
    return status;
}

/* Where an address of the program lies in its file; SIZE_MAX: nowhere. */
static size_t file_offset(const struct text *bytes, uint64_t address)
{
    Elf64_Ehdr header;
    memcpy(&header, bytes->data, sizeof header);
    for (size_t i = 0; i < header.e_phnum; ++i) {
        Elf64_Phdr segment;
        const size_t at = header.e_phoff + i * sizeof segment;
        if (at > bytes->length || bytes->length - at < sizeof segment)
            break;
        memcpy(&segment, bytes->data + at, sizeof segment);
        if (segment.p_type == PT_LOAD && address >= segment.p_vaddr &&
            address - segment.p_vaddr < segment.p_filesz)
            return segment.p_offset + (address - segment.p_vaddr);
    }
    return SIZE_MAX;
}

static bool is_elf64(const struct text *bytes)
{
    return bytes->length > sizeof(Elf64_Ehdr) && memcmp(bytes->data, ELFMAG, SELFMAG) == 0 &&
           bytes->data[EI_CLASS] == ELFCLASS64;
}

/* Replaces the instruction of one line of the disassembly. */
static enum exit_status mask(const char *library, const char *line, struct text *bytes)
{
    const uint64_t address = strtoull(line, NULL, 16);
    const size_t at = file_offset(bytes, address);
    if (at >= bytes->length || bytes->length - at < MASKED_BYTES ||
        memcmp(bytes->data + at, cpuid_code, MASKED_BYTES) != 0)
        return diag_error(DIAG_FILE_FORMAT, in_file(library),
                          "no CPUID at %#llx, where objdump has found one", (unsigned long long)address);
    memcpy(bytes->data + at, masked_code, MASKED_BYTES);
    return STATUS_DONE;
}

/* Replaces all of them. *count: how many there were. */
static enum exit_status mask_all(const char *library, struct text *bytes, size_t *count)
{
    struct text lines = {0};
    enum exit_status status = disassemble(library, &lines);
    *count = 0;
    for (const char *line = lines.data; status == STATUS_DONE && line != NULL && *line != '\0';) {
        status = mask(library, line, bytes);
        ++*count;
        line = strchr(line, '\n');
        line += line != NULL;
    }
    text_free(&lines);
    return status;
}

/* ---- copies -------------------------------------------------------------------------------------------- */

/* Changes when the library does. */
static enum exit_status name_copy(const char *library, const char *folder, struct text *path)
{
    struct stat about;
    struct text key = {0};
    char digest[33];
    const char *slash = strrchr(library, '/');
    if (stat(library, &about) != 0)
        return diag_error(DIAG_FILE_MISSING, in_file(library), "is not there, expected a shared library");
    text_printf(&key, "%s %lld %lld.%09ld", library, (long long)about.st_size,
                (long long)about.st_mtim.tv_sec, about.st_mtim.tv_nsec);
    if (!key.failed) {
        digest_bytes(key.data, key.length, digest);
        text_printf(path, "%s/%s-%s", folder, digest, slash != NULL ? slash + 1 : library);
    }
    const bool failed = key.failed || path->failed;
    text_free(&key);
    return failed ? diag_memory() : STATUS_DONE;
}

/* Writes the copy to path; *needed false: there is nothing to be replaced, and none is written. */
static enum exit_status make_copy(const char *library, const char *folder, const char *path, bool *needed)
{
    struct text bytes = {0};
    size_t count = 0;
    enum exit_status status = file_read(library, &bytes);
    if (status == STATUS_DONE && !is_elf64(&bytes))
        status = diag_error(DIAG_FILE_FORMAT, in_file(library),
                            "is no 64-bit ELF file, expected a shared library");
    if (status == STATUS_DONE && has_cpuid_bytes(&bytes))
        status = mask_all(library, &bytes, &count);
    *needed = count > 0;
    if (status == STATUS_DONE && *needed)
        status = folder_make(folder);
    if (status == STATUS_DONE && *needed)
        status = file_write(path, bytes.data, bytes.length, NULL);
    text_free(&bytes);
    return status;
}

enum exit_status masked_copy(const char *library, const char *folder, char **copy)
{
    struct text path = {0};
    bool needed = true;
    *copy = NULL;
    enum exit_status status = name_copy(library, folder, &path);
    if (status == STATUS_DONE && !path_exists(path.data))
        status = make_copy(library, folder, path.data, &needed);
    if (status == STATUS_DONE) {
        *copy = strdup(needed ? path.data : library);
        status = *copy != NULL ? STATUS_DONE : diag_memory();
    }
    text_free(&path);
    return status;
}

/* ---- dependencies -------------------------------------------------------------------------------------- */

static bool is_loaded(const char *name)
{
    void *handle = dlopen(name, RTLD_NOW | RTLD_NOLOAD);
    if (handle != NULL)
        dlclose(handle);
    return handle != NULL;
}

static enum exit_status load_copy(const char *name, const char *library, const char *folder)
{
    char *copy = NULL;
    if (is_loaded(name))
        return STATUS_DONE;
    enum exit_status status = masked_copy(library, folder, &copy);
    if (status == STATUS_DONE && strcmp(copy, library) != 0 && dlopen(copy, RTLD_NOW | RTLD_LOCAL) == NULL)
        status = diag_error(DIAG_LOAD, in_file(copy), "%s", dlerror());
    free(copy);
    return status;
}

/* A line of ldd: "\tlibdnnl.so.2 => /usr/lib/libdnnl.so.2 (0x...)". Others are passed over. */
static enum exit_status load_line(char *line, const char *folder)
{
    char *arrow = strstr(line, " => /");
    if (arrow == NULL)
        return STATUS_DONE;
    char *library = arrow + strlen(" => ");
    *arrow = '\0';
    library[strcspn(library, " ")] = '\0';
    return load_copy(line + strspn(line, " \t"), library, folder);
}

/*
 * What a library depends on stands behind it in ldd's list, and has to be loaded before it: so from the end.
 */
static enum exit_status load_lines(char *lines, const char *folder)
{
    enum exit_status status = STATUS_DONE;
    for (char *end; status == STATUS_DONE && (end = strrchr(lines, '\n')) != NULL;) {
        *end = '\0';
        status = load_line(end + 1, folder);
    }
    return status == STATUS_DONE ? load_line(lines, folder) : status;
}

enum exit_status masked_load_dependencies(const char *object, const char *folder)
{
    const char *const argv[] = {"ldd", object, NULL};
    struct process process = {.argv = argv};
    enum exit_status status = process_run(&process);
    if (status == STATUS_DONE && process.output.data != NULL)
        status = load_lines(process.output.data, folder);
    process_free(&process);
    return status;
}
