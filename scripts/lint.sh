#!/usr/bin/env bash
# lint.sh SOURCE...: clang-tidy (.clang-tidy) and cppcheck on C files, mandoc on the manual. Silent when all is well.
set -uo pipefail

JOBS=${JOBS:-1}
status=0

tidy() {
    local flags=(-std=c11 -D_GNU_SOURCE -ffp-contract=off -Iruntime -isystem "${BUILD:-build}/onnx") checks='' said
    case $1 in
        runtime/*) ;;
        generator/base/diag.c) flags+=(-Igenerator) ;;
        generator/*) flags+=(-Igenerator -include scripts/lint.h) ;;
        *)
            # That cmocka's assertions end a test is not to be seen in its header.
            flags+=(-Igenerator -Itests)
            checks=-clang-analyzer-core.NullDereference,-clang-analyzer-core.NonNullParamChecker
            ;;
    esac
    # One piece of output for each file, so that those of parallel runs do not mix; its summary is left out.
    said=$(clang-tidy --quiet --checks="$checks" "$1" -- "${flags[@]}" 2>&1)
    local result=$?
    grep -vE '^[0-9]+ (warnings?|errors?)( and [0-9]+ errors?)? (generated|treated)' <<<"$said" | grep .
    return $result
}
export -f tidy
printf '%s\0' "$@" | xargs -0 -n 1 -P "$JOBS" bash -c 'tidy "$0"' || status=1

cppcheck --quiet --error-exitcode=1 --std=c11 --language=c --enable=warning,portability,performance --inline-suppr \
    --suppressions-list=scripts/cppcheck.suppressions -j "$JOBS" -D_GNU_SOURCE -Igenerator -Iruntime -Itests "$@" || status=1

mandoc -T lint -W warning docs/man/sepcc.1 || status=1
exit $status
