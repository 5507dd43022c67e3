/*
 * foreign.h: files that are neither an ONNX model nor a list, told by their first bytes.
 */
#ifndef SEPCC_GENERATOR_MODEL_FOREIGN_H
#define SEPCC_GENERATOR_MODEL_FOREIGN_H

#include <stddef.h>
#include <stdint.h>

/* What the file is, in words ("a TensorFlow Lite model"); NULL: text, as far as can be told. */
const char *foreign_kind(const uint8_t *bytes, size_t length);

#endif
