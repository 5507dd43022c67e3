/*
 * wisdom_file.c: printing and parsing wisdom.
 */
#include "database/wisdom_file.h"

#include "base/files.h"
#include "spec/isa.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

static const char HEAD[] = "# sepcc wisdom ";
static const char NO_SWEEP[] = "00000000000000000000000000000000";
#define RATIO_LEAST 1e-4
#define RATIO_MOST  1e6

enum { FIELDS = 12 };
static const char *const titles[FIELDS] = {"spec",    "isa",   "cpu",   "compiler", "templates", "cache",
                                           "threads", "timed", "ratio", "low",      "high",      "plan"};

/* ---- printing -------------------------------------------------------------------------------------- */

void wisdom_print_head(struct text *text)
{
    text_printf(text, "%s%d\n#", HEAD, WISDOM_VERSION);
    for (size_t i = 0; i < FIELDS; ++i)
        text_printf(text, "%s%s", i > 0 ? "\t" : " ", titles[i]);
    text_puts(text, "\n");
}

void wisdom_print(const struct tune_trial *trial, struct text *text)
{
    const struct tune_key *key = &trial->key;
    text_printf(text, "%s\t%s\t%s\t%s\t%s\t%s\t%u\t%s\t%.4f\t%.4f\t%.4f\t%s\n", key->spec, key->isa, key->cpu,
                key->compiler, key->templates, trial->cache, trial->threads,
                trial->emulated ? "emulated" : "native", trial->ratio, trial->ratio_low, trial->ratio_high,
                trial->plan);
}

bool wisdom_is_text(const struct text *text)
{
    return text->length >= sizeof HEAD - 1 && memcmp(text->data, HEAD, sizeof HEAD - 1) == 0;
}

/* ---- parsing --------------------------------------------------------------------------------------- */

/* The fields of a line, separated by its tabs; false when they are not as many as there should be. */
static bool split(char *line, char *fields[FIELDS])
{
    size_t count = 0;
    for (char *at = line; at != NULL; ++count) {
        char *tab = strchr(at, '\t');
        if (tab != NULL)
            *tab++ = '\0';
        if (count < FIELDS)
            fields[count] = at;
        at = tab;
    }
    return count == FIELDS;
}

/* What wisdom_print prints of it, with four digits behind the point, is to be read, too. */
static bool read_ratio(const char *text, double least, double *value)
{
    char *end;
    *value = strtod(text, &end);
    return isdigit((unsigned char)*text) && *end == '\0' && *value >= least && *value <= RATIO_MOST;
}

/* Index of the first field that is no good; FIELDS when all are. */
static size_t read_fields(char *const fields[FIELDS], struct tune_trial *trial)
{
    char *end;
    for (size_t i = 0; i < FIELDS; ++i)
        if (*fields[i] == '\0')
            return i;
    if (isa_find(fields[1], strlen(fields[1])) == NULL)
        return 1;
    const unsigned long threads = strtoul(fields[6], &end, 10);
    if (!isdigit((unsigned char)*fields[6]) || *end != '\0' || threads == 0 || threads > 65536)
        return 6;
    trial->emulated = strcmp(fields[7], "emulated") == 0;
    if (!trial->emulated && strcmp(fields[7], "native") != 0)
        return 7;
    if (!read_ratio(fields[8], RATIO_LEAST, &trial->ratio))
        return 8;
    if (!read_ratio(fields[9], 0.0, &trial->ratio_low))
        return 9;
    if (!read_ratio(fields[10], 0.0, &trial->ratio_high))
        return 10;
    trial->key = (struct tune_key){fields[0], fields[1], fields[2], fields[3], fields[4]};
    trial->cache = fields[5];
    trial->threads = (unsigned)threads;
    trial->plan = fields[11];
    return FIELDS;
}

/* One line without its end. */
static enum exit_status parse_line(char *line, struct position at, struct tune_trial *trial)
{
    static const char *const expected[FIELDS] = {
        "a spec",          "an instruction set", "a CPU",    "a compiler", "a digest", "warm, cold or chain",
        "a number from 1", "native or emulated", "a number", "a number",   "a number", "a plan"};
    char *fields[FIELDS];
    if (!split(line, fields))
        return diag_error(DIAG_FILE_FORMAT, at, "the line is no wisdom, expected %d fields between tabs",
                          FIELDS);
    const size_t bad = read_fields(fields, trial);
    if (bad < FIELDS) {
        at.column = (unsigned)(fields[bad] - line) + 1;
        return diag_error(DIAG_FILE_FORMAT, at, "the %s '%s' is no good, expected %s", titles[bad],
                          fields[bad], expected[bad]);
    }
    trial->untuned = trial->ratio == 1.0 && trial->ratio_low == 1.0 && trial->ratio_high == 1.0;
    return STATUS_DONE;
}

/* The first line: that of this version. */
static enum exit_status check_head(const struct text *text, const char *file)
{
    const struct position at = {file, 1, 0};
    if (!wisdom_is_text(text))
        return diag_error(DIAG_FILE_FORMAT, at, "it is no wisdom, expected '%s%d' in its first line", HEAD,
                          WISDOM_VERSION);
    const char *number = text->data + sizeof HEAD - 1;
    char *end;
    const unsigned long version = strtoul(number, &end, 10);
    if (end == number || (*end != '\n' && *end != '\0') || version != WISDOM_VERSION)
        return diag_error(DIAG_FILE_FORMAT, at, "wisdom of version '%.*s' is unknown, expected %d",
                          (int)strcspn(number, "\n"), number, WISDOM_VERSION);
    return STATUS_DONE;
}

enum exit_status wisdom_parse(struct text *text, const char *file,
                              enum exit_status (*visit)(void *context, const struct tune_trial *trial),
                              void *context)
{
    enum exit_status status = check_head(text, file);
    unsigned number = 0;
    const char *const end = text->data + text->length;
    for (char *line = text->data; status == STATUS_DONE && line < end;) {
        char id[33];
        char *next = line + strcspn(line, "\n");
        ++number;
        if (*next == '\0' && next < end)
            return diag_error(DIAG_FILE_FORMAT, (struct position){file, number, (unsigned)(next - line) + 1},
                              "there is a byte of zero, expected text");
        if (*next == '\n')
            *next++ = '\0';
        if (*line != '#' && *line != '\0') {
            struct tune_trial trial = {.id = id,
                                       .sweep = NO_SWEEP,
                                       .stage = "",
                                       .outcome = TUNE_MEASURED,
                                       .confirmed = true,
                                       .detail = "from wisdom"};
            digest_bytes(line, strlen(line), id);
            status = parse_line(line, (struct position){file, number, 0}, &trial);
            if (status == STATUS_DONE)
                status = visit(context, &trial);
        }
        line = next;
    }
    return status;
}
