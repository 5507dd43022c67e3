/*
 * plan.h: how a spec runs on an ISA. All decisions are here, as pure data; templates only print them.
 *
 * An axis of the output (rows, columns, channels, pixels) is covered exactly by *bands*: a band is a run of
 * `count` equal tiles that share their code. Border tiles differ from interior ones, so they are bands of
 * their own, and each has straight-line code with its missing taps left out.
 */
#ifndef SEPCC_GENERATOR_PLAN_PLAN_H
#define SEPCC_GENERATOR_PLAN_PLAN_H

#include "base/text.h"
#include "spec/isa.h"
#include "spec/spec.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* How much of a depthwise kernel window is straight-line code. */
enum unroll {
    UNROLL_FULL, /* every tap of every output of the tile; borders have their own code */
    UNROLL_ROW,  /* a loop over kernel rows, taps of a row straight-line; one body per band of columns */
    UNROLL_NONE, /* loops over kernel rows and columns; one body per tile size, bands in a table */
};

/*
 * What a kernel fetches into the first-level cache before it needs it. Depthwise: of the next tile along the
 * row; its INPUT fetches the lines it writes, too.
 */
enum prefetch {
    PREFETCH_NO,
    PREFETCH_WEIGHTS, /* the next panel */
    PREFETCH_INPUT,   /* the inputs of the next block of pixels */
    PREFETCH_OUTPUT,  /* the lines that the next block of pixels writes */
};

/* What --plan sets; 0 (or -1 for words): the heuristic chooses. See docs/plan.md. */
struct plan_request {
    unsigned rows;    /* depthwise: output rows of a register tile; pointwise: pixels of one */
    unsigned columns; /* depthwise, conv: output columns of a register tile */
    unsigned vectors; /* channel vectors of a register tile */
    unsigned hold;    /* depthwise: taps of a kernel row held in registers at once */
    unsigned
        block; /* depthwise: channels a unit passes over before its next row; pointwise: pixels of a unit */
    unsigned channels; /* pointwise, conv: output channels of a unit */
    unsigned depth;    /* pointwise: input channels of a K block */
    unsigned unit; /* fused: output rows of a work unit, a multiple of the depthwise tile's rows; depthwise,
                      NCHW: rows of tiles of one; conv: output rows of one */
    unsigned unroll_k; /* pointwise, conv: K steps of a loop body, a multiple of the ISA's k group where that
                          is used */
    unsigned budget;   /* bytes of code */
    int unroll;        /* depthwise, conv: enum unroll, or -1 */
    int gather;        /* pointwise, NCHW: 0 or 1, or -1 */
    int prefetch;      /* depthwise, pointwise: enum prefetch, or -1 */
    int fuse;          /* fused: 0 or 1, or -1 */
};

enum { PLAN_TILE_MAX = 32, PLAN_VECTOR_MAX = 8, PLAN_BAND_MAX = 32, PLAN_SHORT_MAX = 64 };

/* ---- depthwise ------------------------------------------------------------------------------------- */

/* The taps that lie inside the image for one output row (or column) of a tile. */
struct tap_range {
    unsigned low, high; /* kernel rows low .. high-1; empty when low == high */
    unsigned at;        /* input row of tap `low`, relative to the band's first input row */
};

/* A run of equal tiles along rows or columns. */
struct axis_band {
    unsigned count;     /* tiles */
    unsigned size;      /* outputs of a tile along this axis, at most PLAN_TILE_MAX */
    unsigned out_first; /* first output of the first tile */
    unsigned in_first;  /* input position that `at` counts from, for the first tile */
    unsigned in_step;   /* input positions from one tile to the next */
    struct tap_range taps[PLAN_TILE_MAX];
};

/* How a channel vector gets its input lanes. */
enum lane_source {
    LANES_PLAIN,  /* lane l reads input channel base + l (multiplier 1) */
    LANES_SPREAD, /* lane l reads input channel base + (l + phase) / multiplier */
    LANES_DUP,    /* all lanes read one input channel */
};

