/*
 * onnx_message.c: bytes to ONNX's messages by protobuf-c, with bounds on depth and memory that it lacks.
 */
#include "model/onnx_internal.h"

#include <stdlib.h>

enum { DEPTH_MAX = 100 };

static bool read_varint(const uint8_t **at, const uint8_t *end, uint64_t *value)
{
    *value = 0;
    for (unsigned shift = 0; shift < 64 && *at < end; shift += 7) {
        const uint8_t byte = *(*at)++;
        *value |= (uint64_t)(byte & 0x7f) << shift;
        if (byte < 0x80)
            return true;
    }
    return false;
}

static bool scan_depth(const ProtobufCMessageDescriptor *type, const uint8_t *at, const uint8_t *end,
                       int depth);

/* Skips one field's value and looks into it where it is a message. */
static bool scan_field(const ProtobufCFieldDescriptor *field, unsigned wire, const uint8_t **at,
                       const uint8_t *end, int depth)
{
    uint64_t length = 0;
    if (wire == 0)
        return read_varint(at, end, &length);
    if (wire == 1)
        length = 8;
    else if (wire == 5)
        length = 4;
    else if (wire != 2 || !read_varint(at, end, &length))
        return false;
    if (length > (uint64_t)(end - *at))
        return false;
    const uint8_t *inside = *at;
    *at += length;
    return wire != 2 || field == NULL || field->type != PROTOBUF_C_TYPE_MESSAGE ||
           scan_depth(field->descriptor, inside, *at, depth + 1);
}

/* Whether the bytes are well-formed and nested no deeper than the stack bears. */
static bool scan_depth(const ProtobufCMessageDescriptor *type, const uint8_t *at, const uint8_t *end,
                       int depth)
{
    if (depth > DEPTH_MAX)
        return false;
    while (at < end) {
        uint64_t tag;
        if (!read_varint(&at, end, &tag) || tag >> 3 == 0 || tag > UINT32_MAX)
            return false;
        const ProtobufCFieldDescriptor *field =
            protobuf_c_message_descriptor_get_field(type, (unsigned)(tag >> 3));
        if (!scan_field(field, (unsigned)(tag & 7), &at, end, depth))
            return false;
    }
    return true;
}

/* What unpacking may still take: an empty message costs two bytes in the file and hundreds in memory. */
static void *limited_alloc(void *room, size_t size)
{
    size_t *left = room;
    if (size > *left)
        return NULL;
    *left -= size;
    return malloc(size > 0 ? size : 1);
}

static void limited_free(void *room, void *pointer)
{
    (void)room;
    free(pointer);
}

enum exit_status onnx_unpack(const uint8_t *bytes, size_t length, const char *file, Onnx__ModelProto **model)
{
    *model = NULL;
    const struct position at = {file, 0, 0};
    if (!scan_depth(&onnx__model_proto__descriptor, bytes, bytes + length, 0))
        return diag_error(
            DIAG_FILE_FORMAT, at,
            "the bytes are no ONNX model: cut off, damaged or nested deeper than %d, expected a "
            "protobuf message ModelProto",
            DEPTH_MAX);
    size_t room = ((size_t)64 << 20) + (length < SIZE_MAX / 32 ? 16 * length : length);
    ProtobufCAllocator limited = {limited_alloc, limited_free, &room};
    *model = onnx__model_proto__unpack(&limited, length, bytes);
    if (*model == NULL)
        return diag_error(DIAG_FILE_FORMAT, at,
                          "the bytes are no ONNX model, or one that asks for too much memory, expected a "
                          "protobuf message ModelProto");
    if ((*model)->graph == NULL || (*model)->graph->n_node == 0)
        return diag_error(DIAG_FILE_FORMAT, at, "the model has no nodes, expected a graph with some");
    return STATUS_DONE;
}

void onnx_free(Onnx__ModelProto *model)
{
    ProtobufCAllocator plain = {limited_alloc, limited_free, NULL};
    if (model != NULL)
        onnx__model_proto__free_unpacked(model, &plain);
}

bool graph_is_onnx(const uint8_t *bytes, size_t length)
{
    /* A ModelProto opens with ir_version (field 1, a varint below 128) or another field of its own; text
     * with a letter, blank or '#', none of which is a tag of ModelProto before field 4. */
    if (length < 2)
        return false;
    if (bytes[0] == 0x08)
        return bytes[1] < 0x80;
    return (bytes[0] == 0x12 || bytes[0] == 0x1a || bytes[0] == 0x3a || bytes[0] == 0x42) && length > 2 &&
           scan_depth(&onnx__model_proto__descriptor, bytes, bytes + length, 0);
}
