#!/usr/bin/env bash
# onnxruntime.sh: puts ONNX Runtime's shared library into $BUILD/onnxruntime, from npm's onnxruntime-node.
#
# Does nothing when it is there. Where npm is missing or fails, says so and exits 3. Environment: BUILD.
set -euo pipefail

folder=${BUILD:-build}/onnxruntime
if compgen -G "$folder/node_modules/onnxruntime-node/bin/napi-v*/linux/*/libonnxruntime.so*" >/dev/null; then
    exit 0
fi
if ! command -v npm >/dev/null; then
    echo "onnxruntime.sh: npm is not installed" >&2
    exit 3
fi
mkdir -p "$folder"
# Its install script would fetch libraries for other hardware.
if ! npm install --prefix "$folder" --ignore-scripts --no-audit --no-fund --loglevel=error onnxruntime-node >/dev/null; then
    echo "onnxruntime.sh: npm cannot install onnxruntime-node" >&2
    exit 3
fi
