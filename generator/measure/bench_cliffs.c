/*
 * bench_cliffs.c: building and measuring the kernels of a sweep, one ISA after the other.
 */
#include "measure/bench.h"
#include "measure/cliffs.h"

#include <stdlib.h>
#include <string.h>

/* Plans the stages of a sweep on its ISA. */
static enum exit_status plan_sweep(const struct options *options, const struct isa *isa,
                                   struct cliff_point points[CLIFF_POINTS], struct bundle *bundle)
{
    static const char file[] = "--cliffs";
    const char *base = options->spec_text != NULL ? options->spec_text : "";
    struct text layers = {0};
    struct spec_list stages = {0};
    enum exit_status status = STATUS_DONE;
    if (!cliff_stages(isa, base, points, &layers))
        status = usage_error(options->command, "--cliffs with '%s', expected depthwise in=HxWxC, or nothing",
                             base);
    else if (layers.failed)
        status = diag_memory();
    if (status == STATUS_DONE)
        status = spec_list_parse(layers.data, layers.length, file, &stages);
    if (status == STATUS_DONE)
        status = bundle_plan_stages(options, 1u << isa->id, &stages, file, bundle);
    text_free(&layers);
    return status;
}

/* The shortest trial counts: what slows a machine down for a while would look like a cliff. */
static void fill_point(const struct bench_kernel *measured, struct cliff_point *point)
{
    const struct sepcc_measure_result *result = &measured->result;
    const double faster = result->min_s > 0 ? result->median_s / result->min_s : 0;
    point->ms = result->min_s * 1e3;
    point->gflops = result->gflops * faster;
    point->peak_share = result->peak_share * faster;
    point->bound_ms = measured->bound.time * 1e3;
    point->bound_by = measured->bound.by;
    const struct bound *bound = &measured->bound;
    const double shape = bound->fma > bound->bytes ? bound->fma : bound->bytes;
    point->share = result->min_s > 0 ? bound->time / result->min_s : 0;
    point->shape_share = result->min_s > 0 ? shape / result->min_s : 0;
    plan_short(&measured->kernel->plan, point->plan);
    memcpy(point->name, measured->kernel->name, sizeof point->name);
}

static void find_cliffs(struct cliff_point points[CLIFF_POINTS])
{
    static const size_t sizes[3] = {CLIFF_KERNELS, CLIFF_STRIDES, CLIFF_CHANNELS};
    double shares[CLIFF_POINTS], shape_shares[CLIFF_POINTS], beside[CLIFF_POINTS], shape_beside[CLIFF_POINTS];
    bool cliffs[CLIFF_POINTS], shape_cliffs[CLIFF_POINTS];
    for (size_t i = 0; i < CLIFF_POINTS; ++i) {
        shares[i] = points[i].share;
        shape_shares[i] = points[i].shape_share;
    }
    cliff_find(shares, sizes, beside, cliffs);
    cliff_find(shape_shares, sizes, shape_beside, shape_cliffs);
    for (size_t i = 0; i < CLIFF_POINTS; ++i) {
        points[i].beside = beside[i];
        points[i].shape_beside = shape_beside[i];
        points[i].cliff = cliffs[i] || shape_cliffs[i];
    }
}

static enum exit_status sweep(const struct options *options, const struct isa *isa,
                              struct cliff_point points[CLIFF_POINTS])
{
    struct bundle bundle = {0};
    struct bench_session session = {0};
    enum exit_status status = plan_sweep(options, isa, points, &bundle);
    if (status == STATUS_DONE)
        status = bench_open(options, &bundle, &session);
    if (status == STATUS_DONE)
        status = bench_measure(&session);
    for (size_t i = 0; status == STATUS_DONE && i < CLIFF_POINTS; ++i) {
        const struct bundle *planned = session.bench.bundle;
        fill_point(&session.bench.kernels[bundle_kernel(planned, i, 0) - planned->kernels], &points[i]);
    }
    if (status == STATUS_DONE)
        find_cliffs(points);
    bench_close(&session);
    bundle_free(&bundle);
    return status;
}

static enum exit_status report(const struct options *options, const struct cliff_point *points, size_t count)
{
    enum exit_status status = STATUS_DONE;
    if (options->json)
        status = cliff_print_json(points, count);
    else if (options->csv)
        cliff_print_csv(points, count);
    else
        cliff_print_table(points, count);
    for (size_t i = 0; status == STATUS_DONE && i < count * CLIFF_POINTS; ++i)
        if (points[i].cliff)
            status = STATUS_WRONG;
    return status;
}

enum exit_status bench_cliffs(const struct options *options, isa_set isas)
{
    struct cliff_point *points = calloc((size_t)SEPCC_ISA_COUNT * CLIFF_POINTS, sizeof *points);
    enum exit_status status = points == NULL ? diag_memory() : STATUS_DONE;
    size_t count = 0;
    for (unsigned isa = 0; status == STATUS_DONE && isa < SEPCC_ISA_COUNT; ++isa)
        if (isas & (1u << isa))
            status = sweep(options, isa_get((enum sepcc_isa)isa), &points[count++ * CLIFF_POINTS]);
    if (status == STATUS_DONE)
        status = report(options, points, count);
    free(points);
    return status;
}
