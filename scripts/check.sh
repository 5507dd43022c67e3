#!/usr/bin/env bash
# check.sh CHECK...: runs checks and sums them up; called by make.
#
# CHECK is `tests` (every test program below $BUILD/tests) or the name of a make target check-NAME or NAME. JOBS of them
# run at the same time, those that take long first; a test program whose source says `Runs alone` in its first comment
# runs when all else is done. Each test program has its own time limit; logs are kept in $BUILD/logs. Prints a line for
# each, in a fixed order, what failed with the end of its log, every skipped test by name, and at last
# `N passed, N failed, N skipped`. Exits 1 when anything failed.
set -uo pipefail

BUILD=${BUILD:-build}
JOBS=${JOBS:-$(nproc)}
TEST_TIMEOUT=${TEST_TIMEOUT:-2400}
logs=$BUILD/logs
mkdir -p "$logs" || exit 3
# What the tests compile is kept from run to run, and away from the user's own cache.
SEPCC_CACHE=${SEPCC_CACHE:-$(realpath "$BUILD")/cache}
export SEPCC_CACHE BUILD

# Those that take longest, and are begun first in this order.
long="test_kernels test_single_file test_weights install objects test_asm test_bundle test_tune_sweep test_kernels_wrong test_compile_group test_commands warnings test_words test_emulators dist"

now() { date +%s.%N; }

# line RESULT NAME DETAIL START: with the seconds since then, and those that this process's children had of the cores,
# which do not depend on what runs beside them.
line() {
    local spent
    times >"$logs/$2.times"
    spent=$(awk -F '[ ms]+' 'NR == 2 { print 60 * ($1 + $3) + $2 + $4 }' "$logs/$2.times")
    printf '%-5s %-24s %-34s %7.1f s %7.1f s CPU\n' "$1" "$2" "$3" "$(echo "$(now) $4" | awk '{ print $1 - $2 }')" "$spent"
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

# wait_for COMMAND...: runs it, and ends it when this process is to end.
child=
wait_for() {
    "$@" &
    child=$!
    wait "$child"
}

run_program() {
    local program=$1 name start log status ok bad skip
    name=$(basename "$program")
    log=$logs/$name.log
    start=$(now)
    # cmocka writes its counts to stderr; apart from stdout its lines cannot be cut in two.
    wait_for timeout -k 10 "$TEST_TIMEOUT" "$program" >"$log.out" 2>"$log" </dev/null
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
    if wait_for "${MAKE:-make}" --no-print-directory BUILD="$BUILD" "$target" >"$log" 2>&1 </dev/null; then
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

# run CHECK: one of them, as a process of its own: what it prints goes to NAME.said, its sums to NAME.sums.
run() {
    local name
    name=$(basename "$1")
    trap '[ -z "$child" ] || kill "$child" 2>/dev/null; exit 1' TERM
    passed=0 failed=0 skipped=0 failures=() skips=()
    case $1 in
        */*) run_program "$1" ;;
        *) run_target "$1" ;;
    esac >"$logs/$name.said" 2>&1
    {
        echo "$passed $failed $skipped"
        [ ${#failures[@]} -eq 0 ] || printf 'FAILED   %s\n' "${failures[@]}"
        [ ${#skips[@]} -eq 0 ] || printf 'skipped  %s\n' "${skips[@]}"
    } >"$logs/$name.sums.new"
    mv "$logs/$name.sums.new" "$logs/$name.sums"
}

# Prints what has ended, in order, as far as it has.
show() {
    local name
    while [ "$shown" -lt ${#checks[@]} ]; do
        name=$(basename "${checks[shown]}")
        [ -f "$logs/$name.sums" ] || return
        cat "$logs/$name.said"
        shown=$((shown + 1))
    done
}

# run_all JOBS CHECK...: so many at the same time.
run_all() {
    local most=$1 check running=0
    shift
    for check in "$@"; do
        if [ "$running" -ge "$most" ]; then
            wait -n
            running=$((running - 1))
            show
        fi
        run "$check" &
        running=$((running + 1))
    done
    while [ "$running" -gt 0 ]; do
        wait -n
        running=$((running - 1))
        show
    done
}

checks=()
for check in "$@"; do
    if [ "$check" = tests ]; then
        for source in tests/test_*.c; do
            checks+=("$BUILD/tests/$(basename "$source" .c)")
        done
    else
        checks+=("$check")
    fi
done

alone=() others=()
for check in "${checks[@]}"; do
    name=$(basename "$check")
    rm -f "$logs/$name.sums"
    if [[ $check == */* ]] && sed '/\*\//q' "tests/$name.c" | grep -q 'Runs alone'; then
        alone+=("$check")
    elif [[ " $long " != *" $name "* ]]; then
        others+=("$check")
    fi
done
first=()
for name in $long; do
    for check in "${checks[@]}"; do
        [ "$(basename "$check")" != "$name" ] || first+=("$check")
    done
done
shown=0
trap 'kill $(jobs -p) 2>/dev/null; exit 130' INT TERM
run_all "$JOBS" "${first[@]}" "${others[@]}"
run_all 1 "${alone[@]}"

passed=0 failed=0 skipped=0
for check in "${checks[@]}"; do
    sums=$logs/$(basename "$check").sums
    [ -f "$sums" ] || printf '0 1 0\nFAILED   %s: its sums cannot be written\n' "$(basename "$check")" >"$sums"
    read -r ok bad skip <"$sums"
    passed=$((passed + ok)) failed=$((failed + bad)) skipped=$((skipped + skip))
done
for word in skipped FAILED; do
    for check in "${checks[@]}"; do
        grep "^$word " "$logs/$(basename "$check").sums"
    done
done
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ]
