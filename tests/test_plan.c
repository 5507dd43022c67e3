/*
 * test_plan.c: plans: --plan as text and what is wrong with it, plans that cannot be, the way from a plan to
 * its text and back, and that every plan covers the output exactly once (those of NCHW: test_plan_nchw.c).
 * Random stages and plans are those of support_kernels.h.
 */
#include "facts/emit.h"
#include "plan/operation.h"
#include "plan/plan_internal.h"
#include "support_kernels.h"
#include "support_spec.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

enum { MESSAGE_MAX = 1536, DRAWN_CASES = 150 };
static const uint64_t DRAWN_FMA_MOST = 2000000;

static const struct position at_plan = {"--plan", 0, 0};
static char printed[MESSAGE_MAX];

/* ---- --plan as text -------------------------------------------------------------------------------- */

static enum exit_status try_parse(const char *text, struct plan_request *request)
{
    printed[0] = '\0';
    diag_capture(printed, sizeof printed);
    const enum exit_status status = plan_request_parse(text, at_plan, request);
    diag_capture(NULL, 0);
    return status;
}

static void test_parse(void **state)
{
    (void)state;
    struct plan_request request;
    assert_int_equal(try_parse("", &request), STATUS_DONE);
    assert_true(request.rows == 0 && request.budget == 0 && request.unroll == -1);
    assert_int_equal(try_parse("rows=2,columns=3,vectors=4,hold=5,block=6,channels=7,depth=8,unroll_k=9,"
                               "unroll=none,budget=1000",
                               &request),
                     STATUS_DONE);
    assert_int_equal(request.rows, 2);
    assert_int_equal(request.columns, 3);
    assert_int_equal(request.vectors, 4);
    assert_int_equal(request.hold, 5);
    assert_int_equal(request.block, 6);
    assert_int_equal(request.channels, 7);
    assert_int_equal(request.depth, 8);
    assert_int_equal(request.unroll_k, 9);
    assert_int_equal(request.unroll, UNROLL_NONE);
    assert_int_equal(request.budget, 1000);
    assert_string_equal(printed, "");
}

static void test_parse_errors(void **state)
{
    (void)state;
    static const char list[] = "rows, columns, vectors, hold, block, channels, depth, unroll_k, fuse, unit, "
                               "unroll, gather, prefetch or budget";
    static const struct {
        const char *text, *message, *slug;
        bool with_list; /* the message ends with the list of keys */
    } cases[] = {
        {"rows", "'rows' is not key=value, expected one of ", "plan-syntax", true},
        {"row=1", "unknown key 'row', expected one of ", "plan-syntax", true},
        {"=1", "unknown key '', expected one of ", "plan-syntax", true},
        {"rows=1,,columns=2", "'' is not key=value, expected one of ", "plan-syntax", true},
        {"rows=1,columns=2,rows=1", "'rows' stands twice, expected it once", "plan-syntax", false},
        {"gather=1", "gather='1', expected no or yes", "plan-syntax", false},
        {"unroll=all", "unroll='all', expected full, row or none", "plan-syntax", false},
        {"rows=", "rows='', expected a number from 1 to 32", "plan-syntax", false},
        {"rows=x", "rows='x', expected a number from 1 to 32", "plan-syntax", false},
        {"rows=-1", "rows='-1', expected a number from 1 to 32", "plan-syntax", false},
        {"rows=33", "rows='33', expected a number from 1 to 32", "plan-syntax", false},
        {"vectors= 1", "vectors=' 1', expected a number from 1 to 8", "plan-syntax", false},
        {"block=4294967296", "block='4294967296', expected a number from 1 to 4294967295", "plan-syntax",
         false},
        {"depth=99999999999999999999", "depth='99999999999999999999', expected a number from 1 to 4294967295",
         "plan-syntax", false},
        {"rows=0", "rows=0, expected 1 or more", "plan-impossible", false},
        {"budget=0", "budget=0, expected 1 or more", "plan-impossible", false},
    };
    for (size_t i = 0; i < COUNT(cases); ++i) {
        struct plan_request request;
        char expected[MESSAGE_MAX];
        (void)snprintf(expected, sizeof expected, "sepcc: --plan: error: %s%s%s [%s]\n",
                       strcmp(cases[i].slug, "plan-impossible") == 0 ? "impossible plan: " : "",
                       cases[i].message, cases[i].with_list ? list : "", cases[i].slug);
        assert_int_equal(try_parse(cases[i].text, &request), STATUS_INPUT);
        assert_string_equal(printed, expected);
    }
}

