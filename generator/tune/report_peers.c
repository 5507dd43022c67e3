/*
 * report_peers.c: reads what bench_peers has written: times of other libraries on the same layers.
 *
 * A file is CSV behind lines that start with `#` and say what was measured on. Only texts in quotes may hold
 * commas, and none holds a quote.
 */
#include "tune/report.h"

#include "base/files.h"
#include "base/grow.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* The columns that are read, in the order of `wanted`. */
enum {
    COLUMN_ISA,
    COLUMN_THREADS,
    COLUMN_KIND,
    COLUMN_SPEC,
    COLUMN_PEER,
    COLUMN_STATUS,
    COLUMN_SECONDS,
    COLUMN_COUNT
};
static const char *const wanted[COLUMN_COUNT] = {"isa",  "threads", "kind",   "spec",
                                                 "peer", "status",  "seconds"};

enum { FIELD_MAX = 64 };

/* Cuts a line into its fields in place. Returns their number. */
static size_t split(char *line, char *fields[FIELD_MAX])
{
    size_t count = 0;
    for (char *at = line; at != NULL && count < FIELD_MAX; ++count) {
        const bool quoted = *at == '"';
        at += quoted;
        fields[count] = at;
        char *end = quoted ? strchr(at, '"') : NULL;
        char *comma = strchr(end != NULL ? end : at, ',');
        if (end != NULL)
            *end = '\0';
        if (comma != NULL)
            *comma++ = '\0';
        at = comma;
    }
    return count;
}

/* Where the columns stand, by the line that names them. */
static bool find_columns(char *line, size_t places[COLUMN_COUNT])
{
    char *fields[FIELD_MAX];
    const size_t count = split(line, fields);
    for (size_t c = 0; c < COLUMN_COUNT; ++c) {
        size_t i = 0;
        while (i < count && strcmp(fields[i], wanted[c]) != 0)
            ++i;
        if (i == count)
            return false;
        places[c] = i;
    }
    return true;
}

static enum exit_status add_row(struct report *report, char *line, const size_t places[COLUMN_COUNT],
                                struct position at)
{
    char *fields[FIELD_MAX];
    const char *values[COLUMN_COUNT];
    const size_t count = split(line, fields);
    for (size_t c = 0; c < COLUMN_COUNT; ++c) {
        if (places[c] >= count)
            return diag_error(DIAG_FILE_FORMAT, at, "the line has %zu fields, expected one for each column",
                              count);
        values[c] = fields[places[c]];
    }
    if (strcmp(values[COLUMN_KIND], "layer") != 0 || strcmp(values[COLUMN_STATUS], "measured") != 0)
        return STATUS_DONE;
    struct report_peer *peers =
        grow(report->peers, report->peer_count, &report->peer_capacity, sizeof *peers);
    if (peers == NULL)
        return diag_memory();
    report->peers = peers;
    struct report_peer *peer = &peers[report->peer_count];
    *peer = (struct report_peer){
        .isa = arena_string(&report->arena, values[COLUMN_ISA], strlen(values[COLUMN_ISA])),
        .spec = arena_string(&report->arena, values[COLUMN_SPEC], strlen(values[COLUMN_SPEC])),
        .peer = arena_string(&report->arena, values[COLUMN_PEER], strlen(values[COLUMN_PEER])),
        .threads = (unsigned)strtoul(values[COLUMN_THREADS], NULL, 10),
        .seconds = strtod(values[COLUMN_SECONDS], NULL)};
    if (peer->isa == NULL || peer->spec == NULL || peer->peer == NULL)
        return diag_memory();
    report->peer_count += peer->seconds > 0;
    return STATUS_DONE;
}

/* A line that says what was measured on is kept once, whatever number of files says it. */
static void add_about(struct report *report, const char *line)
{
    const char *text = line + strspn(line, "# ");
    if (report->peers_about.data == NULL || strstr(report->peers_about.data, text) == NULL)
        text_printf(&report->peers_about, "%s\n", text);
}

static enum exit_status read_lines(char *text, const char *path, struct report *report)
{
    size_t places[COLUMN_COUNT];
    bool has_columns = false;
    struct position at = {path, 0, 0};
    enum exit_status status = STATUS_DONE;
    for (char *rest = text, *line; status == STATUS_DONE && (line = strsep(&rest, "\n")) != NULL;) {
        ++at.line;
        if (line[0] == '#')
            add_about(report, line);
        else if (has_columns && line[0] != '\0')
            status = add_row(report, line, places, at);
        else if (line[0] != '\0' && !(has_columns = find_columns(line, places)))
            status = diag_error(DIAG_FILE_FORMAT, at,
                                "no columns of bench_peers, expected a .csv file that it has written");
    }
    return status;
}

static enum exit_status read_file(const char *path, struct report *report)
{
    struct text text = {0};
    enum exit_status status = file_read(path, &text);
    if (status == STATUS_DONE && text.data != NULL)
        status = read_lines(text.data, path, report);
    text_free(&text);
    return status;
}

static int is_csv(const struct dirent *entry)
{
    const size_t length = strlen(entry->d_name);
    return length > 4 && strcmp(entry->d_name + length - 4, ".csv") == 0;
}

static enum exit_status read_folder(const char *folder, struct report *report)
{
    struct dirent **entries;
    const int count = scandir(folder, &entries, is_csv, alphasort);
    if (count < 0)
        return diag_error(DIAG_IO, (struct position){folder, 0, 0}, "cannot be read: %s", strerror(errno));
    enum exit_status status = STATUS_DONE;
    if (count == 0)
        status = diag_error(DIAG_FILE_MISSING, (struct position){folder, 0, 0},
                            "no .csv file in this folder, expected those that bench_peers has written");
    for (int i = 0; i < count; ++i) {
        char *path = status == STATUS_DONE ? path_join(folder, entries[i]->d_name) : NULL;
        if (status == STATUS_DONE)
            status = path != NULL ? read_file(path, report) : STATUS_ENVIRONMENT;
        free(path);
        free(entries[i]);
    }
    free(entries);
    return status;
}

enum exit_status report_read_peers(const char *path, struct report *report)
{
    struct stat about;
    if (stat(path, &about) == 0 && S_ISDIR(about.st_mode))
        return read_folder(path, report);
    return read_file(path, report);
}

double report_peer_seconds(const struct report *report, const struct report_group *group,
                           const struct report_stage *stage, const char *peer)
{
    for (size_t i = 0; i < report->peer_count; ++i) {
        const struct report_peer *row = &report->peers[i];
        if (row->threads == group->threads && strcmp(row->isa, group->isa) == 0 &&
            strcmp(row->spec, stage->spec) == 0 && strcmp(row->peer, peer) == 0)
            return row->seconds;
    }
    return 0;
}
