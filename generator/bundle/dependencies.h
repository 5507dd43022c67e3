/*
 * dependencies.h: the list of files that a bundle was made from, for build systems that make it again.
 */
#ifndef SEPCC_GENERATOR_BUNDLE_DEPENDENCIES_H
#define SEPCC_GENERATOR_BUNDLE_DEPENDENCIES_H

#include "bundle/bundle.h"

/*
 * Writes what --dependencies names, if it is given: one path a line, each once, as it was opened: the file of
 * -f, the external data of a model, --wisdom or --db. What belongs to sepcc, such as templates, is not in it.
 */
enum exit_status dependencies_write(const struct options *options, const struct bundle *bundle);

#endif