/* ---- plans that cannot be -------------------------------------------------------------------------- */

static enum exit_status try_make(const struct spec *spec, enum sepcc_isa isa, const char *text,
                                 struct plan *plan)
{
    struct plan_request request;
    assert_int_equal(try_parse(text, &request), STATUS_DONE);
    diag_capture(printed, sizeof printed);
    const enum exit_status status = plan_make(spec, isa_get(isa), &request, at_plan, plan);
    diag_capture(NULL, 0);
    return status;
}

static void test_impossible(void **state)
{
    (void)state;
    static const char depthwise[] = "depthwise in=14x14x64 kernel=3 pad=1";
    static const char pointwise[] = "pointwise in=14x14x64 out=96";
    static const char conv[] = "conv in=14x14x64 out=96 kernel=3 pad=1";
    static const struct {
        const char *spec;
        enum sepcc_isa isa;
        const char *plan, *reason;
    } cases[] = {
        {depthwise, SEPCC_ISA_AVX2, "rows=4,columns=4",
         "a tile of 4 rows x 4 columns x 1 vectors with 1 taps held needs 18 vector registers, expected "
         "fewer "
         "than the 16 of avx2"},
        {depthwise, SEPCC_ISA_AVX2, "rows=15", "a tile of 15 x 0 outputs, expected at most the map's 14x14"},
        {depthwise, SEPCC_ISA_AVX2, "columns=15",
         "a tile of 0 x 15 outputs, expected at most the map's 14x14"},
        {depthwise, SEPCC_ISA_AVX2, "hold=4", "hold=4, expected at most the kernel's 3 columns"},
        {depthwise, SEPCC_ISA_AVX2, "unroll=none,rows=2", "unroll=none takes rows=1 and hold=1 only"},
        {depthwise, SEPCC_ISA_AVX2, "vectors=1,block=12",
         "block=12, expected a multiple of 8 channels, or all 64"},
        {depthwise, SEPCC_ISA_AVX2, "block=72", "block=72, expected at most the 64 output channels"},
        {depthwise, SEPCC_ISA_AVX2, "unroll=full,budget=300",
         "its code is larger than the budget of 300 bytes, expected a smaller tile, another unroll or a "
         "larger "
         "budget"},
        {depthwise, SEPCC_ISA_AVX2, "depth=8", "depth does not apply to depthwise"},
        {depthwise, SEPCC_ISA_AVX2, "channels=8", "channels does not apply to depthwise"},
        {depthwise, SEPCC_ISA_AVX2, "fuse=no", "fuse does not apply to depthwise"},
        {"separable in=9x9x4 out=4 kernel=3", SEPCC_ISA_AVX2, "fuse=no,unit=2",
         "unit=2 with fuse=no, expected one of them"},
        {"separable in=9x9x4 out=4 kernel=3", SEPCC_ISA_AVX2, "unroll=row,rows=2",
         "unroll=row in a fused stage takes rows=1 only"},
        {"depthwise in=6x6x6 kernel=3 mult=3", SEPCC_ISA_AVX2, "vectors=2",
         "vectors=2 with mult=3, expected vectors=1 for a multiplier of at most half the 8 lanes"},
        {pointwise, SEPCC_ISA_AVX2, "rows=4,vectors=4",
         "a tile of 4 pixels x 4 vectors needs 21 vector registers, expected at most 16 of avx2"},
        {pointwise, SEPCC_ISA_NEON, "rows=8,vectors=3",
         "a tile of 8 pixels x 3 vectors needs 35 vector registers, expected at most 31 of neon"},
        {"pointwise in=1x3x8 out=8", SEPCC_ISA_AVX2, "rows=4",
         "a tile of 4 pixels x 0 vectors, expected at most 3 x 1"},
        {pointwise, SEPCC_ISA_AVX2, "depth=65", "depth=65, expected at most the 64 input channels"},
        {"pointwise in=14x14x6 out=96", SEPCC_ISA_AVX2, "unroll_k=7",
         "unroll_k=7, expected at most the 6 input channels"},
        {pointwise, SEPCC_ISA_NEON, "depth=6", "depth=6, expected a multiple of 4 on neon"},
        {pointwise, SEPCC_ISA_NEON, "unroll_k=6", "unroll_k=6, expected a multiple of 4 on neon"},
        {pointwise, SEPCC_ISA_AVX2, "channels=12",
         "channels=12, expected a multiple of the 8 lanes of avx2, or all 96"},
        {pointwise, SEPCC_ISA_AVX2, "channels=97", "channels=97, expected at most 96"},
        {pointwise, SEPCC_ISA_AVX2, "block=197", "block=197, expected at most 196"},
        {pointwise, SEPCC_ISA_AVX2, "columns=2", "columns does not apply to pointwise"},
        {pointwise, SEPCC_ISA_AVX2, "unroll=row", "unroll does not apply to pointwise"},
        {pointwise, SEPCC_ISA_AVX2, "budget=1000,rows=6,vectors=2", "its code is about "},
        {conv, SEPCC_ISA_AVX2, "columns=4,vectors=4",
         "a tile of 4 columns x 4 vectors needs 21 vector registers, expected fewer than the 16 of avx2"},
        {conv, SEPCC_ISA_AVX2, "columns=15", "a tile of 15 columns x 0 vectors, expected at most 14 x 8"},
        {conv, SEPCC_ISA_AVX2, "unroll=row", "unroll=row, expected full or none for a conv"},
        {conv, SEPCC_ISA_AVX2, "unit=15", "unit=15, expected at most the 14 output rows"},
        {conv, SEPCC_ISA_AVX2, "channels=97", "channels=97, expected at most 96"},
        {conv, SEPCC_ISA_AVX2, "channels=12",
         "channels=12, expected a multiple of the 8 lanes of avx2, or all 96"},
        {conv, SEPCC_ISA_NEON, "unroll_k=6", "unroll_k=6, expected a multiple of 4 on neon"},
        {conv, SEPCC_ISA_AVX2, "rows=2", "rows does not apply to conv"},
        {conv, SEPCC_ISA_AVX2, "prefetch=input", "prefetch does not apply to conv"},
        {conv, SEPCC_ISA_AVX2, "budget=1000", "its code is about "},
    };
    for (size_t i = 0; i < COUNT(cases); ++i) {
        const struct spec spec = spec_good(cases[i].spec);
        struct plan plan;
        const enum exit_status status = try_make(&spec, cases[i].isa, cases[i].plan, &plan);
        char expected[MESSAGE_MAX];
        (void)snprintf(expected, sizeof expected, "sepcc: --plan: error: impossible plan: %s",
                       cases[i].reason);
        if (status != STATUS_INPUT || strncmp(printed, expected, strlen(expected)) != 0 ||
            strstr(printed, " [plan-impossible]\n") == NULL)
            fail_msg("%s --plan %s: %s expected: %s", cases[i].spec, cases[i].plan, printed, expected);
    }
}

