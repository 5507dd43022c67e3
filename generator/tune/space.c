/*
 * space.c: the table of what is worth trying, and walking over it.
 */
#include "tune/space.h"

#include "base/grow.h"
#include "plan/operation.h"
#include "plan/plan_internal.h"
#include "plan/predict.h"

#include <search.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- the table ------------------------------------------------------------------------------------- */

#define DW  (unsigned)OPERATION_DEPTHWISE
#define PW  (unsigned)OPERATION_POINTWISE
#define FU  (unsigned)OPERATION_FUSED
#define DWC (unsigned)OPERATION_DEPTHWISE_NCHW
#define PWC (unsigned)OPERATION_POINTWISE_NCHW
#define FUC (unsigned)OPERATION_FUSED_NCHW
#define CV  (unsigned)OPERATION_CONV

/* What a key says: of what is around the tile, of the tile's size, or of its kind. */
enum part { AROUND, SIZE, KIND };

/*
 * One key of --plan. values are words separated by blanks: `-` leaves the key to the heuristic, a size of the
 * shape (`out` and `in` channels, `pixels` of a line, `high` rows of the output, `kernel` its columns) may be
 * divided, as in out/2; anything else stands as it is. A quotient is rounded up to a multiple of `quantum`,
 * or of the lanes of a vector (quantum 0).
 */
static const struct space_row {
    const char *key;
    unsigned operations;
    enum part part;
    unsigned quantum;
    const char *values;
} rows[] = {
    {"rows", DW | FU, SIZE, 1, "1 2 3 4 5"},
    {"columns", DW | FU, SIZE, 1, "1 2 3 4 5 6 8"},
    {"vectors", DW | FU, KIND, 1, "1 2"},
    {"hold", DW | FU, KIND, 1, "kernel 1 3"},
    {"unroll", DW | FU, KIND, 1, "full row none"},
    {"block", DW, AROUND, 0, "- 64 out/2"},
    {"prefetch", DW, AROUND, 1, "no input output"},
    {"fuse", FU | FUC, AROUND, 1, "yes no"},
    {"unit", FU | FUC, AROUND, 1, "- 1 2 3 4 6 8 high/2"},

    {"rows", PW, SIZE, 1, "1 2 3 4 5 6 7 8 9 10 11 12 13 14"},
    {"vectors", PW, KIND, 1, "1 2 3 4 5 6"},
    {"unroll_k", PW | PWC | CV, AROUND, 1, "- 8"},
    {"block", PW, AROUND, 1, "- 24 96 pixels"},
    {"channels", PW, AROUND, 0, "- out"},
    {"depth", PW | PWC, AROUND, 16, "- in"},
    {"prefetch", PW, AROUND, 1, "- no weights input"},

    {"rows", DWC | FUC, SIZE, 1, "1 2 3 4 5 6 7 8"},
    {"vectors", DWC | FUC, KIND, 1, "1 2 3 4"},
    {"unroll", DWC | FUC, KIND, 1, "full row none"},
    {"block", DWC, AROUND, 1, "- 1 2 4 8 16"},
    {"unit", DWC, AROUND, 1, "- 1 2 4 8 high"},

    {"rows", PWC, SIZE, 1, "1 2 3 4 5 6 7 8 10 12 14"},
    {"vectors", PWC, KIND, 1, "1 2 3 4"},
    {"block", PWC, AROUND, 0, "- 64 192 pixels pixels/2"},
    {"channels", PWC, AROUND, 1, "- out"},
    {"gather", PWC, AROUND, 1, "no yes"},
    {"prefetch", PWC, AROUND, 1, "- no output"},

    {"columns", CV, SIZE, 1, "1 2 3 4 5 6 7 8 9 10 12 14"},
    {"vectors", CV, KIND, 1, "1 2 3 4 5 6"},
    {"channels", CV, AROUND, 0, "- out"},
    {"unit", CV, AROUND, 1, "- 1 2 4 high"},
};

enum {
    ROW_COUNT = sizeof rows / sizeof rows[0],
    AXIS_VALUES_MAX = 16,
    AXIS_TEXT_MAX = 24,
    PLAN_TEXT_MAX = 512
};

/* A tile may be modelled so much slower than the best one. */
static const double tile_slack = 1.3;

/* ---- the values of a shape -------------------------------------------------------------------------- */

struct axis_of {
    const char *key;
    char values[AXIS_VALUES_MAX][AXIS_TEXT_MAX]; /* "" leaves it to the heuristic */
    unsigned count;
};

