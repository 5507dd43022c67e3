/*
 * cpu.h: x86-64 constants for C and assembly (Intel SDM volume 3, chapters 2 to 6), with the few privileged
 * instructions as functions.
 */
#ifndef BXRUN_CPU_H
#define BXRUN_CPU_H

/* Control registers. */
#define CR0_MP         0x00000002 /* with NE and without EM, TS: floating point in hardware */
#define CR0_EM         0x00000004
#define CR0_TS         0x00000008
#define CR0_NE         0x00000020
#define CR0_PG         0x80000000
#define CR4_PAE        0x00000020
#define CR4_PGE        0x00000080
#define CR4_OSFXSR     0x00000200
#define CR4_OSXMMEXCPT 0x00000400
#define CR4_OSXSAVE    0x00040000

/* XCR0: x87, SSE, AVX, and the three AVX-512 parts (mask registers, upper halves, zmm16-31). */
#define XCR0_STATES 0xe7

/* Model-specific registers. */
#define MSR_EFER    0xc0000080
#define MSR_STAR    0xc0000081
#define MSR_LSTAR   0xc0000082
#define MSR_FMASK   0xc0000084
#define MSR_FS_BASE 0xc0000100
#define MSR_GS_BASE 0xc0000101
#define EFER_SCE    0x001 /* SYSCALL works */
#define EFER_LME    0x100 /* long mode */

/* CPUID. */
#define CPUID_FEATURES       1
#define CPUID_ECX_XSAVE_BIT  26
#define CPUID_EXTENDED_STATE 0xd

/* Flags register. */
#define RFLAGS_ALWAYS 0x00002
#define RFLAGS_TF     0x00100
#define RFLAGS_IF     0x00200
#define RFLAGS_DF     0x00400
#define RFLAGS_AC     0x40000

/* Segment selectors of the table in start.S. SYSRET wants user data below user code. */
#define SEGMENT_KERNEL_CODE 0x08
#define SEGMENT_KERNEL_DATA 0x10
#define SEGMENT_USER_DATA   0x18
#define SEGMENT_USER_CODE   0x20
#define SEGMENT_TASK        0x28
#define PRIVILEGE_USER      3

/* Page table entries. */
#define PAGE_PRESENT  0x01
#define PAGE_WRITABLE 0x02
#define PAGE_USER     0x04
#define PAGE_LARGE    0x80 /* 2 MiB, in a page directory */

#define PAGE_SIZE       4096
#define LARGE_PAGE_SIZE 0x200000
#define TABLE_ENTRIES   512

/* Exceptions 0 to 21 are defined; each has a stub of STUB_SIZE bytes in start.S. */
#define EXCEPTION_COUNT 22
#define STUB_SIZE       16

#ifndef __ASSEMBLER__

#include <stdint.h>

static inline void cpu_write_msr(uint32_t msr, uint64_t value)
{
    __asm__ volatile("wrmsr" : : "c"(msr), "a"((uint32_t)value), "d"((uint32_t)(value >> 32)));
}

/* In Bochs with ips=1000000000 and clock sync off this counts executed instructions, exactly. */
static inline uint64_t cpu_ticks(void)
{
    uint32_t low, high;
    __asm__ volatile("rdtsc" : "=a"(low), "=d"(high));
    return low | (uint64_t)high << 32;
}

static inline uint64_t cpu_fault_address(void)
{
    uint64_t address;
    __asm__ volatile("mov %%cr2, %0" : "=r"(address));
    return address;
}

static inline void cpu_set_page_tables(const uint64_t *top)
{
    __asm__ volatile("mov %0, %%cr3" : : "r"(top) : "memory");
}

static inline void cpu_forget_page(uint64_t address)
{
    __asm__ volatile("invlpg (%0)" : : "r"(address) : "memory");
}

/* EDX of CPUID leaf 1, which Linux hands to programs as AT_HWCAP. */
static inline uint32_t cpu_features(void)
{
    uint32_t a = CPUID_FEATURES, b, c = 0, d;
    __asm__ volatile("cpuid" : "+a"(a), "=b"(b), "+c"(c), "=d"(d));
    return d;
}

#endif
#endif
