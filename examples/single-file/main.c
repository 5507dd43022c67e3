/*
 * main.c: blurs a picture with image.c and image.h, the two files that `sepcc gen --single-file` wrote for
 * image.layers, and compares with plain loops.
 */
#include "image.h"

#include <stdio.h>

enum { HEIGHT = 24, WIDTH = 32, CHANNELS = 4, TAPS = 3 };

static float picture[HEIGHT][WIDTH][CHANNELS], blurred[HEIGHT][WIDTH][CHANNELS];
static float weight[TAPS][TAPS][CHANNELS];

/* A disc of 1 on a ground of 0; the weights are sixteenths, so that every sum is exact. */
static void draw(void)
{
    static const int row[TAPS] = {1, 2, 1};
    for (int c = 0; c < CHANNELS; ++c) {
        for (int y = 0; y < HEIGHT; ++y)
            for (int x = 0; x < WIDTH; ++x)
                picture[y][x][c] = (y - 12) * (y - 12) + (x - 16) * (x - 16) < 20 + 30 * c ? 1.0f : 0.0f;
        for (int y = 0; y < TAPS; ++y)
            for (int x = 0; x < TAPS; ++x)
                weight[y][x][c] = (float)(row[y] * row[x]) / 16.0f;
    }
}

static float plain_blur(int y, int x, int c)
{
    float sum = 0.0f;
    for (int ky = 0; ky < TAPS; ++ky)
        for (int kx = 0; kx < TAPS; ++kx) {
            const int iy = y + ky - 1, ix = x + kx - 1;
            if (iy >= 0 && iy < HEIGHT && ix >= 0 && ix < WIDTH)
                sum += picture[iy][ix][c] * weight[ky][kx][c];
        }
    return sum;
}

static int count_wrong(void)
{
    int wrong = 0;
    for (int y = 0; y < HEIGHT; ++y)
        for (int x = 0; x < WIDTH; ++x)
            for (int c = 0; c < CHANNELS; ++c)
                wrong += blurred[y][x][c] != plain_blur(y, x, c);
    return wrong;
}

static void print_channel(int c)
{
    for (int y = 4; y < 20; ++y) {
        for (int x = 0; x < WIDTH; ++x)
            putchar(" .:-=+*#@"[(int)(blurred[y][x][c] * 8.0f)]);
        putchar('\n');
    }
}

int main(void)
{
    void *packed = sepcc_image_alloc(SEPCC_IMAGE_BLUR_PACKED_BYTES);
    draw();
    if (packed == NULL || sepcc_image_blur_pack(&weight[0][0][0], packed) != 0 ||
        sepcc_image_blur(&picture[0][0][0], &blurred[0][0][0], packed, NULL) != 0) {
        fputs("single-file: no memory, or no kernel for this CPU\n", stderr);
        return 1;
    }
    sepcc_image_free(packed);
    print_channel(2);
    printf("isa %s, %d wrong\n", sepcc_isa_name(sepcc_image_blur_kernel()->isa), count_wrong());
    return count_wrong() == 0 ? 0 : 1;
}
