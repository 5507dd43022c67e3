/*
 * test_cmd_db.c: `sepcc db`: what it prints, wisdom there and back, merging in any order, pruning.
 */
#include "database/key.h"
#include "database/wisdom_file.h"
#include "support_folder.h"
#include "support_shell.h"
#include "support_tune.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define POINTWISE "pointwise in=14x14x512 out=512"
#define DEPTHWISE "depthwise in=56x56x128 kernel=3x3 pad=1"

/* Two stages, one of them on two instruction sets; a wrong and an emulated trial. */
static void write_some(const char *path)
{
    struct tune_trial trials[] = {
        trial_of(POINTWISE, 1, "rows=6,vectors=2", 0.8125), trial_of(POINTWISE, 2, "rows=4,vectors=3", 1.0),
        trial_of(DEPTHWISE, 3, "rows=2,columns=2", 0.9),    trial_of(POINTWISE, 4, "rows=14,vectors=2", 0.95),
        trial_of(POINTWISE, 5, "rows=1,vectors=1", 0.0),    trial_of(DEPTHWISE, 6, "rows=1,columns=4", 0.5),
    };
    trials[1].untuned = true;
    trials[3].key.isa = "avx512";
    trials[4].outcome = TUNE_CRASHED;
    trials[4].median_s = 0.0;
    trials[4].detail = "signal 11";
    trials[5].emulated = true;
    trials_write(path, trials, sizeof trials / sizeof trials[0]);
}

static void test_list(void **state)
{
    write_some(in_folder(*state, "a.db"));
    assert_shell(*state, 0, "$SEPCC db list a.db");
    assert_string_equal(shell_output(), "cpu: Test CPU family 1 model 2; L1d 32K L2 1M\n"
                                        "compiler: clang 14.0.6 -O2\n"
                                        "templates: 00112233\n"
                                        "cache: warm\n"
                                        "threads: 1\n"
                                        "\n"
                                        "spec                                     isa     outcome            "
                                        " ratio  95 % between      ms  GFLOP/s"
                                        "  plan\n"
                                        "depthwise in=56x56x128 kernel=3x3 pad=1  avx2    measured, emulated "
                                        " 0.500  0.495 0.505   0.0500     20.0"
                                        "  rows=1,columns=4\n"
                                        "depthwise in=56x56x128 kernel=3x3 pad=1  avx2    measured           "
                                        " 0.900  0.891 0.909   0.0900     20.0"
                                        "  rows=2,columns=2\n"
                                        "pointwise in=14x14x512 out=512           avx2    crashed            "
                                        "     -  -                  -        -"
                                        "  rows=1,vectors=1\n"
                                        "pointwise in=14x14x512 out=512           avx2    measured           "
                                        " 0.812  0.804 0.821   0.0813     20.0"
                                        "  rows=6,vectors=2\n"
                                        "pointwise in=14x14x512 out=512           avx2    measured, untuned  "
                                        " 1.000  0.990 1.010   0.1000     20.0"
                                        "  rows=4,vectors=3\n"
                                        "pointwise in=14x14x512 out=512           avx512  measured           "
                                        " 0.950  0.941 0.959   0.0950     20.0"
                                        "  rows=14,vectors=2\n"
                                        "\n6 trials\n");
}

/* Each filter leaves in what it says. */
static void test_filters(void **state)
{
    write_some(in_folder(*state, "a.db"));
    static const struct {
        const char *options;
        unsigned trials;
    } cases[] = {
        {"", 6},
        {"--isa avx512", 1},
        {"--isa sse,avx2", 5},
        {"--spec depthwise", 2},
        {"--spec 'out=512' --isa avx2", 3},
        {"--cpu 'Test CPU'", 6},
        {"--cpu Other", 0},
        {"--compiler clang", 6},
        {"--compiler gcc", 0},
        {"--outcome crashed", 1},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; ++i) {
        char words[64];
        assert_int_equal(shell(*state, "$SEPCC db list a.db %s", cases[i].options), 0);
        (void)snprintf(words, sizeof words, "%u trial%s\n", cases[i].trials, cases[i].trials == 1 ? "" : "s");
        assert_printed(words);
    }
}

