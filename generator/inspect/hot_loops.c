/*
 * hot_loops.c: finds the loops with the multiply-adds in a disassembly, and counts what is in them.
 */
#include "inspect/hot_loops.h"

#include "base/grow.h"
#include "base/text.h"
#include "inspect/disassembly.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool begins_with(const char *text, const char *prefix)
{
    return strncmp(text, prefix, strlen(prefix)) == 0;
}

static bool ends_with(const char *text, const char *suffix)
{
    const size_t length = strlen(text), end = strlen(suffix);
    return length >= end && strcmp(text + length - end, suffix) == 0;
}

/* An address as it is written; equal ones are the same place. */
struct slot {
    const char *text;
    int length;
};

/* ---- x86-64, AT&T syntax: the destination stands last ---------------------------------------------- */

static bool is_fma_x86(const char *mnemonic)
{
    return (begins_with(mnemonic, "vfmadd") || begins_with(mnemonic, "vfnmadd")) && ends_with(mnemonic, "ps");
}

static bool is_memory_x86(const struct instruction *instruction)
{
    return strchr(instruction->operands, ')') != NULL && !begins_with(instruction->mnemonic, "lea") &&
           !begins_with(instruction->mnemonic, "prefetch");
}

static bool is_store_x86(const struct instruction *instruction)
{
    const char *end = strrchr(instruction->operands, ')');
    return is_memory_x86(instruction) && strchr(end, ',') == NULL &&
           !begins_with(instruction->mnemonic, "cmp") && !begins_with(instruction->mnemonic, "test");
}

static bool is_load_x86(const struct instruction *instruction)
{
    return is_memory_x86(instruction) && !is_store_x86(instruction);
}

static bool is_vector_x86(const struct instruction *instruction)
{
    const char *operands = instruction->operands;
    return strstr(operands, "%xmm") != NULL || strstr(operands, "%ymm") != NULL ||
           strstr(operands, "%zmm") != NULL;
}

static bool sets_frame_x86(const struct instruction *instruction)
{
    return begins_with(instruction->mnemonic, "mov") && (strcmp(instruction->operands, "%rsp,%rbp") == 0 ||
                                                         strcmp(instruction->operands, "%rsp, %rbp") == 0);
}

/*
 * The address in the operands, such as -0x80(%rsp). (An index stands in no address on the stack, so no comma
 * does.)
 */
static struct slot slot_x86(const char *operands)
{
    const char *const end = strrchr(operands, ')') + 1;
    const char *begin = end;
    while (begin > operands && strchr(", \t", begin[-1]) == NULL)
        --begin;
    return (struct slot){begin, (int)(end - begin)};
}

/* ---- AArch64 --------------------------------------------------------------------------------------- */

static bool is_fma_aarch64(const char *mnemonic)
{
    return strcmp(mnemonic, "fmla") == 0 || strcmp(mnemonic, "fmls") == 0;
}

static bool is_load_aarch64(const struct instruction *instruction)
{
    return begins_with(instruction->mnemonic, "ld");
}

static bool is_store_aarch64(const struct instruction *instruction)
{
    return begins_with(instruction->mnemonic, "st");
}

/* d registers are left out: a function keeps the low halves of v8 to v15 for its caller. */
static bool is_vector_aarch64(const struct instruction *instruction)
{
    return strchr("qsv{", instruction->operands[0]) != NULL;
}

/* All of the stack: a pair of registers is stored at one address and loaded at two. */
static struct slot slot_aarch64(const char *operands)
{
    (void)operands;
    return (struct slot){"sp", 2};
}

static bool sets_frame_aarch64(const struct instruction *instruction)
{
    return begins_with(instruction->operands, "x29, sp");
}

/* ---- what is looked for ---------------------------------------------------------------------------- */

struct syntax {
    const char *stack, *frame; /* how an address on the stack begins: by its pointer, by that of a frame */
    bool (*sets_frame)(const struct instruction *instruction);
    bool (*is_fma)(const char *mnemonic);
    const char *multiply, *add;
    bool (*is_load)(const struct instruction *instruction);
    bool (*is_store)(const struct instruction *instruction);
    bool (*is_vector)(const struct instruction *instruction); /* a load or store: of a vector register */
    struct slot (*slot)(const char *operands);                /* of a load or store on the stack */
};

