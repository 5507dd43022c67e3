/*
 * test_daemon.c: what a server leaves behind ends with the test that has started it, even one that is killed.
 */
#include "support_daemon.h"
#include "support_folder.h"
#include "support_shell.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

/* A server and a process of a session of its own, whose parent has ended. */
static const char SERVER[] = "(setsid sh -c 'echo $$ >left; exec sleep 1000' &); exec sleep 1000";

#define UNTIL(condition) "for i in $(seq 1000); do " condition " && exit 0; sleep 0.02; done; exit 1"

static void wait_for_left(const char *folder)
{
    assert_shell(folder, 0, UNTIL("test -s left"));
    assert_shell(folder, 0, "kill -0 $(cat left)");
}

static void stopped(void **state)
{
    const pid_t server = daemon_start(*state, "log", SERVER);
    wait_for_left(*state);
    daemon_stop(server);
    assert_shell(*state, 1, "kill -0 $(cat left) 2>/dev/null");
}

static void killed(void **state)
{
    const pid_t test = fork();
    assert_true(test >= 0);
    if (test == 0) {
        daemon_start(*state, "log", SERVER);
        for (;;)
            pause();
    }
    wait_for_left(*state);
    kill(test, SIGKILL);
    waitpid(test, NULL, 0);
    assert_shell(*state, 0, UNTIL("! kill -0 $(cat left) 2>/dev/null"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(stopped, folder_setup, folder_teardown),
        cmocka_unit_test_setup_teardown(killed, folder_setup, folder_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
