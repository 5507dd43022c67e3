/*
 * single_file.c: a bundle as one header and one C file, which take in what they include from the bundle.
 *
 * The files of the ordinary bundle are written into memory. Lines that include one of them are replaced by
 * its text; of a kernel's file all names of file scope get an ending of its own (`run` becomes `run_k3`),
 * since now all kernels share one scope, and the descriptor becomes static, so that two such files that hold
 * the same kernel link into one program.
 */
#include "bundle/bundle.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* By these words of the first comment a file is known as one of ours. */
static const char MARK[] = ": a single-file bundle: ";

enum { HEAD_MAX = 512, SCOPE_NAMES_MAX = 4096 };

/* A word inside another text. */
struct word {
    const char *start;
    size_t length;
};

/* The names that a C file declares for itself. */
struct scope {
    struct word names[SCOPE_NAMES_MAX];
    size_t count;
};

static bool starts_with(const char *text, const char *prefix)
{
    return strncmp(text, prefix, strlen(prefix)) == 0;
}

static const char *next_line(const char *at)
{
    const char *end = strchr(at, '\n');
    return end != NULL ? end + 1 : at + strlen(at);
}

static bool name_character(char c)
{
    return isalnum((unsigned char)c) || c == '_';
}

static struct word word_at(const char *start)
{
    struct word word = {start, 0};
    while (name_character(start[word.length]))
        ++word.length;
    return word;
}

static struct word word_of(const char *text)
{
    return (struct word){text, strlen(text)};
}

static bool is_word(struct word word, const char *text)
{
    return strlen(text) == word.length && memcmp(word.start, text, word.length) == 0;
}

/* ---- names of file scope --------------------------------------------------------------------------- */

/* The name that a line of file scope declares: of a static function or object, or of a struct; else empty. */
static struct word declared_name(const char *line)
{
    static const char *const attributes[] = {"__attribute__((unused)) ", "__attribute__((noinline)) "};
    struct word word = {line, 0};
    for (size_t i = 0; i < sizeof attributes / sizeof attributes[0]; ++i)
        if (starts_with(line, attributes[i]))
            line += strlen(attributes[i]);
    if (starts_with(line, "struct "))
        return word_at(line + strlen("struct "));
    if (!starts_with(line, "static "))
        return word;
    /* The last word before what a declarator goes on with. */
    for (const char *at = line; strchr("([={;\n", *at) == NULL;) {
        if (name_character(*at)) {
            word = word_at(at);
            at += word.length;
        } else
            ++at;
    }
    if (is_word(word, "struct")) /* without a tag; what it declares follows after its fields */
        word.length = 0;
    return word;
}

static bool in_scope(const struct scope *scope, struct word word)
{
    for (size_t i = 0; i < scope->count; ++i)
        if (scope->names[i].length == word.length &&
            memcmp(scope->names[i].start, word.start, word.length) == 0)
            return true;
    return false;
}

/* False when there are too many. */
static bool find_scope(const char *source, struct scope *scope)
{
    scope->count = 0;
    for (const char *line = source; *line != '\0'; line = next_line(line)) {
        const struct word word = declared_name(line);
        if (word.length == 0 || in_scope(scope, word))
            continue;
        if (scope->count == SCOPE_NAMES_MAX)
            return false;
        scope->names[scope->count++] = word;
    }
    return true;
}

/* ---- renaming -------------------------------------------------------------------------------------- */

/* The end of what is copied as it stands: a comment, a string, or the line of a directive. NULL: none of
 * them. */
static const char *skip_verbatim(const char *source, const char *at)
{
    if (starts_with(at, "/*")) {
        const char *end = strstr(at, "*/");
        return end != NULL ? end + 2 : at + strlen(at);
    }
    if (*at == '#' && (at == source || at[-1] == '\n'))
        return next_line(at);
    if (*at != '"')
        return NULL;
    for (++at; *at != '"' && *at != '\0'; ++at)
        if (*at == '\\' && at[1] != '\0')
            ++at;
    return *at == '"' ? at + 1 : at;
}

/* True for a member's name: `.run`, `->run`. */
static bool is_member(const char *source, const char *at)
{
    return at > source && (at[-1] == '.' || (at[-1] == '>' && at - source > 1 && at[-2] == '-'));
}

/* Appends the file with every name of its scope ended by _k<index>. */
static void append_renamed(struct text *text, const char *source, const struct scope *scope, size_t index)
{
    for (const char *at = source; *at != '\0';) {
        const char *end = skip_verbatim(source, at);
        if (end == NULL && name_character(*at)) {
            const struct word word = word_at(at);
            end = at + word.length;
            text_append(text, at, word.length);
            if (in_scope(scope, word) && !is_member(source, at))
                text_printf(text, "_k%zu", index);
        } else {
            end = end != NULL ? end : at + 1;
            text_append(text, at, (size_t)(end - at));
        }
        at = end;
    }
}

/* ---- one of the C files ---------------------------------------------------------------------------- */

/* The file without what it includes of the bundle, and with a kernel's descriptor known to this file only. */
static void localise(struct text *text, const char *source)
{
    static const char descriptor[] = "const struct sepcc_kernel sepcc_";
    for (const char *line = source, *end; *line != '\0'; line = end) {
        end = next_line(line);
        if (starts_with(line, "#include \"") || starts_with(line, "extern const struct sepcc_kernel "))
            continue;
        if (starts_with(line, descriptor))
            text_puts(text, "static ");
        text_append(text, line, (size_t)(end - line));
    }
}