/* The stage's layer that keys speak of: the depthwise one of a fused stage. */
static const struct sepcc_layer *layer_of(const struct spec *spec)
{
    const struct sepcc_stage *stage = &spec->stage;
    return &stage->layer[stage->layer_count > 1 ? stage->layer_count - 2 : 0];
}

/* A size of the shape by its name, 0: no such name. */
static unsigned named_size(const struct spec *spec, const char *word, size_t length)
{
    const struct sepcc_layer *layer = layer_of(spec);
    const bool lines = layer->stride_h == 1 && layer->stride_w == 1;
    const struct {
        const char *name;
        unsigned size;
    } sizes[] = {{"out", layer->out_c},
                 {"in", layer->in_c},
                 {"pixels", lines ? layer->out_h * layer->out_w : layer->out_w},
                 {"high", layer->out_h},
                 {"kernel", layer->kernel_w}};
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; ++i)
        if (strlen(sizes[i].name) == length && strncmp(sizes[i].name, word, length) == 0)
            return sizes[i].size;
    return 0;
}

/* Writes what a word of the table means for a shape. */
static void value_write(const struct space_row *row, const struct spec *spec, const struct isa *isa,
                        const char *word, size_t length, char value[AXIS_TEXT_MAX])
{
    const char *slash = memchr(word, '/', length);
    const unsigned size = named_size(spec, word, slash != NULL ? (size_t)(slash - word) : length);
    const unsigned quantum = row->quantum != 0 ? row->quantum : isa->lanes;
    if (length == 1 && *word == '-')
        value[0] = '\0';
    else if (size == 0)
        (void)snprintf(value, AXIS_TEXT_MAX, "%.*s", (int)length, word);
    else if (slash == NULL)
        (void)snprintf(value, AXIS_TEXT_MAX, "%u", size);
    else {
        const unsigned part = divide_up(size, (unsigned)strtoul(slash + 1, NULL, 10));
        (void)snprintf(value, AXIS_TEXT_MAX, "%u", minimum(size, divide_up(part, quantum) * quantum));
    }
}

static bool axis_has(const struct axis_of *axis, const char *value)
{
    for (unsigned i = 0; i < axis->count; ++i)
        if (strcmp(axis->values[i], value) == 0)
            return true;
    return false;
}

static void axis_fill(const struct space_row *row, const struct spec *spec, const struct isa *isa,
                      struct axis_of *axis)
{
    *axis = (struct axis_of){.key = row->key};
    for (const char *word = row->values; *word != '\0'; word += strspn(word, " ")) {
        const size_t length = strcspn(word, " ");
        char value[AXIS_TEXT_MAX];
        value_write(row, spec, isa, word, length, value);
        if (!axis_has(axis, value) && axis->count < AXIS_VALUES_MAX)
            memcpy(axis->values[axis->count++], value, sizeof value);
        word += length;
    }
}

/* The value that a plan's text (or NULL) gives to a key; NULL: it does not set it. */
static const char *text_find(const char *text, const char *key)
{
    const size_t length = strlen(key);
    while (text != NULL && *text != '\0') {
        if (strncmp(text, key, length) == 0 && text[length] == '=')
            return text + length + 1;
        text = strchr(text, ',');
        text += text != NULL;
    }
    return NULL;
}

/* The axes of an operation that are part of the tile, or of the arrangement; keys that are fixed are none. */
static unsigned axes_of(const struct spec *spec, const struct isa *isa, const char *fixed, bool tile,
                        struct axis_of axes[SPACE_AXES_MAX])
{
    const unsigned operation = (unsigned)operation_of(&spec->stage)->id;
    unsigned count = 0;
    for (size_t r = 0; r < ROW_COUNT; ++r)
        if ((rows[r].operations & operation) != 0 && (rows[r].part != AROUND) == tile &&
            text_find(fixed, rows[r].key) == NULL && count < SPACE_AXES_MAX)
            axis_fill(&rows[r], spec, isa, &axes[count++]);
    return count;
}

/* ---- walking over a product of axes ----------------------------------------------------------------- */

/* Places of the values, the last axis fastest. False when all have been. */
static bool next_values(const struct axis_of *axes, unsigned count, unsigned at[SPACE_AXES_MAX])
{
    for (unsigned a = count; a-- > 0;) {
        if (++at[a] < axes[a].count)
            return true;
        at[a] = 0;
    }
    return false;
}

