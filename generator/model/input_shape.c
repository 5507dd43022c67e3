/*
 * input_shape.c: reading --input NAME=DIMS.
 */
#include "model/input_shape.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static bool read_dimension(const char **text, uint64_t *dimension)
{
    char *end;
    if (**text < '0' || **text > '9')
        return false;
    errno = 0;
    *dimension = strtoull(*text, &end, 10);
    *text = end;
    return errno == 0 && *dimension > 0 && *dimension <= INT32_MAX;
}

static bool read_dimensions(const char *text, struct graph_input *input)
{
    for (input->rank = 0; input->rank < GRAPH_RANK_MAX; ++text) {
        if (!read_dimension(&text, &input->dim[input->rank++]))
            return false;
        if (*text != 'x')
            return *text == '\0';
    }
    return false;
}

enum exit_status input_shape_parse(const char *text, struct graph_input *input)
{
    const char *equals = strrchr(text, '=');
    *input = (struct graph_input){0};
    if (equals == NULL || equals == text || !read_dimensions(equals + 1, input))
        return diag_error(DIAG_USAGE, (struct position){"--input", 0, 0},
                          "'%s' is no good, expected NAME=DIMS, such as x=1x3x320x320", text);
    input->name = strndup(text, (size_t)(equals - text));
    return input->name != NULL ? STATUS_DONE : diag_memory();
}

void input_shape_free(struct graph_input *input)
{
    free((char *)input->name);
    input->name = NULL;
}
