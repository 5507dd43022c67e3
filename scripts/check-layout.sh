#!/usr/bin/env bash
# check-layout.sh: holds generator/ to its README.md: every folder has a row in the table "Which way they depend", every
# include names a folder that is no lower than its own, or a header of the runtime. Prints `N files`.
set -euo pipefail

cd "$(dirname "$0")/../generator"
rows=$(sed -n '/^## Which way/,$s/^| \[\([a-z]*\)\/\].*/\1/p' README.md)
diff <(sort <<<"$rows") <(find . -mindepth 1 -maxdepth 1 -type d -printf '%f\n' | sort) ||
    { echo "check-layout: generator/README.md has other folders than generator/" >&2; exit 1; }

find . -mindepth 2 -name '*.[ch]' -printf '%P\n' | sort | xargs awk -v rows="$rows" \
    -v runtime="$(cd ../runtime && echo sepcc*.h runner.h)" '
    BEGIN {
        count = split(rows, folders)
        for (i = 1; i <= count; ++i)
            rank[folders[i]] = i
        count = split(runtime, headers)
        for (i = 1; i <= count; ++i)
            allowed[headers[i]] = 1
    }
    FNR == 1 { ++files; split(FILENAME, own, "/") }
    /^#[ \t]*include "/ {
        split($0, quoted, "\"")
        if (quoted[2] in allowed)
            next
        if (split(quoted[2], path, "/") < 2 || !(path[1] in rank))
            say("is no path from generator/ and no public header of the runtime")
        else if (rank[path[1]] > rank[own[1]])
            say("is in a folder below " own[1] "/ in generator/README.md")
    }
    function say(what) {
        printf "generator/%s:%d: %s %s\n", FILENAME, FNR, quoted[2], what >"/dev/stderr"
        bad = 1
    }
    END { print files " files"; exit bad }'
