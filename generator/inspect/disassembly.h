/*
 * disassembly.h: what `objdump -d --no-show-raw-insn` prints of an object, as functions and instructions.
 *
 * GNU's and LLVM's objdump are understood, for x86-64 (AT&T syntax) and AArch64.
 */
#ifndef SEPCC_GENERATOR_INSPECT_DISASSEMBLY_H
#define SEPCC_GENERATOR_INSPECT_DISASSEMBLY_H

#include "base/diag.h"
#include "spec/isa.h"

#include <stddef.h>
#include <stdint.h>

/* Where an instruction may go on but behind itself. */
enum flow {
    FLOW_NEXT,   /* nowhere else */
    FLOW_JUMP,   /* to target, an address in the same function */
    FLOW_CALL,   /* to the function `symbol`, or to one that is not known (NULL); tail calls are calls */
    FLOW_RETURN, /* to its caller */
};

struct instruction {
    uint64_t address;
    const char *mnemonic;
    const char *operands; /* without the address that a jump or call goes to; "" when there are none */
    enum flow flow;
    uint64_t target;
    const char *symbol;
};

struct function {
    const char *name;
    size_t first, count; /* instructions */
};

struct disassembly {
    char *text; /* what all strings are pieces of */
    struct function *functions;
    struct instruction *instructions;
    size_t function_count, instruction_count;
};

/* Takes the text apart. Errors: DIAG_MEMORY. Free with disassembly_free in every case. */
enum exit_status disassembly_parse(const char *text, enum isa_arch arch, struct disassembly *disassembly);
void disassembly_free(struct disassembly *disassembly);

#endif
