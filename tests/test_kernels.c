/*
 * test_kernels.c: the generated kernels, proved bit by bit: a fixed list of awkward stages and a random
 * sweep, for every ISA of this CPU and under the emulators (that wrong ones are found: test_kernels_wrong.c).
 *
 * SEPCC_TEST_SEED sets the seed; SEPCC_TEST_CASES how many cases the sweeps of this CPU's ISAs have together
 * (an emulated ISA has an eighth of it), and how many are taken of their fixed lists. Those have every stage
 * by the heuristic's plan and by half of the other plans, each of which so is proved on every second ISA;
 * with SEPCC_TEST_LONG by all, and the sweeps' default is ten times as many. SEPCC_TEST_CC is a compiler to
 * use in the place of clang.
 */
#include "sepcc.h"
#include "support_kernels.h"
#include "support_spec.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

enum { SWEEP_CASES = 600, EMULATED_SHARE = 8, LONG_FACTOR = 10 };
enum { FMA_NATIVE = 2000000, FMA_QEMU = 60000, FMA_BOCHS = 15000 };

/* ---- the fixed list -------------------------------------------------------------------------------- */

/* Plans for each of a list's stages; those that are impossible for one are left out. */
static const char *const depthwise_plans[] = {"",
                                              "unroll=full,budget=30000",
                                              "unroll=row",
                                              "unroll=none",
                                              "rows=2,columns=3,vectors=1",
                                              "hold=1,vectors=2",
                                              "prefetch=input",
                                              "prefetch=output,rows=1"};
static const char *const pointwise_plans[] = {"",
                                              "rows=3,vectors=2,depth=8,unroll_k=4",
                                              "rows=1,vectors=1,block=5,channels=16",
                                              "rows=4,depth=4,unroll_k=4,block=7",
                                              "prefetch=weights,block=3",
                                              "prefetch=input,unroll_k=4,depth=8",
                                              "prefetch=output,channels=16"};

static const char *const fused_plans[] = {"", "unroll=none,unit=1", "rows=1,unit=3,columns=2",
                                          "unroll=row,rows=2", "fuse=no,rows=2"};

static const char *const depthwise_specs[] = {
    "depthwise in=1x1x1 kernel=1",
    "depthwise in=1x1x13 kernel=3 pad=1 act=relu",
    "depthwise in=1x30x3 kernel=3 pad=same act=relu6",
    "depthwise in=30x1x5 kernel=5x1 pad=2,0,2,0",
    "depthwise in=7x5x77 kernel=3 pad=1 bias=no act=hard_swish",
    "depthwise in=7x5x58 kernel=5 stride=2 pad=same act=sigmoid",
    "depthwise in=193x97x1 kernel=3 pad=1 act=prelu",
    "depthwise in=17x23x7 kernel=15 pad=7 act=silu",
    "depthwise in=9x20x10 kernel=1x7 pad=0,3,0,3",
    "depthwise in=20x9x10 kernel=7x1 pad=3,0,3,0 act=leaky_relu(0.1)",
    "depthwise in=8x8x16 kernel=2 stride=2",
    "depthwise in=8x8x17 kernel=2 stride=3x1 pad=0,0,1,1",
    "depthwise in=5x5x9 kernel=3 pad=4,0,0,5 act=clamp(-1,1)",      /* outputs without any tap */
    "depthwise in=3x3x8 kernel=2 pad=6,6,6,6 stride=2 act=sigmoid", /* whole tiles of them */
    "depthwise in=2x2x33 kernel=3 stride=3 pad=9,7,8,6",            /* taps far outside */
    "depthwise in=4x4x4 kernel=3 dilation=3 pad=3",
    "depthwise in=11x13x31 kernel=3 dilation=2x5 pad=2,9,3,1 stride=1x2",
    "depthwise batch=3 in=6x7x12 kernel=3 pad=1 stride=2 act=prelu bias=no",
    "depthwise in=6x6x3 kernel=3 pad=1 mult=2 act=prelu",
    "depthwise in=6x6x5 kernel=3 pad=1 mult=3",
    "depthwise in=5x7x16 kernel=3 pad=1 mult=4 act=relu",
    "depthwise in=5x7x13 kernel=3 pad=1 mult=5 bias=no",
    "depthwise in=4x5x3 kernel=3 pad=1 mult=7 act=hard_sigmoid",
    "depthwise batch=2 in=4x5x2 kernel=3 pad=1 mult=13 act=silu",
    "depthwise in=4x3x2 kernel=2x3 pad=1 mult=40 act=prelu",
    "depthwise in=3x3x1 kernel=3 pad=1 mult=16",
    "depthwise in=3x70000x1 kernel=3x1 stride=1x9 pad=1,0,1,0",
    "depthwise in=14x14x64 kernel=3 pad=1 act=relu6",
    "depthwise in=14x14x24 kernel=3 stride=2 pad=0,0,1,1 act=relu6",
};

