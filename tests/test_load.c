/*
 * test_load.c: loading bundles: small shared libraries are built from one source, each wrong in one way, and
 * each must be refused with its own status.
 */
#include "support_runtime.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

/* A bundle of one kernel; -D replaces what is to be wrong. */
static const char source[] =
    "#include \"sepcc_kernel.h\"\n"
    "#ifndef BUNDLE_ABI\n#define BUNDLE_ABI SEPCC_ABI_VERSION\n#endif\n"
    "#ifndef BUNDLE_SIZE\n#define BUNDLE_SIZE sizeof(struct sepcc_bundle)\n#endif\n"
    "#ifndef BUNDLE_NAME\n#define BUNDLE_NAME \"net\"\n#endif\n"
    "#ifndef BUNDLE_COUNT\n#define BUNDLE_COUNT 1\n#endif\n"
    "#ifndef KERNEL\n#define KERNEL &kernel\n#endif\n"
    "#ifndef ABI\n#define ABI SEPCC_ABI_VERSION\n#endif\n"
    "#ifndef SIZE\n#define SIZE sizeof(struct sepcc_kernel)\n#endif\n"
    "#ifndef FIELD\n#define FIELD .plan = \"\"\n#endif\n"
    "static void pack(const float *const w[], const float *const b[], const float *const s[], void *p)\n"
    "{ (void)w; (void)b; (void)s; (void)p; }\n"
    "static void run(const float *i, float *o, const void *p, void *w, size_t b, size_t e)\n"
    "{ (void)i; (void)o; (void)p; (void)w; (void)b; (void)e; }\n"
    "const struct sepcc_kernel kernel = {.abi_version = ABI, .struct_size = SIZE, .name = \"sepcc_k\",\n"
    "  .spec = \"pointwise\", .plan = \"\", .digest = \"0123456789abcdef0123456789abcdef\",\n"
    "  .stage = {SEPCC_OP_POINTWISE, SEPCC_F32, SEPCC_NHWC, 1, 0, 1,\n"
    "    {{SEPCC_OP_POINTWISE, 1,1,1, 1,1,1, 1,1, 1,1, 1,1, 0,0,0,0, 1, 0, 0, {0, 0}}}},\n"
    "  .packed_bytes = 64, .unit_count = 1, .fma_count = 1, .read_bytes = 68, .write_bytes = 4,\n"
    "  .pack = pack, .run = run, FIELD};\n"
    "static const struct sepcc_kernel *const kernels[] = {KERNEL};\n"
    "const struct sepcc_bundle sepcc_bundle_net = {BUNDLE_ABI, BUNDLE_SIZE, BUNDLE_NAME, \"0\", "
    "BUNDLE_COUNT,\n"
    "  kernels};\n";

static char folder[] = "/tmp/sepcc_load_XXXXXX";
static char source_path[64], library_path[64], message[256];

static int write_source(void **state)
{
    FILE *file;
    (void)state;
    if (mkdtemp(folder) == NULL)
        return -1;
    snprintf(source_path, sizeof source_path, "%s/net.c", folder);
    snprintf(library_path, sizeof library_path, "%s/net.so", folder);
    file = fopen(source_path, "w");
    if (file == NULL || fputs(source, file) < 0)
        return -1;
    return fclose(file);
}

static int remove_all(void **state)
{
    (void)state;
    unlink(source_path);
    unlink(library_path);
    return rmdir(folder);
}

/* Builds the library with further arguments for the compiler, as a shell takes them. */
static void build(const char *arguments)
{
    char command[512];
    unlink(library_path); /* never write into a library that may still be mapped */
    snprintf(command, sizeof command, "${CC:-cc} -std=c11 -shared -fPIC -w -Iruntime %s -o %s %s", arguments,
             library_path, source_path);
    assert_int_equal(system(command), 0);
}

static void expect_open(enum sepcc_status status, const char *word)
{
    struct sepcc_library *library;
    assert_int_equal(sepcc_library_open(library_path, "net", &library, message, sizeof message), status);
    if (strstr(message, word) == NULL)
        fail_msg("'%s' does not say '%s'", message, word);
    if (status != SEPCC_OK)
        assert_null(library);
    sepcc_library_close(library);
}

