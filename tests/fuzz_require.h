/*
 * fuzz_require.h: what the fuzz targets share: what must hold of what was read, and of what was printed.
 */
#ifndef SEPCC_TESTS_FUZZ_REQUIRE_H
#define SEPCC_TESTS_FUZZ_REQUIRE_H

#include "base/diag.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What diag_capture catches. */
static char printed[8192];

/* Ends the program unless the condition holds, with the text that broke it. */
static inline void require(int condition, const char *what, const char *text)
{
    if (condition)
        return;
    diag_capture(NULL, 0);
    fprintf(stderr, "%s: %s\n%s\n", what, text, printed);
    abort();
}

/* A refusal: the exit status of bad input, or for want of memory, and one line that ends with a code. */
static inline void require_refusal(enum exit_status status, const char *text)
{
    const size_t length = strlen(printed);
    require(status == STATUS_INPUT || strstr(printed, "[memory]") != NULL, "exit status", text);
    require(length > 2 && strchr(printed, '\n') == printed + length - 1, "not one line", text);
    require(printed[length - 2] == ']' && strstr(printed, ": error: ") != NULL, "no error line", text);
}

/* Accepted: nothing is printed; or a refusal. */
static inline void require_outcome(enum exit_status status, const char *text)
{
    if (status == STATUS_DONE)
        require(printed[0] == '\0', "accepted with a message", text);
    else
        require_refusal(status, text);
}

#endif
