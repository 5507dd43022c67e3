/*
 * plan_pointwise.c: choosing the register tile, the blocks and the work units of a pointwise kernel.
 *
 * A pointwise layer is a matrix product: pixels x input channels times input channels x output channels. A
 * register tile of `rows` pixels x `vectors` channel vectors walks over K; panels of packed weights lie one
 * after the other. Pixels and panels are covered exactly, by tiles of at most two sizes each. docs/plan.md
 * has the reasoning.
 */
#include "plan/plan_internal.h"

#include <float.h>
#include <limits.h>

struct chooser {
    const struct spec *spec;
    const struct sepcc_layer *layer;
    const struct isa *isa;
};

static unsigned k_group(const struct chooser *chooser)
{
    return chooser->layer->in_c >= chooser->isa->k_group ? chooser->isa->k_group : 1;
}

unsigned panel_registers(const struct isa *isa, unsigned group, unsigned rows, unsigned vectors)
{
    const unsigned inputs = group > 1 ? rows : 1, scratch = isa->fma ? 0 : 1;
    return rows * vectors + vectors + inputs + scratch;
}

static unsigned registers_needed(const struct chooser *chooser, unsigned rows, unsigned vectors)
{
    return panel_registers(chooser->isa, k_group(chooser), rows, vectors);
}

/*
 * A tile may take all registers where a multiply-add reads an operand from memory and needs no other register
 * than its own; elsewhere compilers want one to spare, or use the stack.
 */
static unsigned registers_most(const struct isa *isa)
{
    return isa->fma && isa->memory_operand ? isa->registers : isa->registers - 1;
}

static bool fits(const struct chooser *chooser, unsigned rows, unsigned vectors)
{
    return registers_needed(chooser, rows, vectors) <= registers_most(chooser->isa);
}

/* Input channels of a K block at most: a panel of weights and a tile's inputs then share the first-level
 * cache. */
enum { DEPTH_MOST = 256 };

enum { CACHE_LINE = 64 }; /* bytes */

double panel_step_cycles(const struct isa *isa, unsigned depth, unsigned group, unsigned rows,
                         unsigned vectors)
{
    const struct work work = {.fmas = (double)rows * vectors + rows * isa->broadcast,
                              .loads = vectors + (double)rows / group};
    double cycles = work_cycles(isa, &work);
    const double panel_most = 32 * 1024, bytes_a_cycle = 32;
    const double weights = (double)vectors * isa->lanes * sizeof(float);
    if (weights * depth > panel_most && cycles < weights / bytes_a_cycle)
        cycles = weights / bytes_a_cycle;
    /* Each accumulator waits for itself once a step. */
    return cycles < isa->latency ? isa->latency : cycles;
}

static double step_cycles(const struct chooser *chooser, unsigned rows, unsigned vectors)
{
    return panel_step_cycles(chooser->isa, minimum(chooser->layer->in_c, DEPTH_MOST), k_group(chooser), rows,
                             vectors);
}

/* Cycles of one tile besides its K steps: bias, activation, stores, and the turn of the loops around it. */
static double edge_cycles(const struct chooser *chooser, unsigned rows, unsigned vectors)
{
    return 10 + (double)rows * vectors / chooser->isa->stores;
}

unsigned split_even(unsigned total, unsigned most, struct pixel_band bands[2])
{
    const unsigned tiles = divide_up(total, most), size = total / tiles, larger = total % tiles;
    unsigned count = 0;
    if (larger > 0)
        bands[count++] = (struct pixel_band){larger, size + 1};
    bands[count++] = (struct pixel_band){tiles - larger, size};
    return count;
}

static size_t weight_bytes(const struct chooser *chooser)
{
    return (size_t)chooser->layer->in_c * chooser->layer->out_c * sizeof(float);
}

/*
 * Small weights stay in the first-level cache whatever the order. Then pixels pass in short blocks and, where
 * the registers allow it, with all their output channels at once, so that the output is written in order.
 */
