/*
 * diag.c: error and warning lines, and the table of what each error means.
 */
#include "base/diag.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

enum { BODY_MAX = 1024, LINE_MAX_BYTES = 4096 };

struct diag_entry {
    const char *slug;
    enum exit_status status;
    const char *sentence;
};

#define DIAG_ENTRY(symbol, slug, status, sentence) [symbol] = {slug, status, sentence},
static const struct diag_entry entries[DIAG_CODE_COUNT] = {DIAG_TABLE(DIAG_ENTRY)};
#undef DIAG_ENTRY

/* Where lines go instead of stderr: set by diag_capture. */
static struct {
    char *buffer;
    size_t size, used;
} sink;

/* How often diag_mute was called without diag_unmute. */
static unsigned muted;

/* One line in the making; what does not fit is dropped. */
struct line {
    char bytes[LINE_MAX_BYTES];
    size_t used;
};

static void add_raw(struct line *line, const char *text)
{
    size_t length = strlen(text);
    size_t room = sizeof line->bytes - line->used;
    if (length > room)
        length = room;
    memcpy(line->bytes + line->used, text, length);
    line->used += length;
}

/* Adds text that came from outside: control bytes as \xNN, at most limit bytes. */
static void add_escaped(struct line *line, const char *text, size_t limit)
{
    const size_t end = line->used + limit;
    for (; *text != '\0'; ++text) {
        const unsigned char byte = (unsigned char)*text;
        char shown[5] = {*text, '\0'};
        if (byte < 0x20 || byte == 0x7f)
            snprintf(shown, sizeof shown, "\\x%02x", byte);
        if (line->used + strlen(shown) > end)
            return;
        add_raw(line, shown);
    }
}

/* "FILE:LINE:COLUMN: ", or "sepcc: --option: ", or "sepcc: ". */
static void add_position(struct line *line, struct position at)
{
    const bool is_option = at.file != NULL && at.line == 0 && at.file[0] == '-';
    if (at.file == NULL || is_option)
        add_raw(line, "sepcc: ");
    if (at.file == NULL)
        return;
    add_escaped(line, at.file, BODY_MAX);
    char number[16];
    if (at.line > 0) {
        snprintf(number, sizeof number, ":%u", at.line);
        add_raw(line, number);
    }
    if (at.column > 0) {
        snprintf(number, sizeof number, ":%u", at.column);
        add_raw(line, number);
    }
    add_raw(line, ": ");
}

/* Writes to stderr in one piece, so that lines of several processes do not mix; or appends to the sink. */
static void write_line(const struct line *line)
{
    if (sink.buffer == NULL) {
        fwrite(line->bytes, 1, line->used, stderr);
        return;
    }
    if (sink.size == 0)
        return;
    size_t length = line->used;
    if (length > sink.size - 1 - sink.used)
        length = sink.size - 1 - sink.used;
    memcpy(sink.buffer + sink.used, line->bytes, length);
    sink.used += length;
    sink.buffer[sink.used] = '\0';
}

static void report(const char *kind, const char *slug, struct position at, const char *format, va_list args)
{
    if (muted > 0)
        return;
    char body[BODY_MAX + 1];
    const bool printed = vsnprintf(body, sizeof body, format, args) >= 0;
    struct line line = {.used = 0};
    add_position(&line, at);
    add_raw(&line, kind);
    add_escaped(&line, printed ? body : "(the message cannot be printed)", BODY_MAX);
    if (slug != NULL) {
        add_raw(&line, " [");
        add_raw(&line, slug);
        add_raw(&line, "]");
    }
    add_raw(&line, "\n");
    write_line(&line);
}

enum exit_status diag_error(enum diag_code code, struct position at, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    report("error: ", diag_slug(code), at, format, args);
    va_end(args);
    return diag_exit_status(code);
}

void diag_warning(struct position at, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    report("warning: ", NULL, at, format, args);
    va_end(args);
}

enum exit_status diag_memory(void)
{
    return diag_error(DIAG_MEMORY, NOWHERE, "out of memory");
}

const char *diag_slug(enum diag_code code)
{
    return entries[code].slug;
}

const char *diag_sentence(enum diag_code code)
{
    return entries[code].sentence;
}

enum exit_status diag_exit_status(enum diag_code code)
{
    return entries[code].status;
}

void diag_mute(void)
{
    ++muted;
}

void diag_unmute(void)
{
    --muted;
}

void diag_capture(char *buffer, unsigned long size)
{
    sink.buffer = buffer;
    sink.size = size;
    sink.used = 0;
    if (buffer != NULL && size > 0)
        buffer[0] = '\0';
}
