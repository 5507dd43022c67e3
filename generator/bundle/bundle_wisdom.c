/*
 * bundle_wisdom.c: the tuned plans of a bundle: where they come from, and the file of them that it keeps.
 */
#include "bundle/bundle.h"

#include "compile/compile.h"
#include "database/key.h"

#include <stdlib.h>
#include <string.h>

/* Commands that compile know by which compiler; what it says of itself is said when it is used. */
static void find_compiler(const struct options *options, struct text *compiler)
{
    struct compiler found;
    if (!(options->command->bit & (FOR_BUILD | FOR_VERIFY | FOR_RUN | FOR_BENCH | FOR_ASM)))
        return;
    diag_mute();
    if (compiler_open(options->cc, options->target, ARCH_ANY, &found) == STATUS_DONE) {
        (void)tune_key_compiler(&found, NULL, compiler);
        compiler_close(&found);
    }
    diag_unmute();
}

enum exit_status bundle_open_wisdom(const struct options *options, struct bundle *bundle)
{
    const char *path = options->wisdom != NULL ? options->wisdom : options->db;
    struct text here = {0}, compiler = {0};
    if (path == NULL)
        return STATUS_DONE;
    enum exit_status status = tune_key_cpu(&here);
    if (status == STATUS_DONE) {
        find_compiler(options, &compiler);
        const struct wisdom_user user = {
            .cpu = options->cpu, .here = here.data, .compiler = compiler.data, .threads = options->threads};
        status = wisdom_open(path, &user, &bundle->wisdom);
    }
    text_free(&here);
    text_free(&compiler);
    return status;
}

enum exit_status bundle_choose_plan(struct bundle *bundle, const struct spec *spec, const struct isa *isa,
                                    const struct plan_request *request, struct plan_request *chosen)
{
    struct plan_choice *choices = realloc(bundle->choices, (bundle->choice_count + 1) * sizeof *choices);
    struct text why = {0};
    if (choices == NULL)
        return diag_memory();
    bundle->choices = choices;
    struct plan_choice *choice = &choices[bundle->choice_count];
    const enum exit_status status =
        wisdom_choose(bundle->wisdom, spec, isa, request, chosen, &choice->source, &why);
    if (status != STATUS_DONE) {
        text_free(&why);
        return status;
    }
    choice->why = why.data;
    ++bundle->choice_count;
    return STATUS_DONE;
}

void bundle_close_wisdom(struct bundle *bundle)
{
    for (size_t i = 0; i < bundle->choice_count; ++i)
        free(bundle->choices[i].why);
    free(bundle->choices);
    wisdom_close(bundle->wisdom);
}

bool bundle_has_wisdom(const struct bundle *bundle)
{
    return bundle->wisdom != NULL && wisdom_is_used(bundle->wisdom);
}
