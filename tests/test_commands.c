/*
 * test_commands.c: build, verify, run and bench from end to end, with wrong kernels and missing emulators
 * too.
 */
#include "sepcc.h"
#include "support_folder.h"
#include "support_shell.h"
#include "verify/emulator.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cjson/cJSON.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char TWO_LAYERS[] = "depthwise name=dw in=6x5x3 kernel=3 pad=1 act=relu6\n"
                                 "pointwise name=pw in=6x5x3 out=4\n"
                                 "pointwise name=again in=6x5x3 out=4\n";

static int two_layers_setup(void **state)
{
    if (folder_setup(state) != 0)
        return -1;
    put_file(in_folder(*state, "two.layers"), TWO_LAYERS);
    return 0;
}

static size_t count_in(const char *text, const char *word)
{
    size_t count = 0;
    for (const char *at = strstr(text, word); at != NULL; at = strstr(at + 1, word))
        ++count;
    return count;
}

/* Skips the running test, by name, when an ISA can run nowhere. */
static struct runner need_emulator(enum sepcc_isa isa)
{
    const struct runner runner = emulator_for(isa_get(isa));
    const bool off = getenv("SEPCC_SKIP_EMULATORS") != NULL;
    if (runner.kind == RUN_NOWHERE || off) {
        print_message("skipped: %s\n", off ? "SEPCC_SKIP_EMULATORS is set" : runner.missing);
        skip();
    }
    return runner;
}

/* ---- build ----------------------------------------------------------------------------------------- */

static void test_build(void **state)
{
    assert_shell(*state, 0, "SEPCC_CACHE=$PWD/cache $SEPCC build -f two.layers --isa scalar -o out");
    assert_printed("out: 2 kernels, 3 objects compiled, 0 from the cache");
    assert_shell(*state, 0, "test -s out/libtwo.so && test -s out/libtwo.a && test -s out/two.h");
    assert_shell(*state, 0, "SEPCC_CACHE=$PWD/cache $SEPCC build -f two.layers --isa scalar -o again -j 1");
    assert_printed("again: 2 kernels, 0 objects compiled, 3 from the cache");
    assert_shell(*state, 0, "cmp out/libtwo.a again/libtwo.a && cmp out/libtwo.so again/libtwo.so");
    assert_shell(*state, 0, "$SEPCC build -f two.layers --isa scalar --cc gcc -o gcc -n other");
    assert_shell(*state, 0, "test -s gcc/libother.so");
}

static void test_build_cross(void **state)
{
    need_emulator(SEPCC_ISA_NEON);
    assert_shell(*state, 0, "$SEPCC build -f two.layers --isa sse,neon -o out");
    assert_printed("out/libtwo.so\nout/aarch64/libtwo.so\n");
    assert_shell(*state, 0, "test -s out/aarch64/libtwo.a");
}

/* ---- verify ---------------------------------------------------------------------------------------- */

static void test_verify(void **state)
{
    assert_shell(*state, 0, "$SEPCC verify -f two.layers --isa native --seed 7");
    assert_int_equal(count_in(shell_output(), "  native  "), count_in(shell_output(), "  PASS\n"));
    assert_printed("__scalar_");
    assert_printed(" 0 failed, 0 not executed (seed 7)\n");
    assert_string_equal(shell_error(), "");
    /* Nothing is left in the cache but what is cached. */
    assert_shell(*state, 0,
                 "SEPCC_CACHE=$PWD/cache $SEPCC verify -f two.layers --isa scalar && "
                 "test -z \"$(find cache -name '*sepcc-tmp*')\"");
    assert_printed("2 passed");
}

static void test_verify_emulated(void **state)
{
    need_emulator(SEPCC_ISA_NEON);
    assert_shell(*state, 0, "$SEPCC verify -f two.layers --isa neon --emulate");
    assert_printed("  neon  qemu-aarch64  ");
    assert_printed("2 passed, 0 failed, 0 not executed");
}

static void test_verify_bochs(void **state)
{
    if (need_emulator(SEPCC_ISA_AVX512).kind != RUN_BOCHS)
        skip();
    assert_shell(*state, 0, "$SEPCC verify -f two.layers --isa avx512 --emulate");
    assert_printed("  avx512  Bochs  ");
    assert_printed("2 passed, 0 failed, 0 not executed");
}

