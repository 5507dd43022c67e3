/*
 * options.c: the table of options, and the parser that reads a command line by it.
 */
#include "options.h"

#include "expect.h"
#include "files.h"
#include "process.h"
#include "spec.h"
#include "text.h"

#include <errno.h>
#include <getopt.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

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

#define FIELD(member) offsetof(struct options, member)

enum {
    TAKE_WORDS = FOR_DB,
    TAKE_SPEC = FOR_ALL & ~(FOR_ISAS | FOR_REPORT | TAKE_WORDS),
    TAKE_ISAS = TAKE_SPEC & ~FOR_STAGES,
    PLAN = TAKE_ISAS & ~FOR_COMPARE,
    TAKE_MODEL = TAKE_SPEC & ~FOR_RUN,
    WRITE = FOR_GEN | FOR_BUILD | FOR_VERIFY,
    COMPILE = FOR_BUILD | FOR_VERIFY | FOR_RUN | FOR_BENCH | FOR_ASM | FOR_COMPARE | FOR_TUNE,
    EXECUTE = FOR_VERIFY | FOR_RUN | FOR_BENCH,
};

/* In the order of help. */
static const struct option_row rows[] = {
    {{"file", 'f', "FILE", "read the stages from FILE, a .layers list or an ONNX model; - is standard input",
      TAKE_SPEC},
     KIND_TEXT,
     FIELD(spec_file),
     0,
     0},
    {{"isa", 'i', "LIST", "instruction sets, such as avx2,neon; or native, or all", TAKE_ISAS | FOR_DB},
     KIND_TEXT,
     FIELD(isa_text),
     0,
     0},
    {{"output", 'o', "PATH", "where to write: the bundle's folder, or the file of run, db and report",
      WRITE | FOR_RUN | FOR_DB | FOR_REPORT},
     KIND_TEXT,
     FIELD(output),
     0,
     0},
    {{"db", 0, "FILE", "the tuning database; what makes kernels takes tuned plans from it",
      PLAN | FOR_REPORT},
     KIND_TEXT,
     FIELD(db),
     0,
     0},
    {{"wisdom", 0, "FILE", "take tuned plans from what 'sepcc db export' has written", PLAN & ~FOR_TUNE},
     KIND_TEXT,
     FIELD(wisdom),
     0,
     0},
    {{"cpu", 0, "TEXT", "only plans or trials on the CPU that has TEXT in its text in the database",
      (PLAN & ~FOR_TUNE) | FOR_DB},
     KIND_TEXT,
     FIELD(cpu),
     0,
     0},
    {{"peers", 0, "PATH", "what bench_peers measured: its .csv file, or a folder of them", FOR_REPORT},
     KIND_TEXT,
     FIELD(peers),
     0,
     0},
    {{"name", 'n', "NAME", "name of the bundle (default: from FILE or the folder)", WRITE},
     KIND_TEXT,
     FIELD(name),
     0,
     0},
    {{"single-file", 0, NULL, "write one .h and one .c file, in any folder, instead of a bundle's folder",
      FOR_GEN},
     KIND_FLAG,
     FIELD(single_file),
     0,
     0},
    {{"plan", 'p', "KEY=VALUE,...", "set parts of the plan; the heuristic chooses the rest", PLAN},
     KIND_TEXT,
     FIELD(plan_text),
     0,
     0},
    {{"jobs", 'j', "N", "run up to N jobs at once (default: one per CPU)", TAKE_ISAS & ~FOR_EXPLAIN},
     KIND_COUNT,
     FIELD(jobs),
     1,
     1024},
    {{"cc", 0, "PROGRAM", "the C compiler (default: clang)", COMPILE}, KIND_TEXT, FIELD(cc), 0, 0},
    {{"target", 0, "TRIPLE", "target triple for clang (default: by instruction set)", COMPILE & ~FOR_TUNE},
     KIND_TEXT,
     FIELD(target),
     0,
     0},
    {{"emulate", 0, NULL, "use an emulator even for what this CPU can run, where there is one", FOR_VERIFY},
     KIND_FLAG,
     FIELD(emulate),
     0,
     0},
    {{"against", 0, "ort", "compare the stages of a model with ONNX Runtime's tensors", FOR_VERIFY},
     KIND_TEXT,
     FIELD(against),
     0,
     0},
    {{"data", 0, "FILE", "with --against: the model's input, .npy or raw f32 (default: random)", FOR_VERIFY},
     KIND_TEXT,
     FIELD(data),
     0,
     0},
    {{"onnxruntime", 0, "FILE", "with --against: the shared library of ONNX Runtime", FOR_VERIFY},
     KIND_TEXT,
     FIELD(onnxruntime),
     0,
     0},
    {{"input", 0, "NAME=DIMS", "dimensions of a model's input, such as x=1x3x320x320", TAKE_MODEL},
     KIND_INPUT,
     FIELD(inputs),
     0,
     0},
    {{"separate", 0, NULL, "take the layers of a model one by one: join none to longer stages", TAKE_MODEL},
     KIND_FLAG,
     FIELD(separate),
     0,
     0},
    {{"dependencies", 0, "FILE", "write the names of the files that were read to FILE, one a line",
      FOR_GEN | FOR_BUILD},
     KIND_TEXT,
     FIELD(dependencies),
     0,
     0},
    {{"layers", 0, "FILE", "write the stages as a .layers list to FILE; - is standard output", FOR_STAGES},
     KIND_TEXT,
     FIELD(layers),
     0,
     0},
    {{"input", 0, "FILE", "read the input tensor from a .npy file", FOR_RUN}, KIND_TEXT, FIELD(input), 0, 0},
    {{"weights", 0, "DIR", "read weight.npy, bias.npy and slope.npy from a folder", FOR_RUN},
     KIND_TEXT,
     FIELD(weights),
     0,
     0},
    {{"weights", 0, "FILE", "write the packed weights of a model to FILE, not into the C",
      FOR_GEN | FOR_BUILD},
     KIND_TEXT,
     FIELD(weights),
     0,
     0},
    {{"budget", 0, "TIME", "stop after so long, such as 90s, 10m or 2h; the same command goes on", FOR_TUNE},
     KIND_TIME,
     FIELD(budget),
     0,
     0},
    {{"trials", 0, "N", "plans to try of each stage (default: a tenth of its space, 16 to 64)", FOR_TUNE},
     KIND_COUNT,
     FIELD(trials),
     1,
     100000},
    {{"exhaustive", 0, NULL, "try all plans of the space", FOR_TUNE}, KIND_FLAG, FIELD(exhaustive), 0, 0},
    {{"cache", 0, "STATE", "time with caches warm, cold, or as the network's chain leaves them", FOR_TUNE},
     KIND_TEXT,
     FIELD(cache),
     0,
     0},
    {{"variants", 0, NULL, "try the winners with other compilers and flags, too", FOR_TUNE},
     KIND_FLAG,
     FIELD(variants),
     0,
     0},
    {{"timeout", 0, "S", "seconds after which a candidate hangs (default: 20)", FOR_TUNE},
     KIND_COUNT,
     FIELD(timeout_s),
     1,
     3600},
    {{"shard", 0, "I/N", "do the I-th of N parts of the sweep; their databases can be merged", FOR_TUNE},
     KIND_SHARD,
     FIELD(shard),
     0,
     0},
    {{"remote", 0, "COMMAND",
      "build here, prove and time on the target that COMMAND runs lines on: 'ssh host'", FOR_TUNE},
     KIND_TEXT,
     FIELD(remote),
     0,
     0},
    {{"emulated", 0, NULL, "with --remote: the target is an emulator, and its times are marked so", FOR_TUNE},
     KIND_FLAG,
     FIELD(emulated),
     0,
     0},
    {{"threads", 't', "N", "run on N threads (default: 1)", FOR_RUN | FOR_BENCH | FOR_COMPARE | FOR_TUNE},
     KIND_COUNT,
     FIELD(threads),
     1,
     1024},
    {{"seconds", 0, "S", "time to spend on each kernel (default: 0.2; tune: 0.1; --cliffs: 0.02)",
      FOR_BENCH | FOR_COMPARE | FOR_TUNE},
     KIND_SECONDS,
     FIELD(seconds),
     0,
     0},
    {{"verify", 0, NULL, "prove each kernel before it is measured", FOR_BENCH | FOR_COMPARE},
     KIND_FLAG,
     FIELD(verify),
     0,
     0},
    {{"cliffs", 0, NULL, "sweep depthwise shapes, list those far slower than their neighbours", FOR_BENCH},
     KIND_FLAG,
     FIELD(cliffs),
     0,
     0},
    {{"seed", 0, "N", "seed of the random tensors (default: 1)",
      FOR_VERIFY | FOR_BENCH | FOR_COMPARE | FOR_TUNE},
     KIND_SEED,
     FIELD(seed),
     0,
     0},
    {{"compiler", 0, "TEXT", "only trials with compilers whose text has TEXT in it", FOR_DB},
     KIND_TEXT,
     FIELD(compiler),
     0,
     0},
    {{"spec", 0, "TEXT", "only trials of stages whose spec has TEXT in it", FOR_DB},
     KIND_TEXT,
     FIELD(spec),
     0,
     0},
    {{"outcome", 0, "WORD", "only trials that ended so: measured, lost, wrong, crashed, ...", FOR_DB},
     KIND_TEXT,
     FIELD(outcome),
     0,
     0},
    {{"emulated", 0, NULL, "let trials that were timed under an emulator be best ones", FOR_DB},
     KIND_FLAG,
     FIELD(emulated),
     0,
     0},
    {{"stale", 0, NULL, "prune what was measured with other templates than those of this sepcc", FOR_DB},
     KIND_FLAG,
     FIELD(stale),
     0,
     0},
    {{"failed", 0, NULL, "prune all but what was measured to the end", FOR_DB},
     KIND_FLAG,
     FIELD(failed),
     0,
     0},
    {{"older-than", 0, "DAYS", "prune what is older, but for the best plans", FOR_DB},
     KIND_COUNT,
     FIELD(older_than),
     1,
     100000},
    {{"dry-run", 0, NULL, "prune nothing: say only how much it would be", FOR_DB},
     KIND_FLAG,
     FIELD(dry_run),
     0,
     0},
    {{"csv", 0, NULL, "print comma-separated values", FOR_BENCH | FOR_ASM | FOR_DB},
     KIND_FLAG,
     FIELD(csv),
     0,
     0},
    {{"json", 0, NULL, "print JSON", FOR_BENCH | FOR_COMPARE | FOR_STAGES | FOR_DB},
     KIND_FLAG,
     FIELD(json),
     0,
     0},
    {{"help", 'h', NULL, "print this help", FOR_ALL}, KIND_HELP, FIELD(done), 0, 0},
};

