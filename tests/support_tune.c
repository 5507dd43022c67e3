/*
 * support_tune.c: trials for tests of the tuning database.
 */
#include "support_tune.h"

#include "base/files.h"
#include "base/text.h"
#include "spec/isa.h"
#include "support_folder.h"

#include <limits.h>
#include <setjmp.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>
#include <stdio.h>

enum { IDS = 256 };

struct tune_trial trial_of(const char *spec, unsigned number, const char *plan, double ratio)
{
    static char ids[IDS][33];
    char *id = ids[number % IDS];
    (void)snprintf(id, sizeof ids[0], "%032x", number);
    return (struct tune_trial){
        .key = {.spec = spec,
                .isa = "avx2",
                .cpu = "Test CPU family 1 model 2; L1d 32K L2 1M",
                .compiler = "clang 14.0.6 -O2",
                .templates = "00112233445566778899aabbccddeeff"},
        .id = id,
        .sweep = "ffffffffffffffffffffffffffffffff",
        .stage = "block1",
        .plan = plan,
        .cache = "warm",
        .threads = 1,
        .outcome = TUNE_MEASURED,
        .untuned = false,
        .confirmed = true,
        .emulated = false,
        .detail = "",
        .predicted_s = 1.5e-4,
        .median_s = 1e-4 * ratio,
        .low_s = 0.9e-4 * ratio,
        .high_s = 1.1e-4 * ratio,
        .ratio = ratio,
        .ratio_low = 0.99 * ratio,
        .ratio_high = 1.01 * ratio,
        .rounds = 12,
        .bound_s = 0.5e-4,
        .flop = 2e6,
        .gflops = 20.0,
        .peak_gflops = 100.0,
        .code_bytes = 5000000000,
        .spills = 3,
        .finished = 1700000000,
    };
}

struct tune_trial trial_make(unsigned number, const char *plan, double ratio)
{
    return trial_of("pointwise in=14x14x512 out=512", number, plan, ratio);
}

static enum exit_status keep_trial(void *context, const struct tune_trial *trial)
{
    struct trial_list *list = context;
    assert_true(list->count < sizeof list->items / sizeof list->items[0]);
    assert_true(tune_trial_copy(trial, &list->items[list->count++]));
    return STATUS_DONE;
}

void trials_read(const char *path, const struct tune_filter *filter, struct trial_list *list)
{
    struct tune_db *db;
    list->count = 0;
    assert_int_equal(tune_db_open(path, TUNE_DB_READ, &db), STATUS_DONE);
    assert_int_equal(tune_db_visit(db, filter, keep_trial, list), STATUS_DONE);
    tune_db_close(db);
}

void trials_free(struct trial_list *list)
{
    for (size_t i = 0; i < list->count; ++i)
        tune_trial_free(&list->items[i]);
    list->count = 0;
}

void trials_write(const char *path, const struct tune_trial *trials, size_t count)
{
    struct tune_db *db;
    assert_int_equal(tune_db_open(path, TUNE_DB_WRITE, &db), STATUS_DONE);
    assert_int_equal(tune_db_begin(db), STATUS_DONE);
    for (size_t i = 0; i < count; ++i)
        assert_int_equal(tune_db_add(db, &trials[i]), STATUS_DONE);
    assert_int_equal(tune_db_commit(db), STATUS_DONE);
    tune_db_close(db);
}

