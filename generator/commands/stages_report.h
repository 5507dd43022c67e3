/*
 * stages_report.h: what `sepcc stages` prints: a table, JSON, or a .layers list.
 */
#ifndef SEPCC_GENERATOR_COMMANDS_STAGES_REPORT_H
#define SEPCC_GENERATOR_COMMANDS_STAGES_REPORT_H

#include "base/text.h"
#include "bundle/source.h"

/* The stages in order with their work, what was left out and why, and the share of the network's work. */
void stages_table(const struct source *source, struct text *text);
/* The same as JSON. Errors: DIAG_MEMORY. */
enum exit_status stages_json(const struct source *source, struct text *text);
/* A .layers list of the stages, which reads back as them. file: the name it says they come from. */
void stages_layers(const struct source *source, const char *file, struct text *text);

/* The spec of a stage of either kind of source, and how many there are. */
const struct spec *source_stage(const struct source *source, size_t stage);
size_t source_stage_count(const struct source *source);

#endif
