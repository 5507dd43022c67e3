/*
 * contestants.h: finding, loading, starting and stopping the peers.
 */
#ifndef SEPCC_BENCH_CONTESTANTS_H
#define SEPCC_BENCH_CONTESTANTS_H

#include "diag.h"
#include "race.h"

/* sepcc first, then the peers named, in the order of the table. */
struct contestants {
    struct contestant items[CONTESTANT_MAX];
    size_t count;
};

/*
 * Loads the peers in names, a comma-separated list, or all when it is NULL. One whose shared object is not
 * beside the program is left out with a line on stderr. An unknown name is an error (DIAG_USAGE).
 */
enum exit_status contestants_load(const char *names, struct contestants *contestants);

/* The names of all peers, for help; NULL behind the last one. */
const char *contestant_name(size_t i);

/* Starts all; one that cannot start keeps the reason in its message. */
void contestants_start(struct contestants *contestants, const struct peer_setup *setup);
void contestants_stop(struct contestants *contestants);

#endif
