/*
 * test_weights.c: weights of a model in its bundle: packed as the kernels' own `pack` does it, byte by byte;
 * stages by name give the reference's bits; a side file that is not right is refused.
 */
#include "bundle/bundle.h"
#include "bundle/pack.h"
#include "sepcc.h"
#include "support_folder.h"
#include "support_kernels.h"
#include "support_shell.h"
#include "support_spec.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- stages with weights --------------------------------------------------------------------------- */

static float *random_floats(size_t count, uint64_t *state)
{
    float *values = malloc(count * sizeof *values);
    assert_non_null(values);
    for (size_t i = 0; i < count; ++i)
        values[i] = (float)random_between(state, 0, 2000) / 1000.0f - 1.0f;
    return values;
}

static void layers_fill(const struct sepcc_stage *stage, uint64_t *state, struct model_layer layers[])
{
    for (uint32_t i = 0; i < stage->layer_count; ++i) {
        const struct sepcc_layer *layer = &stage->layer[i];
        layers[i] = (struct model_layer){.weight = random_floats(sepcc_layer_weight_count(layer), state)};
        if (layer->has_bias)
            layers[i].bias = random_floats(layer->out_c, state);
        if (layer->act == SEPCC_ACT_PRELU)
            layers[i].slope = random_floats(layer->out_c, state);
    }
}

static void layers_free(const struct sepcc_stage *stage, struct model_layer layers[])
{
    for (uint32_t i = 0; i < stage->layer_count; ++i) {
        free(layers[i].weight);
        free(layers[i].bias);
        free(layers[i].slope);
    }
}

struct tensors {
    const float *weight[SEPCC_MAX_LAYERS], *bias[SEPCC_MAX_LAYERS], *slope[SEPCC_MAX_LAYERS];
};

static struct tensors tensors_of(const struct model_layer layers[])
{
    struct tensors tensors;
    for (uint32_t i = 0; i < SEPCC_MAX_LAYERS; ++i) {
        tensors.weight[i] = layers[i].weight;
        tensors.bias[i] = layers[i].bias;
        tensors.slope[i] = layers[i].slope;
    }
    return tensors;
}

/* ---- packing --------------------------------------------------------------------------------------- */

struct packing {
    const struct case_list *list;
    uint64_t state;
};

static void compare_packing(const struct sepcc_kernel *kernel, size_t index, void *context)
{
    struct packing *packing = context;
    const struct kernel_case *which = &packing->list->items[index];
    struct model_layer layers[SEPCC_MAX_LAYERS] = {{0}};
    struct plan_request request;
    struct plan plan;
    assert_int_equal(plan_request_parse(which->plan, (struct position){"--plan", 0, 0}, &request),
                     STATUS_DONE);
    assert_int_equal(plan_make(&which->spec, which->isa, &request, (struct position){"--plan", 0, 0}, &plan),
                     STATUS_DONE);
    layers_fill(&kernel->stage, &packing->state, layers);
    const struct tensors tensors = tensors_of(layers);
    float *expected = sepcc_alloc(kernel->packed_bytes), *actual = malloc(plan.packed_bytes);
    assert_non_null(expected);
    assert_non_null(actual);
    assert_int_equal(plan.packed_bytes, kernel->packed_bytes);
    kernel->pack(tensors.weight, tensors.bias, tensors.slope, expected);
    memset(actual, 0x5a, plan.packed_bytes);
    pack_weights(&kernel->stage, &plan, layers, actual);
    if (memcmp(expected, actual, plan.packed_bytes) != 0)
        fail_msg("%s: packed weights differ", kernel->name);
    plan_free(&plan);
    free(actual);
    sepcc_free(expected);
    layers_free(&kernel->stage, layers);
}

/* Kernels of ISAs that this CPU lacks can be neither loaded nor asked; their plans are made alike. */
static void test_packing(void **state)
{
    (void)state;
    enum { CASES = 60 };
    struct packing packing = {.state = spec_test_seed("packing")};
    for (unsigned isa = 0; isa < SEPCC_ISA_COUNT; ++isa) {
        struct case_list list = {0};
        if (!(sepcc_cpu_isas() & (1u << isa)))
            continue;
        cases_draw(&list, isa_get((enum sepcc_isa)isa), &packing.state, FMA_USUAL, CASES);
        packing.list = &list;
        cases_visit(&list, compare_packing, &packing);
        cases_free(&list);
    }
}

/* ---- a model made by hand -------------------------------------------------------------------------- */

