#!/bin/sh
# run: measures esplain beside other readers. tests/bench/run.sh BUILD, from the repository's root; BENCH_PACKETS=N for a quick one.
set -eu
here=$(dirname "$0")
build=${1:-build/release}
"${PYTHON:-python3}" "$here/compare.py" "$build"
"${PYTHON:-python3}" "$here/keyed.py" "$build"
"${PYTHON:-python3}" "$here/dosp.py" "$build"
"$here/crypto.sh" "$build"
