#!/bin/bash
# run: every test there is. tests/run.sh MODE SHARED, from the repository's root, after `make` built MODE.
#
# A job is one program: the lint, a unit test, a fuzz target over its corpus, a scenario test. Jobs run side by side and are told of in their
# order: a line for one that passed, its whole output for one that did not. Cases are counted from what the jobs print; a job that dies,
# or ends badly without naming a case, is a failed case itself. Skips are collected and told again at the end. The last line is the sum.
set -u
cd "$(dirname "$0")/.." || exit 1

mode=${1:?usage: tests/run.sh MODE SHARED}
export ESPLAIN_SHARED=${2:-../shared}
jobs=${JOBS:-$(nproc)}
limit=${LIMIT:-600} # seconds for one job
python=${PYTHON:-python3}
make=${MAKE:-make}

# 99: neither a success nor one of esplain's own exit statuses, so that a scenario cannot take a sanitizer's report for a finding.
export ASAN_OPTIONS="exitcode=99:detect_stack_use_after_return=1:strict_string_checks=1${ASAN_OPTIONS:+:$ASAN_OPTIONS}"
export UBSAN_OPTIONS="exitcode=99:print_stacktrace=1:halt_on_error=1${UBSAN_OPTIONS:+:$UBSAN_OPTIONS}"
export LSAN_OPTIONS="exitcode=99${LSAN_OPTIONS:+:$LSAN_OPTIONS}"
export CMOCKA_MESSAGE_OUTPUT=stdout

passed=0 failed=0 skipped=0
skips=() failures=()
red='' green='' yellow='' plain=''
if [ -t 1 ] && [ -z "${NO_COLOR:-}" ]; then
    red=$'\e[31m' green=$'\e[32m' yellow=$'\e[33m' plain=$'\e[0m'
fi

# From a job's output to lines "passed N", "failed NAME", "skipped NAME: WHY". A unit test that prints a line beginning with SKIP is
# a skipped one, also where it then returns as if it had passed.
count='
/^\[ RUN/                 { running = $0; sub(/^\[ RUN *\] */, "", running); why = ""; unit = 1; next }
/^\[==========\].*Running / { unit = 1; whole = 0; next }
/^\[==========\].* run\.$/ { whole = 1; next }
/^ *(SKIP|skip)[ :]/ && unit { why = $0; sub(/^ *(SKIP|skip)[ :-]*/, "", why); next }
/^\[ +OK \]/ && !whole     { if (why != "") print "skipped " running ": " why; else passed++; running = ""; next }
/^\[  SKIPPED \]/ && !whole { print "skipped " running ": " (why != "" ? why : "no reason given"); running = ""; next }
/^\[ *(FAILED|ERROR) *\]/ && !whole && running != "" { print "failed " running; failed++; running = ""; next }
/^ok - /                  { passed++; next }
/^not ok - /              { failed++; print "failed " substr($0, 10); next }
/^skip - /                { skipped++; print "skipped " substr($0, 8); next }
END {
    if (kind == "fuzz" && status == 0) passed++
    if (unit && whole && failed) status = 0 # cmocka ends with the number of failures
    if (status == 124 || status == 137) print "failed it did not end within the time limit"
    else if (status == 126 || status == 127) print "failed it could not be started"
    else if (status > 128) print "failed it died of signal " (status - 128) (running != "" ? " in " running : "")
    else if (status == 99) print "failed a sanitizer stopped it" (running != "" ? " in " running : "")
    else if (unit && !whole) print "failed it ended in " (running != "" ? running : "the middle")
    else if (status != 0 && !failed) print "failed it ended with status " status
    else if (!unit && kind == "unit") print "failed it ran no test"
    else if (kind != "unit" && kind != "fuzz" && !passed && !failed && !skipped) print "failed it said nothing"
    print "passed " passed + 0
}'

# work/N.out, .status and .counts belong to job N.
run_job() {
    local number=$1 kind=$2
    shift 2
    timeout -k 5 "$limit" "$@" >"$work/$number.out" 2>&1 </dev/null
    local status=$?
    awk -v kind="$kind" -v status="$status" "$count" "$work/$number.out" >"$work/$number.counts"
    : >"$work/$number.done"
}

tell_job() {
    local number=$1 name=$2 word rest ok=0 bad=0 skip=0
    while read -r word rest; do
        case $word in
        passed) ok=$rest ;;
        failed) bad=$((bad + 1)) failures+=("$name: $rest") ;;
        skipped) skip=$((skip + 1)) skips+=("$name: $rest") ;;
        esac
    done <"$work/$number.counts"
    passed=$((passed + ok)) failed=$((failed + bad)) skipped=$((skipped + skip))
    local line="$ok passed"
    [ "$bad" -gt 0 ] && line="$line, $bad failed"
    [ "$skip" -gt 0 ] && line="$line, $skip skipped"
    if [ "$bad" -gt 0 ]; then
        echo "${red}FAIL${plain} $name: $line"
        sed 's/^/    /' "$work/$number.out"
    else
        echo "${green}ok${plain}   $name: $line"
        sed -n '/^[a-z-]*: [^(]*agree/s/^/     /p' "$work/$number.out" # figures that a test reports, such as the oracle's
    fi
    sed -n "s|^skipped |${yellow}SKIP${plain} $name: |p" "$work/$number.counts"
}

