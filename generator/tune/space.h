/*
 * space.h: the plans of a stage that are worth trying.
 *
 * The space is a table (space.c): for each operation the keys of --plan and the values worth trying for the
 * shape. A plan in it is a *tile* (the register tile and how it is unrolled) and an *arrangement* (blocks,
 * units, prefetch: everything around the tile). Tiles whose modelled cycles are far above the best tile's are
 * left out. Only plans that plan_make takes are in it, each once: what plan_print says of the made plan is
 * its identity. The order is always the same for the same stage and ISA.
 */
#ifndef SEPCC_GENERATOR_TUNE_SPACE_H
#define SEPCC_GENERATOR_TUNE_SPACE_H

#include "base/diag.h"
#include "plan/plan.h"
#include "spec/isa.h"
#include "spec/spec.h"

#include <stdbool.h>
#include <stddef.h>

enum { SPACE_AXES_MAX = 6, SPACE_TILES_MAX = 24 };

struct space_plan {
    char *text;       /* as plan_print prints it; malloc'ed */
    double predicted; /* cycles of a run on a usual core, by the cost model (predict.h) */
    unsigned tile;    /* which tile: plans of one tile differ in their arrangement alone */
};

struct space {
    struct space_plan *plans; /* the first is the heuristic's */
    size_t count, capacity;
    unsigned tiles,
        kinds[SPACE_TILES_MAX]; /* of each tile: tiles of one kind differ in rows and columns alone */
    /* For neighbours: where in the table each plan lies, and which plan lies where. */
    unsigned axes, sizes[SPACE_AXES_MAX]; /* of the arrangement: values of each axis */
    size_t cells;                         /* tiles * product of sizes */
    unsigned *cell_plan;                  /* per cell: index of its plan + 1; 0: impossible */
};

/*
 * All plans of a stage on an ISA. fixed (may be NULL): keys of --plan that all of them keep, as its text. The
 * first plan is what the heuristic makes of them. Errors: DIAG_MEMORY, and those of plan_make for the first
 * plan. Free with space_free in every case.
 */
enum exit_status space_make(const struct spec *spec, const struct isa *isa, const char *fixed,
                            struct space *space);
void space_free(struct space *space);

/*
 * The plans that differ from a plan in one respect: another tile with the same arrangement, or one other
 * value of the arrangement. Fills list (of at most space->count indices, each once, in order); returns how
 * many.
 */
size_t space_neighbours(const struct space *space, size_t plan, size_t list[]);

/* The index of a plan by its text; space->count: it is not there. */
size_t space_find(const struct space *space, const char *text);

#endif
