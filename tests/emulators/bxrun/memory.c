/*
 * memory.c: the program's memory: stack, heap (brk), and mappings, which are found first-fit in an arena that
 * reaches to the end of RAM.
 */
#include "cpu.h"
#include "kernel.h"

#include <asm/errno.h>
#include <linux/mman.h>

/* State of an arena page. RAM starts out as zeroes, so only pages that were given before need cleaning. */
enum { PAGE_TAKEN = 1, PAGE_USED_BEFORE = 2 };

static uint8_t *page_states; /* of every page of RAM; only those of the arena are used */
static uint64_t arena_start, arena_end, arena_next;
static uint64_t stack_start;
static uint64_t heap_start, heap_end, heap_limit;

uint64_t memory_begin(uint64_t ram_size)
{
    page_states = kernel_allocate(ram_size / PAGE_SIZE);
    (void)kernel_allocate(PAGE_SIZE); /* the guard page below the stack */
    stack_start = (uint64_t)kernel_allocate(STACK_SIZE);
    paging_protect(stack_start, STACK_SIZE, PROT_READ | PROT_WRITE);
    arena_start = arena_next = kernel_memory_end() + PAGE_SIZE;
    arena_end = ram_size;
    return stack_start + STACK_SIZE;
}

void memory_set_heap(uint64_t start, uint64_t limit)
{
    heap_start = heap_end = start;
    heap_limit = limit;
}

/* Is the range the program's to map and protect: below the image, or from its stack upwards? */
static bool range_is_programs(uint64_t address, uint64_t length)
{
    if (address >= PROGRAM_LOW && address < IMAGE_ADDRESS)
        return length <= IMAGE_ADDRESS - address;
    return address >= stack_start && address <= arena_end && length <= arena_end - address;
}

/* The first run of free pages from address on that holds length bytes; 0 when there is none. */
static uint64_t arena_find(uint64_t address, uint64_t length)
{
    uint64_t found = 0;
    for (; address < arena_end && found < length; address += PAGE_SIZE)
        found = (page_states[address / PAGE_SIZE] & PAGE_TAKEN) != 0 ? 0 : found + PAGE_SIZE;
    return found < length ? 0 : address - length;
}

/* Takes the arena pages in a range of whole pages and zeroes all pages in it that may hold something. */
static void take_pages(uint64_t address, uint64_t length)
{
    for (uint64_t page = address; page < address + length; page += PAGE_SIZE) {
        uint8_t *state = &page_states[page / PAGE_SIZE];
        if (page < arena_start || *state != 0)
            memset(at(page), 0, PAGE_SIZE);
        *state = PAGE_TAKEN | PAGE_USED_BEFORE;
    }
}

static void free_pages(uint64_t address, uint64_t length)
{
    paging_protect(address, length, PROT_NONE);
    for (uint64_t page = address; page < address + length; page += PAGE_SIZE)
        page_states[page / PAGE_SIZE] &= (uint8_t)~PAGE_TAKEN;
}

/* Zeroed pages from the arena, still without permissions; 0 when it is full. length in whole pages. */
static uint64_t arena_take(uint64_t length)
{
    uint64_t address = arena_find(arena_next, length);
    if (address == 0)
        address = arena_find(arena_start, length);
    if (address == 0)
        return 0;
    take_pages(address, length);
    arena_next = address + length;
    return address;
}

/* mmap(address, length, protection, flags, descriptor, offset): all mappings are private copies. */
long call_mmap(const uint64_t *arg)
{
    const uint64_t offset = arg[5];
    const struct image_file *file = NULL;
    if (arg[1] == 0 || arg[1] > UINT32_MAX || offset % PAGE_SIZE != 0)
        return arg[1] > UINT32_MAX ? -ENOMEM : -EINVAL;
    if ((arg[3] & MAP_ANONYMOUS) == 0) {
        file = file_of_descriptor(arg[4]);
        if (file == NULL)
            return -EBADF;
    }

    const uint64_t length = page_up(arg[1]);
    uint64_t address = arg[0];
    if ((arg[3] & MAP_FIXED) == 0) {
        address = arena_take(length);
        if (address == 0)
            return -ENOMEM;
    } else {
        if (address % PAGE_SIZE != 0 || !range_is_programs(address, length))
            return -ENOMEM;
        take_pages(address, length);
    }

    if (file != NULL && offset < file->size) {
        const uint64_t rest = file->size - offset;
        memcpy(at(address), (const uint8_t *)at(file->data) + offset, rest < arg[1] ? rest : arg[1]);
    }
    paging_protect(address, length, (int)arg[2]);
    return (long)address;
}

long call_munmap(const uint64_t *arg)
{
    if (arg[0] % PAGE_SIZE != 0 || arg[1] == 0 || !range_is_programs(arg[0], page_up(arg[1])))
        return -EINVAL;
    free_pages(arg[0], page_up(arg[1]));
    return 0;
}

long call_mprotect(const uint64_t *arg)
{
    if (arg[0] % PAGE_SIZE != 0)
        return -EINVAL;
    if (!range_is_programs(arg[0], page_up(arg[1])))
        return -ENOMEM;
    paging_protect(arg[0], arg[1], (int)arg[2]);
    return 0;
}

/* mremap(address, old length, new length, flags): shrinks in place, grows by moving. */
long call_mremap(const uint64_t *arg)
{
    const uint64_t old = page_up(arg[1]), new = page_up(arg[2]);
    if (arg[0] % PAGE_SIZE != 0 || arg[2] == 0 || !range_is_programs(arg[0], old))
        return -EINVAL;
    if (new <= old) {
        free_pages(arg[0] + new, old - new);
        return (long)arg[0];
    }
    const uint64_t address = (arg[3] & MREMAP_MAYMOVE) != 0 && arg[2] <= UINT32_MAX ? arena_take(new) : 0;
    if (address == 0)
        return -ENOMEM;
    memcpy(at(address), at(arg[0]), old);
    paging_protect(address, new, PROT_READ | PROT_WRITE);
    free_pages(arg[0], old);
    return (long)address;
}

/* brk(end): Linux returns the end that holds afterwards, also when it refuses. */
long call_brk(const uint64_t *arg)
{
    if (arg[0] >= heap_start && arg[0] <= heap_limit) {
        const uint64_t from = page_up(heap_end), to = page_up(arg[0]);
        if (to > from) {
            memset(at(from), 0, to - from);
            paging_protect(from, to - from, PROT_READ | PROT_WRITE);
        }
        heap_end = arg[0];
    }
    return (long)heap_end;
}
