/*
 * test_tune_sweep.c: `sepcc tune` from end to end: trials are kept, winners confirmed, nothing is repeated,
 * and no fault of a candidate or of the machine ends a sweep or harms its database.
 */
#include "support_folder.h"
#include "support_shell.h"
#include "support_tune.h"
#include "tune/db.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* Small stages, portable kernels, short races: what is tested is not the speed. */
#define STAGE       "'depthwise in=9x9x4 kernel=3 pad=1'"
#define STAGE_WORDS "depthwise in=9x9x4 kernel=3 pad=1"
#define TUNE        "$SEPCC tune --isa scalar --seconds 0.001 "
#define FEW         " --plan vectors=1,hold=3,block=4,prefetch=no,unroll=full "
#define OF_ALL      ((const struct tune_filter){0})

static struct trial_list *read_all(const char *folder, const char *name)
{
    static struct trial_list list;
    trials_free(&list);
    trials_read(in_folder(folder, name), &OF_ALL, &list);
    return &list;
}

/* How many trials a plan has that were no final ones. */
static size_t count_plan(const struct trial_list *list, const char *plan)
{
    size_t count = 0;
    for (size_t i = 0; i < list->count; ++i)
        count += strcmp(list->items[i].plan, plan) == 0 && list->items[i].rounds < 64;
    return count;
}

static size_t count_outcome(const struct trial_list *list, enum tune_outcome outcome)
{
    size_t count = 0;
    for (size_t i = 0; i < list->count; ++i)
        count += list->items[i].outcome == outcome;
    return count;
}

static void check_none_twice(const struct trial_list *list)
{
    for (size_t i = 0; i < list->count; ++i)
        assert_in_range(count_plan(list, list->items[i].plan), 0, 1);
}

/* ---- a sweep ---------------------------------------------------------------------------------------- */

static void test_sweep(void **state)
{
    assert_shell(*state, 0, TUNE STAGE " --db t.db --trials 6");
    assert_printed("stage1");
    assert_printed("total");
    const struct trial_list *list = read_all(*state, "t.db");
    size_t untuned = 0, confirmed = 0;
    assert_true(list->count >= 6);
    for (size_t i = 0; i < list->count; ++i) {
        const struct tune_trial *trial = &list->items[i];
        untuned += trial->untuned;
        confirmed += trial->confirmed;
        assert_string_equal(trial->key.spec, "depthwise in=9x9x4 kernel=3x3 pad=1");
        assert_string_equal(trial->key.isa, "scalar");
        assert_string_equal(trial->cache, "warm");
        assert_true(trial->outcome == TUNE_MEASURED || trial->outcome == TUNE_LOST);
        assert_true(trial->rounds >= 4 && trial->median_s > 0 && trial->ratio > 0);
        assert_true(trial->ratio_low <= trial->ratio && trial->ratio <= trial->ratio_high);
        assert_true(trial->predicted_s > 0 && trial->bound_s > 0 && trial->code_bytes > 0);
        assert_true(!trial->confirmed || (trial->ratio_high < 1 && trial->rounds >= 64));
        assert_true(!trial->untuned || trial->ratio == 1);
        assert_non_null(
            strstr(trial->detail, "sepcc bench 'depthwise in=9x9x4 kernel=3x3 pad=1' --isa scalar"));
    }
    assert_true(untuned >= 1 && confirmed <= 9);
    check_none_twice(list);
}

/* The same command again tries nothing again, and with more trials goes on behind those. */
static void test_resume(void **state)
{
    assert_shell(*state, 0, TUNE STAGE FEW "--db t.db --trials 4");
    const size_t before = read_all(*state, "t.db")->count;
    assert_shell(*state, 0, TUNE STAGE FEW "--db t.db --trials 4");
    assert_printed("0 of them no good; ");
    assert_int_equal(count_outcome(read_all(*state, "t.db"), TUNE_MEASURED) +
                         count_outcome(read_all(*state, "t.db"), TUNE_LOST),
                     read_all(*state, "t.db")->count);
    check_none_twice(read_all(*state, "t.db"));
    assert_shell(*state, 0, TUNE STAGE FEW "--db t.db --exhaustive");
    assert_true(read_all(*state, "t.db")->count > before);
    check_none_twice(read_all(*state, "t.db"));
    /* Another state of the caches is another measurement. */
    assert_shell(*state, 0, TUNE STAGE FEW "--db t.db --trials 2 --cache cold");
    size_t cold = 0;
    const struct trial_list *list = read_all(*state, "t.db");
    for (size_t i = 0; i < list->count; ++i)
        cold += strcmp(list->items[i].cache, "cold") == 0;
    assert_true(cold >= 2);
}

