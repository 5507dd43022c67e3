/*
 * bench_report.c: measured kernels as a table, as comma-separated values, or as JSON.
 */
#include "base/json.h"
#include "measure/bench.h"

#include <stdio.h>
#include <string.h>

/* One line of any report: the numbers of a stage, or of all stages together. */
struct bench_line {
    const char *stage;
    const struct bench_kernel *measured; /* NULL for the total */
    const char *isa;
    bool proved;
    double ms, gflops, share, gb_per_s;
    double bound_ms;
    const char *bound_by; /* "" for the total */
};

static struct bench_line stage_line(const struct bench *bench, size_t stage, size_t isa)
{
    const size_t index = (size_t)(bundle_kernel(bench->bundle, stage, isa) - bench->bundle->kernels);
    const struct bench_kernel *measured = &bench->kernels[index];
    return (struct bench_line){.stage = bench->bundle->stages.items[stage].name,
                               .measured = measured,
                               .isa = measured->kernel->isa->name,
                               .proved = measured->proved,
                               .ms = measured->result.median_s * 1e3,
                               .gflops = measured->result.gflops,
                               .share = measured->result.peak_share,
                               .gb_per_s = measured->result.bytes_per_s * 1e-9,
                               .bound_ms = measured->bound.time * 1e3,
                               .bound_by = measured->bound.by};
}

/* All stages of one ISA, one after the other: times add up, rates are weighted by time. */
static struct bench_line total_line(const struct bench *bench, size_t isa)
{
    struct bench_line total = {
        .stage = "total", .isa = bench->bundle->isa[isa]->name, .proved = true, .bound_by = ""};
    for (size_t s = 0; s < bench->bundle->stages.count; ++s) {
        const struct bench_line line = stage_line(bench, s, isa);
        total.proved = total.proved && line.proved;
        total.ms += line.ms;
        total.bound_ms += line.bound_ms;
        total.gflops += line.gflops * line.ms;
        total.share += line.share * line.ms;
        total.gb_per_s += line.gb_per_s * line.ms;
    }
    if (total.ms > 0.0) {
        total.gflops /= total.ms;
        total.share /= total.ms;
        total.gb_per_s /= total.ms;
    }
    return total;
}

/* How near the time comes to its bound. */
static double bound_share(const struct bench_line *line)
{
    return line->ms > 0.0 ? line->bound_ms / line->ms : 0.0;
}

/* The plan's short form: what follows the ISA in the kernel's name. */
static const char *short_plan(const struct bench_line *line)
{
    const char *name = line->measured == NULL ? NULL : line->measured->kernel->name;
    const char *found = "";
    for (const char *at = name; at != NULL; at = strstr(at + 1, "__"))
        found = at;
    if (name == NULL)
        return "";
    found += 2 + strlen(line->isa);
    return *found == '_' ? found + 1 : found;
}

static const char *verdict(const struct bench_line *line)
{
    return line->proved ? "yes" : "NO";
}

/* ---- table ----------------------------------------------------------------------------------------- */

static void print_row(const struct bench *bench, const struct bench_line *line, int stage_width)
{
    printf("%-*s  %-6s  %-18s", stage_width, line->stage, line->isa, short_plan(line));
    if (bench->verified)
        printf("  %-8s", verdict(line));
    printf("  %9.*f  %8.1f  %5.1f %%  %6.1f  %9.*f  %-6s  %6.1f %%\n", text_ms_digits(line->ms), line->ms,
           line->gflops, line->share * 100.0, line->gb_per_s, text_ms_digits(line->bound_ms), line->bound_ms,
           line->bound_by, bound_share(line) * 100.0);
}

static void print_failures(const struct bench *bench)
{
    for (size_t k = 0; bench->verified && k < bench->bundle->kernel_count; ++k)
        if (!bench->kernels[k].proved)
            printf("%s: %s\n", bench->kernels[k].kernel->name, bench->kernels[k].message);
}

