/*
 * data_folder.c: where the templates, the runtime's sources and the emulators are.
 */
#include "base/files.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* A file that tells the data folder from any other. */
static const char MARK[] = "/templates/lib/base.m4";

static const char INSTALLED[] = "/share/sepcc";

static bool is_data_folder(const char *folder)
{
    struct text mark = {0};
    text_printf(&mark, "%s%s", folder, MARK);
    bool found = !mark.failed && path_exists(mark.data);
    text_free(&mark);
    return found;
}

/*
 * Beside the program: of each folder above it, first FOLDER/share/sepcc (installed), then FOLDER itself (the
 * source tree, since everything is built below it). folder holds the program's path and becomes the result.
 */
static bool find_near_program(char folder[PATH_MAX])
{
    for (char *slash = strrchr(folder, '/'); slash; slash = strrchr(folder, '/')) {
        *slash = '\0';
        size_t length = strlen(folder);
        if (length + sizeof INSTALLED <= PATH_MAX) {
            memcpy(folder + length, INSTALLED, sizeof INSTALLED);
            if (is_data_folder(folder))
                return true;
            folder[length] = '\0';
        }
        if (is_data_folder(folder))
            return true;
    }
    return false;
}

const char *data_folder(void)
{
    static char found[PATH_MAX];
    const char *wanted = getenv("SEPCC_DATADIR");
    if (wanted && *wanted) {
        if (is_data_folder(wanted))
            return wanted;
        diag_error(DIAG_TEMPLATE, (struct position){.file = wanted},
                   "SEPCC_DATADIR has no templates, expected a folder with %s", MARK + 1);
        return NULL;
    }
    if (found[0])
        return found;
    ssize_t length = readlink("/proc/self/exe", found, sizeof found - 1);
    found[length > 0 ? length : 0] = '\0';
    if (find_near_program(found))
        return found;
    found[0] = '\0';
#ifdef SEPCC_SOURCE_DIR /* a build outside the source tree says where that is */
    if (is_data_folder(SEPCC_SOURCE_DIR))
        return SEPCC_SOURCE_DIR;
#endif
    diag_error(DIAG_TEMPLATE, NOWHERE,
               "no templates near the program, expected them installed in share/sepcc, or "
               "SEPCC_DATADIR naming the folder with %s",
               MARK + 1);
    return NULL;
}
