/*
 * words.h: what words.m4 prints for one ISA and words_main.c checks: every word of a vocabulary as a
 * function.
 */
#ifndef SEPCC_TESTS_WORDS_H
#define SEPCC_TESTS_WORDS_H

#include "sepcc_kernel.h"

/* The widest vector; also an upper bound of every literal argument. */
#define WORDS_MAX_LANES 16u

/* A word that works lane by lane: one vector each from a, b and c (all read, not all used), one to out. */
typedef void words_lanes(const float *a, const float *b, const float *c, float *out);

/* A word that reads memory at p and leaves one vector in out, a full vector with room and no alignment. */
typedef void words_load(const float *p, float *out);

/* A word that writes memory at p from the vector v. */
typedef void words_store(float *p, const float *v);

/* V_LOAD_LANES and V_FMA_LANES with literal arguments. */
struct words_load_lanes {
    words_load *word;
    unsigned step, low, high;
};
struct words_fma_lanes {
    words_lanes *word;
    unsigned low, high;
};

/* The activation of one vector; slope is a vector too. */
typedef void words_activation(const float *x, const float *slope, float *out);

struct words {
    uint32_t isa;
    const char *isa_name; /* V_ISA */
    unsigned lanes;       /* V_LANES */
    unsigned registers;   /* V_REGISTERS */
    size_t vector_bytes;  /* sizeof(V_TYPE) */
    unsigned group;       /* V_K_GROUP */
    const char *flags;    /* V_FLAGS */

    words_lanes *add, *sub, *mul, *div, *fma, *at_least, *at_most, *if_positive, *pow2, *constant;
    words_lanes *mul_then_add;                       /* V_ADD of V_MUL: may not be contracted */
    words_load *load, *load_packed, *dup, *prefetch; /* prefetch also stores the vector at out back there */
    words_store *store;
    words_load *const *load_tail;              /* [n], n = 1 .. lanes - 1; entry 0 is NULL */
    words_store *const *store_tail;            /* likewise */
    const struct words_load_lanes *load_lanes; /* ends with high 0 */
    const struct words_fma_lanes *fma_lanes;   /* likewise */
    words_lanes *const *spread; /* [m * lanes + phase], m = 2 .. lanes / 2, phase = 0 .. m - 1; else NULL */
    words_lanes *const *k_fma;  /* [lane], lane = 0 .. group - 1: group at a, times b, plus c */
    words_activation *const *activation; /* [enum sepcc_act] */
    float clamp_low, clamp_high, leaky_slope;
};

extern const struct words sepcc_words;

#endif
