/*
 * plan_pointwise_nchw.c: choosing the register tile, the blocks and the work units of a pointwise kernel
 * whose tensors are planes of pixels.
 *
 * A register tile is `rows` output channels x `vectors` vectors of neighbouring pixels; weights are
 * broadcast. The pixels of a unit are few enough that their inputs, rows of a matrix a plane apart, stay in
 * the second-level cache while the output channels pass. Where the pixels of a row are not neighbours in
 * memory (strides), the unit first gathers its inputs into the workspace, where they are. docs/plan.md has
 * the reasoning.
 */
#include "plan/plan_internal.h"

#include <float.h>

struct chooser {
    const struct spec *spec;
    const struct sepcc_layer *layer;
    const struct isa *isa;
    unsigned pixels; /* of an output plane */
};

/* Loads of a step's weights: a group of output channels at once where an FMA can take one lane of it. */
static unsigned weight_loads(const struct chooser *chooser, unsigned rows)
{
    return rows / chooser->isa->k_group + rows % chooser->isa->k_group;
}

/* Registers of a tile: accumulators, one step's inputs, and a weight, or a group of them, at a time. */
static unsigned registers_needed(const struct chooser *chooser, unsigned rows, unsigned vectors)
{
    const unsigned scratch = chooser->isa->fma ? 0 : 1;
    return rows * vectors + vectors + 1 + scratch;
}

static bool fits(const struct chooser *chooser, unsigned rows, unsigned vectors)
{
    return registers_needed(chooser, rows, vectors) < chooser->isa->registers;
}

/*
 * Cycles of one K step of a tile. Its inputs come from the second-level cache, from another page each step
 * and across cache lines, so they cost their transfer and a little besides: measured on tiles of 12 to 28
 * sums.
 */
static double step_cycles(const struct chooser *chooser, unsigned rows, unsigned vectors)
{
    const double page = 1, bytes_a_cycle = 28, unhidden = 0.15;
    const struct work work = {.fmas = (double)rows * vectors + rows * chooser->isa->broadcast,
                              .loads =
                                  vectors * (1 + chooser->isa->lanes / 16.0) + weight_loads(chooser, rows)};
    const double transfer = (double)vectors * chooser->isa->lanes * sizeof(float) / bytes_a_cycle;
    double cycles = work_cycles(chooser->isa, &work);
    if (cycles < transfer)
        cycles = transfer;
    /* Each accumulator waits for itself once a step. */
    if (cycles < chooser->isa->latency)
        cycles = chooser->isa->latency;
    return cycles + page + unhidden * transfer;
}

/* Cycles of one tile besides its K steps: bias, activation, stores, and the turn of the loops around it. */
static double edge_cycles(const struct chooser *chooser, unsigned rows, unsigned vectors)
{
    return 10 + (double)rows * vectors / chooser->isa->stores;
}

/* Modelled cycles of one image with that tile. */
static double tile_cost(const struct chooser *chooser, unsigned rows, unsigned vectors)
{
    struct pixel_band channels[2] = {{0, 0}}, pixels[2] = {{0, 0}};
    const unsigned channel_count = split_even(chooser->layer->out_c, rows, channels);
    const unsigned pixel_count = split_even(divide_up(chooser->pixels, chooser->isa->lanes), vectors, pixels);
    double cycles = 0;
    for (unsigned c = 0; c < channel_count; ++c)
        for (unsigned p = 0; p < pixel_count; ++p)
            cycles += (double)channels[c].count * pixels[p].count *
                      (chooser->layer->in_c * step_cycles(chooser, channels[c].size, pixels[p].size) +
                       edge_cycles(chooser, channels[c].size, pixels[p].size));
    return cycles;
}

