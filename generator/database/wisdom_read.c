/*
 * wisdom_read.c: reading wisdom from a database or a text, and choosing whose entries count.
 */
#include "base/grow.h"
#include "database/wisdom_internal.h"

#include "base/files.h"
#include "database/key.h"
#include "database/wisdom_file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- entries --------------------------------------------------------------------------------------- */

/* An entry of a spec or an ISA that this sepcc does not know is no error: another version may have made it.
 */
static bool understand(const struct tune_trial *trial, struct wisdom_entry *entry)
{
    entry->isa = isa_find(trial->key.isa, strlen(trial->key.isa));
    diag_mute();
    const bool known = entry->isa != NULL &&
                       spec_parse(trial->key.spec, NOWHERE, &entry->spec) == STATUS_DONE &&
                       plan_support_check(&entry->spec, NOWHERE) == STATUS_DONE;
    diag_unmute();
    return known;
}

static enum exit_status add_entry(void *context, const struct tune_trial *trial)
{
    struct wisdom *wisdom = context;
    struct wisdom_entry entry = {.isa = NULL};
    if (!understand(trial, &entry))
        return STATUS_DONE;
    struct wisdom_entry *entries = grow(wisdom->entries, wisdom->count, &wisdom->capacity, sizeof *entries);
    if (entries == NULL)
        return diag_memory();
    wisdom->entries = entries;
    if (!tune_trial_copy(trial, &entry.trial))
        return diag_memory();
    wisdom->entries[wisdom->count++] = entry;
    return STATUS_DONE;
}

static int compare_texts(const void *a, const void *b)
{
    const struct tune_trial *one = &((const struct wisdom_entry *)a)->trial;
    const struct tune_trial *other = &((const struct wisdom_entry *)b)->trial;
    const char *const texts[][2] = {{one->key.spec, other->key.spec},
                                    {one->key.isa, other->key.isa},
                                    {one->key.cpu, other->key.cpu},
                                    {one->key.compiler, other->key.compiler},
                                    {one->key.templates, other->key.templates},
                                    {one->cache, other->cache}};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; ++i) {
        const int order = strcmp(texts[i][0], texts[i][1]);
        if (order != 0)
            return order;
    }
    if (one->threads != other->threads)
        return one->threads < other->threads ? -1 : 1;
    if (one->ratio < other->ratio || one->ratio > other->ratio)
        return one->ratio < other->ratio ? -1 : 1;
    return strcmp(one->plan, other->plan);
}

/* Marks entries of other templates. */
static enum exit_status mark_stale(struct wisdom *wisdom)
{
    struct tune_templates templates = {.count = 0};
    enum exit_status status = STATUS_DONE;
    for (size_t i = 0; i < wisdom->count && status == STATUS_DONE; ++i) {
        struct wisdom_entry *entry = &wisdom->entries[i];
        const char *digest;
        status = tune_templates_of(&templates, &entry->spec, entry->isa, &digest);
        entry->stale = status != STATUS_DONE || strcmp(entry->trial.key.templates, digest) != 0;
    }
    return status;
}

/* After an upgrade of sepcc all plans may be of no use, which nothing else would show. */
static void warn_of_stale(const struct wisdom *wisdom)
{
    size_t stale = 0;
    for (size_t i = 0; i < wisdom->count; ++i)
        stale += wisdom->entries[i].stale;
    if (stale > 0 && stale == wisdom->count)
        diag_warning((struct position){.file = wisdom->path},
                     "its %zu plans are of other templates than those of this sepcc, and none is taken: "
                     "'sepcc tune' finds new ones",
                     stale);
}

/* ---- reading --------------------------------------------------------------------------------------- */

/* Told by the first bytes; what cannot be read is left to those who say so. */
static bool is_database(const char *path)
{
    static const char HEAD[] = "SQLite format 3";
    char bytes[sizeof HEAD] = "";
    FILE *file = fopen(path, "rb");
    const bool is = file != NULL && fread(bytes, 1, sizeof bytes, file) == sizeof bytes &&
                    memcmp(bytes, HEAD, sizeof bytes) == 0;
    if (file != NULL)
        (void)fclose(file);
    return is;
}

static enum exit_status read_database(struct wisdom *wisdom)
{
    const struct tune_filter best = {.best = true};
    struct tune_db *db;
    enum exit_status status = tune_db_open(wisdom->path, TUNE_DB_READ, &db);
    if (status == STATUS_DONE)
        status = tune_db_visit(db, &best, add_entry, wisdom);
    tune_db_close(db);
    return status;
}

static enum exit_status read_text(struct wisdom *wisdom)
{
    struct text text = {0};
    enum exit_status status = file_read(wisdom->path, &text);
    if (status == STATUS_DONE)
        status = wisdom_parse(&text, wisdom->path, add_entry, wisdom);
    text_free(&text);
    return status;
}

/* ---- whose entries --------------------------------------------------------------------------------- */

/* Distinct CPUs of an ISA that hold `part` (NULL: all): their count, the last one and whether `here` is one.
 */
struct cpus {
    size_t count;
    const char *last;
    bool here;
};

static struct cpus find_cpus(const struct wisdom *wisdom, const struct isa *isa, const char *part)
{
    struct cpus cpus = {0};
    for (size_t i = 0; i < wisdom->count; ++i) {
        const struct wisdom_entry *entry = &wisdom->entries[i];
        const char *cpu = entry->trial.key.cpu;
        bool seen = entry->stale || entry->isa != isa || (part != NULL && strstr(cpu, part) == NULL);
        for (size_t j = 0; j < i && !seen; ++j)
            seen = !wisdom->entries[j].stale && wisdom->entries[j].isa == isa &&
                   strcmp(wisdom->entries[j].trial.key.cpu, cpu) == 0;
        if (seen)
            continue;
        ++cpus.count;
        cpus.last = cpu;
        cpus.here |= wisdom->user.here != NULL && strcmp(cpu, wisdom->user.here) == 0;
    }
    return cpus;
}

