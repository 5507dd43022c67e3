/*
 * test_wisdom.c: which plan a stage gets out of what tuning has found, and what is said of it.
 */
#include "database/key.h"
#include "database/wisdom.h"
#include "support_folder.h"
#include "support_shell.h"
#include "support_tune.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define POINTWISE "pointwise in=14x14x512 out=512"
#define DEPTHWISE "depthwise in=28x28x256 kernel=3x3 pad=1"
#define SEPARABLE "separable in=14x14x64 out=64 kernel=3x3 pad=1"

static struct spec spec_of(const char *text)
{
    struct spec spec;
    assert_int_equal(spec_parse(text, NOWHERE, &spec), STATUS_DONE);
    return spec;
}

/* The digest that the templates have now; a buffer of its own for each call. */
static const char *digest_of(const char *spec_text, enum sepcc_isa isa)
{
    static char digests[16][33];
    static unsigned next;
    char *digest = digests[next++ % 16];
    const struct spec spec = spec_of(spec_text);
    assert_int_equal(tune_key_templates(&spec, isa_get(isa), digest), STATUS_DONE);
    return digest;
}

/* A best plan for avx2, of the templates as they are. */
static struct tune_trial tuned(unsigned number, const char *spec, const char *plan, double ratio)
{
    struct tune_trial trial = trial_of(spec, number, plan, ratio);
    trial.key.templates = digest_of(spec, SEPCC_ISA_AVX2);
    return trial;
}

/* What wisdom says. */
struct answer {
    struct plan_request request;
    enum plan_source source;
    char why[512], printed[512];
};

static struct answer ask_for(const char *path, const struct wisdom_user *user, const char *spec_text,
                             const struct plan_request *request)
{
    struct answer answer;
    struct wisdom *wisdom;
    struct text why = {0};
    const struct spec spec = spec_of(spec_text);
    assert_int_equal(wisdom_open(path, user, &wisdom), STATUS_DONE);
    diag_capture(answer.printed, sizeof answer.printed);
    for (int i = 0; i < 2; ++i) { /* a second question is answered as the first */
        why.length = 0;
        assert_int_equal(wisdom_choose(wisdom, &spec, isa_get(SEPCC_ISA_AVX2), request, &answer.request,
                                       &answer.source, &why),
                         STATUS_DONE);
    }
    diag_capture(NULL, 0);
    (void)snprintf(answer.why, sizeof answer.why, "%s", why.data);
    text_free(&why);
    wisdom_close(wisdom);
    return answer;
}

static struct answer ask(const char *path, const char *spec)
{
    const struct wisdom_user user = {.threads = 1};
    struct plan_request nothing;
    plan_request_clear(&nothing);
    return ask_for(path, &user, spec, &nothing);
}

static void assert_answer(const struct answer *answer, enum plan_source source, const char *words)
{
    assert_string_equal(plan_source_word(answer->source), plan_source_word(source));
    if (strstr(answer->why, words) == NULL)
        fail_msg("'%s' is not in: %s", words, answer->why);
}

/* ---- exactly this stage ---------------------------------------------------------------------------- */

static void test_exactly(void **state)
{
    const char *path = in_folder(*state, "a.db");
    const struct tune_trial trial = tuned(1, POINTWISE, "rows=4,vectors=2,depth=128", 0.8);
    trials_write(path, &trial, 1);
    const struct answer answer = ask(path, POINTWISE);
    assert_answer(
        &answer, PLAN_TUNED,
        "tuned: 0.800 of the untuned plan's time (0.792 to 0.808), warm, 1 thread, Test CPU family 1 "
        "model 2; L1d 32K L2 1M, by clang 14.0.6 -O2");
    assert_int_equal(answer.request.rows, 4);
    assert_int_equal(answer.request.vectors, 2);
    assert_int_equal(answer.request.depth, 128);
    assert_string_equal(answer.printed, "");
    const struct answer named = ask(path, "pointwise name=x out=512 in=14x14x512");
    assert_answer(&named, PLAN_TUNED, "tuned: ");
}

static void test_without_wisdom(void **state)
{
    (void)state;
    const struct spec spec = spec_of(POINTWISE);
    struct plan_request request, chosen;
    enum plan_source source;
    struct text why = {0};
    plan_request_clear(&request);
    assert_int_equal(wisdom_choose(NULL, &spec, isa_get(SEPCC_ISA_AVX2), &request, &chosen, &source, &why),
                     STATUS_DONE);
    assert_int_equal(source, PLAN_HEURISTIC);
    assert_true(plan_request_is_clear(&chosen));
    assert_string_equal(why.data, "the heuristic");
    text_free(&why);
}

