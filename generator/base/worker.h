/*
 * worker.h: functions of this program that run in child processes of their own, so that a crash or a hang is
 * a result, and a signal to this process ends them too.
 */
#ifndef SEPCC_GENERATOR_BASE_WORKER_H
#define SEPCC_GENERATOR_BASE_WORKER_H

#include <stdbool.h>
#include <sys/types.h>

/*
 * Starts a child that calls work(context) and ends with status 0. It leads a process group, which ends when
 * this process is interrupted or killed. It shares no memory with its parent but what was mapped so. Returns
 * its id, -1 (and errno) when there is none to be had.
 */
pid_t worker_start(void (*work)(void *context), void *context);

/* Whether it has ended; *how (may be NULL) is its wait status then. A child that is gone already has, too. */
bool worker_ended(pid_t worker, int *how);

/* Kills its process group and waits for its end. */
void worker_kill(pid_t worker);

#endif
