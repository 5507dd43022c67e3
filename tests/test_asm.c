/*
 * test_asm.c: what compilers make of the peak loops and of the kernels of two networks; `sepcc asm`, and the
 * warnings of `sepcc build`.
 */
#include "bundle/bundle.h"
#include "inspect/inspect.h"
#include "inspect/mca.h"
#include "support_folder.h"
#include "support_shell.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const enum sepcc_isa vector_isas[] = {SEPCC_ISA_SSE, SEPCC_ISA_AVX2, SEPCC_ISA_AVX512, SEPCC_ISA_NEON};

enum { VECTOR_ISAS = sizeof vector_isas / sizeof vector_isas[0] };

/* Whether cc (NULL: clang) compiles for an architecture, and objects of it can be read; says what is missing.
 */
static bool has_tools(const char *cc, enum isa_arch arch)
{
    char reason[512] = "";
    struct compiler compiler;
    char *program = inspect_program(arch, NULL);
    diag_capture(reason, sizeof reason);
    const enum exit_status status = compiler_open(cc, NULL, arch, &compiler);
    diag_capture(NULL, 0);
    if (status == STATUS_DONE)
        compiler_close(&compiler);
    if (program == NULL || status != STATUS_DONE)
        print_message("skipped for %s: %s\n", build_arch_name(arch),
                      program == NULL ? "no disassembler" : reason);
    free(program);
    return program != NULL && status == STATUS_DONE;
}

/* ---- the peak loops -------------------------------------------------------------------------------- */

/* Multiply-adds of one round, by what the peak's source says of itself. */
static unsigned peak_fmas(const char *source, const struct isa *isa)
{
    static const char key[] = ".flop_per_round = ";
    const char *at = strstr(source, key);
    assert_non_null(at);
    return (unsigned)strtoul(at + sizeof key - 1, NULL, 10) / (2 * isa->lanes);
}

static void compile_peak(const char *folder, const char *cc, const struct isa *isa, const char *source)
{
    struct compiler compiler;
    char flags[128], include[1024];
    const char *args[16] = {include};
    size_t count = 1;
    put_file(in_folder(folder, "peak.c"), source);
    snprintf(include, sizeof include, "-I%s/runtime", data_folder());
    snprintf(flags, sizeof flags, "%s", isa->flags);
    for (char *word = strtok(flags, " "); word != NULL; word = strtok(NULL, " "))
        args[count++] = word;
    struct compile_job job = {.name = "peak",
                              .source = in_folder(folder, "peak.c"),
                              .args = args,
                              .object = in_folder(folder, "peak.o")};
    assert_int_equal(compiler_open(cc, NULL, isa->arch, &compiler), STATUS_DONE);
    assert_int_equal(compile_all(&compiler, &job, 1, 1), STATUS_DONE);
    compiler_close(&compiler);
}

/* The loop holds each multiply-add that is counted, and nothing on the stack. */
static void check_peak(const char *folder, const char *cc, const struct isa *isa)
{
    struct text facts = {0}, source = {0};
    struct hot_loops loops = {0};
    const struct inspect_job job = {in_folder(folder, "peak.o"), isa, &loops};
    text_puts(&facts, "m4_dnl\n");
    assert_int_equal(emit_template("peak.m4", isa, &facts, &source), STATUS_DONE);
    compile_peak(folder, cc, isa, source.data);
    assert_int_equal(inspect_objects(&job, 1, NULL, 1), STATUS_DONE);
    if (loops.count != 1 || loops.items[0].fmas != peak_fmas(source.data, isa) || loops.items[0].stack != 0)
        fail_msg("%s with %s: %zu hot loops, the first of %u multiply-adds and %u stack references, "
                 "expected 1 of %u and 0",
                 isa->name, cc == NULL ? "clang" : cc, loops.count, loops.count > 0 ? loops.items[0].fmas : 0,
                 loops.count > 0 ? loops.items[0].stack : 0, peak_fmas(source.data, isa));
    hot_loops_free(&loops);
    text_free(&facts);
    text_free(&source);
}

