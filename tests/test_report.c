/*
 * test_report.c: what `sepcc report` gathers from a database, its page, and the page in a browser.
 */
#include "support_folder.h"
#include "support_shell.h"
#include "support_tune.h"
#include "tune/report.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cjson/cJSON.h>
#include <cmocka.h>

#define DW  "depthwise in=56x56x128 kernel=3x3 pad=1 act=relu6"
#define PW  "pointwise in=28x28x128 out=256 act=relu6"
#define ODD "pointwise in=7x7x8 out=8"

static struct tune_trial trial(const char *spec, const char *stage, unsigned number, const char *plan,
                               double ratio)
{
    struct tune_trial made = trial_of(spec, number, plan, ratio);
    made.stage = stage;
    made.confirmed = false;
    return made;
}

/* Two stages with a better plan each, one that nobody could improve, one timed on two threads as well. */
static size_t sample(struct tune_trial trials[16])
{
    size_t n = 0;
    trials[n] = trial(DW, "dw3", 1, "rows=2,columns=2", 1);
    trials[n++].untuned = true;
    trials[n] = trial(DW, "dw3", 2, "rows=1,columns=4", 0.5);
    trials[n++].confirmed = true;
    trials[n++] = trial(DW, "dw3", 3, "rows=4,columns=4", 0.25); /* fast, and never confirmed */
    trials[n] = trial(DW, "dw3", 4, "rows=8,columns=4", 0);
    trials[n].median_s = 0;
    trials[n++].outcome = TUNE_CRASHED;
    trials[n] = trial(PW, "pw4", 5, "rows=6,vectors=2", 1);
    trials[n].median_s = 4e-4;
    trials[n].flop = 5e7;
    trials[n++].untuned = true;
    trials[n] = trial(PW, "pw4", 6, "rows=4,vectors=3", 0.8);
    trials[n].flop = 5e7;
    trials[n++].confirmed = true;
    trials[n] = trial(ODD, "a<b>&\"c", 7, "rows=1,vectors=1", 1);
    trials[n].median_s = 2e-5;
    trials[n++].untuned = true;
    trials[n] = trial(DW, "dw3", 8, "rows=2,columns=2", 1);
    trials[n].threads = 2;
    trials[n].median_s = 6e-5;
    trials[n++].untuned = true;
    return n;
}

static void write_sample(const char *path)
{
    struct tune_trial trials[16];
    const size_t count = sample(trials);
    trials_write(path, trials, count);
}

static const struct report_stage *stage_of(const struct report *report, unsigned threads, const char *spec)
{
    for (size_t g = 0; g < report->group_count; ++g)
        for (size_t s = 0; s < report->groups[g].stage_count; ++s)
            if (report->groups[g].threads == threads && strcmp(report->groups[g].stages[s].spec, spec) == 0)
                return &report->groups[g].stages[s];
    fail_msg("no stage '%s' on %u threads", spec, threads);
    return NULL;
}

#define assert_near(a, b) assert_true((a) > 0.999 * (b) && (a) < 1.001 * (b))

static void gathers_untuned_and_best_plans(void **state)
{
    struct report report;
    const char *path = in_folder(*state, "t.db");
    write_sample(path);
    assert_int_equal(report_gather(path, &report), STATUS_DONE);
    assert_int_equal(report.group_count, 2);
    const struct report_stage *dw = stage_of(&report, 1, DW);
    assert_near(dw->untuned_s, 1e-4);
    assert_near(dw->tuned_s, 0.5e-4);
    assert_string_equal(dw->untuned_plan, "rows=2,columns=2");
    assert_string_equal(dw->tuned_plan, "rows=1,columns=4");
    assert_int_equal(dw->point_count, 3);
    assert_int_equal(dw->outcomes[TUNE_CRASHED], 1);
    assert_int_equal(dw->outcomes[TUNE_MEASURED], 3);
    /* 56x56x128 floats in and out, 9 taps and a bias for each channel. */
    assert_near(dw->intensity, 2e6 / (4.0 * (2 * 56 * 56 * 128 + 10 * 128)));
    const struct report_stage *odd = stage_of(&report, 1, ODD);
    assert_near(odd->tuned_s, odd->untuned_s);
    assert_string_equal(odd->tuned_plan, "rows=1,vectors=1");
    assert_near(stage_of(&report, 2, DW)->tuned_s, 6e-5);
    report_free(&report);
}

