/*
 * isa.c: the table of instruction sets, with the model of the core that plans reckon with.
 */
#include "spec/isa.h"

#include <string.h>

static const struct isa isas[SEPCC_ISA_COUNT] = {
    [SEPCC_ISA_SCALAR] =
        {
            .id = SEPCC_ISA_SCALAR,
            .name = "scalar",
            .arch = ARCH_ANY,
            .lanes = 1,
            .registers = 16,
            .fma = true,
            .memory_operand = false,
            .k_group = 1,
            .loads = 2,
            .stores = 1,
            .fmas = 1,
            .latency = 4,
            .flags = "",
            .summary = "portable C with fmaf",
        },
    [SEPCC_ISA_SSE] =
        {
            .id = SEPCC_ISA_SSE,
            .name = "sse",
            .arch = ARCH_X86_64,
            .lanes = 4,
            .registers = 16,
            .fma = false,
            .memory_operand = true,
            .k_group = 1,
            .loads = 2,
            .stores = 1,
            .fmas = 1,
            .broadcast = 0.5, /* a shuffle beside the multiplies and adds */
            .latency = 4,     /* of the add: the multiply does not wait for the sum */
            .flags = "",
            .summary = "SSE2, any x86-64; multiply and add rounded separately",
        },
    [SEPCC_ISA_AVX2] =
        {
            .id = SEPCC_ISA_AVX2,
            .name = "avx2",
            .arch = ARCH_X86_64,
            .lanes = 8,
            .registers = 16,
            .fma = true,
            .memory_operand = true,
            .k_group = 1,
            .loads = 2,
            .stores = 1,
            .fmas = 2,
            .latency = 4,
            .flags = "-mavx2 -mfma",
            .summary = "AVX2 and FMA",
        },
    [SEPCC_ISA_AVX512] =
        {
            .id = SEPCC_ISA_AVX512,
            .name = "avx512",
            .arch = ARCH_X86_64,
            .lanes = 16,
            .registers = 32,
            .fma = true,
            .memory_operand = true,
            .k_group = 1,
            .loads = 2,
            .stores = 1,
            .fmas = 2,
            .latency = 4,
            .flags = "-mavx512f -mavx512bw -mavx512dq -mavx512vl",
            .summary = "AVX-512 F, BW, DQ and VL",
        },
    [SEPCC_ISA_NEON] =
        {
            .id = SEPCC_ISA_NEON,
            .name = "neon",
            .arch = ARCH_AARCH64,
            .lanes = 4,
            .registers = 32,
            .fma = true,
            .memory_operand = false,
            .k_group = 4,
            .loads = 2,
            .stores = 1,
            .fmas = 2,
            .latency = 4,
            .flags = "",
            .summary = "AArch64 Advanced SIMD",
        },
};

static const char known_names[] = "scalar, sse, avx2, avx512, neon, all or native";

const struct isa *isa_get(enum sepcc_isa id)
{
    return &isas[id];
}

const struct isa *isa_find(const char *name, size_t length)
{
    for (size_t i = 0; i < SEPCC_ISA_COUNT; ++i)
        if (strlen(isas[i].name) == length && memcmp(isas[i].name, name, length) == 0)
            return &isas[i];
    return NULL;
}

/* The set that one word of the list means; empty when the word is unknown. */
static isa_set parse_word(const char *word, size_t length)
{
    if (length == 3 && memcmp(word, "all", 3) == 0)
        return (1u << SEPCC_ISA_COUNT) - 1;
    if (length == 6 && memcmp(word, "native", 6) == 0)
        return sepcc_cpu_isas();
    const struct isa *isa = isa_find(word, length);
    return isa == NULL ? 0 : 1u << isa->id;
}

enum exit_status isa_set_parse(const char *text, struct position at, isa_set *set)
{
    *set = 0;
    if (*text == '\0')
        return diag_error(DIAG_ISA, at, "the list of ISAs is empty, expected %s", known_names);
    for (;;) {
        const size_t length = strcspn(text, ",");
        const isa_set found = parse_word(text, length);
        if (found == 0)
            return diag_error(DIAG_ISA, at, "'%.*s' is no ISA, expected %s", (int)(length < 64 ? length : 64),
                              text, known_names);
        *set |= found;
        if (text[length] == '\0')
            return STATUS_DONE;
        text += length + 1;
    }
}

bool isa_is_for(const struct isa *isa, enum isa_arch arch)
{
    return isa->arch == ARCH_ANY || isa->arch == arch;
}

enum isa_arch isa_host_arch(void)
{
#if defined(__x86_64__)
    return ARCH_X86_64;
#elif defined(__aarch64__)
    return ARCH_AARCH64;
#else
    return ARCH_ANY;
#endif
}
