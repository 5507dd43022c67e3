/*
 * wisdom.h: plans that tuning has found, for those who make kernels (gen, build, bench, explain ...).
 *
 * Wisdom comes from a database (--db) or from a sorted text file (--wisdom) that a person can read, diff and
 * commit, written by `sepcc db export`. For a spec and ISA the plan is taken, in this order, from
 *   1. wisdom of exactly this spec and ISA,
 *   2. the nearest tuned neighbour: another shape of the same kind (wisdom_same_kind), not further than
 *      WISDOM_FAR (wisdom_distance), whose plan is possible on this shape and by the cost model (predict.h)
 *      loses nothing by the move; its blocks are chosen anew where they do not fit,
 *   3. the heuristic (plan.h).
 * Only entries of the templates of this sepcc count, and for each ISA only those of one CPU and one compiler:
 *   the CPU that is asked for (--cpu); else the running one; else the only one there is; else none;
 *   the compiler that compiles the kernels; else the one with the most entries on that CPU.
 * Of entries that differ in cache and threads, those with the wanted number of threads come first, then
 * chain before warm before cold.
 * So a file with one CPU and one compiler gives the same plans on every machine.
 */
#ifndef SEPCC_GENERATOR_DATABASE_WISDOM_H
#define SEPCC_GENERATOR_DATABASE_WISDOM_H

#include "base/diag.h"
#include "base/text.h"
#include "plan/plan.h"
#include "spec/isa.h"
#include "spec/spec.h"

/* Doublings (wisdom_distance) beyond which a neighbour says nothing of a shape. */
#define WISDOM_FAR 1.5

/* Whom plans are for. */
struct wisdom_user {
    const char *cpu;      /* part of the text of a CPU; NULL: the running one, or the only one */
    const char *here;     /* the running CPU (key.h) */
    const char *compiler; /* as in key.h; NULL: any */
    unsigned threads;     /* that kernels will run on */
};

struct wisdom;

/*
 * Reads all best plans of a database or of a wisdom file, told apart by content. Errors: those of
 * tune_db_open; DIAG_FILE_FORMAT; DIAG_USAGE (user->cpu fits none, or several).
 */
enum exit_status wisdom_open(const char *path, const struct wisdom_user *user, struct wisdom **wisdom);
void wisdom_close(struct wisdom *wisdom); /* NULL is taken */

/* Where a plan came from. */
enum plan_source { PLAN_HEURISTIC, PLAN_ASKED, PLAN_TUNED, PLAN_NEIGHBOUR };
/* "heuristic", "asked", "tuned" or "neighbour". */
const char *plan_source_word(enum plan_source source);

/*
 * The request with which plan_make makes the plan: `request` itself when it sets anything or wisdom (NULL:
 * none) does not know better. *why (may be NULL) gets one sentence for people: which trial and how much
 * faster than untuned, which neighbour, or why none. Warns once of an ISA that several CPUs have entries for,
 * none of them chosen. Errors: DIAG_MEMORY, and those of plan_make where the heuristic has no plan.
 */
enum exit_status wisdom_choose(struct wisdom *wisdom, const struct spec *spec, const struct isa *isa,
                               const struct plan_request *request, struct plan_request *chosen,
                               enum plan_source *source, struct text *why);

/* Whether wisdom_choose has taken anything, and what: as wisdom of its own, sorted, appended. */
bool wisdom_is_used(const struct wisdom *wisdom);
void wisdom_print_used(const struct wisdom *wisdom, struct text *text);

/*
 * Whether a plan of one stage can say anything of the other: the same operation, layout, type, residual, and
 * of each layer the same kernel, stride, dilation, multiplier and kind of activation.
 */
bool wisdom_same_kind(const struct sepcc_stage *a, const struct sepcc_stage *b);
/*
 * How far apart the sizes of two stages of one kind are, in doublings: the root of the sum of the squares of
 * log2 of the ratios of the batch, the output's height and width (a pointwise stage: its pixels), the input
 * channels, and the output channels of each layer that is no depthwise one.
 */
double wisdom_distance(const struct sepcc_stage *a, const struct sepcc_stage *b);

#endif
