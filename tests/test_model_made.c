/*
 * test_model_made.c: models made here from end to end: a file, the bundle that `sepcc` makes of it, a program
 * of its stages; and the same stages beside ONNX Runtime.
 */
#include "base/files.h"
#include "support_folder.h"
#include "support_model.h"
#include "support_onnx.h"
#include "support_shell.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct made_onnx made;

/* One stage of every kind, each behind the one before. */
static const char NET[] =
    "in x 1x4x8x7\nconst we 8x4x1x1\nconst be 8\nconst wd 8x1x3x3\nconst wp 4x8x1x1\nconst s 4 positive\n"
    "e Conv x we be\nea Relu e\nd Conv ea wd group=8 pads=1,1,1,1\nda Clip d 0 6\np Conv da wp\nr Add p x\n"
    "n BatchNormalization r s s s s\nconst w2 4x1x3x3\nk Conv n w2 group=4\nl HardSwish k\n"
    "const w3 6x4x1x1\nq Conv l w3\nout q";

/* ---- a program of its stages ------------------------------------------------------------------------ */

static void write_floats(const char *path, const char *tensor)
{
    const size_t index = made_tensor(&made.from, tensor), count = made.from.tensors[index].count;
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    for (size_t i = 0; i < count; ++i) {
        const float value = (float)made.from.values[index][i];
        assert_int_equal(fwrite(&value, sizeof value, 1, file), 1);
    }
    assert_int_equal(fclose(file), 0);
}

static void compare_floats(const char *path, const char *tensor)
{
    struct text bytes = {0};
    const size_t index = made_tensor(&made.from, tensor), count = made.from.tensors[index].count;
    assert_int_equal(file_read(path, &bytes), STATUS_DONE);
    assert_int_equal(bytes.length, count * sizeof(float));
    for (size_t i = 0; i < count; ++i) {
        float value;
        memcpy(&value, bytes.data + i * sizeof value, sizeof value);
        const double truth = made.from.values[index][i];
        if (!(fabs((double)value - truth) <= 1e-4 * (1 + fabs(truth))))
            fail_msg("element %zu of %s is %g, expected %g", i, tensor, (double)value, truth);
    }
    text_free(&bytes);
}

static const char PROGRAM[] =
    "#include \"net.h\"\n#include <stdio.h>\n"
    "static float x[SEPCC_NET_E_IN_COUNT], r[SEPCC_NET_E_OUT_COUNT],\n"
    "             q[SEPCC_NET_K_OUT_COUNT];\n"
    "int main(void)\n{\n"
    "    void *workspace = sepcc_net_alloc(SEPCC_NET_WORKSPACE_BYTES);\n"
    "    FILE *in = fopen(\"x.bin\", \"rb\"), *out = fopen(\"q.bin\", \"wb\");\n"
    "    LOAD\n"
    "    if (fread(x, 4, SEPCC_NET_E_IN_COUNT, in) != SEPCC_NET_E_IN_COUNT ||\n"
    "        net_stage_e(x, r, workspace) != 0 || net_stage_k(r, q, workspace) != 0)\n"
    "        return 1;\n"
    "    fwrite(q, 4, SEPCC_NET_K_OUT_COUNT, out);\n"
    "    sepcc_net_free(workspace);\n"
    "    return fclose(out) != 0 || fclose(in) != 0;\n}\n";

/* The options of gen, and what the program does to get its weights. */
static void run_bundle(const char *folder, const char *options, const char *load)
{
    make_onnx(NET, &made);
    onnx_write(&made, in_folder(folder, "net.onnx"));
    write_floats(in_folder(folder, "x.bin"), "x");
    put_file(in_folder(folder, "use.c"), PROGRAM);
    if (shell(folder, "$SEPCC gen net.onnx --isa scalar -o out %s", options) != 0 ||
        shell(folder, "cc -std=c11 -O1 -w -Iout '-DLOAD=%s' -o use out/*.c use.c -lm && ./use", load) != 0)
        fail_msg("%s", shell_error());
    compare_floats(in_folder(folder, "q.bin"), "q");
    made_onnx_free(&made);
}

static void runs_with_weights_inside(void **state)
{
    run_bundle(*state, "", "");
}

static void runs_with_weights_beside(void **state)
{
    run_bundle(*state, "--weights net.weights", "if (net_weights_load(\"net.weights\") != NULL) return 2;");
}

static void runs_from_a_single_file(void **state)
{
    run_bundle(*state, "--single-file", "");
}