int64_t trials_ask(const char *path, const char *sql)
{
    sqlite3 *sqlite;
    sqlite3_stmt *query;
    assert_int_equal(sqlite3_open(path, &sqlite), SQLITE_OK);
    assert_int_equal(sqlite3_prepare_v2(sqlite, sql, -1, &query, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_step(query), SQLITE_ROW);
    const int64_t value = sqlite3_column_int64(query, 0);
    sqlite3_finalize(query);
    assert_int_equal(sqlite3_close(sqlite), SQLITE_OK);
    return value;
}

/* ---- candidates that are no good --------------------------------------------------------------------- */

/*
 * A compiler that spoils the kernel whose file is named so: scalar kernels call fmaf, which becomes what the
 * headers beside it make of it. gcc compiles each file by itself.
 */
static const char COMPILER[] = "#!/bin/sh\n"
                               "here=$(dirname \"$0\")\n"
                               "case \"$*\" in\n"
                               "*_r1c2v1*.c*) set -- \"$@\" -include \"$here/wrong.h\" ;;\n"
                               "*_r1c3v1*.c*) set -- \"$@\" -include \"$here/crash.h\" ;;\n"
                               "*_r1c4v1*.c*) set -- \"$@\" -include \"$here/hang.h\" ;;\n"
                               "*_r2c1v1*.c*) echo 'this compiler refuses it' >&2; exit 1 ;;\n"
                               "esac\n"
                               "exec gcc \"$@\"\n";

static const char SPOILED[] = "#include <math.h>\n"
                              "static inline float spoiled(float a, float b, float c)\n"
                              "{\n    %s\n    return a * b + c;\n}\n"
                              "#define fmaf spoiled\n";

static const struct spoiler {
    const char *name, *line;
} spoilers[] = {
    {"wrong.h", "c += 1;"},
    {"crash.h", "__builtin_trap();"},
    {"hang.h", "for (volatile int i = 1; i;) {}"},
};

enum { SPOILERS = sizeof spoilers / sizeof spoilers[0] };

static void put_spoiler(const char *folder, const struct spoiler *spoiler)
{
    char text[512];
    (void)snprintf(text, sizeof text, SPOILED, spoiler->line);
    put_file(in_folder(folder, spoiler->name), text);
}

/* Where it lies: by all of its text, of which the cache knows nothing. */
static void find_place(char *folder, size_t size)
{
    char path[PATH_MAX / 2] = "", digest[33];
    struct text all = {0};
    text_printf(&all, "%s%s", COMPILER, SPOILED);
    for (size_t i = 0; i < SPOILERS; ++i)
        text_puts(&all, spoilers[i].line);
    assert_false(all.failed);
    digest_bytes(all.data, all.length, digest);
    text_free(&all);
    assert_true(readlink("/proc/self/exe", path, sizeof path - 1) > 0);
    *strrchr(path, '/') = '\0';
    (void)snprintf(folder, size, "%s/spoiling-%s", path, digest);
}

void put_spoiling_compiler(void)
{
    char place[PATH_MAX], made[PATH_MAX + 8];
    find_place(place, sizeof place);
    if (access(place, F_OK) != 0) { /* whole, or not at all */
        (void)snprintf(made, sizeof made, "%s-XXXXXX", place);
        assert_non_null(mkdtemp(made));
        put_file(in_folder(made, "compiler"), COMPILER);
        assert_int_equal(chmod(in_folder(made, "compiler"), 0755), 0);
        for (size_t i = 0; i < SPOILERS; ++i)
            put_spoiler(made, &spoilers[i]);
        if (rename(made, place) != 0) /* another test was first */
            assert_int_equal(folder_remove(made), STATUS_DONE);
    }
    assert_int_equal(setenv("SPOILING", in_folder(place, "compiler"), 1), 0);
}

/* All but the first five registers are forbidden. */
static const char SPILLING[] = "#!/bin/sh\n"
                               "case \"$*\" in\n"
                               "*_r6v1*.c*) for n in $(seq 5 %u); do set -- \"$@\" -ffixed-%s$n; done ;;\n"
                               "esac\n"
                               "exec gcc \"$@\"\n";

const char *put_spilling_compiler(const char *folder)
{
    const bool is_x86 = isa_host_arch() == ARCH_X86_64;
    char text[sizeof SPILLING + 16];
    (void)snprintf(text, sizeof text, SPILLING, is_x86 ? 15u : 31u, is_x86 ? "xmm" : "v");
    put_file(in_folder(folder, "compiler"), text);
    assert_int_equal(chmod(in_folder(folder, "compiler"), 0755), 0);
    return is_x86 ? "sse" : "neon";
}
