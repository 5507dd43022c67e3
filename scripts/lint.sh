#!/usr/bin/env bash
# lint.sh SOURCE...: clang-tidy (.clang-tidy) and cppcheck on C files, mandoc on the manual. Silent when all is well.
set -uo pipefail

JOBS=${JOBS:-1}
status=0

# clang-tidy counts what it suppressed on stderr; that is no finding.
tidy() {
    case $1 in
        runtime/*) set -- "$1" -Iruntime ;;
        *) set -- "$1" -Igenerator -Iruntime -Itests ;;
    esac
    clang-tidy --quiet "$1" -- -std=c11 -D_GNU_SOURCE -ffp-contract=off "${@:2}" 2> >(grep -vE '^[0-9]+ warnings? (generated|treated)' >&2)
}
export -f tidy
printf '%s\0' "$@" | xargs -0 -n 1 -P "$JOBS" bash -c 'tidy "$0"' || status=1

cppcheck --quiet --error-exitcode=1 --std=c11 --language=c --enable=warning,portability,performance --inline-suppr \
    --suppressions-list=scripts/cppcheck.suppressions -j "$JOBS" -D_GNU_SOURCE -Igenerator -Iruntime -Itests "$@" || status=1

if command -v mandoc >/dev/null; then
    mandoc -T lint -W warning docs/man/sepcc.1 || status=1
fi
exit $status