/* ---- random plans ---------------------------------------------------------------------------------- */

/* Calls check for random plans of random stages on every ISA. */
static void for_drawn(const char *test,
                      void (*check)(const struct kernel_case *which, const struct plan *plan))
{
    uint64_t random = spec_test_seed(test);
    for (int id = 0; id < SEPCC_ISA_COUNT; ++id) {
        struct case_list list = {0};
        cases_draw(&list, isa_get((enum sepcc_isa)id), &random, DRAWN_FMA_MOST, DRAWN_CASES);
        for (size_t i = 0; i < list.count; ++i) {
            struct plan plan;
            assert_int_equal(try_make(&list.items[i].spec, (enum sepcc_isa)id, list.items[i].plan, &plan),
                             STATUS_DONE);
            check(&list.items[i], &plan);
            plan_free(&plan);
        }
        cases_free(&list);
    }
}

/* Fails with all that repeats the case when a condition does not hold. */
static void expect(bool holds, const struct kernel_case *which, const char *what)
{
    char text[SPEC_TEXT_MAX];
    if (holds)
        return;
    spec_print(&which->spec, 0, text);
    fail_msg("%s: sepcc explain '%s' --isa %s --plan '%s'", what, text, which->isa->name, which->plan);
}

/* From the plan's own text the same kernel comes: the same facts, so the same name, code and digest. */
static void check_round_trip(const struct kernel_case *which, const struct plan *plan)
{
    struct plan_request request, again;
    struct kernel first, second;
    struct text text = {0};
    plan_print(plan, &text);
    expect(!text.failed && text.length > 0, which, "a plan prints");
    assert_int_equal(try_parse(which->plan, &request), STATUS_DONE);
    expect(try_parse(text.data, &again) == STATUS_DONE, which, "a printed plan parses");
    assert_int_equal(kernel_prepare(&which->spec, which->isa, &request, at_plan, &first), STATUS_DONE);
    expect(kernel_prepare(&which->spec, which->isa, &again, at_plan, &second) == STATUS_DONE, which,
           "a printed plan is possible");
    expect(strcmp(first.name, second.name) == 0, which, "the printed plan gives the same name");
    expect(strcmp(first.facts.data, second.facts.data) == 0, which, "the printed plan gives the same facts");
    expect(strcmp(first.digest, second.digest) == 0, which, "the printed plan gives the same digest");
    kernel_free(&first);
    kernel_free(&second);
    text_free(&text);
}

