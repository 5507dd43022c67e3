/*
 * test_masked.c: libraries that are raced beside sepcc do not see what the CPU has above its instruction set.
 */
#include "../bench/peers/machine.h"
#include "../bench/peers/masked.h"
#include "support_folder.h"
#include "support_shell.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>
#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>

#if defined(__x86_64__)

/* features: AVX-512F, AVX2 and AVX as bits 2, 1, 0. The bytes of CPUID also stand within an instruction. */
static const char SOURCE[] = "#include <cpuid.h>\n"
                             "unsigned features(void)\n"
                             "{\n"
                             "    unsigned a, b, c, d, one;\n"
                             "    __cpuid_count(1, 0, a, b, one, d);\n"
                             "    __cpuid_count(7, 0, a, b, c, d);\n"
                             "    return (b >> 16 & 1) << 2 | (b >> 5 & 1) << 1 | (one >> 28 & 1);\n"
                             "}\n"
                             "unsigned number(void) { return 0x1234a20f; }\n";

static void build(const char *folder)
{
    put_file(in_folder(folder, "f.c"), SOURCE);
    put_file(in_folder(folder, "user.c"),
             "unsigned features(void);\nunsigned asked(void) { return features(); }\n");
    assert_shell(folder, 0,
                 "cc -O1 -shared -fPIC -Wl,-soname,libf.so.1 -o libf.so.1 f.c && "
                 "cc -shared -fPIC -o user.so user.c ./libf.so.1 -Wl,-rpath,$PWD");
}

static unsigned call(const char *library, const char *name)
{
    void *object = dlopen(library, RTLD_NOW | RTLD_LOCAL);
    check_in_child(object != NULL);
    void *symbol = dlsym(object, name);
    unsigned (*function)(void);
    check_in_child(symbol != NULL);
    memcpy(&function, &symbol, sizeof function);
    return function();
}

/* What a test's child works on. */
struct masked_case {
    const char *folder;
    enum sepcc_isa isa;
    unsigned wanted; /* features that are left */
};

static void see_through_copy(void *context)
{
    const struct masked_case *c = context;
    char *copy = NULL, *again = NULL;
    const unsigned all = call(in_folder(c->folder, "libf.so.1"), "features");
    check_in_child(machine_hide_above(c->isa) != HIDING_FAILED);
    check_in_child(masked_copy(in_folder(c->folder, "libf.so.1"), in_folder(c->folder, "masked"), &copy) ==
                   STATUS_DONE);
    check_in_child(strstr(copy, "/masked/") != NULL);
    check_in_child(call(copy, "features") == (all & c->wanted));
    check_in_child(call(copy, "number") == 0x1234a20f);
    check_in_child(masked_copy(in_folder(c->folder, "libf.so.1"), in_folder(c->folder, "masked"), &again) ==
                   STATUS_DONE);
    check_in_child(strcmp(copy, again) == 0);
    free(copy);
    free(again);
}

static void see_through_dependency(void *context)
{
    const struct masked_case *c = context;
    const char *user = in_folder(c->folder, "user.so");
    check_in_child(machine_hide_above(c->isa) != HIDING_FAILED);
    check_in_child(masked_load_dependencies(user, in_folder(c->folder, "masked")) == STATUS_DONE);
    check_in_child((call(user, "asked") & ~c->wanted) == 0);
    check_in_child(count_entries(in_folder(c->folder, "masked")) == 1);
}

static void run_both(const char *folder, enum sepcc_isa isa, unsigned wanted)
{
    struct masked_case c = {folder, isa, wanted};
    build(folder);
    assert_int_equal(in_child(see_through_copy, &c), 0);
    assert_shell(folder, 0, "rm -r masked");
    assert_int_equal(in_child(see_through_dependency, &c), 0);
}

static void skip_without_avx512(void)
{
    if (!__builtin_cpu_supports("avx512f")) {
        print_message("this CPU has nothing to hide\n");
        skip();
    }
}

static void hides_avx512(void **state)
{
    skip_without_avx512();
    run_both(*state, SEPCC_ISA_AVX2, 3);
}

static void hides_avx(void **state)
{
    skip_without_avx512();
    run_both(*state, SEPCC_ISA_SSE, 0);
}

static void leaves_what_asks_nothing(void **state)
{
    char *copy = NULL;
    const char *library = in_folder(*state, "libn.so");
    assert_shell(*state, 0,
                 "echo 'unsigned number(void) { return 0x1234a20f; }' | cc -shared -fPIC -x c - -o libn.so");
    assert_int_equal(masked_copy(library, in_folder(*state, "masked"), &copy), STATUS_DONE);
    assert_string_equal(copy, library);
    assert_int_equal(shell(*state, "test -e masked"), 1);
    free(copy);
}

static void refuses_what_is_no_library(void **state)
{
    char *copy = NULL, said[256] = "";
    put_file(in_folder(*state, "text.so"),
             "no library, but with the bytes \x0f\xa2 in it, and long enough to hold a header");
    diag_capture(said, sizeof said);
    assert_int_equal(masked_copy(in_folder(*state, "text.so"), *state, &copy), STATUS_INPUT);
    assert_non_null(strstr(said, "no 64-bit ELF file"));
    assert_int_equal(masked_copy(in_folder(*state, "none.so"), *state, &copy), STATUS_INPUT);
    diag_capture(NULL, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(hides_avx512, folder_setup, folder_teardown),
        cmocka_unit_test_setup_teardown(hides_avx, folder_setup, folder_teardown),
        cmocka_unit_test_setup_teardown(leaves_what_asks_nothing, folder_setup, folder_teardown),
        cmocka_unit_test_setup_teardown(refuses_what_is_no_library, folder_setup, folder_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

#else

int main(void)
{
    print_message("test_masked: x86-64 only\n");
    return 0;
}

#endif
