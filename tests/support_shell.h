/*
 * support_shell.h: the program sepcc as its users run it: by command lines, with what it prints.
 */
#ifndef SEPCC_TESTS_SUPPORT_SHELL_H
#define SEPCC_TESTS_SUPPORT_SHELL_H

/*
 * Runs a line of sh in the test's folder (a cmocka state of support_folder.h) and returns its exit status. In
 * it, $SEPCC is the program that was built with the running test, $ROOT the source tree. What was printed is
 * in shell_output and shell_error until the next call. Fails the running test when sh cannot be run.
 */
int shell(const char *folder, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Never NULL. */
const char *shell_output(void);
const char *shell_error(void);

/* Fail with what was printed. */
void assert_shell(const char *folder, int status, const char *line);
void assert_printed(const char *text);
void assert_error(const char *text); /* on standard error */

/* Skips the running test, and says why, when a program is missing. */
void need_program(const char *name);

#endif