enum { ROW_COUNT = sizeof rows / sizeof rows[0], FIRST_LONG = 256 };

bool option_info_get(size_t index, struct option_info *info)
{
    if (index >= ROW_COUNT)
        return false;
    *info = rows[index].info;
    return true;
}

/* ---- errors ---------------------------------------------------------------------------------------- */

/* The message ends with where to find help. */
static enum exit_status error_at(struct position at, const struct command *command, const char *format,
                                 va_list args)
{
    char message[512];
    const int length = vsnprintf(message, sizeof message, format, args);
    return diag_error(DIAG_USAGE, at, "%s; try 'sepcc %s --help'", length < 0 ? "?" : message, command->name);
}

enum exit_status usage_error(const struct command *command, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    const enum exit_status status = error_at(NOWHERE, command, format, args);
    va_end(args);
    return status;
}

enum exit_status option_error(const struct command *command, const char *name, const char *format, ...)
{
    char option[64];
    va_list args;
    snprintf(option, sizeof option, "--%s", name);
    va_start(args, format);
    const enum exit_status status = error_at((struct position){.file = option}, command, format, args);
    va_end(args);
    return status;
}

static enum exit_status value_error(const struct command *command, const struct option_row *row,
                                    const char *value, const char *expected)
{
    return option_error(command, row->info.name, "'%s' is no good, expected %s", value, expected);
}