static void test_round_trip(void **state)
{
    (void)state;
    for_drawn("test_round_trip", check_round_trip);
}

/* A small budget shortens the turns of the K loop after they were chosen; what is fetched ahead follows. */
static void test_round_trip_of_a_small_budget(void **state)
{
    static const char *const plans[] = {"budget=4000", "budget=4000,prefetch=weights",
                                        "budget=4000,prefetch=output"};
    (void)state;
    for (size_t i = 0; i < COUNT(plans); ++i) {
        struct kernel_case which = {.isa = isa_get(SEPCC_ISA_AVX2)};
        struct plan plan;
        (void)snprintf(which.plan, sizeof which.plan, "%s", plans[i]);
        assert_int_equal(spec_parse("pointwise in=28x28x256 out=256", NOWHERE, &which.spec), STATUS_DONE);
        assert_int_equal(try_make(&which.spec, SEPCC_ISA_AVX2, which.plan, &plan), STATUS_DONE);
        assert_int_equal(plan.as.pointwise.unroll_k, 1);
        check_round_trip(&which, &plan);
        plan_free(&plan);
    }
}

static void check_limits(const struct kernel_case *which, const struct plan *plan)
{
    struct plan_request request;
    assert_int_equal(try_parse(which->plan, &request), STATUS_DONE);
    expect(plan->budget == (request.budget != 0 ? request.budget : PLAN_BUDGET_DEFAULT), which,
           "the budget is what was asked for");
    expect(plan->code_bytes > 0, which, "there is code");
    /* The budget is that of the depthwise layer of a fused stage; the others have the default. */
    const size_t others = which->spec.stage.layer_count - 1;
    expect(plan->code_bytes <= plan->budget + others * PLAN_BUDGET_DEFAULT, which,
           "the code is within its budget");
    expect(plan->registers <= which->isa->registers, which, "the tile fits the registers");
    expect(plan->registers < which->isa->registers ||
               (which->isa->memory_operand && which->spec.stage.op != SEPCC_OP_DEPTHWISE),
           which, "a register is spare where loads need one");
    expect(plan->accumulators > 0 && plan->accumulators < plan->registers, which,
           "accumulators are registers");
    expect(plan->packed_bytes > 0 && plan->packed_bytes % SEPCC_ALIGNMENT == 0, which,
           "packed weights are aligned");
    expect(plan->unit_count > 0, which, "there is a work unit");
    expect(plan->cycles > 0 || which->spec.stage.layer_count > 1, which, "there is a predicted bound");
}

static void test_limits(void **state)
{
    (void)state;
    for_drawn("test_limits", check_limits);
}

/* ---- depthwise: rows and columns ------------------------------------------------------------------- */

/* The taps of an output, found by trying each. */
static bool tap_inside(const struct axis *axis, unsigned output, unsigned tap)
{
    const long at = (long)output * axis->stride + (long)tap * axis->dilation - (long)axis->pad;
    return at >= 0 && at < (long)axis->in;
}

static void check_output(const struct kernel_case *which, const struct axis *axis,
                         const struct axis_band *band, unsigned tile, unsigned index)
{
    const struct tap_range *range = &band->taps[index];
    const unsigned output = band->out_first + tile * band->size + index;
    for (unsigned tap = 0; tap < axis->kernel; ++tap) {
        const bool inside = range->low <= tap && tap < range->high;
        expect(inside == tap_inside(axis, output, tap), which, "a tap is taken where it is inside the image");
        if (inside)
            expect((long)band->in_first + (long)tile * band->in_step + range->at +
                           (long)(tap - range->low) * axis->dilation ==
                       (long)output * axis->stride + (long)tap * axis->dilation - (long)axis->pad,
                   which, "a tap reads its input");
    }
}

