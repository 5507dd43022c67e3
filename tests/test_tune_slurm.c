/*
 * test_tune_slurm.c: a sweep as an array of Slurm jobs, on a cluster of one node that the test runs for
 * itself: tasks that are killed or cancelled are submitted again, alone, and the whole is the parts' trials.
 */
#include "base/text.h"
#include "support_daemon.h"
#include "support_folder.h"
#include "support_shell.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define RUN                                                                                                  \
    "SEPCC_BUILT=$SEPCC SEPCC=$PWD/sepcc $ROOT/examples/cluster/tune-slurm.sh 3 'the parts' -f net.layers "  \
    "--isa scalar --plan vectors=1,hold=3,block=4,prefetch=no,unroll=full --exhaustive --seconds 0.001"

/* Waits for a condition of sh; the shell's time limit ends it. */
#define UNTIL(condition) "until " condition "; do sleep 0.1; done"

/*
 * Counts the parts it is asked for. As long as no file `mended` is there, the second one is long enough to be
 * killed while it runs, and the third does nothing for so long.
 */
static const char PROGRAM[] = "#!/bin/sh\n"
                              "case \"$*\" in\n"
                              "*--shard*1/3*) echo 1 >>asked ;;\n"
                              "*--shard*2/3*) echo 2 >>asked; echo $$ >running\n"
                              "    [ -e mended ] || set -- \"$@\" --seconds 3 ;;\n"
                              "*--shard*3/3*) echo 3 >>asked\n"
                              "    [ -e mended ] || exec sleep 300 ;;\n"
                              "esac\n"
                              "exec \"$SEPCC_BUILT\" \"$@\"\n";

static const char STAGES[] = "depthwise name=a in=9x9x4 kernel=3 pad=1\n"
                             "depthwise name=b in=7x7x4 kernel=3 pad=1\n"
                             "depthwise name=c in=5x5x4 kernel=3 pad=1\n";

/* A node that is never given up, since all of it may be stopped for a while, and nothing that wants root. */
static const char CONFIGURATION[] = "ClusterName=sepcc\n"
                                    "SlurmctldHost=%s(127.0.0.1)\n"
                                    "SlurmctldPort=%u\n"
                                    "SlurmdPort=%u\n"
                                    "SlurmUser=%s\n"
                                    "SlurmdUser=%s\n"
                                    "AuthType=auth/munge\n"
                                    "CryptoType=crypto/munge\n"
                                    "AuthInfo=socket=%s/munge.socket\n"
                                    "StateSaveLocation=%s/state\n"
                                    "SlurmdSpoolDir=%s/spool\n"
                                    "SlurmctldPidFile=%s/slurmctld.pid\n"
                                    "SlurmdPidFile=%s/slurmd.pid\n"
                                    "ProctrackType=proctrack/linuxproc\n"
                                    "TaskPlugin=task/none\n"
                                    "SelectType=select/linear\n"
                                    "SchedulerParameters=sched_interval=1,batch_sched_delay=0\n"
                                    "JobAcctGatherType=jobacct_gather/none\n"
                                    "AccountingStorageType=accounting_storage/none\n"
                                    "SwitchType=switch/none\n"
                                    "MpiDefault=none\n"
                                    "SlurmdTimeout=0\n"
                                    "KillWait=1\n"
                                    "NodeName=one NodeHostname=%s NodeAddr=127.0.0.1\n"
                                    "PartitionName=all Nodes=one Default=YES State=UP\n";

/* In the order in which they start. */
static const struct {
    const char *log, *line;
} SERVERS[] = {
    {"munged.log",
     "exec munged --foreground --force --socket=munge.socket --key-file=key --pid-file=munged.pid "
     "--seed-file=seed --origin=127.0.0.1"},
    {"slurmctld.log", "exec slurmctld -D"},
    {"slurmd.log", "exec slurmd -D -N one"},
};
enum { SERVER_COUNT = sizeof SERVERS / sizeof SERVERS[0] };

/* The cluster's own folder, apart from the test's, and its servers; 0: not started. */
static void *cluster;
static pid_t servers[SERVER_COUNT];

static void configure(void)
{
    struct text text = {0};
    const char *folder = cluster;
    char host[256] = "", user[64] = "";
    assert_int_equal(gethostname(host, sizeof host - 1), 0);
    host[strcspn(host, ".")] = '\0';
    assert_shell(folder, 0, "mkdir state spool && id -un && head -c 128 /dev/urandom >key && chmod 600 key");
    (void)snprintf(user, sizeof user, "%s", shell_output());
    user[strcspn(user, "\n")] = '\0';
    text_printf(&text, CONFIGURATION, host, free_port(), free_port(), user, user, folder, folder, folder,
                folder, folder, host);
    assert_false(text.failed);
    put_file(in_folder(folder, "slurm.conf"), text.data);
    text_free(&text);
    assert_int_equal(setenv("SLURM_CONF", in_folder(folder, "slurm.conf"), 1), 0);
}