/* What is asked for is kept, whatever is known. */
static void test_asked(void **state)
{
    const char *path = in_folder(*state, "a.db");
    const struct tune_trial trial = tuned(1, POINTWISE, "rows=4,vectors=2", 0.75);
    const struct wisdom_user user = {.threads = 1};
    struct plan_request request;
    trials_write(path, &trial, 1);
    assert_int_equal(plan_request_parse("prefetch=no", NOWHERE, &request), STATUS_DONE);
    const struct answer answer = ask_for(path, &user, POINTWISE, &request);
    assert_answer(&answer, PLAN_ASKED, "as asked for");
    assert_int_equal(answer.request.rows, 0);
    assert_int_equal(answer.request.prefetch, PREFETCH_NO);
}

/* Of several, the one for the threads that are wanted; then by cache. One that is not possible is passed
 * over. */
static void test_which_of_several(void **state)
{
    const char *path = in_folder(*state, "a.db");
    struct tune_trial trials[] = {
        tuned(1, POINTWISE, "rows=1,vectors=2", 0.5),  tuned(2, POINTWISE, "rows=2,vectors=2", 0.6),
        tuned(3, POINTWISE, "rows=3,vectors=2", 0.7),  tuned(4, POINTWISE, "rows=4,vectors=2", 0.8),
        tuned(5, POINTWISE, "rows=32,vectors=8", 0.1),
    };
    trials[0].cache = "cold";
    trials[2].cache = "chain";
    trials[3].threads = 2;
    trials[4].cache = "chain";
    trials[4].threads = 2; /* the best of its kind, were it possible */
    trials_write(path, trials, 5);
    const struct {
        unsigned threads, rows;
    } cases[] = {{1, 3}, {2, 4}, {3, 3}};
    struct plan_request nothing;
    plan_request_clear(&nothing);
    for (size_t i = 0; i < 3; ++i) {
        const struct wisdom_user user = {.threads = cases[i].threads};
        const struct answer answer = ask_for(path, &user, POINTWISE, &nothing);
        assert_answer(&answer, PLAN_TUNED, "tuned");
        assert_int_equal(answer.request.rows, cases[i].rows);
    }
}

static void test_other_templates(void **state)
{
    const char *path = in_folder(*state, "a.db");
    struct tune_trial trial = tuned(1, POINTWISE, "rows=4,vectors=2", 0.75);
    trial.key.templates = "00112233445566778899aabbccddeeff";
    trials_write(path, &trial, 1);
    const struct answer answer = ask(path, POINTWISE);
    assert_answer(&answer, PLAN_HEURISTIC, "a.db knows this stage only with other templates");
    assert_true(plan_request_is_clear(&answer.request));
}

/* ---- whose plans ----------------------------------------------------------------------------------- */

static void test_cpus(void **state)
{
    const char *path = in_folder(*state, "a.db");
    struct tune_trial trials[] = {tuned(1, POINTWISE, "rows=4,vectors=2", 0.75),
                                  tuned(2, POINTWISE, "rows=2,vectors=3", 0.75)};
    struct plan_request nothing;
    struct wisdom *wisdom;
    char printed[512];
    plan_request_clear(&nothing);
    trials[1].key.cpu = "Other CPU family 2 model 2; L1d 48K";
    trials_write(path, trials, 2);
    const struct {
        struct wisdom_user user;
        unsigned rows;
    } cases[] = {{{.here = "Other CPU family 2 model 2; L1d 48K"}, 2},
                 {{.here = "Test CPU family 1 model 2; L1d 32K L2 1M"}, 4},
                 {{.here = "Other CPU family 2 model 2; L1d 48K", .cpu = "Test"}, 4},
                 {{.cpu = "family 2"}, 2},
                 {{.here = "Third CPU"}, 0}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; ++i) {
        const struct answer answer = ask_for(path, &cases[i].user, POINTWISE, &nothing);
        assert_int_equal(answer.request.rows, cases[i].rows);
        assert_int_equal(answer.source, cases[i].rows > 0 ? PLAN_TUNED : PLAN_HEURISTIC);
        if (i == 1)
            assert_answer(&answer, PLAN_TUNED, ", this CPU, by clang");
        if (i == 4) {
            assert_answer(&answer, PLAN_HEURISTIC, "knows this stage only of another CPU or compiler");
            const char *warning =
                strstr(answer.printed, "a.db: warning: it has plans of 2 CPUs for avx2, none "
                                       "of them this one: expected --cpu to choose\n");
            assert_non_null(warning);
            assert_null(strstr(warning + 1, "a.db: warning")); /* once */
        } else
            assert_string_equal(answer.printed, "");
    }
    static const struct {
        const char *cpu, *words;
    } wrong[] = {{"family", "--cpu: error: 'family' fits 2 CPUs of "},
                 {"Third", "is of a CPU with 'Third', expected part of the text of one [usage]"}};
    for (size_t i = 0; i < 2; ++i) {
        diag_capture(printed, sizeof printed);
        assert_int_equal(wisdom_open(path, &(struct wisdom_user){.cpu = wrong[i].cpu}, &wisdom),
                         STATUS_INPUT);
        diag_capture(NULL, 0);
        assert_null(wisdom);
        assert_non_null(strstr(printed, wrong[i].words));
    }
}

