/*
 * mca.c: runs llvm-mca on the hot loops of each kernel, as regions of one input, and reads its JSON.
 */
#include "inspect/mca.h"

#include "base/process.h"

#include <cjson/cJSON.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char mca_program[] = "llvm-mca-19";

/*
 * The models of LLVM 19 that agree with what is known of these cores:
 *   avx2    measured on a Zen 3: 6.01 cycles a K step of 6 x 2 vectors, measured 5.9;
 *   avx512  two 512-bit units: 7.0 and 15.0 cycles for 6 x 2 and 14 x 2 vectors, where 6 and 14 are the
 * limit; those of icelake-server, sapphirerapids and znver4 start one 512-bit multiply-add a cycle or less;
 *   sse     the same core, which starts two multiplies or adds a cycle: one pair;
 *   neon    two 128-bit units; cortex-a76's is that of an older core.
 */
static const char *const cpus[SEPCC_ISA_COUNT] = {
    [SEPCC_ISA_SSE] = "skylake-avx512",
    [SEPCC_ISA_AVX2] = "znver3",
    [SEPCC_ISA_AVX512] = "skylake-avx512",
    [SEPCC_ISA_NEON] = "neoverse-n1",
};

/* Turns of a loop that are simulated: enough that filling the pipeline hardly counts. */
enum { TURNS = 200, ARGUMENT_MAX = 64 };

const char *mca_cpu(const struct isa *isa)
{
    return cpus[isa->id];
}

double mca_share(const struct hot_loop *loop, const struct isa *isa)
{
    return loop->cycles > 0.0 ? loop->fmas / (loop->cycles * isa->fmas) : 0.0;
}

/* ---- one program ----------------------------------------------------------------------------------- */

/* What one kernel's program is given. */
struct estimate {
    struct hot_loops *loops;
    struct text input;
    char triple[ARGUMENT_MAX], cpu[ARGUMENT_MAX], turns[ARGUMENT_MAX];
    const char *argv[9];
};

static enum exit_status prepare(struct estimate *estimate, const struct isa *isa, struct hot_loops *loops,
                                struct process *process)
{
    estimate->loops = loops;
    for (size_t l = 0; l < loops->count; ++l)
        text_printf(&estimate->input, "# LLVM-MCA-BEGIN\n%s# LLVM-MCA-END\n", loops->items[l].code);
    if (estimate->input.failed)
        return diag_memory();
    snprintf(estimate->triple, sizeof estimate->triple, "-mtriple=%s",
             isa->arch == ARCH_AARCH64 ? "aarch64" : "x86_64");
    snprintf(estimate->cpu, sizeof estimate->cpu, "-mcpu=%s", mca_cpu(isa));
    snprintf(estimate->turns, sizeof estimate->turns, "-iterations=%d", TURNS);
    const char *const argv[] = {mca_program, estimate->triple,   estimate->cpu,   estimate->turns,
                                "--json",    "-all-views=false", "-summary-view", "-",
                                NULL};
    memcpy(estimate->argv, argv, sizeof argv);
    *process = (struct process){
        .argv = estimate->argv, .input = estimate->input.data, .input_length = estimate->input.length};
    return STATUS_DONE;
}

static double region_cycles(const cJSON *region)
{
    const cJSON *summary = cJSON_GetObjectItemCaseSensitive(region, "SummaryView");
    const cJSON *cycles = cJSON_GetObjectItemCaseSensitive(summary, "TotalCycles");
    return cJSON_IsNumber(cycles) ? cycles->valuedouble / TURNS : 0.0;
}

static enum exit_status read_cycles(const struct process *process, struct hot_loops *loops)
{
    cJSON *root = cJSON_Parse(process->output.data != NULL ? process->output.data : "");
    const cJSON *regions = cJSON_GetObjectItemCaseSensitive(root, "CodeRegions");
    const bool complete = cJSON_GetArraySize(regions) == (int)loops->count;
    for (size_t l = 0; complete && l < loops->count; ++l)
        loops->items[l].cycles = region_cycles(cJSON_GetArrayItem(regions, (int)l));
    cJSON_Delete(root);
    if (complete)
        return STATUS_DONE;
    const char *said = process->error.data != NULL ? process->error.data : "no message";
    return diag_error(DIAG_TOOL, NOWHERE, "%s ended with status %d, expected %zu regions: %.*s", mca_program,
                      process->exit_code, loops->count, (int)strcspn(said, "\n"), said);
}

/* ---- all ------------------------------------------------------------------------------------------- */

static enum exit_status finish(struct process *process, size_t index, void *context)
{
    const struct estimate *estimates = context;
    const enum exit_status status = read_cycles(process, estimates[index].loops);
    process_free(process);
    return status;
}

enum exit_status mca_estimate(const struct isa *const isas[], struct hot_loops *kernels, size_t count,
                              unsigned parallel)
{
    struct estimate *estimates = calloc(count + 1, sizeof *estimates);
    struct process *processes = calloc(count + 1, sizeof *processes);
    enum exit_status status = estimates == NULL || processes == NULL ? diag_memory() : STATUS_DONE;
    size_t used = 0;
    for (size_t k = 0; status == STATUS_DONE && k < count; ++k)
        if (kernels[k].count > 0) {
            status = prepare(&estimates[used], isas[k], &kernels[k], &processes[used]);
            ++used;
        }
    if (status == STATUS_DONE)
        status = process_run_all(processes, used, parallel, finish, estimates);
    for (size_t e = 0; e < used; ++e) {
        text_free(&estimates[e].input);
        process_free(&processes[e]);
    }
    free(estimates);
    free(processes);
    return status;
}
