/*
 * report_plot.c: the report's plots, drawn by gnuplot as SVG that becomes part of the page.
 */
#include "tune/report.h"

#include "base/process.h"

#include <math.h>
#include <string.h>

enum { PLOT_SECONDS = 60 };

/* ---- gnuplot ------------------------------------------------------------------------------------------- */

static enum exit_status run_gnuplot(const struct text *script, struct text *svg)
{
    static const char *const argv[] = {"gnuplot", NULL};
    if (script->failed)
        return diag_memory();
    if (!program_exists(argv[0]))
        return diag_error(DIAG_TOOL, NOWHERE,
                          "gnuplot is not installed, expected Debian's package gnuplot-nox");
    struct process process = {
        .argv = argv, .input = script->data, .input_length = script->length, .timeout_s = PLOT_SECONDS};
    enum exit_status status = process_run(&process);
    const char *start = process.output.data != NULL ? strstr(process.output.data, "<svg") : NULL;
    if (status == STATUS_DONE && (process.exit_code != 0 || start == NULL))
        status = diag_error(DIAG_TOOL, NOWHERE, "gnuplot failed: %.*s",
                            process.error.data != NULL ? (int)strcspn(process.error.data, "\n") : 0,
                            process.error.data != NULL ? process.error.data : "");
    if (status == STATUS_DONE)
        text_puts(svg, start);
    process_free(&process);
    return status;
}

/* What is said otherwise within a page: several plots stand in it, and it has a dark and a light form. */
static const struct rewording {
    const char *from, *to; /* a `%` in `to` becomes the plot's name */
} rewordings[] = {
    {"'#gp", "'#%-gp"},
    {"id='", "id='%-"},
    {"id=\"", "id=\"%-"},
    {"'black'", "'currentColor'"},
    {"stroke=\"black\"", "stroke=\"currentColor\""},
    {"fill=\"black\"", "fill=\"currentColor\""},
    {"color=\"black\"", ""},
    {"stroke=\"gray\"", "stroke=\"currentColor\" stroke-opacity=\"0.25\""},
    {"'gray'", "'currentColor' stroke-opacity='0.25'"},
    {"<title>Gnuplot</title>", ""},
};

enum { REWORDING_COUNT = sizeof rewordings / sizeof rewordings[0] };

static const struct rewording *rewording_at(const char *at)
{
    for (size_t i = 0; i < REWORDING_COUNT; ++i)
        if (strncmp(at, rewordings[i].from, strlen(rewordings[i].from)) == 0)
            return &rewordings[i];
    return NULL;
}

static void put_named(struct text *text, const char *form, const char *name)
{
    for (; *form != '\0'; ++form)
        if (*form == '%')
            text_puts(text, name);
        else
            text_append(text, form, 1);
}

static void adapt(const char *svg, const char *name, struct text *page)
{
    while (*svg != '\0') {
        const struct rewording *rewording = rewording_at(svg);
        if (rewording != NULL) {
            put_named(page, rewording->to, name);
            svg += strlen(rewording->from);
        } else {
            text_append(page, svg++, 1);
        }
    }
}

/* Draws a script, which is freed. */
static enum exit_status draw(struct text *script, const char *name, struct text *page)
{
    struct text svg = {0};
    enum exit_status status = run_gnuplot(script, &svg);
    if (status == STATUS_DONE && svg.failed)
        status = diag_memory();
    if (status == STATUS_DONE)
        adapt(svg.data, name, page);
    text_free(&svg);
    text_free(script);
    return status;
}

static void begin(struct text *script, unsigned width, unsigned height)
{
    text_printf(script,
                "set terminal svg noenhanced dynamic size %u,%u font 'sans-serif,13' background '#ff000000'\n"
                "set datafile missing '-'\n"
                "set grid lt 1 lc rgb 'gray'\n"
                "set border 3\n"
                "set tics nomirror\n",
                width, height);
}

/* The same colours for the same things in all plots; they can be told on dark and on light. */
#define COLOUR_BOUND   "#9467bd"
#define COLOUR_UNTUNED "#4c8fd0"
#define COLOUR_TUNED   "#e8731a"

/* ---- the plots ----------------------------------------------------------------------------------------- */

/* A text as gnuplot's literal. Names come from databases and files of others, and gnuplot runs commands. */
static void put_quoted(struct text *script, const char *text)
{
    text_puts(script, "'");
    for (; *text != '\0'; ++text)
        text_append(script, *text == '\'' ? "''" : text, *text == '\'' ? 2 : 1);
    text_puts(script, "'");
}

/* From where to where values lie; none yet: {0, 0}. */
struct range {
    double low, high;
};

static void widen(struct range *range, double value)
{
    if (range->high <= 0 || value < range->low)
        range->low = value;
    if (value > range->high)
        range->high = value;
}

/* The axis covers the decades of the range, so that lines over the whole axis are drawn to its ends. */
static void put_decades(struct text *script, const char *axis, struct range range)
{
    if (range.high > 0)
        text_printf(script, "set %srange [1e%.0f:1e%.0f]\n", axis, floor(log10(range.low)),
                    floor(log10(range.high)) + 1);
}

/* A value of a data line; what is not above 0 is unknown. */
static void put_value(struct text *script, double value)
{
    if (value > 0)
        text_printf(script, " %.6g", value);
    else
        text_puts(script, " -");
}

/* GFLOP/s of a run that takes that long. */
static void put_rate(struct text *script, double flop, double seconds)
{
    put_value(script, seconds > 0 ? 1e-9 * flop / seconds : 0);
}

