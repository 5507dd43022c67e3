/*
 * db_prune.h: what of a tuning database may go.
 */
#ifndef SEPCC_GENERATOR_DATABASE_DB_PRUNE_H
#define SEPCC_GENERATOR_DATABASE_DB_PRUNE_H

#include "database/db.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct db_prune {
    bool stale;  /* of other templates than those of this sepcc, or of specs and ISAs that it does not know */
    bool failed; /* not measured to the end */
    int64_t before; /* finished before this (seconds since 1970), unless a best plan; 0: whenever */
    bool dry_run;   /* only count */
};

/* Trials before, and how many of them go and why: the first reason counts. */
struct db_pruned {
    size_t trials, stale, failed, old;
};

/* Takes out those trials, all or none, and gives their room back to the file system. */
enum exit_status db_prune(struct tune_db *db, const struct db_prune *prune, struct db_pruned *pruned);

#endif
