/*
 * test_compile_group.c: kernels that are compiled in groups with precompiled headers: which, and that the
 * objects and the messages are those of single ones (what happens to the headers: test_compile_headers.c).
 */
#include "base/files.h"
#include "compile/compile.h"
#include "compile/compile_driver.h"
#include "compile/compile_key.h"
#include "facts/emit.h"
#include "support_compile.h"
#include "support_folder.h"
#include "support_shell.h"
#include "support_sources.h"
#include "support_spec.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- the same bytes, for every ISA ----------------------------------------------------------------- */

/* Of every operation and layout; as many as it takes to be compiled by one process. */
static const char *const specs[] = {
    "depthwise in=9x7x20 kernel=3 stride=2 pad=same act=sigmoid",
    "pointwise in=7x5x17 out=18 act=silu",
    "separable in=9x13x8 out=9 kernel=3 pad=1 layout=nchw act=prelu",
    "inverted in=7x5x7 expand=20 out=7 kernel=3 pad=1 act=relu6 residual=yes",
};

enum { SPECS = sizeof specs / sizeof *specs };

static void emit(struct sources *sources, const struct isa *isa, const char *folder, char *flags)
{
    struct kernel kernels[SPECS];
    *sources = (struct sources){.folder = folder, .count = SPECS, .args = {"-I", folder, NULL}};
    size_t words = 2;
    for (char *rest = NULL, *word = strtok_r(flags, " ", &rest); word; word = strtok_r(NULL, " ", &rest))
        sources->args[words++] = word;
    for (size_t i = 0; i < SPECS; i++) {
        const struct spec spec = spec_good(specs[i]);
        struct plan_request request;
        assert_int_equal(plan_request_parse("", NOWHERE, &request), STATUS_DONE);
        assert_int_equal(kernel_prepare(&spec, isa, &request, NOWHERE, &kernels[i]), STATUS_DONE);
    }
    assert_int_equal(emit_kernels(kernels, SPECS, SOURCES_PARALLEL), STATUS_DONE);
    for (size_t i = 0; i < SPECS; i++) {
        snprintf(sources->paths[i], sizeof sources->paths[i], "%s/%s.c", folder, kernels[i].name);
        put_file(sources->paths[i], kernels[i].source.data);
        kernel_free(&kernels[i]);
    }
    struct text header = {0};
    char *path = path_join(data_folder(), "runtime/sepcc_kernel.h");
    assert_int_equal(file_read(path, &header), STATUS_DONE);
    put_file(in_folder(folder, "sepcc_kernel.h"), header.data);
    text_free(&header);
    free(path);
}

static void same_bytes(const char *folder, enum sepcc_isa id, const char *more)
{
    const struct isa *isa = isa_get(id);
    struct sources sources;
    struct compiler compiler;
    char flags[256];
    snprintf(flags, sizeof flags, "%s %s", isa->flags, more);
    assert_int_equal(compiler_open(NULL, NULL, isa->arch, &compiler), STATUS_DONE);
    emit(&sources, isa, folder, flags);
    assert_grouped(&sources, &compiler, "o");
    assert_as_single(&sources, &compiler);
    if (sources.args[2] && !*more) {
        sources.args[2] = NULL; /* without its flags a kernel's file selects the instruction set itself */
        assert_grouped(&sources, &compiler, "plain.o");
        assert_as_single(&sources, &compiler);
    }
    compiler_close(&compiler);
}

static void test_scalar(void **state)
{
    same_bytes(*state, SEPCC_ISA_SCALAR, "");
}

static void need_arch(enum isa_arch arch, const char *cc)
{
    if (isa_host_arch() != arch)
        need_program(cc);
}

static void test_sse(void **state)
{
    need_arch(ARCH_X86_64, "x86_64-linux-gnu-gcc");
    same_bytes(*state, SEPCC_ISA_SSE, "");
}

static void test_avx2(void **state)
{
    need_arch(ARCH_X86_64, "x86_64-linux-gnu-gcc");
    same_bytes(*state, SEPCC_ISA_AVX2, "");
}

static void test_avx512(void **state)
{
    need_arch(ARCH_X86_64, "x86_64-linux-gnu-gcc");
    same_bytes(*state, SEPCC_ISA_AVX512, "-fno-tree-vectorize -fno-tree-slp-vectorize");
}

