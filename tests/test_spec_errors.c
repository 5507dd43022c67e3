/*
 * test_spec_errors.c: every error of the grammar: its code, its words, and the byte it points at.
 */
#include "support_spec.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* ---- errors ---------------------------------------------------------------------------------------- */

/* The @ marks the byte at which the error must be reported; it is not part of the text. */
static const struct bad_text {
    const char *text, *slug, *piece;
} bad_texts[] = {
    {"@", "spec-operation", "the stage is empty, expected depthwise, pointwise, separable, inverted or conv"},
    {"  \t@", "spec-operation", "the stage is empty"},
    {"@dense in=1x1x1", "spec-operation", "'dense' is no operation, expected depthwise, pointwise"},
    {" @depthwize in=1x1x1", "spec-operation", "'depthwize' is no operation, expected depthwise ["},
    {"@in=1x1x1", "spec-operation", "'in=1x1x1' is no operation"},
    {"@Pointwise in=1x1x1", "spec-operation", "expected pointwise ["},
    {"@separate in=1x1x1", "spec-operation", "'separate' is no operation, expected separable ["},

    {"pointwise @foo", "spec-syntax", "'foo' is no key with a value, expected key=value"},
    {"pointwise in=1x1x1 @pointwise", "spec-syntax", "expected key=value"},
    {"pointwise @=3", "spec-key", "'' is no key of pointwise, expected name, batch, in, out, stride, bias"},
    {"pointwise @strid=3", "spec-key", "'strid' is no key of pointwise, expected stride ["},
    {"pointwise @kernel=3", "spec-key", "'kernel' is no key of pointwise, expected name,"},
    {"pointwise @pad=same", "spec-key", "'pad' is no key of pointwise"},
    {"pointwise @dilation=1", "spec-key", "'dilation' is no key of pointwise"},
    {"pointwise @mult=1", "spec-key", "'mult' is no key of pointwise"},
    {"pointwise @dw.act=relu", "spec-key", "'dw.act' is no key of pointwise"},
    {"depthwise @out=8", "spec-key",
     "'out' is no key of depthwise, expected name, batch, in, kernel, stride, dilation, pad, mult, bias, "
     "dw.bias, act, dw.act, layout or dtype ["},
    {"depthwise @pw.bias=no", "spec-key", "'pw.bias' is no key of depthwise"},
    {"depthwise @expand=3", "spec-key", "'expand' is no key of depthwise"},
    {"depthwise @IN=1x1x1", "spec-key", "'IN' is no key of depthwise"},
    {"pointwise out=3 in=1x1x1 @out=3", "spec-key", "'out' repeats out, expected it only once"},
    {"pointwise act=relu @pw.act=relu", "spec-key", "'pw.act' repeats act, expected it only once"},
    {"separable @expand=3", "spec-key", "'expand' is no key of separable"},
    {"separable @residual=yes", "spec-key", "'residual' is no key of separable"},
    {"separable @expand.act=relu", "spec-key", "'expand.act' is no key of separable"},
    {"inverted @mult=2", "spec-key",
     "'mult' is no key of inverted, expected name, batch, in, expand, out, kernel, stride, dilation, pad, "
     "bias, expand.bias, dw.bias, pw.bias, act, expand.act, dw.act, pw.act, residual, layout or dtype ["},
    {"inverted @expand.bais=no", "spec-key", "expected expand.bias ["},
    {"separable bias=no @dw.bias=no", "spec-key", "'dw.bias' repeats bias, expected it only once"},
    {"separable pw.bias=yes @bias=yes", "spec-key", "'bias' repeats pw.bias, expected it only once"},
    {"separable act=relu @pw.act=relu", "spec-key", "'pw.act' repeats act"},
    {"inverted dw.act=relu @act=relu6", "spec-key", "'act' repeats dw.act"},
    {"inverted act=relu @expand.act=none", "spec-key", "'expand.act' repeats act"},
    {"inverted expand.bias=no @expand.bias=no", "spec-key", "'expand.bias' repeats expand.bias"},
    {"pointwise @\x01=3", "spec-key", "'\\x01' is no key"},

    {"@pointwise out=3", "spec-missing", "'pointwise' has no in, expected in=HxWxC"},
    {"  @pointwise in=1x1x1", "spec-missing", "'pointwise' has no out, expected out=C"},
    {"@depthwise in=1x1x1", "spec-missing", "'depthwise' has no kernel, expected kernel=K or KHxKW"},
    {"@separable in=1x1x1 kernel=1", "spec-missing", "'separable' has no out, expected out=C"},
    {"@separable in=1x1x1 out=1", "spec-missing", "'separable' has no kernel, expected kernel=K or KHxKW"},
    {"@inverted in=1x1x1 kernel=1 out=1", "spec-missing", "'inverted' has no expand, expected expand=C"},
    {"@inverted in=1x1x1 expand=1 out=1", "spec-missing", "'inverted' has no kernel"},

    {"pointwise name=@", "spec-syntax", "'' is no name, expected a C identifier of at most 63 bytes"},
    {"pointwise name=@3x", "spec-syntax", "'3x' is no name"},
    {"pointwise name=@a-b", "spec-syntax", "'a-b' is no name"},
    {"pointwise name=@\xc3\xa9", "spec-syntax", "is no name"},
    {"pointwise name=@a234567890123456789012345678901234567890123456789012345678901234", "spec-syntax",
     "at most 63 bytes"},

    {"pointwise in=@", "spec-syntax", "'' is malformed, expected in=HxWxC"},
    {"pointwise in=@5x5", "spec-syntax", "'5x5' is malformed, expected in=HxWxC"},
    {"pointwise in=@5x5x5x5", "spec-syntax", "'5x5x5x5' is malformed"},
    {"pointwise in=@5xx5", "spec-syntax", "'5xx5' is malformed"},
    {"pointwise in=@5X5X5", "spec-syntax", "'5X5X5' is malformed"},
    {"pointwise in=@5x5x5x", "spec-syntax", "'5x5x5x' is malformed"},
    {"pointwise in=@5x+5x5", "spec-syntax", "'5x+5x5' is malformed"},
    {"pointwise in=@5x5.0x5", "spec-syntax", "'5x5.0x5' is malformed"},
    {"pointwise in=@5x5xfive", "spec-syntax", "'5x5xfive' is malformed"},
    {"pointwise in=@5x5x-", "spec-syntax", "'5x5x-' is malformed"},
    {"pointwise in=@=5x5x5", "spec-syntax", "'=5x5x5' is malformed"},
    {"pointwise in=5x@0x5", "spec-range", "'0' is out of range for in, expected 1 to 16777215"},
    {"pointwise in=5x5x@-4", "spec-range", "'-4' is out of range for in, expected 1 to 16777215"},
    {"pointwise in=@16777216x5x5", "spec-range", "'16777216' is out of range"},
    {"pointwise in=@4294967297x5x5", "spec-range", "'4294967297' is out of range"},
    {"pointwise in=@18446744073709551617x5x5", "spec-range", "'18446744073709551617' is out of range"},
    {"pointwise in=@99999999999999999999999999999999999999999999x5x5", "spec-range", "is out of range"},
    {"pointwise out=@0", "spec-range", "'0' is out of range for out"},
    {"pointwise out=@3x3", "spec-syntax", "'3x3' is malformed, expected out=C"},
    {"pointwise batch=@0", "spec-range", "'0' is out of range for batch"},
    {"pointwise stride=@0", "spec-range", "'0' is out of range for stride, expected 1 to 65535"},
    {"pointwise stride=1x@65536", "spec-range", "'65536' is out of range for stride, expected 1 to 65535"},
    {"depthwise kernel=@256", "spec-range", "'256' is out of range for kernel, expected 1 to 255"},
    {"depthwise kernel=3x@0", "spec-range", "'0' is out of range for kernel, expected 1 to 255"},
    {"depthwise kernel=@3x3x3", "spec-syntax", "'3x3x3' is malformed, expected kernel=K or KHxKW"},
    {"depthwise kernel=@3,3", "spec-syntax", "'3,3' is malformed"},
    {"depthwise dilation=@0", "spec-range", "'0' is out of range for dilation, expected 1 to 65535"},
    {"depthwise mult=@4097", "spec-range", "'4097' is out of range for mult, expected 1 to 4096"},
    {"depthwise pad=@1,2", "spec-syntax", "'1,2' is malformed, expected pad=same, valid, P or T,L,B,R"},
    {"depthwise pad=@full", "spec-syntax", "'full' is malformed, expected pad=same, valid, P or T,L,B,R"},
    {"depthwise pad=1,2,@-3,4", "spec-range", "'-3' is out of range for pad, expected 0 to 65535"},
    {"depthwise pad=@65536", "spec-range", "'65536' is out of range for pad"},

    {"depthwise bias=@maybe", "spec-syntax", "'maybe' is malformed, expected bias=yes or no"},
    {"depthwise dw.bias=@", "spec-syntax", "'' is malformed, expected dw.bias=yes or no"},
    {"depthwise act=@", "spec-syntax",
     "'' is no activation, expected none, relu, relu6, clamp(lo,hi), "
     "leaky_relu(a), prelu, hard_swish, hard_sigmoid, sigmoid or silu"},
    {"depthwise act=@rellu", "spec-syntax", "'rellu' is no activation, expected relu ["},
    {"depthwise act=@clmp(0,1)", "spec-syntax", "'clmp' is no activation, expected clamp(lo,hi) ["},
    {"depthwise act=@relu()", "spec-syntax", "'relu()' is malformed, expected relu ["},
    {"depthwise act=@clamp", "spec-syntax", "'clamp' is malformed, expected clamp(lo,hi)"},
    {"depthwise act=@clamp(", "spec-syntax", "'clamp(' is malformed, expected clamp(lo,hi)"},
    {"depthwise act=@clamp(0,1", "spec-syntax", "'clamp(0,1' is malformed, expected clamp(lo,hi)"},
    {"depthwise act=clamp(@)", "spec-syntax", "'' is malformed, expected clamp(lo,hi)"},
    {"depthwise act=clamp(@1)", "spec-syntax", "'1' is malformed, expected clamp(lo,hi)"},
    {"depthwise act=clamp(@1,2,3)", "spec-syntax", "'1,2,3' is malformed, expected clamp(lo,hi)"},
    {"depthwise act=clamp(1,@)", "spec-syntax", "'' is no decimal number, expected clamp(lo,hi)"},
    {"depthwise act=clamp(@nan,1)", "spec-syntax", "'nan' is no decimal number"},
    {"depthwise act=clamp(0,@0x1p3)", "spec-syntax", "'0x1p3' is no decimal number"},
    {"depthwise act=clamp(0,@1e)", "spec-syntax", "'1e' is no decimal number"},
    {"depthwise act=clamp(0,@.)", "spec-syntax", "'.' is no decimal number"},
    {"depthwise act=clamp(0,@infinity)", "spec-syntax", "'infinity' is no decimal number"},
    {"depthwise act=clamp(0,@1))", "spec-syntax", "'1)' is no decimal number"},
    {"depthwise act=clamp(0,@1000000000000000000000000000000000000000000000000000000000000000)",
     "spec-syntax", "is no decimal number"},
    {"depthwise act=clamp(@-1e39,0)", "spec-range",
     "'-1e39' is too large, expected a number that a float holds"},
    {"depthwise act=clamp(@1,0.5)", "spec-range",
     "'1,0.5' has lo above hi, expected clamp(lo,hi) with lo <= hi"},
    {"depthwise act=leaky_relu(@-inf)", "spec-range",
     "'-inf' is infinite, expected leaky_relu(a) with a finite a"},
    {"depthwise layout=@nwhc", "spec-syntax", "'nwhc' is no layout, expected nhwc"},
    {"depthwise layout=@chwn", "spec-syntax", "'chwn' is no layout, expected nhwc or nchw"},
    {"inverted residual=@maybe", "spec-syntax", "'maybe' is malformed, expected residual=yes or no"},
    {"inverted pw.bias=@maybe", "spec-syntax", "'maybe' is malformed, expected pw.bias=yes or no"},
    {"inverted expand.act=@rellu", "spec-syntax", "'rellu' is no activation, expected relu ["},
    {"inverted expand=@0", "spec-range", "'0' is out of range for expand, expected 1 to 16777215"},
    {"depthwise dtype=@qs8", "spec-unsupported", "'qs8' is not generated by this version, expected f32"},
    {"depthwise dtype=@f16", "spec-unsupported", "'f16' is not generated by this version, expected f32"},
    {"depthwise dtype=@bf16", "spec-unsupported", "'bf16' is not generated by this version, expected f32"},
    {"depthwise dtype=@f64", "spec-syntax", "'f64' is no dtype, expected f32"},

    {"depthwise in=@4x9x1 kernel=5", "spec-empty",
     "'4x9x1' has 4 rows with padding where the kernel reaches over 5, expected an output that is not empty"},
    {"depthwise kernel=2 dilation=9 pad=0,0,5,0 in=@5x9x1", "spec-empty", "has 9 columns with padding"},
    {"depthwise in=9x9x1 kernel=255 dilation=65535 pad=@same", "spec-range",
     "'same' means a padding of 8322945, expected at most 65535"},
    {"depthwise in=@16777215x1x1 kernel=1 pad=1", "spec-overflow",
     "makes 16777217 output rows, expected fewer than 2^24"},
    {"depthwise in=1x1x8388608 kernel=1 mult=@2", "spec-overflow",
     "'2' makes 16777216 output channels, expected fewer than 2^24"},
    {"pointwise in=@32768x65536x1 out=1", "spec-overflow", "makes an input image of 2^31 elements or more"},
    {"pointwise in=@16777215x16777215x16777215 out=1", "spec-overflow", "makes an input image of 2^31"},
    {"pointwise in=@32768x32768x1 out=2", "spec-overflow", "makes an output image of 2^31 elements or more"},
    {"pointwise in=@1x1x16777215 out=129", "spec-overflow", "makes weights of 2^31 elements or more"},
    {"pointwise batch=@2097152 in=4096x2048x1 out=1", "spec-overflow",
     "'2097152' makes tensors of 140737488355332 bytes, expected less than 2^47"},

    {"separable in=@4x9x1 kernel=5 out=1", "spec-empty", "'4x9x1' has 4 rows with padding"},
    {"inverted expand=2 in=@9x9x1 kernel=5x11 out=1", "spec-empty", "has 9 columns with padding"},
    {"separable in=1x1x8388608 kernel=1 mult=@2 out=1", "spec-overflow", "makes 16777216 output channels"},
    {"inverted in=@32768x32768x1 expand=2 kernel=3 stride=2 out=1", "spec-overflow",
     "makes an image between the layers of 2^31 elements or more, expected fewer"},
    {"separable in=@32768x32768x1 kernel=1 mult=2 out=1", "spec-overflow", "an image between the layers"},
    {"separable in=@32768x32768x1 kernel=1 out=2", "spec-overflow", "makes an output image of 2^31"},
    {"inverted in=@1x1x16777215 expand=129 kernel=1 out=1", "spec-overflow",
     "makes expand weights of 2^31 elements or more"},
    {"inverted in=@1x1x1 expand=33026 kernel=255 pad=127 out=1", "spec-overflow", "makes dw weights of 2^31"},
    {"inverted in=@1x1x1 expand=129 kernel=1 out=16777215", "spec-overflow", "makes pw weights of 2^31"},
    /* 4 images of 2^23 floats each, the first and the last of them alone would fit */
    {"inverted batch=@1398102 in=4096x2048x1 expand=1 kernel=1 out=1", "spec-overflow",
     "makes tensors of 187650073952268 bytes, expected less than 2^47"},
    {"inverted in=8x8x4 expand=8 kernel=3 pad=1 stride=2 out=4 residual=@yes", "spec-residual",
     "'yes' adds an input of 8x8x4 to an output of 4x4x4, expected equal sizes"},
    {"inverted in=8x8x4 expand=8 kernel=3 pad=1 out=5 residual=@yes", "spec-residual",
     "adds an input of 8x8x4 to an output of 8x8x5"},
    {"inverted residual=@yes in=8x8x4 expand=8 kernel=3 out=4", "spec-residual", "an output of 6x6x4"},
};

