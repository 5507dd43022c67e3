/*
 * test_tune_remote.c: `sepcc tune --remote`: sweeps on a target that a command prefix leads to: a shell of
 * this machine, an sshd of the test's own, and an emulator.
 */
#include "base/process.h"
#include "base/text.h"
#include "database/db.h"
#include "database/key.h"
#include "spec/isa.h"
#include "support_folder.h"
#include "support_shell.h"
#include "support_tune.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

/* Small stages, portable kernels, short races: what is tested is not the speed. */
#define STAGE  "'depthwise in=9x9x4 kernel=3 pad=1' "
#define FEW    "--plan vectors=1,hold=3,block=4,prefetch=no,unroll=full "
#define TUNE   "$SEPCC tune --seconds 0.001 --db t.db "
#define TWO    "--threads 2 --cache chain "
#define HERE   "--isa scalar --remote \"env TMPDIR=$PWD/there sh -c\" "
#define QEMU   "--isa neon --remote \"env TMPDIR=$PWD/there SEPCC_EMULATOR=qemu-aarch64-static sh -c\" "
#define OF_ALL ((const struct tune_filter){0})

static struct trial_list *read_all(const char *folder)
{
    static struct trial_list list;
    trials_free(&list);
    trials_read(in_folder(folder, "t.db"), &OF_ALL, &list);
    return &list;
}

static size_t count_outcome(const struct trial_list *list, enum tune_outcome outcome)
{
    size_t count = 0;
    for (size_t i = 0; i < list->count; ++i)
        count += list->items[i].outcome == outcome;
    return count;
}

/* Trials that were timed. */
static size_t count_raced(const struct trial_list *list)
{
    return count_outcome(list, TUNE_MEASURED) + count_outcome(list, TUNE_LOST);
}

/* A folder with the place where the target is to have its own. */
static int setup(void **state)
{
    if (folder_setup(state) != 0)
        return -1;
    return shell(*state, "mkdir there");
}

/* What a sweep has on the target is gone at its end. */
static void check_cleaned(const char *folder)
{
    assert_int_equal(count_entries(in_folder(folder, "there")), 0);
}

/* ---- sweeps ----------------------------------------------------------------------------------------- */

/* The target is this machine, and so is the key; nothing is tried twice. */
static void test_shell(void **state)
{
    struct text cpu = {0};
    assert_int_equal(tune_key_cpu(&cpu), STATUS_DONE);
    assert_shell(*state, 0, TUNE STAGE HERE "--trials 4");
    const struct trial_list *list = read_all(*state);
    assert_true(list->count >= 4);
    for (size_t i = 0; i < list->count; ++i) {
        const struct tune_trial *trial = &list->items[i];
        assert_true(trial->outcome == TUNE_MEASURED || trial->outcome == TUNE_LOST);
        assert_true(trial->rounds >= 4 && trial->median_s > 0 && trial->ratio > 0);
        assert_true(trial->peak_gflops > 0 && trial->bound_s > 0 && trial->code_bytes > 0);
        assert_non_null(
            strstr(trial->detail, "sepcc tune 'depthwise in=9x9x4 kernel=3x3 pad=1' --isa scalar"));
        assert_non_null(strstr(trial->detail, " sh -c'"));
        if (!trial->emulated) /* this machine may be an emulated one itself */
            assert_string_equal(trial->key.cpu, cpu.data);
    }
    text_free(&cpu);
    check_cleaned(*state);
    const size_t count = list->count;
    assert_shell(*state, 0, TUNE STAGE HERE "--trials 4");
    assert_int_equal(read_all(*state)->count, count);
}

/* On two threads, inside the chain of the network's stages. */
static void check_chain(const struct trial_list *list)
{
    for (size_t i = 0; i < list->count; ++i) {
        const struct tune_trial *trial = &list->items[i];
        assert_true(trial->outcome == TUNE_MEASURED || trial->outcome == TUNE_LOST);
        assert_string_equal(trial->cache, "chain");
        assert_int_equal(trial->threads, 2);
    }
}

static void test_network(void **state)
{
    put_file(in_folder(*state, "net.layers"), "depthwise in=9x9x4 kernel=3 pad=1\n"
                                              "pointwise in=9x9x4 out=8 act=relu\n");
    assert_shell(*state, 0, TUNE "-f net.layers --trials 2 " TWO HERE);
    const struct trial_list *list = read_all(*state);
    assert_true(list->count >= 4);
    check_chain(list);
    check_cleaned(*state);
}

