#!/usr/bin/env bash
# check-examples.sh ROOT LIBDIR WORK: builds and runs every example in WORK with the sepcc installed below ROOT, whose
# libraries are in ROOT/LIBDIR. Prints `ok NAME` for each, or `skipped: NAME: why` where a tool is absent; stops at the
# first that fails.
set -euo pipefail

root=$1 libdir=$2 work=$3
cd "$(dirname "$0")/../examples"
mkdir -p "$work"
export PATH=$root/usr/bin:$PATH LD_LIBRARY_PATH=$root$libdir
export PKG_CONFIG_SYSROOT_DIR=$root PKG_CONFIG_LIBDIR=$root$libdir/pkgconfig
export CMAKE_PREFIX_PATH=$root/usr
export CMAKE_BUILD_PARALLEL_LEVEL=${JOBS:-$(nproc)}
unset MAKEFLAGS MFLAGS MAKELEVEL CFLAGS CC

# has NAME TOOL...: whether all tools are there; otherwise says which one the example of that name lacks.
has() {
    local name=$1 tool
    shift
    for tool in "$@"; do
        command -v "$tool" >/dev/null || {
            echo "skipped: $name: no $tool"
            return 1
        }
    done
}

# try NAME COMMAND...: runs it; its output is shown only when it fails.
try() {
    local name=$1
    shift
    "$@" >"$work/log" 2>&1 </dev/null || {
        tail -n 40 "$work/log"
        echo "check-examples: $name: '$*' failed" >&2
        exit 1
    }
}

# cmake_example NAME GENERATOR SOURCE OPTION...: configures and builds in $work/NAME.
cmake_example() {
    local name=$1 generator=$2 source=$3
    shift 3
    try "$name" cmake -S "$source" -B "$work/$name" -G "$generator" "$@"
    try "$name" cmake --build "$work/$name"
}

# cmake_program NAME GENERATOR SOURCE OPTION...: the same, runs what was built and says ok.
cmake_program() {
    cmake_example "$@"
    try "$1" "$work/$1/program"
    echo "ok   $1"
}

# cmake_cross NAME SOURCE ROOT: for AArch64, with sepcc on this machine and its CMake files below ROOT.
cmake_cross() {
    cmake_example "$1" Ninja "$2" --toolchain "$PWD/cmake/aarch64.cmake" "-Dsepcc_DIR=$3$libdir/cmake/sepcc"
    try "$1" grep -qx "SEPCC_EXECUTABLE:FILEPATH=$root/usr/bin/sepcc" "$work/$1/CMakeCache.txt"
    ! has "$1" qemu-aarch64-static || try "$1" qemu-aarch64-static "$work/$1/program"
    echo "ok   $1"
}

# A sysroot, whose sepcc is not for this machine: the one on the PATH is to be taken.
sysroot=$work/sysroot
mkdir -p "$sysroot/usr/bin" "$sysroot$libdir/cmake"
cp -r "$root$libdir/cmake/sepcc" "$sysroot$libdir/cmake"
printf '#!/bin/sh\nexit 126\n' >"$sysroot/usr/bin/sepcc"
chmod +x "$sysroot/usr/bin/sepcc"

for source in cmake model; do
    ! has $source-makefiles cmake || cmake_program $source-makefiles "Unix Makefiles" $source
    ! has $source-ninja cmake ninja || cmake_program $source-ninja Ninja $source
    ! has $source-cross cmake ninja aarch64-linux-gnu-gcc || cmake_cross $source-cross $source "$root"
    ! has $source-sysroot cmake ninja aarch64-linux-gnu-gcc || cmake_cross $source-sysroot $source "$sysroot"
done

# Whoever asks for another version than this gets none.
version=$(sepcc --version | sed -n '1s/.* //p')
find_version() {
    mkdir -p "$work/version"
    printf 'cmake_minimum_required(VERSION 3.19)\nproject(version LANGUAGES NONE)\nfind_package(sepcc %s REQUIRED)\n' "$1" \
        >"$work/version/CMakeLists.txt"
    cmake -S "$work/version" -B "$work/version/build" "-Dsepcc_DIR=$root$libdir/cmake/sepcc"
}
if has "find_package's versions" cmake; then
    try versions find_version "$version"
    try versions find_version "${version%.*}"
    for other in 99.0 "${version%%.*}.99" "${version%.*}.99" "$version.1"; do
        if find_version "$other" >"$work/log" 2>&1; then
            echo "check-examples: find_package(sepcc $other) finds $version" >&2
            exit 1
        fi
    done
    echo "ok   find_package's versions"