/* A data folder of its own, in which a vocabulary's multiply-add is another. */
static void tamper(const char *folder, const char *isa, const char *from, const char *to)
{
    if (shell(folder,
              "mkdir data && cp -r $ROOT/templates $ROOT/runtime data && mkdir -p data/tests && "
              "cp -r $ROOT/tests/emulators data/tests && sed -i 's/%s/%s/' data/templates/isa/%s.m4 && "
              "! cmp -s data/templates/isa/%s.m4 $ROOT/templates/isa/%s.m4",
              from, to, isa, isa, isa) != 0)
        fail_msg("the templates cannot be changed: %s", shell_error());
}

static void test_verify_wrong(void **state)
{
    tamper(*state, "scalar", "fmaf(\\$1, \\$2, \\$3)", "fmaf($1, $2, -$3)");
    assert_shell(*state, 1, "SEPCC_DATADIR=$PWD/data $SEPCC verify -f two.layers --isa scalar");
    assert_printed("  FAIL  ");
    assert_printed("passed, ");
    assert_shell(*state, 1,
                 "SEPCC_DATADIR=$PWD/data $SEPCC bench -f two.layers --isa scalar --verify --seconds 0.01");
    assert_printed("  NO ");
}

#define CRASH "*(volatile const float *)8"

static void test_verify_crash(void **state)
{
    tamper(*state, "scalar", "fmaf(\\$1, \\$2, \\$3)", "fmaf($1, $2, $3 + " CRASH ")");
    assert_shell(*state, 1, "SEPCC_DATADIR=$PWD/data $SEPCC verify depthwise in=6x5x3 kernel=3 --isa scalar");
    assert_printed("  FAIL  ");
    assert_printed("SIGSEGV");
    assert_printed("0 passed, 1 failed, 0 not executed");
}

/* One kernel's crash under an emulator does not end the others of its run. */
static void test_verify_emulated_crash(void **state)
{
    need_emulator(SEPCC_ISA_NEON);
    put_file(in_folder(*state, "four.layers"), "depthwise in=6x5x3 kernel=3\ndepthwise in=6x5x4 kernel=3\n"
                                               "pointwise in=6x5x3 out=4\ndepthwise in=6x5x5 kernel=3\n");
    tamper(*state, "neon", "vfmaq_f32(\\$3, \\$1, \\$2)",
           "vfmaq_f32(vaddq_f32($3, vdupq_n_f32(" CRASH ")), $1, $2)");
    assert_int_equal(
        shell(*state, "SEPCC_DATADIR=$PWD/data $SEPCC verify -f four.layers --isa neon --emulate -j 1"), 1);
    assert_true(count_in(shell_output(), "  FAIL  ") >= 3);
    assert_printed("signal 11");
    assert_printed("0 not executed");
}

/* Without emulators: a line that says so, and no success where one was asked for by name. */
static void test_verify_nowhere(void **state)
{
    assert_shell(*state, 0,
                 "mkdir bin && for f in /usr/bin/* /bin/*; do case ${f##*/} in qemu-*|bochs*) ;; "
                 "*) test -e bin/${f##*/} || ln -s $f bin/${f##*/};; esac; done");
    assert_shell(*state, 3,
                 "SEPCC_ISAS=scalar PATH=$PWD/bin $SEPCC verify -f two.layers --isa scalar,avx512");
    assert_int_equal(count_in(shell_output(), "  SKIP  "), 2);
    assert_printed("2 passed, 0 failed, 2 not executed");
    assert_error("avx512 was not executed: ");
    assert_error("apt-get install");
    assert_shell(*state, 0, "SEPCC_ISAS=scalar PATH=$PWD/bin $SEPCC verify -f two.layers --isa all");
    assert_printed("2 passed, 0 failed, 8 not executed");
    assert_string_equal(shell_error(), "");
}

/* ---- run ------------------------------------------------------------------------------------------- */

/* Tensors of a stage of one layer. */
struct tensors {
    struct sepcc_stage stage;
    float *in, *weight, *bias, *slope, *expected;
    size_t out_count;
};

static float *filled(size_t count, uint64_t seed)
{
    float *values = sepcc_alloc(count * sizeof *values);
    assert_non_null(values);
    sepcc_fill(values, count, SEPCC_DATA_CANCEL, seed);
    return values;
}

