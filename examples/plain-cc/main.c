/*
 * main.c: one stage of a committed bundle, the depthwise one of generated/golden: a kernel whose middle tap
 * alone is 1 must give the image itself, cut off by its relu6.
 */
#include "golden.h"

#include <stdio.h>

enum { CHANNELS = 13, MIDDLE = 4 };

int main(void)
{
    static float in[SEPCC_GOLDEN_DW_IN_COUNT], out[SEPCC_GOLDEN_DW_OUT_COUNT];
    static float weight[SEPCC_GOLDEN_DW_WEIGHT_COUNT], bias[CHANNELS];
    for (size_t i = 0; i < SEPCC_GOLDEN_DW_IN_COUNT; ++i)
        in[i] = (float)(i % 19) - 9.0f;
    for (size_t c = 0; c < CHANNELS; ++c)
        weight[MIDDLE * CHANNELS + c] = 1.0f;

    void *packed = sepcc_golden_alloc(SEPCC_GOLDEN_DW_PACKED_BYTES);
    void *workspace = sepcc_golden_alloc(SEPCC_GOLDEN_DW_WORKSPACE_BYTES);
    int status = packed != NULL && workspace != NULL ? sepcc_golden_dw_pack(weight, bias, packed) : -1;
    if (status == 0)
        status = sepcc_golden_dw(in, out, packed, workspace);
    sepcc_golden_free(workspace);
    sepcc_golden_free(packed);

    for (size_t i = 0; status == 0 && i < SEPCC_GOLDEN_DW_OUT_COUNT; ++i)
        if (out[i] != (in[i] < 0.0f ? 0.0f : in[i] > 6.0f ? 6.0f : in[i]))
            status = 1;
    printf("golden dw: %s\n", status == 0 ? sepcc_isa_name(sepcc_golden_dw_kernel()->isa) : "wrong");
    return status == 0 ? 0 : 1;
}
