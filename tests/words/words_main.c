/*
 * words_main.c: checks every word of one vocabulary (printed by words.m4) against its scalar meaning.
 *
 *     words [SWEEP]    SWEEP: how many values each activation is tried on, beside the special ones
 *
 * Prints a line when it starts a word and its result when it ends, so that a crash names its word. Exits with
 * 0 when all agree, 1 when one differs, 3 when there is no memory. Stands alone: it also runs under
 * emulators.
 */
#include "sepcc.h"
#include "words.h"

#include <math.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

enum { RANDOM_TRIALS = 4000 };

static const uint32_t special_bits[] = {
    0x00000000, 0x80000000, 0x00000001, 0x80000001, 0x007fffff, 0x807fffff, 0x00800000, 0x80800000,
    0x3f800000, 0xbf800000, 0x3f800001, 0x3f7fffff, 0x40400000, 0xc0400000, 0x40c00000, 0xc0c00000,
    0x4b400000, 0xcb400000, 0x7f7fffff, 0xff7fffff, 0x7f800000, 0xff800000, 0x7fc00000, 0xffc00000,
    0x7f800001, 0x42ae0000, 0xc2ae0000, 0x42b0c0a6, 0xc2b0c0a6, 0x42b20000, 0xc2b20000, 0x3eaaaaab};

enum { SPECIAL_COUNT = sizeof special_bits / sizeof special_bits[0] };

static unsigned failures;      /* of all words */
static unsigned word_failures; /* of the word being checked */
static uint64_t random_state = 20240229;

