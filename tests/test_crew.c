/*
 * test_crew.c: test_threads.c with a runner's threads in the place of libsepcc's.
 * Runs alone, for it counts the time of threads.
 */
/* NOLINTBEGIN(bugprone-suspicious-include): linked before the library, it is what threads.c gets */
#include "../runtime/crew_plain.c"
#include "test_threads.c"
/* NOLINTEND(bugprone-suspicious-include) */