/* One vector of output channels within a step of a channel band. */
struct channel_vector {
    unsigned out_offset; /* first output channel, relative to the step's */
    unsigned in_offset;  /* first input channel, likewise */
    unsigned lanes;      /* output channels that exist, 1 .. isa->lanes */
    unsigned in_lanes;   /* input channels that are read, 1 .. isa->lanes */
    unsigned phase;      /* LANES_SPREAD only */
};

/* Where an axis of channels stands: output channel, input channel and packed vector. */
struct channel_position {
    unsigned out, in, vector;
};

/*
 * Equal channel steps: `repeat` times `count` of them; a step computes vector_count vectors, which lie one
 * after the other in the packed weights.
 */
struct channel_band {
    struct channel_position first; /* of the first step, within its group */
    unsigned count;
    struct channel_position step;
    unsigned repeat; /* above 1 with LANES_DUP only: once per input channel */
    struct channel_position stride;
    unsigned vector_count;
    struct channel_vector vectors[PLAN_VECTOR_MAX];
};

/* Channels that a unit passes over before its next row; consecutive equal groups share their code. */
struct channel_group {
    unsigned count;                  /* equal groups */
    struct channel_position size;    /* of one group */
    unsigned first_band, band_count; /* into channel_bands */
};

/*
 * In what order a straight-line tile of several rows takes its taps. Each output sees its own in the same
 * order.
 */
enum tap_order {
    TAPS_BY_KERNEL_ROW, /* and the compiler may keep an input row for the next one: registers suffice */
    TAPS_APART,         /* as above, but each kernel row loads its input anew */
    TAPS_BY_INPUT_ROW,  /* each input row is loaded once and given to all outputs that need it */
};

struct depthwise_plan {
    unsigned rows, columns, vectors, hold, block;
    enum unroll unroll;
    enum tap_order order;
    bool columns_apart; /* what a column of input gives comes after all that the one before gave */
    bool sums_apart;    /* likewise of what is loaded together */
    enum lane_source lanes;
    struct axis_band *row_bands, *column_bands; /* malloc'ed */
    unsigned row_band_count, column_band_count;
    unsigned row_tile_count; /* sum of row band counts: units of one group of one image */
    struct channel_band channel_bands[PLAN_BAND_MAX];
    unsigned channel_band_count;
    struct channel_group channel_groups[2];
    unsigned channel_group_count, channel_group_total;
    unsigned vector_floats; /* packed floats of one vector: (bias, taps, slope) * lanes */
    enum prefetch prefetch; /* no, input or output */
};

/* ---- pointwise ------------------------------------------------------------------------------------- */

/* A run of equal tiles along pixels. */
struct pixel_band {
    unsigned count, size;
};

/* Pixels of a unit. Units of one kind share their code. */
struct pixel_block {
    unsigned count;  /* equal blocks in a line */
    unsigned pixels; /* of one block */
    unsigned band_count;
    struct pixel_band bands[2];
};

/* A run of equal panels of output channels. */
struct panel_band {
    unsigned count;
    unsigned vectors;
    unsigned lanes; /* of the last vector: channels that exist */
};

/* Output channels of a unit. */
struct panel_block {
    unsigned count;
    unsigned channels;
    unsigned vectors;
    unsigned band_count;
    struct panel_band bands[3];
};

/* A run of equal K blocks. */
struct depth_band {
    unsigned count;
    unsigned depth; /* input channels of one */
    bool first;     /* starts from the bias (otherwise from the partial sums in the output) */
    bool last;      /* ends with the activation */
};

struct pointwise_plan {
    unsigned rows, vectors, block, channels, depth, unroll_k;
    unsigned line_count; /* runs of pixels that are equally spaced in the input */
    unsigned line_pixels;
    struct pixel_block pixel_blocks[2];
    unsigned pixel_block_kinds, pixel_block_total; /* total: per line */
    struct panel_block panel_blocks[2];
    unsigned panel_block_kinds, panel_block_total;
    struct depth_band depth_bands[3];
    unsigned depth_band_count;
    enum prefetch prefetch;
    unsigned prefetch_lines; /* cache lines that a turn of the K loop fetches */
    unsigned prefetch_tiles; /* PREFETCH_WEIGHTS: tiles that together fetch a panel */
    unsigned vector_count;   /* packed vectors of output channels */
    unsigned vector_floats;  /* packed floats of one: (bias, K weights, slope) * lanes */
};

