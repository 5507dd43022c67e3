/*
 * dependencies.c: the list of files that a bundle was made from, for build systems that make it again.
 */
#include "bundle/dependencies.h"

#include "base/files.h"
#include "base/text.h"

#include <string.h>

/* A line for a file, unless it is none or has one already. */
static void add_line(struct text *list, const char *path)
{
    if (path == NULL || strcmp(path, "-") == 0)
        return;
    const size_t length = strlen(path);
    for (const char *line = list->data; line != NULL && *line != '\0'; line += strcspn(line, "\n") + 1)
        if (strncmp(line, path, length) == 0 && line[length] == '\n')
            return;
    text_printf(list, "%s\n", path);
}

enum exit_status dependencies_write(const struct options *options, const struct bundle *bundle)
{
    if (options->dependencies == NULL)
        return STATUS_DONE;
    struct text list = {0};
    add_line(&list, options->spec_file);
    add_line(&list, options->wisdom);
    add_line(&list, options->db);
    for (const struct graph_file *file = bundle->model != NULL ? bundle->model->graph.external : NULL;
         file != NULL; file = file->next)
        add_line(&list, file->path);
    const enum exit_status status =
        list.failed
            ? diag_memory()
            : file_write(options->dependencies, list.data != NULL ? list.data : "", list.length, NULL);
    text_free(&list);
    return status;
}
