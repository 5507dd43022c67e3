/*
 * remote_target.c: what a target is: asked of a runner without kernels there.
 */
#include "tune/remote.h"

#include "database/key.h"
#include "runner.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { DESCRIBE_TIMEOUT_S = 120 };

static const struct position at_remote = {"--remote", 0, 0};

/* ---- the architecture ------------------------------------------------------------------------------- */

/* That of an ISA which is asked for by its name (so that an emulator can be the target), else by `uname -m`.
 */
static enum exit_status find_arch(const struct options *options, struct remote *remote)
{
    static const struct {
        const char *machine;
        enum isa_arch arch;
    } machines[] = {
        {"x86_64", ARCH_X86_64}, {"amd64", ARCH_X86_64}, {"aarch64", ARCH_AARCH64}, {"arm64", ARCH_AARCH64}};
    for (unsigned i = 0; i < SEPCC_ISA_COUNT && remote->arch == ARCH_ANY; ++i)
        if (isa_is_named(options, isa_get((enum sepcc_isa)i)))
            remote->arch = isa_get((enum sepcc_isa)i)->arch;
    for (size_t i = 0; i < sizeof machines / sizeof machines[0] && remote->arch == ARCH_ANY; ++i)
        if (strcmp(machines[i].machine, remote->machine) == 0)
            remote->arch = machines[i].arch;
    if (remote->arch == ARCH_ANY)
        return diag_error(DIAG_TOOL, at_remote, "the target is '%s', expected x86_64 or aarch64",
                          remote->machine);
    return STATUS_DONE;
}

/* ---- what the runner tells --------------------------------------------------------------------------- */

/* Lines that are understood so far. */
struct description {
    struct text cpuinfo;
    unsigned levels, protocol;
    bool isas, caches, machine, done;
};

static void read_line(const char *line, struct remote *remote, struct description *description)
{
    static const char CPUINFO[] = "cpuinfo ";
    char how[16];
    size_t *const caches = remote->caches;
    (void)sscanf(line, "protocol %u", &description->protocol);
    if (strncmp(line, CPUINFO, sizeof CPUINFO - 1) == 0)
        text_printf(&description->cpuinfo, "%s\n", line + sizeof CPUINFO - 1);
    else if (sscanf(line, "isas %" SCNu32, &remote->isas) == 1)
        description->isas = true;
    else if (sscanf(line, "caches %zu %zu %zu", &caches[SEPCC_L1], &caches[SEPCC_L2], &caches[SEPCC_L3]) == 3)
        description->caches = true;
    else if (description->levels < SEPCC_LEVEL_COUNT &&
             sscanf(line, "bandwidth %lf %lf", &remote->bandwidth[description->levels].read,
                    &remote->bandwidth[description->levels].write) == 2)
        ++description->levels;
    else if (sscanf(line, "machine %31s %15s", remote->machine, how) == 2) {
        description->machine = true;
        remote->emulated = remote->emulated || strcmp(how, "emulated") == 0;
    } else if (strcmp(line, "done") == 0)
        description->done = true;
}

/* An emulator shows the host's processor, which is not what the kernels ran on. */
static enum exit_status make_cpu(struct remote *remote, const struct description *description)
{
    struct text cpu = {0};
    tune_key_cpu_from(description->cpuinfo.data != NULL ? description->cpuinfo.data : "", remote->caches,
                      &cpu);
    text_printf(&remote->cpu, "%s%s%s%s", remote->emulated ? "emulated " : "",
                remote->emulated ? remote->machine : "", remote->emulated ? " on " : "",
                cpu.data != NULL ? cpu.data : "");
    const bool failed = cpu.failed || remote->cpu.failed || description->cpuinfo.failed;
    text_free(&cpu);
    return failed ? diag_memory() : STATUS_DONE;
}

/* A runner that says what it can be asked speaks a protocol; sepcc and the sources of the runtime in its data
 * folder are of different versions when it is another one. */
static enum exit_status check_protocol(const struct process *process, const struct description *description)
{
    static const char USAGE[] = "usage: runner";
    const char *said = process->error.length > 0 ? process->error.data : "";
    const bool refuses = strncmp(said, USAGE, sizeof USAGE - 1) == 0;
    if (description->protocol == SEPCC_RUNNER_PROTOCOL || (description->protocol == 1 && !refuses))
        return STATUS_DONE;
    return diag_error(DIAG_TOOL, at_remote,
                      "the runner speaks protocol %u, expected %d: %s has the runtime of another sepcc",
                      description->protocol, (int)SEPCC_RUNNER_PROTOCOL, data_folder());
}

