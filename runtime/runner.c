/*
 * runner.c: a program that proves and races the kernels it is linked with, for targets that are emulated or
 * have no compiler.
 *
 * Linked statically with a bundle's objects, a definition of sepcc_runner_bundle and libsepcc's files (those
 * that need pthreadpool, dlopen or .npy files may be left out; crew_plain.c is for runners). Macros:
 * SEPCC_RUNNER_PEAK may name the peak loop to be timed in races; with SEPCC_RUNNER_MORE there are further
 * bundles, sepcc_runner_more, up to a NULL. What it does is said by its options; --only NAME, which may be
 * given often, leaves out other kernels: NAME is one of the first bundle, BUNDLE/NAME of another. All of it
 * goes to standard output, in lines, in the order of --only.
 *
 *     --list      the kernels' names, one a line.
 *     (nothing)   each kernel is proved: --seed N, --runs N (of each kind of data, 0: all). A line each:
 *                     NAME STATUS TRIALS MESSAGE
 *                 with the number of enum sepcc_status (0: proved) and a message that is empty then. The
 *                 name is printed before the kernel runs. An emulator may know no fork: without --timeout S
 *                 it runs in this very process, and a last line that ends after the name is its crash.
 *     --race      the kernels race against the first in a child process that has --timeout S: options as the
 *                 fields of struct sepcc_race_options, --threads N, and for a chain --chain BUNDLE, whose
 *                 kernels are the network's in their order, and --chain-at I. A line each,
 *                     result LEFT ROUNDS MEDIAN LOW HIGH RATIO RATIO_LOW RATIO_HIGH PEAK
 *                 then `done`; or one of `crashed WHO SIGNAL`, `hung WHO`, `failed STATUS`.
 *     --describe  what a generator asks of the machine: `protocol N`, `machine ARCH native|emulated`,
 *                 `isas SET`, `caches L1 L2 L3` in bytes, `bandwidth READ WRITE` of each level, by --threads,
 *                 `cpuinfo LINE` as the kernel lists the first processor, `done`.
 *
 * --protocol N, the first option, refuses when this is not a runner of that SEPCC_RUNNER_PROTOCOL; it says
 * `protocol` with its own. Exit status: 0 all proved, or done, 1 not, 2 usage, or another protocol.
 */
#include "runner.h"
#include "isolate.h"
#include "sepcc.h"

#include <errno.h>
#include <inttypes.h>
#include <sys/mman.h>

extern const struct sepcc_bundle *const sepcc_runner_bundle;

#ifdef SEPCC_RUNNER_MORE
extern const struct sepcc_bundle *const sepcc_runner_more[];
#else
static const struct sepcc_bundle *const sepcc_runner_more[] = {NULL};
#endif

#ifdef SEPCC_RUNNER_PEAK
extern const struct sepcc_peak SEPCC_RUNNER_PEAK;
static const struct sepcc_peak *const runner_peak = &SEPCC_RUNNER_PEAK;
#else
static const struct sepcc_peak *const runner_peak;
#endif

#if defined(__aarch64__)
static const char machine[] = "aarch64";
/* A word of /proc/cpuinfo on such a machine. */
static const char own_word[] = "CPU implementer";
#elif defined(__x86_64__)
static const char machine[] = "x86_64";
static const char own_word[] = "vendor_id";
#else
static const char machine[] = "other";
static const char own_word[] = "";
#endif

/* ---- the command line ------------------------------------------------------------------------------- */

enum { RUNNERS_MAX = 64 };

struct arguments {
    bool list, race, describe, all_stay;
    uint64_t seed, runs, timeout, cache, least, most, keep, threads, chain_at, protocol;
    double seconds, precision;
    const char *chain;
    int only_count;
    const char **only; /* in argv's memory */
};

static bool parse_number(const char *text, uint64_t *number)
{
    char *end;
    errno = 0;
    *number = strtoull(text, &end, 0);
    return errno == 0 && end != text && *end == '\0' && text[0] != '-';
}

static bool parse_real(const char *text, double *real)
{
    char *end;
    errno = 0;
    *real = strtod(text, &end);
    return errno == 0 && end != text && *end == '\0' && *real >= 0;
}

