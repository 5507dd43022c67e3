/*
 * report_page.c: the report as one HTML page: templates/report/page.html with a section for each group.
 */
#include "tune/report.h"

#include "base/files.h"
#include "sepcc_version.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PLACE "<!--sepcc-->"

/* The first bytes of a text as they stand between tags and within quotes. */
static void put_part(struct text *page, const char *text, size_t length)
{
    for (const char *end = text + length; text < end; ++text)
        switch (*text) {
        case '<':
            text_puts(page, "&lt;");
            break;
        case '>':
            text_puts(page, "&gt;");
            break;
        case '&':
            text_puts(page, "&amp;");
            break;
        case '"':
            text_puts(page, "&quot;");
            break;
        default:
            text_append(page, text, 1);
        }
}

static void put_escaped(struct text *page, const char *text)
{
    put_part(page, text, strlen(text));
}

/* ---- the table ----------------------------------------------------------------------------------------- */

/* A cell with a number, which sorts by its value; 0 is printed as unknown. */
static void put_number(struct text *page, double value, const char *format, double scale)
{
    char shown[32] = "-";
    if (value > 0)
        snprintf(shown, sizeof shown, format, scale * value);
    text_printf(page, "<td data-value=\"%.9g\">%s</td>", value, shown);
}

/* The same for a time. */
static void put_ms(struct text *page, double seconds)
{
    put_number(page, seconds, text_ms_digits(1e3 * seconds) == 6 ? "%.6f" : "%.4f", 1e3);
}

/* Keys and values in small type; a line may end behind each comma. */
static void put_keys(struct text *page, const char *keys)
{
    text_puts(page, "<td class=\"plan\">");
    for (const char *comma; (comma = strchr(keys, ',')) != NULL; keys = comma + 1) {
        put_part(page, keys, (size_t)(comma - keys));
        text_puts(page, ",<wbr>");
    }
    put_escaped(page, keys);
    text_puts(page, "</td>");
}

static void put_words(struct text *page, const char *words)
{
    text_puts(page, "<td class=\"text\">");
    put_escaped(page, words);
    text_puts(page, "</td>");
}

/* The fastest of the peers' times; 0: none has one. */
static double best_peer(const struct report *report, const struct report_group *group,
                        const struct report_stage *stage)
{
    double best = 0;
    for (size_t i = 0; i < report->peer_count; ++i) {
        const char *peer = report->peers[i].peer;
        const double seconds = report_peer_seconds(report, group, stage, peer);
        if (strcmp(peer, "sepcc") != 0 && seconds > 0 && (best <= 0 || seconds < best))
            best = seconds;
    }
    return best;
}

static bool has_peers(const struct report *report, const struct report_group *group)
{
    bool has = false;
    for (size_t s = 0; s < group->stage_count; ++s)
        has |= best_peer(report, group, &group->stages[s]) > 0;
    return has;
}

static size_t trial_count(const struct report_stage *stage)
{
    size_t count = 0;
    for (size_t i = 0; i < TUNE_OUTCOME_COUNT; ++i)
        count += stage->outcomes[i];
    return count;
}

/* How the trials ended, in words: "12 measured, 3 lost". */
static void put_outcomes(struct text *page, const struct report_stage *stage)
{
    const char *between = "";
    text_printf(page, "<td data-value=\"%zu\" title=\"", trial_count(stage));
    for (size_t i = 0; i < TUNE_OUTCOME_COUNT; ++i)
        if (stage->outcomes[i] > 0) {
            text_printf(page, "%s%zu %s", between, stage->outcomes[i],
                        tune_outcome_word((enum tune_outcome)i));
            between = ", ";
        }
    text_printf(page, "\">%zu</td>", trial_count(stage));
}

/* What the columns are called, and whether they hold text; the cells of put_row follow in this order. */
static const struct column {
    const char *title, *kind;
} columns[] = {
    {"#", ""},       {"stage", "text"}, {"untuned ms", ""},   {"tuned ms", ""},   {"gain", ""},
    {"GFLOP/s", ""}, {"of bound", ""},  {"best peer ms", ""}, {"code bytes", ""}, {"spills", ""},
    {"trials", ""},  {"plan", "text"},  {"spec", "text"},
};

