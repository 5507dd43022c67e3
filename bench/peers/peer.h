/*
 * peer.h: what is the same for all who take part in a measurement: sepcc and the libraries beside it.
 *
 * Each peer is one file, peer_<name>.c, that defines `const struct peer peer_<name>`. All but sepcc's are
 * shared objects of their own, peer_<name>.so, so that a library that is not installed is left out by name
 * and no two of them see each other's symbols.
 */
#ifndef SEPCC_BENCH_PEER_H
#define SEPCC_BENCH_PEER_H

#include "sepcc_kernel.h"

#include <stddef.h>
#include <stdint.h>

/*
 * One elementary convolution with plain weights: depthwise [KH][KW][C*M], pointwise [Cout][Cin], bias and
 * slope [out_c] (read where the layer has them). add: the tensor whose elements are added to the output
 * behind the activation (the residual of a block), or -1.
 */
struct net_layer {
    const struct sepcc_layer *shape;
    const float *weight, *bias, *slope;
    int add;
};

/* The part of a net that sepcc runs as one kernel. */
struct net_stage {
    const char *spec; /* canonical, without a name */
    const struct sepcc_stage *stage;
    size_t first_layer;
};

/*
 * Layers that connect: tensor 0 is the input, layer i reads tensor i and makes tensor i + 1. All layers have
 * the batch and the layout (enum sepcc_layout) of the net.
 */
struct net {
    uint32_t batch, layout;
    size_t layer_count, stage_count;
    const struct net_layer *layers;
    const struct net_stage *stages;
};

/* The Makefile knows the version of the package that a peer is built from. */
#ifndef PEER_PACKAGE_VERSION
#define PEER_PACKAGE_VERSION "version unknown"
#endif

enum peer_status {
    PEER_OK,
    PEER_UNSUPPORTED, /* this peer has no such layer, or no nets of more than one */
    PEER_FAILED,      /* the message says why */
};

enum { PEER_TEXT_MAX = 256 };

struct peer_setup {
    size_t threads;
    const struct sepcc_bundle *bundle; /* for sepcc: its kernels, */
    uint32_t isa;                      /* and which of them */
    const char *onnxruntime;           /* path of ONNX Runtime's shared library, or NULL */
};

struct peer_context; /* a started library */
struct peer_net;     /* a net made ready to run, with its own tensors */

struct peer {
    const char *name;
    const char *remark; /* how its figures are to be read, for the report; "" when plainly */

    /* Starts the library with setup->threads threads. version gets what the library says of itself. */
    enum peer_status (*start)(const struct peer_setup *setup, struct peer_context **context,
                              char version[PEER_TEXT_MAX], char message[PEER_TEXT_MAX]);
    void (*stop)(struct peer_context *context);
    /* Sends worker threads that wait for work busily to sleep. May be NULL: there are none. */
    void (*rest)(struct peer_context *context);

    /*
     * Makes a net ready: packs weights, copies `in` (in the net's layout) into a tensor of its own in the
     * layout it works in. Nothing of net or in is read later.
     */
    enum peer_status (*open)(struct peer_context *context, const struct net *net, const float *in,
                             struct peer_net **opened, char message[PEER_TEXT_MAX]);
    void (*close)(struct peer_net *opened);
    /* What is timed. */
    enum peer_status (*run)(struct peer_net *opened);
    /* After a run: writes the output in the net's layout, complete even where `run` is only a part of it. */
    enum peer_status (*read)(struct peer_net *opened, float *out);
};

#endif