enum exit_status report_plot_roofline(const struct report_group *group, const char *name, struct text *svg)
{
    struct text script = {0};
    struct range intensities = {0, 0};
    begin(&script, 960, 480);
    text_puts(&script, "set logscale xy\n"
                       "set xlabel 'FLOP for each byte of input, weights and output'\n"
                       "set ylabel 'GFLOP/s'\n"
                       "set key above\n"
                       "$stages << END\n");
    for (size_t s = 0; s < group->stage_count; ++s) {
        const struct report_stage *stage = &group->stages[s];
        if (!(stage->intensity > 0) || !(stage->untuned_s > 0))
            continue;
        widen(&intensities, stage->intensity);
        text_printf(&script, "%.6g %zu", stage->intensity, s + 1);
        put_rate(&script, stage->flop, stage->bound_s);
        put_rate(&script, stage->flop, stage->untuned_s);
        put_rate(&script, stage->flop, stage->tuned_s);
        text_puts(&script, "\n");
    }
    text_puts(&script, "END\n");
    put_decades(&script, "x", intensities);
    text_printf(&script,
                "plot %.6g with lines lw 2 lc rgb '#888888' title 'peak', "
                "$stages using 1:3 with points pt 2 ps 0.8 lc rgb '" COLOUR_BOUND "' title 'bound', "
                "'' using 1:4 with points pt 6 ps 0.8 lc rgb '" COLOUR_UNTUNED "' title 'untuned', "
                "'' using 1:5 with points pt 7 ps 0.7 lc rgb '" COLOUR_TUNED "' title 'tuned', "
                "'' using 1:5:2 with labels offset char 1,-0.5 font ',9' notitle\n",
                group->peak_gflops);
    return draw(&script, name, svg);
}

enum exit_status report_plot_scatter(const struct report_stage *stage, const char *name, struct text *svg)
{
    struct text script = {0};
    struct range times = {0, 0};
    begin(&script, 320, 280);
    text_puts(&script, "set title ");
    put_quoted(&script, stage->name);
    text_puts(&script, "\n"
                       "set logscale xy\n"
                       "set xlabel 'predicted, us'\n"
                       "set ylabel 'measured, us'\n"
                       "set xtics rotate by -35\n"
                       "unset key\n"
                       "$trials << END\n");
    for (size_t i = 0; i < stage->point_count; ++i) {
        const double predicted = 1e6 * stage->points[i].predicted_s;
        const double measured = 1e6 * stage->points[i].measured_s;
        widen(&times, predicted);
        widen(&times, measured);
        text_printf(&script, "%.6g %.6g\n", predicted, measured);
    }
    text_puts(&script, "END\n");
    put_decades(&script, "x", times);
    put_decades(&script, "y", times);
    text_puts(&script, "plot x with lines lc rgb '#888888', "
                       "$trials using 1:2 with points pt 7 ps 0.4 lc rgb '" COLOUR_TUNED "'\n");
    return draw(&script, name, svg);
}

/* ---- peers --------------------------------------------------------------------------------------------- */

enum { PEER_MAX = 8 };

/* The peers that have a time for any stage of the group, in the order of the file. */
static size_t list_peers(const struct report *report, const struct report_group *group,
                         const char *peers[PEER_MAX])
{
    size_t count = 0;
    for (size_t i = 0; i < report->peer_count && count < PEER_MAX; ++i) {
        const char *peer = report->peers[i].peer;
        size_t known = 0;
        while (known < count && strcmp(peers[known], peer) != 0)
            ++known;
        bool useful = false;
        for (size_t s = 0; s < group->stage_count; ++s)
            useful |= report_peer_seconds(report, group, &group->stages[s], peer) > 0;
        if (known == count && useful)
            peers[count++] = peer;
    }
    return count;
}

enum exit_status report_plot_peers(const struct report *report, const struct report_group *group,
                                   const char *name, struct text *svg)
{
    static const char *const colours[PEER_MAX] = {"#4c8fd0", "#3aa655", "#9467bd", "#b08968",
                                                  "#d64f8b", "#7f8c8d", "#17a2b8", "#bcbd22"};
    const char *peers[PEER_MAX];
    struct text script = {0};
    const size_t peer_count = list_peers(report, group, peers);
    const unsigned width = 200 + (unsigned)(group->stage_count * (12 * (peer_count + 1) + 8));
    begin(&script, width > 960 ? width : 960, 460);
    text_puts(&script, "set style data histograms\n"
                       "set style histogram clustered gap 1\n"
                       "set style fill solid noborder\n"
                       "set logscale y\n"
                       "set ylabel 'ms'\n"
                       "set key above\n"
                       "set xtics rotate by -45 scale 0 (");
    for (size_t s = 0; s < group->stage_count; ++s) {
        text_puts(&script, s > 0 ? ", " : "");
        put_quoted(&script, group->stages[s].name);
        text_printf(&script, " %zu", s);
    }
    text_puts(&script, ")\n$stages << END\n");
    for (size_t s = 0; s < group->stage_count; ++s) {
        const struct report_stage *stage = &group->stages[s];
        put_value(&script, 1e3 * stage->tuned_s);
        for (size_t p = 0; p < peer_count; ++p)
            put_value(&script, 1e3 * report_peer_seconds(report, group, stage, peers[p]));
        text_puts(&script, "\n");
    }
    text_puts(&script, "END\nplot $stages using 1 lc rgb '" COLOUR_TUNED "' title 'tuned'");
    for (size_t p = 0; p < peer_count; ++p) {
        text_printf(&script, ", '' using %zu lc rgb '%s' title ", p + 2, colours[p]);
        put_quoted(&script, peers[p]);
    }
    text_puts(&script, "\n");
    return draw(&script, name, svg);
}
