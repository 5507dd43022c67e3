/*
 * wisdom.c: choosing the plan of a stage by what tuning has found for it or for its neighbours.
 */
#include "database/wisdom.h"

#include "database/wisdom_file.h"
#include "database/wisdom_internal.h"
#include "plan/predict.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* By so much more a plan may cost beside the heuristic's, by the cost model, on a shape it was not tuned on.
 */
static const double MOVE_SLACK = 1.05;

const char *plan_source_word(enum plan_source source)
{
    static const char *const words[] = {"heuristic", "asked", "tuned", "neighbour"};
    return words[source];
}

/* ---- distance -------------------------------------------------------------------------------------- */

static bool same_layer(const struct sepcc_layer *a, const struct sepcc_layer *b)
{
    return a->op == b->op && a->kernel_h == b->kernel_h && a->kernel_w == b->kernel_w &&
           a->stride_h == b->stride_h && a->stride_w == b->stride_w && a->dilation_h == b->dilation_h &&
           a->dilation_w == b->dilation_w && a->multiplier == b->multiplier && a->act == b->act;
}

bool wisdom_same_kind(const struct sepcc_stage *a, const struct sepcc_stage *b)
{
    bool same = a->op == b->op && a->dtype == b->dtype && a->layout == b->layout &&
                a->residual == b->residual && a->layer_count == b->layer_count;
    for (uint32_t i = 0; same && i < a->layer_count; ++i)
        same = same_layer(&a->layer[i], &b->layer[i]);
    return same;
}

/* The square of the doublings from one size to the other. */
static double doublings(double a, double b)
{
    const double ratio = log2(a / b);
    return ratio * ratio;
}

double wisdom_distance(const struct sepcc_stage *a, const struct sepcc_stage *b)
{
    const struct sepcc_layer *one = &a->layer[a->layer_count - 1], *other = &b->layer[b->layer_count - 1];
    double sum = doublings(a->batch, b->batch) + doublings(a->layer[0].in_c, b->layer[0].in_c);
    if (a->op == SEPCC_OP_POINTWISE)
        sum += doublings((double)one->out_h * one->out_w, (double)other->out_h * other->out_w);
    else
        sum += doublings(one->out_h, other->out_h) + doublings(one->out_w, other->out_w);
    for (uint32_t i = 0; i < a->layer_count; ++i)
        if (a->layer[i].op != SEPCC_OP_DEPTHWISE)
            sum += doublings(a->layer[i].out_c, b->layer[i].out_c);
    return sqrt(sum);
}

/* ---- candidates ------------------------------------------------------------------------------------ */

/* An entry and how good a choice it is: the less, the better. */
struct candidate {
    struct wisdom_entry *entry;
    double distance;
    unsigned rank; /* of equally distant ones, by threads and cache */
};

static unsigned rank_of(const struct wisdom *wisdom, const struct tune_trial *trial)
{
    static const char *const caches[] = {"chain", "warm", "cold"};
    enum { CACHES = sizeof caches / sizeof caches[0], THREADS_MOST = 65536 };
    unsigned cache = 0;
    while (cache < CACHES && strcmp(trial->cache, caches[cache]) != 0)
        ++cache;
    const unsigned threads = trial->threads == wisdom->user.threads ? 0 : trial->threads;
    return threads * (CACHES + 1) + cache;
}

static int compare_candidates(const void *a, const void *b)
{
    const struct candidate *one = a, *other = b;
    if (one->distance < other->distance || one->distance > other->distance)
        return one->distance < other->distance ? -1 : 1;
    if (one->rank != other->rank)
        return one->rank < other->rank ? -1 : 1;
    return one->entry < other->entry ? -1 : one->entry > other->entry;
}

/* Those that may say something of the stage, the best first; *candidates is malloc'ed. */
static enum exit_status find_candidates(struct wisdom *wisdom, const struct spec *spec, const struct isa *isa,
                                        struct candidate **candidates, size_t *count)
{
    *count = 0;
    *candidates = calloc(wisdom->count + 1, sizeof **candidates);
    if (*candidates == NULL)
        return diag_memory();
    for (size_t i = 0; i < wisdom->count; ++i) {
        struct wisdom_entry *entry = &wisdom->entries[i];
        if (entry->isa != isa || !wisdom_counts(wisdom, entry) ||
            !wisdom_same_kind(&entry->spec.stage, &spec->stage))
            continue;
        /* what differs in borders or bias only is as near as can be, but not the same */
        const double least = spec_equal(&entry->spec, spec) ? 0.0 : 1e-6;
        const double distance = wisdom_distance(&entry->spec.stage, &spec->stage);
        if (distance <= WISDOM_FAR)
            (*candidates)[(*count)++] = (struct candidate){entry, distance > least ? distance : least,
                                                           rank_of(wisdom, &entry->trial)};
    }
    qsort(*candidates, *count, sizeof **candidates, compare_candidates);
    return STATUS_DONE;
}