/* Bands follow one another and end with the last output. Returns the number of tiles. */
static unsigned check_axis(const struct kernel_case *which, const struct axis *axis,
                           const struct axis_band *bands, unsigned count, unsigned most, bool uniform)
{
    unsigned next = 0, tiles = 0;
    for (unsigned b = 0; b < count; ++b) {
        const struct axis_band *band = &bands[b];
        expect(band->out_first == next, which, "bands follow one another");
        expect(band->count > 0 && band->size > 0 && band->size <= most, which, "tiles have a size");
        for (unsigned tile = 0; tile < band->count; ++tile)
            for (unsigned i = 0; i < band->size; ++i)
                check_output(which, axis, band, tile, i);
        for (unsigned i = 1; uniform && i < band->size; ++i)
            expect(band->taps[i].low == band->taps[0].low && band->taps[i].high == band->taps[0].high, which,
                   "a loop over taps suits all outputs of the tile");
        next += band->count * band->size;
        tiles += band->count;
    }
    expect(next == axis->out, which, "every output is covered once");
    return tiles;
}

/* Every output of the tile meets each of its taps once, in ascending order. */
static void check_schedule(const struct kernel_case *which, const struct axis *axis,
                           const struct axis_band *band, unsigned hold)
{
    unsigned next[PLAN_TILE_MAX];
    for (unsigned i = 0; i < band->size; ++i)
        next[i] = band->taps[i].low;
    for (unsigned low = 0; low < axis->kernel; low += hold)
        for (long at = -1; (at = schedule_next(axis, band, low, low + hold, at)) >= 0;)
            for (unsigned i = 0; i < band->size; ++i) {
                const int tap = schedule_tap(axis, band, low, low + hold, at, i);
                if (tap < 0)
                    continue;
                expect((unsigned)tap == next[i], which, "taps come in order");
                expect((long)band->taps[i].at + (long)((unsigned)tap - band->taps[i].low) * axis->dilation ==
                           at,
                       which, "a scheduled tap reads its column");
                ++next[i];
            }
    for (unsigned i = 0; i < band->size; ++i)
        expect(next[i] == band->taps[i].high, which, "every tap is scheduled");
}

/* The depthwise layer, alone or the last but one of a fused stage, and its plan; NULL when there is none. */
static const struct sepcc_layer *depthwise_of(const struct kernel_case *which, const struct plan *plan,
                                              const struct depthwise_plan **dw)
{
    const struct sepcc_stage *stage = &which->spec.stage;
    if (plan->operation->id != OPERATION_DEPTHWISE && plan->operation->id != OPERATION_FUSED)
        return NULL;
    const unsigned at = stage->layer_count == 1 ? 0 : stage->layer_count - 2;
    *dw = stage->layer_count == 1 ? &plan->as.depthwise : &plan->as.fused.parts[at].as.depthwise;
    return &stage->layer[at];
}

static void check_bands(const struct kernel_case *which, const struct plan *plan)
{
    const struct depthwise_plan *dw;
    const struct sepcc_layer *layer = depthwise_of(which, plan, &dw);
    if (layer == NULL)
        return;
    const struct axis rows = axis_rows(layer), columns = axis_columns(layer);
    const unsigned tiles =
        check_axis(which, &rows, dw->row_bands, dw->row_band_count, dw->rows, dw->unroll != UNROLL_FULL);
    expect(tiles == dw->row_tile_count, which, "row tiles are counted");
    (void)check_axis(which, &columns, dw->column_bands, dw->column_band_count, dw->columns,
                     dw->unroll == UNROLL_NONE);
    for (unsigned b = 0; b < dw->column_band_count; ++b)
        check_schedule(which, &columns, &dw->column_bands[b], dw->hold);
}

static void test_bands(void **state)
{
    (void)state;
    for_drawn("test_bands", check_bands);
}

/* ---- depthwise: channels --------------------------------------------------------------------------- */

/* What is left to be covered: one mark for each output channel, and for each packed vector. */
struct marks {
    const struct sepcc_layer *layer;
    bool *channels, *vectors;
    size_t channel_count, vector_count;
};

