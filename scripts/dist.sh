#!/usr/bin/env bash
# dist.sh FILE.tar.gz: writes the source tarball; called by `make dist`.
#
# In a git tree it holds what the last commit holds, whatever stands in the folder; its times are the commit's. In an
# unpacked tarball it holds the files that FILES lists, with that file's time. The same commit gives the same bytes
# either way; SOURCE_DATE_EPOCH sets another time.
set -euo pipefail

if [ $# -ne 1 ]; then
    echo "usage: dist.sh FILE.tar.gz" >&2
    exit 2
fi
target=$(realpath -m "$1")
cd "$(dirname "$0")/.."
export LC_ALL=C TZ=UTC
version=$(sed -n 's/^.define SEPCC_VERSION "\(.*\)"/\1/p' runtime/sepcc_version.h)
name=sepcc-$version

mkdir -p "$(dirname "$target")"
work=$(mktemp -d "$target.XXXXXX")
trap 'rm -rf "$work"' EXIT
mkdir "$work/$name"

if [ -e .git ]; then
    git archive --format=tar HEAD | tar -x -C "$work/$name"
    (cd "$work/$name" && find . -type f -o -type l | sed 's,^\./,,' && echo FILES) | sort >"$work/FILES"
    mv "$work/FILES" "$work/$name"
    time=$(git log -1 --format=%ct)
elif [ -e FILES ]; then
    tar -c -T FILES | tar -x -C "$work/$name"
    time=$(stat -c %Y FILES)
else
    echo "dist.sh: neither .git nor FILES is there, expected a clone or an unpacked tarball" >&2
    exit 3
fi

tar -c -C "$work" --format=ustar --sort=name --owner=0 --group=0 --numeric-owner --mode=u+rwX,go+rX,go-w \
    --mtime="@${SOURCE_DATE_EPOCH:-$time}" "$name" | gzip -n -9 >"$work/tarball"
mv "$work/tarball" "$target"
echo "$target: $(wc -l <"$work/$name/FILES") files, $(wc -c <"$target") bytes"
