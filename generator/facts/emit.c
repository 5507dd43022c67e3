/*
 * emit.c: runs m4 over facts and templates and refuses output that is not plain C.
 */
#include "facts/emit.h"

#include "base/files.h"
#include "facts/facts.h"
#include "plan/operation.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { M4_ARGUMENT_MAX = 16, M4_PATH_MAX = 4096 };

/* The command line of one m4 run; argv points into the strings beside it. */
struct m4_command {
    char include[M4_PATH_MAX];
    char vocabulary[64];
    const char *argv[M4_ARGUMENT_MAX];
};

static enum exit_status command_make(const char *template, const struct isa *isa, struct m4_command *command)
{
    const char *folder = data_folder();
    if (folder == NULL)
        return STATUS_ENVIRONMENT;
    if (snprintf(command->include, sizeof command->include, "-I%s/templates", folder) >= M4_PATH_MAX)
        return diag_error(DIAG_TEMPLATE, NOWHERE, "the templates' path is too long, expected under %d bytes",
                          M4_PATH_MAX);
    size_t n = 0;
    /* -P: builtins are called m4_...; -E -E: warnings are fatal. */
    command->argv[n++] = "m4";
    command->argv[n++] = "-P";
    command->argv[n++] = "-E";
    command->argv[n++] = "-E";
    command->argv[n++] = command->include;
    command->argv[n++] = "lib/base.m4";
    if (isa != NULL) {
        (void)snprintf(command->vocabulary, sizeof command->vocabulary, "isa/%s.m4", isa->name);
        command->argv[n++] = command->vocabulary;
        command->argv[n++] = "lib/activation.m4";
        command->argv[n++] = "lib/kernel.m4";
    }
    command->argv[n++] = "-";
    command->argv[n++] = template;
    command->argv[n] = NULL;
    return STATUS_DONE;
}

static bool word_character(char c)
{
    return isalnum((unsigned char)c) || c == '_';
}

/*
 * Words that belong to m4 or to a namespace of templates/lib/base.m4, also as the end of another word:
 * `a_[]F_MISSING` prints a_F_MISSING. The name of a kernel may hold m4_ (a multiplier of 4).
 */
static bool macro_word(const char *word, size_t length)
{
    const bool own_name = length > 6 && strncmp(word, "sepcc_", 6) == 0;
    for (size_t i = 0; i + 3 <= length; ++i) {
        if (i > 0 && word[i - 1] != '_')
            continue;
        if (!own_name && strncmp(word + i, "m4_", 3) == 0)
            return true;
        if (strchr("MFVATI", word[i]) != NULL && word[i + 1] == '_' && isupper((unsigned char)word[i + 2]))
            return true;
    }
    return false;
}

const char *emit_find_leftover(const char *text, size_t *length)
{
    for (const char *at = text; *at != '\0';) {
        if (!word_character(*at)) {
            ++at;
            continue;
        }
        const char *word = at;
        while (word_character(*at))
            ++at;
        *length = (size_t)(at - word);
        if (macro_word(word, *length))
            return word;
    }
    return NULL;
}

/* C's digraphs become brackets: templates cannot write brackets, which are m4's quotes there. */
static void restore_brackets(struct text *text)
{
    size_t to = 0;
    for (size_t from = 0; from < text->length; ++from, ++to) {
        const bool pair = from + 1 < text->length;
        if (pair && text->data[from] == '<' && text->data[from + 1] == ':') {
            text->data[to] = '[';
            ++from;
        } else if (pair && text->data[from] == ':' && text->data[from + 1] == '>') {
            text->data[to] = ']';
            ++from;
        } else
            text->data[to] = text->data[from];
    }
    text->length = to;
    if (text->data != NULL)
        text->data[to] = '\0';
}

