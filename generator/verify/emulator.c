/*
 * emulator.c: where each ISA can be executed, and the commands that do it.
 *
 * Bochs' own parts (tests/emulators/bxrun) are built once into the cache, in a folder named by the digest of
 * their sources. It is made under a temporary name and renamed, so that several processes may do it at once.
 */
#include "verify/emulator.h"

#include "base/cache_folder.h"
#include "base/files.h"
#include "base/temporary.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What build.sh makes; bxrun comes last. */
static const char *const bochs_parts[] = {"bx.rom", "bx.kernel", "bxmk", "bxout", "vga.rom", "bxrun"};

/* RAM of the emulated machine: half a GiB and more for tensors. Bochs takes what is touched. */
static const char bochs_ram_mib[] = "1024";
/* Whoever runs the command has a limit of their own; this one ends what they leave behind. */
static const char bochs_limit_s[] = "7200";

static const struct runner native = {RUN_NATIVE, "this CPU", NULL};

static struct runner nowhere(const char *missing)
{
    return (struct runner){RUN_NOWHERE, "nowhere", missing};
}

static const char *qemu_program(void)
{
    return program_exists("qemu-aarch64-static") ? "qemu-aarch64-static" : "qemu-aarch64";
}

static struct runner qemu_runner(void)
{
    if (program_exists(qemu_program()))
        return (struct runner){RUN_QEMU, "qemu-aarch64", NULL};
    return nowhere("qemu-aarch64 is missing: apt-get install qemu-user-static");
}

static struct runner bochs_runner(void)
{
    if (isa_host_arch() != ARCH_X86_64)
        return nowhere("only an x86-64 host can build what runs under Bochs");
    if (!program_exists("bochs-bin") && !program_exists("bochs"))
        return nowhere("Bochs is missing: apt-get install bochs bochs-term");
    if (!program_exists("gcc") || !program_exists("ld") || !program_exists("objcopy"))
        return nowhere(
            "gcc and binutils, which build the parts around Bochs, are missing: apt-get install gcc");
    return (struct runner){RUN_BOCHS, "Bochs", NULL};
}

struct runner emulator_for(const struct isa *isa)
{
    switch (isa->arch) {
    case ARCH_X86_64:
        return bochs_runner();
    case ARCH_AARCH64:
        return qemu_runner();
    case ARCH_ANY:
        break;
    }
    return native;
}

struct runner runner_for(const struct isa *isa)
{
    return (sepcc_cpu_isas() & (1u << isa->id)) != 0 ? native : emulator_for(isa);
}

/* ---- building Bochs' parts ---------------------------------------------------------------------------- */

/* The folder of bxrun's sources: installed, or in the source tree. malloc'ed. */
static enum exit_status find_sources(char **sources)
{
    static const char *const places[] = {"emulators/bxrun", "tests/emulators/bxrun"};
    const char *data = data_folder();
    if (data == NULL)
        return STATUS_ENVIRONMENT;
    for (size_t i = 0; i < sizeof places / sizeof places[0]; ++i) {
        char *folder = path_join(data, places[i]);
        if (folder == NULL)
            return STATUS_ENVIRONMENT;
        if (path_exists(folder)) {
            *sources = folder;
            return STATUS_DONE;
        }
        free(folder);
    }
    return diag_error(DIAG_TOOL, NOWHERE, "the sources of bxrun are missing, expected them in %s/%s", data,
                      places[0]);
}

/* Appends name and bytes of every file to text. names: as scandir gives them. */
static enum exit_status read_sources(const char *folder, struct dirent *const *names, int count,
                                     struct text *text)
{
    for (int i = 0; i < count; ++i) {
        if (names[i]->d_name[0] == '.')
            continue;
        char *path = path_join(folder, names[i]->d_name);
        if (path == NULL)
            return STATUS_ENVIRONMENT;
        text_append(text, names[i]->d_name, strlen(names[i]->d_name) + 1);
        const enum exit_status status = file_read(path, text);
        free(path);
        if (status != STATUS_DONE)
            return status;
    }
    return text->failed ? diag_memory() : STATUS_DONE;
}

/* Bytewise, whatever the locale. */
static int compare_names(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}

static enum exit_status digest_sources(const char *folder, char digest[33])
{
    struct dirent **names;
    const int count = scandir(folder, &names, NULL, compare_names);
    if (count < 0)
        return diag_error(DIAG_IO, (struct position){.file = folder}, "cannot be read: %s", strerror(errno));
    struct text text = {0};
    const enum exit_status status = read_sources(folder, names, count, &text);
    if (status == STATUS_DONE)
        digest_bytes(text.data, text.length, digest);
    text_free(&text);
    for (int i = 0; i < count; ++i)
        free(names[i]);
    free(names);
    return status;
}

static bool has_all_parts(const char *folder)
{
    bool all = true;
    for (size_t i = 0; i < sizeof bochs_parts / sizeof bochs_parts[0] && all; ++i) {
        char *path = path_join(folder, bochs_parts[i]);
        all = path != NULL && path_exists(path);
        free(path);
    }
    return all;
}