static void test_machine_forms(void **state)
{
    write_some(in_folder(*state, "a.db"));
    assert_shell(*state, 0, "$SEPCC db list a.db --csv --outcome crashed");
    assert_string_equal(
        shell_output(),
        "id,sweep,stage,spec,isa,cpu,compiler,templates,plan,cache,threads,outcome,untuned,confirmed,"
        "emulated,"
        "detail,predicted_s,median_s,low_s,high_s,ratio,ratio_low,ratio_high,rounds,bound_s,flop,gflops,"
        "peak_gflops,code_bytes,spills,finished\n"
        "00000000000000000000000000000005,ffffffffffffffffffffffffffffffff,block1,pointwise in=14x14x512 "
        "out=512,"
        "avx2,Test CPU family 1 model 2; L1d 32K L2 1M,clang 14.0.6 -O2,00112233445566778899aabbccddeeff,"
        "\"rows=1,vectors=1\",warm,1,crashed,0,1,0,signal 11,0.00015,0,0,0,0,0,0,12,5e-05,2000000,20,100,"
        "5000000000,3,1700000000\n");
    assert_shell(*state, 0, "$SEPCC db best a.db --json --isa avx512");
    assert_printed("\"plan\":\t\"rows=14,vectors=2\"");
    assert_printed("\"ratio\":\t0.95,");
    assert_shell(*state, 0, "$SEPCC db best a.db");
    assert_printed("\n3 best plans\n");
    assert_shell(*state, 0, "$SEPCC db best a.db --emulated --spec depthwise");
    assert_printed("rows=1,columns=4");
}

/* Wisdom is what it is, byte by byte: it is committed and compared. */
static void test_export(void **state)
{
    static const char HEAD[] =
        "# sepcc wisdom 1\n"
        "# spec\tisa\tcpu\tcompiler\ttemplates\tcache\tthreads\ttimed\tratio\tlow\thigh\tplan\n";
    static const char MACHINE[] = "\tTest CPU family 1 model 2; L1d 32K L2 1M\tclang 14.0.6 "
                                  "-O2\t00112233445566778899aabbccddeeff\twarm\t1\t";
    struct text expected = {0};
    write_some(in_folder(*state, "a.db"));
    text_printf(&expected,
                "%s" DEPTHWISE "\tavx2%snative\t0.9000\t0.8910\t0.9090\trows=2,columns=2\n" POINTWISE
                "\tavx2%snative\t0.8125\t0.8044\t0.8206\trows=6,vectors=2\n" POINTWISE
                "\tavx512%snative\t0.9500\t0.9405\t0.9595\trows=14,vectors=2\n",
                HEAD, MACHINE, MACHINE, MACHINE);
    assert_shell(*state, 0, "$SEPCC db export a.db");
    assert_string_equal(shell_output(), expected.data);
    assert_shell(*state, 0, "LC_ALL=de_DE.UTF-8 $SEPCC db export a.db -o a.wisdom");
    assert_string_equal(shell_output(), "");
    assert_file(in_folder(*state, "a.wisdom"), expected.data);
    assert_shell(*state, 0, "$SEPCC db export a.db --emulated --spec depthwise");
    assert_printed("\temulated\t0.5000\t0.4950\t0.5050\trows=1,columns=4\n");
    text_free(&expected);
}

/* Into an empty database and out again: the same bytes. Twice is as once; into the same database changes
 * nothing.
 */
static void test_import(void **state)
{
    write_some(in_folder(*state, "a.db"));
    assert_shell(*state, 0, "$SEPCC db export a.db -o a.wisdom && $SEPCC db import -o b.db a.wisdom");
    assert_string_equal(shell_output(), "b.db: 3 plans read, 3 of them new\n");
    assert_shell(*state, 0, "$SEPCC db import -o b.db a.wisdom a.wisdom");
    assert_string_equal(shell_output(), "b.db: 6 plans read, 0 of them new\n");
    assert_shell(*state, 0, "$SEPCC db export b.db | cmp - a.wisdom");
    assert_shell(*state, 0, "$SEPCC db import -o a.db a.wisdom && $SEPCC db export a.db | cmp - a.wisdom");
    assert_shell(*state, 0,
                 "$SEPCC db export a.db --emulated -o e.wisdom && $SEPCC db import -o c.db e.wisdom");
    assert_shell(*state, 0, "$SEPCC db best c.db"); /* a file does not make an emulator a CPU */
    assert_printed("\n2 best plans\n");
    assert_shell(*state, 0, "$SEPCC db export c.db --emulated | cmp - e.wisdom");
}