/* Says why no tile is as requested. */
static void tile_refuse(const struct chooser *chooser, const struct plan_request *request, unsigned rows_most,
                        unsigned vectors_most, struct position at)
{
    const unsigned rows = request->rows ? request->rows : 1,
                   vectors = request->vectors ? request->vectors : 1;
    if (rows > rows_most || vectors > vectors_most)
        (void)plan_refuse(at, "a tile of %u output channels x %u vectors, expected at most %u x %u",
                          request->rows, request->vectors, rows_most, vectors_most);
    else
        (void)plan_refuse(at,
                          "a tile of %u output channels x %u vectors needs %u vector registers, expected "
                          "fewer than the %u of %s",
                          rows, vectors, registers_needed(chooser, rows, vectors), chooser->isa->registers,
                          chooser->isa->name);
}

static enum exit_status tile_choose(const struct chooser *chooser, const struct plan_request *request,
                                    struct position at, struct pointwise_nchw_plan *pw)
{
    const unsigned rows_most = minimum(chooser->layer->out_c, PLAN_TILE_MAX);
    const unsigned vectors_most = minimum(divide_up(chooser->pixels, chooser->isa->lanes), PLAN_VECTOR_MAX);
    double best = DBL_MAX;
    pw->rows = pw->vectors = 0;
    for (unsigned rows = 1; rows <= rows_most; ++rows)
        for (unsigned vectors = 1; vectors <= vectors_most; ++vectors) {
            if ((request->rows != 0 && rows != request->rows) ||
                (request->vectors != 0 && vectors != request->vectors) || !fits(chooser, rows, vectors))
                continue;
            const double cost = tile_cost(chooser, rows, vectors);
            if (cost < best * 0.999) {
                best = cost;
                pw->rows = rows;
                pw->vectors = vectors;
            }
        }
    if (pw->rows != 0)
        return STATUS_DONE;
    tile_refuse(chooser, request, rows_most, vectors_most, at);
    return STATUS_INPUT;
}

static enum exit_status depth_choose(const struct chooser *chooser, const struct plan_request *request,
                                     struct position at, struct pointwise_nchw_plan *pw)
{
    const unsigned in_c = chooser->layer->in_c;
    if (request->depth > in_c || request->unroll_k > in_c)
        return plan_refuse(at, "%s=%u, expected at most the %u input channels",
                           request->depth > in_c ? "depth" : "unroll_k",
                           request->depth > in_c ? request->depth : request->unroll_k, in_c);
    pw->depth = request->depth != 0 ? request->depth : depth_usual(in_c);
    pw->unroll_k = request->unroll_k != 0 ? request->unroll_k : minimum(in_c, 4);
    pw->depth_band_count = cover_depth(in_c, pw->depth, pw->depth_bands);
    return STATUS_DONE;
}

/*
 * Where the stride is not 1, neighbouring outputs have inputs that are not neighbours. And planes whose size
 * is a multiple of 4 KiB put the same pixel of all input channels into one set of the first-level cache; then
 * copying pays when enough output channels use the copy.
 */
static enum exit_status gather_choose(const struct chooser *chooser, const struct plan_request *request,
                                      struct position at, struct pointwise_nchw_plan *pw)
{
    const bool strided = chooser->layer->stride_h != 1 || chooser->layer->stride_w != 1;
    if (strided && request->gather == 0)
        return plan_refuse(at, "gather=no, expected gather=yes with a stride");
    const size_t plane_bytes = (size_t)chooser->layer->in_h * chooser->layer->in_w * sizeof(float);
    const bool collides =
        plane_bytes % 4096 == 0 && chooser->layer->in_c >= 32 && chooser->layer->out_c >= 96;
    pw->gather = strided || (request->gather < 0 ? collides : request->gather == 1);
    return STATUS_DONE;
}

static enum exit_status blocks_check(const struct chooser *chooser, const struct plan_request *request,
                                     struct position at)
{
    const unsigned out_c = chooser->layer->out_c, lanes = chooser->isa->lanes;
    if (request->block > chooser->pixels)
        return plan_refuse(at, "block=%u, expected at most the %u pixels of a plane", request->block,
                           chooser->pixels);
    if (request->block % lanes != 0 && request->block != chooser->pixels)
        return plan_refuse(at, "block=%u, expected a multiple of the %u lanes of %s, or all %u",
                           request->block, lanes, chooser->isa->name, chooser->pixels);
    if (request->channels > out_c)
        return plan_refuse(at, "channels=%u, expected at most %u", request->channels, out_c);
    return STATUS_DONE;
}

