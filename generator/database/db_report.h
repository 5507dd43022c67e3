/*
 * db_report.h: trials as a table, for people and for programs.
 */
#ifndef SEPCC_GENERATOR_DATABASE_DB_REPORT_H
#define SEPCC_GENERATOR_DATABASE_DB_REPORT_H

#include "base/table.h"
#include "database/db.h"

/* A table of what people look at. Free with table_free. */
struct table db_table_short(void);
void db_table_short_add(struct table *table, const struct tune_trial *trial);

/* A table of all columns of the database. Free with table_free. */
struct table db_table_whole(void);
void db_table_whole_add(struct table *table, const struct tune_trial *trial);

#endif
