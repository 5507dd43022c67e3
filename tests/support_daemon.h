/*
 * support_daemon.h: servers that a test runs for itself: in the foreground, on free ports, ended with the
 * test.
 */
#ifndef SEPCC_TESTS_SUPPORT_DAEMON_H
#define SEPCC_TESTS_SUPPORT_DAEMON_H

#include <sys/types.h>

/*
 * Starts a line of sh that must end in an exec of the server, in the folder, with what it prints in
 * folder/log. The server and all that it has started die with this process, however that ends. Returns what
 * daemon_stop takes. Fails the running test when it cannot be started.
 */
pid_t daemon_start(const char *folder, const char *log, const char *line);

/* Asks the server to end, and kills it when it does not within some seconds, and what it leaves. 0 is none.
 */
void daemon_stop(pid_t keeper);

/* A port of this machine that nobody listens on. */
unsigned free_port(void);

#endif
