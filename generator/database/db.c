/*
 * db.c: the tuning database: opening it, adding trials, visiting them.
 */
#include "database/db.h"

#include "base/files.h"
#include "base/text.h"
#include "database/db_columns.h"
#include "database/db_schema.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

enum { BUSY_MS = 60000 };

struct tune_db {
    sqlite3 *sqlite;
    char *path; /* as the user gave it */
    sqlite3_stmt *insert;
    bool begun; /* by tune_db_begin */
};

/* ---- opening --------------------------------------------------------------------------------------- */

sqlite3 *tune_db_sqlite(struct tune_db *db)
{
    return db->sqlite;
}

enum exit_status tune_db_failed(struct tune_db *db)
{
    return tune_db_error(db->sqlite, db->path, sqlite3_extended_errcode(db->sqlite));
}

/* A database without a trial, in memory; NULL when out of memory. */
static sqlite3 *open_memory(void)
{
    sqlite3 *memory = NULL;
    if (sqlite3_open_v2(":memory:", &memory, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, NULL) == SQLITE_OK)
        return memory;
    sqlite3_close(memory);
    diag_memory();
    return NULL;
}

/*
 * A missing database is made in memory and put in its place as a whole: no full disk or killed run leaves a
 * part of one. When another process was first, its is the one; where a file system has no links, SQLite makes
 * the file when it is opened.
 */
static enum exit_status create_missing(const struct tune_db *db)
{
    if (path_exists(db->path))
        return STATUS_DONE;
    sqlite3 *memory = open_memory();
    if (memory == NULL)
        return STATUS_ENVIRONMENT;
    enum exit_status status = tune_db_upgrade(memory, db->path, tune_db_steps, TUNE_DB_VERSION);
    if (status == STATUS_DONE) {
        sqlite3_int64 length = 0;
        unsigned char *bytes = sqlite3_serialize(memory, "main", &length, 0);
        const int error =
            bytes == NULL ? ENOMEM : file_create_whole(db->path, (const char *)bytes, (size_t)length);
        sqlite3_free(bytes);
        if (error != 0 && error != EEXIST && error != EPERM && error != EOPNOTSUPP && error != ENOSYS)
            status = file_write_error(db->path, error);
    }
    sqlite3_close(memory);
    return status;
}

/* Opens the file; SQLite takes names such as ":memory:" for something else, so none starts like one. */
static enum exit_status open_file(struct tune_db *db, enum tune_db_mode mode)
{
    struct text path = {0};
    text_printf(&path, "%s%s", db->path[0] == '/' ? "" : "./", db->path);
    if (path.failed)
        return diag_memory();
    /* A reader, too, may have to roll back what a killed writer left. */
    const int flags = SQLITE_OPEN_READWRITE | (mode == TUNE_DB_WRITE ? SQLITE_OPEN_CREATE : 0);
    int code = sqlite3_open_v2(path.data, &db->sqlite, flags, NULL);
    text_free(&path);
    if (code != SQLITE_OK)
        return db->sqlite != NULL ? tune_db_failed(db) : diag_memory();
    (void)sqlite3_extended_result_codes(db->sqlite, 1);
    (void)sqlite3_busy_timeout(db->sqlite, BUSY_MS);
    return tune_db_exec(db->sqlite, db->path, "PRAGMA synchronous = FULL");
}

/* SQLite's own look at all pages and indices. */
static enum exit_status check_whole(struct tune_db *db)
{
    sqlite3_stmt *check = NULL;
    enum exit_status status = STATUS_DONE;
    if (sqlite3_prepare_v2(db->sqlite, "PRAGMA quick_check(1)", -1, &check, NULL) != SQLITE_OK ||
        sqlite3_step(check) != SQLITE_ROW)
        status = tune_db_failed(db);
    else if (strcmp((const char *)sqlite3_column_text(check, 0), "ok") != 0)
        status = diag_error(DIAG_DB, (struct position){.file = db->path},
                            "it is damaged (%.200s), expected a whole database, such as a copy",
                            (const char *)sqlite3_column_text(check, 0));
    sqlite3_finalize(check);
    return status;
}