/* The test's own server, on a port that is free. Returns false, and says why, where there is none. */
static bool start_sshd(const char *folder)
{
    static const char *const needed[] = {"/usr/sbin/sshd", "ssh", "ssh-keygen"};
    for (size_t i = 0; i < sizeof needed / sizeof needed[0]; ++i)
        if (!program_exists(needed[i])) {
            print_message("skipped: %s is missing: apt-get install openssh-server\n", needed[i]);
            return false;
        }
    put_file(
        in_folder(folder, "start"),
        "test $(id -u) != 0 || mkdir -p /run/sshd\n"
        "ssh-keygen -q -t ed25519 -N '' -f host_key && ssh-keygen -q -t ed25519 -N '' -f key || exit 1\n"
        "for port in $(seq $((20000 + $$ % 20000)) 61 64000); do\n"
        "    rm -f pid log\n"
        "    printf '%s\\n' \"Port $port\" 'ListenAddress 127.0.0.1' \"HostKey $PWD/host_key\" \\\n"
        "        \"AuthorizedKeysFile $PWD/key.pub\" \"PidFile $PWD/pid\" 'StrictModes no' 'UsePAM no' \\\n"
        "        'PasswordAuthentication no' 'PermitRootLogin yes' \\\n"
        "        \"SetEnv TMPDIR=$PWD/there\" >sshd_config\n"
        "    /usr/sbin/sshd -f $PWD/sshd_config -E $PWD/log\n"
        "    for i in $(seq 100); do\n"
        "        test -s pid && break 2\n"
        "        grep -q 'Cannot bind' log && break\n"
        "        sleep 0.05\n"
        "    done\n"
        "done\n"
        "test -s pid || exit 1\n"
        "printf '%s\\n' 'Host target' 'HostName 127.0.0.1' \"Port $port\" \"User $(id -un)\" \\\n"
        "    \"IdentityFile $PWD/key\" 'IdentitiesOnly yes' 'BatchMode yes' \\\n"
        "    'StrictHostKeyChecking accept-new' \"UserKnownHostsFile $PWD/known\" >ssh_config\n");
    assert_shell(folder, 0, "sh ./start >/dev/null 2>&1 || { cat log >&2; exit 1; }");
    return true;
}

static int stop_sshd(void **state)
{
    shell(*state, "test ! -s pid || kill $(cat pid)");
    return folder_teardown(state);
}

static void test_ssh(void **state)
{
    if (!start_sshd(*state))
        skip();
    assert_shell(*state, 0, TUNE STAGE "--isa scalar --trials 2 --remote \"ssh -F $PWD/ssh_config target\"");
    const struct trial_list *list = read_all(*state);
    assert_true(count_raced(list) >= 2);
    check_cleaned(*state);
}

static void need_qemu(void)
{
    if (program_exists("qemu-aarch64-static") && program_exists("aarch64-linux-gnu-gcc"))
        return;
    print_message("skipped: apt-get install qemu-user-static gcc-aarch64-linux-gnu\n");
    skip();
}

/*
 * The winner is tried by other compilers and flags, too; of those gcc, which does not depend on clang, is a
 * cross compiler. The times of an emulator are no wisdom unless it is asked for. Equal stages are one.
 */
static void test_emulated(void **state)
{
    size_t by_gcc = 0;
    need_qemu();
    put_file(in_folder(*state, "net.layers"), "depthwise in=9x9x4 kernel=3 pad=1\n"
                                              "depthwise in=9x9x4 kernel=3 pad=1\n");
    assert_shell(*state, 0, TUNE "-f net.layers --trials 2 --variants " TWO QEMU);
    const struct trial_list *list = read_all(*state);
    check_chain(list);
    for (size_t i = 0; i < list->count; ++i) {
        const struct tune_trial *trial = &list->items[i];
        assert_true(trial->emulated);
        assert_string_equal(trial->key.isa, "neon");
        assert_memory_equal(trial->key.cpu, "emulated aarch64 on ", 20);
        by_gcc += strncmp(trial->key.compiler, "gcc ", 4) == 0;
    }
    assert_int_equal(by_gcc, 2);
    assert_true(list->count >= 4);
    check_cleaned(*state);
    assert_shell(*state, 0, "$SEPCC db best t.db");
    assert_printed("0 best plans");
    assert_shell(*state, 0, "test $($SEPCC db export t.db | grep -vc '^#') = 0");
    assert_shell(*state, 0, "test $($SEPCC db export t.db --emulated | grep -vc '^#') = 1");
    assert_shell(*state, 0, "$SEPCC explain " STAGE "--isa neon --db t.db");
    assert_printed("Plan from: ");
    assert_null(strstr(shell_output(), "Plan from: tuned"));
}