/* ---- plans ----------------------------------------------------------------------------------------- */

/* Cycles of the plan that a request makes, by the cost model; 0 when it makes none. */
static double cycles_of(const struct spec *spec, const struct isa *isa, const struct plan_request *request)
{
    struct plan plan;
    diag_mute();
    const bool made = plan_make(spec, isa, request, NOWHERE, &plan) == STATUS_DONE;
    diag_unmute();
    const double cycles = made ? predict_cycles(spec, &plan) : 0.0;
    if (made)
        plan_free(&plan);
    return cycles;
}

static bool read_plan(const struct tune_trial *trial, struct plan_request *request)
{
    diag_mute();
    const bool good = plan_request_parse(trial->plan, NOWHERE, request) == STATUS_DONE;
    diag_unmute();
    return good;
}

/* What a plan costs beside the heuristic's on a shape; 0 when it is not possible there. */
static double relative_cost(const struct spec *spec, const struct isa *isa,
                            const struct plan_request *request)
{
    struct plan_request nothing;
    plan_request_clear(&nothing);
    const double own = cycles_of(spec, isa, &nothing);
    return own > 0.0 ? cycles_of(spec, isa, request) / own : 0.0;
}

/* Without the sizes that belong to the shape: the heuristic chooses those. */
static struct plan_request without_blocks(const struct plan_request *request)
{
    struct plan_request tile = *request;
    tile.block = tile.channels = tile.depth = tile.unit = 0;
    return tile;
}

/* Whether the neighbour's plan can be had on this shape; *moved makes it. */
static bool move_plan(const struct wisdom_entry *entry, const struct spec *spec, const struct isa *isa,
                      struct plan_request *moved)
{
    struct plan_request whole;
    if (!read_plan(&entry->trial, &whole))
        return false;
    const double allowed = relative_cost(&entry->spec, isa, &whole) * MOVE_SLACK;
    const struct plan_request tile = without_blocks(&whole);
    const struct plan_request *const tries[] = {&whole, &tile};
    for (size_t i = 0; i < 2; ++i) {
        const double cost = relative_cost(spec, isa, tries[i]);
        if (cost > 0.0 && cost <= allowed) {
            *moved = *tries[i];
            return true;
        }
    }
    return false;
}

/* ---- choosing -------------------------------------------------------------------------------------- */

/* A choice in the making. */
struct choice {
    struct plan_request request;
    enum plan_source source;
    struct wisdom_entry *entry; /* that it rests on; NULL: none */
    double distance;
};

/* Takes the candidate; false when it helps nothing. */
static bool take(const struct candidate *candidate, const struct spec *spec, const struct isa *isa,
                 struct choice *choice)
{
    struct wisdom_entry *entry = candidate->entry;
    if (candidate->distance <= 0.0) {
        if (!read_plan(&entry->trial, &choice->request) || cycles_of(spec, isa, &choice->request) <= 0.0)
            return false;
        choice->source = PLAN_TUNED;
    } else if (entry->trial.untuned) /* the neighbour says that nothing beats the heuristic */
        plan_request_clear(&choice->request);
    else if (move_plan(entry, spec, isa, &choice->request))
        choice->source = PLAN_NEIGHBOUR;
    else
        return false;
    choice->entry = entry;
    choice->distance = candidate->distance;
    return true;
}

static enum exit_status choose(struct wisdom *wisdom, const struct spec *spec, const struct isa *isa,
                               struct choice *choice)
{
    struct candidate *candidates;
    size_t count;
    enum exit_status status = find_candidates(wisdom, spec, isa, &candidates, &count);
    for (size_t i = 0; status == STATUS_DONE && i < count && choice->entry == NULL; ++i)
        if (!take(&candidates[i], spec, isa, choice))
            plan_request_clear(&choice->request);
    free(candidates);
    return status;
}