static void mark(const struct kernel_case *which, bool *marks, size_t count, size_t index, const char *what)
{
    expect(index < count && !marks[index], which, what);
    marks[index] = true;
}

/* One vector of a step that starts at these positions. */
static void check_vector(const struct kernel_case *which, const struct depthwise_plan *dw,
                         const struct channel_vector *vector, struct channel_position at, struct marks *marks)
{
    const struct sepcc_layer *layer = marks->layer;
    unsigned highest = 0;
    expect(vector->lanes >= 1 && vector->lanes <= which->isa->lanes, which, "a vector has its lanes");
    for (unsigned lane = 0; lane < vector->lanes; ++lane) {
        const unsigned out = at.out + vector->out_offset + lane;
        const unsigned from = dw->lanes == LANES_PLAIN    ? lane
                              : dw->lanes == LANES_SPREAD ? (lane + vector->phase) / layer->multiplier
                                                          : 0;
        mark(which, marks->channels, marks->channel_count, out, "an output channel is covered once");
        expect(at.in + vector->in_offset + from == out / layer->multiplier, which,
               "an output channel reads its input channel");
        highest = from > highest ? from : highest;
    }
    expect(vector->in_lanes == highest + 1, which, "as many input channels are read as needed");
}

static void check_band_channels(const struct kernel_case *which, const struct depthwise_plan *dw,
                                const struct channel_band *band, struct channel_position group,
                                struct marks *marks)
{
    for (unsigned r = 0; r < band->repeat; ++r)
        for (unsigned c = 0; c < band->count; ++c) {
            const struct channel_position at = {
                group.out + band->first.out + r * band->stride.out + c * band->step.out,
                group.in + band->first.in + r * band->stride.in + c * band->step.in,
                group.vector + band->first.vector + r * band->stride.vector + c * band->step.vector};
            for (unsigned v = 0; v < band->vector_count; ++v) {
                mark(which, marks->vectors, marks->vector_count, at.vector + v,
                     "a packed vector is used once");
                check_vector(which, dw, &band->vectors[v], at, marks);
            }
        }
}

static void check_channels(const struct kernel_case *which, const struct plan *plan)
{
    const struct depthwise_plan *dw;
    const struct sepcc_layer *layer = depthwise_of(which, plan, &dw);
    if (layer == NULL)
        return;
    struct marks marks = {.layer = layer, .channel_count = layer->out_c};
    struct channel_position group = {0, 0, 0};
    for (unsigned g = 0; g < dw->channel_group_count; ++g)
        marks.vector_count += (size_t)dw->channel_groups[g].count * dw->channel_groups[g].size.vector;
    marks.channels = calloc(marks.channel_count, sizeof *marks.channels);
    marks.vectors = calloc(marks.vector_count + 1, sizeof *marks.vectors);
    assert_true(marks.channels != NULL && marks.vectors != NULL);
    for (unsigned g = 0; g < dw->channel_group_count; ++g) {
        const struct channel_group *groups = &dw->channel_groups[g];
        for (unsigned i = 0; i < groups->count; ++i) {
            for (unsigned b = 0; b < groups->band_count; ++b)
                check_band_channels(which, dw, &dw->channel_bands[groups->first_band + b], group, &marks);
            group = (struct channel_position){group.out + groups->size.out, group.in + groups->size.in,
                                              group.vector + groups->size.vector};
        }
    }
    for (size_t c = 0; c < marks.channel_count; ++c)
        expect(marks.channels[c], which, "every output channel is covered");
    for (size_t v = 0; v < marks.vector_count; ++v)
        expect(marks.vectors[v], which, "every packed vector is used");
    expect(plan->packed_bytes >= marks.vector_count * dw->vector_floats * sizeof(float), which,
           "packed weights have room");
    free(marks.channels);
    free(marks.vectors);
}

static void test_channels(void **state)
{
    (void)state;
    for_drawn("test_channels", check_channels);
}

/* ---- pointwise ------------------------------------------------------------------------------------- */

