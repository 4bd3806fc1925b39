#!/bin/bash
# cover: which lines of src/ the tests reach. tests/cover.sh, from the repository's root, after `make MODE=cover all-asan`.
# Runs unit tests, fuzz corpora and scenarios in that build, then asks gcov; prints a line a file, a line a folder, and the sum.
set -u
cd "$(dirname "$0")/.." || exit 1
build=build/cover
find $build -name '*.gcda' -delete
QUICK=1 tests/run.sh cover "${SHARED:-../shared}" >$build/run.out 2>&1
tail -n 1 $build/run.out

for source in $(find src -name '*.c' | sort); do
    if [ -e "$build/${source%.c}.gcda" ]; then
        ${GCOV:-gcov} -n -o "$build/$(dirname "$source")" "$source" 2>/dev/null |
            awk -v file="$source" '
                /^File /  { mine = $0 == "File \047" file "\047" }
                /^Lines executed/ && mine { split($0, part, /[:% ]+/); print file, part[3], part[5]; mine = 0 }'
    elif [ -e "$build/${source%.c}.gcno" ]; then
        echo "$source 0 $(${GCOV:-gcov} -n -o "$build/$(dirname "$source")" "$source" 2>/dev/null | sed -n 's/.* of //p' | head -n 1)"
    else
        echo "$source - -"
    fi
done | awk '
    $2 == "-" { printf "%-44s not built\n", $1; next }
    {
        printf "%-44s %6.1f%% of %5d\n", $1, $2, $3
        split($1, path, "/")
        lines[path[2]] += $3; hit[path[2]] += $2 * $3 / 100
        all += $3; all_hit += $2 * $3 / 100
    }
    END {
        print ""
        for (folder in lines) printf "%-44s %6.1f%% of %5d\n", "src/" folder, 100 * hit[folder] / lines[folder], lines[folder] | "sort"
        close("sort")
        if (all) printf "%-44s %6.1f%% of %5d\n", "all", 100 * all_hit / all, all
    }'
