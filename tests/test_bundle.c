/*
 * test_bundle.c: a bundle stands alone: it compiles with gcc and clang under all warnings, chooses by the
 * CPU, and is the same bytes from anywhere.
 */
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

#define WARNINGS "-std=c11 -O1 -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Werror"

/* Names and activations of all kinds, equal stages, a slope, no bias, a multiplier, a batch. */
static const char LAYERS[] = "depthwise name=first in=7x6x13 kernel=3x2 pad=1 act=prelu\n"
                             "pointwise name=F_second in=7x5x13 out=9 bias=no act=silu batch=2\n"
                             "depthwise name=_ in=9x9x3 kernel=5 stride=2 mult=3 act=clamp(-1,inf)\n"
                             "pointwise name=kernel in=7x5x13 out=9 bias=no act=silu batch=2\n";

static int bundle_setup(void **state)
{
    if (folder_setup(state) != 0)
        return -1;
    put_file(in_folder(*state, "my-net.2.layers"), LAYERS);
    return 0;
}

static void compile_with(const char *folder, const char *compiler)
{
    assert_shell(folder, 0, "$SEPCC gen -f my-net.2.layers -o out");
    if (shell(folder, "cd out && %s " WARNINGS " -c *.c && ls *.o | wc -l", compiler) != 0)
        fail_msg("%s: %s", compiler, shell_error());
    assert_string_equal(shell_output(), "16\n");
    /* Nothing but names of its own is visible. */
    assert_shell(folder, 1, "nm --defined-only --extern-only out/*.o | grep ' [A-Z] ' | grep -v ' sepcc_'");
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

static void compile_cxx_with(const char *folder, const char *compiler)
{
    assert_shell(folder, 0, "$SEPCC gen -f my-net.2.layers -o out");
    put_file(in_folder(folder, "use.cc"),
             "#include \"my_net.h\"\n"
             "#include \"my_net.h\"\n"
             "int main()\n"
             "{\n"
             "    void *memory = sepcc_my_net_alloc(SEPCC_MY_NET_FIRST_PACKED_BYTES);\n"
             "    sepcc_my_net_free(memory);\n"
             "    return sepcc_my_net_first_kernel() == nullptr;\n"
             "}\n");
    if (shell(folder, "%s -std=c++11 -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Werror -Iout -c use.cc",
              compiler) != 0)
        fail_msg("%s: %s", compiler, shell_error());
    /* C and C++ link together. */
    if (shell(folder, "make -s -C out libmy_net.a && %s use.o out/libmy_net.a -lm -o use && ./use",
              compiler) != 0)
        fail_msg("%s: %s%s", compiler, shell_output(), shell_error());
}

static void test_header_gxx(void **state)
{
    need_program("g++");
    compile_cxx_with(*state, "g++");
}

static void test_header_clangxx(void **state)
{
    need_program("clang++");
    need_program("g++"); /* its C++ library */
    compile_cxx_with(*state, "clang++");
}

/* ---- dispatch -------------------------------------------------------------------------------------- */

static const char CHOICE[] =
    "#include \"net.h\"\n"
    "#include <stdio.h>\n"
    "int main(void)\n"
    "{\n"
    "    const struct sepcc_kernel *kernel = sepcc_net_a_kernel();\n"
    "    float in = 2.0f, weight = 3.0f, bias = 1.0f, out = 0.0f;\n"
    "    void *packed = sepcc_net_alloc(SEPCC_NET_A_PACKED_BYTES);\n"
    "    int packing = sepcc_net_a_pack(&weight, &bias, packed);\n"
    "    int running = sepcc_net_a(&in, &out, packed, NULL);\n"
    "    printf(\"%s %d %d %g %zu\\n\", kernel ? sepcc_isa_name(kernel->isa) : \"none\",\n"
    "           packing, running, (double)out, sepcc_bundle_net.kernel_count);\n"
    "    sepcc_net_free(packed);\n"
    "    return 0;\n"
    "}\n";

static void build_choice(const char *folder, const char *isas)
{
    put_file(in_folder(folder, "choice.c"), CHOICE);
    if (shell(folder,
              "$SEPCC gen pointwise name=a in=1x1x1 out=1 --isa %s -o net && cd net && gcc " WARNINGS
              " -I. -o ../choice *.c ../choice.c -lm",
              isas) != 0)
        fail_msg("%s", shell_error());
}

static void test_choice(void **state)
{
    build_choice(*state, "all");
    const uint32_t here = sepcc_cpu_isas();
    const char *best = here & (1u << SEPCC_ISA_NEON)     ? "neon"
                       : here & (1u << SEPCC_ISA_AVX512) ? "avx512"
                       : here & (1u << SEPCC_ISA_AVX2)   ? "avx2"
                       : here & (1u << SEPCC_ISA_SSE)    ? "sse"
                                                         : "scalar";
    assert_shell(*state, 0, "./choice");
    assert_ptr_equal(strstr(shell_output(), best), shell_output());
    assert_printed(" 0 0 7 ");
    assert_shell(*state, 0, "SEPCC_ISAS=scalar ./choice");
    assert_printed("scalar 0 0 7 ");
}

/* A bundle without a kernel for this CPU says so in each call. */
static void test_no_choice(void **state)
{
    if (isa_host_arch() != ARCH_X86_64)
        skip();
    build_choice(*state, "neon");
    assert_shell(*state, 0, "./choice");
    assert_string_equal(shell_output(), "none -1 -1 0 0\n");
    build_choice(*state, "sse");
    assert_shell(*state, 0, "SEPCC_ISAS=scalar ./choice");
    assert_string_equal(shell_output(), "none -1 -1 0 1\n");
}

/* ---- stages of several layers ---------------------------------------------------------------------- */

/* The fused stages, and their layers as stages of their own. */
static const char FUSED[] =
    "inverted name=b in=5x6x4 expand=9 out=4 kernel=3 pad=1 act=prelu pw.bias=no residual=yes\n"
    "pointwise name=b_expand in=5x6x4 out=9 act=prelu\n"
    "depthwise name=b_dw in=5x6x9 kernel=3 pad=1 act=prelu\n"
    "pointwise name=b_pw in=5x6x9 out=4 bias=no\n"
    "separable name=s in=5x6x4 out=3 kernel=2 mult=2 dw.bias=no pw.act=prelu\n"
    "depthwise name=s_dw in=5x6x4 kernel=2 mult=2 bias=no\n"
    "pointwise name=s_pw in=4x5x8 out=3 act=prelu\n";

/* Runs them by the functions of the header, each tensor in its own place, and compares the bits. */
static const char FUSED_USE[] =
    "#include \"net.h\"\n"
    "static float weight[3][100], bias[3][9], slope[3][9], in[120], a[270], b[270], whole[120];\n"
    "static _Alignas(64) char packed[8192], work[65536];\n"
    "static void fill(float *values, int count, unsigned seed)\n"
    "{\n"
    "    for (int i = 0; i < count; ++i) {\n"
    "        seed = seed * 1664525u + 1013904223u;\n"
    "        values[i] = (float)(seed >> 16) / 32768.0f - 1.0f;\n"
    "    }\n"
    "}\n"
    "int main(void)\n"
    "{\n"
    "    fill(&weight[0][0], 300, 1), fill(&bias[0][0], 27, 2), fill(&slope[0][0], 27, 3), fill(in, 120, "
    "4);\n"
    "    _Static_assert(SEPCC_NET_B_WEIGHT_COUNT_EXPAND == SEPCC_NET_B_EXPAND_WEIGHT_COUNT, \"expand\");\n"
    "    _Static_assert(SEPCC_NET_B_WEIGHT_COUNT_DW == SEPCC_NET_B_DW_WEIGHT_COUNT, \"dw\");\n"
    "    _Static_assert(SEPCC_NET_B_WEIGHT_COUNT_PW == 36 && SEPCC_NET_S_WEIGHT_COUNT_DW == 32, \"pw\");\n"
    "    _Static_assert(sizeof packed >= SEPCC_NET_B_PACKED_BYTES, \"packed\");\n"
    "    _Static_assert(sizeof work >= SEPCC_NET_B_WORKSPACE_BYTES, \"work\");\n"
    "    sepcc_net_b_pack(weight[0], bias[0], slope[0], weight[1], bias[1], slope[1], weight[2], packed);\n"
    "    sepcc_net_b(in, whole, packed, work);\n"
    "    sepcc_net_b_expand_pack(weight[0], bias[0], slope[0], packed);\n"
    "    sepcc_net_b_expand(in, a, packed, work);\n"
    "    sepcc_net_b_dw_pack(weight[1], bias[1], slope[1], packed);\n"
    "    sepcc_net_b_dw(a, b, packed, work);\n"
    "    sepcc_net_b_pw_pack(weight[2], packed);\n"
    "    sepcc_net_b_pw(b, a, packed, work);\n"
    "    for (int i = 0; i < 120; ++i)\n"
    "        a[i] = a[i] + in[i];\n"
    "    if (memcmp(a, whole, sizeof whole) != 0)\n"
    "        return 1;\n"
    "    sepcc_net_s_pack(weight[1], weight[2], bias[2], slope[2], packed);\n"
    "    sepcc_net_s(in, whole, packed, work);\n"
    "    sepcc_net_s_dw_pack(weight[1], packed);\n"
    "    sepcc_net_s_dw(in, a, packed, work);\n"
    "    sepcc_net_s_pw_pack(weight[2], bias[2], slope[2], packed);\n"
    "    sepcc_net_s_pw(a, b, packed, work);\n"
    "    return memcmp(b, whole, SEPCC_NET_S_OUT_COUNT * sizeof *b) != 0 ? 2 : 0;\n"
    "}\n";

static void use_fused_with(const char *folder, const char *compiler)
{
    need_program(compiler);
    put_file(in_folder(folder, "net.layers"), FUSED);
    put_file(in_folder(folder, "use.c"), FUSED_USE);
    assert_shell(folder, 0, "$SEPCC gen -f net.layers -o net");
    if (shell(folder, "%s " WARNINGS " -Inet -o use net/*.c use.c -lm && ./use && SEPCC_ISAS=scalar ./use",
              compiler) != 0)
        fail_msg("%s%s", shell_output(), shell_error());
    assert_shell(folder, 0, "grep -A12 '^ . inverted' net/net.h");
    assert_printed("\n *     in             [1][5][6][4]\n"
                   " *     out            [1][5][6][4]\n"
                   " *     expand_weight  [9][4]\n"
                   " *     expand_bias    [9]\n"
                   " *     expand_slope   [9]\n"
                   " *     dw_weight      [3][3][9]\n"
                   " *     dw_bias        [9]\n"
                   " *     dw_slope       [9]\n"
                   " *     pw_weight      [4][9]\n"
                   " *\n");
}

static void test_fused_gcc(void **state)
{
    use_fused_with(*state, "gcc");
}

static void test_fused_clang(void **state)
{
    use_fused_with(*state, "clang");
}

/* ---- the folder ------------------------------------------------------------------------------------ */

/* Same bytes from other folders, with other locales, job counts and paths. */
static void test_same_bytes(void **state)
{
    assert_shell(*state, 0, "$SEPCC gen -f my-net.2.layers -o out");
    assert_shell(*state, 0,
                 "mkdir -p deep/er && cd deep/er && "
                 "LC_ALL=C.UTF-8 TZ=Asia/Tokyo $SEPCC gen -j 1 -f ../../my-net.2.layers -o there && "
                 "diff -r ../../out there");
    assert_shell(*state, 0, "$SEPCC gen -n my_net -f - -o stdin < my-net.2.layers && diff -r out stdin");
    /* Nothing in them tells where they were made. */
    assert_shell(*state, 1, "grep -rlF -e \"$PWD\" -e \"$ROOT\" out");
}

/* The manifest's command, run in the folder, changes nothing; other stages change what they must. */
static void test_written_if_changed(void **state)
{
    assert_shell(*state, 0, "$SEPCC gen -f my-net.2.layers -o out --isa sse,neon --plan budget=4000");
    assert_printed("out: 4 stages, 6 kernels, 12 files changed");
    assert_shell(*state, 0,
                 "cp -rp out copy && cd out && "
                 "command=$(sed -n 's/.*\"command\":[^\"]*\"sepcc \\(.*\\)\",/\\1/p' manifest.json) && "
                 "eval \"$SEPCC $command\"");
    assert_printed(" 0 files changed");
    assert_shell(*state, 0,
                 "diff -r out copy && for f in out/*; do test ! $f -nt copy/${f##*/} || exit 1; done");
    assert_shell(*state, 0, "$SEPCC gen -n my_net depthwise name=x in=3x3x3 kernel=3 --isa sse -o out");
    assert_shell(*state, 0, "ls out/sepcc_f32_* | wc -l");
    assert_string_equal(shell_output(), "1\n");
}

static void test_manifest(void **state)
{
    assert_shell(*state, 0,
                 "$SEPCC gen -f my-net.2.layers -o out --isa scalar,avx2 && cat out/manifest.json");
    cJSON *root = cJSON_Parse(strchr(shell_output(), '{'));
    assert_non_null(root);
    assert_string_equal(cJSON_GetStringValue(cJSON_GetObjectItem(root, "name")), "my_net");
    const cJSON *stages = cJSON_GetObjectItem(root, "stages"),
                *kernels = cJSON_GetObjectItem(root, "kernels");
    assert_int_equal(cJSON_GetArraySize(stages), 4);
    assert_int_equal(cJSON_GetArraySize(kernels), 6);
    const cJSON *item;
    cJSON_ArrayForEach(item, cJSON_GetObjectItem(root, "files"))
    {
        char line[512];
        snprintf(line, sizeof line, "test -s out/'%s'", cJSON_GetStringValue(item));
        assert_shell(*state, 0, line);
    }
    cJSON_ArrayForEach(item, kernels)
    {
        assert_int_equal(strlen(cJSON_GetStringValue(cJSON_GetObjectItem(item, "digest"))), 32);
        assert_true(cJSON_GetNumberValue(cJSON_GetObjectItem(item, "packed_bytes")) >= 64);
    }
    /* Equal stages share their kernels. */
    char *second = cJSON_PrintUnformatted(cJSON_GetObjectItem(cJSON_GetArrayItem(stages, 1), "kernels"));
    char *fourth = cJSON_PrintUnformatted(cJSON_GetObjectItem(cJSON_GetArrayItem(stages, 3), "kernels"));
    assert_string_equal(second, fourth);
    free(second);
    free(fourth);
    cJSON_Delete(root);
}

/* Names of bundles: from the file, the folder, or neither. */
static void test_names(void **state)
{
    assert_shell(*state, 0, "$SEPCC gen pointwise in=1x1x1 out=1 --isa scalar -o 3d/ && ls 3d/_3d.h");
    assert_shell(*state, 0,
                 "$SEPCC gen pointwise in=1x1x1 out=1 --isa scalar -o kernel && ls kernel/net_kernel.h");
    /* Names that are words of the templates are nothing special. */
    assert_shell(*state, 0,
                 "$SEPCC gen pointwise name=F_ROWS in=1x1x1 out=1 --isa scalar -o m -n M_FOR && grep "
                 "SEPCC_M_FOR_F_ROWS_IN_COUNT m/M_FOR.h && cc -c m/M_FOR.c");
    assert_shell(*state, 0, "$SEPCC gen pointwise in=1x1x1 out=1 --isa scalar -o ... && ls .../layers.h");
}

/* ---- the example ----------------------------------------------------------------------------------- */

static void run_example(const char *folder, const char *compiler)
{
    need_program(compiler);
    if (shell(folder,
              "make -s -C $ROOT/examples/quickstart SEPCC=$SEPCC OUT=$PWD/out CC=%s CFLAGS='-O1 -Wall "
              "-Wextra -Werror'",
              compiler) != 0)
        fail_msg("%s%s", shell_output(), shell_error());
    assert_printed(", largest difference from plain loops ");
    assert_shell(folder, 0, "SEPCC_ISAS=scalar out/quickstart");
    assert_printed("isa scalar, checksum 11087.781, largest difference from plain loops 0\n");
}

static void test_example_gcc(void **state)
{
    run_example(*state, "gcc");
}

static void test_example_clang(void **state)
{
    run_example(*state, "clang");
}

#define WITH_FOLDER(test) cmocka_unit_test_setup_teardown(test, bundle_setup, folder_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_FOLDER(test_compile_gcc),
        WITH_FOLDER(test_compile_clang),
        WITH_FOLDER(test_compile_cross_gcc),
        WITH_FOLDER(test_compile_cross_clang),
        WITH_FOLDER(test_header_gxx),
        WITH_FOLDER(test_header_clangxx),
        WITH_FOLDER(test_choice),
        WITH_FOLDER(test_no_choice),
        WITH_FOLDER(test_fused_gcc),
        WITH_FOLDER(test_fused_clang),
        WITH_FOLDER(test_same_bytes),
        WITH_FOLDER(test_written_if_changed),
        WITH_FOLDER(test_manifest),
        WITH_FOLDER(test_names),
        WITH_FOLDER(test_example_gcc),
        WITH_FOLDER(test_example_clang),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