/* Two shards together try what one sweep tries. */
static void test_shards(void **state)
{
    assert_shell(*state, 0, TUNE STAGE FEW "--db all.db --exhaustive");
    const size_t all = strtoul(strstr(shell_output(), " of ") + 4, NULL, 10);
    for (int shard = 1; shard <= 2; ++shard) {
        char line[512];
        (void)snprintf(line, sizeof line, TUNE STAGE FEW "--db %d.db --exhaustive --shard %d/2", shard,
                       shard);
        assert_shell(*state, 0, line);
    }
    const struct trial_list *list = read_all(*state, "1.db");
    size_t first = 0;
    char(*plans)[256] = calloc(list->count + 1, sizeof *plans);
    assert_non_null(plans);
    for (size_t i = 0; i < list->count; ++i)
        if (list->items[i].rounds < 64)
            (void)snprintf(plans[first++], sizeof *plans, "%s", list->items[i].plan);
    list = read_all(*state, "2.db");
    size_t second = 0, shared = 0;
    for (size_t i = 0; i < list->count; ++i) {
        if (list->items[i].rounds >= 64)
            continue;
        ++second;
        for (size_t p = 0; p < first; ++p)
            shared += strcmp(plans[p], list->items[i].plan) == 0;
    }
    free(plans);
    assert_int_equal(shared, 1); /* the untuned one */
    assert_int_equal(first + second - shared, all);
}

/* In the chain of its network; equal stages are swept once. */
static void test_chain(void **state)
{
    put_file(in_folder(*state, "net.layers"), "depthwise name=a in=9x9x4 kernel=3 pad=1\n"
                                              "pointwise name=b in=9x9x4 out=4\n"
                                              "depthwise name=c in=9x9x4 kernel=3 pad=1\n");
    assert_shell(*state, 0, TUNE "-f net.layers --db t.db --trials 3 --cache chain --variants");
    assert_printed("a      scalar   2 x");
    assert_printed("b      scalar   1 x");
    assert_true(strstr(shell_output(), "\nc ") == NULL);
}

/* ---- candidates that are no good --------------------------------------------------------------------- */

static void test_bad_candidates(void **state)
{
    put_spoiling_compiler(*state);
    assert_shell(*state, 0, TUNE STAGE FEW "--db t.db --exhaustive --cc \"$PWD/compiler\" --timeout 1");
    const struct trial_list *list = read_all(*state, "t.db");
    assert_int_equal(count_outcome(list, TUNE_WRONG), 1);
    assert_int_equal(count_outcome(list, TUNE_CRASHED), 1);
    assert_int_equal(count_outcome(list, TUNE_HUNG), 1);
    assert_int_equal(count_outcome(list, TUNE_UNBUILT), 1);
    assert_true(count_outcome(list, TUNE_MEASURED) + count_outcome(list, TUNE_LOST) >= 3);
    for (size_t i = 0; i < list->count; ++i) {
        const struct tune_trial *trial = &list->items[i];
        if (trial->outcome == TUNE_MEASURED || trial->outcome == TUNE_LOST)
            continue;
        assert_false(trial->confirmed);
        assert_true(trial->rounds == 0 && trial->median_s == 0);
        assert_non_null(strstr(trial->detail, "; again: sepcc "));
        assert_non_null(strstr(trial->detail, "/compiler"));
    }
}

/* The command that a trial names shows the same again. */
static void test_command_repeats(void **state)
{
    put_spoiling_compiler(*state);
    assert_shell(*state, 0,
                 TUNE STAGE
                 " --plan rows=1,columns=2,vectors=1,hold=3,block=4,prefetch=no,unroll=full --db good.db");
    assert_int_equal(shell(*state, TUNE STAGE
                           " --plan rows=1,columns=2,vectors=1,hold=3,block=4,prefetch=no,unroll=full"
                           " --db t.db --cc \"$PWD/compiler\""),
                     0);
    assert_error("the untuned plan is no good"); /* all of it is fixed */
    const struct trial_list *list = read_all(*state, "t.db");
    assert_int_equal(list->count, 1);
    assert_int_equal(list->items[0].outcome, TUNE_WRONG);
    const char *again = strstr(list->items[0].detail, "again: sepcc ");
    assert_non_null(again);
    assert_int_equal(shell(*state, "$SEPCC %s", again + strlen("again: sepcc ")), 1);
}

/* ---- a sweep that is ended --------------------------------------------------------------------------- */

