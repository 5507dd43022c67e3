/*
 * test_versions.c: real bundles and real runtimes of different versions, in both directions: what docs/abi.md
 * says is taken is loaded and its kernels proven, and what is refused is refused with one line.
 */
#include "support_folder.h"
#include "support_shell.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

/* How the sources of another version would differ, as words of sed for all of them. */
struct version {
    const char *name, *edit;
};

static const struct version versions[] = {
    {"now", ""},
    {"release", "s/\"[0-9]*[.][0-9]*[.][0-9]*\"/\"99.0.0\"/"},
    /* Fields at the end of both descriptors. */
    {"minor", "s/^    sepcc_run_fn run;/&\\n    uint64_t later;/;"
              "s/^    const struct sepcc_kernel [*]const [*]kernels;/&\\n    uint64_t later;/"},
    {"major", "s/^#define SEPCC_ABI_VERSION .*/#define SEPCC_ABI_VERSION 99u/;"
              "s/SEPCC_ABI_VERSION != [0-9]*/SEPCC_ABI_VERSION != 99/"},
    {"ancient", "s/^#define SEPCC_ABI_VERSION .*/#define SEPCC_ABI_VERSION 0u/;"
                "s/SEPCC_ABI_VERSION != [0-9]*/SEPCC_ABI_VERSION != 0/"},
};

enum { NOW, RELEASE, MINOR, MAJOR, ANCIENT, VERSIONS };

/* What a runtime of one version does with a bundle of another; words are of its message, NULL: taken. */
struct meeting {
    int runtime, bundle;
    const char *words;
};

#define LATER   "made for a later libsepcc"
#define EARLIER "made for an earlier libsepcc"

static const struct meeting meetings[] = {
    {NOW, NOW, NULL},          {NOW, RELEASE, NULL},
    {NOW, MINOR, NULL},        {NOW, MAJOR, LATER},
    {NOW, ANCIENT, EARLIER},   {RELEASE, NOW, NULL},
    {RELEASE, MINOR, NULL},    {MINOR, NOW, "bytes, expected at least"},
    {MINOR, MINOR, NULL},      {MAJOR, NOW, EARLIER},
    {MAJOR, MINOR, EARLIER},   {MAJOR, MAJOR, NULL},
    {MAJOR, ANCIENT, EARLIER},
};

/* NAME/net, the bundle, as a shared library. */
static void make_bundle(const char *folder, const struct version *version)
{
    assert_int_equal(shell(folder,
                           "mkdir -p %s && cp -r net %s && sed -i '%s' %s/net/*.[ch] && "
                           "make -s -C %s/net CC=\"${CC:-cc}\" CFLAGS=-O0 libnet.so",
                           version->name, version->name, version->edit, version->name, version->name),
                     0);
}

/* NAME/program, examples/runtime with the runtime in it. */
static void make_runtime(const char *folder, const struct version *version)
{
    assert_int_equal(
        shell(folder,
              "mkdir -p %s/runtime && cp $ROOT/runtime/*.[ch] %s/runtime && cd %s/runtime && "
              "rm runner.c crew_plain.c && sed -i '%s' *.[ch] && ${CC:-cc} -std=c11 -D_GNU_SOURCE -O0 -I. -o "
              "../program $ROOT/examples/runtime/main.c *.c -lpthreadpool -lm -ldl -pthread",
              version->name, version->name, version->name, version->edit),
        0);
}

static int make_versions(void **state)
{
    if (folder_setup(state) != 0)
        return -1;
    put_file(in_folder(*state, "net.layers"), "depthwise name=dw in=5x6x7 kernel=3 pad=1 act=relu\n"
                                              "separable name=both in=5x6x7 out=3 kernel=3 pad=1\n");
    if (shell(*state, "$SEPCC gen -f net.layers --isa scalar -o net") != 0)
        return -1;
    for (int i = 0; i < VERSIONS; ++i) {
        make_bundle(*state, &versions[i]);
        if (i != ANCIENT)
            make_runtime(*state, &versions[i]);
    }
    return 0;
}

/* The edits do something, or all that follows says nothing. */
static void versions_differ(void **state)
{
    for (int i = 1; i < VERSIONS; ++i)
        assert_int_equal(shell(*state, "diff -r -q now/net %s/net", versions[i].name), 1);
    for (int i = 1; i < ANCIENT; ++i)
        assert_int_equal(shell(*state, "diff -r -q now/runtime %s/runtime", versions[i].name), 1);
}

static void every_meeting_ends_as_written(void **state)
{
    for (size_t i = 0; i < sizeof meetings / sizeof meetings[0]; ++i) {
        const struct meeting *meeting = &meetings[i];
        const char *runtime = versions[meeting->runtime].name, *bundle = versions[meeting->bundle].name;
        const int status = shell(*state, "%s/program %s/net/libnet.so net", runtime, bundle);
        const char *said = meeting->words == NULL ? shell_output() : shell_error();
        const char *words = meeting->words == NULL ? ": 2 kernels right, 0 wrong" : meeting->words;
        if (status != (meeting->words == NULL ? 0 : 3) || strstr(said, words) == NULL)
            fail_msg("runtime %s, bundle %s: status %d, '%s%s'", runtime, bundle, status, shell_output(),
                     shell_error());
        if (meeting->words != NULL) /* in one line */
            assert_int_equal(strcspn(said, "\n") + 1, strlen(said));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(versions_differ),
        cmocka_unit_test(every_meeting_ends_as_written),
    };
    return cmocka_run_group_tests(tests, make_versions, folder_teardown);
}