static bool weights_are_small(const struct chooser *chooser)
{
    return weight_bytes(chooser) <= (size_t)16 * 1024;
}

/* Modelled cycles of the whole layer with that tile. */
static double tile_cost(const struct chooser *chooser, unsigned rows, unsigned vectors, unsigned pixels)
{
    struct pixel_band bands[2], panels[2];
    const unsigned band_count = split_even(pixels, rows, bands);
    const unsigned panel_count =
        split_even(divide_up(chooser->layer->out_c, chooser->isa->lanes), vectors, panels);
    double cycles = 0;
    for (unsigned b = 0; b < band_count; ++b)
        for (unsigned p = 0; p < panel_count; ++p)
            cycles += (double)bands[b].count * panels[p].count *
                      (chooser->layer->in_c * step_cycles(chooser, bands[b].size, panels[p].size) +
                       edge_cycles(chooser, bands[b].size, panels[p].size));
    /* What writing the output in order is worth, as measured. */
    const double in_order = 0.92;
    const bool whole = panel_count == 1 && panels[0].count == 1 && rows * vectors >= 8;
    return whole && weights_are_small(chooser) ? cycles * in_order : cycles;
}

static enum exit_status tile_choose(const struct chooser *chooser, const struct plan_request *request,
                                    struct position at, unsigned pixels, struct pointwise_plan *pw)
{
    const unsigned vectors_most =
        minimum(divide_up(chooser->layer->out_c, chooser->isa->lanes), PLAN_VECTOR_MAX);
    double best = DBL_MAX;
    for (unsigned rows = 1; rows <= minimum(pixels, PLAN_TILE_MAX); ++rows)
        for (unsigned vectors = 1; vectors <= vectors_most; ++vectors) {
            if ((request->rows != 0 && rows != request->rows) ||
                (request->vectors != 0 && vectors != request->vectors))
                continue;
            const double cost =
                fits(chooser, rows, vectors) ? tile_cost(chooser, rows, vectors, pixels) : DBL_MAX;
            if (cost < best) {
                best = cost;
                pw->rows = rows;
                pw->vectors = vectors;
            }
        }
    if (pw->rows != 0)
        return STATUS_DONE;
    if (request->rows > pixels || request->vectors > vectors_most)
        return plan_refuse(at, "a tile of %u pixels x %u vectors, expected at most %u x %u", request->rows,
                           request->vectors, pixels, vectors_most);
    const unsigned rows = request->rows ? request->rows : 1,
                   vectors = request->vectors ? request->vectors : 1;
    return plan_refuse(
        at, "a tile of %u pixels x %u vectors needs %u vector registers, expected at most %u of %s", rows,
        vectors, registers_needed(chooser, rows, vectors), registers_most(chooser->isa), chooser->isa->name);
}

unsigned cover_depth(unsigned in_c, unsigned depth, struct depth_band bands[3])
{
    const unsigned full = (in_c - 1) / depth, rest = in_c - full * depth;
    unsigned count = 0;
    if (full > 0)
        bands[count++] = (struct depth_band){1, depth, true, false};
    if (full > 1)
        bands[count++] = (struct depth_band){full - 1, depth, false, false};
    bands[count++] = (struct depth_band){1, rest, full == 0, true};
    return count;
}

unsigned depth_usual(unsigned in_c)
{
    const unsigned blocks = divide_up(in_c, DEPTH_MOST);
    return minimum(in_c, divide_up(divide_up(in_c, blocks), 16) * 16);
}

