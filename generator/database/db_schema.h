/*
 * db_schema.h: what db.c and its tests share: versions of the schema, and SQLite's errors as ours.
 */
#ifndef SEPCC_GENERATOR_DATABASE_DB_SCHEMA_H
#define SEPCC_GENERATOR_DATABASE_DB_SCHEMA_H

#include "base/diag.h"

#include <sqlite3.h>

/* What the best plan is the best of, and in which order: parts of queries. */
#define TUNE_DB_GROUP "spec, isa, cpu, compiler, templates, cache, threads"
/* A ratio from wisdom has four digits and no time: of the same plan, the trial that was timed here goes
 * first. */
#define TUNE_DB_PLACE                                                                                        \
    "row_number() OVER (PARTITION BY " TUNE_DB_GROUP " ORDER BY round(ratio, 4), median_s = 0, "             \
    "ratio, plan, id)"
/* Which trials can be the best; those timed under an emulator only when that is asked for. */
#define TUNE_DB_CAN_BE_BEST "outcome = 'measured' AND (confirmed OR untuned) AND ratio > 0"

struct tune_db;
/* The connection, for further queries; and the message of its last failure. */
sqlite3 *tune_db_sqlite(struct tune_db *db);
enum exit_status tune_db_failed(struct tune_db *db);

/* SQLite's application_id of a tuning database: "sepc". */
enum { TUNE_DB_APPLICATION = 0x73657063 };

/* The SQL that makes version i + 1 out of version i; version 0 is an empty file. */
extern const char *const tune_db_steps[];

/*
 * Brings a database from its version to `version` by steps[version it has] and so on, all or nothing; others
 * that do the same meanwhile are waited for. path is for messages.
 */
enum exit_status tune_db_upgrade(sqlite3 *sqlite, const char *path, const char *const steps[], int version);

/* Refuses what is no tuning database or one that is newer than `version`; sets *found to its version. */
enum exit_status tune_db_check(sqlite3 *sqlite, const char *path, int version, int *found);

/* The error of a file that may not be written, by its rights, its folder's or the file system's. */
enum exit_status tune_db_unwritable(const char *path);

/* Runs SQL without results. */
enum exit_status tune_db_exec(sqlite3 *sqlite, const char *path, const char *sql);

/* Prints what the last failure of SQLite means for the database at path: see tune_db_open. */
enum exit_status tune_db_error(sqlite3 *sqlite, const char *path, int code);

#endif