static void put_row(struct text *page, const struct report *report, const struct report_group *group,
                    size_t s)
{
    const struct report_stage *stage = &group->stages[s];
    const bool timed = stage->tuned_s > 0;
    text_printf(page, "<tr><td>%zu</td>", s + 1);
    put_words(page, stage->name);
    put_ms(page, stage->untuned_s);
    put_ms(page, stage->tuned_s);
    put_number(page, timed ? 1 / stage->ratio : 0, "%.3f", 1);
    put_number(page, timed ? 1e-9 * stage->flop / stage->tuned_s : 0, "%.1f", 1);
    put_number(page, timed ? stage->bound_s / stage->tuned_s : 0, "%.0f %%", 100);
    put_ms(page, best_peer(report, group, stage));
    put_number(page, (double)stage->code_bytes, "%.0f", 1);
    text_printf(page, "<td>%u</td>", stage->spills);
    put_outcomes(page, stage);
    put_keys(page, stage->tuned_plan);
    put_keys(page, stage->spec);
    text_puts(page, "</tr>\n");
}

static void put_table(struct text *page, const struct report *report, const struct report_group *group)
{
    text_puts(
        page,
        "<h3>Stages</h3>\n<p>A click on a column's name sorts by it. Gain: untuned time / tuned time. Of "
        "bound: the least time that the work can take / tuned time.</p>\n"
        "<div class=\"wide\"><table class=\"sortable\"><thead><tr>");
    for (size_t c = 0; c < sizeof columns / sizeof columns[0]; ++c)
        text_printf(page, "<th class=\"%s\"><button>%s</button></th>", columns[c].kind, columns[c].title);
    text_puts(page, "</tr></thead><tbody>\n");
    for (size_t s = 0; s < group->stage_count; ++s)
        put_row(page, report, group, s);
    text_puts(page, "</tbody></table></div>\n");
}

/* ---- a group --------------------------------------------------------------------------------------------
 */

static void put_fact(struct text *page, const char *what, const char *value)
{
    text_printf(page, "<dt>%s</dt><dd>", what);
    put_escaped(page, value);
    text_puts(page, "</dd>\n");
}

static void put_head(struct text *page, const struct report_group *group)
{
    double untuned = 0, tuned = 0;
    for (size_t s = 0; s < group->stage_count; ++s) {
        untuned += group->stages[s].untuned_s;
        tuned += group->stages[s].tuned_s;
    }
    text_printf(page, "<section><h2>%s, %u thread%s, %s caches%s</h2>\n<dl>", group->isa, group->threads,
                group->threads == 1 ? "" : "s", group->cache, group->emulated ? ", emulated times" : "");
    put_fact(page, "CPU", group->cpu);
    put_fact(page, "compiler", group->compiler);
    text_printf(page, "<dt>peak</dt><dd>%.1f GFLOP/s</dd></dl>\n", group->peak_gflops);
    if (tuned > 0)
        text_printf(page,
                    "<p class=\"sum\"><b>%.3f</b> times as fast by tuning: %zu stages together take %.3f ms "
                    "instead of "
                    "%.3f ms.</p>\n",
                    untuned / tuned, group->stage_count, 1e3 * tuned, 1e3 * untuned);
}

static enum exit_status put_scatters(struct text *page, const struct report_group *group, size_t g)
{
    enum exit_status status = STATUS_DONE;
    text_puts(page,
              "<h3>Predicted and measured</h3>\n<p>Each point is a plan that was timed; on the line the cost "
              "model is right.</p>\n<div class=\"small\">\n");
    for (size_t s = 0; status == STATUS_DONE && s < group->stage_count; ++s) {
        char name[64];
        snprintf(name, sizeof name, "scatter-%zu-%zu", g, s);
        if (group->stages[s].point_count > 0)
            status = report_plot_scatter(&group->stages[s], name, page);
    }
    text_puts(page, "</div>\n");
    return status;
}

