#!/usr/bin/env bash
# bench-peers.sh: measures sepcc beside other libraries; see bench/README.md.
#
# Environment: BUILD; CHAINS (names in examples/models/, default all), PEERS, THREADS, ISA and PEER_SECONDS as
# the options of bench_peers; WISDOM (a file of `sepcc db export`: sepcc gets its tuned plans); RESULTS (default
# bench/results).
set -euo pipefail

build=${BUILD:-build}
folder=$build/bench/peers
results=${RESULTS:-bench/results}

scripts/install-deps.sh build
scripts/install-deps.sh peers || echo "bench-peers.sh: goes on with the peers that are there" >&2

command -v npm >/dev/null || scripts/install-deps.sh npm || true
BUILD=$build scripts/onnxruntime.sh || echo "bench-peers.sh: goes on without ONNX Runtime" >&2

make --no-print-directory BUILD="$build" -j"$(nproc)" peers

options=(--output "$results")
[ -z "${PEERS:-}" ] || options+=(--peers "$PEERS")
[ -z "${THREADS:-}" ] || options+=(--threads "$THREADS")
[ -z "${ISA:-}" ] || options+=(--isa "$ISA")
[ -z "${WISDOM:-}" ] || options+=(--wisdom "$WISDOM")
[ -z "${PEER_SECONDS:-}" ] || options+=(--seconds "$PEER_SECONDS")

if [ -n "${CHAINS:-}" ]; then
    read -r -a chains <<<"${CHAINS//,/ }"
else
    chains=()
    for file in examples/models/*.layers; do
        name=${file##*/}
        chains+=("${name%.layers}")
    done
fi
status=0
for chain in "${chains[@]}"; do
    "$folder/bench_peers" --file "examples/models/$chain.layers" "${options[@]}" || status=$?
done
exit "$status"
