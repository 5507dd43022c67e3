/*
 * test_tune_key.c: the parts of a tuning key: equal where nothing that matters differs, and only there.
 */
#include "base/files.h"
#include "database/key.h"
#include "facts/facts.h"
#include "support_folder.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

static void test_cpus(void **state)
{
    (void)state;
    static const struct {
        const char *cpuinfo;
        size_t caches[3];
        const char *key;
    } cases[] = {
        {"processor\t: 0\nvendor_id\t: AuthenticAMD\ncpu family\t: 26\nmodel\t\t: 2\nmodel name\t: AMD EPYC\n"
         "cpu MHz\t\t: 2096.027\n\nprocessor\t: 1\nmodel\t\t: 3\n",
         {49152, 1048576, 33554432},
         "AMD EPYC family 26 model 2; L1d 48K L2 1M L3 32M"},
        {"cpu family\t: 6\nmodel\t\t: 85\nmodel name\t: Intel(R) Xeon(R) Platinum 8259CL CPU @ 2.50GHz\n",
         {32768, 1048576, 37486592},
         "Intel Xeon Platinum 8259CL family 6 model 85; L1d 32K L2 1M L3 36608K"},
        {"cpu family\t: 6\nmodel\t\t: 142\nmodel name\t: Intel(R) Core(TM) i7-8565U CPU @ 1.80GHz",
         {0, 0, 0},
         "Intel Core i7-8565U family 6 model 142;"},
        {"processor\t: 0\nBogoMIPS\t: 50.00\nCPU implementer\t: 0x41\nCPU architecture: 8\nCPU variant\t: "
         "0x3\n"
         "CPU part\t: 0xd0c\nCPU revision\t: 1\n",
         {65536, 1048576, 0},
         "implementer 0x41 part 0xd0c variant 0x3; L1d 64K L2 1M"},
        {"", {32768, 0, 0}, "unknown CPU; L1d 32K"},
        {"model name\nmodel name: \x01  a\x7f  b \n", {0, 0, 0}, "? a? b;"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; ++i) {
        struct text cpu = {0};
        tune_key_cpu_from(cases[i].cpuinfo, cases[i].caches, &cpu);
        assert_string_equal(cpu.data, cases[i].key);
        text_free(&cpu);
    }
}

static void test_this_cpu(void **state)
{
    (void)state;
    struct text one = {0}, two = {0};
    assert_int_equal(tune_key_cpu(&one), STATUS_DONE);
    assert_int_equal(tune_key_cpu(&two), STATUS_DONE);
    assert_string_equal(one.data, two.data);
    assert_null(strpbrk(one.data, "\n\t"));
    text_free(&one);
    text_free(&two);
}

static void test_compilers(void **state)
{
    (void)state;
    static const struct {
        char identity[160];
        const char *flags, *key;
    } cases[] = {
        {"/usr/bin/clang\nDebian clang version 14.0.6\nTarget: x86_64-pc-linux-gnu\n", NULL,
         "clang 14.0.6 -O2"},
        {"/opt/clang-19\nclang version 19.1.7 (https://example.org 12.3.4)\n", "-O3 -mtune=native",
         "clang 19.1.7 -O3 -mtune=native"},
        {"/usr/bin/clang-16\nDebian clang version 16.0.6 (15~deb12u1)\n", "", "clang 16.0.6 -O2"},
        {"/usr/bin/gcc\ngcc (Debian 12.2.0-14+deb12u1) 12.2.0\nCopyright (C) 2022 Free Software Foundation\n",
         NULL, "gcc 12.2.0 -O2"},
        {"/usr/bin/aarch64-linux-gnu-gcc\naarch64-linux-gnu-gcc (GCC) 14.0.1 20240412 (experimental)\n"
         "Copyright (C) 2024 Free Software Foundation, Inc.\n",
         NULL, "gcc 14.0.1 -O2"},
        {"/usr/bin/tcc\ntcc version 0.9.27\n", NULL, "cc 0.9.27 -O2"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; ++i) {
        char identity[160];
        struct text key = {0};
        memcpy(identity, cases[i].identity, sizeof identity);
        const struct compiler compiler = {.cc = "cc", .identity = identity};
        assert_int_equal(tune_key_compiler(&compiler, cases[i].flags, &key), STATUS_DONE);
        assert_string_equal(key.data, cases[i].key);
        text_free(&key);
    }
}

static void templates_of(const char *text, enum sepcc_isa isa, char digest[33])
{
    struct spec spec;
    assert_int_equal(spec_parse(text, NOWHERE, &spec), STATUS_DONE);
    assert_int_equal(tune_key_templates(&spec, isa_get(isa), digest), STATUS_DONE);
}

static void test_templates(void **state)
{
    (void)state;
    char one[33], same[33], other[33];
    templates_of("pointwise in=14x14x512 out=512", SEPCC_ISA_AVX2, one);
    assert_int_equal(strspn(one, "0123456789abcdef"), 32);
    templates_of("pointwise in=7x7x32 out=64 act=relu", SEPCC_ISA_AVX2, same);
    assert_string_equal(one, same);
    templates_of("pointwise in=14x14x512 out=512", SEPCC_ISA_SSE, other);
    assert_string_not_equal(one, other);
    templates_of("depthwise in=14x14x512 kernel=3", SEPCC_ISA_AVX2, other);
    assert_string_not_equal(one, other);
    templates_of("pointwise in=14x14x512 out=512 layout=nchw", SEPCC_ISA_AVX2, other);
    assert_string_not_equal(one, other);
}

/* With templates of its own: each file that a kernel is made from counts, and no other. */
static void change_templates(void *context)
{
    static const struct {
        const char *name;
        bool counts;
    } files[] = {
        {"lib/base.m4", true},  {"lib/kernel.m4", true}, {"lib/activation.m4", true},
        {"isa/avx2.m4", true},  {"isa/sse.m4", false},   {"separable", false},
        {"depthwise.m4", true}, {"pointwise.m4", true},  {"fused.m4", true},
        {"bundle.h.m4", false}, {"README.md", false},    {"depthwise_nchw.m4", false},
    };
    static const char SPEC[] = "separable in=8x8x8 kernel=3 out=8";
    char before[33], after[33];
    check_in_child(setenv("SEPCC_DATADIR", context, 1) == 0);
    for (size_t i = 0; i < sizeof files / sizeof files[0]; ++i) {
        struct text path = {0};
        text_printf(&path, "%s/templates/%s", (const char *)context, files[i].name);
        templates_of(SPEC, SEPCC_ISA_AVX2, before);
        put_file(path.data, files[i].name);
        templates_of(SPEC, SEPCC_ISA_AVX2, after);
        check_in_child((strcmp(before, after) != 0) == files[i].counts);
        text_free(&path);
    }
}

static void test_which_templates_count(void **state)
{
    struct text command = {0};
    text_printf(&command, "cp -r '%s/templates' '%s'", data_folder(), (const char *)*state);
    assert_int_equal(system(command.data), 0);
    text_free(&command);
    assert_int_equal(in_child(change_templates, *state), 0);
}

/* Each question is answered as tune_key_templates does, also when more are asked than are remembered. */
static void test_templates_of_many(void **state)
{
    (void)state;
    static const char *const specs[] = {"pointwise in=4x4x8 out=8", "depthwise in=8x8x8 kernel=3",
                                        "pointwise in=4x4x8 out=8 layout=nchw"};
    struct tune_templates templates = {.count = 0};
    for (unsigned round = 0; round < 3; ++round) {
        if (round == 2)
            for (; templates.count < TUNE_TEMPLATES_MAX; ++templates.count)
                templates.known[templates.count].operation = NULL;
        for (unsigned i = 0; i < 3 * SEPCC_ISA_COUNT; ++i) {
            const struct isa *isa = isa_get((enum sepcc_isa)(i / 3));
            struct spec spec;
            const char *digest;
            char expected[33];
            assert_int_equal(spec_parse(specs[i % 3], NOWHERE, &spec), STATUS_DONE);
            assert_int_equal(tune_templates_of(&templates, &spec, isa, &digest), STATUS_DONE);
            assert_int_equal(tune_key_templates(&spec, isa, expected), STATUS_DONE);
            assert_string_equal(digest, expected);
        }
        assert_int_equal(templates.count, round == 2 ? TUNE_TEMPLATES_MAX : 3 * SEPCC_ISA_COUNT);
    }
}

static void test_specs(void **state)
{
    (void)state;
    struct spec spec;
    char text[SPEC_TEXT_MAX];
    assert_int_equal(spec_parse("pointwise name=a out=8 in=4x4x8", NOWHERE, &spec), STATUS_DONE);
    assert_int_equal(tune_key_spec(&spec, text), STATUS_DONE);
    assert_string_equal(text, "pointwise in=4x4x8 out=8");
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cpus),
        cmocka_unit_test(test_this_cpu),
        cmocka_unit_test(test_compilers),
        cmocka_unit_test(test_templates),
        cmocka_unit_test_setup_teardown(test_which_templates_count, folder_setup, folder_teardown),
        cmocka_unit_test(test_templates_of_many),
        cmocka_unit_test(test_specs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
