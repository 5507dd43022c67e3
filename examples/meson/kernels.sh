#!/bin/sh
# kernels.sh SEPCC LAYERS ISAS WORK OUT -- COMPILER...: writes and compiles the bundle `example`; leaves its library and
# its headers in OUT.
set -e
sepcc=$1 layers=$2 isas=$3 bundle=$4/bundle out=$5
shift 6
mkdir -p "${bundle%/*}"
"$sepcc" gen -f "$layers" --isa "$isas" --name example -o "$bundle"
make -C "$bundle" CC="$*" libexample.a
cp "$bundle/libexample.a" "$bundle/example.h" "$bundle/sepcc_kernel.h" "$out"
