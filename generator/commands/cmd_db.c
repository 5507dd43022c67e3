/*
 * cmd_db.c: `sepcc db`: looking into tuning databases, and moving what is in them.
 */
#include "base/expect.h"
#include "base/files.h"
#include "commands/commands.h"
#include "database/db.h"
#include "database/db_prune.h"
#include "database/db_report.h"
#include "database/wisdom_file.h"
#include "spec/isa.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

enum { SECONDS_OF_DAY = 24 * 60 * 60 };

static enum exit_status end_text(enum exit_status status, struct text *text)
{
    if (status == STATUS_DONE && text->failed)
        status = diag_memory();
    if (status == STATUS_DONE && text->length > 0)
        (void)fwrite(text->data, 1, text->length, stdout);
    text_free(text);
    return status;
}

/* ---- which trials ---------------------------------------------------------------------------------- */

/* A visit that passes on what the options leave in. */
struct selection {
    const struct options *options;
    isa_set isas;
    enum exit_status (*visit)(void *context, const struct tune_trial *trial);
    void *context;
};

static bool has_part(const char *text, const char *part)
{
    return part == NULL || strstr(text, part) != NULL;
}

static enum exit_status select_trial(void *context, const struct tune_trial *trial)
{
    const struct selection *selection = context;
    const struct options *options = selection->options;
    const struct isa *isa = isa_find(trial->key.isa, strlen(trial->key.isa));
    const bool wanted =
        options->isa_text == NULL || (isa != NULL && (selection->isas & (1u << isa->id)) != 0);
    if (!wanted || !has_part(trial->key.cpu, options->cpu) ||
        !has_part(trial->key.compiler, options->compiler) || !has_part(trial->key.spec, options->spec))
        return STATUS_DONE;
    if (options->outcome != NULL && strcmp(tune_outcome_word(trial->outcome), options->outcome) != 0)
        return STATUS_DONE;
    return selection->visit(selection->context, trial);
}

static enum exit_status check_outcome(const struct options *options)
{
    if (options->outcome == NULL || tune_outcome_find(options->outcome) != TUNE_OUTCOME_COUNT)
        return STATUS_DONE;
    const char *words[TUNE_OUTCOME_COUNT];
    char expected[EXPECT_MAX];
    for (unsigned i = 0; i < TUNE_OUTCOME_COUNT; ++i)
        words[i] = tune_outcome_word((enum tune_outcome)i);
    expect_words(options->outcome, strlen(options->outcome), words, words, TUNE_OUTCOME_COUNT, expected);
    return option_error(options->command, "outcome", "'%s' is unknown, expected %s", options->outcome,
                        expected);
}

/* Visits the trials of a database that the options name; the best ones only, or all. */
static enum exit_status
visit_selected(const struct options *options, const char *path, bool best,
               enum exit_status (*visit)(void *context, const struct tune_trial *trial), void *context)
{
    struct selection selection = {.options = options, .visit = visit, .context = context};
    const struct tune_filter filter = {.best = best, .allow_emulated = options->emulated};
    struct tune_db *db;
    enum exit_status status = check_outcome(options);
    if (status == STATUS_DONE && options->isa_text != NULL)
        status = isa_set_parse(options->isa_text, (struct position){"--isa", 0, 0}, &selection.isas);
    if (status == STATUS_DONE)
        status = tune_db_open(path, TUNE_DB_READ, &db);
    if (status != STATUS_DONE)
        return status;
    status = tune_db_visit(db, &filter, select_trial, &selection);
    tune_db_close(db);
    return status;
}

/* ---- list and best --------------------------------------------------------------------------------- */

static enum exit_status add_short(void *context, const struct tune_trial *trial)
{
    db_table_short_add(context, trial);
    return STATUS_DONE;
}

static enum exit_status add_whole(void *context, const struct tune_trial *trial)
{
    db_table_whole_add(context, trial);
    return STATUS_DONE;
}

static enum exit_status print_trials(const struct options *options, bool best)
{
    const bool whole = options->csv || options->json;
    struct table table = whole ? db_table_whole() : db_table_short();
    struct text text = {0};
    enum exit_status status =
        visit_selected(options, options->words[1], best, whole ? add_whole : add_short, &table);
    if (status == STATUS_DONE && options->csv)
        status = table_csv(&table, &text);
    else if (status == STATUS_DONE && options->json)
        status = table_json(&table, &text);
    else if (status == STATUS_DONE) {
        const size_t rows = table_rows(&table);
        status = rows > 0 ? table_print(&table, &text) : STATUS_DONE;
        text_printf(&text, "%s%zu %s%s\n", rows > 0 ? "\n" : "", rows, best ? "best plan" : "trial",
                    rows == 1 ? "" : "s");
    }
    table_free(&table);
    return end_text(status, &text);
}

