/*
 * bound.c: the bound of a kernel's time, from counts and rates.
 */
#include "plan/bound.h"

#include "plan/operation.h"
#include "plan/plan_internal.h"

#include <string.h>

/*
 * Loads and stores of vectors that a core can issue beside one multiply-add of a vector: the most that any
 * current core does, so that the bound stays below every time. A multiply-add of sse is two instructions.
 */
static const struct ports {
    double loads, stores;
} ports[SEPCC_ISA_COUNT] = {
    [SEPCC_ISA_SCALAR] = {2.0, 1.0},  /* of a call to fmaf or of one instruction */
    [SEPCC_ISA_SSE] = {2.0, 4 / 3.0}, /* Golden Cove: 3 loads, 2 stores, 3 ports for multiply and add */
    [SEPCC_ISA_AVX2] = {1.5, 1.0},    /* Golden Cove: 3 loads, 2 stores, 2 multiply-adds */
    [SEPCC_ISA_AVX512] = {1.0, 0.5},  /* Golden Cove, Zen 5: 2 loads, 1 store, 2 multiply-adds */
    [SEPCC_ISA_NEON] = {1.0, 0.5},    /* Neoverse N1: 2 loads, 1 store, 2 multiply-adds */
};

/* Usual caches: bytes, and cycles for each byte. */
static const double model_caches[SEPCC_MEMORY] = {32 * 1024, 1024 * 1024, 32 * 1024 * 1024};
static const struct sepcc_bandwidth model_bandwidth[SEPCC_LEVEL_COUNT] = {
    [SEPCC_L1] = {1 / 64.0, 1 / 64.0},
    [SEPCC_L2] = {1 / 48.0, 1 / 24.0},
    [SEPCC_L3] = {1 / 10.0, 1 / 10.0},
    [SEPCC_MEMORY] = {1 / 6.0, 1 / 6.0},
};

/* ---- counts ---------------------------------------------------------------------------------------- */

/* Input positions along one axis that any output depends on. */
static double positions_read(const struct axis *axis)
{
    unsigned read = 0;
    for (unsigned at = 0; at < axis->in; ++at) {
        bool needed = false;
        for (unsigned tap = 0; tap < axis->kernel && !needed; ++tap) {
            const long from = (long)at + (long)axis->pad - (long)tap * axis->dilation;
            needed =
                from >= 0 && from % (long)axis->stride == 0 && from / (long)axis->stride < (long)axis->out;
        }
        read += needed;
    }
    return read;
}

/*
 * Cache lines in which a pixel of so many floats lies, on average over the places where pixels begin: the
 * pixels of a tensor come by all multiples of the greatest common divisor, which 16 pixels in a row do, too.
 */
static double lines_of_pixel(unsigned floats)
{
    unsigned lines = 0;
    for (unsigned pixel = 0; pixel < LINE_FLOATS; ++pixel)
        lines += (pixel * floats % LINE_FLOATS + floats + LINE_FLOATS - 1) / LINE_FLOATS;
    return (double)lines / LINE_FLOATS;
}

/* How many of the vectors of a pixel cross from one cache line to the next, on the same average. */
static double splits_of_pixel(unsigned floats, unsigned lanes)
{
    unsigned splits = 0;
    for (unsigned pixel = 0; pixel < LINE_FLOATS; ++pixel)
        for (unsigned at = 0; at < floats; at += lanes) {
            const unsigned size = floats - at < lanes ? floats - at : lanes;
            splits += (pixel * floats + at) % LINE_FLOATS + size > LINE_FLOATS;
        }
    return (double)splits / LINE_FLOATS;
}

/* Pixels of the input that any output depends on. */
static double pixels_read(const struct sepcc_stage *stage)
{
    const struct axis rows = axis_rows(&stage->layer[0]), columns = axis_columns(&stage->layer[0]);
    const double width = stage->layout == SEPCC_NHWC ? positions_read(&columns) : columns.in;
    return positions_read(&rows) * width * stage->batch;
}

/* Columns that are left out share cache lines with others in a plane; beside all their channels they do not.
 */
static double input_bytes(const struct sepcc_stage *stage)
{
    const struct sepcc_layer *layer = &stage->layer[0];
    const bool alone = stage->layout == SEPCC_NHWC && layer->kernel_w == 1 && layer->stride_w > 1;
    const double floats = alone ? lines_of_pixel(layer->in_c) * LINE_FLOATS : layer->in_c;
    return pixels_read(stage) * floats * sizeof(float);
}

static double activations(const struct sepcc_stage *stage, const struct isa *isa)
{
    double multiplies = 0;
    for (unsigned i = 0; i < stage->layer_count; ++i) {
        const struct sepcc_layer *layer = &stage->layer[i];
        multiplies += (double)stage->batch * layer->out_h * layer->out_w * layer->out_c / isa->lanes *
                      spec_act_cost(layer->act).multiplies;
    }
    return multiplies;
}

