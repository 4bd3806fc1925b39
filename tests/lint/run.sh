#!/bin/sh
# run: the lint. tests/lint/run.sh [BUILD], from the repository's root; BUILD holds the objects whose globals are looked at.
exec "${PYTHON:-python3}" "$(dirname "$0")/lint.py" "${1:-build/release}"