/* Goes on with a copy in memory, where a file that is only read can be upgraded. */
static enum exit_status copy_to_memory(struct tune_db *db)
{
    sqlite3 *memory = open_memory();
    if (memory == NULL)
        return STATUS_ENVIRONMENT;
    sqlite3_backup *backup = sqlite3_backup_init(memory, "main", db->sqlite, "main");
    if (backup != NULL)
        (void)sqlite3_backup_step(backup, -1);
    if (backup == NULL || sqlite3_backup_finish(backup) != SQLITE_OK) {
        const enum exit_status status = tune_db_error(memory, db->path, sqlite3_extended_errcode(memory));
        sqlite3_close(memory);
        return status;
    }
    sqlite3_close(db->sqlite);
    db->sqlite = memory;
    return STATUS_DONE;
}

/* Checks the version and brings an older one up to date. */
static enum exit_status take_version(struct tune_db *db, enum tune_db_mode mode)
{
    int version = 0;
    enum exit_status status = tune_db_check(db->sqlite, db->path, TUNE_DB_VERSION, &version);
    if (status == STATUS_DONE)
        status = check_whole(db);
    if (status != STATUS_DONE || version == TUNE_DB_VERSION)
        return status;
    if (mode == TUNE_DB_READ)
        status = copy_to_memory(db);
    return status == STATUS_DONE ? tune_db_upgrade(db->sqlite, db->path, tune_db_steps, TUNE_DB_VERSION)
                                 : status;
}

/*
 * Says at once that a database cannot be written, not after an hour of measuring: writes the version that it
 * has and undoes that, which needs the lock and the journal.
 */
static enum exit_status check_writable(struct tune_db *db)
{
    char pragma[64];
    (void)snprintf(pragma, sizeof pragma, "PRAGMA user_version = %d", TUNE_DB_VERSION);
    if (sqlite3_db_readonly(db->sqlite, "main") != 0)
        return tune_db_unwritable(db->path);
    enum exit_status status = tune_db_begin(db);
    if (status == STATUS_DONE)
        status = tune_db_exec(db->sqlite, db->path, pragma);
    if (db->begun)
        (void)sqlite3_exec(db->sqlite, "ROLLBACK", NULL, NULL, NULL);
    db->begun = false;
    return status;
}

static enum exit_status open_checked(struct tune_db *db, enum tune_db_mode mode)
{
    struct text none = {0};
    if (mode == TUNE_DB_READ && (!path_exists(db->path) || path_is_folder(db->path)))
        return file_read(db->path, &none); /* which says so */
    enum exit_status status = mode == TUNE_DB_WRITE ? create_missing(db) : STATUS_DONE;
    if (status == STATUS_DONE)
        status = open_file(db, mode);
    if (status == STATUS_DONE)
        status = take_version(db, mode);
    if (status == STATUS_DONE && mode == TUNE_DB_WRITE)
        status = check_writable(db);
    if (status == STATUS_DONE && mode == TUNE_DB_READ)
        status = tune_db_exec(db->sqlite, db->path, "PRAGMA query_only = 1");
    return status;
}

enum exit_status tune_db_open(const char *path, enum tune_db_mode mode, struct tune_db **db)
{
    *db = calloc(1, sizeof **db);
    if (*db != NULL)
        (*db)->path = strdup(path);
    enum exit_status status = *db == NULL || (*db)->path == NULL ? diag_memory() : open_checked(*db, mode);
    if (status != STATUS_DONE) {
        tune_db_close(*db);
        *db = NULL;
    }
    return status;
}

void tune_db_close(struct tune_db *db)
{
    if (db == NULL)
        return;
    sqlite3_finalize(db->insert);
    sqlite3_close(db->sqlite);
    free(db->path);
    free(db);
}

/* ---- writing --------------------------------------------------------------------------------------- */