/* Pixels of a unit: blocks of nearly equal size, whose inputs stay in the second-level cache. */
static unsigned block_usual(const struct chooser *chooser, const struct pointwise_nchw_plan *pw)
{
    const size_t input_most = (size_t)128 * 1024;
    const unsigned pixels_most = 384;
    const unsigned lanes = chooser->isa->lanes, tile = pw->vectors * lanes;
    const unsigned fitting = minimum((unsigned)(input_most / (pw->depth * sizeof(float))), pixels_most);
    const unsigned most = fitting < tile ? tile : fitting / tile * tile;
    const unsigned blocks = divide_up(chooser->pixels, most);
    return minimum(divide_up(divide_up(chooser->pixels, blocks), tile) * tile, chooser->pixels);
}

/*
 * The output's planes lie apart, so a tile begins as many streams as it has rows, and the hardware is late
 * for each: where no second-level cache holds the output, the lines of a tile to come are asked for
 * (docs/plan.md).
 */
static enum prefetch prefetch_usual(const struct chooser *chooser)
{
    return chooser->isa->lanes >= 8 && output_is_far(chooser->spec) ? PREFETCH_OUTPUT : PREFETCH_NO;
}

static enum exit_status prefetch_choose(const struct chooser *chooser, const struct plan_request *request,
                                        struct position at, struct pointwise_nchw_plan *pw)
{
    if (request->prefetch == PREFETCH_WEIGHTS || request->prefetch == PREFETCH_INPUT)
        return plan_refuse(at, "prefetch of weights or input in planes, expected no or output");
    return plan_prefetch(request, at, chooser->isa->lanes > 1, "an ISA with vectors", prefetch_usual(chooser),
                         &pw->prefetch);
}

/* Output channels of a unit: all, or a share where there would be too few units for several threads. */
static unsigned channels_usual(const struct chooser *chooser, const struct pointwise_nchw_plan *pw)
{
    const unsigned out_c = chooser->layer->out_c, units_wanted = 8;
    const unsigned pixel_units = chooser->spec->stage.batch * divide_up(chooser->pixels, pw->block);
    if (pixel_units >= units_wanted)
        return out_c;
    const unsigned share = divide_up(out_c, divide_up(units_wanted, pixel_units));
    return minimum(divide_up(share, pw->rows) * pw->rows, out_c);
}

static void channel_block_add(struct pointwise_nchw_plan *pw, unsigned count, unsigned channels)
{
    struct pixel_block *block = &pw->channel_blocks[pw->channel_block_kinds++];
    block->count = count;
    block->pixels = channels;
    block->band_count = split_even(channels, pw->rows, block->bands);
    pw->channel_block_total += count;
}

static void pixel_block_add(const struct chooser *chooser, struct pointwise_nchw_plan *pw, unsigned count,
                            unsigned pixels)
{
    cover_lanes(count, pixels, chooser->isa->lanes, pw->vectors, &pw->pixel_blocks[pw->pixel_block_kinds++]);
    pw->pixel_block_total += count;
}

/* Blocks of the chosen sizes, and one of what is left over. */
static void blocks_cover(const struct chooser *chooser, struct pointwise_nchw_plan *pw)
{
    const unsigned out_c = chooser->layer->out_c;
    pixel_block_add(chooser, pw, chooser->pixels / pw->block, pw->block);
    if (chooser->pixels % pw->block > 0)
        pixel_block_add(chooser, pw, 1, chooser->pixels % pw->block);
    channel_block_add(pw, out_c / pw->channels, pw->channels);
    if (out_c % pw->channels > 0)
        channel_block_add(pw, 1, out_c % pw->channels);
}