static void test_neon(void **state)
{
    need_arch(ARCH_AARCH64, "aarch64-linux-gnu-gcc");
    same_bytes(*state, SEPCC_ISA_NEON, "");
}

/* ---- which are grouped ----------------------------------------------------------------------------- */

static void test_few_and_many(void **state)
{
    struct compiler compiler = open_compiler(NULL);
    struct sources sources;
    static const size_t counts[] = {1, 3, 5, SOURCES_MOST};
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
        put_sources(&sources, *state, counts[i]);
        assert_int_equal(folder_remove(in_folder(*state, "cache")), STATUS_DONE);
        assert_grouped(&sources, &compiler, "o");
        assert_as_single(&sources, &compiler);
    }
    compiler_close(&compiler);
}

static void test_not_with_gcc(void **state)
{
    need_program("gcc");
    struct compiler compiler = open_compiler("gcc");
    struct sources sources;
    put_sources(&sources, *state, 5);
    assert_not_grouped(&sources, &compiler, "o");
    compiler_close(&compiler);
}

static void test_not_as_assembly(void **state)
{
    struct compiler compiler = open_compiler(NULL);
    struct sources sources;
    put_sources(&sources, *state, 2);
    sources.args[2] = "-S";
    assert_not_grouped(&sources, &compiler, "s");
    compiler_close(&compiler);
}

/* A folder called like a file: nothing can be made there. */
static void test_without_a_cache(void *folder)
{
    struct compiler compiler = {0};
    struct sources sources;
    size_t precompiled, cached;
    put_sources(&sources, folder, 5);
    put_file(in_folder(folder, "file"), "");
    setenv("SEPCC_CACHE", in_folder(folder, "file/cache"), 1);
    check_in_child(compiler_open(NULL, NULL, ARCH_ANY, &compiler) == STATUS_DONE);
    check_in_child(sources_compile(&sources, &compiler, true, "o", &precompiled, &cached) == STATUS_DONE);
    check_in_child(precompiled == 0 && cached == 0);
    for (size_t i = 0; i < sources.count; i++)
        check_in_child(path_exists(sources.objects[i]));
    check_in_child(strstr(sources_printed, ": warning: cannot write to the cache: "));
    compiler_close(&compiler);
}

static void test_no_cache(void **state)
{
    assert_int_equal(in_child(test_without_a_cache, *state), 0);
}

/* The name of a header beside the source means that one, not one of -I. */
static void test_headers_beside_the_source(void **state)
{
    struct compiler compiler = open_compiler(NULL);
    struct sources sources;
    put_sources(&sources, *state, 5);
    assert_int_equal(folder_make(in_folder(*state, "include")), STATUS_DONE);
    put_file(in_folder(*state, "include/own.h"), "#error \"of another folder\"\n");
    sources.args[1] = in_folder(*state, "include");
    assert_grouped(&sources, &compiler, "o");
    assert_as_single(&sources, &compiler);
    compiler_close(&compiler);
}

static void test_headers_in_order(void **state)
{
    struct compiler compiler = open_compiler(NULL);
    struct sources sources;
    struct text headers = {0};
    char key[33];
    put_sources(&sources, *state, 1);
    put_file(in_folder(*state, "own.h"),
             "#include <string.h>\n#include \"other.h\"\n  #  include <math.h>\n");
    put_file(in_folder(*state, "other.h"), "#include \"own.h\"\n#include <stdint.h>\n#include <own.h>\n");
    const struct compile_job job = {.source = sources.paths[0], .args = sources.args};
    assert_int_equal(compile_key(&compiler, &job, key, &headers), STATUS_DONE);
    assert_string_equal(headers.data, "#include <string.h>\n#include <stdint.h>\n#include <math.h>\n");
    text_free(&headers);
    compiler_close(&compiler);
}

/* ---- errors in sources ----------------------------------------------------------------------------- */

