/*
 * test_compile_group.c: kernels that are compiled in groups with precompiled headers: the same objects and
 * the same messages as by themselves, whatever happens to the headers.
 */
#include "base/files.h"
#include "base/process.h"
#include "compile/cache.h"
#include "compile/compile.h"
#include "compile/compile_driver.h"
#include "compile/compile_key.h"
#include "facts/emit.h"
#include "support_folder.h"
#include "support_spec.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { KERNELS_MOST = 9, FLAG_WORDS = 12, PARALLEL = 2 };

static char printed[8192];

static int setup(void **state)
{
    return folder_setup(state) == 0 ? setenv("SEPCC_CACHE", in_folder(*state, "cache"), 1) : -1;
}

static int teardown(void **state)
{
    unsetenv("SEPCC_CACHE");
    return folder_teardown(state);
}

/* ---- kernels in a folder --------------------------------------------------------------------------- */

/* Sources in a folder, the arguments of all of them, and a set of jobs. */
struct sources {
    const char *folder;
    char paths[KERNELS_MOST][512], objects[KERNELS_MOST][512];
    const char *args[FLAG_WORDS];
    size_t count;
};

/* Small sources that include one header of the system and one of theirs, as kernels do. */
static void put_sources(struct sources *sources, const char *folder, size_t count)
{
    *sources = (struct sources){.folder = folder, .count = count, .args = {"-I", folder, NULL}};
    put_file(in_folder(folder, "own.h"), "#ifndef OWN_H\n#define OWN_H\n#include <stdint.h>\n#endif\n");
    for (size_t i = 0; i < count; i++) {
        char text[256];
        snprintf(sources->paths[i], sizeof sources->paths[i], "%s/k%zu.c", folder, i);
        snprintf(text, sizeof text,
                 "#include \"own.h\"\n#include <math.h>\nfloat k%zu(float x);\nfloat k%zu(float x)\n{\n"
                 "    return fmaf(x, %zu.0f, (float)INT8_MAX);\n}\n",
                 i, i, i);
        put_file(sources->paths[i], text);
    }
}

/* Compiles all of them to NAME.SUFFIX; what is printed goes to printed. Counts those compiled in groups. */
static enum exit_status compile(struct sources *sources, const struct compiler *compiler, bool kernels,
                                const char *suffix, size_t *precompiled, size_t *cached)
{
    struct compile_job jobs[KERNELS_MOST];
    for (size_t i = 0; i < sources->count; i++) {
        const int length = (int)strlen(sources->paths[i]) - 1;
        snprintf(sources->objects[i], sizeof sources->objects[i], "%.*s%s", length, sources->paths[i],
                 suffix);
        jobs[i] = (struct compile_job){.name = "kernel",
                                       .source = sources->paths[i],
                                       .args = sources->args,
                                       .object = sources->objects[i],
                                       .kernel = kernels};
    }
    diag_capture(printed, sizeof printed);
    const enum exit_status status = compile_all(compiler, jobs, sources->count, PARALLEL);
    diag_capture(NULL, 0);
    *precompiled = *cached = 0;
    for (size_t i = 0; i < sources->count; i++) {
        *precompiled += jobs[i].precompiled;
        *cached += jobs[i].cached;
    }
    return status;
}

static void assert_same_bytes(const char *a, const char *b)
{
    struct text x = {0}, y = {0};
    assert_int_equal(file_load(a, &x), 0);
    assert_int_equal(file_load(b, &y), 0);
    assert_true(x.length > 0);
    if (x.length != y.length || memcmp(x.data, y.data, x.length) != 0)
        fail_msg("%s and %s differ", a, b);
    text_free(&x);
    text_free(&y);
}

