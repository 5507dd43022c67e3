/*
 * main.c: uses the bundle that sepcc writes for example.layers: packs weights, runs both stages, and compares
 * the output with plain loops.
 */
#include "example.h"

#include <math.h>
#include <stdio.h>

enum { HEIGHT = 28, WIDTH = 28, CHANNELS = 32, OUTPUTS = 64, TAPS = 3 };

/* The two stages' weights as sepcc takes them: depthwise [KH][KW][C], pointwise [Cout][Cin]. */
static float dw_weight[TAPS][TAPS][CHANNELS], dw_bias[CHANNELS];
static float pw_weight[OUTPUTS][CHANNELS], pw_bias[OUTPUTS];

static float image[HEIGHT][WIDTH][CHANNELS], middle[HEIGHT][WIDTH][CHANNELS], output[HEIGHT][WIDTH][OUTPUTS];
static float plain_middle[HEIGHT][WIDTH][CHANNELS], plain_output[HEIGHT][WIDTH][OUTPUTS];

/* Numbers from -0.5 to 0.5, the same in every run. */
static void fill(float *values, size_t count)
{
    static uint32_t state = 1;
    for (size_t i = 0; i < count; ++i) {
        state = state * 1664525u + 1013904223u;
        values[i] = (float)(state >> 8) / 16777216.0f - 0.5f;
    }
}

static float relu6(float x)
{
    return x < 0.0f ? 0.0f : x > 6.0f ? 6.0f : x;
}

/* ---- by sepcc -------------------------------------------------------------------------------------- */

/* Packs the weights once and runs both stages; returns 0, or -1. */
static int run_bundle(void)
{
    void *dw = sepcc_example_alloc(SEPCC_EXAMPLE_DW_PACKED_BYTES);
    void *pw = sepcc_example_alloc(SEPCC_EXAMPLE_PW_PACKED_BYTES);
    void *dw_workspace = sepcc_example_alloc(SEPCC_EXAMPLE_DW_WORKSPACE_BYTES);
    void *pw_workspace = sepcc_example_alloc(SEPCC_EXAMPLE_PW_WORKSPACE_BYTES);
    int result = -1;
    if (dw != NULL && pw != NULL && dw_workspace != NULL && pw_workspace != NULL &&
        sepcc_example_dw_pack(&dw_weight[0][0][0], dw_bias, dw) == 0 &&
        sepcc_example_pw_pack(&pw_weight[0][0], pw_bias, pw) == 0 &&
        sepcc_example_dw(&image[0][0][0], &middle[0][0][0], dw, dw_workspace) == 0)
        result = sepcc_example_pw(&middle[0][0][0], &output[0][0][0], pw, pw_workspace);
    sepcc_example_free(pw_workspace);
    sepcc_example_free(dw_workspace);
    sepcc_example_free(pw);
    sepcc_example_free(dw);
    return result;
}

/* ---- by plain loops -------------------------------------------------------------------------------- */

static float plain_depthwise(int y, int x, int c)
{
    float sum = dw_bias[c];
    for (int ky = 0; ky < TAPS; ++ky)
        for (int kx = 0; kx < TAPS; ++kx) {
            const int iy = y + ky - 1, ix = x + kx - 1;
            if (iy >= 0 && iy < HEIGHT && ix >= 0 && ix < WIDTH)
                sum = fmaf(image[iy][ix][c], dw_weight[ky][kx][c], sum);
        }
    return relu6(sum);
}

static float plain_pointwise(int y, int x, int o)
{
    float sum = pw_bias[o];
    for (int c = 0; c < CHANNELS; ++c)
        sum = fmaf(plain_middle[y][x][c], pw_weight[o][c], sum);
    return relu6(sum);
}

static void run_plain(void)
{
    for (int y = 0; y < HEIGHT; ++y)
        for (int x = 0; x < WIDTH; ++x)
            for (int c = 0; c < CHANNELS; ++c)
                plain_middle[y][x][c] = plain_depthwise(y, x, c);
    for (int y = 0; y < HEIGHT; ++y)
        for (int x = 0; x < WIDTH; ++x)
            for (int o = 0; o < OUTPUTS; ++o)
                plain_output[y][x][o] = plain_pointwise(y, x, o);
}

/* ---- both ------------------------------------------------------------------------------------------ */

int main(void)
{
    const float *result = &output[0][0][0], *expected = &plain_output[0][0][0];
    double checksum = 0.0, largest = 0.0;
    fill(&image[0][0][0], SEPCC_EXAMPLE_DW_IN_COUNT);
    fill(&dw_weight[0][0][0], SEPCC_EXAMPLE_DW_WEIGHT_COUNT);
    fill(dw_bias, CHANNELS);
    fill(&pw_weight[0][0], SEPCC_EXAMPLE_PW_WEIGHT_COUNT);
    fill(pw_bias, OUTPUTS);
    if (run_bundle() != 0) {
        fputs("quickstart: no memory, or no kernel for this CPU\n", stderr);
        return 1;
    }
    run_plain();
    for (size_t i = 0; i < SEPCC_EXAMPLE_PW_OUT_COUNT; ++i) {
        checksum += (double)result[i];
        largest = fmax(largest, fabs((double)result[i] - (double)expected[i]));
    }
    printf("isa %s, checksum %.3f, largest difference from plain loops %g\n",
           sepcc_isa_name(sepcc_example_pw_kernel()->isa), checksum, largest);
    /* Bit for bit equal, but on SSE2, which rounds every product. */
    return largest <= (sepcc_example_pw_kernel()->isa == SEPCC_ISA_SSE ? 1e-4 : 0.0) ? 0 : 1;
}