void bench_print_table(const struct bench *bench)
{
    const int width = bundle_name_width(bench->bundle);
    printf("%-*s  %-6s  %-18s", width, "layer", "isa", "plan");
    if (bench->verified)
        printf("  %-8s", "verified");
    printf("  %9s  %8s  %7s  %6s  %9s  %-6s  %8s\n", "ms", "GFLOP/s", "of peak", "GB/s", "bound ms", "by",
           "of bound");
    for (size_t i = 0; i < bench->bundle->isa_count; ++i) {
        for (size_t s = 0; s < bench->bundle->stages.count; ++s) {
            const struct bench_line line = stage_line(bench, s, i);
            print_row(bench, &line, width);
        }
        const struct bench_line total = total_line(bench, i);
        print_row(bench, &total, width);
    }
    print_failures(bench);
}

/* ---- comma-separated values ------------------------------------------------------------------------ */

void bench_print_csv(const struct bench *bench)
{
    puts("stage,isa,plan,verified,threads,trials,ms,low_ms,high_ms,min_ms,gflops,peak_gflops,peak_share,"
         "gb_per_s,kernel,bound_ms,bound_by,bound_share");
    for (size_t i = 0; i < bench->bundle->isa_count; ++i)
        for (size_t s = 0; s < bench->bundle->stages.count; ++s) {
            const struct bench_line line = stage_line(bench, s, i);
            const struct sepcc_measure_result *result = &line.measured->result;
            printf("%s,%s,%s,%s,%zu,%u,%.6f,%.6f,%.6f,%.6f,%.3f,%.3f,%.4f,%.3f,%s,%.6f,%s,%.4f\n", line.stage,
                   line.isa, short_plan(&line), bench->verified ? verdict(&line) : "", bench->threads,
                   result->trials, line.ms, result->low_s * 1e3, result->high_s * 1e3, result->min_s * 1e3,
                   line.gflops, result->peak_gflops, line.share, line.gb_per_s, line.measured->kernel->name,
                   line.bound_ms, line.bound_by, bound_share(&line));
        }
}

/* ---- JSON ------------------------------------------------------------------------------------------ */

static bool add_line(cJSON *array, const struct bench *bench, const struct bench_line *line)
{
    cJSON *item = json_item(array);
    if (item == NULL)
        return false;
    bool ok = json_string(item, "stage", line->stage) && json_string(item, "isa", line->isa) &&
              json_number(item, "ms", line->ms) && json_number(item, "gflops", line->gflops) &&
              json_number(item, "peak_share", line->share) && json_number(item, "gb_per_s", line->gb_per_s) &&
              json_number(item, "bound_ms", line->bound_ms) &&
              json_number(item, "bound_share", bound_share(line));
    if (bench->verified)
        ok = ok && cJSON_AddBoolToObject(item, "verified", line->proved) != NULL;
    if (line->measured == NULL)
        return ok;
    const struct sepcc_measure_result *result = &line->measured->result;
    return ok && json_string(item, "kernel", line->measured->kernel->name) &&
           json_string(item, "spec", line->measured->loaded->spec) &&
           json_string(item, "plan", line->measured->loaded->plan) &&
           json_number(item, "trials", result->trials) && json_number(item, "low_ms", result->low_s * 1e3) &&
           json_number(item, "high_ms", result->high_s * 1e3) &&
           json_number(item, "min_ms", result->min_s * 1e3) &&
           json_number(item, "peak_gflops", result->peak_gflops) &&
           json_string(item, "bound_by", line->bound_by);
}

static bool add_lines(cJSON *root, const struct bench *bench)
{
    cJSON *stages = cJSON_AddArrayToObject(root, "stages");
    cJSON *totals = cJSON_AddArrayToObject(root, "totals");
    bool ok = stages != NULL && totals != NULL && json_number(root, "threads", (double)bench->threads);
    for (size_t i = 0; ok && i < bench->bundle->isa_count; ++i) {
        for (size_t s = 0; ok && s < bench->bundle->stages.count; ++s) {
            const struct bench_line line = stage_line(bench, s, i);
            ok = add_line(stages, bench, &line);
        }
        const struct bench_line total = total_line(bench, i);
        ok = ok && add_line(totals, bench, &total);
    }
    return ok;
}

enum exit_status bench_print_json(const struct bench *bench)
{
    cJSON *root = cJSON_CreateObject();
    char *text = root != NULL && add_lines(root, bench) ? cJSON_Print(root) : NULL;
    if (text != NULL)
        puts(text);
    cJSON_Delete(root);
    cJSON_free(text);
    return text == NULL ? diag_memory() : STATUS_DONE;
}