static const struct syntax *syntax_of(enum isa_arch arch)
{
    static const struct syntax x86_64 = {
        .stack = "(%rsp",
        .frame = "(%rbp",
        .sets_frame = sets_frame_x86,
        .is_fma = is_fma_x86,
        .multiply = "mulps",
        .add = "addps",
        .is_load = is_load_x86,
        .is_store = is_store_x86,
        .is_vector = is_vector_x86,
        .slot = slot_x86,
    };
    static const struct syntax aarch64 = {
        .stack = "[sp",
        .frame = "[x29",
        .sets_frame = sets_frame_aarch64,
        .is_fma = is_fma_aarch64,
        .multiply = "fmul",
        .add = "fadd",
        .is_load = is_load_aarch64,
        .is_store = is_store_aarch64,
        .is_vector = is_vector_aarch64,
        .slot = slot_aarch64,
    };
    return arch == ARCH_AARCH64 ? &aarch64 : &x86_64;
}

/* ---- loops of the code ----------------------------------------------------------------------------- */

/* The instructions first .. last. */
struct range {
    size_t first, last;
};

/* One search. */
struct search {
    const struct isa *isa;
    const struct syntax *syntax;
    struct disassembly code;
    struct range *loops; /* of the function at hand */
    size_t loop_count;
    bool *from_loop; /* per function: it is called from a loop */
    bool framed;     /* the function at hand has a frame pointer */
    struct hot_loops *found;
    size_t capacity; /* of found->items */
};

static size_t find_address(const struct search *search, const struct function *function, uint64_t address)
{
    const struct instruction *at = search->code.instructions + function->first;
    size_t low = 0, high = function->count;
    while (low < high) {
        const size_t middle = (low + high) / 2;
        if (at[middle].address < address)
            low = middle + 1;
        else
            high = middle;
    }
    return function->first + low;
}

/* Fills search->loops with those of a function. */
static void find_loops(struct search *search, const struct function *function)
{
    search->loop_count = 0;
    search->framed = false;
    for (size_t i = function->first; i < function->first + function->count; ++i) {
        const struct instruction *instruction = &search->code.instructions[i];
        search->framed = search->framed || search->syntax->sets_frame(instruction);
        if (instruction->flow != FLOW_JUMP || instruction->target > instruction->address)
            continue;
        const size_t first = find_address(search, function, instruction->target);
        search->loops[search->loop_count++] = (struct range){first, i};
    }
}

/* Whether a loop lies in another; of two with one head, the one that ends first. */
static bool is_inside(const struct range *inner, const struct range *outer)
{
    return inner != outer && inner->first >= outer->first && inner->last <= outer->last;
}

static bool is_in_a_loop(const struct search *search, size_t instruction)
{
    for (size_t l = 0; l < search->loop_count; ++l)
        if (instruction >= search->loops[l].first && instruction <= search->loops[l].last)
            return true;
    return false;
}

static struct function *find_function(const struct search *search, const char *name)
{
    for (size_t f = 0; f < search->code.function_count; ++f)
        if (name != NULL && strcmp(search->code.functions[f].name, name) == 0)
            return &search->code.functions[f];
    return NULL;
}

/* Marks what a function calls from its loops, or anywhere when it is called from a loop itself. */
static bool mark_callees(struct search *search, size_t caller)
{
    const struct function *function = &search->code.functions[caller];
    bool changed = false;
    find_loops(search, function);
    for (size_t i = function->first; i < function->first + function->count; ++i) {
        const struct instruction *instruction = &search->code.instructions[i];
        if (instruction->flow != FLOW_CALL)
            continue;
        const struct function *callee = find_function(search, instruction->symbol);
        bool *mark = callee == NULL ? NULL : &search->from_loop[callee - search->code.functions];
        if (mark != NULL && !*mark && (search->from_loop[caller] || is_in_a_loop(search, i)))
            *mark = changed = true;
    }
    return changed;
}