/* ---- help ------------------------------------------------------------------------------------------ */

static void help_option(const struct option_info *info, FILE *out)
{
    char left[64];
    char letter[8] = "    ";
    if (info->letter != '\0')
        snprintf(letter, sizeof letter, "-%c, ", info->letter);
    snprintf(left, sizeof left, "%s--%s%s%s", letter, info->name, info->argument != NULL ? "=" : "",
             info->argument != NULL ? info->argument : "");
    fprintf(out, "  %-26s %s\n", left, info->help);
}

static void help_spec(FILE *out)
{
    fputs("\nSPEC is an operation (depthwise, pointwise, separable, inverted or conv) and key=value words:\n",
          out);
    for (const struct spec_help *row = spec_help_keys(); row->key != NULL; ++row)
        fprintf(out, "  %-26s %s\n", row->key, row->meaning);
    fputs("\nActivations:\n", out);
    for (const struct spec_help *row = spec_help_activations(); row->key != NULL; ++row)
        fprintf(out, "  %-26s %s\n", row->key, row->meaning);
}

void options_help(const struct command *command, FILE *out)
{
    fprintf(out, "Usage: sepcc %s %s\n%s.\n\nOptions:\n", command->name, command->synopsis, command->summary);
    for (size_t i = 0; i < ROW_COUNT; ++i)
        if (rows[i].info.commands & command->bit)
            help_option(&rows[i].info, out);
    if (command->default_isa != NULL)
        fprintf(out, "Without --isa: %s.\n", command->default_isa);
    if (command->bit & TAKE_SPEC)
        help_spec(out);
    fputs("\nExit status: 0 done, 1 a kernel is wrong, 2 bad input or usage, 3 the environment failed.\n",
          out);
}

