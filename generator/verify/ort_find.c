/*
 * ort_find.c: looking for ONNX Runtime's shared library.
 */
#include "verify/ort_find.h"

#include "base/text.h"

#include <glob.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Below the folder that npm installs to. */
#if defined(__aarch64__)
#define NPM_LIBRARY "node_modules/onnxruntime-node/bin/napi-v*/linux/arm64/libonnxruntime.so*"
#else
#define NPM_LIBRARY "node_modules/onnxruntime-node/bin/napi-v*/linux/x64/libonnxruntime.so*"
#endif

/* The newest that a pattern finds; malloc'ed, NULL when there is none. */
static char *find_newest(const char *folder, const char *below)
{
    struct text pattern = {0};
    glob_t found = {0};
    char *path = NULL;
    text_printf(&pattern, "%s%s" NPM_LIBRARY, folder, below);
    if (!pattern.failed && glob(pattern.data, 0, NULL, &found) == 0)
        path = strdup(found.gl_pathv[found.gl_pathc - 1]);
    globfree(&found);
    text_free(&pattern);
    return path;
}

static char *find_near_program(void)
{
    char folder[PATH_MAX];
    char *path = NULL;
    const ssize_t length = readlink("/proc/self/exe", folder, sizeof folder - 1);
    folder[length > 0 ? length : 0] = '\0';
    for (char *slash = strrchr(folder, '/'); path == NULL && slash != NULL; slash = strrchr(folder, '/')) {
        *slash = '\0';
        path = find_newest(folder, "/onnxruntime/");
    }
    return path;
}

char *ort_find(const char *given)
{
    const char *wanted = given != NULL ? given : getenv("SEPCC_ONNXRUNTIME");
    if (wanted != NULL && *wanted != '\0')
        return strdup(wanted);
    char *path = find_near_program();
    if (path == NULL)
        path = find_newest("", "");
    return path != NULL ? path : strdup("libonnxruntime.so.1");
}
