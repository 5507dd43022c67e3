/*
 * cache_folder.c: where things are kept that are made once.
 */
#include "base/cache_folder.h"

#include "base/files.h"
#include "base/temporary.h"

#include <errno.h>
#include <stdlib.h>

static const char *variable(const char *name)
{
    const char *value = getenv(name);
    return value != NULL && *value != '\0' ? value : NULL;
}

bool cache_folder_name(struct text *path)
{
    const char *base;
    if ((base = variable("SEPCC_CACHE")) != NULL)
        text_puts(path, base);
    else if ((base = variable("XDG_CACHE_HOME")) != NULL && *base == '/') /* its standard ignores others */
        text_printf(path, "%s/sepcc", base);
    else if ((base = variable("HOME")) != NULL)
        text_printf(path, "%s/.cache/sepcc", base);
    else
        return false;
    return true;
}

enum exit_status cache_folder(char **folder)
{
    struct text path = {0};
    *folder = NULL;
    if (!cache_folder_name(&path))
        return diag_error(DIAG_IO, NOWHERE, "no place for the cache, expected SEPCC_CACHE or HOME to be set");
    if (path.failed) {
        text_free(&path);
        return diag_memory();
    }
    const enum exit_status status = folder_make(path.data);
    if (status != STATUS_DONE) {
        text_free(&path);
        return status;
    }
    *folder = path.data;
    return STATUS_DONE;
}

int cache_scratch(const char *cache, char **folder)
{
    struct text path = {0};
    text_printf(&path, "%s/work", cache);
    *folder = NULL;
    if (!path.failed) {
        temporary_remove_stale(path.data);
        *folder = temporary_name(path.data);
    }
    text_free(&path);
    const int error = *folder == NULL ? ENOMEM : folder_create(*folder);
    if (error != 0) {
        free(*folder);
        *folder = NULL;
    }
    return error;
}
