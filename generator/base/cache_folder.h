/*
 * cache_folder.h: where things are kept that are made once.
 */
#ifndef SEPCC_GENERATOR_BASE_CACHE_FOLDER_H
#define SEPCC_GENERATOR_BASE_CACHE_FOLDER_H

#include "base/diag.h"
#include "base/text.h"

#include <stdbool.h>

/* Appends the cache's path as below and makes nothing. False when no variable says where. */
bool cache_folder_name(struct text *path);

/*
 * The cache: $SEPCC_CACHE, else $XDG_CACHE_HOME/sepcc, else ~/.cache/sepcc; made when it is not there.
 * *folder is malloc'ed. Errors: DIAG_IO (also when no variable says where), DIAG_MEMORY.
 */
enum exit_status cache_folder(char **folder);

/*
 * Makes a new folder in the cache for files that are needed for a while; those that killed runs have left
 * there go. Returns 0 or an errno; *folder is malloc'ed, NULL after an error. Says nothing.
 */
int cache_scratch(const char *cache, char **folder);

#endif
