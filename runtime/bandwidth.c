/*
 * bandwidth.c: how fast the levels of the memory give and take bytes, for the bound of a kernel's time.
 *
 * Plain loops over vectors, which the compiler makes instructions of; on x86-64 there are three versions for
 * three widths, and the widest that the CPU has runs.
 */
#include "internal.h"

#include <unistd.h>

#define LINE ((size_t)64)

/* One pass over a slice of the buffer: some lines of LINE bytes, a multiple of 4. */
typedef void (*pass_fn)(const void *from, void *to, size_t lines);

struct passes {
    pass_fn read, copy;
};

/* Always 0, but no compiler knows: copying is not taken for a memcpy, which has ways of its own. */
static volatile uint64_t zero;

/*
 * Both loops over vectors of that many bytes; the buffer may hold anything. Reading leaves a vector at `to`,
 * so that it is not left out.
 */
#define DEFINE_PASSES(name, bytes, attribute)                                                                \
    typedef uint64_t name##_vector __attribute__((vector_size(bytes), may_alias));                           \
    __attribute__((attribute)) static void read_##name(const void *from, void *to, size_t lines)             \
    {                                                                                                        \
        const name##_vector *in = from, *const end = in + lines * (LINE / (bytes));                          \
        name##_vector a = {0}, b = {0}, c = {0}, d = {0};                                                    \
        for (; in < end; in += 4) {                                                                          \
            a |= in[0];                                                                                      \
            b |= in[1];                                                                                      \
            c |= in[2];                                                                                      \
            d |= in[3];                                                                                      \
        }                                                                                                    \
        *(name##_vector *)to = a | b | c | d;                                                                \
    }                                                                                                        \
    __attribute__((attribute)) static void copy_##name(const void *from, void *to, size_t lines)             \
    {                                                                                                        \
        const name##_vector *in = from, *const end = in + lines * (LINE / (bytes));                          \
        const name##_vector flip = {zero};                                                                   \
        for (name##_vector *out = to; in < end; in += 4, out += 4) {                                         \
            out[0] = in[0] ^ flip;                                                                           \
            out[1] = in[1] ^ flip;                                                                           \
            out[2] = in[2] ^ flip;                                                                           \
            out[3] = in[3] ^ flip;                                                                           \
        }                                                                                                    \
    }

DEFINE_PASSES(plain, 16, noinline)
#if defined(__x86_64__)
DEFINE_PASSES(avx2, 32, target("avx2"))
DEFINE_PASSES(avx512, 64, target("avx512f"))
#endif

static struct passes best_passes(void)
{
#if defined(__x86_64__)
    const uint32_t isas = sepcc_cpu_isas();
    if (isas & (1u << SEPCC_ISA_AVX512))
        return (struct passes){read_avx512, copy_avx512};
    if (isas & (1u << SEPCC_ISA_AVX2))
        return (struct passes){read_avx2, copy_avx2};
#endif
    return (struct passes){read_plain, copy_plain};
}

/* ---- the caches ------------------------------------------------------------------------------------ */

const char *sepcc_level_name(enum sepcc_level level)
{
    static const char *const names[SEPCC_LEVEL_COUNT] = {"L1", "L2", "L3", "memory"};
    return names[level];
}

/* The first word of a file of that folder; "" when it cannot be read. */
static void read_word(const char *folder, unsigned index, const char *name, char word[32])
{
    char path[512];
    word[0] = '\0';
    if (snprintf(path, sizeof path, "%s/index%u/%s", folder, index, name) >= (int)sizeof path)
        return;
    FILE *file = fopen(path, "r");
    if (file == NULL)
        return;
    if (fscanf(file, "%31s", word) != 1)
        word[0] = '\0';
    fclose(file);
}

size_t sepcc_cache_listed(const char *folder, unsigned level)
{
    for (unsigned index = 0;; ++index) {
        char listed[32], type[32], size[32], unit = '\0';
        size_t bytes = 0;
        read_word(folder, index, "level", listed);
        read_word(folder, index, "type", type);
        read_word(folder, index, "size", size);
        if (listed[0] == '\0')
            return 0;
        if (strtoul(listed, NULL, 10) != level || strcmp(type, "Instruction") == 0)
            continue;
        if (sscanf(size, "%zu%c", &bytes, &unit) < 1)
            return 0;
        return bytes << (unit == 'K' ? 10 : unit == 'M' ? 20 : unit == 'G' ? 30 : 0);
    }
}

size_t sepcc_cache_bytes(enum sepcc_level level)
{
#if defined(_SC_LEVEL1_DCACHE_SIZE)
    static const int names[] = {_SC_LEVEL1_DCACHE_SIZE, _SC_LEVEL2_CACHE_SIZE, _SC_LEVEL3_CACHE_SIZE};
    if (level < SEPCC_MEMORY && sysconf(names[level]) > 0)
        return (size_t)sysconf(names[level]);
#endif
    return level < SEPCC_MEMORY
               ? sepcc_cache_listed("/sys/devices/system/cpu/cpu0/cache", (unsigned)level + 1)
               : 0;
}

static size_t at_most(size_t bytes, size_t most)
{
    return bytes < most ? bytes : most;
}

/*
 * Bytes of the buffer that lives in a level: half of a cache, so that nothing else need leave it; of the last
 * one a few times the cache before it, and of memory twice the last, both kept to what takes little time.
 */
static size_t buffer_bytes(enum sepcc_level level)
{
    const size_t usual[SEPCC_MEMORY] = {32 << 10, 512 << 10, 8 << 20}, most = (size_t)64 << 20;
    size_t caches[SEPCC_MEMORY];
    for (unsigned i = 0; i < SEPCC_MEMORY; ++i) {
        caches[i] = sepcc_cache_bytes((enum sepcc_level)i);
        caches[i] = caches[i] > 0 ? caches[i] : usual[i];
    }
    if (level == SEPCC_MEMORY)
        return at_most(2 * caches[SEPCC_L3], most);
    if (level == SEPCC_L3)
        return at_most(caches[SEPCC_L3] / 2, 4 * caches[SEPCC_L2]);
    return caches[level] / 2;
}

/* ---- timing ---------------------------------------------------------------------------------------- */

/* Passes over a buffer, of which each unit takes an equal slice: in the form of a kernel, so that a pool can
 * share them. */
struct job {
    pass_fn pass;
    unsigned char *from, *to;
    size_t from_slice, to_slice; /* bytes of a unit */
    uint64_t repeats;
};

static void run_job(const float *in, float *out, const void *packed, void *workspace, size_t unit_begin,
                    size_t unit_end)
{
    const struct job *job = packed;
    (void)in;
    (void)out;
    (void)workspace;
    for (size_t unit = unit_begin; unit < unit_end; ++unit)
        for (uint64_t i = 0; i < job->repeats; ++i)
            job->pass(job->from + unit * job->from_slice, job->to + unit * job->to_slice,
                      job->from_slice / LINE);
}

static enum sepcc_status time_job(const struct job *job, struct sepcc_pool *pool, size_t units,
                                  double *seconds)
{
    const struct sepcc_kernel kernel = {.run = run_job, .unit_count = units};
    const double start = sepcc_now();
    const enum sepcc_status status = sepcc_run(&kernel, pool, NULL, NULL, job);
    *seconds = sepcc_now() - start;
    return status;
}

/* The shortest time of one pass by all units. */
static enum sepcc_status best_time(struct job *job, struct sepcc_pool *pool, size_t units, double *best)
{
    const double one = 200e-6, all = 2.5e-3;
    enum { MIN_TRIALS = 3 };
    const double start = sepcc_now();
    double seconds;
    job->repeats = 1;
    enum sepcc_status status = time_job(job, pool, units, &seconds); /* warms up */
    while (status == SEPCC_OK && (status = time_job(job, pool, units, &seconds)) == SEPCC_OK && seconds < one)
        job->repeats *= 2;
    *best = seconds;
    for (unsigned trial = 1; status == SEPCC_OK && (trial < MIN_TRIALS || sepcc_now() - start < all);
         ++trial) {
        status = time_job(job, pool, units, &seconds);
        *best = seconds < *best ? seconds : *best;
    }
    *best /= (double)job->repeats;
    return status;
}

enum sepcc_status sepcc_measure_bandwidth(enum sepcc_level level, struct sepcc_pool *pool,
                                          struct sepcc_bandwidth *bandwidth)
{
    const size_t threads = pool != NULL ? sepcc_pool_thread_count(pool) : 1;
    const bool own = level == SEPCC_L1 || level == SEPCC_L2;
    const size_t units = own ? 1 : threads;
    const size_t turns = buffer_bytes(level) / 2 / units / (4 * LINE);
    const size_t slice = (turns > 0 ? turns : 1) * 4 * LINE, half = units * slice;
    const struct passes passes = best_passes();
    unsigned char *const buffer = sepcc_alloc(2 * half + units * LINE);
    double read_time, copy_time;
    if (buffer == NULL)
        return SEPCC_E_MEMORY;
    struct job reading = {passes.read, buffer, buffer + 2 * half, 2 * slice, LINE, 1};
    struct job copying = {passes.copy, buffer, buffer + half, slice, slice, 1};
    enum sepcc_status status = best_time(&reading, own ? NULL : pool, units, &read_time);
    if (status == SEPCC_OK)
        status = best_time(&copying, own ? NULL : pool, units, &copy_time);
    sepcc_free(buffer);
    if (status != SEPCC_OK)
        return status;
    /* Both move 2 * half bytes. */
    const double bytes = (double)half * (own ? (double)threads : 1);
    const double read = read_time / (2 * bytes), both = copy_time / bytes;
    *bandwidth = (struct sepcc_bandwidth){.read = read, .write = both > read ? both - read : 0};
    return SEPCC_OK;
}
