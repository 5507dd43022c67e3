/*
 * support_onnx.h: the graphs of support_graph.h as ONNX models, for tests to change before they are written.
 *
 * The messages are those of protobuf-c; a test sets their fields as it likes. What is added is taken from
 * the arena, so that nothing has to be freed by itself. All functions fail the running test when they cannot.
 */
#ifndef SEPCC_TESTS_SUPPORT_ONNX_H
#define SEPCC_TESTS_SUPPORT_ONNX_H

#include "base/arena.h"
#include "support_graph.h"

#include <onnx.pb-c.h>

struct made_onnx {
    struct made_graph from;
    struct arena arena;
    Onnx__ModelProto model;
    Onnx__GraphProto *graph; /* the model's */
};

/* Numbers in the text become initializers `number0`, `number1`, ...; free with made_onnx_free. */
void make_onnx(const char *text, struct made_onnx *made);
void made_onnx_free(struct made_onnx *made);

/* Zeroed memory that lives as long as the model. */
void *onnx_take(struct made_onnx *made, size_t count, size_t size);

/* An initializer, an input of the network, the node that computes a tensor, its attribute: by name. */
Onnx__TensorProto *onnx_weight(const struct made_onnx *made, const char *name);
Onnx__ValueInfoProto *onnx_input(const struct made_onnx *made, const char *name);
Onnx__NodeProto *onnx_node(const struct made_onnx *made, const char *output);
Onnx__AttributeProto *onnx_attribute(const struct made_onnx *made, const char *output, const char *name);

/* New ones at the end; inputs are words separated by blanks. */
Onnx__NodeProto *onnx_add_node(struct made_onnx *made, const char *op, const char *inputs,
                               const char *output);
Onnx__AttributeProto *onnx_add_attribute(struct made_onnx *made, Onnx__NodeProto *node, const char *name);
Onnx__TensorProto *onnx_add_weight(struct made_onnx *made, const char *name);
/* The tensor becomes that row of int64 numbers. */
void onnx_put_integers(struct made_onnx *made, Onnx__TensorProto *tensor, size_t count,
                       const int64_t *values);
/* Floats become halves, raw or typed: multiples of 1/64, in the test graph, too. */
void onnx_put_half(struct made_onnx *made, Onnx__TensorProto *tensor, bool typed);
/* The initializer becomes halves behind a Cast to floats. */
void onnx_put_cast(struct made_onnx *made, const char *name);
/* The tensor's values lie in a file: location, and offset and length unless NULL. */
void onnx_put_external(struct made_onnx *made, Onnx__TensorProto *tensor, const char *location,
                       const char *offset, const char *length);
/* The initializer becomes the value of a Constant node of that name, the first of the nodes. */
void onnx_to_constant(struct made_onnx *made, const char *name);

/* The model's bytes, taken from its arena. */
const uint8_t *onnx_bytes(struct made_onnx *made, size_t *length);
void onnx_write(struct made_onnx *made, const char *path);

/*
 * The command, a line of sh, has exit status 2 and prints one line on standard error, which has the message;
 * there is no `out` in the folder afterwards. `name` is for the failure.
 */
void assert_model_refused(const char *folder, const char *name, const char *command, const char *message);

#endif