/* What was measured with templates of before says nothing of the kernels that are made now. */
static void takes_the_newest_templates_only(void **state)
{
    struct tune_trial trials[3];
    struct report report;
    const char *path = in_folder(*state, "t.db");
    trials[0] = trial(DW, "dw3", 1, "rows=2,columns=2", 1);
    trials[0].untuned = true;
    trials[1] = trial(DW, "dw3", 2, "rows=1,columns=4", 0.5);
    trials[1].confirmed = true;
    trials[2] = trials[0];
    trials[2].id = "cccccccccccccccccccccccccccccccc";
    trials[2].key.templates = "ffff";
    trials[2].finished += 100;
    trials_write(path, trials, 3);
    assert_int_equal(report_gather(path, &report), STATUS_DONE);
    const struct report_stage *stage = stage_of(&report, 1, DW);
    assert_near(stage->tuned_s, 1e-4);
    assert_int_equal(stage->point_count, 1);
    report_free(&report);
}

static const char PEERS[] = "# CPU: Test\n# onednn: oneDNN 9\n"
                            "chain,isa,threads,kind,name,spec,flop,peer,status,seconds,low_s,high_s,ratio,"
                            "ratio_low,ratio_high,peak_share\n"
                            "net,avx2,1,layer,dw3,\"" DW "\",7,sepcc,measured,0.0001,0,0,1,1,1,0.5\n"
                            "net,avx2,1,layer,dw3,\"" DW "\",7,onednn,measured,0.00025,0,0,2.5,1,1,0.5\n"
                            "net,avx2,2,layer,dw3,\"" DW "\",7,onednn,measured,0.0001,0,0,2.5,1,1,0.5\n"
                            "net,avx2,1,layer,pw4,\"" PW "\",7,onednn,wrong,0,0,0,0,0,0,0\n"
                            "net,avx2,1,chain,chain,\"\",7,onednn,measured,0.1,0,0,2.5,1,1,0.5\n";

static void reads_peers(void **state)
{
    struct report report;
    const char *path = in_folder(*state, "t.db");
    write_sample(path);
    put_file(in_folder(*state, "net-avx2.csv"), PEERS);
    assert_int_equal(report_gather(path, &report), STATUS_DONE);
    assert_int_equal(report_read_peers(*state, &report), STATUS_DONE);
    assert_int_equal(report.peer_count, 3);
    const struct report_stage *dw = stage_of(&report, 1, DW);
    assert_near(report_peer_seconds(&report, &report.groups[0], dw, "onednn"), 2.5e-4);
    assert_true(report_peer_seconds(&report, &report.groups[0], stage_of(&report, 1, PW), "onednn") == 0);
    assert_string_equal(report.peers_about.data, "CPU: Test\nonednn: oneDNN 9\n");
    report_free(&report);
}

/* Whether the page names anything that a browser would fetch. */
static void assert_alone(const char *page)
{
    static const char *const fetching[] = {"src=",     "href='http", "href=\"http",
                                           "url(http", "@import",    "<link"};
    for (size_t i = 0; i < sizeof fetching / sizeof fetching[0]; ++i)
        assert_null(strstr(page, fetching[i]));
}

static void need(const char *folder, const char *command)
{
    if (shell(folder, "command -v %s", command) != 0) {
        print_message("%s is not installed\n", command);
        skip();
    }
}

static void makes_a_page(void **state)
{
    need(*state, "gnuplot");
    write_sample(in_folder(*state, "t.db"));
    put_file(in_folder(*state, "net-avx2.csv"), PEERS);
    assert_shell(*state, 0, "$SEPCC report --db t.db --peers net-avx2.csv -o page.html && cat page.html");
    const char *page = shell_output();
    assert_alone(page);
    assert_non_null(strstr(page, "<td class=\"text\">a&lt;b&gt;&amp;&quot;c</td>"));
    assert_non_null(strstr(page, "<td class=\"plan\">rows=1,<wbr>columns=4</td>"));
    assert_null(strstr(page, "<!--sepcc-->"));
    assert_non_null(strstr(page, "title=\"3 measured, 1 crashed\">4</td>"));
    /* Plots are as light or dark as the page. */
    assert_non_null(strstr(page, "height=\"480\" fill=\"none\"/>"));
    assert_null(strstr(page, "black"));
    /* The same database gives the same page. */
    assert_shell(*state, 0,
                 "$SEPCC report --db t.db --peers net-avx2.csv -o again.html && cmp page.html again.html");
}

