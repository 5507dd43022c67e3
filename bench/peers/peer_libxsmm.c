/*
 * peer_libxsmm.c: LIBXSMM's small matrix products for pointwise layers.
 *
 * LIBXSMM generates code for one block of a product; cutting the product into blocks is the caller's. Several
 * cuts are tried when a layer is opened and the fastest is kept.
 */
#include "pool.h"
#include "product.h"

#include <libxsmm.h>
#include <pthreadpool.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

struct peer_context {
    pthreadpool_t pool; /* NULL: one thread */
};

/* Blocks of so many output channels and pixels; the last of each may be smaller. */
struct cut {
    size_t columns, pixels;
    libxsmm_smmfunction code[2][2]; /* [last block of columns][last block of pixels] */
};

struct peer_net {
    struct product product;
    pthreadpool_t pool;
    struct cut cut;
};

static enum peer_status start(const struct peer_setup *setup, struct peer_context **context,
                              char version[PEER_TEXT_MAX], char message[PEER_TEXT_MAX])
{
    struct peer_context *made = calloc(1, sizeof *made);
    libxsmm_init();
    snprintf(version, PEER_TEXT_MAX, "LIBXSMM, " PEER_PACKAGE_VERSION ", for %s", libxsmm_get_target_arch());
    if (made != NULL && setup->threads > 1)
        made->pool = pthreadpool_create(setup->threads);
    if (made == NULL || (setup->threads > 1 && made->pool == NULL)) {
        snprintf(message, PEER_TEXT_MAX, "threads cannot be made");
        free(made);
        return PEER_FAILED;
    }
    *context = made;
    return PEER_OK;
}

static void stop(struct peer_context *context)
{
    pthreadpool_destroy(context->pool);
    free(context);
}

static void rest(struct peer_context *context)
{
    pool_rest(context->pool);
}

/* ---- running --------------------------------------------------------------------------------------- */

static void run_block(void *context, size_t pixel, size_t column, size_t pixels, size_t columns)
{
    const struct peer_net *net = context;
    const struct product *p = &net->product;
    const bool last_columns = columns < net->cut.columns, last_pixels = pixels < net->cut.pixels;
    net->cut.code[last_columns][last_pixels](p->weights + column, p->in + pixel * p->depth,
                                             p->out + pixel * p->columns + column);
}

static enum peer_status run(struct peer_net *opened)
{
    const struct product *p = &opened->product;
    pthreadpool_parallelize_2d_tile_2d(opened->pool, run_block, opened, p->pixels, p->columns,
                                       opened->cut.pixels, opened->cut.columns, 0);
    return PEER_OK;
}

/* ---- opening --------------------------------------------------------------------------------------- */

/*
 * The code for one block. LIBXSMM's matrices are column-major: ours, row-major, are their transposes, so it
 * computes out' = weights' * in'. NULL when it generates none.
 */
static libxsmm_smmfunction make_code(const struct product *p, size_t columns, size_t pixels)
{
    const libxsmm_blasint lda = (libxsmm_blasint)p->columns, ldb = (libxsmm_blasint)p->depth;
    const float alpha = 1, beta = 0;
    return libxsmm_smmdispatch((libxsmm_blasint)columns, (libxsmm_blasint)pixels, ldb, &lda, &ldb, &lda,
                               &alpha, &beta, NULL, NULL);
}

static bool make_cut(const struct product *p, size_t columns, size_t pixels, struct cut *cut)
{
    const size_t last_columns = p->columns % columns, last_pixels = p->pixels % pixels;
    *cut = (struct cut){.columns = columns, .pixels = pixels};
    bool made = true;
    for (size_t c = 0; c < 2; ++c) {
        for (size_t x = 0; x < 2; ++x) {
            const size_t m = c == 0 ? columns : last_columns, n = x == 0 ? pixels : last_pixels;
            if (m == 0 || n == 0)
                continue;
            cut->code[c][x] = make_code(p, m, n);
            made = made && cut->code[c][x] != NULL;
        }
    }
    return made;
}

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

/* The best of a few runs. */
static double try_cut(struct peer_net *net)
{
    enum { TRIES = 5 };
    double best = 1e9;
    for (int i = 0; i < TRIES; ++i) {
        const double start = now();
        run(net);
        const double seconds = now() - start;
        best = seconds < best ? seconds : best;
    }
    return best;
}

static bool choose_cut(struct peer_net *net)
{
    static const size_t columns[] = {32, 64, 128, 1024}, pixels[] = {12, 48, 192};
    const struct product *p = &net->product;
    struct cut best_cut = {0};
    double best = 1e9;
    for (size_t c = 0; c < sizeof columns / sizeof columns[0]; ++c) {
        for (size_t x = 0; x < sizeof pixels / sizeof pixels[0]; ++x) {
            const size_t m = columns[c] < p->columns ? columns[c] : p->columns;
            const size_t n = pixels[x] < p->pixels ? pixels[x] : p->pixels;
            if (!make_cut(p, m, n, &net->cut))
                continue;
            const double seconds = try_cut(net);
            if (seconds < best) {
                best = seconds;
                best_cut = net->cut;
            }
        }
    }
    net->cut = best_cut;
    return best_cut.columns > 0;
}

static void close_net(struct peer_net *opened)
{
    product_free(&opened->product);
    free(opened);
}

static enum peer_status open_net(struct peer_context *context, const struct net *net, const float *in,
                                 struct peer_net **opened, char message[PEER_TEXT_MAX])
{
    struct peer_net *made = calloc(1, sizeof *made);
    if (made == NULL)
        return PEER_FAILED;
    made->pool = context->pool;
    enum peer_status status = product_make(net, in, &made->product);
    if (status == PEER_OK && !choose_cut(made))
        status = PEER_UNSUPPORTED;
    if (status != PEER_OK) {
        snprintf(message, PEER_TEXT_MAX, "not a pointwise layer, no code, or out of memory");
        close_net(made);
        return status;
    }
    *opened = made;
    return PEER_OK;
}

static enum peer_status read_output(struct peer_net *opened, float *out)
{
    return product_read(&opened->product, out);
}

const struct peer peer_libxsmm = {
    .name = "libxsmm",
    .remark = "the product alone: bias and activation are not in its time",
    .start = start,
    .stop = stop,
    .rest = rest,
    .open = open_net,
    .close = close_net,
    .run = run,
    .read = read_output,
};