static void text_add(char text[PLAN_TEXT_MAX], const char *key, const char *value)
{
    const size_t length = strlen(text);
    if (*value != '\0')
        (void)snprintf(text + length, PLAN_TEXT_MAX - length, "%s%s=%s", length > 0 ? "," : "", key, value);
}

static void values_text(const struct axis_of *axes, unsigned count, const unsigned at[SPACE_AXES_MAX],
                        char text[PLAN_TEXT_MAX])
{
    for (unsigned a = 0; a < count; ++a)
        text_add(text, axes[a].key, axes[a].values[at[a]]);
}

/* Makes a plan without a word where it is impossible. */
static enum exit_status plan_try(const struct spec *spec, const struct isa *isa, const char *text,
                                 struct plan *plan)
{
    static const struct position at = {"--plan", 0, 0};
    char message[256];
    struct plan_request request;
    diag_capture(message, sizeof message);
    enum exit_status status = plan_request_parse(text, at, &request);
    if (status == STATUS_DONE)
        status = plan_make(spec, isa, &request, at, plan);
    diag_capture(NULL, 0);
    return status;
}

/* ---- tiles ------------------------------------------------------------------------------------------ */

struct tile {
    char text[PLAN_TEXT_MAX];
    double cycles;
};

static int compare_tiles(const void *a, const void *b)
{
    const struct tile *x = a, *y = b;
    return x->cycles != y->cycles ? (x->cycles > y->cycles ? 1 : -1) : strcmp(x->text, y->text);
}

/* The tile of the heuristic's plan: what its text says of the tile's keys. */
static void own_tile(const struct axis_of *axes, unsigned count, const char *fixed, const char *plan,
                     char text[PLAN_TEXT_MAX])
{
    text[0] = '\0';
    if (fixed != NULL)
        (void)snprintf(text, PLAN_TEXT_MAX, "%s", fixed);
    for (unsigned a = 0; a < count; ++a) {
        char value[AXIS_TEXT_MAX] = "";
        const char *at = text_find(plan, axes[a].key);
        if (at != NULL)
            (void)snprintf(value, sizeof value, "%.*s", (int)strcspn(at, ","), at);
        text_add(text, axes[a].key, value);
    }
}

/* Moves the tile of that text to the front, where it is in the list; else puts it there. */
static void put_first(struct tile *tiles, size_t *count, const char *text)
{
    struct tile first = {.cycles = 0};
    size_t at = 0;
    memcpy(first.text, text, sizeof first.text);
    while (at < *count && strcmp(tiles[at].text, text) != 0)
        ++at;
    if (at == *count)
        ++*count;
    else
        first = tiles[at];
    memmove(tiles + 1, tiles, at * sizeof *tiles);
    tiles[0] = first;
}

static enum part part_of(const char *key, unsigned operation)
{
    size_t r = 0;
    while (strcmp(rows[r].key, key) != 0 || (rows[r].operations & operation) == 0)
        ++r;
    return rows[r].part;
}

/* What a tile's text says of its kind. */
static void kind_text(const struct axis_of *axes, unsigned count, unsigned operation, const char *tile,
                      char text[PLAN_TEXT_MAX])
{
    text[0] = '\0';
    for (unsigned a = 0; a < count; ++a) {
        const char *value = text_find(tile, axes[a].key);
        if (value != NULL && part_of(axes[a].key, operation) == KIND)
            (void)snprintf(text + strlen(text), PLAN_TEXT_MAX - strlen(text), "%.*s,",
                           (int)strcspn(value, ","), value);
    }
}

/* The kind of each tile: the first tile that is of it. */
static void kinds_find(const struct spec *spec, const struct isa *isa, const char *fixed,
                       const struct tile *tiles, struct space *space)
{
    struct axis_of axes[SPACE_AXES_MAX];
    const unsigned count = axes_of(spec, isa, fixed, true, axes);
    const unsigned operation = (unsigned)operation_of(&spec->stage)->id;
    for (unsigned t = 0; t < space->tiles; ++t) {
        char kind[PLAN_TEXT_MAX], other[PLAN_TEXT_MAX];
        kind_text(axes, count, operation, tiles[t].text, kind);
        do
            kind_text(axes, count, operation, tiles[space->kinds[t]].text, other);
        while (strcmp(kind, other) != 0 && ++space->kinds[t] < t);
    }
}