/* Said once for each ISA. */
static void warn_of_cpus(struct wisdom *wisdom, const struct isa *isa)
{
    struct wisdom_machine *machine = &wisdom->machines[isa->id];
    if (machine->cpu != NULL || machine->cpu_count < 2 || machine->warned)
        return;
    machine->warned = true;
    diag_warning((struct position){.file = wisdom->path},
                 "it has plans of %zu CPUs for %s, none of them this one: expected --cpu to choose",
                 machine->cpu_count, isa->name);
}

/* ---- words ----------------------------------------------------------------------------------------- */

static void say_trial(const struct wisdom *wisdom, const struct tune_trial *trial, struct text *why)
{
    const bool here = wisdom->user.here != NULL && strcmp(trial->key.cpu, wisdom->user.here) == 0;
    if (trial->untuned)
        text_puts(why, "nothing was found to be faster than the untuned plan");
    else
        text_printf(why, "%.3f of the untuned plan's time (%.3f to %.3f)", trial->ratio, trial->ratio_low,
                    trial->ratio_high);
    text_printf(why, ", %s, %u thread%s, %s%s, by %s", trial->cache, trial->threads,
                trial->threads == 1 ? "" : "s", here ? "this CPU" : trial->key.cpu,
                trial->emulated ? " under an emulator" : "", trial->key.compiler);
}

/* Whether there are entries of the stage that do not count. */
static bool has_other(const struct wisdom *wisdom, const struct spec *spec, const struct isa *isa, bool stale)
{
    bool found = false;
    for (size_t i = 0; i < wisdom->count && !found; ++i) {
        const struct wisdom_entry *entry = &wisdom->entries[i];
        found = entry->isa == isa && entry->stale == stale && !wisdom_counts(wisdom, entry) &&
                spec_equal(&entry->spec, spec);
    }
    return found;
}

static void say_why(const struct wisdom *wisdom, const struct spec *spec, const struct isa *isa,
                    const struct choice *choice, struct text *why)
{
    if (choice->source == PLAN_TUNED)
        text_puts(why, "tuned: ");
    else if (choice->entry != NULL)
        text_printf(why, "%s the nearest tuned neighbour, %s (%.2f doublings away): there ",
                    choice->source == PLAN_NEIGHBOUR ? "that of" : "the heuristic, as for",
                    choice->entry->trial.key.spec, choice->distance);
    if (choice->entry != NULL) {
        say_trial(wisdom, &choice->entry->trial, why);
        return;
    }
    text_printf(why, "the heuristic: %s knows %s", wisdom->path,
                has_other(wisdom, spec, isa, true)    ? "this stage only with other templates"
                : has_other(wisdom, spec, isa, false) ? "this stage only of another CPU or compiler"
                                                      : "neither this stage nor a neighbour that helps");
}

/* ---- the interface --------------------------------------------------------------------------------- */

enum exit_status wisdom_choose(struct wisdom *wisdom, const struct spec *spec, const struct isa *isa,
                               const struct plan_request *request, struct plan_request *chosen,
                               enum plan_source *source, struct text *why)
{
    struct choice choice = {.request = *request, .source = PLAN_HEURISTIC};
    const bool asked = !plan_request_is_clear(request);
    enum exit_status status = STATUS_DONE;
    if (asked)
        choice.source = PLAN_ASKED;
    else if (wisdom != NULL) {
        warn_of_cpus(wisdom, isa);
        status = choose(wisdom, spec, isa, &choice);
    }
    if (choice.entry != NULL)
        choice.entry->used = true;
    *chosen = choice.request;
    *source = choice.source;
    if (why != NULL && asked)
        text_puts(why, "as asked for");
    else if (why != NULL && wisdom == NULL)
        text_puts(why, "the heuristic");
    else if (why != NULL)
        say_why(wisdom, spec, isa, &choice, why);
    return status == STATUS_DONE && why != NULL && why->failed ? diag_memory() : status;
}

bool wisdom_is_used(const struct wisdom *wisdom)
{
    bool used = false;
    for (size_t i = 0; i < wisdom->count; ++i)
        used |= wisdom->entries[i].used;
    return used;
}

void wisdom_print_used(const struct wisdom *wisdom, struct text *text)
{
    wisdom_print_head(text);
    for (size_t i = 0; i < wisdom->count; ++i)
        if (wisdom->entries[i].used)
            wisdom_print(&wisdom->entries[i].trial, text);
}