static enum exit_status choose_cpu(struct wisdom *wisdom, const struct isa *isa,
                                   struct wisdom_machine *machine)
{
    const char *part = wisdom->user.cpu;
    const struct cpus cpus = find_cpus(wisdom, isa, part);
    machine->cpu_count = cpus.count;
    if (part == NULL && cpus.here)
        machine->cpu = wisdom->user.here;
    else if (cpus.count == 1)
        machine->cpu = cpus.last;
    else if (part != NULL && cpus.count > 1)
        return diag_error(DIAG_USAGE, (struct position){.file = "--cpu"},
                          "'%s' fits %zu CPUs of %s, such as '%s', expected more of the text of one", part,
                          cpus.count, wisdom->path, cpus.last);
    return STATUS_DONE;
}

static size_t count_compiler(const struct wisdom *wisdom, const struct isa *isa, const char *cpu,
                             const char *compiler)
{
    size_t count = 0;
    for (size_t i = 0; i < wisdom->count; ++i) {
        const struct wisdom_entry *entry = &wisdom->entries[i];
        count += !entry->stale && entry->isa == isa && strcmp(entry->trial.key.cpu, cpu) == 0 &&
                 strcmp(entry->trial.key.compiler, compiler) == 0;
    }
    return count;
}

static void choose_compiler(const struct wisdom *wisdom, const struct isa *isa,
                            struct wisdom_machine *machine)
{
    size_t most = 0;
    if (machine->cpu == NULL)
        return;
    if (wisdom->user.compiler != NULL &&
        count_compiler(wisdom, isa, machine->cpu, wisdom->user.compiler) > 0) {
        machine->compiler = wisdom->user.compiler;
        return;
    }
    for (size_t i = 0; i < wisdom->count; ++i) {
        const char *compiler = wisdom->entries[i].trial.key.compiler;
        const size_t count = count_compiler(wisdom, isa, machine->cpu, compiler);
        if (count > most || (count == most && count > 0 && strcmp(compiler, machine->compiler) < 0)) {
            machine->compiler = compiler;
            most = count;
        }
    }
}

static enum exit_status choose_machines(struct wisdom *wisdom)
{
    enum exit_status status = STATUS_DONE;
    bool any = false;
    for (unsigned id = 0; id < SEPCC_ISA_COUNT && status == STATUS_DONE; ++id) {
        struct wisdom_machine *machine = &wisdom->machines[id];
        const struct isa *isa = isa_get((enum sepcc_isa)id);
        status = choose_cpu(wisdom, isa, machine);
        choose_compiler(wisdom, isa, machine);
        any |= machine->cpu_count > 0;
    }
    if (status == STATUS_DONE && wisdom->user.cpu != NULL && !any)
        return diag_error(
            DIAG_USAGE, (struct position){.file = "--cpu"},
            "no plan of %s that holds for these templates is of a CPU with '%s', expected part of "
            "the text of one",
            wisdom->path, wisdom->user.cpu);
    return status;
}

bool wisdom_counts(const struct wisdom *wisdom, const struct wisdom_entry *entry)
{
    const struct wisdom_machine *machine = &wisdom->machines[entry->isa->id];
    return !entry->stale && machine->cpu != NULL && strcmp(entry->trial.key.cpu, machine->cpu) == 0 &&
           strcmp(entry->trial.key.compiler, machine->compiler) == 0;
}

/* ---- opening --------------------------------------------------------------------------------------- */

static enum exit_status read_all(struct wisdom *wisdom)
{
    enum exit_status status = is_database(wisdom->path) ? read_database(wisdom) : read_text(wisdom);
    if (status != STATUS_DONE)
        return status;
    if (wisdom->count > 0)
        qsort(wisdom->entries, wisdom->count, sizeof *wisdom->entries, compare_texts);
    status = mark_stale(wisdom);
    if (status == STATUS_DONE)
        warn_of_stale(wisdom);
    return status == STATUS_DONE ? choose_machines(wisdom) : status;
}

static char *copy_text(const char *text, bool *failed)
{
    char *copy = text != NULL ? strdup(text) : NULL;
    *failed |= text != NULL && copy == NULL;
    return copy;
}

enum exit_status wisdom_open(const char *path, const struct wisdom_user *user, struct wisdom **wisdom)
{
    bool failed = false;
    *wisdom = calloc(1, sizeof **wisdom);
    if (*wisdom == NULL)
        return diag_memory();
    (*wisdom)->path = copy_text(path, &failed);
    (*wisdom)->user = (struct wisdom_user){.cpu = copy_text(user->cpu, &failed),
                                           .here = copy_text(user->here, &failed),
                                           .compiler = copy_text(user->compiler, &failed),
                                           .threads = user->threads};
    const enum exit_status status = failed ? diag_memory() : read_all(*wisdom);
    if (status != STATUS_DONE) {
        wisdom_close(*wisdom);
        *wisdom = NULL;
    }
    return status;
}

void wisdom_close(struct wisdom *wisdom)
{
    if (wisdom == NULL)
        return;
    for (size_t i = 0; i < wisdom->count; ++i)
        tune_trial_free(&wisdom->entries[i].trial);
    free(wisdom->entries);
    free((void *)(uintptr_t)wisdom->user.cpu);
    free((void *)(uintptr_t)wisdom->user.here);
    free((void *)(uintptr_t)wisdom->user.compiler);
    free(wisdom->path);
    free(wisdom);
}
