#!/usr/bin/env bash
# check-rebuilds.sh ROOT LIBDIR WORK: a project with kernels out of layers and out of a model, whose inputs change one
# by one, with CMake (Makefiles and Ninja) and with sepcc.mk: sepcc must run, and kernels be compiled, when and only when
# they must. ROOT and LIBDIR are those of check-examples.sh. Prints `ok NAME` for each build system.
set -euo pipefail

root=$1 libdir=$2 work=$3
cd "$(dirname "$0")/.."
encode=$PWD/examples/model/encode.sh
mkdir -p "$work/bin"
cp -r "$root" "$work/root" # its templates will change
prefix=$work/root/usr
export LD_LIBRARY_PATH=$work/root$libdir CMAKE_BUILD_PARALLEL_LEVEL=${JOBS:-$(nproc)} SEPCC_RUNS=$work/runs
unset MAKEFLAGS MFLAGS MAKELEVEL CFLAGS CC SEPCC_DATADIR

fail() {
    cat "$work/log"
    echo "check-rebuilds: $*" >&2
    exit 1
}

# ---- the project ----

# A program that counts how often sepcc writes kernels.
make_program() {
    cat >"$work/bin/sepcc" <<EOF
#!/bin/sh
echo "\$*" >>"\$SEPCC_RUNS"
exec "$prefix/bin/sepcc" "\$@"
EOF
    chmod +x "$work/bin/sepcc"
}

# A pointwise layer of two channels, with weights in a file beside it: write_model WIDTH
write_model() {
    cat >"$work/net.textproto" <<EOF
ir_version: 8
opset_import { domain: "" version: 13 }
graph {
  name: "net"
  input { name: "x" type { tensor_type { elem_type: 1 shape {
    dim { dim_value: 1 } dim { dim_value: 2 } dim { dim_value: 3 } dim { dim_value: $1 } } } } }
  output { name: "y" type { tensor_type { elem_type: 1 } } }
  initializer { name: "w" data_type: 1 dims: [2, 2, 1, 1] data_location: EXTERNAL
    external_data { key: "location" value: "weights.bin" } }
  node { name: "mix" op_type: "Conv" input: ["x", "w"] output: "y" }
}
EOF
    "$encode" "$work/net.textproto" "$source/net.onnx"
}

one='\0000\0000\0200\0077' two='\0000\0000\0000\0100' # f32, for printf's %b

# A plan for the layer that the heuristic does not choose, in the form of a sweep's outcome: write_wisdom ROWS
write_wisdom() {
    awk -v rows="$1" 'BEGIN { FS = OFS = "\t" } !/^#/ { $9 = $10 = $11 = "0.5000"; $12 = "rows=" rows ",vectors=1" } { print }' \
        "$work/wisdom" >"$source/net.wisdom"
}

write_project() {
    rm -rf "$source"
    mkdir -p "$source"
    make_program
    cp "$work/unchanged/isa/scalar.m4" "$prefix/share/sepcc/templates/isa/scalar.m4"
    printf 'pointwise name=pw in=4x4x8 out=8\n' >"$source/net.layers"
    write_wisdom 1
    printf '%b' "$one$one$one$one" >"$source/weights.bin"
    write_model 4
    echo >"$source/other"
    printf '#include "listed.h"\n#include "modelled.h"\nint main(void)\n{\n    return sepcc_listed_pw_kernel() == NULL || %s;\n}\n' \
        'sepcc_modelled_mix_kernel() == NULL' >"$source/main.c"
    cat >"$source/CMakeLists.txt" <<'EOF'
cmake_minimum_required(VERSION 3.19)
project(rebuilds LANGUAGES C)
find_package(sepcc 0.1 REQUIRED)
sepcc_add_kernels(TARGET listed LAYERS net.layers WISDOM net.wisdom ISA scalar)
sepcc_add_kernels(TARGET modelled MODEL net.onnx WEIGHTS net.weights DEPENDS other ISA scalar)
add_executable(program main.c)
target_link_libraries(program PRIVATE listed modelled)
EOF
    cat >"$source/Makefile" <<'EOF'
SEPCC_OUT = $(OUT)/sepcc
include $(PREFIX)/share/sepcc/sepcc.mk
$(eval $(call sepcc_kernels,listed,net.layers,scalar,,net.wisdom))
$(eval $(call sepcc_kernels,modelled,net.onnx,scalar,--weights $(OUT)/net.weights))

$(OUT)/program: main.c $(listed_LIB) $(modelled_LIB)
	$(CC) $(listed_CPPFLAGS) $(modelled_CPPFLAGS) -o $@ $^ -lm
EOF
}

# ---- building and judging ----

build_cmake() { cmake --build "$build"; }
build_make() { make -C "$source" SEPCC="$work/bin/sepcc" OUT="$build" PREFIX="$prefix"; }

# step WHAT RUNS COMPILED: builds, after WHAT, with so many runs of sepcc, and `some` or `none` of the kernels compiled;
# then once more, when nothing may happen.
step() {
    local runs compiled
    : >"$SEPCC_RUNS"
    "build_$system" >"$work/log" 2>&1 </dev/null || fail "$name, $1: the build failed"
    runs=$(wc -l <"$SEPCC_RUNS")
    compiled=$(grep -qE '(Building C object.*|-o )(sepcc_f32|listed|modelled)' "$work/log" && echo some || echo none)
    [ "$runs $compiled" = "$2 $3" ] || fail "$name, $1: sepcc ran $runs times, $compiled compiled; expected $2, $3"
    "$build/program" || fail "$name, $1: the program failed"
    : >"$SEPCC_RUNS"
    "build_$system" >"$work/log" 2>&1 </dev/null || fail "$name, $1, again: the build failed"
    [ ! -s "$SEPCC_RUNS" ] || fail "$name, $1, again: sepcc ran though nothing had changed"
    ! grep -qE 'Building|Linking|Configuring done| -o ' "$work/log" || fail "$name, $1, again: something was built"
    [ "$name" != ninja ] || grep -q 'no work to do' "$work/log" || fail "$name, $1, again: there was work to do"
}