static enum exit_status db_list(const struct options *options)
{
    return print_trials(options, false);
}

static enum exit_status db_best(const struct options *options)
{
    return print_trials(options, true);
}

/* ---- export and import ----------------------------------------------------------------------------- */

static enum exit_status add_wisdom(void *context, const struct tune_trial *trial)
{
    wisdom_print(trial, context);
    return STATUS_DONE;
}

static enum exit_status db_export(const struct options *options)
{
    struct text text = {0};
    wisdom_print_head(&text);
    enum exit_status status = visit_selected(options, options->words[1], true, add_wisdom, &text);
    if (status != STATUS_DONE || text.failed || options->output == NULL)
        return end_text(status, &text);
    status = file_write(options->output, text.data, text.length, NULL);
    text_free(&text);
    return status;
}

static enum exit_status count_trial(void *context, const struct tune_trial *trial)
{
    (void)trial;
    ++*(size_t *)context;
    return STATUS_DONE;
}

static enum exit_status add_trial(void *context, const struct tune_trial *trial)
{
    return tune_db_add(context, trial);
}

/* Calls visit for each trial of a database, or line of a wisdom file. */
typedef enum exit_status
source_visit(const char *path, enum exit_status (*visit)(void *context, const struct tune_trial *trial),
             void *context);

static enum exit_status visit_wisdom(const char *path,
                                     enum exit_status (*visit)(void *context, const struct tune_trial *trial),
                                     void *context)
{
    struct text text = {0};
    enum exit_status status = file_read(path, &text);
    if (status == STATUS_DONE)
        status = wisdom_parse(&text, path, visit, context);
    text_free(&text);
    return status;
}

static enum exit_status
visit_database(const char *path, enum exit_status (*visit)(void *context, const struct tune_trial *trial),
               void *context)
{
    const struct tune_filter all = {0};
    struct tune_db *db;
    enum exit_status status = tune_db_open(path, TUNE_DB_READ, &db);
    if (status == STATUS_DONE)
        status = tune_db_visit(db, &all, visit, context);
    tune_db_close(db);
    return status;
}

static bool same_file(const char *one, const char *other)
{
    struct stat a, b;
    return stat(one, &a) == 0 && stat(other, &b) == 0 && a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}

/* All sources are read to their ends before the database is touched. */
static enum exit_status check_sources(const struct options *options, source_visit *visit_source, size_t *read)
{
    *read = 0;
    for (size_t i = 1; i < options->word_count; ++i) {
        if (strcmp(options->words[i], "-") == 0) /* it could not be read twice */
            return usage_error(options->command, "standard input is no source, expected a file");
        if (same_file(options->words[i], options->output))
            return usage_error(options->command, "'%s' is both read and written, expected another file",
                               options->words[i]);
        const enum exit_status status = visit_source(options->words[i], count_trial, read);
        if (status != STATUS_DONE)
            return status;
    }
    return STATUS_DONE;
}

static enum exit_status count_all(struct tune_db *db, size_t *count)
{
    const struct tune_filter all = {0};
    *count = 0;
    return tune_db_visit(db, &all, count_trial, count);
}

static enum exit_status add_sources(const struct options *options, source_visit *visit_source,
                                    struct tune_db *db, size_t *added)
{
    size_t before = 0, after = 0;
    enum exit_status status = tune_db_begin(db);
    if (status == STATUS_DONE)
        status = count_all(db, &before);
    for (size_t i = 1; i < options->word_count && status == STATUS_DONE; ++i)
        status = visit_source(options->words[i], add_trial, db);
    if (status == STATUS_DONE)
        status = count_all(db, &after);
    *added = after - before;
    return status == STATUS_DONE ? tune_db_commit(db) : status;
}

/* Adds all sources to the database at -o, all or nothing. */
static enum exit_status gather(const struct options *options, source_visit *visit_source, const char *what)
{
    struct tune_db *db;
    size_t read = 0, added = 0;
    if (options->output == NULL)
        return usage_error(options->command, "no database to write is given, expected -o FILE");
    enum exit_status status = check_sources(options, visit_source, &read);
    if (status == STATUS_DONE)
        status = tune_db_open(options->output, TUNE_DB_WRITE, &db);
    if (status != STATUS_DONE)
        return status;
    status = add_sources(options, visit_source, db, &added);
    tune_db_close(db);
    if (status == STATUS_DONE)
        printf("%s: %zu %s read, %zu of them new\n", options->output, read, what, added);
    return status;
}

static enum exit_status db_import(const struct options *options)
{
    return gather(options, visit_wisdom, "plans");
}

static enum exit_status db_merge(const struct options *options)
{
    return gather(options, visit_database, "trials");
}

/* ---- prune ----------------------------------------------------------------------------------------- */