static void good_bundle_is_opened(void **state)
{
    struct sepcc_library *library;
    const struct sepcc_bundle *bundle;
    (void)state;
    build("");
    assert_int_equal(sepcc_library_open(library_path, "net", &library, message, sizeof message), SEPCC_OK);
    assert_string_equal(message, "");
    bundle = sepcc_library_bundle(library);
    assert_string_equal(bundle->name, "net");
    assert_int_equal(bundle->kernel_count, 1);
    assert_string_equal(bundle->kernels[0]->name, "sepcc_k");
    sepcc_library_close(library);
    sepcc_library_close(NULL);
}

/* A name without a slash is a file here, not one in the system's library folders. */
static void path_is_a_path(void **state)
{
    struct sepcc_library *library;
    char here[512];
    (void)state;
    build("");
    assert_non_null(getcwd(here, sizeof here));
    assert_int_equal(chdir(folder), 0);
    assert_int_equal(sepcc_library_open("net.so", "net", &library, message, sizeof message), SEPCC_OK);
    sepcc_library_close(library);
    assert_int_equal(sepcc_library_open("libm.so.6", "net", &library, message, sizeof message), SEPCC_E_OPEN);
    assert_int_equal(chdir(here), 0);
}

static void what_is_no_library_is_not_opened(void **state)
{
    struct sepcc_library *library;
    (void)state;
    assert_int_equal(sepcc_library_open("/nowhere/x.so", "net", &library, message, sizeof message),
                     SEPCC_E_OPEN);
    assert_non_null(strstr(message, "/nowhere/x.so"));
    assert_int_equal(sepcc_library_open(source_path, "net", &library, message, sizeof message), SEPCC_E_OPEN);
    build("-c"); /* an object file */
    expect_open(SEPCC_E_OPEN, library_path);
}

static void wrong_bundles_are_refused(void **state)
{
    struct sepcc_library *library;
    (void)state;
    build("");
    assert_int_equal(sepcc_library_open(library_path, "other", &library, message, sizeof message),
                     SEPCC_E_SYMBOL);
    assert_non_null(strstr(message, "sepcc_bundle_other"));
    build("-DBUNDLE_SIZE=8");
    expect_open(SEPCC_E_STRUCT_SIZE, "8");
    build("-DBUNDLE_NAME=0");
    expect_open(SEPCC_E_DESCRIPTOR, "net");
    build("-DBUNDLE_COUNT=0");
    expect_open(SEPCC_E_DESCRIPTOR, "net");
}

static void wrong_kernels_are_refused(void **state)
{
    (void)state;
    build("-DSIZE=8");
    expect_open(SEPCC_E_STRUCT_SIZE, "kernel 0");
    build("-DKERNEL=0");
    expect_open(SEPCC_E_DESCRIPTOR, "kernel 0");
    build("-D'FIELD=.unit_count=0'");
    expect_open(SEPCC_E_DESCRIPTOR, "sepcc_k");
    build("-D'FIELD=.name=0'");
    expect_open(SEPCC_E_DESCRIPTOR, "kernel 0");
}

/* ---- other versions -------------------------------------------------------------------------------- */

static void other_abi_versions_are_refused(void **state)
{
    (void)state;
    build("-D'BUNDLE_ABI=SEPCC_ABI_VERSION + 1'");
    expect_open(SEPCC_E_ABI, "made for a later libsepcc");
    build("-DBUNDLE_ABI=0");
    expect_open(SEPCC_E_ABI, "ABI version 0, expected 1: made for an earlier libsepcc");
    build("-D'ABI=SEPCC_ABI_VERSION + 1'");
    expect_open(SEPCC_E_ABI, "kernel 0");
    build("-DABI=0");
    expect_open(SEPCC_E_ABI, "kernel 0");
}

