/*
 * sweep.c: a sweep from its command line to its table.
 */
#include "tune/sweep.h"

#include "database/key.h"
#include "measure/bench.h"

#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* Trials of a stage unless --trials says otherwise: a tenth of its space, within these. */
enum { TRIALS_LEAST = 16, TRIALS_MOST = 64, TRIALS_SHARE = 10 };

static const char *const cache_words[SEPCC_RACE_CACHE_COUNT] = {"warm", "cold", "chain"};

const char *sweep_cache_word(enum sepcc_race_cache cache)
{
    return cache_words[cache];
}

enum sepcc_race_cache sweep_cache_find(const char *word)
{
    unsigned cache = 0;
    while (cache < SEPCC_RACE_CACHE_COUNT && strcmp(cache_words[cache], word) != 0)
        ++cache;
    return (enum sepcc_race_cache)cache;
}

double sweep_now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

/* ---- what all stages share -------------------------------------------------------------------------- */

static enum exit_status make_key(struct sweep *sweep)
{
    struct compiler compiler;
    const struct remote *remote = sweep->remote;
    const enum isa_arch arch = remote != NULL ? remote->arch : isa_host_arch();
    enum exit_status status = compiler_open(sweep->options->cc, NULL, arch, &compiler);
    if (status != STATUS_DONE)
        return status;
    if (remote != NULL)
        text_puts(&sweep->cpu, remote->cpu.data);
    else
        status = tune_key_cpu(&sweep->cpu);
    if (status == STATUS_DONE)
        status = tune_key_compiler(&compiler, NULL, &sweep->compiler);
    compiler_close(&compiler);
    return status;
}

/* As the target has told. */
static void take_rates(const struct remote *remote, struct bound_rates *rates)
{
    for (unsigned level = 0; level < SEPCC_LEVEL_COUNT; ++level) {
        if (level < SEPCC_MEMORY)
            rates->caches[level] = (double)remote->caches[level];
        rates->bandwidth[level] = remote->bandwidth[level];
    }
}

static enum exit_status measure_rates(struct sweep *sweep)
{
    struct sepcc_pool *pool = NULL;
    struct bound_rates *rates = &sweep->rates;
    rates->threads = sweep->options->threads;
    if (sweep->remote != NULL) {
        take_rates(sweep->remote, rates);
        return STATUS_DONE;
    }
    if (sweep->options->threads > 1 && sepcc_pool_create(sweep->options->threads, &pool) != SEPCC_OK)
        return diag_memory();
    enum sepcc_status measured = SEPCC_OK;
    for (unsigned level = 0; level < SEPCC_LEVEL_COUNT && measured == SEPCC_OK; ++level) {
        if (level < SEPCC_MEMORY)
            rates->caches[level] = (double)sepcc_cache_bytes((enum sepcc_level)level);
        measured = sepcc_measure_bandwidth((enum sepcc_level)level, pool, &rates->bandwidth[level]);
    }
    sepcc_pool_destroy(pool); /* no thread may be left when processes are started */
    return measured == SEPCC_OK ? STATUS_DONE : diag_memory();
}

/* The network's own kernels, for --cache chain. One ISA alone is swept then. */
static enum exit_status make_chain(struct sweep *sweep)
{
    const struct bundle *bundle = &sweep->build.bundle;
    if (sweep->cache != SEPCC_RACE_CHAIN)
        return STATUS_DONE;
    if (bundle->isa_count != 1 || bundle->stages.count > RACE_CHAIN_MAX)
        return diag_error(DIAG_USAGE, (struct position){"--cache", 0, 0},
                          "a chain of %zu stages for %zu instruction sets, expected up to %d, and one",
                          bundle->stages.count, bundle->isa_count, RACE_CHAIN_MAX);
    if (sweep->remote != NULL)
        return STATUS_DONE; /* each batch takes them along */
    sweep->chain = calloc(bundle->stages.count, sizeof *sweep->chain);
    if (sweep->chain == NULL)
        return diag_memory();
    const enum exit_status status =
        build_library(&sweep->build, isa_host_arch(), false, &sweep->chain_library);
    for (size_t s = 0; status == STATUS_DONE && s < bundle->stages.count; ++s)
        sweep->chain[s] =
            (struct race_kernel){sweep->chain_library, bundle->name, bundle_kernel(bundle, s, 0)->name};
    return status;
}

