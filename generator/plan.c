/*
 * plan.c: the plan as text (--plan, the short form in names) and what both operations share.
 */
#include "plan.h"

#include "operation.h"
#include "plan_internal.h"

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
    KEY_UNIT,
    KEY_UNROLL,
    KEY_BUDGET,
    KEY_COUNT
};

struct plan_key {
    const char *name;
    const char *letter;  /* in the short form; "" leaves it out */
    size_t offset;       /* into struct plan_request */
    unsigned operations; /* bits of enum operation_id that have it */
    unsigned most;
};

#define DW (unsigned)OPERATION_DEPTHWISE
#define PW (unsigned)OPERATION_POINTWISE
#define FU (unsigned)OPERATION_FUSED

static const struct plan_key keys[KEY_COUNT] = {
    [KEY_ROWS] = {"rows", "r", offsetof(struct plan_request, rows), DW | PW | FU, PLAN_TILE_MAX},
    [KEY_COLUMNS] = {"columns", "c", offsetof(struct plan_request, columns), DW | FU, PLAN_TILE_MAX},
    [KEY_VECTORS] = {"vectors", "v", offsetof(struct plan_request, vectors), DW | PW | FU, PLAN_VECTOR_MAX},
    [KEY_HOLD] = {"hold", "h", offsetof(struct plan_request, hold), DW | FU, 255},
    [KEY_BLOCK] = {"block", "b", offsetof(struct plan_request, block), DW | PW, UINT32_MAX},
    [KEY_CHANNELS] = {"channels", "n", offsetof(struct plan_request, channels), PW, UINT32_MAX},
    [KEY_DEPTH] = {"depth", "k", offsetof(struct plan_request, depth), PW, UINT32_MAX},
    [KEY_UNROLL_K] = {"unroll_k", "u", offsetof(struct plan_request, unroll_k), PW, 64},
    [KEY_UNIT] = {"unit", "t", offsetof(struct plan_request, unit), FU, UINT32_MAX},
    [KEY_UNROLL] = {"unroll", "", offsetof(struct plan_request, unroll), DW | FU, 2},
    [KEY_BUDGET] = {"budget", "", offsetof(struct plan_request, budget), DW | PW | FU, 1u << 30},
};

static const char *const unroll_names[] = {"full", "row", "none"};

static const char key_list[] =
    "rows, columns, vectors, hold, block, channels, depth, unroll_k, unit, unroll or budget";

unsigned divide_up(unsigned a, unsigned b)
{
    return a / b + (a % b != 0);
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

enum exit_status plan_refuse(struct position at, const char *format, ...)
{
    char reason[512];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(reason, sizeof reason, format, arguments);
    va_end(arguments);
    return diag_error(DIAG_PLAN_IMPOSSIBLE, at, "impossible plan: %s", reason);
}

void plan_request_clear(struct plan_request *request)
{
    memset(request, 0, sizeof *request);
    request->unroll = -1;
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

static long long unroll_parse(const char *text, size_t length)
{
    for (int i = 0; i < 3; ++i)
        if (strlen(unroll_names[i]) == length && strncmp(unroll_names[i], text, length) == 0)
            return i;
    return -1;
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
    if (id == KEY_UNROLL) {
        const long long unroll = unroll_parse(equals + 1, value_length);
        if (unroll < 0)
            return diag_error(DIAG_PLAN_SYNTAX, at, "unroll='%.*s', expected full, row or none",
                              (int)value_length, equals + 1);
        request->unroll = (int)unroll;
        return STATUS_DONE;
    }
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
        const bool set = id == KEY_UNROLL ? request->unroll >= 0 : request_value(request, id) != 0;
        if (set && (keys[id].operations & (unsigned)operation->id) == 0)
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
        if (id == KEY_UNROLL && request.unroll >= 0)
            text_printf(text, "%sunroll=%s", comma, unroll_names[request.unroll]);
        else if (id != KEY_UNROLL && request_value(&request, id) != 0)
            text_printf(text, "%s%s=%u", comma, keys[id].name, request_value(&request, id));
        else
            continue;
        comma = ",";
    }
}

void plan_short(const struct plan *plan, char text[PLAN_SHORT_MAX])
{
    static const char *const unroll_letters[] = {"", "xr", "xn"};
    const struct plan_request request = plan_as_request(plan);
    size_t length = 0;
    text[0] = '\0';
    for (enum key_id id = 0; id < KEY_COUNT; ++id)
        if (keys[id].letter[0] != '\0' && request_value(&request, id) != 0)
            length += (size_t)snprintf(text + length, PLAN_SHORT_MAX - length, "%s%u", keys[id].letter,
                                       request_value(&request, id));
    if (request.unroll > 0)
        (void)snprintf(text + length, PLAN_SHORT_MAX - length, "%s", unroll_letters[request.unroll]);
}
