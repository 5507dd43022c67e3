/*
 * compile.c: compiling and linking: what the cache has is copied from there, the rest is compiled in
 * parallel.
 */
#include "compile/compile.h"

#include "base/files.h"
#include "base/process.h"
#include "base/temporary.h"
#include "compile/cache.h"
#include "compile/compile_command.h"
#include "compile/compile_group.h"
#include "compile/compile_key.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A file that a program writes under a temporary name before it gets its own. */
struct target {
    const char *path;
    char *name;
    struct temporary *temporary;
};

static bool target_begin(struct target *target, const char *path)
{
    *target = (struct target){.path = path, .name = temporary_name(path)};
    temporary_remove_stale(path);
    target->temporary = target->name ? temporary_register(target->name) : NULL;
    return target->temporary != NULL;
}

static enum exit_status target_finish(struct target *target)
{
    if (rename(target->name, target->path) != 0)
        return file_write_error(target->path, errno);
    temporary_forget(target->temporary);
    target->temporary = NULL;
    return STATUS_DONE;
}

/* Removes the file unless it was finished. */
static void target_free(struct target *target)
{
    temporary_remove(target->temporary);
    free(target->name);
    *target = (struct target){0};
}

/* Reports what a compiler or linker said: the one-line error when it failed, then its own words. */
static enum exit_status pass_on(const struct process *process, const char *verb, const char *path)
{
    enum exit_status status = STATUS_DONE;
    const char *said = process->error.data ? process->error.data : "";
    const struct position at = {.file = path};
    if (process->exit_code != 0) {
        progress("", 0, 0, "");
        if (strstr(said, strerror(ENOSPC)))
            status = file_write_error(path, ENOSPC);
        else if (process->exit_code > 128)
            status = diag_error(DIAG_COMPILE, at,
                                "%s was ended by signal %d while it %s this, expected an exit code of 0",
                                process->argv[0], process->exit_code - 128, verb);
        else
            status = diag_error(DIAG_COMPILE, at, "%s ended with exit code %d while it %s this, expected 0",
                                process->argv[0], process->exit_code, verb);
    }
    if (*said)
        fputs(said, stderr);
    return status;
}

/* ---- compiling ---- */

/* One compile_all. */
struct batch {
    struct miss *misses;
    size_t count;
    size_t total, finished; /* of all jobs */
};

static void finished(struct batch *batch, const struct miss *miss)
{
    progress("compile", ++batch->finished, batch->total, miss->job->name);
}

/* Takes the job's object out of the cache, or makes it the batch's next miss. */
static enum exit_status look_up(struct batch *batch, const struct compiler *compiler, struct compile_job *job)
{
    struct miss *miss = &batch->misses[batch->count];
    struct text object = {0};
    *miss = (struct miss){.job = job};
    job->precompiled = false;
    enum exit_status status = compile_key(compiler, job, miss->key, job->kernel ? &miss->headers : NULL);
    if (status != STATUS_DONE) {
        text_free(&miss->headers);
        return status;
    }
    job->cached = cache_read(miss->key, &object);
    if (job->cached) {
        batch->finished++;
        status = file_write(job->object, object.data ? object.data : "", object.length, NULL);
        text_free(&miss->headers);
    } else {
        batch->count++;
    }
    text_free(&object);
    return status;
}

/* Keeps an object that compile_groups made, and copies it to its place. */
static enum exit_status take_object(struct miss *miss, const char *path, void *context)
{
    struct text object = {0};
    enum exit_status status = file_read(path, &object);
    const char *bytes = object.data ? object.data : "";
    if (status == STATUS_DONE) {
        cache_write(miss->key, bytes, object.length);
        status = file_write(miss->job->object, bytes, object.length, NULL);
    }
    text_free(&object);
    if (status == STATUS_DONE)
        finished(context, miss);
    return status;
}

/* ---- by itself ---- */

/* One compilation of one source, with nothing prepared. */
struct single {
    struct miss *miss;
    struct command command;
    struct target target;
};

struct singles {
    struct batch *batch;
    struct single *items;
    struct process *processes; /* one for each */
    size_t count;
};