/* Judges a finished m4 run and takes its output. */
static enum exit_status take_output(struct process *process, const char *template, struct text *output)
{
    if (!process->started)
        return diag_error(DIAG_TOOL, NOWHERE, "cannot run m4, expected it in PATH (apt-get install m4)");
    if (process->output.failed || process->error.failed)
        return diag_memory();
    if (process->exit_code != 0 || process->error.length > 0) {
        const char *message = process->error.length > 0 ? process->error.data : "no message";
        return diag_error(DIAG_TEMPLATE, NOWHERE, "m4 on %s ended with status %d, expected 0: %.*s", template,
                          process->exit_code, (int)strcspn(message, "\n"), message);
    }
    if (process->output.length == 0)
        return diag_error(DIAG_TEMPLATE, NOWHERE, "m4 printed nothing for %s, expected C", template);
    restore_brackets(&process->output);
    size_t length = 0;
    const char *leftover = emit_find_leftover(process->output.data, &length);
    if (leftover != NULL)
        return diag_error(DIAG_TEMPLATE, NOWHERE, "macro word '%.*s' left over by %s, expected plain C",
                          (int)length, leftover, template);
    text_free(output);
    *output = process->output;
    process->output = (struct text){0};
    return STATUS_DONE;
}

enum exit_status emit_template(const char *template, const struct isa *isa, const struct text *facts,
                               struct text *output)
{
    struct m4_command command;
    enum exit_status status = command_make(template, isa, &command);
    if (status != STATUS_DONE)
        return status;
    struct process process = {.argv = command.argv, .input = facts->data, .input_length = facts->length};
    status = process_run(&process);
    if (status == STATUS_DONE)
        status = take_output(&process, template, output);
    process_free(&process);
    return status;
}

static enum exit_status kernel_done(struct process *process, size_t index, void *context)
{
    struct kernel *kernel = (struct kernel *)context + index;
    return take_output(process, kernel->plan.operation->template, &kernel->source);
}

enum exit_status emit_kernels(struct kernel *kernels, size_t count, unsigned parallel)
{
    struct process *processes = calloc(count + 1, sizeof *processes);
    struct m4_command *commands = calloc(count + 1, sizeof *commands);
    enum exit_status status = processes == NULL || commands == NULL ? diag_memory() : STATUS_DONE;
    for (size_t i = 0; i < count && status == STATUS_DONE; ++i) {
        status = command_make(kernels[i].plan.operation->template, kernels[i].isa, &commands[i]);
        processes[i].argv = commands[i].argv;
        processes[i].input = kernels[i].facts.data;
        processes[i].input_length = kernels[i].facts.length;
    }
    if (status == STATUS_DONE)
        status = process_run_all(processes, count, parallel, kernel_done, kernels);
    for (size_t i = 0; processes != NULL && i < count; ++i)
        process_free(&processes[i]);
    free(processes);
    free(commands);
    return status;
}

enum exit_status kernel_prepare(const struct spec *spec, const struct isa *isa,
                                const struct plan_request *request, struct position at, struct kernel *kernel)
{
    char plan_text[PLAN_SHORT_MAX];
    memset(kernel, 0, sizeof *kernel);
    kernel->spec = *spec;
    kernel->spec.name[0] = '\0';
    kernel->spec.line = 0;
    kernel->isa = isa;
    enum exit_status status = plan_make(spec, isa, request, at, &kernel->plan);
    if (status != STATUS_DONE)
        return status;
    plan_short(&kernel->plan, plan_text);
    if (kernel_name_format(&kernel->spec, isa, plan_text, kernel->name) != 0)
        return diag_error(DIAG_SPEC_UNSUPPORTED, at,
                          "the kernel's name would be longer than %d bytes, expected rounder numbers",
                          KERNEL_NAME_MAX);
    text_puts(&kernel->facts, "m4_divert(-1)\n");
    status = facts_write(kernel);
    text_puts(&kernel->facts, "m4_divert(0)m4_dnl\n");
    return status == STATUS_DONE && kernel->facts.failed ? diag_memory() : status;
}

void kernel_free(struct kernel *kernel)
{
    plan_free(&kernel->plan);
    text_free(&kernel->facts);
    text_free(&kernel->source);
}
