/*
 * isa.h: the one list of instruction sets: names, registers, flags, how each is executed.
 */
#ifndef SEPCC_GENERATOR_SPEC_ISA_H
#define SEPCC_GENERATOR_SPEC_ISA_H

#include "base/diag.h"
#include "sepcc_kernel.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum isa_arch { ARCH_ANY, ARCH_X86_64, ARCH_AARCH64 };

struct isa {
    enum sepcc_isa id;
    const char *name;    /* also templates/isa/<name>.m4 */
    enum isa_arch arch;  /* ARCH_ANY: portable C */
    unsigned lanes;      /* f32 lanes of a vector */
    unsigned registers;  /* vector registers */
    bool fma;            /* one rounding per multiply-add */
    bool memory_operand; /* an arithmetic instruction can read one operand from memory */
    unsigned k_group;    /* consecutive k values a pointwise tile loads at once (lane FMAs), 1: broadcasts */
    unsigned loads;      /* vector loads a cycle: the plan's model of the core */
    unsigned stores;     /* vector stores a cycle */
    unsigned fmas;       /* vector multiply-adds a cycle */
    unsigned latency;    /* cycles of a multiply-add */
    double broadcast; /* what spreading a value over the lanes costs the arithmetic ports, in multiply-adds */
    const char *flags;   /* what a compiler needs beyond its default, space-separated; may be "" */
    const char *summary; /* for help and `sepcc isas` */
};

/* In the order of enum sepcc_isa. */
const struct isa *isa_get(enum sepcc_isa id);
/* NULL when there is none of that name. */
const struct isa *isa_find(const char *name, size_t length);

/* A set of ISAs, one bit (1u << id) each. */
typedef uint32_t isa_set;

/*
 * Parses "avx2,neon", "all" (all five) or "native" (the ISAs of the running CPU).
 * Errors (DIAG_ISA at `at`): an unknown name, an empty list.
 */
enum exit_status isa_set_parse(const char *text, struct position at, isa_set *set);

/* The architecture sepcc itself runs on. */
enum isa_arch isa_host_arch(void);
/* Whether kernels of an ISA are compiled for that architecture: its own, and portable ones for each. */
bool isa_is_for(const struct isa *isa, enum isa_arch arch);

#endif
