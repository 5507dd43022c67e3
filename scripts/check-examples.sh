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

# expect NAME (none|some): whether the build in try's log compiled a kernel, which it must only when an input changed.
expect() {
    local compiled=none
    ! grep -q 'Building C object.*sepcc_f32' "$work/log" || compiled=some
    [ "$compiled" = "$2" ] || {
        cat "$work/log"
        echo "check-examples: $1: $compiled of the kernels were compiled again, expected $2" >&2
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

# A copy of an example beside the quickstart's files, so that its inputs can be changed.
cmake_rebuilds() {
    local name=$1 generator=$2 build=$work/$1
    mkdir -p "$work/$name-source/quickstart"
    cp -r cmake "$work/$name-source"
    cp quickstart/main.c quickstart/example.layers "$work/$name-source/quickstart"
    cmake_example "$name" "$generator" "$work/$name-source/cmake"
    expect "$name" some
    try "$name" "$build/program"
    try "$name" cmake --build "$build"
    expect "$name" none
    touch "$work/$name-source/quickstart/example.layers" "$work/$name-source/cmake/CMakeLists.txt"
    try "$name" cmake --build "$build"
    expect "$name" none
    sed -i 's/act=relu6$/act=relu/' "$work/$name-source/quickstart/example.layers"
    try "$name" cmake --build "$build"
    expect "$name" some
    echo "ok   $name"
}

! has cmake-makefiles cmake || cmake_rebuilds cmake-makefiles "Unix Makefiles"
! has cmake-ninja cmake ninja || cmake_rebuilds cmake-ninja Ninja

if has cmake-cross cmake ninja aarch64-linux-gnu-gcc; then
    cmake_example cmake-cross Ninja cmake --toolchain aarch64.cmake "-Dsepcc_DIR=$root$libdir/cmake/sepcc"
    ! has cmake-cross qemu-aarch64-static || try cmake-cross qemu-aarch64-static "$work/cmake-cross/program"
    echo "ok   cmake-cross"
fi

if has cmake-subdirectory cmake ninja; then
    cmake_example cmake-subdirectory Ninja cmake-subdirectory -DSEPCC_HOST_CFLAGS=-O0
    try cmake-subdirectory "$work/cmake-subdirectory/program"
    echo "ok   cmake-subdirectory"
fi

if has cmake-pregenerated cmake ninja; then
    PATH=${PATH#"$root/usr/bin:"} cmake_example cmake-pregenerated Ninja cmake-pregenerated
    try cmake-pregenerated "$work/cmake-pregenerated/program"
    echo "ok   cmake-pregenerated"
fi

if has make pkg-config; then
    try make make -C make OUT="$work/make"
    try make make -C make OUT="$work/make" -q "$work/make/program"
    echo "ok   make"
fi

if has meson meson ninja; then
    try meson meson setup "$work/meson" meson
    try meson meson test -C "$work/meson"
    echo "ok   meson"
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