/* A database or a table of peers may come from anybody; gnuplot's script is made of its names. */
static void draws_names_as_text(void **state)
{
    need(*state, "gnuplot");
    struct tune_trial hostile[3];
    hostile[0] = trial(DW, "x'; system(\"touch touched\"); set title 'y", 1, "rows=2,columns=2", 1);
    hostile[0].untuned = true;
    hostile[1] = trial(PW, "END", 2, "rows=6,vectors=2", 1);
    hostile[1].untuned = true;
    hostile[2] = trial(ODD, "two words", 3, "rows=1,vectors=1", 1);
    hostile[2].untuned = true;
    trials_write(in_folder(*state, "t.db"), hostile, 3);
    put_file(in_folder(*state, "net.csv"),
             "isa,threads,kind,spec,peer,status,seconds\n"
             "avx2,1,layer,\"" DW "\",p'; system(\"touch touched\"); print 'q,measured,0.0002\n");
    assert_shell(*state, 0, "$SEPCC report --db t.db --peers net.csv -o page.html && cat page.html");
    const char *axis = strstr(shell_output(), "<text>two words</text>"); /* and the title of its own plot */
    assert_true(axis != NULL && strstr(axis + 1, "<text>two words</text>") != NULL);
    assert_int_equal(shell(*state, "test -e touched"), 1);
}

/* Wisdom tells no name and no times: those of the trials beside it stay. */
static void takes_names_from_trials(void **state)
{
    struct tune_trial trials[2];
    struct report report;
    const char *path = in_folder(*state, "t.db");
    trials[0] = trial(DW, "dw3", 2, "rows=2,columns=2", 1);
    trials[0].untuned = true;
    trials[1] = trial(DW, "", 1, "rows=2,columns=2", 1);
    trials[1].untuned = true;
    trials[1].median_s = 0;
    trials[1].code_bytes = 0;
    trials_write(path, trials, 2);
    assert_int_equal(report_gather(path, &report), STATUS_DONE);
    const struct report_stage *stage = stage_of(&report, 1, DW);
    assert_string_equal(stage->name, "dw3");
    assert_true(stage->code_bytes == trials[0].code_bytes);
    report_free(&report);
}

/* No empty plot, and nothing of runs that say nothing of these stages. */
static void leaves_out_peers_of_other_stages(void **state)
{
    need(*state, "gnuplot");
    struct tune_trial lonely = trial(ODD, "odd", 1, "rows=1,vectors=1", 1);
    lonely.untuned = true;
    trials_write(in_folder(*state, "t.db"), &lonely, 1);
    put_file(in_folder(*state, "net-avx2.csv"), PEERS);
    assert_shell(*state, 0, "$SEPCC report --db t.db --peers net-avx2.csv -o page.html && cat page.html");
    assert_non_null(strstr(shell_output(), "No run of bench-peers has these stages on avx2 with 1 thread."));
    assert_null(strstr(shell_output(), "oneDNN 9"));
}

/* Wisdom alone can be looked at, too. */
static void lists_what_was_never_timed(void **state)
{
    need(*state, "gnuplot");
    struct tune_trial imported = trial(ODD, "", 1, "rows=1,vectors=1", 1);
    imported.untuned = true;
    imported.median_s = 0;
    trials_write(in_folder(*state, "t.db"), &imported, 1);
    put_file(in_folder(*state, "net-avx2.csv"), PEERS);
    assert_shell(*state, 0, "$SEPCC report --db t.db --peers net-avx2.csv -o page.html && cat page.html");
    assert_non_null(strstr(shell_output(), "None of these stages was timed"));
    assert_null(strstr(shell_output(), "<svg"));
}