static void mark_from_loop(struct search *search)
{
    bool changed;
    do {
        changed = false;
        for (size_t f = 0; f < search->code.function_count; ++f)
            changed |= mark_callees(search, f);
    } while (changed);
}

/* ---- counting -------------------------------------------------------------------------------------- */

static bool is_on_stack(const struct search *search, const char *operands)
{
    return strstr(operands, search->syntax->stack) != NULL ||
           (search->framed && strstr(operands, search->syntax->frame) != NULL);
}

/* What is counted of a piece of code, and its text. */
struct count {
    struct hot_loop loop;
    unsigned multiplies, adds;
    struct text code;
    struct text written, read; /* the slots of vector registers on the stack, a line each */
};

/* Appends the instruction as llvm-mca takes it: jumps go to a label that needs no place, calls are left out.
 */
static void add_code(struct text *code, const struct instruction *instruction)
{
    if (instruction->flow == FLOW_NEXT)
        text_printf(code, "\t%s\t%s\n", instruction->mnemonic, instruction->operands);
    else if (instruction->flow == FLOW_JUMP)
        text_printf(code, "\t%s\t%s.L0\n", instruction->mnemonic, instruction->operands);
}

static void count_instruction(const struct search *search, const struct instruction *instruction,
                              struct count *count)
{
    const struct syntax *syntax = search->syntax;
    const bool load = syntax->is_load(instruction), store = syntax->is_store(instruction);
    if (strstr(instruction->mnemonic, "nop") != NULL || strstr(instruction->operands, "nop") != NULL)
        return; /* also behind prefixes */
    add_code(&count->code, instruction);
    ++count->loop.instructions;
    count->loop.fmas += syntax->is_fma(instruction->mnemonic);
    count->multiplies += strcmp(instruction->mnemonic, syntax->multiply) == 0;
    count->adds += strcmp(instruction->mnemonic, syntax->add) == 0;
    count->loop.loads += load;
    count->loop.stores += store;
    if ((!load && !store) || !is_on_stack(search, instruction->operands))
        return;
    if (!syntax->is_vector(instruction)) {
        ++count->loop.scalar_stack;
        return;
    }
    const struct slot slot = syntax->slot(instruction->operands);
    text_printf(store ? &count->written : &count->read, "\n%.*s\n", slot.length, slot.text);
    count->loop.stack += store;
}

/* Which of the slots that are read a turn has written. */
static void count_reads(struct count *count)
{
    if (count->read.data == NULL)
        return;
    for (char *line = count->read.data; *line != '\0';) {
        char *const end = strchr(line + 1, '\n'), behind = end[1];
        end[1] = '\0';
        const bool written = count->written.data != NULL && strstr(count->written.data, line) != NULL;
        ++*(written ? &count->loop.stack : &count->loop.invariants);
        end[1] = behind;
        line = end + 1;
    }
}

static void finish_count(const struct search *search, struct count *count)
{
    if (!search->isa->fma)
        count->loop.fmas = count->multiplies < count->adds ? count->multiplies : count->adds;
    if (count->written.failed || count->read.failed)
        count->code.failed = true;
    else
        count_reads(count);
    text_free(&count->written);
    text_free(&count->read);
}

/* Those of a loop that are in no loop inside it. */
static struct count count_loop(const struct search *search, const struct range *loop)
{
    struct count count = {0};
    for (size_t i = loop->first; i <= loop->last; ++i) {
        for (size_t l = 0; l < search->loop_count; ++l) {
            const struct range *inner = &search->loops[l];
            if (is_inside(inner, loop) && i >= inner->first && i <= inner->last)
                i = inner->last + 1;
        }
        if (i <= loop->last)
            count_instruction(search, &search->code.instructions[i], &count);
    }
    finish_count(search, &count);
    return count;
}

/* Those of a function that are in no loop. */
static struct count count_body(const struct search *search, const struct function *function)
{
    struct count count = {.loop.is_body = true};
    for (size_t i = function->first; i < function->first + function->count; ++i)
        if (!is_in_a_loop(search, i))
            count_instruction(search, &search->code.instructions[i], &count);
    finish_count(search, &count);
    return count;
}

