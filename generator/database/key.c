/*
 * key.c: the CPU, the compiler and the templates as a tuning key has them: short, and equal wherever the
 * machine, the compiler and the sources are.
 */
#include "database/key.h"

#include "base/files.h"
#include "facts/facts.h"
#include "plan/operation.h"
#include "sepcc.h"

#include <ctype.h>
#include <stdbool.h>
#include <string.h>

/* ---- the CPU --------------------------------------------------------------------------------------- */

/* The value of the first line "name : value" of /proc/cpuinfo; *length 0 where there is none. */
static const char *listed_value(const char *cpuinfo, const char *name, size_t *length)
{
    const size_t name_length = strlen(name);
    for (const char *line = cpuinfo; *line != '\0';) {
        const size_t line_length = strcspn(line, "\n");
        const char *colon = memchr(line, ':', line_length);
        const bool named = strncmp(line, name, name_length) == 0;
        if (named && colon != NULL && line + name_length + strspn(line + name_length, " \t") == colon) {
            const char *value = colon + 1 + strspn(colon + 1, " \t");
            const char *end = line + line_length;
            *length = value < end ? (size_t)(end - value) : 0;
            return value;
        }
        line += line_length + (line[line_length] == '\n');
    }
    *length = 0;
    return "";
}

/* Words of a model's name that say nothing of what it is: trade marks, and the clock rate with its `@`. */
static bool is_noise(const char *word, size_t length)
{
    const bool rate =
        length > 3 && isdigit((unsigned char)word[0]) && strncmp(word + length - 3, "GHz", 3) == 0;
    return rate || (length == 1 && word[0] == '@') || (length == 3 && strncmp(word, "CPU", 3) == 0);
}

static size_t mark_length(const char *at)
{
    return strncmp(at, "(R)", 3) == 0                                   ? 3
           : strncmp(at, "(TM)", 4) == 0 || strncmp(at, "(tm)", 4) == 0 ? 4
                                                                        : 0;
}

/* Appends a model's name with single blanks between its words, without noise. */
static void append_model(struct text *cpu, const char *name, size_t length)
{
    for (size_t at = 0; at < length;) {
        const char *word = name + at;
        size_t word_length = 0;
        while (at + word_length < length && !isspace((unsigned char)word[word_length]))
            ++word_length;
        at += word_length + 1;
        if (word_length == 0 || is_noise(word, word_length))
            continue;
        text_puts(cpu, cpu->length > 0 ? " " : "");
        for (size_t i = 0; i < word_length;) {
            const size_t mark = mark_length(word + i);
            if (mark == 0)
                text_append(cpu, isprint((unsigned char)word[i]) ? word + i : "?", 1);
            i += mark > 0 ? mark : 1;
        }
    }
}

/* Appends " what value" when the list has it; true then. */
static bool append_value(struct text *cpu, const char *cpuinfo, const char *name, const char *what)
{
    size_t length;
    const char *value = listed_value(cpuinfo, name, &length);
    if (length > 0)
        text_printf(cpu, "%s%s %.*s", cpu->length > 0 ? " " : "", what, (int)length, value);
    return length > 0;
}

static void append_bytes(struct text *cpu, const char *what, size_t bytes)
{
    enum { KIB = 1024, MIB = KIB * KIB };
    if (bytes >= MIB && bytes % MIB == 0)
        text_printf(cpu, " %s %zuM", what, bytes / MIB);
    else if (bytes > 0)
        text_printf(cpu, " %s %zuK", what, bytes / KIB);
}

void tune_key_cpu_from(const char *cpuinfo, const size_t caches[3], struct text *cpu)
{
    static const char *const levels[3] = {"L1d", "L2", "L3"};
    size_t length;
    const char *model = listed_value(cpuinfo, "model name", &length);
    append_model(cpu, model, length);
    /* x86-64, then what AArch64 lists instead of a name */
    append_value(cpu, cpuinfo, "cpu family", "family");
    append_value(cpu, cpuinfo, "model", "model");
    append_value(cpu, cpuinfo, "CPU implementer", "implementer");
    append_value(cpu, cpuinfo, "CPU part", "part");
    append_value(cpu, cpuinfo, "CPU variant", "variant");
    if (cpu->length == 0)
        text_puts(cpu, "unknown CPU");
    text_puts(cpu, ";");
    for (unsigned level = 0; level < 3; ++level)
        append_bytes(cpu, levels[level], caches[level]);
}