/* Takes the option at argv[0], and its value; returns how many words it is, 0: it is none. */
static int parse_option(int argc, const char **argv, struct arguments *arguments)
{
    const struct {
        const char *name;
        bool *flag;
        uint64_t *number;
        double *real;
        const char **word;
    } options[] = {
        {.name = "--list", .flag = &arguments->list},
        {.name = "--race", .flag = &arguments->race},
        {.name = "--describe", .flag = &arguments->describe},
        {.name = "--all-stay", .flag = &arguments->all_stay},
        {.name = "--protocol", .number = &arguments->protocol},
        {.name = "--seed", .number = &arguments->seed},
        {.name = "--runs", .number = &arguments->runs},
        {.name = "--timeout", .number = &arguments->timeout},
        {.name = "--cache", .number = &arguments->cache},
        {.name = "--min-rounds", .number = &arguments->least},
        {.name = "--most-rounds", .number = &arguments->most},
        {.name = "--keep", .number = &arguments->keep},
        {.name = "--threads", .number = &arguments->threads},
        {.name = "--chain-at", .number = &arguments->chain_at},
        {.name = "--seconds", .real = &arguments->seconds},
        {.name = "--precision", .real = &arguments->precision},
        {.name = "--chain", .word = &arguments->chain},
    };
    for (size_t i = 0; i < sizeof options / sizeof options[0]; ++i) {
        if (strcmp(argv[0], options[i].name) != 0)
            continue;
        if (options[i].flag != NULL) {
            *options[i].flag = true;
            return 1;
        }
        if (argc < 2)
            return 0;
        if (options[i].word != NULL) {
            *options[i].word = argv[1];
            return 2;
        }
        return 2 * (options[i].number != NULL ? parse_number(argv[1], options[i].number)
                                              : parse_real(argv[1], options[i].real));
    }
    return 0;
}

/* The names that follow --only are moved to the front of argv. */
static bool parse_arguments(int argc, const char **argv, struct arguments *arguments)
{
    *arguments = (struct arguments){
        .seed = 1, .keep = 1, .threads = 1, .protocol = SEPCC_RUNNER_PROTOCOL, .only = argv + 1};
    for (int i = 1; i < argc;) {
        if (strcmp(argv[i], "--only") == 0 && i + 1 < argc) {
            arguments->only[arguments->only_count++] = argv[i + 1];
            i += 2;
            continue;
        }
        const int words = parse_option(argc - i, argv + i, arguments);
        if (words == 0)
            return false;
        i += words;
    }
    return arguments->cache < SEPCC_RACE_CACHE_COUNT && arguments->timeout <= UINT32_MAX &&
           arguments->runs <= UINT32_MAX && arguments->least <= UINT32_MAX && arguments->most <= UINT32_MAX &&
           arguments->threads > 0 && arguments->threads <= UINT32_MAX &&
           (arguments->chain != NULL) == (arguments->cache == SEPCC_RACE_CHAIN);
}

/* ---- kernels ---------------------------------------------------------------------------------------- */

/* The bundle of a name that so many bytes of text are; NULL: there is none. */
static const struct sepcc_bundle *find_bundle(const char *text, size_t length)
{
    for (size_t i = 0; sepcc_runner_more[i] != NULL; ++i)
        if (strlen(sepcc_runner_more[i]->name) == length &&
            strncmp(sepcc_runner_more[i]->name, text, length) == 0)
            return sepcc_runner_more[i];
    return NULL;
}

/* By NAME or BUNDLE/NAME: as sepcc_bundle_find. */
static enum sepcc_status find_kernel(const char *text, const struct sepcc_kernel **kernel)
{
    const char *slash = strchr(text, '/');
    const struct sepcc_bundle *bundle =
        slash != NULL ? find_bundle(text, (size_t)(slash - text)) : sepcc_runner_bundle;
    *kernel = NULL;
    return bundle == NULL ? SEPCC_E_SYMBOL
                          : sepcc_bundle_find(bundle, slash != NULL ? slash + 1 : text, NULL, kernel);
}

/* The kernels in the order of --only, or all of the first bundle. */
static size_t count_wanted(const struct arguments *arguments)
{
    return arguments->only_count > 0 ? (size_t)arguments->only_count : sepcc_runner_bundle->kernel_count;
}

static enum sepcc_status find_wanted(const struct arguments *arguments, size_t i,
                                     const struct sepcc_kernel **kernel)
{
    return find_kernel(arguments->only_count > 0 ? arguments->only[i] : sepcc_runner_bundle->kernels[i]->name,
                       kernel);
}

/* False when a name is of nothing that is there. */
static bool all_known(const struct arguments *arguments)
{
    const struct sepcc_kernel *kernel;
    const char *unknown = NULL;
    for (int i = 0; i < arguments->only_count && unknown == NULL; ++i)
        if (find_kernel(arguments->only[i], &kernel) == SEPCC_E_SYMBOL)
            unknown = arguments->only[i];
    if (unknown != NULL)
        fprintf(stderr, "runner: no kernel %s\n", unknown);
    const struct sepcc_bundle *chain =
        arguments->chain != NULL ? find_bundle(arguments->chain, strlen(arguments->chain)) : NULL;
    const bool chained =
        arguments->chain == NULL || (chain != NULL && arguments->chain_at < chain->kernel_count);
    if (!chained)
        fprintf(stderr, "runner: no chain %s with %" PRIu64 "\n", arguments->chain, arguments->chain_at);
    return unknown == NULL && chained;
}