static const char *const pointwise_specs[] = {
    "pointwise in=1x1x1 out=1",
    "pointwise in=1x1x200 out=1 act=sigmoid",
    "pointwise in=1x1x3 out=200 bias=no",
    "pointwise in=1x30x13 out=58 act=relu",
    "pointwise in=7x5x77 out=77 act=prelu",
    "pointwise in=193x97x1 out=3 act=relu6",
    "pointwise in=7x7x1 out=13 act=hard_swish",
    "pointwise in=7x7x2 out=33 stride=2",
    "pointwise in=8x6x31 out=17 stride=2x1 act=leaky_relu(0.2)",
    "pointwise in=6x8x32 out=16 stride=1x2 act=clamp(-1,1)",
    "pointwise batch=3 in=5x5x19 out=24 act=silu",
    "pointwise batch=2 in=5x5x8 out=9 stride=3 act=prelu bias=no",
    "pointwise in=3x3x129 out=65 act=hard_sigmoid",
    "pointwise in=13x1x16 out=48 bias=no",
    "pointwise in=1x1x1500 out=5",
    "pointwise in=14x14x64 out=64 act=relu6",
};

static const char *const fused_specs[] = {
    "separable in=1x1x1 out=1 kernel=1",
    "separable in=7x5x13 out=58 kernel=3 pad=1 dw.bias=no pw.act=relu",
    "separable in=1x30x3 out=5 kernel=3 pad=same stride=2 mult=2 act=sigmoid",
    "separable batch=2 in=9x11x17 out=9 kernel=5x1 pad=7,0,6,0 dw.act=prelu pw.act=prelu",
    "separable in=3x3x8 out=4 kernel=2 pad=6 stride=2 dw.act=silu", /* outputs without any tap */
    "separable in=23x7x33 out=31 kernel=3 dilation=2 stride=3x1 pad=2",
    "inverted in=1x1x1 expand=3 out=1 kernel=3 pad=1 residual=yes",
    "inverted in=7x5x13 expand=77 out=13 kernel=3 pad=1 act=relu6 residual=yes",
    "inverted batch=3 in=8x9x8 expand=24 out=16 kernel=5 stride=2 pad=same act=hard_swish bias=no",
    "inverted in=13x3x3 expand=17 out=5 kernel=2x3 stride=3x1 pad=5,1,0,4 expand.act=sigmoid dw.act=prelu",
    "inverted in=30x1x5 expand=9 out=5 kernel=7x1 pad=3,0,3,0 act=prelu pw.act=prelu residual=yes",
    "inverted in=9x8x4 expand=8 out=33 kernel=3 dilation=3x2 stride=4x2 pad=3,2,3,2 act=relu",
    "inverted in=33x17x3 expand=9 out=3 kernel=3 pad=1 residual=yes",   /* whole, several blocks of pixels */
    "inverted in=40x20x3 expand=5 out=3 kernel=2 stride=3 pad=0,0,0,1", /* and rows that nothing reads */
};

/* The stages in both layouts. */
static const char *const conv_plans[] = {"", "unroll=none,columns=5,vectors=1,unit=2",
                                         "unroll=full,columns=3,vectors=2,unroll_k=8",
                                         "columns=4,vectors=1,channels=16,unit=1"};
static const char *const conv_nchw_plans[] = {"", "unroll=none,columns=3,vectors=2,unroll_k=3"};

