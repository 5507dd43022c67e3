/*
 * test_onnx_bytes.c: files that are cut off, damaged, of another format, or that lead out of their folder:
 * each gets one line, exit status 2, and nothing is written.
 */
#include "model/graph.h"
#include "support_folder.h"
#include "support_onnx.h"
#include "support_shell.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct made_onnx made;

static const char NET[] = "in x 1x4x6x6\nconst w 4x1x3x3\nconst b 4\nconst v 8x4x1x1\n"
                          "d Conv x w b group=4 pads=1,1,1,1\na Relu d\np Conv a v\nout p";

/* ---- bytes ------------------------------------------------------------------------------------------ */

/* Parses an exact copy; what is refused prints one line and has exit status 2. Returns whether it is taken.
 */
static bool parse(const uint8_t *bytes, size_t length)
{
    char printed[4096] = "";
    struct graph graph;
    uint8_t *exact = malloc(length > 0 ? length : 1);
    assert_non_null(exact);
    memcpy(exact, bytes, length);
    diag_capture(printed, sizeof printed);
    const enum exit_status status = graph_parse(exact, length, "bad.onnx", NULL, NULL, 0, &graph);
    diag_capture(NULL, 0);
    graph_free(&graph);
    free(exact);
    if (status == STATUS_DONE) {
        assert_string_equal(printed, "");
        return true;
    }
    assert_int_equal(status, STATUS_INPUT);
    assert_int_equal(strncmp(printed, "bad.onnx: error: ", 17), 0);
    assert_ptr_equal(strchr(printed, '\n'), printed + strlen(printed) - 1);
    return false;
}

/* Every length; the version of operators is the last field, without which the graph is complete, too. */
static void refuses_truncated_models(void **state)
{
    size_t length;
    make_onnx(NET, &made);
    const uint8_t *bytes = onnx_bytes(&made, &length);
    const size_t versions = length - 4;
    assert_true(parse(bytes, length));
    for (size_t cut = 0; cut < length; ++cut)
        if (parse(bytes, cut) != (cut == versions))
            fail_msg("cut off at byte %zu of %zu: %s", cut, length, cut == versions ? "refused" : "taken");
    onnx_write(&made, in_folder(*state, "good.onnx"));
    made_onnx_free(&made);
    static const unsigned kept[] = {3, 10, 100, 300};
    for (size_t i = 0; i < sizeof kept / sizeof kept[0]; ++i) {
        char command[128];
        snprintf(command, sizeof command,
                 "head -c %u good.onnx >bad.onnx; $SEPCC gen bad.onnx --isa scalar -o out", kept[i]);
        assert_model_refused(*state, "cut off", command, "bad.onnx: error: ");
    }
}

/* Any byte changed: taken or refused, but never more than a line. */
static void survives_changed_bytes(void **state)
{
    static const uint8_t changes[] = {0xff, 0x80, 0x01, 0x7f};
    size_t length;
    (void)state;
    make_onnx(NET, &made);
    uint8_t *bytes = (uint8_t *)(uintptr_t)onnx_bytes(&made, &length);
    for (size_t at = 0; at < length; ++at)
        for (size_t i = 0; i < sizeof changes; ++i) {
            bytes[at] ^= changes[i];
            parse(bytes, length);
            bytes[at] ^= changes[i];
        }
    made_onnx_free(&made);
}