enum exit_status tune_db_begin(struct tune_db *db)
{
    const enum exit_status status = tune_db_exec(db->sqlite, db->path, "BEGIN IMMEDIATE");
    db->begun = status == STATUS_DONE;
    return status;
}

enum exit_status tune_db_commit(struct tune_db *db)
{
    const enum exit_status status = tune_db_exec(db->sqlite, db->path, "COMMIT");
    if (status != STATUS_DONE && !sqlite3_get_autocommit(db->sqlite))
        (void)sqlite3_exec(db->sqlite, "ROLLBACK", NULL, NULL, NULL);
    db->begun = false;
    return status;
}

/* Runs one statement, in a transaction of its own unless one was begun. */
static enum exit_status run_statement(struct tune_db *db, sqlite3_stmt *statement)
{
    const bool alone = !db->begun;
    enum exit_status status = alone ? tune_db_begin(db) : STATUS_DONE;
    if (status != STATUS_DONE)
        return status;
    errno = 0;
    if (sqlite3_step(statement) != SQLITE_DONE)
        status = tune_db_failed(db);
    (void)sqlite3_reset(statement);
    if (alone && status == STATUS_DONE)
        return tune_db_commit(db);
    if (status != STATUS_DONE) {
        if (!sqlite3_get_autocommit(db->sqlite))
            (void)sqlite3_exec(db->sqlite, "ROLLBACK", NULL, NULL, NULL);
        db->begun = false;
    }
    return status;
}

static enum exit_status prepare_insert(struct tune_db *db)
{
    if (db->insert != NULL)
        return STATUS_DONE;
    struct text sql = {0};
    text_puts(&sql, "INSERT INTO trials (");
    tune_columns_names(&sql);
    text_puts(&sql, ") VALUES (");
    for (size_t i = 0; i < tune_column_count; ++i)
        text_puts(&sql, i > 0 ? ", ?" : "?");
    text_puts(&sql, ") ON CONFLICT (id) DO NOTHING");
    enum exit_status status = sql.failed ? diag_memory() : STATUS_DONE;
    if (status == STATUS_DONE && sqlite3_prepare_v2(db->sqlite, sql.data, -1, &db->insert, NULL) != SQLITE_OK)
        status = tune_db_failed(db);
    text_free(&sql);
    return status;
}

enum exit_status tune_db_add(struct tune_db *db, const struct tune_trial *trial)
{
    const char *unprintable = tune_columns_unprintable(trial);
    if (unprintable != NULL)
        return diag_error(DIAG_DB, (struct position){.file = db->path},
                          "the %s of a trial has control characters, expected one line of text", unprintable);
    enum exit_status status = prepare_insert(db);
    if (status != STATUS_DONE)
        return status;
    for (size_t i = 0; i < tune_column_count; ++i)
        if (tune_column_bind(db->insert, (int)i + 1, &tune_columns[i], trial) != SQLITE_OK)
            return tune_db_failed(db);
    return run_statement(db, db->insert);
}

enum exit_status tune_db_remove(struct tune_db *db, const char *id)
{
    sqlite3_stmt *statement = NULL;
    enum exit_status status;
    if (sqlite3_prepare_v2(db->sqlite, "DELETE FROM trials WHERE id = ?", -1, &statement, NULL) !=
            SQLITE_OK ||
        sqlite3_bind_text(statement, 1, id, -1, SQLITE_STATIC) != SQLITE_OK)
        status = tune_db_failed(db);
    else
        status = run_statement(db, statement);
    sqlite3_finalize(statement);
    return status;
}

enum exit_status tune_db_id(char id[33])
{
    static const char hex[] = "0123456789abcdef";
    unsigned char bytes[16];
    if (getrandom(bytes, sizeof bytes, 0) != (ssize_t)sizeof bytes)
        return diag_error(DIAG_IO, NOWHERE, "the system gives no random bytes, expected 16");
    for (size_t i = 0; i < sizeof bytes; ++i) {
        id[2 * i] = hex[bytes[i] >> 4];
        id[2 * i + 1] = hex[bytes[i] & 15];
    }
    id[2 * sizeof bytes] = '\0';
    return STATUS_DONE;
}

