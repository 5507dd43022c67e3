/*
 * subject.c: a kernel with its tensors, ready to be timed.
 */
#include "subject.h"

#define MIN_KERNEL_SECONDS 50e-6 /* one timing repeats a small kernel to take as long */
#define MIN_PEAK_SECONDS   200e-6
#define MAX_PEAK_SECONDS   20e-3

/* A peak loop that takes no time (all of it optimised away) is not waited for. */
#define MAX_PEAK_ROUNDS (UINT64_C(1) << 48)

/* ---- timing ---------------------------------------------------------------------------------------- */

enum sepcc_status sepcc_subject_run(const struct sepcc_subject *s, struct sepcc_pool *pool)
{
    if (pool != NULL)
        return sepcc_run(s->kernel, pool, s->in, s->out, s->packed);
    s->kernel->run(s->in, s->out, s->packed, s->workspace, 0, s->kernel->unit_count);
    return SEPCC_OK;
}

enum sepcc_status sepcc_subject_time(const struct sepcc_subject *s, struct sepcc_pool *pool, double *seconds)
{
    enum sepcc_status status = SEPCC_OK;
    const double start = sepcc_now();
    for (uint64_t i = 0; i < s->repeats && status == SEPCC_OK; ++i)
        status = sepcc_subject_run(s, pool);
    *seconds = sepcc_now() - start;
    return status;
}

double sepcc_subject_time_peak(const struct sepcc_subject *s)
{
    volatile float sink;
    const double start = sepcc_now();
    sink = s->peak->run(s->peak_rounds);
    (void)sink;
    return sepcc_now() - start;
}

/* How often to repeat what took `seconds` this time, to take `wanted`: at most ten times more a step. */
static uint64_t next_repeats(uint64_t repeats, double seconds, double wanted)
{
    const double factor = seconds > 0 ? 1.1 * wanted / seconds : 10;
    return (uint64_t)((double)repeats * (factor < 10 ? factor : 10)) + 1;
}

enum sepcc_status sepcc_subject_calibrate(struct sepcc_subject *s, struct sepcc_pool *pool)
{
    double seconds, peak_seconds, wanted;
    enum sepcc_status status = sepcc_subject_run(s, pool);
    s->repeats = 1;
    while (status == SEPCC_OK && (status = sepcc_subject_time(s, pool, &seconds)) == SEPCC_OK &&
           seconds < MIN_KERNEL_SECONDS)
        s->repeats = next_repeats(s->repeats, seconds, MIN_KERNEL_SECONDS);
    if (status != SEPCC_OK || s->peak == NULL)
        return status;
    wanted = seconds < MIN_PEAK_SECONDS ? MIN_PEAK_SECONDS : seconds;
    wanted = wanted > MAX_PEAK_SECONDS ? MAX_PEAK_SECONDS : wanted;
    s->peak_rounds = 1;
    while ((peak_seconds = sepcc_subject_time_peak(s)) < wanted && s->peak_rounds < MAX_PEAK_ROUNDS)
        s->peak_rounds = next_repeats(s->peak_rounds, peak_seconds, wanted);
    return SEPCC_OK;
}

double sepcc_subject_flop(const struct sepcc_subject *s)
{
    return 2.0 * (double)s->kernel->fma_count;
}

/* ---- subjects -------------------------------------------------------------------------------------- */

/* Packs random weights; the plain ones are gone afterwards. */
static enum sepcc_status pack_random(struct sepcc_subject *s, uint64_t seed)
{
    const struct sepcc_stage *stage = &s->kernel->stage;
    float *memory[3][SEPCC_MAX_LAYERS] = {{NULL}}; /* weights, bias, slope */
    const float *pointers[3][SEPCC_MAX_LAYERS];
    enum sepcc_status status = SEPCC_OK;
    for (size_t i = 0; i < stage->layer_count && status == SEPCC_OK; ++i) {
        const struct sepcc_layer *layer = &stage->layer[i];
        memory[0][i] = sepcc_alloc(sepcc_layer_weight_count(layer) * sizeof(float));
        memory[1][i] = sepcc_alloc((size_t)layer->out_c * sizeof(float));
        memory[2][i] = sepcc_alloc((size_t)layer->out_c * sizeof(float));
        if (memory[0][i] == NULL || memory[1][i] == NULL || memory[2][i] == NULL)
            status = SEPCC_E_MEMORY;
        else
            sepcc_fill_layer(layer, SEPCC_DATA_CANCEL, sepcc_mix_seed(seed, i), memory[0][i], memory[1][i],
                             memory[2][i]);
    }
    for (size_t what = 0; what < 3; ++what)
        for (size_t i = 0; i < SEPCC_MAX_LAYERS; ++i)
            pointers[what][i] = memory[what][i];
    if (status == SEPCC_OK)
        s->kernel->pack(pointers[0], pointers[1], pointers[2], s->packed);
    for (size_t what = 0; what < 3; ++what)
        for (size_t i = 0; i < SEPCC_MAX_LAYERS; ++i)
            sepcc_free(memory[what][i]);
    return status;
}

enum sepcc_status sepcc_subject_make(struct sepcc_subject *s, uint64_t seed)
{
    const struct sepcc_stage *stage = &s->kernel->stage;
    s->borrowed = s->in != NULL;
    if (s->peak != NULL && s->peak->abi_version != SEPCC_ABI_VERSION)
        return SEPCC_E_ABI;
    if (!s->borrowed) {
        s->in = sepcc_alloc(sepcc_stage_input_count(stage) * sizeof(float));
        s->out = sepcc_alloc(sepcc_stage_output_count(stage) * sizeof(float));
    }
    s->packed = sepcc_alloc(s->kernel->packed_bytes);
    s->workspace = s->kernel->workspace_bytes > 0 ? sepcc_alloc(s->kernel->workspace_bytes) : NULL;
    if (s->in == NULL || s->out == NULL || s->packed == NULL ||
        (s->workspace == NULL && s->kernel->workspace_bytes > 0))
        return SEPCC_E_MEMORY;
    if (!s->borrowed)
        sepcc_fill_input(stage, SEPCC_DATA_CANCEL, sepcc_mix_seed(seed, SEPCC_MAX_LAYERS), s->in);
    return pack_random(s, seed);
}

void sepcc_subject_free(struct sepcc_subject *s)
{
    if (!s->borrowed) {
        sepcc_free(s->in);
        sepcc_free(s->out);
    }
    sepcc_free(s->packed);
    sepcc_free(s->workspace);
}
