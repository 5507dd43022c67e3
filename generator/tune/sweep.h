/*
 * sweep.h: a sweep: the search for the fastest plan of each stage, by trials that are kept in the database.
 *
 * Stages are taken one after the other. The candidates of a stage come in batches (search.h), which are built
 * on all cores and proved (batch.h) and then timed alone (race.h). Each trial is in the database as soon as
 * it is finished, and what is there already is not tried again: a sweep that was stopped goes on where it
 * was. The best candidates of a stage race once more in a fresh process, with more rounds and fully proved;
 * what beats the untuned plan there beyond doubt is confirmed. Then the winner is tried with other compilers
 * and flags.
 */
#ifndef SEPCC_GENERATOR_TUNE_SWEEP_H
#define SEPCC_GENERATOR_TUNE_SWEEP_H

#include "bundle/bundle.h"
#include "plan/bound.h"
#include "tune/batch.h"
#include "tune/race.h"
#include "tune/remote.h"
#include "tune/search.h"

/* Rounds of a search's race at least; a trial with so many as a final race has was in one. */
enum { SWEEP_SEARCH_ROUNDS = 24, SWEEP_FINAL_ROUNDS = 64 };

/* A stage of the sweep: equal stages of the network are one. */
struct sweep_stage {
    const struct spec *spec; /* of the bundle */
    const struct isa *isa;
    unsigned times;  /* stages of the network that are equal to it */
    size_t chain_at; /* the first of them */
    char spec_text[SPEC_TEXT_MAX], templates[33];
    struct space space;
    double *known;    /* of each plan: search.h */
    unsigned *rounds; /* of each plan: behind that number; UINT_MAX: of a confirmed trial */
    bool *mine;       /* of each plan: in this shard; NULL: all are */
    size_t most;      /* trials */
    double untuned_s; /* seconds of a run of the untuned plan; 0: not known yet */
    size_t confirmed; /* the best confirmed plan; 0, the untuned one, when there is none */
    double ratio, ratio_low, ratio_high; /* of the confirmed plan */
    bool over;                           /* nothing is left to be tried */
};

struct sweep {
    const struct options *options;
    struct tune_db *db;
    struct remote *remote; /* the target; NULL: this machine */
    struct build build;    /* the network by its untuned plans: its stages, the chain's kernels, the peaks */
    char *chain_library, *peaks;
    struct race_kernel *chain;
    struct sweep_stage *stages;
    size_t count, at; /* at: the stage in work */
    char id[33];
    struct text cpu, compiler; /* parts of the key */
    enum sepcc_race_cache cache;
    struct bound_rates rates; /* caches and bandwidths of this machine */
    double peak_gflops;       /* as last measured */
    double start, deadline;   /* by sweep_now; deadline 0: none */
    size_t trials, kept;      /* of this run; trials that were in the database */
    size_t failed;            /* of this run: neither measured nor lost */
};

/* The whole command: opens, sweeps, reports. Errors: of the environment and of the input. */
enum exit_status sweep_run(const struct options *given);

/* "warm", "cold" or "chain"; the cache of that word, SEPCC_RACE_CACHE_COUNT: no such word. */
const char *sweep_cache_word(enum sepcc_race_cache cache);
enum sepcc_race_cache sweep_cache_find(const char *word);

/* Seconds of a clock that only moves forward. */
double sweep_now(void);

/* A batch of the sweep with candidates of the caller's, which have their plans: ready for batch_prepare. */
struct batch sweep_batch(struct sweep *sweep, const struct sweep_stage *stage, struct candidate *items,
                         size_t count);

/* ---- what its files share ---------------------------------------------------------------------------- */

/* sweep_known.c: reads what the database knows of a stage into it. */
enum exit_status sweep_recall(struct sweep *sweep, struct sweep_stage *stage);
/* Notes a plan's ratio, unless more rounds are behind what is known. */
void sweep_note(struct sweep_stage *stage, size_t plan, double ratio, unsigned rounds);
/* Whether the database has a trial of that plan by another compiler text. */
enum exit_status sweep_has_variant(struct sweep *sweep, const struct sweep_stage *stage, const char *compiler,
                                   const char *plan, bool *has);

/* sweep_trial.c: adds what became of a candidate to the database. compiler NULL: the sweep's own. */
enum exit_status sweep_add(struct sweep *sweep, const struct sweep_stage *stage, const struct batch *batch,
                           const struct candidate *candidate, bool confirmed, const char *compiler);

/* sweep_stage.c: searches one stage until it is over, has had its trials, or `until` has come. */
enum exit_status sweep_search(struct sweep *sweep, struct sweep_stage *stage, double until);
/* Races the best plans again in a fresh process, as long as one that was not yet promises more. */
enum exit_status sweep_confirm(struct sweep *sweep, struct sweep_stage *stage);

/* sweep_variants.c: the winner of a stage by other compilers and flags. */
enum exit_status sweep_variants(struct sweep *sweep, struct sweep_stage *stage);

/*
 * sweep_race.c: times the candidates of prepared batches that are not decided, the first as the base, which
 * must not be. final: with more rounds, and nobody leaves.
 */
struct sweep_runners {
    struct candidate *candidates[RACE_RUNNERS_MAX];
    const struct batch *batches[RACE_RUNNERS_MAX]; /* of each */
    size_t count;
};
enum exit_status sweep_time(struct sweep *sweep, const struct sweep_stage *stage,
                            const struct sweep_runners *runners, bool final);

/* sweep_report.c */
void sweep_progress(const struct sweep *sweep, const char *doing);
void sweep_print(const struct sweep *sweep);

#endif
