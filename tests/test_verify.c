/*
 * test_verify.c: sepcc_verify against hand-written kernels, a right one and many that are wrong in one way
 * each: every wrong one must be found, and reported as what it is.
 */
#include "support_runtime.h"

#include <math.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <unistd.h>

#include <cmocka.h>

/* What the fake kernel does wrong. The output is WIDTH pixels of OUT_C channels, and a pixel is a unit. */
enum fault {
    RIGHT,
    OTHER_NAN,           /* a NaN with another payload than the reference's: that is right */
    WRONG_VALUE,         /* one bit of one element */
    WRONG_ORDER,         /* sums from the last channel to the first */
    NOT_FUSED,           /* rounds twice */
    STARTS_FROM_PRODUCT, /* instead of 0 + product: the sign of a zero */
    ZERO_TIMES_PRELOAD,  /* adds 0 * what the output held */
    UNWRITTEN,           /* leaves the last element of unit 2 out */
    FIRST_CALL_ONLY,     /* right only when all units run at once */
    ALIGNED_ONLY,        /* aborts when the tensors are not aligned to 64 bytes */
    DIRTY_WORKSPACE,     /* counts on a zeroed workspace */
    WRITE_PAST,
    WRITE_BEFORE,
    WORKSPACE_PAST,
    READ_PAST,
    READ_BEFORE,
    PACKED_PAST,
    WRITE_INPUT,
    WRITE_PACKED,
    KEEPS_WEIGHTS, /* reads the plain weights in run */
    NULL_POINTER,
    TRAP,
    ABORTS,
    EXITS,
    LOOPS,
    PACK_SHORT,
    PACK_PAST,
    PACK_READS_PAST,
    PACK_CRASHES
};

enum {
    WIDTH = 16,
    IN_C = 7,
    OUT_C = 4,
    IN_COUNT = WIDTH * IN_C,
    OUT_COUNT = WIDTH * OUT_C,
    WEIGHT_COUNT = OUT_C * IN_C,
    PACKED_FLOATS = 32,
    WORKSPACE_BYTES = 64
};

static enum fault fault;
static const float *kept_weights;
static volatile float sink;
static const volatile float *const volatile nowhere_at; /* NULL, unknown to the compiler */

static void pack(const float *const weights[], const float *const bias[], const float *const slope[],
                 void *packed)
{
    float *const values = packed;
    (void)bias;
    (void)slope;
    memset(values, 0, (fault == PACK_SHORT ? PACKED_FLOATS - 1 : PACKED_FLOATS) * sizeof *values);
    memcpy(values, weights[0], WEIGHT_COUNT * sizeof *values);
    kept_weights = weights[0];
    if (fault == PACK_PAST)
        values[PACKED_FLOATS] = 1;
    if (fault == PACK_READS_PAST)
        sink = weights[0][WEIGHT_COUNT];
    if (fault == PACK_CRASHES)
        sink = *(const volatile float *)bias[0]; /* there is none */
}

static float next_sum(float acc, float x, float w, size_t k)
{
    volatile float product;
    if (fault == STARTS_FROM_PRODUCT && k == 0)
        return x * w;
    if (fault != NOT_FUSED)
        return fmaf(x, w, acc);
    product = x * w;
    return product + acc;
}

static float compute(const float *pixel, const float *weights, float start)
{
    float acc = start;
    for (size_t k = 0; k < IN_C; ++k) {
        const size_t i = fault == WRONG_ORDER ? IN_C - 1 - k : k;
        acc = next_sum(acc, pixel[i], weights[i], k);
    }
    return acc;
}

static void store(float *out, float value, size_t unit, size_t channel)
{
    static const uint32_t nan_bits = 0xffdeadbe;
    if (fault == UNWRITTEN && unit == 2 && channel == OUT_C - 1)
        return;
    memcpy(out, &value, sizeof value);
    if (fault == OTHER_NAN && isnan(value))
        memcpy(out, &nan_bits, sizeof nan_bits);
    if (fault == WRONG_VALUE && unit == 3 && channel == 1)
        *out = nextafterf(value, INFINITY);
}