static const char *const conv_specs[] = {
    "conv in=1x1x1 out=1 kernel=1",
    "conv in=1x1x13 out=9 kernel=3 pad=1 act=relu",
    "conv in=1x30x3 out=17 kernel=3 pad=same act=relu6",
    "conv in=30x1x5 out=4 kernel=5x1 pad=2,0,2,0 bias=no",
    "conv in=7x5x12 out=58 kernel=3 pad=1 act=hard_swish",
    "conv in=7x5x7 out=33 kernel=5 stride=2 pad=same act=sigmoid",
    "conv in=19x33x1 out=3 kernel=3 pad=1 act=prelu",
    "conv in=13x17x3 out=5 kernel=11 pad=5 act=silu",
    "conv in=9x20x10 out=8 kernel=1x7 pad=0,3,0,3",
    "conv in=8x8x16 out=16 kernel=2 stride=2",
    "conv in=5x5x9 out=7 kernel=3 pad=4,0,0,5 act=clamp(-1,1)",      /* outputs without any tap */
    "conv in=3x3x8 out=4 kernel=2 pad=6,6,6,6 stride=2 act=sigmoid", /* whole tiles of them */
    "conv in=2x2x5 out=9 kernel=3 stride=3 pad=9,7,8,6",             /* taps far outside */
    "conv in=4x4x4 out=12 kernel=3 dilation=3 pad=3",                /* kernel columns apart */
    "conv in=11x13x6 out=31 kernel=3 dilation=2x5 pad=2,9,3,1 stride=1x2",
    "conv batch=3 in=6x7x12 out=10 kernel=3 pad=1 stride=2 act=prelu bias=no",
    "conv in=15x15x3 out=32 kernel=3 stride=2 pad=0,0,1,1 act=relu6",
    "conv in=3x7000x1 out=2 kernel=3x1 stride=1x9 pad=1,0,1,0",
    "conv in=1x2x3 out=5 kernel=2 pad=1 stride=65535 dilation=1x3", /* steps wider than the image */
};

/* The same with layout=nchw, and those where planes have borders or tails of their own. */
static const char *const depthwise_nchw_plans[] = {
    "",
    "unroll=row",
    "unroll=none",
    "rows=2,vectors=2",
    "rows=4,vectors=1,unit=1",
    "rows=1,vectors=3,block=1",
};
static const char *const fused_nchw_plans[] = {
    "", "unroll=none,unit=1", "rows=1,unit=3,vectors=2", "unroll=row,rows=1", "rows=2,unit=4", "fuse=no"};
static const char *const pointwise_nchw_plans[] = {
    "",
    "rows=3,vectors=2,depth=8,unroll_k=4",
    "rows=1,vectors=1,block=16,channels=5",
    "gather=yes,depth=4",
    "depth=4,prefetch=output",
    "rows=4,vectors=1,gather=yes",
};

static const char *const depthwise_nchw_specs[] = {
    "depthwise in=7x7x5 kernel=3 pad=1 layout=nchw act=relu6",
    "depthwise in=7x8x3 kernel=3 pad=1 stride=2 layout=nchw",
    "depthwise in=14x14x9 kernel=5 pad=2 layout=nchw act=prelu",
    "depthwise in=9x17x2 kernel=3 stride=3 pad=0,1,2,0 layout=nchw",
    "depthwise in=5x33x2 kernel=3 stride=2 pad=same layout=nchw",
    "depthwise in=2x100x1 kernel=1x40 pad=0,30,0,7 layout=nchw act=silu",
    "depthwise in=3x2x4 kernel=7 pad=3 layout=nchw",
};

static const char *const fused_nchw_specs[] = {
    "separable in=9x33x5 out=13 kernel=3 pad=1 layout=nchw act=relu6",
    "separable batch=2 in=14x14x6 out=7 kernel=5 stride=2 pad=same mult=3 layout=nchw dw.act=relu",
    "inverted in=14x14x4 expand=24 out=4 kernel=3 pad=1 layout=nchw act=relu6 residual=yes",
    "inverted in=11x19x3 expand=10 out=6 kernel=5 stride=2 pad=2 layout=nchw act=hard_swish",
    "inverted in=5x40x2 expand=300 out=2 kernel=3 pad=1 layout=nchw residual=yes", /* two K blocks, then an
                                                                                      add */
};

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

static bool is_long(void)
{
    return getenv("SEPCC_TEST_LONG") != NULL;
}

/* Where cases go; without every_plan each stage's by the heuristic's plan and by half of the others. */
struct adding {
    struct case_list *list;
    const struct isa *isa;
    bool every_plan;
};

/* Stage number `stage` of a list, by its plans, of which number 0 is the heuristic's. */
static void add_stage(const struct adding *to, size_t stage, const char *spec, const char *const plans[],
                      size_t plan_count)
{
    for (size_t p = 0; p < plan_count; ++p)
        if (to->every_plan || p == 0 || (stage + p + to->isa->id) % 2 == 0)
            (void)cases_add(to->list, to->isa, spec, plans[p]);
}

