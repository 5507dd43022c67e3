#!/bin/sh
# encode.sh NET.textproto NET.onnx: the model that the text means. A project of yours has an .onnx file and needs no such step.
#
# protoc-c is Debian's protobuf-c-compiler, onnx.proto its libonnx-dev; `protoc` takes the same words.
set -e
proto=${ONNX_PROTO:-/usr/include/onnx/onnx.proto}
mkdir -p "$(dirname "$2")"
protoc-c --encode=onnx.ModelProto -I "$(dirname "$proto")" "$(basename "$proto")" <"$1" >"$2.new"
mv "$2.new" "$2"
