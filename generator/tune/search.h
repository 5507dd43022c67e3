/*
 * search.h: which plans of a space to try next, from what is known of those that were tried.
 *
 * Pure: the same space and the same knowledge give the same answer, so that a sweep that was stopped goes on
 * where it was. First come the arrangements beside the heuristic's and the tiles that the cost model likes,
 * one plan of each, the best of each kind among them: the model knows sizes better than kinds; then the
 * neighbours of the best so far, again and again; then those of the best with another tile. Where nothing is
 * left beside either, the search is over.
 */
#ifndef SEPCC_GENERATOR_TUNE_SEARCH_H
#define SEPCC_GENERATOR_TUNE_SEARCH_H

#include "tune/space.h"

/* What is known of a plan is its ratio to the untuned one, or one of these. */
#define SEARCH_NOT_TRIED 0.0
#define SEARCH_NO_GOOD   (-1.0) /* tried, but it has no ratio: wrong, crashed ... */

enum search_kind {
    SEARCH_CLIMB, /* as above */
    SEARCH_ALL,   /* all plans of the space, the likely ones first */
};

/*
 * Fills list with the indices of at most `most` plans to try next; returns how many, 0: the search is over.
 * known holds a number for each plan; mine (may be NULL) says which plans may be proposed. Out of memory
 * counts as over.
 */
size_t search_next(const struct space *space, const double known[], const bool mine[], enum search_kind kind,
                   size_t most, size_t list[]);

/* The plan with the least ratio; 0, the untuned one, when nothing is better. */
size_t search_best(const struct space *space, const double known[]);

/* How many have been tried. */
size_t search_tried(const struct space *space, const double known[]);

#endif
