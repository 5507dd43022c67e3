/*
 * isolate.h: running a function in a child process, so that a crash is a result.
 */
#ifndef SEPCC_ISOLATE_H
#define SEPCC_ISOLATE_H

#include "internal.h"

struct sepcc_isolated {
    enum sepcc_status status; /* SEPCC_OK: exit status 0; SEPCC_E_CRASH, _TIMEOUT, _MEMORY (no process) */
    int signal;               /* that ended it, or 0 */
    int exit_code;            /* when no signal ended it */
};

/*
 * Calls run(context) in a child and waits for its end. on_fault is called in the child's handler of SIGSEGV
 * and SIGBUS, with the address. timeout_s 0: none. The child shares no memory with its parent but what was
 * mapped so; its standard streams are the parent's.
 */
struct sepcc_isolated sepcc_isolate(void (*run)(void *context),
                                    void (*on_fault)(void *context, const void *address), void *context,
                                    unsigned timeout_s);

/* "SIGSEGV" and the like. */
const char *sepcc_signal_name(int signal_number);

#endif
