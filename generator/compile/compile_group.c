/*
 * compile_group.c: compiling kernels in groups: those of one folder with the same flags and system headers
 * share precompiled headers, and are shared out among a few processes.
 *
 * All happens in a folder of its own, with links to the sources, so that a compiler that is killed leaves
 * nothing elsewhere; a copy of the precompiled headers there cannot be pruned by others while it is in use.
 */
#include "compile/compile_group.h"

#include "base/cache_folder.h"
#include "base/files.h"
#include "base/process.h"
#include "compile/cache.h"
#include "compile/compile_command.h"
#include "compile/compile_driver.h"
#include "compile/compile_key.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/*
 * A process takes so many kernels or bytes of source at most: it keeps what it needed for each. CHUNKS for
 * each that runs at the same time, so that all end together. Asking for the driver's words costs a start.
 */
enum { CHUNK_KERNELS = 16, CHUNK_BYTES = 1024 * 1024, CHUNKS = 3, ASK_FROM = 4 };

static const char nothing[] = "extern int nothing;\n";

/* Clang looks whether its own headers and the C library's are still those that were precompiled. */
static const char validate[] = "-fmodules-validate-system-headers";

/* A kernel of a group. */
struct member {
    struct miss *miss;
    char *source, *object; /* in the group's folder */
    size_t bytes;
};

struct group {
    const struct compiler *compiler;
    const char *const *args;
    const char *lines;                        /* the #include lines of the system headers */
    char *from;                               /* the folder of the sources */
    char *folder, *headers, *asked, *answers; /* where it is compiled, and files there */
    char key[33];                             /* of the headers in the cache */
    bool ready;                               /* the headers are there */
    bool doubted;                             /* and it was asked whether they are of any use */
    struct driver_words driver;
    struct member *members; /* the largest first */
    size_t count;
};

struct groups {
    const struct compiler *compiler;
    char *folder;
    struct group *items;
    size_t count;
    group_done done;
    void *context;
};

/* ---- forming groups -------------------------------------------------------------------------------- */

static const char *file_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

/* A kernel whose object is called like itself, but .o for .c. */
static bool is_candidate(const struct miss *miss)
{
    const char *dot = strchr(file_name(miss->job->source), '.');
    return miss->job->kernel && miss->headers.length > 0 && !words_have(miss->job->args, "-S") && dot &&
           strcmp(dot, ".c") == 0;
}

static bool same_words(const char *const *a, const char *const *b)
{
    size_t count = words_count(a);
    if (count != words_count(b))
        return false;
    for (size_t i = 0; i < count; i++)
        if (strcmp(a[i], b[i]) != 0)
            return false;
    return true;
}

static bool belongs(const struct group *group, const struct miss *miss)
{
    const char *source = miss->job->source, *name = file_name(source);
    return (size_t)(name - source) == strlen(group->from) &&
           strncmp(source, group->from, strlen(group->from)) == 0 &&
           strcmp(miss->headers.data, group->lines) == 0 && same_words(miss->job->args, group->args);
}

/* folder/name, malloc'ed; NULL when out of memory, without a message. */
static char *join(const char *folder, const char *name)
{
    struct text path = {0};
    text_printf(&path, "%s/%s", folder, name);
    if (path.failed)
        text_free(&path);
    return path.data;
}

static bool group_begin(struct groups *groups, struct group *group, const struct miss *first, size_t most)
{
    const char *source = first->job->source;
    char name[24];
    snprintf(name, sizeof name, "%zu", groups->count);
    *group =
        (struct group){.compiler = groups->compiler, .args = first->job->args, .lines = first->headers.data};
    group->from = strndup(source, (size_t)(file_name(source) - source));
    group->folder = join(groups->folder, name);
    group->members = calloc(most, sizeof *group->members);
    if (!group->from || !group->folder || !group->members)
        return false;
    group->headers = join(group->folder, "headers.pch");
    group->asked = join(group->folder, "asked.c");
    group->answers = join(group->folder, "asked.o");
    return group->headers && group->asked && group->answers && folder_create(group->folder) == 0 &&
           compile_headers_key(group->compiler, group->args, group->lines, group->key);
}

