/*
 * main.c: opens a bundle that was built as a shared library and proves every kernel in it that this CPU can
 * run.
 */
#include <sepcc.h>

int main(int argc, char **argv)
{
    if (argc != 3) {
        fprintf(stderr, "usage: %s LIBRARY BUNDLE\n", argv[0]);
        return 2;
    }
    char message[256];
    struct sepcc_library *library;
    if (sepcc_library_open(argv[1], argv[2], &library, message, sizeof message) != SEPCC_OK) {
        fprintf(stderr, "%s\n", message);
        return 3;
    }
    const struct sepcc_bundle *bundle = sepcc_library_bundle(library);
    const struct sepcc_verify_options options = {.seed = 1, .guard = true, .isolate = true, .timeout_s = 60};
    size_t right = 0, wrong = 0;
    for (size_t i = 0; i < bundle->kernel_count; ++i) {
        const struct sepcc_kernel *kernel = bundle->kernels[i];
        struct sepcc_verify_result result;
        if ((sepcc_cpu_isas() & (1u << kernel->isa)) == 0)
            continue;
        if (sepcc_verify(kernel, &options, &result) == SEPCC_OK) {
            ++right;
        } else {
            ++wrong;
            fprintf(stderr, "%s: %s\n", kernel->name, result.message);
        }
    }
    sepcc_library_close(library);
    printf("libsepcc %s: %zu kernels right, %zu wrong\n", sepcc_version(), right, wrong);
    return right > 0 && wrong == 0 ? 0 : 1;
}