/* ---- stages ----------------------------------------------------------------------------------------- */

/* A space of fewer plans than that is tried as a whole. */
static size_t trials_of(const struct options *options, const struct space *space)
{
    if (options->exhaustive)
        return space->count;
    if (options->trials != 0)
        return options->trials;
    const size_t share = (space->count + TRIALS_SHARE - 1) / TRIALS_SHARE;
    return share < TRIALS_LEAST ? TRIALS_LEAST : share > TRIALS_MOST ? TRIALS_MOST : share;
}

static enum exit_status make_stage(struct sweep *sweep, size_t unique, const struct isa *isa,
                                   struct sweep_stage *stage)
{
    const struct bundle *bundle = &sweep->build.bundle;
    *stage = (struct sweep_stage){.isa = isa, .ratio = 1, .ratio_low = 1, .ratio_high = 1};
    for (size_t s = bundle->stages.count; s-- > 0;)
        if (bundle->unique[s] == unique) {
            ++stage->times;
            stage->chain_at = s;
        }
    stage->spec = &bundle->stages.items[stage->chain_at];
    enum exit_status status = tune_key_spec(stage->spec, stage->spec_text);
    if (status == STATUS_DONE)
        status = tune_key_templates(stage->spec, isa, stage->templates);
    if (status == STATUS_DONE)
        status = space_make(stage->spec, isa, sweep->options->plan_text, &stage->space);
    if (status != STATUS_DONE)
        return status;
    stage->known = calloc(stage->space.count, sizeof *stage->known);
    stage->rounds = calloc(stage->space.count, sizeof *stage->rounds);
    if (stage->known == NULL || stage->rounds == NULL)
        return diag_memory();
    stage->most = trials_of(sweep->options, &stage->space);
    return sweep_recall(sweep, stage);
}

/*
 * --shard i/n: with n stages or more, each n-th stage; with fewer, each n-th plan of every stage, and the
 * untuned one in all of them.
 */
static enum exit_status take_shard(const struct options *options, struct sweep_stage *stage)
{
    stage->mine = calloc(stage->space.count, sizeof *stage->mine);
    if (stage->mine == NULL)
        return diag_memory();
    for (size_t i = 0; i < stage->space.count; ++i)
        stage->mine[i] = i == 0 || i % options->shard.count == options->shard.index - 1;
    return STATUS_DONE;
}

static enum exit_status make_stages(struct sweep *sweep)
{
    const struct bundle *bundle = &sweep->build.bundle;
    const struct options *options = sweep->options;
    const size_t all = bundle->unique_count * bundle->isa_count;
    const bool by_stage = options->shard.count <= all;
    enum exit_status status = STATUS_DONE;
    sweep->stages = calloc(all, sizeof *sweep->stages);
    if (sweep->stages == NULL)
        return diag_memory();
    for (size_t i = 0; status == STATUS_DONE && i < all; ++i) {
        if (by_stage && options->shard.count > 1 && i % options->shard.count != options->shard.index - 1)
            continue;
        struct sweep_stage *stage = &sweep->stages[sweep->count++];
        status = make_stage(sweep, i / bundle->isa_count, bundle->isa[i % bundle->isa_count], stage);
        if (status == STATUS_DONE && !by_stage)
            status = take_shard(options, stage);
    }
    return status;
}