/* ---- values ---------------------------------------------------------------------------------------- */

/* Decimal digits only, at most top. */
static bool read_number(const char *text, uint64_t top, uint64_t *number)
{
    if (*text < '0' || *text > '9')
        return false;
    char *end;
    errno = 0;
    const unsigned long long value = strtoull(text, &end, 10);
    *number = value;
    return errno == 0 && *end == '\0' && value <= top;
}

static enum exit_status set_count(const struct command *command, const struct option_row *row,
                                  const char *value, unsigned *field)
{
    uint64_t number;
    if (!read_number(value, row->top, &number) || number < row->low) {
        char expected[64];
        snprintf(expected, sizeof expected, "a number from %u to %u", row->low, row->top);
        return value_error(command, row, value, expected);
    }
    *field = (unsigned)number;
    return STATUS_DONE;
}

static enum exit_status set_seconds(const struct command *command, const struct option_row *row,
                                    const char *value, double *field)
{
    char *end;
    errno = 0;
    *field = strtod(value, &end);
    if (errno != 0 || end == value || *end != '\0' || !(*field > 0.0 && *field <= 3600.0))
        return value_error(command, row, value, "seconds above 0 and up to 3600");
    return STATUS_DONE;
}

/* A number of seconds, minutes or hours: 90s, 1.5m, 2h. */
static enum exit_status set_time(const struct command *command, const struct option_row *row,
                                 const char *value, double *field)
{
    static const struct {
        const char *unit;
        double seconds;
    } units[] = {{"", 1}, {"s", 1}, {"m", 60}, {"h", 3600}};
    char *end;
    errno = 0;
    const double number = strtod(value, &end);
    for (size_t u = 0; u < sizeof units / sizeof units[0]; ++u)
        if (end != value && strcmp(end, units[u].unit) == 0)
            *field = number * units[u].seconds;
    if (errno != 0 || !(*field > 0.0 && *field <= 1e7))
        return value_error(command, row, value, "a time such as 90s, 10m or 2h");
    return STATUS_DONE;
}

