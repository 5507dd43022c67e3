/*
 * hot_loops.h: the loops of a compiled kernel that hold its multiply-adds, and what is in them.
 *
 * A loop is the code from the target of a backward jump to the jump. It is hot when it has vector
 * multiply-adds of its own and no loop inside it has any. Straight-line code of a function that is called
 * from a loop, in which no loop is hot, counts as the hot body of that loop.
 */
#ifndef SEPCC_GENERATOR_INSPECT_HOT_LOOPS_H
#define SEPCC_GENERATOR_INSPECT_HOT_LOOPS_H

#include "base/diag.h"
#include "spec/isa.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct hot_loop {
    char function[64]; /* the symbol it lies in, cut when longer */
    uint64_t offset;   /* of its first instruction, from the function's */
    bool is_body;      /* of a function that a loop calls */
    unsigned instructions;
    unsigned fmas;       /* vector multiply-adds; without FMA instructions, pairs of multiply and add */
    unsigned loads;      /* instructions that read memory */
    unsigned stores;     /* that write it */
    unsigned stack;      /* stores of vector registers on the stack, and loads of what they stored: spills */
    unsigned invariants; /* loads of what waits there from before the loop: as dear as a constant in memory */
    unsigned scalar_stack; /* of other registers */
    char *code;            /* assembly of one turn, without labels, for llvm-mca; malloc'ed */
    double cycles;         /* of one turn, by llvm-mca; 0: not known */
};

/* The one with the most multiply-adds is the first, the others follow in the order of the code. */
struct hot_loops {
    struct hot_loop *items;
    size_t count;
};

/*
 * Finds the hot loops in what objdump printed of a kernel of that ISA, which is not scalar.
 * Errors: DIAG_MEMORY. Free with hot_loops_free in every case.
 */
enum exit_status hot_loops_find(const char *objdump, const struct isa *isa, struct hot_loops *loops);
void hot_loops_free(struct hot_loops *loops);

/* The spills of all of them: hot_loop.stack. */
unsigned hot_loops_stack(const struct hot_loops *loops);

#endif