/* The faults that end a kernel, or that touch what is not its own. */
static void misbehave(const float *in, float *out, const void *packed, void *workspace)
{
    switch (fault) {
    case ALIGNED_ONLY:
        if ((uintptr_t)in % 64 != 0 || (uintptr_t)out % 64 != 0)
            abort();
        break;
    case WRITE_PAST:
        out[OUT_COUNT] = 1;
        break;
    case WRITE_BEFORE:
        out[-1] = 1;
        break;
    case WORKSPACE_PAST:
        ((float *)workspace)[WORKSPACE_BYTES / sizeof(float)] = 1;
        break;
    case READ_PAST:
        sink = in[IN_COUNT];
        break;
    case READ_BEFORE:
        sink = in[-1];
        break;
    case PACKED_PAST:
        sink = ((const float *)packed)[PACKED_FLOATS];
        break;
    case WRITE_INPUT:
        *(volatile float *)(uintptr_t)&in[5] = 1;
        break;
    case WRITE_PACKED:
        *(volatile float *)(uintptr_t)packed = 1;
        break;
    case KEEPS_WEIGHTS:
        sink = kept_weights[0];
        break;
    case NULL_POINTER:
        sink = *nowhere_at;
        break;
    case TRAP:
        raise(SIGILL);
        break;
    case ABORTS:
        abort();
    case EXITS:
        _exit(0);
    case LOOPS:
        for (;;)
            sink = 1;
    default:
        break;
    }
}

__attribute__((no_sanitize("address", "undefined"))) static void
run(const float *in, float *out, const void *packed, void *workspace, size_t begin, size_t end)
{
    misbehave(in, out, packed, workspace);
    if (fault == FIRST_CALL_ONLY && begin > 0)
        return;
    for (size_t unit = begin; unit < end; ++unit)
        for (size_t c = 0; c < OUT_C; ++c) {
            float *const target = &out[unit * OUT_C + c];
            float start = 0;
            if (fault == ZERO_TIMES_PRELOAD)
                start = 0 * *target;
            if (fault == DIRTY_WORKSPACE)
                start = *(const float *)workspace;
            store(target, compute(in + unit * IN_C, (const float *)packed + c * IN_C, start), unit, c);
        }
}

static struct sepcc_kernel fake_kernel(enum fault what)
{
    const struct sepcc_stage stage = support_stage(
        (struct sepcc_layer){.op = SEPCC_OP_POINTWISE, .in_w = WIDTH, .in_c = IN_C, .out_c = OUT_C});
    struct sepcc_kernel kernel =
        support_kernel(&stage, PACKED_FLOATS * sizeof(float), WORKSPACE_BYTES, WIDTH);
    kernel.pack = pack;
    kernel.run = run;
    fault = what;
    return kernel;
}

static const struct sepcc_verify_options isolated = {
    .seed = 1, .guard = true, .isolate = true, .timeout_s = 20};
static const struct sepcc_verify_options in_process = {.seed = 1, .guard = true};
static const struct sepcc_verify_options unguarded = {.seed = 1};

/* Verifies and expects the status, and each of the words in the message. */
static struct sepcc_verify_result expect(enum fault what, const struct sepcc_verify_options *options,
                                         enum sepcc_status status, const char *word, const char *second_word)
{
    const struct sepcc_kernel kernel = fake_kernel(what);
    struct sepcc_verify_result result;
    const enum sepcc_status returned = sepcc_verify(&kernel, options, &result);
    assert_int_equal(returned, result.status);
    if (result.status != status || strstr(result.message, word) == NULL ||
        strstr(result.message, second_word) == NULL)
        fail_msg("fault %d: status %d '%s', expected %d with '%s' and '%s'", (int)what, (int)result.status,
                 result.message, (int)status, word, second_word);
    assert_null(strchr(result.message, '\n'));
    return result;
}

static const struct sepcc_verify_options *const all_options[] = {&isolated, &in_process, &unguarded};