/* I/N */
static enum exit_status set_shard(const struct command *command, const struct option_row *row,
                                  const char *value, struct shard *field)
{
    enum { SHARDS_MOST = 100000 };
    char which[16];
    uint64_t index = 0, count = 0;
    const char *slash = strchr(value, '/');
    const size_t length = slash != NULL ? (size_t)(slash - value) : sizeof which;
    if (length < sizeof which) {
        memcpy(which, value, length);
        which[length] = '\0';
    }
    if (length >= sizeof which || !read_number(which, SHARDS_MOST, &index) ||
        !read_number(slash + 1, SHARDS_MOST, &count) || index == 0 || index > count)
        return value_error(command, row, value, "I/N with I from 1 to N, such as 2/8");
    *field = (struct shard){(unsigned)index, (unsigned)count};
    return STATUS_DONE;
}

static enum exit_status set_value(const struct option_row *row, const char *value, struct options *options)
{
    void *field = (char *)options + row->offset;
    switch (row->kind) {
    case KIND_FLAG:
        *(bool *)field = true;
        return STATUS_DONE;
    case KIND_TEXT:
        if (*value == '\0')
            return value_error(options->command, row, value, row->info.argument);
        *(const char **)field = value;
        return STATUS_DONE;
    case KIND_INPUT:
        if (options->input_count == OPTION_INPUTS_MAX)
            return usage_error(options->command, "--%s more than %d times", row->info.name,
                               OPTION_INPUTS_MAX);
        options->inputs[options->input_count++] = value;
        return STATUS_DONE;
    case KIND_COUNT:
        return set_count(options->command, row, value, field);
    case KIND_SEED:
        if (!read_number(value, UINT64_MAX, field))
            return value_error(options->command, row, value, "a number below 2^64");
        return STATUS_DONE;
    case KIND_SECONDS:
        return set_seconds(options->command, row, value, field);
    case KIND_TIME:
        return set_time(options->command, row, value, field);
    case KIND_SHARD:
        return set_shard(options->command, row, value, field);
    case KIND_HELP:
        options_help(options->command, stdout);
        options->done = true;
        return STATUS_DONE;
    }
    return STATUS_DONE;
}

/* ---- the command line ------------------------------------------------------------------------------ */

/* What getopt_long is given: the rows of one command. */
struct getopt_table {
    struct option longs[ROW_COUNT + 1];
    char shorts[2 + 2 * ROW_COUNT + 1];
};

static void make_getopt_table(const struct command *command, struct getopt_table *table)
{
    size_t count = 0, used = 0;
    memset(table, 0, sizeof *table);
    /* Words come in order as option 1, whatever POSIXLY_CORRECT says; errors are reported here. */
    table->shorts[used++] = '-';
    table->shorts[used++] = ':';
    for (size_t i = 0; i < ROW_COUNT; ++i) {
        const struct option_info *info = &rows[i].info;
        if (!(info->commands & command->bit))
            continue;
        const int has_argument = info->argument != NULL ? required_argument : no_argument;
        table->longs[count++] = (struct option){info->name, has_argument, NULL, FIRST_LONG + (int)i};
        if (info->letter == '\0')
            continue;
        table->shorts[used++] = info->letter;
        if (info->argument != NULL)
            table->shorts[used++] = ':';
    }
}

static const struct option_row *find_row(int code)
{
    if (code >= FIRST_LONG)
        return &rows[code - FIRST_LONG];
    for (size_t i = 0; i < ROW_COUNT; ++i)
        if (code != 0 && rows[i].info.letter == code)
            return &rows[i];
    return NULL;
}