static enum exit_status depth_choose(const struct chooser *chooser, const struct plan_request *request,
                                     struct position at, struct pointwise_plan *pw)
{
    const unsigned in_c = chooser->layer->in_c, group = k_group(chooser);
    if (request->depth > in_c || request->unroll_k > in_c)
        return plan_refuse(at, "%s=%u, expected at most the %u input channels",
                           request->depth > in_c ? "depth" : "unroll_k",
                           request->depth > in_c ? request->depth : request->unroll_k, in_c);
    pw->depth = request->depth != 0 ? request->depth : depth_usual(in_c);
    if (request->depth != 0 && request->depth != in_c && request->depth % group != 0)
        return plan_refuse(at, "depth=%u, expected a multiple of %u on %s", request->depth, group,
                           chooser->isa->name);
    pw->unroll_k =
        request->unroll_k != 0 ? request->unroll_k : minimum(in_c, 4 > group ? 4 : group) / group * group;
    if (pw->unroll_k % group != 0)
        return plan_refuse(at, "unroll_k=%u, expected a multiple of %u on %s", pw->unroll_k, group,
                           chooser->isa->name);
    pw->depth_band_count = cover_depth(in_c, pw->depth, pw->depth_bands);
    return STATUS_DONE;
}

/* Lines of equally spaced pixels: the whole batch when the stride is 1, else one output row. */
static void lines_choose(const struct chooser *chooser, struct pointwise_plan *pw)
{
    const struct sepcc_layer *layer = chooser->layer;
    const unsigned batch = chooser->spec->stage.batch;
    if (layer->stride_h == 1 && layer->stride_w == 1) {
        /* Images of a batch stay apart, so that offsets within a line fit into 31 bits. */
        pw->line_count = batch;
        pw->line_pixels = layer->out_h * layer->out_w;
    } else {
        pw->line_count = batch * layer->out_h;
        pw->line_pixels = layer->out_w;
    }
}

static void pixel_blocks(struct pointwise_plan *pw)
{
    struct pixel_band blocks[2];
    pw->pixel_block_kinds = split_even(pw->line_pixels, pw->block, blocks);
    pw->pixel_block_total = 0;
    for (unsigned kind = 0; kind < pw->pixel_block_kinds; ++kind) {
        struct pixel_block *block = &pw->pixel_blocks[kind];
        block->count = blocks[kind].count;
        block->pixels = blocks[kind].size;
        block->band_count = split_even(block->pixels, pw->rows, block->bands);
        pw->pixel_block_total += block->count;
    }
}

void cover_lanes(unsigned count, unsigned channels, unsigned lanes, unsigned vectors,
                 struct panel_block *block)
{
    const unsigned tail = channels % lanes;
    struct pixel_band panels[2];
    block->count = count;
    block->channels = channels;
    block->vectors = divide_up(channels, lanes);
    block->band_count = 0;
    const unsigned kinds = split_even(block->vectors, vectors, panels);
    for (unsigned kind = 0; kind < kinds; ++kind) {
        const bool with_tail = kind + 1 == kinds && tail != 0;
        if (panels[kind].count > (with_tail ? 1u : 0u))
            block->bands[block->band_count++] =
                (struct panel_band){panels[kind].count - (with_tail ? 1 : 0), panels[kind].size, lanes};
        if (with_tail)
            block->bands[block->band_count++] = (struct panel_band){1, panels[kind].size, tail};
    }
}

unsigned cover_panels(unsigned out_c, unsigned channels, unsigned lanes, unsigned vectors,
                      struct panel_block blocks[2])
{
    const unsigned full = out_c / channels, rest = out_c % channels;
    unsigned kinds = 0;
    if (full > 0)
        cover_lanes(full, channels, lanes, vectors, &blocks[kinds++]);
    if (rest > 0)
        cover_lanes(1, rest, lanes, vectors, &blocks[kinds++]);
    return kinds;
}

static void panel_blocks(const struct chooser *chooser, struct pointwise_plan *pw)
{
    const unsigned out_c = chooser->layer->out_c;
    pw->panel_block_kinds =
        cover_panels(out_c, pw->channels, chooser->isa->lanes, pw->vectors, pw->panel_blocks);
    pw->panel_block_total = divide_up(out_c, pw->channels);
}

