/*
 * disassembly.c: takes the text of objdump apart, line by line. A line is
 *     0000000000000160 <run>:                    a function, or
 *          2ce:  jne  2b0 <run+0x150>  # notes   an instruction: address, mnemonic, operands, notes.
 */
#include "inspect/disassembly.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

static bool begins_with(const char *text, const char *prefix)
{
    return strncmp(text, prefix, strlen(prefix)) == 0;
}

static bool is_one_of(const char *word, const char *const *words)
{
    for (; *words != NULL; ++words)
        if (strcmp(word, *words) == 0)
            return true;
    return false;
}

static char *skip_blanks(char *text)
{
    return text + strspn(text, " \t");
}

/* ---- what kind of instruction ---------------------------------------------------------------------- */

static enum flow flow_x86(const char *mnemonic)
{
    static const char *const calls[] = {"call", "callq", NULL};
    static const char *const returns[] = {"ret", "retq", "rep", "repz", NULL};
    if (is_one_of(mnemonic, calls))
        return FLOW_CALL;
    if (is_one_of(mnemonic, returns))
        return FLOW_RETURN;
    return mnemonic[0] == 'j' ? FLOW_JUMP : FLOW_NEXT;
}

static enum flow flow_aarch64(const char *mnemonic)
{
    static const char *const calls[] = {"bl", "blr", NULL};
    static const char *const jumps[] = {"b", "cbz", "cbnz", "tbz", "tbnz", "br", NULL};
    if (is_one_of(mnemonic, calls))
        return FLOW_CALL;
    if (strcmp(mnemonic, "ret") == 0)
        return FLOW_RETURN;
    return is_one_of(mnemonic, jumps) || begins_with(mnemonic, "b.") ? FLOW_JUMP : FLOW_NEXT;
}

/* ---- one instruction ------------------------------------------------------------------------------- */

static void cut_blanks_at_end(char *text)
{
    size_t length = strlen(text);
    while (length > 0 && strchr(" \t\r", text[length - 1]) != NULL)
        text[--length] = '\0';
}

/* objdump's notes: behind '#' on x86-64, where no operand has one, and behind "//" on AArch64. */
static void cut_notes(char *operands, enum isa_arch arch)
{
    char *notes = strstr(operands, arch == ARCH_AARCH64 ? "//" : "#");
    if (notes != NULL)
        *notes = '\0';
    cut_blanks_at_end(operands);
}

/* Takes "2b0 <run+0x150>" off the end of the operands: sets target and symbol. */
static void take_target(char *operands, struct instruction *instruction)
{
    char *symbol = strchr(operands, '<');
    if (symbol == NULL)
        return;
    *symbol++ = '\0';
    symbol[strcspn(symbol, "+->")] = '\0';
    cut_blanks_at_end(operands);
    char *number = strrchr(operands, ' '), *tab = strrchr(operands, '\t');
    if (number == NULL || (tab != NULL && tab > number))
        number = tab;
    number = number == NULL ? operands : number + 1;
    instruction->target = strtoull(number, NULL, 16);
    instruction->symbol = symbol;
    if (instruction->flow != FLOW_NEXT)
        *number = '\0';
}

/* A line behind its address. */
static struct instruction parse_instruction(char *line, uint64_t address, enum isa_arch arch,
                                            const char *function)
{
    struct instruction instruction = {.address = address, .mnemonic = line};
    char *operands = line + strcspn(line, " \t");
    if (*operands != '\0')
        *operands++ = '\0';
    operands = skip_blanks(operands);
    instruction.operands = operands;
    instruction.flow = arch == ARCH_AARCH64 ? flow_aarch64(line) : flow_x86(line);
    cut_notes(operands, arch);
    take_target(operands, &instruction);
    const bool elsewhere = instruction.symbol == NULL || strcmp(instruction.symbol, function) != 0;
    if (instruction.flow == FLOW_JUMP && elsewhere)
        instruction.flow = FLOW_CALL;
    return instruction;
}

/* ---- lines ----------------------------------------------------------------------------------------- */

/* "0000000000000160 <run>:" */
static bool parse_header(char *line, const char **name)
{
    char *rest;
    strtoull(line, &rest, 16);
    const size_t length = strlen(rest);
    if (rest == line || length < 5 || !begins_with(rest, " <") || strcmp(rest + length - 2, ">:") != 0)
        return false;
    rest[length - 2] = '\0';
    *name = rest + 2;
    return true;
}

static void parse_line(char *line, enum isa_arch arch, struct disassembly *disassembly)
{
    const char *name;
    char *rest;
    if (parse_header(line, &name)) {
        disassembly->functions[disassembly->function_count++] =
            (struct function){.name = name, .first = disassembly->instruction_count};
        return;
    }
    line = skip_blanks(line);
    const uint64_t address = strtoull(line, &rest, 16);
    if (rest == line || *rest != ':' || disassembly->function_count == 0)
        return;
    rest = skip_blanks(rest + 1);
    if (*rest == '\0' || *rest == '.') /* "..." stands for zeros */
        return;
    struct function *function = &disassembly->functions[disassembly->function_count - 1];
    disassembly->instructions[disassembly->instruction_count++] =
        parse_instruction(rest, address, arch, function->name);
    ++function->count;
}

static size_t count_lines(const char *text)
{
    size_t lines = 1;
    for (const char *at = strchr(text, '\n'); at != NULL; at = strchr(at + 1, '\n'))
        ++lines;
    return lines;
}

enum exit_status disassembly_parse(const char *text, enum isa_arch arch, struct disassembly *disassembly)
{
    const size_t lines = count_lines(text);
    *disassembly = (struct disassembly){.text = strdup(text),
                                        .functions = calloc(lines, sizeof *disassembly->functions),
                                        .instructions = calloc(lines, sizeof *disassembly->instructions)};
    if (disassembly->text == NULL || disassembly->functions == NULL || disassembly->instructions == NULL)
        return diag_memory();
    char *rest = NULL;
    for (char *line = strtok_r(disassembly->text, "\n", &rest); line != NULL;
         line = strtok_r(NULL, "\n", &rest))
        parse_line(line, arch, disassembly);
    return STATUS_DONE;
}

void disassembly_free(struct disassembly *disassembly)
{
    free(disassembly->text);
    free(disassembly->functions);
    free(disassembly->instructions);
    *disassembly = (struct disassembly){0};
}
