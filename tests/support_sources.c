/*
 * support_sources.c: sources in a folder, compiled as kernels are.
 */
#include "support_sources.h"

#include "base/files.h"
#include "support_folder.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

char sources_printed[SOURCES_PRINTED_MAX];

void put_sources(struct sources *sources, const char *folder, size_t count)
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

enum exit_status sources_compile(struct sources *sources, const struct compiler *compiler, bool kernels,
                                 const char *suffix, size_t *precompiled, size_t *cached)
{
    struct compile_job jobs[SOURCES_MOST];
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
    diag_capture(sources_printed, sizeof sources_printed);
    const enum exit_status status = compile_all(compiler, jobs, sources->count, SOURCES_PARALLEL);
    diag_capture(NULL, 0);
    *precompiled = *cached = 0;
    for (size_t i = 0; i < sources->count; i++) {
        *precompiled += jobs[i].precompiled;
        *cached += jobs[i].cached;
    }
    return status;
}

void assert_same_bytes(const char *a, const char *b)
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

void assert_as_single(struct sources *sources, const struct compiler *compiler)
{
    char objects[SOURCES_MOST][512];
    size_t precompiled, cached;
    char *cache = strdup(getenv("SEPCC_CACHE"));
    memcpy(objects, sources->objects, sizeof objects);
    setenv("SEPCC_CACHE", in_folder(sources->folder, "single-cache"), 1);
    assert_int_equal(sources_compile(sources, compiler, false, "single.o", &precompiled, &cached),
                     STATUS_DONE);
    setenv("SEPCC_CACHE", cache, 1);
    free(cache);
    assert_int_equal(precompiled, 0);
    assert_int_equal(cached, 0);
    for (size_t i = 0; i < sources->count; i++)
        assert_same_bytes(objects[i], sources->objects[i]);
    assert_int_equal(folder_remove(in_folder(sources->folder, "single-cache")), STATUS_DONE);
}

void assert_grouped(struct sources *sources, const struct compiler *compiler, const char *suffix)
{
    size_t precompiled, cached;
    const enum exit_status status = sources_compile(sources, compiler, true, suffix, &precompiled, &cached);
    assert_string_equal(sources_printed, "");
    assert_int_equal(status, STATUS_DONE);
    assert_int_equal(cached, 0);
    assert_int_equal(precompiled, sources->count);
}

void assert_not_grouped(struct sources *sources, const struct compiler *compiler, const char *suffix)
{
    size_t precompiled, cached;
    assert_int_equal(sources_compile(sources, compiler, true, suffix, &precompiled, &cached), STATUS_DONE);
    assert_string_equal(sources_printed, "");
    assert_int_equal(cached, 0);
    assert_int_equal(precompiled, 0);
    assert_as_single(sources, compiler);
}