static void write_npy(const char *path, size_t rank, const size_t *shape, const float *values)
{
    char message[256];
    assert_int_equal(sepcc_npy_write(path, rank, shape, values, message, sizeof message), SEPCC_OK);
}

static void make_tensors(const char *folder, const struct sepcc_layer *layer, uint32_t batch,
                         struct tensors *tensors)
{
    *tensors =
        (struct tensors){.stage = {.op = layer->op, .batch = batch, .layer_count = 1, .layer = {*layer}}};
    const struct sepcc_stage *stage = &tensors->stage;
    size_t shape[4];
    const size_t channels = layer->out_c;
    tensors->out_count = sepcc_stage_output_count(stage);
    tensors->in = filled(sepcc_stage_input_count(stage), 1);
    tensors->weight = filled(sepcc_layer_weight_count(layer), 2);
    tensors->bias = filled(channels, 3);
    tensors->slope = filled(channels, 4);
    tensors->expected = filled(tensors->out_count, 5);
    const float *weights[] = {tensors->weight}, *biases[] = {tensors->bias}, *slopes[] = {tensors->slope};
    assert_int_equal(
        sepcc_reference(stage, SEPCC_FUSED, tensors->in, weights, biases, slopes, tensors->expected),
        SEPCC_OK);
    sepcc_stage_input_shape(stage, shape);
    write_npy(in_folder(folder, "x.npy"), 4, shape, tensors->in);
    write_npy(in_folder(folder, "bias.npy"), 1, &channels, tensors->bias);
    write_npy(in_folder(folder, "slope.npy"), 1, &channels, tensors->slope);
}

static void assert_result(const char *folder, const struct tensors *tensors)
{
    struct sepcc_array array;
    size_t shape[4];
    char message[256];
    assert_int_equal(sepcc_npy_read(in_folder(folder, "y.npy"), &array, message, sizeof message), SEPCC_OK);
    sepcc_stage_output_shape(&tensors->stage, shape);
    assert_int_equal(array.rank, 4);
    assert_memory_equal(array.shape, shape, sizeof shape);
    assert_memory_equal(array.data, tensors->expected, tensors->out_count * sizeof(float));
    sepcc_array_free(&array);
    assert_int_equal(remove(in_folder(folder, "y.npy")), 0);
}

static void free_tensors(struct tensors *tensors)
{
    float *const all[] = {tensors->in, tensors->weight, tensors->bias, tensors->slope, tensors->expected};
    for (size_t i = 0; i < sizeof all / sizeof all[0]; ++i)
        sepcc_free(all[i]);
}

#define RUN_DEPTHWISE                                                                                        \
    "$SEPCC run depthwise batch=2 in=7x6x3 kernel=3x2 stride=2x1 pad=1,0,0,1 mult=2 act=prelu --isa scalar " \
    "--input x.npy --weights . -o y.npy"

static void test_run_depthwise(void **state)
{
    const struct sepcc_layer layer = {.op = SEPCC_OP_DEPTHWISE,
                                      .in_h = 7,
                                      .in_w = 6,
                                      .in_c = 3,
                                      .out_h = 3,
                                      .out_w = 6,
                                      .out_c = 6,
                                      .kernel_h = 3,
                                      .kernel_w = 2,
                                      .stride_h = 2,
                                      .stride_w = 1,
                                      .dilation_h = 1,
                                      .dilation_w = 1,
                                      .pad_top = 1,
                                      .pad_right = 1,
                                      .multiplier = 2,
                                      .has_bias = 1,
                                      .act = SEPCC_ACT_PRELU};
    struct tensors tensors;
    make_tensors(*state, &layer, 2, &tensors);
    const size_t own[] = {3, 2, 6}, torch[] = {6, 1, 3, 2};
    write_npy(in_folder(*state, "weight.npy"), 3, own, tensors.weight);
    assert_shell(*state, 0, RUN_DEPTHWISE);
    assert_result(*state, &tensors);
    /* PyTorch's order: channel, then tap. */
    float turned[36];
    for (size_t c = 0; c < 6; ++c)
        for (size_t tap = 0; tap < 6; ++tap)
            turned[c * 6 + tap] = tensors.weight[tap * 6 + c];
    write_npy(in_folder(*state, "weight.npy"), 4, torch, turned);
    assert_shell(*state, 0, RUN_DEPTHWISE " --threads 2");
    assert_result(*state, &tensors);
    free_tensors(&tensors);
}

