/*
 * wisdom.h: plans that tuning has found, for those who make kernels (gen, build, bench, explain).
 *
 * Wisdom comes from a database (--db) or from a sorted text file (--wisdom) that a person can read, diff and
 * commit, written by `sepcc db export`. For a spec and ISA the plan is taken, in this order, from
 *   1. wisdom of exactly this key (spec, ISA, CPU, compiler, templates),
 *   2. the nearest tuned neighbour: another shape of the same operation, layout, kernel, stride, dilation,
 *      multiplier and ISA on the same CPU, compiler and templates, where its plan is possible on this shape,
 *   3. the heuristic (plan.h).
 * `explain` says which it was.
 */
#ifndef SEPCC_GENERATOR_TUNE_WISDOM_H
#define SEPCC_GENERATOR_TUNE_WISDOM_H

#include "diag.h"
#include "isa.h"
#include "plan.h"
#include "spec.h"
#include "text.h"

struct wisdom;

/*
 * Reads all best plans of a database or of a wisdom file, told apart by content. cpu and compiler are those
 * that kernels are made for: other entries are left out. Errors: those of tune_db_open; DIAG_FILE_FORMAT.
 */
enum exit_status wisdom_open(const char *path, const char *cpu, const char *compiler, struct wisdom **wisdom);
void wisdom_close(struct wisdom *wisdom); /* NULL is taken */

/* Where a plan came from. */
enum plan_source { PLAN_HEURISTIC, PLAN_ASKED, PLAN_TUNED, PLAN_NEIGHBOUR };

/*
 * plan_make with wisdom (NULL: none). A request that sets anything is kept as it is (PLAN_ASKED). *why (may
 * be NULL) gets one sentence for people: which trial, how much faster than untuned, or which neighbour.
 */
enum exit_status wisdom_plan(const struct wisdom *wisdom, const struct spec *spec, const struct isa *isa,
                             const struct plan_request *request, struct position at, struct plan *plan,
                             enum plan_source *source, struct text *why);

#endif