/* ---- faults ----------------------------------------------------------------------------------------- */

/* On two threads as on one. */
static void test_bad_candidates(void **state)
{
    put_spoiling_compiler();
    assert_shell(*state, 0, TUNE STAGE HERE FEW TWO "--exhaustive --cc \"$SPOILING\" --timeout 1");
    const struct trial_list *list = read_all(*state);
    assert_int_equal(count_outcome(list, TUNE_WRONG), 1);
    assert_int_equal(count_outcome(list, TUNE_CRASHED), 1);
    assert_int_equal(count_outcome(list, TUNE_HUNG), 1);
    assert_int_equal(count_outcome(list, TUNE_UNBUILT), 1);
    assert_true(count_raced(list) >= 3);
    for (size_t i = 0; i < list->count; ++i)
        assert_non_null(strstr(list->items[i].detail,
                               list->items[i].outcome == TUNE_UNBUILT ? "sepcc build " : "--remote '"));
}

/* A connection that ends in the middle of the first race, with the folder that is there. */
static const char BREAKS[] =
    "case \"$1\" in\n"
    "*'cat >/dev/null') echo $$ >holder ;;\n"
    "*--race*) if ! test -e lost; then\n"
    "    touch lost; kill -KILL $(cat holder); rm -rf there/*; printf 'result 0 24 1'; exit 255\n"
    "    fi ;;\n"
    "esac\n"
    "test -e lost && test -e for_good && exit 255\n"
    "TMPDIR=$PWD/there exec sh -c \"$1\"\n";

/*
 * The connection comes back; then it does not, what was found is kept, and the same command goes on. Whoever
 * knows that the target is an emulator can say so.
 */
static void test_lost(void **state)
{
    put_file(in_folder(*state, "breaks"), BREAKS);
    assert_shell(*state, 0, TUNE STAGE FEW "--isa scalar --emulated --trials 2 --remote 'sh ./breaks'");
    assert_shell(*state, 0, "test -e lost");
    const struct trial_list *list = read_all(*state);
    const size_t count = list->count;
    assert_true(count_raced(list) >= 2);
    for (size_t i = 0; i < count; ++i)
        assert_true(list->items[i].emulated);
    check_cleaned(*state);

    assert_shell(*state, 3,
                 "rm lost; touch for_good; " TUNE STAGE FEW
                 "--isa scalar --emulated --trials 4 --remote 'sh ./breaks'");
    assert_error("the connection to the target is lost");
    assert_int_equal(read_all(*state)->count, count);
    assert_shell(*state, 0,
                 "rm for_good; " TUNE STAGE FEW "--isa scalar --emulated --trials 4 --remote 'sh ./breaks'");
    assert_true(read_all(*state)->count > count);
    check_cleaned(*state);
}

/* The runner is killed in the first race, which would not end, when its process that races has begun: that
 * one ends, too. */
static const char KILLS[] =
    "case \"$1\" in\n"
    "*--race*) if ! test -e killed; then\n"
    "    TMPDIR=$PWD/there sh -c \"$(echo \"$1\" | sed 's/-rounds [0-9]*/-rounds 1000000000/g')\" &\n"
    "    until child=$(pgrep -P $!); do sleep 0.01; done\n"
    "    kill -KILL $!\n"
    "    for i in $(seq 1000); do\n"
    "        case $(cut -d' ' -f3 /proc/$child/stat 2>/dev/null) in ''|Z) touch killed; exit 137 ;; esac\n"
    "        sleep 0.01\n"
    "    done\n"
    "    fi ;;\n"
    "esac\n"
    "TMPDIR=$PWD/there exec sh -c \"$1\"\n";