/* A long option that no command has: a slip of the pen, or the beginning of several. */
static enum exit_status unknown_long(const struct command *command, const char *word)
{
    const char *names[ROW_COUNT], *begun[ROW_COUNT];
    const char *name = word + strspn(word, "-");
    const size_t length = strcspn(name, "=");
    size_t count = 0, begun_count = 0;
    for (size_t i = 0; i < ROW_COUNT; ++i) {
        if (!(rows[i].info.commands & command->bit))
            continue;
        names[count++] = rows[i].info.name;
        if (strncmp(name, rows[i].info.name, length) == 0)
            begun[begun_count++] = rows[i].info.name;
    }
    char expected[EXPECT_MAX];
    if (begun_count > 1) {
        expect_list(begun, begun_count, expected);
        return usage_error(command, "ambiguous option '%s', expected %s", word, expected);
    }
    const size_t near = expect_nearest(name, length, names, count);
    if (near < count)
        return usage_error(command, "unknown option '%s', expected --%s", word, names[near]);
    return usage_error(command, "unknown option '%s'", word);
}

/* An option that getopt_long does not know: perhaps it belongs to another command. */
static enum exit_status unknown_option(const struct command *command, const char *word, int letter)
{
    if (letter >= FIRST_LONG)
        return usage_error(command, "--%s takes no value, expected it alone",
                           rows[letter - FIRST_LONG].info.name);
    for (size_t i = 0; i < ROW_COUNT; ++i) {
        const struct option_info *info = &rows[i].info;
        const size_t length = strlen(info->name);
        const bool same_name = strncmp(word, "--", 2) == 0 && strncmp(word + 2, info->name, length) == 0 &&
                               (word[2 + length] == '\0' || word[2 + length] == '=');
        if (same_name || (letter != 0 && info->letter == letter))
            return usage_error(command, "--%s is no option of '%s'", info->name, command->name);
    }
    if (letter != 0)
        return usage_error(command, "unknown option '-%c'", letter);
    return unknown_long(command, word);
}

/* What is no option: the words of SPEC, or those of a command that has others. */
struct words {
    struct text spec; /* joined by blanks */
    const char *first;
    size_t count;
};

static enum exit_status add_word(struct options *options, const char *word, struct words *words)
{
    const struct command *command = options->command;
    if (command->bit & TAKE_WORDS) {
        options->words[options->word_count++] = word;
        return STATUS_DONE;
    }
    if (!(command->bit & TAKE_SPEC))
        return usage_error(command, "'%s' is one word too many", word);
    if (words->count++ == 0)
        words->first = word;
    else
        text_puts(&words->spec, " ");
    text_puts(&words->spec, word);
    return STATUS_DONE;
}

/*
 * Whether the one word is a file, as with -f: no spec is one word. One that looks like a path counts even
 * when it is not there, for a message about files.
 */
static bool is_file(const struct words *words)
{
    if (words->count != 1 || strchr(words->first, '=') != NULL)
        return false;
    const bool like_path = strcmp(words->first, "-") == 0 || strpbrk(words->first, "./") != NULL;
    return path_exists(words->first) || (like_path && strchr(words->first, ' ') == NULL);
}

static enum exit_status parse_words(int argc, char **argv, struct options *options, struct words *words)
{
    struct getopt_table table;
    make_getopt_table(options->command, &table);
    enum exit_status status = STATUS_DONE;
    optind = 0; /* a fresh start, for callers that parse more than once */
    opterr = 0;
    while (status == STATUS_DONE && !options->done) {
        const int before = optind > 0 ? optind : 1;
        const int code = getopt_long(argc, argv, table.shorts, table.longs, NULL);
        if (code == -1)
            break;
        if (code == 1)
            status = add_word(options, optarg, words);
        else if (code == '?')
            status = unknown_option(options->command, argv[before], optopt);
        else if (code == ':')
            status = usage_error(options->command, "--%s needs a value: %s", find_row(optopt)->info.name,
                                 find_row(optopt)->info.argument);
        else
            status = set_value(find_row(code), optarg, options);
    }
    for (; status == STATUS_DONE && !options->done && optind < argc; ++optind)
        status = add_word(options, argv[optind], words);
    return status;
}

/* --against compares a model, which is a file; what goes with it makes no sense alone. */
static enum exit_status check_against(const struct options *options)
{
    const struct command *command = options->command;
    if (options->against == NULL)
        return options->data != NULL || options->onnxruntime != NULL
                   ? usage_error(command, "--%s without --against, expected both",
                                 options->data != NULL ? "data" : "onnxruntime")
                   : STATUS_DONE;
    if (strcmp(options->against, "ort") != 0)
        return option_error(command, "against", "'%s' is unknown, expected ort", options->against);
    if (options->emulate)
        return usage_error(command, "--against with --emulate, expected it without");
    return STATUS_DONE;
}

