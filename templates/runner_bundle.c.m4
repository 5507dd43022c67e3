m4_dnl runner_bundle.c.m4: the bundles of runtime/runner.c: the first, whose kernels it proves, and more.
m4_dnl Facts: generator/bundle/build_runner.c.
M_NEED([F_VERSION], [F_BUNDLE_COUNT])m4_dnl
#include "sepcc_kernel.h"
M_FOR([I_B], 0, F_BUNDLE_COUNT, [
M_FOR([I_K], 0, M_FACT([BUNDLE], I_B, [KERNEL_COUNT]), [extern const struct sepcc_kernel M_FACT([BUNDLE], I_B, [KERNEL], I_K);
])
static const struct sepcc_kernel *const kernels_[]I_B<::> = {
M_FOR([I_K], 0, M_FACT([BUNDLE], I_B, [KERNEL_COUNT]), [    &M_FACT([BUNDLE], I_B, [KERNEL], I_K),
])};

static const struct sepcc_bundle bundle_[]I_B = {
    SEPCC_ABI_VERSION,
    sizeof bundle_[]I_B,
    "M_FACT([BUNDLE], I_B, [NAME])",
    "F_VERSION",
    M_FACT([BUNDLE], I_B, [KERNEL_COUNT]),
    kernels_[]I_B,
};
])
extern const struct sepcc_bundle *const sepcc_runner_bundle;
const struct sepcc_bundle *const sepcc_runner_bundle = &bundle_0;

extern const struct sepcc_bundle *const sepcc_runner_more<::>;
const struct sepcc_bundle *const sepcc_runner_more<::> = {
M_FOR([I_B], 1, F_BUNDLE_COUNT, [    &bundle_[]I_B,
])    NULL,
};
