/*
 * internal.h: what libsepcc's files share among themselves; not installed.
 */
#ifndef SEPCC_INTERNAL_H
#define SEPCC_INTERNAL_H

#include "sepcc.h"

/* ---- status.c -------------------------------------------------------------------------------------- */

/* snprintf into a caller's message buffer; does nothing when size is 0. */
void sepcc_message(char *message, size_t size, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* ---- stage.c --------------------------------------------------------------------------------------- */

/*
 * True when the stage keeps every rule that sepcc_kernel.h states: known numbers, sizes that follow from each
 * other, layers that fit together, tensors whose bytes fit size_t.
 */
bool sepcc_stage_valid(const struct sepcc_stage *stage);

/* True when this library knows the stage's operation, type and layout, and its layers' operations and
 * activations. */
bool sepcc_stage_known(const struct sepcc_stage *stage);

/* Elements of one image: height * width * channels. */
size_t sepcc_layer_input_image(const struct sepcc_layer *layer);
size_t sepcc_layer_output_image(const struct sepcc_layer *layer);

/* Terms of the sum behind one output: the taps of a depthwise, the input channels of a pointwise layer. */
size_t sepcc_layer_depth(const struct sepcc_layer *layer);

/* ---- elf_file.c ------------------------------------------------------------------------------------ */

/* False when the file is a library of this machine and ends before what it promises to hold. */
bool sepcc_elf_file_whole(const char *path);

/* ---- random.c -------------------------------------------------------------------------------------- */

/* A tensor's own seed: tensors of one seed must not repeat each other. */
uint64_t sepcc_mix_seed(uint64_t seed, uint64_t tensor);

/* As sepcc_fill; of SEPCC_DATA_SPECIAL, one value in harsh_period spoils its sum (NaN, infinity, huge). */
void sepcc_fill_sprinkled(float *values, size_t count, enum sepcc_data kind, size_t harsh_period,
                          uint64_t seed);

/* The input of a stage. */
void sepcc_fill_input(const struct sepcc_stage *stage, enum sepcc_data kind, uint64_t seed, float *in);

/*
 * Weights, bias and slope of a layer (bias and slope may be NULL). Weights are scaled by the layer's depth,
 * so that sums stay near 1, where activations bend.
 */
void sepcc_fill_layer(const struct sepcc_layer *layer, enum sepcc_data kind, uint64_t seed, float *weights,
                      float *bias, float *slope);

/* ---- measure.c ------------------------------------------------------------------------------------- */

/* Seconds of a clock that only moves forward. */
double sepcc_now(void);

/* ---- bandwidth.c ----------------------------------------------------------------------------------- */

/*
 * Bytes of the data cache of that level (1 to 3) as Linux lists them in a folder such as
 * /sys/devices/system/cpu/cpu0/cache; 0 when there is none.
 */
size_t sepcc_cache_listed(const char *folder, unsigned level);

/* ---- run.c, threads.c ------------------------------------------------------------------------------ */

/*
 * What sepcc_run needs of a pool, so that run.c links without threads.c: threads.c puts it first in its own
 * struct.
 */
struct sepcc_pool {
    size_t thread_count;
    enum sepcc_status (*run)(struct sepcc_pool *pool, const struct sepcc_kernel *kernel, const float *in,
                             float *out, const void *packed);
};

#endif
