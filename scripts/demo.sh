#!/usr/bin/env bash
# demo.sh: MobileNetV1's 26 depthwise and pointwise layers become C, are compiled, proven and measured on this CPU.
set -euo pipefail

cd "$(dirname "$0")/.."
BUILD=${BUILD:-build}
layers=examples/models/mobilenet_v1.layers
bundle=$BUILD/demo
stages=$(grep -cE '^ *(depthwise|pointwise) ' "$layers")

step() {
    printf '\n%s\n    %s\n' "$1" "sepcc ${*:2}"
    local start
    start=$(date +%s.%N)
    "$BUILD/sepcc" "${@:2}"
    date +%s.%N | awk -v start="$start" '{ printf "    done in %.1f s\n", $1 - start }'
}

step "1. Write C for the $stages layers of MobileNetV1, for every instruction set." \
    gen -f "$layers" --isa all -o "$bundle"
step "2. Compile those that this CPU can run." build -f "$layers" --isa native -o "$bundle-native"
step "3. Compare each with the reference, bit by bit." verify -f "$layers" --isa native | grep -v ' PASS$'
step "4. Measure the best ones, on one thread." bench -f "$layers" --verify