/* What a later version of the same ABI may have: fields that this one does not know. */
static void fields_at_the_end_are_allowed(void **state)
{
    struct sepcc_library *library;
    (void)state;
    build("-D'BUNDLE_SIZE=sizeof(struct sepcc_bundle) + 8' -D'SIZE=sizeof(struct sepcc_kernel) + 16'");
    assert_int_equal(sepcc_library_open(library_path, "net", &library, message, sizeof message), SEPCC_OK);
    assert_string_equal(sepcc_library_bundle(library)->kernels[0]->name, "sepcc_k");
    sepcc_library_close(library);
    build("-D'BUNDLE_SIZE=sizeof(struct sepcc_bundle) - 8'");
    expect_open(SEPCC_E_STRUCT_SIZE, "expected at least");
    build("-D'SIZE=sizeof(struct sepcc_kernel) - 8'");
    expect_open(SEPCC_E_STRUCT_SIZE, "kernel 0");
}

static void unknown_numbers_are_refused(void **state)
{
    static const char *const fields[] = {
        ".isa = SEPCC_ISA_COUNT",
        ".stage.op = SEPCC_OP_CONV + 1",
        ".stage.op = 0",
        ".stage.dtype = SEPCC_F32 + 1",
        ".stage.layout = SEPCC_NCHW + 1",
        ".stage.layer[0].op = SEPCC_OP_SEPARABLE",
        ".stage.layer[0].act = SEPCC_ACT_COUNT",
    };
    (void)state;
    for (size_t i = 0; i < sizeof fields / sizeof fields[0]; ++i) {
        char argument[128];
        snprintf(argument, sizeof argument, "-D'FIELD=%s'", fields[i]);
        build(argument);
        expect_open(SEPCC_E_UNKNOWN, "sepcc_k");
    }
}

/* Of every length: refused with words, or loaded where nothing that is used is missing. Never a crash. */
static void truncated_libraries_are_refused(void **state)
{
    struct stat whole;
    size_t refused = 0;
    (void)state;
    build("");
    assert_int_equal(stat(library_path, &whole), 0);
    for (off_t size = whole.st_size - 1; size >= 0; size -= whole.st_size / 64) {
        struct sepcc_library *library;
        build("");
        assert_int_equal(truncate(library_path, size), 0);
        const enum sepcc_status status =
            sepcc_library_open(library_path, "net", &library, message, sizeof message);
        if (status == SEPCC_OK)
            assert_string_equal(sepcc_library_bundle(library)->kernels[0]->name, "sepcc_k");
        else
            assert_int_equal(status, SEPCC_E_OPEN);
        assert_true(status == SEPCC_OK || strstr(message, library_path) != NULL);
        refused += status != SEPCC_OK;
        sepcc_library_close(library);
    }
    assert_true(refused >= 32);
    build("");
    assert_int_equal(truncate(library_path, whole.st_size / 2), 0);
    expect_open(SEPCC_E_OPEN, "the file ends early");
}

/* ---- descriptors alone ----------------------------------------------------------------------------- */

static void pack(const float *const weights[], const float *const bias[], const float *const slope[],
                 void *packed)
{
    (void)weights;
    (void)bias;
    (void)slope;
    (void)packed;
}

static void run(const float *in, float *out, const void *packed, void *workspace, size_t begin, size_t end)
{
    (void)in;
    (void)out;
    (void)packed;
    (void)workspace;
    (void)begin;
    (void)end;
}

static struct sepcc_kernel good_kernel(void)
{
    const struct sepcc_stage stage =
        support_stage((struct sepcc_layer){.op = SEPCC_OP_POINTWISE, .in_w = 3, .in_c = 4, .out_c = 5});
    struct sepcc_kernel kernel = support_kernel(&stage, 128, 64, 3);
    kernel.pack = pack;
    kernel.run = run;
    return kernel;
}

