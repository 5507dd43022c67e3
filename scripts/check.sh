#!/usr/bin/env bash
# check.sh CHECK...: runs checks one after another and sums them up; called by make.
#
# CHECK is `tests` (every test program below $BUILD/tests) or the name of a make target check-NAME or NAME. Each
# test program runs with its own time limit; logs are kept in $BUILD/logs. Prints a line for each, what failed with
# the end of its log, every skipped test by name, and at last `N passed, N failed, N skipped`. Exits 1 when
# anything failed.
set -uo pipefail

BUILD=${BUILD:-build}
TEST_TIMEOUT=${TEST_TIMEOUT:-800}
logs=$BUILD/logs
mkdir -p "$logs" || exit 3
# What the tests compile is kept from run to run, and away from the user's own cache.
SEPCC_CACHE=${SEPCC_CACHE:-$(realpath "$BUILD")/cache}
export SEPCC_CACHE BUILD

passed=0
failed=0
skipped=0
failures=()
skips=()

now() { date +%s.%N; }

# line RESULT NAME DETAIL START
line() {
    printf '%-5s %-24s %-40s %6.1f s\n' "$1" "$2" "$3" "$(echo "$(now) $4" | awk '{ print $1 - $2 }')"
}

# The sum over a program's test groups of cmocka's closing counts: `[  PASSED  ] 5 test(s).`
count() {
    awk -v word="$1" '$1 == "[" && $2 == word && $3 == "]" && $5 ~ /^test\(s\)/ { n += $4 } END { print n + 0 }' "$2"
}

how_ended() {
    case $1 in
        0) echo "no test ran" ;;
        124) echo "stopped after $TEST_TIMEOUT s" ;;
        *) if [ "$1" -gt 128 ]; then echo "ended by signal $(($1 - 128))"; else echo "exit status $1"; fi ;;
    esac
}

run_program() {
    local program=$1 name start log status ok bad skip
    name=$(basename "$program")
    log=$logs/$name.log
    start=$(now)
    # cmocka writes its counts to stderr; apart from stdout its lines cannot be cut in two.
    timeout -k 10 "$TEST_TIMEOUT" "$program" >"$log.out" 2>"$log" </dev/null
    status=$?
    ok=$(count PASSED "$log")
    bad=$(count FAILED "$log")
    skip=$(count SKIPPED "$log")
    if [ "$bad" -eq 0 ] && { [ $status -ne 0 ] || [ $((ok + skip)) -eq 0 ]; }; then
        bad=1
        failures+=("$name: $(how_ended $status)")
    elif [ "$bad" -ne 0 ]; then
        while read -r test; do failures+=("$name: $test"); done \
            < <(sed -n 's/^\[  FAILED  \] \([^ ]*\)$/\1/p' "$log" | sort -u)
    fi
    while read -r test; do skips+=("$name: $test"); done \
        < <(sed -n 's/^\[  SKIPPED \] \([^ ]*\)$/\1/p' "$log" | sort -u)
    passed=$((passed + ok))
    failed=$((failed + bad))
    skipped=$((skipped + skip))
    if [ "$bad" -eq 0 ]; then
        line ok "$name" "$ok passed, $skip skipped" "$start"
    else
        line FAIL "$name" "$ok passed, $bad failed, $skip skipped" "$start"
        tail -n 15 "$log.out" "$log"
    fi
}

run_target() {
    local name=$1 target=$1 start log test total
    grep -q "^check-$name:" Makefile && target=check-$name
    log=$logs/$target.log
    start=$(now)
    if "${MAKE:-make}" --no-print-directory BUILD="$BUILD" "$target" >"$log" 2>&1 </dev/null; then
        while read -r test; do
            skipped=$((skipped + 1))
            skips+=("$target: $test")
        done < <(sed -n 's/^skipped: //p' "$log")
        total=$(tail -n 1 "$log" | grep -E '^[0-9]+ ' | cut -c 1-40)
        # A check that was skipped as a whole has no total; one that left out a part of its work has.
        if [ -z "$total" ] && grep -q '^skipped: ' "$log"; then
            line skip "$target" "" "$start"
        else
            passed=$((passed + 1))
            line ok "$target" "$total" "$start"
        fi
    else
        failed=$((failed + 1))
        failures+=("$target")
        line FAIL "$target" "" "$start"
        tail -n 30 "$log"
    fi
}

for check in "$@"; do
    if [ "$check" = tests ]; then
        for source in tests/test_*.c; do
            run_program "$BUILD/tests/$(basename "$source" .c)"
        done
    else
        run_target "$check"
    fi
done

[ ${#skips[@]} -eq 0 ] || printf 'skipped  %s\n' "${skips[@]}"
[ ${#failures[@]} -eq 0 ] || printf 'FAILED   %s\n' "${failures[@]}"
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ]
