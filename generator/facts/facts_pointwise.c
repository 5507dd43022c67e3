/*
 * facts_pointwise.c: the plan of a pointwise kernel as facts.
 */
#include "facts/facts.h"

#include <string.h>

/* One register tile's code: each combination that occurs is emitted once. */
struct tile_code {
    unsigned rows, vectors, lanes;
};

struct tile_list {
    struct tile_code items[32];
    unsigned count;
};

/* The number of the tile's code, added when new. */
static unsigned tile_number(struct tile_list *list, struct tile_code code)
{
    for (unsigned i = 0; i < list->count; ++i)
        if (memcmp(&list->items[i], &code, sizeof code) == 0)
            return i;
    list->items[list->count] = code;
    return list->count++;
}

static void pixel_facts(struct text *facts, const struct pointwise_plan *pw)
{
    fact_number(facts, pw->pixel_block_kinds, "PIXELS");
    fact_number(facts, pw->pixel_block_total, "PIXEL_TOTAL");
    for (unsigned b = 0; b < pw->pixel_block_kinds; ++b) {
        const struct pixel_block *block = &pw->pixel_blocks[b];
        fact_number(facts, block->count, "PIXEL_%u_COUNT", b);
        fact_number(facts, block->pixels, "PIXEL_%u_SIZE", b);
        fact_number(facts, block->band_count, "PIXEL_%u_BANDS", b);
        for (unsigned i = 0; i < block->band_count; ++i) {
            fact_number(facts, block->bands[i].count, "PIXEL_%u_BAND_%u_COUNT", b, i);
            fact_number(facts, block->bands[i].size, "PIXEL_%u_BAND_%u_SIZE", b, i);
        }
    }
}

void panel_facts(struct text *facts, const struct panel_block *blocks, unsigned kinds, unsigned total)
{
    fact_number(facts, kinds, "PANELS");
    fact_number(facts, total, "PANEL_TOTAL");
    for (unsigned b = 0; b < kinds; ++b) {
        const struct panel_block *block = &blocks[b];
        fact_number(facts, block->count, "PANEL_%u_COUNT", b);
        fact_number(facts, block->channels, "PANEL_%u_SIZE", b);
        fact_number(facts, block->vectors, "PANEL_%u_VECTORS", b);
        fact_number(facts, block->band_count, "PANEL_%u_BANDS", b);
        for (unsigned i = 0; i < block->band_count; ++i) {
            fact_number(facts, block->bands[i].count, "PANEL_%u_BAND_%u_COUNT", b, i);
            fact_number(facts, block->bands[i].vectors, "PANEL_%u_BAND_%u_VECTORS", b, i);
            fact_number(facts, block->bands[i].lanes, "PANEL_%u_BAND_%u_LANES", b, i);
        }
    }
}

/* Which code each pair of bands uses, and the list of all codes. */
static void tile_facts(struct text *facts, const struct pointwise_plan *pw)
{
    struct tile_list list = {.count = 0};
    for (unsigned p = 0; p < pw->pixel_block_kinds; ++p)
        for (unsigned i = 0; i < pw->pixel_blocks[p].band_count; ++i)
            for (unsigned n = 0; n < pw->panel_block_kinds; ++n)
                for (unsigned j = 0; j < pw->panel_blocks[n].band_count; ++j) {
                    const struct panel_band *panel = &pw->panel_blocks[n].bands[j];
                    (void)tile_number(&list, (struct tile_code){pw->pixel_blocks[p].bands[i].size,
                                                                panel->vectors, panel->lanes});
                }
    fact_number(facts, list.count, "TILES");
    for (unsigned t = 0; t < list.count; ++t) {
        fact_number(facts, list.items[t].rows, "TILE_%u_ROWS", t);
        fact_number(facts, list.items[t].vectors, "TILE_%u_VECTORS", t);
        fact_number(facts, list.items[t].lanes, "TILE_%u_LANES", t);
    }
}

/* Whether a band before number `band` has its depth: they share their tiles' code. */
static bool depth_seen(const struct depth_band *bands, unsigned band)
{
    for (unsigned d = 0; d < band; ++d)
        if (bands[d].depth == bands[band].depth)
            return true;
    return false;
}

void depth_facts(struct text *facts, const struct depth_band *bands, unsigned count)
{
    unsigned first = 0, sizes = 0;
    fact_number(facts, count, "DEPTHS");
    for (unsigned d = 0; d < count; ++d) {
        const struct depth_band *band = &bands[d];
        fact_number(facts, band->count, "DEPTH_%u_COUNT", d);
        fact_number(facts, band->depth, "DEPTH_%u_SIZE", d);
        fact_number(facts, first, "DEPTH_%u_AT", d);
        fact_number(facts, band->first, "DEPTH_%u_FIRST", d);
        fact_number(facts, band->last, "DEPTH_%u_LAST", d);
        first += band->count * band->depth;
        if (!depth_seen(bands, d))
            fact_number(facts, band->depth, "DEPTH_SIZE_%u", sizes++);
    }
    fact_number(facts, sizes, "DEPTH_SIZES");
}

void facts_pointwise(struct kernel *kernel)
{
    const struct sepcc_layer *layer = &kernel->spec.stage.layer[0];
    const struct pointwise_plan *pw = &kernel->plan.as.pointwise;
    struct text *facts = &kernel->facts;
    const bool rows =
        pw->line_count != kernel->spec.stage.batch || layer->stride_h != 1 || layer->stride_w != 1;
    fact_number(facts, pw->line_count / kernel->spec.stage.batch, "LINES");
    fact_number(facts, rows && layer->out_h > 1 ? layer->stride_h * layer->in_w * layer->in_c : 0, "LINE_IN");
    fact_number(facts, rows ? layer->out_w * layer->out_c : 0, "LINE_OUT");
    /* Of a single pixel the distance to the next does not matter, and might not fit. */
    fact_number(facts, layer->out_w > 1 ? layer->stride_w * layer->in_c : layer->in_c, "PIXEL_IN");
    fact_number(facts, pw->unroll_k, "UNROLL_K");
    fact_number(facts, pw->prefetch == PREFETCH_WEIGHTS, "PREFETCH_WEIGHTS");
    fact_number(facts, pw->prefetch == PREFETCH_OUTPUT, "PREFETCH_OUTPUT");
    fact_number(facts, pw->prefetch_lines, "PREFETCH_LINES");
    fact_number(facts, pw->prefetch_tiles, "PREFETCH_TILES");
    fact_number(facts, pw->vector_floats, "VECTOR_FLOATS");
    pixel_facts(facts, pw);
    panel_facts(facts, pw->panel_blocks, pw->panel_block_kinds, pw->panel_block_total);
    tile_facts(facts, pw);
    depth_facts(facts, pw->depth_bands, pw->depth_band_count);
}
