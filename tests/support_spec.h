/*
 * support_spec.h: random stages and random texts that mean them, for the tests of specs and names.
 */
#ifndef SEPCC_TESTS_SUPPORT_SPEC_H
#define SEPCC_TESTS_SUPPORT_SPEC_H

#include "plan/plan.h"
#include "spec/spec.h"

#include <stdint.h>

/* The seed of this run: $SEPCC_TEST_SEED, else a fixed one. Printed, so that a failure can be repeated. */
uint64_t spec_test_seed(const char *test);

/* The next number of the sequence (splitmix64). */
uint64_t random_next(uint64_t *state);
/* low .. high */
uint32_t random_between(uint64_t *state, uint32_t low, uint32_t high);

/*
 * Draws a valid stage, its output sizes computed by counting, and one of the many texts that mean it: keys
 * in any order, synonyms, defaults spelt out or not, one number for two, blanks. text: SPEC_TEXT_MAX bytes.
 */
void random_spec(uint64_t *state, struct spec *spec, char *text);

enum { SPEC_PRINTED_MAX = 4096 };

/* What the last spec_try printed. */
extern char spec_printed[SPEC_PRINTED_MAX];

/* Parses text as line 7 of "f.layers", quietly. */
enum exit_status spec_try(const char *text, struct spec *spec);
/* The same; fails the test when it is an error. */
struct spec spec_good(const char *text);
/* The plan of a spec with --plan text, both of which must be good; free it with plan_free. */
struct plan plan_good(const char *spec_text, enum sepcc_isa isa, const char *text);

/* Fails the test when the stages differ, and names the field. */
void assert_stage_equal(const struct sepcc_stage *expected, const struct sepcc_stage *actual,
                        const char *text);

#endif
