#!/usr/bin/env bash
# check-dist.sh: `make dist` gives the same bytes every time, and what it gives builds without git: sepcc is
# built from the unpacked tarball and must write the bytes of generated/golden. With SEPCC_TEST_LONG its tests run, too.
set -euo pipefail

cd "$(dirname "$0")/.."
BUILD=$(realpath "${BUILD:-build}")
JOBS=${JOBS:-$(nproc)}

if [ -e .git ] && ! command -v git >/dev/null; then
    echo "skipped: git is missing"
    exit 0
fi

mkdir -p "$BUILD"
work=$(mktemp -d "$BUILD/dist.XXXXXX")
trap 'rm -rf "$work"' EXIT

same() {
    cmp "$1" "$2" || {
        echo "check-dist: the tarball differs $3" >&2
        exit 1
    }
}

scripts/dist.sh "$work/one.tar.gz"
# Under other rules for modes, times and sorting.
(umask 077 && TZ=Asia/Tokyo LC_ALL=C.UTF-8 scripts/dist.sh "$work/two.tar.gz" >/dev/null)
same "$work/one.tar.gz" "$work/two.tar.gz" "under another umask, time zone and locale"

tar -x -C "$work" -f "$work/one.tar.gz"
root=$(echo "$work"/sepcc-*)
cd "$root"
# From here on there is no git; nor shall make find the settings of this run.
mkdir "$work/bin"
printf '#!/bin/sh\necho "git is not here" >&2\nexit 127\n' >"$work/bin/git"
chmod +x "$work/bin/git"
export PATH=$work/bin:$PATH
unset MAKEFLAGS MFLAGS MAKELEVEL BUILD
scripts/dist.sh "$work/three.tar.gz" >/dev/null
same "$work/one.tar.gz" "$work/three.tar.gz" "when made from itself"

# Quickly, unless the tests are to use what was built: it is to write the same bytes, not to be fast.
flags=()
[ -n "${SEPCC_TEST_LONG:-}" ] || flags=(CFLAGS=-O0)
make --no-print-directory -j"$JOBS" "${flags[@]}" build/sepcc >"$work/log" 2>&1 || {
    tail -n 30 "$work/log"
    echo "check-dist: the tarball does not build" >&2
    exit 1
}
build/sepcc gen -f examples/golden.layers --isa all -o "$work/golden" >/dev/null
diff -r generated/golden "$work/golden" >&2 || {
    echo "check-dist: sepcc built from the tarball writes other bytes than generated/golden" >&2
    exit 1
}
if [ -n "${SEPCC_TEST_LONG:-}" ]; then
    # What the tests of the tree have compiled is the same here, and most of the time.
    export SEPCC_CACHE=${SEPCC_CACHE:-$BUILD/cache}
    env -u SEPCC_TEST_LONG SEPCC_TEST_CASES=200 make --no-print-directory -j"$JOBS" check-tests
fi
echo "$(wc -l <FILES) files make the same tarball"
