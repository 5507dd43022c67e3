/*
 * syscalls.c: the table of Linux system calls, and those that are about neither files nor memory.
 *
 * There is one process with one thread, one CPU, no signal handlers and no time but executed instructions,
 * one a nanosecond.
 */
#include "cpu.h"
#include "kernel.h"

#include <asm/errno.h>
#include <asm/prctl.h>
#include <asm/unistd.h>
#include <linux/resource.h>
#include <linux/sysinfo.h>
#include <linux/time.h>
#include <linux/utsname.h>

enum {
    NANOSECONDS = 1000000000,
    SIGNAL_EXIT_BASE = 128,
    CALL_LIMIT = 512,
    THE_PROCESS = 1,
    CPU_MASK_SIZE = 8
};

static long call_exit(const uint64_t *arg)
{
    machine_exit(arg[0] & 0xff);
}

/* The signal a program sends itself ends it: nothing catches it. */
static long end_by_signal(uint64_t signal)
{
    if (signal == 0)
        return 0;
    message("the program sent itself signal %lu", signal);
    machine_exit(SIGNAL_EXIT_BASE + (unsigned)(signal & 0x7f));
}

static long call_kill(const uint64_t *arg)
{
    return end_by_signal(arg[1]);
}

static long call_tgkill(const uint64_t *arg)
{
    return end_by_signal(arg[2]);
}

static long call_arch_prctl(const uint64_t *arg)
{
    if (arg[0] != ARCH_SET_FS && arg[0] != ARCH_SET_GS)
        return -EINVAL;
    cpu_write_msr(arg[0] == ARCH_SET_FS ? MSR_FS_BASE : MSR_GS_BASE, arg[1]);
    return 0;
}

static long call_clock_gettime(const uint64_t *arg)
{
    if (!program_can_write(arg[1], sizeof(struct __kernel_timespec)))
        return -EFAULT;
    struct __kernel_timespec *time = at(arg[1]);
    const uint64_t now = ticks();
    time->tv_sec = (long long)(now / NANOSECONDS);
    time->tv_nsec = (long long)(now % NANOSECONDS);
    return 0;
}

static long call_clock_getres(const uint64_t *arg)
{
    if (arg[1] == 0)
        return 0;
    if (!program_can_write(arg[1], sizeof(struct __kernel_timespec)))
        return -EFAULT;
    *(struct __kernel_timespec *)at(arg[1]) = (struct __kernel_timespec){.tv_nsec = 1};
    return 0;
}

static long call_gettimeofday(const uint64_t *arg)
{
    if (arg[0] == 0)
        return 0;
    if (!program_can_write(arg[0], 2 * sizeof(long)))
        return -EFAULT;
    long *time = at(arg[0]); /* seconds, microseconds */
    const uint64_t now = ticks();
    time[0] = (long)(now / NANOSECONDS);
    time[1] = (long)(now % NANOSECONDS / 1000);
    return 0;
}

static long call_time(const uint64_t *arg)
{
    const long now = (long)(ticks() / NANOSECONDS);
    if (arg[0] == 0)
        return now;
    if (!program_can_write(arg[0], sizeof now))
        return -EFAULT;
    *(long *)at(arg[0]) = now;
    return now;
}

/* getrusage, with its answer all zero. */
static long call_getrusage(const uint64_t *arg)
{
    if (!program_can_write(arg[1], sizeof(struct rusage)))
        return -EFAULT;
    memset(at(arg[1]), 0, sizeof(struct rusage));
    return 0;
}

static long call_uname(const uint64_t *arg)
{
    static const struct new_utsname names = {.sysname = "Linux",
                                             .nodename = "bxrun",
                                             .release = "6.1.0",
                                             .version = "#1",
                                             .machine = "x86_64",
                                             .domainname = ""};
    if (!program_can_write(arg[0], sizeof names))
        return -EFAULT;
    memcpy(at(arg[0]), &names, sizeof names);
    return 0;
}

static long call_sysinfo(const uint64_t *arg)
{
    if (!program_can_write(arg[0], sizeof(struct sysinfo)))
        return -EFAULT;
    struct sysinfo *info = at(arg[0]);
    memset(info, 0, sizeof *info);
    info->totalram = image_header.ram_size;
    info->freeram = image_header.ram_size / 2;
    info->procs = 1;
    info->mem_unit = 1;
    return 0;
}

/* sched_getaffinity(process, size, mask): CPU 0. */
static long call_sched_getaffinity(const uint64_t *arg)
{
    if (arg[1] < CPU_MASK_SIZE)
        return -EINVAL;
    if (!program_can_write(arg[2], CPU_MASK_SIZE))
        return -EFAULT;
    *(uint64_t *)at(arg[2]) = 1;
    return CPU_MASK_SIZE;
}

static long call_getcwd(const uint64_t *arg)
{
    static const char root[] = "/";
    if (arg[1] < sizeof root)
        return -ERANGE;
    if (!program_can_write(arg[0], sizeof root))
        return -EFAULT;
    memcpy(at(arg[0]), root, sizeof root);
    return sizeof root;
}

static long get_limit(uint64_t resource, uint64_t to)
{
    const struct rlimit64 limit = {.rlim_cur = resource == RLIMIT_STACK ? STACK_SIZE : RLIM64_INFINITY,
                                   .rlim_max = RLIM64_INFINITY};
    if (!program_can_write(to, sizeof limit))
        return -EFAULT;
    memcpy(at(to), &limit, sizeof limit);
    return 0;
}

