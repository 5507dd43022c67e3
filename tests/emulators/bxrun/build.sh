#!/bin/sh
# build.sh: builds bxrun's parts into a folder with gcc and binutils, and copies the bxrun script beside them.
set -eu

usage='usage: build.sh OUTPUT-FOLDER   (environment: BXRUN_CC, default gcc)'
case ${1-} in
--help) echo "$usage"; exit 0 ;;
'' | -*) echo "$usage" >&2; exit 2 ;;
esac

mkdir -p -- "$1"
out=$(CDPATH='' cd -- "$1" && pwd)
cd -- "$(dirname -- "$0")"
cc=${BXRUN_CC:-gcc} # not CC: the flags are of gcc, and make hands its own CC on
warn='-Wall -Wextra -Wshadow -Wconversion -Werror'

work=$(mktemp -d "$out/build.XXXXXX")
trap 'rm -rf -- "$work"' EXIT
trap 'exit 1' HUP INT TERM

# The ROM: exactly 64 KiB.
$cc -m32 -c rom.S -o "$work/rom.o"
ld -m elf_i386 -T rom.ld "$work/rom.o" -o "$work/rom.elf"
objcopy -O binary -j .text "$work/rom.elf" "$work/bx.rom"
[ "$(wc -c <"$work/bx.rom")" -eq 65536 ] || { echo "build.sh: bx.rom has the wrong size" >&2; exit 1; }

# The kernel: freestanding, and without vector or x87 registers, which are the program's.
objects=
for source in start.S main.c string.c console.c paging.c memory.c files.c syscalls.c exceptions.c loader.c stack.c; do
    object=$work/${source%.*}.o
    # shellcheck disable=SC2086 # the flags are words
    $cc -std=gnu11 -O2 $warn -ffreestanding -fno-builtin -fno-pic -fno-pie -mno-red-zone -mgeneral-regs-only \
        -mcmodel=small -fno-stack-protector -fcf-protection=none -fno-tree-loop-distribute-patterns \
        -fno-asynchronous-unwind-tables -c "$source" -o "$object"
    objects="$objects ${object##*/}"
done
# shellcheck disable=SC2086 # the objects are words, without blanks
(script=$PWD/kernel.ld && cd "$work" &&
    ld -z max-page-size=4096 --no-warn-rwx-segments -T "$script" $objects -o kernel.elf)
objcopy -O binary "$work/kernel.elf" "$work/bx.kernel"

# The programs of the host, and an empty VGA ROM, which Bochs insists on.
for tool in bxmk bxout; do
    # shellcheck disable=SC2086
    $cc -std=c11 -D_GNU_SOURCE -O2 $warn -Wpedantic "$tool.c" -o "$work/$tool"
done
head -c 2048 /dev/zero >"$work/vga.rom"
cp bxrun "$work/bxrun"
chmod 755 "$work/bxrun"

for part in bx.rom bx.kernel bxmk bxout vga.rom bxrun; do
    mv -f -- "$work/$part" "$out/$part"
done
