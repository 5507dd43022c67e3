/*
 * cmd_stages.c: `sepcc stages`: a model or a list -> its stages as a table, as JSON, as a .layers list.
 */
#include "base/files.h"
#include "commands/commands.h"
#include "commands/stages_report.h"

#include <stdio.h>
#include <string.h>

static bool to_stdout(const struct options *options)
{
    return options->layers != NULL && strcmp(options->layers, "-") == 0;
}

/* Where the stages come from, without a path. */
static const char *source_name(const struct options *options)
{
    if (options->spec_file == NULL)
        return "a spec";
    return strcmp(options->spec_file, "-") == 0 ? "standard input" : path_base(options->spec_file);
}

static enum exit_status write_layers(const struct options *options, const struct source *source)
{
    struct text text = {0};
    stages_layers(source, source_name(options), &text);
    enum exit_status status = text.failed ? diag_memory() : STATUS_DONE;
    if (status == STATUS_DONE && to_stdout(options))
        fputs(text.data, stdout);
    else if (status == STATUS_DONE)
        status = file_write(options->layers, text.data, text.length, NULL);
    text_free(&text);
    return status;
}

static enum exit_status print(const struct options *options, const struct source *source)
{
    struct text text = {0};
    enum exit_status status = STATUS_DONE;
    if (options->json)
        status = stages_json(source, &text);
    else
        stages_table(source, &text);
    if (status == STATUS_DONE && text.failed)
        status = diag_memory();
    if (status == STATUS_DONE)
        fputs(text.data, stdout);
    text_free(&text);
    return status;
}

enum exit_status cmd_stages(const struct options *options)
{
    struct source source;
    if (options->json && to_stdout(options))
        return usage_error(options->command, "both --json and --layers=- are given, expected one of them");
    enum exit_status status = source_read(options, &source);
    if (status == STATUS_DONE && !to_stdout(options))
        status = print(options, &source);
    /* What was left out has been said by now, and why. */
    if (status == STATUS_DONE && source.model != NULL && source.model->stage_count == 0)
        status = model_no_stage(source.model, options->spec_file);
    if (status == STATUS_DONE && options->layers != NULL)
        status = write_layers(options, &source);
    source_free(&source);
    return status;
}