/* A time of nanoseconds is no 0.0000. */
static void test_small_times(void **state)
{
    struct tune_trial trial = trial_of(POINTWISE, 1, "rows=6,vectors=2", 1);
    trial.median_s = 4.2e-8;
    trials_write(in_folder(*state, "a.db"), &trial, 1);
    assert_shell(*state, 0, "$SEPCC db list a.db");
    assert_printed(" 0.000042 ");
}

/* The rounded ratio of the wisdom does not hide the trial that it came from, with its times. */
static void test_import_of_own_wisdom(void **state)
{
    const struct tune_trial trial = trial_of(POINTWISE, 1, "rows=6,vectors=2", 0.81253);
    trials_write(in_folder(*state, "a.db"), &trial, 1);
    assert_shell(*state, 0, "$SEPCC db best a.db >before && $SEPCC db export a.db -o a.wisdom");
    assert_shell(*state, 0, "$SEPCC db import -o a.db a.wisdom");
    assert_string_equal(shell_output(), "a.db: 1 plans read, 1 of them new\n");
    assert_shell(*state, 0, "$SEPCC db best a.db | cmp - before");
}

static void test_bad_wisdom(void **state)
{
    static const char LINE[] = POINTWISE "\tavx2\tcpu\tclang\tabc\twarm\t1\tnative\t0.5\t0.4\t0.6\trows=1\n";
    static const struct {
        const char *text, *words;
    } cases[] = {
        {"", "w:1: error: it is no wisdom, expected '# sepcc wisdom 1' in its first line [file-format]"},
        {"hello\n", "w:1: error: it is no wisdom"},
        {"# sepcc wisdom 2\n", "w:1: error: wisdom of version '2' is unknown, expected 1 [file-format]"},
        {"# sepcc wisdom 1x\n", "wisdom of version '1x' is unknown"},
        {"# sepcc wisdom 1\n\na\tb\n", "w:3: error: the line is no wisdom, expected 12 fields between tabs"},
        {"# sepcc wisdom 1\ns\tavx9\tc\tc\tt\twarm\t1\tnative\t0.5\t0.4\t0.6\tp\n",
         "w:2:3: error: the isa 'avx9' is no good, expected an instruction set [file-format]"},
        {"# sepcc wisdom 1\ns\tavx2\t\tc\tt\twarm\t1\tnative\t0.5\t0.4\t0.6\tp\n", "the cpu '' is no good"},
        {"# sepcc wisdom 1\ns\tavx2\tc\tc\tt\twarm\t0\tnative\t0.5\t0.4\t0.6\tp\n",
         "the threads '0' is no good"},
        {"# sepcc wisdom 1\ns\tavx2\tc\tc\tt\twarm\t1\tmoon\t0.5\t0.4\t0.6\tp\n",
         "the timed 'moon' is no good"},
        {"# sepcc wisdom 1\ns\tavx2\tc\tc\tt\twarm\t1\tnative\tnan\t0.4\t0.6\tp\n",
         "the ratio 'nan' is no good"},
        {"# sepcc wisdom 1\ns\tavx2\tc\tc\tt\twarm\t1\tnative\t0.5\t-1\t0.6\tp\n", "the low '-1' is no good"},
        {"# sepcc wisdom 1\ns\tavx2\tc\tc\tt\twarm\t1\tnative\t0.5\t0.4\t1,5\tp\n",
         "the high '1,5' is no good"},
        {"# sepcc wisdom 1\ns\tavx2\tc\tc\tt\twarm\t1\tnative\t0.00009\t0.4\t0.6\tp\n",
         "the ratio '0.00009' is no good"}, /* which would be printed as 0.0000 */
        {"# sepcc wisdom 1\ns\tavx2\tc\tc\tt\twarm\t1\tnative\t1\t0.4\t1000001\tp\n",
         "the high '1000001' is no good"},
        {"# sepcc wisdom 1\ns\tavx2\tc\tc\tt\twarm\t1\tnative\t0.5\t0.4\t0.6\t\n", "the plan '' is no good"},
        {"# sepcc wisdom 1\ns\tavx2\tc\tc\tt\twarm\t1\tnative\t0.5\t0.4\t0.6\tp\r\n", "control characters"},
    };
    put_file(in_folder(*state, "good"), "");
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; ++i) {
        put_file(in_folder(*state, "w"), cases[i].text);
        assert_shell(*state, 2, "$SEPCC db import -o b.db w");
        assert_error(cases[i].words);
    }
    /* what stands behind a byte of zero is not left out in silence */
    assert_shell(*state, 2, "printf '# sepcc wisdom 1\\n#\\0\\n\\n' >w; $SEPCC db import -o b.db w");
    assert_error("w:2:2: error: there is a byte of zero, expected text [file-format]");
    /* nothing of several files is taken when one is bad */
    struct text good = {0};
    text_printf(&good, "# sepcc wisdom 1\n%s", LINE);
    put_file(in_folder(*state, "good"), good.data);
    text_free(&good);
    assert_shell(*state, 0, "rm -f b.db; $SEPCC db import -o b.db good");
    assert_shell(*state, 0, "sed s/rows=1/rows=2/ good >other");
    assert_shell(*state, 2, "$SEPCC db import -o b.db other w");
    assert_shell(*state, 0, "$SEPCC db list b.db");
    assert_printed("\n1 trial\n");
}