static void assert_error(const char *text, unsigned line, unsigned column, const struct bad_text *bad)
{
    char start[64], end[64];
    snprintf(start, sizeof start, "f.layers:%u:%u: error: ", line, column);
    snprintf(end, sizeof end, " [%s]\n", bad->slug);
    const size_t length = strlen(spec_printed);
    if (strncmp(spec_printed, start, strlen(start)) != 0 || length < strlen(end) ||
        strcmp(spec_printed + length - strlen(end), end) != 0 || strstr(spec_printed, bad->piece) == NULL ||
        strchr(spec_printed, '\n') != spec_printed + length - 1)
        fail_msg("'%s' printed %sexpected at %u:%u: %s%s", text, spec_printed, line, column, bad->piece, end);
}

/* Removes the @ and returns the column it marked. */
static unsigned unmark(const char *marked, char text[SPEC_TEXT_MAX])
{
    const char *mark = strchr(marked, '@');
    assert_non_null(mark);
    snprintf(text, SPEC_TEXT_MAX, "%.*s%s", (int)(mark - marked), marked, mark + 1);
    return (unsigned)(mark - marked) + 1;
}

static void every_error_names_word_and_column(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof bad_texts / sizeof bad_texts[0]; ++i) {
        struct spec spec;
        char text[SPEC_TEXT_MAX];
        const unsigned column = unmark(bad_texts[i].text, text);
        if (spec_try(text, &spec) != STATUS_INPUT)
            fail_msg("accepted: %s", text);
        assert_error(text, 7, column, &bad_texts[i]);
    }
}

