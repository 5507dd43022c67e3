#!/usr/bin/env bash
# tune-slurm.sh PARTS FOLDER WORD...: a sweep in PARTS parts, as an array of Slurm jobs, and a job that merges them.
#
# WORD... is what `sepcc tune` gets besides --shard and --db: a spec or -f FILE, and options. Task I keeps its trials in
# FOLDER/part-I.db and what it says in FOLDER/part-I.log; the job after the array puts all trials into FOLDER/all.db.
# Run the same line again after a fault: only parts that did not end are submitted, and go on where they were. While
# jobs of the line are waiting or running, it submits nothing.
#
# Environment: SEPCC (default: sepcc), the program, under the same path on all nodes, as FOLDER is and the folder where
# this runs; and sbatch's own, such as SBATCH_PARTITION, SBATCH_CONSTRAINT (all nodes of one kind: only their plans can
# be compared) and SBATCH_TIMELIMIT. A task has its node for itself, since what is timed wants the machine alone.
set -euo pipefail

fail() {
    echo "tune-slurm.sh: $1" >&2
    exit "${2:-1}"
}

# Parts of 1..$parts that have not ended, with commas between.
unfinished() {
    local part list=
    for part in $(seq "$parts"); do
        [ -e "$folder/part-$part.done" ] || list+=,$part
    done
    echo "${list#,}"
}

# In the array: the part of this task.
run_part() {
    local part=$SLURM_ARRAY_TASK_ID
    "$program" tune "$@" --shard "$part/$parts" --db "$folder/part-$part.db"
    touch "$folder/part-$part.done"
}

# After the array, also when tasks of it failed.
run_merge() {
    local missing
    missing=$(unfinished)
    [ -z "$missing" ] || fail "parts $missing of $parts did not end; the same line goes on with them"
    "$program" db merge -o "$folder/all.db" "$folder"/part-*.db
}

# The arguments of the line, to be compared.
check_line() {
    local line
    line=$(printf '%q ' "$parts" "$@")
    if [ -e "$folder/line" ] && [ "$(cat "$folder/line")" != "$line" ]; then
        fail "$folder is of another line ($(cat "$folder/line")), expected the same one or a new folder" 2
    fi
    echo "$line" >"$folder/line"
}

# submit FILE OPTION... -- WORD...: a job of this script that prints into FOLDER/FILE. Its number.
submit() {
    local log=$1 options=()
    shift
    while [ "$1" != -- ]; do
        options+=("$1")
        shift
    done
    shift
    # sbatch keeps a copy of this script, and hands its words over as they are.
    sbatch --parsable --job-name="$name" --requeue --open-mode=append --output="$folder/$log" \
        "${options[@]}" "$0" "$@" | sed -u 's/;.*//' # without the cluster's name
}

submit_all() {
    local missing job after=() name waiting
    name=sepcc-tune-$(cksum <<<"$folder" | cut -d ' ' -f 1)
    check_line "$@"
    waiting=$(squeue --me --noheader --format=%A --name="$name")
    [ -z "$waiting" ] || fail "jobs $(tr -s '\n' ' ' <<<"$waiting")of this line have not ended; see squeue"
    missing=$(unfinished)
    if [ -n "$missing" ]; then
        # With SBATCH_WAIT=1 this script waits, but for the last job.
        job=$(unset SBATCH_WAIT && submit part-%a.log --exclusive --array="$missing" \
            -- --part "$parts" "$folder" "$program" "$@")
        echo "tune-slurm.sh: parts $missing of $parts are job $job" >&2
        after=(--dependency="afterany:$job")
    fi
    echo "tune-slurm.sh: a job after them makes all.db, or says in merge.log what is missing" >&2
    submit merge.log "${after[@]}" -- --merge "$parts" "$folder" "$program" >/dev/null
}

mode=submit
case ${1:-} in
    --part | --merge)
        mode=${1#--}
        shift
        parts=$1 folder=$2 program=$3
        shift 3
        ;;
    *)
        if [ $# -lt 3 ]; then
            sed -n 's/^# \(tune-slurm.sh [^:]*\):.*/usage: \1/p' "$0" >&2
            exit 2
        fi
        parts=$1 program=${SEPCC:-sepcc}
        mkdir -p "$2"
        folder=$(realpath "$2")
        shift 2
        ;;
esac
case $mode in
    part) run_part "$@" ;;
    merge) run_merge ;;
    submit) submit_all "$@" ;;
esac