static void right_kernels_are_proved(void **state)
{
    (void)state;
    for (size_t i = 0; i < 3; ++i) {
        struct sepcc_verify_result result = expect(RIGHT, all_options[i], SEPCC_OK, "", "");
        assert_string_equal(result.message, "");
        assert_int_equal(result.trials, 12); /* six for each kind of data */
        assert_int_equal(result.signal, 0);
        expect(OTHER_NAN, all_options[i], SEPCC_OK, "", "");
    }
}

static void right_kernels_are_proved_for_many_seeds(void **state)
{
    struct sepcc_verify_options options = in_process;
    (void)state;
    for (options.seed = 0; options.seed < 200; ++options.seed)
        expect(RIGHT, &options, SEPCC_OK, "", "");
}

static void wrong_values_are_mismatches(void **state)
{
    static const enum fault faults[] = {WRONG_VALUE,         WRONG_ORDER,        NOT_FUSED,
                                        STARTS_FROM_PRODUCT, ZERO_TIMES_PRELOAD, DIRTY_WORKSPACE};
    (void)state;
    for (size_t i = 0; i < 3; ++i)
        for (size_t k = 0; k < sizeof faults / sizeof faults[0]; ++k)
            expect(faults[k], all_options[i], SEPCC_E_MISMATCH, "expected", "seed 1");
}

static void first_difference_is_told(void **state)
{
    (void)state;
    for (size_t i = 0; i < 3; ++i) {
        struct sepcc_verify_result result =
            expect(WRONG_VALUE, all_options[i], SEPCC_E_MISMATCH, "[0][0][3][1]", "all units at once");
        assert_int_equal(result.index, 3 * OUT_C + 1);
        assert_true(result.actual == nextafterf(result.expected, INFINITY));
        result = expect(UNWRITTEN, all_options[i], SEPCC_E_UNWRITTEN, "[0][0][2][3]", "not written");
        assert_int_equal(result.index, 2 * OUT_C + 3);
    }
}

static void splits_and_places_vary(void **state)
{
    (void)state;
    expect(FIRST_CALL_ONLY, &isolated, SEPCC_E_UNWRITTEN, "one by one", "at the start");
    expect(ALIGNED_ONLY, &isolated, SEPCC_E_CRASH, "SIGABRT", "one float off");
}