/* Appends the C file of the set at that index. */
static enum exit_status add_part(struct text *text, const struct output_set *files, size_t index,
                                 struct scope *scope)
{
    const struct output_file *file = &files->items[index];
    struct text local = {0};
    localise(&local, file->text.data);
    enum exit_status status = local.failed || local.data == NULL ? diag_memory() : STATUS_DONE;
    if (status == STATUS_DONE && !find_scope(file->text.data, scope))
        status = diag_error(DIAG_TEMPLATE, NOWHERE, "%s has too many names, expected up to %d", file->name,
                            SCOPE_NAMES_MAX);
    if (status == STATUS_DONE) {
        append_renamed(text, local.data, scope, index);
        text_puts(text, "\n");
    }
    text_free(&local);
    return status;
}

/* ---- both files ------------------------------------------------------------------------------------ */

/* The index of a file, the count of files when it is none of the bundle's. */
static size_t find_file(const struct output_set *files, struct word name)
{
    size_t i = 0;
    while (i < files->count && !is_word(name, files->items[i].name))
        ++i;
    return i;
}

static bool is_c_file(struct word name)
{
    return name.length > 2 && memcmp(name.start + name.length - 2, ".c", 2) == 0;
}

/* Appends the file at that index, with the ABI's header and the C files that it includes. */
static enum exit_status flatten(const struct output_set *files, size_t index, struct scope *scope,
                                struct text *text)
{
    static const char include[] = "#include \"";
    enum exit_status status = STATUS_DONE;
    for (const char *line = files->items[index].text.data, *end; status == STATUS_DONE && *line != '\0';
         line = end) {
        end = next_line(line);
        struct word other = {line + sizeof include - 1, 0};
        if (starts_with(line, include))
            other.length = strcspn(other.start, "\"\n");
        const size_t found = find_file(files, other);
        if (found < files->count && is_c_file(other))
            status = add_part(text, files, found, scope);
        else if (found < files->count && is_word(other, "sepcc_kernel.h"))
            text_append(text, files->items[found].text.data, files->items[found].text.length);
        else
            text_append(text, line, (size_t)(end - line));
    }
    return status == STATUS_DONE && text->failed ? diag_memory() : status;
}

/* Leaves alone what is not ours: the folder is the user's. */
static enum exit_status check_old(const char *path)
{
    struct text old = {0};
    const int error = file_load(path, &old);
    enum exit_status status = STATUS_DONE;
    if (error == 0 && old.length > HEAD_MAX)
        old.data[HEAD_MAX] = '\0';
    if (error == 0 && (old.data == NULL || strstr(old.data, MARK) == NULL))
        status = diag_error(DIAG_FILE_FORMAT, (struct position){.file = path},
                            "the file is there and is not from 'sepcc gen --single-file', expected another "
                            "--name or folder");
    else if (error != 0 && error != ENOENT)
        status = file_write_error(path, error);
    text_free(&old);
    return status;
}

/* Both or neither: a header goes with its C file only. */
static enum exit_status write_pair(char *const paths[2], const struct text texts[2], size_t *changed)
{
    struct file_pending pending[2] = {{0}, {0}};
    enum exit_status status = STATUS_DONE;
    for (int i = 0; status == STATUS_DONE && i < 2; ++i)
        status = check_old(paths[i]);
    for (int i = 0; status == STATUS_DONE && i < 2; ++i) {
        const int error = file_prepare(paths[i], texts[i].data, texts[i].length, &pending[i]);
        status = error != 0 ? file_write_error(paths[i], error) : STATUS_DONE;
    }
    for (int i = 0; i < 2; ++i) {
        const int error = file_settle(&pending[i], status == STATUS_DONE);
        status = error != 0 ? file_write_error(paths[i], error) : status;
        *changed += pending[i].changed;
    }
    return status;
}

static enum exit_status flatten_and_write(const struct bundle *bundle, const struct output_set *files,
                                          const char *folder, struct scope *scope, size_t *changed)
{
    static const char *const suffixes[] = {".h", ".c"};
    char *paths[2] = {NULL, NULL};
    struct text texts[2] = {{0}, {0}};
    enum exit_status status = STATUS_DONE;
    for (int i = 0; status == STATUS_DONE && i < 2; ++i) {
        char name[SPEC_NAME_MAX + 4];
        snprintf(name, sizeof name, "%s%s", bundle->name, suffixes[i]);
        status = flatten(files, find_file(files, word_of(name)), scope, &texts[i]);
        paths[i] = path_join(folder, name);
        if (status == STATUS_DONE && paths[i] == NULL)
            status = STATUS_ENVIRONMENT;
    }
    if (status == STATUS_DONE)
        status = folder_make(folder);
    if (status == STATUS_DONE)
        status = write_pair(paths, texts, changed);
    for (int i = 0; i < 2; ++i) {
        text_free(&texts[i]);
        free(paths[i]);
    }
    return status;
}

enum exit_status bundle_write_single(struct bundle *bundle, const char *folder, unsigned jobs,
                                     size_t *changed)
{
    struct output_set files = {0};
    struct scope *scope = malloc(sizeof *scope);
    enum exit_status status = scope == NULL ? diag_memory() : bundle_emit(bundle, jobs);
    *changed = 0;
    if (status == STATUS_DONE)
        status = bundle_pack(bundle);
    if (status == STATUS_DONE)
        status = bundle_files(bundle, &files);
    if (status == STATUS_DONE)
        status = flatten_and_write(bundle, &files, folder, scope, changed);
    free(scope);
    output_free(&files);
    return status;
}
