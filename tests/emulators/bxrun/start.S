/*
 * start.S: the kernel's first page: image header, the way to 64-bit mode, entry and exit of system calls,
 * entry of exceptions, and the descriptor table.
 */
#include "cpu.h"
#include "format.h"

#define KERNEL_STACK_SIZE 16384

/* ---- header (struct image_header); bxmk fills what is zero here -------------------------------------- */

    .section .head, "ax"
    .code32
    .global image_header
image_header:
    .long IMAGE_MAGIC
    .long start32
    .fill 12, 4, 0

/* ---- from 32-bit mode without paging to kernel_main -------------------------------------------------- */

start32:
    /* Large pages map the first GiB onto itself until paging.c has made its tables. */
    movl $early_directory, %edi
    movl $(PAGE_LARGE | PAGE_WRITABLE | PAGE_PRESENT), %eax
    movl $TABLE_ENTRIES, %ecx
1:  movl %eax, (%edi)
    movl $0, 4(%edi)
    addl $LARGE_PAGE_SIZE, %eax
    addl $8, %edi
    loop 1b
    movl $(early_directory + PAGE_WRITABLE + PAGE_PRESENT), early_pointers
    movl $(early_pointers + PAGE_WRITABLE + PAGE_PRESENT), early_top
    movl $early_top, %eax
    movl %eax, %cr3

    /* SSE for the program, XSAVE (and so AVX and AVX-512) when the CPU has it; ebp keeps CR4. */
    movl $CPUID_FEATURES, %eax
    cpuid
    movl $(CR4_PAE | CR4_PGE | CR4_OSFXSR | CR4_OSXMMEXCPT), %ebp
    btl  $CPUID_ECX_XSAVE_BIT, %ecx
    jnc  2f
    orl  $CR4_OSXSAVE, %ebp
2:  movl %ebp, %cr4
    movl $MSR_EFER, %ecx
    rdmsr
    orl  $(EFER_LME | EFER_SCE), %eax
    wrmsr
    movl %cr0, %eax
    andl $~(CR0_EM | CR0_TS), %eax
    orl  $(CR0_PG | CR0_MP | CR0_NE), %eax
    movl %eax, %cr0
    lgdt gdt_pointer
    ljmp $SEGMENT_KERNEL_CODE, $start64

    .code64
start64:
    movw $SEGMENT_KERNEL_DATA, %ax
    movw %ax, %ds
    movw %ax, %es
    movw %ax, %ss
    xorl %eax, %eax
    movw %ax, %fs
    movw %ax, %gs
    movq $kernel_stack_top, %rsp
    testl $CR4_OSXSAVE, %ebp
    jz   3f
    movl $CPUID_EXTENDED_STATE, %eax
    xorl %ecx, %ecx
    cpuid                               /* eax: the states this CPU has */
    andl $XCR0_STATES, %eax
    xorl %edx, %edx
    xorl %ecx, %ecx
    xsetbv
3:  fninit
    call kernel_main                    /* does not return */

/* ---- the program: start, system calls ---------------------------------------------------------------- */

/* void enter_program(uint64_t entry, uint64_t stack): all registers zero, as Linux starts one. */
    .global enter_program
enter_program:
    movq %rdi, %rcx                     /* SYSRET: rip from rcx, flags from r11 */
    movq $RFLAGS_ALWAYS, %r11           /* no interrupts, ever */
    movq %rsi, %rsp
    xorl %eax, %eax
    xorl %ebx, %ebx
    xorl %edx, %edx
    xorl %esi, %esi
    xorl %edi, %edi
    xorl %ebp, %ebp
    xorl %r8d, %r8d
    xorl %r9d, %r9d
    xorl %r10d, %r10d
    xorl %r12d, %r12d
    xorl %r13d, %r13d
    xorl %r14d, %r14d
    xorl %r15d, %r15d
    sysretq

/*
 * SYSCALL comes here: rax number, rdi rsi rdx r10 r8 r9 arguments, rcx return address, r11 flags. Pushes make
 * struct system_call. The C code keeps rbx, rbp, r12-r15 and uses no vector register, so that all others come
 * back as they were, but for rax.
 */
    .global system_call_entry
system_call_entry:
    movq %rsp, program_stack(%rip)
    movq $kernel_stack_top, %rsp
    pushq program_stack(%rip)
    pushq %rcx
    pushq %r11
    pushq %r9
    pushq %r8
    pushq %r10
    pushq %rdx
    pushq %rsi
    pushq %rdi
    pushq %rax
    movq %rsp, %rdi
    call system_call                    /* ten words pushed: the stack is 16-byte aligned */
    popq %rax
    popq %rdi
    popq %rsi
    popq %rdx
    popq %r10
    popq %r8
    popq %r9
    popq %r11
    popq %rcx
    popq %rsp
    sysretq

/* ---- exceptions: each stub pushes a zero where the CPU pushes no error code, then its number ---------- */

    .macro STUB number, cpu_pushes_code
    .balign STUB_SIZE
    .if \cpu_pushes_code == 0
    pushq $0
    .endif
    pushq $\number
    jmp exception_common
    .endm

    .balign STUB_SIZE
    .global exception_stubs
exception_stubs:
    STUB 0, 0                           /* #DE divide */
    STUB 1, 0                           /* #DB debug */
    STUB 2, 0                           /* NMI */
    STUB 3, 0                           /* #BP breakpoint */
    STUB 4, 0                           /* #OF overflow */
    STUB 5, 0                           /* #BR bound */
    STUB 6, 0                           /* #UD invalid instruction */
    STUB 7, 0                           /* #NM no FPU */
    STUB 8, 1                           /* #DF double fault */
    STUB 9, 0
    STUB 10, 1                          /* #TS */
    STUB 11, 1                          /* #NP */
    STUB 12, 1                          /* #SS stack segment */
    STUB 13, 1                          /* #GP general protection */
    STUB 14, 1                          /* #PF page fault */
    STUB 15, 0
    STUB 16, 0                          /* #MF x87 */
    STUB 17, 1                          /* #AC alignment */
    STUB 18, 0                          /* #MC */
    STUB 19, 0                          /* #XM SIMD floating point */
    STUB 20, 0
    STUB 21, 1

exception_common:
    cld
    movq %rsp, %rdi                     /* struct exception; an exception ends the program: nothing to save */
    andq $-16, %rsp
    call exception                      /* does not return */

/* ---- data -------------------------------------------------------------------------------------------- */

    .section .data
    .balign 16
    .global task_descriptor
gdt:
    .quad 0
    .quad 0x00af9a000000ffff            /* kernel code, 64-bit */
    .quad 0x00cf92000000ffff            /* kernel data */
    .quad 0x00cff2000000ffff            /* user data */
    .quad 0x00affa000000ffff            /* user code, 64-bit */
task_descriptor:
    .quad 0, 0                          /* filled by exceptions.c */
gdt_pointer:
    .word . - gdt - 1
    .quad gdt

program_stack:
    .quad 0

    .balign PAGE_SIZE
early_top:
    .fill TABLE_ENTRIES, 8, 0
early_pointers:
    .fill TABLE_ENTRIES, 8, 0
early_directory:
    .fill TABLE_ENTRIES, 8, 0
    .fill KERNEL_STACK_SIZE, 1, 0
    .global kernel_stack_top
kernel_stack_top:

    .section .note.GNU-stack, "", @progbits
