/*
 * support_stages.h: stages found in made graphs (support_graph.h), one graph at a time, and computed.
 */
#ifndef SEPCC_TESTS_SUPPORT_STAGES_H
#define SEPCC_TESTS_SUPPORT_STAGES_H

#include "model/model.h"
#include "support_graph.h"

/* The graph of the last model_found. */
extern struct made_graph model_made;

/* Makes the graph of a text and finds its stages, which must be possible. End with model_done. */
void model_found(const char *text, enum model_join join, struct model *model);
void model_done(struct model *model);

/* The stage gives the graph's output for the graph's input, by the reference. */
void assert_stage_computes(const struct model_stage *stage);

#endif