static void test_peaks(void **state)
{
    for (size_t i = 0; i < VECTOR_ISAS; ++i) {
        const struct isa *isa = isa_get(vector_isas[i]);
        const char *const compilers[] = {NULL, isa->arch == isa_host_arch() ? "gcc"
                                               : isa->arch == ARCH_AARCH64  ? "aarch64-linux-gnu-gcc"
                                                                            : "x86_64-linux-gnu-gcc"};
        for (size_t c = 0; c < sizeof compilers / sizeof compilers[0]; ++c)
            if (has_tools(compilers[c], isa->arch))
                check_peak(*state, compilers[c], isa);
    }
}

/* ---- the kernels of networks --------------------------------------------------------------------- */

/*
 * Stack references that are known, in the worst hot loop of a kernel with a depthwise layer; there are no
 * others. What they are and cost is in docs/plan.md.
 */
static const struct known {
    enum sepcc_isa isa;
    enum sepcc_layout layout;
    unsigned most;
} knowns[] = {
    {SEPCC_ISA_SSE, SEPCC_NHWC, 14},  {SEPCC_ISA_SSE, SEPCC_NCHW, 6},  {SEPCC_ISA_AVX2, SEPCC_NCHW, 6},
    {SEPCC_ISA_NEON, SEPCC_NHWC, 10}, {SEPCC_ISA_NEON, SEPCC_NCHW, 8},
};

static unsigned known_most(const struct kernel *kernel)
{
    const struct sepcc_stage *stage = &kernel->spec.stage;
    for (size_t k = 0; k < sizeof knowns / sizeof knowns[0]; ++k)
        if (stage->op != SEPCC_OP_POINTWISE && knowns[k].isa == kernel->isa->id &&
            knowns[k].layout == (enum sepcc_layout)stage->layout)
            return knowns[k].most;
    return 0;
}

/* Returns how many kernels have more than is known of. */
static unsigned check_kernels(const struct bundle *bundle, const struct hot_loops *loops)
{
    unsigned wrong = 0;
    for (size_t k = 0; k < bundle->kernel_count; ++k) {
        const struct kernel *kernel = &bundle->kernels[k];
        assert_true(loops[k].count > 0);
        unsigned worst = 0;
        for (size_t l = 0; l < loops[k].count; ++l)
            worst = loops[k].items[l].stack > worst ? loops[k].items[l].stack : worst;
        if (worst <= known_most(kernel))
            continue;
        print_message("%s: %u stack references in a hot loop, expected %u at most\n", kernel->name, worst,
                      known_most(kernel));
        ++wrong;
    }
    return wrong;
}

static void check_model(const char *model, const struct isa *isa)
{
    static const struct command command = {.name = "asm", .bit = FOR_ASM, .default_isa = "native"};
    char file[128];
    snprintf(file, sizeof file, "examples/models/%s.layers", model);
    char *argv[] = {"asm", "-f", file, NULL};
    struct options options;
    struct bundle bundle;
    struct build build;
    assert_int_equal(options_parse(&command, 3, argv, &options), STATUS_DONE);
    assert_int_equal(bundle_plan_isas(&options, 1u << isa->id, &bundle), STATUS_DONE);
    assert_int_equal(build_open(&options, &bundle, true, &build), STATUS_DONE);
    assert_int_equal(build_library(&build, isa->arch, false, NULL), STATUS_DONE);
    struct hot_loops *loops = calloc(build.bundle.kernel_count, sizeof *loops);
    assert_non_null(loops);
    assert_int_equal(inspect_kernels(&build, isa->arch, loops), STATUS_DONE);
    const unsigned wrong = check_kernels(&build.bundle, loops);
    for (size_t k = 0; k < build.bundle.kernel_count; ++k)
        hot_loops_free(&loops[k]);
    free(loops);
    build_close(&build);
    options_free(&options);
    assert_int_equal(wrong, 0);
}

static void test_models(void **state)
{
    (void)state;
    for (size_t i = 0; i < VECTOR_ISAS; ++i) {
        const struct isa *isa = isa_get(vector_isas[i]);
        if (!has_tools(NULL, isa->arch))
            continue;
        check_model("mobilenet_v2", isa);
        check_model("mobilenet_v3_large", isa);
        check_model("efficientnet_b0", isa);
        check_model("seed", isa);
    }
}

/* ---- the commands ---------------------------------------------------------------------------------- */

/* A tile of as many accumulators as there are registers to spare, whose taps are taken one by one. */
#define SPILLING "'depthwise name=dw in=16x16x32 kernel=3 stride=2 act=silu' --plan rows=3,columns=4,hold=1"