static void group_free(struct group *group)
{
    for (size_t i = 0; group->members && i < group->count; i++) {
        free(group->members[i].source);
        free(group->members[i].object);
    }
    free(group->members);
    free(group->from);
    free(group->folder);
    free(group->headers);
    free(group->asked);
    free(group->answers);
    driver_words_free(&group->driver);
}

/* Links the source into the group's folder. Without that the kernel is compiled by itself. */
static void add_member(struct group *group, struct miss *miss)
{
    struct member member = {.miss = miss};
    struct stat status;
    char *path = realpath(miss->job->source, NULL);
    member.source = join(group->folder, file_name(miss->job->source));
    if (member.source)
        member.object = strdup(member.source);
    if (path && member.object && stat(path, &status) == 0 && symlink(path, member.source) == 0) {
        member.object[strlen(member.object) - 1] = 'o';
        member.bytes = (size_t)status.st_size;
        group->members[group->count++] = member;
    } else {
        free(member.source);
        free(member.object);
    }
    free(path);
}

static int by_size(const void *a, const void *b)
{
    const struct member *x = a, *y = b;
    return x->bytes < y->bytes ? 1 : x->bytes > y->bytes ? -1 : 0;
}

/* False when something failed: then there are no groups. */
static bool groups_form(struct groups *groups, struct miss *misses, size_t count)
{
    groups->items = calloc(count, sizeof *groups->items);
    if (!groups->items)
        return false;
    for (size_t i = 0; i < count; i++) {
        size_t g = 0;
        if (!is_candidate(&misses[i]))
            continue;
        while (g < groups->count && !belongs(&groups->items[g], &misses[i]))
            g++;
        struct group *group = &groups->items[g];
        if (g == groups->count) {
            const bool begun = group_begin(groups, group, &misses[i], count - i);
            groups->count++;
            if (!begun)
                return false;
        }
        add_member(group, &misses[i]);
    }
    for (size_t g = 0; g < groups->count; g++)
        qsort(groups->items[g].members, groups->items[g].count, sizeof(struct member), by_size);
    return true;
}

/* ---- preparing them -------------------------------------------------------------------------------- */

/* Precompiles a group's headers, or asks what the driver would run. */
struct preparation {
    struct group *group;
    struct command command;
    bool asks;
};

static bool headers_command(struct group *group, struct command *command)
{
    const char *const *args = group->args;
    if (!command_begin(command, group->compiler, words_count(args)))
        return false;
    command_add_flags(command);
    for (size_t i = 0; args && args[i]; i++)
        if (!compile_include_folder(args, &i))
            command_add(command, args[i]);
    command_add(command, validate);
    command_add(command, "-x");
    command_add(command, "c-header");
    command_add(command, "-");
    command_add(command, "-o");
    command_add(command, group->headers);
    return true;
}

/* Compiles source to object with the group's headers. */
static bool compile_command(const struct group *group, const char *source, const char *object,
                            struct command *command)
{
    const char *const *args = group->args;
    if (!command_begin(command, group->compiler, words_count(args)))
        return false;
    command_add_flags(command);
    command_add(command, "-iquote"); /* beside the source, before -I */
    command_add(command, *group->from ? group->from : ".");
    for (size_t i = 0; args && args[i]; i++)
        command_add(command, args[i]);
    command_add(command, validate);
    command_add(command, "-include-pch");
    command_add(command, group->headers);
    command_add(command, "-c");
    command_add(command, source);
    command_add(command, "-o");
    command_add(command, object);
    return true;
}

static bool ask_command(struct group *group, struct command *command)
{
    if (file_create(group->asked, nothing, sizeof nothing - 1) != 0 ||
        !compile_command(group, group->asked, group->answers, command))
        return false;
    command_add(command, "-###");
    return true;
}

/* Takes the headers out of the cache. */
static bool headers_load(struct group *group)
{
    struct text bytes = {0};
    const bool done = cache_read(group->key, &bytes) &&
                      file_create(group->headers, bytes.data ? bytes.data : "", bytes.length) == 0;
    text_free(&bytes);
    return done;
}

