/*
 * wisdom_file.h: wisdom as a text: one best plan a line, sorted, the same bytes from the same trials.
 *
 *     # sepcc wisdom 1
 *     # spec	isa	cpu	compiler	templates	cache	threads	timed	ratio	low high
 * plan depthwise in=56x56x128 kernel=3x3 pad=1	avx2	AMD EPYC ...	clang 14.0.6 -O2 6f1c...	warm
 * 1	native	0.8714	...
 *
 * Fields are separated by tabs; lines that start with # and empty ones are left out. `timed` is native or
 * emulated; ratio, low and high are those of the trial (db.h), 1 for the untuned plan.
 */
#ifndef SEPCC_GENERATOR_DATABASE_WISDOM_FILE_H
#define SEPCC_GENERATOR_DATABASE_WISDOM_FILE_H

#include "base/diag.h"
#include "base/text.h"
#include "database/db.h"

#include <stdbool.h>

/* The version of the form, in the first line. */
enum { WISDOM_VERSION = 1 };

/* Appends the first two lines, and then a line for each trial, which the caller gives sorted. */
void wisdom_print_head(struct text *text);
void wisdom_print(const struct tune_trial *trial, struct text *text);

/* Whether the text starts as wisdom does, whatever its version. */
bool wisdom_is_text(const struct text *text);

/*
 * Calls visit for each line as a trial: measured, confirmed, with an id made of the line, so that the same
 * line is the same trial everywhere. Fields that a line does not have are 0 or "". The text is changed while
 * it is read; the trial's texts are gone after the call. file names it in messages. Errors: DIAG_FILE_FORMAT,
 * and what visit returns.
 */
enum exit_status wisdom_parse(struct text *text, const char *file,
                              enum exit_status (*visit)(void *context, const struct tune_trial *trial),
                              void *context);

#endif
