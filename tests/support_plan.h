/*
 * support_plan.h: plans tried quietly, and drawn at random (the stages and plans are those of
 * support_kernels.h).
 */
#ifndef SEPCC_TESTS_SUPPORT_PLAN_H
#define SEPCC_TESTS_SUPPORT_PLAN_H

#include "support_kernels.h"

enum { PLAN_PRINTED_MAX = 1536 };

/* Where --plan is said to be. */
extern const struct position plan_position;
/* What the last of the two below printed. */
extern char plan_printed[PLAN_PRINTED_MAX];

enum exit_status plan_try_parse(const char *text, struct plan_request *request);
/* The text has to be good. */
enum exit_status plan_try(const struct spec *spec, enum sepcc_isa isa, const char *text, struct plan *plan);

/* Calls check for random plans of random stages on every ISA; the test's name is for its seed. */
void plans_drawn(const char *test, void (*check)(const struct kernel_case *which, const struct plan *plan));

/* Fails with all that repeats the case when a condition does not hold. */
void plan_expect(bool holds, const struct kernel_case *which, const char *what);

#endif
