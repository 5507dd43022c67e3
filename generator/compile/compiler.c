/*
 * compiler.c: finding a compiler and learning what it is: path, version, and what it compiles for.
 */
#include "compile/compile.h"

#include "base/files.h"
#include "base/process.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* Architectures: the macro by which a compiler tells it, and its Debian names. */
static const struct architecture {
    enum isa_arch arch;
    const char *name, *macro, *triple, *gcc, *packages;
} architectures[] = {
    {ARCH_X86_64, "x86-64", "__x86_64__", "x86_64-linux-gnu", "x86_64-linux-gnu-gcc",
     "gcc-x86-64-linux-gnu libc6-dev-amd64-cross"},
    {ARCH_AARCH64, "AArch64", "__aarch64__", "aarch64-linux-gnu", "aarch64-linux-gnu-gcc",
     "gcc-aarch64-linux-gnu libc6-dev-arm64-cross"},
};

enum { ARCHITECTURES = sizeof architectures / sizeof *architectures };

/* Headers that generated files and the runtime use: without a C library for the target they are missing. */
static const char PROBE[] =
    "#include <math.h>\n#include <stdint.h>\n#include <stdlib.h>\n#include <string.h>\n";

static const struct architecture *find_architecture(enum isa_arch arch)
{
    for (size_t i = 0; i < ARCHITECTURES; i++)
        if (architectures[i].arch == arch)
            return &architectures[i];
    return NULL;
}

/* Debian's package of a compiler, such as "clang-16" or "gcc-aarch64-linux-gnu"; empty when not known. */
static void append_package(struct text *text, const char *cc)
{
    const char *name = path_base(cc), *cross = strstr(name, "-linux-gnu-gcc");
    if (strncmp(name, "clang", 5) == 0 || strncmp(name, "gcc", 3) == 0)
        text_puts(text, name);
    else if (cross)
        text_printf(text, "gcc-%.*s-linux-gnu", (int)(cross - name), name);
    for (size_t i = 0; i < text->length; i++)
        if (text->data[i] == '_') /* Debian's package names have none */
            text->data[i] = '-';
}

static enum exit_status missing_compiler(const char *cc)
{
    struct text package = {0};
    append_package(&package, cc);
    enum exit_status status;
    if (package.length > 0 && !package.failed)
        status = diag_error(DIAG_TOOL, NOWHERE,
                            "the compiler %s is missing, expected it in PATH: apt-get install %s", cc,
                            package.data);
    else
        status =
            diag_error(DIAG_TOOL, NOWHERE, "the compiler %s is missing, expected a C compiler in PATH", cc);
    text_free(&package);
    return status;
}

/* The first line of what the compiler said. */
static int first_line(const struct text *text, const char **line)
{
    *line = text->data ? text->data : "";
    return (int)strcspn(*line, "\n");
}

/* Sets identity: where the compiler is, and its version text. */
static enum exit_status identify(struct compiler *compiler)
{
    const char *argv[] = {compiler->cc, "--version", NULL};
    const char *plain[] = {"LC_ALL=C", NULL};
    struct process process = {.argv = argv, .environment = plain};
    char *path = program_path(compiler->cc);
    if (!path)
        return missing_compiler(compiler->cc);
    struct text identity = {0};
    enum exit_status status = process_run(&process);
    if (status == STATUS_DONE && process.exit_code != 0)
        status = diag_error(DIAG_TOOL, NOWHERE, "%s --version ended with %d, expected a C compiler",
                            compiler->cc, process.exit_code);
    if (status == STATUS_DONE) {
        text_printf(&identity, "%s\n", path);
        text_append(&identity, process.output.data ? process.output.data : "", process.output.length);
        if (identity.failed)
            status = diag_memory();
    }
    if (status == STATUS_DONE)
        compiler->identity = identity.data;
    else
        text_free(&identity);
    process_free(&process);
    free(path);
    return status;
}

const char *compiler_gcc(enum isa_arch arch)
{
    const struct architecture *found = find_architecture(arch);
    return found != NULL && arch != isa_host_arch() ? found->gcc : "gcc";
}

bool compiler_is_clang(const struct compiler *compiler)
{
    return strstr(compiler->identity, "clang version") != NULL;
}

/* Preprocesses the probe; *macros are what the compiler has defined after it. */
static enum exit_status probe(const struct compiler *compiler, const struct architecture *wanted,
                              struct text *macros)
{
    char target[128] = "";
    const char *argv[] = {compiler->cc, "-std=c11", "-E", "-dM", "-x", "c", "-", NULL, NULL};
    const char *plain[] = {"LC_ALL=C", NULL};
    if (compiler->target) {
        struct text word = {0};
        text_printf(&word, "--target=%s", compiler->target);
        if (word.failed || word.length >= sizeof target) {
            text_free(&word);
            return diag_error(DIAG_USAGE, (struct position){.file = "--target"},
                              "the triple is too long, expected one such as aarch64-linux-gnu");
        }
        memcpy(target, word.data, word.length + 1);
        text_free(&word);
        argv[7] = target;
    }
    struct process process = {
        .argv = argv, .environment = plain, .input = PROBE, .input_length = sizeof PROBE - 1};
    enum exit_status status = process_run(&process);
    if (status == STATUS_DONE && process.exit_code != 0) {
        const char *line;
        int length = first_line(&process.error, &line);
        status = diag_error(DIAG_TOOL, NOWHERE,
                            "%s cannot compile%s%s: %.*s, expected a C library for it: apt-get install %s",
                            compiler->cc, compiler->target ? " for " : "",
                            compiler->target ? compiler->target : "", length, line,
                            wanted && compiler->target ? wanted->packages : "its libc6-dev");
    }
    if (status == STATUS_DONE) {
        *macros = process.output;
        process.output = (struct text){0};
    }
    process_free(&process);
    return status;
}