static enum exit_status prepare_single(const struct compiler *compiler, struct single *single,
                                       struct process *process)
{
    const struct compile_job *job = single->miss->job;
    struct command *command = &single->command;
    if (!target_begin(&single->target, job->object) ||
        !command_begin(command, compiler, words_count(job->args)))
        return diag_memory();
    command_add_flags(command);
    for (size_t i = 0; job->args && job->args[i]; i++)
        command_add(command, job->args[i]);
    if (!words_have(job->args, "-S"))
        command_add(command, "-c");
    command_add(command, job->source);
    command_add(command, "-o");
    command_add(command, single->target.name);
    *process = (struct process){.argv = command->words, .environment = compile_environment};
    return STATUS_DONE;
}

/* Called as each compilation ends: keeps the object in the cache and gives it its name. */
static enum exit_status finish_single(struct process *process, size_t index, void *context)
{
    struct singles *singles = context;
    struct single *single = &singles->items[index];
    struct text object = {0};
    enum exit_status status = pass_on(process, "compiled", single->miss->job->source);
    if (status == STATUS_DONE)
        status = file_read(single->target.name, &object);
    if (status == STATUS_DONE) {
        cache_write(single->miss->key, object.data ? object.data : "", object.length);
        status = target_finish(&single->target);
    }
    text_free(&object);
    if (status == STATUS_DONE)
        finished(singles->batch, single->miss);
    return status;
}

/* Compiles the misses that are not done yet, whose messages are shown. */
static enum exit_status compile_singles(const struct compiler *compiler, struct batch *batch,
                                        unsigned parallel)
{
    struct singles singles = {.batch = batch};
    singles.items = calloc(batch->count + 1, sizeof *singles.items);
    singles.processes = calloc(batch->count + 1, sizeof *singles.processes);
    enum exit_status status = singles.items && singles.processes ? STATUS_DONE : diag_memory();
    for (size_t i = 0; i < batch->count && status == STATUS_DONE; i++) {
        if (batch->misses[i].done)
            continue;
        struct single *single = &singles.items[singles.count];
        single->miss = &batch->misses[i];
        status = prepare_single(compiler, single, &singles.processes[singles.count++]);
    }
    if (status == STATUS_DONE)
        status = process_run_all(singles.processes, singles.count, parallel, finish_single, &singles);
    for (size_t i = 0; i < singles.count; i++) {
        process_free(&singles.processes[i]);
        command_free(&singles.items[i].command);
        target_free(&singles.items[i].target);
    }
    free(singles.items);
    free(singles.processes);
    return status;
}

/* ---- all ---- */

enum exit_status compile_all(const struct compiler *compiler, struct compile_job *jobs, size_t count,
                             unsigned parallel)
{
    if (count == 0)
        return STATUS_DONE;
    struct batch batch = {.total = count};
    batch.misses = calloc(count, sizeof *batch.misses);
    if (!batch.misses)
        return diag_memory();
    enum exit_status status = STATUS_DONE;
    for (size_t i = 0; i < count && status == STATUS_DONE; i++)
        status = look_up(&batch, compiler, &jobs[i]);
    if (status == STATUS_DONE)
        status = compile_groups(compiler, batch.misses, batch.count, parallel, take_object, &batch);
    if (status == STATUS_DONE)
        status = compile_singles(compiler, &batch, parallel);
    progress("", 0, 0, "");
    for (size_t i = 0; i < batch.count; i++)
        text_free(&batch.misses[i].headers);
    free(batch.misses);
    return status;
}

/* ---- linking ---- */

static enum exit_status run_link(struct command *command, struct target *target)
{
    struct process process = {.argv = command->words, .environment = compile_environment};
    enum exit_status status = process_run(&process);
    if (status == STATUS_DONE)
        status = pass_on(&process, "linked", target->path);
    if (status == STATUS_DONE)
        status = target_finish(target);
    process_free(&process);
    return status;
}

enum exit_status link_objects(const struct compiler *compiler, enum link_kind kind,
                              const char *const *objects, size_t count, const char *output)
{
    struct command command = {0};
    struct target target = {0};
    enum exit_status status;
    if (target_begin(&target, output) && command_begin(&command, compiler, count)) {
        command_add(&command, kind == LINK_SHARED ? "-shared" : "-static");
        command_add(&command, "-o");
        command_add(&command, target.name);
        for (size_t i = 0; i < count; i++)
            command_add(&command, objects[i]);
        command_add(&command, "-lm");
        status = run_link(&command, &target);
    } else {
        status = diag_memory();
    }
    command_free(&command);
    target_free(&target);
    return status;
}