static void test_runner_killed(void **state)
{
    put_file(in_folder(*state, "kills"), KILLS);
    assert_shell(*state, 0, TUNE STAGE FEW "--isa scalar --trials 2 --remote 'sh ./kills'");
    assert_shell(*state, 0, "test -e killed");
    assert_true(count_raced(read_all(*state)) >= 2);
    check_cleaned(*state);
}

/* Kills a sweep by a signal when its program is there, and waits until it is gone: some 20 seconds each. */
static const char KILLED[] =
    "until_so() { for i in $(seq 2000); do eval \"$1\" && return; sleep 0.01; done; exit 9; }\n"
    "env --default-signal=INT \"$@\" &\n"
    "until_so 'test -n \"$(ls there/*/runner 2>/dev/null)\"'\n"
    "kill -$SIGNAL $!\n"
    "wait $!\n"
    "until_so 'test -z \"$(ls there)\"'\n";

static void test_kill(void **state)
{
    static const char *const signals[] = {"INT", "KILL"};
    put_file(in_folder(*state, "killed"), KILLED);
    for (size_t i = 0; i < sizeof signals / sizeof signals[0]; ++i) {
        const int status = shell(*state, "SIGNAL=%s sh ./killed " TUNE STAGE HERE "--exhaustive", signals[i]);
        if (status != 0)
            fail_msg("after SIG%s: %d", signals[i], status);
    }
}

/* Targets that are none, or not what is needed. */
static void test_refused(void **state)
{
    assert_shell(*state, 3, TUNE STAGE "--isa scalar --remote 'echo no such host >&2; false'");
    assert_error("--remote: error: the target cannot be reached: status 1: no such host");
    assert_shell(*state, 3, TUNE STAGE "--isa scalar --remote 'env SEPCC_EMULATOR=false sh -c'");
    assert_error("the runner for ");
    assert_error(" does not run on the target");
    assert_shell(*state, 3, TUNE STAGE "--isa scalar --remote 'env TMPDIR=/dev/null sh -c'");
    assert_error("no folder can be made on the target");
    const char *const isa = isa_host_arch() == ARCH_X86_64 ? "sse" : "neon";
    assert_int_equal(shell(*state, TUNE STAGE "--isa %s --remote 'env SEPCC_ISAS=scalar sh -c'", isa), 3);
    assert_error(") has no ");
    assert_shell(*state, 0, "test ! -e t.db");
}

/* A runtime of another sepcc in the data folder, as after half an update: newer, and from before protocols.
 */
static void test_other_protocol(void **state)
{
    assert_shell(*state, 0, "mkdir data && cp -R $ROOT/runtime $ROOT/templates data");
    assert_shell(*state, 0,
                 "sed -i 's/\\(SEPCC_RUNNER_PROTOCOL = \\)[0-9]*/\\199/' data/runtime/runner.h && "
                 "grep -q '= 99' data/runtime/runner.h");
    assert_shell(*state, 3, "SEPCC_DATADIR=$PWD/data " TUNE STAGE HERE);
    assert_error("--remote: error: the runner speaks protocol 99, expected ");
    assert_shell(*state, 0, "sed -i '/{.name = \"--protocol\"/d' data/runtime/runner.c");
    assert_shell(*state, 3, "SEPCC_DATADIR=$PWD/data " TUNE STAGE HERE);
    assert_error("--remote: error: the runner speaks protocol 1, expected ");
    assert_error("/data has the runtime of another sepcc");
    assert_shell(*state, 0, "test ! -e t.db");
}

static void test_usage(void **state)
{
    assert_shell(*state, 2, TUNE STAGE "--emulated");
    assert_error("--emulated without --remote, expected both");
}

int main(void)
{
#define IN_FOLDER(test) cmocka_unit_test_setup_teardown(test, setup, folder_teardown)
    const struct CMUnitTest tests[] = {
        IN_FOLDER(test_shell),
        IN_FOLDER(test_network),
        cmocka_unit_test_setup_teardown(test_ssh, setup, stop_sshd),
        IN_FOLDER(test_emulated),
        IN_FOLDER(test_bad_candidates),
        IN_FOLDER(test_lost),
        IN_FOLDER(test_runner_killed),
        IN_FOLDER(test_kill),
        IN_FOLDER(test_refused),
        IN_FOLDER(test_other_protocol),
        IN_FOLDER(test_usage),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
