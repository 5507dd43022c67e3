/*
 * stage_name.c: the header makes several names out of each stage's; no two of them may be the same.
 */
#include "spec/stage_name.h"

#include <ctype.h>
#include <string.h>

static bool same_ignoring_case(const char *a, const char *b)
{
    while (*a != '\0' && toupper((unsigned char)*a) == toupper((unsigned char)*b)) {
        ++a;
        ++b;
    }
    return *a == *b;
}

/* True when longer is shorter and one of the endings that the header adds to a stage's name. */
static bool is_derived_name(const char *longer, const char *shorter)
{
    const size_t length = strlen(shorter);
    if (strncmp(longer, shorter, length) != 0)
        return false;
    return strcmp(longer + length, "_pack") == 0 || strcmp(longer + length, "_kernel") == 0;
}

bool stage_name_is_taken(const char *name)
{
    return strcmp(name, "alloc") == 0 || strcmp(name, "free") == 0;
}

bool stage_names_clash(const char *a, const char *b)
{
    return same_ignoring_case(a, b) || is_derived_name(a, b) || is_derived_name(b, a);
}
