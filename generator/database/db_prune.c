/*
 * db_prune.c: takes out of a tuning database what is of no use any more.
 *
 * SQLite decides row by row; it asks back for what it cannot know: whether templates are still the same.
 */
#include "database/db_prune.h"

#include "database/db_schema.h"
#include "database/key.h"
#include "plan/plan.h"
#include "spec/isa.h"
#include "spec/spec.h"

#include <string.h>

/* Why a trial goes: the first reason that holds; NULL: it stays. ?1 stale, ?2 failed, ?3 before. */
#define REASON                                                                                               \
    "CASE WHEN ?1 AND is_stale(spec, isa, templates) THEN 'stale'"                                           \
    " WHEN ?2 AND outcome <> 'measured' THEN 'failed'"                                                       \
    " WHEN finished > 0 AND finished < ?3 AND id NOT IN (SELECT id FROM (SELECT id, " TUNE_DB_PLACE          \
    " AS place FROM trials WHERE " TUNE_DB_CAN_BE_BEST " AND NOT emulated) WHERE place = 1) THEN 'old' END"

/* ---- templates ------------------------------------------------------------------------------------- */

/* Sets *digest to that of the templates as they are, "" where this sepcc makes no such kernel. */
static enum exit_status find_current(struct tune_templates *templates, const char *spec_text,
                                     const char *isa_text, const char **digest)
{
    struct spec spec;
    const struct isa *isa = isa_find(isa_text, strlen(isa_text));
    enum exit_status status = STATUS_DONE;
    *digest = "";
    diag_mute();
    if (isa != NULL && spec_parse(spec_text, NOWHERE, &spec) == STATUS_DONE &&
        plan_support_check(&spec, NOWHERE) == STATUS_DONE)
        status = tune_templates_of(templates, &spec, isa, digest);
    diag_unmute();
    return status;
}

/* is_stale(spec, isa, templates) in SQL. */
static void is_stale(sqlite3_context *context, int count, sqlite3_value **values)
{
    const char *spec = count == 3 ? (const char *)sqlite3_value_text(values[0]) : NULL;
    const char *isa = count == 3 ? (const char *)sqlite3_value_text(values[1]) : NULL;
    const char *templates = count == 3 ? (const char *)sqlite3_value_text(values[2]) : NULL;
    const char *digest;
    if (spec == NULL || isa == NULL || templates == NULL)
        sqlite3_result_error_nomem(context);
    else if (find_current(sqlite3_user_data(context), spec, isa, &digest) != STATUS_DONE)
        sqlite3_result_error(context, "the templates cannot be read", -1);
    else
        sqlite3_result_int(context, strcmp(templates, digest) != 0);
}

/* ---- counting and removing ------------------------------------------------------------------------- */

/* Runs a statement that has REASON in it, up to its first row. */
static enum exit_status start(struct tune_db *db, const char *sql, const struct db_prune *prune,
                              sqlite3_stmt **statement)
{
    const bool ok = sqlite3_prepare_v2(tune_db_sqlite(db), sql, -1, statement, NULL) == SQLITE_OK &&
                    sqlite3_bind_int(*statement, 1, prune->stale) == SQLITE_OK &&
                    sqlite3_bind_int(*statement, 2, prune->failed) == SQLITE_OK &&
                    sqlite3_bind_int64(*statement, 3, prune->before) == SQLITE_OK;
    const int code = ok ? sqlite3_step(*statement) : SQLITE_ERROR;
    return code == SQLITE_ROW || code == SQLITE_DONE ? STATUS_DONE : tune_db_failed(db);
}

static enum exit_status count_trials(struct tune_db *db, const struct db_prune *prune,
                                     struct db_pruned *pruned)
{
    static const char sql[] = "SELECT count(*), sum(reason = 'stale'), sum(reason = 'failed'), sum(reason = "
                              "'old') FROM (SELECT " REASON " AS reason FROM trials)";
    sqlite3_stmt *query = NULL;
    const enum exit_status status = start(db, sql, prune, &query);
    if (status == STATUS_DONE)
        *pruned = (struct db_pruned){.trials = (size_t)sqlite3_column_int64(query, 0),
                                     .stale = (size_t)sqlite3_column_int64(query, 1),
                                     .failed = (size_t)sqlite3_column_int64(query, 2),
                                     .old = (size_t)sqlite3_column_int64(query, 3)};
    sqlite3_finalize(query);
    return status;
}

static enum exit_status remove_trials(struct tune_db *db, const struct db_prune *prune)
{
    sqlite3_stmt *statement = NULL;
    const enum exit_status status =
        start(db, "DELETE FROM trials WHERE " REASON " IS NOT NULL", prune, &statement);
    sqlite3_finalize(statement);
    return status;
}

static enum exit_status run(struct tune_db *db, const struct db_prune *prune, struct db_pruned *pruned)
{
    enum exit_status status = count_trials(db, prune, pruned);
    if (status != STATUS_DONE || prune->dry_run)
        return status;
    status = tune_db_begin(db);
    if (status == STATUS_DONE) /* others may have added some meanwhile */
        status = count_trials(db, prune, pruned);
    if (status == STATUS_DONE)
        status = remove_trials(db, prune);
    if (status == STATUS_DONE)
        status = tune_db_commit(db);
    if (status == STATUS_DONE && sqlite3_exec(tune_db_sqlite(db), "VACUUM", NULL, NULL, NULL) != SQLITE_OK)
        status = tune_db_failed(db);
    return status;
}

enum exit_status db_prune(struct tune_db *db, const struct db_prune *prune, struct db_pruned *pruned)
{
    struct tune_templates templates = {.count = 0};
    *pruned = (struct db_pruned){0};
    if (sqlite3_create_function(tune_db_sqlite(db), "is_stale", 3, SQLITE_UTF8, &templates, is_stale, NULL,
                                NULL) != SQLITE_OK)
        return tune_db_failed(db);
    const enum exit_status status = run(db, prune, pruned);
    (void)sqlite3_create_function(tune_db_sqlite(db), "is_stale", 3, SQLITE_UTF8, NULL, NULL, NULL, NULL);
    return status;
}