/* Whether any stage was timed: what came from wisdom was not, and there is nothing to draw. */
static bool has_times(const struct report_group *group)
{
    bool has = false;
    for (size_t s = 0; s < group->stage_count; ++s)
        has |= group->stages[s].tuned_s > 0 && group->stages[s].intensity > 0;
    return has;
}

static enum exit_status put_roofline(struct text *page, const struct report_group *group, size_t g)
{
    char name[64];
    text_puts(page, "<h3>Roofline</h3>\n<p>Numbers are those of the table's first column.</p>\n"
                    "<figure class=\"wide\">");
    snprintf(name, sizeof name, "roofline-%zu", g);
    const enum exit_status status = report_plot_roofline(group, name, page);
    text_puts(page, "</figure>\n");
    return status;
}

/* Times of other libraries, where a run has any of the group's stages. */
static enum exit_status put_peers(struct text *page, const struct report *report, size_t g)
{
    const struct report_group *group = &report->groups[g];
    char name[64];
    text_puts(page, "<h3>Beside other libraries</h3>\n");
    if (!has_peers(report, group)) {
        text_printf(page, "<p>No run of bench-peers has these stages on %s with %u thread%s.</p>\n",
                    group->isa, group->threads, group->threads == 1 ? "" : "s");
        return STATUS_DONE;
    }
    text_puts(page, "<p>Times of the last run of bench-peers on the same stages; the axis is "
                    "logarithmic.</p>\n<figure class=\"wide\">");
    snprintf(name, sizeof name, "peers-%zu", g);
    const enum exit_status status = report_plot_peers(report, group, name, page);
    text_puts(page, "</figure>\n");
    return status;
}

static enum exit_status put_group(struct text *page, const struct report *report, size_t g)
{
    const struct report_group *group = &report->groups[g];
    enum exit_status status = STATUS_DONE;
    put_head(page, group);
    put_table(page, report, group);
    if (has_times(group))
        status = put_roofline(page, group, g);
    else
        text_puts(page, "<p>None of these stages was timed: their plans are from wisdom.</p>\n");
    if (status == STATUS_DONE && report->peer_count > 0 && has_times(group))
        status = put_peers(page, report, g);
    if (status == STATUS_DONE && has_times(group))
        status = put_scatters(page, group, g);
    text_puts(page, "</section>\n");
    return status;
}

static enum exit_status put_content(struct text *page, const struct report *report)
{
    enum exit_status status = STATUS_DONE;
    bool beside = false;
    text_puts(page, "<dl>");
    put_fact(page, "sepcc", SEPCC_VERSION);
    text_puts(page, "</dl>\n");
    for (size_t g = 0; status == STATUS_DONE && g < report->group_count; ++g) {
        status = put_group(page, report, g);
        beside |= has_peers(report, &report->groups[g]);
    }
    if (beside && report->peers_about.length > 0) {
        text_puts(page, "<section><h2>The runs of other libraries</h2>\n<pre>");
        put_escaped(page, report->peers_about.data);
        text_puts(page, "</pre></section>\n");
    }
    return status;
}

enum exit_status report_page(const struct report *report, struct text *page)
{
    const char *folder = data_folder();
    struct text frame = {0};
    char *path = folder != NULL ? path_join(folder, "templates/report/page.html") : NULL;
    enum exit_status status = path != NULL ? file_read(path, &frame) : STATUS_ENVIRONMENT;
    const char *place = status == STATUS_DONE && frame.data != NULL ? strstr(frame.data, PLACE) : NULL;
    if (status == STATUS_DONE && place == NULL)
        status = diag_error(DIAG_TEMPLATE, (struct position){path, 0, 0},
                            "no place for the report, expected %s", PLACE);
    if (status == STATUS_DONE) {
        text_append(page, frame.data, (size_t)(place - frame.data));
        status = put_content(page, report);
        text_puts(page, place + strlen(PLACE));
    }
    if (status == STATUS_DONE && page->failed)
        status = diag_memory();
    text_free(&frame);
    free(path);
    return status;
}
