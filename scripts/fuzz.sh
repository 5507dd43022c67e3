#!/usr/bin/env bash
# fuzz.sh TARGET...: runs each libFuzzer program of $BUILD/fuzz/tests for FUZZ_SECONDS; called by `make fuzz`.
#
# New inputs are kept in $BUILD/fuzz/corpus/TARGET; tests/corpus/TARGET is read where there is one. Models stand there
# as text (.textproto). Those in ../shared/models are taken too where that folder is, without the bulk of their weights:
# whole ones, which take long, are tried once each, and pieces of them are what is changed. An input that fails is
# written to $BUILD/fuzz and named.
set -uo pipefail

BUILD=${BUILD:-build}
FUZZ_SECONDS=${FUZZ_SECONDS:-60}
status=0

# seed_models FOLDER WHOLE TEXT...: the models that the texts mean, and pieces of real ones, as files in a folder; the
# real ones in another.
seed_models() {
    local folder=$1 whole=$2 file
    shift 2
    rm -rf "$folder" "$whole" && mkdir -p "$folder" "$whole" || return 3
    for file in "$@"; do
        protoc-c --encode=onnx.ModelProto -I "$(dirname "${ONNX_PROTO:-/usr/include/onnx/onnx.proto}")" onnx.proto \
            <"$file" >"$folder/$(basename "$file" .textproto).onnx" || return 3
    done
    for file in ../shared/models/*/*.onnx; do
        [ ! -f "$file" ] || "$BUILD/fuzz/tests/seed_onnx" "$file" "$whole/$(basename "$file")" \
            "$folder/$(basename "$file" .onnx)" || return 3
    done
}

# fuzz LOG TARGET ARGUMENT...: runs it with the limits of one input, and tells what failed.
fuzz() {
    local log=$1 target=$2
    shift 2
    "$BUILD/fuzz/tests/$target" -timeout=10 -rss_limit_mb=2048 -artifact_prefix="$BUILD/fuzz/$target-" "$@" \
        >"$log" 2>&1 && return
    tail -n 40 "$log"
    echo "$target: FAILED"
    status=1
    return 1
}

for target in "$@"; do
    corpus=$BUILD/fuzz/corpus/$target
    seeds=$BUILD/fuzz/seeds/$target
    whole=$BUILD/fuzz/whole/$target
    log=$BUILD/fuzz/$target.log
    mkdir -p "$corpus" || exit 3
    folders=("$corpus")
    texts=("tests/corpus/$target/"*.textproto)
    if [ -f "${texts[0]}" ]; then
        seed_models "$seeds" "$whole" "${texts[@]}" || exit 3
        folders+=("$seeds")
    elif [ -d "tests/corpus/$target" ]; then
        folders+=("tests/corpus/$target")
    fi
    files=("$whole"/*)
    [ ! -f "${files[0]}" ] || fuzz "$log" "$target" "${files[@]}" || continue
    # Long inputs take long, and say little that short ones do not.
    fuzz "$log" "$target" -max_total_time="$FUZZ_SECONDS" -max_len=8192 -print_final_stats=1 "${folders[@]}" || continue
    echo "$target: $(sed -n 's/^stat::number_of_executed_units: *//p' "$log") inputs in $FUZZ_SECONDS s, none fails"
done
exit $status