/* Every order of three databases that share trials gives the same trials and the same wisdom. */
static void test_merge_in_any_order(void **state)
{
    struct tune_trial trials[9];
    for (unsigned i = 0; i < 9; ++i) {
        trials[i] = trial_of(i % 2 ? POINTWISE : DEPTHWISE, i, i % 4 < 2 ? "b" : "a",
                             i < 4   ? 0.5
                             : i < 8 ? 0.625
                                     : 0.75);
        trials[i].key.isa = i % 3 ? "avx2" : "sse";
    }
    trials_write(in_folder(*state, "0.db"), trials, 4);
    trials_write(in_folder(*state, "1.db"), trials + 3, 4);
    trials_write(in_folder(*state, "2.db"), trials + 6, 3);
    static const char *const orders[] = {"0.db 1.db 2.db", "0.db 2.db 1.db", "1.db 0.db 2.db",
                                         "1.db 2.db 0.db", "2.db 0.db 1.db", "2.db 1.db 0.db"};
    for (size_t i = 0; i < sizeof orders / sizeof orders[0]; ++i) {
        assert_int_equal(shell(*state, "rm -f all.db && $SEPCC db merge -o all.db %s", orders[i]), 0);
        assert_string_equal(shell_output(), "all.db: 11 trials read, 9 of them new\n");
        assert_int_equal(shell(*state,
                               "$SEPCC db list all.db --csv >list.%zu && $SEPCC db export all.db >w.%zu &&"
                               "cmp list.0 list.%zu && cmp w.0 w.%zu && test $(wc -l <list.0) = 10",
                               i, i, i, i),
                         0);
    }
    /* one after the other, and merged ones again */
    assert_shell(*state, 0,
                 "rm -f all.db && for i in 2 0 1 0; do $SEPCC db merge -o all.db $i.db; done && "
                 "$SEPCC db merge -o again.db all.db 1.db && $SEPCC db list again.db --csv | cmp - list.0");
    assert_shell(*state, 2, "$SEPCC db merge -o all.db 1.db ./all.db");
    assert_error("'./all.db' is both read and written, expected another file");
    assert_shell(*state, 2, "$SEPCC db merge -o new.db 1.db missing.db");
    assert_error("missing.db: error: ");
    assert_shell(*state, 2, "$SEPCC db merge -o new.db 1.db w.0");
    assert_error("w.0: error: it is no SQLite database");
    assert_shell(*state, 1, "test -e new.db");
}