/*
 * The tiles that are possible and modelled near the best: the heuristic's own, whose plan is given, then the
 * best first; at most SPACE_TILES_MAX. *tiles is malloc'ed.
 */
static enum exit_status tiles_make(const struct spec *spec, const struct isa *isa, const char *fixed,
                                   const char *heuristic, struct tile **tiles, unsigned *count)
{
    struct axis_of axes[SPACE_AXES_MAX];
    const unsigned axis_count = axes_of(spec, isa, fixed, true, axes);
    unsigned at[SPACE_AXES_MAX] = {0};
    char own[PLAN_TEXT_MAX];
    size_t cells = 2, found = 0; /* one for the heuristic's, one to work in */
    for (unsigned a = 0; a < axis_count; ++a)
        cells *= axes[a].count;
    *tiles = calloc(cells + 1, sizeof **tiles);
    if (*tiles == NULL)
        return diag_memory();
    do {
        struct tile *tile = &(*tiles)[found];
        struct plan plan;
        tile->text[0] = '\0';
        if (fixed != NULL)
            (void)snprintf(tile->text, sizeof tile->text, "%s", fixed);
        values_text(axes, axis_count, at, tile->text);
        const enum exit_status status = plan_try(spec, isa, tile->text, &plan);
        if (status == STATUS_ENVIRONMENT)
            return diag_memory();
        if (status != STATUS_DONE)
            continue;
        tile->cycles = predict_tile_cycles(&plan);
        plan_free(&plan);
        ++found;
    } while (next_values(axes, axis_count, at));
    qsort(*tiles, found, sizeof **tiles, compare_tiles);
    const double most = tile_slack * (*tiles)[0].cycles;
    while (found > 0 && (*tiles)[found - 1].cycles > most)
        --found;
    own_tile(axes, axis_count, fixed, heuristic, own);
    put_first(*tiles, &found, own);
    *count = found < SPACE_TILES_MAX ? (unsigned)found : SPACE_TILES_MAX;
    return STATUS_DONE;
}

/* ---- plans ------------------------------------------------------------------------------------------ */

/* Appends a made plan unless it is there: *index is its place in either case. */
static enum exit_status plan_add(const struct spec *spec, const struct plan *plan, unsigned tile,
                                 struct space *space, struct hsearch_data *known, size_t *index)
{
    struct text text = {0};
    ENTRY *entry = NULL;
    plan_print(plan, &text);
    if (text.failed)
        return diag_memory();
    if (hsearch_r((ENTRY){.key = text.data}, FIND, &entry, known) != 0) {
        *index = (size_t)(uintptr_t)entry->data;
        text_free(&text);
        return STATUS_DONE;
    }
    struct space_plan *plans = grow(space->plans, space->count, &space->capacity, sizeof *plans);
    if (plans == NULL) {
        text_free(&text);
        return diag_memory();
    }
    space->plans = plans;
    *index = space->count;
    if (hsearch_r((ENTRY){text.data, (void *)(uintptr_t)*index}, ENTER, &entry, known) == 0) {
        text_free(&text);
        return diag_memory();
    }
    space->plans[space->count++] = (struct space_plan){text.data, predict_cycles(spec, plan), tile};
    return STATUS_DONE;
}

/* All arrangements of one tile; their cells start at `cell`. */
static enum exit_status add_tile(const struct spec *spec, const struct isa *isa, const struct tile *tile,
                                 unsigned tile_index, const struct axis_of *axes, struct space *space,
                                 struct hsearch_data *known)
{
    unsigned at[SPACE_AXES_MAX] = {0};
    size_t cell = tile_index * (space->cells / space->tiles);
    do {
        char text[PLAN_TEXT_MAX];
        struct plan plan;
        size_t index = 0;
        memcpy(text, tile->text, sizeof text);
        values_text(axes, space->axes, at, text);
        enum exit_status status = plan_try(spec, isa, text, &plan);
        if (status == STATUS_DONE) {
            status = plan_add(spec, &plan, tile_index, space, known, &index);
            plan_free(&plan);
            if (status != STATUS_DONE)
                return status;
            space->cell_plan[cell] = (unsigned)index + 1;
            if (space->plans[index].tile == UINT32_MAX)
                space->plans[index].tile = tile_index; /* the heuristic's */
        } else if (status == STATUS_ENVIRONMENT)
            return diag_memory();
        ++cell;
    } while (next_values(axes, space->axes, at));
    return STATUS_DONE;
}