fi
! has cmake-subdirectory cmake ninja || cmake_program cmake-subdirectory Ninja cmake-subdirectory -DSEPCC_HOST_CFLAGS=-O0

if has cmake-pregenerated cmake ninja; then
    PATH=${PATH#"$root/usr/bin:"} cmake_example cmake-pregenerated Ninja cmake-pregenerated
    try cmake-pregenerated "$work/cmake-pregenerated/program"
    echo "ok   cmake-pregenerated"
fi

for source in make model; do
    has $source-make pkg-config || continue
    try $source-make make -C $source OUT="$work/$source-make"
    try $source-make make -C $source OUT="$work/$source-make" -q "$work/$source-make/program"
    echo "ok   $source-make"
done

if has model-make-cross pkg-config aarch64-linux-gnu-gcc; then
    try model-make-cross make -C model OUT="$work/model-make-cross" CC=aarch64-linux-gnu-gcc AR=aarch64-linux-gnu-ar \
        CFLAGS="-O2 -static" "$work/model-make-cross/program"
    ! has model-make-cross qemu-aarch64-static ||
        try model-make-cross qemu-aarch64-static "$work/model-make-cross/program"
    echo "ok   model-make-cross"
fi

if has meson meson ninja; then
    try meson meson setup "$work/meson" meson
    try meson meson test -C "$work/meson"
    echo "ok   meson"

    # A model, and then with wisdom, which must be taken.
    try model-meson meson setup "$work/model-meson" model
    try model-meson meson test -C "$work/model-meson"
    ! has "model-meson with wisdom" clang || {
        try model-meson sepcc tune "$work/model-meson/net.onnx" --input picture=1x3x24x32 --isa sse --trials 1 \
            --seconds 0.001 --db "$work/model-meson/tune.db"
        try model-meson sepcc db export "$work/model-meson/tune.db" -o "$work/model-meson/net.wisdom"
        try model-meson meson configure "-Dwisdom=$work/model-meson/net.wisdom" "$work/model-meson"
        try model-meson meson test -C "$work/model-meson"
        try model-meson grep -r '"tuned"' "$work/model-meson" --include=manifest.json
    }
    echo "ok   model-meson"
fi

for compiler in gcc clang; do
    has "plain-cc with $compiler" $compiler || continue
    try plain-cc env CC=$compiler plain-cc/build.sh ../../generated/golden "$work/plain-$compiler"
    try plain-cc "$work/plain-$compiler"
    echo "ok   plain-cc with $compiler"
    try single-file make -C single-file CC=$compiler CFLAGS="-O2 -Wall -Wextra -Werror" OUT="$work/single-$compiler"
    echo "ok   single-file with $compiler"
done

for compiler in g++ clang++; do
    has "cpp with $compiler" $compiler || continue
    warnings=(-O2 -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Werror)
    try cpp make -C cpp OUT="$work/cpp-$compiler" CXX=$compiler CXXFLAGS="${warnings[*]}"
    # libsepcc's header is C++, too.
    printf '#include <sepcc.h>\nint main() { return sepcc_version() == nullptr; }\n' >"$work/runtime.cpp"
    try cpp $compiler "${warnings[@]}" -std=c++11 -I"$root/usr/include/sepcc" "$work/runtime.cpp" -L"$root$libdir" -lsepcc \
        -o "$work/runtime"
    try cpp "$work/runtime"
    echo "ok   cpp with $compiler"
done

if has runtime pkg-config; then
    try runtime make -C runtime OUT="$work/runtime-program"
    echo "ok   runtime"
fi
if has "runtime with cmake" cmake ninja; then
    cmake_example runtime-cmake Ninja runtime
    try runtime-cmake ctest --test-dir "$work/runtime-cmake" --no-tests=error
    echo "ok   runtime with cmake"
fi
try quickstart make -C quickstart SEPCC="$root/usr/bin/sepcc" OUT="$work/quickstart"
echo "ok   quickstart"
