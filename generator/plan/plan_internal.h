/*
 * plan_internal.h: what the files of the plan share: covers of an axis, the model of a core, refusals.
 */
#ifndef SEPCC_GENERATOR_PLAN_PLAN_INTERNAL_H
#define SEPCC_GENERATOR_PLAN_PLAN_INTERNAL_H

#include "plan/plan.h"

/* Floats of a cache line. */
enum { LINE_FLOATS = 16 };

/* Default of --plan budget: bytes of code of one kernel. */
enum { PLAN_BUDGET_DEFAULT = 64 * 1024 };

unsigned divide_up(unsigned a, unsigned b);
unsigned minimum(unsigned a, unsigned b);
/* Bytes of so many floats, up to a multiple of SEPCC_ALIGNMENT. */
size_t aligned_bytes(size_t floats);

/* What a stretch of straight-line code asks of a core, in instructions. */
struct work {
    double fmas, loads, stores;
    double chain; /* multiply-adds that wait for one another */
};

/* Cycles of the stretch when it runs again and again, by the core's ports, width and latency. */
double work_cycles(const struct isa *isa, const struct work *work);

/* Bytes of code of the stretch. */
double work_bytes(const struct isa *isa, const struct work *work);

/* Prints why a plan cannot be (DIAG_PLAN_IMPOSSIBLE). */
enum exit_status plan_refuse(struct position at, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* The same of a plan that can be, but for the bytes of its code. */
enum exit_status plan_refuse_budget(struct position at, unsigned budget);

/*
 * What a kernel fetches ahead: what the request says, or else `usual` where that can be. Refuses a request
 * where it cannot, which takes what `needs` says.
 */
enum exit_status plan_prefetch(const struct plan_request *request, struct position at, bool can,
                               const char *needs, enum prefetch usual, enum prefetch *prefetch);

/* One direction of a depthwise convolution. */
struct axis {
    unsigned in, out, kernel, stride, dilation, pad;
};

struct axis axis_rows(const struct sepcc_layer *layer);
struct axis axis_columns(const struct sepcc_layer *layer);
/* Input positions from the first to the last that so many neighbouring outputs reach, padding included. */
size_t axis_span(const struct axis *axis, unsigned outputs);

/* Bands that cover an axis; malloc'ed. `failed` is set when out of memory. */
struct band_list {
    struct axis_band *items;
    unsigned count;
    size_t capacity;
    bool failed;
};

/* Tiles of nearly equal size, each output with its own taps: for straight-line code. */
void cover_mixed(const struct axis *axis, unsigned tile, struct band_list *list);
/* Tiles of exactly `tile` outputs, and one of what is left: work units of a fused stage end between tiles. */
void cover_fixed(const struct axis *axis, unsigned tile, struct band_list *list);
/* Tiles of `tile` outputs (and single ones) whose outputs all have the same taps: for loops over taps. */
void cover_uniform(const struct axis *axis, unsigned tile, struct band_list *list);

/*
 * The column schedule of a tile: kernel columns are taken `hold` at a time; within such a chunk the input
 * columns are loaded once each, in ascending order, and used for every output that needs them. So each output
 * still sees its taps in ascending order. Returns the smallest input column above `after` (-1: from the
 * start) that the chunk low .. high-1 needs, or -1.
 */
long schedule_next(const struct axis *axis, const struct axis_band *band, unsigned low, unsigned high,
                   long after);
/* The tap with which output `index` of the tile uses that input column, or -1. */
int schedule_tap(const struct axis *axis, const struct axis_band *band, unsigned low, unsigned high,
                 long column, unsigned index);

/* Divides the channels into groups, bands and vectors: fills the channel part of the plan. */
void plan_channels(const struct sepcc_layer *layer, const struct isa *isa, struct depthwise_plan *dw);
/* Channels that one step advances: blocks are multiples of it. */
unsigned channel_quantum(const struct sepcc_layer *layer, const struct isa *isa, unsigned vectors);
enum lane_source channel_lanes(const struct sepcc_layer *layer, const struct isa *isa);

/* ---- depthwise, NCHW ------------------------------------------------------------------------------- */

/* Bands that cover a row of a plane; malloc'ed. `failed` is set when out of memory. */
struct lane_list {
    struct lane_band *items;
    unsigned count;
    size_t capacity;
    bool failed;
};

/* Tiles of nearly equal numbers of vectors, at most `vectors`. */
void cover_columns(const struct axis *axis, unsigned lanes, unsigned vectors, struct lane_list *list);

/* The lanes of a vector for which a tap lies inside the image: low .. high-1, none when they are equal. */
struct lane_range {
    unsigned low, high;
};
struct lane_range lane_range_of(const struct axis *axis, unsigned out, unsigned lanes, unsigned tap);

/* Input column that a tap of the output reads; negative or beyond the row outside the image. */
long axis_position(const struct axis *axis, unsigned out, unsigned tap);

/* ---- pointwise ------------------------------------------------------------------------------------- */

/* Tiles of nearly equal size, at most `most`, that cover `total`: the larger ones first. Returns 1 or 2. */
unsigned split_even(unsigned total, unsigned most, struct pixel_band bands[2]);
/* A block of what the lanes run over, `channels` of it, as panels of at most `vectors` vectors. */
void cover_lanes(unsigned count, unsigned channels, unsigned lanes, unsigned vectors,
                 struct panel_block *block);
/*
 * Output channels as blocks of `channels`, and one of what is left over, each as panels. Returns how many
 * kinds of blocks there are, 1 or 2.
 */
unsigned cover_panels(unsigned out_c, unsigned channels, unsigned lanes, unsigned vectors,
                      struct panel_block blocks[2]);
/* Panels of a block, for `wanted` blocks or up to half as many more: those that leave the last one fullest.
 */
unsigned share_even(unsigned panels, unsigned wanted);
/* Units to share among threads, unless they get so small that handing them out shows. */
unsigned units_useful(double fmas);
/*
 * Registers of a tile: accumulators, one step's weights, and the inputs: one broadcast at a time (none where
 * an FMA broadcasts from memory itself), or a group of more than one channel per pixel.
 */
unsigned panel_registers(const struct isa *isa, unsigned group, unsigned rows, unsigned vectors);
/*
 * Cycles of one K step of a tile. A panel, `depth` steps, that does not stay in the first-level cache comes
 * from the second for every tile.
 */
double panel_step_cycles(const struct isa *isa, unsigned depth, unsigned group, unsigned rows,
                         unsigned vectors);

/* K blocks of at most `depth`; partial sums wait in the output between them. Returns how many bands. */
unsigned cover_depth(unsigned in_c, unsigned depth, struct depth_band bands[3]);
/* Up to this depth a panel of weights and a tile's inputs share the first-level cache. */
unsigned depth_usual(unsigned in_c);

/* ---- what each operation gives to the table of operation.h ------------------------------------------- */

enum exit_status plan_depthwise(const struct spec *spec, const struct plan_request *request,
                                struct position at, struct plan *plan);
void plan_depthwise_free(struct plan *plan);
void plan_depthwise_request(const struct plan *plan, struct plan_request *request);
void plan_depthwise_explain(const struct spec *spec, const struct plan *plan, struct text *text);

enum exit_status plan_pointwise(const struct spec *spec, const struct plan_request *request,
                                struct position at, struct plan *plan);
void plan_pointwise_request(const struct plan *plan, struct plan_request *request);
void plan_pointwise_explain(const struct spec *spec, const struct plan *plan, struct text *text);

enum exit_status plan_fused(const struct spec *spec, const struct plan_request *request, struct position at,
                            struct plan *plan);

/* The layer of a stage as a stage of its own, of one image. */
void part_spec(const struct spec *spec, unsigned layer, struct spec *part);

/* The end of the input rows that the output rows below `end` of a depthwise layer read; end is 1 or more. */
unsigned rows_until(const struct sepcc_layer *dw, unsigned end);

/* A depthwise layer as part of a stage: its rows of tiles have one height, but for the last. */
enum exit_status plan_depthwise_part(const struct spec *part, const struct plan_request *request,
                                     struct position at, struct plan *plan);

/*
 * A pointwise layer as part of a stage: it is called on blocks of pixels[0] or (kinds 2) pixels[1] contiguous
 * pixels and all output channels.
 */
enum exit_status plan_pointwise_part(const struct spec *part, const unsigned pixels[2], unsigned kinds,
                                     struct position at, struct plan *plan);

/*
 * The same of layers whose tensors are planes. A depthwise tile that is chosen has at most rows_most rows;
 * the planes of a pointwise layer lie steps[0] floats apart in the input and steps[1] in the output, which is
 * the stage's own (last) or a workspace.
 */
enum exit_status plan_depthwise_nchw_part(const struct spec *part, const struct plan_request *request,
                                          unsigned rows_most, struct position at, struct plan *plan);
enum exit_status plan_pointwise_nchw_part(const struct spec *part, const unsigned pixels[2], unsigned kinds,
                                          const unsigned steps[2], bool last, struct position at,
                                          struct plan *plan);

/* Tensors of so many bytes are in no usual second-level cache: they are fetched ahead. */
enum { PLAN_FAR_BYTES = 2560 * 1024 };
/* Whether the output of a stage's last layer, all images of it, is of that size. */
bool output_is_far(const struct spec *spec);

/* Work units that let threads share evenly: with fewer images a stage is fused, whatever that costs. */
enum { FUSED_UNITS_WANTED = 8 };
/* What the plan costs as it is arranged, and the sum of its terms. */
struct fused_cost fused_cost(const struct spec *spec, const struct plan *plan);
double fused_cost_sum(const struct fused_cost *cost);

void plan_fused_free(struct plan *plan);
void plan_fused_request(const struct plan *plan, struct plan_request *request);
void plan_fused_explain(const struct spec *spec, const struct plan *plan, struct text *text);

enum exit_status plan_depthwise_nchw(const struct spec *spec, const struct plan_request *request,
                                     struct position at, struct plan *plan);
void plan_depthwise_nchw_free(struct plan *plan);
void plan_depthwise_nchw_request(const struct plan *plan, struct plan_request *request);
void plan_depthwise_nchw_explain(const struct spec *spec, const struct plan *plan, struct text *text);

enum exit_status plan_pointwise_nchw(const struct spec *spec, const struct plan_request *request,
                                     struct position at, struct plan *plan);
void plan_pointwise_nchw_request(const struct plan *plan, struct plan_request *request);
void plan_pointwise_nchw_explain(const struct spec *spec, const struct plan *plan, struct text *text);

enum exit_status plan_conv(const struct spec *spec, const struct plan_request *request, struct position at,
                           struct plan *plan);
void plan_conv_free(struct plan *plan);
void plan_conv_request(const struct plan *plan, struct plan_request *request);
void plan_conv_explain(const struct spec *spec, const struct plan *plan, struct text *text);

/* Neighbouring kernel columns that the same outputs of a tile use. */
struct conv_run {
    unsigned tap, taps; /* kernel columns tap .. tap + taps - 1 */
    unsigned low, high; /* outputs low .. high - 1 of the tile */
    unsigned at;        /* input column, from the band's, that output `low` reads at the first tap */
};
enum { CONV_RUN_MAX = 255 };
/* The runs of a band's tiles, in order: each tap of each output once. Returns how many. */
unsigned conv_runs(const struct axis *columns, const struct axis_band *band,
                   struct conv_run runs[CONV_RUN_MAX]);

/* A panel's code: one for each combination that occurs. */
struct conv_kind {
    unsigned vectors, lanes;
};
enum { CONV_KIND_MAX = 6 };
unsigned conv_kinds(const struct conv_plan *cv, struct conv_kind kinds[CONV_KIND_MAX]);
/* Input channels of a pixel that one load takes. */
unsigned conv_group(const struct plan *plan);

/* ---- what the tiles of a plan issue (plan_count.c), for operation.h ---------------------------------- */

void plan_depthwise_count(const struct spec *spec, const struct plan *plan, struct work *work);
void plan_pointwise_count(const struct spec *spec, const struct plan *plan, struct work *work);
void plan_fused_count(const struct spec *spec, const struct plan *plan, struct work *work);
void plan_depthwise_nchw_count(const struct spec *spec, const struct plan *plan, struct work *work);
void plan_pointwise_nchw_count(const struct spec *spec, const struct plan *plan, struct work *work);
void plan_conv_count(const struct spec *spec, const struct plan *plan, struct work *work);

#endif