/* ---- visiting -------------------------------------------------------------------------------------- */

/* The filter's conditions on columns; values of other than NULL are bound in this order. */
static size_t filter_terms(const struct tune_filter *filter, const char *names[6], const char *values[6])
{
    const char *const all_names[] = {"spec", "isa", "cpu", "compiler", "templates", "sweep"};
    const char *const all_values[] = {filter->spec,     filter->isa,       filter->cpu,
                                      filter->compiler, filter->templates, filter->sweep};
    size_t count = 0;
    for (size_t i = 0; i < sizeof all_names / sizeof all_names[0]; ++i)
        if (all_values[i] != NULL) {
            names[count] = all_names[i];
            values[count++] = all_values[i];
        }
    return count;
}

static void append_query(const struct tune_filter *filter, const char *const names[], size_t count,
                         struct text *sql)
{
    text_puts(sql, "SELECT ");
    tune_columns_names(sql);
    text_puts(sql, " FROM (SELECT *");
    if (filter->best)
        text_puts(sql, ", " TUNE_DB_PLACE " AS place");
    text_puts(sql, " FROM trials WHERE 1");
    for (size_t i = 0; i < count; ++i)
        text_printf(sql, " AND %s = ?", names[i]);
    if (filter->best)
        text_printf(sql, " AND " TUNE_DB_CAN_BE_BEST "%s", filter->allow_emulated ? "" : " AND NOT emulated");
    text_printf(sql, ")%s ORDER BY " TUNE_DB_GROUP ", ratio, plan, id",
                filter->best ? " WHERE place = 1" : "");
}

static enum exit_status prepare_query(struct tune_db *db, const struct tune_filter *filter,
                                      sqlite3_stmt **query)
{
    const char *names[6], *values[6];
    const size_t count = filter_terms(filter, names, values);
    struct text sql = {0};
    append_query(filter, names, count, &sql);
    enum exit_status status = sql.failed ? diag_memory() : STATUS_DONE;
    if (status == STATUS_DONE && sqlite3_prepare_v2(db->sqlite, sql.data, -1, query, NULL) != SQLITE_OK)
        status = tune_db_failed(db);
    for (size_t i = 0; i < count && status == STATUS_DONE; ++i)
        if (sqlite3_bind_text(*query, (int)i + 1, values[i], -1, SQLITE_STATIC) != SQLITE_OK)
            status = tune_db_failed(db);
    text_free(&sql);
    return status;
}

static enum exit_status read_trial(struct tune_db *db, sqlite3_stmt *row, struct tune_trial *trial)
{
    const char *bad = NULL;
    for (size_t i = 0; i < tune_column_count && bad == NULL; ++i)
        if (!tune_column_read(row, (int)i, &tune_columns[i], trial))
            bad = tune_columns[i].name;
    if (bad == NULL)
        bad = tune_columns_unprintable(trial);
    return bad == NULL ? STATUS_DONE
                       : diag_error(DIAG_DB, (struct position){.file = db->path},
                                    "the %s of a trial is none, expected what sepcc writes", bad);
}

enum exit_status tune_db_visit(struct tune_db *db, const struct tune_filter *filter,
                               enum exit_status (*visit)(void *context, const struct tune_trial *trial),
                               void *context)
{
    sqlite3_stmt *query = NULL;
    enum exit_status status = prepare_query(db, filter, &query);
    bool more = true;
    while (status == STATUS_DONE && more) {
        struct tune_trial trial;
        const int code = sqlite3_step(query);
        more = code == SQLITE_ROW;
        if (more)
            status = read_trial(db, query, &trial);
        else if (code != SQLITE_DONE)
            status = tune_db_failed(db);
        if (more && status == STATUS_DONE)
            status = visit(context, &trial);
    }
    sqlite3_finalize(query);
    return status;
}