/* Compiles them once more, each by itself and with a cache of its own, and compares the objects. */
static void assert_as_single(struct sources *sources, const struct compiler *compiler)
{
    char objects[KERNELS_MOST][512];
    size_t precompiled, cached;
    char *cache = strdup(getenv("SEPCC_CACHE"));
    memcpy(objects, sources->objects, sizeof objects);
    setenv("SEPCC_CACHE", in_folder(sources->folder, "single-cache"), 1);
    assert_int_equal(compile(sources, compiler, false, "single.o", &precompiled, &cached), STATUS_DONE);
    setenv("SEPCC_CACHE", cache, 1);
    free(cache);
    assert_int_equal(precompiled, 0);
    assert_int_equal(cached, 0);
    for (size_t i = 0; i < sources->count; i++)
        assert_same_bytes(objects[i], sources->objects[i]);
    assert_int_equal(folder_remove(in_folder(sources->folder, "single-cache")), STATUS_DONE);
}

static struct compiler open_compiler(const char *cc)
{
    struct compiler compiler;
    assert_int_equal(compiler_open(cc, NULL, ARCH_ANY, &compiler), STATUS_DONE);
    return compiler;
}

/* Compiles as kernels, all of them in groups, without a word. */
static void assert_grouped(struct sources *sources, const struct compiler *compiler, const char *suffix)
{
    size_t precompiled, cached;
    const enum exit_status status = compile(sources, compiler, true, suffix, &precompiled, &cached);
    assert_string_equal(printed, "");
    assert_int_equal(status, STATUS_DONE);
    assert_int_equal(cached, 0);
    assert_int_equal(precompiled, sources->count);
}

/* The same, by themselves. */
static void assert_not_grouped(struct sources *sources, const struct compiler *compiler, const char *suffix)
{
    size_t precompiled, cached;
    assert_int_equal(compile(sources, compiler, true, suffix, &precompiled, &cached), STATUS_DONE);
    assert_string_equal(printed, "");
    assert_int_equal(cached, 0);
    assert_int_equal(precompiled, 0);
    assert_as_single(sources, compiler);
}

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
    assert_int_equal(emit_kernels(kernels, SPECS, PARALLEL), STATUS_DONE);
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
    compiler_close(&compiler);
}

static void test_scalar(void **state)
{
    same_bytes(*state, SEPCC_ISA_SCALAR, "");
}

