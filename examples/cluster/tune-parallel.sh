#!/usr/bin/env bash
# tune-parallel.sh PARTS FOLDER WORD...: a sweep in PARTS parts, by GNU parallel, on this machine or on others of its kind.
#
# WORD... is what `sepcc tune` gets besides --shard and --db: a spec or -f FILE, and options. Each part keeps its
# trials in FOLDER/part-I.db, and in the end all of them are in FOLDER/all.db. Run the same line again after a fault:
# parts that ended are not done again, and the others go on where they were.
#
# Environment: SEPCC (default: sepcc), the program; HOSTS, where to run, as parallel's --sshlogin takes it, such as
# host1,host2, or a file of them, one a line (default: here); PARALLEL_SSH (default: ssh), the command that logs in.
# Hosts share FOLDER and the folder where this runs, under the same paths. A host does one part at a time, since what
# is timed wants the machine for itself.
set -euo pipefail

if [ $# -lt 3 ]; then
    sed -n 's/^# \(tune-parallel.sh [^:]*\):.*/usage: \1/p' "$0" >&2
    exit 2
fi
parts=$1
mkdir -p "$2"
folder=$(realpath "$2")
shift 2
program=${SEPCC:-sepcc}
hosts=(--sshlogin "${HOSTS:-:}")
[ ! -f "${HOSTS:-}" ] || hosts=(--sshloginfile "$(realpath "$HOSTS")")

status=0
parallel --jobs 1 "${hosts[@]}" --workdir "$PWD" --joblog "$folder/log" --resume-failed --quote \
    "$program" tune "$@" --shard "{}/$parts" --db "$folder/part-{}.db" ::: $(seq "$parts") || status=$?
if [ $status -ne 0 ]; then
    echo "tune-parallel.sh: $status of $parts parts failed; the same line goes on with them" >&2
    exit 1
fi
"$program" db merge -o "$folder/all.db" "$folder"/part-*.db
