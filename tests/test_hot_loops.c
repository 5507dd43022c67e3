/*
 * test_hot_loops.c: hot loops found and counted in texts as objdump prints them of code by clang and gcc.
 */
#include "inspect/hot_loops.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

/* The hot loops of a text, for one check at a time. */
static struct hot_loops found;

static void find(const char *objdump, enum sepcc_isa isa)
{
    hot_loops_free(&found);
    assert_int_equal(hot_loops_find(objdump, isa_get(isa), &found), STATUS_DONE);
}

static int teardown(void **state)
{
    (void)state;
    hot_loops_free(&found);
    return 0;
}

static void assert_loop(size_t index, const char *function, uint64_t offset, unsigned instructions,
                        unsigned fmas, unsigned loads, unsigned stores, unsigned kept, unsigned stack)
{
    assert_true(index < found.count);
    const struct hot_loop *loop = &found.items[index];
    assert_string_equal(loop->function, function);
    assert_int_equal(loop->offset, offset);
    assert_int_equal(loop->instructions, instructions);
    assert_int_equal(loop->fmas, fmas);
    assert_int_equal(loop->loads, loads);
    assert_int_equal(loop->stores, stores);
    assert_int_equal(loop->invariants, kept);
    assert_int_equal(loop->stack, stack);
}

/* ---- x86-64 ---------------------------------------------------------------------------------------- */

/* An outer loop around one with multiply-adds; %rbp is an index. A second function has none. */
static const char nested[] = "\n"
                             "kernel.o:     file format elf64-x86-64\n"
                             "\n"
                             "\n"
                             "Disassembly of section .text:\n"
                             "\n"
                             "0000000000000000 <pack>:\n"
                             "   0:\tmov    (%rdi),%rax\n"
                             "   3:\tvmovss %xmm1,(%rdx)\n"
                             "   7:\tjne    0 <pack>\n"
                             "   9:\tret\n"
                             "   a:\tcs nopw 0x0(%rax,%rax,1)\n"
                             "\n"
                             "0000000000000020 <run>:\n"
                             "  20:\tpush   %rbp\n"
                             "  21:\tsub    $0xf8,%rsp\n"
                             "  28:\tvbroadcastss 0x0(%rip),%ymm0        # 31 <run+0x11>\n"
                             "  31:\tvmovups %ymm0,-0x10(%rsp)\n"
                             "  37:\txor    %ebp,%ebp\n"
                             "  39:\tnopw   0x0(%rax,%rax,1)\n"
                             "  40:\tvmovups (%rax,%rbp,1),%ymm4\n"
                             "  46:\tvmovups %ymm4,-0x80(%rsp)\n"
                             "  4c:\tvfmadd213ps %ymm10,%ymm2,%ymm4\n"
                             "  51:\tvfmadd231ps -0x80(%rsp),%ymm3,%ymm11\n"
                             "  58:\tvfmadd231ps 0x20(%rbp),%ymm3,%ymm11\n"
                             "  5e:\tmov    0x18(%rsp),%rcx\n"
                             "  63:\tprefetcht0 0x100(%rax)\n"
                             "  6a:\tlea    0x8(%rsp),%rdx\n"
                             "  6f:\tcmpl   $0x3,(%rcx)\n"
                             "  72:\tvmovups %ymm4,0x400(%rdx,%rbp,1)\n"
                             "  7b:\tadd    $0x20,%rbp\n"
                             "  7f:\tjne    40 <run+0x20>\n"
                             "  81:\tvfmadd231ps (%rsp),%ymm1,%ymm2\n"
                             "  87:\tcmp    %r9,%r8\n"
                             "  8a:\tjne    37 <run+0x17>\n"
                             "  8c:\tret\n";

static void test_nested(void **state)
{
    (void)state;
    find(nested, SEPCC_ISA_AVX2);
    assert_int_equal(found.count, 1);
    assert_loop(0, "run", 0x20, 12, 3, 5, 2, 0, 2);
    assert_false(found.items[0].is_body);
    assert_int_equal(found.items[0].scalar_stack, 1);
    assert_int_equal(hot_loops_stack(&found), 2);
}

