/*
 * isolate.c: running a function in a child process, so that a crash is a result.
 */
#include "isolate.h"

#include <errno.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

/* Signals that a wrong kernel ends by. */
static const struct {
    int number;
    const char *name;
} crash_signals[] = {
    {SIGSEGV, "SIGSEGV"}, {SIGBUS, "SIGBUS"}, {SIGILL, "SIGILL"}, {SIGFPE, "SIGFPE"}, {SIGABRT, "SIGABRT"}};

const char *sepcc_signal_name(int signal_number)
{
    const char *text = NULL;
    for (size_t i = 0; i < sizeof crash_signals / sizeof crash_signals[0]; ++i)
        if (crash_signals[i].number == signal_number)
            text = crash_signals[i].name;
    if (text == NULL)
        text = strsignal(signal_number);
    return text != NULL ? text : "a signal";
}

/* ---- in the child ---------------------------------------------------------------------------------- */

/* For the handler, which gets no argument of ours. */
static struct {
    void (*on_fault)(void *context, const void *address);
    void *context;
} fault_report;

/* The signal raised again ends the process when this returns: SA_RESETHAND. */
static void handle_fault(int number, siginfo_t *info, void *machine)
{
    (void)machine;
    if (number == SIGSEGV || number == SIGBUS)
        fault_report.on_fault(fault_report.context, info->si_addr);
    raise(number);
}

/* The parent's handlers (which may clean up its files) are not the child's. */
static void reset_signals(void)
{
    static const int inherited[] = {SIGALRM, SIGINT, SIGTERM, SIGHUP};
    sigset_t none;
    sigemptyset(&none);
    for (size_t i = 0; i < sizeof inherited / sizeof inherited[0]; ++i)
        signal(inherited[i], SIG_DFL);
    sigprocmask(SIG_SETMASK, &none, NULL);
}

/* On a stack of its own, since the kernel may have run out of it. */
static void catch_faults(void)
{
    static unsigned char stack[1 << 16];
    const stack_t alternative = {.ss_sp = stack, .ss_size = sizeof stack};
    struct sigaction action = {.sa_sigaction = handle_fault,
                               .sa_flags = (int)(SA_SIGINFO | SA_ONSTACK | SA_RESETHAND)};
    sigemptyset(&action.sa_mask);
    if (sigaltstack(&alternative, NULL) != 0)
        action.sa_flags &= ~SA_ONSTACK;
    for (size_t i = 0; i < sizeof crash_signals / sizeof crash_signals[0]; ++i)
        sigaction(crash_signals[i].number, &action, NULL);
}

static void run_child(void (*run)(void *context), void *context, unsigned timeout_s)
{
    const struct rlimit no_core = {0, 0};
    prctl(PR_SET_PDEATHSIG, SIGKILL); /* nobody is left who wants to know */
    setrlimit(RLIMIT_CORE, &no_core);
    reset_signals();
    catch_faults();
    alarm(timeout_s);
    run(context);
    _exit(0);
}

/* ---- in the parent --------------------------------------------------------------------------------- */

static struct sepcc_isolated outcome_of(int wait_status, unsigned timeout_s)
{
    struct sepcc_isolated outcome = {.status = SEPCC_E_CRASH};
    if (WIFSIGNALED(wait_status)) {
        outcome.signal = WTERMSIG(wait_status);
        if (outcome.signal == SIGALRM && timeout_s > 0)
            outcome.status = SEPCC_E_TIMEOUT;
    } else {
        outcome.exit_code = WEXITSTATUS(wait_status);
        if (outcome.exit_code == 0)
            outcome.status = SEPCC_OK;
    }
    return outcome;
}

struct sepcc_isolated sepcc_isolate(void (*run)(void *context),
                                    void (*on_fault)(void *context, const void *address), void *context,
                                    unsigned timeout_s)
{
    int wait_status = 0;
    pid_t child;
    fault_report.on_fault = on_fault;
    fault_report.context = context;
    child = fork();
    if (child < 0)
        return (struct sepcc_isolated){.status = SEPCC_E_MEMORY};
    if (child == 0)
        run_child(run, context, timeout_s);
    while (waitpid(child, &wait_status, 0) < 0)
        if (errno != EINTR)
            return (struct sepcc_isolated){.status = SEPCC_E_CRASH};
    return outcome_of(wait_status, timeout_s);
}