/* ---- fused stages: separable and inverted, both layouts --------------------------------------------------
 */

/* What an arrangement of the layers costs for an image, in cycles of one core. */
struct fused_cost {
    double layers;  /* by their own plans */
    double weights; /* reading them again for each block of pixels */
    double tensors; /* writing and reading what lies between the layers */
    size_t workspace_bytes;
};

enum fused_reason {
    FUSED_ASKED,     /* by the request */
    FUSED_CHEAPER,   /* the costs say so */
    FUSED_FOR_UNITS, /* fused, although that costs more: images alone are too few work units */
};

/*
 * A unit computes `unit_rows` output rows: the depthwise layer writes them into the workspace, from where the
 * last pointwise layer reads them. `inverted` keeps a window of expanded rows before it, which moves on with
 * the units of a call, so that each row is expanded once. The layers' own plans say how far apart the planes
 * of either tensor lie.
 */
struct fused_plan {
    struct plan *parts; /* one per layer, malloc'ed */
    unsigned part_count;
    bool fuse; /* otherwise a unit is an image, and the layers run over it one after the other */
    enum fused_reason reason;
    struct fused_cost costs[2]; /* by `fuse`: of this plan, and of the other way */
    unsigned unit_rows;
    unsigned unit_tiles;  /* depthwise rows of tiles of a unit */
    unsigned unit_total;  /* units of one image */
    unsigned window_rows; /* inverted: expanded rows that a unit needs at most */
    size_t window_at;     /* bytes: where the window starts in the workspace */
    size_t rows_at;       /* bytes: where the depthwise output starts, behind the window */
    unsigned expand_rows; /* inverted: rows that one call of the expansion makes when there are so many */
    unsigned expand_rest; /* inverted: rows of its other calls, 0: there are none */
    unsigned last_rows;   /* rows of one call of the last layer, or those that are left over */
};

/* ---- depthwise, NCHW ------------------------------------------------------------------------------- */

/*
 * A run of equal tiles along the columns of a plane; each is `vectors` vectors of neighbouring outputs. The
 * next tile begins vectors * isa->lanes outputs later.
 */
struct lane_band {
    unsigned count, vectors;
    unsigned lanes; /* outputs of a vector that exist: all, or the plane's when it is narrower */
    unsigned out[PLAN_VECTOR_MAX]; /* first output of each vector of the first tile */
};

/* Lanes run over neighbouring columns of a plane; the last vector of a row overlaps the one before. */
struct depthwise_nchw_plan {
    unsigned rows, vectors; /* of a register tile: output rows x vectors */
    unsigned block;         /* output channels of a unit */
    unsigned unit;          /* rows of tiles of a unit */
    enum unroll unroll;
    bool held;                   /* all taps stay in registers while a row of tiles is computed */
    bool apart;                  /* each tap loads its weight and inputs anew */
    struct axis_band *row_bands; /* malloc'ed, as are the others */
    unsigned row_band_count;
    unsigned row_tile_count;        /* sum of the row bands' counts */
    struct lane_band *column_bands; /* unless unroll=none */
    unsigned column_band_count;
    struct axis_band *uniform_bands; /* unroll=none: of a vector, or of one output */
    unsigned uniform_band_count;
    unsigned in_step, out_step; /* floats from one plane to the next */
    unsigned margin;            /* of a window: floats that may be read before and behind any row of it */
    unsigned channel_floats;    /* packed floats of an output channel: bias, taps, slope */
};

/* ---- pointwise, NCHW ------------------------------------------------------------------------------- */

