/*
 * plan.c: the plan as text (--plan, the short form in names) and what both operations share.
 */
#include "plan/plan.h"

#include "plan/operation.h"
#include "plan/plan_internal.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The keys of --plan, in the order they are printed. All operations use this one table. */
enum key_id {
    KEY_ROWS,
    KEY_COLUMNS,
    KEY_VECTORS,
    KEY_HOLD,
    KEY_BLOCK,
    KEY_CHANNELS,
    KEY_DEPTH,
    KEY_UNROLL_K,
    KEY_FUSE,
    KEY_UNIT,
    KEY_UNROLL,
    KEY_GATHER,
    KEY_PREFETCH,
    KEY_BUDGET,
    KEY_COUNT
};

struct plan_key {
    const char *name;
    const char *letter;  /* in the short form; "" leaves it out */
    size_t offset;       /* into struct plan_request */
    unsigned operations; /* bits of enum operation_id that have it */
    unsigned most;
    const char *const *words;       /* its values, most + 1 of them, counted from 0; NULL: numbers from 1 */
    const char *const *short_words; /* in the short form */
};

#define DW  (unsigned)OPERATION_DEPTHWISE
#define PW  (unsigned)OPERATION_POINTWISE
#define FU  (unsigned)OPERATION_FUSED
#define DWC (unsigned)OPERATION_DEPTHWISE_NCHW
#define PWC (unsigned)OPERATION_POINTWISE_NCHW
#define FUC (unsigned)OPERATION_FUSED_NCHW
#define CV  (unsigned)OPERATION_CONV
#define ALL (DW | PW | FU | DWC | PWC | FUC | CV)

static const char *const unroll_names[] = {"full", "row", "none"};
static const char *const unroll_letters[] = {"", "xr", "xn"};
static const char *const yes_or_no[] = {"no", "yes"};
static const char *const gather_letters[] = {"", "g"};
static const char *const fuse_letters[] = {"w", ""};
static const char *const prefetch_names[] = {"no", "weights", "input", "output"};
static const char *const prefetch_letters[] = {"", "pw", "pi", "po"};

#define FIELD(member) offsetof(struct plan_request, member)

static const struct plan_key keys[KEY_COUNT] = {
    [KEY_ROWS] = {"rows", "r", FIELD(rows), ALL & ~CV, PLAN_TILE_MAX, NULL, NULL},
    [KEY_COLUMNS] = {"columns", "c", FIELD(columns), DW | FU | CV, PLAN_TILE_MAX, NULL, NULL},
    [KEY_VECTORS] = {"vectors", "v", FIELD(vectors), ALL, PLAN_VECTOR_MAX, NULL, NULL},
    [KEY_HOLD] = {"hold", "h", FIELD(hold), DW | FU, 255, NULL, NULL},
    [KEY_BLOCK] = {"block", "b", FIELD(block), DW | PW | DWC | PWC, UINT32_MAX, NULL, NULL},
    [KEY_CHANNELS] = {"channels", "n", FIELD(channels), PW | PWC | CV, UINT32_MAX, NULL, NULL},
    [KEY_DEPTH] = {"depth", "k", FIELD(depth), PW | PWC, UINT32_MAX, NULL, NULL},
    [KEY_UNROLL_K] = {"unroll_k", "u", FIELD(unroll_k), PW | PWC | CV, 64, NULL, NULL},
    [KEY_FUSE] = {"fuse", "", FIELD(fuse), FU | FUC, 1, yes_or_no, fuse_letters},
    [KEY_UNIT] = {"unit", "t", FIELD(unit), FU | DWC | FUC | CV, UINT32_MAX, NULL, NULL},
    [KEY_UNROLL] = {"unroll", "", FIELD(unroll), DW | FU | DWC | FUC | CV, 2, unroll_names, unroll_letters},
    [KEY_GATHER] = {"gather", "", FIELD(gather), PWC, 1, yes_or_no, gather_letters},
    [KEY_PREFETCH] = {"prefetch", "", FIELD(prefetch), DW | PW | PWC, 3, prefetch_names, prefetch_letters},
    [KEY_BUDGET] = {"budget", "", FIELD(budget), ALL, 1u << 30, NULL, NULL},
};

