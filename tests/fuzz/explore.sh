#!/bin/bash
# explore: libFuzzer over the fuzz targets. tests/fuzz/explore.sh CLANG SECONDS FILE..., from the repository's root.
#
# Builds with the Makefile's own rules in a mode of its own, build/fuzz. What libFuzzer finds worth keeping goes to build/fuzz/corpus/NOUN, what
# breaks to build/fuzz/findings/NOUN; the corpora in tests/fuzz/corpus are read and never written. EXPLORE_JOBS targets at a time
# (default 1). Ends with 1 where a target broke.
set -u
cd "$(dirname "$0")/../.." || exit 1
clang=${1:?usage: tests/fuzz/explore.sh CLANG SECONDS FILE...}
seconds=${2:?usage: tests/fuzz/explore.sh CLANG SECONDS FILE...}
shift 2
build=build/fuzz
sanitize=fuzzer-no-link,address,undefined
flags="-O1 -g -fno-omit-frame-pointer -fno-sanitize-recover=all -fsanitize="

objects=()
for source in "$@"; do
    objects+=("$build/${source%.c}.o")
done
MAKEFLAGS='' MFLAGS='' ${MAKE:-make} --no-print-directory -s -j"$(nproc)" MODE=fuzz CC="$clang" FLAGS_fuzz="$flags$sanitize" \
    $build/libesplain.a "${objects[@]}" >/dev/null || exit 1

explore() { # SOURCE
    local name noun program log
    name=$(basename "${1%.c}")
    noun=${name#fuzz_}
    program=$build/$name
    log=$build/$name.log
    mkdir -p "$build/corpus/$noun" "$build/findings/$noun"
    # Libraries are words.
    # shellcheck disable=SC2086
    "$clang" -g -pthread -fsanitize=fuzzer,address,undefined -o "$program" "$build/${1%.c}.o" $build/libesplain.a \
        ${FUZZ_LIBS:?the libraries to link with; make fuzz says them} || return 1
    local known=()
    [ -d "tests/fuzz/corpus/$noun" ] && known=("tests/fuzz/corpus/$noun")
    if nice "$program" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 -print_final_stats=1 \
        -artifact_prefix="$build/findings/$noun/" "$build/corpus/$noun" "${known[@]}" >"$log" 2>&1; then
        echo "ok   $noun: $(sed -n 's/^Done //p' "$log"), $(find "$build/corpus/$noun" -type f | wc -l) new inputs in $build/corpus/$noun"
    else
        echo "FAIL $noun: $(grep -m1 -E 'ERROR|runtime error|SUMMARY' "$log")"
        echo "     the input is in $build/findings/$noun, the whole story in $log"
        return 1
    fi
}

broken=0
for source in "$@"; do
    while [ "$(jobs -rp | wc -l)" -ge "${EXPLORE_JOBS:-1}" ]; do
        wait -n || broken=1
    done
    explore "$source" &
done
while [ -n "$(jobs -p)" ]; do
    wait -n
    status=$?
    [ $status -eq 127 ] && break
    [ $status -eq 0 ] || broken=1
done
exit $broken
