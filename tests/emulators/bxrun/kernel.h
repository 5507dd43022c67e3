/*
 * kernel.h: the parts of the kernel, one source file each. It runs a single process with a single thread and
 * no interrupts, out of the image that bxmk made. Addresses are physical and virtual at once. It uses no
 * vector or x87 register, so the program's stay as they are.
 *
 * RAM:  1 MiB .. IMAGE_ADDRESS   the program, its heap (brk), ld.so
 *       IMAGE_ADDRESS ..         kernel, image, page tables: not for the program
 *       .. end of RAM            the program's stack (a guard page below it), then its mappings
 */
#ifndef BXRUN_KERNEL_H
#define BXRUN_KERNEL_H

#include "format.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Filled by bxmk; at IMAGE_ADDRESS, in start.S. */
extern const struct image_header image_header;

/* A pointer to what lies at an address. */
static inline void *at(uint64_t address)
{
    return (void *)address;
}

static inline uint64_t page_up(uint64_t value)
{
    return (value + 4095) & ~4095ul;
}

static inline uint64_t page_down(uint64_t value)
{
    return value & ~4095ul;
}

/* ---- string.c: the functions a compiler expects, and two more ---------------------------------------- */

void *memcpy(void *restrict to, const void *restrict from, size_t length);
void *memset(void *to, int value, size_t length);
size_t strlen(const char *text);
bool same_text(const char *a, const char *b);

/* ---- console.c: the output stream of format.h, and the end ------------------------------------------- */

void console_begin(void);
/* stream: STREAM_STDOUT or STREAM_STDERR. */
void console_write(char stream, const void *bytes, size_t length);
/* A line on the program's standard error, after "bxrun: ". Knows %s, %lu and %lx. */
void message(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* Sends the exit record and switches the machine off. */
_Noreturn void machine_exit(unsigned code);
/* Instructions executed since console_begin or the last ticks_restart. */
uint64_t ticks(void);
void ticks_restart(void);

/* ---- paging.c: page tables and the kernel's own memory ------------------------------------------------ */

/* Maps all RAM, for the kernel only; kernel_allocate gives what follows the image. */
void paging_begin(uint64_t ram_size, uint64_t image_end);
/* Zeroed whole pages, never given back. */
void *kernel_allocate(uint64_t bytes);
/* The first address after what kernel_allocate gave so far. */
uint64_t kernel_memory_end(void);
/* protection: PROT_READ and so on, for the program; PROT_NONE takes the pages away from it. */
void paging_protect(uint64_t address, uint64_t length, int protection);
/* May the program read (write) these bytes, this string? System calls ask before they touch them. */
bool program_can_read(uint64_t address, uint64_t length);
bool program_can_write(uint64_t address, uint64_t length);
bool program_can_read_text(uint64_t address);

/* ---- memory.c: the program's memory, and the system calls on it --------------------------------------- */

enum { PROGRAM_LOW = 0x100000, STACK_SIZE = 8 << 20 };

/* Lays out stack and mappings behind the kernel's memory; returns the top of the stack. */
uint64_t memory_begin(uint64_t ram_size);
/* Where the heap starts, and the address it may not pass. */
void memory_set_heap(uint64_t start, uint64_t limit);

/* System calls take their arguments as an array and return a value or a negated errno. */
long call_mmap(const uint64_t *arg);
long call_munmap(const uint64_t *arg);
long call_mprotect(const uint64_t *arg);
long call_mremap(const uint64_t *arg);
long call_brk(const uint64_t *arg);

/* ---- files.c: the files in the image, and the system calls on files ----------------------------------- */

/* NULL when there is none of that name. */
const struct image_file *file_find(const char *name);
/* Of an open descriptor of the program; NULL when it is none. */
const struct image_file *file_of_descriptor(uint64_t descriptor);

long call_read(const uint64_t *arg);
long call_pread64(const uint64_t *arg);
long call_readv(const uint64_t *arg);
long call_write(const uint64_t *arg);
long call_writev(const uint64_t *arg);
long call_open(const uint64_t *arg);
long call_openat(const uint64_t *arg);
long call_close(const uint64_t *arg);
long call_lseek(const uint64_t *arg);
long call_stat(const uint64_t *arg);
long call_fstat(const uint64_t *arg);
long call_newfstatat(const uint64_t *arg);
long call_fcntl(const uint64_t *arg);

/* ---- syscalls.c --------------------------------------------------------------------------------------- */

/* Prepares the SYSCALL instruction. */
void system_calls_begin(void);

/* ---- exceptions.c ------------------------------------------------------------------------------------- */

/* Prepares the tables that lead exceptions to the kernel. */
void exceptions_begin(void);

/* ---- loader.c: ELF files ------------------------------------------------------------------------------ */

struct loaded {
    uint64_t bias;    /* what was added to the file's addresses */
    uint64_t entry;   /* where to start */
    uint64_t end;     /* first address after its segments */
    uint64_t headers; /* address of the program headers in memory, 0 when they are in no segment */
    uint64_t header_count;
    const char *interpreter; /* ld.so that a dynamic program asks for, or NULL */
};

/* Copies the segments of an ELF file into place; dynamic_base is for files that can lie anywhere. */
struct loaded load_elf(const uint8_t *file, uint64_t size, uint64_t dynamic_base);

/* ---- stack.c ------------------------------------------------------------------------------------------ */

/* Writes arguments, environment and auxiliary vector below top as the ABI has them; returns the new top. */
uint64_t build_stack(uint64_t top, const struct loaded *program, const struct loaded *interpreter);

#endif
