/*
 * test_tune_parts.c: a sweep in parts under GNU parallel: a part that fails is done again, the others are
 * not, and the whole is the parts' trials.
 */
#include "support_folder.h"
#include "support_shell.h"
#include "support_tune.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#define RUN                                                                                                  \
    "SEPCC=$PWD/sepcc $ROOT/examples/cluster/tune-parallel.sh 3 parts -f two.layers --isa scalar --trials "  \
    "3 "                                                                                                     \
    "--seconds 0.001"

/* A program that does the second part only where a file `mended` is, and counts the parts it is asked for. */
static const char PROGRAM[] = "#!/bin/sh\n"
                              "case \"$*\" in\n"
                              "*--shard*2/3*) echo 2 >>asked; [ -e mended ] || exit 1 ;;\n"
                              "*--shard*) echo other >>asked ;;\n"
                              "esac\n"
                              "exec \"$SEPCC_BUILT\" \"$@\"\n";

static const char STAGES[] = "depthwise name=a in=9x9x4 kernel=3 pad=1\n"
                             "depthwise name=b in=7x7x4 kernel=3 pad=1\n"
                             "pointwise name=c in=5x5x4 out=8\n";

static size_t count_trials(const char *path)
{
    struct trial_list list;
    const struct tune_filter all = {0};
    trials_read(path, &all, &list);
    const size_t count = list.count;
    trials_free(&list);
    return count;
}

static void goes_on_with_failed_parts(void **state)
{
    const char *folder = *state;
    size_t parts = 0;
    if (shell(folder, "command -v parallel") != 0) {
        print_message("parallel is not installed\n");
        skip();
    }
    put_file(in_folder(folder, "two.layers"), STAGES);
    put_file(in_folder(folder, "sepcc"), PROGRAM);
    assert_shell(folder, 0, "chmod +x sepcc");
    assert_int_equal(shell(folder, "SEPCC_BUILT=$SEPCC " RUN), 1);
    assert_error("1 of 3 parts failed");
    assert_int_equal(shell(folder, "test -e parts/all.db"), 1);
    put_file(in_folder(folder, "mended"), "");
    assert_shell(folder, 0, "SEPCC_BUILT=$SEPCC " RUN);
    assert_shell(folder, 0, "test $(grep -c other asked) = 2 && test $(grep -c 2 asked) = 2");
    for (unsigned i = 1; i <= 3; ++i) {
        char name[32];
        (void)snprintf(name, sizeof name, "parts/part-%u.db", i);
        const size_t count = count_trials(in_folder(folder, name));
        assert_true(count > 0);
        parts += count;
    }
    assert_int_equal(count_trials(in_folder(folder, "parts/all.db")), parts);
    /* Whatever the order in which parts are merged, it is the same. */
    assert_shell(folder, 0,
                 "$SEPCC db merge -o back.db parts/part-3.db parts/part-2.db parts/part-1.db && "
                 "$SEPCC db list parts/all.db --csv >one && $SEPCC db list back.db --csv >other && "
                 "cmp one other");
}

static void says_what_it_wants(void **state)
{
    assert_int_equal(shell(*state, "$ROOT/examples/cluster/tune-parallel.sh 3"), 2);
    assert_error("usage: tune-parallel.sh PARTS FOLDER WORD...");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(goes_on_with_failed_parts, folder_setup, folder_teardown),
        cmocka_unit_test_setup_teardown(says_what_it_wants, folder_setup, folder_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
