/*
 * compile.c: compiling and linking: what the cache has is copied from there, the rest is compiled in
 * parallel.
 */
#include "compile.h"

#include "cache.h"
#include "compile_key.h"
#include "files.h"
#include "process.h"
#include "temporary.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_FIXED_WORDS = 16 };

/* A command line in the making; its words belong to others. */
struct command {
    const char **words;
    size_t count;
    char *target; /* "--target=...", malloc'ed, or NULL */
};

/* Room for extra words beside the fixed ones; false when out of memory. */
static bool command_begin(struct command *command, const struct compiler *compiler, size_t extra)
{
    *command = (struct command){.words = calloc(extra + MAX_FIXED_WORDS, sizeof(const char *))};
    if (!command->words)
        return false;
    command->words[command->count++] = compiler->cc;
    if (compiler->target) {
        struct text word = {0};
        text_printf(&word, "--target=%s", compiler->target);
        if (word.failed) {
            text_free(&word);
            return false;
        }
        command->target = word.data;
        command->words[command->count++] = command->target;
    }
    return true;
}

static void command_add(struct command *command, const char *word)
{
    command->words[command->count++] = word;
}

static void command_free(struct command *command)
{
    free(command->words);
    free(command->target);
    *command = (struct command){0};
}

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

/* A job that the cache did not have. */
struct miss {
    struct compile_job *job;
    char key[33];
    struct command command;
    struct target target;
};

/* One compile_all. */
struct batch {
    struct miss *misses;
    struct process *processes; /* one for each miss */
    size_t count;
    size_t total, finished; /* of all jobs */
};

static size_t count_words(const char *const *words)
{
    size_t count = 0;
    while (words && words[count])
        count++;
    return count;
}

static bool has_word(const char *const *words, const char *word)
{
    for (size_t i = 0; words && words[i]; i++)
        if (strcmp(words[i], word) == 0)
            return true;
    return false;
}

static enum exit_status prepare_miss(const struct compiler *compiler, struct miss *miss,
                                     struct process *process)
{
    static const char *const english[] = {"LC_ALL=C", NULL};
    const struct compile_job *job = miss->job;
    struct command *command = &miss->command;
    if (!target_begin(&miss->target, job->object) ||
        !command_begin(command, compiler, count_words(job->args)))
        return diag_memory();
    for (size_t i = 0; compile_flags[i]; i++)
        command_add(command, compile_flags[i]);
    for (size_t i = 0; job->args && job->args[i]; i++)
        command_add(command, job->args[i]);
    if (!has_word(job->args, "-S"))
        command_add(command, "-c");
    command_add(command, job->source);
    command_add(command, "-o");
    command_add(command, miss->target.name);
    *process = (struct process){.argv = command->words, .environment = english};
    return STATUS_DONE;
}

/* Called as each compilation ends: keeps the object in the cache and gives it its name. */
static enum exit_status finish_miss(struct process *process, size_t index, void *context)
{
    struct batch *batch = context;
    struct miss *miss = &batch->misses[index];
    struct text object = {0};
    enum exit_status status = pass_on(process, "compiled", miss->job->source);
    if (status == STATUS_DONE)
        status = file_read(miss->target.name, &object);
    if (status == STATUS_DONE) {
        cache_write(miss->key, object.data ? object.data : "", object.length);
        status = target_finish(&miss->target);
    }
    text_free(&object);
    if (status == STATUS_DONE)
        progress("compile", ++batch->finished, batch->total, miss->job->name);
    return status;
}

/* Takes the job's object out of the cache, or makes it the batch's next miss. */
static enum exit_status look_up(struct batch *batch, const struct compiler *compiler, struct compile_job *job)
{
    char key[33];
    struct text object = {0};
    enum exit_status status = compile_key(compiler, job, key);
    if (status != STATUS_DONE)
        return status;
    job->cached = cache_read(key, &object);
    if (job->cached) {
        batch->finished++;
        status = file_write(job->object, object.data ? object.data : "", object.length, NULL);
    } else {
        struct miss *miss = &batch->misses[batch->count];
        miss->job = job;
        memcpy(miss->key, key, sizeof key);
        status = prepare_miss(compiler, miss, &batch->processes[batch->count]);
        batch->count++;
    }
    text_free(&object);
    return status;
}

static void batch_free(struct batch *batch)
{
    for (size_t i = 0; i < batch->count; i++) {
        process_free(&batch->processes[i]);
        command_free(&batch->misses[i].command);
        target_free(&batch->misses[i].target);
    }
    free(batch->misses);
    free(batch->processes);
}

enum exit_status compile_all(const struct compiler *compiler, struct compile_job *jobs, size_t count,
                             unsigned parallel)
{
    if (count == 0)
        return STATUS_DONE;
    struct batch batch = {.total = count};
    batch.misses = calloc(count, sizeof *batch.misses);
    batch.processes = calloc(count, sizeof *batch.processes);
    if (!batch.misses || !batch.processes) {
        batch_free(&batch);
        return diag_memory();
    }
    enum exit_status status = STATUS_DONE;
    for (size_t i = 0; i < count && status == STATUS_DONE; i++)
        status = look_up(&batch, compiler, &jobs[i]);
    if (status == STATUS_DONE)
        status = process_run_all(batch.processes, batch.count, parallel, finish_miss, &batch);
    progress("", 0, 0, "");
    batch_free(&batch);
    return status;
}

/* ---- linking ---- */

static enum exit_status run_link(struct command *command, struct target *target)
{
    static const char *const english[] = {"LC_ALL=C", NULL};
    struct process process = {.argv = command->words, .environment = english};
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
