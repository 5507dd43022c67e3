/*
 * support_compile.c: a folder with a source and a cache, and compiling there.
 */
#include "support_compile.h"

#include "base/files.h"
#include "support_folder.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

const char COMPILE_SOURCE[] =
    "#include \"one.h\"\nint answer(void);\nint answer(void)\n{\n    return ONE;\n}\n";

char compile_printed[COMPILE_PRINTED_MAX];

int cache_setup(void **state)
{
    return folder_setup(state) == 0 ? setenv("SEPCC_CACHE", in_folder(*state, "cache"), 1) : -1;
}

int compile_setup(void **state)
{
    if (cache_setup(state) != 0)
        return -1;
    const char *folder = *state;
    put_file(in_folder(folder, "a.c"), COMPILE_SOURCE);
    if (folder_make(in_folder(folder, "include")) != STATUS_DONE)
        return -1;
    put_file(in_folder(folder, "include/one.h"), "#include <two.h>\n#define ONE TWO\n");
    put_file(in_folder(folder, "include/two.h"), "#define TWO 41\n");
    return 0;
}

int cache_teardown(void **state)
{
    unsetenv("SEPCC_CACHE");
    return folder_teardown(state);
}

struct compiler open_compiler(const char *cc)
{
    struct compiler compiler;
    assert_int_equal(compiler_open(cc, NULL, ARCH_ANY, &compiler), STATUS_DONE);
    return compiler;
}

void capture_begin(int *kept, const char *folder)
{
    fflush(stderr);
    *kept = dup(STDERR_FILENO);
    int fd = open(in_folder(folder, "stderr"), O_RDWR | O_CREAT | O_TRUNC | O_APPEND, 0600);
    assert_true(*kept >= 0 && fd >= 0);
    dup2(fd, STDERR_FILENO);
    close(fd);
}

void capture_end(int kept, const char *folder)
{
    struct text text = {0};
    fflush(stderr);
    dup2(kept, STDERR_FILENO);
    close(kept);
    assert_int_equal(file_load(in_folder(folder, "stderr"), &text), 0);
    snprintf(compile_printed, sizeof compile_printed, "%s", text.data ? text.data : "");
    text_free(&text);
}

enum exit_status compile_one(const struct compiler *compiler, const char *folder, const char *source,
                             const char *object, const char *more, bool *cached)
{
    const char *args[] = {"-I", in_folder(folder, "include"), more, NULL};
    struct compile_job job = {.name = source,
                              .source = in_folder(folder, source),
                              .args = args,
                              .object = in_folder(folder, object)};
    int kept;
    capture_begin(&kept, folder);
    enum exit_status status = compile_all(compiler, &job, 1, 1);
    capture_end(kept, folder);
    *cached = job.cached;
    return status;
}