/* uname: what the target calls itself. */
static enum exit_status check_whole(const struct process *process, const char *uname,
                                    const struct remote *remote, const struct description *description)
{
    const char *said = process->error.length > 0 ? process->error.data : "";
    if (description->done && description->isas && description->caches && description->machine &&
        description->protocol == SEPCC_RUNNER_PROTOCOL && description->levels == SEPCC_LEVEL_COUNT)
        return STATUS_DONE;
    return diag_error(
        DIAG_TOOL, at_remote, "the runner for %s does not run on the target, which is %s (status %d): %.*s",
        build_arch_name(remote->arch), uname, process->exit_code, (int)strcspn(said, "\n"), said);
}

/* uname: what the target calls itself. */
static enum exit_status read_description(const struct process *process, const char *uname,
                                         struct remote *remote)
{
    /* The first protocol had no number. */
    struct description description = {.protocol = 1};
    char *said = process->output.length > 0 ? process->output.data : "", *rest = NULL;
    char *copy = strdup(said);
    if (copy == NULL)
        return diag_memory();
    for (char *line = strtok_r(copy, "\n", &rest); line != NULL; line = strtok_r(NULL, "\n", &rest))
        read_line(line, remote, &description);
    free(copy);
    enum exit_status status = check_protocol(process, &description);
    if (status == STATUS_DONE)
        status = check_whole(process, uname, remote, &description);
    if (status == STATUS_DONE)
        status = make_cpu(remote, &description);
    text_free(&description.cpuinfo);
    return status;
}

/* A bundle needs a stage; the runner leaves its kernel out. */
static enum exit_status plan_probe(const struct options *options, struct bundle *bundle)
{
    struct options plain = *options;
    struct spec_list stages = {.items = calloc(1, sizeof *stages.items), .count = 1};
    plain.plan_text = plain.db = plain.name = NULL;
    plan_request_clear(&plain.plan);
    if (stages.items == NULL)
        return diag_memory();
    enum exit_status status = spec_parse("pointwise name=probe in=1x1x1 out=1", at_remote, stages.items);
    if (status == STATUS_DONE)
        return bundle_plan_stages(&plain, 1u << SEPCC_ISA_SCALAR, &stages, "probe", bundle);
    spec_list_free(&stages);
    return status;
}

static enum exit_status describe(const struct options *options, struct remote *remote)
{
    struct bundle bundle = {0};
    struct build build = {0};
    struct process process = {0};
    struct text arguments = {0};
    char *program = NULL, uname[sizeof remote->machine];
    (void)snprintf(uname, sizeof uname, "%s", remote->machine);
    enum exit_status status = plan_probe(options, &bundle);
    if (status == STATUS_DONE)
        status = build_open(options, &bundle, true, &build);
    bundle_free(&bundle);
    if (status == STATUS_DONE)
        status = build_remote_runner(&(struct runner_part){&build, NULL}, 1, NULL, remote->arch, &program);
    if (status == STATUS_DONE)
        status = remote_put(remote, program);
    text_printf(&arguments, "--describe --threads %u", options->threads);
    if (status == STATUS_DONE && arguments.failed)
        status = diag_memory();
    if (status == STATUS_DONE)
        status = remote_run(remote, arguments.data, DESCRIBE_TIMEOUT_S, &process);
    if (status == STATUS_DONE)
        status = read_description(&process, uname, remote);
    process_free(&process);
    text_free(&arguments);
    free(program);
    build_close(&build);
    return status;
}

/* ---- the ISAs --------------------------------------------------------------------------------------- */

static enum exit_status choose_isas(const struct options *options, const struct remote *remote, isa_set *isas)
{
    const char *text = options->isa_text != NULL ? options->isa_text : options->command->default_isa;
    if (strcmp(text, "native") == 0) {
        *isas = remote->isas;
        return STATUS_DONE;
    }
    const enum exit_status status = wanted_isas(options, isas);
    for (unsigned i = 0; status == STATUS_DONE && i < SEPCC_ISA_COUNT; ++i) {
        const struct isa *isa = isa_get((enum sepcc_isa)i);
        if ((*isas & ~remote->isas & (1u << i)) && isa_is_named(options, isa))
            return diag_error(DIAG_TOOL, at_remote, "the target (%s) has no %s", remote->cpu.data, isa->name);
    }
    *isas &= remote->isas;
    return status;
}

enum exit_status remote_open(const struct options *options, struct remote *remote, isa_set *isas)
{
    *remote = (struct remote){.emulated = options->emulated};
    enum exit_status status = remote_connect(options->remote, remote);
    if (status == STATUS_DONE)
        status = find_arch(options, remote);
    if (status == STATUS_DONE)
        status = describe(options, remote);
    if (status == STATUS_DONE)
        status = choose_isas(options, remote, isas);
    return status;
}