static void contradictions_are_found(void **state)
{
    struct sepcc_kernel kernel = good_kernel();
    (void)state;
    assert_int_equal(sepcc_kernel_check(&kernel), SEPCC_OK);
#define EXPECT(status, field, value)                                                                         \
    do {                                                                                                     \
        kernel = good_kernel();                                                                              \
        kernel.field = (value);                                                                              \
        assert_int_equal(sepcc_kernel_check(&kernel), (status));                                             \
    } while (0)
    EXPECT(SEPCC_E_ABI, abi_version, 0);
    EXPECT(SEPCC_E_STRUCT_SIZE, struct_size, 1);
    EXPECT(SEPCC_E_DESCRIPTOR, name, NULL);
    EXPECT(SEPCC_E_DESCRIPTOR, name, "");
    EXPECT(SEPCC_E_DESCRIPTOR, spec, NULL);
    EXPECT(SEPCC_E_DESCRIPTOR, spec, "");
    EXPECT(SEPCC_E_DESCRIPTOR, plan, NULL);
    EXPECT(SEPCC_E_DESCRIPTOR, digest, NULL);
    EXPECT(SEPCC_E_DESCRIPTOR, digest, "0123456789abcdef0123456789abcde");
    EXPECT(SEPCC_E_DESCRIPTOR, digest, "0123456789abcdef0123456789abcdef0");
    EXPECT(SEPCC_E_DESCRIPTOR, digest, "0123456789ABCDEF0123456789abcdef");
    EXPECT(SEPCC_E_UNKNOWN, isa, SEPCC_ISA_COUNT);
    EXPECT(SEPCC_E_UNKNOWN, stage.op, 99);
    EXPECT(SEPCC_E_DESCRIPTOR, stage.layer_count, 99);
    EXPECT(SEPCC_E_DESCRIPTOR, stage.batch, 0);
    EXPECT(SEPCC_E_DESCRIPTOR, stage.layer[0].out_c, 6);
    EXPECT(SEPCC_E_DESCRIPTOR, packed_bytes, 96);
    EXPECT(SEPCC_E_DESCRIPTOR, workspace_bytes, 4);
    EXPECT(SEPCC_E_DESCRIPTOR, unit_count, 0);
    EXPECT(SEPCC_E_DESCRIPTOR, fma_count, 61);
    EXPECT(SEPCC_E_DESCRIPTOR, read_bytes, 0);
    EXPECT(SEPCC_E_DESCRIPTOR, write_bytes, 61);
    EXPECT(SEPCC_E_DESCRIPTOR, pack, NULL);
    EXPECT(SEPCC_E_DESCRIPTOR, run, NULL);
}

static void kernels_are_found_by_name_and_digest(void **state)
{
    struct sepcc_kernel scalar = good_kernel(), other = good_kernel();
    const struct sepcc_kernel *const kernels[] = {&scalar, &other}, *found;
    const struct sepcc_bundle bundle = {SEPCC_ABI_VERSION, sizeof bundle, "net", "0", 2, kernels};
    (void)state;
    other.name = "sepcc_other";
#if defined(__aarch64__)
    other.isa = SEPCC_ISA_AVX2;
#else
    other.isa = SEPCC_ISA_NEON;
#endif
    assert_int_equal(sepcc_bundle_find(&bundle, "sepcc_fake", NULL, &found), SEPCC_OK);
    assert_ptr_equal(found, &scalar);
    assert_int_equal(sepcc_bundle_find(&bundle, "sepcc_fake", scalar.digest, &found), SEPCC_OK);
    assert_int_equal(sepcc_bundle_find(&bundle, "sepcc_fake", "0", &found), SEPCC_E_DIGEST);
    assert_int_equal(sepcc_bundle_find(&bundle, "sepcc_fak", NULL, &found), SEPCC_E_SYMBOL);
    assert_null(found);
    assert_int_equal(sepcc_bundle_find(&bundle, "sepcc_other", NULL, &found), SEPCC_E_CPU);
    assert_ptr_equal(found, &other);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(good_bundle_is_opened),
        cmocka_unit_test(path_is_a_path),
        cmocka_unit_test(what_is_no_library_is_not_opened),
        cmocka_unit_test(wrong_bundles_are_refused),
        cmocka_unit_test(wrong_kernels_are_refused),
        cmocka_unit_test(other_abi_versions_are_refused),
        cmocka_unit_test(fields_at_the_end_are_allowed),
        cmocka_unit_test(unknown_numbers_are_refused),
        cmocka_unit_test(truncated_libraries_are_refused),
        cmocka_unit_test(contradictions_are_found),
        cmocka_unit_test(kernels_are_found_by_name_and_digest),
    };
    return cmocka_run_group_tests(tests, write_source, remove_all);
}