#define RUN_POINTWISE "$SEPCC run pointwise in=4x5x3 out=7 act=relu --input x.npy --weights . -o y.npy"

static struct sepcc_layer pointwise_layer(void)
{
    return (struct sepcc_layer){.op = SEPCC_OP_POINTWISE,
                                .in_h = 4,
                                .in_w = 5,
                                .in_c = 3,
                                .out_h = 4,
                                .out_w = 5,
                                .out_c = 7,
                                .kernel_h = 1,
                                .kernel_w = 1,
                                .stride_h = 1,
                                .stride_w = 1,
                                .dilation_h = 1,
                                .dilation_w = 1,
                                .multiplier = 1,
                                .has_bias = 1,
                                .act = SEPCC_ACT_RELU};
}

static void test_run_pointwise(void **state)
{
    const struct sepcc_layer layer = pointwise_layer();
    struct tensors tensors;
    make_tensors(*state, &layer, 1, &tensors);
    const size_t own[] = {7, 3}, torch[] = {7, 3, 1, 1};
    write_npy(in_folder(*state, "weight.npy"), 2, own, tensors.weight);
    assert_shell(*state, 0, RUN_POINTWISE " --isa scalar");
    assert_result(*state, &tensors);
    write_npy(in_folder(*state, "weight.npy"), 4, torch, tensors.weight);
    assert_shell(*state, 0, RUN_POINTWISE " --isa scalar");
    assert_result(*state, &tensors);
    free_tensors(&tensors);
}

#define RUN_CONV                                                                                             \
    "$SEPCC run conv in=5x4x2 out=3 kernel=3x2 pad=1 act=relu --isa scalar --input x.npy --weights . -o "    \
    "y.npy"

/* Weights of a convolution have PyTorch's shape, and no other. */
static void test_run_conv(void **state)
{
    struct sepcc_layer layer = pointwise_layer();
    layer.op = SEPCC_OP_CONV;
    layer.in_h = layer.out_h = 5;
    layer.in_w = 4;
    layer.out_w = 5; /* 4 + 1 + 1 - 2 + 1 */
    layer.in_c = 2;
    layer.out_c = 3;
    layer.kernel_h = 3;
    layer.kernel_w = 2;
    layer.pad_top = layer.pad_left = layer.pad_bottom = layer.pad_right = 1;
    struct tensors tensors;
    make_tensors(*state, &layer, 1, &tensors);
    const size_t shape[] = {3, 2, 3, 2}, turned[] = {3, 3, 2, 2};
    write_npy(in_folder(*state, "weight.npy"), 4, shape, tensors.weight);
    assert_shell(*state, 0, RUN_CONV);
    assert_result(*state, &tensors);
    write_npy(in_folder(*state, "weight.npy"), 4, turned, tensors.weight);
    assert_shell(*state, 2, RUN_CONV);
    assert_error("./weight.npy: error: ");
    free_tensors(&tensors);
}

/* Each refusal names the file and what was expected, and writes nothing. */
static void test_run_refusals(void **state)
{
    const char *folder = *state;
    const struct sepcc_layer layer = pointwise_layer();
    struct tensors tensors;
    make_tensors(folder, &layer, 1, &tensors);
    const size_t turned[] = {3, 7}, three[] = {4, 5, 3}, six = 6;
    assert_shell(folder, 2, RUN_POINTWISE);
    assert_error("./weight.npy: error: cannot read: No such file or directory, expected a readable .npy file "
                 "[file-missing]");
    write_npy(in_folder(folder, "weight.npy"), 2, turned, tensors.weight);
    assert_shell(folder, 2, RUN_POINTWISE);
    assert_error("./weight.npy: error: the shape is [3,7], expected [7,3] or [7,3,1,1] [shape]");
    put_file(in_folder(folder, "weight.npy"), "no numbers");
    assert_shell(folder, 2, RUN_POINTWISE);
    assert_error("./weight.npy: error: ");
    assert_error("[file-format]");
    const size_t own[] = {7, 3};
    write_npy(in_folder(folder, "weight.npy"), 2, own, tensors.weight);
    assert_shell(folder, 3, RUN_POINTWISE " --isa scalar -o none/y.npy");
    assert_error("none/y.npy: error: cannot write: No such file or directory, expected a place that can be "
                 "written [io]");
    write_npy(in_folder(folder, "bias.npy"), 1, &six, tensors.bias);
    assert_shell(folder, 2, RUN_POINTWISE);
    assert_error("./bias.npy: error: the shape is [6], expected [7] [shape]");
    write_npy(in_folder(folder, "x.npy"), 3, three, tensors.in);
    assert_shell(folder, 2, RUN_POINTWISE);
    assert_error("x.npy: error: the shape is [4,5,3], expected [1,4,5,3] [shape]");
    assert_shell(folder, 3, "SEPCC_ISAS=scalar " RUN_POINTWISE " --isa sse");
    assert_error("sepcc: --isa: error: this CPU has no sse");
    assert_shell(folder, 1, "test -e y.npy");
    free_tensors(&tensors);
}