enum exit_status tune_key_cpu(struct text *cpu)
{
    const size_t caches[3] = {sepcc_cache_bytes(SEPCC_L1), sepcc_cache_bytes(SEPCC_L2),
                              sepcc_cache_bytes(SEPCC_L3)};
    struct text cpuinfo = {0};
    enum exit_status status = file_read("/proc/cpuinfo", &cpuinfo);
    if (status == STATUS_DONE)
        tune_key_cpu_from(cpuinfo.data != NULL ? cpuinfo.data : "", caches, cpu);
    text_free(&cpuinfo);
    return status == STATUS_DONE && cpu->failed ? diag_memory() : status;
}

/* ---- the compiler ---------------------------------------------------------------------------------- */

/* Digits and dots at the start of a word. */
static size_t version_length(const char *word)
{
    return isdigit((unsigned char)word[0]) ? strspn(word, "0123456789.") : 0;
}

/* The last version number with a dot that starts a word of a line: gcc's stands behind its package's. */
static const char *last_version(const char *line, size_t length, size_t *found_length)
{
    const char *found = "";
    *found_length = 0;
    for (size_t at = 0; at < length; ++at) {
        if (at > 0 && line[at - 1] != ' ')
            continue;
        const size_t digits = version_length(line + at);
        if (memchr(line + at, '.', digits) != NULL) {
            found = line + at;
            *found_length = digits;
        }
    }
    return found;
}

enum exit_status tune_key_compiler(const struct compiler *compiler, const char *flags, struct text *text)
{
    static const char CLANG[] = "clang version ";
    const char *line = strchr(compiler->identity, '\n'); /* behind the path */
    line = line != NULL ? line + 1 : compiler->identity;
    const size_t length = strcspn(line, "\n");
    const char *clang = strstr(line, CLANG);
    size_t digits;
    if (clang != NULL) {
        const char *version = clang + sizeof CLANG - 1;
        digits = version_length(version);
        text_printf(text, "clang %.*s", (int)digits, version);
    } else {
        const char *version = last_version(line, length, &digits);
        const bool is_gcc = strstr(compiler->identity, "Free Software Foundation") != NULL;
        text_printf(text, "%s %.*s", is_gcc ? "gcc" : "cc", (int)digits, version);
    }
    text_printf(text, " %s", flags != NULL && *flags != '\0' ? flags : TUNE_FLAGS_DEFAULT);
    return text->failed ? diag_memory() : STATUS_DONE;
}

/* ---- templates and spec ---------------------------------------------------------------------------- */

enum exit_status tune_key_templates(const struct spec *spec, const struct isa *isa, char digest[33])
{
    return facts_templates_digest(isa, operation_of(&spec->stage), digest);
}

enum exit_status tune_templates_of(struct tune_templates *templates, const struct spec *spec,
                                   const struct isa *isa, const char **digest)
{
    const struct operation *operation = operation_of(&spec->stage);
    size_t i = 0;
    while (i < templates->count &&
           (templates->known[i].operation != operation || templates->known[i].isa != isa))
        ++i;
    i = i < TUNE_TEMPLATES_MAX ? i : TUNE_TEMPLATES_MAX - 1;
    *digest = templates->known[i].digest;
    if (i < templates->count && templates->known[i].operation == operation && templates->known[i].isa == isa)
        return STATUS_DONE;
    templates->known[i].operation = operation;
    templates->known[i].isa = isa;
    const enum exit_status status = facts_templates_digest(isa, operation, templates->known[i].digest);
    templates->count = status != STATUS_DONE ? i : i < templates->count ? templates->count : i + 1;
    return status;
}

enum exit_status tune_key_spec(const struct spec *spec, char text[SPEC_TEXT_MAX])
{
    spec_print(spec, 0, text);
    return STATUS_DONE;
}
