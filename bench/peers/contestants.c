/*
 * contestants.c: finding, loading, starting and stopping the peers.
 */
#include "contestants.h"

#include "base/files.h"
#include "base/text.h"
#include "masked.h"
#include "peer_sepcc.h"

#include <dlfcn.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *const names_known[] = {"xnnpack", "onnxruntime", "onednn", "openblas", "libxsmm"};

enum { KNOWN_COUNT = sizeof names_known / sizeof names_known[0] };

const char *contestant_name(size_t i)
{
    return i < KNOWN_COUNT ? names_known[i] : NULL;
}

/* The folder this program is in. */
static void program_folder(char folder[PATH_MAX])
{
    const ssize_t length = readlink("/proc/self/exe", folder, PATH_MAX - 1);
    folder[length > 0 ? length : 0] = '\0';
    char *slash = strrchr(folder, '/');
    if (slash != NULL)
        *slash = '\0';
}

/* ---- names ----------------------------------------------------------------------------------------- */

/* Whether a comma-separated list has the word. */
static bool lists(const char *list, const char *word)
{
    const size_t length = strlen(word);
    for (; *list != '\0'; list += *list == ',') {
        const size_t next = strcspn(list, ",");
        if (next == length && strncmp(list, word, length) == 0)
            return true;
        list += next;
    }
    return false;
}

static enum exit_status check_names(const char *list)
{
    for (; *list != '\0'; list += *list == ',') {
        const size_t length = strcspn(list, ",");
        bool known = false;
        for (size_t i = 0; i < KNOWN_COUNT; ++i)
            known = known || (strlen(names_known[i]) == length && strncmp(list, names_known[i], length) == 0);
        if (!known) {
            struct text all = {0};
            for (size_t i = 0; i < KNOWN_COUNT; ++i)
                text_printf(&all, " %s", names_known[i]);
            const enum exit_status status = diag_error(DIAG_USAGE, (struct position){"--peers", 0, 0},
                                                       "'%.*s' is no peer, expected of:%s", (int)length, list,
                                                       all.failed ? "" : all.data);
            text_free(&all);
            return status;
        }
        list += length;
    }
    return STATUS_DONE;
}

/* ---- loading --------------------------------------------------------------------------------------- */

/* What libraries read from the environment when they are loaded. Set only where the user has not. */
static void set_environment(void)
{
    /* OpenBLAS's threads wait busily for 2^20 cycles, not for 2^26, where another peer has its turn. */
    setenv("OPENBLAS_THREAD_TIMEOUT", "20", 0);
}

char *contestants_masked_folder(void)
{
    char folder[PATH_MAX];
    program_folder(folder);
    return path_join(folder, "masked");
}

/* Loads a peer's object; masked: as a copy, as all that it depends on. NULL: see *problem. */
static void *load_object(const char *object, bool masked, const char **problem)
{
    char *folder = NULL, *copy = NULL;
    *problem = "its libraries cannot be masked";
    if (masked && path_exists(object) &&
        ((folder = contestants_masked_folder()) == NULL ||
         masked_load_dependencies(object, folder) != STATUS_DONE ||
         masked_copy(object, folder, &copy) != STATUS_DONE)) {
        free(folder);
        return NULL;
    }
    void *loaded = dlopen(copy != NULL ? copy : object, RTLD_NOW | RTLD_LOCAL);
    if (loaded == NULL)
        *problem = dlerror();
    free(folder);
    free(copy);
    return loaded;
}

/* NULL, with a line that says so, when the peer is not there. They stay loaded to the program's end. */
static const struct peer *load(const char *name, bool masked)
{
    char folder[PATH_MAX], symbol[64];
    struct text path = {0};
    const struct peer *peer = NULL;
    program_folder(folder);
    text_printf(&path, "%s/peer_%s.so", folder, name);
    if (path.failed) {
        diag_memory();
        return NULL;
    }
    const char *problem;
    void *object = load_object(path.data, masked, &problem);
    snprintf(symbol, sizeof symbol, "peer_%s", name);
    if (object != NULL)
        peer = dlsym(object, symbol);
    if (peer == NULL)
        diag_warning(NOWHERE, "%s is left out: %s", name, object == NULL ? problem : "no peer in its file");
    text_free(&path);
    return peer;
}

enum exit_status contestants_load(const char *names, bool masked, struct contestants *contestants)
{
    const enum exit_status status = names != NULL ? check_names(names) : STATUS_DONE;
    *contestants = (struct contestants){.items = {{.peer = &peer_sepcc}}, .count = 1};
    set_environment();
    for (size_t i = 0; status == STATUS_DONE && i < KNOWN_COUNT; ++i) {
        if (names != NULL && !lists(names, names_known[i]))
            continue;
        const struct peer *peer = load(names_known[i], masked);
        if (peer != NULL)
            contestants->items[contestants->count++].peer = peer;
    }
    return status;
}

/* ---- starting -------------------------------------------------------------------------------------- */

void contestants_start(struct contestants *contestants, const struct peer_setup *setup)
{
    for (size_t i = 0; i < contestants->count; ++i) {
        struct contestant *item = &contestants->items[i];
        item->context = NULL;
        if (item->peer->start(setup, &item->context, item->version, item->message) == PEER_OK)
            continue;
        item->context = NULL;
        diag_warning(NOWHERE, "%s does not start: %s", item->peer->name, item->message);
    }
}

void contestants_stop(struct contestants *contestants)
{
    for (size_t i = 0; i < contestants->count; ++i) {
        struct contestant *item = &contestants->items[i];
        if (item->context != NULL)
            item->peer->stop(item->context);
        item->context = NULL;
    }
}
