#!/usr/bin/env bash
# fuzz.sh TARGET...: runs each libFuzzer program of $BUILD/fuzz/tests for FUZZ_SECONDS; called by `make fuzz`.
#
# New inputs are kept in $BUILD/fuzz/corpus/TARGET; tests/corpus/TARGET is read where there is one. An input that
# fails is written to $BUILD/fuzz and named.
set -uo pipefail

BUILD=${BUILD:-build}
FUZZ_SECONDS=${FUZZ_SECONDS:-60}
status=0
for target in "$@"; do
    corpus=$BUILD/fuzz/corpus/$target
    log=$BUILD/fuzz/$target.log
    mkdir -p "$corpus" || exit 3
    folders=("$corpus")
    [ ! -d "tests/corpus/$target" ] || folders+=("tests/corpus/$target")
    if "$BUILD/fuzz/tests/$target" -max_total_time="$FUZZ_SECONDS" -timeout=10 -rss_limit_mb=2048 -print_final_stats=1 \
        -artifact_prefix="$BUILD/fuzz/$target-" "${folders[@]}" >"$log" 2>&1; then
        echo "$target: $(sed -n 's/^stat::number_of_executed_units: *//p' "$log") inputs in $FUZZ_SECONDS s, none fails"
    else
        tail -n 40 "$log"
        echo "$target: FAILED"
        status=1
    fi
done
exit $status