/* What llvm-mca is given: no addresses, and a jump to a label that needs no place. */
static void test_code(void **state)
{
    (void)state;
    find(nested, SEPCC_ISA_AVX2);
    const char *code = found.items[0].code;
    static const char begin[] = "\tvmovups\t(%rax,%rbp,1),%ymm4\n\tvmovups\t%ymm4,-0x80(%rsp)\n";
    static const char end[] = "\tadd\t$0x20,%rbp\n\tjne\t.L0\n";
    assert_memory_equal(code, begin, sizeof begin - 1);
    assert_string_equal(code + strlen(code) - (sizeof end - 1), end);
}

/* The same loop as LLVM's objdump prints it. */
static void test_llvm(void **state)
{
    (void)state;
    find("0000000000000020 <run>:\n"
         "      37:      \txorl\t%ebp, %ebp\n"
         "      40:      \tvmovups\t(%rax,%rbp), %ymm4\n"
         "      46:      \tvmovups\t%ymm4, -0x80(%rsp)\n"
         "      4c:      \tvfmadd213ps\t%ymm10, %ymm2, %ymm4    # ymm4 = (ymm2 * ymm4) + ymm10\n"
         "      51:      \tvfmadd231ps\t-0x80(%rsp), %ymm3, %ymm11\n"
         "      7b:      \taddq\t$0x20, %rbp\n"
         "      7f:      \tjne\t0x40 <run+0x9>\n"
         "      8c:      \tretq\n",
         SEPCC_ISA_AVX2);
    assert_int_equal(found.count, 1);
    assert_loop(0, "run", 9, 6, 2, 2, 1, 0, 2);
}

/* With a frame pointer, its slots are on the stack too; masks and broadcasts are parts of operands. */
static void test_frame(void **state)
{
    (void)state;
    find("0000000000000000 <run>:\n"
         "   0:\tpush   %rbp\n"
         "   1:\tmov    %rsp,%rbp\n"
         "   4:\tand    $0xffffffffffffffc0,%rsp\n"
         "   8:\tvmovaps -0x70(%rbp),%zmm1\n"
         "  10:\tvfmadd231ps (%rdi){1to16},%zmm1,%zmm30\n"
         "  18:\tvmovups %zmm30,(%rsi){%k1}\n"
         "  20:\tjne    8 <run+0x8>\n"
         "  22:\tret\n",
         SEPCC_ISA_AVX512);
    assert_int_equal(found.count, 1);
    assert_loop(0, "run", 8, 4, 1, 2, 1, 1, 0);
}

/* Without FMA instructions, pairs of multiply and add; a product alone is none. */
static void test_pairs(void **state)
{
    (void)state;
    find("0000000000000000 <run>:\n"
         "   0:\tmovups (%rdi),%xmm1\n"
         "   4:\tmulps  %xmm0,%xmm1\n"
         "   8:\taddps  %xmm1,%xmm2\n"
         "   c:\tmovaps %xmm3,%xmm4\n"
         "  10:\tmulps  0x10(%rsi),%xmm4\n"
         "  14:\taddps  -0x28(%rsp),%xmm4\n"
         "  18:\tmulps  %xmm8,%xmm4\n"
         "  1c:\tjne    0 <run>\n"
         "  20:\tmulps  %xmm0,%xmm1\n"
         "  24:\tjne    20 <run+0x20>\n"
         "  26:\tret\n",
         SEPCC_ISA_SSE);
    assert_int_equal(found.count, 1);
    assert_loop(0, "run", 0, 8, 2, 3, 0, 1, 0);
    find("0000000000000000 <run>:\n"
         "   0:\tmulps  %xmm0,%xmm1\n"
         "   4:\taddps  %xmm1,%xmm2\n"
         "   8:\tjne    0 <run>\n",
         SEPCC_ISA_AVX2);
    assert_int_equal(found.count, 0);
}