static const char key_list[] = "rows, columns, vectors, hold, block, channels, depth, unroll_k, fuse, unit, "
                               "unroll, gather, prefetch or budget";

unsigned divide_up(unsigned a, unsigned b)
{
    return a / b + (a % b != 0);
}

unsigned minimum(unsigned a, unsigned b)
{
    return a < b ? a : b;
}

bool output_is_far(const struct spec *spec)
{
    const struct sepcc_layer *last = &spec->stage.layer[spec->stage.layer_count - 1];
    return (size_t)spec->stage.batch * last->out_h * last->out_w * last->out_c * sizeof(float) >=
           PLAN_FAR_BYTES;
}

size_t aligned_bytes(size_t floats)
{
    return (floats * sizeof(float) + SEPCC_ALIGNMENT - 1) / SEPCC_ALIGNMENT * SEPCC_ALIGNMENT;
}

double work_cycles(const struct isa *isa, const struct work *work)
{
    /* An ISA without FMA spends a copy, a multiply and an add on each; width and window are of a usual core.
     */
    const double width = 5, window = 256;
    const double instructions =
        work->fmas * (isa->fma ? 1 : 3) + work->loads * (isa->memory_operand ? 0.5 : 1) + work->stores;
    const double ports[] = {work->fmas / isa->fmas, work->loads / isa->loads, work->stores / isa->stores,
                            instructions / width};
    /* Iterations overlap while they fit into the window, so a chain of dependent FMAs is hidden in part. */
    const double overlap = instructions < window ? window / instructions : 1;
    double cycles = work->chain * isa->latency / overlap;
    for (size_t i = 0; i < sizeof ports / sizeof ports[0]; ++i)
        if (cycles < ports[i])
            cycles = ports[i];
    return cycles;
}

double work_bytes(const struct isa *isa, const struct work *work)
{
    const double bytes_of_one = isa->arch == ARCH_AARCH64 ? 4 : 7;
    return (work->fmas * (isa->fma ? 1 : 2.2) + work->loads * 0.8 + work->stores) * bytes_of_one;
}

void part_spec(const struct spec *spec, unsigned layer, struct spec *part)
{
    memset(part, 0, sizeof *part);
    part->stage.op = spec->stage.layer[layer].op;
    part->stage.dtype = spec->stage.dtype;
    part->stage.layout = spec->stage.layout;
    part->stage.batch = 1;
    part->stage.layer_count = 1;
    part->stage.layer[0] = spec->stage.layer[layer];
}

enum exit_status plan_refuse(struct position at, const char *format, ...)
{
    char reason[512];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(reason, sizeof reason, format, arguments);
    va_end(arguments);
    return diag_error(DIAG_PLAN_IMPOSSIBLE, at, "impossible plan: %s", reason);
}

enum exit_status plan_refuse_budget(struct position at, unsigned budget)
{
    return plan_refuse(at,
                       "its code is larger than the budget of %u bytes, expected a smaller tile, "
                       "another unroll or a larger budget",
                       budget);
}

enum exit_status plan_prefetch(const struct plan_request *request, struct position at, bool can,
                               const char *needs, enum prefetch usual, enum prefetch *prefetch)
{
    if (request->prefetch > PREFETCH_NO && !can)
        return plan_refuse(at, "prefetch, expected %s", needs);
    *prefetch = request->prefetch >= 0 ? (enum prefetch)request->prefetch : can ? usual : PREFETCH_NO;
    return STATUS_DONE;
}

void plan_request_clear(struct plan_request *request)
{
    memset(request, 0, sizeof *request);
    request->unroll = request->gather = request->prefetch = request->fuse = -1;
}

