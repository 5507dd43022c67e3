/*
 * support_runtime.c: layers and stages for the runtime's tests.
 */
#include "support_runtime.h"

#include <time.h>

static void set_default(uint32_t *field, uint32_t value)
{
    if (*field == 0)
        *field = value;
}

struct sepcc_layer support_layer(struct sepcc_layer l)
{
    uint32_t *const ones[] = {&l.in_h,     &l.in_w,     &l.in_c,       &l.kernel_h,   &l.kernel_w,
                              &l.stride_h, &l.stride_w, &l.dilation_h, &l.dilation_w, &l.multiplier};
    for (size_t i = 0; i < sizeof ones / sizeof ones[0]; ++i)
        set_default(ones[i], 1);
    set_default(&l.out_c, l.op == SEPCC_OP_DEPTHWISE ? l.in_c * l.multiplier : 1);
    l.out_h = (l.in_h + l.pad_top + l.pad_bottom - ((l.kernel_h - 1) * l.dilation_h + 1)) / l.stride_h + 1;
    l.out_w = (l.in_w + l.pad_left + l.pad_right - ((l.kernel_w - 1) * l.dilation_w + 1)) / l.stride_w + 1;
    return l;
}

struct sepcc_stage support_stage(struct sepcc_layer partial)
{
    struct sepcc_stage stage = {.op = partial.op, .batch = 1, .layer_count = 1};
    stage.layer[0] = support_layer(partial);
    return stage;
}

struct sepcc_kernel support_kernel(const struct sepcc_stage *stage, size_t packed_bytes,
                                   size_t workspace_bytes, size_t unit_count)
{
    return (struct sepcc_kernel){.abi_version = SEPCC_ABI_VERSION,
                                 .struct_size = sizeof(struct sepcc_kernel),
                                 .name = "sepcc_fake",
                                 .spec = "fake",
                                 .plan = "",
                                 .digest = "0123456789abcdef0123456789abcdef",
                                 .isa = SEPCC_ISA_SCALAR,
                                 .stage = *stage,
                                 .packed_bytes = packed_bytes,
                                 .workspace_bytes = workspace_bytes,
                                 .unit_count = unit_count,
                                 .fma_count = sepcc_stage_fma_count(stage),
                                 .read_bytes = sepcc_stage_input_count(stage) * sizeof(float) + packed_bytes,
                                 .write_bytes = sepcc_stage_output_count(stage) * sizeof(float)};
}

uint32_t support_random(uint64_t *state, uint32_t below)
{
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)((*state >> 33) % below);
}

double test_now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

void spend(double seconds)
{
    const double end = test_now() + seconds;
    while (test_now() < end)
        continue;
}