static void check_pixels(const struct kernel_case *which, const struct pointwise_plan *pw)
{
    const struct sepcc_stage *stage = &which->spec.stage;
    size_t pixels = 0, blocks = 0;
    for (unsigned k = 0; k < pw->pixel_block_kinds; ++k) {
        const struct pixel_block *block = &pw->pixel_blocks[k];
        size_t covered = 0;
        for (unsigned b = 0; b < block->band_count; ++b) {
            expect(block->bands[b].count > 0 && block->bands[b].size > 0 && block->bands[b].size <= pw->rows,
                   which, "a pixel tile has a size");
            covered += (size_t)block->bands[b].count * block->bands[b].size;
        }
        expect(covered == block->pixels && block->pixels <= pw->block, which, "a block's pixels are covered");
        pixels += (size_t)block->count * block->pixels;
        blocks += block->count;
    }
    expect(pixels == pw->line_pixels && blocks == pw->pixel_block_total, which,
           "a line's pixels are covered");
    expect((size_t)pw->line_count * pw->line_pixels ==
               (size_t)stage->batch * stage->layer[0].out_h * stage->layer[0].out_w,
           which, "lines cover the batch");
}

/* Blocks of output channels, `total` in all, as panels of at most `most` vectors, vector_count in all. */
static void check_panels(const struct kernel_case *which, const struct panel_block *panel_blocks,
                         unsigned kinds, unsigned total, unsigned most, unsigned vector_count)
{
    const unsigned lanes = which->isa->lanes;
    size_t channels = 0, vectors = 0, blocks = 0;
    for (unsigned k = 0; k < kinds; ++k) {
        const struct panel_block *block = &panel_blocks[k];
        size_t covered = 0, counted = 0;
        for (unsigned b = 0; b < block->band_count; ++b) {
            const struct panel_band *band = &block->bands[b];
            const bool last = b + 1 == block->band_count && k + 1 == kinds;
            expect(band->count > 0 && band->vectors > 0 && band->vectors <= most && band->lanes > 0, which,
                   "a panel has a size");
            expect(band->lanes == lanes || (last && band->lanes < lanes && band->count == 1), which,
                   "only the last panel has a tail");
            covered += (size_t)band->count * ((band->vectors - 1) * lanes + band->lanes);
            counted += (size_t)band->count * band->vectors;
        }
        expect(covered == block->channels && counted == block->vectors, which,
               "a block's channels are covered");
        channels += (size_t)block->count * block->channels;
        vectors += (size_t)block->count * block->vectors;
        blocks += block->count;
    }
    expect(channels == which->spec.stage.layer[0].out_c, which, "every output channel is covered");
    expect(vectors == vector_count && blocks == total, which, "panels are counted");
}

static void check_depth(const struct kernel_case *which, const struct pointwise_plan *pw)
{
    size_t depth = 0;
    for (unsigned d = 0; d < pw->depth_band_count; ++d) {
        const struct depth_band *band = &pw->depth_bands[d];
        expect(band->count > 0 && band->depth > 0 && band->depth <= pw->depth, which, "a K block has a size");
        expect(band->first == (d == 0) && band->last == (d + 1 == pw->depth_band_count), which,
               "the first K block starts and the last one ends");
        expect(band->count == 1 || (!band->first && !band->last), which, "these are single");
        depth += (size_t)band->count * band->depth;
    }
    expect(depth == which->spec.stage.layer[0].in_c, which, "every input channel is covered");
}

static void check_blocks(const struct kernel_case *which, const struct plan *plan)
{
    const struct pointwise_plan *pw = &plan->as.pointwise;
    if (plan->operation->id != OPERATION_POINTWISE)
        return;
    check_pixels(which, pw);
    check_panels(which, pw->panel_blocks, pw->panel_block_kinds, pw->panel_block_total, pw->vectors,
                 pw->vector_count);
    check_depth(which, pw);
    expect(plan->unit_count == (size_t)pw->line_count * pw->pixel_block_total * pw->panel_block_total, which,
           "work units are counted");
    expect(plan->packed_bytes >= (size_t)pw->vector_count * pw->vector_floats * sizeof(float), which,
           "packed weights have room");
}

static void test_blocks(void **state)
{
    (void)state;
    for_drawn("test_blocks", check_blocks);
}

/* ---- conv ------------------------------------------------------------------------------------------ */

