/*
 * load.c: opening a bundle that was built as a shared library.
 */
#include "internal.h"

#include <dlfcn.h>

struct sepcc_library {
    void *handle; /* of dlopen */
    const struct sepcc_bundle *bundle;
};

/* dlopen searches the system's folders for a name without a slash; here a path is always a path. */
static void *open_path(const char *path)
{
    char *here;
    void *handle;
    if (strchr(path, '/') != NULL)
        return dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (asprintf(&here, "./%s", path) < 0)
        return NULL;
    handle = dlopen(here, RTLD_NOW | RTLD_LOCAL);
    free(here);
    return handle;
}

/* Looks sepcc_bundle_<name> up: NULL when it is not there or memory is short. */
static const struct sepcc_bundle *look_up(void *handle, const char *bundle_name)
{
    char *symbol;
    const struct sepcc_bundle *bundle;
    if (asprintf(&symbol, "sepcc_bundle_%s", bundle_name) < 0)
        return NULL;
    bundle = dlsym(handle, symbol);
    free(symbol);
    return bundle;
}

static enum sepcc_status check_kernels(const struct sepcc_bundle *bundle, char *message, size_t message_size)
{
    for (size_t i = 0; i < bundle->kernel_count; ++i) {
        const struct sepcc_kernel *kernel = bundle->kernels[i];
        const enum sepcc_status status = kernel == NULL ? SEPCC_E_DESCRIPTOR : sepcc_kernel_check(kernel);
        if (status == SEPCC_OK)
            continue;
        /* The name may be read only where the struct is known to be ours. */
        const bool readable = status == SEPCC_E_DESCRIPTOR || status == SEPCC_E_UNKNOWN;
        if (readable && kernel != NULL && kernel->name != NULL)
            sepcc_message(message, message_size, "kernel %s of bundle %s: %s", kernel->name, bundle->name,
                          sepcc_status_text(status));
        else
            sepcc_message(message, message_size, "kernel %zu of bundle %s: %s", i, bundle->name,
                          sepcc_status_text(status));
        return status;
    }
    return SEPCC_OK;
}

static enum sepcc_status check_bundle(const struct sepcc_bundle *bundle, const char *bundle_name,
                                      char *message, size_t message_size)
{
    if (bundle == NULL) {
        sepcc_message(message, message_size, "no symbol sepcc_bundle_%s", bundle_name);
        return SEPCC_E_SYMBOL;
    }
    if (bundle->abi_version != SEPCC_ABI_VERSION) {
        sepcc_message(message, message_size, "bundle %s: ABI version %u, expected %u: made for %s libsepcc",
                      bundle_name, (unsigned)bundle->abi_version, SEPCC_ABI_VERSION,
                      bundle->abi_version > SEPCC_ABI_VERSION ? "a later" : "an earlier");
        return SEPCC_E_ABI;
    }
    if (bundle->struct_size < sizeof *bundle) {
        sepcc_message(message, message_size, "bundle %s: struct of %u bytes, expected at least %zu",
                      bundle_name, (unsigned)bundle->struct_size, sizeof *bundle);
        return SEPCC_E_STRUCT_SIZE;
    }
    if (bundle->name == NULL || bundle->version == NULL || bundle->kernels == NULL ||
        bundle->kernel_count == 0) {
        sepcc_message(message, message_size, "bundle %s: no name, no version or no kernels", bundle_name);
        return SEPCC_E_DESCRIPTOR;
    }
    return check_kernels(bundle, message, message_size);
}

enum sepcc_status sepcc_library_open(const char *path, const char *bundle_name,
                                     struct sepcc_library **library, char *message, size_t message_size)
{
    struct sepcc_library *opened = malloc(sizeof *opened);
    enum sepcc_status status;
    *library = NULL;
    sepcc_message(message, message_size, "%s", "");
    if (opened == NULL) {
        sepcc_message(message, message_size, "%s", sepcc_status_text(SEPCC_E_MEMORY));
        return SEPCC_E_MEMORY;
    }
    if (!sepcc_elf_file_whole(path)) {
        sepcc_message(message, message_size, "%s: the file ends early, expected a whole library", path);
        free(opened);
        return SEPCC_E_OPEN;
    }
    opened->handle = open_path(path);
    if (opened->handle == NULL) {
        const char *reason = dlerror();
        sepcc_message(message, message_size, "%s", reason != NULL ? reason : "out of memory");
        free(opened);
        return SEPCC_E_OPEN;
    }
    opened->bundle = look_up(opened->handle, bundle_name);
    status = check_bundle(opened->bundle, bundle_name, message, message_size);
    if (status != SEPCC_OK) {
        sepcc_library_close(opened);
        return status;
    }
    *library = opened;
    return SEPCC_OK;
}

void sepcc_library_close(struct sepcc_library *library)
{
    if (library == NULL)
        return;
    dlclose(library->handle);
    free(library);
}

const struct sepcc_bundle *sepcc_library_bundle(const struct sepcc_library *library)
{
    return library->bundle;
}
