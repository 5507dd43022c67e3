/*
 * cmd_bench.c: `sepcc bench`: builds the kernels, proves them when asked, and measures them beside the peak.
 */
#include "commands/commands.h"
#include "measure/bench.h"
#include "measure/cliffs.h"

/* Prints what was measured; wrong kernels make the exit status. */
static enum exit_status report(const struct bench *bench, const struct options *options)
{
    enum exit_status status = STATUS_DONE;
    if (options->json)
        status = bench_print_json(bench);
    else if (options->csv)
        bench_print_csv(bench);
    else
        bench_print_table(bench);
    return status == STATUS_DONE ? bench_verdict(bench) : status;
}

enum exit_status cmd_bench(const struct options *options)
{
    isa_set isas = 0;
    struct bundle bundle = {0};
    struct bench_session session = {0};
    enum exit_status status = bench_isas(options, &isas);
    if (status == STATUS_DONE && options->cliffs)
        return bench_cliffs(options, isas);
    if (status == STATUS_DONE)
        status = bundle_plan_isas(options, isas, &bundle);
    if (status == STATUS_DONE)
        status = bench_open(options, &bundle, &session);
    if (status == STATUS_DONE && options->verify)
        status = bench_prove(&session);
    if (status == STATUS_DONE)
        status = bench_measure(&session);
    if (status == STATUS_DONE)
        status = report(&session.bench, options);
    bench_close(&session);
    bundle_free(&bundle);
    return status;
}
