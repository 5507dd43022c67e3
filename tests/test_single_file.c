/*
 * test_single_file.c: `sepcc gen --single-file`: two files that any compiler takes without flags, whose
 * kernels have the reference's bits and those of the ordinary bundle, and which live in a folder of the
 * user's.
 */
#include "sepcc.h"
#include "support_folder.h"
#include "support_shell.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define STRICT "-Wall -Wextra -Werror"

/* Every template, every kind of function that a file may hold, equal stages, names of all kinds. */
static const char LAYERS[] =
    "depthwise name=first in=7x6x13 kernel=3x2 pad=1 act=prelu\n"
    "pointwise name=F_run in=7x5x13 out=9 bias=no act=silu batch=2\n"
    "depthwise name=pack in=9x9x3 kernel=5 stride=2 mult=3 act=clamp(-1,inf)\n"
    "pointwise name=again in=7x5x13 out=9 bias=no act=silu batch=2\n"
    "depthwise name=planes in=9x10x5 kernel=3 pad=1 act=hard_swish layout=nchw\n"
    "pointwise name=plane in=5x7x6 out=11 act=hard_sigmoid layout=nchw\n"
    "separable name=both in=8x8x12 out=7 kernel=3 pad=1 dw.act=relu pw.act=sigmoid\n"
    "inverted name=wide in=8x8x6 expand=10 out=6 kernel=3 pad=1 act=relu6 residual=yes\n"
    "inverted name=wider in=8x8x6 expand=10 out=6 kernel=3 pad=1 act=leaky_relu(0.1) layout=nchw\n";

enum { STAGES = 9, UNIQUE = 8 };

static int single_setup(void **state)
{
    if (folder_setup(state) != 0)
        return -1;
    put_file(in_folder(*state, "net.layers"), LAYERS);
    return 0;
}

static void generate(const char *folder)
{
    assert_shell(folder, 0, "$SEPCC gen -f net.layers --isa all --single-file -o src");
    assert_printed("9 stages, 40 kernels, 2 files changed");
    assert_int_equal(count_entries(in_folder(folder, "src")), 2);
}

/* A line that must print nothing: a warning that is no error is one, too. */
static void expect_quiet(const char *folder, const char *compiler, const char *rest)
{
    if (shell(folder, "%s %s", compiler, rest) != 0 || shell_error()[0] != '\0')
        fail_msg("%s %s: %s", compiler, rest, shell_error());
}

/* ---- compiling ------------------------------------------------------------------------------------- */

static void compile_with(const char *folder, const char *compiler)
{
    generate(folder);
    expect_quiet(folder, compiler, "-O2 " STRICT " -c src/net.c");
    expect_quiet(folder, compiler, "-O0 -std=c11 -Wpedantic -Wshadow -Wconversion " STRICT " -c src/net.c");
    /* Nothing but the bundle's own functions is visible. */
    assert_shell(folder, 1,
                 "nm --defined-only --extern-only net.o | grep -v ' sepcc_net_\\| sepcc_bundle_net$'");
}

static void test_compile_gcc(void **state)
{
    need_program("gcc");
    compile_with(*state, "gcc");
}

static void test_compile_clang(void **state)
{
    need_program("clang");
    compile_with(*state, "clang");
}

static void test_compile_cross_gcc(void **state)
{
    need_program("aarch64-linux-gnu-gcc");
    compile_with(*state, "aarch64-linux-gnu-gcc");
}

static void test_compile_cross_clang(void **state)
{
    need_program("clang");
    need_program("aarch64-linux-gnu-gcc"); /* its C library */
    compile_with(*state, "clang --target=aarch64-linux-gnu");
}

