/*
 * db.h: the tuning database: every trial of every sweep, in one SQLite file.
 *
 * A trial is one plan of one stage, tried: measured, or recorded as what it turned out to be instead (wrong
 * bits, a crash, ...). What it was measured on is its *key*: the spec, the ISA, the CPU with its caches, the
 * compiler and the templates; nothing else decides whether a result still holds. Trials are never changed
 * once written, and each has an id of its own, so that merging databases is the union of their trials, in
 * any order with the same outcome.
 *
 * At rest the database is one file (SQLite's rollback journal, not WAL): it can be copied and committed, read
 * where nothing may be written, and written over network file systems that lock files.
 *
 * What is compared between trials is their `ratio`, never their times: it is taken within one race, where the
 * untuned plan (the heuristic's) runs interleaved with the candidate, so that the speed of the machine
 * cancels. The best plan of a key, cache and number of threads is the confirmed or untuned trial with the
 * least ratio; of equals the one whose plan text sorts first.
 */
#ifndef SEPCC_GENERATOR_DATABASE_DB_H
#define SEPCC_GENERATOR_DATABASE_DB_H

#include "base/diag.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The version of the schema, SQLite's user_version. */
enum { TUNE_DB_VERSION = 1 };

/* What a result depends on. All are single lines of printable text. */
struct tune_key {
    const char *spec; /* as spec_print prints it without its name */
    const char *isa;  /* "avx2" */
    const char *cpu;  /* model and sizes of the caches: "AMD EPYC family 26 model 2; L1d 48K L2 1M L3 32M" */
    const char *compiler;  /* name, version and the flags that tuning may change: "clang 14.0.6 -O2" */
    const char *templates; /* digest of the templates and vocabulary that the kernel is made from */
};

/* X(symbol, word): how a trial ended. */
#define TUNE_OUTCOME_TABLE(X)                                                                                \
    X(TUNE_MEASURED, "measured") /* proved and timed */                                                      \
    X(TUNE_LOST, "lost")         /* proved, left the race early: could not win any more; times are short */  \
    X(TUNE_WRONG, "wrong")       /* other bits than the reference */                                         \
    X(TUNE_CRASHED, "crashed")   /* a signal ended it */                                                     \
    X(TUNE_HUNG, "hung")         /* stopped at the time limit */                                             \
    X(TUNE_SPILLED, "spilled")   /* spills in a hot loop beyond the untuned plan's: not timed */             \
    X(TUNE_UNBUILT, "unbuilt")   /* the compiler or m4 refused it */

#define TUNE_OUTCOME_ENUM(symbol, word) symbol,
enum tune_outcome { TUNE_OUTCOME_TABLE(TUNE_OUTCOME_ENUM) TUNE_OUTCOME_COUNT };
#undef TUNE_OUTCOME_ENUM

/* One trial. Strings are never NULL; empty where there is nothing to say. */
struct tune_trial {
    struct tune_key key;
    const char *id;    /* 32 hexadecimal digits, unique among all trials of all machines */
    const char *sweep; /* 32 hexadecimal digits: the sweep (one run of `sepcc tune`) it belongs to */
    const char *stage; /* name of the stage in that sweep, for people */
    const char *plan;  /* as plan_print prints it: all keys */
    const char *cache; /* "warm", "cold" or "chain": what the caches held */
    unsigned threads;
    enum tune_outcome outcome;
    bool untuned;       /* the heuristic's plan: its ratio is 1 */
    bool confirmed;     /* measured again in a fresh process and not slower than the untuned plan there */
    bool emulated;      /* timed under an emulator: never a best plan unless asked for */
    const char *detail; /* what is wrong with it, in one line, and the command that shows it again */
    double predicted_s; /* by the cost model */
    double median_s, low_s, high_s;      /* seconds of one run: median and quartiles; 0: not timed */
    double ratio, ratio_low, ratio_high; /* its time / the untuned plan's, round by round: median and its 95 %
                                            confidence interval; 0: not timed */
    unsigned rounds;                     /* timed */
    double bound_s;                      /* the bound of docs/bench.md, seconds */
    double flop;                         /* floating-point operations of one run */
    double gflops, peak_gflops;          /* at the median; of the peak loop beside it, one thread */
    uint64_t code_bytes;                 /* of the compiled kernel */
    unsigned spills;                     /* stack references in hot loops */
    int64_t finished;                    /* seconds since 1970, UTC */
};

/* A copy with texts of its own; false when out of memory. Free with tune_trial_free. */
bool tune_trial_copy(const struct tune_trial *trial, struct tune_trial *copy);
void tune_trial_free(struct tune_trial *copy);

struct tune_db;

/* How to open: TUNE_DB_READ refuses a file that is not there, TUNE_DB_WRITE makes it. */
enum tune_db_mode { TUNE_DB_READ, TUNE_DB_WRITE };

/*
 * Opens a database and checks that it is whole; an older version is upgraded (when only reading: a copy of it
 * in memory), a newer one refused. Safe with many writers at once, which wait for each other. Errors: DIAG_DB
 * (no database, newer, damaged), DIAG_FILE_MISSING, DIAG_IO (cannot be written, disk full), DIAG_MEMORY.
 * *db is NULL after an error.
 */
enum exit_status tune_db_open(const char *path, enum tune_db_mode mode, struct tune_db **db);
void tune_db_close(struct tune_db *db); /* NULL is taken */

/*
 * Adds a trial, durably: a kill after this returns loses nothing. One whose id is there already is left.
 * Texts with control characters are refused (DIAG_DB).
 */
enum exit_status tune_db_add(struct tune_db *db, const struct tune_trial *trial);
/* Takes out the trial of that id, where there is one. */
enum exit_status tune_db_remove(struct tune_db *db, const char *id);

/*
 * Many adds and removes as one: all become durable by tune_db_commit, or none. Others wait meanwhile.
 * tune_db_close undoes what was begun and not committed.
 */
enum exit_status tune_db_begin(struct tune_db *db);
enum exit_status tune_db_commit(struct tune_db *db);

/* 32 random hexadecimal digits, for the ids of trials and sweeps. */
enum exit_status tune_db_id(char id[33]);

/* Which trials to visit: fields that are NULL match all. */
struct tune_filter {
    const char *spec, *isa, *cpu, *compiler, *templates, *sweep;
    bool best;           /* only the best of each key, cache and threads */
    bool allow_emulated; /* emulated trials can be best ones */
};

/*
 * Calls visit for each trial, sorted by spec, isa, cpu, compiler, templates, cache, threads, ratio, plan, id.
 * Strings of the trial are gone after the call. visit returns STATUS_DONE to go on. It
 * may not add or remove; and writers wait while it runs, so that it should be short.
 */
enum exit_status tune_db_visit(struct tune_db *db, const struct tune_filter *filter,
                               enum exit_status (*visit)(void *context, const struct tune_trial *trial),
                               void *context);

/* The word of an outcome. */
const char *tune_outcome_word(enum tune_outcome outcome);
/* The outcome of that word; TUNE_OUTCOME_COUNT when there is none. */
enum tune_outcome tune_outcome_find(const char *word);

#endif
