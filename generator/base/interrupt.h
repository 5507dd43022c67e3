/*
 * interrupt.h: which children a signal to this process must end (process.c keeps the list up to date).
 */
#ifndef SEPCC_GENERATOR_BASE_INTERRUPT_H
#define SEPCC_GENERATOR_BASE_INTERRUPT_H

#include <signal.h>
#include <sys/types.h>

enum { INTERRUPT_CHILDREN_MAX = 256 };

/* Holds SIGINT, SIGTERM and SIGHUP back while a child is started or reaped; *old is for release. */
void interrupt_hold(sigset_t *old);
void interrupt_release(const sigset_t *old);

/* The leader of a process group. A child that finds the list full is not entered, and outlives a signal. */
void interrupt_add_child(pid_t child);
void interrupt_remove_child(pid_t child);

#endif