/* The runs of a tile give every output each of its taps once, in order, from the right input column. */
static void check_runs(const struct kernel_case *which, const struct axis *axis, const struct axis_band *band)
{
    struct conv_run runs[CONV_RUN_MAX];
    unsigned next[PLAN_TILE_MAX];
    const unsigned count = conv_runs(axis, band, runs);
    for (unsigned i = 0; i < band->size; ++i)
        next[i] = band->taps[i].low;
    for (unsigned r = 0; r < count; ++r)
        for (unsigned tap = runs[r].tap; tap < runs[r].tap + runs[r].taps; ++tap)
            for (unsigned i = runs[r].low; i < runs[r].high; ++i) {
                const struct tap_range *range = &band->taps[i];
                const unsigned read =
                    runs[r].at + (i - runs[r].low) * axis->stride + (tap - runs[r].tap) * axis->dilation;
                expect(tap == next[i]++, which, "taps come in order");
                expect(read == range->at + (tap - range->low) * axis->dilation, which,
                       "a run reads the tap's column");
            }
    for (unsigned i = 0; i < band->size; ++i)
        expect(next[i] == band->taps[i].high, which, "every tap is in a run");
}

static void check_conv(const struct kernel_case *which, const struct plan *plan)
{
    const struct sepcc_stage *stage = &which->spec.stage;
    const struct conv_plan *cv = &plan->as.conv;
    if (plan->operation->id != OPERATION_CONV)
        return;
    const struct axis rows = axis_rows(&stage->layer[0]), columns = axis_columns(&stage->layer[0]);
    const unsigned covered = check_axis(which, &rows, cv->row_bands, cv->row_band_count, 1, true);
    expect(covered == rows.out, which, "bands of rows are of single rows");
    expect((size_t)cv->slices * cv->unit >= rows.out && (size_t)(cv->slices - 1) * cv->unit < rows.out, which,
           "units cover the rows");
    (void)check_axis(which, &columns, cv->column_bands, cv->column_band_count, cv->columns,
                     cv->unroll == UNROLL_NONE);
    for (unsigned b = 0; b < cv->column_band_count; ++b)
        check_runs(which, &columns, &cv->column_bands[b]);
    check_panels(which, cv->panel_blocks, cv->panel_block_kinds, cv->panel_block_total, cv->vectors,
                 cv->vector_count);
    expect(plan->unit_count == (size_t)stage->batch * cv->slices * cv->panel_block_total, which,
           "work units are counted");
    expect(plan->packed_bytes >= cv->vector_count * cv->vector_floats * sizeof(float), which,
           "packed weights have room");
}

static void test_conv(void **state)
{
    (void)state;
    for_drawn("test_conv", check_conv);
}

/* Loops over kernel columns are the last resort of a small budget. */
static void test_conv_of_a_small_budget(void **state)
{
    static const char wide[] = "conv in=9x40x8 out=16 kernel=1x21 pad=0,10,0,10";
    static const struct {
        const char *plan;
        enum unroll unroll;
        unsigned unroll_k;
    } cases[] = {{"columns=4,vectors=1", UNROLL_FULL, 4},
                 {"columns=4,vectors=1,budget=7000", UNROLL_FULL, 1},
                 {"columns=4,vectors=1,budget=4000", UNROLL_NONE, 4},
                 {"columns=4,vectors=1,unroll=none", UNROLL_NONE, 4}};
    (void)state;
    for (size_t i = 0; i < COUNT(cases); ++i) {
        struct kernel_case which = {.isa = isa_get(SEPCC_ISA_AVX2)};
        struct plan plan;
        (void)snprintf(which.plan, sizeof which.plan, "%s", cases[i].plan);
        assert_int_equal(spec_parse(wide, NOWHERE, &which.spec), STATUS_DONE);
        assert_int_equal(try_make(&which.spec, SEPCC_ISA_AVX2, which.plan, &plan), STATUS_DONE);
        assert_int_equal(plan.as.conv.unroll, cases[i].unroll);
        assert_int_equal(plan.as.conv.unroll_k, cases[i].unroll_k);
        check_conv(&which, &plan);
        check_round_trip(&which, &plan);
        plan_free(&plan);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_parse),
        cmocka_unit_test(test_parse_errors),
        cmocka_unit_test(test_impossible),
        cmocka_unit_test(test_round_trip),
        cmocka_unit_test(test_round_trip_of_a_small_budget),
        cmocka_unit_test(test_limits),
        cmocka_unit_test(test_bands),
        cmocka_unit_test(test_channels),
        cmocka_unit_test(test_blocks),
        cmocka_unit_test(test_conv),
        cmocka_unit_test(test_conv_of_a_small_budget),
    };
    return cmocka_run_group_tests_name("plan", tests, NULL, NULL);
}
