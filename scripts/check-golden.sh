#!/usr/bin/env bash
# check-golden.sh [--write]: compares generated/golden and generated/single-file with what sepcc writes now, or renews
# them.
#
# The same bytes must come from the source tree, from another folder, and under a locale with other rules for
# numbers and letters.
set -euo pipefail

root=$(cd "$(dirname "$0")/.." && pwd)
cd "$root"
BUILD=$(realpath "${BUILD:-build}")
layers=examples/golden.layers
golden=$root/generated/golden
single=$root/generated/single-file

write_single() {
    "$BUILD/sepcc" gen -f "$root/examples/single-file/image.layers" --isa sse,avx2,neon --plan unroll=row --single-file -o "$1"
}

if [ "${1:-}" = --write ]; then
    mkdir -p generated
    "$BUILD/sepcc" gen -f "$layers" --isa all -o "$golden"
    write_single "$single"
    exit
fi

work=$(mktemp -d "$BUILD/golden.XXXXXX")
trap 'rm -rf "$work"' EXIT

# compare NEW WHEN [COMMITTED]
compare() {
    if ! diff -r "${3:-$golden}" "$work/$1" >"$work/diff"; then
        head -n 40 "$work/diff"
        echo "check-golden: ${3:-$golden} differs $2; if that is meant, run 'make regen' and commit the change" >&2
        exit 1
    fi
}

"$BUILD/sepcc" gen -f "$layers" --isa all -o "$work/golden"
compare golden "from what sepcc writes"

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

write_single "$work/single-file"
compare single-file "from what sepcc writes" "$single"
echo "$(find "$golden" "$single" -type f | wc -l) files are the same"
