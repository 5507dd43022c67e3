#!/bin/sh
# build.sh [BUNDLE [PROGRAM]]: a committed bundle in a program, with a C compiler and nothing else.
set -e
cd "$(dirname "$0")"
bundle=${1:-../../generated/golden} program=${2:-../../build/plain-cc}
${CC:-cc} -std=c11 -O2 -ffp-contract=off -I"$bundle" main.c "$bundle"/*.c -lm -o "$program"
