/*
 * foreign.c: see foreign.h; a table of marks, and that text has no control bytes.
 */
#include "model/foreign.h"

#include <stdbool.h>
#include <string.h>

static const struct {
    size_t at;
    const char *mark, *kind;
} marks[] = {
    {4, "TFL3", "a TensorFlow Lite model"},
    {4, "ORTM", "a model in ONNX Runtime's own format"},
    {0, "PK\x03\x04", "a zip archive, as PyTorch and Keras write"},
    {0, "\x89HDF", "an HDF5 file, as Keras writes"},
    {0, "\x93NUMPY", "a NumPy array"},
    {0, "\x80\x02", "a Python pickle, as PyTorch writes"},
    {0, "\x1f\x8b", "compressed by gzip"},
    {0, "\x28\xb5\x2f\xfd", "compressed by zstd"},
    {0, "\177ELF", "a program or library"},
};

enum { LOOKED_AT = 512 };

/* Tabs, line ends and what prints; UTF-8 in comments. */
static bool is_text(const uint8_t *bytes, size_t length)
{
    for (size_t i = 0; i < length && i < LOOKED_AT; ++i)
        if (bytes[i] < ' ' && (bytes[i] < '\t' || bytes[i] > '\r'))
            return false;
    return true;
}

const char *foreign_kind(const uint8_t *bytes, size_t length)
{
    for (size_t i = 0; i < sizeof marks / sizeof marks[0]; ++i) {
        const size_t size = strlen(marks[i].mark);
        if (length >= marks[i].at + size && memcmp(bytes + marks[i].at, marks[i].mark, size) == 0)
            return marks[i].kind;
    }
    return is_text(bytes, length) ? NULL : "binary data of another format";
}