/* Without a word about what goes: what is stale. */
static struct db_prune prune_wanted(const struct options *options)
{
    struct db_prune prune = {.stale = options->stale, .failed = options->failed, .dry_run = options->dry_run};
    if (options->older_than > 0)
        prune.before = (int64_t)time(NULL) - (int64_t)options->older_than * SECONDS_OF_DAY;
    else if (!prune.failed)
        prune.stale = true;
    return prune;
}

static enum exit_status db_prune_command(const struct options *options)
{
    const struct db_prune prune = prune_wanted(options);
    struct db_pruned pruned;
    struct tune_db *db;
    if (!path_exists(options->words[1])) /* opening for writing would make it */
        return tune_db_open(options->words[1], TUNE_DB_READ, &db);
    enum exit_status status =
        tune_db_open(options->words[1], prune.dry_run ? TUNE_DB_READ : TUNE_DB_WRITE, &db);
    if (status != STATUS_DONE)
        return status;
    status = db_prune(db, &prune, &pruned);
    tune_db_close(db);
    if (status == STATUS_DONE)
        printf("%s%zu of %zu trials: %zu stale, %zu failed, %zu old\n",
               prune.dry_run ? "would remove " : "removed ", pruned.stale + pruned.failed + pruned.old,
               pruned.trials, pruned.stale, pruned.failed, pruned.old);
    return status;
}

/* ---- the command ----------------------------------------------------------------------------------- */

/* Groups of options, to refuse those that an action does nothing with. */
enum option_group {
    WITH_FILTERS = 1,
    WITH_EMULATED = 2,
    WITH_FORMATS = 4,
    WITH_OUTPUT = 8,
    WITH_PRUNING = 16
};

static const struct action {
    const char *name;
    enum exit_status (*run)(const struct options *options);
    bool many;       /* takes files; otherwise one */
    unsigned groups; /* enum option_group */
} actions[] = {
    {"list", db_list, false, WITH_FILTERS | WITH_FORMATS},
    {"best", db_best, false, WITH_FILTERS | WITH_EMULATED | WITH_FORMATS},
    {"export", db_export, false, WITH_FILTERS | WITH_EMULATED | WITH_OUTPUT},
    {"import", db_import, true, WITH_OUTPUT},
    {"merge", db_merge, true, WITH_OUTPUT},
    {"prune", db_prune_command, false, WITH_PRUNING},
};

enum { ACTION_COUNT = sizeof actions / sizeof actions[0] };

static const struct action *find_action(const char *name)
{
    for (size_t i = 0; i < ACTION_COUNT; ++i)
        if (strcmp(actions[i].name, name) == 0)
            return &actions[i];
    return NULL;
}

static enum exit_status check_groups(const struct options *options, const struct action *action)
{
    const struct {
        const char *name;
        bool given;
        enum option_group group;
    } given[] = {
        {"isa", options->isa_text != NULL, WITH_FILTERS},
        {"cpu", options->cpu != NULL, WITH_FILTERS},
        {"compiler", options->compiler != NULL, WITH_FILTERS},
        {"spec", options->spec != NULL, WITH_FILTERS},
        {"outcome", options->outcome != NULL, WITH_FILTERS},
        {"emulated", options->emulated, WITH_EMULATED},
        {"csv", options->csv, WITH_FORMATS},
        {"json", options->json, WITH_FORMATS},
        {"output", options->output != NULL, WITH_OUTPUT},
        {"stale", options->stale, WITH_PRUNING},
        {"failed", options->failed, WITH_PRUNING},
        {"older-than", options->older_than > 0, WITH_PRUNING},
        {"dry-run", options->dry_run, WITH_PRUNING},
    };
    for (size_t i = 0; i < sizeof given / sizeof given[0]; ++i)
        if (given[i].given && !(action->groups & given[i].group))
            return usage_error(options->command, "--%s is no option of '%s'", given[i].name, action->name);
    return STATUS_DONE;
}

static enum exit_status check_words(const struct options *options, const struct action *action)
{
    if (options->word_count < 2)
        return usage_error(options->command, "%s: no file is given, expected a %s", action->name,
                           action->run == db_import ? "wisdom file" : "tuning database");
    if (!action->many && options->word_count > 2)
        return usage_error(options->command, "%s: '%s' is one word too many", action->name,
                           options->words[2]);
    return check_groups(options, action);
}

enum exit_status cmd_db(const struct options *options)
{
    static const char ACTIONS[] = "list, best, export, import, merge or prune";
    if (options->word_count == 0)
        return usage_error(options->command, "nothing to do is given, expected %s", ACTIONS);
    const struct action *action = find_action(options->words[0]);
    if (action == NULL)
        return usage_error(options->command, "'%s' is unknown, expected %s", options->words[0], ACTIONS);
    const enum exit_status status = check_words(options, action);
    return status == STATUS_DONE ? action->run(options) : status;
}