/* Runs build.sh of sources into folder. */
static enum exit_status run_build(const char *sources, const char *folder)
{
    char *script = path_join(sources, "build.sh");
    if (script == NULL)
        return STATUS_ENVIRONMENT;
    struct process build = {.argv = (const char *const[]){"sh", script, folder, NULL}};
    enum exit_status status = process_run(&build);
    if (status == STATUS_DONE && build.exit_code != 0)
        status = diag_error(DIAG_TOOL, NOWHERE, "the parts around Bochs cannot be built (%s): %s", script,
                            build.error.data != NULL ? build.error.data : "no reason given");
    process_free(&build);
    free(script);
    return status;
}

/* Builds beside folder and renames. Another process that was first with the same bytes is welcome. */
static enum exit_status build_into(const char *sources, const char *folder)
{
    temporary_remove_stale(folder);
    char *work = temporary_name(folder);
    if (work == NULL)
        return diag_memory();
    enum exit_status status = run_build(sources, work);
    if (status == STATUS_DONE && rename(work, folder) != 0 && !has_all_parts(folder)) {
        /* What is there is broken: away with it. */
        status = folder_remove(folder);
        if (status == STATUS_DONE && rename(work, folder) != 0 && !has_all_parts(folder))
            status =
                diag_error(DIAG_IO, (struct position){.file = folder}, "cannot be made: %s", strerror(errno));
    }
    const enum exit_status removed = path_exists(work) ? folder_remove(work) : STATUS_DONE;
    free(work);
    return status != STATUS_DONE ? status : removed;
}

/* Where the parts of these sources belong in the cache. malloc'ed. */
static enum exit_status parts_path(const char *sources, char **path)
{
    char digest[33];
    enum exit_status status = digest_sources(sources, digest);
    char *cache = NULL;
    if (status == STATUS_DONE)
        status = cache_folder(&cache);
    if (status != STATUS_DONE)
        return status;
    struct text text = {0};
    text_printf(&text, "%s/bxrun-%s", cache, digest);
    free(cache);
    if (text.failed) {
        text_free(&text);
        return diag_memory();
    }
    *path = text.data;
    return STATUS_DONE;
}

/* The folder with Bochs' parts, built when it is not there. malloc'ed. */
static enum exit_status bochs_folder(char **folder)
{
    char *sources = NULL;
    *folder = NULL;
    enum exit_status status = find_sources(&sources);
    if (status == STATUS_DONE)
        status = parts_path(sources, folder);
    if (status == STATUS_DONE && !has_all_parts(*folder))
        status = build_into(sources, *folder);
    free(sources);
    if (status != STATUS_DONE) {
        free(*folder);
        *folder = NULL;
    }
    return status;
}

/* ---- commands ----------------------------------------------------------------------------------------- */

/* Copies the words of a command into one block: the pointers, a NULL, the strings. */
static enum exit_status make_argv(const char *const *words, size_t word_count, const char *const *args,
                                  char ***argv)
{
    size_t count = word_count, bytes = 0;
    for (size_t i = 0; i < word_count; ++i)
        bytes += strlen(words[i]) + 1;
    for (const char *const *arg = args; arg != NULL && *arg != NULL; ++arg, ++count)
        bytes += strlen(*arg) + 1;

    char **block = malloc((count + 1) * sizeof *block + bytes);
    if (block == NULL)
        return diag_memory();
    char *string = (char *)(block + count + 1);
    for (size_t i = 0; i < count; ++i) {
        block[i] = string;
        string = stpcpy(string, i < word_count ? words[i] : args[i - word_count]) + 1;
    }
    block[count] = NULL;
    *argv = block;
    return STATUS_DONE;
}

static enum exit_status bochs_command(const char *program, const char *const *args, char ***argv)
{
    char *folder;
    const enum exit_status built = bochs_folder(&folder);
    if (built != STATUS_DONE)
        return built;
    char *script = path_join(folder, "bxrun");
    free(folder);
    if (script == NULL)
        return STATUS_ENVIRONMENT;
    const char *const words[] = {script, "-m", bochs_ram_mib, "-t", bochs_limit_s, "--", program};
    const enum exit_status status = make_argv(words, sizeof words / sizeof words[0], args, argv);
    free(script);
    return status;
}

enum exit_status runner_command(const struct runner *runner, const char *program, const char *const *args,
                                char ***argv)
{
    *argv = NULL;
    switch (runner->kind) {
    case RUN_NATIVE:
        return make_argv(&program, 1, args, argv);
    case RUN_QEMU:
        return make_argv((const char *const[]){qemu_program(), program}, 2, args, argv);
    case RUN_BOCHS:
        return bochs_command(program, args, argv);
    case RUN_NOWHERE:
        break;
    }
    return diag_error(DIAG_TOOL, NOWHERE, "%s", runner->missing);
}
