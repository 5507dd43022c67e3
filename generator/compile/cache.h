/*
 * cache.h: the store of compiled objects, named by the digest of all that went into them (docs/cache.md).
 *
 * It only saves time: what cannot be read is compiled again, and what cannot be written is not kept.
 */
#ifndef SEPCC_GENERATOR_COMPILE_CACHE_H
#define SEPCC_GENERATOR_COMPILE_CACHE_H

#include "base/text.h"

#include <stdbool.h>
#include <stddef.h>

/*
 * Appends the object of a key (32 hex digits). False when there is none; a corrupt entry is reported by a
 * warning and removed.
 */
bool cache_read(const char *key, struct text *object);

/* Keeps an object, by rename. A failure is reported once a run, by a warning. */
void cache_write(const char *key, const char *bytes, size_t length);

/* Removes an entry that turned out to be of no use. */
void cache_remove(const char *key);

/*
 * Where the key's entry is; malloc'ed. NULL when there is no cache folder ($SEPCC_CACHE, $XDG_CACHE_HOME and
 * $HOME all unset) or no memory.
 */
char *cache_path(const char *key);

#endif