/* Lanes run over the pixels of a plane, the rows of a tile over output channels. */
struct pointwise_nchw_plan {
    unsigned rows, vectors; /* of a register tile: output channels x pixel vectors */
    unsigned block;         /* pixels of a unit */
    unsigned channels;      /* output channels of a unit */
    unsigned depth, unroll_k;
    bool gather;                        /* a unit's inputs are first gathered into the workspace */
    enum prefetch prefetch;             /* no or output */
    unsigned in_step, out_step;         /* floats from one plane to the next */
    struct panel_block pixel_blocks[2]; /* pixels where panel_block says channels */
    unsigned pixel_block_kinds, pixel_block_total;
    struct pixel_block channel_blocks[2]; /* output channels where pixel_block says pixels */
    unsigned channel_block_kinds, channel_block_total;
    struct depth_band depth_bands[3];
    unsigned depth_band_count;
    unsigned channel_floats; /* packed floats of an output channel: bias, K weights, slope */
};

/* ---- conv, both layouts ---------------------------------------------------------------------------- */

/*
 * The standard convolution. Lanes run over output channels, the rows of a tile over neighbouring output
 * columns of one row. A tile walks over the kernel rows inside the image, and in each over its runs of kernel
 * columns and all input channels.
 */
struct conv_plan {
    unsigned columns, vectors;      /* of a register tile: output columns x channel vectors */
    unsigned unit, channels;        /* output rows and output channels of a work unit */
    unsigned unroll_k;              /* input channels in one turn of the K loop */
    enum unroll unroll;             /* full: each band of columns has its own code; none: a table of bands */
    struct axis_band *row_bands;    /* of single rows; malloc'ed */
    struct axis_band *column_bands; /* malloc'ed */
    unsigned row_band_count, column_band_count;
    unsigned slices;                    /* units of rows of an image */
    struct panel_block panel_blocks[2]; /* output channels */
    unsigned panel_block_kinds, panel_block_total;
    unsigned vector_count; /* packed vectors of output channels */
    size_t vector_floats;  /* packed floats of one: (bias, weights of all taps, slope) * lanes */
};

/* ---- both ------------------------------------------------------------------------------------------ */

struct operation; /* operation.h */

struct plan {
    const struct isa *isa;
    const struct operation *operation; /* NULL: not planned */
    unsigned budget;                   /* bytes of code allowed */
    double cycles;                     /* predicted for the whole layer on one core, memory aside */
    size_t code_bytes;                 /* estimate */
    unsigned accumulators;             /* of the largest register tile */
    unsigned registers;                /* vector registers that tile needs, by the model */
    size_t packed_bytes, workspace_bytes, unit_count;
    union {
        struct depthwise_plan depthwise;
        struct pointwise_plan pointwise;
        struct fused_plan fused;
        struct depthwise_nchw_plan depthwise_nchw;
        struct pointwise_nchw_plan pointwise_nchw;
        struct conv_plan conv;
    } as; /* by the operation */
};

/* Parses "rows=2,columns=3,..."; at names --plan. Errors: DIAG_PLAN_SYNTAX. "" requests nothing. */
enum exit_status plan_request_parse(const char *text, struct position at, struct plan_request *request);
void plan_request_clear(struct plan_request *request);
/* Whether it sets nothing. */
bool plan_request_is_clear(const struct plan_request *request);

/* Whether this version generates an operation in a layout: the grammar has more than the templates. */
bool plan_supports(enum sepcc_op op, enum sepcc_layout layout);
/* Refuses a stage that is not generated (DIAG_SPEC_UNSUPPORTED at `at`). */
enum exit_status plan_support_check(const struct spec *spec, struct position at);

/*
 * Chooses the plan of a spec on an ISA. A stage that is not generated is refused as by plan_support_check.
 * What the request sets is kept or refused with the reason (DIAG_PLAN_IMPOSSIBLE at `at`); the rest follows
 * the heuristic of docs/plan.md. Free with plan_free.
 */
enum exit_status plan_make(const struct spec *spec, const struct isa *isa, const struct plan_request *request,
                           struct position at, struct plan *plan);
void plan_free(struct plan *plan);

/* The plan as --plan takes it: making a plan from this text gives this plan. */
void plan_print(const struct plan *plan, struct text *text);
/* Its short form for the kernel's name. */
void plan_short(const struct plan *plan, char text[PLAN_SHORT_MAX]);
/* In words, several lines: tiles, loops, registers, packed layout, work units, code size. */
void plan_explain(const struct spec *spec, const struct plan *plan, struct text *text);

#endif