static long call_getrlimit(const uint64_t *arg)
{
    return get_limit(arg[0], arg[1]);
}

/* prlimit64(process, resource, new, old) */
static long call_prlimit64(const uint64_t *arg)
{
    return arg[3] == 0 ? 0 : get_limit(arg[1], arg[3]);
}

/* getrandom: the same bytes in every run of the same program. */
static long call_getrandom(const uint64_t *arg)
{
    if (!program_can_write(arg[0], arg[1]))
        return -EFAULT;
    uint64_t state = ticks();
    uint8_t *bytes = at(arg[0]);
    for (uint64_t i = 0; i < arg[1]; ++i) {
        state = state * 6364136223846793005u + 1442695040888963407u;
        bytes[i] = (uint8_t)(state >> 56);
    }
    return (long)arg[1];
}

/* A call has a function, or always the same result. */
struct call {
    long (*function)(const uint64_t *arg);
    bool known;
    int result;
};

#define CALL(name)           [__NR_##name] = {.function = call_##name, .known = true}
#define CALL_AS(name, other) [__NR_##name] = {.function = call_##other, .known = true}
#define ALWAYS(name, value)  [__NR_##name] = {.known = true, .result = (value)}

static const struct call calls[CALL_LIMIT] = {
    /* files */
    CALL(read),
    CALL(pread64),
    CALL(readv),
    CALL(write),
    CALL(writev),
    CALL(open),
    CALL(openat),
    CALL(close),
    CALL(lseek),
    CALL(stat),
    CALL_AS(lstat, stat),
    CALL(fstat),
    CALL(newfstatat),
    CALL(fcntl),
    ALWAYS(ioctl, -ENOTTY),
    ALWAYS(access, -ENOENT),
    ALWAYS(faccessat, -ENOENT),
    ALWAYS(faccessat2, -ENOENT),
    ALWAYS(readlink, -ENOENT),
    ALWAYS(readlinkat, -ENOENT),
    ALWAYS(statx, -ENOSYS),
    CALL(getcwd),
    /* memory */
    CALL(mmap),
    CALL(munmap),
    CALL(mprotect),
    CALL(mremap),
    CALL(brk),
    ALWAYS(madvise, 0),
    ALWAYS(mlock, 0),
    ALWAYS(munlock, 0),
    /* the process */
    CALL(exit),
    CALL_AS(exit_group, exit),
    CALL(kill),
    CALL_AS(tkill, kill),
    CALL(tgkill),
    CALL(arch_prctl),
    CALL(getrusage),
    CALL(getrlimit),
    CALL(prlimit64),
    ALWAYS(getpid, THE_PROCESS),
    ALWAYS(gettid, THE_PROCESS),
    ALWAYS(set_tid_address, THE_PROCESS),
    ALWAYS(getppid, 0),
    ALWAYS(getuid, 0),
    ALWAYS(geteuid, 0),
    ALWAYS(getgid, 0),
    ALWAYS(getegid, 0),
    ALWAYS(fork, -ENOSYS),
    ALWAYS(vfork, -ENOSYS),
    ALWAYS(clone, -ENOSYS),
    ALWAYS(clone3, -ENOSYS),
    ALWAYS(execve, -ENOSYS),
    ALWAYS(rseq, -ENOSYS),
    ALWAYS(futex, 0),
    ALWAYS(set_robust_list, 0),
    ALWAYS(rt_sigaction, 0),
    ALWAYS(rt_sigprocmask, 0),
    ALWAYS(sigaltstack, 0),
    /* the machine */
    CALL(clock_gettime),
    CALL(clock_getres),
    CALL(gettimeofday),
    CALL(time),
    CALL(uname),
    CALL(sysinfo),
    CALL(sched_getaffinity),
    CALL(getrandom),
    ALWAYS(sched_yield, 0),
    ALWAYS(nanosleep, 0),
    ALWAYS(clock_nanosleep, 0),
};

/* As system_call_entry in start.S pushes it. */
struct system_call {
    uint64_t number; /* replaced by the result */
    uint64_t arg[6];
    uint64_t flags, return_address, stack;
};

void system_call(struct system_call *frame);

/* Says it once for each number. */
static void report_unknown(uint64_t number)
{
    static bool reported[CALL_LIMIT];
    if (number < CALL_LIMIT && reported[number])
        return;
    if (number < CALL_LIMIT)
        reported[number] = true;
    message("system call %lu is not served (ENOSYS)", number);
}

void system_call(struct system_call *frame)
{
    static const struct call unknown = {.result = -ENOSYS};
    const struct call *call = frame->number < CALL_LIMIT ? &calls[frame->number] : &unknown;
    if (!call->known) {
        report_unknown(frame->number);
        call = &unknown;
    }
    const long result = call->function != NULL ? call->function(frame->arg) : call->result;
    frame->number = (uint64_t)result;
}

void system_calls_begin(void)
{
    extern void system_call_entry(void); /* start.S */
    /* SYSCALL: code segment; data is the next one. SYSRET: data is 8 above the base, code 16 above. */
    const uint64_t sysret_base = SEGMENT_USER_DATA - 8 + PRIVILEGE_USER;
    cpu_write_msr(MSR_STAR, (uint64_t)SEGMENT_KERNEL_CODE << 32 | sysret_base << 48);
    cpu_write_msr(MSR_LSTAR, (uint64_t)system_call_entry);
    cpu_write_msr(MSR_FMASK, RFLAGS_TF | RFLAGS_IF | RFLAGS_DF | RFLAGS_AC);
}
