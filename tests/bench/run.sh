#!/bin/sh
# run: measures esplain beside other readers. tests/bench/run.sh BUILD, from the repository's root; BENCH_PACKETS=N for a quick one.
exec "${PYTHON:-python3}" "$(dirname "$0")/compare.py" "${1:-build/release}"