/* Two of them with the same kernels, and a bundle's folder, in one program of C++. */
static void test_cxx(void **state)
{
    const char *folder = *state;
    need_program("g++");
    put_file(in_folder(folder, "use.cc"), "#include \"one.h\"\n"
                                          "#include \"two.h\"\n"
                                          "#include \"three/three.h\"\n"
                                          "#include <cstdio>\n"
                                          "int main()\n"
                                          "{\n"
                                          "    float in = 2.0f, weight = 3.0f, bias = 1.0f, out = 0.0f;\n"
                                          "    void *packed = sepcc_one_alloc(SEPCC_ONE_A_PACKED_BYTES);\n"
                                          "    int packing = sepcc_one_a_pack(&weight, &bias, packed);\n"
                                          "    int running = sepcc_two_a(&in, &out, packed, nullptr);\n"
                                          "    std::printf(\"%d %d %g %d\\n\", packing, running, "
                                          "double(out), sepcc_three_a_kernel() != nullptr);\n"
                                          "    sepcc_one_free(packed);\n"
                                          "}\n");
    for (const char *const *name = (const char *const[]){"one", "two", NULL}; *name != NULL; ++name)
        if (shell(folder, "$SEPCC gen pointwise name=a in=1x1x1 out=1 --isa all --single-file --name %s -o .",
                  *name) != 0)
            fail_msg("%s", shell_error());
    assert_shell(folder, 0, "$SEPCC gen pointwise name=a in=1x1x1 out=1 --isa all -o three");
    expect_quiet(folder, "gcc", "-O2 " STRICT " -c one.c two.c three/*.c");
    expect_quiet(folder, "g++", "-std=c++11 -Wpedantic " STRICT " use.cc *.o -lm -o use");
    assert_shell(folder, 0, "./use");
    assert_printed("0 0 7 1\n");
}

/* The committed files in a program, as a project without sepcc builds it. */
static void test_example(void **state)
{
    const char *folder = *state;
    for (const char *const *compiler = (const char *const[]){"gcc", "clang", NULL}; *compiler != NULL;
         ++compiler) {
        need_program(*compiler);
        if (shell(folder, "make -s -C $ROOT/examples/single-file OUT=$PWD/%s CC=%s CFLAGS='-O2 " STRICT "'",
                  *compiler, *compiler) != 0)
            fail_msg("%s: %s%s", *compiler, shell_output(), shell_error());
        assert_printed(", 0 wrong\n");
    }
}

/* ---- bits ------------------------------------------------------------------------------------------ */

static struct sepcc_library *open_bundle(const char *folder, const char *file)
{
    char message[256];
    struct sepcc_library *library;
    if (sepcc_library_open(in_folder(folder, file), "net", &library, message, sizeof message) != SEPCC_OK)
        fail_msg("%s", message);
    return library;
}

/* Weights of all the stage's layers; the pointers as sepcc_pack_fn takes them. */
struct weights {
    float *weight[SEPCC_MAX_LAYERS], *bias[SEPCC_MAX_LAYERS], *slope[SEPCC_MAX_LAYERS];
};

static float *random_floats(size_t count, uint64_t seed)
{
    float *values = sepcc_alloc(count * sizeof *values);
    assert_non_null(values);
    sepcc_fill(values, count, SEPCC_DATA_CANCEL, seed);
    return values;
}

static void weights_make(const struct sepcc_stage *stage, struct weights *weights)
{
    for (uint32_t i = 0; i < stage->layer_count; ++i) {
        weights->weight[i] = random_floats(sepcc_layer_weight_count(&stage->layer[i]), 10 + i);
        weights->bias[i] = random_floats(stage->layer[i].out_c, 20 + i);
        weights->slope[i] = random_floats(stage->layer[i].out_c, 30 + i);
    }
}

static void weights_free(const struct sepcc_stage *stage, struct weights *weights)
{
    for (uint32_t i = 0; i < stage->layer_count; ++i) {
        sepcc_free(weights->weight[i]);
        sepcc_free(weights->bias[i]);
        sepcc_free(weights->slope[i]);
    }
}

/* The kernel's output, to be freed with sepcc_free. */
static float *output_of(const struct sepcc_kernel *kernel, const struct weights *weights, const float *in)
{
    void *packed = sepcc_alloc(kernel->packed_bytes), *workspace = sepcc_alloc(kernel->workspace_bytes);
    float *out = sepcc_alloc(sepcc_stage_output_count(&kernel->stage) * sizeof *out);
    assert_true(packed != NULL && workspace != NULL && out != NULL);
    kernel->pack((const float *const *)weights->weight, (const float *const *)weights->bias,
                 (const float *const *)weights->slope, packed);
    kernel->run(in, out, packed, workspace, 0, kernel->unit_count);
    sepcc_free(packed);
    sepcc_free(workspace);
    return out;
}

/* Two kernels of one stage and ISA: the same bits. */
static void compare_kernels(const struct sepcc_kernel *one, const struct sepcc_kernel *other)
{
    const struct sepcc_stage *stage = &one->stage;
    struct weights weights;
    weights_make(stage, &weights);
    float *in = random_floats(sepcc_stage_input_count(stage), 1);
    float *a = output_of(one, &weights, in), *b = output_of(other, &weights, in);
    assert_memory_equal(a, b, sepcc_stage_output_count(stage) * sizeof *a);
    sepcc_free(a);
    sepcc_free(b);
    sepcc_free(in);
    weights_free(stage, &weights);
}

