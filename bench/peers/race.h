/*
 * race.h: timing all contestants on the same nets, interleaved.
 *
 * A machine's speed moves by the minute, so each round times every contestant once, right after another, and
 * figures are medians over the rounds. Ratios are taken within a round first to tell how far they spread.
 */
#ifndef SEPCC_BENCH_RACE_H
#define SEPCC_BENCH_RACE_H

#include "net.h"
#include "peer.h"

#include "sepcc.h"

#include <stdbool.h>

/* A peer and whether it could be started. The first contestant of a race is sepcc, to which others compare.
 */
struct contestant {
    const struct peer *peer;
    struct peer_context *context; /* NULL: not started */
    char version[PEER_TEXT_MAX], message[PEER_TEXT_MAX];
};

enum { CONTESTANT_MAX = 12 };

enum outcome_kind {
    OUTCOME_MEASURED,
    OUTCOME_UNSUPPORTED, /* no such layer in this peer */
    OUTCOME_FAILED,
    OUTCOME_WRONG, /* the output is not the layer's; not measured */
};

/* What stands for a contestant's rounds: the median, or on a busy machine the shortest. */
enum statistic { STATISTIC_MEDIAN, STATISTIC_MINIMUM };

/* One contestant in one race. */
struct outcome {
    enum outcome_kind kind;
    char message[PEER_TEXT_MAX];
    double seconds, low_s, high_s; /* of one run: the statistic, and quartiles */
    double ratio;                  /* this peer's seconds / sepcc's */
    double ratio_low, ratio_high;  /* quartiles of the rounds' own ratios; 0 with STATISTIC_MINIMUM */
    double peak_share;             /* of the peak of all threads; 0 when no peak was timed */
};

/* A loop of multiply-adds, timed beside sepcc. */
struct pacemaker {
    const struct sepcc_peak *peak; /* NULL: none */
    uint64_t rounds;
    size_t threads;
};

/* Sets rounds, so that one timing takes long enough. */
void pacemaker_prepare(struct pacemaker *pacemaker);

/* What runs in turn in one timing: a layer, or the parts of a chain. */
struct race {
    const struct owned_net *nets;
    size_t net_count;
    size_t entry_count;
    struct entry *entries;
    double *peak_flops; /* of each round */
    size_t round_count, capacity;
    uint64_t fma_count;
    size_t threads;
};

/*
 * Opens the nets for each contestant, runs each once and checks its output. Contestants that cannot take part
 * are told apart by race_outcome. Free with race_close, also after an error.
 */
enum exit_status race_open(struct race *race, const struct owned_net *nets, size_t net_count,
                           const struct contestant *contestants, size_t contestant_count, size_t threads);
/* One round: every contestant once. */
enum exit_status race_round(struct race *race, const struct pacemaker *pacemaker);
/* What contestant i has reached over all rounds. */
enum exit_status race_outcome(const struct race *race, size_t i, const struct pacemaker *pacemaker,
                              enum statistic statistic, struct outcome *outcome);
void race_close(struct race *race);

#endif