static void add_all(const struct adding *to, const char *const specs[], size_t spec_count,
                    const char *const plans[], size_t plan_count)
{
    for (size_t s = 0; s < spec_count; ++s)
        add_stage(to, s, specs[s], plans, plan_count);
}

static void add_all_nchw(const struct adding *to, const char *const specs[], size_t spec_count,
                         const char *const plans[], size_t plan_count)
{
    for (size_t s = 0; s < spec_count; ++s) {
        char spec[SPEC_TEXT_MAX];
        (void)snprintf(spec, sizeof spec, "%s layout=nchw", specs[s]);
        add_stage(to, s, spec, plans, plan_count);
    }
}

static void add_fixed(const struct adding *to)
{
    add_all_nchw(to, depthwise_specs, COUNT(depthwise_specs), depthwise_nchw_plans,
                 COUNT(depthwise_nchw_plans));
    add_all_nchw(to, pointwise_specs, COUNT(pointwise_specs), pointwise_nchw_plans,
                 COUNT(pointwise_nchw_plans));
    add_all_nchw(to, fused_specs, COUNT(fused_specs), fused_nchw_plans, COUNT(fused_nchw_plans));
    add_all_nchw(to, conv_specs, COUNT(conv_specs), conv_nchw_plans, COUNT(conv_nchw_plans));
    add_all(to, conv_specs, COUNT(conv_specs), conv_plans, COUNT(conv_plans));
    add_all(to, depthwise_nchw_specs, COUNT(depthwise_nchw_specs), depthwise_nchw_plans,
            COUNT(depthwise_nchw_plans));
    add_all(to, fused_nchw_specs, COUNT(fused_nchw_specs), fused_nchw_plans, COUNT(fused_nchw_plans));
    add_all(to, depthwise_specs, COUNT(depthwise_specs), depthwise_plans, COUNT(depthwise_plans));
    add_all(to, pointwise_specs, COUNT(pointwise_specs), pointwise_plans, COUNT(pointwise_plans));
    add_all(to, fused_specs, COUNT(fused_specs), fused_plans, COUNT(fused_plans));
}

/* Those that an emulator gets through in a short time, by the heuristic's plan. */
static void add_fixed_small(struct case_list *list, const struct isa *isa, uint64_t fma_most)
{
    const char *const *const lists[] = {depthwise_specs, pointwise_specs,  depthwise_nchw_specs,
                                        fused_specs,     fused_nchw_specs, conv_specs};
    const size_t counts[] = {COUNT(depthwise_specs), COUNT(pointwise_specs),  COUNT(depthwise_nchw_specs),
                             COUNT(fused_specs),     COUNT(fused_nchw_specs), COUNT(conv_specs)};
    for (size_t l = 0; l < COUNT(lists); ++l)
        for (size_t s = 0; s < counts[l]; ++s) {
            const struct spec spec = spec_good(lists[l][s]);
            if (sepcc_stage_fma_count(&spec.stage) <= fma_most)
                (void)cases_add(list, isa, lists[l][s], "");
        }
}

/* ---- settings -------------------------------------------------------------------------------------- */

static uint64_t environment_number(const char *name, uint64_t otherwise)
{
    const char *text = getenv(name);
    if (text == NULL || *text == '\0')
        return otherwise;
    char *end;
    errno = 0;
    const uint64_t value = strtoull(text, &end, 10);
    if (errno != 0 || *end != '\0' || text[0] == '-')
        fail_msg("%s=%s, expected a number", name, text);
    return value;
}

static unsigned native_isa_count(void)
{
    unsigned count = 0;
    for (unsigned id = 0; id < SEPCC_ISA_COUNT; ++id)
        count += (sepcc_cpu_isas() >> id) & 1;
    return count;
}

/* Of one ISA's fixed list. */
static size_t fixed_count(void)
{
    return (size_t)environment_number("SEPCC_TEST_CASES", SIZE_MAX) / native_isa_count();
}

/* Of one ISA. */
static size_t sweep_count(bool emulated)
{
    const size_t usual = is_long() ? SWEEP_CASES * LONG_FACTOR : SWEEP_CASES;
    const size_t total = (size_t)environment_number("SEPCC_TEST_CASES", usual);
    return total / (emulated ? EMULATED_SHARE : native_isa_count());
}

