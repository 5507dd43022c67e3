/*
 * facts_pointwise_nchw.c: the plan of a pointwise kernel in NCHW as facts.
 */
#include "facts/facts.h"

#include <string.h>

/* One register tile's code: each combination that occurs is emitted once. */
struct tile_code {
    unsigned rows, vectors, lanes;
};

enum { TILES_MAX = 2 * 3 * 2 * 2 };

struct tile_list {
    struct tile_code items[TILES_MAX];
    unsigned count;
};

static void tile_add(struct tile_list *list, struct tile_code code)
{
    for (unsigned i = 0; i < list->count; ++i)
        if (memcmp(&list->items[i], &code, sizeof code) == 0)
            return;
    list->items[list->count++] = code;
}

static void pixel_facts(struct text *facts, const struct pointwise_nchw_plan *pw)
{
    fact_number(facts, pw->pixel_block_kinds, "PIXELS");
    fact_number(facts, pw->pixel_block_total, "PIXEL_TOTAL");
    for (unsigned b = 0; b < pw->pixel_block_kinds; ++b) {
        const struct panel_block *block = &pw->pixel_blocks[b];
        fact_number(facts, block->count, "PIXEL_%u_COUNT", b);
        fact_number(facts, block->channels, "PIXEL_%u_SIZE", b);
        fact_number(facts, block->vectors, "PIXEL_%u_VECTORS", b);
        fact_number(facts, block->band_count, "PIXEL_%u_BANDS", b);
        for (unsigned i = 0; i < block->band_count; ++i) {
            fact_number(facts, block->bands[i].count, "PIXEL_%u_BAND_%u_COUNT", b, i);
            fact_number(facts, block->bands[i].vectors, "PIXEL_%u_BAND_%u_VECTORS", b, i);
            fact_number(facts, block->bands[i].lanes, "PIXEL_%u_BAND_%u_LANES", b, i);
        }
    }
}

static void channel_facts(struct text *facts, const struct pointwise_nchw_plan *pw)
{
    fact_number(facts, pw->channel_block_kinds, "CHANNELS");
    fact_number(facts, pw->channel_block_total, "CHANNEL_TOTAL");
    for (unsigned b = 0; b < pw->channel_block_kinds; ++b) {
        const struct pixel_block *block = &pw->channel_blocks[b];
        fact_number(facts, block->count, "CHANNEL_%u_COUNT", b);
        fact_number(facts, block->pixels, "CHANNEL_%u_SIZE", b);
        fact_number(facts, block->band_count, "CHANNEL_%u_BANDS", b);
        for (unsigned i = 0; i < block->band_count; ++i) {
            fact_number(facts, block->bands[i].count, "CHANNEL_%u_BAND_%u_COUNT", b, i);
            fact_number(facts, block->bands[i].size, "CHANNEL_%u_BAND_%u_SIZE", b, i);
        }
    }
}

static void tile_facts(struct text *facts, const struct pointwise_nchw_plan *pw)
{
    struct tile_list list = {.count = 0};
    for (unsigned p = 0; p < pw->pixel_block_kinds; ++p)
        for (unsigned i = 0; i < pw->pixel_blocks[p].band_count; ++i)
            for (unsigned c = 0; c < pw->channel_block_kinds; ++c)
                for (unsigned j = 0; j < pw->channel_blocks[c].band_count; ++j) {
                    const struct panel_band *pixels = &pw->pixel_blocks[p].bands[i];
                    tile_add(&list, (struct tile_code){pw->channel_blocks[c].bands[j].size, pixels->vectors,
                                                       pixels->lanes});
                }
    fact_number(facts, list.count, "TILES");
    for (unsigned t = 0; t < list.count; ++t) {
        fact_number(facts, list.items[t].rows, "TILE_%u_ROWS", t);
        fact_number(facts, list.items[t].vectors, "TILE_%u_VECTORS", t);
        fact_number(facts, list.items[t].lanes, "TILE_%u_LANES", t);
    }
}

void facts_pointwise_nchw(struct kernel *kernel)
{
    const struct pointwise_nchw_plan *pw = &kernel->plan.as.pointwise_nchw;
    struct text *facts = &kernel->facts;
    const unsigned gathered = pw->pixel_blocks[0].vectors * kernel->isa->lanes;
    fact_number(facts, pw->gather, "GATHER");
    fact_number(facts, pw->gather ? gathered : pw->in_step, "K_STEP");
    fact_number(facts, pw->out_step, "OUT_STEP");
    fact_number(facts, pw->unroll_k, "UNROLL_K");
    fact_number(facts, pw->prefetch == PREFETCH_OUTPUT, "PREFETCH_OUTPUT");
    fact_number(facts, pw->channel_floats, "CHANNEL_FLOATS");
    pixel_facts(facts, pw);
    channel_facts(facts, pw);
    tile_facts(facts, pw);
    depth_facts(facts, pw->depth_bands, pw->depth_band_count);
}
