/*
 * report_data.c: gathers the trials of a tuning database into groups of stages.
 */
#include "tune/report.h"

#include "base/grow.h"
#include "plan/bound.h"
#include "spec/spec.h"

#include <stdlib.h>
#include <string.h>

/* ---- finding the places ------------------------------------------------------------------------------ */

static const char *keep(struct report *report, const char *text)
{
    return arena_string(&report->arena, text, strlen(text));
}

static bool same_group(const struct report_group *group, const struct tune_trial *trial)
{
    return strcmp(group->isa, trial->key.isa) == 0 && strcmp(group->cpu, trial->key.cpu) == 0 &&
           strcmp(group->compiler, trial->key.compiler) == 0 && strcmp(group->cache, trial->cache) == 0 &&
           group->threads == trial->threads && group->emulated == trial->emulated;
}

static struct report_group *find_group(const struct report *report, const struct tune_trial *trial)
{
    for (size_t i = 0; i < report->group_count; ++i)
        if (same_group(&report->groups[i], trial))
            return &report->groups[i];
    return NULL;
}

static struct report_group *get_group(struct report *report, const struct tune_trial *trial)
{
    struct report_group *group = find_group(report, trial);
    if (group != NULL)
        return group;
    struct report_group *groups =
        grow(report->groups, report->group_count, &report->group_capacity, sizeof *groups);
    if (groups == NULL)
        return NULL;
    report->groups = groups;
    group = &groups[report->group_count];
    *group = (struct report_group){.isa = keep(report, trial->key.isa),
                                   .cpu = keep(report, trial->key.cpu),
                                   .compiler = keep(report, trial->key.compiler),
                                   .cache = keep(report, trial->cache),
                                   .threads = trial->threads,
                                   .emulated = trial->emulated};
    if (group->isa == NULL || group->cpu == NULL || group->compiler == NULL || group->cache == NULL)
        return NULL;
    ++report->group_count;
    return group;
}

static struct report_stage *find_stage(const struct report_group *group, const char *spec)
{
    for (size_t i = 0; i < group->stage_count; ++i)
        if (strcmp(group->stages[i].spec, spec) == 0)
            return &group->stages[i];
    return NULL;
}

static struct report_stage *get_stage(struct report *report, struct report_group *group,
                                      const struct tune_trial *trial)
{
    struct report_stage *stage = find_stage(group, trial->key.spec);
    if (stage != NULL)
        return stage;
    struct report_stage *stages =
        grow(group->stages, group->stage_count, &group->stage_capacity, sizeof *stages);
    if (stages == NULL)
        return NULL;
    group->stages = stages;
    stage = &stages[group->stage_count];
    *stage = (struct report_stage){.name = keep(report, trial->stage),
                                   .spec = keep(report, trial->key.spec),
                                   .templates = "",
                                   .untuned_plan = "",
                                   .tuned_plan = ""};
    if (stage->name == NULL || stage->spec == NULL)
        return NULL;
    ++group->stage_count;
    return stage;
}

/* ---- taking a trial in --------------------------------------------------------------------------------- */

static bool add_point(struct report_stage *stage, const struct tune_trial *trial)
{
    if (!(trial->median_s > 0) || !(trial->predicted_s > 0))
        return true;
    struct report_point *points =
        grow(stage->points, stage->point_count, &stage->point_capacity, sizeof *points);
    if (points == NULL)
        return false;
    stage->points = points;
    points[stage->point_count++] = (struct report_point){trial->predicted_s, trial->median_s};
    return true;
}

/* The untuned plan is measured in each race; the newest is taken. */
static bool take_untuned(struct report *report, struct report_stage *stage, const struct tune_trial *trial)
{
    if (!trial->untuned || !(trial->median_s > 0) || trial->finished < stage->untuned_finished)
        return true;
    stage->untuned_finished = trial->finished;
    stage->untuned_s = trial->median_s;
    stage->bound_s = trial->bound_s;
    stage->untuned_plan = keep(report, trial->plan);
    return stage->untuned_plan != NULL;
}

static bool take(struct report *report, struct report_group *group, struct report_stage *stage,
                 const struct tune_trial *trial)
{
    const double peak = trial->peak_gflops * (trial->threads > 0 ? trial->threads : 1);
    ++stage->outcomes[trial->outcome];
    if (trial->flop > 0)
        stage->flop = trial->flop;
    if (peak > group->peak_gflops)
        group->peak_gflops = peak;
    return add_point(stage, trial) && take_untuned(report, stage, trial);
}

