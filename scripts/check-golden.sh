#!/usr/bin/env bash
# check-golden.sh [--write]: compares generated/golden with what sepcc writes now, or renews it.
#
# The same bytes must come from the source tree, from another folder, and under a locale with other rules for
# numbers and letters.
set -euo pipefail

root=$(cd "$(dirname "$0")/.." && pwd)
cd "$root"
BUILD=$(realpath "${BUILD:-build}")
layers=examples/golden.layers
golden=$root/generated/golden

if [ "${1:-}" = --write ]; then
    mkdir -p generated
    "$BUILD/sepcc" gen -f "$layers" --isa all -o "$golden"
    exit
fi

work=$(mktemp -d "$BUILD/golden.XXXXXX")
trap 'rm -rf "$work"' EXIT

compare() {
    if ! diff -r "$golden" "$work/$1" >"$work/diff"; then
        head -n 40 "$work/diff"
        echo "check-golden: differs $2; if that is meant, run 'make regen' and commit the change" >&2
        exit 1
    fi
}

"$BUILD/sepcc" gen -f "$layers" --isa all -o "$work/golden"
compare golden "from generated/golden"

mkdir "$work/elsewhere"
(cd "$work/elsewhere" && "$BUILD/sepcc" gen -f "$root/$layers" --isa all -o golden)
compare elsewhere/golden "when run in another folder"

# A German or Turkish locale: an installed one, else one made for this test where the sources are installed.
locale=$(locale -a 2>/dev/null | grep -m 1 -iE '^(de_DE|tr_TR)\.utf-?8$' || true)
if [ -z "$locale" ] && localedef -i de_DE -f UTF-8 "$work/de_DE.UTF-8" >/dev/null 2>&1; then
    locale=de_DE.UTF-8
    export LOCPATH=$work
fi
mkdir "$work/locale"
LC_ALL=${locale:-C.UTF-8} "$BUILD/sepcc" gen -j 1 -f "$layers" --isa all -o "$work/locale/golden"
compare locale/golden "under LC_ALL=${locale:-C.UTF-8} and -j 1"
echo "$(find "$golden" -type f | wc -l) files are the same"