/* Keeps new headers in the cache. */
static void headers_keep(struct group *group)
{
    struct text bytes = {0};
    if (file_load(group->headers, &bytes) == 0 && bytes.length > 0) {
        cache_write(group->key, bytes.data, bytes.length);
        group->ready = true;
    }
    text_free(&bytes);
}

static enum exit_status prepared(struct process *process, size_t index, void *context)
{
    const struct preparation *preparation = (struct preparation *)context + index;
    struct group *group = preparation->group;
    if (process->exit_code != 0)
        return STATUS_DONE;
    if (!preparation->asks)
        headers_keep(group);
    else if (process->error.data)
        group->driver = driver_words_read(process->error.data, group->asked, group->answers, CHUNK_KERNELS);
    return STATUS_DONE;
}

static void add_preparation(struct preparation *preparations, struct process *processes, size_t *count,
                            struct group *group, bool asks)
{
    struct preparation *preparation = &preparations[*count];
    *preparation = (struct preparation){.group = group, .asks = asks};
    if (asks ? !ask_command(group, &preparation->command) : !headers_command(group, &preparation->command)) {
        command_free(&preparation->command);
        return;
    }
    processes[*count] =
        (struct process){.argv = preparation->command.words, .environment = compile_environment};
    if (!asks) {
        processes[*count].input = group->lines;
        processes[*count].input_length = strlen(group->lines);
    }
    ++*count;
}

static enum exit_status groups_prepare(struct groups *groups, unsigned parallel)
{
    struct preparation *preparations = calloc(2 * groups->count + 1, sizeof *preparations);
    struct process *processes = calloc(2 * groups->count + 1, sizeof *processes);
    size_t count = 0;
    enum exit_status status = preparations && processes ? STATUS_DONE : diag_memory();
    for (size_t g = 0; status == STATUS_DONE && g < groups->count; g++) {
        struct group *group = &groups->items[g];
        group->ready = headers_load(group);
        if (!group->ready)
            add_preparation(preparations, processes, &count, group, false);
        if (group->count >= ASK_FROM)
            add_preparation(preparations, processes, &count, group, true);
    }
    if (status == STATUS_DONE)
        status = process_run_all(processes, count, parallel, prepared, preparations);
    for (size_t i = 0; i < count; i++) {
        process_free(&processes[i]);
        command_free(&preparations[i].command);
    }
    free(preparations);
    free(processes);
    return status;
}

/* ---- compiling ------------------------------------------------------------------------------------- */

/* Some members of a group that one process compiles. */
struct chunk {
    struct groups *groups;
    struct group *group;
    struct member *members;
    size_t count;
    struct command command;
};

struct chunks {
    struct chunk *items;
    struct process *processes;
    size_t count;
};

/* A group's headers are of no use when not even an empty source compiles with them: then they go. */
static void drop_bad_headers(struct group *group)
{
    struct command command = {0};
    if (group->doubted)
        return;
    group->doubted = true;
    (void)file_create(group->asked, nothing, sizeof nothing - 1);
    if (compile_command(group, group->asked, group->answers, &command)) {
        struct process process = {.argv = command.words, .environment = compile_environment};
        if (process_run(&process) == STATUS_DONE && process.exit_code != 0)
            cache_remove(group->key);
        process_free(&process);
    }
    command_free(&command);
}

/* Takes the objects when all went well, else leaves the sources to be compiled by themselves. */
static enum exit_status chunk_done(struct process *process, size_t index, void *context)
{
    struct chunk *chunk = (struct chunk *)context + index;
    enum exit_status status = STATUS_DONE;
    bool good = process->exit_code == 0 && process->error.length == 0;
    for (size_t i = 0; i < chunk->count; i++)
        good = good && path_exists(chunk->members[i].object);
    if (!good)
        drop_bad_headers(chunk->group);
    for (size_t i = 0; good && i < chunk->count && status == STATUS_DONE; i++) {
        struct miss *miss = chunk->members[i].miss;
        miss->done = miss->job->precompiled = true;
        status = chunk->groups->done(miss, chunk->members[i].object, chunk->groups->context);
        unlink(chunk->members[i].object);
    }
    return status;
}