static void start(void)
{
    configure();
    for (size_t i = 0; i < SERVER_COUNT; ++i) {
        servers[i] = daemon_start(cluster, SERVERS[i].log, SERVERS[i].line);
        if (i == 0) /* the others ask it as they start */
            assert_shell(cluster, 0, "timeout 60 sh -c '" UNTIL("test -S munge.socket") "'");
    }
    if (shell(cluster,
              "timeout 60 sh -c '" UNTIL("sinfo --noheader --states=idle 2>/dev/null | grep -q one") "'"))
        assert_shell(cluster, 0, "tail -n 20 *.log; false");
}

static int setup(void **state)
{
    const char *path = getenv("PATH");
    struct text with_servers = {0};
    text_printf(&with_servers, "%s:/usr/sbin:/sbin", path != NULL ? path : "/usr/bin:/bin");
    const int status = with_servers.failed || setenv("PATH", with_servers.data, 1) != 0 ? -1 : 0;
    text_free(&with_servers);
    return status != 0 || folder_setup(&cluster) != 0 ? -1 : folder_setup(state);
}

/* Jobs end before the cluster, which would leave them. */
static int teardown(void **state)
{
    if (servers[SERVER_COUNT - 1] != 0)
        shell(cluster, "scancel --me; timeout 20 sh -c '" UNTIL("test -z \"$(squeue --noheader)\"") "'");
    for (size_t i = SERVER_COUNT; i-- > 0;) {
        daemon_stop(servers[i]);
        servers[i] = 0;
    }
    const int status = folder_teardown(&cluster);
    return folder_teardown(state) != 0 ? -1 : status;
}

static void submits_again_what_failed(void **state)
{
    const char *folder = *state;
    if (shell(folder,
              "command -v munged && command -v slurmctld && command -v slurmd && command -v sbatch") != 0) {
        print_message("slurm or munge is not installed\n");
        skip();
    }
    start();
    put_file(in_folder(folder, "net.layers"), STAGES);
    put_file(in_folder(folder, "sepcc"), PROGRAM);
    assert_shell(folder, 0, "chmod +x sepcc");
    assert_shell(folder, 0, RUN);
    assert_error("parts 1,2,3 of 3 are job");
    assert_shell(folder, 1, RUN);
    assert_error("of this line have not ended");

    /* Task 2 is killed when it has a trial, task 3 is cancelled. */
    assert_shell(folder, 0,
                 UNTIL("$SEPCC db list 'the parts/part-2.db' --csv 2>/dev/null | grep -q measured"));
    assert_shell(folder, 0, "kill -KILL $(cat running)");
    assert_shell(folder, 0, UNTIL("grep -q 3 asked"));
    assert_shell(folder, 0, "scancel $(squeue --noheader --format=%A --states=running)");
    assert_shell(folder, 0, UNTIL("test -z \"$(squeue --noheader)\""));
    assert_shell(folder, 0, "grep -q 'parts 2,3 of 3 did not end' 'the parts/merge.log'");
    assert_shell(folder, 1, "test -e 'the parts/all.db'");
    assert_shell(folder, 0, "$SEPCC db list 'the parts/part-2.db' --csv | sort >before");

    /* Another line is no continuation. */
    assert_shell(folder, 2, RUN " --cache cold");
    assert_error("is of another line");

    /* Only those two go on, behind the trials that are there. */
    put_file(in_folder(folder, "mended"), "");
    assert_shell(folder, 0, RUN);
    assert_error("parts 2,3 of 3 are job");
    assert_shell(folder, 0, UNTIL("test -z \"$(squeue --noheader)\""));
    if (shell(folder, "test -e 'the parts/all.db'") != 0)
        assert_shell(folder, 0, "tail -n 20 'the parts'/*.log; false");
    assert_shell(folder, 0, "sort asked | tr -d '\\n'");
    assert_printed("12233");
    assert_shell(folder, 0,
                 "$SEPCC db list 'the parts/part-2.db' --csv | sort >after && test $(comm -23 before after | "
                 "wc -l) = 0 && test $(wc -l <before) -lt $(wc -l <after)");

    /* All stages are there, and the same in any order of the parts. */
    assert_shell(folder, 0,
                 "cd 'the parts' && $SEPCC db list all.db --csv >all && grep -c measured all && "
                 "for spec in 9x9x4 7x7x4 5x5x4; do grep -q $spec all || exit 1; done && "
                 "$SEPCC db merge -o back.db part-3.db part-1.db part-2.db && "
                 "$SEPCC db list back.db --csv | cmp - all && $SEPCC db export all.db -o one && "
                 "$SEPCC db export back.db -o other && cmp one other && test -s one");

    /* Nothing is left to submit but the merge, which finds nothing new. */
    assert_shell(folder, 0, "SBATCH_WAIT=1 " RUN);
    assert_shell(folder, 0, "tail -n 1 'the parts/merge.log' | grep -q ', 0 of them new'");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(submits_again_what_failed, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
