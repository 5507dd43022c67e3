/*
 * main.c: runs the one stage that sepcc finds in net.textproto, whose weights are in the bundle, on a
 * picture, and compares with the network as its nodes say it, in plain loops.
 */
#include "net.h"

#include <stdio.h>

enum { COLOURS = 3, HEIGHT = 24, WIDTH = 32, MIXED = 2, TAPS = 3 };

static float picture[COLOURS][HEIGHT][WIDTH], mixed[MIXED][HEIGHT][WIDTH];

/* Steps of an eighth from -1 to 4, so that both bounds of the network are met. */
static void draw(void)
{
    for (int c = 0; c < COLOURS; ++c)
        for (int y = 0; y < HEIGHT; ++y)
            for (int x = 0; x < WIDTH; ++x)
                picture[c][y][x] = (float)((x * (c + 2) + y * 3 + c * 7) % 41 - 8) / 8.0f;
}

/* ---- the network, node by node --------------------------------------------------------------------- */

/* Conv, group = 3. */
static float soften(int c, int y, int x)
{
    static const float blur[TAPS] = {0.25f, 0.5f, 0.25f};
    float sum = 0.0f;
    for (int ky = 0; ky < TAPS; ++ky)
        for (int kx = 0; kx < TAPS; ++kx) {
            const int iy = y + ky - 1, ix = x + kx - 1;
            if (iy >= 0 && iy < HEIGHT && ix >= 0 && ix < WIDTH)
                sum += picture[c][iy][ix] * blur[ky] * blur[kx];
        }
    return sum;
}

/* BatchNormalization, and Clip; the root of the variance is 2. */
static float harden(float value)
{
    const float hard = (value - 0.25f) / 2.0f * 4.0f + 0.75f;
    return hard < 0.0f ? 0.0f : hard > 6.0f ? 6.0f : hard;
}

/* Conv, 1x1, and Relu. */
static float mix(int m, int y, int x)
{
    static const float weight[MIXED][COLOURS] = {{0.25f, 0.5f, 0.25f}, {1.0f, -0.5f, -0.5f}};
    float sum = m == 0 ? 0.0f : -0.25f;
    for (int c = 0; c < COLOURS; ++c)
        sum += weight[m][c] * harden(soften(c, y, x));
    return sum < 0.0f ? 0.0f : sum;
}

/* ---- both ------------------------------------------------------------------------------------------ */

int main(void)
{
    int wrong = 0;
    void *workspace = sepcc_net_alloc(SEPCC_NET_WORKSPACE_BYTES);
    draw();
    if (workspace == NULL || net_stage_soften(&picture[0][0][0], &mixed[0][0][0], workspace) != 0) {
        fputs("model: no memory, or no kernel for this CPU\n", stderr);
        return 1;
    }
    sepcc_net_free(workspace);
    for (int m = 0; m < MIXED; ++m)
        for (int y = 0; y < HEIGHT; ++y)
            for (int x = 0; x < WIDTH; ++x)
                wrong += mixed[m][y][x] != mix(m, y, x);
    printf("isa %s, %d of %d values wrong\n", sepcc_isa_name(sepcc_net_soften_kernel()->isa), wrong,
           MIXED * HEIGHT * WIDTH);
    return wrong == 0 ? 0 : 1;
}