static void need_x86(void)
{
    if (isa_host_arch() != ARCH_X86_64) {
        print_message("skipped: this is no x86-64\n");
        skip();
    }
}

/* Each way of building says the same, also when the object comes out of the cache. */
static void test_build_warns(void **state)
{
    need_x86();
    for (int run = 0; run < 2; ++run) {
        assert_shell(*state, 0, "SEPCC_CACHE=$PWD/cache $SEPCC build " SPILLING " --isa avx2 -o out");
        assert_error("depthwise_3x3s2__16x16x32_silu__avx2_r3c4v1");
        assert_error(": warning: ");
        assert_error(" stack references beside 204 multiply-adds in the loop at ");
        assert_printed(run == 0 ? "2 objects compiled, 0 from" : "0 objects compiled, 2 from");
    }
    assert_shell(*state, 0, "$SEPCC build 'pointwise in=8x8x32 out=32' --isa avx2 -o fine");
    assert_string_equal(shell_error(), "");
}

/* A kernel row in two parts: clang made all products of a tile first, and kept them on the stack. */
static void test_row_in_parts(void **state)
{
    need_x86();
    assert_shell(*state, 0,
                 "$SEPCC asm 'depthwise in=28x28x4 kernel=6 pad=same' --isa sse --csv >table.csv && "
                 "grep -q r2c4v1h3 table.csv && tail -n +2 table.csv | cut -d, -f12 | sort -u");
    assert_string_equal(shell_output(), "0\n");
}

static void test_table(void **state)
{
    need_x86();
    assert_shell(*state, 0, "$SEPCC asm 'pointwise name=pw in=6x1x32 out=16' --isa avx2");
    assert_printed("layer  isa     plan ");
    assert_printed("pw     avx2    r6v2");
    assert_printed(program_exists(mca_program) ? "cycles  FMA limit\n" : "llvm-mca-19 is missing: no cycles");
}

/* The columns of a line of comma-separated values. */
static const char *column(const char *line, unsigned index)
{
    for (; index > 0; --index) {
        line = strchr(line, ',');
        assert_non_null(line);
        ++line;
    }
    return line;
}

static void test_csv(void **state)
{
    need_x86();
    assert_shell(*state, 0, "$SEPCC asm 'pointwise name=pw in=6x1x32 out=16' --isa avx2 --csv");
    assert_printed(
        "stage,isa,plan,kind,function,offset,instructions,fmas,loads,stores,kept,stack,scalar_stack,cpu,"
        "cycles,fma_share,kernel\n");
    const char *line = strchr(shell_output(), '\n') + 1;
    assert_memory_equal(line, "pw,avx2,r6v2", 12);
    assert_int_equal(strtoul(column(line, 7), NULL, 10), 48); /* 6 x 2 vectors, 4 input channels */
    assert_int_equal(strtoul(column(line, 10), NULL, 10), 0);
    assert_int_equal(strtoul(column(line, 11), NULL, 10), 0);
    if (!program_exists(mca_program)) {
        print_message("skipped: %s is not installed\n", mca_program);
        skip();
    }
    assert_memory_equal(column(line, 13), "znver3,", 7);
    const double cycles = strtod(column(line, 14), NULL), share = strtod(column(line, 15), NULL);
    assert_true(cycles >= 24.0 && cycles < 28.0);
    assert_true(share > 0.85 && share <= 1.0);
}

static void test_refusals(void **state)
{
    assert_shell(*state, 2, "$SEPCC asm 'pointwise in=1x1x4 out=4' --isa scalar");
    assert_error("--isa: error: scalar kernels have no vectors to count");
    assert_shell(*state, 2, "$SEPCC asm 'pointwise in=1x1x4 out=4' --json");
    assert_error("--json is no option of 'asm'");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_peaks, folder_setup, folder_teardown),
        cmocka_unit_test(test_models),
        cmocka_unit_test_setup_teardown(test_build_warns, folder_setup, folder_teardown),
        cmocka_unit_test_setup_teardown(test_row_in_parts, folder_setup, folder_teardown),
        cmocka_unit_test_setup_teardown(test_table, folder_setup, folder_teardown),
        cmocka_unit_test_setup_teardown(test_csv, folder_setup, folder_teardown),
        cmocka_unit_test_setup_teardown(test_refusals, folder_setup, folder_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