/* Ends a sweep by a signal after some time, and returns the number of trials that are kept. */
static size_t end_sweep(const char *folder, const char *signal_name, double after_s)
{
    const int status =
        shell(folder,
              "rm -f id; sh -c 'echo $$ >id; exec env --default-signal=INT " TUNE STAGE_WORDS FEW
              "--db t.db --exhaustive 2>said' & while ! test -s id; do sleep 0.01; done; "
              "sleep %.3f; kill -%s $(cat id) 2>/dev/null; wait $!; echo $? >status; test ! -e t.db || cp "
              "t.db copy.db",
              after_s, signal_name);
    assert_int_equal(status, 0);
    if (shell(folder, "test -e copy.db") != 0)
        return 0;
    /* Opening checks that the database is whole. */
    return read_all(folder, "t.db")->count;
}

static void check_finishes(const char *folder)
{
    assert_shell(folder, 0, TUNE STAGE FEW "--db t.db --exhaustive");
    const size_t all = strtoul(strstr(shell_output(), " of ") + 4, NULL, 10);
    const struct trial_list *list = read_all(folder, "t.db");
    size_t plans = 0;
    for (size_t i = 0; i < list->count; ++i)
        plans += list->items[i].rounds < 64;
    check_none_twice(list);
    assert_int_equal(plans, all);
}

static void test_interrupt(void **state)
{
    int tries = 0; /* a machine that is fast enough may be ready before the signal comes */
    do {
        assert_shell(*state, 0, "rm -f t.db copy.db");
        end_sweep(*state, "INT", 0.3 / (1 + tries));
    } while (shell(*state, "grep -q 'interrupted by signal 2' said") != 0 && ++tries < 5);
    assert_shell(*state, 0, "grep -q 'interrupted by signal 2' said && test $(cat status) = 3");
    check_finishes(*state);
}

/* Whenever it is killed, what was finished is there, and the sweep goes on behind it. */
static void test_kill(void **state)
{
    const int times = getenv("SEPCC_TEST_LONG") != NULL ? 100 : 3;
    size_t kept = 0;
    srand(1);
    for (int i = 0; i < times; ++i) {
        const size_t now = end_sweep(*state, "KILL", 0.05 + 0.9 * rand() / RAND_MAX);
        assert_true(now >= kept);
        kept = now;
        if (i % 10 == 9) { /* begin anew, so that there is something to kill */
            check_finishes(*state);
            assert_shell(*state, 0, "rm -f t.db copy.db");
            kept = 0;
        }
    }
    check_finishes(*state);
}

/* ---- the command line -------------------------------------------------------------------------------- */

static void test_usage(void **state)
{
    assert_shell(*state, 2, "$SEPCC tune " STAGE);
    assert_error("--db FILE is missing");
    assert_shell(*state, 2, "$SEPCC tune --db t.db");
    assert_shell(*state, 2, TUNE STAGE " --db t.db --cache hot");
    assert_error("expected warm, cold or chain");
    assert_shell(*state, 2, TUNE STAGE " --db t.db --budget 10x");
    assert_error("a time such as 90s, 10m or 2h");
    assert_shell(*state, 2, TUNE STAGE " --db t.db --shard 3/2");
    assert_error("expected I/N");
    assert_shell(*state, 2, TUNE STAGE " --db t.db --shard 2");
    assert_shell(*state, 2, TUNE STAGE " --db t.db --exhaustive --trials 3");
    assert_shell(*state, 2, TUNE STAGE " --db t.db --plan rows=32,columns=32");
    assert_shell(*state, 3, TUNE STAGE " --db missing/t.db");
    assert_shell(*state, 0, "test ! -e t.db || test -s t.db");
}

/* A budget that is over at once: nothing is tried, and the table says so. */
static void test_budget(void **state)
{
    assert_shell(*state, 0, TUNE STAGE " --db t.db --budget 0.001s");
    assert_printed("not timed");
    assert_printed("not over: the same command goes on");
}

int main(void)
{
#define IN_FOLDER(test) cmocka_unit_test_setup_teardown(test, folder_setup, folder_teardown)
    const struct CMUnitTest tests[] = {
        IN_FOLDER(test_sweep),     IN_FOLDER(test_resume),         IN_FOLDER(test_shards),
        IN_FOLDER(test_chain),     IN_FOLDER(test_bad_candidates), IN_FOLDER(test_command_repeats),
        IN_FOLDER(test_interrupt), IN_FOLDER(test_kill),           IN_FOLDER(test_usage),
        IN_FOLDER(test_budget),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
