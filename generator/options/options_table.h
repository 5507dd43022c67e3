/*
 * options_table.h: the table of options, for the parser.
 */
#ifndef SEPCC_GENERATOR_OPTIONS_OPTIONS_TABLE_H
#define SEPCC_GENERATOR_OPTIONS_OPTIONS_TABLE_H

#include "options/options.h"

enum option_kind {
    KIND_FLAG,
    KIND_TEXT,
    KIND_INPUT,
    KIND_COUNT,
    KIND_SEED,
    KIND_SECONDS,
    KIND_TIME,
    KIND_SHARD,
    KIND_HELP
};

struct option_row {
    struct option_info info;
    enum option_kind kind;
    size_t offset;     /* of the field in struct options */
    unsigned low, top; /* range of KIND_COUNT */
};

/* Commands whose words are their own, and those whose words are a SPEC. */
enum { TAKE_WORDS = FOR_DB, TAKE_SPEC = FOR_ALL & ~(FOR_ISAS | FOR_REPORT | TAKE_WORDS) };

enum { OPTION_ROWS_MAX = 80 };

/* In the order of help. */
extern const struct option_row option_rows[];
extern const size_t option_row_count; /* at most OPTION_ROWS_MAX */

#endif
