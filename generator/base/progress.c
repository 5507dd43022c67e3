/*
 * progress.c: one line on a terminal that says how far long work is; nothing in a pipe or a file.
 */
#include "base/process.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum { DEFAULT_COLUMNS = 80, LINE_MAX_BYTES = 512 };

/* The width of the terminal at stderr, 0 when there is none that understands escape sequences. */
static size_t terminal_columns(void)
{
    const char *kind = getenv("TERM");
    struct winsize size;
    if (!isatty(STDERR_FILENO) || !kind || strcmp(kind, "dumb") == 0)
        return 0;
    if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col < 2)
        return DEFAULT_COLUMNS;
    return size.ws_col;
}

void progress(const char *what, size_t done, size_t total, const char *name)
{
    size_t columns = terminal_columns();
    if (columns == 0)
        return;
    char line[LINE_MAX_BYTES] = "";
    if (total > 0)
        snprintf(line, sizeof line, "%s %zu/%zu  %s", what, done, total, name);
    /* A line as wide as the terminal would wrap, and could not be overwritten. */
    if (strlen(line) >= columns)
        line[columns - 1] = '\0';
    fprintf(stderr, "\r%s\033[K", line);
    fflush(stderr);
}