/* Equal stages with weights of their own, both layouts, fused ones, lanes left over, a slope. */
static const char *const model_specs[] = {
    "depthwise name=dw in=7x6x13 kernel=3 pad=1 act=prelu",
    "depthwise name=F_again in=7x6x13 kernel=3 pad=1 act=prelu",
    "pointwise name=pw in=5x4x19 out=37 act=relu6",
    "pointwise name=planes in=5x4x6 out=35 bias=no layout=nchw",
    "separable name=s in=6x6x8 out=9 kernel=3 pad=1 layout=nchw",
    "inverted name=load in=6x5x4 expand=20 out=4 kernel=3 pad=1 act=relu residual=yes",
};
enum { STAGES = sizeof model_specs / sizeof model_specs[0] };

static void model_make(struct model *model, uint64_t seed)
{
    uint64_t state = seed;
    *model = (struct model){.graph = {.file = "some/folder/net.onnx"}, .stage_count = STAGES};
    model->stages = calloc(STAGES, sizeof *model->stages);
    assert_non_null(model->stages);
    for (size_t i = 0; i < STAGES; ++i) {
        model->stages[i].spec = spec_good(model_specs[i]);
        layers_fill(&model->stages[i].spec.stage, &state, model->stages[i].layer);
    }
}

static void model_unmake(struct model *model)
{
    for (size_t i = 0; i < STAGES; ++i)
        layers_free(&model->stages[i].spec.stage, model->stages[i].layer);
    free(model->stages);
}

/* What `sepcc gen` does with a model. */
static void write_form(const char *folder, struct model *model, const char *weights_file, bool single_file)
{
    static const struct command gen = {.name = "gen", .bit = FOR_GEN, .default_isa = "all"};
    struct options options = {.command = &gen,
                              .name = "net",
                              .isa_text = "all",
                              .output = folder,
                              .jobs = 2,
                              .single_file = single_file,
                              .weights = weights_file};
    struct bundle bundle;
    isa_set set;
    plan_request_clear(&options.plan);
    assert_int_equal(wanted_isas(&options, &set), STATUS_DONE);
    assert_int_equal(bundle_plan_model(&options, set, model, &bundle), STATUS_DONE);
    size_t changed;
    assert_int_equal(single_file ? bundle_write_single(&bundle, folder, 2, &changed)
                                 : bundle_write(&bundle, folder, 2, &changed),
                     STATUS_DONE);
    bundle_free(&bundle);
}

static void write_bundle(const char *folder, struct model *model, const char *weights_file)
{
    write_form(folder, model, weights_file, false);
}

/* ---- stages by name -------------------------------------------------------------------------------- */

/* Runs all stages on the same sequence of numbers and writes the outputs one after the other. */
static void put_program(const char *folder, bool loads)
{
    struct text text = {0};
    text_puts(&text, "#include \"net.h\"\n#include <stdio.h>\n"
                     "static float in[100000], out[100000];\n"
                     "int main(int argc, char **argv)\n{\n"
                     "    unsigned seed = 7;\n"
                     "    void *workspace = sepcc_net_alloc(SEPCC_NET_WORKSPACE_BYTES);\n"
                     "    FILE *file = fopen(argv[1], \"wb\");\n"
                     "    if (workspace == NULL || file == NULL) return 9;\n"
                     "    for (int i = 0; i < 100000; ++i) {\n"
                     "        seed = seed * 1664525u + 1013904223u;\n"
                     "        in[i] = (float)(seed >> 16) / 32768.0f - 1.0f;\n    }\n"
                     "    (void)argc;\n");
    if (loads)
        text_puts(&text, "    if (net_stage_dw(in, out, workspace) != -1) return 8;\n"
                         "    const char *wrong = net_weights_load(argv[2]);\n"
                         "    if (wrong != NULL) {\n"
                         "        puts(wrong);\n"
                         "        return net_stage_dw(in, out, workspace) == -1 ? 7 : 6;\n    }\n");
    for (size_t i = 0; i < STAGES; ++i) {
        const struct spec spec = spec_good(model_specs[i]);
        char upper[SPEC_NAME_MAX + 1] = "";
        for (size_t c = 0; spec.name[c] != '\0'; ++c)
            upper[c] = spec.name[c] >= 'a' && spec.name[c] <= 'z' ? (char)(spec.name[c] - 32) : spec.name[c];
        text_printf(&text,
                    "    if (((size_t)net_packed_%s() & 63) != 0) return 5;\n"
                    "    if (net_stage_%s(in, out, workspace) != 0) return 4;\n"
                    "    fwrite(out, 4, SEPCC_NET_%s_OUT_COUNT, file);\n",
                    spec.name, spec.name, upper);
    }
    if (loads)
        text_puts(&text, "    net_weights_free();\n"
                         "    if (net_stage_dw(in, out, workspace) != -1) return 3;\n");
    text_puts(&text, "    sepcc_net_free(workspace);\n    return fclose(file) != 0;\n}\n");
    assert_false(text.failed);
    put_file(in_folder(folder, "use.c"), text.data);
    text_free(&text);
}

