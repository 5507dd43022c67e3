/*
 * peer_openblas.c: OpenBLAS's sgemm for pointwise layers.
 */
#include "product.h"

#include <cblas.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

struct peer_net {
    struct product product;
};

/* OpenBLAS has one state for all. */
static enum peer_status start(const struct peer_setup *setup, struct peer_context **context,
                              char version[PEER_TEXT_MAX], char message[PEER_TEXT_MAX])
{
    static char something;
    (void)message;
    openblas_set_num_threads((int)setup->threads);
    snprintf(version, PEER_TEXT_MAX, "OpenBLAS, " PEER_PACKAGE_VERSION ", for %s", openblas_get_corename());
    *context = (struct peer_context *)&something;
    return PEER_OK;
}

static void stop(struct peer_context *context)
{
    (void)context;
}

/* Its threads wait busily for as long as OPENBLAS_THREAD_TIMEOUT says, which contestants.c sets. */
static void rest(struct peer_context *context)
{
    static const struct timespec pause = {.tv_nsec = 1000000};
    (void)context;
    nanosleep(&pause, NULL);
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
    (void)context;
    if (made == NULL)
        return PEER_FAILED;
    const enum peer_status status = product_make(net, in, &made->product);
    if (status != PEER_OK) {
        snprintf(message, PEER_TEXT_MAX, "not a pointwise layer, or out of memory");
        close_net(made);
        return status;
    }
    *opened = made;
    return PEER_OK;
}

static enum peer_status run(struct peer_net *opened)
{
    const struct product *p = &opened->product;
    const blasint m = (blasint)p->pixels, n = (blasint)p->columns, k = (blasint)p->depth;
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, m, n, k, 1, p->in, k, p->weights, n, 0, p->out, n);
    return PEER_OK;
}

static enum peer_status read_output(struct peer_net *opened, float *out)
{
    return product_read(&opened->product, out);
}

const struct peer peer_openblas = {
    .name = "openblas",
    .remark = "sgemm alone: bias and activation are not in its time",
    .start = start,
    .stop = stop,
    .rest = rest,
    .open = open_net,
    .close = close_net,
    .run = run,
    .read = read_output,
};
