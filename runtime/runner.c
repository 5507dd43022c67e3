/*
 * runner.c: a program that proves the kernels it is linked with, for targets that are emulated.
 *
 * Linked statically with a bundle's objects, a definition of sepcc_runner_bundle and libsepcc's files (those
 * that need threads, dlopen or .npy files may be left out).
 *
 *     runner [--seed N] [--list] [--only NAME]...
 *
 * --list prints the kernels' names, one a line. Otherwise each kernel (or those named) is proved in this very
 * process, since an emulator may know no fork, and gives one line of standard output
 *
 *     NAME STATUS TRIALS MESSAGE
 *
 * with the number of enum sepcc_status (0: proved) and a message that is empty then. The name is printed
 * before the kernel runs: a last line that ends after the name is a crash of that kernel. Exit status: 0 all
 * proved, 1 not, 2 usage.
 */
#include "sepcc.h"

#include <errno.h>
#include <inttypes.h>

extern const struct sepcc_bundle *const sepcc_runner_bundle;

struct arguments {
    uint64_t seed;
    bool list;
    int only_count;
    const char **only; /* in argv's memory */
};

static bool parse_seed(const char *text, uint64_t *seed)
{
    char *end;
    errno = 0;
    *seed = strtoull(text, &end, 0);
    return errno == 0 && end != text && *end == '\0' && text[0] != '-';
}

/* The names that follow --only are moved to the front of argv. */
static bool parse_arguments(int argc, const char **argv, struct arguments *arguments)
{
    *arguments = (struct arguments){.seed = 1, .only = argv + 1};
    for (int i = 1; i < argc; ++i) {
        const bool has_value = i + 1 < argc;
        if (strcmp(argv[i], "--list") == 0)
            arguments->list = true;
        else if (strcmp(argv[i], "--seed") == 0 && has_value && parse_seed(argv[i + 1], &arguments->seed))
            ++i;
        else if (strcmp(argv[i], "--only") == 0 && has_value)
            arguments->only[arguments->only_count++] = argv[++i];
        else
            return false;
    }
    return true;
}

static bool is_wanted(const struct arguments *arguments, const char *name)
{
    if (arguments->only_count == 0)
        return true;
    for (int i = 0; i < arguments->only_count; ++i)
        if (strcmp(arguments->only[i], name) == 0)
            return true;
    return false;
}

/* False when --only names a kernel that is not there. */
static bool all_known(const struct arguments *arguments)
{
    for (int i = 0; i < arguments->only_count; ++i) {
        const struct sepcc_kernel *kernel;
        if (sepcc_bundle_find(sepcc_runner_bundle, arguments->only[i], NULL, &kernel) != SEPCC_E_SYMBOL)
            continue;
        fprintf(stderr, "runner: no kernel %s\n", arguments->only[i]);
        return false;
    }
    return true;
}

static bool prove(const struct sepcc_kernel *kernel, uint64_t seed)
{
    const struct sepcc_verify_options options = {.seed = seed, .guard = true};
    struct sepcc_verify_result result;
    printf("%s ", kernel->name);
    if (fflush(stdout) != 0)
        return false;
    sepcc_verify(kernel, &options, &result);
    printf("%d %" PRIu64 " %s\n", (int)result.status, result.trials, result.message);
    return fflush(stdout) == 0 && result.status == SEPCC_OK;
}

int main(int argc, char **argv)
{
    struct arguments arguments;
    bool proved = true;
    if (!parse_arguments(argc, (const char **)argv, &arguments) || !all_known(&arguments)) {
        fputs("usage: runner [--seed N] [--list] [--only NAME]...\n", stderr);
        return 2;
    }
    for (size_t i = 0; i < sepcc_runner_bundle->kernel_count; ++i) {
        const struct sepcc_kernel *kernel = sepcc_runner_bundle->kernels[i];
        if (!is_wanted(&arguments, kernel->name))
            continue;
        if (arguments.list)
            puts(kernel->name);
        else
            proved = prove(kernel, arguments.seed) && proved;
    }
    return proved && fflush(stdout) == 0 ? 0 : 1;
}