/* Straight-line functions are hot when a loop calls them, itself or through another function. */
static const char called[] = "0000000000000000 <tile0>:\n"
                             "   0:\tvmovups %ymm1,-0x20(%rsp)\n"
                             "   6:\tvfmadd231ps -0x20(%rsp),%ymm0,%ymm1\n"
                             "   d:\tret\n"
                             "\n"
                             "0000000000000010 <tile1>:\n"
                             "  10:\tvfmadd231ps %ymm2,%ymm0,%ymm1\n"
                             "  15:\tvfmadd231ps %ymm2,%ymm0,%ymm1\n"
                             "  1a:\tjmp    0 <tile0>\n"
                             "\n"
                             "0000000000000020 <once>:\n"
                             "  20:\tvfmadd231ps %ymm2,%ymm0,%ymm1\n"
                             "  25:\tret\n"
                             "\n"
                             "0000000000000030 <run>:\n"
                             "  30:\tcall   20 <once>\n"
                             "  35:\tcall   10 <tile1>\n"
                             "  3a:\tdec    %rax\n"
                             "  3d:\tjne    35 <run+0x5>\n"
                             "  3f:\tjmp    40 <memset>\n";

static void test_bodies(void **state)
{
    (void)state;
    find(called, SEPCC_ISA_AVX2);
    assert_int_equal(found.count, 2);
    assert_loop(0, "tile1", 0, 3, 2, 0, 0, 0, 0);
    assert_loop(1, "tile0", 0, 3, 1, 1, 1, 0, 2);
    assert_true(found.items[0].is_body && found.items[1].is_body);
    assert_string_equal(found.items[0].code,
                        "\tvfmadd231ps\t%ymm2,%ymm0,%ymm1\n\tvfmadd231ps\t%ymm2,%ymm0,%ymm1\n");
}

/* A loop whose inner loop has no multiply-adds is hot by its own, which alone count. */
static void test_own_part(void **state)
{
    (void)state;
    find("0000000000000000 <run>:\n"
         "   0:\tvfmadd231ps %ymm2,%ymm0,%ymm1\n"
         "   5:\tvmovss (%rsi),%xmm3\n"
         "   9:\tjne    5 <run+0x5>\n"
         "   b:\tvmovss (%rsi),%xmm4\n"
         "   f:\tjne    b <run+0xb>\n"
         "  11:\tvmovups (%rdi),%ymm5\n"
         "  15:\tjne    0 <run>\n",
         SEPCC_ISA_AVX2);
    assert_int_equal(found.count, 1);
    assert_loop(0, "run", 0, 3, 1, 1, 0, 0, 0);
}

/* ---- AArch64 --------------------------------------------------------------------------------------- */

static const char lanes[] = "\n"
                            "kernel.o:     file format elf64-littleaarch64\n"
                            "\n"
                            "00000000000001b8 <run>:\n"
                            " 1b8:\tsub\tsp, sp, #0xd0\n"
                            " 1bc:\tstp\td9, d8, [sp, #96]\n"
                            " 1c0:\tmov\tw8, #0x1080                \t// #4224\n"
                            " 1c4:\tldp\tq0, q1, [x2], #32\n"
                            " 1c8:\tldr\tq2, [x0]\n"
                            " 1cc:\tldr\tq3, [sp, #32]\n"
                            " 1d0:\tldr\tq4, [x29, #30464]\n"
                            " 1d4:\tfmla\tv16.4s, v0.4s, v2.s[1]\n"
                            " 1d8:\tfmla\tv17.4s, v1.4s, v2.s[1]\n"
                            " 1dc:\tfmul\tv5.4s, v1.4s, v2.4s\n"
                            " 1e0:\tstr\tx9, [sp, #8]\n"
                            " 1e4:\tsubs\tx8, x8, #0x4\n"
                            " 1e8:\tb.ne\t1c4 <run+0xc>  // b.any\n"
                            " 1ec:\tld1r\t{v3.4s}, [x1]\n"
                            " 1f0:\tfmla\tv16.4s, v0.4s, v3.4s\n"
                            " 1f4:\tcbnz\tx9, 1ec <run+0x34>\n"
                            " 1f8:\tret\n";

static void test_aarch64(void **state)
{
    (void)state;
    find(lanes, SEPCC_ISA_NEON);
    assert_int_equal(found.count, 2);
    assert_loop(0, "run", 0xc, 10, 2, 4, 1, 1, 0);
    assert_int_equal(found.items[0].scalar_stack, 1);
    assert_loop(1, "run", 0x34, 3, 1, 1, 0, 0, 0);
    assert_string_equal(found.items[1].code,
                        "\tld1r\t{v3.4s}, [x1]\n\tfmla\tv16.4s, v0.4s, v3.4s\n\tcbnz\tx9, .L0\n");
}