struct batch sweep_batch(struct sweep *sweep, const struct sweep_stage *stage, struct candidate *items,
                         size_t count)
{
    const bool chained = sweep->remote != NULL && sweep->cache == SEPCC_RACE_CHAIN;
    return (struct batch){.spec = stage->spec,
                          .isa = stage->isa,
                          .options = sweep->options,
                          .remote = sweep->remote,
                          .chain = chained ? &sweep->build : NULL,
                          .timeout_s = sweep->options->timeout_s,
                          .items = items,
                          .count = count};
}

/* ---- the sweep -------------------------------------------------------------------------------------- */

/* When this stage's share of the budget is used up; 0: there is none. */
static double share_end(const struct sweep *sweep)
{
    const double now = sweep_now();
    return sweep->deadline <= 0 ? 0 : now + (sweep->deadline - now) / (double)(sweep->count - sweep->at);
}

static enum exit_status sweep_stages(struct sweep *sweep)
{
    enum exit_status status = STATUS_DONE;
    for (sweep->at = 0; status == STATUS_DONE && sweep->at < sweep->count; ++sweep->at) {
        struct sweep_stage *stage = &sweep->stages[sweep->at];
        if (sweep->deadline > 0 && sweep_now() >= sweep->deadline)
            break;
        status = sweep_search(sweep, stage, share_end(sweep));
        if (status == STATUS_DONE)
            status = sweep_confirm(sweep, stage);
        if (status == STATUS_DONE && stage->over && sweep->options->variants)
            status = sweep_variants(sweep, stage);
    }
    return status;
}

static enum exit_status sweep_open(const struct options *options, const char *db, struct sweep *sweep)
{
    isa_set isas = 0;
    struct bundle bundle = {0};
    enum exit_status status =
        sweep->remote != NULL ? remote_open(options, sweep->remote, &isas) : bench_isas(options, &isas);
    if (status == STATUS_DONE)
        status = bundle_plan_isas(options, isas, &bundle);
    if (status == STATUS_DONE)
        status = tune_db_open(db, TUNE_DB_WRITE, &sweep->db);
    if (status == STATUS_DONE)
        status = tune_db_id(sweep->id);
    if (status == STATUS_DONE)
        status = build_open(options, &bundle, true, &sweep->build);
    bundle_free(&bundle);
    if (status == STATUS_DONE)
        status = make_key(sweep);
    if (status == STATUS_DONE && sweep->remote == NULL)
        status = build_peaks(&sweep->build, isas, &sweep->peaks);
    if (status == STATUS_DONE)
        status = make_chain(sweep);
    if (status == STATUS_DONE)
        status = make_stages(sweep);
    return status;
}

static void sweep_close(struct sweep *sweep)
{
    for (size_t s = 0; s < sweep->count; ++s) {
        space_free(&sweep->stages[s].space);
        free(sweep->stages[s].known);
        free(sweep->stages[s].rounds);
        free(sweep->stages[s].mine);
    }
    free(sweep->stages);
    free(sweep->chain);
    free(sweep->chain_library);
    free(sweep->peaks);
    text_free(&sweep->cpu);
    text_free(&sweep->compiler);
    tune_db_close(sweep->db);
    remote_close(sweep->remote);
    build_close(&sweep->build);
}

enum exit_status sweep_run(const struct options *given)
{
    /* The database is written to; no plan is taken from it. */
    struct options options = *given;
    options.db = NULL;
    struct remote remote = {0};
    struct sweep sweep = {.options = &options,
                          .remote = options.remote != NULL ? &remote : NULL,
                          .cache = sweep_cache_find(options.cache),
                          .start = sweep_now()};
    sweep.deadline = options.budget > 0 ? sweep.start + options.budget : 0;
    enum exit_status status = sweep_open(&options, given->db, &sweep);
    if (status == STATUS_DONE)
        status = measure_rates(&sweep);
    if (status == STATUS_DONE)
        status = sweep_stages(&sweep);
    if (status == STATUS_DONE)
        sweep_print(&sweep);
    sweep_close(&sweep);
    return status;
}