static unsigned request_value(const struct plan_request *request, enum key_id id)
{
    unsigned value;
    memcpy(&value, (const char *)request + keys[id].offset, sizeof value);
    return value;
}

static void request_set(struct plan_request *request, enum key_id id, unsigned value)
{
    memcpy((char *)request + keys[id].offset, &value, sizeof value);
}

/* A number that is not 0, or a word that is not -1. */
static bool request_has(const struct plan_request *request, enum key_id id)
{
    const unsigned value = request_value(request, id);
    return keys[id].words != NULL ? value != UINT32_MAX : value != 0;
}

bool plan_request_is_clear(const struct plan_request *request)
{
    for (enum key_id id = 0; id < KEY_COUNT; ++id)
        if (request_has(request, id))
            return false;
    return true;
}

static int key_find(const char *word, size_t length)
{
    for (int id = 0; id < KEY_COUNT; ++id)
        if (strlen(keys[id].name) == length && strncmp(keys[id].name, word, length) == 0)
            return id;
    return -1;
}

/* The number in text[0..length), or -1 when it is none or above most. */
static long long value_parse(const char *text, size_t length, unsigned most)
{
    long long value = 0;
    if (length == 0)
        return -1;
    for (size_t i = 0; i < length; ++i) {
        if (text[i] < '0' || text[i] > '9')
            return -1;
        value = value * 10 + (text[i] - '0');
        if (value > most)
            return -1;
    }
    return value;
}

/* Which of the key's words it is, or -1. */
static int word_find(const struct plan_key *key, const char *text, size_t length)
{
    for (int i = 0; i <= (int)key->most; ++i)
        if (strlen(key->words[i]) == length && strncmp(key->words[i], text, length) == 0)
            return i;
    return -1;
}

/* The key's words as "full, row or none". */
static void words_list(const struct plan_key *key, char text[64])
{
    size_t length = 0;
    for (unsigned i = 0; i <= key->most; ++i)
        length += (size_t)snprintf(text + length, 64 - length, "%s%s",
                                   i == 0           ? ""
                                   : i == key->most ? " or "
                                                    : ", ",
                                   key->words[i]);
}

static enum exit_status set_word(enum key_id id, const char *text, size_t length, struct position at,
                                 struct plan_request *request)
{
    const int value = word_find(&keys[id], text, length);
    char words[64];
    if (value >= 0) {
        request_set(request, id, (unsigned)value);
        return STATUS_DONE;
    }
    words_list(&keys[id], words);
    return diag_error(DIAG_PLAN_SYNTAX, at, "%s='%.*s', expected %s", keys[id].name, (int)length, text,
                      words);
}

static enum exit_status word_parse(const char *word, size_t length, struct position at,
                                   struct plan_request *request, bool seen[KEY_COUNT])
{
    const char *equals = memchr(word, '=', length);
    if (equals == NULL)
        return diag_error(DIAG_PLAN_SYNTAX, at, "'%.*s' is not key=value, expected one of %s", (int)length,
                          word, key_list);
    const size_t key_length = (size_t)(equals - word), value_length = length - key_length - 1;
    const int id = key_find(word, key_length);
    if (id < 0)
        return diag_error(DIAG_PLAN_SYNTAX, at, "unknown key '%.*s', expected one of %s", (int)key_length,
                          word, key_list);
    if (seen[id])
        return diag_error(DIAG_PLAN_SYNTAX, at, "'%s' stands twice, expected it once", keys[id].name);
    seen[id] = true;
    if (keys[id].words != NULL)
        return set_word((enum key_id)id, equals + 1, value_length, at, request);
    const long long value = value_parse(equals + 1, value_length, keys[id].most);
    if (value == 0)
        return plan_refuse(at, "%s=0, expected 1 or more", keys[id].name);
    if (value < 0)
        return diag_error(DIAG_PLAN_SYNTAX, at, "%s='%.*s', expected a number from 1 to %u", keys[id].name,
                          (int)value_length, equals + 1, keys[id].most);
    request_set(request, (enum key_id)id, (unsigned)value);
    return STATUS_DONE;
}