unsigned share_even(unsigned panels, unsigned wanted)
{
    unsigned best = 1;
    double fullest = 0;
    for (unsigned blocks = minimum(wanted, panels); blocks <= minimum(wanted + wanted / 2, panels);
         ++blocks) {
        const unsigned share = divide_up(panels, blocks), last = (panels - 1) % share + 1;
        const double full = (double)last / share;
        if (full > fullest) {
            fullest = full;
            best = share;
        }
    }
    return best;
}

unsigned units_useful(double fmas)
{
    const unsigned most = 32, fmas_least = 16 * 1024;
    return fmas >= (double)most * fmas_least ? most : (unsigned)(fmas / fmas_least) + 1;
}

/*
 * A unit's inputs should stay in the second-level cache while its panels pass, and there should be enough
 * units to share: channels are divided where pixels are few.
 */
static enum exit_status blocks_choose(const struct chooser *chooser, const struct plan_request *request,
                                      struct position at, struct pointwise_plan *pw)
{
    const unsigned out_c = chooser->layer->out_c, lanes = chooser->isa->lanes,
                   units_wanted =
                       units_useful((double)pw->line_count * pw->line_pixels * chooser->layer->in_c * out_c);
    const size_t input_most = (size_t)128 * 1024;
    if (request->block > pw->line_pixels || request->channels > out_c)
        return plan_refuse(at, "%s=%u, expected at most %u",
                           request->block > pw->line_pixels ? "block" : "channels",
                           request->block > pw->line_pixels ? request->block : request->channels,
                           request->block > pw->line_pixels ? pw->line_pixels : out_c);
    if (request->channels != 0 && request->channels % lanes != 0 && request->channels != out_c)
        return plan_refuse(at, "channels=%u, expected a multiple of the %u lanes of %s, or all %u",
                           request->channels, lanes, chooser->isa->name, out_c);
    if (request->block != 0)
        pw->block = request->block;
    else {
        const size_t pixels = input_most / (pw->depth * sizeof(float)) / pw->rows * pw->rows;
        pw->block = pixels < pw->rows          ? pw->rows
                    : pixels < pw->line_pixels ? (unsigned)pixels
                                               : pw->line_pixels;
        const unsigned pixels_most = weights_are_small(chooser) ? 2 * pw->rows : 96;
        if (pw->block > pixels_most)
            pw->block = pixels_most < pw->rows ? pw->rows : pixels_most / pw->rows * pw->rows;
        pw->block = minimum(pw->block, pw->line_pixels);
    }
    const unsigned pixel_units = pw->line_count * divide_up(pw->line_pixels, pw->block);
    if (request->channels != 0)
        pw->channels = request->channels;
    else if (pixel_units >= units_wanted)
        pw->channels = out_c;
    else {
        const unsigned panel = pw->vectors * lanes, panels = divide_up(out_c, panel);
        pw->channels = minimum(share_even(panels, divide_up(units_wanted, pixel_units)) * panel, out_c);
    }
    pixel_blocks(pw);
    panel_blocks(chooser, pw);
    return STATUS_DONE;
}

/* The fewest tiles that pass over a panel in one unit. */
static unsigned tiles_least(const struct pointwise_plan *pw)
{
    unsigned least = UINT_MAX;
    for (unsigned kind = 0; kind < pw->pixel_block_kinds; ++kind) {
        unsigned tiles = 0;
        for (unsigned i = 0; i < pw->pixel_blocks[kind].band_count; ++i)
            tiles += pw->pixel_blocks[kind].bands[i].count;
        least = minimum(least, tiles);
    }
    return least;
}

/*
 * What comes from behind the second-level cache is fetched ahead: a large input, or else the weights, which a
 * network has not touched since its last pass. The hardware follows neither well: a panel's stream ends where
 * several tiles pass over it again, and the inputs of a tile are short pieces. Where an expansion writes much
 * more than it reads, the output's lines are what it waits for.
 */
