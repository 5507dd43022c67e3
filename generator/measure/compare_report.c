/*
 * compare_report.c: separable stages beside their standard convolutions, as text and as JSON.
 */
#include "measure/compare.h"

#include "base/json.h"
#include "model/macs.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* One of the two. */
struct side {
    char spec[SPEC_TEXT_MAX];
    const struct bench_kernel *measured;
    uint64_t parameters, macs;
    double ms, low_ms, high_ms;
};

/* A stage on an ISA. Ratios say how much more the convolution has, or takes. */
struct pair {
    const struct spec *stage;
    const char *isa;
    struct side separable, conv;
    double parameters, macs, speed_up;
    unsigned out_c, taps, multiplier; /* of the paper's formula */
};

static struct side side_of(const struct bench *bench, size_t stage, size_t isa)
{
    const struct spec *spec = &bench->bundle->stages.items[stage];
    const size_t index = (size_t)(bundle_kernel(bench->bundle, stage, isa) - bench->bundle->kernels);
    struct side side = {.measured = &bench->kernels[index],
                        .parameters = stage_parameters(&spec->stage),
                        .macs = stage_macs(&spec->stage)};
    spec_print(spec, 0, side.spec);
    side.ms = side.measured->result.median_s * 1e3;
    side.low_ms = side.measured->result.low_s * 1e3;
    side.high_ms = side.measured->result.high_s * 1e3;
    return side;
}

static struct pair pair_of(const struct comparison *comparison, size_t index, size_t isa)
{
    const struct bench *bench = comparison->bench;
    const struct sepcc_layer *dw = &comparison->stages[index].stage.layer[0];
    struct pair pair = {.stage = &comparison->stages[index],
                        .isa = bench->bundle->isa[isa]->name,
                        .separable = side_of(bench, 2 * index, isa),
                        .conv = side_of(bench, 2 * index + 1, isa),
                        .out_c = comparison->stages[index].stage.layer[1].out_c,
                        .taps = dw->kernel_h * dw->kernel_w,
                        .multiplier = dw->multiplier};
    pair.parameters = (double)pair.conv.parameters / (double)pair.separable.parameters;
    pair.macs = (double)pair.conv.macs / (double)pair.separable.macs;
    pair.speed_up = pair.conv.ms / pair.separable.ms;
    return pair;
}

/* The share of the convolution's multiply-adds that is left: the paper's formula. */
static double formula(const struct pair *pair)
{
    return pair->multiplier * (1.0 / pair->out_c + 1.0 / pair->taps);
}

/* ---- table ----------------------------------------------------------------------------------------- */

static void print_counts(const char *what, uint64_t separable, uint64_t conv, double ratio)
{
    printf("%-11s %20" PRIu64 " %20" PRIu64 "  %10.2f\n", what, separable, conv, ratio);
}

static void print_quartiles(const struct side *side)
{
    char text[48];
    snprintf(text, sizeof text, "%.4f .. %.4f", side->low_ms, side->high_ms);
    printf(" %20s", text);
}

static void print_formula(const struct pair *pair)
{
    if (pair->multiplier > 1)
        printf("MACs, separable / conv: %u * (1/Cout + 1/K^2) = %u * (1/%u + 1/%u) = %.4f\n",
               pair->multiplier, pair->multiplier, pair->out_c, pair->taps, formula(pair));
    else
        printf("MACs, separable / conv: 1/Cout + 1/K^2 = 1/%u + 1/%u = %.4f\n", pair->out_c, pair->taps,
               formula(pair));
}

/*
 * What the times make of the MACs. The two ratios differ as the kernels' rates do, and as the convolution has
 * a larger share of taps outside the image, which are left out.
 */
static void print_verdict(const struct pair *pair)
{
    const bool slower = pair->separable.measured->result.gflops < pair->conv.measured->result.gflops;
    if (pair->speed_up < 1)
        printf("The separable stage is slower than the convolution it replaces: %.2f of its speed, with %.2f "
               "times fewer MACs.\n",
               pair->speed_up, pair->macs);
    else if (pair->speed_up < pair->macs)
        printf("Speed-up %.2f: less than the %.2f times fewer MACs, as %s.\n", pair->speed_up, pair->macs,
               slower ? "the separable stage does fewer of them in a second"
                      : "the convolution leaves out more that are outside the image");
    else
        printf("Speed-up %.2f: no less than the %.2f times fewer MACs.\n", pair->speed_up, pair->macs);
}

static void print_proof(const struct bench *bench, const struct side *side)
{
    if (bench->verified)
        printf("%s: %s\n", side->measured->kernel->name,
               side->measured->proved ? "same bits as the reference" : side->measured->message);
}