/* What tune needs and takes. */
static enum exit_status check_tune(const struct options *options)
{
    const struct command *command = options->command;
    if (!(command->bit & FOR_TUNE))
        return STATUS_DONE;
    if (options->db == NULL)
        return usage_error(command, "no database is given, expected --db FILE, where trials are kept");
    if (options->exhaustive && options->trials != 0)
        return usage_error(command, "both --exhaustive and --trials are given, expected one of them");
    if (strcmp(options->cache, "warm") != 0 && strcmp(options->cache, "cold") != 0 &&
        strcmp(options->cache, "chain") != 0)
        return option_error(command, "cache", "'%s' is unknown, expected warm, cold or chain",
                            options->cache);
    if (options->emulated && options->remote == NULL)
        return usage_error(command, "--emulated without --remote, expected both");
    return STATUS_DONE;
}

/* What can be said of the options together. */
static enum exit_status check_options(const struct options *options)
{
    const struct command *command = options->command;
    if (options->csv && options->json)
        return usage_error(command, "both --csv and --json are given, expected one of them");
    if (!(command->bit & TAKE_SPEC))
        return STATUS_DONE;
    if (options->cliffs && (options->spec_file != NULL || options->verify))
        return usage_error(command, "--cliffs with %s, expected it without",
                           options->verify ? "--verify" : "-f FILE");
    if (options->spec_text == NULL && options->spec_file == NULL && !options->cliffs)
        return usage_error(command, "no stage is given, expected SPEC or FILE");
    if (options->spec_text != NULL && options->spec_file != NULL)
        return usage_error(command, "both SPEC and -f FILE are given, expected one of them");
    if (options->db != NULL && options->wisdom != NULL)
        return usage_error(command, "both --db and --wisdom are given, expected one of them");
    if (options->cpu != NULL && options->db == NULL && options->wisdom == NULL)
        return usage_error(command, "--cpu without --db or --wisdom, expected one of them with it");
    if (options->single_file && options->weights != NULL)
        return usage_error(command, "both --single-file and --weights are given, expected one of them");
    return STATUS_DONE;
}

enum exit_status options_parse(const struct command *command, int argc, char **argv, struct options *options)
{
    *options = (struct options){.command = command,
                                .seed = 1,
                                .jobs = cpu_count(),
                                .threads = 1,
                                .cache = "warm",
                                .timeout_s = 20,
                                .shard = {1, 1}};
    plan_request_clear(&options->plan);
    struct words words = {0};
    options->words = calloc((size_t)argc + 1, sizeof *options->words);
    if (options->words == NULL)
        return diag_memory();
    enum exit_status status = parse_words(argc, argv, options, &words);
    if (status == STATUS_DONE && words.spec.failed)
        status = diag_memory();
    const bool names_file = !options->cliffs && options->spec_file == NULL && is_file(&words);
    if (status != STATUS_DONE || options->done || names_file)
        text_free(&words.spec);
    if (status != STATUS_DONE || options->done)
        return status;
    options->spec_text = words.spec.data;
    if (names_file)
        options->spec_file = words.first;
    if (options->seconds == 0)
        options->seconds = options->cliffs ? 0.02 : command->bit == FOR_TUNE ? 0.1 : 0.2;
    status = check_options(options);
    if (status == STATUS_DONE)
        status = check_against(options);
    if (status == STATUS_DONE)
        status = check_tune(options);
    if (status == STATUS_DONE && options->plan_text != NULL)
        status = plan_request_parse(options->plan_text, (struct position){"--plan", 0, 0}, &options->plan);
    return status;
}

void options_free(struct options *options)
{
    free(options->spec_text);
    options->spec_text = NULL;
    free(options->words);
    options->words = NULL;
    options->word_count = 0;
}
