/*
 * machine.c: what a report says of the machine, and making the CPU look smaller than it is.
 *
 * Peers choose their code by CPUID. To race sepcc's avx2 kernels on a CPU with AVX-512 they must be made to
 * choose AVX2 too, and some have no switch for it. Linux can make CPUID trap (arch_prctl ARCH_SET_CPUID, on
 * Intel CPUs since Ivy Bridge and AMD's since Zen 4); the trap's handler runs the instruction and clears
 * bits. The setting belongs to a thread and is inherited by the threads it starts, not by programs. Where
 * that is refused, as in many virtual machines, peers are loaded as copies whose CPUID instructions are
 * undefined opcodes (masked.h), and the same handler answers those.
 */
#include "machine.h"

#include "masked.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <ucontext.h>
#include <unistd.h>

void machine_cpu(char *text, size_t size)
{
    char line[256];
    FILE *file = fopen("/proc/cpuinfo", "r");
    snprintf(text, size, "unknown");
    while (file != NULL && fgets(line, sizeof line, file) != NULL) {
        const char *colon = strchr(line, ':');
        if (strncmp(line, "model name", 10) != 0 || colon == NULL)
            continue;
        snprintf(text, size, "%.*s", (int)strcspn(colon + 2, "\n"), colon + 2);
        break;
    }
    if (file != NULL)
        fclose(file);
}

double machine_load(void)
{
    double load[1];
    return getloadavg(load, 1) == 1 ? load[0] : -1;
}

#if defined(__x86_64__)

#include <asm/prctl.h>
#include <cpuid.h>
#include <sys/syscall.h>

/* Bits of one register of one leaf. */
struct feature {
    uint32_t leaf, subleaf;
    enum { EAX, EBX, ECX, EDX } where;
    uint32_t bits;
};

#define BIT(n) (UINT32_C(1) << (n))

/* What is above avx2. */
static const struct feature above_avx2[] = {
    {7, 0, EBX,
     BIT(16) | BIT(17) | BIT(21) | BIT(26) | BIT(27) | BIT(28) | BIT(30) |
         BIT(31)},                                              /* AVX512 F DQ IFMA PF ER CD BW VL */
    {7, 0, ECX, BIT(1) | BIT(6) | BIT(11) | BIT(12) | BIT(14)}, /* VBMI VBMI2 VNNI BITALG VPOPCNTDQ */
    {7, 0, EDX, BIT(2) | BIT(3) | BIT(8) | BIT(22) | BIT(23) | BIT(24) | BIT(25)}, /* and FP16, AMX */
    {7, 1, EAX, BIT(5)},                                                           /* AVX512_BF16 */
    {13, 0, EAX, BIT(5) | BIT(6) | BIT(7) | BIT(17) | BIT(18)}, /* state of AVX-512 and AMX */
};

/* What is above sse: any AVX. Later SSE levels stay. */
static const struct feature above_sse[] = {
    {1, 0, ECX, BIT(12) | BIT(28) | BIT(29)}, /* FMA AVX F16C */
    {7, 0, EBX, BIT(5)},                      /* AVX2 */
    {7, 0, ECX, BIT(9) | BIT(10)},            /* VAES VPCLMULQDQ */
    {7, 1, EAX, BIT(4)},                      /* AVX_VNNI */
    {13, 0, EAX, BIT(2)},                     /* state of AVX */
};

static const unsigned char cpuid_code[MASKED_BYTES] = {0x0f, 0xa2};

static bool hide_avx;

static void mask(const struct feature *features, size_t count, uint32_t leaf, uint32_t subleaf,
                 uint32_t registers[4])
{
    /* Leaf 1 has no subleaves, whatever the caller has left in ECX. */
    for (size_t i = 0; i < count; ++i)
        if (features[i].leaf == leaf && (leaf == 1 || features[i].subleaf == subleaf))
            registers[features[i].where] &= ~features[i].bits;
}

static long set_trap(bool trap)
{
    return syscall(SYS_arch_prctl, ARCH_SET_CPUID, trap ? 0L : 1L);
}

/* Does what CPUID does, without the hidden bits, and goes on behind it. */
static void answer(greg_t *at)
{
    const uint32_t leaf = (uint32_t)at[REG_RAX], subleaf = (uint32_t)at[REG_RCX];
    uint32_t registers[4];
    __cpuid_count(leaf, subleaf, registers[EAX], registers[EBX], registers[ECX], registers[EDX]);
    mask(above_avx2, sizeof above_avx2 / sizeof above_avx2[0], leaf, subleaf, registers);
    if (hide_avx)
        mask(above_sse, sizeof above_sse / sizeof above_sse[0], leaf, subleaf, registers);
    at[REG_RAX] = registers[EAX];
    at[REG_RBX] = registers[EBX];
    at[REG_RCX] = registers[ECX];
    at[REG_RDX] = registers[EDX];
    at[REG_RIP] += MASKED_BYTES;
}

/* Of SIGSEGV, which a trapped CPUID is, and of SIGILL, which a masked one is. */
static void on_signal(int number, siginfo_t *info, void *context)
{
    greg_t *at = ((ucontext_t *)context)->uc_mcontext.gregs;
    const bool trap = number == SIGSEGV;
    (void)info;
    if (memcmp((const void *)at[REG_RIP], trap ? cpuid_code : masked_code, MASKED_BYTES) != 0) {
        signal(number, SIG_DFL); /* a fault like any other: it happens again, and ends the program */
        return;
    }
    if (trap)
        set_trap(false);
    answer(at);
    if (trap)
        set_trap(true);
}

static bool catch (int number)
{
    struct sigaction action = {.sa_sigaction = on_signal, .sa_flags = SA_SIGINFO};
    sigemptyset(&action.sa_mask);
    return sigaction(number, &action, NULL) == 0;
}

enum machine_hiding machine_hide_above(enum sepcc_isa isa)
{
    const bool has_avx512 = __builtin_cpu_supports("avx512f"), has_avx = __builtin_cpu_supports("avx");
    hide_avx = isa < SEPCC_ISA_AVX2;
    if (isa == SEPCC_ISA_AVX512 || !(has_avx512 || (hide_avx && has_avx)))
        return HIDING_NEEDLESS;
    /* Copies are answered in both cases: whoever has one need not know whether CPUID traps. */
    if (!catch (SIGILL))
        return HIDING_FAILED;
    if (catch (SIGSEGV) && set_trap(true) == 0)
        return HIDING_TRAP;
    signal(SIGSEGV, SIG_DFL);
    return HIDING_COPIES;
}

#else

enum machine_hiding machine_hide_above(enum sepcc_isa isa)
{
    return isa == SEPCC_ISA_NEON ? HIDING_NEEDLESS : HIDING_FAILED;
}

#endif