/* ---- proving ---------------------------------------------------------------------------------------- */

static bool prove(const struct sepcc_kernel *kernel, const struct arguments *arguments)
{
    const struct sepcc_verify_options options = {.seed = arguments->seed,
                                                 .guard = true,
                                                 .isolate = arguments->timeout > 0,
                                                 .timeout_s = (unsigned)arguments->timeout,
                                                 .most_runs = (unsigned)arguments->runs};
    struct sepcc_verify_result result;
    printf("%s ", kernel->name);
    if (fflush(stdout) != 0)
        return false;
    sepcc_verify(kernel, &options, &result);
    printf("%d %" PRIu64 " %s\n", (int)result.status, result.trials, result.message);
    return fflush(stdout) == 0 && result.status == SEPCC_OK;
}

static bool prove_or_list(const struct arguments *arguments)
{
    bool proved = true;
    for (size_t i = 0; i < count_wanted(arguments); ++i) {
        const struct sepcc_kernel *kernel;
        if (find_wanted(arguments, i, &kernel) == SEPCC_E_SYMBOL) /* another error is a proof's result */
            return false;
        if (arguments->list)
            puts(kernel->name);
        else
            proved = prove(kernel, arguments) && proved;
    }
    return proved;
}

/* ---- racing ----------------------------------------------------------------------------------------- */

/* What the child and its parent share. */
struct board {
    const struct arguments *arguments;
    volatile size_t running;
    bool finished;
    size_t count;
    enum sepcc_status status;
    struct sepcc_race_result results[RUNNERS_MAX];
};

/* Of --threads; NULL: one, or an error, which is told. */
static enum sepcc_status make_pool(const struct arguments *arguments, struct sepcc_pool **pool)
{
    *pool = NULL;
    const enum sepcc_status status =
        arguments->threads > 1 ? sepcc_pool_create((size_t)arguments->threads, pool) : SEPCC_OK;
    if (status != SEPCC_OK)
        fprintf(stderr, "runner: %" PRIu64 " threads: %s\n", arguments->threads, sepcc_status_text(status));
    return status;
}

/* The process ends after it: nothing is let go. */
static void run_race(void *context)
{
    const struct sepcc_kernel *kernels[RUNNERS_MAX];
    struct board *board = context;
    const struct arguments *arguments = board->arguments;
    struct sepcc_race_options options = {.cache = (enum sepcc_race_cache)arguments->cache,
                                         .seconds = arguments->seconds,
                                         .min_rounds = (unsigned)arguments->least,
                                         .most_rounds = (unsigned)arguments->most,
                                         .all_stay = arguments->all_stay,
                                         .keep = (size_t)arguments->keep,
                                         .precision = arguments->precision,
                                         .peak = runner_peak,
                                         .seed = arguments->seed,
                                         .running = &board->running};
    if (arguments->chain != NULL) {
        const struct sepcc_bundle *chain = find_bundle(arguments->chain, strlen(arguments->chain));
        options.chain = chain->kernels;
        options.chain_count = chain->kernel_count;
        options.chain_at = (size_t)arguments->chain_at;
    }
    for (size_t i = 0; i < board->count && board->status == SEPCC_OK; ++i)
        board->status = find_wanted(arguments, i, &kernels[i]);
    if (board->status == SEPCC_OK)
        board->status = make_pool(arguments, &options.pool);
    if (board->status == SEPCC_OK)
        board->status = sepcc_race(kernels, board->count, &options, board->results);
    board->finished = true;
}

/* Where in the memory a kernel failed is what a proof says. */
static void ignore_fault(void *context, const void *address)
{
    (void)context;
    (void)address;
}

static void print_results(const struct board *board)
{
    for (size_t i = 0; i < board->count; ++i) {
        const struct sepcc_race_result *result = &board->results[i];
        printf("result %d %u %.17g %.17g %.17g %.17g %.17g %.17g %.17g\n", result->left, result->rounds,
               result->median_s, result->low_s, result->high_s, result->ratio, result->ratio_low,
               result->ratio_high, result->peak_gflops);
    }
    puts("done");
}