static const struct architecture *architecture_of(const struct text *macros)
{
    for (size_t i = 0; i < ARCHITECTURES; i++)
        if (macros->data && strstr(macros->data, architectures[i].macro))
            return &architectures[i];
    return NULL;
}

/* Sets arch, and checks that it is the one asked for (ARCH_ANY: any). */
static enum exit_status check_architecture(struct compiler *compiler, enum isa_arch arch)
{
    const struct architecture *wanted = find_architecture(arch);
    struct text macros = {0};
    enum exit_status status = probe(compiler, wanted, &macros);
    if (status != STATUS_DONE)
        return status;
    const struct architecture *found = architecture_of(&macros);
    text_free(&macros);
    compiler->arch = found ? found->arch : ARCH_ANY;
    if (wanted && found != wanted)
        return diag_error(DIAG_TOOL, NOWHERE, "%s compiles for %s, expected a compiler for %s, such as %s",
                          compiler->cc, found ? found->name : "another architecture", wanted->name,
                          wanted->gcc);
    return STATUS_DONE;
}

/* Clang compiles for any target; other compilers are made for one and know no --target. */
static enum exit_status choose_target(struct compiler *compiler, const char *target, enum isa_arch arch)
{
    bool is_clang = compiler_is_clang(compiler);
    if (target && !is_clang)
        return diag_error(DIAG_USAGE, (struct position){.file = "--target"},
                          "%s takes no target, expected clang, or a cross compiler as --cc", compiler->cc);
    const struct architecture *wanted = find_architecture(arch);
    compiler->target = target;
    if (!target && is_clang && wanted && arch != isa_host_arch())
        compiler->target = wanted->triple;
    return STATUS_DONE;
}

/* ---- what is known already -------------------------------------------------------------------------- */

/* A compiler that this run has opened before, and what it was asked for. Asking again would take two starts.
 */
struct known {
    char *cc, *target; /* as asked for; target may be NULL */
    char *path;
    struct stat file;
    enum isa_arch asked, arch;
    const char *chosen; /* a triple of architectures, or NULL: the target asked for */
    char *identity;
};

enum { KNOWN_MOST = 8 };
static struct known knowns[KNOWN_MOST];
static size_t known_next;

static void known_free(struct known *known)
{
    free(known->cc);
    free(known->target);
    free(known->path);
    free(known->identity);
    *known = (struct known){0};
}

static bool same_file(const struct stat *a, const struct stat *b)
{
    return a->st_dev == b->st_dev && a->st_ino == b->st_ino && a->st_size == b->st_size &&
           a->st_mtim.tv_sec == b->st_mtim.tv_sec && a->st_mtim.tv_nsec == b->st_mtim.tv_nsec;
}

static bool same_text(const char *a, const char *b)
{
    return a && b ? strcmp(a, b) == 0 : a == b;
}

/* Notes an opened compiler, in the place of the one that was noted first; without memory it is not noted. */
static void known_add(const struct compiler *compiler, const char *target, enum isa_arch asked)
{
    struct known known = {.asked = asked, .arch = compiler->arch};
    known.path = program_path(compiler->cc);
    known.cc = strdup(compiler->cc);
    known.target = target ? strdup(target) : NULL;
    known.identity = strdup(compiler->identity);
    known.chosen = compiler->target == target ? NULL : compiler->target;
    if (known.path && known.cc && known.identity && (known.target || !target) &&
        stat(known.path, &known.file) == 0) {
        known_free(&knowns[known_next]);
        knowns[known_next] = known;
        known_next = (known_next + 1) % KNOWN_MOST;
    } else {
        known_free(&known);
    }
}

/* Fills in a compiler that is known, if it is still the same file. */
static bool known_find(struct compiler *compiler, const char *target, enum isa_arch asked)
{
    struct stat file;
    char *path = program_path(compiler->cc);
    bool found = false;
    for (size_t i = 0; path && i < KNOWN_MOST && !found; i++) {
        const struct known *known = &knowns[i];
        if (!known->cc || known->asked != asked || !same_text(known->cc, compiler->cc) ||
            !same_text(known->target, target) || !same_text(known->path, path) || stat(path, &file) != 0 ||
            !same_file(&file, &known->file))
            continue;
        compiler->identity = strdup(known->identity);
        compiler->target = known->chosen ? known->chosen : target;
        compiler->arch = known->arch;
        found = compiler->identity != NULL;
    }
    free(path);
    return found;
}

enum exit_status compiler_open(const char *cc, const char *target, enum isa_arch arch,
                               struct compiler *compiler)
{
    *compiler = (struct compiler){.cc = cc ? cc : "clang"};
    if (known_find(compiler, target, arch))
        return STATUS_DONE;
    enum exit_status status = identify(compiler);
    if (status == STATUS_DONE)
        status = choose_target(compiler, target, arch);
    if (status == STATUS_DONE)
        status = check_architecture(compiler, arch);
    if (status == STATUS_DONE)
        known_add(compiler, target, arch);
    else
        compiler_close(compiler);
    return status;
}

void compiler_close(struct compiler *compiler)
{
    free(compiler->identity);
    *compiler = (struct compiler){0};
}