static enum exit_status fill(const struct spec *spec, const struct isa *isa, const char *fixed,
                             const struct tile *tiles, const struct plan *heuristic, struct space *space)
{
    struct axis_of axes[SPACE_AXES_MAX];
    struct hsearch_data known = {0};
    size_t first;
    space->axes = axes_of(spec, isa, fixed, false, axes);
    space->cells = space->tiles;
    for (unsigned a = 0; a < space->axes; ++a) {
        space->sizes[a] = axes[a].count;
        space->cells *= axes[a].count;
    }
    space->cell_plan = calloc(space->cells + 1, sizeof *space->cell_plan);
    if (space->cell_plan == NULL || hcreate_r(2 * space->cells + 16, &known) == 0)
        return diag_memory();
    /* The heuristic's plan is the first, whatever the table says; add_tile finds its tile. */
    enum exit_status status = plan_add(spec, heuristic, UINT32_MAX, space, &known, &first);
    for (unsigned t = 0; status == STATUS_DONE && t < space->tiles; ++t)
        status = add_tile(spec, isa, &tiles[t], t, axes, space, &known);
    hdestroy_r(&known);
    return status;
}

/* The heuristic's plan, with what is fixed. Its errors are printed. */
static enum exit_status heuristic_make(const struct spec *spec, const struct isa *isa, const char *fixed,
                                       struct plan *plan, struct text *text)
{
    static const struct position at = {"--plan", 0, 0};
    struct plan_request request;
    enum exit_status status = plan_request_parse(fixed != NULL ? fixed : "", at, &request);
    if (status == STATUS_DONE)
        status = plan_make(spec, isa, &request, at, plan);
    if (status == STATUS_DONE)
        plan_print(plan, text);
    return status == STATUS_DONE && text->failed ? diag_memory() : status;
}

enum exit_status space_make(const struct spec *spec, const struct isa *isa, const char *fixed,
                            struct space *space)
{
    struct tile *tiles = NULL;
    struct plan heuristic = {0};
    struct text text = {0};
    *space = (struct space){0};
    enum exit_status status = heuristic_make(spec, isa, fixed, &heuristic, &text);
    if (status == STATUS_DONE)
        status = tiles_make(spec, isa, fixed, text.data, &tiles, &space->tiles);
    if (status == STATUS_DONE) {
        kinds_find(spec, isa, fixed, tiles, space);
        status = fill(spec, isa, fixed, tiles, &heuristic, space);
    }
    plan_free(&heuristic);
    text_free(&text);
    free(tiles);
    return status;
}

void space_free(struct space *space)
{
    for (size_t i = 0; i < space->count; ++i)
        free(space->plans[i].text);
    free(space->plans);
    free(space->cell_plan);
    *space = (struct space){0};
}

size_t space_find(const struct space *space, const char *text)
{
    size_t i = 0;
    while (i < space->count && strcmp(space->plans[i].text, text) != 0)
        ++i;
    return i;
}

/* ---- neighbours ------------------------------------------------------------------------------------- */

/* A list of plans, each once. */
struct plan_list {
    size_t *items, count;
};

static void list_add(struct plan_list *list, const struct space *space, size_t cell, size_t self)
{
    const unsigned found = space->cell_plan[cell];
    if (found == 0 || found - 1 == self)
        return;
    for (size_t i = 0; i < list->count; ++i)
        if (list->items[i] == found - 1)
            return;
    list->items[list->count++] = found - 1;
}

/* The neighbours of a cell: first other tiles, then each axis in turn. */
static void add_around(const struct space *space, size_t cell, size_t self, struct plan_list *list)
{
    const size_t arrangements = space->cells / space->tiles;
    for (unsigned t = 0; t < space->tiles; ++t)
        list_add(list, space, t * arrangements + cell % arrangements, self);
    size_t step = 1;
    for (unsigned a = space->axes; a-- > 0; step *= space->sizes[a]) {
        const size_t value = cell / step % space->sizes[a], first = cell - value * step;
        for (size_t v = 0; v < space->sizes[a]; ++v)
            list_add(list, space, first + v * step, self);
    }
}

/* A plan lies in several cells where the heuristic chooses what another cell asks for: all count. */
size_t space_neighbours(const struct space *space, size_t plan, size_t list[])
{
    struct plan_list made = {.items = list};
    for (size_t cell = 0; cell < space->cells; ++cell)
        if (space->cell_plan[cell] == plan + 1)
            add_around(space, cell, plan, &made);
    return made.count;
}
