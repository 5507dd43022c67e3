#!/bin/sh
# kernels.sh SEPCC CC FILE NAME WORK OUT DEPFILE OPTION...: writes the bundle NAME of the layers or the model in FILE, by
# `sepcc gen` with these options, and compiles it; leaves its library and its headers in OUT, and in DEPFILE, as a rule of
# make, what was read.
set -e
sepcc=$1 cc=$2 file=$3 name=$4 work=$5 out=$6 depfile=$7
shift 7
mkdir -p "$work"
"$sepcc" gen -f "$file" --name "$name" --dependencies "$work/read" "$@" -o "$work/bundle"
make -C "$work/bundle" CC="$cc" "lib$name.a"
cp "$work/bundle/lib$name.a" "$work/bundle/$name.h" "$work/bundle/sepcc_kernel.h" "$out"
# A blank in a name is a backslash and a blank there.
printf '%s\n' "$sepcc" | cat - "$work/read" | sed 's/[ #]/\\&/g; s/.*/ & \\/; 1s/^/'"lib$name.a:"' \\\n/' >"$depfile"
