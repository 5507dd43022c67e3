/*
 * compile_key.c: what an object depends on, as a digest. Includes are found by reading the sources' own
 * lines, which costs microseconds where asking the compiler would cost as much as compiling.
 */
#include "compile/compile_key.h"

#include "base/files.h"

#include <stdlib.h>
#include <string.h>

const char *const compile_flags[] = {"-std=c11", "-O2",     "-ffp-contract=off", "-fPIC",
                                     "-Wall",    "-Wextra", "-Werror",           NULL};

enum { INCLUDE_DEPTH_MAX = 16 };

/* The key in the making, and the headers that are not found: the system's. */
struct key {
    const struct compile_job *job;
    struct text text;
    struct text *headers;
};

const char *compile_include_folder(const char *const *args, size_t *i)
{
    if (strncmp(args[*i], "-I", 2) != 0)
        return NULL;
    if (args[*i][2])
        return args[*i] + 2;
    if (args[*i + 1])
        *i += 1;
    return args[*i];
}

static void add_file(struct key *key, const char *what, const char *name, size_t name_length,
                     const struct text *bytes)
{
    char digest[33];
    digest_bytes(bytes->data ? bytes->data : "", bytes->length, digest);
    text_printf(&key->text, "%s %.*s %s\n", what, (int)name_length, name, digest);
}

static enum exit_status add_includes(struct key *key, const char *path, const struct text *source, int depth);

/* Adds the header if it is in the folder; *found says whether it was. */
static enum exit_status add_header_in(struct key *key, const char *folder, size_t folder_length,
                                      const char *name, size_t name_length, int depth, bool *found)
{
    struct text path = {0}, bytes = {0};
    text_append(&path, folder, folder_length);
    text_printf(&path, "%s%.*s", folder_length > 0 && folder[folder_length - 1] != '/' ? "/" : "",
                (int)name_length, name);
    if (path.failed) {
        text_free(&path);
        return diag_memory();
    }
    enum exit_status status = STATUS_DONE;
    *found = path_exists(path.data);
    if (*found) {
        status = file_read(path.data, &bytes);
        if (status == STATUS_DONE)
            add_file(key, "header", name, name_length, &bytes);
        if (status == STATUS_DONE && depth < INCLUDE_DEPTH_MAX)
            status = add_includes(key, path.data, &bytes, depth + 1);
    }
    text_free(&bytes);
    text_free(&path);
    return status;
}

/* Notes a header of the system, once. */
static void add_system_header(struct key *key, const char *name, size_t name_length)
{
    struct text line = {0};
    text_printf(&line, "#include <%.*s>\n", (int)name_length, name);
    if (line.failed)
        key->headers->failed = true;
    else if (key->headers->data == NULL || strstr(key->headers->data, line.data) == NULL)
        text_puts(key->headers, line.data);
    text_free(&line);
}

/* Adds a header where the compiler would find it: beside the including file (quoted names only), then by -I.
 */
static enum exit_status add_header(struct key *key, const char *includer, const char *name,
                                   size_t name_length, bool quoted, int depth)
{
    bool found = false;
    enum exit_status status = STATUS_DONE;
    const char *slash = strrchr(includer, '/');
    size_t folder_length = slash ? (size_t)(slash + 1 - includer) : 0;
    if (quoted)
        status = add_header_in(key, includer, folder_length, name, name_length, depth, &found);
    const char *const *args = key->job->args;
    for (size_t i = 0; args && args[i] && status == STATUS_DONE && !found; i++) {
        const char *folder = compile_include_folder(args, &i);
        if (folder)
            status = add_header_in(key, folder, strlen(folder), name, name_length, depth, &found);
    }
    if (status == STATUS_DONE && !found && !quoted && key->headers != NULL)
        add_system_header(key, name, name_length);
    return status;
}

static const char *skip_blanks(const char *text)
{
    return text + strspn(text, " \t");
}

/* The name in an #include line: its start, or NULL when the line is another; *length and *quoted are set. */
static const char *included_name(const char *line, size_t *length, bool *quoted)
{
    static const char INCLUDE[] = "include";
    line = skip_blanks(line);
    if (*line != '#')
        return NULL;
    line = skip_blanks(line + 1);
    if (strncmp(line, INCLUDE, sizeof INCLUDE - 1) != 0)
        return NULL;
    line = skip_blanks(line + sizeof INCLUDE - 1);
    if (*line != '"' && *line != '<')
        return NULL;
    *quoted = *line == '"';
    *length = strcspn(line + 1, *quoted ? "\"\n" : ">\n");
    return line + 1;
}

static enum exit_status add_includes(struct key *key, const char *path, const struct text *source, int depth)
{
    enum exit_status status = STATUS_DONE;
    const char *line = source->data;
    while (line && status == STATUS_DONE) {
        size_t length;
        bool quoted;
        const char *name = included_name(line, &length, &quoted);
        if (name)
            status = add_header(key, path, name, length, quoted, depth);
        line = strchr(line, '\n');
        line = line ? line + 1 : NULL;
    }
    return status;
}

static void add_flags(struct text *text, const struct compiler *compiler, const char *const *args)
{
    text_printf(text, "compiler %s\ntarget %s\n", compiler->identity,
                compiler->target ? compiler->target : "");
    for (size_t i = 0; compile_flags[i]; i++)
        text_printf(text, "flag %s\n", compile_flags[i]);
    for (size_t i = 0; args && args[i]; i++)
        if (!compile_include_folder(args, &i))
            text_printf(text, "flag %s\n", args[i]);
}

enum exit_status compile_key(const struct compiler *compiler, const struct compile_job *job, char digest[33],
                             struct text *headers)
{
    struct key key = {.job = job, .headers = headers};
    struct text source = {0};
    enum exit_status status = file_read(job->source, &source);
    if (status == STATUS_DONE) {
        const char *name = path_base(job->source);
        add_flags(&key.text, compiler, job->args);
        add_file(&key, "source", name, strlen(name), &source); /* an object holds the name of its source */
        status = add_includes(&key, job->source, &source, 0);
    }
    if (status == STATUS_DONE && (key.text.failed || (headers != NULL && headers->failed)))
        status = diag_memory();
    if (status == STATUS_DONE)
        digest_bytes(key.text.data, key.text.length, digest);
    text_free(&source);
    text_free(&key.text);
    return status;
}

bool compile_headers_key(const struct compiler *compiler, const char *const *args, const char *headers,
                         char digest[33])
{
    struct text text = {0};
    text_puts(&text, "precompiled headers\n");
    add_flags(&text, compiler, args);
    text_puts(&text, headers);
    const bool done = !text.failed;
    if (done)
        digest_bytes(text.data, text.length, digest);
    text_free(&text);
    return done;
}
