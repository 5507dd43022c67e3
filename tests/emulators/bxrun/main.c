/*
 * main.c: the kernel from its first C line to the program's first instruction.
 */
#include "cpu.h"
#include "kernel.h"

enum {
    PROGRAM_BASE = 0x1000000,     /* 16 MiB: for position-independent programs */
    INTERPRETER_BASE = 0xc000000, /* 192 MiB: for ld.so; the program and its heap end below */
    HEAP_GAP = 16 * PAGE_SIZE,
};

_Noreturn void kernel_main(void);
_Noreturn void enter_program(uint64_t entry, uint64_t stack); /* start.S */

/* Bochs may have misplaced parts of a RAM image: then say so instead of running into nonsense. */
static void check_image(void)
{
    const uint32_t *word = at(IMAGE_ADDRESS + (uint64_t)image_header.payload);
    const uint32_t *end = at(IMAGE_ADDRESS + (uint64_t)image_header.size);
    uint32_t sum = 0;
    while (word < end)
        sum += *word++;
    if (sum == image_header.checksum)
        return;
    message("the image did not arrive whole in RAM (this version of Bochs?)");
    machine_exit(EXIT_BXRUN);
}

/* ld.so, when the program asks for one; else an empty record. */
static struct loaded load_interpreter(const struct loaded *program)
{
    if (program->interpreter == NULL)
        return (struct loaded){.bias = 0};
    const struct image_file *file = file_find(program->interpreter);
    if (file != NULL)
        return load_elf(at(file->data), file->size, INTERPRETER_BASE);
    message("cannot load the program: its interpreter %s is not among the files", program->interpreter);
    machine_exit(EXIT_NOT_EXECUTABLE);
}

_Noreturn void kernel_main(void)
{
    console_begin();
    check_image();
    paging_begin(image_header.ram_size, IMAGE_ADDRESS + (uint64_t)image_header.size);
    const uint64_t stack_top = memory_begin(image_header.ram_size);
    exceptions_begin();
    system_calls_begin();

    const struct loaded program = load_elf(at(image_header.program), image_header.program_size, PROGRAM_BASE);
    const struct loaded interpreter = load_interpreter(&program);
    const bool dynamic = program.interpreter != NULL;
    memory_set_heap(page_up(program.end) + HEAP_GAP, dynamic ? INTERPRETER_BASE : IMAGE_ADDRESS);
    const uint64_t stack = build_stack(stack_top, &program, &interpreter);
    ticks_restart();
    enter_program(dynamic ? interpreter.entry : program.entry, stack);
}
