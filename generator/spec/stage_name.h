/*
 * stage_name.h: which names of stages a bundle's header can hold together.
 */
#ifndef SEPCC_GENERATOR_SPEC_STAGE_NAME_H
#define SEPCC_GENERATOR_SPEC_STAGE_NAME_H

#include <stdbool.h>

/* Whether the header has a function of its own by that name. */
bool stage_name_is_taken(const char *name);
/* Whether two stages of these names would get one name for two things in the header. */
bool stage_names_clash(const char *a, const char *b);

#endif