/* Each kernel of the file that this CPU can run: proven if so asked, and equal to that of the ordinary
 * bundle. */
static void prove(const char *folder, const char *file, bool verify)
{
    struct sepcc_library *single = open_bundle(folder, file), *many = open_bundle(folder, "many/libnet.so");
    const struct sepcc_bundle *bundle = sepcc_library_bundle(single);
    const struct sepcc_verify_options options = {.seed = 1, .guard = true, .isolate = true, .timeout_s = 60};
    size_t proven = 0;
    assert_int_equal(bundle->kernel_count, sepcc_library_bundle(many)->kernel_count);
    for (size_t i = 0; i < bundle->kernel_count; ++i) {
        const struct sepcc_kernel *kernel = bundle->kernels[i], *other;
        struct sepcc_verify_result result;
        if ((sepcc_cpu_isas() & (1u << kernel->isa)) == 0)
            continue;
        if (verify && sepcc_verify(kernel, &options, &result) != SEPCC_OK)
            fail_msg("%s: %s: %s", file, kernel->name, result.message);
        assert_int_equal(sepcc_bundle_find(sepcc_library_bundle(many), kernel->name, kernel->digest, &other),
                         SEPCC_OK);
        compare_kernels(kernel, other);
        ++proven;
    }
    assert_true(proven >= UNIQUE); /* of scalar at least */
    sepcc_library_close(single);
    sepcc_library_close(many);
}

/* flags: what a project may compile with, plain ones first; the kernels choose their own target and rounding.
 */
static void prove_with(const char *folder, const char *compiler, const char *const *flags)
{
    need_program(compiler);
    generate(folder);
    assert_shell(folder, 0, "$SEPCC gen -f net.layers --isa all -o many && make -s -j4 -C many libnet.so");
    for (size_t i = 0; flags[i] != NULL; ++i) {
        char file[32];
        snprintf(file, sizeof file, "net%zu.so", i);
        if (shell(folder, "%s %s -shared -fPIC src/net.c -lm -o %s", compiler, flags[i], file) != 0)
            fail_msg("%s", shell_error());
        prove(folder, file, i == 0);
    }
}

static void test_bits_gcc(void **state)
{
    prove_with(*state, "gcc", (const char *const[]){"-O2", "-O3 -march=native -ffp-contract=fast", NULL});
}

static void test_bits_clang(void **state)
{
    prove_with(*state, "clang", (const char *const[]){"-O2", "-O3 -march=native", NULL});
}

/* NEON and AArch64's scalar code, where this CPU has neither. */
static void test_bits_aarch64(void **state)
{
    const char *folder = *state;
    need_program("aarch64-linux-gnu-gcc");
    need_program("qemu-aarch64-static");
    if (getenv("SEPCC_SKIP_EMULATORS") != NULL)
        skip();
    generate(folder);
    put_file(in_folder(folder, "bundle.c"), "#include \"src/net.h\"\n"
                                            "extern const struct sepcc_bundle *const sepcc_runner_bundle;\n"
                                            "const struct sepcc_bundle *const sepcc_runner_bundle = "
                                            "&sepcc_bundle_net;\n");
    expect_quiet(
        folder, "aarch64-linux-gnu-gcc",
        "-O2 -static -D_GNU_SOURCE -ffp-contract=off -I$ROOT/runtime bundle.c src/net.c "
        "$(ls $ROOT/runtime/*.c | grep -v '/crew_pool.c\\|/load.c\\|/npy.c\\|/elf_file.c') -lm -o prove");
    assert_shell(folder, 0, "qemu-aarch64-static ./prove >lines; cat lines; test $(wc -l <lines) -eq 16");
    assert_shell(folder, 1, "awk '$2 != 0' lines | grep .");
}

/* ---- files ----------------------------------------------------------------------------------------- */

