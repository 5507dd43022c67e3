/*
 * cliffs_report.c: a sweep as a table with its cliffs, as comma-separated values, or as JSON.
 */
#include "base/json.h"
#include "measure/cliffs.h"

#include <stdio.h>

/* ---- table ----------------------------------------------------------------------------------------- */

/* A line for each kernel size and stride, a column for each count of channels. */
static void print_sweep(const struct cliff_point *points)
{
    printf("%s: share of the bound, cliffs in parentheses\nkernel  stride", points[0].isa->name);
    for (size_t c = 0; c < CLIFF_CHANNELS; ++c)
        printf("  %7u", points[c].channels);
    puts("  channels");
    for (size_t i = 0; i < CLIFF_POINTS; ++i) {
        const struct cliff_point *point = &points[i];
        if (i % CLIFF_CHANNELS == 0)
            printf("%6u  %6u", point->kernel, point->stride);
        printf("  %c%3.0f %%%c", point->cliff ? '(' : ' ', point->share * 100.0, point->cliff ? ')' : ' ');
        if (i % CLIFF_CHANNELS == CLIFF_CHANNELS - 1)
            putchar('\n');
    }
}

static void print_cliff(const struct cliff_point *point)
{
    printf(
        "%s: kernel %u, stride %u, %u channels: %.0f %% of the bound by %s, beside it %.0f %%; without its "
        "loads and stores %.0f %%, beside it %.0f %%; %.4f ms, %.1f GFLOP/s, plan %s\n",
        point->isa->name, point->kernel, point->stride, point->channels, point->share * 100.0,
        point->bound_by, point->beside * 100.0, point->shape_share * 100.0, point->shape_beside * 100.0,
        point->ms, point->gflops, point->plan);
}

void cliff_print_table(const struct cliff_point *points, size_t count)
{
    size_t found = 0;
    for (size_t sweep = 0; sweep < count; ++sweep) {
        print_sweep(&points[sweep * CLIFF_POINTS]);
        putchar('\n');
    }
    for (size_t i = 0; i < count * CLIFF_POINTS; ++i)
        if (points[i].cliff) {
            print_cliff(&points[i]);
            ++found;
        }
    printf("%zu cliffs among %zu points\n", found, count * CLIFF_POINTS);
}

/* ---- comma-separated values ------------------------------------------------------------------------ */

void cliff_print_csv(const struct cliff_point *points, size_t count)
{
    puts("isa,kernel,stride,channels,ms,gflops,peak_share,bound_ms,bound_by,bound_share,beside,shape_share,"
         "shape_beside,cliff,plan,name");
    for (size_t i = 0; i < count * CLIFF_POINTS; ++i) {
        const struct cliff_point *point = &points[i];
        printf("%s,%u,%u,%u,%.6f,%.3f,%.4f,%.6f,%s,%.4f,%.4f,%.4f,%.4f,%s,%s,%s\n", point->isa->name,
               point->kernel, point->stride, point->channels, point->ms, point->gflops, point->peak_share,
               point->bound_ms, point->bound_by, point->share, point->beside, point->shape_share,
               point->shape_beside, point->cliff ? "yes" : "no", point->plan, point->name);
    }
}

/* ---- JSON ------------------------------------------------------------------------------------------ */

static bool add_point(cJSON *array, const struct cliff_point *point)
{
    const struct {
        const char *key;
        double value;
    } numbers[] = {
        {"kernel", point->kernel},
        {"stride", point->stride},
        {"channels", point->channels},
        {"ms", point->ms},
        {"gflops", point->gflops},
        {"peak_share", point->peak_share},
        {"bound_ms", point->bound_ms},
        {"bound_share", point->share},
        {"beside", point->beside},
        {"shape_share", point->shape_share},
        {"shape_beside", point->shape_beside},
    };
    cJSON *item = json_item(array);
    if (item == NULL)
        return false;
    bool ok = json_string(item, "isa", point->isa->name);
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; ++i)
        ok = ok && json_number(item, numbers[i].key, numbers[i].value);
    return ok && json_string(item, "bound_by", point->bound_by) &&
           cJSON_AddBoolToObject(item, "cliff", point->cliff) != NULL &&
           json_string(item, "plan", point->plan) && json_string(item, "name", point->name);
}

enum exit_status cliff_print_json(const struct cliff_point *points, size_t count)
{
    cJSON *root = cJSON_CreateArray();
    bool ok = root != NULL;
    for (size_t i = 0; ok && i < count * CLIFF_POINTS; ++i)
        ok = add_point(root, &points[i]);
    char *text = ok ? cJSON_Print(root) : NULL;
    if (text != NULL)
        puts(text);
    cJSON_Delete(root);
    cJSON_free(text);
    return text == NULL ? diag_memory() : STATUS_DONE;
}
