/*
 * wisdom_internal.h: what wisdom.c and wisdom_read.c share: the entries, and which of them count.
 */
#ifndef SEPCC_GENERATOR_DATABASE_WISDOM_INTERNAL_H
#define SEPCC_GENERATOR_DATABASE_WISDOM_INTERNAL_H

#include "database/db.h"
#include "database/wisdom.h"

/* One best plan. */
struct wisdom_entry {
    struct tune_trial trial; /* a copy */
    struct spec spec;
    const struct isa *isa;
    bool stale; /* of other templates than those of this sepcc */
    bool used;  /* wisdom_choose has taken it */
};

/* Whose entries count for an ISA. */
struct wisdom_machine {
    const char *cpu, *compiler; /* those of entries; NULL: none counts */
    size_t cpu_count;           /* how many CPUs there are entries of */
    bool warned;
};

struct wisdom {
    char *path;
    struct wisdom_user user;
    struct wisdom_entry *entries; /* sorted as tune_db_visit sorts */
    size_t count, capacity;
    struct wisdom_machine machines[SEPCC_ISA_COUNT];
};

/* Whether the entry counts for its ISA. */
bool wisdom_counts(const struct wisdom *wisdom, const struct wisdom_entry *entry);

#endif