/* The compiler that will be used, else the one of most plans. */
static void test_compilers(void **state)
{
    const char *path = in_folder(*state, "a.db");
    struct tune_trial trials[] = {
        tuned(1, POINTWISE, "rows=1,vectors=2", 0.75), tuned(2, POINTWISE, "rows=2,vectors=2", 0.75),
        tuned(3, DEPTHWISE, "rows=2,columns=2", 0.75), tuned(4, POINTWISE, "rows=4,vectors=2", 0.75)};
    struct plan_request nothing;
    plan_request_clear(&nothing);
    trials[0].key.compiler = "a 1 -O2";
    trials[1].key.compiler = trials[2].key.compiler = "gcc 12.2.0 -O2";
    trials_write(path, trials, 4);
    const struct {
        const char *compiler;
        unsigned rows;
    } cases[] = {{"a 1 -O2", 1}, {"clang 14.0.6 -O2", 4}, {NULL, 2}, {"none 1 -O2", 2}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; ++i) {
        const struct wisdom_user user = {.compiler = cases[i].compiler};
        const struct answer answer = ask_for(path, &user, POINTWISE, &nothing);
        assert_int_equal(answer.request.rows, cases[i].rows);
    }
}

/* ---- neighbours ------------------------------------------------------------------------------------ */

