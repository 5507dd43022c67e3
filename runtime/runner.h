/*
 * runner.h: what a generator and the runner (runner.c) that it has built agree on.
 */
#ifndef SEPCC_RUNNER_H
#define SEPCC_RUNNER_H

/*
 * The version of the runner's options and lines: counts up whenever one side would misread the other's. The
 * generator has it from when it was compiled, the runner from the sources in the data folder.
 */
enum { SEPCC_RUNNER_PROTOCOL = 2 };

#endif
