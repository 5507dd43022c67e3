/*
 * db_schema.c: versions of the tuning database, and what SQLite's errors mean.
 *
 * The version is in user_version; each step makes the next version out of one. Steps that were released stay
 * as they are: files of their versions exist.
 */
#include "database/db_schema.h"

#include "base/files.h"
#include "database/db.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

const char *const tune_db_steps[TUNE_DB_VERSION] = {
    "CREATE TABLE trials (\n"
    "    id TEXT NOT NULL UNIQUE,\n"
    "    sweep TEXT NOT NULL,\n"
    "    stage TEXT NOT NULL,\n"
    "    spec TEXT NOT NULL,\n"
    "    isa TEXT NOT NULL,\n"
    "    cpu TEXT NOT NULL,\n"
    "    compiler TEXT NOT NULL,\n"
    "    templates TEXT NOT NULL,\n"
    "    plan TEXT NOT NULL,\n"
    "    cache TEXT NOT NULL,\n"
    "    threads INTEGER NOT NULL,\n"
    "    outcome TEXT NOT NULL,\n"
    "    untuned INTEGER NOT NULL,\n"
    "    confirmed INTEGER NOT NULL,\n"
    "    emulated INTEGER NOT NULL,\n"
    "    detail TEXT NOT NULL,\n"
    "    predicted_s REAL NOT NULL,\n"
    "    median_s REAL NOT NULL,\n"
    "    low_s REAL NOT NULL,\n"
    "    high_s REAL NOT NULL,\n"
    "    ratio REAL NOT NULL,\n"
    "    ratio_low REAL NOT NULL,\n"
    "    ratio_high REAL NOT NULL,\n"
    "    rounds INTEGER NOT NULL,\n"
    "    bound_s REAL NOT NULL,\n"
    "    flop REAL NOT NULL,\n"
    "    gflops REAL NOT NULL,\n"
    "    peak_gflops REAL NOT NULL,\n"
    "    code_bytes INTEGER NOT NULL,\n"
    "    spills INTEGER NOT NULL,\n"
    "    finished INTEGER NOT NULL\n"
    ") STRICT;\n"
    "CREATE INDEX trials_by_key ON trials (spec, isa);\n",
};

/* ---- errors ---------------------------------------------------------------------------------------- */

/* The errno behind a failed read or write, which SQLite does not keep for all of them. */
static enum exit_status system_error(sqlite3 *sqlite, const char *path, int last, int otherwise)
{
    const int kept = sqlite3_system_errno(sqlite), error = kept != 0 ? kept : last;
    return file_write_error(path, error != 0 ? error : otherwise);
}

enum exit_status tune_db_unwritable(const char *path)
{
    return file_write_error(path, access(path, W_OK) != 0 ? errno : EACCES);
}

enum exit_status tune_db_error(sqlite3 *sqlite, const char *path, int code)
{
    const int last = errno;
    const struct position at = {.file = path};
    const char *said = sqlite != NULL ? sqlite3_errmsg(sqlite) : sqlite3_errstr(code);
    if (code == SQLITE_READONLY_ROLLBACK)
        return diag_error(DIAG_IO, at,
                          "a killed run left it unfinished, expected that it is first opened by somebody who "
                          "may write it");
    switch (code & 0xff) {
    case SQLITE_NOMEM:
        return diag_memory();
    case SQLITE_NOTADB:
        return diag_error(DIAG_DB, at, "it is no SQLite database, expected a tuning database");
    case SQLITE_CORRUPT:
        return diag_error(DIAG_DB, at, "it is damaged (%s), expected a whole database, such as a copy", said);
    case SQLITE_FULL:
        return file_write_error(path, ENOSPC);
    case SQLITE_READONLY:
        return tune_db_unwritable(path);
    case SQLITE_CANTOPEN:
        return system_error(sqlite, path, last, EACCES);
    case SQLITE_IOERR:
        return system_error(sqlite, path, last, EIO);
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return diag_error(DIAG_IO, at, "others keep it locked, expected that they end within a minute");
    default:
        return diag_error(DIAG_DB, at, "SQLite says: %s (%d), expected no error", said, code);
    }
}

enum exit_status tune_db_exec(sqlite3 *sqlite, const char *path, const char *sql)
{
    errno = 0;
    const int code = sqlite3_exec(sqlite, sql, NULL, NULL, NULL);
    return code == SQLITE_OK ? STATUS_DONE : tune_db_error(sqlite, path, sqlite3_extended_errcode(sqlite));
}

/* ---- versions -------------------------------------------------------------------------------------- */

/* The one number that a query gives. */
static enum exit_status read_number(sqlite3 *sqlite, const char *path, const char *sql, int *number)
{
    sqlite3_stmt *query = NULL;
    int code = sqlite3_prepare_v2(sqlite, sql, -1, &query, NULL);
    if (code == SQLITE_OK)
        code = sqlite3_step(query);
    if (code == SQLITE_ROW)
        *number = sqlite3_column_int(query, 0);
    const enum exit_status status =
        code == SQLITE_ROW ? STATUS_DONE : tune_db_error(sqlite, path, sqlite3_extended_errcode(sqlite));
    sqlite3_finalize(query);
    return status;
}

enum exit_status tune_db_check(sqlite3 *sqlite, const char *path, int version, int *found)
{
    int application = 0, tables = 0;
    *found = 0;
    enum exit_status status = read_number(sqlite, path, "PRAGMA application_id", &application);
    if (status == STATUS_DONE)
        status = read_number(sqlite, path, "PRAGMA user_version", found);
    if (status == STATUS_DONE)
        status = read_number(sqlite, path, "SELECT count(*) FROM sqlite_schema", &tables);
    if (status != STATUS_DONE)
        return status;
    const struct position at = {.file = path};
    if (application != TUNE_DB_APPLICATION && (application != 0 || *found != 0 || tables != 0))
        return diag_error(DIAG_DB, at,
                          "it is an SQLite database of another program, expected a tuning database");
    if (*found > version)
        return diag_error(DIAG_DB, at, "a newer sepcc made it in version %d, expected version %d or older",
                          *found, version);
    return STATUS_DONE;
}

/* The steps, inside of a transaction: somebody else may have taken them since the version was looked at. */
static enum exit_status take_steps(sqlite3 *sqlite, const char *path, const char *const steps[], int version)
{
    char pragma[128];
    int from = 0;
    enum exit_status status = tune_db_check(sqlite, path, version, &from);
    for (int step = from; step < version && status == STATUS_DONE; ++step)
        status = tune_db_exec(sqlite, path, steps[step]);
    (void)snprintf(pragma, sizeof pragma, "PRAGMA application_id = %d; PRAGMA user_version = %d",
                   TUNE_DB_APPLICATION, version);
    return status == STATUS_DONE && from < version ? tune_db_exec(sqlite, path, pragma) : status;
}

enum exit_status tune_db_upgrade(sqlite3 *sqlite, const char *path, const char *const steps[], int version)
{
    enum exit_status status = tune_db_exec(sqlite, path, "BEGIN IMMEDIATE");
    if (status != STATUS_DONE)
        return status;
    status = take_steps(sqlite, path, steps, version);
    if (status == STATUS_DONE)
        status = tune_db_exec(sqlite, path, "COMMIT");
    if (status != STATUS_DONE && !sqlite3_get_autocommit(sqlite))
        (void)sqlite3_exec(sqlite, "ROLLBACK", NULL, NULL, NULL);
    return status;
}
