/*
 * temporary.h: names of temporary files and folders, and the list of those that a stopped run must remove.
 */
#ifndef SEPCC_GENERATOR_BASE_TEMPORARY_H
#define SEPCC_GENERATOR_BASE_TEMPORARY_H

#include "base/diag.h"

#include <stddef.h>

/*
 * A new name beside path, ".NAME.PID.COUNTER.sepcc-tmp", where NAME is path's last part (shortened when it
 * is very long). Nothing is created. malloc'ed, NULL when out of memory.
 */
char *temporary_name(const char *path);

/* Removes what killed runs have left beside path: names of temporary_name(path) whose process is gone. */
void temporary_remove_stale(const char *path);

/*
 * Enters a path in the list, before it is created; temporary_forget (NULL allowed) takes it out again, when
 * it was renamed or removed. The entry holds its own copy. NULL when out of memory.
 */
struct temporary *temporary_register(const char *path);
void temporary_forget(struct temporary *temporary);
/* Removes the file or empty folder, then forgets it. NULL is allowed. */
void temporary_remove(struct temporary *temporary);

/* Removes all in the list, the newest first. Async-signal-safe: it leaves the list as it is. */
void temporary_remove_all(void);

#endif