/* Compares out.bin with the reference, rounded as the ISA does. */
static void compare_outputs(const char *folder, const struct model *model, enum sepcc_isa isa)
{
    static float in[100000], expected[100000];
    uint32_t seed = 7;
    struct text bytes = {0};
    size_t at = 0;
    for (size_t i = 0; i < 100000; ++i) {
        seed = seed * 1664525u + 1013904223u;
        in[i] = (float)(seed >> 16) / 32768.0f - 1.0f;
    }
    assert_int_equal(file_read(in_folder(folder, "out.bin"), &bytes), STATUS_DONE);
    for (size_t i = 0; i < STAGES; ++i) {
        const struct sepcc_stage *stage = &model->stages[i].spec.stage;
        const struct tensors tensors = tensors_of(model->stages[i].layer);
        const size_t length = sepcc_stage_output_count(stage) * sizeof(float);
        assert_int_equal(sepcc_reference(stage, sepcc_isa_rounding(isa), in, tensors.weight, tensors.bias,
                                         tensors.slope, expected),
                         SEPCC_OK);
        assert_true(at + length <= bytes.length);
        if (memcmp(bytes.data + at, expected, length) != 0)
            fail_msg("%s on %s: the output differs from the reference", model->stages[i].spec.name,
                     sepcc_isa_name(isa));
        at += length;
    }
    assert_int_equal(at, bytes.length);
    text_free(&bytes);
}

#define WARNINGS "-std=c11 -O1 -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Werror"

static void run_everywhere(const char *folder, const struct model *model)
{
    for (unsigned isa = 0; isa < SEPCC_ISA_COUNT; ++isa) {
        if (!(sepcc_cpu_isas() & (1u << isa)))
            continue;
        if (shell(folder, "SEPCC_ISAS=%s ./use out.bin net.weights", sepcc_isa_name(isa)) != 0)
            fail_msg("%s: %s%s", sepcc_isa_name(isa), shell_output(), shell_error());
        compare_outputs(folder, model, (enum sepcc_isa)isa);
    }
}

static void test_inside(void **state)
{
    struct model model;
    model_make(&model, 5);
    write_bundle(in_folder(*state, "net"), &model, NULL);
    put_program(*state, false);
    /* As the header says, and by the Makefile; from any folder. */
    if (shell(*state, "gcc " WARNINGS " -Inet -o use net/*.c use.c -lm") != 0)
        fail_msg("%s", shell_error());
    run_everywhere(*state, &model);
    if (shell(*state, "make -s -C net CC=clang && clang " WARNINGS " -Inet use.c net/libnet.a -lm -o use") !=
        0)
        fail_msg("%s", shell_error());
    run_everywhere(*state, &model);
    model_unmake(&model);
}

static void test_single_file(void **state)
{
    struct model model;
    model_make(&model, 5);
    write_form(in_folder(*state, "net"), &model, NULL, true);
    put_program(*state, false);
    assert_shell(*state, 0, "ls net");
    assert_string_equal(shell_output(), "net.c\nnet.h\n");
    assert_shell(*state, 0, "head -n 8 net/net.c");
    assert_printed("sepcc gen -f MODEL.onnx --name net --single-file --isa ");
    if (shell(*state, "gcc " WARNINGS " -Inet -o use net/net.c use.c -lm && clang " WARNINGS
                      " -Inet -c net/net.c") != 0)
        fail_msg("%s", shell_error());
    run_everywhere(*state, &model);
    model_unmake(&model);
}

static void test_cross(void **state)
{
    struct model model;
    if (shell(*state, "command -v aarch64-linux-gnu-gcc") != 0) {
        print_message("skipped: aarch64-linux-gnu-gcc is missing\n");
        skip();
    }
    model_make(&model, 5);
    write_bundle(in_folder(*state, "net"), &model, NULL);
    put_program(*state, false);
    if (shell(*state, "aarch64-linux-gnu-gcc " WARNINGS " -static -Inet -o use net/*.c use.c -lm") != 0)
        fail_msg("%s", shell_error());
    if (shell(*state, "command -v qemu-aarch64-static && qemu-aarch64-static ./use out.bin") == 0)
        compare_outputs(*state, &model, SEPCC_ISA_NEON);
    model_unmake(&model);
}

/* ---- the side file --------------------------------------------------------------------------------- */

static void assert_refused(const char *folder, const char *how, const char *message)
{
    if (shell(folder, "%s; ./use out.bin bad", how) != 7)
        fail_msg("%s: taken, or a stage ran without weights", how);
    assert_printed(message);
}

