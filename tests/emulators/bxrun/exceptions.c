/*
 * exceptions.c: CPU exceptions. One in the program ends it with 128 + the signal Linux would send, after a
 * line that says where; one in the kernel is bxrun's own failure.
 */
#include "cpu.h"
#include "kernel.h"

#include <asm/signal.h>

enum {
    VECTOR_PAGE_FAULT = 14,
    GATE_INTERRUPT = 0x8e, /* present, ring 0, 64-bit interrupt gate */
    TASK_AVAILABLE = 0x89, /* present, ring 0, 64-bit task state */
    SIGNAL_EXIT_BASE = 128,
};

/* Interrupt descriptor: where an exception leads. */
struct gate {
    uint16_t offset_low;
    uint16_t segment;
    uint8_t stack_table;
    uint8_t type;
    uint16_t offset_middle;
    uint32_t offset_high;
    uint32_t reserved;
};

/* Operand of LIDT. */
struct __attribute__((packed)) table_pointer {
    uint16_t limit;
    uint64_t address;
};

/* Task state: here only the kernel's stack for exceptions. */
struct __attribute__((packed)) task_state {
    uint32_t reserved;
    uint64_t stacks[3];
    uint64_t more[9];
    uint16_t reserved2;
    uint16_t io_map;
};

/* As the stubs in start.S and the CPU push it. */
struct exception {
    uint64_t vector, error, instruction, code_segment, flags, stack, stack_segment;
};

void exception(const struct exception *frame);

static const struct {
    const char *name;
    unsigned signal;
} exceptions[EXCEPTION_COUNT] = {
    [0] = {"#DE divide error", SIGFPE},
    [1] = {"#DB debug", SIGTRAP},
    [2] = {"NMI", SIGSEGV},
    [3] = {"#BP breakpoint", SIGTRAP},
    [4] = {"#OF overflow", SIGSEGV},
    [5] = {"#BR bound range", SIGSEGV},
    [6] = {"#UD invalid instruction", SIGILL},
    [7] = {"#NM no floating point unit", SIGSEGV},
    [8] = {"#DF double fault", SIGSEGV},
    [9] = {"9", SIGSEGV},
    [10] = {"#TS task state", SIGSEGV},
    [11] = {"#NP segment not present", SIGBUS},
    [12] = {"#SS stack segment", SIGBUS},
    [13] = {"#GP general protection", SIGSEGV},
    [14] = {"#PF page fault", SIGSEGV},
    [15] = {"15", SIGSEGV},
    [16] = {"#MF x87 floating point", SIGFPE},
    [17] = {"#AC alignment", SIGBUS},
    [18] = {"#MC machine check", SIGBUS},
    [19] = {"#XM SIMD floating point", SIGFPE},
    [20] = {"20", SIGSEGV},
    [21] = {"21", SIGSEGV},
};

/* The bytes at the instruction, for objdump or a reader with a table of opcodes. */
static void show_code(uint64_t address)
{
    enum { SHOWN = 16 };
    if (!program_can_read(address, SHOWN))
        return;
    const uint8_t *code = at(address);
    char text[3 * SHOWN + 1];
    for (size_t i = 0; i < SHOWN; ++i) {
        text[3 * i] = ' ';
        text[3 * i + 1] = "0123456789abcdef"[code[i] >> 4];
        text[3 * i + 2] = "0123456789abcdef"[code[i] & 15];
    }
    text[sizeof text - 1] = '\0';
    message("  code:%s", text);
}

void exception(const struct exception *frame)
{
    const bool in_program = (frame->code_segment & PRIVILEGE_USER) != 0;
    message("%s in the %s at rip=%lx rsp=%lx error=%lx", exceptions[frame->vector].name,
            in_program ? "program" : "kernel", frame->instruction, frame->stack, frame->error);
    if (frame->vector == VECTOR_PAGE_FAULT)
        message("  address: %lx", cpu_fault_address());
    show_code(frame->instruction);
    machine_exit(in_program ? SIGNAL_EXIT_BASE + exceptions[frame->vector].signal : EXIT_BXRUN);
}

void exceptions_begin(void)
{
    extern const uint8_t exception_stubs[], kernel_stack_top[]; /* start.S */
    extern uint64_t task_descriptor[2];
    static struct task_state task;
    static struct gate gates[EXCEPTION_COUNT];

    task.stacks[0] = (uint64_t)kernel_stack_top;
    const uint64_t base = (uint64_t)&task;
    task_descriptor[0] = (sizeof task - 1) | (base & 0xffffff) << 16 | (uint64_t)TASK_AVAILABLE << 40 |
                         (base >> 24 & 0xff) << 56;
    task_descriptor[1] = base >> 32;
    __asm__ volatile("ltr %w0" : : "r"(SEGMENT_TASK));

    for (unsigned i = 0; i < EXCEPTION_COUNT; ++i) {
        const uint64_t stub = (uint64_t)exception_stubs + (uint64_t)i * STUB_SIZE;
        gates[i] = (struct gate){
            .offset_low = (uint16_t)stub,
            .segment = SEGMENT_KERNEL_CODE,
            .type = GATE_INTERRUPT,
            .offset_middle = (uint16_t)(stub >> 16),
            .offset_high = (uint32_t)(stub >> 32),
        };
    }
    const struct table_pointer pointer = {sizeof gates - 1, (uint64_t)gates};
    __asm__ volatile("lidt %0" : : "m"(pointer));
}