static bool chunk_command(struct chunk *chunk)
{
    const struct driver_words *driver = &chunk->group->driver;
    if (!driver->words)
        return compile_command(chunk->group, chunk->members->source, chunk->members->object, &chunk->command);
    chunk->command.words = calloc(driver->count + chunk->count + 1, sizeof(const char *));
    if (!chunk->command.words)
        return false;
    for (size_t i = 0; i < driver->count; i++)
        command_add(&chunk->command, driver->words[i]);
    for (size_t i = 0; i < chunk->count; i++)
        command_add(&chunk->command, chunk->members[i].source);
    return true;
}

/* Cuts a group into chunks of about so many bytes. */
static bool cut(struct groups *groups, struct group *group, size_t most_bytes, struct chunks *chunks)
{
    const size_t most = group->driver.words ? CHUNK_KERNELS : 1;
    for (size_t first = 0, count; group->ready && first < group->count; first += count) {
        size_t bytes = group->members[first].bytes;
        for (count = 1; count < most && first + count < group->count; count++) {
            bytes += group->members[first + count].bytes;
            if (bytes > most_bytes)
                break;
        }
        struct chunk *chunk = &chunks->items[chunks->count];
        *chunk = (struct chunk){
            .groups = groups, .group = group, .members = &group->members[first], .count = count};
        if (!chunk_command(chunk)) {
            command_free(&chunk->command);
            return false;
        }
        chunks->processes[chunks->count++] =
            (struct process){.argv = chunk->command.words, .environment = compile_environment};
    }
    return true;
}

static enum exit_status groups_compile(struct groups *groups, unsigned parallel)
{
    struct chunks chunks = {0};
    size_t kernels = 0, bytes = 0;
    for (size_t g = 0; g < groups->count; g++)
        for (size_t i = 0; i < groups->items[g].count; i++, kernels++)
            bytes += groups->items[g].members[i].bytes;
    const size_t share = bytes / CHUNKS / (parallel ? parallel : 1);
    chunks.items = calloc(kernels + 1, sizeof *chunks.items);
    chunks.processes = calloc(kernels + 1, sizeof *chunks.processes);
    enum exit_status status = chunks.items && chunks.processes ? STATUS_DONE : diag_memory();
    for (size_t g = 0; status == STATUS_DONE && g < groups->count; g++)
        if (!cut(groups, &groups->items[g], share < CHUNK_BYTES ? share : CHUNK_BYTES, &chunks))
            status = diag_memory();
    if (status == STATUS_DONE)
        status = process_run_all(chunks.processes, chunks.count, parallel, chunk_done, chunks.items);
    for (size_t i = 0; i < chunks.count; i++) {
        process_free(&chunks.processes[i]);
        command_free(&chunks.items[i].command);
    }
    free(chunks.items);
    free(chunks.processes);
    return status;
}

/* ---- all ------------------------------------------------------------------------------------------- */

/* A folder in the cache; NULL when there is none. */
static char *make_folder(void)
{
    struct text cache = {0};
    char *folder = NULL;
    if (cache_folder_name(&cache) && !cache.failed)
        (void)cache_scratch(cache.data, &folder);
    text_free(&cache);
    return folder;
}

enum exit_status compile_groups(const struct compiler *compiler, struct miss *misses, size_t count,
                                unsigned parallel, group_done done, void *context)
{
    struct groups groups = {.compiler = compiler, .done = done, .context = context};
    size_t candidates = 0;
    for (size_t i = 0; i < count; i++)
        candidates += is_candidate(&misses[i]);
    if (candidates == 0 || !compiler_is_clang(compiler))
        return STATUS_DONE;
    groups.folder = make_folder();
    if (!groups.folder)
        return STATUS_DONE;
    enum exit_status status = STATUS_DONE;
    if (groups_form(&groups, misses, count)) {
        status = groups_prepare(&groups, parallel);
        if (status == STATUS_DONE)
            status = groups_compile(&groups, parallel);
    }
    for (size_t g = 0; g < groups.count; g++)
        group_free(&groups.items[g]);
    free(groups.items);
    folder_remove(groups.folder);
    free(groups.folder);
    return status;
}