/* The list of a model's stages has them all. */
static void writes_layers(void **state)
{
    make_onnx(NET, &made);
    onnx_write(&made, in_folder(*state, "net.onnx"));
    made_onnx_free(&made);
    assert_shell(*state, 0, "$SEPCC stages net.onnx --layers net.layers");
    assert_printed("e      inverted+add");
    assert_printed("k      separable");
    assert_printed("BatchNormalization in front");
    assert_printed("2 stages");
    assert_printed("100.0 % of the network's");
    /* A model is one by its content, whatever it is called. */
    assert_shell(*state, 0, "cp net.onnx other.layers && $SEPCC stages -f other.layers");
    assert_printed("2 stages");
    assert_shell(*state, 0, "$SEPCC stages -f - <net.onnx");
    assert_printed("2 stages");
    assert_shell(*state, 0, "$SEPCC stages net.layers");
    assert_printed("e      inverted+add");
    assert_printed("k      separable");
}

/* ---- beside ONNX Runtime ---------------------------------------------------------------------------- */

#define LAYER     "in x 1x4x9x6\nconst w 4x1x3x3\nconst b 4\nconst c 4x1x1\nconst e 4 positive\nconst f 4\n"
#define DEPTHWISE LAYER "t Conv x w b group=4 pads=1,1,1,1\n"

static const char *const texts[] = {
    LAYER "n BatchNormalization x e f b e\nt Conv n w b group=4\nout t",
    LAYER "n BatchNormalization x e f b e\nconst v 8x4x1x1\nt Conv n v strides=2,2\ny Relu t\nout y",
    DEPTHWISE "a Relu t\nn BatchNormalization a e f b e\nconst v 8x4x1x1\ny Conv n v\nout y",
    DEPTHWISE "k BatchNormalization t e f b e\nl Mul k c\nm Sub l c\ny Clip m 0 6\nout y",
    DEPTHWISE "y PRelu t c\nout y",
    DEPTHWISE "p Relu t\nn Neg t\nq Relu n\nr Mul q c\ny Sub p r\nout y",
    DEPTHWISE "p Add t 3\nq Clip p 0 6\nr Mul t q\ny Div r 6\nout y",
    DEPTHWISE "g HardSigmoid t alpha=0.16666667\ny Mul t g\nout y",
    DEPTHWISE "s Sigmoid t\ny Mul s t\nout y",
    "in x 3x4\nconst w 5x4\nconst b 1x5\ny Gemm x w b transB=1 alpha=0.5\nz Sigmoid y\nout z",
    "in x 2x3x4\nconst w 4x5\nconst b 5\nm MatMul x w\ny Add b m\nz Relu y\nout z",
};

static void verify(const char *folder, const char *text, const char *file)
{
    const int status = shell(folder, "$SEPCC verify %s --against ort --isa scalar", file);
    if (status != 0)
        fail_msg("%s\n%s%s", text, shell_output(), shell_error());
    assert_printed(" 0 failed, 0 not executed");
}

static void skip_without_ort(void)
{
    struct ort ort;
    open_ort(&ort);
    ort_close(&ort);
}

/* Random input. */
static void agrees_with_onnx_runtime(void **state)
{
    skip_without_ort();
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; ++i) {
        make_onnx(texts[i], &made);
        onnx_write(&made, in_folder(*state, "net.onnx"));
        made_onnx_free(&made);
        verify(*state, texts[i], "net.onnx");
    }
}

/* However weights are kept: as halves, in Constant nodes, beside the model. */
static void agrees_whatever_the_weights_are(void **state)
{
    skip_without_ort();
    assert_shell(*state, 0, "mkdir m");
    make_onnx(NET, &made);
    onnx_put_cast(&made, "we");
    onnx_put_cast(&made, "be");
    onnx_to_constant(&made, "w2");
    write_floats(in_folder(*state, "m/wd.bin"), "wd");
    onnx_put_external(&made, onnx_weight(&made, "wd"), "wd.bin", "0", NULL);
    /* The nodes of Cast come last, and have to come first for ONNX Runtime. */
    Onnx__NodeProto **nodes = made.graph->node;
    const size_t count = made.graph->n_node;
    Onnx__NodeProto *casts[2] = {nodes[count - 2], nodes[count - 1]};
    memmove(nodes + 2, nodes, (count - 2) * sizeof(Onnx__NodeProto *));
    memcpy(nodes, casts, sizeof casts);
    onnx_write(&made, in_folder(*state, "m/net.onnx"));
    made_onnx_free(&made);
    verify(*state, NET, "m/net.onnx");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(runs_with_weights_inside, folder_setup, folder_teardown),
        cmocka_unit_test_setup_teardown(runs_with_weights_beside, folder_setup, folder_teardown),
        cmocka_unit_test_setup_teardown(runs_from_a_single_file, folder_setup, folder_teardown),
        cmocka_unit_test_setup_teardown(writes_layers, folder_setup, folder_teardown),
        cmocka_unit_test_setup_teardown(agrees_with_onnx_runtime, folder_setup, folder_teardown),
        cmocka_unit_test_setup_teardown(agrees_whatever_the_weights_are, folder_setup, folder_teardown),
    };
    return cmocka_run_group_tests_name("model_made", tests, NULL, NULL);
}
