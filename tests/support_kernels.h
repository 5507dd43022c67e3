/*
 * support_kernels.h: kernels to be proved: drawn at random, and proved chunk by chunk.
 *
 * A case is a stage, an ISA and a plan. All functions fail the running test when they cannot do what they
 * say.
 */
#ifndef SEPCC_TESTS_SUPPORT_KERNELS_H
#define SEPCC_TESTS_SUPPORT_KERNELS_H

#include "plan/plan.h"
#include "verify/emulator.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { CASE_PLAN_MAX = 160, CASE_FAILURE_MAX = 768 };

struct kernel_case {
    const struct isa *isa;
    struct spec spec;
    char plan[CASE_PLAN_MAX];       /* as --plan takes it; "" requests nothing */
    char *kernel;                   /* its name, malloc'ed */
    char failure[CASE_FAILURE_MAX]; /* what is wrong; "": nothing, when it was proved */
    bool proved;
};

/* Zero-initialised is empty. Free with cases_free. */
struct case_list {
    struct kernel_case *items;
    size_t count, capacity;
};

void cases_free(struct case_list *list);

/* ---- drawing (support_kernels.c) ------------------------------------------------------------------- */

/*
 * Adds a case. False, with nothing added, when the plan is impossible or the list already has the kernel. Any
 * other error fails the test, and so does a refusal of the heuristic's plan: no stage may be refused.
 */
bool cases_add(struct case_list *list, const struct isa *isa, const char *spec, const char *plan);

/*
 * Adds count random cases of one ISA: sizes around its vectors and the register tiles, about half of the
 * plans by the heuristic. fma_most bounds the work of one; when above FMA_USUAL, one case in thirty makes use
 * of it.
 */
enum { FMA_USUAL = 150000 };
void cases_draw(struct case_list *list, const struct isa *isa, uint64_t *state, uint64_t fma_most,
                size_t count);

/* Leaves count cases of a list, in their order, when it has more: each with the same chance. */
void cases_thin(struct case_list *list, size_t count, uint64_t *state);

/* ---- proving (support_kernels_prove.c) ------------------------------------------------------------- */

struct prove_options {
    const struct runner *emulator; /* NULL: this CPU */
    uint64_t seed;                 /* of the tensors */
    size_t chunk;                  /* cases that are compiled into one library or program; 0: a good number */
    /* For tests of the proof itself: called before compiling, with the path of a case's C file. Or NULL. */
    void (*tamper)(const char *path, const struct kernel_case *which);
};

/* The ISA's emulator; skips the running test, and says why, where there is none or SEPCC_SKIP_EMULATORS is
 * set. */
struct runner cases_need_emulator(const struct isa *isa);

/*
 * Emits, compiles and proves all cases of a list, which are of one ISA. Each failure is written to its case,
 * and the others go on: a chunk that cannot be built is halved, one that crashes is continued behind the
 * crash. Returns the number of failures.
 */
size_t cases_prove(struct case_list *list, const struct prove_options *options);

/* Builds a list into one library of this CPU and calls visit for each of its kernels. */
void cases_visit(const struct case_list *list,
                 void (*visit)(const struct sepcc_kernel *kernel, size_t index, void *context),
                 void *context);

/* Prints a line for each failure, which begins with the command that repeats it. */
void cases_print_failures(const struct case_list *list, const struct prove_options *options);

#endif