static void refuses_what_is_no_database(void **state)
{
    put_file(in_folder(*state, "bad.db"),
             "no database at all, but long enough to be looked at as one ..........");
    put_file(in_folder(*state, "bad.csv"), "a,b\n1,2\n");
    write_sample(in_folder(*state, "t.db"));
    trials_write(in_folder(*state, "empty.db"), NULL, 0);
    assert_int_equal(shell(*state, "$SEPCC report --db bad.db -o page.html"), 2);
    assert_int_equal(shell(*state, "$SEPCC report --db none.db -o page.html"), 2);
    assert_int_equal(shell(*state, "$SEPCC report --db empty.db -o page.html"), 2);
    assert_error("holds no trials");
    assert_int_equal(shell(*state, "$SEPCC report --db t.db"), 2);
    assert_error("-o FILE.html");
    assert_int_equal(shell(*state, "$SEPCC report --db t.db --peers bad.csv -o page.html"), 2);
    assert_error("bad.csv:1");
    assert_int_equal(shell(*state, "PATH=/nonexistent $SEPCC report --db t.db -o page.html"), 3);
    assert_error("gnuplot-nox");
    assert_int_equal(shell(*state, "test -e page.html"), 1);
}

/* The texts of a JSON array of strings, with a blank between them. */
static void joined(const cJSON *array, char text[1024])
{
    const cJSON *item;
    text[0] = '\0';
    cJSON_ArrayForEach(item, array)
    {
        strncat(text, item->valuestring, 1023 - strlen(text));
        strncat(text, " ", 1023 - strlen(text));
    }
}

static void assert_joined(const cJSON *found, const char *name, const char *expected)
{
    char text[1024];
    joined(cJSON_GetObjectItem(found, name), text);
    assert_string_equal(text, expected);
}

static cJSON *browse(const char *folder, const char *scheme)
{
    const int status =
        shell(folder, "TMPDIR=$PWD timeout 100 node $ROOT/tests/browser/report.mjs page.html %s.png %s",
              scheme, scheme);
    if (status != 0)
        fail_msg("the browser: exit status %d\n%s", status, shell_error());
    cJSON *found = cJSON_Parse(shell_output());
    assert_non_null(found);
    return found;
}

static void sorts_in_a_browser(void **state)
{
    need(*state, "gnuplot");
    need(*state, "node");
    need(*state, "chromedriver");
    write_sample(in_folder(*state, "t.db"));
    put_file(in_folder(*state, "net-avx2.csv"), PEERS);
    assert_shell(*state, 0, "$SEPCC report --db t.db --peers net-avx2.csv -o page.html");
    cJSON *light = browse(*state, "light"), *dark = browse(*state, "dark");
    assert_joined(light, "before", "0.0500 0.3200 0.0200 ");
    assert_joined(light, "ascending", "0.0200 0.0500 0.3200 ");
    assert_joined(light, "descending", "0.3200 0.0500 0.0200 ");
    assert_joined(light, "names", "a<b>&\"c dw3 pw4 ");
    assert_joined(light, "complaints", "");
    assert_joined(light, "requests", "");
    assert_int_equal(cJSON_GetObjectItem(light, "repeatedIds")->valueint, 0);
    assert_true(cJSON_IsFalse(cJSON_GetObjectItem(light, "overflow")));
    /* A roofline and other libraries for each of two groups, and a scatter for each stage. */
    assert_int_equal(cJSON_GetObjectItem(light, "plots")->valueint, 2 * 2 + 3 + 1);
    assert_string_not_equal(cJSON_GetObjectItem(light, "background")->valuestring,
                            cJSON_GetObjectItem(dark, "background")->valuestring);
    assert_int_equal(shell(*state, "test -s light.png && test -s dark.png"), 0);
    cJSON_Delete(light);
    cJSON_Delete(dark);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(gathers_untuned_and_best_plans, folder_setup, folder_teardown),
        cmocka_unit_test_setup_teardown(takes_the_newest_templates_only, folder_setup, folder_teardown),
        cmocka_unit_test_setup_teardown(reads_peers, folder_setup, folder_teardown),
        cmocka_unit_test_setup_teardown(makes_a_page, folder_setup, folder_teardown),
        cmocka_unit_test_setup_teardown(draws_names_as_text, folder_setup, folder_teardown),
        cmocka_unit_test_setup_teardown(takes_names_from_trials, folder_setup, folder_teardown),
        cmocka_unit_test_setup_teardown(leaves_out_peers_of_other_stages, folder_setup, folder_teardown),
        cmocka_unit_test_setup_teardown(lists_what_was_never_timed, folder_setup, folder_teardown),
        cmocka_unit_test_setup_teardown(refuses_what_is_no_database, folder_setup, folder_teardown),
        cmocka_unit_test_setup_teardown(sorts_in_a_browser, folder_setup, folder_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
