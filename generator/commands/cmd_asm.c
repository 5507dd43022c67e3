/*
 * cmd_asm.c: `sepcc asm`: compiles the kernels and tells what the compiler made of their hot loops.
 */
#include "base/process.h"
#include "commands/commands.h"
#include "inspect/inspect.h"
#include "inspect/mca.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What there is to print: loops[k] of the bundle's kernel k. */
struct report {
    const struct bundle *bundle;
    struct hot_loops *loops;
    bool estimated; /* llvm-mca has run */
};

/* A stage's kernel for an ISA is printed at the first of the stages that share it. */
static bool is_first(const struct bundle *bundle, size_t stage)
{
    for (size_t s = 0; s < stage; ++s)
        if (bundle->unique[s] == bundle->unique[stage])
            return false;
    return true;
}

/* ---- table: the hottest loop of each kernel -------------------------------------------------------- */

static void print_row(const struct report *report, size_t stage, const struct kernel *kernel, int width)
{
    const struct hot_loops *loops = &report->loops[kernel - report->bundle->kernels];
    char plan[PLAN_SHORT_MAX], place[96];
    plan_short(&kernel->plan, plan);
    printf("%-*s  %-6s  %-21s  ", width, report->bundle->stages.items[stage].name, kernel->isa->name, plan);
    if (loops->count == 0) {
        puts("no hot loop");
        return;
    }
    const struct hot_loop *loop = &loops->items[0];
    snprintf(place, sizeof place, "%s+0x%" PRIx64, loop->function, loop->offset);
    printf("%-22s  %5u  %5u  %5u  %6u  %5u  %5u  %5u", place, loop->instructions, loop->fmas, loop->loads,
           loop->stores, loop->invariants, loop->stack, hot_loops_stack(loops));
    if (report->estimated)
        printf("  %7.1f  %6.1f %%", loop->cycles, mca_share(loop, kernel->isa) * 100.0);
    putchar('\n');
}

static void print_table(const struct report *report)
{
    const struct bundle *bundle = report->bundle;
    const int width = bundle_name_width(bundle);
    printf("%-*s  %-6s  %-21s  %-22s  %5s  %5s  %5s  %6s  %5s  %5s  %5s%s\n", width, "layer", "isa", "plan",
           "hottest loop", "instr", "FMA", "loads", "stores", "kept", "stack", "all",
           report->estimated ? "   cycles  FMA limit" : "");
    for (size_t i = 0; i < bundle->isa_count; ++i)
        for (size_t s = 0; s < bundle->stages.count; ++s)
            if (is_first(bundle, s))
                print_row(report, s, bundle_kernel(bundle, s, i), width);
    if (!report->estimated)
        printf("%s is missing: no cycles (apt-get install llvm-19)\n", mca_program);
}

/* ---- comma-separated values: all hot loops --------------------------------------------------------- */

static void print_csv_kernel(const struct report *report, size_t stage, const struct kernel *kernel)
{
    const struct hot_loops *loops = &report->loops[kernel - report->bundle->kernels];
    char plan[PLAN_SHORT_MAX];
    plan_short(&kernel->plan, plan);
    for (size_t l = 0; l < loops->count; ++l) {
        const struct hot_loop *loop = &loops->items[l];
        printf("%s,%s,%s,%s,%s,%" PRIu64 ",%u,%u,%u,%u,%u,%u,%u,%s,",
               report->bundle->stages.items[stage].name, kernel->isa->name, plan,
               loop->is_body ? "body" : "loop", loop->function, loop->offset, loop->instructions, loop->fmas,
               loop->loads, loop->stores, loop->invariants, loop->stack, loop->scalar_stack,
               mca_cpu(kernel->isa));
        if (report->estimated)
            printf("%.2f,%.4f", loop->cycles, mca_share(loop, kernel->isa));
        else
            putchar(',');
        printf(",%s\n", kernel->name);
    }
}

static void print_csv(const struct report *report)
{
    const struct bundle *bundle = report->bundle;
    puts("stage,isa,plan,kind,function,offset,instructions,fmas,loads,stores,kept,stack,scalar_stack,cpu,"
         "cycles,"
         "fma_share,kernel");
    for (size_t i = 0; i < bundle->isa_count; ++i)
        for (size_t s = 0; s < bundle->stages.count; ++s)
            if (is_first(bundle, s))
                print_csv_kernel(report, s, bundle_kernel(bundle, s, i));
}

/* ---- the command ----------------------------------------------------------------------------------- */

static enum exit_status inspect_all(struct build *build, struct hot_loops *loops)
{
    static const enum isa_arch archs[] = {ARCH_X86_64, ARCH_AARCH64};
    enum exit_status status = STATUS_DONE;
    for (size_t i = 0; status == STATUS_DONE && i < sizeof archs / sizeof archs[0]; ++i) {
        if (!build_has_kernels(&build->bundle, archs[i]))
            continue;
        status = build_library(build, archs[i], false, NULL);
        if (status == STATUS_DONE)
            status = inspect_kernels(build, archs[i], loops);
    }
    return status;
}

static enum exit_status estimate(const struct build *build, struct hot_loops *loops)
{
    const size_t count = build->bundle.kernel_count;
    const struct isa **isas = calloc(count + 1, sizeof *isas);
    if (isas == NULL)
        return diag_memory();
    for (size_t k = 0; k < count; ++k)
        isas[k] = build->bundle.kernels[k].isa;
    const enum exit_status status = mca_estimate(isas, loops, count, build->options->jobs);
    free(isas);
    return status;
}

static enum exit_status report_build(struct build *build)
{
    const size_t count = build->bundle.kernel_count;
    struct report report = {.bundle = &build->bundle, .estimated = program_exists(mca_program)};
    report.loops = calloc(count + 1, sizeof *report.loops);
    enum exit_status status = report.loops == NULL ? diag_memory() : inspect_all(build, report.loops);
    if (status == STATUS_DONE && report.estimated)
        status = estimate(build, report.loops);
    if (status == STATUS_DONE)
        build->options->csv ? print_csv(&report) : print_table(&report);
    for (size_t k = 0; report.loops != NULL && k < count; ++k)
        hot_loops_free(&report.loops[k]);
    free(report.loops);
    return status;
}

/* Scalar kernels have no vectors: they are an error where they are named, and left out of `all`. */
static enum exit_status vector_isas(const struct options *options, isa_set *isas)
{
    const enum exit_status status = wanted_isas(options, isas);
    const struct isa *scalar = isa_get(SEPCC_ISA_SCALAR);
    if (status == STATUS_DONE && (*isas & (1u << scalar->id)) && isa_is_named(options, scalar))
        return diag_error(DIAG_ISA, (struct position){"--isa", 0, 0},
                          "scalar kernels have no vectors to count, expected sse, avx2, avx512 or neon");
    *isas &= ~(1u << scalar->id);
    return status;
}

enum exit_status cmd_asm(const struct options *options)
{
    struct bundle bundle = {0};
    struct build build = {0};
    isa_set isas;
    enum exit_status status = vector_isas(options, &isas);
    if (status == STATUS_DONE)
        status = bundle_plan_isas(options, isas, &bundle);
    if (status == STATUS_DONE)
        status = build_open(options, &bundle, true, &build);
    if (status == STATUS_DONE)
        status = report_build(&build);
    build_close(&build);
    bundle_free(&bundle);
    return status;
}
