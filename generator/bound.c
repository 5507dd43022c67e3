/*
 * bound.c: the bound of a kernel's time, from counts and rates.
 */
#include "bound.h"

#include "operation.h"
#include "plan_internal.h"

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
static const size_t model_caches[SEPCC_MEMORY] = {32 << 10, 1 << 20, 32 << 20};
static const struct sepcc_bandwidth model_bandwidth[SEPCC_LEVEL_COUNT] = {
    [SEPCC_L1] = {1 / 64.0, 1 / 64.0},
    [SEPCC_L2] = {1 / 48.0, 1 / 24.0},
    [SEPCC_L3] = {1 / 10.0, 1 / 10.0},
    [SEPCC_MEMORY] = {1 / 6.0, 1 / 6.0},
};

struct bound_counts bound_count(const struct spec *spec, const struct plan *plan)
{
    const struct sepcc_stage *stage = &spec->stage;
    struct work work = {0};
    plan->operation->count(spec, plan, &work);
    return (struct bound_counts){
        .fmas = work.fmas,
        .loads = work.loads,
        .stores = work.stores,
        .read_bytes = (double)(sepcc_stage_input_count(stage) * sizeof(float)) + (double)plan->packed_bytes,
        .write_bytes = (double)(sepcc_stage_output_count(stage) * sizeof(float)),
        .packed_bytes = (double)plan->packed_bytes,
    };
}

struct bound bound_of(const struct bound_counts *counts, const struct bound_rates *rates)
{
    struct bound bound = {
        .fma = counts->fmas / rates->fmas,
        .loads = counts->loads / rates->loads,
        .stores = counts->stores / rates->stores,
        .bytes = counts->read_bytes * rates->read + counts->write_bytes * rates->write,
        .by = "fma",
    };
    const struct {
        double time;
        const char *by;
    } others[] = {{bound.loads, "loads"}, {bound.stores, "stores"}, {bound.bytes, rates->level}};
    bound.time = bound.fma;
    for (size_t i = 0; i < sizeof others / sizeof others[0]; ++i)
        if (others[i].time > bound.time) {
            bound.time = others[i].time;
            bound.by = others[i].by;
        }
    return bound;
}

enum sepcc_level bound_level(const struct bound_counts *counts, const size_t caches[SEPCC_MEMORY],
                             size_t threads)
{
    const double tensors = counts->read_bytes - counts->packed_bytes + counts->write_bytes;
    for (unsigned level = SEPCC_L1; level < SEPCC_MEMORY; ++level) {
        const double share = level == SEPCC_L3 ? tensors : tensors / (double)threads;
        if (share + counts->packed_bytes <= (double)caches[level])
            return (enum sepcc_level)level;
    }
    return SEPCC_MEMORY;
}

struct bound_rates bound_rates_at(const struct isa *isa, double flops)
{
    const double fmas = flops / (2.0 * isa->lanes);
    return (struct bound_rates){
        .fmas = fmas, .loads = fmas * ports[isa->id].loads, .stores = fmas * ports[isa->id].stores};
}

struct bound_rates bound_rates_model(const struct isa *isa, const struct bound_counts *counts)
{
    struct bound_rates rates = bound_rates_at(isa, 2.0 * isa->lanes * isa->fmas);
    const enum sepcc_level level = bound_level(counts, model_caches, 1);
    rates.read = model_bandwidth[level].read;
    rates.write = model_bandwidth[level].write;
    rates.level = sepcc_level_name(level);
    return rates;
}

void bound_explain(const struct spec *spec, const struct plan *plan, struct text *text)
{
    const struct bound_counts counts = bound_count(spec, plan);
    const struct bound_rates rates = bound_rates_model(plan->isa, &counts);
    const struct bound bound = bound_of(&counts, &rates);
    text_printf(text,
                "Vectors: %.0f multiply-adds, %.0f loads, %.0f stores.  Bytes: %.0f read, %.0f written.\n",
                counts.fmas, counts.loads, counts.stores, counts.read_bytes, counts.write_bytes);
    text_printf(text,
                "Bound: %.0f cycles of a usual core, by %s (fma %.0f, loads %.0f, stores %.0f, %s %.0f).\n",
                bound.time, bound.by, bound.fma, bound.loads, bound.stores, rates.level, bound.bytes);
}