#define RUN_INVERTED                                                                                         \
    "$SEPCC run inverted in=4x5x3 expand=7 out=3 kernel=3 pad=1 pw.bias=no act=prelu residual=yes "          \
    "--isa scalar --input x.npy --weights . -o y.npy"

/* A layer of the inverted stage on 4x5 pixels; kernel 3 means padding 1. */
static struct sepcc_layer inverted_layer(uint32_t op, uint32_t in_c, uint32_t out_c, uint32_t kernel)
{
    struct sepcc_layer layer = pointwise_layer();
    layer.op = op;
    layer.in_c = in_c;
    layer.out_c = out_c;
    layer.kernel_h = layer.kernel_w = kernel;
    layer.pad_top = layer.pad_left = layer.pad_bottom = layer.pad_right = kernel / 2;
    layer.act = SEPCC_ACT_PRELU;
    return layer;
}

/* Each layer's tensors are read from files of its own name; what no layer has need not be there. */
static void test_run_inverted(void **state)
{
    struct tensors tensors = {.stage = {.op = SEPCC_OP_INVERTED,
                                        .batch = 1,
                                        .residual = 1,
                                        .layer_count = 3,
                                        .layer = {inverted_layer(SEPCC_OP_POINTWISE, 3, 7, 1),
                                                  inverted_layer(SEPCC_OP_DEPTHWISE, 7, 7, 3),
                                                  inverted_layer(SEPCC_OP_POINTWISE, 7, 3, 1)}}};
    tensors.stage.layer[2].has_bias = tensors.stage.layer[2].act = 0;
    const size_t image[] = {1, 4, 5, 3}, expand[] = {7, 3}, dw[] = {3, 3, 7}, pw[] = {3, 7, 1, 1}, seven = 7;
    enum { WEIGHTS = 3, VECTORS = 4 };
    float *weight[WEIGHTS] = {filled(21, 2), filled(63, 3), filled(21, 4)};
    float *vector[VECTORS] = {filled(7, 5), filled(7, 6), filled(7, 7), filled(7, 8)};
    const float *weights[] = {weight[0], weight[1], weight[2]}, *biases[] = {vector[0], vector[1], NULL};
    const float *slopes[] = {vector[2], vector[3], NULL};
    tensors.in = filled(60, 1);
    tensors.expected = filled(60, 9);
    tensors.out_count = 60;
    assert_int_equal(
        sepcc_reference(&tensors.stage, SEPCC_FUSED, tensors.in, weights, biases, slopes, tensors.expected),
        SEPCC_OK);
    write_npy(in_folder(*state, "x.npy"), 4, image, tensors.in);
    write_npy(in_folder(*state, "expand.weight.npy"), 2, expand, weight[0]);
    write_npy(in_folder(*state, "expand.bias.npy"), 1, &seven, vector[0]);
    write_npy(in_folder(*state, "expand.slope.npy"), 1, &seven, vector[2]);
    assert_shell(*state, 2, RUN_INVERTED);
    assert_error("./dw.weight.npy: error: ");
    write_npy(in_folder(*state, "dw.weight.npy"), 3, dw, weight[1]);
    write_npy(in_folder(*state, "dw.bias.npy"), 1, &seven, vector[1]);
    write_npy(in_folder(*state, "dw.slope.npy"), 1, &seven, vector[3]);
    write_npy(in_folder(*state, "pw.weight.npy"), 4, pw, weight[2]);
    assert_shell(*state, 0, RUN_INVERTED);
    assert_result(*state, &tensors);
    for (size_t i = 0; i < WEIGHTS; ++i)
        sepcc_free(weight[i]);
    for (size_t i = 0; i < VECTORS; ++i)
        sepcc_free(vector[i]);
    free_tensors(&tensors);
}

