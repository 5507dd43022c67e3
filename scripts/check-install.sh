#!/usr/bin/env bash
# check-install.sh: installs into an empty folder as a packager does, looks at what is there, moves it, and builds and
# runs every example with it (check-examples.sh); at last uninstalls, which must leave nothing.
set -euo pipefail

cd "$(dirname "$0")/.."
BUILD=$(realpath "${BUILD:-build}")
work=$(mktemp -d) # not below the source tree, where sepcc would find its templates without being installed
trap 'rm -rf "$work"' EXIT

fail() {
    echo "check-install: $*" >&2
    exit 1
}

libdir=/usr/lib/$(gcc -dumpmachine)
folders=(PREFIX=/usr "libdir=$libdir")
built=$(stat -c '%i %y' "$BUILD/sepcc")
make --no-print-directory BUILD="$BUILD" DESTDIR="$work/first" "${folders[@]}" install >"$work/log" || {
    cat "$work/log"
    fail "make install failed"
}

[ "$built" = "$(stat -c '%i %y' "$BUILD/sepcc")" ] || fail "make install built sepcc again"

# ---- what is where ----

lib=$work/first$libdir
for file in usr/bin/sepcc usr/include/sepcc/sepcc.h usr/include/sepcc/sepcc_kernel.h usr/share/man/man1/sepcc.1 \
    usr/share/sepcc/templates/lib/base.m4 usr/share/sepcc/sepcc.mk "${libdir#/}/libsepcc.a" "${libdir#/}/libsepcc.so" \
    "${libdir#/}/pkgconfig/sepcc.pc" "${libdir#/}/cmake/sepcc/sepccConfig.cmake" \
    "${libdir#/}/cmake/sepcc/sepccConfigVersion.cmake" "${libdir#/}/cmake/sepcc/SepccKernels.cmake"; do
    [ -f "$work/first/$file" ] || fail "$file is not installed"
done
stray=$(grep -rlE "@[A-Z_]+@|$work|$PWD" "$lib/cmake" "$lib/pkgconfig" || true)
[ -z "$stray" ] || fail "left-over words or paths of this build in $stray"

# ---- the shared library exports what sepcc.h declares, and nothing else ----

soname=$(readelf -d "$lib/libsepcc.so" | sed -n 's/.*SONAME.*\[\(.*\)\]/\1/p')
if [ "$soname" != libsepcc.so.0 ] || [ ! -f "$lib/$soname" ]; then
    fail "soname '$soname', expected libsepcc.so.0 and a file of that name"
fi
sed -n 's/^[a-z][a-z_ 0-9]*[ *]\(sepcc_[a-z_0-9]*\)(.*/\1/p' runtime/sepcc.h | sort >"$work/declared"
nm -D --defined-only "$lib/libsepcc.so" | sed -n 's/^[0-9a-f]* [^A] \([^@]*\).*/\1/p' | sort >"$work/exported"
diff "$work/declared" "$work/exported" || fail "runtime/sepcc.h (<) and the exports of libsepcc.so (>) differ; see runtime/libsepcc.map"

# ---- it may be moved, and writes the same bytes as the one in the source tree ----

mkdir "$work/moved"
mv "$work/first" "$work/moved/root"
(cd "$work/moved" && env -i PATH=/usr/bin:/bin "$work/moved/root/usr/bin/sepcc" gen -f "$OLDPWD/examples/golden.layers" --isa all -o golden >/dev/null)
diff -r generated/golden "$work/moved/golden" || fail "the installed sepcc writes another bundle"

# What it proves kernels with, here and under an emulator, is installed, too.
if command -v clang >/dev/null && command -v qemu-aarch64-static >/dev/null; then
    (cd "$work" && env -u SEPCC_DATADIR "$work/moved/root/usr/bin/sepcc" verify pointwise in=3x3x4 out=5 --isa scalar,neon >"$work/log") || {
        cat "$work/log"
        fail "the installed sepcc proves nothing"
    }
else
    echo "skipped: sepcc verify, installed: no clang or no qemu-aarch64-static"
fi

scripts/check-examples.sh "$work/moved/root" "$libdir" "$work/examples" | tee "$work/said"
scripts/check-rebuilds.sh "$work/moved/root" "$libdir" "$work/rebuilds"

make --no-print-directory BUILD="$BUILD" DESTDIR="$work/moved/root" "${folders[@]}" uninstall >/dev/null
left=$(find "$work/moved/root" ! -type d)
[ -z "$left" ] || fail "make uninstall leaves $left"
echo "$(grep -c '^ok' "$work/said") examples built and run from an installed sepcc"