/* Newest templates of each stage, found before anything else is taken in. */
static enum exit_status note_newest(void *context, const struct tune_trial *trial)
{
    struct report *report = context;
    struct report_group *group = get_group(report, trial);
    struct report_stage *stage = group != NULL ? get_stage(report, group, trial) : NULL;
    if (stage == NULL)
        return diag_memory();
    if (stage->name[0] == '\0') /* from wisdom, which has no names */
        stage->name = keep(report, trial->stage);
    if (stage->name == NULL)
        return diag_memory();
    if (stage->templates[0] == '\0' || trial->finished > stage->finished) {
        stage->templates = keep(report, trial->key.templates);
        stage->finished = trial->finished;
    }
    return stage->templates != NULL ? STATUS_DONE : diag_memory();
}

static bool is_current(const struct report_stage *stage, const struct tune_trial *trial)
{
    return stage != NULL && strcmp(stage->templates, trial->key.templates) == 0;
}

static enum exit_status take_trial(void *context, const struct tune_trial *trial)
{
    struct report *report = context;
    struct report_group *group = find_group(report, trial);
    struct report_stage *stage = group != NULL ? find_stage(group, trial->key.spec) : NULL;
    if (is_current(stage, trial) && !take(report, group, stage, trial))
        return diag_memory();
    return STATUS_DONE;
}

static enum exit_status take_best(void *context, const struct tune_trial *trial)
{
    struct report *report = context;
    struct report_group *group = find_group(report, trial);
    struct report_stage *stage = group != NULL ? find_stage(group, trial->key.spec) : NULL;
    if (!is_current(stage, trial))
        return STATUS_DONE;
    stage->has_best = true;
    stage->ratio = trial->ratio;
    stage->tuned_plan = keep(report, trial->plan);
    stage->code_bytes = trial->code_bytes;
    stage->spills = trial->spills;
    return stage->tuned_plan != NULL ? STATUS_DONE : diag_memory();
}

/* ---- what follows from all of them -----------------------------------------------------------------------
 */

/* Bytes that one run must read and write at least, by the stage's shape; 0 when this version has no such. */
static double stage_bytes(const char *spec_text, const char *isa_name)
{
    struct spec spec;
    struct plan plan;
    struct plan_request nothing;
    const struct position at = {"the database", 0, 0};
    const struct isa *isa = isa_find(isa_name, strlen(isa_name));
    plan_request_clear(&nothing);
    if (isa == NULL || spec_parse(spec_text, at, &spec) != STATUS_DONE ||
        plan_make(&spec, isa, &nothing, at, &plan) != STATUS_DONE)
        return 0;
    const struct bound_counts counts = bound_count(&spec, &plan);
    plan_free(&plan);
    return counts.read_bytes + counts.write_bytes;
}

static void finish_stage(struct report_stage *stage, const char *isa)
{
    const double bytes = stage_bytes(stage->spec, isa);
    stage->intensity = bytes > 0 ? stage->flop / bytes : 0;
    if (!stage->has_best) {
        stage->ratio = 1;
        stage->tuned_plan = stage->untuned_plan;
    }
    stage->tuned_s = stage->untuned_s * stage->ratio;
}

static enum exit_status visit_all(struct tune_db *db, struct report *report)
{
    const struct tune_filter all = {0}, best = {.best = true, .allow_emulated = true};
    enum exit_status status = tune_db_visit(db, &all, note_newest, report);
    if (status == STATUS_DONE)
        status = tune_db_visit(db, &all, take_trial, report);
    if (status == STATUS_DONE)
        status = tune_db_visit(db, &best, take_best, report);
    return status;
}

enum exit_status report_gather(const char *db_path, struct report *report)
{
    struct tune_db *db;
    *report = (struct report){0};
    enum exit_status status = tune_db_open(db_path, TUNE_DB_READ, &db);
    if (status == STATUS_DONE)
        status = visit_all(db, report);
    tune_db_close(db);
    for (size_t g = 0; status == STATUS_DONE && g < report->group_count; ++g)
        for (size_t s = 0; s < report->groups[g].stage_count; ++s)
            finish_stage(&report->groups[g].stages[s], report->groups[g].isa);
    return status;
}

void report_free(struct report *report)
{
    for (size_t g = 0; g < report->group_count; ++g) {
        for (size_t s = 0; s < report->groups[g].stage_count; ++s)
            free(report->groups[g].stages[s].points);
        free(report->groups[g].stages);
    }
    free(report->groups);
    free(report->peers);
    text_free(&report->peers_about);
    arena_free(&report->arena);
    *report = (struct report){0};
}
