#!/bin/sh
# tune-share.sh FOLDER: how near sweeps of a tenth of the trials come to exhaustive ones, for stages of six kinds.
#
# Each stage is swept as `sepcc tune` does by itself, and then to the end in the same database: what won first is
# in the final race of what wins then, so that both are timed in the same rounds. It may be interrupted: the same
# line again goes on. The environment may set ISA, SECONDS_EACH (sepcc tune --seconds) and SEPCC, the program.
set -eu
folder=${1:?usage: tune-share.sh FOLDER}
isa=${ISA:-avx2} sepcc=${SEPCC:-build/sepcc}
mkdir -p "$folder"

# tune DB STAGE [OPTION...]
tune() {
    db=$1 stage=$2
    shift 2
    "$sepcc" tune "$stage" --isa "$isa" --db "$db" --seconds "${SECONDS_EACH:-0.05}" "$@" >"$db.log"
}

# The best plan of a database.
best() {
    "$sepcc" db export "$1" | awk -F '\t' 'END { print $NF }'
}

# ratios DB PLAN1 PLAN2: to the untuned plan, in the last final race (64 rounds or more) that had both.
ratios() {
    "$sepcc" db list "$1" --csv | awk -v one="$2" -v two="$3" -F '"' '
        { line = ""; for (i = 1; i <= NF; ++i) { if (i % 2 == 0) gsub(",", ";", $i); line = line $i } split(line, field, ",") }
        NR == 1 { for (i in field) column[field[i]] = i; gsub(",", ";", one); gsub(",", ";", two); next }
        field[column["rounds"]] >= 64 {
            time = field[column["finished"]]; plan = field[column["plan"]]; ratio = field[column["ratio"]]
            if (plan == one) first[time] = ratio
            if (plan == two) second[time] = ratio
        }
        END { for (time in first) if (time in second && time > last) last = time
              if (last) print first[last], second[last]; else print 1, 1 }'
}

printf '%-58s %6s %6s  %8s %8s %8s\n' stage trials plans tenth all short
number=0
while read -r stage; do
    number=$((number + 1)) db=$folder/$((number)).db
    if [ ! -e "$db.tenth" ]; then
        tune "$db" "$stage"
        { best "$db"; awk 'NR == 2 { print $5, $7 }' "$db.log"; } >"$db.tenth.new"
        mv "$db.tenth.new" "$db.tenth"
    fi
    [ -e "$db.whole" ] || tune "$db" "$stage" --exhaustive
    : >"$db.whole"
    { tail -1 "$db.tenth"; ratios "$db" "$(head -1 "$db.tenth")" "$(best "$db")"; } | tr '\n' ' ' | awk -v stage="$stage" '{
        printf "%-58s %6d %6d  %7.1f%% %7.1f%% %7.1f%%\n", stage, $1, $2, 100 - 100 * $3, 100 - 100 * $4, 100 * $3 / $4 - 100 }'
done <<'STAGES'
depthwise in=14x14x384 kernel=3 pad=1 act=relu6
depthwise in=14x14x512 kernel=3 stride=2 pad=0,0,1,1 act=relu6
depthwise in=14x14x64 kernel=5 pad=2 layout=nchw
pointwise in=28x28x144 out=32
pointwise in=14x14x64 out=64 layout=nchw
separable in=14x14x64 out=64 kernel=3 pad=1
STAGES
