/*
 * search.c: climbing from the best plan so far to its best neighbour.
 */
#include "tune/search.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* How many tiles the search begins with, and how many other tiles it looks at beside a plan. */
enum { FIRST_TILES = 8, NEXT_TILES = 6 };

/* A plan this much slower than the best may still have a better neighbour. */
static const double near_best = 1.05;

/* Plans to try. */
struct proposal {
    const struct space *space;
    const double *known;
    const bool *mine;
    size_t most, *list, count;
};

size_t search_best(const struct space *space, const double known[])
{
    size_t best = 0;
    double least = known[0] > 0 ? known[0] : 1;
    for (size_t i = 1; i < space->count; ++i)
        if (known[i] > 0 && known[i] < least) {
            least = known[i];
            best = i;
        }
    return best;
}

size_t search_tried(const struct space *space, const double known[])
{
    size_t tried = 0;
    for (size_t i = 0; i < space->count; ++i)
        tried += known[i] != SEARCH_NOT_TRIED;
    return tried;
}

static void propose(struct proposal *proposal, size_t plan)
{
    if (proposal->count == proposal->most || proposal->known[plan] != SEARCH_NOT_TRIED ||
        (proposal->mine != NULL && !proposal->mine[plan]))
        return;
    for (size_t i = 0; i < proposal->count; ++i)
        if (proposal->list[i] == plan)
            return;
    proposal->list[proposal->count++] = plan;
}

/* ---- orders ----------------------------------------------------------------------------------------- */

struct ranked {
    size_t plan;
    double predicted;
};

static int compare_ranked(const void *a, const void *b)
{
    const struct ranked *x = a, *y = b;
    if (x->predicted != y->predicted)
        return x->predicted > y->predicted ? 1 : -1;
    return x->plan > y->plan ? 1 : -1;
}

/* Sorts indices of plans by their predictions. */
static bool rank(const struct space *space, size_t plans[], size_t count)
{
    struct ranked *ranked = calloc(count + 1, sizeof *ranked);
    if (ranked == NULL)
        return false;
    for (size_t i = 0; i < count; ++i)
        ranked[i] = (struct ranked){plans[i], space->plans[plans[i]].predicted};
    qsort(ranked, count, sizeof *ranked, compare_ranked);
    for (size_t i = 0; i < count; ++i)
        plans[i] = ranked[i].plan;
    free(ranked);
    return true;
}

/* ---- steps ------------------------------------------------------------------------------------------ */

static unsigned kind_of(const struct space *space, size_t plan)
{
    const unsigned tile = space->plans[plan].tile;
    return tile < space->tiles ? space->kinds[tile] : 0;
}

/* Moves the best-ranked of each other kind of tiles to the front; the rest keeps its order. */
static void kinds_first(const struct space *space, size_t plan, size_t ranked[], size_t count)
{
    bool seen[SPACE_TILES_MAX] = {false};
    size_t front = 0;
    seen[kind_of(space, plan)] = true;
    for (size_t i = 0; i < count; ++i) {
        const size_t moved = ranked[i];
        bool *const kind = &seen[kind_of(space, moved)];
        if (*kind)
            continue;
        *kind = true;
        memmove(ranked + front + 1, ranked + front, (i - front) * sizeof *ranked);
        ranked[front++] = moved;
    }
}

/*
 * The neighbours of a plan: all its other arrangements, and of its other tiles those that the model likes
 * best, with all_kinds the best of each kind before the others.
 */
static void propose_around(struct proposal *proposal, size_t plan, size_t tiles, bool all_kinds,
                           size_t scratch[])
{
    const struct space *space = proposal->space;
    const size_t count = space_neighbours(space, plan, scratch);
    if (!rank(space, scratch, count))
        return;
    if (all_kinds)
        kinds_first(space, plan, scratch, count);
    for (size_t i = 0; i < count; ++i)
        if (space->plans[scratch[i]].tile == space->plans[plan].tile)
            propose(proposal, scratch[i]);
    for (size_t i = 0; i < count && tiles > 0; ++i)
        if (space->plans[scratch[i]].tile != space->plans[plan].tile) {
            propose(proposal, scratch[i]);
            --tiles;
        }
}

/* The best plan of the best tile other than that of `best`, when it is near; else `best`. */
static size_t second_best(const struct space *space, const double known[], size_t best)
{
    const double least = known[best] > 0 ? known[best] : 1;
    size_t second = best;
    double ratio = near_best * least;
    for (size_t i = 0; i < space->count; ++i)
        if (known[i] > 0 && known[i] < ratio && space->plans[i].tile != space->plans[best].tile) {
            ratio = known[i];
            second = i;
        }
    return second;
}

static void propose_all(struct proposal *proposal, size_t scratch[])
{
    const struct space *space = proposal->space;
    for (size_t i = 0; i < space->count; ++i)
        scratch[i] = i;
    if (rank(space, scratch, space->count))
        for (size_t i = 0; i < space->count; ++i)
            propose(proposal, scratch[i]);
}

static void propose_climb(struct proposal *proposal, size_t scratch[])
{
    const struct space *space = proposal->space;
    const size_t best = search_best(space, proposal->known);
    propose_around(proposal, 0, FIRST_TILES, true, scratch);
    if (proposal->count == 0)
        propose_around(proposal, best, NEXT_TILES, false, scratch);
    if (proposal->count == 0)
        propose_around(proposal, second_best(space, proposal->known, best), NEXT_TILES, false, scratch);
}

size_t search_next(const struct space *space, const double known[], const bool mine[], enum search_kind kind,
                   size_t most, size_t list[])
{
    struct proposal proposal = {.space = space, .known = known, .mine = mine, .most = most, .list = list};
    size_t *scratch = calloc(space->count + 1, sizeof *scratch);
    if (scratch == NULL)
        return 0;
    propose(&proposal, 0);
    if (kind == SEARCH_ALL)
        propose_all(&proposal, scratch);
    else
        propose_climb(&proposal, scratch);
    free(scratch);
    return proposal.count;
}