static bool race(const struct arguments *arguments)
{
    const size_t count = count_wanted(arguments);
    if (count == 0 || count > RUNNERS_MAX) {
        printf("failed %d\n", (int)SEPCC_E_STAGE);
        return false;
    }
    struct board *board =
        mmap(NULL, sizeof *board, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (board == MAP_FAILED) {
        printf("failed %d\n", (int)SEPCC_E_MEMORY);
        return false;
    }
    board->arguments = arguments;
    board->count = count;
    const struct sepcc_isolated end =
        sepcc_isolate(run_race, ignore_fault, board, (unsigned)arguments->timeout);
    if (end.status == SEPCC_E_TIMEOUT)
        printf("hung %zu\n", board->running);
    else if (end.status == SEPCC_E_CRASH || (end.status == SEPCC_OK && !board->finished))
        printf("crashed %zu %d\n", board->running, end.signal);
    else if (end.status != SEPCC_OK || board->status != SEPCC_OK)
        printf("failed %d\n", (int)(end.status != SEPCC_OK ? end.status : board->status));
    else
        print_results(board);
    const bool done = board->finished && board->status == SEPCC_OK;
    munmap(board, sizeof *board);
    return done;
}

/* ---- describing ------------------------------------------------------------------------------------- */

/* Prints the lines of the first processor; true when they are those of another kind of machine. */
static bool print_cpuinfo(void)
{
    char line[4096];
    bool own = false, tcg = false;
    FILE *file = fopen("/proc/cpuinfo", "r");
    while (file != NULL && fgets(line, sizeof line, file) != NULL && line[0] != '\n') {
        line[strcspn(line, "\n")] = '\0';
        printf("cpuinfo %s\n", line);
        own = own || strncmp(line, own_word, strlen(own_word)) == 0;
        tcg = tcg || strstr(line, "QEMU TCG") != NULL;
    }
    if (file != NULL)
        fclose(file);
    return !own || tcg;
}

/* The kernel calls a process by the program it has started, which is qemu-... for one that qemu runs. */
static bool is_below_qemu(void)
{
    char name[32] = "";
    FILE *file = fopen("/proc/self/comm", "r");
    if (file == NULL)
        return false;
    const bool below = fgets(name, sizeof name, file) != NULL && strncmp(name, "qemu-", 5) == 0;
    fclose(file);
    return below;
}

static bool print_bandwidths(struct sepcc_pool *pool)
{
    for (unsigned level = 0; level < SEPCC_LEVEL_COUNT; ++level) {
        struct sepcc_bandwidth bandwidth;
        if (sepcc_measure_bandwidth((enum sepcc_level)level, pool, &bandwidth) != SEPCC_OK)
            return false;
        printf("bandwidth %.17g %.17g\n", bandwidth.read, bandwidth.write);
    }
    return true;
}

static bool describe(const struct arguments *arguments)
{
    struct sepcc_pool *pool;
    printf("protocol %d\nisas %" PRIu32 "\ncaches", (int)SEPCC_RUNNER_PROTOCOL, sepcc_cpu_isas());
    for (unsigned level = 0; level < SEPCC_MEMORY; ++level)
        printf(" %zu", sepcc_cache_bytes((enum sepcc_level)level));
    puts("");
    const bool measured = make_pool(arguments, &pool) == SEPCC_OK && print_bandwidths(pool);
    sepcc_pool_destroy(pool);
    if (!measured)
        return false;
    const bool foreign = print_cpuinfo();
    printf("machine %s %s\ndone\n", machine, foreign || is_below_qemu() ? "emulated" : "native");
    return true;
}

/* ---- all -------------------------------------------------------------------------------------------- */

static bool is_understood(const struct arguments *arguments)
{
    if (arguments->protocol == SEPCC_RUNNER_PROTOCOL)
        return true;
    printf("protocol %d\n", (int)SEPCC_RUNNER_PROTOCOL);
    fprintf(stderr, "runner: asked by protocol %" PRIu64 ", expected %d\n", arguments->protocol,
            (int)SEPCC_RUNNER_PROTOCOL);
    return false;
}

int main(int argc, char **argv)
{
    struct arguments arguments;
    const bool parsed = parse_arguments(argc, (const char **)argv, &arguments);
    if (!is_understood(&arguments)) /* before a word that only another protocol has */
        return 2;
    if (!parsed || !all_known(&arguments)) {
        fputs("usage: runner [--list | --race | --describe] [--only [BUNDLE/]NAME]... [--protocol N]\n"
              "    [--seed N] [--runs N] [--timeout S] [--cache 0|1|2] [--threads N] [--chain BUNDLE]\n"
              "    [--chain-at I] [--seconds S] [--precision R] [--min-rounds N] [--most-rounds N]\n"
              "    [--all-stay] [--keep N]\n",
              stderr);
        return 2;
    }
    const bool done = arguments.describe ? describe(&arguments)
                      : arguments.race   ? race(&arguments)
                                         : prove_or_list(&arguments);
    return fflush(stdout) == 0 && done ? 0 : 1;
}