# The libraries' kernels are what their inputs say: has FILE WORD
has() { grep -q "$2" "$build/sepcc/$1" || fail "$name: no '$2' in $1"; }

# What changes in the same way with every build system; touched: how often sepcc runs for times alone.
inputs_change() {
    local touched=$1
    step "at first" 2 some
    has listed/manifest.json '"tuned"'
    has listed/listed.wisdom 'rows=1,vectors=1'
    touch "$source"/* "$work/bin/sepcc" "$prefix/share/sepcc/templates/isa/scalar.m4"
    step "all files touched" "$touched" none
    sed -i 's/$/ act=relu/' "$source/net.layers"
    step "other layers" 1 some
    write_wisdom 2
    step "other wisdom, but for another layer" 1 none
    sed -i 's/ act=relu//' "$source/net.layers"
    step "the wisdom's layer" 1 some
    has listed/listed.wisdom 'rows=2,vectors=1'
    write_wisdom 3
    step "other wisdom" 1 some
    has listed/listed.wisdom 'rows=3,vectors=1'
    printf '%b' "$one$two$one$two" >"$source/weights.bin"
    cp "$build/net.weights" "$work/weights"
    step "other weights in the model's external data" 1 some
    ! cmp -s "$build/net.weights" "$work/weights" || fail "$name: the side file has the old weights"
    write_model 5
    step "another model" 1 some
    has modelled/modelled.layers 'in=3x5x2'
    echo 'm4_dnl another' >>"$prefix/share/sepcc/templates/isa/scalar.m4"
    write_wisdom 3 # belongs to other templates now: not taken
    step "another template" 2 some
    has listed/manifest.json '"heuristic"'
    echo '# another' >>"$work/bin/sepcc"
    step "another sepcc" 2 none
}

# CMake alone: files of the caller's own, and what was deleted of the output.
outputs_are_lost() {
    echo more >>"$source/other"
    step "another file in DEPENDS" 1 none
    rm "$build/net.weights"
    step "no side file" 1 none
    rm "$build"/sepcc/modelled/sepcc_f32_*.c
    step "a kernel is gone" 1 some
    rm "$build/sepcc/listed/manifest.json"
    step "no manifest" 1 some
    sed -i '/TARGET listed/s/ISA scalar/ISA scalar neon/' "$source/CMakeLists.txt"
    step "another call" 1 some
    echo 'pointwise in=0x0x0' >"$source/net.layers"
    if build_cmake >"$work/log" 2>&1; then fail "$name: layers that are wrong were built"; fi
    grep -q 'net.layers:1:' "$work/log" || fail "$name: the message does not say where the layers are wrong"
    printf 'pointwise name=pw in=4x4x8 out=8\n' >"$source/net.layers"
    build_cmake >"$work/log" 2>&1 || fail "$name: the build does not recover from wrong layers"
}

cmake_rebuilds() {
    name=$1 system=cmake source=$work/$1-source build=$work/$1
    write_project
    cmake -S "$source" -B "$build" -G "$2" -Dsepcc_DIR="$work/root$libdir/cmake/sepcc" -DSEPCC_EXECUTABLE="$work/bin/sepcc" \
        >"$work/log" 2>&1 || fail "$name: CMake failed"
    rm -rf "$build/sepcc" # as if it had not run
    inputs_change 0
    outputs_are_lost
    echo "ok   rebuilds with $name"
}

make_rebuilds() {
    name=make system=make source=$work/make-source build=$work/make
    write_project
    inputs_change 2
    sed -i 's/net.layers,scalar,/net.layers,scalar neon,/' "$source/Makefile"
    step "another call" 1 some
    sed -i 's/net.layers,scalar neon,/net.layers,scalar,/' "$source/Makefile"
    step "a shorter call" 1 some
    mv "$source/weights.bin" "$source/moved.bin"
    if build_make >"$work/log" 2>&1; then fail "make: a model without its weights was built"; fi
    mv "$source/moved.bin" "$source/weights.bin"
    step "back again" 0 none
    rm "$build/net.weights"
    step "no side file" 1 none
    echo "ok   rebuilds with make"
}

for tool in clang protoc-c; do
    command -v $tool >/dev/null || {
        echo "skipped: rebuilds: no $tool"
        exit 0
    }
done
mkdir -p "$work/unchanged"
cp -r "$prefix/share/sepcc/templates/isa" "$work/unchanged"
: >"$SEPCC_RUNS"
"$prefix/bin/sepcc" tune pointwise in=4x4x8 out=8 --isa scalar --trials 1 --seconds 0.001 --db "$work/tune.db" >"$work/log" 2>&1 ||
    fail "sepcc tune failed"
"$prefix/bin/sepcc" db export "$work/tune.db" -o "$work/wisdom" >"$work/log" 2>&1 || fail "sepcc db export failed"

make_rebuilds
if ! command -v cmake >/dev/null; then
    echo "skipped: rebuilds with CMake: no cmake"
    exit 0
fi
cmake_rebuilds makefiles "Unix Makefiles"
if command -v ninja >/dev/null; then cmake_rebuilds ninja Ninja; else echo "skipped: rebuilds with Ninja: no ninja"; fi
