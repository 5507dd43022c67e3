/*
 * spec_parse.c: one stage from its words. Every error is found here or passes through here, where it gets
 * its position.
 */
#include "spec/spec_internal.h"

#include <string.h>

enum { SHOWN_MAX = 64 }; /* bytes of a wrong word that a message shows */

struct reader {
    struct slice text;
    struct position at; /* of text */
    size_t next;        /* where to read on */
    struct slice op_word;
    const struct spec_op *op;
    struct spec_draft draft;
    const struct spec_key *keys[FIELD_COUNT]; /* by which key each field was given, or NULL */
    struct slice values[FIELD_COUNT];
};

static struct position position_of(const struct reader *reader, const char *byte)
{
    struct position at = reader->at;
    if (at.column > 0)
        at.column += (unsigned)(byte - reader->text.text);
    return at;
}

static int shown(struct slice word)
{
    return (int)(word.length < SHOWN_MAX ? word.length : SHOWN_MAX);
}

static enum exit_status fail(const struct reader *reader, enum diag_code code, struct slice word,
                             const char *what)
{
    return diag_error(code, position_of(reader, word.text), "'%.*s' %s", shown(word), word.text, what);
}

/* A problem that names no piece of the text is about a field's value, or else about the whole stage. */
static enum exit_status fail_problem(const struct reader *reader, const struct spec_problem *problem)
{
    struct slice word = problem->at;
    if (word.text == NULL)
        word = reader->keys[problem->field] != NULL ? reader->values[problem->field] : reader->op_word;
    return fail(reader, problem->code, word, problem->text);
}

static bool is_blank(char byte)
{
    return byte == ' ' || byte == '\t';
}

/* The next word; empty at the end of the text. */
static struct slice next_word(struct reader *reader)
{
    const struct slice text = reader->text;
    while (reader->next < text.length && is_blank(text.text[reader->next]))
        ++reader->next;
    const size_t start = reader->next;
    while (reader->next < text.length && !is_blank(text.text[reader->next]))
        ++reader->next;
    return (struct slice){text.text + start, reader->next - start};
}

static enum exit_status read_op(struct reader *reader, struct spec *spec)
{
    char expected[EXPECT_MAX];
    const struct slice word = next_word(reader);
    spec_expect_ops(word, expected);
    reader->op_word = word;
    reader->op = spec_op_find(word);
    if (word.length == 0)
        return diag_error(DIAG_SPEC_OPERATION, position_of(reader, word.text),
                          "the stage is empty, expected %s", expected);
    if (reader->op == NULL)
        return diag_error(DIAG_SPEC_OPERATION, position_of(reader, word.text),
                          "'%.*s' is no operation, expected %s", shown(word), word.text, expected);
    spec_draft_start(&reader->draft, spec, reader->op);
    return STATUS_DONE;
}

static enum exit_status unknown_key(const struct reader *reader, struct slice name)
{
    char expected[EXPECT_MAX];
    spec_expect_keys(name, reader->op->id, expected);
    return diag_error(DIAG_SPEC_KEY, position_of(reader, name.text), "'%.*s' is no key of %s, expected %s",
                      shown(name), name.text, reader->op->name, expected);
}

/* The key that has said already, at least in part, what this one says; or NULL. */
static const struct spec_key *find_repeated(const struct reader *reader, const struct spec_key *key)
{
    for (enum spec_field field = 0; field < FIELD_COUNT; ++field)
        if (reader->keys[field] != NULL && spec_fields_overlap(field, key->field, reader->op->id))
            return reader->keys[field];
    return NULL;
}

static enum exit_status repeated_key(const struct reader *reader, struct slice name,
                                     const struct spec_key *earlier)
{
    return diag_error(DIAG_SPEC_KEY, position_of(reader, name.text),
                      "'%.*s' repeats %s, expected it only once", shown(name), name.text, earlier->name);
}

static enum exit_status read_key(struct reader *reader, struct slice word)
{
    const char *equals = memchr(word.text, '=', word.length);
    if (equals == NULL)
        return fail(reader, DIAG_SPEC_SYNTAX, word, "is no key with a value, expected key=value");
    const struct slice name = {word.text, (size_t)(equals - word.text)};
    const struct spec_key *key = spec_key_find(name, reader->op->id);
    if (key == NULL)
        return unknown_key(reader, name);
    const struct spec_key *earlier = find_repeated(reader, key);
    if (earlier != NULL)
        return repeated_key(reader, name, earlier);
    reader->keys[key->field] = key;
    reader->values[key->field] = (struct slice){equals + 1, word.length - name.length - 1};
    struct spec_problem problem;
    if (!spec_draft_set(&reader->draft, key, reader->values[key->field], &problem))
        return fail_problem(reader, &problem);
    return STATUS_DONE;
}

static enum exit_status check_needed(const struct reader *reader)
{
    for (size_t i = 0; i < spec_key_count; ++i) {
        const struct spec_key *key = &spec_keys[i];
        if (((key->needed >> reader->op->id) & 1u) != 0 && reader->keys[key->field] == NULL)
            return diag_error(DIAG_SPEC_MISSING, position_of(reader, reader->op_word.text),
                              "'%s' has no %s, expected %s=%s", reader->op->name, key->name, key->name,
                              key->form);
    }
    return STATUS_DONE;
}

enum exit_status spec_parse_slice(struct slice text, struct position at, struct spec *spec,
                                  unsigned *name_column)
{
    struct reader reader = {.text = text, .at = at};
    enum exit_status status = read_op(&reader, spec);
    while (status == STATUS_DONE) {
        const struct slice word = next_word(&reader);
        if (word.length == 0)
            break;
        status = read_key(&reader, word);
    }
    if (status == STATUS_DONE)
        status = check_needed(&reader);
    struct spec_problem problem;
    if (status == STATUS_DONE && !spec_draft_finish(&reader.draft, &problem))
        status = fail_problem(&reader, &problem);
    if (status != STATUS_DONE)
        return status;
    spec->line = at.line;
    const bool named = reader.keys[FIELD_NAME] != NULL;
    *name_column = named ? position_of(&reader, reader.values[FIELD_NAME].text).column : 0;
    return STATUS_DONE;
}

enum exit_status spec_parse(const char *text, struct position at, struct spec *spec)
{
    unsigned name_column;
    return spec_parse_slice((struct slice){text, strlen(text)}, at, spec, &name_column);
}
