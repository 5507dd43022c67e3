m4_dnl runner_bundle.c.m4: the kernels that runtime/runner.c proves. Facts: generator/build.c.
M_NEED([F_VERSION], [F_KERNEL_COUNT])m4_dnl
#include "sepcc_kernel.h"

M_FOR([I_K], 0, F_KERNEL_COUNT, [extern const struct sepcc_kernel M_FACT([KERNEL], I_K);
])
static const struct sepcc_kernel *const kernels<::> = {
M_FOR([I_K], 0, F_KERNEL_COUNT, [    &M_FACT([KERNEL], I_K),
])};

static const struct sepcc_bundle bundle = {
    SEPCC_ABI_VERSION, sizeof bundle, "runner", "F_VERSION", F_KERNEL_COUNT, kernels,
};

extern const struct sepcc_bundle *const sepcc_runner_bundle;
const struct sepcc_bundle *const sepcc_runner_bundle = &bundle;