/* The same errors on the second line of a list, which stays empty. */
static void lists_report_the_line(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof bad_texts / sizeof bad_texts[0]; ++i) {
        char text[SPEC_TEXT_MAX], list_text[2 * SPEC_TEXT_MAX];
        const unsigned column = unmark(bad_texts[i].text, text);
        if (strspn(text, " \t") == strlen(text))
            continue; /* a blank line is no error in a list */
        const int length = snprintf(list_text, sizeof list_text,
                                    "pointwise in=1x1x1 out=1 # first\r\n%s # second\nrubbish\n", text);
        struct spec_list list;
        diag_capture(spec_printed, sizeof spec_printed);
        const enum exit_status status = spec_list_parse(list_text, (size_t)length, "f.layers", &list);
        diag_capture(NULL, 0);
        assert_int_equal(status, STATUS_INPUT);
        assert_null(list.items);
        assert_int_equal(list.count, 0);
        assert_error(text, 2, column, &bad_texts[i]);
    }
}

static void columns_count_from_the_given_position(void **state)
{
    (void)state;
    struct spec spec;
    diag_capture(spec_printed, sizeof spec_printed);
    spec_parse("pointwise x=1", (struct position){"--spec", 0, 0}, &spec);
    diag_capture(NULL, 0);
    assert_non_null(strstr(spec_printed, "sepcc: --spec: error: 'x' is no key"));
    diag_capture(spec_printed, sizeof spec_printed);
    spec_parse("pointwise x=1", (struct position){"a", 3, 11}, &spec);
    diag_capture(NULL, 0);
    assert_non_null(strstr(spec_printed, "a:3:21: error: 'x' is no key"));
}

static void long_words_are_cut_in_messages(void **state)
{
    (void)state;
    struct spec spec;
    char text[4000] = "pointwise ";
    memset(text + 10, 'k', sizeof text - 11);
    text[sizeof text - 1] = '\0';
    assert_int_equal(spec_try(text, &spec), STATUS_INPUT);
    assert_true(strlen(spec_printed) < 200);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_error_names_word_and_column),
        cmocka_unit_test(lists_report_the_line),
        cmocka_unit_test(columns_count_from_the_given_position),
        cmocka_unit_test(long_words_are_cut_in_messages),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
