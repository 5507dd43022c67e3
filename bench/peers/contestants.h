/*
 * contestants.h: finding, loading, starting and stopping the peers.
 */
#ifndef SEPCC_BENCH_CONTESTANTS_H
#define SEPCC_BENCH_CONTESTANTS_H

#include "base/diag.h"
#include "race.h"

#include <stdbool.h>

/* sepcc first, then the peers named, in the order of the table. */
struct contestants {
    struct contestant items[CONTESTANT_MAX];
    size_t count;
};

/*
 * Loads the peers in names, a comma-separated list, or all when it is NULL. One whose shared object is not
 * beside the program is left out with a line on stderr. An unknown name is an error (DIAG_USAGE). masked: the
 * libraries that they depend on are loaded as copies (masked.h), kept in contestants_masked_folder.
 */
enum exit_status contestants_load(const char *names, bool masked, struct contestants *contestants);

/* The folder "masked" beside the program: malloc'ed, NULL when out of memory. */
char *contestants_masked_folder(void);

/* The names of all peers, for help; NULL behind the last one. */
const char *contestant_name(size_t i);

/* Starts all; one that cannot start keeps the reason in its message. */
void contestants_start(struct contestants *contestants, const struct peer_setup *setup);
void contestants_stop(struct contestants *contestants);

#endif