struct bound_counts bound_count(const struct spec *spec, const struct plan *plan)
{
    const struct sepcc_stage *stage = &spec->stage;
    const struct sepcc_layer *last = &stage->layer[stage->layer_count - 1];
    const bool pixels = stage->layout == SEPCC_NHWC && plan->isa->lanes > 1;
    struct work work = {0};
    plan->operation->count(spec, plan, &work);
    return (struct bound_counts){
        .fmas = work.fmas,
        .loads = work.loads,
        .stores = work.stores,
        .activations = activations(stage, plan->isa),
        /* A pointwise layer reads its input a float at a time. */
        .split_loads = pixels && stage->op == SEPCC_OP_DEPTHWISE
                           ? pixels_read(stage) * splits_of_pixel(stage->layer[0].in_c, plan->isa->lanes)
                           : 0,
        .split_stores = pixels ? (double)stage->batch * last->out_h * last->out_w *
                                     splits_of_pixel(last->out_c, plan->isa->lanes)
                               : 0,
        .read_bytes = input_bytes(stage) + (double)plan->packed_bytes,
        .write_bytes = (double)(sepcc_stage_output_count(stage) * sizeof(float)),
        .packed_bytes = (double)plan->packed_bytes,
    };
}

/* ---- bounds ---------------------------------------------------------------------------------------- */

void bound_levels(const struct bound_counts *counts, const double caches[SEPCC_MEMORY], double threads,
                  double shares[SEPCC_LEVEL_COUNT])
{
    const double tensors = counts->read_bytes - counts->packed_bytes + counts->write_bytes;
    double before = 1; /* the share that no level so far has held */
    for (unsigned level = SEPCC_L1; level < SEPCC_MEMORY; ++level) {
        const double bytes = counts->packed_bytes + (level == SEPCC_L3 ? tensors : tensors / threads);
        const double excess = bytes > caches[level] ? 2 * (bytes - caches[level]) / bytes : 0;
        const double behind = excess < before ? excess : before;
        shares[level] = before - behind;
        before = behind;
    }
    shares[SEPCC_MEMORY] = before;
}

/* Sets the bytes' bound and its level. */
static void bytes_bound(const struct bound_counts *counts, const struct bound_rates *rates,
                        struct bound *bound)
{
    double shares[SEPCC_LEVEL_COUNT], most = 0;
    bound_levels(counts, rates->caches, rates->threads, shares);
    for (unsigned level = SEPCC_L1; level < SEPCC_LEVEL_COUNT; ++level) {
        const struct sepcc_bandwidth *bandwidth = &rates->bandwidth[level];
        const double time =
            shares[level] * (counts->read_bytes * bandwidth->read + counts->write_bytes * bandwidth->write);
        bound->bytes += time;
        if (time > most) {
            most = time;
            bound->level = (enum sepcc_level)level;
        }
    }
}

struct bound bound_of(const struct bound_counts *counts, const struct bound_rates *rates)
{
    struct bound bound = {
        .fma = (counts->fmas + counts->activations) / rates->fmas,
        .loads = (counts->loads + counts->split_loads) / rates->loads,
        .stores = (counts->stores + counts->split_stores) / rates->stores,
        .by = "fma",
    };
    bytes_bound(counts, rates, &bound);
    const struct {
        double time;
        const char *by;
    } others[] = {
        {bound.loads, "loads"}, {bound.stores, "stores"}, {bound.bytes, sepcc_level_name(bound.level)}};
    bound.time = bound.fma;
    for (size_t i = 0; i < sizeof others / sizeof others[0]; ++i)
        if (others[i].time > bound.time) {
            bound.time = others[i].time;
            bound.by = others[i].by;
        }
    return bound;
}

struct bound_rates bound_rates_at(const struct isa *isa, double flops)
{
    const double fmas = flops / (2.0 * isa->lanes);
    return (struct bound_rates){
        .fmas = fmas, .loads = fmas * ports[isa->id].loads, .stores = fmas * ports[isa->id].stores};
}

struct bound_rates bound_rates_model(const struct isa *isa)
{
    struct bound_rates rates = bound_rates_at(isa, 2.0 * isa->lanes * isa->fmas);
    rates.threads = 1;
    memcpy(rates.caches, model_caches, sizeof rates.caches);
    memcpy(rates.bandwidth, model_bandwidth, sizeof rates.bandwidth);
    return rates;
}

void bound_explain(const struct spec *spec, const struct plan *plan, struct text *text)
{
    const struct bound_counts counts = bound_count(spec, plan);
    const struct bound_rates rates = bound_rates_model(plan->isa);
    const struct bound bound = bound_of(&counts, &rates);
    text_printf(text,
                "Vectors: %.0f multiply-adds, %.0f loads, %.0f stores.  Bytes: %.0f read, %.0f written.\n",
                counts.fmas, counts.loads, counts.stores, counts.read_bytes, counts.write_bytes);
    if (counts.activations + counts.split_loads + counts.split_stores > 0)
        text_printf(
            text,
            "  Besides: %.0f multiplies of activations; %.0f loads and %.0f stores cross a cache line.\n",
            counts.activations, counts.split_loads, counts.split_stores);
    text_printf(text,
                "Bound: %.0f cycles of a usual core, by %s (fma %.0f, loads %.0f, stores %.0f, %s %.0f).\n",
                bound.time, bound.by, bound.fma, bound.loads, bound.stores, sepcc_level_name(bound.level),
                bound.bytes);
}
