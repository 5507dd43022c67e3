/*
 * support_kernels_prove.c: lists of cases are made into bundles, chunk by chunk, compiled, and proved: in a
 * shared library on this CPU, each kernel in a child process, or in a static program under an emulator.
 */
#include "bundle/build.h"
#include "sepcc.h"
#include "support_kernels.h"

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { CHUNK = 200, KERNEL_TIMEOUT_S = 60, PROGRAM_TIMEOUT_S = 600, MESSAGE_MAX = 4096 };

/* Cases first .. first + count - 1 of a list. */
struct chunk {
    struct kernel_case *cases;
    size_t count;
    const struct prove_options *options;
};

static void set_failure(struct kernel_case *which, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static void set_failure(struct kernel_case *which, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(which->failure, sizeof which->failure, format, arguments);
    va_end(arguments);
}

/* ---- building -------------------------------------------------------------------------------------- */

static struct options build_options(void)
{
    return (struct options){.jobs = cpu_count(), .cc = getenv("SEPCC_TEST_CC")};
}

/* A bundle with a stage of its own for each case, and that case's plan. */
static enum exit_status bundle_make(const struct chunk *chunk, struct bundle *bundle)
{
    *bundle = (struct bundle){.name = "kernels", .unique_count = chunk->count, .isa_count = 1};
    bundle->isa[0] = chunk->cases[0].isa;
    bundle->isas = 1u << chunk->cases[0].isa->id;
    bundle->stages.items = calloc(chunk->count, sizeof *bundle->stages.items);
    bundle->unique = calloc(chunk->count, sizeof *bundle->unique);
    bundle->kernels = calloc(chunk->count, sizeof *bundle->kernels);
    assert_true(bundle->stages.items != NULL && bundle->unique != NULL && bundle->kernels != NULL);
    for (size_t i = 0; i < chunk->count; ++i) {
        const struct kernel_case *which = &chunk->cases[i];
        const struct position at = {"--plan", 0, 0};
        struct plan_request request;
        bundle->stages.items[i] = which->spec;
        (void)snprintf(bundle->stages.items[i].name, SPEC_NAME_MAX, "stage%zu", i);
        bundle->unique[i] = i;
        bundle->stages.count = bundle->kernel_count = i + 1;
        enum exit_status status = plan_request_parse(which->plan, at, &request);
        if (status == STATUS_DONE)
            status = kernel_prepare(&which->spec, which->isa, &request, at, &bundle->kernels[i]);
        if (status != STATUS_DONE)
            return status;
    }
    return STATUS_DONE;
}

static void tamper(const struct chunk *chunk, const struct build *build)
{
    for (size_t i = 0; chunk->options->tamper != NULL && i < chunk->count; ++i) {
        struct text path = {0};
        text_printf(&path, "%s/%s.c", build->folder, chunk->cases[i].kernel);
        assert_false(path.failed);
        chunk->options->tamper(path.data, &chunk->cases[i]);
        text_free(&path);
    }
}

/* Writes and compiles the chunk; *program gets the path of the library or program. */
static enum exit_status build_make(const struct chunk *chunk, const struct options *options,
                                   struct build *build, char **program)
{
    struct bundle bundle;
    *build = (struct build){0};
    enum exit_status status = bundle_make(chunk, &bundle);
    if (status == STATUS_DONE)
        status = build_open(options, &bundle, true, build);
    bundle_free(&bundle);
    if (status != STATUS_DONE)
        return status;
    tamper(chunk, build);
    return chunk->options->emulator != NULL ? build_runner(build, chunk->cases[0].isa, program)
                                            : build_library(build, isa_host_arch(), false, program);
}

/* ---- on this CPU ----------------------------------------------------------------------------------- */

static void prove_kernel(const struct sepcc_bundle *bundle, struct kernel_case *which, uint64_t seed)
{
    const struct sepcc_verify_options options = {
        .seed = seed, .guard = true, .isolate = true, .timeout_s = KERNEL_TIMEOUT_S};
    const struct sepcc_kernel *kernel = NULL;
    struct sepcc_verify_result result;
    const enum sepcc_status status = sepcc_bundle_find(bundle, which->kernel, NULL, &kernel);
    if (status != SEPCC_OK)
        set_failure(which, "%s", sepcc_status_text(status));
    else if (sepcc_verify(kernel, &options, &result) != SEPCC_OK)
        set_failure(which, "%s", result.message);
    else
        which->proved = true;
}

static struct sepcc_library *library_open(const char *path)
{
    char message[512];
    struct sepcc_library *library;
    const enum sepcc_status status = sepcc_library_open(path, "kernels", &library, message, sizeof message);
    if (status != SEPCC_OK)
        fail_msg("%s: %s", path, message);
    return library;
}

static size_t prove_library(const struct chunk *chunk, const char *path)
{
    struct sepcc_library *library = library_open(path);
    for (size_t i = 0; i < chunk->count; ++i)
        prove_kernel(sepcc_library_bundle(library), &chunk->cases[i], chunk->options->seed);
    sepcc_library_close(library);
    return chunk->count;
}

void cases_visit(const struct case_list *list,
                 void (*visit)(const struct sepcc_kernel *kernel, size_t index, void *context), void *context)
{
    const struct prove_options prove_options = {.emulator = NULL};
    const struct chunk chunk = {list->items, list->count, &prove_options};
    const struct options options = build_options();
    struct build build;
    char *path = NULL;
    assert_int_equal(build_make(&chunk, &options, &build, &path), STATUS_DONE);
    struct sepcc_library *library = library_open(path);
    for (size_t i = 0; i < list->count; ++i) {
        const struct sepcc_kernel *kernel;
        assert_int_equal(
            sepcc_bundle_find(sepcc_library_bundle(library), list->items[i].kernel, NULL, &kernel), SEPCC_OK);
        visit(kernel, i, context);
    }
    sepcc_library_close(library);
    free(path);
    build_close(&build);
}

/* ---- under an emulator ----------------------------------------------------------------------------- */

/*
 * Reads the runner's line about a case: NAME STATUS TRIALS MESSAGE. False when it ends before that, which
 * means that the program ended there.
 */
static bool take_line(char **text, struct kernel_case *which)
{
    char *line = *text, *end;
    const size_t name_length = strlen(which->kernel);
    const char *newline = strchr(line, '\n');
    if (newline == NULL || strncmp(line, which->kernel, name_length) != 0 || line[name_length] != ' ')
        return false;
    const long status = strtol(line + name_length, &end, 10);
    (void)strtoull(end, &end, 10);
    if (status != SEPCC_OK)
        set_failure(which, "%.*s", (int)(newline - end), end);
    which->proved = status == SEPCC_OK;
    *text += newline - line + 1;
    return true;
}

/* Returns how many cases there was an answer for, the one that ended the program among them. */
static size_t prove_program(const struct chunk *chunk, const char *program)
{
    char seed[32], isas[32];
    char **argv;
    const char *const args[] = {"--seed", seed, NULL};
    /* What masks this CPU's ISAs must not reach the program: below the emulator the kernels are to run. */
    const char *const environment[] = {isas, NULL};
    (void)snprintf(seed, sizeof seed, "%" PRIu64, chunk->options->seed);
    (void)snprintf(isas, sizeof isas, "SEPCC_ISAS=%s", chunk->cases[0].isa->name);
    assert_int_equal(runner_command(chunk->options->emulator, program, args, &argv), STATUS_DONE);
    struct process process = {
        .argv = (const char *const *)argv, .environment = environment, .timeout_s = PROGRAM_TIMEOUT_S};
    assert_int_equal(process_run(&process), STATUS_DONE);
    char nothing[] = "", *output = process.output.data != NULL ? process.output.data : nothing;
    const bool spoke = *output != '\0';
    size_t done = 0;
    while (done < chunk->count && take_line(&output, &chunk->cases[done]))
        ++done;
    if (done < chunk->count && !spoke)
        fail_msg("%s ran nothing (exit status %d): %s", chunk->options->emulator->name, process.exit_code,
                 process.error.data != NULL ? process.error.data : "");
    if (done < chunk->count)
        set_failure(&chunk->cases[done++], "%s under %s (exit status %d)",
                    process.timed_out ? "did not end" : "ended the program", chunk->options->emulator->name,
                    process.exit_code);
    process_free(&process);
    free(argv);
    return done;
}

/* ---- both ------------------------------------------------------------------------------------------ */

static void prove_chunk(struct chunk chunk)
{
    const struct options options = build_options();
    while (chunk.count > 0) {
        char message[MESSAGE_MAX] = "";
        char *program = NULL;
        struct build build;
        diag_capture(message, sizeof message);
        const enum exit_status status = build_make(&chunk, &options, &build, &program);
        diag_capture(NULL, 0);
        size_t done = 1;
        if (status == STATUS_DONE)
            done = chunk.options->emulator != NULL ? prove_program(&chunk, program)
                                                   : prove_library(&chunk, program);
        else if (chunk.count == 1)
            set_failure(&chunk.cases[0], "cannot be built: %.*s", (int)strcspn(message, "\n"), message);
        free(program);
        build_close(&build);
        if (status != STATUS_DONE && chunk.count > 1) {
            done = chunk.count / 2;
            prove_chunk((struct chunk){chunk.cases, done, chunk.options});
        }
        chunk.cases += done;
        chunk.count -= done;
    }
}

size_t cases_prove(struct case_list *list, const struct prove_options *options)
{
    const size_t most = options->chunk != 0 ? options->chunk : CHUNK;
    size_t failures = 0;
    for (size_t first = 0; first < list->count; first += most)
        prove_chunk((struct chunk){list->items + first,
                                   list->count - first < most ? list->count - first : most, options});
    for (size_t i = 0; i < list->count; ++i)
        failures += !list->items[i].proved;
    return failures;
}

void cases_print_failures(const struct case_list *list, const struct prove_options *options)
{
    for (size_t i = 0; i < list->count; ++i) {
        const struct kernel_case *which = &list->items[i];
        char spec[SPEC_TEXT_MAX];
        if (which->proved)
            continue;
        spec_print(&which->spec, 0, spec);
        print_message("sepcc verify '%s' --isa %s%s%s%s --seed %" PRIu64 "\n    %s\n", spec, which->isa->name,
                      options->emulator != NULL ? " --emulate" : "", which->plan[0] != '\0' ? " --plan " : "",
                      which->plan, options->seed, which->failure);
    }
}

struct runner cases_need_emulator(const struct isa *isa)
{
    const char *skipped = getenv("SEPCC_SKIP_EMULATORS");
    const struct runner runner = emulator_for(isa);
    const char *reason = NULL;
    if (skipped != NULL && *skipped != '\0')
        reason = "SEPCC_SKIP_EMULATORS is set";
    else if (runner.kind == RUN_NOWHERE)
        reason = runner.missing;
    else if (runner.kind == RUN_NATIVE)
        reason = "there is no emulator of this architecture on itself";
    if (reason != NULL) {
        print_message("skipped: emulated kernels of %s: %s\n", isa->name, reason);
        skip();
    }
    return runner;
}
