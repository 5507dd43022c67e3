/*
 * test_tune_sweep.c: `sepcc tune` from end to end: trials are kept, winners confirmed, nothing is repeated,
 * and no fault of a candidate or of the machine ends a sweep or harms its database.
 */
#include "database/db.h"
#include "support_folder.h"
#include "support_shell.h"
#include "support_tune.h"

#include <setjmp.h>
#include <sqlite3.h>
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
    put_spoiling_compiler();
    assert_shell(*state, 0, TUNE STAGE FEW "--db t.db --exhaustive --cc \"$SPOILING\" --timeout 1");
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
    put_spoiling_compiler();
    assert_shell(*state, 0,
                 TUNE STAGE
                 " --plan rows=1,columns=2,vectors=1,hold=3,block=4,prefetch=no,unroll=full --db good.db");
    assert_int_equal(shell(*state, TUNE STAGE
                           " --plan rows=1,columns=2,vectors=1,hold=3,block=4,prefetch=no,unroll=full"
                           " --db t.db --cc \"$SPOILING\""),
                     0);
    assert_error("the untuned plan is no good"); /* all of it is fixed */
    const struct trial_list *list = read_all(*state, "t.db");
    assert_int_equal(list->count, 1);
    assert_int_equal(list->items[0].outcome, TUNE_WRONG);
    const char *again = strstr(list->items[0].detail, "again: sepcc ");
    assert_non_null(again);
    assert_int_equal(shell(*state, "$SEPCC %s", again + strlen("again: sepcc ")), 1);
}

/* A tile that finds no registers is not timed, and the command that is kept counts the same spills. */
static void test_spilled(void **state)
{
    const char *const isa = put_spilling_compiler(*state);
    size_t spilled = 0;
    assert_int_equal(shell(*state,
                           "$SEPCC tune 'pointwise in=4x6x16 out=8' --isa %s --seconds 0.001 --exhaustive"
                           " --plan vectors=1,block=24,channels=8,depth=16,unroll_k=4,prefetch=no"
                           " --cc \"$PWD/compiler\" --db t.db",
                           isa),
                     0);
    const struct trial_list *list = read_all(*state, "t.db");
    for (size_t i = 0; i < list->count; ++i) {
        const struct tune_trial *trial = &list->items[i];
        const bool starved = strstr(trial->plan, "rows=6,") != NULL;
        assert_int_equal(trial->outcome == TUNE_SPILLED, starved);
        if (!starved)
            continue;
        ++spilled;
        assert_true(trial->spills > 0 && trial->rounds == 0 && trial->median_s == 0 && !trial->confirmed);
        assert_non_null(strstr(trial->detail, " stack references beside "));
        const char *again = strstr(trial->detail, "again: sepcc asm 'pointwise ");
        assert_non_null(again);
        assert_int_equal(shell(*state,
                               "$SEPCC %s --csv | awk -F, 'NR == 1 { while ($++column != \"stack\"); next }"
                               " { sum += $column } END { exit sum != %u }'",
                               again + strlen("again: sepcc "), trial->spills),
                         0);
    }
    assert_int_equal(spilled, 1);
    assert_true(list->count > 3);
}

/* ---- a sweep that is ended --------------------------------------------------------------------------- */

/* Ends a sweep by a signal at a moment, which is sh that waits for it; and returns the trials that are kept.
 */
static size_t end_sweep(const char *folder, const char *signal_name, const char *moment)
{
    const int status =
        shell(folder,
              "rm -f id; sh -c 'echo $$ >id; exec env --default-signal=INT " TUNE STAGE_WORDS FEW
              "--db t.db --exhaustive 2>said' & while ! test -s id; do sleep 0.01; done; "
              "id=$(cat id); %s; kill -%s $id 2>/dev/null; wait $!; echo $? >status",
              moment, signal_name);
    assert_int_equal(status, 0);
    if (shell(folder, "test -e t.db") != 0)
        return 0;
    /* Opening checks that the database is whole. */
    return read_all(folder, "t.db")->count;
}