static double now_s(void)
{
    struct timespec now;
    assert_int_equal(clock_gettime(CLOCK_MONOTONIC, &now), 0);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

/* ---- the tests ------------------------------------------------------------------------------------- */

static void prove(const char *what, struct case_list *list, const struct prove_options *options)
{
    const double start = now_s();
    const struct isa *isa = list->items[0].isa;
    const size_t failures = cases_prove(list, options), count = list->count;
    print_message("%s: %zu cases of %s, %zu wrong, %.1f s\n", what, count, isa->name, failures,
                  now_s() - start);
    cases_print_failures(list, options);
    cases_free(list);
    if (failures > 0)
        fail_msg("%zu of %zu cases of %s are wrong", failures, count, isa->name);
}

static void need_native(const struct isa *isa)
{
    if ((sepcc_cpu_isas() & (1u << isa->id)) != 0)
        return;
    print_message("skipped: kernels of %s: this CPU lacks it, or SEPCC_ISAS leaves it out\n", isa->name);
    skip();
}

static void test_fixed(void **state)
{
    const struct isa *isa = *state;
    need_native(isa);
    const struct prove_options options = {.seed = spec_test_seed("fixed list")};
    uint64_t random = options.seed + isa->id;
    struct case_list list = {0};
    add_fixed(&(struct adding){&list, isa, is_long()});
    cases_thin(&list, fixed_count(), &random);
    prove("fixed list", &list, &options);
}

static void test_sweep(void **state)
{
    const struct isa *isa = *state;
    need_native(isa);
    const struct prove_options options = {.seed = spec_test_seed("sweep")};
    uint64_t random = options.seed + isa->id;
    struct case_list list = {0};
    cases_draw(&list, isa, &random, FMA_NATIVE, sweep_count(false));
    prove("sweep", &list, &options);
}

static void test_emulated(void **state)
{
    const struct isa *isa = *state;
    const struct runner runner = cases_need_emulator(isa);
    const struct prove_options options = {.emulator = &runner, .seed = spec_test_seed(runner.name)};
    const uint64_t fma_most = runner.kind == RUN_BOCHS ? FMA_BOCHS : FMA_QEMU;
    uint64_t random = options.seed + SEPCC_ISA_COUNT + isa->id;
    struct case_list list = {0};
    add_fixed_small(&list, isa, fma_most);
    cases_draw(&list, isa, &random, fma_most, sweep_count(true));
    prove(runner.name, &list, &options);
}

/* ---- two plans, the same bits ---------------------------------------------------------------------- */

struct same_bits {
    const struct case_list *list;
    float *first;           /* what the first plan of the stage gave */
    unsigned plans, stages; /* compared so far */
};

static float *filled(size_t count, uint64_t seed)
{
    float *values = sepcc_alloc(count * sizeof *values);
    assert_non_null(values);
    sepcc_fill(values, count, SEPCC_DATA_CANCEL, seed);
    return values;
}

/* The output of a kernel on tensors that depend on the stage alone. */
static float *run_kernel(const struct sepcc_kernel *kernel)
{
    const size_t layers = kernel->stage.layer_count;
    float *const in = filled(sepcc_stage_input_count(&kernel->stage), 1);
    float *tensors[3 * SEPCC_MAX_LAYERS];
    const float *weight[SEPCC_MAX_LAYERS], *bias[SEPCC_MAX_LAYERS], *slope[SEPCC_MAX_LAYERS];
    for (size_t i = 0; i < layers; ++i) {
        const struct sepcc_layer *layer = &kernel->stage.layer[i];
        weight[i] = tensors[3 * i] = filled(sepcc_layer_weight_count(layer), 3 * i + 2);
        bias[i] = tensors[3 * i + 1] = filled(layer->out_c, 3 * i + 3);
        slope[i] = tensors[3 * i + 2] = filled(layer->out_c, 3 * i + 4);
    }
    float *out = sepcc_alloc(sepcc_stage_output_count(&kernel->stage) * sizeof *out);
    void *packed = sepcc_alloc(kernel->packed_bytes);
    assert_true(out != NULL && packed != NULL);
    kernel->pack(weight, bias, slope, packed);
    assert_int_equal(sepcc_run(kernel, NULL, in, out, packed), SEPCC_OK);
    sepcc_free(packed);
    for (size_t i = 0; i < 3 * layers; ++i)
        sepcc_free(tensors[i]);
    sepcc_free(in);
    return out;
}

static void compare_bits(const struct sepcc_kernel *kernel, size_t index, void *context)
{
    struct same_bits *same = context;
    const struct kernel_case *items = same->list->items;
    float *out = run_kernel(kernel);
    if (index == 0 || !spec_equal(&items[index].spec, &items[index - 1].spec)) {
        sepcc_free(same->first);
        same->first = out;
        ++same->stages;
        return;
    }
    if (memcmp(out, same->first, sepcc_stage_output_count(&kernel->stage) * sizeof *out) != 0)
        fail_msg("the plans of %s and of the first kernel of the stage give other bits", kernel->name);
    ++same->plans;
    sepcc_free(out);
}

static void test_same_bits(void **state)
{
    (void)state;
    static const char *const depthwise[] = {"depthwise in=9x13x21 kernel=5 pad=2 stride=2x1 act=silu",
                                            "depthwise in=6x7x6 kernel=3 pad=1 mult=3 act=prelu"};
    static const char *const pointwise[] = {"pointwise in=7x5x77 out=58 act=hard_swish",
                                            "pointwise in=9x9x40 out=33 stride=2"};
    static const char *const fused[] = {
        "separable in=9x13x21 out=19 kernel=3 pad=1 act=silu",
        "inverted in=13x9x7 expand=20 out=7 kernel=3 pad=1 act=prelu residual=yes"};
    static const char *const conv[] = {"conv in=9x13x21 out=19 kernel=5 pad=2 stride=2x1 act=silu",
                                       "conv in=7x9x5 out=33 kernel=3 pad=1 dilation=1x2 act=prelu"};
    struct case_list list = {0};
    /* The preferred ISA of this CPU. */
    const struct isa *isa = isa_get(SEPCC_ISA_SCALAR);
    for (int id = 0; id < SEPCC_ISA_COUNT; ++id)
        if ((sepcc_cpu_isas() & (1u << id)) != 0)
            isa = isa_get((enum sepcc_isa)id);
    const struct adding all = {&list, isa, true};
    add_all(&all, depthwise, COUNT(depthwise), depthwise_plans, COUNT(depthwise_plans));
    add_all(&all, pointwise, COUNT(pointwise), pointwise_plans, COUNT(pointwise_plans));
    add_all(&all, fused, COUNT(fused), fused_plans, COUNT(fused_plans));
    add_all(&all, conv, COUNT(conv), conv_plans, COUNT(conv_plans));
    add_all_nchw(&all, conv, COUNT(conv), conv_nchw_plans, COUNT(conv_nchw_plans));
    add_all_nchw(&all, fused, COUNT(fused), fused_nchw_plans, COUNT(fused_nchw_plans));
    add_all_nchw(&all, depthwise, COUNT(depthwise), depthwise_nchw_plans, COUNT(depthwise_nchw_plans));
    add_all_nchw(&all, pointwise, COUNT(pointwise), pointwise_nchw_plans, COUNT(pointwise_nchw_plans));
    struct same_bits same = {.list = &list};
    cases_visit(&list, compare_bits, &same);
    assert_int_equal(same.stages, 2 * (COUNT(depthwise) + COUNT(pointwise) + COUNT(fused) + COUNT(conv)));
    assert_true(same.plans >= 2 * same.stages);
    sepcc_free(same.first);
    cases_free(&list);
}

/* ---- all of them ----------------------------------------------------------------------------------- */

enum { NAME_MAX_LENGTH = 48, TEST_MAX = 2 * SEPCC_ISA_COUNT + 3 };

static struct CMUnitTest tests[TEST_MAX];
static char names[TEST_MAX][NAME_MAX_LENGTH];
static size_t test_count;

static void add_test(const char *what, const struct isa *isa, CMUnitTestFunction function)
{
    (void)snprintf(names[test_count], NAME_MAX_LENGTH, "%s_%s", what, isa->name);
    tests[test_count] = (struct CMUnitTest){names[test_count], function, NULL, NULL, (void *)(uintptr_t)isa};
    ++test_count;
}

int main(void)
{
    static const enum sepcc_isa emulated[] = {SEPCC_ISA_NEON, SEPCC_ISA_AVX512};
    tests[test_count++] = (struct CMUnitTest)cmocka_unit_test(test_same_bits);
    for (int id = 0; id < SEPCC_ISA_COUNT; ++id) {
        const struct isa *isa = isa_get((enum sepcc_isa)id);
        if (!isa_is_for(isa, isa_host_arch()))
            continue;
        add_test("fixed", isa, test_fixed);
        add_test("sweep", isa, test_sweep);
    }
    for (size_t i = 0; i < COUNT(emulated); ++i)
        add_test("emulated", isa_get(emulated[i]), test_emulated);
    return cmocka_run_group_tests_name("kernels", tests, NULL, NULL);
}