enum exit_status plan_request_parse(const char *text, struct position at, struct plan_request *request)
{
    bool seen[KEY_COUNT] = {false};
    plan_request_clear(request);
    while (*text != '\0') {
        const size_t length = strcspn(text, ",");
        const enum exit_status status = word_parse(text, length, at, request, seen);
        if (status != STATUS_DONE)
            return status;
        text += length + (text[length] == ',');
    }
    return STATUS_DONE;
}

static enum exit_status request_check(const struct operation *operation, const struct plan_request *request,
                                      struct position at)
{
    for (enum key_id id = 0; id < KEY_COUNT; ++id) {
        if (request_has(request, id) && (keys[id].operations & (unsigned)operation->id) == 0)
            return plan_refuse(at, "%s does not apply to %s", keys[id].name, operation->name);
    }
    return STATUS_DONE;
}

enum exit_status plan_make(const struct spec *spec, const struct isa *isa, const struct plan_request *request,
                           struct position at, struct plan *plan)
{
    memset(plan, 0, sizeof *plan);
    plan->isa = isa;
    plan->operation = operation_of(&spec->stage);
    plan->budget = request->budget != 0 ? request->budget : PLAN_BUDGET_DEFAULT;
    if (plan->operation == NULL)
        return plan_support_check(spec, at);
    enum exit_status status = request_check(plan->operation, request, at);
    if (status != STATUS_DONE)
        return status;
    status = plan->operation->plan(spec, request, at, plan);
    /* Offsets into the packed weights are 31-bit constants in the generated code. */
    const size_t packed_limit = (size_t)4 << 31;
    if (status == STATUS_DONE && plan->packed_bytes >= packed_limit) {
        const size_t bytes = plan->packed_bytes;
        plan_free(plan);
        return diag_error(DIAG_SPEC_UNSUPPORTED, at, "packed weights of %zu bytes, expected less than %zu",
                          bytes, packed_limit);
    }
    return status;
}

void plan_free(struct plan *plan)
{
    if (plan->operation != NULL && plan->operation->plan_free != NULL)
        plan->operation->plan_free(plan);
    memset(plan, 0, sizeof *plan);
}

/* The request that makes this plan again. */
static struct plan_request plan_as_request(const struct plan *plan)
{
    struct plan_request request;
    plan_request_clear(&request);
    plan->operation->plan_request(plan, &request);
    if (plan->code_bytes > PLAN_BUDGET_DEFAULT)
        request.budget = plan->budget;
    return request;
}

void plan_print(const struct plan *plan, struct text *text)
{
    const struct plan_request request = plan_as_request(plan);
    const char *comma = "";
    for (enum key_id id = 0; id < KEY_COUNT; ++id) {
        if (!request_has(&request, id))
            continue;
        const unsigned value = request_value(&request, id);
        if (keys[id].words != NULL)
            text_printf(text, "%s%s=%s", comma, keys[id].name, keys[id].words[value]);
        else
            text_printf(text, "%s%s=%u", comma, keys[id].name, value);
        comma = ",";
    }
}

void plan_short(const struct plan *plan, char text[PLAN_SHORT_MAX])
{
    const struct plan_request request = plan_as_request(plan);
    size_t length = 0;
    text[0] = '\0';
    for (enum key_id id = 0; id < KEY_COUNT; ++id) {
        if (!request_has(&request, id))
            continue;
        const unsigned value = request_value(&request, id);
        if (keys[id].words != NULL)
            length +=
                (size_t)snprintf(text + length, PLAN_SHORT_MAX - length, "%s", keys[id].short_words[value]);
        else if (keys[id].letter[0] != '\0')
            length +=
                (size_t)snprintf(text + length, PLAN_SHORT_MAX - length, "%s%u", keys[id].letter, value);
    }
}