/* One bit of each kilobyte, by itself: those in what this CPU reads are all seen. */
static void refuses_flipped_bits(const char *folder)
{
    struct text file = {0};
    size_t refused = 0;
    assert_int_equal(file_read(in_folder(folder, "net.weights"), &file), STATUS_DONE);
    assert_shell(folder, 0, "SEPCC_ISAS=scalar ./use out.bin net.weights");
    for (size_t at = 64; at < file.length; at += 1024) {
        file.data[at] ^= 1;
        FILE *bad = fopen(in_folder(folder, "bad"), "wb");
        assert_non_null(bad);
        assert_int_equal(fwrite(file.data, 1, file.length, bad), file.length);
        assert_int_equal(fclose(bad), 0);
        const int status = shell(folder, "SEPCC_ISAS=scalar ./use out.bin bad");
        assert_true(status == 7 || status == 0);
        refused += status == 7;
        file.data[at] ^= 1;
    }
    assert_true(refused > 0);
    text_free(&file);
}

static void test_beside(void **state)
{
    struct model model, other;
    model_make(&model, 5);
    write_bundle(in_folder(*state, "net"), &model, in_folder(*state, "net.weights"));
    put_program(*state, true);
    if (shell(*state, "gcc " WARNINGS " -Inet -o use net/*.c use.c -lm") != 0)
        fail_msg("%s", shell_error());
    run_everywhere(*state, &model);

    assert_refused(*state, "rm -f bad", "cannot be opened");
    assert_refused(*state, ": >bad", "truncated");
    assert_refused(*state, "head -c -1 net.weights >bad", "truncated");
    assert_refused(*state, "{ cat net.weights; echo; } >bad", "longer than it was written");
    assert_refused(*state, "cat use.c net.weights >bad", "not a file of weights");
    assert_refused(*state,
                   "cp net.weights bad; printf '\\1' | dd of=bad bs=1 seek=8 conv=notrunc status=none",
                   "another version");
    /* A bit of every float's sign. */
    assert_refused(*state, "{ head -c 64 net.weights; tail -c +65 net.weights | tr '\\277' '\\077'; } >bad",
                   "was altered");
    refuses_flipped_bits(*state);
    model_make(&other, 6);
    write_bundle(in_folder(*state, "other"), &other, in_folder(*state, "other.weights"));
    assert_refused(*state, "cp other.weights bad", "another bundle");
    model_unmake(&other);
    model_unmake(&model);
}

/* The same model gives the same bytes; other weights change the file and the files of their stages only. */
static void test_repeatable(void **state)
{
    struct model model;
    model_make(&model, 5);
    write_bundle(in_folder(*state, "a"), &model, NULL);
    write_bundle(in_folder(*state, "b"), &model, NULL);
    assert_shell(*state, 0, "diff -r a b");
    model.stages[0].layer[0].weight[0] += 1.0f;
    write_bundle(in_folder(*state, "b"), &model, NULL);
    assert_shell(*state, 1, "diff -rq a b");
    assert_string_equal(shell_output(), "Files a/net_weights_dw.c and b/net_weights_dw.c differ\n");
    model_unmake(&model);
}

static void test_no_stages(void **state)
{
    (void)state;
    static const struct command gen = {.name = "gen", .bit = FOR_GEN, .default_isa = "all"};
    const struct options options = {.command = &gen, .name = "net", .jobs = 1};
    struct model model = {.graph = {.file = "net.onnx"}};
    struct bundle bundle;
    char message[512] = "";
    diag_capture(message, sizeof message);
    assert_int_equal(bundle_plan_model(&options, 1, &model, &bundle), STATUS_INPUT);
    diag_capture(NULL, 0);
    assert_non_null(strstr(message, "net.onnx: error: none of its convolutions"));
    bundle_free(&bundle);
}

static void test_usage(void **state)
{
    assert_shell(*state, 2, "$SEPCC gen pointwise name=a in=1x1x1 out=1 --weights w -o net");
    assert_error("a list of stages has no weights");
    assert_shell(*state, 2, "$SEPCC gen pointwise name=a in=1x1x1 out=1 --weights w --single-file -o net");
    assert_error("expected one of them");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_packing),
        cmocka_unit_test_setup_teardown(test_inside, folder_setup, folder_teardown),
        cmocka_unit_test_setup_teardown(test_single_file, folder_setup, folder_teardown),
        cmocka_unit_test_setup_teardown(test_cross, folder_setup, folder_teardown),
        cmocka_unit_test_setup_teardown(test_beside, folder_setup, folder_teardown),
        cmocka_unit_test_setup_teardown(test_repeatable, folder_setup, folder_teardown),
        cmocka_unit_test(test_no_stages),
        cmocka_unit_test_setup_teardown(test_usage, folder_setup, folder_teardown),
    };
    return cmocka_run_group_tests_name("weights", tests, NULL, NULL);
}
