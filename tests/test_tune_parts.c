/*
 * test_tune_parts.c: a sweep in parts under GNU parallel, here and over ssh: a part that fails is done again,
 * the others are not, and the whole is the parts' trials.
 */
#include "support_daemon.h"
#include "support_folder.h"
#include "support_shell.h"
#include "support_tune.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <unistd.h>

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

/* ---- over ssh --------------------------------------------------------------------------------------- */

/* Two names of this machine, with keys of the test's own: nothing of the user's is read or written. */
static const char LOGIN[] = "Host one two\n"
                            "    HostName 127.0.0.1\n"
                            "    Port %u\n"
                            "    IdentityFile %s/user_key\n"
                            "    IdentitiesOnly yes\n"
                            "    IdentityAgent none\n"
                            "    UserKnownHostsFile %s/known\n"
                            "    GlobalKnownHostsFile /dev/null\n"
                            "    HostKeyAlias here\n"
                            "    StrictHostKeyChecking yes\n"
                            "    BatchMode yes\n";

static const char SERVER[] = "Port %u\n"
                             "ListenAddress 127.0.0.1\n"
                             "HostKey %s/host_key\n"
                             "AuthorizedKeysFile %s/user_key.pub\n"
                             "PidFile none\n"
                             "UsePAM no\n"
                             "StrictModes no\n"
                             "PermitRootLogin prohibit-password\n"
                             "PasswordAuthentication no\n"
                             "KbdInteractiveAuthentication no\n";

/*
 * The program, for a login that has nothing of this one's environment: the second part fails until a file
 * `mended` is there, and the others say where they are called from.
 */
static const char LOGIN_PROGRAM[] =
    "#!/bin/sh\n"
    "case \"$*\" in *--shard*2/4*) [ -e mended ] || exit 1 ;; esac\n"
    "case \"$*\" in *--shard*) echo \"from $SSH_CONNECTION\" >>asked ;; esac\n"
    "exec BUILT \"$@\"\n";

static pid_t sshd;

static int stop_sshd(void **state)
{
    daemon_stop(sshd);
    sshd = 0;
    return folder_teardown(state);
}

static void start_sshd(const char *folder)
{
    const unsigned port = free_port();
    char words[1024];
    assert_shell(
        folder, 0,
        "ssh-keygen -q -t ed25519 -N '' -f host_key && ssh-keygen -q -t ed25519 -N '' -f user_key && "
        "echo \"here $(cat host_key.pub)\" >known");
    (void)snprintf(words, sizeof words, LOGIN, port, folder, folder);
    put_file(in_folder(folder, "login"), words);
    (void)snprintf(words, sizeof words, SERVER, port, folder, folder);
    put_file(in_folder(folder, "server"), words);
    if (geteuid() == 0) /* what starts the system's one makes this folder for it */
        assert_shell(folder, 0, "mkdir -p -m 755 /run/sshd");
    sshd = daemon_start(folder, "sshd.log",
                        "exec $(PATH=$PATH:/usr/sbin command -v sshd) -D -e -f \"$PWD/server\"");
    if (shell(folder, "timeout 60 sh -c 'until ssh -F login one true; do sleep 0.1; done'") != 0)
        assert_shell(folder, 0, "cat sshd.log; false");
}

static void runs_over_ssh(void **state)
{
    const char *folder = *state;
    static const char line[] =
        "HOSTS=hosts PARALLEL_SSH=\"ssh -F $PWD/login\" SEPCC=$PWD/sepcc "
        "$ROOT/examples/cluster/tune-parallel.sh 4 'the parts' -f two.layers --isa scalar "
        "--trials 3 --seconds 0.001";
    if (shell(folder, "command -v parallel && command -v ssh && PATH=$PATH:/usr/sbin command -v sshd") != 0) {
        print_message("parallel or an ssh server is not installed\n");
        skip();
    }
    put_file(in_folder(folder, "two.layers"), STAGES);
    put_file(in_folder(folder, "hosts"), "one\ntwo\n");
    put_file(in_folder(folder, "sepcc"), LOGIN_PROGRAM);
    assert_shell(folder, 0, "sed -i \"s|BUILT|'$SEPCC'|\" sepcc && chmod +x sepcc");
    start_sshd(folder);
    assert_int_equal(shell(folder, "%s", line), 1);
    assert_error("1 of 4 parts failed");
    /* Both hosts had work, and the parts ran in logins. */
    assert_shell(folder, 0, "cut -f 2 'the parts/log' | sort -u | tr -d '\\n'");
    assert_printed("Hostonetwo");
    assert_shell(folder, 0, "test $(grep -c 'from 127.0.0.1' asked) = 3");
    put_file(in_folder(folder, "mended"), "");
    assert_shell(folder, 0, line);
    assert_shell(folder, 0, "test $(grep -c 'from 127.0.0.1' asked) = 4");
    assert_true(count_trials(in_folder(folder, "the parts/all.db")) > 0);
    assert_shell(folder, 0,
                 "$SEPCC db list 'the parts/all.db' --csv >all && for spec in 9x9x4 7x7x4 5x5x4; do "
                 "grep -q $spec all || exit 1; done");
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
        cmocka_unit_test_setup_teardown(runs_over_ssh, folder_setup, stop_sshd),
        cmocka_unit_test_setup_teardown(says_what_it_wants, folder_setup, folder_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
