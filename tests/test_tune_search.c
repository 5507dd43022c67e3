/*
 * test_tune_search.c: the search of a space by made-up times: it finds good plans with few trials, goes on
 * where it was, and ends.
 */
#include "tune/search.h"

#include "support_spec.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { BATCH = 15 };

static struct space make_space(const char *text)
{
    const struct spec spec = spec_good(text);
    struct space space;
    assert_int_equal(space_make(&spec, isa_get(SEPCC_ISA_AVX2), NULL, &space), STATUS_DONE);
    return space;
}

/* A number of 0 .. 1 that a text and a salt always give. */
static double chance_of(const char *text, unsigned salt)
{
    uint32_t hash = 2166136261u + salt * 97;
    for (; *text != '\0'; ++text)
        hash = (hash ^ (unsigned char)*text) * 16777619u;
    return (double)(hash % 10007) / 10007;
}

/* The value of a key in a plan's text, as a number of 0 .. 1. */
static double key_cost(const char *plan, const char *key, unsigned salt)
{
    char value[64] = "";
    const char *at = strstr(plan, key);
    if (at != NULL)
        (void)snprintf(value, sizeof value, "%.*s", (int)strcspn(at, ","), at);
    return chance_of(value, salt);
}

/* A machine whose times have a part for each key, and a little that nothing explains. */
static double time_of(const struct space *space, size_t plan, unsigned salt)
{
    static const char *const keys[] = {"block=", "channels=", "depth=", "unroll_k=", "prefetch=", "hold="};
    const char *text = space->plans[plan].text;
    char tile[32];
    (void)snprintf(tile, sizeof tile, "tile %u", space->plans[plan].tile);
    double time = 1 + 0.3 * chance_of(tile, salt) + 0.01 * chance_of(text, salt);
    for (size_t k = 0; k < sizeof keys / sizeof keys[0]; ++k)
        time += 0.1 * key_cost(text, keys[k], salt);
    return time;
}

/* Searches until it is over or `most` trials are made; one plan in 20 turns out to be no good. */
static size_t search(const struct space *space, double known[], const bool mine[], enum search_kind kind,
                     size_t most, unsigned salt)
{
    size_t *list = calloc(space->count, sizeof *list), tried = 0, next;
    assert_non_null(list);
    while (tried < most && (next = search_next(space, known, mine, kind, BATCH, list)) > 0)
        for (size_t i = 0; i < next && tried < most; ++i, ++tried) {
            assert_true(known[list[i]] == SEARCH_NOT_TRIED);
            assert_true(mine == NULL || mine[list[i]]);
            const bool good = list[i] == 0 || chance_of(space->plans[list[i]].text, 77) > 0.05;
            known[list[i]] = good ? time_of(space, list[i], salt) / time_of(space, 0, salt) : SEARCH_NO_GOOD;
        }
    free(list);
    return tried;
}

static double *new_known(const struct space *space)
{
    double *known = calloc(space->count, sizeof *known);
    assert_non_null(known);
    return known;
}

/*
 * A kind of tile that the model likes least is looked at all the same: two vectors and weights that are read
 * again were 9 % better on this stage than the best of the kinds that the model likes.
 */
static void test_kinds(void **unused)
{
    (void)unused;
    struct space space = make_space("depthwise in=14x14x512 kernel=3 stride=2 pad=0,0,1,1 act=relu6");
    double *known = new_known(&space);
    size_t list[BATCH], next, tried = 0, good = 0;
    while (tried < 16 && (next = search_next(&space, known, NULL, SEARCH_CLIMB, BATCH, list)) > 0)
        for (size_t i = 0; i < next && tried < 16; ++i, ++tried) {
            const char *text = space.plans[list[i]].text;
            const bool fast = strstr(text, "vectors=2,") != NULL && strstr(text, "hold=1,") != NULL;
            known[list[i]] = fast ? 0.9 : 1;
            good += fast;
        }
    assert_true(good >= 2); /* and then its neighbours, too */
    free(known);
    space_free(&space);
}

/* All plans are tried once, and the search is over. */
static void test_all(void **unused)
{
    (void)unused;
    struct space space = make_space("depthwise in=14x14x64 kernel=3 pad=1");
    double *known = new_known(&space);
    assert_int_equal(search(&space, known, NULL, SEARCH_ALL, SIZE_MAX, 1), space.count);
    assert_int_equal(search_tried(&space, known), space.count);
    const size_t best = search_best(&space, known);
    for (size_t i = 0; i < space.count; ++i)
        assert_true(known[i] < 0 || known[i] >= known[best]);
    free(known);
    space_free(&space);
}

/*
 * Climbing ends by itself with a part of the trials, and with a tenth of them is near the best. The model's
 * order is of no help here: the made-up times know nothing of it.
 */
static void test_climb(void **unused)
{
    (void)unused;
    struct space space = make_space("pointwise in=14x14x512 out=512");
    double gaps = 0;
    const unsigned machines = 20;
    for (unsigned salt = 1; salt <= machines; ++salt) {
        double *all = new_known(&space), *some = new_known(&space), *few = new_known(&space);
        search(&space, all, NULL, SEARCH_ALL, SIZE_MAX, salt);
        assert_true(search(&space, some, NULL, SEARCH_CLIMB, SIZE_MAX, salt) < space.count / 4);
        search(&space, few, NULL, SEARCH_CLIMB, space.count / 10, salt);
        const double best = all[search_best(&space, all)];
        assert_true(some[search_best(&space, some)] <= 1 && some[search_best(&space, some)] < 1.15 * best);
        gaps += few[search_best(&space, few)] / best - 1;
        free(all);
        free(some);
        free(few);
    }
    print_message("a tenth of the trials: %.1f %% from the best, on average\n", gaps / machines * 100);
    assert_true(gaps / machines < 0.05);
}

/*
 * Stopped anywhere, in the middle of a batch too, and asked again with what is known, it goes on: nothing is
 * tried twice (`search` asserts that), and it ends at the plan that it would have found without stops. What
 * it tries on the way may differ: after a part of a batch it knows more than at the batch's start.
 */
static void test_resumes(void **unused)
{
    (void)unused;
    struct space space = make_space("pointwise in=14x14x64 out=128");
    double *straight = new_known(&space), *stopped = new_known(&space);
    search(&space, straight, NULL, SEARCH_CLIMB, SIZE_MAX, 5);
    while (search(&space, stopped, NULL, SEARCH_CLIMB, BATCH, 5) > 0)
        ;
    assert_int_equal(search_best(&space, stopped), search_best(&space, straight));
    free(straight);
    free(stopped);
    space_free(&space);
}

/* What is not in the shard is not proposed; together the shards propose all. */
static void test_shards(void **unused)
{
    (void)unused;
    struct space space = make_space("depthwise in=14x14x64 kernel=3 pad=1");
    bool *mine = calloc(space.count, sizeof *mine);
    size_t all = 0;
    assert_non_null(mine);
    for (size_t shard = 0; shard < 3; ++shard) {
        double *known = new_known(&space);
        for (size_t i = 0; i < space.count; ++i)
            mine[i] = i % 3 == shard;
        all += search(&space, known, mine, SEARCH_ALL, SIZE_MAX, 1);
        free(known);
    }
    assert_int_equal(all, space.count);
    free(mine);
    space_free(&space);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_kinds),   cmocka_unit_test(test_all),    cmocka_unit_test(test_climb),
        cmocka_unit_test(test_resumes), cmocka_unit_test(test_shards),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