static enum prefetch prefetch_usual(const struct chooser *chooser, const struct pointwise_plan *pw)
{
    const struct sepcc_layer *layer = chooser->layer;
    const size_t pixels = (size_t)pw->line_count * pw->line_pixels, near = (size_t)32 * 1024,
                 far = (size_t)512 * 1024;
    const size_t weights = weight_bytes(chooser);
    const size_t input = pixels * layer->in_c * sizeof(float), output = pixels * layer->out_c * sizeof(float);
    if (weights <= near && output >= 2 * far && output >= 4 * input)
        return PREFETCH_OUTPUT;
    if (input >= far && input > weights)
        return PREFETCH_INPUT;
    return weights > near ? PREFETCH_WEIGHTS : PREFETCH_NO;
}

/* Spreads a panel over the turns of the tiles that pass before the next one. */
static void prefetch_panel(const struct chooser *chooser, struct pointwise_plan *pw)
{
    const unsigned tiles_most = 8;
    const unsigned bytes = pw->unroll_k * pw->vectors * chooser->isa->lanes * (unsigned)sizeof(float);
    const unsigned lines = divide_up(bytes, CACHE_LINE);
    pw->prefetch_lines = divide_up(lines, minimum(tiles_least(pw), tiles_most));
    pw->prefetch_tiles = divide_up(lines, pw->prefetch_lines);
}

/* Spreads the next block's inputs or outputs over all turns of a unit. */
static void prefetch_block(unsigned channels, struct pointwise_plan *pw)
{
    unsigned panels = pw->panel_blocks[0].bands[0].count;
    for (unsigned i = 1; i < pw->panel_blocks[0].band_count; ++i)
        panels += pw->panel_blocks[0].bands[i].count;
    const size_t turns = (size_t)panels * tiles_least(pw) * (pw->depth / pw->unroll_k);
    const size_t lines = (size_t)pw->pixel_blocks[0].pixels * channels * sizeof(float) / CACHE_LINE + 1;
    pw->prefetch_lines = (unsigned)((lines + turns - 1) / turns);
}

static enum exit_status prefetch_choose(const struct chooser *chooser, const struct plan_request *request,
                                        struct position at, struct pointwise_plan *pw)
{
    const bool can = chooser->isa->lanes > 1 && pw->depth / pw->unroll_k >= 2;
    const enum exit_status status =
        plan_prefetch(request, at, can, "an ISA with vectors and a K loop of two turns or more",
                      prefetch_usual(chooser, pw), &pw->prefetch);
    if (status != STATUS_DONE)
        return status;
    switch (pw->prefetch) {
    case PREFETCH_NO:
        break;
    case PREFETCH_WEIGHTS:
        prefetch_panel(chooser, pw);
        break;
    case PREFETCH_INPUT:
        prefetch_block(chooser->layer->in_c, pw);
        break;
    case PREFETCH_OUTPUT:
        prefetch_block(chooser->layer->out_c, pw);
        break;
    }
    return STATUS_DONE;
}

/* Bytes of code: one body per tile size, panel width and kind of K block. */
static double code_bytes(const struct chooser *chooser, const struct pointwise_plan *pw)
{
    double bytes = 1024;
    for (unsigned b = 0; b < pw->pixel_block_kinds; ++b)
        for (unsigned i = 0; i < pw->pixel_blocks[b].band_count; ++i)
            for (unsigned p = 0; p < pw->panel_blocks[0].band_count; ++p) {
                const double rows = pw->pixel_blocks[b].bands[i].size,
                             vectors = pw->panel_blocks[0].bands[p].vectors;
                const struct work step = {.fmas = rows * vectors, .loads = rows + vectors};
                bytes += pw->depth_band_count *
                         (1.5 * pw->unroll_k * work_bytes(chooser->isa, &step) + rows * vectors * 24);
            }
    return bytes;
}

