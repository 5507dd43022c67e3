/*
 * support_tune.h: trials for tests of the tuning database.
 */
#ifndef SEPCC_TESTS_SUPPORT_TUNE_H
#define SEPCC_TESTS_SUPPORT_TUNE_H

#include "database/db.h"

#include <stdint.h>

/* A measured, confirmed trial with all fields set; its id is made of number. Its texts are constants. */
struct tune_trial trial_make(unsigned number, const char *plan, double ratio);
/* The same trial with another spec. */
struct tune_trial trial_of(const char *spec, unsigned number, const char *plan, double ratio);

/* Trials that a visit has found; all fields are copies. */
struct trial_list {
    struct tune_trial items[256];
    size_t count;
};
void trials_read(const char *path, const struct tune_filter *filter, struct trial_list *list);
void trials_free(struct trial_list *list);

/* Makes a database of these trials; fails the running test when it cannot. */
void trials_write(const char *path, const struct tune_trial *trials, size_t count);

/* The first value that an SQL query of a database gives, as a number; past the functions of db.h. */
int64_t trials_ask(const char *path, const char *sql);

/*
 * Sets $SPOILING, for lines of sh, to the path of a compiler: gcc, which spoils some of the depthwise kernels
 * of a scalar sweep by their tiles: r1c2v1 is wrong, r1c3v1 crashes, r1c4v1 hangs, r2c1v1 cannot be compiled.
 * It lies beside the test program, so that what it has compiled is found in the cache the next time.
 */
void put_spoiling_compiler(void);

/*
 * Writes the script `compiler` into a folder: gcc, which has five vector registers for kernels of tiles of
 * six pixels by one vector, so that their sums stay on the stack. Returns the instruction set, of this
 * machine's architecture, whose kernels it does that to.
 */
const char *put_spilling_compiler(const char *folder);

#endif