static float from_bits(uint32_t bits)
{
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

static uint32_t to_bits(float value)
{
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    return bits;
}

static uint32_t random_bits(void)
{
    random_state = random_state * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(random_state >> 32);
}

/* One in four is special, one in four any pattern of bits, the rest are of like size, so that sums cancel. */
static float random_value(void)
{
    const uint32_t choice = random_bits();
    if (choice % 4 == 0)
        return from_bits(special_bits[(choice >> 8) % SPECIAL_COUNT]);
    if (choice % 4 == 1)
        return from_bits(random_bits());
    return (float)((int32_t)(random_bits() >> 7) - (1 << 24)) * 0x1p-22f;
}

static bool same(float a, float b)
{
    return to_bits(a) == to_bits(b) || (isnan(a) && isnan(b));
}

/* ---- reporting ------------------------------------------------------------------------------------- */

static void begin(const char *word, unsigned first, unsigned second)
{
    word_failures = 0;
    printf("%s %u %u:", word, first, second);
    (void)fflush(stdout);
}

static void expect(bool holds, const char *what, float actual, float expected)
{
    if (holds)
        return;
    ++failures;
    if (++word_failures <= 3)
        printf(" %s gives %a (%08x), expected %a (%08x);", what, (double)actual, to_bits(actual),
               (double)expected, to_bits(expected));
}

static void end(void)
{
    puts(word_failures == 0 ? " ok" : " WRONG");
}

/* ---- words that work lane by lane ------------------------------------------------------------------ */

typedef float scalar_meaning(float a, float b, float c);

/* Multiply, then add: the store to a volatile rounds the product. */
static float split_multiply_add(float a, float b, float c)
{
    volatile float product = a * b;
    return product + c;
}

static float mean_add(float a, float b, float c)
{
    (void)c;
    return a + b;
}

static float mean_sub(float a, float b, float c)
{
    (void)c;
    return a - b;
}

static float mean_mul(float a, float b, float c)
{
    (void)c;
    return a * b;
}

static float mean_div(float a, float b, float c)
{
    (void)c;
    return a / b;
}

static float mean_fma(float a, float b, float c)
{
    return sepcc_words.isa == SEPCC_ISA_SSE ? split_multiply_add(a, b, c) : fmaf(a, b, c);
}

static float mean_at_least(float a, float b, float c)
{
    (void)c;
    return a > b ? a : b;
}

static float mean_at_most(float a, float b, float c)
{
    (void)c;
    return a < b ? a : b;
}

static float mean_if_positive(float a, float b, float c)
{
    return a > 0.0f ? b : c;
}

static float mean_pow2(float a, float b, float c)
{
    (void)b;
    (void)c;
    return from_bits(to_bits(a) << 23);
}

static float mean_constant(float a, float b, float c)
{
    (void)a;
    (void)b;
    (void)c;
    return -0x1.234568p-3f;
}

static void check_vectors(words_lanes *word, scalar_meaning *meaning, const float *a, const float *b,
                          const float *c)
{
    float out[WORDS_MAX_LANES];
    word(a, b, c, out);
    for (unsigned lane = 0; lane < sepcc_words.lanes; ++lane) {
        const float expected = meaning(a[lane], b[lane], c[lane]);
        expect(same(out[lane], expected), "a lane", out[lane], expected);
    }
}

/* All pairs of special values with a third that varies, then random triples. */
static void check_lanes(const char *name, words_lanes *word, scalar_meaning *meaning)
{
    float a[WORDS_MAX_LANES], b[WORDS_MAX_LANES], c[WORDS_MAX_LANES];
    begin(name, 0, 0);
    for (unsigned i = 0; i < SPECIAL_COUNT; ++i)
        for (unsigned j = 0; j < SPECIAL_COUNT; ++j) {
            for (unsigned lane = 0; lane < sepcc_words.lanes; ++lane) {
                a[lane] = from_bits(special_bits[(i + lane) % SPECIAL_COUNT]);
                b[lane] = from_bits(special_bits[j]);
                c[lane] = from_bits(special_bits[(i * 7 + j * 3 + lane) % SPECIAL_COUNT]);
            }
            check_vectors(word, meaning, a, b, c);
        }
    for (unsigned trial = 0; trial < RANDOM_TRIALS; ++trial) {
        for (unsigned lane = 0; lane < sepcc_words.lanes; ++lane) {
            a[lane] = random_value();
            b[lane] = random_value();
            c[lane] = random_value();
        }
        check_vectors(word, meaning, a, b, c);
    }
    end();
}

static void check_arithmetic(void)
{
    const struct {
        const char *name;
        words_lanes *word;
        scalar_meaning *meaning;
    } words[] = {
        {"V_ADD", sepcc_words.add, mean_add},
        {"V_SUB", sepcc_words.sub, mean_sub},
        {"V_MUL", sepcc_words.mul, mean_mul},
        {"V_DIV", sepcc_words.div, mean_div},
        {"V_FMA", sepcc_words.fma, mean_fma},
        {"V_ADD of V_MUL", sepcc_words.mul_then_add, split_multiply_add},
        {"V_AT_LEAST", sepcc_words.at_least, mean_at_least},
        {"V_AT_MOST", sepcc_words.at_most, mean_at_most},
        {"V_IF_POSITIVE", sepcc_words.if_positive, mean_if_positive},
        {"V_POW2", sepcc_words.pow2, mean_pow2},
        {"V_CONST", sepcc_words.constant, mean_constant},
    };
    for (size_t i = 0; i < sizeof words / sizeof words[0]; ++i)
        check_lanes(words[i].name, words[i].word, words[i].meaning);
}

/* V_K_LOAD and V_K_FMA: each lane of the group times every lane of b. */
static void check_groups(void)
{
    float group[WORDS_MAX_LANES] = {0}, b[WORDS_MAX_LANES], c[WORDS_MAX_LANES], out[WORDS_MAX_LANES];
    for (unsigned k = 0; k < sepcc_words.group; ++k) {
        begin("V_K_FMA", k, sepcc_words.group);
        for (unsigned trial = 0; trial < RANDOM_TRIALS; ++trial) {
            for (unsigned i = 0; i < sepcc_words.group; ++i)
                group[i] = random_value();
            for (unsigned lane = 0; lane < sepcc_words.lanes; ++lane) {
                b[lane] = random_value();
                c[lane] = random_value();
            }
            sepcc_words.k_fma[k](group, b, c, out);
            for (unsigned lane = 0; lane < sepcc_words.lanes; ++lane) {
                const float expected = mean_fma(group[k], b[lane], c[lane]);
                expect(same(out[lane], expected), "a lane", out[lane], expected);
            }
        }
        end();
    }
}

/* V_FMA_LANES: the lanes outside keep c, whatever a and b are. */
static void check_fma_lanes(void)
{
    float a[WORDS_MAX_LANES], b[WORDS_MAX_LANES], c[WORDS_MAX_LANES], out[WORDS_MAX_LANES];
    for (const struct words_fma_lanes *at = sepcc_words.fma_lanes; at->high > 0; ++at) {
        begin("V_FMA_LANES", at->low, at->high);
        for (unsigned trial = 0; trial < RANDOM_TRIALS / 4; ++trial) {
            for (unsigned lane = 0; lane < sepcc_words.lanes; ++lane) {
                a[lane] = random_value();
                b[lane] = random_value();
                c[lane] = random_value();
            }
            at->word(a, b, c, out);
            for (unsigned lane = 0; lane < sepcc_words.lanes; ++lane) {
                const bool inside = lane >= at->low && lane < at->high;
                const float expected = inside ? mean_fma(a[lane], b[lane], c[lane]) : c[lane];
                expect(same(out[lane], expected), inside ? "a lane inside" : "a lane outside", out[lane],
                       expected);
            }
        }
        end();
    }
}

static void check_spread(void)
{
    float v[WORDS_MAX_LANES], out[WORDS_MAX_LANES];
    for (unsigned lane = 0; lane < sepcc_words.lanes; ++lane)
        v[lane] = (float)lane + 0.5f;
    for (unsigned m = 2; m <= sepcc_words.lanes / 2; ++m)
        for (unsigned phase = 0; phase < m; ++phase) {
            begin("V_SPREAD", m, phase);
            sepcc_words.spread[m * sepcc_words.lanes + phase](v, v, v, out);
            for (unsigned lane = 0; lane < sepcc_words.lanes; ++lane) {
                const float expected = v[(lane + phase) / m];
                expect(same(out[lane], expected), "a lane", out[lane], expected);
            }
            end();
        }
}

/* ---- words that touch memory, between inaccessible pages ------------------------------------------- */

struct guarded {
    char *page; /* one accessible page with an inaccessible one on both sides */
    size_t size;
};

static bool guarded_open(struct guarded *guarded)
{
    guarded->size = (size_t)sysconf(_SC_PAGESIZE);
    char *pages = mmap(NULL, 3 * guarded->size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (pages == MAP_FAILED)
        return false;
    guarded->page = pages + guarded->size;
    return mprotect(pages, guarded->size, PROT_NONE) == 0 &&
           mprotect(pages + 2 * guarded->size, guarded->size, PROT_NONE) == 0;
}

/* Room for count floats at the start (side 0) or the end (side 1) of the page, which is filled with canaries.
 */
static float *guarded_place(const struct guarded *guarded, unsigned side, size_t count)
{
    float *values = (float *)(void *)guarded->page;
    const size_t all = guarded->size / sizeof(float);
    for (size_t i = 0; i < all; ++i)
        values[i] = -12345.0f;
    return side == 0 ? values : values + all - count;
}

/* Reads count floats: lane l has float l * step, so step 0 is a broadcast; lanes past the end have 0. */
static void check_load(const struct guarded *guarded, const char *name, words_load *word, unsigned count,
                       unsigned step)
{
    float out[WORDS_MAX_LANES];
    begin(name, count, sepcc_words.lanes);
    for (unsigned side = 0; side < 2; ++side) {
        float *p = guarded_place(guarded, side, count);
        for (unsigned i = 0; i < count; ++i)
            p[i] = (float)i + 1.25f;
        word(p, out);
        for (unsigned lane = 0; lane < sepcc_words.lanes; ++lane) {
            const size_t from = (size_t)lane * step;
            const float expected = from < count ? p[from] : 0.0f;
            expect(same(out[lane], expected), "a lane", out[lane], expected);
        }
    }
    end();
}

/* Lanes low .. high-1 hold every step-th float, the others 0. */
static void check_load_lanes(const struct guarded *guarded, const struct words_load_lanes *load)
{
    float out[WORDS_MAX_LANES];
    begin("V_LOAD_LANES", load->low, load->high);
    const unsigned count = (load->high - load->low - 1) * load->step + 1;
    for (unsigned side = 0; side < 2; ++side) {
        float *p = guarded_place(guarded, side, count);
        for (unsigned i = 0; i < count; ++i)
            p[i] = (float)i + 1.25f;
        load->word(p, out);
        for (unsigned lane = 0; lane < sepcc_words.lanes; ++lane) {
            const bool inside = lane >= load->low && lane < load->high;
            const float expected = inside ? p[(size_t)(lane - load->low) * load->step] : 0.0f;
            expect(same(out[lane], expected), "a lane", out[lane], expected);
        }
    }
    end();
}

static void check_store(const struct guarded *guarded, const char *name, words_store *word, unsigned count)
{
    float v[WORDS_MAX_LANES];
    for (unsigned lane = 0; lane < WORDS_MAX_LANES; ++lane)
        v[lane] = (float)lane + 1.25f;
    begin(name, count, sepcc_words.lanes);
    const float *all = (const float *)(const void *)guarded->page;
    for (unsigned side = 0; side < 2; ++side) {
        float *p = guarded_place(guarded, side, count);
        word(p, v);
        for (size_t i = 0; i < guarded->size / sizeof(float); ++i) {
            const bool inside = all + i >= p && all + i < p + count;
            const float expected = inside ? v[all + i - p] : -12345.0f;
            expect(same(all[i], expected), inside ? "memory inside" : "memory outside", all[i], expected);
        }
    }
    end();
}

/* A prefetch may name any address and changes nothing. */
static void check_prefetch(const struct guarded *guarded)
{
    float v[WORDS_MAX_LANES];
    begin("V_PREFETCH", 0, 0);
    for (unsigned lane = 0; lane < WORDS_MAX_LANES; ++lane)
        v[lane] = (float)lane;
    sepcc_words.prefetch((const float *)(const void *)(guarded->page + guarded->size), v);
    for (unsigned lane = 0; lane < sepcc_words.lanes; ++lane)
        expect(same(v[lane], (float)lane), "a lane", v[lane], (float)lane);
    end();
}

/* A group is one load too: as many floats as it has channels, times 1, plus 0. */
static void check_group_load(const struct guarded *guarded)
{
    float one[WORDS_MAX_LANES], zero[WORDS_MAX_LANES] = {0}, out[WORDS_MAX_LANES];
    for (unsigned lane = 0; lane < WORDS_MAX_LANES; ++lane)
        one[lane] = 1.0f;
    begin("V_K_LOAD", sepcc_words.group, sepcc_words.lanes);
    for (unsigned side = 0; side < 2; ++side) {
        float *p = guarded_place(guarded, side, sepcc_words.group);
        for (unsigned k = 0; k < sepcc_words.group; ++k)
            p[k] = (float)k + 1.25f;
        for (unsigned k = 0; k < sepcc_words.group; ++k) {
            sepcc_words.k_fma[k](p, one, zero, out);
            expect(same(out[0], p[k]), "a lane", out[0], p[k]);
        }
    }
    end();
}

static void check_memory(const struct guarded *guarded)
{
    const unsigned lanes = sepcc_words.lanes;
    check_load(guarded, "V_LOAD", sepcc_words.load, lanes, 1);
    check_load(guarded, "V_LOAD_PACKED", sepcc_words.load_packed, lanes, 1);
    check_load(guarded, "V_DUP", sepcc_words.dup, 1, 0);
    for (unsigned n = 1; n < lanes; ++n)
        check_load(guarded, "V_LOAD_TAIL", sepcc_words.load_tail[n], n, 1);
    for (const struct words_load_lanes *load = sepcc_words.load_lanes; load->high > 0; ++load)
        check_load_lanes(guarded, load);
    check_store(guarded, "V_STORE", sepcc_words.store, lanes);
    for (unsigned n = 1; n < lanes; ++n)
        check_store(guarded, "V_STORE_TAIL", sepcc_words.store_tail[n], n);
    check_prefetch(guarded);
    check_group_load(guarded);
}

/* ---- activations, against the runtime's definition ------------------------------------------------- */

static void check_activation(uint32_t act, uint64_t sweep)
{
    static const char *const names[SEPCC_ACT_COUNT] = {
        "A_APPLY none",       "A_APPLY relu",  "A_APPLY relu6",      "A_APPLY clamp",
        "A_APPLY leaky_relu", "A_APPLY prelu", "A_APPLY hard_swish", "A_APPLY hard_sigmoid",
        "A_APPLY sigmoid",    "A_APPLY silu"};
    struct sepcc_layer layer = {.act = act, .act_param = {sepcc_words.clamp_low, sepcc_words.clamp_high}};
    if (act == SEPCC_ACT_LEAKY_RELU)
        layer.act_param[0] = sepcc_words.leaky_slope;
    const enum sepcc_rounding rounding = sepcc_words.isa == SEPCC_ISA_SSE ? SEPCC_MUL_ADD : SEPCC_FUSED;
    float x[WORDS_MAX_LANES], slope[WORDS_MAX_LANES], out[WORDS_MAX_LANES];
    begin(names[act], act, 0);
    for (uint64_t at = 0; at < sweep + SPECIAL_COUNT; at += sepcc_words.lanes) {
        for (unsigned lane = 0; lane < sepcc_words.lanes; ++lane) {
            const uint64_t i = at + lane;
            x[lane] = i < SPECIAL_COUNT ? from_bits(special_bits[i])
                                        : from_bits((uint32_t)(((i - SPECIAL_COUNT) << 32) / sweep));
            slope[lane] = random_value();
        }
        sepcc_words.activation[act](x, slope, out);
        for (unsigned lane = 0; lane < sepcc_words.lanes; ++lane) {
            const float expected = sepcc_activate(&layer, rounding, slope[lane], x[lane]);
            expect(same(out[lane], expected), "a lane", out[lane], expected);
        }
    }
    end();
}

/*
 * The runtime's definition itself, as this target's compiler made it: where it loses the sign of a zero, so
 * may the words, and the two would agree.
 */
static void check_negative_zero(void)
{
    static const uint32_t acts[] = {SEPCC_ACT_NONE,       SEPCC_ACT_RELU,  SEPCC_ACT_RELU6,
                                    SEPCC_ACT_LEAKY_RELU, SEPCC_ACT_PRELU, SEPCC_ACT_HARD_SWISH,
                                    SEPCC_ACT_SILU};
    begin("sepcc_activate", 0, 0);
    for (size_t i = 0; i < sizeof acts / sizeof acts[0]; ++i) {
        const struct sepcc_layer layer = {.act = acts[i], .act_param = {0.5f, 0.0f}};
        const float actual = sepcc_activate(&layer, SEPCC_FUSED, 0.5f, -0.0f);
        expect(same(actual, -0.0f), "-0", actual, -0.0f);
    }
    end();
}

static void check_facts(void)
{
    begin("V_LANES", sepcc_words.lanes, sepcc_words.registers);
    const float bytes = (float)sepcc_words.vector_bytes, lanes = (float)sepcc_words.lanes;
    expect(bytes == lanes * (float)sizeof(float), "sizeof(V_TYPE)", bytes, lanes * (float)sizeof(float));
    expect(strcmp(sepcc_words.isa_name, sepcc_isa_name(sepcc_words.isa)) == 0, "V_ISA", 0.0f, 1.0f);
    expect(sepcc_words.flags[0] == '-', "V_FLAGS", 0.0f, 1.0f);
    end();
}

int main(int argc, char **argv)
{
    struct guarded guarded;
    const uint64_t sweep = argc > 1 ? strtoull(argv[1], NULL, 10) : 20000;
    if (sweep == 0 || !guarded_open(&guarded)) {
        (void)fputs("words: no guarded memory, or SWEEP is no number\n", stderr);
        return 3;
    }
    check_facts();
    check_arithmetic();
    check_groups();
    check_fma_lanes();
    check_spread();
    check_memory(&guarded);
    for (uint32_t act = 0; act < SEPCC_ACT_COUNT; ++act)
        check_activation(act, sweep);
    check_negative_zero();
    printf("%s: %u failures\n", sepcc_words.isa_name, failures);
    return failures == 0 ? 0 : 1;
}
