/*
 * format.h: what bxmk, the boot ROM, the kernel and bxout agree on: the image in RAM, and the output stream.
 *
 * The image lies at IMAGE_ADDRESS: the kernel (which starts with struct image_header), then what bxmk
 * appends: argument strings, the ELF program, a table of files, the files. All addresses are physical, which
 * is the same as virtual here.
 */
#ifndef BXRUN_FORMAT_H
#define BXRUN_FORMAT_H

#define IMAGE_ADDRESS 0x10000000 /* 256 MiB: the program itself lies below, its mappings above the image */
#define IMAGE_MAGIC   0x4e525842 /* "BXRN" */

/* Offsets in struct image_header, for the assembly sources. */
#define IMAGE_OFFSET_ENTRY 4
#define IMAGE_OFFSET_SIZE  8

/* The boot ROM: its length, where its last words name an image carried in the ROM itself (0: none). */
#define ROM_STUB_SIZE          0x10000
#define ROM_STUB_OFFSET_SOURCE 0xffe0

/*
 * The output stream: bytes on Bochs' debug port. It starts with STREAM_MAGIC (what Bochs printed before is
 * skipped), then come records, numbers little-endian:
 *     STREAM_STDOUT or STREAM_STDERR, length in 4 bytes, that many bytes
 *     STREAM_EXIT, exit code in 4 bytes, executed instructions in 8 bytes: the last one
 */
#define STREAM_MAGIC  "\n@@BXRUN-STREAM\n"
#define STREAM_STDOUT 'o'
#define STREAM_STDERR 'e'
#define STREAM_EXIT   'x'

/* Exit code for troubles of bxrun itself, and for a program that cannot be loaded. */
#define EXIT_BXRUN          125
#define EXIT_NOT_EXECUTABLE 126

#ifndef __ASSEMBLER__

#include <stddef.h>
#include <stdint.h>

struct image_header {
    uint32_t magic;
    uint32_t entry;        /* 32-bit code, entered with flat segments and paging off */
    uint32_t size;         /* of the whole image, a multiple of 4096; from here on filled by bxmk */
    uint32_t payload;      /* offset of the first byte after the kernel */
    uint32_t checksum;     /* sum of the 32-bit words from payload to size */
    uint32_t ram_size;     /* bytes */
    uint32_t arg_count;    /* strings: first the arguments, ... */
    uint32_t env_count;    /* ... then the environment */
    uint32_t strings;      /* address of the NUL-terminated strings, one after the other */
    uint32_t strings_size; /* bytes, NULs included */
    uint32_t program;      /* address of the ELF file */
    uint32_t program_size;
    uint32_t file_count;
    uint32_t files; /* address of file_count struct image_file */
};

struct image_file {
    uint32_t name; /* address of the path the program opens, NUL-terminated */
    uint32_t data; /* address */
    uint32_t size; /* bytes */
    uint32_t reserved;
};

_Static_assert(offsetof(struct image_header, entry) == IMAGE_OFFSET_ENTRY, "used by rom.S");
_Static_assert(offsetof(struct image_header, size) == IMAGE_OFFSET_SIZE, "used by rom.S");

#endif
#endif