/* A field of `tag` whose length is a lie, in front of the good model and inside of its graph. */
static void refuses_lengths_that_lie(void **state)
{
    static const struct {
        uint8_t bytes[11];
        size_t length;
    } lies[] = {
        {{0x3a, 0xff, 0xff, 0xff, 0xff, 0x0f}, 6},                                /* 4 GiB - 1 */
        {{0x3a, 0x80, 0x80, 0x80, 0x80, 0x10}, 6},                                /* 4 GiB */
        {{0x3a, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01}, 11}, /* 2^64 - 1 */
        {{0x3a, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f}, 10},       /* 2^63 - 1 */
        {{0x3a, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff}, 11}, /* no end of the number */
        {{0x3a, 0x04, 0x2a, 0xff, 0xff, 0x7f}, 6},                                /* of an initializer */
        {{0x3b}, 1},                                                              /* a group: wire type 3 */
    };
    size_t length;
    (void)state;
    make_onnx(NET, &made);
    const uint8_t *good = onnx_bytes(&made, &length);
    for (size_t i = 0; i < sizeof lies / sizeof lies[0]; ++i) {
        uint8_t *bytes = onnx_take(&made, length + sizeof lies[i].bytes, 1);
        memcpy(bytes, good, length);
        memcpy(bytes + length, lies[i].bytes, lies[i].length);
        assert_false(parse(bytes, length + lies[i].length));
        memcpy(bytes, lies[i].bytes, lies[i].length);
        memcpy(bytes + lies[i].length, good, length);
        assert_false(parse(bytes, length + lies[i].length));
    }
    made_onnx_free(&made);
}

/* Messages in messages, 200 deep: protobuf-c would take a frame of the stack for each. */
static void refuses_deep_nesting(void **state)
{
    enum { DEPTH = 200 };
    struct nested {
        uint8_t bytes[8 * DEPTH];
        size_t length;
    } inner = {.length = 0}, outer;
    (void)state;
    /* GraphProto.node (1) -> NodeProto.attribute (5) -> AttributeProto.g (6) -> GraphProto ... */
    for (int i = 0; i < DEPTH; ++i) {
        static const uint8_t tags[] = {0x32, 0x2a, 0x0a};
        outer.length = 0;
        outer.bytes[outer.length++] = i == DEPTH - 1 ? 0x3a : tags[i % 3];
        if (inner.length > 127)
            outer.bytes[outer.length++] = (uint8_t)(inner.length | 0x80);
        outer.bytes[outer.length++] = (uint8_t)(inner.length > 127 ? inner.length >> 7 : inner.length);
        memcpy(outer.bytes + outer.length, inner.bytes, inner.length);
        outer.length += inner.length;
        inner = outer;
    }
    assert_false(parse(inner.bytes, inner.length));
}

/* ---- external data ---------------------------------------------------------------------------------- */

static void external_paths(void **state)
{
    static const struct {
        const char *location, *offset, *length, *message;
    } rows[] = {
        {"../w.bin", NULL, NULL, "without '..' and symbolic links"},
        {"deep/../../w.bin", NULL, NULL, "without '..' and symbolic links"},
        {"deep/../w.bin", NULL, NULL, "without '..' and symbolic links"},
        {"/etc/passwd", NULL, NULL, "without '..' and symbolic links"},
        {"//etc/passwd", NULL, NULL, "without '..' and symbolic links"},
        {"link.bin", NULL, NULL, "without '..' and symbolic links"},
        {"linked/w.bin", NULL, NULL, "without '..' and symbolic links"},
        {"w.bin/w.bin", NULL, NULL, "without '..' and symbolic links"},
        {"none.bin", NULL, NULL,
         "the external data of initializer 'w' are in 'none.bin', which is not there"},
        {"deep", NULL, NULL, "the external data of initializer 'w' are no plain file"},
        {"pipe", NULL, NULL, "the external data of initializer 'w' are no plain file"},
        {"", NULL, NULL, "initializer 'w' lies in another file, which is not"},
        {NULL, NULL, NULL, "initializer 'w' lies in another file, which is not named"},
        {"short.bin", NULL, NULL, "have 100 bytes, expected 144 at offset 0"},
        {"w.bin", "4", NULL, "have 144 bytes, expected 144 at offset 4"},
        {"w.bin", "18446744073709551615", NULL, "expected 144 at offset 18446744073709551615"},
        {"w.bin", "18446744073709551616", NULL,
         "the offset or length of the external data of initializer 'w'"},
        {"w.bin", "-4", NULL, "the offset or length of the external data of initializer 'w' is wrong"},
        {"w.bin", "0x0", NULL, "the offset or length of the external data of initializer 'w' is wrong"},
        {"w.bin", NULL, "140", "the offset or length of the external data of initializer 'w' is wrong"},
        {"w.bin", NULL, "4294967440",
         "the offset or length of the external data of initializer 'w' is wrong"},
    };
    const char *folder = *state;
    assert_shell(
        folder, 0,
        "mkdir m m/deep elsewhere && head -c 144 /dev/zero >w.bin && cp w.bin m && cp w.bin elsewhere && "
        "head -c 100 w.bin >m/short.bin && ln -s ../w.bin m/link.bin && ln -s ../elsewhere m/linked && "
        "mkfifo m/pipe");
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; ++i) {
        make_onnx(NET, &made);
        onnx_put_external(&made, onnx_weight(&made, "w"), rows[i].location, rows[i].offset, rows[i].length);
        onnx_write(&made, in_folder(folder, "m/bad.onnx"));
        made_onnx_free(&made);
        assert_model_refused(folder, rows[i].location != NULL ? rows[i].location : "no location",
                             "$SEPCC gen m/bad.onnx --isa scalar -o out", rows[i].message);
    }
    /* The one that is right; and from standard input there is no folder. */
    make_onnx(NET, &made);
    onnx_put_external(&made, onnx_weight(&made, "w"), "w.bin", "0", "144");
    onnx_write(&made, in_folder(folder, "m/good.onnx"));
    made_onnx_free(&made);
    assert_model_refused(folder, "standard input",
                         "$SEPCC gen -f - --name net --isa scalar -o out <m/good.onnx",
                         "<stdin>: error: initializer 'w' lies in another file, which is not to be had here");
    assert_shell(folder, 0, "$SEPCC gen m/good.onnx --isa scalar -o out && test -e out");
}