/* The output cannot be written: said as itself, and no part of it is left. */
static void test_run_unwritable(void **state)
{
    const struct sepcc_layer layer = pointwise_layer();
    struct tensors tensors;
    make_tensors(*state, &layer, 1, &tensors);
    const size_t own[] = {7, 3};
    write_npy(in_folder(*state, "weight.npy"), 2, own, tensors.weight);
    assert_shell(*state, 3,
                 "$SEPCC run pointwise in=4x5x3 out=7 act=relu --input x.npy --weights . -o none/y.npy");
    assert_error("none/y.npy: error: ");
    assert_error("[io]");
    assert_shell(*state, 2, "$SEPCC run pointwise in=4x5x3 out=7 act=relu --input x.npy --weights . -o .");
    assert_error(".: error: cannot write: Is a directory");
    free_tensors(&tensors);
}

/* ---- bench ----------------------------------------------------------------------------------------- */

static void test_bench_table(void **state)
{
    assert_shell(*state, 0, "$SEPCC bench -f two.layers --isa scalar --verify --seconds 0.01");
    assert_int_equal(count_in(shell_output(), "\n"), 5);
    assert_int_equal(count_in(shell_output(), "  yes "), 4);
    assert_int_equal(count_in(shell_output(), "total"), 1);
    assert_int_equal(count_in(shell_output(), "bound ms  by      of bound\n"), 1);
    assert_shell(*state, 0, "$SEPCC bench -f two.layers --isa scalar --seconds 0.01 --threads 2");
    assert_int_equal(count_in(shell_output(), "yes"), 0);
}

static void test_bench_csv(void **state)
{
    assert_shell(*state, 0, "$SEPCC bench -f two.layers --isa scalar --csv --seconds 0.01");
    assert_int_equal(count_in(shell_output(), "\n"), 4);
    assert_int_equal(count_in(shell_output(), ","), 4 * 17);
    assert_printed(",kernel,bound_ms,bound_by,bound_share\n");
    assert_printed("\nagain,scalar,");
}

static void test_bench_json(void **state)
{
    assert_shell(*state, 0, "$SEPCC bench -f two.layers --isa scalar --json --seconds 0.01 --verify");
    cJSON *root = cJSON_Parse(shell_output());
    assert_non_null(root);
    const cJSON *stages = cJSON_GetObjectItem(root, "stages");
    assert_int_equal(cJSON_GetArraySize(stages), 3);
    assert_int_equal(cJSON_GetArraySize(cJSON_GetObjectItem(root, "totals")), 1);
    const cJSON *item;
    cJSON_ArrayForEach(item, stages)
    {
        assert_true(cJSON_GetNumberValue(cJSON_GetObjectItem(item, "ms")) > 0.0);
        assert_true(cJSON_GetNumberValue(cJSON_GetObjectItem(item, "peak_gflops")) > 0.0);
        assert_true(cJSON_IsTrue(cJSON_GetObjectItem(item, "verified")));
        assert_true(cJSON_GetNumberValue(cJSON_GetObjectItem(item, "bound_ms")) > 0.0);
        assert_true(cJSON_GetNumberValue(cJSON_GetObjectItem(item, "bound_share")) > 0.0);
        assert_true(cJSON_IsString(cJSON_GetObjectItem(item, "bound_by")));
    }
    cJSON_Delete(root);
}

#define WITH_FOLDER(test) cmocka_unit_test_setup_teardown(test, two_layers_setup, folder_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_FOLDER(test_build),          WITH_FOLDER(test_build_cross),
        WITH_FOLDER(test_verify),         WITH_FOLDER(test_verify_emulated),
        WITH_FOLDER(test_verify_bochs),   WITH_FOLDER(test_verify_wrong),
        WITH_FOLDER(test_verify_crash),   WITH_FOLDER(test_verify_emulated_crash),
        WITH_FOLDER(test_verify_nowhere), WITH_FOLDER(test_run_depthwise),
        WITH_FOLDER(test_run_pointwise),  WITH_FOLDER(test_run_conv),
        WITH_FOLDER(test_run_refusals),   WITH_FOLDER(test_run_inverted),
        WITH_FOLDER(test_run_unwritable), WITH_FOLDER(test_bench_table),
        WITH_FOLDER(test_bench_csv),      WITH_FOLDER(test_bench_json),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