/* What compile_all writes to stderr, for compilers write there. */
static void compile_bad(void *folder)
{
    struct compiler compiler = {0};
    struct sources sources;
    size_t precompiled, cached;
    put_sources(&sources, folder, 6);
    put_file(sources.paths[3],
             "#include \"own.h\"\n#include <math.h>\nint bad(void)\n{\n    return none;\n}\n");
    check_in_child(freopen(in_folder(folder, "stderr"), "w", stderr) != NULL);
    check_in_child(compiler_open(NULL, NULL, ARCH_ANY, &compiler) == STATUS_DONE);
    check_in_child(sources_compile(&sources, &compiler, true, "o", &precompiled, &cached) ==
                   STATUS_ENVIRONMENT);
    check_in_child(
        strstr(sources_printed, "/k3.c: error: clang ended with exit code 1 while it compiled this"));
    check_in_child(!path_exists(sources.objects[3]));
    check_in_child(fflush(stderr) == 0);
    compiler_close(&compiler);
}

static void test_an_error(void **state)
{
    struct text said = {0};
    assert_int_equal(in_child(compile_bad, *state), 0);
    assert_int_equal(file_load(in_folder(*state, "stderr"), &said), 0);
    char expected[512];
    snprintf(expected, sizeof expected, "%s/k3.c:5:12: error: use of undeclared identifier 'none'",
             (const char *)*state);
    assert_memory_equal(said.data, expected, strlen(expected));
    assert_null(strstr(said.data + strlen(expected), "k3.c:5:12")); /* once */
    text_free(&said);
}

/* ---- what the driver says -------------------------------------------------------------------------- */

static const struct {
    const char *said;
    const char *words; /* what stays, separated by |, or NULL */
} sayings[] = {
    {"clang version 1\nTarget: x\n \"/bin/clang\" \"-cc1\" \"-O2\" \"-o\" \"a.o\" \"-x\" \"c\" \"a.c\"\n",
     "/bin/clang|-cc1|-O2|-x|c"},
    {" \"c\" \"-cc1\" \"-D\\\"A\\$B\\\\\" \"-I\" \"with blank\" \"-o\" \"a.o\" \"a.c\"\n",
     "c|-cc1|-D\"A$B\\|-I|with blank"},
    {" (in-process)\n \"c\" \"-cc1\" \"-o\" \"a.o\" \"a.c\"", "c|-cc1"},
    {"", NULL},
    {"clang version 1\n", NULL},
    {" \"c\" \"-cc1\" \"-o\" \"a.o\" \"a.c\"\n \"ld\" \"a.o\"\n", NULL},
    {" \"as\" \"-o\" \"a.o\" \"a.c\"\n", NULL},
    {" \"c\" \"-cc1\" \"-o\" \"b.o\" \"a.c\"\n", NULL},
    {" \"c\" \"-cc1\" \"-o\" \"a.o\" \"b.c\"\n", NULL},
    {" \"c\" \"-cc1\" \"-o\" \"a.o\" \"-o\" \"a.o\" \"a.c\"\n", NULL},
    {" \"c\" \"-cc1\" \"-o\" \"a.o\" \"a.c\" and more\n", NULL},
    {" \"c\" \"-cc1\" \"-o\" \"a.o\" \"a.c\n", NULL},
    {" \"c\" \"-cc1\" \"-o\" \"a.o\" \"a.c\\", NULL},
    {"\"", NULL},
};

static void test_driver_words(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof sayings / sizeof *sayings; i++) {
        struct driver_words words = driver_words_read(sayings[i].said, "a.c", "a.o", 2);
        struct text text = {0};
        for (size_t w = 0; w < words.count; w++)
            text_printf(&text, "%s%s", w > 0 ? "|" : "", words.words[w]);
        if (sayings[i].words) {
            assert_string_equal(text.data, sayings[i].words);
            assert_null(words.words[words.count]);
        } else {
            assert_null(words.words);
        }
        text_free(&text);
        driver_words_free(&words);
    }
}

#define in_own_folder(test) cmocka_unit_test_setup_teardown(test, cache_setup, cache_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        in_own_folder(test_scalar),
        in_own_folder(test_sse),
        in_own_folder(test_avx2),
        in_own_folder(test_avx512),
        in_own_folder(test_neon),
        in_own_folder(test_few_and_many),
        in_own_folder(test_not_with_gcc),
        in_own_folder(test_not_as_assembly),
        in_own_folder(test_no_cache),
        in_own_folder(test_headers_beside_the_source),
        in_own_folder(test_headers_in_order),
        in_own_folder(test_an_error),
        cmocka_unit_test(test_driver_words),
    };
    return cmocka_run_group_tests_name("compile_group", tests, NULL, NULL);
}