static void test_aarch64_frame(void **state)
{
    (void)state;
    find("0000000000000000 <run>:\n"
         "   0:\tstp\tx29, x30, [sp, #-96]!\n"
         "   4:\tmov\tx29, sp\n"
         "   8:\tldr\tq4, [x29, #64]\n"
         "   c:\tstr\td8, [sp, #16]\n"
         "  10:\tfmla\tv16.4s, v0.4s, v4.4s\n"
         "  14:\tbl\t40 <other>\n"
         "  18:\tb\t8 <run+0x8>\n",
         SEPCC_ISA_NEON);
    assert_int_equal(found.count, 1);
    assert_loop(0, "run", 8, 5, 1, 1, 1, 1, 0);
    assert_null(strstr(found.items[0].code, "bl"));
}

/*
 * What a turn reads where it writes, too, are spills; elsewhere it reads what has been there from before.
 * Pairs are stored at one address and loaded at two: any store makes all of them spills.
 */
static void test_kept(void **state)
{
    (void)state;
    find("0000000000000000 <run>:\n"
         "   0:\tvmovaps %ymm1,0x40(%rsp)\n"
         "   4:\tvfmadd231ps 0x140(%rsp),%ymm2,%ymm1\n"
         "   8:\tvfmadd231ps 0x4(%rsp),%ymm2,%ymm1\n"
         "   c:\tvmovaps 0x40(%rsp),%ymm1\n"
         "  10:\tvaddps 0x40(%rsp),%ymm1,%ymm1\n"
         "  14:\tjne    0 <run>\n",
         SEPCC_ISA_AVX2);
    assert_int_equal(found.count, 1);
    assert_loop(0, "run", 0, 6, 2, 4, 1, 2, 3);
    find("0000000000000000 <run>:\n"
         "   0:\tstp\tq0, q1, [sp, #32]\n"
         "   4:\tldr\tq2, [sp, #48]\n"
         "   8:\tfmla\tv16.4s, v0.4s, v2.4s\n"
         "   c:\tb.ne\t0 <run>\n",
         SEPCC_ISA_NEON);
    assert_loop(0, "run", 0, 4, 1, 1, 1, 0, 2);
}

/* ---- order and nothing ----------------------------------------------------------------------------- */

static void test_hottest_first(void **state)
{
    (void)state;
    find("0000000000000000 <run>:\n"
         "   0:\tvfmadd231ps %ymm2,%ymm0,%ymm1\n"
         "   5:\tjne    0 <run>\n"
         "   7:\tvfmadd231ps %ymm2,%ymm0,%ymm1\n"
         "   b:\tjne    7 <run+0x7>\n"
         "   d:\tvfmadd231ps %ymm2,%ymm0,%ymm1\n"
         "  12:\tvfnmadd231ps %ymm2,%ymm0,%ymm1\n"
         "  17:\tjne    d <run+0xd>\n",
         SEPCC_ISA_AVX2);
    assert_int_equal(found.count, 3);
    assert_int_equal(found.items[0].offset, 0xd);
    assert_int_equal(found.items[1].offset, 0);
    assert_int_equal(found.items[2].offset, 7);
}

static void test_nothing(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "", "\n\n", "0000000000000000 <run>:\n", "   0:\tvfmadd231ps %ymm2,%ymm0,%ymm1\n",
        "0000000000000000 <run>:\n   0:\tvfmadd231ss %xmm2,%xmm0,%xmm1\n   5:\tjne    0 <run>\n\t...\n"};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; ++i) {
        find(texts[i], SEPCC_ISA_AVX2);
        assert_int_equal(found.count, 0);
        assert_int_equal(hot_loops_stack(&found), 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_nested),        cmocka_unit_test(test_code),
        cmocka_unit_test(test_llvm),          cmocka_unit_test(test_frame),
        cmocka_unit_test(test_pairs),         cmocka_unit_test(test_bodies),
        cmocka_unit_test(test_own_part),      cmocka_unit_test(test_aarch64),
        cmocka_unit_test(test_aarch64_frame), cmocka_unit_test(test_hottest_first),
        cmocka_unit_test(test_kept),          cmocka_unit_test(test_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, teardown);
}