static const char *after(double seconds)
{
    static char line[32];
    (void)snprintf(line, sizeof line, "sleep %.3f", seconds);
    return line;
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
        assert_shell(*state, 0, "rm -f t.db");
        end_sweep(*state, "INT", after(0.3 / (1 + tries)));
    } while (shell(*state, "grep -q 'interrupted by signal 2' said") != 0 && ++tries < 5);
    assert_shell(*state, 0, "grep -q 'interrupted by signal 2' said && test $(cat status) = 3");
    check_finishes(*state);
}

/* SQLite's full check, beyond the quick one of each opening. */
static void check_integrity(const char *path)
{
    sqlite3 *sqlite;
    sqlite3_stmt *query;
    assert_int_equal(sqlite3_open(path, &sqlite), SQLITE_OK);
    assert_int_equal(sqlite3_prepare_v2(sqlite, "PRAGMA integrity_check", -1, &query, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_step(query), SQLITE_ROW);
    assert_string_equal((const char *)sqlite3_column_text(query, 0), "ok");
    sqlite3_finalize(query);
    assert_int_equal(sqlite3_close(sqlite), SQLITE_OK);
}

/* The ids of trials that were seen, to find all of them again. */
struct ids {
    char items[256][33];
    size_t count;
};

static void check_all_there(const struct trial_list *list, const struct ids *ids)
{
    for (size_t i = 0; i < ids->count; ++i) {
        size_t t = 0;
        while (t < list->count && strcmp(list->items[t].id, ids->items[i]) != 0)
            ++t;
        assert_true(t < list->count);
    }
}

static void note_ids(const struct trial_list *list, struct ids *ids)
{
    ids->count = list->count;
    for (size_t i = 0; i < list->count; ++i)
        (void)snprintf(ids->items[i], sizeof ids->items[i], "%s", list->items[i].id);
}

/*
 * A moment for a kill: in turn while a trial is written, some time after one was, and any time. (Most of the
 * time no trial is: by time alone all kills would come before the first.)
 */
static const char *kill_moment(int turn, size_t before)
{
#define WHILE_ALIVE(condition, step) "while test -e /proc/$id/exe && ! " condition "; do " step "; done"
    static char line[256];
    const double random = 1.0 * rand() / RAND_MAX;
    switch (turn % 3) {
    case 0:
        return WHILE_ALIVE("test -s t.db-journal -a -s t.db", ":");
    case 1:
        (void)snprintf(line, sizeof line,
                       WHILE_ALIVE("test $($SEPCC db list t.db --csv 2>/dev/null | wc -l) -gt %zu",
                                   "sleep 0.01") "; sleep %.3f",
                       before + 1, 0.3 * random);
        return line;
    default:
        return after(1.5 * random);
    }
#undef WHILE_ALIVE
}

/* What a sweep that was killed has left: all that was there before, nothing twice, an intact file. */
static void check_left(const char *folder, struct ids *ids)
{
    const struct trial_list *list = read_all(folder, "t.db");
    check_all_there(list, ids);
    check_none_twice(list);
    check_integrity(in_folder(folder, "t.db"));
    note_ids(list, ids);
}

/* Whenever it is killed, what was finished is there, and the sweep goes on behind it. */
static void test_kill(void **state)
{
    const int times = getenv("SEPCC_TEST_LONG") != NULL ? 100 : 3;
    struct ids *ids = calloc(1, sizeof *ids);
    int killed = 0, within = 0;
    size_t kept = 0;
    assert_non_null(ids);
    srand(1);
    for (int i = 0; i < times; ++i) {
        const size_t before = ids->count;
        const size_t now = end_sweep(*state, "KILL", kill_moment(i, before));
        killed += shell(*state, "test $(cat status) = 137") == 0;
        if (now > 0)
            check_left(*state, ids);
        assert_true(now >= before);
        within += now > before;
        kept += now - before;
        if (i % 3 == 2 || i + 1 == times) { /* begin anew, so that there is something to kill */
            check_finishes(*state);
            check_all_there(read_all(*state, "t.db"), ids);
            assert_shell(*state, 0, "rm -f t.db");
            ids->count = 0;
        }
    }
    free(ids);
    print_message("%d of %d sweeps killed, %d of them after new trials; %zu trials kept\n", killed, times,
                  within, kept);
    assert_true(within > 0);
}

/* ---- a database that cannot be written ---------------------------------------------------------------- */

/* Runs a script of sh that may mount a file system, in a mount space of its own; skips where nobody may. */
static int shell_mounting(const char *folder, const char *script)
{
    put_file(in_folder(folder, "script"), script);
    if (shell(folder, "mkdir -p small && unshare -rm mount -t tmpfs none small") != 0) {
        print_message("this user may not mount a tmpfs\n");
        skip();
    }
    return shell(folder, "unshare -rm sh -eu script");
}

/* The disk is full after some trials: those are kept, and with room again the sweep goes on behind them. */
static void test_full_disk(void **state)
{
    static const char script[] =
        "mount -t tmpfs -o size=36k none small\n"
        "(" TUNE STAGE FEW "--db small/t.db --exhaustive) && exit 9 || test $? = 3\n"
        "cp small/t.db full.db\n"
        "mount -o remount,size=1m small\n" TUNE STAGE FEW "--db small/t.db --exhaustive\n"
        "cp small/t.db t.db\n";
    assert_int_equal(shell_mounting(*state, script), 0);
    assert_error("small/t.db: error: cannot write: No space left on device, expected free space on the disk");
    const size_t before = read_all(*state, "full.db")->count;
    assert_true(before > 0 && before < read_all(*state, "t.db")->count);
    check_integrity(in_folder(*state, "full.db"));
    check_none_twice(read_all(*state, "t.db"));
    check_finishes(*state);
}

static void test_read_only(void **state)
{
    static const char script[] =
        "mount -t tmpfs none small\n" TUNE STAGE FEW "--db small/t.db --trials 2 >/dev/null\n"
        "mount -o remount,ro small\n"
        "$SEPCC db best small/t.db >/dev/null\n" /* reading needs no right to write */
        "(" TUNE STAGE " --db small/t.db) && exit 9 || test $? = 3\n"
        "($SEPCC db prune small/t.db) && exit 9 || test $? = 3\n";
    assert_int_equal(shell_mounting(*state, script), 0);
    assert_error("small/t.db: error: cannot write: Read-only file system, expected");
    assert_string_equal(shell_output(), "");
}

/* It is refused before anything is tried, and left as it is. */
static void test_newer(void **state)
{
    assert_shell(*state, 0, TUNE STAGE FEW "--db t.db --trials 2");
    sqlite3 *sqlite;
    assert_int_equal(sqlite3_open(in_folder(*state, "t.db"), &sqlite), SQLITE_OK);
    assert_int_equal(sqlite3_exec(sqlite, "PRAGMA user_version = 99", NULL, NULL, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_close(sqlite), SQLITE_OK);
    assert_shell(*state, 0, "cp t.db before.db");
    assert_shell(*state, 2, TUNE STAGE " --db t.db");
    assert_error("t.db: error: a newer sepcc made it in version 99, expected version 1 or older");
    assert_string_equal(shell_output(), "");
    assert_shell(*state, 2, "$SEPCC db list t.db");
    assert_shell(*state, 2, "$SEPCC db merge -o other.db t.db");
    assert_shell(*state, 0, "cmp t.db before.db");
}

/* ---- the command line -------------------------------------------------------------------------------- */

static void test_usage(void **state)
{
    assert_shell(*state, 2, "$SEPCC tune " STAGE);
    assert_error("no database is given");
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
        IN_FOLDER(test_sweep),           IN_FOLDER(test_resume),         IN_FOLDER(test_shards),
        IN_FOLDER(test_chain),           IN_FOLDER(test_bad_candidates), IN_FOLDER(test_spilled),
        IN_FOLDER(test_command_repeats), IN_FOLDER(test_interrupt),      IN_FOLDER(test_kill),
        IN_FOLDER(test_full_disk),       IN_FOLDER(test_read_only),      IN_FOLDER(test_newer),
        IN_FOLDER(test_usage),           IN_FOLDER(test_budget),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