/* Bytes of code: one body per tile size and kind of K block. */
static size_t code_bytes(const struct chooser *chooser, const struct pointwise_nchw_plan *pw)
{
    double bytes = 1024;
    for (unsigned p = 0; p < pw->pixel_block_kinds; ++p)
        for (unsigned i = 0; i < pw->pixel_blocks[p].band_count; ++i)
            for (unsigned c = 0; c < pw->channel_block_kinds; ++c)
                for (unsigned j = 0; j < pw->channel_blocks[c].band_count; ++j) {
                    const double rows = pw->channel_blocks[c].bands[j].size,
                                 vectors = pw->pixel_blocks[p].bands[i].vectors;
                    const struct work step = {.fmas = rows * vectors, .loads = rows + vectors};
                    bytes += pw->depth_band_count *
                             (1.5 * pw->unroll_k * work_bytes(chooser->isa, &step) + rows * vectors * 24);
                }
    return (size_t)bytes;
}

static enum exit_status plan_complete(const struct chooser *chooser, const struct plan_request *request,
                                      struct position at, struct plan *plan)
{
    struct pointwise_nchw_plan *pw = &plan->as.pointwise_nchw;
    const struct sepcc_layer *layer = chooser->layer;
    plan->cycles = tile_cost(chooser, pw->rows, pw->vectors) * chooser->spec->stage.batch;
    plan->code_bytes = code_bytes(chooser, pw);
    if (plan->code_bytes > plan->budget && request->unroll_k == 0) {
        pw->unroll_k = 1;
        plan->code_bytes = code_bytes(chooser, pw);
    }
    if (plan->code_bytes > plan->budget)
        return plan_refuse(
            at,
            "its code is about %zu bytes, expected at most the budget of %u (a smaller tile or "
            "unroll_k, or a larger budget)",
            plan->code_bytes, plan->budget);
    pw->channel_floats = 1 + layer->in_c + (layer->act == SEPCC_ACT_PRELU);
    plan->packed_bytes = aligned_bytes((size_t)layer->out_c * pw->channel_floats);
    if (pw->gather)
        plan->workspace_bytes =
            aligned_bytes((size_t)pw->depth * pw->pixel_blocks[0].vectors * plan->isa->lanes);
    plan->unit_count = (size_t)chooser->spec->stage.batch * pw->pixel_block_total * pw->channel_block_total;
    plan->accumulators = pw->rows * pw->vectors;
    plan->registers = registers_needed(chooser, pw->rows, pw->vectors);
    return STATUS_DONE;
}

enum exit_status plan_pointwise_nchw(const struct spec *spec, const struct plan_request *request,
                                     struct position at, struct plan *plan)
{
    const struct sepcc_layer *layer = &spec->stage.layer[0];
    const struct chooser chooser = {spec, layer, plan->isa, layer->out_h * layer->out_w};
    struct pointwise_nchw_plan *pw = &plan->as.pointwise_nchw;
    pw->in_step = layer->in_h * layer->in_w;
    pw->out_step = chooser.pixels;
    enum exit_status status = tile_choose(&chooser, request, at, pw);
    if (status == STATUS_DONE)
        status = depth_choose(&chooser, request, at, pw);
    if (status == STATUS_DONE)
        status = gather_choose(&chooser, request, at, pw);
    if (status == STATUS_DONE)
        status = prefetch_choose(&chooser, request, at, pw);
    if (status == STATUS_DONE)
        status = blocks_check(&chooser, request, at);
    if (status != STATUS_DONE)
        return status;
    pw->block = request->block != 0 ? request->block : block_usual(&chooser, pw);
    pw->channels = request->channels != 0 ? request->channels : channels_usual(&chooser, pw);
    blocks_cover(&chooser, pw);
    return plan_complete(&chooser, request, at, plan);
}