static void test_users_folder(void **state)
{
    const char *folder = *state;
    put_file(in_folder(folder, "main.c"), "int main(void) { return 0; }\n");
    assert_shell(folder, 0,
                 "$SEPCC gen -f net.layers --isa sse,neon --single-file -o . && cp net.c before.c");
    assert_file(in_folder(folder, "main.c"), "int main(void) { return 0; }\n");
    assert_shell(folder, 0, "$SEPCC gen -f net.layers --isa sse,neon --single-file -o .");
    assert_printed("0 files changed");
    /* The same bytes in another folder; others for other instruction sets. */
    assert_shell(folder, 0, "LC_ALL=C $SEPCC gen -j1 -f net.layers --isa sse,neon --single-file -o a/b");
    assert_shell(folder, 0, "cmp net.c a/b/net.c && cmp net.h a/b/net.h");
    assert_shell(folder, 0, "$SEPCC gen -f net.layers --isa avx2 --single-file -o .");
    assert_shell(folder, 1, "cmp -s net.c before.c");
}

/* The comment of the file says how to make it again, to the byte. */
static void repeat(const char *folder, const char *arguments)
{
    if (shell(folder, "rm -rf one again; $SEPCC gen %s --name net --single-file -o one", arguments) != 0)
        fail_msg("%s", shell_error());
    assert_shell(folder, 0,
                 "mkdir again && sed -n 's/^ \\*     //p;/^ \\*\\//q' one/net.c >again/net.layers");
    assert_shell(folder, 0,
                 "cd again && eval \"$(sed -n 's/^.*repeat it: *sepcc \\(.*\\)DIR$/$SEPCC \\1./p;"
                 "/^ \\*\\//q' ../one/net.c)\" && cmp net.c ../one/net.c && cmp net.h ../one/net.h");
}

static void test_repeats(void **state)
{
    repeat(*state, "-f net.layers --isa scalar,sse");
    repeat(*state, "depthwise name=T_x in=9x9x8 'kernel=3' --isa avx2,neon --plan rows=2,unroll=row");
}

/* A header of another ABI that came first is noticed by the compiler. */
static void test_other_abi(void **state)
{
    const char *folder = *state;
    need_program("gcc");
    assert_shell(folder, 0, "$SEPCC gen -f net.layers --isa sse --single-file -o .");
    assert_shell(folder, 0,
                 "sed 's/^#define SEPCC_ABI_VERSION .*/#define SEPCC_ABI_VERSION 99u/' "
                 "$ROOT/runtime/sepcc_kernel.h >other.h && printf '#include \"other.h\"\n' >use.c && "
                 "gcc -c use.c && printf '#include \"net.h\"\n' >>use.c");
    assert_shell(folder, 1, "gcc -c use.c");
    assert_error("net.h: a header of another ABI version was included before");
}

static void test_foreign_files_stay(void **state)
{
    const char *folder = *state;
    put_file(in_folder(folder, "net.c"), "int net;\n");
    assert_shell(folder, 2, "$SEPCC gen -f net.layers --isa sse --single-file -o .");
    assert_error("./net.c: error: the file is there and is not from 'sepcc gen --single-file'");
    assert_file(in_folder(folder, "net.c"), "int net;\n");
    assert_shell(folder, 1, "test -e net.h");
    /* Nor is an ordinary bundle taken for one. */
    assert_shell(folder, 0, "$SEPCC gen -f net.layers --isa sse -o many");
    assert_shell(folder, 2, "$SEPCC gen -f net.layers --isa sse --single-file -o many");
    assert_shell(folder, 3, "$SEPCC gen -f net.layers --isa sse --single-file -o net.layers/x");
    assert_shell(folder, 2, "$SEPCC build -f net.layers --single-file -o x");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_compile_gcc, single_setup, folder_teardown),
        cmocka_unit_test_setup_teardown(test_compile_clang, single_setup, folder_teardown),
        cmocka_unit_test_setup_teardown(test_compile_cross_gcc, single_setup, folder_teardown),
        cmocka_unit_test_setup_teardown(test_compile_cross_clang, single_setup, folder_teardown),
        cmocka_unit_test_setup_teardown(test_cxx, single_setup, folder_teardown),
        cmocka_unit_test_setup_teardown(test_example, single_setup, folder_teardown),
        cmocka_unit_test_setup_teardown(test_bits_gcc, single_setup, folder_teardown),
        cmocka_unit_test_setup_teardown(test_bits_clang, single_setup, folder_teardown),
        cmocka_unit_test_setup_teardown(test_bits_aarch64, single_setup, folder_teardown),
        cmocka_unit_test_setup_teardown(test_users_folder, single_setup, folder_teardown),
        cmocka_unit_test_setup_teardown(test_repeats, single_setup, folder_teardown),
        cmocka_unit_test_setup_teardown(test_other_abi, single_setup, folder_teardown),
        cmocka_unit_test_setup_teardown(test_foreign_files_stay, single_setup, folder_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
