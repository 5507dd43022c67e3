/*
 * test_tune_db.c: the tuning database: what is written comes back, in order; versions; and files that are
 * no such database (writing that fails: test_tune_db_writing.c).
 */
#include "database/db_schema.h"
#include "support_folder.h"
#include "support_tune.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

static char printed[4096];

/* Opens with the messages in `printed`. */
static enum exit_status open_quietly(const char *path, enum tune_db_mode mode, struct tune_db **db)
{
    diag_capture(printed, sizeof printed);
    const enum exit_status status = tune_db_open(path, mode, db);
    diag_capture(NULL, 0);
    return status;
}

/* Opening fails with that status and words, and leaves no database. */
static void assert_refused(const char *path, enum tune_db_mode mode, enum exit_status status,
                           const char *words)
{
    struct tune_db *db;
    assert_int_equal(open_quietly(path, mode, &db), status);
    assert_null(db);
    if (strstr(printed, words) == NULL)
        fail_msg("'%s' is not in: %s", words, printed);
}

/* Runs SQL on any file, past the functions under test. */
static void run_sql(const char *path, const char *sql)
{
    sqlite3 *sqlite;
    assert_int_equal(sqlite3_open(path, &sqlite), SQLITE_OK);
    assert_int_equal(sqlite3_exec(sqlite, sql, NULL, NULL, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_close(sqlite), SQLITE_OK);
}

/* ---- what is written comes back -------------------------------------------------------------------- */

static void test_all_fields_come_back(void **state)
{
    const char *path = in_folder(*state, "a.db");
    const struct tune_filter all = {0};
    struct trial_list list;
    struct tune_trial trial = trial_make(1, "rows=6,vectors=2", 0.75);
    trial.outcome = TUNE_CRASHED;
    trial.untuned = trial.emulated = true;
    trial.confirmed = false;
    trial.detail = "signal 11: sepcc verify 'x' \xc3\xa9";
    trials_write(path, &trial, 1);
    trials_read(path, &all, &list);
    assert_int_equal(list.count, 1);
    const struct tune_trial *read = &list.items[0];
    assert_string_equal(read->key.spec, trial.key.spec);
    assert_string_equal(read->key.isa, trial.key.isa);
    assert_string_equal(read->key.cpu, trial.key.cpu);
    assert_string_equal(read->key.compiler, trial.key.compiler);
    assert_string_equal(read->key.templates, trial.key.templates);
    assert_string_equal(read->id, trial.id);
    assert_string_equal(read->sweep, trial.sweep);
    assert_string_equal(read->stage, trial.stage);
    assert_string_equal(read->plan, trial.plan);
    assert_string_equal(read->cache, trial.cache);
    assert_string_equal(read->detail, trial.detail);
    assert_true(read->threads == trial.threads && read->outcome == trial.outcome);
    assert_true(read->untuned && read->emulated && !read->confirmed);
    assert_true(read->predicted_s == trial.predicted_s && read->median_s == trial.median_s);
    assert_true(read->low_s == trial.low_s && read->high_s == trial.high_s && read->ratio == trial.ratio);
    assert_true(read->ratio_low == trial.ratio_low && read->ratio_high == trial.ratio_high);
    assert_true(read->rounds == trial.rounds && read->bound_s == trial.bound_s && read->flop == trial.flop);
    assert_true(read->gflops == trial.gflops && read->peak_gflops == trial.peak_gflops);
    assert_true(read->code_bytes == trial.code_bytes && read->spills == trial.spills);
    assert_true(read->finished == trial.finished);
    trials_free(&list);
}

static void test_every_outcome(void **state)
{
    const char *path = in_folder(*state, "a.db");
    const struct tune_filter all = {0};
    struct trial_list list;
    struct tune_trial trials[TUNE_OUTCOME_COUNT];
    for (unsigned i = 0; i < TUNE_OUTCOME_COUNT; ++i) {
        trials[i] = trial_make(i, "p", 1.0 + i);
        trials[i].outcome = (enum tune_outcome)i;
        assert_int_equal(tune_outcome_find(tune_outcome_word(trials[i].outcome)), i);
    }
    assert_int_equal(tune_outcome_find("fine"), TUNE_OUTCOME_COUNT);
    trials_write(path, trials, TUNE_OUTCOME_COUNT);
    trials_read(path, &all, &list);
    assert_int_equal(list.count, TUNE_OUTCOME_COUNT);
    for (unsigned i = 0; i < TUNE_OUTCOME_COUNT; ++i)
        assert_int_equal(list.items[i].outcome, i);
    trials_free(&list);
}

static void test_an_id_is_taken_once(void **state)
{
    const char *path = in_folder(*state, "a.db");
    const struct tune_filter all = {0};
    struct trial_list list;
    struct tune_db *db;
    const struct tune_trial trials[] = {trial_make(1, "first", 0.5), trial_make(1, "second", 0.25)};
    trials_write(path, trials, 2);
    trials_read(path, &all, &list);
    assert_int_equal(list.count, 1);
    assert_string_equal(list.items[0].plan, "first");
    trials_free(&list);
    assert_int_equal(tune_db_open(path, TUNE_DB_WRITE, &db), STATUS_DONE);
    assert_int_equal(tune_db_remove(db, "0"), STATUS_DONE);
    assert_int_equal(trials_ask(path, "SELECT count(*) FROM trials"), 1);
    assert_int_equal(tune_db_remove(db, trials[0].id), STATUS_DONE);
    assert_int_equal(trials_ask(path, "SELECT count(*) FROM trials"), 0);
    tune_db_close(db);
}

static void test_ids_differ(void **state)
{
    (void)state;
    char a[33], b[33];
    assert_int_equal(tune_db_id(a), STATUS_DONE);
    assert_int_equal(tune_db_id(b), STATUS_DONE);
    assert_int_equal(strspn(a, "0123456789abcdef"), 32);
    assert_string_not_equal(a, b);
}

static void test_order_and_filters(void **state)
{
    const char *path = in_folder(*state, "a.db");
    struct tune_trial trials[] = {
        trial_make(0, "b", 0.5),          trial_make(1, "a", 0.5), trial_make(2, "c", 0.25),
        trial_of("depthwise", 3, "d", 1), trial_make(4, "e", 1),   trial_make(5, "f", 1),
    };
    trials[4].key.isa = "avx512";
    trials[5].sweep = "eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee";
    trials_write(path, trials, 6);
    const struct {
        struct tune_filter filter;
        const char *plans;
    } cases[] = {
        {{0}, "dcabfe"},
        {{.spec = "depthwise"}, "d"},
        {{.isa = "avx512"}, "e"},
        {{.isa = "avx2", .sweep = "eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee"}, "f"},
        {{.cpu = trials[0].key.cpu, .compiler = "clang 14.0.6 -O2"}, "dcabfe"},
        {{.templates = "other"}, ""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; ++i) {
        struct trial_list list;
        char plans[16] = "";
        trials_read(path, &cases[i].filter, &list);
        for (size_t j = 0; j < list.count; ++j)
            strcat(plans, list.items[j].plan);
        assert_string_equal(plans, cases[i].plans);
        trials_free(&list);
    }
}

static void test_the_best(void **state)
{
    const char *path = in_folder(*state, "a.db");
    struct tune_trial trials[] = {trial_make(0, "slow", 0.9),        trial_make(1, "wrong", 0.1),
                                  trial_make(2, "unconfirmed", 0.2), trial_make(3, "emulated", 0.3),
                                  trial_make(4, "b", 0.5),           trial_make(5, "a", 0.5),
                                  trial_make(6, "two threads", .8),  trial_make(7, "cold", 1.0),
                                  trial_make(8, "lost", 0.0),        trial_of("depthwise", 9, "d", 1)};
    trials[1].outcome = TUNE_WRONG;
    trials[2].confirmed = false;
    trials[3].emulated = true;
    trials[6].threads = 2;
    trials[7].cache = "cold";
    trials[7].untuned = true;
    trials[7].confirmed = false;
    trials[8].outcome = TUNE_LOST;
    trials_write(path, trials, 10);
    const struct {
        struct tune_filter filter;
        const char *plans[4];
    } cases[] = {
        {{.best = true}, {"d", "cold", "a", "two threads"}},
        {{.best = true, .allow_emulated = true}, {"d", "cold", "emulated", "two threads"}},
    };
    for (size_t i = 0; i < 2; ++i) {
        struct trial_list list;
        trials_read(path, &cases[i].filter, &list);
        assert_int_equal(list.count, 4);
        for (size_t j = 0; j < list.count; ++j)
            assert_string_equal(list.items[j].plan, cases[i].plans[j]);
        trials_free(&list);
    }
}

static enum exit_status stop_at_once(void *context, const struct tune_trial *trial)
{
    (void)trial;
    ++*(unsigned *)context;
    return STATUS_WRONG;
}

static void test_a_visit_stops(void **state)
{
    const char *path = in_folder(*state, "a.db");
    const struct tune_trial trials[] = {trial_make(1, "a", 1), trial_make(2, "b", 1)};
    const struct tune_filter all = {0};
    struct tune_db *db;
    unsigned count = 0;
    trials_write(path, trials, 2);
    assert_int_equal(tune_db_open(path, TUNE_DB_READ, &db), STATUS_DONE);
    assert_int_equal(tune_db_visit(db, &all, stop_at_once, &count), STATUS_WRONG);
    assert_int_equal(count, 1);
    tune_db_close(db);
}

static void test_texts_that_are_no_line(void **state)
{
    const char *path = in_folder(*state, "a.db");
    struct tune_db *db;
    struct tune_trial trial = trial_make(1, "a", 1);
    trial.detail = "two\nlines";
    assert_int_equal(tune_db_open(path, TUNE_DB_WRITE, &db), STATUS_DONE);
    diag_capture(printed, sizeof printed);
    assert_int_equal(tune_db_add(db, &trial), STATUS_INPUT);
    diag_capture(NULL, 0);
    assert_non_null(strstr(printed, "the detail of a trial has control characters"));
    tune_db_close(db);
    assert_int_equal(trials_ask(path, "SELECT count(*) FROM trials"), 0);
}

static void test_what_was_begun_is_undone(void **state)
{
    const char *path = in_folder(*state, "a.db");
    const struct tune_trial trial = trial_make(1, "a", 1);
    struct tune_db *db;
    assert_int_equal(tune_db_open(path, TUNE_DB_WRITE, &db), STATUS_DONE);
    assert_int_equal(tune_db_begin(db), STATUS_DONE);
    assert_int_equal(tune_db_add(db, &trial), STATUS_DONE);
    tune_db_close(db);
    assert_int_equal(trials_ask(path, "SELECT count(*) FROM trials"), 0);
    assert_int_equal(count_entries(*state), 1); /* at rest it is one file */
}

/* ---- versions -------------------------------------------------------------------------------------- */

static const char *const own_steps[] = {
    "CREATE TABLE old (a INTEGER)",
    "CREATE TABLE new (b INTEGER); INSERT INTO new SELECT 2 * a FROM old; DROP TABLE old",
    "CREATE TABLE more (c); SELECT a FROM nowhere",
};

static void test_steps(void **state)
{
    const char *path = in_folder(*state, "a.db");
    sqlite3 *sqlite;
    assert_int_equal(sqlite3_open(path, &sqlite), SQLITE_OK);
    assert_int_equal(tune_db_upgrade(sqlite, path, own_steps, 1), STATUS_DONE);
    run_sql(path, "INSERT INTO old VALUES (21)");
    assert_int_equal(trials_ask(path, "PRAGMA user_version"), 1);
    assert_int_equal(tune_db_upgrade(sqlite, path, own_steps, 2), STATUS_DONE);
    assert_int_equal(tune_db_upgrade(sqlite, path, own_steps, 2), STATUS_DONE);
    assert_int_equal(trials_ask(path, "SELECT b FROM new"), 42);
    assert_int_equal(trials_ask(path, "PRAGMA user_version"), 2);
    assert_int_equal(trials_ask(path, "PRAGMA application_id"), TUNE_DB_APPLICATION);
    diag_capture(printed, sizeof printed); /* a step that fails leaves all as it was */
    assert_int_equal(tune_db_upgrade(sqlite, path, own_steps, 3), STATUS_INPUT);
    diag_capture(NULL, 0);
    assert_non_null(strstr(printed, "no such table: nowhere"));
    assert_int_equal(trials_ask(path, "SELECT count(*) FROM sqlite_schema WHERE name = 'more'"), 0);
    assert_int_equal(trials_ask(path, "PRAGMA user_version"), 2);
    assert_int_equal(sqlite3_close(sqlite), SQLITE_OK);
}

/* An older file is upgraded by a writer; a reader sees it as if, and leaves it. */
static void test_an_older_file(void **state)
{
    const char *path = in_folder(*state, "a.db");
    const struct tune_filter all = {0};
    struct trial_list list;
    struct tune_db *db;
    run_sql(path, "PRAGMA application_id = 1936027747; PRAGMA user_version = 0;");
    trials_read(path, &all, &list);
    assert_int_equal(list.count, 0);
    assert_int_equal(trials_ask(path, "PRAGMA user_version"), 0);
    assert_int_equal(tune_db_open(path, TUNE_DB_WRITE, &db), STATUS_DONE);
    tune_db_close(db);
    assert_int_equal(trials_ask(path, "PRAGMA user_version"), TUNE_DB_VERSION);
    put_file(in_folder(*state, "empty"), "");
    trials_read(in_folder(*state, "empty"), &all, &list);
    assert_int_equal(list.count, 0);
}

static void test_a_newer_file(void **state)
{
    const char *path = in_folder(*state, "a.db");
    const struct tune_trial trial = trial_make(1, "a", 1);
    trials_write(path, &trial, 1);
    run_sql(path, "PRAGMA user_version = 99");
    for (int mode = 0; mode < 2; ++mode)
        assert_refused(
            path, (enum tune_db_mode)mode, STATUS_INPUT,
            "a.db: error: a newer sepcc made it in version 99, expected version 1 or older [database]");
    assert_int_equal(trials_ask(path, "PRAGMA user_version"), 99);
}

/* ---- faults ---------------------------------------------------------------------------------------- */

static void test_no_database(void **state)
{
    const char *text = in_folder(*state, "text"), *other = in_folder(*state, "other.db");
    char long_text[4096];
    memset(long_text, 'x', sizeof long_text - 1);
    long_text[sizeof long_text - 1] = '\0';
    put_file(text, long_text);
    run_sql(other, "CREATE TABLE cats (name TEXT)");
    for (int mode = 0; mode < 2; ++mode) {
        assert_refused(text, (enum tune_db_mode)mode, STATUS_INPUT,
                       "text: error: it is no SQLite database, expected a tuning database [database]");
        assert_refused(other, (enum tune_db_mode)mode, STATUS_INPUT,
                       "it is an SQLite database of another program, expected a tuning database [database]");
    }
    assert_file(text, long_text);
    assert_refused(in_folder(*state, "missing"), TUNE_DB_READ, STATUS_INPUT, "[file-missing]");
    assert_refused(in_folder(*state, "no/folder"), TUNE_DB_WRITE, STATUS_ENVIRONMENT,
                   "cannot write: No such file or directory, expected its folder to be there [io]");
    assert_refused(*state, TUNE_DB_READ, STATUS_INPUT, "cannot read: Is a directory");
    assert_refused(*state, TUNE_DB_WRITE, STATUS_INPUT, "Is a directory, expected the name of a file");
    assert_int_equal(count_entries(*state), 2);
}

/* Every page but the first is overwritten in turn: all such files are refused as damaged. */
static void test_a_damaged_file(void **state)
{
    enum { PAGE = 4096, TRIALS = 40 };
    const char *path = in_folder(*state, "a.db");
    struct tune_trial trials[TRIALS];
    static const char noise[PAGE] = {7, 7, 7};
    char kept[PAGE];
    for (unsigned i = 0; i < TRIALS; ++i)
        trials[i] = trial_make(i, "plan", 1);
    trials_write(path, trials, TRIALS);
    const int fd = open(path, O_RDWR);
    assert_true(fd >= 0);
    const off_t length = lseek(fd, 0, SEEK_END);
    assert_true(length >= 8L * PAGE);
    for (off_t at = PAGE; at < length; at += PAGE) {
        assert_int_equal(pread(fd, kept, PAGE, at), PAGE);
        assert_int_equal(pwrite(fd, noise, PAGE, at), PAGE);
        assert_refused(path, TUNE_DB_READ, STATUS_INPUT, "it is damaged (");
        assert_refused(path, TUNE_DB_WRITE, STATUS_INPUT, "[database]");
        assert_int_equal(pwrite(fd, kept, PAGE, at), PAGE);
    }
    assert_int_equal(ftruncate(fd, length - PAGE), 0);
    assert_refused(path, TUNE_DB_READ, STATUS_INPUT, "it is damaged (");
    close(fd);
}

/* Rows that no sepcc writes. */
static void test_foreign_rows(void **state)
{
    const char *path = in_folder(*state, "a.db");
    const struct tune_trial trial = trial_make(1, "a", 1);
    const struct tune_filter all = {0};
    static const struct {
        const char *sql, *words;
    } cases[] = {
        {"UPDATE trials SET outcome = 'fine'", "the outcome of a trial is none"},
        {"UPDATE trials SET outcome = 'lost', plan = char(9)", "the plan of a trial is none"},
    };
    trials_write(path, &trial, 1);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; ++i) {
        struct tune_db *db;
        unsigned count = 0;
        run_sql(path, cases[i].sql);
        assert_int_equal(tune_db_open(path, TUNE_DB_READ, &db), STATUS_DONE);
        diag_capture(printed, sizeof printed);
        assert_int_equal(tune_db_visit(db, &all, stop_at_once, &count), STATUS_INPUT);
        diag_capture(NULL, 0);
        assert_non_null(strstr(printed, cases[i].words));
        assert_int_equal(count, 0);
        tune_db_close(db);
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
#define IN_FOLDER(test) cmocka_unit_test_setup_teardown(test, folder_setup, folder_teardown)
        IN_FOLDER(test_all_fields_come_back),
        IN_FOLDER(test_every_outcome),
        IN_FOLDER(test_an_id_is_taken_once),
        cmocka_unit_test(test_ids_differ),
        IN_FOLDER(test_order_and_filters),
        IN_FOLDER(test_the_best),
        IN_FOLDER(test_a_visit_stops),
        IN_FOLDER(test_texts_that_are_no_line),
        IN_FOLDER(test_what_was_begun_is_undone),
        IN_FOLDER(test_steps),
        IN_FOLDER(test_an_older_file),
        IN_FOLDER(test_a_newer_file),
        IN_FOLDER(test_no_database),
        IN_FOLDER(test_a_damaged_file),
        IN_FOLDER(test_foreign_rows),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
