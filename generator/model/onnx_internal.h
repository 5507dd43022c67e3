/*
 * onnx_internal.h: what the files that know ONNX's messages share.
 */
#ifndef SEPCC_GENERATOR_MODEL_ONNX_INTERNAL_H
#define SEPCC_GENERATOR_MODEL_ONNX_INTERNAL_H

#include "model/graph_internal.h"

#include <onnx.pb-c.h>

/* A file's bytes as a message; to be freed with onnx_free, also after an error. Errors: DIAG_FILE_FORMAT.
 * (onnx_message.c) */
enum exit_status onnx_unpack(const uint8_t *bytes, size_t length, const char *file, Onnx__ModelProto **model);
void onnx_free(Onnx__ModelProto *model);

/* Type, shape and values of a constant; what names it in messages. (onnx_tensor.c) */
enum exit_status onnx_constant(struct graph_build *build, const Onnx__TensorProto *proto, const char *what,
                               struct graph_tensor *tensor);
/* Bytes of an external file. (onnx_external.c) */
enum exit_status onnx_external(struct graph_build *build, const Onnx__TensorProto *proto, const char *what,
                               size_t needed, const uint8_t **bytes);
/* The attributes of a node, whose names and outputs are there already. (onnx_attribute.c) */
enum exit_status onnx_attributes(struct graph_build *build, const Onnx__NodeProto *proto,
                                 struct graph_node *node);
/* Nodes and tensors of the message. (onnx_graph.c) */
enum exit_status onnx_fill(struct graph_build *build, const Onnx__ModelProto *model);

/* What a message leaves out is empty. */
static inline const char *text_or_empty(const char *text)
{
    return text != NULL ? text : "";
}

#endif