static void test_kinds(void **state)
{
    (void)state;
    static const struct {
        const char *a, *b;
        bool same;
    } cases[] = {
        {"pointwise in=4x4x8 out=8", "pointwise in=9x4x64 out=16 bias=no batch=3", true},
        {"pointwise in=4x4x8 out=8", "pointwise in=4x4x8 out=8 act=relu", false},
        {"pointwise in=4x4x8 out=8", "pointwise in=4x4x8 out=8 layout=nchw", false},
        {"pointwise in=4x4x8 out=8", "pointwise in=4x4x8 out=8 stride=2", false},
        {"pointwise in=4x4x8 out=8 act=clamp(0,1)", "pointwise in=4x4x8 out=8 act=clamp(0,2)", true},
        {"depthwise in=8x8x8 kernel=3", "depthwise in=9x9x8 kernel=3 pad=1", true},
        {"depthwise in=8x8x8 kernel=3", "depthwise in=8x8x8 kernel=3x5", false},
        {"depthwise in=8x8x8 kernel=3", "depthwise in=8x8x8 kernel=3 stride=2x1", false},
        {"depthwise in=8x8x8 kernel=3", "depthwise in=8x8x8 kernel=3 dilation=2", false},
        {"depthwise in=8x8x8 kernel=3", "depthwise in=8x8x8 kernel=3 mult=2", false},
        {"depthwise in=8x8x8 kernel=1", "pointwise in=8x8x8 out=8", false},
        {"inverted in=8x8x8 expand=16 out=8 kernel=3 pad=1",
         "inverted in=8x8x8 expand=16 out=8 kernel=3 pad=1 residual=yes", false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; ++i) {
        const struct spec a = spec_of(cases[i].a), b = spec_of(cases[i].b);
        assert_int_equal(wisdom_same_kind(&a.stage, &b.stage), cases[i].same);
        assert_int_equal(wisdom_same_kind(&b.stage, &a.stage), cases[i].same);
    }
}

static void test_distances(void **state)
{
    (void)state;
    static const struct {
        const char *a, *b;
        double distance;
    } cases[] = {
        {"pointwise in=4x4x8 out=8", "pointwise in=2x8x8 out=8", 0.0}, /* as many pixels */
        {"pointwise in=4x4x8 out=8", "pointwise in=4x8x8 out=8", 1.0},
        {"pointwise in=4x4x8 out=8", "pointwise in=4x4x16 out=32", 2.2360679775},
        {"depthwise in=8x8x8 kernel=3 pad=1", "depthwise in=4x16x8 kernel=3 pad=1", 1.4142135624},
        {"depthwise in=8x8x8 kernel=3 pad=1", "depthwise in=8x8x32 kernel=3 pad=1", 2.0},
        {"depthwise in=8x8x8 kernel=3 pad=1", "depthwise in=8x8x8 kernel=3 pad=1 batch=2", 1.0},
        {"inverted in=8x8x8 expand=16 out=8 kernel=3 pad=1",
         "inverted in=8x8x8 expand=32 out=16 kernel=3 pad=1", 1.4142135624},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; ++i) {
        const struct spec a = spec_of(cases[i].a), b = spec_of(cases[i].b);
        assert_true(fabs(wisdom_distance(&a.stage, &b.stage) - cases[i].distance) < 1e-9);
        assert_true(fabs(wisdom_distance(&b.stage, &a.stage) - cases[i].distance) < 1e-9);
    }
}

static void test_the_nearest(void **state)
{
    const char *path = in_folder(*state, "a.db");
    const struct tune_trial trials[] = {
        tuned(1, "pointwise in=14x14x512 out=384", "rows=4,vectors=2", 0.9),
        tuned(2, "pointwise in=14x14x512 out=256", "rows=2,vectors=3", 0.8),
        tuned(3, "pointwise in=14x14x512 out=512 act=relu", "rows=1,vectors=2", 0.7)};
    trials_write(path, trials, 3);
    const struct answer answer = ask(path, POINTWISE);
    assert_answer(
        &answer, PLAN_NEIGHBOUR,
        "that of the nearest tuned neighbour, pointwise in=14x14x512 out=384 (0.42 doublings away): "
        "there 0.900 of the untuned plan's time");
    assert_int_equal(answer.request.rows, 4);
    const struct answer far = ask(path, "pointwise in=14x14x64 out=512");
    assert_answer(&far, PLAN_HEURISTIC, "knows neither this stage nor a neighbour that helps");
    /* nothing but the bias differs */
    const struct answer close = ask(path, "pointwise in=14x14x512 out=256 bias=no");
    assert_answer(&close, PLAN_NEIGHBOUR, "(0.00 doublings away)");
    assert_int_equal(close.request.rows, 2);
}

/* Blocks that do not fit the shape are chosen anew, the tile stays. */
static void test_blocks_that_do_not_fit(void **state)
{
    const char *path = in_folder(*state, "a.db");
    struct plan plan, own;
    struct plan_request nothing;
    const struct spec spec = spec_of("pointwise in=14x14x512 out=384");
    const struct tune_trial trial =
        tuned(1, POINTWISE, "rows=4,vectors=2,block=196,channels=512,depth=512,unroll_k=2", 0.9);
    trials_write(path, &trial, 1);
    const struct answer answer = ask(path, "pointwise in=14x14x512 out=384");
    assert_answer(&answer, PLAN_NEIGHBOUR, "that of the nearest tuned neighbour");
    assert_int_equal(answer.request.rows, 4);
    assert_int_equal(answer.request.unroll_k, 2);
    plan_request_clear(&nothing);
    assert_int_equal(plan_make(&spec, isa_get(SEPCC_ISA_AVX2), &answer.request, NOWHERE, &plan), STATUS_DONE);
    assert_int_equal(plan_make(&spec, isa_get(SEPCC_ISA_AVX2), &nothing, NOWHERE, &own), STATUS_DONE);
    assert_true(plan.as.pointwise.channels <= 384);
    plan_free(&plan);
    plan_free(&own);
}

/* A plan that suits the neighbour's size and leaves many rests on this one is not taken; the next may be. */
static void test_a_plan_that_does_not_move(void **state)
{
    const char *path = in_folder(*state, "a.db");
    struct tune_trial trials[] = {
        tuned(1, "depthwise in=32x32x64 kernel=3x3 pad=1", "rows=1,columns=8", 0.9)};
    trials_write(path, trials, 1);
    struct plan_request wide;
    assert_int_equal(plan_request_parse(trials[0].plan, NOWHERE, &wide), STATUS_DONE);
    const struct answer fits = ask(path, "depthwise in=32x16x64 kernel=3x3 pad=1");
    assert_answer(&fits, PLAN_NEIGHBOUR, "that of the nearest");
    /* 17 columns: two tiles of 8 and one of 1 */
    const struct answer rests = ask(path, "depthwise in=32x17x64 kernel=3x3 pad=1");
    assert_int_equal(rests.source, PLAN_HEURISTIC);
    assert_true(plan_request_is_clear(&rests.request));
}

/* Where nothing was better than the heuristic's plan, the neighbour gets its own heuristic's. */
static void test_an_untuned_neighbour(void **state)
{
    const char *path = in_folder(*state, "a.db");
    struct tune_trial trials[] = {tuned(1, "pointwise in=14x14x512 out=480", "rows=1,vectors=1", 1.0),
                                  tuned(2, "pointwise in=14x14x512 out=384", "rows=4,vectors=2", 0.9)};
    trials[0].untuned = true;
    trials_write(path, trials, 2);
    const struct answer answer = ask(path, POINTWISE);
    assert_answer(
        &answer, PLAN_HEURISTIC,
        "the heuristic, as for the nearest tuned neighbour, pointwise in=14x14x512 out=480 (0.09 doublings "
        "away): there nothing was found to be faster than the untuned plan, warm");
    assert_true(plan_request_is_clear(&answer.request));
    const struct answer itself = ask(path, "pointwise in=14x14x512 out=480");
    assert_answer(&itself, PLAN_TUNED, "tuned: nothing was found to be faster");
    assert_int_equal(itself.request.rows, 1);
}

/* ---- files ----------------------------------------------------------------------------------------- */

/* The text says what the database says; what no sepcc knows is passed over; damaged ones are told. */
static void test_files(void **state)
{
    const char *path = in_folder(*state, "a.db");
    struct tune_trial trials[] = {tuned(1, POINTWISE, "rows=4,vectors=2", 0.8),
                                  tuned(2, DEPTHWISE, "rows=2,columns=2", 0.5),
                                  trial_of("sideways in=4x4x4", 3, "rows=2", 0.5)};
    struct wisdom *wisdom;
    char printed[512];
    trials_write(path, trials, 3);
    assert_shell(*state, 0, "$SEPCC db export a.db -o a.wisdom");
    const struct answer db = ask(path, POINTWISE), text = ask(in_folder(*state, "a.wisdom"), POINTWISE);
    assert_int_equal(text.request.rows, db.request.rows);
    assert_int_equal(text.source, PLAN_TUNED);
    assert_string_equal(text.why, db.why);
    static const struct {
        const char *file, *words;
    } wrong[] = {{"none", "none: error: cannot read: No such file"},
                 {"bad", "bad:1: error: it is no wisdom, expected '# sepcc wisdom 1' in its first line"}};
    put_file(in_folder(*state, "bad"), "hello\n");
    for (size_t i = 0; i < 2; ++i) {
        diag_capture(printed, sizeof printed);
        assert_int_equal(wisdom_open(in_folder(*state, wrong[i].file), &(struct wisdom_user){0}, &wisdom),
                         STATUS_INPUT);
        diag_capture(NULL, 0);
        assert_non_null(strstr(printed, wrong[i].words));
    }
}

/* ---- the commands ---------------------------------------------------------------------------------- */

/* Plans for three stages, and a list of four: tuned, neighbour, fused by measurement, unknown. */
static void write_net(const char *folder)
{
    struct tune_trial trials[] = {tuned(1, "pointwise in=7x7x32 out=48", "rows=3,vectors=2", 0.75),
                                  tuned(2, "separable in=8x8x16 out=16 kernel=3x3 pad=1", "fuse=no", 0.9),
                                  tuned(3, "depthwise in=9x9x8 kernel=5x5", "rows=1,columns=2", 0.8),
                                  tuned(4, "pointwise in=28x28x8 out=8", "rows=2,vectors=1", 0.5)};
    trials_write(in_folder(folder, "net.db"), trials, 4);
    put_file(in_folder(folder, "net.layers"), "pointwise name=a in=7x7x32 out=48\n"
                                              "pointwise name=b in=7x7x32 out=32\n"
                                              "separable name=c in=8x8x16 out=16 kernel=3 pad=1\n"
                                              "depthwise name=d in=40x40x8 kernel=5\n");
}

static void test_explain(void **state)
{
    write_net(*state);
    assert_shell(*state, 0, "$SEPCC explain -f net.layers --isa avx2 --db net.db | grep '^Plan'");
    assert_printed("Plan from: tuned: 0.750 of the untuned plan's time");
    assert_printed("Plan from: that of the nearest tuned neighbour, pointwise in=7x7x32 out=48");
    assert_printed("Plan from: tuned: 0.900 of");
    assert_printed("Plan from: the heuristic: net.db knows neither this stage nor a neighbour that helps\n");
    assert_shell(*state, 0,
                 "$SEPCC explain -f net.layers --isa avx2 --db net.db --plan budget=9000 | grep '^Plan f'");
    assert_printed("Plan from: as asked for\n");
    assert_shell(*state, 0, "$SEPCC explain pointwise in=7x7x32 out=48 --isa avx2 | grep '^Plan f'");
    assert_string_equal(shell_output(), "Plan from: the heuristic\n");
}

/* Wisdom of another sepcc's templates is not taken, and not in silence. */
static void test_stale(void **state)
{
    write_net(*state);
    assert_shell(*state, 0, "$SEPCC db export net.db -o net.wisdom");
    assert_shell(*state, 0, "$SEPCC explain -f net.layers --isa avx2 --wisdom net.wisdom");
    assert_string_equal(shell_error(), "");
    assert_shell(
        *state, 0,
        "sed 's/\\t[0-9a-f]\\{32\\}\\t/\\t00112233445566778899aabbccddeeff\\t/' net.wisdom >old.wisdom");
    assert_shell(*state, 0,
                 "$SEPCC explain -f net.layers --isa avx2 --wisdom old.wisdom | grep '^Plan from'");
    assert_printed("old.wisdom knows this stage only with other templates");
    assert_error("old.wisdom: warning: its 4 plans are of other templates than those of this sepcc, and none "
                 "is taken");
}

/* A bundle keeps what it was made with: in its folder, without the database, the same bytes come again. */
static void test_bundles_repeat(void **state)
{
    write_net(*state);
    assert_shell(*state, 0, "$SEPCC gen -f net.layers --isa sse,avx2 --db net.db -o one");
    assert_shell(*state, 0, "cat one/manifest.json");
    assert_printed("\"command\":\t\"sepcc gen -f net.layers --isa sse,avx2 --wisdom net.wisdom -o .\"");
    assert_printed("\"plan_source\":\t\"tuned\"");
    assert_printed("\"plan_source\":\t\"neighbour\"");
    assert_printed("\"plan_source\":\t\"heuristic\"");
    assert_shell(*state, 0, "cut -f 1 one/net.wisdom");
    assert_string_equal(shell_output(), "# sepcc wisdom 1\n# spec\npointwise in=7x7x32 out=48\n"
                                        "separable in=8x8x16 out=16 kernel=3x3 pad=1\n");
    assert_shell(
        *state, 0,
        "cp -r one two && cd two && $SEPCC gen -f net.layers --isa sse,avx2 --wisdom net.wisdom -o . && "
        "diff -r ../one .");
    assert_printed(" 0 files changed\n");
    /* each kernel's own comment gives that kernel, without any wisdom */
    assert_shell(*state, 0,
                 "for k in one/sepcc_*.c; do eval \"$(sed -n 's/^ \\* To repeat it:  sepcc/$SEPCC/p' $k | "
                 "sed 's/-o DIR/-o again/')\" && cmp $k again/${k#one/} && rm -r again || exit 1; done");
    /* without wisdom that helps, the bundle is as without any */
    assert_shell(*state, 0,
                 "$SEPCC gen -f net.layers --isa sse --db net.db -o three && "
                 "$SEPCC gen -f net.layers --isa sse -o four && diff -r three four");
}

static void test_single_file(void **state)
{
    write_net(*state);
    assert_shell(*state, 0,
                 "$SEPCC db export net.db -o a_b.wisdom && "
                 "$SEPCC gen -f net.layers --isa avx2 --single-file --wisdom ./a_b.wisdom -o . && grep "
                 "Repeat -i net.c");
    assert_printed("sepcc gen -f net.layers --single-file --isa avx2 --wisdom a_b.wisdom -o DIR");
    assert_shell(*state, 0,
                 "cp net.c old.c && $SEPCC gen -f net.layers --single-file --isa avx2 --wisdom a_b.wisdom "
                 "-o . && cmp net.c old.c");
}

/* The kernels are those of the plans, and right. */
static void test_commands_take_it(void **state)
{
    write_net(*state);
    assert_shell(*state, 0, "$SEPCC verify -f net.layers --isa avx2 --db net.db");
    assert_printed("__avx2_r3v2");
    assert_printed("4 passed, 0 failed");
    assert_shell(*state, 0, "$SEPCC bench -f net.layers --isa avx2 --db net.db --seconds 0.001 --csv");
    assert_printed("__avx2_r3v2");
    assert_shell(*state, 0, "$SEPCC asm -f net.layers --isa avx2 --db net.db --csv");
    assert_printed("__avx2_r3v2");
}

static void test_usage(void **state)
{
    write_net(*state);
    static const struct {
        const char *options, *words;
    } cases[] = {{"--db net.db --wisdom x", "both --db and --wisdom are given, expected one of them"},
                 {"--cpu x", "--cpu without --db or --wisdom, expected one of them with it"},
                 {"--db net.db --cpu Moon", "--cpu: error: no plan of net.db that holds"},
                 {"--db net.layers", "net.layers:1: error: it is no wisdom"},
                 {"--db none.db", "none.db: error: cannot read: No such file"}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; ++i) {
        assert_int_equal(shell(*state, "$SEPCC gen -f net.layers --isa avx2 %s -o out", cases[i].options), 2);
        assert_error(cases[i].words);
        assert_shell(*state, 1, "test -e out");
    }
}

/* ---- fused or not ---------------------------------------------------------------------------------- */

static bool is_fused(const struct plan_request *request)
{
    const struct spec spec = spec_of(SEPARABLE);
    struct plan plan;
    assert_int_equal(plan_make(&spec, isa_get(SEPCC_ISA_AVX2), request, NOWHERE, &plan), STATUS_DONE);
    const bool fuse = plan.as.fused.fuse;
    plan_free(&plan);
    return fuse;
}

/* Measurement decides, either way, where the heuristic would have done otherwise, too. */
static void test_fused_by_measurement(void **state)
{
    static const char *const plans[] = {"fuse=no", "fuse=yes"};
    for (size_t i = 0; i < 2; ++i) {
        const char *path = in_folder(*state, plans[i]);
        const struct tune_trial trial = tuned(1, SEPARABLE, plans[i], 0.9);
        trials_write(path, &trial, 1);
        const struct answer answer = ask(path, SEPARABLE);
        assert_answer(&answer, PLAN_TUNED, "tuned");
        assert_int_equal(is_fused(&answer.request), i);
        const struct answer neighbour = ask(path, "separable in=14x14x64 out=72 kernel=3x3 pad=1");
        if (neighbour.source == PLAN_NEIGHBOUR)
            assert_int_equal(neighbour.request.fuse, i);
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
#define IN_FOLDER(test) cmocka_unit_test_setup_teardown(test, folder_setup, folder_teardown)
        IN_FOLDER(test_exactly),
        cmocka_unit_test(test_without_wisdom),
        IN_FOLDER(test_asked),
        IN_FOLDER(test_which_of_several),
        IN_FOLDER(test_other_templates),
        IN_FOLDER(test_cpus),
        IN_FOLDER(test_compilers),
        cmocka_unit_test(test_kinds),
        cmocka_unit_test(test_distances),
        IN_FOLDER(test_the_nearest),
        IN_FOLDER(test_blocks_that_do_not_fit),
        IN_FOLDER(test_a_plan_that_does_not_move),
        IN_FOLDER(test_an_untuned_neighbour),
        IN_FOLDER(test_files),
        IN_FOLDER(test_explain),
        IN_FOLDER(test_stale),
        IN_FOLDER(test_bundles_repeat),
        IN_FOLDER(test_single_file),
        IN_FOLDER(test_commands_take_it),
        IN_FOLDER(test_usage),
        IN_FOLDER(test_fused_by_measurement),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