names=() kinds=() commands=()
add() { # NAME KIND COMMAND: words, none with a blank
    names+=("$1") kinds+=("$2") commands+=("$3")
}

add_mode() { # everything that is built for a mode
    local build=build/$1 source program
    for source in tests/unit/*_test.c tests/kat/*_test.c; do
        [ -e "$source" ] && add "$1 ${source%.c}" unit "$build/${source%.c}"
    done
    for source in tests/fuzz/fuzz_*.c; do
        [ -e "$source" ] && add "$1 ${source%.c}" fuzz "$build/${source%.c}"
    done
    for program in tests/scenario/*_test.py; do
        [ -e "$program" ] && add "$1 $program" scenario "$python $program"
    done
}

run_all() {
    export ESPLAIN=build/$1/esplain ESPLAIN_MODE=$1
    work=build/check/$1
    rm -rf "$work"
    mkdir -p "$work"
    local number told=0
    for number in "${!names[@]}"; do
        while [ "$(jobs -rp | wc -l)" -ge "$jobs" ]; do
            wait -n
        done
        # Words are meant to split.
        # shellcheck disable=SC2086
        run_job "$number" "${kinds[number]}" ${commands[number]} 2>/dev/null &
        while [ -e "$work/$told.done" ]; do
            tell_job "$told" "${names[told]}"
            told=$((told + 1))
        done
    done
    wait
    for (( ; told < ${#names[@]}; told++)); do
        tell_job "$told" "${names[told]}"
    done
    names=() kinds=() commands=()
}

[ -d "$ESPLAIN_SHARED" ] || echo "${yellow}NOTE${plain} $ESPLAIN_SHARED is not there: the tests that read it are skipped (SHARED=DIR names another)"
[ "$mode" = release ] && add "lint" lint "tests/lint/run.sh build/$mode"
add_mode "$mode"
run_all "$mode"

if [ "$mode" != asan ] && [ -z "${QUICK:-}" ]; then
    echo "building for the sanitizers"
    mkdir -p build/check
    if MAKEFLAGS='' MFLAGS='' $make -j"$jobs" MODE=asan all-asan >build/check/make.out 2>&1; then
        add_mode asan
        run_all asan
    else
        failed=$((failed + 1)) failures+=("the sanitizers' build: $make MODE=asan all-asan")
        echo "${red}FAIL${plain} the sanitizers' build"
        sed 's/^/    /' build/check/make.out
    fi
fi

if [ ${#skips[@]} -gt 0 ]; then
    echo
    echo "${yellow}Skipped${plain}, not tested here:"
    printf '    %s\n' "${skips[@]}"
fi
if [ ${#failures[@]} -gt 0 ]; then
    echo
    echo "${red}Failed${plain}:"
    printf '    %s\n' "${failures[@]}"
fi
echo
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ]