/* Sizes and counts that follow from the blocks. */
static enum exit_status plan_complete(const struct chooser *chooser, const struct plan_request *request,
                                      struct position at, struct plan *plan)
{
    struct pointwise_plan *pw = &plan->as.pointwise;
    const struct sepcc_layer *layer = chooser->layer;
    plan->cycles = tile_cost(chooser, pw->rows, pw->vectors, pw->line_pixels) * pw->line_count;
    plan->code_bytes = (size_t)code_bytes(chooser, pw);
    if (plan->code_bytes > plan->budget && request->unroll_k == 0) {
        pw->unroll_k = k_group(chooser);
        plan->code_bytes = (size_t)code_bytes(chooser, pw);
    }
    if (plan->code_bytes > plan->budget)
        return plan_refuse(
            at,
            "its code is about %zu bytes, expected at most the budget of %u (a smaller tile or "
            "unroll_k, or a larger budget)",
            plan->code_bytes, plan->budget);
    const enum exit_status status =
        prefetch_choose(chooser, request, at, pw); /* by the turns that stand now */
    if (status != STATUS_DONE)
        return status;
    pw->vector_floats = plan->isa->lanes * (1 + layer->in_c + (layer->act == SEPCC_ACT_PRELU));
    for (unsigned kind = 0; kind < pw->panel_block_kinds; ++kind)
        pw->vector_count += pw->panel_blocks[kind].count * pw->panel_blocks[kind].vectors;
    plan->packed_bytes = aligned_bytes((size_t)pw->vector_count * pw->vector_floats);
    plan->unit_count = (size_t)pw->line_count * pw->pixel_block_total * pw->panel_block_total;
    plan->accumulators = pw->rows * pw->vectors;
    plan->registers = registers_needed(chooser, pw->rows, pw->vectors);
    return STATUS_DONE;
}

void plan_pointwise_request(const struct plan *plan, struct plan_request *request)
{
    const struct pointwise_plan *pw = &plan->as.pointwise;
    request->rows = pw->rows;
    request->vectors = pw->vectors;
    request->block = pw->block;
    request->channels = pw->channels;
    request->depth = pw->depth;
    request->unroll_k = pw->unroll_k;
    request->prefetch = (int)pw->prefetch;
}

enum exit_status plan_pointwise(const struct spec *spec, const struct plan_request *request,
                                struct position at, struct plan *plan)
{
    const struct chooser chooser = {spec, &spec->stage.layer[0], plan->isa};
    struct pointwise_plan *pw = &plan->as.pointwise;
    lines_choose(&chooser, pw);
    enum exit_status status = tile_choose(&chooser, request, at, pw->line_pixels, pw);
    if (status == STATUS_DONE)
        status = depth_choose(&chooser, request, at, pw);
    if (status == STATUS_DONE)
        status = blocks_choose(&chooser, request, at, pw);
    return status == STATUS_DONE ? plan_complete(&chooser, request, at, plan) : status;
}

enum exit_status plan_pointwise_part(const struct spec *part, const unsigned pixels[2], unsigned kinds,
                                     struct position at, struct plan *plan)
{
    const struct chooser chooser = {part, &part->stage.layer[0], plan->isa};
    struct pointwise_plan *pw = &plan->as.pointwise;
    struct plan_request none;
    plan_request_clear(&none);
    pw->line_count = 1;
    pw->line_pixels = pw->block = pixels[0];
    pw->channels = part->stage.layer[0].out_c;
    enum exit_status status = tile_choose(&chooser, &none, at, pw->line_pixels, pw);
    if (status == STATUS_DONE)
        status = depth_choose(&chooser, &none, at, pw);
    if (status != STATUS_DONE)
        return status;
    pw->pixel_block_kinds = pw->pixel_block_total = kinds;
    for (unsigned kind = 0; kind < kinds; ++kind) {
        struct pixel_block *block = &pw->pixel_blocks[kind];
        block->count = 1;
        block->pixels = pixels[kind];
        block->band_count = split_even(block->pixels, pw->rows, block->bands);
    }
    panel_blocks(&chooser, pw);
    return plan_complete(&chooser, &none, at, plan);
}
