/*
 * fuzz_spec.c: any bytes as a list of stages, as one stage and as a kernel's name. What is accepted must
 * print to a text, and be given a name, that mean the same; what is refused must print exactly one line.
 */
#include "fuzz_require.h"
#include "spec/name.h"
#include "spec/spec.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_stage(const struct spec *spec)
{
    struct spec back;
    char text[SPEC_TEXT_MAX], again[SPEC_TEXT_MAX], name[KERNEL_NAME_MAX + 1], plan[64];
    const struct isa *isa = NULL;
    const size_t length = spec_print(spec, 1, text);
    require(length == strlen(text), "length of the canonical text", text);
    require(spec_parse(text, NOWHERE, &back) == STATUS_DONE, "canonical text is refused", text);
    require(spec_equal(spec, &back) && strcmp(spec->name, back.name) == 0, "another stage came back", text);
    spec_print(&back, 1, again);
    require(strcmp(text, again) == 0, "canonical text changes", text);
    require(kernel_name_format(spec, isa_get(SEPCC_ISA_SSE), "r1c2", name) == 0, "no name fits", text);
    require(kernel_name_parse(name, &back, &isa, plan) == 0, "kernel name is refused", name);
    require(spec_equal(spec, &back) && isa == isa_get(SEPCC_ISA_SSE), "another kernel came back", name);
}

static void check_list(const char *text, size_t size)
{
    struct spec_list list;
    diag_capture(printed, sizeof printed);
    const enum exit_status status = spec_list_parse(text, size, "fuzz.layers", &list);
    require_outcome(status, text);
    for (size_t i = 0; i < list.count; ++i)
        check_stage(&list.items[i]);
    spec_list_free(&list);
}

static void check_one(const char *text)
{
    struct spec spec;
    diag_capture(printed, sizeof printed);
    const enum exit_status status = spec_parse(text, (struct position){"fuzz", 1, 1}, &spec);
    require_outcome(status, text);
    if (status == STATUS_DONE)
        check_stage(&spec);
}

static void check_name(const char *text)
{
    struct spec spec;
    const struct isa *isa;
    char plan[64], again[KERNEL_NAME_MAX + 1];
    diag_capture(printed, sizeof printed);
    if (kernel_name_parse(text, &spec, &isa, plan) == 0) {
        require(kernel_name_format(&spec, isa, plan, again) == 0, "no name fits", text);
        require(strcmp(text, again) == 0, "kernel name changes", text);
        check_stage(&spec);
    }
    require(printed[0] == '\0', "reading a name prints", text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    /* An exact copy, so that a read past the list's end is seen; then one with the terminator. */
    char *exact = malloc(size > 0 ? size : 1), *text = malloc(size + 1);
    if (exact == NULL || text == NULL)
        abort();
    memcpy(exact, data, size);
    memcpy(text, data, size);
    text[size] = '\0';
    check_list(exact, size);
    check_one(text);
    check_name(text);
    diag_capture(NULL, 0);
    free(exact);
    free(text);
    return 0;
}
