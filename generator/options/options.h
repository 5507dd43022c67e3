/*
 * options.h: the command line: one table of options drives parsing, help and the tests of the manual.
 */
#ifndef SEPCC_GENERATOR_OPTIONS_OPTIONS_H
#define SEPCC_GENERATOR_OPTIONS_OPTIONS_H

#include "base/diag.h"
#include "plan/plan.h"
#include "spec/isa.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* Which commands an option belongs to, one bit each. */
enum command_bit {
    FOR_GEN = 1 << 0,
    FOR_BUILD = 1 << 1,
    FOR_VERIFY = 1 << 2,
    FOR_RUN = 1 << 3,
    FOR_BENCH = 1 << 4,
    FOR_EXPLAIN = 1 << 5,
    FOR_ISAS = 1 << 6,
    FOR_ASM = 1 << 7,
    FOR_STAGES = 1 << 8,
    FOR_REPORT = 1 << 9,
    FOR_DB = 1 << 10,
    FOR_COMPARE = 1 << 11,
    FOR_TUNE = 1 << 12,
    FOR_ALL = (1 << 13) - 1,
};

enum { OPTION_INPUTS_MAX = 16 };

/* The command line as understood. Strings belong to argv, but for spec_text. Free with options_free. */
struct options {
    const struct command *command;
    char *spec_text;                       /* SPEC, its words joined by blanks; NULL when there is none */
    const char *spec_file;                 /* -f, or the one word that names a file */
    const char *isa_text;                  /* --isa as given; NULL: the command's default */
    const char *output;                    /* -o: a folder; for run a .npy file, for report a page */
    const char *plan_text;                 /* --plan as given; NULL: nothing is requested */
    const char *cc;                        /* --cc; NULL: clang */
    const char *target;                    /* --target; NULL: by architecture */
    const char *name;                      /* --name of the bundle; NULL: from the file or folder */
    const char *input;                     /* --input */
    const char *against;                   /* --against: "ort" */
    const char *data;                      /* --data */
    const char *onnxruntime;               /* --onnxruntime */
    const char *inputs[OPTION_INPUTS_MAX]; /* --input NAME=DIMS, each */
    size_t input_count;
    const char *db;      /* --db */
    const char *wisdom;  /* --wisdom */
    const char *peers;   /* --peers */
    const char *weights; /* --weights: of run the folder that is read, of gen and build the file written */
    const char *dependencies; /* --dependencies: the list of files read, which gen and build write */
    struct plan_request plan;
    uint64_t seed;
    double seconds;     /* --seconds for each kernel; by default what suits the command */
    unsigned jobs;      /* -j; the number of CPUs by default */
    unsigned threads;   /* --threads */
    const char **words; /* of a command that takes no SPEC: all that is no option; malloc'ed */
    size_t word_count;
    const char *cpu;                       /* --cpu: part of the text of the CPU in a database */
    const char *compiler, *spec, *outcome; /* of db: only trials that have this */
    unsigned older_than;                   /* --older-than, days; 0: not given */
    bool stale, failed, dry_run;           /* of db */
    bool emulated;      /* of db: emulated trials can be best ones; of tune: the target is an emulator */
    const char *layers; /* --layers: the list that stages writes */
    bool separate;      /* layers of a model are not joined */
    const char *cache;  /* --cache: "warm", "cold" or "chain"; "warm" by default */
    double budget;      /* --budget in seconds; 0: none */
    unsigned trials;    /* --trials of each stage; 0: by its space */
    unsigned timeout_s; /* --timeout of a candidate's proof */
    struct shard {
        unsigned index, count; /* index from 1 */
    } shard;                   /* --shard; 1 of 1 by default */
    const char *remote;        /* --remote: the prefix of commands on the target; NULL: this machine */
    bool exhaustive, variants; /* all plans; winners by other compilers and flags */
    bool json, csv, verify, emulate, cliffs, single_file;
    bool done; /* --help was asked for and is printed: nothing is left to do */
};

struct command {
    const char *name;
    unsigned bit; /* enum command_bit */
    enum exit_status (*run)(const struct options *options);
    const char *summary;     /* one line of `sepcc --help` */
    const char *synopsis;    /* arguments, for usage */
    const char *default_isa; /* what --isa is when not given, for help; NULL: takes none */
};

/*
 * Parses the words after `sepcc COMMAND` (argv[0] is the command's name). Options and the words of SPEC may
 * be mixed. With --help the help is printed and options->done set. Errors: DIAG_USAGE, and those of --isa and
 * --plan. Call options_free in every case.
 */
enum exit_status options_parse(const struct command *command, int argc, char **argv, struct options *options);
void options_free(struct options *options);

/* A usage error of a command, in one line that ends with where to find help. */
enum exit_status usage_error(const struct command *command, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* The same for the value of one option, whose name (without dashes) stands in place of the file. */
enum exit_status option_error(const struct command *command, const char *name, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* `sepcc COMMAND --help`. */
void options_help(const struct command *command, FILE *out);

/* One row of the table, for help and for the test that the manual names every option. */
struct option_info {
    const char *name;     /* long name, without dashes */
    char letter;          /* short name, or '\0' */
    const char *argument; /* NULL: a flag */
    const char *help;
    unsigned commands; /* enum command_bit */
};

/* The row of that index, false behind the last one. */
bool option_info_get(size_t index, struct option_info *info);

#endif