static void test_prune(void **state)
{
    struct tune_trial trials[] = {
        trial_of(POINTWISE, 1, "best", 0.5),    trial_of(POINTWISE, 2, "old", 0.75),
        trial_of(POINTWISE, 3, "lost", 0.0),    trial_of(POINTWISE, 4, "young", 0.8),
        trial_of(POINTWISE, 5, "stale", 0.25),  trial_of("sideways in=4x4x4", 6, "unknown", 0.5),
        trial_of(POINTWISE, 7, "undated", 0.9),
    };
    struct spec spec;
    char digest[33];
    assert_int_equal(spec_parse(POINTWISE, NOWHERE, &spec), STATUS_DONE);
    assert_int_equal(tune_key_templates(&spec, isa_get(SEPCC_ISA_AVX2), digest), STATUS_DONE);
    for (size_t i = 0; i < 7; ++i)
        trials[i].key.templates = i == 4 ? "0" : digest;
    trials[2].outcome = TUNE_LOST;
    trials[3].finished = (int64_t)time(NULL) - 86400;
    trials[6].finished = 0;
    trials_write(in_folder(*state, "all.db"), trials, 7);
    static const struct {
        const char *options, *said, *left;
    } cases[] = {
        {"", "2 of 7 trials: 2 stale, 0 failed, 0 old\n", "lost best old young undated "},
        {"--stale", "2 of 7 trials: 2 stale, 0 failed, 0 old\n", "lost best old young undated "},
        {"--failed", "1 of 7 trials: 0 stale, 1 failed, 0 old\n", "stale best old young undated unknown "},
        {"--older-than 30", "2 of 7 trials: 0 stale, 0 failed, 2 old\n", "stale best young undated unknown "},
        {"--stale --failed --older-than 30", "4 of 7 trials: 2 stale, 1 failed, 1 old\n",
         "best young undated "},
        {"--older-than 100000", "0 of 7 trials: 0 stale, 0 failed, 0 old\n",
         "stale lost best old young undated unknown "},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; ++i) {
        struct text said = {0};
        struct trial_list list;
        const struct tune_filter all = {0};
        char left[128] = "";
        text_printf(&said, "would remove %sremoved %s", cases[i].said, cases[i].said);
        assert_int_equal(shell(*state,
                               "cp all.db a.db && $SEPCC db prune a.db --dry-run %s && cmp all.db a.db &&"
                               "$SEPCC db prune a.db %s",
                               cases[i].options, cases[i].options),
                         0);
        assert_string_equal(shell_output(), said.data);
        trials_read(in_folder(*state, "a.db"), &all, &list);
        for (size_t j = 0; j < list.count; ++j) {
            strcat(left, list.items[j].plan);
            strcat(left, " ");
        }
        trials_free(&list);
        text_free(&said);
        assert_string_equal(left, cases[i].left);
    }
    assert_shell(*state, 2, "$SEPCC db prune none.db");
    assert_shell(*state, 1, "test -e none.db");
    assert_shell(*state, 0, "$SEPCC db prune a.db --stale --dry-run && chmod 444 a.db");
}

static void test_usage(void **state)
{
    static const struct {
        const char *line, *words;
    } cases[] = {
        {"db", "nothing to do is given, expected list, best, export, import, merge or prune; try 'sepcc db "
               "--help'"},
        {"db lost a.db", "'lost' is unknown, expected list,"},
        {"db list", "list: no file is given, expected a tuning database"},
        {"db import -o x", "import: no file is given, expected a wisdom file"},
        {"db list a b", "list: 'b' is one word too many"},
        {"db merge a", "no database to write is given, expected -o FILE"},
        {"db import -o b -", "standard input is no source, expected a file"},
        {"db list a --dry-run", "--dry-run is no option of 'list'"},
        {"db merge -o b a --isa avx2", "--isa is no option of 'merge'"},
        {"db export a --csv", "--csv is no option of 'export'"},
        {"db list a.db --isa avx9", "'avx9'"},
        {"db list a.db --outcome fine",
         "sepcc: --outcome: error: 'fine' is unknown, expected measured, lost, wrong,"},
        {"db list a.db --csv --json", "both --csv and --json are given"},
        {"db prune a.db --older-than 0",
         "sepcc: --older-than: error: '0' is no good, expected a number from 1"},
        {"db list a.db", "a.db: error: cannot read: No such file or directory"},
        {"db list a.db -f x", "--file is no option of 'db'"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; ++i) {
        assert_int_equal(shell(*state, "$SEPCC %s", cases[i].line), 2);
        assert_error(cases[i].words);
        assert_int_equal(count_entries(*state), 0);
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
#define IN_FOLDER(test) cmocka_unit_test_setup_teardown(test, folder_setup, folder_teardown)
        IN_FOLDER(test_list),
        IN_FOLDER(test_small_times),
        IN_FOLDER(test_filters),
        IN_FOLDER(test_machine_forms),
        IN_FOLDER(test_export),
        IN_FOLDER(test_import),
        IN_FOLDER(test_import_of_own_wisdom),
        IN_FOLDER(test_bad_wisdom),
        IN_FOLDER(test_merge_in_any_order),
        IN_FOLDER(test_prune),
        IN_FOLDER(test_usage),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
