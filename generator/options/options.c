/*
 * options.c: reads a command line by the table of options.
 */
#include "options/options.h"

#include "base/expect.h"
#include "base/files.h"
#include "base/process.h"
#include "base/text.h"
#include "options/options_table.h"
#include "spec/spec.h"

#include <errno.h>
#include <getopt.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

enum { FIRST_LONG = 256 };

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
    for (size_t i = 0; i < option_row_count; ++i)
        if (option_rows[i].info.commands & command->bit)
            help_option(&option_rows[i].info, out);
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

/* What getopt_long is given: the option_rows of one command. */
struct getopt_table {
    struct option longs[OPTION_ROWS_MAX + 1];
    char shorts[2 + 2 * OPTION_ROWS_MAX + 1];
};

static void make_getopt_table(const struct command *command, struct getopt_table *table)
{
    size_t count = 0, used = 0;
    memset(table, 0, sizeof *table);
    /* Words come in order as option 1, whatever POSIXLY_CORRECT says; errors are reported here. */
    table->shorts[used++] = '-';
    table->shorts[used++] = ':';
    for (size_t i = 0; i < option_row_count; ++i) {
        const struct option_info *info = &option_rows[i].info;
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
        return &option_rows[code - FIRST_LONG];
    for (size_t i = 0; i < option_row_count; ++i)
        if (code != 0 && option_rows[i].info.letter == code)
            return &option_rows[i];
    return NULL;
}

/* A long option that no command has: a slip of the pen, or the beginning of several. */
static enum exit_status unknown_long(const struct command *command, const char *word)
{
    const char *names[OPTION_ROWS_MAX], *begun[OPTION_ROWS_MAX];
    const char *name = word + strspn(word, "-");
    const size_t length = strcspn(name, "=");
    size_t count = 0, begun_count = 0;
    for (size_t i = 0; i < option_row_count; ++i) {
        if (!(option_rows[i].info.commands & command->bit))
            continue;
        names[count++] = option_rows[i].info.name;
        if (strncmp(name, option_rows[i].info.name, length) == 0)
            begun[begun_count++] = option_rows[i].info.name;
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
                           option_rows[letter - FIRST_LONG].info.name);
    for (size_t i = 0; i < option_row_count; ++i) {
        const struct option_info *info = &option_rows[i].info;
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
