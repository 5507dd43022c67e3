/*
 * sweep_report.c: how far a sweep is, on a terminal, and what it has found, at its end.
 */
#include "tune/sweep.h"

#include "base/process.h"

#include <stdio.h>
#include <string.h>

/* "4m10s" or "35s". */
static void print_time(double seconds, char text[24])
{
    const unsigned whole = seconds > 0 ? (unsigned)(seconds + 0.5) : 0;
    if (whole >= 60)
        (void)snprintf(text, 24, "%um%02us", whole / 60, whole % 60);
    else
        (void)snprintf(text, 24, "%us", whole);
}

/* What is left of the budget, or what the stages so far make one expect of the others. */
static double time_left(const struct sweep *sweep)
{
    const double now = sweep_now();
    if (sweep->deadline > 0)
        return sweep->deadline - now;
    return sweep->at == 0 ? 0 : (now - sweep->start) / (double)sweep->at * (double)(sweep->count - sweep->at);
}

void sweep_progress(const struct sweep *sweep, const char *doing)
{
    const struct sweep_stage *stage = &sweep->stages[sweep->at];
    const size_t best = search_best(&stage->space, stage->known);
    char line[192], left[24];
    print_time(time_left(sweep), left);
    (void)snprintf(line, sizeof line, "%s: %s, %zu of %zu trials, best %.3f of untuned%s%s",
                   stage->spec->name, doing, search_tried(&stage->space, stage->known), stage->most,
                   stage->known[best] > 0 ? stage->known[best] : 1.0,
                   sweep->at > 0 || sweep->deadline > 0 ? ", left: " : "",
                   sweep->at > 0 || sweep->deadline > 0 ? left : "");
    progress("stage", sweep->at + 1, sweep->count, line);
}

/* ---- the table at the end --------------------------------------------------------------------------- */

static int name_width(const struct sweep *sweep)
{
    size_t width = strlen("stage");
    for (size_t s = 0; s < sweep->count; ++s)
        if (strlen(sweep->stages[s].spec->name) > width)
            width = strlen(sweep->stages[s].spec->name);
    return (int)width;
}

/* Times in two columns, and what the second gains. */
static void print_times(double untuned_ms, double tuned_ms)
{
    printf("%10.*f  %9.*f  %5.1f %%", text_ms_digits(untuned_ms), untuned_ms, text_ms_digits(tuned_ms),
           tuned_ms, (1 - tuned_ms / untuned_ms) * 100);
}

static void print_row(const struct sweep_stage *stage, int width)
{
    const size_t tried = search_tried(&stage->space, stage->known);
    const double ratio = stage->confirmed != 0 ? stage->ratio : 1;
    printf("%-*s  %-6s  %2u x  %5zu of %-5zu  ", width, stage->spec->name, stage->isa->name, stage->times,
           tried, stage->space.count);
    if (stage->untuned_s <= 0) {
        puts("not timed");
        return;
    }
    print_times(stage->untuned_s * 1e3, stage->untuned_s * ratio * 1e3);
    printf("  %s%s\n", stage->confirmed != 0 ? stage->space.plans[stage->confirmed].text : "untuned",
           stage->over || tried >= stage->most ? "" : "  (not over)");
}

void sweep_print(const struct sweep *sweep)
{
    const int width = name_width(sweep);
    double untuned = 0, tuned = 0;
    bool all = true;
    progress("", 0, 0, "");
    printf("%-*s  %-6s  %4s  %-14s  %10s  %9s  %7s  %s\n", width, "stage", "isa", "used", "plans tried",
           "untuned ms", "tuned ms", "gain", "plan");
    for (size_t s = 0; s < sweep->count; ++s) {
        const struct sweep_stage *stage = &sweep->stages[s];
        print_row(stage, width);
        untuned += stage->untuned_s * stage->times;
        tuned += stage->untuned_s * stage->times * (stage->confirmed != 0 ? stage->ratio : 1);
        all = all && stage->untuned_s > 0 && stage->over;
    }
    if (untuned > 0) {
        printf("%-*s  %-6s  %4s  %-14s  ", width, "total", "", "", "");
        print_times(untuned * 1e3, tuned * 1e3);
        puts("");
    }
    printf("%zu trials, %zu of them no good; %zu were in the database%s\n", sweep->trials, sweep->failed,
           sweep->kept, all ? "" : "; not over: the same command goes on");
}
