/*
 * cmd_isas.c: `sepcc isas`: what this CPU, the compiler and the installed emulators can run.
 */
#include "commands/commands.h"
#include "compile/compile.h"
#include "verify/emulator.h"

#include <stdio.h>
#include <string.h>

enum { NOTE_MAX = 512 };

/* What a compiler says about an architecture. */
struct compiler_state {
    bool works;
    char name[64];       /* "clang", or "clang aarch64-linux-gnu" */
    char note[NOTE_MAX]; /* why it does not work, one line; else empty */
};

/* compiler_open's error becomes the note. */
static struct compiler_state look_at_compiler(const struct options *options, enum isa_arch arch)
{
    struct compiler_state state = {0};
    struct compiler compiler;
    diag_capture(state.note, sizeof state.note);
    state.works = compiler_open(options->cc, options->target, arch, &compiler) == STATUS_DONE;
    diag_capture(NULL, 0);
    state.note[strcspn(state.note, "\n")] = '\0';
    if (state.works) {
        snprintf(state.name, sizeof state.name, "%s%s%s", compiler.cc, compiler.target != NULL ? " " : "",
                 compiler.target != NULL ? compiler.target : "");
        compiler_close(&compiler);
    } else {
        snprintf(state.name, sizeof state.name, "none");
    }
    return state;
}

/* Each note once, though several ISAs share it. */
static void print_notes(const char *const notes[], size_t count)
{
    for (size_t i = 0; i < count; ++i) {
        bool said = false;
        for (size_t j = 0; j < i && !said; ++j)
            said = strcmp(notes[j], notes[i]) == 0;
        if (!said)
            printf("%s%s\n", i == 0 ? "\n" : "", notes[i]);
    }
}

enum exit_status cmd_isas(const struct options *options)
{
    enum { ARCH_COUNT = ARCH_AARCH64 + 1 };
    struct compiler_state compilers[ARCH_COUNT];
    const char *notes[2 * SEPCC_ISA_COUNT];
    size_t note_count = 0;
    const isa_set on_cpu = sepcc_cpu_isas();
    for (int arch = 0; arch < ARCH_COUNT; ++arch)
        compilers[arch] = look_at_compiler(options, arch == ARCH_ANY ? isa_host_arch() : (enum isa_arch)arch);

    printf("%-8s %5s  %-8s %-26s %-13s %s\n", "ISA", "lanes", "this CPU", "compiler", "runs on", "meaning");
    for (unsigned id = 0; id < SEPCC_ISA_COUNT; ++id) {
        const struct isa *isa = isa_get((enum sepcc_isa)id);
        const struct compiler_state *compiler = &compilers[isa->arch];
        const struct runner runner = runner_for(isa);
        printf("%-8s %5u  %-8s %-26s %-13s %s\n", isa->name, isa->lanes,
               (on_cpu & (1u << id)) != 0 ? "yes" : "no", compiler->name, runner.name, isa->summary);
        if (!compiler->works)
            notes[note_count++] = compiler->note;
        if (runner.missing != NULL)
            notes[note_count++] = runner.missing;
    }
    print_notes(notes, note_count);
    return STATUS_DONE;
}
