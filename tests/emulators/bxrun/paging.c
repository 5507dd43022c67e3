/*
 * paging.c: page tables that map all RAM onto itself in 4 KiB pages, and the kernel's own memory.
 *
 * The kernel may touch every page (CR0.WP is off, so also read-only ones). What the program may do is in the
 * entry's user and writable bits; there is no execute permission, so PROT_EXEC means PROT_READ.
 */
#include "cpu.h"
#include "kernel.h"

#include <linux/mman.h>

static uint64_t *page_entries; /* one for each page of RAM, all tables in a row */
static uint64_t ram_end;
static uint64_t allocated_end;

void *kernel_allocate(uint64_t bytes)
{
    const uint64_t address = allocated_end;
    if (page_up(bytes) > ram_end - address) {
        message("not enough RAM: give more with -m");
        machine_exit(EXIT_BXRUN);
    }
    allocated_end += page_up(bytes);
    return memset(at(address), 0, page_up(bytes));
}

uint64_t kernel_memory_end(void)
{
    return allocated_end;
}

/* Fills count entries that point to count tables in a row. */
static void point_to_tables(uint64_t *entries, const uint64_t *tables, uint64_t count)
{
    for (uint64_t i = 0; i < count; ++i)
        entries[i] = (uint64_t)(tables + TABLE_ENTRIES * i) | PAGE_USER | PAGE_WRITABLE | PAGE_PRESENT;
}

void paging_begin(uint64_t ram_size, uint64_t image_end)
{
    ram_end = ram_size;
    allocated_end = page_up(image_end);

    const uint64_t pages = ram_size / PAGE_SIZE;
    const uint64_t tables = (pages + TABLE_ENTRIES - 1) / TABLE_ENTRIES;
    const uint64_t directories = (tables + TABLE_ENTRIES - 1) / TABLE_ENTRIES;
    uint64_t *top = kernel_allocate(PAGE_SIZE);
    uint64_t *pointers = kernel_allocate(PAGE_SIZE);
    uint64_t *directory_entries = kernel_allocate(directories * PAGE_SIZE);
    page_entries = kernel_allocate(tables * PAGE_SIZE);
    point_to_tables(top, pointers, 1);
    point_to_tables(pointers, directory_entries, directories);
    point_to_tables(directory_entries, page_entries, tables);
    for (uint64_t page = 0; page < pages; ++page)
        page_entries[page] = page * PAGE_SIZE | PAGE_WRITABLE | PAGE_PRESENT;
    cpu_set_page_tables(top);
}

void paging_protect(uint64_t address, uint64_t length, int protection)
{
    uint64_t bits = PAGE_PRESENT | PAGE_WRITABLE;
    if (protection != PROT_NONE)
        bits = PAGE_PRESENT | PAGE_USER | ((protection & PROT_WRITE) != 0 ? PAGE_WRITABLE : 0);
    for (uint64_t page = page_down(address); page < page_up(address + length); page += PAGE_SIZE) {
        page_entries[page / PAGE_SIZE] = page | bits;
        cpu_forget_page(page);
    }
}

/* Are all wanted bits set in the entries of all pages of these bytes? */
static bool pages_have(uint64_t address, uint64_t length, uint64_t bits)
{
    if (address > ram_end || length > ram_end - address)
        return false;
    for (uint64_t page = page_down(address); page < address + length; page += PAGE_SIZE)
        if ((page_entries[page / PAGE_SIZE] & bits) != bits)
            return false;
    return true;
}

bool program_can_read(uint64_t address, uint64_t length)
{
    return pages_have(address, length, PAGE_USER);
}

bool program_can_write(uint64_t address, uint64_t length)
{
    return pages_have(address, length, PAGE_USER | PAGE_WRITABLE);
}

bool program_can_read_text(uint64_t address)
{
    while (program_can_read(address, 1)) {
        const char *text = at(address);
        const uint64_t rest = PAGE_SIZE - address % PAGE_SIZE;
        for (uint64_t i = 0; i < rest; ++i)
            if (text[i] == '\0')
                return true;
        address += rest;
    }
    return false;
}