static void need_arch(enum isa_arch arch, const char *cc)
{
    if (isa_host_arch() == arch || program_exists(cc))
        return;
    print_message("skipped: %s is not installed\n", cc);
    skip();
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
    static const size_t counts[] = {1, 3, 5, KERNELS_MOST};
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
    if (!program_exists("gcc")) {
        print_message("skipped: gcc is not installed\n");
        skip();
    }
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
    check_in_child(compile(&sources, &compiler, true, "o", &precompiled, &cached) == STATUS_DONE);
    check_in_child(precompiled == 0 && cached == 0);
    for (size_t i = 0; i < sources.count; i++)
        check_in_child(path_exists(sources.objects[i]));
    check_in_child(strstr(printed, ": warning: cannot write to the cache: "));
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
    check_in_child(compile(&sources, &compiler, true, "o", &precompiled, &cached) == STATUS_ENVIRONMENT);
    check_in_child(strstr(printed, "/k3.c: error: clang ended with exit code 1 while it compiled this"));
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

/* ---- the headers in the cache ---------------------------------------------------------------------- */

/* The key of the headers of put_sources. */
static void headers_key(const struct sources *sources, const struct compiler *compiler, char key[33])
{
    struct text headers = {0};
    char object[33];
    const struct compile_job job = {.source = sources->paths[0], .args = sources->args};
    assert_int_equal(compile_key(compiler, &job, object, &headers), STATUS_DONE);
    assert_true(compile_headers_key(compiler, sources->args, headers.data, key));
    text_free(&headers);
}

static void test_headers_are_made_once(void **state)
{
    struct compiler compiler = open_compiler(NULL);
    struct sources sources;
    struct stat before, after;
    char key[33];
    put_sources(&sources, *state, 2);
    assert_grouped(&sources, &compiler, "o");
    headers_key(&sources, &compiler, key);
    char *path = cache_path(key);
    assert_int_equal(stat(path, &before), 0);
    assert_true(before.st_size > 10000);
    /* Other sources, elsewhere; the headers stay the same. */
    assert_int_equal(folder_make(in_folder(*state, "other")), STATUS_DONE);
    put_sources(&sources, in_folder(*state, "other"), KERNELS_MOST);
    put_file(sources.paths[0], "#include \"own.h\"\n#include <math.h>\nextern int other;\n");
    put_file(sources.paths[1], "#include \"own.h\"\n#include <math.h>\nextern int others;\n");
    size_t precompiled, cached;
    assert_int_equal(compile(&sources, &compiler, true, "o", &precompiled, &cached), STATUS_DONE);
    assert_int_equal(precompiled, KERNELS_MOST);
    assert_int_equal(stat(path, &after), 0);
    assert_int_equal(after.st_ino, before.st_ino);
    /* And other flags have headers of their own. */
    sources.args[2] = "-DSOMETHING";
    char other[33];
    headers_key(&sources, &compiler, other);
    assert_string_not_equal(other, key);
    free(path);
    compiler_close(&compiler);
}

/* Nothing is left in the cache's folder but entries. */
static void test_nothing_is_left(void **state)
{
    struct compiler compiler = open_compiler(NULL);
    struct sources sources;
    put_sources(&sources, *state, 5);
    assert_grouped(&sources, &compiler, "o");
    assert_int_equal(count_entries(*state), 1 + 1 + 5 + 5); /* the cache, own.h, sources, objects */
    DIR *stream = opendir(in_folder(*state, "cache"));
    assert_non_null(stream);
    for (struct dirent *entry = readdir(stream); entry; entry = readdir(stream))
        if (entry->d_name[0] == '.' && strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
            fail_msg("%s is left", entry->d_name);
    closedir(stream);
    compiler_close(&compiler);
}

/* Forgets the objects, but not the headers. */
static void forget_objects(const struct sources *sources, const struct compiler *compiler)
{
    for (size_t i = 0; i < sources->count; i++) {
        const struct compile_job job = {.source = sources->paths[i], .args = sources->args};
        char key[33];
        assert_int_equal(compile_key(compiler, &job, key, NULL), STATUS_DONE);
        cache_remove(key);
    }
}

static void test_corrupt_headers(void **state)
{
    struct compiler compiler = open_compiler(NULL);
    struct sources sources;
    struct text whole = {0};
    char key[33];
    put_sources(&sources, *state, 2);
    assert_grouped(&sources, &compiler, "o");
    headers_key(&sources, &compiler, key);
    char *path = cache_path(key);
    assert_int_equal(file_load(path, &whole), 0);
    for (int i = 0; i < 2; i++) {
        size_t precompiled, cached;
        forget_objects(&sources, &compiler);
        if (i == 0)
            whole.data[whole.length / 2] ^= 1;
        assert_int_equal(file_replace(path, whole.data, i == 0 ? whole.length : whole.length / 2, NULL), 0);
        assert_int_equal(compile(&sources, &compiler, true, "o", &precompiled, &cached), STATUS_DONE);
        assert_memory_equal(printed, path, strlen(path));
        assert_string_equal(printed + strlen(path),
                            ": warning: the cache entry is corrupt; it is removed and made again\n");
        assert_int_equal(precompiled, 2);
        assert_as_single(&sources, &compiler);
    }
    text_free(&whole);
    free(path);
    compiler_close(&compiler);
}

/* Whole entries that clang does not take, such as those of another version would be. */
static void test_refused_headers(void **state)
{
    struct compiler compiler = open_compiler(NULL);
    struct sources sources;
    char key[33];
    put_sources(&sources, *state, 5);
    headers_key(&sources, &compiler, key);
    cache_write(key, "CPCH nothing of use", 19);
    assert_not_grouped(&sources, &compiler, "o");
    char *path = cache_path(key);
    assert_false(path_exists(path)); /* and are made anew the next time */
    free(path);
    forget_objects(&sources, &compiler);
    assert_grouped(&sources, &compiler, "o");
    assert_as_single(&sources, &compiler);
    compiler_close(&compiler);
}

/* A header of the system is another one after an upgrade. */
static void test_changed_system_headers(void **state)
{
    struct compiler compiler = open_compiler(NULL);
    struct sources sources;
    put_sources(&sources, *state, 4);
    assert_int_equal(folder_make(in_folder(*state, "system")), STATUS_DONE);
    for (size_t i = 0; i < sources.count; i++) {
        char text[128];
        snprintf(text, sizeof text,
                 "#include <number.h>\nint k%zu(void);\nint k%zu(void)\n{\n    return NUMBER;\n}\n", i, i);
        put_file(sources.paths[i], text);
    }
    sources.args[2] = "-isystem";
    sources.args[3] = in_folder(*state, "system");
    put_file(in_folder(*state, "system/number.h"), "#define NUMBER 1\n");
    assert_grouped(&sources, &compiler, "o");
    assert_as_single(&sources, &compiler);
    put_file(in_folder(*state, "system/number.h"), "#define NUMBER 1000\n");
    forget_objects(&sources, &compiler);
    assert_not_grouped(&sources, &compiler, "o");
    forget_objects(&sources, &compiler);
    assert_grouped(&sources, &compiler, "o");
    assert_as_single(&sources, &compiler);
    compiler_close(&compiler);
}

static void test_missing_system_headers(void **state)
{
    struct compiler compiler = open_compiler(NULL);
    struct sources sources;
    put_sources(&sources, *state, 4);
    /* It is read over, but not there. */
    put_file(in_folder(*state, "own.h"), "#include <stdint.h>\n#if 0\n#include <not/there.h>\n#endif\n");
    assert_not_grouped(&sources, &compiler, "o");
    compiler_close(&compiler);
}

enum { PROCESSES = 4 };

static void compile_same(void *folder)
{
    struct compiler compiler = {0};
    struct sources sources;
    size_t precompiled, cached;
    char suffix[24];
    put_sources(&sources, folder, 0);
    sources.count = 5;
    for (size_t i = 0; i < sources.count; i++)
        snprintf(sources.paths[i], sizeof sources.paths[i], "%s/k%zu.c", (const char *)folder, i);
    snprintf(suffix, sizeof suffix, "%ld.o", (long)getpid());
    check_in_child(compiler_open(NULL, NULL, ARCH_ANY, &compiler) == STATUS_DONE);
    check_in_child(compile(&sources, &compiler, true, suffix, &precompiled, &cached) == STATUS_DONE);
    check_in_child(*printed == '\0');
    check_in_child(precompiled + cached == sources.count);
    compiler_close(&compiler);
}

/* All at once, with an empty cache; each in a child of its own. */
static void test_many_processes(void **state)
{
    struct sources sources;
    pid_t children[PROCESSES];
    put_sources(&sources, *state, 5);
    fflush(NULL);
    for (size_t i = 0; i < PROCESSES; i++) {
        children[i] = fork();
        assert_true(children[i] >= 0);
        if (children[i] == 0) {
            compile_same(*state);
            _exit(0);
        }
    }
    for (size_t i = 0; i < PROCESSES; i++) {
        int status;
        assert_int_equal(waitpid(children[i], &status, 0), children[i]);
        assert_int_equal(status, 0);
    }
    struct compiler compiler = open_compiler(NULL);
    for (size_t p = 0; p < PROCESSES; p++)
        for (size_t i = 0; i < sources.count; i++) {
            char object[512];
            snprintf(object, sizeof object, "%s/k%zu.%ld.o", (const char *)*state, i, (long)children[p]);
            if (p == 0)
                memcpy(sources.objects[i], object, sizeof object);
            else
                assert_same_bytes(object, sources.objects[i]);
        }
    assert_as_single(&sources, &compiler);
    compiler_close(&compiler);
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

#define in_own_folder(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

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
        in_own_folder(test_headers_are_made_once),
        in_own_folder(test_nothing_is_left),
        in_own_folder(test_corrupt_headers),
        in_own_folder(test_refused_headers),
        in_own_folder(test_changed_system_headers),
        in_own_folder(test_missing_system_headers),
        in_own_folder(test_many_processes),
        cmocka_unit_test(test_driver_words),
    };
    return cmocka_run_group_tests_name("compile_group", tests, NULL, NULL);
}