/* ---- what is hot ----------------------------------------------------------------------------------- */

/* Takes a count over: keeps it when it has multiply-adds. */
static enum exit_status keep(struct search *search, const struct function *function, size_t first,
                             struct count *count)
{
    struct hot_loops *found = search->found;
    if (count->code.failed) {
        text_free(&count->code);
        return diag_memory();
    }
    struct hot_loop *items = grow(found->items, found->count, &search->capacity, sizeof *items);
    if (items == NULL) {
        text_free(&count->code);
        return diag_memory();
    }
    found->items = items;
    struct hot_loop *loop = &found->items[found->count++];
    *loop = count->loop;
    snprintf(loop->function, sizeof loop->function, "%s", function->name);
    loop->offset =
        search->code.instructions[first].address - search->code.instructions[function->first].address;
    loop->code = count->code.data;
    return STATUS_DONE;
}

static bool has_fma_inside(const struct search *search, const struct range *loop)
{
    bool found = false;
    for (size_t l = 0; l < search->loop_count && !found; ++l)
        if (is_inside(&search->loops[l], loop)) {
            struct count count = count_loop(search, &search->loops[l]);
            found = count.loop.fmas > 0;
            text_free(&count.code);
        }
    return found;
}

static enum exit_status search_function(struct search *search, size_t index)
{
    const struct function *function = &search->code.functions[index];
    const size_t before = search->found->count;
    enum exit_status status = STATUS_DONE;
    find_loops(search, function);
    for (size_t l = 0; status == STATUS_DONE && l < search->loop_count; ++l) {
        struct count count = count_loop(search, &search->loops[l]);
        if (count.loop.fmas > 0 && !has_fma_inside(search, &search->loops[l]))
            status = keep(search, function, search->loops[l].first, &count);
        else
            text_free(&count.code);
    }
    if (status != STATUS_DONE || search->found->count > before || !search->from_loop[index])
        return status;
    struct count count = count_body(search, function);
    if (count.loop.fmas > 0)
        return keep(search, function, function->first, &count);
    text_free(&count.code);
    return STATUS_DONE;
}

/* Moves the loop with the most multiply-adds to the front. */
static void put_hottest_first(struct hot_loops *loops)
{
    size_t hottest = 0;
    for (size_t l = 1; l < loops->count; ++l)
        if (loops->items[l].fmas > loops->items[hottest].fmas)
            hottest = l;
    if (hottest == 0)
        return;
    const struct hot_loop first = loops->items[hottest];
    memmove(loops->items + 1, loops->items, hottest * sizeof *loops->items);
    loops->items[0] = first;
}

enum exit_status hot_loops_find(const char *objdump, const struct isa *isa, struct hot_loops *loops)
{
    *loops = (struct hot_loops){0};
    struct search search = {.isa = isa, .syntax = syntax_of(isa->arch), .found = loops};
    enum exit_status status = disassembly_parse(objdump, isa->arch, &search.code);
    if (status == STATUS_DONE) {
        search.loops = calloc(search.code.instruction_count + 1, sizeof *search.loops);
        search.from_loop = calloc(search.code.function_count + 1, sizeof *search.from_loop);
        if (search.loops == NULL || search.from_loop == NULL)
            status = diag_memory();
    }
    if (status == STATUS_DONE)
        mark_from_loop(&search);
    for (size_t f = 0; status == STATUS_DONE && f < search.code.function_count; ++f)
        status = search_function(&search, f);
    put_hottest_first(loops);
    free(search.loops);
    free(search.from_loop);
    disassembly_free(&search.code);
    return status;
}

void hot_loops_free(struct hot_loops *loops)
{
    for (size_t l = 0; l < loops->count; ++l)
        free(loops->items[l].code);
    free(loops->items);
    *loops = (struct hot_loops){0};
}

unsigned hot_loops_stack(const struct hot_loops *loops)
{
    unsigned stack = 0;
    for (size_t l = 0; l < loops->count; ++l)
        stack += loops->items[l].stack;
    return stack;
}