/* With guard pages, stepping over an edge is a fault there; the message says which edge. */
static void steps_over_an_edge_are_faults(void **state)
{
    static const struct {
        enum fault what;
        const char *where;
    } cases[] = {
        {WRITE_PAST, "0 bytes past the end of the output"},
        {READ_PAST, "0 bytes past the end of the input"},
        {PACKED_PAST, "0 bytes past the end of the packed"},
        {WORKSPACE_PAST, "0 bytes past the end of the workspace"},
        {READ_BEFORE, "4 bytes before the start of the input"},
        {WRITE_INPUT, "byte 20 of the input"},
        {WRITE_PACKED, "byte 0 of the packed"},
        {KEEPS_WEIGHTS, "byte 0 of the weights of layer 0"},
        {PACK_PAST, "0 bytes past the end of the packed"},
        {PACK_READS_PAST, "0 bytes past the end of the weights of layer 0"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; ++i) {
        const struct sepcc_verify_result result =
            expect(cases[i].what, &isolated, SEPCC_E_CRASH, "SIGSEGV", cases[i].where);
        assert_int_equal(result.signal, SIGSEGV);
    }
}

/* A write on the side that lies against no guard page, or with no guard pages at all, kills a canary. */
static void writes_beside_the_data_are_found(void **state)
{
    (void)state;
    expect(WRITE_BEFORE, &isolated, SEPCC_E_OVERWRITE, "4 bytes before the start of the output", "all units");
    expect(WRITE_BEFORE, &unguarded, SEPCC_E_OVERWRITE, "4 bytes before the start of the output",
           "all units");
    expect(WRITE_PAST, &unguarded, SEPCC_E_OVERWRITE, "0 bytes past the end of the output", "all units");
    expect(WORKSPACE_PAST, &unguarded, SEPCC_E_OVERWRITE, "past the end of the workspace", "all units");
    expect(PACK_PAST, &unguarded, SEPCC_E_OVERWRITE, "past the end of the packed", "in pack");
}

static void crashes_have_their_signal(void **state)
{
    (void)state;
    assert_int_equal(expect(NULL_POINTER, &isolated, SEPCC_E_CRASH, "SIGSEGV", "all units").signal, SIGSEGV);
    assert_int_equal(expect(TRAP, &isolated, SEPCC_E_CRASH, "SIGILL", "all units").signal, SIGILL);
    assert_int_equal(expect(ABORTS, &isolated, SEPCC_E_CRASH, "SIGABRT", "all units").signal, SIGABRT);
    assert_int_equal(expect(EXITS, &isolated, SEPCC_E_CRASH, "exit status 0", "all units").signal, 0);
    assert_int_equal(expect(PACK_CRASHES, &isolated, SEPCC_E_CRASH, "SIGSEGV", "in pack").signal, SIGSEGV);
}

static void endless_kernels_time_out(void **state)
{
    struct sepcc_verify_options options = isolated;
    (void)state;
    options.timeout_s = 1;
    expect(LOOPS, &options, SEPCC_E_TIMEOUT, "1 s", "all units");
}

static void pack_must_write_everything(void **state)
{
    (void)state;
    for (size_t i = 0; i < 3; ++i) {
        const struct sepcc_verify_result result =
            expect(PACK_SHORT, all_options[i], SEPCC_E_UNWRITTEN, "pack left byte 124 of 128", "in pack");
        assert_int_equal(result.trials, 0);
    }
}

static void what_cannot_be_run_is_refused(void **state)
{
    struct sepcc_kernel kernel = fake_kernel(RIGHT);
    struct sepcc_verify_result result;
    (void)state;
    kernel.unit_count = 0;
    assert_int_equal(sepcc_verify(&kernel, &isolated, &result), SEPCC_E_DESCRIPTOR);
    assert_string_equal(result.message, sepcc_status_text(SEPCC_E_DESCRIPTOR));
    kernel = fake_kernel(RIGHT);
#if defined(__aarch64__)
    kernel.isa = SEPCC_ISA_AVX2;
#else
    kernel.isa = SEPCC_ISA_NEON;
#endif
    assert_int_equal(sepcc_verify(&kernel, &isolated, &result), SEPCC_E_CPU);
    assert_int_equal(result.trials, 0);
}

/* The reference of an sse kernel rounds twice: there the fused kernel is the wrong one. */
static void sse_rounds_twice(void **state)
{
    struct sepcc_verify_result result;
    struct sepcc_kernel kernel = fake_kernel(RIGHT);
    (void)state;
    if ((sepcc_cpu_isas() & (1u << SEPCC_ISA_SSE)) == 0) {
        print_message("skipped: this CPU has no SSE\n");
        skip();
    }
    kernel.isa = SEPCC_ISA_SSE;
    assert_int_equal(sepcc_verify(&kernel, &in_process, &result), SEPCC_E_MISMATCH);
    fault = NOT_FUSED;
    assert_int_equal(sepcc_verify(&kernel, &in_process, &result), SEPCC_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(right_kernels_are_proved),
        cmocka_unit_test(right_kernels_are_proved_for_many_seeds),
        cmocka_unit_test(wrong_values_are_mismatches),
        cmocka_unit_test(first_difference_is_told),
        cmocka_unit_test(splits_and_places_vary),
        cmocka_unit_test(steps_over_an_edge_are_faults),
        cmocka_unit_test(writes_beside_the_data_are_found),
        cmocka_unit_test(crashes_have_their_signal),
        cmocka_unit_test(endless_kernels_time_out),
        cmocka_unit_test(pack_must_write_everything),
        cmocka_unit_test(what_cannot_be_run_is_refused),
        cmocka_unit_test(sse_rounds_twice),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