static void print_pair(const struct bench *bench, const struct pair *pair)
{
    const struct sepcc_measure_result *separable = &pair->separable.measured->result,
                                      *conv = &pair->conv.measured->result;
    printf("%s: %s\n%*s  %s\n", pair->stage->name, pair->separable.spec, (int)strlen(pair->stage->name), "",
           pair->conv.spec);
    printf("%s, %zu thread%s\n\n", pair->isa, bench->threads, bench->threads > 1 ? "s" : "");
    printf("%-11s %20s %20s  %10s\n", "", "separable", "conv", "conv : sep");
    print_counts("parameters", pair->separable.parameters, pair->conv.parameters, pair->parameters);
    print_counts("MACs", pair->separable.macs, pair->conv.macs, pair->macs);
    printf("%-11s %20.4f %20.4f  %10.2f\n", "ms", pair->separable.ms, pair->conv.ms, pair->speed_up);
    printf("%-11s", "quartiles");
    print_quartiles(&pair->separable);
    print_quartiles(&pair->conv);
    printf("\n%-11s %20.1f %20.1f\n", "GFLOP/s", separable->gflops, conv->gflops);
    printf("%-11s %18.1f %% %18.1f %%\n\n", "of peak", separable->peak_share * 100, conv->peak_share * 100);
    print_formula(pair);
    print_verdict(pair);
    print_proof(bench, &pair->separable);
    print_proof(bench, &pair->conv);
}

void compare_print_table(const struct comparison *comparison)
{
    for (size_t p = 0; p < comparison->stage_count; ++p)
        for (size_t i = 0; i < comparison->bench->bundle->isa_count; ++i) {
            const struct pair pair = pair_of(comparison, p, i);
            if (p + i > 0)
                putchar('\n');
            print_pair(comparison->bench, &pair);
        }
    if (comparison->left_out > 0)
        printf("\n%zu stage%s left out, which %s not separable.\n", comparison->left_out,
               comparison->left_out > 1 ? "s" : "", comparison->left_out > 1 ? "are" : "is");
}

/* ---- JSON ------------------------------------------------------------------------------------------ */

static bool add_side(cJSON *object, const char *key, const struct bench *bench, const struct side *side)
{
    const struct sepcc_measure_result *result = &side->measured->result;
    cJSON *item = cJSON_AddObjectToObject(object, key);
    const bool ok =
        item != NULL && json_string(item, "spec", side->spec) &&
        json_string(item, "kernel", side->measured->kernel->name) &&
        json_string(item, "plan", side->measured->loaded->plan) &&
        json_number(item, "parameters", (double)side->parameters) &&
        json_number(item, "macs", (double)side->macs) && json_number(item, "ms", side->ms) &&
        json_number(item, "low_ms", side->low_ms) && json_number(item, "high_ms", side->high_ms) &&
        json_number(item, "min_ms", result->min_s * 1e3) && json_number(item, "trials", result->trials) &&
        json_number(item, "gflops", result->gflops) &&
        json_number(item, "peak_gflops", result->peak_gflops) &&
        json_number(item, "peak_share", result->peak_share);
    return ok &&
           (!bench->verified || cJSON_AddBoolToObject(item, "verified", side->measured->proved) != NULL);
}

static bool add_pair(cJSON *array, const struct bench *bench, const struct pair *pair)
{
    cJSON *item = json_item(array);
    if (item == NULL)
        return false;
    return json_string(item, "stage", pair->stage->name) && json_string(item, "isa", pair->isa) &&
           add_side(item, "separable", bench, &pair->separable) &&
           add_side(item, "conv", bench, &pair->conv) &&
           json_number(item, "parameter_ratio", pair->parameters) &&
           json_number(item, "mac_ratio", pair->macs) && json_number(item, "mac_share", formula(pair)) &&
           json_number(item, "speed_up", pair->speed_up) &&
           cJSON_AddBoolToObject(item, "all_of_the_macs", pair->speed_up >= pair->macs) != NULL;
}

static bool add_pairs(cJSON *root, const struct comparison *comparison)
{
    cJSON *stages = cJSON_AddArrayToObject(root, "stages");
    bool ok = stages != NULL && json_number(root, "threads", (double)comparison->bench->threads) &&
              json_number(root, "left_out", (double)comparison->left_out);
    for (size_t p = 0; ok && p < comparison->stage_count; ++p)
        for (size_t i = 0; ok && i < comparison->bench->bundle->isa_count; ++i) {
            const struct pair pair = pair_of(comparison, p, i);
            ok = add_pair(stages, comparison->bench, &pair);
        }
    return ok;
}

enum exit_status compare_print_json(const struct comparison *comparison)
{
    cJSON *root = cJSON_CreateObject();
    char *text = root != NULL && add_pairs(root, comparison) ? cJSON_Print(root) : NULL;
    if (text != NULL)
        puts(text);
    cJSON_Delete(root);
    cJSON_free(text);
    return text == NULL ? diag_memory() : STATUS_DONE;
}
