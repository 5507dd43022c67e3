/*
 * sepcc.h: libsepcc, which loads generated kernels, proves them against a reference and measures them.
 *
 * Every function that can fail returns an `enum sepcc_status`; SEPCC_OK is 0. Unless said otherwise, pointers
 * must not be NULL, sizes are in elements of float, and nothing is retained after a call returns.
 */
#ifndef SEPCC_H
#define SEPCC_H

#include "sepcc_kernel.h"

#include <stdbool.h>
#include <stdio.h>

#ifdef __cplusplus
extern "C" {
#endif

/* What is declared here is what the shared library exports; runtime/libsepcc.map lists it by version. */
#pragma GCC visibility push(default)

enum sepcc_status {
    SEPCC_OK = 0,
    SEPCC_E_MEMORY,      /* allocation failed */
    SEPCC_E_OPEN,        /* the file cannot be opened or mapped */
    SEPCC_E_READ,        /* the file ends early or cannot be read */
    SEPCC_E_WRITE,       /* the file cannot be written (disk full, permissions) */
    SEPCC_E_NPY_FORMAT,  /* not a .npy file, or of an unknown version */
    SEPCC_E_NPY_TYPE,    /* a .npy file, but not little-endian f32 in C order */
    SEPCC_E_SHAPE,       /* a tensor's shape is not the stage's */
    SEPCC_E_SYMBOL,      /* the library has no such bundle */
    SEPCC_E_ABI,         /* made for another ABI version */
    SEPCC_E_STRUCT_SIZE, /* descriptor that ends before fields that are needed */
    SEPCC_E_DESCRIPTOR,  /* descriptor contradicts itself (NULL function, zero units, bad stage) */
    SEPCC_E_DIGEST,      /* not the kernel that was asked for */
    SEPCC_E_CPU,         /* this CPU (or SEPCC_ISAS) has not the kernel's ISA */
    SEPCC_E_STAGE,       /* the reference does not know this stage */
    SEPCC_E_MISMATCH,    /* output differs from the reference */
    SEPCC_E_UNWRITTEN,   /* an output element was not written */
    SEPCC_E_OVERWRITE,   /* bytes outside the output were written */
    SEPCC_E_CRASH,       /* the kernel ended by a signal */
    SEPCC_E_TIMEOUT,     /* the kernel did not end in time */
    SEPCC_E_THREADS,     /* the thread pool cannot be made */
    SEPCC_E_UNKNOWN,     /* descriptor with a number (operation, ISA, ...) that this library does not know */
    SEPCC_STATUS_COUNT
};

/* One sentence, without a full stop. Never NULL; for an unknown number "unknown status". */
const char *sepcc_status_text(enum sepcc_status status);

/* The library's version, such as "0.1.0". */
const char *sepcc_version(void);

/* ---- memory (memory.c) ---------------------------------------------------------------------------- */

/* bytes of zeroed memory at a SEPCC_ALIGNMENT boundary, or NULL. bytes may be 0. Free with sepcc_free. */
void *sepcc_alloc(size_t bytes);
void sepcc_free(void *memory); /* takes NULL */

/* ---- shapes (stage.c): element counts of a stage's tensors, batch included ------------------------- */

size_t sepcc_stage_input_count(const struct sepcc_stage *stage);
size_t sepcc_stage_output_count(const struct sepcc_stage *stage);
size_t sepcc_layer_weight_count(const struct sepcc_layer *layer);
/* Shapes of rank 4 in the stage's layout. */
void sepcc_stage_input_shape(const struct sepcc_stage *stage, size_t shape[4]);
void sepcc_stage_output_shape(const struct sepcc_stage *stage, size_t shape[4]);
/* Multiply-adds of the stage: taps inside the image only. */
uint64_t sepcc_stage_fma_count(const struct sepcc_stage *stage);

/* ---- loading (load.c, descriptor.c) ----------------------------------------------------------------- */

struct sepcc_library; /* an open shared library that holds one bundle */

/*
 * Opens the shared library at path and checks the bundle named bundle_name in it: ABI version, struct sizes,
 * and every descriptor for contradictions. On success *library is to be closed with sepcc_library_close.
 * Errors: SEPCC_E_OPEN, _SYMBOL, _ABI, _STRUCT_SIZE, _UNKNOWN, _DESCRIPTOR, _MEMORY. docs/abi.md says what a
 * bundle of another version is taken for. A sentence with the particulars
 * (dlerror, the kernel's name) is written to message, at most message_size bytes with its NUL.
 */
enum sepcc_status sepcc_library_open(const char *path, const char *bundle_name,
                                     struct sepcc_library **library, char *message, size_t message_size);
void sepcc_library_close(struct sepcc_library *library); /* takes NULL */
const struct sepcc_bundle *sepcc_library_bundle(const struct sepcc_library *library);

/* The checks of one descriptor alone: SEPCC_OK, _ABI, _STRUCT_SIZE, _UNKNOWN or _DESCRIPTOR. */
enum sepcc_status sepcc_kernel_check(const struct sepcc_kernel *kernel);

/*
 * The kernel of that name (NULL digest: any digest). Errors: SEPCC_E_SYMBOL no such name, SEPCC_E_DIGEST
 * another digest, SEPCC_E_CPU the running CPU lacks its ISA (*kernel is set all the same).
 */
enum sepcc_status sepcc_bundle_find(const struct sepcc_bundle *bundle, const char *kernel_name,
                                    const char *digest, const struct sepcc_kernel **kernel);

/* ---- the reference (reference.c, activation.c) ----------------------------------------------------- */

/* How one multiply-add rounds: fused (one rounding), or a multiply and an add, each rounded (sse). */
enum sepcc_rounding { SEPCC_FUSED = 0, SEPCC_MUL_ADD = 1 };

enum sepcc_rounding sepcc_isa_rounding(uint32_t isa);

/*
 * The truth: computes the whole stage by plain loops, in the order of docs/numbers.md. weights, bias and
 * slope as for sepcc_pack_fn. Errors: SEPCC_E_STAGE, SEPCC_E_MEMORY.
 */
enum sepcc_status sepcc_reference(const struct sepcc_stage *stage, enum sepcc_rounding rounding,
                                  const float *in, const float *const weights[], const float *const bias[],
                                  const float *const slope[], float *out);

/* One activation of one value; slope is used by prelu only. */
float sepcc_activate(const struct sepcc_layer *layer, enum sepcc_rounding rounding, float slope, float x);

/* ---- running (run.c, threads.c) -------------------------------------------------------------------- */

struct sepcc_pool; /* a pthreadpool with a workspace per thread */

/* thread_count 0: one per CPU. Errors: SEPCC_E_THREADS, SEPCC_E_MEMORY. */
enum sepcc_status sepcc_pool_create(size_t thread_count, struct sepcc_pool **pool);
void sepcc_pool_destroy(struct sepcc_pool *pool); /* takes NULL */
size_t sepcc_pool_thread_count(const struct sepcc_pool *pool);
/*
 * Sends the pool's threads to sleep. Otherwise they wait busily for some milliseconds after a run, which
 * makes the next one start sooner but takes CPUs from others.
 */
void sepcc_pool_rest(struct sepcc_pool *pool);

/*
 * Runs all units of the kernel; pool NULL: on the calling thread. A pool serves one call at a time, and keeps
 * its workspaces; without a pool a workspace is allocated per call. Errors: SEPCC_E_MEMORY.
 */
enum sepcc_status sepcc_run(const struct sepcc_kernel *kernel, struct sepcc_pool *pool, const float *in,
                            float *out, const void *packed);

/* ---- proof (verify.c) ------------------------------------------------------------------------------ */

/* What lies in the tensors of a trial; every kind is a function of the seed alone. */
enum sepcc_data {
    SEPCC_DATA_CANCEL = 0, /* signed values of like size, so that sums cancel */
    SEPCC_DATA_SPECIAL, /* the same, sprinkled with NaN, infinities, signed zeros, denormals, huge values */
    SEPCC_DATA_COUNT
};

struct sepcc_verify_options {
    uint64_t seed;
    bool guard;         /* tensors lie against inaccessible pages, first at their end, then at their start */
    bool isolate;       /* run the kernel in a child process, so that a crash is a result (needs fork) */
    unsigned timeout_s; /* with isolate, for each kind of data; 0: none */
    unsigned most_runs; /* of each kind of data, the usual ones first; 0: all */
};

struct sepcc_verify_result {
    enum sepcc_status status;
    uint64_t trials;
    /* With SEPCC_E_MISMATCH or _UNWRITTEN: the first element that differs, and both values. */
    size_t index;
    float expected, actual;
    int signal;        /* with SEPCC_E_CRASH */
    char message[256]; /* one line that says what happened; empty when status is SEPCC_OK */
};

/*
 * Proves one kernel: packs random weights, runs all units in several splits and orders, for each kind of data
 * and each guard side, and compares with sepcc_reference bit by bit (any NaN equals any NaN). The output is
 * prefilled so that an unwritten element shows. Returns result->status.
 */
enum sepcc_status sepcc_verify(const struct sepcc_kernel *kernel, const struct sepcc_verify_options *options,
                               struct sepcc_verify_result *result);

/* Fills count floats of the given kind from the seed: the same values on every machine. */
void sepcc_fill(float *values, size_t count, enum sepcc_data kind, uint64_t seed);

/* ---- measuring (measure.c) ------------------------------------------------------------------------- */

/* A loop of independent multiply-adds in registers, generated per ISA: runs rounds rounds of them. */
struct sepcc_peak {
    uint32_t abi_version; /* SEPCC_ABI_VERSION */
    uint32_t isa;
    uint64_t flop_per_round; /* 2 per multiply-add and lane */
    float (*run)(uint64_t rounds);
};

struct sepcc_measure_options {
    double seconds; /* time to spend on each kernel, about */
    unsigned min_trials;
    struct sepcc_pool *pool; /* NULL: one thread */
    uint64_t seed;
};

struct sepcc_measure_result {
    unsigned trials;
    double median_s, min_s; /* seconds of one run over all units */
    double low_s, high_s;   /* quartiles of the same */
    double gflops;          /* at the median */
    double bytes_per_s;     /* (read_bytes + write_bytes) / median */
    double peak_gflops;     /* the peak loop of the same ISA, one thread, measured between the trials */
    double peak_share;      /* kernel / (peak * threads): the median of the rounds' own ratios */
};

/*
 * Times count kernels interleaved: every round runs each kernel once and the peak loop of its ISA beside it
 * (peaks[i] may be NULL: then the peak fields are 0). Tensors hold SEPCC_DATA_CANCEL. Errors: SEPCC_E_MEMORY,
 * SEPCC_E_ABI (of a peak).
 */
enum sepcc_status sepcc_measure(const struct sepcc_kernel *const kernels[],
                                const struct sepcc_peak *const peaks[], size_t count,
                                const struct sepcc_measure_options *options,
                                struct sepcc_measure_result results[]);

/* ---- racing (race.c) ------------------------------------------------------------------------------- */

/* What the caches hold when a kernel is timed. */
enum sepcc_race_cache {
    SEPCC_RACE_WARM,  /* what its own previous run left there */
    SEPCC_RACE_COLD,  /* nothing of it: other data has been passed over in between */
    SEPCC_RACE_CHAIN, /* what the other stages of a network leave there, which run in between */
    SEPCC_RACE_CACHE_COUNT
};

struct sepcc_race_options {
    enum sepcc_race_cache cache;
    double seconds;       /* at most, about */
    unsigned min_rounds;  /* even when that takes longer; at least 1 */
    unsigned most_rounds; /* 0: no limit */
    bool all_stay;        /* nobody leaves before the end */
    size_t keep;          /* runners that halving leaves in the race; at least 1 */
    double precision; /* it ends when the ratios of all that are left are known to so much, such as 0.005 */
    /* SEPCC_RACE_CHAIN: the network's kernels in their order; the runners stand for the one at chain_at. */
    const struct sepcc_kernel *const *chain;
    size_t chain_count, chain_at;
    const struct sepcc_peak *peak; /* timed once a round; may be NULL */
    struct sepcc_pool *pool;       /* NULL: one thread */
    uint64_t seed;
    volatile size_t
        *running; /* set to the runner's index while its code runs, for who looks on; may be NULL */
};

struct sepcc_race_result {
    bool left;                           /* before the end: it could not win any more */
    unsigned rounds;                     /* timed */
    double median_s, low_s, high_s;      /* seconds of one run: median and quartiles */
    double ratio, ratio_low, ratio_high; /* its time / the base's of the same round: median, 95 % interval */
    double peak_gflops;                  /* of the peak loop, one thread; 0 without one */
};

/*
 * Races kernels of one stage against the first of them, the base: in every round each one that is left runs
 * once, in turned order, on the same tensors, which change from round to round. What is reported are the
 * rounds' own ratios, so that the speed of the machine cancels; the interval holds the true median whatever
 * the distribution (statistics.h). A runner that cannot win any more leaves (race_judge.c). Errors:
 * SEPCC_E_MEMORY, SEPCC_E_ABI (of the peak), SEPCC_E_STAGE (a kernel of another stage).
 */
enum sepcc_status sepcc_race(const struct sepcc_kernel *const kernels[], size_t count,
                             const struct sepcc_race_options *options, struct sepcc_race_result results[]);

/* ---- memory's speed (bandwidth.c) ------------------------------------------------------------------- */

/* Where a core finds its data. The first two levels are taken as each core's own, the others as shared. */
enum sepcc_level { SEPCC_L1 = 0, SEPCC_L2, SEPCC_L3, SEPCC_MEMORY, SEPCC_LEVEL_COUNT };

/* "L1", "L2", "L3" or "memory". */
const char *sepcc_level_name(enum sepcc_level level);

/* Bytes of data that the running CPU's cache of that level holds; 0 where there is none, or it is unknown. */
size_t sepcc_cache_bytes(enum sepcc_level level);

/* Seconds for each byte that passes between the threads (all together) and a level. */
struct sepcc_bandwidth {
    double read;  /* when it is read */
    double write; /* what writing it adds to reading as much */
};

/*
 * Measures a level with plain loops on a buffer that fits it: the shortest of
 * several trials of reading, and of reading one half and writing the other. A level of a core's own is
 * measured on the calling thread and counts once for each thread of the pool; a shared one is measured by all
 * threads of the pool at once. pool NULL: one thread. Takes about 6 ms, of memory 40. Errors: SEPCC_E_MEMORY.
 */
enum sepcc_status sepcc_measure_bandwidth(enum sepcc_level level, struct sepcc_pool *pool,
                                          struct sepcc_bandwidth *bandwidth);

/* ---- tensors in files (npy.c) ---------------------------------------------------------------------- */

enum { SEPCC_NPY_MAX_RANK = 8 };

struct sepcc_array {
    size_t rank;
    size_t shape[SEPCC_NPY_MAX_RANK];
    size_t count; /* product of shape */
    float *data;  /* C order; sepcc_alloc'ed */
};

/*
 * Reads a NumPy .npy file (format 1.0 to 3.0, '<f4', C order). message as in sepcc_library_open. Errors:
 * SEPCC_E_OPEN, _READ, _NPY_FORMAT, _NPY_TYPE, _MEMORY. Free with sepcc_array_free.
 */
enum sepcc_status sepcc_npy_read(const char *path, struct sepcc_array *array, char *message,
                                 size_t message_size);
void sepcc_array_free(struct sepcc_array *array);
/* Writes format 1.0 to a temporary beside path and renames it. Errors: SEPCC_E_OPEN, SEPCC_E_WRITE. */
enum sepcc_status sepcc_npy_write(const char *path, size_t rank, const size_t shape[], const float *data,
                                  char *message, size_t message_size);

#pragma GCC visibility pop

#ifdef __cplusplus
}
#endif

#endif