enum exit_status plan_pointwise_nchw_part(const struct spec *part, const unsigned pixels[2], unsigned kinds,
                                          const unsigned steps[2], bool last, struct position at,
                                          struct plan *plan)
{
    const struct sepcc_layer *layer = &part->stage.layer[0];
    const struct chooser chooser = {part, layer, plan->isa, pixels[0]};
    struct pointwise_nchw_plan *pw = &plan->as.pointwise_nchw;
    struct plan_request none;
    plan_request_clear(&none);
    pw->in_step = steps[0];
    pw->out_step = steps[1];
    enum exit_status status = tile_choose(&chooser, &none, at, pw);
    if (status == STATUS_DONE)
        status = depth_choose(&chooser, &none, at, pw);
    if (status != STATUS_DONE)
        return status;
    /* What another layer of the stage reads next stays in the workspace. */
    pw->prefetch = last ? prefetch_usual(&chooser) : PREFETCH_NO;
    pw->block = pixels[0];
    pw->channels = layer->out_c;
    for (unsigned kind = 0; kind < kinds; ++kind)
        pixel_block_add(&chooser, pw, 1, pixels[kind]);
    channel_block_add(pw, 1, layer->out_c);
    return plan_complete(&chooser, &none, at, plan);
}

void plan_pointwise_nchw_request(const struct plan *plan, struct plan_request *request)
{
    const struct pointwise_nchw_plan *pw = &plan->as.pointwise_nchw;
    request->rows = pw->rows;
    request->vectors = pw->vectors;
    request->block = pw->block;
    request->channels = pw->channels;
    request->depth = pw->depth;
    request->unroll_k = pw->unroll_k;
    request->gather = pw->gather;
    request->prefetch = (int)pw->prefetch;
}

void plan_pointwise_nchw_explain(const struct spec *spec, const struct plan *plan, struct text *text)
{
    const struct pointwise_nchw_plan *pw = &plan->as.pointwise_nchw;
    const struct sepcc_layer *layer = &spec->stage.layer[0];
    text_printf(text, "Register tile: %u output channels x %u vectors of %u pixels: %u accumulators.\n",
                pw->rows, pw->vectors, plan->isa->lanes, plan->accumulators);
    text_printf(text, "Output cover, for each of %u images of %u pixels:\n", spec->stage.batch,
                layer->out_h * layer->out_w);
    for (unsigned b = 0; b < pw->pixel_block_kinds; ++b) {
        const struct panel_block *block = &pw->pixel_blocks[b];
        text_printf(text, "  pixels:   %u blocks of %u =", block->count, block->channels);
        for (unsigned i = 0; i < block->band_count; ++i)
            text_printf(text, "%s %u x %u vectors", i > 0 ? " +" : "", block->bands[i].count,
                        block->bands[i].vectors);
        text_puts(text, "\n");
    }
    for (unsigned b = 0; b < pw->channel_block_kinds; ++b) {
        const struct pixel_block *block = &pw->channel_blocks[b];
        text_printf(text, "  channels: %u blocks of %u =", block->count, block->pixels);
        for (unsigned i = 0; i < block->band_count; ++i)
            text_printf(text, "%s %u x %u", i > 0 ? " +" : "", block->bands[i].count, block->bands[i].size);
        text_puts(text, "\n");
    }
    text_puts(text, "Input channels:");
    for (unsigned d = 0; d < pw->depth_band_count; ++d)
        text_printf(text, "%s %u x %u", d > 0 ? " +" : "", pw->depth_bands[d].count,
                    pw->depth_bands[d].depth);
    text_printf(text, ", %u to a turn of the loop%s.\n", pw->unroll_k,
                pw->depth_band_count > 1 ? "; partial sums wait in the output" : "");
    if (pw->gather)
        text_puts(text, "The inputs of a unit are gathered into the workspace first.\n");
    text_puts(text,
              "Loops, outermost first: image, pixel block, channel block, K block, output channels of a "
              "tile, its pixels, input channel.\n");
    text_printf(text,
                "Packed weights: per tile's channels the biases, then the weights of each input "
                "channel%s; %zu bytes in all.\n",
                layer->act == SEPCC_ACT_PRELU ? ", then the slopes" : "", plan->packed_bytes);
    text_puts(text, "Work unit: one block of pixels x one block of output channels");
}
