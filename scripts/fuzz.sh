#!/usr/bin/env bash
# fuzz.sh TARGET...: runs each libFuzzer program of $BUILD/fuzz/tests for FUZZ_SECONDS; called by `make fuzz`.
#
# New inputs are kept in $BUILD/fuzz/corpus/TARGET; tests/corpus/TARGET is read where there is one. Models stand there
# as text (.textproto), and those in ../shared/models are taken too where that folder is, without the bulk of their
# weights. An input that fails is written to $BUILD/fuzz and named.
set -uo pipefail

BUILD=${BUILD:-build}
FUZZ_SECONDS=${FUZZ_SECONDS:-60}
status=0

# seed_models FOLDER TEXT...: the models that the texts mean, and real ones, as files in a folder.
seed_models() {
    local folder=$1 file
    shift
    rm -rf "$folder" && mkdir -p "$folder" || return 3
    for file in "$@"; do
        protoc-c --encode=onnx.ModelProto -I "$(dirname "${ONNX_PROTO:-/usr/include/onnx/onnx.proto}")" onnx.proto \
            <"$file" >"$folder/$(basename "$file" .textproto).onnx" || return 3
    done
    for file in ../shared/models/*/*.onnx; do
        [ ! -f "$file" ] || "$BUILD/fuzz/tests/seed_onnx" "$file" "$folder/$(basename "$file")" || return 3
    done
}

for target in "$@"; do
    corpus=$BUILD/fuzz/corpus/$target
    log=$BUILD/fuzz/$target.log
    mkdir -p "$corpus" || exit 3
    folders=("$corpus")
    texts=("tests/corpus/$target/"*.textproto)
    if [ -f "${texts[0]}" ]; then
        seed_models "$BUILD/fuzz/seeds/$target" "${texts[@]}" || exit 3
        folders+=("$BUILD/fuzz/seeds/$target")
    elif [ -d "tests/corpus/$target" ]; then
        folders+=("tests/corpus/$target")
    fi
    if "$BUILD/fuzz/tests/$target" -max_total_time="$FUZZ_SECONDS" -timeout=10 -rss_limit_mb=2048 -max_len=65536 -print_final_stats=1 \
        -artifact_prefix="$BUILD/fuzz/$target-" "${folders[@]}" >"$log" 2>&1; then
        echo "$target: $(sed -n 's/^stat::number_of_executed_units: *//p' "$log") inputs in $FUZZ_SECONDS s, none fails"
    else
        tail -n 40 "$log"
        echo "$target: FAILED"
        status=1
    fi
done
exit $status