/* ---- other formats ---------------------------------------------------------------------------------- */

static void refuses_other_formats(void **state)
{
    static const struct {
        const char *bytes, *message; /* bytes as printf(1) has them */
    } rows[] = {
        {"\\034\\000\\000\\000TFL3\\024\\000", "the file is a TensorFlow Lite model, expected an ONNX model"},
        {"\\020\\000\\000\\000ORTM\\000\\000", "the file is a model in ONNX Runtime's own format, expected"},
        {"PK\\003\\004\\024\\000", "the file is a zip archive, as PyTorch and Keras write, expected"},
        {"\\211HDF\\r\\n", "the file is an HDF5 file, as Keras writes, expected"},
        {"\\223NUMPY\\001\\000", "the file is a NumPy array, expected"},
        {"\\200\\002}q", "the file is a Python pickle, as PyTorch writes, expected"},
        {"\\037\\213\\010", "the file is compressed by gzip, expected"},
        {"\\177ELF", "the file is a program or library, expected"},
        {"pointwise\\000 in=1x1x1", "the file is binary data of another format, expected"},
        {"\\012\\042\\012\\001", "the file is binary data of another format, expected"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; ++i) {
        char command[256];
        snprintf(command, sizeof command, "printf '%s' >bad; $SEPCC gen -f bad --isa scalar -o out",
                 rows[i].bytes);
        assert_model_refused(*state, rows[i].message, command, rows[i].message);
    }
    put_file(in_folder(*state, "a.layers"), "# größer\n\tpointwise name=p in=2x2x4 out=8\r\n");
    assert_shell(*state, 0, "$SEPCC gen -f a.layers --isa scalar -o out");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(refuses_truncated_models, folder_setup, folder_teardown),
        cmocka_unit_test(survives_changed_bytes),
        cmocka_unit_test(refuses_lengths_that_lie),
        cmocka_unit_test(refuses_deep_nesting),
        cmocka_unit_test_setup_teardown(external_paths, folder_setup, folder_teardown),
        cmocka_unit_test_setup_teardown(refuses_other_formats, folder_setup, folder_teardown),
    };
    return cmocka_run_group_tests_name("onnx_bytes", tests, NULL, NULL);
}
