/*
 * fuzz_wisdom.c: any bytes as wisdom, as specs and plans in it. What is accepted must print to a text that
 * means the same; what is refused must print exactly one line.
 */
#include "database/wisdom_file.h"
#include "fuzz_require.h"
#include "plan/plan.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Both may be of another version of sepcc: refused without a word, which is all that is asked of them here.
 */
static void read_texts(const struct tune_trial *trial)
{
    struct spec spec;
    struct plan_request request;
    diag_mute();
    (void)spec_parse(trial->key.spec, NOWHERE, &spec);
    (void)plan_request_parse(trial->plan, NOWHERE, &request);
    diag_unmute();
}

/* Collects what was read, as wisdom. */
static enum exit_status print_trial(void *context, const struct tune_trial *trial)
{
    read_texts(trial);
    wisdom_print(trial, context);
    return STATUS_DONE;
}

/* Reads a copy of the bytes, which are changed by it, and prints what they mean. */
static enum exit_status read_wisdom(const char *bytes, size_t size, struct text *meaning)
{
    struct text text = {0};
    text_append(&text, bytes, size);
    wisdom_print_head(meaning);
    require(!text.failed, "out of memory", "");
    const enum exit_status status = wisdom_parse(&text, "fuzz.wisdom", print_trial, meaning);
    require(!meaning->failed, "out of memory", "");
    text_free(&text);
    return status;
}

static void check_again(const struct text *meaning)
{
    struct text again = {0};
    require(read_wisdom(meaning->data, meaning->length, &again) == STATUS_DONE, "what was printed is refused",
            meaning->data);
    require(again.length == meaning->length && memcmp(again.data, meaning->data, again.length) == 0,
            "what was printed means something else", meaning->data);
    text_free(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct text meaning = {0};
    printed[0] = '\0';
    diag_capture(printed, sizeof printed);
    const enum exit_status status = read_wisdom((const char *)data, size, &meaning);
    require_outcome(status, meaning.data);
    if (status == STATUS_DONE) {
        require(memchr(data, '\0', size) == NULL, "accepted what it cannot have read to its end",
                meaning.data);
        check_again(&meaning);
    }
    diag_capture(NULL, 0);
    text_free(&meaning);
    return 0;
}
